//! Algorithm identifiers of certificates: signature algorithms and public keys.

use super::der::{self, Element, Limits, Reader, malformed, tag};
use crate::crypto::{
    Curve, CurveParameters, Form, Hash, KeyFault, KeyKind, NotNamed, PublicKey, Scheme,
};
use crate::verdict::{Code, Refusal};

/// Which departures of issuers from the standards are let pass when an algorithm identifier is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AlgorithmRules {
    /// Whether the parameters of an ECDSA signature may be NULL.
    pub ecdsa_parameters: EcdsaParameters,
    /// Whether a public key may describe its curve instead of naming it.
    pub curves: Curves,
    /// Whether RSASSA-PKCS1-v1_5 with SHA-1 has a scheme. For suites of the time when it was in use;
    /// forged certificates have been bought.
    pub danger_rsa_sha1: bool,
}

/// What the parameters of an ECDSA signature may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum EcdsaParameters {
    /// Absent (RFC 5758, 3.2).
    Absent,
    /// Absent or NULL, as a Finnish card authority writes them.
    AbsentOrNull,
}

/// How a public key may tell its curve.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Curves {
    /// By its name (RFC 5480, 2.1.1).
    Named,
    /// By its name, or by explicit parameters that are those of a named curve in every number, as
    /// ICAO Doc 9303-12, 4.4.3 asks of travel documents. The cofactor may be left out.
    NamedOrEqual,
}

impl AlgorithmRules {
    /// The standards, and nothing else.
    pub const GENERAL: Self = Self {
        ecdsa_parameters: EcdsaParameters::Absent,
        curves: Curves::Named,
        danger_rsa_sha1: false,
    };

    /// Certificates of eID cards.
    pub const EID_CARD: Self =
        Self { ecdsa_parameters: EcdsaParameters::AbsentOrNull, ..Self::GENERAL };

    /// Document signers of travel documents, and the authorities above them.
    pub const DOCUMENT_SIGNER: Self = Self { curves: Curves::NamedOrEqual, ..Self::GENERAL };

    /// The same rules, and SHA-1 with RSA.
    #[must_use]
    pub const fn danger_with_rsa_sha1(mut self) -> Self {
        self.danger_rsa_sha1 = true;
        self
    }
}

impl Default for AlgorithmRules {
    fn default() -> Self {
        Self::GENERAL
    }
}

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
    /// `sha1WithRSAEncryption`, under [`AlgorithmRules::danger_rsa_sha1`] only.
    DangerRsaPkcs1Sha1,
}

impl SignatureAlgorithm {
    /// What a signature of this algorithm under `key` means; `None` when the key is of another kind.
    #[must_use]
    pub fn scheme(self, key: &PublicKey) -> Option<Scheme> {
        match (self, key.kind()) {
            (Self::Ecdsa(hash), KeyKind::Ec(curve)) => {
                Some(Scheme::Ecdsa { curve, hash, form: Form::Der })
            }
            (Self::Ed25519, KeyKind::Ed25519) => Some(Scheme::Ed25519),
            (Self::RsaPkcs1(hash), KeyKind::Rsa) => Some(Scheme::RsaPkcs1 { hash }),
            (Self::RsaPss { hash, salt_len }, KeyKind::Rsa) => {
                Some(Scheme::RsaPss { hash, salt_len })
            }
            (Self::DangerRsaPkcs1Sha1, KeyKind::Rsa) => Some(Scheme::DangerRsaPkcs1Sha1),
            _ => None,
        }
    }

    /// Reads an `AlgorithmIdentifier` by the rules of the standards.
    pub(crate) fn read(identifier: Element<'_>) -> Result<Result<Self, Code>, Refusal> {
        Self::read_under(identifier, AlgorithmRules::GENERAL)
    }

