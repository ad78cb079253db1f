//! Any input: no panic, and the same verdict twice. What is accepted names a person exactly when the policy
//! asks for one. The device authentication is left out under the second policy, so that the fuzzer
//! reaches what lies behind it; digests are computed, so that it must leave elements alone to get there.
#![no_main]

use eid_broker::expectation::wallet::WalletExpected;
use eid_broker::pki::PathCache;
use eid_broker::policy::{DeviceAuth, DocumentContent, Policy, StatusRule};
use eid_broker::token::Context;
use eid_broker::token::mdoc::verify;
use eid_broker::trust::TrustStore;
use eid_broker::verdict::Verdict;
use eid_broker_fuzz::{AUDIENCE, NONCE, NOW, trust};

thread_local! {
    static CONTEXT: ([Policy; 2], TrustStore, PathCache) = (policies(), trust(), PathCache::default());
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    CONTEXT.with(|(policies, trust, paths)| {
        for policy in policies {
            let wallet = WalletExpected::redirect("https://rp.example/response", None);
            let context =
                Context::new(policy, trust, paths, NONCE, AUDIENCE, NOW).with_wallet(wallet);
            let (first, second) = (verify(input, &context), verify(input, &context));
            assert_eq!(first.word(), second.word());
            assert_eq!(first.refusal(), second.refusal());
            let Verdict::Accepted(accepted) = first else { continue };
            assert_eq!(accepted.value().identity().is_some(), !policy.laboratory);
        }
    });
});

fn policies() -> [Policy; 2] {
    let mut layer = Policy::standard();
    if let Some(rules) = &mut layer.mdoc {
        rules.device_auth = DeviceAuth::NotEvaluated;
        rules.status = StatusRule::NotEvaluated;
        rules.documents.iter_mut().for_each(|rule| rule.content = DocumentContent::Credential);
    }
    layer.seal();
    [Policy::standard(), layer]
}
