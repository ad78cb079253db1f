//! The eIDAS documents of the corpus `synthetic-a`, read in place. Without the corpus the test says so
//! and passes.

#![cfg(test)]
#![cfg(feature = "openssl")]

mod saml_desk;

use eid_broker::identity::{AttributeName, AttributeValue, Family, PersonKind};
use eid_broker::pki::{PathCache, RecipientKey, parse_pem_many};
use eid_broker::verdict::{Code, Detail};
use eid_broker::{Identity, Policy};
use saml_desk::{Desk, at, pinned, policy, service, substantial, trust};
use serde_json::Value;
use std::path::PathBuf;

fn read(path: &str) -> Option<Vec<u8>> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/saml/synthetic-a");
    std::fs::read(folder.join(path)).ok()
}

fn manifest() -> Option<Value> {
    let text = read("manifest.json");
    if text.is_none() {
        eprintln!("the corpus synthetic-a is not there; nothing is tested");
    }
    serde_json::from_slice(&text?).ok()
}

// The policy of the manifest: plain assertions, the signature anywhere, no tolerance of clocks.
const LABORATORY: &str = "name = \"synthetic-a\"\nversion = 1\nlaboratory = true\nleeway_s = 0\n\
    [eidas_saml]\nrequire_encrypted = false\nsigned = \"either\"\n";

// The same with RSASSA-PKCS1-v1_5 and keys of 2048 bits.
fn saml_default() -> Policy {
    let names = [
        "rsa-pss-sha256",
        "rsa-pss-sha384",
        "rsa-pss-sha512",
        "rsa-sha256",
        "rsa-sha384",
        "rsa-sha512",
    ];
    let rsa = names
        .map(|name| format!("[[eidas_saml.method]]\nname = \"{name}\"\nmin_rsa_bits = 2048\n"));
    policy(&format!("{LABORATORY}{}", rsa.concat()))
}

// An issuer has at most four keys at a time: two desks, one for each half of the trusted keys.
fn desks(policy: Policy, version: &str) -> Option<[Desk; 2]> {
    let manifest = manifest()?;
    let text = |key: &str| manifest[key].as_str().unwrap().to_owned();
    let halves = [["rsa2048", "rsa3072", "p256", "p384"], ["p521", "bp256", "bp384", "bp512"]];
    Some(halves.map(|half| {
        let files: Vec<(String, Vec<u8>)> = half
            .iter()
            .map(|name| {
                let file = format!("keys/idp-{name}.crt.pem");
                let bytes = read(&file).unwrap();
                (file, bytes)
            })
            .collect();
        let files: Vec<(&str, Vec<u8>)> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        let more = format!("country = \"FI\"\nprotocol_versions = [\"{version}\"]\n");
        let source = pinned("eidas-node", &text("expected_issuer"), &names, &more);
        let keys = ["sp-enc-rsa3072", "sp-enc-p256", "sp-enc-bp256"].map(|name| {
            let pem = read(&format!("keys/{name}.key.pem")).unwrap();
            let der = pem_to_der(&pem);
            RecipientKey::from_der(&der).unwrap()
        });
        Desk {
            family: Family::EidasSaml,
            policy: policy.clone(),
            trust: trust(&source, &files),
            service: service(&text("sp_entity_id"), &text("acs_url"), keys.into()),
            paths: PathCache::new(1),
            issuer: text("expected_issuer"),
            request: text("request_id"),
            min_loa: substantial(),
            client_address: None,
            now: at(&text("verifier_time")),
        }
    }))
}

fn pem_to_der(pem: &[u8]) -> Vec<u8> {
    eid_broker_maker::keys::pem_to_der(std::str::from_utf8(pem).unwrap()).unwrap()
}

