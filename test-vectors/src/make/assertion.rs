//! Assertions of the broker as a consumer checks them.

mod claims;
mod kit;
mod limit;

use super::Made;
use super::set::{NOW_TEXT, Set};
use crate::suites::own::vector::{Expect, Input, Vector};
use eid_broker_maker::jws::Signing;
use eid_broker_maker::keys;
use kit::{Kit, PROCEDURE, claims as honest_claims, header, payload};
use serde_json::{Value, json};

const HONEST: &str = "accepted/honest";

const LOA_HIGH: &str = "http://eidas.europa.eu/LoA/high";

// Every check of an accepted assertion; freshness of the keys and single use are asked for apart.
const LEDGER: &[&str] = &[
    "assertion.format",
    "assertion.header",
    "assertion.key",
    "assertion.signature",
    "assertion.claims",
    "assertion.time",
    "assertion.iss",
    "assertion.aud",
    "assertion.acr",
    "assertion.scope",
    "assertion.cnf",
];

/// The vectors of the family.
pub(super) fn vectors() -> Made<Set> {
    let mut set = Set::new("assertion", template());
    let kit = Kit::new()?;
    accepted(&mut set, &kit)?;
    headers(&mut set, &kit)?;
    key_sets(&mut set, &kit)?;
    signatures(&mut set, &kit)?;
    limit::add(&mut set, &kit)?;
    claims::add(&mut set, &kit)?;
    Ok(set)
}

fn template() -> Vector {
    let mut template = Vector {
        id: String::new(),
        description: String::new(),
        standard: String::new(),
        attack: None,
        twin: None,
        family: "assertion".to_owned(),
        input: Input::default(),
        before: Vec::new(),
        trust: String::new(),
        policy: "check/1".to_owned(),
        procedure: PROCEDURE.to_owned(),
        relying_party: None,
        presented: None,
        expectation: None,
        saml: None,
        evidence: Vec::new(),
        now: NOW_TEXT.to_owned(),
        expect: Expect {
            loa: Some(LOA_HIGH.to_owned()),
            ledger: LEDGER.iter().map(|check| (*check).to_owned()).collect(),
            ..Expect::default()
        },
        flags: Vec::new(),
    };
    template.trust("assertion");
    template
}

