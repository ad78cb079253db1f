//! `trust.toml` → [`TrustConfig`].

use super::load_saml::{
    SamlMetadataConfig, SamlPinnedConfig, SamlServiceListConfig, check_together, read_metadata,
    read_pinned, read_service_list,
};
use super::{AnchorProfile, AnchorRule, Purpose, SourceKind};
use crate::UnixTime;
use crate::config::{self, Findings, Table, is_file_path, is_issuer_url};
use crate::identity::{Country, LevelOfAssurance};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The sources of `trust.toml`, their files not yet read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TrustConfig {
    /// The sources, in the order of the file.
    pub sources: Vec<SourceConfig>,
}

/// One `[[source]]`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SourceConfig {
    /// Its name, `[a-z0-9-]{1,40}`, unique.
    pub name: String,
    /// What its anchors may vouch for.
    pub purpose: Purpose,
    /// What its files hold.
    pub kind: KindConfig,
    /// The files, as written: relative to the configuration folder, or absolute.
    pub files: Vec<String>,
    /// What its anchors may vouch for within the purpose.
    pub rule: Arc<AnchorRule>,
    /// When the files were taken over; `None` for what was pinned by hand and has no age.
    pub loaded_at: Option<UnixTime>,
    /// Older than this, seconds: used, but reported.
    pub warn_after_s: Option<u32>,
    /// Older than this, seconds: refused.
    pub refuse_after_s: Option<u32>,
    /// Line of its header in `trust.toml`, from 1.
    pub line: u32,
}

/// What the files of a source hold.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KindConfig {
    /// JWK sets with the pinned keys of one issuer.
    Jwks {
        /// The issuer, byte for byte as its tokens name it.
        issuer: String,
    },
    /// Signed metadata of one issuer of SAML messages.
    SamlMetadata(Box<SamlMetadataConfig>),
    /// Certificates of one issuer of SAML messages, PEM or DER.
    SamlPinned(SamlPinnedConfig),
    /// A signed list of who signs the metadata of which state.
    SamlServiceList(Box<SamlServiceListConfig>),
    /// Certificates, PEM or DER.
    X509 {
        /// By which rules paths below them are judged.
        profile: AnchorProfile,
    },
}

/// What became of reading a file that a source names.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a file is absent, refused to be read, or read")]
pub enum Material {
    /// There is no such file.
    Absent,
    /// Its content.
    Bytes(Vec<u8>),
    /// It is there and was not read; the reason in words.
    Unreadable(&'static str),
}

impl TrustConfig {
    /// Reads the list of sources; every finding of the text is noted.
    ///
    /// * `file`: the name that findings carry.
    #[must_use]
    pub fn from_toml(text: &str, file: &str, findings: &mut Findings) -> Option<Self> {
        config::read(text, file, findings, |table, findings| {
            let (mut names, mut issuers) = (BTreeSet::new(), BTreeSet::new());
            let sources = table.tables("source", findings, |table, findings| {
                let source = read_source(table, findings)?;
                if !names.insert(source.name.clone()) {
                    table.error("name", "is the name of another source already", findings);
                }
                if let Some((key, issuer)) = source.kind.issuer()
                    && !issuers.insert((source.purpose, issuer.to_owned()))
                {
                    let message = "has another source for this purpose; put the files together";
                    table.error(key, message, findings);
                }
                Some(source)
            });
            if sources.is_empty() && !table.has("source") {
                table.warning("source", "there is none; every token will be refused", findings);
            }
            if sources.len() > MAX_SOURCES {
                table.error("source", "there are more than 256", findings);
            }
            check_together(&sources, file, findings);
            Some(Self { sources })
        })
    }

