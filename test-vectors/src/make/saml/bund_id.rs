//! Responses of BundID.

use super::template;
use crate::make::Made;
use crate::make::set::Set;
use eid_broker::identity::Family;

/// The vectors of `bund_id`.
pub(super) fn vectors() -> Made<Set> {
    Ok(Set::new("bund_id", template(Family::BundId)))
}
