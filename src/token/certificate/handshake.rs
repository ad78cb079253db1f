//! What the host vouches for: the facts of a handshake, as one JSON object.

use crate::UnixTime;
use crate::envelope::base64std;
use crate::envelope::json::{Kind, Limits, Nodes, Value};
use crate::token::card::MAX_CERTIFICATES;
use crate::verdict::{Code, Detail, Place, Refusal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// A version of TLS that a card may log in with (RFC 8996 forbids the older ones).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2, which RSA cards need that cannot make RSASSA-PSS signatures.
    V1_2,
    /// TLS 1.3.
    V1_3,
}

impl TlsVersion {
    /// The word in the statement.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
        }
    }
}

/// A handshake in which a card was presented, as the host saw it.
///
/// ```json
/// {"format":"eid-handshake:1","tls":"1.3","resumed":false,"handshake_at":1772366395,
///  "server_name":"login.example.org","certificates":["MIID…","MIIC…"]}
/// ```
#[derive(Clone, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "leaving out a fact must not compile")]
pub struct Handshake {
    /// The version.
    pub tls: TlsVersion,
    /// Whether the session was resumed: then the card took no part.
    pub resumed: bool,
    /// When the card signed.
    pub handshake_at: UnixTime,
    /// The name that the client asked for (RFC 6066, 3), without port.
    pub server_name: String,
    /// The certificates as presented, DER, end entity first.
    pub certificates: Vec<Vec<u8>>,
}

impl Handshake {
    /// Writes the statement.
    #[must_use]
    pub fn to_json(&self) -> String {
        let certificates: Vec<String> =
            self.certificates.iter().map(|der| STANDARD.encode(der)).collect();
        serde_json::json!({
            "format": FORMAT,
            "tls": self.tls.name(),
            "resumed": self.resumed,
            "handshake_at": self.handshake_at.secs(),
            "server_name": self.server_name,
            "certificates": certificates,
        })
        .to_string()
    }

    /// Reads a statement of at most `max_len` bytes: these members, each once, and no other.
    ///
    /// # Errors
    /// [`Code::FormatEmpty`], [`Code::LimitSize`], the codes of the JSON reader,
    /// [`Code::FormatVersion`], [`Code::FormatMemberMissing`], [`Code::FormatMemberType`],
    /// [`Code::FormatMemberUnexpected`], [`Code::FormatBase64`], [`Code::LimitCount`] and
    /// [`Code::SessionVersion`].
    pub fn parse(statement: &[u8], max_len: usize) -> Result<Self, Refusal> {
        if statement.is_empty() {
            return Err(Code::FormatEmpty.into());
        }
        if statement.len() > max_len {
            let detail = Detail::limit(max_len, statement.len());
            return Err(Refusal::from(Code::LimitSize).with(detail));
        }
        let mut nodes = Nodes::default();
        let root = nodes.read(statement, Limits::OWN)?;
        if root.kind() != Kind::Object {
            return Err(Refusal::new(Code::FormatJson, Place::NONE.at(root.offset())));
        }
        let format = required(root, 0)?;
        if !format.is(FORMAT) {
            return Err(Refusal::new(Code::FormatVersion, Place::part(part(0))));
        }
        let known = |name: &str| MEMBERS.iter().any(|(member, _)| *member == name);
        if let Some((_, value)) =
            root.members().find(|(name, _)| !name.as_plain_str().is_some_and(known))
        {
            let place = Place::part("member").at(value.offset());
            return Err(Refusal::new(Code::FormatMemberUnexpected, place));
        }
        let tls = required(root, 1)?;
        let tls = match tls.as_plain_str() {
            Some("1.2") => TlsVersion::V1_2,
            Some("1.3") => TlsVersion::V1_3,
            Some(_) => return Err(Refusal::new(Code::SessionVersion, Place::part(part(1)))),
            None => return Err(wrong(tls, 1)),
        };
        let resumed = required(root, 2)?;
        let resumed = match resumed.kind() {
            Kind::True => true,
            Kind::False => false,
            Kind::Array | Kind::Null | Kind::Number | Kind::Object | Kind::String => {
                return Err(wrong(resumed, 2));
            }
        };
        let at = required(root, 3)?;
        let handshake_at = at.as_u64().and_then(UnixTime::checked).ok_or_else(|| wrong(at, 3))?;
        let name = required(root, 4)?;
        let server_name = name.as_str().ok_or_else(|| wrong(name, 4))?.into_owned();
        let certificates = certificates(required(root, 5)?)?;
        Ok(Self { tls, resumed, handshake_at, server_name, certificates })
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("tls", &self.tls)
            .field("handshake_at", &self.handshake_at)
            .field("certificates", &self.certificates.len())
            .finish_non_exhaustive()
    }
}

