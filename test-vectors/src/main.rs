//! The auditors' program: runs vector files and whole suites against eid-broker.
//!
//! ```text
//! run [PATH…] [--json FILE] [--report FILE.html]   every suite found in the paths
//! door OP                                          one base64 token per line, in the context OP
//! lines                                            one JSON question per line
//! judge [--count N]                                what we accept of XML, judged by libxmlsec1
//! sweep [VECTOR…] [--threads N]                    every small change of a token, all refused
//! make                                             writes the vectors of this package
//! ```
//!
//! A suite is recognised by its content ([`recognise`]), read into cases ([`suite`]), and judged
//! against what it expects and against the list of known differences ([`exceptions`]).

mod discover;
mod door;
mod exceptions;
mod judge;
mod lines;
mod make;
mod recognise;
mod report;
mod run;
mod suite;
mod suites;
mod sweep;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs vectors and suites against eid-broker.
#[derive(Parser)]
#[command(name = "eid-broker-vectors", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs every suite found in PATH, or in the tree and beside it when there is no PATH.
    Run {
        /// Vector files, suite files or folders.
        paths: Vec<PathBuf>,
        /// Writes a report for machines.
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
        /// Writes a report for auditors.
        #[arg(long, value_name = "FILE.html")]
        report: Option<PathBuf>,
    },
    /// Answers one base64 token per line with `ok …` or `refused CODE`.
    Door {
        /// The vector whose context is used: suite/case.
        op: String,
    },
    /// Asks xmlsec1 and xmllint about signed XML that is accepted here, and about canonical forms.
    Judge {
        /// Spellings of each message, and random documents.
        #[arg(long, default_value = "3000")]
        count: usize,
    },
    /// Answers one JSON question per line with one JSON line.
    Lines,
    /// Changes every bit and byte of accepted tokens; all that comes out must be refused.
    Sweep {
        /// Accepted vectors of this project; without any, a presentation and an assertion.
        vectors: Vec<PathBuf>,
        /// How many at a time.
        #[arg(long, default_value = "2")]
        threads: std::num::NonZeroUsize,
    },
    /// Writes the vectors of this package anew, byte for byte the same in every run.
    Make {
        /// The package, where `schema.json` lies.
        #[arg(default_value = env!("CARGO_MANIFEST_DIR"))]
        package: PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Run { paths, json, report } => {
            run::run(&paths, json.as_deref(), report.as_deref())
        }
        Command::Door { op } => door::serve(&op),
        Command::Judge { count } => judge::run(count),
        Command::Lines => lines::serve(),
        Command::Sweep { vectors, threads } => sweep::run(&vectors, threads),
        Command::Make { package } => make::write(&package),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(MISUSE)
    })
}

/// Exit status for a wrong argument or an unreadable file, as in the command.
pub(crate) const MISUSE: u8 = 2;
