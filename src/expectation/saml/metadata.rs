//! What this service provider publishes about itself (SAML Metadata 2; eIDAS interoperability
//! architecture 1.2, 6; BundID interface description 10.2).

use super::write::Element;
use super::{Contact, Organization, ServiceProvider, signature};
use crate::UnixTime;
use crate::identity::Family;
use crate::pki::{Certificate, RecipientKey};
use crate::trust::SamlBinding;
use crate::verdict::{Code, Place, Refusal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeSet;

/// Shortest and longest validity of metadata, in seconds: from an hour to a month.
pub const METADATA_VALIDITY_S: std::ops::RangeInclusive<u32> = 3_600..=2_678_400;

impl ServiceProvider {
    /// The signed metadata for the identity providers of a family.
    ///
    /// * `validity_s`: for how long they are valid, for eIDAS; [`METADATA_VALIDITY_S`]. Nodes of the
    ///   Commission publish a day and fetch again. BundID wants no end, and none is written for it.
    ///
    /// # Errors
    /// [`Code::MisuseArgument`] for another family than eIDAS and BundID, which exchange keys by hand,
    /// for a validity out of range, and for settings that XML cannot write;
    /// [`Code::MisuseServiceProvider`] without a signing key for the family or without a certificate
    /// to encrypt to; [`Code::SignerFailed`].
    pub fn metadata(
        &self,
        family: Family,
        validity_s: u32,
        now: UnixTime,
    ) -> Result<String, Refusal> {
        let eidas = family == Family::EidasSaml;
        let misuse = |part| Refusal::new(Code::MisuseArgument, Place::part(part));
        if !eidas && family != Family::BundId {
            return Err(misuse("family"));
        }
        if !METADATA_VALIDITY_S.contains(&validity_s) {
            return Err(misuse("validity"));
        }
        let key = self.signing_key(family).ok_or(Code::MisuseServiceProvider)?;
        if self.published().next().is_none() {
            return Err(Code::MisuseServiceProvider.into());
        }
        let mut entity =
            Element::new("md", "EntityDescriptor").attribute("entityID", self.entity_id.as_str());
        if eidas {
            let until = now.plus(u64::from(validity_s));
            entity =
                entity.attribute("validUntil", until.to_string()).child(self.entity_extensions());
        }
        entity = entity.child(self.role(family));
        if let Some(organization) = &self.organization {
            entity = entity.child(organization_element(organization));
        }
        let entity = entity.children(self.contacts.iter().map(contact));
        // BundID takes no ID; nodes publish none either: the signature is over the whole document.
        signature::enveloped(entity, 0, None, key)
    }

    fn published(&self) -> impl Iterator<Item = &Certificate> {
        self.decryption.iter().filter_map(RecipientKey::certificate)
    }

    fn entity_extensions(&self) -> Element {
        let attribute = |name: &str, values: &[&str]| {
            let values = values.iter().map(|v| Element::with_text("saml2", "AttributeValue", *v));
            Element::new("saml2", "Attribute")
                .attribute("Name", name)
                .attribute("NameFormat", "urn:oasis:names:tc:SAML:2.0:attrname-format:uri")
                .children(values)
        };
        let attributes = Element::new("mdattr", "EntityAttributes")
            .child(attribute(
                "http://eidas.europa.eu/entity-attributes/protocol-version",
                PROTOCOL_VERSIONS,
            ))
            .child(attribute(
                "http://eidas.europa.eu/entity-attributes/application-identifier",
                &[concat!("eid-broker:", env!("CARGO_PKG_VERSION"))],
            ));
        let methods = |local, uris: &'static [&'static str]| {
            uris.iter().map(move |uri| Element::new("alg", local).attribute("Algorithm", *uri))
        };
        Element::new("md", "Extensions")
            .child(attributes)
            .child(Element::with_text("eidas", "SPType", self.sp_type.value()))
            .children(methods("DigestMethod", DIGESTS))
            .children(methods("SigningMethod", SIGNATURES))
    }

    fn role(&self, family: Family) -> Element {
        let eidas = family == Family::EidasSaml;
        // eIDAS signs the response around what is encrypted; BundID the assertion in it.
        let mut role = Element::new("md", "SPSSODescriptor")
            .attribute("AuthnRequestsSigned", "true")
            .attribute("WantAssertionsSigned", if eidas { "false" } else { "true" })
            .attribute("protocolSupportEnumeration", "urn:oasis:names:tc:SAML:2.0:protocol");
        if eidas {
            let country = Element::with_text("eidas", "NodeCountry", self.country.as_str());
            role = role.child(Element::new("md", "Extensions").child(country));
        }
        let signing = self.signing.iter().filter(|key| key.serves(family));
        let signing = once(signing.map(super::SigningKey::certificate));
        let encryption = once(self.published());
        let names = ["persistent", "transient"]
            .map(|name| format!("urn:oasis:names:tc:SAML:2.0:nameid-format:{name}"));
        let unspecified = super::request::UNSPECIFIED_NAME.to_owned();
        let names = names.into_iter().chain([unspecified]);
        let service = Element::new("md", "AssertionConsumerService")
            .attribute("Binding", SamlBinding::HttpPost.uri())
            .attribute("Location", self.acs_url.as_str())
            .attribute("index", "0")
            .attribute("isDefault", "true");
        role.children(signing.into_iter().map(|one| key_descriptor("signing", one)))
            .children(encryption.into_iter().map(|one| {
                let methods = CONTENT
                    .iter()
                    .map(|uri| Element::new("md", "EncryptionMethod").attribute("Algorithm", *uri));
                key_descriptor("encryption", one).children(methods)
            }))
            .children(names.map(|name| Element::with_text("md", "NameIDFormat", name)))
            .child(service)
    }
}

