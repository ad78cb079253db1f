//! Wrappers and protocol messages that families share.

pub mod base64std;
pub mod base64url;
pub mod jose;
pub mod json;
mod quartets;
pub mod saml;
pub(crate) mod scan;
pub mod xml;
