//! Any input: no panic. What is accepted holds public keys only, and is written and read again as the
//! same set.
#![no_main]

use eid_broker::envelope::jose::{KeySet, MAX_KEYS};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(set) = KeySet::parse(input) else { return };
    assert!(set.len() + set.skipped().len() <= MAX_KEYS);
    let written = set.to_json();
    let again = KeySet::parse(written.as_bytes()).expect("what was written");
    assert!(again.skipped().is_empty());
    assert_eq!(again.to_json(), written);
    for (kid, key) in set.iter() {
        assert_eq!(again.get(kid), Ok(key));
    }
});
