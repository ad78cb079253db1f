//! Certificates: strict DER, the structure of RFC 5280, and paths to trust anchors.
//!
//! The order of the work, and of the files: [`der`] lets only the one encoding of a value pass,
//! [`Certificate::parse`] reads it, [`Profile`] says as data what a path below an anchor must look
//! like, [`verify_path`] decides, and [`PathCache`] remembers what held.

mod algorithm;
mod cache;
mod certificate;
pub mod der;
mod extension;
mod name;
mod oid;
mod path;
mod pem;
mod profile;
mod qualified;
mod search;
mod subject;

pub use algorithm::SignatureAlgorithm;
pub use cache::PathCache;
pub use certificate::Certificate;
pub use extension::{BasicConstraints, Extension, KeyUsage};
pub use oid::Oid;
pub use path::{Anchor, Order, PathRequest, ValidatedPath, anchors_digest, verify_path};
pub use pem::parse_pem_many;
pub use profile::{
    AnchorValidity, Conformance, Country, LeafCa, LeafKeyUsage, PresentedAnchor, Profile, Purpose,
    Trust,
};
pub use qualified::{QcStatements, Semantics, certificate_policies};
pub use subject::{Subject, SubjectAttribute};
