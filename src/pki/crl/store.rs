//! The lists that a host holds, the newest of each series.

use super::Crl;
use crate::UnixTime;
use crate::crypto::{PublicKey, Scheme};
use crate::pki::certificate::same_name;
use crate::pki::{AlgorithmRules, Certificate};
use crate::verdict::{Code, Detail, Place, Refusal};

/// Revocation lists, the newest for each issuer's key and scope; complete ones and deltas apart. Two
/// issuers of one name are two, and so is one with a new key until the old list is past.
///
/// A plain value: put a new one behind an `Arc` when it changes, and hand [`Self::crls`] to every
/// check. Cloning copies pointers.
#[derive(Clone, Debug, Default)]
pub struct CrlStore {
    crls: Vec<Crl>,
}

impl CrlStore {
    /// Most lists of one store: several for each CA of the Union's card issuers.
    pub const CAPACITY: usize = 1024;

    /// An empty store.
    #[must_use]
    pub const fn new() -> Self {
        Self { crls: Vec::new() }
    }

    /// Takes a list in, in place of an older one of its series.
    ///
    /// Its signature must verify with the key of `issuer`: a stranger's list would push the honest
    /// one out. Whether the issuer is to be believed is decided where the list is used.
    ///
    /// * `rules`: those of the profile of the anchor below which the list is used.
    ///
    /// # Errors
    /// [`Code::RevocationUntrusted`] when `issuer` has another name; [`Code::RevocationAlgorithm`],
    /// [`Code::RevocationSignature`]; [`Code::RevocationRollback`] when the list is older than the one
    /// that is held; [`Code::LimitCount`]. The store is unchanged then.
    pub fn insert(
        &mut self,
        crl: Crl,
        issuer: &Certificate,
        rules: AlgorithmRules,
        accepts: &dyn Fn(Scheme, &PublicKey) -> Result<(), Code>,
    ) -> Result<(), Refusal> {
        if !same_name(crl.issuer_der(), issuer.subject_der()) {
            return Err(Refusal::new(Code::RevocationUntrusted, PLACE));
        }
        crl.verify_signature(issuer, rules, accepts, &mut || Ok(()))
            .map_err(|code| Refusal::new(code, PLACE))?;
        if let Some(held) =
            self.crls.iter_mut().find(|held| held.is_of_series(&crl) && held.is_signed_like(&crl))
        {
            if held.is_newer_than(&crl) {
                return Err(Refusal::new(Code::RevocationRollback, PLACE));
            }
            *held = crl;
            return Ok(());
        }
        if self.crls.len() >= Self::CAPACITY {
            let detail = Detail::limit(Self::CAPACITY, self.crls.len().saturating_add(1));
            return Err(Refusal::new(Code::LimitCount, PLACE).with(detail));
        }
        self.crls.push(crl);
        Ok(())
    }

    /// Every list that is held.
    #[must_use]
    pub fn crls(&self) -> &[Crl] {
        &self.crls
    }

    /// Lets lists go whose nextUpdate is past, so that a check asks for the next ones. Their numbers
    /// are forgotten with them.
    pub fn remove_stale(&mut self, now: UnixTime) {
        self.crls.retain(|crl| crl.next_update().is_none_or(|next| next >= now));
    }
}

const PLACE: Place = Place::part("crl");
