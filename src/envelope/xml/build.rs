//! Reads a document from left to right, once, without recursion.

use super::names::{NONE, Span, Table, Texts, XML, narrow, wide};
use super::scan::{
    self, Cursor, decode_text, decode_value, is_space, is_uri_character, over, refusal,
};
use super::tree::{ABSENT, AttributeNode, Declaration, Document, ElementNode, Kind, Node};
use super::{Limits, NAMESPACE_BYTES, NAMESPACES, XML_NAMESPACE};
use crate::envelope::scan::{len_without, len_without_controls};
use crate::verdict::{Code, Refusal};
use std::collections::HashSet;

pub(super) fn document<'a>(octets: &'a [u8], limits: &Limits) -> Result<Document<'a>, Refusal> {
    if octets.len() > limits.bytes.min(LONGEST) {
        return Err(over(Code::LimitSize, 0, limits.bytes, octets.len()));
    }
    let (text, before) = scan::text_of(octets)?;
    let mut builder = Builder::new(text, before, limits);
    match builder.read() {
        Ok(()) => Ok(builder.document),
        // Places were counted from behind the byte order mark.
        Err(refused) => Err(match refused.place().offset.and_then(|at| usize::try_from(at).ok()) {
            Some(at) => refusal(refused.code(), at.saturating_add(before)).with(refused.detail()),
            None => refused,
        }),
    }
}

// The tree keeps places and lengths in 30 bits.
const LONGEST: usize = 0x3fff_0000;

struct Builder<'a, 'l> {
    cursor: Cursor<'a>,
    limits: &'l Limits,
    document: Document<'a>,
    open: Vec<Open>,
    // By the number of a prefix, what it means here.
    bound: Vec<u16>,
    // What a prefix meant before, to be put back at the end of an element.
    undo: Vec<Declaration>,
    // Numbers of attributes that are IDs in some reading.
    ids: Vec<u32>,
}

// An element whose end has not come.
struct Open {
    id: u32,
    // Its name with prefix, as its end tag must repeat it.
    name: Span,
    undo: usize,
    // Bytes of text in it so far, blank runs aside.
    text: usize,
}

// What most documents have of declarations, depth and prefixes.
const USUAL: usize = 16;

// A prefix that has no namespace here.
const UNBOUND: u16 = u16::MAX;

impl<'a, 'l> Builder<'a, 'l> {
    fn new(text: &'a str, before: usize, limits: &'l Limits) -> Self {
        let mut texts = Texts::new(text);
        let prefixes = Table::of_prefixes(&mut texts);
        let namespaces = Table::of_namespaces(&mut texts);
        let (nodes, attributes) = about(text.as_bytes());
        let document = Document {
            texts,
            prefixes,
            namespaces,
            nodes: Vec::with_capacity(nodes.min(limits.nodes)),
            attributes: Vec::with_capacity(attributes),
            declarations: Vec::with_capacity(USUAL),
            root: ABSENT,
            before,
            limits: *limits,
        };
        let mut bound = Vec::with_capacity(USUAL);
        bound.extend([NONE, XML]);
        let (open, undo) = (Vec::with_capacity(USUAL), Vec::with_capacity(USUAL));
        let cursor = Cursor::new(text);
        Self { cursor, limits, document, open, bound, undo, ids: Vec::new() }
    }

    fn read(&mut self) -> Result<(), Refusal> {
        self.declaration()?;
        while let Some(next) = self.cursor.peek() {
            if next == b'<' {
                self.markup()?;
            } else {
                self.text()?;
            }
        }
        if self.document.root == ABSENT || !self.open.is_empty() {
            return Err(self.cursor.malformed());
        }
        self.unique_ids()
    }

