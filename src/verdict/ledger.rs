use super::{Check, Code, Detail, Place, Refusal, Verdict};
use std::fmt;

/// What happened to one check.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the four outcomes are complete (docs/rules.md, 3)")]
pub enum Outcome {
    /// It was made and held.
    Passed,
    /// It was made and did not hold.
    Failed,
    /// The token has nothing that this check is about.
    NotApplicable,
    /// It was not made.
    #[default]
    NotEvaluated,
}

impl Outcome {
    /// The word of the JSON ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotApplicable => "not-applicable",
            Self::NotEvaluated => "not-evaluated",
        }
    }
}

/// One line of the ledger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// Which check.
    pub check: Check,
    /// What happened.
    pub outcome: Outcome,
    /// Why, for a failed check and for one that was left out.
    pub reason: Option<Code>,
}

/// The list of checks of one verdict, in the order in which they were made.
///
/// Lives on the stack: verifying an assertion allocates nothing for it.
#[derive(Clone, Copy)]
pub struct Ledger {
    entries: [Entry; Self::CAPACITY],
    len: usize,
}

impl Ledger {
    // A family has at most 40 checks of its own, plus the steps of broker, register and assertion.
    const CAPACITY: usize = 72;

    /// An empty ledger.
    #[must_use]
    pub const fn new() -> Self {
        let blank = Entry { check: Check::InputSize, outcome: Outcome::NotEvaluated, reason: None };
        Self { entries: [blank; Self::CAPACITY], len: 0 }
    }

    /// Takes every line off, so that the memory can be used again.
    pub(crate) const fn clear(&mut self) {
        self.len = 0;
    }

    /// The lines, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        self.entries.get(..self.len).unwrap_or_default()
    }

    /// What happened to `check`; `NotEvaluated` when it was never reached.
    #[must_use]
    pub fn outcome(&self, check: Check) -> Outcome {
        self.entries()
            .iter()
            .rev()
            .find(|e| e.check == check)
            .map_or(Outcome::NotEvaluated, |e| e.outcome)
    }

    /// Records that `check` held.
    pub fn pass(&mut self, check: Check) {
        self.push(check, Outcome::Passed, None);
    }

    /// Records that the token has nothing that `check` is about.
    pub fn skip(&mut self, check: Check) {
        self.push(check, Outcome::NotApplicable, None);
    }

    /// Records that `check` was left out, and why.
    pub fn leave_out(&mut self, check: Check, reason: Code) {
        self.push(check, Outcome::NotEvaluated, Some(reason));
    }

    /// Records that `check` failed, and gives the refusal back for the caller to return.
    #[must_use]
    pub fn fail(&mut self, check: Check, refusal: impl Into<Refusal>) -> Refusal {
        let refusal = refusal.into();
        self.push(check, Outcome::Failed, Some(refusal.code()));
        refusal
    }

    /// Records the outcome of a check that was made elsewhere.
    ///
    /// # Errors
    /// The refusal in `result`, unchanged.
    pub fn record<T, R: Into<Refusal>>(
        &mut self,
        check: Check,
        result: Result<T, R>,
    ) -> Result<T, Refusal> {
        match result {
            Ok(value) => {
                self.pass(check);
                Ok(value)
            }
            Err(refusal) => Err(self.fail(check, refusal)),
        }
    }

    /// Ends the list: accepted, provided that each mandatory check passed or had nothing to look at.
    ///
    /// Otherwise refused with [`Code::Internal`], naming the first mandatory check that was not
    /// evaluated: by docs/rules.md, 3, that is a fault of this library, never an acceptance.
    #[must_use]
    pub fn accept<T>(mut self, mandatory: &[Check], value: T) -> Verdict<T> {
        // The last line about a check counts; a table of them is read instead of the whole ledger for
        // each check.
        let mut outcomes = [Outcome::NotEvaluated; Check::ALL.len()];
        for entry in self.entries() {
            if let Some(outcome) = outcomes.get_mut(entry.check.index()) {
                *outcome = entry.outcome;
            }
        }
        for &check in mandatory {
            match outcomes.get(check.index()).copied().unwrap_or_default() {
                Outcome::Passed | Outcome::NotApplicable => {}
                Outcome::Failed | Outcome::NotEvaluated => {
                    let refusal = Refusal::new(Code::Internal, Place::part("ledger"))
                        .with(Detail::Name(check.name()));
                    let refusal = self.fail(check, refusal);
                    return Verdict::Refused { refusal, ledger: self };
                }
            }
        }
        Verdict::Accepted(Accepted { value, ledger: self })
    }

    fn push(&mut self, check: Check, outcome: Outcome, reason: Option<Code>) {
        if let Some(slot) = self.entries.get_mut(self.len) {
            *slot = Entry { check, outcome, reason };
            self.len = self.len.saturating_add(1);
        }
        // A line that does not fit is missing, and `accept` then refuses: full is never "yes".
    }
}

impl Default for Ledger {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries()).finish()
    }
}

/// A value that passed every mandatory check, and the ledger that shows it.
pub struct Accepted<T> {
    value: T,
    ledger: Ledger,
}

impl<T> Accepted<T> {
    /// The verified value.
    #[must_use]
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// The checks that were made.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The same acceptance with the part of its value that the caller goes on with; the ledger alone
    /// when the value has no such part.
    pub(crate) fn part<U>(
        self,
        part: impl FnOnce(T) -> Option<U>,
    ) -> Result<Accepted<U>, Box<Ledger>> {
        let Self { value, ledger } = self;
        part(value).map(|value| Accepted { value, ledger }).ok_or_else(|| Box::new(ledger))
    }

    /// The value and its ledger.
    #[must_use]
    pub fn into_parts(self) -> (T, Ledger) {
        (self.value, self.ledger)
    }
}

impl<T> fmt::Debug for Accepted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted").field("checks", &self.ledger.len).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_when_every_mandatory_check_passed_or_did_not_apply() {
        let mut ledger = Ledger::new();
        ledger.pass(Check::InputSize);
        ledger.skip(Check::Status);
        let verdict = ledger.accept(&[Check::InputSize, Check::Status], 7);
        let Verdict::Accepted(accepted) = verdict else { panic!("refused") };
        assert_eq!(*accepted.value(), 7);
    }

    #[test]
    fn refuses_when_a_mandatory_check_was_left_out() {
        let mut ledger = Ledger::new();
        ledger.pass(Check::InputSize);
        ledger.leave_out(Check::Status, Code::StatusNotEvaluated);
        let verdict = ledger.accept(&[Check::InputSize, Check::Status], ());
        assert_eq!(verdict.refusal().unwrap().code(), Code::Internal);
    }

    #[test]
    fn refuses_when_a_mandatory_check_was_never_reached() {
        let verdict = Ledger::new().accept(&[Check::InputSize], ());
        assert_eq!(verdict.refusal().unwrap().code(), Code::Internal);
    }

    #[test]
    fn a_full_ledger_never_accepts_what_no_longer_fits() {
        let mut ledger = Ledger::new();
        for _ in 0..200 {
            ledger.pass(Check::InputSize);
        }
        ledger.pass(Check::Status);
        assert!(ledger.accept(&[Check::Status], ()).refusal().is_some());
    }
}
