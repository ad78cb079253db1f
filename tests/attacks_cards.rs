//! Attacks on logins by card: somebody else, another level, another status. Each beside its honest twin.

#![cfg(test)]
#![cfg(feature = "openssl")]

mod card_kit;

use card_kit::{
    NONCE, ORIGIN, POLICY, World, answer, needs, now, policy, source, trust_of, web_eid,
};
use eid_broker::config::Findings;
use eid_broker::identity::{Family, Identity, LevelOfAssurance};
use eid_broker::pki::Evidence;
use eid_broker::policy::Policy;
use eid_broker::token::certificate::{Handshake, TlsVersion};
use eid_broker::token::{self, Context};
use eid_broker::trust::Material;
use eid_broker::verdict::{Code, Verdict};
use eid_broker_maker::card::{CardIssuer, OCSP_URL, Shape, WebEidSpec};
use eid_broker_maker::cert::{CertificateSpec, Extension, KeyUsage, Name};
use eid_broker_maker::ocsp::{Ocsp, Status};
use eid_broker_maker::{NOW, keys};
use std::collections::BTreeMap;

fn ask(world: &World, token: &str, evidence: &[Vec<u8>]) -> Verdict<Identity> {
    ask_as(world, Family::WebEid, token, evidence)
}

fn ask_as(world: &World, family: Family, token: &str, evidence: &[Vec<u8>]) -> Verdict<Identity> {
    let answers: Vec<&[u8]> = evidence.iter().map(Vec::as_slice).collect();
    let context = Context::new(&world.policy, &world.trust, &world.paths, NONCE, ORIGIN, now())
        .with_evidence(Evidence::ocsp(&answers));
    token::verify(family, token.as_bytes(), &context)
}

fn code(verdict: &Verdict<Identity>) -> Code {
    verdict.refusal().unwrap_or_else(|| panic!("{}", verdict.word())).code()
}

fn is_accepted(verdict: &Verdict<Identity>) -> bool {
    matches!(verdict, Verdict::Accepted(_))
}

fn token_of(issuer: &CardIssuer, spec: &CertificateSpec) -> String {
    web_eid(spec.build(&issuer.ca).unwrap(), &issuer.card)
}

fn statement(certificates: Vec<Vec<u8>>) -> String {
    let handshake = Handshake {
        tls: TlsVersion::V1_3,
        resumed: false,
        handshake_at: now(),
        server_name: "login.example.org".to_owned(),
        certificates,
    };
    handshake.to_json()
}

const BE_CARD: &str = "2.16.56.12.1.1.2.2";

// A CA below a trusted root that may issue under `allowed` only, and its card that says `claimed`.
fn below(allowed: &[&str], claimed: &[&str]) -> (World, String) {
    let issuer = CardIssuer::new(Shape::BelgianEc).unwrap();
    let any_length = Extension::basic_constraints(true, true, None);
    let root = issuer.ca_spec().unwrap().replacing(any_length);
    let sub_key = keys::holder_es384().unwrap();
    let sub_name = Name::new("BE", "Test CA for something else");
    let sub = CertificateSpec::new(root.subject.clone(), sub_name.clone(), &sub_key)
        .unwrap()
        .with(Extension::basic_constraints(true, true, Some(0)))
        .with(Extension::key_usage(true, &[KeyUsage::KeyCertSign, KeyUsage::CrlSign]))
        .with(Extension::authority_info_access_ocsp(OCSP_URL).unwrap())
        .with(Extension::certificate_policies(allowed).unwrap());
    let mut card = issuer.card_spec().unwrap();
    card.issuer = sub_name;
    let card = card
        .replacing(Extension::authority_key_identifier(&sub_key))
        .replacing(Extension::certificate_policies(claimed).unwrap());
    let root = Material::Bytes(root.build(&issuer.ca).unwrap());
    let trust = trust_of(&source("be", "BE"), &BTreeMap::from([("be".to_owned(), root)]));
    let chain = vec![card.build(&sub_key).unwrap(), sub.build(&issuer.ca).unwrap()];
    (World { trust, ..World::new() }, statement(chain))
}

