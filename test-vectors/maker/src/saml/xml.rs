//! A small XML tree with two writers: plain text as products send it, and exclusive canonical text.
//!
//! Prefixes have the meaning of [`NAMESPACES`] until an element or one around it declares another; a
//! declaration is written where its prefix is first needed. The tree is written as it stands: what
//! must be wrong is put in wrong.

use crate::MakerError;

/// The prefixes that mean something without being declared.
pub const NAMESPACES: &[(&str, &str)] = &[
    ("akdb", "https://www.akdb.de/request/2018/09"),
    ("alg", "urn:oasis:names:tc:SAML:metadata:algsupport"),
    ("classic-ui", "https://www.akdb.de/request/2018/09/classic-ui/v1"),
    ("ds", "http://www.w3.org/2000/09/xmldsig#"),
    ("dsig11", "http://www.w3.org/2009/xmldsig11#"),
    ("ec", "http://www.w3.org/2001/10/xml-exc-c14n#"),
    ("eid", "http://bsi.bund.de/eID/"),
    ("eidas", "http://eidas.europa.eu/saml-extensions"),
    ("eidas-legal", "http://eidas.europa.eu/attributes/legalperson"),
    ("eidas-legal-representative", "http://eidas.europa.eu/attributes/legalperson/representative"),
    ("eidas-natural", "http://eidas.europa.eu/attributes/naturalperson"),
    (
        "eidas-natural-representative",
        "http://eidas.europa.eu/attributes/naturalperson/representative",
    ),
    ("md", "urn:oasis:names:tc:SAML:2.0:metadata"),
    ("mdattr", "urn:oasis:names:tc:SAML:metadata:attribute"),
    ("saml2", "urn:oasis:names:tc:SAML:2.0:assertion"),
    ("saml2p", "urn:oasis:names:tc:SAML:2.0:protocol"),
    ("ser", "http://eidas.europa.eu/metadata/servicelist"),
    ("xenc", "http://www.w3.org/2001/04/xmlenc#"),
    ("xenc11", "http://www.w3.org/2009/xmlenc11#"),
    ("xml", "http://www.w3.org/XML/1998/namespace"),
    ("xsd", "http://www.w3.org/2001/XMLSchema"),
    ("xsi", "http://www.w3.org/2001/XMLSchema-instance"),
];

/// The namespace of a prefix of [`NAMESPACES`]; empty for others.
#[must_use]
pub fn namespace(prefix: &str) -> &'static str {
    NAMESPACES.iter().find(|row| row.0 == prefix).map_or("", |row| row.1)
}

/// What stands in an element.
#[expect(clippy::exhaustive_enums, reason = "tests bend every part")]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text that is not escaped yet.
    Text(String),
    /// What is written as it stands, in the plain and in the canonical text.
    Raw {
        /// In the plain text.
        plain: String,
        /// In the canonical text.
        canonical: String,
    },
}

impl Node {
    /// A comment; the canonical text has none.
    #[must_use]
    pub fn comment(text: &str) -> Self {
        Self::Raw { plain: format!("<!--{text}-->"), canonical: String::new() }
    }

    /// A processing instruction; it stays in the canonical text.
    #[must_use]
    pub fn instruction(text: &str) -> Self {
        Self::raw(&format!("<?{text}?>"))
    }

    /// A CDATA section; the canonical text has the text.
    #[must_use]
    pub fn cdata(text: &str) -> Self {
        let mut canonical = String::new();
        escape_text(text, &mut canonical);
        Self::Raw { plain: format!("<![CDATA[{text}]]>"), canonical }
    }

    /// The same in both texts.
    #[must_use]
    pub fn raw(text: &str) -> Self {
        Self::Raw { plain: text.to_owned(), canonical: text.to_owned() }
    }
}

impl From<Element> for Node {
    fn from(element: Element) -> Self {
        Self::Element(element)
    }
}

/// An element. Names are qualified by a prefix, `saml2:Issuer`, or stand without one.
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Element {
    /// The qualified name.
    pub name: String,
    /// Declarations that stand here whether they are needed or not: prefix, URI.
    pub namespaces: Vec<(String, String)>,
    /// Qualified names and values, in the order of the plain text.
    pub attributes: Vec<(String, String)>,
    /// What stands in it.
    pub children: Vec<Node>,
}

