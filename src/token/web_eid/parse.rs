//! JSON to a token: exactly what the format has, and nothing believed yet.

use crate::crypto::Alg;
use crate::envelope::base64std;
use crate::envelope::json::{Kind, Limits, Nodes, Value};
use crate::token::card::MAX_CERTIFICATES;
use crate::verdict::{Code, Detail, Place, Refusal};

/// A format, compared byte for byte: `web-eid:10` is none of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// `web-eid:1`, which says the same as 1.0.
    V1,
    /// `web-eid:1.0`.
    V1_0,
    /// `web-eid:1.1`: other certificates may come with it.
    V1_1,
}

impl Format {
    /// The value of the member `format`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "web-eid:1",
            Self::V1_0 => "web-eid:1.0",
            Self::V1_1 => "web-eid:1.1",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::V1, Self::V1_0, Self::V1_1].into_iter().find(|format| format.name() == name)
    }
}

/// A token cut into its parts. `Debug` tells the format only.
#[non_exhaustive]
pub struct Token {
    /// The format.
    pub format: Format,
    /// The authentication certificate, DER.
    pub certificate: Vec<u8>,
    /// The algorithm that the token names.
    pub alg: Alg,
    /// The signature: `r‖s` for ECDSA.
    pub signature: Vec<u8>,
    /// Intermediates of the authentication certificate, DER; format 1.1 only.
    pub intermediates: Vec<Vec<u8>>,
    /// Certificates for signatures, each with its intermediates behind it, DER; format 1.1 only. The
    /// signature does not cover them: nothing about the person comes from here.
    pub signing: Vec<Vec<Vec<u8>>>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token({})", self.format.name())
    }
}

/// Shortest token.
pub const MIN_LEN: usize = 100;

/// Longest token of the formats `web-eid:1` and `web-eid:1.0`, in bytes.
pub const MAX_LEN_1_0: usize = 10_000;

impl Token {
    /// Reads a token of at most `max_len` bytes in one of the accepted formats.
    ///
    /// Members that the format does not know are left alone; a member that comes twice refuses the
    /// token. Base64 is the standard alphabet with padding and nothing between (RFC 4648, 4).
    ///
    /// # Errors
    /// [`Code::FormatEmpty`], [`Code::LimitSize`], the codes of the JSON reader,
    /// [`Code::FormatVersion`], [`Code::FormatMemberMissing`], [`Code::FormatMemberType`],
    /// [`Code::FormatMemberUnexpected`], [`Code::FormatBase64`], [`Code::LimitCount`], and
    /// [`Code::AlgNotAllowed`] for an algorithm that the format does not have.
    pub fn parse(token: &[u8], formats: &[String], max_len: usize) -> Result<Self, Refusal> {
        if token.is_empty() {
            return Err(Code::FormatEmpty.into());
        }
        check_len(token.len(), max_len)?;
        if token.len() < MIN_LEN {
            return Err(Code::FormatMalformed.into());
        }
        let mut nodes = Nodes::default();
        let root = nodes.read(token, Limits::OWN)?;
        if root.kind() != Kind::Object {
            return Err(Refusal::new(Code::FormatJson, Place::NONE.at(root.offset())));
        }
        // Everything else is read by the rules of its format.
        let format = required(root, "format", "member format")?;
        let name = string(format, "member format")?;
        let format = Format::of(&name).filter(|format| formats.iter().any(|f| f == format.name()));
        let format =
            format.ok_or(Refusal::new(Code::FormatVersion, Place::part("member format")))?;
        if format != Format::V1_1 {
            check_len(token.len(), MAX_LEN_1_0)?;
        }
        for (name, part) in INFORMATIVE {
            if let Some(value) = root.get(name) {
                string(value, part)?;
            }
        }
        let certificate = base64(root, "unverifiedCertificate", "member unverifiedCertificate")?;
        let alg = required(root, "algorithm", "member algorithm")?;
        let alg = string(alg, "member algorithm")?;
        let alg = ALGORITHMS.iter().copied().find(|known| known.name() == alg);
        let alg = alg.ok_or(Refusal::new(Code::AlgNotAllowed, Place::part("member algorithm")))?;
        let signature = base64(root, "signature", "member signature")?;
        let (intermediates, signing) = others(root, format)?;
        Ok(Self { format, certificate, alg, signature, intermediates, signing })
    }
}

