//! Octets to the parts of a device response (ISO/IEC 18013-5, 8.3.2.1.2.2).

use crate::envelope::base64url;
use crate::envelope::cbor::{Kind, Value};
use crate::verdict::{Code, Detail, Place, Refusal};
use std::borrow::Cow;

pub(super) const RESPONSE: &str = "device-response";

/// The device response as CBOR, whichever way it came.
///
/// # Errors
/// [`Code::FormatEmpty`], [`Code::LimitSize`], [`Code::FormatBase64`].
pub(super) fn octets(token: &[u8], max_len: usize) -> Result<Cow<'_, [u8]>, Refusal> {
    let Some(first) = token.first() else { return Err(Code::FormatEmpty.into()) };
    if token.len() > max_len {
        let detail = Detail::limit(max_len, token.len());
        return Err(Refusal::from(Code::LimitSize).with(detail));
    }
    // A map of CBOR begins above ASCII, base64url within it.
    if first.is_ascii() { base64url::decode(token).map(Cow::Owned) } else { Ok(token.into()) }
}

/// The one document of a response. Nothing in it may be believed yet.
pub(super) struct Document<'n, 'o> {
    pub(super) doc_type: &'o str,
    /// Elements by namespace, if there are any.
    pub(super) name_spaces: Option<Value<'n, 'o>>,
    pub(super) issuer_auth: Value<'n, 'o>,
    pub(super) device_signed: Option<Value<'n, 'o>>,
}

/// Reads a response that must hold exactly one document (OpenID4VP 1.0, B.2; HAIP 1.0, 5).
///
/// # Errors
/// [`Code::MdocStructure`], [`Code::MdocVersion`], [`Code::MdocStatus`], [`Code::MdocDocuments`].
pub(super) fn document<'n, 'o>(root: Value<'n, 'o>) -> Result<Document<'n, 'o>, Refusal> {
    let version = text(root, "version")?;
    if !is_version_1(version) {
        return Err(Refusal::new(Code::MdocVersion, Place::part(RESPONSE)));
    }
    let status = member(root, "status")?;
    match status.as_u64() {
        Some(0) => {}
        Some(_) => return Err(Refusal::new(Code::MdocStatus, place(status))),
        None => return Err(structure(status)),
    }
    let documents = root.get("documents");
    if let Some(documents) = documents.filter(|documents| documents.kind() != Kind::Array) {
        return Err(structure(documents));
    }
    let mut documents = documents.iter().flat_map(Value::elements);
    let (Some(document), None) = (documents.next(), documents.next()) else {
        return Err(Refusal::new(Code::MdocDocuments, Place::part(RESPONSE)));
    };
    let signed = map(document, "issuerSigned")?;
    check_members(signed, &["nameSpaces", "issuerAuth"])?;
    let name_spaces = signed.get("nameSpaces");
    if let Some(spaces) = name_spaces.filter(|v| v.kind() != Kind::Map || v.is_empty()) {
        return Err(structure(spaces));
    }
    let device_signed = document.get("deviceSigned");
    if let Some(signed) = device_signed.filter(|signed| signed.kind() != Kind::Map) {
        return Err(structure(signed));
    }
    Ok(Document {
        doc_type: text(document, "docType")?,
        name_spaces,
        issuer_auth: member(signed, "issuerAuth")?,
        device_signed,
    })
}

/// Checks that a map has no other member than these. What both sides signed has none; a response as a
/// whole may have members of a later minor version.
///
/// # Errors
/// [`Code::MdocStructure`].
pub(super) fn check_members(value: Value<'_, '_>, known: &[&str]) -> Result<(), Refusal> {
    let other = value.entries().find(|(key, _)| !known.iter().any(|name| key.is(name)));
    other.map_or(Ok(()), |(key, _)| Err(structure(key)))
}

