//! Compact JWS, honest and forged.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use crate::{MakerError, TestKey};

/// What goes into the third part of a compact JWS.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub enum Signing<'a> {
    /// A signature in DER form, where JWS wants `r||s`.
    Der(&'a TestKey),
    /// The key's signature with the last bit flipped.
    Flipped(&'a TestKey),
    /// HMAC-SHA256 under these bytes, for example public key material.
    Hs256(&'a [u8]),
    /// An honest signature.
    Key(&'a TestKey),
    /// Nothing, as `alg` `none` has it.
    None,
    /// These bytes.
    Raw(&'a [u8]),
}

impl<'a> From<&'a TestKey> for Signing<'a> {
    fn from(key: &'a TestKey) -> Self {
        Self::Key(key)
    }
}

/// Signs header and payload as they are, byte by byte. `alg` in the header is the caller's.
///
/// # Errors
/// [`MakerError`] when the key does not work.
pub fn compact_jws(
    header_json: &str,
    payload_json: &str,
    key: &TestKey,
) -> Result<String, MakerError> {
    compact_jws_signed(header_json, payload_json, Signing::Key(key))
}

/// As [`compact_jws`], with any kind of third part.
///
/// # Errors
/// [`MakerError`] when the key does not work.
pub fn compact_jws_signed(
    header_json: &str,
    payload_json: &str,
    signing: Signing<'_>,
) -> Result<String, MakerError> {
    let input = format!("{}.{}", b64u(header_json.as_bytes()), b64u(payload_json.as_bytes()));
    let signature = match signing {
        Signing::Der(key) => key.sign_der(input.as_bytes())?,
        Signing::Flipped(key) => {
            let mut signature = key.sign_jws(input.as_bytes())?;
            if let Some(last) = signature.last_mut() {
                *last ^= 1;
            }
            signature
        }
        Signing::Hs256(secret) => {
            let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
            hmac::sign(&secret, input.as_bytes()).as_ref().to_vec()
        }
        Signing::Key(key) => key.sign_jws(input.as_bytes())?,
        Signing::None => Vec::new(),
        Signing::Raw(bytes) => bytes.to_vec(),
    };
    Ok(format!("{input}.{}", b64u(&signature)))
}

/// Base64url without padding.
#[must_use]
pub fn b64u(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;
    use crate::keys;

    fn verifies(jws: &str, key: &TestKey) -> bool {
        let (input, signature) = jws.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key())
            .verify(input.as_bytes(), &signature)
            .is_ok()
    }

    #[test]
    fn only_the_honest_signature_verifies() {
        let key = keys::holder().unwrap();
        let make = |signing| compact_jws_signed(r#"{"alg":"ES256"}"#, "{}", signing).unwrap();
        assert!(verifies(&make(Signing::Key(&key)), &key));
        for forged in [
            Signing::Der(&key),
            Signing::Flipped(&key),
            Signing::Hs256(key.public_key()),
            Signing::Key(&keys::second_holder().unwrap()),
            Signing::None,
            Signing::Raw(&[0; 64]),
        ] {
            assert!(!verifies(&make(forged), &key), "{forged:?}");
        }
    }

    #[test]
    fn alg_none_ends_with_a_dot() {
        let jws = compact_jws_signed(r#"{"alg":"none"}"#, "{}", Signing::None).unwrap();
        assert_eq!(jws, "eyJhbGciOiJub25lIn0.e30.");
    }
}
