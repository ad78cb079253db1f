//! What is accepted: signatures, encryption, spelling and persons of honest nodes.

use super::super::kit::{FORMAT, bent, eidas, node, short, with_assertion, with_tree};
use crate::make::Made;
use crate::make::set::Set;
use eid_broker_maker::NOW;
use eid_broker_maker::keys::{self, TestKey};
use eid_broker_maker::saml::eidas::{COMPANY, ERIKA, Node, Person};
use eid_broker_maker::saml::encrypt::{Transport, content, transport};
use eid_broker_maker::saml::sign::{certificate, digest, method};
use eid_broker_maker::saml::{Asked, Encryption, Message, Signing, XmlNode, post};
use serde_json::{Map, Value, json};

const CRYPTO: &str = "eIDAS cryptographic requirements 1.2, 3 and 4";

pub(super) fn add(set: &mut Set) -> Made<()> {
    signatures(set)?;
    encryption(set)?;
    spelling(set)?;
    times(set)?;
    persons(set)
}

fn members(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// What comes out of the short message.
pub(super) fn minimum() -> Map<String, Value> {
    members(json!({
        "family_name": "Mustermann", "given_name": "Erika", "birthdate": "1964-08-12",
        "person_identifier": ERIKA,
        "issuing_country": "AT",
    }))
}

fn signatures(set: &mut Set) -> Made<()> {
    set.accept("accepted/honest", &minimum(), eidas()?.to_xml()?).about(
        "The mandatory attributes, signed by ECDSA on P-256, encrypted by RSA-OAEP.",
        FORMAT,
    );
    let by = |key: &TestKey, change: fn(Signing) -> Signing| -> Made<String> {
        Ok(bent(eidas(), |message| {
            message.outer = Some(change(Signing::new(key, None)));
            Ok(())
        })?
        .to_xml()?)
    };
    let same: fn(Signing) -> Signing = |signing| signing;
    let rsa = keys::saml_node_rsa()?;
    let cases: Vec<(&str, TestKey, fn(Signing) -> Signing, &str)> = vec![
        ("pss-sha256", rsa.clone(), same, "RSASSA-PSS with SHA-256."),
        (
            "pss-sha384",
            rsa.clone(),
            |one| one.with_method(method::PSS_SHA384).with_digest(digest::SHA384),
            "RSASSA-PSS with SHA-384.",
        ),
        (
            "pss-sha512",
            rsa,
            |one| one.with_method(method::PSS_SHA512).with_digest(digest::SHA512),
            "RSASSA-PSS with SHA-512, the usual method of nodes.",
        ),
        ("ecdsa-p384", keys::saml_node_p384()?, same, "ECDSA on P-384."),
        ("ecdsa-p521", keys::saml_node_p521()?, same, "ECDSA on P-521."),
        ("ecdsa-bp256", keys::saml_node_bp256()?, same, "ECDSA on brainpoolP256r1."),
        ("ecdsa-bp384", keys::saml_node_bp384()?, same, "ECDSA on brainpoolP384r1."),
        ("ecdsa-bp512", keys::saml_node_bp512()?, same, "ECDSA on brainpoolP512r1."),
        (
            "ecdsa-sha512-on-p256",
            keys::saml_node_p256()?,
            |one| one.with_method(method::ECDSA_SHA512),
            "ECDSA on P-256 with a longer hash.",
        ),
        (
            "digest-sha512",
            keys::saml_node_p256()?,
            |one| one.with_digest(digest::SHA512),
            "Another hash for the digest than for the signature.",
        ),
        (
            "prefix-list",
            keys::saml_node_p256()?,
            |one| one.with_prefixes(&["xsd", "#default"]),
            "A list of prefixes in the transform.",
        ),
    ];
    for (id, key, change, about) in cases {
        let others = ["saml-node-bp256", "saml-node-bp384", "saml-node-bp512", "saml-node-p521"];
        let vector = set.accept(&format!("accepted/{id}"), &minimum(), by(&key, change)?);
        vector.about(about, CRYPTO);
        if others.contains(&key.name()) {
            vector.trust("saml-more-keys");
        }
    }
    let shown = bent(eidas(), |message| {
        let key = keys::saml_node_p256()?;
        message.outer = Some(Signing::new(&key, Some(&certificate(&key)?)));
        Ok(())
    })?
    .to_xml()?;
    set.accept("accepted/certificate-shown", &minimum(), shown.clone())
        .about("The certificate of the node stands in the message, as usual.", FORMAT);
    set.accept("accepted/by-metadata", &minimum(), eidas()?.to_xml()?)
        .about("The keys of the node come from its signed metadata.", FORMAT)
        .trust("saml-metadata");
    let both = bent(eidas(), |message| {
        message.inner = message.outer.clone();
        Ok(())
    })?
    .to_xml()?;
    set.accept("accepted/both-signed", &minimum(), both)
        .about("The assertion is signed too, within the encryption.", FORMAT);
    Ok(())
}

fn encryption(set: &mut Set) -> Made<()> {
    let rsa = || -> Made<Encryption> { short(&keys::saml_sp_enc_rsa()?) };
    let ec = |key: TestKey| -> Made<Encryption> { short(&key) };
    let oaep = |digest: Option<&str>, mgf: Option<&str>| -> Made<Encryption> {
        Ok(rsa()?.with_oaep(transport::RSA_OAEP, digest, mgf))
    };
    let empty_info = {
        let mut encryption = ec(keys::saml_sp_enc_bp256()?)?;
        encryption.transport = Transport::Agreement {
            wrap: transport::KW_AES256.to_owned(),
            info: [0; 3].map(|_| Some("00".to_owned())),
            digest: digest::SHA256.to_owned(),
        };
        encryption
    };
    let cases: Vec<(&str, Encryption, &str)> = vec![
        ("gcm-128", rsa()?.with_content(content::AES128_GCM), "AES-128 in GCM."),
        ("gcm-192", rsa()?.with_content(content::AES192_GCM), "AES-192 in GCM."),
        (
            "oaep-sha384",
            oaep(Some(digest::SHA384), Some(transport::MGF1_SHA384))?,
            "RSA-OAEP with SHA-384.",
        ),
        (
            "oaep-sha512",
            oaep(Some(digest::SHA512), Some(transport::MGF1_SHA512))?,
            "RSA-OAEP with SHA-512.",
        ),
        (
            "oaep-sha256-mgf1-sha1",
            oaep(Some(digest::SHA256), None)?,
            "RSA-OAEP with SHA-256, MGF1 with SHA-1.",
        ),
        ("ecdh-p256", ec(keys::saml_sp_enc_p256()?)?, "ECDH-ES on P-256, key wrap by AES-256."),
        ("ecdh-p384", ec(keys::saml_sp_enc_p384()?)?, "ECDH-ES on P-384."),
        ("ecdh-p521", ec(keys::saml_sp_enc_p521()?)?, "ECDH-ES on P-521."),
        ("ecdh-bp256", ec(keys::saml_sp_enc_bp256()?)?, "ECDH-ES on brainpoolP256r1."),
        ("ecdh-bp384", ec(keys::saml_sp_enc_bp384()?)?, "ECDH-ES on brainpoolP384r1."),
        ("ecdh-bp512", ec(keys::saml_sp_enc_bp512()?)?, "ECDH-ES on brainpoolP512r1."),
        (
            "ecdh-wrap-128",
            ec(keys::saml_sp_enc_p256()?)?
                .with_wrap(transport::KW_AES128)
                .with_content(content::AES128_GCM),
            "A key wrap by AES-128.",
        ),
        (
            "ecdh-wrap-192",
            ec(keys::saml_sp_enc_p256()?)?.with_wrap(transport::KW_AES192),
            "A key wrap by AES-192.",
        ),
        ("ecdh-empty-info", empty_info, "The other information of ConcatKDF is empty."),
        (
            "key-beside-data",
            Encryption { sibling: true, ..rsa()? },
            "The encrypted key stands beside the data.",
        ),
        (
            "recipient-named",
            Encryption::new(&keys::saml_sp_enc_rsa()?)?,
            "The certificate of the recipient is named.",
        ),
        (
            "recipient-named-ecdh",
            Encryption::new(&keys::saml_sp_enc_bp256()?)?,
            "The certificate of the recipient is named.",
        ),
    ];
    for (id, encryption, about) in cases {
        let text = bent(eidas(), |message| {
            message.encryption = Some(encryption);
            Ok(())
        })?
        .to_xml()?;
        set.accept(&format!("accepted/{id}"), &minimum(), text).about(about, CRYPTO);
    }
    let old = bent(eidas(), |message| {
        message.encryption = Some(rsa()?.with_oaep(transport::RSA_OAEP_MGF1P, None, None));
        Ok(())
    })?
    .to_xml()?;
    set.accept("accepted/oaep-mgf1p", &minimum(), old)
        .about("RSA-OAEP with SHA-1, of a node that speaks version 1.3 at most.", CRYPTO)
        .trust("saml-version-1-3");
    Ok(())
}

fn spelling(set: &mut Set) -> Made<()> {
    let text = eidas()?.to_xml()?;
    let wrapped: String = {
        let value = post(&text);
        let lines: Vec<&str> =
            value.as_bytes().chunks(76).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        lines.join("\r\n")
    };
    let lines = with_tree(eidas(), |tree| {
        let value = tree.at("ds:Signature/ds:SignatureValue")?;
        let text = value.inner_text();
        let (begin, end) = text.split_at(40);
        value.set_text(&format!("\n{begin}\n{end}\n"));
        Ok(())
    })?;
    let instruction = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}");
    for (id, token, about) in [
        ("form-value", post(&text), "The value of the form field."),
        ("form-value-wrapped", wrapped, "The value of the form field in lines."),
        ("declaration", instruction, "An XML declaration."),
        ("mark", format!("\u{feff}{text}"), "A byte order mark."),
        ("space-behind", format!("{text}\r\n"), "A line end behind the root."),
        ("comment-outside", format!("<!-- x -->{text}<!-- y -->"), "Comments outside of the root."),
        ("lines-in-base64", lines, "Line ends in the value of the signature."),
        ("quotes", text.replacen("Version=\"2.0\"", "Version='2.0'", 1), "Another kind of quotes."),
        (
            "references",
            text.replacen("https://eidas-node", "https:&#47;&#x2F;eidas-node", 1),
            "References to characters.",
        ),
        (
            "space-in-tags",
            text.replacen("</saml2p:Status>", "</saml2p:Status >", 1),
            "White space in a tag.",
        ),
    ] {
        set.accept(&format!("accepted/{id}"), &minimum(), token)
            .about(about, "Canonical XML 1.0, 1.1");
    }
    let value = bent(eidas(), |message| {
        message.response.set("Consent", "urn:oasis:names:tc:SAML:2.0:consent:obtained");
        Ok(())
    })?
    .to_xml()?;
    set.accept("accepted/consent", &minimum(), value)
        .about("The person consented.", "SAML Core 2.0, 8.4");
    let cdata = bent(eidas(), |message| {
        let name = message
            .attribute("http://eidas.europa.eu/attributes/naturalperson/CurrentFamilyName")?;
        name.at("saml2:AttributeValue")?.children =
            vec![XmlNode::Text("Muster".to_owned()), XmlNode::cdata("mann")];
        message.inner = message.outer.clone();
        Ok(())
    })?
    .to_xml()?;
    set.accept("accepted/cdata", &minimum(), cdata).about(
        "Part of a name in a CDATA section: the whole name comes out.",
        "Canonical XML 1.0, 2.1",
    );
    // Literal line ends in an attribute are blanks before anything is signed.
    let normalised = text.replacen(" Version=\"2.0\"", "\n\tVersion=\"2.0\"", 1);
    set.accept("accepted/lines-in-tags", &minimum(), normalised)
        .about("Line ends between attributes.", "XML 1.0, 2.10");
    for (id, name, value, about) in [
        (
            "begin-at",
            "NotBefore",
            "2026-03-01T12:01:00Z",
            "Valid from the end of the tolerance on.",
        ),
        ("fractions", "NotBefore", "2026-03-01T11:59:50.123456Z", "Fractions of a second."),
        ("offset", "NotBefore", "2026-03-01T12:59:50+01:00", "Another time zone."),
    ] {
        let text = with_assertion(eidas(), |assertion| {
            assertion.at("saml2:Conditions")?.set(name, value);
            Ok(())
        })?;
        set.accept(&format!("accepted/time-{id}"), &minimum(), text)
            .about(about, "SAML Core 2.0, 1.3.3, 2.5.1");
    }
    Ok(())
}

