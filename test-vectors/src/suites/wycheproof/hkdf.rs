use super::format::Test;
use crate::suite::Outcome;
use eid_broker::crypto::{derive_key, equal};
use eid_broker::verdict::Code;

// `derive_key` gives one key of this length; the library needs no other.
const KEY_LEN: usize = 32;

/// Derives, and compares with the file.
pub(super) fn answer(test: &Test) -> Outcome {
    if test.size != KEY_LEN {
        return Outcome::Skipped("HKDF is offered for 32 bytes only".to_owned());
    }
    match derive_key(&test.ikm.0, &test.salt.0, &[&test.info.0]) {
        Ok(key) if equal(&key, &test.okm.0) => Outcome::Accepted,
        Ok(_) => Outcome::Differs("another key was derived".to_owned()),
        Err(_) => Outcome::Refused(Code::Internal),
    }
}
