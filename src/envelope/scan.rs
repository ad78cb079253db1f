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
    unmarked_len(bytes, special)
}

/// How many bytes from the start on are none of these four.
#[inline]
pub(crate) fn len_without(bytes: &[u8], stops: [u8; 4]) -> usize {
    let [a, b, c, d] = stops;
    unmarked_len(bytes, |word| equal(word, a) | equal(word, b) | equal(word, c) | equal(word, d))
}

/// How many bytes from the start on are none of these three and no control character.
#[inline]
pub(crate) fn len_without_controls(bytes: &[u8], stops: [u8; 3]) -> usize {
    let [a, b, c] = stops;
    unmarked_len(bytes, |word| below(word, 0x20) | equal(word, a) | equal(word, b) | equal(word, c))
}

// `marks` sets the highest bit of the first byte that ends the run, and of none before it.
#[inline]
fn unmarked_len(bytes: &[u8], marks: impl Fn(u64) -> u64) -> usize {
    let at = |marks: u64| usize::try_from(marks.trailing_zeros() / 8).unwrap_or(0);
    let (words, tail) = bytes.as_chunks::<8>();
    let mut before = 0usize;
    for word in words {
        let marks = marks(u64::from_le_bytes(*word));
        if marks != 0 {
            return before.wrapping_add(at(marks));
        }
        before = before.wrapping_add(8);
    }
    // What is left is part of the last eight bytes; those of them that were seen are unmarked.
    if let Some(last) = bytes.last_chunk::<8>() {
        let marks = marks(u64::from_le_bytes(*last));
        let start = bytes.len().wrapping_sub(8);
        return if marks == 0 { bytes.len() } else { start.wrapping_add(at(marks)) };
    }
    let single = |byte: &u8| {
        marks(u64::from_le_bytes([*byte, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80])) & 0x80 == 0
    };
    before.wrapping_add(tail.iter().take_while(|byte| single(byte)).count())
}

// Sets the highest bit of the first byte that is special; of the bytes above it, some may be set
// wrongly by a borrow, of those below it none is. Bytes from 0x80 on are never special.
const fn special(word: u64) -> u64 {
    below(word, 0x20) | equal(word, b'"') | equal(word, b'\\')
}

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

#[inline]
const fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ u64::from_le_bytes([byte; 8]), 1)
}

#[inline]
const fn below(word: u64, bound: u64) -> u64 {
    word.wrapping_sub(ONES.wrapping_mul(bound)) & !word & HIGH
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
        for len in 0..300 {
            let mut bytes = vec![b'a'; 300];
            assert_eq!(len_without(&bytes[..len], *b"<&\r>"), len);
            bytes[len] = b'>';
            assert_eq!(len_without(&bytes, *b"<&\r>"), len);
            assert_eq!(len_without_controls(&bytes, *b">&<"), len);
            bytes[len] = 0x1f;
            assert_eq!(len_without_controls(&bytes, *b">&<"), len);
        }
        let mut both = *b"aa\x1f\"\\\0aa";
        assert_eq!(plain_len(&both), 2);
        both[2] = 0x20;
        assert_eq!(plain_len(&both), 3);
        assert_eq!(plain_len(b""), 0);
    }
}
