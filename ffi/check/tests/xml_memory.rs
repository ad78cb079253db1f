//! What hostile XML makes the library hold: never more than eight times its length and 4 MiB. It
//! stands here because only the C interface may have the unsafe code of an allocator that counts.

#![cfg(test)]

use eid_broker::crypto::{Curve, Hash, PublicKey};
use eid_broker::envelope::xml::signature::{SignatureMethod, SignatureRules, verify_enveloped};
use eid_broker::envelope::xml::{Document, Exclusive, Limits, canonicalise};
use eid_broker::verdict::Code;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// Of this thread: others, of the test harness, are none of our business.
thread_local! {
    static HELD: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

fn hold(bytes: usize, sign: i64) {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX).wrapping_mul(sign);
    // Not there any more while the thread ends.
    let held = HELD.try_with(|held| {
        held.set(held.get().wrapping_add(bytes));
        held.get()
    });
    if let Ok(held) = held {
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held)));
    }
}

// SAFETY: every call is handed on unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        hold(layout.size(), 1);
        // SAFETY: the caller keeps the promises of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        hold(layout.size(), -1);
        // SAFETY: `pointer` comes from `System` by one of the calls here.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // Both blocks are there while one is copied to the other.
        hold(new_size, 1);
        hold(layout.size(), -1);
        // SAFETY: `pointer` comes from `System` by one of the calls here.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

/// Most bytes that were held at once beyond those before.
fn peak<T>(operation: impl FnOnce() -> T) -> (i64, T) {
    let before = HELD.get();
    PEAK.set(before);
    let value = operation();
    (PEAK.get().saturating_sub(before), value)
}

// Each begins an element that is not ended, so that more of the same fits behind it, and how often.
struct Shape {
    name: &'static str,
    open: String,
    inside: String,
    close: &'static str,
    // What Limits::MESSAGE says of 120 KiB of it; `None` when that is within them.
    code: Option<Code>,
}

fn shapes() -> Vec<Shape> {
    let shape = |name, open: &str, inside: &str, close, code| Shape {
        name,
        open: open.to_owned(),
        inside: inside.to_owned(),
        close,
        code,
    };
    let attributes: String = (0..64).map(|n| format!(" a{n}=''")).collect();
    let declared: String = (0..64).map(|n| format!(" xmlns:p{n}='urn:{n}'")).collect();
    let uri = "x".repeat(900);
    vec![
        shape("siblings", "<r ID='r'>", "<a/>", "</r>", Some(Code::LimitCount)),
        shape("nested", "<r ID='r'>", "<a>", "", Some(Code::LimitDepth)),
        shape("attributes", "<r ID='r'>", &format!("<a{attributes}/>"), "</r>", None),
        shape("attributes of one", "<r", " a=''", "/>", Some(Code::LimitCount)),
        shape("namespaces", "<r ID='r'>", &format!("<a{declared}/>"), "</r>", None),
        shape(
            "written often",
            &format!("<r ID='r' xmlns:p='urn:{uri}'>"),
            "<p:a/>",
            "</r>",
            Some(Code::LimitCount),
        ),
        shape("references", "<r ID='r'>", "&amp;&#x41;", "</r>", None),
        shape("text", "<r ID='r'>", "long text ", "</r>", Some(Code::LimitSize)),
        shape("comment", "<r ID='r'><!--", "- ", "--></r>", Some(Code::LimitSize)),
        shape("comments", "<r ID='r'>", "<!--x-->", "</r>", None),
        shape("signatures", "<r ID='r'>", SIGNATURE, "</r>", None),
        shape("value", "<r ID='", "long &quot;value", "'/>", Some(Code::LimitSize)),
    ]
}

impl Shape {
    fn of(&self, len: usize) -> String {
        let room = len.saturating_sub(self.open.len()).saturating_sub(self.close.len());
        format!(
            "{}{}{}",
            self.open,
            self.inside.repeat(room.div_euclid(self.inside.len())),
            self.close
        )
    }
}

const SIGNATURE: &str = "<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'><ds:SignedInfo/>\
                         <ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>";

// Everything that is done to a document before a signature holds, and its canonical form.
fn read(document: &[u8], limits: &Limits, key: &PublicKey) -> Result<(), Code> {
    let document = Document::parse(document, limits).map_err(|refused| refused.code())?;
    let _ = canonicalise(document.root(), &Exclusive::new());
    let accepts = |_: SignatureMethod, _: &PublicKey| Ok(());
    let rules = SignatureRules::new(&accepts, &[Hash::Sha256]);
    let _ = verify_enveloped(document.root(), std::slice::from_ref(key), &rules);
    Ok(())
}

fn key() -> PublicKey {
    let key = eid_broker_maker::keys::saml_node_p256().unwrap();
    PublicKey::from_point(Curve::P256, key.public_key()).unwrap()
}

#[test]
fn hostile_xml_holds_eight_times_its_length_and_4_mib_at_most() {
    let key = key();
    for shape in shapes() {
        for len in [1 << 10, 1 << 14, 1 << 17, 1 << 20] {
            // Below this an element of the shape does not fit.
            let document = shape.of(len.max(2_048));
            let (held, _) = peak(|| read(document.as_bytes(), &Limits::LABORATORY, &key));
            let bound = i64::try_from(8 * document.len() + (4 << 20)).unwrap();
            assert!(held <= bound, "{}: {held} bytes for {}", shape.name, document.len());
        }
    }
}

#[test]
fn a_counted_byte_is_a_held_byte() {
    let (held, block) = peak(|| vec![0_u8; 123_456]);
    assert_eq!((held, block.len()), (123_456, 123_456));
}

#[test]
fn limits_of_messages_refuse_what_grows_without_end() {
    let key = key();
    for shape in shapes() {
        let document = shape.of(120 << 10);
        let found = read(document.as_bytes(), &Limits::MESSAGE, &key).err();
        assert_eq!(found, shape.code, "{}", shape.name);
        let document = shape.of(1 << 20);
        let found = read(document.as_bytes(), &Limits::MESSAGE, &key).err();
        assert_eq!(found, Some(Code::LimitSize), "{}", shape.name);
    }
}
