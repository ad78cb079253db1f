//! A small DER writer: enough for certificates, and for certificates that are wrong on purpose.

use crate::MakerError;

/// One tag, the minimal length, the content.
#[must_use]
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    out.extend(length(content.len()));
    out.extend_from_slice(content);
    out
}

/// A SEQUENCE of elements that are DER already.
#[must_use]
pub fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &elements.concat())
}

/// A SET of one element.
#[must_use]
pub fn set_of_one(element: &[u8]) -> Vec<u8> {
    tlv(0x31, element)
}

/// An INTEGER with exactly these content bytes, so that it may also be negative or padded.
#[must_use]
pub fn integer(content: &[u8]) -> Vec<u8> {
    tlv(0x02, content)
}

/// A BIT STRING.
#[must_use]
pub fn bit_string(unused_bits: u8, bytes: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[unused_bits], bytes].concat())
}

/// An OCTET STRING.
#[must_use]
pub fn octet_string(bytes: &[u8]) -> Vec<u8> {
    tlv(0x04, bytes)
}

/// Reads elements one behind the other: tags and contents. `None` when they do not fill the bytes.
#[must_use]
pub fn elements(mut der: &[u8]) -> Option<Vec<(u8, Vec<u8>)>> {
    let mut out = Vec::new();
    while let Some((tag, rest)) = der.split_first() {
        let (first, rest) = rest.split_first()?;
        let count = usize::from(first & 0x7f);
        let (len, rest) = if *first < 0x80 {
            (count, rest)
        } else {
            let (bytes, rest) = (rest.get(..count)?, rest.get(count..)?);
            let mut len = 0_usize;
            for byte in bytes {
                len = len.checked_mul(256)?.checked_add(usize::from(*byte))?;
            }
            (len, rest)
        };
        out.push((*tag, rest.get(..len)?.to_vec()));
        der = rest.get(len..)?;
    }
    Some(out)
}

/// An OBJECT IDENTIFIER from its dotted form.
///
/// # Errors
/// [`MakerError::ObjectIdentifier`] when the text is not two or more small decimal numbers.
pub fn oid(dotted: &str) -> Result<Vec<u8>, MakerError> {
    let content = oid_content(dotted);
    Ok(tlv(0x06, &content.ok_or_else(|| MakerError::ObjectIdentifier(dotted.to_owned()))?))
}

/// A UTF8String.
#[must_use]
pub fn utf8_string(text: &str) -> Vec<u8> {
    tlv(0x0c, text.as_bytes())
}

/// A PrintableString. The alphabet is not checked.
#[must_use]
pub fn printable_string(text: &str) -> Vec<u8> {
    tlv(0x13, text.as_bytes())
}

/// A certificate time: UTCTime to the end of 2049, GeneralizedTime from then on (RFC 5280 4.1.2.5).
///
/// # Errors
/// [`MakerError::Time`] when the year is not 1950 to 9999.
pub fn time(unix_s: i64) -> Result<Vec<u8>, MakerError> {
    let fail = || MakerError::Time(unix_s);
    let at = time::OffsetDateTime::from_unix_timestamp(unix_s).map_err(|_| fail())?;
    let year = at.year();
    let rest = format!(
        "{:02}{:02}{:02}{:02}{:02}Z",
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
    match year {
        1950..2050 => Ok(tlv(0x17, format!("{:02}{rest}", year.rem_euclid(100)).as_bytes())),
        2050..=9999 => Ok(tlv(0x18, format!("{year:04}{rest}").as_bytes())),
        _ => Err(fail()),
    }
}

/// The same element with its length in four bytes: valid BER, forbidden in DER.
///
/// `element` that does not begin with a tag and a length comes back as it is.
#[must_use]
pub fn with_long_length(element: &[u8]) -> Vec<u8> {
    let Some((tag, content)) = split(element) else { return element.to_vec() };
    let len = u32::try_from(content.len()).unwrap_or(u32::MAX);
    [&[tag, 0x84], &len.to_be_bytes()[..], content].concat()
}

/// The same element with the indefinite length and two zero bytes behind: valid BER, forbidden in DER.
///
/// `element` that does not begin with a tag and a length comes back as it is.
#[must_use]
pub fn with_indefinite_length(element: &[u8]) -> Vec<u8> {
    let Some((tag, content)) = split(element) else { return element.to_vec() };
    [&[tag, 0x80], content, &[0, 0]].concat()
}

// Tag and content of the one element that `element` holds.
fn split(element: &[u8]) -> Option<(u8, &[u8])> {
    let (tag, rest) = element.split_first()?;
    let (first, rest) = rest.split_first()?;
    let length_bytes = if *first < 0x80 { 0 } else { usize::from(first & 0x7f) };
    Some((*tag, rest.get(length_bytes..)?))
}

fn length(len: usize) -> Vec<u8> {
    let bytes: Vec<u8> = len.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    match bytes.as_slice() {
        [] => vec![0],
        [short @ 0..0x80] => vec![*short],
        long => {
            let count = u8::try_from(long.len()).unwrap_or(u8::MAX);
            [&[0x80 | count], long].concat()
        }
    }
}

fn oid_content(dotted: &str) -> Option<Vec<u8>> {
    let arcs: Option<Vec<u64>> = dotted.split('.').map(|arc| arc.parse().ok()).collect();
    let arcs = arcs?;
    let (first, second, rest) = match arcs.as_slice() {
        [first @ 0..=2, second, rest @ ..] => (*first, *second, rest),
        _ => return None,
    };
    let mut content = base128(first.checked_mul(40)?.checked_add(second)?);
    content.extend(rest.iter().flat_map(|arc| base128(*arc)));
    Some(content)
}

fn base128(mut value: u64) -> Vec<u8> {
    let low = |value: u64| u8::try_from(value & 0x7f).unwrap_or_default();
    let mut digits = vec![low(value)];
    value >>= 7;
    while value > 0 {
        digits.push(0x80 | low(value));
        value >>= 7;
    }
    digits.reverse();
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_the_short_form_up_to_127() {
        assert_eq!(length(0), [0]);
        assert_eq!(length(127), [127]);
        assert_eq!(length(128), [0x81, 128]);
        assert_eq!(length(256), [0x82, 1, 0]);
    }

    #[test]
    fn an_object_identifier_with_large_arcs_is_written_in_base_128() {
        assert_eq!(oid("1.2.840.10045.2.1").unwrap(), [6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]);
        assert_eq!(oid("2.5.29.19").unwrap(), [6, 3, 0x55, 0x1d, 0x13]);
        assert!(oid("1").is_err() && oid("3.1").is_err() && oid("1.x").is_err());
    }

    #[test]
    fn the_time_type_changes_with_the_year_2050() {
        assert_eq!(time(2_524_607_999).unwrap(), tlv(0x17, b"491231235959Z"));
        assert_eq!(time(2_524_608_000).unwrap(), tlv(0x18, b"20500101000000Z"));
    }

    #[test]
    fn the_wrong_lengths_keep_the_content() {
        let short = tlv(0x30, &[1, 1, 0xff]);
        assert_eq!(with_long_length(&short), [0x30, 0x84, 0, 0, 0, 3, 1, 1, 0xff]);
        assert_eq!(with_indefinite_length(&short), [0x30, 0x80, 1, 1, 0xff, 0, 0]);
        let long = tlv(0x30, &[7; 300]);
        assert_eq!(with_long_length(&long).len(), 306);
    }
}
