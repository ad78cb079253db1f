//! Results of German eID servers: the corpus `synthetic-a`, read in place, and results made here. Each
//! refusal stands beside what is accepted.

#![cfg(test)]
#![cfg(feature = "openssl")]

mod saml_desk;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eid_broker::Identity;
use eid_broker::crypto::PublicKey;
use eid_broker::envelope::xml::encryption::{Sealing, encrypt};
use eid_broker::identity::{
    AttributeName, AttributeValue, Family, IdentifierKind, LevelOfAssurance,
};
use eid_broker::pki::{AlgorithmRules, PathCache, RecipientKey, parse_public_key};
use eid_broker::verdict::{Code, Detail};
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::{X509Builder, X509NameBuilder};
use saml_desk::{Desk, at, pinned, policy, service, substantial, trust};
use std::path::PathBuf;
use std::sync::LazyLock;

// --- the corpus ----------------------------------------------------------------------------------

fn read(path: &str) -> Option<Vec<u8>> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/saml/synthetic-a");
    std::fs::read(folder.join(path)).ok()
}

fn manifest() -> Option<serde_json::Value> {
    let text = read("manifest.json");
    if text.is_none() {
        eprintln!("ABSENT: the corpus synthetic-a is not there; nothing is tested");
    }
    serde_json::from_slice(&text?).ok()
}

const POLICY: &str = "name = \"p\"\nversion = 1\nleeway_s = 0\n[eid_server]\nloa = \"high\"\n\
    notified = true\n";

// An issuer has at most four keys at a time: two desks, one for each half of the trusted keys.
fn corpus_desks() -> Option<[Desk; 2]> {
    let manifest = manifest()?;
    let text = |key: &str| manifest[key].as_str().unwrap().to_owned();
    let halves = [["rsa2048", "rsa3072", "p256", "p384"], ["p521", "bp256", "bp384", "bp512"]];
    Some(halves.map(|half| {
        let names = half.map(|name| format!("keys/idp-{name}.crt.pem"));
        let files: Vec<(&str, Vec<u8>)> =
            names.iter().map(|name| (name.as_str(), read(name).unwrap())).collect();
        let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        let issuer = text("expected_issuer");
        let source = pinned("eid-server", &issuer, &names, "country = \"DE\"\n");
        let keys = ["sp-enc-rsa3072", "sp-enc-p256", "sp-enc-bp256"].map(|name| {
            let pem = String::from_utf8(read(&format!("keys/{name}.key.pem")).unwrap()).unwrap();
            let der = eid_broker_maker::keys::pem_to_der(&pem).unwrap();
            RecipientKey::from_der(&der).unwrap()
        });
        Desk {
            family: Family::EidServer,
            policy: policy(POLICY),
            trust: trust(&source, &files),
            service: service(&text("sp_entity_id"), &text("acs_url"), keys.into()),
            paths: PathCache::new(1),
            issuer,
            request: text("request_id"),
            min_loa: substantial(),
            client_address: None,
            now: at(&text("verifier_time")),
        }
    }))
}

// Accepted when the half that has the key accepts; otherwise the code of the half that got further.
fn ask(desks: &[Desk; 2], token: &[u8]) -> Result<Identity, Code> {
    match (desks[0].ask(token), desks[1].ask(token)) {
        (Ok(identity), _) | (_, Ok(identity)) => Ok(identity),
        (Err(Code::SigInvalid), Err(code)) | (Err(code), Err(_)) => Err(code),
    }
}

