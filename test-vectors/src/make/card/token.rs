//! The Web eID token itself: format, members, algorithm, signature, origin and nonce.

use super::certificate::accept;
use super::kit::{NONCE, ORIGIN, attributes, web_eid};
use super::{HONEST, Made, Set};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use eid_broker::identity::Family;
use eid_broker_maker::card::{CardIssuer, Shape, WebEidSpec};
use eid_broker_maker::cert::{Extension, KeyUsage, Name};
use eid_broker_maker::keys;
use eid_broker_maker::ocsp::Status;
use serde_json::{Value, json};

const FORMAT: &str = "Web eID token format 1.0, 1.1";

pub(super) fn add(set: &mut Set) -> Made<()> {
    let issuer = CardIssuer::new(Shape::Estonian)?;
    let honest = web_eid(issuer.card_der()?, &issuer.card);
    formats(set, &issuer, &honest)?;
    members(set, &issuer, &honest)?;
    signatures(set, &issuer, &honest)?;
    expectations(set, &issuer, &honest)?;
    signing(set, &issuer, &honest)?;
    let p256 = CardIssuer::new(Shape::Estonian)?.with_card(keys::card_p256()?);
    let spec = p256.card_spec()?;
    accept(set, Family::WebEid, "accepted/es256", &p256, &spec)?
        .about("A card with a P-256 key.", "RFC 7518, 3.4");
    Ok(())
}

fn formats(set: &mut Set, issuer: &CardIssuer, honest: &WebEidSpec) -> Made<()> {
    let good = issuer.ocsp(&issuer.card_spec()?, Status::Good)?.build()?;
    let short = WebEidSpec { format: "web-eid:1".to_owned(), ..honest.clone() };
    let evidence = set.evidence("accepted-format-1", good);
    let token = short.sign(&issuer.card)?;
    set.accept("accepted/format-1", &attributes(Shape::Estonian), token)
        .about("The format without the number behind the dot.", FORMAT)
        .evidence
        .push(evidence);
    for (name, format) in [
        ("ten", "web-eid:10"),
        ("two", "web-eid:2"),
        ("one-dot", "web-eid:1."),
        ("one-zero-one", "web-eid:1.01"),
        ("upper-case", "WEB-EID:1.0"),
        ("empty", ""),
    ] {
        let bent = WebEidSpec { format: format.to_owned(), ..honest.clone() };
        set.refuse(&format!("format/{name}"), "format.version", HONEST, bent.sign(&issuer.card)?)
            .about("A format that is compared byte for byte, and is none.", FORMAT);
    }
    let text = honest.sign(&issuer.card)?;
    for (name, code, token, about) in [
        ("nothing", "format.empty", String::new(), "No byte at all."),
        ("braces", "format.malformed", "{}".to_owned(), "Too short to be anything."),
        ("array", "format.json", format!("[{text}]"), "An array around the token."),
        ("two-values", "format.json", format!("{text}{text}"), "Two tokens."),
        (
            "member-twice",
            "ambiguous.member",
            text.replacen('{', "{\"algorithm\":\"RS256\",", 1),
            "The algorithm stands there twice.",
        ),
        (
            "too-long",
            "limit.size",
            text.replacen('{', &format!("{{{}", " ".repeat(10_000)), 1),
            "More than 10 000 characters.",
        ),
    ] {
        set.refuse(&format!("format/{name}"), code, HONEST, token).about(about, FORMAT);
    }
    Ok(())
}

fn members(set: &mut Set, issuer: &CardIssuer, honest: &WebEidSpec) -> Made<()> {
    let text = honest.sign(&issuer.card)?;
    let token: Value = serde_json::from_str(&text)?;
    for name in ["unverifiedCertificate", "algorithm", "signature", "format"] {
        let mut without = token.clone();
        without.as_object_mut().ok_or("no object")?.remove(name);
        let id = name.to_lowercase();
        set.refuse(
            &format!("member/{id}-missing"),
            "format.member_missing",
            HONEST,
            without.to_string(),
        )
        .about("A member that the format demands is missing.", FORMAT);
        for (kind, value) in [("number", json!(1)), ("array", json!([token[name].clone()]))] {
            let mut bent = token.clone();
            bent[name] = value;
            let id = format!("member/{id}-{kind}");
            set.refuse(&id, "format.member_type", HONEST, bent.to_string())
                .about("A member that is no string.", FORMAT);
        }
    }
    let signature = honest.signature(&issuer.card)?;
    let base64 = STANDARD.encode(&signature);
    for (name, value) in [
        ("url-safe", URL_SAFE_NO_PAD.encode([0xfb; 96])),
        ("no-padding", STANDARD.encode(&signature[..95]).trim_end_matches('=').to_owned()),
        ("line-feed", format!("{base64}\n")),
        ("blank-inside", base64.replacen('A', " A", 1).replacen("  ", " ", 1) + " "),
    ] {
        let mut bent = token.clone();
        bent["signature"] = json!(value);
        set.refuse(&format!("base64/{name}"), "format.base64", HONEST, bent.to_string())
            .about("Base64 in another spelling than the standard's.", "RFC 4648, 4");
    }
    let entry = json!(["AAAA"]);
    for name in ["unverifiedIntermediateCertificates", "unverifiedSigningCertificates"] {
        let mut bent = honest.clone();
        bent.more.insert(name.to_owned(), entry.clone());
        let id = format!("member/{}-in-1-0", name.to_lowercase());
        set.refuse(&id, "format.member_unexpected", HONEST, bent.sign(&issuer.card)?)
            .about("A member of format 1.1 in a token of 1.0.", FORMAT);
    }
    let bent = WebEidSpec { certificate_der: vec![0x30, 3, 1, 2], ..honest.clone() };
    set.refuse("member/certificate-cut", "cert.malformed", HONEST, bent.sign(&issuer.card)?)
        .about("The certificate is cut.", "RFC 5280, 4.1");
    Ok(())
}

