//! Documents that two readers could read in two ways: P17 to P24, P58, P59, P63 to P65.

use super::super::kit::{SIGNATURE, XML, bent, eidas, with_response, with_signed_info, with_tree};
use super::HONEST;
use crate::make::Made;
use crate::make::set::Set;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker_maker::saml::encrypt::TYPE_ELEMENT;
use eid_broker_maker::saml::{Element, XmlNode, post};

const FAMILY: &str = "http://eidas.europa.eu/attributes/naturalperson/CurrentFamilyName";

pub(super) fn add(set: &mut Set) -> Made<()> {
    documents(set)?;
    values(set)?;
    signatures(set)?;
    floods(set)
}

// Changes of the document as a text, behind its signature.
fn documents(set: &mut Set) -> Made<()> {
    let text = eidas()?.to_xml()?;
    let doctype = |subset: &str| format!("<!DOCTYPE saml2p:Response [{subset}]>{text}");
    for (name, code, attack, token, about) in [
        ("nothing", "format.empty", "", String::new(), "No byte at all."),
        ("spaces", "format.empty", "", " \n ".to_owned(), "White space alone."),
        (
            "cut",
            "xml.malformed",
            "XML-21",
            text.get(..2_000).unwrap_or_default().to_owned(),
            "A document that ends too soon.",
        ),
        (
            "two-roots",
            "xml.malformed",
            "XML-21",
            format!("{text}<a/>"),
            "A second root behind the signed one.",
        ),
        (
            "two-responses",
            "xml.malformed",
            "XML-21",
            format!("{text}{text}"),
            "The same response twice.",
        ),
        ("text-behind", "xml.malformed", "XML-21", format!("{text}x"), "Text behind the root."),
        ("doctype", "xml.dtd", "XML-07", doctype(""), "A document type."),
        ("entity", "xml.dtd", "XML-07", doctype("<!ENTITY e \"x\">"), "An internal entity."),
        (
            "external-entity",
            "xml.dtd",
            "XML-25",
            doctype("<!ENTITY e SYSTEM \"file:///etc/hostname\">"),
            "An external entity.",
        ),
        (
            "attribute-defaults",
            "xml.dtd",
            "XML-07",
            doctype("<!ATTLIST saml2p:Response id ID #IMPLIED>"),
            "A document type that declares identifiers.",
        ),
        (
            "expansion",
            "xml.dtd",
            "XML-26",
            doctype(
                "<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;\">",
            ),
            "Entities that grow.",
        ),
        (
            "unknown-entity",
            "xml.entity",
            "XML-07",
            text.replacen(">https://eidas-node.example", ">&x;https://eidas-node.example", 1),
            "An entity that nobody declared.",
        ),
        (
            "version-1-1",
            "xml.encoding",
            "XML-24",
            format!("<?xml version=\"1.1\"?>{text}"),
            "XML 1.1.",
        ),
        (
            "other-encoding",
            "xml.encoding",
            "XML-24",
            format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{text}"),
            "Another encoding is declared.",
        ),
        (
            "utf-7",
            "xml.encoding",
            "XML-24",
            format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>{text}"),
            "UTF-7 is declared.",
        ),
        (
            "mark-inside",
            "xml.encoding",
            "XML-24",
            text.replacen("<saml2p:Status>", "\u{feff}<saml2p:Status>", 1),
            "A byte order mark in the middle.",
        ),
        (
            "control",
            "xml.malformed",
            "XML-24",
            text.replacen("<saml2p:Status>", "\u{1}<saml2p:Status>", 1),
            "A control character.",
        ),
        (
            "zero",
            "xml.encoding",
            "XML-24",
            text.replacen("<saml2p:Status>", "\0<saml2p:Status>", 1),
            "A zero byte.",
        ),
        (
            "declaration-behind",
            "xml.malformed",
            "XML-24",
            format!(" <?xml version=\"1.0\"?>{text}"),
            "An XML declaration that is not the first thing.",
        ),
        (
            "relative-namespace",
            "xml.c14n",
            "XML-09",
            text.replacen("<saml2p:Response ", "<saml2p:Response xmlns:v=\"1\" ", 1),
            "A namespace that is no absolute URI: canonicalisers fail on it.",
        ),
        (
            "rebound-prefix",
            "saml.element",
            "XML-08",
            text.replacen(
                "<saml2p:Status>",
                "<saml2p:Status xmlns:saml2p=\"urn:example:other\">",
                1,
            ),
            "A prefix that is bound to another namespace on the way.",
        ),
        (
            "reserved-prefix",
            "xml.namespace",
            "XML-08",
            text.replacen(
                "<saml2p:Response ",
                "<saml2p:Response xmlns:xml=\"urn:example:other\" ",
                1,
            ),
            "The prefix of XML itself, bound to something else.",
        ),
        (
            "attribute-twice",
            "xml.malformed",
            "XML-24",
            text.replacen(" Version=\"2.0\"", " Version=\"2.0\" Version=\"2.0\"", 1),
            "An attribute that stands there twice.",
        ),
    ] {
        let vector = set.refuse(&format!("document/{name}"), code, HONEST, token);
        vector.about(about, XML);
        if !attack.is_empty() {
            vector.attack(attack);
        }
    }
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    // The first octet of UTF-16 is none of XML in UTF-8, and none of base64.
    set.refuse("document/utf-16", "xml.encoding", HONEST, utf16)
        .about("UTF-16 with its mark.", XML)
        .attack("XML-24");
    let overlong = text.as_bytes().to_vec();
    let at = text.find("eidas-node.example").ok_or("no issuer")?;
    let overlong = [&overlong[..at], &[0xc1, 0xa5], &overlong[at.saturating_add(1)..]].concat();
    set.refuse("document/overlong", "xml.encoding", HONEST, overlong)
        .about("A letter in an overlong form of UTF-8.", XML)
        .attack("XML-24");
    for (name, code, token, about) in [
        (
            "form-junk",
            "format.base64",
            post(&text).replacen('Q', "*Q", 1),
            "A character in the form value that is none of base64.",
        ),
        (
            "form-url-alphabet",
            "format.base64",
            post(&text).replace('+', "-").replace('/', "_") + "__--",
            "The alphabet of base64url.",
        ),
        ("form-nothing", "xml.malformed", STANDARD.encode(" "), "A form value with nothing in it."),
    ] {
        set.refuse(&format!("document/{name}"), code, HONEST, token)
            .about(about, "SAML Bindings 2.0, 3.5.4");
    }
    Ok(())
}

