use super::{Alg, Curve, Form, Hash, KeyKind, Oaep, Scheme, domain, quality};
use crate::verdict::Code;
use std::fmt;
use std::sync::Arc;

/// A public key that passed the key-quality checks.
///
/// Cheap to clone. It does not know yet what it may verify; [`PublicKey::for_alg`] makes it a
/// [`VerifyingKey`].
#[derive(Clone)]
pub struct PublicKey(Arc<Parsed>);

struct Parsed {
    material: Material,
    // Built by the first verification that goes there, and kept: what builds it costs a fortieth
    // of a P-384 verification.
    #[cfg(feature = "openssl")]
    openssl: std::sync::OnceLock<super::openssl::Key>,
    // For the scheme that was asked for first; a key hardly ever serves two.
    #[cfg(feature = "aws-lc")]
    aws_lc: std::sync::OnceLock<super::aws_lc::Key>,
}

pub(super) enum Material {
    Ec {
        curve: Curve,
        point: Point,
    },
    Ed25519([u8; 32]),
    /// Big-endian, minimal.
    Rsa {
        n: Box<[u8]>,
        e: Box<[u8]>,
    },
}

/// An uncompressed point, `04 ‖ x ‖ y`, that lies on its curve.
pub(super) struct Point {
    bytes: [u8; POINT_MAX_LEN],
    len: usize,
}

// P-521 has the longest coordinates, 66 bytes.
const POINT_MAX_LEN: usize = 133;

impl Point {
    // The field arithmetic of `domain` proves that the point is on the curve: a fifth of a
    // microsecond, where the cheapest question to a backend takes three and building a curve for it
    // takes twenty.
    fn new(curve: Curve, x: &[u8], y: &[u8]) -> Result<Self, KeyFault> {
        let len = curve.coordinate_len();
        if x.len() != len || y.len() != len || !domain::contains(curve, x, y) {
            return Err(KeyFault::Malformed);
        }
        let mut bytes = [0; POINT_MAX_LEN];
        for (to, from) in bytes.iter_mut().zip([0x04].iter().chain(x).chain(y)) {
            *to = *from;
        }
        Ok(Self { bytes, len: len.saturating_mul(2).saturating_add(1) })
    }

    /// `04 ‖ x ‖ y`.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// x and y, big-endian, each as long as the field.
    pub(super) fn coordinates(&self) -> (&[u8], &[u8]) {
        let xy = self.as_bytes().get(1..).unwrap_or_default();
        xy.split_at_checked(self.len / 2).unwrap_or_default()
    }
}

/// What is wrong with a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyFault {
    /// Missing parts, wrong lengths, or not on the curve.
    Malformed,
    /// The structure of CVE-2017-15361 (ROCA): the holder must have the card renewed.
    Roca,
    /// The type or curve is not supported by this build.
    Unsupported,
    /// Too small, a bad exponent, or a known weakness.
    Weak,
}

impl KeyFault {
    /// The row of the refusal table.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Malformed => Code::KeyMalformed,
            Self::Roca => Code::KeyRoca,
            Self::Unsupported => Code::KeyUnsupported,
            Self::Weak => Code::KeyWeak,
        }
    }
}

/// Which library verifies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Backend {
    /// aws-lc, feature `aws-lc`.
    AwsLc,
    /// OpenSSL, feature `openssl`.
    Openssl,
    /// ring.
    Ring,
}

impl PublicKey {
    /// An elliptic-curve key from its coordinates, big-endian, each exactly as long as the field.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`] for wrong lengths or a point that is not on the curve;
    /// [`KeyFault::Unsupported`] when this build has no backend for the curve.
    pub fn from_ec(curve: Curve, x: &[u8], y: &[u8]) -> Result<Self, KeyFault> {
        if !backend_has(curve) {
            return Err(KeyFault::Unsupported);
        }
        Ok(Self::parsed(Material::Ec { curve, point: Point::new(curve, x, y)? }))
    }

    /// An elliptic-curve key from its uncompressed point, `04 ‖ x ‖ y` (SEC 1, 2.3.3).
    ///
    /// # Errors
    /// [`KeyFault::Malformed`] for another form or a point that is not on the curve;
    /// [`KeyFault::Unsupported`] when this build has no backend for the curve.
    pub fn from_point(curve: Curve, point: &[u8]) -> Result<Self, KeyFault> {
        let xy = point.strip_prefix(&[0x04]).ok_or(KeyFault::Malformed)?;
        let (x, y) = xy.split_at_checked(curve.coordinate_len()).ok_or(KeyFault::Malformed)?;
        Self::from_ec(curve, x, y)
    }

    /// An Ed25519 key.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`] when it is not 32 bytes; [`KeyFault::Weak`] for a point of small order.
    pub fn from_ed25519(key: &[u8]) -> Result<Self, KeyFault> {
        let key: [u8; 32] = key.try_into().map_err(|_| KeyFault::Malformed)?;
        quality::check_ed25519(&key)?;
        Ok(Self::parsed(Material::Ed25519(key)))
    }

