use super::*;
use crate::crypto::{Curve, Hash};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
};
use std::sync::LazyLock;

static PKCS8: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    key.as_ref().to_vec()
});

const ECDSA: &str = "http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23ecdsa-sha256";
const XML: &str = "<r>text</r>";

fn key() -> PublicKey {
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &PKCS8, &random).unwrap();
    PublicKey::from_point(Curve::P256, pair.public_key().as_ref()).unwrap()
}

fn escaped(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

fn deflated(text: &[u8]) -> String {
    escaped(&miniz_oxide::deflate::compress_to_vec(text, 9))
}

fn sign_in(signed: &str, der: bool) -> String {
    let random = SystemRandom::new();
    let form = if der { &ECDSA_P256_SHA256_ASN1_SIGNING } else { &ECDSA_P256_SHA256_FIXED_SIGNING };
    let pair = EcdsaKeyPair::from_pkcs8(form, &PKCS8, &random).unwrap();
    let signature = pair.sign(&random, signed.as_bytes()).unwrap();
    format!("{signed}&Signature={}", escaped(signature.as_ref()))
}

fn signed(signed: &str) -> String {
    sign_in(signed, false)
}

fn good() -> String {
    signed(&format!("SAMLResponse={}&SigAlg={ECDSA}", deflated(XML.as_bytes())))
}

fn accept(method: SignatureMethod, _: &PublicKey) -> Result<(), Code> {
    let denied = matches!(method, SignatureMethod::DangerRsaSha1 | SignatureMethod::RsaSha256);
    if denied { Err(Code::AlgNotAllowed) } else { Ok(()) }
}

fn verify(query: &str) -> Result<Message, Code> {
    let rules = QueryRules::new(&accept);
    verify_query(query.as_bytes(), "SAMLResponse", &[key()], &rules).map_err(|r| r.code())
}

/// Signed as it stands: only what comes before or behind the signature can refuse it.
fn verify_signed(text: &str) -> Result<Message, Code> {
    verify(&signed(text))
}

#[test]
fn gives_the_message_of_a_signed_query() {
    let message = verify(&good()).unwrap();
    assert_eq!(message.octets(), XML.as_bytes());
    assert_eq!(message.relay_state(), None);
    assert_eq!((message.key(), message.method()), (0, SignatureMethod::EcdsaSha256));
    let query = good();
    let covered = query.get(..query.find("&Signature").unwrap()).unwrap();
    assert_eq!(verify(&query).unwrap().sha256(), &sha256(covered.as_bytes()));
    assert_eq!(format!("{message:?}"), "Message(11 bytes, ecdsa-sha256, key 0)");
}

#[test]
fn gives_back_relay_state_as_forms_write_it() {
    let xml = deflated(XML.as_bytes());
    let with = |state: &str| {
        verify_signed(&format!("SAMLResponse={xml}&RelayState={state}&SigAlg={ECDSA}"))
            .map(|message| message.relay_state().map(str::to_owned))
    };
    for (state, read) in [
        ("", ""),
        ("a%20b", "a b"),
        ("a+b", "a b"),
        ("%e2%82%AC", "€"),
        ("a=b", "a=b"),
        ("%00", "\0"),
    ] {
        assert_eq!(with(state).unwrap().as_deref(), Some(read), "{state}");
    }
    for wrong in ["%", "%2", "%2x", "%ff", "%c3", "a b", "a#b", "ä", "%C3%28"] {
        assert_eq!(with(wrong), Err(Code::RedirectEncoding), "{wrong}");
    }
    assert!(with(&"a".repeat(1024)).is_ok());
    assert_eq!(with(&"a".repeat(1025)), Err(Code::LimitSize));
}

#[test]
fn the_signature_covers_the_octets_as_received() {
    let xml = deflated(XML.as_bytes());
    // Lower-case escapes, and characters that need none: signed so, they hold so.
    let lower =
        format!("SAMLResponse={xml}&SigAlg={}", ECDSA.replace("%3A", "%3a").replace("%2F", "/"));
    assert!(verify_signed(&lower).is_ok());
    let query = signed(&lower);
    let (covered, rest) = query.split_at(query.find("&Signature").unwrap());
    let again = format!("{}{rest}", covered.replace("%3a", "%3A"));
    assert!(verify(&query).is_ok());
    assert_eq!(verify(&again).err(), Some(Code::SigInvalid));
    // The escapes of the signature itself are covered by nothing and mean the same.
    let (covered, rest) = query.split_at(query.find("&Signature=").unwrap() + 11);
    assert!(verify(&format!("{covered}{}", rest.replace("%2B", "%2b"))).is_ok());
}

#[test]
fn refuses_a_parameter_twice() {
    let query = good();
    assert!(verify(&query).is_ok());
    for name in ["SAMLResponse", "RelayState", "SigAlg", "Signature"] {
        let twice = format!("{name}=a&{query}&{name}=b");
        assert_eq!(verify(&twice).err(), Some(Code::AmbiguousParameter), "{name}");
    }
    for appended in ["&SAMLResponse=x", "&SigAlg=x", "&Signature=x", "&SAMLResponse="] {
        let more = format!("{query}{appended}");
        assert_eq!(verify(&more).err(), Some(Code::AmbiguousParameter), "{appended}");
    }
    let same = format!("{query}&{}", query.get(..query.find('&').unwrap()).unwrap());
    assert_eq!(verify(&same).err(), Some(Code::AmbiguousParameter));
}

#[test]
fn refuses_parameters_that_are_unknown_missing_or_out_of_order() {
    let xml = deflated(XML.as_bytes());
    let (message, algorithm) = (format!("SAMLResponse={xml}"), format!("SigAlg={ECDSA}"));
    assert!(verify_signed(&format!("{message}&{algorithm}")).is_ok());
    assert!(verify_signed(&format!("{message}&RelayState=a&{algorithm}")).is_ok());
    for wrong in [
        format!("{algorithm}&{message}"),
        format!("RelayState=a&{message}&{algorithm}"),
        format!("{message}&{algorithm}&RelayState=a"),
        format!("{message}&x=y&{algorithm}"),
        format!("x=y&{message}&{algorithm}"),
        format!("{message}&&{algorithm}"),
        format!("&{message}&{algorithm}"),
        format!("{message}&{algorithm}&"),
        format!("{message}&RelayState&{algorithm}"),
        format!("?{message}&{algorithm}"),
        format!("{message}&{algorithm}&SAMLEncoding=urn%3Aoasis"),
        format!("SAMLRequest={xml}&{algorithm}"),
        format!("samlresponse={xml}&{algorithm}"),
        format!("%53AMLResponse={xml}&{algorithm}"),
        format!("SAMLResponse=&{algorithm}"),
        algorithm.clone(),
    ] {
        assert_eq!(verify_signed(&wrong).err(), Some(Code::RedirectParameter), "{wrong}");
    }
    // Behind the signature too, and the fragment that never belongs to a query.
    for behind in ["&x=y", "&", "&RelayState=a"] {
        let query = format!("{}{behind}", good());
        assert_eq!(verify(&query).err(), Some(Code::RedirectParameter), "{behind}");
    }
    assert_eq!(verify(&format!("{}#x", good())).err(), Some(Code::RedirectEncoding));
    let many = |count: usize| format!("{}{}", good(), "&x=y".repeat(count));
    assert_eq!(verify(&many(5)).err(), Some(Code::RedirectParameter));
    assert_eq!(verify(&many(6)).err(), Some(Code::LimitCount));
    assert_eq!(verify(&many(60_000)).err(), Some(Code::LimitCount));
}

#[test]
fn refuses_a_query_without_signature_or_algorithm() {
    let xml = deflated(XML.as_bytes());
    assert!(verify(&good()).is_ok());
    for missing in [
        format!("SAMLResponse={xml}"),
        format!("SAMLResponse={xml}&SigAlg={ECDSA}"),
        format!("SAMLResponse={xml}&SigAlg={ECDSA}&Signature="),
        format!("SAMLResponse={xml}&SigAlg=&Signature=AAAA"),
        format!("SAMLResponse={xml}&Signature=AAAA"),
    ] {
        assert_eq!(verify(&missing).err(), Some(Code::SigMissing), "{missing}");
    }
    assert_eq!(verify("").err(), Some(Code::RedirectParameter));
}

#[test]
fn refuses_algorithms_that_are_not_accepted_or_not_of_the_key() {
    let xml = deflated(XML.as_bytes());
    let with = |uri: &str| verify_signed(&format!("SAMLResponse={xml}&SigAlg={uri}")).err();
    assert_eq!(with(ECDSA), None);
    for uri in [
        "http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23rsa-sha1",
        "http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23hmac-sha1",
        "http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256",
        "ecdsa-sha256",
        "%FF",
        "%00",
    ] {
        assert_eq!(with(uri), Some(Code::AlgNotAllowed), "{uri}");
    }
    // Accepted by the rules, and not one of this key: as if the key were unknown.
    let pss = "http%3A%2F%2Fwww.w3.org%2F2007%2F05%2Fxmldsig-more%23sha256-rsa-MGF1";
    assert_eq!(with(pss), Some(Code::SigInvalid));
    assert_eq!(with("%4"), Some(Code::RedirectEncoding));
}

#[test]
fn an_unknown_key_a_wrong_signature_and_another_message_are_one_refusal() {
    let query = good();
    let rules = QueryRules::new(&accept);
    let stranger =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    let stranger = EcdsaKeyPair::from_pkcs8(
        &ECDSA_P256_SHA256_FIXED_SIGNING,
        stranger.unwrap().as_ref(),
        &SystemRandom::new(),
    );
    let stranger =
        PublicKey::from_point(Curve::P256, stranger.unwrap().public_key().as_ref()).unwrap();
    let with = |query: &str, keys: &[PublicKey]| {
        verify_query(query.as_bytes(), "SAMLResponse", keys, &rules)
    };
    let unknown = with(&query, std::slice::from_ref(&stranger)).unwrap_err();
    assert_eq!(unknown.code(), Code::SigInvalid);
    assert_eq!(with(&query, &[]).unwrap_err(), unknown);
    let other = format!("SAMLResponse={}", deflated(b"<r>next</r>"));
    let moved = query.replacen(query.get(..query.find('&').unwrap()).unwrap(), &other, 1);
    assert_eq!(with(&moved, &[key()]).unwrap_err().code(), Code::SigInvalid);
    assert_eq!(with(&query, &[stranger.clone(), key()]).unwrap().key(), 1);
    let many = vec![stranger; 5];
    assert_eq!(with(&query, &many).unwrap_err().code(), Code::LimitCount);
    // Every bit of the signature.
    let start = query.find("&Signature=").unwrap() + 11;
    let bytes = STANDARD
        .decode(
            query.get(start..).unwrap().replace("%2B", "+").replace("%2F", "/").replace("%3D", "="),
        )
        .unwrap();
    let with =
        |bytes: &[u8]| verify(&format!("{}{}", query.get(..start).unwrap(), escaped(bytes))).err();
    assert_eq!(with(&bytes), None);
    for at in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[at / 8] ^= 1 << (at % 8);
        assert_eq!(with(&altered), Some(Code::SigInvalid));
    }
    assert_eq!(with(&bytes[..63]), Some(Code::SigInvalid));
    assert_eq!(with(&[0; 64]), Some(Code::SigInvalid));
    assert_eq!(with(&[&bytes[..], &[0]].concat()), Some(Code::SigInvalid));
}

