//! Metadata of the three issuers, and a list of metadata services.

use super::sign::{Signing, certificate, key_info};
use super::xml::{Element, namespace};
use super::{FORMAT_URI, attribute, bund_id, eid_server, eidas, instant, loa};
use crate::keys::{self, TestKey};
use crate::{MakerError, NOW};

/// What roles speak.
pub const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// The binding by form.
pub const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
/// The binding by query.
pub const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/// A key in metadata.
///
/// * `usage`: `signing` or `encryption`; `None` leaves it out.
#[must_use]
pub fn key_descriptor(usage: Option<&str>, certificate_der: &[u8]) -> Element {
    Element::new("md:KeyDescriptor").with_some("use", usage).child(key_info(certificate_der))
}

/// What the metadata of a node say. Change what you like, then [`NodeMetadata::signed`].
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone, Debug)]
pub struct NodeMetadata {
    /// The entity identifier.
    pub entity: String,
    /// `validUntil`; `None` leaves it out.
    pub valid_until: Option<i64>,
    /// The value of `ID`; `None` leaves it out, and the signature names the whole document.
    pub id: Option<String>,
    /// The versions of the protocol.
    pub versions: Vec<String>,
    /// The country of the node; `None` leaves it out.
    pub country: Option<String>,
    /// The keys that sign responses.
    pub signing: Vec<TestKey>,
    /// The levels that it can reach.
    pub levels: Vec<String>,
    /// The names of the attributes that it can deliver.
    pub attributes: Vec<String>,
    /// It wants to know which private service asks.
    pub requester_id: bool,
    /// Who signs.
    pub signer: TestKey,
}

impl NodeMetadata {
    /// The metadata of the honest node: good for a day, version 1.4, all of its keys that are allowed
    /// to be there at once.
    ///
    /// # Errors
    /// [`MakerError::Key`] when an embedded key is damaged.
    pub fn new() -> Result<Self, MakerError> {
        let names = eidas::Person::erika().and(eidas::Person::company()).0;
        let name = |attribute: &Element| attribute.get("Name").map(str::to_owned);
        Ok(Self {
            entity: eidas::ENTITY.to_owned(),
            valid_until: Some(NOW.saturating_add(86_400)),
            id: None,
            versions: ["1.2", "1.3", "1.4"].map(str::to_owned).to_vec(),
            country: Some(eidas::COUNTRY.to_owned()),
            signing: vec![keys::saml_node_rsa()?],
            levels: vec![loa::HIGH.to_owned()],
            attributes: names.iter().filter_map(name).collect(),
            requester_id: false,
            signer: keys::saml_node_metadata()?,
        })
    }

    /// The tree without signature.
    ///
    /// # Errors
    /// [`MakerError`] when a certificate cannot be made.
    pub fn tree(&self) -> Result<Element, MakerError> {
        let mut entity = Element::new("md:EntityDescriptor")
            .declaring("xsd", namespace("xsd"))
            .with_some("ID", self.id.as_deref())
            .with("entityID", &self.entity);
        if let Some(valid_until) = self.valid_until {
            entity = entity.with("validUntil", &instant(valid_until)?);
        }
        let listed = |name: &str, values: &[String]| {
            let values = values.iter().map(|value| {
                Element::new("saml2:AttributeValue").with("xsi:type", "xsd:string").text(value)
            });
            Element::new("saml2:Attribute")
                .with("Name", name)
                .with("NameFormat", FORMAT_URI)
                .children(values)
        };
        let base = "http://eidas.europa.eu/entity-attributes/";
        let mut categories = Element::new("mdattr:EntityAttributes")
            .child(listed(&format!("{base}protocol-version"), &self.versions))
            .child(listed(
                &format!("{base}application-identifier"),
                &["eid-broker:test-node".to_owned()],
            ))
            .child(listed(
                "urn:oasis:names:tc:SAML:attribute:assurance-certification",
                &self.levels,
            ));
        if self.requester_id {
            let value = format!("{base}termsofaccess/requesterid");
            categories = categories.child(listed("http://macedir.org/entity-category", &[value]));
        }
        let mut role = Element::new("md:IDPSSODescriptor")
            .with("WantAuthnRequestsSigned", "true")
            .with("protocolSupportEnumeration", PROTOCOL);
        if let Some(country) = &self.country {
            let country = Element::new("eidas:NodeCountry").text(country);
            role = role.child(Element::new("md:Extensions").child(country));
        }
        for key in &self.signing {
            role = role.child(key_descriptor(Some("signing"), &certificate(key)?));
        }
        let services = [POST, REDIRECT].map(|binding| {
            Element::new("md:SingleSignOnService")
                .with("Binding", binding)
                .with("Location", eidas::SSO)
        });
        let attributes = self.attributes.iter().map(|name| {
            let friendly = name.rsplit('/').next();
            let mut named = attribute(name, friendly, None, "");
            named.children.clear();
            named
        });
        let format = Element::new("md:NameIDFormat").text(super::FORMAT_PERSISTENT);
        let role = role.child(format).children(services).children(attributes);
        Ok(entity.child(Element::new("md:Extensions").child(categories)).child(role))
    }

