//! The vectors of this project: one file each, as `schema.json` says.

use super::Group;
use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use eid_broker::verdict::Code;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One vector.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by the evaluation, which comes with each family")]
pub(crate) struct Vector {
    /// `family/check/what-is-special`.
    pub(crate) id: String,
    /// One sentence.
    pub(crate) description: String,
    /// The clause that decides.
    pub(crate) standard: String,
    /// The token family.
    pub(crate) family: String,
    /// The token.
    pub(crate) input: Input,
    /// File with the trust material.
    pub(crate) trust: String,
    /// The policy it is read under, `name/version`.
    pub(crate) policy: String,
    /// The procedure that asked.
    pub(crate) procedure: String,
    /// Who reads the assertion, where the vector is about one.
    pub(crate) relying_party: Option<String>,
    /// What was expected before the token came.
    pub(crate) expectation: Option<Expectation>,
    /// What is handed in beside the token.
    #[serde(default)]
    pub(crate) evidence: Vec<Evidence>,
    /// RFC 3339.
    pub(crate) now: String,
    /// The only right answer.
    pub(crate) expect: Expect,
    /// Words to find vectors by.
    #[serde(default)]
    pub(crate) flags: Vec<String>,
}

/// Where the token lies.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by the evaluation, which comes with each family")]
pub(crate) struct Input {
    /// A file beside the vector.
    pub(crate) file: String,
    /// Its SHA-256, in hex.
    pub(crate) sha256: String,
}

/// What the portal had asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by the evaluation, which comes with each family")]
pub(crate) struct Expectation {
    /// The nonce of a wallet or Web eID request.
    pub(crate) nonce: Option<String>,
    /// The identifier of a SAML request.
    pub(crate) request_id: Option<String>,
    /// For whom the answer must be meant.
    pub(crate) audience: String,
}

/// Something that the host fetched.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by the evaluation, which comes with each family")]
pub(crate) struct Evidence {
    /// `ocsp`, `status_list`, `crl` or `metadata`.
    pub(crate) kind: String,
    /// Where it was fetched from.
    pub(crate) url: String,
    /// A file beside the vector.
    pub(crate) file: String,
}

/// The only right answer: exactly one of `identity`, `refused` and `needs`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by the evaluation, which comes with each family")]
pub(crate) struct Expect {
    /// Accepted, with these attributes.
    pub(crate) identity: Option<Map<String, Value>>,
    /// Refused, with this code.
    pub(crate) refused: Option<String>,
    /// Undecided: the addresses of what must be fetched.
    pub(crate) needs: Option<Vec<String>>,
    /// Checks that must stand as passed in the ledger.
    #[serde(default)]
    pub(crate) ledger: Vec<String>,
}

impl Expect {
    fn expected(&self) -> Result<Expected, String> {
        match (&self.identity, &self.refused, &self.needs) {
            (Some(_), None, None) => Ok(Expected::Accept),
            (None, Some(code), None) => Code::from_name(code)
                .map(Expected::RefuseCode)
                .ok_or_else(|| format!("{code} is no code of the refusal table")),
            (None, None, Some(_)) => Ok(Expected::Undecided(Code::NeedsEvidence)),
            _ => Err("expect must have exactly one of identity, refused and needs".to_owned()),
        }
    }
}

struct Own {
    family: String,
    vectors: Vec<(Vector, Expected)>,
}

impl Suite for Own {
    fn name(&self) -> String {
        format!("own/{}", self.family)
    }

    fn run(&self) -> Vec<Case> {
        let reason = || Outcome::Skipped("not yet part of this version".to_owned());
        let case = |(vector, expected): &(Vector, Expected)| {
            Case::ask(&vector.id, expected.clone(), &vector.description, reason)
        };
        self.vectors.iter().map(case).collect()
    }
}

/// Reads the vectors; those that cannot be read are named one by one.
pub(super) fn load(found: Vec<Found>) -> Vec<Group> {
    let mut families: BTreeMap<String, Vec<(Vector, Expected)>> = BTreeMap::new();
    let mut groups = Vec::new();
    for found in found {
        let vector = serde_json::from_value::<Vector>(found.json);
        let vector = vector.map_err(|error| error.to_string());
        match vector.and_then(|vector| vector.expect.expected().map(|wanted| (vector, wanted))) {
            Ok(read) => families.entry(read.0.family.clone()).or_default().push(read),
            Err(fault) => groups.push(Group {
                path: found.path.display().to_string(),
                sha256: String::new(),
                suites: Err(fault),
            }),
        }
    }
    for (family, vectors) in families {
        groups.push(Group {
            path: family.clone(),
            sha256: String::new(),
            suites: Ok(vec![Box::new(Own { family, vectors })]),
        });
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn vector() -> Value {
        json!({
            "id": "sd_jwt_vc/nonce/other", "description": "d", "standard": "s",
            "family": "sd_jwt_vc", "input": {"file": "f", "sha256": ""}, "trust": "t",
            "policy": "standard/1", "procedure": "p", "relying_party": null,
            "expectation": {"nonce": "n", "request_id": null, "audience": "a"},
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
        let schema: Value = serde_json::from_str(include_str!("../../schema.json")).unwrap();
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
        for part in ["input", "expectation", "expect"] {
            for name in members(&schema["properties"][part]).0 {
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
}
