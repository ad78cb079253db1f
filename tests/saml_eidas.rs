//! Responses of an eIDAS node: every check refuses with its code, and its honest twin is accepted.

#![cfg(test)]
#![cfg(feature = "openssl")]

mod saml_desk;

use eid_broker::Identity;
use eid_broker::identity::{AttributeName as A, AttributeValue, Family, LevelOfAssurance, Loa};
use eid_broker::identity::{PersonKind, Representative};
use eid_broker::pki::{PathCache, RecipientKey};
use eid_broker::verdict::{Check, Code, Detail, Outcome, Verdict};
use eid_broker_maker::saml::eidas::{COMPANY, ENTITY, ERIKA, LEGAL, NATURAL, Node, Person};
use eid_broker_maker::saml::eidas::{legal, member, natural};
use eid_broker_maker::saml::{
    Asked, BROKER, BROKER_ACS, Element, Encryption, Message, REQUEST_ID, XmlNode, instant, loa,
    sign, status,
};
use eid_broker_maker::{NOW, keys};
use saml_desk::{Desk, pinned, policy, service, substantial, trust};

const PRODUCTION: &str = "name = \"p\"\nversion = 1\nleeway_s = 30\n[eidas_saml]\n";
const SUBJECT: &str = "saml2:Subject";
const CONFIRMATION: &str = "saml2:Subject/saml2:SubjectConfirmation";
const DATA: &str = "saml2:Subject/saml2:SubjectConfirmation/saml2:SubjectConfirmationData";
const CONDITIONS: &str = "saml2:Conditions";
const CONTEXT: &str = "saml2:AuthnStatement/saml2:AuthnContext";
const STATEMENT: &str = "saml2:AttributeStatement";

fn node() -> Node {
    let mut node = Node::with_key(&keys::saml_node_p256().unwrap()).unwrap();
    node.encryption = Some(Encryption::new(&keys::saml_sp_enc_p256().unwrap()).unwrap());
    node
}

fn desk_with(policy_text: &str, more: &str) -> Desk {
    let certificate = sign::certificate_pem(&keys::saml_node_p256().unwrap()).unwrap();
    let files = [("node.pem", certificate.into_bytes())];
    let more = format!("country = \"AT\"\nprotocol_versions = [\"1.2\"]\n{more}");
    let source = pinned("eidas-node", ENTITY, &["node.pem"], &more);
    let key = RecipientKey::from_der(keys::saml_sp_enc_p256().unwrap().pkcs8_der()).unwrap();
    Desk {
        family: Family::EidasSaml,
        policy: policy(policy_text),
        trust: trust(&source, &files),
        service: service(BROKER, BROKER_ACS, vec![key]),
        paths: PathCache::new(1),
        issuer: ENTITY.to_owned(),
        request: REQUEST_ID.to_owned(),
        min_loa: substantial(),
        client_address: None,
        now: eid_broker::UnixTime::from_secs(u64::try_from(NOW).unwrap()),
    }
}

fn desk() -> Desk {
    desk_with(PRODUCTION, "")
}

fn message(person: &Person) -> Message {
    node().answer(&Asked::honest(), person).unwrap()
}

// What becomes of an honest response after one change.
fn changed(change: impl FnOnce(&mut Message)) -> Result<Identity, Code> {
    let mut message = message(&Person::erika());
    change(&mut message);
    desk().ask(message.to_post().unwrap())
}

// The same with one change of the assertion.
fn asserted(change: impl FnOnce(&mut Element)) -> Option<Code> {
    changed(|message| change(message.assertion().unwrap())).err()
}

fn about(person: &Person) -> Result<Identity, Code> {
    desk().ask(message(person).to_post().unwrap())
}

fn seconds(offset: i64) -> String {
    instant(NOW.saturating_add(offset)).unwrap()
}

