//! Assertions of the honest making, bent in one place.

use crate::make::Made;
use crate::make::trust::ASSERTION_ISSUER;
use eid_broker_maker::jws::{Signing, b64u, compact_jws_signed};
use eid_broker_maker::{NOW, TestKey, keys};
use serde_json::{Map, Value, json};

/// The procedure that the assertions are for.
pub(super) const PROCEDURE: &str = "urn:procedure:building-permit";
/// When the honest assertion was issued: a minute ago.
pub(super) const ISSUED: i64 = NOW - 60;
/// When it ends: after the usual five minutes.
pub(super) const EXPIRES: i64 = ISSUED + 300;

/// The broker's key.
pub(super) struct Kit {
    pub(super) key: TestKey,
}

/// What the honest assertion says about the person.
pub(super) fn claims() -> Map<String, Value> {
    let claims =
        json!({ "age_over_18": true, "family_name": "Mustermann", "given_name": "Erika Jördis" });
    claims.as_object().cloned().unwrap_or_default()
}

/// The honest payload.
pub(super) fn payload() -> Value {
    json!({
        "iss": ASSERTION_ISSUER,
        "sub": "ps1.VBhQePwt5d4BvjqK7C90CibkPM_PHhjHw8jJCyPuxSQ",
        "aud": PROCEDURE,
        "exp": EXPIRES,
        "nbf": ISSUED,
        "iat": ISSUED,
        "jti": "AAECAwQFBgcICQoLDA0ODw",
        "scope": "identity.age identity.core",
        "client_id": "town-17",
        "acr": "http://eidas.europa.eu/LoA/high",
        "amr": ["pop", "user"],
        "auth_time": ISSUED,
        "txn": "t-EBESExQVFhcYGRobHB0eHw",
        "verified_claims": {
            "verification": { "trust_framework": "eidas", "assurance_level": "high" },
            "claims": claims(),
        },
        "src": { "family": "sd_jwt_vc", "issuer_country": "DE" },
        "ver": "1",
    })
}

/// The header as the issuer writes it.
pub(super) fn header(alg: &str, kid: &str) -> String {
    format!(r#"{{"alg":"{alg}","typ":"eid-assertion+jwt","kid":"{kid}"}}"#)
}

impl Kit {
    pub(super) fn new() -> Made<Self> {
        Ok(Self { key: keys::assertion_es256()? })
    }

    pub(super) fn jws(&self, header: &str, payload: &Value, signing: Signing<'_>) -> Made<String> {
        Ok(compact_jws_signed(header, &payload.to_string(), signing)?)
    }

    /// The honest assertion.
    pub(super) fn honest(&self) -> Made<String> {
        self.with_key(&self.key)
    }

    /// The same, signed with another key of the broker.
    pub(super) fn with_key(&self, key: &TestKey) -> Made<String> {
        self.jws(&header(key.alg().name(), &key.thumbprint()), &payload(), Signing::Key(key))
    }

    /// Another header.
    pub(super) fn header(&self, text: &str) -> Made<String> {
        self.jws(text, &payload(), Signing::Key(&self.key))
    }

    /// A payload that was bent as JSON.
    pub(super) fn payload(&self, bend: impl FnOnce(&mut Map<String, Value>)) -> Made<String> {
        let mut payload = payload();
        bend(payload.as_object_mut().ok_or("no object")?);
        let text = header("ES256", &self.key.thumbprint());
        self.jws(&text, &payload, Signing::Key(&self.key))
    }

    /// A payload that was bent as text.
    pub(super) fn payload_text(&self, bend: impl FnOnce(&str) -> String) -> Made<String> {
        self.payload_b64u(&b64u(bend(&payload().to_string()).as_bytes()))
    }

    /// A payload as it stands in the token.
    pub(super) fn payload_b64u(&self, payload: &str) -> Made<String> {
        let header = b64u(header("ES256", &self.key.thumbprint()).as_bytes());
        self.raw(&header, payload)
    }

    /// Header and payload as they stand in the token.
    pub(super) fn raw(&self, header: &str, payload: &str) -> Made<String> {
        let input = format!("{header}.{payload}");
        let signature = b64u(&self.key.sign_jws(input.as_bytes())?);
        Ok(format!("{input}.{signature}"))
    }

    /// Another value of one claim.
    pub(super) fn claim(&self, name: &str, value: Value) -> Made<String> {
        self.payload(|payload| {
            payload.insert(name.to_owned(), value);
        })
    }

    /// Without a claim.
    pub(super) fn without(&self, name: &str) -> Made<String> {
        self.payload(|payload| {
            payload.remove(name);
        })
    }
}
