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
    /// Which certificate policies count, and from where on.
    pub policies: PolicyInputs,
    /// Policies of the end entity that refuse it.
    pub denied_policies: Vec<Oid>,
    /// Whether dates until 2049 must be written as UTCTime.
    pub dates: Dates,
    /// Whether `cA` FALSE may be written out in the end entity's basic constraints.
    pub ca_false: CaFalse,
    /// Whether the rules of the public web PKI are checked.
    pub web_pki: WebPki,
}

/// The inputs of RFC 5280, 6.1.1 (c) and (e) to (g).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "RFC 5280 has these four")]
pub struct PolicyInputs {
    /// `user-initial-policy-set`; `None` is `anyPolicy`.
    pub policy_set: Option<Vec<Oid>>,
    /// `initial-explicit-policy`: the path must hold under a policy of the set.
    pub explicit_policy: bool,
    /// `initial-policy-mapping-inhibit`.
    pub policy_mapping_inhibit: bool,
    /// `initial-any-policy-inhibit`.
    pub any_policy_inhibit: bool,
}

/// Whether dates until 2049 must be written as UTCTime.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Dates {
    /// They must (RFC 5280, 4.1.2.5), as later ones must be GeneralizedTime.
    AsRfc5280,
    /// GeneralizedTime may stand for any year, as X.509 has it.
    EitherForm,
}

/// Whether `cA` FALSE, a default, may be written out in the end entity's basic constraints.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum CaFalse {
    /// It is left out, as DER has it (X.690, 11.5).
    LeftOut,
    /// It may be written, as Finnish identity cards do.
    MayBeWritten,
}

