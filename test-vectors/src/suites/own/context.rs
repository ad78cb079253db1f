//! What a vector is judged under: the trust material and the policy that it names, as files.

use eid_broker::UnixTime;
use eid_broker::assertion::{CheckPolicy, KeysAge};
use eid_broker::config::Findings;
use eid_broker::identity::LevelOfAssurance;
use eid_broker::policy::Policy;
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

// A vector lies at most that many folders below the one with `trust` and `policy`.
const MAX_UP: usize = 4;

/// Finds a file that a vector names: in its own folder, or in one of those around it.
pub(super) fn find(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let folder = folder.canonicalize().map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut candidates = folder.ancestors().take(MAX_UP).map(|around| around.join(name));
    candidates.find(|path| path.is_file()).ok_or_else(|| format!("{name}: no such file"))
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    serde_json::from_str(&text(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// The file of a policy: `standard/1` is `policy/standard-1.toml`.
fn policy_file(folder: &Path, label: &str, end: &str) -> Result<PathBuf, String> {
    let (name, version) = label.split_once('/').ok_or("policy must be name/version")?;
    find(folder, &format!("policy/{name}-{version}.{end}"))
}

/// The policy of a token family.
pub(super) fn policy(folder: &Path, label: &str) -> Result<Policy, String> {
    let path = policy_file(folder, label, "toml")?;
    let mut findings = Findings::new();
    let policy = Policy::from_toml(&text(&path)?, &path.display().to_string(), &mut findings);
    let policy = policy.filter(|_| !findings.has_errors());
    let policy = policy.ok_or_else(|| findings.to_string())?;
    if format!("{}/{}", policy.name, policy.version) == label {
        Ok(policy)
    } else {
        Err(format!("{} is the policy {}/{}", path.display(), policy.name, policy.version))
    }
}

/// What `trust.toml` would say, as JSON. The files lie beside it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trust {
    #[serde(rename = "description")]
    _description: String,
    source: Vec<Map<String, Value>>,
}

/// The trust material of a token family.
pub(super) fn trust(folder: &Path, name: &str) -> Result<TrustStore, String> {
    let path = find(folder, name)?;
    let trust: Trust = json(&path)?;
    // A JSON string, number or list of strings is written alike in TOML.
    let mut toml = String::new();
    for source in &trust.source {
        toml.push_str("[[source]]\n");
        for (key, value) in source {
            toml.push_str(&format!("{key} = {value}\n"));
        }
    }
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(&toml, name, &mut findings);
    let config = config.filter(|_| !findings.has_errors()).ok_or_else(|| findings.to_string())?;
    let beside = path.parent().unwrap_or(Path::new("."));
    let read = |file: &str| match fs::read(beside.join(file)) {
        Ok(bytes) => Material::Bytes(bytes),
        Err(_) => Material::Absent,
    };
    let material: BTreeMap<String, Material> =
        config.files().iter().map(|file| ((*file).to_owned(), read(file))).collect();
    Ok(TrustStore::build(config, &material, name, &mut findings))
}

/// Whose assertions are believed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IssuerTrust {
    #[serde(rename = "description")]
    _description: String,
    /// The exact `iss`.
    pub(super) issuer: String,
    /// File with the key set, beside this one.
    jwks: String,
    /// When the set was fetched, RFC 3339.
    fetched_at: Option<String>,
}

/// The issuer that a vector about an assertion trusts, and the text of its key set.
pub(super) fn issuer(folder: &Path, name: &str) -> Result<(IssuerTrust, Vec<u8>), String> {
    let path = find(folder, name)?;
    let trust: IssuerTrust = json(&path)?;
    let set = path.parent().unwrap_or(Path::new(".")).join(&trust.jwks);
    let set = fs::read(&set).map_err(|error| format!("{}: {error}", set.display()))?;
    Ok((trust, set))
}

/// What a consumer demands. What is left out is as by default.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    #[serde(rename = "description")]
    _description: String,
    min_loa: Option<String>,
    notified_only: Option<bool>,
    leeway_s: Option<u32>,
    max_lifetime_s: Option<u32>,
    max_bytes: Option<u32>,
    scopes: Option<Vec<String>>,
    binding_required: Option<bool>,
    exact_header: Option<bool>,
    max_keys_age_s: Option<u32>,
    /// Whether each assertion is accepted once.
    #[serde(default)]
    pub(super) single_use: bool,
}

/// The policy of the check of an assertion: `check/1` is `policy/check-1.json`.
pub(super) fn check(folder: &Path, label: &str) -> Result<Check, String> {
    json(&policy_file(folder, label, "json")?)
}

impl Check {
    /// As the library takes it.
    pub(super) fn policy(&self, trust: &IssuerTrust) -> Result<CheckPolicy, String> {
        let mut policy = CheckPolicy::default();
        if let Some(name) = &self.min_loa {
            policy.min_loa = LevelOfAssurance::from_name(name).ok_or("min_loa is no level")?;
        }
        policy.notified_only = self.notified_only.unwrap_or(policy.notified_only);
        policy.leeway_s = self.leeway_s.unwrap_or(policy.leeway_s);
        policy.max_lifetime_s = self.max_lifetime_s.unwrap_or(policy.max_lifetime_s);
        policy.max_bytes = self.max_bytes.unwrap_or(policy.max_bytes);
        policy.binding_required = self.binding_required.unwrap_or(policy.binding_required);
        policy.exact_header = self.exact_header.unwrap_or(policy.exact_header);
        policy.scopes = self.scopes.clone().map(Into::into);
        if let Some(max_age_s) = self.max_keys_age_s {
            let fetched_at = trust.fetched_at.as_deref().and_then(UnixTime::from_rfc3339);
            let fetched_at = fetched_at.ok_or("max_keys_age_s needs fetched_at")?;
            policy.keys_age = Some(KeysAge { fetched_at, max_age_s });
        }
        Ok(policy)
    }
}
