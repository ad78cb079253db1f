//! `saml`, and what `expect` and `diagnose` need for it.

use crate::arguments::{ExpectOptions, MetadataOptions, Person, SamlAction, SamlOptions};
use crate::{Exit, Failure, setup};
use eid_broker::UnixTime;
use eid_broker::expectation::saml::{AuthnRequest, MAX_RELAY_STATE_LEN, purpose};
use eid_broker::identity::{Country, Family, PersonKind};
use eid_broker::trust::TrustStore;
use serde_json::{Value, json};
use std::net::IpAddr;

pub(crate) fn saml(options: &SamlOptions) -> Result<Exit, Failure> {
    match &options.action {
        SamlAction::Metadata(options) => metadata(options),
    }
}

fn metadata(options: &MetadataOptions) -> Result<Exit, Failure> {
    let now = setup::now(options.now.as_deref())?;
    let family = setup::family(&options.family)?;
    if !matches!(family, Family::BundId | Family::EidasSaml) {
        let text = "metadata are for eidas_saml and bund_id; an eID server gets them by hand";
        return Err(Failure::Misuse(text.to_owned()));
    }
    let validity = setup::load(&options.config)?.settings.saml.map(|saml| saml.metadata_validity_s);
    let missing = || Failure::Misuse("eid-broker.toml has no section [saml]".to_owned());
    let validity = validity.ok_or_else(missing)?;
    let broker = setup::requester(&options.config)?;
    let service = broker.service_provider().ok_or_else(missing)?;
    let text = service.metadata(family, validity, now)?;
    setup::write(options.out.as_deref(), &format!("{text}\n"))?;
    Ok(Exit::Accepted)
}

/// Options that the family has not, and values that cannot be: told by the name of the option.
pub(crate) fn check_options(options: &ExpectOptions, family: Family) -> Result<(), Failure> {
    let misuse = |text: String| Err(Failure::Misuse(text));
    let for_saml = [
        ("--issuer", options.issuer.is_some()),
        ("--country", options.country.is_some()),
        ("--person", options.person.is_some()),
        ("--scope", !options.scopes.is_empty()),
        ("--client-address", options.client_address.is_some()),
        ("--relay-state", options.relay_state.is_some()),
        ("--html", options.html.is_some()),
    ];
    let given = for_saml.iter().find(|(_, given)| *given);
    if let (Some((name, _)), None) = (given, purpose(family)) {
        return misuse(format!("{name} is for SAML, and {} is not asked in it", family.name()));
    }
    if let Some(address) = &options.client_address
        && address.parse::<IpAddr>().is_err()
    {
        return misuse(format!("--client-address {address} is no IPv4 or IPv6 address"));
    }
    let relayed = |text: &str| {
        (1..=MAX_RELAY_STATE_LEN).contains(&text.len()) && !text.contains(char::is_control)
    };
    if !options.relay_state.as_deref().is_none_or(relayed) {
        let text = format!("--relay-state must be 1 to {MAX_RELAY_STATE_LEN} bytes of text");
        return misuse(text);
    }
    Ok(())
}

/// A request as `expect` prints it: where the browser goes, and with what.
pub(crate) fn request(request: &AuthnRequest) -> Value {
    let mut shown = json!({ "binding": request.binding.uri(), "url": request.url });
    if let (Some(message), Some(members)) = (&request.message, shown.as_object_mut()) {
        let mut fields = json!({ "SAMLRequest": message });
        if let (Some(relay_state), Some(fields)) = (&request.relay_state, fields.as_object_mut()) {
            fields.insert("RelayState".to_owned(), relay_state.as_str().into());
        }
        members.insert("fields".to_owned(), fields);
    }
    shown
}

/// The entity ID of who was asked: named, or the only one that is usable.
pub(crate) fn issuer<'a>(
    named: Option<&'a str>,
    family: Family,
    trust: &'a TrustStore,
    now: UnixTime,
) -> Result<&'a str, Failure> {
    if let Some(entity_id) = named {
        return Ok(entity_id);
    }
    let mut usable = purpose(family).into_iter().flat_map(|one| trust.saml_issuers(one, now));
    match (usable.next(), usable.next()) {
        (Some(one), None) => Ok(&one.entity_id),
        _ => Err(Failure::Misuse("say who was asked: --issuer ENTITY-ID".to_owned())),
    }
}

/// A country from the command line.
pub(crate) fn country(text: &str) -> Result<Country, Failure> {
    let wrong = || Failure::Misuse(format!("--country {text} is not two capital letters"));
    Country::parse(text).ok_or_else(wrong)
}

pub(crate) const fn person(person: Person) -> PersonKind {
    match person {
        Person::Legal => PersonKind::Legal,
        Person::Natural => PersonKind::Natural,
        Person::NaturalAndLegal => PersonKind::NaturalAndLegal,
    }
}