    // XML 1.0, 2.8: `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`, the last two optional.
    fn declaration(&mut self) -> Result<(), Refusal> {
        let declared = self.cursor.rest().strip_prefix(b"<?xml");
        if !declared.and_then(|rest| rest.first()).copied().is_some_and(is_space) {
            return Ok(());
        }
        self.cursor.advance(5);
        let wrong = |at| refusal(Code::XmlEncoding, at);
        let (at, version) =
            self.pseudo_attribute(b"version")?.ok_or_else(|| self.cursor.malformed())?;
        if version != b"1.0" {
            return Err(wrong(at));
        }
        if let Some((at, encoding)) = self.pseudo_attribute(b"encoding")?
            && !encoding.eq_ignore_ascii_case(b"UTF-8")
        {
            return Err(wrong(at));
        }
        if let Some((at, standalone)) = self.pseudo_attribute(b"standalone")?
            && !matches!(standalone, b"yes" | b"no")
        {
            return Err(refusal(Code::XmlMalformed, at));
        }
        self.cursor.space();
        if self.cursor.take(b"?>") { Ok(()) } else { Err(self.cursor.malformed()) }
    }

    // With white space before it, or nothing at all. Gives where the value stands, and it.
    fn pseudo_attribute(&mut self, name: &[u8]) -> Result<Option<(usize, &'a [u8])>, Refusal> {
        let before = self.cursor.at;
        if !(self.cursor.space() && self.cursor.take(name)) {
            self.cursor.at = before;
            return Ok(None);
        }
        let run = self.quoted()?;
        Ok(Some((self.cursor.at.saturating_sub(run.len()).saturating_sub(1), run.as_bytes())))
    }

