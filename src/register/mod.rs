//! The purpose register: which procedure may see what of a person, on which legal basis.
//!
//! A verified [`Identity`](crate::identity::Identity) leaves the broker only as [`Released`], and
//! only [`Register::release`] builds one: registration ∩ request ∩ available ∩ level rules
//! (GDPR 5(1)(b) and (c)). Transformations are pure; where a source is not certain, a claim is left
//! out and never guessed.

mod age;
mod binding;
mod claim;
mod load;
mod load_rules;
mod procedure;
#[cfg(test)]
mod properties;
mod release;
mod select;
mod transform;

pub use binding::Binding;
pub use claim::{ClaimRule, LeapDay, Precision, Scope, Transformation};
pub use procedure::{
    Client, ClientAuthentication, Output, Procedure, SenderConstraint, SubjectMode,
};
pub use release::{ReleaseRequest, Released};
pub(crate) use release::{ReleasedSubject, check_persons};

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Every procedure and every client of one installation, as `register.toml` states them.
///
/// Immutable: a changed file gives another register, and what was released names the digest of the
/// register that released it.
pub struct Register {
    procedures: BTreeMap<String, Arc<Procedure>>,
    clients: BTreeMap<String, Client>,
    digest: [u8; 32],
}

impl Register {
    /// The procedure of an id, byte for byte.
    #[must_use]
    pub fn procedure(&self, id: &str) -> Option<&Procedure> {
        self.procedures.get(id).map(Arc::as_ref)
    }

    /// Every procedure, by id.
    pub fn procedures(&self) -> impl Iterator<Item = &Procedure> {
        self.procedures.values().map(Arc::as_ref)
    }

    /// The client of an id, byte for byte.
    #[must_use]
    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.get(id)
    }

    /// Every client, by id.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    /// SHA-256 of the text that it was loaded from.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Register")
            .field("procedures", &self.procedures.len())
            .field("clients", &self.clients.len())
            .finish_non_exhaustive()
    }
}
