//! Reads the configuration folder (design 5.4), whole, and tells everything that is wrong with it.
//!
//! | file | becomes |
//! |---|---|
//! | `eid-broker.toml` | [`Settings`] |
//! | `policy.toml` | [`Policy`] |
//! | `register.toml` | [`Register`] |
//! | `trust.toml`, and the files that it names | [`TrustStore`] |
//!
//! All four must be there. Relative paths in them are meant from the folder, absolute ones are
//! taken as they are, `.` and `..` are refused; symbolic links are followed. A file below `trust/`
//! that is missing or damaged does not stop the start: its source gets a state and a code of its
//! own, see [`crate::trust`], and a warning.

#[cfg(feature = "cli")]
mod init;
mod read;
mod settings;

#[cfg(feature = "cli")]
pub use init::init;
pub use settings::{
    ExpectationSettings, KeySettings, LimitSettings, ReplaySettings, Settings, SignerSettings,
    StoreSettings,
};

use crate::config::{Findings, Severity, digest_of_files};
use crate::policy::Policy;
use crate::register::Register;
use crate::trust::{Material, TrustConfig, TrustStore};
use read::read_limited;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A configuration without any finding that stops the start.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConfigFolder {
    /// The folder that it was read from.
    pub folder: PathBuf,
    /// What `eid-broker.toml` says.
    pub settings: Settings,
    /// What is acceptable.
    pub policy: Policy,
    /// Which procedure may see what.
    pub register: Register,
    /// Whom we believe.
    pub trust: TrustStore,
    /// Names this configuration in verdicts, assertions and audit records:
    /// `sha256sum eid-broker.toml policy.toml register.toml trust.toml | sha256sum`, run in the
    /// folder, gives it again. The files below `trust/` have digests of their own.
    pub digest: [u8; 32],
    /// What the operator should look at.
    pub warnings: Findings,
}

impl ConfigFolder {
    /// Reads and checks the folder. Opens no store, no key and no log.
    ///
    /// # Errors
    /// All findings of all files, warnings included, when any of them stops the start.
    pub fn load(folder: &Path) -> Result<Self, Findings> {
        let mut findings = Findings::new();
        let texts = FILES.map(|name| read_text(folder, name, &mut findings));
        let [broker, policy, register, trust] = texts;
        let settings = broker
            .as_ref()
            .and_then(|text| Settings::from_toml(text, folder, BROKER, &mut findings));
        let policy_read =
            policy.as_ref().and_then(|text| Policy::from_toml(text, POLICY, &mut findings));
        let register_read =
            register.as_ref().and_then(|text| Register::from_toml(text, REGISTER, &mut findings));
        let trust_read = trust
            .as_ref()
            .and_then(|text| TrustConfig::from_toml(text, TRUST, &mut findings))
            .map(|config| load_trust(config, folder, &mut findings));
        if let (Some(settings), Some(policy), Some(register)) =
            (&settings, &policy_read, &register_read)
        {
            compare(settings, policy, register, &mut findings);
        }
        let built = || {
            let files = [
                (BROKER, broker.as_ref()?.as_bytes()),
                (POLICY, policy.as_ref()?.as_bytes()),
                (REGISTER, register.as_ref()?.as_bytes()),
                (TRUST, trust.as_ref()?.as_bytes()),
            ];
            Some((digest_of_files(&files), settings?, policy_read?, register_read?, trust_read?))
        };
        match built() {
            Some((digest, settings, policy, register, trust)) if !findings.has_errors() => {
                let (folder, warnings) = (folder.to_owned(), findings);
                Ok(Self { folder, settings, policy, register, trust, digest, warnings })
            }
            _ => Err(findings),
        }
    }
}

fn read_text(folder: &Path, name: &str, findings: &mut Findings) -> Option<String> {
    let fault = match read_limited(&folder.join(name), MAX_CONFIG_BYTES) {
        Material::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => return Some(text),
            Err(_) => "is not UTF-8",
        },
        Material::Absent => "is missing",
        Material::Unreadable(reason) => reason,
    };
    findings.file_error(name, fault);
    None
}

fn load_trust(config: TrustConfig, folder: &Path, findings: &mut Findings) -> TrustStore {
    let material: BTreeMap<String, Material> = config
        .files()
        .into_iter()
        .map(|name| (name.to_owned(), read_limited(&folder.join(name), MAX_TRUST_BYTES)))
        .collect();
    TrustStore::build(config, &material, TRUST, findings)
}

// What only shows when the files are laid side by side.
fn compare(settings: &Settings, policy: &Policy, register: &Register, findings: &mut Findings) {
    if policy.laboratory {
        let message = "is a laboratory policy: no verdict under it becomes an assertion";
        findings.push(Severity::Warning, POLICY, 0, "", message);
    }
    let signing = settings.signer.alg();
    for procedure in register.procedures() {
        let path = |key: &str| format!("procedure.{:?}.{key}", procedure.id);
        if procedure.alg != signing {
            let message = format!(
                "is {}, but the signer of {BROKER} signs with {}",
                procedure.alg.name(),
                signing.name()
            );
            findings.push(Severity::Error, REGISTER, 0, path("alg"), message);
        }
        let reachable = policy
            .sd_jwt_vc
            .as_ref()
            .is_none_or(|rules| rules.loa.satisfies(procedure.min_loa, procedure.notified_only));
        if !reachable {
            let message = format!("is a level that no token reaches under {POLICY}");
            findings.push(Severity::Warning, REGISTER, 0, path("min_loa"), message);
        }
    }
}

const BROKER: &str = "eid-broker.toml";
const POLICY: &str = "policy.toml";
const REGISTER: &str = "register.toml";
const TRUST: &str = "trust.toml";
// In the order of the digest.
const FILES: [&str; 4] = [BROKER, POLICY, REGISTER, TRUST];

// A register of a thousand procedures has some 600 KiB.
const MAX_CONFIG_BYTES: u64 = 4 * 1024 * 1024;
// What `pki::parse_pem_many` reads.
const MAX_TRUST_BYTES: u64 = 4 * 1024 * 1024;
