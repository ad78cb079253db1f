//! The subcommand `door`: the context of one vector, for the tokens of a sweep.

use crate::run;
use crate::suite::{Door, Outcome};
use crate::suites;
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use eid_broker::verdict::Code;
use std::io::{BufRead, Write, sink, stdin, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// Reads one base64 token per line and answers `ok …` or `refused CODE` until the input ends.
pub(crate) fn serve(op: &str) -> Result<ExitCode, String> {
    let discovery = run::known(&mut sink())?;
    for group in suites::load(discovery.found) {
        for suite in group.suites.iter().flatten() {
            let name = suite.name();
            let case = op.strip_prefix(&name).and_then(|rest| rest.strip_prefix('/'));
            if let Some(door) = case.and_then(|case| suite.door(case)) {
                return answer(door.as_ref());
            }
        }
    }
    Err(format!("{op}: no vector of this name has a door"))
}

fn answer(door: &dyn Door) -> Result<ExitCode, String> {
    let fault = |error: std::io::Error| format!("standard input or output: {error}");
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let answer = one(door, line.map_err(fault)?.trim_end_matches('\r'));
        writeln!(out, "{answer}").and_then(|()| out.flush()).map_err(fault)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn one(door: &dyn Door, line: &str) -> String {
    let Some(token) = decode(line) else {
        return "error: the line is not base64".to_owned();
    };
    match catch_unwind(AssertUnwindSafe(|| door.ask(&token))) {
        Ok(Ok(content)) if content.is_empty() => "ok".to_owned(),
        Ok(Ok(content)) => format!("ok {content}"),
        Ok(Err(code)) => format!("refused {}", code.name()),
        Err(_) => format!("{} {}", Outcome::Panicked.word(), Code::Internal.name()),
    }
}

// Sweeps write either alphabet, with or without padding. The token within is judged strictly.
fn decode(line: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, lenient).decode(line).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct OnlyEmpty;
    impl Door for OnlyEmpty {
        fn ask(&self, token: &[u8]) -> Result<String, Code> {
            match token {
                [] => Ok(String::new()),
                [0xfb, 0xff] => Ok("both alphabets".to_owned()),
                [0] => panic!("for this test"),
                _ => Err(Code::SigInvalid),
            }
        }
    }

    #[test]
    fn answers_every_line_with_one_line() {
        assert_eq!(one(&OnlyEmpty, ""), "ok");
        assert_eq!(one(&OnlyEmpty, "+/8="), "ok both alphabets");
        assert_eq!(one(&OnlyEmpty, "-_8"), "ok both alphabets");
        assert_eq!(one(&OnlyEmpty, "AQ=="), "refused sig.invalid");
        assert_eq!(one(&OnlyEmpty, "AA"), "panic internal.fault");
        assert!(one(&OnlyEmpty, "*").starts_with("error"));
    }
}
