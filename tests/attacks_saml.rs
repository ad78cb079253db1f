//! Attacks on the families of SAML, by row of the catalogue. Each stands beside its honest twin.

#![cfg(test)]
#![cfg(all(feature = "cli", feature = "sqlite", feature = "openssl"))]

mod saml_desk;
mod saml_kit;

use eid_broker::broker::{ExpectOptions, Request as By};
use eid_broker::identity::{Country, Family, IdentifierKind};
use eid_broker::pki::{PathCache, RecipientKey};
use eid_broker::verdict::{Check, Code, Outcome, Verdict};
use eid_broker_maker::keys;
use eid_broker_maker::saml::eidas::{
    ENTITY, LEGAL_REPRESENTATIVE, NATURAL, NATURAL_REPRESENTATIVE, Node, Person, member,
};
use eid_broker_maker::saml::request::Request;
use eid_broker_maker::saml::{
    Asked, BROKER, BROKER_ACS, Element, Encryption, Message, REQUEST_ID, XmlNode, eid_server, sign,
};
use saml_desk::{Desk, pinned, policy, service, substantial, trust};
use saml_kit::{CLIENT, Folder, PROCEDURE, answered_at, now};

// --- desks ---------------------------------------------------------------------------------------

const PRODUCTION: &str = "name = \"p\"\nversion = 1\nleeway_s = 30\n[eidas_saml]\n";
const PLAIN: &str = "name = \"p\"\nversion = 1\nleeway_s = 30\nlaboratory = true\n[eidas_saml]\n\
    require_encrypted = false\nsigned = \"SIGNED\"\n";

fn desk_of(family: Family, text: &str) -> Desk {
    let (purpose, entity, key, more) = if family == Family::EidServer {
        ("eid-server", eid_server::ENTITY, keys::saml_eid_server(), "DE")
    } else {
        ("eidas-node", ENTITY, keys::saml_node_p256(), "AT")
    };
    let certificate = sign::certificate_pem(&key.unwrap()).unwrap();
    let files = [("issuer.pem", certificate.into_bytes())];
    let source = pinned(purpose, entity, &["issuer.pem"], &format!("country = \"{more}\"\n"));
    let own = [keys::saml_sp_enc_p256(), keys::saml_sp_enc_bp256()];
    let own = own.map(|key| RecipientKey::from_der(key.unwrap().pkcs8_der()).unwrap());
    Desk {
        family,
        policy: policy(text),
        trust: trust(&source, &files),
        service: service(BROKER, BROKER_ACS, own.into()),
        paths: PathCache::new(1),
        issuer: entity.to_owned(),
        request: REQUEST_ID.to_owned(),
        min_loa: substantial(),
        client_address: None,
        now: now(),
    }
}

fn node() -> Node {
    let mut node = Node::with_key(&keys::saml_node_p256().unwrap()).unwrap();
    node.encryption = Some(Encryption::new(&keys::saml_sp_enc_p256().unwrap()).unwrap());
    node
}

fn message(person: &Person) -> Message {
    node().answer(&Asked::honest(), person).unwrap()
}

fn about(person: &Person) -> Option<Code> {
    desk_of(Family::EidasSaml, PRODUCTION).ask(message(person).to_post().unwrap()).err()
}

// A card as its server tells of it, with other attributes than the honest ones of these names.
fn card(other: Vec<Element>) -> Result<eid_broker::Identity, Code> {
    let mut server = eid_server::EidServer::new().unwrap();
    for one in other {
        server.attributes.retain(|had| had.get("Name") != one.get("Name"));
        server.attributes.push(one);
    }
    let answer = server.answer(&Asked::honest()).unwrap();
    let policy = "name = \"p\"\nversion = 1\nleeway_s = 30\n[eid_server]\nloa = \"high\"\n\
        notified = true\n";
    desk_of(Family::EidServer, policy).ask(server.query(&answer).unwrap())
}

fn said(name: &str, text: &str) -> Element {
    let value = Element::new("saml2:AttributeValue").text(text);
    Element::new("saml2:Attribute").with("Name", name).child(value)
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02X}")).collect()
}

// --- persons -------------------------------------------------------------------------------------

