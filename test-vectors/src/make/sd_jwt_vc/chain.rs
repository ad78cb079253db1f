//! Certificates and paths: the DER gate, RFC 5280, 6.1, and the profiles of the anchors.

use super::kit::{Kit, honest_attributes};
use super::{HONEST, Made, Set};
use crate::make::trust::{deep_leaf, deep_root_key, intermediate};
use eid_broker_maker::cert::{self, CertificateSpec, Extension, Fault, KeyUsage, Name};
use eid_broker_maker::der::{oid, printable_string, sequence, set_of_one, tlv};
use eid_broker_maker::keys::{self, Alg};
use eid_broker_maker::{NOW, TestKey};

const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
const CERTIFICATE_POLICIES: &str = "2.5.29.32";
const KEY_USAGE: &str = "2.5.29.15";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const PRIVATE: &str = "1.3.6.1.4.1.99999.1";
// Below an anchor of the profile `etsi-pid`, over one intermediate.
const DEEP: &str = "chain/intermediate";
const PATH: &str = "RFC 5280, 6.1";

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    encoding(set, kit)?;
    validity(set, kit)?;
    leaf(set, kit)?;
    order(set, kit)?;
    deep(set, kit)?;
    algorithms(set, kit)?;
    work(set, kit)
}

fn encoding(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "X.690, 10; RFC 5280, 4.1";
    let usage = || Fault::DuplicateExtension(KEY_USAGE.to_owned());
    for (name, fault, attack) in [
        ("boolean-of-ber", Fault::BooleanOne, "X509-22"),
        ("default-written", Fault::BooleanFalseWritten, "X509-22"),
        ("extension-twice", usage(), "X509-09"),
        ("indefinite-length", Fault::IndefiniteLength, "X509-22"),
        ("inner-algorithm", Fault::InnerAlgorithm(Alg::Es384), "X509-10"),
        ("outer-algorithm", Fault::OuterAlgorithm(Alg::Es384), "X509-10"),
        ("long-length", Fault::LongLength, "X509-22"),
        ("long-length-inside", Fault::LongLengthInside, "X509-22"),
        ("negative-serial", Fault::NegativeSerial, "X509-22"),
        ("trailing-bytes", Fault::TrailingBytes(vec![0]), "X509-22"),
        ("trailing-bytes-inside", Fault::TrailingBytesInside(vec![5, 0]), "X509-22"),
    ] {
        let token = kit.leaf(&cert::pid_leaf_spec()?.with_fault(fault))?;
        set.refuse(&format!("certificate/{name}"), "cert.malformed", HONEST, token)
            .about("The leaf is not one strict DER certificate; the fault is signed.", rule)
            .attack(attack);
    }
    let honest = cert::pid_leaf_der()?;
    let mut bomb = vec![0x30, 0x84, 0x7f, 0xff, 0xff, 0xff];
    bomb.extend_from_slice(&honest);
    for (name, der, about) in [
        ("cut", honest.get(..honest.len().saturating_sub(1)).unwrap_or_default().to_vec(), "cut"),
        ("one-byte", vec![0x30], "one byte"),
        ("gigantic-length", bomb, "two gigabytes by its length"),
        ("no-sequence", b"not a certificate at all, only text".to_vec(), "plain text"),
    ] {
        set.refuse(&format!("certificate/{name}"), "cert.malformed", HONEST, kit.chain(&[der])?)
            .about(&format!("The certificate is {about}."), rule)
            .attack("X509-23");
    }
    let mut empty = honest.clone();
    empty.clear();
    set.refuse("certificate/empty", "cert.malformed", HONEST, kit.chain(&[empty])?)
        .about("The certificate is the empty text.", rule);
    let mut version = cert::pid_leaf_spec()?;
    version.version = None;
    set.refuse(
        "certificate/extensions-in-version-1",
        "cert.malformed",
        HONEST,
        kit.leaf(&version)?,
    )
    .about("Extensions in a certificate of version 1.", "RFC 5280, 4.1.2.1");
    let mut deep = vec![0x05, 0x00];
    for _ in 0..20 {
        deep = sequence(&[deep]);
    }
    let spec = cert::pid_leaf_spec()?.with(Extension::new(PRIVATE, false, deep.clone()));
    // An unknown extension is opaque: nothing in it counts.
    set.accept("certificate/opaque-extension", &honest_attributes()?, kit.leaf(&spec)?)
        .about("An unknown extension that is not critical is not looked into.", "RFC 5280, 4.2");
    let mut nested = cert::pid_leaf_spec()?;
    nested.spki_der = deep;
    set.refuse("certificate/deep", "limit.depth", HONEST, kit.leaf(&nested)?)
        .about("Twenty sequences, one in the other.", "docs/limits.md")
        .attack("X509-23");
    let mut many = cert::pid_leaf_spec()?;
    for n in 0..62_u32 {
        many.extensions.push(Extension::new(&format!("{PRIVATE}.{n}"), false, vec![5, 0]));
    }
    let below = many.extensions.len();
    set.refuse(
        "certificate/extensions-one-past",
        "limit.count",
        "certificate/extensions-at",
        kit.leaf(&many)?,
    )
    .about(&format!("{below} extensions; the limit is 64."), "docs/limits.md");
    many.extensions.pop();
    set.accept("certificate/extensions-at", &honest_attributes()?, kit.leaf(&many)?)
        .about("64 extensions, which is the limit.", "docs/limits.md");
    Ok(())
}

