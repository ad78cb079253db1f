use super::reader::{
    attributes, children, id, opaque, refuse, required, required_time, text, trimmed,
};
use super::{ASSERTION, PROTOCOL, SIGNATURE};
use crate::UnixTime;
use crate::envelope::xml::Element;
use crate::verdict::{Code, Refusal};
use std::borrow::Cow;

/// A `samlp:Response` (SAML Core 3.3.3).
#[derive(Clone)]
#[non_exhaustive]
pub struct Response<'d, 'a> {
    /// The element itself.
    pub element: Element<'d, 'a>,
    /// Its ID.
    pub id: &'d str,
    /// The ID of the request that it answers.
    pub in_response_to: Option<&'d str>,
    /// Its version, as written.
    pub version: &'d str,
    /// When it was made.
    pub issue_instant: UnixTime,
    /// Where it was sent, as written.
    pub destination: Option<&'d str>,
    /// Whether and how the person consented.
    pub consent: Option<Consent>,
    /// Who made it.
    pub issuer: Cow<'d, str>,
    /// Whether a signature stands in its place.
    pub has_signature: bool,
    /// How it ended.
    pub status: Status,
    /// The assertion.
    pub assertion: Option<Carried<'d, 'a>>,
}

/// The assertion of a response.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "an assertion is encrypted or it is not")]
pub enum Carried<'d, 'a> {
    /// `saml:EncryptedAssertion`
    Encrypted(Element<'d, 'a>),
    /// `saml:Assertion`
    Plain(Element<'d, 'a>),
}

impl<'d, 'a> Response<'d, 'a> {
    /// Reads a response. Nothing in it is believed by that.
    ///
    /// Children stand in the order of the schema: Issuer, Signature, Extensions, Status, assertions.
    /// The content of Extensions and StatusDetail is not read; an element of SAML, of a signature or
    /// of encryption in it is a refusal, because somebody else might read it.
    ///
    /// # Errors
    /// [`Code::SamlElement`], [`Code::SamlAttribute`], [`Code::SamlValue`], and
    /// [`Code::AmbiguousAssertion`] for more than one assertion.
    pub fn read(element: Element<'d, 'a>) -> Result<Self, Refusal> {
        if !element.is(PROTOCOL, "Response") {
            return Err(refuse(Code::SamlElement, RESPONSE, element));
        }
        attributes(element, RESPONSE, ATTRIBUTES)?;
        let consent = match element.attribute("Consent") {
            None => None,
            Some(uri) => Some(
                Consent::from_uri(trimmed(uri))
                    .ok_or_else(|| refuse(Code::SamlValue, RESPONSE, element))?,
            ),
        };
        let mut sequence = children(element, RESPONSE)?;
        let issuer = issuer(sequence.required(ASSERTION, "Issuer")?)?;
        let has_signature = sequence.optional(SIGNATURE, "Signature").is_some();
        if let Some(extensions) = sequence.optional(PROTOCOL, "Extensions") {
            opaque(extensions, "Response/Extensions")?;
        }
        let status = Status::read(sequence.required(PROTOCOL, "Status")?)?;
        let mut assertion = None;
        while let Some(next) = sequence.next() {
            let carried = if next.is(ASSERTION, "Assertion") {
                Carried::Plain(next)
            } else if next.is(ASSERTION, "EncryptedAssertion") {
                Carried::Encrypted(next)
            } else {
                return Err(refuse(Code::SamlElement, RESPONSE, next));
            };
            if assertion.replace(carried).is_some() {
                return Err(refuse(Code::AmbiguousAssertion, RESPONSE, next));
            }
        }
        Ok(Self {
            element,
            id: id(element, RESPONSE)?,
            in_response_to: element.attribute("InResponseTo"),
            version: required(element, RESPONSE, "Version")?,
            issue_instant: required_time(element, RESPONSE, "IssueInstant")?,
            destination: element.attribute("Destination"),
            consent,
            issuer,
            has_signature,
            status,
            assertion,
        })
    }
}

/// Reads `saml:Issuer`: the entity ID of who made a message (SAML Core 8.3.6).
///
/// # Errors
/// [`Code::SamlAttribute`] for a format that is not that of an entity, or a qualifier;
/// [`Code::SamlValue`] for an empty or overlong name.
pub(super) fn issuer<'d>(element: Element<'d, '_>) -> Result<Cow<'d, str>, Refusal> {
    const ISSUER: &str = "Issuer";
    attributes(element, ISSUER, &["Format"])?;
    match element.attribute("Format") {
        None | Some("urn:oasis:names:tc:SAML:2.0:nameid-format:entity") => text(element, ISSUER),
        Some(_) => Err(refuse(Code::SamlAttribute, ISSUER, element)),
    }
}

/// How a request ended (SAML Core 3.2.2.2): both levels as names of this program. What an identity
/// provider writes beside them is never kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// First level.
    pub top: Top,
    /// Second level, where there is one.
    pub second: Option<Second>,
}

impl Status {
    /// Whether the request succeeded.
    #[must_use]
    pub fn is_success(self) -> bool {
        self.top == Top::Success
    }

