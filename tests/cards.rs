//! Cards of the test issuers through both families: what is accepted, and one refusal for each way in
//! which an honest card is bent.

#![cfg(test)]
#![cfg(feature = "openssl")]

mod card_kit;

use card_kit::{
    NONCE, ORIGIN, POLICY, World, answer, broker, needs, now, policy, source, trust_of, web_eid,
};
use eid_broker::identity::{AttributeName, AttributeValue, Family, Identity, LevelOfAssurance};
use eid_broker::pki::Evidence;
use eid_broker::token::certificate::{Handshake, TlsVersion};
use eid_broker::token::{self, Context};
use eid_broker::trust::Material;
use eid_broker::verdict::{Check, Code, Outcome, Verdict};
use eid_broker_maker::card::{CardIssuer, EKU_OCSP_SIGNING, POLICY_MOBILE_ID, Shape, WebEidSpec};
use eid_broker_maker::cert::{CertificateSpec, Extension, KeyUsage, Name};
use eid_broker_maker::ocsp::Status;
use eid_broker_maker::{NOW, keys};
use serde_json::json;
use std::collections::BTreeMap;

fn ask(world: &World, family: Family, token: &str, evidence: &[Vec<u8>]) -> Verdict<Identity> {
    let answers: Vec<&[u8]> = evidence.iter().map(Vec::as_slice).collect();
    let context = Context::new(&world.policy, &world.trust, &world.paths, NONCE, ORIGIN, now())
        .with_evidence(Evidence::ocsp(&answers));
    token::verify(family, token.as_bytes(), &context)
}

fn code(verdict: &Verdict<Identity>) -> Code {
    verdict.refusal().unwrap_or_else(|| panic!("{}", verdict.word())).code()
}

fn handshake(card: Vec<u8>) -> Handshake {
    Handshake {
        tls: TlsVersion::V1_3,
        resumed: false,
        handshake_at: now().minus(5),
        server_name: "login.example.org".to_owned(),
        certificates: vec![card],
    }
}

// The token of a family over a certificate.
fn token_of(family: Family, issuer: &CardIssuer, spec: &CertificateSpec) -> String {
    let der = spec.build(&issuer.ca).unwrap();
    if family == Family::WebEid { web_eid(der, &issuer.card) } else { handshake(der).to_json() }
}

const FAMILIES: [Family; 2] = [Family::WebEid, Family::Certificate];

// Asks, fetches what is needed, and asks again.
fn accepted(world: &World, family: Family, shape: Shape) -> Identity {
    let issuer = CardIssuer::new(shape).unwrap();
    let spec = issuer.card_spec().unwrap();
    let token = token_of(family, &issuer, &spec);
    let first = ask(world, family, &token, &[]);
    let [need] = needs(&first) else { panic!("one need") };
    let evidence = answer(&issuer, &spec, Status::Good, need);
    let verdict = ask(world, family, &token, &[evidence]);
    let Verdict::Accepted(accepted) = verdict else { panic!("{:?}", verdict.refusal()) };
    for check in token::mandatory(family) {
        let outcome = accepted.ledger().outcome(*check);
        assert!(matches!(outcome, Outcome::Passed | Outcome::NotApplicable), "{}", check.name());
    }
    accepted.into_parts().0
}

#[expect(clippy::wildcard_enum_match_arm, reason = "cards have these attributes")]
fn text(identity: &Identity, name: AttributeName) -> Option<String> {
    Some(match &identity.attribute(name)?.value {
        AttributeValue::Name(name) => name.original.as_str().to_owned(),
        AttributeValue::Text(text) => text.as_str().to_owned(),
        AttributeValue::BirthDate(date) => date.to_string(),
        AttributeValue::Country(country) => country.to_string(),
        other => panic!("{other:?}"),
    })
}

