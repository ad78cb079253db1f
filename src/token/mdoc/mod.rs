//! Mdocs with device authentication, as EUDI wallets present them: ISO/IEC 18013-5, OpenID4VP 1.0 annex
//! B.2, HAIP 1.0 and the PID rulebook.
//!
//! `parse` cuts the octets, [`verify()`] decides with keys and clauses in the order of ISO/IEC
//! 18013-5, 9.3, and `map` turns the verified elements of a PID or driving licence into an
//! [`Identity`]. A token is the device response itself or its base64url, as `vp_token` has it: the
//! first octet of CBOR is none of the alphabet, and decides.

mod device;
mod elements;
mod map;
mod parse;
mod security_object;
mod signer;
pub mod transcript;
mod verify;

pub use verify::{ElementName, ElementNames, MANDATORY, Presentation, verify, verify_with};

use crate::identity::{Family, Identity};
use crate::token::chain::person;
use crate::token::{self, Entry};
use crate::verdict::{Ledger, Verdict};

/// The family, as the broker sees it.
pub(super) const ENTRY: Entry =
    Entry { family: Family::Mdoc, mandatory: MANDATORY, verify: verify_person };

fn verify_person(ledger: Ledger, bytes: &[u8], context: &token::Context<'_>) -> Verdict<Identity> {
    person(verify_with(ledger, bytes, context), Presentation::into_identity)
}
