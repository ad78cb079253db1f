//! Makes claims from attributes: pure, total, and silent where a value is not certain.

use super::age::{age_band, age_over};
use super::{ClaimRule, LeapDay, Precision, Transformation};
use crate::identity::{
    Address, Attribute, AttributeName, AttributeValue, BirthDate, Country, Date, Family,
    PlaceOfBirth, Text,
};
use serde_json::{Map, Value};

/// A claim that was made.
pub(super) struct Made {
    /// Its value.
    pub(super) value: Value,
    /// The issuer's own transliteration of a name, where there is one.
    pub(super) transliteration: Option<Value>,
}

/// Makes the claim of a rule. `None`: it cannot be made, or not with certainty.
///
/// * `attribute`: `None` when the person has none.
/// * `today`: the day in UTC.
pub(super) fn make(
    rule: &ClaimRule,
    attribute: Option<&Attribute>,
    today: Date,
    leap_day: LeapDay,
) -> Option<Made> {
    if rule.transformation == Transformation::Present {
        return Some(Made::from(Value::Bool(attribute.is_some())));
    }
    let attribute = attribute?;
    let value = &attribute.value;
    match &rule.transformation {
        Transformation::AgeBand(bounds) => {
            age_band(birthdate(value)?, bounds, today, leap_day).map(Value::String)
        }
        Transformation::AgeOver(years) => {
            age_over(birthdate(value)?, *years, today, leap_day).map(Value::Bool)
        }
        Transformation::BirthYear => Some(birthdate(value)?.year().into()),
        Transformation::Initials => initials(value).map(Value::String),
        Transformation::NationalId { .. } => national_id(rule.attribute, attribute),
        Transformation::NationalityInEu => nationality_in_eu(value).map(Value::Bool),
        Transformation::Plain => return plain(value),
        Transformation::PostalPrefix(len) => {
            postal_prefix(address(value)?, *len).map(Value::String)
        }
        Transformation::Present => None,
        Transformation::Region(precision) => region(address(value)?, *precision),
    }
    .map(Made::from)
}

impl From<Value> for Made {
    fn from(value: Value) -> Self {
        Self { value, transliteration: None }
    }
}

fn plain(value: &AttributeValue) -> Option<Made> {
    let value = match value {
        AttributeValue::Address(address) => object(address_members(address))?,
        AttributeValue::BirthDate(date) => Value::String(date.to_string()),
        AttributeValue::Countries(list) if list.is_empty() => return None,
        AttributeValue::Countries(list) => Value::Array(list.iter().map(country).collect()),
        AttributeValue::Country(one) => country(one),
        AttributeValue::Date(date) => Value::String(date.to_string()),
        AttributeValue::Name(name) => {
            let transliteration = name.transliteration.as_ref().map(text);
            return Some(Made { value: text(&name.original), transliteration });
        }
        // Never part of an assertion, whatever a rule says (docs/assertion-profile.md).
        AttributeValue::Picture(_) => return None,
        AttributeValue::PlaceOfBirth(place) => object(place_members(place))?,
        AttributeValue::Sex(sex) => sex.value().into(),
        AttributeValue::Text(one) => text(one),
    };
    Some(Made::from(value))
}

// In the order of the alphabet: the bytes do not depend on how the map keeps its members.
fn address_members(address: &Address) -> [(&'static str, Option<Value>); 7] {
    [
        ("country", address.country.as_ref().map(country)),
        ("formatted", address.formatted.as_ref().map(text)),
        ("house_number", address.house_number.as_ref().map(text)),
        ("locality", address.locality.as_ref().map(text)),
        ("postal_code", address.postal_code.as_ref().map(text)),
        ("region", address.region.as_ref().map(text)),
        ("street_address", address.street_address.as_ref().map(text)),
    ]
}

fn place_members(place: &PlaceOfBirth) -> [(&'static str, Option<Value>); 3] {
    [
        ("country", place.country.as_ref().map(country)),
        ("locality", place.locality.as_ref().map(text)),
        ("region", place.region.as_ref().map(text)),
    ]
}

fn object<const N: usize>(members: [(&'static str, Option<Value>); N]) -> Option<Value> {
    let members: Map<_, _> = members
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)))
        .collect();
    (!members.is_empty()).then_some(Value::Object(members))
}

// The first letter of each part of the name: Erika Anna-Maria is `EAM`. A name of such letters alone
// would be told whole; it is not told at all.
#[expect(clippy::wildcard_enum_match_arm, reason = "only names have initials")]
fn initials(value: &AttributeValue) -> Option<String> {
    let name = match value {
        AttributeValue::Name(name) => &name.original,
        AttributeValue::Text(text) => text,
        _ => return None,
    };
    let initials: String = name
        .as_str()
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}' | '\u{2011}'))
        .filter_map(|part| part.chars().next())
        .filter(|c| c.is_alphabetic())
        .collect();
    let letters = name.as_str().chars().filter(|c| c.is_alphabetic()).count();
    let told_whole = letters <= initials.chars().count();
    (!initials.is_empty() && !told_whole).then_some(initials)
}

