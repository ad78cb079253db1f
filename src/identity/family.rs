/// A token family: one name everywhere, in configuration, folders and verdicts.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Family {
    /// SAML response of BundID, the German federal citizen account.
    BundId,
    /// X.509 certificate of an eID card, presented in a mutual TLS handshake.
    Certificate,
    /// SAML response of a German eID server (BSI TR-03130), signed over its query.
    EidServer,
    /// SAML response of an eIDAS node.
    EidasSaml,
    /// Document of ISO/IEC 18013-5 with device authentication, from EUDI wallets.
    Mdoc,
    /// SD-JWT VC with key binding, from EUDI wallets.
    SdJwtVc,
    /// Web eID authentication token.
    WebEid,
}

impl Family {
    /// Every family of this version.
    pub const ALL: &'static [Self] = &[
        Self::BundId,
        Self::Certificate,
        Self::EidServer,
        Self::EidasSaml,
        Self::Mdoc,
        Self::SdJwtVc,
        Self::WebEid,
    ];

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BundId => "bund_id",
            Self::Certificate => "certificate",
            Self::EidServer => "eid_server",
            Self::EidasSaml => "eidas_saml",
            Self::Mdoc => "mdoc",
            Self::SdJwtVc => "sd_jwt_vc",
            Self::WebEid => "web_eid",
        }
    }

    /// Whether its tokens are responses of a SAML identity provider.
    #[must_use]
    pub const fn is_saml(self) -> bool {
        matches!(self, Self::BundId | Self::EidServer | Self::EidasSaml)
    }

    /// Whether the broker makes the request that such a token answers. Mdocs are verified
    /// ([`crate::token::verify`]) against a request that the caller made; OpenID4VP, by which they are
    /// asked for, is not part of this version.
    #[must_use]
    pub const fn is_offered(self) -> bool {
        !matches!(self, Self::Mdoc)
    }

    /// The family of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|family| family.name() == name)
    }
}
