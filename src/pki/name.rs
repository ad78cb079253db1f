//! Distinguished names: shape, country, and when two are the same (RFC 5280, 7.1).

use super::der::{Element, Reader, malformed, tag};
use crate::crypto::sha256;
use crate::verdict::Refusal;
use unicode_normalization::UnicodeNormalization;

/// The canonical form of a `Name`: two names are the same when their forms are (RFC 5280, 7.1), and
/// one lies in the subtree of another when its form begins with the other's.
///
/// Each relative name is written as the number of its attributes, then the attributes in the order
/// of their forms: type and value, each behind its length. PrintableString and UTF8String are
/// prepared by RFC 4518 and mean the same; a domain component is compared without case (7.3); every
/// other value keeps its type and its bytes.
///
/// Empty for a value that is no `Name`; such a value never gets past the reader of certificates.
pub(crate) fn canonical(name: &[u8]) -> Vec<u8> {
    form(name, Strings::OfTheirType)
}

/// The canonical form, but with every type of string read as text and prepared, so that names that a
/// reader takes for the same are. For names that must not occur; it proves nothing that must be.
pub(crate) fn folded(name: &[u8]) -> Vec<u8> {
    form(name, Strings::AsText)
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Strings {
    OfTheirType,
    AsText,
}

fn form(name: &[u8], strings: Strings) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len().saturating_add(32));
    let element = Reader::new(name).any();
    match element.and_then(|name| write_canonical(name, strings, &mut out)) {
        Ok(()) => out,
        Err(_) => Vec::new(),
    }
}

/// Whether two names are the same.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    one == other
        || (relative_names(one) == relative_names(other) && canonical(one) == canonical(other))
}

// How many relative names there are; most names of two parties differ in that already.
fn relative_names(name: &[u8]) -> usize {
    let Ok(name) = Reader::new(name).any() else { return 0 };
    let mut reader = name.reader();
    let mut count = 0usize;
    // The gate bounds the elements of a certificate.
    while !reader.is_empty() && reader.any().is_ok() {
        count = count.saturating_add(1);
    }
    count
}

