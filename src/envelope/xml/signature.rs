//! Enveloped signatures as SAML has them (SAML Core, 5.4; XML Signature 1.1): one form, one
//! reference, two transforms, and nothing of what the message says about keys.
//!
//! The order is part of the contract. First the form of `Signature`, on the tree; then its value,
//! over canonical `SignedInfo`; then what `SignedInfo` says, read anew from the octets just
//! verified; then the digest of the element that the signature stands in. What comes out is those
//! octets. Nobody reads the first tree again.

use super::Limits;
use super::algorithm::DigestMethod;
use super::c14n::{Exclusive, canonicalise};
use super::scan::{is_space, over, refusal};
use super::tree::{ABSENT, Document, Element, Kind};
use crate::crypto::{Hash, PublicKey, Scheme, sha256};
use crate::envelope::base64std;
use crate::verdict::{Code, Refusal};
use std::fmt;

pub use super::algorithm::{SignatureMethod, digest_uri};

/// `http://www.w3.org/2000/09/xmldsig#`, the namespace of XML signatures.
pub const SIGNATURE_NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// The URI of exclusive canonicalisation without comments, and the namespace of
/// `InclusiveNamespaces`.
pub const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The URI of the enveloped-signature transform.
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// Keys that one signature is tried with. An issuer has one, and two while it changes them.
pub const KEYS: usize = 4;

/// Prefixes of one `PrefixList`.
const PREFIXES: usize = 32;

const ASSERTION_NAMESPACE: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

/// What a policy accepts of a signature.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct SignatureRules<'r> {
    /// Whether a method is accepted with a key, and why not.
    pub accepts: &'r dyn Fn(SignatureMethod, &PublicKey) -> Result<(), Code>,
    /// The digests that a Reference may have.
    pub digests: &'r [Hash],
    /// `URI=""` means the whole document, and the signature stands in its root. For metadata.
    pub empty_reference: bool,
    /// The signature may be any child of its element. For lists whose schema has it last.
    pub any_position: bool,
    /// SHA-1 is taken for a digest. For suites of the time when it was in use.
    pub danger_sha1_digest: bool,
}

impl<'r> SignatureRules<'r> {
    /// Rules for messages: the reference must name the element.
    #[must_use]
    pub const fn new(
        accepts: &'r dyn Fn(SignatureMethod, &PublicKey) -> Result<(), Code>,
        digests: &'r [Hash],
    ) -> Self {
        Self {
            accepts,
            digests,
            empty_reference: false,
            any_position: false,
            danger_sha1_digest: false,
        }
    }

    /// The same for metadata, whose reference may be to the whole document.
    #[must_use]
    pub const fn with_empty_reference(mut self) -> Self {
        self.empty_reference = true;
        self
    }

    /// The same, and the signature may be any child of its element.
    #[must_use]
    pub const fn with_any_position(mut self) -> Self {
        self.any_position = true;
        self
    }

    /// The same, and SHA-1 is taken for a digest.
    #[must_use]
    pub const fn danger_with_sha1_digest(mut self) -> Self {
        self.danger_sha1_digest = true;
        self
    }
}

/// What a signature covered: the octets that were digested, and nothing else.
pub struct Signed {
    octets: Vec<u8>,
    sha256: [u8; 32],
    method: SignatureMethod,
    digest: &'static str,
    key: usize,
    limits: Limits,
}

impl Signed {
    /// The canonical octets of the element, without its signature.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Their SHA-256, whatever digest the signature has.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The algorithm of the signature.
    #[must_use]
    pub const fn method(&self) -> SignatureMethod {
        self.method
    }

