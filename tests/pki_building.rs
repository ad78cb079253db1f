//! Building paths among many, useless and looping certificates, and finding anchors among many.

#![cfg(test)]

mod pki_kit;

use eid_broker::pki::{
    Anchor, Certificate, IndexedAnchors, Order, PathRequest, Profile, Purpose, verify_path,
};
use eid_broker::verdict::Code;
use pki_kit::*;
use std::sync::Arc;

fn unordered(presented: &[&Certificate], anchors: &[Anchor]) -> Option<Code> {
    code(presented, Order::Unordered, anchors)
}

#[test]
fn chains_names_that_are_spelt_otherwise() {
    let w = world();
    let spelt = |text: &str| distinguished(&[(6, 0x0c, "de"), (3, 0x13, text)]);
    let issuer = |text: &str| {
        let alias = w.middle.alias(spelt(text));
        let leaf = alias.certifies(&w.leaf, &signer());
        unordered(&[&leaf, &w.middle_cert], &[general(&w.root_cert)])
    };
    assert_eq!(issuer("  MIDDLE "), None);
    assert_eq!(issuer("mid dle"), Some(Code::KeyUntrusted));
}

#[test]
fn certificates_that_issue_each_other_end() {
    let w = world();
    let (one, other) = (Holder::new("one"), Holder::new("other"));
    let circle = [one.certifies(&other, &ca()), other.certifies(&one, &ca())];
    let leaf = one.certifies(&w.leaf, &signer());
    let anchors = [general(&w.root_cert)];
    assert_eq!(unordered(&[&leaf, &circle[0], &circle[1]], &anchors), Some(Code::KeyUntrusted));
    // A way out of the circle is found.
    let out = w.root.certifies(&other, &ca());
    assert_eq!(unordered(&[&leaf, &circle[0], &circle[1], &out], &anchors), None);
}

#[test]
fn ten_thousand_strangers_do_not_hide_the_path_nor_cost_a_step() {
    let w = world();
    let stranger = Holder::new("stranger");
    let strangers: Vec<Certificate> =
        (0..9_998).map(|_| w.root.certifies(&stranger, &ca())).collect();
    let mut presented = vec![&w.leaf_cert];
    presented.extend(&strangers);
    assert_eq!(unordered(&presented, &[general(&w.root_cert)]), Some(Code::KeyUntrusted));
    presented.push(&w.middle_cert);
    assert_eq!(unordered(&presented, &[general(&w.root_cert)]), None);
}

#[test]
fn ten_thousand_candidates_of_one_name_use_up_the_budget() {
    let w = world();
    // Each could have issued each.
    let twins: Vec<Certificate> =
        (0..9_998).map(|_| w.middle.certifies(&w.middle, &ca())).collect();
    let mut presented = vec![&w.leaf_cert];
    presented.extend(&twins);
    assert_eq!(unordered(&presented, &[general(&w.root_cert)]), Some(Code::LimitWork));
}

#[test]
fn an_honest_issuer_is_found_among_as_many_twins_as_the_budget_allows() {
    let w = world();
    let impostors = |count: usize| -> Vec<Certificate> {
        (0..count)
            .map(|_| {
                let other = Holder::new("middle");
                w.root.certifies(&other, &ca())
            })
            .collect()
    };
    // Key identifiers lead to the honest one at once.
    let others = impostors(200);
    let mut presented = vec![&w.leaf_cert];
    presented.extend(&others);
    presented.push(&w.middle_cert);
    assert_eq!(unordered(&presented, &[general(&w.root_cert)]), None);
}

#[test]
fn a_path_is_no_longer_than_the_profile_allows() {
    let w = world();
    let verdict = |count: usize| {
        let holders: Vec<Holder> = (0..count).map(|n| Holder::new(&format!("ca {n}"))).collect();
        let mut chain = Vec::new();
        let mut issuer = &w.root;
        for holder in &holders {
            chain.push(issuer.certifies(holder, &ca()));
            issuer = holder;
        }
        let leaf = issuer.certifies(&w.leaf, &signer());
        let mut presented = vec![&leaf];
        presented.extend(&chain);
        unordered(&presented, &[general(&w.root_cert)])
    };
    assert_eq!(verdict(6), None);
    assert_eq!(verdict(7), Some(Code::KeyUntrusted));
    assert_eq!(verdict(40), Some(Code::KeyUntrusted));
}

