//! Name constraints and policies: each rule broken beside its honest twin.

#![cfg(test)]

mod pki_kit;

use eid_broker::pki::{Certificate, Oid, Order, PolicyInputs, Profile, Purpose};
use eid_broker::verdict::Code;
use pki_kit::*;

// --- name constraints ----------------------------------------------------------------------------

const NAMES: Option<Code> = Some(Code::ChainNameConstraint);
const UNSUPPORTED: Option<Code> = Some(Code::ChainNameConstraintUnsupported);

fn subtree(base: &[u8]) -> Vec<u8> {
    wrap(0x30, &[base])
}

fn constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Vec<u8> {
    let list = |tag: u8, subtrees: &[Vec<u8>]| {
        if subtrees.is_empty() { Vec::new() } else { wrap(tag, &[&subtrees.concat()]) }
    };
    extension(30, true, &wrap(0x30, &[&list(0xa0, permitted), &list(0xa1, excluded)]))
}

fn permits(base: &[u8]) -> Vec<u8> {
    constraints(&[subtree(base)], &[])
}

fn excludes(base: &[u8]) -> Vec<u8> {
    constraints(&[], &[subtree(base)])
}

fn dns(name: &str) -> Vec<u8> {
    wrap(0x82, &[name.as_bytes()])
}

fn email(address: &str) -> Vec<u8> {
    wrap(0x81, &[address.as_bytes()])
}

fn uri(uri: &str) -> Vec<u8> {
    wrap(0x86, &[uri.as_bytes()])
}

fn ip(bytes: &[u8]) -> Vec<u8> {
    wrap(0x87, &[bytes])
}

fn directory(name: &[u8]) -> Vec<u8> {
    wrap(0xa4, &[name])
}

fn alternative(names: &[Vec<u8>]) -> Vec<u8> {
    extension(17, false, &wrap(0x30, &[&names.concat()]))
}

fn with(mut extensions: Vec<Vec<u8>>, more: Vec<u8>) -> Vec<Vec<u8>> {
    extensions.push(more);
    extensions
}

/// The verdict on a leaf with these names under an intermediate with this constraint.
fn under(constraint: &[u8], names: &[Vec<u8>]) -> Option<Code> {
    let w = world();
    let middle = w.root.certifies(&w.middle, &with(ca(), constraint.to_vec()));
    let leaf = w.middle.certifies(&w.leaf, &with(signer(), alternative(names)));
    code(&[&leaf, &middle], Order::Chain, &[general(&w.root_cert)])
}

#[test]
fn holds_each_form_to_what_is_permitted_and_excluded() {
    let private = [10, 0, 0, 0, 255, 0, 0, 0];
    for (base, inside, outside) in [
        (dns("example.com"), dns("a.example.com"), dns("example.org")),
        (dns("example.com"), dns("*.example.com"), dns("*.com")),
        (email("example.com"), email("a@example.com"), email("a@b.example.com")),
        (email("a@example.com"), email("a@example.com"), email("b@example.com")),
        (uri("example.com"), uri("https://example.com/"), uri("https://a.example.com/")),
        (uri(".example.com"), uri("https://a.example.com/"), uri("https://example.com/")),
        (ip(&private), ip(&[10, 1, 2, 3]), ip(&[11, 0, 0, 1])),
        (directory(&name("leaf")), directory(&name("leaf")), directory(&name("other"))),
    ] {
        assert_eq!(under(&permits(&base), std::slice::from_ref(&inside)), None, "{base:02x?}");
        assert_eq!(under(&permits(&base), std::slice::from_ref(&outside)), NAMES, "{base:02x?}");
        // One good name does not make up for another.
        assert_eq!(under(&permits(&base), &[inside.clone(), outside.clone()]), NAMES);
        // The subject of the leaf is a directory name as well.
        if base.first() != Some(&0xa4) {
            assert_eq!(under(&excludes(&base), &[inside]), NAMES, "{base:02x?}");
            let touches = outside == dns("*.com");
            let expected = if touches { NAMES } else { None };
            assert_eq!(under(&excludes(&base), &[outside]), expected, "{base:02x?}");
        }
    }
}

