//! Any input, as metadata and as a service list: no panic, the same answer twice, and what is accepted
//! is what was asked for: the wanted entity with one to four keys that only sign, https locations, an
//! end that lies ahead.
#![no_main]

use eid_broker::trust::saml_metadata::{MetadataRules, ServiceList, Signers, verify};
use eid_broker_fuzz::{NODE, NOW, metadata_signers};
use std::sync::LazyLock;

static SIGNERS: LazyLock<Signers> = LazyLock::new(metadata_signers);

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let rules = MetadataRules::eidas_node();
    let ask = || verify(input, &SIGNERS, NODE, &rules, NOW);
    match (ask(), ask()) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one.signed_sha256, other.signed_sha256);
            let issuer = &one.issuer;
            assert_eq!(issuer.entity_id, NODE);
            assert!((1..=4).contains(&issuer.signing.len()));
            assert!(issuer.encryption.iter().all(|key| !issuer.signing.contains(&key.key)));
            assert!(issuer.sso.iter().all(|(_, url)| url.starts_with("https://")));
            assert!(issuer.country.is_some());
            assert!(one.valid_until.is_some_and(|until| until > NOW));
        }
        (Err(one), Err(other)) => assert_eq!(one, other),
        _ => panic!("two answers to one question"),
    }
    if let Ok(list) = ServiceList::verify(input, &SIGNERS, &rules, NOW) {
        assert!(list.next_update > NOW);
        for entry in &list.entries {
            assert!(entry.location.starts_with("https://") && !entry.signers.is_empty());
        }
    }
});
