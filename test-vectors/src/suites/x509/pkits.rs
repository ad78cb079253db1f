//! PKITS of NIST. It asks for the algorithm of RFC 5280, 6 alone: rules for conforming CAs are not
//! asked for, which its CAs break (4.2.1.11: policy constraints that are not critical).
//!
//! DSA is not supported; the valid tests of DSA signatures must say so.

use super::{Question, Revocation};
use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use crate::suites::Loaded;
use eid_broker::UnixTime;
use eid_broker::pki::{Conformance, Oid, PolicyInputs, Profile, Purpose};
use eid_broker::verdict::Code;
use serde::Deserialize;
use std::fs;
use std::path::PathBuf;

#[derive(Deserialize)]
struct File {
    anchor: String,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    pkits: String,
    #[serde(default)]
    name: String,
    target: String,
    #[serde(default)]
    certs: Vec<String>,
    #[serde(default)]
    crls: Vec<String>,
    initial: Initial,
    time: String,
    expected: Answer,
    #[serde(default)]
    needs_dsa: bool,
}

/// The inputs of 6.1.1 (c) and (e) to (g), as the manifest and the line protocol write them.
#[derive(Deserialize)]
pub(super) struct Initial {
    policy_set: Vec<String>,
    explicit_policy: bool,
    policy_mapping_inhibit: bool,
    any_policy_inhibit: bool,
}

#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
enum Answer {
    #[serde(rename = "fail")]
    Fail,
    #[serde(rename = "ok")]
    Ok,
}

struct Pkits {
    folder: PathBuf,
    file: File,
}

/// Reads the manifest; the files beside it are read when they are asked for.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    let folder = found.path.parent().map(PathBuf::from).unwrap_or_default();
    Ok(vec![Box::new(Pkits { folder, file })])
}

impl Suite for Pkits {
    fn name(&self) -> String {
        "pkits".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let case = |test: &Test| {
            let expected = match (test.expected, test.needs_dsa) {
                (Answer::Ok, false) => Expected::Accept,
                (Answer::Ok, true) => Expected::RefuseCode(Code::CertUnsupported),
                (Answer::Fail, _) => Expected::Refuse,
            };
            Case::ask(&test.pkits, expected, &test.name, || match self.question(test) {
                Ok(question) => question.ask().into(),
                Err(error) => Outcome::Differs(error),
            })
        };
        self.file.tests.iter().map(case).collect()
    }
}

impl Pkits {
    fn question(&self, test: &Test) -> Result<Question, String> {
        let read = |kind: &str, name: &str| {
            // The manifest names files, with their folder or without.
            let name = name.rsplit('/').next().unwrap_or_default();
            let path = self.folder.join(kind).join(name);
            fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let mut presented = vec![read("certs", &test.target)?];
        for name in &test.certs {
            presented.push(read("certs", name)?);
        }
        let crls = test.crls.iter().map(|name| read("crls", name));
        Ok(Question {
            profile: test.initial.profile()?,
            presented,
            anchors: vec![read("certs", &self.file.anchor)?],
            crls: crls.collect::<Result<_, _>>()?,
            revocation: Revocation::Required,
            peer: None,
            max_intermediates: None,
            now: UnixTime::from_rfc3339(&test.time).ok_or("the time is not RFC 3339")?,
        })
    }
}

impl Initial {
    /// The algorithm of 6.1 with these inputs.
    pub(super) fn profile(&self) -> Result<Profile, String> {
        let mut profile = Profile::general(Purpose::Any);
        profile.conformance = Conformance::NotRequired;
        profile.policies = self.inputs()?;
        Ok(profile)
    }

    pub(super) fn inputs(&self) -> Result<PolicyInputs, String> {
        let any = self.policy_set.iter().any(|policy| policy == "any");
        let oid = |text: &String| Oid::from_dotted(text).ok_or(format!("{text:?} is no policy"));
        let set = self.policy_set.iter().filter(|policy| *policy != "any").map(oid);
        let set = set.collect::<Result<Vec<Oid>, String>>()?;
        Ok(PolicyInputs {
            policy_set: (!any).then_some(set),
            explicit_policy: self.explicit_policy,
            policy_mapping_inhibit: self.policy_mapping_inhibit,
            any_policy_inhibit: self.any_policy_inhibit,
        })
    }
}
