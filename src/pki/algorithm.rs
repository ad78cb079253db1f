//! Algorithm identifiers of certificates: signature algorithms and public keys.

use super::der::{self, Element, Limits, Reader, malformed, tag};
use crate::crypto::{Curve, Form, Hash, KeyFault, PublicKey, Scheme};
use crate::verdict::{Code, Refusal};

/// A signature algorithm of a certificate, parameters included (RFC 5280, 4.1.1.2).
///
/// For ECDSA the curve is the one of the issuer's key; [`Self::scheme`] joins the two.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// `ecdsa-with-SHA256`, `-SHA384`, `-SHA512` (RFC 5758, 3.2).
    Ecdsa(Hash),
    /// `id-Ed25519` (RFC 8410, 3).
    Ed25519,
    /// `sha256WithRSAEncryption`, `sha384…`, `sha512…` (RFC 4055, 5).
    RsaPkcs1(Hash),
    /// `id-RSASSA-PSS` (RFC 4055, 3.1).
    RsaPss {
        /// The hash, of the message and of MGF1.
        hash: Hash,
        /// Salt length in bytes.
        salt_len: u16,
    },
}

impl SignatureAlgorithm {
    /// What a signature of this algorithm under `key` means; `None` when the key is of another kind.
    #[must_use]
    pub fn scheme(self, key: &PublicKey) -> Option<Scheme> {
        use crate::crypto::KeyKind;
        match (self, key.kind()) {
            (Self::Ecdsa(hash), KeyKind::Ec(curve)) => {
                Some(Scheme::Ecdsa { curve, hash, form: Form::Der })
            }
            (Self::Ed25519, KeyKind::Ed25519) => Some(Scheme::Ed25519),
            (Self::RsaPkcs1(hash), KeyKind::Rsa) => Some(Scheme::RsaPkcs1 { hash }),
            (Self::RsaPss { hash, salt_len }, KeyKind::Rsa) => {
                Some(Scheme::RsaPss { hash, salt_len })
            }
            _ => None,
        }
    }

    /// Reads an `AlgorithmIdentifier`.
    ///
    /// The outer error is a broken structure. The inner one is an algorithm that cannot be used:
    /// [`Code::ChainAlgorithm`] for MD5 and SHA-1, which no policy accepts, and
    /// [`Code::CertUnsupported`] for any other. It matters only when the signature is needed.
    ///
    /// Parameters: absent for ECDSA (RFC 5758, 3.2) and Ed25519 (RFC 8410, 3); NULL or absent for
    /// RSASSA-PKCS1-v1_5 (RFC 4055, 5). NULL for ECDSA is refused; should an honest issuer write it,
    /// here is the place to let it pass.
    pub(crate) fn read(identifier: Element<'_>) -> Result<Result<Self, Code>, Refusal> {
        let mut fields = identifier.reader();
        let oid = fields.expect(tag::OID)?.content();
        let (algorithm, parameters) = match oid {
            oid::ECDSA_SHA256 => (Ok(Self::Ecdsa(Hash::Sha256)), Parameters::Absent),
            oid::ECDSA_SHA384 => (Ok(Self::Ecdsa(Hash::Sha384)), Parameters::Absent),
            oid::ECDSA_SHA512 => (Ok(Self::Ecdsa(Hash::Sha512)), Parameters::Absent),
            oid::ED25519 => (Ok(Self::Ed25519), Parameters::Absent),
            oid::RSA_SHA256 => (Ok(Self::RsaPkcs1(Hash::Sha256)), Parameters::NullOrAbsent),
            oid::RSA_SHA384 => (Ok(Self::RsaPkcs1(Hash::Sha384)), Parameters::NullOrAbsent),
            oid::RSA_SHA512 => (Ok(Self::RsaPkcs1(Hash::Sha512)), Parameters::NullOrAbsent),
            oid::RSA_PSS => return read_pss(fields),
            oid::ECDSA_SHA1 | oid::RSA_MD5 | oid::RSA_SHA1 => {
                return Ok(Err(Code::ChainAlgorithm));
            }
            _ => return Ok(Err(Code::CertUnsupported)),
        };
        if matches!(parameters, Parameters::NullOrAbsent) {
            fields.optional(tag::NULL)?;
        }
        fields.finish()?;
        Ok(algorithm)
    }
}

