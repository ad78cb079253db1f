//! Device responses made for this project, with their context in the same file, under the laboratory
//! profiles `corpus-mdoc-made`, which is strict, and `corpus-mdoc-made-lenient`. A case that the suite
//! leaves to the policy is asked under both, and each must give the answer that its settings stand for.

use super::layer::{OwnedSession, Setting, laboratory, thumbprint, trust};
use crate::discover::Found;
use crate::suite::{Case, Door, Expected, Suite};
use crate::suites::Loaded;
use eid_broker::UnixTime;
use eid_broker::envelope::cose::Tags;
use eid_broker::pki::{PathCache, PresentedAnchor};
use eid_broker::policy::{DocumentContent, DocumentRule, MdocPolicy, Times};
use serde::Deserialize;
use serde_json::Value;

/// The whole file.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    doc_type: String,
    /// Unix seconds.
    now: u64,
    client_id: String,
    nonce: String,
    response_uri: String,
    encryption_jwk: Option<Value>,
    iaca_pem: String,
    leeway_s: u32,
    requested_namespaces: Vec<String>,
    vectors: Vec<Vector>,
}

/// One response.
#[derive(Debug, Deserialize)]
struct Vector {
    id: String,
    device_response_b64url: String,
    expect: String,
    why: String,
}

struct Made {
    file: File,
    strict: Setting,
    lenient: Setting,
}

/// Reads the file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    for vector in &file.vectors {
        vector.expected()?;
    }
    let strict = file.setting("corpus-mdoc-made", |_| ())?;
    let lenient = file.setting("corpus-mdoc-made-lenient", |rules| {
        rules.cose_tags = Tags::Accepted;
        rules.presented_anchor = PresentedAnchor::Ignored;
        rules.times = Times::FractionsCutOff;
    })?;
    Ok(vec![Box::new(Made { file, strict, lenient })])
}

impl File {
    /// Everything that a response of the file is verified against.
    pub(super) fn setting(
        &self,
        name: &str,
        change: impl FnOnce(&mut MdocPolicy),
    ) -> Result<Setting, String> {
        let loa = DocumentRule::pid().loa;
        let namespaces: Vec<&str> = self.requested_namespaces.iter().map(String::as_str).collect();
        let rule = DocumentRule::new(&self.doc_type, &namespaces, DocumentContent::Pid, loa);
        let mut policy = laboratory(name, |rules| {
            rules.documents = vec![rule];
            change(rules);
        });
        policy.leeway_s = self.leeway_s;
        policy.seal();
        let encryption_key = self.encryption_jwk.as_ref().map(thumbprint).transpose()?;
        let response_uri = self.response_uri.clone();
        Ok(Setting {
            policy,
            trust: trust(self.iaca_pem.as_bytes(), "iso-iaca")?,
            paths: PathCache::default(),
            client_id: self.client_id.clone(),
            nonce: self.nonce.clone(),
            session: OwnedSession::Redirect { response_uri, encryption_key },
            reader_key: None,
            now: UnixTime::from_secs(self.now),
        })
    }
}

impl Suite for Made {
    fn name(&self) -> String {
        "mdoc-made".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let mut cases = Vec::with_capacity(self.file.vectors.len());
        for vector in &self.file.vectors {
            let Vector { id, device_response_b64url, why, .. } = vector;
            let token = device_response_b64url.as_bytes();
            let ask = |setting: &Setting| setting.outcome(token);
            match vector.expected() {
                Ok(Some(expected)) => {
                    cases.push(Case::ask(id, expected, why, || ask(&self.strict)));
                }
                _ => {
                    let strict = Case::ask(id, Expected::Refuse, why, || ask(&self.strict));
                    let name = format!("{id} (lenient)");
                    let lenient = Case::ask(name, Expected::Accept, why, || ask(&self.lenient));
                    cases.extend([strict, lenient]);
                }
            }
        }
        cases
    }

    // Every vector has the same context.
    fn door(&self, case: &str) -> Option<Box<dyn Door + '_>> {
        let (case, setting) = match case.strip_suffix(" (lenient)") {
            Some(case) => (case, &self.lenient),
            None => (case, &self.strict),
        };
        let known = self.file.vectors.iter().any(|vector| vector.id == case);
        known.then(|| -> Box<dyn Door + '_> { Box::new(setting) })
    }
}

impl Vector {
    // `None` where the suite takes either answer, by the settings of the verifier.
    fn expected(&self) -> Result<Option<Expected>, String> {
        match self.expect.as_str() {
            "accept" => Ok(Some(Expected::Accept)),
            "reject" => Ok(Some(Expected::Refuse)),
            "policy" => Ok(None),
            other => Err(format!("{}: unknown verdict {other}", self.id)),
        }
    }
}
