//! What the documents of a set are verified under: trust, keys, request and a laboratory policy.

use super::content::Facts;
use super::manifest::{Assumed, Document, Manifest};
use eid_broker::UnixTime;
use eid_broker::config::Findings;
use eid_broker::envelope::xml::encryption::DecryptionKeys;
use eid_broker::expectation::saml::{RequestedLoa, SamlExpected, ServiceProvider, SpType};
use eid_broker::identity::{Country, Family, LevelOfAssurance};
use eid_broker::pki::{PathCache, RecipientKey};
use eid_broker::policy::Policy;
use eid_broker::token::{self, Context as TokenContext};
use eid_broker::trust::{Material, Purpose, SourceState, TrustConfig, TrustStore};
use eid_broker::verdict::{Code, Verdict};
use eid_broker_maker::keys::pem_to_der;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

/// Under which of several policies a document is looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Side {
    /// The policy of the document's profile.
    Usual,
    /// SAML in general: RSASSA-PKCS1-v1_5 and RSA of 2048 bits as well.
    GeneralSaml,
    /// The node states this version of the protocol.
    Version(String),
}

impl Side {
    /// The side of a name in a verdict.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "saml-default" => Some(Self::GeneralSaml),
            "eidas" | "bundid" | "tr03130" => Some(Self::Usual),
            _ if name.starts_with(|first: char| first.is_ascii_digit()) => {
                Some(Self::Version(name.to_owned()))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usual => f.write_str("the usual policy"),
            Self::GeneralSaml => f.write_str("saml-default"),
            Self::Version(version) => write!(f, "{version}"),
        }
    }
}

/// The files of the folder `keys`, by their roles.
pub(super) struct Keys {
    /// Certificates of identity providers, in groups of as many as an issuer may have at once.
    signing: Vec<Vec<Vec<u8>>>,
    /// Certificates of the signers of metadata.
    metadata: Vec<Vec<u8>>,
    /// Our private keys with their certificates.
    decryption: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

// As many keys as an issuer may have at one time (docs/limits.md).
const MAX_KEYS: usize = 4;

impl Keys {
    /// Reads the folder: `idp-*` sign messages, `md-signer*` metadata, `sp-enc-*` are ours.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(fault)? {
            let path = entry.map_err(fault)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            files.insert(name.to_owned(), fs::read(&path).map_err(fault)?);
        }
        let of = |begin: &str, end: &str| -> Vec<Vec<u8>> {
            let named =
                |row: &(&String, &Vec<u8>)| row.0.starts_with(begin) && row.0.ends_with(end);
            files.iter().filter(named).map(|(_, bytes)| bytes.clone()).collect()
        };
        // A certificate that the trust configuration does not take (the key is too short) signs for
        // nobody; the others do.
        let usable = |pem: &Vec<u8>| pinned(std::slice::from_ref(pem), "1.2").is_ok();
        let signing: Vec<Vec<u8>> = of("idp-", ".crt.pem").into_iter().filter(usable).collect();
        let der = |pem: &Vec<u8>| pem_to_der(std::str::from_utf8(pem).ok()?);
        let mut decryption = Vec::new();
        for (name, pem) in files.iter().filter(|row| row.0.starts_with("sp-enc-")) {
            let Some(stem) = name.strip_suffix(".key.pem") else { continue };
            let key = der(pem).ok_or_else(|| format!("{name} is no PEM"))?;
            decryption.push((key, files.get(&format!("{stem}.crt.pem")).and_then(der)));
        }
        Ok(Self {
            signing: signing.chunks(MAX_KEYS).map(<[Vec<u8>]>::to_vec).collect(),
            metadata: of("md-signer", ".crt.pem"),
            decryption,
        })
    }

    fn recipient_keys(&self) -> Result<DecryptionKeys, String> {
        let mut keys = Vec::new();
        for (key, certificate) in &self.decryption {
            let mut key = RecipientKey::from_der(key).map_err(|fault| format!("{fault:?}"))?;
            if let Some(der) = certificate {
                let certificate = eid_broker::pki::Certificate::parse(der);
                let certificate = certificate.map_err(|refusal| refusal.to_string())?;
                key = key.with_certificate(certificate).map_err(|fault| format!("{fault:?}"))?;
            }
            keys.push(key);
        }
        DecryptionKeys::new(keys).map_err(|code| code.name().to_owned())
    }
}