fn signatures(set: &mut Set, issuer: &CardIssuer, honest: &WebEidSpec) -> Made<()> {
    for (name, algorithm, code) in [
        ("es256-on-p384", "ES256", "alg.key_mismatch"),
        ("es512-on-p384", "ES512", "alg.key_mismatch"),
        ("rs256-on-ec", "RS256", "alg.key_mismatch"),
        ("ps256-on-ec", "PS256", "alg.key_mismatch"),
        ("none", "none", "alg.not_allowed"),
        ("lower-case", "es384", "alg.not_allowed"),
        ("eddsa", "EdDSA", "alg.not_allowed"),
        ("hs256", "HS256", "alg.not_allowed"),
    ] {
        let bent = WebEidSpec { algorithm: algorithm.to_owned(), ..honest.clone() };
        let signature = honest.signature(&issuer.card)?;
        set.refuse(&format!("algorithm/{name}"), code, HONEST, bent.with_signature(&signature))
            .about("The algorithm does not fit the key.", "RFC 8725, 3.1")
            .attack("WEID-04");
    }
    let signature = honest.signature(&issuer.card)?;
    let (r, s) = signature.split_at(48);
    let order = hex_order();
    let mut flipped = signature.clone();
    flipped[5] ^= 1;
    let value = [ORIGIN, NONCE]
        .iter()
        .flat_map(|text| {
            let digest = eid_broker::crypto::Hash::Sha384.digest(text.as_bytes());
            digest.as_ref().to_vec()
        })
        .collect::<Vec<u8>>();
    for (name, bytes, about) in [
        ("flipped", flipped, "One bit is another."),
        ("zero", vec![0; 96], "Both numbers are zero."),
        ("r-zero", [&[0; 48], s].concat(), "The first number is zero."),
        ("s-zero", [r, &[0; 48]].concat(), "The second number is zero."),
        ("r-order", [&order[..], s].concat(), "The first number is the order of the curve."),
        ("s-order", [r, &order].concat(), "The second number is the order of the curve."),
        ("cut", signature[..95].to_vec(), "A byte is missing."),
        ("longer", [&signature[..], &[0]].concat(), "A byte more."),
        ("der", issuer.card.sign_der(&value)?, "The form of certificates."),
    ] {
        set.refuse(
            &format!("signature/{name}"),
            "sig.invalid",
            HONEST,
            honest.with_signature(&bytes),
        )
        .about(about, "RFC 7518, 3.4; FIPS 186-5, 6.4.2");
    }
    Ok(())
}

// The order of P-384 (SP 800-186, 3.2.1.4).
fn hex_order() -> [u8; 48] {
    let mut order = [0xff; 48];
    order[24..].copy_from_slice(&[
        0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7,
        0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
    ]);
    order
}

