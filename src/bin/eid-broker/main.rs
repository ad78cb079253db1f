//! The command for operators and auditors: make expectations, verify, diagnose, issue, check, and
//! look after trust and the audit log.

mod arguments;
mod check;
mod demo;
mod journey;
mod keep;
mod refusals;
mod saml;
mod setup;
mod show;

use arguments::{Arguments, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Assert(options) => journey::assert(&options),
        Command::Audit(options) => keep::audit(&options),
        Command::Check(options) => check::check(&options),
        Command::Demo(options) => demo::demo(&options),
        Command::Diagnose(options) => journey::diagnose(&options),
        Command::Expect(options) => journey::expect(&options),
        Command::Init(options) => keep::init(&options),
        Command::Jwks(options) => keep::jwks(&options),
        Command::Refusals(options) => refusals::refusals(&options),
        Command::Saml(options) => saml::saml(&options),
        Command::Trust(options) => keep::trust(&options),
        Command::Verify(options) => journey::verify(&options),
    };
    match outcome {
        Ok(exit) => ExitCode::from(exit.status()),
        Err(failure) => {
            show::failure(&failure);
            ExitCode::from(failure.exit().status())
        }
    }
}

/// How the command ends; the numbers are part of its contract.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    Accepted,
    Refused,
    Misuse,
    Undecided,
}

impl Exit {
    const fn status(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Refused => 1,
            Self::Misuse => 2,
            Self::Undecided => 3,
        }
    }
}

/// Why the command could not do what it was asked for.
pub(crate) enum Failure {
    /// The configuration has findings; all of them.
    Findings(eid_broker::config::Findings),
    /// A call or a file is not what it should be.
    Misuse(String),
    /// A store or the audit log cannot be opened; nothing was decided.
    Store(eid_broker::verdict::Refusal, String),
    /// The library said no before there was a verdict.
    Refused(eid_broker::verdict::Refusal),
}

impl Failure {
    fn exit(&self) -> Exit {
        match self {
            Self::Findings(_) | Self::Misuse(_) => Exit::Misuse,
            Self::Store(..) => Exit::Undecided,
            Self::Refused(refusal) if refusal.is_undecided() => Exit::Undecided,
            Self::Refused(refusal) if refusal.code().number() >= 9000 => Exit::Misuse,
            Self::Refused(_) => Exit::Refused,
        }
    }
}

impl From<eid_broker::verdict::Refusal> for Failure {
    fn from(refusal: eid_broker::verdict::Refusal) -> Self {
        Self::Refused(refusal)
    }
}
