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
mod result;

pub(super) use assertion::{AddressRule, ConditionRule};
pub(super) use case::{Case, Profile, Statement};
pub(super) use post::verify_post;

use crate::verdict::Check;

/// The checks that every accepted response by HTTP-POST has behind it, before those of its family.
pub(super) const SHARED: &[Check] = &[
    Check::InputSize,
    Check::SamlTransport,
    Check::SamlXml,
    Check::SamlSchema,
    Check::SamlIssuer,
    Check::TrustSource,
    Check::SamlSignature,
    Check::SamlVersion,
    Check::SamlRequest,
    Check::SamlStatus,
    Check::SamlDestination,
    Check::SamlIssued,
    Check::SamlDecryption,
    Check::SamlAssertionSignature,
    Check::SamlAssertion,
    Check::SamlAssertionIssuer,
    Check::SamlConfirmation,
    Check::SamlConditions,
    Check::SamlAudience,
    Check::SamlAuthn,
];

/// What a laboratory policy may leave out: a plain assertion is not decrypted.
pub(super) const LABORATORY_MAY_SKIP: &[Check] = &[Check::SamlDecryption];
