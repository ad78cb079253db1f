//! Responses of BundID: the assertion is signed within the encryption, the response around it is not,
//! so that whoever has our metadata can make one that looks alike.

use super::kit::{
    BUND_ID_NAMES, PROFILE, SIGNATURE, account, bent, bund_id, evil, short, with_assertion,
    with_response, with_tree,
};
use super::template;
use crate::make::Made;
use crate::make::set::Set;
use eid_broker::identity::Family;
use eid_broker_maker::keys;
use eid_broker_maker::saml::bund_id::{BPK2_NAME, BundId, LEVEL, LEVEL_1, LEVEL_3};
use eid_broker_maker::saml::sign::{certificate, method};
use eid_broker_maker::saml::{Asked, Element, Message, Signing, XmlNode, loa, post};
use serde_json::{Map, Value, json};

const HONEST: &str = "accepted/honest";
const CLAUSE: &str = "BundID interface description 10.2.0.0";

/// The vectors of `bund_id`.
pub(super) fn vectors() -> Made<Set> {
    let mut set = Set::new("bund_id", template(Family::BundId));
    accepted(&mut set)?;
    wrapping(&mut set)?;
    signatures(&mut set)?;
    profile(&mut set)?;
    levels(&mut set)?;
    attributes(&mut set)?;
    Ok(set)
}

