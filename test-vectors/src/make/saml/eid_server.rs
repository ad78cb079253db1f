//! Answers of eID servers: a deflated message in a query that is signed as it stands.

use super::kit::{bent, eid_server, server, short, with_assertion};
use super::template;
use crate::make::Made;
use crate::make::set::Set;
use eid_broker::identity::Family;
use eid_broker_maker::keys;
use eid_broker_maker::saml::deflate::{deflate, store};
use eid_broker_maker::saml::eid_server::{EidServer, birth, restricted_id, validity};
use eid_broker_maker::saml::sign::method;
use eid_broker_maker::saml::{Asked, Element, Message, Redirect, Signing, attribute};
use serde_json::{Map, Value, json};

const HONEST: &str = "accepted/honest";
const CARRIER: &str = "SAML Bindings 2.0, 3.4.4; BSI TR-03130-1, SAML profile";
const CLAUSE: &str = "BSI TR-03130-1, SAML profile";
const CANCELLED: &str = "http://www.bsi.bund.de/ecard/api/1.1/resultminor/sal#cancellationByUser";

/// The vectors of `eid_server`.
pub(super) fn vectors() -> Made<Set> {
    let mut set = Set::new("eid_server", template(Family::EidServer));
    accepted(&mut set)?;
    queries(&mut set)?;
    deflated(&mut set)?;
    profile(&mut set)?;
    attributes(&mut set)?;
    Ok(set)
}

