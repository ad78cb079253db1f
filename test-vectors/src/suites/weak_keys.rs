//! Certificates with weak or malformed keys, under both profiles, and the operation `key` of the
//! line protocol, which asks the same question.

use super::Loaded;
use crate::discover::Found;
use crate::suite::{Case, Classes, Expected, Outcome, Suite};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker::UnixTime;
use eid_broker::pki::{
    AlgorithmRules, Anchor, Certificate, Conformance, Order, PathRequest, Profile, Purpose,
    verify_path,
};
use eid_broker::verdict::Code;
use serde::Deserialize;
use serde_json::{Value, json};
use std::rc::Rc;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
struct File {
    vectors: Vec<Vector>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    case: String,
    #[serde(flatten)]
    question: Question,
    expected: String,
    expected_emrtd: String,
    why: String,
}

/// Certificates in base64 of their DER, end entity first.
#[derive(Debug, Deserialize)]
struct Question {
    chain: Vec<String>,
    anchor: String,
    /// RFC 3339.
    time: String,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Under {
    Emrtd,
    General,
}

struct WeakKeys {
    file: Rc<File>,
    under: Under,
}

/// Reads the file; one suite per profile.
pub(super) fn load(found: &Found) -> Loaded {
    let file = Rc::new(File::deserialize(&found.json).map_err(|error| error.to_string())?);
    for vector in &file.vectors {
        for expected in [&vector.expected, &vector.expected_emrtd] {
            read_expected(expected).map_err(|error| format!("{}: {error}", vector.case))?;
        }
        let judged = vector.question.judge(Under::General);
        judged.map_err(|error| format!("{}: {error}", vector.case)).map(drop)?;
    }
    let suite = |under| -> Box<dyn Suite> { Box::new(WeakKeys { file: Rc::clone(&file), under }) };
    Ok(vec![suite(Under::General), suite(Under::Emrtd)])
}

impl Suite for WeakKeys {
    fn name(&self) -> String {
        match self.under {
            Under::Emrtd => "weak-keys[emrtd]".to_owned(),
            Under::General => "weak-keys[general]".to_owned(),
        }
    }

    fn run(&self) -> Vec<Case> {
        let case = |vector: &Vector| {
            let expected = match self.under {
                Under::Emrtd => &vector.expected_emrtd,
                Under::General => &vector.expected,
            };
            // Both were looked at when the file was read.
            let expected = read_expected(expected).unwrap_or(Expected::Refuse);
            let ask = || match vector.question.judge(self.under) {
                Ok(answer) => Outcome::from(answer),
                Err(fault) => Outcome::Skipped(fault),
            };
            Case::ask(&vector.case, expected, &vector.why, ask)
        };
        self.file.vectors.iter().map(case).collect()
    }
}

/// Answers one question of the line protocol.
pub(crate) fn answer(question: &Value) -> Value {
    #[derive(Deserialize)]
    struct Line {
        #[serde(flatten)]
        question: Question,
        profile: Under,
    }
    let line = Line::deserialize(question).map_err(|error| error.to_string());
    match line.and_then(|line| line.question.judge(line.profile)) {
        Ok(Ok(())) => json!({"verdict": "accept", "class": null}),
        Ok(Err(code)) => json!({"verdict": "refuse", "class": code.name()}),
        Err(fault) => json!({"verdict": "error", "class": fault}),
    }
}

impl Question {
    /// The outer error is a question that cannot be read.
    fn judge(&self, under: Under) -> Result<Result<(), Code>, String> {
        let der = |text: &String| STANDARD.decode(text).map_err(|error| error.to_string());
        let now = UnixTime::from_rfc3339(&self.time).ok_or("time: not RFC 3339")?;
        let anchor = der(&self.anchor)?;
        let chain = self.chain.iter().map(der).collect::<Result<Vec<_>, _>>()?;
        let rules = match under {
            Under::Emrtd => AlgorithmRules::DOCUMENT_SIGNER,
            Under::General => AlgorithmRules::GENERAL,
        };
        Ok(path(&chain, &anchor, now, rules))
    }
}

fn path(
    chain: &[Vec<u8>],
    anchor: &[u8],
    now: UnixTime,
    rules: AlgorithmRules,
) -> Result<(), Code> {
    let read = |der: &[u8]| Certificate::parse(der).map_err(|refusal| refusal.code());
    let presented = chain.iter().map(|der| read(der)).collect::<Result<Vec<_>, _>>()?;
    let mut profile = Profile::general(Purpose::Any);
    profile.algorithms = rules;
    // The certificates are made for their keys and lack identifiers of them.
    profile.conformance = Conformance::NotRequired;
    let anchors = [Anchor::new(read(anchor)?, Arc::new(profile), "weak-keys".into())];
    let request = PathRequest::new(&presented, Order::Unordered, &anchors, now, &|_, _| Ok(()));
    verify_path(&request).map(drop).map_err(|refusal| refusal.code())
}

fn read_expected(text: &str) -> Result<Expected, String> {
    // A compressed point may be taken or not; this library takes none.
    let text = text.strip_prefix("accept-or-").unwrap_or(text);
    if text == "accept" {
        return Ok(Expected::Accept);
    }
    let class = text.strip_prefix("refuse:").ok_or("neither accept nor refuse")?;
    if !Classes::WEAK_KEYS.contains(&class) {
        return Err(format!("no such class: {class}"));
    }
    Ok(Expected::RefuseClass(Classes::WeakKeys, vec![class.to_owned()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_question_is_no_refusal() {
        let line = json!({"op": "key", "chain": ["AAAA"], "anchor": "AAAA", "time": "now",
            "profile": "general"});
        assert_eq!(answer(&line)["verdict"], "error");
        let line = json!({"op": "key", "chain": ["AAAA"], "anchor": "AAAA",
            "time": "2026-06-01T12:00:00Z", "profile": "general"});
        assert_eq!(answer(&line), json!({"verdict": "refuse", "class": "cert.malformed"}));
    }

    #[test]
    fn an_expectation_that_is_not_understood_stops_the_file() {
        assert_eq!(read_expected("accept"), Ok(Expected::Accept));
        assert!(read_expected("refuse:weak-key").is_ok());
        assert!(read_expected("refuse:other").is_err());
        assert!(read_expected("").is_err());
    }
}
