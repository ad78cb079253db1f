//! Octets to nodes: one pass, an explicit stack, every bound beside the work that it bounds.
//!
//! The arguments of heads, and whether text is UTF-8, come from minicbor's decoder, which borrows. What
//! makes the reader strict stands here: definite lengths, shortest forms, no key twice, no item beyond
//! the first, no count that the input has no room for.

use super::{Encoding, Kind, Limits, MAX_DEPTH, Node, refuse, to_u32};
use crate::verdict::{Code, Detail, Place, Refusal};
use minicbor::Decoder;

pub(super) struct Reader<'a> {
    octets: &'a [u8],
    decoder: Decoder<'a>,
    nodes: &'a mut Vec<Node>,
    // Nodes of other items that stand in the list already.
    before: usize,
    limits: Limits,
}

// Kind, number or length, content.
type Key<'a> = (Kind, u64, &'a [u8]);

// An array, map or tag that is not complete yet.
#[derive(Clone, Copy, Default)]
struct Open {
    index: usize,
    // Items that are still to come.
    left: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new<'o: 'a>(octets: &'o [u8], nodes: &'a mut Vec<Node>, limits: Limits) -> Self {
        let before = nodes.len();
        Self { octets, decoder: Decoder::new(octets), nodes, before, limits }
    }

    // One pass. `open` holds the containers around the place that is read; its size is the bound on
    // nesting, so that no input can use up the stack.
    pub(super) fn document(mut self) -> Result<(), Refusal> {
        // Places are counted in 32 bits.
        if u32::try_from(self.octets.len()).is_err() {
            return Err(refuse(Code::LimitSize, Place::NONE));
        }
        let mut open = [Open::default(); MAX_DEPTH];
        let mut depth = 0_usize;
        loop {
            let index = self.nodes.len();
            let left = self.item(depth)?;
            if left > 0 {
                let slot = open.get_mut(depth);
                *slot.ok_or_else(|| self.refuse(Code::LimitDepth))? = Open { index, left };
                depth = depth.saturating_add(1);
                continue;
            }
            self.close(index)?;
            // An item is complete: close what ends with it, or go on to the next one.
            loop {
                let Some(innermost) = depth.checked_sub(1) else { return self.end() };
                let Some(container) = open.get_mut(innermost) else { return self.end() };
                container.left = container.left.saturating_sub(1);
                if container.left > 0 {
                    break;
                }
                self.close(container.index)?;
                depth = innermost;
            }
        }
    }

    // Reads a head, and the content of strings. Gives the number of items that belong into it.
    fn item(&mut self, depth: usize) -> Result<usize, Refusal> {
        let start = self.decoder.position();
        let Some(first) = self.octets.get(start).copied() else {
            return Err(self.refuse(Code::CborMalformed));
        };
        let (major, info) = (first >> 5, first & INFO);
        if info == INDEFINITE && !matches!(major, 0 | 1 | 6) {
            return Err(self.refuse(Code::CborIndefinite));
        }
        if self.nodes.len().saturating_sub(self.before) >= self.limits.items {
            return Err(self.too_many(self.limits.items.saturating_add(1)));
        }
        let malformed = refuse(Code::CborMalformed, Place::NONE.at(start));
        let mut node = Node {
            kind: Kind::Undefined,
            start: to_u32(start),
            content: 0,
            end: 0,
            after: 0,
            argument: 0,
        };
        let mut left = 0;
        match major {
            0 => {
                node.kind = Kind::Unsigned;
                node.argument = self.decoder.u64().map_err(|_| malformed)?;
            }
            1 => {
                node.kind = Kind::Negative;
                let number = i128::from(self.decoder.int().map_err(|_| malformed)?);
                node.argument = u64::try_from(!number).map_err(|_| malformed)?;
            }
            2 => {
                node.kind = Kind::Bytes;
                let content = self.decoder.bytes().map_err(|_| malformed)?;
                node.argument = u64::try_from(content.len()).map_err(|_| malformed)?;
            }
            3 => {
                node.kind = Kind::Text;
                let content = self.decoder.str().map_err(|_| malformed)?;
                if content.len() > self.limits.text {
                    return Err(limit(Code::LimitSize, self.limits.text, content.len(), start));
                }
                node.argument = u64::try_from(content.len()).map_err(|_| malformed)?;
            }
            4 | 5 => {
                let count = if major == 4 { self.decoder.array() } else { self.decoder.map() };
                let count = count.ok().flatten().ok_or(malformed)?;
                node.kind = if major == 4 { Kind::Array } else { Kind::Map };
                node.argument = count;
                left = self.room(count, if major == 4 { 1 } else { 2 })?;
            }
            6 => {
                node.kind = Kind::Tag;
                node.argument = self.decoder.tag().map_err(|_| malformed)?.as_u64();
                left = 1;
            }
            _ => {
                node.kind = match info {
                    20 => Kind::False,
                    21 => Kind::True,
                    22 => Kind::Null,
                    23 => Kind::Undefined,
                    25..=27 => Kind::Float,
                    _ => return Err(malformed),
                };
                self.decoder.skip().map_err(|_| malformed)?;
            }
        }
        if left > 0 && depth >= self.limits.depth.min(MAX_DEPTH) {
            return Err(limit(Code::LimitDepth, self.limits.depth, depth.saturating_add(1), start));
        }
        if self.limits.encoding == Encoding::Shortest
            && major < 7
            && !is_shortest(info, node.argument)
        {
            return Err(refuse(Code::CborNotShortest, Place::NONE.at(start)));
        }
        let end = self.decoder.position();
        let is_string = matches!(node.kind, Kind::Bytes | Kind::Text);
        let string_len = if is_string { usize::try_from(node.argument).unwrap_or(0) } else { 0 };
        node.content = to_u32(end.saturating_sub(string_len));
        self.nodes.push(node);
        Ok(left)
    }

