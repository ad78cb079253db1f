//! One presentation with every attribute of the PID rulebook, and what must come out of it, under the
//! laboratory profile `corpus-pid-all-attributes` (the status is left out).

use super::layer::{Setting, laboratory};
use crate::discover::Found;
use crate::suite::{Case, Door, Expected, Suite};
use crate::suites::Loaded;
use eid_broker::UnixTime;
use eid_broker::config::Findings;
use eid_broker::crypto::Alg;
use eid_broker::pki::PathCache;
use eid_broker::policy::{Content, Policy};
use eid_broker::token::sd_jwt_vc::{IssuerKey, ResolveIssuer, TrustedIssuers};
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use eid_broker::verdict::{Ledger, Refusal};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The whole file.
#[derive(Debug, Deserialize)]
struct File {
    presentation: String,
    /// Unix seconds.
    now: u64,
    expected_nonce: String,
    expected_aud: String,
    trust_anchor_pem: String,
    /// The payload after disclosure, without `_sd` and `_sd_alg`.
    expected_claims: Map<String, Value>,
}

struct AllAttributes {
    file: File,
    /// As a credential of its type.
    credential: Setting,
    /// As person identification data.
    pid: Setting,
}

/// Reads the file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    if file.expected_claims.is_empty() {
        return Err("no claims to compare with".to_owned());
    }
    let (credential, pid) = (file.setting(Content::Credential)?, file.setting(Content::Pid)?);
    Ok(vec![Box::new(AllAttributes { file, credential, pid })])
}

impl File {
    fn setting(&self, content: Content) -> Result<Setting, String> {
        let policy = laboratory("corpus-pid-all-attributes", |rules| rules.content = content);
        Ok(Setting {
            policy,
            issuer: Rc::new(Trusted::new(&self.trust_anchor_pem)?),
            nonce: self.expected_nonce.clone(),
            audience: self.expected_aud.clone(),
            now: UnixTime::from_secs(self.now),
        })
    }
}

impl Suite for AllAttributes {
    fn name(&self) -> String {
        "sd-jwt-pid-all-attributes".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let Self { file, credential, pid } = self;
        let token = file.presentation.as_bytes();
        let claims = || credential.outcome(token, Some(&file.expected_claims));
        vec![
            Case::ask("claims", Expected::Accept, "every claim, and no other", claims),
            Case::ask("identity", Expected::Accept, "as PID", || pid.outcome(token, None)),
        ]
    }

    fn door(&self, case: &str) -> Option<Box<dyn Door + '_>> {
        match case {
            "claims" => Some(Box::new(&self.credential)),
            "identity" => Some(Box::new(&self.pid)),
            _ => None,
        }
    }
}

// The library's own trust store with the anchor of the file in it.
struct Trusted {
    store: TrustStore,
    paths: PathCache,
}

const TRUST: &str = r#"
[[source]]
name = "suite"
purpose = "pid-issue"
kind = "x509"
profile = "iso-iaca"
files = ["anchor.pem"]
credential_types = ["urn:eudi:pid:1"]
"#;

impl Trusted {
    fn new(pem: &str) -> Result<Self, String> {
        let mut findings = Findings::new();
        let config = TrustConfig::from_toml(TRUST, "trust.toml", &mut findings);
        let config = config.ok_or_else(|| format!("{findings:?}"))?;
        let material = Material::Bytes(pem.as_bytes().to_vec());
        let material = BTreeMap::from([("anchor.pem".to_owned(), material)]);
        let store = TrustStore::build(config, &material, "trust.toml", &mut findings);
        Ok(Self { store, paths: PathCache::default() })
    }

    const fn issuers(&self) -> TrustedIssuers<'_> {
        TrustedIssuers::new(&self.store, &self.paths)
    }
}

impl ResolveIssuer for Trusted {
    fn by_chain(
        &self,
        x5c: &[Cow<'_, str>],
        alg: Alg,
        policy: &Policy,
        now: UnixTime,
        ledger: &mut Ledger,
    ) -> Result<IssuerKey, Refusal> {
        self.issuers().by_chain(x5c, alg, policy, now, ledger)
    }

    fn by_issuer(
        &self,
        iss: Option<&str>,
        kid: Option<&str>,
        policy: &Policy,
        now: UnixTime,
        ledger: &mut Ledger,
    ) -> Result<IssuerKey, Refusal> {
        self.issuers().by_issuer(iss, kid, policy, now, ledger)
    }
}
