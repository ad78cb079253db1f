//! What stands in the clear: the shape of encrypted data, its algorithms and its references.

use super::algorithm::{oaep_digest, oaep_mgf1};
use super::key_info::{Agreement, hints};
use super::{
    ContentEncryption, DS, EncryptionRules, KeyTransport, KeyWrap, MAX_ENCRYPTED_KEYS, XENC,
    XENC11, place, refused,
};
use crate::crypto::{AesKey, AesMode, DecryptionKey, Oaep, OaepHash};
use crate::envelope::base64std;
use crate::envelope::xml::Element;
use crate::verdict::{Code, Detail, Refusal};

/// Encrypted data whose shape and algorithms were accepted. Nothing in it was decrypted.
pub(super) struct Encrypted {
    pub(super) content: ContentEncryption,
    /// Nonce, ciphertext and tag; or vector and ciphertext.
    pub(super) ciphertext: Vec<u8>,
    /// 1 to [`MAX_ENCRYPTED_KEYS`].
    pub(super) keys: Vec<EncryptedKey>,
}

/// The content key for one recipient.
pub(super) struct EncryptedKey {
    pub(super) method: Method,
    pub(super) ciphertext: Vec<u8>,
    /// Certificates, DER, that name the recipient. They are compared and never read.
    pub(super) certificates: Vec<Vec<u8>>,
}

/// How a content key is encrypted.
pub(super) enum Method {
    Agreement(KeyWrap, Box<Agreement>),
    Oaep(Oaep),
}

/// Reads an element that holds encrypted data.
pub(super) fn encrypted(
    encrypted: Element<'_, '_>,
    rules: &EncryptionRules,
) -> Result<Encrypted, Refusal> {
    encrypted.without_markup()?;
    let mut parts = parts(encrypted)?;
    let data = parts.next(XENC, "EncryptedData")?;
    // Beside the data stand its keys and nothing else.
    let mut beside = Vec::new();
    while let Some(key) = parts.optional(XENC, "EncryptedKey") {
        beside.push(key);
        bound(beside.len(), key)?;
    }
    parts.finish()?;
    if data.attribute("Type") != Some(TYPE_ELEMENT) {
        return Err(refused(Code::XmlEncryptionType, data));
    }
    if data.attribute("Encoding").is_some() {
        return Err(refused(Code::XmlEncryption, data));
    }

    let mut parts = self::parts(data)?;
    let content = content(parts.next(XENC, "EncryptionMethod")?, rules)?;
    let info = parts.next(DS, "KeyInfo")?;
    let ciphertext = cipher_value(parts.next(XENC, "CipherData")?)?;
    parts.finish()?;

    let keys = keys_of(info, &beside)?;
    if keys.is_empty() {
        return Err(refused(Code::XmlEncryption, info));
    }
    let id = data.attribute("Id");
    let keys = keys.into_iter().map(|key| encrypted_key(key, id, rules));
    Ok(Encrypted { content, ciphertext, keys: keys.collect::<Result<_, _>>()? })
}

fn content(method: Element<'_, '_>, rules: &EncryptionRules) -> Result<ContentEncryption, Refusal> {
    let content = ContentEncryption::from_uri(algorithm(method)?)
        .filter(|content| rules.content.contains(content))
        .ok_or_else(|| refused(Code::AlgNotAllowed, method))?;
    if !AesKey::is_available(content.mode(), content.key_len()) {
        return Err(refused(Code::AlgNotAvailable, method));
    }
    // A key size is fixed by the algorithm; there are no other parameters.
    parts(method)?.finish()?;
    Ok(content)
}

// The keys that the data names: those in its `ds:KeyInfo`, and those beside it that a reference there
// leads to. A reference leads nowhere else, and what it leads to has no references.
fn keys_of<'d, 'a>(
    info: Element<'d, 'a>,
    beside: &[Element<'d, 'a>],
) -> Result<Vec<Element<'d, 'a>>, Refusal> {
    let mut keys: Vec<Element<'d, 'a>> = Vec::new();
    for part in only_elements(info)?.children() {
        let key = if part.is(XENC, "EncryptedKey") {
            part
        } else if part.is(DS, "RetrievalMethod") {
            let wrong = || refused(Code::XmlEncryptionReference, part);
            let id = part.attribute("URI").and_then(|uri| uri.strip_prefix('#'));
            let id = id.filter(|id| !id.is_empty()).ok_or_else(wrong)?;
            let kind = part.attribute("Type");
            if kind.is_some_and(|kind| kind != TYPE_ENCRYPTED_KEY) || part.children().count() > 0 {
                return Err(wrong());
            }
            let target = beside.iter().find(|key| key.attribute("Id") == Some(id));
            let target = *target.ok_or_else(wrong)?;
            if keys.iter().any(|key| key.is_same(&target)) {
                return Err(wrong());
            }
            target
        } else if part.is(DS, "KeyName") || part.is(DS, "X509Data") {
            // They name a key that was agreed on beforehand; there is none.
            continue;
        } else {
            return Err(refused(Code::XmlEncryption, part));
        };
        keys.push(key);
        bound(keys.len(), key)?;
    }
    Ok(keys)
}