fn national_id(name: AttributeName, attribute: &Attribute) -> Option<Value> {
    let AttributeValue::Text(number) = &attribute.value else { return None };
    // A number is unique within the country that gave it out only.
    let country = attribute.provenance.issuing_country;
    let scheme = match attribute.provenance.family {
        // Names both states itself.
        _ if name != AttributeName::PersonalAdministrativeNumber => "eidas-pid".to_owned(),
        Family::SdJwtVc => format!("eudi-pan:{country}"),
        Family::Certificate | Family::WebEid => format!("card:{country}"),
        // These have no national number; what they name a person by is scoped to the receiver.
        Family::BundId | Family::EidServer | Family::EidasSaml => return None,
    };
    object([("scheme", Some(Value::String(scheme))), ("value", Some(text(number)))])
}

// An unknown nationality (`QU`) can be any: then only a known one of a Member State decides.
fn nationality_in_eu(value: &AttributeValue) -> Option<bool> {
    let AttributeValue::Countries(countries) = value else { return None };
    if countries.iter().any(Country::is_eu_member) {
        return Some(true);
    }
    let certain = !countries.is_empty() && !countries.iter().any(|one| one.as_str() == UNKNOWN);
    certain.then_some(false)
}

// A code that is no longer than the prefix would be told whole; it is not told at all.
fn postal_prefix(address: &Address, len: u8) -> Option<String> {
    let code = address.postal_code.as_ref()?.as_str();
    let len = usize::from(len);
    let characters = code.chars().filter(|c| c.is_alphanumeric()).count();
    (characters > len).then(|| code.chars().filter(|c| c.is_alphanumeric()).take(len).collect())
}

fn region(address: &Address, precision: Precision) -> Option<Value> {
    match precision {
        Precision::Country => address.country.as_ref().map(country),
        Precision::State => address.region.as_ref().map(text),
        Precision::Municipality => address.locality.as_ref().map(text),
    }
}

const fn birthdate(value: &AttributeValue) -> Option<BirthDate> {
    if let AttributeValue::BirthDate(date) = value { Some(*date) } else { None }
}

const fn address(value: &AttributeValue) -> Option<&Address> {
    if let AttributeValue::Address(address) = value { Some(address) } else { None }
}

fn text(text: &Text) -> Value {
    Value::String(text.as_str().to_owned())
}

fn country(country: &Country) -> Value {
    Value::String(country.as_str().to_owned())
}