enum Parameters {
    Absent,
    NullOrAbsent,
}

/// `RSASSA-PSS-params` (RFC 4055, 3.1): every field has a default, and every default is SHA-1.
/// MGF1 with another hash than the message's is not supported.
fn read_pss(mut fields: Reader<'_>) -> Result<Result<SignatureAlgorithm, Code>, Refusal> {
    let parameters = fields.expect(tag::SEQUENCE)?;
    fields.finish()?;
    let mut parameters = parameters.reader();
    let hash = parameters.optional(tag::context_constructed(0))?;
    let mask = parameters.optional(tag::context_constructed(1))?;
    let salt = parameters.optional(tag::context_constructed(2))?;
    // `trailerField` has one value, its default, which DER leaves out.
    parameters.finish()?;
    let (Some(hash), Some(mask)) = (hash, mask) else {
        return Ok(Err(Code::ChainAlgorithm));
    };
    let hash = read_hash(only(hash, tag::SEQUENCE)?)?;
    let mut mask = only(mask, tag::SEQUENCE)?.reader();
    let mask_function = mask.expect(tag::OID)?.content();
    let mask_hash = mask.any()?;
    mask.finish()?;
    if mask_function != oid::MGF1 {
        return Ok(Err(Code::CertUnsupported));
    }
    let mask_hash = read_hash(mask_hash)?;
    let salt_len = match salt {
        None => Some(PSS_DEFAULT_SALT_LEN),
        Some(salt) => match only(salt, tag::INTEGER)?.content() {
            // 20 is the default, which DER leaves out.
            [20] => return Err(malformed(salt.start())),
            [low] if *low < 0x80 => Some(u16::from(*low)),
            [high, low] if *high < 0x80 => Some(u16::from_be_bytes([*high, *low])),
            _ => None,
        },
    };
    Ok(match (hash, mask_hash, salt_len) {
        (Some(hash), Some(mask_hash), Some(salt_len)) if hash == mask_hash => {
            Ok(SignatureAlgorithm::RsaPss { hash, salt_len })
        }
        _ => Err(Code::CertUnsupported),
    })
}

fn read_hash(identifier: Element<'_>) -> Result<Option<Hash>, Refusal> {
    if identifier.tag() != tag::SEQUENCE {
        return Err(malformed(identifier.start()));
    }
    let mut fields = identifier.reader();
    let hash = match fields.expect(tag::OID)?.content() {
        oid::SHA256 => Some(Hash::Sha256),
        oid::SHA384 => Some(Hash::Sha384),
        oid::SHA512 => Some(Hash::Sha512),
        _ => None,
    };
    // Both forms are to be accepted (RFC 4055, 2.1).
    fields.optional(tag::NULL)?;
    fields.finish()?;
    Ok(hash)
}

fn only<'a>(explicit: Element<'a>, tag: u8) -> Result<Element<'a>, Refusal> {
    let mut reader = explicit.reader();
    let inner = reader.expect(tag)?;
    reader.finish()?;
    Ok(inner)
}

/// Checks the shape of a `SubjectPublicKeyInfo` (RFC 5280, 4.1); says nothing about the key.
pub(crate) fn check_key_info(info: Element<'_>) -> Result<(), Refusal> {
    let mut fields = info.reader();
    let mut algorithm = fields.expect(tag::SEQUENCE)?.reader();
    algorithm.expect(tag::OID)?;
    if !algorithm.is_empty() {
        algorithm.any()?;
    }
    algorithm.finish()?;
    fields.expect(tag::BIT_STRING)?.bit_string_bytes()?;
    fields.finish()
}

