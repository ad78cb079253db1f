//! Writes the assertions that the C tests check: `make_fixture DIR`.
//!
//! ECDSA signatures differ on every run, so the files are committed and this is seldom needed.

use eid_broker_maker::{MakerError, NOW, Signing, compact_jws_signed, keys};
use serde_json::{Value, json};
use std::error::Error;
use std::path::Path;

const ISSUER: &str = "https://broker.example";
const PROCEDURE: &str = "urn:procedure:building-permit";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: make_fixture DIR")?;
    let folder = Path::new(&folder);
    for (name, content) in fixtures()? {
        std::fs::write(folder.join(name), content)?;
    }
    Ok(())
}

fn fixtures() -> Result<Vec<(&'static str, String)>, MakerError> {
    let key = keys::assertion_es256()?;
    let holder = keys::holder()?.thumbprint();
    let good = payload();
    let with = |pointer: &str, value: Value| {
        let mut payload = payload();
        if let Some(member) = payload.pointer_mut(pointer) {
            *member = value;
        }
        payload
    };
    let mut bound = payload();
    if let Some(members) = bound.as_object_mut() {
        members.insert("cnf".to_owned(), json!({ "jkt": holder }));
    }
    let mut expired = payload();
    if let Some(members) = expired.as_object_mut() {
        for (name, back) in [("exp", 301), ("iat", 600), ("nbf", 600), ("auth_time", 630)] {
            members.insert(name.to_owned(), json!(NOW.saturating_sub(back)));
        }
    }
    let mut low = with("/acr", json!("http://eidas.europa.eu/LoA/low"));
    if let Some(jti) = low.pointer_mut("/jti") {
        *jti = json!("EBESExQVFhcYGRobHB0eHw");
    }
    let other_audience = with("/aud", json!("urn:procedure:residence"));
    let nul = with("/verified_claims/claims/family_name", json!("Muster\u{0}mann"));
    let header = json!({"alg": "ES256", "kid": key.thumbprint(), "typ": "eid-assertion+jwt"});
    let sign = |payload: &Value, signing| {
        compact_jws_signed(&header.to_string(), &payload.to_string(), signing)
    };
    let honest = Signing::Key(&key);
    Ok(vec![
        ("jwks.json", keys::jwks(&[&key]).to_string()),
        ("binding.txt", format!("jkt:{holder}")),
        ("good.jwt", sign(&good, honest)?),
        ("bound.jwt", sign(&bound, honest)?),
        ("expired.jwt", sign(&expired, honest)?),
        ("low.jwt", sign(&low, honest)?),
        ("nul.jwt", sign(&nul, honest)?),
        ("other-audience.jwt", sign(&other_audience, honest)?),
        ("tampered.jwt", sign(&good, Signing::Flipped(&key))?),
    ])
}

// An assertion as a broker issues it, with a person who does not exist.
fn payload() -> Value {
    json!({
        "iss": ISSUER,
        "sub": "ps1.VBhQePwt5d4BvjqK7C90CibkPM_PHhjHw8jJCyPuxSQ",
        "aud": PROCEDURE,
        "exp": NOW.saturating_add(270),
        "nbf": NOW.saturating_sub(30),
        "iat": NOW.saturating_sub(30),
        "jti": "AAECAwQFBgcICQoLDA0ODw",
        "scope": "identity.address identity.core",
        "client_id": "portal",
        "acr": "http://eidas.europa.eu/LoA/high",
        "amr": ["hwk", "user"],
        "auth_time": NOW.saturating_sub(60),
        "txn": "t-EBESExQVFhcYGRobHB0eHw",
        "verified_claims": {
            "verification": {"trust_framework": "eidas", "assurance_level": "high"},
            "claims": {
                "given_name": "Zoë \"Zo\"",
                "family_name": "Müßiggang-Øster",
                "age_over_18": true,
                "age_over_65": false,
                "age_in_years": 43,
                "nationalities": ["DE", "DK"],
                "address": {"locality": "Köln", "postal_code": "50667", "a/b": "slash"}
            }
        },
        "src": {"family": "sd_jwt_vc", "issuer_country": "DE"},
        "ver": "1"
    })
}
