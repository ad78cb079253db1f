//! Presentations made for this project, with their context in the same file, under the laboratory
//! profile `corpus-sd-jwt-made`.

use super::layer::{Pinned, Setting, laboratory};
use crate::discover::Found;
use crate::suite::{Case, Door, Expected, Suite};
use crate::suites::Loaded;
use eid_broker::UnixTime;
use eid_broker::policy::KeyBinding;
use serde::Deserialize;
use serde_json::Value;
use std::rc::Rc;

/// The whole file.
#[derive(Debug, Deserialize)]
struct File {
    /// The issuer's public key.
    issuer_jwk: Value,
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
struct Vector {
    id: String,
    presentation: String,
    expect: String,
    why: String,
}

struct Made {
    file: File,
    setting: Setting,
}

/// Reads the file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    for vector in &file.vectors {
        vector.expected()?;
    }
    let setting = file.setting()?;
    Ok(vec![Box::new(Made { file, setting })])
}

impl File {
    fn setting(&self) -> Result<Setting, String> {
        let mut policy = laboratory("corpus-sd-jwt-made", |rules| {
            rules.types.clone_from(&self.accepted_typ);
            rules.credential_types.clone_from(&self.accepted_vct);
            rules.key_binding_max_age_s = self.kb_iat_window_s;
            if !self.key_binding_required {
                rules.key_binding = KeyBinding::IfPresent;
            }
        });
        policy.leeway_s = self.leeway_s;
        policy.seal();
        Ok(Setting {
            policy,
            issuer: Rc::new(Pinned::new(&self.issuer_jwk)?),
            nonce: self.expected_nonce.clone(),
            audience: self.expected_aud.clone(),
            now: UnixTime::from_secs(self.now),
        })
    }
}

impl Suite for Made {
    fn name(&self) -> String {
        "sd-jwt-made".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let case = |vector: &Vector| {
            let expected = vector.expected().unwrap_or(Expected::Either);
            let ask = || self.setting.outcome(vector.presentation.as_bytes(), None);
            Case::ask(&vector.id, expected, &vector.why, ask)
        };
        self.file.vectors.iter().map(case).collect()
    }

    // Every vector has the same context.
    fn door(&self, case: &str) -> Option<Box<dyn Door + '_>> {
        let known = self.file.vectors.iter().any(|vector| vector.id == case);
        known.then(|| -> Box<dyn Door + '_> { Box::new(&self.setting) })
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
