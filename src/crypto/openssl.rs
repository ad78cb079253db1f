//! The OpenSSL adapter. Keys are built from their numbers, never through the decoders.

use super::aes::{AES_BLOCK_LEN, GCM_NONCE_LEN, GCM_TAG_LEN};
use super::key::Material;
use super::private::{Oaep, OaepHash, PrivateKeyError, Secret};
use super::{Curve, Form, Hash, KeyFault, PublicKey, Scheme, quality};
use crate::verdict::Code;
use openssl::bn::{BigNum, BigNumContext};
use openssl::cipher::{Cipher, CipherRef};
use openssl::cipher_ctx::{CipherCtx, CipherCtxFlags};
use openssl::derive::Deriver;
use openssl::ec::{EcGroup, EcKey, EcPoint, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use openssl::encrypt::{Decrypter, Encrypter};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private, Public};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Verifier};
use zeroize::Zeroizing;

/// A key as OpenSSL holds it; immutable.
pub(super) enum Key {
    Ec(Curve, EcKey<Public>),
    Other(PKey<Public>),
}

impl Key {
    /// Builds the key.
    pub(super) fn new(material: &Material) -> Result<Self, KeyFault> {
        match material {
            Material::Ec { curve, point } => {
                ec(*curve, point.as_bytes()).map(|key| Self::Ec(*curve, key))
            }
            Material::Ed25519(key) => {
                PKey::public_key_from_raw_bytes(key, Id::ED25519).map(Self::Other)
            }
            Material::Rsa { n, e } => rsa(n, e).map(Self::Other),
        }
        .map_err(|_| KeyFault::Malformed)
    }

