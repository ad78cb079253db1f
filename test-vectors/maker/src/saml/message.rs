//! A response while it is made: the tree, and how it will be signed and encrypted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::encrypt::Encryption;
use super::sign::Signing;
use super::xml::{Element, Node};
use super::{
    BEARER, BROKER, BROKER_ACS, FORMAT_ENTITY, FORMAT_TRANSIENT, FORMAT_URI, REQUEST_ID, instant,
    status,
};
use crate::hash::Hash;
use crate::{MakerError, NOW};

/// What a request asked for, as far as a response repeats it.
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone, Debug)]
pub struct Asked {
    /// The identifier of the request.
    pub id: String,
    /// Who asked: the audience.
    pub entity: String,
    /// Where the response goes.
    pub acs: String,
    /// When it is answered, Unix seconds.
    pub at: i64,
}

impl Asked {
    /// The request that the honest vectors answer.
    #[must_use]
    pub fn honest() -> Self {
        Self {
            id: REQUEST_ID.to_owned(),
            entity: BROKER.to_owned(),
            acs: BROKER_ACS.to_owned(),
            at: NOW.saturating_sub(10),
        }
    }
}

/// A response with its assertions still apart.
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone, Debug)]
pub struct Message {
    /// The `saml2p:Response` without assertions.
    pub response: Element,
    /// The assertions.
    pub assertions: Vec<Element>,
    /// Signs each assertion.
    pub inner: Option<Signing>,
    /// Encrypts each assertion.
    pub encryption: Option<Encryption>,
    /// Signs the response.
    pub outer: Option<Signing>,
}

impl Message {
    /// The first assertion.
    ///
    /// # Errors
    /// [`MakerError::Xml`] when there is none.
    pub fn assertion(&mut self) -> Result<&mut Element, MakerError> {
        self.assertions.first_mut().ok_or_else(|| MakerError::Xml("saml2:Assertion".to_owned()))
    }

    /// An attribute of the first assertion, by its name.
    ///
    /// # Errors
    /// [`MakerError::Xml`] when there is none.
    pub fn attribute(&mut self, name: &str) -> Result<&mut Element, MakerError> {
        let statement = self.assertion()?.at("saml2:AttributeStatement")?;
        let found = statement.children.iter_mut().find_map(|node| match node {
            Node::Element(child) if child.get("Name") == Some(name) => Some(child),
            Node::Element(_) | Node::Text(_) | Node::Raw { .. } => None,
        });
        found.ok_or_else(|| MakerError::Xml(name.to_owned()))
    }

    /// Takes an attribute out of the first assertion.
    ///
    /// # Errors
    /// [`MakerError::Xml`] when there is no statement.
    pub fn without_attribute(&mut self, name: &str) -> Result<(), MakerError> {
        let statement = self.assertion()?.at("saml2:AttributeStatement")?;
        statement.children.retain(|node| match node {
            Node::Element(child) => child.get("Name") != Some(name),
            Node::Text(_) | Node::Raw { .. } => true,
        });
        Ok(())
    }

    /// An assertion as it goes into the response: signed and encrypted as the message says.
    ///
    /// # Errors
    /// As [`Self::tree`].
    pub fn sealed(&self, assertion: &Element) -> Result<Element, MakerError> {
        let mut assertion = assertion.clone();
        if let Some(inner) = &self.inner {
            inner.sign(&mut assertion)?;
        }
        match &self.encryption {
            Some(encryption) => encryption.encrypt(&assertion.write()),
            None => Ok(assertion),
        }
    }

    /// The whole response, signed and encrypted.
    ///
    /// # Errors
    /// [`MakerError::Sign`] or [`MakerError::Encrypt`] when a key cannot do what it shall.
    pub fn tree(&self) -> Result<Element, MakerError> {
        let mut response = self.unsigned()?;
        if let Some(outer) = &self.outer {
            outer.sign(&mut response)?;
        }
        Ok(response)
    }

    /// The whole response without its own signature.
    ///
    /// # Errors
    /// As [`Self::tree`].
    pub fn unsigned(&self) -> Result<Element, MakerError> {
        let mut response = self.response.clone();
        for assertion in &self.assertions {
            response = response.child(self.sealed(assertion)?);
        }
        Ok(response)
    }

    /// The document.
    ///
    /// # Errors
    /// As [`Self::tree`].
    pub fn to_xml(&self) -> Result<String, MakerError> {
        Ok(self.tree()?.write())
    }

    /// The value of the form field `SAMLResponse`.
    ///
    /// # Errors
    /// As [`Self::tree`].
    pub fn to_post(&self) -> Result<String, MakerError> {
        Ok(post(&self.to_xml()?))
    }
}

/// A document as the HTTP-POST binding carries it.
#[must_use]
pub fn post(xml: &str) -> String {
    STANDARD.encode(xml)
}

