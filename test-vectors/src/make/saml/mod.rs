//! Responses of SAML identity providers, one family per issuer.

mod bund_id;
mod eid_server;
mod eidas;
mod kit;
mod trust;

use super::Made;
use super::set::{NOW_TEXT, Set};
use crate::suites::own::vector::{Expect, Expectation, Input, Saml, Vector};
use eid_broker::identity::Family;
use eid_broker_maker::saml::{BROKER, BROKER_ACS, REQUEST_ID, loa};
pub(super) use trust::files;

/// The vectors of the three families.
pub(super) fn sets() -> Made<Vec<Set>> {
    Ok(vec![bund_id::vectors()?, eid_server::vectors()?, eidas::vectors()?])
}

// The decryption keys of the broker in the vectors.
const KEYS: &[&str] = &[
    "saml-sp-enc-rsa",
    "saml-sp-enc-p256",
    "saml-sp-enc-p384",
    "saml-sp-enc-p521",
    "saml-sp-enc-bp256",
    "saml-sp-enc-bp384",
    "saml-sp-enc-bp512",
];

// Which checks stand behind an accepted response is part of what the vectors say; here they are written
// down by hand, apart from the list of the library.
fn ledger(family: Family) -> Vec<String> {
    let shared = [
        "input.size",
        "saml.xml",
        "saml.schema",
        "saml.issuer",
        "trust.source",
        "saml.signature",
        "saml.version",
        "saml.in-response-to",
        "saml.status",
        "saml.destination",
        "saml.issue-instant",
        "saml.decryption",
        "saml.assertion-signature",
        "saml.assertion",
        "saml.assertion-issuer",
        "saml.subject-confirmation",
        "saml.conditions",
        "saml.audience",
        "saml.authn-statement",
        "saml.loa",
        "saml.attributes",
        "saml.identifier",
        "saml.identity",
    ];
    // Where the other part of the message is signed, there is nothing for one of the two checks.
    let (own, absent): (&[&str], &[&str]) = match family {
        Family::EidasSaml => (&["saml.persons"], &[ASSERTION]),
        Family::BundId => (&[], &[RESPONSE]),
        _ => (&["eid-server.authn-context", "eid-server.document-validity"], &[ASSERTION]),
    };
    let checks = shared.iter().chain(own).filter(|check| !absent.contains(check));
    checks.map(|check| (*check).to_owned()).collect()
}

const ASSERTION: &str = "saml.assertion-signature";
const RESPONSE: &str = "saml.signature";

fn template(family: Family) -> Vector {
    let (issuer, trust) = match family {
        Family::BundId => (eid_broker_maker::saml::bund_id::ENTITY, "saml-bund-id"),
        Family::EidServer => (eid_broker_maker::saml::eid_server::ENTITY, "saml-eid-server"),
        _ => (eid_broker_maker::saml::eidas::ENTITY, "saml-node"),
    };
    let mut template = Vector {
        id: String::new(),
        description: String::new(),
        standard: String::new(),
        attack: None,
        twin: None,
        family: family.name().to_owned(),
        input: Input::default(),
        before: Vec::new(),
        trust: String::new(),
        policy: "saml/1".to_owned(),
        procedure: "urn:procedure:vector".to_owned(),
        relying_party: None,
        presented: None,
        expectation: Some(Expectation {
            nonce: None,
            request_id: Some(REQUEST_ID.to_owned()),
            audience: BROKER.to_owned(),
        }),
        saml: Some(Saml {
            issuer: issuer.to_owned(),
            acs_url: BROKER_ACS.to_owned(),
            country: "DE".to_owned(),
            min_loa: Some(loa::SUBSTANTIAL.to_owned()),
            client_address: None,
            keys: KEYS.iter().map(|key| (*key).to_owned()).collect(),
        }),
        evidence: Vec::new(),
        now: NOW_TEXT.to_owned(),
        expect: Expect {
            loa: Some(loa::HIGH.to_owned()),
            ledger: ledger(family),
            ..Expect::default()
        },
        flags: Vec::new(),
    };
    template.trust(trust);
    template
}

#[cfg(test)]
mod tests {
    use super::*;
    use eid_broker::token;

    #[test]
    fn the_ledger_of_the_vectors_lacks_no_mandatory_check() {
        for family in [Family::BundId, Family::EidServer, Family::EidasSaml] {
            let listed = ledger(family);
            for check in token::mandatory(family) {
                let name = check.name();
                // A document that is no form value has no base64 around it.
                let other = [ASSERTION, RESPONSE, "saml.transport"].contains(&name);
                assert!(other || listed.iter().any(|one| one == name), "{family:?}: {name}");
            }
        }
    }
}
