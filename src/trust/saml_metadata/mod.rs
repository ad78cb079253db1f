//! Issuers of SAML messages: what is known about one, from pinned certificates or signed metadata.
//!
//! A [`SamlIssuer`] is what the verifiers of SAML messages get from [`super::TrustStore`]: its keys
//! that are usable now, and what it states about itself. Keys are never taken from a message.
//!
//! | kind in `trust.toml` | keys come from | trust in them from |
//! |---|---|---|
//! | `saml-pinned` | certificates in files | the operator, who put them there |
//! | `saml-metadata` | metadata of the issuer | a signer who is pinned, or whom a list names |
//!
//! `saml-service-list` is the kind of such a list. [`verify`] and [`ServiceList::verify`] are the
//! checks of one document at one time; docs/saml-trust.md has their order.

mod entity;
mod finding;
mod held;
mod issuer;
mod names;
mod pinned;
mod rules;
mod service_list;
mod signed;
mod timeline;
mod verify;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use finding::{MetadataFinding, Unused};
pub(super) use held::{Held, HeldList, ListInUse, SignerTrust};
pub use issuer::{SamlBinding, SamlEncryptionKey, SamlIssuer};
pub(super) use names::is_version;
pub(super) use pinned::read as read_pinned;
pub(super) use rules::DEFAULT_MAX_VALIDITY_S;
pub use rules::{MetadataRole, MetadataRules, Validity};
pub use service_list::{ListEntry, ServiceList};
pub use signed::Signers;
pub use verify::{SamlMetadata, verify};
