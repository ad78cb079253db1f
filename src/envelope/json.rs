//! The one JSON reader: strict RFC 8259, no member twice, positions and limits, no recursion.
//!
//! The text is read once into a flat list of nodes in document order; nothing is copied, and the
//! list can be used again for the next text. Numbers keep their spelling, so that `1e300` is an
//! error of whoever wants an integer and never a rounding.

use crate::verdict::{Code, Detail, Place, Refusal};
use std::borrow::Cow;

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
    /// Assertions and headers of our own: depth 16, 256 members (assertions 1, J6).
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

impl Nodes {
    /// Reads one JSON text into this memory.
    ///
    /// # Errors
    /// [`Code::FormatUtf8`], [`Code::FormatJson`], [`Code::AmbiguousMember`], [`Code::LimitDepth`]
    /// or [`Code::LimitCount`], each at the byte where it shows.
    pub fn read<'a>(&'a mut self, text: &'a [u8], limits: Limits) -> Result<Value<'a>, Refusal> {
        self.list.clear();
        let text = std::str::from_utf8(text)
            .map_err(|error| Refusal::new(Code::FormatUtf8, Place::NONE.at(error.valid_up_to())))?;
        if text.starts_with('\u{feff}') {
            return Err(Refusal::new(Code::FormatUtf8, Place::NONE.at(0)));
        }
        Reader { text: text.as_bytes(), at: 0, nodes: &mut self.list, limits }.document()?;
        self.root(text).ok_or(Refusal::from(Code::FormatJson))
    }

    /// The text that was read last; `text` must be the same.
    pub(crate) fn root<'a>(&'a self, text: &'a str) -> Option<Value<'a>> {
        (!self.list.is_empty()).then_some(Value { text, nodes: &self.list, index: 0 })
    }
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
    pub fn members(&self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> + use<'a> {
        let mut inside = self.inside(Kind::Object);
        std::iter::from_fn(move || Some((inside.next()?, inside.next()?)))
    }

    /// The elements of an array; nothing for another kind.
    pub fn elements(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        self.inside(Kind::Array)
    }

    /// Whether this is a string that, unescaped, equals `text`.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.node().is_some_and(|node| {
            node.kind == Kind::String
                && if node.escaped {
                    unescape(self.raw(), true) == text
                } else {
                    self.raw() == text
                }
        })
    }

    fn inside(&self, kind: Kind) -> Children<'a> {
        match self.node() {
            Some(node) if node.kind == kind => Children {
                text: self.text,
                nodes: self.nodes,
                next: self.index.saturating_add(1),
                end: to_usize(node.after),
            },
            _ => Children { text: self.text, nodes: self.nodes, next: 0, end: 0 },
        }
    }

    fn node(&self) -> Option<&'a Node> {
        self.nodes.get(self.index)
    }
}

struct Children<'a> {
    text: &'a str,
    nodes: &'a [Node],
    next: usize,
    end: usize,
}

