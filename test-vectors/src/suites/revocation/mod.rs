//! Suites about the status of certificates, and the question that all of them ask.
//!
//! The assumptions are those of the corpus: a clock tolerance of five minutes, a day without
//! nextUpdate, no SHA-1 signatures. Nothing is said there about responders without
//! `id-pkix-ocsp-nocheck`; RFC 6960, 4.2.2.2.1 leaves those to local policy, and here they pass.

pub(super) mod made;
pub(super) mod openssl;

pub(crate) use made::{Vector, good};

use crate::suite::Outcome;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker::UnixTime;
use eid_broker::crypto::{PublicKey, Scheme};
use eid_broker::pki::{
    Anchor, Certificate, Conformance, Evidence, NoncePresence, Order, PathRequest, Profile,
    Purpose, ResponderStatus, RevocationRequest, RevocationRule, RevocationRules, RevocationScope,
    Standing, check_revocation, verify_path,
};
use eid_broker::verdict::Code;
use std::sync::Arc;

/// One question about the status of a path's certificates.
#[derive(Clone)]
pub(crate) struct Question {
    /// End entity first.
    pub(crate) presented: Vec<Certificate>,
    pub(crate) root: Certificate,
    /// OCSP responses, DER.
    pub(crate) responses: Vec<Vec<u8>>,
    pub(crate) nonce: Option<Vec<u8>>,
    pub(crate) nonce_required: bool,
    pub(crate) scope: RevocationScope,
    pub(crate) now: UnixTime,
    /// Whether RSA with SHA-1 is let pass, on certificates and on answers.
    pub(crate) danger_sha1: bool,
}

impl Question {
    /// How the certificates stand, with the code of a refusal.
    pub(crate) fn ask(&self) -> Result<(), Code> {
        let mut profile = Profile::general(Purpose::Any);
        profile.conformance = Conformance::NotRequired;
        if self.danger_sha1 {
            profile.algorithms = profile.algorithms.danger_with_rsa_sha1();
        }
        let anchor = Anchor::new(self.root.clone(), Arc::new(profile), "suite".into());
        let (anchors, accepts) = ([anchor], |_: Scheme, _: &PublicKey| Ok(()));
        let order = Order::Unordered;
        let request = PathRequest::new(&self.presented, order, &anchors, self.now, &accepts);
        let path = verify_path(&request).map_err(|refusal| refusal.code())?;

        let mut rules = RevocationRules::new(RevocationRule::Require);
        rules.scope = self.scope;
        rules.responder_status = ResponderStatus::KnownIfPossible;
        if self.nonce_required {
            rules.nonce = NoncePresence::Required;
        }
        let responses: Vec<&[u8]> = self.responses.iter().map(Vec::as_slice).collect();
        let evidence = Evidence::ocsp(&responses);
        let mut request = RevocationRequest::new(&path, evidence, &rules, self.now, &accepts);
        request.ocsp_nonce = self.nonce.as_deref();
        match check_revocation(&request) {
            Ok(Standing::Good(_)) => Ok(()),
            Ok(Standing::Needs(_)) => Err(Code::NeedsEvidence),
            Ok(Standing::NotAsked) => Err(Code::Internal),
            Err(refusal) => Err(refusal.code()),
        }
    }

    /// The same question with other evidence.
    fn with_responses(&self, responses: Vec<Vec<u8>>) -> Self {
        Self { responses, ..self.clone() }
    }

    /// The answer as the outcome of a case.
    pub(super) fn outcome(&self) -> Outcome {
        self.ask().into()
    }
}

/// A certificate from base64 of its DER.
pub(crate) fn certificate(base64: &str) -> Result<Certificate, String> {
    let der = STANDARD.decode(base64).map_err(|error| error.to_string())?;
    Certificate::parse(&der).map_err(|refusal| refusal.to_string())
}
