//! `init`, `jwks`, `trust` and `audit`: what an operator looks after.

use crate::arguments::{AuditAction, AuditLog, AuditOptions, ConfigOptions, InitOptions, TrustAction, TrustOptions};
use crate::show::{printable, written};
use crate::{Exit, Failure, setup};
use eid_broker::host::config_folder::{ConfigFolder, SignerSettings, init as write_example};
use eid_broker::host::{AuditFile, KeyFileSigner};
use std::io::Write;
use std::path::PathBuf;

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
    let config = load(options)?;
    let SignerSettings::KeyFile { path, .. } = &config.settings.signer;
    let signer = KeyFileSigner::load(path).map_err(|error| Failure::Misuse(error.to_string()))?;
    written(writeln!(anstream::stdout().lock(), "{}", signer.key_set().to_json()))?;
    Ok(Exit::Accepted)
}

pub(crate) fn trust(options: &TrustOptions) -> Result<Exit, Failure> {
    let mut out = anstream::stdout().lock();
    match &options.action {
        TrustAction::Show(options) => {
            let now = setup::now(options.now.as_deref())?;
            for line in load(options)?.trust.show(now) {
                written(writeln!(out, "{line}"))?;
            }
            Ok(Exit::Accepted)
        }
        TrustAction::Doctor(options) => {
            let now = setup::now(options.now.as_deref())?;
            let findings = load(options)?.trust.doctor("trust.toml", now);
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
            let report = AuditFile::verify(&path).map_err(|error| Failure::Misuse(error.to_string()))?;
            written(writeln!(out, "{report}"))?;
            Ok(if report.is_intact() { Exit::Accepted } else { Exit::Refused })
        }
        AuditAction::Show(log) => {
            let path = log_path(log)?;
            let text = std::fs::read_to_string(&path)
                .map_err(|error| Failure::Misuse(format!("cannot read {}: {error}", path.display())))?;
            for line in text.lines() {
                written(writeln!(out, "{}", printable(line)))?;
            }
            Ok(Exit::Accepted)
        }
    }
}

fn load(options: &ConfigOptions) -> Result<ConfigFolder, Failure> {
    ConfigFolder::load(&options.config).map_err(Failure::Findings)
}

fn log_path(log: &AuditLog) -> Result<PathBuf, Failure> {
    if let Some(path) = &log.log {
        return Ok(path.clone());
    }
    let folder = log.config.as_deref().ok_or_else(|| Failure::Misuse("name a log".to_owned()))?;
    Ok(ConfigFolder::load(folder).map_err(Failure::Findings)?.settings.audit)
}
