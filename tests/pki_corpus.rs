//! Certificates and paths of the shared corpus, read in place. Without the corpus each test says so
//! and passes.

#![cfg(test)]

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use eid_broker::UnixTime;
use eid_broker::crypto::{PublicKey, Scheme};
use eid_broker::pki::{
    Anchor, Certificate, Conformance, Oid, Order, PathRequest, PolicyInputs, Profile, Purpose,
    ValidatedPath, parse_pem_many, verify_path,
};
use eid_broker::verdict::{Code, Refusal};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;

fn corpus(path: &str) -> Option<Vec<u8>> {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus").join(path);
    let bytes = std::fs::read(&full).ok();
    if bytes.is_none() {
        eprintln!("ABSENT: corpus file {path}; nothing was tested");
    }
    bytes
}

fn json(path: &str) -> Option<Value> {
    corpus(path).map(|bytes| serde_json::from_slice(&bytes).unwrap())
}

fn any_algorithm(_: Scheme, _: &PublicKey) -> Result<(), Code> {
    Ok(())
}

fn path(
    presented: &[Certificate],
    order: Order,
    anchors: &[Anchor],
    now: UnixTime,
) -> Result<ValidatedPath, Refusal> {
    verify_path(&PathRequest::new(presented, order, anchors, now, &any_algorithm))
}

fn anchors(certificates: Vec<Certificate>, profile: Profile) -> Vec<Anchor> {
    let profile = Arc::new(profile);
    certificates
        .into_iter()
        .map(|c| Anchor::new(c, Arc::clone(&profile), "corpus".into()))
        .collect()
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
}

// --- limbo ---------------------------------------------------------------------------------------

/// Cases that need neither CRLs nor names of peers nor the caller's depth; the runner has them all.
fn limbo_is_in_scope(case: &Value) -> bool {
    let id = case["id"].as_str().unwrap();
    let features = strings(&case["features"]);
    let wanted = ["rfc5280::", "pathlen::", "pathological::", "cve::"];
    wanted.iter().any(|namespace| id.starts_with(namespace))
        && !features.contains(&"max-chain-depth")
        && id != "rfc5280::ca-as-leaf-wrong-san"
}

fn limbo_verdict(case: &Value) -> Result<(), Refusal> {
    let mut presented = parse_pem_many(case["peer_certificate"].as_str().unwrap().as_bytes())?;
    for pem in strings(&case["untrusted_intermediates"]) {
        presented.extend(parse_pem_many(pem.as_bytes())?);
    }
    let mut trusted = Vec::new();
    for pem in strings(&case["trusted_certs"]) {
        trusted.extend(parse_pem_many(pem.as_bytes())?);
    }
    let purposes: Vec<Oid> = strings(&case["extended_key_usage"])
        .into_iter()
        .map(|name| match name {
            "serverAuth" => "1.3.6.1.5.5.7.3.1",
            "clientAuth" => "1.3.6.1.5.5.7.3.2",
            other => panic!("{other}"),
        })
        .map(|dotted| Oid::from_dotted(dotted).unwrap())
        .collect();
    let purpose = if purposes.is_empty() { Purpose::Any } else { Purpose::IfPresent(purposes) };
    let time = case["validation_time"].as_str().unwrap_or("2026-06-01T00:00:00Z");
    let now = UnixTime::from_rfc3339(time).unwrap();
    path(&presented, Order::Unordered, &anchors(trusted, Profile::general(purpose)), now).map(drop)
}

