//! What the two families of eID cards share: the check of a card's certificate, and the person in it.
//!
//! In the order of the Web eID library rules: validity first, because it explains most; then purpose,
//! policies, key, path, and the rule that says what such a card means. Status last, so that nothing is
//! fetched for a token that is refused anyway.

use super::{Context, accept};
use crate::UnixTime;
use crate::crypto::{PublicKey, sha256};
use crate::identity::{
    Attribute, AttributeName, AttributeValue, BirthDate, Country, Family, Identity, Name, NumberOf,
    Persons, Provenance, Text,
};
use crate::pki::{
    Certificate, KeyUsage, Oid, Order, PathCache, PathRequest, QcStatements, RevocationRequest,
    Semantics, Standing, Subject, SubjectAttribute, ValidatedPath, certificate_policies,
    check_revocation, verify_path,
};
use crate::policy::{CardPolicy, CardRule, CardStatus};
use crate::trust::Purpose;
use crate::verdict::{Check, Code, Detail, Ledger, Need, Place, Refusal, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most certificates that one token or handshake may bring.
pub const MAX_CERTIFICATES: usize = 8;

// What a laboratory verdict may lack.
const LABORATORY_MAY_SKIP: &[Check] = &[Check::ChainRevocation];

/// A card whose certificate a configured CA vouches for, and what the policy says about it.
pub(super) struct Card<'a> {
    pub(super) path: Arc<ValidatedPath>,
    rule: &'a CardRule,
    policy: Oid,
}

impl Card<'_> {
    /// The key in the card.
    pub(super) fn key(&self) -> &PublicKey {
        self.path.leaf_key()
    }
}

/// Reads certificates, end entity first.
pub(super) fn read<D: AsRef<[u8]>>(
    ders: &[D],
    ledger: &mut Ledger,
) -> Result<Vec<Certificate>, Refusal> {
    let read = |(index, der): (usize, &D)| {
        Certificate::parse(der.as_ref())
            .map_err(|refusal| refusal.within("chain", u32::try_from(index).ok()))
    };
    let certificates: Result<Vec<_>, _> = ders.iter().enumerate().map(read).collect();
    ledger.record(Check::CardCertificate, certificates)
}

/// Checks everything about a card's certificate but its status.
pub(super) fn check<'a>(
    certificates: &[Certificate],
    cards: &'a CardPolicy,
    context: &Context<'_>,
    ledger: &mut Ledger,
) -> Result<Card<'a>, Refusal> {
    let leaf = certificates.first().ok_or(Code::MisuseArgument)?;
    ledger.record(Check::CardValidity, check_validity(leaf, context.now))?;
    ledger.record(Check::CardPurpose, check_purpose(leaf))?;
    let policies = certificate_policies(leaf);
    let denied = match cards.denied(&policies) {
        Some(_) => Err(at_leaf(Code::CardPolicyDenied)),
        None => Ok(()),
    };
    ledger.record(Check::CardPolicy, denied)?;
    ledger.record(Check::CardKey, leaf.public_key().map_err(at_leaf))?;
    let path = path(certificates, cards, context, ledger)?;
    // Those under which the path holds: no CA gives a policy that the ones above it do not let it give
    // (RFC 5280, 6.1.5 (g)). A pin has no path, and holds under none.
    let found = cards.rule(&path.anchor().label, path.policies());
    let (rule, policy) =
        ledger.record(Check::CardRule, found.ok_or(at_leaf(Code::CardPolicyUnlisted)))?;
    // A key for signatures is one that its holder shows for other purposes than a login.
    let signs = leaf.key_usage().is_some_and(|usage| usage.contains(KeyUsage::NON_REPUDIATION));
    if signs && !rule.non_repudiation {
        return Err(ledger.fail(Check::CardPurpose, at_leaf(Code::CardKeyUsage)));
    }
    Ok(Card { path, rule, policy })
}

