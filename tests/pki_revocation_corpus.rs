//! CRLs of the PKITS corpus, read in place. Without the corpus the test says so and passes.

#![cfg(test)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker::UnixTime;
use eid_broker::crypto::{PublicKey, Scheme};
use eid_broker::pki::{
    Anchor, Certificate, Conformance, Crl, Evidence, Order, PathRequest, Profile, Purpose,
    RevocationRequest, RevocationRule, RevocationRules, Standing, check_revocation, parse_pem_many,
    verify_path,
};
use eid_broker::verdict::{Code, Refusal};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;

fn corpus(path: &str) -> Option<Vec<u8>> {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/x509").join(path);
    std::fs::read(&full).ok()
}

fn any_algorithm(_: Scheme, _: &PublicKey) -> Result<(), Code> {
    Ok(())
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
}

enum Outcome {
    NoPath,
    Revocation(Result<Standing, Refusal>),
}

fn ask(test: &Value, anchor: &Anchor) -> Outcome {
    let certificate =
        |name: &str| Certificate::parse(&corpus(&format!("pkits/certs/{name}")).unwrap());
    let names = std::iter::once(test["target"].as_str().unwrap()).chain(strings(&test["certs"]));
    let presented: Result<Vec<Certificate>, _> = names.map(certificate).collect();
    let presented = match presented {
        Ok(presented) => presented,
        Err(_) => return Outcome::NoPath,
    };
    let names = strings(&test["crls"]);
    // A list that cannot be read is as good as none.
    let crls: Vec<Crl> = names
        .iter()
        .filter_map(|name| Crl::parse(&corpus(&format!("pkits/crls/{name}")).unwrap()).ok())
        .collect();
    let now = UnixTime::from_rfc3339(test["time"].as_str().unwrap()).unwrap();
    let anchors = [anchor.clone()];
    let request = PathRequest::new(&presented, Order::Unordered, &anchors, now, &any_algorithm);
    let path = match verify_path(&request) {
        Ok(path) => path,
        Err(_) => return Outcome::NoPath,
    };
    let mut evidence = Evidence::crls(&crls);
    evidence.certificates = &presented;
    let rules = RevocationRules::new(RevocationRule::Require);
    let request = RevocationRequest::new(&path, evidence, &rules, now, &any_algorithm);
    Outcome::Revocation(check_revocation(&request))
}

fn code(outcome: &Result<Standing, Refusal>) -> Option<Code> {
    outcome.as_ref().err().map(Refusal::code)
}

#[test]
fn pkits_crls_are_judged_as_the_suite_says() {
    let Some(manifest) = corpus("pkits/manifest.json") else {
        eprintln!("ABSENT: corpus file pkits/manifest.json; nothing was tested");
        return;
    };
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let root = corpus("pkits/certs/TrustAnchorRootCertificate.crt").unwrap();
    let mut profile = Profile::general(Purpose::Any);
    profile.conformance = Conformance::NotRequired;
    let anchor = Anchor::new(Certificate::parse(&root).unwrap(), Arc::new(profile), "pkits".into());
    let (mut judged, mut without_path, mut wrong) = (0, 0, Vec::new());
    for test in manifest["tests"].as_array().unwrap() {
        let number = test["pkits"].as_str().unwrap();
        let reason = test["reason"].as_str();
        let outcome = match ask(test, &anchor) {
            Outcome::Revocation(outcome) => outcome,
            Outcome::NoPath => {
                // Paths are the matter of another test.
                without_path += 1;
                continue;
            }
        };
        judged += 1;
        let right = match (reason, &outcome) {
            (None, Ok(Standing::Good(_))) => true,
            (Some("revoked"), Err(refusal)) => refusal.code() == Code::StatusRevoked,
            (Some("no-usable-revocation-information"), Err(refusal)) => {
                refusal.code() != Code::StatusRevoked
            }
            (Some("path-invalid"), _) => true,
            _ => false,
        };
        // Some whose code says more than that they are refused.
        let right = right
            && match number {
                "4.4.11" | "4.4.12" => code(&outcome) == Some(Code::StatusStale),
                "4.4.21" | "4.7.4" | "4.7.5" => code(&outcome) == Some(Code::RevocationUntrusted),
                "4.14.11" | "4.14.12" | "4.14.14" | "4.14.17" => {
                    code(&outcome) == Some(Code::StatusScope)
                }
                "4.15.1" => code(&outcome) == Some(Code::RevocationDelta),
                _ => true,
            };
        if !right {
            wrong.push(number);
        }
    }
    eprintln!("{judged} judged, {without_path} without a path");
    assert!(judged >= 76, "{judged}");
    assert_eq!(wrong, Vec::<&str>::new());
}

