//! Trust anchors, and what names a set of them.

use super::{Certificate, Profile};
use crate::crypto::sha256;
use std::sync::Arc;

/// Whom we believe without proof (RFC 5280, 6.1.1 (d)), and what its paths must look like.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Anchor {
    /// The anchor's certificate.
    pub certificate: Certificate,
    /// The profile of paths below it.
    pub profile: Arc<Profile>,
    /// A label for records, from the configuration.
    pub label: Arc<str>,
    /// The state that the anchor speaks for, from the configuration.
    pub country: Option<[u8; 2]>,
}

impl Anchor {
    /// An anchor without a configured country.
    #[must_use]
    pub const fn new(certificate: Certificate, profile: Arc<Profile>, label: Arc<str>) -> Self {
        Self { certificate, profile, label, country: None }
    }

    /// The same anchor, speaking for this state.
    #[must_use]
    pub const fn for_country(mut self, country: [u8; 2]) -> Self {
        self.country = Some(country);
        self
    }
}

/// SHA-256 over everything in a set of anchors that can change an answer; for cache keys.
#[must_use]
pub fn anchors_digest(anchors: &[Anchor]) -> [u8; 32] {
    let mut input = Vec::new();
    for anchor in anchors {
        input.extend_from_slice(anchor.certificate.sha256());
        // `Debug` names every field of a profile, also the ones that are added later.
        let rest = format!("{:?}", (&anchor.profile, &anchor.label, anchor.country));
        input.extend_from_slice(&sha256(rest.as_bytes()));
    }
    sha256(&input)
}
