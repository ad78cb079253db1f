//! Exclusive XML Canonicalization 1.0: the octets that a signature is over.
//!
//! A tree of [`Document`] always has a canonical form: its namespaces are absolute, its values
//! decoded and normalised. What is written is never empty, and one thing alone can fail: a form far
//! longer than its source, since a declaration that stands once in the document may be written at
//! each of many elements. The tree is walked in document order with a
//! stack of the open elements, without recursion.

use super::names::{NONE, Table, XML, wide};
use super::scan::over;
use super::tree::{ABSENT, AttributeNode, Declaration, Document, Element, ElementNode, Kind, Node};
use crate::envelope::scan::prefix_len;
use crate::verdict::{Code, Refusal};

/// How to write it.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Exclusive<'h> {
    /// Comments are written too.
    pub comments: bool,
    /// `PrefixList` of `InclusiveNamespaces`, `#default` for the empty prefix. Prefixes that are not
    /// in scope do not matter.
    pub prefixes: &'h [&'h str],
    /// An element that is left out with all in it, as the enveloped-signature transform does.
    pub without: Option<Element<'h, 'h>>,
}

impl<'h> Exclusive<'h> {
    /// Without comments, prefixes, and with all that is in the element.
    #[must_use]
    pub const fn new() -> Self {
        Self { comments: false, prefixes: &[], without: None }
    }

    /// With comments.
    #[must_use]
    pub const fn with_comments(mut self) -> Self {
        self.comments = true;
        self
    }

    /// With these prefixes handled as in inclusive canonicalisation.
    #[must_use]
    pub const fn with_prefixes(mut self, prefixes: &'h [&'h str]) -> Self {
        self.prefixes = prefixes;
        self
    }

    /// Without this element.
    #[must_use]
    pub const fn without(mut self, element: Element<'h, 'h>) -> Self {
        self.without = Some(element);
        self
    }
}

/// The canonical form of an element and all in it (Exclusive XML Canonicalization 1.0, 3).
///
/// # Errors
/// [`Code::LimitSize`] when it is longer than twice its source and 64 KiB, or than twice the limit of
/// the document.
pub fn canonicalise(element: Element<'_, '_>, how: &Exclusive<'_>) -> Result<Vec<u8>, Refusal> {
    let mut writer = Writer::new(element.document, how, Some(element));
    writer.subtree(element.id)?;
    Ok(writer.out)
}

/// The canonical form of a whole document: of its element, and of comments and instructions beside
/// it (Canonical XML 1.0, 2.2).
///
/// # Errors
/// As [`canonicalise`].
pub fn canonicalise_document(
    document: &Document<'_>,
    how: &Exclusive<'_>,
) -> Result<Vec<u8>, Refusal> {
    let mut writer = Writer::new(document, how, None);
    let mut next = 0;
    while let Some(node) = document.node(next) {
        let before = writer.out.len();
        writer.subtree(next)?;
        let written = writer.out.len() != before;
        if written && next < document.root {
            writer.out.push(b'\n');
        } else if written && next > document.root {
            writer.out.insert(before, b'\n');
        }
        next = node.past;
    }
    Ok(writer.out)
}

struct Writer<'d, 'a> {
    document: &'d Document<'a>,
    comments: bool,
    without: u32,
    // By the number of a prefix: whether it is one of the list.
    listed: Vec<bool>,
    // Prefixes of the list, as they are in scope of the element that is written.
    imported: Vec<Declaration>,
    // By the number of a prefix: the namespace that the open elements have written for it.
    rendered: Vec<u16>,
    undo: Vec<Declaration>,
    open: Vec<Open<'d>>,
    // Of the element at hand; kept for its room.
    declarations: Vec<Declaration>,
    attributes: Vec<&'d AttributeNode>,
    longest: usize,
    out: Vec<u8>,
}

// What a form may be longer than twice its source: room for what is declared outside of it.
const DECLARED_OUTSIDE: usize = 65_536;

struct Open<'d> {
    element: &'d ElementNode,
    past: u32,
    undo: usize,
}

// What most documents have of open elements, and most elements of attributes.
const USUAL: usize = 16;

// No open element has written the prefix.
const UNRENDERED: u16 = u16::MAX;

