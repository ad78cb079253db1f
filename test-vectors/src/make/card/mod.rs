//! Cards through both of their families: what is accepted, and one vector for every way in which a
//! Web eID token, a handshake or the certificate in them is refused.

mod certificate;
mod handshake;
mod kit;
mod status;
mod token;

use super::Made;
use super::set::{NOW_TEXT, Set};
use crate::suites::own::vector::{Expect, Input, Vector};
use eid_broker::identity::Family;
use kit::{NONCE, ORIGIN};

/// The accepted vector that most others are bent from.
const HONEST: &str = "accepted/estonian";

const LOA_HIGH: &str = "http://eidas.europa.eu/LoA/high";
const LOA_FINNISH: &str = "http://eidas.europa.eu/NotNotified/LoA/substantial";

/// The vectors of `web_eid`.
pub(super) fn web_eid() -> Made<Set> {
    let mut set = Set::new("web_eid", template(Family::WebEid));
    certificate::add(&mut set, Family::WebEid)?;
    status::add(&mut set, Family::WebEid)?;
    token::add(&mut set)?;
    Ok(set)
}

/// The vectors of `certificate`.
pub(super) fn certificate() -> Made<Set> {
    let mut set = Set::new("certificate", template(Family::Certificate));
    certificate::add(&mut set, Family::Certificate)?;
    status::add(&mut set, Family::Certificate)?;
    handshake::add(&mut set)?;
    Ok(set)
}

// Which checks stand behind an accepted token is part of what the vectors say; here they are written
// down by hand, apart from the list of the library.
fn ledger(family: Family) -> Vec<String> {
    let own: &[&str] = if family == Family::WebEid {
        &[
            "web-eid.format",
            "web-eid.members",
            "web-eid.origin",
            "web-eid.nonce",
            "web-eid.algorithm",
            "web-eid.signature",
        ]
    } else {
        &[
            "handshake.format",
            "handshake.version",
            "handshake.session",
            "handshake.time",
            "handshake.server-name",
        ]
    };
    let shared = [
        "input.size",
        "card.certificate",
        "card.validity",
        "card.purpose",
        "card.policy",
        "card.key",
        "trust.source",
        "card.path",
        "card.rule",
        "card.country",
        "card.identity",
        "card.loa",
        "chain.revocation",
    ];
    own.iter().chain(&shared).map(|check| (*check).to_owned()).collect()
}

fn template(family: Family) -> Vector {
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
        policy: "cards/1".to_owned(),
        procedure: "urn:procedure:vector".to_owned(),
        relying_party: None,
        presented: None,
        expectation: None,
        saml: None,
        evidence: Vec::new(),
        now: NOW_TEXT.to_owned(),
        expect: Expect {
            loa: Some(LOA_HIGH.to_owned()),
            ledger: ledger(family),
            ..Expect::default()
        },
        flags: Vec::new(),
    };
    template.trust("cards").expects(NONCE, ORIGIN);
    template
}

#[cfg(test)]
mod tests {
    use super::*;
    use eid_broker::token;

    #[test]
    fn the_ledger_of_the_vectors_lacks_no_mandatory_check() {
        for family in [Family::WebEid, Family::Certificate] {
            let listed = ledger(family);
            for check in token::mandatory(family) {
                // Most tokens bring no certificate for signatures.
                let optional = check.name() == "web-eid.signing-certificates";
                assert!(optional || listed.iter().any(|name| name == check.name()), "{check:?}");
            }
        }
    }
}
