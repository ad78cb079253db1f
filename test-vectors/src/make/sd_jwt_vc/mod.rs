//! Presentations of PIDs: what is accepted, and one vector for every way in which one is refused.

mod accepted;
mod binding;
mod chain;
mod disclosure;
mod format;
mod header;
mod identity;
mod key;
mod kit;
mod limit;
mod signature;
mod time;
mod trust;

use super::Made;
use super::set::{NOW_TEXT, Set};
use crate::suites::own::vector::{Expect, Input, Vector};

/// The accepted vector that most others are bent from.
const HONEST: &str = "accepted/honest";

const LOA_HIGH: &str = "http://eidas.europa.eu/LoA/high";

// Every check of an accepted PID whose issuer shows a certificate and that needs no status.
const LEDGER: &[&str] = &[
    "input.size",
    "trust.source",
    "sd-jwt.format",
    "issuer-jwt.header",
    "issuer-jwt.crit",
    "issuer-jwt.typ",
    "issuer-jwt.alg",
    "issuer-jwt.key",
    "chain.format",
    "chain.path",
    "chain.profile",
    "chain.anchor-absent",
    "issuer-jwt.signature",
    "issuer-jwt.payload",
    "disclosures.hash",
    "disclosures.format",
    "disclosures.digests",
    "disclosures.referenced",
    "claims.protected",
    "credential.vct",
    "credential.nbf",
    "credential.exp",
    "credential.iat",
    "holder.key",
    "key-binding.present",
    "key-binding.typ",
    "key-binding.alg",
    "key-binding.signature",
    "key-binding.claims",
    "key-binding.iat",
    "key-binding.nonce",
    "key-binding.aud",
    "key-binding.sd_hash",
    "identity.mapped",
    "identity.country",
    "identity.loa",
];

/// The vectors of the family.
pub(super) fn vectors() -> Made<Set> {
    let mut set = Set::new("sd_jwt_vc", template());
    let kit = kit::Kit::new()?;
    accepted::add(&mut set, &kit)?;
    format::add(&mut set, &kit)?;
    limit::add(&mut set, &kit)?;
    header::add(&mut set, &kit)?;
    trust::add(&mut set, &kit)?;
    chain::add(&mut set, &kit)?;
    key::add(&mut set, &kit)?;
    signature::add(&mut set, &kit)?;
    disclosure::add(&mut set, &kit)?;
    time::add(&mut set, &kit)?;
    binding::add(&mut set, &kit)?;
    identity::add(&mut set, &kit)?;
    Ok(set)
}

fn template() -> Vector {
    let mut template = Vector {
        id: String::new(),
        description: String::new(),
        standard: String::new(),
        attack: None,
        twin: None,
        family: "sd_jwt_vc".to_owned(),
        input: Input::default(),
        before: Vec::new(),
        trust: String::new(),
        policy: "standard/1".to_owned(),
        procedure: "urn:procedure:vector".to_owned(),
        relying_party: None,
        presented: None,
        expectation: None,
        saml: None,
        evidence: Vec::new(),
        now: NOW_TEXT.to_owned(),
        expect: Expect {
            loa: Some(LOA_HIGH.to_owned()),
            ledger: LEDGER.iter().map(|check| (*check).to_owned()).collect(),
            ..Expect::default()
        },
        flags: Vec::new(),
    };
    template.trust("pid").expects(kit::NONCE, kit::AUDIENCE);
    template
}
