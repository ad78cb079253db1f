//! Path building: which sequences of presented certificates lead to an anchor, by names alone.
//!
//! Depth first without recursion, anchors before intermediates, so that short paths come first. A
//! certificate is used once in a path. The budget bounds the whole search; without it, certificates
//! with equal names make it exponential (RUSTSEC-2023-0052, CVE-2018-16875).

use super::super::profile::Trust;
use super::super::{Anchor, Certificate};
use super::budget::Budget;
use super::request::{Order, PathRequest};
use crate::verdict::Code;

/// A proposed path: positions among the presented certificates, end entity first, and the anchor.
pub(super) struct Path<'a> {
    pub(super) indices: Vec<usize>,
    pub(super) anchor: &'a Anchor,
    pub(super) anchor_index: usize,
}

pub(super) struct Search<'a> {
    request: &'a PathRequest<'a>,
    by_subject: BySubject,
    /// The path so far, end entity first; each with the candidates that are still to be tried.
    stack: Vec<Level>,
    /// How far a path by names got: the position of the last certificate without issuer.
    dead_end: usize,
}

struct Level {
    index: usize,
    /// Candidates for the issuer, the next one last.
    candidates: Vec<Candidate>,
}

#[derive(Clone, Copy)]
enum Candidate {
    Anchor(usize),
    Presented(usize),
}

impl<'a> Search<'a> {
    /// Begins with the end entity.
    ///
    /// # Errors
    /// [`Code::LimitWork`] when the budget is used up.
    pub(super) fn new(request: &'a PathRequest<'a>, budget: &mut Budget) -> Result<Self, Code> {
        let by_subject = BySubject::new(request);
        let mut search = Self { request, by_subject, stack: Vec::new(), dead_end: 0 };
        search.push(0, budget)?;
        Ok(search)
    }

    /// The next path, `None` when there is no other.
    ///
    /// # Errors
    /// [`Code::LimitWork`] when the budget is used up.
    pub(super) fn next(&mut self, budget: &mut Budget) -> Result<Option<Path<'a>>, Code> {
        // Each round spends a step or leaves a level that cost one.
        while let Some(level) = self.stack.last_mut() {
            match level.candidates.pop() {
                None => {
                    self.stack.pop();
                }
                Some(Candidate::Presented(index)) => {
                    budget.spend_step()?;
                    self.push(index, budget)?;
                }
                Some(Candidate::Anchor(index)) => {
                    budget.spend_step()?;
                    let indices = self.stack.iter().map(|level| level.index).collect();
                    if let Some(anchor) = self.request.lookup().get(index) {
                        return Ok(Some(Path { indices, anchor, anchor_index: index }));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Where the longest path by names ended: the certificate whose issuer was not found.
    pub(super) const fn dead_end(&self) -> usize {
        self.dead_end
    }

    fn push(&mut self, index: usize, budget: &mut Budget) -> Result<(), Code> {
        let request = self.request;
        let Some(subject) = request.presented.get(index) else { return Ok(()) };
        let depth = self.stack.len();
        let mut candidates = self.presented_issuers(subject, index, depth, budget)?;
        candidates.extend(self.anchor_issuers(subject, index, depth));
        if candidates.is_empty() {
            self.dead_end = index;
        }
        self.stack.push(Level { index, candidates });
        Ok(())
    }

    fn presented_issuers(
        &self,
        subject: &Certificate,
        index: usize,
        depth: usize,
        budget: &mut Budget,
    ) -> Result<Vec<Candidate>, Code> {
        if depth >= DEPTH_MAX {
            return Ok(Vec::new());
        }
        let follows = |candidate: usize| match self.request.order {
            Order::Chain => Some(candidate) == index.checked_add(1),
            Order::Unordered => candidate != 0,
        };
        let used = |candidate: usize| {
            candidate == index || self.stack.iter().any(|level| level.index == candidate)
        };
        let mut found = Vec::new();
        for candidate in self.by_subject.find(subject.issuer_key()) {
            let Some(issuer) = self.request.presented.get(candidate) else { continue };
            if !follows(candidate) {
                continue;
            }
            budget.spend_comparison()?;
            if subject.is_issued_in_the_name_of(issuer)
                && !used(candidate)
                && !self.is_anchor(issuer)
            {
                found.push((candidate, issuer));
            }
        }
        Ok(by_hint(subject, found.into_iter(), Candidate::Presented))
    }

    fn is_anchor(&self, certificate: &Certificate) -> bool {
        self.request.lookup().equal(certificate).next().is_some()
    }

    fn anchor_issuers(&self, subject: &Certificate, index: usize, depth: usize) -> Vec<Candidate> {
        // In a chain, the anchor certifies the last certificate and no other; should the anchor
        // itself follow, and its profile let it, that one does not count.
        let mut behind = self.request.presented.iter().skip(index.saturating_add(1));
        if self.request.order == Order::Chain
            && behind.any(|certificate| !self.is_anchor(certificate))
        {
            return Vec::new();
        }
        let reaches = |anchor: &Anchor| match anchor.profile.trust {
            Trust::Authority { max_intermediates } => depth <= max_intermediates,
            Trust::Pinned => false,
        };
        let named = self.request.lookup().named(subject.issuer_key());
        let issuers = named
            .filter(|(_, anchor)| {
                reaches(anchor) && subject.is_issued_in_the_name_of(&anchor.certificate)
            })
            .take(ANCHORS_MAX)
            .map(|(index, anchor)| (index, &anchor.certificate));
        by_hint(subject, issuers, Candidate::Anchor)
    }
}

/// The presented certificates by the keys of their subjects, so that ten thousand of them are not
/// looked at for each step.
struct BySubject(Vec<(u64, usize)>);

impl BySubject {
    fn new(request: &PathRequest<'_>) -> Self {
        let mut keys: Vec<(u64, usize)> = request
            .presented
            .iter()
            .enumerate()
            .skip(1)
            .map(|(index, certificate)| (certificate.subject_key(), index))
            .collect();
        keys.sort_unstable();
        Self(keys)
    }

    /// Positions in ascending order.
    fn find(&self, key: u64) -> impl Iterator<Item = usize> {
        let start = self.0.partition_point(|(other, _)| *other < key);
        let from = self.0.iter().skip(start);
        from.take_while(move |(other, _)| *other == key).map(|(_, index)| *index)
    }
}

/// Candidates in the order of popping: those whose key identifier fits come last, and with that
/// first; then in the order given. The identifier excludes nobody (RFC 5280, 4.2.1.1: an aid).
fn by_hint<'a>(
    subject: &Certificate,
    issuers: impl Iterator<Item = (usize, &'a Certificate)>,
    make: fn(usize) -> Candidate,
) -> Vec<Candidate> {
    let hint = subject.authority_key_identifier();
    let (mut fitting, mut others) = (Vec::new(), Vec::new());
    for (index, issuer) in issuers {
        let fits = hint.is_some() && hint == issuer.subject_key_identifier();
        if fits { fitting.push(make(index)) } else { others.push(make(index)) }
    }
    fitting.reverse();
    others.reverse();
    others.append(&mut fitting);
    others
}

// Intermediates of one path; no profile allows more than six.
const DEPTH_MAX: usize = 16;

// Anchors of one name among which the key identifier chooses. Lists of national authorities have a
// dozen of a name; the steps of the budget reach 64.
const ANCHORS_MAX: usize = 1024;
