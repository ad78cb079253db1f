//! Responses of the German federal account: every check refuses with its code, and its honest twin is
//! accepted.

#![cfg(test)]
#![cfg(feature = "openssl")]

mod saml_desk;

use eid_broker::Identity;
use eid_broker::identity::{
    AttributeName as A, AttributeValue, Family, LevelOfAssurance as L, Loa,
};
use eid_broker::pki::{PathCache, RecipientKey};
use eid_broker::verdict::{Check, Code, Detail, Outcome, Verdict};
use eid_broker_maker::saml::bund_id::{BPK2, BPK2_NAME, BundId, ENTITY, LEVEL, LEVEL_1, LEVEL_3};
use eid_broker_maker::saml::{
    Asked, BROKER, BROKER_ACS, Element, Encryption, Message, REQUEST_ID, sign,
};
use eid_broker_maker::{NOW, keys};
use saml_desk::{Desk, pinned, policy, service, trust};

// The key of the test account is shorter than what is asked of a real one.
const POLICY: &str = "name = \"p\"\nversion = 1\nleeway_s = 30\n[bund_id]\nnotified = false\n";
const METHOD: &str = "[[bund_id.method]]\nname = \"rsa-pss-sha256\"\nmin_rsa_bits = 2048\n";

const MAIL: &str = "urn:oid:0.9.2342.19200300.100.1.3";
const SURNAME: &str = "urn:oid:2.5.4.4";
const BIRTHDATE: &str = "urn:oid:1.2.40.0.10.2.1.1.55";
const NATIONALITY: &str = "urn:oid:1.2.40.0.10.2.1.1.225577";
const PROVED_BY: &str = "urn:oid:1.3.6.1.4.1.25484.494450.2";

fn desk_with(settings: &str, methods: &str) -> Desk {
    let key = keys::saml_bund_id().unwrap();
    let certificate = sign::certificate_pem(&key).unwrap();
    let source = pinned("bund-id", ENTITY, &["idp.pem"], "");
    let own = RecipientKey::from_der(keys::saml_sp_enc_p256().unwrap().pkcs8_der()).unwrap();
    Desk {
        family: Family::BundId,
        policy: policy(&format!("{POLICY}{settings}{methods}")),
        trust: trust(&source, &[("idp.pem", certificate.into_bytes())]),
        service: service(BROKER, BROKER_ACS, vec![own]),
        paths: PathCache::new(1),
        issuer: ENTITY.to_owned(),
        request: REQUEST_ID.to_owned(),
        min_loa: None,
        client_address: None,
        now: eid_broker::UnixTime::from_secs(u64::try_from(NOW).unwrap()),
    }
}

fn desk() -> Desk {
    desk_with("", METHOD)
}

fn account() -> BundId {
    let encryption = Encryption::new(&keys::saml_sp_enc_p256().unwrap()).unwrap();
    BundId { encryption: Some(encryption), ..BundId::new().unwrap() }
}

fn answer(account: &BundId) -> Message {
    account.answer(&Asked::honest(), &[]).unwrap()
}

fn of(account: &BundId) -> Result<Identity, Code> {
    desk().ask(answer(account).to_post().unwrap())
}

fn changed(change: impl FnOnce(&mut Message)) -> Result<Identity, Code> {
    let mut message = answer(&account());
    change(&mut message);
    desk().ask(message.to_post().unwrap())
}

