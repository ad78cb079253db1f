//! The test eID server: the SAML profile of BSI TR-03130-1, answers in a signed query.

use super::encrypt::Encryption;
use super::message::{Answer, Asked, Message, attribute};
use super::redirect::Redirect;
use super::sign::Signing;
use super::xml::{Element, namespace};
use super::{instant, status};
use crate::keys::{self, TestKey};
use crate::{Hash, MakerError};

/// The entity identifier.
pub const ENTITY: &str = "https://eid-server.example/saml";
/// Where it takes requests.
pub const SSO: &str = "https://eid-server.example/saml/async";
/// The pseudonym of the invented card for the broker's sector.
pub const RESTRICTED_ID: &str = "AF0017E41CA2D0B5A85E7F0C9E2C3C4B1D5A6E7F8091A2B3C4D5E6F708192A3B";
/// The address of the person's browser.
pub const ADDRESS: &str = "192.0.2.17";
/// What stands for the act.
pub const SMARTCARD_PKI: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI";
/// The highest level.
pub const LOA_HIGH: &str = "http://bsi.bund.de/eID/LoA/hoch";

/// The eID server.
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone, Debug)]
pub struct EidServer {
    /// Its entity identifier.
    pub entity: String,
    /// Who signs queries.
    pub signing: Signing,
    /// For whom is encrypted.
    pub encryption: Option<Encryption>,
    /// What was read from the card.
    pub attributes: Vec<Element>,
}

impl EidServer {
    /// The honest server over the card of the invented person: ECDSA on P-256, encrypted by ECDH-ES
    /// for brainpoolP256r1.
    ///
    /// # Errors
    /// [`MakerError::Key`] when an embedded key is damaged.
    pub fn new() -> Result<Self, MakerError> {
        Ok(Self {
            encryption: Some(Encryption::new(&keys::saml_sp_enc_bp256()?)?),
            ..Self::with_key(&keys::saml_eid_server()?)
        })
    }

    /// The server with another signature key, encrypting nothing.
    #[must_use]
    pub fn with_key(key: &TestKey) -> Self {
        Self {
            entity: ENTITY.to_owned(),
            signing: Signing::new(key, None),
            encryption: None,
            attributes: erika(),
        }
    }

    /// The response about the card. It is not signed: [`Self::redirect`] signs the query.
    ///
    /// # Errors
    /// [`MakerError::Time`].
    pub fn answer(&self, asked: &Asked) -> Result<Message, MakerError> {
        let answer = Answer { issuer_format: None, ..Answer::new(asked, &self.entity) };
        let mut assertion = answer.assertion()?;
        for prefix in ["eid", "xsd"] {
            assertion = assertion.declaring(prefix, namespace(prefix));
        }
        let data = "saml2:Subject/saml2:SubjectConfirmation/saml2:SubjectConfirmationData";
        assertion.at(data)?.set("Address", ADDRESS);
        let conditions = assertion.at("saml2:Conditions")?;
        conditions.attributes.clear();
        conditions.children.push(Element::new("saml2:OneTimeUse").into());
        let reference = Element::new("saml2:AuthnContextDeclRef").text(SMARTCARD_PKI);
        let mut attributes = self.attributes.clone();
        let today = instant(asked.at)?;
        let (today, _) = today.split_once('T').unwrap_or_default();
        for attribute in &mut attributes {
            // A card is looked at when it is read; a date that a test chose stays.
            if let Ok(date) = attribute.at("saml2:AttributeValue/eid:ReferenceDate")
                && date.inner_text() == REFERENCE_DATE
            {
                *date = Element::new("eid:ReferenceDate").text(today);
            }
        }
        let statement = Element::new("saml2:AttributeStatement").children(attributes);
        Ok(Message {
            response: answer.response(Answer::success())?,
            assertions: vec![assertion.child(answer.authentication(reference)?).child(statement)],
            inner: None,
            encryption: self.encryption.clone(),
            outer: None,
        })
    }

    /// The response that says that nothing was read.
    ///
    /// # Errors
    /// [`MakerError::Time`].
    pub fn failure(&self, asked: &Asked) -> Result<Message, MakerError> {
        let answer = Answer { issuer_format: None, ..Answer::new(asked, &self.entity) };
        let codes = [status::RESPONDER, status::REQUEST_DENIED];
        Ok(Message {
            response: answer.failure(&codes, None)?,
            assertions: Vec::new(),
            inner: None,
            encryption: None,
            outer: None,
        })
    }

