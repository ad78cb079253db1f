//! One path, from the anchor down (RFC 5280, 6.1.2 to 6.1.5).

use super::super::profile::{AnchorValidity, Dates, Profile};
use super::super::{AlgorithmRules, Certificate};
use super::CHAIN;
use super::budget::Budget;
use super::checks::{
    check_conforming, check_conforming_anchor, check_extensions, check_issuing, check_leaf,
};
use super::failure::{Failure, Step};
use super::name_constraints::NameConstraints;
use super::policies::Policies;
use super::request::PathRequest;
use super::search::Path;
use super::validated::{ValidatedPath, Window};
use crate::verdict::{Code, Refusal};

/// One pass over a path, from the anchor down.
pub(super) struct Walk<'a, 'b> {
    request: &'a PathRequest<'a>,
    path: &'b Path<'a>,
    budget: &'b mut Budget,
    window: Window,
    /// `max_path_length` of 6.1.2 (k).
    path_len: u32,
    /// `permitted_subtrees` and `excluded_subtrees` of 6.1.2 (b) and (c).
    names: NameConstraints<'a>,
    policies: Policies<'a>,
}

impl<'a, 'b> Walk<'a, 'b> {
    pub(super) fn new(
        request: &'a PathRequest<'a>,
        path: &'b Path<'a>,
        budget: &'b mut Budget,
    ) -> Self {
        Self {
            request,
            path,
            budget,
            window: Window::EVER,
            path_len: u32::MAX,
            names: NameConstraints::default(),
            policies: Policies::new(&path.anchor.profile.policies, path.indices.len()),
        }
    }

    pub(super) fn run(mut self) -> Result<ValidatedPath, Failure> {
        let anchor = self.path.anchor;
        self.anchor()?;
        let mut issuer = &anchor.certificate;
        let mut certificates = Vec::with_capacity(self.path.indices.len());
        // At most `DEPTH_MAX` certificates.
        for (above_leaf, &index) in self.path.indices.iter().enumerate().rev() {
            let Some(certificate) = self.request.presented.get(index) else { continue };
            self.below(certificate, issuer, above_leaf).map_err(|(refusal, step)| {
                let refusal = refusal.within(CHAIN, u32::try_from(index).ok());
                Failure { refusal, above_leaf, step }
            })?;
            certificates.push(certificate.clone());
            issuer = certificate;
        }
        certificates.reverse();
        let policies = self.policies.finish(issuer);
        let policies = policies.map_err(|code| Failure::at_leaf(code, Step::Policies))?;
        self.window.into_path(certificates, anchor, policies)
    }

    /// What the anchor's own certificate says about its paths (RFC 5937, 3.2).
    fn anchor(&mut self) -> Result<(), Failure> {
        let anchor = self.path.anchor;
        let (index, height) = (self.path.anchor_index, self.path.indices.len());
        let fail = |refusal: Refusal, step| Failure::at_anchor(refusal, index, height, step);
        if anchor.profile.anchor_validity == AnchorValidity::Checked {
            self.window
                .narrow(&anchor.certificate, self.request.now)
                .map_err(|refusal| fail(refusal, Step::Validity))?;
            check_dates(&anchor.certificate, &anchor.profile)
                .map_err(|code| fail(code.into(), Step::Validity))?;
        }
        self.names.add(&anchor.certificate).map_err(|code| fail(code.into(), Step::Names))?;
        self.policies.start_at(&anchor.certificate);
        check_issuing(&anchor.certificate, &mut self.path_len)
            .map_err(|code| fail(code.into(), Step::Issuing))?;
        check_extensions(&anchor.certificate, &anchor.profile)
            .map_err(|code| fail(code.into(), Step::Extensions))?;
        check_conforming_anchor(anchor).map_err(|code| fail(code.into(), Step::Profile))
    }

    /// One certificate below the anchor (6.1.3, and 6.1.4 when it is not the last).
    fn below(
        &mut self,
        certificate: &'a Certificate,
        issuer: &Certificate,
        above_leaf: usize,
    ) -> Result<(), (Refusal, Step)> {
        let at = |step| move |code: Code| (Refusal::from(code), step);
        let anchor = self.path.anchor;
        verify_signature(certificate, issuer, anchor.profile.algorithms, self.request, self.budget)
            .map_err(at(Step::Signature))?;
        self.window
            .narrow(certificate, self.request.now)
            .map_err(|refusal| (refusal, Step::Validity))?;
        check_dates(certificate, &anchor.profile).map_err(at(Step::Validity))?;
        let is_last = above_leaf == 0;
        if is_last || !certificate.is_self_issued() {
            self.names.check(certificate, self.budget).map_err(at(Step::Names))?;
        }
        self.policies.enter(certificate, is_last, self.budget).map_err(at(Step::Policies))?;
        if is_last {
            check_leaf(certificate, anchor).map_err(|(code, step)| (code.into(), step))?;
        } else {
            self.policies.leave(certificate, self.budget).map_err(at(Step::Policies))?;
            self.names.add(certificate).map_err(at(Step::Names))?;
            check_issuing(certificate, &mut self.path_len).map_err(at(Step::Issuing))?;
            check_extensions(certificate, &anchor.profile).map_err(at(Step::Extensions))?;
        }
        check_conforming(certificate, &anchor.profile).map_err(at(Step::Profile))
    }
}

/// 4.1.2.5: dates until 2049 are UTCTime.
fn check_dates(certificate: &Certificate, profile: &Profile) -> Result<(), Code> {
    if profile.dates == Dates::AsRfc5280 && certificate.has_early_generalized_time() {
        return Err(Code::CertMalformed);
    }
    Ok(())
}

/// 6.1.3 (a)(1), with the policy's say about the algorithm first.
pub(super) fn verify_signature(
    certificate: &Certificate,
    issuer: &Certificate,
    rules: AlgorithmRules,
    request: &PathRequest<'_>,
    budget: &mut Budget,
) -> Result<(), Code> {
    let algorithm = certificate.signature_algorithm_under(rules)?;
    let key = issuer.public_key_under(rules)?;
    let scheme = algorithm.scheme(key).ok_or(Code::ChainSignature)?;
    (request.accepts)(scheme, key)?;
    budget.spend_signature()?;
    key.verify(scheme, certificate.tbs(), certificate.signature())
        .map_err(|code| if code == Code::AlgNotAvailable { code } else { Code::ChainSignature })
}
