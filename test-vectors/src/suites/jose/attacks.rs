//! The JOSE attack suite: assertions of the broker, honest and not, read under the laboratory profile
//! `corpus-jose-1` (person claims at top level, no `src` and `ver`).

use crate::discover::Found;
use crate::suite::{Case, Classes, Door, Expected, Outcome, Suite};
use crate::suites::Loaded;
use eid_broker::UnixTime;
use eid_broker::assertion::{CheckPolicy, Checker};
use eid_broker::envelope::jose::KeySet;
use eid_broker::envelope::json::Limits;
use eid_broker::identity::Loa;
use eid_broker::ports::{Insertion, Namespace, ReplayStore, Unavailable};
use eid_broker::register::Binding;
use eid_broker::verdict::Code;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

/// The whole file.
#[derive(Debug, Deserialize)]
struct Attacks {
    /// Under which policy every case is read.
    policy: Policy,
    /// The keys by name.
    keys: BTreeMap<String, Key>,
    cases: Vec<Attack>,
}

/// What the checker is configured with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    iss: String,
    aud: String,
    typ: String,
    /// Unix seconds.
    now: u64,
    leeway_s: u32,
    max_lifetime_s: u32,
    max_token_bytes: u32,
    max_json_depth: usize,
    min_acr: String,
    notified_only: bool,
    allowed_scopes: Vec<String>,
    cnf_required: bool,
    /// Thumbprint of the key whose possession the caller proved.
    presented_jkt: String,
    one_key_one_alg: bool,
    /// `one`: `EdDSA` and `Ed25519` are one algorithm.
    ed25519_names: String,
    #[serde(rename = "ed25519_names_note")]
    _note: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Key {
    /// Missing for the keys that tokens are encrypted to.
    public: Option<Value>,
}

/// One token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Attack {
    id: String,
    kind: Kind,
    /// Names the key of the token for readers; the checker goes by `kid` alone.
    #[serde(rename = "key")]
    _key: String,
    expect: Verdict,
    error_class: Option<String>,
    #[serde(default)]
    also_accepted_classes: Vec<String>,
    token: String,
    note: String,
    #[serde(default, rename = "note2")]
    _note2: String,
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

struct Suited {
    file: Attacks,
    checker: Checked,
}

// What every case is checked against.
struct Checked {
    issuer: String,
    procedure: String,
    keys: KeySet,
    policy: CheckPolicy,
    presented: Binding,
    now: UnixTime,
}

/// Reads the file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = Attacks::deserialize(&found.json).map_err(|error| error.to_string())?;
    for attack in &file.cases {
        attack.expected()?;
        if attack.needs.is_some() && file.first(attack).is_none() {
            return Err(format!("{}: what must be presented first is not in the file", attack.id));
        }
    }
    let checker = file.checker()?;
    Ok(vec![Box::new(Suited { file, checker })])
}

impl Suite for Suited {
    fn name(&self) -> String {
        "jose-attacks".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let case = |attack: &Attack| {
            let expected = attack.expected().unwrap_or(Expected::Either);
            let note = [attack.note.as_str(), &attack.reference].join(" ");
            Case::ask(&attack.id, expected, note.trim(), || self.answer(attack))
        };
        self.file.cases.iter().map(case).collect()
    }

    fn door(&self, case: &str) -> Option<Box<dyn Door + '_>> {
        let known = self.file.cases.iter().any(|attack| attack.id == case);
        known.then(|| -> Box<dyn Door + '_> { Box::new(&self.checker) })
    }
}

impl Suited {
    // Every case begins with an empty replay store.
    fn answer(&self, attack: &Attack) -> Outcome {
        if attack.kind == Kind::Jwe {
            return Outcome::Skipped("decryption is not part of this version".to_owned());
        }
        let store = Arc::new(Store::default());
        if let Some(first) = self.file.first(attack)
            && let Err(code) = self.checker.check(first.token.as_bytes(), &store)
        {
            return Outcome::Differs(format!("{} was refused: {}", first.id, code.name()));
        }
        self.checker.check(attack.token.as_bytes(), &store).into()
    }
}

