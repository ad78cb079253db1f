//! Encryption that is refused: P39 to P44, P66.

use super::super::kit::{bent, eidas, short};
use super::HONEST;
use crate::make::Made;
use crate::make::set::Set;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker_maker::keys;
use eid_broker_maker::saml::encrypt::{TYPE_CONTENT, Transport, content, transport};
use eid_broker_maker::saml::sign::digest;
use eid_broker_maker::saml::{Element, Encryption, Message};

const CLAUSE: &str = "eIDAS cryptographic requirements 1.2, 4";

// Changed before the response is signed: the signature holds.
fn with_encrypted(
    message: Made<Message>,
    change: impl FnOnce(&mut Element) -> Made<()>,
) -> Made<String> {
    let message = message?;
    let mut tree = message.unsigned()?;
    change(tree.at("saml2:EncryptedAssertion")?)?;
    if let Some(outer) = &message.outer {
        outer.sign(&mut tree)?;
    }
    Ok(tree.write())
}

fn by(encryption: Encryption) -> Made<String> {
    Ok(bent(eidas(), |message| {
        message.encryption = Some(encryption);
        Ok(())
    })?
    .to_xml()?)
}

const DATA: &str = "xenc:EncryptedData";
const KEY: &str = "xenc:EncryptedData/ds:KeyInfo/xenc:EncryptedKey";

pub(super) fn add(set: &mut Set) -> Made<()> {
    algorithms(set)?;
    structure(set)?;
    plaintexts(set)?;
    one_error(set)
}

fn algorithms(set: &mut Set) -> Made<()> {
    let rsa = || keys::saml_sp_enc_rsa().map_err(Into::into).and_then(|key| short(&key));
    for (name, encryption, about, attack) in [
        ("cbc-128", rsa()?.with_content(content::AES128_CBC), "AES in CBC.", "XML-40"),
        ("cbc-256", rsa()?.with_content(content::AES256_CBC), "AES in CBC.", "XML-40"),
        ("rsa-1-5", rsa()?.with_transport(Transport::Pkcs1), "RSAES-PKCS1-v1_5.", "XML-41"),
        (
            "oaep-mgf1p-of-version-1-4",
            rsa()?.with_oaep(transport::RSA_OAEP_MGF1P, None, None),
            "RSA-OAEP with SHA-1, of a node that speaks version 1.4.",
            "XML-42",
        ),
    ] {
        set.refuse(&format!("encryption/{name}"), "alg.not_allowed", HONEST, by(encryption)?)
            .about(about, CLAUSE)
            .attack(attack);
    }
    for (name, path, about) in [
        ("unknown-content", DATA, "Content encryption that is unknown."),
        ("unknown-transport", KEY, "Key transport that is unknown."),
    ] {
        let text = with_encrypted(eidas(), |encrypted| {
            encrypted
                .at(&format!("{path}/xenc:EncryptionMethod"))?
                .set("Algorithm", "urn:example:x");
            Ok(())
        })?;
        set.refuse(&format!("encryption/{name}"), "alg.not_allowed", HONEST, text)
            .about(about, CLAUSE);
    }
    let mut label = rsa()?;
    label.transport = Transport::Oaep {
        method: transport::RSA_OAEP.to_owned(),
        digest: Some(digest::SHA256.to_owned()),
        mgf: Some(transport::MGF1_SHA256.to_owned()),
        coupled: None,
        label: b"label".to_vec(),
    };
    set.refuse("encryption/oaep-parameters", "alg.not_allowed", HONEST, by(label)?)
        .about("RSA-OAEP with a label.", CLAUSE);
    Ok(())
}

