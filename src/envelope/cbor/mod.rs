//! The one CBOR reader: strict RFC 8949, no key twice, octet ranges and limits, no recursion.
//!
//! One data item is read once into a flat list of nodes in the order of the octets. Nothing is copied:
//! every value knows where its encoding begins and ends, so that digests and signatures run over what
//! was received and never over what was written again. Lengths are definite; whether they must be the
//! shortest is the choice of whoever reads ([`Encoding`]). A text or byte string is never looked into:
//! CBOR within CBOR is read by another call.

mod reader;
#[cfg(test)]
mod tests;
pub mod write;

use crate::verdict::{Code, Place, Refusal};
use reader::Reader;

/// Bounds of one kind of data item.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Deepest nesting of arrays, maps and tags, at most [`MAX_DEPTH`].
    pub depth: usize,
    /// Most items, keys of maps and contents of tags among them.
    pub items: usize,
    /// Longest text in bytes. Byte strings are bounded by the input alone.
    pub text: usize,
    /// How numbers and lengths must be written.
    pub encoding: Encoding,
}

/// How numbers and lengths must be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Encoding {
    /// As they come. Producers that write every map with a length of two octets are honest.
    Any,
    /// In the shortest form (RFC 8949, 4.2.1; PID rulebook, encoding of PIDs).
    Shortest,
}

/// No item nests deeper, whatever its kind; the stack of open containers has this size.
pub const MAX_DEPTH: usize = 32;

impl Limits {
    /// Wallet responses: depth 32. A response of 512 KiB has room for 16 000 digests, which are two
    /// items each; no honest one comes near. The longest text of a person is a formatted address.
    pub const WALLET: Self =
        Self { depth: MAX_DEPTH, items: 32_768, text: 16_384, encoding: Encoding::Any };

    /// Headers of COSE structures: a chain of certificates, and a handful of labels.
    pub const HEADER: Self = Self { depth: 8, items: 256, text: 1_024, encoding: Encoding::Any };

    /// The same in another encoding.
    #[must_use]
    pub const fn in_encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }
}

/// Reusable memory of the reader.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    list: Vec<Node>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    kind: Kind,
    // The first octet of its head, behind its head, and behind all of it.
    start: u32,
    content: u32,
    end: u32,
    // Index of the node after this one and all that it contains.
    after: u32,
    // The number, the length, the count, or the tag.
    argument: u64,
}

/// The kind of a data item.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8949, 3.1, without unassigned simple values")]
pub enum Kind {
    /// An array.
    Array,
    /// A byte string.
    Bytes,
    /// `false`.
    False,
    /// A floating-point number of any width.
    Float,
    /// A map.
    Map,
    /// An integer below zero.
    Negative,
    /// `null`.
    Null,
    /// A tag with its content.
    Tag,
    /// A text string.
    Text,
    /// `true`.
    True,
    /// `undefined`.
    Undefined,
    /// An integer from zero.
    Unsigned,
}

// What an item takes at least in the responses that are read here: a digest and its number.
const BYTES_PER_NODE: usize = 8;

impl Nodes {
    /// Memory for so many items.
    #[must_use]
    pub fn with_capacity(items: usize) -> Self {
        Self { list: Vec::with_capacity(items) }
    }

    /// Reads exactly one data item into this memory.
    ///
    /// # Errors
    /// [`Code::CborMalformed`], [`Code::CborIndefinite`], [`Code::CborNotShortest`],
    /// [`Code::AmbiguousKey`], [`Code::LimitDepth`] or [`Code::LimitCount`], each at the octet where
    /// it shows.
    pub fn read<'n, 'o>(
        &'n mut self,
        octets: &'o [u8],
        limits: Limits,
    ) -> Result<Value<'n, 'o>, Refusal> {
        self.list.clear();
        let read = self.append(octets, limits)?;
        Ok(self.at(read))
    }

    /// Reads one more data item behind those that were read already, so that many small ones share one
    /// piece of memory. [`Self::at`] gives its value once all are read.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn append<'o>(&mut self, octets: &'o [u8], limits: Limits) -> Result<Read<'o>, Refusal> {
        let before = self.list.len();
        // One allocation for most items; hostile ones are bounded by their own length.
        let likely = (octets.len() / BYTES_PER_NODE).clamp(4, 512).min(limits.items);
        if self.list.is_empty() {
            self.list.reserve(likely);
        }
        Reader::new(octets, &mut self.list, limits).document()?;
        Ok(Read { octets, index: before })
    }

    /// The value of an item that was read into this memory and into no other.
    #[must_use]
    pub fn at<'n, 'o>(&'n self, read: Read<'o>) -> Value<'n, 'o> {
        Value { octets: read.octets, nodes: &self.list, index: read.index }
    }
}

/// Where an item stands in the [`Nodes`] that it was read into.
#[derive(Clone, Copy)]
pub struct Read<'o> {
    octets: &'o [u8],
    index: usize,
}

/// A data item that was read; cheap to copy. `'o` is the life of the octets, `'n` that of the memory.
#[derive(Clone, Copy)]
pub struct Value<'n, 'o> {
    octets: &'o [u8],
    nodes: &'n [Node],
    index: usize,
}

