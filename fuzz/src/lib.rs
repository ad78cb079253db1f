//! What the targets and their seeds share: the context in which tokens are checked, and tokens put
//! together from their texts.
//!
//! A fuzzer that changes a finished token breaks a base64 or a digest and gets no further. So the
//! targets of signed formats read two forms, told apart by the first byte: [`RAW`] and the token as it
//! is, or [`TEXTS`] and one text per line, from which the token is made. Its digests are computed; its
//! signatures are worthless and are not looked at (`--cfg eidb_danger_stub_signatures`).

pub mod encryption;
pub mod saml;
pub mod status;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eid_broker::UnixTime;
use eid_broker::config::Findings;
use eid_broker::pki::Certificate;
use eid_broker::policy::{Content, KeyBinding, Policy, StatusRule};
use eid_broker::trust::saml_metadata::Signers;
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use eid_broker_maker::card::StoredCard;
use eid_broker_maker::{cert, keys};
use std::collections::BTreeMap;

/// First byte of an input that is a finished token.
pub const RAW: u8 = b'r';
/// First byte of an input that is a token's texts, one a line.
pub const TEXTS: u8 = b't';

/// The nonce of the expectation.
pub const NONCE: &str = "Zm9yIHRoZSBmdXp6ZXIgb25seQ";
/// The audience of the expectation.
pub const AUDIENCE: &str = "x509_san_dns:broker.example";
/// The issuer of assertions.
pub const ISSUER: &str = "https://broker.example";
/// The procedure that assertions are for.
pub const PROCEDURE: &str = "urn:example:building-permit";
/// The clock.
pub const NOW: UnixTime = UnixTime::from_secs(1_772_366_400);

/// A source for the test issuer's root and one for the test issuer's key set.
pub const TRUST: &str = r#"
[[source]]
name = "test-pid"
purpose = "pid-issue"
kind = "x509"
profile = "iso-iaca"
files = ["pid-ca.der"]
credential_types = ["urn:eudi:pid:1", "eu.europa.ec.eudi.pid.1"]

[[source]]
name = "test-keys"
purpose = "pid-issue"
kind = "jwks"
issuer = "https://issuer.example/pid"
files = ["issuer.jwks"]
credential_types = ["urn:eudi:pid:1"]
loa_cap = "substantial"
country = "DE"
"#;

/// The files that [`TRUST`] names.
///
/// # Panics
/// When an embedded key is damaged.
#[must_use]
pub fn material() -> BTreeMap<String, Material> {
    let jwks = keys::jwks(&[&keys::jwks_issuer().expect("embedded key")]).to_string();
    let ca = cert::pid_ca_der().expect("embedded certificate");
    [("pid-ca.der", ca), ("issuer.jwks", jwks.into_bytes())]
        .map(|(name, bytes)| (name.to_owned(), Material::Bytes(bytes)))
        .into()
}

/// Trust in the test issuers and in nobody else.
///
/// # Panics
/// When [`TRUST`] has a finding.
#[must_use]
pub fn trust() -> TrustStore {
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(TRUST, "trust.toml", &mut findings);
    let config = config.unwrap_or_else(|| panic!("{findings}"));
    let store = TrustStore::build(config, &material(), "trust.toml", &mut findings);
    assert!(findings.is_empty(), "{findings}");
    store
}

/// The policy of production, and one that takes whatever is an SD-JWT.
#[must_use]
pub fn policies() -> [Policy; 2] {
    let mut layer = Policy::standard();
    if let Some(rules) = &mut layer.sd_jwt_vc {
        rules.content = Content::Layer;
        rules.key_binding = KeyBinding::IfPresent;
        rules.status = StatusRule::NotEvaluated;
    }
    layer.seal();
    [Policy::standard(), layer]
}

/// The challenge of a card.
pub const CARD_NONCE: &str = "MTIzNDU2NzgxMjM0NTY3ODEyMzQ1Njc4OTEyMzU2Nzg=";
/// The login page.
pub const CARD_ORIGIN: &str = "https://login.example.org";

