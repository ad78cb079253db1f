//! Any sealed text: no panic, and nothing opens but what was sealed. Any content that was sealed under
//! the right key: no panic, and what is read is what was meant.
#![no_main]

use eid_broker::crypto::SealKey;
use eid_broker::envelope::base64url;
use eid_broker::expectation::Expectation;
use eid_broker::ports::{Random, Unavailable};
use eid_broker_fuzz::{AUDIENCE, ISSUER, NOW, RAW, TEXTS};

const LABEL: &[u8] = b"eid-broker/expectation/v1";

struct Zero;

impl Random for Zero {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        out.fill(0);
        Ok(())
    }
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let key = SealKey::new([3; 32]);
    match input.split_first() {
        Some((&RAW, sealed)) => {
            let Ok(sealed) = std::str::from_utf8(sealed) else { return };
            assert!(
                Expectation::open(sealed, &key, ISSUER).is_err(),
                "opens what was never sealed"
            );
        }
        Some((&TEXTS, content)) => {
            let sealed = key.seal(LABEL, content, &Zero).expect("sealed");
            let Ok(opened) = Expectation::open(&base64url::encode(&sealed), &key, ISSUER) else {
                return;
            };
            let _ = (opened.check_deadline(NOW, 30), opened.procedure(), opened.nonce());
            let again = opened.seal(&key, &Zero).expect("sealed");
            assert!(Expectation::open(&again, &key, ISSUER).is_ok_and(|again| again == opened));
            assert!(opened.audience() != AUDIENCE || content.len() > AUDIENCE.len());
        }
        _ => {}
    }
});
