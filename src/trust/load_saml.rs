//! The kinds of `trust.toml` that begin with `saml-`.

use super::{Purpose, SamlBinding};
use crate::config::{Findings, Table, is_endpoint_url, is_entity_id, is_file_path};

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
        encryption_files,
        sso,
        protocol_versions: protocol_versions.unwrap_or_default(),
        ecdsa_der: ecdsa_der.unwrap_or(false),
    })
}

pub(super) fn read_entity_id(table: &mut Table<'_>, findings: &mut Findings) -> Option<String> {
    let what = "an absolute URI of 1 to 1024 bytes of ASCII";
    table.required_as("entity_id", what, findings, |text| {
        is_entity_id(text).then(|| text.to_owned())
    })
}

pub(super) fn read_url(
    table: &mut Table<'_>,
    key: &'static str,
    findings: &mut Findings,
) -> Option<String> {
    let what = "an https URL without fragment";
    table.optional_as(key, what, findings, |text| is_endpoint_url(text).then(|| text.to_owned()))
}

// A list of files that may be absent.
pub(super) fn read_files(
    table: &mut Table<'_>,
    key: &'static str,
    findings: &mut Findings,
) -> Vec<String> {
    let files = table.optional_list(key, findings, |value, findings| {
        let what = "a path without `.`, `..` and backslash";
        value.text_as(what, findings, |text| is_file_path(text).then(|| text.to_owned()))
    });
    files.unwrap_or_default()
}

// Two numbers, the first without leading zeros: the highest of several is found by comparing them.
fn is_version(text: &str) -> bool {
    let number = |part: &str| {
        (1..=2).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    text.split_once('.').is_some_and(|(major, minor)| number(major) && number(minor))
}
