//! PID claims to an identity: every attribute of CIR (EU) 2024/2977 under its SD-JWT VC name
//! (PID rulebook, 3 and 4).

use super::disclose::Claims;
use crate::UnixTime;
use crate::envelope::base64std;
use crate::identity::{
    Address, Attribute, AttributeName, AttributeValue, BirthDate, Country, Date, IdentifierKind,
    Identity, Loa, Name, Persons, Picture, PlaceOfBirth, Provenance, Sex, StableIdentifier, Text,
    is_identifier,
};
use crate::verdict::{Code, Place, Refusal};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most nationalities of one person that are read.
pub const MAX_NATIONALITIES: usize = 16;

// `pop`: possession of a key was proved (RFC 8176); a wallet unlocks it for its user.
const METHODS: &[&str] = &["pop", "user"];

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
    let place = Place::part("claim issuing_country");
    let claimed = match claims.get("issuing_country") {
        None => None,
        Some(value) => {
            let country = value.as_str().and_then(Country::parse);
            Some(country.ok_or(Refusal::new(Code::IdentityMalformed, place))?)
        }
    };
    match (anchor, claimed) {
        (Some(anchor), Some(claimed)) if anchor != claimed => {
            Err(Refusal::new(Code::IssuerCountry, place))
        }
        (Some(anchor), _) => Ok(anchor),
        // An anchor that is not tied to a country must not let a credential choose one.
        (None, _) => Err(Refusal::new(Code::IdentityMissing, place)),
    }
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
    let provenance = Arc::new(provenance);
    let mut attributes = BTreeMap::new();
    for (claim, place, attribute, read) in TABLE {
        if let Some(value) = claims.get(*claim) {
            let value =
                read(value).ok_or(Refusal::new(Code::IdentityMalformed, Place::part(place)))?;
            // A holder may show a container and nothing in it: that tells nothing.
            if !is_empty(&value) {
                attributes.insert(*attribute, Attribute::new(value, Arc::clone(&provenance), loa));
            }
        }
    }
    if let Some(value) = claims.get("picture") {
        let fault = Refusal::new(Code::IdentityMalformed, Place::part("claim picture"));
        // A person may opt out of the portrait: the value is then empty (PID rulebook, 3).
        if let Some(picture) = picture(value).ok_or(fault)? {
            let value = AttributeValue::Picture(picture);
            attributes.insert(
                AttributeName::Picture,
                Attribute::new(value, Arc::clone(&provenance), loa),
            );
        }
    }
    let number = claims.get("personal_administrative_number").and_then(Value::as_str);
    let identifier = number.map(|number| StableIdentifier {
        kind: IdentifierKind::EudiPan,
        value: format!("{}:{number}", provenance.issuing_country),
    });
    Ok(Identity {
        provenance,
        loa,
        authenticated_at,
        methods: METHODS,
        // Nothing can be issued until the caller has seen the policy.
        laboratory: true,
        identifier,
        persons: Persons::NATURAL,
        statement: None,
        single_use: None,
        attributes,
        unassured: BTreeSet::new(),
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only containers can be empty")]
fn is_empty(value: &AttributeValue) -> bool {
    match value {
        AttributeValue::Address(address) => address.is_empty(),
        AttributeValue::Countries(countries) => countries.is_empty(),
        AttributeValue::PlaceOfBirth(place) => place.is_empty(),
        _ => false,
    }
}

fn name(value: &Value) -> Option<AttributeValue> {
    // SD-JWT PIDs carry no transliteration of their own.
    Some(AttributeValue::Name(Name::new(Text::new(value.as_str()?).ok()?, None)))
}

fn text(value: &Value) -> Option<AttributeValue> {
    Text::new(value.as_str()?).ok().map(AttributeValue::Text)
}

fn url(value: &Value) -> Option<AttributeValue> {
    Text::with_limit(value.as_str()?, 2048).ok().map(AttributeValue::Text)
}

fn identifier(value: &Value) -> Option<AttributeValue> {
    let text = value.as_str().filter(|text| is_identifier(text))?;
    Text::new(text).ok().map(AttributeValue::Text)
}

fn email(value: &Value) -> Option<AttributeValue> {
    let (local, domain) = value.as_str()?.rsplit_once('@')?;
    let plain = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    (plain(local) && plain(domain)).then(|| identifier(value))?
}

fn phone(value: &Value) -> Option<AttributeValue> {
    let digits = value.as_str()?.strip_prefix('+')?;
    let valid =
        (4..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| identifier(value))?
}

// ISO 3166-2: country, hyphen, one to three letters or digits; also a bare country.
fn jurisdiction(value: &Value) -> Option<AttributeValue> {
    let code = value.as_str()?;
    let (country, subdivision) = code.split_once('-').unwrap_or((code, "0"));
    Country::parse(country)?;
    let valid = (1..=3).contains(&subdivision.len())
        && subdivision.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    valid.then(|| text(value))?
}

fn birth_date(value: &Value) -> Option<AttributeValue> {
    BirthDate::parse(value.as_str()?).map(AttributeValue::BirthDate)
}

fn date(value: &Value) -> Option<AttributeValue> {
    Date::parse(value.as_str()?).map(AttributeValue::Date)
}

fn country(value: &Value) -> Option<AttributeValue> {
    Country::parse(value.as_str()?).map(AttributeValue::Country)
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
        // Lines of a formatted address are separated by line feeds (OpenID Connect Core 1.0, 5.1.1).
        let one_line = formatted.as_str()?.replace("\r\n", ", ").replace('\n', ", ");
        address.formatted = Some(Text::with_limit(&one_line, 600).ok()?);
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

fn picture(value: &Value) -> Option<Option<Picture>> {
    let text = value.as_str()?;
    if text.is_empty() {
        return Some(None);
    }
    let jpeg = base64std::decode(text.strip_prefix("data:image/jpeg;base64,")?.as_bytes()).ok()?;
    Some((!jpeg.is_empty()).then(|| Picture::new(jpeg)))
}
