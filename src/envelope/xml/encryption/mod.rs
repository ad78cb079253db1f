//! XML Encryption of SAML assertions (XML Encryption 1.1; SAML 2.0 Core, 6), as far as eID nodes use
//! it and no further.
//!
//! Two stages. What stands in the clear is read first, and each fault in it has its code: an
//! algorithm that the rules do not list, a reference that leads elsewhere, a point that is not on its
//! curve. Behind that there is one answer to everything, [`Code::KeyMismatch`], after the same work:
//! no padding, no tag and no key can be asked about.
//!
//! Encryption proves nothing about the sender. Everybody can encrypt to a key that we publish.

mod algorithm;
mod key_info;
mod keys;
mod open;
mod read;
mod rules;
mod seal;

pub use algorithm::{ContentEncryption, KeyTransport, KeyWrap};
pub use keys::DecryptionKeys;
pub use open::Plaintext;
pub use rules::EncryptionRules;
pub use seal::{Sealing, encrypt};

use super::Element;
use crate::verdict::{Code, Place, Refusal};

/// Decrypts a `saml2:EncryptedAssertion`, or any other element that is built like it (SAML 2.0 Core,
/// 2.3.4): one `xenc:EncryptedData` of the type Element, its keys in its own `ds:KeyInfo` or beside it.
///
/// The caller has found the element by its schema path, and decrypts only what a valid signature
/// covers where the content may be encrypted without authentication.
///
/// # Errors
/// * [`Code::XmlEncryption`], [`Code::XmlEncryptionType`], [`Code::XmlEncryptionReference`] and the
///   codes of the parser: it is not built as the profile says.
/// * [`Code::AlgNotAllowed`]: an algorithm that the rules do not list, of any of its keys;
///   [`Code::AlgNotAvailable`]: one that this build lacks.
/// * [`Code::KeyMalformed`], [`Code::KeyUnsupported`], [`Code::KeyExplicitParameters`],
///   [`Code::KeyAmbiguous`]: the key of the originator.
/// * [`Code::FormatBase64`], [`Code::LimitCount`].
/// * [`Code::KeyMismatch`]: everything else, whatever it is.
pub fn decrypt(
    encrypted: Element<'_, '_>,
    keys: &DecryptionKeys,
    rules: &EncryptionRules,
) -> Result<Plaintext, Refusal> {
    let read = read::encrypted(encrypted, rules)?;
    open::open(&read, keys)
        .map_err(|refusal| Refusal::new(refusal.code(), place(encrypted)).with(refusal.detail()))
}

/// `http://www.w3.org/2001/04/xmlenc#`.
pub const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";

/// `http://www.w3.org/2009/xmlenc11#`.
pub const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const DSIG11: &str = "http://www.w3.org/2009/xmldsig11#";

/// Most `xenc:EncryptedKey` of one element: one for each of the keys that a recipient may have.
const MAX_ENCRYPTED_KEYS: usize = 8;

fn place(element: Element<'_, '_>) -> Place {
    Place::NONE.at(element.offset())
}

fn refused(code: Code, element: Element<'_, '_>) -> Refusal {
    Refusal::new(code, place(element))
}

#[cfg(test)]
#[cfg(feature = "openssl")]
mod tests;
