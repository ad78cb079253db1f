//! Trust material that is missing, empty, unreadable or old, and issuers that it does not name.

use super::kit::{Kit, honest_attributes, pid};
use super::{HONEST, Made, Set};
use eid_broker_maker::pid::{JwksIssuer, PidIssuer};
use eid_broker_maker::wallet::Wallet;
use eid_broker_maker::{cert, keys};
use serde_json::json;

const STATES: &str = "docs/rules.md, 5";
const KEY_SET: &str = "accepted/issuer-of-key-set";

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    let honest = kit.honest()?;
    for (name, code, trust, about) in [
        ("no-source", "trust.missing", "none", "No source is configured at all."),
        ("file-absent", "trust.missing", "absent", "The file of the source is not there."),
        ("other-purpose", "trust.missing", "status-only", "The anchor serves status lists alone."),
        (
            "key-sets-only",
            "trust.missing",
            "pid-jwks",
            "Key sets are configured, certificates not.",
        ),
        ("file-empty", "trust.empty", "empty", "The file of the source is empty."),
        ("garbage", "trust.unparseable", "garbage", "The file is no certificate."),
        ("cut", "trust.unparseable", "cut", "The certificate in the file is cut."),
        ("private-key", "trust.unparseable", "private", "The file holds a private key beside it."),
        ("stale", "trust.stale", "stale", "The source is older than it may get."),
        ("from-the-future", "trust.stale", "future", "The source was loaded two days from now."),
    ] {
        set.refuse(&format!("trust/{name}"), code, HONEST, honest.clone())
            .about(about, STATES)
            .trust(trust);
    }
    // `loaded_at` is 2026-02-01T12:00:00Z and `refuse_after` 28 days: the moment of the vectors.
    let attributes = honest_attributes()?;
    set.accept("trust/age-at", &attributes, honest.clone())
        .about("The source is exactly as old as it may get.", STATES)
        .trust("aging");
    set.accept("trust/age-one-below", &attributes, honest.clone())
        .about("The source may get a second older.", STATES)
        .trust("aging")
        .now("2026-03-01T11:59:59Z");
    set.refuse("trust/age-one-past", "trust.stale", "trust/age-at", honest)
        .about("The source is a second too old.", STATES)
        .trust("aging")
        .now("2026-03-01T12:00:01Z");
    untrusted(set)?;
    key_sets(set, kit)?;
    countries(set)
}

fn untrusted(set: &mut Set) -> Made<()> {
    let rule = "RFC 5280, 6.1.1; ARF, OIA_12";
    let other = Kit { issuer: PidIssuer::other()?, wallet: Wallet::holder()? };
    let token = other.present(&other.issuer.issue(&pid()?)?)?;
    set.refuse("trust/other-root", "key.untrusted", HONEST, token)
        .about("A chain that leads to a root nobody configured.", rule)
        .attack("VC-13");
    // The root's name is the trusted one, its key is not.
    let (root, signer) = (keys::other_ca()?, keys::other_signer()?);
    let mut leaf = cert::pid_leaf_spec_for(&signer)?.without("2.5.29.35");
    leaf = leaf.with(cert::Extension::authority_key_identifier(&root));
    let issuer = with(PidIssuer::other()?, vec![leaf.build(&root)?]);
    let kit = Kit { issuer, wallet: Wallet::holder()? };
    let token = kit.present(&kit.issuer.issue(&pid()?)?)?;
    set.refuse("trust/name-of-the-root", "chain.signature", HONEST, token)
        .about("A root of the attacker's with the name of the trusted one signed the leaf.", rule)
        .attack("JOSE-07");
    // The honest leaf is shown, another key signs.
    let issuer = with(PidIssuer::other()?, vec![cert::pid_leaf_der()?]);
    let kit = Kit { issuer, wallet: Wallet::holder()? };
    let token = kit.present(&kit.issuer.issue(&pid()?)?)?;
    set.refuse("trust/leaf-of-another", "sig.invalid", HONEST, token)
        .about("The leaf of the honest issuer is shown, the attacker's key signs.", rule)
        .attack("JOSE-07");
    let issuer = with(PidIssuer::other()?, vec![cert::other_leaf_der()?, cert::pid_leaf_der()?]);
    let kit = Kit { issuer, wallet: Wallet::holder()? };
    let token = kit.present(&kit.issuer.issue(&pid()?)?)?;
    set.refuse("trust/honest-leaf-behind", "key.untrusted", HONEST, token)
        .about("The attacker's leaf first, the honest one behind it.", rule)
        .attack("JOSE-07");
    Ok(())
}

fn with(mut issuer: PidIssuer, chain: Vec<Vec<u8>>) -> PidIssuer {
    issuer.chain_der = chain;
    issuer
}