impl<'d, 'a> Writer<'d, 'a> {
    fn new(document: &'d Document<'a>, how: &Exclusive<'_>, apex: Option<Element<'d, 'a>>) -> Self {
        let prefixes = document.prefixes.len();
        let mut rendered = vec![UNRENDERED; prefixes];
        // No default namespace and none written are the same.
        if let Some(default) = rendered.first_mut() {
            *default = NONE;
        }
        let mut listed = Vec::new();
        let mut imported = Vec::new();
        if !how.prefixes.is_empty() {
            listed.resize(prefixes, false);
        }
        for prefix in how.prefixes {
            let prefix = if *prefix == "#default" { "" } else { prefix };
            let Some(number) = document.prefixes.find(&document.texts, prefix) else { continue };
            if let Some(listed) = listed.get_mut(usize::from(number)) {
                *listed = true;
            }
            if let Some(namespace) = apex.and_then(|apex| apex.in_scope(number)) {
                imported.push(Declaration { prefix: number, namespace });
            }
        }
        let without = how
            .without
            .filter(|without| {
                std::ptr::from_ref(without.document).addr() == std::ptr::from_ref(document).addr()
            })
            .map_or(ABSENT, |without| without.id);
        let len = apex.map_or(document.texts.source.len(), |apex| apex.source_len());
        Self {
            document,
            comments: how.comments,
            without,
            listed,
            imported,
            rendered,
            undo: Vec::with_capacity(USUAL),
            open: Vec::with_capacity(USUAL),
            declarations: Vec::with_capacity(USUAL),
            attributes: Vec::with_capacity(USUAL),
            longest: (len.saturating_add(DECLARED_OUTSIDE / 2))
                .min(document.limits.bytes)
                .saturating_mul(2),
            out: Vec::with_capacity(len.saturating_add(len / 4)),
        }
    }

    // The node and all in it; it itself is always written.
    fn subtree(&mut self, apex: u32) -> Result<(), Refusal> {
        let past = self.document.node(apex).map_or(apex, |node| node.past);
        let longest = self.longest;
        let mut next = apex;
        while let Some(node) = self.document.node(next).filter(|_| next < past) {
            self.close(next);
            if next == self.without && next != apex {
                next = node.past;
                continue;
            }
            self.node(node);
            if self.out.len() > longest {
                let start = wide(node.start).saturating_add(self.document.before);
                return Err(over(Code::LimitSize, start, longest, self.out.len()));
            }
            next = next.saturating_add(1);
        }
        self.close(past);
        Ok(())
    }

    // Ends the elements that have nothing more in them.
    fn close(&mut self, next: u32) {
        while let Some(open) = self.open.pop_if(|open| open.past <= next) {
            self.out.extend_from_slice(b"</");
            self.name(open.element);
            self.out.push(b'>');
            for before in self.undo.drain(open.undo.min(self.undo.len())..).rev() {
                if let Some(rendered) = self.rendered.get_mut(usize::from(before.prefix)) {
                    *rendered = before.namespace;
                }
            }
        }
    }

    fn node(&mut self, node: &'d Node) {
        let texts = &self.document.texts;
        match &node.kind {
            Kind::Element(element) => self.start_tag(element, node.past),
            Kind::Text(run) if run.is_verbatim() => {
                self.out.extend_from_slice(texts.read(*run).as_bytes());
            }
            Kind::Text(run) => escape(texts.read(*run).as_bytes(), &mut self.out, text_escape),
            Kind::Comment(comment) if self.comments => {
                self.out.extend_from_slice(b"<!--");
                self.out.extend_from_slice(texts.read(*comment).as_bytes());
                self.out.extend_from_slice(b"-->");
            }
            Kind::Comment(_) => {}
            Kind::Instruction(target, data) => {
                self.out.extend_from_slice(b"<?");
                self.out.extend_from_slice(texts.read(*target).as_bytes());
                let data = texts.read(*data);
                if !data.is_empty() {
                    self.out.push(b' ');
                    self.out.extend_from_slice(data.as_bytes());
                }
                self.out.extend_from_slice(b"?>");
            }
        }
    }

    fn start_tag(&mut self, element: &'d ElementNode, past: u32) {
        let undo = self.undo.len();
        self.declarations.clear();
        self.attributes.clear();
        self.attributes.extend(self.document.attributes_of(element));
        self.out.push(b'<');
        self.name(element);
        // Visibly utilised: the prefix of the element, and those of its attributes.
        self.render(Declaration { prefix: element.prefix, namespace: element.namespace });
        for at in 0..self.attributes.len() {
            let Some(attribute) = self.attributes.get(at) else { continue };
            let (prefix, namespace) = (attribute.prefix, attribute.namespace);
            if prefix != NONE {
                self.render(Declaration { prefix, namespace });
            }
        }
        for imported in std::mem::take(&mut self.imported) {
            self.render(imported);
        }
        if !self.listed.is_empty() {
            for declared in self.document.declared_by(element) {
                if self.listed.get(usize::from(declared.prefix)) == Some(&true) {
                    self.render(*declared);
                }
            }
        }
        self.write_declarations();
        self.write_attributes();
        self.out.push(b'>');
        self.open.push(Open { element, past, undo });
    }