    /// The URI of the digest algorithm.
    #[must_use]
    pub const fn digest_uri(&self) -> &'static str {
        self.digest
    }

    /// Which of the keys verified it, counted from 0.
    #[must_use]
    pub const fn key(&self) -> usize {
        self.key
    }

    /// Parses the octets: the only document that may be read from here on.
    ///
    /// # Errors
    /// As [`Document::parse`], under the limits of the document that the signature stood in.
    pub fn document(&self) -> Result<Document<'_>, Refusal> {
        Document::parse(&self.octets, &self.limits)
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signed({} bytes, {}, key {})", self.octets.len(), self.method.name(), self.key)
    }
}

/// Whether a signature that stands directly in the element has a list of prefixes, so that the
/// octets it is over depend on what is declared around the element.
#[must_use]
pub fn names_prefixes(element: Element<'_, '_>) -> bool {
    let signatures = element.children().filter(|child| child.is(SIGNATURE_NAMESPACE, "Signature"));
    let mut infos = signatures.flat_map(|signature| signature.subtree_elements());
    infos.any(|inside| inside.is(EXCLUSIVE, "InclusiveNamespaces"))
}

/// Whether a `ds:Signature` stands directly in the element.
#[must_use]
pub fn has_signature(element: Element<'_, '_>) -> bool {
    element.children().any(|child| child.is(SIGNATURE_NAMESPACE, "Signature"))
}

/// Verifies the signature that stands directly in `signed`, over `signed` without it.
///
/// * `keys`: those that the issuer is known by, 1 to [`KEYS`]; never a key of the message. `KeyInfo`
///   is not looked at.
///
/// # Errors
/// In this order: [`Code::SigMissing`], [`Code::AmbiguousSignature`]; [`Code::XmlComment`] and
/// [`Code::XmlInstruction`] for what a reader and a canonicaliser see differently;
/// [`Code::AmbiguousSignedInfo`], [`Code::AmbiguousReference`], [`Code::SigScope`],
/// [`Code::SigReference`], [`Code::SigTransform`], [`Code::SigForm`], [`Code::AlgNotAllowed`] for
/// another form than the one of SAML Core, 5.4; what `rules` say about the method and the keys;
/// [`Code::SigInvalid`] when no key verifies the value, be it unknown or the value wrong;
/// [`Code::DigestMismatch`]; [`Code::LimitSize`] when a canonical form is too long.
pub fn verify_enveloped(
    signed: Element<'_, '_>,
    keys: &[PublicKey],
    rules: &SignatureRules<'_>,
) -> Result<Signed, Refusal> {
    let signature = signature_of(signed, rules)?;
    free_of_markup(signed, signature)?;
    let parts = Parts::of(signature)?;
    let claimed = SignedInfo::read(parts.signed_info, signed, rules)?;
    let value = octets_of(parts.value, "SignatureValue")?;
    let signed_info = canonicalise(parts.signed_info, &Exclusive::new())?;
    let key = verify_by_any(claimed.method, keys, rules.accepts, Some, &signed_info, &value)
        .map_err(|code| refusal(code, parts.value.offset()))?;

    // What the verified octets say counts from here on, not what the tree said.
    let limits = within(&signed.document.limits, signed_info.len());
    let document = Document::parse(&signed_info, &limits)?;
    let verified = SignedInfo::read(document.root(), signed, rules)?;
    let how = Exclusive::new().with_prefixes(&verified.prefixes).without(signature);
    let octets = canonicalise(signed, &how)?;
    let fits = verified.digest.fits(&octets, &verified.digest_value);
    // Set by hand for benchmarks and fuzzing only; no Cargo feature reaches it.
    if !fits && !cfg!(eidb_danger_stub_signatures) {
        return Err(refusal(Code::DigestMismatch, parts.signed_info.offset()));
    }
    let digested = (fits && verified.digest == DigestMethod::Hash(Hash::Sha256))
        .then(|| verified.digest_value.as_slice().try_into().ok());
    let sha256 = digested.flatten().unwrap_or_else(|| sha256(&octets));
    let digest = match verified.digest {
        DigestMethod::Hash(hash) => digest_uri(hash),
        DigestMethod::DangerSha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
    };
    let limits = within(&signed.document.limits, octets.len());
    Ok(Signed { octets, sha256, method: verified.method, digest, key, limits })
}

