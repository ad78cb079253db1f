//! Algorithms and signatures, of the issuer and of the holder.

use super::kit::{Kit, honest_attributes, pid};
use super::{HONEST, Made, Set};
use eid_broker_maker::TestKey;
use eid_broker_maker::jws::{Signing, compact_jws_signed};
use eid_broker_maker::keys::{self, Alg};
use eid_broker_maker::sd_jwt::HashAlg;
use eid_broker_maker::wallet::Wallet;
use serde_json::json;

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    algorithms(set, kit)?;
    dates(set, kit)?;
    hashes(set, kit)?;
    signatures(set)?;
    forms(set, kit)
}

fn algorithms(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 8725, 3.1, 3.2";
    for (name, alg) in [
        ("none", "none"),
        ("none-mixed-case", "nOnE"),
        ("none-upper-case", "NONE"),
        ("empty", ""),
        ("lower-case", "es256"),
        ("blank-behind", "ES256 "),
        ("es256k", "ES256K"),
        ("es512", "ES512"),
        ("rs256", "RS256"),
        ("ps256", "PS256"),
        ("hs256", "HS256"),
        ("pbes2", "PBES2-HS256+A128KW"),
        ("ml-dsa", "ML-DSA-44"),
    ] {
        let attack = if name.starts_with("none") {
            "JOSE-01"
        } else if name == "pbes2" {
            "JOSE-35"
        } else {
            "JOSE-03"
        };
        set.refuse(
            &format!("algorithm/issuer-{name}"),
            "alg.not_allowed",
            HONEST,
            kit.header("alg", json!(alg))?,
        )
        .about(&format!("The issuer's header names {alg:?}, which the policy does not list."), rule)
        .attack(attack);
        let token = kit.key_binding(|options| options.alg = Some(alg.to_owned()))?;
        // What is known and not listed is no algorithm of the holder's key either.
        let code = if matches!(name, "es512" | "rs256" | "ps256") {
            "alg.key_mismatch"
        } else {
            "alg.not_allowed"
        };
        set.refuse(&format!("algorithm/proof-{name}"), code, HONEST, token)
            .about(&format!("The key binding names {alg:?}."), rule)
            .attack(attack);
    }
    let mut parts = kit.parts()?;
    parts.edit_header(|header| {
        header.remove("alg");
    })?;
    set.refuse("algorithm/issuer-missing", "alg.not_allowed", HONEST, kit.sign(&parts)?)
        .about("The issuer's header names no algorithm.", rule)
        .attack("JOSE-01");
    for (name, alg) in [("plain", "none"), ("mixed-case", "nOnE")] {
        let mut parts = kit.parts()?;
        parts.edit_header(|header| {
            header.insert("alg".to_owned(), json!(alg));
        })?;
        let token = kit.sign_as(&parts, Signing::None)?;
        set.refuse(&format!("algorithm/unsigned-{name}"), "alg.not_allowed", HONEST, token)
            .about("An unsigned token, as alg none has it.", rule)
            .attack("JOSE-01");
    }
    // The public key as a shared secret, in each form in which it is published.
    let key = &kit.issuer.key;
    let (pem, spki) = (key.public_spki_pem()?, key.public_spki_der()?);
    let jwk = key.public_jwk().to_string();
    for (name, secret) in [
        ("pem", pem.as_bytes()),
        ("der", spki.as_slice()),
        ("point", key.public_key()),
        ("jwk", jwk.as_bytes()),
    ] {
        let mut parts = kit.parts()?;
        parts.edit_header(|header| {
            header.insert("alg".to_owned(), json!("HS256"));
        })?;
        let token = kit.sign_as(&parts, Signing::Hs256(secret))?;
        set.refuse(&format!("algorithm/hmac-of-public-{name}"), "alg.not_allowed", HONEST, token)
            .about("HMAC under the issuer's public key.", rule)
            .attack("JOSE-02");
    }
    let token = kit.key_binding(|options| {
        options.alg = Some("HS256".to_owned());
        options.signing = Some(Signing::Hs256(&[]));
    })?;
    set.refuse("algorithm/proof-hmac-without-key", "alg.not_allowed", HONEST, token)
        .about("HMAC under the empty key in the key binding.", rule)
        .attack("JOSE-40");
    Ok(())
}

