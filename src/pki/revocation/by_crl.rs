//! What the CRLs say about a certificate (RFC 5280, 6.3.3). The letters are those of the steps there.

use super::check::{Answer, Check, Failure, Step};
use super::fresh;
use crate::UnixTime;
use crate::pki::certificate::same_name;
use crate::pki::crl::distribution::{DistributionPoint, read_points};
use crate::pki::crl::reasons::{REMOVE_FROM_CRL, Reasons};
use crate::pki::general_name::share_a_name;
use crate::pki::{Certificate, Crl, CrlEntry};
use crate::verdict::{Code, Place, Refusal};

/// The state variables of 6.3.2.
struct State {
    /// `reasons_mask`.
    covered: Reasons,
    /// Positions of the lists that told something.
    told: Vec<usize>,
    until: UnixTime,
    failure: Failure,
}

impl Check<'_> {
    /// Goes through the distribution points of the certificate, and at the end through one that is
    /// assumed: its issuer, with every reason.
    pub(super) fn by_crl(&mut self, certificate: &Certificate) -> Result<Answer, Refusal> {
        let mut state = State {
            covered: Reasons::NONE,
            told: Vec::new(),
            until: UnixTime::MAX,
            failure: Failure::none(),
        };
        if self.request.evidence.crls.is_empty() {
            return Ok(Answer::Open(state.failure));
        }
        let mut points = read_points(certificate)?;
        points.push(DistributionPoint::of_issuer(certificate));
        let complete = self.complete.clone();
        // At most `POINTS_MAX` and one.
        for point in &points {
            // At most `CRLS_MAX`.
            for index in &complete {
                if let Some(entry) = self.ask_one(certificate, point, *index, &mut state)? {
                    let (at, reason) = (entry.revoked_at, entry.reason_name());
                    return Ok(Answer::Revoked { at, reason });
                }
            }
        }
        if state.covered.is_all() {
            return Ok(Answer::Good { until: state.until });
        }
        self.note_lonely_deltas(certificate, &mut state.failure);
        if state.covered != Reasons::NONE {
            state.failure.note(Step::Scope, Code::StatusScope.into());
        }
        Ok(Answer::Open(state.failure))
    }

    /// One complete CRL for one point. An entry is a revocation; `None` means that the state says how
    /// far it got.
    fn ask_one(
        &mut self,
        certificate: &Certificate,
        point: &DistributionPoint,
        index: usize,
        state: &mut State,
    ) -> Result<Option<CrlEntry>, Refusal> {
        let request = self.request;
        let Some(crl) = request.evidence.crls.get(index) else { return Ok(None) };
        let place = Place::nth("crl", index);
        // (b)(1), and the name of (b)(2)(i): a list of another issuer or point says nothing here.
        if !is_issued_for(crl, certificate, point) || !is_of_point(crl, point) {
            return Ok(None);
        }
        // (b)(2)(ii) to (iv).
        if !is_of_kind(crl, certificate) {
            state.failure.note(Step::Scope, Refusal::new(Code::StatusScope, place));
            return Ok(None);
        }
        // (d), (e): the reasons that this list tells, unless all of them are known already.
        let reasons = crl.scope().reasons.and(point.reasons);
        let find = |crl: &Crl| crl.entry(certificate.issuer_der(), certificate.serial());
        if !reasons.adds_to(state.covered) {
            let mut told = state.told.iter().filter_map(|told| request.evidence.crls.get(*told));
            // A list of another series that has the certificate is not outweighed by one without.
            if told.any(|told| told.is_of_series(crl)) || find(crl).is_none() {
                return Ok(None);
            }
        }
        // (f), (g).
        let issuer = match self.prove_issuer(crl) {
            Ok(issuer) => issuer,
            Err(Code::LimitWork) => return Err(Refusal::new(Code::LimitWork, place)),
            Err(code) => {
                state.failure.note(Step::Signer, Refusal::new(code, place));
                return Ok(None);
            }
        };
        // (a): the host keeps lists up to date; here an old one is refused.
        let until = match fresh_until(crl, request.now, request.rules) {
            Ok(until) => until,
            Err(refusal) => {
                state.failure.note(Step::Age, refusal.within("crl", place.index));
                return Ok(None);
            }
        };
        // (c), (h).
        let delta = self.newest_delta(crl, &issuer)?;
        state.until = state.until.min(until);
        // (i) to (k): the delta is asked first, and what it takes off the list is not on it.
        let said = match delta.as_ref().and_then(|(delta, _)| find(delta)) {
            Some(entry) if entry.reason == REMOVE_FROM_CRL => None,
            Some(entry) => Some(entry),
            None => find(crl),
        };
        if let Some((_, until)) = delta {
            state.until = state.until.min(until);
        }
        // (l)
        state.covered = state.covered.or(reasons);
        state.told.push(index);
        Ok(said)
    }

    /// The newest usable delta CRL of a complete one. Without any the complete one stands alone
    /// (5.2.4).
    fn newest_delta(
        &mut self,
        complete: &Crl,
        issuer: &Certificate,
    ) -> Result<Option<(Crl, UnixTime)>, Refusal> {
        let request = self.request;
        let mut newest: Option<(Crl, UnixTime)> = None;
        // At most `CRLS_MAX`.
        for (index, delta) in request.evidence.crls.iter().enumerate() {
            let newer = newest.as_ref().is_none_or(|(held, _)| delta.is_newer_than(held));
            if !complete.is_changed_by(delta) || !newer {
                continue;
            }
            let Ok(until) = fresh_until(delta, request.now, request.rules) else { continue };
            let rules = self.rules();
            let spend = &mut || self.work.spend_signature();
            match delta.verify_signature(issuer, rules, request.accepts, spend) {
                Ok(()) => newest = Some((delta.clone(), until)),
                Err(Code::LimitWork) => {
                    return Err(Refusal::new(Code::LimitWork, Place::nth("crl", index)));
                }
                Err(_) => {}
            }
        }
        Ok(newest)
    }

    /// A delta CRL of the issuer that changes nothing that is at hand.
    fn note_lonely_deltas(&self, certificate: &Certificate, failure: &mut Failure) {
        let crls = self.request.evidence.crls;
        for (index, delta) in crls.iter().enumerate().filter(|(_, crl)| crl.is_delta()) {
            let ours = same_name(delta.issuer_der(), certificate.issuer_der());
            if ours && !crls.iter().any(|crl| crl.is_changed_by(delta)) {
                let place = Place::nth("crl", index);
                failure.note(Step::Scope, Refusal::new(Code::RevocationDelta, place));
            }
        }
    }
}

