//! Algorithms as data, keys typed by algorithm, and the backends behind one face.
//!
//! ring verifies P-256, Ed25519 and RSA and does all hashing, MAC, HKDF and AEAD. OpenSSL (feature
//! `openssl`) verifies P-384, P-521, the Brainpool curves and whatever else ring does not offer, and
//! does key agreement, key wrap and decryption. aws-lc (feature `aws-lc`) takes from it what it does faster.
//! What a build cannot verify is refused as `alg.not_available`, never skipped.

mod aead;
mod aes;
mod algorithm;
#[cfg(feature = "aws-lc")]
mod aws_lc;
mod curves;
mod derive;
mod domain;
mod hash;
mod key;
#[cfg(feature = "openssl")]
mod openssl;
mod private;
mod quality;
mod ring;

pub use aead::{SealKey, SealedError};
pub use aes::{AES_BLOCK_LEN, AesKey, AesMode, GCM_NONCE_LEN, GCM_TAG_LEN};
pub use algorithm::{Alg, Curve, Form, KeyKind, Scheme};
pub use derive::concat_kdf;
pub use domain::{CurveParameters, NotNamed};
pub use hash::{
    Digest, Hash, MacKey, danger_sha1, derive_key, equal, hmac_sha256, sha1_identifier, sha256,
};
pub use key::{Backend, KeyFault, PublicKey, VerifyingKey};
pub use private::{AgreementKey, DecryptionKey, Oaep, OaepHash, PrivateKeyError, Secret};
pub use quality::{RSA_MAX_BITS, RSA_MIN_BITS};