    /// How queries are written.
    #[must_use]
    pub fn redirect(&self) -> Redirect {
        Redirect::response(self.signing.clone())
    }

    /// The signed query of a message.
    ///
    /// # Errors
    /// [`MakerError::Sign`] or [`MakerError::Encrypt`] when a key cannot do what it shall.
    pub fn query(&self, message: &Message) -> Result<String, MakerError> {
        self.redirect().query(&message.to_xml()?)
    }
}

/// The invented person's card.
#[must_use]
pub fn erika() -> Vec<Element> {
    let text = |name, value| attribute(name, None, Some("xsd:string"), value);
    let place = Element::new("eid:StructuredPlace")
        .child(Element::new("eid:Street").text("HEIDESTRASSE 17"))
        .child(Element::new("eid:City").text("KÖLN"))
        .child(Element::new("eid:Country").text("D"))
        .child(Element::new("eid:ZipCode").text("51147"));
    vec![
        validity("valid"),
        attribute("DocumentType", None, Some("eid:DocumentType"), "ID"),
        attribute("IssuingState", None, Some("eid:ICAOCountry"), "D"),
        attribute("DateOfExpiry", None, Some("xsd:date"), "2034-08-11"),
        text("GivenNames", "ERIKA"),
        text("FamilyNames", "MUSTERMANN"),
        text("ArtisticName", ""),
        text("AcademicTitle", "DR."),
        birth("19640812", Some("1964-08-12")),
        structured(
            "PlaceOfBirth",
            "eid:GeneralPlaceType",
            vec![Element::new("eid:FreetextPlace").text("BERLIN")],
        ),
        attribute("Nationality", None, Some("eid:ICAOCountry"), "D"),
        text("BirthName", "GABLER"),
        structured("PlaceOfResidence", "eid:GeneralPlaceType", vec![place]),
        attribute("CommunityID", None, Some("eid:CommunityIDType"), "02760503150000"),
        restricted_id(RESTRICTED_ID, None),
        text("LevelOfAssurance", LOA_HIGH),
    ]
}

/// The day of the messages of the vectors.
const REFERENCE_DATE: &str = "2026-03-01";

/// Whether the card is good.
#[must_use]
pub fn validity(status: &str) -> Element {
    let value = Element::new("saml2:AttributeValue")
        .with("xsi:type", "eid:DocumentValidityResultType")
        .with("Version", "1")
        .child(Element::new("eid:ReferenceDate").text(REFERENCE_DATE))
        .child(Element::new("eid:Status").text(status));
    Element::new("saml2:Attribute").with("Name", "DocumentValidity").child(value)
}

/// The date of birth; `value` is left out for a date that is not complete.
#[must_use]
pub fn birth(text: &str, value: Option<&str>) -> Element {
    let mut parts = vec![Element::new("eid:DateString").text(text)];
    parts.extend(value.map(|value| Element::new("eid:DateValue").text(value)));
    structured("DateOfBirth", "eid:GeneralDateType", parts)
}

/// The pseudonym of a card, and the one of before where there is one.
#[must_use]
pub fn restricted_id(id: &str, before: Option<&str>) -> Element {
    let mut parts = vec![Element::new("eid:ID").text(id)];
    parts.extend(before.map(|id| Element::new("eid:ID2").text(id)));
    structured("RestrictedID", "eid:RestrictedIDType", parts)
}

/// An attribute whose value has elements.
#[must_use]
pub fn structured(name: &str, kind: &str, parts: Vec<Element>) -> Element {
    let value = Element::new("saml2:AttributeValue").with("xsi:type", kind).children(parts);
    Element::new("saml2:Attribute").with("Name", name).child(value)
}

/// The pseudonym of a card that the server derives for a sector.
#[must_use]
pub fn pseudonym(sector: &str, card: &str) -> String {
    let digest = Hash::Sha256.digest(format!("{sector}\0{card}").as_bytes());
    digest.iter().map(|byte| format!("{byte:02X}")).collect()
}
