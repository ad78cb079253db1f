//! The ring adapter.

use super::aes::GCM_NONCE_LEN;
use super::key::Material;
use super::{Curve, Form, Hash, PrivateKeyError, Scheme};
use crate::verdict::Code;
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::signature::{
    self as rs, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use zeroize::Zeroizing;

pub(super) fn verify(
    material: &Material,
    scheme: Scheme,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Code> {
    match (material, scheme) {
        (Material::Ec { curve, point }, Scheme::Ecdsa { curve: wanted, hash, form }) => {
            if *curve != wanted {
                return Err(Code::AlgKeyMismatch);
            }
            let algorithm = ecdsa(wanted, hash, form).ok_or(Code::AlgNotAvailable)?;
            UnparsedPublicKey::new(algorithm, point.as_bytes()).verify(message, signature)
        }
        (Material::Ed25519(key), Scheme::Ed25519) => {
            UnparsedPublicKey::new(&rs::ED25519, key).verify(message, signature)
        }
        (
            Material::Rsa { n, e },
            Scheme::RsaPkcs1 { .. } | Scheme::RsaPss { .. } | Scheme::DangerRsaPkcs1Sha1,
        ) => {
            // ring takes exponents below 2^33.
            if e.len() > 4 {
                return Err(Code::AlgNotAvailable);
            }
            let algorithm = rsa(scheme).ok_or(Code::AlgNotAvailable)?;
            RsaPublicKeyComponents { n, e }.verify(algorithm, message, signature)
        }
        _ => return Err(Code::AlgKeyMismatch),
    }
    .map_err(|_| Code::SigInvalid)
}

fn ecdsa(curve: Curve, hash: Hash, form: Form) -> Option<&'static dyn VerificationAlgorithm> {
    match (curve, hash, form) {
        (Curve::P256, Hash::Sha256, Form::Raw) => Some(&rs::ECDSA_P256_SHA256_FIXED),
        (Curve::P256, Hash::Sha256, Form::Der) => Some(&rs::ECDSA_P256_SHA256_ASN1),
        (Curve::P256, Hash::Sha384, Form::Der) => Some(&rs::ECDSA_P256_SHA384_ASN1),
        (Curve::P384, Hash::Sha384, Form::Raw) => Some(&rs::ECDSA_P384_SHA384_FIXED),
        (Curve::P384, Hash::Sha384, Form::Der) => Some(&rs::ECDSA_P384_SHA384_ASN1),
        (Curve::P384, Hash::Sha256, Form::Der) => Some(&rs::ECDSA_P384_SHA256_ASN1),
        _ => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "whatever ring does not list is not available")]
fn rsa(scheme: Scheme) -> Option<&'static rs::RsaParameters> {
    match scheme {
        Scheme::RsaPkcs1 { hash: Hash::Sha256 } => Some(&rs::RSA_PKCS1_2048_8192_SHA256),
        Scheme::RsaPkcs1 { hash: Hash::Sha384 } => Some(&rs::RSA_PKCS1_2048_8192_SHA384),
        Scheme::RsaPkcs1 { hash: Hash::Sha512 } => Some(&rs::RSA_PKCS1_2048_8192_SHA512),
        Scheme::RsaPss { hash: Hash::Sha256, salt_len: 32 } => Some(&rs::RSA_PSS_2048_8192_SHA256),
        Scheme::RsaPss { hash: Hash::Sha384, salt_len: 48 } => Some(&rs::RSA_PSS_2048_8192_SHA384),
        Scheme::DangerRsaPkcs1Sha1 => Some(&rs::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
        Scheme::RsaPss { hash: Hash::Sha512, salt_len: 64 } => Some(&rs::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

/// `sealed` is ciphertext and tag. ring gives nothing out before the tag held.
pub(super) fn open_gcm(
    key: &[u8],
    nonce: &[u8; GCM_NONCE_LEN],
    associated: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, PrivateKeyError> {
    let key = gcm(key)?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let mut plain = Zeroizing::new(sealed.to_vec());
    let opened = key.open_in_place(nonce, Aad::from(associated), &mut plain);
    let len = opened.map_err(|_| PrivateKeyError)?.len();
    plain.truncate(len);
    Ok(plain)
}

/// Gives ciphertext and tag.
pub(super) fn seal_gcm(
    key: &[u8],
    nonce: &[u8; GCM_NONCE_LEN],
    associated: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, PrivateKeyError> {
    let key = gcm(key)?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let mut sealed = plain.to_vec();
    key.seal_in_place_append_tag(nonce, Aad::from(associated), &mut sealed)
        .map_err(|_| PrivateKeyError)?;
    Ok(sealed)
}

fn gcm(key: &[u8]) -> Result<LessSafeKey, PrivateKeyError> {
    let algorithm = match key.len() {
        16 => &AES_128_GCM,
        32 => &AES_256_GCM,
        _ => return Err(PrivateKeyError),
    };
    UnboundKey::new(algorithm, key).map(LessSafeKey::new).map_err(|_| PrivateKeyError)
}