impl Element {
    /// An empty element.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// With an attribute behind the others.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With an attribute, if there is a value.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With a declaration that stands here in any case.
    #[must_use]
    pub fn declaring(mut self, prefix: &str, uri: &str) -> Self {
        self.namespaces.push((prefix.to_owned(), uri.to_owned()));
        self
    }

    /// With an element at the end.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// With elements at the end.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    /// With text at the end.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.children.push(Node::Text(text.to_owned()));
        self
    }

    /// With a node at the end.
    #[must_use]
    pub fn node(mut self, node: Node) -> Self {
        self.children.push(node);
        self
    }

    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|row| row.0 == name).map(|row| row.1.as_str())
    }

    /// Puts an attribute in the place of the one of that name, or behind the others.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.attributes.iter_mut().find(|row| row.0 == name) {
            Some(row) => value.clone_into(&mut row.1),
            None => self.attributes.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Takes an attribute away.
    pub fn unset(&mut self, name: &str) {
        self.attributes.retain(|row| row.0 != name);
    }

    /// Puts text in the place of all that stands in it.
    pub fn set_text(&mut self, text: &str) {
        self.children = vec![Node::Text(text.to_owned())];
    }

    /// The text in it, that of child elements left out.
    #[must_use]
    pub fn inner_text(&self) -> String {
        let text = |node: &Node| match node {
            Node::Text(text) => text.clone(),
            Node::Element(_) | Node::Raw { .. } => String::new(),
        };
        self.children.iter().map(text).collect()
    }

    /// The child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::Raw { .. } => None,
        })
    }

    fn elements_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.children.iter_mut().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::Raw { .. } => None,
        })
    }

    /// The element at the end of a path of names as they are written, `saml2:Subject/saml2:NameID`:
    /// the first of each; the empty path is the element itself.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Self> {
        let mut steps = path.split('/').filter(|step| !step.is_empty());
        steps.try_fold(self, |at, step| at.elements().find(|child| child.name == step))
    }

    /// As [`Self::find`], to change it.
    ///
    /// # Errors
    /// [`MakerError::Xml`] when nothing is there.
    pub fn at(&mut self, path: &str) -> Result<&mut Self, MakerError> {
        let mut steps = path.split('/').filter(|step| !step.is_empty());
        let found =
            steps.try_fold(self, |at, step| at.elements_mut().find(|child| child.name == step));
        found.ok_or_else(|| MakerError::Xml(path.to_owned()))
    }

    /// Takes an element out and gives it back.
    ///
    /// # Errors
    /// [`MakerError::Xml`] when nothing is there.
    pub fn take(&mut self, path: &str) -> Result<Self, MakerError> {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = self.at(parent)?;
        let index = parent.position(name).ok_or_else(|| MakerError::Xml(path.to_owned()))?;
        match parent.children.remove(index) {
            Node::Element(element) => Ok(element),
            Node::Text(_) | Node::Raw { .. } => Err(MakerError::Xml(path.to_owned())),
        }
    }

    /// Where the first child element of a name stands among the children.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.children
            .iter()
            .position(|node| matches!(node, Node::Element(element) if element.name == name))
    }

    /// Puts a node before the first child element of a name, or at the end.
    pub fn before(&mut self, name: &str, node: impl Into<Node>) {
        let index = self.position(name).unwrap_or(self.children.len());
        self.children.insert(index, node.into());
    }

    /// Puts a node behind the first child element of a name, or first of all.
    pub fn after(&mut self, name: &str, node: impl Into<Node>) {
        let index = self.position(name).map_or(0, |index| index.saturating_add(1));
        self.children.insert(index, node.into());
    }

    /// Every element that a path of prefixes of [`NAMESPACES`] leads to, whatever prefixes are written.
    #[must_use]
    pub fn select(&self, path: &str) -> Vec<&Self> {
        let mut found = vec![(self, self.scope(&Scope::default()))];
        for step in path.split('/').filter(|step| !step.is_empty()) {
            let (prefix, local) = step.split_once(':').unwrap_or(("", step));
            let mut next = Vec::new();
            for (element, scope) in found {
                for child in element.elements() {
                    let scope = child.scope(&scope);
                    let (own, name) = split(&child.name);
                    if name == local && scope.resolve(own) == namespace(prefix) {
                        next.push((child, scope));
                    }
                }
            }
            found = next;
        }
        found.into_iter().map(|row| row.0).collect()
    }

    /// The namespace of the element when nothing around it declares a prefix.
    #[must_use]
    pub fn namespace(&self) -> String {
        self.scope(&Scope::default()).resolve(split(&self.name).0).to_owned()
    }

    fn scope(&self, outer: &Scope) -> Scope {
        let mut scope = outer.clone();
        scope.0.extend(self.namespaces.iter().cloned());
        scope
    }

    /// The plain text: attributes in their order, declarations where they are needed, `<a/>` for what
    /// is empty.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = String::new();
        self.write_plain(&Scope::default(), &mut out);
        out
    }

    fn write_plain(&self, outer: &Scope, out: &mut String) {
        let mut scope = self.scope(outer);
        out.push('<');
        out.push_str(&self.name);
        for (prefix, uri) in &self.namespaces {
            declaration(prefix, uri, out);
        }
        let names = self.attributes.iter().map(|row| &row.0).chain([&self.name]);
        for prefix in names.map(|name| split(name).0).filter(|prefix| !prefix.is_empty()) {
            if prefix != "xml" && scope.declared(prefix).is_none() {
                declaration(prefix, namespace(prefix), out);
                scope.0.push((prefix.to_owned(), namespace(prefix).to_owned()));
            }
        }
        for (name, value) in &self.attributes {
            attribute(name, value, out);
        }
        if self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        for node in &self.children {
            match node {
                Node::Element(element) => element.write_plain(&scope, out),
                Node::Text(text) => escape_text(text, out),
                Node::Raw { plain, .. } => out.push_str(plain),
            }
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }

    /// Exclusive canonical text (without comments) of this element when nothing around it declares a
    /// prefix.
    ///
    /// * `prefixes`: those of an `InclusiveNamespaces` list, `#default` for the default namespace.
    #[must_use]
    pub fn canonical(&self, prefixes: &[&str]) -> String {
        self.canonical_in(&[], prefixes)
    }

    /// As [`Self::canonical`], inside of elements that declare these prefixes.
    #[must_use]
    pub fn canonical_in(&self, around: &[(String, String)], prefixes: &[&str]) -> String {
        let mut out = String::new();
        self.write_canonical(&Scope(around.to_vec()), &Scope::default(), prefixes, &mut out);
        out
    }

    // `rendered` are the declarations that the output has around this element.
    fn write_canonical(&self, outer: &Scope, rendered: &Scope, list: &[&str], out: &mut String) {
        let scope = self.scope(outer);
        let mut rendered = rendered.clone();
        let mut utilised = vec![split(&self.name).0];
        let qualified = self.attributes.iter().map(|row| split(&row.0).0);
        utilised.extend(qualified.filter(|prefix| !prefix.is_empty() && *prefix != "xml"));
        // Those of the list are rendered when they are in scope, utilised or not.
        let listed = list.iter().map(|prefix| if *prefix == "#default" { "" } else { *prefix });
        utilised.extend(listed.filter(|prefix| scope.declared(prefix).is_some()));
        utilised.sort_unstable();
        utilised.dedup();
        out.push('<');
        out.push_str(&self.name);
        for prefix in utilised {
            let uri = scope.resolve(prefix).to_owned();
            let before = rendered.declared(prefix);
            if before != Some(uri.as_str()) && !(before.is_none() && uri.is_empty()) {
                declaration(prefix, &uri, out);
                rendered.0.push((prefix.to_owned(), uri));
            }
        }
        let mut attributes: Vec<(&str, &str, &String, &String)> = Vec::new();
        for (name, value) in &self.attributes {
            let (prefix, local) = split(name);
            let uri = if prefix.is_empty() { "" } else { scope.resolve(prefix) };
            attributes.push((uri, local, name, value));
        }
        attributes.sort_unstable();
        for (_, _, name, value) in attributes {
            attribute(name, value, out);
        }
        out.push('>');
        for node in &self.children {
            match node {
                Node::Element(element) => element.write_canonical(&scope, &rendered, list, out),
                Node::Text(text) => escape_text(text, out),
                Node::Raw { canonical, .. } => out.push_str(canonical),
            }
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}

// Declarations, the innermost last.
#[derive(Clone, Default)]
struct Scope(Vec<(String, String)>);

impl Scope {
    fn declared(&self, prefix: &str) -> Option<&str> {
        self.0.iter().rev().find(|row| row.0 == prefix).map(|row| row.1.as_str())
    }

    fn resolve(&self, prefix: &str) -> &str {
        self.declared(prefix).unwrap_or_else(|| namespace(prefix))
    }
}

fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

fn declaration(prefix: &str, uri: &str, out: &mut String) {
    let colon = if prefix.is_empty() { "" } else { ":" };
    attribute(&format!("xmlns{colon}{prefix}"), uri, out);
}

fn attribute(name: &str, value: &str, out: &mut String) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    for character in value.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            other => out.push(other),
        }
    }
    out.push('"');
}