/// Whether the rules of the public web PKI are checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum WebPki {
    /// Those of the Baseline Requirements of the CA/Browser Forum that a verifier can see; the list
    /// is at [`Profile::tls_server`].
    Checked,
    /// None of them.
    NotChecked,
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
    /// identifier in every CA (4.2.1.2), critical basic constraints in the anchor (4.2.1.9), policy
    /// constraints and inhibit-any-policy critical (4.2.1.11, 4.2.1.14).
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
    /// `digitalSignature`, critical or not, and not `nonRepudiation` beside it: that key signs
    /// documents, and whoever has it signed by a login has signed something.
    DigitalSignatureOnly,
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
    /// RFC 5280 alone.
    ///
    /// | rule | here |
    /// |---|---|
    /// | path | at most 6 intermediates; the anchor may be presented |
    /// | anchor | its validity and its constraints count (RFC 5937, 3.2) |
    /// | conformance | [`Conformance::Required`] |
    /// | dates | either form (4.1.2.5 binds issuers) |
    /// | end entity | `purpose`; it may be a CA (limbo `rfc5280::ca-as-leaf`) |
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
            policies: PolicyInputs::default(),
            denied_policies: Vec::new(),
            dates: Dates::EitherForm,
            ca_false: CaFalse::LeftOut,
            web_pki: WebPki::NotChecked,
        }
    }

    /// A TLS client of any PKI: RFC 5280 with `id-kp-clientAuth` where there are purposes
    /// (4.2.1.12; RFC 8446, 4.4.2.4), `digitalSignature` where there is key usage, and no CA.
    #[must_use]
    pub fn tls_client() -> Self {
        Self {
            name: "tls-client",
            leaf_key_usage: LeafKeyUsage::DigitalSignatureIfPresent,
            leaf_purpose: Purpose::IfPresent(vec![oids::CLIENT_AUTH]),
            leaf_ca: LeafCa::Refused,
            dates: Dates::AsRfc5280,
            ..Self::general(Purpose::Any)
        }
    }

    /// A TLS server of the public web. For the suites runner: no configuration leads to it, and what
    /// it accepts is no identity.
    ///
    /// Beyond RFC 5280, of the Baseline Requirements (version 2):
    ///
    /// | rule | clause |
    /// |---|---|
    /// | `id-kp-serverAuth`, not critical, no `anyExtendedKeyUsage` | 7.1.2.7.6, 7.1.2.7.10 |
    /// | a subject alternative name | 7.1.2.7.12 |
    /// | no CA | 7.1.2.7.8 |
    /// | a common name is an alternative name, character by character, or stands above one | 7.1.4.3 |
    /// | the anchor has no extended key usage | 7.1.2.1.2 |
    /// | the anchor's authority key identifier has the key identifier alone; of a self-signed anchor its own | 7.1.2.1.3 |
    /// | RSA moduli are a multiple of eight bits | 6.1.5 |
    ///
    /// The name of the peer, wildcards and public suffixes are [`super::PeerName::check`].
    #[must_use]
    pub fn tls_server() -> Self {
        Self {
            name: "tls-server",
            leaf_key_usage: LeafKeyUsage::Any,
            leaf_purpose: Purpose::Required(vec![oids::SERVER_AUTH]),
            leaf_ca: LeafCa::Refused,
            leaf_required: vec![oids::SUBJECT_ALT_NAME],
            dates: Dates::AsRfc5280,
            web_pki: WebPki::Checked,
            ..Self::general(Purpose::Any)
        }
    }

    /// An authentication certificate on a national eID card (Web eID library, certificate
    /// validation; ETSI EN 319 412-2, 4.3.2).
    ///
    /// | rule | here |
    /// |---|---|
    /// | path | at most 3 intermediates; the anchor may be the issuing CA itself |
    /// | key usage | must be there, with `digitalSignature` and without `nonRepudiation` |
    /// | purpose | `id-kp-clientAuth`, or no extended key usage (Luxembourg) |
    /// | policies | not those of Estonian Mobile-ID, whose key is on a SIM card |
    /// | conformance | not asked for: older national CAs leave out key identifiers |
    #[must_use]
    pub fn eid_card() -> Self {
        Self {
            name: "eid-card",
            trust: Trust::Authority { max_intermediates: 3 },
            conformance: Conformance::NotRequired,
            leaf_key_usage: LeafKeyUsage::DigitalSignatureOnly,
            leaf_purpose: Purpose::IfPresent(vec![oids::CLIENT_AUTH]),
            leaf_ca: LeafCa::Refused,
            algorithms: AlgorithmRules::EID_CARD,
            ca_false: CaFalse::MayBeWritten,
            denied_policies: MOBILE_ID.iter().map(|policy| Oid::constant(policy)).collect(),
            ..Self::general(Purpose::Any)
        }
    }

    /// A document signer of travel documents under its CSCA (ICAO Doc 9303-12, 7.1).
    ///
    /// Directly below the anchor; `digitalSignature` in a critical key usage, no CA, the country of
    /// the anchor. A CSCA is a name and a key: its list says how long it is believed, and documents
    /// outlive it, so that its own validity does not count. Key identifiers are not asked for, nor
    /// are the forms of dates: old CSCAs have neither.
    #[must_use]
    pub fn document_signer() -> Self {
        Self {
            name: "document-signer",
            trust: Trust::Authority { max_intermediates: 0 },
            anchor_validity: AnchorValidity::Ignored,
            conformance: Conformance::NotRequired,
            leaf_key_usage: LeafKeyUsage::CriticalDigitalSignature,
            leaf_ca: LeafCa::Refused,
            country: Country::AsAnchor,
            algorithms: AlgorithmRules::DOCUMENT_SIGNER,
            ..Self::general(Purpose::Any)
        }
    }

    /// Who signs a list of trust: a master list (ICAO Doc 9303-12, 8) or a trusted list (ETSI TS 119
    /// 612, 5.7.1).
    ///
    /// * `purposes`: `id-icao-cscaMasterListSigningKey` or `id-tsl-kp-tslSigning`, required.
    ///
    /// Over at most one intermediate, no CA, `digitalSignature` where there is key usage.
    #[must_use]
    pub fn list_signer(purposes: Vec<Oid>) -> Self {
        Self {
            name: "list-signer",
            trust: Trust::Authority { max_intermediates: 1 },
            conformance: Conformance::NotRequired,
            leaf_key_usage: LeafKeyUsage::DigitalSignatureIfPresent,
            leaf_purpose: Purpose::Required(purposes),
            leaf_ca: LeafCa::Refused,
            ..Self::general(Purpose::Any)
        }
    }

    /// `wallet-issuer` by ISO/IEC 18013-5, Annex B: an IACA issues the document signer, with nothing
    /// between them.
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
            leaf_key_usage: LeafKeyUsage::CriticalDigitalSignature,
            leaf_ca: LeafCa::Refused,
            critical: vec![oids::BASIC_CONSTRAINTS, oids::KEY_USAGE, oids::EXTENDED_KEY_USAGE],
            country: Country::AsAnchor,
            dates: Dates::AsRfc5280,
            ..Self::general(purpose)
        }
    }

    /// `wallet-issuer` by ETSI TS 119 412-6: certificates of PID providers under a CA.
    ///
    /// Policies must be named; only basic constraints and key usage may be critical.
    /// Not checked: `QcType` in the statements (`0.4.0.194126.1.1`) and authority information access.
    #[must_use]
    pub fn etsi_pid() -> Self {
        Self {
            name: "etsi-pid",
            trust: Trust::Authority { max_intermediates: 2 },
            presented_anchor: PresentedAnchor::Refused,
            leaf_key_usage: LeafKeyUsage::CriticalDigitalSignature,
            leaf_ca: LeafCa::Refused,
            leaf_required: vec![oids::SUBJECT_KEY_IDENTIFIER, oids::CERTIFICATE_POLICIES],
            critical: vec![oids::BASIC_CONSTRAINTS, oids::KEY_USAGE],
            dates: Dates::AsRfc5280,
            ..Self::general(Purpose::Any)
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
            Self::DigitalSignatureOnly => usage.is_some_and(|(usage, _)| {
                signs(usage) && !usage.contains(KeyUsage::NON_REPUDIATION)
            }),
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
// they must not be critical (RFC 5280, 4.2.1.1, 4.2.1.2, 4.2.2.1). Constraints are no choice of the
// profile: they are processed, and critical, in every CA's certificate.
fn processed() -> Vec<Oid> {
    vec![
        oids::BASIC_CONSTRAINTS,
        oids::KEY_USAGE,
        oids::EXTENDED_KEY_USAGE,
        oids::SUBJECT_ALT_NAME,
        oids::CERTIFICATE_POLICIES,
    ]
}

// 1.3.6.1.4.1.10015.1.3, and .1, .2, .3 below it (SK ID Solutions; the default of the Web eID library).
const MOBILE_ID: &[&[u8]] = &[
    &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xce, 0x1f, 0x01, 0x03],
    &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xce, 0x1f, 0x01, 0x03, 0x01],
    &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xce, 0x1f, 0x01, 0x03, 0x02],
    &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xce, 0x1f, 0x01, 0x03, 0x03],
];