#[test]
fn constrains_one_form_and_no_other() {
    assert_eq!(under(&permits(&dns("example.com")), &[email("a@example.org")]), None);
    assert_eq!(under(&excludes(&dns("example.com")), &[email("a@example.com")]), None);
    assert_eq!(under(&permits(&ip(&[10, 0, 0, 0, 255, 0, 0, 0])), &[dns("a")]), None);
    // The other family of addresses is the same form.
    assert_eq!(under(&permits(&ip(&[10, 0, 0, 0, 255, 0, 0, 0])), &[ip(&[0; 16])]), NAMES);
}

#[test]
fn prefers_what_is_excluded() {
    let both = constraints(&[subtree(&dns("example.com"))], &[subtree(&dns("b.example.com"))]);
    assert_eq!(under(&both, &[dns("a.example.com")]), None);
    assert_eq!(under(&both, &[dns("b.example.com")]), NAMES);
    // A name with a wildcard stands for names that are excluded (CVE-2025-61727).
    assert_eq!(under(&both, &[dns("*.example.com")]), NAMES);
}

#[test]
fn intersects_what_several_authorities_permit() {
    let w = world();
    let verdict = |above: &str, below: &str, leaf: &str| {
        let root = w.root.certifies(&w.root, &with(ca(), permits(&dns(above))));
        let middle = w.root.certifies(&w.middle, &with(ca(), permits(&dns(below))));
        let leaf = w.middle.certifies(&w.leaf, &with(signer(), alternative(&[dns(leaf)])));
        code(&[&leaf, &middle], Order::Chain, &[general(&root)])
    };
    assert_eq!(verdict("example.com", "a.example.com", "a.example.com"), None);
    assert_eq!(verdict("example.com", "a.example.com", "b.example.com"), NAMES);
    assert_eq!(verdict("a.example.com", "example.com", "b.example.com"), NAMES);
    assert_eq!(verdict("example.com", "example.org", "example.org"), NAMES);
}

#[test]
fn applies_directory_names_to_the_subject() {
    let german = distinguished(&[(6, 0x13, "DE")]);
    let spelt = distinguished(&[(6, 0x0c, "de")]);
    let french = distinguished(&[(6, 0x13, "FR")]);
    assert_eq!(under(&permits(&directory(&german)), &[dns("a")]), None);
    assert_eq!(under(&permits(&directory(&spelt)), &[dns("a")]), None);
    assert_eq!(under(&permits(&directory(&french)), &[dns("a")]), NAMES);
    assert_eq!(under(&excludes(&directory(&german)), &[dns("a")]), NAMES);
    assert_eq!(under(&excludes(&directory(&french)), &[dns("a")]), None);
}

#[test]
fn applies_addresses_to_the_subject_as_well() {
    let w = world();
    let email_attribute = |address: &str| {
        let id = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
        let pair = wrap(0x30, &[&id, &wrap(0x16, &[address.as_bytes()])]);
        wrap(0x30, &[&wrap(0x31, &[&pair])])
    };
    let verdict = |address: &str| {
        let middle = w.root.certifies(&w.middle, &with(ca(), permits(&email("example.com"))));
        let leaf = Holder::named(email_attribute(address));
        let leaf = w.middle.certifies(&leaf, &signer());
        code(&[&leaf, &middle], Order::Chain, &[general(&w.root_cert)])
    };
    assert_eq!(verdict("a@example.com"), None);
    assert_eq!(verdict("a@example.org"), NAMES);
    assert_eq!(verdict("no address"), NAMES);
}

