//! A CBOR writer of its own, which writes whatever it is told to, also what no reader should take.

/// A data item.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cbor {
    /// An array.
    Array(Vec<Cbor>),
    /// `true` or `false`.
    Bool(bool),
    /// A byte string.
    Bytes(Vec<u8>),
    /// An integer, of either sign.
    Int(i64),
    /// A map; keys may repeat.
    Map(Vec<(Cbor, Cbor)>),
    /// `null`.
    Null,
    /// Octets as they stand, well-formed or not.
    Raw(Vec<u8>),
    /// A tag and its content.
    Tag(u64, Box<Cbor>),
    /// A text string.
    Text(String),
}

impl Cbor {
    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A day: tag 1004 (RFC 8943).
    #[must_use]
    pub fn day(text: &str) -> Self {
        Self::Tag(1004, Box::new(Self::text(text)))
    }

    /// An instant: tag 0.
    #[must_use]
    pub fn time(text: &str) -> Self {
        Self::Tag(0, Box::new(Self::text(text)))
    }

    /// Octets of another item: tag 24.
    #[must_use]
    pub fn embedded(item: &[u8]) -> Self {
        Self::Tag(24, Box::new(Self::Bytes(item.to_vec())))
    }

    /// A map with text keys.
    #[must_use]
    pub fn map(entries: Vec<(&str, Self)>) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (Self::text(key), value)).collect())
    }

    /// The encoding, every head in its shortest form.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Array(items) => {
                head(out, 4, count(items.len()));
                items.iter().for_each(|item| item.write(out));
            }
            Self::Bool(false) => out.push(0xf4),
            Self::Bool(true) => out.push(0xf5),
            Self::Bytes(bytes) => {
                head(out, 2, count(bytes.len()));
                out.extend_from_slice(bytes);
            }
            Self::Int(number) => match u64::try_from(*number) {
                Ok(number) => head(out, 0, number),
                Err(_) => head(out, 1, number.wrapping_add(1).unsigned_abs()),
            },
            Self::Map(entries) => {
                head(out, 5, count(entries.len()));
                for (key, value) in entries {
                    key.write(out);
                    value.write(out);
                }
            }
            Self::Null => out.push(0xf6),
            Self::Raw(octets) => out.extend_from_slice(octets),
            Self::Tag(tag, content) => {
                head(out, 6, *tag);
                content.write(out);
            }
            Self::Text(text) => {
                head(out, 3, count(text.len()));
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let first = |info: u8| major.wrapping_mul(32).wrapping_add(info);
    if let Ok(small) = u8::try_from(argument) {
        if small < 24 {
            out.push(first(small));
        } else {
            out.extend([first(24), small]);
        }
    } else if let Ok(short) = u16::try_from(argument) {
        out.push(first(25));
        out.extend(short.to_be_bytes());
    } else if let Ok(long) = u32::try_from(argument) {
        out.push(first(26));
        out.extend(long.to_be_bytes());
    } else {
        out.push(first(27));
        out.extend(argument.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 8949, appendix A.
    #[test]
    fn writes_the_examples_of_the_standard() {
        let hex = |item: Cbor| -> String {
            item.to_vec().iter().map(|octet| format!("{octet:02x}")).collect()
        };
        assert_eq!(hex(Cbor::Int(23)), "17");
        assert_eq!(hex(Cbor::Int(1_000_000)), "1a000f4240");
        assert_eq!(hex(Cbor::Int(-1)), "20");
        assert_eq!(hex(Cbor::Int(-1000)), "3903e7");
        assert_eq!(hex(Cbor::embedded(b"dIETF")), "d818456449455446");
        assert_eq!(
            hex(Cbor::map(vec![("a", Cbor::Int(1)), ("b", Cbor::Null)])),
            "a2616101 6162f6".replace(' ', "")
        );
        assert_eq!(hex(Cbor::Array(vec![Cbor::Bool(true), Cbor::text("ü")])), "82f562c3bc");
    }
}