#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds that are there")]
fn an_honest_response_names_the_person() {
    let identity = of(&account()).unwrap();
    assert!(!identity.is_laboratory());
    assert_eq!(identity.loa(), Loa { level: L::High, notified: false });
    let identifier = identity.identifier().unwrap();
    assert_eq!(identifier.kind().name(), "bundid-bpk2");
    assert_eq!(identifier.value(), format!("{BROKER}|{BPK2}"));
    assert_eq!(identity.methods(), ["sc", "pin", "mfa"]);
    let text = |name: A| match &identity.attribute(name).unwrap().value {
        AttributeValue::Name(name) => name.original.as_str().to_owned(),
        AttributeValue::Text(text) => text.as_str().to_owned(),
        AttributeValue::BirthDate(date) => date.to_string(),
        AttributeValue::Countries(list) => format!("{list:?}"),
        AttributeValue::PlaceOfBirth(place) => place.locality.as_ref().unwrap().as_str().to_owned(),
        AttributeValue::Address(address) => format!(
            "{}, {} {}, {:?}",
            address.street_address.as_ref().unwrap().as_str(),
            address.postal_code.as_ref().unwrap().as_str(),
            address.locality.as_ref().unwrap().as_str(),
            address.country.unwrap(),
        ),
        other => panic!("{other:?}"),
    };
    for (name, expected) in [
        (A::GivenName, "Erika"),
        (A::FamilyName, "Mustermann"),
        (A::BirthFamilyName, "Gabler"),
        (A::Birthdate, "1964-08-12"),
        (A::PlaceOfBirth, "Berlin"),
        (A::Nationalities, "[DE]"),
        (A::DocumentType, "ID"),
        (A::Title, "Dr."),
        (A::Address, "Heidestraße 17, 51147 Köln, DE"),
    ] {
        assert_eq!(text(name), expected, "{name:?}");
    }
    // Of the person's own word: named, and not kept.
    for name in [A::Email, A::Sex, A::PhoneNumber] {
        assert!(identity.attribute(name).is_none() && identity.is_unassured(name), "{name:?}");
    }
    assert_eq!(identity.attributes().count(), 9);
}

#[test]
fn every_mandatory_check_stands_in_the_ledger() {
    let post = answer(&account()).to_post().unwrap();
    let Verdict::Accepted(accepted) = desk().verify(post.as_bytes()) else { panic!("refused") };
    for check in eid_broker::token::mandatory(Family::BundId) {
        let expected =
            if *check == Check::SamlSignature { Outcome::NotApplicable } else { Outcome::Passed };
        assert_eq!(accepted.ledger().outcome(*check), expected, "{}", check.name());
    }
}

#[test]
fn the_assertion_is_signed_by_the_account_whatever_else_is() {
    assert_eq!(changed(|m| m.inner = None).err(), Some(Code::SigMissing));
    // A signature of the response is no replacement, and is verified where it is there.
    let outer = changed(|m| (m.outer, m.inner) = (m.inner.clone(), None));
    assert_eq!(outer.err(), Some(Code::SigMissing));
    assert!(changed(|m| m.outer = m.inner.clone()).is_ok());
    let key = keys::saml_node_p256().unwrap();
    let stranger = sign::Signing::new(&key, None);
    assert_eq!(changed(|m| m.outer = Some(stranger.clone())).err(), Some(Code::AlgNotAllowed));
    assert_eq!(changed(|m| m.inner = Some(stranger)).err(), Some(Code::AlgNotAllowed));
    assert_eq!(changed(|m| m.encryption = None).err(), Some(Code::EncryptionMissing));
    let either = desk_with("signed = \"either\"\n", METHOD);
    let mut outer = answer(&account());
    (outer.outer, outer.inner) = (outer.inner.clone(), None);
    assert!(either.ask(outer.to_post().unwrap()).is_ok());
}

#[test]
fn a_short_key_is_weak_under_the_standard() {
    let post = answer(&account()).to_post().unwrap();
    let bits = keys::saml_bund_id().unwrap().public_key().len() * 8;
    let refused = desk_with("", "").ask(&post).err();
    assert_eq!(refused, (bits < 3_072).then_some(Code::KeyWeak));
}

#[test]
fn a_level_is_told_twice_and_the_same() {
    let substantial = of(&account().at_level(LEVEL_3)).unwrap();
    assert_eq!(substantial.loa().level, L::Substantial);
    assert_eq!(of(&account().at_level("STORK-QAA-Level-2")).unwrap().loa().level, L::Low);
    let contradiction = Some(Code::LoaContradiction);
    let mut lower = account();
    lower.level = LEVEL_3.to_owned();
    assert_eq!(of(&lower).err(), contradiction);
    let mut higher = account().at_level(LEVEL_3);
    higher.level = "STORK-QAA-Level-4".to_owned();
    assert_eq!(of(&higher).err(), contradiction);
    assert_eq!(changed(|m| m.without_attribute(LEVEL).unwrap()).err(), contradiction);
    assert_eq!(of(&account().with(LEVEL, "", "HOCH")).err(), contradiction);
    for unknown in ["STORK-QAA-Level-5", "stork-qaa-level-4", "STORK-QAA-Level-04", "hoch"] {
        assert_eq!(of(&account().at_level(unknown)).err(), Some(Code::LoaUnknown), "{unknown}");
    }
}

