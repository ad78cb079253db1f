//! The certificate of the card: shapes that are accepted, and what a bent one is refused for.

use super::kit::{attributes, token};
use super::{HONEST, LOA_FINNISH, Made, Set};
use eid_broker::identity::Family;
use eid_broker_maker::card::{CardIssuer, EKU_OCSP_SIGNING, POLICY_MOBILE_ID, Shape};
use eid_broker_maker::cert::{CertificateSpec, Extension, KeyUsage, Name};
use eid_broker_maker::ocsp::Status;
use eid_broker_maker::{NOW, keys};

pub(super) fn add(set: &mut Set, family: Family) -> Made<()> {
    for (name, shape) in [
        ("belgian", Shape::Belgian),
        ("belgian-ec", Shape::BelgianEc),
        ("estonian", Shape::Estonian),
        ("finnish", Shape::Finnish),
    ] {
        let issuer = CardIssuer::new(shape)?;
        let spec = issuer.card_spec()?;
        accept(set, family, &format!("accepted/{name}"), &issuer, &spec)?
            .about("An honest card, its status good.", "RFC 5280, 6.1; EN 319 412-1, 5.1.3");
    }
    if let Some(vector) = set.find("accepted/finnish") {
        vector.loa(LOA_FINNISH);
    }
    time(set, family)?;
    purpose(set, family)?;
    subject(set, family)?;
    trust(set, family)
}

/// An accepted card with its status.
pub(super) fn accept<'a>(
    set: &'a mut Set,
    family: Family,
    id: &str,
    issuer: &CardIssuer,
    spec: &CertificateSpec,
) -> Made<&'a mut crate::suites::own::vector::Vector> {
    let good = issuer.ocsp(spec, Status::Good)?.build()?;
    let evidence = set.evidence(&id.replace('/', "-"), good);
    let vector = set.accept(id, &attributes(issuer.shape), token(family, issuer, spec)?);
    vector.evidence.push(evidence);
    Ok(vector)
}

// The honest Estonian certificate, bent before it is signed.
fn bent(
    family: Family,
    bend: impl FnOnce(CertificateSpec) -> Made<CertificateSpec>,
) -> Made<String> {
    let issuer = CardIssuer::new(Shape::Estonian)?;
    let spec = bend(issuer.card_spec()?)?;
    token(family, &issuer, &spec)
}

fn time(set: &mut Set, family: Family) -> Made<()> {
    let rule = "RFC 5280, 4.1.2.5";
    let issuer = CardIssuer::new(Shape::Estonian)?;
    let window = |begin, end| -> Made<CertificateSpec> {
        let mut spec = issuer.card_spec()?;
        (spec.not_before, spec.not_after) = (begin, end);
        Ok(spec)
    };
    let spec = window(NOW - 10, NOW)?;
    accept(set, family, "time/end-at", &issuer, &spec)?.about("The last second of the card.", rule);
    let spec = window(NOW, NOW + 10)?;
    accept(set, family, "time/begin-at", &issuer, &spec)?.about("The first second of it.", rule);
    set.refuse(
        "time/end-one-past",
        "chain.card_expired",
        "time/end-at",
        token(family, &issuer, &window(NOW - 10, NOW - 1)?)?,
    )
    .about("The card ended a second ago.", rule)
    .attack("X509-24");
    set.refuse(
        "time/begin-one-past",
        "chain.card_not_yet_valid",
        "time/begin-at",
        token(family, &issuer, &window(NOW + 1, NOW + 10)?)?,
    )
    .about("The card begins in a second.", rule)
    .attack("X509-24");
    Ok(())
}

fn purpose(set: &mut Set, family: Family) -> Made<()> {
    let rule = "RFC 5280, 4.2.1.3; EN 319 412-2, 4.3.2";
    let cases: [(&str, Option<&[KeyUsage]>, &str); 4] = [
        ("signing-key", Some(&[KeyUsage::NonRepudiation]), "The certificate for signatures."),
        ("agreement-only", Some(&[KeyUsage::KeyAgreement]), "A key that may not sign."),
        (
            "both-usages",
            Some(&[KeyUsage::DigitalSignature, KeyUsage::NonRepudiation]),
            "A key for login and signatures at once.",
        ),
        ("no-key-usage", None, "Nothing says what the key is for."),
    ];
    for (name, usages, about) in cases {
        let token = bent(family, |spec| {
            Ok(match usages {
                Some(usages) => spec.replacing(Extension::key_usage(true, usages)),
                None => spec.without("2.5.29.15"),
            })
        })?;
        set.refuse(&format!("purpose/{name}"), "chain.card_key_usage", HONEST, token)
            .about(about, rule)
            .attack("X509-27");
    }
    for (name, purpose, about) in [
        ("ocsp-signing", EKU_OCSP_SIGNING, "A responder's certificate of the same CA."),
        ("any-purpose", "2.5.29.37.0", "Any purpose is not client authentication."),
    ] {
        let token = bent(family, |spec| {
            Ok(spec.replacing(Extension::extended_key_usage(true, &[purpose])?))
        })?;
        set.refuse(&format!("purpose/{name}"), "chain.card_purpose", HONEST, token)
            .about(about, "RFC 5280, 4.2.1.12")
            .attack("WEID-06");
    }
    let issuer = CardIssuer::new(Shape::Estonian)?;
    let spec = issuer.card_spec()?.without("2.5.29.37");
    accept(set, family, "purpose/none-as-in-luxembourg", &issuer, &spec)?
        .about("Without extended key usage, as on cards of Luxembourg.", "RFC 5280, 4.2.1.12");
    let rule = "RFC 5280, 4.2.1.4";
    let listed = Shape::Estonian.policy();
    let cases: [(&str, &str, &[&str], &str); 5] = [
        ("mobile-id", "chain.card_policy_denied", &[POLICY_MOBILE_ID], "A key in a SIM."),
        (
            "mobile-id-arc",
            "chain.card_policy_denied",
            &["1.3.6.1.4.1.10015.1.3"],
            "The arc of Mobile-ID itself.",
        ),
        (
            "mobile-id-beside",
            "chain.card_policy_denied",
            &[listed, POLICY_MOBILE_ID],
            "A denied policy beside the listed one.",
        ),
        ("unlisted", "chain.card_policy_unlisted", &["0.4.0.2042.1.2"], "NCP+ alone says little."),
        (
            "of-another-ca",
            "chain.card_policy_unlisted",
            &["2.16.56.12.1.1.2.2"],
            "A policy that is listed for another CA.",
        ),
    ];
    for (name, code, policies, about) in cases {
        let token =
            bent(family, |spec| Ok(spec.replacing(Extension::certificate_policies(policies)?)))?;
        set.refuse(&format!("policy/{name}"), code, HONEST, token)
            .about(about, rule)
            .attack("WEID-06");
    }
    Ok(())
}