// A canonical form may be longer than what it is of; how long was bounded when it was written.
fn within(limits: &Limits, len: usize) -> Limits {
    Limits { bytes: limits.bytes.max(len), ..*limits }
}

// The one `Signature` that stands directly in the element, where the schemas of SAML have it: first,
// or behind `Issuer`.
fn signature_of<'d, 'a>(
    signed: Element<'d, 'a>,
    rules: &SignatureRules<'_>,
) -> Result<Element<'d, 'a>, Refusal> {
    let mut found = None;
    for (at, child) in signed.children().enumerate() {
        if !child.is(SIGNATURE_NAMESPACE, "Signature") {
            continue;
        }
        if found.is_some() {
            return Err(refusal(Code::AmbiguousSignature, child.offset()));
        }
        found = Some((at, child));
    }
    let (at, signature) = found.ok_or_else(|| refusal(Code::SigMissing, signed.offset()))?;
    let behind_issuer =
        || at == 1 && signed.children().next().is_some_and(|e| e.is(ASSERTION_NAMESPACE, "Issuer"));
    if rules.any_position || at == 0 || behind_issuer() {
        return Ok(signature);
    }
    Err(refusal(Code::SigScope, signature.offset()))
}

// No instruction in the signed element, no comment in the signature, and none beside text: a
// canonical form keeps the first and drops the others, and readers do as they like.
fn free_of_markup(signed: Element<'_, '_>, signature: Element<'_, '_>) -> Result<(), Refusal> {
    signature.without_markup()?;
    if let Some(comment) = signed.first_markup(|kind| matches!(kind, Kind::Instruction(..))) {
        return Err(refusal(Code::XmlInstruction, comment));
    }
    match signed.comment_beside_text() {
        Some(comment) => Err(refusal(Code::XmlComment, comment)),
        None => Ok(()),
    }
}

// The children of `Signature`.
struct Parts<'d, 'a> {
    signed_info: Element<'d, 'a>,
    value: Element<'d, 'a>,
}

impl<'d, 'a> Parts<'d, 'a> {
    // SignedInfo, SignatureValue, perhaps KeyInfo. No Object: it may hold what looks signed.
    fn of(signature: Element<'d, 'a>) -> Result<Self, Refusal> {
        let [mut infos, mut values, mut keys] = [0_usize; 3];
        for child in signature.children() {
            let at = child.offset();
            let ds = child.namespace() == Some(SIGNATURE_NAMESPACE);
            let code = match child.local_name() {
                "SignedInfo" if ds && infos > 0 => Code::AmbiguousSignedInfo,
                "SignedInfo" if ds => {
                    infos = 1;
                    continue;
                }
                "SignatureValue" if ds && infos == 1 && values == 0 => {
                    values = 1;
                    continue;
                }
                "KeyInfo" if ds && values == 1 && keys == 0 => {
                    keys = 1;
                    continue;
                }
                "Object" if ds => Code::SigScope,
                _ => Code::SigForm,
            };
            return Err(refusal(code, at));
        }
        only_attributes(signature, &["Id"], Code::SigForm)?;
        only_elements(signature)?;
        let mut children = signature.children();
        match (children.next(), children.next()) {
            (Some(signed_info), Some(value)) => Ok(Self { signed_info, value }),
            _ => Err(refusal(Code::SigForm, signature.offset())),
        }
    }
}

// What a SignedInfo of the one accepted form says.
struct SignedInfo<'d> {
    method: SignatureMethod,
    prefixes: Vec<&'d str>,
    digest: DigestMethod,
    digest_value: Vec<u8>,
}