#[test]
fn cards_of_every_shape_name_their_person() {
    let world = World::new();
    for family in FAMILIES {
        let estonian = accepted(&world, family, Shape::Estonian);
        assert_eq!(text(&estonian, AttributeName::FamilyName).as_deref(), Some("JÕEORG"));
        assert_eq!(text(&estonian, AttributeName::GivenName).as_deref(), Some("JAAK-KRISTJAN"));
        assert_eq!(text(&estonian, AttributeName::Birthdate).as_deref(), Some("1980-01-08"));
        assert_eq!(text(&estonian, AttributeName::IssuingCountry).as_deref(), Some("EE"));
        let identifier = estonian.identifier().unwrap();
        assert_eq!(identifier.kind().name(), "etsi-pno");
        assert_eq!(identifier.value(), "PNOEE-38001085718");
        assert_eq!(&*estonian.provenance().anchor, "ee");
        assert_eq!(&*estonian.provenance().credential_type, "1.3.6.1.4.1.51361.1.2.1");
        assert_eq!((estonian.loa().level, estonian.loa().notified), (LevelOfAssurance::High, true));

        for shape in [Shape::Belgian, Shape::BelgianEc] {
            let belgian = accepted(&world, family, shape);
            assert_eq!(text(&belgian, AttributeName::GivenName).as_deref(), Some("Nora Angèle"));
            assert_eq!(text(&belgian, AttributeName::Birthdate).as_deref(), Some("1985-07-30"));
            assert_eq!(belgian.identifier().unwrap().kind().name(), "be-nrn");
        }
        let finnish = accepted(&world, family, Shape::Finnish);
        assert_eq!(text(&finnish, AttributeName::FamilyName).as_deref(), Some("MUSTERÄ"));
        assert_eq!(text(&finnish, AttributeName::Birthdate), None);
        assert_eq!(text(&finnish, AttributeName::PersonalAdministrativeNumber), None);
        assert_eq!(finnish.identifier().unwrap().kind().name(), "fi-finuid");
        assert_eq!(finnish.loa().level, LevelOfAssurance::Substantial);
    }
}

// Bends what the certificate says; status is never reached.
fn bent(shape: Shape, bend: impl Fn(CertificateSpec) -> CertificateSpec) -> [Code; 2] {
    let world = World::new();
    let issuer = CardIssuer::new(shape).unwrap();
    let spec = bend(issuer.card_spec().unwrap());
    FAMILIES.map(|family| code(&ask(&world, family, &token_of(family, &issuer, &spec), &[])))
}

fn both(code: Code) -> [Code; 2] {
    [code, code]
}

#[test]
fn a_certificate_outside_its_time_is_refused() {
    let at = |not_before, not_after| {
        bent(Shape::Estonian, move |mut spec| {
            (spec.not_before, spec.not_after) = (not_before, not_after);
            spec
        })
    };
    assert_eq!(at(NOW - 10, NOW - 1), both(Code::CardExpired));
    assert_eq!(at(NOW + 1, NOW + 10), both(Code::CardNotYetValid));
    // Both ends are inclusive: the status is what is missing then.
    let world = World::new();
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    for (not_before, not_after) in [(NOW, NOW + 10), (NOW - 10, NOW)] {
        let mut spec = issuer.card_spec().unwrap();
        (spec.not_before, spec.not_after) = (not_before, not_after);
        let token = token_of(Family::WebEid, &issuer, &spec);
        assert_eq!(needs(&ask(&world, Family::WebEid, &token, &[])).len(), 1);
    }
}

#[test]
fn a_certificate_for_something_else_is_refused() {
    let usage = |usages: &'static [KeyUsage]| {
        bent(Shape::Estonian, move |spec| spec.replacing(Extension::key_usage(true, usages)))
    };
    assert_eq!(usage(&[KeyUsage::NonRepudiation]), both(Code::CardKeyUsage));
    assert_eq!(usage(&[KeyUsage::KeyAgreement]), both(Code::CardKeyUsage));
    assert_eq!(
        usage(&[KeyUsage::DigitalSignature, KeyUsage::NonRepudiation]),
        both(Code::CardKeyUsage)
    );
    assert_eq!(bent(Shape::Estonian, |spec| spec.without("2.5.29.15")), both(Code::CardKeyUsage));
    let purpose = |purposes: &'static [&'static str]| {
        bent(Shape::Estonian, move |spec| {
            spec.replacing(Extension::extended_key_usage(true, purposes).unwrap())
        })
    };
    assert_eq!(purpose(&[EKU_OCSP_SIGNING]), both(Code::CardPurpose));
    assert_eq!(purpose(&["2.5.29.37.0"]), both(Code::CardPurpose));
    // Luxembourg has none at all.
    let world = World::new();
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let spec = issuer.card_spec().unwrap().without("2.5.29.37");
    let token = token_of(Family::WebEid, &issuer, &spec);
    assert_eq!(needs(&ask(&world, Family::WebEid, &token, &[])).len(), 1);
}

