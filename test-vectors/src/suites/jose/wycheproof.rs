//! The `json_web_*` files of C2SP Wycheproof.

use super::jws;
use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use crate::suites::Loaded;
use eid_broker::envelope::jose::KeySet;
use eid_broker::verdict::Code;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(skip)]
    stem: String,
    number_of_tests: usize,
    test_groups: Vec<Group>,
}

/// Tests with one key or one set of keys.
#[derive(Debug, Deserialize)]
struct Group {
    public: Option<Value>,
    private: Option<Value>,
    tests: Vec<Test>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    tc_id: u64,
    comment: String,
    #[serde(default)]
    flags: Vec<String>,
    result: String,
    /// A compact token, or an object in the JSON serialisation.
    jws: Option<Value>,
}

/// Reads one file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let mut file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    let count: usize = file.test_groups.iter().map(|group| group.tests.len()).sum();
    if count != file.number_of_tests {
        return Err(format!("says that it has {} tests, has {count}", file.number_of_tests));
    }
    found.stem().trim_end_matches("_test").clone_into(&mut file.stem);
    Ok(vec![Box::new(file)])
}

impl Suite for File {
    fn name(&self) -> String {
        format!("wycheproof/{}", self.stem)
    }

    fn run(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for group in &self.test_groups {
            let keys = group.key_set();
            cases.extend(group.tests.iter().map(|test| test.case(group, &keys)));
        }
        cases
    }
}

impl Group {
    // The keys as the file writes them: public ones where it has them.
    fn keys(&self) -> Vec<&Value> {
        let Some(keys) = self.public.as_ref().or(self.private.as_ref()) else { return Vec::new() };
        match keys.get("keys").and_then(Value::as_array) {
            Some(list) => list.iter().collect(),
            None => vec![keys],
        }
    }

    fn key_set(&self) -> Result<KeySet, Code> {
        jws::key_set(&self.keys())
    }

    fn is_symmetric(&self) -> bool {
        self.keys().iter().all(|key| key.get("kty").and_then(Value::as_str) == Some("oct"))
    }
}

impl Test {
    fn case(&self, group: &Group, keys: &Result<KeySet, Code>) -> Case {
        let expected = match self.result.as_str() {
            "valid" => Expected::Accept,
            "invalid" => Expected::Refuse,
            _ => Expected::Either,
        };
        let note = [self.comment.as_str(), &self.flags.join(", ")].join(" ");
        Case::ask(self.tc_id.to_string(), expected, note.trim(), || match &self.jws {
            None => skip("decryption is not part of this version"),
            // A refusal would say nothing about the token: there is no such algorithm here at all.
            Some(_) if group.is_symmetric() => skip("tokens with HMAC are not offered"),
            Some(Value::String(token)) => {
                let verified = keys.as_ref().map_err(|code| *code);
                verified.and_then(|keys| jws::verify(token, keys)).into()
            }
            Some(object) => {
                let verified = keys.as_ref().map_err(|code| *code);
                verified.and_then(|keys| jws::verify(&object.to_string(), keys)).into()
            }
        })
    }
}

fn skip(reason: &str) -> Outcome {
    Outcome::Skipped(reason.to_owned())
}