impl<'a> Iterator for Children<'a> {
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

/// Writes a string as JSON (RFC 8259, 7), quotes included.
pub fn write_str(out: &mut Vec<u8>, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for &byte in text.as_bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..=0x1f => {
                let nibble = |n: u8| HEX.get(usize::from(n)).copied().unwrap_or(b'0');
                out.extend_from_slice(&[
                    b'\\',
                    b'u',
                    b'0',
                    b'0',
                    nibble(byte >> 4),
                    nibble(byte & 15),
                ]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    nodes: &'a mut Vec<Node>,
    limits: Limits,
}

impl Reader<'_> {
    // One pass. `open` holds the containers around the place that is read; its size is the bound on
    // nesting, so that no input can use up the stack.
    fn document(mut self) -> Result<(), Refusal> {
        let mut open = [0usize; MAX_DEPTH];
        let mut depth = 0usize;
        loop {
            // A value stands here.
            self.blanks();
            let opened = self.value(depth)?;
            if let Some(container) = opened {
                let slot = open.get_mut(depth).ok_or_else(|| self.refuse(Code::LimitDepth))?;
                *slot = container;
                depth = depth.saturating_add(1);
                self.blanks();
                if !self.closes(container) {
                    if self.kind(container) == Kind::Object {
                        self.member_name()?;
                    }
                    continue;
                }
            }
            // A value is complete: close what ends here, or go on to the next value.
            loop {
                let Some(innermost) = depth.checked_sub(1) else { return self.end() };
                let container = open.get(innermost).copied().unwrap_or(0);
                self.blanks();
                if self.closes(container) {
                    self.at = self.at.saturating_add(1);
                    self.close(container)?;
                    depth = innermost;
                    continue;
                }
                if self.peek() != Some(b',') {
                    return Err(self.refuse(Code::FormatJson));
                }
                self.at = self.at.saturating_add(1);
                self.blanks();
                if self.kind(container) == Kind::Object {
                    self.member_name()?;
                }
                break;
            }
        }
    }

    // Reads a scalar whole, or the first byte of a container, whose index it returns.
    fn value(&mut self, depth: usize) -> Result<Option<usize>, Refusal> {
        match self.peek() {
            Some(b'"') => self.string().map(|()| None),
            Some(b'{') => self.container(Kind::Object, depth).map(Some),
            Some(b'[') => self.container(Kind::Array, depth).map(Some),
            Some(b't') => self.word(b"true", Kind::True).map(|()| None),
            Some(b'f') => self.word(b"false", Kind::False).map(|()| None),
            Some(b'n') => self.word(b"null", Kind::Null).map(|()| None),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| None),
            _ => Err(self.refuse(Code::FormatJson)),
        }
    }

    fn container(&mut self, kind: Kind, depth: usize) -> Result<usize, Refusal> {
        if depth >= self.limits.depth.min(MAX_DEPTH) {
            return Err(self.refuse(Code::LimitDepth));
        }
        let index = self.nodes.len();
        let start = self.at;
        self.at = self.at.saturating_add(1);
        self.push(kind, false, start, start)?;
        Ok(index)
    }

    fn closes(&self, container: usize) -> bool {
        let bracket = if self.kind(container) == Kind::Object { b'}' } else { b']' };
        self.peek() == Some(bracket)
    }

    fn close(&mut self, container: usize) -> Result<(), Refusal> {
        let (end, after) = (to_u32(self.at), to_u32(self.nodes.len()));
        if let Some(node) = self.nodes.get_mut(container) {
            node.end = end;
            node.after = after;
        }
        if self.kind(container) == Kind::Object { self.unique_members(container) } else { Ok(()) }
    }

    fn member_name(&mut self) -> Result<(), Refusal> {
        if self.peek() != Some(b'"') {
            return Err(self.refuse(Code::FormatJson));
        }
        self.string()?;
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(self.refuse(Code::FormatJson));
        }
        self.at = self.at.saturating_add(1);
        Ok(())
    }

