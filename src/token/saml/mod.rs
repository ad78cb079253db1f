//! What the SAML families share: the order of the checks over one response.
//!
//! | step | what it reads |
//! |---|---|
//! | transport, XML, schema | the message; nothing of it is believed |
//! | issuer | its name, compared with whom the request went to, before any key is looked for |
//! | signature | by the keys of that issuer; from here on only the signed octets, parsed again |
//! | version, request, status, destination, age | the response |
//! | decryption | the assertion, a document of its own |
//! | signature of the assertion | again only its signed octets from here on |
//! | issuer, confirmation, conditions, audience, authentication | the assertion |
//!
//! A family adds what it knows of levels, attributes and identifiers. None of this reads a clock,
//! remembers anything or opens a connection.

mod assertion;
mod case;
mod post;
mod redirect;
mod result;
mod text;

pub(super) use assertion::{AddressRule, ConditionRule};
pub(super) use case::{Case, Profile, Statement};
pub(super) use post::verify_post;
pub(super) use redirect::verify_redirect;
pub(super) use text::unwrapped;

use super::{Context, accept};
use crate::identity::Identity;
use crate::verdict::{Check, Ledger, Refusal, Verdict};

/// The verdict on what a family found: accepted when every check of `mandatory` was made.
pub(super) fn decide(
    mut ledger: Ledger,
    mandatory: &[Check],
    context: &Context<'_>,
    run: impl FnOnce(&mut Ledger) -> Result<Identity, Refusal>,
) -> Verdict<Identity> {
    match run(&mut ledger) {
        Ok(identity) => {
            accept(ledger, mandatory, LABORATORY_MAY_SKIP, context.policy.laboratory, identity)
        }
        Err(refusal) => Verdict::Refused { refusal, ledger },
    }
}

// What a laboratory policy may leave out: a plain assertion is not decrypted.
const LABORATORY_MAY_SKIP: &[Check] = &[Check::SamlDecryption];