fn check_len(len: usize, max_len: usize) -> Result<(), Refusal> {
    if len <= max_len {
        return Ok(());
    }
    let detail = Detail::limit(max_len, len);
    Err(Refusal::from(Code::LimitSize).with(detail))
}

fn required<'a>(object: Value<'a>, name: &str, part: &'static str) -> Result<Value<'a>, Refusal> {
    object.get(name).ok_or(Refusal::new(Code::FormatMemberMissing, Place::part(part)))
}

fn string<'a>(value: Value<'a>, part: &'static str) -> Result<std::borrow::Cow<'a, str>, Refusal> {
    value.as_str().ok_or_else(|| wrong(value, part))
}

fn wrong(value: Value<'_>, part: &'static str) -> Refusal {
    Refusal::new(Code::FormatMemberType, Place::part(part).at(value.offset()))
}

fn base64(object: Value<'_>, name: &str, part: &'static str) -> Result<Vec<u8>, Refusal> {
    decode(required(object, name, part)?, part)
}

fn decode(value: Value<'_>, part: &'static str) -> Result<Vec<u8>, Refusal> {
    let text = string(value, part)?;
    if text.is_empty() {
        return Err(wrong(value, part));
    }
    let place = Place::part(part).at(value.offset());
    base64std::decode(text.as_bytes()).map_err(|_| Refusal::new(Code::FormatBase64, place))
}

type Others = (Vec<Vec<u8>>, Vec<Vec<Vec<u8>>>);

fn others(root: Value<'_>, format: Format) -> Result<Others, Refusal> {
    let (intermediates, signing) = (root.get(INTERMEDIATES.0), root.get(SIGNING.0));
    if format != Format::V1_1 {
        return match (intermediates, signing) {
            (None, None) => Ok((Vec::new(), Vec::new())),
            (Some(_), _) => {
                Err(Refusal::new(Code::FormatMemberUnexpected, Place::part(INTERMEDIATES.1)))
            }
            (None, Some(_)) => {
                Err(Refusal::new(Code::FormatMemberUnexpected, Place::part(SIGNING.1)))
            }
        };
    }
    if intermediates.is_none() && signing.is_none() {
        return Err(Refusal::new(Code::FormatMemberMissing, Place::part(SIGNING.1)));
    }
    let intermediates =
        intermediates.map_or(Ok(Vec::new()), |list| certificates(list, INTERMEDIATES.1))?;
    let signing = signing.map_or(Ok(Vec::new()), |list| {
        elements(list, SIGNING.1)?.into_iter().map(signing_certificate).collect()
    })?;
    Ok((intermediates, signing))
}

// A list that is not empty, of at most as many as a card has certificates.
fn elements<'a>(list: Value<'a>, part: &'static str) -> Result<Vec<Value<'a>>, Refusal> {
    if list.kind() != Kind::Array {
        return Err(wrong(list, part));
    }
    let found: Vec<Value<'a>> = list.elements().take(MAX_CERTIFICATES.saturating_add(1)).collect();
    if found.len() > MAX_CERTIFICATES {
        return Err(Refusal::new(Code::LimitCount, Place::part(part).at(list.offset())));
    }
    if found.is_empty() { Err(wrong(list, part)) } else { Ok(found) }
}

fn certificates(list: Value<'_>, part: &'static str) -> Result<Vec<Vec<u8>>, Refusal> {
    elements(list, part)?.into_iter().map(|value| decode(value, part)).collect()
}

