//! Suites about mdocs and the session transcripts that tie them to a request.

pub(super) mod annex_d;
mod layer;
pub(super) mod made;
pub(super) mod presentation;
pub(crate) mod samples;
pub(super) mod transcripts;
