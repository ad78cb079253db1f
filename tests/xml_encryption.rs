//! Encrypted samples of real nodes and of the interoperability set of xmlsec, read in place.

#![cfg(test)]
#![cfg(feature = "openssl")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eid_broker::crypto::{
    AES_BLOCK_LEN, AesKey, GCM_NONCE_LEN, Hash, Oaep, OaepHash, Secret, concat_kdf,
};
use eid_broker::envelope::xml::encryption::{
    ContentEncryption, DecryptionKeys, EncryptionRules, KeyTransport, XENC, XENC11, decrypt,
};
use eid_broker::envelope::xml::{Document, Element, Limits};
use eid_broker::pki::{
    AlgorithmRules, Certificate, RecipientKey, RecipientPrivate, parse_public_key,
};
use eid_broker::verdict::Code;
use std::path::PathBuf;

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

fn folder(name: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/saml").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("ABSENT: the corpus saml/{name} is not there; nothing is tested");
    None
}

fn pem(folder: &std::path::Path, name: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    eid_broker_maker::keys::pem_to_der(&text).unwrap()
}

/// Every element of a name, wherever it stands; the samples are wrapped in many ways.
fn find<'d, 'a>(root: Element<'d, 'a>, namespace: &str, local: &str) -> Vec<Element<'d, 'a>> {
    let (mut open, mut found) = (vec![root], Vec::new());
    while let Some(element) = open.pop() {
        if element.is(namespace, local) {
            found.push(element);
        }
        open.extend(element.children());
    }
    found
}

fn rules() -> EncryptionRules {
    EncryptionRules { transport: KeyTransport::ALL.to_vec(), ..EncryptionRules::authenticated() }
}

// --- the node of the European Commission ---------------------------------------------------------

/// What the README of the corpus says of a file: the key, and what comes out.
const NODE: &[(&str, &str, Result<(), Code>)] = &[
    ("saml_rsa_rsa-oaep-mgf1p_encrypted_response", "test-p12-0", Ok(())),
    ("saml_rsa_rsa-oaep_encrypted_response", "test-p12-0", Ok(())),
    ("saml_rsa_rsa-oaep_encrypted_response_DEREncodedKeyValue", "test-p12-0", Ok(())),
    // Both hashes SHA-256 under an identifier that says MGF1 with SHA-1.
    ("saml_response_key_transport_mgf1p", "connector-p12-1", Err(Code::KeyMismatch)),
    ("saml_response_key_transport_rsa-oaep", "connector-p12-1", Ok(())),
    ("saml_ec_NistCurve_kw-aes128_encrypted_response", "test-p12-1", Ok(())),
    ("saml_ec_NistCurve_kw-aes256_encrypted_response", "test-p12-1", Ok(())),
    ("saml_ec_Brainpool_kw-aes128_encrypted_response", "test-p12-2", Ok(())),
    ("saml_ec_Brainpool_kw-aes256_encrypted_response", "test-p12-2", Ok(())),
    ("sample-ec-cert-encryptedAssertion", "test-p12-2", Ok(())),
    ("sample-rsa-cert-encryptedAssertion", "test-p12-0", Ok(())),
    ("sample-rsa-keyValues-encryptedAssertion", "test-p12-0", Ok(())),
    // For recipients whose keys are not there.
    ("saml_response_key_agreement_kw_aes256", "", Err(Code::KeyMismatch)),
    ("sample-rsa-unknowncert-encryptedAssertion", "", Err(Code::KeyMismatch)),
    // Their source calls them invalid for what their KeyInfo lacks, which XML Encryption lets it
    // lack. They open; as messages they are refused, for their signatures do not hold.
    ("INVALID_saml_rsa_rsa-oaep_encrypted_response_missing_keyInfo", "test-p12-0", Ok(())),
    ("INVALID_saml_rsa_rsa-oaep_encrypted_response_missing_pubkey", "test-p12-0", Ok(())),
];

const NODE_KEYS: [&str; 6] = [
    "test-p12-0",
    "test-p12-1",
    "test-p12-2",
    "connector-p12-0",
    "connector-p12-1",
    "connector-p12-2",
];

fn node_key(folder: &std::path::Path, name: &str) -> RecipientKey {
    RecipientKey::from_der(&pem(folder, &format!("keys/{name}.key.pem"))).unwrap()
}

