//! The tree: nodes in document order, each of which knows its parent and where its subtree ends.

use super::names::{NONE, Span, Table, Texts, XML, wide};
use super::scan::{is_space, over, refusal};
use super::{Limits, XML_NAMESPACE, build};
use crate::verdict::{Code, Refusal};
use std::borrow::Cow;
use std::fmt;

/// A document that was read whole: well-formed, with namespaces, within its limits, and with every
/// ID once.
///
/// Comments and processing instructions are nodes; what follows a profile that refuses them asks
/// [`Element::without_markup`].
pub struct Document<'a> {
    pub(super) texts: Texts<'a>,
    pub(super) prefixes: Table,
    pub(super) namespaces: Table,
    pub(super) nodes: Vec<Node>,
    pub(super) attributes: Vec<AttributeNode>,
    pub(super) declarations: Vec<Declaration>,
    pub(super) root: u32,
    // Bytes of byte order mark before the text.
    pub(super) before: usize,
    pub(super) limits: Limits,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// [`ABSENT`] for what stands beside the root.
    pub(super) parent: u32,
    /// The node after the last of the subtree.
    pub(super) past: u32,
    /// Where it begins in the source.
    pub(super) start: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Element(ElementNode),
    /// A run of text, or a CDATA section.
    Text(Span),
    Comment(Span),
    /// Target and data.
    Instruction(Span, Span),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct ElementNode {
    pub(super) local: Span,
    /// Of [`Document::attributes`].
    pub(super) attributes: u32,
    /// Of [`Document::declarations`].
    pub(super) declarations: u32,
    pub(super) prefix: u16,
    pub(super) namespace: u16,
    pub(super) attribute_count: u8,
    pub(super) declaration_count: u8,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct AttributeNode {
    pub(super) local: Span,
    pub(super) value: Span,
    pub(super) prefix: u16,
    pub(super) namespace: u16,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Declaration {
    pub(super) prefix: u16,
    pub(super) namespace: u16,
}

/// No node.
pub(super) const ABSENT: u32 = u32::MAX;

impl<'a> Document<'a> {
    /// Reads a document.
    ///
    /// * `octets`: UTF-8; a byte order mark before it is passed over.
    ///
    /// # Errors
    /// [`Code::LimitSize`], [`Code::LimitDepth`], [`Code::LimitCount`] past a limit;
    /// [`Code::XmlEncoding`] for another encoding, declared or found, and for another version;
    /// [`Code::XmlDtd`]; [`Code::XmlEntity`]; [`Code::XmlNamespace`] and [`Code::XmlC14n`] for a
    /// namespace that is not declared, not well declared, or relative; [`Code::AmbiguousId`];
    /// [`Code::XmlMalformed`] for all else. Each with the byte, counted from 0.
    pub fn parse(octets: &'a [u8], limits: &Limits) -> Result<Self, Refusal> {
        build::document(octets, limits)
    }

    /// The one element that holds all others.
    #[must_use]
    pub const fn root(&self) -> Element<'_, 'a> {
        Element { document: self, id: self.root }
    }

    pub(super) fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.get(wide(id))
    }
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bytes, nodes) = (self.texts.source.len(), self.nodes.len());
        write!(f, "Document({bytes} bytes, {nodes} nodes)")
    }
}

/// An element of a document.
#[derive(Clone, Copy)]
pub struct Element<'d, 'a> {
    pub(super) document: &'d Document<'a>,
    pub(super) id: u32,
}

/// An attribute that is no namespace declaration.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Attribute<'d> {
    /// Its namespace; `None` for an attribute without prefix.
    pub namespace: Option<&'d str>,
    /// Its name without prefix.
    pub local: &'d str,
    /// Its value, normalised as XML 1.0, 3.3.3 says.
    pub value: &'d str,
}

