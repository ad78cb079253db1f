//! Signed metadata of one entity, in the order of checks: signature by a pinned signer, validity of
//! the signer, validity of the document, entity, role, keys, country.

use super::SamlIssuer;
use super::entity::{self, Entity};
use super::finding::MetadataFinding;
use super::names::PART;
use super::rules::MetadataRules;
use super::signed::{Kind, Opened, Signers, Window, check_windows, open};
use super::timeline::{Facts, Timeline};
use crate::UnixTime;
use crate::crypto::sha256;
use crate::envelope::xml::Limits;
use crate::trust::AnchorRule;
use crate::verdict::{Code, Detail, Place, Refusal};
use std::sync::Arc;

/// Metadata that holds at one time.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SamlMetadata {
    /// The issuer, with the keys that are usable then.
    pub issuer: SamlIssuer,
    /// When the document ends; `None` when it does not say.
    pub valid_until: Option<UnixTime>,
    /// How long it may be kept before it is fetched again, in seconds.
    pub cache_duration_s: Option<u64>,
    /// What in it is not used.
    pub findings: Vec<MetadataFinding>,
    /// SHA-256 of the canonical octets that were signed and read.
    pub signed_sha256: [u8; 32],
}

/// Verifies signed metadata and reads it from the octets that the signature covers.
///
/// * `octets`: the document, at most 512 KiB for an `EntityDescriptor` and 8 MiB for an
///   `EntitiesDescriptor`, whose own signature must cover all of it.
/// * `entity_id`: the entity that is wanted, byte for byte.
///
/// # Errors
/// In the order of the checks: those of the XML layer; [`Code::MetadataStructure`] for another
/// document; [`Code::MetadataUntrusted`]; [`Code::ChainExpired`] or [`Code::ChainNotYetValid`] when
/// the signer's certificate is not valid at `now`; [`Code::MetadataValidity`],
/// [`Code::MetadataEntity`], [`Code::MetadataRole`]; [`Code::MetadataExpired`]; the codes of weak
/// keys; [`Code::MetadataKeyUse`]; [`Code::MetadataCountry`]; [`Code::LimitCount`].
pub fn verify(
    octets: &[u8],
    signers: &Signers,
    entity_id: &str,
    rules: &MetadataRules,
    now: UnixTime,
) -> Result<SamlMetadata, Refusal> {
    let held = read(octets, signers, entity_id, rules, &[Window::EVER], Some(now))?;
    let rule = Arc::new(AnchorRule {
        source: Arc::from(PART),
        country: held.facts.country,
        credential_types: Vec::new().into(),
        loa_cap: None,
    });
    let timeline = Timeline::new(&held.facts, &rule, sha256(octets))?;
    // The document holds; what can be missing is a key whose certificate is valid.
    let issuer = timeline.issuer(now).ok_or_else(|| {
        let bound = timeline.bound(now).unwrap_or(now);
        let detail = Detail::Time { bound: bound.secs(), now: now.secs() };
        Refusal::new(Code::MetadataKeyUse, Place::part(PART)).with(detail)
    })?;
    Ok(SamlMetadata {
        issuer: issuer.clone(),
        valid_until: held.valid_until,
        cache_duration_s: held.cache_duration_s,
        findings: held.findings,
        signed_sha256: held.signed_sha256,
    })
}

/// A document that was signed, for any time.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) facts: Facts,
    pub(super) valid_until: Option<UnixTime>,
    pub(super) cache_duration_s: Option<u64>,
    pub(super) findings: Vec<MetadataFinding>,
    pub(super) signed_sha256: [u8; 32],
}

/// * `bounds`: the times in which the signers are signers, by somebody else's word.
/// * `now`: checks the times in the order of the standard; without it they become part of the facts.
pub(super) fn read(
    octets: &[u8],
    signers: &Signers,
    entity_id: &str,
    rules: &MetadataRules,
    bounds: &[Window],
    now: Option<UnixTime>,
) -> Result<Read, Refusal> {
    // The larger limit is for what says that it holds many.
    let limits = if is_aggregate(octets) { Limits::AGGREGATE } else { Limits::METADATA };
    let Opened { signed, windows } = open(octets, &limits, Kind::Metadata, signers, rules)?;
    let mut believed: Vec<Window> =
        windows.iter().flat_map(|w| bounds.iter().map(|bound| w.within(*bound))).collect();
    believed.retain(|window| window.from <= window.to);
    if let Some(now) = now {
        check_windows(&believed, now)?;
    }
    let document = signed.document()?;
    let found = entity::find(document.root(), entity_id, rules)?;
    if let Some(now) = now {
        check_validity(found.valid_until, rules, now)?;
    }
    if let Some(valid_until) = found.valid_until {
        let max_s = u64::from(rules.max_validity_s);
        let valid = Window { from: valid_until.minus(max_s), to: valid_until.minus(1) };
        believed = believed.iter().map(|window| window.within(valid)).collect();
        believed.retain(|window| window.from <= window.to);
    }
    let entity = found.read(rules)?;
    let Entity { findings, .. } = &entity;
    Ok(Read {
        valid_until: found.valid_until,
        cache_duration_s: found.cache_duration_s,
        findings: findings.clone(),
        signed_sha256: *signed.sha256(),
        facts: facts(entity, entity_id, found.valid_until, believed),
    })
}

fn facts(
    entity: Entity,
    entity_id: &str,
    valid_until: Option<UnixTime>,
    believed: Vec<Window>,
) -> Facts {
    Facts {
        entity_id: entity_id.to_owned(),
        signing: entity.signing,
        encryption: entity.encryption,
        country: entity.country,
        protocol_versions: entity.protocol_versions,
        sso: entity.sso,
        attributes: entity.attributes,
        loas: entity.loas,
        requester_id: entity.requester_id,
        ecdsa_der: false,
        valid_until,
        believed,
    }
}

fn check_validity(
    valid_until: Option<UnixTime>,
    rules: &MetadataRules,
    now: UnixTime,
) -> Result<(), Refusal> {
    let Some(valid_until) = valid_until else { return Ok(()) };
    let detail = Detail::Time { bound: valid_until.secs(), now: now.secs() };
    if now >= valid_until {
        return Err(Refusal::new(Code::MetadataExpired, Place::part(PART)).with(detail));
    }
    if valid_until > now.plus(u64::from(rules.max_validity_s)) {
        return Err(Refusal::new(Code::MetadataValidity, Place::part(PART)).with(detail));
    }
    Ok(())
}

// Whether the first start tag is one of many entities. Only the limit depends on it.
fn is_aggregate(octets: &[u8]) -> bool {
    const NAME: &[u8] = b"EntitiesDescriptor";
    let head = octets.get(..HEAD_BYTES).unwrap_or(octets);
    let one = memchr::memmem::find(head, b"EntityDescriptor");
    let many = memchr::memmem::find(head, NAME);
    many.is_some_and(|many| one.is_none_or(|one| many < one))
}

// A declaration and a licence before the root have about 1 KiB.
const HEAD_BYTES: usize = 16_384;
