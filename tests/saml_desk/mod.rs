//! A service provider, its trust and its policy, for tests of the SAML families.

#![allow(dead_code, reason = "each test uses a part")]

use eid_broker::config::Findings;
use eid_broker::envelope::xml::encryption::DecryptionKeys;
use eid_broker::expectation::saml::{RequestedLoa, SamlExpected, ServiceProvider, SpType};
use eid_broker::identity::{Country, Family, LevelOfAssurance};
use eid_broker::pki::{PathCache, RecipientKey};
use eid_broker::token::{self, Context};
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use eid_broker::verdict::{Code, Detail, Refusal, Verdict};
use eid_broker::{Identity, Policy, UnixTime};
use std::collections::BTreeMap;

/// Everything that a verdict depends on.
pub(crate) struct Desk {
    pub(crate) family: Family,
    pub(crate) policy: Policy,
    pub(crate) trust: TrustStore,
    pub(crate) service: ServiceProvider,
    pub(crate) paths: PathCache,
    pub(crate) issuer: String,
    pub(crate) request: String,
    pub(crate) min_loa: Option<RequestedLoa>,
    pub(crate) client_address: Option<String>,
    pub(crate) now: UnixTime,
}

impl Desk {
    pub(crate) fn verify(&self, token: &[u8]) -> Verdict<Identity> {
        let expected = SamlExpected::new(&self.service, &self.issuer)
            .with_min_loa(self.min_loa)
            .with_client_address(self.client_address.as_deref());
        let context = Context::new(
            &self.policy,
            &self.trust,
            &self.paths,
            &self.request,
            &self.service.entity_id,
            self.now,
        )
        .with_saml(expected);
        token::verify(self.family, token, &context)
    }

    /// The person, or the code of the refusal.
    pub(crate) fn ask(&self, token: impl AsRef<[u8]>) -> Result<Identity, Code> {
        self.refusal(token).map_err(|refusal| refusal.code())
    }

    pub(crate) fn refusal(&self, token: impl AsRef<[u8]>) -> Result<Identity, Refusal> {
        match self.verify(token.as_ref()) {
            Verdict::Accepted(accepted) => Ok(accepted.into_parts().0),
            Verdict::Refused { refusal, ledger } => {
                let failed = ledger.entries().last().and_then(|entry| entry.reason);
                assert_eq!(failed, Some(refusal.code()), "the ledger ends with the refusal");
                Err(refusal)
            }
            Verdict::Needs { .. } => panic!("SAML needs nothing"),
        }
    }

    /// What a refusal says beside its code.
    pub(crate) fn detail(&self, token: impl AsRef<[u8]>) -> Detail {
        self.refusal(token).unwrap_err().detail()
    }
}

pub(crate) fn policy(text: &str) -> Policy {
    let mut findings = Findings::new();
    let policy = Policy::from_toml(text, "policy.toml", &mut findings);
    policy.unwrap_or_else(|| panic!("{findings}"))
}

pub(crate) fn trust(text: &str, files: &[(&str, Vec<u8>)]) -> TrustStore {
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(text, "trust.toml", &mut findings);
    let config = config.unwrap_or_else(|| panic!("{findings}"));
    let material: BTreeMap<String, Material> = files
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), Material::Bytes(bytes.clone())))
        .collect();
    TrustStore::build(config, &material, "trust.toml", &mut findings)
}

/// A source of pinned certificates.
pub(crate) fn pinned(purpose: &str, entity_id: &str, files: &[&str], more: &str) -> String {
    format!(
        "[[source]]\nname = \"issuer\"\npurpose = \"{purpose}\"\nkind = \"saml-pinned\"\n\
         entity_id = \"{entity_id}\"\nfiles = {files:?}\n{more}\n"
    )
}

pub(crate) fn service(entity_id: &str, acs_url: &str, keys: Vec<RecipientKey>) -> ServiceProvider {
    let country = Country::parse("DE").unwrap();
    let keys = DecryptionKeys::new(keys).unwrap();
    ServiceProvider::new(entity_id, acs_url, country, SpType::Public, keys)
}

pub(crate) fn substantial() -> Option<RequestedLoa> {
    Some(RequestedLoa { level: LevelOfAssurance::Substantial, notified_only: true })
}

pub(crate) fn at(text: &str) -> UnixTime {
    UnixTime::from_rfc3339(text).unwrap()
}
