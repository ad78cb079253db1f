//! Paths over certificates that are made here: every refusal beside its honest twin.

#![cfg(test)]

mod pki_kit;

use eid_broker::crypto::{PublicKey, Scheme};
use eid_broker::pki::{
    Anchor, AnchorValidity, Certificate, Order, PathCache, PathRequest, Profile, Purpose,
    ValidatedPath, anchors_digest, verify_path,
};
use eid_broker::verdict::Code;
use pki_kit::*;
use std::sync::Arc;

// --- what is presented ---------------------------------------------------------------------------

#[test]
fn accepts_a_chain_and_names_what_it_found() {
    let w = world();
    let path =
        ask(&[&w.leaf_cert, &w.middle_cert], Order::Chain, &[general(&w.root_cert)]).unwrap();
    assert_eq!(path.certificates(), [w.leaf_cert.clone(), w.middle_cert]);
    assert_eq!(path.leaf_key(), w.leaf_cert.public_key().unwrap());
    assert_eq!(path.country(), Some(*b"DE"));
    assert_eq!(path.anchor().certificate, w.root_cert);
}

#[test]
fn refuses_without_anchor_or_certificate() {
    let w = world();
    assert_eq!(code(&[&w.leaf_cert], Order::Chain, &[]), Some(Code::TrustEmpty));
    assert_eq!(code(&[], Order::Chain, &[general(&w.root_cert)]), Some(Code::MisuseArgument));
}

#[test]
fn wants_a_chain_in_order_and_complete_unless_any_order_may_come() {
    let w = world();
    let anchors = [general(&w.root_cert)];
    let stranger = w.root.certifies(&Holder::new("stranger"), &ca());
    let shuffled = [&w.leaf_cert, &stranger, &w.middle_cert];
    assert_eq!(code(&[&w.leaf_cert, &w.middle_cert], Order::Chain, &anchors), None);
    assert_eq!(code(&shuffled, Order::Unordered, &anchors), None);
    assert_eq!(code(&shuffled, Order::Chain, &anchors), Some(Code::KeyUntrusted));
    let superfluous = [&w.leaf_cert, &w.middle_cert, &stranger];
    assert_eq!(code(&superfluous, Order::Chain, &anchors), Some(Code::KeyUntrusted));
    let refusal = ask(&[&w.leaf_cert], Order::Chain, &anchors).unwrap_err();
    assert_eq!((refusal.code(), refusal.place().index), (Code::KeyUntrusted, Some(0)));
}

#[test]
fn refuses_a_certificate_that_comes_twice() {
    let w = world();
    let presented = [&w.leaf_cert, &w.middle_cert, &w.middle_cert];
    for order in [Order::Chain, Order::Unordered] {
        assert_eq!(code(&presented, order, &[general(&w.root_cert)]), Some(Code::ChainRepeated));
    }
}

#[test]
fn refuses_the_anchor_in_the_chain_where_the_profile_says_so() {
    let w = world();
    let signer_cert = w.root.certifies(&w.leaf, &signer());
    let presented = [&signer_cert, &w.root_cert];
    assert_eq!(code(&[&signer_cert], Order::Chain, &[iaca(&w.root_cert)]), None);
    let refusal = ask(&presented, Order::Chain, &[iaca(&w.root_cert)]).unwrap_err();
    assert_eq!((refusal.code(), refusal.place().index), (Code::ChainAnchorIncluded, Some(1)));
    for order in [Order::Chain, Order::Unordered] {
        assert_eq!(code(&presented, order, &[general(&w.root_cert)]), None);
    }
}

#[test]
fn refuses_a_self_signed_end_entity_unless_it_is_pinned() {
    let w = world();
    let own = w.leaf.certifies(&w.leaf, &signer());
    let anchors = [general(&w.root_cert)];
    assert_eq!(code(&[&own], Order::Chain, &anchors), Some(Code::ChainAnchorIncluded));
    let pinned = [anchor(&own, Profile::pinned_leaf()), general(&w.root_cert)];
    assert_eq!(code(&[&own], Order::Chain, &pinned), None);
}

