//! The letters of XML: which octets are a document at all, names, white space, references.

use super::NAME_BYTES;
use super::names::{Span, Texts};
use crate::envelope::scan::prefix_len;
use crate::verdict::{Code, Detail, Place, Refusal};

/// Takes octets for text: UTF-8 without its byte order mark, of characters that XML 1.0 allows
/// (2.2), and none of U+FEFF, which is a byte order mark in the wrong place.
///
/// Gives the text, and how many bytes of mark stand before it.
pub(super) fn text_of(octets: &[u8]) -> Result<(&str, usize), Refusal> {
    let octets_after = octets.strip_prefix(BYTE_ORDER_MARK).unwrap_or(octets);
    let before = octets.len().saturating_sub(octets_after.len());
    if matches!(octets_after, [0xfe, 0xff, ..] | [0xff, 0xfe, ..]) {
        return Err(refusal(Code::XmlEncoding, 0));
    }
    let text = std::str::from_utf8(octets_after)
        .map_err(|e| refusal(Code::XmlEncoding, before.saturating_add(e.valid_up_to())))?;
    let controls = prefix_len(octets_after, |b| (b >= 0x20) | (b == 9) | (b == 10) | (b == 13));
    if let Some(control) = octets_after.get(controls) {
        let code = if *control == 0 { Code::XmlEncoding } else { Code::XmlMalformed };
        return Err(refusal(code, before.saturating_add(controls)));
    }
    for at in memchr::memchr_iter(0xef, octets_after) {
        let code = match octets_after.get(at..at.saturating_add(3)) {
            Some([0xef, 0xbb, 0xbf]) => Code::XmlEncoding,
            Some([0xef, 0xbf, 0xbe | 0xbf]) => Code::XmlMalformed,
            _ => continue,
        };
        return Err(refusal(code, before.saturating_add(at)));
    }
    Ok((text, before))
}

const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

pub(super) fn refusal(code: Code, offset: usize) -> Refusal {
    Refusal::new(code, Place::NONE.at(offset))
}

pub(super) fn over(code: Code, offset: usize, limit: usize, found: usize) -> Refusal {
    refusal(code, offset).with(Detail::limit(limit, found))
}

/// Reads the text from left to right.
pub(super) struct Cursor<'a> {
    text: &'a str,
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    pub(super) fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    /// Takes these bytes if they come next.
    #[inline]
    pub(super) fn take(&mut self, expected: &[u8]) -> bool {
        let comes = self.rest().starts_with(expected);
        if comes {
            self.advance(expected.len());
        }
        comes
    }

    pub(super) fn expect(&mut self, expected: u8) -> Result<(), Refusal> {
        if self.peek() != Some(expected) {
            return Err(self.malformed());
        }
        self.advance(1);
        Ok(())
    }

    /// Takes white space; false when there is none.
    #[inline]
    pub(super) fn space(&mut self) -> bool {
        let before = self.at;
        while self.peek().is_some_and(is_space) {
            self.advance(1);
        }
        self.at != before
    }

    /// Takes everything up to these bytes, and them; gives where the end of the former is.
    pub(super) fn until(&mut self, end: &[u8]) -> Result<usize, Refusal> {
        let found = memchr::memmem::find(self.rest(), end).ok_or_else(|| self.malformed())?;
        let at = self.at.saturating_add(found);
        self.at = at.saturating_add(end.len());
        Ok(at)
    }

    /// Takes a name without colon (Namespaces in XML 1.0, 3).
    #[inline]
    pub(super) fn ncname(&mut self) -> Result<Span, Refusal> {
        let start = self.at;
        match self.peek() {
            Some(byte) if class(byte) & NAME_START != 0 => {}
            _ => self.name_character(NAME_START, is_name_start)?,
        }
        loop {
            let ascii = self.rest().iter().take_while(|byte| class(**byte) & NAME != 0).count();
            self.advance(ascii);
            if self.peek().is_none_or(|byte| byte < 0x80)
                || self.name_character(NAME, is_name).is_err()
            {
                break;
            }
        }
        let len = self.at.saturating_sub(start);
        if len > NAME_BYTES {
            return Err(over(Code::LimitSize, start, NAME_BYTES, len));
        }
        Ok(Texts::of_source(start, self.at))
    }

    /// Takes a qualified name: the prefix, empty when there is none, and the local part.
    #[inline]
    pub(super) fn qname(&mut self) -> Result<(Span, Span), Refusal> {
        let first = self.ncname()?;
        if self.peek() != Some(b':') {
            return Ok((Span::default(), first));
        }
        self.advance(1);
        Ok((first, self.ncname()?))
    }

    fn name_character(&mut self, ascii: u8, other: fn(char) -> bool) -> Result<(), Refusal> {
        let byte = self.peek().ok_or_else(|| self.malformed())?;
        let len = if byte < 0x80 {
            usize::from(class(byte) & ascii != 0)
        } else {
            let next = self.text.get(self.at..).and_then(|rest| rest.chars().next());
            next.filter(|c| other(*c)).map_or(0, char::len_utf8)
        };
        if len == 0 {
            return Err(self.malformed());
        }
        self.advance(len);
        Ok(())
    }

    pub(super) fn malformed(&self) -> Refusal {
        refusal(Code::XmlMalformed, self.at)
    }
}

