//! Signatures that are made in another way than SAML demands: P25 to P38.

use super::super::kit::{SIGNATURE, bent, eidas, with_signed_info, with_tree};
use super::HONEST;
use crate::make::Made;
use crate::make::set::Set;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker_maker::saml::redirect::ecdsa_der;
use eid_broker_maker::saml::sign::{ENVELOPED, EXCLUSIVE, certificate, digest, method};
use eid_broker_maker::saml::{Element, Signing};
use eid_broker_maker::{Hash, TestKey, keys};

pub(super) fn add(set: &mut Set) -> Made<()> {
    references(set)?;
    transforms(set)?;
    keys_of_others(set)?;
    algorithms(set)?;
    values(set)
}

fn references(set: &mut Set) -> Made<()> {
    let uri = |uri: Option<&str>| {
        with_signed_info(eidas(), |info| {
            let reference = info.at("ds:Reference")?;
            reference.unset("URI");
            if let Some(uri) = uri {
                reference.set("URI", uri);
            }
            Ok(())
        })
    };
    for (name, value, about) in [
        ("empty", Some(""), "The reference is to the whole document."),
        ("none", None, "The reference names nothing."),
        ("xpointer", Some("#xpointer(/)"), "An XPointer."),
        ("xpointer-id", Some("#xpointer(id('_response'))"), "An XPointer to an identifier."),
        (
            "external",
            Some("https://attacker.example/x"),
            "A document elsewhere, which is not fetched.",
        ),
        ("injection", Some("#a' or '1'='1"), "A piece of an XPath expression."),
        ("hash-alone", Some("#"), "A fragment without a name."),
    ] {
        set.refuse(&format!("reference/{name}"), "sig.reference", HONEST, uri(value)?)
            .about(about, "SAML Core 2.0, 5.4.2")
            .attack("XML-17");
    }
    set.refuse("reference/other", "sig.scope", HONEST, uri(Some("#_other"))?)
        .about("Another identifier.", "SAML Core 2.0, 5.4.2")
        .attack("XML-15");
    let two = with_signed_info(eidas(), |info| {
        let reference = info.find("ds:Reference").ok_or("no reference")?.clone();
        info.children.push(reference.into());
        Ok(())
    })?;
    set.refuse("reference/two", "ambiguous.reference", HONEST, two)
        .about("Two references.", "SAML Core 2.0, 5.4.2")
        .attack("XML-14");
    let no = with_signed_info(eidas(), |info| {
        info.take("ds:Reference")?;
        Ok(())
    })?;
    set.refuse("reference/no", "sig.reference", HONEST, no)
        .about("A signature about nothing.", "SAML Core 2.0, 5.4.2")
        .attack("XML-14");
    let manifest = with_signed_info(eidas(), |info| {
        info.at("ds:Reference")?.set("Type", "http://www.w3.org/2000/09/xmldsig#Manifest");
        Ok(())
    })?;
    set.refuse("reference/manifest", "sig.form", HONEST, manifest)
        .about("A reference to a manifest.", "XML Signature 1.1, 5.1")
        .attack("XML-14");
    let void = with_signed_info(eidas(), |info| {
        let empty = STANDARD.encode(Hash::Sha256.digest(b""));
        info.at("ds:Reference/ds:DigestValue")?.set_text(&empty);
        Ok(())
    })?;
    set.refuse("reference/digest-of-nothing", "digest.mismatch", HONEST, void)
        .about("The digest of nothing, signed.", "XML Signature 1.1, 3.2.1")
        .attack("XML-09");
    Ok(())
}