    // Small objects compare each pair of names; large ones sort them, so that no object costs more
    // than n log n.
    fn unique_members(&self, container: usize) -> Result<(), Refusal> {
        const PAIRWISE: usize = 24;
        let text = std::str::from_utf8(self.text).unwrap_or_default();
        let object = Value { text, nodes: self.nodes, index: container };
        let count = object.members().take(self.limits.members.saturating_add(1)).count();
        if count > self.limits.members {
            let detail = Detail::Limit { limit: to_u64(self.limits.members), found: to_u64(count) };
            return Err(Refusal::new(Code::LimitCount, object.place()).with(detail));
        }
        let twice = if count <= PAIRWISE {
            object.members().enumerate().find_map(|(i, (name, _))| {
                let same = |(earlier, _): &(Value<'_>, Value<'_>)| same_text(earlier, &name);
                object.members().take(i).any(|pair| same(&pair)).then_some(name)
            })
        } else {
            let mut names: Vec<_> = object
                .members()
                .map(|(name, _)| (name.as_str().unwrap_or_default(), name))
                .collect();
            names.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.offset().cmp(&b.1.offset())));
            names
                .iter()
                .zip(names.iter().skip(1))
                .filter(|(a, b)| a.0 == b.0)
                .map(|(_, later)| later.1)
                .min_by_key(Value::offset)
        };
        match twice {
            Some(name) => Err(Refusal::new(Code::AmbiguousMember, name.place())),
            None => Ok(()),
        }
    }

    fn string(&mut self) -> Result<(), Refusal> {
        self.at = self.at.saturating_add(1);
        let start = self.at;
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(0x20..) => self.at = self.at.saturating_add(1),
                _ => return Err(self.refuse(Code::FormatJson)),
            }
        }
        let end = self.at;
        self.at = self.at.saturating_add(1);
        self.push(Kind::String, escaped, start, end)
    }

    // Leaves `at` behind the escape. Surrogates must come in pairs (RFC 8259, 8.2).
    fn escape(&mut self) -> Result<(), Refusal> {
        let fault = self.refuse(Code::FormatJson);
        let kind = self.text.get(self.at.saturating_add(1)).copied();
        match kind {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at = self.at.saturating_add(2);
                Ok(())
            }
            Some(b'u') => {
                let first = self.unit().ok_or(fault)?;
                let lone = match first {
                    0xd800..=0xdbff => !matches!(self.unit(), Some(0xdc00..=0xdfff)),
                    0xdc00..=0xdfff => true,
                    _ => false,
                };
                if lone { Err(fault) } else { Ok(()) }
            }
            _ => Err(fault),
        }
    }

    // Reads `\uXXXX` at the current place.
    fn unit(&mut self) -> Option<u16> {
        let [b'\\', b'u', hex @ ..] = self.text.get(self.at..self.at.checked_add(6)?)? else {
            return None;
        };
        let value = hex4(hex)?;
        self.at = self.at.saturating_add(6);
        Some(value)
    }

    fn number(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at = self.at.saturating_add(1);
        }
        match self.peek() {
            Some(b'0') => self.at = self.at.saturating_add(1),
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.refuse(Code::FormatJson)),
        }
        if self.peek() == Some(b'.') {
            self.at = self.at.saturating_add(1);
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at = self.at.saturating_add(1);
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at = self.at.saturating_add(1);
            }
            self.digits()?;
        }
        self.push(Kind::Number, false, start, self.at)
    }

    fn digits(&mut self) -> Result<(), Refusal> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.refuse(Code::FormatJson));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at = self.at.saturating_add(1);
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Result<(), Refusal> {
        let start = self.at;
        let end = start.saturating_add(word.len());
        if self.text.get(start..end) != Some(word) {
            return Err(self.refuse(Code::FormatJson));
        }
        self.at = end;
        self.push(kind, false, start, end)
    }

    fn push(&mut self, kind: Kind, escaped: bool, start: usize, end: usize) -> Result<(), Refusal> {
        if self.nodes.len() >= self.limits.nodes {
            let limit = to_u64(self.limits.nodes);
            let detail = Detail::Limit { limit, found: limit.saturating_add(1) };
            return Err(Refusal::new(Code::LimitCount, Place::NONE.at(start)).with(detail));
        }
        let after = to_u32(self.nodes.len().saturating_add(1));
        self.nodes.push(Node { kind, escaped, start: to_u32(start), end: to_u32(end), after });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Refusal> {
        self.blanks();
        if self.at == self.text.len() { Ok(()) } else { Err(self.refuse(Code::FormatJson)) }
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at = self.at.saturating_add(1);
        }
    }

    fn kind(&self, index: usize) -> Kind {
        self.nodes.get(index).map_or(Kind::Null, |node| node.kind)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn refuse(&self, code: Code) -> Refusal {
        Refusal::new(code, Place::NONE.at(self.at))
    }
}

fn same_text(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a.as_plain_str(), b.as_plain_str()) {
        (Some(a), Some(b)) => a == b,
        _ => a.as_str() == b.as_str(),
    }
}

fn unescape(raw: &str, escaped: bool) -> Cow<'_, str> {
    if !escaped {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    // Each turn takes at least one byte off `rest`.
    while let Some((plain, tail)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut chars = tail.chars();
        match chars.next() {
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let (c, used) = code_point(tail.as_bytes());
                out.push(c);
                rest = tail.get(used..).unwrap_or_default();
                continue;
            }
            Some(other) => out.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

// The character of `uXXXX` or `uXXXX\uXXXX`, and how many bytes it took. The reader proved the form.
fn code_point(text: &[u8]) -> (char, usize) {
    let unit = |at: usize| text.get(at..at.saturating_add(4)).and_then(hex4);
    let first = unit(1).unwrap_or(0xfffd);
    let units = [first, unit(7).unwrap_or(0xfffd)];
    let (units, used) =
        if (0xd800..=0xdbff).contains(&first) { (units.as_slice(), 11) } else { (&units[..1], 5) };
    let c = char::decode_utf16(units.iter().copied()).next().and_then(Result::ok);
    (c.unwrap_or(char::REPLACEMENT_CHARACTER), used)
}

fn hex4(hex: &[u8]) -> Option<u16> {
    if hex.len() != 4 || !hex.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
}

// Texts are at most 512 KiB, node lists at most `Limits::nodes`.
fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn to_u64(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(), Refusal> {
        with(text.as_bytes(), Limits::WALLET, |_| Ok(()))
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