    // `= "…"`, as it is written.
    #[inline]
    fn quoted(&mut self) -> Result<&'a str, Refusal> {
        self.cursor.space();
        self.cursor.expect(b'=')?;
        self.cursor.space();
        let quote = match self.cursor.peek() {
            Some(quote @ (b'"' | b'\'')) => quote,
            _ => return Err(self.cursor.malformed()),
        };
        self.cursor.advance(1);
        let start = self.cursor.at;
        let len = memchr::memchr(quote, self.cursor.rest());
        let end = start.saturating_add(len.ok_or_else(|| self.cursor.malformed())?);
        self.cursor.at = end.saturating_add(1);
        Ok(self.document.texts.source.get(start..end).unwrap_or_default())
    }

    fn markup(&mut self) -> Result<(), Refusal> {
        let start = self.cursor.at;
        match self.cursor.rest() {
            [_, b'/', ..] => self.end_tag(),
            [_, b'?', ..] => self.instruction(start),
            [_, b'!', b'-', b'-', ..] => self.comment(start),
            [_, b'!', rest @ ..] => {
                if rest.starts_with(b"[CDATA[") && !self.open.is_empty() {
                    return self.cdata(start);
                }
                // Whatever a DTD may hold; it is refused wherever it stands.
                let dtd = [&b"DOCTYPE"[..], b"ENTITY", b"ATTLIST", b"ELEMENT", b"NOTATION", b"["];
                let is_dtd = |word: &&[u8]| {
                    rest.get(..word.len()).is_some_and(|next| next.eq_ignore_ascii_case(word))
                };
                let cdata = rest.starts_with(b"[CDATA[");
                let dtd = !cdata && dtd.iter().any(is_dtd);
                Err(refusal(if dtd { Code::XmlDtd } else { Code::XmlMalformed }, start))
            }
            _ => self.start_tag(start),
        }
    }

    fn start_tag(&mut self, start: usize) -> Result<(), Refusal> {
        if self.open.is_empty() && self.document.root != ABSENT {
            return Err(refusal(Code::XmlMalformed, start));
        }
        let depth = self.open.len().saturating_add(1);
        if depth > self.limits.depth {
            return Err(over(Code::LimitDepth, start, self.limits.depth, depth));
        }
        self.cursor.advance(1);
        let name_start = self.cursor.at;
        let (prefix, local) = self.cursor.qname()?;
        let name = Texts::of_source(name_start, self.cursor.at);
        let (first, declared) = (self.document.attributes.len(), self.document.declarations.len());
        let undo = self.undo.len();
        let empty = self.attributes(first, declared)?;
        let namespace = self.resolve(first, prefix, name_start)?;
        let (attributes, declarations) =
            (self.document.attributes.len(), self.document.declarations.len());
        let element = ElementNode {
            local,
            attributes: narrow(first),
            declarations: narrow(declared),
            prefix: namespace.prefix,
            namespace: namespace.namespace,
            attribute_count: few(attributes.saturating_sub(first)),
            declaration_count: few(declarations.saturating_sub(declared)),
        };
        let id = self.push(Kind::Element(element), start)?;
        if self.document.root == ABSENT {
            self.document.root = id;
        }
        if empty {
            self.forget(undo);
        } else {
            self.open.push(Open { id, name, undo, text: 0 });
        }
        Ok(())
    }

    // To the end of the tag; true when it ends the element too.
    fn attributes(&mut self, first: usize, declared: usize) -> Result<bool, Refusal> {
        loop {
            let space = self.cursor.space();
            match self.cursor.peek() {
                Some(b'>') => {
                    self.cursor.advance(1);
                    return Ok(false);
                }
                Some(b'/') => {
                    self.cursor.advance(1);
                    self.cursor.expect(b'>')?;
                    return Ok(true);
                }
                _ if !space => return Err(self.cursor.malformed()),
                _ => {}
            }
            let at = self.cursor.at;
            let many = self.document.attributes.len().saturating_sub(first);
            let many =
                self.document.declarations.len().saturating_sub(declared).saturating_add(many);
            let limit = self.limits.attributes.min(usize::from(u8::MAX));
            if many >= limit {
                return Err(over(Code::LimitCount, at, limit, many.saturating_add(1)));
            }
            let (prefix, local) = self.cursor.qname()?;
            let value = self.value()?;
            let texts = &self.document.texts;
            match (texts.read(prefix), texts.read(local)) {
                ("xmlns", _) => self.declare(local, value, declared, at)?,
                ("", "xmlns") => self.declare(Span::default(), value, declared, at)?,
                (_, name) => {
                    if name.eq_ignore_ascii_case("id") {
                        if self.ids.len() == USUAL {
                            // Many: room for all at once, instead of twice as much while it grows.
                            self.ids.reserve_exact(self.document.attributes.capacity());
                        }
                        self.ids.push(narrow(self.document.attributes.len()));
                    }
                    let prefix = self.prefix(prefix, at)?;
                    let namespace = UNBOUND;
                    self.document.attributes.push(AttributeNode {
                        local,
                        value,
                        prefix,
                        namespace,
                    });
                }
            }
        }
    }

    #[inline]
    fn value(&mut self) -> Result<Span, Refusal> {
        // Most are written as canonical XML has them, and end at the first byte that is special.
        if let Some(inside) = self.cursor.rest().strip_prefix(b"=\"") {
            let len = len_without_controls(inside, *b"\"&<");
            if inside.get(len) == Some(&b'"') {
                let start = self.cursor.at.saturating_add(2);
                let end = start.saturating_add(len);
                self.cursor.at = end.saturating_add(1);
                self.bounded(len, start)?;
                return Ok(Texts::of_source(start, end).verbatim());
            }
        }
        let run = self.quoted()?;
        let end = self.cursor.at.saturating_sub(1);
        let start = end.saturating_sub(run.len());
        // Does anything stand for something else?
        if len_without_controls(run.as_bytes(), *b"&<<") == run.len() {
            self.bounded(run.len(), start)?;
            return Ok(Texts::of_source(start, end));
        }
        if let Some(at) = memchr::memchr(b'<', run.as_bytes()) {
            return Err(refusal(Code::XmlMalformed, start.saturating_add(at)));
        }
        let mark = self.document.texts.mark();
        decode_value(run, start, self.document.texts.decoded())?;
        let value = self.document.texts.since(mark);
        self.bounded(value.len(), start)?;
        Ok(value)
    }

    // Namespaces in XML 1.0, 3 and 5; and no relative name of a namespace, which has no canonical
    // form (Canonical XML 1.0, 1.3).
    fn declare(
        &mut self,
        prefix: Span,
        value: Span,
        declared: usize,
        at: usize,
    ) -> Result<(), Refusal> {
        let wrong = Err(refusal(Code::XmlNamespace, at));
        let texts = &self.document.texts;
        let seen = |name| self.document.namespaces.find(texts, name).is_some_and(|n| n > XML);
        match (texts.read(prefix), texts.read(value)) {
            ("xml", XML_NAMESPACE) | ("", "") => {}
            ("xml" | "xmlns", _) | (_, "" | XML_NAMESPACE | "http://www.w3.org/2000/xmlns/") => {
                return wrong;
            }
            (_, name) if seen(name) => {}
            (_, name) => {
                if name.len() > NAMESPACE_BYTES {
                    return Err(over(Code::LimitSize, at, NAMESPACE_BYTES, name.len()));
                }
                if !is_absolute_uri(name.as_bytes()) {
                    return Err(refusal(Code::XmlC14n, at));
                }
            }
        }
        let prefix = self.prefix(prefix, at)?;
        let namespace =
            self.document.namespaces.number(&self.document.texts, value).ok_or_else(|| {
                over(Code::LimitCount, at, NAMESPACES, NAMESPACES.saturating_add(1))
            })?;
        let same = self.document.declarations.get(declared..).unwrap_or_default();
        if same.iter().any(|d| d.prefix == prefix) {
            return Err(refusal(Code::XmlMalformed, at));
        }
        self.document.declarations.push(Declaration { prefix, namespace });
        if let Some(bound) = self.bound.get_mut(usize::from(prefix)) {
            let before = std::mem::replace(bound, namespace);
            self.undo.push(Declaration { prefix, namespace: before });
        }
        Ok(())
    }

    #[inline]
    fn prefix(&mut self, prefix: Span, at: usize) -> Result<u16, Refusal> {
        let number =
            self.document.prefixes.number(&self.document.texts, prefix).ok_or_else(|| {
                over(Code::LimitCount, at, NAMESPACES, NAMESPACES.saturating_add(1))
            })?;
        if self.bound.len() < self.document.prefixes.len() {
            self.bound.push(UNBOUND);
        }
        Ok(number)
    }

    // What the names of this element and its attributes mean, now that all declarations are known.
    fn resolve(&mut self, first: usize, prefix: Span, at: usize) -> Result<Declaration, Refusal> {
        let prefix = self.prefix(prefix, at)?;
        let bound = |prefix: u16| {
            let found = self.bound.get(usize::from(prefix)).copied();
            found.filter(|found| *found != UNBOUND).ok_or_else(|| refusal(Code::XmlNamespace, at))
        };
        let namespace = bound(prefix)?;
        let attributes = self.document.attributes.get_mut(first..).unwrap_or_default();
        for attribute in &mut *attributes {
            // An attribute without prefix has no namespace, whatever the default is.
            attribute.namespace =
                if attribute.prefix == NONE { NONE } else { bound(attribute.prefix)? };
        }
        if has_twins(attributes, &self.document.texts) {
            return Err(refusal(Code::XmlMalformed, at));
        }
        Ok(Declaration { prefix, namespace })
    }

    fn end_tag(&mut self) -> Result<(), Refusal> {
        let start = self.cursor.at;
        let malformed = || refusal(Code::XmlMalformed, start);
        let open = self.open.pop().ok_or_else(malformed)?;
        self.cursor.advance(2);
        let texts = &self.document.texts;
        if !self.cursor.take(texts.read(open.name).as_bytes()) {
            return Err(malformed());
        }
        self.cursor.space();
        self.cursor.expect(b'>').map_err(|_| malformed())?;
        let past = narrow(self.document.nodes.len());
        if let Some(node) = self.document.nodes.get_mut(wide(open.id)) {
            node.past = past;
        }
        self.forget(open.undo);
        Ok(())
    }

    // Prefixes mean again what they meant before the element.
    fn forget(&mut self, undo: usize) {
        for before in self.undo.drain(undo.min(self.undo.len())..).rev() {
            if let Some(bound) = self.bound.get_mut(usize::from(before.prefix)) {
                *bound = before.namespace;
            }
        }
    }

    #[inline]
    fn text(&mut self) -> Result<(), Refusal> {
        let start = self.cursor.at;
        let rest = self.cursor.rest();
        let plain = len_without(rest, *b"<&\r>");
        let after = rest.get(plain..).unwrap_or_default();
        let len = match after.first() {
            Some(b'<') | None => plain,
            Some(_) => plain.saturating_add(memchr::memchr(b'<', after).unwrap_or(after.len())),
        };
        let end = start.saturating_add(len);
        self.cursor.at = end;
        let run = self.document.texts.source.get(start..end).unwrap_or_default();
        if self.open.is_empty() {
            // Beside the root only white space.
            return match run.bytes().position(|b| !is_space(b)) {
                Some(at) => Err(refusal(Code::XmlMalformed, start.saturating_add(at))),
                None => Ok(()),
            };
        }
        if plain == len {
            return self.run(Texts::of_source(start, end).verbatim(), start);
        }
        if let Some(at) = memchr::memmem::find(run.as_bytes(), b"]]>") {
            return Err(refusal(Code::XmlMalformed, start.saturating_add(at)));
        }
        let mark = self.document.texts.mark();
        decode_text(run, start, self.document.texts.decoded())?;
        self.run(self.document.texts.since(mark), start)
    }

    // A run of text becomes a node.
    fn run(&mut self, run: Span, start: usize) -> Result<(), Refusal> {
        self.bounded(run.len(), start)?;
        if let Some(open) = self.open.last_mut() {
            let texts = &self.document.texts;
            // What is only the white space between elements does not count.
            if !texts.read(run).bytes().all(is_space) {
                open.text = open.text.saturating_add(run.len());
            }
            if open.text > self.limits.text {
                return Err(over(Code::LimitSize, start, self.limits.text, open.text));
            }
        }
        self.push(Kind::Text(run), start).map(|_| ())
    }

    fn cdata(&mut self, start: usize) -> Result<(), Refusal> {
        self.cursor.advance(9);
        let from = self.cursor.at;
        let end = self.cursor.until(b"]]>")?;
        let run = self.line_ends(from, end);
        if run.len() == 0 { Ok(()) } else { self.run(run, start) }
    }

    fn comment(&mut self, start: usize) -> Result<(), Refusal> {
        self.cursor.advance(4);
        let from = self.cursor.at;
        let end = self.cursor.until(b"--")?;
        self.cursor.expect(b'>')?;
        self.bounded(end.saturating_sub(from), start)?;
        let comment = self.line_ends(from, end);
        self.push(Kind::Comment(comment), start).map(|_| ())
    }

    // XML 1.0, 2.6, with a target that is not kept for XML itself.
    fn instruction(&mut self, start: usize) -> Result<(), Refusal> {
        self.cursor.advance(2);
        let target = self.cursor.ncname()?;
        if self.document.texts.read(target).eq_ignore_ascii_case("xml") {
            return Err(refusal(Code::XmlMalformed, start));
        }
        let space = self.cursor.space();
        let from = self.cursor.at;
        let end = self.cursor.until(b"?>")?;
        if !space && end != from {
            return Err(refusal(Code::XmlMalformed, from));
        }
        self.bounded(end.saturating_sub(from), start)?;
        let data = self.line_ends(from, end);
        self.push(Kind::Instruction(target, data), start).map(|_| ())
    }

    // What has no references, but line ends.
    fn line_ends(&mut self, start: usize, end: usize) -> Span {
        let run = self.document.texts.source.get(start..end).unwrap_or_default();
        if memchr::memchr(b'\r', run.as_bytes()).is_none() {
            return Texts::of_source(start, end);
        }
        let mark = self.document.texts.mark();
        let decoded = self.document.texts.decoded();
        let mut lines = run.split('\r');
        decoded.push_str(lines.next().unwrap_or_default());
        for line in lines {
            decoded.push('\n');
            decoded.push_str(line.strip_prefix('\n').unwrap_or(line));
        }
        self.document.texts.since(mark)
    }

    fn bounded(&self, len: usize, at: usize) -> Result<(), Refusal> {
        if len > self.limits.text {
            return Err(over(Code::LimitSize, at, self.limits.text, len));
        }
        Ok(())
    }

    #[inline]
    fn push(&mut self, kind: Kind, start: usize) -> Result<u32, Refusal> {
        let id = self.document.nodes.len();
        if id >= self.limits.nodes {
            return Err(over(Code::LimitCount, start, self.limits.nodes, id.saturating_add(1)));
        }
        let parent = self.open.last().map_or(ABSENT, |open| open.id);
        let past = narrow(id.saturating_add(1));
        self.document.nodes.push(Node { kind, parent, past, start: narrow(start) });
        Ok(narrow(id))
    }

    // Few are compared by their order, many by hash, whose cost grows with their number alone.
    // How much of a qualified name stands before its local part.
    fn before_local(&self, prefix: u16) -> usize {
        match self.document.prefixes.text(&self.document.texts, prefix).len() {
            0 => 0,
            len => len.saturating_add(1),
        }
    }

    fn unique_ids(&mut self) -> Result<(), Refusal> {
        let Document { texts, attributes, .. } = &self.document;
        let value = |id: u32| attributes.get(wide(id)).map_or("", |a| texts.read(a.value));
        let twice = if self.ids.len() <= FEW_IDS {
            self.ids.sort_unstable_by(|a, b| value(*a).cmp(value(*b)).then(a.cmp(b)));
            let twice = self.ids.windows(2).filter_map(|pair| match pair {
                [first, second] if value(*first) == value(*second) => Some(*second),
                _ => None,
            });
            twice.min()
        } else {
            let mut seen = HashSet::with_capacity(self.ids.len());
            self.ids.iter().copied().find(|id| !seen.insert(value(*id)))
        };
        let twice = twice.and_then(|id| attributes.get(wide(id)));
        let at = twice.map(|a| a.local.start().saturating_sub(self.before_local(a.prefix)));
        match at {
            Some(at) => Err(refusal(Code::AmbiguousId, at)),
            None => Ok(()),
        }
    }
}