#[test]
fn the_failure_of_names_and_policies_is_told_by_its_rank() {
    let w = world();
    let constrained = extension(
        30,
        true,
        &[
            0x30, 15, 0xa0, 13, 0x30, 11, 0x82, 9, b'a', b'.', b'e', b'x', b'a', b'm', b'p', b'l',
            b'e',
        ],
    );
    let alternative = extension(17, false, &[0x30, 3, 0x82, 1, b'b']);
    let expired = w.root.certifies_during(&w.root, &ca(), "240101000000Z", "241231235959Z");
    let narrow = w.root.certifies(&w.root, &[ca(), vec![constrained]].concat());
    let leaf = w.root.certifies(&w.leaf, &[signer(), vec![alternative]].concat());
    for anchors in [[general(&expired), general(&narrow)], [general(&narrow), general(&expired)]] {
        let refusal = ask(&[&leaf], Order::Chain, &anchors).unwrap_err();
        assert_eq!((refusal.code(), refusal.place().index), (Code::ChainNameConstraint, Some(0)));
    }
}

// --- anchors -------------------------------------------------------------------------------------

#[test]
fn an_indexed_set_answers_as_the_slice_does() {
    let w = world();
    let profile = Arc::new(Profile::general(Purpose::Any));
    let certificates: Vec<Certificate> = (0..300)
        .map(|n| {
            // Some share a name.
            let holder = Holder::new(&format!("anchor {}", n / 2));
            holder.certifies(&holder, &ca())
        })
        .chain([w.root_cert.clone()])
        .collect();
    let anchors: Vec<Anchor> = certificates
        .iter()
        .map(|c| Anchor::new(c.clone(), Arc::clone(&profile), "test".into()))
        .collect();
    let indexed = IndexedAnchors::new(anchors.clone());
    assert_eq!(indexed.as_slice().len(), 301);
    for (position, certificate) in certificates.iter().enumerate() {
        assert_eq!(indexed.position(certificate), Some(position));
        let found: Vec<usize> = indexed.issuers_of(certificate).map(|(at, _)| at).collect();
        let scanned: Vec<usize> = (0..certificates.len())
            .filter(|at| certificate.is_issued_in_the_name_of(&certificates[*at]))
            .collect();
        assert_eq!(found, scanned);
    }
    assert_eq!(indexed.position(&w.leaf_cert), None);
    let presented = [w.leaf_cert.clone(), w.middle_cert.clone()];
    let asked = |request: &PathRequest<'_>| {
        verify_path(request).map(|path| path.anchor().certificate.clone()).ok()
    };
    let order = Order::Chain;
    let by_index = PathRequest::among(&presented, order, &indexed, now(), &any_algorithm);
    let by_scan = PathRequest::new(&presented, order, &anchors, now(), &any_algorithm);
    assert_eq!(asked(&by_index), Some(w.root_cert.clone()));
    assert_eq!(asked(&by_index), asked(&by_scan));
}

#[test]
fn an_empty_set_leads_nowhere() {
    let w = world();
    let none = IndexedAnchors::new(Vec::new());
    assert_eq!(none.issuers_of(&w.leaf_cert).count(), 0);
    let presented = [w.leaf_cert];
    let request = PathRequest::among(&presented, Order::Chain, &none, now(), &any_algorithm);
    assert_eq!(verify_path(&request).unwrap_err().code(), Code::TrustEmpty);
}

// --- altered chains ------------------------------------------------------------------------------

/// Every bit of leaf and intermediate in turn; `make sweep` does it with all bits, here it is a part.
#[test]
fn no_flipped_bit_of_a_chain_is_accepted() {
    let w = world();
    let anchors = [general(&w.root_cert)];
    let honest = [w.leaf_cert.clone(), w.middle_cert.clone()];
    assert_eq!(code(&[&honest[0], &honest[1]], Order::Chain, &anchors), None);
    for (index, certificate) in honest.iter().enumerate() {
        for bit in (0..certificate.der().len() * 8).step_by(13) {
            let mut der = certificate.der().to_vec();
            der[bit / 8] ^= 1 << (bit % 8);
            let Ok(altered) = Certificate::parse(&der) else { continue };
            let mut chain = honest.clone();
            chain[index] = altered;
            let verdict = code(&[&chain[0], &chain[1]], Order::Chain, &anchors);
            assert!(verdict.is_some(), "bit {bit} of certificate {index}");
        }
    }
}
