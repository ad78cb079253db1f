//! Profiles: what each adds to RFC 5280, at its limit and past it. Peers by name.

#![cfg(test)]

mod pki_kit;

use eid_broker::pki::{Certificate, Oid, Order, PeerName, Profile, Purpose};
use eid_broker::verdict::Code;
use pki_kit::*;

const PROFILE: Option<Code> = Some(Code::ChainProfile);
const PURPOSE: Option<Code> = Some(Code::ChainPurpose);
const USAGE: Option<Code> = Some(Code::ChainKeyUsage);

fn purposes(critical: bool, last: &[u8]) -> Vec<u8> {
    let all: Vec<Vec<u8>> =
        last.iter().map(|last| wrap(6, &[&[0x2b, 6, 1, 5, 5, 7, 3, *last]])).collect();
    extension(37, critical, &wrap(0x30, &[&all.concat()]))
}

fn usage(bits: u8) -> Vec<u8> {
    extension(15, true, &[3, 2, 0, bits])
}

fn host(name: &str) -> Vec<u8> {
    extension(17, false, &wrap(0x30, &[&wrap(0x82, &[name.as_bytes()])]))
}

/// The verdict on a leaf with these extensions directly under the root.
fn issued(profile: &Profile, extensions: &[Vec<u8>]) -> Option<Code> {
    let w = world();
    let leaf = w.root.certifies(&w.leaf, extensions);
    code(&[&leaf], Order::Chain, &[anchor(&w.root_cert, profile.clone())])
}

const SIGNATURE: u8 = 0x80;
const NON_REPUDIATION: u8 = 0x40;

#[test]
fn tls_clients_have_their_purpose_and_are_no_authorities() {
    let profile = Profile::tls_client();
    assert_eq!(issued(&profile, &[]), None);
    assert_eq!(issued(&profile, &[purposes(false, &[2])]), None);
    assert_eq!(issued(&profile, &[purposes(false, &[1, 2])]), None);
    assert_eq!(issued(&profile, &[purposes(false, &[1])]), PURPOSE);
    assert_eq!(issued(&profile, &[usage(SIGNATURE)]), None);
    assert_eq!(issued(&profile, &[usage(NON_REPUDIATION)]), USAGE);
    let authority = extension(19, true, &[0x30, 3, 1, 1, 0xff]);
    assert_eq!(issued(&profile, &[authority]), PROFILE);
}

#[test]
fn cards_sign_logins_and_not_documents() {
    let profile = Profile::eid_card();
    assert_eq!(issued(&profile, &[usage(SIGNATURE)]), None);
    assert_eq!(issued(&profile, &[usage(SIGNATURE), purposes(false, &[2])]), None);
    // A default that is written out passes here, alone and in no other profile.
    let written = |profile: &Profile, value: &[u8]| {
        issued(profile, &[usage(SIGNATURE), extension(19, true, value)])
    };
    let malformed = Some(Code::CertMalformed);
    assert_eq!(written(&profile, &[0x30, 3, 1, 1, 0]), None);
    for other in [Profile::tls_client(), Profile::general(Purpose::Any)] {
        assert_eq!(written(&other, &[0x30, 0]), None);
        assert_eq!(written(&other, &[0x30, 3, 1, 1, 0]), malformed);
    }
    assert_eq!(issued(&profile, &[]), USAGE);
    assert_eq!(issued(&profile, &[usage(NON_REPUDIATION)]), USAGE);
    assert_eq!(issued(&profile, &[usage(SIGNATURE | NON_REPUDIATION)]), USAGE);
    assert_eq!(issued(&profile, &[usage(SIGNATURE), purposes(false, &[4])]), PURPOSE);
}

#[test]
fn a_key_on_a_sim_card_is_no_card() {
    let policy = |last: &[u8]| {
        let arcs = [&[0x2b, 6, 1, 4, 1, 0xce, 0x1f, 1][..], last].concat();
        let information = wrap(0x30, &[&wrap(0x30, &[&wrap(6, &[&arcs])])]);
        issued(&Profile::eid_card(), &[usage(SIGNATURE), extension(32, false, &information)])
    };
    assert_eq!(policy(&[1]), None);
    for denied in [&[3][..], &[3, 1], &[3, 2], &[3, 3]] {
        assert_eq!(policy(denied), Some(Code::ChainPolicyDenied), "{denied:?}");
    }
    assert_eq!(policy(&[3, 4]), None);
}

#[test]
fn document_signers_stand_below_an_authority_that_may_have_ended() {
    let w = world();
    let profile = Profile::document_signer();
    let ended = w.root.certifies_during(&w.root, &ca(), "200101000000Z", "241231235959Z");
    let leaf = w.root.certifies(&w.leaf, &[usage(SIGNATURE)]);
    assert_eq!(code(&[&leaf], Order::Chain, &[anchor(&ended, profile.clone())]), None);
    assert_eq!(issued(&profile, &[extension(15, false, &[3, 2, 0, SIGNATURE])]), USAGE);
    let chain = [&w.leaf_cert, &w.middle_cert];
    let verdict = code(&chain, Order::Chain, &[anchor(&w.root_cert, profile.clone())]);
    assert_eq!(verdict, Some(Code::KeyUntrusted));
    let foreign = Holder::named(distinguished(&[(6, 0x13, "FR"), (3, 0x0c, "leaf")]));
    let foreign = w.root.certifies(&foreign, &[usage(SIGNATURE)]);
    assert_eq!(code(&[&foreign], Order::Chain, &[anchor(&w.root_cert, profile)]), PROFILE);
}

