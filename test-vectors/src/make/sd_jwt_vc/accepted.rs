//! Honest presentations, one of each kind.

use super::kit::{
    AUDIENCE, Kit, NONCE, SIGNED, attributes, erika, honest_attributes, key_binding, pid,
};
use super::{HONEST, Made, Set};
use eid_broker_maker::jws::Signing;
use eid_broker_maker::keys;
use eid_broker_maker::pid::{JwksIssuer, PidIssuer};
use eid_broker_maker::sd_jwt::{HashAlg, Hiding};
use eid_broker_maker::wallet::{DisclosureEdit, Select, Wallet};
use serde_json::json;

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    let honest = honest_attributes()?;
    set.accept(HONEST, &honest, kit.honest()?).about(
        "A PID with the mandatory attributes, each in a disclosure of its own, presented by its \
         holder.",
        "RFC 9901, 7.3; PID rulebook, 3",
    );

    let erika = erika()?;
    let credential = kit.issuer.issue(&erika)?;
    set.accept("accepted/every-attribute", &attributes(&erika), kit.present(&credential)?).about(
        "Every attribute of the rulebook, parts of addresses and lists by their own disclosures.",
        "PID rulebook, 3; CIR (EU) 2024/2977, annex",
    );

    let names = ["family_name", "address.locality", "nationalities[0]"];
    let shown = Select::Names(&names);
    let token = kit.wallet.present(&credential, &shown, NONCE, AUDIENCE, SIGNED)?;
    let parts = json!({
        "family_name": "Mustermann",
        "address": { "locality": "Köln" },
        "nationalities": ["DE"],
    });
    set.accept("accepted/three-attributes", parts.as_object().ok_or("no object")?, token).about(
        "Three of many attributes are shown: a name, a part of the address and one nationality.",
        "RFC 9901, 7.1; ARF, PID_21",
    );

    hashes_and_hiding(set, kit)?;
    keys_and_algorithms(set)?;

    let mut options = key_binding();
    options.edits_before = vec![DisclosureEdit::Reverse];
    let credential = kit.issuer.issue(&pid()?)?;
    let token = kit.wallet.present_with(&credential, &options)?;
    set.accept("accepted/disclosures-in-other-order", &honest, token).about(
        "The wallet sends the disclosures in the reverse order, and binds that order.",
        "RFC 9901, 7.1",
    );

    let token = kit.pid(|pid| {
        "urn:eudi:pid:de:1".clone_into(&mut pid.vct);
        pid.open.insert("aka_vcts".to_owned(), json!(["urn:eudi:pid:1"]));
    })?;
    set.accept("accepted/type-by-alias", &honest, token).about(
        "A national type whose signed aka_vcts name the European one.",
        "SD-JWT VC, 3.2.2.1",
    );

    let token = kit.pid(|pid| "vc+sd-jwt".clone_into(&mut pid.typ))?;
    set.accept("accepted/legacy-type-by-policy", &honest, token)
        .about("The typ of older drafts, under a policy that lists it.", "SD-JWT VC, 3.2.1")
        .policy("legacy-type/1");

    let token = kit.header("vctm", json!(["e30"]))?;
    set.accept("accepted/foreign-header-member", &honest, token).about(
        "A header member that says nothing about key or signature is left aside.",
        "RFC 7515, 4.3",
    );

    let token = kit.pid(|pid| {
        pid.open.insert("loyalty_points".to_owned(), json!(1e300));
    })?;
    set.accept("accepted/foreign-claim", &honest, token).about(
        "A claim outside the rulebook, of whatever value, does not reach the identity.",
        "PID rulebook, 3; GDPR 5(1)(c)",
    );

    let uri = "https://status.pid.example/lists/7";
    let token = kit.pid(|pid| *pid = pid.clone().with_status(uri, 17))?;
    set.needs("status/list-needed", &[uri], token).about(
        "The credential names a status list: nothing is decided before the list is there.",
        "Token Status List, 8.3",
    );
    Ok(())
}

