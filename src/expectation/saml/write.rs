//! Writes XML as exclusive canonicalisation would (Exclusive XML Canonicalization 1.0, 2), so that
//! what is signed is what is sent, byte for byte.
//!
//! Names come from this program; values are escaped, and what XML cannot write at all is refused.
//! Nothing here is ever put together from text that has mark-up in it, except what was made here or
//! by [`crate::envelope::xml`].

use crate::verdict::{Code, Place, Refusal};

/// An element that is to be written. Depth and width are those of the messages below this folder.
pub(super) struct Element {
    name: (&'static str, &'static str),
    attributes: Vec<Attribute>,
    children: Vec<Child>,
}

struct Attribute {
    prefix: Option<&'static str>,
    local: &'static str,
    value: String,
}

enum Child {
    Canonical(String),
    Element(Element),
    Text(String),
}

impl Element {
    /// An element of a name, its prefix one of the table below.
    pub(super) const fn new(prefix: &'static str, local: &'static str) -> Self {
        Self { name: (prefix, local), attributes: Vec::new(), children: Vec::new() }
    }

    /// An element with text and nothing else.
    pub(super) fn with_text(
        prefix: &'static str,
        local: &'static str,
        text: impl Into<String>,
    ) -> Self {
        let mut element = Self::new(prefix, local);
        element.children.push(Child::Text(text.into()));
        element
    }

    /// Adds an attribute without prefix.
    pub(super) fn attribute(self, local: &'static str, value: impl Into<String>) -> Self {
        self.qualified(None, local, value)
    }

    /// Adds an attribute, with or without prefix. No name may come twice.
    pub(super) fn qualified(
        mut self,
        prefix: Option<&'static str>,
        local: &'static str,
        value: impl Into<String>,
    ) -> Self {
        self.attributes.push(Attribute { prefix, local, value: value.into() });
        self
    }

    /// Adds a child.
    pub(super) fn child(mut self, child: Self) -> Self {
        self.children.push(Child::Element(child));
        self
    }

    /// Adds children in their order.
    pub(super) fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children.into_iter().map(Child::Element));
        self
    }

    /// Adds a child before those from `at` on.
    pub(super) fn with_child_at(mut self, at: usize, child: Self) -> Self {
        self.children.insert(at.min(self.children.len()), Child::Element(child));
        self
    }

    /// Adds an element that was written already, with every namespace that it uses declared in it.
    pub(super) fn canonical(mut self, element: String) -> Self {
        self.children.push(Child::Canonical(element));
        self
    }

    /// The text of the element and everything in it, without XML declaration.
    ///
    /// # Errors
    /// [`Code::MisuseArgument`] when a value has a character that XML 1.0 cannot write.
    pub(super) fn write(&self) -> Result<String, Refusal> {
        let mut out = String::new();
        self.write_in(&mut Vec::new(), &mut out)?;
        Ok(out)
    }

    // As deep as the messages that are made here: less than ten.
    fn write_in(&self, declared: &mut Vec<&'static str>, out: &mut String) -> Result<(), Refusal> {
        let outer = declared.len();
        out.push('<');
        self.push_name(out);
        self.declare(declared, out);
        let mut attributes: Vec<&Attribute> = self.attributes.iter().collect();
        attributes.sort_by_key(|attribute| (attribute.prefix.map(namespace), attribute.local));
        for attribute in attributes {
            out.push(' ');
            if let Some(prefix) = attribute.prefix {
                out.push_str(prefix);
                out.push(':');
            }
            out.push_str(attribute.local);
            out.push_str("=\"");
            escape(&attribute.value, In::Attribute, out)?;
            out.push('"');
        }
        out.push('>');
        for child in &self.children {
            match child {
                Child::Canonical(element) => out.push_str(element),
                Child::Element(element) => element.write_in(declared, out)?,
                Child::Text(text) => escape(text, In::Text, out)?,
            }
        }
        out.push_str("</");
        self.push_name(out);
        out.push('>');
        declared.truncate(outer);
        Ok(())
    }

    // Declares, in the order of prefixes, those that are used here and by no element around.
    fn declare(&self, declared: &mut Vec<&'static str>, out: &mut String) {
        let mut used: Vec<&'static str> = vec![self.name.0];
        used.extend(self.attributes.iter().filter_map(|attribute| attribute.prefix));
        used.sort_unstable();
        used.dedup();
        for prefix in used {
            // `xml` is declared everywhere (Namespaces in XML 1.0, 3).
            if prefix != "xml" && !declared.contains(&prefix) {
                declared.push(prefix);
                out.push_str(" xmlns:");
                out.push_str(prefix);
                out.push_str("=\"");
                out.push_str(namespace(prefix));
                out.push('"');
            }
        }
    }

    fn push_name(&self, out: &mut String) {
        out.push_str(self.name.0);
        out.push(':');
        out.push_str(self.name.1);
    }
}

