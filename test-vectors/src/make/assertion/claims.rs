//! The claims of an assertion: whom it is about, for whom, when, how strong, and to what bound.

use super::kit::{EXPIRES, ISSUED, Kit, claims, payload};
use super::{HONEST, Made, Set};
use eid_broker_maker::NOW;
use eid_broker_maker::jws::b64u;
use eid_broker_maker::keys;
use serde_json::{Value, json};

const PROFILE: &str = "assertions 5";
// The leeway of a consumer, and the longest life that it accepts.
const LEEWAY: i64 = 30;
const LIFETIME: i64 = 600;

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    times(set, kit)?;
    parties(set, kit)?;
    shape(set, kit)?;
    levels(set, kit)?;
    scopes(set, kit)?;
    bindings(set, kit)?;
    once(set, kit)
}

type Bend = fn(&mut serde_json::Map<String, Value>, i64);

fn times(set: &mut Set, kit: &Kit) -> Made<()> {
    let bounds: [(&str, &str, i64, i64, Bend, &str); 7] = [
        (
            "exp",
            "time.expired",
            NOW - LEEWAY + 1,
            -1,
            |payload, at| {
                // The begin moves along, so that the life stays as it is.
                payload.insert("exp".to_owned(), json!(at));
                payload.insert("iat".to_owned(), json!(at.saturating_sub(300)));
                payload.insert("nbf".to_owned(), json!(at.saturating_sub(300)));
                payload.insert("auth_time".to_owned(), json!(at.saturating_sub(300)));
            },
            "RFC 7519, 4.1.4",
        ),
        (
            "nbf",
            "time.not_yet_valid",
            NOW + LEEWAY,
            1,
            |payload, at| {
                payload.insert("nbf".to_owned(), json!(at));
            },
            "RFC 7519, 4.1.5",
        ),
        (
            "iat",
            "time.future",
            NOW + LEEWAY,
            1,
            |payload, at| {
                payload.insert("iat".to_owned(), json!(at));
                payload.insert("exp".to_owned(), json!(at.saturating_add(300)));
            },
            "RFC 7519, 4.1.6",
        ),
        (
            "lifetime",
            "time.lifetime",
            ISSUED + LIFETIME,
            1,
            |payload, at| {
                payload.insert("exp".to_owned(), json!(at));
            },
            PROFILE,
        ),
        (
            "exp-after-iat",
            "time.lifetime",
            EXPIRES - 1,
            1,
            |payload, at| {
                // `exp` stays; the last good begin is a second before it.
                payload.insert("exp".to_owned(), json!(NOW));
                payload.insert("iat".to_owned(), json!(NOW - EXPIRES + at));
                payload.insert("nbf".to_owned(), json!(NOW - EXPIRES + at));
            },
            PROFILE,
        ),
        (
            "iat-long-ago",
            "time.lifetime",
            ISSUED - 300,
            -1,
            |payload, at| {
                payload.insert("iat".to_owned(), json!(at));
                payload.insert("auth_time".to_owned(), json!(at));
            },
            PROFILE,
        ),
        (
            "auth-time",
            "time.future",
            ISSUED + LEEWAY,
            1,
            |payload, at| {
                payload.insert("auth_time".to_owned(), json!(at));
            },
            PROFILE,
        ),
    ];
    for (name, code, bound, past, bend, rule) in bounds {
        for (place, at) in [("one-below", bound - past), ("at", bound), ("one-past", bound + past)]
        {
            let token = kit.payload(|payload| bend(payload, at))?;
            let (id, about) =
                (format!("time/{name}-{place}"), format!("{name} lies {place} its bound."));
            if place == "one-past" {
                set.refuse(&id, code, &format!("time/{name}-at"), token)
                    .about(&about, rule)
                    .attack("JOSE-28");
            } else {
                set.accept(&id, &claims(), token).about(&about, rule);
            }
        }
    }
    for claim in ["exp", "nbf", "iat", "auth_time"] {
        set.refuse(
            &format!("claim/{claim}-missing").replace('_', "-"),
            "claim.missing",
            HONEST,
            kit.without(claim)?,
        )
        .about(&format!("There is no {claim}."), PROFILE)
        .attack("JOSE-27");
        for (name, spelling) in [
            ("text", "\"4102444800\""),
            ("huge", "1e300"),
            ("exponent", "4.1e9"),
            ("fraction", "4102444800.5"),
            ("negative", "-1"),
            ("true", "true"),
            ("null", "null"),
            ("array", "[1]"),
            ("past-year-9999", "253402300800"),
            ("u64-max", "18446744073709551615"),
            ("past-u64", "18446744073709551616"),
        ] {
            let honest = if claim == "exp" { EXPIRES } else { ISSUED };
            let token = kit.payload_text(|text| {
                text.replacen(
                    &format!("\"{claim}\":{honest}"),
                    &format!("\"{claim}\":{spelling}"),
                    1,
                )
            })?;
            set.refuse(
                &format!("time/{}-{name}", claim.replace('_', "-")),
                "claim.malformed",
                HONEST,
                token,
            )
            .about(&format!("{claim} is written as {spelling}."), "RFC 7519, 2; assertions 1")
            .attack("JOSE-21");
        }
    }
    Ok(())
}

