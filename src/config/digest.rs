use crate::crypto::sha256;

/// SHA-256 over what `sha256sum` prints for some files: for each one line of the hexadecimal
/// digest, two spaces, the name and a line feed. So `sha256sum FILE… | sha256sum`, run where the
/// names are valid, gives it again.
///
/// * `files`: name and content, in the order of the command line.
#[must_use]
pub fn digest_of_files(files: &[(&str, &[u8])]) -> [u8; 32] {
    let lines: String =
        files.iter().map(|(name, bytes)| format!("{}  {name}\n", hex(&sha256(bytes)))).collect();
    sha256(lines.as_bytes())
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_what_sha256sum_gives() {
        // printf 1 > a; printf 2 > b; sha256sum a b | sha256sum
        let expected = "68c2919f4305e50800082ab7f11eb17d96c7832f59154e97b1d373a5179a63ea";
        assert_eq!(hex(&digest_of_files(&[("a", b"1"), ("b", b"2")])), expected);
    }
}
