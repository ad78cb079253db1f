use ring::{digest, hkdf, hmac};
use std::fmt;
use subtle::ConstantTimeEq;

/// A hash function.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// The hash of a name in the IANA "Named Information" registry (RFC 9901, 4.1.1).
    #[must_use]
    pub fn from_named_information(name: &str) -> Option<Self> {
        match name {
            "sha-256" => Some(Self::Sha256),
            "sha-384" => Some(Self::Sha384),
            "sha-512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Length of a digest in bytes.
    #[must_use]
    pub const fn digest_len(self) -> u16 {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Hashes `data`.
    #[must_use]
    pub fn digest(self, data: &[u8]) -> Digest {
        Digest(digest::digest(self.ring(), data))
    }

    pub(super) fn ring(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }
}

/// A digest of 32 to 64 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Digest(digest::Digest);

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref()
    }
}

/// SHA-256 of `data`.
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    out
}

/// SHA-1 of `data`, for identifiers that standards make with it: `CertID` and key hashes of OCSP
/// (RFC 6960, 4.1.1, 4.2.1). They choose among certificates and prove nothing; no signature is made
/// or believed over it.
#[must_use]
pub fn sha1_identifier(data: &[u8]) -> [u8; 20] {
    let mut out = [0; 20];
    out.copy_from_slice(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data).as_ref());
    out
}

/// SHA-1 of `data`, whose collisions are for sale. For suites of the time when it was in use; no
/// policy leads here.
#[must_use]
pub fn danger_sha1(data: &[u8]) -> [u8; 20] {
    sha1_identifier(data)
}

/// HMAC-SHA256 (RFC 2104) over the parts of a message, one after the other.
#[must_use]
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    MacKey::new(key).mac(parts)
}

/// A key of HMAC-SHA256, prepared once for many messages.
///
/// ring keeps the state after the key's own blocks, not the key; as with its other keys, that memory
/// is not zeroed when it is given back.
pub struct MacKey(hmac::Key);

impl MacKey {
    /// Prepares a key.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The code over the parts of a message, one after the other.
    #[must_use]
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey(..)")
    }
}

/// HKDF-SHA256 (RFC 5869): 32 bytes from `ikm` under `salt` for the purpose named by `info`.
///
/// # Errors
/// Never for 32 bytes; the error is passed on rather than assumed away.
pub fn derive_key(
    ikm: &[u8],
    salt: &[u8],
    info: &[&[u8]],
) -> Result<[u8; 32], ring::error::Unspecified> {
    let mut out = [0; 32];
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(ikm)
        .expand(info, hkdf::HKDF_SHA256)?
        .fill(&mut out)?;
    Ok(out)
}

/// Compares in time that depends on the lengths only.
#[must_use]
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hkdf_gives_the_first_vector_of_rfc_5869() {
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let salt: Vec<u8> = (0x00..=0x0c).collect();
        let okm = derive_key(&[0x0b; 22], &salt, &[&info]).unwrap();
        assert_eq!(okm[..4], [0x3c, 0xb2, 0x5f, 0x25]);
    }
}
