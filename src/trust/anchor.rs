use crate::crypto::sha256;
use crate::envelope::jose::KeySet;
use crate::identity::{Country, LevelOfAssurance};
use crate::pki::{self, Certificate, Oid, Profile};
use std::fmt;
use std::sync::Arc;

/// By which rules a path below an anchor is judged.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum AnchorProfile {
    /// A certification authority for PID providers (ETSI TS 119 412-6).
    EtsiPid,
    /// An issuing authority of ISO 18013-5, annex B.
    IsoIaca,
    /// The signer's own certificate; nothing is below it.
    PinnedLeaf,
}

impl AnchorProfile {
    /// Every profile.
    pub const ALL: &'static [Self] = &[Self::EtsiPid, Self::IsoIaca, Self::PinnedLeaf];

    /// The word in `trust.toml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EtsiPid => "etsi-pid",
            Self::IsoIaca => "iso-iaca",
            Self::PinnedLeaf => "pinned-leaf",
        }
    }
}

impl AnchorProfile {
    // Signers of SD-JWT credentials under an IACA may have no extended key usage; one that they have
    // must be that of a document signer: ISO 18013-5, B.1.4, or the EU reference PKI's for PIDs.
    fn rules(self) -> Profile {
        match self {
            Self::EtsiPid => Profile::etsi_pid(),
            Self::IsoIaca => {
                let purposes = ["1.0.18013.5.1.2", "1.3.130.2.0.0.1.2"];
                let purposes = purposes.iter().filter_map(|oid| Oid::from_dotted(oid)).collect();
                Profile::iso_iaca(pki::Purpose::IfPresent(purposes))
            }
            Self::PinnedLeaf => Profile::pinned_leaf(),
        }
    }
}

/// What an anchor may vouch for within its purpose; shared by all anchors of a source.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AnchorRule {
    /// Name of the source.
    pub source: String,
    /// The country that it vouches for.
    pub country: Option<Country>,
    /// The `vct` of the credentials that it vouches for, byte for byte.
    pub credential_types: Vec<String>,
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

/// A certificate that is believed without proof, and for what.
#[derive(Clone)]
#[non_exhaustive]
pub struct TrustAnchor {
    /// The certificate.
    pub certificate: Certificate,
    /// By which rules paths below it are judged.
    pub profile: AnchorProfile,
    /// What it may vouch for.
    pub rule: Arc<AnchorRule>,
}

impl TrustAnchor {
    fn path_anchor(&self) -> pki::Anchor {
        let profile = Arc::new(self.profile.rules());
        let label = Arc::from(self.rule.source.as_str());
        let anchor = pki::Anchor::new(self.certificate.clone(), profile, label);
        let country = self.rule.country.and_then(|c| c.as_str().as_bytes().try_into().ok());
        match country {
            Some(country) => anchor.for_country(country),
            None => anchor,
        }
    }
}

impl fmt::Debug for TrustAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustAnchor")
            .field("source", &self.rule.source)
            .field("sha256", &hex(self.certificate.sha256()))
            .finish_non_exhaustive()
    }
}

/// The anchors that serve one purpose at one time; at least one.
#[derive(Clone, Debug)]
pub struct AnchorSet {
    anchors: Vec<TrustAnchor>,
    paths: Vec<pki::Anchor>,
    digest: [u8; 32],
}

impl AnchorSet {
    /// The anchors, by digest of the certificate.
    #[must_use]
    pub fn anchors(&self) -> &[TrustAnchor] {
        &self.anchors
    }

    /// The same anchors, in the same order, as the path validation takes them.
    #[must_use]
    pub fn path_anchors(&self) -> &[pki::Anchor] {
        &self.paths
    }

    /// The anchor with this certificate, byte for byte.
    #[must_use]
    pub fn find(&self, certificate: &Certificate) -> Option<&TrustAnchor> {
        let sha256 = certificate.sha256();
        self.anchors
            .binary_search_by(|anchor| anchor.certificate.sha256().cmp(sha256))
            .ok()
            .and_then(|index| self.anchors.get(index))
    }

    /// Names the set with all its rules: two sets with the same digest decide alike. Part of the
    /// key under which verified paths are remembered.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    pub(super) fn new(mut anchors: Vec<TrustAnchor>) -> Self {
        anchors.sort_by(|a, b| a.certificate.sha256().cmp(b.certificate.sha256()));
        let mut canonical = Vec::new();
        for anchor in &anchors {
            canonical.extend_from_slice(anchor.certificate.sha256());
            // `Debug` of plain data is the canonical text: every field, in order of declaration.
            let text = format!("{:?} {:?}\n", anchor.profile, anchor.rule);
            canonical.extend_from_slice(text.as_bytes());
        }
        let paths = anchors.iter().map(TrustAnchor::path_anchor).collect();
        Self { digest: sha256(&canonical), paths, anchors }
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

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
