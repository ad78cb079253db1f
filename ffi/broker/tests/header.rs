//! The committed header against its template, the source and the list of symbols.
//!
//! `UPDATE_HEADER=1 cargo test -p eid-broker-ffi-broker --test header` writes the header anew.

#![cfg(test)]

#[path = "../../tests/header_parts.rs"]
mod header_parts;

use eid_broker_ffi::EIDB_BROKER_ABI;
use header_parts::{exported, prototypes};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const TEMPLATE: &str = include_str!("../header.h.in");
const SYMBOLS: &str = include_str!("../symbols.txt");
const GENERATED: &str = "Generated from header.h.in. Change that, never this file.";

fn header_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/eid_broker.h")
}

fn header() -> String {
    std::fs::read_to_string(header_path()).unwrap()
}

fn generated() -> String {
    TEMPLATE.replace("@GENERATED@", GENERATED).replace("@ABI@", &EIDB_BROKER_ABI.to_string())
}

#[test]
fn the_committed_header_is_the_generated_one() {
    let generated = generated();
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(header_path(), &generated).unwrap();
    }
    let same = header() == generated;
    assert!(same, "run UPDATE_HEADER=1 cargo test -p eid-broker-ffi-broker --test header");
}

#[test]
fn header_source_and_list_name_the_same_functions() {
    let header = header();
    let prototypes: BTreeSet<String> = prototypes(&header).into_iter().map(str::to_owned).collect();
    let listed: BTreeSet<String> = SYMBOLS.lines().map(str::to_owned).collect();
    assert_eq!(prototypes, exported(env!("CARGO_MANIFEST_DIR")));
    assert_eq!(prototypes, listed);
    assert_eq!(SYMBOLS.lines().count(), listed.len(), "a symbol is listed twice");
}

#[test]
fn no_line_is_wider_than_a_screen() {
    for line in header().lines() {
        assert!(line.chars().count() <= 120, "{line}");
        assert!(line.is_ascii() && !line.ends_with(' '), "{line}");
    }
}