#[test]
fn der_is_accepted_from_a_peer_that_is_known_for_it() {
    let text = format!("SAMLResponse={}&SigAlg={ECDSA}", deflated(XML.as_bytes()));
    for der in [false, true] {
        let query = sign_in(&text, der);
        for known in [false, true] {
            let rules = QueryRules::new(&accept).with_ecdsa_der(known);
            let read = verify_query(query.as_bytes(), "SAMLResponse", &[key()], &rules);
            let expected = if der && !known { Some(Code::SigInvalid) } else { None };
            assert_eq!(read.err().map(|r| r.code()), expected, "{der} {known}");
        }
    }
}

#[test]
fn base64_is_the_one_spelling_without_white_space() {
    let xml = deflated(XML.as_bytes());
    let with = |xml: &str| verify_signed(&format!("SAMLResponse={xml}&SigAlg={ECDSA}")).err();
    assert_eq!(with(&xml), None);
    for wrong in [
        format!("{xml}%0A"),
        format!("%20{xml}"),
        format!("{xml}%3D"),
        format!("{xml}A"),
        xml.trim_end_matches("%3D").to_owned() + "-_",
        "%3D".to_owned(),
    ] {
        assert_eq!(with(&wrong), Some(Code::FormatBase64), "{wrong}");
    }
    assert_eq!(with(&format!("+{xml}")), Some(Code::RedirectEncoding));
    let query = good();
    assert_eq!(verify(&format!("{query}%0A")).err(), Some(Code::FormatBase64));
}

