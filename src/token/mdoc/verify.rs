//! Decides over a presentation, in the order of ISO/IEC 18013-5, 9.3.

use super::elements::{self, Element};
use super::parse::{self, Document, RESPONSE};
use super::security_object::{self, SecurityObject};
use super::signer::{self, Signer};
use super::{device, map};
use crate::envelope::cbor::{Kind, Limits, Nodes, Value};
use crate::envelope::cose::Sign1;
use crate::identity::{Family, Identity, Loa, Provenance};
use crate::policy::{DocumentContent, DocumentRule, MdocPolicy, StatusRule};
use crate::token::{Context, accept};
use crate::trust::Purpose;
use crate::verdict::{Check, Code, Detail, Ledger, Need, NeedKind, Place, Refusal, Verdict};
use std::sync::Arc;

/// A verified presentation.
pub struct Presentation {
    doc_type: String,
    elements: ElementNames,
    device_signed: ElementNames,
    identity: Option<Identity>,
}

/// The name of an element, without its value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ElementName<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// The identifier of the element within it.
    pub identifier: &'a str,
}

/// Names of elements, in the order of the response.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ElementNames {
    // Namespaces and identifiers one behind the other, and where each of a pair ends.
    text: String,
    ends: Vec<(usize, usize)>,
}

impl ElementNames {
    pub(super) fn push(&mut self, namespace: &str, identifier: &str) {
        self.text.push_str(namespace);
        let namespace_end = self.text.len();
        self.text.push_str(identifier);
        self.ends.push((namespace_end, self.text.len()));
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = ElementName<'_>> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|ends| ends.1));
        starts.zip(&self.ends).map(|(start, (middle, end))| ElementName {
            namespace: self.text.get(start..*middle).unwrap_or_default(),
            identifier: self.text.get(*middle..*end).unwrap_or_default(),
        })
    }
}

impl Presentation {
    /// The type of the document.
    #[must_use]
    pub fn doc_type(&self) -> &str {
        &self.doc_type
    }

    /// The names of the elements that the issuer signed, in the order of the response.
    #[must_use]
    pub const fn elements(&self) -> &ElementNames {
        &self.elements
    }

    /// The names of the elements that the device signed, as the issuer allowed it to. They are the
    /// holder's own word and no part of the identity.
    #[must_use]
    pub const fn device_signed(&self) -> &ElementNames {
        &self.device_signed
    }

    /// The person, when the policy reads one from documents of this type.
    #[must_use]
    pub const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The person, when the policy reads one from documents of this type.
    #[must_use]
    pub fn into_identity(self) -> Option<Identity> {
        self.identity
    }
}

impl std::fmt::Debug for Presentation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Presentation({} elements, ..)", self.elements.len())
    }
}

/// The checks that an accepted presentation has behind it.
pub const MANDATORY: &[Check] = &[
    Check::InputSize,
    Check::MdocFormat,
    Check::MdocResponse,
    Check::MdocIssuerHeader,
    Check::MdocSecurityObject,
    Check::TrustSource,
    Check::ChainFormat,
    Check::ChainPath,
    Check::ChainProfile,
    Check::ChainAnchorAbsent,
    Check::MdocSigner,
    Check::MdocIssuerAlgorithm,
    Check::MdocIssuerSignature,
    Check::MdocDocumentType,
    Check::MdocElements,
    Check::MdocDigests,
    Check::MdocValidity,
    Check::MdocDeviceAuth,
    Check::MdocTranscript,
    Check::MdocDeviceAlgorithm,
    Check::MdocDeviceSignature,
    Check::MdocDeviceElements,
    Check::Status,
    Check::IdentityMapped,
    Check::IdentityCountry,
    Check::IdentityLoa,
];

// A laboratory policy may leave these out; it says so in the ledger and can never mint.
const LABORATORY_MAY_SKIP: &[Check] = &[
    Check::MdocDeviceAuth,
    Check::MdocTranscript,
    Check::MdocDeviceAlgorithm,
    Check::MdocDeviceSignature,
    Check::MdocDeviceElements,
    Check::Status,
    Check::IdentityMapped,
    Check::IdentityCountry,
    Check::IdentityLoa,
];

const ISSUER_AUTH: &str = "issuer-auth";

/// Verifies one presentation.
///
/// * `token`: the device response as CBOR, or its base64url.
///
/// Not checked here: that the nonce is still unused, and the revocation of the signer's certificate.
/// The broker consumes its expectation last.
#[must_use]
pub fn verify(token: &[u8], context: &Context<'_>) -> Verdict<Presentation> {
    verify_with(Ledger::new(), token, context)
}

/// The same, going on with a ledger that has lines already.
#[must_use]
pub fn verify_with(
    mut ledger: Ledger,
    token: &[u8],
    context: &Context<'_>,
) -> Verdict<Presentation> {
    let mut needs = Vec::new();
    match run(token, context, &mut ledger, &mut needs) {
        Ok(_) if !needs.is_empty() => Verdict::Needs { needs, ledger },
        Ok(presentation) => {
            let laboratory = context.policy.laboratory;
            accept(ledger, MANDATORY, LABORATORY_MAY_SKIP, laboratory, presentation)
        }
        Err(refusal) => Verdict::Refused { refusal, ledger },
    }
}

