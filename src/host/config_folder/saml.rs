//! `[saml]` of `eid-broker.toml`: this broker as a SAML service provider.

use super::settings::{required_key_file, required_path};
use super::{BROKER, REGISTER, TRUST};
use crate::config::{Findings, Severity, Table, is_endpoint_url, is_entity_id};
use crate::crypto::Alg;
use crate::expectation::AUDIENCE_LEN;
use crate::expectation::saml::{
    AuthnMethod, BUND_ID_LANGUAGES, BundIdSettings, Contact, ContactKind, METADATA_VALIDITY_S,
    Organization, SpType, purpose,
};
use crate::identity::{Country, Family};
use crate::register::Register;
use crate::trust::{Purpose, Source, TrustStore};
use std::path::{Path, PathBuf};

/// `[saml]`: the names of this service provider and where its keys lie.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SamlSettings {
    /// The entity ID, the audience of every assertion.
    pub entity_id: String,
    /// Where responses arrive.
    pub acs_url: String,
    /// The country of this service.
    pub country: Country,
    /// Public or private sector.
    pub sp_type: SpType,
    /// The name that identity providers show.
    pub display_name: String,
    /// By what name a private service is known to nodes that ask for it.
    pub requester_id: Option<String>,
    /// For how long metadata are valid. Seconds. Default 86400.
    pub metadata_validity_s: u32,
    /// The keys that sign requests and metadata; the first that serves a family signs.
    pub signing: Vec<SamlSigningSettings>,
    /// The keys to which identity providers encrypt; at most 8.
    pub decryption: Vec<SamlDecryptionSettings>,
    /// Who answers for the service.
    pub organization: Option<Organization>,
    /// Whom to turn to.
    pub contacts: Vec<Contact>,
    /// What BundID asks of its services.
    pub bund_id: Option<BundIdSettings>,
}

/// `[[saml.signing]]`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SamlSigningSettings {
    /// The private key, PKCS#8.
    pub path: PathBuf,
    /// Its certificate, PEM.
    pub certificate: PathBuf,
    /// Its algorithm.
    pub alg: Alg,
    /// The families whose requests it signs. Default all.
    pub families: Vec<Family>,
}

/// `[[saml.decryption]]`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SamlDecryptionSettings {
    /// The private key, PKCS#8: RSA or a curve.
    pub path: PathBuf,
    /// Its certificate, PEM, which metadata publish. Without it the key only decrypts.
    pub certificate: Option<PathBuf>,
}

pub(super) fn read(
    table: &mut Table<'_>,
    folder: &Path,
    findings: &mut Findings,
) -> Option<SamlSettings> {
    let what = "an absolute URI of at most 512 bytes of ASCII";
    let entity_id = table.required_as("entity_id", what, findings, |text| {
        (is_entity_id(text) && AUDIENCE_LEN.contains(&text.len())).then(|| text.to_owned())
    });
    let what = "an https URL without fragment";
    let url = |text: &str| is_endpoint_url(text).then(|| text.to_owned());
    let acs_url = table.required_as("acs_url", what, findings, url);
    let what = "two capital letters, as eIDAS writes them: \"EL\" for Greece";
    let country = table.required_as("country", what, findings, Country::parse);
    let types = [SpType::Public, SpType::Private].map(|kind| (kind.value(), kind));
    let sp_type = table.required_choice("sp_type", &types, findings);
    let display_name = table.required_as("display_name", LINE, findings, line::<200>);
    let what = "1 to 1024 characters without control characters";
    let requester_id = table.optional_as("requester_id", what, findings, line::<1024>);
    if sp_type == Some(SpType::Private) && requester_id.is_none() && !table.has("requester_id") {
        let message = "a private service needs it: nodes ask for `RequesterID`";
        table.error("requester_id", message, findings);
    }
    let validity = table.optional_duration_s("metadata_validity", METADATA_VALIDITY_S, findings);
    let signing = table.tables("signing", findings, |table, findings| {
        let path = required_key_file(table, "path", folder, findings);
        let certificate = required_file(table, "certificate", folder, findings);
        let alg = table.required_choice("alg", SIGNING, findings);
        let families = table.optional_list("families", findings, |value, findings| {
            value.choice(&FAMILIES.map(|family| (family.name(), family)), findings)
        });
        Some(SamlSigningSettings {
            path: path?,
            certificate: certificate?,
            alg: alg?,
            families: families.unwrap_or_else(|| FAMILIES.to_vec()),
        })
    });
    let decryption = table.tables("decryption", findings, |table, findings| {
        let path = required_key_file(table, "path", folder, findings);
        let certificate = if table.has("certificate") {
            Some(required_file(table, "certificate", folder, findings)?)
        } else {
            None
        };
        Some(SamlDecryptionSettings { path: path?, certificate })
    });
    if decryption.len() > MAX_DECRYPTION_KEYS {
        table.error("decryption", format!("has more than {MAX_DECRYPTION_KEYS} keys"), findings);
    }
    let ours = |path: &PathBuf| signing.iter().any(|key| key.path == *path);
    if decryption.iter().any(|key| ours(&key.path)) {
        table.error("decryption", "must be other keys than those that sign", findings);
    }
    let organization = table.optional_table("organization", findings, |table, findings| {
        let name = table.required_as("name", LINE, findings, line::<200>);
        let display_name = table.required_as("display_name", LINE, findings, line::<200>);
        let url = table.required_as("url", "an https URL without fragment", findings, url);
        Some(Organization { name: name?, display_name: display_name?, url: url? })
    });
    let contacts = table.tables("contact", findings, |table, findings| {
        let kinds = [ContactKind::Support, ContactKind::Technical].map(|kind| (kind.value(), kind));
        let kind = table.required_choice("kind", &kinds, findings);
        let company = table.required_as("company", LINE, findings, line::<200>);
        let email = table.required_as("email", "an e-mail address", findings, |text| {
            line::<200>(text)
                .filter(|text| text.split('@').filter(|part| !part.is_empty()).count() == 2)
        });
        Some(Contact::new(kind?, &company?, &email?))
    });
    let bund_id = table.optional_table("bund_id", findings, read_bund_id);
    if bund_id.is_some() && display_name.as_ref().is_some_and(|name| name.chars().count() > 50) {
        table.warning("display_name", "BundID shows 50 characters of it", findings);
    }
    Some(SamlSettings {
        entity_id: entity_id?,
        acs_url: acs_url?,
        country: country?,
        sp_type: sp_type?,
        display_name: display_name?,
        requester_id,
        metadata_validity_s: validity.unwrap_or(DEFAULT_VALIDITY_S),
        signing,
        decryption,
        organization,
        contacts,
        bund_id,
    })
}

