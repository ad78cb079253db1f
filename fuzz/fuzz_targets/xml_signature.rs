//! Any input: no panic, and the same verdict twice. What a signature covers is a document again, of the
//! element that it stood in, without it.
//!
//! Neither the value nor the digest is looked at (`--cfg eidb_danger_stub_signatures`).
#![no_main]

use eid_broker::crypto::{Curve, Hash, PublicKey};
use eid_broker::envelope::xml::signature::{
    SignatureMethod, SignatureRules, has_signature, verify_enveloped,
};
use eid_broker::envelope::xml::{Document, Limits};
use eid_broker::verdict::Code;
use eid_broker_maker::keys;

thread_local! {
    static KEYS: Vec<PublicKey> = vec![key()];
}

// The public half of a test key, out of its certificate-free form: 04, x, y at the end of the SPKI.
fn key() -> PublicKey {
    let spki = keys::saml_node_p256().and_then(|key| key.public_spki_der()).expect("a test key");
    PublicKey::from_point(Curve::P256, &spki[spki.len() - 65..]).expect("a point")
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(document) = Document::parse(input, &Limits::MESSAGE) else { return };
    let accepts = |method: SignatureMethod, _: &PublicKey| match method {
        SignatureMethod::DangerRsaSha1 => Err(Code::AlgNotAllowed),
        _ => Ok(()),
    };
    let rules = SignatureRules::new(&accepts, &[Hash::Sha256, Hash::Sha512]);
    let metadata = rules.with_empty_reference().with_any_position();
    let root = document.root();
    KEYS.with(|keys| {
        for element in [Some(root), root.children().last()].into_iter().flatten() {
            for rules in [&rules, &metadata] {
                let (first, second) = (
                    verify_enveloped(element, keys, rules),
                    verify_enveloped(element, keys, rules),
                );
                let (signed, second) = match (first, second) {
                    (Ok(first), Ok(second)) => (first, second),
                    (first, second) => {
                        assert_eq!(first.err(), second.err());
                        continue;
                    }
                };
                assert_eq!((signed.octets(), signed.sha256()), (second.octets(), second.sha256()));
                let again = signed.document().expect("what is signed is a document");
                let again = again.root();
                assert!(has_signature(element) && !has_signature(again));
                assert!(again.without_markup().is_ok());
                assert_eq!(again.local_name(), element.local_name());
                assert_eq!(again.namespace(), element.namespace());
                assert_eq!(again.attribute("ID"), element.attribute("ID"));
                assert_eq!(again.children().count() + 1, element.children().count());
            }
        }
    });
});
