use super::reader::{
    attributes, children, id, refuse, required, required_time, text, time, trimmed,
};
use super::response::issuer;
use super::{ASSERTION, SCHEMA_INSTANCE, SIGNATURE};
use crate::UnixTime;
use crate::envelope::xml::Element;
use crate::verdict::{Code, Place, Refusal};
use std::borrow::Cow;

/// A `saml:Assertion` (SAML Core 2.3.3) with one AuthnStatement and one AttributeStatement.
#[derive(Clone)]
#[non_exhaustive]
pub struct Assertion<'d, 'a> {
    /// The element itself.
    pub element: Element<'d, 'a>,
    /// Its ID.
    pub id: &'d str,
    /// Its version, as written.
    pub version: &'d str,
    /// When it was made.
    pub issue_instant: UnixTime,
    /// Who made it.
    pub issuer: Cow<'d, str>,
    /// Whether a signature stands in its place.
    pub has_signature: bool,
    /// Of whom it speaks, and who may bring it.
    pub subject: Subject<'d>,
    /// Under which conditions it counts.
    pub conditions: Option<Conditions<'d>>,
    /// How the person was authenticated.
    pub authn: AuthnStatement<'d>,
    /// What it says about the person, in document order; no name twice.
    pub attributes: Vec<Attribute<'d, 'a>>,
}

/// `saml:Subject` (SAML Core 2.4.1).
#[derive(Clone)]
#[non_exhaustive]
pub struct Subject<'d> {
    /// The name of the subject, where there is one in plain.
    pub name_id: Option<NameId<'d>>,
    /// Who may bring the assertion.
    pub confirmations: Vec<Confirmation<'d>>,
}

/// `saml:NameID` (SAML Core 2.2.3). Of no family the identifier of the person.
#[derive(Clone)]
#[non_exhaustive]
pub struct NameId<'d> {
    /// Its format, as written.
    pub format: Option<&'d str>,
    /// Its value, as written.
    pub value: Cow<'d, str>,
}

/// `saml:SubjectConfirmation` (SAML Core 2.4.1.1).
#[derive(Clone)]
#[non_exhaustive]
pub struct Confirmation<'d> {
    /// Its method, as written.
    pub method: &'d str,
    /// What limits it.
    pub data: Option<ConfirmationData<'d>>,
}

/// `saml:SubjectConfirmationData` (SAML Core 2.4.1.2).
#[derive(Clone)]
#[non_exhaustive]
pub struct ConfirmationData<'d> {
    /// The ID of the request that is answered.
    pub in_response_to: Option<&'d str>,
    /// The beginning; never there for a bearer.
    pub not_before: Option<UnixTime>,
    /// The end.
    pub not_on_or_after: Option<UnixTime>,
    /// To whom it may be brought, as written.
    pub recipient: Option<&'d str>,
    /// The address of the browser that may bring it, as written.
    pub address: Option<&'d str>,
}

/// `saml:Conditions` (SAML Core 2.5.1).
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Conditions<'d> {
    /// The beginning.
    pub not_before: Option<UnixTime>,
    /// The end.
    pub not_on_or_after: Option<UnixTime>,
    /// One list for each AudienceRestriction, in document order.
    pub audiences: Vec<Vec<Cow<'d, str>>>,
    /// Whether it is for one use.
    pub one_time_use: bool,
}

/// `saml:AuthnStatement` (SAML Core 2.7.2).
#[derive(Clone)]
#[non_exhaustive]
pub struct AuthnStatement<'d> {
    /// When the person was authenticated.
    pub instant: UnixTime,
    /// When the session at the identity provider ends.
    pub session_not_on_or_after: Option<UnixTime>,
    /// The class of the authentication, as written, trimmed.
    pub class_ref: Option<Cow<'d, str>>,
    /// The declaration of the authentication, as written, trimmed.
    pub declaration_ref: Option<Cow<'d, str>>,
}

/// `saml:Attribute` (SAML Core 2.7.3.1).
#[derive(Clone)]
#[non_exhaustive]
pub struct Attribute<'d, 'a> {
    /// The element itself.
    pub element: Element<'d, 'a>,
    /// Its name, trimmed. FriendlyName is never looked at.
    pub name: &'d str,
    /// The format of its name.
    pub name_format: Option<&'d str>,
    /// Its values; their content is read by who knows the attribute.
    pub values: Vec<Element<'d, 'a>>,
}