fn parties(set: &mut Set, kit: &Kit) -> Made<()> {
    for (name, code, value) in [
        ("other", "issuer.mismatch", json!("https://attacker.example")),
        ("slash", "issuer.mismatch", json!("https://broker.example/")),
        ("upper-case", "issuer.mismatch", json!("https://BROKER.example")),
        ("port", "issuer.mismatch", json!("https://broker.example:443")),
        ("http", "issuer.mismatch", json!("http://broker.example")),
        ("empty", "issuer.mismatch", json!("")),
        ("array", "claim.malformed", json!(["https://broker.example"])),
        ("number", "claim.malformed", json!(1)),
    ] {
        set.refuse(&format!("issuer/{name}"), code, HONEST, kit.claim("iss", value)?)
            .about("The issuer is not the configured one, byte for byte.", "RFC 7519, 4.1.1")
            .attack("JOSE-46");
    }
    set.refuse("issuer/missing", "issuer.mismatch", HONEST, kit.without("iss")?)
        .about("There is no issuer.", "RFC 7519, 4.1.1")
        .attack("JOSE-47");
    let procedure = super::PROCEDURE;
    for (name, code, value) in [
        ("other", "audience.mismatch", json!("urn:procedure:parking")),
        ("longer", "audience.mismatch", json!(format!("{procedure}s"))),
        ("upper-case", "audience.mismatch", json!(procedure.to_uppercase())),
        ("empty", "audience.mismatch", json!("")),
        ("array", "claim.malformed", json!([procedure])),
        ("array-of-two", "claim.malformed", json!([procedure, "urn:procedure:parking"])),
        ("array-empty", "claim.malformed", json!([])),
        ("object", "claim.malformed", json!({ "aud": procedure })),
    ] {
        let attack = if code == "claim.malformed" { "JOSE-23" } else { "BRK-04" };
        set.refuse(&format!("audience/{name}"), code, HONEST, kit.claim("aud", value)?)
            .about(
                "The assertion is not for this procedure alone.",
                "RFC 7519, 4.1.3; assertions 5",
            )
            .attack(attack);
    }
    set.refuse("audience/missing", "audience.mismatch", HONEST, kit.without("aud")?)
        .about("The assertion is for nobody.", "RFC 7519, 4.1.3")
        .attack("JOSE-24");
    set.refuse("audience/of-another-procedure", "audience.mismatch", HONEST, kit.honest()?)
        .about("An honest assertion, presented to another procedure.", "RFC 7519, 4.1.3")
        .attack("BRK-04")
        .procedure = "urn:procedure:parking".to_owned();

    let tail = "VBhQePwt5d4BvjqK7C90CibkPM_PHhjHw8jJCyPuxSQ";
    for (name, sub) in [
        ("plain", "erika".to_owned()),
        ("number-of-person", "TEST-1964-0812-017".to_owned()),
        ("empty", String::new()),
        ("no-version", format!("ps.{tail}")),
        ("version-0", format!("ps0.{tail}")),
        ("version-01", format!("ps01.{tail}")),
        ("other-prefix", format!("px1.{tail}")),
        ("upper-case", format!("PS1.{tail}")),
        ("short", format!("ps1.{}", tail.get(1..).unwrap_or_default())),
        ("long", format!("ps1.{tail}A")),
        ("padded", format!("ps1.{tail}=")),
        ("transient-long", format!("tr.{tail}")),
        ("blank-behind", format!("ps1.{tail} ")),
        ("nul-behind", format!("ps1.{tail}\0")),
    ] {
        set.refuse(
            &format!("subject/{name}"),
            "subject.malformed",
            HONEST,
            kit.claim("sub", json!(sub))?,
        )
        .about("The subject is not one that a broker makes.", "assertions 6")
        .attack("BRK-09");
    }
    Ok(())
}

