//! Elements to an identity: every attribute of CIR (EU) 2024/2977 under its mdoc name (PID rulebook, 3),
//! and those of a driving licence that describe its holder (ISO/IEC 18013-5, 7.2.1).

use super::elements::Element;
use super::security_object::instant;
use crate::UnixTime;
use crate::envelope::cbor::{Kind, Nodes, Value};
use crate::identity::{
    Address, AttributeName, AttributeValue, BirthDate, Country, Date, Identity, Loa, Name,
    PlaceOfBirth, Provenance, Sex, Text,
};
use crate::policy::{DocumentContent, DocumentRule, Times};
use crate::token::pid::{self, MAX_NATIONALITIES, Person};
use crate::verdict::{Code, Place, Refusal};

type Mapper = fn(Value<'_, '_>) -> Option<AttributeValue>;

// Element, attribute, how it is read. The place names the element, never its value.
type Row = (&'static str, &'static str, AttributeName, Mapper);

const PID: &[Row] = &[
    (
        "attestation_legal_category",
        "element attestation_legal_category",
        AttributeName::LegalCategory,
        text,
    ),
    ("birth_date", "element birth_date", AttributeName::Birthdate, birth_date),
    ("document_number", "element document_number", AttributeName::DocumentNumber, identifier),
    ("email_address", "element email_address", AttributeName::Email, email),
    ("expiry_date", "element expiry_date", AttributeName::DateOfExpiry, date),
    ("family_name", "element family_name", AttributeName::FamilyName, name),
    ("family_name_birth", "element family_name_birth", AttributeName::BirthFamilyName, name),
    ("given_name", "element given_name", AttributeName::GivenName, name),
    ("given_name_birth", "element given_name_birth", AttributeName::BirthGivenName, name),
    ("issuance_date", "element issuance_date", AttributeName::DateOfIssuance, date),
    ("issuing_authority", "element issuing_authority", AttributeName::IssuingAuthority, text),
    ("issuing_country", "element issuing_country", AttributeName::IssuingCountry, country),
    (
        "issuing_jurisdiction",
        "element issuing_jurisdiction",
        AttributeName::IssuingJurisdiction,
        jurisdiction,
    ),
    ("mobile_phone_number", "element mobile_phone_number", AttributeName::PhoneNumber, phone),
    ("nationality", "element nationality", AttributeName::Nationalities, countries),
    (
        "personal_administrative_number",
        "element personal_administrative_number",
        AttributeName::PersonalAdministrativeNumber,
        identifier,
    ),
    ("place_of_birth", "element place_of_birth", AttributeName::PlaceOfBirth, place_of_birth),
    ("sex", "element sex", AttributeName::Sex, sex),
    ("trust_anchor", "element trust_anchor", AttributeName::TrustAnchor, url),
];

// The names are apart: they have a form in the national script (7.2.1, 7.2.8).
const MDL: &[Row] = &[
    ("birth_date", "element birth_date", AttributeName::Birthdate, birth_date),
    ("document_number", "element document_number", AttributeName::DocumentNumber, identifier),
    ("expiry_date", "element expiry_date", AttributeName::DateOfExpiry, date),
    ("issue_date", "element issue_date", AttributeName::DateOfIssuance, date),
    ("issuing_authority", "element issuing_authority", AttributeName::IssuingAuthority, text),
    ("issuing_country", "element issuing_country", AttributeName::IssuingCountry, country),
    (
        "issuing_jurisdiction",
        "element issuing_jurisdiction",
        AttributeName::IssuingJurisdiction,
        jurisdiction,
    ),
    ("nationality", "element nationality", AttributeName::Nationalities, one_country),
    ("sex", "element sex", AttributeName::Sex, sex),
];

/// The elements of a document that are read, all of its own namespace.
pub(super) struct Attributes<'e, 'o> {
    elements: &'e [Element<'o>],
    nodes: &'e Nodes,
    rule: &'e DocumentRule,
}

