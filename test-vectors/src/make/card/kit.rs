//! Tokens of the honest making, bent in one place.

use crate::make::Made;
use eid_broker::UnixTime;
use eid_broker::identity::Family;
use eid_broker::token::certificate::{Handshake, TlsVersion};
use eid_broker_maker::card::{CardIssuer, Shape, WebEidSpec};
use eid_broker_maker::cert::CertificateSpec;
use eid_broker_maker::{NOW, TestKey};
use serde_json::{Map, Value, json};

/// The challenge: 32 bytes in base64.
pub(super) const NONCE: &str = "MTIzNDU2NzgxMjM0NTY3ODEyMzQ1Njc4OTEyMzU2Nzg=";
/// The login page.
pub(super) const ORIGIN: &str = "https://login.example.org";

/// The token of a family over a certificate: signed by the card, or said of a handshake.
pub(super) fn token(family: Family, issuer: &CardIssuer, spec: &CertificateSpec) -> Made<String> {
    let der = spec.build(&issuer.ca)?;
    Ok(if family == Family::WebEid {
        web_eid(der, &issuer.card).sign(&issuer.card)?
    } else {
        handshake(der).to_json()
    })
}

/// What a browser makes of a card.
pub(super) fn web_eid(der: Vec<u8>, key: &TestKey) -> WebEidSpec {
    WebEidSpec::new(der, key.alg().name(), ORIGIN, NONCE)
}

/// What a server says of a handshake.
pub(super) fn handshake(der: Vec<u8>) -> Handshake {
    Handshake {
        tls: TlsVersion::V1_3,
        resumed: false,
        handshake_at: UnixTime::from_secs(NOW.unsigned_abs() - 5),
        server_name: "login.example.org".to_owned(),
        certificates: vec![der],
    }
}

/// The attributes that must come out of a card of a shape.
pub(super) fn attributes(shape: Shape) -> Map<String, Value> {
    let value = match shape {
        Shape::Belgian | Shape::BelgianEc => json!({
            "family_name": "Muster", "given_name": "Nora Angèle", "birthdate": "1985-07-30",
            "personal_administrative_number": "85073003328", "issuing_country": "BE",
        }),
        Shape::Finnish => json!({
            "family_name": "MUSTERÄ", "given_name": "VELI", "issuing_country": "FI",
        }),
        _ => json!({
            "family_name": "JÕEORG", "given_name": "JAAK-KRISTJAN", "birthdate": "1980-01-08",
            "personal_administrative_number": "38001085718", "issuing_country": "EE",
        }),
    };
    value.as_object().cloned().unwrap_or_default()
}
