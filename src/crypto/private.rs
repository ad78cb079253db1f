//! What is done with private keys of our own other than signing: key agreement with a static key, and
//! RSA-OAEP decryption. Both open what was sealed for this broker; neither says why it did not open.

use super::{Backend, Curve, Hash, KeyFault, PublicKey};
use crate::verdict::Code;
use std::fmt;
use zeroize::Zeroizing;

/// A static private key for elliptic-curve Diffie-Hellman (SP 800-56A, 5.7.1.2). Zeroed on drop.
pub struct AgreementKey {
    curve: Curve,
    public: PublicKey,
    #[cfg(feature = "openssl")]
    openssl: super::openssl::AgreementKey,
    #[cfg(feature = "aws-lc")]
    aws_lc: Option<super::aws_lc::AgreementKey>,
}

impl AgreementKey {
    /// Takes the private number, big-endian, as long as the order of the curve at most.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`] unless the number is at least 1 and below the order;
    /// [`KeyFault::Unsupported`] when this build has no backend for the curve.
    pub fn from_scalar(curve: Curve, scalar: &[u8]) -> Result<Self, KeyFault> {
        let mut padded = Zeroizing::new(vec![0; curve.coordinate_len()]);
        let room = padded.len().checked_sub(scalar.len()).ok_or(KeyFault::Malformed)?;
        padded.get_mut(room..).unwrap_or_default().copy_from_slice(scalar);
        Self::from_padded(curve, &padded)
    }

    #[cfg(any(feature = "openssl", feature = "aws-lc"))]
    fn from_padded(curve: Curve, scalar: &[u8]) -> Result<Self, KeyFault> {
        #[cfg(feature = "aws-lc")]
        let aws_lc = super::aws_lc::AgreementKey::new(curve, scalar)?;
        #[cfg(not(feature = "openssl"))]
        if aws_lc.is_none() {
            return Err(KeyFault::Unsupported);
        }
        #[cfg(feature = "openssl")]
        let openssl = super::openssl::AgreementKey::new(curve, scalar)?;
        #[cfg(feature = "openssl")]
        let point = openssl.point();
        #[cfg(not(feature = "openssl"))]
        let point = aws_lc.as_ref().and_then(super::aws_lc::AgreementKey::point);
        let point = point.ok_or(KeyFault::Malformed)?;
        Ok(Self {
            curve,
            public: PublicKey::from_point(curve, &point)?,
            #[cfg(feature = "openssl")]
            openssl,
            #[cfg(feature = "aws-lc")]
            aws_lc,
        })
    }

    #[cfg(not(any(feature = "openssl", feature = "aws-lc")))]
    fn from_padded(_: Curve, _: &[u8]) -> Result<Self, KeyFault> {
        Err(KeyFault::Unsupported)
    }

    /// The curve of the key.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The shared secret with a peer: the x-coordinate, as long as the field. A key-derivation
    /// function takes it; it is no key itself.
    ///
    /// The peer's point was proved to lie on its curve when its key was made.
    ///
    /// # Errors
    /// [`PrivateKeyError`], also for a peer on another curve.
    pub fn agree(&self, peer: &PublicKey) -> Result<Secret, PrivateKeyError> {
        #[cfg(feature = "aws-lc")]
        if self.aws_lc.is_some() {
            return self.agree_with(Backend::AwsLc, peer);
        }
        self.agree_with(Backend::Openssl, peer)
    }

    /// The same with a chosen backend, so that each can be tested against the same vectors.
    ///
    /// # Errors
    /// As [`Self::agree`]; also when the backend lacks the curve, see [`Self::has`].
    pub fn agree_with(
        &self,
        backend: Backend,
        peer: &PublicKey,
    ) -> Result<Secret, PrivateKeyError> {
        match backend {
            #[cfg(feature = "openssl")]
            Backend::Openssl => self.openssl.agree(self.curve, peer),
            #[cfg(feature = "aws-lc")]
            Backend::AwsLc => self.aws_lc.as_ref().ok_or(PrivateKeyError)?.agree(self.curve, peer),
            _ => {
                let _ = peer;
                Err(PrivateKeyError)
            }
        }
    }

    /// Whether a backend of this build agrees on the curve of the key.
    #[must_use]
    pub const fn has(&self, backend: Backend) -> bool {
        match backend {
            Backend::Openssl => cfg!(feature = "openssl"),
            #[cfg(feature = "aws-lc")]
            Backend::AwsLc => self.aws_lc.is_some(),
            _ => false,
        }
    }
}

impl fmt::Debug for AgreementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgreementKey({:?})", self.curve)
    }
}

/// A private RSA key that decrypts RSAES-OAEP (RFC 8017, 7.1.2) and nothing else. Zeroed on drop.
pub struct DecryptionKey {
    modulus_len: usize,
    #[cfg(feature = "openssl")]
    openssl: super::openssl::DecryptionKey,
    #[cfg(feature = "aws-lc")]
    aws_lc: super::aws_lc::DecryptionKey,
}

/// The parameters of an OAEP padding; the mask generation function is always MGF1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "RFC 8017, A.2.1 has no other; the label goes beside"
)]
pub struct Oaep {
    /// The hash of the label.
    pub digest: OaepHash,
    /// The hash of MGF1.
    pub mgf1: OaepHash,
}

