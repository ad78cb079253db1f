//! The values of attributes, each as its type has it (BSI TR-03130-1, eID schema).

use super::table::{Kind, Row};
use crate::UnixTime;
use crate::envelope::saml::{Attribute, SCHEMA_INSTANCE, trimmed};
use crate::envelope::xml::Element;
use crate::identity::{Address, BirthDate, Country, Date, PlaceOfBirth, Sex, Text};
use crate::verdict::{Code, Place, Refusal};
use std::borrow::Cow;

/// `http://bsi.bund.de/eID/`
pub(super) const EID: &str = "http://bsi.bund.de/eID/";

/// A value as it was meant.
#[derive(Clone, Eq, PartialEq)]
pub(super) enum Value {
    /// There is none: the document does not have it, or it is empty.
    Absent,
    Address(Address),
    Birthdate(BirthDate),
    Country(Country),
    Date(Date),
    /// What `eid:Status` says.
    Document(DocumentStatus),
    /// Whether every means that was used is a certified card or secure element.
    EidType(bool),
    /// Whether the person is a natural one who acts alone.
    Flavour(bool),
    /// A URI, not yet read.
    Level(String),
    Nationality(Country),
    PlaceOfBirth(PlaceOfBirth),
    /// The hexadecimal digits, in upper case.
    RestrictedId(String),
    Sex(Sex),
    Text(Text),
    UseEidas(bool),
}

/// What an eID server found out about a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum DocumentStatus {
    Expired,
    Failed,
    NotAuthentic,
    Revoked,
    Valid,
}

impl DocumentStatus {
    /// The name in refusals.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::NotAuthentic => "notAuthentic",
            Self::Revoked => "revoked",
            Self::Valid => "valid",
        }
    }

    // Servers write it in capitals too.
    fn read(text: &str) -> Option<Self> {
        [Self::Expired, Self::Failed, Self::NotAuthentic, Self::Revoked, Self::Valid]
            .into_iter()
            .find(|status| status.name().eq_ignore_ascii_case(text))
    }
}

/// Reads one attribute. Its name decides how; `xsi:type` must agree where it is stated.
///
/// # Errors
/// [`Code::SamlAttribute`] for another format of names or an unknown XML attribute,
/// [`Code::SamlValueType`], [`Code::AmbiguousAttribute`] for more values than one,
/// [`Code::IdentityMalformed`]; [`Code::IdentifierMalformed`] for a RestrictedID.
pub(super) fn read(
    attribute: &Attribute<'_, '_>,
    row: &Row,
    now: UnixTime,
) -> Result<Value, Refusal> {
    let place = Place::part(row.place);
    if attribute.name_format.is_some_and(|format| !NAME_FORMATS.contains(&format)) {
        return Err(Refusal::new(Code::SamlAttribute, place));
    }
    if is_not_on_chip(attribute, place)? {
        return Ok(Value::Absent);
    }
    let value = match attribute.values.as_slice() {
        [one] => *one,
        [] => return Err(Refusal::new(Code::IdentityMalformed, place)),
        _ => return Err(Refusal::new(Code::AmbiguousAttribute, place)),
    };
    check_type(value, row, place)?;
    let (read, code) = match row.kind {
        Kind::Birthdate => (birthdate(value, now), Code::IdentityMalformed),
        Kind::DocumentValidity => (document(value, now), Code::IdentityMalformed),
        Kind::EidType => (eid_type(value), Code::IdentityMalformed),
        Kind::Place => (place_of_birth(value), Code::IdentityMalformed),
        Kind::Residence => (residence(value), Code::IdentityMalformed),
        Kind::RestrictedId => (restricted_id(value), Code::IdentifierMalformed),
        Kind::CommunityId
        | Kind::Country
        | Kind::Date
        | Kind::DocumentType
        | Kind::Flavour
        | Kind::Level
        | Kind::Nationality
        | Kind::Sex
        | Kind::Text
        | Kind::UseEidas => {
            let text = value.text().map_err(|refusal| refusal.within(row.place, None))?;
            (simple(row.kind, &text), Code::IdentityMalformed)
        }
    };
    read.ok_or(Refusal::new(code, place))
}

/// Whether an attribute that is not read says anything at all.
///
/// # Errors
/// [`Code::SamlAttribute`] when it is not said whether it is on the chip.
pub(super) fn is_told(attribute: &Attribute<'_, '_>) -> Result<bool, Refusal> {
    if is_not_on_chip(attribute, Place::part("Assertion/Attribute"))? {
        return Ok(false);
    }
    let empty = |value: &Element<'_, '_>| value.text().is_ok_and(|text| text.trim().is_empty());
    Ok(!attribute.values.iter().all(empty))
}

