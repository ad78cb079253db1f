use crate::pki::RecipientKey;
use crate::verdict::Code;
use std::fmt;

/// The private keys of ours that senders encrypt to, those before a roll-over among them.
#[derive(Default)]
pub struct DecryptionKeys(Vec<RecipientKey>);

impl DecryptionKeys {
    /// Most keys: RSA and two curves, each before and after a roll-over, and two to spare.
    pub const MAX: usize = 8;

    /// Takes 0 to 8 keys, the preferred one first.
    ///
    /// # Errors
    /// [`Code::LimitCount`] for more; [`Code::KeyAmbiguous`] when two are the same.
    pub fn new(keys: Vec<RecipientKey>) -> Result<Self, Code> {
        if keys.len() > Self::MAX {
            return Err(Code::LimitCount);
        }
        for (at, key) in keys.iter().enumerate() {
            if keys.iter().take(at).any(|before| before.public() == key.public()) {
                return Err(Code::KeyAmbiguous);
            }
        }
        Ok(Self(keys))
    }

    /// No key: nothing can be decrypted.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// The keys, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &RecipientKey> {
        self.0.iter()
    }

    /// Whether there is no key.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for DecryptionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}