// Accepted when the half that has the key accepts; otherwise the code of the half that got further.
fn ask(desks: &[Desk; 2], token: &[u8]) -> Result<Identity, Code> {
    let answers = desks.each_ref().map(|desk| desk.ask(token));
    let [first, second] = answers;
    match (first, second) {
        (Ok(identity), _) | (_, Ok(identity)) => Ok(identity),
        (Err(Code::SigInvalid), Err(code)) | (Err(code), Err(_)) => Err(code),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a name is a name")]
fn name_of(identity: &Identity, name: AttributeName) -> String {
    match &identity.attribute(name).unwrap().value {
        AttributeValue::Name(name) => {
            name.transliteration.as_ref().unwrap_or(&name.original).as_str().to_owned()
        }
        _ => panic!("a name"),
    }
}

#[test]
fn every_document_gets_the_verdict_of_the_manifest() {
    let Some(manifest) = manifest() else { return };
    let eidas = desks(policy(LABORATORY), "1.2").unwrap();
    let later = desks(policy(LABORATORY), "1.4").unwrap();
    let default = desks(saml_default(), "1.2").unwrap();
    let (mut seen, mut wrong) = (0, Vec::new());
    let documents = manifest["documents"].as_array().unwrap();
    for document in documents.iter().filter(|one| one["profile"] == "eidas") {
        let file = document["file"].as_str().unwrap();
        let verdict = document["verdict"].as_str().unwrap();
        let token = read(file).unwrap();
        let got = ask(&eidas, &token).map(drop);
        let good = match verdict {
            "accept" => got.is_ok(),
            "refuse" => got.is_err(),
            "policy: saml-default accept, eidas refuse" => {
                got == Err(Code::AlgNotAllowed) && ask(&default, &token).is_ok()
            }
            "policy: 1.2/1.3 accept, 1.4 refuse" => {
                got.is_ok() && ask(&later, &token).err() == Some(Code::AlgNotAllowed)
            }
            either if either.starts_with("either") => {
                match ask(&eidas, &token) {
                    // The identity is the signed one.
                    Ok(identity) => name_of(&identity, AttributeName::FamilyName) == "Virtanen",
                    Err(_) => true,
                }
            }
            failed if failed.starts_with("authentic-but-failed") => {
                let detail = eidas[0].detail(&token);
                got == Err(Code::ResultFailed) && detail == Detail::Name("Responder/AuthnFailed")
            }
            other => panic!("{other}"),
        };
        seen += 1;
        if !good {
            wrong.push(format!("{file}: {verdict}, got {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(seen, 115);
}

#[test]
fn each_refusal_of_the_profile_has_its_own_reason() {
    let Some(eidas) = desks(policy(LABORATORY), "1.2") else { return };
    let expected = [
        ("s01-expired", Code::TimeExpired),
        ("s02-not-yet-valid", Code::TimeNotYetValid),
        ("s03-wrong-audience", Code::AudienceMismatch),
        ("s04-wrong-recipient", Code::DestinationMismatch),
        ("s05-wrong-inresponseto-assertion", Code::RequestResponse),
        ("s06-wrong-inresponseto-response", Code::RequestResponse),
        ("s07-wrong-destination", Code::DestinationMismatch),
        ("s08-wrong-issuer", Code::IssuerMismatch),
        ("s09-issuer-mismatch", Code::IssuerMismatch),
        ("s10-no-conditions", Code::ConditionMissing),
        ("s11-two-assertions", Code::AmbiguousAssertion),
        ("s12-loa-low", Code::LoaInsufficient),
        ("s13-loa-unknown-eidas-prefix", Code::LoaUnknown),
        ("s14-loa-notnotified", Code::LoaInsufficient),
        ("s15-pid-country-mismatch", Code::IdentifierScope),
        ("s16-pid-dest-mismatch", Code::IdentifierScope),
        ("s17-status-not-success-with-assertion", Code::ResultFailed),
        ("s18-success-without-assertion", Code::ResultContradiction),
        ("s19-duplicate-attribute", Code::AmbiguousAttribute),
        ("s20-missing-mandatory-attribute", Code::IdentityMissing),
        ("s21-not-bearer", Code::ConfirmationMalformed),
        ("s22-bad-date", Code::IdentityMalformed),
        ("s23-only-nonlatin-name", Code::IdentityScript),
        ("s24-version-1.1", Code::SamlVersion),
        ("e01-aes256-cbc", Code::AlgNotAllowed),
        ("e02-rsa-1_5", Code::AlgNotAllowed),
        ("e04-unsigned-encrypted", Code::SigMissing),
        ("e05-gcm-tag-mismatch", Code::KeyMismatch),
        ("e06-dtd-in-plaintext", Code::XmlInstruction),
        ("t14-signature-removed", Code::SigMissing),
        ("xsw3-assertion", Code::AmbiguousAssertion),
        ("xsw7-extensions", Code::SamlElement),
        ("p04-attacker-key-in-keyinfo", Code::SigInvalid),
        ("p05-hmac-with-public-cert", Code::AlgNotAllowed),
        ("p02-rsa-sha1", Code::AlgNotAllowed),
    ];
    for (name, code) in expected {
        let token = read(&format!("attack/{name}.xml")).unwrap();
        assert_eq!(ask(&eidas, &token).err(), Some(code), "{name}");
    }
}

#[test]
fn the_identity_is_what_was_signed() {
    let Some(eidas) = desks(policy(LABORATORY), "1.2") else { return };
    let token = read("valid/v44-natural-and-legal.xml").unwrap();
    let identity = ask(&eidas, &token).unwrap();
    assert_eq!(identity.persons().subject, PersonKind::NaturalAndLegal);
    assert_eq!(name_of(&identity, AttributeName::GivenName), "Aino");
    assert_eq!(name_of(&identity, AttributeName::FamilyName), "Virtanen");
    assert_eq!(name_of(&identity, AttributeName::LegalPersonName), "Esimerkki Oy");
    let identifier = identity.identifier().unwrap();
    assert_eq!(identifier.kind().name(), "eidas-persons");
    assert_eq!(identifier.value(), "n=FI/DE/7d0f2b9c-aino\nl=FI/DE/1234567-8");
    let AttributeValue::Address(address) =
        &identity.attribute(AttributeName::Address).unwrap().value
    else {
        panic!("an address");
    };
    assert_eq!(address.street_address.as_ref().unwrap().as_str(), "Esplanadi");
    assert_eq!(address.postal_code.as_ref().unwrap().as_str(), "00130");
    assert_eq!(identity.loa().uri(), "http://eidas.europa.eu/LoA/substantial");
    assert_eq!(identity.provenance().issuing_country.as_str(), "FI");
    let statement = identity.statement().unwrap();
    assert_eq!(statement.issuer.as_ref(), eidas[0].issuer);
    assert!(statement.algorithm.ends_with("sha256-rsa-MGF1"));
    assert!(identity.is_laboratory());
}

#[test]
fn a_plain_assertion_needs_a_laboratory_and_an_encrypted_one_does_not() {
    let production = "name = \"p\"\nversion = 1\nleeway_s = 0\n[eidas_saml]\n";
    let Some(strict) = desks(policy(production), "1.2") else { return };
    let plain = read("valid/v01-response-signed-pss-sha256-rsa3072.xml").unwrap();
    assert_eq!(ask(&strict, &plain).err(), Some(Code::EncryptionMissing));
    let inner = read("valid/v20-assertion-signed-pss-sha256.xml").unwrap();
    assert_eq!(ask(&strict, &inner).err(), Some(Code::SigMissing));
    for name in [
        "v30-encrypted-gcm256-oaep11-sha256",
        "v31-encrypted-gcm128-oaep-mgf1p",
        "v32-encrypted-gcm256-ecdh-p256-kw256",
        "v33-encrypted-gcm256-ecdh-bp256-kw256",
        "v34-encrypted-gcm128-ecdh-bp256-kw128",
    ] {
        let identity = ask(&strict, &read(&format!("valid/{name}.xml")).unwrap()).unwrap();
        assert!(!identity.is_laboratory());
        assert_eq!(identity.identifier().unwrap().value(), "FI/DE/7d0f2b9c-aino");
    }
}

#[test]
fn every_change_of_one_bit_is_refused_or_changes_nothing() {
    let Some(eidas) = desks(policy(LABORATORY), "1.2") else { return };
    let desk = &eidas[0];
    let honest = read("valid/v04-response-signed-ec-sha256-p256.xml").unwrap();
    let expected = desk.ask(&honest).unwrap();
    let shown = |identity: &Identity| {
        let names: Vec<_> = identity
            .attributes()
            .map(|(name, attribute)| {
                (name, attribute.value.clone() == expected.attribute(name).unwrap().value)
            })
            .collect();
        (
            identity.identifier().unwrap().value().to_owned(),
            names.len(),
            names.iter().all(|one| one.1),
        )
    };
    let whole = shown(&expected);
    let mut changed = honest.clone();
    for at in 0..honest.len() {
        // One bit of each byte; the bit moves along.
        changed[at] ^= 1 << (at % 8);
        if let Ok(identity) = desk.ask(&changed) {
            assert_eq!(shown(&identity), whole, "byte {at}");
        }
        changed[at] = honest[at];
    }
}

#[test]
fn base64_of_a_form_is_read_as_the_message_itself() {
    use base64::Engine as _;
    let Some(eidas) = desks(policy(LABORATORY), "1.2") else { return };
    let xml = read("valid/v04-response-signed-ec-sha256-p256.xml").unwrap();
    let one = base64::engine::general_purpose::STANDARD.encode(&xml);
    assert!(ask(&eidas, one.as_bytes()).is_ok());
    let wrapped: Vec<String> =
        one.as_bytes().chunks(76).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
    assert!(ask(&eidas, wrapped.join("\r\n").as_bytes()).is_ok());
    for (bad, code) in [
        (one.replacen('A', "-", 1), Code::FormatBase64),
        (format!("{one}="), Code::FormatBase64),
        (String::new(), Code::FormatEmpty),
        (" \n".to_owned(), Code::FormatEmpty),
        ("A".repeat(200_000), Code::LimitSize),
    ] {
        assert_eq!(ask(&eidas, bad.as_bytes()).err(), Some(code));
    }
    let padded = [xml.as_slice(), " ".repeat(131_072).as_bytes()].concat();
    assert_eq!(ask(&eidas, &padded).err(), Some(Code::LimitSize));
}

#[test]
fn certificates_of_the_corpus_are_read() {
    let Some(pem) = read("keys/idp-rsa3072.crt.pem") else { return };
    assert_eq!(parse_pem_many(&pem).map(|list| list.len()).ok(), Some(1));
}
