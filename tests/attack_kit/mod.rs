//! What the attack tests share: a broker over the test issuers and the honest tokens that are bent.

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
use eid_broker::token::sd_jwt_vc::{Context, Presentation, TrustedIssuers, verify};
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use eid_broker::verdict::{Code, Verdict};
use eid_broker_maker::pid::{JWKS_ISSUER, JwksIssuer, PidIssuer, PidSpec};
use eid_broker_maker::sd_jwt::{Credential, SdJwtParts};
use eid_broker_maker::wallet::{KbOptions, Wallet};
use eid_broker_maker::{NOW, TestKey, cert, keys};
use std::collections::BTreeMap;
use std::sync::Arc;
use zeroize::Zeroizing;

pub(crate) const ISSUER: &str = "https://broker.example";
pub(crate) const PROCEDURE: &str = "urn:procedure:test";
pub(crate) const CLIENT: &str = "client-1";
pub(crate) const AUDIENCE: &str = "x509_hash:abc";

/// The moment of all tests.
pub(crate) fn now() -> UnixTime {
    at(0)
}

/// So many seconds after it.
pub(crate) fn at(offset: i64) -> UnixTime {
    UnixTime::from_secs(u64::try_from(NOW.saturating_add(offset)).unwrap())
}

/// A PID with every attribute that lives for an hour, so that it needs no status.
pub(crate) fn pid() -> PidSpec {
    let mut pid = PidSpec::erika().unwrap();
    pid.iat = Some(NOW - 60);
    pid.nbf = Some(NOW - 60);
    pid.exp = Some(NOW + 3_600);
    pid
}

pub(crate) fn issue(pid: &PidSpec) -> Credential {
    PidIssuer::new().unwrap().issue(pid).unwrap()
}

/// The honest PID after `bend` has changed what is signed; signed honestly.
pub(crate) fn bent(bend: impl FnOnce(&mut SdJwtParts)) -> Credential {
    let issuer = PidIssuer::new().unwrap();
    let mut parts = issuer.parts(&pid());
    bend(&mut parts);
    parts.sign(&issuer.key).unwrap()
}

/// A whole presentation for the request of [`decide`].
pub(crate) fn present(credential: &Credential) -> String {
    present_with(credential, |_| {})
}

pub(crate) fn present_with<'a>(
    credential: &Credential,
    bend: impl FnOnce(&mut KbOptions<'a>),
) -> String {
    let mut options: KbOptions<'a> = KbOptions::default();
    bend(&mut options);
    Wallet::holder().unwrap().present_with(credential, &options).unwrap()
}

/// Anchors and keys: the German test provider by certificate, the pinned one by key set.
pub(crate) const TRUST: &str = r#"
[[source]]
name = "a"
purpose = "pid-issue"
kind = "x509"
files = ["ca"]
profile = "iso-iaca"
country = "DE"
credential_types = ["urn:eudi:pid:1"]

[[source]]
name = "j"
purpose = "pid-issue"
kind = "jwks"
issuer = "https://issuer.example/pid"
files = ["jwks"]
country = "DE"
credential_types = ["urn:eudi:pid:1"]
"#;

/// The files that a trust text may name.
pub(crate) fn material() -> BTreeMap<String, Material> {
    assert_eq!(JWKS_ISSUER, "https://issuer.example/pid");
    let jwks = JwksIssuer::new().unwrap().jwks().to_string().into_bytes();
    [
        ("ca", cert::pid_ca_der().unwrap()),
        ("other-ca", cert::other_ca_der().unwrap()),
        ("leaf", cert::pid_leaf_der().unwrap()),
        ("jwks", jwks),
    ]
    .into_iter()
    .map(|(name, bytes)| (name.to_owned(), Material::Bytes(bytes)))
    .collect()
}

pub(crate) fn trust(text: &str) -> TrustStore {
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(text, "trust.toml", &mut findings);
    let config = config.unwrap_or_else(|| panic!("{findings}"));
    TrustStore::build(config, &material(), "trust.toml", &mut findings)
}