impl<'d> SignedInfo<'d> {
    fn read(
        info: Element<'d, '_>,
        signed: Element<'_, '_>,
        rules: &SignatureRules<'_>,
    ) -> Result<Self, Refusal> {
        let references = info.children().filter(|e| e.is(SIGNATURE_NAMESPACE, "Reference"));
        let mut references = references.map(|reference| reference.offset());
        if references.next().is_none() {
            return Err(refusal(Code::SigReference, info.offset()));
        }
        if let Some(second) = references.next() {
            return Err(refusal(Code::AmbiguousReference, second));
        }
        if !info.is(SIGNATURE_NAMESPACE, "SignedInfo") {
            return Err(refusal(Code::SigForm, info.offset()));
        }
        only_attributes(info, &[], Code::SigForm)?;
        only_elements(info)?;
        let [canonicalisation, method, reference] = exactly(
            info,
            ["CanonicalizationMethod", "SignatureMethod", "Reference"],
            Code::SigForm,
        )?;

        if algorithm(canonicalisation, Code::SigTransform)? != EXCLUSIVE {
            return Err(refusal(Code::SigTransform, canonicalisation.offset()));
        }
        empty(canonicalisation, Code::SigTransform)?;
        let known = SignatureMethod::from_uri(algorithm(method, Code::SigForm)?);
        let known = known.ok_or_else(|| refusal(Code::AlgNotAllowed, method.offset()))?;
        empty(method, Code::SigForm)?;

        check_uri(reference, signed, rules)?;
        only_attributes(reference, &["URI"], Code::SigForm)?;
        only_elements(reference)?;
        let mut values = reference.children().filter(|e| e.is(SIGNATURE_NAMESPACE, "DigestValue"));
        if let Some(second) = values.nth(1) {
            return Err(refusal(Code::AmbiguousReference, second.offset()));
        }
        let [transforms, digest, value] =
            exactly(reference, ["Transforms", "DigestMethod", "DigestValue"], Code::SigForm)?;
        let prefixes = read_transforms(transforms)?;
        let accepted =
            DigestMethod::from_uri(algorithm(digest, Code::SigForm)?).filter(|known| match known {
                DigestMethod::Hash(hash) => rules.digests.contains(hash),
                DigestMethod::DangerSha1 => rules.danger_sha1_digest,
            });
        let accepted = accepted.ok_or_else(|| refusal(Code::AlgNotAllowed, digest.offset()))?;
        empty(digest, Code::SigForm)?;
        let digest_value = octets_of(value, "DigestValue")?;
        if digest_value.len() != accepted.len() {
            return Err(refusal(Code::SigForm, value.offset()));
        }
        Ok(Self { method: known, prefixes, digest: accepted, digest_value })
    }
}

// SAML Core, 5.4.2: the reference is to the element that the signature stands in.
fn check_uri(
    reference: Element<'_, '_>,
    signed: Element<'_, '_>,
    rules: &SignatureRules<'_>,
) -> Result<(), Refusal> {
    let wrong = |code| Err(refusal(code, reference.offset()));
    let Some(uri) = reference.attribute("URI") else { return wrong(Code::SigReference) };
    if uri.is_empty() {
        if !rules.empty_reference || signed.parent().is_some() {
            return wrong(Code::SigReference);
        }
        // The whole document is signed, and an instruction beside its root belongs to it.
        return match signed.document.instruction_beside_root() {
            Some(at) => Err(refusal(Code::XmlInstruction, at)),
            None => Ok(()),
        };
    }
    let Some(id) = uri.strip_prefix('#') else { return wrong(Code::SigReference) };
    if signed.attribute("ID") == Some(id) && !id.is_empty() {
        return Ok(());
    }
    // A bare name is another element; anything else is an XPointer.
    let bare = !id.is_empty() && !id.contains(['(', ')', '/', '\'', '"', ' ']);
    wrong(if bare { Code::SigScope } else { Code::SigReference })
}

