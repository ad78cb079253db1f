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
            let named = |row: &(&String, &Vec<u8>)| row.0.starts_with(begin) && row.0.ends_with(end);
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
