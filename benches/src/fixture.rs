//! What the benches work on: a PID of the test issuer, and a broker's parts around it.

use eid_broker::UnixTime;
use eid_broker::config::Findings;
use eid_broker::crypto::Alg;
use eid_broker::policy::Policy;
use eid_broker::ports::{Random, Signer, SigningInput, Unavailable};
use eid_broker::register::Register;
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use eid_broker_maker::pid::{PidIssuer, PidSpec};
use eid_broker_maker::wallet::{Select, Wallet};
use eid_broker_maker::{cert, keys};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use std::collections::BTreeMap;
use std::time::SystemTime;

pub(crate) const NONCE: &str = "Zm9yIGEgYmVuY2htYXJrIG9ubHksIG5vdCBhIG5vbmNl";
pub(crate) const AUDIENCE: &str = "x509_san_dns:broker.example";
pub(crate) const PID_ISSUER: &str = "https://issuer.example/pid";

/// The instant of the benches. Some peers ask the clock, so it has to be the real one.
pub(crate) fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
    UnixTime::from_secs(since.as_secs())
}

/// A PID of twelve disclosures, valid for a day around `now`. It names its issuer, which nobody but
/// a peer asks for.
pub(crate) fn pid(now: UnixTime) -> PidSpec {
    let mut spec = PidSpec::mandatory().expect("embedded key");
    let now = i64::try_from(now.secs()).expect("before 2^63");
    spec.iat = Some(now - 3_600);
    spec.nbf = Some(now - 3_600);
    spec.exp = Some(now + 72_000);
    spec.open.insert("iss".to_owned(), PID_ISSUER.into());
    spec
}

/// Presents a PID with everything in it, signed by the test issuer and the test wallet.
pub(crate) fn present(spec: &PidSpec, now: UnixTime) -> String {
    let credential = PidIssuer::new().and_then(|issuer| issuer.issue(spec)).expect("a credential");
    let now = i64::try_from(now.secs()).expect("before 2^63");
    let wallet = Wallet::holder().expect("embedded key");
    wallet.present(&credential, &Select::All, NONCE, AUDIENCE, now).expect("a presentation")
}

/// The policy of production.
pub(crate) fn policy() -> Policy {
    Policy::standard()
}

/// Trusts the test issuer's root and nothing else.
pub(crate) fn trust() -> TrustStore {
    const TRUST: &str = r#"
[[source]]
name = "test-pid"
purpose = "pid-issue"
kind = "x509"
profile = "iso-iaca"
files = ["pid-ca.pem"]
credential_types = ["urn:eudi:pid:1", "eu.europa.ec.eudi.pid.1"]
"#;
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(TRUST, "trust.toml", &mut findings);
    let pem = keys::der_to_pem("CERTIFICATE", &cert::pid_ca_der().expect("embedded certificate"));
    let material = BTreeMap::from([("pid-ca.pem".into(), Material::Bytes(pem.into_bytes()))]);
    let config = config.unwrap_or_else(|| panic!("{findings}"));
    TrustStore::build(config, &material, "trust.toml", &mut findings)
}

pub(crate) const PROCEDURE: &str = "urn:example:building-permit";
pub(crate) const CLIENT: &str = "legacy-17";

/// One procedure that sees a name, a majority and a municipality, bound to a key of the client.
pub(crate) fn register() -> Register {
    const REGISTER: &str = r#"
version = 1

[procedure."urn:example:building-permit"]
owner = "Municipality of Example"
legal_basis = "GDPR 6(1)(e); Building Act § 12"
sector = "building"
clients = ["legacy-17"]
min_loa = "substantial"
families = ["sd_jwt_vc"]
sender_constraint = "dpop"

[procedure."urn:example:building-permit".scopes."identity.core"]
claims = ["family_name", "given_name", { claim = "birthdate", as = "age_over", over = [18] }]
essential = ["family_name"]

[client."legacy-17"]
auth = { kind = "host" }
"#;
    let mut findings = Findings::new();
    let register = Register::from_toml(REGISTER, "register.toml", &mut findings);
    register.unwrap_or_else(|| panic!("{findings}"))
}

/// The private half of the key that signs assertions, PKCS#8. As worthless as all test keys.
pub(crate) fn assertion_pkcs8() -> Vec<u8> {
    let pem = include_str!("../../test-vectors/keys/assertion-es256.key.pem");
    keys::pem_to_der(pem).expect("embedded key")
}

/// Signs with ring, the key parsed once.
pub(crate) struct RingSigner {
    pub(crate) pair: EcdsaKeyPair,
    pub(crate) random: SystemRandom,
    kid: String,
}

impl RingSigner {
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, &assertion_pkcs8(), &random);
        let kid = keys::assertion_es256().expect("embedded key").thumbprint();
        Self { pair: pair.expect("embedded key"), random, kid }
    }
}

impl Signer for RingSigner {
    fn alg(&self) -> Alg {
        Alg::Es256
    }

    fn kid(&self) -> &str {
        &self.kid
    }

    fn sign(&self, input: SigningInput<'_>) -> Result<Vec<u8>, Unavailable> {
        let signature = self.pair.sign(&self.random, input.message);
        signature.map(|bytes| bytes.as_ref().to_vec()).map_err(|_| Unavailable("ring"))
    }
}

/// The system's randomness, by ring.
pub(crate) struct SystemRandomness(pub(crate) SystemRandom);

impl Random for SystemRandomness {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        self.0.fill(out).map_err(|_| Unavailable("ring"))
    }
}
