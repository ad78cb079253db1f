//! Web eID authentication tokens: a card signs the origin of the login page and the nonce of the
//! request (Web eID token formats 1.0 and 1.1).
//!
//! [`parse`] reads the JSON, [`verify()`] decides, and the person comes from the subject of the
//! authentication certificate alone. Origin and nonce stand in the signed hash and nowhere else: a
//! token for another origin or another nonce shows as a signature that does not verify.

pub mod parse;
mod signature;
pub mod verify;

pub use verify::{MANDATORY, verify, verify_with};

use super::Entry;
use crate::identity::Family;

/// The family, as the broker sees it.
pub(super) const ENTRY: Entry =
    Entry { family: Family::WebEid, mandatory: MANDATORY, verify: verify_with };