// The data group is not on the chip: there is no value, whatever stands there.
fn is_not_on_chip(attribute: &Attribute<'_, '_>, place: Place) -> Result<bool, Refusal> {
    let element = attribute.element;
    let mut stated =
        element.attribute(NOT_ON_CHIP).into_iter().chain(element.attribute_ns(EID, NOT_ON_CHIP));
    let wrong = Refusal::new(Code::SamlAttribute, place);
    let (first, second) = (stated.next(), stated.next());
    if second.is_some() {
        return Err(wrong);
    }
    first.map_or(Ok(false), |text| boolean(trimmed(text)).ok_or(wrong))
}

fn check_type(value: Element<'_, '_>, row: &Row, place: Place) -> Result<(), Refusal> {
    let versioned = row.kind == Kind::DocumentValidity;
    for attribute in value.attributes() {
        let known = attribute.namespace.is_some() || (versioned && attribute.local == "Version");
        if !known {
            return Err(Refusal::new(Code::SamlAttribute, place));
        }
    }
    let Some(stated) = value.attribute_ns(SCHEMA_INSTANCE, "type") else { return Ok(()) };
    // A prefix that is not declared where this is read means nothing (exclusive canonicalisation
    // leaves out what only values use); then the local name alone must be right.
    let stated = trimmed(stated);
    let fits = match value.resolve(stated) {
        Some((namespace, local)) => {
            row.types.iter().any(|one| (namespace, local) == (Some(one.0), one.1))
        }
        None => stated
            .split_once(':')
            .is_some_and(|(_, local)| row.types.iter().any(|one| one.1 == local)),
    };
    if fits { Ok(()) } else { Err(Refusal::new(Code::SamlValueType, place)) }
}

fn simple(kind: Kind, text: &str) -> Option<Value> {
    let word = trimmed(text);
    match kind {
        // A group that the card has and that holds nothing.
        Kind::Text => match text {
            text if text.trim().is_empty() => Some(Value::Absent),
            text => Text::new(text).ok().map(Value::Text),
        },
        Kind::CommunityId => {
            let digits = !word.is_empty() && word.len() <= MAX_COMMUNITY_DIGITS;
            let hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
            (digits && hex)
                .then(|| Text::new(&word.to_ascii_uppercase()).ok())
                .flatten()
                .map(Value::Text)
        }
        Kind::Country => Country::from_icao(word).map(Value::Country),
        Kind::Nationality => Country::from_icao(word).map(Value::Nationality),
        Kind::Date => Date::parse(word).map(Value::Date),
        Kind::DocumentType => {
            let code =
                (1..=2).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase());
            code.then(|| Text::new(word).ok()).flatten().map(Value::Text)
        }
        Kind::Flavour => match word {
            "NaturalPerson" => Some(Value::Flavour(true)),
            "LegalPerson" | "LegalPersonRepresentative" => Some(Value::Flavour(false)),
            _ => None,
        },
        Kind::Level => Some(Value::Level(word.to_owned())),
        Kind::Sex => match word {
            "M" => Sex::new(1).map(Value::Sex),
            "F" => Sex::new(2).map(Value::Sex),
            "" => Sex::new(0).map(Value::Sex),
            _ => None,
        },
        Kind::UseEidas => boolean(word).map(Value::UseEidas),
        Kind::Birthdate
        | Kind::DocumentValidity
        | Kind::EidType
        | Kind::Place
        | Kind::Residence
        | Kind::RestrictedId => None,
    }
}

// XML Schema, boolean.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// The parts of a value of a type of the eID schema: each once, in any order, and no other.
struct Parts<'d, 'a>(Vec<Element<'d, 'a>>);

impl<'d, 'a> Parts<'d, 'a> {
    fn of(value: Element<'d, 'a>, known: &[&str]) -> Option<Self> {
        let parts: Vec<_> = value.children().take(known.len().saturating_add(1)).collect();
        let once = parts.iter().enumerate().all(|(at, part)| {
            let name = part.local_name();
            part.namespace() == Some(EID)
                && known.contains(&name)
                && !parts.iter().take(at).any(|before| before.local_name() == name)
        });
        (value.has_only_elements() && once).then_some(Self(parts))
    }

    fn get(&self, name: &str) -> Option<Element<'d, 'a>> {
        self.0.iter().copied().find(|part| part.local_name() == name)
    }

    // `None` when there is none or it is not plain text.
    fn text(&self, name: &str) -> Option<Cow<'d, str>> {
        self.get(name)?.text().ok()
    }

    // A text that may be missing: `Some(None)` when it is or says nothing.
    fn optional(&self, name: &str) -> Option<Option<Text>> {
        let Some(part) = self.get(name) else { return Some(None) };
        let text = part.text().ok()?;
        if text.trim().is_empty() {
            return Some(None);
        }
        Text::new(&text).ok().map(Some)
    }
}