#[test]
fn a_ca_gives_no_policy_that_it_may_not_give() {
    for allowed in [&["2.5.29.32.0"][..], &[BE_CARD], &["1.2.3", BE_CARD]] {
        let (world, token) = below(allowed, &[BE_CARD]);
        assert_eq!(needs(&ask_as(&world, Family::Certificate, &token, &[])).len(), 2);
    }
    let (world, token) = below(&["1.2.3"], &[BE_CARD, "1.2.3"]);
    assert_eq!(code(&ask_as(&world, Family::Certificate, &token, &[])), Code::CardPolicyUnlisted);
    // A policy under which nobody logs in is looked for in what the card says, path or not.
    let (world, token) = below(&[BE_CARD], &[BE_CARD, "1.3.6.1.4.1.10015.1.3"]);
    assert_eq!(code(&ask_as(&world, Family::Certificate, &token, &[])), Code::CardPolicyDenied);
}

#[test]
fn no_rule_for_an_anchor_accepts_a_card_without_status() {
    let issuer = CardIssuer::new(Shape::BelgianEc).unwrap();
    let spec = issuer.card_spec().unwrap();
    let token = token_of(&issuer, &spec);
    let rule = "[revocation.anchor.NAME]\nrule = \"not-for-this-anchor\"\n";
    // The rule of another anchor does not matter.
    let other = policy(&format!("{POLICY}{}", rule.replace("NAME", "wallets")));
    let world = World { policy: other, ..World::new() };
    assert_eq!(needs(&ask(&world, &token, &[])).len(), 1);

    let text = format!("{POLICY}{}", rule.replace("NAME", "be"));
    let mut findings = Findings::new();
    assert!(Policy::from_toml(&text, "policy.toml", &mut findings).is_none());
    let found = findings.to_string();
    assert!(found.contains("cards: has a rule for \"be\", which is not-for-this"), "{found}");
    // Nor does a policy that was put together in code.
    let mut made = policy(&format!("{POLICY}{}", rule.replace("NAME", "wallets")));
    made.revocation.anchors[0].0 = "be".to_owned();
    let world = World { policy: made, ..World::new() };
    assert_eq!(code(&ask(&world, &token, &[])), Code::StatusUnavailable);
    assert_eq!(
        code(&ask_as(
            &world,
            Family::Certificate,
            &statement(vec![spec.build(&issuer.ca).unwrap()]),
            &[]
        )),
        Code::StatusUnavailable
    );
}

#[test]
fn a_status_that_is_left_out_is_laboratory_whatever_the_policy_says_of_itself() {
    let lab = POLICY.replacen(
        "version = 1\n[cards]",
        "version = 1\nlaboratory = true\n[cards]\nstatus = \"not-evaluated\"",
        1,
    );
    let issuer = CardIssuer::new(Shape::BelgianEc).unwrap();
    let token = token_of(&issuer, &issuer.card_spec().unwrap());
    let honest = World { policy: policy(&lab), ..World::new() };
    let Verdict::Accepted(accepted) = ask(&honest, &token, &[]) else { panic!("refused") };
    assert!(accepted.value().is_laboratory());
    let mut lying = policy(&lab);
    lying.laboratory = false;
    let world = World { policy: lying, ..World::new() };
    assert_eq!(code(&ask(&world, &token, &[])), Code::Internal);
}

#[test]
fn a_card_that_is_pinned_has_no_status_and_does_not_log_in() {
    let issuer = CardIssuer::new(Shape::BelgianEc).unwrap();
    let (spec, der) = (issuer.card_spec().unwrap(), issuer.card_der().unwrap());
    let token = token_of(&issuer, &spec);
    let text = source("be", "BE").replace("eid-card", "pinned-leaf");
    let trust = trust_of(&text, &BTreeMap::from([("be".to_owned(), Material::Bytes(der))]));
    let world = World { trust, ..World::new() };
    // Nobody says under which policy it holds.
    assert_eq!(code(&ask(&world, &token, &[])), Code::CardPolicyUnlisted);
    assert_eq!(needs(&ask(&World::new(), &token, &[])).len(), 1);
}

