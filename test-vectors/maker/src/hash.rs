//! Hash functions by name, and what RSA makes of them.

use ring::digest::{self, digest};

/// A hash function.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hash {
    /// SHA-1, for what must be refused and for OAEP.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    const fn ring(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    /// The digest.
    #[must_use]
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        digest(self.ring(), message).as_ref().to_vec()
    }

    /// Its length in bytes.
    #[expect(clippy::len_without_is_empty, reason = "no digest is empty")]
    #[must_use]
    pub fn len(self) -> usize {
        self.ring().output_len()
    }

    /// MGF1 (RFC 8017, B.2.1).
    #[must_use]
    pub fn mask(self, seed: &[u8], len: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for counter in 0_u32.. {
            if out.len() >= len {
                break;
            }
            out.extend(self.digest(&[seed, &counter.to_be_bytes()].concat()));
        }
        out.truncate(len);
        out
    }

    // What stands before the digest in a DigestInfo (RFC 8017, 9.2, note 1).
    #[cfg(feature = "deterministic")]
    pub(crate) const fn digest_info(self) -> &'static [u8] {
        match self {
            Self::Sha1 => &[0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 20],
            Self::Sha256 => {
                &[0x30, 0x31, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 32]
            }
            Self::Sha384 => {
                &[0x30, 0x41, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 4, 48]
            }
            Self::Sha512 => {
                &[0x30, 0x51, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 64]
            }
        }
    }
}