fn validity(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 5280, 4.1.2.5, 6.1.3 (a)(2)";
    for (name, not_after) in [("one-below", NOW + 1), ("at", NOW), ("one-past", NOW - 1)] {
        let mut spec = cert::pid_leaf_spec()?;
        spec.not_after = not_after;
        let (id, token) = (format!("chain/not-after-{name}"), kit.leaf(&spec)?);
        if not_after < NOW {
            set.refuse(&id, "chain.expired", "chain/not-after-at", token)
                .about("The leaf ended a second ago; no leeway for certificates.", rule)
                .attack("X509-24");
        } else {
            set.accept(&id, &honest_attributes()?, token)
                .about("The last second of the leaf is part of its validity.", rule);
        }
    }
    for (name, not_before) in [("one-below", NOW - 1), ("at", NOW), ("one-past", NOW + 1)] {
        let mut spec = cert::pid_leaf_spec()?;
        spec.not_before = not_before;
        let (id, token) = (format!("chain/not-before-{name}"), kit.leaf(&spec)?);
        if not_before > NOW {
            set.refuse(&id, "chain.not_yet_valid", "chain/not-before-at", token)
                .about("The leaf begins in a second.", rule)
                .attack("X509-24");
        } else {
            set.accept(&id, &honest_attributes()?, token)
                .about("The first second of the leaf is part of its validity.", rule);
        }
    }
    let honest = kit.honest()?;
    set.refuse("chain/anchor-expired", "chain.expired", HONEST, honest.clone())
        .about("The anchor itself has ended.", rule)
        .trust("expired-anchor");
    set.refuse("chain/anchor-not-yet-valid", "chain.not_yet_valid", HONEST, honest)
        .about("The anchor itself has not begun.", rule)
        .trust("future-anchor");
    Ok(())
}