#[test]
fn policies_decide_what_a_card_is() {
    let policies = |policies: &'static [&'static str]| {
        bent(Shape::Estonian, move |spec| {
            spec.replacing(Extension::certificate_policies(policies).unwrap())
        })
    };
    assert_eq!(policies(&[POLICY_MOBILE_ID]), both(Code::CardPolicyDenied));
    // A denied policy beside a listed one is denied all the same.
    assert_eq!(
        policies(&["1.3.6.1.4.1.51361.1.2.1", "1.3.6.1.4.1.10015.1.3"]),
        both(Code::CardPolicyDenied)
    );
    assert_eq!(policies(&["0.4.0.2042.1.2"]), both(Code::CardPolicyUnlisted));
    assert_eq!(policies(&["2.16.56.12.1.1.2.2"]), both(Code::CardPolicyUnlisted));
    assert_eq!(
        bent(Shape::Estonian, |spec| spec.without("2.5.29.32")),
        both(Code::CardPolicyUnlisted)
    );
}

#[test]
fn a_foreign_ca_and_a_weak_key_are_refused() {
    assert_eq!(bent(Shape::Foreign, |spec| spec), both(Code::KeyUntrusted));
    let world = World::new();
    let roca = CardIssuer::new(Shape::Belgian).unwrap().with_card(keys::card_roca().unwrap());
    let spec = roca.card_spec().unwrap();
    for family in FAMILIES {
        let verdict = ask(&world, family, &token_of(family, &roca, &spec), &[]);
        assert_eq!(code(&verdict), Code::KeyRoca);
        assert_eq!(verdict.ledger().outcome(Check::CardKey), Outcome::Failed);
    }
    // The name of the trusted CA, another key.
    let mut impostor = CardIssuer::new(Shape::Estonian).unwrap();
    impostor.ca = keys::card_foreign_ca().unwrap();
    let spec = impostor.card_spec().unwrap();
    let token = token_of(Family::WebEid, &impostor, &spec);
    assert_eq!(code(&ask(&world, Family::WebEid, &token, &[])), Code::ChainSignature);
}

#[test]
fn only_the_subject_says_who_it_is() {
    let subject = |attributes: &'static [(&'static str, &'static str)]| {
        bent(Shape::Estonian, move |mut spec| {
            spec.subject = Name::of(attributes);
            spec
        })
    };
    const C: (&str, &str) = ("2.5.4.6", "EE");
    const SURNAME: (&str, &str) = ("2.5.4.4", "JÕEORG");
    const SERIAL: (&str, &str) = ("2.5.4.5", "PNOEE-38001085718");
    assert_eq!(subject(&[C, SURNAME]), both(Code::IdentityMissing));
    assert_eq!(subject(&[C, SERIAL]), both(Code::IdentityMissing));
    assert_eq!(subject(&[SURNAME, SERIAL]), both(Code::IssuerCountry));
    assert_eq!(subject(&[("2.5.4.6", "FI"), SURNAME, SERIAL]), both(Code::IssuerCountry));
    assert_eq!(subject(&[C, SURNAME, SERIAL, SERIAL]), both(Code::AmbiguousAttribute));
    assert_eq!(subject(&[C, SURNAME, ("2.5.4.5", "38001085718")]), both(Code::IdentityScheme));
    assert_eq!(
        subject(&[C, SURNAME, ("2.5.4.5", "PNOFI-38001085718")]),
        both(Code::IdentityScheme)
    );
    assert_eq!(subject(&[C, ("2.5.4.4", "A\u{202e}B"), SERIAL]), both(Code::IdentityMalformed));
    let organization = [C, SURNAME, SERIAL, ("2.5.4.97", "NTREE-10747013")];
    let world = World::new();
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let mut spec = issuer.card_spec().unwrap();
    spec.subject = Name::of(&organization);
    let token = token_of(Family::Certificate, &issuer, &spec);
    assert_eq!(code(&ask(&world, Family::Certificate, &token, &[])), Code::IdentityLegalPerson);
}