fn shape(set: &mut Set, kit: &Kit) -> Made<()> {
    for claim in ["sub", "jti", "client_id", "txn", "amr", "src", "ver", "scope"] {
        let name = claim.replace('_', "-");
        set.refuse(&format!("claim/{name}-missing"), "claim.missing", HONEST, kit.without(claim)?)
            .about(&format!("There is no {claim}."), PROFILE);
    }
    for (name, claim, value) in [
        ("sub-number", "sub", json!(1)),
        ("jti-short", "jti", json!("AAECAwQFBgcICQoLDA0OD")),
        ("jti-long", "jti", json!("AAECAwQFBgcICQoLDA0ODwA")),
        ("jti-unused-bits", "jti", json!("AAECAwQFBgcICQoLDA0ODx")),
        ("jti-other-alphabet", "jti", json!("AAECAwQFBgcICQoLDA0OD+")),
        ("client-empty", "client_id", json!("")),
        ("client-of-201", "client_id", json!("c".repeat(201))),
        ("client-array", "client_id", json!(["town-17"])),
        ("txn-empty", "txn", json!("")),
        ("txn-of-65", "txn", json!("t".repeat(65))),
        ("purpose-of-301", "purpose", json!("ä".repeat(301))),
        ("purpose-number", "purpose", json!(1)),
        ("amr-text", "amr", json!("pop")),
        ("amr-of-numbers", "amr", json!([1])),
        ("src-text", "src", json!("sd_jwt_vc")),
        ("src-without-family", "src", json!({ "issuer_country": "DE" })),
        ("src-without-country", "src", json!({ "family": "sd_jwt_vc" })),
        ("ver-number", "ver", json!(1)),
        ("ver-2", "ver", json!("2")),
        ("scope-array", "scope", json!(["identity.core"])),
        ("acr-number", "acr", json!(3)),
        ("verified-claims-text", "verified_claims", json!("Erika")),
        ("verified-claims-flat", "verified_claims", json!(claims())),
        ("verified-claims-without-verification", "verified_claims", json!({ "claims": claims() })),
        (
            "verified-claims-and-more",
            "verified_claims",
            json!({ "verification": {}, "claims": claims(), "x": 1 }),
        ),
        (
            "verified-claims-array",
            "verified_claims",
            json!([{ "verification": {}, "claims": claims() }]),
        ),
    ] {
        set.refuse(&format!("claim/{name}"), "claim.malformed", HONEST, kit.claim(claim, value)?)
            .about(&format!("{claim} has another form."), PROFILE)
            .attack("JOSE-21");
    }
    for (name, claim, value) in [
        ("given-name", "given_name", json!("Erika")),
        ("email", "email", json!("erika@mustermann.example")),
        ("nonce", "nonce", json!("n")),
        ("empty-name", "", json!(1)),
        ("act", "act", json!({ "sub": payload()["sub"] })),
        ("on-behalf", "on_behalf", json!({ "type": "legal" })),
        ("prev-sub", "prev_sub", payload()["sub"].clone()),
        (
            "status",
            "status",
            json!({ "status_list": { "idx": 1, "uri": "https://broker.example/s" } }),
        ),
        ("upper-case", "AUD", json!("urn:procedure:parking")),
    ] {
        let token = kit.payload(|payload| {
            payload.insert(claim.to_owned(), value);
        })?;
        let attack = if claim == "email" { "JOSE-50" } else { "JOSE-59" };
        set.refuse(&format!("claim/unknown-{name}"), "claim.unknown", HONEST, token)
            .about("A claim at the top that the profile does not know, or not yet.", PROFILE)
            .attack(attack);
    }
    Ok(())
}

