//! What the OCSP answers say about a certificate (RFC 6960, 3.2).

use super::check::{Answer, Check, Failure, Step};
use super::{NoncePresence, ResponderStatus, fresh};
use crate::UnixTime;
use crate::crypto::equal;
use crate::pki::Certificate;
use crate::pki::ocsp::responder::{SignedBy, Signer};
use crate::pki::ocsp::response::{CertStatus, Response, SingleResponse};
use crate::verdict::{Code, Place, Refusal};

impl Check<'_> {
    /// All answers about the certificate, in the order handed in.
    pub(super) fn by_ocsp(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<Answer, Refusal> {
        let responses = std::mem::take(&mut self.responses);
        let answer = self.join(&responses, certificate, issuer);
        self.responses = responses;
        answer
    }

    fn join(
        &mut self,
        responses: &[Result<Response, Refusal>],
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<Answer, Refusal> {
        let mut failure = Failure::none();
        let mut joined: Option<Answer> = None;
        // At most `RESPONSES_MAX`.
        for (index, response) in responses.iter().enumerate() {
            let place = Place::nth("ocsp", index);
            let response = match response {
                Ok(response) => response,
                Err(refusal) => {
                    failure.note(Step::NotAttributed, *refusal);
                    continue;
                }
            };
            let single = match response.single(certificate, issuer) {
                Ok(single) => single,
                Err(Code::OcspMismatch) => {
                    if !self.is_about_the_path(response) {
                        let refusal = Refusal::new(Code::OcspMismatch, place);
                        failure.note(Step::NotAttributed, refusal);
                    }
                    continue;
                }
                Err(code) => {
                    failure.note(Step::Scope, Refusal::new(code, place));
                    continue;
                }
            };
            let answer = match self.judge(response, single, issuer) {
                Ok(until) => said(single.status, until),
                Err((_, refusal)) if refusal.code() == Code::LimitWork => {
                    return Err(refusal.within("ocsp", place.index));
                }
                Err((step, refusal)) => {
                    failure.note(step, refusal.within("ocsp", place.index));
                    continue;
                }
            };
            joined = Some(match joined {
                None => answer,
                Some(before) => agree(before, answer)
                    .ok_or_else(|| Refusal::new(Code::StatusContradiction, place))?,
            });
        }
        Ok(joined.unwrap_or(Answer::Open(failure)))
    }

    /// 3.2 (2) to (6): signature, signer, times; then the nonce (RFC 9654). Gives until when the
    /// status is fresh.
    fn judge(
        &mut self,
        response: &Response,
        single: &SingleResponse,
        issuer: &Certificate,
    ) -> Result<UnixTime, (Step, Refusal)> {
        let request = self.request;
        let rules = request.rules;
        let signer = Signer {
            issuer,
            pinned: &rules.pinned_responders,
            now: request.now,
            rules: self.rules(),
            accepts: request.accepts,
        };
        let signed_by = signer
            .of(response, &mut || self.work.spend_signature())
            .map_err(|code| (Step::Signer, code.into()))?;
        if let SignedBy::DesignatedToBeChecked(responder) = &signed_by {
            self.check_responder(responder).map_err(|refusal| (Step::Signer, refusal))?;
        }
        if response.produced_at > request.now.plus(u64::from(rules.clock_skew_s)) {
            return Err((Step::Age, Code::StatusFuture.into()));
        }
        let until = fresh::check(
            single.this_update,
            single.next_update,
            rules.ocsp_max_age_s,
            request.now,
            rules,
        )
        .map_err(|refusal| (Step::Age, refusal))?;
        let nonce_holds = match (request.ocsp_nonce, response.nonce()) {
            (Some(sent), Some(received)) => equal(sent, received),
            (Some(_), None) => rules.nonce == NoncePresence::IfPresent,
            // Made for somebody else's request; as good as one made in advance.
            (None, _) => true,
        };
        if nonce_holds { Ok(until) } else { Err((Step::Nonce, Code::OcspNonce.into())) }
    }

    /// The status of a responder without `id-pkix-ocsp-nocheck` (4.2.2.2.1), by CRL alone: an answer
    /// of its own about itself would prove nothing.
    fn check_responder(&mut self, responder: &Certificate) -> Result<(), Refusal> {
        let known = match self.by_crl(responder)? {
            Answer::Good { .. } => true,
            Answer::Revoked { .. } | Answer::Unknown => false,
            Answer::Open(_) => {
                self.request.rules.responder_status == ResponderStatus::KnownIfPossible
            }
        };
        if known { Ok(()) } else { Err(Code::OcspResponder.into()) }
    }

    /// Whether a response has a status of any certificate of the path.
    fn is_about_the_path(&self, response: &Response) -> bool {
        let path = self.request.path;
        let above = path.certificates().iter().skip(1);
        let issuers = above.chain(std::iter::once(&path.anchor().certificate));
        path.certificates()
            .iter()
            .zip(issuers)
            .any(|(one, issuer)| !matches!(response.single(one, issuer), Err(Code::OcspMismatch)))
    }
}

const fn said(status: CertStatus, until: UnixTime) -> Answer {
    match status {
        CertStatus::Good => Answer::Good { until },
        CertStatus::Revoked { at, reason } => Answer::Revoked { at, reason },
        CertStatus::Unknown => Answer::Unknown,
    }
}

/// Both, when they say the same.
fn agree(one: Answer, other: Answer) -> Option<Answer> {
    match (one, other) {
        (Answer::Good { until }, Answer::Good { until: also }) => {
            Some(Answer::Good { until: until.min(also) })
        }
        (revoked @ Answer::Revoked { .. }, Answer::Revoked { .. }) => Some(revoked),
        (Answer::Unknown, Answer::Unknown) => Some(Answer::Unknown),
        _ => None,
    }
}
