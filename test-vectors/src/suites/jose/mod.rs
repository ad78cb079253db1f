//! Suites about JOSE and about the assertion that the broker issues.

pub(super) mod attacks;
mod jws;
pub(super) mod pairwise;
pub(super) mod rfc_examples;
pub(super) mod wycheproof;
