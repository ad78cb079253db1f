//! Metadata, lists and signers for unit tests.

use super::names::DS;
use super::{MetadataRules, Signers};
use crate::UnixTime;
use crate::crypto::sha256;
use crate::envelope::xml::{Document, Exclusive, Limits, canonicalise};
use crate::pki::Certificate;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eid_broker_maker::cert::{CertificateSpec, Extension, KeyUsage, Name};
use eid_broker_maker::keys::{self, TestKey};

/// 2026-03-01T12:00:00Z.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_772_366_400);
pub(crate) const ENTITY: &str = "https://node.example.fi/ServiceMetadata";
pub(crate) const DAY_S: u64 = 86_400;

/// The signer that is pinned, P-256.
pub(crate) fn signer() -> TestKey {
    keys::other_signer().unwrap()
}

/// Somebody else, P-256.
pub(crate) fn stranger() -> TestKey {
    keys::second_holder().unwrap()
}

/// A self-signed certificate of a key, valid for these days around [`NOW`].
pub(crate) fn certificate(key: &TestKey, from_day: i64, to_day: i64) -> Vec<u8> {
    let name = Name::new("FI", "Test Node");
    let mut spec = CertificateSpec::new(name.clone(), name, key).unwrap();
    (spec.not_before, spec.not_after) = (day(from_day), day(to_day));
    spec.build(key).unwrap()
}

/// A certificate of `key` below the CA of `authority`.
pub(crate) fn certificate_below(key: &TestKey, authority: &TestKey) -> Vec<u8> {
    let (ca, leaf) = (Name::new("FI", "Test CA"), Name::new("FI", "Test Signer"));
    let mut spec = CertificateSpec::new(ca, leaf, key)
        .unwrap()
        .with(Extension::authority_key_identifier(authority))
        .with(Extension::key_usage(true, &[KeyUsage::DigitalSignature]));
    (spec.not_before, spec.not_after) = (day(-50), day(50));
    spec.build(authority).unwrap()
}

/// A CA.
pub(crate) fn authority(key: &TestKey) -> Vec<u8> {
    let name = Name::new("FI", "Test CA");
    let mut spec = CertificateSpec::new(name.clone(), name, key)
        .unwrap()
        .with(Extension::basic_constraints(true, true, None))
        .with(Extension::key_usage(true, &[KeyUsage::KeyCertSign]))
        .with(Extension::subject_key_identifier(key));
    (spec.not_before, spec.not_after) = (day(-100), day(100));
    spec.build(key).unwrap()
}

fn day(day: i64) -> i64 {
    day.saturating_mul(86_400).saturating_add(1_772_366_400)
}

/// The signers that pin [`signer`].
pub(crate) fn pinned() -> Signers {
    let der = certificate(&signer(), -100, 100);
    Signers::pinned(vec![Certificate::parse(&der).unwrap()]).unwrap()
}

pub(crate) fn rules() -> MetadataRules {
    MetadataRules::eidas_node()
}

/// `KeyDescriptor` of a certificate; `attributes` as in ` use="signing"`.
pub(crate) fn key_descriptor(attributes: &str, certificate: &[u8]) -> String {
    let base64 = b64(certificate);
    format!(
        "<md:KeyDescriptor{attributes}><ds:KeyInfo xmlns:ds=\"{DS}\"><ds:X509Data>\
         <ds:X509Certificate>{base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
         </md:KeyDescriptor>"
    )
}

/// The descriptor of the key that signs messages: `pid_signer`, valid 100 days on both sides.
pub(crate) fn message_key() -> String {
    key_descriptor(" use=\"signing\"", &certificate(&keys::pid_signer().unwrap(), -100, 100))
}

