//! Responses of the German federal account: SAML 2.0 by HTTP-POST, the assertion signed within the
//! encryption (BundID interface description 10.2).

mod level;
mod map;
mod table;
mod verify;

pub use verify::MANDATORY;

use crate::identity::Family;
use crate::token::Entry;

pub(crate) const ENTRY: Entry =
    Entry { family: Family::BundId, mandatory: MANDATORY, verify: verify::verify };
