//! What is signed and what would be read are two things: P01 to P16, P57.

use super::super::kit::{SIGNATURE, eidas, evil, node, short, signed, with_tree};
use super::HONEST;
use crate::make::Made;
use crate::make::set::Set;
use eid_broker_maker::keys;
use eid_broker_maker::saml::{Element, Message, Signing, XmlNode};

pub(super) fn add(set: &mut Set) -> Made<()> {
    responses(set)?;
    assertions(set)?;
    identifiers(set)?;
    missing(set)
}

// A response of the attacker: another assertion, encrypted for us as anybody can.
fn evil_response() -> Made<Element> {
    let mut message = eidas()?;
    let assertion = evil(message.assertion()?)?;
    message.assertions = vec![assertion];
    let mut response = message.unsigned()?;
    response.set("ID", "_evil-response");
    Ok(response)
}

fn responses(set: &mut Set) -> Made<()> {
    let mut genuine = eidas()?.tree()?;
    let signature = genuine.take("ds:Signature")?;

    let mut root = evil_response()?;
    let wrapped = signature.clone().child(genuine.clone());
    root.after("saml2:Issuer", wrapped);
    set.refuse("wrapping/response-in-signature", "sig.form", HONEST, root.write())
        .about("The signed response stands inside the signature of another one.", SIGNATURE)
        .attack("XML-01");

    let mut root = evil_response()?;
    let object = Element::new("ds:Object").child(genuine.clone());
    root.after("saml2:Issuer", signature.clone().child(object));
    set.refuse("wrapping/response-in-object", "sig.scope", HONEST, root.write())
        .about("The signed response stands in an Object of the signature.", SIGNATURE)
        .attack("XML-02");

    let mut root = evil_response()?;
    root.after("saml2:Issuer", signature.clone());
    root.children.push(genuine.clone().into());
    set.refuse("wrapping/response-beside", "saml.element", HONEST, root.write())
        .about("The signed response stands beside its signature.", SIGNATURE)
        .attack("XML-01");

    let mut root = evil_response()?;
    root.after("saml2:Issuer", signature.clone());
    set.refuse("wrapping/signature-of-another", "sig.scope", HONEST, root.write())
        .about("The signature of another response.", SIGNATURE)
        .attack("XML-15");

    let mut root = evil_response()?;
    root.set("ID", genuine.get("ID").unwrap_or_default());
    root.after("saml2:Issuer", signature.clone());
    set.refuse("wrapping/same-identifier", "digest.mismatch", HONEST, root.write())
        .about("The signature of another response, whose identifier this one took.", SIGNATURE)
        .attack("XML-15");

    let mut whole = genuine.clone();
    whole.after("saml2:Issuer", signature.clone());
    for (name, place, about) in [
        ("extensions", "saml2p:Extensions", "In the extensions of the response."),
        ("status-detail", "saml2p:StatusDetail", "In the detail of the status."),
    ] {
        let mut root = evil_response()?;
        let hidden = Element::new(place).child(whole.clone());
        if name == "extensions" {
            root.after("saml2:Issuer", hidden);
        } else {
            root.at("saml2p:Status")?.children.push(hidden.into());
        }
        set.refuse(&format!("wrapping/signed-in-{name}"), "saml.element", HONEST, root.write())
            .about(&format!("Only a response that is hidden is signed. {about}"), SIGNATURE)
            .attack("XML-02");
    }
    Ok(())
}

