//! Real presentations by OpenID4VP: the context of the request in one file, the answer in the one beside
//! it, under the laboratory profile `corpus-openid4vp-mdoc`: long forms and fractions of seconds pass, and
//! the status is left out.

use super::layer::{OwnedSession, Setting, laboratory, thumbprint, trust};
use crate::discover::Found;
use crate::suite::{Case, Door, Expected, Suite};
use crate::suites::Loaded;
use eid_broker::UnixTime;
use eid_broker::envelope::cbor::Encoding;
use eid_broker::pki::PathCache;
use eid_broker::policy::{DocumentContent, DocumentRule, Times};
use eid_broker::verdict::Code;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The context of the request.
#[derive(Debug, Deserialize)]
struct File {
    client_id: String,
    response_uri: String,
    nonce: String,
    encryption_jwk: Option<Value>,
    /// Unix seconds.
    validation_time: u64,
}

struct Presented {
    name: String,
    // By query, in the order of the queries.
    responses: Vec<(String, String)>,
    honest: Setting,
    other_nonce: Setting,
    other_client: Setting,
    not_encrypted: Setting,
}

// The anchors of all presentations in a folder.
pub(super) const ANCHORS: &str = "eudi-trusted-issuers.pem";

/// Reads the context, and the answer beside it.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    let stem = found.stem();
    let stem = stem.strip_suffix("-context").ok_or("the name does not end with -context")?;
    let token = found.path.with_file_name(format!("{stem}-vpToken.json"));
    let anchors = fs::read(found.path.with_file_name(ANCHORS));
    let anchors = anchors.map_err(|error| format!("{ANCHORS}: {error}"))?;
    Ok(vec![Box::new(Presented {
        name: format!("openid4vp-presentation/{stem}"),
        responses: responses(&token)?,
        honest: file.setting(&anchors, |_| ())?,
        other_nonce: file.setting(&anchors, |setting| setting.nonce.push('0'))?,
        other_client: file.setting(&anchors, |setting| setting.client_id.push('0'))?,
        not_encrypted: file.setting(&anchors, |setting| {
            if let OwnedSession::Redirect { encryption_key, .. } = &mut setting.session {
                *encryption_key = None;
            }
        })?,
    })])
}

/// The presentations of a `vp_token` (OpenID4VP 1.0, 8.1).
pub(super) fn responses(path: &Path) -> Result<Vec<(String, String)>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let token: BTreeMap<String, Vec<String>> =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut list = Vec::new();
    for (query, presentations) in token {
        for (at, presentation) in presentations.into_iter().enumerate() {
            let id = if at == 0 { query.clone() } else { format!("{query}-{at}") };
            list.push((id, presentation));
        }
    }
    if list.is_empty() { Err("no presentation".to_owned()) } else { Ok(list) }
}

impl File {
    fn setting(
        &self,
        anchors: &[u8],
        change: impl FnOnce(&mut Setting),
    ) -> Result<Setting, String> {
        let pid = DocumentRule::pid();
        let policy = laboratory("corpus-openid4vp-mdoc", |rules| {
            rules.documents = vec![DocumentRule::mdl(pid.loa), pid];
            // Test issuers name another country in the document than in their certificate.
            rules.documents.iter_mut().for_each(|rule| rule.content = DocumentContent::Credential);
            rules.encoding = Encoding::Any;
            rules.times = Times::FractionsCutOff;
        });
        let encryption_key = self.encryption_jwk.as_ref().map(thumbprint).transpose()?;
        let response_uri = self.response_uri.clone();
        let mut setting = Setting {
            policy,
            trust: trust(anchors, "iso-iaca")?,
            paths: PathCache::default(),
            client_id: self.client_id.clone(),
            nonce: self.nonce.clone(),
            session: OwnedSession::Redirect { response_uri, encryption_key },
            reader_key: None,
            now: UnixTime::from_secs(self.validation_time),
        };
        change(&mut setting);
        Ok(setting)
    }
}

impl Suite for Presented {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn run(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for (query, response) in &self.responses {
            let mut ask = |what: &str, expected, setting: &Setting| {
                let id = if what.is_empty() { query.clone() } else { format!("{query}/{what}") };
                cases.push(Case::ask(id, expected, what, || setting.outcome(response.as_bytes())));
            };
            let mismatch = || Expected::RefuseCode(Code::BindingMismatch);
            ask("", Expected::Accept, &self.honest);
            ask("other-nonce", mismatch(), &self.other_nonce);
            ask("other-client", mismatch(), &self.other_client);
            ask("not-encrypted", mismatch(), &self.not_encrypted);
        }
        cases
    }

    fn door(&self, case: &str) -> Option<Box<dyn Door + '_>> {
        let (query, what) = case.split_once('/').unwrap_or((case, ""));
        let known = self.responses.iter().any(|(id, _)| id == query);
        let setting = match what {
            "" => &self.honest,
            "other-nonce" => &self.other_nonce,
            "other-client" => &self.other_client,
            "not-encrypted" => &self.not_encrypted,
            _ => return None,
        };
        known.then(|| -> Box<dyn Door + '_> { Box::new(setting) })
    }
}
