use crate::UnixTime;
use crate::envelope::json::{Nodes, Value};
use crate::identity::Loa;
use crate::verdict::Ledger;
use std::borrow::Cow;
use std::fmt;

/// An assertion after [`Checker::check`](super::Checker::check). Before an acceptance it is empty: no
/// claim can be read.
///
/// Its memory can be used again for the next check.
pub struct Checked {
    pub(super) payload: Vec<u8>,
    pub(super) nodes: Nodes,
    pub(super) signature: Vec<u8>,
    pub(super) ledger: Ledger,
    facts: Option<Facts>,
}

// What the checks found; there only after an acceptance.
#[derive(Clone, Copy)]
pub(super) struct Facts {
    pub(super) loa: Loa,
    pub(super) issued_at: UnixTime,
    pub(super) expires: UnixTime,
}

impl Checked {
    /// Empty memory.
    #[must_use]
    pub fn new() -> Self {
        Self {
            payload: Vec::new(),
            nodes: Nodes::default(),
            signature: Vec::new(),
            ledger: Ledger::new(),
            facts: None,
        }
    }

    /// Whether it holds an accepted assertion.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        self.facts.is_some()
    }

    /// What was checked, also after a refusal.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The pairwise subject.
    #[must_use]
    pub fn subject(&self) -> Option<Cow<'_, str>> {
        self.root()?.get("sub")?.as_str()
    }

    /// The level of assurance.
    #[must_use]
    pub fn loa(&self) -> Option<Loa> {
        self.facts.map(|facts| facts.loa)
    }

    /// When it was issued.
    #[must_use]
    pub fn issued_at(&self) -> Option<UnixTime> {
        self.facts.map(|facts| facts.issued_at)
    }

    /// When it ends.
    #[must_use]
    pub fn expires(&self) -> Option<UnixTime> {
        self.facts.map(|facts| facts.expires)
    }

    /// A text member of the assertion itself, such as `txn` or `scope`.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Cow<'_, str>> {
        self.root()?.get(name)?.as_str()
    }

    /// One released claim about the person.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<Value<'_>> {
        self.root()?.get("verified_claims")?.get("claims")?.get(name)
    }

    /// The whole payload, JSON.
    #[must_use]
    pub fn payload(&self) -> Option<&str> {
        self.facts?;
        std::str::from_utf8(&self.payload).ok()
    }

    fn root(&self) -> Option<Value<'_>> {
        self.nodes.root(self.payload()?)
    }

    pub(super) const fn accept(&mut self, facts: Facts) {
        self.facts = Some(facts);
    }

    pub(super) fn clear(&mut self) {
        self.forget();
        self.ledger.clear();
    }

    pub(super) fn forget(&mut self) {
        self.payload.clear();
        self.signature.clear();
        self.facts = None;
    }
}

impl Default for Checked {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checked(accepted: {}, ..)", self.is_accepted())
    }
}