fn fresh_until(
    crl: &Crl,
    now: UnixTime,
    rules: &super::RevocationRules,
) -> Result<UnixTime, Refusal> {
    fresh::check(crl.this_update(), crl.next_update(), None, now, rules)
}

/// (b)(1): the CRL issuer that the point names, which then must issue indirect CRLs; else the
/// certificate's own.
fn is_issued_for(crl: &Crl, certificate: &Certificate, point: &DistributionPoint) -> bool {
    if point.crl_issuer().is_empty() {
        return crl.issuer_key() == certificate.issuer_key()
            && same_name(crl.issuer_der(), certificate.issuer_der());
    }
    let named = point.crl_issuer().iter().filter_map(|name| name.directory_der());
    crl.scope().indirect && named.into_iter().any(|name| same_name(name, crl.issuer_der()))
}

/// (b)(2)(i): a list that is bound to a point is about those of its names only.
fn is_of_point(crl: &Crl, point: &DistributionPoint) -> bool {
    let names = &crl.scope().names;
    names.is_empty() || share_a_name(names, point.names())
}

/// (b)(2)(ii) to (iv).
fn is_of_kind(crl: &Crl, certificate: &Certificate) -> bool {
    let scope = crl.scope();
    let is_ca = certificate.is_ca();
    !(scope.only_attribute_certificates
        || (scope.only_user_certificates && is_ca)
        || (scope.only_ca_certificates && !is_ca))
}