impl Oaep {
    /// One hash in both places, as JWE has it.
    #[must_use]
    pub const fn both(hash: OaepHash) -> Self {
        Self { digest: hash, mgf1: hash }
    }
}

/// A hash of an OAEP padding.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum OaepHash {
    /// SHA-1: `RSA-OAEP` in JWE, `rsa-oaep-mgf1p` in XML Encryption. Its collisions do no harm here.
    Sha1,
    /// SHA-256: `RSA-OAEP-256` in JWE.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl OaepHash {
    /// Every hash.
    pub const ALL: &'static [Self] = &[Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name, as in "Named Information" of IANA.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha-1",
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    /// The hash of a name, byte for byte.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|hash| hash.name() == name)
    }
}

impl From<Hash> for OaepHash {
    fn from(hash: Hash) -> Self {
        match hash {
            Hash::Sha256 => Self::Sha256,
            Hash::Sha384 => Self::Sha384,
            Hash::Sha512 => Self::Sha512,
        }
    }
}

impl DecryptionKey {
    /// Reads a `PrivateKeyInfo` (RFC 5208), DER.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`] for anything but one consistent RSA key; [`KeyFault::Weak`] by the
    /// rules of [`PublicKey::from_rsa`]; [`KeyFault::Unsupported`] when this build has no backend.
    #[cfg(any(feature = "openssl", feature = "aws-lc"))]
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyFault> {
        #[cfg(feature = "openssl")]
        let openssl = super::openssl::DecryptionKey::from_pkcs8(der)?;
        #[cfg(feature = "aws-lc")]
        let aws_lc = super::aws_lc::DecryptionKey::from_pkcs8(der)?;
        Ok(Self {
            #[cfg(feature = "openssl")]
            modulus_len: openssl.modulus_len(),
            #[cfg(not(feature = "openssl"))]
            modulus_len: aws_lc.modulus_len(),
            #[cfg(feature = "openssl")]
            openssl,
            #[cfg(feature = "aws-lc")]
            aws_lc,
        })
    }

    /// Reads a `PrivateKeyInfo` (RFC 5208), DER.
    ///
    /// # Errors
    /// [`KeyFault::Unsupported`]: this build has no backend.
    #[cfg(not(any(feature = "openssl", feature = "aws-lc")))]
    pub const fn from_pkcs8(_: &[u8]) -> Result<Self, KeyFault> {
        Err(KeyFault::Unsupported)
    }

    /// Decrypts one message that was encrypted under `label`.
    ///
    /// # Errors
    /// [`PrivateKeyError`] without detail, whatever is wrong (RFC 8017, 7.1.2, note).
    pub fn decrypt(
        &self,
        oaep: Oaep,
        label: &[u8],
        ciphertext: &[u8],
    ) -> Result<Secret, PrivateKeyError> {
        self.decrypt_with(backend(oaep), oaep, label, ciphertext)
    }

    /// The same with a chosen backend, so that each can be tested against the same vectors.
    ///
    /// # Errors
    /// As [`Self::decrypt`]; also when this build lacks the backend, see [`Self::has`].
    pub fn decrypt_with(
        &self,
        backend: Backend,
        oaep: Oaep,
        label: &[u8],
        ciphertext: &[u8],
    ) -> Result<Secret, PrivateKeyError> {
        // RFC 8017, 7.1.2, step 1 b; OpenSSL takes shorter ones, too.
        if ciphertext.len() != self.modulus_len {
            return Err(PrivateKeyError);
        }
        match backend {
            #[cfg(feature = "openssl")]
            Backend::Openssl => self.openssl.decrypt(oaep, label, ciphertext),
            #[cfg(feature = "aws-lc")]
            Backend::AwsLc => self.aws_lc.decrypt(oaep, label, ciphertext),
            _ => {
                let _ = (oaep, label);
                Err(PrivateKeyError)
            }
        }
    }

    /// Whether a backend of this build decrypts with these parameters.
    #[must_use]
    pub const fn has(backend: Backend, oaep: Oaep) -> bool {
        match backend {
            #[cfg(feature = "aws-lc")]
            Backend::AwsLc => super::aws_lc::oaep(oaep).is_some(),
            Backend::Openssl => cfg!(feature = "openssl"),
            _ => {
                let _ = oaep;
                false
            }
        }
    }

    /// Whether this build decrypts with these parameters at all.
    #[must_use]
    pub const fn is_available(oaep: Oaep) -> bool {
        Self::has(backend(oaep), oaep)
    }
}

// aws-lc takes equal hashes only.
const fn backend(oaep: Oaep) -> Backend {
    if DecryptionKey::has(Backend::AwsLc, oaep) { Backend::AwsLc } else { Backend::Openssl }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptionKey(..)")
    }
}

/// What a private key brought to light. Zeroed on drop.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    pub(super) const fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The secret bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A private key did not open what it was given; without detail on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the private key does not open this")]
#[expect(clippy::exhaustive_structs, reason = "carries no detail on purpose")]
pub struct PrivateKeyError;

impl PrivateKeyError {
    /// The row of the refusal table.
    #[must_use]
    pub const fn code(self) -> Code {
        Code::KeyMismatch
    }
}
