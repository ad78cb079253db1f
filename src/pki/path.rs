//! Path validation (RFC 5280, 6.1): does a configured anchor vouch for this end entity?
//!
//! [`search`](super::search) proposes paths by names alone; each is verified here from the anchor
//! down, in the order of 6.1. The first that holds is the answer. When none does, the failure of the
//! path that got furthest is reported:
//!
//! 1. the path whose failing certificate is nearest to the end entity;
//! 2. among those, the later step of this list:
//!
//! | step | checks | codes |
//! |---|---|---|
//! | 0 | an anchor has the issuer's name | `key.untrusted` |
//! | 1 | signature and its algorithm, (a)(1) | `chain.signature`, `chain.algorithm`, `cert.unsupported`, `key.*`, `alg.*` |
//! | 2 | validity, (a)(2) | `chain.expired`, `chain.not_yet_valid` |
//! | 3 | issuing: CA, path length, key usage, 6.1.4 (k) to (n) | `chain.not_ca`, `chain.path_length`, `chain.key_usage` |
//! | 4 | extensions, 6.1.4 (o), 6.1.5 (f) | `chain.critical_extension`, `chain.unsupported` |
//! | 5 | profile | `chain.purpose`, `chain.profile` |
//!
//! 3. among those, the path that was found first.
//!
//! A used-up budget is reported before all of them: what was not looked at might have held.
//!
//! What is not decided here. Revocation: [`ValidatedPath::certificates`] names every certificate that
//! a status must be asked for, and [`ValidatedPath::anchor`] whose key signs the topmost status.
//! Policies and name constraints (6.1.2 (a) to (g)) have no state yet: a path with any of name
//! constraints, policy constraints, policy mappings or inhibit-any-policy is refused, critical or
//! not, since an ignored constraint widens what its CA allowed. Their state belongs into
//! [`Walk`], beside the path length.

use super::certificate::same_name;
use super::extension::{Extension, KeyUsage, oids};
use super::profile::{
    AnchorValidity, Conformance, Country, LeafCa, PresentedAnchor, Profile, Trust,
};
use super::search::{Budget, Path, Search};
use super::{AlgorithmRules, Certificate, Oid};
use crate::UnixTime;
use crate::crypto::{PublicKey, Scheme, sha256};
use crate::verdict::{Code, Detail, Place, Refusal};
use std::sync::Arc;

/// Whom we believe without proof (RFC 5280, 6.1.1 (d)), and what its paths must look like.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Anchor {
    /// The anchor's certificate.
    pub certificate: Certificate,
    /// The profile of paths below it.
    pub profile: Arc<Profile>,
    /// A label for records, from the configuration.
    pub label: Arc<str>,
    /// The state that the anchor speaks for, from the configuration.
    pub country: Option<[u8; 2]>,
}

impl Anchor {
    /// An anchor without a configured country.
    #[must_use]
    pub const fn new(certificate: Certificate, profile: Arc<Profile>, label: Arc<str>) -> Self {
        Self { certificate, profile, label, country: None }
    }

    /// The same anchor, speaking for this state.
    #[must_use]
    pub const fn for_country(mut self, country: [u8; 2]) -> Self {
        self.country = Some(country);
        self
    }
}

/// SHA-256 over everything in a set of anchors that can change an answer; for cache keys.
#[must_use]
pub fn anchors_digest(anchors: &[Anchor]) -> [u8; 32] {
    let mut input = Vec::new();
    for anchor in anchors {
        input.extend_from_slice(anchor.certificate.sha256());
        // `Debug` names every field of a profile, also the ones that are added later.
        let rest = format!("{:?}", (&anchor.profile, &anchor.label, anchor.country));
        input.extend_from_slice(&sha256(rest.as_bytes()));
    }
    sha256(&input)
}