#[test]
fn the_status_is_looked_at_and_nothing_else_counts_as_good() {
    let world = World::new();
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let spec = issuer.card_spec().unwrap();
    for family in FAMILIES {
        let token = token_of(family, &issuer, &spec);
        let first = ask(&world, family, &token, &[]);
        let need = needs(&first)[0].clone();
        let ask = |evidence: Vec<u8>| ask(&world, family, &token, &[evidence]);
        assert_eq!(code(&ask(answer(&issuer, &spec, Status::Revoked, &need))), Code::StatusRevoked);
        assert_eq!(code(&ask(answer(&issuer, &spec, Status::Unknown, &need))), Code::StatusUnknown);
        let mut other = issuer.ocsp(&spec, Status::Good).unwrap();
        other.nonce = Some(vec![7; 32]);
        assert_eq!(code(&ask(other.build().unwrap())), Code::OcspNonce);
        let mut twice = issuer.ocsp(&spec, Status::Good).unwrap();
        twice.repeat = 2;
        assert_eq!(code(&ask(twice.build().unwrap())), Code::OcspRepeated);
        let mut old = issuer.ocsp(&spec, Status::Good).unwrap();
        (old.this_update, old.next_update) = (NOW - 90_000, Some(NOW - 86_400));
        assert_eq!(code(&ask(old.build().unwrap())), Code::StatusStale);
        // The responder of another CA.
        let foreign = CardIssuer::new(Shape::Finnish).unwrap();
        let mut answer = issuer.ocsp(&spec, Status::Good).unwrap();
        answer.responder_der = foreign.responder_spec().unwrap().build(&foreign.ca).unwrap();
        assert_eq!(code(&ask(answer.build().unwrap())), Code::OcspResponder);
        assert_eq!(code(&ask(b"not DER".to_vec())), Code::OcspMalformed);
    }
}

#[test]
fn a_laboratory_policy_leaves_the_status_out_and_says_so() {
    let text = POLICY.replacen(
        "version = 1\n[cards]",
        "version = 1\nlaboratory = true\n[cards]\nstatus = \"not-evaluated\"",
        1,
    );
    let world = World { policy: policy(&text), ..World::new() };
    let issuer = CardIssuer::new(Shape::Finnish).unwrap();
    let spec = issuer.card_spec().unwrap();
    for family in FAMILIES {
        let verdict = ask(&world, family, &token_of(family, &issuer, &spec), &[]);
        let Verdict::Accepted(accepted) = verdict else { panic!("{:?}", verdict.refusal()) };
        assert!(accepted.value().is_laboratory());
        assert_eq!(accepted.ledger().outcome(Check::ChainRevocation), Outcome::NotEvaluated);
    }
}

#[test]
fn a_web_eid_token_is_for_its_origin_nonce_and_key() {
    let world = World::new();
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let der = issuer.card_der().unwrap();
    let honest = WebEidSpec::new(der.clone(), "ES384", ORIGIN, NONCE);
    let ask = |token: &str| ask(&world, Family::WebEid, token, &[]);
    assert_eq!(needs(&ask(&honest.sign(&issuer.card).unwrap())).len(), 1);
    for origin in [
        "https://login.example.org/",
        "https://login.example.org:8443",
        "http://login.example.org",
        "https://login.example.org.",
        "https://Login.example.org",
    ] {
        let token = WebEidSpec { origin: origin.to_owned(), ..honest.clone() };
        assert_eq!(code(&ask(&token.sign(&issuer.card).unwrap())), Code::SigInvalid, "{origin}");
    }
    let other = WebEidSpec { nonce: NONCE.replacen('M', "N", 1), ..honest.clone() };
    assert_eq!(code(&ask(&other.sign(&issuer.card).unwrap())), Code::SigInvalid);
    // Another card's certificate, of the same CA.
    let second = CardIssuer::new(Shape::Estonian).unwrap().with_card(keys::holder_es384().unwrap());
    let swapped = WebEidSpec { certificate_der: second.card_der().unwrap(), ..honest.clone() };
    assert_eq!(code(&ask(&swapped.sign(&issuer.card).unwrap())), Code::SigInvalid);
    for (algorithm, wanted) in [
        ("ES256", Code::AlgKeyMismatch),
        ("ES512", Code::AlgKeyMismatch),
        ("RS256", Code::AlgKeyMismatch),
        ("none", Code::AlgNotAllowed),
    ] {
        let bent = WebEidSpec { algorithm: algorithm.to_owned(), ..honest.clone() };
        assert_eq!(code(&ask(&bent.with_signature(&[1; 96]))), wanted, "{algorithm}");
    }
    let signature = honest.signature(&issuer.card).unwrap();
    let mut flipped = signature.clone();
    flipped[10] ^= 1;
    for bad in [flipped, vec![0; 96], signature[..95].to_vec(), [&signature[..], &[0]].concat()] {
        assert_eq!(code(&ask(&honest.with_signature(&bad))), Code::SigInvalid);
    }
    let value: Vec<u8> = [ORIGIN, NONCE]
        .iter()
        .flat_map(|text| {
            ring::digest::digest(&ring::digest::SHA384, text.as_bytes()).as_ref().to_vec()
        })
        .collect();
    let der_form = issuer.card.sign_der(&value).unwrap();
    assert_eq!(code(&ask(&honest.with_signature(&der_form))), Code::SigInvalid);
}

