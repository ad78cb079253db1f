//! Vectors of the SAML families: a response against request, issuer, service provider, trust and policy.

use super::vector::Vector;
use super::{Judge, Verdict, attributes, context};
use eid_broker::UnixTime;
use eid_broker::envelope::xml::encryption::DecryptionKeys;
use eid_broker::expectation::saml::{RequestedLoa, SamlExpected, ServiceProvider, SpType};
use eid_broker::identity::{Country, Family, LevelOfAssurance};
use eid_broker::pki::{PathCache, RecipientKey};
use eid_broker::policy::Policy;
use eid_broker::token::{self, Context};
use eid_broker::trust::TrustStore;
use eid_broker::verdict;
use eid_broker_maker::keys::pem_to_der;
use std::fs;
use std::path::Path;

/// The context of one vector.
pub(super) struct Response {
    family: Family,
    policy: Policy,
    trust: TrustStore,
    paths: PathCache,
    service: ServiceProvider,
    issuer: String,
    min_loa: Option<RequestedLoa>,
    client_address: Option<String>,
    request_id: String,
    now: UnixTime,
}

impl Response {
    /// Reads what the vector names.
    pub(super) fn new(vector: &Vector, folder: &Path, now: UnixTime) -> Result<Self, String> {
        let policy = context::policy(folder, &vector.policy)?;
        if policy.laboratory {
            return Err("a vector of ours is read under no laboratory policy".to_owned());
        }
        let expectation = vector.expectation.as_ref().ok_or("expectation is missing")?;
        let saml = vector.saml.as_ref().ok_or("saml is missing")?;
        let mut keys = Vec::new();
        for name in &saml.keys {
            let path = context::find(folder, &format!("keys/{name}.key.pem"))?;
            let pem = fs::read_to_string(&path).map_err(|error| error.to_string())?;
            let der = pem_to_der(&pem).ok_or_else(|| format!("{name} is no PEM"))?;
            let key = RecipientKey::from_der(&der).map_err(|fault| format!("{fault:?}"))?;
            keys.push(key);
        }
        let keys = DecryptionKeys::new(keys).map_err(|code| code.name().to_owned())?;
        let country = Country::parse(&saml.country).ok_or("country is none")?;
        let (audience, acs) = (&expectation.audience, &saml.acs_url);
        let level = |uri: &String| {
            let level = LevelOfAssurance::ALL
                .iter()
                .copied()
                .find(|level| format!("http://eidas.europa.eu/LoA/{}", level.name()) == *uri);
            level.ok_or("min_loa is no notified level")
        };
        let min_loa = saml.min_loa.as_ref().map(level).transpose()?;
        Ok(Self {
            family: Family::from_name(&vector.family).ok_or("no family of this version")?,
            policy,
            trust: context::trust(folder, &vector.trust)?,
            paths: PathCache::default(),
            service: ServiceProvider::new(audience, acs, country, SpType::Public, keys),
            issuer: saml.issuer.clone(),
            min_loa: min_loa.map(|level| RequestedLoa { level, notified_only: true }),
            client_address: saml.client_address.clone(),
            request_id: expectation.request_id.clone().ok_or("expectation has no request_id")?,
            now,
        })
    }
}

impl Judge for Response {
    fn judge(&self, token: &[u8]) -> Verdict {
        let saml = SamlExpected::new(&self.service, &self.issuer)
            .with_min_loa(self.min_loa)
            .with_client_address(self.client_address.as_deref());
        let (policy, trust, paths) = (&self.policy, &self.trust, &self.paths);
        let audience = &self.service.entity_id;
        let context = Context::new(policy, trust, paths, &self.request_id, audience, self.now)
            .requested_at(self.now.minus(120))
            .with_saml(saml);
        match token::verify(self.family, token, &context) {
            verdict::Verdict::Accepted(accepted) => {
                let identity = accepted.value();
                Verdict::Accepted {
                    identity: attributes::to_json(identity),
                    loa: identity.loa().uri().to_owned(),
                    ledger: *accepted.ledger(),
                }
            }
            verdict::Verdict::Needs { needs, .. } => {
                Verdict::Needs(needs.into_iter().map(|need| need.url).collect())
            }
            verdict::Verdict::Refused { refusal, .. } => Verdict::Refused(refusal.code()),
        }
    }
}