fn required(root: Value<'_>, member: usize) -> Result<Value<'_>, Refusal> {
    let name = MEMBERS.get(member).map_or("", |(name, _)| *name);
    root.get(name).ok_or(Refusal::new(Code::FormatMemberMissing, Place::part(part(member))))
}

fn part(member: usize) -> &'static str {
    MEMBERS.get(member).map_or("member", |(_, part)| *part)
}

fn wrong(value: Value<'_>, member: usize) -> Refusal {
    Refusal::new(Code::FormatMemberType, Place::part(part(member)).at(value.offset()))
}

fn certificates(list: Value<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
    if list.kind() != Kind::Array || list.elements().next().is_none() {
        return Err(wrong(list, 5));
    }
    let mut out = Vec::new();
    for certificate in list.elements() {
        if out.len() == MAX_CERTIFICATES {
            return Err(Refusal::new(Code::LimitCount, Place::part(part(5))));
        }
        let text = certificate.as_str().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| wrong(certificate, 5))?;
        let place = Place::part(part(5)).at(certificate.offset());
        let der = base64std::decode(text.as_bytes());
        out.push(der.map_err(|_| Refusal::new(Code::FormatBase64, place))?);
    }
    Ok(out)
}

const FORMAT: &str = "eid-handshake:1";

// Each member and the place of its refusals.
const MEMBERS: [(&str, &str); 6] = [
    ("format", "member format"),
    ("tls", "member tls"),
    ("resumed", "member resumed"),
    ("handshake_at", "member handshake_at"),
    ("server_name", "member server_name"),
    ("certificates", "member certificates"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn handshake() -> Handshake {
        Handshake {
            tls: TlsVersion::V1_3,
            resumed: false,
            handshake_at: UnixTime::from_secs(1_772_366_395),
            server_name: "login.example.org".to_owned(),
            certificates: vec![vec![1, 2, 3], vec![4]],
        }
    }

    fn parse(text: &str) -> Result<Handshake, Code> {
        Handshake::parse(text.as_bytes(), 4_096).map_err(|refusal| refusal.code())
    }

    #[test]
    fn reads_what_it_writes() {
        assert_eq!(parse(&handshake().to_json()), Ok(handshake()));
        let older = Handshake { tls: TlsVersion::V1_2, resumed: true, ..handshake() };
        assert_eq!(parse(&older.to_json()), Ok(older));
    }

    #[test]
    fn refuses_other_members_types_and_versions() {
        let text = handshake().to_json();
        for (right, wrong, code) in [
            ("eid-handshake:1", "eid-handshake:2", Code::FormatVersion),
            ("\"1.3\"", "\"1.1\"", Code::SessionVersion),
            ("\"1.3\"", "1.3", Code::FormatMemberType),
            ("false", "\"false\"", Code::FormatMemberType),
            ("1772366395", "\"now\"", Code::FormatMemberType),
            ("1772366395", "-1", Code::FormatMemberType),
            ("\"login.example.org\"", "null", Code::FormatMemberType),
            ("\"AQID\"", "\"AQI\"", Code::FormatBase64),
            ("\"AQID\"", "\"\"", Code::FormatMemberType),
            ("[\"AQID\",\"BA==\"]", "[]", Code::FormatMemberType),
            ("\"resumed\"", "\"Resumed\"", Code::FormatMemberUnexpected),
            ("{", "{\"other\":1,", Code::FormatMemberUnexpected),
            ("{", "{\"tls\":\"1.3\",", Code::AmbiguousMember),
            ("\"resumed\":false,", "", Code::FormatMemberMissing),
        ] {
            assert!(text.contains(right), "{right}");
            assert_eq!(parse(&text.replacen(right, wrong, 1)), Err(code), "{wrong}");
        }
        assert_eq!(parse(""), Err(Code::FormatEmpty));
        assert_eq!(parse("[]"), Err(Code::FormatJson));
        assert_eq!(parse(&" ".repeat(4_097)), Err(Code::LimitSize));
        let many = Handshake { certificates: vec![vec![1]; 9], ..handshake() };
        assert_eq!(parse(&many.to_json()), Err(Code::LimitCount));
        let most = Handshake { certificates: vec![vec![1]; 8], ..handshake() };
        assert!(parse(&most.to_json()).is_ok());
    }
}
