//! Key binding: missing, moved, replayed, or for somebody else (RFC 9901, 7.3).

use super::kit::{AUDIENCE, Kit, NONCE, erika, key_binding, pid};
use super::{HONEST, Made, Set};
use eid_broker_maker::keys;
use eid_broker_maker::sd_jwt::HashAlg;
use eid_broker_maker::wallet::{DisclosureEdit, KbOptions, Select, Wallet};
use serde_json::{Value, json};

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    missing(set, kit)?;
    moved(set, kit)?;
    request(set, kit)?;
    claims(set, kit)?;
    confirmation(set, kit)
}

fn missing(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 9901, 7.3 step 1";
    let token = kit.key_binding(|options| options.omit_kb = true)?;
    set.refuse("binding/stripped", "binding.missing", HONEST, token)
        .about("The key binding was taken off: a stolen credential.", rule)
        .attack("VC-07");
    set.refuse(
        "binding/no-confirmation",
        "binding.missing",
        HONEST,
        kit.pid(|pid| pid.holder_jwk = None)?,
    )
    .about("The credential names no holder's key.", "RFC 7800, 3")
    .attack("VC-07");
    Ok(())
}

// A good key binding, but not of this presentation.
fn moved(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 9901, 7.3 step 9";
    let bends: [(&str, fn(&mut KbOptions<'_>), &str); 7] = [
        (
            "disclosure-removed",
            |kb| kb.edits_after = vec![DisclosureEdit::Remove(0)],
            "A disclosure was taken out after the holder signed.",
        ),
        (
            "disclosures-swapped",
            |kb| kb.edits_after = vec![DisclosureEdit::Swap(0, 1)],
            "Two disclosures changed places after the holder signed.",
        ),
        (
            "disclosures-reversed",
            |kb| kb.edits_after = vec![DisclosureEdit::Reverse],
            "The order was turned round after the holder signed.",
        ),
        ("hash-empty", |kb| kb.sd_hash = Some(String::new()), "sd_hash is empty."),
        (
            "hash-of-nothing",
            |kb| kb.sd_hash = Some(HashAlg::Sha256.digest_b64u("")),
            "sd_hash is the hash of nothing.",
        ),
        (
            "hash-of-other-function",
            |kb| kb.sd_hash_alg = Some(HashAlg::Sha384),
            "sd_hash was made with another hash than the disclosures.",
        ),
        ("hash-missing", |kb| kb.remove = vec!["sd_hash".to_owned()], "There is no sd_hash."),
    ];
    for (name, bend, about) in bends {
        set.refuse(&format!("binding/{name}"), "binding.mismatch", HONEST, kit.key_binding(bend)?)
            .about(about, rule)
            .attack("VC-08");
    }
    let credential = kit.issuer.issue(&pid()?)?;
    let covered = credential.sd_jwt();
    let cut = covered.strip_suffix('~').ok_or("no tilde")?;
    let without = HashAlg::Sha256.digest_b64u(cut);
    let token = kit.key_binding(|options| options.sd_hash = Some(without))?;
    set.refuse("binding/hash-without-last-tilde", "binding.mismatch", HONEST, token)
        .about("sd_hash leaves the last tilde out.", "RFC 9901, 4.3.1")
        .attack("VC-08");
    let alone = HashAlg::Sha256.digest_b64u(&credential.issuer_jwt);
    let token = kit.key_binding(|options| options.sd_hash = Some(alone))?;
    set.refuse("binding/hash-of-jwt-alone", "binding.mismatch", HONEST, token)
        .about("sd_hash covers the issuer's JWT and no disclosure.", "RFC 9901, 4.3.1")
        .attack("VC-08");

    // The holder consented to one attribute; the proof is moved to a presentation of all.
    let credential = kit.issuer.issue(&erika()?)?;
    let narrow = kit.wallet.present(
        &credential,
        &Select::Names(&["family_name"]),
        NONCE,
        AUDIENCE,
        super::kit::SIGNED,
    )?;
    let (_, proof) = narrow.rsplit_once('~').ok_or("no tilde")?;
    set.refuse(
        "binding/of-fewer-disclosures",
        "binding.mismatch",
        "accepted/every-attribute",
        format!("{}{proof}", credential.sd_jwt()),
    )
    .about("The holder consented to one attribute, and all are shown.", rule)
    .attack("VC-08");
    let mut second = pid()?;
    "second".clone_into(&mut second.salt_seed);
    let other = kit.issuer.issue(&second)?;
    let token = kit.key_binding(|options| options.issuer_jwt_after = Some(other.issuer_jwt))?;
    // The disclosures belong to the first credential.
    set.refuse("binding/other-credential", "disclosure.unreferenced", HONEST, token)
        .about("The issuer's JWT is that of another credential of the same holder.", rule)
        .attack("VC-08");

    let thief = Kit { wallet: Wallet::second_holder()?, ..Kit::new()? };
    set.refuse("binding/of-another-holder", "sig.invalid", HONEST, thief.honest()?)
        .about("Another holder signs.", "RFC 9901, 7.3 step 6");
    let jwk = keys::second_holder()?.public_jwk();
    let credential = kit.issuer.issue(&pid()?)?;
    for (member, value) in [("kid", json!("second-holder")), ("x5c", json!(["MIIB"]))] {
        let mut options = key_binding();
        options.extra_header.insert(member.to_owned(), value);
        let token = thief.wallet.present_with(&credential, &options)?;
        set.refuse(&format!("binding/of-another-holder-by-{member}"), "sig.invalid", HONEST, token)
            .about("Another holder signs and names his key in the header.", "RFC 9901, 7.3")
            .attack("JOSE-05");
    }
    let mut options = key_binding();
    options.extra.insert("cnf".to_owned(), json!({ "jwk": jwk }));
    let token = thief.wallet.present_with(&credential, &options)?;
    set.refuse("binding/of-another-holder-by-claim", "sig.invalid", HONEST, token)
        .about("Another holder signs and names his key in the payload.", "RFC 9901, 7.3")
        .attack("JOSE-05");
    Ok(())
}

// For this request and this verifier.
fn request(set: &mut Set, kit: &Kit) -> Made<()> {
    let nonces = "OpenID4VP 1.0, 14.1";
    for (name, code, nonce) in [
        ("other", "nonce.mismatch", json!("n-0S6_WzA2Mj-other")),
        ("empty", "nonce.mismatch", json!("")),
        ("longer", "nonce.mismatch", json!(format!("{NONCE}x"))),
        ("shorter", "nonce.mismatch", json!(NONCE.get(..NONCE.len().saturating_sub(1)))),
        ("upper-case", "nonce.mismatch", json!(NONCE.to_uppercase())),
        ("with-nul", "nonce.mismatch", json!(format!("{NONCE}\0"))),
        ("number", "claim.malformed", json!(1)),
        ("array", "claim.malformed", json!([NONCE])),
        ("null", "claim.malformed", Value::Null),
    ] {
        let token = kit.key_binding(|options| {
            options.extra.insert("nonce".to_owned(), nonce);
        })?;
        set.refuse(&format!("nonce/{name}"), code, HONEST, token)
            .about("The nonce is not the one of this request.", nonces)
            .attack("VC-09");
    }
    let token = kit.key_binding(|options| options.remove = vec!["nonce".to_owned()])?;
    set.refuse("nonce/missing", "nonce.mismatch", HONEST, token)
        .about("There is no nonce.", nonces)
        .attack("VC-09");
    set.refuse("nonce/of-another-request", "nonce.mismatch", HONEST, kit.honest()?)
        .about("An honest presentation, replayed against the next request.", nonces)
        .expects("n-of-the-next-request", AUDIENCE)
        .attack("VC-09");

    let audiences = "OpenID4VP 1.0, 14.1.2";
    let bare = AUDIENCE.strip_prefix("x509_san_dns:").unwrap_or_default();
    for (name, code, audience) in [
        ("other", "audience.mismatch", json!("x509_san_dns:shop.example")),
        ("no-prefix", "audience.mismatch", json!(bare)),
        ("other-prefix", "audience.mismatch", json!(format!("redirect_uri:{bare}"))),
        ("slash", "audience.mismatch", json!(format!("{AUDIENCE}/"))),
        ("upper-case", "audience.mismatch", json!(AUDIENCE.to_uppercase())),
        ("empty", "audience.mismatch", json!("")),
        ("array", "claim.malformed", json!([AUDIENCE])),
        ("array-of-two", "claim.malformed", json!([AUDIENCE, "x509_san_dns:shop.example"])),
        ("object", "claim.malformed", json!({ "aud": AUDIENCE })),
        ("number", "claim.malformed", json!(1)),
    ] {
        let token = kit.key_binding(|options| {
            options.extra.insert("aud".to_owned(), audience);
        })?;
        let attack =
            if name.starts_with("array") || name == "object" { "JOSE-23" } else { "VC-09" };
        set.refuse(&format!("audience/{name}"), code, HONEST, token)
            .about("The key binding is not for this verifier alone.", audiences)
            .attack(attack);
    }
    let token = kit.key_binding(|options| options.remove = vec!["aud".to_owned()])?;
    set.refuse("audience/missing", "audience.mismatch", HONEST, token)
        .about("The key binding names no verifier.", audiences)
        .attack("VC-09");
    set.refuse("audience/of-another-verifier", "audience.mismatch", HONEST, kit.honest()?)
        .about("An honest presentation, shown to another verifier.", audiences)
        .expects(NONCE, "x509_san_dns:shop.example")
        .attack("VC-09");
    set.refuse(
        "audience/expected-empty",
        "audience.mismatch",
        HONEST,
        kit.key_binding(|kb| kb.audience.clear())?,
    )
    .about("An expectation without audience is matched by nothing.", audiences)
    .expects(NONCE, "")
    .attack("JOSE-24");
    set.refuse(
        "nonce/expected-empty",
        "nonce.mismatch",
        HONEST,
        kit.key_binding(|kb| kb.nonce.clear())?,
    )
    .about("An expectation without nonce is matched by nothing.", nonces)
    .expects("", AUDIENCE)
    .attack("JOSE-29");
    Ok(())
}

fn claims(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 9901, 4.3";
    let token = kit.key_binding(|options| options.remove = vec!["iat".to_owned()])?;
    set.refuse("claim/proof-iat-missing", "claim.missing", HONEST, token)
        .about("The key binding does not say when it was made.", rule)
        .attack("JOSE-27");
    for (name, claim, value) in [
        ("proof-hash-number", "sd_hash", json!(1)),
        ("proof-hash-array", "sd_hash", json!(["a"])),
        ("proof-exp-text", "exp", json!("4102444800")),
        ("proof-nbf-null", "nbf", Value::Null),
    ] {
        let token = kit.key_binding(|options| {
            options.extra.insert(claim.to_owned(), value);
        })?;
        set.refuse(&format!("claim/{name}"), "claim.malformed", HONEST, token)
            .about(&format!("{claim} of the key binding has another type."), rule)
            .attack("JOSE-21");
    }
    let unknown = kit.key_binding(|options| {
        options.extra.insert("transaction_data_hashes".to_owned(), json!([]));
    })?;
    set.accept("accepted/foreign-claim-of-proof", &super::kit::honest_attributes()?, unknown)
        .about("A claim of the key binding that nobody asked for.", "RFC 9901, 4.3");
    Ok(())
}

// `cnf` of the credential: exactly one method.
fn confirmation(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 7800, 3";
    let jwk = keys::holder()?.public_jwk();
    for (name, cnf) in [
        ("empty", json!({})),
        ("text", json!("key")),
        ("array", json!([{ "jwk": jwk }])),
        ("null", Value::Null),
        ("kid", json!({ "kid": "holder" })),
        ("jku", json!({ "jku": "https://attacker.example/keys" })),
        ("two-methods", json!({ "jwk": jwk, "kid": "holder" })),
        ("two-keys", json!({ "jwk": jwk, "jwe": "e30" })),
    ] {
        set.refuse(
            &format!("binding/confirmation-{name}"),
            "binding.malformed",
            HONEST,
            kit.payload("cnf", cnf)?,
        )
        .about("The confirmation claim is not exactly one key.", rule);
    }
    // Without small factors.
    let modulus = [&[0xc5; 255][..], &[0x13]].concat();
    let rsa = json!({"kty": "RSA", "n": eid_broker_maker::jws::b64u(&modulus), "e": "AQAB"});
    set.refuse(
        "binding/confirmation-rsa-without-alg",
        "binding.malformed",
        HONEST,
        kit.payload("cnf", json!({ "jwk": rsa }))?,
    )
    .about("An RSA key that does not say for which algorithm it is.", "RFC 8725, 3.1")
    .attack("JOSE-03");
    Ok(())
}