fn signing_certificate(entry: Value<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
    let part = SIGNING.1;
    if entry.kind() != Kind::Object {
        return Err(wrong(entry, part));
    }
    let mut chain = vec![base64(entry, "certificate", part)?];
    if let Some(list) = entry.get("intermediateCertificates") {
        chain.extend(certificates(list, part)?);
    }
    let supported = required(entry, "supportedSignatureAlgorithms", part)?;
    // Information for whoever asks for a signature later; only its form matters here.
    if supported.kind() != Kind::Array || supported.elements().next().is_none() {
        return Err(wrong(supported, part));
    }
    // Bounded by the reader of JSON.
    for algorithm in supported.elements() {
        for (name, words) in SUPPORTED {
            let value = required(algorithm, name, part)?;
            let known = string(value, part)?;
            if !words.contains(&known.as_ref()) {
                return Err(wrong(value, part));
            }
        }
    }
    Ok(chain)
}

// The member and the place of its refusals.
const INTERMEDIATES: (&str, &str) =
    ("unverifiedIntermediateCertificates", "member unverifiedIntermediateCertificates");
const SIGNING: (&str, &str) =
    ("unverifiedSigningCertificates", "member unverifiedSigningCertificates");

// Members that mean nothing here; their type is that of the format all the same.
const INFORMATIVE: &[(&str, &str)] = &[
    ("action", "member action"),
    ("appVersion", "member appVersion"),
    ("issuerApp", "member issuerApp"),
];

const ALGORITHMS: &[Alg] = &[
    Alg::Es256,
    Alg::Es384,
    Alg::Es512,
    Alg::Ps256,
    Alg::Ps384,
    Alg::Ps512,
    Alg::Rs256,
    Alg::Rs384,
    Alg::Rs512,
];

