//! Persons for unit tests: invented, and complete enough for every transformation.

use super::{
    Address, Attribute, AttributeName, AttributeValue, BirthDate, Country, Date, Family,
    IdentifierKind, Identity, LevelOfAssurance, Loa, Name, Persons, Picture, PlaceOfBirth,
    Provenance, Sex, StableIdentifier, Text,
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
        (AttributeName::AlsoKnownAs, latin("Rosalinde")),
        (AttributeName::BirthGivenName, latin("Erika Ilse")),
        (AttributeName::BirthName, latin("Erika Ilse Gabler")),
        (AttributeName::CommunityId, text("02760314000000")),
        (AttributeName::DocumentType, text("ID")),
        (AttributeName::LegalPersonAddress, AttributeValue::Address(address())),
        (AttributeName::LegalPersonEmail, text("post@example.org")),
        (AttributeName::LegalPersonEori, text("AT1234567890")),
        (AttributeName::LegalPersonEuid, text("ATBRA.123456-000")),
        (AttributeName::LegalPersonIdentifier, text("AT/DE/123456a")),
        (AttributeName::LegalPersonLei, text("529900T8BM49AURSDO55")),
        (AttributeName::LegalPersonName, latin("Beispiel Gesellschaft")),
        (AttributeName::LegalPersonPhoneNumber, text("+437654321")),
        (AttributeName::LegalPersonSeed, text("ATA0000000001")),
        (AttributeName::LegalPersonSic, text("8411")),
        (AttributeName::LegalPersonTaxReference, text("09-123/4567")),
        (AttributeName::LegalPersonVatNumber, text("ATU12345678")),
        (AttributeName::PersonIdentifier, text("AT/DE/1234567890")),
        (AttributeName::RepresentativeAddress, AttributeValue::Address(address())),
        (AttributeName::RepresentativeBirthName, latin("Max Ernst Beispiel")),
        (AttributeName::RepresentativeBirthdate, birthdate("1970-01-31")),
        (AttributeName::RepresentativeEmail, text("max@example.org")),
        (AttributeName::RepresentativeFamilyName, latin("Beispiel")),
        (AttributeName::RepresentativeGivenName, latin("Max Ernst")),
        (AttributeName::RepresentativeLegalPersonAddress, AttributeValue::Address(address())),
        (AttributeName::RepresentativeLegalPersonEmail, text("kanzlei@example.org")),
        (AttributeName::RepresentativeLegalPersonEori, text("AT0987654321")),
        (AttributeName::RepresentativeLegalPersonEuid, text("ATBRA.654321-000")),
        (AttributeName::RepresentativeLegalPersonIdentifier, text("AT/DE/654321b")),
        (AttributeName::RepresentativeLegalPersonLei, text("529900T8BM49AURSDO56")),
        (AttributeName::RepresentativeLegalPersonName, latin("Kanzlei Muster")),
        (AttributeName::RepresentativeLegalPersonPhoneNumber, text("+439876543")),
        (AttributeName::RepresentativeLegalPersonSeed, text("ATA0000000002")),
        (AttributeName::RepresentativeLegalPersonSic, text("6910")),
        (AttributeName::RepresentativeLegalPersonTaxReference, text("09-765/4321")),
        (AttributeName::RepresentativeLegalPersonVatNumber, text("ATU87654321")),
        (AttributeName::RepresentativeNationalities, countries(&["AT"])),
        (AttributeName::RepresentativePersonIdentifier, text("AT/DE/0987654321")),
        (AttributeName::RepresentativePhoneNumber, text("+433456789")),
        (AttributeName::RepresentativePlaceOfBirth, place("AT", "Graz")),
        (AttributeName::RepresentativeSex, AttributeValue::Sex(Sex::new(1).unwrap())),
        (AttributeName::Title, text("Dr.")),
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
        persons: Persons::NATURAL,
        statement: None,
        single_use: None,
        attributes: std::collections::BTreeMap::new(),
        unassured: std::collections::BTreeSet::new(),
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