#[test]
fn spares_self_issued_certificates_that_are_not_the_last() {
    let w = world();
    let root = w.root.certifies(&w.root, &with(ca(), permits(&dns("example.com"))));
    let renewed = Holder::new("root");
    let renewed_cert = w.root.certifies(&renewed, &with(ca(), alternative(&[dns("example.org")])));
    let leaf = renewed.certifies(&w.leaf, &with(signer(), alternative(&[dns("example.com")])));
    assert_eq!(code(&[&leaf, &renewed_cert], Order::Chain, &[general(&root)]), None);
    let own = w.root.certifies(&renewed, &with(signer(), alternative(&[dns("example.org")])));
    assert_eq!(code(&[&own], Order::Chain, &[general(&root)]), NAMES);
    // An intermediate of another name is not spared.
    let middle = w.root.certifies(&w.middle, &with(ca(), alternative(&[dns("example.org")])));
    assert_eq!(code(&[&w.leaf_cert, &middle], Order::Chain, &[general(&root)]), NAMES);
}

#[test]
fn refuses_names_that_are_not_written_as_their_form_demands() {
    let some = permits(&dns("example.com"));
    assert_eq!(under(&some, &[dns("a.example.com")]), None);
    for bad in [".example.com", "a..example.com", "a.*.example.com", "example.com."] {
        assert_eq!(under(&some, &[dns(bad)]), NAMES, "{bad}");
    }
    assert_eq!(under(&permits(&uri("example.com")), &[uri("urn:a")]), NAMES);
    assert_eq!(under(&permits(&uri("example.com")), &[uri("https://10.0.0.1/")]), NAMES);
    // Without a constraint nobody looks.
    assert_eq!(under(&permits(&email("example.com")), &[dns(".example.com")]), None);
}

#[test]
fn refuses_constraints_that_cannot_be_processed() {
    for bad in [
        dns("*.example.com"),
        dns(".example.com"),
        email("@example.com"),
        uri("https://example.com"),
        ip(&[10, 0, 0, 0]),
        ip(&[10, 0, 0, 0, 255, 0, 255, 0]),
    ] {
        assert_eq!(under(&permits(&bad), &[wrap(0x88, &[&[0x2a]])]), UNSUPPORTED, "{bad:02x?}");
    }
    // Another form matters only where a name has it, critical or not.
    let registered = wrap(0x88, &[&[0x2a, 3]]);
    assert_eq!(under(&permits(&registered), &[dns("a")]), None);
    assert_eq!(under(&permits(&registered), std::slice::from_ref(&registered)), UNSUPPORTED);
    let distance = wrap(0x30, &[&dns("example.com"), &[0x81, 1, 1]]);
    assert_eq!(under(&constraints(std::slice::from_ref(&distance), &[]), &[email("a@b")]), None);
    assert_eq!(under(&constraints(&[distance], &[]), &[dns("example.com")]), UNSUPPORTED);
    // An address in UTF-8 is an address.
    let smtp =
        wrap(0xa0, &[&[6, 8, 0x2b, 6, 1, 5, 5, 7, 8, 9], &[0xa0, 5, 0x0c, 3, b'a', b'@', b'b']]);
    assert_eq!(under(&permits(&dns("a")), std::slice::from_ref(&smtp)), None);
    assert_eq!(under(&excludes(&email("b")), &[smtp]), UNSUPPORTED);
}

#[test]
fn bounds_the_comparisons() {
    let w = world();
    let bases: Vec<Vec<u8>> = (0..255).map(|n| subtree(&dns(&format!("n{n}.test")))).collect();
    let verdict = |names: usize| {
        let middle = w.root.certifies(&w.middle, &with(ca(), constraints(&[], &bases)));
        let names: Vec<Vec<u8>> = (0..names).map(|n| dns(&format!("h{n}.example"))).collect();
        let leaf = w.middle.certifies(&w.leaf, &with(signer(), alternative(&names)));
        code(&[&leaf, &middle], Order::Chain, &[general(&w.root_cert)])
    };
    // The subject is compared with nothing: no constraint has its form. One comparison chains names.
    assert_eq!(verdict(257), None);
    assert_eq!(verdict(258), Some(Code::LimitWork));
}

