//! Issuing and checking the broker's own assertions, ES256.

use crate::allocations;
use crate::fixture::{self, RingSigner, SystemRandomness};
use crate::measure::{Cases, ROUNDS};
use crate::report::{self, Bars, Roles};
use aws_lc_rs::signature::{self as aws};
use eid_broker::UnixTime;
use eid_broker::assertion::pairwise::PairwiseKey;
use eid_broker::assertion::{CheckPolicy, Checked, Checker, Issuer, Unrecorded};
use eid_broker::envelope::base64url;
use eid_broker::envelope::jose::KeySet;
use eid_broker::pki::PathCache;
use eid_broker::ports::{AuditSink, Position, Unavailable};
use eid_broker::register::{Binding, ReleaseRequest, Released};
use eid_broker::token::sd_jwt_vc::{Context, TrustedIssuers, verify};
use eid_broker::verdict::{Ledger, Verdict};
use eid_broker_maker::keys;
use josekit::jws::{ES256, JwsHeader};
use josekit::jwt::{JwtPayload, JwtPayloadValidator};
use ring::rand::SystemRandom;
use ring::signature as rs;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub(crate) const ISSUER: &str = "https://broker.example";
pub(crate) const BINDING: Binding = Binding::Jkt([7; 32]);

/// [`BINDING`] as C and the command take it.
pub(crate) fn presented() -> String {
    format!("{}:{}", BINDING.method(), base64url::encode(BINDING.thumbprint()))
}

/// An assertion bound to [`BINDING`], and the time of its issue.
pub(crate) fn bound() -> (String, UnixTime) {
    let workshop = Workshop::new();
    (workshop.token(), workshop.now)
}

/// Signs what the register released: minimised claims, pairwise subject, bound to a key.
pub(crate) fn issue() -> bool {
    let workshop = Workshop::new();
    let issue = || workshop.issue();
    let allocations = allocations::per_operation(|| drop(issue()));

    // The peers and the floor work on the same claims.
    let token = workshop.token();
    let (message, _) = token.rsplit_once('.').expect("three parts");
    let claims = payload(message);
    let random = SystemRandom::new();
    let pkcs8 = fixture::assertion_pkcs8();
    let aws_pair = aws::EcdsaKeyPair::from_pkcs8(&aws::ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8)
        .expect("a key");
    let aws_random = aws_lc_rs::rand::SystemRandom::new();
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
    header.typ = Some("eid-assertion+jwt".to_owned());
    header.kid = Some(workshop.kid.clone());
    let encoding_key = jsonwebtoken::EncodingKey::from_ec_der(&pkcs8);
    let signer = ES256.signer_from_der(&pkcs8).expect("a key");
    let mut jose_header = JwsHeader::new();
    jose_header.set_token_type("eid-assertion+jwt");
    jose_header.set_key_id(&workshop.kid);
    let jose_payload = JwtPayload::from_map(claims.clone()).expect("claims");

    let mut cases = Cases::default();
    let roles = Roles {
        candidate: cases.add(issue),
        floor: cases.add(|| workshop.signer.pair.sign(&random, message.as_bytes()).expect("signs")),
        fastest: cases.add(|| aws_pair.sign(&aws_random, message.as_bytes()).expect("signs")),
        peers: &[
            (
                "jsonwebtoken 11.1.0, aws-lc-rs",
                cases.add(|| jsonwebtoken::encode(&header, &claims, &encoding_key).expect("signs")),
            ),
            (
                "josekit 0.10.3",
                cases.add(|| {
                    josekit::jwt::encode_with_signer(&jose_payload, &jose_header, &signer)
                        .expect("signs")
                }),
            ),
        ],
    };
    let bars = Bars { bench: "assertion_issue_es256", ratio: 1.10, allocations: None };
    report::print(&bars, &roles, &cases.run(ROUNDS), allocations)
}

/// Checks an assertion into memory that is used again: every check of the policy, replay off.
pub(crate) fn check() -> bool {
    let workshop = Workshop::new();
    let token = workshop.token();
    let key = keys::assertion_es256().expect("embedded key");
    let jwks = keys::jwks(&[&key]).to_string();
    let set = KeySet::parse(jwks.as_bytes()).expect("a key set");
    let checker = Checker::new(ISSUER, &set, fixture::PROCEDURE, CheckPolicy::default());
    let checker = checker.expect("a checker");
    let mut checked = Checked::new();
    let now = workshop.now;
    let mut check = || {
        let result = checker.check_into(token.as_bytes(), now, Some(&BINDING), &mut checked);
        result.expect("an honest assertion");
    };
    let allocations = allocations::per_operation(&mut check);

    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let signature = base64url::decode(signature.as_bytes()).expect("base64url");
    let point = key.public_key();
    let parsed = aws::ParsedPublicKey::new(&aws::ECDSA_P256_SHA256_FIXED, point).expect("a point");
    let peers = CheckPeers::new(&jwks, point, now);
    let mut cases = Cases::default();
    let roles = Roles {
        candidate: cases.add(check),
        floor: cases.add(|| {
            rs::UnparsedPublicKey::new(&rs::ECDSA_P256_SHA256_FIXED, point)
                .verify(message.as_bytes(), &signature)
                .expect("an honest signature");
        }),
        fastest: cases.add(|| {
            parsed.verify_sig(message.as_bytes(), &signature).expect("an honest signature");
        }),
        peers: &[
            ("jsonwebtoken 11.1.0, aws-lc-rs", cases.add(|| peers.jsonwebtoken(&token))),
            ("josekit 0.10.3, verifier reused", cases.add(|| peers.josekit(&token))),
        ],
    };
    let bars = Bars { bench: "assertion_check_es256", ratio: 1.05, allocations: Some(0) };
    report::print(&bars, &roles, &cases.run(ROUNDS), allocations)
}

