//! Signs what this broker says in SAML: enveloped in the XML, or over a query string.

use super::SigningKey;
use super::request::Ask;
use super::write::Element;
use crate::crypto::{Alg, Hash};
use crate::envelope::xml::encryption::{ContentEncryption, Sealing, encrypt};
use crate::trust::SamlIssuer;
use crate::verdict::{Code, Refusal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::compress_to_vec;

/// The text of an element with an enveloped signature over it (XML Signature 1.1, 6.6.4).
///
/// * `at`: how many children stand before the signature: 1 in messages, behind the issuer; 0 in
///   metadata (SAML Core 3.2.1; SAML Metadata 2.3.2).
/// * `id`: the value of the element's attribute `ID`; none means the whole document.
pub(super) fn enveloped(
    element: Element,
    at: usize,
    id: Option<&str>,
    key: &SigningKey,
) -> Result<String, Refusal> {
    let (method, hash) = method(key.alg())?;
    // Written in canonical form: what is digested is what is sent, but for the signature.
    let digest = hash.digest(element.write()?.as_bytes());
    let transforms = Element::new("ds", "Transforms")
        .child(algorithm("Transform", "http://www.w3.org/2000/09/xmldsig#enveloped-signature"))
        .child(algorithm("Transform", EXCLUSIVE));
    let reference = Element::new("ds", "Reference")
        .attribute("URI", id.map(|id| format!("#{id}")).unwrap_or_default())
        .child(transforms)
        .child(algorithm("DigestMethod", digest_uri(hash)))
        .child(Element::with_text("ds", "DigestValue", STANDARD.encode(digest)));
    let signed_info = Element::new("ds", "SignedInfo")
        .child(algorithm("CanonicalizationMethod", EXCLUSIVE))
        .child(algorithm("SignatureMethod", method))
        .child(reference);
    // By itself it has the declaration of `ds` that it inherits where it stands.
    let signature = key.sign(signed_info.write()?.as_bytes())?;
    let certificate = STANDARD.encode(key.certificate().der());
    let certificate = Element::with_text("ds", "X509Certificate", certificate);
    let data = Element::new("ds", "X509Data").child(certificate);
    let signature = Element::new("ds", "Signature")
        .child(signed_info)
        .child(Element::with_text("ds", "SignatureValue", STANDARD.encode(signature)))
        .child(Element::new("ds", "KeyInfo").child(data));
    element.with_child_at(at, signature).write()
}

/// The query of HTTP-Redirect, signed (SAML Bindings 3.4.4.1): compressed without header, base64,
/// percent-encoded, in the order that is signed.
pub(super) fn query(
    message: &Element,
    relay_state: Option<&str>,
    issuer: &SamlIssuer,
    key: &SigningKey,
) -> Result<String, Refusal> {
    let (method, _) = method(key.alg())?;
    let message = compress_to_vec(message.write()?.as_bytes(), LEVEL);
    let mut query = format!("SAMLRequest={}", percent(&STANDARD.encode(message)));
    if let Some(relay_state) = relay_state {
        query.push_str("&RelayState=");
        query.push_str(&percent(relay_state));
    }
    query.push_str("&SigAlg=");
    query.push_str(&percent(method));
    let mut signature = key.sign(query.as_bytes())?;
    // Peers that write DER read it, too.
    if issuer.ecdsa_der && matches!(key.alg(), Alg::Es256 | Alg::Es384 | Alg::Es512) {
        signature = der(&signature);
    }
    query.push_str("&Signature=");
    query.push_str(&percent(&STANDARD.encode(signature)));
    Ok(query)
}

/// One element, encrypted to the identity provider.
///
/// Its first usable key is taken; content as it states, else AES-256-GCM (BSI TR-03116-4, 5).
pub(super) fn encrypted(element: &str, ask: &Ask<'_>) -> Result<String, Refusal> {
    let recipient = ask.issuer.encryption.first().ok_or(Code::IssuerEncryptionKey)?;
    let stated = |content: &ContentEncryption| recipient.methods.iter().any(|m| m == content.uri());
    let content = CONTENT.into_iter().find(stated).unwrap_or(ContentEncryption::Aes256Gcm);
    let sealing = Sealing::STANDARD.with_content(content);
    let fill = |out: &mut [u8]| ask.random.fill(out).map_err(|_| Code::RandomFailed);
    let certificate = Some(&recipient.certificate);
    Ok(encrypt(element, &recipient.key, certificate, sealing, &fill)?)
}

fn algorithm(local: &'static str, uri: &str) -> Element {
    Element::new("ds", local).attribute("Algorithm", uri)
}

// RFC 9231, 2.3; XML Signature 1.1, 6.4.
fn method(alg: Alg) -> Result<(&'static str, Hash), Code> {
    Ok(match alg {
        Alg::EdDsa => return Err(Code::AlgNotAllowed),
        Alg::Es256 => ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", Hash::Sha256),
        Alg::Es384 => ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", Hash::Sha384),
        Alg::Es512 => ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", Hash::Sha512),
        Alg::Ps256 => ("http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", Hash::Sha256),
        Alg::Ps384 => ("http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1", Hash::Sha384),
        Alg::Ps512 => ("http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1", Hash::Sha512),
        Alg::Rs256 => ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", Hash::Sha256),
        Alg::Rs384 => ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", Hash::Sha384),
        Alg::Rs512 => ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", Hash::Sha512),
    })
}

const fn digest_uri(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
        Hash::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
        Hash::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
    }
}

// RFC 3986, 2.1: everything but the unreserved characters, in capital letters.
fn percent(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| DIGITS.get(usize::from(value)).map_or('0', |digit| char::from(*digit));
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(digit(byte >> 4));
            out.push(digit(byte & 0x0f));
        }
    }
    out
}

// `r‖s` as ECDSA-Sig-Value (RFC 3279, 2.2.3).
fn der(raw: &[u8]) -> Vec<u8> {
    let (r, s) = raw.split_at(raw.len() / 2);
    value(0x30, &[integer(r), integer(s)].concat())
}

fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = number.get(zeros..).unwrap_or_default();
    let sign = digits.first().is_none_or(|byte| *byte >= 0x80);
    value(0x02, &[if sign { &[0][..] } else { &[] }, digits].concat())
}

// Both numbers of P-521 together are shorter than 256 bytes.
fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = u8::try_from(content.len()).unwrap_or(u8::MAX);
    let long: &[u8] = if len >= 0x80 { &[0x81] } else { &[] };
    [&[tag], long, &[len], content].concat()
}

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

// In this order; without authentication never.
const CONTENT: [ContentEncryption; 3] =
    [ContentEncryption::Aes256Gcm, ContentEncryption::Aes192Gcm, ContentEncryption::Aes128Gcm];

// A request has a few KiB; the default of zlib.
const LEVEL: u8 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_the_unreserved_is_percent_encoded() {
        assert_eq!(percent("aZ09-._~"), "aZ09-._~");
        assert_eq!(percent("a+/=&%#ä\n "), "a%2B%2F%3D%26%25%23%C3%A4%0A%20");
    }

    #[test]
    fn numbers_of_a_signature_are_der_integers() {
        assert_eq!(der(&[0, 1, 0x80, 2]), [0x30, 8, 2, 1, 1, 2, 3, 0, 0x80, 2]);
        let long = der(&[0xff; 132]);
        assert_eq!(&long[..6], &[0x30, 0x81, 138, 2, 67, 0]);
        assert_eq!(long.len(), 141);
    }
}
