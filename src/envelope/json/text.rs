//! Strings, from and to their spelling (RFC 8259, 7).

use crate::envelope::scan::plain_len;
use std::borrow::Cow;

/// Writes a string as JSON (RFC 8259, 7), quotes included.
pub fn write_str(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    // Each turn takes at least one byte off `rest`.
    while let Some((plain, [byte, tail @ ..])) = rest.split_at_checked(plain_len(rest)) {
        out.extend_from_slice(plain);
        write_escape(out, *byte);
        rest = tail;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn write_escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let nibble = |n: u8| HEX.get(usize::from(n)).copied().unwrap_or(b'0');
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        _ => {
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', nibble(byte >> 4), nibble(byte & 15)])
        }
    }
}

pub(super) fn unescape(raw: &str, escaped: bool) -> Cow<'_, str> {
    if !escaped {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    // Each turn takes at least one byte off `rest`.
    while let Some((plain, tail)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut chars = tail.chars();
        match chars.next() {
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let (c, used) = code_point(tail.as_bytes());
                out.push(c);
                rest = tail.get(used..).unwrap_or_default();
                continue;
            }
            Some(other) => out.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

// The character of `uXXXX` or `uXXXX\uXXXX`, and how many bytes it took. The reader proved the form.
fn code_point(text: &[u8]) -> (char, usize) {
    let unit = |at: usize| text.get(at..at.saturating_add(4)).and_then(hex4);
    let first = unit(1).unwrap_or(0xfffd);
    let units = [first, unit(7).unwrap_or(0xfffd)];
    let (units, used) =
        if (0xd800..=0xdbff).contains(&first) { (units.as_slice(), 11) } else { (&units[..1], 5) };
    let c = char::decode_utf16(units.iter().copied()).next().and_then(Result::ok);
    (c.unwrap_or(char::REPLACEMENT_CHARACTER), used)
}

pub(super) fn hex4(hex: &[u8]) -> Option<u16> {
    if hex.len() != 4 || !hex.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
}
