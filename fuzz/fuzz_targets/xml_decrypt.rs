//! Any input: no panic, and the same answer twice. What was encrypted comes out as it was; what else
//! comes out of a document that was not made here is a refusal by the table.
#![no_main]

use eid_broker::envelope::xml::encryption::{DecryptionKeys, EncryptionRules, decrypt};
use eid_broker::envelope::xml::{Document, Limits};
use eid_broker_fuzz::{RAW, encryption};

thread_local! {
    static OURS: (DecryptionKeys, EncryptionRules) = (encryption::keys(), encryption::rules());
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((first, rest)) = input.split_first() else { return };
    OURS.with(|(keys, rules)| {
        let made;
        let document = if *first == RAW {
            rest
        } else {
            let Ok(text) = str::from_utf8(rest) else { return };
            made = encryption::encrypted(text, first & 1 == 1);
            made.as_bytes()
        };
        let Ok(document) = Document::parse(document, &Limits::MESSAGE) else { return };
        let open = || decrypt(document.root(), keys, rules);
        let (first_answer, second) = (open(), open());
        match (first_answer, second) {
            (Ok(one), Ok(other)) => {
                assert_eq!(one.octets(), other.octets());
                assert!(*first == RAW || one.octets() == rest);
                let read = one.document(&Limits::MESSAGE).map(|document| document.root().offset());
                let again =
                    other.document(&Limits::MESSAGE).map(|document| document.root().offset());
                assert_eq!(read, again);
            }
            (Err(one), Err(other)) => {
                assert_eq!(one, other);
                assert!(*first == RAW, "what was made here opens");
            }
            _ => panic!("two answers"),
        }
    });
});
