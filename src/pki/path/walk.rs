//! One path, from the anchor down (RFC 5280, 6.1.2 to 6.1.5).

use super::super::Certificate;
use super::super::profile::AnchorValidity;
use super::CHAIN;
use super::checks::{
    check_conforming, check_conforming_anchor, check_extensions, check_issuing, check_leaf,
};
use super::failure::{Failure, Step};
use super::request::PathRequest;
use super::search::{Budget, Path};
use super::validated::{ValidatedPath, Window};
use crate::verdict::{Code, Refusal};

/// One pass over a path, from the anchor down (6.1.2 to 6.1.5).
pub(super) struct Walk<'a, 'b> {
    request: &'a PathRequest<'a>,
    path: &'b Path<'a>,
    budget: &'b mut Budget,
    window: Window,
    /// `max_path_length` of 6.1.2 (k).
    path_len: u32,
}

impl<'a, 'b> Walk<'a, 'b> {
    pub(super) fn new(
        request: &'a PathRequest<'a>,
        path: &'b Path<'a>,
        budget: &'b mut Budget,
    ) -> Self {
        Self { request, path, budget, window: Window::EVER, path_len: u32::MAX }
    }

    pub(super) fn run(mut self) -> Result<ValidatedPath, Failure> {
        let anchor = self.path.anchor;
        let height = self.path.indices.len();
        let fail_anchor = |refusal: Refusal, step| {
            Failure::at_anchor(refusal, self.path.anchor_index, height, step)
        };
        if anchor.profile.anchor_validity == AnchorValidity::Checked {
            self.window
                .narrow(&anchor.certificate, self.request.now)
                .map_err(|refusal| fail_anchor(refusal, Step::Validity))?;
        }
        check_issuing(&anchor.certificate, &mut self.path_len)
            .map_err(|code| fail_anchor(code.into(), Step::Issuing))?;
        check_extensions(&anchor.certificate, &anchor.profile)
            .map_err(|code| fail_anchor(code.into(), Step::Extensions))?;
        check_conforming_anchor(anchor).map_err(|code| fail_anchor(code.into(), Step::Profile))?;

        let mut issuer = &anchor.certificate;
        // At most `CHAIN_MAX` or `UNORDERED_MAX` certificates.
        for (above_leaf, &index) in self.path.indices.iter().enumerate().rev() {
            let Some(certificate) = self.request.presented.get(index) else { continue };
            let fail = |refusal: Refusal, step| {
                let refusal = refusal.within(CHAIN, u32::try_from(index).ok());
                Failure { refusal, above_leaf, step }
            };
            verify_signature(certificate, issuer, self.request, self.budget)
                .map_err(|code| fail(code.into(), Step::Signature))?;
            self.window
                .narrow(certificate, self.request.now)
                .map_err(|refusal| fail(refusal, Step::Validity))?;
            if above_leaf > 0 {
                check_issuing(certificate, &mut self.path_len)
                    .map_err(|code| fail(code.into(), Step::Issuing))?;
                check_extensions(certificate, &anchor.profile)
                    .map_err(|code| fail(code.into(), Step::Extensions))?;
            } else {
                check_leaf(certificate, anchor).map_err(|(code, step)| fail(code.into(), step))?;
            }
            check_conforming(certificate, &anchor.profile)
                .map_err(|code| fail(code.into(), Step::Profile))?;
            issuer = certificate;
        }
        let certificates = self
            .path
            .indices
            .iter()
            .filter_map(|index| self.request.presented.get(*index).cloned())
            .collect();
        self.window.into_path(certificates, anchor)
    }
}

/// 6.1.3 (a)(1), with the policy's say about the algorithm first.
pub(super) fn verify_signature(
    certificate: &Certificate,
    issuer: &Certificate,
    request: &PathRequest<'_>,
    budget: &mut Budget,
) -> Result<(), Code> {
    let algorithm = certificate.signature_algorithm()?;
    let key = issuer.public_key()?;
    let scheme = algorithm.scheme(key).ok_or(Code::ChainSignature)?;
    (request.accepts)(scheme, key)?;
    budget.spend_signature()?;
    key.verify(scheme, certificate.tbs(), certificate.signature())
        .map_err(|code| if code == Code::AlgNotAvailable { code } else { Code::ChainSignature })
}