fn structure(set: &mut Set) -> Made<()> {
    let cases: Vec<(&str, &str, String, &str)> = vec![
        (
            "type-content",
            "xml.encryption_type",
            with_encrypted(eidas(), |encrypted| {
                encrypted.at(DATA)?.set("Type", TYPE_CONTENT);
                Ok(())
            })?,
            "Content, which would be put into its parent.",
        ),
        (
            "no-data",
            "xml.encryption",
            with_encrypted(eidas(), |encrypted| {
                encrypted.take(DATA)?;
                Ok(())
            })?,
            "No encrypted data.",
        ),
        (
            "two-data",
            "xml.encryption",
            with_encrypted(eidas(), |encrypted| {
                let mut again = encrypted.find(DATA).ok_or("no data")?.clone();
                again.set("Id", "_other");
                again.at("ds:KeyInfo/xenc:EncryptedKey")?.set("Id", "_other-key");
                encrypted.children.push(again.into());
                Ok(())
            })?,
            "Encrypted data twice.",
        ),
        (
            "no-key",
            "xml.encryption",
            with_encrypted(eidas(), |encrypted| {
                encrypted.at("xenc:EncryptedData/ds:KeyInfo")?.take("xenc:EncryptedKey")?;
                Ok(())
            })?,
            "No encrypted key.",
        ),
        (
            "reference-elsewhere",
            "xml.encryption_reference",
            with_encrypted(sibling(), |encrypted| {
                encrypted
                    .at("xenc:EncryptedData/ds:KeyInfo/ds:RetrievalMethod")?
                    .set("URI", "https://attacker.example/k");
                Ok(())
            })?,
            "The key is to be fetched.",
        ),
        (
            "reference-to-itself",
            "xml.encryption_reference",
            with_encrypted(sibling(), |encrypted| {
                let id = encrypted.find(DATA).and_then(|data| data.get("Id")).unwrap_or_default();
                let uri = format!("#{id}");
                encrypted.at("xenc:EncryptedData/ds:KeyInfo/ds:RetrievalMethod")?.set("URI", &uri);
                Ok(())
            })?,
            "The reference leads to itself.",
        ),
        (
            "many-keys",
            "limit.count",
            with_encrypted(eidas(), |encrypted| {
                let key = encrypted.find(KEY).ok_or("no key")?.clone();
                for number in 0..8 {
                    let mut again = key.clone();
                    again.set("Id", &format!("_key-{number}"));
                    encrypted.at("xenc:EncryptedData/ds:KeyInfo")?.children.push(again.into());
                }
                Ok(())
            })?,
            "Nine encrypted keys.",
        ),
        (
            "cipher-reference",
            "xml.encryption_reference",
            with_encrypted(eidas(), |encrypted| {
                let data = encrypted.at("xenc:EncryptedData/xenc:CipherData")?;
                data.children = vec![
                    Element::new("xenc:CipherReference")
                        .with("URI", "https://attacker.example/")
                        .into(),
                ];
                Ok(())
            })?,
            "The ciphertext is to be fetched.",
        ),
    ];
    for (name, code, text, about) in cases {
        set.refuse(&format!("encryption/{name}"), code, HONEST, text)
            .about(about, "XML Encryption 1.1, 3");
    }
    Ok(())
}

fn sibling() -> Made<Message> {
    bent(eidas(), |message| {
        if let Some(encryption) = &mut message.encryption {
            encryption.sibling = true;
        }
        Ok(())
    })
}

