//! The mathematics of XML signatures outside the one form that messages have: SignedInfo and
//! references canonicalised as they say, values compared. For suites of others; it finds signatures
//! anywhere, takes the first that is there, and says nothing about what may be read.

use super::{by_id, find};
use eid_broker::crypto::{Hash, PublicKey, danger_sha1};
use eid_broker::envelope::base64std;
use eid_broker::envelope::xml::signature::{
    ENVELOPED, EXCLUSIVE, SIGNATURE_NAMESPACE, SignatureMethod, digest_uri,
};
use eid_broker::envelope::xml::{
    Document, Element, Exclusive, canonicalise, canonicalise_document,
};
use eid_broker::verdict::Code;

const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
const WITH_COMMENTS: &str = "WithComments";

/// Verifies the value of the first signature, and the digest of each of its references.
///
/// # Errors
/// The code of what does not hold; [`Code::SigTransform`] for what is not done here.
pub(super) fn verify(document: &Document<'_>, text: &str, key: &PublicKey) -> Result<(), Code> {
    let signature = signature(document)?;
    let info = child(signature, "SignedInfo")?;
    let method = child(info, "SignatureMethod")?;
    // Parameters such as HMACOutputLength.
    if method.children().next().is_some() {
        return Err(Code::SigForm);
    }
    let method = SignatureMethod::from_uri(algorithm(method)?).ok_or(Code::AlgNotAllowed)?;
    if method == SignatureMethod::DangerRsaSha1 {
        return Err(Code::AlgNotAllowed);
    }
    for reference in references(info) {
        verify_reference(document, text, signature, reference, Sha1::Refused)?;
    }
    let canonical = algorithm(child(info, "CanonicalizationMethod")?)?;
    let prefixes = prefixes(text);
    let how = form(canonical, &prefixes).ok_or(Code::SigTransform)?;
    let octets = canonicalise(info, &how).map_err(|refused| refused.code())?;
    let value = octets_of(child(signature, "SignatureValue")?)?;
    let scheme = method.scheme(key).ok_or(Code::SigInvalid)?;
    key.verify(scheme, &octets, &value)
}

/// The references of the first signature, each with its digest alone; SHA-1 is let pass.
pub(super) fn digests(document: &Document<'_>, text: &str) -> Vec<Result<(), Code>> {
    let info = signature(document).and_then(|s| Ok((s, child(s, "SignedInfo")?)));
    match info {
        Ok((signature, info)) => references(info)
            .map(|r| verify_reference(document, text, signature, r, Sha1::Passes))
            .collect(),
        Err(code) => vec![Err(code)],
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Sha1 {
    Passes,
    Refused,
}

fn verify_reference(
    document: &Document<'_>,
    text: &str,
    signature: Element<'_, '_>,
    reference: Element<'_, '_>,
    sha1: Sha1,
) -> Result<(), Code> {
    let uri = reference.attribute("URI").ok_or(Code::SigReference)?;
    let all = prefixes(text);
    let mut how = Exclusive::new().with_prefixes(&all);
    let mut enveloped = false;
    let list: Vec<&str>;
    let transforms = reference.children().find(|e| e.is(SIGNATURE_NAMESPACE, "Transforms"));
    for transform in transforms.iter().flat_map(Element::children) {
        match algorithm(transform)? {
            ENVELOPED => enveloped = true,
            // Without the signature: the same, said otherwise.
            XPATH if condition(transform) == "not(ancestor-or-self::dsig:Signature)" => {
                enveloped = true;
            }
            uri => {
                let named = transform.children().find_map(|e| e.attribute("PrefixList"));
                list = named.unwrap_or_default().split_whitespace().collect();
                let prefixes = if uri.starts_with(EXCLUSIVE) { &list } else { &all };
                how = form(uri, prefixes).ok_or(Code::SigTransform)?;
                break;
            }
        }
    }
    if enveloped {
        how = how.without(signature);
    }
    let octets = if uri.is_empty() {
        canonicalise_document(document, &how)
    } else {
        let id = uri.strip_prefix('#').ok_or(Code::SigReference)?;
        let id =
            id.strip_prefix("xpointer(id('").and_then(|id| id.strip_suffix("'))")).unwrap_or(id);
        let target = by_id(document.root(), id);
        canonicalise(target.ok_or(Code::SigReference)?, &how)
    };
    let octets = octets.map_err(|refused| refused.code())?;
    let digest = octets_of(child(reference, "DigestValue")?)?;
    let method = algorithm(child(reference, "DigestMethod")?)?;
    let same = [Hash::Sha256, Hash::Sha384, Hash::Sha512].iter().find_map(|hash| {
        (digest_uri(*hash) == method).then(|| hash.digest(&octets).as_ref() == digest)
    });
    let sha1 = (method == "http://www.w3.org/2000/09/xmldsig#sha1" && sha1 == Sha1::Passes)
        .then(|| danger_sha1(&octets) == *digest);
    match same.or(sha1) {
        None => Err(Code::AlgNotAllowed),
        Some(true) => Ok(()),
        Some(false) => Err(Code::DigestMismatch),
    }
}

// The canonical form that a URI names. The inclusive one is the exclusive one with every prefix in
// its list, where no attribute of the namespace `xml` is inherited.
fn form<'h>(uri: &str, prefixes: &'h [&'h str]) -> Option<Exclusive<'h>> {
    let (name, comments) = uri.split_once('#').unwrap_or((uri, ""));
    let how = match name {
        _ if EXCLUSIVE.starts_with(name) && name.ends_with("xml-exc-c14n") => {
            // Not of the list of a reference: that is for its own transform.
            Exclusive::new().with_prefixes(prefixes)
        }
        INCLUSIVE => Exclusive::new().with_prefixes(prefixes),
        _ => return None,
    };
    match comments {
        "" => Some(how),
        WITH_COMMENTS => Some(how.with_comments()),
        _ => None,
    }
}

// Every prefix that a document declares anywhere.
fn prefixes(text: &str) -> Vec<&str> {
    let names = text.split("xmlns:").skip(1).filter_map(|after| after.split_once('='));
    let mut found: Vec<&str> = names.map(|(name, _)| name.trim()).collect();
    found.push("#default");
    found.sort_unstable();
    found.dedup();
    found
}

fn signature<'d, 'a>(document: &'d Document<'a>) -> Result<Element<'d, 'a>, Code> {
    find(document.root(), |e| e.is(SIGNATURE_NAMESPACE, "Signature")).ok_or(Code::SigMissing)
}

fn references<'d, 'a>(info: Element<'d, 'a>) -> impl Iterator<Item = Element<'d, 'a>> {
    info.children().filter(|e| e.is(SIGNATURE_NAMESPACE, "Reference"))
}

fn child<'d, 'a>(parent: Element<'d, 'a>, name: &str) -> Result<Element<'d, 'a>, Code> {
    parent.children().find(|e| e.is(SIGNATURE_NAMESPACE, name)).ok_or(Code::SigForm)
}

fn algorithm<'d>(element: Element<'d, '_>) -> Result<&'d str, Code> {
    element.attribute("Algorithm").ok_or(Code::SigForm)
}

fn condition(transform: Element<'_, '_>) -> String {
    let text = transform.children().next().and_then(|e| e.text().ok());
    text.map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// What an element holds in base64, white space aside.
pub(super) fn octets_of(element: Element<'_, '_>) -> Result<Vec<u8>, Code> {
    let text = element.text().map_err(|refused| refused.code())?;
    let text: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    base64std::decode(&text).map_err(|_| Code::SigForm)
}