#[test]
fn an_own_scheme_makes_no_numbers_of_another_state() {
    let scheme = |country: &str, more: &str| {
        let text = format!(
            "{POLICY}[[cards.scheme]]\nname = \"own\"\ncountry = \"{country}\"\nsource = \"s\"\n\
             form = \"bare\"\npatterns = [\"99999999999\"]\nnumber = \"none\"\n{more}\n"
        );
        let mut findings = Findings::new();
        let read = Policy::from_toml(&text, "policy.toml", &mut findings).is_some();
        (read, findings.to_string())
    };
    // A bare Finnish number that would be an Estonian, a Belgian, a Portuguese person.
    for (right, wrong, more, part) in [
        ("EE", "FI", "kind = \"etsi-pno\"\nas = \"PNOEE-\"", "as: "),
        ("BE", "FI", "kind = \"be-nrn\"", "kind: "),
        ("FI", "SE", "kind = \"fi-finuid\"", "kind: "),
        ("PT", "ES", "kind = \"pt-bi\"", "kind: "),
    ] {
        assert_eq!(scheme(right, more), (true, String::new()));
        let (read, found) = scheme(wrong, more);
        assert!(!read, "{more}");
        assert!(found.contains(part), "{found}");
    }
    for odd in ["-", "EE-", "PNOEE", "pnoEE-", "PNOXEE-", "IDCEE-PNOEE-"] {
        let (read, _) = scheme("EE", &format!("kind = \"etsi-pno\"\nas = \"{odd}\""));
        assert!(!read, "{odd}");
    }
}

// The verdict on an Estonian card whose subject has one attribute in the place of the honest one.
fn subject(oid: &str, value: Option<Vec<u8>>) -> Verdict<Identity> {
    let world = World::new();
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let mut spec = issuer.card_spec().unwrap();
    match value {
        Some(value) => {
            let mut more = spec.subject.more.iter_mut();
            more.find(|(other, _)| other == oid).unwrap().1 = value;
        }
        None => spec.subject.more.retain(|(other, _)| other != oid),
    }
    ask(&world, &token_of(&issuer, &spec), &[])
}

fn typed(tag: u8, text: &[u8]) -> Option<Vec<u8>> {
    Some([&[tag, u8::try_from(text.len()).unwrap()], text].concat())
}

const SERIAL: &str = "2.5.4.5";
const SURNAME: &str = "2.5.4.4";
const COUNTRY: &str = "2.5.4.6";
const UTF8: u8 = 0x0c;
const PRINTABLE: u8 = 0x13;

#[test]
fn no_other_spelling_of_a_number_is_somebody() {
    let number = b"PNOEE-38001085718";
    for tag in [UTF8, PRINTABLE] {
        assert_eq!(needs(&subject(SERIAL, typed(tag, number))).len(), 1);
    }
    for bad in [
        &b"PNOEE-38001085718\0"[..],
        b"PNOEE-38001085718\0PNOEE-30303039914",
        b"PNOEE-38001085718 ",
        b" PNOEE-38001085718",
        b"pnoee-38001085718",
        b"PNOEE-3800108571\xd9\xa8",
        b"PNO\xd0\x95\xd0\x95-38001085718",
        b"PNOEE\xe2\x80\x9038001085718",
        b"PNOEE-PNOEE-38001085718",
        b"PNOEE-38001085718,PNOEE-30303039914",
        b"PNOFI-38001085718",
        b"PASEE-38001085718",
        b"IDCEE-38001085718",
        b"38001085718",
        b"PNOEE--3800108571",
    ] {
        let verdict = subject(SERIAL, typed(UTF8, bad));
        assert_eq!(code(&verdict), Code::IdentityScheme, "{:?}", String::from_utf8_lossy(bad));
    }
    // Teletex, IA5, numeric, BMP, universal, octets: not Unicode as RFC 5280 has it.
    let wide: Vec<u8> = number.iter().flat_map(|byte| [0, *byte]).collect();
    for (tag, text) in
        [(0x14, &number[..]), (0x16, number), (0x1e, &wide), (0x04, number), (0x1a, number)]
    {
        let code = code(&subject(SERIAL, typed(tag, text)));
        assert!(
            matches!(code, Code::IdentityMalformed | Code::CertMalformed),
            "{tag:02x} {code:?}"
        );
    }
    assert_eq!(code(&subject(SERIAL, typed(UTF8, b""))), Code::IdentityMalformed);
    assert_eq!(code(&subject(SERIAL, None)), Code::IdentityMissing);
    for bad in ["ee", "FI", "E", "EST", "EE\0"] {
        let verdict = subject(COUNTRY, typed(UTF8, bad.as_bytes()));
        let code = code(&verdict);
        assert!(matches!(code, Code::IssuerCountry | Code::CertMalformed), "{bad:?} {code:?}");
    }
    for bad in ["A\0B", "A\u{202e}B", "A\nB", "\u{7f}"] {
        let verdict = subject(SURNAME, typed(UTF8, bad.as_bytes()));
        assert_eq!(code(&verdict), Code::IdentityMalformed, "{bad:?}");
    }
}

