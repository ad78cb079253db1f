//! Signed requests of the three families, ready to send.

use super::write::Element;
use super::{RequestedLoa, ServiceProvider, bund_id, eid_server, eidas, signature};
use crate::UnixTime;
use crate::expectation::wanted::Wanted;
use crate::identity::Family;
use crate::policy::Policy;
use crate::ports::Random;
use crate::trust::{SamlBinding, SamlIssuer};
use crate::verdict::{Code, Place, Refusal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// A signed `AuthnRequest` (SAML Core 3.4.1), ready to send through the person's browser.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuthnRequest {
    /// How it travels.
    pub binding: SamlBinding,
    /// For HTTP-POST where the form goes; for HTTP-Redirect the whole URL, with its query.
    pub url: String,
    /// For HTTP-POST the value of the form field `SAMLRequest`, base64 without line breaks.
    pub message: Option<String>,
    /// For HTTP-POST the value of the form field `RelayState`. A redirect has it in its query.
    pub relay_state: Option<String>,
}

/// Longest `RelayState`, in bytes (SAML Bindings 3.4.3, 3.5.3).
pub const MAX_RELAY_STATE_LEN: usize = 80;

/// What a request is made from.
pub(crate) struct Ask<'a> {
    pub(crate) service: &'a ServiceProvider,
    pub(crate) issuer: &'a SamlIssuer,
    pub(crate) wanted: &'a Wanted,
    pub(crate) min_loa: RequestedLoa,
    /// What is acceptable; the levels of the answer are read by it.
    pub(crate) policy: &'a Policy,
    pub(crate) id: &'a str,
    pub(crate) relay_state: Option<&'a str>,
    pub(crate) random: &'a dyn Random,
    pub(crate) now: UnixTime,
}

impl AuthnRequest {
    /// Makes and signs the request of a family.
    ///
    /// # Errors
    /// [`Code::MisuseArgument`] for a `RelayState` that is too long or has control characters;
    /// [`Code::IssuerEndpoint`] when the identity provider has no address for the family's binding;
    /// [`Code::IssuerEncryptionKey`] when what it alone may read cannot be encrypted to it;
    /// [`Code::MisuseServiceProvider`] when the settings lack what the family needs;
    /// [`Code::SignerFailed`], [`Code::RandomFailed`].
    pub(crate) fn make(family: Family, ask: &Ask<'_>) -> Result<Self, Refusal> {
        let relayed = |text: &str| {
            (1..=MAX_RELAY_STATE_LEN).contains(&text.len()) && !text.contains(char::is_control)
        };
        if !ask.relay_state.is_none_or(relayed) {
            return Err(Refusal::new(Code::MisuseArgument, Place::part("relay_state")));
        }
        let binding = binding(family)?;
        let url = ask.issuer.sso_location(binding).ok_or(Code::IssuerEndpoint)?;
        let key = ask.service.signing_key(family).ok_or(Code::MisuseServiceProvider)?;
        let request = match binding {
            SamlBinding::HttpPost if family == Family::BundId => bund_id::request(ask, url)?,
            SamlBinding::HttpPost => eidas::request(ask, url)?,
            SamlBinding::HttpRedirect => eid_server::request(ask, url)?,
        };
        match binding {
            SamlBinding::HttpPost => {
                let signed = signature::enveloped(request, 1, Some(ask.id), key)?;
                Ok(Self {
                    binding,
                    url: url.to_owned(),
                    message: Some(STANDARD.encode(signed)),
                    relay_state: ask.relay_state.map(str::to_owned),
                })
            }
            SamlBinding::HttpRedirect => {
                let query = signature::query(&request, ask.relay_state, ask.issuer, key)?;
                let separator = if url.contains('?') { '&' } else { '?' };
                let url = format!("{url}{separator}{query}");
                Ok(Self { binding, url, message: None, relay_state: None })
            }
        }
    }

    /// A page that sends the form of a request by HTTP-POST: at once where scripts may run, else at
    /// the press of its button. `None` for a redirect.
    #[must_use]
    pub fn html(&self) -> Option<String> {
        let message = self.message.as_ref()?;
        let field = |name: &str, value: &str| {
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", attribute(value))
        };
        let mut fields = field("SAMLRequest", message);
        if let Some(relay_state) = &self.relay_state {
            fields.push_str(&field("RelayState", relay_state));
        }
        Some(format!(
            "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Login</title></head>\n\
             <body onload=\"document.forms[0].submit()\">\n\
             <form method=\"post\" action=\"{}\">\n{fields}\
             <button type=\"submit\">Login</button>\n</form>\n</body></html>\n",
            attribute(&self.url)
        ))
    }
}

impl fmt::Debug for AuthnRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthnRequest").field("binding", &self.binding).finish_non_exhaustive()
    }
}

// SAML Core 3.2.1, 3.4.1; what every family's request has. The signature goes behind the issuer.
pub(super) fn authn_request(ask: &Ask<'_>, url: &str) -> Element {
    Element::new("saml2p", "AuthnRequest")
        .attribute("ID", ask.id)
        .attribute("Version", "2.0")
        .attribute("IssueInstant", ask.now.to_string())
        .attribute("Destination", url)
}

pub(super) const UNSPECIFIED_NAME: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

// HTML 13.1.2.3: in double quotes these are all that ends or changes a value.
fn attribute(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
    }
    out
}

// eIDAS and BundID sign the message itself, eID servers the query (TR-03130-1, 4.9.2).
fn binding(family: Family) -> Result<SamlBinding, Refusal> {
    match family {
        Family::BundId | Family::EidasSaml => Ok(SamlBinding::HttpPost),
        Family::EidServer => Ok(SamlBinding::HttpRedirect),
        Family::Certificate | Family::Mdoc | Family::SdJwtVc | Family::WebEid => {
            Err(Refusal::new(Code::MisuseArgument, Place::part("family")))
        }
    }
}
