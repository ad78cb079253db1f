//! Walks over elements that passed the gate and keeps their exact ranges.

use super::malformed;
use crate::verdict::Refusal;
use std::ops::Range;

/// One element of a DER value. Offsets count from the start of the outermost value.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    der: &'a [u8],
    tag: u8,
    start: usize,
    content_start: usize,
    encoded: &'a [u8],
    content: &'a [u8],
}

impl<'a> Element<'a> {
    /// The element that begins at `start` and ends at `end` at the latest: one tag byte, a definite
    /// minimal length of at most four bytes.
    pub(super) fn at(der: &'a [u8], start: usize, end: usize) -> Option<Self> {
        let input = der.get(start..end)?;
        let (&tag, rest) = input.split_first()?;
        if tag & HIGH_TAG == HIGH_TAG {
            return None;
        }
        let (&first, rest) = rest.split_first()?;
        let (len, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let width = usize::from(first & 0x7f);
            let (bytes, rest) = rest.split_at_checked(width)?;
            if !(1..=LENGTH_MAX_WIDTH).contains(&width) || bytes.first() == Some(&0) {
                return None;
            }
            let len = bytes.iter().try_fold(0usize, |len, byte| {
                len.checked_mul(256)?.checked_add(usize::from(*byte))
            })?;
            if len < 0x80 {
                return None;
            }
            (len, rest)
        };
        let header_len = input.len().checked_sub(rest.len())?;
        let content = rest.get(..len)?;
        let encoded = input.get(..header_len.checked_add(len)?)?;
        Some(Self {
            der,
            tag,
            start,
            content_start: start.checked_add(header_len)?,
            encoded,
            content,
        })
    }

    pub(crate) const fn tag(&self) -> u8 {
        self.tag
    }

    /// The value without tag and length.
    pub(crate) const fn content(&self) -> &'a [u8] {
        self.content
    }

    /// Tag, length and value.
    pub(crate) const fn encoded(&self) -> &'a [u8] {
        self.encoded
    }

    pub(crate) const fn start(&self) -> usize {
        self.start
    }

    pub(crate) const fn content_start(&self) -> usize {
        self.content_start
    }

    pub(crate) const fn end(&self) -> usize {
        // Cannot saturate: the element lies in a slice.
        self.start.saturating_add(self.encoded.len())
    }

    /// Where the whole element lies.
    pub(crate) const fn range(&self) -> Range<usize> {
        self.start..self.end()
    }

    /// Where its value lies.
    pub(crate) const fn content_range(&self) -> Range<usize> {
        self.content_start..self.end()
    }

    /// Reads the elements of the value.
    pub(crate) const fn reader(&self) -> Reader<'a> {
        Reader { der: self.der, at: self.content_start, end: self.end() }
    }

    /// Reads the value of a BIT STRING that holds whole bytes.
    pub(crate) fn bit_string_bytes(&self) -> Result<Range<usize>, Refusal> {
        match self.content.first() {
            Some(0) => Ok(self.content_start.saturating_add(1)..self.end()),
            _ => Err(malformed(self.content_start)),
        }
    }
}

/// Reads elements one after the other, each with the tag that the schema expects.
pub(crate) struct Reader<'a> {
    der: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    /// Over a whole value.
    pub(crate) const fn new(der: &'a [u8]) -> Self {
        Self { der, at: 0, end: der.len() }
    }

    /// Over a part of it, offsets kept.
    pub(crate) const fn over(der: &'a [u8], range: Range<usize>) -> Self {
        Self { der, at: range.start, end: range.end }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.at >= self.end
    }

    /// The next element, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Refusal> {
        let element = Element::at(self.der, self.at, self.end).ok_or_else(|| malformed(self.at))?;
        self.at = element.end();
        Ok(element)
    }

    /// The next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>, Refusal> {
        let element = self.any()?;
        if element.tag() == tag { Ok(element) } else { Err(malformed(element.start())) }
    }

    /// The next element when it has this tag; an OPTIONAL or DEFAULT field.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Refusal> {
        if self.der.get(self.at..self.end).and_then(<[u8]>::first) == Some(&tag) {
            self.any().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Everything was read.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        if self.is_empty() { Ok(()) } else { Err(malformed(self.at)) }
    }
}

const HIGH_TAG: u8 = 0x1f;

// Enough for 4 GiB; every limit on the size is far below.
const LENGTH_MAX_WIDTH: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::der::tag;

    #[test]
    fn keeps_offsets_of_the_outermost_value() {
        let der = [0x30, 5, 0x30, 3, 2, 1, 7];
        let outer = Reader::new(&der).expect(tag::SEQUENCE).unwrap();
        let inner = outer.reader().expect(tag::SEQUENCE).unwrap();
        let mut reader = inner.reader();
        assert!(reader.optional(tag::NULL).unwrap().is_none());
        let number = reader.expect(tag::INTEGER).unwrap();
        assert_eq!((number.range(), number.content_range()), (4..7, 6..7));
        assert!(reader.finish().is_ok());
    }

    #[test]
    fn refuses_what_the_schema_does_not_expect() {
        let der = [0x30, 4, 5, 0, 5, 0];
        let outer = Reader::new(&der).expect(tag::SEQUENCE).unwrap();
        assert!(outer.reader().expect(tag::INTEGER).is_err());
        let mut reader = outer.reader();
        reader.expect(tag::NULL).unwrap();
        assert!(reader.finish().is_err());
    }
}