fn transforms(set: &mut Set) -> Made<()> {
    let chain = |algorithms: &[&str]| {
        with_signed_info(eidas(), |info| {
            let transforms = info.at("ds:Reference/ds:Transforms")?;
            transforms.children = algorithms
                .iter()
                .map(|uri| Element::new("ds:Transform").with("Algorithm", uri).into())
                .collect();
            Ok(())
        })
    };
    let inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let comments = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
    let xpath = "http://www.w3.org/TR/1999/REC-xpath-19991116";
    for (name, list, about) in [
        ("xpath", &[ENVELOPED, xpath, EXCLUSIVE][..], "XPath."),
        (
            "xpath-filter",
            &[ENVELOPED, "http://www.w3.org/2002/06/xmldsig-filter2", EXCLUSIVE],
            "The filter of XPath.",
        ),
        (
            "xslt",
            &[ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116", EXCLUSIVE],
            "A programme in XSLT.",
        ),
        ("base64", &[ENVELOPED, "http://www.w3.org/2000/09/xmldsig#base64", EXCLUSIVE], "Base64."),
        (
            "decrypt",
            &[ENVELOPED, "http://www.w3.org/2002/07/decrypt#XML", EXCLUSIVE],
            "Decryption.",
        ),
        ("no-enveloped", &[EXCLUSIVE], "The signature is not taken out."),
        ("enveloped-alone", &[ENVELOPED], "No canonicalisation."),
        ("enveloped-twice", &[ENVELOPED, ENVELOPED], "The signature is taken out twice."),
        ("exclusive-twice", &[ENVELOPED, EXCLUSIVE, EXCLUSIVE], "Canonicalised twice."),
        ("other-order", &[EXCLUSIVE, ENVELOPED], "In the other order."),
        ("inclusive", &[ENVELOPED, inclusive], "Inclusive canonicalisation."),
        ("with-comments", &[ENVELOPED, comments], "Canonicalisation with comments."),
    ] {
        set.refuse(&format!("transform/{name}"), "sig.transform", HONEST, chain(list)?)
            .about(about, "SAML Core 2.0, 5.4.4")
            .attack("XML-18");
    }
    let none = with_signed_info(eidas(), |info| {
        info.at("ds:Reference")?.take("ds:Transforms")?;
        Ok(())
    })?;
    set.refuse("transform/none", "sig.form", HONEST, none)
        .about("No transforms.", "SAML Core 2.0, 5.4.4")
        .attack("XML-18");
    for (name, uri) in
        [("inclusive", inclusive), ("with-comments", comments), ("unknown", "urn:example:c14n")]
    {
        let text = with_signed_info(eidas(), |info| {
            info.at("ds:CanonicalizationMethod")?.set("Algorithm", uri);
            Ok(())
        })?;
        set.refuse(&format!("canonicalisation/{name}"), "sig.transform", HONEST, text)
            .about(
                "SignedInfo says that it is canonicalised in another way.",
                "SAML Core 2.0, 5.4.3",
            )
            .attack("XML-18");
    }
    Ok(())
}

fn keys_of_others(set: &mut Set) -> Made<()> {
    let stranger = keys::saml_stranger_p256()?;
    let shown = Signing::new(&stranger, Some(&certificate(&stranger)?));
    for (name, signing, about) in [
        ("stranger", shown.clone(), "Consistent in itself, by a key whose certificate it shows."),
        ("stranger-without-certificate", shown.without_key_info(), "By a key that nobody knows."),
    ] {
        let text = bent(eidas(), |message| {
            message.outer = Some(signing);
            Ok(())
        })?
        .to_xml()?;
        set.refuse(&format!("key/{name}"), "sig.invalid", HONEST, text)
            .about(about, "eIDAS SAML message format 1.2, 4")
            .attack("XML-32");
    }
    let genuine = certificate(&keys::saml_node_p256()?)?;
    let mixed = bent(eidas(), |message| {
        message.outer = Some(Signing::new(&stranger, Some(&genuine)));
        Ok(())
    })?
    .to_xml()?;
    set.refuse("key/certificate-of-the-node", "sig.invalid", HONEST, mixed)
        .about("By a stranger who shows the certificate of the node.", SIGNATURE)
        .attack("XML-33");
    let encryption = bent(eidas(), |message| {
        message.outer = Some(Signing::new(&keys::saml_sp_enc_p256()?, None));
        Ok(())
    })?
    .to_xml()?;
    set.refuse("key/our-own-encryption-key", "sig.invalid", HONEST, encryption)
        .about("By a key of our own, which is there for decryption.", SIGNATURE)
        .attack("XML-57");
    for (name, info) in [
        (
            "key-value",
            Element::new("ds:KeyValue").child(
                Element::new("ds:RSAKeyValue")
                    .child(Element::new("ds:Modulus").text("AQAB"))
                    .child(Element::new("ds:Exponent").text("AQAB")),
            ),
        ),
        (
            "retrieval-method",
            Element::new("ds:RetrievalMethod").with("URI", "https://attacker.example/key"),
        ),
    ] {
        let text = bent(eidas(), |message| {
            let mut signing = Signing::new(&keys::saml_stranger_p256()?, None);
            signing.key_info = Some(Element::new("ds:KeyInfo").child(info));
            message.outer = Some(signing);
            Ok(())
        })?
        .to_xml()?;
        set.refuse(&format!("key/{name}"), "sig.invalid", HONEST, text)
            .about("By a stranger who says where the key is.", SIGNATURE)
            .attack("XML-32");
    }
    Ok(())
}

fn algorithms(set: &mut Set) -> Made<()> {
    let by = |key: &TestKey, signature: &str, hash: &str| -> Made<String> {
        Ok(bent(eidas(), |message| {
            message.outer = Some(Signing::new(key, None).with_method(signature).with_digest(hash));
            Ok(())
        })?
        .to_xml()?)
    };
    let (p256, rsa) = (keys::saml_node_p256()?, keys::saml_node_rsa()?);
    for (name, key, signature, code, about) in [
        ("rsa-sha1", &rsa, method::RSA_SHA1, "alg.not_allowed", "RSA with SHA-1."),
        ("ecdsa-sha1", &p256, method::ECDSA_SHA1, "alg.not_allowed", "ECDSA with SHA-1."),
        (
            "rsa-pkcs1",
            &rsa,
            method::RSA_SHA256,
            "alg.not_allowed",
            "RSASSA-PKCS1-v1_5, which an eIDAS node does not use.",
        ),
        (
            "hmac",
            &p256,
            method::HMAC_SHA256,
            "alg.not_allowed",
            "HMAC, the public key for a secret.",
        ),
    ] {
        set.refuse(&format!("algorithm/{name}"), code, HONEST, by(key, signature, digest::SHA256)?)
            .about(about, "eIDAS cryptographic requirements 1.2, 3")
            .attack(if name == "hmac" { "XML-31" } else { "XML-42" });
    }
    set.refuse(
        "algorithm/digest-sha1",
        "alg.not_allowed",
        HONEST,
        by(&p256, method::ECDSA_SHA256, digest::SHA1)?,
    )
    .about("A digest by SHA-1.", "eIDAS cryptographic requirements 1.2, 3")
    .attack("XML-42");
    for (name, uri, about) in [
        ("md5", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5", "MD5."),
        ("dsa", "http://www.w3.org/2000/09/xmldsig#dsa-sha1", "DSA."),
        ("unknown", "urn:example:signature", "Something unknown."),
        (
            "pss-of-1-1",
            "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
            "RSASSA-PSS with parameters in the message.",
        ),
    ] {
        let text = with_tree(eidas(), |tree| {
            tree.at("ds:Signature/ds:SignedInfo/ds:SignatureMethod")?.set("Algorithm", uri);
            Ok(())
        })?;
        set.refuse(&format!("algorithm/{name}"), "alg.not_allowed", HONEST, text)
            .about(about, "eIDAS cryptographic requirements 1.2, 3")
            .attack("XML-42");
    }
    for (name, uri) in
        [("unknown", "urn:example:digest"), ("md5", "http://www.w3.org/2001/04/xmldsig-more#md5")]
    {
        let text = with_signed_info(eidas(), |info| {
            info.at("ds:Reference/ds:DigestMethod")?.set("Algorithm", uri);
            Ok(())
        })?;
        set.refuse(&format!("algorithm/digest-{name}"), "alg.not_allowed", HONEST, text)
            .about("A digest by something else.", "eIDAS cryptographic requirements 1.2, 3")
            .attack("XML-42");
    }
    let confused = with_signed_info(eidas(), |info| {
        info.at("ds:SignatureMethod")?.set("Algorithm", method::PSS_SHA256);
        Ok(())
    })?;
    set.refuse("algorithm/of-another-kind-of-key", "sig.invalid", "accepted/pss-sha256", confused)
        .about("A signature by ECDSA that says RSASSA-PSS.", SIGNATURE)
        .attack("XML-31");
    let truncated = with_signed_info(eidas(), |info| {
        let element = info.at("ds:SignatureMethod")?;
        element.children.push(Element::new("ds:HMACOutputLength").text("8").into());
        Ok(())
    })?;
    set.refuse("algorithm/output-length", "sig.form", HONEST, truncated)
        .about("A length of the output, as HMAC has it.", "CVE-2009-0217")
        .attack("XML-31");
    let parameters = with_signed_info(eidas(), |info| {
        let element = info.at("ds:SignatureMethod")?;
        element.children.push(Element::new("ds:RSAPSSParams").into());
        Ok(())
    })?;
    set.refuse("algorithm/parameters", "sig.form", HONEST, parameters)
        .about("Parameters in the message.", "RFC 6931, 2.3.10")
        .attack("XML-42");
    let short = keys::saml_weak_rsa2048()?;
    set.refuse(
        "key/rsa-2048",
        "key.weak",
        "accepted/pss-sha256",
        by(&short, method::PSS_SHA256, digest::SHA256)?,
    )
    .about(
        "A key that is pinned, and shorter than 3072 bits.",
        "eIDAS cryptographic requirements 1.2, 3",
    )
    .trust("saml-rsa-2048")
    .attack("XML-42");
    let salt = bent(eidas(), |message| {
        let mut signing = Signing::new(&keys::saml_node_rsa()?, None);
        signing.salt_len = Some(20);
        message.outer = Some(signing);
        Ok(())
    })?
    .to_xml()?;
    set.refuse("algorithm/salt-of-20-bytes", "sig.invalid", "accepted/pss-sha256", salt)
        .about("RSASSA-PSS with a salt of another length.", "RFC 6931, 2.3.10");
    Ok(())
}

fn values(set: &mut Set) -> Made<()> {
    let value = |change: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        with_tree(eidas(), |tree| {
            let element = tree.at("ds:Signature/ds:SignatureValue")?;
            let octets = STANDARD.decode(element.inner_text())?;
            element.set_text(&STANDARD.encode(change(octets)));
            Ok(())
        })
    };
    let flip = |mut octets: Vec<u8>| {
        if let Some(last) = octets.last_mut() {
            *last ^= 1;
        }
        octets
    };
    let half = |octets: &[u8], first: bool| {
        let (r, s) = octets.split_at(32);
        if first { r.to_vec() } else { s.to_vec() }
    };
    let cases: [(&str, String, &str); 8] = [
        ("flipped", value(&flip)?, "The last bit is another one."),
        ("der", value(&|octets| ecdsa_der(&octets))?, "ECDSA in DER."),
        (
            "zero-padded",
            value(&|octets| {
                [&[0][..], &half(&octets, true), &[0], &half(&octets, false)].concat()
            })?,
            "Both numbers with a zero byte before them.",
        ),
        ("zero", value(&|_| vec![0; 64])?, "Both numbers are zero."),
        ("order", value(&|_| [ORDER, ORDER].concat())?, "Both numbers are the order of the group."),
        ("short", value(&|octets| octets.iter().take(63).copied().collect())?, "One byte too few."),
        ("empty", value(&|_| Vec::new())?, "No byte."),
        ("long", value(&|octets| [&octets[..], &[0]].concat())?, "One byte too many."),
    ];
    for (name, text, about) in cases {
        let code = if name == "empty" { "sig.form" } else { "sig.invalid" };
        set.refuse(&format!("signature/value-{name}"), code, HONEST, text)
            .about(about, "XML Signature 1.1, 6.4.3")
            .attack("XML-35");
    }
    Ok(())
}

// Of P-256.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
