//! The trust material and the policies that the vectors name.

use super::Made;
use eid_broker_maker::card::{CardIssuer, Shape};
use eid_broker_maker::cert::{self, CertificateSpec, Extension, KeyUsage, Name};
use eid_broker_maker::der::{oid, sequence};
use eid_broker_maker::keys::{self, der_to_pem, jwks};
use eid_broker_maker::pid::JWKS_ISSUER;
use eid_broker_maker::{NOW, TestKey};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The issuer of the broker's assertions.
pub(super) const ASSERTION_ISSUER: &str = "https://broker.example";

/// The key of the root above an intermediate.
pub(crate) fn deep_root_key() -> Made<TestKey> {
    Ok(keys::other_ca()?)
}

/// Certificate policies, which the profile `etsi-pid` asks for.
pub(super) fn policies() -> Made<Extension> {
    let policy = sequence(&[oid("1.3.6.1.4.1.99999.3")?]);
    Ok(Extension::new("2.5.29.32", false, sequence(&[policy])))
}

/// The PID root as an intermediate below [`deep_root_key`].
pub(crate) fn intermediate() -> Made<CertificateSpec> {
    let (root, key) = (deep_root_key()?, keys::pid_ca()?);
    let mut spec = CertificateSpec::new(deep_root_name(), Name::new("DE", "Test PID CA"), &key)?
        .with(Extension::basic_constraints(true, true, Some(0)))
        .with(Extension::key_usage(true, &[KeyUsage::KeyCertSign, KeyUsage::CrlSign]))
        .with(Extension::subject_key_identifier(&key))
        .with(Extension::authority_key_identifier(&root));
    (spec.not_before, spec.not_after) = (cert::CA_NOT_BEFORE, cert::CA_NOT_AFTER);
    Ok(spec)
}

/// The honest signer by the profile `etsi-pid`.
pub(crate) fn deep_leaf() -> Made<CertificateSpec> {
    Ok(cert::pid_leaf_spec()?.with(policies()?))
}

fn deep_root_name() -> Name {
    Name::new("DE", "Test PID Root")
}

pub(crate) fn deep_root(path_len: Option<u8>) -> Made<Vec<u8>> {
    let key = deep_root_key()?;
    let mut spec = CertificateSpec::new(deep_root_name(), deep_root_name(), &key)?
        .with(Extension::basic_constraints(true, true, path_len))
        .with(Extension::key_usage(true, &[KeyUsage::KeyCertSign, KeyUsage::CrlSign]))
        .with(Extension::subject_key_identifier(&key));
    (spec.not_before, spec.not_after) = (cert::CA_NOT_BEFORE, cert::CA_NOT_AFTER);
    Ok(spec.build(&key)?)
}

/// Every file of the folders `trust` and `policy`.
pub(super) fn files() -> Made<BTreeMap<String, Vec<u8>>> {
    let mut files = Files::default();
    certificates(&mut files)?;
    key_sets(&mut files)?;
    assertions(&mut files)?;
    cards(&mut files)?;
    files.policies();
    Ok(files.0)
}

// The CAs of cards, each a source of its own.
fn cards(files: &mut Files) -> Made<()> {
    let source = |name: &str, country: &str, purpose: &str| {
        json!({
            "name": name,
            "purpose": purpose,
            "kind": "x509",
            "profile": "eid-card",
            "files": [format!("card-{name}-ca.pem")],
            "country": country,
        })
    };
    let mut sources = Vec::new();
    for (name, country, shape) in
        [("be", "BE", Shape::Belgian), ("ee", "EE", Shape::Estonian), ("fi", "FI", Shape::Finnish)]
    {
        files.pem(&format!("card-{name}-ca.pem"), &[CardIssuer::new(shape)?.ca_der()?]);
        sources.push(source(name, country, "card-issue"));
    }
    files.json(
        "trust/cards",
        &json!({ "description": "The CAs of three shapes of cards.", "source": sources }),
    );
    let other = [source("ee", "EE", "pid-status")];
    files.json(
        "trust/cards-other-purpose",
        &json!({ "description": "The Estonian-shaped CA, for status lists.", "source": other }),
    );
    files.put("policy/cards-1.toml", CARDS);
    Ok(())
}

