//! Object identifiers, compared by their encoding.

use std::borrow::Cow;
use std::fmt;

/// An object identifier (X.660), held as the content bytes of its DER encoding (X.690, 8.19).
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Oid(Cow<'static, [u8]>);

impl Oid {
    /// From the content bytes of an encoding that passed the DER gate.
    pub(crate) fn from_content(content: &[u8]) -> Self {
        Self(Cow::Owned(content.to_vec()))
    }

    /// From content bytes written into this program.
    #[must_use]
    pub(crate) const fn constant(content: &'static [u8]) -> Self {
        Self(Cow::Borrowed(content))
    }

    /// Reads the dotted form, for instance `1.0.18013.5.1.2`: 2 to 32 numbers without leading
    /// zeros, each below 2^64, the first two within X.660, 7.6. `None` for anything else.
    #[must_use]
    pub fn from_dotted(text: &str) -> Option<Self> {
        let mut arcs = text.split('.').map(arc);
        let first = arcs.next()??;
        let second = arcs.next()??;
        if first > 2 || (first < 2 && second > 39) {
            return None;
        }
        let mut content = Vec::new();
        push_base128(&mut content, first.checked_mul(40)?.checked_add(second)?);
        for (index, arc) in arcs.enumerate() {
            if index.saturating_add(2) >= ARCS_MAX {
                return None;
            }
            push_base128(&mut content, arc?);
        }
        Some(Self(Cow::Owned(content)))
    }

    /// The content bytes of the encoding.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Oid {
    /// The dotted form; a number that does not fit 64 bits is written as `?`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = Some(0u64);
        let mut first = true;
        for byte in self.0.iter() {
            arc = arc.and_then(|a| a.checked_mul(128)?.checked_add(u64::from(byte & 0x7f)));
            if byte & 0x80 != 0 {
                continue;
            }
            match (arc, first) {
                (Some(n), true) => {
                    let top = n.checked_div(40).unwrap_or(0).min(2);
                    write!(f, "{top}.{}", n.saturating_sub(top.saturating_mul(40)))?;
                }
                (Some(n), false) => write!(f, ".{n}")?,
                (None, _) => f.write_str(".?")?,
            }
            (arc, first) = (Some(0), false);
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn arc(text: &str) -> Option<u64> {
    let canonical = text == "0" || (!text.starts_with('0') && !text.is_empty());
    if canonical && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn push_base128(out: &mut Vec<u8>, arc: u64) {
    // Ten groups of seven bits hold any 64-bit number.
    for group in (1..10u32).rev() {
        let shifted = arc.checked_shr(group.saturating_mul(7)).unwrap_or(0);
        if shifted != 0 {
            out.push(0x80 | low_bits(shifted));
        }
    }
    out.push(low_bits(arc));
}

fn low_bits(n: u64) -> u8 {
    u8::try_from(n & 0x7f).unwrap_or(0)
}

// Real identifiers have fewer than 16 arcs.
const ARCS_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_the_dotted_form() {
        for (text, content) in [
            ("2.5.29.19", &[0x55, 0x1d, 0x13][..]),
            ("1.0.18013.5.1.2", &[0x28, 0x81, 0x8c, 0x5d, 0x05, 0x01, 0x02]),
            ("2.999.3", &[0x88, 0x37, 0x03]),
            ("0.4.0.194126.1.1", &[0x04, 0x00, 0x8b, 0xec, 0x4e, 0x01, 0x01]),
        ] {
            let oid = Oid::from_dotted(text).unwrap();
            assert_eq!(oid.as_bytes(), content, "{text}");
            assert_eq!(oid.to_string(), text);
        }
        assert!(Oid::from_dotted("1.2.18446744073709551615").is_some());
    }

    #[test]
    fn refuses_other_spellings() {
        let long = "1.2".to_owned() + &".3".repeat(31);
        for text in [
            "",
            "1",
            "1.",
            "3.1",
            "1.40",
            "1.02",
            "1.-2",
            "1. 2",
            "1.2.18446744073709551616",
            &long,
        ] {
            assert_eq!(Oid::from_dotted(text), None, "{text}");
        }
    }
}