// The leaf under the profile `iso-iaca`.
fn leaf(set: &mut Set, kit: &Kit) -> Made<()> {
    let spec = cert::pid_leaf_spec;
    let usage = |critical, usages: &[KeyUsage]| Extension::key_usage(critical, usages);
    let signs = &[KeyUsage::DigitalSignature][..];
    for (name, leaf, about) in [
        (
            "encipherment",
            spec()?.replacing(usage(true, &[KeyUsage::KeyEncipherment])),
            "for encryption alone",
        ),
        (
            "non-repudiation",
            spec()?.replacing(usage(true, &[KeyUsage::NonRepudiation])),
            "for qualified signatures alone",
        ),
        ("missing", spec()?.without(KEY_USAGE), "without key usage"),
        ("not-critical", spec()?.replacing(usage(false, signs)), "whose key usage is not critical"),
        (
            "signs-certificates",
            spec()?.replacing(usage(true, &[KeyUsage::DigitalSignature, KeyUsage::KeyCertSign])),
            "that may sign certificates and is no CA",
        ),
    ] {
        set.refuse(&format!("chain/key-usage-{name}"), "chain.key_usage", HONEST, kit.leaf(&leaf)?)
            .about(&format!("A leaf {about}."), "RFC 5280, 4.2.1.3; ISO/IEC 18013-5, B.1.4")
            .attack("X509-02");
    }
    let eku = |purposes: &[&str]| Extension::extended_key_usage(true, purposes);
    set.accept(
        "chain/purpose-document-signer",
        &honest_attributes()?,
        kit.leaf(&spec()?.with(eku(&[cert::EKU_MDL_DS])?))?,
    )
    .about("The extended key usage of a document signer.", "ISO/IEC 18013-5, B.1.4");
    for (name, purposes) in [
        ("tls-server", &["1.3.6.1.5.5.7.3.1"][..]),
        ("any", &["2.5.29.37.0"]),
        ("status", &["1.3.6.1.5.5.7.3.30"]),
    ] {
        let token = kit.leaf(&spec()?.with(eku(purposes)?))?;
        set.refuse(
            &format!("chain/purpose-{name}"),
            "chain.purpose",
            "chain/purpose-document-signer",
            token,
        )
        .about("The leaf was made for something else.", "RFC 5280, 4.2.1.12")
        .attack("X509-26");
    }
    let unknown = Extension::new(PRIVATE, true, vec![5, 0]);
    set.refuse(
        "chain/critical-in-leaf",
        "chain.critical_extension",
        HONEST,
        kit.leaf(&spec()?.with(unknown.clone()))?,
    )
    .about("The leaf has a critical extension that nobody knows.", "RFC 5280, 4.2, 6.1.5 (f)")
    .attack("X509-08");
    set.refuse("chain/critical-in-anchor", "chain.critical_extension", HONEST, kit.honest()?)
        .about("The anchor has a critical extension that nobody knows.", "RFC 5280, 4.2")
        .trust("critical-anchor")
        .attack("X509-08");
    let constraints = Extension::new("2.5.29.36", true, sequence(&[tlv(0x80, &[0])]));
    set.refuse(
        "chain/policy-constraints",
        "chain.policy",
        HONEST,
        kit.leaf(&spec()?.with(constraints))?,
    )
    .about("A policy is required, and the leaf names none.", "RFC 5280, 4.2.1.11, 6.1.5 (g)")
    .attack("X509-07");

    let mut french = spec()?;
    french.subject = Name::new("FR", "Test PID Signer");
    let mut nameless = spec()?;
    nameless.subject.country = None;
    let ca = spec()?.with(Extension::basic_constraints(true, true, None));
    for (name, leaf, about) in [
        ("other-country", french, "of another country than the anchor's"),
        ("no-country", nameless, "of no country"),
        (
            "no-authority-key-identifier",
            spec()?.without(AUTHORITY_KEY_IDENTIFIER),
            "without authority key identifier",
        ),
        ("ca", ca, "that is a certification authority"),
    ] {
        set.refuse(&format!("chain/profile-{name}"), "chain.profile", HONEST, kit.leaf(&leaf)?)
            .about(&format!("A leaf {about}."), "ISO/IEC 18013-5, B.1");
    }
    Ok(())
}

// What stands in `x5c`, and whose signatures.
fn order(set: &mut Set, kit: &Kit) -> Made<()> {
    let (leaf, root) = (cert::pid_leaf_der()?, cert::pid_ca_der()?);
    for (name, code, chain, about) in [
        (
            "anchor-included",
            "chain.anchor_included",
            vec![leaf.clone(), root.clone()],
            "The anchor is shown behind the leaf.",
        ),
        (
            "anchor-first",
            "chain.anchor_included",
            vec![root, leaf.clone()],
            "The anchor is shown before the leaf.",
        ),
        (
            "leaf-twice",
            "chain.repeated",
            vec![leaf.clone(), leaf.clone()],
            "The leaf is shown twice.",
        ),
        (
            "useless-behind",
            "key.untrusted",
            vec![leaf, cert::other_leaf_der()?],
            "A certificate stands behind the leaf that did not certify it.",
        ),
        (
            "other-chain",
            "key.untrusted",
            vec![cert::other_leaf_der()?, cert::other_ca_der()?],
            "A whole chain that nobody trusts.",
        ),
    ] {
        set.refuse(&format!("chain/{name}"), code, HONEST, kit.chain(&chain)?)
            .about(about, "HAIP 1.0, 6.1.1; RFC 5280, 6.1")
            .attack("JOSE-07");
    }
    let key = keys::pid_signer()?;
    let mut own = cert::pid_leaf_spec()?.without(AUTHORITY_KEY_IDENTIFIER);
    own.issuer = own.subject.clone();
    set.refuse(
        "chain/self-signed",
        "chain.anchor_included",
        HONEST,
        kit.chain(&[own.build(&key)?])?,
    )
    .about("The leaf signed itself.", "HAIP 1.0, 6.1.1")
    .attack("JOSE-07");
    let spec = cert::pid_leaf_spec()?;
    for (name, der, about) in [
        (
            "signature-flipped",
            spec.clone().with_fault(Fault::FlippedSignature).build(&keys::pid_ca()?)?,
            "A bit of the signature on the leaf is flipped.",
        ),
        ("signature-of-another", spec.build(&keys::other_ca()?)?, "Another key signed the leaf."),
    ] {
        set.refuse(&format!("chain/{name}"), "chain.signature", HONEST, kit.chain(&[der])?)
            .about(about, "RFC 5280, 6.1.3 (a)(1)");
    }
    Ok(())
}

