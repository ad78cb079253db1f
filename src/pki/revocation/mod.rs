//! Revocation of the certificates of a path, without I/O (RFC 5280, 6.3; RFC 6960, 3.2).
//!
//! [`check_revocation`] is asked at every use of a path, also of one that was remembered: it is given
//! what the host has at hand and answers that every certificate stands, what is to be fetched first,
//! or the refusal.
//!
//! Fail closed: only an authentic, fresh statement that names the certificate makes it good. Nothing
//! at hand is [`Standing::Needs`]; nothing at hand and nowhere to ask is
//! [`Code::StatusUnavailable`]; evidence that cannot be used is refused with its own code.

mod by_crl;
mod by_ocsp;
mod check;
mod crl_issuer;
mod fresh;
mod needs;

use super::{Certificate, Crl, Trust, ValidatedPath};
use crate::UnixTime;
use crate::crypto::{Hash, PublicKey, Scheme};
use crate::verdict::{Code, Detail, Need, Place, Refusal};
use check::{Answer, Check};
use std::fmt;

/// What the host has at hand.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Evidence<'a> {
    /// OCSP responses, DER, in any order; at most 16.
    pub ocsp: &'a [&'a [u8]],
    /// Revocation lists in any order, each read once and shared; at most 1024.
    pub crls: &'a [Crl],
    /// Certificates of CRL issuers that are not in the path; they are proved before they are used.
    /// At most 64.
    pub certificates: &'a [Certificate],
}

impl<'a> Evidence<'a> {
    /// Nothing: the answer says what is needed.
    pub const NONE: Self = Self { ocsp: &[], crls: &[], certificates: &[] };

    /// OCSP responses alone.
    #[must_use]
    pub const fn ocsp(responses: &'a [&'a [u8]]) -> Self {
        Self { ocsp: responses, ..Self::NONE }
    }

    /// Revocation lists alone.
    #[must_use]
    pub const fn crls(crls: &'a [Crl]) -> Self {
        Self { crls, ..Self::NONE }
    }
}

/// Whether the status must be known (policy.toml, `rule`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RevocationRule {
    /// A fresh statement for each certificate that is asked for.
    Require,
    /// A fresh statement is preferred; one past its nextUpdate still counts until it is this old,
    /// so that a responder that does not answer stops nobody for that long. None at all refuses.
    PreferWithMaxAge {
        /// Oldest `thisUpdate`, in seconds before now.
        max_age_s: u32,
    },
    /// The issuers below this anchor revoke nothing; nothing is asked. Chosen per anchor only.
    NotForThisAnchor,
}

/// Which certificates are asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RevocationScope {
    /// Every certificate below the anchor.
    EveryCertificate,
    /// The end entity's only.
    EndEntity,
}

/// What kinds of evidence count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Methods {
    /// OCSP; a CRL where there is no usable answer.
    OcspOrCrl,
    /// OCSP alone.
    Ocsp,
    /// CRLs alone.
    Crl,
}

/// Whether an OCSP response must have the nonce of the request. A nonce that is there and differs
/// refuses in any case.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum NoncePresence {
    /// It must, when one was sent.
    Required,
    /// It may be missing: answers made in advance have none (RFC 9654, 2.1).
    IfPresent,
}

/// What is asked of the status of a designated responder's own certificate (RFC 6960, 4.2.2.2.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum ResponderStatus {
    /// It has `id-pkix-ocsp-nocheck`, or a CRL at hand says that it is good.
    Known,
    /// As above; without either it counts as good. A CRL that revokes it refuses in any case.
    KnownIfPossible,
}

/// A responder that is believed by configuration (RFC 6960, 4.2.2.2: matches a local configuration).
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct PinnedResponder {
    /// Its certificate, compared byte for byte.
    pub certificate: Certificate,
    /// The `Name`, DER, of the one issuer for whose certificates it may speak.
    pub issuer_der: Vec<u8>,
}

impl PinnedResponder {
    /// A responder that speaks for the certificates of one issuer.
    #[must_use]
    pub const fn new(certificate: Certificate, issuer_der: Vec<u8>) -> Self {
        Self { certificate, issuer_der }
    }
}

impl fmt::Debug for PinnedResponder {
    // Digests of policies are made from this text, so that it must tell one certificate from another.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinnedResponder")
            .field("certificate", self.certificate.sha256())
            .field("issuer_der", &self.issuer_der)
            .finish()
    }
}

/// The rules for one anchor.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RevocationRules {
    /// Whether the status must be known.
    pub rule: RevocationRule,
    /// Which certificates are asked for.
    pub scope: RevocationScope,
    /// What kinds of evidence count.
    pub methods: Methods,
    /// Clock difference tolerated on either side. Seconds. Default 300.
    pub clock_skew_s: u32,
    /// Oldest accepted statement without nextUpdate. Seconds. Default 86400.
    pub max_age_without_next_update_s: u32,
    /// Oldest accepted OCSP answer, whatever its nextUpdate. Seconds; `None` without that bound.
    pub ocsp_max_age_s: Option<u32>,
    /// Whether an OCSP response must have the nonce.
    pub nonce: NoncePresence,
    /// What is asked of a designated responder's own certificate.
    pub responder_status: ResponderStatus,
    /// The hash of the CertID in requests: `None` for SHA-1, which every responder knows.
    pub cert_id_hash: Option<Hash>,
    /// Responders that are believed by configuration. Default none.
    pub pinned_responders: Vec<PinnedResponder>,
}