    /// An RSA key from modulus and exponent, big-endian without leading zeros.
    ///
    /// # Errors
    /// [`KeyFault`] by the rules of RFC 7518, 3.3 and 6.3.1, and for weak keys.
    pub fn from_rsa(n: &[u8], e: &[u8]) -> Result<Self, KeyFault> {
        quality::check_rsa(n, e)?;
        Ok(Self::parsed(Material::Rsa { n: n.into(), e: e.into() }))
    }

    /// What kind of key it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match &self.0.material {
            Material::Ec { curve, .. } => KeyKind::Ec(*curve),
            Material::Ed25519(_) => KeyKind::Ed25519,
            Material::Rsa { .. } => KeyKind::Rsa,
        }
    }

    /// The uncompressed point of an elliptic-curve key, `04 ‖ x ‖ y` (SEC 1, 2.3.3).
    #[must_use]
    pub fn point(&self) -> Option<&[u8]> {
        match &self.0.material {
            Material::Ec { point, .. } => Some(point.as_bytes()),
            Material::Ed25519(_) | Material::Rsa { .. } => None,
        }
    }

    /// Bits of an RSA modulus, or of the field of a curve; for cut-off dates by size.
    #[must_use]
    pub fn bits(&self) -> usize {
        match &self.0.material {
            Material::Ec { curve, .. } => curve.bits(),
            Material::Ed25519(_) => 255,
            Material::Rsa { n, .. } => {
                let unused = n.first().map_or(0, |byte| byte.leading_zeros());
                n.len().saturating_mul(8).saturating_sub(usize::try_from(unused).unwrap_or(0))
            }
        }
    }

    /// Makes the key one for `alg` and nothing else.
    ///
    /// # Errors
    /// [`Code::AlgKeyMismatch`] when the algorithm takes another kind of key.
    pub fn for_alg(self, alg: Alg) -> Result<VerifyingKey, Code> {
        if alg.key_kind() == self.kind() {
            Ok(VerifyingKey { alg, key: self })
        } else {
            Err(Code::AlgKeyMismatch)
        }
    }

    /// Verifies `signature` over `message` with the default backend of the scheme.
    ///
    /// # Errors
    /// [`Code::SigInvalid`], [`Code::AlgKeyMismatch`] when the scheme takes another kind of key, or
    /// [`Code::AlgNotAvailable`] when this build cannot verify the scheme.
    #[inline]
    pub fn verify(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> Result<(), Code> {
        self.verify_with(self.backend(scheme), scheme, message, signature)
    }

    /// The same with a chosen backend, so that each can be tested against the same vectors.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn verify_with(
        &self,
        backend: Backend,
        scheme: Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Code> {
        // Set by hand for benchmarks and fuzzing only; no Cargo feature reaches it.
        if cfg!(eidb_danger_stub_signatures) {
            return Ok(());
        }
        match backend {
            #[cfg(feature = "aws-lc")]
            Backend::AwsLc => self.verify_with_aws_lc(scheme, message, signature),
            #[cfg(not(feature = "aws-lc"))]
            Backend::AwsLc => Err(Code::AlgNotAvailable),
            Backend::Ring => super::ring::verify(&self.0.material, scheme, message, signature),
            #[cfg(feature = "openssl")]
            Backend::Openssl => self.openssl()?.verify(scheme, message, signature),
            #[cfg(not(feature = "openssl"))]
            Backend::Openssl => Err(Code::AlgNotAvailable),
        }
    }

    /// Encrypts with RSA-OAEP (RFC 8017, 7.1.1) and an empty label. The backend brings the seed.
    ///
    /// # Errors
    /// [`Code::AlgKeyMismatch`] for another kind of key; [`Code::AlgNotAvailable`] without OpenSSL;
    /// [`Code::MisuseArgument`] when `plain` does not fit.
    pub fn encrypt_oaep(&self, oaep: Oaep, plain: &[u8]) -> Result<Vec<u8>, Code> {
        let Material::Rsa { n, e } = &self.0.material else { return Err(Code::AlgKeyMismatch) };
        #[cfg(feature = "openssl")]
        {
            super::openssl::encrypt_oaep(n, e, oaep, plain)
        }
        #[cfg(not(feature = "openssl"))]
        {
            let _ = (n, e, oaep, plain);
            Err(Code::AlgNotAvailable)
        }
    }

    /// The members of the public JWK in the order of RFC 7638, 3.2, values base64url.
    #[must_use]
    pub fn jwk_members(&self) -> Vec<(&'static str, String)> {
        let b64 = crate::envelope::base64url::encode;
        match &self.0.material {
            Material::Ec { curve, point } => {
                let (x, y) = point.coordinates();
                vec![
                    ("crv", curve.jwk_name().to_owned()),
                    ("kty", "EC".to_owned()),
                    ("x", b64(x)),
                    ("y", b64(y)),
                ]
            }
            Material::Ed25519(key) => {
                vec![("crv", "Ed25519".to_owned()), ("kty", "OKP".to_owned()), ("x", b64(key))]
            }
            Material::Rsa { n, e } => {
                vec![("e", b64(e)), ("kty", "RSA".to_owned()), ("n", b64(n))]
            }
        }
    }

    /// The JWK thumbprint with SHA-256 (RFC 7638).
    #[must_use]
    pub fn thumbprint(&self) -> [u8; 32] {
        let members: Vec<String> = self
            .jwk_members()
            .iter()
            .map(|(name, value)| format!("\"{name}\":\"{value}\""))
            .collect();
        super::sha256(format!("{{{}}}", members.join(",")).as_bytes())
    }

    // ring takes RSA exponents below 2^33 only; 65537 is what everybody has.
    fn backend(&self, scheme: Scheme) -> Backend {
        if let Material::Rsa { e, .. } = &self.0.material
            && e.len() > 4
            && cfg!(feature = "openssl")
        {
            return Backend::Openssl;
        }
        default_backend(scheme)
    }

    fn parsed(material: Material) -> Self {
        Self(Arc::new(Parsed {
            material,
            #[cfg(feature = "openssl")]
            openssl: std::sync::OnceLock::new(),
            #[cfg(feature = "aws-lc")]
            aws_lc: std::sync::OnceLock::new(),
        }))
    }

    /// `04 ‖ x ‖ y`, when the key lies on this curve.
    #[cfg(any(feature = "openssl", feature = "aws-lc"))]
    pub(super) fn point_on(&self, wanted: Curve) -> Option<&[u8]> {
        match &self.0.material {
            Material::Ec { curve, point } => (*curve == wanted).then(|| point.as_bytes()),
            Material::Ed25519(_) | Material::Rsa { .. } => None,
        }
    }

    #[cfg(feature = "aws-lc")]
    fn verify_with_aws_lc(
        &self,
        scheme: Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Code> {
        if let Some(key) = self.0.aws_lc.get().filter(|key| key.scheme() == scheme) {
            return key.verify(message, signature);
        }
        let key = super::aws_lc::Key::new(&self.0.material, scheme)?;
        let answer = key.verify(message, signature);
        // Another thread may have been first; its key is as good.
        let _ = self.0.aws_lc.set(key);
        answer
    }

    #[cfg(feature = "openssl")]
    fn openssl(&self) -> Result<&super::openssl::Key, Code> {
        if let Some(key) = self.0.openssl.get() {
            return Ok(key);
        }
        let key = super::openssl::Key::new(&self.0.material).map_err(KeyFault::code)?;
        Ok(self.0.openssl.get_or_init(|| key))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?}, {} bits)", self.kind(), self.bits())
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0.material, &other.0.material) {
            (Material::Ec { curve: a, point: p }, Material::Ec { curve: b, point: q }) => {
                a == b && p.as_bytes() == q.as_bytes()
            }
            (Material::Ed25519(a), Material::Ed25519(b)) => a == b,
            (Material::Rsa { n, e }, Material::Rsa { n: m, e: f }) => n == m && e == f,
            _ => false,
        }
    }
}