fn members(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn erika() -> Map<String, Value> {
    members(&json!({
        "family_name": "MUSTERMANN",
        "given_name": "ERIKA",
        "title": "DR.",
        "birthdate": "1964-08-12",
        "birth_family_name": "GABLER",
        "place_of_birth": { "locality": "BERLIN" },
        "nationalities": ["DE"],
        "address": {
            "country": "DE", "locality": "KÖLN", "postal_code": "51147",
            "street_address": "HEIDESTRASSE 17",
        },
        "document_type": "ID",
        "date_of_expiry": "2034-08-11",
        "community_id": "02760503150000",
        "issuing_country": "DE",
    }))
}

fn query(message: Made<Message>) -> Made<String> {
    Ok(server()?.query(&message?)?)
}

fn redirect() -> Made<Redirect> {
    Ok(server()?.redirect())
}

// A message of fewer bytes, for what is about the query.
fn text() -> Made<String> {
    Ok(eid_server()?.to_xml()?)
}

fn accepted(set: &mut Set) -> Made<()> {
    set.accept(HONEST, &erika(), query(eid_server())?).about(
        "Everything that was read from a card, signed by ECDSA on P-256, encrypted by ECDH-ES.",
        CLAUSE,
    );
    let text = text()?;
    let state = redirect()?.with_relay_state("a=b&c%20d").query(&text)?;
    set.accept("accepted/relay-state", &erika(), state).about("A relay state.", CARRIER);
    let lower = Redirect { lower_case: true, ..redirect()? }.query(&text)?;
    set.accept("accepted/lower-case-escapes", &erika(), lower)
        .about(
            "Percent escapes in small letters: the signature is over the octets as they are.",
            CARRIER,
        )
        .attack("XML-53");
    let stored = redirect()?.query_of(&store(text.as_bytes()))?;
    set.accept("accepted/stored", &erika(), stored)
        .about("Deflated into a block that is stored.", "RFC 1951, 3.2.4");
    for (id, key, about) in [
        ("rsa", keys::saml_eid_server_rsa()?, "RSASSA-PSS."),
        ("brainpool", keys::saml_eid_server_bp256()?, "ECDSA on brainpoolP256r1."),
    ] {
        let redirect = Redirect::response(Signing::new(&key, None));
        set.accept(&format!("accepted/{id}"), &erika(), redirect.query(&text)?)
            .about(about, CARRIER);
    }
    let pkcs1 = Signing::new(&keys::saml_eid_server_rsa()?, None).with_method(method::RSA_SHA256);
    set.accept("accepted/rsa-pkcs1", &erika(), Redirect::response(pkcs1).query(&text)?)
        .about("RSASSA-PKCS1-v1_5.", "BSI TR-03116-4");
    let der = Redirect { der: true, ..redirect()? }.query(&text)?;
    set.accept("accepted/der", &erika(), der)
        .about("A signature in DER, of a server that is known to send them.", CARRIER)
        .trust("saml-eid-server-der");
    let rsa = bent(eid_server(), |message| {
        message.encryption = Some(short(&keys::saml_sp_enc_rsa()?)?);
        Ok(())
    });
    set.accept("accepted/oaep", &erika(), query(rsa)?).about("Encrypted by RSA-OAEP.", CLAUSE);
    let address = set.accept("accepted/address", &erika(), query(eid_server())?);
    address.about("The address of the browser is compared.", CLAUSE);
    if let Some(saml) = &mut address.saml {
        saml.client_address = Some("192.0.2.17".to_owned());
    }
    let valid = with_attributes(|attributes| replace(attributes, validity("VALID")))?;
    set.accept("accepted/valid-in-capitals", &erika(), valid)
        .about("The validity in another case, as the sample has it.", CLAUSE);
    Ok(())
}

fn with_attributes(change: impl FnOnce(&mut Vec<Element>)) -> Made<String> {
    let mut server = EidServer { ..server()? };
    change(&mut server.attributes);
    let message = server.answer(&Asked::honest())?;
    Ok(server.query(&message)?)
}

// Puts an attribute in the place of the one of its name.
fn replace(attributes: &mut [Element], new: Element) {
    let name = new.get("Name").map(str::to_owned);
    if let Some(old) = attributes.iter_mut().find(|one| one.get("Name") == name.as_deref()) {
        *old = new;
    }
}

fn remove(attributes: &mut Vec<Element>, name: &str) {
    attributes.retain(|one| one.get("Name") != Some(name));
}

fn queries(set: &mut Set) -> Made<()> {
    let text = text()?;
    let honest = redirect()?.query(&text)?;
    let (unsigned, rest) = honest.split_once("&SigAlg=").ok_or("no algorithm")?;
    let (algorithm, signature) = rest.split_once("&Signature=").ok_or("no signature")?;
    let (_, message) = unsigned.split_once('=').ok_or("no message")?;
    let state = redirect()?.with_relay_state("one").query(&text)?;
    let swapped = algorithm.replace("sha256", "sha384");
    let cases: Vec<(&str, &str, String, &str, &str)> = vec![
        ("nothing", "format.empty", String::new(), "No byte at all.", ""),
        (
            "no-signature",
            "sig.missing",
            unsigned.to_owned(),
            "Neither algorithm nor signature.",
            "XML-37",
        ),
        (
            "no-value",
            "sig.missing",
            format!("{unsigned}&SigAlg={algorithm}"),
            "An algorithm without signature.",
            "XML-37",
        ),
        (
            "empty-signature",
            "sig.missing",
            format!("{unsigned}&SigAlg={algorithm}&Signature="),
            "An empty signature.",
            "XML-37",
        ),
        (
            "relay-state-added",
            "sig.invalid",
            honest.replacen("&SigAlg", "&RelayState=x&SigAlg", 1),
            "A relay state that was put in later.",
            "XML-53",
        ),
        (
            "relay-state-changed",
            "sig.invalid",
            state.replacen("RelayState=one", "RelayState=two", 1),
            "A relay state that was changed.",
            "XML-53",
        ),
        (
            "relay-state-removed",
            "sig.invalid",
            state.replacen("&RelayState=one", "", 1),
            "A relay state that was taken out.",
            "XML-53",
        ),
        (
            "algorithm-swapped",
            "sig.invalid",
            format!("{unsigned}&SigAlg={swapped}&Signature={signature}"),
            "Another algorithm.",
            "XML-42",
        ),
        (
            "message-twice",
            "ambiguous.parameter",
            format!("{honest}&SAMLResponse={message}"),
            "The message stands there twice.",
            "XML-53",
        ),
        (
            "message-twice-first",
            "ambiguous.parameter",
            format!("SAMLResponse={message}&{honest}"),
            "The message stands there twice.",
            "XML-53",
        ),
        (
            "signature-twice",
            "ambiguous.parameter",
            format!("{honest}&Signature={signature}"),
            "The signature stands there twice.",
            "XML-53",
        ),
        (
            "unknown-parameter",
            "redirect.parameter",
            honest.replacen("&SigAlg", "&x=y&SigAlg", 1),
            "A parameter that nobody knows.",
            "XML-53",
        ),
        (
            "other-order",
            "redirect.parameter",
            format!("SigAlg={algorithm}&{unsigned}&Signature={signature}"),
            "The parameters in another order.",
            "XML-53",
        ),
        (
            "re-encoded",
            "sig.invalid",
            honest.replacen("%2B", "%2b", 1),
            "One escape in another case.",
            "XML-53",
        ),
        (
            "request",
            "redirect.parameter",
            honest.replacen("SAMLResponse", "SAMLRequest", 1),
            "A request in the place of a response.",
            "XML-53",
        ),
        (
            "bad-escape",
            "redirect.encoding",
            redirect()?.seal(format!("SAMLResponse=%G1{message}"))?,
            "A percent escape that is none.",
            "XML-53",
        ),
        (
            "altered",
            "sig.invalid",
            honest.replacen("SAMLResponse=", "SAMLResponse=A", 1),
            "The message was altered.",
            "XML-05",
        ),
    ];
    for (id, code, token, about, attack) in cases {
        let vector = set.refuse(&format!("query/{id}"), code, HONEST, token);
        vector.about(about, CARRIER);
        if !attack.is_empty() {
            vector.attack(attack);
        }
    }
    let by = |signing: Signing| Redirect::response(signing).query(&text);
    for (id, code, signing, about, attack) in [
        (
            "stranger",
            "sig.invalid",
            Signing::new(&keys::saml_stranger_p256()?, None),
            "By a key that nobody knows.",
            "XML-32",
        ),
        (
            "rsa-sha1",
            "alg.not_allowed",
            Signing::new(&keys::saml_eid_server_rsa()?, None).with_method(method::RSA_SHA1),
            "RSA with SHA-1.",
            "XML-42",
        ),
        (
            "hmac",
            "alg.not_allowed",
            Signing::new(&keys::saml_eid_server()?, None).with_method(method::HMAC_SHA256),
            "HMAC, the public key for a secret.",
            "XML-31",
        ),
    ] {
        set.refuse(&format!("signature/{id}"), code, HONEST, by(signing)?)
            .about(about, CARRIER)
            .attack(attack);
    }
    let der = Redirect { der: true, ..redirect()? }.query(&text)?;
    set.refuse("signature/der", "sig.invalid", HONEST, der)
        .about("A signature in DER, of a server that is not known to send them.", CARRIER);
    set.accept("accepted/fixed-of-der-server", &erika(), honest.clone())
        .about("Two numbers, of a server that is known to send DER as well.", CARRIER)
        .trust("saml-eid-server-der");
    Ok(())
}

fn deflated(set: &mut Set) -> Made<()> {
    let redirect = redirect()?;
    let raw = deflate(text()?.as_bytes());
    let bomb = deflate(&vec![b' '; 8 << 20]);
    let zlib = [&[0x78, 0x9c][..], &raw, &[0, 0, 0, 0]].concat();
    for (id, code, octets, about) in [
        ("bomb", "limit.size", bomb, "Eight mebibytes of blanks."),
        ("zlib", "redirect.deflate", zlib, "With the header of zlib."),
        ("trailing", "redirect.deflate", [&raw[..], &[0]].concat(), "A byte behind the stream."),
        (
            "cut",
            "redirect.deflate",
            raw.get(..raw.len().saturating_sub(20)).unwrap_or_default().to_vec(),
            "The stream ends too soon.",
        ),
        ("nothing", "redirect.parameter", Vec::new(), "Nothing."),
    ] {
        set.refuse(&format!("deflate/{id}"), code, HONEST, redirect.query_of(&octets)?)
            .about(about, "RFC 1951; SAML Bindings 2.0, 3.4.4.1")
            .attack("XML-27");
    }
    Ok(())
}

fn profile(set: &mut Set) -> Made<()> {
    const DATA: &str = "saml2:Subject/saml2:SubjectConfirmation/saml2:SubjectConfirmationData";
    let assertion = |change: fn(&mut Element) -> Made<()>| -> Made<String> {
        let xml = with_assertion(eid_server(), change)?;
        Ok(redirect()?.query(&xml)?)
    };
    let cases: Vec<(&str, &str, String, &str)> = vec![
        (
            "conditions/no-one-time-use",
            "condition.missing",
            assertion(|assertion| {
                assertion.take("saml2:Conditions/saml2:OneTimeUse")?;
                Ok(())
            })?,
            "It may be used more than once.",
        ),
        (
            "conditions/none",
            "condition.missing",
            assertion(|assertion| {
                assertion.take("saml2:Conditions")?;
                Ok(())
            })?,
            "No conditions.",
        ),
        (
            "audience/other",
            "audience.mismatch",
            assertion(|assertion| {
                let path = "saml2:Conditions/saml2:AudienceRestriction/saml2:Audience";
                assertion.at(path)?.set_text("https://other.example/saml/metadata");
                Ok(())
            })?,
            "For another service.",
        ),
        (
            "confirmation/no-address",
            "confirmation.address",
            assertion(|assertion| {
                assertion.at(DATA)?.unset("Address");
                Ok(())
            })?,
            "The address of the browser is missing.",
        ),
        (
            "confirmation/request",
            "request.in_response_to",
            assertion(|assertion| {
                assertion.at(DATA)?.set("InResponseTo", "_other");
                Ok(())
            })?,
            "For another request.",
        ),
        (
            "confirmation/recipient",
            "destination.mismatch",
            assertion(|assertion| {
                assertion.at(DATA)?.set("Recipient", "https://other.example/");
                Ok(())
            })?,
            "For another endpoint.",
        ),
        (
            "time/lifetime",
            "time.lifetime",
            assertion(|assertion| {
                assertion.at(DATA)?.set("NotOnOrAfter", "2026-03-01T12:04:51Z");
                Ok(())
            })?,
            "A second longer than five minutes.",
        ),
        (
            "time/expired",
            "time.expired",
            assertion(|assertion| {
                assertion.set("IssueInstant", "2026-03-01T11:54:00Z");
                assertion.at(DATA)?.set("NotOnOrAfter", "2026-03-01T11:58:00Z");
                Ok(())
            })?,
            "Expired.",
        ),
        (
            "statement/class-reference",
            "saml.value",
            assertion(|assertion| {
                let context = assertion.at("saml2:AuthnStatement/saml2:AuthnContext")?;
                context.children =
                    vec![Element::new("saml2:AuthnContextClassRef").text("x").into()];
                Ok(())
            })?,
            "A class in the place of the declaration.",
        ),
        (
            "statement/other-declaration",
            "saml.value",
            assertion(|assertion| {
                let path = "saml2:AuthnStatement/saml2:AuthnContext/saml2:AuthnContextDeclRef";
                assertion.at(path)?.set_text("urn:oasis:names:tc:SAML:2.0:ac:classes:Password");
                Ok(())
            })?,
            "A password in the place of the card.",
        ),
        (
            "issuer/of-the-assertion",
            "issuer.mismatch",
            assertion(|assertion| {
                assertion.at("saml2:Issuer")?.set_text("https://other.example/");
                Ok(())
            })?,
            "The assertion is of another server.",
        ),
    ];
    for (id, code, token, about) in cases {
        set.refuse(id, code, HONEST, token).about(about, CLAUSE);
    }
    let wrong = set.refuse(
        "confirmation/other-address",
        "confirmation.address",
        "accepted/address",
        query(eid_server())?,
    );
    wrong.about("The browser has another address.", CLAUSE);
    if let Some(saml) = &mut wrong.saml {
        saml.client_address = Some("192.0.2.18".to_owned());
    }
    let plain = bent(eid_server(), |message| {
        message.encryption = None;
        Ok(())
    });
    set.refuse("encryption/missing", "encryption.missing", HONEST, query(plain)?)
        .about("The assertion is not encrypted.", CLAUSE);
    let response = |change: fn(&mut Element) -> Made<()>| -> Made<String> {
        query(bent(eid_server(), |message| change(&mut message.response)))
    };
    for (id, code, token, about) in [
        (
            "request/other",
            "request.in_response_to",
            response(|response| {
                response.set("InResponseTo", "_other");
                Ok(())
            })?,
            "The response answers another request.",
        ),
        (
            "destination/other",
            "destination.mismatch",
            response(|response| {
                response.set("Destination", "https://other.example/");
                Ok(())
            })?,
            "For another endpoint.",
        ),
        (
            "issuer/other",
            "issuer.mismatch",
            response(|response| {
                response.at("saml2:Issuer")?.set_text("https://other.example/");
                Ok(())
            })?,
            "The response is of another server.",
        ),
        (
            "issuer/none",
            "saml.element",
            response(|response| {
                response.take("saml2:Issuer")?;
                Ok(())
            })?,
            "No issuer.",
        ),
    ] {
        set.refuse(id, code, HONEST, token).about(about, CLAUSE).attack("XML-48");
    }
    let cancelled = bent(server()?.failure(&Asked::honest()).map_err(Into::into), |message| {
        let code = "saml2p:Status/saml2p:StatusCode/saml2p:StatusCode";
        message.response.at(code)?.set("Value", CANCELLED);
        Ok(())
    });
    set.refuse("status/cancelled", "result.cancelled", HONEST, query(cancelled)?)
        .about("The person cancelled.", CLAUSE);
    let failure = server()?.failure(&Asked::honest());
    set.refuse("status/denied", "result.denied", HONEST, query(failure.map_err(Into::into))?)
        .about("Nothing was read.", CLAUSE);
    Ok(())
}

fn attributes(set: &mut Set) -> Made<()> {
    for (id, status) in [
        ("failed", "failed"),
        ("expired", "expired"),
        ("revoked", "revoked"),
        ("not-authentic", "notAuthentic"),
    ] {
        let token = with_attributes(|attributes| replace(attributes, validity(status)))?;
        set.refuse(&format!("validity/{id}"), "document.invalid", HONEST, token)
            .about("The card is not good.", CLAUSE);
    }
    let other = with_attributes(|attributes| replace(attributes, validity("maybe")))?;
    set.refuse("validity/unknown", "identity.malformed", HONEST, other)
        .about("Something that is no status is said about the card.", CLAUSE);
    let none = with_attributes(|attributes| remove(attributes, "DocumentValidity"))?;
    set.refuse("validity/none", "document.unknown", HONEST, none)
        .about("Nothing is said about the card.", CLAUSE);
    let none = with_attributes(|attributes| remove(attributes, "RestrictedID"))?;
    set.accept("accepted/no-pseudonym", &erika(), none)
        .about("A card without pseudonym: nobody asked for it.", CLAUSE);
    for (id, code, new, about) in [
        (
            "birth-no-date",
            "identity.malformed",
            birth("19641308", None),
            "A date of birth that there is not.",
        ),
        (
            "birth-contradiction",
            "identity.malformed",
            birth("19640812", Some("1964-08-13")),
            "Two dates of birth.",
        ),
        (
            "pseudonym-no-hex",
            "identifier.malformed",
            restricted_id("no hex", None),
            "A pseudonym that is no number.",
        ),
        (
            "pseudonym-empty",
            "identifier.malformed",
            restricted_id("", None),
            "A pseudonym that is empty.",
        ),
        (
            "other-type",
            "saml.value_type",
            attribute("Nationality", None, Some("xsd:date"), "D"),
            "A value of another type.",
        ),
        (
            "country",
            "identity.malformed",
            attribute("Nationality", None, Some("eid:ICAOCountry"), "d"),
            "A country in small letters.",
        ),
    ] {
        let token = with_attributes(|attributes| replace(attributes, new))?;
        set.refuse(&format!("attribute/{id}"), code, HONEST, token).about(about, CLAUSE);
    }
    let twice = with_attributes(|attributes| {
        attributes.push(restricted_id("00", None));
    })?;
    set.refuse("attribute/twice", "ambiguous.attribute", HONEST, twice)
        .about("Two pseudonyms.", CLAUSE)
        .attack("XML-60");
    let low = with_attributes(|attributes| {
        let level = "http://bsi.bund.de/eID/LoA/normal";
        replace(attributes, attribute("LevelOfAssurance", None, Some("xsd:string"), level));
    })?;
    set.refuse("level/normal", "loa.insufficient", HONEST, low)
        .about("A level below the one that was asked for.", CLAUSE)
        .attack("XML-58");
    let unknown = with_attributes(|attributes| {
        let level = "http://bsi.bund.de/eID/LoA/sehr-hoch";
        replace(attributes, attribute("LevelOfAssurance", None, Some("xsd:string"), level));
    })?;
    set.refuse("level/unknown", "loa.unknown", HONEST, unknown)
        .about("A level that there is not.", CLAUSE)
        .attack("XML-58");
    Ok(())
}
