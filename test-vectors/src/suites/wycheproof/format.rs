//! The files of C2SP Wycheproof, `testvectors_v1`.

use crate::suites::hex::Hex;
use serde::Deserialize;

/// One file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct File {
    #[serde(default)]
    pub(super) algorithm: String,
    pub(super) number_of_tests: usize,
    pub(super) test_groups: Vec<Group>,
}

/// Tests with one key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) sha: String,
    pub(super) mgf_sha: Option<String>,
    pub(super) s_len: Option<u16>,
    pub(super) public_key: Option<Key>,
    #[serde(default)]
    pub(super) private_key_pkcs8: Hex,
    #[serde(default)]
    pub(super) curve: String,
    #[serde(default)]
    pub(super) encoding: String,
    /// In bits.
    pub(super) tag_size: Option<u32>,
    pub(super) tests: Vec<Test>,
}

/// A public key, by its numbers.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Key {
    pub(super) curve: String,
    pub(super) uncompressed: Hex,
    pub(super) pk: Hex,
    pub(super) modulus: Hex,
    pub(super) public_exponent: Hex,
}

/// One test.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Test {
    pub(super) tc_id: u64,
    pub(super) comment: String,
    #[serde(default)]
    pub(super) flags: Vec<String>,
    pub(super) result: Answer,
    // Signatures.
    #[serde(default)]
    pub(super) msg: Hex,
    #[serde(default)]
    pub(super) sig: Hex,
    // ECDH.
    #[serde(default)]
    pub(super) public: Hex,
    #[serde(default)]
    pub(super) private: Hex,
    #[serde(default)]
    pub(super) shared: Hex,
    // Decryption.
    #[serde(default)]
    pub(super) ct: Hex,
    #[serde(default)]
    pub(super) label: Hex,
    // AES.
    #[serde(default)]
    pub(super) key: Hex,
    #[serde(default)]
    pub(super) iv: Hex,
    #[serde(default)]
    pub(super) aad: Hex,
    #[serde(default)]
    pub(super) tag: Hex,
    // HKDF.
    #[serde(default)]
    pub(super) ikm: Hex,
    #[serde(default)]
    pub(super) salt: Hex,
    #[serde(default)]
    pub(super) info: Hex,
    #[serde(default)]
    pub(super) size: usize,
    #[serde(default)]
    pub(super) okm: Hex,
}

/// What Wycheproof says of a test.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Answer {
    Acceptable,
    Invalid,
    Valid,
}