fn levels(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "(EU) 2015/1502; (EU) No 910/2014, 6(1)(b)";
    let uri = |level: &str| format!("http://eidas.europa.eu/LoA/{level}");
    let own = |level: &str| format!("http://eidas.europa.eu/NotNotified/LoA/{level}");
    // Claim, demand, and whether it is enough.
    for (name, acr, policy, enough) in [
        ("substantial", uri("substantial"), "check/1", true),
        ("low", uri("low"), "check/1", false),
        ("low-where-low", uri("low"), "check-low/1", true),
        ("substantial-where-high", uri("substantial"), "check-high/1", false),
        ("high-where-high", uri("high"), "check-high/1", true),
        ("not-notified", own("high"), "check/1", false),
        ("not-notified-where-allowed", own("high"), "check-not-notified/1", true),
        ("not-notified-low", own("low"), "check-not-notified/1", false),
    ] {
        let (id, token) = (format!("level/{name}"), kit.claim("acr", json!(acr))?);
        let about = format!("The level {acr}, under {policy}.");
        if enough {
            set.accept(&id, &claims(), token).about(&about, rule).policy(policy).loa(&acr);
        } else {
            set.refuse(&id, "loa.insufficient", "level/substantial", token)
                .about(&about, rule)
                .policy(policy)
                .attack("BRK-06");
        }
    }
    for (name, acr) in [
        ("name", "high".to_owned()),
        ("other-case", uri("High")),
        ("https", uri("high").replace("http:", "https:")),
        ("slash", uri("high/")),
        ("higher", uri("very-high")),
        ("number", "3".to_owned()),
        ("spid", "https://www.spid.gov.it/SpidL3".to_owned()),
        ("empty", String::new()),
    ] {
        set.refuse(
            &format!("level/unknown-{name}"),
            "loa.unknown",
            HONEST,
            kit.claim("acr", json!(acr))?,
        )
        .about("A level that is none.", rule)
        .policy("check-low/1")
        .attack("BRK-06");
    }
    set.refuse("level/missing", "loa.unknown", HONEST, kit.without("acr")?)
        .about("There is no level.", rule)
        .policy("check-low/1")
        .attack("BRK-06");
    Ok(())
}

// The consumer knows `identity.core` and `identity.age`.
fn scopes(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 8693, 4.2; GDPR 5(1)(c)";
    for (name, scope, code) in [
        ("both", "identity.age identity.core", None),
        ("one", "identity.core", None),
        ("none", "", Some("scope.denied")),
        ("other", "identity.address", Some("scope.denied")),
        ("one-of-two", "identity.core identity.address", Some("scope.denied")),
        ("longer", "identity.core2", Some("scope.denied")),
        ("upper-case", "IDENTITY.CORE", Some("scope.denied")),
        ("tab", "identity.age\tidentity.core", Some("scope.denied")),
        ("blank-before", " identity.core", Some("scope.denied")),
        ("blank-behind", "identity.core ", Some("scope.denied")),
        ("two-blanks", "identity.age  identity.core", Some("scope.denied")),
        ("twice", "identity.core identity.core", Some("claim.malformed")),
        ("not-sorted", "identity.core identity.age", Some("claim.malformed")),
    ] {
        let (id, token) = (format!("scope/{name}"), kit.claim("scope", json!(scope))?);
        let about = format!("The scopes {scope:?}.");
        if let Some(code) = code {
            set.refuse(&id, code, "scope/both", token)
                .about(&about, rule)
                .policy("check-scopes/1")
                .attack("BRK-05");
        } else {
            set.accept(&id, &claims(), token).about(&about, rule).policy("check-scopes/1");
        }
    }
    for (name, scope) in [
        ("none", ""),
        ("blank-before", " identity.core"),
        ("blank-behind", "identity.core "),
        ("two-blanks", "identity.age  identity.core"),
        ("not-sorted", "identity.core identity.age"),
    ] {
        let (id, token) = (format!("scope/all-{name}"), kit.claim("scope", json!(scope))?);
        set.refuse(&id, "claim.malformed", HONEST, token)
            .about(&format!("The scopes {scope:?}, where every scope is permitted."), PROFILE)
            .attack("BRK-05");
    }
    Ok(())
}