/// Unsigned metadata with these key descriptors; `{S}` marks the place of the signature.
pub(crate) fn metadata(valid_until: UnixTime, descriptors: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
         xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
         xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" entityID=\"{ENTITY}\" \
         validUntil=\"{valid_until}\">{{S}}<md:Extensions>\
         <mdattr:EntityAttributes xmlns:mdattr=\"urn:oasis:names:tc:SAML:metadata:attribute\">\
         <saml2:Attribute Name=\"http://eidas.europa.eu/entity-attributes/protocol-version\">\
         <saml2:AttributeValue>1.2</saml2:AttributeValue>\
         <saml2:AttributeValue> 1.4 </saml2:AttributeValue></saml2:Attribute>\
         <saml2:Attribute Name=\"urn:oasis:names:tc:SAML:attribute:assurance-certification\">\
         <saml2:AttributeValue>http://eidas.europa.eu/LoA/high</saml2:AttributeValue>\
         </saml2:Attribute><saml2:Attribute Name=\"http://macedir.org/entity-category\">\
         <saml2:AttributeValue>http://eidas.europa.eu/entity-attributes/termsofaccess/requesterid\
         </saml2:AttributeValue></saml2:Attribute></mdattr:EntityAttributes></md:Extensions>\
         <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <md:Extensions><eidas:NodeCountry xmlns:eidas=\"http://eidas.europa.eu/saml-extensions\">\
         FI</eidas:NodeCountry></md:Extensions>{descriptors}<md:SingleSignOnService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
         Location=\"https://node.example.fi/post\"/><md:SingleSignOnService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" \
         Location=\"https://node.example.fi/redirect\"/><saml2:Attribute \
         Name=\"http://eidas.europa.eu/attributes/naturalperson/PersonIdentifier\"/>\
         </md:IDPSSODescriptor></md:EntityDescriptor>"
    )
}

/// A day of validity, one key.
pub(crate) fn plain() -> String {
    metadata(NOW.plus(DAY_S), &message_key())
}

/// A list with one entry, signed by certificates in `signers`; `{S}` marks the place.
pub(crate) fn service_list(issued: UnixTime, next_update: UnixTime, signers: &[Vec<u8>]) -> String {
    format!(
        "<ser:MetadataServiceList xmlns:ser=\"http://eidas.europa.eu/metadata/servicelist\" \
         IssueDate=\"{issued}\" NextUpdate=\"{next_update}\" Version=\"1.0\">\
         <ser:SchemeInformation/><ser:MetadataList Territory=\"FI\">{}</ser:MetadataList>\
         {{S}}</ser:MetadataServiceList>",
        list_entry("https://node.example.fi/metadata.xml", ENTITY, signers)
    )
}

/// An entry of a list.
pub(crate) fn list_entry(location: &str, entity: &str, signers: &[Vec<u8>]) -> String {
    let certificates: String = signers
        .iter()
        .map(|der| {
            let base64 = b64(der);
            format!("<ds:X509Data><ds:X509Certificate>{base64}</ds:X509Certificate></ds:X509Data>")
        })
        .collect();
    format!(
        "<ser:MetadataLocation Location=\"{location}\"><ser:Endpoint \
         EndpointType=\"http://eidas.europa.eu/metadata/ept/ProxyService\" EntityID=\"{entity}\"/>\
         <ds:KeyInfo xmlns:ds=\"{DS}\">{certificates}</ds:KeyInfo></ser:MetadataLocation>"
    )
}

/// Signs a text at its `{S}` with ECDSA and SHA-256, the reference to the whole document.
pub(crate) fn sign(text: &str, key: &TestKey) -> Vec<u8> {
    sign_with(text, key, "", &[])
}

/// The same with a reference and with certificates in `KeyInfo`.
pub(crate) fn sign_with(text: &str, key: &TestKey, uri: &str, certificates: &[Vec<u8>]) -> Vec<u8> {
    let plain = text.replace("{S}", "");
    let digest = {
        let document = Document::parse(plain.as_bytes(), &Limits::AGGREGATE).unwrap();
        b64(&sha256(&canonicalise(document.root(), &Exclusive::new()).unwrap()))
    };
    let key_info: String = certificates
        .iter()
        .map(|der| format!("<ds:X509Certificate>{}</ds:X509Certificate>", b64(der)))
        .collect();
    let key_info = match certificates {
        [] => String::new(),
        _ => format!("<ds:KeyInfo><ds:X509Data>{key_info}</ds:X509Data></ds:KeyInfo>"),
    };
    let signature = format!(
        "<ds:Signature xmlns:ds=\"{DS}\"><ds:SignedInfo><ds:CanonicalizationMethod \
         Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/><ds:SignatureMethod \
         Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"/><ds:Reference \
         URI=\"{uri}\"><ds:Transforms><ds:Transform \
         Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/><ds:Transform \
         Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms><ds:DigestMethod \
         Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>{digest}\
         </ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>{{V}}\
         </ds:SignatureValue>{key_info}</ds:Signature>"
    );
    let whole = text.replace("{S}", &signature);
    let value = {
        let document = Document::parse(whole.as_bytes(), &Limits::AGGREGATE).unwrap();
        let signature = document.root().children().find(|child| child.is(DS, "Signature")).unwrap();
        let info = signature.children().next().unwrap();
        let octets = canonicalise(info, &Exclusive::new()).unwrap();
        b64(&key.sign_jws(&octets).unwrap())
    };
    whole.replace("{V}", &value).into_bytes()
}

fn b64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
