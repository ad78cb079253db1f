//! SAML 2.0 messages and their bindings.

pub mod redirect;
