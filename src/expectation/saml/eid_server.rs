//! Requests to German eID servers (BSI TR-03130-1, 4.7).

use super::request::{Ask, authn_request};
use super::signature;
use super::write::Element;
use crate::expectation::wanted::Wanted;
use crate::identity::{AttributeName, LevelOfAssurance};
use crate::trust::SamlBinding;
use crate::verdict::Refusal;

/// The request. It carries no signature: its query does.
pub(super) fn request(ask: &Ask<'_>, url: &str) -> Result<Element, Refusal> {
    let service = ask.service;
    let extension = extension(ask.wanted, ask.min_loa.level).write()?;
    let encrypted = signature::encrypted(&extension, ask)?;
    let encrypted = Element::new("eid", "EncryptedAuthnRequestExtension").canonical(encrypted);
    Ok(authn_request(ask, url)
        .attribute("AssertionConsumerServiceURL", service.acs_url.as_str())
        .attribute("ProtocolBinding", SamlBinding::HttpRedirect.uri())
        .attribute("ProviderName", service.display_name.as_str())
        .child(Element::with_text("saml2", "Issuer", service.entity_id.as_str()))
        .child(Element::new("saml2p", "Extensions").child(encrypted)))
}

// What only the eID server may read: what is asked of the card (TR-03130-1, 4.7.2).
fn extension(wanted: &Wanted, level: LevelOfAssurance) -> Element {
    let attribute = |name: &'static str, required: bool| {
        let required = if required { "true" } else { "false" };
        Element::new("saml2", "Attribute").attribute("Name", name).qualified(
            Some("eid"),
            "RequiredAttribute",
            required,
        )
    };
    let identifier = wanted.identifier.then(|| attribute("RestrictedID", true));
    let person = ROWS
        .iter()
        .filter(|(_, from)| wanted.has(*from))
        .map(|(name, from)| attribute(name, wanted.is_essential(*from)));
    let level = Element::with_text("saml2", "AttributeValue", level_uri(level)).qualified(
        Some("xsi"),
        "type",
        "eid:LevelOfAssuranceType",
    );
    let attributes = Element::new("eid", "RequestedAttributes")
        .child(attribute("DocumentValidity", true))
        .children(identifier)
        .children(person)
        .child(attribute("LevelOfAssurance", true).child(level));
    Element::new("eid", "AuthnRequestExtension").attribute("Version", "2").child(attributes)
}

const fn level_uri(level: LevelOfAssurance) -> &'static str {
    match level {
        LevelOfAssurance::Low => "http://bsi.bund.de/eID/LoA/normal",
        LevelOfAssurance::Substantial => "http://bsi.bund.de/eID/LoA/substantiell",
        LevelOfAssurance::High => "http://bsi.bund.de/eID/LoA/hoch",
    }
}

// What each attribute is read from (TR-03130-1, 4.3.1).
const ROWS: &[(&str, AttributeName)] = &[
    ("DocumentType", AttributeName::DocumentType),
    ("IssuingState", AttributeName::IssuingCountry),
    ("DateOfExpiry", AttributeName::DateOfExpiry),
    ("GivenNames", AttributeName::GivenName),
    ("FamilyNames", AttributeName::FamilyName),
    ("ArtisticName", AttributeName::AlsoKnownAs),
    ("AcademicTitle", AttributeName::Title),
    ("DateOfBirth", AttributeName::Birthdate),
    ("PlaceOfBirth", AttributeName::PlaceOfBirth),
    ("Nationality", AttributeName::Nationalities),
    ("BirthName", AttributeName::BirthFamilyName),
    ("PlaceOfResidence", AttributeName::Address),
    ("CommunityID", AttributeName::CommunityId),
];