fn expectations(set: &mut Set, issuer: &CardIssuer, honest: &WebEidSpec) -> Made<()> {
    for (name, origin) in [
        ("slash", "https://login.example.org/"),
        ("port", "https://login.example.org:8443"),
        ("default-port", "https://login.example.org:443"),
        ("http", "http://login.example.org"),
        ("dot", "https://login.example.org."),
        ("case", "https://Login.example.org"),
        ("other", "https://login.example.com"),
    ] {
        let bent = WebEidSpec { origin: origin.to_owned(), ..honest.clone() };
        set.refuse(&format!("origin/{name}"), "sig.invalid", HONEST, bent.sign(&issuer.card)?)
            .about("Signed for another origin.", "Web eID specification, token signature")
            .attack("WEID-03");
    }
    let token = honest.sign(&issuer.card)?;
    for (name, origin) in [("expected-slash", "https://login.example.org/"), ("expected-none", "")]
    {
        set.refuse(&format!("origin/{name}"), "origin.malformed", HONEST, token.clone())
            .about("The expectation names no origin as a browser writes it.", "HTML, 7.1.1")
            .expects(NONCE, origin);
    }
    let other = WebEidSpec { nonce: NONCE.replacen('M', "N", 1), ..honest.clone() };
    set.refuse("nonce/other", "sig.invalid", HONEST, other.sign(&issuer.card)?)
        .about("Signed for another request.", "Web eID specification, challenge nonce")
        .attack("WEID-01");
    let decoded =
        WebEidSpec { nonce: "12345678123456781234567891235678".to_owned(), ..honest.clone() };
    set.refuse("nonce/decoded", "sig.invalid", HONEST, decoded.sign(&issuer.card)?).about(
        "The bytes are signed and not their text.",
        "Web eID specification, token signature",
    );
    let short = NONCE.get(..43).ok_or("a short nonce")?;
    let bent = WebEidSpec { nonce: short.to_owned(), ..honest.clone() };
    set.refuse("nonce/one-below", "nonce.weak", HONEST, bent.sign(&issuer.card)?)
        .about("A challenge of 43 characters.", "Web eID specification, challenge nonce")
        .attack("WEID-02")
        .expects(short, ORIGIN);
    let second = CardIssuer::new(Shape::Estonian)?.with_card(keys::holder_es384()?);
    let swapped = WebEidSpec { certificate_der: second.card_der()?, ..honest.clone() };
    set.refuse("signature/swapped-certificate", "sig.invalid", HONEST, swapped.sign(&issuer.card)?)
        .about("The certificate of another card of the same CA.", "Web eID specification");
    Ok(())
}

// Format 1.1: a certificate for signatures beside the one for login.
fn signing(set: &mut Set, issuer: &CardIssuer, honest: &WebEidSpec) -> Made<()> {
    let signer = CardIssuer::new(Shape::Estonian)?.with_card(keys::holder_es384()?);
    let spec = signer
        .card_spec()?
        .replacing(Extension::key_usage(true, &[KeyUsage::NonRepudiation]))
        .without("2.5.29.37");
    let supported =
        json!([{"cryptoAlgorithm": "ECC", "hashFunction": "SHA-384", "paddingScheme": "NONE"}]);
    let with = |entries: Value| -> Made<String> {
        let mut token = WebEidSpec { format: "web-eid:1.1".to_owned(), ..honest.clone() };
        token.more.insert("unverifiedSigningCertificates".to_owned(), entries);
        Ok(token.sign(&issuer.card)?)
    };
    let entry = |der: Vec<u8>| json!({"certificate": STANDARD.encode(der), "supportedSignatureAlgorithms": supported});
    let twin = "accepted/format-1-1";
    let good = issuer.ocsp(&issuer.card_spec()?, Status::Good)?.build()?;
    let evidence = set.evidence("accepted-format-1-1", good);
    let token = with(json!([entry(spec.build(&signer.ca)?)]))?;
    let vector = set.accept(twin, &attributes(Shape::Estonian), token);
    vector.about("A certificate for signatures comes with it, and says nothing.", FORMAT);
    vector.expect.ledger.push("web-eid.signing-certificates".to_owned());
    vector.evidence.push(evidence);

    let mut other = spec.clone();
    other.subject = Name::of(&[("2.5.4.6", "EE"), ("2.5.4.5", "PNOEE-30303039914")]);
    let login = signer.card_spec()?;
    let foreign = CardIssuer::new(Shape::Foreign)?.with_card(keys::holder_es384()?);
    let mut stranger = spec.clone();
    stranger.issuer = foreign.card_spec()?.issuer;
    for (name, code, entries, about) in [
        (
            "other-person",
            "chain.card_key_usage",
            json!([entry(other.build(&signer.ca)?)]),
            "It is of somebody else.",
        ),
        (
            "for-login",
            "chain.card_key_usage",
            json!([entry(login.build(&signer.ca)?)]),
            "It is another one for login.",
        ),
        (
            "other-ca",
            "key.untrusted",
            json!([entry(stranger.build(&foreign.ca)?)]),
            "A CA that nobody configured made it.",
        ),
        ("no-list", "format.member_type", json!([]), "The list is empty."),
        ("nine", "limit.count", json!(vec![entry(spec.build(&signer.ca)?); 9]), "Nine of them."),
        (
            "no-algorithms",
            "format.member_missing",
            json!([{"certificate": "AAAA"}]),
            "It does not say what it signs with.",
        ),
    ] {
        set.refuse(&format!("signing/{name}"), code, twin, with(entries)?).about(about, FORMAT);
    }
    let neither = WebEidSpec { format: "web-eid:1.1".to_owned(), ..honest.clone() };
    set.refuse("signing/none-in-1-1", "format.member_missing", twin, neither.sign(&issuer.card)?)
        .about("Format 1.1 without any of its own members.", FORMAT);
    Ok(())
}
