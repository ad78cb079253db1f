//! Keys that must not be believed: the holder's in `cnf`, the issuer's in the certificate.

use super::kit::Kit;
use super::{HONEST, Made, Set};
use eid_broker_maker::cert;
use eid_broker_maker::der::{bit_string, integer, oid, sequence};
use eid_broker_maker::jws::b64u;
use eid_broker_maker::keys;
use serde_json::{Value, json};

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    holder(set, kit)?;
    certificate(set, kit)
}

fn holder(set: &mut Set, kit: &Kit) -> Made<()> {
    let jwk = keys::holder()?.public_jwk();
    let with = |name: &str, value: Value| {
        let mut jwk = jwk.clone();
        if let Some(members) = jwk.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
        jwk
    };
    let without = |name: &str| {
        let mut jwk = jwk.clone();
        if let Some(members) = jwk.as_object_mut() {
            members.remove(name);
        }
        jwk
    };
    let coordinate = |name: &str| jwk.get(name).and_then(Value::as_str).unwrap_or_default();
    let (x, y) = (coordinate("x"), coordinate("y"));
    let rsa =
        |n: &[u8], e: &[u8]| json!({"kty": "RSA", "alg": "PS256", "n": b64u(n), "e": b64u(e)});
    let mut modulus = vec![0xa5; 256];
    modulus[0] = 0xc5;
    let exponent = &[1, 0, 1][..];
    let cases = [
        (
            "off-curve",
            "key.malformed",
            with("y", json!(x)),
            "The point is not on the curve.",
            "JOSE-38",
        ),
        (
            "short-coordinate",
            "key.malformed",
            with("x", json!(x.get(..42))),
            "A coordinate lacks a byte.",
            "JOSE-38",
        ),
        (
            "long-coordinate",
            "key.malformed",
            with("x", json!(format!("AA{x}"))),
            "A coordinate has a zero more.",
            "JOSE-38",
        ),
        (
            "other-spelling",
            "key.malformed",
            with("y", json!(format!("{y}="))),
            "A coordinate is padded.",
            "JOSE-18",
        ),
        ("no-y", "key.malformed", without("y"), "A coordinate is missing.", "JOSE-38"),
        ("no-kty", "key.malformed", without("kty"), "The kind of key is missing.", "JOSE-03"),
        ("text", "key.malformed", json!("key"), "The key is a text.", "JOSE-03"),
        (
            "private",
            "key.private",
            with("d", json!(x)),
            "The holder's private key is in the credential.",
            "JOSE-03",
        ),
        (
            "symmetric",
            "key.private",
            json!({"kty": "oct", "k": "c2VjcmV0"}),
            "A shared secret as holder's key.",
            "JOSE-02",
        ),
        (
            "post-quantum",
            "key.unsupported",
            json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}),
            "A kind of key that is not known yet.",
            "JOSE-03",
        ),
        (
            "other-curve",
            "key.unsupported",
            with("crv", json!("secp256k1")),
            "A curve that is not on the list.",
            "JOSE-03",
        ),
        (
            "x25519",
            "key.unsupported",
            json!({"kty": "OKP", "crv": "X25519", "x": x}),
            "A key for agreement, not for signatures.",
            "JOSE-03",
        ),
        (
            "unknown-alg",
            "key.unsupported",
            with("alg", json!("ES256K")),
            "The key names an algorithm that is not known.",
            "JOSE-03",
        ),
        (
            "other-alg",
            "alg.key_mismatch",
            with("alg", json!("ES384")),
            "The key names the algorithm of another curve.",
            "JOSE-03",
        ),
        (
            "small-order",
            "key.weak",
            json!({"kty": "OKP", "crv": "Ed25519", "x": b64u(&[0; 32])}),
            "A point of small order.",
            "X509-13",
        ),
        (
            "rsa-1024",
            "key.weak",
            rsa(modulus.get(..128).unwrap_or_default(), exponent),
            "A modulus of 1024 bits.",
            "X509-13",
        ),
        (
            "rsa-even",
            "key.weak",
            rsa(&[modulus.get(..255).unwrap_or_default(), &[2]].concat(), exponent),
            "An even modulus.",
            "X509-13",
        ),
        ("rsa-exponent-3", "key.weak", rsa(&modulus, &[3]), "The exponent 3.", "JOSE-17"),
        ("rsa-exponent-1", "key.weak", rsa(&modulus, &[1]), "The exponent 1.", "X509-13"),
        (
            "roca",
            "key.roca",
            rsa(&roca(), exponent),
            "The structure of a known faulty generator.",
            "X509-12",
        ),
    ];
    for (name, code, jwk, about, attack) in cases {
        let token = kit.pid(|pid| pid.holder_jwk = Some(jwk))?;
        set.refuse(&format!("key/holder-{name}"), code, HONEST, token)
            .about(about, "RFC 7517, 4; RFC 7518, 6; RFC 8725, 3.5")
            .attack(attack);
    }
    let token = kit.pid(|pid| pid.holder_jwk = Some(rsa(&modulus, exponent)))?;
    set.refuse("key/holder-rsa-without-alg-list", "alg.key_mismatch", HONEST, token)
        .about("An RSA key whose holder signs with ES256.", "RFC 8725, 3.1")
        .attack("JOSE-03");
    Ok(())
}