#[test]
fn what_is_expected_of_a_card_has_its_form() {
    let world = World::new();
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let der = issuer.card_der().unwrap();
    let ask = |origin: &str, nonce: &str| {
        let token =
            WebEidSpec::new(der.clone(), "ES384", origin, nonce).sign(&issuer.card).unwrap();
        let context = Context::new(&world.policy, &world.trust, &world.paths, nonce, origin, now());
        token::verify(Family::WebEid, token.as_bytes(), &context)
    };
    assert_eq!(needs(&ask(ORIGIN, NONCE)).len(), 1);
    assert_eq!(code(&ask(ORIGIN, NONCE.get(..43).unwrap())), Code::NonceWeak);
    assert_eq!(code(&ask(ORIGIN, "")), Code::NonceWeak);
    assert_eq!(code(&ask("https://login.example.org/", NONCE)), Code::OriginMalformed);
    assert_eq!(code(&ask("", NONCE)), Code::OriginMalformed);
}

#[test]
fn certificates_for_signatures_are_of_the_same_person_and_say_nothing() {
    let world = World::new();
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let signing = |bend: &dyn Fn(CertificateSpec) -> CertificateSpec| {
        use base64::Engine;
        let key = keys::holder_es384().unwrap();
        let signer = CardIssuer::new(Shape::Estonian).unwrap().with_card(key);
        let spec = signer.card_spec().unwrap();
        let spec = spec.replacing(Extension::key_usage(true, &[KeyUsage::NonRepudiation]));
        let der = bend(spec.without("2.5.29.37")).build(&signer.ca).unwrap();
        let mut token = WebEidSpec::new(issuer.card_der().unwrap(), "ES384", ORIGIN, NONCE);
        token.format = "web-eid:1.1".to_owned();
        let entry = json!([{
            "certificate": base64::engine::general_purpose::STANDARD.encode(der),
            "supportedSignatureAlgorithms":
                [{"cryptoAlgorithm": "ECC", "hashFunction": "SHA-384", "paddingScheme": "NONE"}],
        }]);
        token.more.insert("unverifiedSigningCertificates".to_owned(), entry);
        ask(&world, Family::WebEid, &token.sign(&issuer.card).unwrap(), &[])
    };
    assert_eq!(needs(&signing(&|spec| spec)).len(), 1);
    let other = |mut spec: CertificateSpec| {
        spec.subject = Name::of(&[("2.5.4.6", "EE"), ("2.5.4.5", "PNOEE-30303039914")]);
        spec
    };
    assert_eq!(code(&signing(&other)), Code::CardKeyUsage);
    let login = |spec: CertificateSpec| {
        spec.replacing(Extension::key_usage(true, &[KeyUsage::DigitalSignature]))
    };
    assert_eq!(code(&signing(&login)), Code::CardKeyUsage);
    let foreign = |spec: CertificateSpec| {
        let ca = keys::card_foreign_ca().unwrap();
        spec.replacing(Extension::authority_key_identifier(&ca))
    };
    assert_eq!(code(&signing(&foreign)), Code::CardKeyUsage);
}