// One key may sign by two algorithms and stands in the metadata once.
fn once<'a>(certificates: impl Iterator<Item = &'a Certificate>) -> Vec<&'a Certificate> {
    let mut seen = BTreeSet::new();
    certificates.filter(|certificate| seen.insert(*certificate.sha256())).collect()
}

fn key_descriptor(usage: &str, certificate: &Certificate) -> Element {
    let certificate = STANDARD.encode(certificate.der());
    let certificate = Element::with_text("ds", "X509Certificate", certificate);
    let data = Element::new("ds", "X509Data").child(certificate);
    Element::new("md", "KeyDescriptor")
        .attribute("use", usage)
        .child(Element::new("ds", "KeyInfo").child(data))
}

fn organization_element(organization: &Organization) -> Element {
    let named = |local, text: &str| {
        Element::with_text("md", local, text).qualified(Some("xml"), "lang", "en")
    };
    Element::new("md", "Organization")
        .child(named("OrganizationName", &organization.name))
        .child(named("OrganizationDisplayName", &organization.display_name))
        .child(named("OrganizationURL", &organization.url))
}

fn contact(contact: &Contact) -> Element {
    Element::new("md", "ContactPerson")
        .attribute("contactType", contact.kind.value())
        .child(Element::with_text("md", "Company", contact.company.as_str()))
        .child(Element::with_text("md", "EmailAddress", contact.email.as_str()))
}

const PROTOCOL_VERSIONS: &[&str] = &["1.2", "1.3", "1.4"];

// What this broker verifies at most; what it accepts is the policy's.
const DIGESTS: &[&str] = &[
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];

const SIGNATURES: &[&str] = &[
    "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
    "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
    "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
];

const CONTENT: &[&str] = &[
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes192-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
];

#[cfg(test)]
#[cfg(feature = "openssl")]
mod tests {
    use super::super::tests::{ALL, assert_canonical, service, signing_key};
    use super::*;
    use crate::crypto::Alg;
    use crate::envelope::xml::encryption::DecryptionKeys;
    use crate::expectation::saml::ContactKind;
    use eid_broker_maker::keys::{self, TestKey};
    use eid_broker_maker::saml::read::read;
    use eid_broker_maker::saml::request::verify_enveloped;
    use eid_broker_maker::saml::{BROKER, BROKER_ACS, XmlNode, sign};

    const NOW: UnixTime = UnixTime::from_secs(1_772_366_400);
    const DAY_S: u32 = 86_400;

    fn published() -> ServiceProvider {
        let mut service = service();
        let before = RecipientKey::from_der(keys::saml_sp_enc_p384().unwrap().pkcs8_der());
        let of = |key: &TestKey| {
            let certificate = Certificate::parse(&sign::certificate(key).unwrap()).unwrap();
            RecipientKey::from_der(key.pkcs8_der()).unwrap().with_certificate(certificate).unwrap()
        };
        let (rsa, p256) = (keys::saml_sp_enc_rsa().unwrap(), keys::saml_sp_enc_p256().unwrap());
        let keys = vec![of(&rsa), of(&p256), before.unwrap()];
        service.decryption = DecryptionKeys::new(keys).unwrap();
        service.organization = Some(Organization {
            name: "A & B <c>".to_owned(),
            display_name: "\"A\"".to_owned(),
            url: "https://a.example/?b&c".to_owned(),
        });
        service.contacts = vec![
            Contact::new(ContactKind::Support, "Office", "help@a.example"),
            Contact::new(ContactKind::Technical, "Office", "it@a.example"),
        ];
        service
    }