    // Notes a declaration, unless an open element has written it already.
    fn render(&mut self, declaration: Declaration) {
        let Declaration { prefix, namespace } = declaration;
        let Some(rendered) = self.rendered.get_mut(usize::from(prefix)) else { return };
        if *rendered != namespace && prefix != XML {
            let before = std::mem::replace(rendered, namespace);
            self.undo.push(Declaration { prefix, namespace: before });
            self.declarations.push(declaration);
        }
    }

    fn write_declarations(&mut self) {
        let Document { texts, prefixes, namespaces, .. } = self.document;
        let text = |table: &'d Table, number| table.text(texts, number);
        if self.declarations.len() > 1 {
            self.declarations
                .sort_unstable_by(|a, b| text(prefixes, a.prefix).cmp(text(prefixes, b.prefix)));
        }
        for declaration in &self.declarations {
            self.out.extend_from_slice(b" xmlns");
            if declaration.prefix != NONE {
                self.out.push(b':');
                self.out.extend_from_slice(text(prefixes, declaration.prefix).as_bytes());
            }
            self.out.extend_from_slice(b"=\"");
            let namespace = text(namespaces, declaration.namespace);
            escape(namespace.as_bytes(), &mut self.out, value_escape);
            self.out.push(b'"');
        }
    }

    // In the order of namespace, then of name; those without namespace are first.
    fn write_attributes(&mut self) {
        let Document { texts, prefixes, namespaces, .. } = self.document;
        if self.attributes.len() > 1 {
            let key =
                |a: &AttributeNode| (namespaces.text(texts, a.namespace), texts.read(a.local));
            self.attributes.sort_unstable_by(|a, b| {
                if a.namespace == b.namespace {
                    return texts.read(a.local).cmp(texts.read(b.local));
                }
                key(a).cmp(&key(b))
            });
        }
        for attribute in &self.attributes {
            self.out.push(b' ');
            let prefix = match attribute.prefix {
                NONE => "",
                prefix => prefixes.text(texts, prefix),
            };
            if attribute.value.is_verbatim() {
                // From the first letter of its name to its last quote, as the source has it.
                let before = if prefix.is_empty() { 0 } else { prefix.len().saturating_add(1) };
                let whole = texts.around(before, attribute.local, attribute.value, 1);
                self.out.extend_from_slice(whole.as_bytes());
                continue;
            }
            if !prefix.is_empty() {
                self.out.extend_from_slice(prefix.as_bytes());
                self.out.push(b':');
            }
            self.out.extend_from_slice(texts.read(attribute.local).as_bytes());
            self.out.extend_from_slice(b"=\"");
            escape(texts.read(attribute.value).as_bytes(), &mut self.out, value_escape);
            self.out.push(b'"');
        }
    }

    // With its prefix, as the source has it.
    fn name(&mut self, element: &ElementNode) {
        let Document { texts, prefixes, .. } = self.document;
        let before = match element.prefix {
            NONE => 0,
            prefix => prefixes.text(texts, prefix).len().saturating_add(1),
        };
        let name = texts.around(before, element.local, element.local, 0);
        self.out.extend_from_slice(name.as_bytes());
    }
}

impl Element<'_, '_> {
    // About how long it is in the source.
    fn source_len(&self) -> usize {
        let node = self.document.node(self.id);
        let start = node.map_or(0, |node| wide(node.start));
        let after = node.and_then(|node| self.document.node(node.past));
        let end = after.map_or(self.document.texts.source.len(), |after| wide(after.start));
        end.saturating_sub(start)
    }
}

// Canonical XML 1.0, 2.3: the characters of a text that are not written as they are.
const fn text_escape(byte: u8) -> &'static [u8] {
    match byte {
        b'&' => b"&amp;",
        b'<' => b"&lt;",
        b'>' => b"&gt;",
        b'\r' => b"&#xD;",
        _ => b"",
    }
}

// The same of an attribute value.
const fn value_escape(byte: u8) -> &'static [u8] {
    match byte {
        b'&' => b"&amp;",
        b'<' => b"&lt;",
        b'"' => b"&quot;",
        b'\t' => b"&#x9;",
        b'\n' => b"&#xA;",
        b'\r' => b"&#xD;",
        _ => b"",
    }
}

