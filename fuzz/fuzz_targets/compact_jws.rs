//! Any input: no panic. What is accepted is its three parts again, each part has one spelling, and
//! what the rules of a header leave through names a known algorithm.
#![no_main]

use eid_broker::envelope::base64url;
use eid_broker::envelope::jose::{Compact, Header, HeaderRules};
use eid_broker::envelope::json::{Limits, Nodes};
use eid_broker_fuzz::{compact, token};

const MAX_LEN: usize = 16 * 1024;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some(token) = token(input, compact) else { return };
    let Ok(jws) = Compact::split(&token, MAX_LEN) else { return };
    assert!(token.len() <= MAX_LEN);
    let parts = [jws.header(), jws.payload(), jws.signature()];
    assert_eq!(parts.join(&b'.'), token);
    assert_eq!([jws.header(), jws.payload()].join(&b'.'), jws.signing_input());
    for part in parts {
        if let Ok(bytes) = base64url::decode(part) {
            assert_eq!(base64url::encode(&bytes).as_bytes(), part);
        }
    }
    let Ok(text) = base64url::decode(jws.header()) else { return };
    let mut nodes = Nodes::default();
    let Ok(root) = nodes.read(&text, Limits::OWN) else { return };
    for (closed, media_type_prefix) in [(true, true), (false, false)] {
        let rules = rules(closed, media_type_prefix);
        let Ok(header) = Header::parse(root, rules) else { continue };
        assert!(
            root.get("alg").is_some_and(|alg| alg.is(header.alg().name()) || alg.is("Ed25519"))
        );
        assert!(root.get("crit").is_none() && root.get("jwk").is_none());
        let typed = header.check_type(rules, ["eid-assertion+jwt"]).is_ok();
        assert!(!typed || root.get("typ").is_some());
        if let Ok(Some(kid)) = header.kid() {
            assert!((1..=128).contains(&kid.len()));
        }
    }
});

fn rules(closed: bool, media_type_prefix: bool) -> HeaderRules {
    HeaderRules::new(&["x5c"], closed, media_type_prefix)
}
