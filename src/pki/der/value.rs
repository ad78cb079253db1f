//! The one encoding of each primitive type.

use super::tag;
use crate::UnixTime;
use crate::verdict::Code;
use ::time::{Date, Month};

/// Checks the content of a primitive element.
///
/// | type | rule | X.690 |
/// |---|---|---|
/// | BOOLEAN | `00` or `ff` | 11.1 |
/// | INTEGER, ENUMERATED | not empty, first nine bits not all equal | 8.3.2 |
/// | BIT STRING | 0 to 7 unused bits, all zero; none unused when empty | 8.6.2, 11.2.1 |
/// | NULL | empty | 8.8.2 |
/// | OBJECT IDENTIFIER | minimal base 128, at most [`OID_MAX_LEN`] bytes | 8.19 |
/// | UTCTime | `YYMMDDHHMMSSZ`, an instant that exists | 11.8 |
/// | GeneralizedTime | `YYYYMMDDHHMMSSZ`, an instant that exists (RFC 5280, 4.1.2.5.2) | 11.7 |
/// | UTF8String | well-formed UTF-8 | 8.23.10 |
/// | BMPString, UniversalString | whole characters | 8.23.7, 8.23.8 |
/// | NumericString, PrintableString, IA5String | the alphabet of X.680, 41 | 8.23 |
///
/// PrintableString is held to its alphabet (X.680, 41.4): `*`, `@`, `&` and `_` are refused.
/// `TeletexString` and `GeneralString` switch character sets by escapes; their content is opaque.
/// VisibleString too: it occurs in notices of policies only, where listed issuers write Latin-1.
pub(super) fn check(tag: u8, content: &[u8]) -> Result<(), Code> {
    let holds = match tag {
        tag::BOOLEAN => matches!(content, [0x00 | 0xff]),
        tag::INTEGER | tag::ENUMERATED => is_integer(content),
        tag::BIT_STRING => is_bit_string(content),
        tag::NULL => content.is_empty(),
        tag::OID if content.len() > OID_MAX_LEN => return Err(Code::LimitSize),
        tag::OID => is_oid(content),
        tag::UTC_TIME | tag::GENERALIZED_TIME => time(tag, content).is_some(),
        tag::UTF8_STRING => std::str::from_utf8(content).is_ok(),
        tag::BMP_STRING => content.len().is_multiple_of(2),
        tag::UNIVERSAL_STRING => content.len().is_multiple_of(4),
        tag::NUMERIC_STRING => content.iter().all(|b| b.is_ascii_digit() || *b == b' '),
        tag::PRINTABLE_STRING => content.iter().all(|b| is_printable(*b)),
        tag::IA5_STRING => content.is_ascii(),
        _ => true,
    };
    if holds { Ok(()) } else { Err(Code::CertMalformed) }
}

/// Longest object identifier, in bytes. Those of X.509 have fewer than 12, those made from a UUID
/// 20; a megabyte of one was an attack on code that does arithmetic on them (CVE-2024-27355).
pub(super) const OID_MAX_LEN: usize = 64;

/// The instant of a UTCTime or GeneralizedTime in the form of RFC 5280, 4.1.2.5.
///
/// Years `50` to `99` of a UTCTime lie in the twentieth century (4.1.2.5.1). Instants before 1970
/// become 1970-01-01T00:00:00Z, the first that this library can be asked about.
pub(crate) fn time(tag: u8, content: &[u8]) -> Option<UnixTime> {
    let (year, rest) = match tag {
        tag::UTC_TIME => {
            let (year, rest) = two_digits(content)?;
            (if year >= 50 { 1900 } else { 2000_i32 }.checked_add(i32::from(year))?, rest)
        }
        tag::GENERALIZED_TIME => {
            let (century, rest) = two_digits(content)?;
            let (year, rest) = two_digits(rest)?;
            (i32::from(century).checked_mul(100)?.checked_add(i32::from(year))?, rest)
        }
        _ => return None,
    };
    let (month, rest) = two_digits(rest)?;
    let (day, rest) = two_digits(rest)?;
    let (hour, rest) = two_digits(rest)?;
    let (minute, rest) = two_digits(rest)?;
    let (second, rest) = two_digits(rest)?;
    if rest != b"Z" {
        return None;
    }
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    let instant = date.with_hms(hour, minute, second).ok()?.assume_utc();
    UnixTime::checked(u64::try_from(instant.unix_timestamp()).unwrap_or(0))
}

fn two_digits(text: &[u8]) -> Option<(u8, &[u8])> {
    let (&[tens, units], rest) = text.split_first_chunk()?;
    if !tens.is_ascii_digit() || !units.is_ascii_digit() {
        return None;
    }
    let value = tens.checked_sub(b'0')?.checked_mul(10)?.checked_add(units.checked_sub(b'0')?)?;
    Some((value, rest))
}