fn open(octets: &[u8], keys: &DecryptionKeys, rules: &EncryptionRules) -> Result<(), Code> {
    let document = Document::parse(octets, &Limits::LABORATORY).unwrap();
    let mut encrypted = find(document.root(), ASSERTION, "EncryptedAssertion");
    assert_eq!(encrypted.len(), 1);
    let plain = decrypt(encrypted.remove(0), keys, rules).map_err(|refusal| refusal.code())?;
    let document = plain.document(&Limits::MESSAGE).map_err(|refusal| refusal.code())?;
    assert!(document.root().is(ASSERTION, "Assertion"));
    Ok(())
}

#[test]
fn samples_of_the_node_open_with_their_key_and_no_other() {
    let Some(folder) = folder("eidas-node") else { return };
    let all = NODE_KEYS.map(|name| node_key(&folder, name));
    let all = DecryptionKeys::new(all.into()).unwrap();
    let each = NODE_KEYS.map(|name| DecryptionKeys::new(vec![node_key(&folder, name)]).unwrap());
    for (name, key, expected) in NODE {
        let octets = std::fs::read(folder.join(format!("encrypted/{name}.xml"))).unwrap();
        assert_eq!(open(&octets, &all, &rules()), *expected, "{name} with all keys");
        for (own, one) in NODE_KEYS.iter().zip(&each) {
            let expected = if own == key { *expected } else { Err(Code::KeyMismatch) };
            assert_eq!(open(&octets, one, &rules()), expected, "{name} with {own}");
        }
    }
}

#[test]
fn the_coupled_form_opens_under_its_flag_alone() {
    let Some(folder) = folder("eidas-node") else { return };
    let name = "encrypted/saml_response_key_transport_mgf1p.xml";
    let octets = std::fs::read(folder.join(name)).unwrap();
    let keys = DecryptionKeys::new(vec![node_key(&folder, "connector-p12-1")]).unwrap();
    let coupled = EncryptionRules { oaep_coupled: true, ..rules() };
    assert_eq!(open(&octets, &keys, &coupled), Ok(()));
    assert_eq!(open(&octets, &keys, &rules()), Err(Code::KeyMismatch));
    // Under the flag, what means it by the letter does not open.
    let name = "encrypted/saml_rsa_rsa-oaep_encrypted_response_DEREncodedKeyValue.xml";
    let octets = std::fs::read(folder.join(name)).unwrap();
    let keys = DecryptionKeys::new(vec![node_key(&folder, "test-p12-0")]).unwrap();
    assert_eq!(open(&octets, &keys, &coupled), Err(Code::KeyMismatch));
    assert_eq!(open(&octets, &keys, &rules()), Ok(()));
}

#[test]
fn mgf1p_is_for_rules_that_name_it() {
    let Some(folder) = folder("eidas-node") else { return };
    let keys = DecryptionKeys::new(vec![node_key(&folder, "test-p12-0")]).unwrap();
    let strict = EncryptionRules::authenticated();
    let name = "encrypted/saml_rsa_rsa-oaep-mgf1p_encrypted_response.xml";
    let octets = std::fs::read(folder.join(name)).unwrap();
    assert_eq!(open(&octets, &keys, &strict), Err(Code::AlgNotAllowed));
    assert_eq!(open(&octets, &keys, &rules()), Ok(()));
    let name = "encrypted/saml_rsa_rsa-oaep_encrypted_response.xml";
    let octets = std::fs::read(folder.join(name)).unwrap();
    assert_eq!(open(&octets, &keys, &strict), Ok(()));
}

#[test]
fn a_sample_that_is_not_encrypted_has_nothing_to_open() {
    let Some(folder) = folder("eidas-node") else { return };
    let octets = std::fs::read(folder.join("encrypted/saml_response.xml")).unwrap();
    let document = Document::parse(&octets, &Limits::LABORATORY).unwrap();
    assert!(find(document.root(), ASSERTION, "EncryptedAssertion").is_empty());
    let count = std::fs::read_dir(folder.join("encrypted")).unwrap().count();
    assert_eq!(count, NODE.len() + 1, "every file of the folder is in the table");
}

// --- the set of xmlsec, as primitives ------------------------------------------------------------

