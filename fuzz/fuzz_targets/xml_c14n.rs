//! Any input: no panic. What is read, roxmltree reads too; its canonical form is read again, is its own
//! canonical form, and is the same tree for roxmltree as for us.
#![no_main]

use eid_broker::envelope::xml::{
    Document, Element, Exclusive, Limits, canonicalise, canonicalise_document,
};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(document) = Document::parse(input, &Limits::MESSAGE) else { return };
    let text = std::str::from_utf8(input).expect("it was read");
    assert!(roxmltree::Document::parse(text).is_ok(), "read here alone");

    let how = Exclusive::new().with_comments();
    let Ok(form) = canonicalise_document(&document, &how) else { return };
    // A form may be longer than a document may be.
    let Ok(again) = Document::parse(&form, &Limits::LABORATORY) else {
        panic!("a canonical form is no document");
    };
    assert_eq!(canonicalise_document(&again, &how).as_ref(), Ok(&form));
    let judge = std::str::from_utf8(&form).expect("UTF-8");
    let judge = roxmltree::Document::parse(judge).expect("a canonical form is a document");
    same(again.root(), judge.root_element());

    // Without comments, and with prefixes that are there or not.
    let bare = canonicalise(document.root(), &Exclusive::new()).expect("the longer form fitted");
    let listed = Exclusive::new().with_prefixes(&["#default", "p", "q"]);
    if let Ok(listed) = canonicalise(document.root(), &listed) {
        assert!(listed.len() >= bare.len());
        assert!(Document::parse(&listed, &Limits::LABORATORY).is_ok());
    }
});

fn same(ours: Element<'_, '_>, theirs: roxmltree::Node<'_, '_>) {
    let mut waiting = vec![(ours, theirs)];
    while let Some((ours, theirs)) = waiting.pop() {
        let namespace = theirs.tag_name().namespace().filter(|name| !name.is_empty());
        assert_eq!((ours.namespace(), ours.local_name()), (namespace, theirs.tag_name().name()));
        let attributes = ours.attributes().map(|a| (a.namespace, a.local, a.value));
        assert!(attributes.eq(theirs.attributes().map(|a| (a.namespace(), a.name(), a.value()))));
        if let Ok(text) = ours.text() {
            let judge: String = theirs.children().filter_map(|child| child.text()).collect();
            assert_eq!(text, judge);
        }
        let children: Vec<_> = ours.children().collect();
        let judge: Vec<_> = theirs.children().filter(roxmltree::Node::is_element).collect();
        assert_eq!(children.len(), judge.len());
        waiting.extend(children.into_iter().zip(judge));
    }
}
