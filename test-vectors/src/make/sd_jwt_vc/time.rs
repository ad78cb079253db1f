//! Times of the credential and of the key binding: one second below, at and past each bound.

use super::kit::{BEGIN, Kit, honest_attributes, pid};
use super::{HONEST, Made, Set};
use eid_broker_maker::NOW;
use eid_broker_maker::pid::PidSpec;
use eid_broker_maker::wallet::KbOptions;
use serde_json::{Value, json};

// The leeway of `standard/1` and its bounds.
const LEEWAY: i64 = 30;
const PROOF_AGE: i64 = 300;
const SHORT_LIVED: i64 = 86_400;

type BendPid = fn(&mut PidSpec, i64);
type BendProof = fn(&mut KbOptions<'_>, i64);

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    let honest = honest_attributes()?;
    // The bound is the last second that is accepted; `past` leads on to the refused one.
    let credential: [(&str, &str, i64, i64, BendPid, &str); 4] = [
        (
            "exp",
            "time.expired",
            NOW - LEEWAY + 1,
            -1,
            |pid, at| pid.exp = Some(at),
            "RFC 7519, 4.1.4",
        ),
        (
            "nbf",
            "time.not_yet_valid",
            NOW + LEEWAY,
            1,
            |pid, at| pid.nbf = Some(at),
            "RFC 7519, 4.1.5",
        ),
        ("iat", "time.future", NOW + LEEWAY, 1, |pid, at| pid.iat = Some(at), "RFC 7519, 4.1.6"),
        (
            "exp-after-nbf",
            "time.lifetime",
            NOW - LEEWAY,
            1,
            |pid, at| {
                pid.iat = None;
                pid.nbf = Some(at);
                pid.exp = Some(NOW - LEEWAY + 1);
            },
            "RFC 7519, 4.1.4, 4.1.5",
        ),
    ];
    for (name, code, bound, past, bend, rule) in credential {
        for (place, at) in around(bound, past) {
            let token = kit.pid(|pid| bend(pid, at))?;
            let id = format!("time/{name}-{place}");
            let about = format!(
                "The credential's {name} lies {place} its bound; the leeway is {LEEWAY} s."
            );
            if place == "one-past" {
                set.refuse(&id, code, &format!("time/{name}-at"), token)
                    .about(&about, rule)
                    .attack("JOSE-28");
            } else {
                set.accept(&id, &honest, token).about(&about, rule);
            }
        }
    }
    let proof: [(&str, &str, i64, i64, BendProof, &str); 4] = [
        (
            "proof-age",
            "time.too_old",
            NOW - PROOF_AGE,
            -1,
            |kb, at| kb.iat = at,
            "RFC 9901, 7.3 step 7",
        ),
        ("proof-iat", "time.future", NOW + LEEWAY, 1, |kb, at| kb.iat = at, "RFC 9901, 7.3 step 7"),
        (
            "proof-exp",
            "time.expired",
            NOW - LEEWAY + 1,
            -1,
            |kb, at| kb.exp = Some(at),
            "RFC 7519, 4.1.4",
        ),
        (
            "proof-nbf",
            "time.not_yet_valid",
            NOW + LEEWAY,
            1,
            |kb, at| kb.nbf = Some(at),
            "RFC 7519, 4.1.5",
        ),
    ];
    for (name, code, bound, past, bend, rule) in proof {
        for (place, at) in around(bound, past) {
            let token = kit.key_binding(|options| bend(options, at))?;
            let id = format!("time/{name}-{place}");
            let about = format!("The key binding's time lies {place} its bound.");
            if place == "one-past" {
                set.refuse(&id, code, &format!("time/{name}-at"), token)
                    .about(&about, rule)
                    .attack("VC-09");
            } else {
                set.accept(&id, &honest, token).about(&about, rule);
            }
        }
    }
    for (place, at) in around(BEGIN + SHORT_LIVED, 1) {
        let token = kit.pid(|pid| pid.exp = Some(at))?;
        let id = format!("status/short-lived-{place}");
        let about = format!(
            "Without status the credential may live {SHORT_LIVED} s; it lives {} s.",
            at.saturating_sub(BEGIN)
        );
        if place == "one-past" {
            set.refuse(&id, "status.missing", "status/short-lived-at", token)
                .about(&about, "ARF, VCR_01; Token Status List, 8.3")
                .attack("VC-15");
        } else {
            set.accept(&id, &honest, token).about(&about, "ARF, VCR_01");
        }
    }
    forms(set, kit)?;
    status(set, kit)
}

