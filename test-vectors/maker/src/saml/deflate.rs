//! Raw DEFLATE (RFC 1951): a writer that knows the fixed code alone, and a reader of all three kinds of
//! blocks.

use crate::MakerError;

/// Compresses with the fixed Huffman code; what was seen in the last 32 KiB is referred to.
#[must_use]
pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut out = BitWriter::default();
    out.bits(0b011, 3);
    let mut last_seen = std::collections::HashMap::new();
    let mut position = 0_usize;
    while position < data.len() {
        let found = data.get(position..position.saturating_add(3)).and_then(|start| {
            let before = last_seen.insert(start.to_vec(), position)?;
            let distance = position.checked_sub(before)?;
            (distance <= MAX_DISTANCE).then(|| (match_len(data, before, position), distance))
        });
        match found {
            Some((len, distance)) => {
                out.length(len);
                out.distance(distance);
                position = position.saturating_add(len);
            }
            None => {
                out.literal(usize::from(data.get(position).copied().unwrap_or_default()));
                position = position.saturating_add(1);
            }
        }
    }
    out.literal(256);
    out.finish()
}

/// One stored block: the data as they are, at most 65535 bytes of them.
#[must_use]
pub fn store(data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let data = data.get(..usize::from(len)).unwrap_or_default();
    [&[1], &len.to_le_bytes()[..], &(!len).to_le_bytes(), data].concat()
}

/// Decompresses.
///
/// # Errors
/// [`MakerError::Xml`] when the stream is none, or gives more than `max` bytes.
pub fn inflate(data: &[u8], max: usize) -> Result<Vec<u8>, MakerError> {
    let fail = || MakerError::Xml("the end of the DEFLATE stream".to_owned());
    let mut reader = BitReader { data, at: 0 };
    reader.all(max).ok_or_else(fail)
}

const MAX_DISTANCE: usize = 32_768;
const MAX_MATCH: usize = 258;

fn match_len(data: &[u8], before: usize, at: usize) -> usize {
    let (old, new) = (data.iter().skip(before), data.iter().skip(at));
    old.zip(new).take(MAX_MATCH).take_while(|(old, new)| old == new).count()
}

// RFC 1951, 3.2.5: first length of the codes 257 to 285 and the bits that follow; the same for
// distances 0 to 29.
const LENGTHS: [(usize, u32); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];
const DISTANCES: [(usize, u32); 30] = [
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 1),
    (7, 1),
    (9, 2),
    (13, 2),
    (17, 3),
    (25, 3),
    (33, 4),
    (49, 4),
    (65, 5),
    (97, 5),
    (129, 6),
    (193, 6),
    (257, 7),
    (385, 7),
    (513, 8),
    (769, 8),
    (1025, 9),
    (1537, 9),
    (2049, 10),
    (3073, 10),
    (4097, 11),
    (6145, 11),
    (8193, 12),
    (12289, 12),
    (16385, 13),
    (24577, 13),
];

fn code_of(table: &[(usize, u32)], value: usize) -> (usize, usize, u32) {
    let index = table.iter().rposition(|row| row.0 <= value).unwrap_or_default();
    let (first, extra) = table.get(index).copied().unwrap_or_default();
    (index, value.saturating_sub(first), extra)
}

#[derive(Default)]
struct BitWriter {
    out: Vec<u8>,
    used: u32,
}

impl BitWriter {
    // The lowest bit first.
    fn bits(&mut self, value: usize, count: u32) {
        for index in 0..count {
            if self.used.is_multiple_of(8) {
                self.out.push(0);
            }
            let bit = u8::from(value.checked_shr(index).unwrap_or_default() & 1 == 1);
            if let Some(last) = self.out.last_mut() {
                *last |= bit.checked_shl(self.used & 7).unwrap_or_default();
            }
            self.used = self.used.wrapping_add(1);
        }
    }