/// Makes the key of a `SubjectPublicKeyInfo` whose shape was checked.
///
/// * `id-ecPublicKey` with a named curve and an uncompressed point (RFC 5480, 2.1.1 and 2.2).
///   Explicit parameters are never looked at: a chosen generator forged signatures (CVE-2020-0601).
/// * `rsaEncryption` with NULL parameters (RFC 3279, 2.3.1).
/// * `id-Ed25519` without parameters (RFC 8410, 3 and 4).
///
/// Keys restricted to RSASSA-PSS by their own identifier (RFC 4055, 1.2) are not supported.
///
/// # Errors
/// [`Code::CertUnsupported`] for another key algorithm or curve; [`Code::KeyUnsupported`] for
/// explicit parameters and compressed points; [`Code::KeyMalformed`], [`Code::KeyWeak`].
pub(crate) fn public_key(info: Element<'_>) -> Result<PublicKey, Code> {
    let shape = |_| Code::KeyMalformed;
    let mut fields = info.reader();
    let mut algorithm = fields.expect(tag::SEQUENCE).map_err(shape)?.reader();
    let bits = fields.expect(tag::BIT_STRING).map_err(shape)?;
    let key = bits.content().get(1..).unwrap_or_default();
    match algorithm.expect(tag::OID).map_err(shape)?.content() {
        oid::EC_PUBLIC_KEY => {
            let parameters = algorithm.any().map_err(shape)?;
            ec_key(parameters, key)
        }
        oid::RSA_ENCRYPTION => {
            algorithm.expect(tag::NULL).map_err(shape)?;
            rsa_key(key)
        }
        oid::ED25519 => {
            algorithm.finish().map_err(shape)?;
            PublicKey::from_ed25519(key).map_err(KeyFault::code)
        }
        _ => Err(Code::CertUnsupported),
    }
}

fn ec_key(parameters: Element<'_>, point: &[u8]) -> Result<PublicKey, Code> {
    let curve = match (parameters.tag(), parameters.content()) {
        (tag::OID, oid::P256) => Curve::P256,
        (tag::OID, oid::P384) => Curve::P384,
        (tag::OID, oid::P521) => Curve::P521,
        (tag::OID, _) => return Err(Code::CertUnsupported),
        (tag::SEQUENCE, _) => return Err(Code::KeyUnsupported),
        // implicitCurve, which RFC 5480, 2.1.1 forbids, or nothing that exists.
        _ => return Err(Code::KeyMalformed),
    };
    let compressed_len = curve.coordinate_len().saturating_add(1);
    if matches!(point.first(), Some(2 | 3)) && point.len() == compressed_len {
        return Err(Code::KeyUnsupported);
    }
    PublicKey::from_point(curve, point).map_err(KeyFault::code)
}

/// `RSAPublicKey` (RFC 8017, A.1.1).
fn rsa_key(der: &[u8]) -> Result<PublicKey, Code> {
    let shape = |_| Code::KeyMalformed;
    der::check(der, Limits::CERTIFICATE).map_err(shape)?;
    let mut fields = Reader::new(der).expect(tag::SEQUENCE).map_err(shape)?.reader();
    let n = positive(fields.expect(tag::INTEGER).map_err(shape)?)?;
    let e = positive(fields.expect(tag::INTEGER).map_err(shape)?)?;
    fields.finish().map_err(shape)?;
    PublicKey::from_rsa(n, e).map_err(KeyFault::code)
}

/// The magnitude of a positive INTEGER, without leading zero.
fn positive<'a>(integer: Element<'a>) -> Result<&'a [u8], Code> {
    match integer.content() {
        [0, magnitude @ ..] if !magnitude.is_empty() => Ok(magnitude),
        magnitude @ [1..=0x7f, ..] => Ok(magnitude),
        _ => Err(Code::KeyMalformed),
    }
}

const PSS_DEFAULT_SALT_LEN: u16 = 20;

