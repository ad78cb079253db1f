//! The one JSON reader: strict RFC 8259, no member twice, positions and limits, no recursion.
//!
//! The text is read once into a flat list of nodes in document order; nothing is copied, and the
//! list can be used again for the next text. Numbers keep their spelling, so that `1e300` is an
//! error of whoever wants an integer and never a rounding.

mod reader;
mod text;

pub use text::write_str;

use crate::verdict::{Code, Place, Refusal};
use reader::Reader;
use std::borrow::Cow;
use text::unescape;

/// Bounds of one kind of text.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Deepest nesting of objects and arrays, at most [`MAX_DEPTH`].
    pub depth: usize,
    /// Most values and member names together.
    pub nodes: usize,
    /// Most members of one object.
    pub members: usize,
}

/// No text nests deeper, whatever its kind; the stack of open containers has this size.
pub const MAX_DEPTH: usize = 32;

impl Limits {
    /// Assertions and headers of our own: depth 16, 256 members (docs/limits.md).
    pub const OWN: Self = Self { depth: 16, nodes: 4_096, members: 256 };

    /// Wallet tokens: depth 32; a payload of 512 KiB has room for no more than 16384 digests.
    pub const WALLET: Self = Self { depth: MAX_DEPTH, nodes: 32_768, members: 1_024 };
}

/// Reusable memory of the reader.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    list: Vec<Node>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    kind: Kind,
    // A string has an escape, or an object has been closed; see `Kind`.
    escaped: bool,
    // Content without quotes for strings, the whole spelling for the rest.
    start: u32,
    end: u32,
    // Index of the node after this one and all that it contains.
    after: u32,
}

/// The kind of a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8259, 3")]
pub enum Kind {
    /// An array.
    Array,
    /// `false`.
    False,
    /// `null`.
    Null,
    /// A number.
    Number,
    /// An object.
    Object,
    /// A string.
    String,
    /// `true`.
    True,
}

// What a value and its punctuation take at least in the tokens that are read here.
const BYTES_PER_NODE: usize = 12;

impl Nodes {
    /// Memory for texts of `len` bytes together.
    #[must_use]
    pub fn for_texts(len: usize, limits: Limits) -> Self {
        Self { list: Vec::with_capacity((len / BYTES_PER_NODE).min(limits.nodes)) }
    }

    /// Reads one JSON text into this memory.
    ///
    /// # Errors
    /// [`Code::FormatUtf8`], [`Code::FormatJson`], [`Code::AmbiguousMember`], [`Code::LimitDepth`]
    /// or [`Code::LimitCount`], each at the byte where it shows.
    pub fn read<'a>(&'a mut self, text: &'a [u8], limits: Limits) -> Result<Value<'a>, Refusal> {
        self.list.clear();
        let read = self.append(text, limits)?;
        Ok(self.at(read))
    }

    /// Reads one more text behind those that were read already, so that many small ones share one
    /// piece of memory. [`Self::at`] gives its value once all are read.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn append<'a>(&mut self, text: &'a [u8], limits: Limits) -> Result<Read<'a>, Refusal> {
        let text = std::str::from_utf8(text)
            .map_err(|error| Refusal::new(Code::FormatUtf8, Place::NONE.at(error.valid_up_to())))?;
        if text.starts_with('\u{feff}') {
            return Err(Refusal::new(Code::FormatUtf8, Place::NONE.at(0)));
        }
        // One allocation for most texts; hostile ones are bounded by their own length.
        let before = self.list.len();
        self.list.reserve((text.len() / BYTES_PER_NODE).min(limits.nodes));
        Reader { text, at: 0, nodes: &mut self.list, before, limits }.document()?;
        Ok(Read { text, index: before })
    }

    /// The value of a text that was read into this memory and into no other.
    #[must_use]
    pub fn at<'a>(&'a self, read: Read<'a>) -> Value<'a> {
        Value { text: read.text, nodes: &self.list, index: read.index }
    }

    /// The text that was read last; `text` must be the same.
    pub(crate) fn root<'a>(&'a self, text: &'a str) -> Option<Value<'a>> {
        (!self.list.is_empty()).then_some(Value { text, nodes: &self.list, index: 0 })
    }
}

/// Where a text stands in the [`Nodes`] that it was read into.
#[derive(Clone, Copy)]
pub struct Read<'a> {
    text: &'a str,
    index: usize,
}

/// A value in a text that was read; cheap to copy.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    text: &'a str,
    nodes: &'a [Node],
    index: usize,
}