fn members(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn minimum() -> Map<String, Value> {
    members(&json!({
        "family_name": "Mustermann", "given_name": "Erika", "birthdate": "1964-08-12",
    }))
}

fn accepted(set: &mut Set) -> Made<()> {
    set.accept(HONEST, &minimum(), bund_id()?.to_xml()?).about(
        "Names, date of birth, pseudonym and level; the assertion signed and encrypted.",
        CLAUSE,
    );
    set.accept("accepted/form-value", &minimum(), bund_id()?.to_post()?)
        .about("The value of the form field.", "SAML Bindings 2.0, 3.5.4");
    let both = bent(bund_id(), |message| {
        message.outer = message.inner.clone();
        Ok(())
    })?;
    set.accept("accepted/both-signed", &minimum(), both.to_xml()?)
        .about("The response is signed as well.", CLAUSE);
    let old = bent(bund_id(), |message| {
        let signing = message.inner.take();
        message.inner = signing.map(|signing| signing.with_method(method::RSA_SHA256));
        Ok(())
    })?;
    set.accept("accepted/rsa-pkcs1", &minimum(), old.to_xml()?)
        .about("RSASSA-PKCS1-v1_5, as BundID signed at first.", CLAUSE);
    let shown = bent(bund_id(), |message| {
        let key = keys::saml_bund_id()?;
        message.inner = Some(Signing::new(&key, Some(&certificate(&key)?)).with_prefixes(&["xsd"]));
        Ok(())
    })?;
    set.accept("accepted/certificate-shown", &minimum(), shown.to_xml()?)
        .about("The certificate of the account stands in the message, as usual.", CLAUSE);
    let agreed = bent(bund_id(), |message| {
        message.encryption = Some(short(&keys::saml_sp_enc_p256()?)?);
        Ok(())
    })?;
    set.accept("accepted/ecdh", &minimum(), agreed.to_xml()?)
        .about("Encrypted by ECDH-ES.", CLAUSE);
    let every = account()?.answer(&Asked::honest(), &[])?;
    set.accept("accepted/every-attribute", &all(), every.to_xml()?).about(
        "Every attribute of the account; those of the person's own word stay apart.",
        CLAUSE,
    );
    let level = account()?.at_level(LEVEL_3).answer(&Asked::honest(), BUND_ID_NAMES)?;
    set.accept("accepted/level-3", &minimum(), level.to_xml()?)
        .about("A certificate of ELSTER.", CLAUSE)
        .loa(loa::SUBSTANTIAL);
    Ok(())
}

fn all() -> Map<String, Value> {
    let mut all = minimum();
    all.extend(members(&json!({
        "address": {
            "country": "DE", "locality": "Köln", "postal_code": "51147",
            "street_address": "Heidestraße 17",
        },
        "birth_family_name": "Gabler",
        "place_of_birth": { "locality": "Berlin" },
        "nationalities": ["DE"],
        "title": "Dr.",
        "document_type": "ID",
    })));
    all
}

// A message whose plaintext is this one.
fn with_plaintext(text: &str) -> Made<String> {
    let message = bund_id()?;
    let encryption = message.encryption.as_ref().ok_or("nobody encrypts")?;
    Ok(message.response.clone().child(encryption.encrypt(text)?).write())
}

// What is decrypted: anybody could have encrypted it.
fn wrapping(set: &mut Set) -> Made<()> {
    let message = bund_id()?;
    let plain = message.assertions.first().ok_or("no assertion")?.clone();
    let signing = message.inner.clone().ok_or("nobody signs")?;
    let mut genuine = plain.clone();
    signing.sign(&mut genuine)?;
    let signature = genuine.find("ds:Signature").ok_or("no signature")?.clone();

    let mut wraps = evil(&plain)?;
    wraps.children.push(genuine.clone().into());
    set.refuse("wrapping/evil-wraps", "saml.element", HONEST, with_plaintext(&wraps.write())?)
        .about("The signed assertion stands in another one.", SIGNATURE)
        .attack("XML-01");
    let mut keeps = evil(&plain)?;
    keeps.after("saml2:Issuer", signature.clone());
    set.refuse(
        "wrapping/evil-keeps-signature",
        "sig.scope",
        HONEST,
        with_plaintext(&keeps.write())?,
    )
    .about("The signature of another assertion.", SIGNATURE)
    .attack("XML-02");
    let mut same = evil(&plain)?;
    same.set("ID", plain.get("ID").unwrap_or_default());
    same.after("saml2:Issuer", signature.clone());
    set.refuse(
        "wrapping/evil-of-the-same-name",
        "digest.mismatch",
        HONEST,
        with_plaintext(&same.write())?,
    )
    .about("The signature of another assertion, whose identifier this one took.", SIGNATURE)
    .attack("XML-02");
    let mut inside = evil(&plain)?;
    inside.after("saml2:Issuer", signature.clone().child(plain.clone()));
    set.refuse(
        "wrapping/genuine-in-signature",
        "sig.form",
        HONEST,
        with_plaintext(&inside.write())?,
    )
    .about("The signed assertion stands in the signature of another one.", SIGNATURE)
    .attack("XML-02");
    let mut object = evil(&plain)?;
    let hidden = Element::new("ds:Object").child(plain.clone());
    object.after("saml2:Issuer", signature.clone().child(hidden));
    set.refuse("wrapping/genuine-in-object", "sig.scope", HONEST, with_plaintext(&object.write())?)
        .about("The signed assertion stands in an Object of the signature.", SIGNATURE)
        .attack("XML-02");
    for (place, path) in
        [("saml2:Advice", "advice"), ("saml2:SubjectConfirmationData", "confirmation")]
    {
        let mut root = evil(&plain)?;
        if place == "saml2:Advice" {
            root.after("saml2:Conditions", Element::new(place).child(genuine.clone()));
        } else {
            let data = "saml2:Subject/saml2:SubjectConfirmation/saml2:SubjectConfirmationData";
            root.at(data)?.children.push(genuine.clone().into());
        }
        set.refuse(
            &format!("wrapping/genuine-in-{path}"),
            "saml.element",
            HONEST,
            with_plaintext(&root.write())?,
        )
        .about("Only an assertion that is hidden in another one is signed.", SIGNATURE)
        .attack("XML-02");
    }
    let two = format!("{}{}", evil(&plain)?.write(), genuine.write());
    set.refuse("wrapping/two-in-the-plaintext", "xml.malformed", HONEST, with_plaintext(&two)?)
        .about("Two assertions in one plaintext, the second one signed.", SIGNATURE)
        .attack("XML-38");
    let fragment = {
        let mut root = evil(&plain)?;
        let mut statement = root.find("saml2:AuthnStatement").ok_or("no statement")?.clone();
        statement.set("ID", "_statement");
        let own = signing.signature(&statement)?;
        *root.at("saml2:AuthnStatement")? = statement;
        root.after("saml2:Issuer", own);
        root.write()
    };
    set.refuse(
        "wrapping/statement-alone-is-signed",
        "saml.attribute",
        HONEST,
        with_plaintext(&fragment)?,
    )
    .about("The signature is about one statement.", SIGNATURE)
    .attack("XML-15");

    let unsigned = with_plaintext(&plain.write())?;
    set.refuse("signature/missing", "sig.missing", HONEST, unsigned)
        .about("The assertion is encrypted, and nobody signed it.", SIGNATURE)
        .attack("XML-38");
    let outer = bent(bund_id(), |message| {
        message.outer = message.inner.take();
        Ok(())
    })?;
    set.refuse("signature/outer-alone", "sig.missing", HONEST, outer.to_xml()?)
        .about("The response is signed, and the assertion is not.", CLAUSE)
        .attack("XML-37");
    let bad_outer = bent(bund_id(), |message| {
        message.outer = Some(Signing::new(&keys::saml_stranger()?, None));
        Ok(())
    })?;
    set.refuse("signature/outer-of-a-stranger", "sig.invalid", HONEST, bad_outer.to_xml()?)
        .about("A second signature, around a good one, is of somebody else.", SIGNATURE)
        .attack("XML-32");
    let mut evil_one = short(&keys::saml_sp_enc_rsa()?)?.encrypt(&evil(&plain)?.write())?;
    let data = evil_one.at("xenc:EncryptedData")?;
    data.set("Id", "_other-data");
    data.at("ds:KeyInfo/xenc:EncryptedKey")?.set("Id", "_other-key");
    for (name, first) in [("before", true), ("behind", false)] {
        let text = with_tree(bund_id(), |tree| {
            if first {
                tree.before("saml2:EncryptedAssertion", evil_one.clone());
            } else {
                tree.children.push(evil_one.clone().into());
            }
            Ok(())
        })?;
        set.refuse(&format!("wrapping/evil-{name}"), "ambiguous.assertion", HONEST, text)
            .about("An encrypted assertion of the attacker beside the genuine one.", SIGNATURE)
            .attack("XML-38");
    }
    let plain_beside = with_tree(bund_id(), |tree| {
        tree.children.push(evil(&plain)?.into());
        Ok(())
    })?;
    set.refuse("wrapping/evil-plain-sibling", "ambiguous.assertion", HONEST, plain_beside)
        .about("A plain assertion of the attacker beside the genuine one.", SIGNATURE)
        .attack("XML-38");
    let extensions = with_tree(bund_id(), |tree| {
        let hidden = Element::new("saml2p:Extensions").child(evil(&plain)?);
        tree.after("saml2:Issuer", hidden);
        Ok(())
    })?;
    set.refuse("wrapping/evil-in-extensions", "saml.element", HONEST, extensions)
        .about("An assertion of the attacker in the extensions.", SIGNATURE)
        .attack("XML-02");
    Ok(())
}

fn signatures(set: &mut Set) -> Made<()> {
    let by = |change: fn(Signing) -> Made<Signing>| -> Made<String> {
        Ok(bent(bund_id(), |message| {
            let signing = message.inner.take().ok_or("nobody signs")?;
            message.inner = Some(change(signing)?);
            Ok(())
        })?
        .to_xml()?)
    };
    let sha1 = by(|signing| Ok(signing.with_method(method::RSA_SHA1)))?;
    set.refuse("signature/rsa-sha1", "alg.not_allowed", HONEST, sha1)
        .about("RSA with SHA-1.", CLAUSE)
        .attack("XML-42");
    let stranger = by(|_| {
        let key = keys::saml_stranger()?;
        Ok(Signing::new(&key, Some(&certificate(&key)?)))
    })?;
    set.refuse("signature/of-a-stranger", "sig.invalid", HONEST, stranger)
        .about("Consistent in itself, by a key whose certificate it shows.", SIGNATURE)
        .attack("XML-32");
    let node = by(|_| Ok(Signing::new(&keys::saml_node_rsa()?, None)))?;
    set.refuse("signature/of-the-node", "sig.invalid", HONEST, node)
        .about("By a node that is trusted for eIDAS.", SIGNATURE)
        .attack("XML-48");
    let comment = bent(bund_id(), |message| {
        let value = message.attribute("urn:oid:2.5.4.4")?.at("saml2:AttributeValue")?;
        value.children.push(XmlNode::comment("x"));
        Ok(())
    })?;
    set.refuse("value/comment", "xml.comment", HONEST, comment.to_xml()?)
        .about("A comment behind a name.", "docs/rules.md, 6")
        .attack("XML-11");
    let default = with_plaintext(&{
        let message = bund_id()?;
        let mut assertion = message.assertions.first().ok_or("no assertion")?.clone();
        message.inner.as_ref().ok_or("nobody signs")?.sign(&mut assertion)?;
        assertion.namespaces.push((String::new(), "urn:example:default".to_owned()));
        assertion.write()
    })?;
    set.accept("accepted/default-namespace-added", &minimum(), default)
        .about("A default namespace that nothing uses was put in later: the identity is the signed one.", "Exclusive XML Canonicalization 1.0, 3")
        .attack("XML-08");
    Ok(())
}

fn profile(set: &mut Set) -> Made<()> {
    const DATA: &str = "saml2:Subject/saml2:SubjectConfirmation/saml2:SubjectConfirmationData";
    for (id, code, path, name, value, about) in [
        (
            "confirmation/request",
            "request.in_response_to",
            DATA,
            "InResponseTo",
            "_other",
            "For another request: the response around it is not signed.",
        ),
        (
            "confirmation/recipient",
            "destination.mismatch",
            DATA,
            "Recipient",
            "https://other.example/",
            "For another endpoint.",
        ),
        (
            "confirmation/expired",
            "time.expired",
            DATA,
            "NotOnOrAfter",
            "2026-03-01T11:58:00Z",
            "Expired.",
        ),
        (
            "conditions/expired",
            "time.expired",
            "saml2:Conditions",
            "NotOnOrAfter",
            "2026-03-01T11:58:00Z",
            "Expired.",
        ),
        ("version/assertion", "saml.version", "", "Version", "1.1", "Version 1.1."),
    ] {
        let text = with_assertion(bund_id(), |assertion| {
            assertion.at(path)?.set(name, value);
            Ok(())
        })?;
        set.refuse(id, code, HONEST, text).about(about, PROFILE).attack("XML-47");
    }
    let audience = with_assertion(bund_id(), |assertion| {
        let audience = assertion.at("saml2:Conditions/saml2:AudienceRestriction/saml2:Audience")?;
        audience.set_text("https://other.example/saml/metadata");
        Ok(())
    })?;
    set.refuse("audience/other", "audience.mismatch", HONEST, audience)
        .about("For another service.", "SAML Core 2.0, 2.5.1.4")
        .attack("XML-45");
    for (id, code, name, value, about) in [
        (
            "request/other",
            "request.in_response_to",
            "InResponseTo",
            "_other",
            "The response answers another request.",
        ),
        (
            "destination/other",
            "destination.mismatch",
            "Destination",
            "https://other.example/",
            "The response is for another endpoint.",
        ),
        ("version/response", "saml.version", "Version", "1.1", "Version 1.1."),
    ] {
        let text = with_response(bund_id(), |response| {
            response.set(name, value);
            Ok(())
        })?;
        set.refuse(id, code, HONEST, text).about(about, PROFILE).attack("XML-47");
    }
    let other = bent(bund_id(), |message| {
        message.response.at("saml2:Issuer")?.set_text("https://other.example/idp");
        Ok(())
    })?;
    set.refuse("issuer/other", "issuer.mismatch", HONEST, other.to_xml()?)
        .about("The response is of another account.", PROFILE)
        .attack("XML-48");
    let plain = bent(bund_id(), |message| {
        message.encryption = None;
        Ok(())
    })?;
    set.refuse("encryption/missing", "encryption.missing", HONEST, plain.to_xml()?)
        .about("The assertion is not encrypted.", CLAUSE);
    let cbc = bent(bund_id(), |message| {
        let encryption = message.encryption.take().ok_or("nobody encrypts")?;
        let cbc = eid_broker_maker::saml::encrypt::content::AES256_CBC;
        message.encryption = Some(encryption.with_content(cbc));
        Ok(())
    })?;
    set.refuse("encryption/cbc", "alg.not_allowed", HONEST, cbc.to_xml()?)
        .about("AES in CBC, which BundID used at first.", CLAUSE)
        .attack("XML-40");
    let failure: Message = account()?.failure(&Asked::honest())?;
    set.refuse("status/denied", "result.denied", HONEST, failure.to_xml()?)
        .about("A required attribute is not there.", CLAUSE);
    let unsigned = failure.unsigned()?.write();
    set.refuse("status/denied-unsigned", "result.denied", HONEST, unsigned.clone())
        .about(
            "A failure that nobody signed, as BundID sends it: nobody is logged in by it.",
            CLAUSE,
        )
        .attack("XML-37");
    set.refuse("status/denied-unsigned-form-value", "result.denied", HONEST, post(&unsigned))
        .about("The same as the value of the form field.", CLAUSE)
        .attack("XML-37");
    Ok(())
}

fn levels(set: &mut Set) -> Made<()> {
    let at = |level: &str| -> Made<String> {
        Ok(account()?.at_level(level).answer(&Asked::honest(), BUND_ID_NAMES)?.to_xml()?)
    };
    for (id, code, level, about) in [
        ("one", "loa.insufficient", LEVEL_1, "User name and password."),
        ("two", "loa.insufficient", "STORK-QAA-Level-2", "Low, while substantial was asked for."),
        ("five", "loa.unknown", "STORK-QAA-Level-5", "A level that there is not."),
        ("other-case", "loa.unknown", "stork-qaa-level-4", "A level in another spelling."),
        ("of-eidas", "loa.unknown", loa::HIGH, "A level of eIDAS."),
    ] {
        set.refuse(&format!("level/{id}"), code, HONEST, at(level)?)
            .about(about, CLAUSE)
            .attack("XML-58");
    }
    let contradiction = account()?.with(LEVEL, LEVEL_3, "HOCH");
    let text = contradiction.answer(&Asked::honest(), BUND_ID_NAMES)?.to_xml()?;
    set.refuse("level/contradiction", "loa.contradiction", HONEST, text)
        .about("The attribute says another level than the statement about the act.", CLAUSE)
        .attack("XML-58");
    Ok(())
}

fn guest() -> Made<BundId> {
    let mut account = account()?;
    account.attributes.retain(|row| row.0 != BPK2_NAME);
    Ok(account)
}

fn attributes(set: &mut Set) -> Made<()> {
    let twice = with_assertion(bund_id(), |assertion| {
        let statement = assertion.at("saml2:AttributeStatement")?;
        let again = statement.find("saml2:Attribute").ok_or("none")?.clone();
        statement.children.push(again.into());
        Ok(())
    })?;
    set.refuse("attribute/twice", "ambiguous.attribute", HONEST, twice)
        .about("An attribute twice.", CLAUSE)
        .attack("XML-60");
    let nil = bent(bund_id(), |message| {
        let value = message.attribute("urn:oid:2.5.4.4")?.at("saml2:AttributeValue")?;
        value.set("xsi:nil", "true");
        Ok(())
    })?;
    set.refuse("attribute/nil", "saml.attribute", HONEST, nil.to_xml()?)
        .about("A value that says that it is none.", "XML Schema 1, 2.6.2");
    for (id, code, name, value, about) in [
        (
            "birth-no-date",
            "identity.malformed",
            "urn:oid:1.2.40.0.10.2.1.1.55",
            "12.08.1964",
            "A date of birth in another form.",
        ),
        (
            "pseudonym-with-spaces",
            "identifier.malformed",
            BPK2_NAME,
            " QU5 ",
            "A pseudonym with blanks.",
        ),
    ] {
        let message =
            account()?.with(name, value, "HOCH").answer(&Asked::honest(), BUND_ID_NAMES)?;
        set.refuse(&format!("attribute/{id}"), code, HONEST, message.to_xml()?)
            .about(about, CLAUSE);
    }
    for (id, message, about) in [
        ("pseudonym-empty", account()?.with(BPK2_NAME, "", "HOCH"), "An empty pseudonym is none."),
        ("guest", guest()?, "A guest, who has no pseudonym."),
    ] {
        let text = message.answer(&Asked::honest(), BUND_ID_NAMES)?.to_xml()?;
        set.accept(&format!("accepted/{id}"), &minimum(), text)
            .about(about, CLAUSE)
            .without_checks("saml.identifier");
    }
    Ok(())
}
