//! The issuer's header, the header of the key binding, and the types of token and credential.

use super::kit::{Kit, pid};
use super::{HONEST, Made, Set};
use eid_broker_maker::jws::Signing;
use eid_broker_maker::keys;
use serde_json::{Map, Value, json};

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    let shape = "RFC 7515, 4.1";
    for (name, member, value) in [
        ("typ-number", "typ", json!(1)),
        ("typ-array", "typ", json!(["dc+sd-jwt"])),
        ("alg-array", "alg", json!(["ES256"])),
        ("alg-null", "alg", Value::Null),
        ("x5c-text", "x5c", json!("MIIB")),
        ("x5c-empty", "x5c", json!([])),
        ("x5c-of-numbers", "x5c", json!([1])),
    ] {
        set.refuse(
            &format!("header/{name}"),
            "header.malformed",
            HONEST,
            kit.header(member, value)?,
        )
        .about(&format!("The header member {member} has another form."), shape);
    }
    refused(set, kit)?;
    critical(set, kit)?;
    token_type(set, kit)?;
    credential_type(set, kit)
}

// Members that would choose a key or change what is signed.
fn refused(set: &mut Set, kit: &Kit) -> Made<()> {
    let own = keys::other_signer()?;
    let rule = "RFC 8725, 3.10";
    for (name, value, attack) in [
        ("jwk", own.public_jwk(), "JOSE-05"),
        ("jku", json!("https://attacker.example/jwks.json"), "JOSE-06"),
        ("x5u", json!("https://attacker.example/chain.pem"), "JOSE-06"),
        ("zip", json!("DEF"), "JOSE-36"),
        ("b64", json!(false), "JOSE-10"),
        ("enc", json!("A256GCM"), "JOSE-31"),
    ] {
        let token = kit.header(name, value.clone())?;
        set.refuse(&format!("header/{name}"), "header.refused", HONEST, token)
            .about(&format!("The issuer's header has {name}."), rule)
            .attack(attack);
        let token = kit.key_binding(|options| {
            options.extra_header.insert(name.to_owned(), value);
        })?;
        set.refuse(&format!("header/proof-{name}"), "header.refused", HONEST, token)
            .about(&format!("The header of the key binding has {name}."), rule)
            .attack(attack);
    }
    // The attacker's key signs and stands beside its signature.
    let mut parts = kit.parts()?;
    parts.edit_header(|header| {
        header.insert("jwk".to_owned(), own.public_jwk());
    })?;
    let token = kit.sign_as(&parts, Signing::Key(&own))?;
    set.refuse("header/own-jwk-signs", "header.refused", HONEST, token)
        .about("The key that signs stands in the header and nowhere else.", rule)
        .attack("JOSE-05");
    Ok(())
}

fn critical(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 7515, 4.1.11";
    for (name, value) in [
        ("unknown", json!(["bork"])),
        ("registered", json!(["alg"])),
        ("empty", json!([])),
        ("twice", json!(["exp", "exp"])),
        ("text", json!("exp")),
        ("null", Value::Null),
    ] {
        let token = kit.header("crit", value.clone())?;
        set.refuse(&format!("critical/{name}"), "header.critical", HONEST, token)
            .about("The issuer's header has crit; no extension is understood.", rule)
            .attack("JOSE-09");
        let token = kit.key_binding(|options| {
            options.extra_header.insert("crit".to_owned(), value);
        })?;
        set.refuse(&format!("critical/proof-{name}"), "header.critical", HONEST, token)
            .about("The header of the key binding has crit.", rule)
            .attack("JOSE-09");
    }
    let mut both = Map::new();
    both.insert("b64".to_owned(), json!(false));
    both.insert("crit".to_owned(), json!(["b64"]));
    let mut parts = kit.parts()?;
    parts.edit_header(|header| header.extend(both))?;
    set.refuse("header/b64-and-crit", "header.refused", HONEST, kit.sign(&parts)?)
        .about("An unencoded payload, marked critical as RFC 7797 wants.", "RFC 7797, 7")
        .attack("JOSE-10");
    Ok(())
}

