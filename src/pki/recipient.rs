//! Private keys of our own that open what was encrypted for us, as they stand in files.

use super::Certificate;
use super::algorithm::{named_curve, oid, positive};
use super::der::{self, Element, Limits, Reader, tag};
use crate::crypto::{AgreementKey, Curve, DecryptionKey, KeyFault, PublicKey};
use crate::verdict::Refusal;
use std::fmt;

/// One private key of a recipient, with its certificate where that is known.
pub struct RecipientKey {
    private: RecipientPrivate,
    public: PublicKey,
    certificate: Option<Certificate>,
}

/// What the key can do. No key does both.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "XML Encryption and JWE have these two")]
pub enum RecipientPrivate {
    /// Agrees on a key; the length of its curve, not of a hash.
    Agreement(AgreementKey),
    /// Decrypts RSA-OAEP.
    Decryption(DecryptionKey),
}

impl RecipientKey {
    /// Reads a private key, strict DER:
    ///
    /// * `PrivateKeyInfo` (RFC 5208, 5) with an RSA key (RFC 8017, A.1.2) of two primes, or with an
    ///   `ECPrivateKey` (RFC 5915, 3) on a named curve;
    /// * an `ECPrivateKey` by itself, which must then name its curve.
    ///
    /// A public half that stands beside the private one must belong to it.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`] for anything else, encrypted keys among them; [`KeyFault::Weak`] by the
    /// rules of [`PublicKey::from_rsa`]; [`KeyFault::Unsupported`] for another algorithm or curve, or
    /// when this build has no backend for it.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyFault> {
        der::check(der, Limits::PRIVATE_KEY).map_err(shape)?;
        let outer = Reader::new(der).expect(tag::SEQUENCE).map_err(shape)?;
        match version(outer)? {
            0 => Self::from_private_key_info(der, outer),
            1 => Self::from_ec(outer, None),
            _ => Err(KeyFault::Malformed),
        }
    }

    /// The same key with its certificate, by which senders name it.
    ///
    /// Nothing of the certificate is checked but that it is one for this key.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`] when it is for another key.
    pub fn with_certificate(mut self, certificate: Certificate) -> Result<Self, KeyFault> {
        if certificate.public_key().ok() != Some(&self.public) {
            return Err(KeyFault::Malformed);
        }
        self.certificate = Some(certificate);
        Ok(self)
    }

    /// The private half.
    #[must_use]
    pub const fn private(&self) -> &RecipientPrivate {
        &self.private
    }

    /// The public half, which senders encrypt to.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Its certificate, where it was given.
    #[must_use]
    pub const fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    fn from_private_key_info(der: &[u8], info: Element<'_>) -> Result<Self, KeyFault> {
        let mut fields = info.reader();
        fields.expect(tag::INTEGER).map_err(shape)?;
        let mut algorithm = fields.expect(tag::SEQUENCE).map_err(shape)?.reader();
        let key = fields.expect(tag::OCTET_STRING).map_err(shape)?.content();
        // Attributes say nothing about the key itself.
        fields.optional(tag::context_constructed(0)).map_err(shape)?;
        fields.finish().map_err(shape)?;
        let name = algorithm.expect(tag::OID).map_err(shape)?.content();
        let parameters = algorithm.any().map_err(shape)?;
        algorithm.finish().map_err(shape)?;
        der::check(key, Limits::PRIVATE_KEY).map_err(shape)?;
        let key = Reader::new(key).expect(tag::SEQUENCE).map_err(shape)?;
        match (name, parameters.tag()) {
            (oid::EC_PUBLIC_KEY, tag::OID) => Self::from_ec(key, Some(curve(parameters)?)),
            (oid::RSA_ENCRYPTION, tag::NULL) => Self::from_rsa(der, key),
            (oid::EC_PUBLIC_KEY | oid::RSA_ENCRYPTION, _) => Err(KeyFault::Malformed),
            _ => Err(KeyFault::Unsupported),
        }
    }

    // RFC 5915, 3.
    fn from_ec(key: Element<'_>, outer: Option<Curve>) -> Result<Self, KeyFault> {
        if version(key)? != 1 {
            return Err(KeyFault::Malformed);
        }
        let mut fields = key.reader();
        fields.expect(tag::INTEGER).map_err(shape)?;
        let scalar = fields.expect(tag::OCTET_STRING).map_err(shape)?.content();
        let named = fields.optional(tag::context_constructed(0)).map_err(shape)?;
        let point = fields.optional(tag::context_constructed(1)).map_err(shape)?;
        fields.finish().map_err(shape)?;
        let named = named.map(|named| curve(only(named, tag::OID)?)).transpose()?;
        let curve = match (outer, named) {
            (Some(curve), None) | (None, Some(curve)) => curve,
            (Some(outer), Some(named)) if outer == named => outer,
            _ => return Err(KeyFault::Malformed),
        };
        // As long as the order, which is as long as the field on each of these curves.
        if scalar.len() != curve.coordinate_len() {
            return Err(KeyFault::Malformed);
        }
        let private = AgreementKey::from_scalar(curve, scalar)?;
        if let Some(point) = point {
            let bits = only(point, tag::BIT_STRING)?.content();
            let point = bits.strip_prefix(&[0]).ok_or(KeyFault::Malformed)?;
            if PublicKey::from_point(curve, point)? != *private.public() {
                return Err(KeyFault::Malformed);
            }
        }
        let public = private.public().clone();
        Ok(Self { private: RecipientPrivate::Agreement(private), public, certificate: None })
    }

    // RFC 8017, A.1.2. The backend looks at how the numbers belong together.
    fn from_rsa(der: &[u8], key: Element<'_>) -> Result<Self, KeyFault> {
        if version(key)? != 0 {
            return Err(KeyFault::Malformed);
        }
        let mut fields = key.reader();
        fields.expect(tag::INTEGER).map_err(shape)?;
        let mut number = || {
            let number = fields.expect(tag::INTEGER).map_err(shape)?;
            positive(number).map_err(|_| KeyFault::Malformed)
        };
        let (n, e) = (number()?, number()?);
        // d, p, q, and the three of the Chinese remainder theorem.
        for _ in 0..6 {
            number()?;
        }
        fields.finish().map_err(shape)?;
        let public = PublicKey::from_rsa(n, e)?;
        let private = RecipientPrivate::Decryption(DecryptionKey::from_pkcs8(der)?);
        Ok(Self { private, public, certificate: None })
    }
}

