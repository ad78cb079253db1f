//! Any input: no panic, and the same verdict twice. What is accepted has nothing left of the machinery
//! of disclosures, and a person exactly when the policy asks for one.
#![no_main]

use eid_broker::pki::PathCache;
use eid_broker::policy::Policy;
use eid_broker::token::sd_jwt_vc::{Context, TrustedIssuers, verify};
use eid_broker::trust::TrustStore;
use eid_broker::verdict::Verdict;
use eid_broker_fuzz::{AUDIENCE, NONCE, NOW, policies, sd_jwt, token, trust};
use serde_json::Value;

thread_local! {
    static CONTEXT: ([Policy; 2], TrustStore, PathCache) = (policies(), trust(), PathCache::default());
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some(token) = token(input, sd_jwt) else { return };
    CONTEXT.with(|(policies, trust, paths)| {
        let issuers = TrustedIssuers::new(trust, paths);
        for policy in policies {
            let context = Context::new(policy, &issuers, NONCE, AUDIENCE, NOW);
            let (first, second) = (verify(&token, &context), verify(&token, &context));
            assert_eq!(first.word(), second.word());
            assert_eq!(first.refusal(), second.refusal());
            assert_eq!(first.ledger().entries(), second.ledger().entries());
            let Verdict::Accepted(accepted) = first else { continue };
            let (presentation, _) = accepted.into_parts();
            presentation.claims().iter().for_each(|(name, value)| {
                assert!(name != "_sd" && name != "_sd_alg" && name != "...");
                clean(value);
            });
            assert_eq!(presentation.identity().is_some(), !policy.laboratory);
        }
    });
});

// Not deeper than the reader allows.
fn clean(value: &Value) {
    match value {
        Value::Array(elements) => elements.iter().for_each(clean),
        Value::Object(members) => {
            assert!(["_sd", "..."].iter().all(|name| !members.contains_key(*name)));
            members.values().for_each(clean);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