#[derive(Clone, Copy)]
enum In {
    Attribute,
    Text,
}

// Canonical XML 1.1, 2.3: what is written as a reference in text and in attribute values.
fn escape(value: &str, place: In, out: &mut String) -> Result<(), Refusal> {
    for c in value.chars() {
        match (c, place) {
            ('&', _) => out.push_str("&amp;"),
            ('<', _) => out.push_str("&lt;"),
            ('>', In::Text) => out.push_str("&gt;"),
            ('"', In::Attribute) => out.push_str("&quot;"),
            ('\t', In::Attribute) => out.push_str("&#x9;"),
            ('\n', In::Attribute) => out.push_str("&#xA;"),
            ('\r', _) => out.push_str("&#xD;"),
            // XML 1.0, 2.2: no reference writes these either.
            ('\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}', _)
            | ('\u{fffe}' | '\u{ffff}', _) => {
                return Err(Refusal::new(Code::MisuseArgument, Place::part("xml")));
            }
            _ => out.push(c),
        }
    }
    Ok(())
}

/// The namespace of a prefix, fixed: a prefix means one thing in everything that is written here.
pub(super) const fn namespace(prefix: &str) -> &'static str {
    match prefix.as_bytes() {
        b"akdb" => "https://www.akdb.de/request/2018/09",
        b"alg" => "urn:oasis:names:tc:SAML:metadata:algsupport",
        b"classic-ui" => "https://www.akdb.de/request/2018/09/classic-ui/v1",
        b"ds" => "http://www.w3.org/2000/09/xmldsig#",
        b"eid" => "http://bsi.bund.de/eID/",
        b"eidas" => "http://eidas.europa.eu/saml-extensions",
        b"md" => "urn:oasis:names:tc:SAML:2.0:metadata",
        b"mdattr" => "urn:oasis:names:tc:SAML:metadata:attribute",
        b"saml2" => "urn:oasis:names:tc:SAML:2.0:assertion",
        b"saml2p" => "urn:oasis:names:tc:SAML:2.0:protocol",
        b"xml" => "http://www.w3.org/XML/1998/namespace",
        b"xsi" => "http://www.w3.org/2001/XMLSchema-instance",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_prefixes_once_and_attributes_in_canonical_order() {
        let inner = Element::with_text("saml2", "Issuer", "a");
        let attribute = Element::new("saml2", "Attribute")
            .qualified(Some("eid"), "RequiredAttribute", "true")
            .attribute("Name", "x");
        let made = Element::new("saml2p", "AuthnRequest")
            .attribute("Version", "2.0")
            .attribute("ID", "_1")
            .child(inner)
            .child(attribute)
            .child(Element::new("saml2p", "Extensions"));
        let saml2 = "xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
        let expected = format!(
            "<saml2p:AuthnRequest xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_1\" \
             Version=\"2.0\"><saml2:Issuer {saml2}>a</saml2:Issuer><saml2:Attribute \
             xmlns:eid=\"http://bsi.bund.de/eID/\" {saml2} Name=\"x\" \
             eid:RequiredAttribute=\"true\"></saml2:Attribute><saml2p:Extensions>\
             </saml2p:Extensions></saml2p:AuthnRequest>"
        );
        assert_eq!(made.write().unwrap(), expected);
        let made = Element::new("md", "X").qualified(Some("xml"), "lang", "de").write().unwrap();
        let md = "urn:oasis:names:tc:SAML:2.0:metadata";
        assert_eq!(made, format!("<md:X xmlns:md=\"{md}\" xml:lang=\"de\"></md:X>"));
    }

    #[test]
    fn values_stay_values() {
        let hostile = "\"><x a='b'>&amp;\t\n\r]]>";
        let made = Element::with_text("ds", "X", hostile).attribute("A", hostile);
        let expected = "<ds:X xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" \
             A=\"&quot;>&lt;x a='b'>&amp;amp;&#x9;&#xA;&#xD;]]>\">\
             \"&gt;&lt;x a='b'&gt;&amp;amp;\t\n&#xD;]]&gt;</ds:X>";
        assert_eq!(made.write().unwrap(), expected);
    }

    #[test]
    fn refuses_what_xml_cannot_write() {
        let written = |text: &str| Element::with_text("ds", "X", text).write().is_ok();
        for c in ['\0', '\u{1}', '\u{8}', '\u{b}', '\u{c}', '\u{e}', '\u{1f}', '\u{fffe}'] {
            assert!(!written(&c.to_string()), "{c:?}");
            assert!(Element::new("ds", "X").attribute("A", c).write().is_err(), "{c:?}");
        }
        for c in ['\t', '\n', '\r', ' ', '\u{7f}', 'ä', '\u{fffd}', '😀'] {
            assert!(written(&c.to_string()), "{c:?}");
        }
    }
}
