use super::names::version;
use crate::crypto::PublicKey;
use crate::identity::Country;
use crate::pki::Certificate;
use crate::trust::AnchorRule;
use std::fmt;
use std::sync::Arc;

/// An issuer of SAML messages as it stands at one time.
#[derive(Clone)]
#[non_exhaustive]
pub struct SamlIssuer {
    /// Its entity ID, byte for byte as `Issuer` of its messages has it.
    pub entity_id: String,
    /// The keys that sign its messages and are usable now: 1 to 4, none twice. During a roll-over
    /// there are two.
    pub signing: Vec<PublicKey>,
    /// The keys for what is encrypted to it, usable now. None of them is in `signing`.
    pub encryption: Vec<SamlEncryptionKey>,
    /// The country for which it speaks; in spelling of eIDAS, so `EL` for Greece.
    pub country: Option<Country>,
    /// Versions of the eIDAS message format that it states, as written: `1.2`. Empty: it states none.
    pub protocol_versions: Vec<String>,
    /// Where requests go; each an https URL.
    pub sso: Vec<(SamlBinding, String)>,
    /// Names of the attributes that it can deliver. Empty: it states none.
    pub attributes: Vec<String>,
    /// Levels of assurance that it states, URIs. Empty: it states none.
    pub loas: Vec<String>,
    /// Whether it asks for the `RequesterID` of private service providers.
    pub requester_id: bool,
    /// Whether ECDSA signatures of its query strings are DER instead of `r‖s`.
    pub ecdsa_der: bool,
    /// The last second in which what it states may be believed; `None` for pinned issuers.
    pub valid_until: Option<crate::UnixTime>,
    /// What it may vouch for.
    pub rule: Arc<AnchorRule>,
    /// SHA-256 over the files, as [`crate::trust::Source::digest`].
    pub digest: [u8; 32],
}

impl SamlIssuer {
    /// Where requests go by a binding; the first, when there are several.
    #[must_use]
    pub fn sso_location(&self, binding: SamlBinding) -> Option<&str> {
        self.sso.iter().find(|(other, _)| *other == binding).map(|(_, url)| url.as_str())
    }
}

impl SamlIssuer {
    /// The highest version of the message format that it states; it decides which rules hold.
    #[must_use]
    pub fn highest_version(&self) -> Option<(u8, u8)> {
        self.protocol_versions.iter().filter_map(|text| version(text)).max()
    }
}

impl fmt::Debug for SamlIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entity_id, keys) = (&self.entity_id, self.signing.len());
        write!(f, "SamlIssuer({entity_id:?}, {keys} signing keys)")
    }
}

/// A key for what is encrypted to an issuer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SamlEncryptionKey {
    /// The key.
    pub key: PublicKey,
    /// The certificate that carries it.
    pub certificate: Certificate,
    /// Content encryption that the issuer states for it, algorithm URIs. Empty: it states none.
    pub methods: Vec<String>,
}

/// How a request travels (SAML V2.0 Bindings).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SamlBinding {
    /// HTTP-POST, 3.5.
    HttpPost,
    /// HTTP-Redirect, 3.4.
    HttpRedirect,
}

impl SamlBinding {
    /// The binding of a URI; `None` for one that requests of this library do not take.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        [Self::HttpPost, Self::HttpRedirect].into_iter().find(|binding| binding.uri() == uri)
    }

    /// Its URI.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::HttpPost => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
            Self::HttpRedirect => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
        }
    }
}