#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds that are there")]
fn an_honest_response_names_the_person() {
    let identity = about(&Person::erika()).unwrap();
    assert!(!identity.is_laboratory());
    assert_eq!(identity.loa(), Loa { level: LevelOfAssurance::High, notified: true });
    assert_eq!(identity.persons().subject, PersonKind::Natural);
    let identifier = identity.identifier().unwrap();
    assert_eq!((identifier.kind().name(), identifier.value()), ("eidas-pid", ERIKA));
    let text = |name: A| match &identity.attribute(name).unwrap().value {
        AttributeValue::Name(name) => {
            let latin = name.transliteration.as_ref().map(|text| text.as_str());
            format!("{}|{}", name.original.as_str(), latin.unwrap_or(""))
        }
        AttributeValue::Text(text) => text.as_str().to_owned(),
        AttributeValue::BirthDate(date) => date.to_string(),
        AttributeValue::Sex(sex) => sex.value().to_string(),
        AttributeValue::Countries(list) => format!("{list:?}"),
        AttributeValue::Country(country) => country.to_string(),
        AttributeValue::PlaceOfBirth(place) => {
            format!("{:?} {}", place.country.unwrap(), place.locality.as_ref().unwrap().as_str())
        }
        AttributeValue::Address(address) => format!(
            "{} {} {} {} {:?}",
            address.street_address.as_ref().unwrap().as_str(),
            address.house_number.as_ref().unwrap().as_str(),
            address.postal_code.as_ref().unwrap().as_str(),
            address.locality.as_ref().unwrap().as_str(),
            address.country.unwrap(),
        ),
        other => panic!("{other:?}"),
    };
    for (name, expected) in [
        (A::FamilyName, "Μούστερμαν|Mustermann"),
        (A::GivenName, "Έρικα|Erika"),
        (A::BirthName, "Erika Gabler|"),
        (A::Birthdate, "1964-08-12"),
        (A::Sex, "2"),
        (A::PhoneNumber, "+4312345678"),
        (A::Nationalities, "[AT]"),
        (A::PlaceOfBirth, "AT Wien"),
        (A::Address, "Mariengasse 17 1080 Wien AT"),
        (A::Email, "erika@mustermann.example"),
        (A::PersonIdentifier, ERIKA),
        (A::IssuingCountry, "AT"),
    ] {
        assert_eq!(text(name), expected, "{name:?}");
    }
    assert_eq!(identity.attributes().count(), 12);
    assert_eq!(identity.provenance().issuing_country.as_str(), "AT");
    assert_eq!(identity.authenticated_at().to_string(), seconds(-10));
}

#[test]
fn every_mandatory_check_stands_in_the_ledger() {
    let post = message(&Person::minimum()).to_post().unwrap();
    let Verdict::Accepted(accepted) = desk().verify(post.as_bytes()) else { panic!("refused") };
    for check in eid_broker::token::mandatory(Family::EidasSaml) {
        let outcome = accepted.ledger().outcome(*check);
        let absent = *check == Check::SamlAssertionSignature;
        let expected = if absent { Outcome::NotApplicable } else { Outcome::Passed };
        assert_eq!(outcome, expected, "{}", check.name());
    }
}

#[test]
fn the_response_must_be_the_expected_one() {
    let response = |change: fn(&mut Element)| changed(|m| change(&mut m.response)).err();
    assert_eq!(response(|_| {}), None);
    assert_eq!(response(|r| r.set("Version", "2.1")), Some(Code::SamlVersion));
    assert_eq!(response(|r| r.set("Version", "1.1")), Some(Code::SamlVersion));
    assert_eq!(response(|r| r.set("InResponseTo", "_other")), Some(Code::RequestResponse));
    assert_eq!(response(|r| r.unset("InResponseTo")), Some(Code::RequestResponse));
    let acs = format!("{BROKER_ACS}/");
    let moved = changed(|m| m.response.set("Destination", &acs)).err();
    assert_eq!(moved, Some(Code::DestinationMismatch));
    assert_eq!(response(|r| r.unset("Destination")), Some(Code::DestinationMismatch));
    let lower = BROKER_ACS.replace("https", "HTTPS");
    let lower = changed(|m| m.response.set("Destination", &lower)).err();
    assert_eq!(lower, Some(Code::DestinationMismatch));
    let consent = |uri: &str| changed(|m| m.response.set("Consent", uri)).err();
    assert_eq!(consent("urn:oasis:names:tc:SAML:2.0:consent:obtained"), None);
    assert_eq!(consent("urn:oasis:names:tc:SAML:2.0:consent:maybe"), Some(Code::SamlValue));
}

#[test]
fn a_response_is_neither_old_nor_of_tomorrow() {
    let issued = |offset: i64| changed(|m| m.response.set("IssueInstant", &seconds(offset))).err();
    assert_eq!(issued(30), None);
    assert_eq!(issued(31), Some(Code::TimeFuture));
    assert_eq!(issued(-330), None);
    assert_eq!(issued(-331), Some(Code::TimeTooOld));
    let made = |offset: i64| asserted(|a| a.set("IssueInstant", &seconds(offset)));
    assert_eq!(made(30), None);
    assert_eq!(made(31), Some(Code::TimeFuture));
    assert_eq!(made(-330), None);
    assert_eq!(made(-331), Some(Code::TimeTooOld));
}

