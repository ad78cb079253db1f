//! `eid-broker.toml` → [`Settings`].

use super::saml::{self, SamlSettings};
use crate::config::{
    self, Findings, Table, is_canonical_issuer_url, is_file_path, is_serialised_origin,
};
use crate::crypto::Alg;
use crate::envelope::base64url;
use std::path::{Path, PathBuf};

/// What `eid-broker.toml` says. Paths are resolved; nothing behind them is open.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// The `iss` of assertions: an https URL in its one canonical spelling.
    pub issuer: String,
    /// What signs assertions.
    pub signer: SignerSettings,
    /// Where secret keys lie.
    pub keys: KeySettings,
    /// What must not be accepted twice.
    pub stores: StoreSettings,
    /// File of the audit log.
    pub audit: PathBuf,
    /// Largest inputs.
    pub limits: LimitSettings,
    /// What requests say.
    pub expectation: ExpectationSettings,
    /// This broker as a SAML service provider; `None` when no family of SAML is asked.
    pub saml: Option<SamlSettings>,
}

/// `[signer]`: what signs assertions.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignerSettings {
    /// A private key in a file, PKCS#8 in PEM.
    KeyFile {
        /// The file.
        path: PathBuf,
        /// The algorithm; one key, one algorithm.
        alg: Alg,
    },
}

impl SignerSettings {
    /// The algorithm of assertions.
    #[must_use]
    pub const fn alg(&self) -> Alg {
        match self {
            Self::KeyFile { alg, .. } => *alg,
        }
    }
}

/// `[keys]`: files with 32 secret bytes each, in hexadecimal.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct KeySettings {
    /// Master key of the pairwise subjects.
    pub pairwise: PathBuf,
    /// Its version, which stands in every subject.
    pub pairwise_version: u32,
    /// Key that seals expectations.
    pub seal: PathBuf,
    /// Key of the tags by which audit records name a subject.
    pub audit: PathBuf,
}

/// `[stores]`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct StoreSettings {
    /// Where consumed expectations and assertions are remembered.
    pub replay: ReplaySettings,
    /// Most live entries; when full, new tokens are refused. Default 1 000 000.
    pub capacity: u32,
}

/// Where the replay store lies.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ReplaySettings {
    /// In this process only: forgotten when it ends, unknown to any other.
    Memory,
    /// In an SQLite file, shared by the processes of one host.
    Sqlite(PathBuf),
}

/// `[limits]`: largest inputs in bytes (docs/limits.md).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct LimitSettings {
    /// Wallet presentations. Default and most 524288; the policy's `max_bytes` holds as well.
    pub presentation_bytes: u32,
}

/// `[expectation]`: what requests say.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ExpectationSettings {
    /// How long an answer may take. Seconds. Default 600.
    pub lifetime_s: u32,
    /// The client identifier with its prefix, which key bindings must name as their audience.
    pub audience: String,
    /// The origin of the login page for cards, as a browser serialises it; `None` when no card logs in.
    pub origin: Option<String>,
}

impl Settings {
    /// Reads the settings; every finding of the text is noted. Asks the file system whether key
    /// files and the folders of state are there, and whether others may read the keys.
    ///
    /// * `folder`: what relative paths are meant from.
    /// * `file`: the name that findings carry.
    #[must_use]
    pub fn from_toml(
        text: &str,
        folder: &Path,
        file: &str,
        findings: &mut Findings,
    ) -> Option<Self> {
        config::read(text, file, findings, |table, findings| read(table, folder, findings))
    }
}

fn read(table: &mut Table<'_>, folder: &Path, findings: &mut Findings) -> Option<Settings> {
    let what = "an https URL without query, fragment, trailing slash and percent-encoding";
    let issuer = table.required_as("issuer", what, findings, |text| {
        is_canonical_issuer_url(text).then(|| text.to_owned())
    });
    let signer = table.required_table("signer", findings, |table, findings| {
        let kind = table.required_choice("kind", &[("key_file", ())], findings);
        let path = required_key_file(table, "path", folder, findings);
        let alg = table.required_choice("alg", SIGNING, findings);
        kind?;
        Some(SignerSettings::KeyFile { path: path?, alg: alg? })
    });
    let keys = table.required_table("keys", findings, |table, findings| {
        let pairwise = required_key_file(table, "pairwise", folder, findings);
        let version = table.required_u32("pairwise_version", 1..=MAX_KEY_VERSION, findings);
        let seal = required_key_file(table, "seal", folder, findings);
        let audit = required_key_file(table, "audit", folder, findings);
        if pairwise.is_some() && pairwise == seal {
            table.error("seal", "must be another key than `pairwise`", findings);
        }
        if audit.is_some() && (audit == pairwise || audit == seal) {
            table.error("audit", "must be another key than `pairwise` and `seal`", findings);
        }
        Some(KeySettings {
            pairwise: pairwise?,
            pairwise_version: version?,
            seal: seal?,
            audit: audit?,
        })
    });
    let stores = table.required_table("stores", findings, |table, findings| {
        let replay = read_replay(table, folder, findings);
        let capacity = table.optional_u32("capacity", 1..=MAX_CAPACITY, findings);
        Some(StoreSettings { replay: replay?, capacity: capacity.unwrap_or(DEFAULT_CAPACITY) })
    });
    let audit = table.required_table("audit", findings, |table, findings| {
        required_state_file(table, "path", folder, findings)
    });
    let limits = table.optional_table("limits", findings, |table, findings| {
        let presentation = table.optional_u32("presentation_bytes", 1_024..=524_288, findings);
        let default = LimitSettings::default();
        Some(LimitSettings {
            presentation_bytes: presentation.unwrap_or(default.presentation_bytes),
        })
    });
    let expectation = table.required_table("expectation", findings, |table, findings| {
        let lifetime_s = table.optional_duration_s("lifetime", 60..=3_600, findings);
        let what = "a client identifier, for instance `x509_hash:` and 43 characters of base64url";
        let audience = table.required_as("audience", what, findings, client_identifier);
        let what = "an origin as a browser writes it, for instance \"https://login.example.org\"";
        let origin = table.optional_as("origin", what, findings, |text| {
            is_serialised_origin(text).then(|| text.to_owned())
        });
        Some(ExpectationSettings {
            lifetime_s: lifetime_s.unwrap_or(DEFAULT_LIFETIME_S),
            audience: audience?,
            origin,
        })
    });
    let saml = table.optional_table("saml", findings, |table, findings| {
        let read = saml::read(table, folder, findings)?;
        let SignerSettings::KeyFile { path, .. } = signer.as_ref()?;
        if read.signing.iter().any(|key| key.path == *path) {
            table.error("signing", "must be another key than the one of assertions", findings);
        }
        Some(read)
    });
    Some(Settings {
        issuer: issuer?,
        signer: signer?,
        keys: keys?,
        stores: stores?,
        audit: audit?,
        limits: limits.unwrap_or_default(),
        expectation: expectation?,
        saml,
    })
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { presentation_bytes: 512 * 1024 }
    }
}

