//! Vectors of the families `web_eid` and `certificate`: a token against nonce, origin, trust, policy and
//! the evidence at hand.

use super::vector::Vector;
use super::{Judge, Verdict, attributes, context};
use eid_broker::UnixTime;
use eid_broker::identity::Family;
use eid_broker::pki::{Evidence, PathCache};
use eid_broker::policy::Policy;
use eid_broker::token::{self, Context};
use eid_broker::trust::TrustStore;
use eid_broker::verdict;
use std::path::Path;

/// The context of one vector.
pub(super) struct Card {
    family: Family,
    policy: Policy,
    trust: TrustStore,
    paths: PathCache,
    answers: Vec<Vec<u8>>,
    nonce: String,
    origin: String,
    now: UnixTime,
}

impl Card {
    /// Reads what the vector names.
    pub(super) fn new(vector: &Vector, folder: &Path, now: UnixTime) -> Result<Self, String> {
        let policy = context::policy(folder, &vector.policy)?;
        if policy.laboratory {
            return Err("a vector of ours is read under no laboratory policy".to_owned());
        }
        let expectation = vector.expectation.as_ref().ok_or("expectation is missing")?;
        let mut answers = Vec::new();
        for evidence in &vector.evidence {
            if evidence.kind != "ocsp" {
                return Err(format!("evidence {} is not part of this version", evidence.kind));
            }
            let path = folder.join(&evidence.file);
            answers.push(
                std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?,
            );
        }
        Ok(Self {
            family: Family::from_name(&vector.family).ok_or("no family of this version")?,
            policy,
            trust: context::trust(folder, &vector.trust)?,
            paths: PathCache::default(),
            answers,
            nonce: expectation.nonce.clone().ok_or("expectation has no nonce")?,
            origin: expectation.audience.clone(),
            now,
        })
    }
}

impl Judge for Card {
    fn judge(&self, token: &[u8]) -> Verdict {
        let answers: Vec<&[u8]> = self.answers.iter().map(Vec::as_slice).collect();
        let (policy, trust, paths) = (&self.policy, &self.trust, &self.paths);
        let context = Context::new(policy, trust, paths, &self.nonce, &self.origin, self.now)
            .with_evidence(Evidence::ocsp(&answers));
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
