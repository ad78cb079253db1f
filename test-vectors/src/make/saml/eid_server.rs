//! Responses of eID servers.

use super::template;
use crate::make::Made;
use crate::make::set::Set;
use eid_broker::identity::Family;

/// The vectors of `eid_server`.
pub(super) fn vectors() -> Made<Set> {
    Ok(Set::new("eid_server", template(Family::EidServer)))
}