// `DateString`: eight characters, blanks for what is not known; `DateValue` beside it only when all is.
fn birthdate(value: Element<'_, '_>, now: UnixTime) -> Option<Value> {
    let parts = Parts::of(value, &["DateString", "DateValue"])?;
    let text = parts.text("DateString")?;
    let read = general_date(&text)?;
    if parts.get("DateValue").is_some() {
        let stated = Date::parse(trimmed(&parts.text("DateValue")?))?;
        if read != Some(BirthDate::Full(stated)) {
            return None;
        }
    }
    let Some(read) = read else { return Some(Value::Absent) };
    let (first, _) = read.bounds()?;
    (first <= Date::of(now)?).then_some(Value::Birthdate(read))
}

// `Some(None)`: nothing is known.
#[expect(clippy::option_option, reason = "malformed, and nothing known, are two answers")]
fn general_date(text: &str) -> Option<Option<BirthDate>> {
    let digits: &[u8; 8] = text.as_bytes().try_into().ok()?;
    let (year, rest) = digits.split_first_chunk::<4>()?;
    let (month, day) = rest.split_first_chunk::<2>()?;
    let blank = |part: &[u8]| part.iter().all(|byte| *byte == b' ');
    let number = |part: &[u8]| {
        let digits = part.iter().all(u8::is_ascii_digit);
        digits.then(|| str::from_utf8(part).ok()?.parse::<u16>().ok())?
    };
    if blank(digits) {
        return Some(None);
    }
    let year = number(year)?;
    let read = if blank(day) && blank(month) {
        BirthDate::Year(year)
    } else if blank(day) {
        BirthDate::Month { year, month: u8::try_from(number(month)?).ok()? }
    } else {
        let [month, day] = [month.as_slice(), day].map(number);
        BirthDate::Full(Date::new(year, u8::try_from(month?).ok()?, u8::try_from(day?).ok()?)?)
    };
    read.bounds().map(|_| Some(read))
}

// That it was valid on another day says nothing about this one.
fn document(value: Element<'_, '_>, now: UnixTime) -> Option<Value> {
    if value.attribute("Version").is_some_and(|version| version != "1") {
        return None;
    }
    let parts = Parts::of(value, &["ReferenceDate", "Status"])?;
    let reference = Date::parse(trimmed(&parts.text("ReferenceDate")?))?;
    let days = Date::of(now.minus(DAY_S))?..=Date::of(now.plus(DAY_S))?;
    if !days.contains(&reference) {
        return None;
    }
    DocumentStatus::read(trimmed(&parts.text("Status")?)).map(Value::Document)
}

// Each means with the word USED; one that is not known counts as none that is certified.
fn eid_type(value: Element<'_, '_>) -> Option<Value> {
    let mut certified = true;
    let mut any = false;
    for means in value.children().take(MAX_MEANS) {
        if means.namespace() != Some(EID) || trimmed(&means.text().ok()?) != "USED" {
            return None;
        }
        certified &= matches!(means.local_name(), "CardCertified" | "SECertified");
        any = true;
    }
    (any && value.has_only_elements() && value.children().count() <= MAX_MEANS)
        .then_some(Value::EidType(certified))
}

fn place_of_birth(value: Element<'_, '_>) -> Option<Value> {
    let (parts, structured) = match general_place(value)? {
        GeneralPlace::Absent => return Some(Value::Absent),
        GeneralPlace::Free(text) => {
            let place = PlaceOfBirth { locality: Some(text), ..PlaceOfBirth::default() };
            return Some(Value::PlaceOfBirth(place));
        }
        GeneralPlace::Structured(parts) => (parts, Address::default()),
    };
    let read = structure(&parts, structured)?;
    let place =
        PlaceOfBirth { country: read.country, region: read.region, locality: read.locality };
    Some(if place.is_empty() { Value::Absent } else { Value::PlaceOfBirth(place) })
}

fn residence(value: Element<'_, '_>) -> Option<Value> {
    let address = match general_place(value)? {
        GeneralPlace::Absent => return Some(Value::Absent),
        GeneralPlace::Free(text) => Address { formatted: Some(text), ..Address::default() },
        GeneralPlace::Structured(parts) => structure(&parts, Address::default())?,
    };
    Some(if address.is_empty() { Value::Absent } else { Value::Address(address) })
}

enum GeneralPlace<'d, 'a> {
    Absent,
    Free(Text),
    Structured(Parts<'d, 'a>),
}