#[test]
fn a_handshake_is_fresh_whole_and_for_this_server() {
    let world = World::new();
    let issuer = CardIssuer::new(Shape::Belgian).unwrap();
    let honest = handshake(issuer.card_der().unwrap());
    let ask = |handshake: &Handshake| ask(&world, Family::Certificate, &handshake.to_json(), &[]);
    assert_eq!(needs(&ask(&honest)).len(), 1);
    let resumed = Handshake { resumed: true, ..honest.clone() };
    assert_eq!(code(&ask(&resumed)), Code::SessionResumed);
    let at = |secs: i64| Handshake {
        handshake_at: eid_broker::UnixTime::from_secs((NOW + secs).unsigned_abs()),
        ..honest.clone()
    };
    assert_eq!(needs(&ask(&at(-300))).len(), 1);
    assert_eq!(code(&ask(&at(-301))), Code::TimeTooOld);
    assert_eq!(needs(&ask(&at(30))).len(), 1);
    assert_eq!(code(&ask(&at(31))), Code::TimeFuture);
    for name in ["", "example.org", "login.example.org.", "LOGIN.example.org"] {
        let other = Handshake { server_name: name.to_owned(), ..honest.clone() };
        assert_eq!(code(&ask(&other)), Code::OriginMismatch, "{name}");
    }
    // Certificates that lead nowhere change nothing; the card comes first.
    let ca = issuer.ca_der().unwrap();
    let more = Handshake {
        certificates: vec![honest.certificates[0].clone(), ca.clone()],
        ..honest.clone()
    };
    assert_eq!(needs(&ask(&more)).len(), 1);
    let reversed =
        Handshake { certificates: vec![ca, honest.certificates[0].clone()], ..honest.clone() };
    assert_eq!(code(&ask(&reversed)), Code::CardKeyUsage);
}

#[test]
fn a_family_without_rules_and_anchors_that_are_not_there_accept_nothing() {
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let spec = issuer.card_spec().unwrap();
    let none = World { trust: trust_of("", &BTreeMap::new()), ..World::new() };
    let material = BTreeMap::from([("ee".to_owned(), Material::Bytes(issuer.ca_der().unwrap()))]);
    // The same CA for wallets does not serve cards.
    let wallets =
        source("ee", "EE").replace("card-issue", "pid-status").replace("eid-card", "etsi-pid");
    let wallets = World { trust: trust_of(&wallets, &material), ..World::new() };
    for family in FAMILIES {
        let token = token_of(family, &issuer, &spec);
        assert_eq!(code(&ask(&none, family, &token, &[])), Code::TrustMissing);
        assert_eq!(code(&ask(&wallets, family, &token, &[])), Code::TrustMissing);
        let text = POLICY.replace("[web_eid]\n", "").replace("[certificate]\n", "");
        let wanted = format!(
            "{text}[{}]\n",
            if family == Family::WebEid { "certificate" } else { "web_eid" }
        );
        let world = World { policy: policy(&wanted), ..World::new() };
        assert_eq!(code(&ask(&world, family, &token, &[])), Code::TypeUnknown);
    }
}

#[test]
fn an_anchor_caps_the_level() {
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let material = BTreeMap::from([("ee".to_owned(), Material::Bytes(issuer.ca_der().unwrap()))]);
    let text = format!("{}loa_cap = \"low\"\n", source("ee", "EE"));
    let world = World { trust: trust_of(&text, &material), ..World::new() };
    let identity = accepted(&world, Family::WebEid, Shape::Estonian);
    assert_eq!(identity.loa().level, LevelOfAssurance::Low);
}

const REGISTER: &str = r#"
version = 1
[procedure."urn:procedure:tax"]
name = "Tax"
owner = "Example"
legal_basis = "GDPR 6(1)(e)"
sector = "tax"
clients = ["portal"]
min_loa = "high"
families = ["web_eid"]
[procedure."urn:procedure:tax".scopes.core]
claims = ["family_name", { claim = "birthdate", as = "age_over", over = [18] }]
[client.portal]
auth = { kind = "host" }
"#;