/// How the presented intermediates may be arranged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Order {
    /// Each certifies the one before, the last one is certified by an anchor (RFC 7515, 4.1.6).
    Chain,
    /// Any order, some may be of no use (TLS, CMS); a path is searched for.
    Unordered,
}

/// Everything that an answer depends on.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct PathRequest<'a> {
    /// The presented certificates, end entity first.
    pub presented: &'a [Certificate],
    /// How the others are arranged.
    pub order: Order,
    /// Whom to believe.
    pub anchors: &'a [Anchor],
    /// The time that the path must be valid at.
    pub now: UnixTime,
    /// Whether the policy accepts a signature of this scheme under this key. Its code is reported;
    /// [`Code::ChainAlgorithm`] is the one for an algorithm that is not accepted.
    pub accepts: &'a dyn Fn(Scheme, &PublicKey) -> Result<(), Code>,
}

impl<'a> PathRequest<'a> {
    /// A request with every choice made.
    #[must_use]
    pub const fn new(
        presented: &'a [Certificate],
        order: Order,
        anchors: &'a [Anchor],
        now: UnixTime,
        accepts: &'a dyn Fn(Scheme, &PublicKey) -> Result<(), Code>,
    ) -> Self {
        Self { presented, order, anchors, now, accepts }
    }
}

/// A path that holds: proof that an anchor vouches for the end entity's key during a window.
#[derive(Clone, Debug)]
pub struct ValidatedPath {
    certificates: Vec<Certificate>,
    anchor: Anchor,
    leaf_key: PublicKey,
    not_before: UnixTime,
    not_after: UnixTime,
}

impl ValidatedPath {
    /// The certificates, end entity first, the anchor left out unless it is the end entity.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The anchor that vouches.
    #[must_use]
    pub const fn anchor(&self) -> &Anchor {
        &self.anchor
    }

    /// The end entity's key.
    #[must_use]
    pub const fn leaf_key(&self) -> &PublicKey {
        &self.leaf_key
    }

    /// First second at which every certificate that counts is valid.
    #[must_use]
    pub const fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// Last second at which every certificate that counts is valid.
    #[must_use]
    pub const fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// Whether the path is valid at another time.
    #[must_use]
    pub fn is_valid_at(&self, now: UnixTime) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// The state that the anchor speaks for: the configured one, else the country of its subject.
    #[must_use]
    pub fn country(&self) -> Option<[u8; 2]> {
        self.anchor.country.or_else(|| self.anchor.certificate.subject_country())
    }
}

/// Finds a path from the end entity to one of the anchors and verifies it at `now`.
///
/// Every anchor that has the right name is tried. Key identifiers only help to choose an order.
/// Bounds: 8 presented certificates in a chain, 16 unordered, 64 steps, 16 signature checks.
///
/// # Errors
/// [`Code::TrustEmpty`] without anchors; [`Code::MisuseArgument`] without a certificate;
/// [`Code::LimitCount`]; [`Code::ChainRepeated`] and [`Code::ChainAnchorIncluded`] for what was
/// presented; then the failure of the path that got furthest, see the head of this file, and
/// [`Code::LimitWork`]. The place is `chain[n]` for a presented certificate and `anchor[n]` for an
/// anchor, numbered as in the request.
pub fn verify_path(request: &PathRequest<'_>) -> Result<ValidatedPath, Refusal> {
    if request.anchors.is_empty() {
        return Err(Code::TrustEmpty.into());
    }
    check_presented(request)?;
    let leaf = request.presented.first().ok_or(Code::MisuseArgument)?;
    let mut budget = Budget::default();
    let mut furthest = Failure::none();
    for (index, anchor) in pins(request.anchors, leaf) {
        match verify_pin(request, anchor, index, leaf) {
            Ok(path) => return Ok(path),
            Err(failure) => furthest = furthest.or_further(failure),
        }
    }
    if leaf.is_self_issued() && furthest.is_none() && is_self_signed(leaf, request, &mut budget) {
        return Err(Refusal::new(Code::ChainAnchorIncluded, Place::nth(CHAIN, 0)));
    }
    let mut search = Search::new(request);
    // Bounded by the budget.
    loop {
        match search.next(&mut budget) {
            Ok(None) => break,
            Ok(Some(path)) => match Walk::new(request, &path, &mut budget).run() {
                Ok(validated) => return Ok(validated),
                Err(failure) if failure.refusal.code() == Code::LimitWork => {
                    return Err(failure.refusal);
                }
                Err(failure) => furthest = furthest.or_further(failure),
            },
            Err(code) => return Err(code.into()),
        }
    }
    if furthest.is_none() {
        let place = Place::nth(CHAIN, search.dead_end());
        return Err(Refusal::new(Code::KeyUntrusted, place));
    }
    Err(furthest.refusal)
}