fn escape_text(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_keeps_its_order_and_canonical_text_sorts() {
        let element = Element::new("saml2:A")
            .with("xsi:type", "xsd:string")
            .with("b", "1<\"\t")
            .with("a", "2")
            .child(Element::new("saml2:B").text("a > b & c\r"))
            .child(Element::new("ds:C"));
        let (saml2, xsi) = (namespace("saml2"), namespace("xsi"));
        assert_eq!(
            element.write(),
            format!(
                "<saml2:A xmlns:xsi=\"{xsi}\" xmlns:saml2=\"{saml2}\" xsi:type=\"xsd:string\" \
                 b=\"1&lt;&quot;&#x9;\" a=\"2\"><saml2:B>a &gt; b &amp; c&#xD;</saml2:B>\
                 <ds:C xmlns:ds=\"{}\"/></saml2:A>",
                namespace("ds")
            )
        );
        assert_eq!(
            element.canonical(&[]),
            format!(
                "<saml2:A xmlns:saml2=\"{saml2}\" xmlns:xsi=\"{xsi}\" a=\"2\" \
                 b=\"1&lt;&quot;&#x9;\" xsi:type=\"xsd:string\"><saml2:B>a &gt; b &amp; c&#xD;\
                 </saml2:B><ds:C xmlns:ds=\"{}\"></ds:C></saml2:A>",
                namespace("ds")
            )
        );
    }

    #[test]
    fn a_listed_prefix_is_rendered_where_it_is_in_scope_and_another_one_is_not() {
        let element = Element::new("saml2:A").declaring("xsd", "urn:x").declaring("q", "urn:q");
        let saml2 = namespace("saml2");
        assert_eq!(element.canonical(&[]), format!("<saml2:A xmlns:saml2=\"{saml2}\"></saml2:A>"));
        assert_eq!(
            element.canonical(&["xsd", "nowhere"]),
            format!("<saml2:A xmlns:saml2=\"{saml2}\" xmlns:xsd=\"urn:x\"></saml2:A>")
        );
        let around = [("q".to_owned(), "urn:outer".to_owned())];
        let inner = Element::new("q:A").canonical_in(&around, &[]);
        assert_eq!(inner, "<q:A xmlns:q=\"urn:outer\"></q:A>");
    }

    #[test]
    fn the_default_namespace_is_undone_only_where_it_was_rendered() {
        let inner = Element::new("b").declaring("", "");
        let element = Element::new("a").declaring("", "urn:a").child(inner.clone());
        let text = "<a xmlns=\"urn:a\"><b xmlns=\"\"></b></a>";
        assert_eq!(element.canonical(&[]), text);
        assert_eq!(inner.canonical(&[]), "<b></b>");
        assert_eq!(element.write(), "<a xmlns=\"urn:a\"><b xmlns=\"\"/></a>");
    }

    #[test]
    fn what_is_raw_is_not_escaped_and_comments_are_not_canonical() {
        let element = Element::new("a")
            .text("x")
            .node(Node::comment("c"))
            .node(Node::instruction("p i"))
            .node(Node::cdata("<&"));
        assert_eq!(element.write(), "<a>x<!--c--><?p i?><![CDATA[<&]]></a>");
        assert_eq!(element.canonical(&[]), "<a>x<?p i?>&lt;&amp;</a>");
    }

    #[test]
    fn elements_are_found_changed_and_taken_by_their_path() {
        let mut element = Element::new("a")
            .child(Element::new("b").child(Element::new("c").text("1")))
            .child(Element::new("b").child(Element::new("d")));
        assert_eq!(element.find("b/c").unwrap().inner_text(), "1");
        assert!(element.find("b/d").is_none(), "the first of each");
        element.at("b/c").unwrap().set_text("2");
        assert_eq!(element.take("b/c").unwrap().inner_text(), "2");
        assert_eq!(element.take("b/c"), Err(MakerError::Xml("b/c".to_owned())));
        element.after("b", Element::new("e"));
        element.before("b", Node::comment(""));
        assert_eq!(element.write(), "<a><!----><b/><e/><b><d/></b></a>");
    }
}
