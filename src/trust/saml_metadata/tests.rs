//! Metadata: what is accepted, and for each attack its code beside the honest document.

use super::fixture::{
    DAY_S, ENTITY, NOW, authority, certificate, certificate_below, key_descriptor, message_key,
    metadata, pinned, plain, rules, sign, sign_with, signer, stranger,
};
use super::{
    MetadataRole, MetadataRules, SamlBinding, SamlMetadata, Signers, Unused, Validity, verify,
};
use crate::UnixTime;
use crate::crypto::{Curve, PublicKey};
use crate::identity::Country;
use crate::pki::Certificate;
use crate::verdict::{Code, Refusal};
use eid_broker_maker::keys::{self, TestKey};

fn ask(octets: &[u8]) -> Result<SamlMetadata, Refusal> {
    verify(octets, &pinned(), ENTITY, &rules(), NOW)
}

// What a text is refused for when the pinned signer signs it.
fn refused(text: &str) -> Code {
    ask(&sign(text, &signer())).unwrap_err().code()
}

fn accepted(text: &str) -> SamlMetadata {
    ask(&sign(text, &signer())).unwrap()
}

fn point(key: &TestKey) -> PublicKey {
    PublicKey::from_point(Curve::P256, key.public_key()).unwrap()
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn what_the_pinned_signer_signed_is_read() {
    let metadata = accepted(&plain());
    let issuer = &metadata.issuer;
    assert_eq!(issuer.entity_id, ENTITY);
    assert_eq!(issuer.signing, [point(&keys::pid_signer().unwrap())]);
    assert!(issuer.encryption.is_empty());
    assert_eq!(issuer.country, Country::parse("FI"));
    assert_eq!(issuer.rule.country, Country::parse("FI"));
    assert_eq!(issuer.protocol_versions, ["1.2", "1.4"]);
    assert_eq!(issuer.highest_version(), Some((1, 4)));
    assert_eq!(issuer.loas, ["http://eidas.europa.eu/LoA/high"]);
    assert!(issuer.requester_id);
    assert_eq!(issuer.sso_location(SamlBinding::HttpPost), Some("https://node.example.fi/post"));
    assert_eq!(
        issuer.sso_location(SamlBinding::HttpRedirect),
        Some("https://node.example.fi/redirect")
    );
    let person = "http://eidas.europa.eu/attributes/naturalperson/PersonIdentifier";
    assert_eq!(issuer.attributes, [person]);
    assert_eq!(metadata.valid_until, Some(NOW.plus(DAY_S)));
    assert_eq!(metadata.cache_duration_s, None);
    assert!(metadata.findings.is_empty());
}

#[test]
fn a_reference_to_the_id_of_the_root_is_as_good() {
    let text = replaced(&plain(), " entityID=", " ID=\"_1\" entityID=");
    assert!(ask(&sign_with(&text, &signer(), "#_1", &[])).is_ok());
    let other = ask(&sign_with(&text, &signer(), "#_2", &[])).unwrap_err();
    assert_eq!(other.code(), Code::SigScope);
}

#[test]
fn nobody_but_a_pinned_signer_signs() {
    let honest = sign(&plain(), &signer());
    assert!(ask(&honest).is_ok());
    // Not signed; signed by another key; by another key whose certificate it brings along; by the
    // key that it publishes.
    let untrusted = Code::MetadataUntrusted;
    assert_eq!(ask(plain().replace("{S}", "").as_bytes()).unwrap_err().code(), untrusted);
    assert_eq!(ask(&sign(&plain(), &stranger())).unwrap_err().code(), untrusted);
    let certificates = [certificate(&stranger(), -100, 100)];
    let brought = sign_with(&plain(), &stranger(), "", &certificates);
    assert_eq!(ask(&brought).unwrap_err().code(), untrusted);
    let own = sign(&plain(), &keys::pid_signer().unwrap());
    assert_eq!(ask(&own).unwrap_err().code(), untrusted);
    // A wrong value is no other refusal than an unknown key.
    let text = String::from_utf8(honest).unwrap();
    let at = text.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let mut flipped = text.clone().into_bytes();
    flipped[at] = if flipped[at] == b'A' { b'B' } else { b'A' };
    assert_eq!(ask(&flipped).unwrap_err().code(), untrusted);
}

#[test]
fn what_was_changed_after_signing_is_refused() {
    let text = String::from_utf8(sign(&plain(), &signer())).unwrap();
    for (from, to) in [
        ("https://node.example.fi/post", "https://evil.example.fi/post"),
        (">FI<", ">SE<"),
        ("validUntil=\"2026", "validUntil=\"2027"),
    ] {
        let code = ask(replaced(&text, from, to).as_bytes()).unwrap_err().code();
        assert_eq!(code, Code::DigestMismatch, "{to}");
    }
}

#[test]
fn the_signers_certificate_must_be_valid() {
    let octets = sign(&plain(), &signer());
    let at = |from, to| {
        let der = certificate(&signer(), from, to);
        let signers = Signers::pinned(vec![Certificate::parse(&der).unwrap()]).unwrap();
        verify(&octets, &signers, ENTITY, &rules(), NOW).map(drop).map_err(|r| r.code())
    };
    assert_eq!(at(-100, 0), Ok(()));
    assert_eq!(at(-100, -1), Err(Code::ChainExpired));
    assert_eq!(at(1, 100), Err(Code::ChainNotYetValid));
    // Two certificates of one key: either will do.
    let both = [certificate(&signer(), -100, -50), certificate(&signer(), -10, 10)];
    let both = both.iter().map(|der| Certificate::parse(der).unwrap()).collect();
    assert!(verify(&octets, &Signers::pinned(both).unwrap(), ENTITY, &rules(), NOW).is_ok());
}

#[test]
fn validity_counts_to_the_second() {
    let until = |valid_until: UnixTime| {
        let text = metadata(valid_until, &message_key());
        ask(&sign(&text, &signer())).map(drop).map_err(|refusal| refusal.code())
    };
    let max_s = u64::from(rules().max_validity_s);
    assert_eq!(until(NOW.plus(1)), Ok(()));
    assert_eq!(until(NOW), Err(Code::MetadataExpired));
    assert_eq!(until(NOW.minus(DAY_S)), Err(Code::MetadataExpired));
    assert_eq!(until(NOW.plus(max_s)), Ok(()));
    assert_eq!(until(NOW.plus(max_s + 1)), Err(Code::MetadataValidity));
}

#[test]
fn without_an_end_that_can_be_read_nothing_is_believed() {
    let stated = format!(" validUntil=\"{}\"", NOW.plus(DAY_S));
    let without = replaced(&plain(), &stated, "");
    assert_eq!(refused(&without), Code::MetadataValidity);
    for bad in ["2026-03-02T12:00:00", "2026-03-02", "tomorrow", ""] {
        let text = replaced(&plain(), &stated, &format!(" validUntil=\"{bad}\""));
        assert_eq!(refused(&text), Code::MetadataValidity, "{bad:?}");
    }
    let mut bounded = rules();
    bounded.validity = Validity::BoundedElsewhere;
    let octets = sign(&without, &signer());
    assert!(verify(&octets, &pinned(), ENTITY, &bounded, NOW).is_ok());
    // The end of the role counts as well.
    let role = format!("<md:IDPSSODescriptor validUntil=\"{NOW}\" ");
    let text = replaced(&plain(), "<md:IDPSSODescriptor ", &role);
    assert_eq!(refused(&text), Code::MetadataExpired);
}

#[test]
fn a_cache_duration_is_read_and_never_refuses() {
    let with = |duration: &str| {
        let attribute = format!(" cacheDuration=\"{duration}\" entityID=");
        accepted(&replaced(&plain(), " entityID=", &attribute))
    };
    assert_eq!(with("PT1H").cache_duration_s, Some(3600));
    let odd = with("soon");
    assert_eq!(odd.cache_duration_s, None);
    assert_eq!(odd.findings.iter().map(|f| f.what).collect::<Vec<_>>(), [Unused::CacheDuration]);
}

#[test]
fn the_entity_must_be_the_wanted_one() {
    let octets = sign(&plain(), &signer());
    let ask = |entity: &str| verify(&octets, &pinned(), entity, &rules(), NOW);
    assert!(ask(ENTITY).is_ok());
    for other in ["https://node.example.fi/servicemetadata", "", "https://node.example.fi"] {
        assert_eq!(ask(other).unwrap_err().code(), Code::MetadataEntity, "{other}");
    }
}

#[test]
fn the_role_must_be_there_once_and_speak_saml_2() {
    let role = "<md:IDPSSODescriptor protocolSupportEnumeration=\
                \"urn:oasis:names:tc:SAML:2.0:protocol\"/>";
    let twice =
        replaced(&plain(), "</md:EntityDescriptor>", &format!("{role}</md:EntityDescriptor>"));
    assert_eq!(refused(&twice), Code::MetadataRole);
    let connector = plain().replace("IDPSSODescriptor", "SPSSODescriptor");
    assert_eq!(refused(&connector), Code::MetadataRole);
    let mut as_connector = rules();
    as_connector.role = MetadataRole::ServiceProvider;
    let octets = sign(&connector, &signer());
    assert!(verify(&octets, &pinned(), ENTITY, &as_connector, NOW).is_ok());
    let old = replaced(&plain(), "SAML:2.0:protocol", "SAML:1.1:protocol");
    assert_eq!(refused(&old), Code::MetadataRole);
    let both = replaced(
        &plain(),
        "=\"urn:oasis:names:tc:SAML:2.0:protocol",
        "=\"urn:x  urn:oasis:names:tc:SAML:2.0:protocol",
    );
    accepted(&both);
}

#[test]
fn a_key_must_say_what_it_is_for() {
    let other = certificate(&keys::holder().unwrap(), -100, 100);
    let with =
        |attributes: &str| format!("{}{}", message_key(), key_descriptor(attributes, &other));
    let found = |attributes: &str| {
        let metadata = accepted(&metadata(NOW.plus(DAY_S), &with(attributes)));
        let findings: Vec<_> = metadata.findings.iter().map(|f| (f.what, f.index)).collect();
        (metadata.issuer.signing.len(), metadata.issuer.encryption.len(), findings)
    };
    assert_eq!(found(" use=\"signing\""), (2, 0, vec![]));
    assert_eq!(found(" use=\"encryption\""), (1, 1, vec![]));
    assert_eq!(found(""), (1, 0, vec![(Unused::KeyUseMissing, 1)]));
    assert_eq!(found(" use=\"Signing\""), (1, 0, vec![(Unused::KeyUseUnknown, 1)]));
    // No key that signs is left.
    for attributes in ["", " use=\"encryption\"", " use=\"any\""] {
        let text = metadata(NOW.plus(DAY_S), &key_descriptor(attributes, &other));
        assert_eq!(refused(&text), Code::MetadataKeyUse, "{attributes}");
    }
    assert_eq!(refused(&metadata(NOW.plus(DAY_S), "")), Code::MetadataKeyUse);
}

#[test]
fn a_key_that_signs_never_decrypts() {
    let encryption =
        key_descriptor(" use=\"encryption\"", &certificate(&keys::pid_signer().unwrap(), -50, 50));
    let text = metadata(NOW.plus(DAY_S), &format!("{}{encryption}", message_key()));
    let metadata = accepted(&text);
    assert_eq!((metadata.issuer.signing.len(), metadata.issuer.encryption.len()), (1, 0));
    assert_eq!(metadata.findings[0].what, Unused::KeyShared);
}

#[test]
fn old_and_new_key_hold_during_a_roll_over_and_a_removed_key_does_not() {
    let key = |key: &TestKey| key_descriptor(" use=\"signing\"", &certificate(key, -100, 100));
    let (old, new) = (keys::pid_signer().unwrap(), keys::holder().unwrap());
    let signing =
        |descriptors: &str| accepted(&metadata(NOW.plus(DAY_S), descriptors)).issuer.signing;
    assert_eq!(signing(&key(&old)), [point(&old)]);
    assert_eq!(signing(&format!("{}{}", key(&old), key(&new))), [point(&old), point(&new)]);
    assert_eq!(signing(&key(&new)), [point(&new)]);
}

#[test]
fn keys_end_with_their_certificates() {
    let key = |from, to| {
        let der = certificate(&keys::pid_signer().unwrap(), from, to);
        metadata(NOW.plus(DAY_S), &key_descriptor(" use=\"signing\"", &der))
    };
    accepted(&key(-1, 1));
    for (from, to) in [(-2, -1), (1, 2)] {
        assert_eq!(refused(&key(from, to)), Code::MetadataKeyUse);
    }
}

#[test]
fn keys_below_the_limits_taint_the_document() {
    let weak = certificate(&keys::card_be().unwrap(), -100, 100);
    let roca = certificate(&keys::card_roca().unwrap(), -100, 100);
    for (der, code) in [(&weak, Code::KeyWeak), (&roca, Code::KeyRoca)] {
        for attributes in [" use=\"signing\"", " use=\"encryption\"", ""] {
            let keys = format!("{}{}", message_key(), key_descriptor(attributes, der));
            assert_eq!(refused(&metadata(NOW.plus(DAY_S), &keys)), code, "{attributes}");
        }
    }
    let keys = format!("{}{}", message_key(), key_descriptor(" use=\"encryption\"", &weak));
    let octets = sign(&metadata(NOW.plus(DAY_S), &keys), &signer());
    let rules = MetadataRules { min_rsa_bits: 2048, ..rules() };
    assert!(verify(&octets, &pinned(), ENTITY, &rules, NOW).is_ok());
}

#[test]
fn a_key_that_cannot_be_used_is_a_finding() {
    let found = |descriptor: &str| {
        let keys = format!("{}{descriptor}", message_key());
        let metadata = accepted(&metadata(NOW.plus(DAY_S), &keys));
        assert_eq!(metadata.issuer.signing.len(), 1);
        metadata.findings[0].what
    };
    let ed25519 = certificate(&keys::pid_signer_eddsa().unwrap(), -100, 100);
    let unsupported = Unused::KeyUnusable(Code::KeyUnsupported);
    assert_eq!(found(&key_descriptor(" use=\"signing\"", &ed25519)), unsupported);
    let malformed = Unused::KeyUnusable(Code::CertMalformed);
    assert_eq!(found(&key_descriptor(" use=\"signing\"", b"0\x03abc")), malformed);
    let descriptor = key_descriptor(" use=\"signing\"", &ed25519);
    let start = descriptor.find("<ds:X509Certificate>").unwrap();
    let end = descriptor.find("</ds:X509Data>").unwrap();
    let certificate = descriptor.get(start..end).unwrap();
    assert_eq!(found(&descriptor.replace(certificate, "")), Unused::KeyWithoutCertificate);
    let twice = descriptor.replace(certificate, &certificate.repeat(2));
    assert_eq!(found(&twice), Unused::KeyAmbiguous);
}

#[test]
fn more_keys_than_messages_are_tried_with_are_refused() {
    let key = |key: TestKey| key_descriptor(" use=\"signing\"", &certificate(&key, -100, 100));
    let all: Vec<String> =
        [keys::pid_signer(), keys::holder(), keys::pid_ca(), keys::other_ca(), keys::card_p256()]
            .into_iter()
            .map(|each| key(each.unwrap()))
            .collect();
    let four = accepted(&metadata(NOW.plus(DAY_S), &all[..4].concat()));
    assert_eq!(four.issuer.signing.len(), 4);
    assert_eq!(refused(&metadata(NOW.plus(DAY_S), &all.concat())), Code::LimitCount);
    assert_eq!(refused(&metadata(NOW.plus(DAY_S), &all[0].repeat(17))), Code::LimitCount);
}

#[test]
fn the_country_must_be_one_and_the_configured_one() {
    let element = "<eidas:NodeCountry xmlns:eidas=\"http://eidas.europa.eu/saml-extensions\">FI\
                   </eidas:NodeCountry>";
    let without = replaced(&plain(), element, "");
    for (text, configured, result) in [
        (plain(), None, Ok("FI")),
        (plain(), Some("FI"), Ok("FI")),
        (plain(), Some("SE"), Err(Code::MetadataCountry)),
        (without.clone(), Some("SE"), Ok("SE")),
        (without, None, Err(Code::MetadataCountry)),
        (replaced(&plain(), element, &element.repeat(2)), None, Err(Code::MetadataCountry)),
        (replaced(&plain(), ">FI<", ">FIN<"), None, Err(Code::MetadataCountry)),
        (replaced(&plain(), ">FI<", ">fi<"), None, Err(Code::MetadataCountry)),
        (replaced(&plain(), ">FI<", ">\n FI\t<"), None, Ok("FI")),
    ] {
        let rules = MetadataRules { country: configured.and_then(Country::parse), ..rules() };
        let found = verify(&sign(&text, &signer()), &pinned(), ENTITY, &rules, NOW);
        let found = found.map(|metadata| metadata.issuer.country.unwrap());
        let found = found.map_err(|refusal| refusal.code());
        assert_eq!(found, result.map(|country| Country::parse(country).unwrap()));
    }
}

#[test]
fn only_https_locations_are_used() {
    for bad in ["http://node.example.fi/post", "javascript:alert(1)", "", "//node.example.fi/"] {
        let metadata = accepted(&replaced(&plain(), "https://node.example.fi/post", bad));
        assert_eq!(metadata.issuer.sso_location(SamlBinding::HttpPost), None, "{bad}");
        assert_eq!(metadata.findings[0].what, Unused::Location);
    }
}

#[test]
fn entity_attributes_have_few_values() {
    let with = |count: usize| {
        let value = "<saml2:AttributeValue>1.1</saml2:AttributeValue>".repeat(count);
        let attribute = format!(
            "<saml2:Attribute Name=\"http://eidas.europa.eu/entity-attributes/protocol-version\">\
             {value}</saml2:Attribute>"
        );
        // In many attributes of the same name as well.
        let end = "</mdattr:EntityAttributes>";
        replaced(&plain(), end, &format!("{}{end}", attribute.repeat(2)))
    };
    // Four are there already.
    assert_eq!(accepted(&with(126)).issuer.protocol_versions, ["1.2", "1.4", "1.1"]);
    assert_eq!(refused(&with(127)), Code::LimitCount);
}

#[test]
fn what_is_no_version_is_not_used() {
    let metadata = accepted(&replaced(&plain(), "> 1.4 <", ">latest<"));
    assert_eq!(metadata.issuer.protocol_versions, ["1.2"]);
    assert_eq!(metadata.findings[0].what, Unused::ProtocolVersion);
}

// An aggregate around texts, itself with a place for a signature.
fn aggregate(inner: &[&str]) -> String {
    let inner: String = inner.iter().map(|text| text.replace("{S}", "")).collect();
    format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{{S}}{inner}\
         </md:EntitiesDescriptor>"
    )
}

