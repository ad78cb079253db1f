//! Certificate profiles as data: what a path must look like beyond RFC 5280, chosen per anchor.

use super::extension::{KeyUsage, oids};
use super::{AlgorithmRules, Oid};

/// What the path below one anchor must look like.
///
/// A profile adds to RFC 5280, 6.1 and never takes away, with two exceptions that are named:
/// [`AnchorValidity::Ignored`], and [`AlgorithmRules`] other than the general ones.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Profile {
    /// Name in records and configuration.
    pub name: &'static str,
    /// How a path leads to the anchor.
    pub trust: Trust,
    /// Whether the anchor may be among the presented certificates.
    pub presented_anchor: PresentedAnchor,
    /// Whether the validity of the anchor's own certificate counts.
    pub anchor_validity: AnchorValidity,
    /// Whether the rules for conforming CAs are checked where the algorithm of 6.1 does not ask.
    pub conformance: Conformance,
    /// What the end entity's key usage must be.
    pub leaf_key_usage: LeafKeyUsage,
    /// What the end entity's extended key usage must be.
    pub leaf_purpose: Purpose,
    /// Whether the end entity may be a certification authority.
    pub leaf_ca: LeafCa,
    /// Extensions that the end entity must have.
    pub leaf_required: Vec<Oid>,
    /// Extensions that may be critical; any other critical one refuses (RFC 5280, 4.2).
    pub critical: Vec<Oid>,
    /// Whether the subject's country must be the one of the anchor's subject.
    pub country: Country,
    /// Which departures in algorithm identifiers pass.
    pub algorithms: AlgorithmRules,
}

/// How a path leads to the anchor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Trust {
    /// The anchor is a CA; a path leads from the end entity over at most this many intermediates.
    Authority {
        /// Most intermediates between end entity and anchor.
        max_intermediates: usize,
    },
    /// The anchor is the end entity itself, byte for byte.
    Pinned,
}

/// Whether the anchor may be among the presented certificates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum PresentedAnchor {
    /// It is ignored.
    Ignored,
    /// It refuses the chain (HAIP 1.0, 6.1.1).
    Refused,
}

/// Whether the validity of the anchor's own certificate counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum AnchorValidity {
    /// As for every certificate of the path.
    Checked,
    /// The anchor is a name and a key (RFC 5280, 6.1.1 (d)); its list says how long it is believed.
    Ignored,
}

/// Whether rules for conforming CAs are checked that 6.1 leaves to the issuer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Conformance {
    /// An authority key identifier in every certificate below the anchor (4.2.1.1), a subject key
    /// identifier in every CA (4.2.1.2), critical basic constraints in the anchor (4.2.1.9).
    Required,
    /// Only what 6.1 asks for.
    NotRequired,
}

/// What the end entity's key usage must be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LeafKeyUsage {
    /// Not looked at.
    Any,
    /// `digitalSignature`, in a critical extension.
    CriticalDigitalSignature,
    /// `digitalSignature`, when the extension is there.
    DigitalSignatureIfPresent,
}

/// What the end entity's extended key usage must be (RFC 5280, 4.2.1.12).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Purpose {
    /// Not looked at.
    Any,
    /// One of these, when the extension is there. `anyExtendedKeyUsage` is not one of them unless
    /// it is listed.
    IfPresent(Vec<Oid>),
    /// One of these; the extension must be there.
    Required(Vec<Oid>),
}

/// Whether the end entity may be a certification authority.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum LeafCa {
    /// It may.
    Allowed,
    /// It may not.
    Refused,
}

/// Whether the subject's country must be the one of the anchor's subject.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Country {
    /// Not looked at.
    Any,
    /// Both have exactly one, and it is the same.
    AsAnchor,
}

impl Profile {
    /// ISO/IEC 18013-5, Annex B: an IACA issues the document signer, with nothing between them.
    ///
    /// * `purpose`: what the extended key usage must be. The standard has
    ///   [`Purpose::Required`] with `1.0.18013.5.1.2`; signers of SD-JWT credentials under the same
    ///   authority may have none.
    ///
    /// Not checked: the longest validity of a signer (457 days), `issuerAltName`, distribution
    /// points, and that extended key usage is critical and alone.
    #[must_use]
    pub fn iso_iaca(purpose: Purpose) -> Self {
        Self {
            name: "iso-iaca",
            trust: Trust::Authority { max_intermediates: 0 },
            presented_anchor: PresentedAnchor::Refused,
            anchor_validity: AnchorValidity::Checked,
            conformance: Conformance::Required,
            leaf_key_usage: LeafKeyUsage::CriticalDigitalSignature,
            leaf_purpose: purpose,
            leaf_ca: LeafCa::Refused,
            leaf_required: Vec::new(),
            critical: vec![oids::BASIC_CONSTRAINTS, oids::KEY_USAGE, oids::EXTENDED_KEY_USAGE],
            country: Country::AsAnchor,
            algorithms: AlgorithmRules::GENERAL,
        }
    }

