//! Decides over a Web eID token.

use super::parse::Token;
use super::signature::{signed_value, verify as verify_signature};
use crate::config::is_serialised_origin;
use crate::crypto::VerifyingKey;
use crate::identity::{Family, Identity};
use crate::pki::{Certificate, KeyUsage, Order, PathRequest, Subject, verify_path};
use crate::policy::{CardPolicy, WebEidPolicy};
use crate::token::Context;
use crate::token::card::{self, Card};
use crate::trust::Purpose;
use crate::verdict::{Check, Code, Ledger, Need, Place, Refusal, Verdict};

/// The checks that an accepted token has behind it.
pub const MANDATORY: &[Check] = &[
    Check::InputSize,
    Check::WebEidFormat,
    Check::WebEidMembers,
    Check::WebEidOrigin,
    Check::WebEidNonce,
    Check::CardCertificate,
    Check::CardValidity,
    Check::CardPurpose,
    Check::CardPolicy,
    Check::CardKey,
    Check::TrustSource,
    Check::CardPath,
    Check::CardRule,
    Check::WebEidAlgorithm,
    Check::WebEidSignature,
    Check::WebEidSigning,
    Check::CardCountry,
    Check::CardIdentity,
    Check::CardLoa,
    Check::ChainRevocation,
];

/// Shortest nonce: 256 bits in base64.
pub const MIN_NONCE_LEN: usize = 44;

// Possession of a key in a card, which asks for its PIN (RFC 8176).
const METHODS: &[&str] = &["pop", "sc", "pin"];

/// Verifies one token.
///
/// Not checked here: that the nonce is still unused. The broker consumes its expectation last.
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
    let rules = context.policy.web_eid.as_ref().zip(context.policy.cards.as_ref());
    let (rules, cards) =
        rules.ok_or_else(|| ledger.fail(Check::WebEidFormat, Code::TypeUnknown))?;
    let token = read(token, rules, ledger)?;
    // What was expected, before anything of the token is compared with it.
    let origin = if is_serialised_origin(context.audience) {
        Ok(())
    } else {
        Err(Refusal::new(Code::OriginMalformed, Place::part("expectation")))
    };
    ledger.record(Check::WebEidOrigin, origin)?;
    let nonce = if context.nonce.len() >= MIN_NONCE_LEN {
        Ok(())
    } else {
        Err(Refusal::new(Code::NonceWeak, Place::part("expectation")))
    };
    ledger.record(Check::WebEidNonce, nonce)?;

    let mut chain = vec![&token.certificate];
    chain.extend(&token.intermediates);
    let chain = card::read(&chain, ledger)?;
    let card = card::check(&chain, cards, context, ledger)?;
    let key = ledger.record(Check::WebEidAlgorithm, key(&token, &card, cards, context))?;
    let value = signed_value(token.alg, context.audience, context.nonce);
    let verified = verify_signature(&key, &value, &token.signature);
    ledger.record(Check::WebEidSignature, verified)?;
    if token.signing.is_empty() {
        ledger.skip(Check::WebEidSigning);
    } else {
        let leaf = card.path.certificates().first().ok_or(Code::Internal)?;
        let checked = check_signing(&token.signing, leaf, cards, context);
        ledger.record(Check::WebEidSigning, checked)?;
    }
    // The card signed after the expectation was made; the moment itself is nowhere.
    let identity =
        card::identity(&card, Family::WebEid, METHODS, context.requested_at, context, ledger)?;
    card::check_status(&card, cards, context, ledger, needs)?;
    Ok(identity)
}

fn read(token: &[u8], rules: &WebEidPolicy, ledger: &mut Ledger) -> Result<Token, Refusal> {
    let max_len = usize::try_from(rules.max_bytes).unwrap_or(0);
    let parsed = Token::parse(token, &rules.formats, max_len).map_err(|refusal| {
        let check = check_of(refusal.code());
        if check != Check::InputSize {
            ledger.pass(Check::InputSize);
        }
        if check == Check::WebEidMembers || check == Check::WebEidAlgorithm {
            ledger.pass(Check::WebEidFormat);
        }
        ledger.fail(check, refusal)
    })?;
    for check in [Check::InputSize, Check::WebEidFormat, Check::WebEidMembers] {
        ledger.pass(check);
    }
    Ok(parsed)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "whatever is not about members is the format")]
const fn check_of(code: Code) -> Check {
    match code {
        Code::FormatEmpty | Code::LimitSize => Check::InputSize,
        Code::AlgNotAllowed => Check::WebEidAlgorithm,
        Code::FormatMemberMissing
        | Code::FormatMemberType
        | Code::FormatMemberUnexpected
        | Code::FormatBase64
        | Code::LimitCount => Check::WebEidMembers,
        _ => Check::WebEidFormat,
    }
}

// One algorithm per key: the one that the token names must fit the kind and curve of the card's key.
fn key(
    token: &Token,
    card: &Card<'_>,
    cards: &CardPolicy,
    context: &Context<'_>,
) -> Result<VerifyingKey, Refusal> {
    let place = Place::part("member algorithm");
    let refuse = |code| Refusal::new(code, place);
    let key = card.key().clone().for_alg(token.alg).map_err(refuse)?;
    cards.accepts(token.alg, key.public(), context.now).map_err(refuse)?;
    Ok(key)
}

// Format 1.1: the certificates for signatures are of the same person and the same CA. That is all: the
// signature of the token does not cover them, and nothing about the person is read from them.
fn check_signing(
    signing: &[Vec<Vec<u8>>],
    leaf: &Certificate,
    cards: &CardPolicy,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    const PART: &str = "member unverifiedSigningCertificates";
    let anchors = context.trust.x509_anchors(Purpose::CardIssue, context.now)?;
    let person = Subject::read(leaf)?;
    // At most as many as a card has certificates.
    for (index, chain) in signing.iter().enumerate() {
        let within = |refusal: Refusal| refusal.within(PART, u32::try_from(index).ok());
        let chain: Result<Vec<_>, _> = chain.iter().map(|der| Certificate::parse(der)).collect();
        let chain = chain.map_err(within)?;
        let certificate = chain.first().ok_or(Code::Internal)?;
        // The parts of the name, whose order differs between the certificates of one card.
        let same_person = Subject::read(certificate).map_err(within)? == person;
        let same_issuer = certificate.authority_key_identifier().is_some()
            && certificate.authority_key_identifier() == leaf.authority_key_identifier();
        let usage = certificate.key_usage();
        let signs = usage.is_some_and(|usage| usage.contains(KeyUsage::NON_REPUDIATION));
        if !(same_person && same_issuer && signs) {
            return Err(Refusal::new(Code::CardKeyUsage, Place::nth(PART, index)));
        }
        let accepts = |scheme, key: &_| cards.accepts_scheme(scheme, key, context.now);
        let request =
            PathRequest::new(&chain, Order::Unordered, anchors.anchors(), context.now, &accepts);
        verify_path(&request).map_err(within)?;
    }
    Ok(())
}