#[test]
fn every_query_of_the_corpus_gets_the_verdict_of_the_manifest() {
    let Some(manifest) = manifest() else { return };
    let desks = corpus_desks().unwrap();
    let documents = manifest["documents"].as_array().unwrap();
    let mut seen = 0;
    for document in documents.iter().filter(|one| one["profile"] == "tr03130") {
        let file = document["file"].as_str().unwrap();
        let got = ask(&desks, &read(file).unwrap());
        match document["verdict"].as_str().unwrap() {
            "accept" => assert!(got.is_ok(), "{file}: {got:?}"),
            "refuse" => assert!(got.is_err(), "{file}"),
            other => panic!("{other}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 21);
}

#[test]
fn each_refusal_of_the_corpus_has_its_own_reason() {
    let Some(desks) = corpus_desks() else { return };
    for (name, code) in [
        ("r10-signature-missing", Code::SigMissing),
        ("r11-relaystate-added", Code::SigInvalid),
        ("r12-signature-altered", Code::SigInvalid),
        ("r13-sigalg-swapped", Code::SigInvalid),
        ("r14-duplicate-samlresponse", Code::AmbiguousParameter),
        ("r15-attacker-key", Code::SigInvalid),
        ("r16-rsa-sha1", Code::AlgNotAllowed),
        ("r17-plain-assertion", Code::EncryptionMissing),
        ("r18-no-onetimeuse", Code::ConditionMissing),
        ("r19-lifetime-over-5min", Code::TimeLifetime),
        ("r20-documentvalidity-revoked", Code::DocumentInvalid),
        ("r21-documentvalidity-missing", Code::DocumentUnknown),
        ("r22-address-missing", Code::ConfirmationAddress),
        ("r23-wrong-audience", Code::AudienceMismatch),
        ("r24-wrong-inresponseto", Code::RequestResponse),
        ("r25-deflate-bomb", Code::LimitSize),
        ("r26-zlib-header", Code::RedirectDeflate),
    ] {
        let token = read(&format!("redirect/{name}.query")).unwrap();
        assert_eq!(ask(&desks, &token).err(), Some(code), "{name}");
    }
    let revoked = read("redirect/r20-documentvalidity-revoked.query").unwrap();
    assert_eq!(desks[0].detail(&revoked), Detail::Name("revoked"));
}

#[test]
fn the_identity_is_what_the_card_said() {
    let Some(desks) = corpus_desks() else { return };
    for name in
        ["r01-pss-sha256", "r02-ecdsa-p256", "r03-ecdsa-bp256-relaystate", "r04-lowercase-percent"]
    {
        let token = read(&format!("redirect/{name}.query")).unwrap();
        let identity = ask(&desks, &token).unwrap();
        assert_eq!(text(&identity, AttributeName::GivenName), "ERIKA");
        assert_eq!(text(&identity, AttributeName::FamilyName), "MUSTERMANN");
        assert_eq!(text(&identity, AttributeName::Birthdate), "1964-08-12");
        assert_eq!(text(&identity, AttributeName::DocumentType), "ID");
        assert!(identity.attribute(AttributeName::BirthFamilyName).is_none());
        let identifier = identity.identifier().unwrap();
        assert_eq!(identifier.kind(), IdentifierKind::DeRestrictedId);
        assert_eq!(
            identifier.value(),
            "https://broker.example.test/saml/metadata\n\
             01A4FB509CEBC6595151A4FB5F9C75C6FE01A4FB59CB655A4FB5F9C75C6FEE01"
        );
        assert_eq!(identity.loa().uri(), "http://eidas.europa.eu/LoA/high");
        assert_eq!(identity.provenance().issuing_country.as_str(), "DE");
        let statement = identity.statement().unwrap();
        assert_eq!(statement.issuer.as_ref(), desks[0].issuer);
    }
}

#[test]
fn no_changed_bit_of_a_query_changes_the_verdict_but_to_a_refusal() {
    let Some(desks) = corpus_desks() else { return };
    let honest = read("redirect/r02-ecdsa-p256.query").unwrap();
    let whole = shown(&desks[0].ask(&honest).unwrap());
    let mut changed = honest.clone();
    for at in 0..honest.len() {
        changed[at] ^= 1 << (at % 8);
        if let Ok(identity) = desks[0].ask(&changed) {
            assert_eq!(shown(&identity), whole, "byte {at}");
        }
        changed[at] = honest[at];
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds that are there")]
fn text(identity: &Identity, name: AttributeName) -> String {
    match &identity.attribute(name).unwrap_or_else(|| panic!("{name:?}")).value {
        AttributeValue::Name(name) => name.original.as_str().to_owned(),
        AttributeValue::Text(text) => text.as_str().to_owned(),
        AttributeValue::BirthDate(date) => date.to_string(),
        AttributeValue::Date(date) => date.to_string(),
        AttributeValue::Country(country) => country.to_string(),
        AttributeValue::Countries(list) => {
            list.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(",")
        }
        AttributeValue::Sex(sex) => sex.value().to_string(),
        AttributeValue::PlaceOfBirth(place) => {
            let part = |text: &Option<eid_broker::identity::Text>| {
                text.as_ref().map_or("", |text| text.as_str()).to_owned()
            };
            let country = place.country.map_or(String::new(), |one| one.to_string());
            [part(&place.locality), part(&place.region), country].join("|")
        }
        AttributeValue::Address(address) => {
            let part = |text: &Option<eid_broker::identity::Text>| {
                text.as_ref().map_or("", |text| text.as_str()).to_owned()
            };
            let country = address.country.map_or(String::new(), |one| one.to_string());
            [
                part(&address.formatted),
                part(&address.street_address),
                part(&address.postal_code),
                part(&address.locality),
                part(&address.region),
                country,
            ]
            .join("|")
        }
        other => panic!("{other:?}"),
    }
}

fn shown(identity: &Identity) -> (String, Vec<AttributeName>) {
    let identifier = identity.identifier().unwrap().value().to_owned();
    (identifier, identity.attributes().map(|(name, _)| name).collect())
}

// --- made here -----------------------------------------------------------------------------------

const ISSUER: &str = "https://eid.example.test/saml";
const SP: &str = "https://broker.example.test/saml/metadata";
const ACS: &str = "https://broker.example.test/saml/acs";
const REQUEST: &str = "_request";
const PSEUDONYM: &str = "01A4FB509CEBC6595151A4FB5F9C75C6FE01A4FB59CB655A4FB5F9C75C6FEE01";

static SIGNER: LazyLock<PKey<Private>> = LazyLock::new(pair);
static STRANGER: LazyLock<PKey<Private>> = LazyLock::new(pair);
static OURS: LazyLock<PKey<Private>> = LazyLock::new(pair);

fn pair() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn certificate(pair: &PKey<Private>) -> Vec<u8> {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "eID server").unwrap();
    let name = name.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(1_700_000_000).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(2_000_000_000).unwrap()).unwrap();
    builder.set_pubkey(pair).unwrap();
    let serial = openssl::bn::BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.sign(pair, MessageDigest::sha256()).unwrap();
    builder.build().to_pem().unwrap()
}

fn desk() -> Desk {
    desk_with("")
}

fn desk_with(more: &str) -> Desk {
    let files = [("signer.pem", certificate(&SIGNER))];
    let more = format!("country = \"DE\"\n{more}");
    let source = pinned("eid-server", ISSUER, &["signer.pem"], &more);
    let own = RecipientKey::from_der(&OURS.private_key_to_pkcs8().unwrap()).unwrap();
    Desk {
        family: Family::EidServer,
        policy: policy(POLICY),
        trust: trust(&source, &files),
        service: service(SP, ACS, vec![own]),
        paths: PathCache::new(1),
        issuer: ISSUER.to_owned(),
        request: REQUEST.to_owned(),
        min_loa: substantial(),
        client_address: None,
        now: at("2026-03-02T10:00:30Z"),
    }
}

/// The attributes of a result, by name.
fn attribute(name: &str, kind: &str, value: &str) -> String {
    format!(
        "<a:Attribute Name=\"{name}\"><a:AttributeValue xsi:type=\"{kind}\">{value}\
         </a:AttributeValue></a:Attribute>"
    )
}

fn validity(status: &str) -> String {
    format!(
        "<a:Attribute Name=\"DocumentValidity\"><a:AttributeValue \
         xsi:type=\"eid:DocumentValidityResultType\" Version=\"1\"><eid:ReferenceDate>2026-03-02\
         </eid:ReferenceDate><eid:Status>{status}</eid:Status></a:AttributeValue></a:Attribute>"
    )
}

fn restricted_id(digits: &str) -> String {
    attribute("RestrictedID", "eid:RestrictedIDType", &format!("<eid:ID>{digits}</eid:ID>"))
}

fn honest() -> String {
    assertion(&[
        validity("valid"),
        attribute("GivenNames", "xs:string", "ERIKA"),
        attribute("FamilyNames", "xs:string", "MUSTERMANN"),
        restricted_id(PSEUDONYM),
    ])
}

fn assertion(attributes: &[String]) -> String {
    format!(
        "<a:Assertion xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
         xmlns:eid=\"http://bsi.bund.de/eID/\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ID=\"_assertion\" \
         IssueInstant=\"2026-03-02T10:00:00Z\" Version=\"2.0\"><a:Issuer>{ISSUER}</a:Issuer>\
         <a:Subject><a:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:transient\">_random\
         </a:NameID><a:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
         <a:SubjectConfirmationData Address=\"192.0.2.10\" InResponseTo=\"{REQUEST}\" \
         NotOnOrAfter=\"2026-03-02T10:05:00Z\" Recipient=\"{ACS}\"/></a:SubjectConfirmation>\
         </a:Subject><a:Conditions><a:AudienceRestriction><a:Audience>{SP}</a:Audience>\
         </a:AudienceRestriction><a:OneTimeUse/></a:Conditions>\
         <a:AuthnStatement AuthnInstant=\"2026-03-02T10:00:00Z\"><a:AuthnContext>\
         <a:AuthnContextDeclRef>urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI\
         </a:AuthnContextDeclRef></a:AuthnContext></a:AuthnStatement>\
         <a:AttributeStatement>{}</a:AttributeStatement></a:Assertion>",
        attributes.concat()
    )
}

fn response(assertion: &str) -> String {
    format!(
        "<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_response\" Version=\"2.0\" \
         IssueInstant=\"2026-03-02T10:00:00Z\" Destination=\"{ACS}\" InResponseTo=\"{REQUEST}\">\
         <a:Issuer>{ISSUER}</a:Issuer><p:Status><p:StatusCode \
         Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></p:Status>{assertion}</p:Response>"
    )
}

fn encrypted(assertion: &str) -> String {
    let key: PublicKey =
        parse_public_key(&OURS.public_key_to_der().unwrap(), AlgorithmRules::GENERAL).unwrap();
    let random = |out: &mut [u8]| {
        openssl::rand::rand_bytes(out).unwrap();
        Ok(())
    };
    let data = encrypt(assertion, &key, None, Sealing::STANDARD, &random).unwrap();
    format!("<a:EncryptedAssertion>{data}</a:EncryptedAssertion>")
}

fn escaped(bytes: &[u8]) -> String {
    STANDARD.encode(bytes).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

fn query_by(signer: &PKey<Private>, message: &str, der: bool) -> Vec<u8> {
    let compressed = {
        use miniz_oxide::deflate::compress_to_vec;
        compress_to_vec(message.as_bytes(), 6)
    };
    let signed = format!(
        "SAMLResponse={}&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23ecdsa-sha256",
        escaped(&compressed)
    );
    let digest = openssl::sha::sha256(signed.as_bytes());
    let signature = EcdsaSig::sign(&digest, &signer.ec_key().unwrap()).unwrap();
    let bytes = if der {
        signature.to_der().unwrap()
    } else {
        [signature.r(), signature.s()].map(|n| n.to_vec_padded(32).unwrap()).concat()
    };
    format!("{signed}&Signature={}", escaped(&bytes)).into_bytes()
}

fn query(message: &str) -> Vec<u8> {
    query_by(&SIGNER, message, false)
}

/// Signed and encrypted as it stands.
fn sent(assertion: &str) -> Vec<u8> {
    query(&response(&encrypted(assertion)))
}

/// What is accepted, and the same with one piece replaced, which is refused.
#[track_caller]
fn twin(from: &str, to: &str, code: Code) {
    let (desk, honest) = (desk(), honest());
    assert!(desk.ask(sent(&honest)).is_ok());
    assert!(honest.contains(from), "{from:?}");
    let altered = honest.replacen(from, to, 1);
    assert_eq!(desk.ask(sent(&altered)).err(), Some(code), "{from:?} to {to:?}");
}

#[track_caller]
fn response_twin(from: &str, to: &str, code: Code) {
    let desk = desk();
    let honest = response(&encrypted(&honest()));
    assert!(desk.ask(query(&honest)).is_ok());
    assert!(honest.contains(from), "{from:?}");
    let altered = honest.replacen(from, to, 1);
    assert_eq!(desk.ask(query(&altered)).err(), Some(code), "{from:?} to {to:?}");
}

fn with(attributes: &[String]) -> Result<Identity, Code> {
    let mut all = vec![validity("valid")];
    all.extend_from_slice(attributes);
    desk().ask(sent(&assertion(&all)))
}

#[test]
fn an_honest_result_is_a_person() {
    let identity = desk().ask(sent(&honest())).unwrap();
    assert_eq!(text(&identity, AttributeName::GivenName), "ERIKA");
    assert_eq!(identity.identifier().unwrap().value(), format!("{SP}\n{PSEUDONYM}"));
    assert_eq!(identity.loa().level, LevelOfAssurance::High);
    assert_eq!(identity.methods(), ["pop", "sc", "pin"]);
    assert!(!identity.is_laboratory());
    assert_eq!(identity.authenticated_at(), at("2026-03-02T10:00:00Z"));
}

#[test]
fn the_response_is_the_expected_one() {
    response_twin("Version=\"2.0\"", "Version=\"2.1\"", Code::SamlVersion);
    response_twin("InResponseTo=\"_request\"", "InResponseTo=\"_other\"", Code::RequestResponse);
    response_twin("InResponseTo=\"_request\"", "", Code::RequestResponse);
    response_twin("/saml/acs\"", "/saml/acs2\"", Code::DestinationMismatch);
    response_twin("2026-03-02T10:00:00Z", "2026-03-02T10:00:31Z", Code::TimeFuture);
    response_twin("2026-03-02T10:00:00Z", "2026-03-02T09:55:29Z", Code::TimeTooOld);
    response_twin(ISSUER, "https://other.example.test/saml", Code::IssuerMismatch);
    response_twin("status:Success", "status:Requester", Code::ResultError);
    response_twin("status:Success", "status:Success2", Code::SamlValue);
    response_twin("<a:Issuer>", "<!-- --><a:Issuer>", Code::XmlComment);
    response_twin("<a:Issuer>", "<?p?><a:Issuer>", Code::XmlInstruction);
    response_twin("<p:Response ", "<!DOCTYPE p><p:Response ", Code::XmlDtd);
}

#[test]
fn exactly_one_encrypted_assertion() {
    let desk = desk();
    let one = encrypted(&honest());
    assert!(desk.ask(query(&response(&one))).is_ok());
    let two = format!("{one}{}", encrypted(&honest()));
    assert_eq!(desk.ask(query(&response(&two))).err(), Some(Code::AmbiguousAssertion));
    let both = format!("{}{one}", honest());
    assert_eq!(desk.ask(query(&response(&both))).err(), Some(Code::AmbiguousAssertion));
    assert_eq!(desk.ask(query(&response(""))).err(), Some(Code::ResultContradiction));
    assert_eq!(desk.ask(query(&response(&honest()))).err(), Some(Code::EncryptionMissing));
    let twice = format!("{}{}", honest(), honest());
    assert_eq!(desk.ask(sent(&twice)).err(), Some(Code::XmlMalformed));
    let declared = format!("<?xml version=\"1.0\"?>{}", honest());
    assert_eq!(desk.ask(sent(&declared)).err(), Some(Code::XmlInstruction));
    let other =
        honest().replace("a:Assertion ", "a:Advice ").replace("</a:Assertion>", "</a:Advice>");
    assert_eq!(desk.ask(sent(&other)).err(), Some(Code::SamlElement));
}

#[test]
fn only_the_key_of_who_was_asked_counts() {
    let message = response(&encrypted(&honest()));
    assert!(desk().ask(query(&message)).is_ok());
    assert_eq!(desk().ask(query_by(&STRANGER, &message, false)).err(), Some(Code::SigInvalid));
    // Nobody else may answer, however well he signs.
    let mut other = desk();
    "https://other.example.test/saml".clone_into(&mut other.issuer);
    assert_eq!(other.ask(query(&message)).err(), Some(Code::TrustMissing));
    // DER only from who is known for it.
    assert_eq!(desk().ask(query_by(&SIGNER, &message, true)).err(), Some(Code::SigInvalid));
    let der = desk_with("ecdsa_der = true\n");
    assert!(der.ask(query_by(&SIGNER, &message, true)).is_ok());
}

#[test]
fn a_signature_within_is_not_expected_and_not_passed_over() {
    let digest =
        "<d:Signature xmlns:d=\"http://www.w3.org/2000/09/xmldsig#\"><d:SignedInfo/></d:Signature>";
    let behind = format!("</a:Issuer>{digest}");
    let got = desk().ask(sent(&honest().replacen("</a:Issuer>", &behind, 1)));
    assert!(matches!(got, Err(Code::SigForm | Code::AmbiguousReference)), "{got:?}");
    let honest = response(&encrypted(&honest()));
    let got = desk().ask(query(&honest.replacen("</a:Issuer>", &behind, 1)));
    assert!(matches!(got, Err(Code::SigForm | Code::AmbiguousReference)), "{got:?}");
}

#[test]
fn the_assertion_is_for_us_and_for_now() {
    twin("Version=\"2.0\"", "Version=\"1.1\"", Code::SamlVersion);
    twin(&format!("<a:Issuer>{ISSUER}"), "<a:Issuer>https://x.test", Code::IssuerMismatch);
    twin("nameid-format:transient", "nameid-format:persistent", Code::SamlValue);
    twin("cm:bearer", "cm:sender-vouches", Code::ConfirmationMalformed);
    twin(" Address=\"192.0.2.10\"", "", Code::ConfirmationAddress);
    twin(" InResponseTo=\"_request\"", "", Code::RequestResponse);
    twin(" InResponseTo=\"_request\"", " InResponseTo=\"_other\"", Code::RequestResponse);
    twin(" NotOnOrAfter=\"2026-03-02T10:05:00Z\"", "", Code::ConfirmationMalformed);
    twin("T10:05:00Z", "T10:05:01Z", Code::TimeLifetime);
    twin("T10:05:00Z", "T10:00:30Z", Code::TimeExpired);
    twin("T10:05:00Z", "T10:05:00", Code::SamlValue);
    twin(" Recipient=", " recipient=", Code::SamlAttribute);
    twin(
        &format!("Recipient=\"{ACS}\""),
        "Recipient=\"https://x.test\"",
        Code::DestinationMismatch,
    );
    twin(&format!("{SP}</a:Audience>"), "https://x.test</a:Audience>", Code::AudienceMismatch);
    twin("<a:OneTimeUse/>", "", Code::ConditionMissing);
    twin("<a:OneTimeUse/>", "<a:OneTimeUse/><a:OneTimeUse/>", Code::ConditionUnknown);
    let restriction =
        format!("<a:AudienceRestriction><a:Audience>{SP}</a:Audience></a:AudienceRestriction>");
    twin(&restriction, "", Code::ConditionMissing);
    let other = restriction.replace(SP, "https://x.test");
    twin(&restriction, &format!("{restriction}{other}"), Code::AudienceMismatch);
    twin(
        "AuthnInstant=\"2026-03-02T10:00:00Z\"",
        "AuthnInstant=\"2026-03-02T10:00:31Z\"",
        Code::TimeFuture,
    );
}

#[test]
fn the_context_is_a_declaration_of_a_smart_card() {
    twin("ac:classes:SmartcardPKI", "ac:classes:Password", Code::SamlValue);
    twin("ac:classes:SmartcardPKI", "ac:classes:smartcardpki", Code::SamlValue);
    let honest = honest().replace("AuthnContextDeclRef", "AuthnContextClassRef");
    assert_eq!(desk().ask(sent(&honest)).err(), Some(Code::SamlValue));
    twin(
        "<a:AuthnContextDeclRef>",
        "<a:AuthnContextClassRef>urn:x</a:AuthnContextClassRef><a:AuthnContextDeclRef>",
        Code::SamlValue,
    );
}

#[test]
fn the_address_counts_where_the_host_knows_it() {
    let mut desk = desk();
    for (known, expected) in [
        (None, None),
        (Some("192.0.2.10"), None),
        (Some("::ffff:192.0.2.10"), None),
        (Some("192.0.2.11"), Some(Code::ConfirmationAddress)),
        (Some("2001:db8::1"), Some(Code::ConfirmationAddress)),
    ] {
        desk.client_address = known.map(str::to_owned);
        assert_eq!(desk.ask(sent(&honest())).err(), expected, "{known:?}");
    }
}

#[test]
fn a_document_is_valid_and_the_server_says_so() {
    for good in ["valid", "VALID", "Valid"] {
        assert!(desk().ask(sent(&assertion(&[validity(good), restricted_id(PSEUDONYM)]))).is_ok());
    }
    for (status, name) in [
        ("failed", "failed"),
        ("expired", "expired"),
        ("REVOKED", "revoked"),
        ("notAuthentic", "notAuthentic"),
    ] {
        let refusal = desk().refusal(sent(&assertion(&[validity(status)]))).unwrap_err();
        assert_eq!((refusal.code(), refusal.detail()), (Code::DocumentInvalid, Detail::Name(name)));
    }
    let missing = assertion(&[restricted_id(PSEUDONYM)]);
    assert_eq!(desk().ask(sent(&missing)).err(), Some(Code::DocumentUnknown));
    let not_on_chip = validity("valid").replacen("\">", "\" AttributeNotOnChip=\"true\">", 1);
    let absent = assertion(&[not_on_chip, restricted_id(PSEUDONYM)]);
    assert_eq!(desk().ask(sent(&absent)).err(), Some(Code::DocumentUnknown));
    let honest = validity("valid");
    for (from, to, code) in [
        ("valid</", "ok</", Code::IdentityMalformed),
        ("valid</", "</", Code::IdentityMalformed),
        ("Version=\"1\"", "Version=\"2\"", Code::IdentityMalformed),
        ("2026-03-02\n", "2026-02-30", Code::IdentityMalformed),
        ("DocumentValidityResultType", "RestrictedIDType", Code::SamlValueType),
        ("<eid:Status>", "<eid:Status>valid</eid:Status><eid:Status>", Code::IdentityMalformed),
        (" Version=\"1\"", " Status=\"valid\"", Code::SamlAttribute),
    ] {
        let altered = honest.replacen(from.trim_end(), to, 1);
        assert_ne!(altered, honest, "{from}");
        assert_eq!(desk().ask(sent(&assertion(&[altered]))).err(), Some(code), "{from} to {to}");
    }
    // What else is said agrees.
    let expiry = |date: &str| with(&[attribute("DateOfExpiry", "xs:date", date)]).err();
    assert_eq!(expiry("2026-03-02"), None);
    assert_eq!(expiry("2026-03-01"), Some(Code::DocumentInvalid));
    assert_eq!(expiry("2026-3-1"), Some(Code::IdentityMalformed));
}

#[test]
fn attributes_are_read_by_their_types() {
    let place = |inner: &str| inner.to_owned();
    let identity = with(&[
        attribute("DocumentType", "eid:DocumentType", "UB"),
        attribute("IssuingState", "eid:ICAOCountry", "D"),
        attribute("Nationality", "xs:string", "GRC"),
        attribute("AcademicTitle", "xs:string", "DR."),
        attribute("ArtisticName", "xs:string", ""),
        attribute("BirthName", "xs:string", "GABLER"),
        attribute("CommunityID", "eid:CommunityIDType", "0276ab"),
        attribute("DateOfBirth", "eid:GeneralDateType", "<eid:DateString>1964    </eid:DateString>"),
        attribute(
            "PlaceOfBirth",
            "eid:GeneralPlaceType",
            &place("<eid:StructuredPlace><eid:City>BERLIN</eid:City><eid:Country>D</eid:Country></eid:StructuredPlace>"),
        ),
        attribute(
            "PlaceOfResidence",
            "eid:GeneralPlaceType",
            &place("<eid:FreetextPlace>KÖLN</eid:FreetextPlace>"),
        ),
    ])
    .unwrap();
    assert_eq!(text(&identity, AttributeName::DocumentType), "UB");
    assert_eq!(text(&identity, AttributeName::IssuingCountry), "DE");
    assert_eq!(text(&identity, AttributeName::Nationalities), "GR");
    assert_eq!(text(&identity, AttributeName::Title), "DR.");
    assert_eq!(text(&identity, AttributeName::BirthFamilyName), "GABLER");
    assert_eq!(text(&identity, AttributeName::CommunityId), "0276AB");
    assert_eq!(text(&identity, AttributeName::Birthdate), "1964");
    assert_eq!(text(&identity, AttributeName::PlaceOfBirth), "BERLIN||DE");
    assert_eq!(text(&identity, AttributeName::Address), "KÖLN|||||");
    assert!(identity.attribute(AttributeName::AlsoKnownAs).is_none());
    assert!(identity.identifier().is_none());
    let none = with(&[attribute(
        "PlaceOfResidence",
        "eid:GeneralPlaceType",
        "<eid:NoPlaceInfo>keine Hauptwohnung in Deutschland</eid:NoPlaceInfo>",
    )]);
    assert!(none.unwrap().attribute(AttributeName::Address).is_none());
}

#[test]
fn what_is_not_on_the_chip_is_absent() {
    let not_on_chip = |how: &str| {
        attribute("BirthName", "xs:string", "GABLER").replacen("Name=", &format!("{how} Name="), 1)
    };
    for (how, there) in [
        ("AttributeNotOnChip=\"true\"", false),
        ("AttributeNotOnChip=\"1\"", false),
        ("eid:AttributeNotOnChip=\"true\"", false),
        ("AttributeNotOnChip=\"false\"", true),
        ("", true),
    ] {
        let identity = with(&[not_on_chip(how)]).unwrap();
        assert_eq!(identity.attribute(AttributeName::BirthFamilyName).is_some(), there, "{how}");
    }
    for bad in [
        "AttributeNotOnChip=\"yes\"",
        "AttributeNotOnChip=\"\"",
        "AttributeNotOnChip=\"true\" eid:AttributeNotOnChip=\"false\"",
    ] {
        assert_eq!(with(&[not_on_chip(bad)]).err(), Some(Code::SamlAttribute), "{bad}");
    }
    // Without a value at all it may be absent, and only then.
    let empty = "<a:Attribute Name=\"BirthName\" AttributeNotOnChip=\"true\"></a:Attribute>";
    assert!(with(&[empty.to_owned()]).is_ok());
    let empty = "<a:Attribute Name=\"BirthName\"></a:Attribute>";
    assert_eq!(with(&[empty.to_owned()]).err(), Some(Code::IdentityMalformed));
}

#[test]
fn refuses_values_that_are_not_of_their_type() {
    let date = |inner: &str| attribute("DateOfBirth", "eid:GeneralDateType", inner);
    let string = |text: &str| format!("<eid:DateString>{text}</eid:DateString>");
    assert!(with(&[date(&string("19640812"))]).is_ok());
    assert!(
        with(&[date(&format!("{}<eid:DateValue>1964-08-12</eid:DateValue>", string("19640812")))])
            .is_ok()
    );
    for bad in [
        String::new(),
        string("1964-08-12"),
        string("19641312"),
        string("20260303"),
        string("19640812") + &string("19640812"),
        format!("{}<eid:DateValue>1964-08-13</eid:DateValue>", string("19640812")),
        format!("{}<eid:DateValue>1964-08-01</eid:DateValue>", string("196408  ")),
        "<eid:DateValue>1964-08-12</eid:DateValue>".to_owned(),
        string("19640812") + "<eid:Other/>",
        string("19640812").replace("eid:", "a:"),
        format!("x{}", string("19640812")),
    ] {
        assert_eq!(with(&[date(&bad)]).err(), Some(Code::IdentityMalformed), "{bad}");
    }
    for (name, kind, value, code) in [
        ("Nationality", "xs:string", "UTO", Code::IdentityMalformed),
        ("Nationality", "xs:string", "DE", Code::IdentityMalformed),
        ("Nationality", "xs:date", "D", Code::SamlValueType),
        ("Nationality", "eid:string", "D", Code::SamlValueType),
        ("IssuingState", "eid:ICAOCountry", "FRA", Code::IssuerCountry),
        ("DocumentType", "xs:string", "id", Code::IdentityMalformed),
        ("CommunityID", "xs:string", "02x6", Code::IdentityMalformed),
        ("GivenNames", "xs:string", "A\u{202e}B", Code::IdentityMalformed),
        ("GivenNames", "xs:string", "<a:X/>", Code::XmlContent),
        ("Sex", "xs:string", "X", Code::IdentityMalformed),
        ("UseEidas", "xs:boolean", "yes", Code::IdentityMalformed),
        ("PlaceOfBirth", "eid:GeneralPlaceType", "BERLIN", Code::IdentityMalformed),
        (
            "PlaceOfBirth",
            "eid:GeneralPlaceType",
            "<eid:FreetextPlace>A</eid:FreetextPlace><eid:NoPlaceInfo/>",
            Code::IdentityMalformed,
        ),
        (
            "PlaceOfResidence",
            "eid:GeneralPlaceType",
            "<eid:StructuredPlace><eid:Country>Germany</eid:Country></eid:StructuredPlace>",
            Code::IdentityMalformed,
        ),
        ("LevelOfAssurance", "eid:LevelOfAssuranceType", "hoch", Code::LoaUnknown),
    ] {
        assert_eq!(with(&[attribute(name, kind, value)]).err(), Some(code), "{name} {value}");
    }
    let twice = attribute("GivenNames", "xs:string", "A");
    assert_eq!(with(&[twice.clone(), twice]).err(), Some(Code::AmbiguousAttribute));
    let values = attribute("GivenNames", "xs:string", "A")
        .replace("</a:Attribute>", "<a:AttributeValue>B</a:AttributeValue></a:Attribute>");
    assert_eq!(with(&[values]).err(), Some(Code::AmbiguousAttribute));
    let uri = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
    let named = attribute("GivenNames", "xs:string", "A").replacen(
        "Name=",
        &format!("NameFormat=\"{uri}\" Name="),
        1,
    );
    assert_eq!(with(&[named]).err(), Some(Code::SamlAttribute));
    // What nobody asked for is left aside.
    assert!(with(&[attribute("AgeVerification", "eid:AgeVerificationResponseType", "x")]).is_ok());
}

#[test]
fn a_pseudonym_of_a_card_is_upper_case_and_of_one_length() {
    let upper = with(&[restricted_id(PSEUDONYM)]).unwrap();
    let lower = with(&[restricted_id(&PSEUDONYM.to_lowercase())]).unwrap();
    assert_eq!(upper.identifier().unwrap().value(), lower.identifier().unwrap().value());
    for bad in ["", "01", "0g", "AB CD"] {
        let got = with(&[restricted_id(bad)]).err();
        assert_eq!(got, Some(Code::IdentifierMalformed), "{bad}");
    }
    let odd = PSEUDONYM.get(1..).unwrap();
    assert_eq!(with(&[restricted_id(odd)]).err(), Some(Code::IdentifierMalformed));
    let second = attribute(
        "RestrictedID",
        "eid:RestrictedIDType",
        &format!("<eid:ID>{PSEUDONYM}</eid:ID><eid:ID2>xx</eid:ID2>"),
    );
    assert_eq!(with(&[second]).err(), Some(Code::IdentifierMalformed));
}

#[test]
fn an_identifier_through_eidas_is_never_a_pseudonym_of_a_card() {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let eidas = |identifier: &str, more: &[String]| {
        let mut all =
            vec![attribute("UseEidas", "xs:boolean", "true"), restricted_id(&hex(identifier))];
        all.extend_from_slice(more);
        with(&all)
    };
    let level = attribute(
        "LevelOfAssurance",
        "eid:LevelOfAssuranceType",
        "http://eidas.europa.eu/LoA/substantial",
    );
    let identity = eidas("FI/DE/7d0f2b9c-aino", std::slice::from_ref(&level)).unwrap();
    let identifier = identity.identifier().unwrap();
    assert_eq!(identifier.kind(), IdentifierKind::EidasPid);
    assert_eq!(identifier.value(), "FI/DE/7d0f2b9c-aino");
    assert_eq!(identity.provenance().issuing_country.as_str(), "FI");
    assert_eq!(text(&identity, AttributeName::IssuingCountry), "FI");
    assert_eq!(identity.loa().uri(), "http://eidas.europa.eu/LoA/substantial");
    assert_eq!(identity.methods(), ["eid-eidas"]);
    // The same digits without the word for eIDAS are no pseudonym, even if they are as long as one.
    let long = hex("FI/DE/7d0f2b9c-aino-0123");
    assert_eq!(with(&[restricted_id(&long)]).err(), Some(Code::IdentifierMalformed));
    let card = with(&[restricted_id(&hex("FI/D./7d0f2b9c-aino-0123"))]).unwrap();
    assert_eq!(card.identifier().unwrap().kind(), IdentifierKind::DeRestrictedId);
    assert_eq!(eidas("FI/DE/x", &[]).err(), Some(Code::LoaUnknown));
    let one = std::slice::from_ref(&level);
    assert_eq!(eidas("FI/AT/7d0f", one).err(), Some(Code::IdentifierScope));
    assert_eq!(eidas("FI-DE-7d0f", one).err(), Some(Code::IdentifierMalformed));
    let pseudonym =
        [attribute("UseEidas", "xs:boolean", "1"), restricted_id(PSEUDONYM), level.clone()];
    assert_eq!(with(&pseudonym).err(), Some(Code::IdentifierMalformed));
    let none = [attribute("UseEidas", "xs:boolean", "1"), level.clone()];
    assert_eq!(with(&none).err(), Some(Code::IdentityMissing));
    let company = [level, attribute("IdentityFlavour", "xs:string", "LegalPerson")];
    assert_eq!(eidas("FI/DE/x", &company).err(), Some(Code::IdentityLegalPerson));
}

#[test]
fn the_level_is_what_was_asked_for_at_least() {
    let level = |uri: &str| attribute("LevelOfAssurance", "eid:LevelOfAssuranceType", uri);
    let ask = |uri: &str| with(&[level(uri)]).map(|identity| identity.loa().uri());
    assert_eq!(ask("http://bsi.bund.de/eID/LoA/hoch"), Ok("http://eidas.europa.eu/LoA/high"));
    // Below the level of the notification it is not notified, and that was asked for.
    assert_eq!(ask("http://bsi.bund.de/eID/LoA/substantiell"), Err(Code::LoaInsufficient));
    assert_eq!(ask("http://bsi.bund.de/eID/LoA/normal"), Err(Code::LoaInsufficient));
    assert_eq!(ask("http://eidas.europa.eu/LoA/high"), Ok("http://eidas.europa.eu/LoA/high"));
    assert_eq!(ask("http://eidas.europa.eu/LoA/highest"), Err(Code::LoaUnknown));
    let means = |name: &str| {
        attribute("EIDType", "eid:EIDTypeResponseType", &format!("<eid:{name}>USED</eid:{name}>"))
    };
    assert!(with(&[means("CardCertified")]).is_ok());
    assert!(with(&[means("SECertified")]).is_ok());
    assert_eq!(with(&[means("HWKeyStore")]).err(), Some(Code::LoaUnknown));
    assert!(with(&[means("HWKeyStore"), level("http://bsi.bund.de/eID/LoA/hoch")]).is_ok());
    assert_eq!(
        with(&[attribute("EIDType", "eid:EIDTypeResponseType", "CardCertified")]).err(),
        Some(Code::IdentityMalformed)
    );
    let capped = desk_with("loa_cap = \"low\"\n");
    assert_eq!(capped.ask(sent(&honest())).err(), Some(Code::LoaInsufficient));
}

#[test]
fn a_policy_without_the_family_knows_no_result() {
    let mut desk = desk();
    assert!(desk.ask(sent(&honest())).is_ok());
    desk.policy = policy("name = \"p\"\nversion = 1\n[eidas_saml]\n");
    assert_eq!(desk.ask(sent(&honest())).err(), Some(Code::TypeUnknown));
    assert_eq!(desk_with("").ask(b"").err(), Some(Code::FormatEmpty));
}
