//! Whose key signs: `x5c` to a configured anchor, or the pinned key set of a configured issuer
//! (SD-JWT VC, 3.5; HAIP 1.0, 6.1.1). Nothing in a token can bring its own trust.

use crate::UnixTime;
use crate::crypto::{Alg, VerifyingKey};
use crate::envelope::json::{Kind, Value};
use crate::identity::{Country, LevelOfAssurance};
use crate::policy::Policy;
use crate::verdict::{Code, Ledger, Place, Refusal};
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
pub trait IssuerKeys {
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
