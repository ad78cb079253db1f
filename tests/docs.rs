//! The documents name what is there: files, refusals and checks; and the README's example is the one
//! that is compiled.

#![cfg(test)]

use eid_broker::verdict::{Check, Code};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<(PathBuf, String)> {
    let own =
        ["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|f| root().join(f));
    let more = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    own.into_iter()
        .chain(more)
        .filter(|path| path.extension().is_some_and(|ext| ext == "md"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path, text)
        })
        .collect()
}

/// What stands between single backquotes, outside of code blocks.
fn quoted(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut inside_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside_block = !inside_block;
        } else if !inside_block && !line.starts_with("    ") {
            found.extend(line.split('`').skip(1).step_by(2));
        }
    }
    found
}

#[test]
fn every_file_that_is_named_exists() {
    const FOLDERS: &[&str] =
        &["src/", "tests/", "docs/", "ffi/", "scripts/", "examples/", "test-vectors/"];
    let mut missing = Vec::new();
    for (document, text) in documents() {
        for name in quoted(&text) {
            let named = FOLDERS.iter().any(|folder| name.starts_with(folder));
            if named && !name.contains([' ', '<', '*']) && !root().join(name).exists() {
                missing.push(format!("{}: {name}", document.display()));
            }
        }
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap_or_default();
            let here = document.parent().unwrap().join(target);
            if !target.is_empty() && !target.contains("://") && !here.exists() {
                missing.push(format!("{}: link {target}", document.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_refusal_and_check_that_is_named_exists() {
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    let checks: BTreeSet<&str> = Check::ALL.iter().map(|check| check.name()).collect();
    let topics: BTreeSet<&str> = codes.iter().filter_map(|code| code.split('.').next()).collect();
    // Files and events whose first part is a topic as well.
    const OTHERS: &[&str] = &["assertion.issued", "policy.toml", "trust.toml"];
    let mut unknown = Vec::new();
    for (document, text) in documents() {
        for name in quoted(&text) {
            let Some((topic, reason)) = name.split_once('.') else { continue };
            let plain = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '-' | '*');
            if !topics.contains(topic) || !reason.chars().all(plain) || OTHERS.contains(&name) {
                continue;
            }
            if reason != "*" && !codes.contains(name) && !checks.contains(name) {
                unknown.push(format!("{}: {name}", document.display()));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn the_changelog_lists_every_refusal() {
    let text = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let named: BTreeSet<&str> = quoted(&text).into_iter().collect();
    let missing: Vec<&str> =
        Code::ALL.iter().map(|code| code.name()).filter(|code| !named.contains(code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_example_of_the_readme_is_the_compiled_one() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let example = readme.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
    let front = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let compiled: Vec<&str> = front
        .lines()
        .map(|line| line.strip_prefix("//!").unwrap_or(line))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .filter(|line| !line.starts_with("# "))
        .collect();
    assert!(compiled.join("\n").contains(example.trim()), "{example}");
}

#[test]
fn limits_that_the_library_shows_are_those_of_the_document() {
    use eid_broker::envelope::{jose, json};
    use eid_broker::{expectation, host, identity, pki, policy, token};
    let text = fs::read_to_string(root().join("docs/limits.md")).unwrap();
    let row = |start: &str, value: &str| {
        let line = text.lines().find(|line| line.starts_with(&format!("| {start}")));
        let line = line.unwrap_or_else(|| panic!("no row {start}"));
        assert!(line.contains(value), "{line}: {value}");
    };
    let kib = |bytes: usize| format!("{} KiB", bytes / 1024);
    let standard = policy::SdJwtVcPolicy::standard();
    row("wallet presentation", &kib(standard.max_bytes.try_into().unwrap()));
    row("disclosures", &token::sd_jwt_vc::parse::MAX_DISCLOSURES.to_string());
    row("nationalities", &token::sd_jwt_vc::map::MAX_NATIONALITIES.to_string());
    row("text attribute", &identity::Text::MAX_CHARS.to_string());
    row("nesting", &format!("| {} | {} |", json::Limits::OWN.depth, json::Limits::WALLET.depth));
    row(
        "members of one object",
        &format!("| {} | {} |", json::Limits::OWN.members, json::Limits::WALLET.members),
    );
    row(
        "values and member names",
        &format!("| {} | {} |", json::Limits::OWN.nodes, json::Limits::WALLET.nodes),
    );
    row("JWK set", &format!("{} keys", jose::MAX_KEYS));
    row("RSA modulus", &eid_broker::crypto::RSA_MIN_BITS.to_string());
    row("RSA modulus", &eid_broker::crypto::RSA_MAX_BITS.to_string());
    let certificate = pki::der::Limits::CERTIFICATE;
    row(
        "certificate, DER",
        &format!(
            "{}, nesting {}, {} elements",
            kib(certificate.size),
            certificate.depth,
            certificate.count
        ),
    );
    row("verified paths", &pki::PathCache::DEFAULT_CAPACITY.to_string());
    row("audit record ", &kib(host::RECORD_MAX_LEN));
    assert_eq!(host::REPLAY_CAPACITY, 1_000_000);
    row("replay store", "1 000 000 live entries by default");
    assert_eq!(expectation::LIFETIME_S, 30..=3_600);
    row("life of an expectation", "30 s to 1 h by the library");
}