#[test]
fn pkits_crls_are_read() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/x509/pkits/crls");
    let Ok(files) = std::fs::read_dir(folder) else {
        eprintln!("ABSENT: corpus folder pkits/crls; nothing was tested");
        return;
    };
    let mut refused: Vec<(String, Code)> = Vec::new();
    for file in files {
        let file = file.unwrap();
        if let Err(refusal) = Crl::parse(&std::fs::read(file.path()).unwrap()) {
            refused.push((file.file_name().into_string().unwrap(), refusal.code()));
        }
    }
    refused.sort();
    // The bad signature is one of some bits that make no whole bytes.
    let expected = [
        ("BadCRLSignatureCACRL.crl".to_owned(), Code::RevocationMalformed),
        ("UnknownCRLExtensionCACRL.crl".to_owned(), Code::RevocationCriticalExtension),
    ];
    assert_eq!(refused, expected);
}

#[test]
fn limbo_crls_are_judged_as_the_suite_says() {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let Ok(suite) = std::fs::read(full.join("../shared/corpus/x509/limbo/limbo.json")) else {
        eprintln!("ABSENT: corpus file limbo/limbo.json; nothing was tested");
        return;
    };
    let suite: Value = serde_json::from_slice(&suite).unwrap();
    let pem = |value: &Value| -> Vec<Certificate> {
        let texts: Vec<&str> = value
            .as_str()
            .into_iter()
            .chain(value.as_array().into_iter().flatten().filter_map(Value::as_str))
            .collect();
        parse_pem_many(texts.join("\n").as_bytes()).unwrap()
    };
    let mut profile = Profile::general(Purpose::Any);
    profile.conformance = Conformance::NotRequired;
    let profile = Arc::new(profile);
    let mut judged = 0;
    for case in suite["testcases"].as_array().unwrap() {
        let lists = strings(&case["crls"]);
        if lists.is_empty() {
            continue;
        }
        let anchors: Vec<Anchor> = pem(&case["trusted_certs"])
            .into_iter()
            .map(|one| Anchor::new(one, Arc::clone(&profile), "limbo".into()))
            .collect();
        let mut presented = pem(&case["peer_certificate"]);
        presented.extend(pem(&case["untrusted_intermediates"]));
        let now = case["validation_time"].as_str().unwrap_or("2026-06-01T00:00:00Z");
        let now = UnixTime::from_rfc3339(now).unwrap();
        let accepts = &any_algorithm;
        let request = PathRequest::new(&presented, Order::Unordered, &anchors, now, accepts);
        let path = verify_path(&request).unwrap();
        let crls: Vec<Crl> = lists
            .iter()
            .filter_map(|text| {
                let body: String = text.lines().filter(|line| !line.starts_with("---")).collect();
                Crl::parse(&STANDARD.decode(body).unwrap()).ok()
            })
            .collect();
        let rules = RevocationRules::new(RevocationRule::Require);
        let request =
            RevocationRequest::new(&path, Evidence::crls(&crls), &rules, now, &any_algorithm);
        let outcome = check_revocation(&request);
        let good = matches!(outcome, Ok(Standing::Good(_)));
        assert_eq!(good, case["expected_result"] == "SUCCESS", "{}: {outcome:?}", case["id"]);
        judged += 1;
    }
    assert!(judged >= 5, "{judged}");
}