// --- policies ------------------------------------------------------------------------------------

const GOLD: &[u8] = &[0x2a, 3, 1];
const SILVER: &[u8] = &[0x2a, 3, 2];
const ANY: &[u8] = &[0x55, 0x1d, 0x20, 0];
const POLICY: Option<Code> = Some(Code::ChainPolicy);

fn oid(content: &[u8]) -> Vec<u8> {
    wrap(6, &[content])
}

fn policies(all: &[&[u8]]) -> Vec<u8> {
    let all: Vec<Vec<u8>> = all.iter().map(|policy| wrap(0x30, &[&oid(policy)])).collect();
    extension(32, false, &wrap(0x30, &[&all.concat()]))
}

fn mapping(pairs: &[(&[u8], &[u8])]) -> Vec<u8> {
    let pairs: Vec<Vec<u8>> =
        pairs.iter().map(|(from, to)| wrap(0x30, &[&oid(from), &oid(to)])).collect();
    extension(33, true, &wrap(0x30, &[&pairs.concat()]))
}

fn require_explicit(skip: u8) -> Vec<u8> {
    extension(36, true, &wrap(0x30, &[&[0x80, 1, skip]]))
}

fn inhibit_mapping(skip: u8) -> Vec<u8> {
    extension(36, true, &wrap(0x30, &[&[0x81, 1, skip]]))
}

fn inhibit_any(skip: u8) -> Vec<u8> {
    extension(54, true, &[2, 1, skip])
}

fn inputs(set: Option<&[u8]>, explicit: bool) -> PolicyInputs {
    PolicyInputs {
        policy_set: set.map(|policy| vec![dotted(policy)]),
        explicit_policy: explicit,
        ..PolicyInputs::default()
    }
}

fn dotted(policy: &[u8]) -> Oid {
    let text = match policy {
        GOLD => "1.2.3.1",
        SILVER => "1.2.3.2",
        ANY => "2.5.29.32.0",
        other => panic!("{other:?}"),
    };
    Oid::from_dotted(text).unwrap()
}

/// The verdict on a leaf under an intermediate, both with these extensions, and the policies.
fn ask_policies(
    middle: &[Vec<u8>],
    leaf: &[Vec<u8>],
    inputs: &PolicyInputs,
) -> Result<Vec<Oid>, Code> {
    let w = world();
    let middle = w.root.certifies(&w.middle, &[ca(), middle.to_vec()].concat());
    let leaf = w.middle.certifies(&w.leaf, &[signer(), leaf.to_vec()].concat());
    let mut profile = Profile::general(Purpose::Any);
    profile.policies = inputs.clone();
    let path = ask(&[&leaf, &middle], Order::Chain, &[anchor(&w.root_cert, profile)]);
    path.map(|path| path.policies().to_vec()).map_err(|refusal| refusal.code())
}

#[test]
fn wants_one_policy_through_the_whole_path_where_one_is_required() {
    let explicit = inputs(None, true);
    let gold = [policies(&[GOLD])];
    let silver = [policies(&[SILVER])];
    assert_eq!(ask_policies(&gold, &gold, &explicit), Ok(vec![dotted(GOLD)]));
    assert_eq!(ask_policies(&gold, &silver, &explicit).err(), POLICY);
    assert_eq!(ask_policies(&[], &gold, &explicit).err(), POLICY);
    assert_eq!(ask_policies(&gold, &[], &explicit).err(), POLICY);
    // Nothing is required, and none is told.
    assert_eq!(ask_policies(&gold, &silver, &inputs(None, false)), Ok(vec![]));
}