fn encrypted_key(
    key: Element<'_, '_>,
    data_id: Option<&str>,
    rules: &EncryptionRules,
) -> Result<EncryptedKey, Refusal> {
    let mut parts = parts(key)?;
    let method = parts.next(XENC, "EncryptionMethod")?;
    let info = parts.optional(DS, "KeyInfo");
    let ciphertext = cipher_value(parts.next(XENC, "CipherData")?)?;
    if let Some(list) = parts.optional(XENC, "ReferenceList") {
        check_references(list, data_id)?;
    }
    // A name for the content key, which nothing here refers to.
    parts.optional(XENC, "CarriedKeyName");
    parts.finish()?;

    let uri = algorithm(method)?;
    let (method, certificates) = if let Some(wrap) = KeyWrap::from_uri(uri) {
        let allowed = rules.transport.contains(&KeyTransport::EcdhEs) && rules.wrap.contains(&wrap);
        if !allowed {
            return Err(refused(Code::AlgNotAllowed, method));
        }
        if !AesKey::is_available(AesMode::KeyWrap, wrap.key_len()) {
            return Err(refused(Code::AlgNotAvailable, method));
        }
        self::parts(method)?.finish()?;
        let info = info.ok_or_else(|| refused(Code::XmlEncryption, key))?;
        let (agreement, certificates) = Agreement::read(info, rules)?;
        (Method::Agreement(wrap, Box::new(agreement)), certificates)
    } else {
        let transport = KeyTransport::from_uri(uri)
            .filter(|transport| *transport != KeyTransport::EcdhEs)
            .filter(|transport| rules.transport.contains(transport))
            .ok_or_else(|| refused(Code::AlgNotAllowed, method))?;
        let oaep = oaep(method, transport, rules)?;
        if !DecryptionKey::is_available(oaep) {
            return Err(refused(Code::AlgNotAvailable, method));
        }
        let certificates = info.map(hints).transpose()?.unwrap_or_default();
        (Method::Oaep(oaep), certificates)
    };
    Ok(EncryptedKey { method, ciphertext, certificates })
}

// XML Encryption 1.1, 5.5.2. A part that is missing means SHA-1.
fn oaep(
    method: Element<'_, '_>,
    transport: KeyTransport,
    rules: &EncryptionRules,
) -> Result<Oaep, Refusal> {
    let (mut digest, mut mgf1, mut label) = (None, None, None);
    for part in only_elements(method)?.children() {
        let slot = if part.is(DS, "DigestMethod") {
            &mut digest
        } else if part.is(XENC11, "MGF") {
            &mut mgf1
        } else if part.is(XENC, "OAEPparams") {
            &mut label
        } else {
            return Err(refused(Code::XmlEncryption, part));
        };
        if slot.replace(part).is_some() {
            return Err(refused(Code::XmlEncryption, part));
        }
    }
    // A label is the sender's word for something that nobody agreed on with us.
    if let Some(label) = label
        && !base64std::decode_wrapped(label.text()?.as_bytes()).map_err(at(label))?.is_empty()
    {
        return Err(refused(Code::AlgNotAllowed, label));
    }
    let hash = |part: Option<Element<'_, '_>>, read: fn(&str) -> Option<OaepHash>| {
        let Some(part) = part else { return Ok(None) };
        parts(part)?.finish()?;
        let hash = read(algorithm(part)?).filter(|hash| rules.oaep_hashes.contains(hash));
        hash.map(Some).ok_or_else(|| refused(Code::AlgNotAllowed, part))
    };
    let digest = hash(digest, oaep_digest)?.unwrap_or(OaepHash::Sha1);
    let named = hash(mgf1, oaep_mgf1)?;
    let fixed = if rules.oaep_coupled { digest } else { OaepHash::Sha1 };
    let mgf1 = match (transport, named) {
        (KeyTransport::RsaOaepMgf1p, None) => fixed,
        // Should not be there; it may not say otherwise.
        (KeyTransport::RsaOaepMgf1p, Some(named)) if named == fixed => fixed,
        (KeyTransport::RsaOaepMgf1p, Some(_)) => return Err(refused(Code::AlgNotAllowed, method)),
        (_, named) => named.unwrap_or(OaepHash::Sha1),
    };
    if [digest, mgf1].iter().any(|hash| !rules.oaep_hashes.contains(hash)) {
        return Err(refused(Code::AlgNotAllowed, method));
    }
    Ok(Oaep { digest, mgf1 })
}

