//! Writes the few structures that are signed and digested but not received: deterministic CBOR
//! (RFC 8949, 4.2.1), head by head.

/// Writes the head of an array.
pub fn array(out: &mut Vec<u8>, elements: usize) {
    head(out, 4, elements);
}

/// Writes a byte string.
pub fn bytes(out: &mut Vec<u8>, content: &[u8]) {
    head(out, 2, content.len());
    out.extend_from_slice(content);
}

/// Writes a text string.
pub fn text(out: &mut Vec<u8>, content: &str) {
    head(out, 3, content.len());
    out.extend_from_slice(content.as_bytes());
}

/// Writes `null`.
pub fn null(out: &mut Vec<u8>) {
    out.push(0xf6);
}

/// Writes a data item within a byte string: tag 24 (RFC 8949, 3.4.5.1).
pub fn embedded(out: &mut Vec<u8>, item: &[u8]) {
    head(out, 6, 24);
    bytes(out, item);
}

// The shortest form.
fn head(out: &mut Vec<u8>, major: u8, argument: usize) {
    let major = major << 5;
    let argument = u64::try_from(argument).unwrap_or(u64::MAX);
    let all = argument.to_be_bytes();
    let (info, tail) = match argument {
        0..=23 => return out.push(major | all.last().copied().unwrap_or(0)),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    out.push(major | info);
    out.extend_from_slice(all.get(8_usize.saturating_sub(tail)..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::cbor::{Encoding, Kind, Limits, with};

    #[test]
    fn writes_the_shortest_form_at_every_length() {
        for len in [0, 23, 24, 255, 256, 65_535, 65_536] {
            let mut out = Vec::new();
            bytes(&mut out, &vec![7; len]);
            let limits = Limits::WALLET.in_encoding(Encoding::Shortest);
            with(&out, limits, |value| {
                assert_eq!(value.as_bytes().map(<[u8]>::len), Some(len));
                Ok(())
            })
            .unwrap();
        }
    }

    #[test]
    fn what_is_embedded_is_read_back() {
        let mut out = Vec::new();
        array(&mut out, 3);
        text(&mut out, "a");
        null(&mut out);
        embedded(&mut out, &[0x01]);
        assert_eq!(out, [0x83, 0x61, b'a', 0xf6, 0xd8, 0x18, 0x41, 0x01]);
        with(&out, Limits::WALLET, |value| {
            let last = value.elements().last().unwrap();
            assert_eq!((value.kind(), last.embedded()), (Kind::Array, Some(&[1_u8][..])));
            Ok(())
        })
        .unwrap();
    }
}
