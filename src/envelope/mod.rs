//! Wrappers and protocol messages that families share.

pub mod base64url;
