//! Proof that the presenter holds the device key, for this request (ISO/IEC 18013-5, 9.1.3), and what
//! the device says of itself.

use super::parse::check_members;
use super::security_object::SecurityObject;
use super::transcript;
use super::verify::ElementNames;
use crate::crypto::{Alg, MacKey, derive_key, sha256};
use crate::envelope::cbor::{Kind, Limits, Nodes, Value, write};
use crate::envelope::cose::{HMAC_256_256, Header, Mac0, Sign1};
use crate::policy::{DeviceAuth, DeviceProof, MdocPolicy};
use crate::token::Context;
use crate::verdict::{Check, Code, Ledger, Place, Refusal};

const PART: &str = "device-auth";

/// Checks the proof, in the order of 9.1.3.4 to 9.1.3.6, and gives the names of the elements that the
/// device signed itself.
///
/// # Errors
/// The refusal of the check that failed, which is then in the ledger.
pub(super) fn verify(
    device_signed: Option<Value<'_, '_>>,
    object: &SecurityObject<'_, '_>,
    rules: &MdocPolicy,
    context: &Context<'_>,
    ledger: &mut Ledger,
) -> Result<ElementNames, Refusal> {
    if rules.device_auth == DeviceAuth::NotEvaluated {
        for check in PROOF {
            ledger.leave_out(*check, Code::PolicyLaboratory);
        }
        return Ok(ElementNames::default());
    }
    let place = Place::part(PART);
    let signed = device_signed.ok_or(Refusal::new(Code::BindingMissing, place));
    let proof = signed.and_then(|signed| read(signed, rules));
    let proof = match proof {
        Ok(proof) => proof,
        Err(refusal) => return Err(ledger.fail(check_of(refusal.code()), refusal)),
    };
    ledger.pass(Check::MdocDeviceAuth);

    let transcript = session_transcript(rules, context);
    let transcript = ledger.record(Check::MdocTranscript, transcript)?;
    let payload = device_authentication(&transcript, object.doc_type, proof.name_spaces.octets());

    let accepted = accepts(&proof, object, rules, context);
    let accepted = accepted.map_err(|code| Refusal::new(code, place));
    ledger.record(Check::MdocDeviceAlgorithm, accepted)?;

    let held = match &proof.by {
        By::Signature(sign1) => check_signature(sign1, &payload, object),
        By::Mac(mac0) => check_mac(mac0, &payload, &transcript, object, context),
    };
    let held = held.map_err(|code| Refusal::new(code, place));
    ledger.record(Check::MdocDeviceSignature, held)?;

    let elements = device_elements(proof.name_spaces, object);
    ledger.record(Check::MdocDeviceElements, elements)
}

// What a device brought.
struct Proof<'n, 'o> {
    name_spaces: Value<'n, 'o>,
    by: By<'o>,
}

enum By<'o> {
    Mac(Mac0<'o>),
    Signature(Sign1<'o>),
}

impl By<'_> {
    const fn header(&self) -> &Header<'_> {
        match self {
            Self::Mac(mac0) => mac0.header(),
            Self::Signature(sign1) => sign1.header(),
        }
    }
}

// Whether proof is required was decided by the policy, never by the shape of the token.
fn read<'n, 'o>(signed: Value<'n, 'o>, rules: &MdocPolicy) -> Result<Proof<'n, 'o>, Refusal> {
    let structure = |value: Value<'_, '_>| {
        Refusal::new(Code::MdocStructure, Place::part(PART).at(value.offset()))
    };
    check_members(signed, &["nameSpaces", "deviceAuth"])?;
    let name_spaces = signed.get("nameSpaces").ok_or_else(|| structure(signed))?;
    if name_spaces.embedded().is_none() {
        return Err(structure(name_spaces));
    }
    let auth = signed.get("deviceAuth");
    let auth = auth.ok_or(Refusal::new(Code::BindingMissing, Place::part(PART)))?;
    if auth.kind() != Kind::Map {
        return Err(structure(auth));
    }
    check_members(auth, &["deviceSignature", "deviceMac"])?;
    let within = |refusal: Refusal| refusal.within(PART, None);
    let by = match (auth.get("deviceSignature"), auth.get("deviceMac")) {
        (Some(signature), None) => {
            By::Signature(Sign1::read(signature, rules.cose_tags).map_err(within)?)
        }
        (None, Some(mac)) => By::Mac(Mac0::read(mac, rules.cose_tags).map_err(within)?),
        (None, None) => return Err(Refusal::new(Code::BindingMissing, Place::part(PART))),
        // Two proofs can be read in two ways.
        (Some(_), Some(_)) => return Err(structure(auth)),
    };
    let attached = match &by {
        By::Mac(mac0) => mac0.payload().is_some(),
        By::Signature(sign1) => sign1.payload().is_some(),
    };
    if attached {
        return Err(Refusal::new(Code::CosePayload, Place::part(PART)));
    }
    Ok(Proof { name_spaces, by })
}

fn check_of(code: Code) -> Check {
    if code == Code::AlgNotAllowed { Check::MdocDeviceAlgorithm } else { Check::MdocDeviceAuth }
}

fn session_transcript<'a>(
    rules: &MdocPolicy,
    context: &Context<'a>,
) -> Result<std::borrow::Cow<'a, [u8]>, Refusal> {
    let denied = Refusal::new(Code::HandoverDenied, Place::part("session-transcript"));
    let expected = context.wallet.as_ref().ok_or(denied)?;
    if !rules.handovers.contains(&transcript::kind(expected)) {
        return Err(denied);
    }
    transcript::session_transcript(expected, context.audience, context.nonce).ok_or(denied)
}