fn hashes_and_hiding(set: &mut Set, kit: &Kit) -> Made<()> {
    let honest = honest_attributes()?;
    for (name, hash) in [("sha-384", HashAlg::Sha384), ("sha-512", HashAlg::Sha512)] {
        let token = kit.pid(|pid| pid.hash = hash)?;
        set.accept(&format!("accepted/hash-{name}"), &honest, token)
            .about("Disclosures and sd_hash under another hash of the list.", "RFC 9901, 4.1.1");
    }
    let token = kit.pid(|pid| pid.write_sd_alg = false)?;
    set.accept("accepted/hash-left-out", &honest, token)
        .about("Without _sd_alg the hash is SHA-256.", "RFC 9901, 4.1.1");
    for (name, hiding) in [
        ("nothing-hidden", Hiding::Nothing),
        ("recursive", Hiding::Recursive),
        ("structured", Hiding::Structured),
    ] {
        let token = kit.pid(|pid| pid.hiding = hiding)?;
        set.accept(&format!("accepted/{name}"), &honest, token)
            .about("The same claims, hidden in another way.", "RFC 9901, 4.2, 6");
    }
    let token = kit.pid(|pid| {
        pid.decoys = 3;
        pid.hiding = Hiding::Structured;
    })?;
    set.accept("accepted/decoys", &honest, token)
        .about("Digests that belong to nothing change nothing.", "RFC 9901, 4.2.7")
        .attack("VC-19");
    Ok(())
}

// The honest token under every key that a policy may accept: of the issuer, then of the holder.
fn keys_and_algorithms(set: &mut Set) -> Made<()> {
    let honest = honest_attributes()?;
    let issuers = [("es384", keys::pid_signer_es384()?), ("eddsa", keys::pid_signer_eddsa()?)];
    for (name, key) in issuers {
        let token = Kit::signed_by(key)?.honest()?;
        set.accept(&format!("accepted/issuer-{name}"), &honest, token)
            .about("The issuer signs with another algorithm of the policy.", "RFC 7518, 3.1");
    }
    let mut kit = Kit::signed_by(keys::pid_signer_eddsa()?)?;
    let token = kit.header("alg", json!("Ed25519"))?;
    set.accept("accepted/issuer-ed25519", &honest, token)
        .about("The newer name of EdDSA on Ed25519.", "RFC 9864, 2.2");
    kit = Kit::new()?;
    for (name, key) in [("es384", keys::holder_es384()?), ("eddsa", keys::holder_eddsa()?)] {
        let credential = kit.issuer.issue(&pid()?.bound_to(&key))?;
        kit.wallet = Wallet::new(key);
        set.accept(&format!("accepted/holder-{name}"), &honest, kit.present(&credential)?)
            .about("The holder signs with another algorithm of the policy.", "RFC 9901, 7.3");
    }

    let issuer = JwksIssuer::new()?;
    let credential = issuer.issue(&pid()?)?;
    kit = Kit::new()?;
    set.accept("accepted/issuer-of-key-set", &honest, kit.present(&credential)?)
        .about("The issuer has no certificate: its key set is pinned.", "SD-JWT VC, 3.5")
        .trust("pid-jwks")
        .without_checks("chain.");
    let mut parts = issuer.parts(&pid()?);
    parts.edit_header(|header| {
        header.remove("kid");
    })?;
    let token = kit.sign_as(&parts, Signing::Key(&issuer.key))?;
    set.accept("accepted/only-key-of-key-set", &honest, token)
        .about("Without kid, the only key of the pinned set is meant.", "RFC 7515, 4.1.4")
        .trust("pid-jwks")
        .without_checks("chain.");

    let other = Kit { issuer: PidIssuer::other()?, wallet: Wallet::holder()? };
    let mut french = pid()?;
    french.claims.insert("issuing_country".to_owned(), json!("FR"));
    let token = other.present(&other.issuer.issue(&french)?)?;
    set.accept("accepted/second-anchor", &attributes(&french), token)
        .about("Two anchors are trusted; the French one vouches for a French PID.", "ARF, OIA_12")
        .trust("pid-two-anchors");

    let token = kit.honest()?;
    set.accept("accepted/pinned-signer", &honest, token.clone())
        .about("The signer's own certificate is the anchor.", "ETSI TS 119 602")
        .trust("pid-pinned");
    set.accept("accepted/capped-level", &honest, token)
        .about("The anchor is trusted up to substantial, whatever a PID is.", "(EU) 2015/1502")
        .trust("pid-capped")
        .loa("http://eidas.europa.eu/LoA/substantial");
    Ok(())
}
