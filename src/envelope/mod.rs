//! Wrappers and protocol messages that families share.

pub mod base64url;
pub mod jose;
pub mod json;
pub(crate) mod scan;