/// Half a machine word of work instead of a comparison: names that are the same have the same key.
///
/// Eight bytes of SHA-256 over the canonical form, so that nobody can make many names of one key and
/// with them a long search.
pub(crate) fn key(name: &[u8]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = sha256(&canonical(name));
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Calls `each` with every e-mail address in the name: `emailAddress` attributes (RFC 5280, 4.1.2.6).
pub(crate) fn emails<'a>(name: &'a [u8], mut each: impl FnMut(&'a [u8])) {
    if let Ok(name) = Reader::new(name).any() {
        // The shape was checked when the certificate was read.
        let _ = attributes(name, |kind, value| {
            if kind == EMAIL_ADDRESS {
                each(value.content());
            }
        });
    }
}

/// Calls `each` with tag and content of every common name.
pub(crate) fn common_names<'a>(name: &'a [u8], mut each: impl FnMut(u8, &'a [u8])) {
    if let Ok(name) = Reader::new(name).any() {
        let _ = attributes(name, |kind, value| {
            if kind == COMMON_NAME {
                each(value.tag(), value.content());
            }
        });
    }
}

fn write_canonical(name: Element<'_>, strings: Strings, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let mut relative_names = name.reader();
    // The gate bounds the elements of a certificate, and with them these loops.
    while !relative_names.is_empty() {
        let mut pairs = relative_names.expect(tag::SET)?.reader();
        let at = out.len();
        out.extend_from_slice(&[0, 1]);
        write_attribute(&mut pairs, strings, out)?;
        if pairs.is_empty() {
            continue;
        }
        // Several attributes: in a SET their order follows from the values as they were written.
        let mut forms = vec![out.split_off(at.saturating_add(2))];
        while !pairs.is_empty() {
            let mut form = Vec::new();
            write_attribute(&mut pairs, strings, &mut form)?;
            forms.push(form);
        }
        forms.sort_unstable();
        // At most 4096 by the gate.
        let count = u16::try_from(forms.len()).unwrap_or(u16::MAX);
        out.truncate(at);
        out.extend_from_slice(&count.to_be_bytes());
        for form in forms {
            out.extend_from_slice(&form);
        }
    }
    Ok(())
}

fn write_attribute(
    pairs: &mut Reader<'_>,
    strings: Strings,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    let mut pair = pairs.expect(tag::SEQUENCE)?.reader();
    let kind = pair.expect(tag::OID)?.content();
    let value = pair.any()?;
    // At most 64 bytes by the gate.
    out.push(u8::try_from(kind.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(kind);
    let content = value.content();
    if strings == Strings::AsText
        && let Some(text) = text_of(value.tag(), content)
    {
        out.push(PREPARED);
        with_len(out, |out| prepare(text.as_bytes(), out));
        return Ok(());
    }
    match value.tag() {
        tag::PRINTABLE_STRING | tag::UTF8_STRING => {
            out.push(PREPARED);
            with_len(out, |out| prepare(content, out));
        }
        tag::IA5_STRING if kind == DOMAIN_COMPONENT => {
            out.push(tag::IA5_STRING);
            with_len(out, |out| out.extend(content.iter().map(u8::to_ascii_lowercase)));
        }
        other => {
            out.push(other);
            with_len(out, |out| out.extend_from_slice(content));
        }
    }
    Ok(())
}

/// The text of the types of strings that are not compared otherwise; ISO 8859-1 stands for T.61.
fn text_of(tag: u8, content: &[u8]) -> Option<String> {
    let wide = |unit: &[u8; 4]| char::from_u32(u32::from_be_bytes(*unit));
    match tag {
        tag::TELETEX_STRING
        | tag::IA5_STRING
        | tag::NUMERIC_STRING
        | tag::VISIBLE_STRING
        | tag::GENERAL_STRING => Some(content.iter().copied().map(char::from).collect()),
        tag::BMP_STRING => {
            let (units, _) = content.as_chunks::<2>();
            Some(
                char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit)))
                    .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect(),
            )
        }
        tag::UNIVERSAL_STRING => {
            let (units, _) = content.as_chunks::<4>();
            Some(
                units
                    .iter()
                    .map(|unit| wide(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect(),
            )
        }
        _ => None,
    }
}

/// Four bytes of length, then what `write` writes.
fn with_len(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    let start = out.len();
    write(out);
    let len = u32::try_from(out.len().saturating_sub(start)).unwrap_or(u32::MAX);
    if let Some(place) = out.get_mut(at..start) {
        place.copy_from_slice(&len.to_be_bytes());
    }
}

/// Prepares a text by RFC 4518, 2: mapped, folded, NFKC, insignificant spaces dropped. Content that
/// is not UTF-8 stays as it is.
fn prepare(content: &[u8], out: &mut Vec<u8>) {
    if content.is_ascii() {
        let mapped = content.iter().filter_map(|byte| match byte {
            b'\t'..=b'\r' => Some(b' '),
            0..=0x1f | 0x7f => None,
            byte => Some(byte.to_ascii_lowercase()),
        });
        let start = out.len();
        for byte in mapped {
            // No space first, and no two in a row.
            if byte != b' ' || (out.len() > start && out.last() != Some(&b' ')) {
                out.push(byte);
            }
        }
        if out.len() > start && out.last() == Some(&b' ') {
            out.pop();
        }
        return;
    }
    let Ok(text) = std::str::from_utf8(content) else {
        out.extend_from_slice(content);
        return;
    };
    let mapped = text.chars().filter_map(map);
    let folded: String = mapped.flat_map(fold).collect();
    // NFKC may give capital letters, for instance of letters in a circle.
    let normal: String = folded.nfkc().flat_map(fold).collect();
    let words: Vec<&str> = normal.split(' ').filter(|word| !word.is_empty()).collect();
    out.extend_from_slice(words.join(" ").as_bytes());
}

/// RFC 4518, 2.2: every kind of space is a space, what is not seen is nothing.
const fn map(c: char) -> Option<char> {
    match c {
        '\t'..='\r'
        | '\u{85}'
        | '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'..='\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => Some(' '),
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{1806}'
        | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2063}'
        | '\u{206a}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffc}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0001}'
        | '\u{e0020}'..='\u{e007f}' => None,
        c => Some(c),
    }
}

/// RFC 3454, B.2: the small letter, and the few that are more than that.
fn fold(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        '\u{df}' | '\u{1e9e}' => ('s', Some('s')),
        '\u{3c2}' => ('\u{3c3}', None),
        '\u{17f}' => ('s', None),
        c => (c, None),
    };
    first.to_lowercase().chain(second)
}

