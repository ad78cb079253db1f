//! base64 with padding, one spelling only: the other alphabet, no line breaks, unused bits zero
//! (RFC 4648, 4). X.509 certificates in JOSE headers are written so (RFC 7515, 4.1.6).

use super::quartets;
use crate::verdict::{Code, Place, Refusal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Decodes the one canonical spelling.
///
/// # Errors
/// [`Code::FormatBase64`] with the byte where the spelling ends to be canonical.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    let padded = text.len().is_multiple_of(4);
    let bare = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    if padded && quartets::decode_onto(&quartets::STANDARD, bare, &mut out) {
        return Ok(out);
    }
    let offset = match STANDARD.decode(text) {
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
    fn agrees_with_the_library_on_every_byte_at_every_place() {
        for len in 0..=12 {
            for padding in 0..=len.min(3) {
                for at in 0..len {
                    for byte in 0..=u8::MAX {
                        let mut text = vec![b'A'; len];
                        text[len - padding..].fill(b'=');
                        text[at] = byte;
                        assert_eq!(decode(&text).ok(), STANDARD.decode(&text).ok(), "{text:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn names_the_first_byte_that_is_wrong() {
        assert_eq!(decode(b"+/+/").unwrap(), [0xfb, 0xff, 0xbf]);
        for (bad, at) in [("-_-_", 0), ("AAAA\n", 4), ("AB==", 1), ("AAAA=", 5), ("AA", 2)] {
            let refusal = decode(bad.as_bytes()).unwrap_err();
            assert_eq!(refusal.code(), Code::FormatBase64);
            assert!(refusal.place().offset.unwrap() <= at + 1, "{bad:?}");
        }
    }
}
