//! From attributes to a person.

use super::level::of_attribute;
use super::table::{COUNTRY, Kind, LOCALITY, POSTAL_CODE, ROWS, Row, STREET};
use crate::UnixTime;
use crate::envelope::saml::{
    Assertion, Attribute as Sent, NAME_FORMAT_URI, SCHEMA, SCHEMA_INSTANCE, trimmed,
};
use crate::identity::{
    Address, Attribute, AttributeName, AttributeValue, BirthDate, Country, Date, Loa, Name,
    PlaceOfBirth, Provenance, Sex, Text, is_email,
};
use crate::token::saml::unwrapped;
use crate::verdict::{Code, Place, Refusal};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) const BPK2: &str = "urn:oid:1.3.6.1.4.1.25484.494450.3";
pub(super) const LEVEL: &str = "urn:oid:1.2.40.0.10.2.1.1.261.94";
const PROVED_BY: &str = "urn:oid:1.3.6.1.4.1.25484.494450.2";
const MULTI_FACTOR: &str = "urn:oid:1.3.6.1.4.1.25484.494450.7";

/// `https://www.akdb.de/request/2018/09`
const AKDB: &str = "https://www.akdb.de/request/2018/09";

/// The attributes of an assertion, each with its one value and its level of trust.
pub(super) struct Values<'d>(Vec<(&'d str, Option<&'d str>, Cow<'d, str>)>);

/// What the attributes say of the person.
pub(super) struct Read {
    pub(super) attributes: BTreeMap<AttributeName, Attribute>,
    pub(super) unassured: BTreeSet<AttributeName>,
}

/// Reads every attribute: its name is a URI, and it has one text or none.
///
/// # Errors
/// [`Code::SamlAttribute`], [`Code::SamlValueType`], [`Code::AmbiguousAttribute`], and those of a text
/// with markup.
pub(super) fn values<'d>(assertion: &Assertion<'d, '_>) -> Result<Values<'d>, Refusal> {
    let mut list = Vec::new();
    for attribute in &assertion.attributes {
        // An empty attribute says nothing.
        if let Some(text) = single(attribute, "Assertion/Attribute")? {
            let trust = attribute.element.attribute_ns(AKDB, "TrustLevel");
            list.push((attribute.name, trust, text));
        }
    }
    Ok(Values(list))
}

/// The one text of an attribute; `None` when it is empty.
///
/// # Errors
/// As [`values`].
pub(super) fn single<'d>(
    attribute: &Sent<'d, '_>,
    part: &'static str,
) -> Result<Option<Cow<'d, str>>, Refusal> {
    if attribute.name_format != Some(NAME_FORMAT_URI) {
        return Err(Refusal::new(Code::SamlAttribute, Place::part(part)));
    }
    let value = match attribute.values.as_slice() {
        [] => return Ok(None),
        [one] => one,
        _ => return Err(Refusal::new(Code::AmbiguousAttribute, Place::part(part))),
    };
    if value.attributes().any(|one| one.namespace.is_none()) {
        return Err(Refusal::new(Code::SamlAttribute, Place::part(part)));
    }
    if let Some(stated) = value.attribute_ns(SCHEMA_INSTANCE, "type").map(trimmed) {
        let local = stated.rsplit_once(':').map_or(stated, |(_, local)| local);
        let fits = match value.resolve(stated) {
            // A prefix that nothing else uses is not among the signed octets.
            None => local == "string",
            Some((namespace, local)) => namespace == Some(SCHEMA) && local == "string",
        };
        if !fits {
            return Err(Refusal::new(Code::SamlValueType, Place::part(part)));
        }
    }
    let text = value.text().map_err(|refusal| refusal.within(part, None))?;
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(unwrapped(text)),
        Cow::Owned(text) => Cow::Owned(unwrapped(&text).to_owned()),
    };
    Ok((!trimmed(&text).is_empty()).then_some(text))
}

impl<'d> Values<'d> {
    /// The text of an attribute, whatever its level of trust.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'d, str>> {
        self.0.iter().find(|(other, ..)| *other == name).map(|(.., text)| text.clone())
    }

    // An attribute with its level: the lower one of its own and of the authentication.
    fn assured(&self, name: &str, loa: Loa) -> Assured<'_> {
        match self.0.iter().find(|(other, ..)| *other == name) {
            None => Assured::Absent,
            Some((_, trust, text)) => of_attribute(*trust)
                .map_or(Assured::OwnWord, |level| Assured::At(loa.capped(level), text)),
        }
    }
}