// A message has three or four.
const FEW_IDS: usize = 64;

// Whether two of the at most 255 attributes of an element have one name. Lengths and numbers are
// compared before anything long is.
fn has_twins(attributes: &[AttributeNode], texts: &Texts<'_>) -> bool {
    let same = |a: &AttributeNode, b: &AttributeNode| {
        a.namespace == b.namespace && texts.read(a.local) == texts.read(b.local)
    };
    if attributes.len() > FEW_ATTRIBUTES {
        let mut order: Vec<&AttributeNode> = attributes.iter().collect();
        let key = |a: &AttributeNode| (a.local.len(), a.namespace);
        order.sort_unstable_by(|a, b| {
            key(a).cmp(&key(b)).then_with(|| texts.read(a.local).cmp(texts.read(b.local)))
        });
        return order.windows(2).any(|pair| matches!(pair, [a, b] if same(a, b)));
    }
    let mut rest = attributes;
    while let [attribute, others @ ..] = rest {
        if others
            .iter()
            .any(|other| other.local.len() == attribute.local.len() && same(other, attribute))
        {
            return true;
        }
        rest = others;
    }
    false
}

// Up to here, comparing each with each is the faster way.
const FEW_ATTRIBUTES: usize = 12;

// About how many nodes and attributes there are, so that the tree is not moved while it grows: a
// node begins at each `<` that ends none, and a run of text ends at one that follows no `>`. An
// attribute has five bytes at least.
fn about(text: &[u8]) -> (usize, usize) {
    let nodes = memchr::memchr_iter(b'<', text).map(|at| {
        let starts = text.get(at.saturating_add(1)) != Some(&b'/');
        let behind_text = at.checked_sub(1).and_then(|before| text.get(before)) != Some(&b'>');
        usize::from(starts).saturating_add(usize::from(behind_text))
    });
    let attributes = memchr::memchr_iter(b'=', text).count().min(text.len() / 5);
    (nodes.fold(0, usize::saturating_add), attributes)
}

// No more than 255, as the limit is.
fn few(count: usize) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}

// RFC 3986, 3: a scheme, a colon, and characters of a URI.
fn is_absolute_uri(uri: &[u8]) -> bool {
    let scheme = uri.iter().take_while(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b)).count();
    uri.first().is_some_and(u8::is_ascii_alphabetic)
        && uri.get(scheme) == Some(&b':')
        && uri.iter().all(|b| is_uri_character(*b))
}
