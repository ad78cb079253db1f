//! Suites about SD-JWT and SD-JWT VC.

pub(super) mod all_attributes;
pub(super) mod folders;
pub(super) mod made;

// Said of every case until the family is there.
const NOT_YET: &str = "not yet part of this version";