impl<'n, 'o> Value<'n, 'o> {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.node().map_or(Kind::Undefined, |node| node.kind)
    }

    /// Offset of its first octet.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.node().map_or(0, |node| to_usize(node.start))
    }

    /// The place of this value, for a refusal; the caller adds the part.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::NONE.at(self.offset())
    }

    /// Its whole encoding as received, head and content.
    #[must_use]
    pub fn octets(&self) -> &'o [u8] {
        self.node().map_or(&[], |node| self.range(node.start, node.end))
    }

    /// The number of an integer from zero.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.node().filter(|node| node.kind == Kind::Unsigned).map(|node| node.argument)
    }

    /// The number of an integer, as far as it fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        let node = self.node()?;
        let number = i64::try_from(node.argument).ok()?;
        match node.kind {
            Kind::Unsigned => Some(number),
            // -1 - n (RFC 8949, 3.1), which is the complement.
            Kind::Negative => Some(!number),
            Kind::Array
            | Kind::Bytes
            | Kind::False
            | Kind::Float
            | Kind::Map
            | Kind::Null
            | Kind::Tag
            | Kind::Text
            | Kind::True
            | Kind::Undefined => None,
        }
    }

    /// The content of a byte string.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&'o [u8]> {
        let node = self.node().filter(|node| node.kind == Kind::Bytes)?;
        Some(self.range(node.content, node.end))
    }

    /// The content of a text string.
    #[must_use]
    pub fn as_str(&self) -> Option<&'o str> {
        let node = self.node().filter(|node| node.kind == Kind::Text)?;
        // It was UTF-8 when it was read.
        std::str::from_utf8(self.range(node.content, node.end)).ok()
    }

    /// Whether this is exactly that text.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.node().is_some_and(|node| {
            node.kind == Kind::Text && self.range(node.content, node.end) == text.as_bytes()
        })
    }

    /// The content of a tag of this number.
    #[must_use]
    pub fn tagged(&self, tag: u64) -> Option<Self> {
        let node = self.node().filter(|node| node.kind == Kind::Tag && node.argument == tag)?;
        let _ = node;
        Some(Self { index: self.index.saturating_add(1), ..*self })
    }

    /// The octets of a data item that was encoded within a byte string: tag 24 (RFC 8949, 3.4.5.1).
    #[must_use]
    pub fn embedded(&self) -> Option<&'o [u8]> {
        self.tagged(EMBEDDED)?.as_bytes()
    }

    /// How many elements an array has, or entries a map.
    #[must_use]
    pub fn len(&self) -> usize {
        let container = |node: &&Node| matches!(node.kind, Kind::Array | Kind::Map);
        let count = self.node().filter(container).map(|node| node.argument);
        count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
    }

    /// Whether it is no container, or one with nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements of an array, in order; nothing for another kind.
    #[must_use]
    pub fn elements(&self) -> Elements<'n, 'o> {
        self.inside(Kind::Array)
    }

    /// The entries of a map, in order; nothing for another kind.
    #[must_use]
    pub fn entries(&self) -> Entries<'n, 'o> {
        Entries(self.inside(Kind::Map))
    }

    /// The value under a text key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Self> {
        self.entries().find(|(name, _)| name.is(key)).map(|(_, value)| value)
    }

    /// The value under an integer key.
    #[must_use]
    pub fn get_label(&self, label: i64) -> Option<Self> {
        self.entries().find(|(key, _)| key.as_i64() == Some(label)).map(|(_, value)| value)
    }

    fn inside(&self, kind: Kind) -> Elements<'n, 'o> {
        let end = self.node().filter(|node| node.kind == kind).map(|node| to_usize(node.after));
        let next = self.index.saturating_add(1);
        Elements { octets: self.octets, nodes: self.nodes, next, end: end.unwrap_or(0) }
    }

    fn range(&self, start: u32, end: u32) -> &'o [u8] {
        self.octets.get(to_usize(start)..to_usize(end)).unwrap_or_default()
    }

    fn node(&self) -> Option<&'n Node> {
        self.nodes.get(self.index)
    }
}

/// The elements of an array, in order.
pub struct Elements<'n, 'o> {
    octets: &'o [u8],
    nodes: &'n [Node],
    next: usize,
    end: usize,
}

impl<'n, 'o> Iterator for Elements<'n, 'o> {
    type Item = Value<'n, 'o>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let value = Value { octets: self.octets, nodes: self.nodes, index: self.next };
        self.next = to_usize(value.node()?.after);
        Some(value)
    }
}

/// The entries of a map, in order.
pub struct Entries<'n, 'o>(Elements<'n, 'o>);

impl<'n, 'o> Iterator for Entries<'n, 'o> {
    type Item = (Value<'n, 'o>, Value<'n, 'o>);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.0.next()?, self.0.next()?))
    }
}

/// Reads one data item and hands its value to `then`.
///
/// # Errors
/// As [`Nodes::read`], and whatever `then` says.
pub fn with<T>(
    octets: &[u8],
    limits: Limits,
    then: impl FnOnce(Value<'_, '_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let mut nodes = Nodes::default();
    then(nodes.read(octets, limits)?)
}

// An encoded CBOR data item (RFC 8949, 3.4.5.1).
const EMBEDDED: u64 = 24;

fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

const fn refuse(code: Code, place: Place) -> Refusal {
    Refusal::new(code, place)
}