fn plaintexts(set: &mut Set) -> Made<()> {
    let honest = eidas()?;
    let assertion = honest.assertions.first().ok_or("no assertion")?.write();
    let encryption = short(&keys::saml_sp_enc_rsa()?)?;
    let plaintext = |text: &str| -> Made<String> {
        let mut tree = honest.response.clone().child(encryption.encrypt(text)?);
        if let Some(outer) = &honest.outer {
            outer.sign(&mut tree)?;
        }
        Ok(tree.write())
    };
    for (name, code, text, about) in [
        (
            "two-assertions",
            "xml.malformed",
            format!("{assertion}{assertion}"),
            "Two assertions in one plaintext.",
        ),
        ("nothing", "xml.malformed", String::new(), "An empty plaintext."),
        ("text", "xml.malformed", "text".to_owned(), "A plaintext that is no XML."),
        (
            "declaration",
            "xml.instruction",
            format!("<?xml version=\"1.0\"?>{assertion}"),
            "An XML declaration in the plaintext.",
        ),
        (
            "doctype",
            "xml.dtd",
            format!("<!DOCTYPE a []>{assertion}"),
            "A document type in the plaintext.",
        ),
        (
            "response",
            "saml.element",
            honest.response.write(),
            "A response in the place of the assertion.",
        ),
        (
            "outer-prefix",
            "xml.namespace",
            assertion.replacen(" xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"", "", 1),
            "A prefix that is bound outside of the plaintext.",
        ),
    ] {
        set.refuse(&format!("plaintext/{name}"), code, HONEST, plaintext(&text)?)
            .about(about, "XML Encryption 1.1, 3.1")
            .attack("XML-38");
    }
    let plain = bent(eidas(), |message| {
        message.encryption = None;
        Ok(())
    })?
    .to_xml()?;
    set.refuse("encryption/missing", "encryption.missing", HONEST, plain)
        .about("The assertion is not encrypted.", CLAUSE);
    Ok(())
}

// Whatever is wrong with keys and ciphertexts, the answer is the same.
fn one_error(set: &mut Set) -> Made<()> {
    let octets = |path: &'static str, change: fn(Vec<u8>) -> Vec<u8>, message: Made<Message>| {
        with_encrypted(message, |encrypted| {
            let value = encrypted.at(&format!("{path}/xenc:CipherData/xenc:CipherValue"))?;
            let octets = STANDARD.decode(value.inner_text())?;
            value.set_text(&STANDARD.encode(change(octets)));
            Ok(())
        })
    };
    let flip: fn(Vec<u8>) -> Vec<u8> = |mut octets| {
        if let Some(last) = octets.last_mut() {
            *last ^= 1;
        }
        octets
    };
    let first: fn(Vec<u8>) -> Vec<u8> = |mut octets| {
        if let Some(first) = octets.first_mut() {
            *first ^= 1;
        }
        octets
    };
    let cut: fn(Vec<u8>) -> Vec<u8> =
        |octets| octets.iter().take(octets.len().saturating_sub(4)).copied().collect();
    let stub: fn(Vec<u8>) -> Vec<u8> = |octets| octets.iter().take(27).copied().collect();
    let agreed = || -> Made<Message> {
        bent(eidas(), |message| {
            message.encryption = Some(short(&keys::saml_sp_enc_p256()?)?);
            Ok(())
        })
    };
    let cases: Vec<(&str, String, &str, &str)> = vec![
        ("tag", octets(DATA, flip, eidas())?, HONEST, "A bit of the tag is another one."),
        (
            "vector",
            octets(DATA, first, eidas())?,
            HONEST,
            "A bit of the initialisation vector is another one.",
        ),
        ("short-tag", octets(DATA, cut, eidas())?, HONEST, "The tag is four bytes shorter."),
        ("stub", octets(DATA, stub, eidas())?, HONEST, "Too short for vector and tag."),
        (
            "wrapped-key",
            octets(KEY, flip, eidas())?,
            HONEST,
            "A bit of the encrypted key is another one.",
        ),
        (
            "wrapped-by-aes",
            octets(KEY, flip, agreed())?,
            AGREED,
            "A bit of the wrapped key is another one.",
        ),
        (
            "for-another",
            by(short(&keys::saml_node_rsa()?)?)?,
            HONEST,
            "Encrypted for somebody else.",
        ),
        (
            "for-another-point",
            by(short(&keys::saml_node_p256()?)?)?,
            AGREED,
            "Encrypted for somebody else's curve point.",
        ),
    ];
    for (name, text, twin, about) in cases {
        set.refuse(&format!("decryption/{name}"), "key.mismatch", twin, text)
            .about(about, "XML Encryption 1.1, 6.1")
            .attack("XML-40");
    }
    let point = |octets: Vec<u8>| {
        with_encrypted(agreed(), |encrypted| {
            let key = "ds:KeyInfo/xenc:AgreementMethod/xenc:OriginatorKeyInfo/ds:KeyValue/dsig11:ECKeyValue/dsig11:PublicKey";
            encrypted.at(&format!("{KEY}/{key}"))?.set_text(&STANDARD.encode(octets));
            Ok(())
        })
    };
    let mut off = keys::saml_stranger_p256()?.public_key().to_vec();
    if let Some(last) = off.last_mut() {
        *last ^= 1;
    }
    for (name, octets, about) in [
        ("off-the-curve", off, "A point that is not on the curve."),
        ("zero", [&[4][..], &[0; 64]].concat(), "The coordinates are zero."),
        ("infinity", vec![0], "The point at infinity."),
        ("other-curve", keys::saml_node_p384()?.public_key().to_vec(), "A point of another curve."),
    ] {
        set.refuse(&format!("originator/{name}"), "key.malformed", AGREED, point(octets)?)
            .about(about, "NIST SP 800-56A, 5.6.2.3");
    }
    Ok(())
}

const AGREED: &str = "accepted/ecdh-p256";
