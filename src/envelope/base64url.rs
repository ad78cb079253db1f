//! base64url, one spelling only: no padding, no other alphabet, unused bits zero (RFC 7515, 2).

use crate::verdict::{Code, Place, Refusal};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Encodes without padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Encodes without padding, behind what stands in `out` already.
pub fn encode_onto(bytes: &[u8], out: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, out);
}

/// Encodes without padding to the start of `out`, and returns how long it is; 0 when it does not fit.
#[must_use]
pub fn encode_slice(bytes: &[u8], out: &mut [u8]) -> usize {
    URL_SAFE_NO_PAD.encode_slice(bytes, out).unwrap_or(0)
}

/// Decodes exactly `N` bytes in their one canonical spelling; allocates nothing.
#[must_use]
pub fn decode_array<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    let len = URL_SAFE_NO_PAD.decode_slice(text, &mut out).ok()?;
    (len == N).then_some(out)
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
    let before = out.len();
    URL_SAFE_NO_PAD.decode_vec(text, out).map_err(|error| {
        out.truncate(before);
        let offset = match error {
            base64::DecodeError::InvalidByte(at, _)
            | base64::DecodeError::InvalidLastSymbol(at, _) => at,
            base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidPadding => {
                text.len()
            }
        };
        Refusal::new(Code::FormatBase64, Place::NONE.at(offset))
    })
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
    fn an_array_has_its_length() {
        assert_eq!(decode_array(b"-_8"), Some([0xfb, 0xff]));
        assert_eq!(decode_array::<1>(b"-_8"), None);
        assert_eq!(decode_array::<3>(b"-_8"), None);
        assert_eq!(decode_array(b""), Some([]));
    }

    #[test]
    fn encodes_behind_what_is_there() {
        let mut out = "a.".to_owned();
        encode_onto(&[0xfb, 0xff], &mut out);
        assert_eq!(out, "a.-_8");
    }
}
