//! What is behind the shape: one work, one answer.

use super::read::{Encrypted, EncryptedKey, Method};
use super::{ContentEncryption, DecryptionKeys};
use crate::crypto::{
    AES_BLOCK_LEN, AesKey, GCM_NONCE_LEN, PrivateKeyError, Secret, concat_kdf, sha256,
};
use crate::envelope::xml::{Document, Limits};
use crate::pki::{RecipientKey, RecipientPrivate};
use crate::verdict::{Code, Detail, Place, Refusal};
use std::fmt;

/// What was decrypted. Nobody is known to have written it. Zeroed on drop.
pub struct Plaintext {
    octets: Secret,
    content: ContentEncryption,
}

impl Plaintext {
    /// The octets as they were encrypted.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.octets.as_bytes()
    }

    /// How the content was encrypted.
    #[must_use]
    pub const fn content(&self) -> ContentEncryption {
        self.content
    }

    /// Reads the octets as a document of their own: exactly one element, with white space around it
    /// at most, which declares every namespace that it uses.
    ///
    /// # Errors
    /// As [`Document::parse`], and [`Code::XmlInstruction`], [`Code::XmlComment`] or
    /// [`Code::XmlEncoding`] for what stands beside the element; offsets count in the plaintext. For
    /// content without authentication all of them are [`Code::KeyMismatch`]: whoever can tell a
    /// plaintext that parses from one that does not, can read it.
    pub fn document(&self, limits: &Limits) -> Result<Document<'_>, Refusal> {
        let parsed = parse(self.octets(), limits);
        if self.content.is_authenticated() {
            return parsed;
        }
        parsed.map_err(|_| Refusal::new(Code::KeyMismatch, Place::NONE))
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plaintext({} bytes)", self.octets().len())
    }
}

fn parse<'p>(octets: &'p [u8], limits: &Limits) -> Result<Document<'p>, Refusal> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let before = octets.iter().take_while(|byte| is_space(byte)).count();
    let after = octets.iter().rev().take_while(|byte| is_space(byte)).count();
    let end = octets.len().saturating_sub(after);
    let text = octets.get(before..end).unwrap_or_default();
    let beside = if text.starts_with(b"\xef\xbb\xbf") {
        Some((Code::XmlEncoding, before))
    } else if text.starts_with(b"<?") {
        Some((Code::XmlInstruction, before))
    } else if text.starts_with(b"<!--") {
        Some((Code::XmlComment, before))
    } else if text.ends_with(b"?>") {
        Some((Code::XmlInstruction, end))
    } else if text.ends_with(b"-->") {
        Some((Code::XmlComment, end))
    } else {
        None
    };
    if let Some((code, offset)) = beside {
        return Err(Refusal::new(code, PLACE.at(offset)));
    }
    Document::parse(text, limits).map_err(|refusal| {
        let at = refusal.place().offset.and_then(|at| usize::try_from(at).ok()).unwrap_or(0);
        Refusal::new(refusal.code(), PLACE.at(before.saturating_add(at))).with(refusal.detail())
    })
}

/// Decrypts with whichever of the keys it was encrypted for.
///
/// Every key that may be the right one is used, whether one before it was or not, and the content is
/// decrypted once, whether a content key came out or not. So what happened is told neither by the
/// answer nor by how long it takes; which keys are ours is no secret.
pub(super) fn open(read: &Encrypted, keys: &DecryptionKeys) -> Result<Plaintext, Refusal> {
    let candidates = candidates(read, keys)?;
    let mut content_key: Option<AesKey> = None;
    for (encrypted, own) in candidates {
        let opened = content_key_of(encrypted, own)
            .ok()
            .filter(|key| key.as_bytes().len() == read.content.key_len())
            .and_then(|key| AesKey::new(key.as_bytes()));
        if content_key.is_none() {
            content_key = opened;
        }
    }
    let held = content_key.is_some();
    let key = content_key.or_else(|| substitute(read)).ok_or(Code::KeyMismatch)?;
    match decrypt_content(read, &key) {
        Ok(octets) if held => Ok(Plaintext { octets, content: read.content }),
        _ => Err(Code::KeyMismatch.into()),
    }
}

