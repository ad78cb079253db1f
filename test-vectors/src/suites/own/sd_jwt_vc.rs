//! Vectors of the family `sd_jwt_vc`: a presentation against nonce, audience, trust and policy.

use super::vector::Vector;
use super::{Judge, Verdict, attributes, context};
use eid_broker::UnixTime;
use eid_broker::pki::PathCache;
use eid_broker::policy::Policy;
use eid_broker::token::sd_jwt_vc::{Context, TrustedIssuers, verify};
use eid_broker::trust::TrustStore;
use eid_broker::verdict;
use std::path::Path;

/// The context of one vector.
pub(super) struct Presentation {
    policy: Policy,
    trust: TrustStore,
    paths: PathCache,
    nonce: String,
    audience: String,
    now: UnixTime,
}

impl Presentation {
    /// Reads what the vector names.
    pub(super) fn new(vector: &Vector, folder: &Path, now: UnixTime) -> Result<Self, String> {
        let policy = context::policy(folder, &vector.policy)?;
        if policy.laboratory {
            return Err("a vector of ours is read under no laboratory policy".to_owned());
        }
        let expectation = vector.expectation.as_ref().ok_or("expectation is missing")?;
        Ok(Self {
            policy,
            trust: context::trust(folder, &vector.trust)?,
            paths: PathCache::default(),
            nonce: expectation.nonce.clone().ok_or("expectation has no nonce")?,
            audience: expectation.audience.clone(),
            now,
        })
    }
}

impl Judge for Presentation {
    fn judge(&self, token: &[u8]) -> Verdict {
        let issuers = TrustedIssuers::new(&self.trust, &self.paths);
        let context = Context::new(&self.policy, &issuers, &self.nonce, &self.audience, self.now);
        match verify(token, &context) {
            verdict::Verdict::Accepted(accepted) => match accepted.value().identity() {
                Some(identity) => Verdict::Accepted {
                    identity: attributes::to_json(identity),
                    loa: identity.loa().uri().to_owned(),
                    ledger: *accepted.ledger(),
                },
                None => Verdict::Refused(verdict::Code::Internal),
            },
            verdict::Verdict::Needs { needs, .. } => {
                Verdict::Needs(needs.into_iter().map(|need| need.url).collect())
            }
            verdict::Verdict::Refused { refusal, .. } => Verdict::Refused(refusal.code()),
        }
    }
}