const fn around(bound: i64, past: i64) -> [(&'static str, i64); 3] {
    [
        ("one-below", bound.saturating_sub(past)),
        ("at", bound),
        ("one-past", bound.saturating_add(past)),
    ]
}

// Times that are no integers of seconds, or too large to be times.
fn forms(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 7519, 2, 4.1.4; RFC 8725bis, 2.6";
    let spellings = [
        ("text", "\"4102444800\""),
        ("huge", "1e300"),
        ("exponent", "4.1e9"),
        ("fraction", "4102444800.5"),
        ("negative", "-1"),
        ("minus-zero", "-0"),
        ("true", "true"),
        ("null", "null"),
        ("array", "[4102444800]"),
        ("object", "{}"),
        ("past-year-9999", "253402300800"),
        ("past-u64", "18446744073709551616"),
        ("u64-max", "18446744073709551615"),
    ];
    for (name, spelling) in spellings {
        for claim in ["exp", "nbf", "iat"] {
            let mut parts = kit.parts()?;
            parts.edit_payload(|payload| {
                payload.insert(claim.to_owned(), json!("@"));
            })?;
            parts.payload = parts
                .payload
                .replace(&format!("\"{claim}\":\"@\""), &format!("\"{claim}\":{spelling}"));
            set.refuse(
                &format!("time/{claim}-{name}"),
                "claim.malformed",
                HONEST,
                kit.sign(&parts)?,
            )
            .about(&format!("{claim} is written as {spelling}."), rule)
            .attack("JOSE-21");
        }
        let payload = format!(
            r#"{{"aud":"{{aud}}","iat":{spelling},"nonce":"{{nonce}}","sd_hash":"{{sd_hash}}"}}"#
        );
        set.refuse(
            &format!("time/proof-iat-{name}"),
            "claim.malformed",
            HONEST,
            kit.key_binding_text(&payload)?,
        )
        .about(&format!("The key binding's iat is written as {spelling}."), rule)
        .attack("JOSE-21");
    }
    let token = kit.pid(|pid| pid.exp = Some(253_402_300_799))?;
    set.refuse("time/exp-end-of-9999", "status.missing", HONEST, token).about(
        "The last second that can be written: the credential lives too long without status.",
        rule,
    );
    Ok(())
}

fn status(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "Token Status List, 6.1; HAIP 1.0, 6.1";
    for (name, value) in [
        ("empty", json!({})),
        ("text", json!("https://status.pid.example/lists/7")),
        ("null", Value::Null),
        ("other-mechanism", json!({ "identifier_list": { "id": "1" } })),
        ("no-index", json!({ "status_list": { "uri": "https://status.pid.example/7" } })),
        ("no-uri", json!({ "status_list": { "idx": 1 } })),
        (
            "index-text",
            json!({ "status_list": { "idx": "1", "uri": "https://status.pid.example/7" } }),
        ),
        (
            "index-negative",
            json!({ "status_list": { "idx": -1, "uri": "https://status.pid.example/7" } }),
        ),
        ("http", json!({ "status_list": { "idx": 1, "uri": "http://status.pid.example/7" } })),
        ("file", json!({ "status_list": { "idx": 1, "uri": "file:///etc/passwd" } })),
        (
            "uri-too-long",
            json!({ "status_list": { "idx": 1, "uri": format!("https://status.pid.example/{}", "7".repeat(2_022)) } }),
        ),
    ] {
        let token = kit.pid(|pid| pid.status = Some(value))?;
        set.refuse(&format!("status/{name}"), "status.malformed", HONEST, token)
            .about("The status is no reference to a status list.", rule)
            .attack("VC-15");
    }
    for (name, bend) in [
        ("no-end", (|pid| pid.exp = None) as fn(&mut PidSpec)),
        ("no-begin", |pid| (pid.nbf, pid.iat) = (None, None)),
        ("no-times", |pid| (pid.nbf, pid.iat, pid.exp) = (None, None, None)),
    ] {
        set.refuse(&format!("status/missing-{name}"), "status.missing", HONEST, kit.pid(bend)?)
            .about(
                "Nobody can say that the credential is short-lived, and it has no status.",
                "ARF, VCR_01",
            )
            .attack("VC-15");
    }
    let mut issued = pid()?;
    issued.nbf = None;
    set.accept(
        "status/short-lived-by-iat",
        &honest_attributes()?,
        kit.sign(&kit.issuer.parts(&issued))?,
    )
    .about("Without nbf, the life counts from iat.", "ARF, VCR_01");
    Ok(())
}
