//! Algorithms as data, keys typed by algorithm, and two backends behind one face.
//!
//! ring verifies P-256, Ed25519 and RSA and does all hashing, MAC, HKDF and AEAD; OpenSSL (feature
//! `openssl`) verifies P-384 and P-521 and whatever ring does not offer. What a build cannot verify
//! is refused as `alg.not_available`, never skipped.

mod aead;
mod algorithm;
mod curves;
mod domain;
mod hash;
mod key;
#[cfg(feature = "openssl")]
mod openssl;
mod quality;
mod ring;

pub use aead::{SealKey, SealedError};
pub use algorithm::{Alg, Curve, Form, KeyKind, Scheme};
pub use domain::{CurveParameters, NotNamed};
pub use hash::{Digest, Hash, derive_key, equal, hmac_sha256, sha1_identifier, sha256};
pub use key::{Backend, KeyFault, PublicKey, VerifyingKey};
pub use quality::{RSA_MAX_BITS, RSA_MIN_BITS};
