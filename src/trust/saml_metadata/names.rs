//! Names of the standards, and the small readings that metadata and lists share.

use crate::UnixTime;
use crate::envelope::base64std;
pub(super) use crate::envelope::saml::trimmed as trim;
use crate::envelope::xml::Element;
use crate::pki::Certificate;
use crate::verdict::{Code, Detail, Place, Refusal};
use std::borrow::Cow;

pub(super) const MD: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
pub(super) const SAML2: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(super) const SAML2P: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(super) const MDATTR: &str = "urn:oasis:names:tc:SAML:metadata:attribute";
pub(super) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(super) const EIDAS: &str = "http://eidas.europa.eu/saml-extensions";
pub(super) const SERVICE_LIST: &str = "http://eidas.europa.eu/metadata/servicelist";

pub(super) fn at(code: Code, element: Element<'_, '_>) -> Refusal {
    Refusal::new(code, Place::part(PART).at(element.offset()))
}

/// The text of an element without the white space that pretty-printing put around it.
pub(super) fn trimmed<'d>(element: Element<'d, '_>) -> Result<Cow<'d, str>, Refusal> {
    Ok(match element.text()? {
        Cow::Borrowed(text) => Cow::Borrowed(trim(text)),
        Cow::Owned(text) => Cow::Owned(trim(&text).to_owned()),
    })
}

/// An attribute of type `xs:dateTime` with its offset; `None` when it is not there.
///
/// # Errors
/// [`Code::MetadataValidity`] when it is none.
pub(super) fn instant(
    element: Element<'_, '_>,
    attribute: &str,
) -> Result<Option<UnixTime>, Refusal> {
    let read = |text: &str| {
        UnixTime::from_rfc3339(trim(text)).ok_or_else(|| at(Code::MetadataValidity, element))
    };
    element.attribute(attribute).map(read).transpose()
}

/// The children of an element, of which each must be one that `is_known`. White space may stand
/// between them, text not.
///
/// # Errors
/// [`Code::MetadataStructure`].
pub(super) fn children<'d, 'a>(
    element: Element<'d, 'a>,
    is_known: impl Fn(Element<'d, 'a>) -> bool,
) -> Result<Vec<Element<'d, 'a>>, Refusal> {
    let children: Vec<_> = element.children().collect();
    let stranger = children.iter().find(|child| !is_known(**child));
    if let Some(stranger) = stranger {
        return Err(at(Code::MetadataStructure, *stranger));
    }
    if !element.has_only_elements() {
        return Err(at(Code::MetadataStructure, element));
    }
    Ok(children)
}

/// At most one child of a name.
///
/// # Errors
/// `code` when there are several.
pub(super) fn one_at_most<'d, 'a>(
    parent: Element<'d, 'a>,
    namespace: &str,
    local: &str,
    code: Code,
) -> Result<Option<Element<'d, 'a>>, Refusal> {
    let mut found = parent.children().filter(|child| child.is(namespace, local));
    let first = found.next();
    match found.next() {
        Some(second) => Err(at(code, second)),
        None => Ok(first),
    }
}

/// The certificates of a `ds:KeyInfo`, as encoded: every `X509Data/X509Certificate`, in order, at
/// most eight.
///
/// # Errors
/// [`Code::LimitCount`], [`Code::FormatBase64`].
pub(super) fn certificates_der(key_info: Element<'_, '_>) -> Result<Vec<Vec<u8>>, Refusal> {
    let data = key_info.children().filter(|child| child.is(DS, "X509Data"));
    let certificates =
        data.flat_map(|data| data.children().filter(|child| child.is(DS, "X509Certificate")));
    let mut all = Vec::new();
    for certificate in certificates {
        if all.len() >= MAX_CERTIFICATES {
            let detail = Detail::limit(MAX_CERTIFICATES, MAX_CERTIFICATES.saturating_add(1));
            return Err(at(Code::LimitCount, certificate).with(detail));
        }
        let text = certificate.text()?;
        let base64: Vec<u8> =
            text.bytes().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).collect();
        let der = base64std::decode(&base64);
        all.push(der.map_err(|refusal| at(refusal.code(), certificate))?);
    }
    Ok(all)
}

pub(super) fn parse_certificate(der: &[u8]) -> Result<Certificate, Code> {
    Certificate::parse(der).map_err(|refusal| refusal.code())
}

/// A duration of XML Schema that is not negative, in seconds: a year counts 365 days and a month 30.
/// It only says how soon to look again.
pub(super) fn duration_s(text: &str) -> Option<u64> {
    let rest = trim(text).strip_prefix('P')?;
    let (date, time) = rest.split_once('T').map_or((rest, None), |(d, t)| (d, Some(t)));
    if time.is_some_and(str::is_empty) || (date.is_empty() && time.is_none()) {
        return None;
    }
    let date = units(date, &[('Y', 365 * 86_400), ('M', 30 * 86_400), ('D', 86_400)])?;
    let time = units(time.unwrap_or_default(), &[('H', 3600), ('M', 60), ('S', 1)])?;
    date.checked_add(time)
}

// Numbers with their letters, in this order, each at most once; a fraction of seconds is cut off.
fn units(text: &str, letters: &[(char, u64)]) -> Option<u64> {
    let mut rest = text;
    let mut sum = 0u64;
    for (letter, seconds) in letters {
        let Some((number, after)) = rest.split_once(*letter) else { continue };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| {
            (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(whole) || !digits(fraction) || (number.contains('.') && *letter != 'S') {
            return None;
        }
        sum = whole.parse::<u64>().ok()?.checked_mul(*seconds)?.checked_add(sum)?;
        rest = after;
    }
    rest.is_empty().then_some(sum)
}

/// Whether a text is a protocol version: two numbers of one or two digits without leading zeros.
pub(in crate::trust) fn is_version(text: &str) -> bool {
    version(text).is_some()
}

pub(super) fn version(text: &str) -> Option<(u8, u8)> {
    let number = |part: &str| {
        let plain = (1..=2).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'));
        plain.then(|| part.parse().ok()).flatten()
    };
    let (major, minor) = text.split_once('.')?;
    Some((number(major)?, number(minor)?))
}

/// The part that refusals name.
pub(super) const PART: &str = "metadata";

// A chain has three or four; nodes send one more than they need.
const MAX_CERTIFICATES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_xml_schema() {
        for (text, seconds) in [
            ("P1D", 86_400),
            ("PT1H", 3600),
            ("PT86400S", 86_400),
            ("PT0.000S", 0),
            ("P0Y0M1DT0H30M0.5S", 88_200),
            ("P1Y2M", 425 * 86_400),
            (" PT5M\n", 300),
        ] {
            assert_eq!(duration_s(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "P",
            "PT",
            "1D",
            "P1",
            "PT1",
            "P1H",
            "PT1D",
            "-P1D",
            "P-1D",
            "P1DT",
            "P1.5D",
            "P1D1Y",
            "PT1H1H",
            "P 1D",
            "PT.5S",
            "PT5.S",
            "P99999999999D",
            "p1d",
            "PTS",
        ] {
            assert_eq!(duration_s(text), None, "{text}");
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version("1.4"), Some((1, 4)));
        assert!(version("1.10") > version("1.9"));
        for text in ["", "1", "1.", ".1", "01.2", "1.02", "1.2.3", "1.a", "+1.2", "100.1"] {
            assert_eq!(version(text), None, "{text}");
        }
    }
}