const fn is_integer(content: &[u8]) -> bool {
    match content {
        [] => false,
        [0x00, next, ..] => *next >= 0x80,
        [0xff, next, ..] => *next < 0x80,
        _ => true,
    }
}

fn is_bit_string(content: &[u8]) -> bool {
    match content {
        [] => false,
        [unused] => *unused == 0,
        [unused, .., last] => *unused < 8 && last.trailing_zeros() >= u32::from(*unused),
    }
}

/// Base 128, each number without leading zero digit, the last one complete.
fn is_oid(content: &[u8]) -> bool {
    let complete = content.last().is_some_and(|last| last & 0x80 == 0);
    let mut starts = true;
    complete
        && content.iter().all(|byte| {
            let minimal = !(starts && *byte == 0x80);
            starts = byte & 0x80 == 0;
            minimal
        })
}

const fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b' ' | b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'?'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn pair(tag: u8, good: &[u8], bad: &[u8]) {
        assert_eq!(check(tag, good), Ok(()), "{good:02x?}");
        assert_eq!(check(tag, bad), Err(Code::CertMalformed), "{bad:02x?}");
    }

    #[test]
    fn refuses_second_spellings_of_truth() {
        pair(tag::BOOLEAN, &[0xff], &[0x01]);
        pair(tag::BOOLEAN, &[0x00], &[]);
        pair(tag::BOOLEAN, &[0x00], &[0, 0]);
    }

    #[test]
    fn refuses_integers_that_are_not_minimal() {
        pair(tag::INTEGER, &[0], &[]);
        pair(tag::INTEGER, &[0, 0x80], &[0, 0x7f]);
        pair(tag::INTEGER, &[0xff, 0x7f], &[0xff, 0x80]);
        pair(tag::INTEGER, &[0xff], &[0, 0]);
    }

    #[test]
    fn refuses_bit_strings_with_dirty_or_too_many_unused_bits() {
        pair(tag::BIT_STRING, &[7, 0x80], &[7, 0x81]);
        pair(tag::BIT_STRING, &[0], &[1]);
        pair(tag::BIT_STRING, &[0, 0], &[8, 0]);
        pair(tag::BIT_STRING, &[0], &[]);
    }

    #[test]
    fn refuses_object_identifiers_that_are_cut_or_padded() {
        pair(tag::OID, &[0x55, 0x1d], &[]);
        pair(tag::OID, &[0x2a, 0x86, 0x48], &[0x2a, 0x86]);
        pair(tag::OID, &[0x2a, 0x86, 0x48], &[0x2a, 0x80, 0x48]);
        assert_eq!(check(tag::OID, &[1; OID_MAX_LEN]), Ok(()));
        assert_eq!(check(tag::OID, &[1; OID_MAX_LEN + 1]), Err(Code::LimitSize));
    }

    #[test]
    fn refuses_times_that_are_not_one_instant() {
        for bad in [
            "240229120000",
            "230229120000Z",
            "2402291200Z",
            "240229120000+0100",
            "240229240000Z",
            "240229126000Z",
            "240229120060Z",
            "241301000000Z",
            "240001000000Z",
            "24022912000 Z",
            "240229120000ZZ",
            "",
        ] {
            pair(tag::UTC_TIME, b"240229120000Z", bad.as_bytes());
        }
        for bad in ["20240229120000.5Z", "20240229120000", "240229120000Z", "202402291200Z"] {
            pair(tag::GENERALIZED_TIME, b"20240229120000Z", bad.as_bytes());
        }
    }

    #[test]
    fn reads_both_centuries_and_saturates_before_1970() {
        let secs = |tag, text: &str| time(tag, text.as_bytes()).unwrap().secs();
        assert_eq!(secs(tag::UTC_TIME, "700101000001Z"), 1);
        assert_eq!(secs(tag::UTC_TIME, "500101000000Z"), 0);
        assert_eq!(secs(tag::UTC_TIME, "491231235959Z"), 2_524_607_999);
        assert_eq!(secs(tag::GENERALIZED_TIME, "20500101000000Z"), 2_524_608_000);
        assert_eq!(secs(tag::GENERALIZED_TIME, "99991231235959Z"), UnixTime::MAX.secs());
    }

    #[test]
    fn holds_strings_to_their_alphabets() {
        pair(tag::PRINTABLE_STRING, b"Az 09'()+,-./:=?", b"a*");
        pair(tag::PRINTABLE_STRING, b"a", b"a@b");
        pair(tag::PRINTABLE_STRING, b"", b"a&b");
        pair(tag::UTF8_STRING, "ü".as_bytes(), &[0xfc]);
        pair(tag::IA5_STRING, b"a@b_*&", &[0x80]);
        pair(tag::NUMERIC_STRING, b"1 2", b"a");
        pair(tag::BMP_STRING, &[0, 0x41], &[0x41]);
        pair(tag::UNIVERSAL_STRING, &[0, 0, 0, 0x41], &[0, 0x41]);
    }
}
