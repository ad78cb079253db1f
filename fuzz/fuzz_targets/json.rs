//! Any input: no panic. What is accepted, serde_json accepts with the same structure, and each string
//! survives being written and read again.
#![no_main]

use eid_broker::envelope::json::{Kind, Limits, Nodes, Value, with, write_str};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut nodes = Nodes::default();
    let Ok(root) = nodes.read(input, Limits::WALLET) else { return };
    match serde_json::from_slice(input) {
        Ok(other) => same(root, &other),
        // Numbers keep their spelling here; serde_json makes doubles of them.
        Err(error) => assert!(error.to_string().starts_with("number out of range"), "{error}"),
    }
});

// Not deeper than the reader allows.
fn same(value: Value<'_>, other: &serde_json::Value) {
    use serde_json::Value as Other;
    match (value.kind(), other) {
        (Kind::Null, Other::Null)
        | (Kind::True, Other::Bool(true))
        | (Kind::False, Other::Bool(false)) => {}
        (Kind::Number, Other::Number(number)) => assert_eq!(value.as_u64(), number.as_u64()),
        (Kind::String, Other::String(text)) => {
            assert_eq!(value.as_str().as_deref(), Some(text.as_str()));
            assert!(value.is(text));
            survives(text);
        }
        (Kind::Array, Other::Array(elements)) => {
            assert_eq!(value.elements().count(), elements.len());
            value.elements().zip(elements).for_each(|(value, other)| same(value, other));
        }
        (Kind::Object, Other::Object(members)) => {
            assert_eq!(value.members().count(), members.len());
            for (name, member) in value.members() {
                let name = name.as_str().expect("a name is a string");
                same(member, &members[name.as_ref()]);
                assert_eq!(value.get(&name).map(|found| found.offset()), Some(member.offset()));
            }
        }
        (kind, other) => panic!("{kind:?} here, there {other:?}"),
    }
}

fn survives(text: &str) {
    let mut written = Vec::new();
    write_str(&mut written, text);
    let again = with(&written, Limits::OWN, |value| Ok(value.is(text)));
    assert!(again.is_ok_and(|same| same));
}