// 65537 to the power of 128: in the group that 65537 generates, modulo every prime.
fn roca() -> Vec<u8> {
    let mut little = vec![1_u8];
    for _ in 0..128 {
        // Times 65537 is the number and the number two bytes higher.
        let mut high = vec![0, 0];
        high.extend_from_slice(&little);
        little.resize(high.len(), 0);
        let mut carry = 0_u16;
        for (low, high) in little.iter_mut().zip(&high) {
            let sum = u16::from(*low).saturating_add(u16::from(*high)).saturating_add(carry);
            let [above, below] = sum.to_be_bytes();
            (*low, carry) = (below, u16::from(above));
        }
        if carry > 0 {
            little.push(1);
        }
        while little.last() == Some(&0) {
            little.pop();
        }
    }
    little.into_iter().rev().collect()
}

fn certificate(set: &mut Set, kit: &Kit) -> Made<()> {
    let key = keys::pid_signer()?;
    let point = key.public_key();
    let ec = "1.2.840.10045.2.1";
    let p256 = oid("1.2.840.10045.3.1.7")?;
    let info =
        |algorithm: &[Vec<u8>], key: &[u8]| sequence(&[sequence(algorithm), bit_string(0, key)]);
    let mut off = point.to_vec();
    if let Some(last) = off.last_mut() {
        *last ^= 1;
    }
    let mut hybrid = point.to_vec();
    if let Some(first) = hybrid.first_mut() {
        *first = 0x06;
    }
    let compressed = [&[0x02][..], point.get(1..33).unwrap_or_default()].concat();
    let explicit =
        sequence(&[integer(&[1]), sequence(&[oid("1.2.840.10045.1.1")?, integer(&[7])])]);
    let rsa = |n: &[u8]| sequence(&[integer(n), integer(&[1, 0, 1])]);
    let null = vec![5, 0];
    let mut small = vec![0x65; 128];
    small[127] |= 1;
    for (name, code, spki, about, attack) in [
        (
            "off-curve",
            "key.malformed",
            info(&[oid(ec)?, p256.clone()], &off),
            "a point off the curve",
            "X509-13",
        ),
        (
            "hybrid-point",
            "key.malformed",
            info(&[oid(ec)?, p256.clone()], &hybrid),
            "a point in hybrid form",
            "X509-13",
        ),
        (
            "short-point",
            "key.malformed",
            info(&[oid(ec)?, p256.clone()], point.get(..64).unwrap_or_default()),
            "a point that lacks a byte",
            "X509-13",
        ),
        (
            "compressed-point",
            "key.unsupported",
            info(&[oid(ec)?, p256], &compressed),
            "a compressed point",
            "X509-13",
        ),
        (
            "explicit-parameters",
            "key.explicit_parameters",
            info(&[oid(ec)?, explicit], point),
            "explicit curve parameters",
            "X509-11",
        ),
        (
            "other-curve",
            "cert.unsupported",
            info(&[oid(ec)?, oid("1.3.132.0.10")?], point),
            "a curve that is not on the list",
            "X509-33",
        ),
        (
            "dsa",
            "cert.unsupported",
            info(&[oid("1.2.840.10040.4.1")?], &integer(&[7])),
            "a DSA key",
            "X509-33",
        ),
        (
            "rsa-1024",
            "key.weak",
            info(&[oid("1.2.840.113549.1.1.1")?, null], &rsa(&small)),
            "an RSA key of 1024 bits",
            "X509-13",
        ),
    ] {
        let mut leaf = cert::pid_leaf_spec()?;
        leaf.spki_der = spki;
        set.refuse(&format!("key/issuer-{name}"), code, HONEST, kit.leaf(&leaf)?)
            .about(&format!("The leaf certifies {about}."), "RFC 5480, 2; RFC 3279, 2.3")
            .attack(attack);
    }
    // One key, one algorithm: the header names that of another kind.
    for (name, alg) in [("es384", "ES384"), ("eddsa", "EdDSA")] {
        set.refuse(
            &format!("key/issuer-alg-{name}"),
            "alg.key_mismatch",
            HONEST,
            kit.header("alg", json!(alg))?,
        )
        .about("The header names the algorithm of another kind of key.", "RFC 8725, 3.1")
        .attack("JOSE-03");
        let token = kit.key_binding(|options| options.alg = Some(alg.to_owned()))?;
        set.refuse(&format!("key/proof-alg-{name}"), "alg.key_mismatch", HONEST, token)
            .about("The key binding names the algorithm of another kind of key.", "RFC 8725, 3.1")
            .attack("JOSE-03");
    }
    Ok(())
}
