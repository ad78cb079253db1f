use super::{Hash, Secret};
use ring::digest;
use zeroize::Zeroizing;

/// ConcatKDF (SP 800-56A, 5.8.1; XML Encryption 1.1, 5.4.1): a key from a shared secret.
///
/// * `other`: OtherInfo, in the order of the standard.
/// * `len`: of the key, in bytes; at most 255 digests.
///
/// `None` for a longer key.
#[must_use]
pub fn concat_kdf(hash: Hash, secret: &Secret, other: &[u8], len: usize) -> Option<Secret> {
    let digest_len = usize::from(hash.digest_len());
    let rounds = u32::try_from(len.div_ceil(digest_len)).ok().filter(|rounds| *rounds <= 255)?;
    let mut key = Zeroizing::new(Vec::with_capacity(digest_len.saturating_mul(2).max(len)));
    for counter in 1..=rounds {
        let mut context = digest::Context::new(hash.ring());
        context.update(&counter.to_be_bytes());
        context.update(secret.as_bytes());
        context.update(other);
        let left = len.saturating_sub(key.len()).min(digest_len);
        key.extend_from_slice(context.finish().as_ref().get(..left)?);
    }
    Some(Secret::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kdf(hash: Hash, other: &[u8], len: usize) -> Option<Vec<u8>> {
        let secret = Secret::new(Zeroizing::new(b"shared".to_vec()));
        concat_kdf(hash, &secret, other, len).map(|key| key.as_bytes().to_vec())
    }

    #[test]
    fn counts_from_one_and_cuts_the_last_digest() {
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            let first = hash.digest(b"\0\0\0\x01sharedother").as_ref().to_vec();
            let second = hash.digest(b"\0\0\0\x02sharedother").as_ref().to_vec();
            let both = [first, second].concat();
            for len in [0, 1, 16, 24, 32, both.len() - 1, both.len()] {
                assert_eq!(kdf(hash, b"other", len).unwrap(), both[..len]);
            }
        }
    }

    // RFC 7518, appendix C.
    #[test]
    fn derives_as_the_example_of_rfc_7518_says() {
        let secret = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49,
            110, 163, 218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ];
        let other = [
            0, 0, 0, 7, 65, 49, 50, 56, 71, 67, 77, 0, 0, 0, 5, 65, 108, 105, 99, 101, 0, 0, 0, 3,
            66, 111, 98, 0, 0, 0, 128,
        ];
        let secret = Secret::new(Zeroizing::new(secret.to_vec()));
        let key = concat_kdf(Hash::Sha256, &secret, &other, 16).unwrap();
        let expected = [86, 170, 141, 234, 248, 35, 109, 32, 92, 34, 40, 205, 113, 167, 16, 26];
        assert_eq!(key.as_bytes(), expected);
    }

    #[test]
    fn refuses_a_key_of_more_than_255_digests() {
        assert!(kdf(Hash::Sha256, b"", 255 * 32).is_some());
        assert!(kdf(Hash::Sha256, b"", 255 * 32 + 1).is_none());
    }
}