#[test]
fn bounds_the_certificates() {
    let w = world();
    // Signatures differ, so that certificates do.
    let stranger = Holder::new("stranger");
    let strangers: Vec<Certificate> =
        (0..10_000).map(|_| w.root.certifies(&stranger, &ca())).collect();
    let with = |count: usize| {
        let mut presented = vec![&w.leaf_cert, &w.middle_cert];
        presented.extend(strangers.iter().take(count - 2));
        presented
    };
    let anchors = [general(&w.root_cert)];
    assert_eq!(code(&with(10_000), Order::Unordered, &anchors), None);
    assert_eq!(code(&with(10_001), Order::Unordered, &anchors), Some(Code::LimitCount));
    assert_eq!(code(&with(8), Order::Chain, &anchors), Some(Code::KeyUntrusted));
    assert_eq!(code(&with(9), Order::Chain, &anchors), Some(Code::LimitCount));
}

// --- anchors -------------------------------------------------------------------------------------

#[test]
fn tries_every_anchor_of_the_name() {
    let w = world();
    let signer_cert = w.root.certifies(&w.leaf, &signer());
    let others: Vec<Anchor> = (0..3)
        .map(|_| {
            let other = Holder::new("root");
            iaca(&other.certifies(&other, &ca()))
        })
        .collect();
    assert_eq!(code(&[&signer_cert], Order::Chain, &others), Some(Code::ChainSignature));
    let mut all = others;
    all.push(iaca(&w.root_cert));
    assert_eq!(code(&[&signer_cert], Order::Chain, &all), None);
}

#[test]
fn gives_up_when_the_signature_budget_is_spent() {
    let w = world();
    let signer_cert = w.root.certifies(&w.leaf, &signer());
    let impostors = |count: usize| -> Vec<Anchor> {
        (0..count)
            .map(|_| {
                let other = Holder::new("root");
                iaca(&other.certifies(&other, &ca()))
            })
            .collect()
    };
    assert_eq!(code(&[&signer_cert], Order::Chain, &impostors(16)), Some(Code::ChainSignature));
    assert_eq!(code(&[&signer_cert], Order::Chain, &impostors(17)), Some(Code::LimitWork));
}

#[test]
fn reports_the_path_that_got_furthest() {
    let w = world();
    let expired = w.root.certifies_during(&w.leaf, &signer(), "250101000000Z", "251231235959Z");
    let other = Holder::new("root");
    let other_root = other.certifies(&other, &ca());
    let stale_root = w.root.certifies_during(&w.root, &ca(), "240101000000Z", "241231235959Z");
    // The other root fails at the signature, the stale one above the end entity.
    for anchors in [
        [iaca(&other_root), iaca(&stale_root), iaca(&w.root_cert)],
        [iaca(&w.root_cert), iaca(&stale_root), iaca(&other_root)],
    ] {
        let refusal = ask(&[&expired], Order::Chain, &anchors).unwrap_err();
        assert_eq!((refusal.code(), refusal.place().index), (Code::ChainExpired, Some(0)));
        assert_eq!(refusal.place().part, "chain");
    }
}

#[test]
fn holds_a_stale_anchor_to_its_validity_unless_its_profile_says_otherwise() {
    let w = world();
    let stale_root = w.root.certifies_during(&w.root, &ca(), "240101000000Z", "241231235959Z");
    let chain = [&w.leaf_cert, &w.middle_cert];
    let refusal = ask(&chain, Order::Chain, &[general(&stale_root)]).unwrap_err();
    assert_eq!((refusal.code(), refusal.place().part), (Code::ChainExpired, "anchor"));
    let mut profile = Profile::general(Purpose::Any);
    profile.anchor_validity = AnchorValidity::Ignored;
    assert_eq!(code(&chain, Order::Chain, &[anchor(&stale_root, profile)]), None);
}

#[test]
fn believes_pinned_bytes_and_no_others() {
    let w = world();
    let pinned = [anchor(&w.leaf_cert, Profile::pinned_leaf())];
    let path = ask(&[&w.leaf_cert, &w.middle_cert], Order::Chain, &pinned).unwrap();
    assert_eq!(path.certificates(), std::slice::from_ref(&w.leaf_cert));
    let again = w.middle.certifies(&w.leaf, &signer());
    assert_eq!(code(&[&again], Order::Chain, &pinned), Some(Code::KeyUntrusted));
    // A pinned certificate vouches for itself alone, even when it could issue.
    let pinned_ca = [anchor(&w.middle_cert, Profile::pinned_leaf())];
    assert_eq!(code(&[&w.leaf_cert], Order::Chain, &pinned_ca), Some(Code::KeyUntrusted));
}

