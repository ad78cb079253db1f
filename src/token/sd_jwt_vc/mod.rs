//! SD-JWT VC with key binding, as EUDI wallets present it: RFC 9901, SD-JWT VC, HAIP 1.0 and the PID
//! rulebook.
//!
//! [`parse`] cuts the bytes, [`verify()`] decides with keys and clauses in the order of RFC 9901, 7,
//! and [`map`] turns the verified claims of a PID into an [`Identity`].

mod credential;
pub mod digests;
pub mod disclose;
mod issuer;
mod key_binding;
pub mod map;
pub mod parse;
pub mod verify;

pub use issuer::{IssuerKey, ResolveIssuer, TrustedIssuers};
pub use verify::{Context, Presentation, verify, verify_with};

use crate::identity::{Family, Identity};
use crate::token::chain::person;
use crate::token::{self, Entry};
use crate::verdict::{Ledger, Verdict};

/// The family, as the broker sees it.
pub(super) const ENTRY: Entry =
    Entry { family: Family::SdJwtVc, mandatory: verify::MANDATORY, verify: verify_person };

fn verify_person(ledger: Ledger, bytes: &[u8], context: &token::Context<'_>) -> Verdict<Identity> {
    let issuers = TrustedIssuers::new(context.trust, context.paths);
    let context =
        Context::new(context.policy, &issuers, context.nonce, context.audience, context.now);
    person(verify_with(ledger, bytes, &context), Presentation::into_identity)
}