    /// ETSI TS 119 412-6: certificates of PID providers under a CA.
    ///
    /// Policies must be named; only basic constraints and key usage may be critical.
    /// Not checked: `QcType` in the statements (`0.4.0.194126.1.1`) and authority information access.
    #[must_use]
    pub fn etsi_pid() -> Self {
        Self {
            name: "etsi-pid",
            trust: Trust::Authority { max_intermediates: 2 },
            presented_anchor: PresentedAnchor::Refused,
            anchor_validity: AnchorValidity::Checked,
            conformance: Conformance::Required,
            leaf_key_usage: LeafKeyUsage::CriticalDigitalSignature,
            leaf_purpose: Purpose::Any,
            leaf_ca: LeafCa::Refused,
            leaf_required: vec![oids::SUBJECT_KEY_IDENTIFIER, oids::CERTIFICATE_POLICIES],
            critical: vec![oids::BASIC_CONSTRAINTS, oids::KEY_USAGE],
            country: Country::Any,
            algorithms: AlgorithmRules::GENERAL,
        }
    }

    /// Direct trust: the anchor is the end entity's certificate, byte for byte (TS 119 602 lists
    /// such entries).
    ///
    /// Its validity, key usage and critical extensions are checked; no signature is, for the list
    /// vouches for these very bytes.
    #[must_use]
    pub fn pinned_leaf() -> Self {
        Self {
            name: "pinned-leaf",
            trust: Trust::Pinned,
            leaf_required: Vec::new(),
            leaf_key_usage: LeafKeyUsage::DigitalSignatureIfPresent,
            critical: processed(),
            conformance: Conformance::NotRequired,
            ..Self::etsi_pid()
        }
    }

    /// RFC 5280 alone.
    ///
    /// Policies, policy mappings and name constraints are not processed yet; a path that carries
    /// constraints is refused, see [`super::verify_path`].
    #[must_use]
    pub fn general(purpose: Purpose) -> Self {
        Self {
            name: "general",
            trust: Trust::Authority { max_intermediates: 6 },
            presented_anchor: PresentedAnchor::Ignored,
            anchor_validity: AnchorValidity::Checked,
            conformance: Conformance::Required,
            leaf_key_usage: LeafKeyUsage::Any,
            leaf_purpose: purpose,
            leaf_ca: LeafCa::Allowed,
            leaf_required: Vec::new(),
            critical: processed(),
            country: Country::Any,
            algorithms: AlgorithmRules::GENERAL,
        }
    }

    pub(super) fn may_be_critical(&self, oid: &Oid) -> bool {
        self.critical.contains(oid)
    }
}

impl LeafKeyUsage {
    pub(super) fn admits(self, usage: Option<(KeyUsage, bool)>) -> bool {
        let signs = |usage: KeyUsage| usage.contains(KeyUsage::DIGITAL_SIGNATURE);
        match self {
            Self::Any => true,
            Self::CriticalDigitalSignature => {
                usage.is_some_and(|(usage, critical)| critical && signs(usage))
            }
            Self::DigitalSignatureIfPresent => usage.is_none_or(|(usage, _)| signs(usage)),
        }
    }
}

impl Purpose {
    pub(super) fn admits(&self, purposes: Option<&[Oid]>) -> bool {
        match (self, purposes) {
            (Self::Any, _) | (Self::IfPresent(_), None) => true,
            (Self::Required(_), None) => false,
            (Self::IfPresent(listed) | Self::Required(listed), Some(present)) => {
                present.iter().any(|oid| listed.contains(oid))
            }
        }
    }
}

// Authority and subject key identifiers and authority information access are missing on purpose:
// they must not be critical (RFC 5280, 4.2.1.1, 4.2.1.2, 4.2.2.1). The path refuses constraints
// itself, so that their presence here would be a promise that is not kept.
fn processed() -> Vec<Oid> {
    vec![
        oids::BASIC_CONSTRAINTS,
        oids::KEY_USAGE,
        oids::EXTENDED_KEY_USAGE,
        oids::SUBJECT_ALT_NAME,
        oids::CERTIFICATE_POLICIES,
    ]
}
