use super::{SigningKey, SpType};
use crate::envelope::xml::encryption::DecryptionKeys;
use crate::identity::{Country, Family};
use std::fmt;

/// This broker as a SAML service provider: the names it goes by and the keys it holds.
#[non_exhaustive]
pub struct ServiceProvider {
    /// The entity ID, 1 to 512 bytes: audience of every assertion. For eIDAS the URL under which the
    /// metadata are published; BundID derives pseudonyms from its host name.
    pub entity_id: String,
    /// The URL of the assertion consumer service: `Destination` and `Recipient`, byte for byte.
    pub acs_url: String,
    /// The country of this service, to which identifiers of eIDAS are scoped.
    pub country: Country,
    /// Public or private sector.
    pub sp_type: SpType,
    /// The keys to which identity providers encrypt. Metadata publish those that have their
    /// certificate; one without it still opens what was encrypted before.
    pub decryption: DecryptionKeys,
    /// The keys that sign requests and metadata. The first that serves a family signs; the others
    /// are published, so that a next one is known before it is used.
    pub signing: Vec<SigningKey>,
    /// The name that identity providers show to the person.
    pub display_name: String,
    /// Who answers for the service, for metadata.
    pub organization: Option<Organization>,
    /// Whom to turn to, for metadata.
    pub contacts: Vec<Contact>,
    /// By what name a private service is known to nodes that ask for it (`RequesterID`).
    pub requester_id: Option<String>,
    /// What BundID asks of its services besides.
    pub bund_id: Option<BundIdSettings>,
}

impl ServiceProvider {
    /// A service provider that reads responses; requests need a signing key besides.
    #[must_use]
    pub fn new(
        entity_id: &str,
        acs_url: &str,
        country: Country,
        sp_type: SpType,
        decryption: DecryptionKeys,
    ) -> Self {
        Self {
            entity_id: entity_id.to_owned(),
            acs_url: acs_url.to_owned(),
            country,
            sp_type,
            decryption,
            signing: Vec::new(),
            display_name: String::new(),
            organization: None,
            contacts: Vec::new(),
            requester_id: None,
            bund_id: None,
        }
    }

    /// The key that signs requests of a family.
    #[must_use]
    pub fn signing_key(&self, family: Family) -> Option<&SigningKey> {
        self.signing.iter().find(|key| key.serves(family))
    }
}

impl fmt::Debug for ServiceProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceProvider")
            .field("entity_id", &self.entity_id)
            .field("acs_url", &self.acs_url)
            .field("country", &self.country)
            .field("sp_type", &self.sp_type)
            .field("signing", &self.signing)
            .finish_non_exhaustive()
    }
}

/// Who answers for the service (SAML Metadata 2.3.2.1).
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the three elements that the schema demands")]
pub struct Organization {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// Its page.
    pub url: String,
}

/// Whom to turn to (SAML Metadata 2.3.2.2).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Contact {
    /// For what.
    pub kind: ContactKind,
    /// The company, or the office.
    pub company: String,
    /// Its address.
    pub email: String,
}

impl Contact {
    /// An office with an address.
    #[must_use]
    pub fn new(kind: ContactKind, company: &str, email: &str) -> Self {
        Self { kind, company: company.to_owned(), email: email.to_owned() }
    }
}

/// For what a contact is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ContactKind {
    /// Questions of operation.
    Support,
    /// Questions of technology.
    Technical,
}

impl ContactKind {
    /// The value of `contactType`.
    #[must_use]
    pub const fn value(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Technical => "technical",
        }
    }
}

/// What BundID asks of its services (interface description 10.2).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BundIdSettings {
    /// The id of the online service, as the operator gave it out.
    pub online_service_id: String,
    /// Means of login that are switched on or off; those that are not named stay as BundID has them.
    pub authn_methods: Vec<(AuthnMethod, bool)>,
    /// Language of the pages: `de`, `en`, `ru` or `uk`.
    pub language: Option<String>,
    /// Where a person who turns back goes.
    pub back_url: Option<String>,
}

impl BundIdSettings {
    /// A service with every means of login that BundID offers it.
    #[must_use]
    pub fn new(online_service_id: &str) -> Self {
        Self {
            online_service_id: online_service_id.to_owned(),
            authn_methods: Vec::new(),
            language: None,
            back_url: None,
        }
    }
}

/// Languages of BundID's pages.
pub const BUND_ID_LANGUAGES: &[&str] = &["de", "en", "ru", "uk"];

/// A means of login of BundID.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AuthnMethod {
    /// Authega certificate.
    Authega,
    /// User name and password.
    Benutzername,
    /// Diia, Ukraine.
    Diia,
    /// The online function of a German card.
    Eid,
    /// Notified means of other Member States.
    Eidas,
    /// ELSTER certificate.
    Elster,
    /// FINK, accounts of the federal states.
    Fink,
}

impl AuthnMethod {
    /// Every one, in the order of the schema.
    pub const ALL: &'static [Self] = &[
        Self::Authega,
        Self::Benutzername,
        Self::Diia,
        Self::Eid,
        Self::Eidas,
        Self::Elster,
        Self::Fink,
    ];

    /// The name of its element.
    #[must_use]
    pub const fn element(self) -> &'static str {
        match self {
            Self::Authega => "Authega",
            Self::Benutzername => "Benutzername",
            Self::Diia => "Diia",
            Self::Eid => "eID",
            Self::Eidas => "eIDAS",
            Self::Elster => "Elster",
            Self::Fink => "FINK",
        }
    }

    /// The one of an element name, byte for byte.
    #[must_use]
    pub fn from_element(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|method| method.element() == name)
    }
}
