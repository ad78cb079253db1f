//! The vectors of this project: one file each, as `schema.json` says.

mod assertion;
pub(super) mod attributes;
mod card;
mod context;
#[cfg(test)]
mod coverage;
mod saml;
mod sd_jwt_vc;
pub(crate) mod vector;

use super::Group;
use crate::discover::Found;
use crate::suite::{Case, Door, Expected, Outcome, Suite};
use eid_broker::UnixTime;
use eid_broker::verdict::{self, Code, Ledger};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use vector::{Expect, Vector};

/// The context of one vector, ready for tokens.
trait Judge: Send + Sync {
    /// Judges one token, with all that the vector says beside it.
    fn judge(&self, token: &[u8]) -> Verdict;
}

/// The library's answer.
#[derive(Debug)]
enum Verdict {
    Accepted { identity: Map<String, Value>, loa: String, ledger: Ledger },
    Needs(Vec<String>),
    Refused(Code),
}

/// A vector that was read, and where it lies.
pub(crate) struct Own {
    vector: Vector,
    expected: Expected,
    folder: PathBuf,
}

impl Own {
    /// Reads a vector.
    pub(crate) fn read(path: &Path, json: Value) -> Result<Self, String> {
        let vector: Vector = serde_json::from_value(json).map_err(|error| error.to_string())?;
        let expected = vector.expect.expected()?;
        let folder = path.parent().unwrap_or(Path::new(".")).to_path_buf();
        Ok(Self { vector, expected, folder })
    }

    fn judge(&self) -> Result<Box<dyn Judge>, String> {
        let Self { vector, folder, .. } = self;
        let now = UnixTime::from_rfc3339(&vector.now).ok_or("now is not RFC 3339")?;
        let by_card = ["certificate", "web_eid"].contains(&vector.family.as_str());
        if !vector.evidence.is_empty() && !by_card {
            return Err("evidence of this family is not part of this version".to_owned());
        }
        match vector.family.as_str() {
            "certificate" | "web_eid" => Ok(Box::new(card::Card::new(vector, folder, now)?)),
            "bund_id" | "eid_server" | "eidas_saml" => {
                Ok(Box::new(saml::Response::new(vector, folder, now)?))
            }
            "assertion" => Ok(Box::new(assertion::Assertion::new(vector, folder, now)?)),
            "sd_jwt_vc" => Ok(Box::new(sd_jwt_vc::Presentation::new(vector, folder, now)?)),
            other => Err(format!("the family {other} is not part of this version")),
        }
    }

    /// Runs it.
    pub(crate) fn case(&self) -> Case {
        let Self { vector, expected, folder } = self;
        Case::ask(&vector.id, expected.clone(), &vector.description, || {
            let judged = self.judge().and_then(|judge| {
                let token = vector.input.read(folder)?;
                Ok(compare(judge.judge(&token), &vector.expect))
            });
            // A vector that cannot be judged is wrong, never left out.
            judged.unwrap_or_else(Outcome::Differs)
        })
    }

    /// Its context for other tokens.
    pub(crate) fn door(&self) -> Result<Box<dyn Door + Sync>, String> {
        Ok(Box::new(OwnDoor(self.judge()?)))
    }

    /// The name of the vector.
    pub(crate) fn id(&self) -> &str {
        &self.vector.id
    }

    /// The token itself.
    pub(crate) fn token(&self) -> Result<Vec<u8>, String> {
        self.vector.input.read(&self.folder)
    }
}

struct OwnDoor(Box<dyn Judge>);

impl Door for OwnDoor {
    fn ask(&self, token: &[u8]) -> Result<String, Code> {
        match self.0.judge(token) {
            Verdict::Accepted { identity, loa, .. } => {
                Ok(format!("{loa} {}", Value::Object(identity)))
            }
            Verdict::Needs(_) => Err(Code::NeedsEvidence),
            Verdict::Refused(code) => Err(code),
        }
    }
}

fn compare(found: Verdict, wanted: &Expect) -> Outcome {
    let differs = |text: String| Outcome::Differs(text);
    match found {
        Verdict::Refused(code) => Err(code).into(),
        Verdict::Needs(urls) => match &wanted.needs {
            Some(needs) if *needs != urls => differs(format!("needs {urls:?}")),
            _ => Outcome::Undecided(Code::NeedsEvidence),
        },
        Verdict::Accepted { identity, loa, ledger } => {
            let Some(attributes) = &wanted.identity else { return Outcome::Accepted };
            if let Some(name) = first_difference(&identity, attributes) {
                return differs(format!("attribute {name} differs"));
            }
            if wanted.loa.as_ref().is_some_and(|wanted| *wanted != loa) {
                return differs(format!("the level is {loa}"));
            }
            match wanted.ledger.iter().find(|name| !passed(&ledger, name)) {
                Some(name) => differs(format!("check {name} is not passed")),
                None => Outcome::Accepted,
            }
        }
    }
}

// Names the first attribute that differs, not its value.
fn first_difference<'a>(
    found: &'a Map<String, Value>,
    wanted: &'a Map<String, Value>,
) -> Option<&'a str> {
    let mut names = wanted.keys().chain(found.keys());
    names.find(|name| found.get(*name) != wanted.get(*name)).map(String::as_str)
}

