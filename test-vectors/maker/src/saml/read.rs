//! Reads XML that a program wrote into the tree of this crate: enough for requests and metadata of the
//! broker, checked with the canonical text of this crate.

use super::xml::{Element, Node};
use crate::MakerError;

/// Reads a document. Comments and instructions are left out, at most [`MAX_DEPTH`] levels are read.
///
/// # Errors
/// [`MakerError::Xml`] when it is not well-formed.
pub fn read(text: &str) -> Result<Element, MakerError> {
    let mut reader = Reader { rest: text };
    reader.skip()?;
    let root = reader.element(0)?;
    reader.skip()?;
    if reader.rest.is_empty() { Ok(root) } else { Err(reader.fail("the end")) }
}

/// The deepest element that is read.
pub const MAX_DEPTH: usize = 64;

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn fail(&self, wanted: &str) -> MakerError {
        let found: String = self.rest.chars().take(20).collect();
        MakerError::Xml(format!("{wanted} is missing before {found}"))
    }

    fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, text: &str) -> Result<(), MakerError> {
        if self.eat(text) { Ok(()) } else { Err(self.fail(text)) }
    }

    fn until(&mut self, end: &str) -> Result<&'a str, MakerError> {
        let (text, rest) = self.rest.split_once(end).ok_or_else(|| self.fail(end))?;
        self.rest = rest;
        Ok(text)
    }

    fn while_(&mut self, test: impl Fn(char) -> bool) -> &'a str {
        let len = self.rest.find(|character| !test(character)).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(len);
        self.rest = rest;
        text
    }

    fn space(&mut self) -> bool {
        !self.while_(|character| matches!(character, ' ' | '\t' | '\r' | '\n')).is_empty()
    }

    // White space, comments and instructions outside of the root.
    fn skip(&mut self) -> Result<(), MakerError> {
        loop {
            self.space();
            if self.eat("<!--") {
                self.until("-->")?;
            } else if self.eat("<?") {
                self.until("?>")?;
            } else {
                return Ok(());
            }
        }
    }

    fn element(&mut self, depth: usize) -> Result<Element, MakerError> {
        self.expect("<")?;
        let name = |character: char| !" \t\r\n/>=\"'<".contains(character);
        let mut element = Element::new(self.while_(name));
        if element.name.is_empty() || depth > MAX_DEPTH {
            return Err(self.fail("an element"));
        }
        loop {
            let space = self.space();
            if self.eat("/>") {
                return Ok(element);
            }
            if self.eat(">") {
                break;
            }
            let name = self.while_(name);
            self.expect("=")?;
            let quote = if self.eat("\"") { "\"" } else { "'" };
            if quote == "'" {
                self.expect(quote)?;
            }
            // Literal white space in a value is a blank (XML 1.0, 3.3.3).
            let value = self.until(quote)?.replace("\r\n", " ").replace(['\t', '\r', '\n'], " ");
            let value = unescape(&value)?;
            if !space || name.is_empty() {
                return Err(self.fail("a blank"));
            }
            match name.strip_prefix("xmlns") {
                Some("") => element.namespaces.push((String::new(), value)),
                Some(prefix) if prefix.starts_with(':') => {
                    let prefix = prefix.trim_start_matches(':').to_owned();
                    element.namespaces.push((prefix, value));
                }
                Some(_) | None => element.attributes.push((name.to_owned(), value)),
            }
        }
        loop {
            if self.eat("</") {
                let end = self.until(">")?;
                if end.trim_end() == element.name {
                    return Ok(element);
                }
                return Err(self.fail(&element.name));
            }
            if self.eat("<!--") {
                self.until("-->")?;
            } else if self.eat("<?") {
                self.until("?>")?;
            } else if self.eat("<![CDATA[") {
                let text = self.until("]]>")?.replace("\r\n", "\n").replace('\r', "\n");
                element.children.push(Node::Text(text));
            } else if self.rest.starts_with('<') {
                let child = self.element(depth.saturating_add(1))?;
                element.children.push(Node::Element(child));
            } else {
                let text = self.while_(|character| character != '<');
                let text = unescape(&text.replace("\r\n", "\n").replace('\r', "\n"))?;
                if text.is_empty() {
                    return Err(self.fail("an end tag"));
                }
                element.children.push(Node::Text(text));
            }
        }
    }
}

fn unescape(text: &str) -> Result<String, MakerError> {
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let fail = || MakerError::Xml(format!("the reference &{part}"));
        let (name, rest) = part.split_once(';').ok_or_else(fail)?;
        let character = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => {
                let number = name.strip_prefix('#').ok_or_else(fail)?;
                let number = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                char::from_u32(number.map_err(|_| fail())?)
            }
        };
        out.push(character.ok_or_else(fail)?);
        out.push_str(rest);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::xml::namespace;

    #[test]
    fn what_was_written_is_read_again() {
        let element = Element::new("saml2:A")
            .declaring("saml2", namespace("saml2"))
            .with("a", "<\"&'\t\n ä")
            .child(Element::new("saml2:B").text("a > b & c"))
            .child(Element::new("saml2:C"));
        assert_eq!(read(&element.write()).unwrap(), element);
        assert_eq!(read(&element.canonical(&[])).unwrap(), element);
        let around = format!("<?xml version=\"1.0\"?>\r\n<!-- c -->{}\n", element.write());
        assert_eq!(read(&around).unwrap(), element);
    }

    #[test]
    fn white_space_is_normalised_where_xml_says_so() {
        let element = read("<a b='x\r\ny\tz&#xA;'>1\r\n2\r3<![CDATA[<&\r\n]]></a>").unwrap();
        assert_eq!(element.get("b"), Some("x y z\n"));
        assert_eq!(element.inner_text(), "1\n2\n3<&\n");
        assert_eq!(element.canonical(&[]), "<a b=\"x y z&#xA;\">1\n2\n3&lt;&amp;\n</a>");
    }

    #[test]
    fn prefixes_are_resolved_when_elements_are_selected() {
        let text = format!("<q:A xmlns:q=\"{}\"><q:B/><B/></q:A>", namespace("saml2"));
        let element = read(&text).unwrap();
        assert_eq!(element.namespace(), namespace("saml2"));
        assert_eq!(element.select("saml2:B").len(), 1);
        assert_eq!(element.select("saml2p:B").len(), 0);
    }

    #[test]
    fn what_is_not_well_formed_is_not_read() {
        for text in
            ["", "a", "<a>", "<a></b>", "<a/><b/>", "<a b/>", "<a>&x;</a>", "<!DOCTYPE a><a/>"]
        {
            assert!(read(text).is_err(), "{text}");
        }
        let deep = |levels: usize| "<a>".repeat(levels) + &"</a>".repeat(levels);
        assert!(read(&deep(MAX_DEPTH)).is_ok());
        assert!(read(&deep(MAX_DEPTH + 2)).is_err());
    }
}