impl<'a> Value<'a> {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.node().map_or(Kind::Null, |node| node.kind)
    }

    /// Byte offset in the text.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.node().map_or(0, |node| to_usize(node.start))
    }

    /// The place of this value, for a refusal; the caller adds the part.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::NONE.at(self.offset())
    }

    /// The spelling: without quotes for strings.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.node()
            .and_then(|node| self.text.get(to_usize(node.start)..to_usize(node.end)))
            .unwrap_or_default()
    }

    /// The string, unescaped; `None` for another kind.
    #[must_use]
    pub fn as_str(&self) -> Option<Cow<'a, str>> {
        let node = self.node()?;
        (node.kind == Kind::String).then(|| unescape(self.raw(), node.escaped))
    }

    /// The string when it has no escape; `None` for another kind or an escaped one.
    #[must_use]
    pub fn as_plain_str(&self) -> Option<&'a str> {
        let node = self.node()?;
        (node.kind == Kind::String && !node.escaped).then(|| self.raw())
    }

    /// A non-negative integer, spelled without sign, fraction or exponent, up to 2^64 - 1.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        let digits = (self.kind() == Kind::Number).then(|| self.raw())?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    }

    /// The member of an object; `None` for another kind or when it is absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        self.members().find(|(key, _)| key.is(name)).map(|(_, value)| value)
    }

    /// The members of an object, names as they stand; nothing for another kind.
    #[must_use]
    pub fn members(&self) -> Members<'a> {
        Members(self.inside(Kind::Object))
    }

    /// The elements of an array; nothing for another kind.
    #[must_use]
    pub fn elements(&self) -> Elements<'a> {
        self.inside(Kind::Array)
    }

    /// Whether this is a string that, unescaped, equals `text`.
    #[inline]
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.node().is_some_and(|node| {
            if node.kind != Kind::String {
                return false;
            }
            if node.escaped {
                return unescape(self.raw(), true) == text;
            }
            // Most names differ in length already.
            to_usize(node.end.wrapping_sub(node.start)) == text.len() && self.raw() == text
        })
    }

    fn inside(&self, kind: Kind) -> Elements<'a> {
        match self.node() {
            Some(node) if node.kind == kind => Elements {
                text: self.text,
                nodes: self.nodes,
                next: self.index.saturating_add(1),
                end: to_usize(node.after),
            },
            _ => Elements { text: self.text, nodes: self.nodes, next: 0, end: 0 },
        }
    }

    fn node(&self) -> Option<&'a Node> {
        self.nodes.get(self.index)
    }
}

/// The elements of an array, in order.
pub struct Elements<'a> {
    text: &'a str,
    nodes: &'a [Node],
    next: usize,
    end: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        if self.next >= self.end {
            return None;
        }
        let value = Value { text: self.text, nodes: self.nodes, index: self.next };
        self.next = to_usize(value.node()?.after);
        Some(value)
    }
}

/// The members of an object, names and values, in order.
pub struct Members<'a>(Elements<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (Value<'a>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.0.next()?, self.0.next()?))
    }
}

