//! Looks for the first byte of a kind.

/// How many bytes from the start on satisfy `fits`.
///
/// Whole chunks are looked at without a branch per byte, which the compiler turns into vector
/// instructions; `fits` is best written without branches too.
pub(crate) fn prefix_len(bytes: &[u8], fits: impl Fn(u8) -> bool) -> usize {
    const CHUNK: usize = 16;
    let (chunks, _) = bytes.as_chunks::<CHUNK>();
    let whole = chunks
        .iter()
        .take_while(|chunk| chunk.iter().fold(true, |all, &byte| all & fits(byte)))
        .count()
        .saturating_mul(CHUNK);
    let rest = bytes.get(whole..).unwrap_or_default();
    whole.saturating_add(rest.iter().take_while(|byte| fits(**byte)).count())
}

/// How many bytes from the start on stand for themselves in a JSON string (RFC 8259, 7): neither a
/// control character nor a quote nor a backslash.
///
/// Eight bytes are looked at as one number, since most strings are short and end within the first
/// few words.
#[inline]
pub(crate) fn plain_len(bytes: &[u8]) -> usize {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut before = 0usize;
    for word in words {
        let marks = special(u64::from_le_bytes(*word));
        if marks != 0 {
            let first = usize::try_from(marks.trailing_zeros() / 8).unwrap_or(0);
            return before.wrapping_add(first);
        }
        before = before.wrapping_add(8);
    }
    // What is left is part of the last eight bytes; those before it were plain.
    if bytes.last_chunk().is_some_and(|word| special(u64::from_le_bytes(*word)) == 0) {
        return bytes.len();
    }
    let plain = |byte: &&u8| **byte >= 0x20 && **byte != b'"' && **byte != b'\\';
    before.wrapping_add(tail.iter().take_while(plain).count())
}

// Sets the highest bit of the first byte that is special; of the bytes above it, some may be set
// wrongly by a borrow, of those below it none is. Bytes from 0x80 on are never special.
const fn special(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    const fn equal(word: u64, byte: u64) -> u64 {
        below(word ^ ONES.wrapping_mul(byte), 1)
    }
    const fn below(word: u64, bound: u64) -> u64 {
        word.wrapping_sub(ONES.wrapping_mul(bound)) & !word & HIGH
    }
    below(word, 0x20) | equal(word, 0x22) | equal(word, 0x5c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_at_the_first_byte_that_does_not_fit() {
        for len in 0..70 {
            let mut bytes = vec![b'a'; 70];
            bytes[len..].fill(b'.');
            assert_eq!(prefix_len(&bytes, |byte| byte == b'a'), len);
            let (short, _) = bytes.split_at(len);
            assert_eq!(prefix_len(short, |byte| byte == b'a'), len);
        }
    }

    #[test]
    fn a_string_ends_at_its_first_special_byte_wherever_that_stands() {
        let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
        for byte in 0..=u8::MAX {
            for at in 0..20 {
                // Neighbours of every kind, so that a borrow has something to spoil.
                for other in [b'a', b'!', b'#', b'[', b']', 0x20, 0x7f, 0x80, 0xff] {
                    let mut bytes = [other; 20];
                    bytes[at] = byte;
                    let expected = bytes.iter().take_while(|byte| plain(**byte)).count();
                    assert_eq!(plain_len(&bytes), expected, "{byte:02x} at {at} among {other:02x}");
                }
            }
        }
        let mut both = *b"aa\x1f\"\\\0aa";
        assert_eq!(plain_len(&both), 2);
        both[2] = 0x20;
        assert_eq!(plain_len(&both), 3);
        assert_eq!(plain_len(b""), 0);
    }
}