/// Checks the shape of a `Name` (RFC 5280, 4.1.2.4): a sequence of sets that are not empty, each of
/// pairs of type and value.
///
/// Says whether the name has any part.
pub(crate) fn check(name: Element<'_>) -> Result<bool, Refusal> {
    // The gate bounds the elements of a certificate, and with them this loop.
    attributes(name, |_, _| ()).map(|count| count > 0)
}

/// The country of a subject: the one `C` attribute (X.520, 6.3.1) when it is two capital letters.
///
/// `None` without such an attribute, with two of them, and with a value that is not a code of
/// ISO 3166-1 in the spelling of that standard.
pub(crate) fn country(name: Element<'_>) -> Option<[u8; 2]> {
    let mut found = None;
    let mut count = 0usize;
    attributes(name, |kind, value| {
        if kind == COUNTRY_NAME {
            count = count.saturating_add(1);
            found = country_code(value);
        }
    })
    .ok()?;
    if count == 1 { found } else { None }
}

/// Calls `each` with type and value of every attribute; gives their number.
fn attributes<'a>(
    name: Element<'a>,
    mut each: impl FnMut(&'a [u8], &Element<'a>),
) -> Result<usize, Refusal> {
    let mut count = 0usize;
    let mut relative_names = name.reader();
    while !relative_names.is_empty() {
        let set = relative_names.expect(tag::SET)?;
        let mut pairs = set.reader();
        if pairs.is_empty() {
            return Err(malformed(set.start()));
        }
        while !pairs.is_empty() {
            let mut pair = pairs.expect(tag::SEQUENCE)?.reader();
            let kind = pair.expect(tag::OID)?;
            let value = pair.any()?;
            pair.finish()?;
            each(kind.content(), &value);
            count = count.saturating_add(1);
        }
    }
    Ok(count)
}

fn country_code(value: &Element<'_>) -> Option<[u8; 2]> {
    // PrintableString by RFC 5280, A.1; some issuers write UTF8String, which means the same here.
    if !matches!(value.tag(), tag::PRINTABLE_STRING | tag::UTF8_STRING) {
        return None;
    }
    let code: [u8; 2] = value.content().try_into().ok()?;
    code.iter().all(u8::is_ascii_uppercase).then_some(code)
}

const COUNTRY_NAME: &[u8] = &[0x55, 0x04, 0x06];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];
const DOMAIN_COMPONENT: &[u8] = &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19];