/// Reads one text into memory of its own; for texts that are not on a hot path.
///
/// # Errors
/// As [`Nodes::read`]; or whatever `then` returns.
pub fn with<T>(
    text: &[u8],
    limits: Limits,
    then: impl FnOnce(Value<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let mut nodes = Nodes::default();
    then(nodes.read(text, limits)?)
}

// Texts are at most 512 KiB, node lists at most `Limits::nodes`.
fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(), Refusal> {
        with(text.as_bytes(), Limits::WALLET, |_| Ok(()))
    }

    #[test]
    fn texts_that_share_memory_keep_apart() {
        let mut nodes = Nodes::default();
        let texts = ["{\"a\":[1,2]}", "\"b\"", "[{\"c\":null}]"];
        let read: Vec<_> =
            texts.iter().map(|text| nodes.append(text.as_bytes(), Limits::OWN).unwrap()).collect();
        assert_eq!(nodes.at(read[0]).get("a").unwrap().elements().count(), 2);
        assert_eq!(nodes.at(read[1]).as_plain_str(), Some("b"));
        assert!(nodes.at(read[2]).elements().next().unwrap().get("c").is_some());
        // The limit is one of each text, not of all together.
        let narrow = Limits { nodes: 3, ..Limits::OWN };
        assert!(nodes.append(b"[1,2]", narrow).is_ok());
        assert_eq!(nodes.append(b"[1,2,3]", narrow).err().unwrap().code(), Code::LimitCount);
    }

    #[test]
    fn reads_what_rfc_8259_allows() {
        for text in [
            "{}",
            "[]",
            "0",
            "-0",
            "1.5e-7",
            "\"\"",
            "null",
            " [ 1 , {\"a\" : [ ] } ] ",
            "[[],[{}],{}]",
            "{\"a\":{\"a\":1},\"b\":[true,false,null]}",
            "\"\\ud83d\\ude00\\u0000\\/\"",
        ] {
            assert_eq!(read(text), Ok(()), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok());
        }
    }

    #[test]
    fn refuses_what_it_does_not() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[",
            "[1,]",
            "{\"a\":1,}",
            "{,}",
            "[,1]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "-",
            "1e",
            "+1",
            "NaN",
            "nul",
            "truex",
            "\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"\n\"",
            "1 2",
            "{} {}",
            "[1 2]",
            "{\"a\" 1}",
            "/* */1",
            "'a'",
            "[1}",
            "{\"a\":1]",
            "\u{a0}1",
        ] {
            assert_eq!(read(text).unwrap_err().code(), Code::FormatJson, "{text}");
        }
    }

    #[test]
    fn refuses_a_member_twice_at_any_depth_and_spelling() {
        for (text, at) in [
            (r#"{"a":1,"a":1}"#, 8),
            (r#"{"a":1,"\u0061":1}"#, 8),
            (r#"[{"b":{"a":1,"c":2,"a":3}}]"#, 20),
        ] {
            let refusal = read(text).unwrap_err();
            assert_eq!(
                (refusal.code(), refusal.place().offset),
                (Code::AmbiguousMember, Some(at)),
                "{text}"
            );
        }
        let many: Vec<String> = (0..100).map(|i| format!("\"m{i}\":0")).collect();
        assert_eq!(read(&format!("{{{}}}", many.join(","))), Ok(()));
        let twice = format!("{{{},\"m7\":0}}", many.join(","));
        assert_eq!(read(&twice).unwrap_err().code(), Code::AmbiguousMember);
    }

    #[test]
    fn the_bounds_hold_at_the_limit_and_refuse_one_past_it() {
        let nest = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert_eq!(read(&nest(MAX_DEPTH)), Ok(()));
        assert_eq!(read(&nest(MAX_DEPTH + 1)).unwrap_err().code(), Code::LimitDepth);
        assert_eq!(read(&nest(100_000)).unwrap_err().code(), Code::LimitDepth);
        let limits = Limits { depth: 4, nodes: 4, members: 2 };
        let own = |text: &str| with(text.as_bytes(), limits, |_| Ok(())).map_err(|r| r.code());
        assert_eq!(own("[1,2,3]"), Ok(()));
        assert_eq!(own("[1,2,3,4]"), Err(Code::LimitCount));
        let limits = Limits { nodes: 99, ..limits };
        let own = |text: &str| with(text.as_bytes(), limits, |_| Ok(())).map_err(|r| r.code());
        assert_eq!(own(r#"{"a":1,"b":2}"#), Ok(()));
        assert_eq!(own(r#"{"a":1,"b":2,"c":3}"#), Err(Code::LimitCount));
    }

    #[test]
    fn refuses_other_encodings() {
        let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bad in [&b"\xff"[..], b"\"\xc3\x28\"", b"\xef\xbb\xbf{}"] {
            let refusal = with(bad, Limits::OWN, |_| Ok(())).unwrap_err();
            assert_eq!(refusal.code(), Code::FormatUtf8);
        }
        assert!(with(&utf16, Limits::OWN, |_| Ok(())).is_err());
    }

    #[test]
    fn integers_are_spelled_as_integers() {
        let number = |text: &str| with(text.as_bytes(), Limits::OWN, |v| Ok(v.as_u64())).unwrap();
        assert_eq!(number("0"), Some(0));
        assert_eq!(number("18446744073709551615"), Some(u64::MAX));
        for bad in ["18446744073709551616", "1e3", "1.0", "-1", "\"1\"", "1e300"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }

    #[test]
    fn walks_values_in_order() {
        let text = br#"{"a":[1,{"b":"x\ty"}],"c":null}"#;
        with(text, Limits::OWN, |root| {
            let a = root.get("a").unwrap();
            assert_eq!(a.elements().count(), 2);
            let b = a.elements().nth(1).unwrap().get("b").unwrap();
            assert_eq!(b.as_str().unwrap(), "x\ty");
            assert!(b.is("x\ty") && b.as_plain_str().is_none());
            assert_eq!(root.members().count(), 2);
            assert_eq!(root.get("c").unwrap().kind(), Kind::Null);
            assert!(root.get("d").is_none());
            Ok(())
        })
        .unwrap();
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_another_reader_on_strings(text in ".*") {
            let mut json = Vec::new();
            write_str(&mut json, &text);
            let other: String = serde_json::from_slice(&json).unwrap();
            assert_eq!(other, text);
            let spelled = serde_json::to_vec(&text).unwrap();
            with(&spelled, Limits::OWN, |v| { assert_eq!(v.as_str().unwrap(), text); Ok(()) }).unwrap();
        }

        #[test]
        fn never_accepts_what_another_reader_refuses(text in "[\\[\\]{}:,\"a0-9. \\\\u\\-etrufalsn]{0,24}") {
            if read(&text).is_ok() {
                assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
            }
        }
    }
}