impl<'e, 'o> Attributes<'e, 'o> {
    pub(super) const fn new(
        elements: &'e [Element<'o>],
        nodes: &'e Nodes,
        rule: &'e DocumentRule,
    ) -> Self {
        Self { elements, nodes, rule }
    }

    // Domestic namespaces may have elements of the same name; they are not those of the Union.
    fn get(&self, identifier: &str) -> Option<Value<'e, 'o>> {
        let namespace = if self.rule.content == DocumentContent::Mdl {
            MDL_NAMESPACE
        } else {
            self.rule.doc_type.as_str()
        };
        let found = |element: &&Element<'o>| {
            element.identifier == identifier && element.namespace == namespace
        };
        self.elements.iter().find(found)?.value(self.nodes)
    }

    /// The country that vouches.
    ///
    /// # Errors
    /// [`Code::IssuerCountry`], [`Code::IdentityMalformed`], [`Code::IdentityMissing`].
    pub(super) fn issuing_country(&self, anchor: Option<Country>) -> Result<Country, Refusal> {
        let claimed = self.get("issuing_country").map(|v| v.as_str().and_then(Country::parse));
        let place = Place::part("element issuing_country");
        pid::issuing_country(claimed, anchor).map_err(|code| Refusal::new(code, place))
    }

    /// Maps the elements. Those outside the tables are left aside.
    ///
    /// # Errors
    /// [`Code::IdentityMalformed`] naming the element that breaks the rulebook.
    pub(super) fn identity(
        &self,
        provenance: Provenance,
        loa: Loa,
        authenticated_at: UnixTime,
    ) -> Result<Identity, Refusal> {
        let malformed = |place| Refusal::new(Code::IdentityMalformed, Place::part(place));
        let is_mdl = self.rule.content == DocumentContent::Mdl;
        let mut person = Person::new(provenance, loa);
        for (identifier, place, attribute, read) in if is_mdl { MDL } else { PID } {
            if let Some(value) = self.get(identifier) {
                person.insert(*attribute, read(value).ok_or(malformed(*place))?);
            }
        }
        if let Some(value) = self.get("portrait") {
            let jpeg = value.as_bytes().ok_or(malformed("element portrait"))?;
            person.insert_picture(jpeg.to_vec());
        }
        let address = self.address().ok_or(malformed("element resident_address"))?;
        person.insert(AttributeName::Address, AttributeValue::Address(address));
        if is_mdl {
            self.licence(&mut person).map_err(malformed)?;
            return Ok(person.into_identity(authenticated_at, None));
        }
        let number = self.get("personal_administrative_number").and_then(|number| number.as_str());
        Ok(person.into_identity(authenticated_at, number))
    }

    // What a licence has in a form of its own: names in two scripts, and a place of birth in one text.
    fn licence(&self, person: &mut Person) -> Result<(), &'static str> {
        for (latin, national, place, attribute) in [
            (
                "family_name",
                "family_name_national_character",
                "element family_name",
                AttributeName::FamilyName,
            ),
            (
                "given_name",
                "given_name_national_character",
                "element given_name",
                AttributeName::GivenName,
            ),
        ] {
            let read = |identifier| match self.get(identifier) {
                None => Ok(None),
                Some(value) => {
                    value.as_str().and_then(|text| Text::new(text).ok()).map(Some).ok_or(place)
                }
            };
            let (latin, national) = (read(latin)?, read(national)?);
            let name = match (national, latin) {
                (Some(national), latin) => Name::new(national, latin),
                (None, Some(latin)) => Name::new(latin, None),
                (None, None) => continue,
            };
            person.insert(attribute, AttributeValue::Name(name));
        }
        if let Some(value) = self.get("birth_place") {
            let text = value.as_str().and_then(|text| Text::new(text).ok());
            let locality = Some(text.ok_or("element birth_place")?);
            let place = PlaceOfBirth { locality, ..PlaceOfBirth::default() };
            person.insert(AttributeName::PlaceOfBirth, AttributeValue::PlaceOfBirth(place));
        }
        Ok(())
    }

    // Seven elements of a PID are one attribute; absent is well, present and malformed is not.
    fn address(&self) -> Option<Address> {
        let part = |identifier| match self.get(identifier) {
            None => Some(None),
            Some(value) => Text::new(value.as_str()?).ok().map(Some),
        };
        Some(Address {
            formatted: match self.get("resident_address") {
                None => None,
                Some(value) => Some(pid::formatted(value.as_str()?)?),
            },
            street_address: part("resident_street")?,
            house_number: part("resident_house_number")?,
            postal_code: part("resident_postal_code")?,
            locality: part("resident_city")?,
            region: part("resident_state")?,
            country: match self.get("resident_country") {
                None => None,
                Some(value) => Some(Country::parse(value.as_str()?)?),
            },
        })
    }
}

