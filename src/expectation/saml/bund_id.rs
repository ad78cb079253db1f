//! Requests to BundID (interface description 10.2).

use super::request::{Ask, UNSPECIFIED_NAME, authn_request};
use super::write::Element;
use crate::expectation::wanted::Wanted;
use crate::identity::{AttributeName, LevelOfAssurance};
use crate::trust::SamlBinding;
use crate::verdict::{Code, Refusal};

/// The request, not signed yet.
pub(super) fn request(ask: &Ask<'_>, url: &str) -> Result<Element, Refusal> {
    let service = ask.service;
    let settings = service.bund_id.as_ref().ok_or(Code::MisuseServiceProvider)?;
    let methods = settings.authn_methods.iter().map(|(method, enabled)| {
        let enabled = if *enabled { "true" } else { "false" };
        let enabled = Element::with_text("akdb", "Enabled", enabled);
        Element::new("akdb", method.element()).child(enabled)
    });
    let mut display = Element::new("classic-ui", "Version").child(Element::with_text(
        "classic-ui",
        "OrganizationDisplayName",
        service.display_name.as_str(),
    ));
    let optional = [("Lang", &settings.language), ("BackURL", &settings.back_url)];
    for (name, value) in optional {
        if let Some(value) = value {
            display = display.child(Element::with_text("classic-ui", name, value.as_str()));
        }
    }
    let id = settings.online_service_id.as_str();
    display = display.child(Element::with_text("classic-ui", "OnlineServiceId", id));
    let mut extension = Element::new("akdb", "AuthenticationRequest").attribute("Version", "2");
    if !settings.authn_methods.is_empty() {
        extension = extension.child(Element::new("akdb", "AuthnMethods").children(methods));
    }
    let extension = extension
        .child(Element::new("akdb", "RequestedAttributes").children(requested(ask.wanted)))
        .child(Element::new("akdb", "DisplayInformation").child(display));
    let policy = Element::new("saml2p", "NameIDPolicy")
        .attribute("AllowCreate", "true")
        .attribute("Format", UNSPECIFIED_NAME);
    let class = Element::with_text("saml2", "AuthnContextClassRef", level(ask));
    let context =
        Element::new("saml2p", "RequestedAuthnContext").attribute("Comparison", "minimum");
    Ok(authn_request(ask, url)
        .attribute("ForceAuthn", "true")
        .attribute("AssertionConsumerServiceURL", service.acs_url.as_str())
        .attribute("ProtocolBinding", SamlBinding::HttpPost.uri())
        .child(Element::with_text("saml2", "Issuer", service.entity_id.as_str()))
        .child(Element::new("saml2p", "Extensions").child(extension))
        .child(policy)
        .child(context.child(class)))
}

fn requested(wanted: &Wanted) -> impl Iterator<Item = Element> {
    let person = ROWS.iter().filter(|(_, attribute)| wanted.has(*attribute));
    let person = person.map(|(name, attribute)| (*name, wanted.is_essential(*attribute)));
    let always = [(LEVEL, true), (PROVED_BY, false)];
    let identifier = wanted.identifier.then_some((BPK2, true));
    always.into_iter().chain(identifier).chain(person).map(|(name, required)| {
        Element::new("akdb", "RequestedAttribute")
            .attribute("Name", name)
            .attribute("RequiredAttribute", if required { "true" } else { "false" })
    })
}

// Level 2 is defined and not offered; level 1 is what a person said of themselves.
fn level(ask: &Ask<'_>) -> &'static str {
    let level_1 = ask.policy.bund_id.as_ref().and_then(|policy| policy.level_1);
    match ask.min_loa.level {
        level if level_1.is_some_and(|counts_as| counts_as >= level) => "STORK-QAA-Level-1",
        LevelOfAssurance::Low | LevelOfAssurance::Substantial => "STORK-QAA-Level-3",
        LevelOfAssurance::High => "STORK-QAA-Level-4",
    }
}

const LEVEL: &str = "urn:oid:1.2.40.0.10.2.1.1.261.94";
const PROVED_BY: &str = "urn:oid:1.3.6.1.4.1.25484.494450.2";
const BPK2: &str = "urn:oid:1.3.6.1.4.1.25484.494450.3";

// What each attribute is read from.
const ROWS: &[(&str, AttributeName)] = &[
    ("urn:oid:2.5.4.42", AttributeName::GivenName),
    ("urn:oid:2.5.4.4", AttributeName::FamilyName),
    ("urn:oid:1.2.40.0.10.2.1.1.55", AttributeName::Birthdate),
    ("urn:oid:1.3.6.1.5.5.7.9.2", AttributeName::PlaceOfBirth),
    ("urn:oid:1.2.40.0.10.2.1.1.225566", AttributeName::BirthFamilyName),
    ("urn:oid:0.9.2342.19200300.100.1.40", AttributeName::Title),
    ("urn:oid:1.3.6.1.4.1.33592.1.3.5", AttributeName::Sex),
    ("urn:oid:1.2.40.0.10.2.1.1.225577", AttributeName::Nationalities),
    ("urn:oid:1.2.40.0.10.2.1.1.552255", AttributeName::DocumentType),
    ("urn:oid:2.5.4.16", AttributeName::Address),
    ("urn:oid:2.5.4.17", AttributeName::Address),
    ("urn:oid:2.5.4.7", AttributeName::Address),
    ("urn:oid:1.2.40.0.10.2.1.1.225599", AttributeName::Address),
    ("urn:oid:0.9.2342.19200300.100.1.3", AttributeName::Email),
    ("urn:oid:2.5.4.20", AttributeName::PhoneNumber),
    ("urn:oid:1.3.6.1.4.1.25484.494450.10.1", AttributeName::IssuingCountry),
    ("urn:oid:1.3.6.1.4.1.25484.494450.5", AttributeName::CommunityId),
];
