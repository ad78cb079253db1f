//! Certificates: strict DER, the structure of RFC 5280, and paths to trust anchors.
//!
//! The order of the work, and of the files: [`der`] lets only the one encoding of a value pass,
//! [`Certificate::parse`] reads it.

mod algorithm;
mod certificate;
pub mod der;
mod extension;
mod name;
mod oid;

pub use algorithm::SignatureAlgorithm;
pub use certificate::Certificate;
pub use extension::{BasicConstraints, Extension, KeyUsage};
pub use oid::Oid;
