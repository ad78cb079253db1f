//! base64url, one spelling only: no padding, no other alphabet, unused bits zero (RFC 7515, 2).

use super::quartets;
use crate::verdict::{Code, Place, Refusal};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Encodes without padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = Vec::new();
    encode_onto(bytes, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// Encodes without padding, behind what stands in `out` already.
pub fn encode_onto(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let room = base64::encoded_len(bytes.len(), false).unwrap_or(0);
    out.resize(start.saturating_add(room), 0);
    let _ = encode_slice(bytes, out.get_mut(start..).unwrap_or_default());
}

/// Encodes without padding to the start of `out`, and returns how long it is; 0 when it does not fit.
#[must_use]
pub fn encode_slice(bytes: &[u8], out: &mut [u8]) -> usize {
    let (whole, tail) = bytes.as_chunks::<3>();
    let Some(out) = out.get_mut(..base64::encoded_len(bytes.len(), false).unwrap_or(usize::MAX))
    else {
        return 0;
    };
    let len = out.len();
    let (quartets, rest) = out.as_chunks_mut::<4>();
    quartets::encode(whole, quartets);
    // One or two bytes at the end give two or three characters, which are no quartet.
    let _ = URL_SAFE_NO_PAD.encode_slice(tail, rest);
    len
}

/// Decodes exactly `N` bytes in their one canonical spelling; allocates nothing.
#[must_use]
pub fn decode_array<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    quartets::decode_slice(&quartets::URL_SAFE, text, &mut out).then_some(out)
}

/// Decodes the one canonical spelling.
///
/// # Errors
/// [`Code::FormatBase64`] with the byte where the spelling ends to be canonical.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    decode_into(text, &mut out)?;
    Ok(out)
}

/// Decodes into `out`, which is cleared first; reuses its memory.
///
/// # Errors
/// As [`decode`]; `out` is then empty.
pub fn decode_into(text: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    out.clear();
    decode_onto(text, out)
}

/// Decodes behind what stands in `out` already.
///
/// # Errors
/// As [`decode`]; `out` is then as it was.
pub fn decode_onto(text: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    if quartets::decode_onto(&quartets::URL_SAFE, text, out) {
        return Ok(());
    }
    let offset = match URL_SAFE_NO_PAD.decode(text) {
        Err(
            base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _),
        ) => at,
        _ => text.len(),
    };
    Err(Refusal::new(Code::FormatBase64, Place::NONE.at(offset)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_one_spelling_only() {
        assert_eq!(decode(b"-_8").unwrap(), [0xfb, 0xff]);
        for (bad, at) in [("-_9", 2), ("-_8=", 3), ("+/8", 0), ("-_8\n", 3), ("A", 1), ("AA\0A", 2)]
        {
            let refusal = decode(bad.as_bytes()).unwrap_err();
            assert_eq!(refusal.code(), Code::FormatBase64);
            assert!(refusal.place().offset.unwrap() <= at + 1, "{bad:?}");
            assert_eq!(decode_array::<2>(bad.as_bytes()), None);
        }
    }

    #[test]
    fn agrees_with_the_library_on_every_byte_at_every_place() {
        for len in 0..=14 {
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    let mut text = vec![b'A'; len];
                    text[at] = byte;
                    let mut found = b"kept".to_vec();
                    match URL_SAFE_NO_PAD.decode(&text) {
                        Ok(expected) => {
                            decode_onto(&text, &mut found).unwrap();
                            assert_eq!(found, [b"kept", &expected[..]].concat());
                            assert_eq!(encode(&expected).into_bytes(), text);
                        }
                        Err(_) => {
                            let refusal = decode_onto(&text, &mut found).unwrap_err();
                            assert_eq!(refusal.code(), Code::FormatBase64);
                            assert_eq!(found, b"kept", "{text:?}");
                        }
                    }
                }
            }
        }
        for len in 0..40u8 {
            let bytes: Vec<u8> = (0..len).map(|n| n.wrapping_mul(151).wrapping_add(77)).collect();
            let mut text = Vec::new();
            encode_onto(&bytes, &mut text);
            assert_eq!(text, URL_SAFE_NO_PAD.encode(&bytes).into_bytes());
            assert_eq!(decode(&text).unwrap(), bytes);
            let mut room = vec![b'.'; text.len() + 1];
            assert_eq!(encode_slice(&bytes, &mut room), text.len());
            assert_eq!(room, [&text[..], b"."].concat());
            if !bytes.is_empty() {
                assert_eq!(encode_slice(&bytes, &mut room[..text.len() - 1]), 0);
            }
        }
    }

    #[test]
    fn an_array_has_its_length() {
        assert_eq!(decode_array(b"-_8"), Some([0xfb, 0xff]));
        assert_eq!(decode_array::<1>(b"-_8"), None);
        assert_eq!(decode_array::<3>(b"-_8"), None);
        assert_eq!(decode_array(b""), Some([]));
        assert_eq!(decode_array::<0>(b"AA"), None);
        for len in 0..30 {
            let text = vec![b'A'; len];
            assert_eq!(decode_array::<16>(&text).is_some(), len == 22, "{len}");
            assert_eq!(decode_array::<15>(&text).is_some(), len == 20, "{len}");
        }
        // Unused bits, another alphabet, padding.
        for bad in ["AAAAAAAAAAAAAAAAAAAAAB", "AAAA+AAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA="] {
            assert_eq!(decode_array::<16>(bad.as_bytes()), None);
        }
    }

    #[test]
    fn encodes_behind_what_is_there() {
        let mut out = b"a.".to_vec();
        encode_onto(&[0xfb, 0xff], &mut out);
        assert_eq!(out, b"a.-_8");
        encode_onto(&[], &mut out);
        assert_eq!(out, b"a.-_8");
    }
}
