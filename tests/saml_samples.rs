//! Requests beside those that others send: the same elements in the same order, the same attributes.
//!
//! The samples come from public repositories and are read where they lie; without them the test says so.

#![cfg(test)]
#![cfg(all(feature = "cli", feature = "sqlite", feature = "openssl"))]

mod saml_kit;

use eid_broker::broker::ExpectOptions;
use eid_broker::identity::{Country, Family};
use eid_broker_maker::saml::Element;
use eid_broker_maker::saml::read::read;
use eid_broker_maker::saml::request::Request;
use saml_kit::{Folder, PROCEDURE, now};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn corpus(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/saml");
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("ABSENT: {} is not here; nothing was compared", path.display());
    None
}

fn ours(family: Family) -> Element {
    let folder = Folder::saml(&["\"eidas_saml\"", "\"bund_id\""]);
    let mut options = ExpectOptions::default();
    options.country = (family == Family::EidasSaml).then(|| Country::parse("AT").unwrap());
    let expected = folder.broker().expect_with(PROCEDURE, family, &options, now()).unwrap();
    Request::read_post(&expected.request.unwrap().message.unwrap()).unwrap().tree
}

fn local(element: &Element) -> String {
    element.name.rsplit(':').next().unwrap().to_owned()
}

// Every element by its path from the root, and every attribute of it, without signature.
fn paths(element: &Element, at: &str, into: &mut BTreeSet<String>) {
    let at = format!("{at}/{}", local(element));
    into.extend(element.attributes.iter().map(|(name, _)| format!("{at}/@{name}")));
    for child in element.elements().filter(|child| local(child) != "Signature") {
        paths(child, &at, into);
    }
    into.insert(at);
}

// What the sample has and we do not, but for what we leave out on purpose.
fn missing(sample: &Element, ours: &Element, left_out: &[&str]) -> Vec<String> {
    let of = |element| {
        let mut found = BTreeSet::new();
        paths(element, "", &mut found);
        found
    };
    let (sample, ours) = (of(sample), of(ours));
    let known = |path: &&String| !left_out.iter().any(|left| path.contains(left));
    sample.difference(&ours).filter(known).cloned().collect()
}

fn order(element: &Element) -> Vec<String> {
    element.elements().map(local).filter(|name| name != "Signature").collect()
}

// Of two lists the common names stand in the same order.
fn same_order(one: &[String], other: &[String]) -> bool {
    let common = |list: &[String], with: &[String]| {
        list.iter().filter(|name| with.contains(name)).cloned().collect::<Vec<_>>()
    };
    common(one, other) == common(other, one)
}

// The requests of a folder; there are `count` of them where the folder is.
fn samples(folder: &str, count: usize) -> Vec<(String, Element)> {
    let Some(path) = corpus(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        let is_xml = path.extension().is_some_and(|ext| ext == "xml");
        let text = if is_xml { std::fs::read_to_string(&path).unwrap() } else { continue };
        if let Ok(tree) = read(&text)
            && local(&tree) == "AuthnRequest"
        {
            found.push((path.display().to_string(), tree));
        }
    }
    assert_eq!(found.len(), count);
    found
}

#[test]
fn requests_to_bund_id_have_what_others_send() {
    let ours = ours(Family::BundId);
    for (name, sample) in samples("bundid", 2) {
        // An index into metadata that list attributes; ours do not.
        let gap = missing(&sample, &ours, &["@AttributeConsumingServiceIndex"]);
        assert_eq!(gap, Vec::<String>::new(), "{name}");
        assert!(same_order(&order(&sample), &order(&ours)), "{name}");
    }
}

#[test]
fn requests_to_nodes_have_what_others_send() {
    let ours = ours(Family::EidasSaml);
    for (name, sample) in samples("eidas-middleware", 7) {
        // Where the answer goes stands in the metadata; a private service is named on demand; whether
        // the person consents is not ours to say.
        let left_out = [
            "@AssertionConsumerServiceURL",
            "@ProtocolBinding",
            "@Consent",
            "/Scoping",
            "/Conditions",
        ];
        let gap = missing(&sample, &ours, &left_out);
        assert_eq!(gap, Vec::<String>::new(), "{name}");
        // One of them has Scoping before NameIDPolicy, against the schema.
        let orderly = !name.ends_with("RequesterId.xml");
        assert!(!orderly || same_order(&order(&sample), &order(&ours)), "{name}");
    }
}
