use crate::crypto::Alg;
use crate::envelope::json::{Kind, Value};
use crate::verdict::{Code, Refusal};

/// What one kind of token allows in its header.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HeaderRules {
    /// Members besides `alg`, `typ` and `kid` that are allowed and read by the kind itself.
    pub known: &'static [&'static str],
    /// Whether any other member is refused. A foreign token may carry members that say nothing to
    /// us; those that select a key or change the meaning of the signature are refused all the same.
    pub closed: bool,
    /// Whether the `typ` may carry the prefix `application/` (RFC 7515, 4.1.9).
    pub media_type_prefix: bool,
}

impl HeaderRules {
    /// Rules of one kind of token.
    #[must_use]
    pub const fn new(
        known: &'static [&'static str],
        closed: bool,
        media_type_prefix: bool,
    ) -> Self {
        Self { known, closed, media_type_prefix }
    }
}

// Members that select a key, or change what is signed (RFC 8725, 3.10; RFC 7797, 7; RFC 7516).
const REFUSED: &[&str] = &["b64", "enc", "jku", "jwk", "x5u", "zip"];

/// The header of a JWS, its members sorted out but not believed.
#[derive(Clone, Copy)]
pub struct Header<'a> {
    root: Value<'a>,
    alg: Alg,
}

impl<'a> Header<'a> {
    /// Reads a header that is one JSON object (RFC 7515, 4; RFC 8725, 3).
    ///
    /// # Errors
    /// [`Code::HeaderCritical`], [`Code::HeaderRefused`], [`Code::HeaderMalformed`] or
    /// [`Code::AlgNotAllowed`], at the member that is at fault.
    pub fn parse(root: Value<'a>, rules: HeaderRules) -> Result<Self, Refusal> {
        if root.kind() != Kind::Object {
            return Err(Refusal::new(Code::FormatJson, root.place()));
        }
        for (name, value) in root.members() {
            if name.is("crit") {
                return Err(Refusal::new(Code::HeaderCritical, name.place()));
            }
            let base = ["alg", "typ", "kid"].iter().any(|known| name.is(known));
            let known = base || rules.known.iter().any(|known| name.is(known));
            let refused = REFUSED.iter().any(|member| name.is(member));
            if refused || (rules.closed && !known) {
                return Err(Refusal::new(Code::HeaderRefused, name.place()));
            }
            // An odd `kid` is refused where a key is looked up by it.
            if base && !name.is("kid") && value.kind() != Kind::String {
                return Err(Refusal::new(Code::HeaderMalformed, value.place()));
            }
        }
        let alg = root.get("alg").ok_or(Code::AlgNotAllowed)?;
        let name = alg.as_plain_str().and_then(Alg::from_name);
        let alg = name.ok_or_else(|| Refusal::new(Code::AlgNotAllowed, alg.place()))?;
        Ok(Self { root, alg })
    }

    /// The algorithm that the header names; the key decides whether it may.
    #[must_use]
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// Checks `typ` against the types of this kind of token, byte for byte (RFC 8725, 3.11).
    ///
    /// # Errors
    /// [`Code::TypeMismatch`] when it is missing or another.
    pub fn check_type<'t>(
        &self,
        rules: HeaderRules,
        types: impl IntoIterator<Item = &'t str>,
    ) -> Result<(), Refusal> {
        let typ = self.root.get("typ").ok_or(Code::TypeMismatch)?;
        let text = typ.as_str().unwrap_or_default();
        let bare = match text.strip_prefix("application/") {
            Some(rest) if rules.media_type_prefix => rest,
            _ => &text,
        };
        if types.into_iter().any(|wanted| wanted == bare) {
            Ok(())
        } else {
            Err(Refusal::new(Code::TypeMismatch, typ.place()))
        }
    }

    /// The `kid`: 1 to 128 printable ASCII characters (docs/deviations.md); `None` when there is
    /// none.
    ///
    /// # Errors
    /// [`Code::KeyUnknown`] for any other form: such a key cannot exist.
    pub fn kid(&self) -> Result<Option<&'a str>, Refusal> {
        let Some(kid) = self.root.get("kid") else { return Ok(None) };
        let text = kid.as_plain_str().filter(|text| is_kid(text));
        text.map(Some).ok_or_else(|| Refusal::new(Code::KeyUnknown, kid.place()))
    }

    /// Any other member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        self.root.get(name)
    }
}

/// Whether a text can be a `kid` (docs/deviations.md).
#[must_use]
pub(crate) fn is_kid(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::json::{Limits, with};

    const CLOSED: HeaderRules = HeaderRules { known: &[], closed: true, media_type_prefix: true };
    const OPEN: HeaderRules =
        HeaderRules { known: &["x5c"], closed: false, media_type_prefix: false };

    fn parse(text: &str, rules: HeaderRules) -> Result<(), Code> {
        with(text.as_bytes(), Limits::OWN, |root| {
            let header = Header::parse(root, rules)?;
            header.check_type(rules, ["a+jwt"])?;
            header.kid()?;
            Ok(())
        })
        .map_err(|refusal| refusal.code())
    }

    #[test]
    fn accepts_the_members_of_the_profile() {
        assert_eq!(parse(r#"{"alg":"ES256","typ":"a+jwt","kid":"k"}"#, CLOSED), Ok(()));
        assert_eq!(parse(r#"{"alg":"ES256","typ":"application/a+jwt"}"#, CLOSED), Ok(()));
        assert_eq!(parse(r#"{"alg":"ES256","typ":"a+jwt","vctm":[],"x5c":[]}"#, OPEN), Ok(()));
    }

    #[test]
    fn refuses_the_rest_with_its_code() {
        for (text, code) in [
            (r#"{"typ":"a+jwt"}"#, Code::AlgNotAllowed),
            (r#"{"alg":"none","typ":"a+jwt"}"#, Code::AlgNotAllowed),
            (r#"{"alg":["ES256"],"typ":"a+jwt"}"#, Code::HeaderMalformed),
            (r#"{"alg":"ES256","typ":"a+jwt","crit":["x"]}"#, Code::HeaderCritical),
            (r#"{"alg":"ES256","typ":"a+jwt","jwk":{}}"#, Code::HeaderRefused),
            (r#"{"alg":"ES256","typ":"a+jwt","b64":false}"#, Code::HeaderRefused),
            (r#"{"alg":"ES256","typ":"A+JWT"}"#, Code::TypeMismatch),
            (r#"{"alg":"ES256"}"#, Code::TypeMismatch),
            (r#"{"alg":"ES256","typ":"a+jwt","kid":""}"#, Code::KeyUnknown),
            (r#"{"alg":"ES256","typ":"a+jwt","kid":"\u0000"}"#, Code::KeyUnknown),
            (r#"["alg"]"#, Code::FormatJson),
        ] {
            assert_eq!(parse(text, OPEN), Err(code), "{text}");
        }
        assert_eq!(
            parse(r#"{"alg":"ES256","typ":"a+jwt","x":1}"#, CLOSED),
            Err(Code::HeaderRefused)
        );
        assert_eq!(
            parse(r#"{"alg":"ES256","typ":"application/a+jwt"}"#, OPEN),
            Err(Code::TypeMismatch)
        );
    }
}
