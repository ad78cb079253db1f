//! Decides over a response of the German federal account.

use super::{level, map};
use crate::identity::{Country, Family, IdentifierKind, Identity, Loa, Provenance};
use crate::identity::{StableIdentifier, is_identifier};
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
    Check::SamlIdentifier,
    Check::SamlIdentity,
];

// The name of the subject is a random value; nobody is known by it.
const NAME_FORMATS: &[&str] = &[
    "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
];

/// Verifies one response, going on with a ledger that has lines already.
pub(crate) fn verify(ledger: Ledger, token: &[u8], context: &Context<'_>) -> Verdict<Identity> {
    decide(ledger, MANDATORY, context, |ledger| run(token, context, ledger))
}

fn run(token: &[u8], context: &Context<'_>, ledger: &mut Ledger) -> Result<Identity, Refusal> {
    let rules = context.policy.bund_id.as_ref();
    let rules = rules.ok_or_else(|| ledger.fail(Check::SamlSchema, Code::TypeUnknown))?;
    let encryption = |_: &SamlIssuer| rules.saml.encryption.clone();
    let profile = Profile {
        purpose: Purpose::BundId,
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
    loa: Loa,
    ledger: &mut Ledger,
) -> Result<Identity, Refusal> {
    let values = map::values(statement.assertion);
    let values = ledger.record(Check::SamlAttributes, values)?;
    let identifier = match identifier(&values, case) {
        Ok(None) => {
            // A visit without an account: nobody to know again.
            ledger.skip(Check::SamlIdentifier);
            None
        }
        other => ledger.record(Check::SamlIdentifier, other)?,
    };
    let germany = Country::parse("DE").ok_or(Code::Internal)?;
    let provenance = Arc::new(Provenance::new(
        Family::BundId,
        case.issuer.country.unwrap_or(germany),
        Arc::clone(&case.issuer.rule.source),
        CREDENTIAL.into(),
    ));
    let read = map::attributes(&values, &provenance, loa, case.context.now);
    let read = ledger.record(Check::SamlIdentity, read)?;
    Ok(Identity {
        identifier,
        attributes: read.attributes,
        unassured: read.unassured,
        ..statement.identity(provenance, loa, map::methods(&values), case.context)
    })
}

// The bPK2 alone, together with whom it was made for: never the e-mail address, never the pseudonym of
// a card.
fn identifier(
    values: &map::Values<'_>,
    case: &Case<'_>,
) -> Result<Option<StableIdentifier>, Refusal> {
    let Some(bpk2) = values.text(map::BPK2) else { return Ok(None) };
    let plain = bpk2.bytes().all(|byte| byte.is_ascii_graphic());
    if !plain || !is_identifier(&bpk2) {
        return Err(Refusal::new(Code::IdentifierMalformed, Place::part("attribute bPK2")));
    }
    let value = format!("{}|{bpk2}", case.expected.service.entity_id);
    Ok(Some(StableIdentifier { kind: IdentifierKind::BundidBpk2, value }))
}

const CREDENTIAL: &str = "bund-id";