    /// Every file that a source names, each once.
    #[must_use]
    pub fn files(&self) -> BTreeSet<&str> {
        self.sources.iter().flat_map(SourceConfig::all_files).collect()
    }
}

impl SourceConfig {
    /// Every file that it names, in the order in which [`super::Source::digest`] takes them:
    /// `files`, then those of other keys.
    pub fn all_files(&self) -> impl Iterator<Item = &str> {
        let more: &[String] = match &self.kind {
            KindConfig::Jwks { .. } | KindConfig::X509 { .. } => &[],
            KindConfig::SamlMetadata(metadata) => metadata.signed_by.files(),
            KindConfig::SamlPinned(pinned) => &pinned.encryption_files,
            KindConfig::SamlServiceList(list) => list.signed_by.files(),
        };
        self.files.iter().chain(more).map(String::as_str)
    }
}

impl SourceConfig {
    // The source of the list that names its signers.
    pub(super) fn service_list(&self) -> Option<&str> {
        match &self.kind {
            KindConfig::SamlMetadata(metadata) => metadata.signed_by.service_list(),
            KindConfig::Jwks { .. }
            | KindConfig::SamlPinned(_)
            | KindConfig::SamlServiceList(_)
            | KindConfig::X509 { .. } => None,
        }
    }

    /// The entity ID of the issuer of SAML messages that it holds.
    #[must_use]
    pub fn entity_id(&self) -> Option<&str> {
        match &self.kind {
            KindConfig::SamlMetadata(metadata) => Some(&metadata.entity_id),
            KindConfig::SamlPinned(pinned) => Some(&pinned.entity_id),
            KindConfig::Jwks { .. } | KindConfig::SamlServiceList(_) | KindConfig::X509 { .. } => {
                None
            }
        }
    }
}

impl KindConfig {
    // The key that names the one issuer of a source, and the issuer.
    fn issuer(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Jwks { issuer } => Some(("issuer", issuer)),
            Self::SamlMetadata(metadata) => Some(("entity_id", &metadata.entity_id)),
            Self::SamlPinned(pinned) => Some(("entity_id", &pinned.entity_id)),
            Self::SamlServiceList(_) | Self::X509 { .. } => None,
        }
    }
}

fn read_source(table: &mut Table<'_>, findings: &mut Findings) -> Option<SourceConfig> {
    let name = table.required_as("name", "1 to 40 of a-z, 0-9 and -", findings, source_name);
    let purposes: Vec<_> = Purpose::ALL.iter().map(|purpose| (purpose.name(), *purpose)).collect();
    let purpose = table.required_choice("purpose", &purposes, findings);
    let kind = read_kind(table, purpose, findings);
    let files = table.required_list("files", findings, |value, findings| {
        let what = "a path without `.`, `..` and backslash";
        value.text_as(what, findings, |text| is_file_path(text).then(|| text.to_owned()))
    });
    let country = table.optional_as("country", "two letters A to Z", findings, Country::parse);
    let types = table.optional_str_list("credential_types", findings).unwrap_or_default();
    if types.is_empty() && purpose.is_some_and(Purpose::issues_credentials) {
        let message = "must name the credential types that these anchors may vouch for";
        table.error("credential_types", message, findings);
    }
    let loa_cap = table.optional_as(
        "loa_cap",
        "one of \"low\", \"substantial\", \"high\"",
        findings,
        LevelOfAssurance::from_name,
    );
    let loaded_at = table.optional_time("loaded_at", findings);
    let warn_after_s = table.optional_duration_s("warn_after", AGES_S, findings);
    let refuse_after_s = table.optional_duration_s("refuse_after", AGES_S, findings);
    check_ages(table, warn_after_s, refuse_after_s, findings);
    let name = name?;
    let source = SourceConfig {
        purpose: purpose?,
        kind: kind?,
        files: files?,
        rule: Arc::new(AnchorRule {
            source: name.as_str().into(),
            country,
            credential_types: types.into_iter().map(str::to_owned).collect(),
            loa_cap,
        }),
        name,
        loaded_at,
        warn_after_s,
        refuse_after_s,
        line: table.line(),
    };
    let files: Vec<_> = source.all_files().collect();
    if files.iter().collect::<BTreeSet<_>>().len() != files.len() {
        table.error("files", "has a file more than once", findings);
    }
    Some(source)
}