// Signed as they are: only what is read can go wrong.
fn values(set: &mut Set) -> Made<()> {
    let inside = |node: XmlNode| -> Made<String> {
        Ok(bent(eidas(), |message| {
            let value = message.attribute(FAMILY)?.at("saml2:AttributeValue")?;
            value.children =
                vec![XmlNode::Text("Muster".to_owned()), node, XmlNode::Text("mann".to_owned())];
            Ok(())
        })?
        .to_xml()?)
    };
    set.refuse("value/comment", "xml.comment", HONEST, inside(XmlNode::comment(""))?)
        .about("A comment splits a name.", XML)
        .attack("XML-11");
    set.refuse(
        "value/instruction",
        "xml.instruction",
        HONEST,
        inside(XmlNode::instruction("p admin"))?,
    )
    .about("An instruction in a name, which canonicalisers keep and readers drop.", XML)
    .attack("XML-11");
    set.refuse("value/element", "xml.content", HONEST, inside(Element::new("saml2:b").into())?)
        .about("An element in a name.", XML);
    let issuer = |node: XmlNode| {
        with_response(eidas(), |response| {
            response.at("saml2:Issuer")?.children.push(node);
            Ok(())
        })
    };
    set.refuse("value/comment-in-issuer", "xml.comment", HONEST, issuer(XmlNode::comment("x"))?)
        .about("A comment in the issuer, which is signed over.", XML)
        .attack("XML-11");
    set.refuse(
        "value/instruction-in-issuer",
        "xml.instruction",
        HONEST,
        issuer(XmlNode::instruction("x"))?,
    )
    .about("An instruction in the issuer, which is signed over.", XML)
    .attack("XML-11");
    for (name, code, attribute, value, about) in [
        ("nil", "saml.attribute", "xsi:nil", "true", "A value that says that it is none."),
        ("other-type", "saml.value_type", "xsi:type", "xsd:integer", "A value of another type."),
        (
            "type-of-another",
            "saml.value_type",
            "xsi:type",
            "eidas-natural:GenderType",
            "The type of another attribute.",
        ),
    ] {
        let text = bent(eidas(), |message| {
            message
                .assertion()?
                .namespaces
                .push(("xsd".to_owned(), "http://www.w3.org/2001/XMLSchema".to_owned()));
            message.attribute(FAMILY)?.at("saml2:AttributeValue")?.set(attribute, value);
            Ok(())
        })?
        .to_xml()?;
        set.refuse(&format!("value/{name}"), code, HONEST, text).about(about, "XML Schema 1, 2.6");
    }
    let rebound = bent(eidas(), |message| {
        let value = message.attribute(FAMILY)?.at("saml2:AttributeValue")?;
        value.namespaces.push(("eidas-natural".to_owned(), "urn:example:other".to_owned()));
        Ok(())
    })?
    .to_xml()?;
    set.refuse("value/rebound-type", "saml.value_type", HONEST, rebound)
        .about("The prefix of a type is bound to another namespace.", "XML Schema 1, 2.6")
        .attack("XML-08");
    Ok(())
}