#[test]
fn attack_saml_persons_that_are_not_registered_are_handed_to_nobody() {
    let folder = Folder::saml(&["\"eidas_saml\""]);
    let broker = folder.broker();
    let mut options = ExpectOptions::default();
    options.country = Country::parse("AT");
    for (person, code) in [
        (Person::company(), Some(Code::IdentityPersons)),
        (Person::erika().and(Person::company()), Some(Code::IdentityPersons)),
        (Person::erika().and(Person::representative()), Some(Code::IdentityPersons)),
        (Person::erika(), None),
    ] {
        let expected = broker.expect_with(PROCEDURE, Family::EidasSaml, &options, now()).unwrap();
        let request = expected.request.as_ref().unwrap();
        let request = Request::read_post(request.message.as_ref().unwrap()).unwrap();
        let asked = request.asked(BROKER_ACS, answered_at());
        let token = Node::new().unwrap().answer(&asked, &person).unwrap().to_post().unwrap();
        let verdict = broker.verify(&expected.sealed, token.as_bytes(), now());
        assert_eq!(verdict.refusal().map(|refusal| refusal.code()), code);
        match (&verdict, code) {
            (Verdict::Accepted(accepted), None) => {
                let outcome = accepted.ledger().outcome(Check::RegisterPersons);
                assert_eq!(outcome, Outcome::Passed);
            }
            _ => {
                // Nothing was used up by it, and an assertion is refused for the same reason.
                let again =
                    broker.assert(&expected.sealed, &By::new(CLIENT), token.as_bytes(), now());
                assert_eq!(again.refusal().map(|refusal| refusal.code()), code);
            }
        }
    }
}

#[test]
fn attack_saml_somebody_acts_and_only_unknown_things_are_told_of_them() {
    assert_eq!(about(&Person::erika()), None);
    for base in [
        NATURAL_REPRESENTATIVE,
        LEGAL_REPRESENTATIVE,
        "http://eidas.europa.eu/attributes/legalperson/",
        "http://eidas.europa.eu/attributes/NaturalPerson/Representative/",
    ] {
        let acts = member(base, "eidas-natural", "Pseudonym", "Pseudonym", "Max");
        let got = about(&Person::erika().and(Person(vec![acts.clone()])));
        assert_eq!(got, Some(Code::IdentityMissing), "{base}");
    }
    // What is new of a person who is known anyway is left aside.
    let new = member(NATURAL, "eidas-natural", "Pseudonym", "Pseudonym", "E");
    assert_eq!(about(&Person::erika().and(Person(vec![new]))), None);
}

#[test]
fn attack_saml_a_company_through_an_eid_server_is_no_person() {
    let through = |more: Vec<Element>| {
        let mut all = vec![
            said("UseEidas", "true"),
            said("LevelOfAssurance", "http://eidas.europa.eu/LoA/high"),
            eid_server::restricted_id(&hex("FI/DE/7d0f2b9c-aino"), None),
        ];
        all.extend(more);
        card(all)
    };
    let without_state = vec![said("IssuingState", "FIN")];
    assert_eq!(through(without_state).err(), None);
    for name in ["LegalName", "LegalPersonIdentifier", "LegalAddress", "VATRegistration", "LEI"] {
        let got = through(vec![said(name, "Muster und Töchter GmbH")]).err();
        assert_eq!(got, Some(Code::IdentityLegalPerson), "{name}");
        let flavour = said("IdentityFlavour", "NaturalPerson");
        let got = through(vec![flavour, said(name, "x")]).err();
        assert_eq!(got, Some(Code::IdentityLegalPerson), "{name}");
        assert_eq!(through(vec![said(name, "")]).err(), None, "{name}");
    }
}

// --- identifiers ---------------------------------------------------------------------------------

#[test]
fn attack_xml_60_two_identifiers_that_become_one_text() {
    let of =
        |rest: &str| about(&Person::erika().with("PersonIdentifier", &format!("AT/DE/{rest}")));
    assert_eq!(of("J\u{f6}rg"), None);
    for twin in ["Jo\u{308}rg", "x\u{2126}", "\u{212a}elvin", "a\u{2028}b", "a\u{2060}b"] {
        assert_eq!(of(twin), Some(Code::IdentifierMalformed), "{twin:?}");
    }
}

#[test]
fn attack_saml_an_identifier_of_a_node_is_no_pseudonym_of_a_card() {
    let honest = card(Vec::new()).unwrap();
    assert_eq!(honest.identifier().unwrap().kind(), IdentifierKind::DeRestrictedId);
    // Without the word for eIDAS it would be a German card at the level of the policy.
    let foreign = eid_server::restricted_id(&hex("FI/DE/7d0f2b9c-aino-0123"), None);
    assert_eq!(card(vec![foreign]).err(), Some(Code::IdentifierMalformed));
}

