//! Examples in folders of their own, under the laboratory profile `sd-jwt-layer`: issuance and
//! presentation, and the claims that must come out.

use super::layer::{Pinned, Setting, laboratory};
use crate::discover::Found;
use crate::suite::{Case, Door, Expected, Suite};
use crate::suites::Loaded;
use eid_broker::UnixTime;
use eid_broker::policy::{Content, KeyBinding, Policy};
use eid_broker::verdict::Code;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path};
use std::rc::Rc;

struct Folders {
    examples: Vec<Example>,
}

/// One token.
struct Example {
    id: String,
    expected: Expected,
    note: String,
    token: String,
    /// The claims that must come out.
    claims: Option<Map<String, Value>>,
    setting: Setting,
}

/// What all examples share, out of `keys.json`.
struct Shared {
    issuer: Rc<Pinned>,
    /// When the examples were issued, Unix seconds.
    issued_at: u64,
}

/// One entry of `expected.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    verdict: String,
    typ: String,
    kb: Option<Binding>,
    #[serde(default)]
    matches_verified_contents: bool,
}

/// What the key binding must say.
#[derive(Clone, Debug, Deserialize)]
struct Binding {
    nonce: String,
    aud: String,
}

/// Reads the index, and the files that it names.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let entries: BTreeMap<String, Entry> =
        BTreeMap::deserialize(&found.json).map_err(|error| error.to_string())?;
    let folder = found.path.parent().unwrap_or(Path::new("."));
    let keys: Value = read_json(folder, "keys.json")?;
    let shared = Shared {
        issuer: Rc::new(Pinned::new(&public(
            keys.get("issuer").ok_or("keys.json names no issuer")?,
        ))?),
        issued_at: keys.get("iat").and_then(Value::as_u64).ok_or("keys.json has no iat")?,
    };
    let groups: BTreeSet<String> =
        entries.keys().filter_map(|id| id.split('/').next()).map(str::to_owned).collect();
    let mut examples = Vec::new();
    for (id, entry) in entries {
        examples.push(shared.example(folder, id, entry)?);
    }
    for group in groups {
        shared.in_json_serialisation(folder, &group, &mut examples)?;
    }
    Ok(vec![Box::new(Folders { examples })])
}

impl Suite for Folders {
    fn name(&self) -> String {
        "sd-jwt-folders".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let case = |example: &Example| {
            let Example { id, expected, note, token, claims, setting } = example;
            let ask = || setting.outcome(token.as_bytes(), claims.as_ref());
            Case::ask(id, expected.clone(), note, ask)
        };
        self.examples.iter().map(case).collect()
    }

    fn door(&self, case: &str) -> Option<Box<dyn Door + '_>> {
        let example = self.examples.iter().find(|example| example.id == case)?;
        Some(Box::new(&example.setting))
    }
}

impl Shared {
    fn example(&self, folder: &Path, id: String, entry: Entry) -> Result<Example, String> {
        let expected = match entry.verdict.as_str() {
            "accept" => Expected::Accept,
            "reject" => Expected::Refuse,
            other => return Err(format!("{id}: unknown verdict {other}")),
        };
        let (example, _) = id.rsplit_once('/').ok_or("an entry without a folder")?;
        let claims = if entry.matches_verified_contents {
            Some(read_json(folder, &format!("{example}/verified_contents.json"))?)
        } else {
            None
        };
        // A key binding was made later than the credential; the clock stands at its time.
        let mut now = self.issued_at;
        if entry.kb.is_some() {
            let proof: Value = read_json(folder, &format!("{example}/kb_jwt_payload.json"))?;
            now = proof.get("iat").and_then(Value::as_u64).ok_or("a key binding without iat")?;
        }
        let payload: Value = read_json(folder, &format!("{example}/sd_jwt_payload.json"))?;
        let credential_type = payload.get("vct").and_then(Value::as_str);
        let policy = policy(&entry, credential_type);
        let token = read_text(folder, &format!("{id}.txt"))?.trim_end().to_owned();
        let (nonce, audience) = entry.kb.map(|kb| (kb.nonce, kb.aud)).unwrap_or_default();
        let setting = self.setting(policy, nonce, audience, now);
        Ok(Example { id, expected, note: entry.typ, token, claims, setting })
    }

    // The examples in JWS JSON serialisation are not in the index. Every one of them is refused as
    // unsupported (HAIP 1.0, 6.1).
    fn in_json_serialisation(
        &self,
        folder: &Path,
        group: &str,
        examples: &mut Vec<Example>,
    ) -> Result<(), String> {
        for form in ["json_serialization_flattened", "json_serialization_general"] {
            for token in ["sd_jwt_issuance", "sd_jwt_presentation"] {
                let id = format!("{group}/{form}/{token}");
                let name = format!("{id}.json");
                if !folder.join(&name).is_file() {
                    continue;
                }
                let policy = laboratory("sd-jwt-layer", |rules| rules.content = Content::Layer);
                examples.push(Example {
                    id,
                    expected: Expected::RefuseCode(Code::FormatUnsupported),
                    note: "JWS JSON serialisation".to_owned(),
                    // The file holds the token as a JSON string.
                    token: read_json(folder, &name)?,
                    claims: None,
                    setting: self.setting(policy, String::new(), String::new(), self.issued_at),
                });
            }
        }
        Ok(())
    }

    fn setting(&self, policy: Policy, nonce: String, audience: String, now: u64) -> Setting {
        let now = UnixTime::from_secs(now);
        Setting { policy, issuer: Rc::<Pinned>::clone(&self.issuer), nonce, audience, now }
    }
}

// The layer alone; the rules of SD-JWT VC as well where the example says that it is one.
fn policy(entry: &Entry, credential_type: Option<&str>) -> Policy {
    laboratory("sd-jwt-layer", |rules| {
        rules.types = vec![entry.typ.clone()];
        match credential_type.filter(|_| entry.typ == "dc+sd-jwt") {
            Some(vct) => rules.credential_types = vec![vct.to_owned()],
            None => rules.content = Content::Layer,
        }
        if entry.kb.is_none() {
            rules.key_binding = KeyBinding::IfPresent;
        }
    })
}

// The published examples show the private keys too.
fn public(key: &Value) -> Value {
    let mut key = key.clone();
    if let Some(members) = key.as_object_mut() {
        members.remove("d");
    }
    key
}

fn read_json<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T, String> {
    serde_json::from_str(&read_text(folder, name)?).map_err(|error| format!("{name}: {error}"))
}

// Names come out of the index: nothing outside its folder is read.
fn read_text(folder: &Path, name: &str) -> Result<String, String> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if !inside {
        return Err(format!("{name} lies outside the suite"));
    }
    fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_nothing_outside_the_folder_of_the_index() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(read_text(folder, "README.md").is_ok());
        for name in ["../Cargo.toml", "/etc/hostname", "src/../README.md"] {
            assert!(read_text(folder, name).unwrap_err().contains("outside"), "{name}");
        }
    }
}