#[test]
fn nobody_but_who_was_asked_may_answer() {
    let post = message(&Person::minimum()).to_post().unwrap();
    let other = Desk { issuer: format!("{ENTITY}/"), ..desk() };
    assert_eq!(other.ask(&post).err(), Some(Code::IssuerMismatch));
    // Asked, named, and not trusted.
    let mut node = node();
    node.entity = format!("{ENTITY}/");
    let foreign = node.answer(&Asked::honest(), &Person::minimum()).unwrap().to_post().unwrap();
    assert_eq!(other.ask(&foreign).err(), Some(Code::TrustMissing));
    assert_eq!(desk().ask(&foreign).err(), Some(Code::IssuerMismatch));
    let inner = asserted(|a| a.at("saml2:Issuer").unwrap().set_text("https://other.example"));
    assert_eq!(inner, Some(Code::IssuerMismatch));
    let untrusted = node_of(&keys::saml_node_p384().unwrap());
    assert_eq!(desk().ask(untrusted.to_post().unwrap()).err(), Some(Code::SigInvalid));
}

fn node_of(key: &keys::TestKey) -> Message {
    Node { signing: Node::with_key(key).unwrap().signing, ..node() }
        .answer(&Asked::honest(), &Person::minimum())
        .unwrap()
}

#[test]
fn what_must_be_signed_is_signed() {
    let post = |outer: bool, inner: bool| {
        let mut message = message(&Person::minimum());
        if inner {
            message.inner = message.outer.clone();
        }
        if !outer {
            message.outer = None;
        }
        message.to_post().unwrap()
    };
    let ask = |signed: &str, outer, inner| {
        let laboratory = matches!(signed, "either" | "assertion");
        let head = if laboratory { "laboratory = true\n" } else { "" };
        let text = format!("{head}{PRODUCTION}signed = \"{signed}\"\n");
        desk_with(&text, "").ask(post(outer, inner)).err()
    };
    let missing = Some(Code::SigMissing);
    for (signed, none, outer, inner) in [
        ("response", missing, None, missing),
        ("assertion", missing, missing, None),
        ("either", missing, None, None),
        ("both", missing, missing, missing),
    ] {
        assert_eq!(ask(signed, false, false), none, "{signed}");
        assert_eq!(ask(signed, true, false), outer, "{signed}");
        assert_eq!(ask(signed, false, true), inner, "{signed}");
        assert_eq!(ask(signed, true, true), None, "{signed}");
    }
    // A signature that need not be there is verified all the same.
    let mut forged = message(&Person::minimum());
    forged.inner = Some(node_of(&keys::saml_node_p384().unwrap()).outer.unwrap());
    assert_eq!(desk().ask(forged.to_post().unwrap()).err(), Some(Code::SigInvalid));
}

#[test]
fn two_signatures_of_a_plain_message_cover_one_content() {
    let text =
        format!("laboratory = true\n{PRODUCTION}require_encrypted = false\nsigned = \"both\"\n");
    let desk = desk_with(&text, "");
    let mut both = message(&Person::erika());
    both.encryption = None;
    // The inner one has namespaces that the outer one does not render.
    both.inner = both.outer.clone().map(|one| one.with_prefixes(&["xsi", "eidas-natural"]));
    let honest = both.to_xml().unwrap();
    assert!(desk.ask(&honest).is_ok());
    let altered = honest.replacen("Mustermann", "Mustermaxx", 1);
    assert_ne!(altered, honest);
    assert_eq!(desk.ask(&altered).err(), Some(Code::DigestMismatch));
}

#[test]
fn an_assertion_comes_encrypted_and_once() {
    let plain = changed(|m| m.encryption = None).err();
    assert_eq!(plain, Some(Code::EncryptionMissing));
    let two = changed(|m| {
        m.encryption = None;
        let mut second = m.assertions[0].clone();
        second.set("ID", "_second");
        m.assertions.push(second);
    })
    .err();
    assert_eq!(two, Some(Code::AmbiguousAssertion));
    let none = changed(|m| m.assertions.clear()).err();
    assert_eq!(none, Some(Code::ResultContradiction));
    // Encrypted for another key.
    let other = RecipientKey::from_der(keys::saml_sp_enc_rsa().unwrap().pkcs8_der()).unwrap();
    let stranger = Desk { service: service(BROKER, BROKER_ACS, vec![other]), ..desk() };
    let post = message(&Person::minimum()).to_post().unwrap();
    assert_eq!(stranger.ask(post).err(), Some(Code::KeyMismatch));
}