    pub(super) fn verify(
        &self,
        scheme: Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Code> {
        let held = match (self, scheme) {
            (Self::Ec(curve, key), Scheme::Ecdsa { curve: wanted, hash, form }) => {
                if *curve != wanted {
                    return Err(Code::AlgKeyMismatch);
                }
                let signature = match form {
                    Form::Raw => raw(signature, wanted.coordinate_len()),
                    Form::Der => der(signature),
                };
                signature.and_then(|s| s.verify(hash.digest(message).as_ref(), key).ok())
            }
            (Self::Other(key), Scheme::Ed25519) if key.id() == Id::ED25519 => {
                Verifier::new_without_digest(key)
                    .and_then(|mut v| v.verify_oneshot(signature, message))
                    .ok()
            }
            (Self::Other(key), Scheme::RsaPkcs1 { hash }) if key.id() == Id::RSA => {
                pkcs1(key, digest(hash), message, signature).ok()
            }
            (Self::Other(key), Scheme::DangerRsaPkcs1Sha1) if key.id() == Id::RSA => {
                pkcs1(key, MessageDigest::sha1(), message, signature).ok()
            }
            (Self::Other(key), Scheme::RsaPss { hash, salt_len }) if key.id() == Id::RSA => {
                pss(key, hash, salt_len, message, signature).ok()
            }
            _ => return Err(Code::AlgKeyMismatch),
        };
        // A refusal leaves entries on OpenSSL's per-thread error queue; they say nothing to us.
        drop(ErrorStack::get());
        if held == Some(true) { Ok(()) } else { Err(Code::SigInvalid) }
    }
}

// The curve is built with the key and belongs to it. That takes 20 µs, a fortieth of a P-384
// verification; a curve shared by all keys would have to live in a static.
fn ec(curve: Curve, point: &[u8]) -> Result<EcKey<Public>, ErrorStack> {
    let group = group(curve)?;
    let mut context = BigNumContext::new()?;
    let point = EcPoint::from_bytes(&group, point, &mut context)?;
    EcKey::from_public_key(&group, &point)
}

fn group(curve: Curve) -> Result<EcGroup, ErrorStack> {
    EcGroup::from_curve_name(match curve {
        Curve::P256 => Nid::X9_62_PRIME256V1,
        Curve::P384 => Nid::SECP384R1,
        Curve::P521 => Nid::SECP521R1,
        Curve::BrainpoolP256r1 => Nid::BRAINPOOL_P256R1,
        Curve::BrainpoolP384r1 => Nid::BRAINPOOL_P384R1,
        Curve::BrainpoolP512r1 => Nid::BRAINPOOL_P512R1,
    })
}

fn rsa(n: &[u8], e: &[u8]) -> Result<PKey<Public>, ErrorStack> {
    let key = Rsa::from_public_components(BigNum::from_slice(n)?, BigNum::from_slice(e)?)?;
    PKey::from_rsa(key)
}

// Exactly two coordinates; ranges are checked by the verification itself.
fn raw(signature: &[u8], coordinate_len: usize) -> Option<EcdsaSig> {
    let (r, s) = signature.split_at_checked(coordinate_len)?;
    if s.len() != coordinate_len {
        return None;
    }
    EcdsaSig::from_private_components(BigNum::from_slice(r).ok()?, BigNum::from_slice(s).ok()?).ok()
}

// OpenSSL's decoder is lenient; only the one DER spelling counts.
fn der(signature: &[u8]) -> Option<EcdsaSig> {
    let parsed = EcdsaSig::from_der(signature).ok()?;
    (parsed.to_der().ok()? == signature).then_some(parsed)
}

fn pkcs1(
    key: &PKey<Public>,
    digest: MessageDigest,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, ErrorStack> {
    Verifier::new(digest, key)?.verify_oneshot(signature, message)
}

fn pss(
    key: &PKey<Public>,
    hash: Hash,
    salt_len: u16,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, ErrorStack> {
    let mut verifier = Verifier::new(digest(hash), key)?;
    verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
    verifier.set_rsa_pss_saltlen(RsaPssSaltlen::custom(i32::from(salt_len)))?;
    verifier.set_rsa_mgf1_md(digest(hash))?;
    verifier.verify_oneshot(signature, message)
}

fn digest(hash: Hash) -> MessageDigest {
    match hash {
        Hash::Sha256 => MessageDigest::sha256(),
        Hash::Sha384 => MessageDigest::sha384(),
        Hash::Sha512 => MessageDigest::sha512(),
    }
}

pub(super) struct AgreementKey(PKey<Private>);

impl AgreementKey {
    pub(super) fn new(curve: Curve, scalar: &[u8]) -> Result<Self, KeyFault> {
        Self::build(curve, scalar).map_err(|_| KeyFault::Malformed)
    }

    fn build(curve: Curve, scalar: &[u8]) -> Result<Self, ErrorStack> {
        let group = group(curve)?;
        let mut number = BigNum::from_slice(scalar)?;
        let mut context = BigNumContext::new_secure()?;
        let mut public = EcPoint::new(&group)?;
        let key = public
            .mul_generator2(&group, &number, &mut context)
            .and_then(|()| EcKey::from_private_components(&group, &number, &public));
        number.clear();
        let key = key?;
        // The number is at least 1 and below the order.
        key.check_key()?;
        PKey::from_ec_key(key).map(Self)
    }

    /// `04 ‖ x ‖ y`.
    pub(super) fn point(&self) -> Option<Vec<u8>> {
        let key = self.0.ec_key().ok()?;
        let mut context = BigNumContext::new().ok()?;
        let form = PointConversionForm::UNCOMPRESSED;
        key.public_key().to_bytes(key.group(), form, &mut context).ok()
    }

    pub(super) fn agree(&self, curve: Curve, peer: &PublicKey) -> Result<Secret, PrivateKeyError> {
        let point = peer.point_on(curve).ok_or(PrivateKeyError)?;
        let secret = ec(curve, point).and_then(|peer| self.derive(peer));
        drop(ErrorStack::get());
        secret.map(Secret::new).map_err(|_| PrivateKeyError)
    }

    fn derive(&self, peer: EcKey<Public>) -> Result<Zeroizing<Vec<u8>>, ErrorStack> {
        let peer = PKey::from_ec_key(peer)?;
        let mut deriver = Deriver::new(&self.0)?;
        deriver.set_peer(&peer)?;
        deriver.derive_to_vec().map(Zeroizing::new)
    }
}

pub(super) struct DecryptionKey(PKey<Private>);

impl DecryptionKey {
    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, KeyFault> {
        let key = PKey::private_key_from_pkcs8(der).map_err(|_| KeyFault::Malformed)?;
        let rsa = key.rsa().map_err(|_| KeyFault::Malformed)?;
        quality::check_rsa(&rsa.n().to_vec(), &rsa.e().to_vec())?;
        if !rsa.check_key().unwrap_or(false) {
            return Err(KeyFault::Malformed);
        }
        Ok(Self(key))
    }

    pub(super) fn modulus_len(&self) -> usize {
        self.0.size()
    }

    pub(super) fn decrypt(
        &self,
        oaep: Oaep,
        label: &[u8],
        ciphertext: &[u8],
    ) -> Result<Secret, PrivateKeyError> {
        let plain = self.open(oaep, label, ciphertext);
        drop(ErrorStack::get());
        plain.map(Secret::new).map_err(|_| PrivateKeyError)
    }

    fn open(
        &self,
        oaep: Oaep,
        label: &[u8],
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, ErrorStack> {
        let mut decrypter = Decrypter::new(&self.0)?;
        decrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
        decrypter.set_rsa_oaep_md(oaep_digest(oaep.digest))?;
        decrypter.set_rsa_mgf1_md(oaep_digest(oaep.mgf1))?;
        if !label.is_empty() {
            decrypter.set_rsa_oaep_label(label)?;
        }
        let mut plain = Zeroizing::new(vec![0; decrypter.decrypt_len(ciphertext)?]);
        let len = decrypter.decrypt(ciphertext, &mut plain)?;
        plain.truncate(len);
        Ok(plain)
    }
}

pub(super) fn encrypt_oaep(n: &[u8], e: &[u8], oaep: Oaep, plain: &[u8]) -> Result<Vec<u8>, Code> {
    let work = || {
        let key = rsa(n, e)?;
        let mut encrypter = Encrypter::new(&key)?;
        encrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
        encrypter.set_rsa_oaep_md(oaep_digest(oaep.digest))?;
        encrypter.set_rsa_mgf1_md(oaep_digest(oaep.mgf1))?;
        let mut sealed = vec![0; encrypter.encrypt_len(plain)?];
        let len = encrypter.encrypt(plain, &mut sealed)?;
        sealed.truncate(len);
        Ok(sealed)
    };
    quietly(work).map_err(|_| Code::MisuseArgument)
}

fn oaep_digest(hash: OaepHash) -> MessageDigest {
    match hash {
        OaepHash::Sha1 => MessageDigest::sha1(),
        OaepHash::Sha256 => MessageDigest::sha256(),
        OaepHash::Sha384 => MessageDigest::sha384(),
        OaepHash::Sha512 => MessageDigest::sha512(),
    }
}

// --- AES ---------------------------------------------------------------------------------------

/// `sealed` is ciphertext and tag.
pub(super) fn open_gcm(
    key: &[u8],
    nonce: &[u8; GCM_NONCE_LEN],
    associated: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, PrivateKeyError> {
    let (body, tag) = sealed.split_last_chunk::<GCM_TAG_LEN>().ok_or(PrivateKeyError)?;
    let cipher = by_len(key, Cipher::aes_128_gcm, Cipher::aes_192_gcm, Cipher::aes_256_gcm)?;
    quietly(|| {
        let mut context = CipherCtx::new()?;
        context.decrypt_init(Some(cipher), Some(key), Some(nonce))?;
        context.cipher_update(associated, None)?;
        let mut plain = Zeroizing::new(Vec::with_capacity(room(body)));
        context.cipher_update_vec(body, &mut plain)?;
        context.set_tag(tag)?;
        context.cipher_final_vec(&mut plain)?;
        Ok(plain)
    })
}

/// Gives ciphertext and tag.
pub(super) fn seal_gcm(
    key: &[u8],
    nonce: &[u8; GCM_NONCE_LEN],
    associated: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, PrivateKeyError> {
    let cipher = by_len(key, Cipher::aes_128_gcm, Cipher::aes_192_gcm, Cipher::aes_256_gcm)?;
    quietly(|| {
        let mut context = CipherCtx::new()?;
        context.encrypt_init(Some(cipher), Some(key), Some(nonce))?;
        context.cipher_update(associated, None)?;
        let mut sealed = Vec::with_capacity(room(plain));
        context.cipher_update_vec(plain, &mut sealed)?;
        context.cipher_final_vec(&mut sealed)?;
        let mut tag = [0; GCM_TAG_LEN];
        context.tag(&mut tag)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    })
}

/// `sealed` is whole blocks; the padding is left on.
pub(super) fn decrypt_cbc(
    key: &[u8],
    vector: &[u8; AES_BLOCK_LEN],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, PrivateKeyError> {
    let cipher = by_len(key, Cipher::aes_128_cbc, Cipher::aes_192_cbc, Cipher::aes_256_cbc)?;
    quietly(|| {
        let mut context = CipherCtx::new()?;
        context.decrypt_init(Some(cipher), Some(key), Some(vector))?;
        context.set_padding(false);
        let mut plain = Zeroizing::new(Vec::with_capacity(room(sealed)));
        context.cipher_update_vec(sealed, &mut plain)?;
        context.cipher_final_vec(&mut plain)?;
        Ok(plain)
    })
}

/// RFC 3394 with its own initial value.
pub(super) fn unwrap_key(
    key: &[u8],
    wrapped: &[u8],
) -> Result<Zeroizing<Vec<u8>>, PrivateKeyError> {
    let cipher = by_len(key, Cipher::aes_128_wrap, Cipher::aes_192_wrap, Cipher::aes_256_wrap)?;
    quietly(|| {
        let mut context = CipherCtx::new()?;
        context.set_flags(CipherCtxFlags::FLAG_WRAP_ALLOW);
        context.decrypt_init(Some(cipher), Some(key), None)?;
        let mut content = Zeroizing::new(Vec::with_capacity(room(wrapped)));
        context.cipher_update_vec(wrapped, &mut content)?;
        context.cipher_final_vec(&mut content)?;
        Ok(content)
    })
}

/// RFC 3394 with its own initial value.
pub(super) fn wrap_key(key: &[u8], content: &[u8]) -> Result<Vec<u8>, PrivateKeyError> {
    let cipher = by_len(key, Cipher::aes_128_wrap, Cipher::aes_192_wrap, Cipher::aes_256_wrap)?;
    quietly(|| {
        let mut context = CipherCtx::new()?;
        context.set_flags(CipherCtxFlags::FLAG_WRAP_ALLOW);
        context.encrypt_init(Some(cipher), Some(key), None)?;
        let mut wrapped = Vec::new();
        context.cipher_update_vec(content, &mut wrapped)?;
        context.cipher_final_vec(&mut wrapped)?;
        Ok(wrapped)
    })
}

type NamedCipher = fn() -> &'static CipherRef;

fn by_len(
    key: &[u8],
    of_128: NamedCipher,
    of_192: NamedCipher,
    of_256: NamedCipher,
) -> Result<&'static CipherRef, PrivateKeyError> {
    match key.len() {
        16 => Ok(of_128()),
        24 => Ok(of_192()),
        32 => Ok(of_256()),
        _ => Err(PrivateKeyError),
    }
}

// OpenSSL may write a block more than it was given, and twice that at the end; a vector that grew
// would leave its old memory behind unzeroed.
fn room(input: &[u8]) -> usize {
    input.len().saturating_add(AES_BLOCK_LEN.saturating_mul(2))
}

// A failure leaves entries on OpenSSL's per-thread error queue; they say nothing to us.
fn quietly<T>(work: impl FnOnce() -> Result<T, ErrorStack>) -> Result<T, PrivateKeyError> {
    let done = work();
    drop(ErrorStack::get());
    done.map_err(|_| PrivateKeyError)
}
