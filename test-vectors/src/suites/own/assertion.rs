//! Vectors of `check`: an assertion of the broker against issuer, key set, procedure and policy.

use super::vector::Vector;
use super::{Judge, Verdict, context};
use eid_broker::UnixTime;
use eid_broker::assertion::{CheckPolicy, Checker};
use eid_broker::envelope::jose::KeySet;
use eid_broker::host::MemoryReplayStore;
use eid_broker::register::Binding;
use eid_broker::verdict::Code;
use serde_json::Map;
use std::path::Path;
use std::sync::Arc;

/// The context of one vector.
pub(super) struct Assertion {
    checker: Result<Checker, Code>,
    single_use: bool,
    // For another checker with an empty replay store.
    again: (String, Result<KeySet, Code>, String, CheckPolicy),
    before: Vec<Vec<u8>>,
    presented: Option<Binding>,
    now: UnixTime,
}

// A vector presents a handful of tokens.
const STORE_CAPACITY: usize = 64;

impl Assertion {
    /// Reads what the vector names.
    pub(super) fn new(vector: &Vector, folder: &Path, now: UnixTime) -> Result<Self, String> {
        let (trust, jwks) = context::issuer(folder, &vector.trust)?;
        let check = context::check(folder, &vector.policy)?;
        let policy = check.policy(&trust)?;
        let presented = match &vector.presented {
            None => None,
            Some(text) => Some(Binding::parse(text).ok_or("presented is no thumbprint")?),
        };
        let before: Result<Vec<_>, _> =
            vector.before.iter().map(|input| input.read(folder)).collect();
        let keys = KeySet::parse(&jwks).map_err(|refusal| refusal.code());
        let procedure = vector.procedure.clone();
        let again = (trust.issuer, keys, procedure, policy);
        Ok(Self {
            checker: checker(&again),
            single_use: check.single_use,
            again,
            before: before?,
            presented,
            now,
        })
    }
}

// A key set that cannot be used refuses every assertion, with its own code.
fn checker(parts: &(String, Result<KeySet, Code>, String, CheckPolicy)) -> Result<Checker, Code> {
    let (issuer, keys, procedure, policy) = parts;
    let keys = keys.as_ref().map_err(|code| *code)?;
    Checker::new(issuer, keys, procedure, policy.clone()).map_err(|refusal| refusal.code())
}

impl Judge for Assertion {
    fn judge(&self, token: &[u8]) -> Verdict {
        let single;
        let checker = if self.single_use {
            // Every token meets the same store: what was presented before, and nothing else.
            let store = Arc::new(MemoryReplayStore::new(STORE_CAPACITY));
            single = checker(&self.again).map(|checker| checker.single_use(store));
            &single
        } else {
            &self.checker
        };
        let checker = match checker {
            Ok(checker) => checker,
            Err(code) => return Verdict::Refused(*code),
        };
        for token in &self.before {
            if checker.check(token, self.now, self.presented.as_ref()).is_err() {
                // What comes before is honest; if it is refused, the vector proves nothing.
                return Verdict::Refused(Code::Internal);
            }
        }
        match checker.check(token, self.now, self.presented.as_ref()) {
            Ok(checked) => {
                let root: Map<_, _> =
                    serde_json::from_str(checked.payload().unwrap_or_default()).unwrap_or_default();
                let claims = root.get("verified_claims").and_then(|part| part.get("claims"));
                Verdict::Accepted {
                    identity: claims
                        .and_then(|claims| claims.as_object())
                        .cloned()
                        .unwrap_or_default(),
                    loa: checked.loa().map(|loa| loa.uri().to_owned()).unwrap_or_default(),
                    ledger: *checked.ledger(),
                }
            }
            Err(refusal) => Verdict::Refused(refusal.code()),
        }
    }
}