/// An issuer and what it is to issue.
struct Workshop {
    issuer: Issuer,
    released: Released,
    signer: Arc<RingSigner>,
    kid: String,
    random: SystemRandomness,
    now: UnixTime,
}

impl Workshop {
    fn new() -> Self {
        let now = fixture::now();
        let signer = Arc::new(RingSigner::new());
        let master = keys::pairwise_master().expect("embedded key");
        let mut pairwise = PairwiseKey::new(1, master).expect("version 1");
        // As a broker does for every sector of its register.
        pairwise.prepare(["building"]).expect("a sector");
        let issuer = Issuer::new(ISSUER, Arc::clone(&signer) as _, pairwise).expect("an issuer");
        let kid = keys::assertion_es256().expect("embedded key").thumbprint();
        let random = SystemRandomness(SystemRandom::new());
        Self { issuer, released: released(now), signer, kid, random, now }
    }

    fn issue(&self) -> Unrecorded {
        let mut ledger = Ledger::new();
        let issued = self.issuer.issue(&self.released, self.now, &self.random, &mut ledger);
        issued.expect("an assertion")
    }

    fn token(&self) -> String {
        let assertion = self.issue().record(&NoLog, b"{}", &mut Ledger::new());
        assertion.expect("recorded").as_str().to_owned()
    }
}

// What the procedure may see of the verified person.
fn released(now: UnixTime) -> Released {
    let spec = fixture::pid(now).with("personal_administrative_number", "TEST-17".into());
    let token = fixture::present(&spec, now);
    let (policy, trust, paths) = (fixture::policy(), fixture::trust(), PathCache::default());
    let issuers = TrustedIssuers::new(&trust, &paths);
    let context = Context::new(&policy, &issuers, fixture::NONCE, fixture::AUDIENCE, now);
    let Verdict::Accepted(accepted) = verify(token.as_bytes(), &context) else {
        panic!("an honest presentation was not accepted")
    };
    let (presentation, mut ledger) = accepted.into_parts();
    let identity = presentation.into_identity().expect("a person");
    let mut request = ReleaseRequest::new(fixture::PROCEDURE, fixture::CLIENT);
    request.binding = Some(BINDING);
    fixture::register().release(&request, &identity, now, &mut ledger).expect("released")
}

fn payload(signing_input: &str) -> Map<String, Value> {
    let (_, payload) = signing_input.split_once('.').expect("two parts");
    let payload = base64url::decode(payload.as_bytes()).expect("base64url");
    serde_json::from_slice(&payload).expect("an object")
}

struct NoLog;

impl AuditSink for NoLog {
    fn append(&self, _: &[u8]) -> Result<Position, Unavailable> {
        Ok(Position(0))
    }
}

/// The peers as one would set them up, with all that they can check of an assertion.
struct CheckPeers {
    decoding_key: jsonwebtoken::DecodingKey,
    validation: jsonwebtoken::Validation,
    verifier: josekit::jws::alg::ecdsa::EcdsaJwsVerifier,
    validator: JwtPayloadValidator,
}

impl CheckPeers {
    fn new(jwks: &str, point: &[u8], now: UnixTime) -> Self {
        let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[fixture::PROCEDURE]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        let jwks: Value = serde_json::from_str(jwks).expect("a key set");
        let jwk = josekit::jwk::Jwk::from_map(jwks["keys"][0].as_object().expect("a key").clone());
        let mut validator = JwtPayloadValidator::new();
        validator.set_base_time(SystemTime::UNIX_EPOCH + Duration::from_secs(now.secs()));
        validator.set_issuer(ISSUER);
        validator.set_audience(fixture::PROCEDURE);
        Self {
            decoding_key: jsonwebtoken::DecodingKey::from_ec_der(point),
            validation,
            verifier: ES256.verifier_from_jwk(&jwk.expect("a key")).expect("a key"),
            validator,
        }
    }

    fn jsonwebtoken(&self, token: &str) -> jsonwebtoken::TokenData<Map<String, Value>> {
        jsonwebtoken::decode(token, &self.decoding_key, &self.validation).expect("accepted")
    }

    fn josekit(&self, token: &str) -> JwtPayload {
        let (payload, _) =
            josekit::jwt::decode_with_verifier(token, &self.verifier).expect("accepted");
        self.validator.validate(&payload).expect("accepted");
        payload
    }
}