fn signatures(set: &mut Set) -> Made<()> {
    let in_signature = |path: &str, node: XmlNode| {
        with_tree(eidas(), |tree| {
            tree.at(&format!("ds:Signature/{path}"))?.children.insert(0, node);
            Ok(())
        })
    };
    let digest = "ds:SignedInfo/ds:Reference/ds:DigestValue";
    for (name, path, node, code, about) in [
        (
            "comment-in-digest",
            digest,
            XmlNode::comment("AAAA"),
            "xml.comment",
            "A comment in the digest.",
        ),
        (
            "comment-in-signed-info",
            "ds:SignedInfo",
            XmlNode::comment("x"),
            "xml.comment",
            "A comment in what is signed.",
        ),
        (
            "instruction-in-value",
            "ds:SignatureValue",
            XmlNode::instruction("x"),
            "xml.instruction",
            "An instruction in the value.",
        ),
    ] {
        set.refuse(&format!("signature/{name}"), code, HONEST, in_signature(path, node)?)
            .about(about, SIGNATURE)
            .attack("XML-11");
    }
    let forged = with_tree(eidas(), |tree| {
        let mut forged = tree.find("ds:Signature/ds:SignedInfo").ok_or("no info")?.clone();
        forged.at("ds:Reference/ds:DigestValue")?.set_text(&STANDARD.encode([7; 32]));
        tree.at("ds:Signature")?.before("ds:SignedInfo", forged);
        Ok(())
    })?;
    set.refuse("signature/two-signed-infos", "ambiguous.signed_info", HONEST, forged)
        .about("A forged SignedInfo before the genuine one.", SIGNATURE)
        .attack("XML-13");
    let object = with_tree(eidas(), |tree| {
        let genuine = tree.at("ds:Signature")?.take("ds:SignedInfo")?;
        let mut forged = genuine.clone();
        forged.at("ds:Reference/ds:DigestValue")?.set_text(&STANDARD.encode([7; 32]));
        let signature = tree.at("ds:Signature")?;
        signature.before("ds:SignatureValue", forged);
        signature.children.push(Element::new("ds:Object").child(genuine).into());
        Ok(())
    })?;
    set.refuse("signature/signed-info-in-object", "sig.scope", HONEST, object)
        .about("The genuine SignedInfo stands in an Object.", SIGNATURE)
        .attack("XML-13");
    for name in ["ds:SignatureValue", "ds:KeyInfo"] {
        let text = with_tree(eidas(), |tree| {
            let signature = tree.at("ds:Signature")?;
            if signature.find("ds:KeyInfo").is_none() {
                let name = Element::new("ds:KeyName").text("key");
                signature.children.push(Element::new("ds:KeyInfo").child(name).into());
            }
            let again = signature.find(name).ok_or("nothing to repeat")?.clone();
            signature.after(name, again);
            Ok(())
        })?;
        let id = name.trim_start_matches("ds:").to_lowercase();
        set.refuse(&format!("signature/two-{id}"), "sig.form", HONEST, text)
            .about(&format!("{name} stands there twice."), SIGNATURE)
            .attack("XML-13");
    }
    let two = with_signed_info(eidas(), |info| {
        let reference = info.at("ds:Reference")?;
        let digest = reference.find("ds:DigestValue").ok_or("no digest")?.clone();
        reference.children.push(digest.into());
        Ok(())
    })?;
    set.refuse("signature/two-digest-values", "ambiguous.reference", HONEST, two)
        .about("Two digests, both right and signed.", SIGNATURE)
        .attack("XML-14");
    let lax = |path: &'static str, change: fn(&str) -> String| {
        with_tree(eidas(), |tree| {
            let element = tree.at(&format!("ds:Signature/{path}"))?;
            let text = change(&element.inner_text());
            element.set_text(&text);
            Ok(())
        })
    };
    let junk: fn(&str) -> String = |text| format!("*{text}");
    let padding: fn(&str) -> String = |text| text.trim_end_matches('=').to_owned();
    for (name, path, change, about) in [
        (
            "junk-in-value",
            "ds:SignatureValue",
            junk,
            "A character in the value that is none of base64.",
        ),
        (
            "value-without-padding",
            "ds:SignatureValue",
            padding,
            "The padding of the value is missing.",
        ),
        ("junk-in-digest", digest, junk, "A character in the digest that is none of base64."),
    ] {
        set.refuse(&format!("signature/{name}"), "sig.form", HONEST, lax(path, change)?)
            .about(about, "RFC 4648, 3.3")
            .attack("XML-35");
    }
    // 64 bytes end in two padding characters: the last letter has four bits that say nothing.
    let trailing: fn(&str) -> String = |text| {
        let (begin, end) = text.split_at(text.len().saturating_sub(3));
        let letter = end.chars().next().unwrap_or('A');
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let next = alphabet.find(letter).and_then(|at| alphabet.chars().nth(at.saturating_add(1)));
        format!("{begin}{}==", next.unwrap_or('B'))
    };
    set.refuse("signature/trailing-bits", "sig.form", HONEST, lax("ds:SignatureValue", trailing)?)
        .about("The value in another spelling of base64, of the same bytes.", "RFC 4648, 3.5")
        .attack("XML-35");
    let content = with_tree(eidas(), |tree| {
        let data = tree.at("saml2:EncryptedAssertion/xenc:EncryptedData")?;
        assert_eq!(data.get("Type"), Some(TYPE_ELEMENT));
        let value = data.at("xenc:CipherData/xenc:CipherValue")?;
        let text = format!("{}*", value.inner_text());
        value.set_text(&text);
        Ok(())
    })?;
    set.refuse("signature/content-altered", "digest.mismatch", HONEST, content)
        .about("What is signed was altered.", SIGNATURE)
        .attack("XML-05");
    Ok(())
}

