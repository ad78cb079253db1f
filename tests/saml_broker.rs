//! SAML through the whole broker: from the configuration folder to the request, from the response to
//! the assertion.

#![cfg(all(test, feature = "cli", feature = "sqlite", feature = "openssl"))]

mod saml_kit;

use eid_broker::broker::{Broker, ExpectOptions, Expected, Request as By};
use eid_broker::identity::{Country, Family};
use eid_broker::verdict::{Check, Code, Outcome, Refusal, Verdict};
use eid_broker_maker::keys;
use eid_broker_maker::saml::request::Request;
use eid_broker_maker::saml::{BROKER, BROKER_ACS, eidas};
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
