//! SAML through the whole broker: from the configuration folder to the request, from the response to
//! the assertion.

#![cfg(test)]
#![cfg(all(feature = "cli", feature = "sqlite", feature = "openssl"))]

mod saml_kit;

use eid_broker::broker::{Broker, ExpectOptions, Expected, Request as By};
use eid_broker::identity::{Country, Family};
use eid_broker::verdict::{Check, Code, Outcome, Refusal, Verdict};
use eid_broker_maker::keys;
use eid_broker_maker::saml::request::{Request, verify_query};
use eid_broker_maker::saml::{BROKER, BROKER_ACS, bund_id, eid_server, eidas};
use saml_kit::{CLIENT, Folder, OTHER_NODE, PROCEDURE, answered_at, now, other_node};
use std::collections::BTreeSet;

fn options<'a>(issuer: Option<&'a str>, country: Option<&str>) -> ExpectOptions<'a> {
    let mut options = ExpectOptions::default();
    options.issuer = issuer;
    options.country = country.map(|country| Country::parse(country).unwrap());
    options
}

fn expect(broker: &Broker, family: Family, options: &ExpectOptions<'_>) -> Result<Expected, Code> {
    broker.expect_with(PROCEDURE, family, options, now()).map_err(|refusal: Refusal| refusal.code())
}

fn posted(expected: &Expected) -> Request {
    let request = expected.request.as_ref().unwrap();
    let read = Request::read_post(request.message.as_ref().unwrap()).unwrap();
    read.verify(&keys::saml_sp_sign().unwrap()).unwrap();
    read
}

fn assert_code<T>(verdict: &Verdict<T>, code: Code) {
    assert_eq!(verdict.refusal().map(|refusal| refusal.code()), Some(code));
}

#[test]
fn a_node_answers_a_request_and_an_assertion_comes_of_it() {
    let folder = Folder::saml(&["\"eidas_saml\""]);
    let broker = folder.broker();
    let expected = expect(&broker, Family::EidasSaml, &options(None, Some("AT"))).unwrap();
    assert_eq!(expected.expectation.addressee(), Some(eidas::ENTITY));
    assert_eq!(expected.expectation.audience(), BROKER);
    let request = posted(&expected);
    assert_eq!(request.id, expected.expectation.nonce());
    assert_eq!(request.destination, eidas::SSO);
    assert_eq!(request.levels, ["http://eidas.europa.eu/LoA/substantial"]);

    let asked = request.asked(BROKER_ACS, answered_at());
    let answer = eidas::Node::new().unwrap().answer(&asked, &eidas::Person::erika()).unwrap();
    let token = answer.to_post().unwrap();
    let by = By::new(CLIENT);
    let assert = |token: &str| broker.assert(&expected.sealed, &by, token.as_bytes(), now());
    let Verdict::Accepted(accepted) = assert(&token) else {
        panic!("{:?}", assert(&token).refusal())
    };
    assert_eq!(accepted.ledger().outcome(Check::AssertionUnused), Outcome::Passed);
    assert_code(&assert(&token), Code::ReplayExpectation);
    drop(broker);
    let log = folder.read("state/audit.log");
    assert!(log.contains("\"statement\":{") && log.contains(eidas::ENTITY));
    assert!(!log.contains("Mustermann"));
}

