//! SAML as operators and programs call it: the request, the answer, the metadata.

#![cfg(test)]
#![cfg(all(feature = "cli", feature = "sqlite", feature = "openssl"))]

mod saml_kit;

use eid_broker_maker::keys;
use eid_broker_maker::saml::read::read;
use eid_broker_maker::saml::request::{Request, verify_enveloped};
use eid_broker_maker::saml::{BROKER, BROKER_ACS, eidas};
use saml_kit::{CLIENT, Folder, PROCEDURE, answered_at};
use serde_json::Value;
use std::process::{Command, Output};

const AT: &str = "2026-03-01T12:00:00Z";

fn run(folder: &Folder, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_eid-broker"))
        .args(arguments)
        .args(["--config", ".", "--now", AT])
        .current_dir(&folder.0)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        panic!("{} {}", text(&output.stdout), text(&output.stderr));
    })
}

fn expect(folder: &Folder, more: &[&str]) -> Output {
    let fixed = ["expect", "--procedure", PROCEDURE, "--family", "eidas_saml"];
    run(folder, &[&fixed[..], more].concat())
}

// The expectation of a request in `e.json`, and the answer of the node in `answer`.
fn answered(folder: &Folder) -> Value {
    let page = ["--html", "page.html", "--relay-state", "s-1", "--country", "AT"];
    let made = json(&expect(folder, &page));
    folder.write("e.json", &made.to_string());
    let message = made["request"]["fields"]["SAMLRequest"].as_str().unwrap();
    let request = Request::read_post(message).unwrap();
    let asked = request.asked(BROKER_ACS, answered_at());
    let answer = eidas::Node::new().unwrap().answer(&asked, &eidas::Person::erika()).unwrap();
    folder.write("answer", &answer.to_post().unwrap());
    folder.write("answer.xml", &answer.to_xml().unwrap());
    made
}

#[test]
fn expect_prints_the_request_and_assert_takes_the_answer() {
    let folder = Folder::saml(&["\"eidas_saml\""]);
    let made = answered(&folder);
    assert_eq!(made["addressee"], eidas::ENTITY);
    assert_eq!(made["request"]["url"], eidas::SSO);
    assert_eq!(made["request"]["binding"], "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST");
    assert_eq!(made["request"]["fields"]["RelayState"], "s-1");
    assert_eq!(made["audience"], BROKER);
    assert!(folder.read("page.html").contains("name=\"RelayState\" value=\"s-1\""));
    let assert = |token: &str| {
        let fixed = ["assert", "--json", "--expect", "e.json", "--client", CLIENT];
        run(&folder, &[&fixed[..], &[token]].concat())
    };
    let issued = assert("answer");
    let verdict = json(&issued);
    assert_eq!(verdict["verdict"], "accepted", "{verdict:#}");
    assert_eq!(verdict["family"], "eidas_saml");
    assert_eq!(issued.status.code(), Some(0));
    assert!(verdict["assertion"].as_str().unwrap().starts_with("eyJ"));
    let again = assert("answer");
    assert_eq!(json(&again)["reason"]["code"], "replay.expectation");
    assert_eq!(again.status.code(), Some(1));
}

#[test]
fn diagnose_looks_at_a_response_and_uses_nothing_up() {
    let folder = Folder::saml(&["\"eidas_saml\""]);
    let made = answered(&folder);
    let diagnose = |more: &[&str], token: &str| {
        let fixed = ["diagnose", "--family", "eidas_saml", "--json"];
        run(&folder, &[&fixed[..], more, &[token]].concat())
    };
    let id = made["nonce"].as_str().unwrap();
    for token in ["answer", "answer.xml"] {
        for _ in 0..2 {
            let by_id = ["--request-id", id, "--issuer", eidas::ENTITY];
            let verdict = json(&diagnose(&by_id, token));
            assert_eq!(verdict["verdict"], "accepted", "{verdict:#}");
            assert_eq!(verdict["identity"]["issuing_country"], "AT");
            let verdict = json(&diagnose(&["--expect", "e.json"], token));
            assert_eq!(verdict["verdict"], "accepted", "{verdict:#}");
        }
    }
    let other = ["--request-id", "_else", "--issuer", eidas::ENTITY];
    assert_eq!(json(&diagnose(&other, "answer"))["reason"]["code"], "request.in_response_to");
    // Two nodes: whose answer it is has to be said.
    let silent = diagnose(&["--request-id", id], "answer");
    assert_eq!(silent.status.code(), Some(2));
    assert!(text(&silent.stderr).contains("--issuer"));
}

#[test]
fn a_call_that_does_not_say_who_is_asked_is_misuse() {
    let folder = Folder::saml(&["\"eidas_saml\""]);
    for (more, status, word) in [
        (&[][..], 2, "misuse.issuer"),
        (&["--country", "at"], 2, "two capital letters"),
        (&["--country", "SE"], 1, "issuer.not_offered"),
        (&["--issuer", "https://else.example/"], 1, "trust.missing"),
    ] {
        let made = expect(&folder, more);
        assert_eq!(made.status.code(), Some(status), "{more:?}");
        assert!(text(&made.stderr).contains(word), "{}", text(&made.stderr));
    }
}

#[test]
fn metadata_are_printed_signed() {
    let folder = Folder::saml(&[]);
    let printed = run(&folder, &["saml", "metadata"]);
    assert_eq!(printed.status.code(), Some(0), "{}", text(&printed.stderr));
    let tree = read(text(&printed.stdout).trim_end()).unwrap();
    verify_enveloped(&tree, &keys::saml_sp_sign().unwrap()).unwrap();
    assert_eq!(tree.get("validUntil"), Some("2026-03-02T12:00:00Z"));
    assert_eq!(tree.select("md:SPSSODescriptor/md:KeyDescriptor").len(), 3);
    assert_eq!(run(&folder, &["saml", "metadata", "--family", "sd_jwt_vc"]).status.code(), Some(2));
}
