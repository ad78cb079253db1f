//! `init`, `jwks`, `trust` and `audit`: what an operator looks after.

use crate::arguments::{
    AuditAction, AuditLog, AuditOptions, ConfigOptions, InitOptions, TrustAction, TrustOptions,
};
use crate::show::{printable, written};
use crate::{Exit, Failure, setup};
use eid_broker::envelope::jose::KeySet;
use eid_broker::host::config_folder::{ConfigFolder, SignerSettings, init as write_example};
use eid_broker::host::{AuditFile, AuditReport, KeyFileSigner};
use eid_broker::ports::Signer;
use eid_broker::trust::SourceLine;
use std::io::Write;
use std::path::{Path, PathBuf};

pub(crate) fn init(options: &InitOptions) -> Result<Exit, Failure> {
    let files = write_example(&options.dir).map_err(Failure::Findings)?;
    let mut out = anstream::stdout().lock();
    for file in files {
        written(writeln!(out, "{}", file.display()))?;
    }
    Ok(Exit::Accepted)
}

/// The key set that consumers check with: public halves only.
pub(crate) fn jwks(options: &ConfigOptions) -> Result<Exit, Failure> {
    let config = setup::load(&options.config)?;
    let keys = key_set(&config)?;
    written(writeln!(anstream::stdout().lock(), "{}", keys.to_json()))?;
    Ok(Exit::Accepted)
}

/// The public half of the configured signer.
pub(crate) fn key_set(config: &ConfigFolder) -> Result<KeySet, Failure> {
    let SignerSettings::KeyFile { path, alg } = &config.settings.signer else {
        return Err(Failure::Misuse("the signer is no key file".to_owned()));
    };
    let signer = KeyFileSigner::load(path).map_err(|error| Failure::Misuse(error.to_string()))?;
    if signer.alg() != *alg {
        let (path, is, named) = (path.display(), signer.alg().name(), alg.name());
        return Err(Failure::Misuse(format!(
            "{path}: the key is of {is}, signer.alg says {named}"
        )));
    }
    let key = signer.public_key().clone().for_alg(signer.alg());
    let key = key.map_err(|code| Failure::Misuse(code.meaning().to_owned()))?;
    Ok(KeySet::from_keys([(signer.kid().to_owned(), key)]))
}

pub(crate) fn trust(options: &TrustOptions) -> Result<Exit, Failure> {
    let mut out = anstream::stdout().lock();
    match &options.action {
        TrustAction::Show(options) => {
            let now = setup::now(options.now.as_deref())?;
            for source in setup::load(&options.config)?.trust.show(now) {
                written(show_source(&source, &mut out))?;
            }
            Ok(Exit::Accepted)
        }
        TrustAction::Doctor(options) => {
            let now = setup::now(options.now.as_deref())?;
            let findings = load_quietly(options)?.trust.doctor("trust.toml", now);
            written(write!(out, "{findings}"))?;
            if findings.is_empty() {
                written(writeln!(out, "every source is loaded and fresh"))?;
                return Ok(Exit::Accepted);
            }
            Ok(if findings.has_errors() { Exit::Refused } else { Exit::Accepted })
        }
    }
}

pub(crate) fn audit(options: &AuditOptions) -> Result<Exit, Failure> {
    let mut out = anstream::stdout().lock();
    match &options.action {
        AuditAction::Verify(log) => {
            let path = log_path(log)?;
            check_begun(&path)?;
            let report =
                AuditFile::verify(&path).map_err(|error| Failure::Misuse(error.to_string()))?;
            written(show_report(&report, &mut out))?;
            Ok(if report.is_whole() { Exit::Accepted } else { Exit::Refused })
        }
        AuditAction::Show(log) => {
            let path = log_path(log)?;
            check_begun(&path)?;
            let text = std::fs::read_to_string(&path).map_err(|error| {
                Failure::Misuse(format!("cannot read {}: {error}", path.display()))
            })?;
            for line in text.lines() {
                written(writeln!(out, "{}", printable(line)))?;
            }
            Ok(Exit::Accepted)
        }
    }
}

fn show_source(source: &SourceLine, out: &mut dyn Write) -> std::io::Result<()> {
    let why = source.code.map(|code| format!(" ({code})")).unwrap_or_default();
    let old = if source.old { ", getting old" } else { "" };
    let (name, state, count) = (&source.name, source.state, source.count);
    writeln!(
        out,
        "{name}: {} {}, {state}{why}{old}, {count} anchors",
        source.purpose, source.kind
    )?;
    if let Some(digest) = &source.digest {
        writeln!(out, "    sha256 of the files  {digest}")?;
    }
    if let Some(next_update) = source.next_update {
        writeln!(out, "    used until           {next_update}")?;
    }
    for anchor in &source.anchors {
        let until = anchor.not_after.map(|end| format!("  until {end}")).unwrap_or_default();
        writeln!(out, "    {}{until}", anchor.id)?;
    }
    Ok(())
}

/// An audit report in words.
pub(crate) fn show_report(report: &AuditReport, out: &mut dyn Write) -> std::io::Result<()> {
    match &report.damage {
        None => writeln!(out, "{} records, each where it was written", report.good.lines)?,
        // Only the line behind it shows that a line was altered: the reader has come further.
        Some(damage) => {
            let before = damage.sequence;
            writeln!(out, "damaged: {damage}; {before} records before it are in order")?;
        }
    }
    if report.torn_bytes > 0 {
        let torn = report.torn_bytes;
        writeln!(
            out,
            "{torn} bytes after them were never acknowledged; the next writer cuts them off"
        )?;
    }
    if !report.events.is_empty() {
        writeln!(out, "recoveries are recorded at {:?}", report.events)?;
    }
    Ok(())
}

// What the doctor says of the trust sources is said once.
fn load_quietly(options: &ConfigOptions) -> Result<ConfigFolder, Failure> {
    setup::read_folder(&options.config)
}

fn log_path(log: &AuditLog) -> Result<PathBuf, Failure> {
    if let Some(path) = &log.log {
        return Ok(path.clone());
    }
    let folder = log.config.as_deref().ok_or_else(|| Failure::Misuse("name a log".to_owned()))?;
    Ok(setup::read_folder(folder)?.settings.audit)
}

// No log is not an empty log: who asks for one should learn which file is meant.
fn check_begun(path: &Path) -> Result<(), Failure> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let path = path.display();
            let text = format!("there is no log {path}; the first verify or assert begins it");
            Err(Failure::Misuse(text))
        }
        _ => Ok(()),
    }
}
