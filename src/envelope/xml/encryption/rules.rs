use super::{ContentEncryption, KeyTransport, KeyWrap};
use crate::crypto::{Hash, OaepHash};

/// Which algorithms an encrypted assertion may use; what is not listed is refused.
///
/// Plain data: a policy holds it, and a family narrows a copy for one sender.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a policy writes every field")]
pub struct EncryptionRules {
    /// How the content may be encrypted.
    pub content: Vec<ContentEncryption>,
    /// How the content key may be transported.
    pub transport: Vec<KeyTransport>,
    /// How an agreed key may wrap the content key.
    pub wrap: Vec<KeyWrap>,
    /// Hashes of OAEP, for its digest and for MGF1 alike. SHA-1 does no harm in either place.
    pub oaep_hashes: Vec<OaepHash>,
    /// Hashes of ConcatKDF.
    pub kdf_hashes: Vec<Hash>,
    /// Whether `rsa-oaep-mgf1p` uses its digest for MGF1 too, against XML Encryption 1.1, 5.5.2, as
    /// senders do whose provider couples the two. The standard's reading then fails.
    pub oaep_coupled: bool,
}

impl EncryptionRules {
    /// What eIDAS nodes may send: authenticated content, OAEP with a named MGF or key agreement.
    #[must_use]
    pub fn authenticated() -> Self {
        use ContentEncryption::{Aes128Gcm, Aes192Gcm, Aes256Gcm};
        Self {
            content: vec![Aes128Gcm, Aes192Gcm, Aes256Gcm],
            transport: vec![KeyTransport::EcdhEs, KeyTransport::RsaOaep],
            wrap: KeyWrap::ALL.to_vec(),
            oaep_hashes: OaepHash::ALL.to_vec(),
            kdf_hashes: vec![Hash::Sha256, Hash::Sha384, Hash::Sha512],
            oaep_coupled: false,
        }
    }

    /// Whether anything is listed that a production policy must not have.
    #[must_use]
    pub fn has_danger(&self) -> bool {
        self.content.iter().any(|algorithm| !algorithm.is_authenticated())
    }
}
