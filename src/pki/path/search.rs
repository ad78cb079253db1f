//! Path building: which sequences of presented certificates lead to an anchor, by names alone.
//!
//! Depth first without recursion, anchors before intermediates, so that short paths come first. A
//! certificate is used once in a path. The budget bounds the whole search; without it, certificates
//! with equal names make it exponential (RUSTSEC-2023-0052, CVE-2018-16875).

use super::super::certificate::same_name;
use super::super::profile::Trust;
use super::super::{Anchor, Certificate};
use super::request::{Order, PathRequest};
use crate::verdict::Code;

/// A proposed path: positions among the presented certificates, end entity first, and the anchor.
pub(super) struct Path<'a> {
    pub(super) indices: Vec<usize>,
    pub(super) anchor: &'a Anchor,
    pub(super) anchor_index: usize,
}

/// What one search may cost.
pub(super) struct Budget {
    steps: u32,
    signatures: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: STEPS_MAX, signatures: SIGNATURES_MAX }
    }
}

impl Budget {
    fn spend_step(&mut self) -> Result<(), Code> {
        self.steps = self.steps.checked_sub(1).ok_or(Code::LimitWork)?;
        Ok(())
    }

    pub(super) fn spend_signature(&mut self) -> Result<(), Code> {
        self.signatures = self.signatures.checked_sub(1).ok_or(Code::LimitWork)?;
        Ok(())
    }
}

pub(super) struct Search<'a> {
    request: &'a PathRequest<'a>,
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
    pub(super) fn new(request: &'a PathRequest<'a>) -> Self {
        let mut search = Self { request, stack: Vec::new(), dead_end: 0 };
        search.push(0);
        search
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
                    self.push(index);
                }
                Some(Candidate::Anchor(index)) => {
                    budget.spend_step()?;
                    let indices = self.stack.iter().map(|level| level.index).collect();
                    if let Some(anchor) = self.request.anchors.get(index) {
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

    fn push(&mut self, index: usize) {
        let Some(subject) = self.request.presented.get(index) else { return };
        let depth = self.stack.len();
        let mut candidates = self.presented_issuers(subject, index);
        candidates.extend(self.anchor_issuers(subject, index, depth));
        if candidates.is_empty() {
            self.dead_end = index;
        }
        self.stack.push(Level { index, candidates });
    }

    fn presented_issuers(&self, subject: &Certificate, index: usize) -> Vec<Candidate> {
        let follows = |candidate: usize| match self.request.order {
            Order::Chain => Some(candidate) == index.checked_add(1),
            Order::Unordered => true,
        };
        let used = |candidate: usize| {
            candidate == index || self.stack.iter().any(|level| level.index == candidate)
        };
        let presented = self.request.presented.iter().enumerate().skip(1);
        let found = presented.filter(|(candidate, issuer)| {
            follows(*candidate)
                && !used(*candidate)
                && same_name(subject.issuer_der(), issuer.subject_der())
                && !self.is_anchor(issuer)
        });
        by_hint(subject, found, Candidate::Presented)
    }

    fn is_anchor(&self, certificate: &Certificate) -> bool {
        self.request.anchors.iter().any(|anchor| anchor.certificate == *certificate)
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
        let anchors = self.request.anchors.iter().enumerate().filter(|(_, anchor)| {
            let reaches = match anchor.profile.trust {
                Trust::Authority { max_intermediates } => depth <= max_intermediates,
                Trust::Pinned => false,
            };
            reaches && same_name(subject.issuer_der(), anchor.certificate.subject_der())
        });
        let issuers = anchors.map(|(index, anchor)| (index, &anchor.certificate));
        by_hint(subject, issuers, Candidate::Anchor)
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

// Honest chains need one step per certificate and one per anchor of the same name.
const STEPS_MAX: u32 = 64;

// The longest honest path checks 7 signatures; the rest is for anchors of one name.
const SIGNATURES_MAX: u32 = 16;
