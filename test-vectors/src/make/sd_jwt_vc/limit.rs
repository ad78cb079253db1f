//! Sizes, depths and counts: one below the limit, one at it, one past it (docs/limits.md).

use super::kit::{Kit, honest_attributes, pid};
use super::{HONEST, Made, Set};
use eid_broker_maker::pid::x5c;
use eid_broker_maker::sd_jwt::{Disclosure, Hiding};
use eid_broker_maker::{cert, keys};
use serde_json::json;

const DESIGN: &str = "docs/limits.md";
/// The largest presentation, in bytes.
const SIZE: usize = 512 * 1024;
/// The largest header of the issuer's JWT, in characters.
const HEADER: usize = 48 * 1024;
/// The deepest nesting in a payload, the payload itself being the first level.
const DEPTH: usize = 32;
/// The deepest nesting in a header and in a key binding.
const OWN_DEPTH: usize = 16;
const MEMBERS: usize = 1_024;
const HEADER_MEMBERS: usize = 256;
const DISCLOSURES: usize = 1_024;
const CERTIFICATES: usize = 8;

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    size(set, kit)?;
    depth(set, kit)?;
    count(set, kit)
}

fn size(set: &mut Set, kit: &Kit) -> Made<()> {
    let honest = honest_attributes()?;
    for (name, len) in [("one-below", SIZE - 1), ("at", SIZE), ("one-past", SIZE + 1)] {
        let token = sized(len, |filler| of_size(kit, filler))?;
        let id = format!("limit/size-{name}");
        let about = format!("A presentation of {len} bytes; the limit is {SIZE}.");
        if len > SIZE {
            set.refuse(&id, "limit.size", "limit/size-at", token).about(&about, DESIGN);
        } else {
            set.accept(&id, &honest, token).about(&about, DESIGN);
        }
    }
    for (name, len) in [("one-below", HEADER - 2), ("at", HEADER), ("one-past", HEADER + 2)] {
        // Two characters: no text has a length in base64 that is one more than a multiple of four.
        let token = sized_header(kit, len)?;
        let id = format!("limit/header-size-{name}");
        let about = format!("An issuer's header of {len} characters; the limit is {HEADER}.");
        if len > HEADER {
            set.refuse(&id, "limit.size", "limit/header-size-at", token).about(&about, DESIGN);
        } else {
            set.accept(&id, &honest, token).about(&about, DESIGN);
        }
    }
    Ok(())
}

// Two disclosures nobody asks for, the first with the bulk, the second with the rest.
fn of_size(kit: &Kit, filler: &[usize; 2]) -> Made<String> {
    let [bulk, rest] = filler;
    let mut parts = kit.parts()?;
    for (name, len) in [("bulk", *bulk), ("rest", *rest)] {
        let value = json!("A".repeat(len));
        parts.add_disclosure(Disclosure::member(name, "c2FsdC1vZi1idWxr", name, &value))?;
    }
    kit.sign(&parts)
}

// The length of base64 grows by one, one and two: with two fillers every length can be had.
fn sized(len: usize, make: impl Fn(&[usize; 2]) -> Made<String>) -> Made<String> {
    let empty = make(&[0, 0])?.len();
    let bulk = len.saturating_sub(empty).saturating_mul(3).checked_div(4).unwrap_or(0);
    for rest in 0..6 {
        for bulk in bulk.saturating_sub(12)..=bulk.saturating_add(2) {
            let token = make(&[bulk, rest])?;
            if token.len() == len {
                return Ok(token);
            }
        }
    }
    Err(format!("no token of {len} bytes").into())
}

fn sized_header(kit: &Kit, len: usize) -> Made<String> {
    let make = |filler: usize| kit.header("vctm", json!(["A".repeat(filler)]));
    let header_len = |token: &str| token.find('.').unwrap_or(0);
    let empty = header_len(&make(0)?);
    let bulk = len.saturating_sub(empty).saturating_mul(3).checked_div(4).unwrap_or(0);
    for bulk in bulk.saturating_sub(4)..=bulk.saturating_add(4) {
        let token = make(bulk)?;
        if header_len(&token) == len {
            return Ok(token);
        }
    }
    Err(format!("no header of {len} characters").into())
}