#[derive(Default)]
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    fn put(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.0.insert(name.to_owned(), bytes.into());
    }

    fn json(&mut self, name: &str, value: &Value) {
        self.put(&format!("{name}.json"), format!("{value:#}\n"));
    }

    fn pem(&mut self, name: &str, certificates: &[Vec<u8>]) {
        let blocks: String =
            certificates.iter().map(|der| der_to_pem("CERTIFICATE", der)).collect();
        self.put(&format!("trust/{name}"), format!("# test certificates, worthless\n{blocks}"));
    }

    // One source of certificates for PIDs, changed in one place.
    fn source(&mut self, name: &str, about: &str, file: &str, more: Value) {
        self.json(
            &format!("trust/{name}"),
            &json!({ "description": about, "source": [x509(file, more)] }),
        );
    }

    fn policies(&mut self) {
        let standard = POLICY;
        for (label, text) in [
            ("standard", standard.to_owned()),
            ("legacy-type", standard.replace("[\"dc+sd-jwt\"]", "[\"vc+sd-jwt\"]")),
            (
                "sha-256-only",
                standard.replace("[\"sha-256\", \"sha-384\", \"sha-512\"]", "[\"sha-256\"]"),
            ),
            (
                "eddsa-only",
                standard.replace(
                    "[[algorithm]]\nname = \"ES256\"\n\n[[algorithm]]\nname = \"ES384\"\n\n",
                    "",
                ),
            ),
            (
                "es256-until",
                standard.replace(
                    "name = \"ES256\"\n",
                    "name = \"ES256\"\nuntil = \"2026-03-01T12:00:00Z\"\n",
                ),
            ),
        ] {
            let text = text.replace("name = \"standard\"", &format!("name = \"{label}\""));
            self.put(&format!("policy/{label}-1.toml"), text);
        }
    }
}

fn x509(file: &str, more: Value) -> Value {
    let mut source = json!({
        "name": "test-pid",
        "purpose": "pid-issue",
        "kind": "x509",
        "profile": "iso-iaca",
        "files": [file],
        "credential_types": ["urn:eudi:pid:1"],
    });
    if let (Some(source), Value::Object(more)) = (source.as_object_mut(), more) {
        source.extend(more);
    }
    source
}

fn certificates(files: &mut Files) -> Made<()> {
    let root = cert::pid_ca_der()?;
    let spec = cert::pid_ca_spec()?;
    let key = keys::pid_ca()?;
    files.pem("pid-ca.pem", std::slice::from_ref(&root));
    files.pem("other-ca.pem", &[cert::other_ca_der()?]);
    files.pem("pid-signer.pem", &[cert::pid_leaf_der()?]);
    files.pem("deep-root.pem", &[deep_root(None)?]);
    files.pem("deep-root-path-length-0.pem", &[deep_root(Some(0))?]);
    let (mut ended, mut begins) = (spec.clone(), spec.clone());
    ended.not_after = NOW.saturating_sub(1);
    begins.not_before = NOW.saturating_add(1);
    files.pem("expired-ca.pem", &[ended.build(&key)?]);
    files.pem("future-ca.pem", &[begins.build(&key)?]);
    let private = Extension::new("1.3.6.1.4.1.99999.1", true, vec![5, 0]);
    files.pem("critical-ca.pem", &[spec.clone().with(private).build(&key)?]);
    files.put("trust/empty.pem", "");
    files.put("trust/garbage.pem", "this is no certificate\n");
    files.put("trust/cut.pem", root.get(..200).unwrap_or_default());
    let pem = der_to_pem("CERTIFICATE", &root);
    let block = der_to_pem("PRIVATE KEY", b"worthless: no key at all");
    files.put("trust/private.pem", format!("{pem}{block}"));
    for count in [15_u8, 16] {
        let mut namesakes = Vec::new();
        for n in 0..count {
            // Another key; its identifier says that it is the right one.
            let mut fake = cert::pid_ca_spec()?;
            fake.spki_der = keys::other_ca()?.public_spki_der()?;
            fake.serial.push(n);
            namesakes.push(fake.build(&key)?);
        }
        // Candidates are tried in an order of their own; the right one stands first and last.
        namesakes.push(root.clone());
        files.pem(&format!("namesakes-{count}.pem"), &namesakes);
        let about = format!("{count} roots with the name of the right one, and the right one.");
        files.source(
            &format!("namesakes-{count}"),
            &about,
            &format!("namesakes-{count}.pem"),
            json!({}),
        );
    }

    files.source("pid", "The root over the PID signers.", "pid-ca.pem", json!({}));
    files.source(
        "pid-capped",
        "The same, up to substantial.",
        "pid-ca.pem",
        json!({ "loa_cap": "substantial" }),
    );
    files.source(
        "pid-pinned",
        "The signer itself.",
        "pid-signer.pem",
        json!({ "profile": "pinned-leaf", "country": "DE" }),
    );
    files.source(
        "pid-other-type",
        "The same root for another type.",
        "pid-ca.pem",
        json!({ "credential_types": ["urn:eudi:pid:de:1"] }),
    );
    files.source(
        "deep",
        "A root above an intermediate.",
        "deep-root.pem",
        json!({ "profile": "etsi-pid" }),
    );
    files.source(
        "deep-path-length-0",
        "A root that allows no intermediate.",
        "deep-root-path-length-0.pem",
        json!({ "profile": "etsi-pid" }),
    );
    files.source("expired-anchor", "A root that ended a second ago.", "expired-ca.pem", json!({}));
    files.source("future-anchor", "A root that begins in a second.", "future-ca.pem", json!({}));
    files.source(
        "critical-anchor",
        "A root with an unknown critical extension.",
        "critical-ca.pem",
        json!({}),
    );
    files.source("absent", "A file that is not there.", "absent.pem", json!({}));
    files.source("empty", "A file without anything.", "empty.pem", json!({}));
    files.source("garbage", "A file with other text.", "garbage.pem", json!({}));
    files.source("cut", "A certificate that is cut.", "cut.pem", json!({}));
    files.source("private", "A file with a private key.", "private.pem", json!({}));
    let aged = |loaded_at: &str| json!({ "loaded_at": loaded_at, "refuse_after": "28d" });
    files.source(
        "aging",
        "Its last second is 2026-03-01T12:00:00Z.",
        "pid-ca.pem",
        aged("2026-02-01T12:00:00Z"),
    );
    files.source("stale", "Older than it may get.", "pid-ca.pem", aged("2026-01-01T00:00:00Z"));
    files.source("future", "Loaded in two days.", "pid-ca.pem", aged("2026-03-03T12:00:00Z"));
    let mut status = x509("pid-ca.pem", json!({ "purpose": "pid-status" }));
    status.as_object_mut().map(|source| source.remove("credential_types"));
    files.json(
        "trust/status-only",
        &json!({ "description": "An anchor for status lists alone.", "source": [status] }),
    );
    files.json("trust/none", &json!({ "description": "No source.", "source": [] }));
    let second = x509("other-ca.pem", json!({ "name": "test-pid-fr" }));
    files.json(
        "trust/pid-two-anchors",
        &json!({
            "description": "The German and the French root.",
            "source": [x509("pid-ca.pem", json!({})), second],
        }),
    );
    Ok(())
}