#[test]
fn the_message_is_exactly_one_raw_deflate_stream() {
    let with =
        |bytes: &[u8]| verify_signed(&format!("SAMLResponse={}&SigAlg={ECDSA}", escaped(bytes)));
    let raw = miniz_oxide::deflate::compress_to_vec(XML.as_bytes(), 9);
    assert_eq!(with(&raw).unwrap().octets(), XML.as_bytes());
    // Stored and not compressed is a stream as well.
    let stored = miniz_oxide::deflate::compress_to_vec(XML.as_bytes(), 0);
    assert_eq!(with(&stored).unwrap().octets(), XML.as_bytes());
    let zlib = miniz_oxide::deflate::compress_to_vec_zlib(XML.as_bytes(), 9);
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &raw].concat();
    for wrong in [
        zlib,
        gzip,
        [&raw[..], &[0]].concat(),
        [&raw[..], &raw].concat(),
        raw[..raw.len() - 1].to_vec(),
        XML.as_bytes().to_vec(),
        vec![0xff; 100],
        vec![7],
    ] {
        assert_eq!(with(&wrong).err(), Some(Code::RedirectDeflate), "{wrong:02x?}");
    }
    // A stream of nothing is a stream; what it holds is for the parser to refuse.
    let nothing = miniz_oxide::deflate::compress_to_vec(b"", 9);
    assert_eq!(with(&nothing).unwrap().octets(), b"");
}