fn assertions(set: &mut Set) -> Made<()> {
    let encrypted_evil = |message: &Message| -> Made<Element> {
        let evil = evil(message.assertions.first().ok_or("no assertion")?)?;
        Ok(short(&keys::saml_sp_enc_rsa()?)?.encrypt(&evil.write())?)
    };
    let honest = eidas()?;
    let mut evil_assertion = encrypted_evil(&honest)?;
    // The identifiers of the encrypted parts must not be the reason.
    let data = evil_assertion.at("xenc:EncryptedData")?;
    data.set("Id", "_other-data");
    data.at("ds:KeyInfo/xenc:EncryptedKey")?.set("Id", "_other-key");

    let first = with_tree(eidas(), |tree| {
        tree.before("saml2:EncryptedAssertion", evil_assertion.clone());
        Ok(())
    })?;
    set.refuse("wrapping/evil-before", "ambiguous.assertion", HONEST, first)
        .about("An encrypted assertion of the attacker before the genuine one.", SIGNATURE)
        .attack("XML-06");
    let last = with_tree(eidas(), |tree| {
        tree.children.push(evil_assertion.clone().into());
        Ok(())
    })?;
    set.refuse("wrapping/evil-behind", "ambiguous.assertion", HONEST, last)
        .about("An encrypted assertion of the attacker behind the genuine one.", SIGNATURE)
        .attack("XML-38");
    let plain = with_tree(eidas(), |tree| {
        let evil = evil(honest.assertions.first().ok_or("no assertion")?)?;
        tree.children.push(evil.into());
        Ok(())
    })?;
    set.refuse("wrapping/evil-plain-sibling", "ambiguous.assertion", HONEST, plain)
        .about("A plain assertion of the attacker beside the encrypted one.", SIGNATURE)
        .attack("XML-38");
    let hidden = with_tree(eidas(), |tree| {
        let evil = evil(honest.assertions.first().ok_or("no assertion")?)?;
        tree.after("ds:Signature", Element::new("saml2p:Extensions").child(evil));
        Ok(())
    })?;
    set.refuse("wrapping/evil-in-extensions", "saml.element", HONEST, hidden)
        .about("An assertion of the attacker in the extensions.", SIGNATURE)
        .attack("XML-02");
    let foreign = with_tree(eidas(), |tree| {
        let fake = Element::new("q:Signature").declaring("q", "urn:example:foreign");
        tree.after("saml2:Issuer", fake);
        Ok(())
    })?;
    set.refuse("wrapping/foreign-signature", "saml.element", HONEST, foreign)
        .about("An element Signature of another namespace before the real one.", SIGNATURE)
        .attack("XML-08");
    let foreign = with_tree(eidas(), |tree| {
        let fake = Element::new("q:Assertion").declaring("q", "urn:example:foreign");
        tree.children.push(fake.into());
        Ok(())
    })?;
    set.refuse("wrapping/foreign-assertion", "saml.element", HONEST, foreign)
        .about("An element Assertion of another namespace.", SIGNATURE)
        .attack("XML-08");
    let advice = {
        let mut message = eidas()?;
        let inner = evil(message.assertion()?)?;
        let advice = Element::new("saml2:Advice").child(inner);
        message.assertion()?.before("saml2:AuthnStatement", advice);
        message.to_xml()?
    };
    set.refuse("wrapping/assertion-in-advice", "saml.element", HONEST, advice)
        .about("An assertion in the advice of another one.", SIGNATURE)
        .attack("XML-02");
    let two = {
        let mut message = eidas()?;
        let mut other = evil(message.assertion()?)?;
        other.set("ID", "_second");
        message.assertions.push(other);
        message.to_xml()?
    };
    set.refuse("wrapping/two-signed-over", "ambiguous.assertion", HONEST, two)
        .about("The node itself sends two assertions.", "eIDAS SAML message format 1.2, 3")
        .attack("XML-06");
    Ok(())
}

fn identifiers(set: &mut Set) -> Made<()> {
    let id = |tree: &Element| tree.get("ID").unwrap_or_default().to_owned();
    let twice = with_tree(eidas(), |tree| {
        let id = id(tree);
        tree.at("saml2:EncryptedAssertion/xenc:EncryptedData")?.set("Id", &id);
        Ok(())
    })?;
    set.refuse("identifier/twice", "ambiguous.id", HONEST, twice)
        .about("Two elements have the identifier that the signature names.", SIGNATURE)
        .attack("XML-19");
    for (name, attribute) in
        [("lower-case", "id"), ("mixed-case", "iD"), ("of-xml", "xml:id"), ("foreign", "q:ID")]
    {
        let text = with_tree(eidas(), |tree| {
            let id = id(tree);
            tree.namespaces.push(("q".to_owned(), "urn:example:foreign".to_owned()));
            tree.at("saml2p:Status")?.set(attribute, &id);
            Ok(())
        })?;
        set.refuse(&format!("identifier/{name}"), "ambiguous.id", HONEST, text)
            .about(
                "Another attribute that readers take for an identifier has the same value.",
                SIGNATURE,
            )
            .attack("XML-19");
    }
    let status = {
        // Only the status is signed, by a signature in the place of the response's.
        let message = eidas()?;
        let signing = message.outer.clone().ok_or("nobody signs")?;
        let mut tree = message.unsigned()?;
        let mut status = tree.find("saml2p:Status").ok_or("no status")?.clone();
        status.set("ID", "_status");
        *tree.at("saml2p:Status")? = status.clone();
        let signature = signing.signature(&status)?;
        tree.after("saml2:Issuer", signature);
        tree.write()
    };
    set.refuse("wrapping/status-alone-is-signed", "saml.attribute", HONEST, status)
        .about("The signature is about the status.", SIGNATURE)
        .attack("XML-15");
    Ok(())
}