#[test]
fn a_failure_is_told_by_both_levels_and_nothing_else_of_it_is_used() {
    let desk = desk();
    let failed = node().failure(&Asked::honest()).unwrap();
    let detail = Detail::Name("Responder/AuthnFailed");
    let refusal = desk.refusal(failed.to_post().unwrap()).unwrap_err();
    assert_eq!((refusal.code(), refusal.detail()), (Code::ResultFailed, detail));
    let with_status = |codes: [&str; 2]| {
        changed(|message| {
            let top = message.response.at("saml2p:Status/saml2p:StatusCode").unwrap();
            top.set("Value", codes[0]);
            let inner = Element::new("saml2p:StatusCode").with("Value", codes[1]);
            top.children = vec![inner.into()];
        })
        .err()
    };
    // The assertion is there, and honest.
    let denied = with_status([status::REQUESTER, status::REQUEST_DENIED]);
    assert_eq!(denied, Some(Code::ResultDenied));
    let other = with_status([status::RESPONDER, "urn:own:reason"]);
    assert_eq!(other, Some(Code::ResultError));
    assert_eq!(with_status([status::SUCCESS, "urn:own:note"]), None);
    // Of another request it says nothing about this one.
    let asked = Asked { id: "_other".to_owned(), ..Asked::honest() };
    let stale = node().failure(&asked).unwrap().to_post().unwrap();
    assert_eq!(desk.ask(stale).err(), Some(Code::RequestResponse));
    let mut unsigned = node().failure(&Asked::honest()).unwrap();
    unsigned.outer = None;
    assert_eq!(desk.ask(unsigned.to_post().unwrap()).err(), Some(Code::SigMissing));
}

#[test]
fn exactly_one_bearer_confirms_the_subject() {
    let malformed = Some(Code::ConfirmationMalformed);
    let method = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key";
    assert_eq!(asserted(|a| a.at(CONFIRMATION).unwrap().set("Method", method)), malformed);
    assert_eq!(asserted(|a| drop(a.take(CONFIRMATION).unwrap())), malformed);
    assert_eq!(asserted(|a| drop(a.take(DATA).unwrap())), malformed);
    let twice = asserted(|a| {
        let one = a.at(CONFIRMATION).unwrap().clone();
        a.at(SUBJECT).unwrap().children.push(one.into());
    });
    assert_eq!(twice, malformed);
    assert_eq!(asserted(|a| a.at(DATA).unwrap().unset("NotOnOrAfter")), malformed);
    let begin = asserted(|a| a.at(DATA).unwrap().set("NotBefore", &seconds(-10)));
    assert_eq!(begin, malformed);
    let request = Some(Code::RequestResponse);
    assert_eq!(asserted(|a| a.at(DATA).unwrap().set("InResponseTo", "_other")), request);
    assert_eq!(asserted(|a| a.at(DATA).unwrap().unset("InResponseTo")), request);
    let recipient = Some(Code::DestinationMismatch);
    let elsewhere = "https://broker.example/saml/acs?";
    assert_eq!(asserted(|a| a.at(DATA).unwrap().set("Recipient", elsewhere)), recipient);
    assert_eq!(asserted(|a| a.at(DATA).unwrap().unset("Recipient")), recipient);
    let name = "saml2:Subject/saml2:NameID";
    assert_eq!(asserted(|a| drop(a.take(name).unwrap())), Some(Code::SamlElement));
    let format = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    let mail = asserted(|a| a.at(name).unwrap().set("Format", format));
    assert_eq!(mail, Some(Code::SamlValue));
    let unspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
    assert_eq!(asserted(|a| a.at(name).unwrap().set("Format", unspecified)), None);
}

#[test]
fn an_address_is_compared_where_the_host_knows_it() {
    let post = |address: Option<&str>| {
        let mut message = message(&Person::minimum());
        if let Some(address) = address {
            message.assertion().unwrap().at(DATA).unwrap().set("Address", address);
        }
        message.to_post().unwrap()
    };
    let ask = |named: Option<&str>, known: Option<&str>| {
        let desk = Desk { client_address: known.map(str::to_owned), ..desk() };
        desk.ask(post(named)).err()
    };
    let other = Some(Code::ConfirmationAddress);
    assert_eq!(ask(Some("192.0.2.17"), None), None);
    assert_eq!(ask(None, Some("192.0.2.17")), None);
    assert_eq!(ask(Some("192.0.2.17"), Some("192.0.2.17")), None);
    assert_eq!(ask(Some("192.0.2.17"), Some("::ffff:192.0.2.17")), None);
    assert_eq!(ask(Some("2001:DB8::1"), Some("2001:db8:0:0:0:0:0:1")), None);
    assert_eq!(ask(Some("192.0.2.18"), Some("192.0.2.17")), other);
    assert_eq!(ask(Some("client.example"), Some("192.0.2.17")), other);
}

