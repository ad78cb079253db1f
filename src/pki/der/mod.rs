//! The strict DER gate: what a certificate must be before anything in it is read (X.690, 8 and 10).
//!
//! [`check`] is one pass over the elements, without recursion. Behind it a `Reader` may rely on
//! lengths being definite, minimal and inside their parents, and on every primitive value having its
//! one encoding.

mod reader;
mod value;
mod writer;

pub(crate) use reader::{Element, Reader};
pub(crate) use value::time;
pub(crate) use writer::write;

use crate::verdict::{Code, Detail, Place, Refusal};

/// Bounds of one DER value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Largest encoding, in bytes.
    pub size: usize,
    /// Deepest nesting of constructed elements; the outermost one is at depth 1.
    pub depth: usize,
    /// Most elements, at all depths together.
    pub count: usize,
}

impl Limits {
    /// A certificate, or the value of one of its extensions.
    ///
    /// 64 KiB and depth 16 (docs/limits.md); a certificate nests 9 deep at most when its general
    /// names do. 4096 elements: an honest certificate has about 100, a large one with many names 1000.
    pub const CERTIFICATE: Self = Self { size: 64 * 1024, depth: 16, count: 4096 };

    /// A certificate revocation list.
    ///
    /// 64 MiB: the largest public lists have some 10^6 entries of 20 to 40 bytes. An entry with a
    /// reason has 9 elements, so that 2^24 elements are more than 1.8 million entries.
    pub const CRL: Self = Self { size: 64 * 1024 * 1024, depth: 16, count: 1 << 24 };

    /// A private key by itself.
    ///
    /// 16 KiB: an RSA key of 16384 bits has 9 KiB.
    pub const PRIVATE_KEY: Self = Self { size: 16 * 1024, depth: 8, count: 64 };

    /// An OCSP response, with the certificates that it brings along.
    ///
    /// 128 KiB: honest answers have 0.3 to 8 KiB; the largest hold a chain with RSA keys.
    pub const OCSP: Self = Self { size: 128 * 1024, depth: 16, count: 8192 };
}

/// Checks that `der` is exactly one DER value.
///
/// * Tags: one byte (X.690, 8.1.2.4 is refused), of a type that X.509 uses; SEQUENCE and SET are
///   constructed, every other universal type primitive (10.2).
/// * Lengths: definite and minimal (10.1), inside their parent, nothing behind the outermost value.
/// * Values: one encoding each, by the table in `der/value.rs`.
/// * SET: elements in ascending order of their encodings (11.6). X.509 and CMS have SET OF only.
///
/// What an implicit tag hides is not known here and not checked; the content of OCTET STRINGs and
/// BIT STRINGs neither. Whoever reads those passes them through the gate again. Rules that need the
/// schema are left to the reader as well: DEFAULT values (11.5) and named bit lists (11.2.2).
///
/// # Errors
/// [`Code::CertMalformed`] at the byte, [`Code::LimitSize`], [`Code::LimitDepth`],
/// [`Code::LimitCount`].
pub fn check(der: &[u8], limits: Limits) -> Result<(), Refusal> {
    if der.len() > limits.size {
        return Err(limit(Code::LimitSize, limits.size, der.len(), 0));
    }
    // At most `limits.depth` long.
    let mut open: Vec<Container> = Vec::new();
    let mut at = 0;
    let mut count = 0usize;
    // Each round moves `at` forward by the two bytes of a header at least.
    while at < der.len() || count == 0 {
        while open.last().is_some_and(|container| container.end <= at) {
            open.pop();
        }
        count = count.saturating_add(1);
        if count > limits.count {
            return Err(limit(Code::LimitCount, limits.count, count, at));
        }
        let end = open.last().map_or(der.len(), |container| container.end);
        let element = Element::at(der, at, end).ok_or_else(|| malformed(at))?;
        if open.is_empty() && element.end() != der.len() {
            return Err(malformed(element.end()));
        }
        if let Some(container) = open.last_mut()
            && !container.admits(element.encoded())
        {
            return Err(malformed(at));
        }
        match structure(element.tag()).ok_or_else(|| malformed(at))? {
            Structure::Primitive => {
                value::check(element.tag(), element.content())
                    .map_err(|code| Refusal::new(code, PLACE.at(at)))?;
                at = element.end();
            }
            Structure::Constructed => {
                if open.len() >= limits.depth {
                    let found = open.len().saturating_add(1);
                    return Err(limit(Code::LimitDepth, limits.depth, found, at));
                }
                let is_set = element.tag() == tag::SET;
                open.push(Container { end: element.end(), previous: is_set.then_some(&[]) });
                at = element.content_start();
            }
        }
    }
    Ok(())
}