// `DeviceAuthenticationBytes` (9.1.3.4): the namespaces stand in it as they were received.
fn device_authentication(transcript: &[u8], doc_type: &str, name_spaces: &[u8]) -> Vec<u8> {
    let len = transcript.len().saturating_add(name_spaces.len()).saturating_add(doc_type.len());
    let mut item = Vec::with_capacity(len.saturating_add(40));
    write::array(&mut item, 4);
    write::text(&mut item, "DeviceAuthentication");
    item.extend_from_slice(transcript);
    write::text(&mut item, doc_type);
    item.extend_from_slice(name_spaces);
    let mut wrapped = Vec::with_capacity(item.len().saturating_add(8));
    write::embedded(&mut wrapped, &item);
    wrapped
}

fn accepts(
    proof: &Proof<'_, '_>,
    object: &SecurityObject<'_, '_>,
    rules: &MdocPolicy,
    context: &Context<'_>,
) -> Result<(), Code> {
    let header = proof.by.header();
    match &proof.by {
        By::Mac(_) => {
            let listed = rules.device_proofs.contains(&DeviceProof::Mac);
            if listed && header.alg == HMAC_256_256 { Ok(()) } else { Err(Code::AlgNotAllowed) }
        }
        By::Signature(_) => {
            if !rules.device_proofs.contains(&DeviceProof::Signature) {
                return Err(Code::AlgNotAllowed);
            }
            let alg = header.signature_alg()?;
            context.policy.accepts(alg, &object.device_key, context.now)?;
            if alg.key_kind() == object.device_key.kind() {
                Ok(())
            } else {
                Err(Code::AlgKeyMismatch)
            }
        }
    }
}

// A signature that does not hold was made by another key, or for another session: which of them cannot
// be told.
fn check_signature(
    sign1: &Sign1<'_>,
    payload: &[u8],
    object: &SecurityObject<'_, '_>,
) -> Result<(), Code> {
    let alg: Alg = sign1.header().signature_alg()?;
    let key = object.device_key.clone().for_alg(alg)?;
    sign1.verify(&key, payload).map_err(|code| {
        if code == Code::SigInvalid {
            Code::BindingMismatch
        } else if code == Code::SigMissing {
            Code::BindingMissing
        } else {
            code
        }
    })
}

// 9.1.3.5: the key comes from both sides' keys, salted with the session transcript.
fn check_mac(
    mac0: &Mac0<'_>,
    payload: &[u8],
    transcript: &[u8],
    object: &SecurityObject<'_, '_>,
    context: &Context<'_>,
) -> Result<(), Code> {
    let reader = context.wallet.as_ref().and_then(|wallet| wallet.reader_key);
    let reader = reader.ok_or(Code::BindingMismatch)?;
    let secret = reader.agree(&object.device_key).map_err(|_| Code::BindingMismatch)?;
    let mut wrapped = Vec::with_capacity(transcript.len().saturating_add(8));
    write::embedded(&mut wrapped, transcript);
    let key = derive_key(secret.as_bytes(), &sha256(&wrapped), &[b"EMacKey"]);
    let key = zeroize::Zeroizing::new(key.map_err(|_| Code::BindingMismatch)?);
    let held = mac0.is_code_of(&MacKey::new(key.as_slice()), payload);
    if held { Ok(()) } else { Err(Code::BindingMismatch) }
}

// The device may speak of what the issuer authorised its key for, and of nothing else (9.1.2.4).
fn device_elements(
    name_spaces: Value<'_, '_>,
    object: &SecurityObject<'_, '_>,
) -> Result<ElementNames, Refusal> {
    const NAMES: &str = "device-signed";
    let mut nodes = Nodes::default();
    let octets = name_spaces.embedded().unwrap_or_default();
    let root = nodes.read(octets, Limits::WALLET).map_err(|r| r.within(NAMES, None))?;
    let refuse =
        |code, value: Value<'_, '_>| Err(Refusal::new(code, Place::part(NAMES).at(value.offset())));
    if root.kind() != Kind::Map {
        return refuse(Code::MdocStructure, root);
    }
    let mut names = ElementNames::default();
    for (namespace, elements) in root.entries() {
        let Some(name) = namespace.as_str().filter(|_| elements.kind() == Kind::Map) else {
            return refuse(Code::MdocStructure, namespace);
        };
        if elements.is_empty() {
            return refuse(Code::MdocStructure, elements);
        }
        let authorised = authorised(name, object);
        for (identifier, _) in elements.entries() {
            let Some(element) = identifier.as_str() else {
                return refuse(Code::MdocStructure, identifier);
            };
            if !authorised.allows(element) {
                return refuse(Code::DeviceElements, identifier);
            }
            names.push(name, element);
        }
    }
    Ok(names)
}

// What the issuer authorised in one namespace; looked up once for all of its elements.
enum Authorised<'o> {
    Everything,
    These(std::collections::BTreeSet<&'o str>),
}

impl Authorised<'_> {
    fn allows(&self, element: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::These(listed) => listed.contains(element),
        }
    }
}

fn authorised<'o>(namespace: &str, object: &SecurityObject<'_, 'o>) -> Authorised<'o> {
    let authorizations = object.key_authorizations;
    let spaces = authorizations.and_then(|value| value.get("nameSpaces"));
    if spaces.iter().flat_map(Value::elements).any(|listed| listed.is(namespace)) {
        return Authorised::Everything;
    }
    let elements = authorizations.and_then(|value| value.get("dataElements"));
    let listed = elements.and_then(|value| value.get(namespace));
    let names = listed.iter().flat_map(Value::elements).filter_map(|name| name.as_str());
    Authorised::These(names.collect())
}

const PROOF: &[Check] = &[
    Check::MdocDeviceAuth,
    Check::MdocTranscript,
    Check::MdocDeviceAlgorithm,
    Check::MdocDeviceSignature,
    Check::MdocDeviceElements,
];
