use super::format::{Answer, Group, Key, Test};
use crate::suite::{Door, Outcome};
use eid_broker::crypto::{Backend, Form, Hash, KeyFault, PublicKey, Scheme};
use eid_broker::verdict::Code;

/// The scheme and key of a group, asked with one backend.
pub(super) struct Asked {
    backend: Backend,
    scheme: Scheme,
    key: Result<PublicKey, KeyFault>,
}

/// Whether a kind of group holds signatures.
pub(super) fn is_one(kind: &str) -> bool {
    matches!(
        kind,
        "EcdsaVerify"
            | "EcdsaP1363Verify"
            | "EddsaVerify"
            | "RsassaPkcs1Verify"
            | "RsassaPssVerify"
    )
}

impl Asked {
    /// Reads scheme and key; `Err` is the reason to skip the group.
    pub(super) fn new(group: &Group, backend: Backend) -> Result<Self, String> {
        let key = group.public_key.as_ref().ok_or("the group has no public key")?;
        let (scheme, key) = match group.kind.as_str() {
            "EcdsaVerify" => ecdsa(group, key, Form::Der)?,
            "EcdsaP1363Verify" => ecdsa(group, key, Form::Raw)?,
            "EddsaVerify" if key.curve == "edwards25519" => {
                (Scheme::Ed25519, PublicKey::from_ed25519(&key.pk.0))
            }
            "EddsaVerify" => return Err(format!("curve not offered: {}", key.curve)),
            "RsassaPkcs1Verify" => (Scheme::RsaPkcs1 { hash: hash(&group.sha)? }, rsa(key)),
            "RsassaPssVerify" => (pss(group)?, rsa(key)),
            kind => return Err(format!("kind of test not offered: {kind}")),
        };
        Ok(Self { backend, scheme, key })
    }

    /// Answers one test.
    pub(super) fn answer(&self, test: &Test) -> Outcome {
        match &self.key {
            Ok(key) => self.verify(key, &test.msg.0, &test.sig.0),
            Err(KeyFault::Unsupported) => Outcome::Skipped("key not supported".to_owned()),
            Err(KeyFault::Weak) if test.result == Answer::Valid => {
                Outcome::Skipped("key refused by the quality rules".to_owned())
            }
            Err(fault) => Outcome::Refused(fault.code()),
        }
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Outcome {
        match key.verify_with(self.backend, self.scheme, message, signature) {
            Err(Code::AlgNotAvailable | Code::KeyUnsupported) => {
                Outcome::Skipped("unsupported by this backend".to_owned())
            }
            other => other.into(),
        }
    }
}

struct SignatureDoor {
    asked: Asked,
    message: Vec<u8>,
}

impl Door for SignatureDoor {
    fn ask(&self, token: &[u8]) -> Result<String, Code> {
        let key = self.asked.key.as_ref().map_err(|fault| fault.code())?;
        let Asked { backend, scheme, .. } = self.asked;
        key.verify_with(backend, scheme, &self.message, token).map(|()| String::new())
    }
}

/// Other signatures under the key and over the message of one test.
pub(super) fn door(group: &Group, test: &Test, backend: Backend) -> Option<impl Door + use<>> {
    let asked = Asked::new(group, backend).ok()?;
    Some(SignatureDoor { asked, message: test.msg.0.clone() })
}

type SchemeAndKey = (Scheme, Result<PublicKey, KeyFault>);

fn ecdsa(group: &Group, key: &Key, form: Form) -> Result<SchemeAndKey, String> {
    let curve = super::curve(&key.curve)?;
    let scheme = Scheme::Ecdsa { curve, hash: hash(&group.sha)?, form };
    Ok((scheme, PublicKey::from_point(curve, &key.uncompressed.0)))
}

// Wycheproof writes the numbers as ASN.1 does, with a zero before a high bit.
fn rsa(key: &Key) -> Result<PublicKey, KeyFault> {
    PublicKey::from_rsa(minimal(&key.modulus.0), minimal(&key.public_exponent.0))
}

fn minimal(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn pss(group: &Group) -> Result<Scheme, String> {
    let salt_len = group.s_len.ok_or("the group has no salt length")?;
    let mgf = group.mgf_sha.as_deref().unwrap_or(&group.sha);
    if mgf != group.sha {
        return Err(format!("MGF1 with another hash is not offered: {mgf}"));
    }
    Ok(Scheme::RsaPss { hash: hash(&group.sha)?, salt_len })
}

fn hash(name: &str) -> Result<Hash, String> {
    match name {
        "SHA-256" => Ok(Hash::Sha256),
        "SHA-384" => Ok(Hash::Sha384),
        "SHA-512" => Ok(Hash::Sha512),
        other => Err(format!("hash not offered: {other}")),
    }
}