#[test]
fn agrees_with_limbo() {
    let Some(suite) = json("x509/limbo/limbo.json") else { return };
    let (mut right, mut wrong) = (0, Vec::new());
    for case in suite["testcases"].as_array().unwrap().iter().filter(|c| limbo_is_in_scope(c)) {
        let id = case["id"].as_str().unwrap();
        let verdict = limbo_verdict(case);
        if verdict.is_ok() == (case["expected_result"] == "SUCCESS") {
            right += 1;
        } else {
            wrong.push(format!("{id}: {verdict:?}"));
        }
    }
    eprintln!("limbo: {right} right, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn gives_limbo_cases_the_code_of_their_reason() {
    let Some(suite) = json("x509/limbo/limbo.json") else { return };
    for (id, code) in [
        ("pathlen::intermediate-violates-pathlen-0", Code::ChainPathLength),
        ("pathlen::intermediate-pathlen-too-long", Code::ChainPathLength),
        ("pathological::nc-dos-2", Code::LimitCount),
        ("pathological::pathological-chain-same-subject-same-key", Code::LimitWork),
        ("rfc5280::aki::leaf-missing-aki", Code::ChainProfile),
        ("rfc5280::chain-untrusted-root", Code::KeyUntrusted),
        ("rfc5280::eku::ee-wrong-eku", Code::ChainPurpose),
        ("rfc5280::intermediate-ca-without-ca-bit", Code::ChainNotCa),
        ("rfc5280::leaf-ku-keycertsign", Code::ChainKeyUsage),
        ("rfc5280::mismatching-signature-algorithm", Code::CertMalformed),
        ("rfc5280::nc::excluded-dn-match-sub-mismatch", Code::ChainNameConstraint),
        ("rfc5280::nc::invalid-dnsname-wildcard", Code::ChainNameConstraintUnsupported),
        ("rfc5280::serial::negative", Code::CertMalformed),
        ("rfc5280::ski::critical-ski", Code::ChainCriticalExtension),
        ("rfc5280::unknown-critical-extension-ee", Code::ChainCriticalExtension),
        ("rfc5280::unknown-critical-extension-root", Code::ChainCriticalExtension),
        ("rfc5280::validity::expired-intermediate", Code::ChainExpired),
        ("rfc5280::validity::expired-root", Code::ChainExpired),
        ("rfc5280::validity::not-yet-valid-1-second", Code::ChainNotYetValid),
    ] {
        let cases = suite["testcases"].as_array().unwrap();
        let case = cases.iter().find(|case| case["id"] == id).unwrap();
        assert_eq!(limbo_verdict(case).unwrap_err().code(), code, "{id}");
    }
}

// --- PKITS ---------------------------------------------------------------------------------------

#[test]
fn agrees_with_pkits_where_revocation_does_not_decide() {
    let Some(suite) = json("x509/pkits/manifest.json") else { return };
    let certificate = |name: &str| corpus(&format!("x509/pkits/certs/{name}")).unwrap();
    let root = Certificate::parse(&certificate("TrustAnchorRootCertificate.crt")).unwrap();
    let (mut right, mut elsewhere, mut wrong) = (0, 0, Vec::new());
    for test in suite["tests"].as_array().unwrap() {
        let number = test["pkits"].as_str().unwrap();
        let reason = test["reason"].as_str().unwrap_or_default();
        let of_a_crl = ["4.4.11", "4.4.12"].contains(&number);
        if of_a_crl || ["revoked", "no-usable-revocation-information"].contains(&reason) {
            elsewhere += 1;
            continue;
        }
        // NIST tests the algorithm of 6.1 alone, and its CAs do not conform to 4.2.1.11.
        let mut profile = Profile::general(Purpose::Any);
        profile.conformance = Conformance::NotRequired;
        let initial = &test["initial"];
        let set = strings(&initial["policy_set"]);
        profile.policies = PolicyInputs {
            policy_set: (set != ["any"])
                .then(|| set.into_iter().map(|oid| Oid::from_dotted(oid).unwrap()).collect()),
            explicit_policy: initial["explicit_policy"].as_bool().unwrap(),
            policy_mapping_inhibit: initial["policy_mapping_inhibit"].as_bool().unwrap(),
            any_policy_inhibit: initial["any_policy_inhibit"].as_bool().unwrap(),
        };
        let anchors = anchors(vec![root.clone()], profile);
        let names = [test["target"].as_str().unwrap()].into_iter().chain(strings(&test["certs"]));
        let now = UnixTime::from_rfc3339(test["time"].as_str().unwrap()).unwrap();
        let verdict = names
            .map(|name| Certificate::parse(&certificate(name)))
            .collect::<Result<Vec<_>, _>>()
            .and_then(|presented| path(&presented, Order::Unordered, &anchors, now));
        // DSA is not supported, and says so.
        let expected = test["expected"] == "ok" && test["needs_dsa"] != true;
        if verdict.is_ok() == expected {
            right += 1;
        } else {
            wrong.push(format!("{number} {}: {:?}", test["name"], verdict.err()));
        }
    }
    eprintln!("pkits: {right} right, {elsewhere} decided by revocation, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

// --- weak keys -----------------------------------------------------------------------------------

#[test]
fn agrees_with_the_weak_key_vectors() {
    let Some(suite) = json("x509/weak-keys/vectors.json") else { return };
    let decode = |text: &Value| STANDARD.decode(text.as_str().unwrap()).unwrap();
    let (mut right, mut wrong) = (0, Vec::new());
    for vector in suite["vectors"].as_array().unwrap() {
        let case = vector["case"].as_str().unwrap();
        let anchor = Certificate::parse(&decode(&vector["anchor"])).unwrap();
        let presented: Result<Vec<_>, _> = vector["chain"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| Certificate::parse(&decode(c)))
            .collect();
        let mut profile = Profile::general(Purpose::Any);
        profile.conformance = Conformance::NotRequired;
        let now = UnixTime::from_rfc3339(vector["time"].as_str().unwrap()).unwrap();
        let verdict = presented
            .and_then(|chain| path(&chain, Order::Unordered, &anchors(vec![anchor], profile), now))
            .map_err(|refusal| refusal.code());
        let expected = vector["expected"].as_str().unwrap();
        let agrees = match expected {
            "accept" => verdict.is_ok(),
            "refuse:weak-key" => matches!(verdict, Err(Code::KeyRoca | Code::KeyWeak)),
            "refuse:malformed" => matches!(verdict, Err(Code::KeyMalformed | Code::CertMalformed)),
            "refuse:signature" => matches!(verdict, Err(Code::ChainSignature)),
            "refuse:unsupported" => {
                use Code::{CertUnsupported, KeyExplicitParameters, KeyUnsupported};
                matches!(verdict, Err(CertUnsupported | KeyExplicitParameters | KeyUnsupported))
            }
            "accept-or-refuse:unsupported" => {
                verdict.is_ok() || matches!(verdict, Err(Code::KeyUnsupported))
            }
            other => panic!("{other}"),
        };
        if agrees {
            right += 1;
        } else {
            wrong.push(format!("{case}: {expected}, got {verdict:?}"));
        }
    }
    eprintln!("weak keys: {right} right, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

// --- the wallet's issuer -------------------------------------------------------------------------

fn wallet() -> Option<(Certificate, Certificate, UnixTime)> {
    let sample = json("wallet/sdjwt/made/pid-all-attributes.json")?;
    let header = sample["presentation"].as_str().unwrap().split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    let leaf = STANDARD.decode(header["x5c"][0].as_str().unwrap()).unwrap();
    let anchor = parse_pem_many(sample["trust_anchor_pem"].as_str().unwrap().as_bytes()).unwrap();
    let now = UnixTime::from_secs(sample["now"].as_u64().unwrap());
    Some((Certificate::parse(&leaf).unwrap(), anchor[0].clone(), now))
}

#[test]
fn accepts_the_wallet_issuer_under_its_iaca() {
    let Some((leaf, iaca, now)) = wallet() else { return };
    let mdl_signer = Oid::from_dotted("1.0.18013.5.1.2").unwrap();
    let profile = Profile::iso_iaca(Purpose::IfPresent(vec![mdl_signer.clone()]));
    let good = path(
        std::slice::from_ref(&leaf),
        Order::Chain,
        &anchors(vec![iaca.clone()], profile.clone()),
        now,
    )
    .unwrap();
    assert_eq!(good.country(), Some(*b"DE"));
    assert_eq!(good.certificates().len(), 1);
    assert!(good.is_valid_at(leaf.not_after()) && !good.is_valid_at(leaf.not_after().plus(1)));

    let strict =
        anchors(vec![iaca.clone()], Profile::iso_iaca(Purpose::Required(vec![mdl_signer])));
    let refusal = path(std::slice::from_ref(&leaf), Order::Chain, &strict, now).unwrap_err();
    assert_eq!(refusal.code(), Code::ChainPurpose);

    let with_anchor = [leaf, iaca.clone()];
    let refusal = path(&with_anchor, Order::Chain, &anchors(vec![iaca], profile), now).unwrap_err();
    assert_eq!((refusal.code(), refusal.place().index), (Code::ChainAnchorIncluded, Some(1)));
}

#[test]
fn refuses_every_truncation_and_survives_every_flipped_bit() {
    let Some((leaf, _, _)) = wallet() else { return };
    let der = leaf.der();
    for len in 0..der.len() {
        let refusal = Certificate::parse(&der[..len]).unwrap_err();
        assert_eq!(refusal.code(), Code::CertMalformed, "{len}");
    }
    for at in 0..der.len() {
        for bit in 0..8 {
            let mut altered = der.to_vec();
            altered[at] ^= 1 << bit;
            if let Ok(parsed) = Certificate::parse(&altered) {
                let _ = parsed.public_key().is_ok();
                assert_ne!(parsed, leaf);
            }
        }
    }
}
