//! What an issuer is at which time: keys come and go with their certificates, without a new file.

use super::signed::Window;
use super::{SamlBinding, SamlEncryptionKey, SamlIssuer};
use crate::UnixTime;
use crate::crypto::{KeyKind, PublicKey};
use crate::identity::Country;
use crate::pki::Certificate;
use crate::trust::AnchorRule;
use crate::verdict::{Code, Detail, Place, Refusal};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Everything that is known about an issuer, at any time.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) entity_id: String,
    pub(super) signing: Vec<Certificate>,
    pub(super) encryption: Vec<(Certificate, Vec<String>)>,
    pub(super) country: Option<Country>,
    pub(super) protocol_versions: Vec<String>,
    pub(super) sso: Vec<(SamlBinding, String)>,
    pub(super) attributes: Vec<String>,
    pub(super) loas: Vec<String>,
    pub(super) requester_id: bool,
    pub(super) ecdsa_der: bool,
    /// What the document says; `None` for pinned certificates.
    pub(super) valid_until: Option<UnixTime>,
    /// When they may be believed.
    pub(super) believed: Vec<Window>,
}

/// The issuer from each instant on at which its usable keys change.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    entity_id: String,
    stages: Vec<Stage>,
    signing: Vec<Certificate>,
}

#[derive(Clone, Debug)]
struct Stage {
    from: UnixTime,
    /// `None`: no signing key is usable.
    issuer: Option<SamlIssuer>,
}

impl Timeline {
    /// # Errors
    /// [`Code::KeyAmbiguous`] when a key both signs and decrypts, [`Code::LimitCount`] when more
    /// than four keys sign at one time, and as [`Certificate::public_key`].
    pub(super) fn new(
        facts: &Facts,
        rule: &Arc<AnchorRule>,
        digest: [u8; 32],
    ) -> Result<Self, Refusal> {
        let signing = keys(facts.signing.iter(), "signing-certificate")?;
        let encryption = keys(
            facts.encryption.iter().map(|(certificate, _)| certificate),
            "encryption-certificate",
        )?;
        if let Some(index) = encryption.iter().position(|key| signing.contains(key)) {
            return Err(Refusal::new(
                Code::KeyAmbiguous,
                Place::nth("encryption-certificate", index),
            ));
        }
        let mut cuts = BTreeSet::from([UnixTime::from_secs(0)]);
        for window in &facts.believed {
            cuts.extend([window.from, window.to.plus(1)]);
        }
        let encryption_certificates = facts.encryption.iter().map(|(certificate, _)| certificate);
        for certificate in facts.signing.iter().chain(encryption_certificates) {
            cuts.extend([certificate.not_before(), certificate.not_after().plus(1)]);
        }
        let mut stages = Vec::new();
        for from in cuts {
            let mut usable: Vec<PublicKey> = Vec::new();
            let signers = facts.signing.iter().zip(&signing);
            for (_, key) in signers.filter(|(certificate, _)| is_valid_at(certificate, from)) {
                // A renewed certificate may carry the key of the old one.
                if !usable.contains(key) {
                    usable.push(key.clone());
                }
            }
            if usable.len() > MAX_SIGNING_KEYS {
                let refusal = Refusal::new(Code::LimitCount, Place::part("signing-certificate"));
                return Err(refusal.with(Detail::limit(MAX_SIGNING_KEYS, usable.len())));
            }
            let believed = facts.believed.iter().any(|window| window.holds(from));
            let recipients = facts.encryption.iter().zip(&encryption);
            let issuer = (believed && !usable.is_empty()).then(|| SamlIssuer {
                entity_id: facts.entity_id.clone(),
                signing: usable,
                encryption: recipients
                    .filter(|((certificate, _), _)| is_valid_at(certificate, from))
                    .map(|((certificate, methods), key)| SamlEncryptionKey {
                        key: key.clone(),
                        certificate: certificate.clone(),
                        methods: methods.clone(),
                    })
                    .collect(),
                country: facts.country,
                protocol_versions: facts.protocol_versions.clone(),
                sso: facts.sso.clone(),
                attributes: facts.attributes.clone(),
                loas: facts.loas.clone(),
                requester_id: facts.requester_id,
                ecdsa_der: facts.ecdsa_der,
                valid_until: facts.valid_until,
                rule: Arc::clone(rule),
                digest,
            });
            stages.push(Stage { from, issuer });
        }
        Ok(Self { entity_id: facts.entity_id.clone(), stages, signing: facts.signing.clone() })
    }

    pub(super) fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Every certificate of a signing key, usable or not.
    pub(super) fn certificates(&self) -> &[Certificate] {
        &self.signing
    }

    pub(super) fn issuer(&self, now: UnixTime) -> Option<&SamlIssuer> {
        let begun = self.stages.partition_point(|stage| stage.from <= now);
        self.stages.get(..begun).and_then(<[Stage]>::last).and_then(|stage| stage.issuer.as_ref())
    }

    /// The last second of the time around `now` in which it is usable; when it is not usable, the
    /// last before `now` in which it was, else the first in which it will be.
    pub(super) fn bound(&self, now: UnixTime) -> Option<UnixTime> {
        let begun = self.stages.partition_point(|stage| stage.from <= now);
        let (past, ahead) = self.stages.split_at_checked(begun)?;
        let usable = |stage: &&Stage| stage.issuer.is_some();
        let end = |stages: &[Stage]| {
            let next = stages.iter().find(|stage| stage.issuer.is_none());
            next.map(|stage| stage.from.minus(1))
        };
        if past.last().is_some_and(|stage| stage.issuer.is_some()) {
            return end(ahead);
        }
        let last = past.iter().rposition(|stage| stage.issuer.is_some());
        let ended = last.and_then(|last| past.get(last..)).and_then(end);
        ended.or_else(|| ahead.iter().find(usable).map(|stage| stage.from))
    }
}

fn keys<'c>(
    certificates: impl Iterator<Item = &'c Certificate>,
    part: &'static str,
) -> Result<Vec<PublicKey>, Refusal> {
    let key = |(index, certificate): (usize, &Certificate)| {
        let key =
            certificate.public_key().map_err(|code| Refusal::new(code, Place::nth(part, index)))?;
        match key.kind() {
            KeyKind::Ec(_) | KeyKind::Rsa => Ok(key.clone()),
            // XML signatures of these profiles have no algorithm for it.
            KeyKind::Ed25519 => Err(Refusal::new(Code::KeyUnsupported, Place::nth(part, index))),
        }
    };
    certificates.enumerate().map(key).collect()
}

fn is_valid_at(certificate: &Certificate, at: UnixTime) -> bool {
    certificate.not_before() <= at && at <= certificate.not_after()
}

// Two during a roll-over, twice for two algorithms; each is one more signature to check per message.
pub(super) const MAX_SIGNING_KEYS: usize = 4;
