//! Requests to eIDAS nodes (SAML message format 1.2 to 1.4).

use super::SpType;
use super::request::{Ask, UNSPECIFIED_NAME, authn_request};
use super::write::Element;
use crate::expectation::wanted::Wanted;
use crate::identity::{AttributeName, LevelOfAssurance, Loa, PersonKind};
use crate::verdict::{Code, Refusal};

/// The request, not signed yet.
pub(super) fn request(ask: &Ask<'_>, url: &str) -> Result<Element, Refusal> {
    let service = ask.service;
    let issuer = Element::with_text("saml2", "Issuer", service.entity_id.as_str())
        .attribute("Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:entity");
    let attributes = requested(ask.wanted, &ask.issuer.attributes);
    let extensions = Element::new("saml2p", "Extensions")
        .child(Element::with_text("eidas", "SPType", service.sp_type.value()))
        .child(Element::new("eidas", "RequestedAttributes").children(attributes));
    let policy = Element::new("saml2p", "NameIDPolicy")
        .attribute("AllowCreate", "true")
        .attribute("Format", UNSPECIFIED_NAME);
    let mut request = authn_request(ask, url)
        .attribute("ForceAuthn", "true")
        .attribute("IsPassive", "false")
        .attribute("ProviderName", service.display_name.as_str())
        .child(issuer)
        .child(extensions)
        .child(policy)
        .child(level(ask));
    if ask.issuer.requester_id && service.sp_type == SpType::Private {
        let id = service.requester_id.as_deref().ok_or(Code::MisuseServiceProvider)?;
        let scoping = Element::with_text("saml2p", "RequesterID", id);
        request = request.child(Element::new("saml2p", "Scoping").child(scoping));
    }
    Ok(request)
}

// The whole minimum data set of each kind of person that is asked for, always; of the rest what is
// wanted and, unless there is no assertion without it, what the node states that it can deliver.
fn requested<'a>(
    wanted: &Wanted,
    offered: &'a [String],
) -> impl Iterator<Item = Element> + use<'a> {
    let natural = wanted.person != PersonKind::Legal;
    let legal = wanted.person != PersonKind::Natural;
    let natural = (NATURAL_BASE, if natural { NATURAL } else { &[] });
    let legal = (LEGAL_BASE, if legal { LEGAL } else { &[] });
    let rows = [natural, legal]
        .into_iter()
        .flat_map(|(base, rows)| rows.iter().map(move |row| (base, row)));
    let chosen: Vec<_> = rows
        .filter_map(|(base, row)| {
            let any =
                |is: &dyn Fn(AttributeName) -> bool| row.made_from.iter().any(|from| is(*from));
            let essential = any(&|from| wanted.is_essential(from));
            let required = row.presence == Presence::Mandatory
                || (essential && row.presence == Presence::Optional);
            (required || any(&|from| wanted.has(from))).then_some((base, row, required))
        })
        .collect();
    chosen.into_iter().filter_map(move |(base, row, required)| {
        let name = format!("{base}{}", row.segment);
        let unknown = offered.is_empty() && row.presence == Presence::Optional;
        (required || unknown || offered.contains(&name)).then(|| {
            Element::new("eidas", "RequestedAttribute")
                .attribute("FriendlyName", row.friendly)
                .attribute("Name", name)
                .attribute("NameFormat", "urn:oasis:names:tc:SAML:2.0:attrname-format:uri")
                .attribute("isRequired", if required { "true" } else { "false" })
        })
    })
}