fn read_bund_id(table: &mut Table<'_>, findings: &mut Findings) -> Option<BundIdSettings> {
    let id = table.required_as("online_service_id", LINE, findings, line::<200>);
    let methods = table.optional_table("authn_methods", findings, |table, findings| {
        let methods = AuthnMethod::ALL
            .iter()
            .filter_map(|method| Some((*method, table.optional_bool(method.element(), findings)?)));
        Some(methods.collect::<Vec<_>>())
    });
    if methods.as_ref().is_some_and(|methods| {
        methods.len() == AuthnMethod::ALL.len() && methods.iter().all(|(_, enabled)| !enabled)
    }) {
        table.error("authn_methods", "leaves nobody a way to log in", findings);
    }
    let languages: Vec<(&str, &str)> = BUND_ID_LANGUAGES.iter().map(|one| (*one, *one)).collect();
    let language = table.optional_choice("language", &languages, findings);
    let what = "an https URL without fragment";
    let back_url = table.optional_as("back_url", what, findings, |text| {
        is_endpoint_url(text).then(|| text.to_owned())
    });
    let mut settings = BundIdSettings::new(&id?);
    settings.authn_methods = methods.unwrap_or_default();
    settings.language = language.map(str::to_owned);
    settings.back_url = back_url;
    Some(settings)
}

/// What a procedure that is asked for in SAML needs of the other files.
pub(super) fn compare(
    settings: Option<&SamlSettings>,
    register: &Register,
    trust: &TrustStore,
    findings: &mut Findings,
) {
    for procedure in register.procedures() {
        for family in procedure.families.iter().filter(|family| family.is_saml()) {
            let mut missing = |what: &str, file: &str| {
                let message = format!("has {:?}, which needs {what} {file}", family.name());
                let path = format!("procedure.{:?}.families", procedure.id);
                findings.push(Severity::Error, REGISTER, 0, path, message);
            };
            let purpose = purpose(*family);
            let serves = |source: &Source| Some(source.purpose()) == purpose;
            if !trust.sources().iter().any(serves) {
                let name = purpose.map_or("", Purpose::name);
                missing(&format!("a source with the purpose {name:?} in"), TRUST);
            }
            let Some(settings) = settings else {
                missing("[saml] in", BROKER);
                continue;
            };
            if !settings.signing.iter().any(|key| key.families.contains(family)) {
                missing("a key for it in [[saml.signing]] of", BROKER);
            }
            if settings.decryption.is_empty() {
                missing("[[saml.decryption]] in", BROKER);
            }
            if *family == Family::BundId && settings.bund_id.is_none() {
                missing("[saml.bund_id] in", BROKER);
            }
        }
    }
}

fn required_file(
    table: &mut Table<'_>,
    key: &'static str,
    folder: &Path,
    findings: &mut Findings,
) -> Option<PathBuf> {
    let path = required_path(table, key, folder, findings)?;
    if !path.is_file() {
        table.error(key, format!("there is no file {}", path.display()), findings);
    }
    Some(path)
}

const LINE: &str = "1 to 200 characters without control characters";

// What XML can write, in one line.
fn line<const MAX: usize>(text: &str) -> Option<String> {
    let odd = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    ((1..=MAX).contains(&text.chars().count()) && !text.contains(odd)).then(|| text.to_owned())
}

/// The families that are asked in SAML.
pub(super) const FAMILIES: [Family; 3] = [Family::BundId, Family::EidServer, Family::EidasSaml];

const SIGNING: &[(&str, Alg)] = &[
    (Alg::Es256.name(), Alg::Es256),
    (Alg::Es384.name(), Alg::Es384),
    (Alg::Ps256.name(), Alg::Ps256),
    (Alg::Ps384.name(), Alg::Ps384),
    (Alg::Ps512.name(), Alg::Ps512),
    (Alg::Rs256.name(), Alg::Rs256),
    (Alg::Rs384.name(), Alg::Rs384),
    (Alg::Rs512.name(), Alg::Rs512),
];

const MAX_DECRYPTION_KEYS: usize = crate::envelope::xml::encryption::DecryptionKeys::MAX;
const DEFAULT_VALIDITY_S: u32 = 86_400;
