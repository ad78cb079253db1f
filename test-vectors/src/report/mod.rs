//! What a run found, for machines and for auditors.

pub(crate) mod html;
pub(crate) mod json;

use crate::suite::{Counts, Judgement, SuiteResult};
use std::collections::BTreeMap;

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

    /// The sums over the suites that ask one backend each, such as `wycheproof/ed25519[ring]`.
    pub(crate) fn by_backend(&self) -> BTreeMap<&str, Counts> {
        let mut sums: BTreeMap<&str, Counts> = BTreeMap::new();
        for suite in &self.suites {
            let name = suite.name.strip_prefix("wycheproof/").and_then(|n| n.strip_suffix(']'));
            if let Some((_, backend)) = name.and_then(|name| name.split_once('[')) {
                sums.entry(backend).or_default().add(&suite.counts());
            }
        }
        sums
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{Case, Expected, Outcome};

    #[test]
    fn backends_are_summed_over_their_suites() {
        let suite = |name: &str| SuiteResult {
            name: name.to_owned(),
            path: String::new(),
            sha256: String::new(),
            cases: vec![(
                Case::ask("1", Expected::Accept, "", || Outcome::Accepted),
                Judgement::Right,
            )],
        };
        let names = ["wycheproof/a[ring]", "wycheproof/b[ring]", "wycheproof/a[x]", "y[ring]", "z"];
        let run = Run { suites: names.map(suite).into(), ..Run::default() };
        let sums: Vec<_> = run.by_backend().into_iter().map(|(b, c)| (b, c.right)).collect();
        assert_eq!(sums, [("ring", 2), ("x", 1)]);
    }
}
