//! Responses of eIDAS nodes: SAML 2.0 by HTTP-POST, signed, encrypted (eIDAS SAML message format and
//! attribute profile, 1.1 to 1.4).

mod address;
mod identifier;
mod level;
mod map;
mod table;
mod value;
mod verify;

pub use verify::MANDATORY;

use crate::identity::Family;
use crate::token::Entry;

pub(crate) const ENTRY: Entry =
    Entry { family: Family::EidasSaml, mandatory: MANDATORY, verify: verify::verify };

#[cfg(test)]
mod tests;