fn run(
    token: &[u8],
    context: &Context<'_>,
    ledger: &mut Ledger,
    needs: &mut Vec<Need>,
) -> Result<Presentation, Refusal> {
    let rules = context.policy.mdoc.as_ref();
    let rules = rules.ok_or_else(|| ledger.fail(Check::MdocFormat, Code::TypeUnknown))?;
    let octets = parse::octets(token, usize::try_from(rules.max_bytes).unwrap_or(0));
    let octets = octets.map_err(|refusal| {
        let too_large = matches!(refusal.code(), Code::FormatEmpty | Code::LimitSize);
        let check = if too_large { Check::InputSize } else { Check::MdocFormat };
        ledger.fail(check, refusal)
    })?;
    ledger.pass(Check::InputSize);
    let mut memory = Nodes::default();
    let root = memory.read(&octets, Limits::WALLET).map_err(|r| r.within(RESPONSE, None));
    let root = ledger.record(Check::MdocFormat, root)?;
    let document = ledger.record(Check::MdocResponse, parse::document(root))?;
    let rule = rules.documents.iter().find(|rule| rule.doc_type == document.doc_type);
    let type_refused = Refusal::new(Code::TypeDocument, Place::part(RESPONSE));
    let rule = rule.ok_or_else(|| ledger.fail(Check::MdocDocumentType, type_refused))?;

    // 9.3.1: the issuer.
    let signed = issuer_auth(&document, rules, ledger)?;
    let mut memory = Nodes::default();
    let limits = Limits::WALLET.in_encoding(rules.encoding);
    let (object, signer) = issuer(&signed, &mut memory, rule, limits, context, ledger)?;
    let same = object.doc_type == document.doc_type
        && signer.doc_types.iter().any(|allowed| allowed == document.doc_type);
    let same =
        if same { Ok(()) } else { Err(Refusal::new(Code::TypeDocument, Place::part("mso"))) };
    ledger.record(Check::MdocDocumentType, same)?;

    // What was sent, and that the issuer signed it.
    let mut memory = Nodes::with_capacity(elements::likely_items(&document));
    let elements = elements::read(&document, rule, limits, &mut memory);
    let elements = ledger.record(Check::MdocElements, elements)?;
    ledger.record(Check::MdocDigests, elements::check_digests(&elements, &object))?;
    ledger.record(Check::MdocValidity, check_validity(&object, context))?;

    // 9.3.2: the device.
    let device_signed = device::verify(document.device_signed, &object, rules, context, ledger)?;
    check_status(&object, rules, ledger, needs)?;

    let identity = identity(&elements, &memory, rule, &signer, context, ledger)?;
    let mut names = ElementNames::default();
    elements.iter().for_each(|element| names.push(element.namespace, element.identifier));
    Ok(Presentation { doc_type: rule.doc_type.clone(), elements: names, device_signed, identity })
}

fn issuer_auth<'o>(
    document: &Document<'_, 'o>,
    rules: &MdocPolicy,
    ledger: &mut Ledger,
) -> Result<Sign1<'o>, Refusal> {
    let signed = Sign1::read(document.issuer_auth, rules.cose_tags).and_then(|signed| {
        signed.header().chain()?;
        Ok(signed)
    });
    let signed = signed.map_err(|refusal| {
        let refusal = refusal.within(ISSUER_AUTH, None);
        let by_alg = refusal.code() == Code::AlgNotAllowed;
        let check = if by_alg { Check::MdocIssuerAlgorithm } else { Check::MdocIssuerHeader };
        ledger.fail(check, refusal)
    })?;
    ledger.pass(Check::MdocIssuerHeader);
    Ok(signed)
}

// The object is read before the path is looked for, because it says when it was signed; nothing of it
// goes any further before the signature held.
fn issuer<'n, 'o>(
    signed: &Sign1<'o>,
    memory: &'n mut Nodes,
    rule: &DocumentRule,
    limits: Limits,
    context: &Context<'_>,
    ledger: &mut Ledger,
) -> Result<(SecurityObject<'n, 'o>, Signer), Refusal> {
    let rules = context.policy.mdoc.as_ref().ok_or(Code::TypeUnknown)?;
    // The algorithm must be listed before any key is looked for.
    let alg = signed.header().signature_alg().ok();
    let alg = alg.filter(|alg| context.policy.algorithms.iter().any(|rule| rule.alg == *alg));
    let refusal = Refusal::new(Code::AlgNotAllowed, Place::part(ISSUER_AUTH));
    let alg = alg.ok_or_else(|| ledger.fail(Check::MdocIssuerAlgorithm, refusal))?;
    let payload = signed.payload().ok_or(Refusal::new(Code::CosePayload, Place::part(ISSUER_AUTH)));
    let object = payload.and_then(|payload| {
        let octets = security_object::octets(payload, limits)?;
        Ok((payload, security_object::read(memory, octets, limits, rules)?))
    });
    let (payload, object) = ledger.record(Check::MdocSecurityObject, object)?;
    let purpose = match rule.content {
        DocumentContent::Mdl => Purpose::MdlIssue,
        DocumentContent::Credential | DocumentContent::Pid => Purpose::PidIssue,
    };
    let chain = signed.header().chain()?;
    let time = object.validity.signed;
    let signer = signer::find(chain, alg, time, purpose, rules, context, ledger)?;
    let verified = signed.verify(&signer.key, payload);
    let verified = verified.map_err(|code| Refusal::new(code, Place::part(ISSUER_AUTH)));
    ledger.record(Check::MdocIssuerSignature, verified)?;
    Ok((object, signer))
}