#[test]
fn an_end_is_an_end_when_it_comes() {
    let expired = Some(Code::TimeExpired);
    let end = |path: &'static str, offset: i64| {
        asserted(|a| {
            a.at(CONDITIONS).unwrap().set("NotBefore", &seconds(-200));
            a.at(path).unwrap().set("NotOnOrAfter", &seconds(offset));
        })
    };
    for path in [DATA, CONDITIONS] {
        assert_eq!(end(path, -29), None, "{path}");
        assert_eq!(end(path, -30), expired, "{path}");
        assert_eq!(end(path, -100), expired, "{path}");
    }
    let begin =
        |offset: i64| asserted(|a| a.at(CONDITIONS).unwrap().set("NotBefore", &seconds(offset)));
    assert_eq!(begin(30), None);
    assert_eq!(begin(31), Some(Code::TimeNotYetValid));
    let empty = asserted(|a| {
        a.at(CONDITIONS).unwrap().set("NotBefore", &seconds(20));
        a.at(CONDITIONS).unwrap().set("NotOnOrAfter", &seconds(20));
    });
    assert_eq!(empty, Some(Code::TimeLifetime));
    let session = |offset: i64| {
        asserted(|a| {
            a.at("saml2:AuthnStatement").unwrap().set("SessionNotOnOrAfter", &seconds(offset));
        })
    };
    assert_eq!(session(-29), None);
    assert_eq!(session(-30), expired);
    let authn = |offset: i64| {
        asserted(|a| a.at("saml2:AuthnStatement").unwrap().set("AuthnInstant", &seconds(offset)))
    };
    assert_eq!(authn(30), None);
    assert_eq!(authn(31), Some(Code::TimeFuture));
}

#[test]
fn conditions_are_all_there_and_all_hold() {
    let missing = Some(Code::ConditionMissing);
    assert_eq!(asserted(|a| drop(a.take(CONDITIONS).unwrap())), missing);
    assert_eq!(asserted(|a| a.at(CONDITIONS).unwrap().unset("NotBefore")), missing);
    assert_eq!(asserted(|a| a.at(CONDITIONS).unwrap().unset("NotOnOrAfter")), missing);
    let restriction = "saml2:Conditions/saml2:AudienceRestriction";
    assert_eq!(asserted(|a| drop(a.take(restriction).unwrap())), missing);
    let audience = "saml2:Conditions/saml2:AudienceRestriction/saml2:Audience";
    let other = asserted(|a| a.at(audience).unwrap().set_text("https://other.example"));
    assert_eq!(other, Some(Code::AudienceMismatch));
    let among = asserted(|a| {
        let other = Element::new("saml2:Audience").text("https://other.example");
        a.at(restriction).unwrap().children.insert(0, other.into());
    });
    assert_eq!(among, None);
    let second = asserted(|a| {
        let other = Element::new("saml2:Audience").text("https://other.example");
        let second = Element::new("saml2:AudienceRestriction").child(other);
        a.at(CONDITIONS).unwrap().children.push(second.into());
    });
    assert_eq!(second, Some(Code::AudienceMismatch));
    let unknown = asserted(|a| {
        a.at(CONDITIONS).unwrap().children.push(Element::new("saml2:Condition").into());
    });
    assert_eq!(unknown, Some(Code::ConditionUnknown));
    let once = asserted(|a| {
        a.at(CONDITIONS).unwrap().children.push(Element::new("saml2:OneTimeUse").into());
    });
    assert_eq!(once, None);
}