// eIDAS SAML message format, 4.3: notified levels by themselves as a minimum; together with others
// all that will do, exactly.
fn level(ask: &Ask<'_>) -> Element {
    let min_loa = ask.min_loa;
    let notified = |level| Loa { level, notified: true }.uri();
    let class = |uri: &str| Element::with_text("saml2", "AuthnContextClassRef", uri);
    let context = Element::new("saml2p", "RequestedAuthnContext");
    // What the node states and the policy reads as a level that will do.
    let listed = ask.policy.eidas_saml.as_ref().map_or(&[][..], |policy| &policy.levels);
    let counts_as = |uri: &str| {
        let other = Loa::from_uri(uri).filter(|loa| !loa.notified).map(|loa| loa.level);
        other.or(listed.iter().find(|(known, _)| known == uri).map(|(_, level)| *level))
    };
    let enough = |uri: &&String| counts_as(uri).is_some_and(|level| level >= min_loa.level);
    let mut others: Vec<&str> = Vec::new();
    if !min_loa.notified_only {
        others.extend(ask.issuer.loas.iter().filter(enough).map(String::as_str));
        others.sort_unstable();
        others.dedup();
    }
    if others.is_empty() {
        return context.attribute("Comparison", "minimum").child(class(notified(min_loa.level)));
    }
    let levels = LevelOfAssurance::ALL.iter().copied().filter(|level| *level >= min_loa.level);
    context
        .attribute("Comparison", "exact")
        .children(levels.map(|level| class(notified(level))))
        .children(others.into_iter().map(class))
}

// One attribute of the profile (SAML attribute profile 1.2 to 1.4, 2.2 and 2.3).
struct Row {
    segment: &'static str,
    friendly: &'static str,
    presence: Presence,
    made_from: &'static [AttributeName],
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Presence {
    // Of the newer versions only: asked of nodes that name it.
    Later,
    // In the minimum data set.
    Mandatory,
    Optional,
}

const fn mandatory(segment: &'static str, friendly: &'static str) -> Row {
    Row { segment, friendly, presence: Presence::Mandatory, made_from: &[] }
}

const fn row(
    segment: &'static str,
    friendly: &'static str,
    made_from: &'static [AttributeName],
) -> Row {
    Row { segment, friendly, presence: Presence::Optional, made_from }
}

const fn later(segment: &'static str, made_from: &'static [AttributeName]) -> Row {
    Row { segment, friendly: segment, presence: Presence::Later, made_from }
}

const NATURAL_BASE: &str = "http://eidas.europa.eu/attributes/naturalperson/";

const NATURAL: &[Row] = &[
    mandatory("PersonIdentifier", "PersonIdentifier"),
    mandatory("CurrentFamilyName", "FamilyName"),
    mandatory("CurrentGivenName", "FirstName"),
    mandatory("DateOfBirth", "DateOfBirth"),
    row(
        "BirthName",
        "BirthName",
        &[AttributeName::BirthName, AttributeName::BirthFamilyName, AttributeName::BirthGivenName],
    ),
    row("PlaceOfBirth", "PlaceOfBirth", &[AttributeName::PlaceOfBirth]),
    row("CurrentAddress", "CurrentAddress", &[AttributeName::Address]),
    row("Gender", "Gender", &[AttributeName::Sex]),
    later("PhoneNumber", &[AttributeName::PhoneNumber]),
    later("Nationality", &[AttributeName::Nationalities]),
    later("CountryOfBirth", &[AttributeName::PlaceOfBirth]),
    later("TownOfBirth", &[AttributeName::PlaceOfBirth]),
    later("EmailAddress", &[AttributeName::Email]),
];

const LEGAL_BASE: &str = "http://eidas.europa.eu/attributes/legalperson/";

const LEGAL: &[Row] = &[
    mandatory("LegalPersonIdentifier", "LegalPersonIdentifier"),
    mandatory("LegalName", "LegalName"),
    row("LegalPersonAddress", "LegalAddress", &[AttributeName::LegalPersonAddress]),
    row("VATRegistrationNumber", "VATRegistration", &[AttributeName::LegalPersonVatNumber]),
    row("TaxReference", "TaxReference", &[AttributeName::LegalPersonTaxReference]),
    row("D-2012-17-EUIdentifier", "D-2012-17-EUIdentifier", &[AttributeName::LegalPersonEuid]),
    row("LEI", "LEI", &[AttributeName::LegalPersonLei]),
    row("EORI", "EORI", &[AttributeName::LegalPersonEori]),
    row("SEED", "SEED", &[AttributeName::LegalPersonSeed]),
    row("SIC", "SIC", &[AttributeName::LegalPersonSic]),
    later("LegalPhoneNumber", &[AttributeName::LegalPersonPhoneNumber]),
    later("LegalEmailAddress", &[AttributeName::LegalPersonEmail]),
];