// A root, an intermediate with the name and key of the PID root, a leaf below it.
fn deep(set: &mut Set, kit: &Kit) -> Made<()> {
    let token = |leaf: &CertificateSpec, middle: &CertificateSpec| -> Made<String> {
        let (leaf, middle) = (leaf.build(&keys::pid_ca()?)?, middle.build(&deep_root_key()?)?);
        kit.chain(&[leaf, middle])
    };
    let (leaf, middle) = (deep_leaf()?, intermediate()?);
    set.accept(DEEP, &honest_attributes()?, token(&leaf, &middle)?)
        .about("A leaf below an intermediate below the anchor.", "ETSI TS 119 412-6; RFC 5280, 6.1")
        .trust("deep");
    let constraints = |critical, ca, len| Extension::basic_constraints(critical, ca, len);
    let usage = Extension::key_usage(true, &[KeyUsage::CrlSign]);
    // Which countries may stand in the names below.
    let within = |country: &str| -> Made<Extension> {
        let pair = sequence(&[oid("2.5.4.6")?, printable_string(country)]);
        let name = tlv(0xa4, &sequence(&[set_of_one(&pair)]));
        let permitted = tlv(0xa0, &sequence(&[name]));
        Ok(Extension::new("2.5.29.30", true, sequence(&[permitted])))
    };
    let with_distance = {
        let pair = sequence(&[oid("2.5.4.6")?, printable_string("DE")]);
        let name = tlv(0xa4, &sequence(&[set_of_one(&pair)]));
        let permitted = tlv(0xa0, &sequence(&[name, tlv(0x81, &[1])]));
        Extension::new("2.5.29.30", true, sequence(&[permitted]))
    };
    set.accept(
        "chain/name-constraints",
        &honest_attributes()?,
        token(&leaf, &middle.clone().with(within("DE")?))?,
    )
    .about("The intermediate may name people and things in Germany only.", "RFC 5280, 4.2.1.10")
    .trust("deep");
    let private = Extension::new(PRIVATE, true, vec![5, 0]);
    let mut ended = middle.clone();
    ended.not_after = NOW - 1;
    let mut old = middle.clone();
    (old.version, old.extensions) = (None, Vec::new());
    for (name, code, middle, about, attack) in [
        (
            "no-basic-constraints",
            "chain.not_ca",
            middle.clone().without(BASIC_CONSTRAINTS),
            "no basic constraints",
            "X509-01",
        ),
        (
            "ca-false",
            "chain.not_ca",
            middle.clone().replacing(constraints(true, false, None)),
            "CA false",
            "X509-01",
        ),
        ("version-1", "chain.not_ca", old, "no extensions at all", "X509-01"),
        (
            "no-cert-sign",
            "chain.key_usage",
            middle.clone().replacing(usage),
            "no keyCertSign",
            "X509-02",
        ),
        (
            "name-constraints",
            "chain.name_constraint",
            middle.clone().with(within("FR")?),
            "name constraints that the leaf breaks",
            "X509-05",
        ),
        (
            "name-constraints-distance",
            "chain.name_constraint_unsupported",
            middle.clone().with(with_distance),
            "a name constraint with a distance, which is not processed",
            "X509-05",
        ),
        (
            "critical",
            "chain.critical_extension",
            middle.clone().with(private),
            "an unknown critical extension",
            "X509-08",
        ),
        (
            "no-key-identifier",
            "chain.profile",
            middle.clone().without("2.5.29.14"),
            "no subject key identifier",
            "X509-33",
        ),
        ("expired", "chain.expired", ended, "an end in the past", "X509-24"),
        (
            "signature-flipped",
            "chain.signature",
            middle.clone().with_fault(Fault::FlippedSignature),
            "a flipped signature",
            "X509-22",
        ),
    ] {
        set.refuse(&format!("chain/intermediate-{name}"), code, DEEP, token(&leaf, &middle)?)
            .about(&format!("The intermediate has {about}."), PATH)
            .trust("deep")
            .attack(attack);
    }
    let no_policies = leaf.clone().without(CERTIFICATE_POLICIES);
    set.refuse("chain/profile-no-policies", "chain.profile", DEEP, token(&no_policies, &middle)?)
        .about("A leaf without certificate policies.", "ETSI TS 119 412-6")
        .trust("deep");
    set.refuse("chain/path-length", "chain.path_length", DEEP, token(&leaf, &middle)?)
        .about("The anchor allows no intermediate, and there is one.", "RFC 5280, 6.1.4 (l), (m)")
        .trust("deep-path-length-0")
        .attack("X509-03");
    set.refuse(
        "chain/intermediate-missing",
        "key.untrusted",
        DEEP,
        kit.chain(&[leaf.build(&keys::pid_ca()?)?])?,
    )
    .about("The intermediate is not shown.", PATH)
    .trust("deep");
    let (low, high) = (leaf.build(&keys::pid_ca()?)?, middle.build(&deep_root_key()?)?);
    set.refuse("chain/intermediate-first", "key.untrusted", DEEP, kit.chain(&[high, low.clone()])?)
        .about("The intermediate stands where the leaf must be.", "RFC 7515, 4.1.6")
        .trust("deep");
    // A leaf that signs a certificate for the attacker.
    let signer: TestKey = keys::pid_signer()?;
    let mut forged = cert::pid_leaf_spec_for(&keys::other_signer()?)?;
    forged.issuer = Name::new("DE", "Test PID Signer");
    forged = forged.replacing(Extension::authority_key_identifier(&signer));
    forged = forged.with(crate::make::trust::policies()?);
    let chain = [forged.build(&signer)?, low, middle.build(&deep_root_key()?)?];
    set.refuse("chain/leaf-as-issuer", "chain.not_ca", DEEP, kit.chain(&chain)?)
        .about("An honest leaf issued another certificate.", "RFC 5280, 6.1.4 (k)")
        .trust("deep")
        .attack("X509-01");
    Ok(())
}