#[test]
fn a_level_is_exact_and_high_enough() {
    let class = "saml2:AuthnStatement/saml2:AuthnContext/saml2:AuthnContextClassRef";
    let level = |uri: &str| asserted(|a| a.at(class).unwrap().set_text(uri));
    assert_eq!(level(loa::SUBSTANTIAL), None);
    assert_eq!(level("\n   http://eidas.europa.eu/LoA/high\n "), None);
    assert_eq!(level(loa::LOW), Some(Code::LoaInsufficient));
    assert_eq!(level(loa::NOT_NOTIFIED_HIGH), Some(Code::LoaInsufficient));
    for uri in ["http://eidas.europa.eu/LoA/extreme", "http://eidas.europa.eu/loa/high", "urn:x"] {
        assert_eq!(level(uri), Some(Code::LoaUnknown), "{uri}");
    }
    assert_eq!(asserted(|a| drop(a.take(class).unwrap())), Some(Code::LoaUnknown));
    let two = asserted(|a| {
        let second = Element::new("saml2:AuthnContextClassRef").text(loa::HIGH);
        a.at(CONTEXT).unwrap().children.push(second.into());
    });
    assert_eq!(two, Some(Code::SamlElement));
    // A level of a scheme that is not notified, by the policy's table, and only where it will do.
    let text =
        format!("{PRODUCTION}[[eidas_saml.level]]\nuri = \"urn:xx:strong\"\nlevel = \"high\"\n");
    let mut national = node();
    national.loa = "urn:xx:strong".to_owned();
    let post = national.answer(&Asked::honest(), &Person::minimum()).unwrap().to_post().unwrap();
    let listed = desk_with(&text, "");
    assert_eq!(listed.ask(&post).err(), Some(Code::LoaInsufficient));
    let anything = Desk { min_loa: None, ..listed };
    let loa = anything.ask(&post).unwrap().loa();
    assert_eq!(loa, Loa { level: LevelOfAssurance::High, notified: false });
    let capped = Desk { min_loa: None, ..desk_with(PRODUCTION, "loa_cap = \"low\"\n") };
    let post = message(&Person::minimum()).to_post().unwrap();
    assert_eq!(capped.ask(&post).unwrap().loa().level, LevelOfAssurance::Low);
}

#[test]
fn identifiers_are_of_the_node_and_for_us() {
    let with = |value: &str| about(&Person::minimum().with("PersonIdentifier", value)).err();
    assert_eq!(with("AT/DE/x/y"), None);
    assert_eq!(with("\n  AT/DE/x\n"), None);
    for bad in ["AT/FR/x", "FR/DE/x"] {
        assert_eq!(with(bad), Some(Code::IdentifierScope), "{bad}");
    }
    for bad in ["AT/DE/", "AT/DE/x ", " AT/DE/x", "at/de/x", "x", "AT/DE/a\u{200d}b"] {
        assert_eq!(with(bad), Some(Code::IdentifierMalformed), "{bad:?}");
    }
    let company = legal("LegalPersonIdentifier", "FR/DE/x");
    let company = Person(vec![company, legal("LegalName", "x")]);
    assert_eq!(about(&company).err(), Some(Code::IdentifierScope));
}

#[test]
fn each_person_is_whole_and_the_combination_valid() {
    for segment in ["PersonIdentifier", "CurrentFamilyName", "CurrentGivenName", "DateOfBirth"] {
        let person = Person::erika().without(&format!("{NATURAL}{segment}"));
        assert_eq!(about(&person).err(), Some(Code::IdentityMissing), "{segment}");
    }
    for segment in ["LegalPersonIdentifier", "LegalName"] {
        let person = Person::company().without(&format!("{LEGAL}{segment}"));
        assert_eq!(about(&person).err(), Some(Code::IdentityMissing), "{segment}");
    }
    let representative = Person::representative();
    let alone = about(&representative).err();
    assert_eq!(alone, Some(Code::IdentityCombination));
    let unread = Person(vec![natural("Unknown", "x")]);
    assert_eq!(about(&unread).err(), Some(Code::IdentityMissing));
    let nobody = Person(vec![member("urn:other:", "eidas-natural", "Unknown", "x", "x")]);
    assert_eq!(about(&nobody).err(), Some(Code::IdentityCombination));
    let by_company = {
        const BASE: &str = "http://eidas.europa.eu/attributes/legalperson/representative/";
        let prefix = "eidas-legal-representative";
        let of = |segment, value| member(BASE, prefix, segment, segment, value);
        Person(vec![of("LegalPersonIdentifier", "AT/DE/rep"), of("LegalName", "Kanzlei")])
    };
    let two = Person::minimum().and(Person::representative()).and(by_company.clone());
    assert_eq!(about(&two).err(), Some(Code::IdentityCombination));

    let company = about(&Person::company()).unwrap();
    assert_eq!(company.persons().subject, PersonKind::Legal);
    let identifier = company.identifier().unwrap();
    assert_eq!((identifier.kind().name(), identifier.value()), ("eidas-lpid", COMPANY));
    let both = about(&Person::minimum().and(Person::company())).unwrap();
    assert_eq!(both.identifier().unwrap().value(), format!("n={ERIKA}\nl={COMPANY}"));
    let acting = about(&Person::minimum().and(Person::representative())).unwrap();
    assert_eq!(acting.persons().representative, Some(Representative::Natural));
    assert_eq!(acting.identifier().unwrap().value(), format!("n={ERIKA}\nrn=AT/DE/test-max"));
    assert_eq!(acting.identifier().unwrap().kind().name(), "eidas-persons");
    assert!(acting.attribute(A::RepresentativeFamilyName).is_some());
    let by = about(&Person::company().and(by_company)).unwrap();
    assert_eq!(by.persons().representative, Some(Representative::Legal));
    assert!(by.attribute(A::RepresentativeLegalPersonName).is_some());
}

