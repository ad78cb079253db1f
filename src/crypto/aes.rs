//! AES as XML Encryption 1.1 uses it: GCM for content, key wrap for content keys, and CBC for what a
//! policy names in spite of everything. None of them says why it did not open.

use super::{Backend, PrivateKeyError, Secret};
use std::fmt;
use zeroize::Zeroizing;

/// A key of 128, 192 or 256 bits for one message. Zeroed on drop.
pub struct AesKey(Zeroizing<Vec<u8>>);

/// Length of the nonce of GCM in bytes (XML Encryption 1.1, 5.2.4).
pub const GCM_NONCE_LEN: usize = 12;

/// Length of the tag of GCM in bytes.
pub const GCM_TAG_LEN: usize = 16;

/// Length of a block, and of the initialisation vector of CBC, in bytes.
pub const AES_BLOCK_LEN: usize = 16;

/// What AES is used for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AesMode {
    /// Cipher block chaining.
    Cbc,
    /// Galois/Counter Mode (SP 800-38D).
    Gcm,
    /// Key wrap (RFC 3394; SP 800-38F, KW).
    KeyWrap,
}

impl AesKey {
    /// Takes a key; `None` unless it has 16, 24 or 32 bytes.
    #[must_use]
    pub fn new(key: &[u8]) -> Option<Self> {
        matches!(key.len(), 16 | 24 | 32).then(|| Self(Zeroizing::new(key.to_vec())))
    }

    /// Whether a backend of this build has the mode with keys of this length.
    ///
    /// * `key_len`: in bytes.
    #[must_use]
    pub const fn has(backend: Backend, mode: AesMode, key_len: usize) -> bool {
        match backend {
            Backend::Openssl => cfg!(feature = "openssl") && matches!(key_len, 16 | 24 | 32),
            Backend::Ring => matches!((mode, key_len), (AesMode::Gcm, 16 | 32)),
            // Its first randomness is slow, its AES no faster than ring's.
            Backend::AwsLc => false,
        }
    }

    /// Whether this build has the mode with keys of this length.
    #[must_use]
    pub const fn is_available(mode: AesMode, key_len: usize) -> bool {
        Self::has(Backend::Ring, mode, key_len) || Self::has(Backend::Openssl, mode, key_len)
    }