#[test]
fn of_an_aggregate_the_outer_signature_counts_and_one_entity() {
    let other = plain().replace(ENTITY, "https://node.example.se/ServiceMetadata");
    let metadata = accepted(&aggregate(&[&other, &plain()]));
    assert_eq!(metadata.issuer.entity_id, ENTITY);
    assert_eq!(refused(&aggregate(&[&plain(), &plain()])), Code::MetadataEntity);
    assert_eq!(refused(&aggregate(&[&other])), Code::MetadataEntity);
    assert_eq!(refused(&aggregate(&[])), Code::MetadataEntity);
    let nested = aggregate(&[&aggregate(&[&plain()])]);
    assert_eq!(accepted(&nested).issuer.entity_id, ENTITY);
    // The end of the outer element is the end of all.
    let ended = replaced(
        &nested,
        "<md:EntitiesDescriptor",
        &format!("<md:EntitiesDescriptor validUntil=\"{NOW}\""),
    );
    assert_eq!(refused(&ended), Code::MetadataExpired);
}

#[test]
fn a_signed_child_of_an_unsigned_aggregate_is_nothing() {
    let signed = String::from_utf8(sign(&plain(), &signer())).unwrap();
    let around = |inner: &str| {
        format!(
            "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{inner}\
             </md:EntitiesDescriptor>"
        )
    };
    assert!(ask(signed.as_bytes()).is_ok());
    let code = ask(around(&signed).as_bytes()).unwrap_err().code();
    assert_eq!(code, Code::MetadataUntrusted);
    let evil = plain().replace("{S}", "").replace("node.example.fi/post", "evil.example.fi/post");
    let code = ask(around(&format!("{evil}{signed}")).as_bytes()).unwrap_err().code();
    assert_eq!(code, Code::MetadataUntrusted);
}

