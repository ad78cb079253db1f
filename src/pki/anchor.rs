//! Trust anchors, what names a set of them, and how one is found among many.

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
///
/// Linear in the set: to be computed when the set is made, not for each question.
#[must_use]
pub fn anchors_digest(anchors: &[Anchor]) -> [u8; 32] {
    let mut input = Vec::with_capacity(anchors.len().saturating_mul(64));
    let mut before: Option<(&Anchor, [u8; 32])> = None;
    for anchor in anchors {
        input.extend_from_slice(anchor.certificate.sha256());
        // Anchors of one source share their profile and label.
        let shared = before.filter(|(other, _)| {
            Arc::ptr_eq(&other.profile, &anchor.profile)
                && Arc::ptr_eq(&other.label, &anchor.label)
                && other.country == anchor.country
        });
        let rest = shared.map_or_else(
            || {
                // `Debug` names every field of a profile, also the ones that are added later.
                let text = format!("{:?}", (&anchor.profile, &anchor.label, anchor.country));
                sha256(text.as_bytes())
            },
            |(_, rest)| rest,
        );
        input.extend_from_slice(&rest);
        before = Some((anchor, rest));
    }
    sha256(&input)
}

/// Anchors with an index by subject name and one by their bytes. Immutable; made once for a set, lent to each question.
#[derive(Clone, Debug)]
pub struct IndexedAnchors {
    anchors: Box<[Anchor]>,
    by_subject: Index,
    by_digest: Index,
}

impl IndexedAnchors {
    /// Indexes a set. The order stays.
    #[must_use]
    pub fn new(anchors: Vec<Anchor>) -> Self {
        Self {
            by_subject: Index::new(&anchors, Certificate::subject_key),
            by_digest: Index::new(&anchors, digest_key),
            anchors: anchors.into_boxed_slice(),
        }
    }

    /// The anchors, in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[Anchor] {
        &self.anchors
    }

    /// The anchors whose subject is the issuer of this certificate (RFC 5280, 7.1), with their
    /// positions. Does not grow with the set.
    pub fn issuers_of<'a>(
        &'a self,
        certificate: &'a Certificate,
    ) -> impl Iterator<Item = (usize, &'a Anchor)> {
        self.lookup()
            .named(certificate.issuer_key())
            .filter(|(_, anchor)| certificate.is_issued_in_the_name_of(&anchor.certificate))
    }

    /// The position of the anchor with exactly this certificate.
    #[must_use]
    pub fn position(&self, certificate: &Certificate) -> Option<usize> {
        self.lookup().equal(certificate).map(|(position, _)| position).next()
    }

    pub(super) fn lookup(&self) -> Lookup<'_> {
        Lookup { anchors: &self.anchors, indexes: Some((&self.by_subject, &self.by_digest)) }
    }
}

// Where a certificate stands in an index by bytes: eight of its SHA-256, which is there anyway. Asking
// for the name of a leaf would cost more: it leads nowhere and was not prepared.
fn digest_key(certificate: &Certificate) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *certificate.sha256();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Where to look for anchors: a slice, with its indexes if there are any.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'a> {
    anchors: &'a [Anchor],
    // By subject and by digest.
    indexes: Option<(&'a Index, &'a Index)>,
}

impl<'a> Lookup<'a> {
    /// A few anchors, looked at one after the other.
    pub(super) const fn scan(anchors: &'a [Anchor]) -> Self {
        Self { anchors, indexes: None }
    }

    pub(super) fn get(&self, position: usize) -> Option<&'a Anchor> {
        self.anchors.get(position)
    }

    /// The anchors whose subject has this key, with their positions.
    pub(super) fn named(self, key: u64) -> impl Iterator<Item = (usize, &'a Anchor)> {
        let found = self.indexes.map(|(by_subject, _)| by_subject.positions(key));
        self.at(found).filter(move |(_, anchor)| anchor.certificate.subject_key() == key)
    }

    /// The anchors with exactly this certificate.
    pub(super) fn equal(
        self,
        certificate: &'a Certificate,
    ) -> impl Iterator<Item = (usize, &'a Anchor)> {
        let found = self.indexes.map(|(_, by_digest)| by_digest.positions(digest_key(certificate)));
        self.at(found).filter(move |(_, anchor)| anchor.certificate == *certificate)
    }

    // The anchors at these positions; all of them where nothing says which.
    fn at(self, found: Option<&'a [u32]>) -> impl Iterator<Item = (usize, &'a Anchor)> {
        let scanned = match found {
            Some(_) => 0..0,
            None => 0..self.anchors.len(),
        };
        found
            .unwrap_or_default()
            .iter()
            .map(|position| usize::try_from(*position).unwrap_or(usize::MAX))
            .chain(scanned)
            .filter_map(move |position| Some((position, self.anchors.get(position)?)))
    }
}

/// Positions by key. Keys are evenly spread, so that their first bits lead to the place.
#[derive(Clone, Debug)]
struct Index {
    /// Where each bucket begins in `positions`; one more than there are buckets.
    starts: Box<[u32]>,
    /// By bucket, then in the order of the set.
    positions: Box<[u32]>,
    /// How far a key is shifted to give its bucket.
    shift: u32,
}

impl Index {
    fn new(anchors: &[Anchor], key: fn(&Certificate) -> u64) -> Self {
        // About one anchor to a bucket. More than 2^31 anchors cannot be held anyway.
        let bits = anchors.len().max(1).ilog2().saturating_add(1).min(31);
        let shift = 64u32.saturating_sub(bits);
        let bucket = |key: u64| usize::try_from(key.checked_shr(shift).unwrap_or(0)).unwrap_or(0);
        let count = 1usize.checked_shl(bits).unwrap_or(1);
        let mut sorted: Vec<(usize, u32)> = anchors
            .iter()
            .zip(0u32..)
            .map(|(anchor, position)| (bucket(key(&anchor.certificate)), position))
            .collect();
        sorted.sort_unstable();
        let mut starts = Vec::with_capacity(count.saturating_add(1));
        let mut rest = sorted.as_slice();
        let mut begun = 0u32;
        for bucket in 0..=count {
            starts.push(begun);
            let here = rest.iter().take_while(|(other, _)| *other == bucket).count();
            rest = rest.get(here..).unwrap_or_default();
            begun = begun.saturating_add(u32::try_from(here).unwrap_or(u32::MAX));
        }
        let positions = sorted.iter().map(|(_, position)| *position).collect();
        Self { starts: starts.into_boxed_slice(), positions, shift }
    }

    fn positions(&self, key: u64) -> &[u32] {
        let bucket = usize::try_from(key.checked_shr(self.shift).unwrap_or(0)).unwrap_or(0);
        let Some([start, end]) = self.starts.get(bucket..bucket.saturating_add(2)) else {
            return &[];
        };
        let at = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        self.positions.get(at(*start)..at(*end)).unwrap_or_default()
    }
}
