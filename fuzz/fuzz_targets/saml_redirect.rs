//! Any input: no panic, no more memory than the bound, and the same answer twice. An accepted query has
//! each parameter once and in order; a message that was put into one comes out as it was.
//!
//! Signatures are not looked at (`--cfg eidb_danger_stub_signatures`).
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eid_broker::crypto::PublicKey;
use eid_broker::envelope::saml::redirect::{QueryRules, verify_query};
use eid_broker::envelope::xml::signature::SignatureMethod;
use eid_broker::verdict::Code;
use eid_broker_fuzz::{RAW, encryption};
use std::sync::LazyLock;

static SIGNER: LazyLock<[PublicKey; 1]> = LazyLock::new(|| [encryption::signer()]);

const MAX_BYTES: usize = 16_384;

fn accept(_: SignatureMethod, _: &PublicKey) -> Result<(), Code> {
    Ok(())
}

// One block that is not compressed (RFC 1951, 3.2.4).
fn stored(text: &[u8]) -> Vec<u8> {
    let len = u16::try_from(text.len()).unwrap_or(0);
    [&[1][..], &len.to_le_bytes(), &(!len).to_le_bytes(), text].concat()
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((first, rest)) = input.split_first() else { return };
    let rest = &rest[..rest.len().min(usize::from(u16::MAX))];
    let rules = QueryRules::new(&accept).with_ecdsa_der(first & 1 == 1).with_max_bytes(MAX_BYTES);
    let made;
    let query = if *first == RAW {
        rest
    } else {
        let text = STANDARD.encode(stored(rest));
        let text = text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        made = format!(
            "SAMLResponse={text}&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23\
             ecdsa-sha256&Signature=AAAA"
        );
        made.as_bytes()
    };
    let ask = || verify_query(query, "SAMLResponse", &*SIGNER, &rules);
    match (ask(), ask()) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one.octets(), other.octets());
            assert_eq!(one.relay_state(), other.relay_state());
            assert!(one.octets().len() <= MAX_BYTES);
            assert!(*first == RAW || one.octets() == rest);
            let names: Vec<&[u8]> = query
                .split(|byte| *byte == b'&')
                .map(|part| part.split(|byte| *byte == b'=').next().unwrap_or_default())
                .collect();
            let known: [&[&[u8]]; 2] = [
                &[b"SAMLResponse", b"SigAlg", b"Signature"],
                &[b"SAMLResponse", b"RelayState", b"SigAlg", b"Signature"],
            ];
            assert!(known.contains(&names.as_slice()));
        }
        (Err(one), Err(other)) => {
            assert_eq!(one, other);
            let fits = rest.len() <= MAX_BYTES;
            assert!(*first == RAW || !fits, "what was made here is read");
        }
        _ => panic!("two answers"),
    }
});