enum Assured<'v> {
    Absent,
    OwnWord,
    At(Loa, &'v str),
}

/// The attributes of the person. One that is the person's own word is named, its value is not kept.
///
/// # Errors
/// [`Code::IdentityMalformed`] naming the attribute.
pub(super) fn attributes(
    values: &Values<'_>,
    provenance: &Arc<Provenance>,
    loa: Loa,
    now: UnixTime,
) -> Result<Read, Refusal> {
    let mut read = Read { attributes: BTreeMap::new(), unassured: BTreeSet::new() };
    let attribute = |value, level| Attribute::new(value, Arc::clone(provenance), level);
    for row in ROWS.iter().filter(|row| row.kind != Kind::Part) {
        match values.assured(row.name, loa) {
            Assured::Absent => {}
            Assured::OwnWord => {
                read.unassured.insert(row.attribute);
            }
            Assured::At(level, text) => {
                let value = value(row, text, now).ok_or(malformed(row))?;
                read.attributes.insert(row.attribute, attribute(value, level));
            }
        }
    }
    match address(values, loa)? {
        Some((address, level)) => {
            let value = AttributeValue::Address(address);
            read.attributes.insert(AttributeName::Address, attribute(value, level));
        }
        None if ROWS.iter().any(|row| {
            row.kind == Kind::Part && matches!(values.assured(row.name, loa), Assured::OwnWord)
        }) =>
        {
            read.unassured.insert(AttributeName::Address);
        }
        None => {}
    }
    nationality_of_an_id_card(values, loa, provenance, &mut read);
    Ok(read)
}

// The German identity card is for German citizens, and older ones do not say so again (BundID interface
// description, nationality).
fn nationality_of_an_id_card(
    values: &Values<'_>,
    loa: Loa,
    provenance: &Arc<Provenance>,
    read: &mut Read,
) {
    let told = read.attributes.contains_key(&AttributeName::Nationalities)
        || read.unassured.contains(&AttributeName::Nationalities);
    let document = ROWS.iter().find(|row| row.attribute == AttributeName::DocumentType);
    let document = document.map(|row| values.assured(row.name, loa));
    if let (false, Some(Assured::At(level, "ID")), Some(germany)) =
        (told, document, Country::parse("DE"))
    {
        let value = AttributeValue::Countries(vec![germany]);
        let attribute = Attribute::new(value, Arc::clone(provenance), level);
        read.attributes.insert(AttributeName::Nationalities, attribute);
    }
}

// The parts that are assured, at the level of the weakest of them.
fn address(values: &Values<'_>, loa: Loa) -> Result<Option<(Address, Loa)>, Refusal> {
    let mut weakest: Option<Loa> = None;
    let mut part = |name: &str| -> Result<Option<Text>, Refusal> {
        let Assured::At(level, text) = values.assured(name, loa) else { return Ok(None) };
        let row = ROWS.iter().find(|row| row.name == name).ok_or(Code::Internal)?;
        weakest = Some(weakest.map_or(level, |weakest| weakest.min(level)));
        Text::new(text).map(Some).map_err(|_| malformed(row))
    };
    let street_address = part(STREET)?;
    let postal_code = part(POSTAL_CODE)?;
    let locality = part(LOCALITY)?;
    let country = match part(COUNTRY)? {
        None => None,
        Some(code) => {
            let row = ROWS.iter().find(|row| row.name == COUNTRY).ok_or(Code::Internal)?;
            Some(country(code.as_str()).ok_or(malformed(row))?)
        }
    };
    let address = Address { street_address, postal_code, locality, country, ..Address::default() };
    Ok(weakest.filter(|_| !address.is_empty()).map(|weakest| (address, weakest)))
}

fn malformed(row: &Row) -> Refusal {
    Refusal::new(Code::IdentityMalformed, Place::part(row.place))
}

