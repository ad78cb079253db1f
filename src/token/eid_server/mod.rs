//! Results of German eID servers: SAML 2.0 by HTTP-Redirect with a signed query, encrypted
//! (BSI TR-03130-1, SAML profile).
//!
//! Nobody outside an eID server can verify what a card presented. Its server is believed, as far as
//! the trust source and the policy go.

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
    Entry { family: Family::EidServer, mandatory: MANDATORY, verify: verify::verify };
