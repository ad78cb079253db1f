//! What the families share that carry person identification data: the attributes of the rulebook as
//! values, the country that vouches, and the identifier of the person. In either encoding one person
//! gives one identity.

use crate::UnixTime;
use crate::identity::{
    Attribute, AttributeName, AttributeValue, Country, IdentifierKind, Identity, Loa, Name,
    Persons, Picture, Provenance, StableIdentifier, Text, is_email, is_identifier,
};
use crate::verdict::Code;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most nationalities of one person that are read.
pub(super) const MAX_NATIONALITIES: usize = 16;

// `pop`: possession of a key was proved (RFC 8176); a wallet unlocks it for its user.
const METHODS: &[&str] = &["pop", "user"];

/// A person whose attributes come one by one, all from one credential.
pub(super) struct Person {
    provenance: Arc<Provenance>,
    loa: Loa,
    attributes: BTreeMap<AttributeName, Attribute>,
}

impl Person {
    pub(super) fn new(provenance: Provenance, loa: Loa) -> Self {
        Self { provenance: Arc::new(provenance), loa, attributes: BTreeMap::new() }
    }

    /// Takes one attribute. A holder may show a container and nothing in it: that tells nothing.
    pub(super) fn insert(&mut self, name: AttributeName, value: AttributeValue) {
        if !is_empty(&value) {
            let attribute = Attribute::new(value, Arc::clone(&self.provenance), self.loa);
            self.attributes.insert(name, attribute);
        }
    }

    /// A person may opt out of the portrait: the value is then empty (PID rulebook, 3).
    pub(super) fn insert_picture(&mut self, jpeg: Vec<u8>) {
        if !jpeg.is_empty() {
            self.insert(AttributeName::Picture, AttributeValue::Picture(Picture::new(jpeg)));
        }
    }

    /// The identity; nothing can be issued from it until the caller has seen the policy.
    ///
    /// * `number`: the personal administrative number of a PID, as sent. It is unique within its
    ///   country only.
    pub(super) fn into_identity(
        self,
        authenticated_at: UnixTime,
        number: Option<&str>,
    ) -> Identity {
        let identifier = number.map(|number| StableIdentifier {
            kind: IdentifierKind::EudiPan,
            value: format!("{}:{number}", self.provenance.issuing_country),
        });
        Identity {
            provenance: self.provenance,
            loa: self.loa,
            authenticated_at,
            methods: METHODS,
            laboratory: true,
            identifier,
            persons: Persons::NATURAL,
            statement: None,
            single_use: None,
            attributes: self.attributes,
            unassured: BTreeSet::new(),
        }
    }
}

/// The country that vouches: the anchor's, and where the credential names one, the same.
///
/// * `claimed`: what the credential says; the inner `None` is something that is no country.
///
/// # Errors
/// [`Code::IssuerCountry`] when they differ; [`Code::IdentityMalformed`]; [`Code::IdentityMissing`]
/// when the anchor is not tied to a country, for it must not let a credential choose one.
pub(super) fn issuing_country(
    claimed: Option<Option<Country>>,
    anchor: Option<Country>,
) -> Result<Country, Code> {
    let claimed = claimed.map(|country| country.ok_or(Code::IdentityMalformed)).transpose()?;
    match (anchor, claimed) {
        (Some(anchor), Some(claimed)) if anchor != claimed => Err(Code::IssuerCountry),
        (Some(anchor), _) => Ok(anchor),
        (None, _) => Err(Code::IdentityMissing),
    }
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

/// PIDs carry no transliteration of their own.
pub(super) fn name(value: &str) -> Option<AttributeValue> {
    Some(AttributeValue::Name(Name::new(Text::new(value).ok()?, None)))
}

pub(super) fn text(value: &str) -> Option<AttributeValue> {
    Text::new(value).ok().map(AttributeValue::Text)
}

pub(super) fn url(value: &str) -> Option<AttributeValue> {
    Text::with_limit(value, 2048).ok().map(AttributeValue::Text)
}

pub(super) fn identifier(value: &str) -> Option<AttributeValue> {
    if is_identifier(value) { text(value) } else { None }
}

pub(super) fn email(value: &str) -> Option<AttributeValue> {
    if is_email(value) { text(value) } else { None }
}

pub(super) fn phone(value: &str) -> Option<AttributeValue> {
    let digits = value.strip_prefix('+')?;
    let valid =
        (4..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| identifier(value))?
}

/// ISO 3166-2: country, hyphen, one to three letters or digits; also a bare country.
pub(super) fn jurisdiction(value: &str) -> Option<AttributeValue> {
    let (country, subdivision) = value.split_once('-').unwrap_or((value, "0"));
    Country::parse(country)?;
    let valid = (1..=3).contains(&subdivision.len())
        && subdivision.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    valid.then(|| text(value))?
}

pub(super) fn country(value: &str) -> Option<AttributeValue> {
    Country::parse(value).map(AttributeValue::Country)
}

/// Lines of a formatted address are separated by line feeds (OpenID Connect Core 1.0, 5.1.1).
pub(super) fn formatted(value: &str) -> Option<Text> {
    let one_line = value.replace("\r\n", ", ").replace('\n', ", ");
    Text::with_limit(&one_line, 600).ok()
}