impl Attacks {
    // The keys of the issuer; those of another issuer and of the relying party are not among them.
    fn keys(&self) -> Result<KeySet, String> {
        let own = self.keys.iter().filter(|(name, _)| name.starts_with("issuer_"));
        let keys: Vec<&Value> = own.filter_map(|(_, key)| key.public.as_ref()).collect();
        let set = json!({ "keys": keys }).to_string();
        KeySet::parse(set.as_bytes()).map_err(|refusal| refusal.to_string())
    }

    // The case that must be presented before, to the same replay store.
    fn first(&self, attack: &Attack) -> Option<&Attack> {
        let id = attack.needs.as_deref()?.strip_prefix("first present ")?;
        self.cases.iter().find(|case| case.id == id)
    }

    fn checker(&self) -> Result<Checked, String> {
        let wanted = &self.policy;
        // What cannot be configured must be what the library does anyway.
        if wanted.typ != "eid-assertion+jwt"
            || wanted.max_json_depth < Limits::OWN.depth
            || !wanted.one_key_one_alg
            || wanted.ed25519_names != "one"
        {
            return Err("the policy asks for what cannot be configured".to_owned());
        }
        let min_loa = Loa::from_uri(&wanted.min_acr).map(|loa| loa.level);
        let mut policy = CheckPolicy::default().danger_corpus_jose_1();
        policy.min_loa = min_loa.ok_or("min_acr is no level")?;
        policy.notified_only = wanted.notified_only;
        policy.leeway_s = wanted.leeway_s;
        policy.max_lifetime_s = wanted.max_lifetime_s;
        policy.max_bytes = wanted.max_token_bytes;
        policy.scopes = Some(wanted.allowed_scopes.clone().into());
        policy.binding_required = wanted.cnf_required;
        let presented = Binding::parse(&format!("jkt:{}", wanted.presented_jkt));
        Ok(Checked {
            issuer: wanted.iss.clone(),
            procedure: wanted.aud.clone(),
            keys: self.keys()?,
            policy,
            presented: presented.ok_or("presented_jkt is no thumbprint")?,
            now: UnixTime::from_secs(wanted.now),
        })
    }
}

impl Checked {
    fn check(&self, token: &[u8], store: &Arc<Store>) -> Result<(), Code> {
        let Self { issuer, procedure, keys, policy, presented, now } = self;
        let checker = Checker::new(issuer, keys, procedure, policy.clone());
        let store: Arc<dyn ReplayStore> = Arc::<Store>::clone(store);
        let checker = checker.map_err(|refusal| refusal.code())?.single_use(store);
        let checked = checker.check(token, *now, Some(presented));
        checked.map(|_| ()).map_err(|refusal| refusal.code())
    }
}

impl Door for &Checked {
    fn ask(&self, token: &[u8]) -> Result<String, Code> {
        self.check(token, &Arc::new(Store::default())).map(|()| String::new())
    }
}

// A replay store for one case; entries do not expire within it.
#[derive(Default)]
struct Store(Mutex<HashSet<[u8; 32]>>);

impl ReplayStore for Store {
    fn insert_if_absent(
        &self,
        _: Namespace,
        key: &[u8; 32],
        _: UnixTime,
        _: UnixTime,
    ) -> Result<Insertion, Unavailable> {
        let mut keys = self.0.lock().map_err(|_| POISONED)?;
        Ok(if keys.insert(*key) { Insertion::Inserted } else { Insertion::AlreadyPresent })
    }

    fn take(&self, _: Namespace, key: &[u8; 32], _: UnixTime) -> Result<bool, Unavailable> {
        Ok(self.0.lock().map_err(|_| POISONED)?.remove(key))
    }
}

const POISONED: Unavailable = Unavailable("a check panicked");

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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attack(expect: &str, class: Option<&str>) -> Attack {
        let json = json!({
            "id": "a", "kind": "jws", "key": "k", "expect": expect, "error_class": class,
            "also_accepted_classes": ["header"], "token": "", "note": "", "ref": "", "needs": null,
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_case_expects_acceptance_or_one_of_its_classes() {
        assert_eq!(attack("accept", None).expected(), Ok(Expected::Accept));
        let classes = vec!["key".to_owned(), "header".to_owned()];
        let refused = Expected::RefuseClass(Classes::Jose, classes);
        assert_eq!(attack("refuse", Some("key")).expected(), Ok(refused));
        assert!(attack("accept", Some("key")).expected().is_err());
        assert!(attack("refuse", None).expected().is_err());
    }
}