    /// Decrypts with GCM, nothing before the tag held.
    ///
    /// * `sealed`: ciphertext and tag, 16 bytes at least.
    ///
    /// # Errors
    /// [`PrivateKeyError`], whatever is wrong; also when this build lacks the length of the key.
    pub fn open_gcm(
        &self,
        nonce: &[u8; GCM_NONCE_LEN],
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Secret, PrivateKeyError> {
        self.open_gcm_with(self.backend(AesMode::Gcm), nonce, associated, sealed)
    }

    /// The same with a chosen backend, so that each can be tested against the same vectors.
    ///
    /// # Errors
    /// As [`Self::open_gcm`]; also when the backend lacks the length of the key, see [`Self::has`].
    pub fn open_gcm_with(
        &self,
        backend: Backend,
        nonce: &[u8; GCM_NONCE_LEN],
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Secret, PrivateKeyError> {
        if sealed.len() < GCM_TAG_LEN {
            return Err(PrivateKeyError);
        }
        match backend {
            Backend::Ring => super::ring::open_gcm(&self.0, nonce, associated, sealed),
            #[cfg(feature = "openssl")]
            Backend::Openssl => super::openssl::open_gcm(&self.0, nonce, associated, sealed),
            _ => Err(PrivateKeyError),
        }
        .map(Secret::new)
    }

    /// Encrypts with GCM: ciphertext and tag.
    ///
    /// * `nonce`: never used before with this key.
    ///
    /// # Errors
    /// [`PrivateKeyError`] when this build lacks the length of the key.
    pub fn seal_gcm(
        &self,
        nonce: &[u8; GCM_NONCE_LEN],
        associated: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, PrivateKeyError> {
        match self.backend(AesMode::Gcm) {
            Backend::Ring => super::ring::seal_gcm(&self.0, nonce, associated, plain),
            #[cfg(feature = "openssl")]
            Backend::Openssl => super::openssl::seal_gcm(&self.0, nonce, associated, plain),
            _ => Err(PrivateKeyError),
        }
    }

    /// Decrypts with CBC and takes the padding of XML Encryption 1.1, 5.2.3 off: the last byte counts
    /// it, 1 to 16, and the others are arbitrary.
    ///
    /// Nothing is authenticated. Whoever may alter the ciphertext and see the answer reads it, unless
    /// every answer is the same.
    ///
    /// # Errors
    /// [`PrivateKeyError`], whatever is wrong; also when this build lacks CBC.
    pub fn danger_open_cbc(
        &self,
        vector: &[u8; AES_BLOCK_LEN],
        sealed: &[u8],
    ) -> Result<Secret, PrivateKeyError> {
        if sealed.is_empty() || !sealed.len().is_multiple_of(AES_BLOCK_LEN) {
            return Err(PrivateKeyError);
        }
        #[cfg(feature = "openssl")]
        {
            let mut plain = super::openssl::decrypt_cbc(&self.0, vector, sealed)?;
            let padding = usize::from(plain.last().copied().unwrap_or(0));
            if !(1..=AES_BLOCK_LEN).contains(&padding) {
                return Err(PrivateKeyError);
            }
            let len = plain.len().saturating_sub(padding);
            plain.truncate(len);
            Ok(Secret::new(plain))
        }
        #[cfg(not(feature = "openssl"))]
        {
            let _ = vector;
            Err(PrivateKeyError)
        }
    }

    /// Unwraps a content key (RFC 3394, 2.2.2).
    ///
    /// * `wrapped`: 24 to 40 bytes in steps of 8: the content key, and 8 bytes that prove it.
    ///
    /// # Errors
    /// [`PrivateKeyError`], whatever is wrong; also when this build lacks key wrap.
    pub fn unwrap_key(&self, wrapped: &[u8]) -> Result<Secret, PrivateKeyError> {
        if !WRAPPED_LEN.contains(&wrapped.len()) || !wrapped.len().is_multiple_of(8) {
            return Err(PrivateKeyError);
        }
        #[cfg(feature = "openssl")]
        {
            super::openssl::unwrap_key(&self.0, wrapped).map(Secret::new)
        }
        #[cfg(not(feature = "openssl"))]
        Err(PrivateKeyError)
    }

    /// Wraps a content key (RFC 3394, 2.2.1).
    ///
    /// # Errors
    /// [`PrivateKeyError`] when this build lacks key wrap.
    pub fn wrap_key(&self, content: &Self) -> Result<Vec<u8>, PrivateKeyError> {
        #[cfg(feature = "openssl")]
        {
            super::openssl::wrap_key(&self.0, &content.0)
        }
        #[cfg(not(feature = "openssl"))]
        {
            let _ = content;
            Err(PrivateKeyError)
        }
    }

    /// The bytes of the key, to transport it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn backend(&self, mode: AesMode) -> Backend {
        if Self::has(Backend::Ring, mode, self.0.len()) { Backend::Ring } else { Backend::Openssl }
    }
}

impl fmt::Debug for AesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AesKey(..)")
    }
}