// SAML Core, 5.4.4: enveloped-signature, then exclusive canonicalisation. Gives its PrefixList.
fn read_transforms<'d>(transforms: Element<'d, '_>) -> Result<Vec<&'d str>, Refusal> {
    let code = Code::SigTransform;
    only_attributes(transforms, &[], code)?;
    only_elements(transforms)?;
    let [enveloped, exclusive] = exactly(transforms, ["Transform"; 2], code)?;
    if algorithm(enveloped, code)? != ENVELOPED {
        return Err(refusal(code, enveloped.offset()));
    }
    empty(enveloped, code)?;
    if algorithm(exclusive, code)? != EXCLUSIVE {
        return Err(refusal(code, exclusive.offset()));
    }
    only_elements(exclusive)?;
    let mut children = exclusive.children();
    let Some(inclusive) = children.next() else { return Ok(Vec::new()) };
    only_attributes(inclusive, &["PrefixList"], code)?;
    empty(inclusive, code)?;
    let list = inclusive.attribute("PrefixList");
    let (true, Some(list), None) =
        (inclusive.is(EXCLUSIVE, "InclusiveNamespaces"), list, children.next())
    else {
        return Err(refusal(code, inclusive.offset()));
    };
    let prefixes = list.split(|c: char| u8::try_from(c).is_ok_and(is_space));
    let prefixes: Vec<_> =
        prefixes.filter(|prefix| !prefix.is_empty()).take(PREFIXES + 1).collect();
    if prefixes.len() > PREFIXES {
        return Err(over(Code::LimitCount, inclusive.offset(), PREFIXES, prefixes.len()));
    }
    Ok(prefixes)
}

/// Tries each key that `accepts` takes and that fits the method. The number of the key that holds.
///
/// * `forms`: the forms of a signature of one scheme that are tried.
///
/// # Errors
/// [`Code::LimitCount`] for more than [`KEYS`]; [`Code::SigInvalid`] alike for an unknown key and for a
/// wrong value; else why no key could be tried.
pub(in crate::envelope) fn verify_by_any<F: IntoIterator<Item = Scheme>>(
    method: SignatureMethod,
    keys: &[PublicKey],
    accepts: &dyn Fn(SignatureMethod, &PublicKey) -> Result<(), Code>,
    forms: impl Fn(Scheme) -> F,
    signed: &[u8],
    value: &[u8],
) -> Result<usize, Code> {
    if keys.len() > KEYS {
        return Err(Code::LimitCount);
    }
    let (mut refused, mut tried) = (None, false);
    for (at, key) in keys.iter().enumerate() {
        if let Err(code) = accepts(method, key) {
            refused = refused.or(Some(code));
            continue;
        }
        let Some(scheme) = method.scheme(key) else { continue };
        for scheme in forms(scheme) {
            match key.verify(scheme, signed, value) {
                Ok(()) => return Ok(at),
                Err(Code::SigInvalid) => tried = true,
                Err(code) => refused = refused.or(Some(code)),
            }
        }
    }
    match refused {
        Some(code) if !tried => Err(code),
        _ => Err(Code::SigInvalid),
    }
}

// The octets of an element that holds base64: white space of XML aside, the one strict spelling
// (XML Signature 1.1, 4.1; RFC 4648, 4).
fn octets_of(element: Element<'_, '_>, name: &str) -> Result<Vec<u8>, Refusal> {
    let wrong = || refusal(Code::SigForm, element.offset());
    if !element.is(SIGNATURE_NAMESPACE, name) {
        return Err(wrong());
    }
    let attributes: &[&str] = if name == "SignatureValue" { &["Id"] } else { &[] };
    only_attributes(element, attributes, Code::SigForm)?;
    let text = element
        .text()
        .map_err(|refused| if refused.code() == Code::XmlContent { wrong() } else { refused })?;
    base64std::decode_wrapped(text.as_bytes())
        .ok()
        .filter(|octets| !octets.is_empty())
        .ok_or_else(wrong)
}