/// A public key bound to exactly one algorithm (RFC 8725, 3.1).
#[derive(Clone, Debug, PartialEq)]
pub struct VerifyingKey {
    alg: Alg,
    key: PublicKey,
}

impl VerifyingKey {
    /// The only algorithm of this key.
    #[must_use]
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// The key itself.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.key
    }

    /// Verifies a JWS signature (RFC 7515, 5.2 step 8).
    ///
    /// # Errors
    /// [`Code::SigInvalid`], or [`Code::AlgNotAvailable`] when this build lacks the algorithm.
    #[inline]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Code> {
        self.key.verify(self.alg.scheme(), message, signature)
    }
}

// Whether some backend of this build verifies on the curve.
const fn backend_has(curve: Curve) -> bool {
    match curve {
        Curve::P256 | Curve::P384 => true,
        Curve::P521 => cfg!(any(feature = "openssl", feature = "aws-lc")),
        Curve::BrainpoolP256r1 | Curve::BrainpoolP384r1 | Curve::BrainpoolP512r1 => {
            cfg!(feature = "openssl")
        }
    }
}

// Chosen by measurement: ring is the faster of the two on P-256, Ed25519 and with salts it knows;
// OpenSSL on P-384, and aws-lc by far. What ring lacks goes to them.
const fn default_backend(scheme: Scheme) -> Backend {
    let ring = match scheme {
        Scheme::Ecdsa { curve, hash, form } => matches!(
            (curve, hash, form),
            (Curve::P256, Hash::Sha256, _) | (Curve::P256, Hash::Sha384, Form::Der)
        ),
        Scheme::Ed25519 | Scheme::RsaPkcs1 { .. } | Scheme::DangerRsaPkcs1Sha1 => true,
        Scheme::RsaPss { hash, salt_len } => salt_len == hash.digest_len(),
    };
    if ring {
        return Backend::Ring;
    }
    #[cfg(feature = "aws-lc")]
    if super::aws_lc::has(scheme) {
        return Backend::AwsLc;
    }
    if cfg!(feature = "openssl") { Backend::Openssl } else { Backend::Ring }
}