/// Whether a version is one that is read here: major 1, whatever the minor one.
pub(super) fn is_version_1(version: &str) -> bool {
    version.strip_prefix("1.").is_some_and(|minor| {
        (1..=3).contains(&minor.len()) && minor.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn member<'n, 'o>(value: Value<'n, 'o>, key: &'static str) -> Result<Value<'n, 'o>, Refusal> {
    value.get(key).ok_or_else(|| structure(value).with(Detail::Name(key)))
}

fn map<'n, 'o>(value: Value<'n, 'o>, key: &'static str) -> Result<Value<'n, 'o>, Refusal> {
    let value = member(value, key)?;
    if value.kind() == Kind::Map { Ok(value) } else { Err(structure(value)) }
}

fn text<'o>(value: Value<'_, 'o>, key: &'static str) -> Result<&'o str, Refusal> {
    let value = member(value, key)?;
    value.as_str().ok_or_else(|| structure(value))
}

fn structure(value: Value<'_, '_>) -> Refusal {
    Refusal::new(Code::MdocStructure, place(value))
}

fn place(value: Value<'_, '_>) -> Place {
    Place::part(RESPONSE).at(value.offset())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::cbor::{Limits, with};

    #[test]
    fn the_first_octet_says_which_form_it_is() {
        assert_eq!(octets(&[0xa0, 0x41], 10).unwrap().as_ref(), [0xa0, 0x41]);
        assert_eq!(octets(b"oEE", 10).unwrap().as_ref(), [0xa0, 0x41]);
        let code = |token: &[u8]| octets(token, 10).unwrap_err().code();
        assert_eq!(code(b""), Code::FormatEmpty);
        assert_eq!(code(b"oEE="), Code::FormatBase64);
        assert_eq!(code(b" oEE"), Code::FormatBase64);
        assert_eq!(code(&[b'a'; 11]), Code::LimitSize);
        assert_eq!(code(&[0xa0; 11]), Code::LimitSize);
    }

    #[test]
    fn minor_versions_pass_and_major_ones_do_not() {
        for good in ["1.0", "1.1", "1.12"] {
            assert!(is_version_1(good), "{good}");
        }
        for bad in ["", "1", "1.", "2.0", "10.0", "1.x", "1.0.0", "1.0000", " 1.0"] {
            assert!(!is_version_1(bad), "{bad}");
        }
    }

    // {"docType": "b", "issuerSigned": {"issuerAuth": null}}
    const DOCUMENT: &str =
        "a267646f635479706561626c6973737565725369676e6564a16a69737375657241757468f6";

    // {"version": "1.0", "documents": [...], "status": n}
    fn response(documents: &str, status: &str) -> Result<(), Code> {
        let text = format!(
            "a36776657273696f6e63312e3069646f63756d656e7473{documents}66737461747573{status}"
        );
        let digit = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap();
        let digits: Vec<u8> = text.chars().map(digit).collect();
        let octets: Vec<u8> = digits.chunks(2).map(|pair| (pair[0] << 4) | pair[1]).collect();
        with(&octets, Limits::WALLET, |root| document(root).map(|_| ()))
            .map_err(|refusal| refusal.code())
    }

    #[test]
    fn exactly_one_document_and_no_error() {
        let one = format!("81{DOCUMENT}");
        assert_eq!(response(&one, "00"), Ok(()));
        assert_eq!(response(&one, "0a"), Err(Code::MdocStatus));
        assert_eq!(response(&one, "f6"), Err(Code::MdocStructure));
        assert_eq!(response("80", "00"), Err(Code::MdocDocuments));
        assert_eq!(response(&format!("82{DOCUMENT}{DOCUMENT}"), "00"), Err(Code::MdocDocuments));
        assert_eq!(response("a0", "00"), Err(Code::MdocStructure));
        assert_eq!(response("8100", "00"), Err(Code::MdocStructure));
    }

    #[test]
    fn what_was_signed_has_no_other_members() {
        // {"issuerAuth": null} with {"x": "b"} in it.
        let more = DOCUMENT.replace("a16a697373", "a2617861626a697373");
        assert_eq!(response(&format!("81{more}"), "00"), Err(Code::MdocStructure));
    }
}
