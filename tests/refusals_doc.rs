//! `docs/refusals.md` says what the refusal table says: every row once, in order, and nothing else.

#![cfg(test)]

use eid_broker::verdict::Code;
use std::fs;
use std::path::Path;

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/refusals.md");
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_table_of_the_document_has_every_row_in_order() {
    let document = document();
    let found: Vec<&str> =
        document.lines().filter(|line| line.contains("](#") && line.starts_with("| ")).collect();
    let wanted: Vec<String> = Code::ALL
        .iter()
        .map(|code| {
            let anchor = code.name().replace('.', "");
            format!(
                "| {} | [`{}`](#{anchor}) | {} | {} | {} |",
                code.number(),
                code.name(),
                code.meaning(),
                code.advice(),
                code.clause()
            )
        })
        .collect();
    assert_eq!(found, wanted, "run `make docs`");
}

#[test]
fn the_document_has_one_section_for_each_row_and_no_other() {
    let document = document();
    let found: Vec<String> = document
        .split("\n### ")
        .skip(1)
        .map(|section| section.split("\n## ").next().unwrap_or(section).trim().to_owned())
        .collect();
    let wanted: Vec<String> = Code::ALL
        .iter()
        .map(|code| {
            format!(
                "{}\n\n{} Number {}.\n\n* What to do: {}\n* Clause: {}",
                code.name(),
                code.meaning(),
                code.number(),
                code.advice(),
                code.clause()
            )
        })
        .collect();
    assert_eq!(found, wanted, "run `make docs`");
}

#[test]
fn no_text_of_the_table_breaks_a_markdown_row() {
    for code in Code::ALL {
        for text in [code.name(), code.meaning(), code.advice(), code.clause()] {
            assert!(!text.contains(['|', '\n', '<']), "{}", code.name());
        }
    }
}