    fn read(element: Element<'_, '_>) -> Result<Self, Refusal> {
        const STATUS: &str = "Response/Status";
        attributes(element, STATUS, &[])?;
        let mut sequence = children(element, STATUS)?;
        let code = sequence.required(PROTOCOL, "StatusCode")?;
        if let Some(message) = sequence.optional(PROTOCOL, "StatusMessage") {
            // Free text of any kind; only its place is checked.
            message.text().map_err(|refusal| refusal.within(STATUS, None))?;
        }
        if let Some(detail) = sequence.optional(PROTOCOL, "StatusDetail") {
            opaque(detail, STATUS)?;
        }
        sequence.end()?;
        let (top, inner) = level(code)?;
        let second = match inner {
            None => None,
            Some(inner) => Some(Second::from_uri(level(inner)?.0)),
        };
        let top = Top::from_uri(top).ok_or_else(|| refuse(Code::SamlValue, STATUS, code))?;
        Ok(Self { top, second })
    }
}

// The value of a status code, and the code in it.
fn level<'d, 'a>(code: Element<'d, 'a>) -> Result<(&'d str, Option<Element<'d, 'a>>), Refusal> {
    const CODE: &str = "Response/Status/StatusCode";
    attributes(code, CODE, &["Value"])?;
    let mut sequence = children(code, CODE)?;
    let inner = sequence.optional(PROTOCOL, "StatusCode");
    sequence.end()?;
    Ok((trimmed(required(code, CODE, "Value")?), inner))
}

macro_rules! uris {
    ($(#[$doc:meta])* $name:ident: $($variant:ident => $uri:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", $uri, "`")] $variant,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its URI.
            #[must_use]
            pub const fn uri(self) -> &'static str {
                match self { $(Self::$variant => $uri,)* }
            }

            /// The word of this program for it: the last part of its URI.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)* }
            }
        }
    };
}

uris! {
    /// First level of a status.
    Top:
    Requester => "urn:oasis:names:tc:SAML:2.0:status:Requester";
    Responder => "urn:oasis:names:tc:SAML:2.0:status:Responder";
    Success => "urn:oasis:names:tc:SAML:2.0:status:Success";
    VersionMismatch => "urn:oasis:names:tc:SAML:2.0:status:VersionMismatch";
}

impl Top {
    /// The value of a URI; there is no other.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.uri() == uri)
    }
}

uris! {
    /// Second level of a status.
    Second:
    AuthnFailed => "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed";
    InvalidAttrNameOrValue => "urn:oasis:names:tc:SAML:2.0:status:InvalidAttrNameOrValue";
    InvalidNameIDPolicy => "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy";
    NoAuthnContext => "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext";
    NoAvailableIDP => "urn:oasis:names:tc:SAML:2.0:status:NoAvailableIDP";
    NoPassive => "urn:oasis:names:tc:SAML:2.0:status:NoPassive";
    NoSupportedIDP => "urn:oasis:names:tc:SAML:2.0:status:NoSupportedIDP";
    PartialLogout => "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";
    ProxyCountExceeded => "urn:oasis:names:tc:SAML:2.0:status:ProxyCountExceeded";
    RequestDenied => "urn:oasis:names:tc:SAML:2.0:status:RequestDenied";
    RequestUnsupported => "urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported";
    RequestVersionDeprecated => "urn:oasis:names:tc:SAML:2.0:status:RequestVersionDeprecated";
    RequestVersionTooHigh => "urn:oasis:names:tc:SAML:2.0:status:RequestVersionTooHigh";
    RequestVersionTooLow => "urn:oasis:names:tc:SAML:2.0:status:RequestVersionTooLow";
    ResourceNotRecognized => "urn:oasis:names:tc:SAML:2.0:status:ResourceNotRecognized";
    TooManyResponses => "urn:oasis:names:tc:SAML:2.0:status:TooManyResponses";
    UnknownAttrProfile => "urn:oasis:names:tc:SAML:2.0:status:UnknownAttrProfile";
    UnknownPrincipal => "urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal";
    UnsupportedBinding => "urn:oasis:names:tc:SAML:2.0:status:UnsupportedBinding";
    CancellationByUser => "http://www.bsi.bund.de/ecard/api/1.1/resultminor/sal#cancellationByUser";
    Other => "";
}

impl Second {
    /// The value of a URI. Identity providers may have their own, all of which are [`Self::Other`].
    #[must_use]
    pub fn from_uri(uri: &str) -> Self {
        Self::ALL.iter().copied().find(|one| one.uri() == uri).unwrap_or(Self::Other)
    }
}

uris! {
    /// Whether and how a person consented (SAML Core 8.4).
    Consent:
    CurrentExplicit => "urn:oasis:names:tc:SAML:2.0:consent:current-explicit";
    CurrentImplicit => "urn:oasis:names:tc:SAML:2.0:consent:current-implicit";
    Inapplicable => "urn:oasis:names:tc:SAML:2.0:consent:inapplicable";
    Obtained => "urn:oasis:names:tc:SAML:2.0:consent:obtained";
    Prior => "urn:oasis:names:tc:SAML:2.0:consent:prior";
    Unavailable => "urn:oasis:names:tc:SAML:2.0:consent:unavailable";
    Unspecified => "urn:oasis:names:tc:SAML:2.0:consent:unspecified";
}

impl Consent {
    /// The value of a URI; there is no other.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.uri() == uri)
    }
}

const RESPONSE: &str = "Response";
const ATTRIBUTES: &[&str] =
    &["Consent", "Destination", "ID", "InResponseTo", "IssueInstant", "Version"];