impl<'d, 'a> Element<'d, 'a> {
    /// Whether it has this namespace and this local name. The prefix never matters.
    #[must_use]
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.local_name() == local && self.namespace() == Some(namespace)
    }

    /// Its name without prefix.
    #[must_use]
    pub fn local_name(&self) -> &'d str {
        self.node().map_or("", |e| self.document.texts.read(e.local))
    }

    /// Its namespace.
    #[must_use]
    pub fn namespace(&self) -> Option<&'d str> {
        self.node().and_then(|e| self.document.namespace(e.namespace))
    }

    /// The value of the attribute without prefix of this name.
    #[must_use]
    pub fn attribute(&self, local: &str) -> Option<&'d str> {
        let texts = &self.document.texts;
        let mut attributes = self.attribute_nodes().iter();
        let found = attributes.find(|a| a.namespace == NONE && texts.read(a.local) == local)?;
        Some(texts.read(found.value))
    }

    /// The value of the attribute of this namespace and name.
    #[must_use]
    pub fn attribute_ns(&self, namespace: &str, local: &str) -> Option<&'d str> {
        let mut attributes = self.attributes();
        attributes.find(|a| a.namespace == Some(namespace) && a.local == local).map(|a| a.value)
    }

    /// All attributes, in document order.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'d>> + use<'d, 'a> {
        let document = self.document;
        self.attribute_nodes().iter().map(move |a| Attribute {
            namespace: document.namespace(a.namespace),
            local: document.texts.read(a.local),
            value: document.texts.read(a.value),
        })
    }

    /// The names of all attributes, namespace and local part: what a closed list is held against.
    pub(in crate::envelope) fn attribute_names(
        &self,
    ) -> impl Iterator<Item = (Option<&'d str>, &'d str)> + use<'d, 'a> {
        let document = self.document;
        let name = move |a: &'d AttributeNode| {
            (document.namespace(a.namespace), document.texts.read(a.local))
        };
        self.attribute_nodes().iter().map(name)
    }

    /// The elements directly in it, in document order.
    pub fn children(&self) -> impl Iterator<Item = Self> + use<'d, 'a> {
        let document = self.document;
        self.child_nodes().filter_map(move |(id, node)| match node.kind {
            Kind::Element(_) => Some(Self { document, id }),
            Kind::Text(_) | Kind::Comment(_) | Kind::Instruction(..) => None,
        })
    }

    /// Its text: of all runs and CDATA sections in it, one after the other. Nothing is trimmed.
    ///
    /// # Errors
    /// [`Code::XmlContent`] when an element stands in it, [`Code::XmlComment`] for a comment,
    /// [`Code::XmlInstruction`] for a processing instruction: a text with any of them can be read
    /// in more than one way.
    pub fn text(&self) -> Result<Cow<'d, str>, Refusal> {
        let mut whole = Cow::Borrowed("");
        for (_, node) in self.child_nodes() {
            let Kind::Text(run) = node.kind else {
                return Err(self.document.refusal(node.kind.code(), node.start));
            };
            let run = self.document.texts.read(run);
            if whole.is_empty() {
                whole = Cow::Borrowed(run);
                continue;
            }
            let len = whole.len().saturating_add(run.len());
            let limit = self.document.limits.text;
            if len > limit {
                return Err(over(Code::LimitSize, self.offset(), limit, len));
            }
            whole.to_mut().push_str(run);
        }
        Ok(whole)
    }

    /// Whether nothing but elements, white space, comments and instructions stands directly in it.
    #[must_use]
    pub fn has_only_elements(&self) -> bool {
        self.child_nodes().all(|(_, node)| match node.kind {
            Kind::Text(run) => self.document.texts.read(run).bytes().all(is_space),
            Kind::Element(_) | Kind::Comment(_) | Kind::Instruction(..) => true,
        })
    }

    /// Makes sure that no comment and no processing instruction stands anywhere in it.
    ///
    /// # Errors
    /// [`Code::XmlComment`] or [`Code::XmlInstruction`], at the first of them.
    pub fn without_markup(&self) -> Result<(), Refusal> {
        for node in self.subtree() {
            match node.kind {
                Kind::Element(_) | Kind::Text(_) => {}
                Kind::Comment(_) | Kind::Instruction(..) => {
                    return Err(self.document.refusal(node.kind.code(), node.start));
                }
            }
        }
        Ok(())
    }

    /// What a qualified name in content means, by the namespaces that are in scope here: namespace
    /// and local name (XML Schema 1, 3.15.3). A name without prefix has the default namespace.
    #[must_use]
    pub fn resolve<'q>(&self, qname: &'q str) -> Option<(Option<&'d str>, &'q str)> {
        let (prefix, local) = qname.split_once(':').unwrap_or(("", qname));
        if local.is_empty() || local.contains(':') || (prefix.is_empty() && qname.contains(':')) {
            return None;
        }
        let number = match prefix {
            "" => NONE,
            prefix => self.document.prefixes.find(&self.document.texts, prefix)?,
        };
        let namespace = self.in_scope(number);
        match (number, namespace) {
            (NONE, None) => Some((None, local)),
            (_, found) => Some((self.document.namespace(found?), local)),
        }
    }

    /// Where it begins, in bytes from the start of what was parsed.
    #[must_use]
    pub fn offset(&self) -> usize {
        let start = self.document.node(self.id).map_or(0, |node| wide(node.start));
        start.saturating_add(self.document.before)
    }

    /// The element that it stands in; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let id = self.document.node(self.id)?.parent;
        self.document.node(id).map(|_| Self { document: self.document, id })
    }

    /// Whether it is the same element of the same document.
    #[must_use]
    pub fn is_same(&self, other: &Element<'_, '_>) -> bool {
        std::ptr::from_ref(self.document).addr() == std::ptr::from_ref(other.document).addr()
            && self.id == other.id
    }

    pub(super) fn node(&self) -> Option<&'d ElementNode> {
        match &self.document.node(self.id)?.kind {
            Kind::Element(element) => Some(element),
            Kind::Text(_) | Kind::Comment(_) | Kind::Instruction(..) => None,
        }
    }

    // It, and all in it.
    pub(super) fn subtree(&self) -> &'d [Node] {
        let past = self.document.node(self.id).map_or(0, |node| wide(node.past));
        self.document.nodes.get(wide(self.id)..past).unwrap_or_default()
    }

    fn attribute_nodes(&self) -> &'d [AttributeNode] {
        self.node().map_or(&[], |e| self.document.attributes_of(e))
    }

    // What is directly in it, with the number of each.
    fn child_nodes(&self) -> impl Iterator<Item = (u32, &'d Node)> + use<'d, 'a> {
        let document = self.document;
        let past = document.node(self.id).map_or(0, |node| node.past);
        let mut next = self.id.saturating_add(1);
        std::iter::from_fn(move || {
            let node = document.node(next).filter(|_| next < past)?;
            let id = std::mem::replace(&mut next, node.past);
            Some((id, node))
        })
    }

    /// The namespace that a prefix has here; `None` when it has none.
    pub(super) fn in_scope(&self, prefix: u16) -> Option<u16> {
        if prefix == XML {
            return Some(XML);
        }
        let mut at = Some(*self);
        while let Some(element) = at {
            let declarations = element.node().map_or(&[][..], |e| self.document.declared_by(e));
            if let Some(found) = declarations.iter().find(|d| d.prefix == prefix) {
                return Some(found.namespace).filter(|namespace| *namespace != NONE);
            }
            at = element.parent();
        }
        None
    }
}

