//! Which disclosure a digest belongs to (RFC 9901, 4.2.3).

use crate::crypto::Hash;
use crate::envelope::base64url;

/// The digests of disclosures, each taken over the text as received.
pub struct Digests {
    list: Vec<Digest>,
    // Places in `list`, in the order of the digests. The first bytes of each stand beside its place:
    // they decide nearly every comparison.
    sorted: Vec<([u8; 8], usize)>,
}

impl Digests {
    /// Takes the digest of each disclosure. `Err` holds the place of the first one that was there
    /// before.
    pub(super) fn of(encoded: &[&[u8]], hash: Hash) -> Result<Self, usize> {
        let list: Vec<Digest> = encoded.iter().map(|text| Digest::of(text, hash)).collect();
        let mut sorted: Vec<([u8; 8], usize)> =
            list.iter().enumerate().map(|(index, digest)| (digest.head(), index)).collect();
        let compare = |a: &([u8; 8], usize), b: &([u8; 8], usize)| {
            a.0.cmp(&b.0).then_with(|| at(&list, a.1).cmp(at(&list, b.1))).then(a.1.cmp(&b.1))
        };
        sorted.sort_unstable_by(compare);
        let neighbours = sorted.iter().zip(sorted.iter().skip(1));
        let same = neighbours.filter(|(a, b)| a.0 == b.0 && at(&list, a.1) == at(&list, b.1));
        match same.map(|(_, (_, later))| *later).min() {
            Some(later) => Err(later),
            None => Ok(Self { list, sorted }),
        }
    }

    /// The place of the disclosure with this digest, base64url as a payload spells it.
    pub(super) fn find(&self, text: &[u8]) -> Option<usize> {
        let head: [u8; 8] = text.first_chunk().copied()?;
        let compare = |entry: &([u8; 8], usize)| {
            entry.0.cmp(&head).then_with(|| at(&self.list, entry.1).cmp(text))
        };
        let found = self.sorted.binary_search_by(compare).ok()?;
        self.sorted.get(found).map(|(_, index)| *index)
    }
}

fn at(list: &[Digest], index: usize) -> &[u8] {
    list.get(index).map_or(&[], Digest::as_bytes)
}

// One digest as `_sd` spells it.
struct Digest {
    // Room for SHA-512.
    text: [u8; 86],
    len: usize,
}

impl Digest {
    fn of(disclosure: &[u8], hash: Hash) -> Self {
        let mut text = [0; 86];
        let len = base64url::encode_slice(hash.digest(disclosure).as_ref(), &mut text);
        Self { text, len }
    }

    fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }

    fn head(&self) -> [u8; 8] {
        self.text.first_chunk().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_disclosure_by_its_digest_and_nothing_else() {
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            let texts: Vec<String> = (0..40).map(|n| format!("text{n}")).collect();
            let encoded: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
            let digests = Digests::of(&encoded, hash).unwrap();
            for (index, text) in encoded.iter().enumerate() {
                let digest = base64url::encode(hash.digest(text).as_ref());
                assert_eq!(digests.find(digest.as_bytes()), Some(index));
                assert_eq!(digests.find(&digest.as_bytes()[..8]), None);
                assert_eq!(digests.find(format!("{digest}A").as_bytes()), None);
            }
            assert_eq!(digests.find(b""), None);
            assert_eq!(digests.find(&[b'A'; 43]), None);
        }
        assert_eq!(Digests::of(&[], Hash::Sha256).unwrap().find(&[b'A'; 43]), None);
    }

    #[test]
    fn names_the_first_disclosure_that_was_there_before() {
        let of = |encoded: &[&[u8]]| Digests::of(encoded, Hash::Sha256).err();
        assert_eq!(of(&[b"a", b"b", b"c"]), None);
        assert_eq!(of(&[b"a", b"b", b"a", b"b"]), Some(2));
        assert_eq!(of(&[b"c", b"b", b"b", b"c", b"c"]), Some(2));
    }
}
