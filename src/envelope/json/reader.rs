//! Text to nodes: one pass, an explicit stack, every bound beside the work that it bounds.

use super::text::{hex4, is_plain};
use super::{Kind, Limits, MAX_DEPTH, Node, Value, to_u32, to_u64};
use crate::envelope::scan::prefix_len;
use crate::verdict::{Code, Detail, Place, Refusal};

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) nodes: &'a mut Vec<Node>,
    pub(super) limits: Limits,
}

impl Reader<'_> {
    // One pass. `open` holds the containers around the place that is read; its size is the bound on
    // nesting, so that no input can use up the stack.
    pub(super) fn document(mut self) -> Result<(), Refusal> {
        let mut open = [0usize; MAX_DEPTH];
        let mut depth = 0usize;
        loop {
            // A value stands here.
            self.blanks();
            let opened = self.value(depth)?;
            if let Some(container) = opened {
                let slot = open.get_mut(depth).ok_or_else(|| self.refuse(Code::LimitDepth))?;
                *slot = container;
                depth = depth.saturating_add(1);
                self.blanks();
                if !self.closes(container) {
                    if self.kind(container) == Kind::Object {
                        self.member_name()?;
                    }
                    continue;
                }
            }
            // A value is complete: close what ends here, or go on to the next value.
            loop {
                let Some(innermost) = depth.checked_sub(1) else { return self.end() };
                let container = open.get(innermost).copied().unwrap_or(0);
                self.blanks();
                if self.closes(container) {
                    self.at = self.at.saturating_add(1);
                    self.close(container)?;
                    depth = innermost;
                    continue;
                }
                if self.peek() != Some(b',') {
                    return Err(self.refuse(Code::FormatJson));
                }
                self.at = self.at.saturating_add(1);
                self.blanks();
                if self.kind(container) == Kind::Object {
                    self.member_name()?;
                }
                break;
            }
        }
    }

    // Reads a scalar whole, or the first byte of a container, whose index it returns.
    fn value(&mut self, depth: usize) -> Result<Option<usize>, Refusal> {
        match self.peek() {
            Some(b'"') => self.string().map(|()| None),
            Some(b'{') => self.container(Kind::Object, depth).map(Some),
            Some(b'[') => self.container(Kind::Array, depth).map(Some),
            Some(b't') => self.word(b"true", Kind::True).map(|()| None),
            Some(b'f') => self.word(b"false", Kind::False).map(|()| None),
            Some(b'n') => self.word(b"null", Kind::Null).map(|()| None),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| None),
            _ => Err(self.refuse(Code::FormatJson)),
        }
    }

    fn container(&mut self, kind: Kind, depth: usize) -> Result<usize, Refusal> {
        if depth >= self.limits.depth.min(MAX_DEPTH) {
            return Err(self.refuse(Code::LimitDepth));
        }
        let index = self.nodes.len();
        let start = self.at;
        self.at = self.at.saturating_add(1);
        self.push(kind, false, start, start)?;
        Ok(index)
    }

    fn closes(&self, container: usize) -> bool {
        let bracket = if self.kind(container) == Kind::Object { b'}' } else { b']' };
        self.peek() == Some(bracket)
    }

    fn close(&mut self, container: usize) -> Result<(), Refusal> {
        let (end, after) = (to_u32(self.at), to_u32(self.nodes.len()));
        if let Some(node) = self.nodes.get_mut(container) {
            node.end = end;
            node.after = after;
        }
        if self.kind(container) == Kind::Object { self.unique_members(container) } else { Ok(()) }
    }

    fn member_name(&mut self) -> Result<(), Refusal> {
        if self.peek() != Some(b'"') {
            return Err(self.refuse(Code::FormatJson));
        }
        self.string()?;
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(self.refuse(Code::FormatJson));
        }
        self.at = self.at.saturating_add(1);
        Ok(())
    }

    // Small objects compare each pair of names; large ones sort them, so that no object costs more
    // than n log n.
    fn unique_members(&self, container: usize) -> Result<(), Refusal> {
        const PAIRWISE: usize = 24;
        let object = Value { text: self.text, nodes: self.nodes, index: container };
        let count = object.members().take(self.limits.members.saturating_add(1)).count();
        if count > self.limits.members {
            let detail = Detail::Limit { limit: to_u64(self.limits.members), found: to_u64(count) };
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
        self.at = self.at.saturating_add(1);
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = self.bytes().get(self.at..).unwrap_or_default();
            self.at = self.at.saturating_add(prefix_len(rest, is_plain));
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(self.refuse(Code::FormatJson)),
            }
        }
        let end = self.at;
        self.at = self.at.saturating_add(1);
        self.push(Kind::String, escaped, start, end)
    }

    // Leaves `at` behind the escape. Surrogates must come in pairs (RFC 8259, 8.2).
    fn escape(&mut self) -> Result<(), Refusal> {
        let fault = self.refuse(Code::FormatJson);
        let kind = self.bytes().get(self.at.saturating_add(1)).copied();
        match kind {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at = self.at.saturating_add(2);
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
        self.at = self.at.saturating_add(6);
        Some(value)
    }

    fn number(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at = self.at.saturating_add(1);
        }
        match self.peek() {
            Some(b'0') => self.at = self.at.saturating_add(1),
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.refuse(Code::FormatJson)),
        }
        if self.peek() == Some(b'.') {
            self.at = self.at.saturating_add(1);
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at = self.at.saturating_add(1);
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at = self.at.saturating_add(1);
            }
            self.digits()?;
        }
        self.push(Kind::Number, false, start, self.at)
    }

    fn digits(&mut self) -> Result<(), Refusal> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.refuse(Code::FormatJson));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at = self.at.saturating_add(1);
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
        if self.nodes.len() >= self.limits.nodes {
            let limit = to_u64(self.limits.nodes);
            let detail = Detail::Limit { limit, found: limit.saturating_add(1) };
            return Err(Refusal::new(Code::LimitCount, Place::NONE.at(start)).with(detail));
        }
        let after = to_u32(self.nodes.len().saturating_add(1));
        self.nodes.push(Node { kind, escaped, start: to_u32(start), end: to_u32(end), after });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Refusal> {
        self.blanks();
        if self.at == self.text.len() { Ok(()) } else { Err(self.refuse(Code::FormatJson)) }
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at = self.at.saturating_add(1);
        }
    }

    fn kind(&self, index: usize) -> Kind {
        self.nodes.get(index).map_or(Kind::Null, |node| node.kind)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
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