/// The key of the content of a file.
enum Key {
    /// A key that both sides have, base64, of `keys/keys.xml`.
    Shared(&'static str),
    /// Agreed: our key, the key of the sender, hash, length of the wrapping key.
    Agreed(&'static str, &'static str, Hash, usize),
    /// RSA-OAEP for `rsa/rsa-4096`.
    Oaep(Oaep, &'static [u8]),
}

const fn oaep(digest: OaepHash, mgf1: OaepHash) -> Oaep {
    Oaep { digest, mgf1 }
}

use OaepHash::{Sha1, Sha256, Sha512};

const XMLSEC: &[(&str, Key)] = &[
    ("enc-aes128gcm-keyname", Key::Shared("test-aes128")),
    ("enc-aes256gcm-keyname", Key::Shared("test-aes256")),
    ("enc-aes256-kt-rsa_oaep_enc11_sha512_mgf1_sha512", Key::Oaep(oaep(Sha512, Sha512), b"")),
    ("enc-aes256-kt-rsa_oaep_sha1-params", Key::Oaep(oaep(Sha1, Sha1), b"12345678")),
    ("enc-aes256-kt-rsa_oaep_sha1", Key::Oaep(oaep(Sha1, Sha1), b"")),
    ("enc-aes256-kt-rsa_oaep_sha256", Key::Oaep(oaep(Sha256, Sha1), b"")),
    ("enc-aes256-kt-rsa_oaep_sha256_mgf1_sha256", Key::Oaep(oaep(Sha256, Sha256), b"")),
    ("enc-aes256-kt-rsa_oaep_sha256_mgf1_sha512", Key::Oaep(oaep(Sha256, Sha512), b"")),
    (
        "enc_ecdh_p256_concatkdf_sha256_kw_aes256_aes128gcm",
        Key::Agreed("prime256v1", "prime256v1", Hash::Sha256, 32),
    ),
    (
        "enc_ecdh_p384_concatkdf_sha384_kw_aes192_aes192gcm",
        Key::Agreed("prime384v1", "prime384v1", Hash::Sha384, 24),
    ),
    (
        "enc_ecdh_p521_concatkdf_sha512_kw_aes256_aes256gcm",
        Key::Agreed("prime521v1", "prime521v1", Hash::Sha512, 32),
    ),
];

fn value(parent: Element<'_, '_>) -> Vec<u8> {
    let data = parent.children().find(|child| child.is(XENC, "CipherData")).unwrap();
    let text = data.children().next().unwrap().text().unwrap().into_owned();
    STANDARD.decode(text.split_ascii_whitespace().collect::<String>()).unwrap()
}

fn shared(folder: &std::path::Path, name: &str) -> Vec<u8> {
    let keys = std::fs::read_to_string(folder.join("keys/keys.xml")).unwrap();
    let (_, named) = keys.split_once(&format!("<KeyName>{name}</KeyName>")).unwrap();
    let (_, value) = named.split_once("<AESKeyValue").unwrap();
    let (_, value) = value.split_once('>').unwrap();
    let (value, _) = value.split_once('<').unwrap();
    STANDARD.decode(value.split_ascii_whitespace().collect::<String>()).unwrap()
}

fn agreed(folder: &std::path::Path, own: &str, other: &str, hash: Hash, len: usize) -> AesKey {
    let own = RecipientKey::from_der(&pem(folder, &format!("keys/ec/ec-{own}-second-key.pem")));
    let own = own.unwrap();
    let other = pem(folder, &format!("keys/ec/ec-{other}-pubkey.pem"));
    let other = parse_public_key(&other, AlgorithmRules::GENERAL).unwrap();
    let RecipientPrivate::Agreement(key) = own.private() else { panic!("a key on a curve") };
    let secret = key.agree(&other).unwrap();
    let info = [0x12, 0x34, 0x56].repeat(3);
    AesKey::new(concat_kdf(hash, &secret, &info, len).unwrap().as_bytes()).unwrap()
}

fn content(folder: &std::path::Path, key: &Key, data: Element<'_, '_>) -> Vec<u8> {
    let encrypted_key = || find(data, XENC, "EncryptedKey").remove(0);
    let content_key: Vec<u8> = match key {
        Key::Shared(name) => shared(folder, name),
        Key::Agreed(own, other, hash, len) => {
            let wrapped = value(encrypted_key());
            let opened = agreed(folder, own, other, *hash, *len).unwrap_key(&wrapped);
            opened.unwrap().as_bytes().to_vec()
        }
        Key::Oaep(oaep, label) => {
            let own = RecipientKey::from_der(&pem(folder, "keys/rsa/rsa-4096-key.pem")).unwrap();
            let RecipientPrivate::Decryption(key) = own.private() else { panic!("an RSA key") };
            let opened = key.decrypt(*oaep, label, &value(encrypted_key()));
            opened.unwrap().as_bytes().to_vec()
        }
    };
    let method = data.children().find(|child| child.is(XENC, "EncryptionMethod")).unwrap();
    let algorithm = ContentEncryption::from_uri(method.attribute("Algorithm").unwrap()).unwrap();
    // xmlsec takes the beginning of a longer key; `decrypt` refuses one.
    let key = AesKey::new(&content_key[..algorithm.key_len()]).unwrap();
    let ciphertext = value(data);
    let opened: Secret = if algorithm.is_authenticated() {
        let (nonce, sealed) = ciphertext.split_first_chunk::<GCM_NONCE_LEN>().unwrap();
        key.open_gcm(nonce, b"", sealed).unwrap()
    } else {
        let (vector, sealed) = ciphertext.split_first_chunk::<AES_BLOCK_LEN>().unwrap();
        key.danger_open_cbc(vector, sealed).unwrap()
    };
    opened.as_bytes().to_vec()
}

#[test]
fn primitives_open_the_set_of_xmlsec() {
    let Some(folder) = folder("xmldsig-interop") else { return };
    let files = std::fs::read_dir(folder.join("enc")).unwrap();
    let files = files.filter(|file| {
        file.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "xml")
    });
    assert_eq!(files.count(), XMLSEC.len(), "every file of the folder is in the table");
    for (name, key) in XMLSEC {
        let octets = std::fs::read(folder.join(format!("enc/{name}.xml"))).unwrap();
        let expected = std::fs::read(folder.join(format!("enc/{name}.data"))).unwrap();
        let document = Document::parse(&octets, &Limits::MESSAGE).unwrap();
        let data = find(document.root(), XENC, "EncryptedData").remove(0);
        let opened = content(&folder, key, data);
        // Where a part of a document was encrypted, it stands in the whole of `.data`.
        let expected = String::from_utf8(expected).unwrap().replace("\r\n", "\n");
        let opened = String::from_utf8(opened).unwrap().replace("\r\n", "\n");
        let place = expected.find(opened.trim());
        assert!(place.is_some() && !opened.trim().is_empty(), "{name}: {opened:?}");
    }
}

#[test]
fn the_set_of_xmlsec_is_outside_the_profile_of_saml() {
    let Some(folder) = folder("xmldsig-interop") else { return };
    let own = RecipientKey::from_der(&pem(&folder, "keys/rsa/rsa-4096-key.pem")).unwrap();
    let certificate = Certificate::parse(&pem(&folder, "keys/rsa/rsa-4096-cert.pem")).unwrap();
    let keys = DecryptionKeys::new(vec![own.with_certificate(certificate).unwrap()]).unwrap();
    for (name, _) in XMLSEC {
        let octets = std::fs::read_to_string(folder.join(format!("enc/{name}.xml"))).unwrap();
        let at = octets.find("EncryptedData").unwrap();
        let start = octets.get(..at).unwrap().rfind('<').unwrap();
        let (inside, _) = octets.get(start..).unwrap().rsplit_once("EncryptedData>").unwrap();
        let wrapped = format!("<w>{inside}EncryptedData></w>");
        let document = Document::parse(wrapped.as_bytes(), &Limits::MESSAGE).unwrap();
        let refusal = decrypt(document.root(), &keys, &rules()).unwrap_err();
        // Content instead of Element or no type; CBC; the originator by a name.
        let expected = matches!(
            refusal.code(),
            Code::XmlEncryptionType | Code::AlgNotAllowed | Code::XmlEncryption
        );
        assert!(expected, "{name}: {:?}", refusal.code());
    }
    assert!(XENC11.ends_with("xmlenc11#"));
}