#[test]
fn one_answer_does_not_speak_for_another_certificate_or_time() {
    let world = World::new();
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let spec = issuer.card_spec().unwrap();
    let token = token_of(&issuer, &spec);
    let need = needs(&ask(&world, &token, &[]))[0].clone();
    let good = answer(&issuer, &spec, Status::Good, &need);
    let revoked = answer(&issuer, &spec, Status::Revoked, &need);
    let unknown = answer(&issuer, &spec, Status::Unknown, &need);
    assert!(is_accepted(&ask(&world, &token, std::slice::from_ref(&good))));
    assert!(is_accepted(&ask(&world, &token, &[good.clone(), good.clone()])));
    for other in [&revoked, &unknown] {
        for both in [[good.clone(), other.clone()], [other.clone(), good.clone()]] {
            assert_eq!(code(&ask(&world, &token, &both)), Code::StatusContradiction);
        }
    }
    // The answer about a card with another number, of the same CA; of the same number, of another CA.
    let mut second = issuer.card_spec().unwrap();
    second.serial = vec![0x55; 8];
    let about = |bend: &dyn Fn(Ocsp) -> Ocsp, spec: &CertificateSpec| {
        let mut ocsp = issuer.ocsp(spec, Status::Good).unwrap();
        ocsp.nonce = eid_broker_maker::ocsp::nonce_of(&need.request);
        bend(ocsp).build().unwrap()
    };
    let same = |ocsp: Ocsp| ocsp;
    assert!(is_accepted(&ask(&world, &token, &[about(&same, &spec)])));
    assert_eq!(code(&ask(&world, &token, &[about(&same, &second)])), Code::OcspMismatch);
    let finnish = CardIssuer::new(Shape::Finnish).unwrap();
    let foreign = finnish.ocsp(&spec, Status::Good).unwrap();
    assert_eq!(code(&ask(&world, &token, &[foreign.build().unwrap()])), Code::OcspMismatch);
    let stolen = |mut ocsp: Ocsp| {
        ocsp.responder_der = finnish.responder_spec().unwrap().build(&finnish.ca).unwrap();
        ocsp
    };
    assert_eq!(code(&ask(&world, &token, &[about(&stolen, &spec)])), Code::OcspResponder);
    // The card speaks for itself.
    let itself = |mut ocsp: Ocsp| {
        (ocsp.responder_der, ocsp.key) = (spec.build(&issuer.ca).unwrap(), issuer.card.clone());
        ocsp
    };
    assert_eq!(code(&ask(&world, &token, &[about(&itself, &spec)])), Code::OcspResponder);
    let at = |this: i64, next: i64| {
        let bend = move |mut ocsp: Ocsp| {
            (ocsp.produced_at, ocsp.this_update, ocsp.next_update) =
                (NOW + this, NOW + this, Some(NOW + next));
            ocsp
        };
        ask(&world, &token, &[about(&bend, &spec)])
    };
    assert!(is_accepted(&at(300, 600)));
    assert_eq!(code(&at(301, 600)), Code::StatusFuture);
    assert!(is_accepted(&at(-600, -300)));
    assert_eq!(code(&at(-600, -301)), Code::StatusStale);
    // What is at hand is no answer: a certificate, a request, a token.
    for odd in [issuer.card_der().unwrap(), need.request.clone(), token.clone().into_bytes()] {
        assert_eq!(code(&ask(&world, &token, &[odd])), Code::OcspMalformed);
    }
}

