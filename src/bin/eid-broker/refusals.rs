//! `eid-broker refusals`: the table in words.

use crate::arguments::RefusalsOptions;
use crate::{Exit, Failure, show};
use eid_broker::verdict::Code;
use std::io::{self, Write};

pub(crate) fn refusals(options: &RefusalsOptions) -> Result<Exit, Failure> {
    let mut out = anstream::stdout().lock();
    if options.markdown {
        show::written(markdown(&mut out))?;
        return Ok(Exit::Accepted);
    }
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
    let code = code.ok_or_else(|| {
        let wanted = show::printable(wanted);
        let text = format!("no refusal is called {wanted}; `eid-broker refusals` lists them all");
        Failure::Misuse(text)
    })?;
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

// The table as `docs/refusals.md`. `tests/refusals_doc.rs` compares the file with the table.
fn markdown(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HEAD}")?;
    for code in Code::ALL {
        let (name, number) = (code.name(), code.number());
        let anchor = name.replace('.', "");
        writeln!(
            out,
            "| {number} | [`{name}`](#{anchor}) | {} | {} | {} |",
            code.meaning(),
            code.advice(),
            code.clause(),
        )?;
    }
    let mut step = "";
    for code in Code::ALL {
        let row = STEPS.iter().rev().find(|row| code.number() >= row.0);
        if let Some((_, title)) = row.filter(|row| row.1 != step) {
            step = title;
            writeln!(out, "\n## {title}")?;
        }
        writeln!(
            out,
            "\n### {}\n\n{} Number {}.\n\n* What to do: {}\n* Clause: {}",
            code.name(),
            code.meaning(),
            code.number(),
            code.advice(),
            code.clause(),
        )?;
    }
    Ok(())
}

const HEAD: &str = "\
# Refusals

Every reason why eid-broker says no. Written by `eid-broker refusals --markdown` from the table in
`src/verdict/table.rs`; change the table and run `make docs`, never this file.

A refusal names its code, its number, and the place: a part of the input, which one of several, and
the byte. It never holds a byte of the token. A code and a number are never renamed and never given
to another meaning. `eid-broker refusals CODE` prints one row; a number will do as well.

| numbers | step | what the caller does |
|---|---|---|
| 1000 to 1999 | token and format | final for this token |
| 2000 to 2999 | trust and chain | final until the trust configuration or the issuer changes |
| 3000 to 3999 | verification | final for this token |
| 4000 to 4999 | identity | final for this token |
| 5000 to 5999 | register | final for this request |
| 6000 to 6999 | issuing an assertion | final for this request |
| 8000 to 8999 | undecided: nothing was decided and nothing issued | repair, then try again |
| 9000 to 9998 | the calling program or its configuration is wrong | correct it |
| 9999 | a fault of this library | report it |

The reported refusal is the first check that failed, in the order of the ledger.

| number | code | meaning | what to do | clause |
|---|---|---|---|---|";

const STEPS: &[(u32, &str)] = &[
    (1000, "1000: token and format"),
    (2000, "2000: trust and chain"),
    (3000, "3000: verification"),
    (4000, "4000: identity"),
    (5000, "5000: register"),
    (6000, "6000: issuing an assertion"),
    (8000, "8000: undecided"),
    (9000, "9000: misuse"),
];