/// Checks the status of every certificate of the path; what is missing is added to `needs`.
pub(super) fn check_status(
    card: &Card<'_>,
    cards: &CardPolicy,
    context: &Context<'_>,
    ledger: &mut Ledger,
    needs: &mut Vec<Need>,
) -> Result<(), Refusal> {
    if cards.status == CardStatus::NotEvaluated {
        ledger.leave_out(Check::ChainRevocation, Code::StatusNotEvaluated);
        return Ok(());
    }
    let accepts = |scheme, key: &PublicKey| cards.accepts_scheme(scheme, key, context.now);
    // The same when the host comes back with the answers, and another one for another expectation.
    let leaf = card.path.certificates().first().map(|leaf| *leaf.sha256()).unwrap_or_default();
    let nonce = sha256(&[NONCE_LABEL, &leaf, context.nonce.as_bytes()].concat());
    let rules = context.policy.revocation.rules_for(&card.path.anchor().label);
    let request =
        RevocationRequest::new(&card.path, context.evidence, rules, context.now, &accepts);
    match check_revocation(&request.with_nonce(&nonce)) {
        Ok(Standing::Good(_)) => ledger.pass(Check::ChainRevocation),
        // A card is lost and stolen: an anchor whose rule asks nothing, and a pinned card, which has no
        // issuer to ask, are not for cards.
        Ok(Standing::NotAsked) => {
            return Err(ledger.fail(Check::ChainRevocation, at_leaf(Code::StatusUnavailable)));
        }
        Ok(Standing::Needs(missing)) => {
            ledger.leave_out(Check::ChainRevocation, Code::NeedsEvidence);
            needs.extend(missing);
        }
        Err(refusal) => return Err(ledger.fail(Check::ChainRevocation, refusal)),
    }
    Ok(())
}

/// The verdict on what a family found: accepted when nothing is missing and every check of
/// `mandatory` was made.
pub(super) fn decide(
    mut ledger: Ledger,
    mandatory: &[Check],
    context: &Context<'_>,
    run: impl FnOnce(&mut Ledger, &mut Vec<Need>) -> Result<Identity, Refusal>,
) -> Verdict<Identity> {
    let mut needs = Vec::new();
    match run(&mut ledger, &mut needs) {
        Ok(_) if !needs.is_empty() => Verdict::Needs { needs, ledger },
        Ok(identity) => {
            accept(ledger, mandatory, LABORATORY_MAY_SKIP, context.policy.laboratory, identity)
        }
        Err(refusal) => Verdict::Refused { refusal, ledger },
    }
}

/// The person whom a card names.
///
/// * `authenticated_at`: the instant of the person's own act.
pub(super) fn identity(
    card: &Card<'_>,
    family: Family,
    methods: &'static [&'static str],
    authenticated_at: UnixTime,
    context: &Context<'_>,
    ledger: &mut Ledger,
) -> Result<Identity, Refusal> {
    let leaf = card.path.certificates().first().ok_or(Code::Internal)?;
    let subject = Subject::read(leaf);
    let subject = subject.map_err(|refusal| ledger.fail(Check::CardIdentity, refusal))?;
    let country = ledger.record(Check::CardCountry, check_country(card, &subject))?;
    let anchors = context.trust.x509_anchors(Purpose::CardIssue, context.now)?;
    let cap = anchors.rule(&card.path.anchor().certificate).and_then(|rule| rule.loa_cap);
    let loa = cap.map_or(card.rule.loa, |cap| card.rule.loa.capped(cap));
    let anchor = Arc::clone(&card.path.anchor().label);
    let provenance = Provenance::new(family, country, anchor, card.policy.to_string().into());
    let provenance = Arc::new(provenance);
    let attributes = attributes(leaf, &subject, card.rule);
    let (identifier, values) = ledger.record(Check::CardIdentity, attributes)?;
    ledger.pass(Check::CardLoa);
    let attributes: BTreeMap<_, _> = values
        .into_iter()
        .map(|(name, value)| (name, Attribute::new(value, Arc::clone(&provenance), loa)))
        .collect();
    Ok(Identity {
        provenance,
        loa,
        authenticated_at,
        methods,
        laboratory: context.policy.laboratory,
        identifier: Some(identifier),
        persons: Persons::NATURAL,
        statement: None,
        single_use: None,
        attributes,
        unassured: BTreeSet::new(),
    })
}

fn at_leaf(code: Code) -> Refusal {
    Refusal::new(code, Place::nth("chain", 0))
}

// Both ends are inclusive (RFC 5280, 4.1.2.5).
fn check_validity(leaf: &Certificate, now: UnixTime) -> Result<(), Refusal> {
    let (code, bound) = if now < leaf.not_before() {
        (Code::CardNotYetValid, leaf.not_before())
    } else if now > leaf.not_after() {
        (Code::CardExpired, leaf.not_after())
    } else {
        return Ok(());
    };
    Err(at_leaf(code).with(Detail::Time { bound: bound.secs(), now: now.secs() }))
}

// digitalSignature must be there; the purpose may be absent, as in Luxembourg.
fn check_purpose(leaf: &Certificate) -> Result<(), Refusal> {
    let signs = leaf.key_usage().is_some_and(|usage| usage.contains(KeyUsage::DIGITAL_SIGNATURE));
    if !signs || leaf.is_ca() {
        return Err(at_leaf(Code::CardKeyUsage));
    }
    match leaf.extended_key_usage() {
        Some(purposes) if !purposes.contains(&CLIENT_AUTH) => Err(at_leaf(Code::CardPurpose)),
        _ => Ok(()),
    }
}

