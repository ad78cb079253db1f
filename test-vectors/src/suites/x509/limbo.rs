//! x509-limbo. The namespaces `webpki::` and `online::` are judged by the profile `tls-server`, every
//! other one by `general`: they ask for RFC 5280 and no more, and two of their cases contradict each
//! other otherwise (`rfc5280::ca-as-leaf`, `webpki::ca-as-leaf`).

use super::{Peer, Question, Revocation};
use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use crate::suites::Loaded;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker::UnixTime;
use eid_broker::pki::{Oid, Profile, Purpose};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    testcases: Vec<Testcase>,
}

#[derive(Deserialize)]
struct Testcase {
    id: String,
    #[serde(default)]
    description: String,
    trusted_certs: Vec<String>,
    #[serde(default)]
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    #[serde(default)]
    crls: Vec<String>,
    #[serde(default)]
    validation_time: Option<String>,
    #[serde(default)]
    extended_key_usage: Vec<String>,
    #[serde(default)]
    expected_peer_name: Option<Peer>,
    #[serde(default)]
    max_chain_depth: Option<usize>,
    expected_result: Answer,
}

#[derive(Clone, Copy, Deserialize)]
enum Answer {
    #[serde(rename = "FAILURE")]
    Failure,
    #[serde(rename = "SUCCESS")]
    Success,
}

struct Limbo(File);

/// Reads the file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    Ok(vec![Box::new(Limbo(file))])
}

impl Suite for Limbo {
    fn name(&self) -> String {
        "x509-limbo".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let case = |case: &Testcase| {
            let expected = match case.expected_result {
                Answer::Success => Expected::Accept,
                Answer::Failure => Expected::Refuse,
            };
            let note = case.description.split("\n\n").next().unwrap_or_default().to_owned();
            Case::ask(&case.id, expected, note, || match case.question() {
                Ok(question) => question.ask().into(),
                Err(error) => Outcome::Differs(error),
            })
        };
        self.0.testcases.iter().map(case).collect()
    }
}

// Where a case leaves the time open, every chain is valid then.
const ANY_TIME: &str = "2026-06-01T00:00:00Z";

impl Testcase {
    fn question(&self) -> Result<Question, String> {
        let mut presented = vec![der(&self.peer_certificate)?];
        presented.extend(ders(&self.untrusted_intermediates)?);
        let purposes = self.extended_key_usage.iter().map(|name| purpose(name));
        let purposes = purposes.collect::<Result<Vec<Oid>, String>>()?;
        let web = ["webpki::", "online::"].iter().any(|space| self.id.starts_with(space));
        let profile = if web {
            Profile::tls_server()
        } else if purposes.is_empty() {
            Profile::general(Purpose::Any)
        } else {
            Profile::general(Purpose::IfPresent(purposes))
        };
        let time = self.validation_time.as_deref().unwrap_or(ANY_TIME);
        Ok(Question {
            profile,
            presented,
            anchors: ders(&self.trusted_certs)?,
            crls: ders(&self.crls)?,
            revocation: if self.crls.is_empty() {
                Revocation::NotAsked
            } else {
                Revocation::Required
            },
            peer: self.expected_peer_name.clone(),
            max_intermediates: self.max_chain_depth,
            now: UnixTime::from_rfc3339(time).ok_or("the time is not RFC 3339")?,
        })
    }
}

fn ders(pems: &[String]) -> Result<Vec<Vec<u8>>, String> {
    pems.iter().map(|pem| der(pem)).collect()
}

/// The one block of a PEM text. What is in it is the library's to judge.
fn der(pem: &str) -> Result<Vec<u8>, String> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body.trim()).map_err(|error| error.to_string())
}

fn purpose(name: &str) -> Result<Oid, String> {
    let last = match name {
        "serverAuth" => 1,
        "clientAuth" => 2,
        "codeSigning" => 3,
        "emailProtection" => 4,
        "timeStamping" => 8,
        "OCSPSigning" => 9,
        "anyExtendedKeyUsage" => return Oid::from_dotted("2.5.29.37.0").ok_or_else(String::new),
        other => return Err(format!("{other:?} is no purpose")),
    };
    Oid::from_dotted(&format!("1.3.6.1.5.5.7.3.{last}")).ok_or_else(String::new)
}
