//! The committed header against the refusal table, the source and the list of symbols.
//!
//! `UPDATE_HEADER=1 cargo test -p eid-broker-ffi-check --test header` writes the header anew.

#![cfg(test)]

#[path = "../../tests/header_parts.rs"]
mod header_parts;

use eid_broker::verdict::Code;
use eid_check::EIDB_CHECK_ABI;
use header_parts::{exported, prototypes};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const TEMPLATE: &str = include_str!("../header.h.in");
const SYMBOLS: &str = include_str!("../symbols.txt");
const GENERATED: &str =
    "Generated from header.h.in and the refusal table. Change those, never this file.";

fn header_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/eid_check.h")
}

fn header() -> String {
    std::fs::read_to_string(header_path()).unwrap()
}

fn constant(code: Code) -> String {
    format!("EIDB_{}", code.name().replace('.', "_").to_ascii_uppercase())
}

fn generated() -> String {
    let mut constants = String::new();
    let mut step = 0;
    for code in Code::ALL {
        if code.number() / 1000 != step {
            step = code.number() / 1000;
            let title = match step {
                1 => "1000: token and format",
                2 => "2000: trust and chain",
                3 => "3000: verification",
                4 => "4000: identity",
                5 => "5000: register",
                6 => "6000: issuing an assertion",
                8 => "8000: undecided; repeat after repair",
                9 => "9000: errors of the calling program, and 9999",
                _ => panic!("name the step {step}"),
            };
            writeln!(constants, "/* --- {title} --- */\n").unwrap();
        }
        writeln!(constants, "/* {} */", code.meaning()).unwrap();
        writeln!(constants, "#define {} {}u\n", constant(*code), code.number()).unwrap();
    }
    TEMPLATE
        .replace("@GENERATED@", GENERATED)
        .replace("@ABI@", &EIDB_CHECK_ABI.to_string())
        .replace("@CONSTANTS@\n", &constants)
}

#[test]
fn the_committed_header_is_the_generated_one() {
    let generated = generated();
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(header_path(), &generated).unwrap();
    }
    let same = header() == generated;
    assert!(same, "run UPDATE_HEADER=1 cargo test -p eid-broker-ffi-check --test header");
}

#[test]
fn every_row_of_the_table_has_one_constant_of_its_number() {
    let header = header();
    let mut defined: Vec<(&str, &str)> =
        header.lines().filter_map(|line| line.strip_prefix("#define ")?.split_once(' ')).collect();
    for code in Code::ALL {
        let (name, value) = (constant(*code), format!("{}u", code.number()));
        let before = defined.len();
        defined.retain(|entry| *entry != (name.as_str(), value.as_str()));
        assert_eq!(before - defined.len(), 1, "{name}");
    }
    let rest: Vec<&str> = defined.iter().map(|(name, _)| *name).collect();
    let own = [
        "EIDB_CHECK_ABI",
        "EIDB_ACCEPTED",
        "EIDB_OK",
        "EIDB_LOA_LOW",
        "EIDB_LOA_SUBSTANTIAL",
        "EIDB_LOA_HIGH",
        "EIDB_CHECK_LEDGER_CAP",
    ];
    assert_eq!(rest, own);
    assert!(defined.contains(&("EIDB_ACCEPTED", "0x45494401u")));
    assert_eq!(eid_check::EIDB_ACCEPTED, 0x4549_4401);
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

#[test]
fn no_text_ends_a_comment() {
    assert!(Code::ALL.iter().all(|code| !code.meaning().contains("*/")));
}
