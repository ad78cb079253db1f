//! C2SP Wycheproof: every algorithm that the library offers, with every backend.
//!
//! A file of signatures, key agreement or decryption becomes one suite per backend. What a backend
//! or the library does not offer is skipped with its name; it may never end in a wrong answer.

mod format;
mod hkdf;
mod private;
mod signature;
mod symmetric;

use super::Loaded;
use crate::discover::Found;
use crate::suite::{Case, Door, Expected, Outcome, Suite};
use eid_broker::crypto::{Backend, Curve};
use format::{Answer, File, Group, Test};
use serde::Deserialize;
use std::rc::Rc;

struct Wycheproof {
    /// The name of the file, without its usual ending.
    stem: String,
    file: Rc<File>,
    /// `None` for files that no backend is asked about.
    backend: Option<Backend>,
}

const BACKENDS: &[(Backend, &str)] = &[
    (Backend::Ring, "ring"),
    (Backend::Openssl, "openssl"),
    #[cfg(feature = "aws-lc")]
    (Backend::AwsLc, "aws-lc"),
];

/// Reads one file.
pub(super) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    let count: usize = file.test_groups.iter().map(|group| group.tests.len()).sum();
    if count != file.number_of_tests {
        return Err(format!("says that it has {} tests, has {count}", file.number_of_tests));
    }
    let stem = found.stem().trim_end_matches("_test").to_owned();
    let by_backend = |kind: &str| signature::is_one(kind) || private::is_one(kind);
    let by_backend = file.test_groups.iter().any(|group| by_backend(&group.kind))
        || symmetric::mode(&file).is_some();
    let file = Rc::new(file);
    let suite = |backend| -> Box<dyn Suite> {
        Box::new(Wycheproof { stem: stem.clone(), file: Rc::clone(&file), backend })
    };
    Ok(if by_backend {
        BACKENDS.iter().map(|(backend, _)| suite(Some(*backend))).collect()
    } else {
        vec![suite(None)]
    })
}

impl Suite for Wycheproof {
    fn name(&self) -> String {
        let backend = BACKENDS.iter().find(|(backend, _)| Some(*backend) == self.backend);
        match backend {
            Some((_, name)) => format!("wycheproof/{}[{name}]", self.stem),
            None => format!("wycheproof/{}", self.stem),
        }
    }

    fn run(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for group in &self.file.test_groups {
            self.run_group(group, &mut cases);
        }
        cases
    }

    fn door(&self, case: &str) -> Option<Box<dyn Door + '_>> {
        let backend = self.backend?;
        let groups = self.file.test_groups.iter();
        let (group, test) = groups
            .flat_map(|group| group.tests.iter().map(move |test| (group, test)))
            .find(|(_, test)| test.tc_id.to_string() == case)?;
        Some(Box::new(signature::door(group, test, backend)?))
    }
}

impl Wycheproof {
    fn run_group(&self, group: &Group, cases: &mut Vec<Case>) {
        let skip = |reason: &str| Outcome::Skipped(reason.to_owned());
        if let Some((backend, mode)) = self.backend.zip(symmetric::mode(&self.file)) {
            for test in &group.tests {
                cases.push(case(test, || symmetric::answer(mode, backend, group, test)));
            }
        } else if let Some(backend) = self.backend.filter(|_| private::is_one(&group.kind)) {
            let asked = private::Asked::new(group, backend);
            for test in &group.tests {
                cases.push(case(test, || match &asked {
                    Ok(asked) => asked.answer(test),
                    Err(reason) => skip(reason),
                }));
            }
        } else if let Some(backend) = self.backend {
            let asked = signature::Asked::new(group, backend);
            for test in &group.tests {
                cases.push(case(test, || match &asked {
                    Ok(asked) => asked.answer(test),
                    Err(reason) => skip(reason),
                }));
            }
        } else if group.kind == "HkdfTest" && self.file.algorithm == "HKDF-SHA-256" {
            cases.extend(group.tests.iter().map(|test| case(test, || hkdf::answer(test))));
        } else {
            let reason = not_offered(&group.kind);
            cases.extend(group.tests.iter().map(|test| case(test, || skip(reason))));
        }
    }
}

fn case(test: &Test, ask: impl FnOnce() -> Outcome) -> Case {
    let flags = test.flags.join(", ");
    let gap = if test.comment.is_empty() || flags.is_empty() { "" } else { "; " };
    let note = format!("{}{gap}{flags}", test.comment);
    Case::ask(test.tc_id.to_string(), expected(test), note, ask)
}

fn expected(test: &Test) -> Expected {
    match test.result {
        Answer::Valid => Expected::Accept,
        Answer::Invalid => Expected::Refuse,
        Answer::Acceptable => {
            let decided = |flag: &String| DECIDED.iter().any(|(known, _)| known == flag);
            if test.flags.iter().any(decided) { Expected::Refuse } else { Expected::Either }
        }
    }
}

