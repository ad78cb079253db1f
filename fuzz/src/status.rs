//! The path whose status the targets of revocation ask for, and answers about it. With signatures
//! stubbed, what decides is the structure, the issuer and the times.

use crate::NOW;
use eid_broker::UnixTime;
use eid_broker::crypto::{PublicKey, Scheme};
use eid_broker::pki::{
    Anchor, Certificate, Conformance, Evidence, Order, PathRequest, Profile, Purpose,
    RevocationRequest, RevocationRule, RevocationRules, Standing, ValidatedPath, check_revocation,
    verify_path,
};
use eid_broker::verdict::{Code, Refusal};
use eid_broker_maker::cert;
use eid_broker_maker::der::{bit_string, integer, octet_string, oid, sequence, time, tlv};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use std::sync::Arc;

fn any_algorithm(_: Scheme, _: &PublicKey) -> Result<(), Code> {
    Ok(())
}

/// One certificate of the test issuer below its CA.
///
/// # Panics
/// When an embedded certificate is damaged.
#[must_use]
pub fn path() -> ValidatedPath {
    let parse = |der: Vec<u8>| Certificate::parse(&der).expect("sound");
    let ca = parse(cert::pid_ca_der().expect("embedded certificate"));
    let leaf = parse(cert::pid_leaf_der().expect("embedded certificate"));
    let mut profile = Profile::general(Purpose::Any);
    profile.conformance = Conformance::NotRequired;
    let anchors = [Anchor::new(ca, Arc::new(profile), "fuzz".into())];
    let order = Order::Chain;
    let request =
        PathRequest::new(std::slice::from_ref(&leaf), order, &anchors, NOW, &any_algorithm);
    verify_path(&request).expect("a sound path")
}

/// How the certificate stands by this evidence.
///
/// # Errors
/// What the check refuses.
pub fn ask(path: &ValidatedPath, evidence: Evidence<'_>) -> Result<Standing, Refusal> {
    let rules = RevocationRules::new(RevocationRule::Require);
    check_revocation(&RevocationRequest::new(path, evidence, &rules, NOW, &any_algorithm))
}

/// Asserts that the first list and the first answer are good: seeds that are refused early would lead
/// nowhere. Holds in builds whose signatures are stubbed.
///
/// # Panics
/// When one is not.
pub fn check_seeds() {
    let path = path();
    let crls = [eid_broker::pki::Crl::parse(&crls()[0]).expect("sound")];
    let by_crl = ask(&path, Evidence::crls(&crls));
    assert!(matches!(by_crl, Ok(Standing::Good(_))), "{by_crl:?}");
    let responses = ocsp_responses();
    let by_ocsp = ask(&path, Evidence::ocsp(&[&responses[0]]));
    assert!(matches!(by_ocsp, Ok(Standing::Good(_))), "{by_ocsp:?}");
}

fn at(time_of: UnixTime, tag: u8) -> Vec<u8> {
    let unix = i64::try_from(time_of.secs()).expect("a year of this century");
    let utc = time(unix).expect("a year of this century");
    if tag == 0x17 { utc } else { tlv(tag, &[b"20", &utc[2..]].concat()) }
}

fn extension(dotted: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { vec![1, 1, 0xff] } else { Vec::new() };
    sequence(&[oid(dotted).expect("sound"), critical, octet_string(value)])
}

fn signed(tbs: Vec<u8>) -> Vec<u8> {
    let algorithm = sequence(&[oid("1.2.840.10045.4.3.2").expect("sound")]);
    sequence(&[tbs, algorithm, bit_string(0, &[7; 70])])
}

/// Lists of the CA: with and without the certificate, a delta, one bound to a point.
#[must_use]
pub fn crls() -> Vec<Vec<u8>> {
    let path = path();
    let leaf = &path.certificates()[0];
    let entry = |serial: &[u8], reason: u8| {
        let reason = sequence(&[extension("2.5.29.21", false, &[0x0a, 1, reason])]);
        sequence(&[integer(serial), at(NOW.minus(1000), 0x17), reason])
    };
    let list = |entries: &[Vec<u8>], extensions: &[Vec<u8>]| {
        let number = extension("2.5.29.20", false, &[2, 1, 5]);
        signed(sequence(&[
            integer(&[1]),
            sequence(&[oid("1.2.840.10045.4.3.2").expect("sound")]),
            leaf.issuer_der().to_vec(),
            at(NOW.minus(3600), 0x17),
            at(NOW.plus(86_400), 0x17),
            sequence(entries),
            tlv(0xa0, &sequence(&[number, extensions.concat()])),
        ]))
    };
    let other = entry(&[9], 1);
    let point = tlv(0xa0, &tlv(0xa0, &tlv(0x86, b"http://crl.example/")));
    vec![
        list(std::slice::from_ref(&other), &[]),
        list(&[other.clone(), entry(leaf.serial(), 6)], &[]),
        list(&[entry(leaf.serial(), 8)], &[extension("2.5.29.27", true, &[2, 1, 4])]),
        list(std::slice::from_ref(&other), &[extension("2.5.29.28", true, &sequence(&[point]))]),
        list(&[other], &[extension("2.5.29.28", true, &sequence(&[tlv(0x83, &[5, 0x60])]))]),
    ]
}

/// Answers of the CA: good, revoked, unknown, an error.
#[must_use]
pub fn ocsp_responses() -> Vec<Vec<u8>> {
    let path = path();
    let (leaf, ca) = (&path.certificates()[0], &path.anchor().certificate);
    let sha1 = |data: &[u8]| digest(&SHA1_FOR_LEGACY_USE_ONLY, data).as_ref().to_vec();
    // The key of the CA is P-256: its point is the last 65 bytes.
    let info = ca.key_info_der();
    let key_hash = octet_string(&sha1(&info[info.len() - 65..]));
    let cert_id = sequence(&[
        sequence(&[oid("1.3.14.3.2.26").expect("sound"), vec![5, 0]]),
        octet_string(&sha1(leaf.issuer_der())),
        key_hash.clone(),
        integer(leaf.serial()),
    ]);
    let revoked = [at(NOW.minus(1000), 0x18), tlv(0xa0, &[0x0a, 1, 4])].concat();
    let answer = |status: Vec<u8>| {
        let single = sequence(&[
            cert_id.clone(),
            status,
            at(NOW.minus(60), 0x18),
            tlv(0xa0, &at(NOW.plus(3600), 0x18)),
        ]);
        let nonce = extension("1.3.6.1.5.5.7.48.1.2", false, &octet_string(&[7; 32]));
        let basic = signed(sequence(&[
            tlv(0xa2, &key_hash),
            at(NOW.minus(30), 0x18),
            sequence(&[single]),
            tlv(0xa1, &sequence(&[nonce])),
        ]));
        let kind = oid("1.3.6.1.5.5.7.48.1.1").expect("sound");
        let bytes = sequence(&[kind, octet_string(&basic)]);
        sequence(&[vec![0x0a, 1, 0], tlv(0xa0, &bytes)])
    };
    vec![
        answer(vec![0x80, 0]),
        answer(tlv(0xa1, &revoked)),
        answer(vec![0x82, 0]),
        vec![0x30, 3, 0x0a, 1, 3],
    ]
}
