//! Looks for the first byte of a kind.

/// How many bytes from the start on satisfy `fits`.
///
/// Whole chunks are looked at without a branch per byte, which the compiler turns into vector
/// instructions; `fits` is best written without branches too.
pub(crate) fn prefix_len(bytes: &[u8], fits: impl Fn(u8) -> bool) -> usize {
    const CHUNK: usize = 16;
    let (chunks, _) = bytes.as_chunks::<CHUNK>();
    let whole = chunks
        .iter()
        .take_while(|chunk| chunk.iter().fold(true, |all, &byte| all & fits(byte)))
        .count()
        .saturating_mul(CHUNK);
    let rest = bytes.get(whole..).unwrap_or_default();
    whole.saturating_add(rest.iter().take_while(|byte| fits(**byte)).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_at_the_first_byte_that_does_not_fit() {
        for len in 0..70 {
            let mut bytes = vec![b'a'; 70];
            bytes[len..].fill(b'.');
            assert_eq!(prefix_len(&bytes, |byte| byte == b'a'), len);
            let (short, _) = bytes.split_at(len);
            assert_eq!(prefix_len(short, |byte| byte == b'a'), len);
        }
    }
}