// Issuers by their pinned certificates.
fn toml(purpose: Purpose, entity: &str, country: &str, files: usize, more: &str) -> String {
    let files: Vec<String> = (0..files).map(|index| format!("\"{index}\"")).collect();
    // The country of a set is that of its node; the others are German.
    let country = match purpose {
        Purpose::EidasNode => format!("country = \"{country}\"\n"),
        _ => String::new(),
    };
    format!(
        "[[source]]\nname = \"set\"\npurpose = \"{}\"\nentity_id = \"{entity}\"\n{country}{}\n",
        purpose.name(),
        more.replace("FILES", &files.join(", "))
    )
}

fn store(text: &str, files: &[Vec<u8>]) -> Result<TrustStore, String> {
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(text, "set", &mut findings);
    let config = config.filter(|_| !findings.has_errors()).ok_or_else(|| findings.to_string())?;
    let material: BTreeMap<String, Material> = files
        .iter()
        .enumerate()
        .map(|(index, bytes)| (index.to_string(), Material::Bytes(bytes.clone())))
        .collect();
    Ok(TrustStore::build(config, &material, "set", &mut findings))
}

// A node with these certificates; a fault when they cannot be used.
fn pinned(files: &[Vec<u8>], version: &str) -> Result<TrustStore, String> {
    let more =
        format!("kind = \"saml-pinned\"\nfiles = [FILES]\nprotocol_versions = [\"{version}\"]");
    let text = toml(Purpose::EidasNode, "urn:example:any", "DE", files.len(), &more);
    let store = store(&text, files)?;
    let source = store.sources().first().ok_or("no source")?;
    match source.state(UnixTime::from_secs(0)) {
        SourceState::Rejected(reason) => Err(reason.to_string()),
        _ => Ok(store),
    }
}

/// One document's context.
pub(super) struct Context {
    kind: Kind,
    policy: Policy,
    // One per group of keys.
    trust: Vec<TrustStore>,
    paths: PathCache,
    service: ServiceProvider,
    issuer: String,
    request_id: String,
    min_loa: Option<RequestedLoa>,
    now: UnixTime,
}

enum Kind {
    Message(Family),
    // What the trust configuration says, but for the document itself.
    Metadata { text: String, signers: Vec<Vec<u8>> },
}

/// What came out.
pub(super) struct Answer;

impl Answer {
    /// Whether a refusal reports this status of both levels, `Responder/AuthnFailed`.
    pub(super) fn reports(code: Code, status: &str) -> bool {
        let (first, second) = status.split_once('/').unwrap_or((status, ""));
        match second {
            "AuthnFailed" => code == Code::ResultFailed,
            "RequestDenied" => code == Code::ResultDenied,
            _ => !first.is_empty() && code == Code::ResultError,
        }
    }
}

impl Context {
    pub(super) fn new(
        manifest: &Manifest,
        keys: &Keys,
        document: &Document,
        side: Side,
    ) -> Result<Self, String> {
        let (family, purpose) = match document.profile.as_str() {
            "eidas" => (Some(Family::EidasSaml), Purpose::EidasNode),
            "bundid" => (Some(Family::BundId), Purpose::BundId),
            "tr03130" => (Some(Family::EidServer), Purpose::EidServer),
            "metadata" => (None, Purpose::EidasNode),
            other => return Err(format!("the profile {other} is not known")),
        };
        let version = match &side {
            Side::Version(version) => version.as_str(),
            Side::Usual | Side::GeneralSaml => "1.4",
        };
        let (entity, country) = (&manifest.expected_issuer, &manifest.node_country);
        let pinned =
            format!("kind = \"saml-pinned\"\nfiles = [FILES]\nprotocol_versions = [\"{version}\"]");
        let mut trust = Vec::new();
        for group in &keys.signing {
            trust.push(store(&toml(purpose, entity, country, group.len(), &pinned), group)?);
        }
        let kind = match family {
            Some(family) => Kind::Message(family),
            None => {
                let signers: Vec<String> =
                    (0..keys.metadata.len()).map(|index| format!("\"{index}\"")).collect();
                let more = format!(
                    "kind = \"saml-metadata\"\nfiles = [\"document\"]\nsigners = [{}]",
                    signers.join(", ")
                );
                let text = toml(purpose, entity, country, 0, &more);
                Kind::Metadata { text, signers: keys.metadata.clone() }
            }
        };
        let own = Country::parse(&manifest.own_country).ok_or("own_country is none")?;
        let (entity, acs) = (&manifest.sp_entity_id, &manifest.acs_url);
        let recipient = keys.recipient_keys()?;
        let now = UnixTime::from_rfc3339(&manifest.verifier_time).ok_or("verifier_time is none")?;
        Ok(Self {
            kind,
            policy: policy(manifest.policy, &side)?,
            trust,
            paths: PathCache::default(),
            service: ServiceProvider::new(entity, acs, own, SpType::Public, recipient),
            issuer: manifest.expected_issuer.clone(),
            request_id: manifest.request_id.clone(),
            min_loa: Some(level(&manifest.minimum_loa)?),
            now,
        })
    }

