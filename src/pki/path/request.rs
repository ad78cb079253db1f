//! What a path is asked for with.

use super::super::anchor::Lookup;
use super::super::{Anchor, Certificate, IndexedAnchors};
use crate::UnixTime;
use crate::crypto::{PublicKey, Scheme};
use crate::verdict::Code;
use std::fmt;

/// How the presented intermediates may be arranged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Order {
    /// Each certifies the one before, the last one is certified by an anchor (RFC 7515, 4.1.6).
    Chain,
    /// Any order, some may be of no use (TLS, CMS); a path is searched for.
    Unordered,
}

/// Everything that an answer depends on.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct PathRequest<'a> {
    /// The presented certificates, end entity first.
    pub presented: &'a [Certificate],
    /// How the others are arranged.
    pub order: Order,
    /// Whom to believe.
    pub anchors: &'a [Anchor],
    /// The time that the path must be valid at.
    pub now: UnixTime,
    /// Whether the policy accepts a signature of this scheme under this key. Its code is reported;
    /// [`Code::ChainAlgorithm`] is the one for an algorithm that is not accepted.
    pub accepts: &'a dyn Fn(Scheme, &PublicKey) -> Result<(), Code>,
    lookup: Lookup<'a>,
}

impl<'a> PathRequest<'a> {
    /// A request with every choice made, for a few anchors: they are looked at one by one.
    #[must_use]
    pub const fn new(
        presented: &'a [Certificate],
        order: Order,
        anchors: &'a [Anchor],
        now: UnixTime,
        accepts: &'a dyn Fn(Scheme, &PublicKey) -> Result<(), Code>,
    ) -> Self {
        Self { presented, order, anchors, now, accepts, lookup: Lookup::scan(anchors) }
    }

    /// The same for any number of anchors.
    #[must_use]
    pub fn among(
        presented: &'a [Certificate],
        order: Order,
        anchors: &'a IndexedAnchors,
        now: UnixTime,
        accepts: &'a dyn Fn(Scheme, &PublicKey) -> Result<(), Code>,
    ) -> Self {
        let lookup = anchors.lookup();
        Self { presented, order, anchors: anchors.as_slice(), now, accepts, lookup }
    }

    pub(super) const fn lookup(&self) -> Lookup<'a> {
        self.lookup
    }
}

impl fmt::Debug for PathRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PathRequest")
            .field("presented", &self.presented.len())
            .field("order", &self.order)
            .field("anchors", &self.anchors.len())
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}