fn name(value: Value<'_, '_>) -> Option<AttributeValue> {
    pid::name(value.as_str()?)
}

fn text(value: Value<'_, '_>) -> Option<AttributeValue> {
    pid::text(value.as_str()?)
}

fn url(value: Value<'_, '_>) -> Option<AttributeValue> {
    pid::url(value.as_str()?)
}

fn identifier(value: Value<'_, '_>) -> Option<AttributeValue> {
    pid::identifier(value.as_str()?)
}

fn email(value: Value<'_, '_>) -> Option<AttributeValue> {
    pid::email(value.as_str()?)
}

fn phone(value: Value<'_, '_>) -> Option<AttributeValue> {
    pid::phone(value.as_str()?)
}

fn jurisdiction(value: Value<'_, '_>) -> Option<AttributeValue> {
    pid::jurisdiction(value.as_str()?)
}

fn country(value: Value<'_, '_>) -> Option<AttributeValue> {
    pid::country(value.as_str()?)
}

fn sex(value: Value<'_, '_>) -> Option<AttributeValue> {
    value.as_u64().and_then(Sex::new).map(AttributeValue::Sex)
}

// `full-date`: tag 1004 (RFC 8943, 2).
fn full_date(value: Value<'_, '_>) -> Option<Date> {
    Date::parse(value.tagged(FULL_DATE)?.as_str()?)
}

fn birth_date(value: Value<'_, '_>) -> Option<AttributeValue> {
    full_date(value).map(|date| AttributeValue::BirthDate(BirthDate::Full(date)))
}

// A day, or an instant, of which the day counts.
fn date(value: Value<'_, '_>) -> Option<AttributeValue> {
    let date = match value.tagged(0) {
        Some(time) => Date::of(instant(time.as_str()?, Times::FractionsCutOff)?)?,
        None => full_date(value)?,
    };
    Some(AttributeValue::Date(date))
}

fn countries(value: Value<'_, '_>) -> Option<AttributeValue> {
    if value.kind() != Kind::Array || value.len() > MAX_NATIONALITIES {
        return None;
    }
    let countries: Option<Vec<Country>> =
        value.elements().map(|code| code.as_str().and_then(Country::parse)).collect();
    countries.map(AttributeValue::Countries)
}

fn one_country(value: Value<'_, '_>) -> Option<AttributeValue> {
    Some(AttributeValue::Countries(vec![Country::parse(value.as_str()?)?]))
}

fn place_of_birth(value: Value<'_, '_>) -> Option<AttributeValue> {
    if value.kind() != Kind::Map {
        return None;
    }
    let part = |key| match value.get(key) {
        None => Some(None),
        Some(value) => Text::new(value.as_str()?).ok().map(Some),
    };
    Some(AttributeValue::PlaceOfBirth(PlaceOfBirth {
        country: match value.get("country") {
            None => None,
            Some(code) => Some(Country::parse(code.as_str()?)?),
        },
        region: part("region")?,
        locality: part("locality")?,
    }))
}

const FULL_DATE: u64 = 1004;
const MDL_NAMESPACE: &str = "org.iso.18013.5.1";
