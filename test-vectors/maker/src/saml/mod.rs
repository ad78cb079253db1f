//! A test eIDAS node, a test BundID and a test eID server: SAML 2.0 messages and metadata, every part
//! of which a test can bend.
//!
//! A message is a tree until it is signed, encrypted and written. The canonical text that is signed
//! comes from the writer of this module, which shares nothing with the core.
//!
//! ```
//! use eid_broker_maker::saml::{Asked, eidas::{Node, Person}};
//!
//! # fn main() -> Result<(), eid_broker_maker::MakerError> {
//! let node = Node::new()?;
//! let mut message = node.answer(&Asked::honest(), &Person::erika())?;
//! message.assertion()?.at("saml2:Conditions")?.set("NotOnOrAfter", "2026-03-01T11:59:00Z");
//! message.encryption = None;
//! let expired = message.to_xml()?;
//! # assert!(expired.contains("11:59:00Z") && expired.contains("ds:Signature"));
//! # Ok(())
//! # }
//! ```

pub mod bund_id;
pub mod deflate;
pub mod eid_server;
pub mod eidas;
pub mod encrypt;
mod message;
pub mod metadata;
pub mod read;
pub mod redirect;
pub mod request;
pub mod sign;
pub mod xml;

pub use encrypt::Encryption;
pub use message::{Answer, Asked, Message, attribute, post};
pub use redirect::Redirect;
pub use sign::Signing;
pub use xml::{Element, Node as XmlNode};

use crate::MakerError;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The entity identifier of the broker as a service provider.
pub const BROKER: &str = "https://broker.example/saml/metadata";
/// Where the broker takes responses.
pub const BROKER_ACS: &str = "https://broker.example/saml/acs";
/// The identifier of the request that honest responses answer.
pub const REQUEST_ID: &str = "_request-7d2f4c81a0b94e36";

/// The name format of URIs.
pub const FORMAT_URI: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
/// The format of entity identifiers.
pub const FORMAT_ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
/// The format of identifiers that stay.
pub const FORMAT_PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
/// The format of identifiers that do not.
pub const FORMAT_TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
/// The method of subject confirmations.
pub const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// Status codes.
pub mod status {
    /// All went well.
    pub const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
    /// The requester made a mistake.
    pub const REQUESTER: &str = "urn:oasis:names:tc:SAML:2.0:status:Requester";
    /// The responder could not.
    pub const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
    /// Another version was asked for.
    pub const VERSION_MISMATCH: &str = "urn:oasis:names:tc:SAML:2.0:status:VersionMismatch";
    /// The person was not authenticated.
    pub const AUTHN_FAILED: &str = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed";
    /// An attribute cannot be had.
    pub const INVALID_ATTRIBUTE: &str = "urn:oasis:names:tc:SAML:2.0:status:InvalidAttrNameOrValue";
    /// The request was denied, by the person for instance.
    pub const REQUEST_DENIED: &str = "urn:oasis:names:tc:SAML:2.0:status:RequestDenied";
}

/// Levels of assurance.
pub mod loa {
    /// Notified, low.
    pub const LOW: &str = "http://eidas.europa.eu/LoA/low";
    /// Notified, substantial.
    pub const SUBSTANTIAL: &str = "http://eidas.europa.eu/LoA/substantial";
    /// Notified, high.
    pub const HIGH: &str = "http://eidas.europa.eu/LoA/high";
    /// Not notified, high.
    pub const NOT_NOTIFIED_HIGH: &str = "http://eidas.europa.eu/NotNotified/LoA/high";
}

/// A moment as messages write it.
///
/// # Errors
/// [`MakerError::Time`] outside of the years 0 to 9999.
pub fn instant(unix_s: i64) -> Result<String, MakerError> {
    let fail = || MakerError::Time(unix_s);
    let at = OffsetDateTime::from_unix_timestamp(unix_s).map_err(|_| fail())?;
    at.format(&Rfc3339).map_err(|_| fail())
}
