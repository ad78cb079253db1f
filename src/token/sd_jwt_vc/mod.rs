//! SD-JWT VC with key binding, as EUDI wallets present it: RFC 9901, SD-JWT VC, HAIP 1.0 and the PID
//! rulebook.
//!
//! [`parse`] cuts the bytes, [`verify()`] decides with keys and clauses in the order of RFC 9901, 7,
//! and [`map`] turns the verified claims of a PID into an [`Identity`](crate::identity::Identity).

mod credential;
pub mod disclose;
mod issuer;
mod key_binding;
pub mod map;
pub mod parse;
pub mod verify;

pub use issuer::{IssuerKey, ResolveIssuer, TrustedIssuers};
pub use verify::{Context, Presentation, verify, verify_with};