    // How many items a container announces. One octet is the least that an item takes: a count beyond
    // the rest of the input is a lie, and is not believed for a moment.
    fn room(&self, count: u64, items_per_entry: usize) -> Result<usize, Refusal> {
        let rest = self.octets.len().saturating_sub(self.decoder.position());
        let count = usize::try_from(count).ok().filter(|count| *count <= rest);
        let count = count.ok_or_else(|| self.refuse(Code::CborMalformed))?;
        // At most twice the length of the input.
        let items = count.saturating_mul(items_per_entry);
        if items > rest {
            return Err(self.refuse(Code::CborMalformed));
        }
        let all = items.saturating_add(self.nodes.len().saturating_sub(self.before));
        if all >= self.limits.items { Err(self.too_many(all)) } else { Ok(items) }
    }

    fn close(&mut self, index: usize) -> Result<(), Refusal> {
        let (end, after) = (to_u32(self.decoder.position()), to_u32(self.nodes.len()));
        let Some(node) = self.nodes.get_mut(index) else {
            return Err(Code::Internal.into());
        };
        node.end = end;
        node.after = after;
        if node.kind == Kind::Map { self.unique_keys(index) } else { Ok(()) }
    }

    // RFC 8949, 5.6: a map with a key twice can be read in two ways. Keys that rise are all different; few
    // others are compared with each other, many are sorted first, so that the time stays linear but for
    // a logarithm.
    fn unique_keys(&self, index: usize) -> Result<(), Refusal> {
        let map = super::Value { octets: self.octets, nodes: self.nodes, index };
        let mut before: Option<Key<'a>> = None;
        let mut rising = true;
        for (name, _) in map.entries() {
            let Some(key) = Self::key(name) else {
                return Err(refuse(Code::CborMalformed, name.place()));
            };
            rising &= before.is_none_or(|before| before < key);
            before = Some(key);
        }
        if rising {
            return Ok(());
        }
        let names = || map.entries().map(|(name, _)| name);
        let twice = |offset| Err(refuse(Code::AmbiguousKey, Place::NONE.at(offset)));
        if map.len() <= FEW_KEYS {
            for (at, name) in names().enumerate() {
                let key = Self::key(name);
                if names().take(at).any(|other| Self::key(other) == key) {
                    return twice(name.offset());
                }
            }
            return Ok(());
        }
        let keyed = |name: super::Value<'_, 'a>| Some((Self::key(name)?, name.offset()));
        let mut many: Vec<_> = names().filter_map(keyed).collect();
        many.sort_unstable();
        let pair = many.windows(2).find_map(|pair| match pair {
            [a, b] => (a.0 == b.0).then_some(b.1),
            _ => None,
        });
        pair.map_or(Ok(()), twice)
    }

    // What makes a key the same as another, however it is written.
    fn key(name: super::Value<'_, 'a>) -> Option<Key<'a>> {
        let node = name.node()?;
        let content = match node.kind {
            Kind::Unsigned | Kind::Negative => &[][..],
            Kind::Text | Kind::Bytes => name.range(node.content, node.end),
            // No structure that is read here has keys of another kind.
            Kind::Array
            | Kind::False
            | Kind::Float
            | Kind::Map
            | Kind::Null
            | Kind::Tag
            | Kind::True
            | Kind::Undefined => return None,
        };
        Some((node.kind, node.argument, content))
    }

    fn end(&self) -> Result<(), Refusal> {
        let whole = self.decoder.position() == self.octets.len();
        if whole { Ok(()) } else { Err(self.refuse(Code::CborMalformed)) }
    }

    fn refuse(&self, code: Code) -> Refusal {
        refuse(code, Place::NONE.at(self.decoder.position()))
    }

    fn too_many(&self, found: usize) -> Refusal {
        limit(Code::LimitCount, self.limits.items, found, self.decoder.position())
    }
}

// RFC 8949, 4.2.1: an argument in one octet, two, four or eight that would fit into less.
const fn is_shortest(info: u8, argument: u64) -> bool {
    match info {
        24 => argument >= 24,
        25 => argument > 0xff,
        26 => argument > 0xffff,
        27 => argument > 0xffff_ffff,
        _ => true,
    }
}

fn limit(code: Code, limit: usize, found: usize, at: usize) -> Refusal {
    refuse(code, Place::NONE.at(at)).with(Detail::limit(limit, found))
}

// The five low bits of a head, and the value that announces an indefinite length or a break.
const INFO: u8 = 0x1f;
const INDEFINITE: u8 = 31;
// Up to here comparing each with each is faster than sorting.
const FEW_KEYS: usize = 8;