/// Checks a part of a certificate; offsets in refusals count from the start of the certificate.
pub(crate) fn check_part(part: Element<'_>, limits: Limits) -> Result<(), Refusal> {
    check(part.content(), limits).map_err(|refusal| {
        let inner = refusal.place().offset.and_then(|at| usize::try_from(at).ok()).unwrap_or(0);
        let place = PLACE.at(part.content_start().saturating_add(inner));
        Refusal::new(refusal.code(), place).with(refusal.detail())
    })
}

/// The refusal of a value that is not strict DER, or not of its schema.
pub(crate) fn malformed(offset: usize) -> Refusal {
    Refusal::new(Code::CertMalformed, PLACE.at(offset))
}

/// An element that is open at some point of the pass.
struct Container<'a> {
    end: usize,
    /// In a SET: the encoding of the element before, empty at first.
    previous: Option<&'a [u8]>,
}

impl<'a> Container<'a> {
    /// Whether `encoded` may come next; remembers it.
    fn admits(&mut self, encoded: &'a [u8]) -> bool {
        match &mut self.previous {
            None => true,
            // No complete encoding is a prefix of another, so that the padding with zeros of
            // X.690, 11.6 never decides.
            Some(previous) => {
                let ascending = *previous <= encoded;
                *previous = encoded;
                ascending
            }
        }
    }
}

enum Structure {
    Constructed,
    Primitive,
}

/// How an element with this tag is built; `None` when no certificate may hold it.
const fn structure(tag: u8) -> Option<Structure> {
    const CLASS: u8 = 0xc0;
    const CONSTRUCTED: u8 = 0x20;
    match tag {
        tag::SEQUENCE | tag::SET => Some(Structure::Constructed),
        _ if tag & CLASS == 0 => match tag {
            tag::BOOLEAN
            | tag::INTEGER
            | tag::BIT_STRING
            | tag::OCTET_STRING
            | tag::NULL
            | tag::OID
            | tag::ENUMERATED
            | tag::UTF8_STRING
            | tag::NUMERIC_STRING
            | tag::PRINTABLE_STRING
            | tag::TELETEX_STRING
            | tag::IA5_STRING
            | tag::UTC_TIME
            | tag::GENERALIZED_TIME
            | tag::VISIBLE_STRING
            | tag::GENERAL_STRING
            | tag::UNIVERSAL_STRING
            | tag::BMP_STRING => Some(Structure::Primitive),
            _ => None,
        },
        _ if tag & CONSTRUCTED != 0 => Some(Structure::Constructed),
        _ => Some(Structure::Primitive),
    }
}

fn limit(code: Code, limit: usize, found: usize, at: usize) -> Refusal {
    Refusal::new(code, PLACE.at(at)).with(Detail::limit(limit, found))
}

const PLACE: Place = Place::part("certificate");

