//! Decides over a handshake that presented a card.

use super::handshake::Handshake;
use crate::config::{host_of_origin, is_serialised_origin};
use crate::identity::{Family, Identity};
use crate::policy::CertificatePolicy;
use crate::token::Context;
use crate::token::card;
use crate::verdict::{Check, Code, Detail, Ledger, Need, Place, Refusal, Verdict};

/// The checks that an accepted handshake has behind it.
pub const MANDATORY: &[Check] = &[
    Check::InputSize,
    Check::HandshakeFormat,
    Check::HandshakeVersion,
    Check::HandshakeSession,
    Check::HandshakeTime,
    Check::HandshakeServer,
    Check::CardCertificate,
    Check::CardValidity,
    Check::CardPurpose,
    Check::CardPolicy,
    Check::CardKey,
    Check::TrustSource,
    Check::CardPath,
    Check::CardRule,
    Check::CardCountry,
    Check::CardIdentity,
    Check::CardLoa,
    Check::ChainRevocation,
];

// The handshake proved possession of a key in a card (RFC 8176). Whether a PIN was asked for just then
// or a browser remembered it, it does not say.
const METHODS: &[&str] = &["pop", "sc"];

/// Verifies one statement.
///
/// Not checked here: that the statement comes from the host's own handshake.
#[must_use]
pub fn verify(token: &[u8], context: &Context<'_>) -> Verdict<Identity> {
    verify_with(Ledger::new(), token, context)
}

/// The same, going on with a ledger that has lines already.
#[must_use]
pub fn verify_with(ledger: Ledger, token: &[u8], context: &Context<'_>) -> Verdict<Identity> {
    card::decide(ledger, MANDATORY, context, |ledger, needs| run(token, context, ledger, needs))
}

fn run(
    token: &[u8],
    context: &Context<'_>,
    ledger: &mut Ledger,
    needs: &mut Vec<Need>,
) -> Result<Identity, Refusal> {
    let rules = context.policy.certificate.as_ref().zip(context.policy.cards.as_ref());
    let (rules, cards) =
        rules.ok_or_else(|| ledger.fail(Check::HandshakeFormat, Code::TypeUnknown))?;
    let handshake = read(token, rules, ledger)?;
    // Resumption proves that the other end was there once.
    let session = if handshake.resumed {
        Err(Refusal::new(Code::SessionResumed, Place::part("member resumed")))
    } else {
        Ok(())
    };
    ledger.record(Check::HandshakeSession, session)?;
    ledger.record(Check::HandshakeTime, check_time(&handshake, rules, context))?;
    ledger.record(Check::HandshakeServer, check_server(&handshake, context))?;

    let chain = card::read(&handshake.certificates, ledger)?;
    let card = card::check(&chain, cards, context, ledger)?;
    let at = handshake.handshake_at;
    let identity = card::identity(&card, Family::Certificate, METHODS, at, context, ledger)?;
    card::check_status(&card, cards, context, ledger, needs)?;
    Ok(identity)
}

fn read(
    token: &[u8],
    rules: &CertificatePolicy,
    ledger: &mut Ledger,
) -> Result<Handshake, Refusal> {
    let max_len = usize::try_from(rules.max_bytes).unwrap_or(0);
    let parsed = Handshake::parse(token, max_len).map_err(|refusal| {
        if matches!(refusal.code(), Code::FormatEmpty | Code::LimitSize) {
            return ledger.fail(Check::InputSize, refusal);
        }
        ledger.pass(Check::InputSize);
        if refusal.code() == Code::SessionVersion {
            ledger.pass(Check::HandshakeFormat);
            return ledger.fail(Check::HandshakeVersion, refusal);
        }
        ledger.fail(Check::HandshakeFormat, refusal)
    })?;
    for check in [Check::InputSize, Check::HandshakeFormat, Check::HandshakeVersion] {
        ledger.pass(check);
    }
    Ok(parsed)
}

fn check_time(
    handshake: &Handshake,
    rules: &CertificatePolicy,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let (at, now) = (handshake.handshake_at, context.now);
    let code = if at > now.plus(u64::from(context.policy.leeway_s)) {
        Code::TimeFuture
    } else if now.since(at) > u64::from(rules.max_handshake_age_s) {
        Code::TimeTooOld
    } else {
        return Ok(());
    };
    let detail = Detail::Time { bound: at.secs(), now: now.secs() };
    Err(Refusal::new(code, Place::part("member handshake_at")).with(detail))
}

// Names of hosts have no case; what TLS hands on is lower-case, and so is an origin.
fn check_server(handshake: &Handshake, context: &Context<'_>) -> Result<(), Refusal> {
    if !is_serialised_origin(context.audience) {
        return Err(Refusal::new(Code::OriginMalformed, Place::part("expectation")));
    }
    if handshake.server_name == host_of_origin(context.audience) {
        Ok(())
    } else {
        Err(Refusal::new(Code::OriginMismatch, Place::part("member server_name")))
    }
}