// Flags of "acceptable" tests: decided once, refused by every backend.
const DECIDED: &[(&str, &str)] = &[
    ("MissingNull", "RFC 8017, 9.2 note 1: DigestInfo has its NULL; one encoding only"),
    ("MissingZero", "one DER spelling only"),
    ("BER", "one DER spelling only"),
    ("InvalidAsn", "one DER spelling only"),
    ("CompressedPoint", "RFC 5480, 2.2: support is optional"),
    ("UnnamedCurve", "RFC 5480, 2.1.1: explicit parameters must not be used"),
];

fn curve(name: &str) -> Result<Curve, String> {
    match name {
        "secp256r1" => Ok(Curve::P256),
        "secp384r1" => Ok(Curve::P384),
        "secp521r1" => Ok(Curve::P521),
        "brainpoolP256r1" => Ok(Curve::BrainpoolP256r1),
        "brainpoolP384r1" => Ok(Curve::BrainpoolP384r1),
        "brainpoolP512r1" => Ok(Curve::BrainpoolP512r1),
        other => Err(format!("curve not offered: {other}")),
    }
}

fn not_offered(kind: &str) -> &'static str {
    match kind {
        "AeadTest" => "this authenticated encryption is not offered",
        "EcdhEcpointTest" | "EcdhPemTest" | "EcdhWebcryptoTest" | "XdhComp" => {
            "key agreement is offered for the files with DER keys"
        }
        "HkdfTest" => "HKDF is offered with SHA-256 only",
        "IndCpaTest" => "this mode is not offered",
        "MacTest" => "this MAC is not offered",
        "RsaesPkcs1Decrypt" => "RSA PKCS #1 v1.5 decryption is never offered",
        _ => "this kind of test is not offered",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::path::PathBuf;

    // RFC 8032, 7.1, test 1.
    const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    const SIGNATURE: &str = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb882\
                             1590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

    fn found(json: serde_json::Value) -> Found {
        let path = PathBuf::from("ed25519_test.json");
        Found { kind: crate::recognise::Kind::Wycheproof, path, bytes: Vec::new(), json }
    }

    fn file(tests: serde_json::Value, count: usize) -> Found {
        found(json!({"algorithm": "EDDSA", "numberOfTests": count, "testGroups": [{
            "type": "EddsaVerify",
            "publicKey": {"curve": "edwards25519", "pk": KEY},
            "tests": tests,
        }]}))
    }

    #[test]
    fn a_wrong_answer_is_seen_with_every_backend() {
        let test = |id: u32, sig: &str, result: &str| json!({"tcId": id, "comment": "", "flags": [], "msg": "", "sig": sig, "result": result});
        let tests = json!([
            test(1, SIGNATURE, "valid"),
            test(2, &SIGNATURE.replace("e55643", "e55644"), "invalid"),
            test(3, SIGNATURE, "invalid"),
            test(4, "", "valid"),
        ]);
        let suites = load(&file(tests, 4)).unwrap();
        let names: Vec<String> = suites.iter().map(|suite| suite.name()).collect();
        assert_eq!(names[..2], ["wycheproof/ed25519[ring]", "wycheproof/ed25519[openssl]"]);
        // aws-lc, where it is in the build, is not asked for Ed25519.
        let suites = suites.into_iter().take(2);
        for suite in suites {
            use crate::suite::Judgement::{Right, Wrong};
            let judged: Vec<_> = suite.run().iter().map(Case::judge).collect();
            assert_eq!(judged, [Right, Right, Wrong, Wrong]);
            let door = suite.door("1").unwrap();
            assert_eq!(door.ask(&super::super::hex::decode(SIGNATURE).unwrap()), Ok(String::new()));
            assert!(door.ask(b"").is_err());
            assert!(suite.door("5").is_none());
        }
    }

    #[test]
    fn refuses_a_file_that_was_cut() {
        assert!(load(&file(json!([]), 1)).is_err());
    }

    #[test]
    fn skips_what_is_not_offered_and_never_calls_it_right() {
        let group = json!({"type": "EcdsaVerify", "sha": "SHA-256",
            "publicKey": {"curve": "secp256k1", "uncompressed": "04"},
            "tests": [{"tcId": 1, "comment": "", "flags": [], "msg": "", "sig": "",
                "result": "invalid"}]});
        let json = json!({"algorithm": "ECDSA", "numberOfTests": 1, "testGroups": [group]});
        for suite in load(&found(json)).unwrap() {
            assert!(matches!(suite.run()[0].outcome, Outcome::Skipped(_)));
        }
    }

    #[test]
    fn an_acceptable_test_with_a_decided_flag_must_be_refused() {
        let test = |flag: &str| -> Test {
            let json = json!({"tcId": 1, "comment": "", "flags": [flag], "result": "acceptable"});
            serde_json::from_value(json).unwrap()
        };
        assert_eq!(expected(&test("MissingNull")), Expected::Refuse);
        assert_eq!(expected(&test("Other")), Expected::Either);
    }
}
