use super::{Fault, OpenError, files};
use crate::envelope::base64url;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::path::Path;
use zeroize::Zeroizing;

/// Loads and creates files that hold 32 secret bytes: the keys of sealing and of pairwise subjects.
///
/// The content is text, 64 hexadecimal digits or 43 characters of base64url without padding, and at
/// most one line break at its end. `openssl rand -hex 32` writes one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SecretFile;

impl SecretFile {
    /// Reads the secret. On Unix the file must be closed to all but its owner (`mode & 0o077 == 0`).
    ///
    /// 32 equal bytes are refused: they are what a placeholder looks like.
    ///
    /// # Errors
    /// [`OpenError`] with the reason: the mode, the length, the spelling.
    pub fn load(path: impl AsRef<Path>) -> Result<Zeroizing<[u8; 32]>, OpenError> {
        let path = path.as_ref();
        let text = files::read_secret(path)?;
        let secret = parse(&text).ok_or_else(|| {
            OpenError::new(path, Fault::Key("neither 64 hexadecimal digits nor 43 of base64url"))
        })?;
        if secret.iter().all(|byte| Some(byte) == secret.first()) {
            return Err(OpenError::new(path, Fault::Key("all bytes are equal")));
        }
        Ok(secret)
    }

    /// Writes a new secret, base64url, mode 0600, durable; never overwrites.
    ///
    /// # Errors
    /// [`Fault::AlreadyExists`], or what the operating system says.
    pub fn generate(path: impl AsRef<Path>) -> Result<Zeroizing<[u8; 32]>, OpenError> {
        let path = path.as_ref();
        let mut secret = Zeroizing::new([0; 32]);
        SystemRandom::new()
            .fill(secret.as_mut_slice())
            .map_err(|_| OpenError::new(path, Fault::Key("the system gives no random bytes")))?;
        let mut text = Zeroizing::new(base64url::encode(secret.as_slice()).into_bytes());
        // Appending may move the text: the old place would keep it.
        let mut line = Zeroizing::new(Vec::with_capacity(text.len().saturating_add(1)));
        line.append(&mut text);
        line.push(b'\n');
        files::create_secret(path, &line)?;
        Ok(secret)
    }
}

fn parse(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let mut secret = Zeroizing::new([0; 32]);
    match text.len() {
        HEX_LEN => {
            let (pairs, _) = text.as_chunks::<2>();
            for (byte, [high, low]) in secret.iter_mut().zip(pairs) {
                *byte = (nibble(*high)? << 4) | nibble(*low)?;
            }
            Some(secret)
        }
        BASE64URL_LEN => {
            let len = URL_SAFE_NO_PAD.decode_slice(text, secret.as_mut_slice()).ok()?;
            (len == secret.len()).then_some(secret)
        }
        _ => None,
    }
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

const HEX_LEN: usize = 64;
const BASE64URL_LEN: usize = 43;

#[cfg(test)]
mod tests {
    use super::super::files::scratch::Scratch;
    use super::*;

    fn load(text: &str) -> Result<Zeroizing<[u8; 32]>, OpenError> {
        let folder = Scratch::new();
        let path = folder.file("secret");
        files::create_secret(&path, text.as_bytes()).unwrap();
        SecretFile::load(&path)
    }

    #[test]
    fn loads_what_it_generated_and_never_overwrites() {
        let folder = Scratch::new();
        let path = folder.file("secret");
        let made = SecretFile::generate(&path).unwrap();
        assert_eq!(SecretFile::load(&path).unwrap(), made);
        assert_eq!(SecretFile::generate(&path).unwrap_err().fault, Fault::AlreadyExists);
        assert_eq!(SecretFile::load(&path).unwrap(), made);
        assert_ne!(SecretFile::generate(folder.file("other")).unwrap(), made);
    }

    #[test]
    fn reads_both_spellings_to_the_same_bytes() {
        let bytes: Vec<u8> = (0xe0..=0xff).collect();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        for text in [hex.clone(), hex.to_uppercase(), base64url::encode(&bytes)] {
            for end in ["", "\n", "\r\n"] {
                assert_eq!(load(&format!("{text}{end}")).unwrap().as_slice(), bytes);
            }
        }
    }

    #[test]
    fn refuses_other_spellings_and_placeholders() {
        let good = "0123456789abcdef".repeat(4);
        assert!(load(&good).is_ok());
        let wrong = [
            String::new(),
            "\n".to_owned(),
            good.replacen('0', "", 1),
            format!("{good}0"),
            format!(" {good}"),
            format!("{good}\n\n"),
            good.replacen('0', "g", 1),
            format!("{}=", base64url::encode(&[7; 32])),
            // Unused bits that are not zero: a second spelling.
            format!("{}9", "A".repeat(42)),
        ];
        for text in wrong {
            assert!(matches!(load(&text).unwrap_err().fault, Fault::Key(_)), "{text:?}");
        }
        for placeholder in ["00".repeat(32), "ff".repeat(32), "A".repeat(43)] {
            assert_eq!(load(&placeholder).unwrap_err().fault, Fault::Key("all bytes are equal"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn refuses_a_file_that_others_may_read() {
        let folder = Scratch::new();
        let path = folder.file("secret");
        SecretFile::generate(&path).unwrap();
        files::scratch::set_mode(&path, 0o640);
        assert_eq!(SecretFile::load(&path).unwrap_err().fault, Fault::TooOpen { mode: 0o640 });
        files::scratch::set_mode(&path, 0o400);
        assert!(SecretFile::load(&path).is_ok());
    }
}
