//! What every suite has in common: cases, what they expect, what came out, and the judgement.

use eid_broker::verdict::Code;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A suite that was recognised and read, ready to run.
pub(crate) trait Suite {
    /// The stable name, the same wherever the file lies.
    fn name(&self) -> String;

    /// Runs every case, in the order of the file.
    fn run(&self) -> Vec<Case>;

    /// The context of one case as a door for other tokens; `case` is the name after `suite/`.
    fn door(&self, _case: &str) -> Option<Box<dyn Door + '_>> {
        None
    }
}

/// The context of one vector, open for tokens of somebody else.
pub(crate) trait Door {
    /// Judges one token. `Ok` holds what is printed after `ok`.
    fn ask(&self, token: &[u8]) -> Result<String, Code>;
}

/// One question of a suite and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The name of the case within its suite.
    pub(crate) id: String,
    /// What the suite says.
    pub(crate) expected: Expected,
    /// What the library answered.
    pub(crate) outcome: Outcome,
    /// What the case is about, in the words of the suite.
    pub(crate) note: String,
}

/// What a suite expects of a case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Expected {
    /// Accepted, with the content that the suite gives, if it gives any.
    Accept,
    /// The suite takes either answer; the file states nothing that could be wrong.
    Either,
    /// Refused, for whatever reason.
    Refuse,
    /// Refused for one of these reasons, as the classes of the suite.
    RefuseClass(Classes, Vec<String>),
    /// Refused with exactly this code.
    RefuseCode(Code),
    /// Not decided, exactly with this code: something must be handed in first.
    Undecided(Code),
}

/// Whose names of classes a suite uses; the refusal table translates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Classes {
    /// Those of the JOSE attack suite.
    Jose,
    /// Those of the remaining suites.
    Suite,
    /// Those of the weak-key vectors.
    WeakKeys,
}

/// What came out of a case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// Accepted.
    Accepted,
    /// Accepted, but not with the content that the suite gives. The text says where they part.
    Differs(String),
    /// The library panicked, which nothing may make it do.
    Panicked,
    /// Refused.
    Refused(Code),
    /// Not run, and why.
    Skipped(String),
    /// Nothing was decided: evidence or a store was missing.
    Undecided(Code),
}

/// What the runner says about a case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Judgement {
    Right,
    Skipped(String),
    Wrong,
}

impl Case {
    /// Runs `ask`; a panic in it becomes an outcome.
    pub(crate) fn ask(
        id: impl Into<String>,
        expected: Expected,
        note: impl Into<String>,
        ask: impl FnOnce() -> Outcome,
    ) -> Self {
        let outcome = catch_unwind(AssertUnwindSafe(ask)).unwrap_or(Outcome::Panicked);
        Self { id: id.into(), expected, outcome, note: note.into() }
    }

    /// Compares what came out with what is expected.
    pub(crate) fn judge(&self) -> Judgement {
        let right = match (&self.expected, &self.outcome) {
            (_, Outcome::Skipped(reason)) => return Judgement::Skipped(reason.clone()),
            (_, Outcome::Panicked | Outcome::Differs(_)) => false,
            (Expected::Accept | Expected::Either, Outcome::Accepted) => true,
            (Expected::Either | Expected::Refuse, Outcome::Refused(code)) => is_refusal(*code),
            (Expected::RefuseClass(classes, names), Outcome::Refused(code)) => {
                is_refusal(*code) && names.iter().any(|name| name == classes.of(*code))
            }
            (Expected::RefuseCode(wanted), Outcome::Refused(code))
            | (Expected::Undecided(wanted), Outcome::Undecided(code)) => wanted == code,
            (Expected::Accept, Outcome::Refused(_) | Outcome::Undecided(_))
            | (Expected::Undecided(_), Outcome::Accepted | Outcome::Refused(_))
            | (
                Expected::Refuse | Expected::RefuseClass(..) | Expected::RefuseCode(_),
                Outcome::Accepted | Outcome::Undecided(_),
            )
            | (Expected::Either, Outcome::Undecided(_)) => false,
        };
        if right { Judgement::Right } else { Judgement::Wrong }
    }
}

// A fault of the library, a misuse and an undecided case are no refusals of the token.
const fn is_refusal(code: Code) -> bool {
    code.number() < 8000
}

impl Classes {
    /// The classes of the weak-key vectors.
    pub(crate) const WEAK_KEYS: [&'static str; 4] =
        ["malformed", "signature", "unsupported", "weak-key"];

    const fn of(self, code: Code) -> &'static str {
        match self {
            Self::Jose => code.jose_class(),
            Self::Suite => code.suite_class(),
            Self::WeakKeys => match code {
                Code::CertMalformed | Code::KeyMalformed => "malformed",
                Code::ChainSignature => "signature",
                Code::CertUnsupported | Code::KeyExplicitParameters | Code::KeyUnsupported => {
                    "unsupported"
                }
                Code::KeyAlteredCurve | Code::KeyRoca | Code::KeyWeak => "weak-key",
                _ => "other",
            },
        }
    }
}

/// One word without blanks, for the line of a wrong case.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accept => f.write_str("accept"),
            Self::Either => f.write_str("either"),
            Self::Refuse => f.write_str("refuse"),
            Self::RefuseClass(_, names) => write!(f, "refuse:{}", names.join("|")),
            Self::RefuseCode(code) => write!(f, "refuse:{}", code.name()),
            Self::Undecided(code) => write!(f, "undecided:{}", code.name()),
        }
    }
}