    /// Judges one document. A message is tried with each group of keys: whichever holds it.
    pub(super) fn ask(&self, token: &[u8]) -> Result<Facts, Code> {
        let family = match &self.kind {
            Kind::Message(family) => *family,
            Kind::Metadata { text, signers } => return self.metadata(text, signers, token),
        };
        let mut refused = Code::TrustMissing;
        for trust in &self.trust {
            let saml = SamlExpected::new(&self.service, &self.issuer).with_min_loa(self.min_loa);
            let audience = &self.service.entity_id;
            let context = TokenContext::new(
                &self.policy,
                trust,
                &self.paths,
                &self.request_id,
                audience,
                self.now,
            )
            .requested_at(self.now.minus(60))
            .with_saml(saml);
            match token::verify(family, token, &context) {
                Verdict::Accepted(accepted) => return Ok(Facts::from_identity(accepted.value())),
                Verdict::Needs { .. } => refused = Code::NeedsEvidence,
                // A key of another group may be the one: a bad signature is the weakest answer.
                Verdict::Refused { refusal, .. } => {
                    if [Code::TrustMissing, Code::SigInvalid].contains(&refused) {
                        refused = refusal.code();
                    }
                }
            }
        }
        Err(refused)
    }

    fn metadata(&self, text: &str, signers: &[Vec<u8>], document: &[u8]) -> Result<Facts, Code> {
        let mut findings = Findings::new();
        let config = TrustConfig::from_toml(text, "set", &mut findings).ok_or(Code::Internal)?;
        let mut material: BTreeMap<String, Material> = signers
            .iter()
            .enumerate()
            .map(|(index, bytes)| (index.to_string(), Material::Bytes(bytes.clone())))
            .collect();
        material.insert("document".to_owned(), Material::Bytes(document.to_vec()));
        let store = TrustStore::build(config, &material, "set", &mut findings);
        if let Some(SourceState::Rejected(reason)) =
            store.sources().first().map(|source| source.state(self.now))
        {
            return Err(reason.code());
        }
        let issuer = store.saml_issuer(Purpose::EidasNode, &self.issuer, self.now);
        issuer.map(|_| Facts::default()).map_err(|refusal| refusal.code())
    }
}

fn level(uri: &str) -> Result<RequestedLoa, String> {
    let named =
        |level: &LevelOfAssurance| format!("http://eidas.europa.eu/LoA/{}", level.name()) == uri;
    let level = LevelOfAssurance::ALL.iter().copied().find(named);
    let level = level.ok_or_else(|| format!("{uri} is no notified level"))?;
    Ok(RequestedLoa { level, notified_only: true })
}

// The policy `corpus-saml`: those of the library, but for what the verdicts of the set assume. A
// laboratory policy cannot mint.
fn policy(assumed: Assumed, side: &Side) -> Result<Policy, String> {
    let signed = if assumed.require_signed_response { "response" } else { "either" };
    let encrypted = assumed.require_encrypted_assertion;
    let mut text = format!(
        "name = \"corpus-saml\"\nversion = 1\nlaboratory = true\nleeway_s = {}\n",
        assumed.clock_tolerance_s
    );
    let shared = format!("signed = \"{signed}\"\nrequire_encrypted = {encrypted}\n");
    text.push_str(&format!("[eidas_saml]\n{shared}"));
    if *side == Side::GeneralSaml {
        for method in ["rsa-sha256", "rsa-sha384", "rsa-sha512", "rsa-pss-sha256"] {
            text.push_str(&format!(
                "[[eidas_saml.method]]\nname = \"{method}\"\nmin_rsa_bits = 2048\n"
            ));
        }
    }
    text.push_str(&format!("[bund_id]\nnotified = true\n{shared}"));
    text.push_str("[eid_server]\nloa = \"high\"\nnotified = true\n");
    let mut findings = Findings::new();
    let policy = Policy::from_toml(&text, "corpus-saml", &mut findings);
    policy.filter(|_| !findings.has_errors()).ok_or_else(|| findings.to_string())
}
