use super::derive_key;
use crate::ports::{Random, Unavailable};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::fmt;
use zeroize::Zeroize;

/// A key that seals what leaves the broker and comes back: AES-256-GCM with a fresh 96-bit nonce and
/// a fresh message key for each box, so that random nonces never wear the key out.
pub struct SealKey([u8; 32]);

// Salt of the message key, nonce of AES-GCM, tag.
const SALT_LEN: usize = 16;
const TAG_LEN: usize = 16;

impl SealKey {
    /// Takes 32 secret bytes.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// Seals `plain` for the purpose `label`. The result is 44 bytes longer.
    ///
    /// # Errors
    /// [`Unavailable`] when there is no randomness.
    pub fn seal(
        &self,
        label: &[u8],
        plain: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, Unavailable> {
        let mut head = [0; SALT_LEN + NONCE_LEN];
        random.fill(&mut head)?;
        let fault = Unavailable("sealing failed");
        let (salt, nonce) = head.split_at(SALT_LEN);
        let key = self.message_key(label, salt).map_err(|_| fault)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| fault)?;
        let mut body = plain.to_vec();
        key.seal_in_place_append_tag(nonce, Aad::from(label), &mut body).map_err(|_| fault)?;
        let mut sealed = head.to_vec();
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Opens what [`Self::seal`] made with the same key and label.
    ///
    /// # Errors
    /// [`SealedError`] without detail, whatever is wrong.
    pub fn open(&self, label: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealedError> {
        let (salt, rest) = sealed.split_at_checked(SALT_LEN).ok_or(SealedError)?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or(SealedError)?;
        if body.len() < TAG_LEN {
            return Err(SealedError);
        }
        let key = self.message_key(label, salt).map_err(|_| SealedError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealedError)?;
        let mut body = body.to_vec();
        let len =
            key.open_in_place(nonce, Aad::from(label), &mut body).map_err(|_| SealedError)?.len();
        body.truncate(len);
        Ok(body)
    }

    fn message_key(
        &self,
        label: &[u8],
        salt: &[u8],
    ) -> Result<LessSafeKey, ring::error::Unspecified> {
        let mut bytes = derive_key(&self.0, salt, &[b"eid-broker/seal/v1\0", label])?;
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map(LessSafeKey::new);
        bytes.zeroize();
        key
    }
}

impl Drop for SealKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

/// A box that cannot be opened; without detail on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the box cannot be opened")]
#[expect(clippy::exhaustive_structs, reason = "carries no detail on purpose")]
pub struct SealedError;

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;
    impl Random for Counting {
        fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
            out.fill(7);
            Ok(())
        }
    }

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let key = SealKey::new([1; 32]);
        let sealed = key.seal(b"a", b"text", &Counting).unwrap();
        assert_eq!(key.open(b"a", &sealed).unwrap(), b"text");
        assert_eq!(key.open(b"b", &sealed), Err(SealedError));
        assert_eq!(SealKey::new([2; 32]).open(b"a", &sealed), Err(SealedError));
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert_eq!(key.open(b"a", &bad), Err(SealedError));
            assert_eq!(key.open(b"a", &sealed[..at]), Err(SealedError));
        }
    }
}
