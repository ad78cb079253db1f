//! What a run found, for machines and for auditors.

pub(crate) mod html;
pub(crate) mod json;

use crate::suite::{Counts, Judgement, SuiteResult};

/// Everything that a run found.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) suites: Vec<SuiteResult>,
    /// Suites that were recognised but cannot be read: where, and why.
    pub(crate) broken: Vec<(String, String)>,
    /// Exceptions that are no longer true.
    pub(crate) rotten: Vec<String>,
    /// JSON files that are no suite.
    pub(crate) ignored: usize,
}

impl Run {
    /// The sum over all suites.
    pub(crate) fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        for suite in &self.suites {
            sum.add(&suite.counts());
        }
        sum
    }

    /// No wrong case, no rotten exception, no broken suite.
    pub(crate) fn is_clean(&self) -> bool {
        self.counts().wrong == 0 && self.rotten.is_empty() && self.broken.is_empty()
    }
}

const fn word(judgement: &Judgement) -> &'static str {
    match judgement {
        Judgement::Right => "right",
        Judgement::Skipped(_) => "skipped",
        Judgement::Wrong => "wrong",
    }
}

fn reason(judgement: &Judgement) -> &str {
    match judgement {
        Judgement::Skipped(reason) => reason,
        Judgement::Right | Judgement::Wrong => "",
    }
}