// ES256 is listed until 2026-03-01T12:00:00Z.
fn dates(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "SOG-IS ACM; policy of the operator";
    let honest = kit.honest()?;
    set.accept("algorithm/until-one-below", &honest_attributes()?, honest.clone())
        .about("The last second in which the policy accepts ES256.", rule)
        .policy("es256-until/1")
        .now("2026-03-01T11:59:59Z");
    set.refuse("algorithm/until-at", "alg.expired", "algorithm/until-one-below", honest.clone())
        .about("The instant from which the policy refuses ES256.", rule)
        .policy("es256-until/1");
    set.refuse("algorithm/until-one-past", "alg.expired", "algorithm/until-one-below", honest)
        .about("A second later.", rule)
        .policy("es256-until/1")
        .now("2026-03-01T12:00:01Z");
    Ok(())
}

fn hashes(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 9901, 4.1.1";
    for (name, value) in [
        ("md5", json!("md5")),
        ("sha-1", json!("sha-1")),
        ("truncated", json!("sha-256-128")),
        ("upper-case", json!("SHA-256")),
        ("jose-name", json!("sha256")),
        ("sha3", json!("sha3-256")),
        ("empty", json!("")),
        ("number", json!(256)),
        ("null", json!(null)),
    ] {
        set.refuse(&format!("hash/{name}"), "alg.hash", HONEST, kit.payload("_sd_alg", value)?)
            .about("The hash of the disclosures is not one of the list.", rule)
            .attack("VC-06");
    }
    let token = kit.pid(|pid| pid.hash = HashAlg::Sha512)?;
    set.refuse("hash/not-listed", "alg.hash", "accepted/hash-sha-512", token)
        .about("The policy lists SHA-256 alone.", rule)
        .policy("sha-256-only/1")
        .attack("VC-06");
    // The digests are of another hash than the one that is named, or taken without being named.
    let mut other = pid()?;
    (other.hash, other.write_sd_alg) = (HashAlg::Sha512, false);
    let token = kit.sign(&kit.issuer.parts(&other))?;
    set.refuse(
        "hash/left-out-and-other",
        "disclosure.unreferenced",
        "accepted/hash-left-out",
        token,
    )
    .about("SHA-512 without saying so: no digest fits.", rule)
    .attack("VC-06");
    Ok(())
}

// For each accepted algorithm: a flipped bit, another key, another message.
fn signatures(set: &mut Set) -> Made<()> {
    let issuer = "RFC 9901, 7.1 step 2; RFC 7515, 5.2";
    let holder = "RFC 9901, 7.3 step 6";
    let issuers: [(Alg, TestKey); 3] = [
        (Alg::Es256, keys::pid_signer()?),
        (Alg::Es384, keys::pid_signer_es384()?),
        (Alg::EdDsa, keys::pid_signer_eddsa()?),
    ];
    let holders = [keys::holder()?, keys::holder_es384()?, keys::holder_eddsa()?];
    let others = [keys::second_holder()?, keys::assertion_es384()?, keys::assertion_eddsa()?];
    for (((alg, key), own), other) in issuers.into_iter().zip(holders).zip(others) {
        let name = alg.name().to_lowercase();
        let twin = |who: &str| {
            if alg == Alg::Es256 { HONEST.to_owned() } else { format!("accepted/{who}-{name}") }
        };
        let kit = Kit::signed_by(key.clone())?;
        let parts = kit.parts()?;
        let message = compact_jws_signed(&parts.header, &parts.payload, Signing::Key(&key))?;
        let another = compact_jws_signed(&parts.header, "{}", Signing::Key(&key))?;
        for (what, signing) in
            [("flipped-bit", Signing::Flipped(&key)), ("other-key", Signing::Key(&other))]
        {
            set.refuse(
                &format!("signature/issuer-{name}-{what}"),
                "sig.invalid",
                &twin("issuer"),
                kit.sign_as(&parts, signing)?,
            )
            .about(&format!("The issuer's {} signature: {what}.", alg.name()), issuer);
        }
        let (_, foreign) = another.rsplit_once('.').ok_or("no signature")?;
        let (input, _) = message.rsplit_once('.').ok_or("no signature")?;
        let mut credential = parts.sign(&key)?;
        credential.issuer_jwt = format!("{input}.{foreign}");
        set.refuse(
            &format!("signature/issuer-{name}-other-message"),
            "sig.invalid",
            &twin("issuer"),
            kit.present(&credential)?,
        )
        .about("The right key over another message.", issuer);

        let mut kit = Kit::new()?;
        let credential = kit.issuer.issue(&pid()?.bound_to(&own))?;
        kit.wallet = Wallet::new(own.clone());
        for (what, signing) in
            [("flipped-bit", Signing::Flipped(&own)), ("other-key", Signing::Key(&other))]
        {
            let mut options = super::kit::key_binding();
            options.signing = Some(signing);
            let token = kit.wallet.present_with(&credential, &options)?;
            set.refuse(
                &format!("signature/proof-{name}-{what}"),
                "sig.invalid",
                &twin("holder"),
                token,
            )
            .about(&format!("The holder's {} signature: {what}.", alg.name()), holder);
        }
        let mut options = super::kit::key_binding();
        options.nonce = "another message".to_owned();
        let foreign = kit.wallet.present_with(&credential, &options)?;
        let token = kit.present(&credential)?;
        let (_, foreign) = foreign.rsplit_once('.').ok_or("no signature")?;
        let (input, _) = token.rsplit_once('.').ok_or("no signature")?;
        set.refuse(
            &format!("signature/proof-{name}-other-message"),
            "sig.invalid",
            &twin("holder"),
            format!("{input}.{foreign}"),
        )
        .about("The holder's signature over another message.", holder);
    }
    Ok(())
}