#[test]
fn values_are_what_the_profile_says() {
    let with = |segment: &str, value: &str| about(&Person::erika().with(segment, value)).err();
    let malformed = Some(Code::IdentityMalformed);
    for (segment, good, bad) in [
        ("DateOfBirth", "2026-03-01", "2026-03-02"),
        ("DateOfBirth", "\n 1964-02-29\n", "1963-02-29"),
        ("DateOfBirth", "1964-08-12", "1964-08-12Z"),
        ("DateOfBirth", "1964-08-12", "1964-08"),
        ("DateOfBirth", "1964-08-12", "12.08.1964"),
        ("Gender", "Male", "male"),
        ("Gender", "Unspecified", "X"),
        ("Nationality", "EL", "GRC"),
        ("CountryOfBirth", "QQ", "q"),
        ("CountryOfResidence", "AT", "Austria"),
        ("EmailAddress", "a@b.example", "a at b"),
        ("PhoneNumber", "+43 1 234567", "01 234567"),
        ("CurrentFamilyName", " von Test", "\u{202e}tseT"),
        ("CurrentFamilyName", "O'Neill-Šūlis", ""),
    ] {
        assert_eq!(with(segment, good), None, "{segment} {good}");
        assert_eq!(with(segment, bad), malformed, "{segment} {bad}");
    }
    let greek = about(&Person::erika().with("Nationality", "EL")).unwrap();
    let value = &greek.attribute(A::Nationalities).unwrap().value;
    let AttributeValue::Countries(list) = value else { panic!("countries") };
    assert_eq!(list[0].as_str(), "GR");
}

#[test]
fn an_address_that_cannot_be_read_costs_the_address_and_not_the_login() {
    for bad in ["%%%", "PGE+", ""] {
        let person = Person::minimum().with("CurrentAddress", bad);
        let post = message(&person).to_post().unwrap();
        let Verdict::Accepted(accepted) = desk().verify(post.as_bytes()) else { panic!("{bad}") };
        assert!(accepted.value().attribute(A::Address).is_none());
        let line = accepted.ledger().entries().iter().find(|e| e.check == Check::SamlAddress);
        let line = line.unwrap();
        assert_eq!(
            (line.outcome, line.reason),
            (Outcome::NotEvaluated, Some(Code::IdentityMalformed))
        );
    }
}

