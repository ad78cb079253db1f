use crate::envelope::scan::prefix_len;
use crate::verdict::{Code, Detail, Place, Refusal};

/// A JWS in compact serialisation, cut at its two dots. Nothing in it may be believed yet.
#[derive(Clone, Copy)]
pub struct Compact<'a> {
    header: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
    signing_input: &'a [u8],
}

impl<'a> Compact<'a> {
    /// Cuts a token of at most `max_len` bytes (RFC 7515, 7.1).
    ///
    /// Header and payload are not empty; an empty signature is let through, so that `alg` `none` is
    /// refused as the algorithm that it is.
    ///
    /// # Errors
    /// [`Code::FormatEmpty`], [`Code::LimitSize`], [`Code::FormatUnsupported`] for a JSON
    /// serialisation, or [`Code::FormatMalformed`] at the first byte outside the grammar.
    pub fn split(token: &'a [u8], max_len: usize) -> Result<Self, Refusal> {
        if token.is_empty() {
            return Err(Code::FormatEmpty.into());
        }
        if token.len() > max_len {
            let detail = Detail::limit(max_len, token.len());
            return Err(Refusal::from(Code::LimitSize).with(detail));
        }
        if token.first() == Some(&b'{') {
            return Err(Refusal::new(Code::FormatUnsupported, Place::NONE.at(0)));
        }
        let malformed = |at: usize| Refusal::new(Code::FormatMalformed, Place::NONE.at(at));
        let mut dots = [0usize; 2];
        let mut at = 0usize;
        for slot in &mut dots {
            at = skip_alphabet(token, at);
            if token.get(at) != Some(&b'.') {
                return Err(malformed(at));
            }
            *slot = at;
            at = at.saturating_add(1);
        }
        let end = skip_alphabet(token, at);
        if end != token.len() {
            return Err(malformed(end));
        }
        let [first, second] = dots;
        let part = |from: usize, to: usize| token.get(from..to).unwrap_or_default();
        let compact = Self {
            header: part(0, first),
            payload: part(first.saturating_add(1), second),
            signature: part(second.saturating_add(1), token.len()),
            signing_input: part(0, second),
        };
        if compact.header.is_empty() || compact.payload.is_empty() {
            return Err(malformed(if compact.header.is_empty() { 0 } else { second }));
        }
        Ok(compact)
    }

    /// The header, base64url.
    #[must_use]
    pub const fn header(&self) -> &'a [u8] {
        self.header
    }

    /// The payload, base64url.
    #[must_use]
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// The signature, base64url; perhaps empty.
    #[must_use]
    pub const fn signature(&self) -> &'a [u8] {
        self.signature
    }

    /// The octets that were signed: header, dot, payload, as received.
    #[must_use]
    pub const fn signing_input(&self) -> &'a [u8] {
        self.signing_input
    }
}

// The first place from `at` on that is not of the alphabet.
fn skip_alphabet(token: &[u8], at: usize) -> usize {
    at.saturating_add(prefix_len(token.get(at..).unwrap_or_default(), is_base64url))
}

/// Whether a byte is of the alphabet of base64url. Without branches: it is asked of every byte.
#[must_use]
pub(crate) const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_lowercase()
        | byte.is_ascii_uppercase()
        | byte.is_ascii_digit()
        | (byte == b'-')
        | (byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_two_dots() {
        let compact = Compact::split(b"aa.bb.cc", 8).unwrap();
        assert_eq!(compact.header(), b"aa");
        assert_eq!(compact.payload(), b"bb");
        assert_eq!(compact.signature(), b"cc");
        assert_eq!(compact.signing_input(), b"aa.bb");
        assert!(Compact::split(b"aa.bb.", 8).unwrap().signature().is_empty());
    }

    #[test]
    fn refuses_everything_else() {
        for (bad, code) in [
            (&b""[..], Code::FormatEmpty),
            (b"a", Code::FormatMalformed),
            (b"..", Code::FormatMalformed),
            (b"a.b", Code::FormatMalformed),
            (b"a.b.c.d", Code::FormatMalformed),
            (b".b.c", Code::FormatMalformed),
            (b"a..c", Code::FormatMalformed),
            (b" a.b.c", Code::FormatMalformed),
            (b"a.b.c\n", Code::FormatMalformed),
            (b"a.b.c=", Code::FormatMalformed),
            (b"a.b.c\0", Code::FormatMalformed),
            (b"a.b+.c", Code::FormatMalformed),
            (b"{\"a\":1}", Code::FormatUnsupported),
            (b"aaaaaa.bb.cc", Code::LimitSize),
        ] {
            assert_eq!(Compact::split(bad, 10).map(|_| ()).unwrap_err().code(), code, "{bad:?}");
        }
    }
}
