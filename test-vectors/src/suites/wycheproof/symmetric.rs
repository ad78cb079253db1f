//! AES with GCM, CBC and key wrap.

use super::format::{Answer, File, Group, Test};
use crate::suite::Outcome;
use eid_broker::crypto::{AES_BLOCK_LEN, AesKey, AesMode, Backend, GCM_NONCE_LEN, equal};

/// What the file asks of AES; `None` for another file.
pub(super) fn mode(file: &File) -> Option<AesMode> {
    let kind = file.test_groups.first().map(|group| group.kind.as_str());
    match (kind, file.algorithm.as_str()) {
        (Some("AeadTest"), "AES-GCM") => Some(AesMode::Gcm),
        (Some("IndCpaTest"), "AES-CBC-PKCS5") => Some(AesMode::Cbc),
        (Some("KeywrapTest"), "AES-WRAP" | "KW") => Some(AesMode::KeyWrap),
        _ => None,
    }
}

/// Answers one test with one backend.
pub(super) fn answer(mode: AesMode, backend: Backend, group: &Group, test: &Test) -> Outcome {
    let skip = |reason: &str| Outcome::Skipped(reason.to_owned());
    let key = &test.key.0;
    if !AesKey::has(backend, mode, key.len()) {
        return skip("not offered by this backend");
    }
    let Some(key) = AesKey::new(key) else { return skip("not a key of AES") };
    let opened = match mode {
        AesMode::Gcm => {
            let Ok(nonce) = <&[u8; GCM_NONCE_LEN]>::try_from(test.iv.0.as_slice()) else {
                return skip("nonces of another length than 96 bits are not offered");
            };
            if group.tag_size != Some(128) {
                return skip("tags of another length than 128 bits are not offered");
            }
            let sealed = [test.ct.0.as_slice(), &test.tag.0].concat();
            key.open_gcm_with(backend, nonce, &test.aad.0, &sealed)
        }
        AesMode::Cbc => {
            if test.result != Answer::Valid {
                return skip("the padding of XML Encryption is its last byte alone");
            }
            let Ok(vector) = <&[u8; AES_BLOCK_LEN]>::try_from(test.iv.0.as_slice()) else {
                return skip("not a vector of CBC");
            };
            key.danger_open_cbc(vector, &test.ct.0)
        }
        AesMode::KeyWrap => {
            if test.result == Answer::Valid && !matches!(test.msg.0.len(), 16 | 24 | 32) {
                return skip("only keys of AES are unwrapped");
            }
            key.unwrap_key(&test.ct.0)
        }
        _ => return skip("this mode is not asked for"),
    };
    match opened {
        Ok(plain) if equal(plain.as_bytes(), &test.msg.0) => Outcome::Accepted,
        Ok(_) => Outcome::Differs("another text came out".to_owned()),
        Err(error) => Outcome::Refused(error.code()),
    }
}
