//! Canonical forms and XML signatures of others.

pub(super) mod c14n;
mod primitive;
pub(super) mod signatures;

use eid_broker::envelope::xml::Element;

// An element by an attribute that is named ID in whatever spelling and namespace.
fn by_id<'d, 'a>(root: Element<'d, 'a>, id: &str) -> Option<Element<'d, 'a>> {
    find(root, |e| e.attributes().any(|a| a.local.eq_ignore_ascii_case("id") && a.value == id))
}

// The first element in document order that is wanted.
fn find<'d, 'a>(
    root: Element<'d, 'a>,
    wanted: impl Fn(&Element<'d, 'a>) -> bool,
) -> Option<Element<'d, 'a>> {
    let mut waiting = vec![root];
    while let Some(element) = waiting.pop() {
        if wanted(&element) {
            return Some(element);
        }
        let mut children: Vec<_> = element.children().collect();
        children.reverse();
        waiting.append(&mut children);
    }
    None
}