// `levels` arrays, one in the other.
fn nest(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

fn depth(set: &mut Set, kit: &Kit) -> Made<()> {
    let honest = honest_attributes()?;
    for (name, levels) in [("one-below", DEPTH - 1), ("at", DEPTH), ("one-past", DEPTH + 1)] {
        let about = format!("{levels} levels; the limit is {DEPTH}.");
        // The object around the array is a level.
        let array = format!("{{\"x\":{},", nest(levels.saturating_sub(1)));
        let token = kit.payload_text(|text| text.replacen('{', &array, 1))?;
        let disclosed = format!("[\"c2FsdA\",\"x\",{}]", nest(levels.saturating_sub(1)));
        let below = kit.disclosure(Disclosure::raw("x", &disclosed))?;
        for (part, token) in [("payload", token), ("disclosure", below)] {
            let id = format!("limit/{part}-depth-{name}");
            if levels > DEPTH {
                let twin = format!("limit/{part}-depth-at");
                set.refuse(&id, "limit.depth", &twin, token)
                    .about(&about, DESIGN)
                    .attack("JOSE-34");
            } else {
                set.accept(&id, &honest, token).about(&about, DESIGN);
            }
        }
    }
    for (name, levels) in [("at", OWN_DEPTH), ("one-past", OWN_DEPTH + 1)] {
        let about = format!("{levels} levels; the limit is {OWN_DEPTH}.");
        let array = format!("{{\"vctm\":{},", nest(levels.saturating_sub(1)));
        let header = kit.header_text(|text| text.replacen('{', &array, 1))?;
        let payload = format!(
            r#"{{"aud":"{{aud}}","iat":{{iat}},"nonce":"{{nonce}}","sd_hash":"{{sd_hash}}","x":{}}}"#,
            nest(levels.saturating_sub(1))
        );
        let proof = kit.key_binding_text(&payload)?;
        for (part, token) in [("header", header), ("proof", proof)] {
            let id = format!("limit/{part}-depth-{name}");
            if levels > OWN_DEPTH {
                let twin = format!("limit/{part}-depth-at");
                set.refuse(&id, "limit.depth", &twin, token)
                    .about(&about, DESIGN)
                    .attack("JOSE-34");
            } else {
                set.accept(&id, &honest, token).about(&about, DESIGN);
            }
        }
    }
    let token = kit.payload_text(|_| "[".repeat(99_999))?;
    set.refuse("limit/payload-depth-100000", "limit.depth", "limit/payload-depth-at", token)
        .about("A hundred thousand brackets, signed.", DESIGN)
        .attack("JOSE-34");

    // A disclosure within a disclosure: each alone is shallow.
    for (name, levels) in [("at", DEPTH), ("one-past", DEPTH + 1)] {
        let token = recursive(kit, levels)?;
        let id = format!("limit/disclosures-in-disclosures-{name}");
        let about = format!("Disclosed objects nest {levels} levels deep; the limit is {DEPTH}.");
        if levels > DEPTH {
            set.refuse(&id, "limit.depth", "limit/disclosures-in-disclosures-at", token)
                .about(&about, "RFC 9901, 7.1; docs/limits.md")
                .attack("VC-17");
        } else {
            set.accept(&id, &honest, token).about(&about, "RFC 9901, 7.1; docs/limits.md");
        }
    }
    Ok(())
}

// A claim that opens only one level by each disclosure.
fn recursive(kit: &Kit, levels: usize) -> Made<String> {
    let mut parts = kit.parts()?;
    let hash = parts.hash;
    let mut inner = json!({});
    let mut made = Vec::new();
    // The payload is the first level, the innermost object the last.
    for _ in 2..levels {
        let disclosure = Disclosure::member("x", "c2FsdC1vZi1kZXB0aA", "x", &inner);
        inner = json!({ "_sd": [disclosure.digest(hash)] });
        made.push(disclosure);
    }
    parts.add_disclosure(Disclosure::member("x", "c2FsdC1vZi1kZXB0aA", "x", &inner))?;
    parts.disclosures.extend(made);
    kit.sign(&parts)
}

fn count(set: &mut Set, kit: &Kit) -> Made<()> {
    let honest = honest_attributes()?;
    for (name, members) in [("one-below", MEMBERS - 1), ("at", MEMBERS), ("one-past", MEMBERS + 1)]
    {
        let token = with_members(kit, members)?;
        let id = format!("limit/members-{name}");
        let about = format!("A payload of {members} members; the limit is {MEMBERS}.");
        if members > MEMBERS {
            set.refuse(&id, "limit.count", "limit/members-at", token).about(&about, DESIGN);
        } else {
            set.accept(&id, &honest, token).about(&about, DESIGN);
        }
    }
    for (name, members) in [("at", HEADER_MEMBERS), ("one-past", HEADER_MEMBERS + 1)] {
        let more: String = (0..members.saturating_sub(3)).map(|n| format!("\"x{n}\":0,")).collect();
        let token = kit.header_text(|text| text.replacen('{', &format!("{{{more}"), 1))?;
        let id = format!("limit/header-members-{name}");
        let about = format!("A header of {members} members; the limit is {HEADER_MEMBERS}.");
        if members > HEADER_MEMBERS {
            set.refuse(&id, "limit.count", "limit/header-members-at", token).about(&about, DESIGN);
        } else {
            set.accept(&id, &honest, token).about(&about, DESIGN);
        }
    }

    let mut open_pid = pid()?;
    open_pid.hiding = Hiding::Nothing;
    let mut parts = kit.issuer.parts(&open_pid);
    for n in 0..DISCLOSURES {
        // Elements of a list are the shortest disclosures.
        parts.disclosures.push(Disclosure::element("", &format!("s{n}"), &json!(n)));
    }
    let list: Vec<_> =
        parts.disclosures.iter().map(|one| json!({ "...": one.digest(parts.hash) })).collect();
    parts.edit_payload(|payload| {
        payload.insert("x".to_owned(), json!(list));
    })?;
    set.accept("limit/disclosures-at", &honest, kit.sign(&parts)?)
        .about(&format!("{DISCLOSURES} disclosures, which is the limit."), DESIGN);
    let token = format!("e30.e30.e30~{}e30.e30.e30", "d~".repeat(DISCLOSURES + 1));
    set.refuse("limit/disclosures-one-past", "limit.count", "limit/disclosures-at", token)
        .about("One disclosure too many, counted before anything is decoded.", DESIGN);

    // The same leaf under other serial numbers: only their count matters here.
    for (name, certificates, code) in [
        ("at", CERTIFICATES, "chain.anchor_included"),
        ("one-past", CERTIFICATES + 1, "limit.count"),
    ] {
        let mut chain = vec![cert::pid_leaf_der()?];
        for n in 1..certificates {
            let mut spec = cert::pid_leaf_spec()?;
            spec.serial.push(u8::try_from(n)?);
            chain.push(spec.build(&keys::pid_ca()?)?);
        }
        if certificates == CERTIFICATES {
            // Read whole: the anchor in the last place is seen.
            chain.pop();
            chain.push(cert::pid_ca_der()?);
        }
        let token = kit.header("x5c", x5c(&chain))?;
        set.refuse(&format!("limit/certificates-{name}"), code, HONEST, token)
            .about(&format!("{certificates} certificates; the limit is {CERTIFICATES}."), DESIGN)
            .attack("X509-18");
    }
    Ok(())
}

// `members` members at the top of the payload.
fn with_members(kit: &Kit, members: usize) -> Made<String> {
    let parts = kit.parts()?;
    let payload: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&parts.payload)?;
    let missing = members.saturating_sub(payload.len());
    let more: String = (0..missing).map(|n| format!("\"x{n}\":0,")).collect();
    kit.payload_text(|text| text.replacen('{', &format!("{{{more}"), 1))
}
