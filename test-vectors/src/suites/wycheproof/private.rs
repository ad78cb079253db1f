//! Operations with a private key: ECDH and RSA-OAEP decryption.

use super::format::{Group, Test};
use crate::suite::Outcome;
use eid_broker::crypto::{AgreementKey, Backend, DecryptionKey, KeyFault, Oaep, OaepHash, equal};
use eid_broker::pki::{AlgorithmRules, parse_public_key};

/// Whether a kind of group asks for one of these.
pub(super) fn is_one(kind: &str) -> bool {
    matches!(kind, "EcdhTest" | "RsaesOaepDecrypt")
}

/// A group, asked with one backend.
pub(super) enum Asked {
    Agreement { backend: Backend, curve: eid_broker::crypto::Curve },
    Decryption { backend: Backend, oaep: Oaep, key: DecryptionKey },
}

impl Asked {
    /// Reads the group; `Err` is the reason to skip it.
    pub(super) fn new(group: &Group, backend: Backend) -> Result<Self, String> {
        match group.kind.as_str() {
            "EcdhTest" if group.encoding == "asn" => {
                Ok(Self::Agreement { backend, curve: super::curve(&group.curve)? })
            }
            "EcdhTest" => Err(format!("encoding not offered: {}", group.encoding)),
            "RsaesOaepDecrypt" => {
                let mgf1 = group.mgf_sha.as_deref().unwrap_or(&group.sha);
                let oaep = Oaep { digest: oaep_hash(&group.sha)?, mgf1: oaep_hash(mgf1)? };
                let key = DecryptionKey::from_pkcs8(&group.private_key_pkcs8.0)
                    .map_err(|fault| format!("the private key is refused: {fault:?}"))?;
                if !DecryptionKey::has(backend, oaep) {
                    return Err("not offered by this backend".to_owned());
                }
                Ok(Self::Decryption { backend, oaep, key })
            }
            kind => Err(format!("kind of test not offered: {kind}")),
        }
    }

    /// Answers one test.
    pub(super) fn answer(&self, test: &Test) -> Outcome {
        let opened = match self {
            Self::Agreement { backend, curve } => {
                let key = match AgreementKey::from_scalar(*curve, minimal(&test.private.0)) {
                    Ok(key) if key.has(*backend) => key,
                    Ok(_) | Err(KeyFault::Unsupported) => {
                        return Outcome::Skipped("not offered by this backend".to_owned());
                    }
                    Err(fault) => return Outcome::Refused(fault.code()),
                };
                let peer = match parse_public_key(&test.public.0, AlgorithmRules::GENERAL) {
                    Ok(peer) => peer,
                    Err(refusal) => return Outcome::Refused(refusal.code()),
                };
                key.agree_with(*backend, &peer).map(|secret| (secret, &test.shared.0))
            }
            Self::Decryption { backend, oaep, key } => key
                .decrypt_with(*backend, *oaep, &test.label.0, &test.ct.0)
                .map(|secret| (secret, &test.msg.0)),
        };
        match opened {
            Ok((secret, expected)) if equal(secret.as_bytes(), expected) => Outcome::Accepted,
            Ok(_) => Outcome::Differs("another secret came out".to_owned()),
            Err(error) => Outcome::Refused(error.code()),
        }
    }
}

fn oaep_hash(name: &str) -> Result<OaepHash, String> {
    match name {
        "SHA-1" => Ok(OaepHash::Sha1),
        "SHA-256" => Ok(OaepHash::Sha256),
        "SHA-384" => Ok(OaepHash::Sha384),
        "SHA-512" => Ok(OaepHash::Sha512),
        other => Err(format!("hash not offered: {other}")),
    }
}

// Wycheproof writes the numbers as ASN.1 does, with a zero before a high bit.
fn minimal(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}
