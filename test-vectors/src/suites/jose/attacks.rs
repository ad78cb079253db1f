//! The JOSE attack suite: assertions of the broker, honest and not, read under the laboratory profile
//! `corpus-jose-1` (person claims at top level, no `src` and `ver`).

use crate::discover::Found;
use crate::suite::{Case, Classes, Expected, Outcome, Suite};
use crate::suites::Loaded;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The whole file.
#[derive(Debug, Deserialize)]
struct Attacks {
    /// Under which policy every case is read.
    #[expect(
        dead_code,
        reason = "read by the evaluation, which comes with the check of assertions"
    )]
    policy: Policy,
    /// The keys by name.
    keys: BTreeMap<String, Key>,
    cases: Vec<Attack>,
}

/// What the checker is configured with.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read by the evaluation, which comes with the check of assertions")]
struct Policy {
    iss: String,
    aud: String,
    typ: String,
    /// Unix seconds.
    now: u64,
    leeway_s: u32,
    max_lifetime_s: u32,
    max_token_bytes: u32,
    max_json_depth: u32,
    min_acr: String,
    notified_only: bool,
    allowed_scopes: Vec<String>,
    cnf_required: bool,
    /// Thumbprint of the key whose possession the caller proved.
    presented_jkt: String,
    one_key_one_alg: bool,
    /// `one`: `EdDSA` and `Ed25519` are one algorithm.
    ed25519_names: String,
}

#[derive(Debug, Deserialize)]
struct Key {
    /// Missing for the keys that tokens are encrypted to.
    public: Option<Value>,
}

/// One token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by the evaluation, which comes with the check of assertions")]
struct Attack {
    id: String,
    kind: Kind,
    key: String,
    expect: Verdict,
    error_class: Option<String>,
    #[serde(default)]
    also_accepted_classes: Vec<String>,
    token: String,
    note: String,
    #[serde(default)]
    note2: String,
    #[serde(rename = "ref")]
    reference: String,
    /// `first present ID`: the case that must have been presented to the same store.
    needs: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Jwe,
    Jws,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Accept,
    Refuse,
}

/// Reads the file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = Attacks::deserialize(&found.json).map_err(|error| error.to_string())?;
    for attack in &file.cases {
        attack.expected()?;
        let first = attack.first();
        if attack.needs.is_some() && !file.cases.iter().any(|case| Some(case.id.as_str()) == first)
        {
            return Err(format!("{}: what must be presented first is not in the file", attack.id));
        }
    }
    if file.jwks().is_empty() {
        return Err("no key of the issuer".to_owned());
    }
    Ok(vec![Box::new(file)])
}

impl Suite for Attacks {
    fn name(&self) -> String {
        "jose-attacks".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let case = |attack: &Attack| {
            let expected = attack.expected().unwrap_or(Expected::Either);
            let note = [attack.note.as_str(), &attack.reference].join(" ");
            let reason = match attack.kind {
                Kind::Jwe => "decryption is not part of this version",
                Kind::Jws => "not yet part of this version",
            };
            Case::ask(&attack.id, expected, note.trim(), || Outcome::Skipped(reason.to_owned()))
        };
        self.cases.iter().map(case).collect()
    }
}

impl Attacks {
    /// The JWK set of the issuer; keys of another issuer and of the relying party are not in it.
    fn jwks(&self) -> String {
        let own = self.keys.iter().filter(|(name, _)| name.starts_with("issuer_"));
        let keys: Vec<&Value> = own.filter_map(|(_, key)| key.public.as_ref()).collect();
        if keys.is_empty() { String::new() } else { json!({ "keys": keys }).to_string() }
    }
}

impl Attack {
    fn expected(&self) -> Result<Expected, String> {
        match (self.expect, &self.error_class) {
            (Verdict::Accept, None) => Ok(Expected::Accept),
            (Verdict::Refuse, Some(class)) => {
                let mut classes = vec![class.clone()];
                classes.extend(self.also_accepted_classes.iter().cloned());
                Ok(Expected::RefuseClass(Classes::Jose, classes))
            }
            _ => Err(format!("{}: expect and error_class contradict each other", self.id)),
        }
    }

    // The case that must be presented before, to the same replay store.
    fn first(&self) -> Option<&str> {
        self.needs.as_deref()?.strip_prefix("first present ")
    }
}