#[test]
fn who_is_asked_is_named_or_the_only_one() {
    let folder = Folder::saml(&["\"eidas_saml\""]);
    let broker = folder.broker();
    let ask = |issuer, country| {
        let expected = expect(&broker, Family::EidasSaml, &options(issuer, country))?;
        Ok(expected.expectation.addressee().unwrap().to_owned())
    };
    let at = Ok(eidas::ENTITY.to_owned());
    assert_eq!(ask(None, Some("AT")), at);
    assert_eq!(ask(Some(eidas::ENTITY), None), at);
    assert_eq!(ask(Some(eidas::ENTITY), Some("AT")), at);
    assert_eq!(ask(None, Some("FI")), Ok(OTHER_NODE.to_owned()));
    // Two nodes, and the call does not say which.
    assert_eq!(ask(None, None), Err(Code::MisuseIssuer));
    assert_eq!(ask(Some("https://else.example/"), None), Err(Code::TrustMissing));
    assert_eq!(ask(Some(eidas::ENTITY), Some("FI")), Err(Code::IssuerNotOffered));
    assert_eq!(ask(None, Some("SE")), Err(Code::IssuerNotOffered));
    // An identity provider of another kind is none for this family.
    assert_eq!(ask(Some(bund_id::ENTITY), None), Err(Code::TrustMissing));
    drop(broker);
    // That one of two cannot be used does not send a person to the other.
    folder.replace("trust.toml", "trust/other-node.pem", "trust/absent.pem");
    let broker = folder.broker();
    let ask = |options: &ExpectOptions<'_>| expect(&broker, Family::EidasSaml, options).err();
    assert_eq!(ask(&options(None, None)), Some(Code::MisuseIssuer));
    assert_eq!(ask(&options(None, Some("FI"))), Some(Code::IssuerNotOffered));
    assert_eq!(ask(&options(Some(OTHER_NODE), None)), Some(Code::TrustMissing));
    assert_eq!(ask(&options(None, Some("AT"))), None);
}

#[test]
fn the_only_one_that_is_configured_needs_no_name() {
    let folder = Folder::saml(&["\"eidas_saml\""]);
    let text = folder.read("trust.toml");
    let (before, rest) = text.split_once("[[source]]\nname = \"other-node\"").unwrap();
    let (_, after) = rest.split_once("[[source]]").unwrap();
    folder.write("trust.toml", &format!("{before}[[source]]{after}"));
    let expected = folder.broker().expect(PROCEDURE, Family::EidasSaml, now()).unwrap();
    assert_eq!(expected.expectation.addressee(), Some(eidas::ENTITY));
}

#[test]
fn nobody_else_answers_a_request() {
    let folder = Folder::saml(&["\"eidas_saml\""]);
    let broker = folder.broker();
    let ask = |country| expect(&broker, Family::EidasSaml, &options(None, Some(country))).unwrap();
    let (at, fi) = (ask("AT"), ask("FI"));
    let person = eidas::Person::erika();
    let asked = posted(&at).asked(BROKER_ACS, answered_at());
    let by = By::new(CLIENT);
    let assert = |expected: &Expected, token: &str| {
        broker.assert(&expected.sealed, &by, token.as_bytes(), now())
    };
    // A trusted node answers a request that was put to another one.
    let token = other_node().answer(&asked, &person).unwrap().to_post().unwrap();
    assert_code(&assert(&at, &token), Code::IssuerMismatch);
    // The right node answers another request.
    let token = eidas::Node::new().unwrap().answer(&asked, &person).unwrap().to_post().unwrap();
    assert_code(&assert(&fi, &token), Code::IssuerMismatch);
    let again = ask("AT");
    let verdict = assert(&again, &token);
    assert_code(&verdict, Code::RequestResponse);
    // A refused token uses nothing up.
    assert!(matches!(assert(&at, &token), Verdict::Accepted(_)));
}

#[test]
fn an_assertion_is_taken_once_whatever_it_answers() {
    use eid_broker::ports::{Insertion, Namespace, ReplayStore};
    let folder = Folder::saml(&["\"eidas_saml\""]);
    let broker = folder.broker();
    let ask = || expect(&broker, Family::EidasSaml, &options(None, Some("AT"))).unwrap();
    let (first, second) = (ask(), ask());
    let node = eidas::Node::new().unwrap();
    let answer = |expected: &Expected| {
        let asked = posted(expected).asked(BROKER_ACS, answered_at());
        let mut message = node.answer(&asked, &eidas::Person::erika()).unwrap();
        message.assertion().unwrap().set("ID", "_one-assertion");
        message.to_post().unwrap()
    };
    let verify =
        |expected: &Expected, token: &str| broker.verify(&expected.sealed, token.as_bytes(), now());
    assert!(matches!(verify(&first, &answer(&first)), Verdict::Accepted(_)));
    assert_code(&verify(&second, &answer(&second)), Code::ReplayToken);
    drop(broker);
    // The store keeps the two kinds of use apart.
    let store = eid_broker::host::MemoryReplayStore::new(8);
    for namespace in [Namespace::Expectation, Namespace::SamlAssertion] {
        let inserted = store.insert_if_absent(namespace, &[1; 32], now().plus(9), now());
        assert_eq!(inserted, Ok(Insertion::Inserted));
    }
}

