//! The attributes of an identity as a vector writes them: the names and forms of the PID rulebook,
//! the portrait as base64 of the JPEG file.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker::identity::{Address, AttributeValue, Country, Identity, PlaceOfBirth, Text};
use serde_json::{Map, Value, json};

/// Every attribute by its name.
pub(in crate::suites) fn to_json(identity: &Identity) -> Map<String, Value> {
    let attributes = identity.attributes();
    attributes.map(|(name, one)| (name.name().to_owned(), value(&one.value))).collect()
}

fn value(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::Address(one) => address(one),
        AttributeValue::BirthDate(date) => date.to_string().into(),
        AttributeValue::Countries(list) => list.iter().map(Country::as_str).collect(),
        AttributeValue::Country(country) => country.as_str().into(),
        AttributeValue::Date(date) => date.to_string().into(),
        AttributeValue::Name(name) => match &name.transliteration {
            None => name.original.as_str().into(),
            Some(latin) => json!({"original": name.original.as_str(), "latin": latin.as_str()}),
        },
        AttributeValue::Picture(picture) => STANDARD.encode(picture.jpeg()).into(),
        AttributeValue::PlaceOfBirth(one) => place(one),
        AttributeValue::Sex(sex) => sex.value().into(),
        AttributeValue::Text(text) => text.as_str().into(),
        // A value that no vector knows equals none.
        _ => Value::Null,
    }
}

fn address(one: &Address) -> Value {
    members([
        ("country", one.country.as_ref().map(Country::as_str)),
        ("formatted", one.formatted.as_ref().map(Text::as_str)),
        ("house_number", one.house_number.as_ref().map(Text::as_str)),
        ("locality", one.locality.as_ref().map(Text::as_str)),
        ("postal_code", one.postal_code.as_ref().map(Text::as_str)),
        ("region", one.region.as_ref().map(Text::as_str)),
        ("street_address", one.street_address.as_ref().map(Text::as_str)),
    ])
}

fn place(one: &PlaceOfBirth) -> Value {
    members([
        ("country", one.country.as_ref().map(Country::as_str)),
        ("locality", one.locality.as_ref().map(Text::as_str)),
        ("region", one.region.as_ref().map(Text::as_str)),
    ])
}

fn members<const N: usize>(members: [(&str, Option<&str>); N]) -> Value {
    let known =
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    Value::Object(known.collect())
}