// The clock stands at 12:00:00; a minute is tolerated, five minutes are the age of a response.
fn times(set: &mut Set) -> Made<()> {
    let node = node()?;
    let at = |before_s: i64| -> Made<Message> {
        let honest = Asked::honest();
        let asked = Asked { at: NOW.saturating_sub(before_s), ..honest };
        Ok(node.answer(&asked, &Person::minimum())?)
    };
    let ends = with_assertion(at(200), |assertion| {
        assertion.at("saml2:Conditions")?.set("NotOnOrAfter", "2026-03-01T11:59:01Z");
        Ok(())
    })?;
    set.accept("accepted/time-end-one-below", &minimum(), ends)
        .about("Expired within the tolerance of a minute.", "SAML Core 2.0, 2.5.1.2");
    set.accept("accepted/time-age-at", &minimum(), at(300)?.to_xml()?)
        .about("Five minutes old.", "SAML Core 2.0, 3.2.2");
    Ok(())
}

fn persons(set: &mut Set) -> Made<()> {
    let node: Node = node()?;
    let answer =
        |person: &Person| -> Made<String> { Ok(node.answer(&Asked::honest(), person)?.to_xml()?) };
    set.accept("accepted/every-attribute", &every(), answer(&Person::erika())?).about(
        "Every attribute of a natural person, the names in two scripts.",
        "eIDAS attribute profile 1.2, 2.2",
    );
    let company = members(json!({
        "legal_person_identifier": COMPANY, "legal_person_name": "Muster und Töchter GmbH",
        "issuing_country": "AT",
    }));
    set.accept("accepted/company", &company, answer(&Person::company())?)
        .about("A legal person.", "eIDAS attribute profile 1.2, 2.3");
    let mut both = minimum();
    both.extend(company.clone());
    set.accept(
        "accepted/person-and-company",
        &both,
        answer(&Person::minimum().and(Person::company()))?,
    )
    .about("A natural and a legal person.", "eIDAS attribute profile 1.2, 2.8");
    let mut represented = company;
    represented.extend(members(json!({
        "representative_family_name": "Beispiel", "representative_given_name": "Max",
        "representative_birthdate": "1958-02-03", "representative_person_identifier": "AT/DE/test-max",
    })));
    set.accept(
        "accepted/represented",
        &represented,
        answer(&Person::company().and(Person::representative()))?,
    )
    .about("A natural person acts for a legal one.", "eIDAS attribute profile 1.2, 2.8");
    Ok(())
}

fn every() -> Map<String, Value> {
    let mut every = minimum();
    every.extend(members(json!({
        "family_name": { "original": "Μούστερμαν", "latin": "Mustermann" },
        "given_name": { "original": "Έρικα", "latin": "Erika" },
        "birth_name": "Erika Gabler",
        "place_of_birth": { "country": "AT", "locality": "Wien" },
        "sex": 2,
        "phone_number": "+4312345678",
        "nationalities": ["AT"],
        "email": "erika@mustermann.example",
        "address": {
            "country": "AT", "house_number": "17", "locality": "Wien", "postal_code": "1080",
            "street_address": "Mariengasse",
        },
    })));
    every
}