fn key_sets(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "SD-JWT VC, 3.5; RFC 7515, 4.1.4";
    let issuer = JwksIssuer::new()?;
    let honest = kit.present(&issuer.issue(&pid()?)?)?;
    for (name, code, trust, about) in [
        ("empty", "trust.empty", "jwks-empty", "The key set has no key."),
        ("garbage", "trust.unparseable", "jwks-garbage", "The key set is no JSON."),
        ("private", "trust.unparseable", "jwks-private", "The key set shows a private key."),
        ("kid-twice", "trust.unparseable", "jwks-kid-twice", "Two keys of the set have one kid."),
        ("certificates-only", "trust.missing", "pid", "Only certificates are configured."),
        ("no-country", "identity.missing", "jwks-no-country", "The set is tied to no country."),
        ("other-keys", "key.unknown", "jwks-other-keys", "The kid is not in the set."),
    ] {
        set.refuse(&format!("trust/key-set-{name}"), code, KEY_SET, honest.clone())
            .about(about, rule)
            .trust(trust);
    }
    let mut bent = |name: &str,
                    code: &str,
                    about: &str,
                    attack: &str,
                    kid: Option<&str>,
                    iss: Option<&str>|
     -> Made<()> {
        let mut parts = issuer.parts(&pid()?);
        parts.edit_header(|header| {
            header.remove("kid");
            header.extend(kid.map(|kid| ("kid".to_owned(), json!(kid))));
        })?;
        parts.edit_payload(|payload| {
            payload.remove("iss");
            payload.extend(iss.map(|iss| ("iss".to_owned(), json!(iss))));
        })?;
        let token = kit.present(&parts.sign(&issuer.key)?)?;
        let vector = set.refuse(&format!("key/{name}"), code, KEY_SET, token);
        vector.about(about, rule).trust("pid-jwks").attack(attack);
        Ok(())
    };
    let iss = Some(issuer.issuer.as_str());
    let kid = issuer.key.thumbprint();
    bent("kid-unknown", "key.unknown", "No key has this kid.", "JOSE-44", Some("other"), iss)?;
    bent("kid-empty", "key.unknown", "The kid is empty.", "JOSE-44", Some(""), iss)?;
    bent("kid-with-nul", "key.unknown", "The kid has a NUL.", "JOSE-44", Some("k\u{0}"), iss)?;
    bent(
        "kid-as-path",
        "key.unknown",
        "The kid looks like a path.",
        "JOSE-44",
        Some("../../dev/null"),
        iss,
    )?;
    let long = "k".repeat(129);
    bent(
        "kid-too-long",
        "key.unknown",
        "The kid has 129 characters.",
        "JOSE-44",
        Some(&long),
        iss,
    )?;
    bent(
        "no-issuer",
        "key.missing",
        "Neither x5c nor iss: nothing leads to a key.",
        "VC-13",
        Some(&kid),
        None,
    )?;
    let other = Some("https://attacker.example");
    bent("issuer-unknown", "trust.missing", "The issuer is nobody's.", "VC-13", Some(&kid), other)?;
    let longer = format!("{}/", issuer.issuer);
    bent(
        "issuer-with-slash",
        "trust.missing",
        "The issuer has a slash more.",
        "VC-13",
        Some(&kid),
        Some(&longer),
    )?;

    let mut parts = issuer.parts(&pid()?);
    parts.edit_header(|header| {
        header.remove("kid");
    })?;
    let token = kit.present(&parts.sign(&issuer.key)?)?;
    set.refuse("key/kid-missing-of-two", "key.missing", "accepted/only-key-of-key-set", token)
        .about("Two keys are pinned and no kid says which one signed.", rule)
        .trust("jwks-two-keys");
    Ok(())
}

fn countries(set: &mut Set) -> Made<()> {
    let rule = "PID rulebook, 5; ARF, OIA_12";
    let twin = "accepted/second-anchor";
    let other = Kit { issuer: PidIssuer::other()?, wallet: Wallet::holder()? };
    let token = other.present(&other.issuer.issue(&pid()?)?)?;
    set.refuse("issuer/country-of-another", "issuer.country", twin, token)
        .about("A French provider says that Germany issued the PID.", rule)
        .trust("pid-two-anchors");
    let kit = Kit::new()?;
    for (name, code, value) in [
        ("country-french", "issuer.country", json!("FR")),
        ("country-lower-case", "identity.malformed", json!("de")),
        ("country-number", "identity.malformed", json!(49)),
    ] {
        set.refuse(&format!("issuer/{name}"), code, HONEST, kit.claim("issuing_country", value)?)
            .about("The issuing country is not the anchor's.", rule);
    }
    Ok(())
}