#[test]
fn the_address_of_the_browser_holds_where_it_is_known() {
    let folder = Folder::saml(&["\"eidas_saml\""]);
    let broker = folder.broker();
    let ask = |address: &str| {
        let mut options = options(None, Some("AT"));
        options.client_address = Some(address);
        expect(&broker, Family::EidasSaml, &options)
    };
    assert_eq!(ask("nowhere").err(), Some(Code::MisuseArgument));
    let verify = |address: &str, named: &str| {
        let expected = ask(address).unwrap();
        let asked = posted(&expected).asked(BROKER_ACS, answered_at());
        let node = eidas::Node::new().unwrap();
        let mut message = node.answer(&asked, &eidas::Person::erika()).unwrap();
        let data = "saml2:Subject/saml2:SubjectConfirmation/saml2:SubjectConfirmationData";
        message.assertion().unwrap().at(data).unwrap().set("Address", named);
        let token = message.to_post().unwrap();
        let verdict = broker.verify(&expected.sealed, token.as_bytes(), now());
        verdict.refusal().map(|refusal| refusal.code())
    };
    assert_eq!(verify("192.0.2.17", "192.0.2.17"), None);
    assert_eq!(verify("192.0.2.17", "192.0.2.18"), Some(Code::ConfirmationAddress));
}

#[test]
fn ids_of_requests_never_repeat() {
    let folder = Folder::saml(&["\"eidas_saml\""]);
    let broker = folder.broker();
    let ids: BTreeSet<String> = (0..64)
        .map(|_| {
            let expected = expect(&broker, Family::EidasSaml, &options(None, Some("AT"))).unwrap();
            expected.expectation.nonce().to_owned()
        })
        .collect();
    assert_eq!(ids.len(), 64);
    assert!(ids.iter().all(|id| id.len() == 65 && id.starts_with('_')));
}

#[test]
fn options_are_for_the_families_that_take_them() {
    let folder = Folder::saml(&["\"eidas_saml\""]);
    let broker = folder.broker();
    assert!(broker.expect(PROCEDURE, Family::SdJwtVc, now()).unwrap().request.is_none());
    let mut relayed = ExpectOptions::default();
    relayed.relay_state = Some("x");
    for options in [options(Some(eidas::ENTITY), None), options(None, Some("AT")), relayed] {
        let code = expect(&broker, Family::SdJwtVc, &options).err();
        assert_eq!(code, Some(Code::MisuseArgument));
    }
    let mut options = options(None, Some("AT"));
    let scopes = ["identity.address".to_owned()];
    options.scopes = Some(&scopes);
    let request = posted(&expect(&broker, Family::EidasSaml, &options).unwrap());
    assert_eq!(request.attributes.len(), 5);
    let scopes = ["else".to_owned()];
    options.scopes = Some(&scopes);
    assert_eq!(expect(&broker, Family::EidasSaml, &options).err(), Some(Code::ScopeDenied));
    options.scopes = None;
    options.person = Some(eid_broker::identity::PersonKind::Legal);
    assert_eq!(expect(&broker, Family::EidasSaml, &options).err(), Some(Code::IdentityPersons));
}

