//! Whose pseudonym it is. A card makes one for a sector; a node of another state makes one for ours,
//! and a German eID server writes both into the same attribute. They never become one subject.

use crate::identity::{Country, IdentifierKind, StableIdentifier, is_identifier, is_normal};
use crate::verdict::{Code, Place, Refusal};

/// The pseudonym of a card for the sector of this service provider, hexadecimal in upper case.
///
/// The sector is the service provider, so that what was made for another one is another subject even
/// under the same number. It changes with every new card.
///
/// # Errors
/// [`Code::IdentifierMalformed`] for a number that is no pseudonym of a card: too short, too long, or
/// an identifier of eIDAS, which says so of itself in its first six bytes.
pub(super) fn of_card(digits: &str, entity_id: &str) -> Result<StableIdentifier, Refusal> {
    let of_a_node = text(digits).is_some_and(|text| states(&text).is_some());
    if !CARD_DIGITS.contains(&digits.len()) || of_a_node {
        return Err(Refusal::new(Code::IdentifierMalformed, PLACE));
    }
    let value = format!("{entity_id}\n{digits}");
    Ok(StableIdentifier { kind: IdentifierKind::DeRestrictedId, value })
}

/// An identifier of eIDAS, `XX/YY/…`, written as the hexadecimal digits of its UTF-8; and the state
/// that made it (TR-03130-1, chapter 5; eIDAS attribute profile, 2.2.3).
///
/// * `to`: our own country, for which it must be.
///
/// # Errors
/// [`Code::IdentifierMalformed`]; [`Code::IdentifierScope`] when it was made for another state.
pub(super) fn of_eidas(digits: &str, to: Country) -> Result<(StableIdentifier, Country), Refusal> {
    let malformed = Refusal::new(Code::IdentifierMalformed, PLACE);
    let value = text(digits).ok_or(malformed)?;
    let (from, named, rest) = states(&value).ok_or(malformed)?;
    if !is_identifier(rest) || !is_normal(rest) {
        return Err(malformed);
    }
    if Some(named) != country(to.as_str()) {
        return Err(Refusal::new(Code::IdentifierScope, PLACE));
    }
    Ok((StableIdentifier { kind: IdentifierKind::EidasPid, value }, from))
}

// Who made it, for whom, and what follows.
fn states(value: &str) -> Option<(Country, Country, &str)> {
    let mut parts = value.splitn(3, '/');
    let (from, named) = (country(parts.next()?)?, country(parts.next()?)?);
    Some((from, named, parts.next()?))
}

// eIDAS spells two states in a way of its own.
fn country(code: &str) -> Option<Country> {
    Country::parse(match code {
        "EL" => "GR",
        "UK" => "GB",
        same => same,
    })
}

fn text(digits: &str) -> Option<String> {
    let (pairs, odd) = digits.as_bytes().as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
    let bytes: Option<Vec<u8>> = pairs
        .iter()
        .map(|[high, low]| Some(nibble(*high)?.wrapping_mul(16) | nibble(*low)?))
        .collect();
    String::from_utf8(bytes?).ok()
}

const PLACE: Place = Place::part("attribute RestrictedID");

// A hash of 20 to 64 bytes (TR-03110-3, A.5): SHA-1 on the first cards, SHA-256 since.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 40..=128;

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> String {
        text.bytes().map(|byte| format!("{byte:02X}")).collect()
    }

    fn eidas(text: &str) -> Result<(String, String), Code> {
        let read = of_eidas(&hex(text), Country::parse("DE").unwrap());
        let read = read.map_err(|refusal| refusal.code())?;
        assert_eq!(read.0.kind(), IdentifierKind::EidasPid);
        Ok((read.0.value().to_owned(), read.1.to_string()))
    }

    #[test]
    fn an_identifier_of_eidas_is_kept_whole_and_names_its_state() {
        assert_eq!(eidas("FI/DE/x/y"), Ok(("FI/DE/x/y".to_owned(), "FI".to_owned())));
        assert_eq!(eidas("EL/DE/x"), Ok(("EL/DE/x".to_owned(), "GR".to_owned())));
        assert_eq!(eidas("FI/AT/x"), Err(Code::IdentifierScope));
        for bad in ["", "FI/DE", "FI/DE/", "fi/DE/x", "FI/DE/ x", "FI/DE/a\nb", "FIN/DE/x"] {
            assert_eq!(eidas(bad), Err(Code::IdentifierMalformed), "{bad:?}");
        }
        let invalid = of_eidas("FF", Country::parse("DE").unwrap());
        assert_eq!(invalid.unwrap_err().code(), Code::IdentifierMalformed);
    }

    #[test]
    fn the_pseudonym_of_a_card_belongs_to_a_sector() {
        let of = |entity: &str| of_card(&"AB".repeat(32), entity).unwrap();
        assert_eq!(of("https://a.example").kind(), IdentifierKind::DeRestrictedId);
        assert!(of("https://a.example") != of("https://b.example"));
        for len in [0, 19, 65] {
            let short = of_card(&"AB".repeat(len), "https://a.example");
            assert_eq!(short.unwrap_err().code(), Code::IdentifierMalformed, "{len}");
        }
    }
}
