//! Bytes that are no assertion, and one below, at and past each limit (docs/limits.md).

use super::kit::{Kit, claims, header, payload};
use super::{HONEST, Made, Set};
use eid_broker_maker::jws::{Signing, b64u};
use serde_json::{Value, json};

const DESIGN: &str = "docs/limits.md; docs/assertion-profile.md";
/// The largest assertion that a consumer takes by default, in bytes.
const SIZE: usize = 16 * 1024;
/// The largest header, in characters.
const HEADER: usize = 2_731;
const DEPTH: usize = 16;
const MEMBERS: usize = 256;

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    format(set, kit)?;
    size(set, kit)?;
    depth(set, kit)
}

fn format(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 7515, 2, 7.1";
    let honest = kit.honest()?;
    let (input, signature) = honest.rsplit_once('.').ok_or("no signature")?;
    let (head, body) = input.split_once('.').ok_or("no payload")?;
    let json = json!({ "protected": head, "payload": body, "signature": signature }).to_string();
    let other = |text: &str| {
        // The unused bits of the last character: `A` to `B`, `w` to `x` and so on.
        let mut text = text.to_owned();
        let last = text.pop().unwrap_or('A');
        text.push(char::from_u32(u32::from(last).saturating_add(1)).unwrap_or('B'));
        text
    };
    for (name, code, token, attack) in [
        ("empty", "format.empty", String::new(), "JOSE-12"),
        ("one-byte", "format.malformed", "a".to_owned(), "JOSE-12"),
        ("dots-alone", "format.malformed", "..".to_owned(), "JOSE-12"),
        ("two-parts", "format.malformed", input.to_owned(), "JOSE-12"),
        ("four-parts", "format.malformed", format!("{honest}."), "JOSE-12"),
        ("five-parts", "format.malformed", format!("{honest}.."), "JOSE-12"),
        ("empty-header", "format.malformed", format!(".{body}.{signature}"), "JOSE-12"),
        ("empty-payload", "format.malformed", format!("{head}..{signature}"), "JOSE-12"),
        ("detached", "format.malformed", format!("{head}..{signature}"), "JOSE-12"),
        ("many-dots", "format.malformed", ".".repeat(10_000), "JOSE-12"),
        ("space-before", "format.malformed", format!(" {honest}"), "JOSE-18"),
        ("line-end-behind", "format.malformed", format!("{honest}\n"), "JOSE-18"),
        ("nul-behind", "format.malformed", format!("{honest}\0"), "JOSE-18"),
        ("nul-within", "format.malformed", honest.replacen('.', "\0.", 1), "JOSE-18"),
        ("padding", "format.malformed", format!("{honest}=="), "JOSE-18"),
        ("bearer", "format.malformed", format!("Bearer {honest}"), "JOSE-18"),
        ("presentation", "format.malformed", format!("{honest}~"), "JOSE-31"),
        ("json", "format.unsupported", json, "JOSE-11"),
        ("polyglot", "format.unsupported", format!("{{\"{honest}\":1}}"), "JOSE-11"),
        ("signature-unused-bits", "format.base64", other(&honest), "JOSE-18"),
    ] {
        if name == "detached" {
            continue;
        }
        set.refuse(&format!("format/{name}"), code, HONEST, token)
            .about("The bytes are no compact JWS in its one spelling.", rule)
            .attack(attack);
    }
    let mut bytes = honest.clone().into_bytes();
    bytes.insert(9, 0xff);
    set.refuse("format/not-utf-8", "format.malformed", HONEST, bytes)
        .about("A byte that no UTF-8 text has.", rule);
    let texts = "RFC 8259; RFC 7519, 7.2";
    let text = payload().to_string();
    let mut invalid = text.clone().into_bytes();
    invalid.insert(2, 0x80);
    let signed = |bytes: &[u8]| kit.payload_b64u(&b64u(bytes));
    for (name, code, token) in [
        ("payload-not-utf-8", "format.utf8", signed(&invalid)?),
        ("payload-byte-order-mark", "format.utf8", signed(format!("\u{feff}{text}").as_bytes())?),
        ("payload-array", "format.json", signed(format!("[{text}]").as_bytes())?),
        ("payload-text", "format.json", signed(b"\"text\"")?),
        ("payload-two-values", "format.json", signed(format!("{text}{{}}").as_bytes())?),
        (
            "payload-comma-at-end",
            "format.json",
            signed(text.replace("\"ver\":\"1\"", "\"ver\":\"1\",").as_bytes())?,
        ),
        ("payload-nul", "format.json", signed(text.replace("town-17", "town\0").as_bytes())?),
        (
            "payload-claim-twice",
            "ambiguous.member",
            signed(text.replacen('{', "{\"aud\":\"x\",", 1).as_bytes())?,
        ),
        (
            "payload-claim-by-escape",
            "ambiguous.member",
            signed(text.replacen('{', "{\"\\u0061ud\":\"x\",", 1).as_bytes())?,
        ),
        (
            "payload-twice-below",
            "ambiguous.member",
            signed(text.replacen("\"src\":{", "\"src\":{\"family\":\"mdoc\",", 1).as_bytes())?,
        ),
    ] {
        set.refuse(&format!("format/{name}"), code, HONEST, token)
            .about("The signed payload is not one JSON object without repetition.", texts)
            .attack(if code == "ambiguous.member" { "JOSE-19" } else { "JOSE-21" });
    }
    Ok(())
}