#[test]
fn wants_a_policy_of_the_caller() {
    let gold = [policies(&[GOLD])];
    assert_eq!(ask_policies(&gold, &gold, &inputs(Some(GOLD), true)), Ok(vec![dotted(GOLD)]));
    assert_eq!(ask_policies(&gold, &gold, &inputs(Some(SILVER), true)).err(), POLICY);
    let any = [policies(&[ANY])];
    assert_eq!(ask_policies(&any, &any, &inputs(Some(SILVER), true)), Ok(vec![dotted(SILVER)]));
    assert_eq!(ask_policies(&any, &any, &inputs(None, true)), Ok(vec![dotted(ANY)]));
    assert_eq!(ask_policies(&any, &gold, &inputs(Some(GOLD), true)), Ok(vec![dotted(GOLD)]));
}

#[test]
fn begins_to_require_a_policy_where_a_certificate_says_so() {
    let none = inputs(None, false);
    let bad = [policies(&[SILVER])];
    let middle = |skip| [policies(&[GOLD]), require_explicit(skip)];
    assert_eq!(ask_policies(&middle(0), &bad, &none).err(), POLICY);
    assert_eq!(ask_policies(&middle(0), &[policies(&[GOLD])], &none), Ok(vec![dotted(GOLD)]));
    assert_eq!(ask_policies(&middle(1), &bad, &none).err(), POLICY);
    assert_eq!(ask_policies(&middle(2), &bad, &none), Ok(vec![]));
    // The end entity itself (6.1.5 (b)).
    let own = |skip| [policies(&[SILVER]), require_explicit(skip)];
    assert_eq!(ask_policies(&[policies(&[GOLD])], &own(0), &none).err(), POLICY);
    assert_eq!(ask_policies(&[policies(&[GOLD])], &own(1), &none), Ok(vec![]));
}

#[test]
fn an_anchor_demands_of_its_paths_too() {
    let w = world();
    let root = w.root.certifies(&w.root, &with(ca(), require_explicit(0)));
    let leaf = |extra: Vec<Vec<u8>>| w.root.certifies(&w.leaf, &[signer(), extra].concat());
    let (named, unnamed) = (leaf(vec![policies(&[GOLD])]), leaf(vec![]));
    assert_eq!(code(&[&named], Order::Chain, &[general(&root)]), None);
    assert_eq!(code(&[&unnamed], Order::Chain, &[general(&root)]), POLICY);
}

#[test]
fn maps_policies_unless_mapping_is_inhibited() {
    let explicit = inputs(Some(GOLD), true);
    let silver = [policies(&[SILVER])];
    let mapped = [policies(&[GOLD]), mapping(&[(GOLD, SILVER)])];
    assert_eq!(ask_policies(&mapped, &silver, &explicit), Ok(vec![dotted(SILVER)]));
    assert_eq!(ask_policies(&[policies(&[GOLD])], &silver, &explicit).err(), POLICY);
    // A mapped policy is no longer expected under its own name.
    assert_eq!(ask_policies(&mapped, &[policies(&[GOLD])], &explicit).err(), POLICY);
    let inhibited = PolicyInputs { policy_mapping_inhibit: true, ..explicit.clone() };
    assert_eq!(ask_policies(&mapped, &silver, &inhibited).err(), POLICY);
    // From anyPolicy, a mapping makes the policy.
    let from_any = [policies(&[ANY]), mapping(&[(GOLD, SILVER)])];
    assert_eq!(ask_policies(&from_any, &silver, &explicit), Ok(vec![dotted(SILVER)]));
}

#[test]
fn an_authority_inhibits_mapping_below_it() {
    let w = world();
    let verdict = |skip: Option<u8>| {
        let top = Holder::new("top");
        let extra = [vec![policies(&[GOLD])], skip.map(inhibit_mapping).into_iter().collect()];
        let top_cert = w.root.certifies(&top, &[ca(), extra.concat()].concat());
        let below = [policies(&[GOLD]), mapping(&[(GOLD, SILVER)])].to_vec();
        let middle = top.certifies(&w.middle, &[ca(), below].concat());
        let leaf = w.middle.certifies(&w.leaf, &with(signer(), policies(&[SILVER])));
        let mut profile = Profile::general(Purpose::Any);
        profile.policies = inputs(Some(GOLD), true);
        code(&[&leaf, &middle, &top_cert], Order::Chain, &[anchor(&w.root_cert, profile)])
    };
    assert_eq!(verdict(None), None);
    assert_eq!(verdict(Some(0)), POLICY);
    assert_eq!(verdict(Some(1)), None);
}

