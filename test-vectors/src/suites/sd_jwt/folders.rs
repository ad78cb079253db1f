//! Examples in folders of their own, under the laboratory profile `sd-jwt-layer`: issuance and
//! presentation, and the claims that must come out.

use super::NOT_YET;
use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use crate::suites::Loaded;
use eid_broker::verdict::Code;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

struct Folders {
    /// From `keys.json`, where it exists.
    #[expect(dead_code, reason = "read by the evaluation, which comes with the family")]
    issuer_jwk: Value,
    examples: Vec<Example>,
}

/// One token.
#[expect(dead_code, reason = "read by the evaluation, which comes with the family")]
struct Example {
    id: String,
    expected: Expected,
    typ: String,
    key_binding: Option<KeyBinding>,
    token: String,
    /// The claims that must come out.
    claims: Option<Value>,
}

/// One entry of `expected.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    verdict: String,
    typ: String,
    kb: Option<KeyBinding>,
    #[serde(default)]
    matches_verified_contents: bool,
}

/// What the key binding must say.
#[derive(Clone, Debug, Deserialize)]
#[expect(dead_code, reason = "read by the evaluation, which comes with the family")]
struct KeyBinding {
    nonce: String,
    aud: String,
}

/// Reads the index, and the files that it names.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let entries: BTreeMap<String, Entry> =
        BTreeMap::deserialize(&found.json).map_err(|error| error.to_string())?;
    let folder = found.path.parent().unwrap_or(Path::new("."));
    let mut examples = Vec::new();
    for (id, entry) in entries {
        examples.push(example(folder, id, entry)?);
    }
    examples.extend(in_json_serialisation(folder, &examples)?);
    let keys: Value = read_json(folder, "keys.json")?;
    let issuer_jwk = keys.get("issuer").cloned().ok_or("keys.json names no issuer")?;
    Ok(vec![Box::new(Folders { issuer_jwk, examples })])
}

impl Suite for Folders {
    fn name(&self) -> String {
        "sd-jwt-folders".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let skip = || Outcome::Skipped(NOT_YET.to_owned());
        let case = |example: &Example| {
            Case::ask(&example.id, example.expected.clone(), &example.typ, skip)
        };
        self.examples.iter().map(case).collect()
    }
}

fn example(folder: &Path, id: String, entry: Entry) -> Result<Example, String> {
    let expected = match entry.verdict.as_str() {
        "accept" => Expected::Accept,
        "reject" => Expected::Refuse,
        other => return Err(format!("{id}: unknown verdict {other}")),
    };
    let token = read_text(folder, &format!("{id}.txt"))?.trim_end().to_owned();
    let claims = if entry.matches_verified_contents {
        let (example, _) = id.rsplit_once('/').ok_or("an entry without a folder")?;
        Some(read_json(folder, &format!("{example}/verified_contents.json"))?)
    } else {
        None
    };
    Ok(Example { expected, typ: entry.typ, key_binding: entry.kb, token, claims, id })
}

// The examples in JWS JSON serialisation are not in the index. Every one of them is refused as
// unsupported (HAIP 1.0, 6.1).
fn in_json_serialisation(folder: &Path, known: &[Example]) -> Result<Vec<Example>, String> {
    let groups = known.iter().filter_map(|example| example.id.split('/').next());
    let groups: std::collections::BTreeSet<&str> = groups.collect();
    let mut found = Vec::new();
    for group in groups {
        for form in ["json_serialization_flattened", "json_serialization_general"] {
            for token in ["sd_jwt_issuance", "sd_jwt_presentation"] {
                let id = format!("{group}/{form}/{token}");
                if !folder.join(format!("{id}.json")).is_file() {
                    continue;
                }
                found.push(Example {
                    token: read_text(folder, &format!("{id}.json"))?,
                    id,
                    expected: Expected::RefuseCode(Code::FormatUnsupported),
                    typ: "JWS JSON serialisation".to_owned(),
                    key_binding: None,
                    claims: None,
                });
            }
        }
    }
    Ok(found)
}

fn read_json(folder: &Path, name: &str) -> Result<Value, String> {
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