/// What the standard policy says about a presentation.
pub(crate) fn decide(token: &str) -> Result<Presentation, Code> {
    decide_at(token, now())
}

pub(crate) fn decide_at(token: &str, now: UnixTime) -> Result<Presentation, Code> {
    decide_under(token.as_bytes(), &Policy::standard(), &trust(TRUST), now)
}

pub(crate) fn decide_under(
    token: &[u8],
    policy: &Policy,
    trust: &TrustStore,
    now: UnixTime,
) -> Result<Presentation, Code> {
    let paths = PathCache::default();
    decide_with(token, policy, &TrustedIssuers::new(trust, &paths), now)
}

pub(crate) fn decide_with(
    token: &[u8],
    policy: &Policy,
    issuers: &TrustedIssuers<'_>,
    now: UnixTime,
) -> Result<Presentation, Code> {
    let context = Context::new(policy, issuers, "nonce-1", "https://rp.example", now);
    match verify(token, &context) {
        Verdict::Accepted(accepted) => Ok(accepted.into_parts().0),
        Verdict::Needs { .. } => Err(Code::NeedsEvidence),
        Verdict::Refused { refusal, .. } => Err(refusal.code()),
    }
}

/// The code alone, for comparisons.
pub(crate) fn code(token: &str) -> Option<Code> {
    decide(token).err()
}

pub(crate) const REGISTER: &str = r#"
version = 1

[procedure."urn:procedure:test"]
owner = "Municipality of Example"
legal_basis = "GDPR 6(1)(e)"
sector = "building"
clients = ["client-1"]
min_loa = "substantial"
families = ["sd_jwt_vc"]

[procedure."urn:procedure:test".scopes."core"]
claims = ["family_name", { claim = "birthdate", as = "age_over", over = [18] }]
essential = ["family_name"]

[procedure."urn:procedure:test".scopes."more"]
claims = [
    { claim = "address", as = "postal_prefix", length = 2 },
    { claim = "given_name", as = "initials" },
    { claim = "address", as = "present" },
    { claim = "nationalities", as = "present" },
]

[procedure."urn:procedure:other"]
owner = "Municipality of Example"
legal_basis = "GDPR 6(1)(e)"
sector = "library"
clients = ["client-1", "client-2"]
min_loa = "low"
families = ["sd_jwt_vc"]

[procedure."urn:procedure:other".scopes."age"]
claims = [{ claim = "birthdate", as = "age_over", over = [18] }]

[client."client-1"]
auth = { kind = "host" }

[client."client-2"]
auth = { kind = "host" }
"#;

pub(crate) struct TestSigner(pub(crate) TestKey);

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

/// An honest broker, to be changed part by part.
pub(crate) fn parts() -> Parts {
    let mut findings = Findings::new();
    let register = Register::from_toml(REGISTER, "register.toml", &mut findings);
    let register = register.unwrap_or_else(|| panic!("{findings}"));
    Parts {
        policy: Policy::standard(),
        trust: Arc::new(trust(TRUST)),
        register,
        issuer: ISSUER.to_owned(),
        signer: Arc::new(TestSigner(keys::assertion_es256().unwrap())),
        pairwise: PairwiseKey::new(1, keys::pairwise_master().unwrap()).unwrap(),
        seal: SealKey::new(keys::expectation_seal().unwrap()),
        audit_key: Zeroizing::new([7; 32]),
        audience: AUDIENCE.to_owned(),
        expectation_lifetime_s: 600,
        config_digest: [1; 32],
        replay: Arc::new(MemoryReplayStore::default()),
        audit: Arc::new(MemoryAudit::new(10_000)),
        random: Arc::new(SystemRandom::new()),
    }
}

pub(crate) fn broker(change: impl FnOnce(&mut Parts)) -> Broker {
    let mut parts = parts();
    change(&mut parts);
    Broker::new(parts).unwrap()
}