// What a key says that it is for must be the data beside it.
fn check_references(list: Element<'_, '_>, data_id: Option<&str>) -> Result<(), Refusal> {
    for reference in only_elements(list)?.children() {
        let to_data = reference.is(XENC, "DataReference")
            && reference.attribute("URI").and_then(|uri| uri.strip_prefix('#')) == data_id
            && data_id.is_some();
        if !to_data {
            return Err(refused(Code::XmlEncryptionReference, reference));
        }
    }
    Ok(())
}

fn cipher_value(data: Element<'_, '_>) -> Result<Vec<u8>, Refusal> {
    let mut parts = parts(data)?;
    if let Some(reference) = parts.optional(XENC, "CipherReference") {
        return Err(refused(Code::XmlEncryptionReference, reference));
    }
    let value = parts.next(XENC, "CipherValue")?;
    parts.finish()?;
    base64(value)
}

/// The bytes that an element holds in base64.
pub(super) fn base64(element: Element<'_, '_>) -> Result<Vec<u8>, Refusal> {
    base64std::decode_wrapped(element.text()?.as_bytes()).map_err(at(element))
}

fn at(element: Element<'_, '_>) -> impl Fn(Refusal) -> Refusal {
    let place = place(element);
    move |refusal| Refusal::new(refusal.code(), place)
}

/// The value of `Algorithm`.
pub(super) fn algorithm<'d>(element: Element<'d, '_>) -> Result<&'d str, Refusal> {
    element.attribute("Algorithm").ok_or_else(|| refused(Code::XmlEncryption, element))
}

/// The element itself, which holds no text but white space.
pub(super) fn only_elements<'d, 'a>(element: Element<'d, 'a>) -> Result<Element<'d, 'a>, Refusal> {
    if element.has_only_elements() { Ok(element) } else { Err(refused(Code::XmlContent, element)) }
}

/// The elements in an element, taken in the order of the schema.
pub(super) fn parts<'d, 'a>(
    parent: Element<'d, 'a>,
) -> Result<Parts<'d, 'a, impl Iterator<Item = Element<'d, 'a>>>, Refusal> {
    let mut rest = only_elements(parent)?.children();
    let next = rest.next();
    Ok(Parts { parent, next, rest })
}

pub(super) struct Parts<'d, 'a, I> {
    parent: Element<'d, 'a>,
    next: Option<Element<'d, 'a>>,
    rest: I,
}

impl<'d, 'a, I: Iterator<Item = Element<'d, 'a>>> Parts<'d, 'a, I> {
    /// The next element, when it has this name.
    pub(super) fn optional(&mut self, namespace: &str, local: &str) -> Option<Element<'d, 'a>> {
        let found = self.next.filter(|next| next.is(namespace, local))?;
        self.next = self.rest.next();
        Some(found)
    }

    /// The next element, which must have this name.
    pub(super) fn next(
        &mut self,
        namespace: &str,
        local: &str,
    ) -> Result<Element<'d, 'a>, Refusal> {
        let here = self.next.unwrap_or(self.parent);
        self.optional(namespace, local).ok_or_else(|| refused(Code::XmlEncryption, here))
    }

    /// There is no further element.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        self.next.map_or(Ok(()), |next| Err(refused(Code::XmlEncryption, next)))
    }
}

fn bound(found: usize, element: Element<'_, '_>) -> Result<(), Refusal> {
    if found <= MAX_ENCRYPTED_KEYS {
        return Ok(());
    }
    Err(refused(Code::LimitCount, element).with(Detail::limit(MAX_ENCRYPTED_KEYS, found)))
}

const TYPE_ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
const TYPE_ENCRYPTED_KEY: &str = "http://www.w3.org/2001/04/xmlenc#EncryptedKey";
