//! From attributes to persons.

use super::identifier::Identifier;
use super::table::{Group, Row, group, row};
use super::value::{self, Value};
use crate::UnixTime;
use crate::envelope::saml::{Assertion, NAME_FORMAT_URI};
use crate::identity::{
    Address, Attribute, AttributeName, AttributeValue, BirthDate, Country, IdentifierKind, Loa,
    PersonKind, Persons, PlaceOfBirth, Provenance, Representative, StableIdentifier, Text,
};
use crate::verdict::{Check, Code, Ledger, Place, Refusal};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whose identifier it is, and for whom it was made; in the spelling of ISO 3166-1.
#[derive(Clone, Copy)]
pub(super) struct States {
    pub(super) from: Country,
    pub(super) to: Country,
}

/// The persons of an assertion.
pub(super) struct Read {
    pub(super) persons: Persons,
    pub(super) identifier: StableIdentifier,
    values: Vec<(Group, &'static Row, Value)>,
}

/// Reads the persons of an assertion. Attributes outside the profile are left aside.
///
/// # Errors
/// Those of [`value::read`]; [`Code::IdentityMissing`] for a mandatory attribute,
/// [`Code::IdentityCombination`] for persons that cannot stand together.
pub(super) fn persons(
    assertion: &Assertion<'_, '_>,
    states: States,
    now: UnixTime,
    ledger: &mut Ledger,
) -> Result<Read, Refusal> {
    let values = ledger_values(assertion, states, now, ledger)?;
    let persons = ledger.record(Check::SamlPersons, combination(&values))?;
    let identifier = identifier(persons, &values);
    let identifier = ledger.record(Check::SamlIdentifier, identifier)?;
    if values.iter().any(|(_, _, value)| matches!(value, Value::UnreadAddress)) {
        // It costs the address, never the login.
        ledger.leave_out(Check::SamlAddress, Code::IdentityMalformed);
    }
    Ok(Read { persons, identifier, values })
}

fn ledger_values(
    assertion: &Assertion<'_, '_>,
    states: States,
    now: UnixTime,
    ledger: &mut Ledger,
) -> Result<Vec<(Group, &'static Row, Value)>, Refusal> {
    let values = read_all(assertion, states, now).map_err(|refusal| {
        let of_identifier =
            matches!(refusal.code(), Code::IdentifierMalformed | Code::IdentifierScope);
        let check = if of_identifier { Check::SamlIdentifier } else { Check::SamlAttributes };
        ledger.fail(check, refusal)
    })?;
    ledger.pass(Check::SamlAttributes);
    Ok(values)
}

fn read_all(
    assertion: &Assertion<'_, '_>,
    states: States,
    now: UnixTime,
) -> Result<Vec<(Group, &'static Row, Value)>, Refusal> {
    let mut values: Vec<(Group, &'static Row, Value)> = Vec::new();
    let mut named: Vec<Group> = Vec::new();
    for (index, attribute) in assertion.attributes.iter().enumerate() {
        let Some((group, row)) = row(attribute.name) else {
            // Of another profile; its name must be a URI all the same.
            if attribute.name_format != Some(NAME_FORMAT_URI) {
                let place = Place::nth("Assertion/Attribute", index);
                return Err(Refusal::new(Code::SamlAttribute, place));
            }
            named.extend(group(attribute.name));
            continue;
        };
        // Two spellings of one name are one name.
        let place = Place::part(row.place);
        if values.iter().any(|(other, same, _)| *other == group && same.segment == row.segment) {
            return Err(Refusal::new(Code::AmbiguousAttribute, place));
        }
        values.push((group, row, value::read(attribute, group, row, states, now)?));
    }
    // A person of whom only unknown things are told is a person all the same: left aside, somebody
    // who acts for another would be taken for nobody.
    let unread = named.into_iter().find(|group| !values.iter().any(|(other, ..)| other == group));
    match unread.and_then(|group| group.mandatory().next()) {
        Some(row) => Err(Refusal::new(Code::IdentityMissing, Place::part(row.place))),
        None => Ok(values),
    }
}

// A natural person, a legal person or both, each with at most one that acts for them, and each whole.
fn combination(values: &[(Group, &'static Row, Value)]) -> Result<Persons, Refusal> {
    let there = |group: Group| values.iter().any(|(other, ..)| *other == group);
    for group in Group::ALL.into_iter().filter(|group| there(*group)) {
        for row in group.mandatory() {
            let named = |(other, one, _): &(Group, &Row, Value)| {
                *other == group && one.segment == row.segment
            };
            if !values.iter().any(named) {
                return Err(Refusal::new(Code::IdentityMissing, Place::part(row.place)));
            }
        }
    }
    let impossible = Refusal::new(Code::IdentityCombination, Place::part("attributes"));
    let subject = match (there(Group::Natural), there(Group::Legal)) {
        (true, true) => PersonKind::NaturalAndLegal,
        (true, false) => PersonKind::Natural,
        (false, true) => PersonKind::Legal,
        (false, false) => return Err(impossible),
    };
    let acts = (there(Group::RepresentativeNatural), there(Group::RepresentativeLegal));
    let representative = match acts {
        (false, false) => None,
        (true, false) => Some(Representative::Natural),
        (false, true) => Some(Representative::Legal),
        (true, true) => return Err(impossible),
    };
    Ok(Persons { subject, representative })
}

fn identifier(
    persons: Persons,
    values: &[(Group, &'static Row, Value)],
) -> Result<StableIdentifier, Refusal> {
    let of = |group: Group| {
        let own = values.iter().filter(|(other, ..)| *other == group);
        own.map(|(_, _, value)| value).find_map(|value| {
            if let Value::Identifier(identifier) = value { Some(identifier.as_str()) } else { None }
        })
    };
    let (kind, value) = match (persons.subject, persons.representative) {
        (PersonKind::Natural, None) => {
            (IdentifierKind::EidasPid, of(Group::Natural).map(str::to_owned))
        }
        (PersonKind::Legal, None) => {
            (IdentifierKind::EidasLpid, of(Group::Legal).map(str::to_owned))
        }
        // Several persons are another subject than each of them alone.
        _ => {
            let roles = [
                ("n", Group::Natural),
                ("l", Group::Legal),
                ("rn", Group::RepresentativeNatural),
                ("rl", Group::RepresentativeLegal),
            ];
            let parts: Vec<String> = roles
                .into_iter()
                .filter_map(|(role, group)| of(group).map(|one| format!("{role}={one}")))
                .collect();
            (IdentifierKind::EidasPersons, Some(parts.join("\n")))
        }
    };
    let value = value.ok_or(Code::Internal)?;
    Ok(StableIdentifier { kind, value })
}

impl Read {
    /// The attributes, each of one provenance and level.
    ///
    /// # Errors
    /// [`Code::Internal`] alone.
    pub(super) fn attributes(
        &self,
        provenance: &Arc<Provenance>,
        loa: Loa,
    ) -> Result<BTreeMap<AttributeName, Attribute>, Refusal> {
        let mut attributes = BTreeMap::new();
        let mut insert = |name, value| {
            attributes.insert(name, Attribute::new(value, Arc::clone(provenance), loa));
        };
        // Of the node: an identifier of another state was refused.
        insert(AttributeName::IssuingCountry, AttributeValue::Country(provenance.issuing_country));
        for (group, row, value) in &self.values {
            let Some(name) = row.attribute(*group) else { continue };
            if let Some(value) = attribute_value(value)? {
                insert(name, value);
            }
        }
        for (group, place, residence) in [
            (Group::Natural, AttributeName::PlaceOfBirth, AttributeName::Address),
            (
                Group::RepresentativeNatural,
                AttributeName::RepresentativePlaceOfBirth,
                AttributeName::RepresentativeAddress,
            ),
        ] {
            let born = self.place_of_birth(group);
            if !born.is_empty() {
                insert(place, AttributeValue::PlaceOfBirth(born));
            }
            if let Some(address) = self.residence(group) {
                insert(residence, AttributeValue::Address(address));
            }
        }
        Ok(attributes)
    }

    fn value(&self, group: Group, segment: &str) -> Option<&Value> {
        let found = self.values.iter().find(|(g, row, _)| *g == group && row.segment == segment);
        found.map(|(_, _, value)| value)
    }

    // The town where it is told apart, else whatever place is told.
    fn place_of_birth(&self, group: Group) -> PlaceOfBirth {
        let text = |segment| match self.value(group, segment) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        PlaceOfBirth {
            country: self.country(group, "CountryOfBirth"),
            region: None,
            locality: text("TownOfBirth").or_else(|| text("PlaceOfBirth")),
        }
    }

    // The address with the country of residence, which counts before what stands in the address.
    fn residence(&self, group: Group) -> Option<Address> {
        let country = self.country(group, "CountryOfResidence")?;
        let address = match self.value(group, "CurrentAddress") {
            Some(Value::Address(address)) => address.clone(),
            _ => Address::default(),
        };
        Some(Address { country: Some(country), ..address })
    }

    fn country(&self, group: Group, segment: &str) -> Option<Country> {
        match self.value(group, segment) {
            Some(Value::Country(country)) => Some(*country),
            _ => None,
        }
    }
}

fn attribute_value(value: &Value) -> Result<Option<AttributeValue>, Refusal> {
    Ok(Some(match value {
        Value::Address(address) => AttributeValue::Address(address.clone()),
        Value::Birthdate(date) => AttributeValue::BirthDate(BirthDate::Full(*date)),
        Value::Country(country) => AttributeValue::Countries(vec![*country]),
        Value::Identifier(identifier) => AttributeValue::Text(identifier_text(identifier)?),
        Value::Name(name) => AttributeValue::Name(name.clone()),
        Value::Sex(sex) => AttributeValue::Sex(*sex),
        Value::Text(text) => AttributeValue::Text(text.clone()),
        Value::UnreadAddress => return Ok(None),
    }))
}

// Two countries and up to 256 characters. As an attribute it is in NFC like every text; the subject is
// made of the characters that were signed.
fn identifier_text(identifier: &Identifier) -> Result<Text, Refusal> {
    Text::with_limit(identifier.as_str(), 262).map_err(|_| Code::Internal.into())
}
