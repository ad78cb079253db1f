//! The kinds of `trust.toml` that begin with `saml-`.

use super::saml_metadata::{DEFAULT_MAX_VALIDITY_S, MetadataRules, Validity, is_version};
use super::{KindConfig, Purpose, SamlBinding, SourceConfig};
use crate::config::{Findings, Severity, Table, is_endpoint_url, is_entity_id, is_file_path};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Kind `saml-pinned`: an issuer of SAML messages whose certificates lie in files.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SamlPinnedConfig {
    /// Its entity ID, byte for byte as `Issuer` of its messages has it.
    pub entity_id: String,
    /// Files with the certificates of the keys for what is encrypted to it.
    pub encryption_files: Vec<String>,
    /// Where requests go.
    pub sso: Vec<(SamlBinding, String)>,
    /// Versions of the eIDAS message format that it speaks.
    pub protocol_versions: Vec<String>,
    /// Whether ECDSA signatures of its query strings are DER instead of `r‖s`.
    pub ecdsa_der: bool,
}

/// Kind `saml-metadata`: an issuer of SAML messages that signed metadata describes.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SamlMetadataConfig {
    /// Its entity ID, byte for byte as `Issuer` of its messages has it.
    pub entity_id: String,
    /// Where the metadata is fetched from; `None`: at the entity ID, or where the list says.
    pub url: Option<String>,
    /// Who signs it.
    pub signed_by: SignedBy,
    /// What it must be; the country is that of the source.
    pub rules: MetadataRules,
    /// Whether ECDSA signatures of its query strings are DER instead of `r‖s`.
    pub ecdsa_der: bool,
}

/// Kind `saml-service-list`: a signed list of the metadata of many states and their signers.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SamlServiceListConfig {
    /// Where it is fetched from; `None`: by hand.
    pub url: Option<String>,
    /// Who signs it.
    pub signed_by: SignedBy,
    /// What it must be.
    pub rules: MetadataRules,
}

/// Who signs a document.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignedBy {
    /// Whoever has a certificate below those in these files.
    Authorities(Vec<String>),
    /// Whom the service list of this source names.
    ServiceList(String),
    /// The certificates in these files.
    Signers(Vec<String>),
}

impl SignedBy {
    pub(super) fn files(&self) -> &[String] {
        match self {
            Self::Authorities(files) | Self::Signers(files) => files,
            Self::ServiceList(_) => &[],
        }
    }

    pub(super) fn service_list(&self) -> Option<&str> {
        match self {
            Self::ServiceList(name) => Some(name),
            Self::Authorities(_) | Self::Signers(_) => None,
        }
    }
}

pub(super) fn read_pinned(
    table: &mut Table<'_>,
    purpose: Option<Purpose>,
    findings: &mut Findings,
) -> Option<SamlPinnedConfig> {
    let entity_id = read_entity_id(table, findings);
    let encryption_files = read_files(table, "encryption_files", findings);
    let sso = [("sso_post", SamlBinding::HttpPost), ("sso_redirect", SamlBinding::HttpRedirect)]
        .into_iter()
        .filter_map(|(key, binding)| Some((binding, read_url(table, key, findings)?)))
        .collect();
    let what = "a version such as \"1.2\"";
    let protocol_versions =
        table.optional_list("protocol_versions", findings, |value, findings| {
            value.text_as(what, findings, |text| is_version(text).then(|| text.to_owned()))
        });
    let ecdsa_der = table.optional_bool("ecdsa_der", findings);
    if purpose == Some(Purpose::EidasNode) && !table.has("country") {
        let message = "must say for which country the node speaks; pinned certificates do not";
        table.error("country", message, findings);
    }
    Some(SamlPinnedConfig {
        entity_id: entity_id?,
        encryption_files: encryption_files.unwrap_or_default(),
        sso,
        protocol_versions: protocol_versions.unwrap_or_default(),
        ecdsa_der: ecdsa_der.unwrap_or(false),
    })
}

pub(super) fn read_metadata(
    table: &mut Table<'_>,
    purpose: Option<Purpose>,
    findings: &mut Findings,
) -> Option<SamlMetadataConfig> {
    let entity_id = read_entity_id(table, findings);
    let url = read_url(table, "url", findings);
    let signed_by = read_signers(table, true, findings);
    let ecdsa_der = table.optional_bool("ecdsa_der", findings);
    let mut rules = read_rules(table, findings);
    rules.country_needed = purpose == Some(Purpose::EidasNode);
    if table.has("refuse_after") {
        rules.validity = Validity::BoundedElsewhere;
    }
    Some(SamlMetadataConfig {
        entity_id: entity_id?,
        url,
        signed_by: signed_by?,
        rules,
        ecdsa_der: ecdsa_der.unwrap_or(false),
    })
}

