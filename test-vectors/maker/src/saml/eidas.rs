//! The test eIDAS node of Austria: a proxy service that answers the German connector.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::encrypt::Encryption;
use super::message::{Answer, Asked, Message, attribute};
use super::sign::{Signing, certificate};
use super::xml::{Element, namespace};
use super::{FORMAT_PERSISTENT, loa, status};
use crate::MakerError;
use crate::keys::{self, TestKey};

/// The entity identifier of the node.
pub const ENTITY: &str = "https://eidas-node.example/ServiceMetadata";
/// Where the node takes requests.
pub const SSO: &str = "https://eidas-node.example/ColleagueRequest";
/// Its country.
pub const COUNTRY: &str = "AT";

/// Names of natural persons.
pub const NATURAL: &str = "http://eidas.europa.eu/attributes/naturalperson/";
/// Names of legal persons.
pub const LEGAL: &str = "http://eidas.europa.eu/attributes/legalperson/";
/// Names of natural persons who act for another.
pub const NATURAL_REPRESENTATIVE: &str =
    "http://eidas.europa.eu/attributes/naturalperson/representative/";
/// Names of legal persons who act for another.
pub const LEGAL_REPRESENTATIVE: &str =
    "http://eidas.europa.eu/attributes/legalperson/representative/";

/// The invented person's identifier.
pub const ERIKA: &str = "AT/DE/0b8f2c64-test-erika";
/// The invented company's identifier.
pub const COMPANY: &str = "AT/DE/FN-000017-test";

/// An eIDAS node.
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone, Debug)]
pub struct Node {
    /// Its entity identifier.
    pub entity: String,
    /// Who signs responses.
    pub signing: Signing,
    /// For whom is encrypted; `None` leaves assertions as they are.
    pub encryption: Option<Encryption>,
    /// The level that it states.
    pub loa: String,
}

impl Node {
    /// The honest node: signs by RSASSA-PSS with SHA-512 and encrypts for the RSA key of the broker.
    ///
    /// # Errors
    /// [`MakerError::Key`] when an embedded key is damaged.
    pub fn new() -> Result<Self, MakerError> {
        use super::sign::{digest, method};
        let node = Self::with_key(&keys::saml_node_rsa()?)?;
        let signing = node.signing.clone();
        let signing = signing.with_method(method::PSS_SHA512).with_digest(digest::SHA512);
        Ok(Self { signing, ..node })
    }

    /// The node with another signature key.
    ///
    /// # Errors
    /// [`MakerError::Sign`] for a key that needs the feature `deterministic`.
    pub fn with_key(key: &TestKey) -> Result<Self, MakerError> {
        Ok(Self {
            entity: ENTITY.to_owned(),
            signing: Signing::new(key, Some(&certificate(key)?)),
            encryption: Some(Encryption::new(&keys::saml_sp_enc_rsa()?)?),
            loa: loa::HIGH.to_owned(),
        })
    }

    /// The response about a person, signed as a whole, the assertion encrypted.
    ///
    /// # Errors
    /// [`MakerError::Time`].
    pub fn answer(&self, asked: &Asked, person: &Person) -> Result<Message, MakerError> {
        let answer = Answer::new(asked, &self.entity);
        let mut assertion = answer.assertion()?;
        for (prefix, _) in super::xml::NAMESPACES.iter().filter(|row| row.0.starts_with("eidas-")) {
            let named = |attribute: &Element| {
                attribute.elements().any(|value| {
                    let kind = value.get("xsi:type").unwrap_or_default();
                    kind.split_once(':').is_some_and(|(own, _)| own == *prefix)
                })
            };
            if person.0.iter().any(named) {
                assertion = assertion.declaring(prefix, namespace(prefix));
            }
        }
        if let Some(identifier) = person.identifier() {
            let name = assertion.at("saml2:Subject/saml2:NameID")?;
            name.set("Format", FORMAT_PERSISTENT);
            name.set_text(&identifier);
        }
        let class = Element::new("saml2:AuthnContextClassRef").text(&self.loa);
        let statement = Element::new("saml2:AttributeStatement").children(person.0.clone());
        Ok(Message {
            response: answer.response(Answer::success())?,
            assertions: vec![assertion.child(answer.authentication(class)?).child(statement)],
            inner: None,
            encryption: self.encryption.clone(),
            outer: Some(self.signing.clone()),
        })
    }