    // A code of the Huffman tree: the highest bit first.
    fn code(&mut self, value: usize, count: u32) {
        for index in (0..count).rev() {
            self.bits(value.checked_shr(index).unwrap_or_default() & 1, 1);
        }
    }

    // RFC 1951, 3.2.6.
    fn literal(&mut self, symbol: usize) {
        match symbol {
            0..=143 => self.code(symbol.saturating_add(0x30), 8),
            144..=255 => self.code(symbol.saturating_add(0x190).saturating_sub(144), 9),
            256..=279 => self.code(symbol.saturating_sub(256), 7),
            _ => self.code(symbol.saturating_add(0xc0).saturating_sub(280), 8),
        }
    }

    fn length(&mut self, len: usize) {
        let (index, rest, extra) = code_of(&LENGTHS, len);
        self.literal(index.saturating_add(257));
        self.bits(rest, extra);
    }

    fn distance(&mut self, distance: usize) {
        let (index, rest, extra) = code_of(&DISTANCES, distance);
        self.code(index, 5);
        self.bits(rest, extra);
    }

    fn finish(self) -> Vec<u8> {
        self.out
    }
}

struct BitReader<'a> {
    data: &'a [u8],
    at: usize,
}

// Symbols by the length of their code and the code itself.
type Tree = Vec<(u32, usize, usize)>;

impl BitReader<'_> {
    fn bit(&mut self) -> Option<usize> {
        let byte = self.data.get(self.at.checked_div(8)?)?;
        let bit = byte.checked_shr(u32::try_from(self.at & 7).ok()?)? & 1;
        self.at = self.at.checked_add(1)?;
        Some(usize::from(bit))
    }

    fn bits(&mut self, count: u32) -> Option<usize> {
        let mut value = 0;
        for index in 0..count {
            value |= self.bit()?.checked_shl(index)?;
        }
        Some(value)
    }

    fn symbol(&mut self, tree: &Tree) -> Option<usize> {
        let mut code = 0_usize;
        for len in 1..=15 {
            code = code.checked_mul(2)? | self.bit()?;
            if let Some(found) = tree.iter().find(|row| (row.0, row.1) == (len, code)) {
                return Some(found.2);
            }
        }
        None
    }

    fn all(&mut self, max: usize) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        loop {
            let last = self.bit()?;
            match self.bits(2)? {
                0 => {
                    self.at = self.at.checked_next_multiple_of(8)?;
                    let (len, check) = (self.bits(16)?, self.bits(16)?);
                    if len ^ check != 0xffff {
                        return None;
                    }
                    for _ in 0..len {
                        out.push(u8::try_from(self.bits(8)?).ok()?);
                    }
                }
                1 => {
                    let mut lengths = vec![8; 144];
                    lengths.extend([9; 112]);
                    lengths.extend([7; 24]);
                    lengths.extend([8; 8]);
                    self.block(&tree(&lengths)?, &tree(&[5; 30])?, max, &mut out)?;
                }
                2 => {
                    let (literals, distances) = self.trees()?;
                    self.block(&literals, &distances, max, &mut out)?;
                }
                _ => return None,
            }
            if out.len() > max {
                return None;
            }
            if last == 1 {
                let whole = self.at.checked_next_multiple_of(8)?.checked_div(8)?;
                return (whole == self.data.len()).then_some(out);
            }
        }
    }

    // RFC 1951, 3.2.7.
    fn trees(&mut self) -> Option<(Tree, Tree)> {
        const ORDER: [usize; 19] =
            [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
        let literals = self.bits(5)?.checked_add(257)?;
        let distances = self.bits(5)?.checked_add(1)?;
        let codes = self.bits(4)?.checked_add(4)?;
        let mut lengths = [0; 19];
        for index in ORDER.iter().take(codes) {
            *lengths.get_mut(*index)? = u32::try_from(self.bits(3)?).ok()?;
        }
        let codes = tree(&lengths)?;
        let mut lengths: Vec<u32> = Vec::new();
        while lengths.len() < literals.checked_add(distances)? {
            let (value, count) = match self.symbol(&codes)? {
                16 => (*lengths.last()?, self.bits(2)?.checked_add(3)?),
                17 => (0, self.bits(3)?.checked_add(3)?),
                18 => (0, self.bits(7)?.checked_add(11)?),
                len => (u32::try_from(len).ok()?, 1),
            };
            lengths.extend(vec![value; count]);
        }
        let (first, second) = lengths.split_at_checked(literals)?;
        Some((tree(first)?, tree(second)?))
    }

    fn block(
        &mut self,
        literals: &Tree,
        distances: &Tree,
        max: usize,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        while out.len() <= max {
            match self.symbol(literals)? {
                256 => return Some(()),
                byte @ 0..=255 => out.push(u8::try_from(byte).ok()?),
                symbol => {
                    let (first, extra) = *LENGTHS.get(symbol.checked_sub(257)?)?;
                    let len = first.checked_add(self.bits(extra)?)?;
                    let (first, extra) = *DISTANCES.get(self.symbol(distances)?)?;
                    let distance = first.checked_add(self.bits(extra)?)?;
                    for _ in 0..len {
                        out.push(*out.get(out.len().checked_sub(distance)?)?);
                    }
                }
            }
        }
        None
    }
}