#[test]
fn a_wrapped_entity_is_nothing() {
    // The signature of the genuine entity under an evil root, which holds the genuine one.
    let text = replaced(&plain(), " entityID=", " ID=\"_1\" entityID=");
    let genuine = String::from_utf8(sign_with(&text, &signer(), "#_1", &[])).unwrap();
    assert!(ask(genuine.as_bytes()).is_ok());
    let start = genuine.find("<ds:Signature").unwrap();
    let end = genuine.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = genuine.get(start..end).unwrap();
    let inner = genuine.replace(signature, "");
    let evil = replaced(&plain(), "node.example.fi/post", "evil.example.fi/post");
    let evil = replaced(
        &evil,
        "</mdattr:EntityAttributes>",
        &format!("</mdattr:EntityAttributes>{inner}"),
    );
    let wrapped = evil.replace("{S}", signature);
    assert_eq!(ask(wrapped.as_bytes()).unwrap_err().code(), Code::SigScope);
    // The same with the ID of the genuine one on the evil root.
    let twice = replaced(&wrapped, " entityID=", " ID=\"_1\" entityID=");
    assert_eq!(ask(twice.as_bytes()).unwrap_err().code(), Code::AmbiguousId);
}

#[test]
fn a_signature_elsewhere_is_refused() {
    let text = String::from_utf8(sign(&plain(), &signer())).unwrap();
    let start = text.find("<ds:Signature").unwrap();
    let end = text.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = text.get(start..end).unwrap().to_owned();
    // In a role, signed with the rest: whose word would it be?
    let nested =
        plain().replace("<md:SingleSignOnService", &format!("{signature}<md:SingleSignOnService"));
    assert_eq!(refused(&nested), Code::MetadataStructure);
    // Not the first child.
    let late = replaced(&plain(), "{S}", "");
    let late = replaced(&late, "</md:EntityDescriptor>", "{S}</md:EntityDescriptor>");
    assert_eq!(refused(&late), Code::SigScope);
    // Two of them.
    let two = replaced(&text, &signature, &signature.repeat(2));
    assert_eq!(ask(two.as_bytes()).unwrap_err().code(), Code::AmbiguousSignature);
}

