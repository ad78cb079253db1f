//! The test BundID: the federal citizen account in the shape of its sample responses.

use super::encrypt::Encryption;
use super::message::{Answer, Asked, Message, attribute};
use super::sign::{Signing, certificate};
use super::status;
use super::xml::{Element, namespace};
use crate::MakerError;
use crate::keys;

/// The entity identifier.
pub const ENTITY: &str = "https://bund-id.example/idp";
/// Where it takes requests.
pub const SSO: &str = "https://bund-id.example/idp/profile/SAML2/POST/SSO";
/// The pairwise pseudonym of the invented person for the broker.
pub const BPK2: &str = "QU5ERVJOQUNILVRFU1QtQlBLMi0wMDE3";

/// Attributes: name, friendly name, value for the invented person, level of trust.
pub const ERIKA: &[(&str, &str, &str, &str)] = &[
    ("urn:oid:2.5.4.42", "givenName", "Erika", "HOCH"),
    ("urn:oid:2.5.4.4", "surname", "Mustermann", "HOCH"),
    ("urn:oid:0.9.2342.19200300.100.1.3", "mail", "erika@mustermann.example", "UNTERGEORDNET"),
    ("urn:oid:2.5.4.16", "postalAddress", "Heidestraße 17", "HOCH"),
    ("urn:oid:2.5.4.17", "postalCode", "51147", "HOCH"),
    ("urn:oid:2.5.4.7", "localityName", "Köln", "HOCH"),
    ("urn:oid:1.2.40.0.10.2.1.1.225599", "country", "DE", "HOCH"),
    ("urn:oid:0.9.2342.19200300.100.1.40", "personalTitle", "Dr.", "HOCH"),
    ("urn:oid:1.3.6.1.4.1.33592.1.3.5", "gender", "2", "UNTERGEORDNET"),
    ("urn:oid:1.2.40.0.10.2.1.1.55", "birthdate", "1964-08-12", "HOCH"),
    ("urn:oid:1.3.6.1.5.5.7.9.2", "placeOfBirth", "Berlin", "HOCH"),
    ("urn:oid:1.2.40.0.10.2.1.1.225566", "birthName", "Gabler", "HOCH"),
    ("urn:oid:1.2.40.0.10.2.1.1.225577", "nationality", "D", "HOCH"),
    ("urn:oid:1.2.40.0.10.2.1.1.552255", "documentType", "ID", "HOCH"),
    ("urn:oid:2.5.4.20", "telephoneNumber", "+493023125017", "UNTERGEORDNET"),
    ("urn:oid:1.3.6.1.4.1.25484.494450.3", "bPK2", BPK2, "HOCH"),
    ("urn:oid:1.2.40.0.10.2.1.1.261.94", "EID-CITIZEN-QAA-LEVEL", LEVEL_4, "HOCH"),
    ("urn:oid:1.3.6.1.4.1.25484.494450.1", "version", "2024.1.1", "HOCH"),
    ("urn:oid:1.3.6.1.4.1.25484.494450.2", "AssertionProvedBy", "eID", "HOCH"),
    ("urn:oid:2.5.4.18", "legacyPostkorbHandle", "0f3c17d2-test-4a55-b001-00000000c0de", "HOCH"),
    ("urn:oid:1.3.6.1.4.1.25484.494450.7", "mfa", "true", "HOCH"),
];

/// The name of the level attribute.
pub const LEVEL: &str = "urn:oid:1.2.40.0.10.2.1.1.261.94";
/// The name of the pairwise pseudonym.
pub const BPK2_NAME: &str = "urn:oid:1.3.6.1.4.1.25484.494450.3";
/// User name and password.
pub const LEVEL_1: &str = "STORK-QAA-Level-1";
/// An ELSTER certificate.
pub const LEVEL_3: &str = "STORK-QAA-Level-3";
/// The online identity function.
pub const LEVEL_4: &str = "STORK-QAA-Level-4";

/// The citizen account.
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone, Debug)]
pub struct BundId {
    /// Its entity identifier.
    pub entity: String,
    /// Who signs assertions.
    pub signing: Signing,
    /// For whom is encrypted.
    pub encryption: Option<Encryption>,
    /// The level of the act.
    pub level: String,
    /// The attributes that it knows: name, friendly name, value, level of trust.
    pub attributes: Vec<(String, String, String, String)>,
}