    /// The response that says that the person was not authenticated.
    ///
    /// # Errors
    /// [`MakerError::Time`].
    pub fn failure(&self, asked: &Asked) -> Result<Message, MakerError> {
        let codes = [status::RESPONDER, status::AUTHN_FAILED];
        let answer = Answer::new(asked, &self.entity);
        Ok(Message {
            response: answer.failure(&codes, Some(status::AUTHN_FAILED))?,
            assertions: Vec::new(),
            inner: None,
            encryption: None,
            outer: Some(self.signing.clone()),
        })
    }
}

/// The attributes of the persons of one response.
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone, Debug, Default)]
pub struct Person(pub Vec<Element>);

impl Person {
    /// The four mandatory attributes of an invented person.
    #[must_use]
    pub fn minimum() -> Self {
        Self(vec![
            natural("CurrentFamilyName", "Mustermann"),
            natural("CurrentGivenName", "Erika"),
            natural("DateOfBirth", "1964-08-12"),
            natural("PersonIdentifier", ERIKA),
        ])
    }

    /// Every attribute of the invented person; the names in Greek letters as well.
    #[must_use]
    pub fn erika() -> Self {
        let mut person = Self::minimum();
        for (attribute, text) in person.0.iter_mut().zip(["Μούστερμαν", "Έρικα"]) {
            let kind = attribute.elements().next().and_then(|value| value.get("xsi:type"));
            let value = Element::new("saml2:AttributeValue")
                .with_some("xsi:type", kind)
                .with("eidas-natural:LatinScript", "false")
                .text(text);
            // The order is free: here the other script comes first.
            attribute.before("saml2:AttributeValue", value);
        }
        person.0.extend([
            natural("BirthName", "Erika Gabler"),
            natural("PlaceOfBirth", "Wien"),
            natural("CurrentAddress", &address("eidas-natural")),
            natural("Gender", "Female"),
            natural("PhoneNumber", "+4312345678"),
            natural("Nationality", "AT"),
            natural("CountryOfBirth", "AT"),
            natural("TownOfBirth", "Wien"),
            natural("CountryOfResidence", "AT"),
            natural("EmailAddress", "erika@mustermann.example"),
        ]);
        person
    }

    /// The two mandatory attributes of an invented company.
    #[must_use]
    pub fn company() -> Self {
        Self(vec![
            legal("LegalPersonIdentifier", COMPANY),
            legal("LegalName", "Muster und Töchter GmbH"),
        ])
    }

    /// The mandatory attributes of an invented person who acts for another.
    #[must_use]
    pub fn representative() -> Self {
        let prefix = "eidas-natural-representative";
        let named = |segment, friendly, value| {
            member(NATURAL_REPRESENTATIVE, prefix, segment, friendly, value)
        };
        Self(vec![
            named("CurrentFamilyName", "RepresentativeFamilyName", "Beispiel"),
            named("CurrentGivenName", "RepresentativeFirstName", "Max"),
            named("DateOfBirth", "RepresentativeDateOfBirth", "1958-02-03"),
            named("PersonIdentifier", "RepresentativePersonIdentifier", "AT/DE/test-max"),
        ])
    }

    /// Both in one response.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// With one attribute less.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|attribute| attribute.get("Name") != Some(name));
        self
    }

    /// With another value of an attribute of the natural person.
    #[must_use]
    pub fn with(mut self, segment: &str, value: &str) -> Self {
        let new = natural(segment, value);
        let name = new.get("Name").map(str::to_owned);
        match self.0.iter_mut().find(|attribute| attribute.get("Name") == name.as_deref()) {
            Some(attribute) => *attribute = new,
            None => self.0.push(new),
        }
        self
    }

    fn identifier(&self) -> Option<String> {
        let names = [format!("{NATURAL}PersonIdentifier"), format!("{LEGAL}LegalPersonIdentifier")];
        let found = self.0.iter().find(|attribute| {
            attribute.get("Name").is_some_and(|name| names.iter().any(|own| own == name))
        })?;
        found.elements().next().map(Element::inner_text)
    }
}