const SUPPORTED: &[(&str, &[&str])] = &[
    ("cryptoAlgorithm", &["ECC", "RSA"]),
    (
        "hashFunction",
        &[
            "SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA3-224", "SHA3-256", "SHA3-384",
            "SHA3-512",
        ],
    ),
    ("paddingScheme", &["NONE", "PKCS1.5", "PSS"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value as Json, json};

    fn formats() -> Vec<String> {
        ["web-eid:1", "web-eid:1.0", "web-eid:1.1"].map(str::to_owned).into()
    }

    fn token() -> Json {
        json!({
            "unverifiedCertificate": STANDARD.encode([7; 64]), "algorithm": "ES256",
            "signature": STANDARD.encode([9; 64]), "format": "web-eid:1.0",
            "appVersion": "https://web-eid.eu/web-eid-app/releases/2.5.0+0",
        })
    }

    fn signing() -> Json {
        json!([{
            "certificate": "AAAA",
            "supportedSignatureAlgorithms":
                [{"cryptoAlgorithm": "RSA", "hashFunction": "SHA-256", "paddingScheme": "PKCS1.5"}],
        }])
    }

    fn parse(token: &Json) -> Result<Token, Code> {
        Token::parse(token.to_string().as_bytes(), &formats(), 65_536).map_err(|r| r.code())
    }

    fn with(name: &str, value: Json) -> Result<Token, Code> {
        let mut token = token();
        token[name] = value;
        parse(&token)
    }

    #[test]
    fn reads_each_format_and_leaves_unknown_members_alone() {
        assert_eq!(parse(&token()).unwrap().signature, [9; 64]);
        assert_eq!(with("format", json!("web-eid:1")).unwrap().format, Format::V1);
        assert!(with("other", json!([1])).is_ok());
        let mut newer = token();
        newer["format"] = json!("web-eid:1.1");
        newer["unverifiedSigningCertificates"] = signing();
        assert_eq!(parse(&newer).unwrap().signing, [[[0, 0, 0]]]);
        newer["unverifiedIntermediateCertificates"] = json!(["AAAA"]);
        assert_eq!(parse(&newer).unwrap().intermediates.len(), 1);
    }

    #[test]
    fn compares_the_format_byte_for_byte() {
        for bad in [
            "web-eid:10",
            "web-eid:1.01",
            "web-eid:1.",
            "web-eid:2",
            "WEB-EID:1.0",
            "web-eid:1.0 ",
            "",
        ] {
            assert_eq!(with("format", json!(bad)).err(), Some(Code::FormatVersion), "{bad}");
        }
        let text = token().to_string();
        let only = ["web-eid:1.1".to_owned()];
        let refusal = Token::parse(text.as_bytes(), &only, 65_536).unwrap_err();
        assert_eq!(refusal.code(), Code::FormatVersion);
    }

    #[test]
    fn demands_strings_in_standard_base64() {
        for name in ["unverifiedCertificate", "signature", "algorithm", "format"] {
            let mut without = token();
            without.as_object_mut().unwrap().remove(name);
            assert_eq!(parse(&without).err(), Some(Code::FormatMemberMissing), "{name}");
            for value in [json!(1), json!(null), json!(["a"]), json!({})] {
                assert_eq!(with(name, value).err(), Some(Code::FormatMemberType), "{name}");
            }
        }
        for bad in ["AA-_", "AAA", "AAA=\n", " AAAA", "AAB=", "AAAA====", "A"] {
            assert_eq!(with("signature", json!(bad)).err(), Some(Code::FormatBase64), "{bad:?}");
        }
        assert_eq!(with("signature", json!("")).err(), Some(Code::FormatMemberType));
        assert_eq!(with("appVersion", json!(1)).err(), Some(Code::FormatMemberType));
        for bad in ["none", "EdDSA", "es256", "HS256", "ES256K"] {
            assert_eq!(with("algorithm", json!(bad)).err(), Some(Code::AlgNotAllowed), "{bad}");
        }
    }

    #[test]
    fn members_of_1_1_belong_to_1_1() {
        for (name, value) in [
            ("unverifiedSigningCertificates", signing()),
            ("unverifiedIntermediateCertificates", json!(["AAAA"])),
        ] {
            assert_eq!(with(name, value).err(), Some(Code::FormatMemberUnexpected), "{name}");
        }
        let mut newer = token();
        newer["format"] = json!("web-eid:1.1");
        assert_eq!(parse(&newer).err(), Some(Code::FormatMemberMissing));
        for (bad, code) in [
            (json!([]), Code::FormatMemberType),
            (json!("AAAA"), Code::FormatMemberType),
            (json!([1]), Code::FormatMemberType),
            (json!([{"certificate": "AAAA"}]), Code::FormatMemberMissing),
            (
                json!([{"certificate": "AAAA", "supportedSignatureAlgorithms": []}]),
                Code::FormatMemberType,
            ),
            (Json::Array(vec![signing()[0].clone(); 9]), Code::LimitCount),
        ] {
            newer["unverifiedSigningCertificates"] = bad.clone();
            assert_eq!(parse(&newer).err(), Some(code), "{bad}");
        }
        let mut odd = signing();
        odd[0]["supportedSignatureAlgorithms"][0]["hashFunction"] = json!("MD5");
        newer["unverifiedSigningCertificates"] = odd;
        assert_eq!(parse(&newer).err(), Some(Code::FormatMemberType));
    }

    #[test]
    fn lengths_and_shapes_are_bounded() {
        let parse =
            |token: &str| Token::parse(token.as_bytes(), &formats(), 65_536).map_err(|r| r.code());
        assert_eq!(parse("").err(), Some(Code::FormatEmpty));
        assert_eq!(parse("{}").err(), Some(Code::FormatMalformed));
        assert_eq!(parse(&" ".repeat(65_537)).err(), Some(Code::LimitSize));
        assert_eq!(parse(&format!("[{}]", " ".repeat(100))).err(), Some(Code::FormatJson));
        let text = token().to_string();
        let padded = |len: usize| format!("{text}{}", " ".repeat(len - text.len()));
        assert!(parse(&padded(MAX_LEN_1_0)).is_ok());
        assert_eq!(parse(&padded(MAX_LEN_1_0 + 1)).err(), Some(Code::LimitSize));
        let twice = text.replacen('{', "{\"format\":\"web-eid:1.0\",", 1);
        assert_eq!(parse(&twice).err(), Some(Code::AmbiguousMember));
    }
}
