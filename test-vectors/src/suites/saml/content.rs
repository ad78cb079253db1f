//! What a document says about the person, read by the maker's reader and compared with what came out.

use eid_broker::identity::{IdentifierKind, Identity};
use eid_broker_maker::saml::Element;
use eid_broker_maker::saml::read::read;
use std::collections::BTreeMap;
use std::fmt;

use crate::suites::own::attributes::to_json;

/// Names, date of birth and identifier, by the name of the attribute here.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Facts(BTreeMap<&'static str, String>);

// The attribute here, and its names in an eIDAS and in a BundID message.
const NAMES: &[(&str, &[&str])] = &[
    (
        "birthdate",
        &[
            "http://eidas.europa.eu/attributes/naturalperson/DateOfBirth",
            "urn:oid:1.2.40.0.10.2.1.1.55",
        ],
    ),
    (
        "family_name",
        &["http://eidas.europa.eu/attributes/naturalperson/CurrentFamilyName", "urn:oid:2.5.4.4"],
    ),
    (
        "given_name",
        &["http://eidas.europa.eu/attributes/naturalperson/CurrentGivenName", "urn:oid:2.5.4.42"],
    ),
    (
        IDENTIFIER,
        &[
            "http://eidas.europa.eu/attributes/naturalperson/PersonIdentifier",
            "urn:oid:1.3.6.1.4.1.25484.494450.3",
        ],
    ),
];

const IDENTIFIER: &str = "identifier";

impl Facts {
    /// What a plain document says; `None` where there is no assertion that can be read.
    pub(super) fn of(token: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(token).ok()?;
        let response = read(text).ok()?;
        let path = "saml2:Assertion/saml2:AttributeStatement/saml2:Attribute";
        let attributes = response.select(path);
        // Two persons in one message have an identifier of their own, which is none of the document.
        let named = |part: &str| {
            attributes.iter().any(|one| one.get("Name").is_some_and(|name| name.contains(part)))
        };
        let several = named("/legalperson/") || named("/representative/");
        let mut facts = BTreeMap::new();
        for (own, names) in NAMES.iter().filter(|row| !several || row.0 != IDENTIFIER) {
            let mut named = attributes.iter().filter(|attribute| {
                attribute.get("Name").is_some_and(|name| names.contains(&name.trim()))
            });
            if let Some(value) = named.next().and_then(|attribute| latin(attribute)) {
                facts.insert(*own, value.inner_text());
            }
        }
        (!facts.is_empty()).then_some(Self(facts))
    }

    /// What came out.
    pub(super) fn from_identity(identity: &Identity) -> Self {
        let mut facts = BTreeMap::new();
        let attributes = to_json(identity);
        for (own, _) in NAMES {
            let value = attributes.get(*own).map(|value| value.get("latin").unwrap_or(value));
            if let Some(text) = value.and_then(|value| value.as_str()) {
                facts.insert(*own, text.to_owned());
            }
        }
        if let Some(identifier) = identity.identifier() {
            // A pairwise pseudonym stands behind the name of the service that it was made for.
            let value = identifier.value();
            let value = match identifier.kind() {
                IdentifierKind::BundidBpk2 => value.rsplit('|').next().unwrap_or(value),
                _ => value,
            };
            facts.insert(IDENTIFIER, value.to_owned());
        }
        Self(facts)
    }

    /// The first fact of `wanted` that is another one here.
    pub(super) fn first_difference(&self, wanted: &Self) -> Option<&'static str> {
        let differs = |name: &&'static str| self.0.get(*name) != wanted.0.get(*name);
        wanted.0.keys().copied().find(|name| differs(name))
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = self.0.iter().map(|(name, value)| format!("{name}={value:?}"));
        f.write_str(&list.collect::<Vec<_>>().join(" "))
    }
}

// The value in Latin letters.
fn latin(attribute: &Element) -> Option<&Element> {
    attribute.elements().find(|value| {
        let flag = value.attributes.iter().find(|row| row.0.ends_with(":LatinScript"));
        flag.is_none_or(|row| row.1 == "true" || row.1 == "1")
    })
}
