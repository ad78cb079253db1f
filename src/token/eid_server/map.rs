//! From attributes to a person.

use super::identifier;
use super::level::Said;
use super::table::{Kind, LEGAL_PERSON, Row, row};
use super::value::{self, DocumentStatus, Value};
use crate::UnixTime;
use crate::envelope::saml::Assertion;
use crate::identity::{
    Attribute, AttributeName, AttributeValue, Country, Date, Loa, Name, Provenance,
    StableIdentifier,
};
use crate::verdict::{Code, Detail, Place, Refusal};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The attributes of a result, each read by its name.
pub(super) struct Read(Vec<(&'static Row, Value)>);

/// Whose identifier it is, and which state vouches for the person.
pub(super) struct Subject {
    pub(super) identifier: Option<StableIdentifier>,
    pub(super) from: Country,
}

impl Read {
    /// Reads every attribute that the table has. Others are left aside: answers to questions that
    /// were not asked, and what only a server of a later version knows.
    ///
    /// # Errors
    /// Those of [`value::read`]; [`Code::IdentityLegalPerson`] when something of a company is told,
    /// whatever the flavour says.
    pub(super) fn all(assertion: &Assertion<'_, '_>, now: UnixTime) -> Result<Self, Refusal> {
        let mut values = Vec::new();
        // No name stands twice; the reader of assertions saw to that.
        for attribute in &assertion.attributes {
            if let Some(row) = row(attribute.name) {
                values.push((row, value::read(attribute, row, now)?));
            } else if LEGAL_PERSON.contains(&attribute.name) && value::is_told(attribute)? {
                let place = Place::part("attribute of a legal person");
                return Err(Refusal::new(Code::IdentityLegalPerson, place));
            }
        }
        Ok(Self(values))
    }

    /// Checks that the document is valid: the server says so, and what else it says agrees.
    ///
    /// # Errors
    /// [`Code::DocumentUnknown`], [`Code::DocumentInvalid`].
    pub(super) fn check_document(&self, now: UnixTime) -> Result<(), Refusal> {
        let place = Place::part("attribute DocumentValidity");
        let status = match self.of(Kind::DocumentValidity) {
            Some(Value::Document(status)) => *status,
            _ => return Err(Refusal::new(Code::DocumentUnknown, place)),
        };
        let expiry = match self.of(Kind::Date) {
            Some(Value::Date(date)) => Some(*date),
            _ => None,
        };
        let expired = expiry.zip(Date::of(now)).is_some_and(|(expiry, today)| expiry < today);
        let lapsed = status == DocumentStatus::Valid && expired;
        let status = if lapsed { DocumentStatus::Expired } else { status };
        if status == DocumentStatus::Valid {
            return Ok(());
        }
        let refusal = Refusal::new(Code::DocumentInvalid, place);
        Err(refusal.with(Detail::Name(status.name())))
    }

    /// What is said about the level.
    pub(super) fn level(&self) -> Said<'_> {
        let uri = match self.of(Kind::Level) {
            Some(Value::Level(uri)) => Some(uri.as_str()),
            _ => None,
        };
        let certified = !matches!(self.of(Kind::EidType), Some(Value::EidType(false)));
        Said { uri, certified, eidas: self.uses_eidas() }
    }

    /// Whether the person came through eIDAS and not with a German document.
    pub(super) fn uses_eidas(&self) -> bool {
        matches!(self.of(Kind::UseEidas), Some(Value::UseEidas(true)))
    }

    /// Whose result it is.
    ///
    /// * `entity_id`, `own`: of this service provider.
    /// * `issuer`: the country of the eID server.
    ///
    /// # Errors
    /// [`Code::IdentityLegalPerson`] for another person than a natural one who acts alone;
    /// [`Code::IdentityMissing`] when nothing says which state a person through eIDAS is from;
    /// [`Code::IssuerCountry`] for a document of another state; those of [`identifier`].
    pub(super) fn subject(
        &self,
        entity_id: &str,
        own: Country,
        issuer: Country,
    ) -> Result<Subject, Refusal> {
        if matches!(self.of(Kind::Flavour), Some(Value::Flavour(false))) {
            let place = Place::part("attribute IdentityFlavour");
            return Err(Refusal::new(Code::IdentityLegalPerson, place));
        }
        let digits = match self.of(Kind::RestrictedId) {
            Some(Value::RestrictedId(digits)) => Some(digits.as_str()),
            _ => None,
        };
        if self.uses_eidas() {
            // Only the identifier says which state vouched.
            let place = Place::part("attribute RestrictedID");
            let digits = digits.ok_or(Refusal::new(Code::IdentityMissing, place))?;
            let (identifier, from) = identifier::of_eidas(digits, own)?;
            return Ok(Subject { identifier: Some(identifier), from });
        }
        if let Some(Value::Country(state)) = self.of(Kind::Country)
            && *state != issuer
        {
            return Err(Refusal::new(Code::IssuerCountry, Place::part("attribute IssuingState")));
        }
        let identifier = digits.map(|digits| identifier::of_card(digits, entity_id)).transpose()?;
        Ok(Subject { identifier, from: issuer })
    }

    /// The attributes, each of one provenance and level.
    pub(super) fn attributes(
        self,
        provenance: &Arc<Provenance>,
        loa: Loa,
    ) -> BTreeMap<AttributeName, Attribute> {
        let attribute = |value| Attribute::new(value, Arc::clone(provenance), loa);
        // A document names its state; who came through eIDAS is from the state that vouches.
        let state = self.uses_eidas().then(|| {
            let state = AttributeValue::Country(provenance.issuing_country);
            (AttributeName::IssuingCountry, attribute(state))
        });
        let named = |(row, value): (&Row, Value)| {
            let name = row.attribute?;
            Some((name, attribute(attribute_value(name, value)?)))
        };
        self.0.into_iter().filter_map(named).chain(state).collect()
    }

    fn of(&self, kind: Kind) -> Option<&Value> {
        self.0.iter().find(|(row, _)| row.kind == kind).map(|(_, value)| value)
    }
}

fn attribute_value(name: AttributeName, value: Value) -> Option<AttributeValue> {
    let is_name = matches!(
        name,
        AttributeName::BirthFamilyName | AttributeName::FamilyName | AttributeName::GivenName
    );
    Some(match value {
        Value::Address(address) => AttributeValue::Address(address),
        Value::Birthdate(date) => AttributeValue::BirthDate(date),
        Value::Country(country) => AttributeValue::Country(country),
        Value::Date(date) => AttributeValue::Date(date),
        Value::Nationality(country) => AttributeValue::Countries(vec![country]),
        Value::PlaceOfBirth(place) => AttributeValue::PlaceOfBirth(place),
        Value::Sex(sex) => AttributeValue::Sex(sex),
        Value::Text(text) if is_name => AttributeValue::Name(Name::new(text, None)),
        Value::Text(text) => AttributeValue::Text(text),
        Value::Absent
        | Value::Document(_)
        | Value::EidType(_)
        | Value::Flavour(_)
        | Value::Level(_)
        | Value::RestrictedId(_)
        | Value::UseEidas(_) => return None,
    })
}