fn read_kind(
    table: &mut Table<'_>,
    purpose: Option<Purpose>,
    findings: &mut Findings,
) -> Option<KindConfig> {
    let kinds: Vec<_> = SourceKind::ALL.iter().map(|kind| (kind.name(), *kind)).collect();
    let kind = table.required_choice("kind", &kinds, findings);
    if let (Some(kind), Some(purpose)) = (kind, purpose)
        && kind.is_saml() != purpose.is_saml()
    {
        table.error("kind", format!("does not serve {:?}", purpose.name()), findings);
    }
    match kind {
        Some(SourceKind::Jwks) => {
            let what = "an https URL without query and fragment";
            let issuer = table.required_as("issuer", what, findings, |text| {
                is_issuer_url(text).then(|| text.to_owned())
            })?;
            Some(KindConfig::Jwks { issuer })
        }
        Some(SourceKind::X509) => {
            let profiles: Vec<_> =
                AnchorProfile::ALL.iter().map(|profile| (profile.name(), *profile)).collect();
            let profile = table.required_choice("profile", &profiles, findings)?;
            Some(KindConfig::X509 { profile })
        }
        Some(SourceKind::SamlMetadata) => read_metadata(table, purpose, findings)
            .map(|metadata| KindConfig::SamlMetadata(Box::new(metadata))),
        Some(SourceKind::SamlServiceList) => read_service_list(table, purpose, findings)
            .map(|list| KindConfig::SamlServiceList(Box::new(list))),
        Some(SourceKind::SamlPinned) => {
            read_pinned(table, purpose, findings).map(KindConfig::SamlPinned)
        }
        None => {
            // Which of them belong here is not known; none is a mistake of its own.
            for key in KEYS_OF_KINDS {
                let _ = table.value(key);
            }
            None
        }
    }
}

fn check_ages(
    table: &Table<'_>,
    warn_after_s: Option<u32>,
    refuse_after_s: Option<u32>,
    findings: &mut Findings,
) {
    for key in ["warn_after", "refuse_after"] {
        if table.has(key) && !table.has("loaded_at") {
            table.error(key, "needs `loaded_at`, from which the age is counted", findings);
        }
    }
    if let (Some(warn), Some(refuse)) = (warn_after_s, refuse_after_s)
        && warn >= refuse
    {
        table.error("warn_after", "must be shorter than `refuse_after`", findings);
    }
}

fn source_name(text: &str) -> Option<String> {
    let good = text.len() <= 40
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    good.then(|| text.to_owned())
}

const KEYS_OF_KINDS: &[&str] = &[
    "issuer",
    "profile",
    "entity_id",
    "encryption_files",
    "sso_post",
    "sso_redirect",
    "protocol_versions",
    "ecdsa_der",
    "url",
    "signers",
    "signer_cas",
    "service_list",
    "max_validity",
    "min_rsa_bits",
    "rsa_pkcs1_until",
];

// From a minute, for tests of the operator, to ten years, the life of a root.
const AGES_S: RangeInclusive<u32> = 60..=315_360_000;
// Every state of the Union and the EEA for each of six purposes, and room.
const MAX_SOURCES: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn findings_of(text: &str) -> Vec<String> {
        let mut findings = Findings::new();
        let config = TrustConfig::from_toml(text, "trust.toml", &mut findings);
        assert_eq!(config.is_none(), findings.has_errors());
        findings.iter().map(ToString::to_string).collect()
    }

    const GOOD: &str = r#"
[[source]]
name = "pid"
purpose = "pid-issue"
kind = "x509"
files = ["trust/pid-ca.pem", "/etc/eid/other.der"]
profile = "iso-iaca"
country = "DE"
credential_types = ["urn:eudi:pid:1"]
loa_cap = "substantial"
loaded_at = "2026-02-01T00:00:00Z"
warn_after = "7d"
refuse_after = "30d"