// A content key of 16 to 32 bytes; 8 bytes more prove it.
const WRAPPED_LEN: std::ops::RangeInclusive<usize> = 24..=40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_of_three_lengths() {
        for len in 0..=64 {
            assert_eq!(AesKey::new(&vec![0; len]).is_some(), [16, 24, 32].contains(&len), "{len}");
        }
    }

    #[test]
    fn ring_has_gcm_with_two_lengths_and_nothing_else() {
        for mode in [AesMode::Cbc, AesMode::Gcm, AesMode::KeyWrap] {
            for len in [0, 16, 24, 32, 40] {
                let expected = mode == AesMode::Gcm && [16, 32].contains(&len);
                assert_eq!(AesKey::has(Backend::Ring, mode, len), expected);
            }
        }
        assert!(!AesKey::is_available(AesMode::Gcm, 20));
    }

    #[test]
    fn gcm_opens_what_it_sealed_and_nothing_else() {
        for len in [16, 24, 32].into_iter().filter(|len| AesKey::is_available(AesMode::Gcm, *len)) {
            let key = AesKey::new(&vec![7; len]).unwrap();
            let nonce = [9; GCM_NONCE_LEN];
            for plain in [&b""[..], b"text", &[3; 100]] {
                let sealed = key.seal_gcm(&nonce, b"with", plain).unwrap();
                assert_eq!(sealed.len(), plain.len() + GCM_TAG_LEN);
                for backend in [Backend::Ring, Backend::Openssl] {
                    if !AesKey::has(backend, AesMode::Gcm, len) {
                        assert!(key.open_gcm_with(backend, &nonce, b"with", &sealed).is_err());
                        continue;
                    }
                    let open = |nonce, associated: &[u8], sealed: &[u8]| {
                        let opened = key.open_gcm_with(backend, nonce, associated, sealed);
                        opened.map(|secret| secret.as_bytes().to_vec())
                    };
                    assert_eq!(open(&nonce, b"with", &sealed).unwrap(), plain);
                    assert_eq!(open(&nonce, b"", &sealed), Err(PrivateKeyError));
                    assert_eq!(open(&[8; 12], b"with", &sealed), Err(PrivateKeyError));
                    for at in 0..sealed.len() {
                        let mut altered = sealed.clone();
                        altered[at] ^= 0x80;
                        assert_eq!(open(&nonce, b"with", &altered), Err(PrivateKeyError));
                        assert_eq!(open(&nonce, b"with", &sealed[..at]), Err(PrivateKeyError));
                    }
                }
            }
        }
    }

    #[cfg(feature = "openssl")]
    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        digits.map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
    }

    // RFC 3394, 4.1 to 4.6.
    #[cfg(feature = "openssl")]
    #[test]
    fn wraps_as_the_vectors_of_rfc_3394_say() {
        const KEK: &str = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
        const DATA: &str = "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F";
        for (kek_len, data_len, wrapped) in [
            (16, 16, "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"),
            (24, 16, "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D"),
            (32, 16, "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7"),
            (24, 24, "031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2"),
            (32, 24, "A8F9BC1612C68B3FF6E6F4FBE30E71E4769C8B80A32CB8958CD5D17D6B254DA1"),
            (
                32,
                32,
                "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
            ),
        ] {
            let kek = AesKey::new(&hex(KEK)[..kek_len]).unwrap();
            let wrapped = hex(wrapped);
            assert_eq!(kek.unwrap_key(&wrapped).unwrap().as_bytes(), &hex(DATA)[..data_len]);
            let content = AesKey::new(&hex(DATA)[..data_len]).unwrap();
            assert_eq!(kek.wrap_key(&content).unwrap(), wrapped);
            for at in 0..wrapped.len() {
                let mut altered = wrapped.clone();
                altered[at] ^= 1;
                assert!(kek.unwrap_key(&altered).is_err());
                assert!(kek.unwrap_key(&wrapped[..at]).is_err());
            }
            assert!(kek.unwrap_key(&[&wrapped[..], &[0; 8]].concat()).is_err());
        }
    }

    // SP 800-38A, F.2.1: the last block has a padding of its own here.
    #[cfg(feature = "openssl")]
    #[test]
    fn cbc_counts_its_padding_by_the_last_byte() {
        use openssl::symm::{Cipher, Crypter, Mode};
        let (bytes, vector) = ([5; 16], [6; 16]);
        let key = AesKey::new(&bytes).unwrap();
        for padding in 0..=u8::MAX {
            let mut plain = [1; 32];
            plain[31] = padding;
            let mut sealed = [0; 48];
            let mut encrypter =
                Crypter::new(Cipher::aes_128_cbc(), Mode::Encrypt, &bytes, Some(&vector)).unwrap();
            encrypter.pad(false);
            let len = encrypter.update(&plain, &mut sealed).unwrap();
            assert_eq!(len + encrypter.finalize(&mut sealed[len..]).unwrap(), 32);
            let opened = key.danger_open_cbc(&vector, &sealed[..32]);
            if (1..=16).contains(&padding) {
                let kept = 32 - usize::from(padding);
                assert_eq!(opened.unwrap().as_bytes(), &plain[..kept]);
            } else {
                assert_eq!(opened.unwrap_err(), PrivateKeyError);
            }
            assert!(key.danger_open_cbc(&vector, &sealed[..31]).is_err());
            assert!(key.danger_open_cbc(&vector, &[]).is_err());
        }
    }
}