fn token_type(set: &mut Set, kit: &Kit) -> Made<()> {
    let issuer = "SD-JWT VC, 3.2.1; RFC 8725, 3.11";
    let kinds = [
        ("jwt", "JWT", "VC-11"),
        ("legacy", "vc+sd-jwt", "VC-11"),
        ("upper-case", "DC+SD-JWT", "JOSE-32"),
        ("prefix", "application/dc+sd-jwt", "JOSE-32"),
        ("blank-behind", "dc+sd-jwt ", "JOSE-32"),
        ("empty", "", "VC-11"),
        ("proof", "kb+jwt", "JOSE-31"),
        ("status-list", "statuslist+jwt", "JOSE-31"),
        ("assertion", "eid-assertion+jwt", "JOSE-31"),
    ];
    for (name, typ, attack) in kinds {
        set.refuse(
            &format!("type/issuer-{name}"),
            "type.mismatch",
            HONEST,
            kit.header("typ", json!(typ))?,
        )
        .about(&format!("The typ of the issuer's JWT is {typ:?}."), issuer)
        .attack(attack);
    }
    let mut parts = kit.parts()?;
    parts.edit_header(|header| {
        header.remove("typ");
    })?;
    set.refuse("type/issuer-missing", "type.mismatch", HONEST, kit.sign(&parts)?)
        .about("The issuer's JWT has no typ.", issuer)
        .attack("VC-11");

    let proof = "RFC 9901, 4.3, 7.3 step 4";
    for (name, typ) in [
        ("jwt", Some("JWT")),
        ("prefix", Some("application/kb+jwt")),
        ("upper-case", Some("KB+JWT")),
        ("credential", Some("dc+sd-jwt")),
        ("dpop", Some("dpop+jwt")),
        ("missing", None),
    ] {
        let token = kit.key_binding(|options| options.typ = typ.map(str::to_owned))?;
        set.refuse(&format!("type/proof-{name}"), "type.mismatch", HONEST, token)
            .about("The typ of the key binding is missing or another.", proof)
            .attack("VC-11");
    }
    Ok(())
}

fn credential_type(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "SD-JWT VC, 3.2.2.1";
    for (name, vct) in [
        ("other", json!("https://shop.example/loyalty-card")),
        ("national", json!("urn:eudi:pid:de:1")),
        ("upper-case", json!("URN:EUDI:PID:1")),
        ("longer", json!("urn:eudi:pid:1:")),
        ("empty", json!("")),
        ("number", json!(1)),
        ("array", json!(["urn:eudi:pid:1"])),
    ] {
        set.refuse(
            &format!("type/credential-{name}"),
            "type.credential",
            HONEST,
            kit.payload("vct", vct)?,
        )
        .about("The vct is not exactly one that the policy lists.", rule)
        .attack("VC-12");
    }
    let mut parts = kit.issuer.parts(&pid()?);
    parts.edit_payload(|payload| {
        payload.remove("vct");
    })?;
    set.refuse("type/credential-missing", "type.credential", HONEST, kit.sign(&parts)?)
        .about("There is no vct.", rule)
        .attack("VC-12");
    set.refuse("type/credential-not-of-anchor", "type.credential", HONEST, kit.honest()?)
        .about("The policy accepts the type, the anchor may not issue it.", "ARF, OIA_12")
        .trust("pid-other-type")
        .attack("VC-12");
    for (name, value) in [
        ("text", json!("urn:eudi:pid:1")),
        ("of-numbers", json!([1])),
        ("of-others", json!(["urn:eudi:pid:de:2"])),
    ] {
        let token = kit.pid(|pid| {
            "urn:eudi:pid:de:1".clone_into(&mut pid.vct);
            pid.open.insert("aka_vcts".to_owned(), value);
        })?;
        set.refuse(
            &format!("type/alias-{name}"),
            "type.credential",
            "accepted/type-by-alias",
            token,
        )
        .about("A national type whose aka_vcts do not name the European one.", rule)
        .attack("VC-12");
    }
    set.refuse(
        "type/legacy-policy-wants-legacy",
        "type.mismatch",
        "accepted/legacy-type-by-policy",
        kit.honest()?,
    )
    .about("The policy lists the legacy typ alone; today's is then another.", rule)
    .policy("legacy-type/1");
    Ok(())
}