// --- RFC 5280, 6.1 -------------------------------------------------------------------------------

#[test]
fn refuses_a_forged_signature() {
    let w = world();
    let forger = Holder::new("middle");
    let forged = forger.certifies(&w.leaf, &signer());
    let refusal =
        ask(&[&forged, &w.middle_cert], Order::Chain, &[general(&w.root_cert)]).unwrap_err();
    assert_eq!((refusal.code(), refusal.place().index), (Code::ChainSignature, Some(0)));
}

#[test]
fn counts_both_ends_of_validity() {
    let w = world();
    let during = |from, until| {
        let leaf = w.root.certifies_during(&w.leaf, &signer(), from, until);
        code(&[&leaf], Order::Chain, &[general(&w.root_cert)])
    };
    assert_eq!(during("260601000000Z", "271231235959Z"), None);
    assert_eq!(during("260601000001Z", "271231235959Z"), Some(Code::ChainNotYetValid));
    assert_eq!(during("260101000000Z", "260601000000Z"), None);
    assert_eq!(during("260101000000Z", "260531235959Z"), Some(Code::ChainExpired));
}

#[test]
fn counts_intermediates_against_the_path_length() {
    let w = world();
    let below = |path_len| w.root.certifies(&w.root, &ca_with_path_len(path_len));
    let chain = [&w.leaf_cert, &w.middle_cert];
    assert_eq!(code(&chain, Order::Chain, &[general(&below(1))]), None);
    assert_eq!(code(&chain, Order::Chain, &[general(&below(0))]), Some(Code::ChainPathLength));
}

#[test]
fn refuses_issuers_that_may_not_issue() {
    let w = world();
    let under = |extensions: &[Vec<u8>]| {
        let middle = w.root.certifies(&w.middle, extensions);
        code(&[&w.leaf_cert, &middle], Order::Chain, &[general(&w.root_cert)])
    };
    assert_eq!(under(&ca()), None);
    assert_eq!(under(&signer()), Some(Code::ChainNotCa));
    assert_eq!(under(&[]), Some(Code::ChainNotCa));
    let no_cert_sign =
        [extension(19, true, &[0x30, 3, 1, 1, 0xff]), extension(15, true, &[3, 2, 1, 2])];
    assert_eq!(under(&no_cert_sign), Some(Code::ChainKeyUsage));
}

#[test]
fn refuses_critical_extensions_that_are_not_processed() {
    let w = world();
    let with = |extra: Vec<u8>| {
        let mut extensions = signer();
        extensions.push(extra);
        let leaf = w.root.certifies(&w.leaf, &extensions);
        code(&[&leaf], Order::Chain, &[general(&w.root_cert)])
    };
    assert_eq!(with(extension(99, false, &[5, 0])), None);
    assert_eq!(with(extension(99, true, &[5, 0])), Some(Code::ChainCriticalExtension));
}

#[test]
fn asks_the_policy_about_every_signature() {
    let w = world();
    let presented = [w.leaf_cert.clone(), w.middle_cert.clone()];
    let anchors = [general(&w.root_cert)];
    let refuse = |_: Scheme, _: &PublicKey| Err(Code::ChainAlgorithm);
    let request = PathRequest::new(&presented, Order::Chain, &anchors, now(), &refuse);
    let refusal = verify_path(&request).unwrap_err();
    assert_eq!((refusal.code(), refusal.place().index), (Code::ChainAlgorithm, Some(1)));
}

// --- profiles ------------------------------------------------------------------------------------

