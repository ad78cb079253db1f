//! Suites about SD-JWT and SD-JWT VC.

pub(super) mod all_attributes;
pub(super) mod folders;
mod layer;
pub(super) mod made;