/// Decodes a run of text: references, and the line ends of XML 1.0, 2.11. `at` is where it stands.
pub(super) fn decode_text(run: &str, at: usize, out: &mut String) -> Result<(), Refusal> {
    decode(run, at, out, |white| if white == b'\t' { '\t' } else { '\n' })
}

/// Decodes an attribute value: references, and every literal tab or line end becomes one blank
/// (XML 1.0, 3.3.3, for attributes that no DTD declares).
pub(super) fn decode_value(run: &str, at: usize, out: &mut String) -> Result<(), Refusal> {
    decode(run, at, out, |_| ' ')
}

// `white` says what a literal tab or line end becomes. A carriage return before a line feed is the
// same line end.
fn decode(
    run: &str,
    at: usize,
    out: &mut String,
    white: impl Fn(u8) -> char,
) -> Result<(), Refusal> {
    let mut rest = run;
    loop {
        let plain = rest.bytes().take_while(|b| !matches!(b, b'&' | b'\r' | b'\n' | b'\t')).count();
        let (before, special) = rest.split_at_checked(plain).unwrap_or((rest, ""));
        out.push_str(before);
        let taken = match special.as_bytes() {
            [] => return Ok(()),
            [b'&', ..] => {
                let here = at.saturating_add(run.len().saturating_sub(special.len()));
                reference(special, here, out)?
            }
            [b'\r', b'\n', ..] => {
                out.push(white(b'\n'));
                2
            }
            [byte, ..] => {
                out.push(white(*byte));
                1
            }
        };
        rest = special.get(taken..).unwrap_or_default();
    }
}

// Writes what the reference at the start of `rest` stands for, and says how long it is.
fn reference(rest: &str, at: usize, out: &mut String) -> Result<usize, Refusal> {
    let malformed = || refusal(Code::XmlMalformed, at);
    let window = rest.as_bytes().get(1..).unwrap_or_default();
    let window = window.get(..window.len().min(REFERENCE_BYTES)).unwrap_or_default();
    // An entity that has a long name is not one of the five; whether it ends does not matter.
    let Some(len) = memchr::memchr(b';', window) else {
        let name = window.first().is_some_and(|b| class(*b) & NAME_START != 0);
        return Err(if name { refusal(Code::XmlEntity, at) } else { malformed() });
    };
    let name = window.get(..len).unwrap_or_default();
    let character = match name {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x', digits @ ..] => number(digits, 16).ok_or_else(malformed)?,
        [b'#', digits @ ..] => number(digits, 10).ok_or_else(malformed)?,
        [first, ..] if class(*first) & NAME_START != 0 || *first >= 0x80 => {
            return Err(refusal(Code::XmlEntity, at));
        }
        _ => return Err(malformed()),
    };
    out.push(character);
    Ok(len.saturating_add(2))
}

/// Between `&` and `;`: `#x10FFFF` has 8, and leading zeros are tolerated to here.
const REFERENCE_BYTES: usize = 32;

fn number(digits: &[u8], radix: u32) -> Option<char> {
    if digits.is_empty() {
        return None;
    }
    let value = digits.iter().try_fold(0u32, |value, digit| {
        let digit = char::from(*digit).to_digit(radix)?;
        value.checked_mul(radix)?.checked_add(digit)
    })?;
    char::from_u32(value).filter(|c| is_character(*c))
}

// XML 1.0, 2.2. U+FEFF is refused spelled out as it is as a reference.
const fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && c != '\u{feff}'
}

/// The four characters of white space of XML 1.0, 2.3.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

// XML 1.0 (fifth edition), 2.3, without the colon.
const fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}'
        | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
        | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

const fn is_name(c: char) -> bool {
    is_name_start(c)
        || matches!(c,
            '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Whether it is a character that a URI may have (RFC 3986, 2).
#[inline]
pub(super) fn is_uri_character(byte: u8) -> bool {
    class(byte) & URI != 0
}

const NAME_START: u8 = 1;
const NAME: u8 = 2;
const URI: u8 = 4;

#[inline]
fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

static CLASSES: [u8; 256] = classes();

#[expect(clippy::indexing_slicing, reason = "the compiler evaluates it, and would stop")]
#[expect(clippy::as_conversions, reason = "no `usize::from` in a constant")]
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0u8;
    while byte < 0x80 {
        if is_name_start(byte as char) {
            classes[byte as usize] |= NAME_START;
        }
        if is_name(byte as char) {
            classes[byte as usize] |= NAME;
        }
        if byte.is_ascii_graphic()
            && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
        {
            classes[byte as usize] |= URI;
        }
        byte = byte.wrapping_add(1);
    }
    classes
}