// --- times ---------------------------------------------------------------------------------------

#[test]
fn attack_saml_a_document_that_was_valid_on_another_day() {
    let on = |day: &str| {
        let value = Element::new("saml2:AttributeValue")
            .child(Element::new("eid:ReferenceDate").text(day))
            .child(Element::new("eid:Status").text("valid"));
        let validity = Element::new("saml2:Attribute").with("Name", "DocumentValidity");
        card(vec![validity.child(value)]).err()
    };
    for good in ["2026-02-28", "2026-03-01", "2026-03-02"] {
        assert_eq!(on(good), None, "{good}");
    }
    for bad in ["2016-03-01", "2026-02-27", "2026-03-03", "9999-12-31"] {
        assert_eq!(on(bad), Some(Code::IdentityMalformed), "{bad}");
    }
}

#[test]
fn attack_xml_46_times_that_are_read_in_two_ways() {
    let until = |text: &str| {
        let mut message = message(&Person::erika());
        let data = "saml2:Subject/saml2:SubjectConfirmation/saml2:SubjectConfirmationData";
        message.assertion().unwrap().at(data).unwrap().set("NotOnOrAfter", text);
        desk_of(Family::EidasSaml, PRODUCTION).ask(message.to_post().unwrap()).err()
    };
    assert_eq!(until("9999-12-31T23:59:59Z"), None);
    for bad in [
        "2026-03-01T24:00:00Z",
        "2026-12-31T23:59:60Z",
        "9999-12-31T23:59:59-01:00",
        "10000-01-01T00:00:00Z",
        "2026-03-01T13:00:00",
        "2026-03-01T13:00:00+14:01",
        "\u{a0}2026-03-01T13:00:00Z",
    ] {
        assert_eq!(until(bad), Some(Code::SamlValue), "{bad}");
    }
    assert_eq!(until("1999-12-31T23:59:59Z"), Some(Code::TimeExpired));
}

// --- signatures ----------------------------------------------------------------------------------

#[test]
fn attack_xml_38_what_is_within_the_encryption_is_signed_by_the_same_issuer() {
    let desk = desk_of(Family::EidasSaml, PRODUCTION);
    let signed = |change: &dyn Fn(&mut Message)| {
        let mut message = message(&Person::erika());
        change(&mut message);
        desk.ask(message.to_post().unwrap()).err()
    };
    let ours = || sign::Signing::new(&keys::saml_node_p256().unwrap(), None);
    let other = || sign::Signing::new(&keys::saml_node_rsa().unwrap(), None);
    assert_eq!(signed(&|_| {}), None);
    assert_eq!(signed(&|message| message.inner = Some(ours())), None);
    assert_eq!(signed(&|message| message.inner = Some(other())), Some(Code::SigInvalid));
    assert_eq!(signed(&|message| message.outer = Some(other())), Some(Code::SigInvalid));
    assert_eq!(signed(&|message| message.outer = None), Some(Code::SigMissing));
    let both = |message: &mut Message| {
        message.outer = None;
        message.inner = Some(ours());
    };
    assert_eq!(signed(&both), Some(Code::SigMissing));
}

#[test]
fn attack_xml_08_a_prefix_that_means_another_thing_around_a_plain_assertion() {
    let sent = |placement: &str, prefixes: &[&str], change: &dyn Fn(&mut String)| {
        let desk = desk_of(Family::EidasSaml, &PLAIN.replace("SIGNED", placement));
        let mut message = message(&Person::erika());
        message.encryption = None;
        let assertion = message.assertions.remove(0);
        let protocol = "urn:oasis:names:tc:SAML:2.0:protocol";
        let assertion = assertion.declaring("x", "urn:x").declaring("saml2p", protocol);
        message.assertions.push(assertion);
        let key = keys::saml_node_p256().unwrap();
        message.inner = Some(sign::Signing::new(&key, None).with_prefixes(prefixes));
        message.outer = (placement == "both").then(|| sign::Signing::new(&key, None));
        let mut xml = message.to_xml().unwrap();
        change(&mut xml);
        desk.ask(xml).err()
    };
    for placement in ["assertion", "both"] {
        for prefixes in [&[][..], &["xsi", "eidas-natural"], &["#default", "xml"], &["x", "saml2p"]]
        {
            let honest = sent(placement, prefixes, &|_| {});
            assert_eq!(honest, None, "{placement} {prefixes:?}");
            let one = |xml: &mut String| *xml = xml.replace("1964-08-12", "1965-08-12");
            let one = sent(placement, prefixes, &one);
            assert_eq!(one, Some(Code::DigestMismatch), "{placement} {prefixes:?}");
        }
        // What only the inner signature covers holds too.
        let moved = |xml: &mut String| *xml = xml.replace("\"urn:x\"", "\"urn:y\"");
        assert_eq!(sent(placement, &["x"], &moved), Some(Code::DigestMismatch), "{placement}");
        assert_eq!(sent(placement, &[], &moved), None, "{placement}");
    }
    // Outside of the signed assertion nothing can be rebound that is listed.
    let rebound = sent("assertion", &["eidas-legal"], &|xml| {
        *xml =
            xml.replacen("<saml2p:Response ", "<saml2p:Response xmlns:eidas-legal=\"urn:x\" ", 1);
    });
    assert_eq!(rebound, Some(Code::DigestMismatch));
}