#[test]
fn a_verdict_that_needs_something_leaves_the_expectation_usable_and_an_assertion_does_not() {
    let broker = broker(REGISTER);
    let request = eid_broker::broker::Request::new("portal");
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let spec = issuer.card_spec().unwrap();
    let expected = broker.expect("urn:procedure:tax", Family::WebEid, now()).unwrap();
    let expectation = &expected.expectation;
    assert_eq!((expectation.nonce().len(), expectation.audience()), (44, ORIGIN));
    let der = spec.build(&issuer.ca).unwrap();
    let token = WebEidSpec::new(der, "ES384", expectation.audience(), expectation.nonce());
    let token = token.sign(&issuer.card).unwrap();
    let ask = |evidence: &[&[u8]]| {
        let evidence = Evidence::ocsp(evidence);
        broker.assert_with_evidence(&expected.sealed, &request, token.as_bytes(), evidence, now())
    };
    let need = needs(&ask(&[]))[0].clone();
    // Asked again, the same is needed: request and nonce stay the same.
    assert_eq!(needs(&ask(&[]))[0], need);
    let good = answer(&issuer, &spec, Status::Good, &need);
    let Verdict::Accepted(accepted) = ask(&[&good]) else { panic!("not accepted") };
    assert!(accepted.value().as_str().len() > 100);
    assert_eq!(ask(&[&good]).refusal().unwrap().code(), Code::ReplayExpectation);
    // The challenge of one expectation is not that of another.
    let other = broker.expect("urn:procedure:tax", Family::WebEid, now()).unwrap();
    let verdict = broker.assert(&other.sealed, &request, token.as_bytes(), now());
    assert_eq!(verdict.refusal().unwrap().code(), Code::SigInvalid);
    let denied = broker.expect("urn:procedure:tax", Family::Certificate, now()).unwrap_err();
    assert_eq!(denied.code(), Code::FamilyDenied);
}

// A CA below the anchor, whose own certificate names these policies.
fn below(policies: &[&str], card: impl Fn(CertificateSpec) -> CertificateSpec) -> Code {
    let issuer = CardIssuer::new(Shape::BelgianEc).unwrap();
    let root_key = keys::card_foreign_ca().unwrap();
    let root = Name::new("BE", "Test root");
    let mut middle = issuer.ca_spec().unwrap();
    middle.issuer = root.clone();
    let asked = Extension::authority_info_access_ocsp("http://ocsp.root.example").unwrap();
    middle = middle.with(asked);
    if !policies.is_empty() {
        middle = middle.with(Extension::certificate_policies(policies).unwrap());
    }
    let anchor = CertificateSpec::new(root.clone(), root, &root_key)
        .unwrap()
        .with(Extension::basic_constraints(true, true, None))
        .with(Extension::key_usage(true, &[KeyUsage::KeyCertSign, KeyUsage::CrlSign]));
    let anchor = Material::Bytes(anchor.build(&root_key).unwrap());
    let material = BTreeMap::from([("be".to_owned(), anchor)]);
    let world = World { trust: trust_of(&source("be", "BE"), &material), ..World::new() };
    let spec = card(issuer.card_spec().unwrap());
    let mut presented = handshake(spec.build(&issuer.ca).unwrap());
    presented.certificates.push(middle.build(&root_key).unwrap());
    let verdict = ask(&world, Family::Certificate, &presented.to_json(), &[]);
    // Everything else holds when the status is fetched next.
    verdict.refusal().map_or(Code::NeedsEvidence, |refusal| refusal.code())
}

#[test]
fn a_ca_raises_no_card_above_its_own_policies() {
    let own = Shape::BelgianEc.policy();
    let as_is = |spec| spec;
    assert_eq!(below(&[own], as_is), Code::NeedsEvidence);
    assert_eq!(below(&["1.2.3", own], as_is), Code::NeedsEvidence);
    assert_eq!(below(&["2.5.29.32.0"], as_is), Code::NeedsEvidence);
    for others in [&["1.2.3"][..], &[]] {
        assert_eq!(below(others, as_is), Code::CardPolicyUnlisted);
    }
    let names_more = |spec: CertificateSpec| {
        spec.replacing(
            Extension::certificate_policies(&["1.2.3", Shape::BelgianEc.policy()]).unwrap(),
        )
    };
    assert_eq!(below(&["1.2.3", own], names_more), Code::NeedsEvidence);
    assert_eq!(below(&["1.2.3"], names_more), Code::CardPolicyUnlisted);
}
