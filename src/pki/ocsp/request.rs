//! The request (RFC 6960, 4.1) and the `CertID` that names a certificate in it.

use super::oids;
use crate::crypto::{Hash, sha1_identifier};
use crate::pki::Certificate;
use crate::pki::der::{tag, write};
use crate::verdict::{Code, Refusal};

/// An unsigned request about one certificate, DER.
///
/// * `issuer`: the certificate's issuer, whose name and key the `CertID` hashes.
/// * `hash`: of the `CertID`; `None` for SHA-1, which every responder knows.
/// * `nonce`: 1 to 128 bytes, as an OCTET STRING in the extension's OCTET STRING (RFC 9654, 2.1).
///
/// # Errors
/// [`Code::CertMalformed`] when the issuer's key cannot be read, which a parsed certificate rules out.
pub fn request_der(
    certificate: &Certificate,
    issuer: &Certificate,
    hash: Option<Hash>,
    nonce: Option<&[u8]>,
) -> Result<Vec<u8>, Refusal> {
    let cert_id = cert_id(certificate, issuer, hash)?;
    let requests = write(tag::SEQUENCE, &[&write(tag::SEQUENCE, &[&cert_id])]);
    // `version` is v1, the default, which DER leaves out; nobody asks for a name.
    let extensions = nonce.map(|nonce| {
        let value = write(tag::OCTET_STRING, &[&write(tag::OCTET_STRING, &[nonce])]);
        let extension = write(tag::SEQUENCE, &[&write(tag::OID, &[oids::NONCE]), &value]);
        write(tag::context_constructed(2), &[&write(tag::SEQUENCE, &[&extension])])
    });
    let tbs = write(tag::SEQUENCE, &[&requests, extensions.as_deref().unwrap_or_default()]);
    Ok(write(tag::SEQUENCE, &[&tbs]))
}

fn cert_id(
    certificate: &Certificate,
    issuer: &Certificate,
    hash: Option<Hash>,
) -> Result<Vec<u8>, Refusal> {
    let algorithm = match hash {
        None => oids::SHA1,
        Some(Hash::Sha256) => oids::SHA256,
        Some(Hash::Sha384) => oids::SHA384,
        Some(Hash::Sha512) => oids::SHA512,
    };
    let algorithm = write(tag::SEQUENCE, &[&write(tag::OID, &[algorithm]), &[tag::NULL, 0]]);
    let name_hash = digest(hash, certificate.issuer_der());
    let key_hash = key_digest(hash, issuer).ok_or(Code::CertMalformed)?;
    Ok(write(
        tag::SEQUENCE,
        &[
            &algorithm,
            &write(tag::OCTET_STRING, &[&name_hash]),
            &write(tag::OCTET_STRING, &[&key_hash]),
            &write(tag::INTEGER, &[certificate.serial()]),
        ],
    ))
}

/// The hash of an issuer's key in a `CertID`; `None` is SHA-1.
pub(super) fn key_digest(hash: Option<Hash>, issuer: &Certificate) -> Option<Vec<u8>> {
    match hash {
        None => issuer.key_hash().map(|hash| hash.to_vec()),
        Some(_) => issuer.key_bits().map(|bits| digest(hash, bits)),
    }
}

/// The hash of a `CertID`; `None` is SHA-1.
pub(super) fn digest(hash: Option<Hash>, data: &[u8]) -> Vec<u8> {
    match hash {
        None => sha1_identifier(data).to_vec(),
        Some(hash) => hash.digest(data).as_ref().to_vec(),
    }
}