/// What the responses of all three issuers have in common.
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// What was asked for.
    pub asked: &'a Asked,
    /// Who answers.
    pub issuer: &'a str,
    /// The format of the issuer; `None` leaves it out.
    pub issuer_format: Option<&'a str>,
    /// How long the answer is good, seconds.
    pub lifetime_s: i64,
}

impl Answer<'_> {
    // Identifiers that look random and are the same in every run.
    fn id(&self, kind: &str) -> String {
        let asked = self.asked;
        let from = format!("{kind} {} {} {}", self.issuer, asked.id, asked.at);
        let digest = Hash::Sha256.digest(from.as_bytes());
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("_{hex}")
    }

    /// The issuer's name.
    #[must_use]
    pub fn issuer(&self) -> Element {
        Element::new("saml2:Issuer").with_some("Format", self.issuer_format).text(self.issuer)
    }

    /// A response without assertion.
    ///
    /// * `codes`: the status, the outer code first.
    ///
    /// # Errors
    /// [`MakerError::Time`].
    pub fn response(&self, codes: &[&str]) -> Result<Element, MakerError> {
        let mut code = None;
        for value in codes.iter().rev() {
            code = Some(Element::new("saml2p:StatusCode").with("Value", value).children(code));
        }
        Ok(Element::new("saml2p:Response")
            .with("Destination", &self.asked.acs)
            .with("ID", &self.id("response"))
            .with("InResponseTo", &self.asked.id)
            .with("IssueInstant", &instant(self.asked.at)?)
            .with("Version", "2.0")
            .child(self.issuer())
            .child(Element::new("saml2p:Status").children(code)))
    }

    /// An assertion about a person, all but the statements.
    ///
    /// # Errors
    /// [`MakerError::Time`].
    pub fn assertion(&self) -> Result<Element, MakerError> {
        let (now, end) = (instant(self.asked.at)?, self.asked.at.saturating_add(self.lifetime_s));
        let end = instant(end)?;
        let data = Element::new("saml2:SubjectConfirmationData")
            .with("InResponseTo", &self.asked.id)
            .with("NotOnOrAfter", &end)
            .with("Recipient", &self.asked.acs);
        let name =
            Element::new("saml2:NameID").with("Format", FORMAT_TRANSIENT).text(&self.id("name"));
        let subject = Element::new("saml2:Subject")
            .child(name)
            .child(Element::new("saml2:SubjectConfirmation").with("Method", BEARER).child(data));
        let audience = Element::new("saml2:AudienceRestriction")
            .child(Element::new("saml2:Audience").text(&self.asked.entity));
        let conditions = Element::new("saml2:Conditions")
            .with("NotBefore", &now)
            .with("NotOnOrAfter", &end)
            .child(audience);
        Ok(Element::new("saml2:Assertion")
            .with("ID", &self.id("assertion"))
            .with("IssueInstant", &now)
            .with("Version", "2.0")
            .child(self.issuer())
            .child(subject)
            .child(conditions))
    }

    /// The statement about the act.
    ///
    /// * `context`: an `AuthnContextClassRef`, or what stands in its place.
    ///
    /// # Errors
    /// [`MakerError::Time`].
    pub fn authentication(&self, context: Element) -> Result<Element, MakerError> {
        Ok(Element::new("saml2:AuthnStatement")
            .with("AuthnInstant", &instant(self.asked.at)?)
            .with("SessionIndex", &self.id("session"))
            .child(Element::new("saml2:AuthnContext").child(context)))
    }
}

impl<'a> Answer<'a> {
    /// As a node answers: an issuer of the format for entities, five minutes.
    #[must_use]
    pub const fn new(asked: &'a Asked, issuer: &'a str) -> Self {
        Self { asked, issuer, issuer_format: Some(FORMAT_ENTITY), lifetime_s: 300 }
    }

    /// An answer that says no.
    ///
    /// # Errors
    /// [`MakerError::Time`].
    pub fn failure(&self, codes: &[&str], text: Option<&str>) -> Result<Element, MakerError> {
        let mut response = self.response(codes)?;
        if let Some(text) = text {
            let message = Element::new("saml2p:StatusMessage").text(text);
            response.at("saml2p:Status")?.children.push(message.into());
        }
        Ok(response)
    }

    /// The codes of a success.
    #[must_use]
    pub const fn success() -> &'static [&'static str] {
        &[status::SUCCESS]
    }
}

/// An attribute with one value.
///
/// * `friendly`: `FriendlyName`; `None` leaves it and the name format out.
/// * `kind`: `xsi:type`; `None` leaves it out.
#[must_use]
pub fn attribute(name: &str, friendly: Option<&str>, kind: Option<&str>, value: &str) -> Element {
    let format = friendly.map(|_| FORMAT_URI);
    Element::new("saml2:Attribute")
        .with_some("FriendlyName", friendly)
        .with("Name", name)
        .with_some("NameFormat", format)
        .child(Element::new("saml2:AttributeValue").with_some("xsi:type", kind).text(value))
}