impl<'d, 'a> Assertion<'d, 'a> {
    /// Reads an assertion. Nothing in it is believed by that.
    ///
    /// # Errors
    /// [`Code::SamlElement`], [`Code::SamlAttribute`], [`Code::SamlValue`],
    /// [`Code::ConditionUnknown`] for a condition that is not understood,
    /// [`Code::AmbiguousAttribute`] for two attributes of one name, [`Code::XmlComment`] and
    /// [`Code::XmlInstruction`] for markup that parts a value.
    pub fn read(element: Element<'d, 'a>) -> Result<Self, Refusal> {
        if !element.is(ASSERTION, "Assertion") {
            return Err(refuse(Code::SamlElement, PART, element));
        }
        element.without_markup().map_err(|refusal| refusal.within(PART, None))?;
        attributes(element, PART, &["ID", "IssueInstant", "Version"])?;
        let mut sequence = children(element, PART)?;
        let issuer = issuer(sequence.required(ASSERTION, "Issuer")?)?;
        let has_signature = sequence.optional(SIGNATURE, "Signature").is_some();
        let subject = Subject::read(sequence.required(ASSERTION, "Subject")?)?;
        let conditions =
            sequence.optional(ASSERTION, "Conditions").map(Conditions::read).transpose()?;
        let (mut authn, mut statement) = (None, None);
        while let Some(next) = sequence.next() {
            // Statements come in any order; of each kind one. Advice and any other are refused.
            let repeated = if next.is(ASSERTION, "AuthnStatement") {
                authn.replace(AuthnStatement::read(next)?).is_some()
            } else if next.is(ASSERTION, "AttributeStatement") {
                statement.replace(attribute_statement(next)?).is_some()
            } else {
                true
            };
            if repeated {
                return Err(refuse(Code::SamlElement, PART, next));
            }
        }
        let missing = || refuse(Code::SamlElement, PART, element);
        Ok(Self {
            element,
            id: id(element, PART)?,
            version: required(element, PART, "Version")?,
            issue_instant: required_time(element, PART, "IssueInstant")?,
            issuer,
            has_signature,
            subject,
            conditions,
            authn: authn.ok_or_else(missing)?,
            attributes: statement.ok_or_else(missing)?,
        })
    }

