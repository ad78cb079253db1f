//! General names (RFC 5280, 4.2.1.6) as far as revocation needs them: to compare, and to find URLs.

use super::certificate::same_name;
use super::der::{Element, malformed, tag};
use super::name;
use crate::verdict::{Code, Refusal};

/// One general name, its type told by its tag.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct GeneralName {
    tag: u8,
    content: Vec<u8>,
}

impl GeneralName {
    /// The `directoryName` of a `Name`, DER.
    pub(super) fn directory(name: Vec<u8>) -> Self {
        Self { tag: DIRECTORY, content: name }
    }

    /// One general name, of whatever type.
    pub(super) fn one(element: Element<'_>) -> Self {
        Self { tag: element.tag(), content: element.content().to_vec() }
    }

    /// Reads the general names inside of an element, at least one.
    pub(super) fn read_all(names: Element<'_>) -> Result<Vec<Self>, Refusal> {
        let mut reader = names.reader();
        let mut all = Vec::new();
        // Bounded by the gate and by the constant.
        while !reader.is_empty() {
            let one = reader.any()?;
            if !TAGS.contains(&one.tag()) {
                return Err(malformed(one.start()));
            }
            if one.tag() == DIRECTORY {
                let mut inner = one.reader();
                name::check(inner.expect(tag::SEQUENCE)?)?;
                inner.finish()?;
            }
            if all.len() >= NAMES_MAX {
                return Err(Code::LimitCount.into());
            }
            all.push(Self::one(one));
        }
        if all.is_empty() { Err(malformed(names.start())) } else { Ok(all) }
    }

    /// Whether both are the same name, of the same type.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.tag == other.tag
            && if self.tag == DIRECTORY {
                same_name(&self.content, &other.content)
            } else {
                self.content == other.content
            }
    }

    /// The `Name` of a `directoryName`, DER.
    pub(super) fn directory_der(&self) -> Option<&[u8]> {
        (self.tag == DIRECTORY).then_some(&self.content)
    }

    /// A URL that a host can fetch: http or https, printable ASCII, at most 2048 bytes. Directories
    /// (ldap) are left out.
    pub(super) fn web_url(&self) -> Option<&str> {
        let text = (self.tag == URI).then(|| std::str::from_utf8(&self.content).ok())??;
        let is_web = ["http://", "https://"].iter().any(|scheme| {
            text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        (is_web && printable && text.len() <= URL_MAX_LEN).then_some(text)
    }
}

/// Whether two sets of names have one in common.
pub(super) fn share_a_name(some: &[GeneralName], others: &[GeneralName]) -> bool {
    some.iter().any(|one| others.iter().any(|other| one.is_same(other)))
}

const DIRECTORY: u8 = tag::context_constructed(4);
const URI: u8 = tag::context(6);

// otherName, rfc822Name, dNSName, x400Address, directoryName, ediPartyName, URI, iPAddress,
// registeredID.
const TAGS: [u8; 9] = [
    tag::context_constructed(0),
    tag::context(1),
    tag::context(2),
    tag::context_constructed(3),
    DIRECTORY,
    tag::context_constructed(5),
    URI,
    tag::context(7),
    tag::context(8),
];

// Real distribution points have one to four; the bound keeps comparing two sets cheap.
const NAMES_MAX: usize = 32;

// As for the URL of a status list.
const URL_MAX_LEN: usize = 2048;