fn read_replay(
    table: &mut Table<'_>,
    folder: &Path,
    findings: &mut Findings,
) -> Option<ReplaySettings> {
    let what = "\"memory\", or \"sqlite:\" and a path without `.`, `..` and backslash";
    let replay = table.required_as("replay", what, findings, |text| {
        if text == "memory" {
            return Some(ReplaySettings::Memory);
        }
        let path = text.strip_prefix("sqlite:").filter(|path| is_file_path(path))?;
        Some(ReplaySettings::Sqlite(folder.join(path)))
    })?;
    match &replay {
        ReplaySettings::Memory => {
            let message = "forgets what was used when the process ends, and other processes never \
                           know of it; for one process and for tests only";
            table.warning("replay", message, findings);
        }
        ReplaySettings::Sqlite(_) if cfg!(not(feature = "sqlite")) => {
            table.error("replay", "this build has no SQLite (feature `sqlite`)", findings);
        }
        ReplaySettings::Sqlite(path) => check_folder_of(path, table, "replay", findings),
    }
    Some(replay)
}

// A file that must be there and that nobody else should read.
pub(super) fn required_key_file(
    table: &mut Table<'_>,
    key: &'static str,
    folder: &Path,
    findings: &mut Findings,
) -> Option<PathBuf> {
    let path = required_path(table, key, folder, findings)?;
    match path.metadata() {
        Ok(metadata) if !metadata.is_file() => {
            table.error(key, "is no regular file", findings);
        }
        Ok(metadata) if is_open_to_others(&metadata) => {
            table.error(key, "is open to others than its owner; set its mode to 0600", findings);
        }
        Ok(_) => {}
        Err(_) => table.error(key, format!("there is no file {}", path.display()), findings),
    }
    Some(path)
}

// A file that will be made when it is not there; its folder must be.
fn required_state_file(
    table: &mut Table<'_>,
    key: &'static str,
    folder: &Path,
    findings: &mut Findings,
) -> Option<PathBuf> {
    let path = required_path(table, key, folder, findings)?;
    check_folder_of(&path, table, key, findings);
    Some(path)
}

pub(super) fn required_path(
    table: &mut Table<'_>,
    key: &'static str,
    folder: &Path,
    findings: &mut Findings,
) -> Option<PathBuf> {
    let what = "a path without `.`, `..` and backslash";
    table.required_as(key, what, findings, |text| is_file_path(text).then(|| folder.join(text)))
}

fn check_folder_of(path: &Path, table: &Table<'_>, key: &'static str, findings: &mut Findings) {
    if !path.parent().is_some_and(Path::is_dir) {
        table.error(key, format!("there is no folder for {}", path.display()), findings);
    }
}

#[cfg(unix)]
fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

// OpenID4VP 1.0, 5.9: a prefix and what it demands. Only the hash has a form of its own here (HAIP).
fn client_identifier(text: &str) -> Option<String> {
    let printable = text.len() <= 512 && text.bytes().all(|byte| byte.is_ascii_graphic());
    let whole = match text.strip_prefix("x509_hash:") {
        Some(hash) => base64url::decode(hash.as_bytes()).is_ok_and(|hash| hash.len() == 32),
        None => true,
    };
    (printable && whole).then(|| text.to_owned())
}

// What this version signs with (docs/algorithms.md).
const SIGNING: &[(&str, Alg)] = &[
    (Alg::Es256.name(), Alg::Es256),
    (Alg::Es384.name(), Alg::Es384),
    (Alg::EdDsa.name(), Alg::EdDsa),
];

// `sub` has at most 64 characters; a key changes every few years.
const MAX_KEY_VERSION: u32 = 9_999;
const DEFAULT_CAPACITY: u32 = 1_000_000;
// At most 150 bytes each: what one host can hold.
const MAX_CAPACITY: u32 = 100_000_000;
const DEFAULT_LIFETIME_S: u32 = 600;
