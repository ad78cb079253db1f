//! Any input: no panic, and the same verdict twice. What is accepted has the format that it says, and a
//! person with an identifier; a statement of a handshake that is read is written the same again.
//!
//! Signatures are not looked at (`--cfg eidb_danger_stub_signatures`), the status is left out.
#![no_main]

use eid_broker::identity::Family;
use eid_broker::pki::PathCache;
use eid_broker::policy::Policy;
use eid_broker::token::certificate::Handshake;
use eid_broker::token::{Context, verify};
use eid_broker::trust::TrustStore;
use eid_broker::verdict::Verdict;
use eid_broker_fuzz::{CARD_NONCE, CARD_ORIGIN, NOW, card_policy, card_trust};

thread_local! {
    static CONTEXT: (Policy, TrustStore, PathCache) =
        (card_policy(), card_trust(), PathCache::default());
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    CONTEXT.with(|(policy, trust, paths)| {
        let context = Context::new(policy, trust, paths, CARD_NONCE, CARD_ORIGIN, NOW);
        for family in [Family::WebEid, Family::Certificate] {
            let (first, second) =
                (verify(family, input, &context), verify(family, input, &context));
            assert_eq!(first.word(), second.word());
            assert_eq!(first.refusal(), second.refusal());
            assert_eq!(first.ledger().entries(), second.ledger().entries());
            let Verdict::Accepted(accepted) = first else { continue };
            let identity = accepted.value();
            assert!(identity.identifier().is_some() && identity.is_laboratory());
            assert!(identity.attributes().count() >= 2);
        }
    });
    if let Ok(handshake) = Handshake::parse(input, 65_536) {
        let again = Handshake::parse(handshake.to_json().as_bytes(), 65_536);
        assert!(again.is_ok_and(|again| again == handshake));
    }
});
