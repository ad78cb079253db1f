//! The report for machines. Same run, same bytes: no clock, no machine in it.

use super::{Run, reason, word};
use crate::suite::{Counts, Outcome, SuiteResult};
use serde_json::{Value, json};

/// One JSON object, with a line feed at its end.
pub(crate) fn render(run: &Run) -> String {
    let broken: Vec<Value> =
        run.broken.iter().map(|(path, why)| json!({"path": path, "reason": why})).collect();
    let report = json!({
        "format": "eid-broker-vectors report 1",
        "library": env!("CARGO_PKG_VERSION"),
        "clean": run.is_clean(),
        "total": counts(&run.counts()),
        "suites": run.suites.iter().map(suite).collect::<Vec<_>>(),
        "broken_suites": broken,
        "broken_exceptions": run.rotten,
        "json_files_that_are_no_suite": run.ignored,
    });
    format!("{report:#}\n")
}

fn counts(counts: &Counts) -> Value {
    json!({
        "right": counts.right,
        "wrong": counts.wrong,
        "skipped": counts.skipped_total(),
        "skipped_by_reason": counts.skipped,
        "cases": counts.total(),
    })
}

fn suite(result: &SuiteResult) -> Value {
    let cases: Vec<Value> = result
        .cases
        .iter()
        .map(|(case, judgement)| {
            let detail = match &case.outcome {
                Outcome::Differs(detail) => detail,
                Outcome::Accepted
                | Outcome::Panicked
                | Outcome::Refused(_)
                | Outcome::Skipped(_)
                | Outcome::Undecided(_) => reason(judgement),
            };
            json!({
                "case": case.id,
                "judgement": word(judgement),
                "expected": case.expected.to_string(),
                "verdict": case.outcome.word(),
                "code": case.outcome.code(),
                "reason": detail,
                "note": case.note,
            })
        })
        .collect();
    json!({
        "suite": result.name,
        "path": result.path,
        "sha256": result.sha256,
        "counts": counts(&result.counts()),
        "cases": cases,
    })
}