    /// Reads an `AlgorithmIdentifier`.
    ///
    /// The outer error is a broken structure. The inner one is an algorithm that cannot be used:
    /// [`Code::ChainAlgorithm`] for MD5 and SHA-1, which no policy accepts,
    /// [`Code::CertAlgorithmParameters`] for NULL in an ECDSA identifier, and
    /// [`Code::CertUnsupported`] for any other. It matters only when the signature is needed.
    ///
    /// Parameters: absent for ECDSA (RFC 5758, 3.2) and Ed25519 (RFC 8410, 3); NULL or absent for
    /// RSASSA-PKCS1-v1_5 (RFC 4055, 5).
    pub(crate) fn read_under(
        identifier: Element<'_>,
        rules: AlgorithmRules,
    ) -> Result<Result<Self, Code>, Refusal> {
        let mut fields = identifier.reader();
        let oid = fields.expect(tag::OID)?.content();
        let (algorithm, parameters) = match oid {
            oid::ECDSA_SHA256 => (Self::Ecdsa(Hash::Sha256), Parameters::Ecdsa),
            oid::ECDSA_SHA384 => (Self::Ecdsa(Hash::Sha384), Parameters::Ecdsa),
            oid::ECDSA_SHA512 => (Self::Ecdsa(Hash::Sha512), Parameters::Ecdsa),
            oid::ED25519 => (Self::Ed25519, Parameters::Absent),
            oid::RSA_SHA256 => (Self::RsaPkcs1(Hash::Sha256), Parameters::NullOrAbsent),
            oid::RSA_SHA384 => (Self::RsaPkcs1(Hash::Sha384), Parameters::NullOrAbsent),
            oid::RSA_SHA512 => (Self::RsaPkcs1(Hash::Sha512), Parameters::NullOrAbsent),
            oid::RSA_PSS => return read_pss(fields),
            oid::RSA_SHA1 if rules.danger_rsa_sha1 => {
                (Self::DangerRsaPkcs1Sha1, Parameters::NullOrAbsent)
            }
            oid::ECDSA_SHA1 | oid::RSA_MD5 | oid::RSA_SHA1 => {
                return Ok(Err(Code::ChainAlgorithm));
            }
            _ => return Ok(Err(Code::CertUnsupported)),
        };
        let null = match parameters {
            Parameters::Absent => None,
            Parameters::Ecdsa | Parameters::NullOrAbsent => fields.optional(tag::NULL)?,
        };
        fields.finish()?;
        let forgiven = rules.ecdsa_parameters == EcdsaParameters::AbsentOrNull;
        if null.is_some() && matches!(parameters, Parameters::Ecdsa) && !forgiven {
            return Ok(Err(Code::CertAlgorithmParameters));
        }
        Ok(Ok(algorithm))
    }
}