#[test]
fn stops_at_the_bound_while_it_decompresses() {
    let blanks = |len: usize| {
        let text = vec![b' '; len];
        signed(&format!("SAMLResponse={}&SigAlg={ECDSA}", deflated(&text)))
    };
    let with = |query: &str, max_bytes: usize| {
        let rules = QueryRules::new(&accept).with_max_bytes(max_bytes);
        verify_query(query.as_bytes(), "SAMLResponse", &[key()], &rules)
            .map(|message| message.octets().len())
            .map_err(|refusal| refusal.code())
    };
    for bound in [1, 100, 4095, 4096, 4097, 10_000, 131_072] {
        assert_eq!(with(&blanks(bound), bound), Ok(bound));
        assert_eq!(with(&blanks(bound + 1), bound), Err(Code::LimitSize), "{bound}");
    }
    // No policy goes past the bound of the binding.
    assert_eq!(with(&blanks(MAX_INFLATED_BYTES), usize::MAX), Ok(MAX_INFLATED_BYTES));
    assert_eq!(with(&blanks(MAX_INFLATED_BYTES + 1), usize::MAX), Err(Code::LimitSize));
    let bomb = blanks(64 * 1024 * 1024);
    assert!(bomb.len() < 256 * 1024);
    assert_eq!(with(&bomb, 131_072), Err(Code::LimitSize));
}

#[test]
fn bounds_the_query_itself() {
    let long = format!("SAMLResponse={}", "A".repeat(MAX_QUERY_BYTES));
    assert_eq!(verify(&long).err(), Some(Code::LimitSize));
    assert_eq!(verify(long.get(..MAX_QUERY_BYTES).unwrap()).err(), Some(Code::SigMissing));
}

#[test]
fn no_flipped_bit_of_a_query_changes_what_is_read() {
    let text = format!("SAMLResponse={}&RelayState=a&SigAlg={ECDSA}", deflated(XML.as_bytes()));
    let query = signed(&text).into_bytes();
    let rules = QueryRules::new(&accept).with_ecdsa_der(true);
    let keys = [key()];
    for at in 0..query.len() * 8 {
        let mut altered = query.clone();
        altered[at / 8] ^= 1 << (at % 8);
        // Only the spelling of the signature may change: the case of an escape's digits.
        if let Ok(message) = verify_query(&altered, "SAMLResponse", &keys, &rules) {
            assert!(at / 8 > text.len(), "bit {at}");
            assert_eq!(message.octets(), XML.as_bytes());
            assert_eq!(message.relay_state(), Some("a"));
        }
    }
}

#[test]
fn only_ecdsa_has_two_forms() {
    let scheme = SignatureMethod::EcdsaSha256.scheme(&key()).unwrap();
    assert_eq!(scheme, Scheme::Ecdsa { curve: Curve::P256, hash: Hash::Sha256, form: Form::Raw });
    assert_eq!(forms(scheme, true).count(), 2);
    assert_eq!(forms(scheme, false).count(), 1);
    assert_eq!(forms(Scheme::RsaPkcs1 { hash: Hash::Sha256 }, true).count(), 1);
}