#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "a name is a name")]
fn a_name_has_one_latin_value() {
    let family = format!("{NATURAL}CurrentFamilyName");
    let values = |list: &[(&str, Option<&str>)]| {
        changed(|message| {
            let attribute = message.attribute(&family).unwrap();
            attribute.children = list
                .iter()
                .map(|(text, mark)| {
                    let value = Element::new("saml2:AttributeValue");
                    value.with_some("eidas-natural:LatinScript", *mark).text(text).into()
                })
                .collect();
        })
    };
    let name = |list| match &values(list).unwrap().attribute(A::FamilyName).unwrap().value {
        AttributeValue::Name(name) => {
            let latin = name.transliteration.as_ref().map(|text| text.as_str().to_owned());
            (name.original.as_str().to_owned(), latin)
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(name(&[("Onasis", None)]), ("Onasis".to_owned(), None));
    let greek = ("Ωνάσης".to_owned(), Some("Onasis".to_owned()));
    assert_eq!(name(&[("Onasis", Some("true")), ("Ωνάσης", Some("false"))]), greek);
    assert_eq!(name(&[("Ωνάσης", Some("0")), ("Onasis", Some("1"))]), greek);
    let several = name(&[("Ωνάσης", Some("0")), ("Onasis", None), ("Онасис", Some("0"))]);
    assert_eq!(several, ("Onasis".to_owned(), None));
    let script = Some(Code::IdentityScript);
    assert_eq!(values(&[("Ωνάσης", Some("false"))]).err(), script);
    assert_eq!(values(&[("Onasis", None), ("Evil", Some("1"))]).err(), script);
    assert_eq!(values(&[]).err(), script);
    assert_eq!(values(&[("Onasis", Some("yes"))]).err(), Some(Code::IdentityMalformed));
    let unmarked = changed(|message| {
        let attribute = message.attribute(&family).unwrap();
        let value = Element::new("saml2:AttributeValue").with("LatinScript", "false").text("x");
        attribute.children = vec![value.into()];
    });
    assert_eq!(unmarked.err(), Some(Code::SamlAttribute));
}

#[test]
fn attributes_are_known_by_name_and_of_their_type() {
    let family = format!("{NATURAL}CurrentFamilyName");
    let value = |change: fn(&mut Element)| {
        changed(|message| {
            let attribute = message.attribute(&family).unwrap();
            change(attribute.at("saml2:AttributeValue").unwrap());
        })
        .err()
    };
    assert_eq!(value(|v| v.unset("xsi:type")), None);
    assert_eq!(
        value(|v| v.set("xsi:type", "eidas-natural:CurrentGivenNameType")),
        Some(Code::SamlValueType)
    );
    assert_eq!(
        value(|v| v.set("xsi:type", "xsi:CurrentFamilyNameType")),
        Some(Code::SamlValueType)
    );
    assert_eq!(value(|v| v.set("xsi:type", "CurrentFamilyName")), Some(Code::SamlValueType));
    assert_eq!(value(|v| v.set("xsi:nil", "true")), Some(Code::SamlAttribute));
    let comment = value(|v| v.children.push(XmlNode::comment("x")));
    assert_eq!(comment, Some(Code::XmlComment));
    let attribute = |change: fn(&mut Element)| {
        changed(|message| change(message.attribute(&family).unwrap())).err()
    };
    assert_eq!(attribute(|a| a.set("FriendlyName", "PersonIdentifier")), None);
    assert_eq!(attribute(|a| a.unset("NameFormat")), Some(Code::SamlAttribute));
    let basic = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";
    let basic = changed(|m| m.attribute(&family).unwrap().set("NameFormat", basic)).err();
    assert_eq!(basic, Some(Code::SamlAttribute));
    // By friendly name alone it is another attribute.
    let friendly = attribute(|a| a.set("Name", "FamilyName"));
    assert_eq!(friendly, Some(Code::IdentityMissing));
    let person = Person(vec![natural("PersonIdentifier", "AT/DE/evil")]);
    let twice = Person::minimum().and(person);
    assert_eq!(about(&twice).err(), Some(Code::AmbiguousAttribute));
    // Two spellings of one name are one name.
    let vat = |segment| legal(segment, "ATU1");
    let both = Person(vec![vat("VATRegistrationNumber"), vat("VATRegistration")]);
    let both = Person::company().and(both);
    assert_eq!(about(&both).err(), Some(Code::AmbiguousAttribute));
    let older = Person::company().and(Person(vec![vat("VATRegistration")]));
    assert!(about(&older).unwrap().attribute(A::LegalPersonVatNumber).is_some());
    let two_values = changed(|message| {
        let name = format!("{NATURAL}DateOfBirth");
        let attribute = message.attribute(&name).unwrap();
        let one = attribute.children[0].clone();
        attribute.children.push(one);
    });
    assert_eq!(two_values.err(), Some(Code::AmbiguousAttribute));
    let foreign = asserted(|a| {
        let other = Element::new("saml2:Attribute").with("Name", "urn:x");
        a.at(STATEMENT).unwrap().children.push(other.into());
    });
    assert_eq!(foreign, Some(Code::SamlAttribute));
}

#[test]
fn a_family_without_policy_or_expectation_is_refused() {
    let post = message(&Person::minimum()).to_post().unwrap();
    let text = "name = \"p\"\nversion = 1\n[bund_id]\nnotified = false\n";
    assert_eq!(desk_with(text, "").ask(&post).err(), Some(Code::TypeUnknown));
    let desk = desk();
    let context = eid_broker::token::Context::new(
        &desk.policy,
        &desk.trust,
        &desk.paths,
        REQUEST_ID,
        BROKER,
        desk.now,
    );
    let verdict = eid_broker::token::verify(Family::EidasSaml, post.as_bytes(), &context);
    assert_eq!(verdict.refusal().unwrap().code(), Code::RequestMismatch);
    // Another family's issuer is nobody here.
    let other = Desk { family: Family::BundId, policy: policy(text), ..desk };
    assert_eq!(other.ask(&post).err(), Some(Code::TrustMissing));
}
