//! Text to nodes: one pass, an explicit stack, every bound beside the work that it bounds.
//!
//! Places are added to without a check for overflow: `at` stays within the text, or a handful of bytes
//! behind its end, and no text is longer than half of the address space.

use super::text::hex4;
use super::{Kind, Limits, MAX_DEPTH, Node, Value, to_u32};
use crate::envelope::scan::plain_len;
use crate::verdict::{Code, Detail, Place, Refusal};

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) nodes: &'a mut Vec<Node>,
    // Nodes of other texts that stand in the list already.
    pub(super) before: usize,
    pub(super) limits: Limits,
}

// An object or array that is not closed yet.
#[derive(Clone, Copy, Default)]
struct Container {
    index: usize,
    // What closes it.
    bracket: u8,
}

impl Container {
    const fn is_object(self) -> bool {
        self.bracket == b'}'
    }
}

impl Reader<'_> {
    // One pass. `open` holds the containers around the place that is read; its size is the bound on
    // nesting, so that no input can use up the stack.
    pub(super) fn document(mut self) -> Result<(), Refusal> {
        let mut open = [Container::default(); MAX_DEPTH];
        let mut depth = 0usize;
        loop {
            // A value stands here.
            if let Some(container) = self.value(depth)? {
                let slot = open.get_mut(depth).ok_or_else(|| self.refuse(Code::LimitDepth))?;
                *slot = container;
                depth = depth.saturating_add(1);
                if self.skip_blanks() != container.bracket {
                    if container.is_object() {
                        self.member_name()?;
                    }
                    continue;
                }
            }
            // A value is complete: close what ends here, or go on to the next value.
            loop {
                let Some(innermost) = depth.checked_sub(1) else { return self.end() };
                let container = open.get(innermost).copied().unwrap_or_default();
                let next = self.skip_blanks();
                if next == container.bracket {
                    self.at = self.at.wrapping_add(1);
                    self.close(container)?;
                    depth = innermost;
                    continue;
                }
                if next != b',' {
                    return Err(self.refuse(Code::FormatJson));
                }
                self.at = self.at.wrapping_add(1);
                if container.is_object() {
                    self.skip_blanks();
                    self.member_name()?;
                }
                break;
            }
        }
    }

    // Reads a scalar whole, or the first byte of a container.
    #[inline]
    fn value(&mut self, depth: usize) -> Result<Option<Container>, Refusal> {
        match self.skip_blanks() {
            b'"' => self.string().map(|()| None),
            b'{' => self.container(Kind::Object, depth).map(Some),
            b'[' => self.container(Kind::Array, depth).map(Some),
            b't' => self.word(b"true", Kind::True).map(|()| None),
            b'f' => self.word(b"false", Kind::False).map(|()| None),
            b'n' => self.word(b"null", Kind::Null).map(|()| None),
            b'-' | b'0'..=b'9' => self.number().map(|()| None),
            _ => Err(self.refuse(Code::FormatJson)),
        }
    }

    fn container(&mut self, kind: Kind, depth: usize) -> Result<Container, Refusal> {
        if depth >= self.limits.depth.min(MAX_DEPTH) {
            return Err(self.refuse(Code::LimitDepth));
        }
        let index = self.nodes.len();
        let start = self.at;
        self.at = self.at.wrapping_add(1);
        self.push(kind, false, start, start)?;
        Ok(Container { index, bracket: if kind == Kind::Object { b'}' } else { b']' } })
    }

    fn close(&mut self, container: Container) -> Result<(), Refusal> {
        let (end, after) = (to_u32(self.at), to_u32(self.nodes.len()));
        if let Some(node) = self.nodes.get_mut(container.index) {
            node.end = end;
            node.after = after;
        }
        if container.is_object() { self.unique_members(container.index) } else { Ok(()) }
    }

    #[inline]
    fn member_name(&mut self) -> Result<(), Refusal> {
        if self.byte() != b'"' {
            return Err(self.refuse(Code::FormatJson));
        }
        self.string()?;
        if self.skip_blanks() != b':' {
            return Err(self.refuse(Code::FormatJson));
        }
        self.at = self.at.wrapping_add(1);
        Ok(())
    }

    // Small objects compare each pair of names; large ones sort them, so that no object costs more
    // than n log n.
    fn unique_members(&self, container: usize) -> Result<(), Refusal> {
        const PAIRWISE: usize = 24;
        let object = Value { text: self.text, nodes: self.nodes, index: container };
        let count = object.members().take(self.limits.members.saturating_add(1)).count();
        if count > self.limits.members {
            let detail = Detail::limit(self.limits.members, count);
            return Err(Refusal::new(Code::LimitCount, object.place()).with(detail));
        }
        let twice = if count <= PAIRWISE {
            let mut marks = 0u64;
            object.members().enumerate().find_map(|(i, (name, _))| {
                // A name whose mark no earlier one has is new and need not be compared.
                let mark = mark(&name);
                let new = marks & mark == 0;
                marks |= mark;
                let same = |(earlier, _): &(Value<'_>, Value<'_>)| same_text(earlier, &name);
                (!new && object.members().take(i).any(|pair| same(&pair))).then_some(name)
            })
        } else {
            let mut names: Vec<_> = object
                .members()
                .map(|(name, _)| (name.as_str().unwrap_or_default(), name))
                .collect();
            names.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.offset().cmp(&b.1.offset())));
            names
                .iter()
                .zip(names.iter().skip(1))
                .filter(|(a, b)| a.0 == b.0)
                .map(|(_, later)| later.1)
                .min_by_key(Value::offset)
        };
        match twice {
            Some(name) => Err(Refusal::new(Code::AmbiguousMember, name.place())),
            None => Ok(()),
        }
    }

    fn string(&mut self) -> Result<(), Refusal> {
        self.at = self.at.wrapping_add(1);
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = self.bytes().get(self.at..).unwrap_or_default();
            self.at = self.at.wrapping_add(plain_len(rest));
            match self.byte() {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(self.refuse(Code::FormatJson)),
            }
        }
        let end = self.at;
        self.at = self.at.wrapping_add(1);
        self.push(Kind::String, escaped, start, end)
    }

    // Leaves `at` behind the escape. Surrogates must come in pairs (RFC 8259, 8.2).
    fn escape(&mut self) -> Result<(), Refusal> {
        let fault = self.refuse(Code::FormatJson);
        let kind = self.bytes().get(self.at.wrapping_add(1)).copied();
        match kind {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at = self.at.wrapping_add(2);
                Ok(())
            }
            Some(b'u') => {
                let first = self.unit().ok_or(fault)?;
                let lone = match first {
                    0xd800..=0xdbff => !matches!(self.unit(), Some(0xdc00..=0xdfff)),
                    0xdc00..=0xdfff => true,
                    _ => false,
                };
                if lone { Err(fault) } else { Ok(()) }
            }
            _ => Err(fault),
        }
    }

    // Reads `\uXXXX` at the current place.
    fn unit(&mut self) -> Option<u16> {
        let [b'\\', b'u', hex @ ..] = self.bytes().get(self.at..self.at.checked_add(6)?)? else {
            return None;
        };
        let value = hex4(hex)?;
        self.at = self.at.wrapping_add(6);
        Some(value)
    }

    fn number(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        if self.byte() == b'-' {
            self.at = self.at.wrapping_add(1);
        }
        match self.byte() {
            b'0' => self.at = self.at.wrapping_add(1),
            b'1'..=b'9' => self.digits()?,
            _ => return Err(self.refuse(Code::FormatJson)),
        }
        if self.byte() == b'.' {
            self.at = self.at.wrapping_add(1);
            self.digits()?;
        }
        if matches!(self.byte(), b'e' | b'E') {
            self.at = self.at.wrapping_add(1);
            if matches!(self.byte(), b'+' | b'-') {
                self.at = self.at.wrapping_add(1);
            }
            self.digits()?;
        }
        self.push(Kind::Number, false, start, self.at)
    }

    fn digits(&mut self) -> Result<(), Refusal> {
        if !self.byte().is_ascii_digit() {
            return Err(self.refuse(Code::FormatJson));
        }
        while self.byte().is_ascii_digit() {
            self.at = self.at.wrapping_add(1);
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Result<(), Refusal> {
        let start = self.at;
        let end = start.saturating_add(word.len());
        if self.bytes().get(start..end) != Some(word) {
            return Err(self.refuse(Code::FormatJson));
        }
        self.at = end;
        self.push(kind, false, start, end)
    }

    fn push(&mut self, kind: Kind, escaped: bool, start: usize, end: usize) -> Result<(), Refusal> {
        if self.nodes.len() >= self.limits.nodes.saturating_add(self.before) {
            let limit = self.limits.nodes;
            let detail = Detail::limit(limit, limit.saturating_add(1));
            return Err(Refusal::new(Code::LimitCount, Place::NONE.at(start)).with(detail));
        }
        let after = to_u32(self.nodes.len().saturating_add(1));
        self.nodes.push(Node { kind, escaped, start: to_u32(start), end: to_u32(end), after });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Refusal> {
        self.skip_blanks();
        if self.at == self.text.len() { Ok(()) } else { Err(self.refuse(Code::FormatJson)) }
    }

    // Goes on to the first byte that is not white space (RFC 8259, 2), and gives it.
    #[inline]
    fn skip_blanks(&mut self) -> u8 {
        loop {
            match self.byte() {
                b' ' | b'\t' | b'\n' | b'\r' => self.at = self.at.wrapping_add(1),
                byte => return byte,
            }
        }
    }

    // The byte at the current place; 0, which no grammar of JSON has, at the end of the text.
    #[inline]
    fn byte(&self) -> u8 {
        self.bytes().get(self.at).copied().unwrap_or(0)
    }

    const fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn refuse(&self, code: Code) -> Refusal {
        Refusal::new(code, Place::NONE.at(self.at))
    }
}

// One bit of 64, by length and ends of the name; all of them when another spelling could be meant.
fn mark(name: &Value<'_>) -> u64 {
    match name.as_plain_str().map(str::as_bytes) {
        Some(text @ [first, .., last]) => {
            let len = text.len().to_le_bytes()[0];
            let sum = len.wrapping_mul(5).wrapping_add(*first).wrapping_add(last.wrapping_mul(3));
            1u64.rotate_left(u32::from(sum))
        }
        _ => u64::MAX,
    }
}

fn same_text(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a.as_plain_str(), b.as_plain_str()) {
        (Some(a), Some(b)) => a == b,
        _ => a.as_str() == b.as_str(),
    }
}
