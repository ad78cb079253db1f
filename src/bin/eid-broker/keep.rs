//! `init`, `jwks`, `trust` and `audit`: what an operator looks after.

use crate::arguments::{
    ApplyOptions, AuditAction, AuditLog, AuditOptions, ConfigOptions, InitOptions, TrustAction,
    TrustOptions,
};
use crate::show::{printable, written};
use crate::{Exit, Failure, setup};
use eid_broker::envelope::jose::KeySet;
use eid_broker::host::config_folder::{
    ConfigFolder, SignerSettings, TakeOverError, init as write_example, take_over, taken_at,
};
use eid_broker::host::{AuditFile, AuditReport, KeyFileSigner};
use eid_broker::ports::Signer;
use eid_broker::trust::{Due, SourceLine};
use std::collections::BTreeMap;
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
        TrustAction::Apply(options) => apply(options, &mut out),
        TrustAction::Plan(options) => {
            let now = setup::now(options.now.as_deref())?;
            let config = setup::load(&options.config)?;
            let plan = config.trust.plan(&taken_at(&config.folder, &config.trust), now);
            for request in &plan {
                let why = match request.due {
                    Due::Refresh { until: Some(until) } => format!("used until {until}"),
                    Due::Refresh { until: None } => "old".to_owned(),
                    Due::Missing | _ => "missing".to_owned(),
                };
                written(writeln!(out, "{} {} {why}", request.source, request.url))?;
            }
            Ok(Exit::Accepted)
        }
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

fn apply(options: &ApplyOptions, out: &mut dyn Write) -> Result<Exit, Failure> {
    let now = setup::now(options.now.as_deref())?;
    let mut answers = BTreeMap::new();
    for document in &options.documents {
        let pair =
            document.split_once('=').filter(|(name, file)| !name.is_empty() && !file.is_empty());
        let (name, file) =
            pair.ok_or_else(|| Failure::Misuse(format!("{document} is not NAME=FILE")))?;
        if answers.insert(name.to_owned(), PathBuf::from(file)).is_some() {
            return Err(Failure::Misuse(format!("{name} has two documents")));
        }
    }
    // Names are checked first: a misspelt one must not leave half of the work done.
    let config = setup::load(&options.config)?;
    let signed = |name: &String| {
        let sources = config.trust.sources().iter();
        sources.filter(|source| source.kind().is_signed()).any(|s| s.config().name == **name)
    };
    if let Some(name) = answers.keys().find(|name| !signed(name)) {
        let text = format!("{name} is no source of trust.toml with a signed document");
        return Err(Failure::Misuse(text));
    }
    let changes = take_over(&options.config, &answers, now).map_err(|error| match error {
        TakeOverError::Config(findings) => Failure::Findings(findings),
        error @ TakeOverError::File(_) | error => Failure::Misuse(error.to_string()),
    })?;
    let mut exit = Exit::Accepted;
    for (name, change) in changes {
        match change {
            Ok(change) => {
                let until = change.until.map(|until| format!(", used until {until}"));
                let what = if change.is_held { "is held already" } else { "was taken over" };
                let until = until.unwrap_or_default();
                written(writeln!(out, "{name}: {} {what}{until}", change.file))?;
            }
            Err(refusal) => {
                exit = Exit::Refused;
                written(writeln!(out, "{name}: refused, {refusal}"))?;
            }
        }
    }
    Ok(exit)
}

fn show_source(source: &SourceLine, out: &mut dyn Write) -> std::io::Result<()> {
    let why = source.code.map(|code| format!(" ({code})")).unwrap_or_default();
    let old = if source.old { ", getting old" } else { "" };
    let (name, state, count) = (&source.name, source.state, source.count);
    let what = match source.kind {
        "saml-service-list" => "entries",
        "saml-metadata" | "saml-pinned" => "signing keys",
        _ => "anchors",
    };
    writeln!(out, "{name}: {} {}, {state}{why}{old}, {count} {what}", source.purpose, source.kind)?;
    if let Some(entity_id) = &source.entity_id {
        writeln!(out, "    entity ID            {entity_id}")?;
    }
    if let Some(digest) = &source.digest {
        writeln!(out, "    sha256 of the files  {digest}")?;
    }
    if let Some(next_update) = source.next_update {
        writeln!(out, "    used until           {next_update}")?;
    }
    if let Some(valid_until) = source.valid_until {
        writeln!(out, "    document valid until {valid_until}")?;
    }
    for unused in &source.unused {
        writeln!(out, "    {unused}")?;
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