// Exactly one of the three forms.
fn general_place<'d, 'a>(value: Element<'d, 'a>) -> Option<GeneralPlace<'d, 'a>> {
    let parts = Parts::of(value, &["FreetextPlace", "NoPlaceInfo", "StructuredPlace"])?;
    let [form] = parts.0.as_slice() else { return None };
    match form.local_name() {
        "StructuredPlace" => {
            let known = ["Street", "City", "State", "Country", "ZipCode"];
            Parts::of(*form, &known).map(GeneralPlace::Structured)
        }
        "FreetextPlace" => {
            let text = form.text().ok()?;
            if text.trim().is_empty() {
                return Some(GeneralPlace::Absent);
            }
            Text::with_limit(&text, MAX_PLACE_CHARS).ok().map(GeneralPlace::Free)
        }
        // Its text says why, in words for people.
        _ => Some(GeneralPlace::Absent),
    }
}

fn structure(parts: &Parts<'_, '_>, empty: Address) -> Option<Address> {
    let country = match parts.get("Country") {
        None => None,
        Some(country) => {
            let code = country.text().ok()?;
            let code = trimmed(&code);
            // TR-03110 has ICAO's codes; what comes through eIDAS has two letters.
            Some(Country::from_icao(code).or_else(|| Country::parse(code))?)
        }
    };
    Some(Address {
        street_address: parts.optional("Street")?,
        postal_code: parts.optional("ZipCode")?,
        locality: parts.optional("City")?,
        region: parts.optional("State")?,
        country,
        ..empty
    })
}

// Two numbers in hexadecimal: under the key of this sector, and under the one before it.
fn restricted_id(value: Element<'_, '_>) -> Option<Value> {
    let parts = Parts::of(value, &["ID", "ID2"])?;
    let id = hexadecimal(&parts.text("ID")?)?;
    if parts.get("ID2").is_some() {
        hexadecimal(&parts.text("ID2")?)?;
    }
    Some(Value::RestrictedId(id))
}

fn hexadecimal(text: &str) -> Option<String> {
    let digits = trimmed(text);
    let fits = (MIN_ID_DIGITS..=MAX_ID_DIGITS).contains(&digits.len());
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (fits && hex && digits.len().is_multiple_of(2)).then(|| digits.to_ascii_uppercase())
}

const NOT_ON_CHIP: &str = "AttributeNotOnChip";

const DAY_S: u64 = 86_400;

// Names are short and have no format; senders that must state one state that there is none.
const NAME_FORMATS: &[&str] = &[
    "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
    "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
];

// `XX/YY/` and one character at least, in bytes of two digits each; 256 characters of four bytes at
// most. A pseudonym of a card has 32 bytes.
const MIN_ID_DIGITS: usize = 14;
const MAX_ID_DIGITS: usize = 2060;

// Land, district and community with filling: 14 digits; the type has no bound.
const MAX_COMMUNITY_DIGITS: usize = 32;

// Cards have 25 characters a line; addresses through eIDAS are longer.
const MAX_PLACE_CHARS: usize = 512;

// The schema has four.
const MAX_MEANS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birth_date_keeps_what_is_not_known() {
        let read = |text: &str| general_date(text).map(|date| date.map(|date| date.to_string()));
        assert_eq!(read("19640812"), Some(Some("1964-08-12".to_owned())));
        assert_eq!(read("196408  "), Some(Some("1964-08".to_owned())));
        assert_eq!(read("1964    "), Some(Some("1964".to_owned())));
        assert_eq!(read("        "), Some(None));
        for bad in [
            "",
            "1964",
            "1964-08-12",
            "19641312",
            "19640832",
            "19640230",
            "196400  ",
            "0000    ",
            "1964  12",
            "196 0812",
            "19 40812",
            "1964081 ",
            "1964 812",
            "+9640812",
            "19640812 ",
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_status_is_read_in_either_case() {
        for (text, status) in [
            ("valid", DocumentStatus::Valid),
            ("VALID", DocumentStatus::Valid),
            ("notAuthentic", DocumentStatus::NotAuthentic),
            ("NOTAUTHENTIC", DocumentStatus::NotAuthentic),
            ("Expired", DocumentStatus::Expired),
        ] {
            assert_eq!(DocumentStatus::read(text), Some(status));
        }
        for bad in ["", "ok", "valid ", "válid", "unknown"] {
            assert_eq!(DocumentStatus::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn hexadecimal_is_upper_cased_and_whole() {
        assert_eq!(hexadecimal(" 01ab23CD45ef67\n").as_deref(), Some("01AB23CD45EF67"));
        for bad in ["", "01ab", "01ab23cd45ef6", "01ab23cd45ef6g", "01ab 23cd45ef67"] {
            assert_eq!(hexadecimal(bad), None, "{bad}");
        }
        assert!(hexadecimal(&"ab".repeat(1030)).is_some());
        assert!(hexadecimal(&"ab".repeat(1031)).is_none());
    }
}
