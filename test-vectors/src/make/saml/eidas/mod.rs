//! Responses of eIDAS nodes: what is accepted, and one vector for every way in which one is refused.

mod accepted;
mod encryption;
mod markup;
mod profile;
mod signature;
mod wrapping;

use super::template;
use crate::make::Made;
use crate::make::set::Set;
use eid_broker::identity::Family;

/// The accepted vector that most others are bent from.
const HONEST: &str = "accepted/honest";

/// The vectors of `eidas_saml`.
pub(super) fn vectors() -> Made<Set> {
    let mut set = Set::new("eidas_saml", template(Family::EidasSaml));
    accepted::add(&mut set)?;
    wrapping::add(&mut set)?;
    markup::add(&mut set)?;
    signature::add(&mut set)?;
    encryption::add(&mut set)?;
    profile::add(&mut set)?;
    Ok(set)
}
