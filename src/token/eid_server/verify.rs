//! Decides over a result of a German eID server.

use super::level;
use super::map::Read;
use crate::identity::{Family, Identity, Provenance};
use crate::policy::EidServerPolicy;
use crate::token::Context;
use crate::token::saml::{
    AddressRule, Case, ConditionRule, Profile, Statement, decide, verify_redirect,
};
use crate::trust::{Purpose, SamlIssuer};
use crate::verdict::{Check, Code, Ledger, Place, Refusal, Verdict};
use std::sync::Arc;

/// The checks that an accepted result has behind it.
pub const MANDATORY: &[Check] = &[
    Check::InputSize,
    Check::TrustSource,
    Check::SamlTransport,
    Check::SamlSignature,
    Check::SamlXml,
    Check::SamlSchema,
    Check::SamlIssuer,
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
    Check::EidAuthnContext,
    Check::SamlAttributes,
    Check::EidDocument,
    Check::SamlLoa,
    Check::SamlIdentifier,
    Check::SamlIdentity,
];

// A random value, new for each result. Never an identity.
const NAME_FORMATS: &[&str] = &["urn:oasis:names:tc:SAML:2.0:nameid-format:transient"];

const AUTHN_CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI";

/// Longest time from the making of an assertion to the end of its confirmation.
const MAX_LIFETIME_S: u64 = 300;

// Possession of a key in a card or secure element, which asks for its PIN (RFC 8176).
const METHODS: &[&str] = &["pop", "sc", "pin"];
// By what a node let the person in is its own affair.
const METHODS_EIDAS: &[&str] = &["eid-eidas"];

const CREDENTIAL: &str = "eid-server";

/// Verifies one result, going on with a ledger that has lines already.
pub(crate) fn verify(ledger: Ledger, token: &[u8], context: &Context<'_>) -> Verdict<Identity> {
    decide(ledger, MANDATORY, context, |ledger| run(token, context, ledger))
}

fn run(token: &[u8], context: &Context<'_>, ledger: &mut Ledger) -> Result<Identity, Refusal> {
    let rules = context.policy.eid_server.as_ref();
    let rules = rules.ok_or_else(|| ledger.fail(Check::SamlSchema, Code::TypeUnknown))?;
    let encryption = |_: &SamlIssuer| rules.saml.encryption.clone();
    let profile = Profile {
        purpose: Purpose::EidServer,
        policy: &rules.saml,
        encryption: &encryption,
        name_formats: NAME_FORMATS,
        conditions: ConditionRule::OneTimeUse,
        address: AddressRule::Required,
        max_lifetime_s: Some(MAX_LIFETIME_S),
    };
    verify_redirect(token, &profile, context, ledger, |case, statement, ledger| {
        read(case, statement, rules, ledger)
    })
}

fn read(
    case: &Case<'_>,
    statement: &Statement<'_, '_, '_>,
    rules: &EidServerPolicy,
    ledger: &mut Ledger,
) -> Result<Identity, Refusal> {
    ledger.record(Check::EidAuthnContext, check_authn_context(statement))?;
    let now = case.context.now;
    let read = Read::all(statement.assertion, now).map_err(|refusal| {
        let of_identifier = refusal.code() == Code::IdentifierMalformed;
        let check = if of_identifier { Check::SamlIdentifier } else { Check::SamlAttributes };
        ledger.fail(check, refusal)
    })?;
    ledger.pass(Check::SamlAttributes);
    ledger.record(Check::EidDocument, read.check_document(now))?;
    let loa = ledger.record(Check::SamlLoa, level::read(read.level(), rules, case))?;
    let service = case.expected.service;
    let issuer = case.issuer.country.unwrap_or(service.country);
    let subject = read.subject(&service.entity_id, service.country, issuer);
    let subject = ledger.record(Check::SamlIdentifier, subject)?;
    let methods = if read.uses_eidas() { METHODS_EIDAS } else { METHODS };
    let provenance = Arc::new(Provenance::new(
        Family::EidServer,
        subject.from,
        Arc::clone(&case.issuer.rule.source),
        CREDENTIAL.into(),
    ));
    let attributes = read.attributes(&provenance, loa);
    ledger.pass(Check::SamlIdentity);
    Ok(Identity {
        identifier: subject.identifier,
        attributes,
        ..statement.identity(provenance, loa, methods, case.context)
    })
}

// A declaration and no class.
fn check_authn_context(statement: &Statement<'_, '_, '_>) -> Result<(), Refusal> {
    let authn = &statement.assertion.authn;
    if authn.declaration_ref.as_deref() == Some(AUTHN_CONTEXT) && authn.class_ref.is_none() {
        return Ok(());
    }
    let place = Place::part("Assertion/AuthnStatement/AuthnContext/AuthnContextDeclRef");
    Err(Refusal::new(Code::SamlValue, place))
}
