//! Responses of the test eIDAS node, and what of them nobody can leave out.

use eid_broker::crypto::{
    AesKey, AgreementKey, DecryptionKey, GCM_NONCE_LEN, Hash, Oaep, OaepHash, PublicKey, Scheme,
    concat_kdf, sha256,
};
use eid_broker::envelope::base64std;
use eid_broker_maker::keys::TestKey;
use eid_broker_maker::saml::eidas::{Node, Person};
use eid_broker_maker::saml::read::read;
use eid_broker_maker::saml::sign::certificate;
use eid_broker_maker::saml::{Asked, Element, Encryption, Signing};
use std::hint::black_box;

/// A response whose assertion is signed, and which is signed itself.
pub(crate) struct Message {
    pub(crate) text: String,
    /// Of the response, then of the assertion.
    pub(crate) signatures: [Signature; 2],
}

/// One enveloped signature.
pub(crate) struct Signature {
    /// The canonical form of `SignedInfo`.
    pub(crate) signed_info: Vec<u8>,
    pub(crate) value: Vec<u8>,
    /// The canonical form of the element, without the signature.
    pub(crate) octets: Vec<u8>,
}

impl Message {
    /// About a person with the eight attributes of the first profile, both names in two scripts; both
    /// signatures by this key and method. About 8 kB with P-256.
    pub(crate) fn new(key: &TestKey, method: Option<&str>, encryption: Option<Encryption>) -> Self {
        let mut signing = Signing::new(key, Some(&certificate(key).expect("a certificate")));
        if let Some(method) = method {
            signing = signing.with_method(method);
        }
        let mut node = Node::new().expect("embedded keys");
        node.signing = signing.clone();
        node.encryption = None;
        let mut person = Person::erika();
        person.0.truncate(8);
        let mut message = node.answer(&Asked::honest(), &person).expect("a response");
        message.inner = Some(signing);
        let plain = message.to_xml().expect("a signed response");
        let assertion = read(&plain).expect("XML").at("saml2:Assertion").expect("one").clone();
        message.encryption = encryption;
        let text = message.to_xml().expect("a signed response");
        let response = read(&text).expect("XML");
        Self { signatures: [Signature::of(response), Signature::of(assertion)], text }
    }

    /// The content of an element of the encrypted data.
    fn octets_at(&self, path: &str) -> Vec<u8> {
        let path = format!("saml2:EncryptedAssertion/xenc:EncryptedData/{path}");
        let response = read(&self.text).expect("XML");
        let text = response.find(&path).unwrap_or_else(|| panic!("no {path}")).inner_text();
        base64std::decode(text.as_bytes()).expect("base64")
    }
}

impl Signature {
    fn of(mut signed: Element) -> Self {
        let signature = signed.take("ds:Signature").expect("a signature");
        let info = signature.find("ds:SignedInfo").expect("what is signed");
        let value = signature.find("ds:SignatureValue").expect("a value").inner_text();
        Self {
            signed_info: info.canonical(&[]).into_bytes(),
            value: base64std::decode(value.as_bytes()).expect("base64"),
            octets: signed.canonical(&[]).into_bytes(),
        }
    }

    /// One signature and one digest, by the backends of the library.
    pub(crate) fn verify(&self, key: &PublicKey, scheme: Scheme) {
        key.verify(scheme, &self.signed_info, &self.value).expect("an honest signature");
        black_box(sha256(&self.octets));
    }
}

/// The primitive calls of a decryption over the same bytes, the key of the recipient parsed.
pub(crate) enum Decryption {
    Agreement {
        key: AgreementKey,
        // A point that is new each time, and has to be checked.
        originator: Vec<u8>,
        wrapped: Vec<u8>,
        content: String,
    },
    Transport {
        key: DecryptionKey,
        wrapped: Vec<u8>,
        content: String,
    },
}

impl Decryption {
    pub(crate) fn agreement(message: &Message, recipient: &TestKey) -> Self {
        let method = "ds:KeyInfo/xenc:EncryptedKey/ds:KeyInfo/xenc:AgreementMethod";
        let point = "xenc:OriginatorKeyInfo/ds:KeyValue/dsig11:ECKeyValue/dsig11:PublicKey";
        Self::Agreement {
            key: agreement_key(recipient),
            originator: message.octets_at(&format!("{method}/{point}")),
            wrapped: message.octets_at(WRAPPED),
            content: content(message),
        }
    }

    pub(crate) fn transport(message: &Message, recipient: &TestKey) -> Self {
        Self::Transport {
            key: DecryptionKey::from_pkcs8(recipient.pkcs8_der()).expect("a key"),
            wrapped: message.octets_at(WRAPPED),
            content: content(message),
        }
    }

    pub(crate) fn open(&self) {
        let (content_key, content) = match self {
            Self::Agreement { key, originator, wrapped, content } => {
                let originator = PublicKey::from_point(key.curve(), originator).expect("a point");
                let shared = key.agree(&originator).expect("a secret");
                let wrapping = concat_kdf(Hash::Sha256, &shared, &[0; 3], 32).expect("a key");
                let wrapping = AesKey::new(wrapping.as_bytes()).expect("32 bytes");
                (wrapping.unwrap_key(wrapped).expect("a content key"), content)
            }
            Self::Transport { key, wrapped, content } => {
                let oaep = Oaep::both(OaepHash::Sha256);
                (key.decrypt(oaep, b"", wrapped).expect("a content key"), content)
            }
        };
        let sealed = base64std::decode(content.as_bytes()).expect("base64");
        let (nonce, sealed) = sealed.split_first_chunk::<GCM_NONCE_LEN>().expect("a nonce");
        let key = AesKey::new(content_key.as_bytes()).expect("32 bytes");
        black_box(key.open_gcm(nonce, b"", sealed).expect("a sound message"));
    }
}

fn agreement_key(key: &TestKey) -> AgreementKey {
    let key = openssl::pkey::PKey::private_key_from_der(key.pkcs8_der()).expect("a key");
    let scalar = key.ec_key().expect("of a curve").private_key().to_vec();
    AgreementKey::from_scalar(eid_broker::crypto::Curve::P256, &scalar).expect("a key")
}

const WRAPPED: &str = "ds:KeyInfo/xenc:EncryptedKey/xenc:CipherData/xenc:CipherValue";

fn content(message: &Message) -> String {
    let response = read(&message.text).expect("XML");
    let path = "saml2:EncryptedAssertion/xenc:EncryptedData/xenc:CipherData/xenc:CipherValue";
    response.find(path).expect("content").inner_text()
}