    /// The attribute of a name, byte for byte.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute<'d, 'a>> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

impl<'d> Subject<'d> {
    fn read(element: Element<'d, '_>) -> Result<Self, Refusal> {
        attributes(element, SUBJECT, &[])?;
        let mut sequence = children(element, SUBJECT)?;
        let name_id = sequence.optional(ASSERTION, "NameID").map(NameId::read).transpose()?;
        let mut confirmations = Vec::new();
        while let Some(next) = sequence.optional(ASSERTION, "SubjectConfirmation") {
            if confirmations.len() >= MAX_CONFIRMATIONS {
                return Err(refuse(Code::LimitCount, SUBJECT, next));
            }
            confirmations.push(Confirmation::read(next)?);
        }
        sequence.end()?;
        Ok(Self { name_id, confirmations })
    }
}

impl<'d> NameId<'d> {
    fn read(element: Element<'d, '_>) -> Result<Self, Refusal> {
        const NAME_ID: &str = "Assertion/Subject/NameID";
        let known = &["Format", "NameQualifier", "SPNameQualifier", "SPProvidedID"];
        attributes(element, NAME_ID, known)?;
        let value = element.text().map_err(|refusal| refusal.within(NAME_ID, None))?;
        if trimmed(&value).is_empty() {
            return Err(refuse(Code::SamlValue, NAME_ID, element));
        }
        Ok(Self { format: element.attribute("Format").map(trimmed), value })
    }
}

impl<'d> Confirmation<'d> {
    fn read(element: Element<'d, '_>) -> Result<Self, Refusal> {
        const CONFIRMATION: &str = "Assertion/Subject/SubjectConfirmation";
        attributes(element, CONFIRMATION, &["Method"])?;
        let mut sequence = children(element, CONFIRMATION)?;
        let data = sequence
            .optional(ASSERTION, "SubjectConfirmationData")
            .map(ConfirmationData::read)
            .transpose()?;
        // Another name for who may bring it, as NameID: no profile has it.
        sequence.end()?;
        Ok(Self { method: trimmed(required(element, CONFIRMATION, "Method")?), data })
    }
}

impl<'d> ConfirmationData<'d> {
    fn read(element: Element<'d, '_>) -> Result<Self, Refusal> {
        const DATA: &str = "Assertion/Subject/SubjectConfirmation/SubjectConfirmationData";
        let known = &["Address", "InResponseTo", "NotBefore", "NotOnOrAfter", "Recipient"];
        attributes(element, DATA, known)?;
        children(element, DATA)?.end()?;
        Ok(Self {
            in_response_to: element.attribute("InResponseTo"),
            not_before: time(element, DATA, "NotBefore")?,
            not_on_or_after: time(element, DATA, "NotOnOrAfter")?,
            recipient: element.attribute("Recipient"),
            address: element.attribute("Address").map(trimmed),
        })
    }
}

impl<'d> Conditions<'d> {
    fn read(element: Element<'d, '_>) -> Result<Self, Refusal> {
        attributes(element, CONDITIONS, &["NotBefore", "NotOnOrAfter"])?;
        let mut conditions = Self {
            not_before: time(element, CONDITIONS, "NotBefore")?,
            not_on_or_after: time(element, CONDITIONS, "NotOnOrAfter")?,
            ..Self::default()
        };
        let mut proxied = false;
        let mut sequence = children(element, CONDITIONS)?;
        while let Some(next) = sequence.next() {
            let repeated = if next.is(ASSERTION, "AudienceRestriction") {
                if conditions.audiences.len() >= MAX_RESTRICTIONS {
                    return Err(refuse(Code::LimitCount, CONDITIONS, next));
                }
                conditions.audiences.push(audiences(next)?);
                false
            } else if next.is(ASSERTION, "OneTimeUse") {
                attributes(next, CONDITIONS, &[])?;
                children(next, CONDITIONS)?.end()?;
                std::mem::replace(&mut conditions.one_time_use, true)
            } else if next.is(ASSERTION, "ProxyRestriction") {
                // Nothing is proxied here: the assertion ends with this broker.
                attributes(next, CONDITIONS, &["Count"])?;
                let mut inner = children(next, CONDITIONS)?;
                while inner.optional(ASSERTION, "Audience").is_some() {}
                inner.end()?;
                std::mem::replace(&mut proxied, true)
            } else {
                true
            };
            if repeated {
                return Err(refuse(Code::ConditionUnknown, CONDITIONS, next));
            }
        }
        Ok(conditions)
    }
}

fn audiences<'d>(element: Element<'d, '_>) -> Result<Vec<Cow<'d, str>>, Refusal> {
    const RESTRICTION: &str = "Assertion/Conditions/AudienceRestriction";
    attributes(element, RESTRICTION, &[])?;
    let mut sequence = children(element, RESTRICTION)?;
    let mut audiences = vec![text(sequence.required(ASSERTION, "Audience")?, RESTRICTION)?];
    while let Some(next) = sequence.optional(ASSERTION, "Audience") {
        if audiences.len() >= MAX_AUDIENCES {
            return Err(refuse(Code::LimitCount, RESTRICTION, next));
        }
        audiences.push(text(next, RESTRICTION)?);
    }
    sequence.end()?;
    Ok(audiences)
}

impl<'d> AuthnStatement<'d> {
    fn read(element: Element<'d, '_>) -> Result<Self, Refusal> {
        attributes(element, AUTHN, &["AuthnInstant", "SessionIndex", "SessionNotOnOrAfter"])?;
        let mut sequence = children(element, AUTHN)?;
        if let Some(locality) = sequence.optional(ASSERTION, "SubjectLocality") {
            attributes(locality, AUTHN, &["Address", "DNSName"])?;
            children(locality, AUTHN)?.end()?;
        }
        let context = sequence.required(ASSERTION, "AuthnContext")?;
        sequence.end()?;
        attributes(context, CONTEXT, &[])?;
        let mut sequence = children(context, CONTEXT)?;
        let class_ref = sequence.optional(ASSERTION, "AuthnContextClassRef");
        let class_ref = class_ref.map(|one| text(one, CONTEXT)).transpose()?;
        if let Some(declaration) = sequence.optional(ASSERTION, "AuthnContextDecl") {
            // Some nodes send an empty one. One that says something would go unread.
            children(declaration, CONTEXT)?.end()?;
        }
        let declaration_ref = sequence.optional(ASSERTION, "AuthnContextDeclRef");
        let declaration_ref = declaration_ref.map(|one| text(one, CONTEXT)).transpose()?;
        while let Some(authority) = sequence.optional(ASSERTION, "AuthenticatingAuthority") {
            text(authority, CONTEXT)?;
        }
        sequence.end()?;
        Ok(Self {
            instant: required_time(element, AUTHN, "AuthnInstant")?,
            session_not_on_or_after: time(element, AUTHN, "SessionNotOnOrAfter")?,
            class_ref,
            declaration_ref,
        })
    }
}

fn attribute_statement<'d, 'a>(
    element: Element<'d, 'a>,
) -> Result<Vec<Attribute<'d, 'a>>, Refusal> {
    attributes(element, STATEMENT, &[])?;
    let mut sequence = children(element, STATEMENT)?;
    let mut list = vec![Attribute::read(sequence.required(ASSERTION, "Attribute")?)?];
    // An EncryptedAttribute is refused: no profile has one within an encrypted assertion.
    while let Some(next) = sequence.optional(ASSERTION, "Attribute") {
        if list.len() >= MAX_ATTRIBUTES {
            return Err(refuse(Code::LimitCount, STATEMENT, next));
        }
        list.push(Attribute::read(next)?);
    }
    sequence.end()?;
    let mut names: Vec<(&str, usize)> =
        list.iter().enumerate().map(|(index, one)| (one.name, index)).collect();
    names.sort_unstable();
    let repeated = names.windows(2).find_map(|pair| match pair {
        [(a, _), (b, index)] if a == b => Some(*index),
        _ => None,
    });
    match repeated {
        Some(index) => {
            Err(Refusal::new(Code::AmbiguousAttribute, Place::nth("Assertion/Attribute", index)))
        }
        None => Ok(list),
    }
}

impl<'d, 'a> Attribute<'d, 'a> {
    fn read(element: Element<'d, 'a>) -> Result<Self, Refusal> {
        // Profiles add attributes of their own namespaces here (SAML Core 2.7.3.1).
        let mut foreign = element.attributes().filter(|one| one.namespace.is_none());
        // The last one is of TR-03130-1, whose own examples write it without its namespace.
        let known = |local: &str| {
            matches!(local, "FriendlyName" | "Name" | "NameFormat" | "AttributeNotOnChip")
        };
        let nil = element.attribute_ns(SCHEMA_INSTANCE, "nil").is_some();
        if nil || !foreign.all(|one| known(one.local)) {
            return Err(refuse(Code::SamlAttribute, ATTRIBUTE, element));
        }
        let name = trimmed(required(element, ATTRIBUTE, "Name")?);
        if name.is_empty() {
            return Err(refuse(Code::SamlValue, ATTRIBUTE, element));
        }
        let mut sequence = children(element, ATTRIBUTE)?;
        let mut values = Vec::new();
        while let Some(value) = sequence.optional(ASSERTION, "AttributeValue") {
            if value.attribute_ns(SCHEMA_INSTANCE, "nil").is_some() {
                return Err(refuse(Code::SamlAttribute, ATTRIBUTE, value));
            }
            values.push(value);
        }
        sequence.end()?;
        Ok(Self { element, name, name_format: element.attribute("NameFormat"), values })
    }
}

const PART: &str = "Assertion";
const SUBJECT: &str = "Assertion/Subject";
const CONDITIONS: &str = "Assertion/Conditions";
const AUTHN: &str = "Assertion/AuthnStatement";
const CONTEXT: &str = "Assertion/AuthnStatement/AuthnContext";
const STATEMENT: &str = "Assertion/AttributeStatement";
const ATTRIBUTE: &str = "Assertion/AttributeStatement/Attribute";

// Profiles have one; a hostile list would cost comparisons.
const MAX_CONFIRMATIONS: usize = 16;
const MAX_RESTRICTIONS: usize = 16;
const MAX_AUDIENCES: usize = 64;
// The eIDAS profile has 52 names, BundID 30.
const MAX_ATTRIBUTES: usize = 256;