fn missing(set: &mut Set) -> Made<()> {
    let message = eidas()?;
    set.refuse("signature/missing", "sig.missing", HONEST, message.unsigned()?.write())
        .about("The signature is taken away.", SIGNATURE)
        .attack("XML-37");
    let unsigned = evil_response()?.write();
    set.refuse("signature/missing-encrypted-by-anybody", "sig.missing", HONEST, unsigned)
        .about("Whoever has our metadata can encrypt an assertion for us.", SIGNATURE)
        .attack("XML-38");
    let empty = with_tree(eidas(), |tree| {
        *tree.at("ds:Signature")? = Element::new("ds:Signature");
        Ok(())
    })?;
    set.refuse("signature/empty", "sig.form", HONEST, empty)
        .about("A signature with nothing in it.", SIGNATURE)
        .attack("XML-63");
    for name in ["ds:SignedInfo", "ds:SignatureValue"] {
        let text = with_tree(eidas(), |tree| {
            tree.at("ds:Signature")?.take(name)?;
            Ok(())
        })?;
        let id = name.trim_start_matches("ds:").to_lowercase();
        set.refuse(&format!("signature/without-{id}"), "sig.form", HONEST, text)
            .about(&format!("A signature without {name}."), SIGNATURE)
            .attack("XML-63");
    }
    let twice = with_tree(eidas(), |tree| {
        let signature = tree.find("ds:Signature").ok_or("no signature")?.clone();
        tree.after("ds:Signature", signature);
        Ok(())
    })?;
    set.refuse("signature/twice", "saml.element", HONEST, twice)
        .about("The same signature a second time.", SIGNATURE)
        .attack("XML-04");
    let other = {
        let mut message = eidas()?;
        let key = keys::saml_stranger_p256()?;
        message.outer = Some(Signing::new(&key, None));
        let signed_first = signed(message.unsigned()?, &Signing::new(&key, None))?;
        let signature = signed_first.find("ds:Signature").ok_or("no signature")?.clone();
        let mut tree = node()?
            .answer(
                &eid_broker_maker::saml::Asked::honest(),
                &eid_broker_maker::saml::eidas::Person::minimum(),
            )?
            .tree()?;
        tree.after("ds:Signature", signature);
        tree.write()
    };
    set.refuse("signature/of-a-stranger-behind", "saml.element", HONEST, other)
        .about("A second signature, of somebody else, behind the first.", SIGNATURE)
        .attack("XML-04");
    let moved = with_tree(eidas(), |tree| {
        let signature = tree.take("ds:Signature")?;
        tree.children.push(signature.into());
        Ok(())
    })?;
    set.refuse("signature/last", "saml.element", HONEST, moved)
        .about("The signature stands last.", SIGNATURE)
        .attack("XML-04");
    let moved = with_tree(eidas(), |tree| {
        let signature = tree.take("ds:Signature")?;
        tree.after("saml2:Issuer", Element::new("saml2p:Extensions").child(signature));
        Ok(())
    })?;
    set.refuse("signature/in-extensions", "saml.element", HONEST, moved)
        .about("The signature stands in the extensions.", SIGNATURE)
        .attack("XML-04");
    let text = with_tree(eidas(), |tree| {
        tree.children.push(XmlNode::Text("text".to_owned()));
        Ok(())
    })?;
    set.refuse("wrapping/text-between", "saml.element", HONEST, text)
        .about("Text where the schema has elements alone.", "SAML Core 2.0, schema");
    Ok(())
}
