//! The house as its design draws it: which folder may use which, and that the core does no I/O.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders in the order of the design: each may use those above it, never those below.
const ORDER: &[&str] = &[
    "time",
    "verdict",
    "crypto",
    "config",
    "pki",
    "envelope",
    "identity",
    "trust",
    "policy",
    "ports",
    "register",
    "assertion",
    "expectation",
    "token",
    "broker",
    "host",
    "bin",
];

/// Arrows against the order that are meant, and why.
const MEANT: &[(&str, &str, &str)] = &[
    ("crypto", "ports", "sealing takes randomness from the port"),
    ("crypto", "envelope", "a JWK is written in base64url"),
    ("policy", "config", "loading"),
];

/// Files that are compiled for unit tests only.
const TESTS: &[&str] = &["fixture.rs", "properties.rs", "tests.rs"];

fn source(under: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(under);
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ext| ext == "rs")
            && !TESTS.iter().any(|t| path.ends_with(t))
        {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found.sort();
    found
}

fn room(path: &Path) -> String {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The part of a file that is not its unit tests, without comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text);
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The rooms that a text names as `crate::room`.
fn used(text: &str) -> BTreeSet<String> {
    text.split("crate::")
        .skip(1)
        .map(|rest| {
            rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
        })
        .map(|room| if room == "UnixTime" { "time".to_owned() } else { room })
        .filter(|room| ORDER.contains(&room.as_str()))
        .collect()
}

#[test]
fn no_folder_uses_one_below_it() {
    let place = |room: &str| ORDER.iter().position(|other| *other == room);
    let mut wrong = Vec::new();
    for (path, text) in source("src") {
        let here = room(&path);
        if here == "lib" || here == "bin" {
            continue;
        }
        let at = place(&here).unwrap_or_else(|| panic!("{here} has no place in the order"));
        for there in used(&code(&text)) {
            let meant = MEANT.iter().any(|(from, to, _)| *from == here && *to == there);
            if place(&there).unwrap() > at && !meant {
                wrong.push(format!("{} uses {there}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_meant_exception_is_in_use() {
    for (from, to, why) in MEANT {
        let used =
            source(&format!("src/{from}")).iter().any(|(_, text)| used(&code(text)).contains(*to));
        assert!(used, "{from} no longer uses {to} ({why})");
    }
}

#[test]
fn no_family_uses_another() {
    let families: Vec<String> =
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/token"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            // `saml` is what three of them share; it is no family and knows none.
            .filter(|name| name != "saml")
            .collect();
    assert!(families.iter().all(|name| eid_broker::identity::Family::from_name(name).is_some()));
    assert!(!families.is_empty());
    for family in families.iter().map(String::as_str).chain(["saml"]) {
        for (path, text) in source(&format!("src/token/{family}")) {
            for other in families.iter().filter(|other| **other != family) {
                assert!(
                    !text.contains(&format!("token::{other}")),
                    "{} uses {other}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn the_core_does_no_input_or_output() {
    const DENIED: &[&str] = &[
        "std::net",
        "std::fs",
        "std::env",
        "std::process",
        "std::thread::sleep",
        "std::os",
        "SystemTime",
        "Instant::now",
        "std::io",
        "File::",
        "OpenOptions",
        "TcpStream",
        "UdpSocket",
        "println!",
        "eprintln!",
    ];
    let mut wrong = Vec::new();
    for (path, text) in source("src") {
        let here = room(&path);
        if here == "host" || here == "bin" {
            continue;
        }
        let code = code(&text);
        for denied in DENIED.iter().filter(|denied| code.contains(**denied)) {
            wrong.push(format!("{} has {denied}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_rule_would_see_a_breach() {
    assert!(used("use crate::host::Thing;").contains("host"));
    assert!(used("use crate::UnixTime;").contains("time"));
    assert!(!code("fn a() {}\n#[cfg(test)]\nmod tests { use std::fs; }").contains("std::fs"));
}

#[test]
fn shared_types_are_shared() {
    const fn shared<T: Send + Sync>() {}
    shared::<eid_broker::broker::Broker>();
    shared::<eid_broker::assertion::Checker>();
    shared::<eid_broker::trust::TrustStore>();
    shared::<eid_broker::register::Register>();
    shared::<eid_broker::pki::PathCache>();
}