impl Outcome {
    /// One word: the verdict.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Accepted => "accept",
            Self::Differs(_) => "accept-other-content",
            Self::Panicked => "panic",
            Self::Refused(_) => "refuse",
            Self::Skipped(_) => "skip",
            Self::Undecided(_) => "undecided",
        }
    }

    /// The code of the refusal table, or `-`.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Refused(code) | Self::Undecided(code) => code.name(),
            Self::Accepted | Self::Differs(_) | Self::Panicked | Self::Skipped(_) => "-",
        }
    }
}

/// The outcome of something that answers with a code.
impl From<Result<(), Code>> for Outcome {
    fn from(result: Result<(), Code>) -> Self {
        match result {
            Ok(()) => Self::Accepted,
            Err(code) if (8000..9000).contains(&code.number()) => Self::Undecided(code),
            Err(code) => Self::Refused(code),
        }
    }
}

/// A suite that ran, judged.
pub(crate) struct SuiteResult {
    pub(crate) name: String,
    /// Where it was found, as the user named it.
    pub(crate) path: String,
    /// SHA-256 of the file, in hex; empty for a suite of many files.
    pub(crate) sha256: String,
    pub(crate) cases: Vec<(Case, Judgement)>,
}

/// How many cases of each judgement.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    pub(crate) right: usize,
    pub(crate) wrong: usize,
    /// By reason.
    pub(crate) skipped: BTreeMap<String, usize>,
}

impl SuiteResult {
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (_, judgement) in &self.cases {
            match judgement {
                Judgement::Right => counts.right = counts.right.saturating_add(1),
                Judgement::Wrong => counts.wrong = counts.wrong.saturating_add(1),
                Judgement::Skipped(reason) => {
                    let count = counts.skipped.entry(reason.clone()).or_default();
                    *count = count.saturating_add(1);
                }
            }
        }
        counts
    }
}

impl Counts {
    pub(crate) fn skipped_total(&self) -> usize {
        self.skipped.values().sum()
    }

    pub(crate) fn total(&self) -> usize {
        self.right.saturating_add(self.wrong).saturating_add(self.skipped_total())
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.right = self.right.saturating_add(other.right);
        self.wrong = self.wrong.saturating_add(other.wrong);
        for (reason, more) in &other.skipped {
            let count = self.skipped.entry(reason.clone()).or_default();
            *count = count.saturating_add(*more);
        }
    }
}

/// `R right, W wrong, S skipped (reason: n; …) of N`.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons: Vec<String> =
            self.skipped.iter().map(|(reason, count)| format!("{reason}: {count}")).collect();
        let reasons = if reasons.is_empty() { "none".to_owned() } else { reasons.join("; ") };
        let (right, wrong, skipped) = (self.right, self.wrong, self.skipped_total());
        write!(f, "{right} right, {wrong} wrong, {skipped} skipped ({reasons}) of {}", self.total())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(expected: Expected, outcome: Outcome) -> Judgement {
        Case { id: String::new(), expected, outcome, note: String::new() }.judge()
    }

    #[test]
    fn an_internal_fault_is_never_a_right_refusal() {
        for code in [Code::Internal, Code::MisuseArgument] {
            assert_eq!(judge(Expected::Refuse, Outcome::Refused(code)), Judgement::Wrong);
            assert_eq!(judge(Expected::Either, Outcome::Refused(code)), Judgement::Wrong);
        }
        assert_eq!(judge(Expected::Refuse, Outcome::Panicked), Judgement::Wrong);
    }

    #[test]
    fn undecided_is_neither_accepted_nor_refused() {
        let undecided = Outcome::from(Err(Code::NeedsEvidence));
        for expected in [Expected::Accept, Expected::Refuse, Expected::Either] {
            assert_eq!(judge(expected, undecided.clone()), Judgement::Wrong);
        }
        assert_eq!(judge(Expected::Undecided(Code::NeedsEvidence), undecided), Judgement::Right);
    }

    #[test]
    fn a_class_is_compared_by_the_refusal_table() {
        let expected = Expected::RefuseClass(Classes::Jose, vec!["signature".to_owned()]);
        let judged = judge(expected.clone(), Outcome::Refused(Code::SigInvalid));
        assert_eq!(judged, Judgement::Right);
        let judged = judge(expected, Outcome::Refused(Code::TimeExpired));
        assert_eq!(judged, Judgement::Wrong);
    }

    #[test]
    fn a_panic_becomes_a_wrong_case() {
        let case = Case::ask("1", Expected::Refuse, "", || panic!("for this test"));
        assert_eq!(case.outcome, Outcome::Panicked);
        assert_eq!(case.judge(), Judgement::Wrong);
    }

    #[test]
    fn counts_add_up_and_name_every_reason() {
        let counts = Counts { right: 2, wrong: 1, skipped: [("not offered".to_owned(), 3)].into() };
        assert_eq!(counts.to_string(), "2 right, 1 wrong, 3 skipped (not offered: 3) of 6");
        assert_eq!(Counts::default().to_string(), "0 right, 0 wrong, 0 skipped (none) of 0");
    }
}