/// An attribute of a natural person by the last segment of its name.
#[must_use]
pub fn natural(segment: &str, value: &str) -> Element {
    let friendly = match segment {
        "CurrentFamilyName" => "FamilyName",
        "CurrentGivenName" => "FirstName",
        other => other,
    };
    member(NATURAL, "eidas-natural", segment, friendly, value)
}

/// An attribute of a legal person by the last segment of its name.
#[must_use]
pub fn legal(segment: &str, value: &str) -> Element {
    let friendly = match segment {
        "LegalPersonAddress" => "LegalAddress",
        "VATRegistrationNumber" => "VATRegistration",
        other => other,
    };
    member(LEGAL, "eidas-legal", segment, friendly, value)
}

/// An attribute of any group.
#[must_use]
pub fn member(base: &str, prefix: &str, segment: &str, friendly: &str, value: &str) -> Element {
    let kind = format!("{prefix}:{segment}Type");
    attribute(&format!("{base}{segment}"), Some(friendly), Some(&kind), value)
}

/// An address as its attribute carries it: elements without a root, in base64.
///
/// * `prefix`: that of the attribute's group, bound outside of the address.
#[must_use]
pub fn address(prefix: &str) -> String {
    let parts = [
        ("LocatorDesignator", "17"),
        ("Thoroughfare", "Mariengasse"),
        ("PostName", "Wien"),
        ("AdminunitFirstline", "AT"),
        ("PostCode", "1080"),
    ];
    let text: String = parts
        .iter()
        .map(|(name, value)| format!("<{prefix}:{name}>{value}</{prefix}:{name}>\n"))
        .collect();
    STANDARD.encode(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::read::read;

    #[test]
    fn the_signature_of_a_response_is_over_its_canonical_text() {
        use crate::Hash;
        use crate::saml::sign::method;
        use ring::signature::{RSA_PSS_2048_8192_SHA512, UnparsedPublicKey};
        let mut node = Node::new().unwrap();
        node.encryption = None;
        let text = node.answer(&Asked::honest(), &Person::erika()).unwrap().to_xml().unwrap();
        let mut response = read(&text).unwrap();
        let signature = response.take("ds:Signature").unwrap();
        let info = signature.find("ds:SignedInfo").unwrap();
        let value = info.find("ds:Reference/ds:DigestValue").unwrap().inner_text();
        let octets = response.canonical(&[]);
        assert_eq!(value, STANDARD.encode(Hash::Sha512.digest(octets.as_bytes())));
        assert_eq!(
            info.find("ds:SignatureMethod").unwrap().get("Algorithm"),
            Some(method::PSS_SHA512)
        );
        let value = signature.find("ds:SignatureValue").unwrap().inner_text();
        let public = keys::saml_node_rsa().unwrap();
        let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA512, public.public_key());
        let message = info.canonical(&[]);
        assert!(public.verify(message.as_bytes(), &STANDARD.decode(value).unwrap()).is_ok());
    }

    #[test]
    fn every_attribute_has_its_type_and_the_prefixes_are_declared() {
        let mut node = Node::new().unwrap();
        node.encryption = None;
        let persons = Person::erika().and(Person::company()).and(Person::representative());
        let message = node.answer(&Asked::honest(), &persons).unwrap();
        let assertion = &message.assertions[0];
        let statement = assertion.find("saml2:AttributeStatement").unwrap();
        assert_eq!(statement.elements().count(), 20);
        for attribute in statement.elements() {
            let name = attribute.get("Name").unwrap();
            let (base, segment) = name.rsplit_once('/').unwrap();
            for value in attribute.elements() {
                let (prefix, kind) = value.get("xsi:type").unwrap().split_once(':').unwrap();
                assert_eq!((namespace(prefix), kind), (base, format!("{segment}Type").as_str()));
                assert!(assertion.namespaces.iter().any(|row| row.0 == prefix), "{prefix}");
            }
        }
    }
}
