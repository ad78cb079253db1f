//! Four characters of base64 are three bytes: by table, for the one canonical spelling without padding.
//! Which byte is wrong with any other is for the library to say.

/// Decodes `text` behind what stands in `out` already. False for anything but the canonical spelling;
/// `out` is then as it was.
#[must_use]
pub(super) fn decode_onto(words: &Words, text: &[u8], out: &mut Vec<u8>) -> bool {
    let before = out.len();
    let len = (text.len() / 4).saturating_mul(3).saturating_add(end_len(text.len() % 4));
    out.resize(before.saturating_add(len), 0);
    let decoded = decode_slice(words, text, out.get_mut(before..).unwrap_or_default());
    if !decoded {
        out.truncate(before);
    }
    decoded
}

/// Decodes `text` to all of `out`. False for anything but the canonical spelling of that many bytes;
/// what was written is then worth nothing.
#[must_use]
pub(super) fn decode_slice(words: &Words, text: &[u8], out: &mut [u8]) -> bool {
    let (triples, end) = out.as_chunks_mut::<3>();
    let (quartets, tail) = text.as_chunks::<4>();
    quartets.len() == triples.len()
        && end_len(tail.len()) == end.len()
        && decode(words, quartets, triples)
        && decode_end(words, tail, end)
}

// Two characters are one byte at the end, three are two; one is nothing and belongs to no spelling.
const fn end_len(characters: usize) -> usize {
    characters.saturating_sub(1)
}

fn decode_end(words: &Words, tail: &[u8], end: &mut [u8]) -> bool {
    let quartet = match *tail {
        [] => return true,
        [a, b] => [a, b, ZERO, ZERO],
        [a, b, c] => [a, b, c, ZERO],
        _ => return false,
    };
    let mut triple = [[0; 3]];
    let decoded = decode(words, &[quartet], &mut triple);
    let (bytes, unused) = triple.as_flattened().split_at_checked(end.len()).unwrap_or_default();
    for (to, from) in end.iter_mut().zip(bytes) {
        *to = *from;
    }
    decoded && unused.iter().all(|byte| *byte == 0)
}

// The character of six zero bits, in either alphabet.
const ZERO: u8 = b'A';

// As many quartets as there are of both. False when any character is not of the alphabet; what was
// written is then worth nothing.
fn decode(words: &Words, quartets: &[[u8; 4]], triples: &mut [[u8; 3]]) -> bool {
    let [first, second, third, fourth] = &words.0;
    let word = |table: &[u32; 256], character: u8| {
        table.get(usize::from(character)).copied().unwrap_or(FAULT)
    };
    let mut seen = 0;
    for (&[a, b, c, d], triple) in quartets.iter().zip(triples) {
        let bits = word(first, a) | word(second, b) | word(third, c) | word(fourth, d);
        seen |= bits;
        let [_, x, y, z] = bits.to_be_bytes();
        *triple = [x, y, z];
    }
    seen & FAULT == 0
}

/// Encodes triples of bytes to quartets of base64url, as many as there are of both.
pub(super) fn encode(triples: &[[u8; 3]], quartets: &mut [[u8; 4]]) {
    let pair = |bits: u64| {
        let twelve = usize::try_from(bits & 0xfff).unwrap_or(0);
        PAIRS.get(twelve).copied().unwrap_or_default()
    };
    // Two triples at a time, then the odd one.
    let (triples, odd) = triples.as_chunks::<2>();
    let (quartets, last) = quartets.as_chunks_mut::<2>();
    for (&[[a, b, c], [d, e, f]], two) in triples.iter().zip(quartets) {
        let bits = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        let ([m, n], [o, p]) = (pair(bits >> 36), pair(bits >> 24));
        let ([q, r], [s, t]) = (pair(bits >> 12), pair(bits));
        *two = [[m, n, o, p], [q, r, s, t]];
    }
    for (&[a, b, c], quartet) in odd.iter().zip(last) {
        let bits = u64::from_be_bytes([0, 0, 0, 0, 0, a, b, c]);
        let ([m, n], [o, p]) = (pair(bits >> 12), pair(bits));
        *quartet = [m, n, o, p];
    }
}

// RFC 4648, 5 and 4.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const STANDARD_ALPHABET: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Set for a character that is not of the alphabet; the 24 bits of a quartet do not reach it.
const FAULT: u32 = 1 << 31;

/// The value of a character of an alphabet at each of the four places, where it stands in the 24
/// bits.
pub(super) struct Words([[u32; 256]; 4]);

/// Of base64url.
pub(super) static URL_SAFE: Words = Words::of(ALPHABET);

/// Of base64.
pub(super) static STANDARD: Words = Words::of(STANDARD_ALPHABET);

impl Words {
    const fn of(alphabet: &[u8; 64]) -> Self {
        Self([words(alphabet, 18), words(alphabet, 12), words(alphabet, 6), words(alphabet, 0)])
    }
}

#[expect(clippy::indexing_slicing, reason = "the compiler evaluates it, and would stop")]
const fn words(alphabet: &[u8; 64], shift: u32) -> [u32; 256] {
    let mut words = [FAULT; 256];
    let mut value = 0u32;
    let mut rest: &[u8] = alphabet;
    while let [character, tail @ ..] = rest {
        // No `usize::from` in a constant.
        let (mut at, mut byte) = (0usize, 0u8);
        while byte < *character {
            byte = byte.wrapping_add(1);
            at = at.wrapping_add(1);
        }
        words[at] = value << shift;
        value = value.wrapping_add(1);
        rest = tail;
    }
    words
}

// The two characters of twelve bits.
static PAIRS: [[u8; 2]; 4096] = pairs();

#[expect(clippy::indexing_slicing, reason = "the compiler evaluates it, and would stop")]
const fn pairs() -> [[u8; 2]; 4096] {
    let mut pairs = [[0; 2]; 4096];
    let mut bits = 0usize;
    while bits < pairs.len() {
        pairs[bits] = [ALPHABET[bits >> 6], ALPHABET[bits & 63]];
        bits = bits.wrapping_add(1);
    }
    pairs
}