#[test]
fn attack_xml_21_a_plaintext_is_one_element() {
    let desk = desk_of(Family::EidasSaml, PRODUCTION);
    let key = Encryption::new(&keys::saml_sp_enc_p256().unwrap()).unwrap();
    let sent = |change: &dyn Fn(String) -> String| {
        let mut message = message(&Person::erika());
        let plain = change(message.assertion().unwrap().write());
        let sealed = key.encrypt(&plain).unwrap();
        message.assertions.clear();
        message.response = message.response.clone().child(sealed);
        desk.ask(message.to_post().unwrap()).err()
    };
    assert_eq!(sent(&|plain| plain), None);
    assert_eq!(sent(&|plain| format!("\r\n{plain}\n")), None);
    for (bad, code) in [
        (sent(&|plain| format!("{plain}{plain}")), Code::XmlMalformed),
        (sent(&|plain| format!("\u{feff}{plain}")), Code::XmlEncoding),
        (sent(&|plain| format!("{plain}\u{feff}")), Code::XmlEncoding),
        (sent(&|plain| format!("<?xml version=\"1.0\"?>{plain}")), Code::XmlInstruction),
        (sent(&|plain| format!("{plain}<!-- -->")), Code::XmlComment),
        (sent(&|plain| format!("<x>{plain}</x>")), Code::SamlElement),
        (sent(&|_| String::new()), Code::XmlMalformed),
    ] {
        assert_eq!(bad, Some(code));
    }
}

#[test]
fn attack_xml_19_ids_of_another_case_and_what_references_make_of_values() {
    let changed = |change: &dyn Fn(&mut Message)| {
        let mut message = message(&Person::erika());
        change(&mut message);
        desk_of(Family::EidasSaml, PRODUCTION).ask(message.to_post().unwrap()).err()
    };
    let id = message(&Person::erika()).response.get("ID").unwrap().to_owned();
    // In the assertion it is another document; within the response it is a twin.
    for name in ["id", "Id", "iD"] {
        let status = |message: &mut Message| {
            message.response.at("saml2p:Status").unwrap().set(name, &id);
        };
        assert_eq!(changed(&status), Some(Code::AmbiguousId), "{name}");
    }
    let data = "saml2:Subject/saml2:SubjectConfirmation/saml2:SubjectConfirmationData";
    for (name, value, code) in [
        ("Recipient", format!("{BROKER_ACS}\n"), Code::DestinationMismatch),
        ("Recipient", format!("{BROKER_ACS}/"), Code::DestinationMismatch),
        ("InResponseTo", format!("{REQUEST_ID} "), Code::RequestResponse),
        ("InResponseTo", REQUEST_ID.to_uppercase(), Code::RequestResponse),
    ] {
        let one = |message: &mut Message| {
            message.assertion().unwrap().at(data).unwrap().set(name, &value);
        };
        assert_eq!(changed(&one), Some(code), "{name} {value:?}");
    }
    let spaced = |message: &mut Message| {
        let statement = message.assertion().unwrap();
        statement.set("xml:space", "preserve");
        statement.set("xml:base", "http://evil.example/");
    };
    assert_eq!(changed(&spaced), None);
    let name = format!("{NATURAL}CurrentFamilyName");
    let parted = |message: &mut Message| {
        let value = message.attribute(&name).unwrap().at("saml2:AttributeValue").unwrap();
        value.children.push(XmlNode::comment("x"));
    };
    assert_eq!(changed(&parted), Some(Code::XmlComment));
}
