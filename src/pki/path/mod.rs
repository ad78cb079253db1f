//! Path validation (RFC 5280, 6.1): does a configured anchor vouch for this end entity?
//!
//! [`search`] proposes paths by names alone; each is verified here from the anchor
//! down, in the order of 6.1. The first that holds is the answer. When none does, the failure of the
//! path that got furthest is reported:
//!
//! 1. the path whose failing certificate is nearest to the end entity;
//! 2. among those, the later step of this list:
//!
//! | step | checks | codes |
//! |---|---|---|
//! | 0 | an anchor has the issuer's name | `key.untrusted` |
//! | 1 | signature and its algorithm, 6.1.3 (a)(1) | `chain.signature`, `chain.algorithm`, `cert.unsupported`, `key.*`, `alg.*` |
//! | 2 | validity, (a)(2), and how its dates are written | `chain.expired`, `chain.not_yet_valid`, `cert.malformed` |
//! | 3 | names, (b) and (c), 6.1.4 (g) | `chain.name_constraint`, `chain.name_constraint_unsupported` |
//! | 4 | policies, (d) to (f), 6.1.4 (a) and (b) | `chain.policy`, `chain.policy_mapping` |
//! | 5 | issuing: CA, path length, key usage, 6.1.4 (k) to (n) | `chain.not_ca`, `chain.path_length`, `chain.key_usage` |
//! | 6 | extensions, 6.1.4 (o), 6.1.5 (f) | `chain.critical_extension` |
//! | 7 | profile | `chain.purpose`, `chain.profile`, `chain.policy_denied`, `chain.key_usage` |
//!
//! 3. among those, the path that was found first.
//!
//! A used-up budget is reported before all of them: what was not looked at might have held.
//!
//! The state of 6.1.2 is in small files: [`name_constraints`], [`policies`], the rest in [`walk`].
//! What one question may cost is in [`budget`].
//!
//! What is not decided here. Revocation: [`ValidatedPath::certificates`] names every certificate that
//! a status must be asked for, and [`ValidatedPath::anchor`] whose key signs the topmost status.

mod budget;
mod checks;
mod failure;
mod name_constraints;
mod name_match;
mod policies;
mod request;
mod search;
mod validated;
mod walk;
mod web_pki;

pub(super) use name_match::DnsName;
pub use request::{Order, PathRequest};
pub use validated::ValidatedPath;

use super::anchor::Lookup;
use super::profile::{AnchorValidity, PresentedAnchor, Trust};
use super::{AlgorithmRules, Anchor, Certificate};
use crate::verdict::{Code, Detail, Place, Refusal};
use budget::Budget;
use checks::check_leaf;
use failure::{Failure, Step};
use search::Search;
use validated::Window;
use walk::{Walk, verify_signature};

/// Finds a path from the end entity to one of the anchors and verifies it at `now`.
///
/// Every anchor that has the right name is tried. Key identifiers only help to choose an order.
/// Bounds: 8 presented certificates in a chain, 10 000 unordered, 64 steps, 16 signature checks, 65 536
/// comparisons of names, 8192 nodes and edges of policies.
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
    for (index, anchor) in pins(request.lookup(), leaf) {
        match verify_pin(request, anchor, index, leaf) {
            Ok(path) => return Ok(path),
            Err(failure) => furthest = furthest.or_further(failure),
        }
    }
    if leaf.is_self_issued() && furthest.is_none() && is_self_signed(leaf, request, &mut budget) {
        return Err(Refusal::new(Code::ChainAnchorIncluded, Place::nth(CHAIN, 0)));
    }
    let mut search = Search::new(request, &mut budget)?;
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
        return Err(Refusal::new(Code::LimitCount, Place::part(CHAIN))
            .with(Detail::limit(limit, presented.len())));
    }
    if let Some(index) = repeated(presented) {
        return Err(Refusal::new(Code::ChainRepeated, Place::nth(CHAIN, index)));
    }
    for (index, certificate) in presented.iter().enumerate() {
        let refuses = |anchor: &Anchor| {
            anchor.profile.trust != Trust::Pinned
                && anchor.profile.presented_anchor == PresentedAnchor::Refused
        };
        if request.lookup().equal(certificate).any(|(_, anchor)| refuses(anchor)) {
            return Err(Refusal::new(Code::ChainAnchorIncluded, Place::nth(CHAIN, index)));
        }
    }
    Ok(())
}

/// The position of a certificate that is the same as an earlier one.
fn repeated(presented: &[Certificate]) -> Option<usize> {
    let mut sorted: Vec<(&[u8; 32], usize)> =
        presented.iter().enumerate().map(|(index, c)| (c.sha256(), index)).collect();
    sorted.sort_unstable();
    let twice = sorted.windows(2).filter_map(|pair| match pair {
        [one, other] if one.0 == other.0 => Some(other.1),
        _ => None,
    });
    twice.min()
}

fn pins<'a>(
    anchors: Lookup<'a>,
    leaf: &'a Certificate,
) -> impl Iterator<Item = (usize, &'a Anchor)> {
    anchors.equal(leaf).filter(|(_, anchor)| anchor.profile.trust == Trust::Pinned)
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
    window.into_path(vec![leaf.clone()], anchor, Vec::new())
}

fn is_self_signed(leaf: &Certificate, request: &PathRequest<'_>, budget: &mut Budget) -> bool {
    verify_signature(leaf, leaf, AlgorithmRules::GENERAL, request, budget).is_ok()
}

const CHAIN: &str = "chain";

/// Most certificates of an `x5c` or `x5chain`: real ones have one to three.
const CHAIN_MAX: usize = 8;

/// Most certificates in any order. TLS peers and signed documents send two to six; some stores hand in
/// all they have, which costs a sorted list and nothing per step.
const UNORDERED_MAX: usize = 10_000;
