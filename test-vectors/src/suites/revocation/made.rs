//! OCSP responses made for this project: one answer about one certificate each.

use super::{Question, certificate};
use crate::discover::Found;
use crate::suite::{Case, Classes, Door, Expected, Outcome, Suite};
use crate::suites::{Loaded, hex};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker::UnixTime;
use eid_broker::pki::RevocationScope;
use eid_broker::verdict::Code;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct File {
    vectors: Vec<Vector>,
}

/// One vector; also the question of the line protocol, which names its members otherwise.
#[derive(Deserialize)]
pub(crate) struct Vector {
    #[serde(default)]
    case: String,
    #[serde(default)]
    why: String,
    leaf: String,
    issuer: String,
    root: String,
    response: String,
    #[serde(alias = "nonce")]
    request_nonce: Option<String>,
    #[serde(default)]
    nonce_required: bool,
    time: String,
    #[serde(default)]
    expected: String,
}

struct Made(File);

/// Reads the file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    for vector in &file.vectors {
        vector.expected().map_err(|error| format!("{}: {error}", vector.case))?;
    }
    Ok(vec![Box::new(Made(file))])
}

impl Suite for Made {
    fn name(&self) -> String {
        "ocsp".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let cases = self.0.vectors.iter();
        cases
            .filter_map(|vector| {
                let expected = vector.expected().ok()?;
                Some(Case::ask(&vector.case, expected, &vector.why, || match vector.question() {
                    Ok(question) => question.outcome(),
                    Err(error) => Outcome::Differs(error),
                }))
            })
            .collect()
    }

    fn door(&self, case: &str) -> Option<Box<dyn Door + '_>> {
        let vector = self.0.vectors.iter().find(|vector| vector.case == case)?;
        Some(Box::new(Asked(vector.question().ok()?)))
    }
}

/// The context of one vector, for other answers about its certificate.
struct Asked(Question);

impl Door for Asked {
    fn ask(&self, token: &[u8]) -> Result<String, Code> {
        self.0.with_responses(vec![token.to_vec()]).ask().map(|()| String::new())
    }
}

/// Every answer of the file that says good: its name, its bytes, and its context.
///
/// One is left out: it carries a certificate that nobody asks for and no signature covers, so that a
/// change there changes nothing.
pub(crate) fn good(json: &Value) -> Result<Vec<(String, Vec<u8>, Box<dyn Door + Sync>)>, String> {
    let file = File::deserialize(json).map_err(|error| error.to_string())?;
    let good = file
        .vectors
        .iter()
        .filter(|vector| vector.expected == "good" && vector.case != "good-delegated-extra-cert");
    good.map(|vector| {
        let question = vector.question()?;
        let response = question.responses.first().cloned().unwrap_or_default();
        let door: Box<dyn Door + Sync> = Box::new(Asked(question));
        Ok((format!("ocsp/{}", vector.case), response, door))
    })
    .collect()
}

impl Vector {
    fn expected(&self) -> Result<Expected, String> {
        let class = match self.expected.as_str() {
            "good" => return Ok(Expected::Accept),
            status @ ("revoked" | "unknown") => status,
            other => other
                .strip_prefix("reject:")
                .ok_or_else(|| format!("{other:?} is no expected result"))?,
        };
        Ok(Expected::RefuseClass(Classes::Suite, vec![class.to_owned()]))
    }

    /// What is asked. The issuer is among the presented certificates unless it is the root.
    pub(crate) fn question(&self) -> Result<Question, String> {
        let (leaf, issuer) = (certificate(&self.leaf)?, certificate(&self.issuer)?);
        let root = certificate(&self.root)?;
        let presented = if issuer == root { vec![leaf] } else { vec![leaf, issuer] };
        let response = STANDARD.decode(&self.response).map_err(|error| error.to_string())?;
        let nonce = self.request_nonce.as_deref();
        let nonce = nonce.map(|text| hex::decode(text).ok_or("the nonce is not hexadecimal"));
        Ok(Question {
            presented,
            root,
            responses: vec![response],
            nonce: nonce.transpose()?,
            nonce_required: self.nonce_required,
            scope: RevocationScope::EndEntity,
            now: UnixTime::from_rfc3339(&self.time).ok_or("the time is not RFC 3339")?,
            danger_sha1: false,
        })
    }
}
