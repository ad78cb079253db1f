//! What the families share whose issuers sign with a chain of certificates: the path to a configured
//! anchor, from the cache or verified now, with its lines in the ledger.

use crate::UnixTime;
use crate::crypto::PublicKey;
use crate::identity::{Country, Identity};
use crate::pki::{Certificate, Order, PathCache, PathRequest, ValidatedPath, verify_path};
use crate::policy::Policy;
use crate::trust::AnchorSet;
use crate::verdict::{Check, Code, Ledger, Refusal, Verdict};
use std::sync::Arc;

/// By what a chain is judged.
pub(super) struct Judgement<'a> {
    pub(super) anchors: &'a AnchorSet,
    pub(super) policy: &'a Policy,
    pub(super) paths: &'a PathCache,
    /// The time at which the path must hold.
    pub(super) at: UnixTime,
    /// The time at which algorithms must be accepted.
    pub(super) now: UnixTime,
}

impl Judgement<'_> {
    /// The path from the cache, or verified now. The time is checked in either case.
    ///
    /// * `chain`: as it was presented, leaf first; names it in the cache.
    /// * `read`: reads the certificates of the chain, when they are needed.
    ///
    /// # Errors
    /// The refusal of the check that failed, which is then in the ledger.
    pub(super) fn path<C: AsRef<[u8]>>(
        &self,
        chain: &[C],
        ledger: &mut Ledger,
        read: impl FnOnce() -> Result<Vec<Certificate>, Refusal>,
    ) -> Result<Arc<ValidatedPath>, Refusal> {
        let Self { anchors, policy, paths, at, now } = *self;
        let cache_key = PathCache::key(chain, anchors.digest(), &policy.digest_at(now));
        if let Some(path) = paths.lookup(&cache_key, at) {
            ledger.pass(Check::ChainFormat);
            pass_path(ledger);
            return Ok(path);
        }
        let certificates = ledger.record(Check::ChainFormat, read())?;
        let accepts = |scheme, key: &PublicKey| {
            policy.accepts_scheme(scheme, key, now).map_err(|code| {
                if code == Code::AlgNotAllowed { Code::ChainAlgorithm } else { code }
            })
        };
        let request =
            PathRequest::among(&certificates, Order::Chain, anchors.indexed(), at, &accepts);
        let path = verify_path(&request).map_err(|refusal| {
            let row = CHECK_OF.iter().find(|row| row.0 == refusal.code());
            ledger.fail(row.map_or(Check::ChainPath, |row| row.1), refusal)
        })?;
        pass_path(ledger);
        let path = Arc::new(path);
        paths.insert(cache_key, Arc::clone(&path));
        Ok(path)
    }
}

/// The country that a path speaks for.
pub(super) fn country(path: &ValidatedPath) -> Option<Country> {
    path.country().and_then(|code| std::str::from_utf8(&code).ok().and_then(Country::parse))
}

/// The verdict on the person of a presentation. A policy that asks for none is one of the laboratory.
pub(super) fn person<T>(
    verdict: Verdict<T>,
    into_identity: fn(T) -> Option<Identity>,
) -> Verdict<Identity> {
    let accepted = match verdict {
        Verdict::Accepted(accepted) => accepted,
        Verdict::Needs { needs, ledger } => return Verdict::Needs { needs, ledger },
        Verdict::Refused { refusal, ledger } => return Verdict::Refused { refusal, ledger },
    };
    match accepted.part(into_identity) {
        Ok(accepted) => Verdict::Accepted(accepted),
        Err(mut ledger) => {
            let refusal = ledger.fail(Check::PolicyMints, Code::PolicyLaboratory);
            Verdict::Refused { refusal, ledger: *ledger }
        }
    }
}

fn pass_path(ledger: &mut Ledger) {
    for check in [Check::ChainPath, Check::ChainProfile, Check::ChainAnchorAbsent] {
        ledger.pass(check);
    }
}

// The codes that belong to another line of the ledger than the path itself.
const CHECK_OF: &[(Code, Check)] = &[
    (Code::ChainAnchorIncluded, Check::ChainAnchorAbsent),
    (Code::ChainProfile, Check::ChainProfile),
    (Code::ChainPurpose, Check::ChainProfile),
];
