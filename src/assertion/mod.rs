//! Assertions `eid-assertion+jwt`: pairwise subjects, issue and check.
//!
//! Issuing takes a [`Released`](crate::register::Released), which only the register can build;
//! checking needs nothing but the issuer's key set, the procedure and the time.

mod check;
mod check_policy;
mod checked;
mod claims;
mod issue;
pub mod pairwise;
mod write;

pub use check::Checker;
pub use check_policy::{CheckPolicy, KeysAge};
pub use checked::Checked;
pub use issue::{Assertion, Issuer, Unrecorded};

/// The `typ` of the broker's assertions (RFC 8725, 3.11).
pub const TYPE: &str = "eid-assertion+jwt";
