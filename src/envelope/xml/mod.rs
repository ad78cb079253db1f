//! XML 1.0 with namespaces, as SAML needs it: one parser, limits while it reads, no meaning beside
//! the text.
//!
//! [`Document::parse`] reads octets once, in linear time, and builds a tree whose nodes point into
//! them. There is no DTD, no entity but the five of XML 1.0, no second encoding and nothing that is
//! fetched. What a signature covered is written by exclusive canonicalisation, and what is believed
//! is parsed anew from those octets by this same parser.

mod algorithm;
mod build;
mod c14n;
pub mod encryption;
mod names;
mod scan;
pub mod signature;
mod tree;

pub use c14n::{Exclusive, canonicalise, canonicalise_document};
pub use tree::{Attribute, Document, Element};

/// `http://www.w3.org/XML/1998/namespace`, the namespace of the prefix `xml`.
pub const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// The bounds of one kind of document. Each is checked before the work that it bounds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Length of the document, in bytes, with its byte order mark.
    pub bytes: usize,
    /// How deep elements nest; the root is at depth 1.
    pub depth: usize,
    /// Attributes and namespace declarations of one element together; 255 at most.
    pub attributes: usize,
    /// Elements, runs of text, comments and processing instructions together.
    pub nodes: usize,
    /// Length of one attribute value, comment or instruction, and of the text of one element, in
    /// bytes of UTF-8.
    pub text: usize,
}

impl Limits {
    /// A SAML message: 128 KiB, as the reference node of the European Commission has it.
    pub const MESSAGE: Self =
        Self { bytes: 131_072, depth: 64, attributes: 64, nodes: 20_000, text: 65_536 };
    /// Metadata of one entity: 512 KiB.
    pub const METADATA: Self = Self { bytes: 524_288, nodes: 40_000, ..Self::MESSAGE };
    /// Metadata of many entities, and service lists: 8 MiB. One node in 26 bytes is more than
    /// aggregates have.
    pub const AGGREGATE: Self = Self { bytes: 8_388_608, nodes: 320_000, ..Self::MESSAGE };
    /// What growth is measured under: 1 MiB, and one value may fill it. Four times the nodes of a
    /// message keep two trees of it within eight times the input and 4 MiB.
    pub const LABORATORY: Self =
        Self { bytes: 1_048_576, nodes: 80_000, text: 1_048_576, ..Self::MESSAGE };
}

/// Longest name of an element, attribute or instruction, and longest prefix, in bytes. No name of a
/// standard has 100.
const NAME_BYTES: usize = 1024;

/// Longest name of a namespace, in bytes: as long as an entity ID may be (SAML Core 8.3.6).
const NAMESPACE_BYTES: usize = 1024;

/// Different prefixes, and different namespaces, of one document. Aggregates of whole federations
/// have about thirty.
const NAMESPACES: usize = 256;

#[cfg(test)]
mod tests;
