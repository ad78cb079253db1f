//! Any input, as a response of an eIDAS node and of BundID: no panic, and the same verdict twice. What is
//! accepted has an identifier of its scheme, or none for a visit without an account, and is for looking at.
//!
//! Signatures and digests are not looked at (`--cfg eidb_danger_stub_signatures`), assertions are plain.
#![no_main]

use eid_broker::expectation::saml::{SamlExpected, ServiceProvider};
use eid_broker::identity::Family;
use eid_broker::pki::PathCache;
use eid_broker::policy::Policy;
use eid_broker::token::{Context, verify};
use eid_broker::trust::TrustStore;
use eid_broker::verdict::Verdict;
use eid_broker_fuzz::NOW;
use eid_broker_fuzz::saml::{saml_policy, saml_service, saml_trust};
use eid_broker_maker::saml::{BROKER, REQUEST_ID, bund_id, eidas};

thread_local! {
    static CONTEXT: (Policy, TrustStore, ServiceProvider, PathCache) =
        (saml_policy(), saml_trust(), saml_service(), PathCache::new(1));
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    CONTEXT.with(|(policy, trust, service, paths)| {
        for (family, issuer) in
            [(Family::EidasSaml, eidas::ENTITY), (Family::BundId, bund_id::ENTITY)]
        {
            let context = Context::new(policy, trust, paths, REQUEST_ID, BROKER, NOW)
                .with_saml(SamlExpected::new(service, issuer));
            let (first, second) =
                (verify(family, input, &context), verify(family, input, &context));
            assert_eq!(first.word(), second.word());
            assert_eq!(first.refusal(), second.refusal());
            assert_eq!(first.ledger().entries(), second.ledger().entries());
            let Verdict::Accepted(accepted) = first else { continue };
            let identity = accepted.value();
            assert!(identity.is_laboratory() && identity.statement().is_some());
            match identity.identifier() {
                Some(identifier) if family == Family::EidasSaml => {
                    assert!(identifier.kind().name().starts_with("eidas-"));
                    let value = identifier.value();
                    let value = value.split_once('=').map_or(value, |(_, value)| value);
                    assert!(value.starts_with("AT/DE/"));
                }
                Some(identifier) => assert!(identifier.value().starts_with(BROKER)),
                None => assert_eq!(family, Family::BundId),
            }
        }
    });
});
