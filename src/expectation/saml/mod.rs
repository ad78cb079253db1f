//! What a SAML response is expected to be: who was asked, by whom, for what level.

mod bund_id;
mod eid_server;
mod eidas;
mod metadata;
mod request;
mod service;
mod signature;
mod signing;
mod write;

pub use metadata::METADATA_VALIDITY_S;
pub(crate) use request::Ask;
pub use request::{AuthnRequest, MAX_RELAY_STATE_LEN};
pub use service::{
    AuthnMethod, BUND_ID_LANGUAGES, BundIdSettings, Contact, ContactKind, Organization,
    ServiceProvider,
};
pub use signing::SigningKey;

use crate::identity::{Family, LevelOfAssurance};
use crate::trust::Purpose;
use std::fmt::Write as _;

/// Kind of a service provider (eIDAS SAML message format, `eidas:SPType`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two values of the schema")]
pub enum SpType {
    /// `private`
    Private,
    /// `public`
    Public,
}

impl SpType {
    /// The value of the element.
    #[must_use]
    pub const fn value(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
        }
    }

    /// The type of a value, byte for byte.
    #[must_use]
    pub fn from_value(value: &str) -> Option<Self> {
        [Self::Private, Self::Public].into_iter().find(|kind| kind.value() == value)
    }
}

/// The level that a request asked for; an answer below it is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a level is asked for with or without notification")]
pub struct RequestedLoa {
    /// The lowest level.
    pub level: LevelOfAssurance,
    /// Whether only schemes that were notified will do ((EU) No 910/2014, 9).
    pub notified_only: bool,
}

/// What a SAML response is verified against, besides the ID of the request, which is the nonce of
/// the context, and its audience.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SamlExpected<'a> {
    /// Who asked.
    pub service: &'a ServiceProvider,
    /// The entity ID of the identity provider that was asked. Nobody else may answer.
    pub issuer: &'a str,
    /// The level that was asked for.
    pub min_loa: Option<RequestedLoa>,
    /// The address of the person's browser, where the host knows it.
    pub client_address: Option<&'a str>,
}

impl<'a> SamlExpected<'a> {
    /// A response to `service` by the identity provider `issuer`, at any level.
    #[must_use]
    pub const fn new(service: &'a ServiceProvider, issuer: &'a str) -> Self {
        Self { service, issuer, min_loa: None, client_address: None }
    }

    /// The same at a level or above.
    #[must_use]
    pub const fn with_min_loa(mut self, min_loa: Option<RequestedLoa>) -> Self {
        self.min_loa = min_loa;
        self
    }

    /// The same for a browser at an address.
    #[must_use]
    pub const fn with_client_address(mut self, address: Option<&'a str>) -> Self {
        self.client_address = address;
        self
    }
}

/// For which purpose the identity providers of a family stand in `trust.toml`; `None` for a family
/// that is not asked in SAML.
#[must_use]
pub const fn purpose(family: Family) -> Option<Purpose> {
    match family {
        Family::BundId => Some(Purpose::BundId),
        Family::EidServer => Some(Purpose::EidServer),
        Family::EidasSaml => Some(Purpose::EidasNode),
        Family::Certificate | Family::Mdoc | Family::SdJwtVc | Family::WebEid => None,
    }
}

/// The ID of a request: an NCName of `_` and 64 hexadecimal digits, which stores that fold case keep
/// apart.
pub(super) fn request_id(random: &[u8; 32]) -> String {
    let mut id = String::with_capacity(65);
    id.push('_');
    for byte in random {
        // Writing into a String does not fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

#[cfg(test)]
mod tests;
