//! One compact JWS under a key set, at the layer of RFC 7515 alone: whoever may have signed what, and
//! for whom, is not asked. A profile of this program only; nothing it accepts can become an assertion.

use eid_broker::crypto::Alg;
use eid_broker::envelope::base64url;
use eid_broker::envelope::jose::{Compact, KeySet};
use eid_broker::envelope::json::{Limits, with};
use eid_broker::verdict::{Code, Refusal};
use serde_json::{Value, json};

// No token of a suite is larger; the limit of each kind of token is checked by its family.
const MAX_LEN: usize = 64 * 1024;

/// A key set with these keys. A private or symmetric key in it is refused; a set without any key that
/// can be used gives the reason of its first key.
pub(super) fn key_set(keys: &[&Value]) -> Result<KeySet, Code> {
    let set = KeySet::parse(json!({ "keys": keys }).to_string().as_bytes());
    let set = set.map_err(|refusal| refusal.code())?;
    match set.skipped().first() {
        Some((_, code)) if set.is_empty() => Err(*code),
        _ => Ok(set),
    }
}

/// Verifies the token with the key that its `kid` names, or with the only one.
pub(super) fn verify(token: &str, keys: &KeySet) -> Result<(), Code> {
    let compact = Compact::split(token.as_bytes(), MAX_LEN).map_err(|refusal| refusal.code())?;
    let decode = |part: &[u8]| base64url::decode(part).map_err(|refusal| refusal.code());
    let header = decode(compact.header())?;
    let (alg, key) = with(&header, Limits::OWN, |header| {
        let alg = header.get("alg").and_then(|alg| alg.as_plain_str()).and_then(Alg::from_name);
        let alg = alg.ok_or(Refusal::from(Code::AlgNotAllowed))?;
        let key = match header.get("kid") {
            Some(kid) => keys.get(&kid.as_str().unwrap_or_default())?,
            None => keys.sole().ok_or(Code::KeyMissing)?,
        };
        Ok((alg, key))
    })
    .map_err(|refusal| refusal.code())?;
    if alg != key.alg() {
        return Err(Code::AlgKeyMismatch);
    }
    decode(compact.payload())?;
    key.verify(compact.signing_input(), &decode(compact.signature())?)
}
