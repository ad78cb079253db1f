//! How old a statement may be (RFC 6960, 4.2.2.1; RFC 5280, 5.1.2.4, 5.1.2.5).

use super::{RevocationRule, RevocationRules};
use crate::UnixTime;
use crate::verdict::{Code, Detail, Refusal};

/// Checks the age of a statement; gives the last second at which it is fresh.
///
/// * `max_age_s`: a bound on the age whatever `next_update` says.
pub(super) fn check(
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    max_age_s: Option<u32>,
    now: UnixTime,
    rules: &RevocationRules,
) -> Result<UnixTime, Refusal> {
    let skew = u64::from(rules.clock_skew_s);
    let bound = |code: Code, bound: UnixTime| {
        Refusal::from(code).with(Detail::Time { bound: bound.secs(), now: now.secs() })
    };
    if this_update > now.plus(skew) {
        return Err(bound(Code::StatusFuture, this_update));
    }
    let tolerated = match rules.rule {
        RevocationRule::PreferWithMaxAge { max_age_s } => {
            Some(this_update.plus(u64::from(max_age_s)))
        }
        RevocationRule::Require | RevocationRule::NotForThisAnchor => None,
    };
    let end = next_update.map_or_else(
        || this_update.plus(u64::from(rules.max_age_without_next_update_s)),
        |next| next.plus(skew),
    );
    let end = tolerated.map_or(end, |tolerated| tolerated.max(end));
    let end = max_age_s.map_or(end, |max| end.min(this_update.plus(u64::from(max))));
    if now > end { Err(bound(Code::StatusStale, end)) } else { Ok(end) }
}
