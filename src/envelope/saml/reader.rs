//! Reads one element: its attributes by a closed list, its children in the order of the schema.

use super::{ASSERTION, ENCRYPTION, PROTOCOL, SCHEMA_INSTANCE, SIGNATURE};
use crate::UnixTime;
use crate::envelope::xml::{Element, XML_NAMESPACE};
use crate::verdict::{Code, Place, Refusal};
use std::borrow::Cow;
use std::iter::Peekable;

/// Text without the white space of XML at its ends. For URIs, times and words of a list; never for
/// names of persons.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|c| matches!(c, ' ' | '\t' | '\r' | '\n'))
}

/// Whether a text can be an ID: an NCName of at most [`MAX_ID_BYTES`] bytes (SAML Core 1.3.4).
#[must_use]
pub fn is_ncname(text: &str) -> bool {
    let first = |c: char| c.is_alphabetic() || c == '_';
    let rest = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\u{b7}');
    let mut characters = text.chars();
    text.len() <= MAX_ID_BYTES && characters.next().is_some_and(first) && characters.all(rest)
}

/// The children of an element, taken one after the other.
pub(super) struct Sequence<'d, 'a, I: Iterator<Item = Element<'d, 'a>>> {
    children: Peekable<I>,
    parent: Element<'d, 'a>,
    part: &'static str,
}

/// Begins with the children of an element that has nothing but elements.
///
/// # Errors
/// [`Code::SamlElement`] when text stands between them.
pub(super) fn children<'d, 'a>(
    parent: Element<'d, 'a>,
    part: &'static str,
) -> Result<Sequence<'d, 'a, impl Iterator<Item = Element<'d, 'a>>>, Refusal> {
    if !parent.has_only_elements() {
        return Err(refuse(Code::SamlElement, part, parent));
    }
    Ok(Sequence { children: parent.children().peekable(), parent, part })
}

impl<'d, 'a, I: Iterator<Item = Element<'d, 'a>>> Sequence<'d, 'a, I> {
    /// Takes the next child if it is this one.
    pub(super) fn optional(&mut self, namespace: &str, local: &str) -> Option<Element<'d, 'a>> {
        self.children.next_if(|child| child.is(namespace, local))
    }

    /// Takes the next child, which must be this one.
    pub(super) fn required(
        &mut self,
        namespace: &str,
        local: &str,
    ) -> Result<Element<'d, 'a>, Refusal> {
        let at = self.children.peek().copied().unwrap_or(self.parent);
        self.optional(namespace, local).ok_or_else(|| refuse(Code::SamlElement, self.part, at))
    }

    /// Takes the next child, whatever it is.
    pub(super) fn next(&mut self) -> Option<Element<'d, 'a>> {
        self.children.next()
    }

    /// Nothing may be left.
    pub(super) fn end(&mut self) -> Result<(), Refusal> {
        match self.children.peek() {
            None => Ok(()),
            Some(left) => Err(refuse(Code::SamlElement, self.part, *left)),
        }
    }
}

/// Checks the attributes of an element: those without prefix by a closed list, and no other but hints
/// to a schema, which nobody follows, and those of XML itself.
///
/// # Errors
/// [`Code::SamlAttribute`].
pub(super) fn attributes(
    element: Element<'_, '_>,
    part: &'static str,
    known: &[&str],
) -> Result<(), Refusal> {
    let allowed = |namespace: Option<&str>, local: &str| match namespace {
        None => known.contains(&local),
        Some(SCHEMA_INSTANCE) => SCHEMA_HINTS.contains(&local),
        Some(namespace) => namespace == XML_NAMESPACE,
    };
    if element.attribute_names().all(|(namespace, local)| allowed(namespace, local)) {
        return Ok(());
    }
    Err(refuse(Code::SamlAttribute, part, element))
}

/// An attribute that must be there.
///
/// # Errors
/// [`Code::SamlAttribute`].
pub(super) fn required<'d>(
    element: Element<'d, '_>,
    part: &'static str,
    name: &str,
) -> Result<&'d str, Refusal> {
    element.attribute(name).ok_or_else(|| refuse(Code::SamlAttribute, part, element))
}

/// An ID that must be there.
///
/// # Errors
/// [`Code::SamlAttribute`] when it is not, [`Code::SamlValue`] when it is no NCName.
pub(super) fn id<'d>(element: Element<'d, '_>, part: &'static str) -> Result<&'d str, Refusal> {
    let id = required(element, part, "ID")?;
    if is_ncname(id) { Ok(id) } else { Err(refuse(Code::SamlValue, part, element)) }
}

/// A time that may be there.
///
/// # Errors
/// [`Code::SamlValue`] when it is no time.
pub(super) fn time(
    element: Element<'_, '_>,
    part: &'static str,
    name: &str,
) -> Result<Option<UnixTime>, Refusal> {
    let Some(text) = element.attribute(name) else { return Ok(None) };
    super::date_time(text).map(Some).ok_or_else(|| refuse(Code::SamlValue, part, element))
}

/// A time that must be there.
///
/// # Errors
/// [`Code::SamlAttribute`] when it is not, [`Code::SamlValue`] when it is no time.
pub(super) fn required_time(
    element: Element<'_, '_>,
    part: &'static str,
    name: &str,
) -> Result<UnixTime, Refusal> {
    time(element, part, name)?.ok_or_else(|| refuse(Code::SamlAttribute, part, element))
}

/// The text of an element, trimmed: a URI or a word of a list.
///
/// # Errors
/// Those of [`Element::text`], and [`Code::SamlValue`] when it is empty or longer than
/// [`MAX_URI_BYTES`].
pub(super) fn text<'d>(
    element: Element<'d, '_>,
    part: &'static str,
) -> Result<Cow<'d, str>, Refusal> {
    let whole = element.text().map_err(|refusal| refusal.within(part, None))?;
    let text = match whole {
        Cow::Borrowed(text) => Cow::Borrowed(trimmed(text)),
        Cow::Owned(text) => Cow::Owned(trimmed(&text).to_owned()),
    };
    if text.is_empty() || text.len() > MAX_URI_BYTES {
        return Err(refuse(Code::SamlValue, part, element));
    }
    Ok(text)
}

/// Checks what is let stand unread: nothing in it may be of SAML, of signatures or of encryption.
///
/// # Errors
/// [`Code::SamlElement`].
pub(super) fn opaque(element: Element<'_, '_>, part: &'static str) -> Result<(), Refusal> {
    let mut open: Vec<Element<'_, '_>> = element.children().collect();
    // Each element once, and no document has more than its limit.
    while let Some(next) = open.pop() {
        let ours = [ASSERTION, PROTOCOL, SIGNATURE, ENCRYPTION];
        if next.namespace().is_some_and(|namespace| ours.contains(&namespace)) {
            return Err(refuse(Code::SamlElement, part, next));
        }
        open.extend(next.children());
    }
    Ok(())
}

pub(super) fn refuse(code: Code, part: &'static str, at: Element<'_, '_>) -> Refusal {
    Refusal::new(code, Place::part(part).at(at.offset()))
}

/// Longest ID. Identity providers use 20 to 70 characters.
pub const MAX_ID_BYTES: usize = 256;
/// Longest URI: that of an entity ID (SAML Core 8.3.6).
pub const MAX_URI_BYTES: usize = 1024;

const SCHEMA_HINTS: &[&str] = &["noNamespaceSchemaLocation", "schemaLocation"];
