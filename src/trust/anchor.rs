use crate::crypto::sha256;
use crate::envelope::jose::KeySet;
use crate::identity::{Country, LevelOfAssurance};
use crate::pki::{self, Anchor, Certificate, IndexedAnchors, Oid, Profile, anchors_digest};
use std::sync::Arc;

/// By which rules a path below an anchor is judged.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum AnchorProfile {
    /// A CA that issues the certificates of eID cards.
    EidCard,
    /// A certification authority for PID providers (ETSI TS 119 412-6).
    EtsiPid,
    /// An issuing authority of ISO 18013-5, annex B.
    IsoIaca,
    /// The signer's own certificate; nothing is below it.
    PinnedLeaf,
}

impl AnchorProfile {
    /// Every profile.
    pub const ALL: &'static [Self] =
        &[Self::EtsiPid, Self::IsoIaca, Self::PinnedLeaf, Self::EidCard];

    /// The word in `trust.toml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EidCard => "eid-card",
            Self::EtsiPid => "etsi-pid",
            Self::IsoIaca => "iso-iaca",
            Self::PinnedLeaf => "pinned-leaf",
        }
    }

    // Signers of SD-JWT credentials under an issuing authority of ISO 18013-5 may have no extended
    // key usage; one that they have must be that of a document signer.
    pub(super) fn rules(self) -> Profile {
        match self {
            // Key usage, purpose and policies of the card are read by the card check, which has codes of
            // its own; certificates for signatures, which may come with it, have a path as well.
            Self::EidCard => Profile {
                leaf_key_usage: pki::LeafKeyUsage::Any,
                leaf_purpose: pki::Purpose::Any,
                denied_policies: Vec::new(),
                ..Profile::eid_card()
            },
            Self::EtsiPid => Profile::etsi_pid(),
            Self::IsoIaca => {
                let signers = DOCUMENT_SIGNERS.iter().filter_map(|oid| Oid::from_dotted(oid));
                Profile::iso_iaca(pki::Purpose::IfPresent(signers.collect()))
            }
            Self::PinnedLeaf => Profile::pinned_leaf(),
        }
    }
}

/// What an anchor may vouch for within its purpose; shared by all anchors of a source.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AnchorRule {
    /// Name of the source, the label of its anchors.
    pub source: Arc<str>,
    /// The country that it vouches for.
    pub country: Option<Country>,
    /// The `vct` of the credentials that it vouches for, byte for byte.
    pub credential_types: Arc<[String]>,
    /// The highest level of assurance that it is trusted for; `None` leaves the policy's.
    pub loa_cap: Option<LevelOfAssurance>,
}

impl AnchorRule {
    /// Whether credentials of this type may come from here, byte for byte.
    #[must_use]
    pub fn allows_type(&self, credential_type: &str) -> bool {
        self.credential_types.iter().any(|allowed| allowed == credential_type)
    }
}

/// The anchors that serve one purpose at one time; at least one.
#[derive(Clone, Debug)]
pub struct AnchorSet {
    anchors: Arc<IndexedAnchors>,
    /// One for each anchor.
    rules: Arc<[Arc<AnchorRule>]>,
    digest: [u8; 32],
}

impl AnchorSet {
    /// The anchors, in the order of `trust.toml`.
    #[must_use]
    pub fn anchors(&self) -> &[Anchor] {
        self.anchors.as_slice()
    }

    /// The same with their index; for [`pki::PathRequest::among`].
    #[must_use]
    pub fn indexed(&self) -> &IndexedAnchors {
        &self.anchors
    }

    /// What the anchor with this certificate may vouch for; `None` when it is not in the set.
    #[must_use]
    pub fn rule(&self, certificate: &Certificate) -> Option<&Arc<AnchorRule>> {
        self.rules.get(self.anchors.position(certificate)?)
    }

    /// Names the set with all its rules: two sets with the same digest decide alike. For
    /// [`pki::PathCache::key`].
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    pub(super) fn new(anchors: &[(Anchor, Arc<AnchorRule>)]) -> Self {
        let rules: Arc<[_]> = anchors.iter().map(|(_, rule)| Arc::clone(rule)).collect();
        let anchors: Vec<Anchor> = anchors.iter().map(|(anchor, _)| anchor.clone()).collect();
        let mut canonical = anchors_digest(&anchors).to_vec();
        let mut before: Option<(&Arc<AnchorRule>, [u8; 32])> = None;
        for rule in rules.iter() {
            // The anchors of a source share their rule. `Debug` of plain data is the canonical text:
            // every field, in order of declaration.
            let shared = before.filter(|(other, _)| Arc::ptr_eq(other, rule));
            let digest =
                shared.map_or_else(|| sha256(format!("{rule:?}").as_bytes()), |(_, digest)| digest);
            canonical.extend_from_slice(&digest);
            before = Some((rule, digest));
        }
        Self { digest: sha256(&canonical), anchors: Arc::new(IndexedAnchors::new(anchors)), rules }
    }
}

/// The pinned keys of one issuer, and for what they are believed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IssuerKeys {
    /// The issuer, byte for byte as its tokens name it.
    pub issuer: String,
    /// The keys; at least one.
    pub keys: Arc<KeySet>,
    /// What they may vouch for.
    pub rule: Arc<AnchorRule>,
    /// SHA-256 over the files, as [`super::Source::digest`].
    pub digest: [u8; 32],
}

// ISO/IEC 18013-5, B.1.4, and the reference PKI of the Union for PIDs.
const DOCUMENT_SIGNERS: &[&str] = &["1.0.18013.5.1.2", "1.3.130.2.0.0.1.2"];