enum Parameters {
    Absent,
    /// Absent by the standard; whether NULL is forgiven is for the rules to say.
    Ecdsa,
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
///   Explicit parameters are looked at under [`Curves::NamedOrEqual`] only, and no number of theirs
///   is ever computed with: a chosen generator forged signatures (CVE-2020-0601).
/// * `rsaEncryption` with NULL parameters (RFC 3279, 2.3.1).
/// * `id-Ed25519` without parameters (RFC 8410, 3 and 4).
///
/// Keys restricted to RSASSA-PSS by their own identifier (RFC 4055, 1.2) are not supported.
///
/// # Errors
/// [`Code::CertUnsupported`] for another key algorithm or curve; [`Code::KeyUnsupported`] for
/// compressed points; [`Code::KeyExplicitParameters`], [`Code::KeyAlteredCurve`],
/// [`Code::KeyMalformed`], [`Code::KeyRoca`], [`Code::KeyWeak`].
pub(crate) fn public_key(info: Element<'_>, rules: AlgorithmRules) -> Result<PublicKey, Code> {
    let mut fields = info.reader();
    let mut algorithm = fields.expect(tag::SEQUENCE).map_err(shape)?.reader();
    let bits = fields.expect(tag::BIT_STRING).map_err(shape)?;
    let key = bits.content().get(1..).unwrap_or_default();
    match algorithm.expect(tag::OID).map_err(shape)?.content() {
        oid::EC_PUBLIC_KEY => {
            let parameters = algorithm.any().map_err(shape)?;
            ec_key(parameters, key, rules)
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

/// Reads a `SubjectPublicKeyInfo` that stands alone, strict DER, as [`super::Certificate`] does.
///
/// # Errors
/// [`Code::CertMalformed`] and the limits of the DER gate; and those of
/// [`super::Certificate::public_key`].
pub fn parse_public_key(der: &[u8], rules: AlgorithmRules) -> Result<PublicKey, Refusal> {
    der::check(der, Limits::CERTIFICATE)?;
    let info = Reader::new(der).expect(tag::SEQUENCE)?;
    check_key_info(info)?;
    Ok(public_key(info, rules)?)
}

fn ec_key(parameters: Element<'_>, point: &[u8], rules: AlgorithmRules) -> Result<PublicKey, Code> {
    let curve = match parameters.tag() {
        tag::OID => named_curve(parameters.content()).ok_or(Code::CertUnsupported)?,
        tag::SEQUENCE => match rules.curves {
            Curves::Named => return Err(Code::KeyExplicitParameters),
            Curves::NamedOrEqual => explicit_curve(parameters)?,
        },
        // implicitCurve, which RFC 5480, 2.1.1 forbids, or nothing that exists.
        _ => return Err(Code::KeyMalformed),
    };
    let compressed_len = curve.coordinate_len().saturating_add(1);
    if matches!(point.first(), Some(2 | 3)) && point.len() == compressed_len {
        return Err(Code::KeyUnsupported);
    }
    PublicKey::from_point(curve, point).map_err(KeyFault::code)
}

/// The curve that an object identifier names, from the content of its encoding.
pub(crate) const fn named_curve(oid: &[u8]) -> Option<Curve> {
    match oid {
        oid::P256 => Some(Curve::P256),
        oid::P384 => Some(Curve::P384),
        oid::P521 => Some(Curve::P521),
        oid::BRAINPOOL_P256R1 => Some(Curve::BrainpoolP256r1),
        oid::BRAINPOOL_P384R1 => Some(Curve::BrainpoolP384r1),
        oid::BRAINPOOL_P512R1 => Some(Curve::BrainpoolP512r1),
        _ => None,
    }
}

/// The named curve that `ECParameters` (SEC 1, C.2; RFC 3279, 2.3.5) equal. The seed, which says
/// only how b was chosen, is not compared.
fn explicit_curve(parameters: Element<'_>) -> Result<Curve, Code> {
    let mut fields = parameters.reader();
    match fields.expect(tag::INTEGER).map_err(shape)?.content() {
        [1..=3] => {}
        _ => return Err(Code::KeyMalformed),
    }
    let mut field = fields.expect(tag::SEQUENCE).map_err(shape)?.reader();
    if field.expect(tag::OID).map_err(shape)?.content() != oid::PRIME_FIELD {
        return Err(Code::KeyUnsupported);
    }
    let p = positive(field.expect(tag::INTEGER).map_err(shape)?)?;
    field.finish().map_err(shape)?;
    let mut equation = fields.expect(tag::SEQUENCE).map_err(shape)?.reader();
    let a = equation.expect(tag::OCTET_STRING).map_err(shape)?.content();
    let b = equation.expect(tag::OCTET_STRING).map_err(shape)?.content();
    equation.optional(tag::BIT_STRING).map_err(shape)?;
    equation.finish().map_err(shape)?;
    let generator = match fields.expect(tag::OCTET_STRING).map_err(shape)?.content() {
        [0x04, xy @ ..] if xy.len() % 2 == 0 => {
            xy.split_at_checked(xy.len() / 2).ok_or(Code::KeyMalformed)?
        }
        [0x02 | 0x03, ..] => return Err(Code::KeyUnsupported),
        _ => return Err(Code::KeyMalformed),
    };
    let order = positive(fields.expect(tag::INTEGER).map_err(shape)?)?;
    let cofactor = fields.optional(tag::INTEGER).map_err(shape)?;
    fields.finish().map_err(shape)?;
    let curve = CurveParameters { p, a, b, generator, order }.named().map_err(|how| match how {
        NotNamed::Altered => Code::KeyAlteredCurve,
        NotNamed::Unknown => Code::KeyUnsupported,
    })?;
    // Every curve with a name here has the cofactor 1.
    match cofactor.map(|cofactor| cofactor.content()) {
        None | Some([1]) => Ok(curve),
        Some(_) => Err(Code::KeyAlteredCurve),
    }
}

/// `RSAPublicKey` (RFC 8017, A.1.1).
fn rsa_key(der: &[u8]) -> Result<PublicKey, Code> {
    der::check(der, Limits::CERTIFICATE).map_err(shape)?;
    let mut fields = Reader::new(der).expect(tag::SEQUENCE).map_err(shape)?.reader();
    let n = positive(fields.expect(tag::INTEGER).map_err(shape)?)?;
    let e = positive(fields.expect(tag::INTEGER).map_err(shape)?)?;
    fields.finish().map_err(shape)?;
    PublicKey::from_rsa(n, e).map_err(KeyFault::code)
}

// Whatever the reader says of a key, the key is malformed.
fn shape(_: Refusal) -> Code {
    Code::KeyMalformed
}

/// The magnitude of a positive INTEGER, without leading zero.
pub(super) fn positive<'a>(integer: Element<'a>) -> Result<&'a [u8], Code> {
    match integer.content() {
        [0, magnitude @ ..] if !magnitude.is_empty() => Ok(magnitude),
        magnitude @ [1..=0x7f, ..] => Ok(magnitude),
        _ => Err(Code::KeyMalformed),
    }
}

const PSS_DEFAULT_SALT_LEN: u16 = 20;

pub(super) mod oid {
    pub(in crate::pki) const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    pub(in crate::pki) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    pub(in crate::pki) const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    pub(in crate::pki) const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
    pub(in crate::pki) const BRAINPOOL_P256R1: &[u8] = &[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7];
    pub(in crate::pki) const BRAINPOOL_P384R1: &[u8] = &[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11];
    pub(in crate::pki) const BRAINPOOL_P512R1: &[u8] = &[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13];
    pub(in crate::pki) const PRIME_FIELD: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x01, 0x01];
    pub(in crate::pki) const ECDSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01];
    pub(in crate::pki) const ECDSA_SHA256: &[u8] =
        &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    pub(in crate::pki) const ECDSA_SHA384: &[u8] =
        &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
    pub(in crate::pki) const ECDSA_SHA512: &[u8] =
        &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];
    pub(in crate::pki) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    pub(in crate::pki) const RSA_ENCRYPTION: &[u8] =
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x01];
    pub(in crate::pki) const RSA_MD5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x04];
    pub(in crate::pki) const RSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x05];
    pub(in crate::pki) const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x08];
    pub(in crate::pki) const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0a];
    pub(in crate::pki) const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b];
    pub(in crate::pki) const RSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0c];
    pub(in crate::pki) const RSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0d];
    pub(in crate::pki) const SHA256: &[u8] =
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    pub(in crate::pki) const SHA384: &[u8] =
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
    pub(in crate::pki) const SHA512: &[u8] =
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
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
        assert_eq!(simple(oid::ECDSA_SHA256, &[5, 0]), Ok(Err(Code::CertAlgorithmParameters)));
        assert_eq!(simple(oid::ECDSA_SHA256, &[4, 0]), Err(Code::CertMalformed));
        let rsa = SignatureAlgorithm::RsaPkcs1(Hash::Sha384);
        assert_eq!(simple(oid::RSA_SHA384, &[5, 0]), Ok(Ok(rsa)));
        assert_eq!(simple(oid::RSA_SHA384, &[]), Ok(Ok(rsa)));
        assert_eq!(simple(oid::RSA_SHA384, &[2, 1, 1]), Err(Code::CertMalformed));
        assert_eq!(simple(oid::ED25519, &[]), Ok(Ok(SignatureAlgorithm::Ed25519)));
        assert_eq!(simple(oid::ED25519, &[5, 0]), Err(Code::CertMalformed));
    }

    #[test]
    fn null_in_ecdsa_passes_only_where_the_rules_forgive_it() {
        let null = wrap(0x30, &[&wrap(6, &[oid::ECDSA_SHA384]), &[5, 0]]);
        let under = |der: &[u8], rules| {
            let identifier = Reader::new(der).any().unwrap();
            SignatureAlgorithm::read_under(identifier, rules).map_err(|refusal| refusal.code())
        };
        let read = SignatureAlgorithm::Ecdsa(Hash::Sha384);
        assert_eq!(under(&null, AlgorithmRules::EID_CARD), Ok(Ok(read)));
        for rules in [AlgorithmRules::GENERAL, AlgorithmRules::DOCUMENT_SIGNER] {
            assert_eq!(under(&null, rules), Ok(Err(Code::CertAlgorithmParameters)));
        }
        // Forgiven is NULL, not whatever stands there, and in ECDSA alone.
        let other = wrap(0x30, &[&wrap(6, &[oid::ECDSA_SHA384]), &[2, 1, 0]]);
        assert_eq!(under(&other, AlgorithmRules::EID_CARD), Err(Code::CertMalformed));
        let edwards = wrap(0x30, &[&wrap(6, &[oid::ED25519]), &[5, 0]]);
        assert_eq!(under(&edwards, AlgorithmRules::EID_CARD), Err(Code::CertMalformed));
    }

    #[test]
    fn sha_1_has_a_scheme_in_the_laboratory_only() {
        let sha1 = wrap(0x30, &[&wrap(6, &[oid::RSA_SHA1]), &[5, 0]]);
        let under = |rules| {
            let identifier = Reader::new(&sha1).any().unwrap();
            SignatureAlgorithm::read_under(identifier, rules).map_err(|refusal| refusal.code())
        };
        for rules in
            [AlgorithmRules::GENERAL, AlgorithmRules::EID_CARD, AlgorithmRules::DOCUMENT_SIGNER]
        {
            assert_eq!(under(rules), Ok(Err(Code::ChainAlgorithm)));
            let danger = SignatureAlgorithm::DangerRsaPkcs1Sha1;
            assert_eq!(under(rules.danger_with_rsa_sha1()), Ok(Ok(danger)));
        }
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