#[test]
fn user_name_and_password_are_no_level_unless_the_policy_says_so() {
    let basic = account().at_level(LEVEL_1);
    let post = answer(&basic).to_post().unwrap();
    let refusal = desk().refusal(&post).unwrap_err();
    assert_eq!(refusal.code(), Code::LoaInsufficient);
    assert_eq!(refusal.detail(), Detail::Name("STORK-QAA-Level-1"));
    let identity = desk_with("level_1 = \"low\"\n", METHOD).ask(&post).unwrap();
    assert_eq!(identity.loa(), Loa { level: L::Low, notified: false });
    // No attribute is stronger than the authentication.
    assert!(identity.attributes().all(|(_, attribute)| attribute.loa.level == L::Low));
}

#[test]
fn an_attribute_has_the_lower_of_two_levels() {
    let level = |trust: &str, level: &str| {
        let identity = of(&account().at_level(level).with(SURNAME, "Test", trust)).unwrap();
        identity.attribute(A::FamilyName).map(|attribute| attribute.loa.level)
    };
    assert_eq!(level("HOCH", "STORK-QAA-Level-4"), Some(L::High));
    assert_eq!(level("Hoch", "STORK-QAA-Level-3"), Some(L::Substantial));
    assert_eq!(level("Substantiell", "STORK-QAA-Level-4"), Some(L::Substantial));
    assert_eq!(level("NORMAL", "STORK-QAA-Level-4"), Some(L::Low));
    for own_word in ["", "UNTERGEORDNET", "Basisregistrierung", "hoch", "SEHR HOCH"] {
        assert_eq!(level(own_word, "STORK-QAA-Level-4"), None, "{own_word}");
    }
    let unmarked = changed(|m| m.attribute(SURNAME).unwrap().unset("akdb:TrustLevel")).unwrap();
    assert!(unmarked.attribute(A::FamilyName).is_none() && unmarked.is_unassured(A::FamilyName));
    // An address is as strong as its weakest part, and a part of the person's own word is left out.
    let street = "urn:oid:2.5.4.16";
    let weaker = of(&account().with(street, "Heidestraße 18", "Substantiell")).unwrap();
    assert_eq!(weaker.attribute(A::Address).unwrap().loa.level, L::Substantial);
    let partly = of(&account().with(street, "Heidestraße 18", "")).unwrap();
    let AttributeValue::Address(address) = &partly.attribute(A::Address).unwrap().value else {
        panic!("an address");
    };
    assert!(address.street_address.is_none() && address.locality.is_some());
}

#[test]
fn the_bpk2_alone_knows_a_person_again() {
    let with = |value: &str| of(&account().with(BPK2_NAME, value, "HOCH"));
    for bad in ["a b", "ä", "a\u{200b}b", &"x".repeat(257)] {
        assert_eq!(with(bad).err(), Some(Code::IdentifierMalformed), "{bad}");
    }
    // A visit without an account.
    let guest = changed(|m| m.without_attribute(BPK2_NAME).unwrap()).unwrap();
    assert!(guest.identifier().is_none() && guest.attribute(A::FamilyName).is_some());
    assert!(with("").unwrap().identifier().is_none());
    // Whatever its own level says: it is no statement of the person.
    assert!(of(&account().with(BPK2_NAME, BPK2, "")).unwrap().identifier().is_some());
}

#[test]
fn values_are_what_the_account_says() {
    let with = |name: &str, value: &str| of(&account().with(name, value, "HOCH")).err();
    let malformed = Some(Code::IdentityMalformed);
    for (name, good, bad) in [
        (BIRTHDATE, "1964", "64"),
        (BIRTHDATE, "1964-08-XX", "1964-13-XX"),
        (BIRTHDATE, "2026-03-01", "2026-03-02"),
        (NATIONALITY, "AUT", "UTO"),
        (NATIONALITY, "D", "DE"),
        (MAIL, "a@b.example", "a"),
        ("urn:oid:1.3.6.1.4.1.33592.1.3.5", "9", "3"),
        ("urn:oid:1.2.40.0.10.2.1.1.225599", "D", "DEU"),
        ("urn:oid:2.5.4.20", "+49 30 23125017", "call me"),
        (SURNAME, "Müller", "Mü\u{202e}ller"),
    ] {
        assert_eq!(with(name, good), None, "{name} {good}");
        assert_eq!(with(name, bad), malformed, "{name} {bad}");
    }
    // What is not believed is not judged.
    assert!(of(&account().with(MAIL, "no address", "UNTERGEORDNET")).is_ok());
    let empty = of(&account().with(SURNAME, "", "HOCH")).unwrap();
    assert!(empty.attribute(A::FamilyName).is_none() && !empty.is_unassured(A::FamilyName));
}

