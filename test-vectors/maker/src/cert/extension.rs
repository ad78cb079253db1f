use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::Fault;
use crate::der::{self, bit_string, integer, octet_string, sequence, tlv};
use crate::{MakerError, TestKey};

/// The bits of the key usage extension that test certificates use.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyUsage {
    /// Bit 6.
    CrlSign,
    /// Bit 0.
    DigitalSignature,
    /// Bit 4.
    KeyAgreement,
    /// Bit 5.
    KeyCertSign,
    /// Bit 2.
    KeyEncipherment,
    /// Bit 1.
    NonRepudiation,
}

impl KeyUsage {
    // Bit 0 of a named bit list is the highest of the first byte.
    const fn mask(self) -> u8 {
        match self {
            Self::CrlSign => 0x02,
            Self::DigitalSignature => 0x80,
            Self::KeyAgreement => 0x08,
            Self::KeyCertSign => 0x04,
            Self::KeyEncipherment => 0x20,
            Self::NonRepudiation => 0x40,
        }
    }
}

/// One extension: identifier, critical or not, and the DER inside the OCTET STRING.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Extension {
    /// Dotted object identifier.
    pub oid: String,
    /// Whether a reader that does not know it must refuse.
    pub critical: bool,
    /// The extension's value in DER, or anything else.
    pub value_der: Vec<u8>,
}

impl Extension {
    /// Any extension from its parts.
    #[must_use]
    pub fn new(oid: &str, critical: bool, value_der: Vec<u8>) -> Self {
        Self { oid: oid.to_owned(), critical, value_der }
    }

    /// Authority key identifier with the key identifier of `issuer`.
    #[must_use]
    pub fn authority_key_identifier(issuer: &TestKey) -> Self {
        let value_der = sequence(&[tlv(0x80, &key_identifier(issuer))]);
        Self::new(OID_AUTHORITY_KEY_IDENTIFIER, false, value_der)
    }

    /// Authority information access with one OCSP responder.
    ///
    /// # Errors
    /// Never; the type is that of the DER writer.
    pub fn authority_info_access_ocsp(url: &str) -> Result<Self, MakerError> {
        let access = sequence(&[der::oid("1.3.6.1.5.5.7.48.1")?, tlv(0x86, url.as_bytes())]);
        Ok(Self::new(OID_AUTHORITY_INFO_ACCESS, false, sequence(&[access])))
    }

    /// Certificate policies without qualifiers.
    ///
    /// # Errors
    /// [`MakerError::ObjectIdentifier`] when one is no object identifier.
    pub fn certificate_policies(policies: &[&str]) -> Result<Self, MakerError> {
        let policies: Result<Vec<Vec<u8>>, MakerError> =
            policies.iter().map(|policy| Ok(sequence(&[der::oid(policy)?]))).collect();
        Ok(Self::new(OID_CERTIFICATE_POLICIES, false, sequence(&policies?)))
    }

    /// Basic constraints. `path_len` is written whatever `ca` says.
    #[must_use]
    pub fn basic_constraints(critical: bool, ca: bool, path_len: Option<u8>) -> Self {
        let mut parts = Vec::new();
        if ca {
            parts.push(tlv(0x01, &[0xff]));
        }
        if let Some(path_len) = path_len {
            parts.push(integer(&[path_len]));
        }
        Self::new(OID_BASIC_CONSTRAINTS, critical, sequence(&parts))
    }

    /// CRL distribution points, one per URL.
    #[must_use]
    pub fn crl_distribution_points(urls: &[&str]) -> Self {
        let point = |url: &&str| {
            let full_name = tlv(0xa0, &tlv(0x86, url.as_bytes()));
            sequence(&[tlv(0xa0, &full_name)])
        };
        let points: Vec<Vec<u8>> = urls.iter().map(point).collect();
        Self::new(OID_CRL_DISTRIBUTION_POINTS, false, sequence(&points))
    }

    /// Extended key usage with these dotted purposes.
    ///
    /// # Errors
    /// [`MakerError::ObjectIdentifier`] when a purpose is not an object identifier.
    pub fn extended_key_usage(critical: bool, purposes: &[&str]) -> Result<Self, MakerError> {
        let purposes: Result<Vec<Vec<u8>>, MakerError> =
            purposes.iter().map(|purpose| der::oid(purpose)).collect();
        Ok(Self::new(OID_EXTENDED_KEY_USAGE, critical, sequence(&purposes?)))
    }

    /// Issuer alternative name with one URI.
    #[must_use]
    pub fn issuer_alt_name(uri: &str) -> Self {
        let value_der = sequence(&[tlv(0x86, uri.as_bytes())]);
        Self::new(OID_ISSUER_ALT_NAME, false, value_der)
    }

    /// Key usage, as DER wants a named bit list: no trailing zero bits.
    #[must_use]
    pub fn key_usage(critical: bool, usages: &[KeyUsage]) -> Self {
        let bits = usages.iter().fold(0, |bits, usage| bits | usage.mask());
        let value_der = if bits == 0 {
            bit_string(0, &[])
        } else {
            bit_string(u8::try_from(bits.trailing_zeros()).unwrap_or_default(), &[bits])
        };
        Self::new(OID_KEY_USAGE, critical, value_der)
    }

    /// Subject key identifier of `subject`.
    #[must_use]
    pub fn subject_key_identifier(subject: &TestKey) -> Self {
        let value_der = octet_string(&key_identifier(subject));
        Self::new(OID_SUBJECT_KEY_IDENTIFIER, false, value_der)
    }

    pub(super) fn to_der(&self, faults: &[Fault]) -> Result<Vec<u8>, MakerError> {
        let mut parts = vec![der::oid(&self.oid)?];
        if self.critical {
            let truth = if faults.contains(&Fault::BooleanOne) { 0x01 } else { 0xff };
            parts.push(tlv(0x01, &[truth]));
        } else if faults.contains(&Fault::BooleanFalseWritten) {
            parts.push(tlv(0x01, &[0x00]));
        }
        parts.push(octet_string(&self.value_der));
        Ok(sequence(&parts))
    }
}

/// The key identifier of RFC 5280 4.2.1.2, method 1: SHA-1 over the public key's bits.
#[must_use]
pub fn key_identifier(key: &TestKey) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, key.public_key()).as_ref().to_vec()
}

const OID_AUTHORITY_INFO_ACCESS: &str = "1.3.6.1.5.5.7.1.1";
const OID_CERTIFICATE_POLICIES: &str = "2.5.29.32";
const OID_AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
const OID_BASIC_CONSTRAINTS: &str = "2.5.29.19";
const OID_CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";
const OID_EXTENDED_KEY_USAGE: &str = "2.5.29.37";
const OID_ISSUER_ALT_NAME: &str = "2.5.29.18";
const OID_KEY_USAGE: &str = "2.5.29.15";
const OID_SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