fn accepted(set: &mut Set, kit: &Kit) -> Made<()> {
    let person = honest_claims();
    set.accept(HONEST, &person, kit.honest()?)
        .about("An assertion as the broker issues it, ES256.", "docs/assertion-profile.md");
    for (name, key) in [("es384", keys::assertion_es384()?), ("eddsa", keys::assertion_eddsa()?)] {
        set.accept(&format!("accepted/{name}"), &person, kit.with_key(&key)?)
            .about("The same with another algorithm of the broker.", "docs/assertion-profile.md");
    }
    let kid = kit.key.thumbprint();
    for (name, text, about) in [
        (
            "typ-with-prefix",
            format!(r#"{{"alg":"ES256","typ":"application/eid-assertion+jwt","kid":"{kid}"}}"#),
            "The typ carries the prefix that RFC 7515 allows.",
        ),
        (
            "header-in-other-order",
            format!(r#"{{"typ":"eid-assertion+jwt","kid":"{kid}","alg":"ES256"}}"#),
            "The members of the header in another order.",
        ),
    ] {
        set.accept(&format!("accepted/{name}"), &person, kit.header(&text)?)
            .about(about, "RFC 7515, 4.1.9; docs/assertion-profile.md");
    }
    let key = keys::assertion_eddsa()?;
    let text = header("Ed25519", &key.thumbprint());
    let token = kit.jws(&text, &payload(), Signing::Key(&key))?;
    set.accept("accepted/ed25519", &person, token)
        .about("The newer name of EdDSA on Ed25519.", "RFC 9864, 2.2");
    set.accept(
        "accepted/transient-subject",
        &person,
        kit.claim("sub", json!("tr.AAECAwQFBgcICQoLDA0ODw"))?,
    )
    .about("A subject that is made for one assertion.", "docs/assertion-profile.md");
    let hardware = format!("ph12.{}", "A".repeat(43));
    set.accept("accepted/subject-of-hardware", &person, kit.claim("sub", json!(hardware))?)
        .about("A subject that a hardware module derived.", "docs/assertion-profile.md, subjects");
    let token = kit.without("verified_claims")?;
    set.accept("accepted/no-person-data", &serde_json::Map::new(), token)
        .about("Nothing about the person is released.", "docs/assertion-profile.md");
    for (name, value) in
        [("purpose", json!("building-permit")), ("purpose-of-300", json!("ä".repeat(300)))]
    {
        set.accept(&format!("accepted/{name}"), &person, kit.claim("purpose", value)?).about(
            "The purpose that the register names.",
            "docs/assertion-profile.md; GDPR 5(1)(b)",
        );
    }
    set.accept("accepted/beside-a-later-key", &person, kit.honest()?)
        .about("The set has a key of a kind that is not known yet.", "docs/assertion-profile.md")
        .trust("assertion-later-key");
    Ok(())
}

fn headers(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 8725, 3.10, 3.11; docs/assertion-profile.md";
    let kid = kit.key.thumbprint();
    let honest = header("ES256", &kid);
    let with = |more: &str| honest.replacen('{', &format!("{{{more},"), 1);
    let own = keys::other_signer()?;
    for (name, code, text, about, attack) in [
        (
            "jwk",
            "header.refused",
            with(&format!("\"jwk\":{}", own.public_jwk())),
            "a key",
            "JOSE-05",
        ),
        (
            "jku",
            "header.refused",
            with(r#""jku":"https://attacker.example""#),
            "an address of keys",
            "JOSE-06",
        ),
        ("x5c", "header.refused", with(r#""x5c":["MIIB"]"#), "a chain", "JOSE-07"),
        (
            "x5u",
            "header.refused",
            with(r#""x5u":"https://attacker.example""#),
            "an address of a chain",
            "JOSE-06",
        ),
        ("cty", "header.refused", with(r#""cty":"JWT""#), "a content type", "JOSE-31"),
        ("b64", "header.refused", with(r#""b64":false"#), "an unencoded payload", "JOSE-10"),
        ("unknown", "header.refused", with(r#""x":1"#), "a member of nobody's", "JOSE-05"),
        ("crit", "header.critical", with(r#""crit":["x"]"#), "a critical extension", "JOSE-09"),
        (
            "crit-empty",
            "header.critical",
            with(r#""crit":[]"#),
            "an empty list of critical extensions",
            "JOSE-09",
        ),
        ("alg-twice", "ambiguous.member", with(r#""alg":"none""#), "alg twice", "JOSE-19"),
        ("space-before", "header.malformed", format!(" {honest}"), "a blank before it", "JOSE-18"),
        (
            "line-end-behind",
            "header.malformed",
            format!("{honest}\n"),
            "a line end behind it",
            "JOSE-18",
        ),
        (
            "typ-number",
            "header.malformed",
            honest.replace("\"eid-assertion+jwt\"", "1"),
            "a number as typ",
            "JOSE-32",
        ),
        ("array", "header.malformed", format!("[{honest}]"), "brackets around it", "JOSE-11"),
        (
            "cut",
            "format.json",
            honest.get(..honest.len().saturating_sub(2)).unwrap_or_default().to_owned(),
            "no end",
            "JOSE-11",
        ),
        (
            "typ-missing",
            "type.mismatch",
            honest.replace("\"typ\":\"eid-assertion+jwt\",", ""),
            "no typ",
            "JOSE-31",
        ),
        (
            "typ-jwt",
            "type.mismatch",
            honest.replace("eid-assertion+jwt", "JWT"),
            "the typ JWT",
            "JOSE-31",
        ),
        (
            "typ-access-token",
            "type.mismatch",
            honest.replace("eid-assertion+jwt", "at+jwt"),
            "the typ of an access token",
            "JOSE-31",
        ),
        (
            "typ-upper-case",
            "type.mismatch",
            honest.replace("eid-assertion+jwt", "EID-ASSERTION+JWT"),
            "the typ in upper case",
            "JOSE-32",
        ),
        (
            "typ-prefix-twice",
            "type.mismatch",
            honest.replace("eid-assertion+jwt", "application/application/eid-assertion+jwt"),
            "the prefix twice",
            "JOSE-32",
        ),
        (
            "typ-status-list",
            "type.mismatch",
            honest.replace("eid-assertion+jwt", "statuslist+jwt"),
            "the typ of a status list",
            "JOSE-31",
        ),
    ] {
        set.refuse(&format!("header/{name}"), code, HONEST, kit.header(&text)?)
            .about(&format!("The header has {about}."), rule)
            .attack(attack);
    }
    let text = format!(r#"{{"typ":"eid-assertion+jwt","kid":"{kid}","alg":"ES256"}}"#);
    set.refuse(
        "header/other-order-where-exact",
        "header.malformed",
        "accepted/header-in-other-order",
        kit.header(&text)?,
    )
    .about(
        "The consumer takes the header only as the issuer writes it.",
        "docs/assertion-profile.md",
    )
    .policy("check-exact-header/1");
    set.accept("header/as-written-where-exact", &honest_claims(), kit.honest()?)
        .about("The header is byte for byte the issuer's.", "docs/assertion-profile.md")
        .policy("check-exact-header/1");

    let algorithms = "RFC 8725, 3.1, 3.2";
    for (name, code, alg, attack) in [
        ("none", "alg.not_allowed", "none", "JOSE-01"),
        ("none-mixed-case", "alg.not_allowed", "nOnE", "JOSE-01"),
        ("hs256", "alg.not_allowed", "HS256", "JOSE-02"),
        ("es256k", "alg.not_allowed", "ES256K", "JOSE-03"),
        ("lower-case", "alg.not_allowed", "es256", "JOSE-03"),
        ("es384", "alg.key_mismatch", "ES384", "JOSE-03"),
        ("eddsa", "alg.key_mismatch", "EdDSA", "JOSE-03"),
        ("rs256", "alg.key_mismatch", "RS256", "JOSE-03"),
        ("es512", "alg.key_mismatch", "ES512", "JOSE-03"),
    ] {
        set.refuse(&format!("algorithm/{name}"), code, HONEST, kit.header(&header(alg, &kid))?)
            .about(&format!("The header names {alg} with the kid of an ES256 key."), algorithms)
            .attack(attack);
    }
    let text = honest.replace("\"alg\":\"ES256\",", "");
    set.refuse("algorithm/missing", "alg.not_allowed", HONEST, kit.header(&text)?)
        .about("The header names no algorithm.", algorithms)
        .attack("JOSE-01");
    let pem = kit.key.public_spki_pem()?;
    let token = kit.jws(&header("HS256", &kid), &payload(), Signing::Hs256(pem.as_bytes()))?;
    set.refuse("algorithm/hmac-of-public-key", "alg.not_allowed", HONEST, token)
        .about("HMAC under the broker's public key.", algorithms)
        .attack("JOSE-02");
    let token = kit.jws(&header("none", &kid), &payload(), Signing::None)?;
    set.refuse("algorithm/unsigned", "alg.not_allowed", HONEST, token)
        .about("An unsigned assertion, as alg none has it.", algorithms)
        .attack("JOSE-01");

    let kids = "RFC 7515, 4.1.4; docs/assertion-profile.md";
    for (name, code, kid) in [
        ("unknown", "key.unknown", json!("other")),
        ("empty", "key.unknown", json!("")),
        ("number", "key.unknown", json!(1)),
        ("with-nul", "key.unknown", json!(format!("{kid}\0"))),
        ("as-path", "key.unknown", json!("/dev/null")),
        ("as-query", "key.unknown", json!("' OR '1'='1")),
        ("of-129", "key.unknown", json!("k".repeat(129))),
    ] {
        let text = format!(r#"{{"alg":"ES256","typ":"eid-assertion+jwt","kid":{kid}}}"#);
        set.refuse(&format!("key/kid-{name}"), code, HONEST, kit.header(&text)?)
            .about("The kid is nobody's.", kids)
            .attack("JOSE-44");
    }
    set.refuse(
        "key/kid-missing",
        "key.missing",
        HONEST,
        kit.header(r#"{"alg":"ES256","typ":"eid-assertion+jwt"}"#)?,
    )
    .about("There is no kid.", kids);
    Ok(())
}

fn key_sets(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "docs/assertion-profile.md, keys; RFC 7517, 4, 5";
    for (name, code, about) in [
        ("65-keys", "limit.count", "The set has more keys than any honest one."),
        ("empty", "trust.empty", "The set has no key."),
        ("no-set", "key.malformed", "The set is an array."),
        ("encryption-only", "trust.empty", "The only key is for encryption."),
        ("private", "key.private", "The set shows a private key: it is burnt."),
        ("kid-twice", "key.ambiguous", "Two keys of the set have one kid."),
    ] {
        let twin = if name == "65-keys" { "key/set-of-64-keys" } else { HONEST };
        set.refuse(&format!("key/set-{name}"), code, twin, kit.honest()?)
            .about(about, rule)
            .trust(&format!("assertion-{name}"))
            .attack("BRK-18");
    }
    set.accept("key/set-of-64-keys", &honest_claims(), kit.honest()?)
        .about("As many keys as a set may have.", rule)
        .trust("assertion-64-keys");
    // The keys were fetched at 11:00 and may be an hour old.
    for (name, now) in [("one-below", "2026-03-01T11:59:59Z"), ("at", "2026-03-01T12:00:00Z")] {
        set.accept(&format!("key/age-{name}"), &honest_claims(), kit.honest()?)
            .about("The key set may be that old.", rule)
            .trust("assertion-hour")
            .policy("check-keys-3600/1")
            .now(now)
            .expect
            .ledger
            .push("keys.fresh".to_owned());
    }
    set.refuse("key/age-one-past", "keys.stale", "key/age-at", kit.honest()?)
        .about("The key set is a second too old.", rule)
        .trust("assertion-hour")
        .policy("check-keys-3600/1")
        .now("2026-03-01T12:00:01Z")
        .attack("BRK-26");
    set.refuse("key/age-in-the-future", "keys.stale", "key/age-at", kit.honest()?)
        .about("The key set was fetched 31 seconds from now: one of the clocks is wrong.", rule)
        .trust("assertion-future")
        .policy("check-keys-3600/1")
        .attack("BRK-17");
    Ok(())
}

fn signatures(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 7515, 5.2; RFC 7518, 3.4";
    let all = [keys::assertion_es256()?, keys::assertion_es384()?, keys::assertion_eddsa()?];
    let others = [keys::other_signer()?, keys::holder_es384()?, keys::holder_eddsa()?];
    for (key, other) in all.iter().zip(&others) {
        let name = key.alg().name().to_lowercase();
        let twin = if name == "es256" { HONEST.to_owned() } else { format!("accepted/{name}") };
        let text = header(key.alg().name(), &key.thumbprint());
        for (what, signing) in
            [("flipped-bit", Signing::Flipped(key)), ("other-key", Signing::Key(other))]
        {
            let token = kit.jws(&text, &payload(), signing)?;
            set.refuse(&format!("signature/{name}-{what}"), "sig.invalid", &twin, token)
                .about(&format!("An {} signature: {what}.", key.alg().name()), rule);
        }
        let honest = kit.jws(&text, &payload(), Signing::Key(key))?;
        let foreign = kit.jws(&text, &json!({}), Signing::Key(key))?;
        let (input, _) = honest.rsplit_once('.').ok_or("no signature")?;
        let (_, signature) = foreign.rsplit_once('.').ok_or("no signature")?;
        set.refuse(
            &format!("signature/{name}-other-message"),
            "sig.invalid",
            &twin,
            format!("{input}.{signature}"),
        )
        .about("The right key over another message.", rule);
    }
    let text = header("ES256", &kit.key.thumbprint());
    let honest = kit.key.sign_jws(b"any message")?;
    let long = [honest.as_slice(), &[0]].concat();
    for (name, code, signing, attack) in [
        ("der", "sig.invalid", Signing::Der(&kit.key), "JOSE-16"),
        ("zeros", "sig.invalid", Signing::Raw(&[0; 64]), "JOSE-15"),
        ("one-byte-more", "sig.invalid", Signing::Raw(&long), "JOSE-16"),
        (
            "one-byte-less",
            "sig.invalid",
            Signing::Raw(honest.get(..63).unwrap_or_default()),
            "JOSE-16",
        ),
        ("missing", "sig.missing", Signing::None, "JOSE-01"),
    ] {
        set.refuse(
            &format!("signature/{name}"),
            code,
            HONEST,
            kit.jws(&text, &payload(), signing)?,
        )
        .about("The signature has another form, or is not there.", rule)
        .attack(attack);
    }
    let _: Value = payload();
    Ok(())
}
