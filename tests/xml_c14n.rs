//! Exclusive canonicalisation by the cases of `test-vectors/c14n`.

#![cfg(test)]

use eid_broker::envelope::xml::{
    Document, Element, Exclusive, Limits, canonicalise, canonicalise_document,
};
use serde_json::Value;
use std::path::Path;

#[test]
fn every_case_gives_the_octets_that_two_others_agreed_on() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/c14n");
    let read = |name: &Value| std::fs::read(folder.join(name.as_str().unwrap())).unwrap();
    let cases: Value = serde_json::from_slice(&read(&Value::from("vectors.json"))).unwrap();
    let cases = cases.as_array().unwrap();
    assert_eq!(cases.len(), 40);
    // One of the cases nests deeper than a message may.
    let mut limits = Limits::LABORATORY;
    limits.depth = 1_000;
    for case in cases {
        let (input, expected) = (read(&case["input"]), read(&case["expected"]));
        let document = Document::parse(&input, &limits).unwrap();
        let prefixes: Vec<&str> =
            case["prefix_list"].as_str().unwrap().split_whitespace().collect();
        let mut how = Exclusive::new().with_prefixes(&prefixes);
        if case["with_comments"].as_bool().unwrap() {
            how = how.with_comments();
        }
        let written = match case["target_id"].as_str().filter(|id| !id.is_empty()) {
            None => canonicalise_document(&document, &how),
            Some(id) => canonicalise(by_id(document.root(), id), &how),
        };
        let written = written.unwrap();
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        assert_eq!(text(&written), text(&expected), "{}", case["name"]);
    }
}

fn by_id<'d, 'a>(root: Element<'d, 'a>, id: &str) -> Element<'d, 'a> {
    let mut waiting = vec![root];
    while let Some(element) = waiting.pop() {
        if element.attribute("ID") == Some(id) {
            return element;
        }
        waiting.extend(element.children());
    }
    panic!("no element has the ID {id}");
}
