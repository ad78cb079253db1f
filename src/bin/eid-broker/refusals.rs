//! `eid-broker refusals`: the table in words.

use crate::arguments::RefusalsOptions;
use crate::{Exit, Failure, show};
use eid_broker::verdict::Code;
use std::io::Write;

pub(crate) fn refusals(options: &RefusalsOptions) -> Result<Exit, Failure> {
    let mut out = anstream::stdout().lock();
    let Some(wanted) = &options.code else {
        for code in Code::ALL {
            show::written(writeln!(
                out,
                "{:>4}  {:<28} {}",
                code.number(),
                code.name(),
                code.meaning()
            ))?;
        }
        return Ok(Exit::Accepted);
    };
    let number = wanted.parse().ok().and_then(Code::from_number);
    let code = number.or_else(|| Code::from_name(wanted));
    let code = code.ok_or_else(|| Failure::Misuse(format!("no refusal is called {wanted}")))?;
    show::written(writeln!(
        out,
        "{} ({})\n\n  what it means   {}\n  what to do      {}\n  clause          {}",
        code.name(),
        code.number(),
        code.meaning(),
        code.advice(),
        code.clause(),
    ))?;
    Ok(Exit::Accepted)
}
