//! One line of the log.

use crate::envelope::base64url;
use crate::ports::Unavailable;
use ring::digest::{Context, SHA256};
use serde::de::IgnoredAny;

/// Largest record in bytes.
pub const RECORD_MAX_LEN: usize = 16 * 1024;

/// Largest line with its line break: the record and what is around it (at most 92 bytes).
pub(super) const LINE_MAX_LEN: usize = RECORD_MAX_LEN + 128;

/// What the first line names as its predecessor.
pub(super) const GENESIS: [u8; 32] = [0; 32];

/// How records begin that the log writes itself.
pub(super) const OWN_EVENT: &[u8] = b"{\"event\":\"log.";

/// A line that is well-formed; whether it belongs where it stands is another question.
pub(super) struct Line<'a> {
    pub(super) sequence: u64,
    pub(super) previous: [u8; 32],
    pub(super) record: &'a [u8],
}

/// Writes a line without its line break and gives its hash.
pub(super) fn write(
    out: &mut Vec<u8>,
    sequence: u64,
    previous: &[u8; 32],
    record: &[u8],
) -> [u8; 32] {
    let from = out.len();
    out.extend_from_slice(SEQUENCE);
    out.extend_from_slice(sequence.to_string().as_bytes());
    out.extend_from_slice(PREVIOUS);
    out.extend_from_slice(base64url::encode(previous).as_bytes());
    out.extend_from_slice(RECORD);
    out.extend_from_slice(record);
    out.extend_from_slice(END);
    hash(out.get(from..).unwrap_or_default())
}

/// Reads a line without its line break. `None` unless [`write`] could have written it.
pub(super) fn parse(line: &[u8]) -> Option<Line<'_>> {
    let rest = line.strip_prefix(SEQUENCE)?;
    let (digits, rest) = rest.split_at_checked(rest.iter().position(|byte| *byte == b',')?)?;
    let sequence: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    // One spelling: no sign and no leading zero.
    if sequence.to_string().as_bytes() != digits {
        return None;
    }
    let (previous, rest) = rest.strip_prefix(PREVIOUS)?.split_at_checked(43)?;
    let previous = base64url::decode(previous).ok()?.try_into().ok()?;
    let record = rest.strip_prefix(RECORD)?.strip_suffix(END)?;
    is_record(record).then_some(Line { sequence, previous, record })
}

/// The leaf hash of RFC 9162, 2.1.1: SHA-256(0x00 ‖ line). A Merkle tree over the log can be built
/// from it later without another hash.
pub(super) fn hash(line: &[u8]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(&[0]);
    context.update(line);
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// Whether `record` may become a line.
pub(in crate::host) fn check_record(record: &[u8]) -> Result<(), Unavailable> {
    if record.len() > RECORD_MAX_LEN {
        Err(Unavailable("audit record: longer than 16 KiB"))
    } else if record.starts_with(OWN_EVENT) {
        Err(Unavailable("audit record: events that begin with log. are the log's own"))
    } else if is_record(record) {
        Ok(())
    } else {
        Err(Unavailable("audit record: not one line that is a JSON object"))
    }
}

// A control character can stand in JSON only between members, where compact JSON has none.
fn is_record(record: &[u8]) -> bool {
    record.len() <= RECORD_MAX_LEN
        && record.first() == Some(&b'{')
        && record.last() == Some(&b'}')
        && record.iter().all(|byte| *byte >= 0x20)
        && std::str::from_utf8(record)
            .is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

const SEQUENCE: &[u8] = b"{\"seq\":";
const PREVIOUS: &[u8] = b",\"prev\":\"";
const RECORD: &[u8] = b"\",\"record\":";
const END: &[u8] = b"}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for sequence in [0, 7, u64::MAX] {
            let mut out = b"before\n".to_vec();
            let written = write(&mut out, sequence, &[9; 32], b"{\"a\":[1,{}]}");
            let line = &out[7..];
            let parsed = parse(line).unwrap();
            assert_eq!((parsed.sequence, parsed.previous), (sequence, [9; 32]));
            assert_eq!(parsed.record, b"{\"a\":[1,{}]}");
            assert_eq!(hash(line), written);
            assert_eq!(written, crate::crypto::sha256(&[b"\0", line].concat()));
            assert!(serde_json::from_slice::<serde_json::Value>(line).is_ok());
        }
    }

    #[test]
    fn the_longest_line_stays_below_the_bound() {
        let mut out = Vec::new();
        let record = format!("{{\"a\":\"{}\"}}", "x".repeat(RECORD_MAX_LEN - 8));
        assert_eq!(record.len(), RECORD_MAX_LEN);
        check_record(record.as_bytes()).unwrap();
        write(&mut out, u64::MAX, &GENESIS, record.as_bytes());
        assert!(out.len() < LINE_MAX_LEN);
        assert!(parse(&out).is_some());
        assert!(check_record(record.replace("\"}", "x\"}").as_bytes()).is_err());
    }

    #[test]
    fn refuses_records_that_are_not_one_line_of_json() {
        for good in ["{}", "{\"event\":\"issued\"}", "{\"n\":\"Åse\\n\"}", "{ \"a\": 1 }"] {
            assert_eq!(check_record(good.as_bytes()), Ok(()), "{good}");
        }
        let bad: [&[u8]; 12] = [
            b"",
            b"[]",
            b"1",
            b"{",
            b"{}{}",
            b"{}\n",
            b"{\n}",
            b"{\t}",
            b"{\"a\":1,}",
            b"{\"a\":\"\xff\"}",
            b" {}",
            b"{\"event\":\"log.recovered\"}",
        ];
        for bad in bad {
            assert!(check_record(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn refuses_every_other_spelling_of_a_line() {
        let mut good = Vec::new();
        write(&mut good, 12, &GENESIS, b"{}");
        let good = String::from_utf8(good).unwrap();
        assert!(parse(good.as_bytes()).is_some());
        let bad = [
            good.replace("12", "012"),
            good.replace("12", "+12"),
            good.replace("12", "-1"),
            good.replace("12", "18446744073709551616"),
            good.replace("12,", "12 ,"),
            good.replace("AAA\"", "AAB\""),
            good.replace("AAA\"", "AA\""),
            good.replace("{}", "[]"),
            format!("{good}\r"),
            format!(" {good}"),
            format!("{good}}}"),
            good.strip_suffix('}').unwrap().to_owned(),
        ];
        for bad in bad {
            assert!(parse(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
