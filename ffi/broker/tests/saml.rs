//! SAML through the calls: the request with its parts, the answer, the assertion.

#![cfg(test)]

#[path = "../../../tests/saml_kit/mod.rs"]
mod saml_kit;

use eid_broker::verdict::Code;
use eid_broker_ffi::expectation::*;
use eid_broker_ffi::folder::*;
use eid_broker_ffi::issued::*;
use eid_broker_ffi::journey::*;
use eid_broker_ffi::{EIDB_ACCEPTED, EIDB_OK};
use eid_broker_maker::saml::request::Request;
use eid_broker_maker::saml::{BROKER_ACS, eidas};
use saml_kit::{CLIENT, Folder, PROCEDURE, answered_at, now};
use std::ffi::c_char;
use std::ptr::{null, null_mut};

fn c(text: &str) -> *const c_char {
    text.as_ptr().cast()
}

struct Opened {
    _folder: Folder,
    broker: *mut EidbBroker,
}

impl Opened {
    fn new() -> Self {
        let folder = Folder::saml(&["\"eidas_saml\""]);
        let path = folder.0.to_str().unwrap().to_owned();
        let mut broker = null_mut();
        // SAFETY: a text with its length, and room for one pointer.
        let status = unsafe { eidb_broker_open(c(&path), path.len(), &raw mut broker) };
        assert_eq!(status, EIDB_OK);
        Self { _folder: folder, broker }
    }

    fn expect(&self, options: [Option<&str>; 6]) -> (u32, *mut EidbExpectation) {
        let mut expectation = null_mut();
        let of = |text: Option<&str>| text.map_or((null(), 0), |text| (c(text), text.len()));
        let [issuer, country, person, scopes, address, relay] = options.map(of);
        let family = "eidas_saml";
        // SAFETY: texts with their lengths, and room for one pointer.
        let status = unsafe {
            eidb_broker_expect_with(
                self.broker,
                c(PROCEDURE),
                PROCEDURE.len(),
                c(family),
                family.len(),
                issuer.0,
                issuer.1,
                country.0,
                country.1,
                person.0,
                person.1,
                scopes.0,
                scopes.1,
                address.0,
                address.1,
                relay.0,
                relay.1,
                now().secs(),
                &raw mut expectation,
            )
        };
        (status, expectation)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        assert_eq!(eidb_broker_free(self.broker), EIDB_OK);
    }
}

fn text(expectation: *const EidbExpectation, name: &str) -> String {
    let mut buffer = vec![0_u8; 65_536];
    let mut len = 0;
    // SAFETY: a name with its length, a buffer with its size, room for one number.
    let status = unsafe {
        let out = buffer.as_mut_ptr().cast();
        eidb_expectation_text(expectation, c(name), name.len(), out, buffer.len(), &raw mut len)
    };
    assert_eq!(status, EIDB_OK, "{name}");
    buffer.truncate(len);
    String::from_utf8(buffer).unwrap()
}

#[test]
fn a_request_has_its_parts_and_its_answer_becomes_an_assertion() {
    let opened = Opened::new();
    let (status, expectation) =
        opened.expect([Some(eidas::ENTITY), Some("AT"), Some("natural"), None, None, Some("s-1")]);
    assert_eq!(status, EIDB_OK);
    assert_eq!(text(expectation, "addressee"), eidas::ENTITY);
    assert_eq!(text(expectation, "request_url"), eidas::SSO);
    assert_eq!(text(expectation, "request_relay_state"), "s-1");
    assert!(text(expectation, "request_binding").ends_with(":HTTP-POST"));
    assert!(text(expectation, "request_html").contains("<form method=\"post\""));
    let request = Request::read_post(&text(expectation, "request_message")).unwrap();
    assert_eq!(request.id, text(expectation, "nonce"));
    let sealed = text(expectation, "sealed");
    assert_eq!(eidb_expectation_free(expectation), EIDB_OK);
    let asked = request.asked(BROKER_ACS, answered_at());
    let answer = eidas::Node::new().unwrap().answer(&asked, &eidas::Person::erika()).unwrap();
    let token = answer.to_post().unwrap();
    let assert = || {
        let mut issued = null_mut();
        // SAFETY: texts with their lengths; NULL and 0 for what is left out; room for one pointer.
        let status = unsafe {
            eidb_broker_assert(
                opened.broker,
                c(&sealed),
                sealed.len(),
                c(CLIENT),
                CLIENT.len(),
                null(),
                0,
                null(),
                0,
                c(&token),
                token.len(),
                now().secs(),
                &raw mut issued,
                null_mut(),
            )
        };
        (status, issued)
    };
    let (status, issued) = assert();
    assert_eq!(status, EIDB_ACCEPTED);
    assert_eq!(eidb_issued_free(issued), EIDB_OK);
    let (status, issued) = assert();
    assert_eq!((status, issued.is_null()), (Code::ReplayExpectation.number(), true));
}

#[test]
fn what_is_wrong_with_a_call_has_its_number() {
    let opened = Opened::new();
    let code = |options| {
        let (status, expectation) = opened.expect(options);
        assert!(expectation.is_null());
        status
    };
    let none = None;
    assert_eq!(code([none; 6]), Code::MisuseIssuer.number());
    for (at, bad) in [(1, "at"), (2, "person"), (3, " "), (4, "nowhere")] {
        let mut options = [none, Some("AT"), none, none, none, none];
        options[at] = Some(bad);
        assert_eq!(code(options), Code::MisuseArgument.number(), "{bad}");
    }
    let other = "https://else.example/";
    assert_eq!(code([Some(other), none, none, none, none, none]), Code::TrustMissing.number());
    let scope = [none, Some("AT"), none, Some("else"), none, none];
    assert_eq!(code(scope), Code::ScopeDenied.number());
    let legal = [none, Some("AT"), Some("legal"), none, none, none];
    assert_eq!(code(legal), Code::IdentityPersons.number());
}