fn size(set: &mut Set, kit: &Kit) -> Made<()> {
    let sized = |len: usize| -> Made<String> {
        for filler in len
            .saturating_sub(800)
            .saturating_mul(3)
            .checked_div(4)
            .unwrap_or(0)
            .saturating_sub(600)..
        {
            let token = with_filler(kit, filler)?;
            if token.len() >= len {
                return if token.len() == len {
                    Ok(token)
                } else {
                    Err(format!("no token of {len} bytes").into())
                };
            }
        }
        Err("unbounded".into())
    };
    // Of four lengths in a row, base64 has three.
    let around = [
        ("one-below", SIZE.saturating_sub(1)),
        ("at", SIZE),
        ("one-past", SIZE.saturating_add(1)),
        ("two-past", SIZE.saturating_add(2)),
    ];
    for (name, len) in around {
        let Ok(token) = sized(len) else { continue };
        let mut person = claims();
        person.insert("x".to_owned(), filler_of(&token)?);
        let (id, about) =
            (format!("limit/size-{name}"), format!("{len} bytes; the limit is {SIZE}."));
        if len > SIZE {
            set.refuse(&id, "limit.size", "limit/size-at", token).about(&about, DESIGN);
        } else {
            set.accept(&id, &person, token).about(&about, DESIGN);
        }
    }
    let honest = kit.honest()?;
    let len = honest.len();
    set.refuse("limit/size-of-policy", "limit.size", HONEST, with_filler(kit, 300)?)
        .about(
            &format!("The consumer takes 1024 bytes at most; the shortest honest one has {len}."),
            DESIGN,
        )
        .policy("check-small/1");
    set.refuse("limit/size-million", "limit.size", HONEST, "A".repeat(1_000_000))
        .about("A million bytes are refused before they are looked at.", DESIGN);
    Ok(())
}

fn with_filler(kit: &Kit, len: usize) -> Made<String> {
    let mut person = claims();
    person.insert("x".to_owned(), json!("A".repeat(len)));
    kit.claim("verified_claims", json!({ "verification": {}, "claims": person }))
}

fn filler_of(token: &str) -> Made<Value> {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = token.split('.').nth(1).ok_or("no payload")?;
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?;
    Ok(payload.pointer("/verified_claims/claims/x").cloned().unwrap_or_default())
}

fn depth(set: &mut Set, kit: &Kit) -> Made<()> {
    for (name, levels) in [("one-below", DEPTH - 1), ("at", DEPTH), ("one-past", DEPTH + 1)] {
        // The payload, `verified_claims` and `claims` are three levels.
        let mut inner = json!([]);
        for _ in 4..levels {
            inner = json!([inner]);
        }
        let mut person = claims();
        person.insert("x".to_owned(), inner);
        let token =
            kit.claim("verified_claims", json!({ "verification": {}, "claims": person }))?;
        let (id, about) =
            (format!("limit/depth-{name}"), format!("{levels} levels; the limit is {DEPTH}."));
        if levels > DEPTH {
            set.refuse(&id, "limit.depth", "limit/depth-at", token)
                .about(&about, DESIGN)
                .attack("JOSE-34");
        } else {
            set.accept(&id, &person, token).about(&about, DESIGN);
        }
    }
    let token = kit.payload_text(|_| "[".repeat(10_000))?;
    set.refuse("limit/depth-10000", "limit.depth", "limit/depth-at", token)
        .about("Ten thousand brackets, signed.", DESIGN)
        .attack("JOSE-34");
    for (name, members) in [("one-below", MEMBERS - 1), ("at", MEMBERS), ("one-past", MEMBERS + 1)]
    {
        let person: serde_json::Map<String, Value> =
            (0..members).map(|n| (format!("x{n}"), json!(0))).collect();
        let token =
            kit.claim("verified_claims", json!({ "verification": {}, "claims": person }))?;
        let (id, about) =
            (format!("limit/members-{name}"), format!("{members} claims; the limit is {MEMBERS}."));
        if members > MEMBERS {
            set.refuse(&id, "limit.count", "limit/members-at", token).about(&about, DESIGN);
        } else {
            set.accept(&id, &person, token).about(&about, DESIGN);
        }
    }
    // A header past its limit cannot be honest: it has members that are not known.
    let kid = kit.key.thumbprint();
    for (name, code, len) in
        [("at", "header.refused", HEADER), ("one-past", "limit.size", HEADER + 1)]
    {
        // The limit is what 2048 bytes are in base64url; one character more is two bytes more.
        let mut filler = 0_usize;
        let text = loop {
            let text = header("ES256", &kid).replacen(
                '{',
                &format!("{{\"x\":\"{}\",", "A".repeat(filler)),
                1,
            );
            if b64u(text.as_bytes()).len() >= len {
                break text;
            }
            filler = filler.saturating_add(1);
        };
        let token = kit.jws(&text, &payload(), Signing::Key(&kit.key))?;
        set.refuse(&format!("limit/header-size-{name}"), code, HONEST, token)
            .about(&format!("A header of about {len} characters; the limit is {HEADER}."), DESIGN);
    }
    Ok(())
}