fn algorithm<'d>(element: Element<'d, '_>, code: Code) -> Result<&'d str, Refusal> {
    only_attributes(element, &["Algorithm"], code)?;
    element.attribute("Algorithm").ok_or_else(|| refusal(code, element.offset()))
}

// These children of the namespace of signatures, in this order, and no other.
fn exactly<'d, 'a, const N: usize>(
    parent: Element<'d, 'a>,
    names: [&str; N],
    code: Code,
) -> Result<[Element<'d, 'a>; N], Refusal> {
    let mut children = parent.children();
    let mut found = [parent; N];
    for (slot, name) in found.iter_mut().zip(names) {
        let next = children.next().ok_or_else(|| refusal(code, parent.offset()))?;
        if !next.is(SIGNATURE_NAMESPACE, name) {
            return Err(refusal(code, next.offset()));
        }
        *slot = next;
    }
    match children.next() {
        Some(more) => Err(refusal(code, more.offset())),
        None => Ok(found),
    }
}

fn only_attributes(element: Element<'_, '_>, names: &[&str], code: Code) -> Result<(), Refusal> {
    let known =
        |(namespace, local): (Option<&str>, &str)| namespace.is_none() && names.contains(&local);
    if element.attribute_names().all(known) {
        return Ok(());
    }
    Err(refusal(code, element.offset()))
}

fn only_elements(element: Element<'_, '_>) -> Result<(), Refusal> {
    if element.has_only_elements() {
        return Ok(());
    }
    Err(refusal(Code::SigForm, element.offset()))
}

fn empty(element: Element<'_, '_>, code: Code) -> Result<(), Refusal> {
    if element.has_only_elements() && element.children().next().is_none() {
        return Ok(());
    }
    Err(refusal(code, element.offset()))
}

impl<'d, 'a> Element<'d, 'a> {
    // It, and the elements anywhere in it.
    fn subtree_elements(self) -> impl Iterator<Item = Self> {
        let document = self.document;
        let past = self.document.node(self.id).map_or(self.id, |node| node.past);
        (self.id..past)
            .map(move |id| Self { document, id })
            .filter(|element| element.node().is_some())
    }
}

impl Element<'_, '_> {
    // Where the first node of a kind in it begins.
    fn first_markup(&self, wanted: impl Fn(&Kind) -> bool) -> Option<usize> {
        let found = self.subtree().iter().find(|node| wanted(&node.kind))?;
        Some(self.document.place(found.start))
    }

    // Where the first comment begins that stands beside text, or where text would be.
    fn comment_beside_text(&self) -> Option<usize> {
        self.first_markup(|kind| matches!(kind, Kind::Comment(_)))?;
        // By element: whether text, elements, a comment stand directly in it.
        let mut held = vec![(false, false, None); self.subtree().len()];
        for node in self.subtree() {
            let parent = node.parent.checked_sub(self.id).and_then(|at| usize::try_from(at).ok());
            let Some(holds) = parent.and_then(|at| held.get_mut(at)) else { continue };
            match node.kind {
                Kind::Text(run) => {
                    holds.0 |= !self.document.texts.read(run).bytes().all(is_space);
                }
                Kind::Element(_) => holds.1 = true,
                Kind::Comment(_) => holds.2 = holds.2.or(Some(node.start)),
                Kind::Instruction(..) => {}
            }
        }
        let beside = held.iter().filter(|(text, elements, _)| *text || !elements);
        let first = beside.filter_map(|(.., comment)| *comment).min()?;
        Some(self.document.place(first))
    }
}

impl Document<'_> {
    // Where an instruction begins that stands before or after the root.
    fn instruction_beside_root(&self) -> Option<usize> {
        let mut nodes = self.nodes.iter().filter(|node| node.parent == ABSENT);
        let found = nodes.find(|node| matches!(node.kind, Kind::Instruction(..)))?;
        Some(self.place(found.start))
    }
}

#[cfg(test)]
mod tests;
