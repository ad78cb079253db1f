//! Where texts of a document stand, and the two tables of prefixes and namespaces.

use super::{NAMESPACES, XML_NAMESPACE};

/// A text of the document: where it stands in the source, or among the decoded texts when the source
/// spells it with references or line ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    start: u32,
    // The highest bit tells a decoded text, the next one a text that canonical XML has as it is.
    len: u32,
}

const DECODED: u32 = 1 << 31;
const VERBATIM: u32 = 1 << 30;

/// The source, and what was decoded from it.
#[derive(Debug)]
pub(super) struct Texts<'a> {
    pub(super) source: &'a str,
    decoded: String,
}

impl<'a> Texts<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        // Room for what the tables have of their own.
        Self { source, decoded: String::with_capacity(64) }
    }

    /// Bytes `start` to `end` of the source.
    pub(super) fn of_source(start: usize, end: usize) -> Span {
        Span { start: narrow(start), len: narrow(end.saturating_sub(start)) }
    }

    /// Where the next decoded text begins.
    pub(super) fn mark(&self) -> usize {
        self.decoded.len()
    }

    /// What was decoded since a mark.
    pub(super) fn since(&self, mark: usize) -> Span {
        let len = self.decoded.len().saturating_sub(mark);
        Span { start: narrow(mark), len: narrow(len) | DECODED }
    }

    pub(super) fn decoded(&mut self) -> &mut String {
        &mut self.decoded
    }

    /// The source from where one text of it begins, or so many bytes before that, to where another
    /// ends, or so many bytes behind that.
    #[inline]
    pub(super) fn around(&self, before: usize, from: Span, to: Span, behind: usize) -> &'a str {
        let start = wide(from.start).saturating_sub(before);
        let end = wide(to.start).saturating_add(to.len()).saturating_add(behind);
        self.source.get(start..end).unwrap_or_default()
    }

    #[inline]
    pub(super) fn read(&self, span: Span) -> &str {
        let from = if span.len & DECODED == 0 { self.source } else { self.decoded.as_str() };
        let start = wide(span.start);
        from.get(start..start.saturating_add(span.len())).unwrap_or_default()
    }
}

impl Span {
    /// Where it begins.
    pub(super) const fn start(self) -> usize {
        wide(self.start)
    }

    pub(super) const fn len(self) -> usize {
        wide(self.len & !(DECODED | VERBATIM))
    }

    /// The same, known to hold nothing that canonical XML writes in another way.
    pub(super) const fn verbatim(self) -> Self {
        Self { len: self.len | VERBATIM, ..self }
    }

    pub(super) const fn is_verbatim(self) -> bool {
        self.len & VERBATIM != 0
    }
}

/// Texts that are the same get the same number. Found by a mark that short texts alone have, else by
/// halving, so that many cost little more than few.
#[derive(Debug)]
pub(super) struct Table {
    // By number, each with its mark.
    texts: Vec<(Span, u64)>,
    // The numbers, in the order of their texts.
    order: Vec<u16>,
}

/// The number of the empty prefix, and of no namespace.
pub(super) const NONE: u16 = 0;
/// The number of the prefix `xml`, and of its namespace.
pub(super) const XML: u16 = 1;

impl Table {
    /// The table of prefixes, with the empty one and `xml`.
    pub(super) fn of_prefixes(texts: &mut Texts<'_>) -> Self {
        Self::with(texts, "xml")
    }

    /// The table of namespaces, with none and the one of `xml`.
    pub(super) fn of_namespaces(texts: &mut Texts<'_>) -> Self {
        Self::with(texts, XML_NAMESPACE)
    }

    fn with(texts: &mut Texts<'_>, xml: &str) -> Self {
        let mark = texts.mark();
        texts.decoded().push_str(xml);
        let span = texts.since(mark);
        let mut table = Self { texts: Vec::with_capacity(USUAL), order: Vec::with_capacity(USUAL) };
        table.texts.push((Span::default(), mark_of(b"")));
        table.texts.push((span, mark_of(xml.as_bytes())));
        table.order.extend([NONE, XML]);
        table
    }

    pub(super) const fn len(&self) -> usize {
        self.texts.len()
    }

    #[inline]
    pub(super) fn text<'t>(&self, texts: &'t Texts<'_>, number: u16) -> &'t str {
        self.texts.get(usize::from(number)).map_or("", |(span, _)| texts.read(*span))
    }

    pub(super) fn find(&self, texts: &Texts<'_>, wanted: &str) -> Option<u16> {
        let mark = mark_of(wanted.as_bytes());
        if let Some(number) = self.marked(texts, wanted, mark) {
            return Some(number);
        }
        let at = self.search(texts, wanted).ok()?;
        self.order.get(at).copied()
    }

    /// The number of a text, a new one if need be; `None` when there are too many.
    pub(super) fn number(&mut self, texts: &Texts<'_>, span: Span) -> Option<u16> {
        if span.len() == 0 {
            return Some(NONE);
        }
        let wanted = texts.read(span);
        let mark = mark_of(wanted.as_bytes());
        if let Some(number) = self.marked(texts, wanted, mark) {
            return Some(number);
        }
        match self.search(texts, wanted) {
            Ok(at) => self.order.get(at).copied(),
            Err(_) if self.texts.len() >= NAMESPACES => None,
            Err(at) => {
                let number = u16::try_from(self.texts.len()).ok()?;
                self.texts.push((span, mark));
                self.order.insert(at, number);
                Some(number)
            }
        }
    }

    // The first text of this mark, if it is this text.
    fn marked(&self, texts: &Texts<'_>, wanted: &str, mark: u64) -> Option<u16> {
        let number = self.texts.iter().position(|(_, other)| *other == mark)?;
        let number = u16::try_from(number).ok()?;
        (self.text(texts, number) == wanted).then_some(number)
    }

    fn search(&self, texts: &Texts<'_>, wanted: &str) -> Result<usize, usize> {
        self.order.binary_search_by(|number| self.text(texts, *number).cmp(wanted))
    }
}

// What most documents have of either, and room.
const USUAL: usize = 16;

// Ends and length of a text, mixed.
#[inline]
fn mark_of(text: &[u8]) -> u64 {
    let (first, last) = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => (text.iter().fold(0, |all, byte| (all << 8) | u64::from(*byte)), 0),
    };
    let len = u64::try_from(text.len()).unwrap_or(u64::MAX);
    first ^ last.rotate_left(29).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ len.rotate_left(59)
}

/// A length or position of a document, none of which passes 2³¹.
pub(super) fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[expect(clippy::as_conversions, reason = "no `usize::try_from` in a constant; usize has 32 bits")]
pub(super) const fn wide(value: u32) -> usize {
    value as usize
}