/// Number of certificates, repetitions and anchors among them.
fn check_presented(request: &PathRequest<'_>) -> Result<(), Refusal> {
    let presented = request.presented;
    let limit = match request.order {
        Order::Chain => CHAIN_MAX,
        Order::Unordered => UNORDERED_MAX,
    };
    if presented.len() > limit {
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        return Err(Refusal::new(Code::LimitCount, Place::part(CHAIN))
            .with(Detail::Limit { limit: number(limit), found: number(presented.len()) }));
    }
    for (index, certificate) in presented.iter().enumerate() {
        if presented.iter().take(index).any(|earlier| earlier == certificate) {
            return Err(Refusal::new(Code::ChainRepeated, Place::nth(CHAIN, index)));
        }
        let refuses = |anchor: &Anchor| {
            anchor.certificate == *certificate
                && anchor.profile.trust != Trust::Pinned
                && anchor.profile.presented_anchor == PresentedAnchor::Refused
        };
        if request.anchors.iter().any(refuses) {
            return Err(Refusal::new(Code::ChainAnchorIncluded, Place::nth(CHAIN, index)));
        }
    }
    Ok(())
}

fn pins<'a>(
    anchors: &'a [Anchor],
    leaf: &'a Certificate,
) -> impl Iterator<Item = (usize, &'a Anchor)> {
    anchors.iter().enumerate().filter(move |(_, anchor)| {
        anchor.profile.trust == Trust::Pinned && anchor.certificate == *leaf
    })
}

/// Direct trust: the bytes are the anchor's. Other presented certificates do not matter.
fn verify_pin(
    request: &PathRequest<'_>,
    anchor: &Anchor,
    index: usize,
    leaf: &Certificate,
) -> Result<ValidatedPath, Failure> {
    let mut window = Window::EVER;
    if anchor.profile.anchor_validity == AnchorValidity::Checked {
        window
            .narrow(leaf, request.now)
            .map_err(|refusal| Failure::at_anchor(refusal, index, 0, Step::Validity))?;
    }
    check_leaf(leaf, anchor).map_err(|(code, step)| Failure::at_leaf(code, step))?;
    window.into_path(vec![leaf.clone()], anchor)
}

/// One pass over a path, from the anchor down (6.1.2 to 6.1.5).
struct Walk<'a, 'b> {
    request: &'a PathRequest<'a>,
    path: &'b Path<'a>,
    budget: &'b mut Budget,
    window: Window,
    /// `max_path_length` of 6.1.2 (k).
    path_len: u32,
}

impl<'a, 'b> Walk<'a, 'b> {
    fn new(request: &'a PathRequest<'a>, path: &'b Path<'a>, budget: &'b mut Budget) -> Self {
        Self { request, path, budget, window: Window::EVER, path_len: u32::MAX }
    }

