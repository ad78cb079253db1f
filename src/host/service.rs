//! From `[saml]` to a service provider: keys and certificates loaded.

use super::config_folder::{SamlDecryptionSettings, SamlSettings, SamlSigningSettings};
use super::{Fault, KeyFileSigner, OpenError, files, key_file};
use crate::crypto::{KeyFault, KeyKind};
use crate::envelope::xml::encryption::DecryptionKeys;
use crate::expectation::saml::{ServiceProvider, SigningKey};
use crate::identity::Family;
use crate::pki::{Certificate, RecipientKey, parse_pem_many};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// Loads what the settings name.
pub(super) fn open(settings: SamlSettings) -> Result<ServiceProvider, OpenError> {
    let keys = settings.decryption.iter().map(decryption).collect::<Result<Vec<_>, _>>()?;
    let twice = |_| {
        let path = settings.decryption.first().map(|key| key.path.clone()).unwrap_or_default();
        OpenError::new(&path, Fault::Key("two of the decryption keys are the same"))
    };
    let keys = DecryptionKeys::new(keys).map_err(twice)?;
    let signing = settings.signing.iter().map(signing).collect::<Result<Vec<_>, _>>()?;
    let (entity_id, acs_url) = (&settings.entity_id, &settings.acs_url);
    let mut service =
        ServiceProvider::new(entity_id, acs_url, settings.country, settings.sp_type, keys);
    service.signing = signing;
    service.display_name = settings.display_name;
    service.organization = settings.organization;
    service.contacts = settings.contacts;
    service.requester_id = settings.requester_id;
    service.bund_id = settings.bund_id;
    Ok(service)
}

fn signing(settings: &SamlSigningSettings) -> Result<SigningKey, OpenError> {
    let signer = KeyFileSigner::load_for(&settings.path, settings.alg)?;
    let short = matches!(signer.public_key().kind(), KeyKind::Rsa)
        && signer.public_key().bits() < NODE_RSA_BITS;
    if short && settings.families.contains(&Family::EidasSaml) {
        let reason = "eIDAS nodes take RSA keys of 3072 bits at least";
        return Err(OpenError::new(&settings.path, Fault::Key(reason)));
    }
    let certificate = certificate(&settings.certificate)?;
    let fault = |reason| OpenError::new(&settings.certificate, Fault::Key(reason));
    if certificate.public_key().ok() != Some(signer.public_key()) {
        return Err(fault(NOT_ITS_CERTIFICATE));
    }
    SigningKey::new(Arc::new(signer), certificate.der(), &settings.families)
        .map_err(|_| fault("the certificate is not for a key of this algorithm"))
}

fn decryption(settings: &SamlDecryptionSettings) -> Result<RecipientKey, OpenError> {
    let bytes = files::read_secret(&settings.path)?;
    let fault = |reason| OpenError::new(&settings.path, Fault::Key(reason));
    let key = match key_file::pem(&bytes) {
        key_file::Pem::Absent => RecipientKey::from_der(&bytes),
        key_file::Pem::Key(der) => RecipientKey::from_der(&der),
        key_file::Pem::Wrong(reason) => return Err(fault(reason)),
    };
    let key = key.map_err(|error| {
        fault(match error {
            KeyFault::Unsupported => "this build does not decrypt with such a key",
            KeyFault::Weak | KeyFault::Roca => "the key is weak",
            KeyFault::Malformed => "not a PKCS#8 key for RSA or a named curve",
        })
    })?;
    let Some(path) = &settings.certificate else { return Ok(key) };
    let wrong = |_| OpenError::new(path, Fault::Key(NOT_ITS_CERTIFICATE));
    key.with_certificate(certificate(path)?).map_err(wrong)
}

fn certificate(path: &Path) -> Result<Certificate, OpenError> {
    let fault = |fault: Fault| OpenError::new(path, fault);
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_CERTIFICATE_LEN).unwrap_or(u64::MAX);
    File::open(path)
        .and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| fault(error.into()))?;
    if bytes.len() > MAX_CERTIFICATE_LEN {
        return Err(fault(Fault::TooLarge(MAX_CERTIFICATE_LEN)));
    }
    let malformed = |refusal: crate::verdict::Refusal| fault(Fault::Key(refusal.code().meaning()));
    match parse_pem_many(&bytes).map_err(malformed)?.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(fault(Fault::Key("must hold exactly one certificate in PEM"))),
    }
}

const NOT_ITS_CERTIFICATE: &str = "the certificate is for another key";

// eIDAS cryptographic requirements 1.2, 2.4.
const NODE_RSA_BITS: usize = 3_072;

const MAX_CERTIFICATE_LEN: usize = 65_536;