// In the place of a tag: a text that was prepared. No tag is zero.
const PREPARED: u8 = 0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::der::{Limits, Reader, check as gate};

    type Pair<'a> = (&'a [u8], u8, &'a [u8]);

    fn name(sets: &[&[Pair<'_>]]) -> Vec<u8> {
        let wrap = |tag: u8, content: &[u8]| {
            let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
            out.extend_from_slice(content);
            out
        };
        let sets: Vec<u8> = sets
            .iter()
            .flat_map(|set| {
                let pairs: Vec<u8> = set
                    .iter()
                    .flat_map(|(kind, tag, value)| {
                        wrap(0x30, &[wrap(6, kind), wrap(*tag, value)].concat())
                    })
                    .collect();
                wrap(0x31, &pairs)
            })
            .collect();
        wrap(0x30, &sets)
    }

    fn country_of(sets: &[&[Pair<'_>]]) -> Option<[u8; 2]> {
        let der = name(sets);
        gate(&der, Limits::CERTIFICATE).unwrap();
        country(Reader::new(&der).any().unwrap())
    }

    const C: &[u8] = COUNTRY_NAME;
    const CN: &[u8] = &[0x55, 0x04, 0x03];

    #[test]
    fn reads_the_only_country() {
        assert_eq!(country_of(&[&[(C, 0x13, b"DE")], &[(CN, 0x0c, b"x")]]), Some(*b"DE"));
        assert_eq!(country_of(&[&[(C, 0x0c, b"LV")]]), Some(*b"LV"));
    }

    #[test]
    fn gives_no_country_when_it_is_absent_ambiguous_or_misspelt() {
        assert_eq!(country_of(&[&[(CN, 0x0c, b"DE")]]), None);
        assert_eq!(country_of(&[&[(C, 0x13, b"DE")], &[(C, 0x13, b"FR")]]), None);
        assert_eq!(country_of(&[&[(C, 0x13, b"DE")], &[(C, 0x13, b"DE")]]), None);
        assert_eq!(country_of(&[&[(C, 0x13, b"de")]]), None);
        assert_eq!(country_of(&[&[(C, 0x13, b"DEU")]]), None);
        assert_eq!(country_of(&[]), None);
    }

    fn same_values(one: (u8, &[u8]), other: (u8, &[u8])) -> bool {
        let one = name(&[&[(C, 0x13, b"DE")], &[(CN, one.0, one.1)]]);
        let other = name(&[&[(C, 0x13, b"DE")], &[(CN, other.0, other.1)]]);
        let is_same = same(&one, &other);
        assert_eq!(is_same, key(&one) == key(&other));
        is_same
    }

    #[test]
    fn compares_texts_without_case_spacing_and_string_type() {
        for (one, other) in [
            ((0x13, &b"Test CA"[..]), (0x13, &b"test ca"[..])),
            ((0x13, b"Test CA"), (0x13, b"  Test   CA ")),
            ((0x13, b"Test CA"), (0x0c, b"Test CA")),
            ((0x0c, "Straße".as_bytes()), (0x0c, b"STRASSE")),
            ((0x0c, "Ä\u{a0}B".as_bytes()), (0x0c, "a\u{308} b".as_bytes())),
            ((0x0c, "ﬁn".as_bytes()), (0x13, b"Fin")),
            ((0x0c, "Ⓐ".as_bytes()), (0x13, b"a")),
            ((0x0c, "a\u{ad}b".as_bytes()), (0x13, b"ab")),
            ((0x1e, b"\0a"), (0x1e, b"\0a")),
        ] {
            assert!(same_values(one, other), "{one:02x?} {other:02x?}");
        }
        for (one, other) in [
            ((0x13, &b"Test CA"[..]), (0x13, &b"TestCA"[..])),
            ((0x13, b"Test CA"), (0x13, b"Test CA 2")),
            ((0x0c, "é".as_bytes()), (0x13, b"e")),
            ((0x0c, "ı".as_bytes()), (0x13, b"I")),
            // Other types are compared by their bytes (RFC 5280, 7.1).
            ((0x16, b"Test"), (0x13, b"Test")),
            ((0x16, b"Test"), (0x16, b"test")),
            ((0x1e, b"\0a"), (0x1e, b"\0A")),
        ] {
            assert!(!same_values(one, other), "{one:02x?} {other:02x?}");
        }
    }

    #[test]
    fn compares_the_order_of_relative_names_but_not_of_attributes_in_one() {
        let (a, b) = ((C, 0x13, &b"DE"[..]), (CN, 0x0c, &b"x"[..]));
        assert!(!same(&name(&[&[a], &[b]]), &name(&[&[b], &[a]])));
        assert!(same(&name(&[&[a, b]]), &name(&[&[b, a]])));
        assert!(!same(&name(&[&[a, b]]), &name(&[&[a], &[b]])));
        let dc = |text: &'static [u8]| name(&[&[(DOMAIN_COMPONENT, 0x16, text)]]);
        assert!(same(&dc(b"Example"), &dc(b"example")));
    }

    #[test]
    fn a_subtree_is_a_prefix_of_whole_relative_names() {
        let (c, o, cn) = ((C, 0x13, &b"DE"[..]), (CN, 0x0c, &b"a"[..]), (CN, 0x0c, &b"ab"[..]));
        let within = |one: &[u8], base: &[u8]| canonical(one).starts_with(&canonical(base));
        assert!(within(&name(&[&[c], &[o]]), &name(&[&[c]])));
        assert!(within(&name(&[&[c], &[o]]), &name(&[&[c], &[o]])));
        assert!(within(&name(&[&[c]]), &name(&[])));
        assert!(!within(&name(&[&[c]]), &name(&[&[c], &[o]])));
        assert!(!within(&name(&[&[c], &[cn]]), &name(&[&[c], &[o]])));
        assert!(!within(&name(&[&[c, o]]), &name(&[&[c]])));
    }

    #[test]
    fn refuses_an_empty_set() {
        let with = name(&[&[(CN, 0x0c, b"x")]]);
        let without = [0x30, 2, 0x31, 0];
        assert_eq!(check(Reader::new(&with).any().unwrap()), Ok(true));
        assert!(check(Reader::new(&without).any().unwrap()).is_err());
        assert_eq!(check(Reader::new(&[0x30, 0]).any().unwrap()), Ok(false));
    }
}
