//! Refusals that no vector can show, because a token alone does not lead to them.

#![cfg(test)]

use eid_broker::UnixTime;
use eid_broker::assertion::pairwise::PairwiseKey;
use eid_broker::broker::{Broker, Parts, Request};
use eid_broker::config::Findings;
use eid_broker::crypto::{Alg, Backend, Curve, PublicKey, SealKey};
use eid_broker::host::{MemoryAudit, MemoryReplayStore, SystemRandom};
use eid_broker::identity::Family;
use eid_broker::pki::PathCache;
use eid_broker::policy::{Policy, StatusRule};
use eid_broker::ports::{Signer, SigningInput, Unavailable};
use eid_broker::register::Register;
use eid_broker::token::sd_jwt_vc::{Context, TrustedIssuers, verify};
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use eid_broker::verdict::{Check, Code, Outcome, Verdict};
use eid_broker_maker::pid::{PidIssuer, PidSpec};
use eid_broker_maker::wallet::{Select, Wallet};
use eid_broker_maker::{NOW, TestKey, cert, keys};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use zeroize::Zeroizing;

const NONCE: &str = "n-answers";
const AUDIENCE: &str = "x509_san_dns:broker.example";

fn now() -> UnixTime {
    UnixTime::from_secs(u64::try_from(NOW).unwrap())
}

fn pid() -> PidSpec {
    let mut pid = PidSpec::erika().unwrap();
    (pid.iat, pid.nbf, pid.exp) = (Some(NOW - 60), Some(NOW - 60), Some(NOW + 3_600));
    pid
}

fn token(pid: &PidSpec, nonce: &str) -> String {
    let credential = PidIssuer::new().unwrap().issue(pid).unwrap();
    let wallet = Wallet::holder().unwrap();
    wallet.present(&credential, &Select::All, nonce, AUDIENCE, NOW).unwrap()
}

fn trust() -> TrustStore {
    let text = "[[source]]\nname = \"t\"\npurpose = \"pid-issue\"\nkind = \"x509\"\n\
                profile = \"iso-iaca\"\nfiles = [\"ca\"]\ncredential_types = [\"urn:eudi:pid:1\"]\n";
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(text, "trust.toml", &mut findings).unwrap();
    let material =
        BTreeMap::from([("ca".to_owned(), Material::Bytes(cert::pid_ca_der().unwrap()))]);
    TrustStore::build(config, &material, "trust.toml", &mut findings)
}

struct Key(Option<TestKey>, String);

impl Signer for Key {
    fn alg(&self) -> Alg {
        Alg::Es256
    }

    fn kid(&self) -> &str {
        &self.1
    }

    fn sign(&self, input: SigningInput<'_>) -> Result<Vec<u8>, Unavailable> {
        let key = self.0.as_ref().ok_or(Unavailable("the token was pulled out"))?;
        key.sign_jws(input.message).map_err(|_| Unavailable("no signature"))
    }
}

fn broker(key: Option<TestKey>, purpose: &str) -> Broker {
    let register = format!(
        "version = 1\n[procedure.p]\nowner = \"o\"\nlegal_basis = \"b\"\npurpose = \"{purpose}\"\n\
         sector = \"s\"\nclients = [\"c\"]\nmin_loa = \"low\"\nfamilies = [\"sd_jwt_vc\"]\n\
         max_auth_age = 900\n[procedure.p.scopes.all]\n\
         claims = [\"family_name\", \"given_name\", \"birth_family_name\", \"place_of_birth\"]\n\
         [client.c]\nauth = {{ kind = \"host\" }}\n"
    );
    let mut findings = Findings::new();
    let register = Register::from_toml(&register, "register.toml", &mut findings);
    Broker::new(Parts {
        policy: Policy::standard(),
        trust: Arc::new(trust()),
        register: register.unwrap_or_else(|| panic!("{findings}")),
        issuer: "https://broker.example".to_owned(),
        signer: Arc::new(Key(key, "k".to_owned())),
        pairwise: PairwiseKey::new(1, keys::pairwise_master().unwrap()).unwrap(),
        seal: SealKey::new(keys::expectation_seal().unwrap()),
        audit_key: Zeroizing::new([7; 32]),
        audience: AUDIENCE.to_owned(),
        expectation_lifetime_s: 300,
        config_digest: [0; 32],
        replay: Arc::new(MemoryReplayStore::default()),
        audit: Arc::new(MemoryAudit::new(1_000)),
        random: Arc::new(SystemRandom::new()),
    })
    .unwrap()
}

