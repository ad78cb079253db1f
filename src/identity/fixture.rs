//! Persons for unit tests: invented, and complete enough for every transformation.

use super::{
    Address, Attribute, AttributeName, AttributeValue, BirthDate, Country, Date, Family,
    IdentifierKind, Identity, LevelOfAssurance, Loa, Name, Picture, PlaceOfBirth, Provenance, Sex,
    StableIdentifier, Text,
};
use crate::UnixTime;
use crate::ports::{Random, Unavailable};
use std::sync::Arc;

pub(crate) const HIGH: Loa = Loa { level: LevelOfAssurance::High, notified: true };

/// When the invented person authenticates.
pub(crate) const AUTHENTICATED_AT: UnixTime = UnixTime::from_secs(1_790_000_000);

/// A person with every attribute and a stable identifier.
pub(crate) fn erika() -> Identity {
    let mut identity = nobody();
    identity.identifier = Some(identifier("AT:1234567890"));
    for (name, value) in [
        (AttributeName::Address, AttributeValue::Address(address())),
        (AttributeName::BirthGivenName, latin("Erika Ilse")),
        (AttributeName::BirthFamilyName, latin("Gabler")),
        (AttributeName::Birthdate, birthdate("1964-08-12")),
        (AttributeName::DateOfExpiry, date("2029-10-31")),
        (AttributeName::DateOfIssuance, date("2019-11-01")),
        (AttributeName::DocumentNumber, text("T22000129")),
        (AttributeName::Email, text("erika@example.org")),
        (AttributeName::FamilyName, name("Μήτσου", Some("Mitsou"))),
        (AttributeName::GivenName, latin("Erika Anna-Maria")),
        (AttributeName::IssuingAuthority, text("Magistrat Musterstadt")),
        (AttributeName::IssuingCountry, AttributeValue::Country(country("AT"))),
        (AttributeName::IssuingJurisdiction, text("AT-9")),
        (AttributeName::LegalCategory, text("PID")),
        (AttributeName::Nationalities, countries(&["DE", "AT"])),
        (AttributeName::PersonalAdministrativeNumber, text("1234567890")),
        (AttributeName::PhoneNumber, text("+431234567")),
        (AttributeName::Picture, AttributeValue::Picture(Picture::new(vec![0xff, 0xd8, 0xff]))),
        (AttributeName::PlaceOfBirth, place("DE", "Berlin")),
        (AttributeName::Sex, AttributeValue::Sex(Sex::new(2).unwrap())),
        (AttributeName::TrustAnchor, text("https://example.org/anchor")),
    ] {
        set(&mut identity, name, value);
    }
    identity
}

/// A verified person of whom nothing is known, not even an identifier.
pub(crate) fn nobody() -> Identity {
    let provenance =
        Provenance::new(Family::SdJwtVc, country("AT"), "anchor-a".into(), "urn:eudi:pid:1".into());
    Identity {
        provenance: Arc::new(provenance),
        loa: HIGH,
        authenticated_at: AUTHENTICATED_AT,
        methods: &["pop", "hwk"],
        laboratory: false,
        identifier: None,
        single_use: None,
        attributes: std::collections::BTreeMap::new(),
    }
}

/// Gives the person an attribute, of the same provenance and level as the person.
pub(crate) fn set(identity: &mut Identity, name: AttributeName, value: AttributeValue) {
    let attribute = Attribute::new(value, Arc::clone(&identity.provenance), identity.loa);
    identity.attributes.insert(name, attribute);
}

pub(crate) fn identifier(value: &str) -> StableIdentifier {
    StableIdentifier { kind: IdentifierKind::EudiPan, value: value.to_owned() }
}

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::Text(Text::new(value).unwrap())
}

pub(crate) fn latin(original: &str) -> AttributeValue {
    name(original, None)
}

pub(crate) fn name(original: &str, transliteration: Option<&str>) -> AttributeValue {
    let transliteration = transliteration.map(|text| Text::new(text).unwrap());
    AttributeValue::Name(Name::new(Text::new(original).unwrap(), transliteration))
}

pub(crate) fn birthdate(value: &str) -> AttributeValue {
    AttributeValue::BirthDate(BirthDate::parse(value).unwrap())
}

pub(crate) fn date(value: &str) -> AttributeValue {
    AttributeValue::Date(Date::parse(value).unwrap())
}

pub(crate) fn country(code: &str) -> Country {
    Country::parse(code).unwrap()
}

pub(crate) fn countries(codes: &[&str]) -> AttributeValue {
    AttributeValue::Countries(codes.iter().map(|code| country(code)).collect())
}

pub(crate) fn address() -> Address {
    let text = |value: &str| Some(Text::new(value).unwrap());
    Address {
        formatted: text("Heidestraße 17, 51147 Köln, Deutschland"),
        street_address: text("Heidestraße"),
        house_number: text("17"),
        postal_code: text("51147"),
        locality: text("Köln"),
        region: text("Nordrhein-Westfalen"),
        country: Some(country("DE")),
    }
}

fn place(code: &str, locality: &str) -> AttributeValue {
    let locality = Some(Text::new(locality).unwrap());
    AttributeValue::PlaceOfBirth(PlaceOfBirth {
        country: Some(country(code)),
        region: None,
        locality,
    })
}

/// A source of randomness that gives one byte again and again.
pub(crate) struct Fill(pub(crate) u8);

impl Random for Fill {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        out.fill(self.0);
        Ok(())
    }
}

/// A source of randomness that does not answer.
pub(crate) struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, _: &mut [u8]) -> Result<(), Unavailable> {
        Err(Unavailable("no randomness"))
    }
}
