use crate::UnixTime;
use crate::identity::LevelOfAssurance;
use crate::verdict::{Code, Place, Refusal};
use std::sync::Arc;

/// What a consumer demands of assertions. Every value has a safe default.
#[derive(Clone)]
#[non_exhaustive]
pub struct CheckPolicy {
    /// Lowest accepted level. Default `Substantial`.
    pub min_loa: LevelOfAssurance,
    /// Whether the scheme must be notified. Default true.
    pub notified_only: bool,
    /// Clock difference tolerated on either side. Seconds, 0 to 120. Default 30.
    pub leeway_s: u32,
    /// Longest accepted `exp - iat`. Seconds, 10 to 3600. Default 600.
    pub max_lifetime_s: u32,
    /// Largest token in bytes, at most 65536. Default 16384.
    pub max_bytes: u32,
    /// Scopes that may occur; `None` accepts what the issuer's register gave. Default `None`.
    pub scopes: Option<Arc<[String]>>,
    /// Whether every assertion must be bound to a key that the presenter proves. Default false; an
    /// assertion that is bound is refused without that proof in any case.
    pub binding_required: bool,
    /// When the key set was fetched and how old it may get; `None` leaves its age to the caller.
    pub keys_age: Option<KeysAge>,
    /// Refuses every header that is not byte for byte the one the issuer writes. Default false.
    pub exact_header: bool,
    danger_corpus_jose_1: bool,
}

/// The age of a key set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "an age has these two ends")]
pub struct KeysAge {
    /// When the set was fetched.
    pub fetched_at: UnixTime,
    /// How old it may get, in seconds.
    pub max_age_s: u32,
}

impl Default for CheckPolicy {
    fn default() -> Self {
        Self {
            min_loa: LevelOfAssurance::Substantial,
            notified_only: true,
            leeway_s: 30,
            max_lifetime_s: 600,
            max_bytes: 16 * 1024,
            scopes: None,
            binding_required: false,
            keys_age: None,
            exact_header: false,
            danger_corpus_jose_1: false,
        }
    }
}

impl CheckPolicy {
    /// The laboratory profile `corpus-jose-1` of the suites runner: claims at top level, no `src` and
    /// no `ver`. No configuration and no C function reaches it.
    #[doc(hidden)]
    #[must_use]
    pub const fn danger_corpus_jose_1(mut self) -> Self {
        self.danger_corpus_jose_1 = true;
        self
    }

    pub(super) const fn is_corpus_jose_1(&self) -> bool {
        self.danger_corpus_jose_1
    }

    // Longest lifetime, leeway and size that may be asked for (docs/limits.md).
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let lifetime = (10..=3600).contains(&self.max_lifetime_s);
        let size = (256..=65_536).contains(&self.max_bytes);
        if lifetime && size && self.leeway_s <= 120 {
            Ok(())
        } else {
            Err(Refusal::new(Code::MisuseArgument, Place::part("check policy")))
        }
    }
}