fn value(row: &Row, text: &str, now: UnixTime) -> Option<AttributeValue> {
    match row.kind {
        Kind::Birthdate => birthdate(trimmed(text), now).map(AttributeValue::BirthDate),
        Kind::Country => country(trimmed(text)).map(AttributeValue::Country),
        Kind::Email => email(trimmed(text)).map(AttributeValue::Text),
        Kind::Name => Text::with_limit(text, MAX_NAME_CHARS)
            .ok()
            .map(|text| AttributeValue::Name(Name::new(text, None))),
        Kind::Nationality => {
            Country::from_icao(trimmed(text)).map(|one| AttributeValue::Countries(vec![one]))
        }
        Kind::Phone => phone(trimmed(text)).map(AttributeValue::Text),
        Kind::Place => Text::new(text).ok().map(|text| {
            AttributeValue::PlaceOfBirth(PlaceOfBirth {
                locality: Some(text),
                ..PlaceOfBirth::default()
            })
        }),
        Kind::Sex => sex(trimmed(text)).map(AttributeValue::Sex),
        Kind::Text => Text::new(text).ok().map(AttributeValue::Text),
        // Read together.
        Kind::Part => None,
    }
}

// ISO 3166-1; the value of a card, `D`, is mapped by the account, and read all the same.
fn country(text: &str) -> Option<Country> {
    if text == "D" { Country::parse("DE") } else { Country::parse(text) }
}

// A card may know the year alone, or year and month: the rest is zeros, crosses or blanks.
fn birthdate(text: &str, now: UnixTime) -> Option<BirthDate> {
    let today = Date::of(now)?;
    let date = BirthDate::parse(text).or_else(|| {
        let (year, rest) = text.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let unknown = |part: &str| matches!(part, "00" | "XX" | "xx" | "  " | "--");
        match (unknown(month), unknown(day)) {
            (true, true) => BirthDate::parse(year),
            (false, true) => BirthDate::parse(&format!("{year}-{month}")),
            _ => None,
        }
    })?;
    let (first, _) = date.bounds()?;
    (first <= today).then_some(date)
}

fn sex(text: &str) -> Option<Sex> {
    match text {
        "0" => Sex::new(0),
        "1" => Sex::new(1),
        "2" => Sex::new(2),
        "9" => Sex::new(9),
        _ => None,
    }
}

fn email(text: &str) -> Option<Text> {
    is_email(text).then(|| Text::new(text).ok())?
}

// International form; people group the digits.
fn phone(text: &str) -> Option<Text> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plain =
        |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/');
    ((4..=15).contains(&digits) && text.len() <= 32 && text.chars().all(plain))
        .then(|| Text::new(text).ok())?
}

/// How the person authenticated, by `AssertionProvedBy` and `mfa` (RFC 8176).
pub(super) fn methods(values: &Values<'_>) -> &'static [&'static str] {
    let several = values.text(MULTI_FACTOR).is_some_and(|text| trimmed(&text) == "true");
    match (values.text(PROVED_BY).as_deref().map(trimmed), several) {
        (Some("eID"), false) => &["sc", "pin"],
        (Some("eID"), true) => &["sc", "pin", "mfa"],
        (Some("Smart-eID"), false) => &["hwk", "pin"],
        (Some("Smart-eID"), true) => &["hwk", "pin", "mfa"],
        (Some("Elster"), false) => &["swk"],
        (Some("Elster"), true) => &["swk", "mfa"],
        (Some("Benutzername"), false) => &["pwd"],
        (Some("Benutzername"), true) => &["pwd", "mfa"],
        (Some("eIDAS"), false) => &["eid-eidas"],
        (Some("eIDAS"), true) => &["eid-eidas", "mfa"],
        (_, false) => &["eid-bund-id"],
        (_, true) => &["eid-bund-id", "mfa"],
    }
}

const MAX_NAME_CHARS: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_772_366_400);

    #[test]
    fn a_date_is_told_as_far_as_the_card_knows_it() {
        let read = |text| birthdate(text, NOW).map(|date| date.to_string());
        assert_eq!(read("1964-08-12").as_deref(), Some("1964-08-12"));
        for year in ["1964", "1964-00-00", "1964-XX-XX", "1964-  -  "] {
            assert_eq!(read(year).as_deref(), Some("1964"), "{year}");
        }
        for month in ["1964-08", "1964-08-00", "1964-08-XX"] {
            assert_eq!(read(month).as_deref(), Some("1964-08"), "{month}");
        }
        let bad =
            ["", "64", "1964-02-30", "1964-00-12", "12.08.1964", "19640812", "2026-03-02", "2027"];
        for bad in bad {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_sex_is_one_of_iso_5218() {
        for good in ["0", "1", "2", "9"] {
            assert!(sex(good).is_some());
        }
        for bad in ["", "3", "02", "M", "-1"] {
            assert!(sex(bad).is_none(), "{bad}");
        }
    }
}