fn bindings(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 7800, 3; RFC 9449, 6; RFC 8705, 3";
    let jkt = keys::holder()?.thumbprint();
    let other = keys::second_holder()?.thumbprint();
    let x5t = b64u(&[7; 32]);
    let proof = |method: &str, value: &str| Some(format!("{method}:{value}"));
    let by_key = json!({ "jkt": jkt });
    let by_certificate = json!({ "x5t#S256": x5t });
    let cases = [
        (
            "key",
            "",
            Some(by_key.clone()),
            proof("jkt", &jkt),
            "check/1",
            "Bound to a key, and the presenter holds it.",
        ),
        (
            "certificate",
            "",
            Some(by_certificate.clone()),
            proof("x5t#S256", &x5t),
            "check/1",
            "Bound to a certificate, over its connection.",
        ),
        (
            "key-where-required",
            "",
            Some(by_key.clone()),
            proof("jkt", &jkt),
            "check-bound/1",
            "Bound, where every assertion must be.",
        ),
        (
            "no-proof",
            "binding.missing",
            Some(by_key.clone()),
            None,
            "check/1",
            "Bound, and nothing was proved: no bearer token.",
        ),
        (
            "not-bound-where-required",
            "binding.missing",
            None,
            None,
            "check-bound/1",
            "Not bound, where every assertion must be.",
        ),
        (
            "not-bound-with-proof",
            "binding.missing",
            None,
            proof("jkt", &jkt),
            "check/1",
            "Not bound, and a proof is at hand: whose?",
        ),
        (
            "other-key",
            "binding.mismatch",
            Some(by_key.clone()),
            proof("jkt", &other),
            "check/1",
            "Bound to another key.",
        ),
        (
            "other-certificate",
            "binding.mismatch",
            Some(by_certificate),
            proof("x5t#S256", &b64u(&[8; 32])),
            "check/1",
            "Bound to another certificate.",
        ),
        (
            "other-method",
            "binding.mismatch",
            Some(by_key),
            proof("x5t#S256", &jkt),
            "check/1",
            "The same thumbprint by another method.",
        ),
        (
            "shorter",
            "binding.mismatch",
            Some(json!({ "jkt": jkt.get(..42) })),
            proof("jkt", &jkt),
            "check/1",
            "A thumbprint that lacks a character.",
        ),
        (
            "padded",
            "binding.mismatch",
            Some(json!({ "jkt": format!("{jkt}=") })),
            proof("jkt", &jkt),
            "check/1",
            "A thumbprint with padding.",
        ),
        (
            "empty",
            "binding.malformed",
            Some(json!({})),
            proof("jkt", &jkt),
            "check/1",
            "No method at all.",
        ),
        (
            "two-methods",
            "binding.malformed",
            Some(json!({ "jkt": jkt, "x5t#S256": x5t })),
            proof("jkt", &jkt),
            "check/1",
            "Two methods.",
        ),
        (
            "unknown-method",
            "binding.malformed",
            Some(json!({ "kid": jkt })),
            proof("jkt", &jkt),
            "check/1",
            "A method that is not known.",
        ),
        (
            "number",
            "binding.malformed",
            Some(json!({ "jkt": 1 })),
            proof("jkt", &jkt),
            "check/1",
            "A number as thumbprint.",
        ),
        (
            "text",
            "binding.malformed",
            Some(json!("jkt")),
            proof("jkt", &jkt),
            "check/1",
            "A text instead of a method.",
        ),
        (
            "null",
            "binding.malformed",
            Some(Value::Null),
            None,
            "check/1",
            "null instead of a method.",
        ),
    ];
    for (name, code, cnf, presented, policy, about) in cases {
        let token = match cnf {
            Some(cnf) => kit.claim("cnf", cnf)?,
            None => kit.honest()?,
        };
        let id = format!("binding/{name}");
        let vector = if code.is_empty() {
            set.accept(&id, &claims(), token)
        } else {
            set.refuse(&id, code, "binding/key", token).attack(match code {
                "binding.missing" => "JOSE-56",
                "binding.mismatch" if name.ends_with("certificate") => "JOSE-55",
                _ => "JOSE-51",
            })
        };
        vector.about(about, rule).policy(policy);
        vector.presented = presented;
    }
    Ok(())
}

fn once(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 7519, 4.1.7; assertions 11";
    let honest = kit.honest()?;
    let before = set.input("replay-before", honest.clone().into_bytes());
    let other = kit.claim("jti", json!("EAECAwQFBgcICQoLDA0ODw"))?;
    set.accept("replay/first", &claims(), honest.clone())
        .about("An assertion that is used once, for the first time.", rule)
        .policy("check-once/1")
        .expect
        .ledger
        .push("assertion.jti".to_owned());
    let vector = set.accept("replay/after-another", &claims(), other);
    vector
        .about("Another assertion of the same issuer was used before.", rule)
        .policy("check-once/1");
    vector.before = vec![before.clone()];
    // The same assertion with the same identifier under another signature: the key is `jti`.
    let resigned = kit.claim("txn", json!("t-resigned"))?;
    for (name, token, about) in [
        ("again", honest, "The same assertion for the second time."),
        ("same-jti", resigned, "Another assertion with the identifier of a used one."),
    ] {
        let vector =
            set.refuse(&format!("replay/{name}"), "replay.token", "replay/after-another", token);
        vector.about(about, rule).policy("check-once/1").attack("BRK-01");
        vector.before = vec![before.clone()];
    }
    Ok(())
}