impl RevocationRules {
    /// Every certificate, OCSP or CRL, five minutes of clock difference, a day without nextUpdate.
    #[must_use]
    pub const fn new(rule: RevocationRule) -> Self {
        Self {
            rule,
            scope: RevocationScope::EveryCertificate,
            methods: Methods::OcspOrCrl,
            clock_skew_s: 300,
            max_age_without_next_update_s: 86_400,
            ocsp_max_age_s: None,
            nonce: NoncePresence::IfPresent,
            responder_status: ResponderStatus::Known,
            cert_id_hash: None,
            pinned_responders: Vec::new(),
        }
    }
}

/// Everything that an answer depends on.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct RevocationRequest<'a> {
    /// The path whose certificates are asked for.
    pub path: &'a ValidatedPath,
    /// What is at hand.
    pub evidence: Evidence<'a>,
    /// The rules of the path's anchor.
    pub rules: &'a RevocationRules,
    /// The time of the check.
    pub now: UnixTime,
    /// Whether the policy accepts a signature of this scheme under this key, on answers, lists and
    /// certificates of their signers.
    pub accepts: &'a dyn Fn(Scheme, &PublicKey) -> Result<(), Code>,
    /// The nonce that is sent with OCSP requests, the same when asked again with the answers. 1 to
    /// 128 bytes, 32 for interoperability (RFC 9654, 2.1). `None` sends none.
    pub ocsp_nonce: Option<&'a [u8]>,
}

impl<'a> RevocationRequest<'a> {
    /// A request without nonce.
    #[must_use]
    pub const fn new(
        path: &'a ValidatedPath,
        evidence: Evidence<'a>,
        rules: &'a RevocationRules,
        now: UnixTime,
        accepts: &'a dyn Fn(Scheme, &PublicKey) -> Result<(), Code>,
    ) -> Self {
        Self { path, evidence, rules, now, accepts, ocsp_nonce: None }
    }

    /// The same request, with this nonce.
    #[must_use]
    pub const fn with_nonce(mut self, nonce: &'a [u8]) -> Self {
        self.ocsp_nonce = Some(nonce);
        self
    }
}

/// How the certificates of a path stand.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the answers beside a refusal are complete")]
pub enum Standing {
    /// Every certificate that was asked for is good.
    Good(GoodStanding),
    /// Nothing was asked: the rule is [`RevocationRule::NotForThisAnchor`], or the path is a pinned
    /// certificate, which has no issuer that could revoke it.
    NotAsked,
    /// Nothing is wrong so far; these must be fetched and handed in.
    Needs(Vec<Need>),
}

/// What is known of good certificates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct GoodStanding {
    /// Last second at which all the evidence is fresh.
    pub until: UnixTime,
}

/// Asks how the certificates of a path stand, from the anchor down.
///
/// For each certificate the OCSP answers about it are looked at, then the CRLs (RFC 5280, 6.3.3). All
/// answers about a certificate must agree, also those of both kinds. A `revoked` or `unknown` is
/// never outweighed by another `good`.
///
/// # Errors
/// [`Code::StatusRevoked`], [`Code::StatusUnknown`] and [`Code::StatusUnavailable`] at `chain[n]`,
/// counted in the path from the end entity; for evidence that cannot be used the codes `status.*`,
/// `ocsp.*` and `revocation.*` at `ocsp[n]` or `crl[n]`, numbered as handed in;
/// [`Code::LimitCount`]; [`Code::LimitWork`]; [`Code::MisuseArgument`] for a nonce of another length.
pub fn check_revocation(request: &RevocationRequest<'_>) -> Result<Standing, Refusal> {
    let anchor = request.path.anchor();
    let pinned = anchor.profile.trust == Trust::Pinned;
    if request.rules.rule == RevocationRule::NotForThisAnchor || pinned {
        return Ok(Standing::NotAsked);
    }
    if request.ocsp_nonce.is_some_and(|nonce| !(1..=NONCE_MAX_LEN).contains(&nonce.len())) {
        return Err(Refusal::new(Code::MisuseArgument, Place::part("ocsp nonce")));
    }
    let mut check = Check::new(request)?;
    let mut needs = Vec::new();
    let mut until = UnixTime::MAX;
    // At most as many as a path has.
    for (index, certificate) in request.path.certificates().iter().enumerate().rev() {
        if index > 0 && request.rules.scope == RevocationScope::EndEntity {
            continue;
        }
        let above = request.path.certificates().get(index.saturating_add(1));
        let issuer = above.unwrap_or(&anchor.certificate);
        let place = Place::nth("chain", index);
        let answer = check.ask(index, certificate, issuer).map_err(|refusal| {
            if refusal.place() == Place::NONE {
                refusal.within("chain", place.index)
            } else {
                refusal
            }
        })?;
        match answer {
            Answer::Good { until: fresh } => until = until.min(fresh),
            Answer::Revoked { at, reason } => {
                let detail = Detail::Revoked { at: at.secs(), reason };
                return Err(Refusal::new(Code::StatusRevoked, place).with(detail));
            }
            Answer::Unknown => return Err(Refusal::new(Code::StatusUnknown, place)),
            Answer::Open(failure) => match failure.refusal() {
                Some(refusal) => return Err(refusal),
                None => needs.extend(needs::of(request, index, certificate, issuer)?),
            },
        }
    }
    if needs.is_empty() {
        Ok(Standing::Good(GoodStanding { until }))
    } else {
        Ok(Standing::Needs(needs))
    }
}

// RFC 9654, 2.1.
const NONCE_MAX_LEN: usize = 128;