    #[test]
    fn nodes_get_everything_that_the_architecture_asks_for_signed() {
        let mut service = published();
        // The next key is published before it signs; one key by two algorithms stands there once.
        let next = keys::saml_node_rsa().unwrap();
        service.signing.push(signing_key(&next, Alg::Ps256, ALL));
        service.signing.push(signing_key(&next, Alg::Rs256, ALL));
        let text = service.metadata(Family::EidasSaml, DAY_S, NOW).unwrap();
        assert_canonical(&text);
        let tree = read(&text).unwrap();
        verify_enveloped(&tree, &keys::saml_sp_sign().unwrap()).unwrap();
        assert!(verify_enveloped(&tree, &next).is_err());
        assert_eq!(tree.get("entityID"), Some(BROKER));
        assert_eq!(tree.get("validUntil"), Some("2026-03-02T12:00:00Z"));
        assert_eq!(tree.get("ID"), None);
        let texts =
            |path: &str| tree.select(path).iter().map(|one| one.inner_text()).collect::<Vec<_>>();
        let role = "md:SPSSODescriptor";
        assert_eq!(texts(&format!("{role}/md:Extensions/eidas:NodeCountry")), ["DE"]);
        assert_eq!(texts("md:Extensions/eidas:SPType"), ["public"]);
        let versions = "md:Extensions/mdattr:EntityAttributes/saml2:Attribute/saml2:AttributeValue";
        assert_eq!(texts(versions)[..3], ["1.2", "1.3", "1.4"]);
        let descriptors = tree.select(&format!("{role}/md:KeyDescriptor"));
        let uses: Vec<_> = descriptors.iter().map(|one| one.get("use").unwrap()).collect();
        assert_eq!(uses, ["signing", "signing", "encryption", "encryption"]);
        let acs = tree.select(&format!("{role}/md:AssertionConsumerService"));
        assert_eq!(acs.len(), 1);
        assert_eq!(acs[0].get("Location"), Some(BROKER_ACS));
        assert_eq!(acs[0].get("index"), Some("0"));
        assert_eq!(texts("md:Organization/md:OrganizationName"), ["A & B <c>"]);
        assert_eq!(texts("md:ContactPerson/md:EmailAddress"), ["help@a.example", "it@a.example"]);
    }

    #[test]
    fn bund_id_gets_no_end_and_no_id() {
        let text = published().metadata(Family::BundId, DAY_S, NOW).unwrap();
        let tree = read(&text).unwrap();
        verify_enveloped(&tree, &keys::saml_sp_sign().unwrap()).unwrap();
        assert_eq!((tree.get("validUntil"), tree.get("ID")), (None, None));
        let role = tree.select("md:SPSSODescriptor")[0];
        assert_eq!(role.get("WantAssertionsSigned"), Some("true"));
        assert!(tree.select("md:Extensions").is_empty());
        assert!(!matches!(tree.children.first(), Some(XmlNode::Text(_))));
    }

    #[test]
    fn what_is_missing_is_said() {
        let code = |service: &ServiceProvider, family, validity| {
            service.metadata(family, validity, NOW).map_err(|refusal| refusal.code())
        };
        let eidas = Family::EidasSaml;
        assert_eq!(code(&service(), eidas, DAY_S), Err(Code::MisuseServiceProvider));
        for family in [Family::EidServer, Family::SdJwtVc] {
            assert_eq!(code(&published(), family, DAY_S), Err(Code::MisuseArgument));
        }
        for validity in [3_599, 2_678_401] {
            assert_eq!(code(&published(), eidas, validity), Err(Code::MisuseArgument));
        }
        for validity in [3_600, 2_678_400] {
            assert!(code(&published(), eidas, validity).is_ok());
        }
        let mut unsigned = published();
        unsigned.signing.clear();
        assert_eq!(code(&unsigned, eidas, DAY_S), Err(Code::MisuseServiceProvider));
        let mut odd = published();
        odd.contacts[0].company = "a\u{0}".to_owned();
        assert_eq!(code(&odd, eidas, DAY_S), Err(Code::MisuseArgument));
    }
}
