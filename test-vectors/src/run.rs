//! The subcommand `run`.

use crate::MISUSE;
use crate::discover::Discovery;
use crate::exceptions::Exceptions;
use crate::report::{self, Run};
use crate::suite::{Counts, Judgement, Suite, SuiteResult};
use crate::suites;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

// Where this package and the suites beside the tree lie.
const PACKAGE: &str = env!("CARGO_MANIFEST_DIR");
const CORPUS: &str = "../shared/corpus";

/// Runs every suite in `paths`, or the known ones when there is no path.
pub(crate) fn run(
    paths: &[PathBuf],
    json: Option<&Path>,
    html: Option<&Path>,
) -> Result<ExitCode, String> {
    let mut out = stdout().lock();
    let mut exceptions = Exceptions::load()?;
    let discovery = if paths.is_empty() { known(&mut out)? } else { given(paths)? };
    let mut run = Run { ignored: discovery.ignored, ..Run::default() };
    for group in suites::load(discovery.found) {
        match group.suites {
            Ok(suites) => {
                for suite in suites {
                    let mut result = judge(suite.as_ref(), &group.path, &group.sha256);
                    run.rotten.extend(exceptions.apply(&mut result));
                    print_suite(&mut out, &result)?;
                    run.suites.push(result);
                }
            }
            Err(fault) => {
                print(&mut out, format_args!("{}: unreadable suite: {fault}", group.path))?;
                run.broken.push((group.path, fault));
            }
        }
    }
    // A file given by hand may hold a part of a known suite: then a missing case says nothing.
    if paths.iter().all(|path| is_home(path)) {
        run.rotten.extend(exceptions.unused(&run.suites));
    }
    for line in &run.rotten {
        print(&mut out, format_args!("exceptions.json: {line}"))?;
    }
    for (backend, sum) in run.by_backend() {
        let (right, wrong, skipped) = (sum.right, sum.wrong, sum.skipped_total());
        let line =
            format_args!("backend {backend}: {right} right, {wrong} wrong, {skipped} skipped");
        print(&mut out, line)?;
    }
    let counts = run.counts();
    print(&mut out, format_args!("total: {counts}"))?;
    if let Some(path) = json {
        write_file(path, &report::json::render(&run))?;
    }
    if let Some(path) = html {
        write_file(path, &report::html::render(&run))?;
    }
    Ok(status(&run, &counts))
}

fn status(run: &Run, counts: &Counts) -> ExitCode {
    if counts.wrong > 0 || !run.rotten.is_empty() {
        ExitCode::FAILURE
    } else if run.broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(MISUSE)
    }
}

/// The suites of the tree, and those beside it where they exist.
pub(crate) fn known(out: &mut impl Write) -> Result<Discovery, String> {
    let mut discovery = Discovery::default();
    discovery.add_own(&package())?;
    let corpus = corpus();
    if corpus.is_dir() {
        discovery.add(&corpus)?;
    } else {
        let corpus = corpus.display();
        print(out, format_args!("ABSENT: {corpus}: its suites were not run"))?;
    }
    Ok(discovery)
}

fn given(paths: &[PathBuf]) -> Result<Discovery, String> {
    let mut discovery = Discovery::default();
    let faults: Vec<String> = paths.iter().filter_map(|path| discovery.add(path).err()).collect();
    if faults.is_empty() { Ok(discovery) } else { Err(faults.join("\n       ")) }
}

// A folder that holds the known suites, or one of them, whole.
fn is_home(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    let inside = |home: PathBuf| home.canonicalize().is_ok_and(|home| path.starts_with(home));
    inside(package()) || inside(corpus())
}

// The binary may have been carried elsewhere; then the working directory is the tree.
fn package() -> PathBuf {
    let built = PathBuf::from(PACKAGE);
    if built.is_dir() { built } else { PathBuf::from("test-vectors") }
}

fn corpus() -> PathBuf {
    let beside_cwd = PathBuf::from(CORPUS);
    if beside_cwd.is_dir() { beside_cwd } else { package().join("..").join(CORPUS) }
}

fn judge(suite: &dyn Suite, path: &str, sha256: &str) -> SuiteResult {
    let judged = |case: crate::suite::Case| {
        let judgement = case.judge();
        (case, judgement)
    };
    SuiteResult {
        name: suite.name(),
        path: path.to_owned(),
        sha256: sha256.to_owned(),
        cases: suite.run().into_iter().map(judged).collect(),
    }
}

fn print_suite(out: &mut impl Write, result: &SuiteResult) -> Result<(), String> {
    let SuiteResult { name, cases, .. } = result;
    for (case, judgement) in cases {
        if *judgement == Judgement::Wrong {
            let (id, expected) = (&case.id, &case.expected);
            let (got, code) = (case.outcome.word(), case.outcome.code());
            print(out, format_args!("{name} {id} {expected} {got} {code}"))?;
        }
    }
    print(out, format_args!("{name}: {}", result.counts()))
}

fn print(out: &mut impl Write, line: std::fmt::Arguments<'_>) -> Result<(), String> {
    writeln!(out, "{line}").map_err(|error| format!("standard output: {error}"))
}

fn write_file(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
