//! Issuers of SAML messages: what is known about one, from pinned certificates or signed metadata.
//!
//! A [`SamlIssuer`] is what the verifiers of SAML messages get from [`super::TrustStore`]: its keys
//! that are usable now, and what it states about itself. Keys are never taken from a message.
//!
//! | kind in `trust.toml` | keys come from | trust in them from |
//! |---|---|---|
//! | `saml-pinned` | certificates in files | the operator, who put them there |

mod issuer;
mod pinned;
mod timeline;

pub use issuer::{SamlBinding, SamlEncryptionKey, SamlIssuer};
pub(super) use pinned::read as read_pinned;
pub(super) use timeline::Timeline;