    fn run(mut self) -> Result<ValidatedPath, Failure> {
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
            let rules = anchor.profile.algorithms;
            verify_signature(certificate, issuer, rules, self.request, self.budget)
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
fn verify_signature(
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

fn is_self_signed(leaf: &Certificate, request: &PathRequest<'_>, budget: &mut Budget) -> bool {
    verify_signature(leaf, leaf, AlgorithmRules::GENERAL, request, budget).is_ok()
}

/// 6.1.4 (k) to (n): may this certificate issue, and how many below it?
fn check_issuing(certificate: &Certificate, path_len: &mut u32) -> Result<(), Code> {
    let constraints = certificate.basic_constraints().filter(|constraints| constraints.ca);
    let constraints = constraints.ok_or(Code::ChainNotCa)?;
    if !certificate.is_self_issued() {
        *path_len = path_len.checked_sub(1).ok_or(Code::ChainPathLength)?;
    }
    *path_len = constraints.path_len.unwrap_or(u32::MAX).min(*path_len);
    match certificate.key_usage() {
        Some(usage) if !usage.contains(KeyUsage::KEY_CERT_SIGN) => Err(Code::ChainKeyUsage),
        _ => Ok(()),
    }
}

/// 6.1.4 (o) and 6.1.5 (f), and the constraints that are not processed.
fn check_extensions(certificate: &Certificate, profile: &Profile) -> Result<(), Code> {
    // At most 64 extensions by the reader of certificates.
    for extension in certificate.extensions() {
        if CONSTRAINTS.contains(&extension.oid()) {
            return Err(Code::ChainUnsupported);
        }
        if extension.is_critical() && !profile.may_be_critical(extension.oid()) {
            return Err(Code::ChainCriticalExtension);
        }
    }
    Ok(())
}

/// What the profile says about the end entity.
fn check_leaf(leaf: &Certificate, anchor: &Anchor) -> Result<(), (Code, Step)> {
    let profile = &anchor.profile;
    check_extensions(leaf, profile).map_err(|code| (code, Step::Extensions))?;
    let usage_is_critical = leaf.extension(&oids::KEY_USAGE).is_some_and(Extension::is_critical);
    let usage = leaf.key_usage().map(|usage| (usage, usage_is_critical));
    // Only a CA may have keyCertSign (4.2.1.9).
    let signs_certificates =
        leaf.key_usage().is_some_and(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN));
    if !profile.leaf_key_usage.admits(usage) || (signs_certificates && !leaf.is_ca()) {
        return Err((Code::ChainKeyUsage, Step::Profile));
    }
    if !profile.leaf_purpose.admits(leaf.extended_key_usage()) {
        return Err((Code::ChainPurpose, Step::Profile));
    }
    let ca_refused = profile.leaf_ca == LeafCa::Refused && leaf.is_ca();
    let complete = profile.leaf_required.iter().all(|oid| leaf.extension(oid).is_some());
    let country_holds = match profile.country {
        Country::Any => true,
        Country::AsAnchor => {
            leaf.subject_country().is_some()
                && leaf.subject_country() == anchor.certificate.subject_country()
        }
    };
    if ca_refused || !complete || !country_holds {
        return Err((Code::ChainProfile, Step::Profile));
    }
    Ok(())
}

/// 4.2.1.1 and 4.2.1.2 for a certificate below the anchor.
fn check_conforming(certificate: &Certificate, profile: &Profile) -> Result<(), Code> {
    let lacks_issuer = certificate.authority_key_identifier().is_none();
    let lacks_own = certificate.is_ca() && certificate.subject_key_identifier().is_none();
    if profile.conformance == Conformance::Required && (lacks_issuer || lacks_own) {
        return Err(Code::ChainProfile);
    }
    Ok(())
}

/// 4.2.1.2 and 4.2.1.9 for the anchor. A self-signed one needs no authority key identifier.
fn check_conforming_anchor(anchor: &Anchor) -> Result<(), Code> {
    let certificate = &anchor.certificate;
    let critical =
        certificate.extension(&oids::BASIC_CONSTRAINTS).is_some_and(Extension::is_critical);
    let lacks_own = certificate.subject_key_identifier().is_none();
    let cross_signed = !same_name(certificate.issuer_der(), certificate.subject_der());
    let lacks_issuer = cross_signed && certificate.authority_key_identifier().is_none();
    if anchor.profile.conformance == Conformance::Required
        && (!critical || lacks_own || lacks_issuer)
    {
        return Err(Code::ChainProfile);
    }
    Ok(())
}

/// The time during which everything seen so far is valid.
struct Window {
    not_before: UnixTime,
    not_after: UnixTime,
}

impl Window {
    const EVER: Self = Self { not_before: UnixTime::from_secs(0), not_after: UnixTime::MAX };

    /// 6.1.3 (a)(2); both ends are inclusive (4.1.2.5).
    fn narrow(&mut self, certificate: &Certificate, now: UnixTime) -> Result<(), Refusal> {
        let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
        let (code, bound) = if now < not_before {
            (Code::ChainNotYetValid, not_before)
        } else if now > not_after {
            (Code::ChainExpired, not_after)
        } else {
            self.not_before = self.not_before.max(not_before);
            self.not_after = self.not_after.min(not_after);
            return Ok(());
        };
        Err(Refusal::from(code).with(Detail::Time { bound: bound.secs(), now: now.secs() }))
    }

    /// The end of the walk: the end entity's key is the last thing that can be wrong.
    fn into_path(
        self,
        certificates: Vec<Certificate>,
        anchor: &Anchor,
    ) -> Result<ValidatedPath, Failure> {
        let rules = anchor.profile.algorithms;
        let key = match certificates.first().map(|leaf| leaf.public_key_under(rules)) {
            Some(Ok(key)) => key.clone(),
            Some(Err(code)) => return Err(Failure::at_leaf(code, Step::Profile)),
            None => return Err(Failure::at_leaf(Code::Internal, Step::Profile)),
        };
        Ok(ValidatedPath {
            certificates,
            anchor: anchor.clone(),
            leaf_key: key,
            not_before: self.not_before,
            not_after: self.not_after,
        })
    }
}

/// Why one path does not hold, and how far it got.
struct Failure {
    refusal: Refusal,
    /// Certificates between the failing one and the end entity.
    above_leaf: usize,
    step: Step,
}

/// The steps of the table at the head of this file.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Step {
    NoAnchor,
    Signature,
    Validity,
    Issuing,
    Extensions,
    Profile,
}

impl Failure {
    fn none() -> Self {
        let refusal = Refusal::from(Code::KeyUntrusted);
        Self { refusal, above_leaf: usize::MAX, step: Step::NoAnchor }
    }