#[test]
fn refuses_mappings_of_any_policy() {
    let none = inputs(None, false);
    let leaf = [policies(&[GOLD])];
    for (pairs, expected) in [
        ([(GOLD, SILVER)], None),
        ([(GOLD, ANY)], Some(Code::ChainPolicyMapping)),
        ([(ANY, GOLD)], Some(Code::ChainPolicyMapping)),
    ] {
        let middle = [policies(&[GOLD]), mapping(&pairs)];
        assert_eq!(ask_policies(&middle, &leaf, &none).err(), expected);
    }
}

#[test]
fn any_policy_ends_where_it_is_inhibited() {
    let explicit = inputs(None, true);
    let any = [policies(&[ANY])];
    let middle = |skip| [policies(&[ANY]), inhibit_any(skip)];
    assert_eq!(ask_policies(&middle(0), &any, &explicit).err(), POLICY);
    assert_eq!(ask_policies(&middle(1), &any, &explicit), Ok(vec![dotted(ANY)]));
    assert_eq!(ask_policies(&middle(0), &[policies(&[GOLD])], &explicit), Ok(vec![dotted(GOLD)]));
    let inhibited = PolicyInputs { any_policy_inhibit: true, ..explicit };
    assert_eq!(ask_policies(&any, &any, &inhibited).err(), POLICY);
    assert_eq!(ask_policies(&[policies(&[GOLD])], &[policies(&[GOLD])], &inhibited).err(), None);
}

#[test]
fn policies_whose_tree_would_explode_stay_linear_and_bounded() {
    // Every certificate maps each of its policies to all of them: the tree of RFC 5280 has n^depth
    // nodes (CVE-2023-0464).
    let w = world();
    let verdict = |count: u8| {
        let all: Vec<Vec<u8>> = (0..count).map(|n| vec![0x2a, 5, n]).collect();
        let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
        let pairs: Vec<(&[u8], &[u8])> =
            all.iter().flat_map(|from| all.iter().map(|to| (*from, *to))).collect();
        let extra = [policies(&all), mapping(&pairs)].to_vec();
        let holders: Vec<Holder> = (0..5).map(|n| Holder::new(&format!("ca {n}"))).collect();
        let mut chain = Vec::new();
        let mut issuer = &w.root;
        for holder in &holders {
            chain.insert(0, issuer.certifies(holder, &[ca(), extra.clone()].concat()));
            issuer = holder;
        }
        chain.insert(0, issuer.certifies(&w.leaf, &with(signer(), policies(&all))));
        let chain: Vec<&Certificate> = chain.iter().collect();
        let mut profile = Profile::general(Purpose::Any);
        profile.policies = inputs(None, true);
        code(&chain, Order::Chain, &[anchor(&w.root_cert, profile)])
    };
    assert_eq!(verdict(16), None);
    assert_eq!(verdict(32), Some(Code::LimitWork));
}

#[test]
fn wants_constraints_on_policies_to_be_critical_where_conformance_is_asked_for() {
    let none = inputs(None, false);
    let leaf = [policies(&[GOLD])];
    for id in [36, 54] {
        let value: &[u8] = if id == 36 { &[0x30, 3, 0x80, 1, 9] } else { &[2, 1, 9] };
        let middle = |critical| [policies(&[GOLD]), extension(id, critical, value)];
        assert_eq!(ask_policies(&middle(true), &leaf, &none).err(), None);
        assert_eq!(ask_policies(&middle(false), &leaf, &none).err(), Some(Code::ChainProfile));
    }
}
