//! XML Encryption of SAML assertions (XML Encryption 1.1; SAML 2.0 Core, 6), as far as eID nodes use
//! it and no further.

mod algorithm;
mod rules;

pub use algorithm::{ContentEncryption, KeyTransport, KeyWrap};
pub use rules::EncryptionRules;
