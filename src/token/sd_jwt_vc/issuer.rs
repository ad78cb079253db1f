//! Whose key signs: `x5c` to a configured anchor, or the pinned key set of a configured issuer
//! (SD-JWT VC, 3.5; HAIP 1.0, 6.1.1). Nothing in a token can bring its own trust.

use crate::UnixTime;
use crate::crypto::{Alg, VerifyingKey};
use crate::envelope::base64std;
use crate::envelope::json::{Kind, Value};
use crate::identity::{Country, LevelOfAssurance};
use crate::pki::{Certificate, PathCache};
use crate::policy::Policy;
use crate::token::chain::{Judgement, country};
use crate::trust::{Purpose, TrustStore};
use crate::verdict::{Check, Code, Ledger, Place, Refusal};
use std::borrow::Cow;
use std::sync::Arc;

/// Most certificates in `x5c`; the anchor is not among them.
pub(super) const MAX_CHAIN: usize = 8;

/// A key that configuration leads to, and what it may say.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IssuerKey {
    /// The key, bound to the algorithm of the header.
    pub key: Arc<VerifyingKey>,
    /// Name of the anchor or key set in the configuration.
    pub anchor: Arc<str>,
    /// The country that the anchor may speak for.
    pub country: Option<Country>,
    /// Credential types that the anchor may issue; `None` leaves it to the policy.
    pub credential_types: Option<Arc<[String]>>,
    /// Highest level that the anchor can give.
    pub loa_cap: Option<LevelOfAssurance>,
}

impl IssuerKey {
    /// A key and the name of the anchor that leads to it.
    #[must_use]
    pub const fn new(key: Arc<VerifyingKey>, anchor: Arc<str>) -> Self {
        Self { key, anchor, country: None, credential_types: None, loa_cap: None }
    }
}

/// Where issuers' keys come from: the trust snapshot of the broker.
pub trait ResolveIssuer {
    /// The leaf's key, after the whole path was checked.
    ///
    /// * `x5c`: base64 of DER, leaf first, 1 to 8 entries.
    ///
    /// # Errors
    /// The refusal of the check that failed, which is then in the ledger.
    fn by_chain(
        &self,
        x5c: &[Cow<'_, str>],
        alg: Alg,
        policy: &Policy,
        now: UnixTime,
        ledger: &mut Ledger,
    ) -> Result<IssuerKey, Refusal>;

    /// The key of a configured issuer.
    ///
    /// * `iss`: as the unverified payload says; it only selects among configured key sets.
    ///
    /// # Errors
    /// As [`Self::by_chain`].
    fn by_issuer(
        &self,
        iss: Option<&str>,
        kid: Option<&str>,
        policy: &Policy,
        now: UnixTime,
        ledger: &mut Ledger,
    ) -> Result<IssuerKey, Refusal>;
}

/// The issuers of a trust snapshot, with the paths that were verified before.
#[derive(Clone, Copy)]
pub struct TrustedIssuers<'a> {
    trust: &'a TrustStore,
    paths: &'a PathCache,
}

impl<'a> TrustedIssuers<'a> {
    /// The issuers that `trust` knows; `paths` belongs to whoever verifies.
    #[must_use]
    pub const fn new(trust: &'a TrustStore, paths: &'a PathCache) -> Self {
        Self { trust, paths }
    }
}

impl ResolveIssuer for TrustedIssuers<'_> {
    fn by_chain(
        &self,
        x5c: &[Cow<'_, str>],
        alg: Alg,
        policy: &Policy,
        now: UnixTime,
        ledger: &mut Ledger,
    ) -> Result<IssuerKey, Refusal> {
        let anchors = self.trust.x509_anchors(Purpose::PidIssue, now);
        let anchors = ledger.record(Check::TrustSource, anchors)?;
        let texts: Vec<&str> = x5c.iter().map(AsRef::as_ref).collect();
        let judgement = Judgement { anchors, policy, paths: self.paths, at: now, now };
        let path = judgement.path(&texts, ledger, || decode_chain(&texts))?;
        let rule = anchors.rule(&path.anchor().certificate).ok_or(Code::Internal)?;
        let key = path.leaf_key().clone().for_alg(alg);
        let key = key.map_err(|code| Refusal::new(code, Place::part("issuer-jwt.header")));
        let key = key.map_err(|refusal| ledger.fail(Check::IssuerAlgorithm, refusal))?;
        Ok(IssuerKey {
            key: Arc::new(key),
            anchor: Arc::clone(&path.anchor().label),
            country: country(&path),
            credential_types: Some(Arc::clone(&rule.credential_types)),
            loa_cap: rule.loa_cap,
        })
    }

    fn by_issuer(
        &self,
        iss: Option<&str>,
        kid: Option<&str>,
        _policy: &Policy,
        now: UnixTime,
        ledger: &mut Ledger,
    ) -> Result<IssuerKey, Refusal> {
        let place = Place::part("issuer-jwt.header");
        let refuse = |code| Refusal::new(code, place);
        // Without a name there is no key set, and without x5c no chain.
        let iss = iss.ok_or(refuse(Code::KeyMissing));
        let iss = iss.map_err(|refusal| ledger.fail(Check::IssuerKey, refusal))?;
        let issuer = self.trust.key_set(Purpose::PidIssue, iss, now);
        let issuer = ledger.record(Check::TrustSource, issuer)?;
        let key = match kid {
            Some(kid) => issuer.keys.get(kid).map_err(refuse),
            None => issuer.keys.sole().ok_or(refuse(Code::KeyMissing)),
        };
        let key = key.map_err(|refusal| ledger.fail(Check::IssuerKey, refusal))?;
        Ok(IssuerKey {
            key: Arc::new(key.clone()),
            anchor: Arc::clone(&issuer.rule.source),
            country: issuer.rule.country,
            credential_types: Some(Arc::clone(&issuer.rule.credential_types)),
            loa_cap: issuer.rule.loa_cap,
        })
    }
}

// RFC 7515, 4.1.6: base64, not base64url, of DER.
fn decode_chain(texts: &[&str]) -> Result<Vec<Certificate>, Refusal> {
    texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let place = Place::nth("chain", index);
            let der = base64std::decode(text.as_bytes())
                .map_err(|refusal| refusal.within(place.part, place.index))?;
            Certificate::parse(&der)
                .map_err(|refusal| refusal.within("chain", u32::try_from(index).ok()))
        })
        .collect()
}

/// Reads the `x5c` member of a header (RFC 7515, 4.1.6).
pub(super) fn read_x5c<'a>(x5c: Value<'a>) -> Result<Vec<Cow<'a, str>>, Refusal> {
    let place = Place::part("issuer-jwt.header").at(x5c.offset());
    if x5c.kind() != Kind::Array {
        return Err(Refusal::new(Code::HeaderMalformed, place));
    }
    let mut chain = Vec::with_capacity(2);
    for certificate in x5c.elements() {
        if chain.len() == MAX_CHAIN {
            return Err(Refusal::new(Code::LimitCount, place));
        }
        let text = certificate.as_str();
        chain.push(text.ok_or_else(|| Refusal::new(Code::HeaderMalformed, place))?);
    }
    if chain.is_empty() { Err(Refusal::new(Code::HeaderMalformed, place)) } else { Ok(chain) }
}