#[test]
fn other_documents_are_refused() {
    for text in [
        "<md:EntityDescriptor xmlns:md=\"urn:x\">{S}</md:EntityDescriptor>",
        "<EntityDescriptor>{S}</EntityDescriptor>",
        "<md:IDPSSODescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{S}\
         </md:IDPSSODescriptor>",
    ] {
        assert_eq!(refused(text), Code::MetadataStructure, "{text}");
    }
    for (text, code) in
        [("", Code::XmlMalformed), ("<!DOCTYPE a><a/>", Code::XmlDtd), ("{}", Code::XmlMalformed)]
    {
        assert_eq!(ask(text.as_bytes()).unwrap_err().code(), code, "{text}");
    }
    let unknown = replaced(&plain(), "<md:IDPSSODescriptor", "<md:Other/><md:IDPSSODescriptor");
    assert_eq!(refused(&unknown), Code::MetadataStructure);
    let text = replaced(&plain(), "<md:IDPSSODescriptor", "text<md:IDPSSODescriptor");
    assert_eq!(refused(&text), Code::MetadataStructure);
    let pi = replaced(&plain(), "<md:IDPSSODescriptor", "<?a b?><md:IDPSSODescriptor");
    assert_eq!(refused(&pi), Code::XmlInstruction);
    // A comment between elements is not signed and not read.
    let comment = replaced(&plain(), "<md:IDPSSODescriptor", "<!-- x --><md:IDPSSODescriptor");
    accepted(&comment);
}