fn algorithms(set: &mut Set, kit: &Kit) -> Made<()> {
    // Only Ed25519 is listed, and the chain is signed on P-256.
    let token = Kit::signed_by(keys::pid_signer_eddsa()?)?.honest()?;
    set.refuse("chain/algorithm-not-listed", "chain.algorithm", "accepted/issuer-eddsa", token)
        .about("The policy lists EdDSA alone; the leaf is signed with ECDSA.", "RFC 5280, 4.1.1.2")
        .policy("eddsa-only/1");
    let rule = "RFC 5280, 4.1.1.2; RFC 5758, 3.2";
    let build = |oid: &str| -> Made<Vec<u8>> { with_algorithm(&cert::pid_leaf_spec()?, oid) };
    for (name, code, oid) in [
        ("sha-1", "chain.algorithm", "1.2.840.10045.4.1"),
        ("sha-224", "cert.unsupported", "1.2.840.10045.4.3.1"),
        ("unknown", "cert.unsupported", "1.3.6.1.4.1.99999.2"),
    ] {
        set.refuse(&format!("chain/algorithm-{name}"), code, HONEST, kit.chain(&[build(oid)?])?)
            .about("The leaf names an algorithm that is broken or not known.", rule)
            .attack("X509-33");
    }
    Ok(())
}

// The honest certificate with another algorithm in both places. The signature is over these bytes.
fn with_algorithm(spec: &CertificateSpec, oid: &str) -> Made<Vec<u8>> {
    use eid_broker_maker::der::{bit_string, oid as object};
    let key = keys::pid_ca()?;
    let honest = Alg::Es256.signature_algorithm_der()?;
    let other = sequence(&[object(oid)?]);
    let tbs = spec.tbs_der(Alg::Es256)?;
    let at = tbs.windows(honest.len()).position(|window| window == honest.as_slice());
    let at = at.ok_or("no algorithm in the certificate")?;
    // Behind tag and length, which take four bytes in a certificate of this size.
    let before = tbs.get(4..at).ok_or("short")?.to_vec();
    let behind = tbs.get(at.saturating_add(honest.len())..).ok_or("short")?.to_vec();
    let tbs = sequence(&[before, other.clone(), behind]);
    let signature = key.sign_der(&tbs)?;
    Ok(sequence(&[tbs, other, bit_string(0, &signature)]))
}

fn work(set: &mut Set, kit: &Kit) -> Made<()> {
    let (about, rule) =
        ("anchors with the name and key identifier of the right one", "docs/limits.md");
    set.accept("limit/work-at", &honest_attributes()?, kit.honest()?)
        .about(&format!("15 {about} are tried before it."), rule)
        .trust("namesakes-15");
    set.refuse("limit/work-one-past", "limit.work", "limit/work-at", kit.honest()?)
        .about(&format!("16 {about} use up the budget."), rule)
        .trust("namesakes-16")
        .attack("X509-15");
    Ok(())
}