    /// How the signature is made: the certificate of the signer shown, the prefix `xsd` listed.
    ///
    /// # Errors
    /// [`MakerError`] when the certificate cannot be made.
    pub fn signing(&self) -> Result<Signing, MakerError> {
        let signing = Signing::new(&self.signer, Some(&certificate(&self.signer)?));
        Ok(signing.with_prefixes(&["xsd"]))
    }

    /// The signed document.
    ///
    /// # Errors
    /// [`MakerError`] when a key cannot do what it shall.
    pub fn signed(&self) -> Result<String, MakerError> {
        let mut tree = self.tree()?;
        self.signing()?.sign(&mut tree)?;
        Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", tree.write()))
    }
}

/// Unsigned metadata of an issuer that is pinned, as a portal for operators hands them out.
fn pinned(entity: &str, binding: &str, sso: &str, key: &TestKey) -> Result<String, MakerError> {
    let service =
        Element::new("md:SingleSignOnService").with("Binding", binding).with("Location", sso);
    let role = Element::new("md:IDPSSODescriptor")
        .with("protocolSupportEnumeration", PROTOCOL)
        .child(key_descriptor(Some("signing"), &certificate(key)?))
        .child(service);
    Ok(Element::new("md:EntityDescriptor").with("entityID", entity).child(role).write())
}

/// The metadata of the test BundID.
///
/// # Errors
/// [`MakerError`] when the certificate cannot be made.
pub fn bund_id() -> Result<String, MakerError> {
    pinned(bund_id::ENTITY, POST, bund_id::SSO, &keys::saml_bund_id()?)
}

/// The metadata of the test eID server.
///
/// # Errors
/// [`MakerError`] when the certificate cannot be made.
pub fn eid_server() -> Result<String, MakerError> {
    pinned(eid_server::ENTITY, REDIRECT, eid_server::SSO, &keys::saml_eid_server()?)
}

/// A list of metadata services: territory, location and the keys that sign there.
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone, Debug)]
pub struct ServiceList {
    /// When it was issued, Unix seconds.
    pub issued: i64,
    /// When the next one comes, Unix seconds.
    pub next: i64,
    /// Territory, location, key.
    pub services: Vec<(String, String, TestKey)>,
    /// Who signs.
    pub signer: TestKey,
}

impl ServiceList {
    /// The honest list: issued an hour ago, good for a week, with the test node.
    ///
    /// # Errors
    /// [`MakerError::Key`] when an embedded key is damaged.
    pub fn new() -> Result<Self, MakerError> {
        let node = (eidas::COUNTRY.to_owned(), eidas::ENTITY.to_owned());
        Ok(Self {
            issued: NOW.saturating_sub(3_600),
            next: NOW.saturating_add(7 * 86_400),
            services: vec![(node.0, node.1, keys::saml_node_metadata()?)],
            signer: keys::saml_service_list()?,
        })
    }

    /// The tree without signature.
    ///
    /// # Errors
    /// [`MakerError`] when a certificate cannot be made.
    pub fn tree(&self) -> Result<Element, MakerError> {
        let text = |name: &str, text: &str| Element::new(name).text(text);
        let scheme = Element::new("ser:SchemeInformation")
            .child(text("ser:IssuerName", "Test scheme operator"))
            .child(text("ser:SchemeIdentifier", "urn:test:eidas:service-list"))
            .child(text("ser:SchemeTerritory", "DE"));
        let mut list = Element::new("ser:MetadataServiceList")
            .with("IssueDate", &instant(self.issued)?)
            .with("NextUpdate", &instant(self.next)?)
            .with("Version", "1.0")
            .child(scheme);
        for (territory, location, key) in &self.services {
            let endpoint = Element::new("ser:Endpoint")
                .with("EndpointType", "http://eidas.europa.eu/metadata/ept/ProxyService")
                .with("EntityID", location);
            let place = Element::new("ser:MetadataLocation")
                .with("Location", location)
                .child(endpoint)
                .child(key_info(&certificate(key)?));
            let territory = Element::new("ser:MetadataList").with("Territory", territory);
            list = list.child(territory.child(place));
        }
        Ok(list)
    }

    /// The signed document.
    ///
    /// # Errors
    /// [`MakerError`] when a key cannot do what it shall.
    pub fn signed(&self) -> Result<String, MakerError> {
        let mut tree = self.tree()?;
        let signing = Signing::new(&self.signer, Some(&certificate(&self.signer)?));
        // The signature stands last in such lists.
        let signature = signing.with_reference("").signature(&tree)?;
        tree.children.push(signature.into());
        Ok(tree.write())
    }
}