#[test]
fn an_entity_has_less_room_than_an_aggregate() {
    let people = "<md:ContactPerson contactType=\"other\"/>".repeat(14_000);
    let end = "</md:EntityDescriptor>";
    let long = replaced(&plain(), end, &format!("{people}{end}"));
    assert_eq!(refused(&long), Code::LimitSize);
    accepted(&aggregate(&[&long]));
}

#[test]
fn a_signer_below_a_pinned_authority_signs() {
    let (ca, leaf) = (keys::other_ca().unwrap(), signer());
    let ca_der = authority(&ca);
    let below = || Signers::below(vec![Certificate::parse(&ca_der).unwrap()]).unwrap();
    let leaf_der = certificate_below(&leaf, &ca);
    let ask = |key: &TestKey, brought: &[Vec<u8>], now| {
        let octets = sign_with(&metadata(now, &message_key()), key, "", brought);
        verify(&octets, &below(), ENTITY, &rules(), NOW).map(drop).map_err(|r| r.code())
    };
    let soon = NOW.plus(DAY_S);
    let other = authority(&keys::pid_ca().unwrap());
    assert_eq!(ask(&leaf, std::slice::from_ref(&leaf_der), soon), Ok(()));
    assert_eq!(ask(&leaf, &[ca_der.clone(), leaf_der.clone(), other], soon), Ok(()));
    // Without the chain nobody knows who it is; with the chain of another, the key is not his; the
    // authority itself signs no metadata; a self-made chain of the same names leads nowhere.
    let untrusted = Err(Code::MetadataUntrusted);
    assert_eq!(ask(&leaf, &[], soon), untrusted);
    assert_eq!(ask(&stranger(), std::slice::from_ref(&leaf_der), soon), untrusted);
    assert_eq!(ask(&ca, std::slice::from_ref(&ca_der), soon), untrusted);
    let forged = certificate_below(&stranger(), &keys::pid_ca().unwrap());
    let forged_ca = authority(&keys::pid_ca().unwrap());
    assert_eq!(ask(&stranger(), &[forged, forged_ca], soon), untrusted);
    // The chain must be valid at the time of the check.
    let octets = sign_with(&metadata(NOW.plus(61 * DAY_S), &message_key()), &leaf, "", &[leaf_der]);
    let late = verify(&octets, &below(), ENTITY, &rules(), NOW.plus(60 * DAY_S)).unwrap_err();
    assert_eq!(late.code(), Code::ChainExpired);
}

