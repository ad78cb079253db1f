//! The made SD-JWT vectors of the shared corpus, where it is present.

#![cfg(test)]

use eid_broker::UnixTime;
use eid_broker::crypto::Alg;
use eid_broker::envelope::jose::Jwk;
use eid_broker::envelope::json::{Limits, with};
use eid_broker::policy::{Content, Policy, StatusRule};
use eid_broker::token::sd_jwt_vc::{Context, IssuerKey, ResolveIssuer, verify};
use eid_broker::verdict::{Ledger, Refusal, Verdict};
use std::borrow::Cow;
use std::sync::Arc;

struct Pinned(IssuerKey);

impl ResolveIssuer for Pinned {
    fn by_chain(
        &self,
        _: &[Cow<'_, str>],
        _: Alg,
        _: &Policy,
        _: UnixTime,
        _: &mut Ledger,
    ) -> Result<IssuerKey, Refusal> {
        Ok(self.0.clone())
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

#[test]
fn decides_every_made_vector_as_expected() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus/wallet/sdjwt/made/vectors.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("corpus ABSENT: nothing was checked here");
        return;
    };
    let suite: serde_json::Value = serde_json::from_str(&text).unwrap();
    let jwk = suite["issuer_jwk"].to_string();
    let key =
        with(jwk.as_bytes(), Limits::OWN, Jwk::parse).unwrap().key.for_alg(Alg::Es256).unwrap();
    let issuers = Pinned(IssuerKey::new(Arc::new(key), Arc::from("made")));
    let mut policy = Policy::standard();
    policy.leeway_s = 0;
    let rules = policy.sd_jwt_vc.as_mut().unwrap();
    rules.status = StatusRule::NotEvaluated;
    rules.content = Content::Credential;
    rules.types = vec!["dc+sd-jwt".into(), "vc+sd-jwt".into()];
    rules.credential_types = vec!["urn:eudi:pid:1".into(), "urn:eudi:pid:de:1".into()];
    policy.seal();
    let now = UnixTime::from_secs(suite["now"].as_u64().unwrap());
    let context = Context::new(
        &policy,
        &issuers,
        suite["expected_nonce"].as_str().unwrap(),
        suite["expected_aud"].as_str().unwrap(),
        now,
    );
    let mut wrong = Vec::new();
    for vector in suite["vectors"].as_array().unwrap() {
        let verdict = verify(vector["presentation"].as_str().unwrap().as_bytes(), &context);
        let got = if matches!(verdict, Verdict::Accepted(_)) { "accept" } else { "reject" };
        if got != vector["expect"] {
            wrong.push(vector["id"].to_string());
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
