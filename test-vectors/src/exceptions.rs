//! Known, deliberate differences between a suite's opinion and ours.
//!
//! An exception counts its case as skipped, with its reason beside it. It fails the run as soon as
//! it is no longer true: when the case agrees, answers something else, or is gone.

use crate::suite::{Judgement, SuiteResult};
use serde::Deserialize;

/// The file `exceptions.json`.
pub(crate) struct Exceptions {
    list: Vec<Exception>,
    used: Vec<bool>,
}

/// One known difference.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exception {
    /// The suite, by the name in its summary line.
    pub(crate) suite: String,
    /// The case within it.
    pub(crate) case: String,
    /// What the suite expects, as the line of a wrong case writes it.
    pub(crate) expected: String,
    /// What we answer on purpose: `accept`, or the code of the refusal.
    pub(crate) actual: String,
    /// Why.
    pub(crate) reason: String,
}

// The text under which excepted cases are counted.
const COUNTED_AS: &str = "known difference, see exceptions.json";

impl Exceptions {
    /// The list that was compiled in.
    ///
    /// # Errors
    /// A sentence when the file is not in order.
    pub(crate) fn load() -> Result<Self, String> {
        Self::parse(include_str!("../exceptions.json"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let list: Vec<Exception> =
            serde_json::from_str(text).map_err(|error| format!("exceptions.json: {error}"))?;
        for (index, exception) in list.iter().enumerate() {
            let twin =
                |other: &Exception| other.suite == exception.suite && other.case == exception.case;
            let before = list.get(..index).unwrap_or_default();
            if exception.reason.is_empty() || before.iter().any(twin) {
                let Exception { suite, case, .. } = exception;
                return Err(format!("exceptions.json: {suite} {case}: no reason, or listed twice"));
            }
        }
        let used = vec![false; list.len()];
        Ok(Self { list, used })
    }

    /// Applies the exceptions of one suite to its result. Gives back what is no longer true.
    pub(crate) fn apply(&mut self, result: &mut SuiteResult) -> Vec<String> {
        let mut rotten = Vec::new();
        for (exception, used) in self.list.iter().zip(&mut self.used) {
            if exception.suite != result.name {
                continue;
            }
            let case = result.cases.iter_mut().find(|(case, _)| case.id == exception.case);
            let Some((case, judgement)) = case else { continue };
            *used = true;
            let got = match case.outcome.code() {
                "-" => case.outcome.word(),
                code => code,
            };
            let said = case.expected.to_string();
            let Exception { suite, case: id, expected, actual, reason } = exception;
            match judgement {
                // Not run, so nothing can be said about it.
                Judgement::Skipped(_) => {}
                Judgement::Right => rotten.push(format!("{suite} {id} agrees now: remove it")),
                Judgement::Wrong if got == actual && said == *expected => {
                    reason.clone_into(&mut case.note);
                    *judgement = Judgement::Skipped(COUNTED_AS.to_owned());
                }
                Judgement::Wrong => rotten.push(format!(
                    "{suite} {id} says {expected} and {actual}, found {said} and {got}"
                )),
            }
        }
        rotten
    }

    /// The exceptions whose suite ran but holds no such case.
    pub(crate) fn unused(&self, ran: &[SuiteResult]) -> Vec<String> {
        let unused = self.list.iter().zip(&self.used).filter(|(_, used)| !**used);
        unused
            .filter(|(exception, _)| ran.iter().any(|result| result.name == exception.suite))
            .map(|(Exception { suite, case, .. }, _)| format!("{suite} {case} is not in the suite"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{Case, Expected, Outcome};
    use eid_broker::verdict::Code;

    fn exceptions(actual: &str) -> Exceptions {
        let text = format!(
            r#"[{{"suite":"s","case":"1","expected":"accept","actual":"{actual}","reason":"r"}}]"#
        );
        Exceptions::parse(&text).unwrap()
    }

    fn result(id: &str, expected: Expected, outcome: Outcome) -> SuiteResult {
        let case = Case { id: id.to_owned(), expected, outcome, note: String::new() };
        let judgement = case.judge();
        SuiteResult {
            name: "s".to_owned(),
            path: String::new(),
            sha256: String::new(),
            cases: vec![(case, judgement)],
        }
    }

    #[test]
    fn the_file_of_the_tree_is_in_order() {
        assert!(Exceptions::load().is_ok());
    }

    #[test]
    fn a_difference_that_is_listed_is_counted_with_its_reason() {
        let mut exceptions = exceptions("sig.invalid");
        let mut ran = result("1", Expected::Accept, Outcome::Refused(Code::SigInvalid));
        assert!(exceptions.apply(&mut ran).is_empty());
        assert_eq!(ran.counts().skipped.get(COUNTED_AS), Some(&1));
        assert_eq!(ran.cases[0].0.note, "r");
        assert!(exceptions.unused(&[ran]).is_empty());
    }

    #[test]
    fn fails_when_the_case_agrees_answers_otherwise_or_is_gone() {
        let mut agrees = result("1", Expected::Accept, Outcome::Accepted);
        assert_eq!(exceptions("sig.invalid").apply(&mut agrees).len(), 1);

        let mut otherwise = result("1", Expected::Accept, Outcome::Refused(Code::TimeExpired));
        assert_eq!(exceptions("sig.invalid").apply(&mut otherwise).len(), 1);
        assert_eq!(otherwise.counts().wrong, 1);

        let mut gone = result("2", Expected::Accept, Outcome::Accepted);
        let mut list = exceptions("sig.invalid");
        assert!(list.apply(&mut gone).is_empty());
        assert_eq!(list.unused(&[gone]).len(), 1);
        assert!(list.unused(&[]).is_empty());
    }

    #[test]
    fn refuses_a_list_with_twins_or_without_reasons() {
        let one = r#"{"suite":"s","case":"1","expected":"accept","actual":"a","reason":"r"}"#;
        assert!(Exceptions::parse(&format!("[{one},{one}]")).is_err());
        assert!(Exceptions::parse(&format!("[{}]", one.replace("\"r\"", "\"\""))).is_err());
    }
}