[[source]]
name = "keys"
purpose = "pid-issue"
kind = "jwks"
issuer = "https://issuer.example/pid"
files = ["trust/issuer.jwks.json"]
credential_types = ["urn:eudi:pid:1"]

[[source]]
name = "status"
purpose = "pid-status"
kind = "x509"
profile = "pinned-leaf"
files = ["trust/pid-ca.pem"]
"#;

    #[test]
    fn reads_every_key() {
        let mut findings = Findings::new();
        let config = TrustConfig::from_toml(GOOD, "trust.toml", &mut findings).unwrap();
        assert_eq!(findings.to_string(), "");
        let [pid, keys, status] = config.sources.as_slice() else { panic!() };
        assert_eq!(pid.kind, KindConfig::X509 { profile: AnchorProfile::IsoIaca });
        assert_eq!(pid.rule.country, Country::parse("DE"));
        assert_eq!(pid.rule.loa_cap, Some(LevelOfAssurance::Substantial));
        assert_eq!((pid.warn_after_s, pid.refuse_after_s), (Some(604_800), Some(2_592_000)));
        assert_eq!(keys.kind, KindConfig::Jwks { issuer: "https://issuer.example/pid".to_owned() });
        assert_eq!((keys.line, status.purpose), (15, Purpose::PidStatus));
        assert_eq!(config.files().len(), 3);
    }

    #[test]
    fn each_mistake_is_a_finding() {
        let mistakes = [
            ("name = \"pid\"", "name = \"PID\"", "source[0].name: must be 1 to 40"),
            ("name = \"keys\"", "name = \"pid\"", "source[1].name: is the name of another"),
            ("\"pid-issue\"", "\"pid\"", "source[0].purpose: must be one of \"pid-issue\""),
            ("kind = \"x509\"", "kind = \"X509\"", "source[0].kind: must be one of \"x509\""),
            ("iso-iaca", "mdl", "source[0].profile: must be one of \"etsi-pid\""),
            ("\"DE\"", "\"de\"", "source[0].country: must be two letters"),
            ("trust/pid-ca.pem", "../pid-ca.pem", "source[0].files[0]: must be a path"),
            ("/etc/eid/other.der", "trust/pid-ca.pem", "source[0].files: has a file more than"),
            ("credential_types", "credential_type", "source[0].credential_types: must name"),
            ("substantial", "medium", "source[0].loa_cap: must be one of \"low\""),
            ("2026-02-01T00:00:00Z", "2026-02-01", "source[0].loaded_at: must be an instant"),
            ("\"7d\"", "\"30d\"", "source[0].warn_after: must be shorter"),
            ("\"7d\"", "\"1s\"", "source[0].warn_after: must be 1m to 3650d"),
            ("issuer = \"https", "issuer = \"http", "source[1].issuer: must be an https URL"),
            ("\nissuer = ", "\n# ", "source[1].issuer: is missing"),
            ("profile = \"pinned-leaf\"", "", "source[2].profile: is missing"),
            ("loaded_at", "# ", "source[0].warn_after: needs `loaded_at`"),
        ];
        for (right, wrong, message) in mistakes {
            let found = findings_of(&GOOD.replacen(right, wrong, 1));
            assert!(found.iter().any(|text| text.contains(message)), "{wrong}: {found:#?}");
        }
    }

    #[test]
    fn an_issuer_has_one_source_per_purpose() {
        let second = r#"
[[source]]
name = "keys-2"
purpose = "pid-issue"
kind = "jwks"
issuer = "https://issuer.example/pid"
files = ["trust/more.jwks.json"]
credential_types = ["urn:eudi:pid:2"]
"#;
        let found = findings_of(&format!("{GOOD}{second}"));
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("source[3].issuer: has another source"), "{found:?}");
    }

    #[test]
    fn no_source_is_a_warning() {
        let found = findings_of("");
        assert_eq!(
            found,
            ["trust.toml:1: warning: source: there is none; every token will be refused"]
        );
    }
}