fn passed(ledger: &Ledger, name: &str) -> bool {
    let entry = ledger.entries().iter().rev().find(|entry| entry.check.name() == name);
    entry.is_some_and(|entry| entry.outcome == verdict::Outcome::Passed)
}

struct Family {
    name: String,
    vectors: Vec<Own>,
}

impl Suite for Family {
    fn name(&self) -> String {
        format!("own/{}", self.name)
    }

    fn run(&self) -> Vec<Case> {
        self.vectors.iter().map(Own::case).collect()
    }

    fn door(&self, case: &str) -> Option<Box<dyn Door + '_>> {
        let own = self.vectors.iter().find(|own| own.vector.id == case)?;
        own.door().ok().map(|door| -> Box<dyn Door> { door })
    }
}

/// Reads the vectors; those that cannot be read are named one by one.
pub(super) fn load(found: Vec<Found>) -> Vec<Group> {
    let mut families: BTreeMap<String, Vec<Own>> = BTreeMap::new();
    let mut groups = Vec::new();
    for found in found {
        match Own::read(&found.path, found.json) {
            Ok(own) => families.entry(own.vector.family.clone()).or_default().push(own),
            Err(fault) => groups.push(Group {
                path: found.path.display().to_string(),
                sha256: String::new(),
                suites: Err(fault),
            }),
        }
    }
    for (name, vectors) in families {
        groups.push(Group {
            path: name.clone(),
            sha256: String::new(),
            suites: Ok(vec![Box::new(Family { name, vectors })]),
        });
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Judgement;
    use serde_json::json;

    fn vector() -> Value {
        json!({
            "id": "sd_jwt_vc/nonce/other", "description": "d", "standard": "s",
            "attack": "VC-09", "twin": "sd_jwt_vc/accepted/honest", "before": [],
            "family": "sd_jwt_vc", "input": {"file": "f", "sha256": ""}, "trust": "t",
            "policy": "standard/1", "procedure": "p", "relying_party": null, "presented": null,
            "expectation": {"nonce": "n", "request_id": null, "audience": "a"},
            "saml": {"issuer": "i", "acs_url": "u", "country": "DE", "keys": []},
            "evidence": [{"kind": "ocsp", "url": "u", "file": "f"}],
            "now": "2026-03-01T12:00:00Z",
            "expect": {"refused": "nonce.mismatch", "ledger": []}, "flags": [],
        })
    }

    // Members of an object of the schema: all of them, and those that must be there.
    fn members(schema: &Value) -> (Vec<&str>, Vec<&str>) {
        let all = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let required = schema["required"].as_array().into_iter().flatten();
        (all, required.map(|name| name.as_str().unwrap()).collect())
    }

    #[test]
    fn the_schema_and_the_reader_know_the_same_members() {
        let schema: Value = serde_json::from_str(include_str!("../../../schema.json")).unwrap();
        let (all, required) = members(&schema);
        let whole = vector();
        assert_eq!(all.len(), whole.as_object().unwrap().len());
        assert!(serde_json::from_value::<Vector>(whole.clone()).is_ok());
        for name in all {
            let mut without = whole.clone();
            without.as_object_mut().unwrap().remove(name).unwrap();
            let read = serde_json::from_value::<Vector>(without);
            assert_eq!(read.is_err(), required.contains(&name), "{name}");
        }
        let parts = [
            ("input", &schema["$defs"]["input"]),
            ("expectation", &schema["properties"]["expectation"]),
            ("expect", &schema["properties"]["expect"]),
            ("saml", &schema["properties"]["saml"]),
        ];
        for (part, described) in parts {
            for name in members(described).0 {
                let mut with = whole.clone();
                with[part][name] = json!(1);
                let fault = serde_json::from_value::<Vector>(with).unwrap_err().to_string();
                assert!(!fault.contains("unknown field"), "{part}.{name}: {fault}");
            }
        }
        let mut other = whole;
        other["other"] = json!(1);
        assert!(serde_json::from_value::<Vector>(other).is_err());
    }

    #[test]
    fn an_answer_is_exactly_one_of_three_and_its_code_exists() {
        let expected = |expect: Value| {
            let mut vector = vector();
            vector["expect"] = expect;
            serde_json::from_value::<Vector>(vector).unwrap().expect.expected()
        };
        assert_eq!(expected(json!({"identity": {}})), Ok(Expected::Accept));
        let refused = expected(json!({"refused": "nonce.mismatch"}));
        assert_eq!(refused, Ok(Expected::RefuseCode(Code::NonceMismatch)));
        assert!(expected(json!({"needs": []})).is_ok());
        for bad in [
            json!({}),
            json!({"refused": "nonce.other"}),
            json!({"identity": {}, "refused": "nonce.mismatch"}),
        ] {
            assert!(expected(bad).is_err());
        }
    }

    // The generated tests: one per file.
    fn holds(name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let case = Own::read(&path, json).unwrap().case();
        let (expected, got, code) = (&case.expected, case.outcome.word(), case.outcome.code());
        let about = match &case.outcome {
            Outcome::Differs(text) => text,
            _ => &case.note,
        };
        assert_eq!(case.judge(), Judgement::Right, "{expected}, got {got} {code}: {about}");
    }

    include!(concat!(env!("OUT_DIR"), "/vectors.rs"));
}
