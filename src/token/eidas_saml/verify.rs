//! Decides over a response of an eIDAS node.

use super::{level, map};
use crate::identity::{Country, Family, Identity, Provenance};
use crate::token::Context;
use crate::token::saml::{
    AddressRule, Case, ConditionRule, Profile, Statement, decide, verify_post,
};
use crate::trust::{Purpose, SamlIssuer};
use crate::verdict::{Check, Code, Ledger, Place, Refusal, Verdict};
use std::sync::Arc;

/// The checks that an accepted response has behind it.
pub const MANDATORY: &[Check] = &[
    Check::InputSize,
    Check::SamlTransport,
    Check::SamlXml,
    Check::SamlSchema,
    Check::SamlIssuer,
    Check::TrustSource,
    Check::SamlSignature,
    Check::SamlVersion,
    Check::SamlRequest,
    Check::SamlStatus,
    Check::SamlDestination,
    Check::SamlIssued,
    Check::SamlDecryption,
    Check::SamlAssertionSignature,
    Check::SamlAssertion,
    Check::SamlAssertionIssuer,
    Check::SamlConfirmation,
    Check::SamlConditions,
    Check::SamlAudience,
    Check::SamlAuthn,
    Check::SamlLoa,
    Check::SamlAttributes,
    Check::SamlPersons,
    Check::SamlIdentifier,
    Check::SamlIdentity,
];

// eIDAS SAML message format, 2.2.
const NAME_FORMATS: &[&str] = &[
    "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
];

// By what a node let the person in is its own affair; it vouches for the level.
const METHODS: &[&str] = &["eid-eidas"];

/// Verifies one response, going on with a ledger that has lines already.
pub(crate) fn verify(ledger: Ledger, token: &[u8], context: &Context<'_>) -> Verdict<Identity> {
    decide(ledger, MANDATORY, context, |ledger| run(token, context, ledger))
}

fn run(token: &[u8], context: &Context<'_>, ledger: &mut Ledger) -> Result<Identity, Refusal> {
    let rules = context.policy.eidas_saml.as_ref();
    let rules = rules.ok_or_else(|| ledger.fail(Check::SamlSchema, Code::TypeUnknown))?;
    let encryption = |issuer: &SamlIssuer| rules.encryption_of(&issuer.protocol_versions);
    let profile = Profile {
        purpose: Purpose::EidasNode,
        policy: &rules.saml,
        encryption: &encryption,
        name_formats: NAME_FORMATS,
        conditions: ConditionRule::Window,
        address: AddressRule::Optional,
        max_lifetime_s: None,
    };
    verify_post(token, &profile, context, ledger, |case, statement, ledger| {
        let loa = level::read(statement.assertion, rules, case);
        let loa = ledger.record(Check::SamlLoa, loa)?;
        read(case, statement, loa, ledger)
    })
}

fn read(
    case: &Case<'_>,
    statement: &Statement<'_, '_, '_>,
    loa: crate::identity::Loa,
    ledger: &mut Ledger,
) -> Result<Identity, Refusal> {
    let country = case.issuer.country.ok_or_else(|| {
        let refusal = Refusal::new(Code::IdentityMissing, Place::part("issuer country"));
        ledger.fail(Check::SamlIdentifier, refusal)
    })?;
    let states = map::States { from: iso(country), to: iso(case.expected.service.country) };
    let read = map::persons(statement.assertion, states, case.context.now, ledger)?;
    let provenance = Provenance::new(
        Family::EidasSaml,
        states.from,
        Arc::clone(&case.issuer.rule.source),
        CREDENTIAL.into(),
    );
    let provenance = Arc::new(provenance);
    let attributes = read.attributes(&provenance, loa);
    let attributes = ledger.record(Check::SamlIdentity, attributes)?;
    Ok(Identity {
        persons: read.persons,
        identifier: Some(read.identifier),
        attributes,
        ..statement.identity(provenance, loa, METHODS, case.context)
    })
}

/// eIDAS spells two states in a way of its own (EU interinstitutional style guide).
pub(super) fn iso(country: Country) -> Country {
    let code = match country.as_str() {
        "EL" => "GR",
        "UK" => "GB",
        same => same,
    };
    Country::parse(code).unwrap_or(country)
}

const CREDENTIAL: &str = "eidas-saml";