/// Tags of X.680, 8.4, with the constructed bit where it belongs.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const NUMERIC_STRING: u8 = 0x12;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const TELETEX_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const VISIBLE_STRING: u8 = 0x1a;
    pub(crate) const GENERAL_STRING: u8 = 0x1b;
    pub(crate) const UNIVERSAL_STRING: u8 = 0x1c;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// `[number]`, primitive.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// `[number]`, constructed.
    pub(crate) const fn context_constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(der: &[u8]) -> Option<Code> {
        check(der, Limits::CERTIFICATE).err().map(|refusal| refusal.code())
    }

    #[track_caller]
    fn pair(good: &[u8], bad: &[u8]) {
        assert_eq!(code(good), None, "{good:02x?}");
        assert_eq!(code(bad), Some(Code::CertMalformed), "{bad:02x?}");
    }

    #[test]
    fn refuses_nothing_and_half_headers() {
        pair(&[5, 0], &[]);
        pair(&[5, 0], &[5]);
        pair(&[0x30, 2, 5, 0], &[0x30, 1, 5]);
    }

    #[test]
    fn refuses_bytes_behind_the_value() {
        pair(&[0x30, 0], &[0x30, 0, 0]);
        pair(&[0x30, 2, 5, 0], &[0x30, 2, 5, 0, 5, 0]);
    }

    #[test]
    fn refuses_lengths_that_are_not_minimal() {
        pair(&[4, 1, 0], &[4, 0x81, 1, 0]);
        let mut long = vec![4, 0x81, 0x80];
        long.resize(131, 0);
        let mut longer = vec![4, 0x82, 0, 0x80];
        longer.resize(132, 0);
        pair(&long, &longer);
    }

    #[test]
    fn refuses_indefinite_and_gigantic_lengths() {
        pair(&[0x30, 2, 5, 0], &[0x30, 0x80, 5, 0, 0, 0]);
        pair(&[4, 1, 0], &[4, 0x84, 0x7f, 0xff, 0xff, 0xff]);
        pair(&[4, 1, 0], &[4, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn refuses_a_child_that_leaves_its_parent() {
        pair(&[0x30, 4, 0x30, 2, 5, 0], &[0x30, 4, 0x30, 4, 5, 0]);
    }

    #[test]
    fn refuses_high_tags_and_types_that_certificates_do_not_use() {
        pair(&[0x80, 0], &[0x9f, 0x1f, 0]);
        pair(&[5, 0], &[0, 0]);
        pair(&[0x0a, 1, 1], &[9, 1, 0x40]);
    }

    #[test]
    fn refuses_a_wrong_constructed_bit() {
        pair(&[0x30, 0], &[0x10, 0]);
        pair(&[0x31, 0], &[0x11, 0]);
        pair(&[4, 1, 0], &[0x24, 3, 4, 1, 0]);
    }

    #[test]
    fn refuses_a_set_out_of_order() {
        pair(&[0x31, 6, 2, 1, 1, 2, 1, 2], &[0x31, 6, 2, 1, 2, 2, 1, 1]);
        assert_eq!(code(&[0x31, 6, 2, 1, 1, 2, 1, 1]), None);
    }

    #[test]
    fn bounds_the_depth() {
        let nested = |depth: usize| {
            (0..depth).fold(vec![5, 0], |inner: Vec<u8>, _| {
                let mut outer = vec![0x30, u8::try_from(inner.len()).unwrap()];
                outer.extend(inner);
                outer
            })
        };

        assert_eq!(code(&nested(16)), None);
        assert_eq!(code(&nested(17)), Some(Code::LimitDepth));
    }

    #[test]
    fn bounds_the_count_and_the_size() {
        let flat = |nulls: usize| {
            let mut der = vec![0x30, 0x82];
            der.extend(u16::try_from(nulls * 2).unwrap().to_be_bytes());
            der.extend([5, 0].repeat(nulls));
            der
        };
        assert_eq!(code(&flat(4094)), None);
        assert_eq!(code(&flat(4095)), None);
        assert_eq!(code(&flat(4096)), Some(Code::LimitCount));
        let sized = |len: usize| {
            let mut der = vec![4, 0x83, 0];
            der.extend(u16::try_from(len - 5).unwrap().to_be_bytes());
            der.resize(len, 0);
            der
        };
        let bounded = Limits { size: 1000, ..Limits::CERTIFICATE };
        assert_eq!(
            check(&sized(1001), bounded).map_err(|refusal| refusal.code()),
            Err(Code::LimitSize)
        );
        let mut der = vec![4, 0x82, 0x03, 0xe4];
        der.resize(1000, 0);
        assert_eq!(check(&der, bounded), Ok(()));
    }

    #[test]
    fn says_where() {
        let refusal = check(&[0x30, 3, 1, 1, 1], Limits::CERTIFICATE).unwrap_err();
        assert_eq!(refusal.place(), Place::part("certificate").at(2));
    }
}
