//! The HTTP-Redirect binding: a deflated message in a query string that is signed as it stands
//! (SAML Bindings 2.0, 3.4.4.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::deflate::{deflate, inflate};
use super::sign::Signing;
use crate::MakerError;
use crate::der;
use crate::keys::Alg;

/// How a query is written.
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone, Debug)]
pub struct Redirect {
    /// `SAMLRequest` or `SAMLResponse`.
    pub parameter: String,
    /// `RelayState`; `None` leaves it out.
    pub relay_state: Option<String>,
    /// Who signs; `None` leaves signature and algorithm out.
    pub signing: Option<Signing>,
    /// Percent escapes in small letters.
    pub lower_case: bool,
    /// ECDSA signatures in DER.
    pub der: bool,
}

impl Redirect {
    /// A response, signed.
    #[must_use]
    pub fn response(signing: Signing) -> Self {
        Self {
            parameter: "SAMLResponse".to_owned(),
            relay_state: None,
            signing: Some(signing),
            lower_case: false,
            der: false,
        }
    }

    /// With a relay state.
    #[must_use]
    pub fn with_relay_state(mut self, relay_state: &str) -> Self {
        self.relay_state = Some(relay_state.to_owned());
        self
    }

    /// The query string of a message.
    ///
    /// # Errors
    /// As [`Signing::sign_octets`].
    pub fn query(&self, xml: &str) -> Result<String, MakerError> {
        self.query_of(&deflate(xml.as_bytes()))
    }

    /// The query string of a message that is compressed already.
    ///
    /// # Errors
    /// As [`Signing::sign_octets`].
    pub fn query_of(&self, deflated: &[u8]) -> Result<String, MakerError> {
        self.seal(self.unsigned(deflated))
    }

    /// What stands before `SigAlg`.
    #[must_use]
    pub fn unsigned(&self, deflated: &[u8]) -> String {
        let message = self.escape(&STANDARD.encode(deflated));
        let mut query = format!("{}={message}", self.parameter);
        if let Some(relay_state) = &self.relay_state {
            query.push_str(&format!("&RelayState={}", self.escape(relay_state)));
        }
        query
    }

    /// Signs a query as it stands, and puts algorithm and signature behind it.
    ///
    /// # Errors
    /// As [`Signing::sign_octets`].
    pub fn seal(&self, mut query: String) -> Result<String, MakerError> {
        let Some(signing) = &self.signing else { return Ok(query) };
        query.push_str(&format!("&SigAlg={}", self.escape(&signing.method)));
        let mut signature = signing.sign_octets(query.as_bytes())?;
        if self.der && signing.key.alg() != Alg::Rs256 {
            signature = ecdsa_der(&signature);
        }
        query.push_str(&format!("&Signature={}", self.escape(&STANDARD.encode(signature))));
        Ok(query)
    }

    fn escape(&self, text: &str) -> String {
        let mut out = String::new();
        for byte in text.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    out.push(char::from(byte));
                }
                other if self.lower_case => out.push_str(&format!("%{other:02x}")),
                other => out.push_str(&format!("%{other:02X}")),
            }
        }
        out
    }
}

/// The value of a parameter of a query or an address, percent escapes resolved.
#[must_use]
pub fn parameter(query: &str, name: &str) -> Option<String> {
    let query = query.split_once('?').map_or(query, |(_, query)| query);
    let found = query.split('&').find_map(|part| {
        part.split_once('=').filter(|(own, _)| *own == name).map(|(_, value)| value)
    })?;
    let mut parts = found.split('%');
    let mut out = parts.next().unwrap_or_default().replace('+', " ").into_bytes();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        out.push(u8::from_str_radix(digits, 16).ok()?);
        out.extend_from_slice(rest.replace('+', " ").as_bytes());
    }
    String::from_utf8(out).ok()
}

/// The message of a query: the document of `SAMLRequest` or `SAMLResponse`.
///
/// # Errors
/// [`MakerError::Xml`] when there is none, or it is larger than a mebibyte.
pub fn message(query: &str, name: &str) -> Result<String, MakerError> {
    let fail = || MakerError::Xml(name.to_owned());
    let value = parameter(query, name).ok_or_else(fail)?;
    let deflated = STANDARD.decode(value).map_err(|_| fail())?;
    String::from_utf8(inflate(&deflated, 1 << 20)?).map_err(|_| fail())
}

/// `Ecdsa-Sig-Value` of `r||s`.
#[must_use]
pub fn ecdsa_der(fixed: &[u8]) -> Vec<u8> {
    let half = fixed.len().checked_div(2).unwrap_or_default();
    let number = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let bytes = bytes.get(zeros..).unwrap_or_default();
        let sign: &[u8] = if bytes.first().is_none_or(|first| *first > 0x7f) { &[0] } else { &[] };
        der::integer(&[sign, bytes].concat())
    };
    let (r, s) = fixed.split_at_checked(half).unwrap_or_default();
    der::sequence(&[number(r), number(s)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;

    #[test]
    fn a_query_is_read_as_it_was_written() {
        let signing = Signing::new(&keys::saml_eid_server().unwrap(), None);
        let mut redirect = Redirect::response(signing).with_relay_state("a=b&c d");
        for lower_case in [false, true] {
            redirect.lower_case = lower_case;
            let query = redirect.query("<a>ä</a>").unwrap();
            assert_eq!(message(&query, "SAMLResponse").unwrap(), "<a>ä</a>");
            assert_eq!(parameter(&query, "RelayState").unwrap(), "a=b&c d");
            assert_eq!(query.contains("%3D"), !lower_case);
            assert!(parameter(&query, "SAMLRequest").is_none());
        }
    }

    #[test]
    fn the_signature_covers_the_query_up_to_its_algorithm() {
        use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
        let key = keys::saml_eid_server().unwrap();
        let mut redirect = Redirect::response(Signing::new(&key, None));
        redirect.der = true;
        let query = redirect.query("<a/>").unwrap();
        let (signed, _) = query.split_once("&Signature=").unwrap();
        let signature = STANDARD.decode(parameter(&query, "Signature").unwrap()).unwrap();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.public_key());
        assert!(public.verify(signed.as_bytes(), &signature).is_ok());
        assert!(signed.ends_with("%23ecdsa-sha256"));
    }
}
