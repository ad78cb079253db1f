//! Certificates: strict DER, the structure of RFC 5280, and paths to trust anchors.
//!
//! The order of the work, and of the files: [`der`] lets only the one encoding of a value pass,
//! [`Certificate::parse`] reads it, [`Profile`] says as data what a path below an anchor must look
//! like, [`verify_path`] decides, and [`PathCache`] remembers what held.

mod algorithm;
mod anchor;
mod cache;
mod certificate;
pub mod der;
mod extension;
mod general_name;
mod name;
mod oid;
mod path;
mod peer_name;
mod pem;
mod policy;
mod profile;
mod subtree;

pub use algorithm::SignatureAlgorithm;
pub use anchor::{Anchor, IndexedAnchors, anchors_digest};
pub use cache::PathCache;
pub use certificate::Certificate;
pub use extension::{BasicConstraints, Extension, KeyUsage};
pub use oid::Oid;
pub use path::{Order, PathRequest, ValidatedPath, verify_path};
pub use peer_name::PeerName;
pub use pem::parse_pem_many;
pub use profile::{
    AnchorValidity, Conformance, Country, Dates, LeafCa, LeafKeyUsage, PolicyInputs,
    PresentedAnchor, Profile, Purpose, Trust, WebPki,
};
