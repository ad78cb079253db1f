//! `NameConstraints` (RFC 5280, 4.2.1.10): read, not applied; [`super::verify_path`] applies them.

use super::alt_name::AltName;
use super::der::{Element, Reader, malformed, tag};
use crate::verdict::Refusal;

/// One `GeneralSubtree`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Subtree<'a> {
    /// The root of the subtree.
    pub(crate) base: AltName<'a>,
    /// Whether the subtree is permitted or excluded.
    pub(crate) side: Side,
    /// Whether `minimum` or `maximum` is there, which the profile of RFC 5280 does not know.
    pub(crate) has_distance: bool,
}

/// What a subtree says about the names in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Side {
    /// They may occur, and none of their form outside of it.
    Permitted,
    /// They must not occur.
    Excluded,
}

/// Checks the shape: at least one list, no list empty, every subtree well formed.
pub(crate) fn check(value: Element<'_>) -> Result<(), Refusal> {
    let mut any = false;
    for (_, list) in lists(value)? {
        let mut subtrees = list.reader();
        if subtrees.is_empty() {
            return Err(malformed(list.start()));
        }
        // Bounded by the gate.
        while !subtrees.is_empty() {
            read(subtrees.any()?, Side::Permitted)?;
            any = true;
        }
    }
    if any { Ok(()) } else { Err(malformed(value.start())) }
}

/// The subtrees of a `NameConstraints` that was checked, DER.
pub(crate) fn subtrees(der: &[u8]) -> impl Iterator<Item = Subtree<'_>> {
    let lists = Reader::new(der).any().and_then(lists).unwrap_or_default();
    lists.into_iter().flat_map(|(side, list)| {
        let mut reader = list.reader();
        std::iter::from_fn(move || {
            if reader.is_empty() { None } else { read(reader.any().ok()?, side).ok() }
        })
    })
}

fn lists(value: Element<'_>) -> Result<Vec<(Side, Element<'_>)>, Refusal> {
    if value.tag() != tag::SEQUENCE {
        return Err(malformed(value.start()));
    }
    let mut fields = value.reader();
    let mut lists = Vec::with_capacity(2);
    for (number, side) in [(0, Side::Permitted), (1, Side::Excluded)] {
        if let Some(list) = fields.optional(tag::context_constructed(number))? {
            lists.push((side, list));
        }
    }
    fields.finish()?;
    Ok(lists)
}

/// `base`, `minimum [0] DEFAULT 0`, `maximum [1] OPTIONAL`.
fn read(subtree: Element<'_>, side: Side) -> Result<Subtree<'_>, Refusal> {
    if subtree.tag() != tag::SEQUENCE {
        return Err(malformed(subtree.start()));
    }
    let mut fields = subtree.reader();
    let base = AltName::read_any(fields.any()?)?;
    let minimum = fields.optional(tag::context(0))?;
    let maximum = fields.optional(tag::context(1))?;
    fields.finish()?;
    // The default is left out in DER (X.690, 11.5).
    if minimum.is_some_and(|minimum| matches!(minimum.content(), [] | [0])) {
        return Err(malformed(subtree.start()));
    }
    Ok(Subtree { base, side, has_distance: minimum.is_some() || maximum.is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(der: &[u8]) -> Option<Vec<Subtree<'_>>> {
        check(Reader::new(der).any().unwrap()).ok()?;
        Some(subtrees(der).collect())
    }

    #[test]
    fn reads_both_lists() {
        let der = [0x30, 14, 0xa0, 5, 0x30, 3, 0x82, 1, b'a', 0xa1, 5, 0x30, 3, 0x82, 1, b'b'];
        let read = checked(&der).unwrap();
        let sides: Vec<_> = read.iter().map(|subtree| (subtree.side, subtree.base)).collect();
        assert_eq!(
            sides,
            [(Side::Permitted, AltName::Dns("a")), (Side::Excluded, AltName::Dns("b"))]
        );
    }

    #[test]
    fn notices_distances_and_refuses_a_written_default() {
        let with = |tag: u8, n: u8| [0x30, 10, 0xa0, 8, 0x30, 6, 0x82, 1, b'a', tag, 1, n];
        assert!(checked(&with(0x80, 1)).unwrap()[0].has_distance);
        assert!(checked(&with(0x81, 1)).unwrap()[0].has_distance);
        assert_eq!(checked(&with(0x80, 0)), None);
    }

    #[test]
    fn refuses_nothing_and_empty_lists() {
        for bad in [&[0x30, 0][..], &[0x30, 2, 0xa0, 0], &[0x30, 4, 0xa0, 0, 0xa1, 0]] {
            assert_eq!(checked(bad), None, "{bad:02x?}");
        }
    }
}
