//! Presentations made for this project, with their context in the same file.

use super::NOT_YET;
use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use crate::suites::Loaded;
use serde::Deserialize;
use serde_json::Value;

/// The whole file.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read by the evaluation, which comes with the family")]
struct File {
    /// The issuer's public key.
    issuer_jwk: Value,
    /// The holder's public key, as `cnf` must name it.
    holder_jwk: Value,
    /// Unix seconds.
    now: u64,
    expected_nonce: String,
    expected_aud: String,
    accepted_typ: Vec<String>,
    accepted_vct: Vec<String>,
    /// How far from `now` a key binding may have been made, seconds.
    kb_iat_window_s: u32,
    key_binding_required: bool,
    leeway_s: u32,
    vectors: Vec<Vector>,
}

/// One presentation.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read by the evaluation, which comes with the family")]
struct Vector {
    id: String,
    presentation: String,
    expect: String,
    why: String,
    /// The class of the reason, where the file gives one.
    class: Option<String>,
}

/// Reads the file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    for vector in &file.vectors {
        vector.expected()?;
    }
    Ok(vec![Box::new(file)])
}

impl Suite for File {
    fn name(&self) -> String {
        "sd-jwt-made".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let case = |vector: &Vector| {
            let expected = vector.expected().unwrap_or(Expected::Either);
            Case::ask(&vector.id, expected, &vector.why, || Outcome::Skipped(NOT_YET.to_owned()))
        };
        self.vectors.iter().map(case).collect()
    }
}

impl Vector {
    fn expected(&self) -> Result<Expected, String> {
        match self.expect.as_str() {
            "accept" => Ok(Expected::Accept),
            "reject" => Ok(Expected::Refuse),
            // A verifier may decide either way; which way we do stands in its policy.
            "policy" => Ok(Expected::Either),
            other => Err(format!("{}: unknown verdict {other}", self.id)),
        }
    }
}
