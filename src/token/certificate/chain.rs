//! The part of the check that a TLS server makes while the handshake is under way.

use super::super::card;
use crate::UnixTime;
use crate::crypto::{PublicKey, Scheme};
use crate::pki::{Evidence, PathCache};
use crate::policy::Policy;
use crate::token::Context;
use crate::trust::TrustStore;
use crate::verdict::{Check, Code, Ledger, Refusal};

/// Checks the certificates of a handshake as [`super::verify()`] will, without status and identity.
///
/// It accepts nobody: it keeps cards out that have no chance, and gives the key under which the
/// handshake is to be signed.
///
/// * `presented`: DER, end entity first.
///
/// # Errors
/// The refusal of the check that failed, which is then the last line of the ledger.
pub fn check_chain(
    presented: &[&[u8]],
    policy: &Policy,
    trust: &TrustStore,
    paths: &PathCache,
    now: UnixTime,
    ledger: &mut Ledger,
) -> Result<PublicKey, Refusal> {
    let context = Context::new(policy, trust, paths, "", "", now).with_evidence(Evidence::NONE);
    let rules = policy.certificate.as_ref().and(policy.cards.as_ref());
    let cards = rules.ok_or_else(|| ledger.fail(Check::HandshakeFormat, Code::TypeUnknown))?;
    if presented.len() > card::MAX_CERTIFICATES {
        return Err(ledger.fail(Check::CardCertificate, Code::LimitCount));
    }
    let chain = card::read(presented, ledger)?;
    Ok(card::check(&chain, cards, &context, ledger)?.key().clone())
}

/// Whether the policy accepts that a card signs a handshake by this scheme.
///
/// # Errors
/// As [`Policy::accepts`]; [`Code::AlgNotAllowed`] without rules for cards.
pub fn accepts_signature(
    scheme: Scheme,
    key: &PublicKey,
    policy: &Policy,
    now: UnixTime,
) -> Result<(), Code> {
    policy.cards.as_ref().ok_or(Code::AlgNotAllowed)?.accepts_scheme(scheme, key, now)
}
