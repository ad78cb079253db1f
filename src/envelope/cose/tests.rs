//! The structures with keys of the tests, and what each refuses.

use super::{HMAC_256_256, Mac0, Sign1, Tags, read_key};
use crate::crypto::{Alg, MacKey, PublicKey};
use crate::envelope::cbor::{Limits, with, write};
use crate::verdict::{Code, Refusal};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

fn hex(text: &str) -> Vec<u8> {
    let digit = |c: char| u8::try_from(c.to_digit(16).unwrap()).unwrap();
    let digits: Vec<u8> = text.chars().filter(|c| !c.is_whitespace()).map(digit).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

// A structure of four parts, written by hand.
fn parts(protected: &[u8], unprotected: &str, payload: Option<&[u8]>, proof: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write::array(&mut out, 4);
    write::bytes(&mut out, protected);
    out.extend(hex(unprotected));
    match payload {
        Some(payload) => write::bytes(&mut out, payload),
        None => write::null(&mut out),
    }
    write::bytes(&mut out, proof);
    out
}

fn read(octets: &[u8], tags: Tags) -> Result<(i64, usize), Code> {
    with(octets, Limits::WALLET, |value| {
        let signed = Sign1::read(value, tags)?;
        let chain = signed.header().chain().map_err(Refusal::from)?;
        Ok((signed.header().alg, chain.len()))
    })
    .map_err(|refusal| refusal.code())
}

#[test]
fn reads_the_four_parts_and_the_chain_of_either_header() {
    let one = parts(&hex("a10126"), "a118214101", Some(b"p"), b"s");
    assert_eq!(read(&one, Tags::Refused), Ok((-7, 1)));
    let two = parts(&hex("a10126"), "a118218241014102", None, b"s");
    assert_eq!(read(&two, Tags::Refused), Ok((-7, 2)));
    let protected = parts(&hex("a2012818214101"), "a0", None, b"s");
    assert_eq!(read(&protected, Tags::Refused), Ok((-9, 1)));
}

#[test]
fn a_tag_is_the_choice_of_the_policy() {
    let plain = parts(&hex("a10126"), "a0", None, b"s");
    let tagged = [&[0xd2][..], &plain].concat();
    assert_eq!(read(&tagged, Tags::Refused), Err(Code::CoseTagged));
    assert_eq!(read(&tagged, Tags::Accepted), Ok((-7, 0)));
    // That of a MAC is never the one of a signature.
    let other = [&[0xd1][..], &plain].concat();
    assert_eq!(read(&other, Tags::Accepted), Err(Code::CoseTagged));
}

#[test]
fn refuses_other_headers_with_their_code() {
    for (protected, unprotected, code) in [
        ("", "a10126", Code::AlgNotAllowed),
        ("a0", "a10126", Code::AlgNotAllowed),
        ("a1016345532a", "a0", Code::AlgNotAllowed),
        ("a10126", "a10126", Code::HeaderMalformed),
        ("a2012818214101", "a118214101", Code::HeaderMalformed),
        ("a2 01 26 6161 00", "a1 6161 00", Code::HeaderMalformed),
        ("a2012602810a", "a0", Code::HeaderCritical),
        ("a10126", "a102810a", Code::HeaderCritical),
        ("a10126", "a1182180", Code::HeaderMalformed),
        ("a10126", "a1182101", Code::HeaderMalformed),
        ("a10126", "a11821 89 40 40 40 40 40 40 40 40 40", Code::LimitCount),
        ("a10126", "80", Code::CoseMalformed),
        ("80", "a0", Code::CoseMalformed),
        ("a201260126", "a0", Code::AmbiguousKey),
        ("a1012600", "a0", Code::CborMalformed),
    ] {
        let octets = parts(&hex(protected), unprotected, None, b"s");
        assert_eq!(read(&octets, Tags::Refused), Err(code), "{protected} {unprotected}");
    }
    for other in
        ["83 40 a0 f6", "85 40 a0 f6 40 40", "84 a0 a0 f6 40", "84 43a10126 a0 01 40", "a0"]
    {
        assert_eq!(read(&hex(other), Tags::Refused), Err(Code::CoseMalformed), "{other}");
    }
}

#[test]
fn verifies_over_the_received_header_and_the_payload() {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random);
    let pair = pair.unwrap();
    let point = pair.public_key().as_ref();
    let public = PublicKey::from_point(crate::crypto::Curve::P256, point).unwrap();
    let key = public.for_alg(Alg::Es256).unwrap();
    // `alg` written in a long form: what was received is what was signed.
    let protected = hex("b9000101 3806");
    let mut signed = hex("84 6a 5369676e617475726531");
    write::bytes(&mut signed, &protected);
    signed.extend(hex("40 43 616263"));
    let signature = pair.sign(&random, &signed).unwrap();
    let octets = parts(&protected, "a0", Some(b"abc"), signature.as_ref());
    with(&octets, Limits::WALLET, |value| {
        let sign1 = Sign1::read(value, Tags::Refused)?;
        assert_eq!(sign1.header().signature_alg(), Ok(Alg::Es256));
        assert_eq!(sign1.verify(&key, sign1.payload().unwrap()), Ok(()));
        assert_eq!(sign1.verify(&key, b"abd"), Err(Code::SigInvalid));
        Ok(())
    })
    .unwrap();
    let unsigned = parts(&protected, "a0", None, b"");
    with(&unsigned, Limits::WALLET, |value| {
        let sign1 = Sign1::read(value, Tags::Refused)?;
        assert_eq!(sign1.verify(&key, b"abc"), Err(Code::SigMissing));
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_code_is_that_of_its_key_and_payload() {
    let protected = hex("a10105");
    let key = MacKey::new(&[7; 32]);
    let mut structure = hex("84 64 4d414330 43 a10105 40");
    write::bytes(&mut structure, b"abc");
    let octets = parts(&protected, "a0", None, &key.mac(&[&structure]));
    with(&octets, Limits::WALLET, |value| {
        let mac0 = Mac0::read(value, Tags::Refused)?;
        assert_eq!((mac0.header().alg, mac0.payload()), (HMAC_256_256, None));
        assert!(mac0.is_code_of(&key, b"abc"));
        assert!(!mac0.is_code_of(&key, b"abd"));
        assert!(!mac0.is_code_of(&MacKey::new(&[8; 32]), b"abc"));
        Ok(())
    })
    .unwrap();
}

// ISO/IEC 18013-5, annex D: the device key.
const KEY: &str = "a4 01 02 20 01 \
    21 5820 96313d6c63e24e3372742bfdb1a33ba2c897dcd68ab8c753e4fbd48dca6b7f9a \
    22 5820 1fb3269edd418857de1b39a4e4a44b92fa484caa722c228288f01d0c03a2c3d6";

#[test]
fn reads_keys_and_refuses_what_is_none() {
    let key = |text: &str| {
        with(&hex(text), Limits::WALLET, read_key).map(|_| ()).map_err(|refusal| refusal.code())
    };
    assert_eq!(key(KEY), Ok(()));
    for (from, to, code) in [
        ("c3d6", "c3d7", Code::KeyMalformed),
        ("a4 01 02", "a4 01 01", Code::KeyUnsupported),
        ("20 01", "20 08", Code::KeyUnsupported),
        ("20 01", "20 02", Code::KeyMalformed),
        ("a4 01 02", "a5 23 4100 01 02", Code::KeyPrivate),
        ("a4 01 02", "a5 03 3822 01 02", Code::AlgKeyMismatch),
        ("a4 01 02 20 01", "a3 01 02", Code::KeyMalformed),
    ] {
        assert_eq!(key(&KEY.replace(from, to)), Err(code), "{to}");
    }
    assert_eq!(key(&KEY.replace("a4 01 02", "a5 03 26 01 02")), Ok(()));
    assert_eq!(key("a3 01 01 20 06 21 4100"), Err(Code::KeyMalformed));
    assert_eq!(key("80"), Err(Code::KeyMalformed));
    let compressed = KEY.split("22 5820").next().unwrap().to_owned() + "22 f5";
    assert_eq!(key(&compressed), Err(Code::KeyUnsupported));
}