fn key_sets(files: &mut Files) -> Made<()> {
    let key = keys::jwks_issuer()?;
    let honest = jwks(&[&key]);
    let other = jwks(&[&keys::other_signer()?]);
    let both = jwks(&[&key, &keys::other_signer()?]);
    let first = honest.pointer("/keys/0").cloned().unwrap_or_default();
    let mut private = first.clone();
    private.as_object_mut().map(|jwk| jwk.insert("d".to_owned(), json!("AA")));
    let sets = [
        ("pid-jwks", "The keys of an issuer without certificate.", honest.to_string()),
        ("jwks-empty", "A set without keys.", json!({ "keys": [] }).to_string()),
        ("jwks-garbage", "A set that is no JSON.", "keys".to_owned()),
        ("jwks-private", "A set with a private key.", json!({ "keys": [private] }).to_string()),
        ("jwks-kid-twice", "Two keys of one kid.", json!({ "keys": [first, first] }).to_string()),
        ("jwks-other-keys", "The keys of somebody else under this name.", other.to_string()),
        ("jwks-two-keys", "Two keys.", both.to_string()),
        ("jwks-no-country", "The right keys, tied to no country.", honest.to_string()),
    ];
    for (name, about, set) in sets {
        files.put(&format!("trust/{name}.jwks"), set + "\n");
        let mut source = json!({
            "name": "test-pid-jwks",
            "purpose": "pid-issue",
            "kind": "jwks",
            "issuer": JWKS_ISSUER,
            "files": [format!("{name}.jwks")],
            "credential_types": ["urn:eudi:pid:1"],
        });
        if name != "jwks-no-country" {
            source.as_object_mut().map(|source| source.insert("country".to_owned(), json!("DE")));
        }
        files.json(&format!("trust/{name}"), &json!({ "description": about, "source": [source] }));
    }
    Ok(())
}