/// A laboratory policy for cards of the test issuer, their status left out.
///
/// # Panics
/// When it has a finding.
#[must_use]
pub fn card_policy() -> Policy {
    const TEXT: &str = r#"
name = "fuzz"
version = 1
laboratory = true
[cards]
status = "not-evaluated"
[[cards.algorithm]]
name = "ES384"
[[cards.algorithm]]
name = "ES512"
[[cards.rule]]
source = "cards"
policies = ["1.3.6.1.4.1.51361.1.2.1"]
scheme = "ee-pno"
loa = "high"
notified = true
[web_eid]
[certificate]
"#;
    let mut findings = Findings::new();
    let policy = Policy::from_toml(TEXT, "policy.toml", &mut findings);
    policy.unwrap_or_else(|| panic!("{findings}"))
}

/// Trust in the test issuer of cards.
///
/// # Panics
/// When an embedded certificate is damaged.
#[must_use]
pub fn card_trust() -> TrustStore {
    const TEXT: &str = "[[source]]\nname = \"cards\"\npurpose = \"card-issue\"\nkind = \"x509\"\n\
                        profile = \"eid-card\"\nfiles = [\"ca\"]\ncountry = \"EE\"\n";
    let ca = StoredCard::new().expect("embedded certificate").ca_der;
    let material = BTreeMap::from([("ca".to_owned(), Material::Bytes(ca))]);
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(TEXT, "trust.toml", &mut findings);
    let config = config.unwrap_or_else(|| panic!("{findings}"));
    TrustStore::build(config, &material, "trust.toml", &mut findings)
}

/// A token of an input: as it is, or made of its texts by `assemble`. `None` for any other input.
pub fn token(input: &[u8], assemble: impl Fn(&[&[u8]]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    match input.split_first()? {
        (&RAW, token) => Some(token.to_vec()),
        (&TEXTS, texts) => assemble(&texts.split(|&byte| byte == b'\n').collect::<Vec<_>>()),
        _ => None,
    }
}

/// An SD-JWT of texts: header, payload, header and payload of the key binding, disclosures.
///
/// In the payload and in disclosures `"#N"` stands for the digest of disclosure N, from 0 to 9, and
/// in the payload of the key binding `"#h"` for that of what it binds. An empty header of the key
/// binding leaves the key binding out. A disclosure can only name later ones.
#[must_use]
pub fn sd_jwt(texts: &[&[u8]]) -> Option<Vec<u8>> {
    let [header, payload, kb_header, kb_payload, disclosures @ ..] = texts else { return None };
    let mut digests: Vec<(Vec<u8>, String)> = Vec::new();
    let mut encoded = Vec::new();
    for (index, disclosure) in disclosures.iter().enumerate().rev() {
        let text = b64(&filled(disclosure, &digests));
        digests.push((format!("\"#{index}\"").into_bytes(), digest(text.as_bytes())));
        encoded.push(text);
    }
    let mut token = jws(header, &filled(payload, &digests));
    token.push(b'~');
    for text in encoded.iter().rev() {
        token.extend_from_slice(text.as_bytes());
        token.push(b'~');
    }
    if !kb_header.is_empty() {
        let bound = [(b"\"#h\"".to_vec(), digest(&token))];
        token.extend(jws(kb_header, &filled(kb_payload, &bound)));
    }
    Some(token)
}

/// A compact JWS of texts: header and payload.
#[must_use]
pub fn compact(texts: &[&[u8]]) -> Option<Vec<u8>> {
    let [header, payload] = texts else { return None };
    Some(jws(header, payload))
}

fn jws(header: &[u8], payload: &[u8]) -> Vec<u8> {
    format!("{}.{}.{}", b64(header), b64(payload), b64(&[7; 64])).into_bytes()
}

fn digest(text: &[u8]) -> String {
    format!("\"{}\"", b64(ring::digest::digest(&ring::digest::SHA256, text).as_ref()))
}

fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

// Replaces each name by its value.
fn filled(text: &[u8], values: &[(Vec<u8>, String)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        match values.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, value)) => {
                out.extend_from_slice(value.as_bytes());
                rest = &rest[name.len()..];
            }
            None => {
                out.push(first);
                rest = tail;
            }
        }
    }
    out
}

/// The node whose metadata is asked for.
pub const NODE: &str = "https://node.example.fi/ServiceMetadata";

/// Whoever signs metadata here.
///
/// # Panics
/// When an embedded certificate is damaged.
#[must_use]
pub fn metadata_signers() -> Signers {
    let der = cert::pid_leaf_der().expect("an embedded certificate");
    Signers::pinned(vec![Certificate::parse(&der).expect("DER")]).expect("one key")
}