#[test]
fn a_signer_below_the_limits_is_refused() {
    let weak = Certificate::parse(&certificate(&keys::card_be().unwrap(), -100, 100)).unwrap();
    let octets = sign(&plain(), &signer());
    let signers = Signers::pinned(vec![weak]).unwrap();
    let refusal = verify(&octets, &signers, ENTITY, &rules(), NOW).unwrap_err();
    // No key was tried: that says more than that none fits.
    assert_eq!(refusal.code(), Code::KeyWeak);
    let five =
        [keys::pid_signer(), keys::holder(), keys::pid_ca(), keys::other_ca(), keys::card_p256()];
    let five = five.map(|key| Certificate::parse(&certificate(&key.unwrap(), -1, 1)).unwrap());
    assert_eq!(Signers::pinned(five.to_vec()).unwrap_err().code(), Code::LimitCount);
    assert_eq!(Signers::below(five.to_vec()).unwrap_err().code(), Code::LimitCount);
}

#[test]
fn every_flipped_bit_is_refused_or_changes_nothing() {
    let octets = sign(&plain(), &signer());
    let honest = ask(&octets).unwrap();
    for at in 0..octets.len() {
        let mut flipped = octets.clone();
        flipped[at] ^= 1;
        if let Ok(metadata) = ask(&flipped) {
            assert_eq!(metadata.signed_sha256, honest.signed_sha256, "byte {at}");
        }
    }
}