// signed <= validFrom <= now <= validUntil (9.1.2.4, 9.3.1).
fn check_validity(object: &SecurityObject<'_, '_>, context: &Context<'_>) -> Result<(), Refusal> {
    let (validity, now) = (object.validity, context.now);
    let leeway = u64::from(context.policy.leeway_s);
    let (code, bound) = if validity.signed > validity.valid_from {
        (Code::TimeLifetime, validity.signed)
    } else if validity.valid_until <= validity.valid_from {
        (Code::TimeLifetime, validity.valid_until)
    } else if validity.signed > now.plus(leeway) {
        (Code::TimeFuture, validity.signed)
    } else if validity.valid_from > now.plus(leeway) {
        (Code::TimeNotYetValid, validity.valid_from)
    } else if now > validity.valid_until.plus(leeway) {
        (Code::TimeExpired, validity.valid_until)
    } else {
        return Ok(());
    };
    let detail = Detail::Time { bound: bound.secs(), now: now.secs() };
    Err(Refusal::new(code, Place::part("mso.validityInfo")).with(detail))
}

// Token Status List, 8.3; ISO/IEC 18013-5, second edition. A short-lived document needs no status (ARF
// VCR_01); one that names a status is asked for it, however short it lives.
fn check_status(
    object: &SecurityObject<'_, '_>,
    rules: &MdocPolicy,
    ledger: &mut Ledger,
    needs: &mut Vec<Need>,
) -> Result<(), Refusal> {
    let place = Place::part("mso.status");
    let reference = object.status.map(status_uri).transpose();
    let reference =
        reference.map_err(|code| ledger.fail(Check::Status, Refusal::new(code, place)))?;
    if rules.status == StatusRule::NotEvaluated {
        ledger.leave_out(Check::Status, Code::StatusNotEvaluated);
        return Ok(());
    }
    if let Some(uri) = reference {
        ledger.leave_out(Check::Status, Code::NeedsEvidence);
        needs.push(Need::new(NeedKind::StatusList, uri.to_owned()));
        return Ok(());
    }
    let lives = object.validity.valid_until.since(object.validity.valid_from);
    if lives <= u64::from(rules.short_lived_s) {
        ledger.skip(Check::Status);
        return Ok(());
    }
    let detail = Detail::Limit { limit: u64::from(rules.short_lived_s), found: lives };
    Err(ledger.fail(Check::Status, Refusal::new(Code::StatusMissing, place).with(detail)))
}

// Either kind of list, or both; the status list is asked for where there is one.
fn status_uri<'o>(status: Value<'_, 'o>) -> Result<&'o str, Code> {
    let whole = |list: Option<Value<'_, 'o>>, key| {
        let Some(list) = list else { return Ok(None) };
        let keyed =
            list.get(key).is_some_and(|key| matches!(key.kind(), Kind::Unsigned | Kind::Bytes));
        let uri = list.get("uri").and_then(|uri| uri.as_str());
        let uri = uri.filter(|uri| keyed && uri.starts_with("https://") && uri.len() <= 2048);
        uri.map(Some).ok_or(Code::StatusMalformed)
    };
    let by_index = whole(status.get("status_list"), "idx")?;
    let by_identifier = whole(status.get("identifier_list"), "id")?;
    by_index.or(by_identifier).ok_or(Code::StatusMalformed)
}

fn identity(
    elements: &[Element<'_>],
    memory: &Nodes,
    rule: &DocumentRule,
    signer: &Signer,
    context: &Context<'_>,
    ledger: &mut Ledger,
) -> Result<Option<Identity>, Refusal> {
    if rule.content == DocumentContent::Credential {
        for check in [Check::IdentityMapped, Check::IdentityCountry, Check::IdentityLoa] {
            ledger.leave_out(check, Code::PolicyLaboratory);
        }
        return Ok(None);
    }
    let attributes = map::Attributes::new(elements, memory, rule);
    let loa: Loa = signer.loa_cap.map_or(rule.loa, |cap| rule.loa.capped(cap));
    let country =
        ledger.record(Check::IdentityCountry, attributes.issuing_country(signer.country))?;
    let doc_type = Arc::from(rule.doc_type.as_str());
    let provenance = Provenance::new(Family::Mdoc, country, Arc::clone(&signer.anchor), doc_type);
    let identity = attributes.identity(provenance, loa, context.requested_at);
    let mut identity = ledger.record(Check::IdentityMapped, identity)?;
    identity.laboratory = context.policy.laboratory;
    ledger.pass(Check::IdentityLoa);
    Ok(Some(identity))
}
