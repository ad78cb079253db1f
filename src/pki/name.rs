//! Distinguished names: shape and country. Nothing else of a name is read here.

use super::der::{Element, malformed, tag};
use crate::verdict::Refusal;

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

    #[test]
    fn refuses_an_empty_set() {
        let with = name(&[&[(CN, 0x0c, b"x")]]);
        let without = [0x30, 2, 0x31, 0];
        assert_eq!(check(Reader::new(&with).any().unwrap()), Ok(true));
        assert!(check(Reader::new(&without).any().unwrap()).is_err());
        assert_eq!(check(Reader::new(&[0x30, 0]).any().unwrap()), Ok(false));
    }
}
