//! Verdicts for people.

use crate::Failure;
use eid_broker::broker::report::Report;
use eid_broker::verdict::{NeedKind, Outcome};
use std::io::{self, Write};

/// The verdict at a glance: the answer first, then every check.
pub(crate) fn print(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let loa = report.loa.map(|loa| {
        let notified = if loa.notified { "notified" } else { "not notified" };
        format!("  {}, {notified}", loa.level.name())
    });
    let loa = loa.unwrap_or_default();
    let (mark, colour) = match report.verdict {
        "accepted" => ("✔", GREEN),
        "refused" => ("✘", RED),
        _ => ("?", YELLOW),
    };
    let family = match report.family {
        "" => String::new(),
        family => format!("  {family}"),
    };
    writeln!(out, "{colour}{BOLD}{mark} {}{RESET}{family}{loa}", report.verdict)?;
    writeln!(out, "  {DIM}policy {}  at {}{RESET}", report.policy, report.now)?;
    if let Some(refusal) = report.refusal {
        writeln!(out, "\n  {BOLD}{refusal}{RESET}")?;
        writeln!(out, "  what to do: {}", refusal.code().advice())?;
        writeln!(out, "  clause: {}", refusal.code().clause())?;
    }
    for need in report.needs {
        writeln!(out, "\n  needs {} from {}", need.kind.name(), printable(&need.url))?;
        writeln!(out, "  what to do: {}", fetching(need.kind))?;
    }
    if let Some(identity) = report.identity {
        let names: Vec<&str> = identity.attributes().map(|(name, _)| name.name()).collect();
        writeln!(
            out,
            "\n  person of {} through {}: {}",
            identity.provenance().issuing_country,
            identity.provenance().anchor,
            names.join(", ")
        )?;
    }
    writeln!(out)?;
    for entry in report.ledger.entries() {
        let (mark, colour) = match entry.outcome {
            Outcome::Passed => ("✔", GREEN),
            Outcome::Failed => ("✘", RED),
            Outcome::NotApplicable => ("·", DIM),
            Outcome::NotEvaluated => ("○", YELLOW),
        };
        let why = match (entry.outcome, entry.reason) {
            (Outcome::Passed, _) => String::new(),
            (outcome, None) => format!("  {}", outcome.name()),
            (outcome, Some(code)) => format!("  {}: {}", outcome.name(), code.name()),
        };
        let (name, clause) = (entry.check.name(), entry.check.clause());
        writeln!(
            out,
            "  {colour}{mark}{RESET} {name:<26} {DIM}{clause}{RESET}{colour}{why}{RESET}"
        )?;
    }
    Ok(())
}

fn fetching(kind: NeedKind) -> &'static str {
    match kind {
        NeedKind::Ocsp => {
            "POST there the `request` that --json shows, and hand in the answer with --evidence."
        }
        NeedKind::Crl => "Fetch it and hand it in with --evidence.",
        NeedKind::StatusList | _ => {
            "Nothing yet: evidence of this kind is not evaluated in this version."
        }
    }
}

const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const RESET: &str = "\x1b[0m";

/// A text from a token as a terminal may show it.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Shows what the configuration allows and a careful operator would not.
pub(crate) fn warnings(findings: &eid_broker::config::Findings) {
    // A closed standard error must not stop the call.
    let _ = write!(anstream::stderr().lock(), "{findings}");
}

/// Shows why the command could not go on.
pub(crate) fn failure(failure: &Failure) {
    let mut out = anstream::stderr().lock();
    // There is nowhere left to say that standard error is closed.
    let _ = match failure {
        Failure::Findings(findings) => write!(out, "{findings}"),
        Failure::Store(refusal, text) => writeln!(
            out,
            "{YELLOW}?{RESET} {refusal}\n  {text}\n  what to do: {}",
            refusal.code().advice()
        ),
        Failure::Misuse(text) => writeln!(out, "{RED}eid-broker:{RESET} {text}"),
        Failure::Refused(refusal) => writeln!(
            out,
            "{RED}✘{RESET} {refusal}\n  what to do: {}\n  clause: {}",
            refusal.code().advice(),
            refusal.code().clause()
        ),
    };
}

/// Turns an answer that cannot be written into a failure of the command. A reader that has seen
/// enough and closed the pipe is none.
pub(crate) fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Misuse(format!("cannot write the answer: {error}")))
        }
        _ => Ok(()),
    }
}
