//! The subcommand `lines`: one JSON question per line, one JSON answer per line.

use crate::suites::revocation::Vector;
use crate::suites::weak_keys;
use crate::suites::x509::Line;
use eid_broker::verdict::Code;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufRead, Write, stdin, stdout};
use std::process::ExitCode;

/// Answers until the input ends.
pub(crate) fn serve() -> Result<ExitCode, String> {
    let fault = |error: std::io::Error| format!("standard input or output: {error}");
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let answer = answer(&line.map_err(fault)?);
        writeln!(out, "{answer}").and_then(|()| out.flush()).map_err(fault)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn answer(line: &str) -> Value {
    let Ok(question) = serde_json::from_str::<Value>(line) else {
        return json!({"verdict": "error", "class": "the line is not JSON"});
    };
    match question.get("op").and_then(Value::as_str) {
        Some("key") => weak_keys::answer(&question),
        Some("path") => path(&question),
        Some("ocsp") => ocsp(&question),
        Some(_) | None => json!({"verdict": "error", "class": "unknown op"}),
    }
}

/// `ok`, or `fail` with the code.
fn path(question: &Value) -> Value {
    let question = Line::deserialize(question).map_err(|error| error.to_string());
    let question = match question.and_then(|line| line.question()) {
        Ok(question) => question,
        Err(error) => return json!({"verdict": "error", "class": error}),
    };
    // A panic is an answer too, and no answer may be `ok`.
    let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| question.ask()));
    match asked.unwrap_or(Err(Code::Internal)) {
        Ok(()) => json!({"verdict": "ok", "class": ""}),
        Err(code) => json!({"verdict": "fail", "class": code.name()}),
    }
}

/// `good`, `revoked`, `unknown` or `reject` with the code.
fn ocsp(question: &Value) -> Value {
    let question = Vector::deserialize(question).map_err(|error| error.to_string());
    let question = match question.and_then(|vector| vector.question()) {
        Ok(question) => question,
        Err(error) => return json!({"verdict": "error", "class": error}),
    };
    // A panic is an answer too, and no answer may be `good`.
    let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| question.ask()));
    let (verdict, class) = match asked.unwrap_or(Err(Code::Internal)) {
        Ok(()) => ("good", ""),
        Err(code @ Code::StatusRevoked) => ("revoked", code.name()),
        Err(code @ Code::StatusUnknown) => ("unknown", code.name()),
        Err(code) => ("reject", code.name()),
    };
    json!({"verdict": verdict, "class": class})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_answers_ok_to_what_it_cannot_judge() {
        let unanswerable = [
            "",
            "[]",
            "{",
            r#"{"op":"other"}"#,
            r#"{"op":"ocsp"}"#,
            r#"{"op":"path"}"#,
            r#"{"op":"key"}"#,
        ];
        for line in unanswerable {
            assert_eq!(answer(line)["verdict"], "error");
        }
    }
}