mod oid {
    pub(super) const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    pub(super) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    pub(super) const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    pub(super) const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
    pub(super) const ECDSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01];
    pub(super) const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    pub(super) const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
    pub(super) const ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];
    pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    pub(super) const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x01];
    pub(super) const RSA_MD5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x04];
    pub(super) const RSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x05];
    pub(super) const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x08];
    pub(super) const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0a];
    pub(super) const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b];
    pub(super) const RSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0c];
    pub(super) const RSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0d];
    pub(super) const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    pub(super) const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
    pub(super) const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
        out.extend(content);
        out
    }

    fn read(der: &[u8]) -> Result<Result<SignatureAlgorithm, Code>, Code> {
        der::check(der, Limits::CERTIFICATE).unwrap();
        SignatureAlgorithm::read(Reader::new(der).any().unwrap()).map_err(|refusal| refusal.code())
    }

    fn simple(oid: &[u8], parameters: &[u8]) -> Result<Result<SignatureAlgorithm, Code>, Code> {
        read(&wrap(0x30, &[&wrap(6, &[oid]), parameters]))
    }

    #[test]
    fn reads_algorithms_with_the_parameters_of_their_standard() {
        let ecdsa = SignatureAlgorithm::Ecdsa(Hash::Sha256);
        assert_eq!(simple(oid::ECDSA_SHA256, &[]), Ok(Ok(ecdsa)));
        assert_eq!(simple(oid::ECDSA_SHA256, &[5, 0]), Err(Code::CertMalformed));
        let rsa = SignatureAlgorithm::RsaPkcs1(Hash::Sha384);
        assert_eq!(simple(oid::RSA_SHA384, &[5, 0]), Ok(Ok(rsa)));
        assert_eq!(simple(oid::RSA_SHA384, &[]), Ok(Ok(rsa)));
        assert_eq!(simple(oid::RSA_SHA384, &[2, 1, 1]), Err(Code::CertMalformed));
        assert_eq!(simple(oid::ED25519, &[]), Ok(Ok(SignatureAlgorithm::Ed25519)));
        assert_eq!(simple(oid::ED25519, &[5, 0]), Err(Code::CertMalformed));
    }

    #[test]
    fn tells_broken_hashes_from_unknown_algorithms() {
        for broken in [oid::ECDSA_SHA1, oid::RSA_SHA1, oid::RSA_MD5] {
            assert_eq!(simple(broken, &[]), Ok(Err(Code::ChainAlgorithm)));
        }
        assert_eq!(simple(&[0x2a, 3], &[]), Ok(Err(Code::CertUnsupported)));
    }

    fn pss(
        hash: &[u8],
        mask_hash: &[u8],
        salt: &[u8],
    ) -> Result<Result<SignatureAlgorithm, Code>, Code> {
        let identifier = |oid: &[u8]| wrap(0x30, &[&wrap(6, &[oid])]);
        let mask = wrap(0x30, &[&wrap(6, &[oid::MGF1]), &identifier(mask_hash)]);
        let parameters =
            wrap(0x30, &[&wrap(0xa0, &[&identifier(hash)]), &wrap(0xa1, &[&mask]), salt]);
        simple(oid::RSA_PSS, &parameters)
    }

    #[test]
    fn reads_pss_with_one_hash_and_its_salt() {
        let expected = SignatureAlgorithm::RsaPss { hash: Hash::Sha256, salt_len: 32 };
        let salt = [0xa2, 3, 2, 1, 32];
        assert_eq!(pss(oid::SHA256, oid::SHA256, &salt), Ok(Ok(expected)));
        let default = SignatureAlgorithm::RsaPss { hash: Hash::Sha256, salt_len: 20 };
        assert_eq!(pss(oid::SHA256, oid::SHA256, &[]), Ok(Ok(default)));
    }

    #[test]
    fn refuses_other_pss_parameters() {
        let salt = [0xa2, 3, 2, 1, 32];
        assert_eq!(pss(oid::SHA256, oid::SHA384, &salt), Ok(Err(Code::CertUnsupported)));
        assert_eq!(pss(oid::SHA256, oid::SHA256, &[0xa2, 3, 2, 1, 20]), Err(Code::CertMalformed));
        assert_eq!(
            pss(oid::SHA256, oid::SHA256, &[0xa2, 3, 2, 1, 32, 0xa3, 3, 2, 1, 1]),
            Err(Code::CertMalformed)
        );
        assert_eq!(simple(oid::RSA_PSS, &[0x30, 0]), Ok(Err(Code::ChainAlgorithm)));
        assert_eq!(simple(oid::RSA_PSS, &[]), Err(Code::CertMalformed));
    }
}
