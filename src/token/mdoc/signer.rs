//! Whose signature counts: `x5chain` to a configured anchor, by the profile of that anchor (ISO/IEC
//! 18013-5, B.1, 9.3.3; ETSI TS 119 412-6). Nothing in a token can bring its own trust.

use crate::UnixTime;
use crate::crypto::{Alg, VerifyingKey};
use crate::identity::{Country, LevelOfAssurance};
use crate::pki;
use crate::pki::{AnchorValidity, Certificate, PresentedAnchor, Trust, ValidatedPath};
use crate::policy::MdocPolicy;
use crate::token::Context;
use crate::token::chain::{Judgement, country};
use crate::trust::{AnchorSet, Purpose};
use crate::verdict::{Check, Code, Detail, Ledger, Place, Refusal};
use std::sync::Arc;

/// The key of a signer that configuration leads to, and what it may say.
pub(super) struct Signer {
    pub(super) key: VerifyingKey,
    /// Name of the anchor in the configuration.
    pub(super) anchor: Arc<str>,
    /// The country that the anchor may speak for.
    pub(super) country: Option<Country>,
    /// Types of documents that the anchor may issue.
    pub(super) doc_types: Arc<[String]>,
    /// Highest level that the anchor can give.
    pub(super) loa_cap: Option<LevelOfAssurance>,
}

/// Finds the signer of a chain, leaf first.
///
/// * `signed`: when the object says that it was signed. The certificate of the signer must have been
///   valid then and need not be valid now (9.3.3): documents outlive it. The time comes out of octets
///   whose signature is checked right after, by the key that is found here.
///
/// # Errors
/// The refusal of the check that failed, which is then in the ledger.
pub(super) fn find(
    chain: &[&[u8]],
    alg: Alg,
    signed: UnixTime,
    purpose: Purpose,
    rules: &MdocPolicy,
    context: &Context<'_>,
    ledger: &mut Ledger,
) -> Result<Signer, Refusal> {
    let anchors = context.trust.x509_anchors(purpose, context.now);
    let anchors = ledger.record(Check::TrustSource, anchors)?;
    if chain.is_empty() {
        let refusal = Refusal::new(Code::KeyMissing, Place::part(PART));
        return Err(ledger.fail(Check::ChainFormat, refusal));
    }
    let (policy, paths, now) = (context.policy, context.paths, context.now);
    let judgement = Judgement { anchors, policy, paths, at: signed, now };
    let path = judgement.path(chain, ledger, || read(chain, anchors, rules))?;
    ledger.record(Check::MdocSigner, check_signer(&path, context.now))?;
    let rule = anchors.rule(&path.anchor().certificate).ok_or(Code::Internal)?;
    let key = path.leaf_key().clone().for_alg(alg).and_then(|key| {
        context.policy.accepts(alg, key.public(), context.now)?;
        Ok(key)
    });
    let key = key.map_err(|code| Refusal::new(code, Place::part(PART)));
    Ok(Signer {
        key: ledger.record(Check::MdocIssuerAlgorithm, key)?,
        anchor: Arc::clone(&path.anchor().label),
        country: country(&path),
        doc_types: Arc::clone(&rule.credential_types),
        loa_cap: rule.loa_cap,
    })
}

// Trust comes from the configured anchor alone, whether or not a copy of it was sent.
fn read(
    chain: &[&[u8]],
    anchors: &AnchorSet,
    rules: &MdocPolicy,
) -> Result<Vec<Certificate>, Refusal> {
    let certificates: Result<Vec<_>, Refusal> = chain
        .iter()
        .enumerate()
        .map(|(index, der)| {
            let within = |refusal: Refusal| refusal.within("chain", u32::try_from(index).ok());
            Certificate::parse(der).map_err(within)
        })
        .collect();
    let mut certificates = certificates?;
    if rules.presented_anchor == PresentedAnchor::Ignored
        && certificates.len() > 1
        && certificates.last().is_some_and(|last| anchors.rule(last).is_some())
    {
        certificates.pop();
    }
    Ok(certificates)
}

// Two rules beyond those of the path. The purposes that the profile of the anchor admits must be named
// and stand alone: an anchor of ISO/IEC 18013-5 also certifies readers and lists, and SD-JWT issuers
// that name none (B.1.4). And the anchor must be believed still, not only when the document was signed.
fn check_signer(path: &ValidatedPath, now: UnixTime) -> Result<(), Refusal> {
    let anchor = path.anchor();
    let refuse = |code| Err(Refusal::new(code, Place::nth("chain", 0)));
    let leaf = path.certificates().first();
    match &anchor.profile.leaf_purpose {
        pki::Purpose::IfPresent(listed) | pki::Purpose::Required(listed) => {
            let purposes = leaf.and_then(Certificate::extended_key_usage).unwrap_or_default();
            if purposes.is_empty() || !purposes.iter().all(|oid| listed.contains(oid)) {
                return refuse(Code::ChainPurpose);
            }
        }
        // ETSI TS 119 412-6 has no purpose; the policy names the provider.
        pki::Purpose::Any => {}
    }
    let outlives = matches!(anchor.profile.trust, Trust::Pinned)
        || anchor.profile.anchor_validity == AnchorValidity::Ignored;
    let not_after = anchor.certificate.not_after();
    if !outlives && now > not_after {
        let detail = Detail::Time { bound: not_after.secs(), now: now.secs() };
        return Err(Refusal::new(Code::ChainExpired, Place::part("anchor")).with(detail));
    }
    Ok(())
}

const PART: &str = "issuer-auth.header";
