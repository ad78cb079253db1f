//! What the suites of this folder share: a trust store with the anchors of a suite, a laboratory policy,
//! and the session that a response must belong to. A verdict under any of them can never become an
//! assertion.

use crate::suite::{Door, Outcome};
use eid_broker::UnixTime;
use eid_broker::config::Findings;
use eid_broker::crypto::{AgreementKey, Alg};
use eid_broker::envelope::jose::Jwk;
use eid_broker::envelope::json::{Limits, with};
use eid_broker::expectation::wallet::{Session, WalletExpected};
use eid_broker::pki::PathCache;
use eid_broker::policy::{AlgorithmRule, HandoverKind, MdocPolicy, Policy, StatusRule};
use eid_broker::token::Context;
use eid_broker::token::mdoc::{ElementNames, Presentation, verify};
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use eid_broker::verdict::{Code, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Everything that a response is verified against.
pub(super) struct Setting {
    pub(super) policy: Policy,
    pub(super) trust: TrustStore,
    pub(super) paths: PathCache,
    pub(super) client_id: String,
    pub(super) nonce: String,
    pub(super) session: OwnedSession,
    pub(super) reader_key: Option<AgreementKey>,
    pub(super) now: UnixTime,
}

/// A session that owns its parts.
pub(super) enum OwnedSession {
    Redirect { response_uri: String, encryption_key: Option<[u8; 32]> },
    Transcript(Vec<u8>),
}

/// The policy `standard/1` with the settings that `change` makes; the status is left out.
pub(super) fn laboratory(name: &str, change: impl FnOnce(&mut MdocPolicy)) -> Policy {
    let mut policy = Policy::standard();
    name.clone_into(&mut policy.name);
    policy.leeway_s = 0;
    policy.algorithms =
        [Alg::Es256, Alg::Es384, Alg::Es512, Alg::EdDsa].map(AlgorithmRule::new).into();
    let mut rules = MdocPolicy::standard();
    rules.status = StatusRule::NotEvaluated;
    rules.handovers.push(HandoverKind::Transcript);
    change(&mut rules);
    policy.mdoc = Some(rules);
    policy.seal();
    policy
}

/// Anchors out of a PEM file, for both purposes, each for its types of documents.
pub(super) fn trust(pem: &[u8], profile: &str) -> Result<TrustStore, String> {
    let text = format!(
        "[[source]]\nname = \"suite\"\npurpose = \"pid-issue\"\nkind = \"x509\"\n\
         profile = \"{profile}\"\nfiles = [\"anchor.pem\"]\n\
         credential_types = [\"eu.europa.ec.eudi.pid.1\", \"org.iso.18013.5.1.mDL\"]\n\
         [[source]]\nname = \"suite-mdl\"\npurpose = \"mdl-issue\"\nkind = \"x509\"\n\
         profile = \"{profile}\"\nfiles = [\"anchor.pem\"]\n\
         credential_types = [\"org.iso.18013.5.1.mDL\"]\n"
    );
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(&text, "trust.toml", &mut findings);
    let config = config.ok_or_else(|| findings.to_string())?;
    let material = BTreeMap::from([("anchor.pem".to_owned(), Material::Bytes(pem.to_vec()))]);
    Ok(TrustStore::build(config, &material, "trust.toml", &mut findings))
}

/// The thumbprint of a public key in a JWK (RFC 7638).
pub(super) fn thumbprint(jwk: &Value) -> Result<[u8; 32], String> {
    let mut jwk = jwk.clone();
    // Some examples show the private key and say what it is for.
    if let Some(members) = jwk.as_object_mut() {
        for member in ["d", "alg", "use", "kid"] {
            members.remove(member);
        }
    }
    let text = jwk.to_string();
    let jwk = with(text.as_bytes(), Limits::OWN, Jwk::parse).map_err(|r| r.to_string())?;
    Ok(jwk.key.thumbprint())
}

impl Setting {
    /// Verifies one response.
    pub(super) fn verify(&self, token: &[u8]) -> Verdict<Presentation> {
        let Self { policy, trust, paths, client_id, nonce, session, reader_key, now } = self;
        let session = match session {
            OwnedSession::Redirect { response_uri, encryption_key } => {
                Session::OpenId4Vp { response_uri, encryption_key: *encryption_key }
            }
            OwnedSession::Transcript(transcript) => Session::Transcript(transcript),
        };
        let mut wallet = WalletExpected::new(session);
        wallet.reader_key = reader_key.as_ref();
        let context = Context::new(policy, trust, paths, nonce, client_id, *now);
        verify(token, &context.with_wallet(wallet))
    }

    /// Verifies, and says what came out.
    pub(super) fn outcome(&self, token: &[u8]) -> Outcome {
        match self.verify(token) {
            Verdict::Accepted(_) => Outcome::Accepted,
            Verdict::Needs { .. } => Outcome::Undecided(Code::NeedsEvidence),
            Verdict::Refused { refusal, .. } => Err(refusal.code()).into(),
        }
    }
}

impl Door for &Setting {
    fn ask(&self, token: &[u8]) -> Result<String, Code> {
        match self.verify(token) {
            Verdict::Accepted(accepted) => {
                let names = |list: &ElementNames| -> Vec<String> {
                    list.iter().map(|e| format!("{}/{}", e.namespace, e.identifier)).collect()
                };
                let shown = accepted.value();
                let device = names(shown.device_signed());
                let all = json!({"doc_type": shown.doc_type(), "elements": names(shown.elements()),
                    "device_signed": device});
                Ok(all.to_string())
            }
            Verdict::Needs { .. } => Err(Code::NeedsEvidence),
            Verdict::Refused { refusal, .. } => Err(refusal.code()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_of_these_suites_is_a_laboratory_one() {
        assert!(laboratory("corpus-test", |_| ()).laboratory);
    }
}
