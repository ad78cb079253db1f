//! Writes DER: the little that this library sends, and names that it must put together.

/// One element with this tag, its content the parts one after the other.
///
/// Lengths are definite and minimal (X.690, 10.1). Content of 4 GiB and more does not occur.
pub(crate) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content_len = parts.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()));
    let mut out = Vec::with_capacity(content_len.saturating_add(6));
    out.push(tag);
    let bytes = u32::try_from(content_len).unwrap_or(u32::MAX).to_be_bytes();
    let significant = bytes.iter().position(|byte| *byte != 0).unwrap_or(3);
    let digits = bytes.get(significant..).unwrap_or_default();
    match digits {
        [short] if *short < 0x80 => out.push(*short),
        _ => {
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or(4));
            out.extend_from_slice(digits);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::der::{Limits, check, tag};

    #[test]
    fn what_is_written_passes_the_gate() {
        for len in [0, 1, 127, 128, 255, 256, 65_000] {
            let der = write(tag::OCTET_STRING, &[&vec![7; len]]);
            assert_eq!(check(&der, Limits::CERTIFICATE), Ok(()), "{len}");
        }
        assert_eq!(write(0x30, &[&[5, 0], &[5, 0]]), [0x30, 4, 5, 0, 5, 0]);
    }
}
