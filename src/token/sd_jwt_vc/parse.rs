//! Bytes to parts: the grammar of SD-JWT and SD-JWT+KB (RFC 9901, 4).

use crate::envelope::jose::Compact;
use crate::verdict::{Code, Detail, Place, Refusal};

/// Most disclosures of one presentation. A PID with every attribute has about 40.
pub const MAX_DISCLOSURES: usize = 1_024;

/// A presentation cut into its parts. Nothing in it may be believed yet.
#[non_exhaustive]
pub struct Parts<'a> {
    /// The issuer-signed JWT.
    pub issuer_jwt: Compact<'a>,
    /// The disclosures as received, base64url.
    pub disclosures: Vec<&'a [u8]>,
    /// The key-binding JWT, if there is one.
    pub key_binding: Option<Compact<'a>>,
    /// What `sd_hash` covers: everything up to and including the last `~`.
    pub bound: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Cuts a presentation of at most `max_len` bytes.
    ///
    /// # Errors
    /// [`Code::FormatEmpty`], [`Code::LimitSize`], [`Code::LimitCount`], [`Code::FormatUnsupported`]
    /// for the JSON serialisations, or [`Code::FormatMalformed`] at the first byte outside the
    /// grammar.
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
        let last = memchr::memrchr(b'~', token).ok_or(malformed(token.len()))?;
        let (bound, key_binding) = token.split_at(last.saturating_add(1));
        let component = |at: usize| {
            let rest = bound.get(at..).unwrap_or_default();
            rest.get(..memchr::memchr(b'~', rest).unwrap_or(rest.len())).unwrap_or_default()
        };
        let issuer_jwt = component(0);
        let mut at = issuer_jwt.len();
        let mut disclosures = Vec::with_capacity(16);
        while at < last {
            at = at.saturating_add(1);
            let component = component(at);
            if disclosures.len() == MAX_DISCLOSURES {
                let detail = Detail::Limit { limit: 1_024, found: 1_025 };
                return Err(Refusal::new(Code::LimitCount, Place::NONE.at(at)).with(detail));
            }
            if component.is_empty() {
                return Err(malformed(at));
            }
            disclosures.push(component);
            at = at.saturating_add(component.len());
        }
        let issuer_jwt = Compact::split(issuer_jwt, max_len)
            .map_err(|refusal| refusal.within("issuer-jwt", None))?;
        let key_binding = match key_binding {
            [] => None,
            jwt => {
                let jwt = Compact::split(jwt, max_len);
                Some(jwt.map_err(|refusal| refusal.within("key-binding-jwt", None))?)
            }
        };
        Ok(Self { issuer_jwt, disclosures, key_binding, bound })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(token: &str) -> Result<(usize, bool), Code> {
        Parts::split(token.as_bytes(), 100)
            .map(|parts| (parts.disclosures.len(), parts.key_binding.is_some()))
            .map_err(|refusal| refusal.code())
    }

    #[test]
    fn cuts_at_the_tildes() {
        assert_eq!(split("a.b.c~"), Ok((0, false)));
        assert_eq!(split("a.b.c~d~e~"), Ok((2, false)));
        assert_eq!(split("a.b.c~d~f.g.h"), Ok((1, true)));
        let parts = Parts::split(b"a.b.c~d~f.g.h", 100).unwrap();
        assert_eq!(parts.bound, b"a.b.c~d~");
    }

    #[test]
    fn refuses_other_shapes() {
        for (token, code) in [
            ("", Code::FormatEmpty),
            ("~", Code::FormatEmpty),
            ("a.b.c", Code::FormatMalformed),
            ("a.b.c~~", Code::FormatMalformed),
            ("a.b.c~d", Code::FormatMalformed),
            ("a.b~d~", Code::FormatMalformed),
            ("a.b.c~d~f.g.h~x", Code::FormatMalformed),
            (" a.b.c~", Code::FormatMalformed),
            ("{\"payload\":\"\"}", Code::FormatUnsupported),
        ] {
            assert_eq!(split(token), Err(code), "{token:?}");
        }
        assert_eq!(split(&format!("a.b.{}~", "c".repeat(96))), Err(Code::LimitSize));
        assert_eq!(split(&format!("a.b.{}~", "c".repeat(95))), Ok((0, false)));
    }

    #[test]
    fn bounds_the_number_of_disclosures() {
        let many = |n: usize| format!("a.b.c~{}", "d~".repeat(n));
        assert!(Parts::split(many(MAX_DISCLOSURES).as_bytes(), 10_000).is_ok());
        let refusal = Parts::split(many(MAX_DISCLOSURES + 1).as_bytes(), 10_000).err().unwrap();
        assert_eq!(refusal.code(), Code::LimitCount);
    }
}
