//! Extensions and names of a chain of three, signed honestly: no panic, and no path that this library
//! accepts and OpenSSL refuses. OpenSSL is the judge of that direction only: it accepts more.
//!
//! The first byte says whether a policy is required. Then records: which certificate (root, CA,
//! leaf), which extension, whether it is critical, the length of its value, the value.
#![no_main]

use eid_broker::crypto::{PublicKey, Scheme};
use eid_broker::pki::{Anchor, Certificate, Order, PathRequest, Profile, Purpose, verify_path};
use eid_broker::verdict::Code;
use eid_broker_fuzz::NOW;
use foreign_types::ForeignType;
use openssl::asn1::Asn1Object;
use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509StoreContext};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use std::ffi::{c_int, c_void};
use std::sync::{Arc, LazyLock};

static KEYS: LazyLock<[EcdsaKeyPair; 3]> = LazyLock::new(|| {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    [(); 3].map(|()| {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("ring");
        EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).expect("ring")
    })
});

// The last arcs below 2.5.29.
const EXTENSIONS: &[u8] = &[14, 15, 17, 18, 19, 30, 32, 33, 35, 36, 37, 54, 99];

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((first, mut rest)) = input.split_first() else { return };
    let mut extensions = [Vec::new(), Vec::new(), Vec::new()];
    while let [whose, which, critical, len, more @ ..] = rest {
        let value = &more[..more.len().min(usize::from(*len))];
        rest = &more[value.len()..];
        let id = EXTENSIONS[usize::from(*which) % EXTENSIONS.len()];
        let critical: &[u8] = if critical & 1 == 1 { &[1, 1, 0xff] } else { &[] };
        let extension = wrap(0x30, &[&[6, 3, 0x55, 0x1d, id], critical, &wrap(4, &[value])]);
        extensions[usize::from(*whose) % 3].extend(extension);
    }
    let ders = [
        certificate(0, 0, &extensions[0]),
        certificate(0, 1, &extensions[1]),
        certificate(1, 2, &extensions[2]),
    ];
    let explicit = first & 1 == 1;
    if ours(&ders, explicit) {
        if let Err(error) = openssl(&ders, explicit) {
            assert!(is_known(&error), "accepted here, refused by OpenSSL: {error}");
        }
    }
});

fn ours(ders: &[Vec<u8>; 3], explicit: bool) -> bool {
    let read: Result<Vec<Certificate>, _> =
        ders.iter().map(|der| Certificate::parse(der)).collect();
    let Ok([root, ca, leaf]) = read.map(|all| <[Certificate; 3]>::try_from(all).expect("three"))
    else {
        return false;
    };
    let mut profile = Profile::general(Purpose::Any);
    profile.policies.explicit_policy = explicit;
    let anchors = [Anchor::new(root, Arc::new(profile), "fuzz".into())];
    let accepts = |_: Scheme, _: &PublicKey| -> Result<(), Code> { Ok(()) };
    let presented = [leaf, ca];
    let now = NOW;
    verify_path(&PathRequest::new(&presented, Order::Chain, &anchors, now, &accepts)).is_ok()
}

fn openssl(ders: &[Vec<u8>; 3], explicit: bool) -> Result<(), String> {
    let fault = |error: openssl::error::ErrorStack| error.to_string();
    let read = |der: &Vec<u8>| X509::from_der(der).map_err(fault);
    let [root, ca, leaf] = [read(&ders[0])?, read(&ders[1])?, read(&ders[2])?];
    let mut store = X509StoreBuilder::new().map_err(fault)?;
    store.add_cert(root).map_err(fault)?;
    let mut parameters = X509VerifyParam::new().map_err(fault)?;
    parameters.set_time(i64::try_from(NOW.secs()).expect("before 2^63"));
    let mut flags = X509VerifyFlags::POLICY_CHECK;
    if explicit {
        flags |= X509VerifyFlags::EXPLICIT_POLICY;
    }
    parameters.set_flags(flags).map_err(fault)?;
    let any = Asn1Object::from_str("2.5.29.32.0").map_err(fault)?;
    // SAFETY: both are live; OpenSSL keeps the object, which is therefore not freed here.
    unsafe { X509_VERIFY_PARAM_add0_policy(parameters.as_ptr().cast(), any.as_ptr().cast()) };
    std::mem::forget(any);
    store.set_param(&parameters).map_err(fault)?;
    let mut others = Stack::new().map_err(fault)?;
    others.push(ca).map_err(fault)?;
    let mut context = X509StoreContext::new().map_err(fault)?;
    let held = context.init(&store.build(), &leaf, &others, |context| context.verify_cert());
    if held.map_err(fault)? { Ok(()) } else { Err(context.error().to_string()) }
}

unsafe extern "C" {
    // Without a policy of the caller's, `anyPolicy` for instance, OpenSSL holds none to be valid.
    fn X509_VERIFY_PARAM_add0_policy(parameters: *mut c_void, policy: *mut c_void) -> c_int;
}

/// Where OpenSSL is stricter, and why that is no finding.
fn is_known(error: &str) -> bool {
    const KNOWN: &[&str] = &[
        // Key identifiers exclude an issuer there. RFC 5280, 4.2.1.1 has them help to find one.
        "unable to get local issuer certificate",
        "unable to verify the first certificate",
    ];
    KNOWN.iter().any(|known| error.contains(known))
}

fn certificate(issuer: usize, subject: usize, extensions: &[u8]) -> Vec<u8> {
    let algorithm: &[u8] = &[0x30, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let p256: &[u8] = &[
        0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d,
        3, 1, 7,
    ];
    let point = KEYS[subject].public_key().as_ref();
    let extensions =
        if extensions.is_empty() { Vec::new() } else { wrap(0xa3, &[&wrap(0x30, &[extensions])]) };
    let validity =
        wrap(0x30, &[&wrap(0x17, &[b"250101000000Z"]), &wrap(0x17, &[b"491231235959Z"])]);
    let tbs = wrap(
        0x30,
        &[
            &[0xa0, 3, 2, 1, 2],
            &[2, 1, 7],
            algorithm,
            &name(issuer),
            &validity,
            &name(subject),
            &wrap(0x30, &[p256, &wrap(3, &[&[0], point])]),
            &extensions,
        ],
    );
    let signature = KEYS[issuer].sign(&SystemRandom::new(), &tbs).expect("ring");
    wrap(0x30, &[&tbs, algorithm, &wrap(3, &[&[0], signature.as_ref()])])
}

fn name(whose: usize) -> Vec<u8> {
    let text = [&b"Root"[..], b"CA", b"Leaf"][whose];
    let pair = |id: u8, tag: u8, value: &[u8]| {
        wrap(0x31, &[&wrap(0x30, &[&[6, 3, 0x55, 4, id], &wrap(tag, &[value])])])
    };
    wrap(0x30, &[&pair(6, 0x13, b"DE"), &pair(3, 0x0c, text)])
}

fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [high, low] = u16::try_from(content.len()).expect("inputs are short").to_be_bytes();
    let mut out = match (high, low) {
        (0, short @ 0..=0x7f) => vec![tag, short],
        (0, low) => vec![tag, 0x81, low],
        (high, low) => vec![tag, 0x82, high, low],
    };
    out.extend(content);
    out
}