#[test]
fn list_signers_have_the_purpose_of_their_list() {
    let tsl = Oid::from_dotted("0.4.0.2231.3.0").unwrap();
    let profile = Profile::list_signer(vec![tsl]);
    let listed = wrap(0x30, &[&wrap(6, &[&[4, 0, 0x91, 0x37, 3, 0]])]);
    assert_eq!(issued(&profile, &[extension(37, false, &listed)]), None);
    assert_eq!(issued(&profile, &[]), PURPOSE);
    assert_eq!(issued(&profile, &[purposes(false, &[1])]), PURPOSE);
}

#[test]
fn servers_of_the_web_follow_the_baseline_requirements() {
    let profile = Profile::tls_server();
    let named = |common: &str, extensions: &[Vec<u8>]| {
        let w = world();
        let leaf = Holder::named(distinguished(&[(3, 0x0c, common)]));
        let leaf = w.root.certifies(&leaf, extensions);
        code(&[&leaf], Order::Chain, &[anchor(&w.root_cert, profile.clone())])
    };
    let good = [purposes(false, &[1]), host("www.example.com")];
    assert_eq!(named("www.example.com", &good), None);
    assert_eq!(named("example.com", &good), None);
    assert_eq!(named("WWW.example.com", &good), PROFILE);
    assert_eq!(named("other.example", &good), PROFILE);
    let server = |first: Vec<u8>| named("www.example.com", &[first, host("www.example.com")]);
    assert_eq!(server(purposes(true, &[1])), PROFILE);
    assert_eq!(server(purposes(false, &[2])), PURPOSE);
    let any =
        extension(37, false, &[0x30, 16, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1, 6, 4, 0x55, 0x1d, 37, 0]);
    assert_eq!(server(any), PROFILE);
    assert_eq!(named("www.example.com", &[purposes(false, &[1])]), PROFILE);
    // The anchor has no purpose.
    let w = world();
    let root = w.root.certifies(&w.root, &[ca(), vec![purposes(false, &[1])]].concat());
    let leaf = w.root.certifies(&Holder::named(distinguished(&[(10, 0x0c, "x")])), &good);
    let verdict =
        |root: &Certificate| code(&[&leaf], Order::Chain, &[anchor(root, profile.clone())]);
    assert_eq!(verdict(&w.root_cert), None);
    assert_eq!(verdict(&root), PROFILE);
}

#[test]
fn dates_before_2050_are_written_as_the_profile_asks() {
    let w = world();
    let leaf = w.root.certifies_until(&w.leaf, &signer(), 0x18, "20271231235959Z");
    let under = |profile: Profile| code(&[&leaf], Order::Chain, &[anchor(&w.root_cert, profile)]);
    assert_eq!(under(Profile::general(Purpose::Any)), None);
    assert_eq!(under(Profile::tls_client()), Some(Code::CertMalformed));
    let late = w.root.certifies_until(&w.leaf, &signer(), 0x18, "20500101000000Z");
    assert_eq!(code(&[&late], Order::Chain, &[anchor(&w.root_cert, Profile::tls_client())]), None);
}

// --- peers ---------------------------------------------------------------------------------------

fn names_peer(alternative: Vec<u8>, peer: PeerName<'_>) -> Option<Code> {
    let w = world();
    let leaf = w.root.certifies(&w.leaf, &[alternative]);
    peer.check(&leaf, &|name| ["com", "co.uk"].contains(&name)).err()
}

#[test]
fn a_peer_is_named_by_an_alternative_name_and_nothing_else() {
    const OTHER: Option<Code> = Some(Code::ChainPeerName);
    let dns = |presented: &str, peer: &str| names_peer(host(presented), PeerName::Dns(peer));
    assert_eq!(dns("a.example.com", "A.example.com"), None);
    assert_eq!(dns("*.example.com", "a.example.com"), None);
    for (presented, peer) in [
        ("example.com", "a.example.com"),
        ("*.example.com", "example.com"),
        ("*.example.com", "a.b.example.com"),
        ("a.*.example.com", "a.b.example.com"),
        ("*.co.uk", "example.co.uk"),
        ("*.com", "example.com"),
        ("*", "com"),
        ("example.com", ""),
        ("*.example.com", "*.example.com"),
    ] {
        assert_eq!(dns(presented, peer), OTHER, "{presented} {peer}");
    }
    // The common name of the kit is `leaf`.
    assert_eq!(names_peer(usage(SIGNATURE), PeerName::Dns("leaf")), OTHER);
    let address = |bytes: &[u8]| extension(17, false, &wrap(0x30, &[&wrap(0x87, &[bytes])]));
    assert_eq!(names_peer(address(&[10, 0, 0, 1]), PeerName::Ip(&[10, 0, 0, 1])), None);
    assert_eq!(names_peer(address(&[10, 0, 0, 1]), PeerName::Ip(&[10, 0, 0, 2])), OTHER);
    assert_eq!(names_peer(host("10.0.0.1"), PeerName::Ip(&[10, 0, 0, 1])), OTHER);
    let email = extension(17, false, &wrap(0x30, &[&wrap(0x81, &[b"a@Example.com"])]));
    assert_eq!(names_peer(email.clone(), PeerName::Email("a@example.com")), None);
    assert_eq!(names_peer(email, PeerName::Email("A@example.com")), OTHER);
}