// RFC 1951, 3.2.2: codes from their lengths.
fn tree(lengths: &[u32]) -> Option<Tree> {
    let (mut code, mut out) = (0_usize, Tree::new());
    for len in 1..=15 {
        for (symbol, _) in lengths.iter().enumerate().filter(|row| *row.1 == len) {
            out.push((len, code, symbol));
            code = code.checked_add(1)?;
        }
        code = code.checked_mul(2)?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_deflated_is_inflated_again() {
        let text = "<saml2p:Response><saml2:Issuer/></saml2p:Response>".repeat(40);
        for data in [text.as_bytes(), b"", b"a", &[0; 100_000], &(0..=255).collect::<Vec<u8>>()] {
            let small = deflate(data);
            assert_eq!(inflate(&small, data.len()).unwrap(), data);
            assert!(data.is_empty() || inflate(&small, data.len() - 1).is_err());
            assert!(inflate(&[&small[..], &[0]].concat(), data.len()).is_err(), "trailing");
        }
        assert!(deflate(text.as_bytes()).len() * 10 < text.len());
        assert_eq!(inflate(&store(b"stored"), 6).unwrap(), b"stored");
    }

    // Made by zlib with wbits -15 at level 9: one block of the third kind.
    #[test]
    fn a_stream_with_codes_of_its_own_is_inflated() {
        let hex = DYNAMIC.as_bytes().chunks(2);
        let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        let stream: Vec<u8> = hex.map(byte).collect();
        assert_eq!(stream[0] & 7, 0b101);
        let mut state = 1_u64;
        let mut letter = || {
            state = (state * 1_103_515_245 + 12_345) % (1 << 31);
            b"abcdefgh"[usize::try_from((state >> 16) % 8).unwrap()]
        };
        let plain: Vec<u8> = (0..300).map(|_| letter()).collect();
        assert_eq!(inflate(&stream, 1_000).unwrap(), plain);
    }

    const DYNAMIC: &str = "1590d11500200802671510dc7f82e8f593a61c944012b5f1ede27a12de5d0e9c05d3576376dd9e45\
                           f62ea6cff853d1d82db9c9c2b9604687f1182b53035621c78efd02590e96315281ee94e3d95be8b7\
                           a61674bd56d8965c56321bd669e127cee0238ef2d486e9e908b45768a8cc54ba91aaacef66f9976a\
                           a221b63d15affd38d6a0d5ccd8266ab03ade41c5fa1f6cc4ba33cc52fd00";
}