// Documents with bad keys of another project, unsigned there; signed here, so that only the keys
// stand against them.
#[cfg(feature = "openssl")]
#[test]
fn keys_that_were_made_to_be_refused_are_refused() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/corpus/saml/eidas-middleware");
    if !folder.exists() {
        eprintln!("{} is absent; nothing was run", folder.display());
        return;
    }
    let der = certificate(&signer(), -1000, 100);
    let signers = Signers::pinned(vec![Certificate::parse(&der).unwrap()]).unwrap();
    let mut rules = MetadataRules::general();
    rules.role = MetadataRole::ServiceProvider;
    // 2024-12-01T00:00:00Z, before the ends of the documents.
    let now = UnixTime::from_secs(1_733_011_200);
    for (file, port, expected) in [
        ("metadata-9443.xml", 9443, None),
        ("metadata-9444-explicit-sign.xml", 9444, Some(Code::KeyExplicitParameters)),
        ("metadata-9444-shortcrypt-rsa.xml", 9444, Some(Code::KeyWeak)),
        // On a curve that this library does not have, so that no key remains.
        ("metadata-9444-shortsign-ec.xml", 9444, Some(Code::MetadataKeyUse)),
        ("metadata-9444-shortsign-rsa.xml", 9444, Some(Code::KeyWeak)),
    ] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        // The signature of the honest one is taken out.
        let text = match text.split_once("<ds:Signature ") {
            Some((before, rest)) => {
                format!("{before}{}", rest.split_once("</ds:Signature>").unwrap().1)
            }
            None => text,
        };
        let text = replaced(&text, "<md:Extensions>", "{S}<md:Extensions>");
        let octets = sign_with(&text, &signer(), "#eIDASSAMLDemo", &[]);
        let entity = format!("https://localhost:{port}/eIDASDemoApplication/Metadata");
        let code = verify(&octets, &signers, &entity, &rules, now).err().map(|r| r.code());
        assert_eq!(code, expected, "{file}");
    }
}