#[test]
fn a_service_that_has_changed_its_name_answers_no_older_request() {
    let folder = Folder::saml(&["\"eidas_saml\""]);
    let expected = {
        let broker = folder.broker();
        expect(&broker, Family::EidasSaml, &options(None, Some("AT"))).unwrap()
    };
    folder.replace("eid-broker.toml", BROKER, "https://renamed.example/metadata");
    let verdict = folder.broker().verify(&expected.sealed, b"<", now());
    assert_code(&verdict, Code::RequestMismatch);
}

#[test]
fn a_broker_without_the_section_is_no_service_provider() {
    let folder = Folder::saml(&[]);
    let text = folder.read("eid-broker.toml");
    let (before, _) = text.split_once("\n[saml]\n").unwrap();
    folder.write("eid-broker.toml", before);
    assert!(folder.broker().service_provider().is_none());
    folder.replace("register.toml", "[\"sd_jwt_vc\", ]", "[\"sd_jwt_vc\", \"eidas_saml\"]");
    let findings = folder.findings();
    let needs = |finding: &String| finding.contains("which needs [saml] in eid-broker.toml");
    assert!(findings.iter().any(needs), "{findings:#?}");
}

#[test]
fn bund_id_answers_a_request_and_an_assertion_comes_of_it() {
    let folder = Folder::saml(&["\"bund_id\""]);
    let broker = folder.broker();
    let expected = broker.expect(PROCEDURE, Family::BundId, now()).unwrap();
    assert_eq!(expected.expectation.addressee(), Some(bund_id::ENTITY));
    let request = posted(&expected);
    assert_eq!(request.levels, ["STORK-QAA-Level-3"]);
    let names: Vec<&str> = request.attributes.iter().map(|(name, _)| name.as_str()).collect();
    let asked = request.asked(BROKER_ACS, answered_at());
    // It tells what was asked for and nothing else: that is enough for an assertion.
    let answer = bund_id::BundId::new().unwrap().answer(&asked, &names).unwrap();
    let token = answer.to_post().unwrap();
    let by = By::new(CLIENT);
    let assert = || broker.assert(&expected.sealed, &by, token.as_bytes(), now());
    assert!(matches!(assert(), Verdict::Accepted(_)), "{:?}", assert().refusal());
    assert_code(&assert(), Code::ReplayExpectation);
    // A node is no BundID, and the other way round.
    let other = broker.expect(PROCEDURE, Family::BundId, now()).unwrap();
    let asked = posted(&other).asked(BROKER_ACS, answered_at());
    let node = eidas::Node::new().unwrap().answer(&asked, &eidas::Person::erika()).unwrap();
    let token = node.to_post().unwrap();
    assert_code(&broker.assert(&other.sealed, &by, token.as_bytes(), now()), Code::IssuerMismatch);
}

#[test]
fn an_eid_server_answers_a_request_and_an_assertion_comes_of_it() {
    let folder = Folder::saml(&["\"eid_server\""]);
    let broker = folder.broker();
    let mut options = ExpectOptions::default();
    options.relay_state = Some("session 17");
    options.client_address = Some("192.0.2.17");
    let expected = expect(&broker, Family::EidServer, &options).unwrap();
    let url = &expected.request.as_ref().unwrap().url;
    assert!(verify_query(url, &keys::saml_sp_sign().unwrap()));
    let request = Request::read_redirect(url).unwrap();
    assert_eq!(request.id, expected.expectation.nonce());
    let asked = request.asked(BROKER_ACS, answered_at());
    let server = eid_server::EidServer::new().unwrap();
    let by = By::new(CLIENT);
    let assert = |query: &str| broker.assert(&expected.sealed, &by, query.as_bytes(), now());
    let answer = server.answer(&asked).unwrap();
    let query = server.query(&answer).unwrap();
    // One bit of the query, then the query itself.
    let altered = query.replacen("SAMLResponse=", "SAMLResponse=%2B", 1);
    assert!(assert(&altered).refusal().is_some());
    assert!(matches!(assert(&query), Verdict::Accepted(_)), "{:?}", assert(&query).refusal());
    assert_code(&assert(&query), Code::ReplayExpectation);
}