fn subject(set: &mut Set, family: Family) -> Made<()> {
    const C: (&str, &str) = ("2.5.4.6", "EE");
    const SURNAME: (&str, &str) = ("2.5.4.4", "JÕEORG");
    const SERIAL: (&str, &str) = ("2.5.4.5", "PNOEE-38001085718");
    let rule = "EN 319 412-1, 5.1.3; docs/card-schemes.md";
    let cases: [(&str, &str, &[(&str, &str)], &str); 10] = [
        ("no-number", "identity.missing", &[C, SURNAME], "No serialNumber."),
        ("no-name", "identity.missing", &[C, SERIAL], "Neither surname nor given name."),
        ("no-country", "issuer.country", &[SURNAME, SERIAL], "No country."),
        (
            "other-country",
            "issuer.country",
            &[("2.5.4.6", "FI"), SURNAME, SERIAL],
            "The CA of one state certifies somebody of another.",
        ),
        (
            "number-twice",
            "ambiguous.attribute",
            &[C, SURNAME, SERIAL, SERIAL],
            "Two serialNumbers.",
        ),
        (
            "bare-number",
            "identity.scheme",
            &[C, SURNAME, ("2.5.4.5", "38001085718")],
            "The number without type and country.",
        ),
        (
            "number-of-another",
            "identity.scheme",
            &[C, SURNAME, ("2.5.4.5", "PNOFI-38001085718")],
            "The number of another country.",
        ),
        (
            "number-too-long",
            "identity.scheme",
            &[C, SURNAME, ("2.5.4.5", "PNOEE-380010857180")],
            "A digit too many.",
        ),
        (
            "name-hidden",
            "identity.malformed",
            &[C, ("2.5.4.4", "A\u{202e}B"), SERIAL],
            "A name that a form would show otherwise.",
        ),
        (
            "organisation",
            "identity.legal_person",
            &[C, SURNAME, SERIAL, ("2.5.4.97", "NTREE-10747013")],
            "An organisation.",
        ),
    ];
    for (name, code, attributes, about) in cases {
        let token = bent(family, |mut spec| {
            spec.subject = Name::of(attributes);
            Ok(spec)
        })?;
        set.refuse(&format!("subject/{name}"), code, HONEST, token).about(about, rule);
    }
    Ok(())
}

fn trust(set: &mut Set, family: Family) -> Made<()> {
    let rule = "RFC 5280, 6.1.1";
    let foreign = CardIssuer::new(Shape::Foreign)?;
    let token_of_foreign = token(family, &foreign, &foreign.card_spec()?)?;
    set.refuse("trust/foreign-ca", "key.untrusted", HONEST, token_of_foreign)
        .about("A CA that nobody configured.", rule)
        .attack("CARD-01");
    let mut impostor = CardIssuer::new(Shape::Estonian)?;
    impostor.ca = keys::card_foreign_ca()?;
    let token_of_impostor = token(family, &impostor, &impostor.card_spec()?)?;
    set.refuse("trust/name-of-the-ca", "chain.signature", HONEST, token_of_impostor)
        .about("Another key with the name of the trusted CA.", rule)
        .attack("CARD-01");
    let roca = CardIssuer::new(Shape::Belgian)?.with_card(keys::card_roca()?);
    let token_of_roca = token(family, &roca, &roca.card_spec()?)?;
    set.refuse("key/roca", "key.roca", "accepted/belgian", token_of_roca)
        .about("A key with the structure of a known faulty chip.", "CVE-2017-15361")
        .attack("X509-12");
    let issuer = CardIssuer::new(Shape::Estonian)?;
    let honest = token(family, &issuer, &issuer.card_spec()?)?;
    set.refuse("trust/no-anchor", "trust.missing", HONEST, honest.clone())
        .about("No CA of cards is configured.", "docs/rules.md, 5")
        .trust("none");
    set.refuse("trust/other-purpose", "trust.missing", HONEST, honest.clone())
        .about("The CA is configured for something else.", "docs/rules.md, 5")
        .trust("cards-other-purpose");
    set.refuse("policy/no-family", "type.unknown", HONEST, honest)
        .about("The policy has no rules for cards.", "docs/rules.md, 2")
        .policy("standard/1");
    Ok(())
}
