//! Journeys with a card of the test issuers: what is needed, the answer of its responder, the assertion.

use super::{CLIENT, PROCEDURE, checked, refused, say, show};
use crate::{Failure, setup};
use eid_broker::UnixTime;
use eid_broker::broker::{Broker, Expected, Request};
use eid_broker::envelope::jose::KeySet;
use eid_broker::identity::Family;
use eid_broker::pki::Evidence;
use eid_broker::token::certificate::{Handshake, TlsVersion};
use eid_broker::verdict::Code;
use eid_broker_maker::MakerError;
use eid_broker_maker::card::{StoredCard, WebEidSpec};
use eid_broker_maker::keys::der_to_pem;
use eid_broker_maker::ocsp::Status;
use std::io::Write;
use std::path::Path;

const ORIGIN: &str = "https://login.example.org";

const POLICY: &str = r#"
[cards]
[[cards.algorithm]]
name = "ES256"
[[cards.algorithm]]
name = "ES384"
[[cards.algorithm]]
name = "ES512"
[[cards.rule]]
source = "test-cards"
policies = ["1.3.6.1.4.1.51361.1.2.1"]
scheme = "ee-pno"
loa = "high"
notified = true
[web_eid]
[certificate]
"#;

const TRUST: &str = r#"
[[source]]
name = "test-cards"
purpose = "card-issue"
kind = "x509"
profile = "eid-card"
files = ["trust/card-ca.pem"]
country = "EE"
"#;

/// Adds the test CA of cards to the example configuration.
pub(super) fn configure(folder: &Path) -> Result<(), Failure> {
    let change = |name: &str, bend: &dyn Fn(String) -> String| -> Result<(), Failure> {
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path);
        text.and_then(|text| std::fs::write(&path, bend(text)))
            .map_err(|error| Failure::Misuse(format!("cannot change {name}: {error}")))
    };
    let card = StoredCard::new().map_err(|error| made(&error))?;
    let pem = der_to_pem("CERTIFICATE", &card.ca_der);
    std::fs::write(folder.join("trust/card-ca.pem"), pem)
        .map_err(|error| Failure::Misuse(format!("cannot write the CA: {error}")))?;
    change("policy.toml", &|text| text + POLICY)?;
    change("trust.toml", &|text| text + TRUST)?;
    change("eid-broker.toml", &|text| format!("{text}origin = \"{ORIGIN}\"\n"))?;
    change("register.toml", &|text| {
        text.replacen("[\"sd_jwt_vc\"]", "[\"sd_jwt_vc\", \"web_eid\", \"certificate\"]", 1)
    })
}

/// Walks one journey, then two that must not end well.
pub(super) fn journey(
    broker: &Broker,
    family: Family,
    issuer: &str,
    keys: &KeySet,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let now = setup::now(None)?;
    let seconds = i64::try_from(now.secs()).unwrap_or(i64::MAX);
    let card = StoredCard::new().map_err(|error| made(&error))?;
    say(out, "expectation", &format!("for {PROCEDURE}, family {}", family.name()))?;
    let expected = broker.expect(PROCEDURE, family, now)?;
    let token = token(&card, family, &expected, now)?;
    say(out, "token", &format!("{} bytes, a card of the test issuer", token.len()))?;
    let request = Request::new(CLIENT);
    let ask = |evidence: &[&[u8]]| {
        let evidence = Evidence::ocsp(evidence);
        broker.assert_with_evidence(&expected.sealed, &request, token.as_bytes(), evidence, now)
    };
    show(broker, family, &ask(&[]), now, out)?;
    say(out, "responder", "a revoked card first, to see it refused")?;
    let answer = |status| card.ocsp(status, seconds).map_err(|error| made(&error));
    refused(&ask(&[&answer(Status::Revoked)?]), Code::StatusRevoked, out)?;
    say(out, "responder", "the honest answer: good")?;
    let good = answer(Status::Good)?;
    let verdict = ask(&[&good]);
    show(broker, family, &verdict, now, out)?;
    checked(&verdict, issuer, keys, now, out)?;
    say(out, "again", "the same token and expectation a second time")?;
    refused(&ask(&[&good]), Code::ReplayExpectation, out)
}

fn token(
    card: &StoredCard,
    family: Family,
    expected: &Expected,
    now: UnixTime,
) -> Result<String, Failure> {
    if family == Family::WebEid {
        let (origin, nonce) = (expected.expectation.audience(), expected.expectation.nonce());
        let spec = WebEidSpec::new(card.card_der.clone(), "ES384", origin, nonce);
        return spec.sign(card.key()).map_err(|error| made(&error));
    }
    let handshake = Handshake {
        tls: TlsVersion::V1_3,
        resumed: false,
        handshake_at: now,
        server_name: "login.example.org".to_owned(),
        certificates: vec![card.card_der.clone()],
    };
    Ok(handshake.to_json())
}

fn made(error: &MakerError) -> Failure {
    Failure::Misuse(format!("the test card failed: {error:?}"))
}
