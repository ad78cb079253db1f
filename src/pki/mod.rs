//! Certificates: strict DER, the structure of RFC 5280, and paths to trust anchors.
//!
//! The order of the work, and of the files: [`der`] lets only the one encoding of a value pass,
//! [`Certificate::parse`] reads it, [`Profile`] says as data what a path below an anchor must look
//! like, [`verify_path`] decides, and [`PathCache`] remembers what held. Whether the certificates of
//! a path are revoked is asked of it afterwards, at every use: [`check_revocation`].

mod algorithm;
mod alt_name;
mod anchor;
mod cache;
mod certificate;
mod crl;
pub mod der;
mod extension;
mod extension_list;
mod general_name;
mod name;
pub mod ocsp;
mod oid;
mod path;
mod peer_name;
mod pem;
mod policy;
mod profile;
mod qualified;
mod recipient;
mod revocation;
mod subject;
mod subtree;

pub(crate) use algorithm::named_curve;
pub use algorithm::{
    AlgorithmRules, Curves, EcdsaParameters, SignatureAlgorithm, parse_public_key,
};
pub use anchor::{Anchor, IndexedAnchors, anchors_digest};
pub use cache::PathCache;
pub use certificate::Certificate;
pub use crl::{Crl, CrlEntry, CrlStore};
pub use extension::{BasicConstraints, Extension, KeyUsage};
pub use oid::Oid;
pub use path::{Order, PathRequest, ValidatedPath, verify_path};
pub use peer_name::PeerName;
pub use pem::parse_pem_many;
pub use profile::{
    AnchorValidity, CaFalse, Conformance, Country, Dates, LeafCa, LeafKeyUsage, PolicyInputs,
    PresentedAnchor, Profile, Purpose, Trust, WebPki,
};
pub use qualified::{QcStatements, Semantics, certificate_policies};
pub use recipient::{RecipientKey, RecipientPrivate};
pub use revocation::{
    Evidence, GoodStanding, Methods, NoncePresence, PinnedResponder, ResponderStatus,
    RevocationRequest, RevocationRule, RevocationRules, RevocationScope, Standing,
    check_revocation,
};
pub use subject::{Subject, SubjectAttribute};
