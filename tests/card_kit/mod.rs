//! Card issuers of the maker, and a policy and trust store that know them.

#![allow(dead_code, reason = "each test program uses a part")]

use eid_broker::UnixTime;
use eid_broker::assertion::pairwise::PairwiseKey;
use eid_broker::broker::{Broker, Parts};
use eid_broker::config::Findings;
use eid_broker::crypto::{Alg, SealKey};
use eid_broker::host::{MemoryAudit, MemoryReplayStore, SystemRandom};
use eid_broker::pki::PathCache;
use eid_broker::policy::Policy;
use eid_broker::ports::{Signer, SigningInput, Unavailable};
use eid_broker::register::Register;
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use eid_broker::verdict::{Need, NeedKind, Verdict};
use eid_broker_maker::card::{CardIssuer, Shape, WebEidSpec};
use eid_broker_maker::cert::CertificateSpec;
use eid_broker_maker::ocsp::{Status, nonce_of};
use eid_broker_maker::{NOW, TestKey, keys};
use std::collections::BTreeMap;
use std::sync::Arc;
use zeroize::Zeroizing;

pub(crate) const ORIGIN: &str = "https://login.example.org";
pub(crate) const NONCE: &str = "MTIzNDU2NzgxMjM0NTY3ODEyMzQ1Njc4OTEyMzU2Nzg=";

pub(crate) fn now() -> UnixTime {
    UnixTime::from_secs(NOW.unsigned_abs())
}

pub(crate) const POLICY: &str = r#"
name = "cards"
version = 1
[cards]
[[cards.algorithm]]
name = "ES256"
[[cards.algorithm]]
name = "ES384"
[[cards.algorithm]]
name = "ES512"
[[cards.algorithm]]
name = "RS256"
min_rsa_bits = 2048
until = "2031-01-01T00:00:00Z"
[[cards.algorithm]]
name = "PS256"
until = "2031-01-01T00:00:00Z"
[[cards.rule]]
source = "ee"
policies = ["1.3.6.1.4.1.51361.1.2.1"]
scheme = "ee-pno"
loa = "high"
notified = true
[[cards.rule]]
source = "be"
policies = ["2.16.56.12.1.1.2.2"]
scheme = "be-nrn"
loa = "high"
notified = true
[[cards.rule]]
source = "fi"
policies = ["1.2.246.517.99.10.202.1"]
scheme = "fi-finuid"
loa = "substantial"
notified = false
[web_eid]
[certificate]
"#;

pub(crate) fn policy(text: &str) -> Policy {
    let mut findings = Findings::new();
    let policy = Policy::from_toml(text, "policy.toml", &mut findings);
    policy.unwrap_or_else(|| panic!("{findings}"))
}

pub(crate) fn source(name: &str, country: &str) -> String {
    format!(
        "[[source]]\nname = \"{name}\"\npurpose = \"card-issue\"\nkind = \"x509\"\n\
         profile = \"eid-card\"\nfiles = [\"{name}\"]\ncountry = \"{country}\"\n"
    )
}

pub(crate) fn trust() -> TrustStore {
    let text = [source("be", "BE"), source("ee", "EE"), source("fi", "FI")].concat();
    let ca = |shape| Material::Bytes(CardIssuer::new(shape).unwrap().ca_der().unwrap());
    let material = BTreeMap::from([
        ("be".to_owned(), ca(Shape::Belgian)),
        ("ee".to_owned(), ca(Shape::Estonian)),
        ("fi".to_owned(), ca(Shape::Finnish)),
    ]);
    trust_of(&text, &material)
}

pub(crate) fn trust_of(text: &str, material: &BTreeMap<String, Material>) -> TrustStore {
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(text, "trust.toml", &mut findings);
    let config = config.unwrap_or_else(|| panic!("{findings}"));
    TrustStore::build(config, material, "trust.toml", &mut findings)
}

/// Everything that a token is verified against.
pub(crate) struct World {
    pub(crate) policy: Policy,
    pub(crate) trust: TrustStore,
    pub(crate) paths: PathCache,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { policy: policy(POLICY), trust: trust(), paths: PathCache::default() }
    }
}

/// Signs origin and nonce with the card of an issuer.
pub(crate) fn web_eid(card_der: Vec<u8>, key: &TestKey) -> String {
    let algorithm = if key.alg().name() == "RS256" { "RS256" } else { key.alg().name() };
    WebEidSpec::new(card_der, algorithm, ORIGIN, NONCE).sign(key).unwrap()
}

pub(crate) fn needs<T>(verdict: &Verdict<T>) -> &[Need] {
    let Verdict::Needs { needs, .. } = verdict else {
        panic!("{:?}: {:?}", verdict.word(), verdict.refusal())
    };
    assert!(needs.iter().all(|need| need.kind == NeedKind::Ocsp), "{needs:?}");
    needs
}

/// What the responder of the issuer answers to the request of a need.
pub(crate) fn answer(
    issuer: &CardIssuer,
    card: &CertificateSpec,
    status: Status,
    need: &Need,
) -> Vec<u8> {
    assert_eq!(need.url, eid_broker_maker::card::OCSP_URL);
    let mut ocsp = issuer.ocsp(card, status).unwrap();
    ocsp.nonce = nonce_of(&need.request);
    assert!(ocsp.nonce.is_some());
    ocsp.build().unwrap()
}

pub(crate) const ISSUER: &str = "https://broker.example";

struct TestSigner(TestKey);

impl Signer for TestSigner {
    fn alg(&self) -> Alg {
        Alg::Es256
    }

    fn kid(&self) -> &str {
        "key-1"
    }

    fn sign(&self, input: SigningInput<'_>) -> Result<Vec<u8>, Unavailable> {
        self.0.sign_jws(input.message).map_err(|_| Unavailable("signer"))
    }
}

/// A broker for cards, with a register.
pub(crate) fn broker(register: &str) -> Broker {
    let mut findings = Findings::new();
    let register = Register::from_toml(register, "register.toml", &mut findings);
    let parts = Parts {
        policy: policy(POLICY),
        trust: Arc::new(trust()),
        register: register.unwrap_or_else(|| panic!("{findings}")),
        issuer: ISSUER.to_owned(),
        signer: Arc::new(TestSigner(keys::assertion_es256().unwrap())),
        pairwise: PairwiseKey::new(1, keys::pairwise_master().unwrap()).unwrap(),
        seal: SealKey::new(keys::expectation_seal().unwrap()),
        audit_key: Zeroizing::new([7; 32]),
        audience: "x509_san_dns:broker.example".to_owned(),
        expectation_lifetime_s: 600,
        config_digest: [1; 32],
        replay: Arc::new(MemoryReplayStore::default()),
        audit: Arc::new(MemoryAudit::new(10_000)),
        random: Arc::new(SystemRandom::new()),
    };
    Broker::new(parts).unwrap().with_origin(ORIGIN).unwrap()
}
