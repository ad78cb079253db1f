//! Any input: no panic, and the same twice. What is accepted is one item whose parts are whole: each of
//! them is read again from its own octets as the same, and no map has a key twice.
#![no_main]

use eid_broker::envelope::cbor::{Encoding, Kind, Limits, Nodes, Value};
use std::collections::BTreeSet;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut nodes = Nodes::default();
    let Ok(root) = nodes.read(input, Limits::WALLET) else { return };
    assert_eq!(root.octets(), input);
    whole(root);
    // What is in the shortest form is accepted without that demand, and is the same.
    let mut shortest = Nodes::default();
    let limits = Limits::WALLET.in_encoding(Encoding::Shortest);
    if let Ok(again) = shortest.read(input, limits) {
        assert_eq!((again.kind(), again.len()), (root.kind(), root.len()));
    }
});

// Not deeper than the reader allows.
fn whole(value: Value<'_, '_>) {
    let mut nodes = Nodes::default();
    let again = nodes.read(value.octets(), Limits::WALLET).expect("a part is an item");
    assert_eq!((again.kind(), again.len()), (value.kind(), value.len()));
    assert_eq!(again.as_bytes(), value.as_bytes());
    assert_eq!(again.as_str(), value.as_str());
    assert_eq!(again.as_i64(), value.as_i64());
    if value.kind() == Kind::Array {
        assert_eq!(value.elements().count(), value.len());
        let octets: usize = value.elements().map(|element| element.octets().len()).sum();
        assert!(octets < value.octets().len());
        value.elements().take(64).for_each(whole);
    }
    let mut keys = BTreeSet::new();
    for (key, member) in value.entries().take(64) {
        assert!(
            keys.insert((key.kind(), key.as_i64(), key.as_str(), key.as_bytes()))
                || key.as_i64().is_none()
        );
        if let Some(name) = key.as_str() {
            assert_eq!(value.get(name).map(|found| found.offset()), Some(member.offset()));
        }
        whole(member);
    }
}