fn floods(set: &mut Set) -> Made<()> {
    let text = eidas()?.to_xml()?;
    let inside =
        |what: &str| text.replacen("<saml2p:Status>", &format!("{what}<saml2p:Status>"), 1);
    let nested =
        |levels: usize| inside(&format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels)));
    let attributes: String = (0..70).map(|n| format!(" a{n}=\"\"")).collect();
    let namespaces: String = (0..70).map(|n| format!(" xmlns:a{n}=\"urn:a\"")).collect();
    for (name, code, token, about) in [
        ("depth", "limit.depth", nested(64), "More than 64 elements in each other."),
        (
            "attributes",
            "limit.count",
            inside(&format!("<a{attributes}/>")),
            "More than 64 attributes on one element.",
        ),
        (
            "namespaces",
            "limit.count",
            inside(&format!("<a{namespaces}/>")),
            "More than 64 declarations on one element.",
        ),
        ("elements", "limit.count", inside(&"<a/>".repeat(20_480)), "More than 20 000 elements."),
        ("size", "limit.size", inside(&" ".repeat(131_072)), "More than 131 072 bytes."),
        (
            "comment",
            "limit.size",
            inside(&format!("<!--{}-->", " ".repeat(131_072))),
            "A comment that is too long.",
        ),
    ] {
        set.refuse(&format!("limit/{name}"), code, HONEST, token)
            .about(about, "docs/limits.md")
            .attack("XML-29");
    }
    Ok(())
}