#[test]
fn salt_hash_and_kind_of_a_signature_are_those_of_the_algorithm() {
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::rsa::Padding;
    use openssl::sign::{RsaPssSaltlen, Signer};
    let world = World::new();
    let issuer = CardIssuer::new(Shape::Belgian).unwrap();
    let spec = WebEidSpec::new(issuer.card_der().unwrap(), "PS256", ORIGIN, NONCE);
    let sha256 =
        |text: &str| ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref().to_vec();
    let value = [sha256(ORIGIN), sha256(NONCE)].concat();
    let key = PKey::private_key_from_pkcs8(issuer.card.pkcs8_der()).unwrap();
    let sign = |mgf: MessageDigest, salt: Option<i32>| {
        let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
        if let Some(salt) = salt {
            signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
            signer.set_rsa_mgf1_md(mgf).unwrap();
            signer.set_rsa_pss_saltlen(RsaPssSaltlen::custom(salt)).unwrap();
        }
        signer.sign_oneshot_to_vec(&value).unwrap()
    };
    let verdict = |algorithm: &str, signature: &[u8]| {
        let spec = WebEidSpec { algorithm: algorithm.to_owned(), ..spec.clone() };
        ask(&world, &spec.with_signature(signature), &[])
    };
    let (pss, pkcs1) =
        (sign(MessageDigest::sha256(), Some(32)), sign(MessageDigest::sha256(), None));
    assert_eq!(needs(&verdict("PS256", &pss)).len(), 1);
    assert_eq!(needs(&verdict("RS256", &pkcs1)).len(), 1);
    for salt in [0, 20, 31, 33, 222] {
        let other = sign(MessageDigest::sha256(), Some(salt));
        assert_eq!(code(&verdict("PS256", &other)), Code::SigInvalid, "{salt}");
    }
    let mgf = sign(MessageDigest::sha1(), Some(32));
    assert_eq!(code(&verdict("PS256", &mgf)), Code::SigInvalid);
    assert_eq!(code(&verdict("PS256", &pkcs1)), Code::SigInvalid);
    assert_eq!(code(&verdict("RS256", &pss)), Code::SigInvalid);
    // Not in the policy, and not for this key.
    assert_eq!(code(&verdict("RS512", &pkcs1)), Code::AlgNotAllowed);
    assert_eq!(code(&verdict("ES256", &pkcs1)), Code::AlgKeyMismatch);
    assert_eq!(code(&verdict("RS256", &[0; 256])), Code::SigInvalid);
    assert_eq!(code(&verdict("RS256", &[&pkcs1[..], &[0]].concat())), Code::SigInvalid);
    assert_eq!(code(&verdict("RS256", &[&[0], &pkcs1[..]].concat())), Code::SigInvalid);
}

#[test]
fn no_prefix_and_no_changed_byte_of_a_token_is_another_login() {
    let world = World::new();
    let issuer = CardIssuer::new(Shape::BelgianEc).unwrap();
    let token = token_of(&issuer, &issuer.card_spec().unwrap());
    assert_eq!(needs(&ask(&world, &token, &[])).len(), 1);
    for len in (0..token.len()).step_by(5) {
        assert!(ask(&world, token.get(..len).unwrap(), &[]).refusal().is_some(), "{len}");
    }
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    let honest = value(&token).unwrap();
    for at in (0..token.len()).step_by(3) {
        for flip in [1, 0x20] {
            let mut changed = token.clone().into_bytes();
            changed[at] ^= flip;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            if ask(&world, &changed, &[]).refusal().is_none() {
                // Only what means nothing may differ.
                let changed = value(&changed).unwrap();
                for name in ["unverifiedCertificate", "algorithm", "signature", "format"] {
                    assert_eq!(changed[name], honest[name], "{at}");
                }
            }
        }
    }
    // A member twice, also under another spelling of its name.
    for (right, wrong) in [
        ("{", "{\"signature\":\"AAAA\","),
        ("{", "{\"s\\u0069gnature\":\"AAAA\","),
        ("{", "{\"other\":{\"a\":1,\"a\":2},"),
    ] {
        let twice = token.replacen(right, wrong, 1);
        assert_eq!(code(&ask(&world, &twice, &[])), Code::AmbiguousMember);
    }
    for deep in ["[", "{\"a\":"] {
        let deep = token.replacen('{', &format!("{{\"x\":{}", deep.repeat(1_000)), 1);
        assert!(ask(&world, &deep, &[]).refusal().is_some());
    }
    let huge = token.replacen('{', &format!("{{\"x\":\"{}\",", "a".repeat(20_000)), 1);
    assert_eq!(code(&ask(&world, &huge, &[])), Code::LimitSize);
}

#[test]
fn a_policy_of_two_levels_gives_the_level_of_its_rule() {
    // The level is of the first rule that fits, in the order of the file; the card has no say.
    let world = World::new();
    let issuer = CardIssuer::new(Shape::Finnish).unwrap();
    let spec = issuer.card_spec().unwrap();
    let high = Extension::certificate_policies(&[
        "1.3.6.1.4.1.51361.1.2.1",
        Shape::Finnish.policy(),
        BE_CARD,
    ]);
    let spec = spec.replacing(high.unwrap());
    let token = token_of(&issuer, &spec);
    let need = needs(&ask(&world, &token, &[]))[0].clone();
    let evidence = answer(&issuer, &spec, Status::Good, &need);
    let Verdict::Accepted(accepted) = ask(&world, &token, &[evidence]) else { panic!("refused") };
    assert_eq!(accepted.value().loa().level, LevelOfAssurance::Substantial);
}
