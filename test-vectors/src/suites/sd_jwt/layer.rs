//! What the suites of this folder share: a pinned issuer, and the laboratory policies. A verdict under
//! any of them can never become an assertion.

use crate::suite::{Door, Outcome};
use eid_broker::UnixTime;
use eid_broker::crypto::Alg;
use eid_broker::envelope::jose::Jwk;
use eid_broker::envelope::json::{Limits, with};
use eid_broker::policy::{Content, KeyBinding, Policy, SdJwtVcPolicy, StatusRule};
use eid_broker::token::sd_jwt_vc::{Context, IssuerKey, Presentation, ResolveIssuer, verify};
use eid_broker::verdict::{Code, Ledger, Refusal, Verdict};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// One key that signs everything; no chain leads anywhere.
pub(super) struct Pinned(IssuerKey);

/// Everything that a presentation is verified against.
pub(super) struct Setting {
    pub(super) policy: Policy,
    pub(super) issuer: Rc<dyn ResolveIssuer>,
    pub(super) nonce: String,
    pub(super) audience: String,
    pub(super) now: UnixTime,
}

impl Pinned {
    /// The key of a JWK with one algorithm.
    pub(super) fn new(jwk: &Value) -> Result<Self, String> {
        let text = jwk.to_string();
        let jwk = with(text.as_bytes(), Limits::OWN, Jwk::parse).map_err(|r| r.to_string())?;
        let alg = jwk.alg.ok_or("the issuer's key has no algorithm")?;
        let key = jwk.key.for_alg(alg).map_err(|code| code.name())?;
        Ok(Self(IssuerKey::new(Arc::new(key), Arc::from("suite"))))
    }
}

impl ResolveIssuer for Pinned {
    fn by_chain(
        &self,
        _: &[Cow<'_, str>],
        _: Alg,
        _: &Policy,
        _: UnixTime,
        _: &mut Ledger,
    ) -> Result<IssuerKey, Refusal> {
        Err(Code::KeyUntrusted.into())
    }

    fn by_issuer(
        &self,
        _: Option<&str>,
        _: Option<&str>,
        _: &Policy,
        _: UnixTime,
        _: &mut Ledger,
    ) -> Result<IssuerKey, Refusal> {
        Ok(self.0.clone())
    }
}

/// The policy `standard/1` with the laboratory settings that `change` makes; the status is left out.
pub(super) fn laboratory(name: &str, change: impl FnOnce(&mut SdJwtVcPolicy)) -> Policy {
    let mut policy = Policy::standard();
    name.clone_into(&mut policy.name);
    policy.leeway_s = 0;
    let mut rules = SdJwtVcPolicy::standard();
    rules.status = StatusRule::NotEvaluated;
    rules.content = Content::Credential;
    rules.key_binding = KeyBinding::Required;
    change(&mut rules);
    policy.sd_jwt_vc = Some(rules);
    policy.seal();
    policy
}

impl Setting {
    /// Verifies one presentation.
    pub(super) fn verify(&self, token: &[u8]) -> Verdict<Presentation> {
        let Self { policy, issuer, nonce, audience, now } = self;
        verify(token, &Context::laboratory(policy, issuer.as_ref(), nonce, audience, *now))
    }

    /// Verifies, and compares the claims where the suite gives them.
    pub(super) fn outcome(&self, token: &[u8], wanted: Option<&Map<String, Value>>) -> Outcome {
        match self.verify(token) {
            Verdict::Accepted(accepted) => match wanted {
                Some(wanted) => compare(accepted.value().claims(), wanted),
                None => Outcome::Accepted,
            },
            Verdict::Needs { .. } => Outcome::Undecided(Code::NeedsEvidence),
            Verdict::Refused { refusal, .. } => Err(refusal.code()).into(),
        }
    }
}

impl Door for &Setting {
    fn ask(&self, token: &[u8]) -> Result<String, Code> {
        match self.verify(token) {
            Verdict::Accepted(accepted) => {
                Ok(Value::Object(accepted.value().claims().clone()).to_string())
            }
            Verdict::Needs { .. } => Err(Code::NeedsEvidence),
            Verdict::Refused { refusal, .. } => Err(refusal.code()),
        }
    }
}

// Names the first claim that differs, not its value.
fn compare(found: &Map<String, Value>, wanted: &Map<String, Value>) -> Outcome {
    let differs = |text: String| Outcome::Differs(text);
    if let Some(name) = wanted.keys().find(|name| found.get(*name) != wanted.get(*name)) {
        return differs(format!("claim {name} differs or is missing"));
    }
    match found.keys().find(|name| !wanted.contains_key(*name)) {
        Some(name) => differs(format!("claim {name} should not be there")),
        None => Outcome::Accepted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn claims_are_equal_or_the_first_difference_is_named() {
        let map = |value: Value| value.as_object().unwrap().clone();
        let wanted = map(json!({"a": 1, "b": [1, {"c": null}]}));
        assert_eq!(compare(&wanted, &wanted), Outcome::Accepted);
        for other in [
            json!({"a": 1}),
            json!({"a": 1, "b": [1, {"c": 0}]}),
            json!({"a": 1, "b": [1, {"c": null}], "d": 1}),
        ] {
            assert!(matches!(compare(&map(other), &wanted), Outcome::Differs(_)));
        }
    }

    #[test]
    fn every_policy_of_this_program_is_a_laboratory_one() {
        assert!(laboratory("corpus-test", |_| ()).laboratory);
    }
}