// Signatures of another form or of values that no signer makes.
fn forms(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 7518, 3.4";
    let parts = kit.parts()?;
    let key = &kit.issuer.key;
    let honest = key.sign_jws(b"any message")?;
    let order = hex(ORDER);
    let zeros = [0_u8; 64];
    let with_order = [order.as_slice(), order.as_slice()].concat();
    let long = [honest.as_slice(), &[0]].concat();
    let short = honest.get(..63).unwrap_or_default();
    let half = honest.get(..32).unwrap_or_default();
    for (name, signing, attack) in [
        ("der", Signing::Der(key), "JOSE-16"),
        ("zeros", Signing::Raw(&zeros), "JOSE-15"),
        ("order", Signing::Raw(&with_order), "JOSE-15"),
        ("one-byte-more", Signing::Raw(&long), "JOSE-16"),
        ("one-byte-less", Signing::Raw(short), "JOSE-16"),
        ("half", Signing::Raw(half), "JOSE-16"),
        ("one-byte", Signing::Raw(&[1]), "JOSE-16"),
    ] {
        set.refuse(
            &format!("signature/issuer-{name}"),
            "sig.invalid",
            HONEST,
            kit.sign_as(&parts, signing)?,
        )
        .about("The issuer's signature has another form, or values that no signer makes.", rule)
        .attack(attack);
    }
    let holder = keys::holder()?;
    for (name, signing, attack) in [
        ("der", Signing::Der(&holder), "JOSE-16"),
        ("zeros", Signing::Raw(&zeros), "JOSE-15"),
        ("one-byte-more", Signing::Raw(&long), "JOSE-16"),
    ] {
        let mut options = super::kit::key_binding();
        options.signing = Some(signing);
        let token = kit.wallet.present_with(&parts.sign(key)?, &options)?;
        set.refuse(&format!("signature/proof-{name}"), "sig.invalid", HONEST, token)
            .about("The holder's signature has another form, or values that no signer makes.", rule)
            .attack(attack);
    }
    set.refuse(
        "signature/issuer-missing",
        "sig.missing",
        HONEST,
        kit.sign_as(&parts, Signing::None)?,
    )
    .about("The third part of the issuer's JWT is empty.", "RFC 7515, 5.2")
    .attack("JOSE-01");
    let mut options = super::kit::key_binding();
    options.signing = Some(Signing::None);
    let token = kit.wallet.present_with(&parts.sign(key)?, &options)?;
    set.refuse("signature/proof-missing", "sig.missing", HONEST, token)
        .about("The third part of the key binding is empty.", "RFC 7515, 5.2")
        .attack("JOSE-01");
    Ok(())
}

fn hex(text: &str) -> Vec<u8> {
    crate::suites::hex::decode(text).unwrap_or_default()
}

// The order of P-256.
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