// PID rulebook 3.1.1.
const UNKNOWN: &str = "QU";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Identity, fixture};
    use serde_json::json;

    fn made(identity: &Identity, attribute: AttributeName, with: Transformation) -> Option<Value> {
        let rule = ClaimRule::new(attribute, with);
        let today = Date::parse("2026-06-15").unwrap();
        make(&rule, identity.attribute(attribute), today, LeapDay::March1).map(|made| made.value)
    }

    fn of(attribute: AttributeName, value: AttributeValue, with: Transformation) -> Option<Value> {
        let mut identity = fixture::nobody();
        fixture::set(&mut identity, attribute, value);
        made(&identity, attribute, with)
    }

    #[test]
    fn plain_claims_have_the_documented_form() {
        let erika = fixture::erika();
        for (attribute, expected) in [
            (AttributeName::FamilyName, json!("Μήτσου")),
            (AttributeName::Birthdate, json!("1964-08-12")),
            (AttributeName::Nationalities, json!(["DE", "AT"])),
            (AttributeName::PlaceOfBirth, json!({"country": "DE", "locality": "Berlin"})),
            (AttributeName::Sex, json!(2)),
            (AttributeName::DateOfExpiry, json!("2029-10-31")),
            (
                AttributeName::Address,
                json!({
                    "country": "DE", "formatted": "Heidestraße 17, 51147 Köln, Deutschland",
                    "house_number": "17", "locality": "Köln", "postal_code": "51147",
                    "region": "Nordrhein-Westfalen", "street_address": "Heidestraße"
                }),
            ),
        ] {
            assert_eq!(made(&erika, attribute, Transformation::Plain), Some(expected));
        }
    }

    #[test]
    fn a_name_brings_the_transliteration_of_its_issuer() {
        let erika = fixture::erika();
        let rule = ClaimRule::new(AttributeName::FamilyName, Transformation::Plain);
        let today = Date::parse("2026-06-15").unwrap();
        let name = erika.attribute(AttributeName::FamilyName);
        let made = make(&rule, name, today, LeapDay::March1).unwrap();
        assert_eq!(made.transliteration, Some(json!("Mitsou")));
    }

    #[test]
    fn a_picture_is_never_made_into_a_claim() {
        assert_eq!(made(&fixture::erika(), AttributeName::Picture, Transformation::Plain), None);
    }

    #[test]
    fn a_residence_is_told_as_precisely_as_registered() {
        let erika = fixture::erika();
        for (precision, expected) in [
            (Precision::Country, "DE"),
            (Precision::State, "Nordrhein-Westfalen"),
            (Precision::Municipality, "Köln"),
        ] {
            let with = Transformation::Region(precision);
            assert_eq!(made(&erika, AttributeName::Address, with), Some(json!(expected)));
        }
    }

    #[test]
    fn a_postal_prefix_is_shorter_than_the_code() {
        let prefix = |code: &str, len| {
            let address = Address { postal_code: Text::new(code).ok(), ..Address::default() };
            postal_prefix(&address, len)
        };
        assert_eq!(prefix("51147", 2).as_deref(), Some("51"));
        assert_eq!(prefix("SW1A 1AA", 4).as_deref(), Some("SW1A"));
        assert_eq!(prefix("AD-100", 3).as_deref(), Some("AD1"));
        assert_eq!(prefix("511", 3), None);
        assert_eq!(prefix("", 1), None);
    }

    #[test]
    fn initials_are_first_letters() {
        let of =
            |name| of(AttributeName::GivenName, fixture::latin(name), Transformation::Initials);
        assert_eq!(of("Erika Anna-Maria"), Some(json!("EAM")));
        assert_eq!(of("Ζωή"), Some(json!("Ζ")));
        assert_eq!(of("'t"), None);
    }

    #[test]
    fn union_citizenship_is_never_guessed() {
        let of = |codes: &[&str]| {
            let countries = fixture::countries(codes);
            of(AttributeName::Nationalities, countries, Transformation::NationalityInEu)
        };
        assert_eq!(of(&["CH", "FR"]), Some(json!(true)));
        assert_eq!(of(&["QU", "FR"]), Some(json!(true)));
        assert_eq!(of(&["CH", "QS"]), Some(json!(false)));
        assert_eq!(of(&["CH", "QU"]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn a_national_id_names_its_scheme_and_country() {
        let with = Transformation::NationalId { legal_basis: "Act".into() };
        let made = made(&fixture::erika(), AttributeName::PersonalAdministrativeNumber, with);
        assert_eq!(made, Some(json!({"scheme": "eudi-pan:AT", "value": "1234567890"})));
    }

    #[test]
    fn an_identifier_between_two_states_names_both_itself() {
        let with = || Transformation::NationalId { legal_basis: "Act".into() };
        let erika = fixture::erika();
        let own = made(&erika, AttributeName::PersonIdentifier, with());
        assert_eq!(own, Some(json!({"scheme": "eidas-pid", "value": "AT/DE/1234567890"})));
        let other = ClaimRule::new(AttributeName::RepresentativePersonIdentifier, with());
        assert_eq!(other.output, "representative_national_id");
    }

    #[test]
    fn what_is_absent_or_uncertain_makes_no_claim_but_can_be_told_absent() {
        let nobody = fixture::nobody();
        for &attribute in AttributeName::ALL {
            assert_eq!(made(&nobody, attribute, Transformation::Plain), None);
            assert_eq!(made(&nobody, attribute, Transformation::Present), Some(json!(false)));
        }
        let year = fixture::birthdate("2008");
        assert_eq!(of(AttributeName::Birthdate, year.clone(), Transformation::AgeOver(18)), None);
        let birth_year = of(AttributeName::Birthdate, year, Transformation::BirthYear);
        assert_eq!(birth_year, Some(json!(2008)));
    }

    #[test]
    fn every_transformation_is_total_over_every_kind_of_value() {
        let erika = fixture::erika();
        for with in [
            Transformation::AgeBand(vec![18, 65]),
            Transformation::AgeOver(18),
            Transformation::BirthYear,
            Transformation::Initials,
            Transformation::NationalId { legal_basis: "Act".into() },
            Transformation::NationalityInEu,
            Transformation::Plain,
            Transformation::PostalPrefix(2),
            Transformation::Present,
            Transformation::Region(Precision::State),
        ] {
            for (attribute, _) in erika.attributes() {
                let result = made(&erika, attribute, with.clone());
                assert!(result.is_some() || !with.fits(attribute), "{attribute:?} {with:?}");
            }
        }
    }
}