#[inline]
fn escape(mut text: &[u8], out: &mut Vec<u8>, escaped: impl Fn(u8) -> &'static [u8]) {
    loop {
        // What may need an escape in either place; most texts have none.
        let plain = prefix_len(text, |b| {
            (b >= 0x20) & (b != b'&') & (b != b'<') & (b != b'>') & (b != b'"')
        });
        let (before, rest) = text.split_at_checked(plain).unwrap_or((text, b""));
        out.extend_from_slice(before);
        let Some((byte, rest)) = rest.split_first() else { return };
        match escaped(*byte) {
            b"" => out.push(*byte),
            escaped => out.extend_from_slice(escaped),
        }
        text = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::xml::Limits;

    fn canonical(document: &str, how: &Exclusive<'_>) -> String {
        let document = Document::parse(document.as_bytes(), &Limits::MESSAGE).unwrap();
        String::from_utf8(canonicalise(document.root(), how).unwrap()).unwrap()
    }

    #[test]
    fn the_canonical_form_of_a_canonical_form_is_itself() {
        for document in [
            "<a/>",
            "<b:a xmlns:b='urn:b' xmlns='urn:d' z='1' b:y='&quot;&#9;&#10;&#13;&lt;&amp;&gt;'><c/>&#13;\r\n<d xmlns=''><e xmlns='urn:e'/></d></b:a>",
            "<a xmlns:p='urn:1'><p:b><p:c xmlns:p='urn:2'/><p:d/></p:b><?x  y ?></a>",
        ] {
            let once = canonical(document, &Exclusive::new());
            assert_eq!(canonical(&once, &Exclusive::new()), once);
        }
    }

    #[test]
    fn a_namespace_is_escaped_like_any_value() {
        let form = "<a xmlns=\"http://x.example/?a=1&amp;b\"></a>";
        assert_eq!(canonical("<a xmlns='http://x.example/?a=1&amp;b'/>", &Exclusive::new()), form);
        assert_eq!(canonical(form, &Exclusive::new()), form);
    }

    #[test]
    fn a_declaration_is_written_where_its_prefix_is_used_and_not_again_below() {
        assert_eq!(
            canonical(
                "<a xmlns:p='urn:p' xmlns:q='urn:q'><p:b q:c=''><p:d/></p:b><p:e/></a>",
                &Exclusive::new()
            ),
            "<a><p:b xmlns:p=\"urn:p\" xmlns:q=\"urn:q\" q:c=\"\"><p:d></p:d></p:b><p:e xmlns:p=\"urn:p\"></p:e></a>"
        );
    }

    #[test]
    fn the_element_left_out_leaves_what_stands_around_it() {
        let document = "<a> x <s><t/></s> y <b/></a>";
        let document = Document::parse(document.as_bytes(), &Limits::MESSAGE).unwrap();
        let s = document.root().children().next().unwrap();
        let how = Exclusive::new().without(s);
        assert_eq!(canonicalise(document.root(), &how).unwrap(), b"<a> x  y <b></b></a>");
        // The element itself is never left out of its own form: there is no empty one.
        assert_eq!(canonicalise(s, &how).unwrap(), b"<s><t></t></s>");
    }

    #[test]
    fn an_element_of_another_document_leaves_nothing_out() {
        let [one, two] = ["<a><b/></a>", "<a><b/></a>"]
            .map(|text| Document::parse(text.as_bytes(), &Limits::MESSAGE).unwrap());
        let other = two.root().children().next().unwrap();
        let how = Exclusive::new().without(other);
        assert_eq!(canonicalise(one.root(), &how).unwrap(), b"<a><b></b></a>");
    }

    #[test]
    fn a_declaration_that_is_written_many_times_does_not_fill_the_memory() {
        let uri = format!("urn:{}", "x".repeat(1_000));
        let document = |elements: usize| {
            let inside = "<p:b/>".repeat(elements);
            format!("<a xmlns:p='{uri}'>{inside}</a>")
        };
        let size = |document: String| {
            let parsed = Document::parse(document.as_bytes(), &Limits::MESSAGE).unwrap();
            canonicalise(parsed.root(), &Exclusive::new()).map(|octets| octets.len())
        };
        assert!(size(document(60)).unwrap() > 60_000);
        assert_eq!(size(document(200)).unwrap_err().code(), Code::LimitSize);
        assert_eq!(size(document(19_000)).unwrap_err().code(), Code::LimitSize);
    }

    #[test]
    fn deep_and_wide_documents_need_no_stack() {
        let deep = "<a>".repeat(64) + &"</a>".repeat(64);
        assert_eq!(canonical(&deep, &Exclusive::new()), deep);
    }
}
