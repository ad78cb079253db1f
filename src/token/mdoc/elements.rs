//! What the issuer signed one by one: elements, and the digests that tie them to the mobile security
//! object (ISO/IEC 18013-5, 9.1.2.5, 9.3.1). Digests run over the octets as received.

use super::parse::Document;
use super::security_object::SecurityObject;
use crate::crypto::{Hash, equal};
use crate::envelope::cbor::{Kind, Limits, Nodes, Read, Value};
use crate::policy::DocumentRule;
use crate::verdict::{Code, Place, Refusal};

const PART: &str = "element";

/// One element as the wallet sent it. Believed once its digest held.
#[derive(Clone, Copy)]
pub(super) struct Element<'o> {
    /// Which of the document's elements, from 0, for refusals.
    index: usize,
    pub(super) namespace: &'o str,
    // Which of the namespaces, from 0.
    space: usize,
    id: u64,
    pub(super) identifier: &'o str,
    item: Read<'o>,
    // The whole tagged encoding, which the digest is of.
    octets: &'o [u8],
}

impl<'o> Element<'o> {
    /// The value, out of the memory that the element was read into.
    pub(super) fn value<'n>(&self, nodes: &'n Nodes) -> Option<Value<'n, 'o>> {
        nodes.at(self.item).get("elementValue")
    }
}

/// How many data items the elements of a document most likely have: a map with four entries each.
pub(super) fn likely_items(document: &Document<'_, '_>) -> usize {
    let spaces = document.name_spaces.iter().flat_map(Value::entries);
    let elements: usize = spaces.map(|(_, items)| items.len()).sum();
    elements.saturating_mul(10).min(Limits::WALLET.items)
}

/// Reads every element.
///
/// # Errors
/// What the reader says; [`Code::MdocStructure`], [`Code::MdocRandom`], [`Code::NamespaceUnexpected`],
/// [`Code::AmbiguousElement`].
pub(super) fn read<'o>(
    document: &Document<'_, 'o>,
    rule: &DocumentRule,
    limits: Limits,
    nodes: &mut Nodes,
) -> Result<Vec<Element<'o>>, Refusal> {
    let structure = |value: Value<'_, '_>| {
        Refusal::new(Code::MdocStructure, Place::part(super::parse::RESPONSE).at(value.offset()))
    };
    let mut elements = Vec::new();
    for (space, (name, items)) in document.name_spaces.iter().flat_map(Value::entries).enumerate() {
        let namespace = name.as_str().ok_or_else(|| structure(name))?;
        if !rule.namespaces.iter().any(|listed| listed == namespace) {
            let place = Place::part(super::parse::RESPONSE).at(name.offset());
            return Err(Refusal::new(Code::NamespaceUnexpected, place));
        }
        if items.kind() != Kind::Array || items.is_empty() {
            return Err(structure(items));
        }
        elements.reserve(items.len());
        for item in items.elements() {
            let index = elements.len();
            let embedded = item.embedded().ok_or_else(|| structure(item))?;
            let within = |refusal: Refusal| refusal.within(PART, u32::try_from(index).ok());
            let read = nodes.append(embedded, limits).map_err(within)?;
            let (id, identifier) = read_item(nodes.at(read)).map_err(within)?;
            let octets = item.octets();
            elements.push(Element { index, namespace, space, id, identifier, item: read, octets });
        }
    }
    check_once(&elements)?;
    Ok(elements)
}

fn read_item<'o>(item: Value<'_, 'o>) -> Result<(u64, &'o str), Refusal> {
    let refuse = |code| Refusal::new(code, item.place());
    let id = item.get("digestID").and_then(|id| id.as_u64());
    let identifier = item.get("elementIdentifier").and_then(|name| name.as_str());
    let random = item.get("random").and_then(|random| random.as_bytes());
    let (Some(id), Some(identifier), Some(random)) = (id, identifier, random) else {
        return Err(refuse(Code::MdocStructure));
    };
    if item.len() != 4 || item.get("elementValue").is_none() {
        return Err(refuse(Code::MdocStructure));
    }
    if random.len() < MIN_RANDOM_LEN {
        return Err(refuse(Code::MdocRandom));
    }
    Ok((id, identifier))
}

// No element and no digest twice in a namespace: sorted, so that many are compared in little time.
fn check_once(elements: &[Element<'_>]) -> Result<(), Refusal> {
    let twice = |index| Err(Refusal::new(Code::AmbiguousElement, Place::nth(PART, index)));
    let mut by_id: Vec<_> = elements.iter().map(|e| (e.space, e.id, e.index)).collect();
    by_id.sort_unstable();
    let mut by_name: Vec<_> = elements.iter().map(|e| (e.space, e.identifier, e.index)).collect();
    by_name.sort_unstable();
    for pair in by_id.windows(2) {
        if let [a, b] = pair
            && (a.0, a.1) == (b.0, b.1)
        {
            return twice(b.2);
        }
    }
    for pair in by_name.windows(2) {
        if let [a, b] = pair
            && (a.0, a.1) == (b.0, b.1)
        {
            return twice(b.2);
        }
    }
    Ok(())
}

/// Compares the digest of every element with the one that the issuer signed.
///
/// # Errors
/// [`Code::DigestElement`].
pub(super) fn check_digests(
    elements: &[Element<'_>],
    object: &SecurityObject<'_, '_>,
) -> Result<(), Refusal> {
    let mut digests: Vec<(u64, &[u8])> = Vec::new();
    let mut of = None;
    for element in elements {
        if of != Some(element.namespace) {
            digests = signed_digests(object, element.namespace);
            of = Some(element.namespace);
        }
        let found = digests.binary_search_by_key(&element.id, |digest| digest.0).ok();
        let signed = found.and_then(|at| digests.get(at)).map(|digest| digest.1);
        if !signed.is_some_and(|signed| is_digest(object.hash, element.octets, signed)) {
            return Err(Refusal::new(Code::DigestElement, Place::nth(PART, element.index)));
        }
    }
    Ok(())
}

// The digests of a namespace by number; every number is there once.
fn signed_digests<'o>(object: &SecurityObject<'_, 'o>, namespace: &str) -> Vec<(u64, &'o [u8])> {
    let digests = object.value_digests.get(namespace);
    let pair =
        |(id, digest): (Value<'_, '_>, Value<'_, 'o>)| Some((id.as_u64()?, digest.as_bytes()?));
    let mut list: Vec<_> = digests.iter().flat_map(Value::entries).filter_map(pair).collect();
    list.sort_unstable_by_key(|digest| digest.0);
    list
}

fn is_digest(hash: Hash, octets: &[u8], signed: &[u8]) -> bool {
    equal(hash.digest(octets).as_ref(), signed)
}

// ISO/IEC 18013-5, 9.1.2.5.
const MIN_RANDOM_LEN: usize = 16;