fn path(
    certificates: &[Certificate],
    cards: &CardPolicy,
    context: &Context<'_>,
    ledger: &mut Ledger,
) -> Result<Arc<ValidatedPath>, Refusal> {
    let anchors = context.trust.x509_anchors(Purpose::CardIssue, context.now);
    let anchors = ledger.record(Check::TrustSource, anchors)?;
    let ders: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
    let key = PathCache::key(&ders, anchors.digest(), &context.policy.digest_at(context.now));
    if let Some(path) = context.paths.lookup(&key, context.now) {
        ledger.pass(Check::CardPath);
        return Ok(path);
    }
    let accepts = |scheme, key: &PublicKey| {
        cards
            .accepts_scheme(scheme, key, context.now)
            .map_err(|code| if code == Code::AlgNotAllowed { Code::ChainAlgorithm } else { code })
    };
    let request =
        PathRequest::new(certificates, Order::Unordered, anchors.anchors(), context.now, &accepts);
    let path = Arc::new(ledger.record(Check::CardPath, verify_path(&request))?);
    context.paths.insert(key, Arc::clone(&path));
    Ok(path)
}

// The scheme, the subject and the anchor speak for one country.
fn check_country(card: &Card<'_>, subject: &Subject) -> Result<Country, Refusal> {
    let country = card.rule.scheme.country;
    let certified = subject.get(SubjectAttribute::Country).and_then(Country::parse);
    let anchor = card.path.country();
    let anchor = anchor.as_ref().and_then(|code| std::str::from_utf8(code).ok());
    if certified == Some(country) && anchor.and_then(Country::parse) == Some(country) {
        Ok(country)
    } else {
        let place = Place::part(SubjectAttribute::Country.part());
        Err(Refusal::new(Code::IssuerCountry, place))
    }
}

type Values = Vec<(AttributeName, AttributeValue)>;

// Only the subject speaks, never its common name or an alternative name.
fn attributes(
    leaf: &Certificate,
    subject: &Subject,
    rule: &CardRule,
) -> Result<(crate::identity::StableIdentifier, Values), Refusal> {
    let statements =
        QcStatements::read(leaf).map_err(|refusal| refusal.within("chain", Some(0)))?;
    let organization = subject.get(SubjectAttribute::OrganizationIdentifier).is_some();
    if organization || statements.semantics == Semantics::Legal {
        let place = Place::part(SubjectAttribute::OrganizationIdentifier.part());
        return Err(Refusal::new(Code::IdentityLegalPerson, place));
    }
    let place = Place::part(SubjectAttribute::SerialNumber.part());
    let serial = subject.get(SubjectAttribute::SerialNumber);
    let serial = serial.ok_or(Refusal::new(Code::IdentityMissing, place))?;
    let named = rule.scheme.name(serial).ok_or(Refusal::new(Code::IdentityScheme, place))?;

    let mut values = Vec::new();
    for (kind, attribute) in [
        (SubjectAttribute::Surname, AttributeName::FamilyName),
        (SubjectAttribute::GivenName, AttributeName::GivenName),
    ] {
        if let Some(text) = subject.get(kind) {
            let text = Text::new(text)
                .map_err(|_| Refusal::new(Code::IdentityMalformed, Place::part(kind.part())))?;
            values.push((attribute, AttributeValue::Name(Name::new(text, None))));
        }
    }
    // Somebody with one name only has one of the two; a pseudonym names nobody.
    if values.is_empty() {
        let place = Place::part(SubjectAttribute::Surname.part());
        return Err(Refusal::new(Code::IdentityMissing, place));
    }
    let number = match rule.scheme.number {
        NumberOf::Document => Some(AttributeName::DocumentNumber),
        NumberOf::Person => Some(AttributeName::PersonalAdministrativeNumber),
        NumberOf::Nothing => None,
    };
    if let Some(attribute) = number {
        let text =
            Text::new(&named.number).map_err(|_| Refusal::new(Code::IdentityMalformed, place))?;
        values.push((attribute, AttributeValue::Text(text)));
    }
    if let Some(birth) = named.birth {
        let birth = AttributeValue::BirthDate(BirthDate::Full(birth));
        values.push((AttributeName::Birthdate, birth));
    }
    values.push((AttributeName::IssuingCountry, AttributeValue::Country(rule.scheme.country)));
    Ok((named.identifier, values))
}

const NONCE_LABEL: &[u8] = b"eid-broker/ocsp-nonce/v1";

/// `id-kp-clientAuth` (RFC 5280, 4.2.1.12).
const CLIENT_AUTH: Oid = Oid::constant(&[0x2b, 6, 1, 5, 5, 7, 3, 2]);
