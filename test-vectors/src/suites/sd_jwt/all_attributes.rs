//! One presentation with every attribute of the PID rulebook, and what must come out of it.

use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use crate::suites::Loaded;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The whole file.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read by the evaluation, which comes with the family")]
struct File {
    presentation: String,
    /// Unix seconds.
    now: u64,
    expected_nonce: String,
    expected_aud: String,
    trust_anchor_pem: String,
    /// The payload after disclosure, without `_sd` and `_sd_alg`.
    expected_claims: Map<String, Value>,
}

/// Reads the file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    if file.expected_claims.is_empty() {
        return Err("no claims to compare with".to_owned());
    }
    Ok(vec![Box::new(file)])
}

impl Suite for File {
    fn name(&self) -> String {
        "sd-jwt-pid-all-attributes".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let note = "every attribute of the PID rulebook";
        let skip = || Outcome::Skipped(NOT_YET.to_owned());
        vec![Case::ask("presentation", Expected::Accept, note, skip)]
    }
}

// The chain in `x5c` must be followed to the anchor of the file.
const NOT_YET: &str = "certificate paths are not yet part of this version";
