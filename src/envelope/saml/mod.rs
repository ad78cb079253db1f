//! SAML 2.0 messages: typed views of a tree, read by the order of the schema and never by search.
//!
//! A view borrows from the document that it was made from. It says what stands there; whether that is
//! what was signed, and whether it is what was expected, is decided by who made the document and by
//! who asks. An element, attribute or value that the profile does not have is a refusal here, so that
//! nothing wanders further inward unread.

mod assertion;
mod reader;
pub mod redirect;
mod response;
mod time;

pub use assertion::{
    Assertion, Attribute, AuthnStatement, Conditions, Confirmation, ConfirmationData, NameId,
    Subject,
};
pub use reader::{MAX_ID_BYTES, MAX_URI_BYTES, is_ncname, trimmed};
pub use response::{Carried, Consent, Response, Second, Status, Top};
pub use time::date_time;

/// `urn:oasis:names:tc:SAML:2.0:assertion`
pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// `urn:oasis:names:tc:SAML:2.0:protocol`
pub const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// `http://www.w3.org/2000/09/xmldsig#`
pub const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// `http://www.w3.org/2001/04/xmlenc#`
pub const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";
/// `http://www.w3.org/2001/XMLSchema-instance`
pub const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// `http://www.w3.org/2001/XMLSchema`
pub const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
/// `NameFormat` of attributes whose names are URIs (SAML Core 8.2.2).
pub const NAME_FORMAT_URI: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";

#[cfg(test)]
mod tests;