pub(super) fn read_service_list(
    table: &mut Table<'_>,
    purpose: Option<Purpose>,
    findings: &mut Findings,
) -> Option<SamlServiceListConfig> {
    if purpose.is_some_and(|purpose| purpose != Purpose::EidasNode) {
        table.error("purpose", "must be \"eidas-node\" for a service list", findings);
    }
    for key in ["country", "loa_cap"] {
        if table.has(key) {
            table.error(key, "belongs to the sources of the nodes, not to the list", findings);
        }
    }
    let url = read_url(table, "url", findings);
    let signed_by = read_signers(table, false, findings);
    let rules = read_rules(table, findings);
    Some(SamlServiceListConfig { url, signed_by: signed_by?, rules })
}

/// What only shows when all sources are there: a list that is named must be one, and a document
/// that is replaced when a newer one comes must belong to one source alone.
pub(super) fn check_together(sources: &[SourceConfig], file: &str, findings: &mut Findings) {
    let mut owners: BTreeMap<&str, u32> = BTreeMap::new();
    for source in sources {
        for name in source.all_files() {
            let count = owners.entry(name).or_default();
            *count = count.saturating_add(1);
        }
    }
    for source in sources {
        let mut error = |message: String| {
            let path = format!("source {:?}", source.name);
            findings.push(Severity::Error, file, source.line, path, message);
        };
        let signed_by = match &source.kind {
            KindConfig::SamlMetadata(metadata) => Some(&metadata.signed_by),
            KindConfig::SamlServiceList(list) => Some(&list.signed_by),
            KindConfig::Jwks { .. } | KindConfig::SamlPinned(_) | KindConfig::X509 { .. } => None,
        };
        let Some(signed_by) = signed_by else { continue };
        match source.files.as_slice() {
            [one] if owners.get(one.as_str()).copied() == Some(1) => {}
            [one] => error(format!("has the file {one:?}, which another source has too")),
            _ => error("must have one file: the signed document".to_owned()),
        }
        if let SignedBy::ServiceList(list) = signed_by {
            let is_it = |other: &SourceConfig| {
                other.name == *list && matches!(other.kind, KindConfig::SamlServiceList(_))
            };
            if !sources.iter().any(is_it) {
                error(format!("names {list:?}, which is no source of kind \"saml-service-list\""));
            }
        }
    }
}

fn read_signers(table: &mut Table<'_>, by_list: bool, findings: &mut Findings) -> Option<SignedBy> {
    let signers = read_files(table, "signers", findings);
    let authorities = read_files(table, "signer_cas", findings);
    let list = by_list.then(|| table.optional_str("service_list", findings)).flatten();
    let keys = ["signers", "signer_cas", "service_list"];
    let keys = if by_list { &keys[..] } else { keys.get(..2).unwrap_or(&keys) };
    if keys.iter().filter(|key| table.has(key)).count() != 1 {
        let names = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        table.error("signers", format!("exactly one of {names} must say who signs"), findings);
        return None;
    }
    if authorities.is_some() {
        let message = "lets everybody with a certificate below them sign this document; pin \
                       `signers` unless these authorities serve nobody else";
        table.warning("signer_cas", message, findings);
    }
    let (signers, authorities) =
        (signers.map(SignedBy::Signers), authorities.map(SignedBy::Authorities));
    let named = signers.or(authorities);
    if let Some(SignedBy::Signers(files) | SignedBy::Authorities(files)) = &named
        && files.is_empty()
    {
        table.error("signers", "must not be empty", findings);
    }
    named.or_else(|| list.map(|name| SignedBy::ServiceList(name.to_owned())))
}

fn read_rules(table: &mut Table<'_>, findings: &mut Findings) -> MetadataRules {
    let mut rules = MetadataRules::general();
    let max_validity_s = table.optional_duration_s("max_validity", VALIDITY_S, findings);
    rules.max_validity_s = max_validity_s.unwrap_or(DEFAULT_MAX_VALIDITY_S);
    if let Some(bits) = table.optional_u32("min_rsa_bits", 2048..=8192, findings) {
        rules.min_rsa_bits = bits;
        if bits < 3000 {
            let message = "lets keys through that are below 3000 bits (SOG-IS, BSI TR-02102)";
            table.warning("min_rsa_bits", message, findings);
        }
    }
    rules.rsa_pkcs1_until = table.optional_time("rsa_pkcs1_until", findings);
    rules
}

fn read_entity_id(table: &mut Table<'_>, findings: &mut Findings) -> Option<String> {
    let what = "an absolute URI of 1 to 1024 bytes of ASCII";
    table.required_as("entity_id", what, findings, |text| {
        is_entity_id(text).then(|| text.to_owned())
    })
}

fn read_url(table: &mut Table<'_>, key: &'static str, findings: &mut Findings) -> Option<String> {
    let what = "an https URL without fragment";
    table.optional_as(key, what, findings, |text| is_endpoint_url(text).then(|| text.to_owned()))
}

// A list of files that may be absent.
fn read_files(
    table: &mut Table<'_>,
    key: &'static str,
    findings: &mut Findings,
) -> Option<Vec<String>> {
    table.optional_list(key, findings, |value, findings| {
        let what = "a path without `.`, `..` and backslash";
        value.text_as(what, findings, |text| is_file_path(text).then(|| text.to_owned()))
    })
}

// An hour, for nodes that publish more often than daily, to ten years.
const VALIDITY_S: RangeInclusive<u32> = 3600..=315_360_000;