#[test]
fn an_identity_card_says_that_its_holder_is_german() {
    let nationality = |message: &mut Message| message.without_attribute(NATIONALITY).unwrap();
    let card = changed(nationality).unwrap();
    let AttributeValue::Countries(list) = &card.attribute(A::Nationalities).unwrap().value else {
        panic!("countries");
    };
    assert_eq!(list[0].as_str(), "DE");
    let permit = account().with("urn:oid:1.2.40.0.10.2.1.1.552255", "AR", "HOCH");
    let mut permit = answer(&permit);
    nationality(&mut permit);
    let permit = desk().ask(permit.to_post().unwrap()).unwrap();
    assert!(permit.attribute(A::Nationalities).is_none());
}

#[test]
fn attributes_are_texts_known_by_their_names() {
    let value = |change: fn(&mut Element)| {
        changed(|m| change(m.attribute(SURNAME).unwrap().at("saml2:AttributeValue").unwrap())).err()
    };
    assert_eq!(value(|v| v.unset("xsi:type")), None);
    assert_eq!(value(|v| v.set("xsi:type", "xsd:date")), Some(Code::SamlValueType));
    assert_eq!(value(|v| v.set("xsi:type", "xsi:string")), Some(Code::SamlValueType));
    assert_eq!(value(|v| v.set("Level", "4")), Some(Code::SamlAttribute));
    let attribute =
        |change: fn(&mut Element)| changed(|m| change(m.attribute(SURNAME).unwrap())).err();
    assert_eq!(attribute(|a| a.set("FriendlyName", "bPK2")), None);
    assert_eq!(attribute(|a| a.unset("NameFormat")), Some(Code::SamlAttribute));
    assert_eq!(
        attribute(|a| a.children.push(a.children[0].clone())),
        Some(Code::AmbiguousAttribute)
    );
    assert_eq!(attribute(|a| a.set("Name", BPK2_NAME)), Some(Code::AmbiguousAttribute));
    assert_eq!(attribute(|a| a.set("TrustLevel", "HOCH")), Some(Code::SamlAttribute));
}

#[test]
fn the_way_of_the_authentication_is_told() {
    let methods = |way: &str| of(&account().with(PROVED_BY, way, "HOCH")).unwrap().methods();
    assert_eq!(methods("Elster"), ["swk", "mfa"]);
    assert_eq!(methods("Benutzername"), ["pwd", "mfa"]);
    assert_eq!(methods("eIDAS"), ["eid-eidas", "mfa"]);
    assert_eq!(methods("something new"), ["eid-bund-id", "mfa"]);
}

#[test]
fn a_failure_is_told_by_both_levels() {
    let failed = account().failure(&Asked::honest()).unwrap();
    let refusal = desk().refusal(failed.to_post().unwrap()).unwrap_err();
    assert_eq!(refusal.code(), Code::ResultDenied);
    assert_eq!(refusal.detail(), Detail::Name("Requester/RequestDenied"));
}

#[test]
fn the_response_is_for_this_request_and_this_service() {
    let asked = |change: fn(&mut Asked)| {
        let mut asked = Asked::honest();
        change(&mut asked);
        desk().ask(account().answer(&asked, &[]).unwrap().to_post().unwrap()).err()
    };
    assert_eq!(asked(|_| {}), None);
    assert_eq!(asked(|a| a.id = "_other".to_owned()), Some(Code::RequestResponse));
    assert_eq!(asked(|a| a.acs.push('/')), Some(Code::DestinationMismatch));
    assert_eq!(asked(|a| a.entity.push('/')), Some(Code::AudienceMismatch));
    assert_eq!(asked(|a| a.at -= 320), Some(Code::TimeExpired));
    let wrong = Desk { client_address: Some("192.0.2.18".to_owned()), ..desk() };
    let post = answer(&account()).to_post().unwrap();
    assert_eq!(wrong.ask(&post).err(), Some(Code::ConfirmationAddress));
    let right = Desk { client_address: Some("192.0.2.17".to_owned()), ..desk() };
    assert!(right.ask(&post).is_ok());
}