fn ask(broker: &Broker, pid: &PidSpec) -> Option<Code> {
    let expected = broker.expect("p", Family::SdJwtVc, now()).unwrap();
    let token = token(pid, expected.expectation.nonce());
    let verdict = broker.assert(&expected.sealed, &Request::new("c"), token.as_bytes(), now());
    verdict.refusal().map(|refusal| refusal.code())
}

#[test]
fn an_assertion_has_a_largest_size() {
    let key = || Some(keys::assertion_es256().unwrap());
    assert_eq!(ask(&broker(key(), "p"), &pid()), None);
    // Four bytes each, and as many as a text may have.
    let long = "𝔸".repeat(150);
    let place = json!({ "country": "DE", "region": long, "locality": long });
    let mut large = pid().with("place_of_birth", place);
    for name in ["family_name", "given_name", "birth_family_name"] {
        large = large.with(name, json!(long));
    }
    let purpose = "𝔸".repeat(300);
    assert_eq!(ask(&broker(key(), &purpose), &large), Some(Code::AssertionTooLarge));
}

#[test]
fn a_signer_that_does_not_sign_issues_nothing() {
    assert_eq!(ask(&broker(None, "p"), &pid()), Some(Code::SignerFailed));
}

#[test]
fn a_policy_without_the_family_accepts_no_token_of_it() {
    let mut policy = Policy::standard();
    policy.sd_jwt_vc = None;
    policy.seal();
    let (trust, paths) = (trust(), PathCache::default());
    let issuers = TrustedIssuers::new(&trust, &paths);
    let context = Context::new(&policy, &issuers, NONCE, AUDIENCE, now());
    let verdict = verify(token(&pid(), NONCE).as_bytes(), &context);
    assert_eq!(verdict.refusal().map(|refusal| refusal.code()), Some(Code::TypeUnknown));
}

#[test]
fn a_laboratory_verdict_says_that_the_status_was_left_out() {
    let mut policy = Policy::standard();
    policy.sd_jwt_vc.as_mut().unwrap().status = StatusRule::NotEvaluated;
    policy.seal();
    let (trust, paths) = (trust(), PathCache::default());
    let issuers = TrustedIssuers::new(&trust, &paths);
    let context = Context::new(&policy, &issuers, NONCE, AUDIENCE, now());
    let verdict = verify(token(&pid(), NONCE).as_bytes(), &context);
    let Verdict::Accepted(accepted) = verdict else { panic!("refused") };
    let entry = accepted.ledger().entries().iter().find(|entry| entry.check == Check::Status);
    let entry = entry.unwrap();
    let left_out = (Outcome::NotEvaluated, Some(Code::StatusNotEvaluated));
    assert_eq!((entry.outcome, entry.reason), left_out);
    assert!(accepted.value().identity().unwrap().is_laboratory());
}

#[test]
fn a_backend_without_the_curve_refuses_and_does_not_skip() {
    let hex = |text: &str| -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(text.get(at..at + 2).unwrap(), 16).unwrap();
        (0..text.len()).step_by(2).map(digit).collect()
    };
    // The generator of P-521 (FIPS 186-4, D.1.2.5).
    let x = "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1d\
             c127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66";
    let y = "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550\
             b9013fad0761353c7086a272c24088be94769fd16650";
    let key = PublicKey::from_ec(Curve::P521, &hex(x), &hex(y)).unwrap();
    let says = key.verify_with(Backend::Ring, Alg::Es512.scheme(), b"message", &[1; 132]);
    assert_eq!(says, Err(Code::AlgNotAvailable));
}
