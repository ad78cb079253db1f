//! `eid-broker check`: what a consumer does.

use crate::arguments::{CheckOptions, Level};
use crate::journey::changed_at;
use crate::show::{print, written};
use crate::{Exit, Failure, setup};
use eid_broker::assertion::{CheckPolicy, Checked, Checker, KeysAge};
use eid_broker::broker::report::Report;
use eid_broker::envelope::jose::KeySet;
use eid_broker::identity::LevelOfAssurance;
use eid_broker::register::Binding;
use eid_broker::verdict::{Code, Refusal};
use serde_json::{Map, Value};
use std::io::Write;

pub(crate) fn check(options: &CheckOptions) -> Result<Exit, Failure> {
    let now = setup::now(options.now.as_deref())?;
    if !options.issuer.starts_with("https://") {
        let text = "--issuer is the iss of the assertions, byte for byte: it begins with https://";
        return Err(Failure::Misuse(text.to_owned()));
    }
    if options.procedure.is_empty() {
        return Err(Failure::Misuse("--procedure is empty".to_owned()));
    }
    let token = setup::token(&options.token)?;
    // What is wrong with the key set says nothing about the assertion.
    let unusable = |refusal: Refusal| Failure::Misuse(format!("the key set: {refusal}"));
    let keys = KeySet::parse(&setup::file(&options.jwks)?).map_err(unusable)?;
    let binding = options.binding.as_deref().map(|text| {
        let wrong = || Failure::Misuse("--binding is x5t#S256:… or jkt:…, base64url".to_owned());
        Binding::parse(text).ok_or_else(wrong)
    });
    let binding = binding.transpose()?;
    let mut policy = CheckPolicy::default();
    policy.min_loa = match options.min_loa {
        Level::Low => LevelOfAssurance::Low,
        Level::Substantial => LevelOfAssurance::Substantial,
        Level::High => LevelOfAssurance::High,
    };
    policy.notified_only = !options.not_notified;
    // The longest life that a register can give.
    policy.max_lifetime_s = 3_600;
    if let Some(max_age_s) = options.max_keys_age {
        let fetched_at = changed_at(&options.jwks);
        let unknown = || Failure::Misuse("the key set file has no date".to_owned());
        policy.keys_age = Some(KeysAge { fetched_at: fetched_at.ok_or_else(unknown)?, max_age_s });
    }
    let checker = Checker::new(&options.issuer, &keys, &options.procedure, policy);
    let checker = checker.map_err(|refusal| {
        if refusal.code() == Code::TrustEmpty { unusable(refusal) } else { refusal.into() }
    })?;
    let mut checked = Checked::new();
    let result = checker.check_into(&token, now, binding.as_ref(), &mut checked);
    let shown = Report {
        verdict: match &result {
            Ok(()) => "accepted",
            Err(refusal) if refusal.is_undecided() => "undecided",
            Err(_) => "refused",
        },
        family: "assertion",
        refusal: result.as_ref().err(),
        needs: &[],
        ledger: checked.ledger(),
        identity: None,
        loa: checked.loa(),
        policy: "check",
        now,
    };
    let mut out = anstream::stdout().lock();
    if options.json {
        let mut more = Map::new();
        let payload = checked.payload().and_then(|text| serde_json::from_str::<Value>(text).ok());
        more.insert("assertion".to_owned(), payload.unwrap_or(Value::Null));
        written(writeln!(out, "{}", shown.json(more)))?;
    } else {
        written(print(&shown, &mut out))?;
        if let Some(payload) = checked.payload() {
            let payload = serde_json::from_str::<Value>(payload).unwrap_or(Value::Null);
            written(writeln!(out, "\n{payload:#}"))?;
        }
    }
    Ok(match result {
        Ok(()) => Exit::Accepted,
        Err(refusal) if refusal.is_undecided() => Exit::Undecided,
        Err(_) => Exit::Refused,
    })
}