impl fmt::Debug for RecipientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecipientKey({:?})", self.public)
    }
}

fn version(key: Element<'_>) -> Result<u8, KeyFault> {
    let version = key.reader().expect(tag::INTEGER).map_err(shape)?;
    match version.content() {
        [version] => Ok(*version),
        _ => Err(KeyFault::Malformed),
    }
}

fn curve(name: Element<'_>) -> Result<Curve, KeyFault> {
    named_curve(name.content()).ok_or(KeyFault::Unsupported)
}

fn only(explicit: Element<'_>, tag: u8) -> Result<Element<'_>, KeyFault> {
    let mut reader = explicit.reader();
    let inner = reader.expect(tag).map_err(shape)?;
    reader.finish().map_err(shape)?;
    Ok(inner)
}

// Positions in a private key are nobody's business.
fn shape(_: Refusal) -> KeyFault {
    KeyFault::Malformed
}

#[cfg(test)]
#[cfg(feature = "openssl")]
mod tests {
    use super::*;
    use crate::pki::AlgorithmRules;
    use crate::pki::der::write;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::nid::Nid;
    use openssl::pkey::PKey;
    use openssl::rsa::Rsa;

    const CURVES: [(Curve, Nid); 6] = [
        (Curve::P256, Nid::X9_62_PRIME256V1),
        (Curve::P384, Nid::SECP384R1),
        (Curve::P521, Nid::SECP521R1),
        (Curve::BrainpoolP256r1, Nid::BRAINPOOL_P256R1),
        (Curve::BrainpoolP384r1, Nid::BRAINPOOL_P384R1),
        (Curve::BrainpoolP512r1, Nid::BRAINPOOL_P512R1),
    ];

    fn ec(nid: Nid) -> EcKey<openssl::pkey::Private> {
        EcKey::generate(&EcGroup::from_curve_name(nid).unwrap()).unwrap()
    }

    fn fault(der: &[u8]) -> Option<KeyFault> {
        RecipientKey::from_der(der).err()
    }

    #[test]
    fn reads_keys_on_every_curve_in_both_forms() {
        for (curve, nid) in CURVES {
            let key = ec(nid);
            let alone = key.private_key_to_der().unwrap();
            let info = PKey::from_ec_key(key).unwrap();
            let public = info.public_key_to_der().unwrap();
            let public = crate::pki::parse_public_key(&public, AlgorithmRules::GENERAL).unwrap();
            for der in [alone, info.private_key_to_pkcs8().unwrap()] {
                let read = RecipientKey::from_der(&der).unwrap();
                assert_eq!(read.public(), &public);
                assert!(matches!(read.private(), RecipientPrivate::Agreement(_)));
                assert!(format!("{read:?}").contains(&format!("{curve:?}")));
                for at in 0..der.len() {
                    assert!(RecipientKey::from_der(&der[..at]).is_err());
                }
                assert_eq!(fault(&[&der[..], &[0]].concat()), Some(KeyFault::Malformed));
            }
        }
    }

    #[test]
    fn reads_rsa_keys_and_knows_their_public_half() {
        let pair = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let der = pair.private_key_to_pkcs8().unwrap();
        let read = RecipientKey::from_der(&der).unwrap();
        let public = pair.public_key_to_der().unwrap();
        let public = crate::pki::parse_public_key(&public, AlgorithmRules::GENERAL).unwrap();
        assert_eq!(read.public(), &public);
        assert!(matches!(read.private(), RecipientPrivate::Decryption(_)));
        let short = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
        assert_eq!(fault(&short.private_key_to_pkcs8().unwrap()), Some(KeyFault::Weak));
        // PKCS #1 without its wrapping is another form.
        let bare = pair.rsa().unwrap().private_key_to_der().unwrap();
        assert_eq!(fault(&bare), Some(KeyFault::Malformed));
    }

    #[test]
    fn refuses_every_altered_bit_that_changes_the_key() {
        let key = ec(Nid::X9_62_PRIME256V1);
        let der = PKey::from_ec_key(key).unwrap().private_key_to_pkcs8().unwrap();
        let public = RecipientKey::from_der(&der).unwrap().public().clone();
        for at in 0..der.len() {
            for bit in 0..8 {
                let mut altered = der.clone();
                altered[at] ^= 1 << bit;
                // The public half stands beside the private one, so that neither changes alone.
                assert!(
                    RecipientKey::from_der(&altered).is_ok_and(|key| *key.public() == public)
                        || RecipientKey::from_der(&altered).is_err(),
                    "{at} {bit}"
                );
            }
        }
    }

    fn ec_private(scalar: &[u8], curve: &[u8], point: &[u8]) -> Vec<u8> {
        let scalar = write(tag::OCTET_STRING, &[scalar]);
        write(tag::SEQUENCE, &[&[2, 1, 1], &scalar, curve, point])
    }

    fn info(curve: &[u8], key: &[u8]) -> Vec<u8> {
        let algorithm = write(
            tag::SEQUENCE,
            &[&write(tag::OID, &[oid::EC_PUBLIC_KEY]), &write(tag::OID, &[curve])],
        );
        write(tag::SEQUENCE, &[&[2, 1, 0], &algorithm, &write(tag::OCTET_STRING, &[key])])
    }

    #[test]
    fn the_scalar_is_as_long_as_the_order_and_the_curve_is_named_once() {
        let named = |curve: &[u8]| write(0xa0, &[&write(tag::OID, &[curve])]);
        let (p256, p384) = (named(oid::P256), named(oid::P384));
        assert_eq!(fault(&ec_private(&[1; 32], &p256, &[])), None);
        assert_eq!(fault(&ec_private(&[1; 32], &[], &[])), Some(KeyFault::Malformed));
        assert_eq!(fault(&ec_private(&[1; 31], &p256, &[])), Some(KeyFault::Malformed));
        assert_eq!(fault(&ec_private(&[1; 33], &p256, &[])), Some(KeyFault::Malformed));
        assert_eq!(fault(&ec_private(&[0; 32], &p256, &[])), Some(KeyFault::Malformed));
        assert_eq!(fault(&ec_private(&[0xff; 32], &p256, &[])), Some(KeyFault::Malformed));
        assert_eq!(fault(&info(oid::P256, &ec_private(&[1; 32], &[], &[]))), None);
        assert_eq!(fault(&info(oid::P256, &ec_private(&[1; 32], &p256, &[]))), None);
        let mixed = info(oid::P256, &ec_private(&[1; 32], &p384, &[]));
        assert_eq!(fault(&mixed), Some(KeyFault::Malformed));
        let koblitz = named(&[0x2b, 0x81, 0x04, 0x00, 0x0a]);
        assert_eq!(fault(&ec_private(&[1; 32], &koblitz, &[])), Some(KeyFault::Unsupported));
    }

    #[test]
    fn a_public_half_belongs_to_the_private_one() {
        let named = write(0xa0, &[&write(tag::OID, &[oid::P256])]);
        let point = |scalar: [u8; 32]| {
            let key = AgreementKey::from_scalar(Curve::P256, &scalar).unwrap();
            let bits = [&[0][..], key.public().point().unwrap()].concat();
            write(0xa1, &[&write(tag::BIT_STRING, &[&bits])])
        };
        assert_eq!(fault(&ec_private(&[1; 32], &named, &point([1; 32]))), None);
        let other = ec_private(&[1; 32], &named, &point([2; 32]));
        assert_eq!(fault(&other), Some(KeyFault::Malformed));
    }

    #[test]
    fn refuses_other_kinds_of_keys_and_no_key() {
        let edwards = PKey::generate_ed25519().unwrap().private_key_to_pkcs8().unwrap();
        assert!(fault(&edwards).is_some());
        for der in [&b""[..], &[0x30, 0], &[0x30, 3, 2, 1, 0], &[0x30, 3, 2, 1, 2], &[5, 0]] {
            assert_eq!(fault(der), Some(KeyFault::Malformed), "{der:02x?}");
        }
    }

    #[test]
    fn a_certificate_is_one_for_the_key() {
        use openssl::asn1::Asn1Time;
        use openssl::hash::MessageDigest;
        use openssl::x509::{X509Builder, X509NameBuilder};
        let make = || PKey::from_ec_key(ec(Nid::X9_62_PRIME256V1)).unwrap();
        let (pair, other) = (make(), make());
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", "recipient").unwrap();
        let name = name.build();
        let mut certificate = X509Builder::new().unwrap();
        certificate.set_version(2).unwrap();
        certificate.set_subject_name(&name).unwrap();
        certificate.set_issuer_name(&name).unwrap();
        certificate.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
        certificate.set_not_after(&Asn1Time::from_unix(2_000_000_000).unwrap()).unwrap();
        certificate.set_pubkey(&pair).unwrap();
        let serial = openssl::bn::BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap();
        certificate.set_serial_number(&serial).unwrap();
        certificate.sign(&pair, MessageDigest::sha256()).unwrap();
        let certificate = Certificate::parse(&certificate.build().to_der().unwrap()).unwrap();
        let key = |pair: &PKey<openssl::pkey::Private>| {
            RecipientKey::from_der(&pair.private_key_to_pkcs8().unwrap()).unwrap()
        };
        let fault = key(&other).with_certificate(certificate.clone()).err();
        assert_eq!(fault, Some(KeyFault::Malformed));
        let with = key(&pair).with_certificate(certificate.clone()).unwrap();
        assert_eq!(with.certificate(), Some(&certificate));
    }
}