impl BundId {
    /// The honest account of the invented person: the assertion signed by RSASSA-PSS and encrypted.
    ///
    /// # Errors
    /// [`MakerError::Key`] when an embedded key is damaged.
    pub fn new() -> Result<Self, MakerError> {
        let key = keys::saml_bund_id()?;
        let row = |row: &(&str, &str, &str, &str)| {
            (row.0.to_owned(), row.1.to_owned(), row.2.to_owned(), row.3.to_owned())
        };
        Ok(Self {
            entity: ENTITY.to_owned(),
            signing: Signing::new(&key, Some(&certificate(&key)?)).with_prefixes(&["xsd"]),
            encryption: Some(Encryption::new(&keys::saml_sp_enc_rsa()?)?),
            level: LEVEL_4.to_owned(),
            attributes: ERIKA.iter().map(row).collect(),
        })
    }

    /// With another value, or level of trust, of an attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str, trust: &str) -> Self {
        for row in self.attributes.iter_mut().filter(|row| row.0 == name) {
            value.clone_into(&mut row.2);
            trust.clone_into(&mut row.3);
        }
        self
    }

    /// At another level, which the level attribute says too.
    #[must_use]
    pub fn at_level(mut self, level: &str) -> Self {
        level.clone_into(&mut self.level);
        self.with(LEVEL, level, "HOCH")
    }

    /// The response about the person: those attributes that were asked for, or all.
    ///
    /// # Errors
    /// [`MakerError::Time`].
    pub fn answer(&self, asked: &Asked, names: &[&str]) -> Result<Message, MakerError> {
        let answer = Answer { issuer_format: None, ..Answer::new(asked, &self.entity) };
        let mut assertion = answer.assertion()?.declaring("xsd", namespace("xsd"));
        let name = assertion.at("saml2:Subject/saml2:NameID")?;
        name.set("NameQualifier", &self.entity);
        name.set("SPNameQualifier", &asked.entity);
        let data = "saml2:Subject/saml2:SubjectConfirmation/saml2:SubjectConfirmationData";
        assertion.at(data)?.set("Address", "192.0.2.17");
        let class = Element::new("saml2:AuthnContextClassRef").text(&self.level);
        let mut act = answer.authentication(class)?;
        let place = Element::new("saml2:SubjectLocality").with("Address", "192.0.2.17");
        act.before("saml2:AuthnContext", place);
        let mut statement = Element::new("saml2:AttributeStatement");
        for (name, friendly, value, trust) in &self.attributes {
            if !names.is_empty() && !names.contains(&name.as_str()) {
                continue;
            }
            let mut attribute = attribute(name, Some(friendly), Some("xsd:string"), value);
            attribute.attributes.push(("akdb:TrustLevel".to_owned(), trust.clone()));
            statement = statement.child(attribute);
        }
        Ok(Message {
            response: answer.response(Answer::success())?,
            assertions: vec![assertion.child(act).child(statement)],
            inner: Some(self.signing.clone()),
            encryption: self.encryption.clone(),
            outer: None,
        })
    }

    /// The response that says that a required attribute is not there, signed as a whole.
    ///
    /// # Errors
    /// [`MakerError::Time`].
    pub fn failure(&self, asked: &Asked) -> Result<Message, MakerError> {
        let answer = Answer { issuer_format: None, ..Answer::new(asked, &self.entity) };
        let codes = [status::REQUESTER, status::REQUEST_DENIED];
        let mut response = answer.failure(&codes, None)?;
        let detail = "{\"version\":\"1\",\"errors\":[{\"code\":\"IDP_REQUIRED_ATTRIBUTES_MISSING\",\
                      \"message\":\"\"}]}";
        let detail = Element::new("akdb:StatusDetail").text(detail);
        let detail = Element::new("saml2p:StatusDetail").child(detail);
        response.at("saml2p:Status")?.children.push(detail.into());
        Ok(Message {
            response,
            assertions: Vec::new(),
            inner: None,
            encryption: None,
            outer: Some(self.signing.clone()),
        })
    }
}
