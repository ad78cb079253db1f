//! Why one path does not hold, and which of several reasons is told.

use super::CHAIN;
use crate::verdict::{Code, Place, Refusal};

/// Why one path does not hold, and how far it got.
pub(super) struct Failure {
    pub(super) refusal: Refusal,
    /// Certificates between the failing one and the end entity.
    pub(super) above_leaf: usize,
    pub(super) step: Step,
}

/// The steps of the table at the head of this file.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Step {
    NoAnchor,
    Signature,
    Validity,
    Names,
    Policies,
    Issuing,
    Extensions,
    Profile,
}

impl Failure {
    pub(super) fn none() -> Self {
        let refusal = Refusal::from(Code::KeyUntrusted);
        Self { refusal, above_leaf: usize::MAX, step: Step::NoAnchor }
    }

    pub(super) fn is_none(&self) -> bool {
        self.step == Step::NoAnchor
    }

    pub(super) fn at_anchor(refusal: Refusal, index: usize, height: usize, step: Step) -> Self {
        let refusal = refusal.within("anchor", u32::try_from(index).ok());
        Self { refusal, above_leaf: height, step }
    }

    pub(super) fn at_leaf(code: Code, step: Step) -> Self {
        Self { refusal: Refusal::new(code, Place::nth(CHAIN, 0)), above_leaf: 0, step }
    }

    /// The one that got further; `self`, which is older, when both got equally far.
    pub(super) fn or_further(self, other: Self) -> Self {
        let nearer = other.above_leaf < self.above_leaf;
        let later = other.above_leaf == self.above_leaf && other.step > self.step;
        if nearer || later { other } else { self }
    }
}