impl fmt::Debug for Element<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Element(byte {})", self.offset())
    }
}

impl Document<'_> {
    pub(super) fn namespace(&self, number: u16) -> Option<&str> {
        match number {
            NONE => None,
            XML => Some(XML_NAMESPACE),
            number => Some(self.namespaces.text(&self.texts, number)),
        }
    }

    pub(super) fn attributes_of(&self, element: &ElementNode) -> &[AttributeNode] {
        let start = wide(element.attributes);
        let end = start.saturating_add(usize::from(element.attribute_count));
        self.attributes.get(start..end).unwrap_or_default()
    }

    pub(super) fn declared_by(&self, element: &ElementNode) -> &[Declaration] {
        let start = wide(element.declarations);
        let end = start.saturating_add(usize::from(element.declaration_count));
        self.declarations.get(start..end).unwrap_or_default()
    }

    pub(super) fn refusal(&self, code: Code, start: u32) -> Refusal {
        refusal(code, self.place(start))
    }

    // The byte of what was parsed, with its byte order mark.
    pub(super) fn place(&self, start: u32) -> usize {
        wide(start).saturating_add(self.before)
    }
}

impl Kind {
    // Why it may not stand in a text.
    const fn code(&self) -> Code {
        match self {
            Self::Element(_) | Self::Text(_) => Code::XmlContent,
            Self::Comment(_) => Code::XmlComment,
            Self::Instruction(..) => Code::XmlInstruction,
        }
    }
}