// The keys of the broker, and what a consumer demands.
fn assertions(files: &mut Files) -> Made<()> {
    let keys = [keys::assertion_es256()?, keys::assertion_es384()?, keys::assertion_eddsa()?];
    let honest = jwks(&keys.iter().collect::<Vec<_>>());
    let first = honest.pointer("/keys/0").cloned().unwrap_or_default();
    let with = |name: &str, value: Value| {
        let mut jwk = first.clone();
        jwk.as_object_mut().map(|jwk| jwk.insert(name.to_owned(), value));
        jwk
    };
    let many = |count: usize| -> Value {
        let key =
            |n: usize| if n == 0 { first.clone() } else { with("kid", json!(format!("k{n}"))) };
        json!({ "keys": (0..count).map(key).collect::<Vec<_>>() })
    };
    let unknown = json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "kid": "later" });
    let encryption = json!({ "keys": [with("use", json!("enc"))] });
    let sets = [
        ("assertion", "The keys of the broker.", honest.clone()),
        (
            "assertion-later-key",
            "A key of a kind that is not known yet, beside the others.",
            json!({ "keys": [unknown, first] }),
        ),
        ("assertion-64-keys", "As many keys as a set may have.", many(64)),
        ("assertion-65-keys", "One key too many.", many(65)),
        ("assertion-empty", "A set without keys.", json!({ "keys": [] })),
        ("assertion-no-set", "No set at all.", json!([])),
        ("assertion-encryption-only", "A key for encryption alone.", encryption),
        (
            "assertion-private",
            "A set with a private key.",
            json!({ "keys": [with("d", json!("AA"))] }),
        ),
        ("assertion-kid-twice", "Two keys of one kid.", json!({ "keys": [first, first] })),
    ];
    for (name, about, set) in sets {
        files.put(&format!("trust/{name}.jwks"), format!("{set}\n"));
        let trust = json!({ "description": about, "issuer": ASSERTION_ISSUER, "jwks": format!("{name}.jwks") });
        files.json(&format!("trust/{name}"), &trust);
    }
    for (name, fetched_at) in [("hour", "2026-03-01T11:00:00Z"), ("future", "2026-03-01T12:00:31Z")]
    {
        files.json(
            &format!("trust/assertion-{name}"),
            &json!({
                "description": "The keys of the broker, with the time when they were fetched.",
                "issuer": ASSERTION_ISSUER,
                "jwks": "assertion.jwks",
                "fetched_at": fetched_at,
            }),
        );
    }
    let mut policy = |name: &str, about: &str, more: Value| {
        let mut members = Map::new();
        members.insert("description".to_owned(), json!(about));
        if let Value::Object(more) = more {
            members.extend(more);
        }
        files.json(&format!("policy/{name}-1"), &Value::Object(members));
    };
    policy("check", "What a consumer demands when nothing is said.", json!({}));
    policy("check-low", "Any level.", json!({ "min_loa": "low" }));
    policy("check-high", "The highest level.", json!({ "min_loa": "high" }));
    policy(
        "check-not-notified",
        "Schemes that are not notified too.",
        json!({ "notified_only": false }),
    );
    policy("check-scopes", "Two scopes.", json!({ "scopes": ["identity.core", "identity.age"] }));
    policy("check-bound", "Every assertion is bound.", json!({ "binding_required": true }));
    policy(
        "check-exact-header",
        "The header as the issuer writes it.",
        json!({ "exact_header": true }),
    );
    policy("check-once", "Each assertion once.", json!({ "single_use": true }));
    policy("check-keys-3600", "Keys of at most an hour.", json!({ "max_keys_age_s": 3_600 }));
    policy("check-small", "At most 1024 bytes.", json!({ "max_bytes": 1_024 }));
    Ok(())
}

// HAIP 1.0 for wallets; the same as the policy that the library calls standard/1.
const POLICY: &str = r#"# Read by the vectors that name it.
name = "standard"
version = 1
leeway_s = 30

[[algorithm]]
name = "ES256"

[[algorithm]]
name = "ES384"

[[algorithm]]
name = "EdDSA"

[sd_jwt_vc]
types = ["dc+sd-jwt"]
credential_types = ["urn:eudi:pid:1"]
key_binding = "required"
key_binding_max_age_s = 300
status = "require"
short_lived = "24h"
hashes = ["sha-256", "sha-384", "sha-512"]
content = "pid"
loa = "high"
notified = true
max_bytes = 524288
"#;

const CARDS: &str = r#"# Cards of the test issuers, in both families.
name = "cards"
version = 1

[cards]

[[cards.algorithm]]
name = "ES256"

[[cards.algorithm]]
name = "ES384"

[[cards.algorithm]]
name = "ES512"

[[cards.algorithm]]
name = "PS256"
until = "2031-01-01T00:00:00Z"

[[cards.algorithm]]
name = "RS256"
until = "2031-01-01T00:00:00Z"

[[cards.rule]]
source = "be"
policies = ["2.16.56.12.1.1.2.2"]
scheme = "be-nrn"
loa = "high"
notified = true

[[cards.rule]]
source = "ee"
policies = ["1.3.6.1.4.1.51361.1.2.1"]
scheme = "ee-pno"
loa = "high"
notified = true

[[cards.rule]]
source = "fi"
policies = ["1.2.246.517.99.10.202.1"]
scheme = "fi-finuid"
loa = "substantial"
notified = false

[web_eid]

[certificate]
"#;
