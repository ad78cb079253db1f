//! base64 with padding, one spelling only: the other alphabet, no line breaks, unused bits zero
//! (RFC 4648, 4). X.509 certificates in JOSE headers are written so (RFC 7515, 4.1.6).

use super::quartets;
use super::scan::prefix_len;
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

/// Decodes base64 in XML (XML Schema 1.1 part 2, 3.3.16): white space of XML may stand anywhere and
/// means nothing, everything else is as in [`decode`].
///
/// # Errors
/// [`Code::FormatBase64`] with the byte of `text` where the spelling ends to be canonical.
pub fn decode_wrapped(text: &[u8]) -> Result<Vec<u8>, Refusal> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    // Without a branch per byte.
    let solid = |b: u8| (b != b' ') & (b != b'\t') & (b != b'\n') & (b != b'\r');
    if prefix_len(text, solid) == text.len() {
        return decode(text);
    }
    let bare: Vec<u8> = text.iter().copied().filter(|byte| !is_space(byte)).collect();
    decode(&bare).map_err(|refusal| {
        let at = refusal.place().offset.and_then(|at| usize::try_from(at).ok()).unwrap_or(0);
        let mut solid = text.iter().enumerate().filter(|(_, byte)| !is_space(byte));
        let offset = solid.nth(at).map_or(text.len(), |(offset, _)| offset);
        Refusal::new(Code::FormatBase64, Place::NONE.at(offset))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_of_xml_means_nothing_wherever_it_stands() {
        for text in ["QUJD", " QUJD", "Q\tU\nJ\rD ", "\r\nQU\r\nJD\r\n", "QUJDRA =\n="] {
            let bare: String = text.split_ascii_whitespace().collect();
            assert_eq!(decode_wrapped(text.as_bytes()), decode(bare.as_bytes()), "{text:?}");
            assert!(decode_wrapped(text.as_bytes()).is_ok());
        }
        assert_eq!(decode_wrapped(b" \n").unwrap(), b"");
        for (bad, at) in [
            ("QU\nJ D!", 6),
            ("QUJ\x0cD", 3),
            ("QU\u{a0}JD", 2),
            ("Q U J", 5),
            ("QUJDR B==", 6),
            ("QUJD ====", 5),
            (" Q-_D", 2),
        ] {
            let refusal = decode_wrapped(bad.as_bytes()).unwrap_err();
            assert_eq!(refusal.code(), Code::FormatBase64);
            assert_eq!(refusal.place().offset, Some(at), "{bad:?}");
        }
    }

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
