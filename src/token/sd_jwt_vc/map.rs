//! PID claims to an identity: every attribute of CIR (EU) 2024/2977 under its SD-JWT VC name
//! (PID rulebook, 3 and 4).

use super::disclose::Claims;
use crate::UnixTime;
use crate::envelope::base64std;
use crate::identity::{
    Address, AttributeName, AttributeValue, BirthDate, Country, Date, Identity, Loa, PlaceOfBirth,
    Provenance, Sex, Text,
};
use crate::token::pid::{self, Person};
use crate::verdict::{Code, Place, Refusal};
use serde_json::Value;

/// Most nationalities of one person that are read.
pub const MAX_NATIONALITIES: usize = pid::MAX_NATIONALITIES;

type Mapper = fn(&Value) -> Option<AttributeValue>;

// Claim, attribute, how it is read. The place names the claim, never its value.
const TABLE: &[(&str, &str, AttributeName, Mapper)] = &[
    ("address", "claim address", AttributeName::Address, address),
    (
        "attestation_legal_category",
        "claim attestation_legal_category",
        AttributeName::LegalCategory,
        text,
    ),
    ("birth_family_name", "claim birth_family_name", AttributeName::BirthFamilyName, name),
    ("birth_given_name", "claim birth_given_name", AttributeName::BirthGivenName, name),
    ("birthdate", "claim birthdate", AttributeName::Birthdate, birth_date),
    ("date_of_expiry", "claim date_of_expiry", AttributeName::DateOfExpiry, date),
    ("date_of_issuance", "claim date_of_issuance", AttributeName::DateOfIssuance, date),
    ("document_number", "claim document_number", AttributeName::DocumentNumber, identifier),
    ("email", "claim email", AttributeName::Email, email),
    ("family_name", "claim family_name", AttributeName::FamilyName, name),
    ("given_name", "claim given_name", AttributeName::GivenName, name),
    ("issuing_authority", "claim issuing_authority", AttributeName::IssuingAuthority, text),
    ("issuing_country", "claim issuing_country", AttributeName::IssuingCountry, country),
    (
        "issuing_jurisdiction",
        "claim issuing_jurisdiction",
        AttributeName::IssuingJurisdiction,
        jurisdiction,
    ),
    ("nationalities", "claim nationalities", AttributeName::Nationalities, countries),
    (
        "personal_administrative_number",
        "claim personal_administrative_number",
        AttributeName::PersonalAdministrativeNumber,
        identifier,
    ),
    ("phone_number", "claim phone_number", AttributeName::PhoneNumber, phone),
    ("place_of_birth", "claim place_of_birth", AttributeName::PlaceOfBirth, place_of_birth),
    ("sex", "claim sex", AttributeName::Sex, sex),
    ("trust_anchor", "claim trust_anchor", AttributeName::TrustAnchor, url),
];

/// The country that vouches: the anchor's, and where the credential names one, the same.
///
/// # Errors
/// [`Code::IssuerCountry`] when they differ; [`Code::IdentityMissing`] when neither is known.
pub fn issuing_country(claims: &Claims, anchor: Option<Country>) -> Result<Country, Refusal> {
    let claimed = claims.get("issuing_country").map(|v| v.as_str().and_then(Country::parse));
    let place = Place::part("claim issuing_country");
    pid::issuing_country(claimed, anchor).map_err(|code| Refusal::new(code, place))
}

/// Maps verified claims. Claims outside the rulebook are left aside.
///
/// # Errors
/// [`Code::IdentityMalformed`] naming the claim that breaks the rulebook.
pub fn identity(
    claims: &Claims,
    provenance: Provenance,
    loa: Loa,
    authenticated_at: UnixTime,
) -> Result<Identity, Refusal> {
    let mut person = Person::new(provenance, loa);
    for (claim, place, attribute, read) in TABLE {
        if let Some(value) = claims.get(*claim) {
            let fault = Refusal::new(Code::IdentityMalformed, Place::part(place));
            person.insert(*attribute, read(value).ok_or(fault)?);
        }
    }
    if let Some(value) = claims.get("picture") {
        let fault = Refusal::new(Code::IdentityMalformed, Place::part("claim picture"));
        person.insert_picture(picture(value).ok_or(fault)?);
    }
    let number = claims.get("personal_administrative_number").and_then(Value::as_str);
    Ok(person.into_identity(authenticated_at, number))
}

fn name(value: &Value) -> Option<AttributeValue> {
    pid::name(value.as_str()?)
}

fn text(value: &Value) -> Option<AttributeValue> {
    pid::text(value.as_str()?)
}

fn url(value: &Value) -> Option<AttributeValue> {
    pid::url(value.as_str()?)
}

fn identifier(value: &Value) -> Option<AttributeValue> {
    pid::identifier(value.as_str()?)
}

fn email(value: &Value) -> Option<AttributeValue> {
    pid::email(value.as_str()?)
}

fn phone(value: &Value) -> Option<AttributeValue> {
    pid::phone(value.as_str()?)
}

fn jurisdiction(value: &Value) -> Option<AttributeValue> {
    pid::jurisdiction(value.as_str()?)
}

fn country(value: &Value) -> Option<AttributeValue> {
    pid::country(value.as_str()?)
}

fn birth_date(value: &Value) -> Option<AttributeValue> {
    BirthDate::parse(value.as_str()?).map(AttributeValue::BirthDate)
}

fn date(value: &Value) -> Option<AttributeValue> {
    Date::parse(value.as_str()?).map(AttributeValue::Date)
}

fn countries(value: &Value) -> Option<AttributeValue> {
    let list = value.as_array().filter(|list| list.len() <= MAX_NATIONALITIES)?;
    let countries: Option<Vec<Country>> =
        list.iter().map(|code| code.as_str().and_then(Country::parse)).collect();
    countries.map(AttributeValue::Countries)
}

fn sex(value: &Value) -> Option<AttributeValue> {
    value.as_u64().and_then(Sex::new).map(AttributeValue::Sex)
}

fn address(value: &Value) -> Option<AttributeValue> {
    let members = value.as_object()?;
    let mut address = Address {
        formatted: None,
        street_address: part(members, "street_address")?,
        house_number: part(members, "house_number")?,
        postal_code: part(members, "postal_code")?,
        locality: part(members, "locality")?,
        region: part(members, "region")?,
        country: country_part(members)?,
    };
    if let Some(formatted) = members.get("formatted") {
        address.formatted = Some(pid::formatted(formatted.as_str()?)?);
    }
    Some(AttributeValue::Address(address))
}

fn place_of_birth(value: &Value) -> Option<AttributeValue> {
    let members = value.as_object()?;
    Some(AttributeValue::PlaceOfBirth(PlaceOfBirth {
        country: country_part(members)?,
        region: part(members, "region")?,
        locality: part(members, "locality")?,
    }))
}

// Absent is well, present and malformed is not.
fn part(members: &Claims, name: &str) -> Option<Option<Text>> {
    match members.get(name) {
        None => Some(None),
        Some(value) => Text::new(value.as_str()?).ok().map(Some),
    }
}

fn country_part(members: &Claims) -> Option<Option<Country>> {
    match members.get("country") {
        None => Some(None),
        Some(value) => Country::parse(value.as_str()?).map(Some),
    }
}

// A data URL; empty when the person opted out.
fn picture(value: &Value) -> Option<Vec<u8>> {
    let text = value.as_str()?;
    if text.is_empty() {
        return Some(Vec::new());
    }
    base64std::decode(text.strip_prefix("data:image/jpeg;base64,")?.as_bytes()).ok()
}