    fn is_none(&self) -> bool {
        self.step == Step::NoAnchor
    }

    fn at_anchor(refusal: Refusal, index: usize, height: usize, step: Step) -> Self {
        let refusal = refusal.within("anchor", u32::try_from(index).ok());
        Self { refusal, above_leaf: height, step }
    }

    fn at_leaf(code: Code, step: Step) -> Self {
        Self { refusal: Refusal::new(code, Place::nth(CHAIN, 0)), above_leaf: 0, step }
    }

    /// The one that got further; `self`, which is older, when both got equally far.
    fn or_further(self, other: Self) -> Self {
        let nearer = other.above_leaf < self.above_leaf;
        let later = other.above_leaf == self.above_leaf && other.step > self.step;
        if nearer || later { other } else { self }
    }
}

const CHAIN: &str = "chain";

/// Most certificates of an `x5c` or `x5chain`: real ones have one to three.
const CHAIN_MAX: usize = 8;

/// Most certificates in any order. TLS peers and signed documents send two to six.
const UNORDERED_MAX: usize = 16;

const CONSTRAINTS: [&Oid; 4] = [
    &oids::NAME_CONSTRAINTS,
    &oids::POLICY_CONSTRAINTS,
    &oids::POLICY_MAPPINGS,
    &oids::INHIBIT_ANY_POLICY,
];