#[test]
fn holds_document_signers_to_the_iso_profile() {
    let w = world();
    let issued = |extensions: &[Vec<u8>]| {
        let leaf = w.root.certifies(&w.leaf, extensions);
        code(&[&leaf], Order::Chain, &[iaca(&w.root_cert)])
    };
    assert_eq!(issued(&signer()), None);
    assert_eq!(issued(&[extension(15, false, &[3, 2, 7, 0x80])]), Some(Code::ChainKeyUsage));
    assert_eq!(issued(&[extension(15, true, &[3, 2, 6, 0x40])]), Some(Code::ChainKeyUsage));
    assert_eq!(issued(&[]), Some(Code::ChainKeyUsage));
    let mut authority = ca();
    authority[1] = extension(15, true, &[3, 2, 1, 0x86]);
    assert_eq!(issued(&authority), Some(Code::ChainProfile));
    // Two levels only.
    let chain = [&w.leaf_cert, &w.middle_cert];
    assert_eq!(code(&chain, Order::Chain, &[iaca(&w.root_cert)]), Some(Code::KeyUntrusted));
}

#[test]
fn holds_pid_providers_to_the_etsi_profile() {
    let w = world();
    let issued = |policies: Option<Vec<u8>>| {
        let extensions: Vec<_> = signer().into_iter().chain(policies).collect();
        let leaf = w.root.certifies(&w.leaf, &extensions);
        code(&[&leaf], Order::Chain, &[anchor(&w.root_cert, Profile::etsi_pid())])
    };
    let policies = [0x30, 6, 0x30, 4, 6, 2, 0x2a, 3];
    assert_eq!(issued(Some(extension(32, false, &policies))), None);
    assert_eq!(issued(Some(extension(32, true, &policies))), Some(Code::ChainCriticalExtension));
    assert_eq!(issued(None), Some(Code::ChainProfile));
}

// --- cache ---------------------------------------------------------------------------------------

#[test]
fn remembers_a_path_during_its_window_only() {
    let w = world();
    let anchors = [general(&w.root_cert)];
    let path = Arc::new(ask(&[&w.leaf_cert, &w.middle_cert], Order::Chain, &anchors).unwrap());
    let cache = PathCache::new(2);
    let digest = anchors_digest(&anchors);
    let key = PathCache::key(&[w.leaf_cert.der(), w.middle_cert.der()], &digest, &[0; 32]);
    assert!(cache.lookup(&key, now()).is_none());
    cache.insert(key, Arc::clone(&path));
    assert!(cache.lookup(&key, now()).is_some());
    assert!(cache.lookup(&key, path.not_after()).is_some());
    assert!(cache.lookup(&key, path.not_before().minus(1)).is_none());
    assert_eq!(cache.len(), 1, "the time may come");
    assert!(cache.lookup(&key, path.not_after().plus(1)).is_none());
    assert!(cache.is_empty(), "what has ended is dropped");
    cache.insert(key, Arc::clone(&path));
    assert!(cache.lookup(&key, now()).is_some());

    cache.insert([1; 32], Arc::clone(&path));
    cache.insert([2; 32], path);
    assert_eq!(cache.len(), 2);
    assert!(cache.lookup(&key, now()).is_none(), "the oldest makes room");
    cache.clear();
    assert!(cache.is_empty());
}

#[test]
fn keys_a_path_by_chain_anchors_and_policy() {
    let w = world();
    let digest = anchors_digest(&[general(&w.root_cert)]);
    assert_ne!(digest, anchors_digest(&[iaca(&w.root_cert)]));
    assert_ne!(digest, anchors_digest(&[general(&w.root_cert).for_country(*b"FR")]));
    let keys = [
        PathCache::key(&["ab", "c"], &digest, &[0; 32]),
        PathCache::key(&["a", "bc"], &digest, &[0; 32]),
        PathCache::key(&["abc"], &digest, &[0; 32]),
        PathCache::key(&["ab", "c"], &[0; 32], &[0; 32]),
        PathCache::key(&["ab", "c"], &digest, &[1; 32]),
    ];
    for (index, key) in keys.iter().enumerate() {
        assert!(!keys[..index].contains(key), "{index}");
    }
}

#[test]
fn shares_between_threads_and_tells_no_content() {
    fn shared<T: Send + Sync>() {}
    shared::<Certificate>();
    shared::<Anchor>();
    shared::<ValidatedPath>();
    shared::<PathCache>();
    let w = world();
    let path =
        ask(&[&w.leaf_cert, &w.middle_cert], Order::Chain, &[general(&w.root_cert)]).unwrap();
    assert!(!format!("{path:?}").contains("leaf_cert"));
    assert!(!format!("{:?}", path.certificates()).contains("middle"));
}