type Pair<'r> = (&'r EncryptedKey, &'r RecipientKey);

// Each encrypted key with each own key of its kind; only those that a certificate names, where one
// does.
fn candidates<'r>(read: &'r Encrypted, keys: &'r DecryptionKeys) -> Result<Vec<Pair<'r>>, Refusal> {
    let all: Vec<Pair<'r>> = read
        .keys
        .iter()
        .flat_map(|encrypted| keys.iter().map(move |own| (encrypted, own)))
        .filter(|(encrypted, own)| fits(encrypted, own))
        .collect();
    let named: Vec<Pair<'r>> =
        all.iter().copied().filter(|(encrypted, own)| names(encrypted, own)).collect();
    let chosen = if named.is_empty() { all } else { named };
    if chosen.len() > MAX_OPENINGS {
        let detail = Detail::limit(MAX_OPENINGS, chosen.len());
        return Err(Refusal::from(Code::LimitCount).with(detail));
    }
    Ok(chosen)
}

fn fits(encrypted: &EncryptedKey, own: &RecipientKey) -> bool {
    match (&encrypted.method, own.private()) {
        (Method::Agreement(_, agreement), RecipientPrivate::Agreement(own)) => {
            agreement.curve == own.curve()
        }
        (Method::Oaep(_), RecipientPrivate::Decryption(_)) => true,
        _ => false,
    }
}

fn names(encrypted: &EncryptedKey, own: &RecipientKey) -> bool {
    own.certificate().is_some_and(|certificate| {
        encrypted.certificates.iter().any(|named| named == certificate.der())
    })
}

fn content_key_of(encrypted: &EncryptedKey, own: &RecipientKey) -> Result<Secret, PrivateKeyError> {
    match (&encrypted.method, own.private()) {
        (Method::Agreement(wrap, agreement), RecipientPrivate::Agreement(own)) => {
            let shared = own.agree(&agreement.originator)?;
            let key = concat_kdf(agreement.hash, &shared, &agreement.other, wrap.key_len());
            let key = key.and_then(|key| AesKey::new(key.as_bytes())).ok_or(PrivateKeyError)?;
            key.unwrap_key(&encrypted.ciphertext)
        }
        (Method::Oaep(oaep), RecipientPrivate::Decryption(own)) => {
            own.decrypt(*oaep, b"", &encrypted.ciphertext)
        }
        _ => Err(PrivateKeyError),
    }
}

// A content key for a message that has none, so that the content is worked on all the same (RFC 7516,
// 11.5). What it opens is thrown away. It depends on the whole ciphertext, so that none can be made
// that it fits.
fn substitute(read: &Encrypted) -> Option<AesKey> {
    let mut all = b"eid-broker/no-content-key\0".to_vec();
    all.extend_from_slice(&read.ciphertext);
    sha256(&all).get(..read.content.key_len()).and_then(AesKey::new)
}

fn decrypt_content(read: &Encrypted, key: &AesKey) -> Result<Secret, PrivateKeyError> {
    if read.content.is_authenticated() {
        let parts = read.ciphertext.split_first_chunk::<GCM_NONCE_LEN>();
        let (nonce, sealed) = parts.ok_or(PrivateKeyError)?;
        key.open_gcm(nonce, b"", sealed)
    } else {
        let parts = read.ciphertext.split_first_chunk::<AES_BLOCK_LEN>();
        let (vector, sealed) = parts.ok_or(PrivateKeyError)?;
        key.danger_open_cbc(vector, sealed)
    }
}

const PLACE: Place = Place::part("plaintext");

// Uses of private keys for one message. An honest one needs one; without a certificate that names it,
// as many as there are own keys of a kind. Sixteen of RSA with 4096 bits take a tenth of a second.
const MAX_OPENINGS: usize = 16;
