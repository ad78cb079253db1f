//! The aws-lc adapter: NIST curves and RSA-OAEP, three times as fast as OpenSSL on P-384. Its
//! randomness, whose first use takes 50 ms, is asked for by the blinding of RSA alone.

use super::key::Material;
use super::private::{Oaep, OaepHash, PrivateKeyError, Secret};
use super::{Curve, Form, Hash, KeyFault, PublicKey, Scheme};
use crate::verdict::Code;
use aws_lc_rs::agreement;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepAlgorithm, OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::{self as aws, EcdsaVerificationAlgorithm, ParsedPublicKey};
use zeroize::Zeroizing;

/// A key as aws-lc holds it, for one hash and one form of signatures; immutable.
pub(super) struct Key {
    scheme: Scheme,
    parsed: ParsedPublicKey,
}

impl Key {
    pub(super) fn new(material: &Material, scheme: Scheme) -> Result<Self, Code> {
        let (Material::Ec { curve, point }, Scheme::Ecdsa { curve: wanted, hash, form }) =
            (material, scheme)
        else {
            return Err(Code::AlgNotAvailable);
        };
        if *curve != wanted {
            return Err(Code::AlgKeyMismatch);
        }
        let algorithm = ecdsa(wanted, hash, form).ok_or(Code::AlgNotAvailable)?;
        let parsed =
            ParsedPublicKey::new(algorithm, point.as_bytes()).map_err(|_| Code::KeyMalformed)?;
        Ok(Self { scheme, parsed })
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Code> {
        self.parsed.verify_sig(message, signature).map_err(|_| Code::SigInvalid)
    }
}

/// What is taken from aws-lc for signatures; the smaller hashes on P-256 are ring's.
pub(super) const fn has(scheme: Scheme) -> bool {
    if let Scheme::Ecdsa { curve, hash, form } = scheme {
        ecdsa(curve, hash, form).is_some()
    } else {
        false
    }
}

const fn ecdsa(
    curve: Curve,
    hash: Hash,
    form: Form,
) -> Option<&'static EcdsaVerificationAlgorithm> {
    Some(match (curve, hash, form) {
        (Curve::P256, Hash::Sha512, Form::Der) => &aws::ECDSA_P256_SHA512_ASN1,
        (Curve::P384, Hash::Sha256, Form::Der) => &aws::ECDSA_P384_SHA256_ASN1,
        (Curve::P384, Hash::Sha384, Form::Der) => &aws::ECDSA_P384_SHA384_ASN1,
        (Curve::P384, Hash::Sha384, Form::Raw) => &aws::ECDSA_P384_SHA384_FIXED,
        (Curve::P384, Hash::Sha512, Form::Der) => &aws::ECDSA_P384_SHA512_ASN1,
        (Curve::P521, Hash::Sha256, Form::Der) => &aws::ECDSA_P521_SHA256_ASN1,
        (Curve::P521, Hash::Sha384, Form::Der) => &aws::ECDSA_P521_SHA384_ASN1,
        (Curve::P521, Hash::Sha512, Form::Der) => &aws::ECDSA_P521_SHA512_ASN1,
        (Curve::P521, Hash::Sha512, Form::Raw) => &aws::ECDSA_P521_SHA512_FIXED,
        _ => return None,
    })
}

pub(super) struct AgreementKey(agreement::PrivateKey);

impl AgreementKey {
    /// `None` for a curve that aws-lc lacks.
    pub(super) fn new(curve: Curve, scalar: &[u8]) -> Result<Option<Self>, KeyFault> {
        let Some(algorithm) = ecdh(curve) else { return Ok(None) };
        agreement::PrivateKey::from_private_key(algorithm, scalar)
            .map(|key| Some(Self(key)))
            .map_err(|_| KeyFault::Malformed)
    }

    /// `04 ‖ x ‖ y`.
    #[cfg(not(feature = "openssl"))]
    pub(super) fn point(&self) -> Option<Vec<u8>> {
        Some(self.0.compute_public_key().ok()?.as_ref().to_vec())
    }

    pub(super) fn agree(&self, curve: Curve, peer: &PublicKey) -> Result<Secret, PrivateKeyError> {
        let (Some(algorithm), Some(point)) = (ecdh(curve), peer.point_on(curve)) else {
            return Err(PrivateKeyError);
        };
        let peer = agreement::UnparsedPublicKey::new(algorithm, point);
        agreement::agree(&self.0, peer, PrivateKeyError, |secret| {
            Ok(Secret::new(Zeroizing::new(secret.to_vec())))
        })
    }
}

const fn ecdh(curve: Curve) -> Option<&'static agreement::Algorithm> {
    match curve {
        Curve::P256 => Some(&agreement::ECDH_P256),
        Curve::P384 => Some(&agreement::ECDH_P384),
        Curve::P521 => Some(&agreement::ECDH_P521),
        Curve::BrainpoolP256r1 | Curve::BrainpoolP384r1 | Curve::BrainpoolP512r1 => None,
    }
}

pub(super) struct DecryptionKey(OaepPrivateDecryptingKey);

impl DecryptionKey {
    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, KeyFault> {
        let key = PrivateDecryptingKey::from_pkcs8(der).map_err(|_| KeyFault::Malformed)?;
        OaepPrivateDecryptingKey::new(key).map(Self).map_err(|_| KeyFault::Malformed)
    }

    #[cfg(not(feature = "openssl"))]
    pub(super) fn modulus_len(&self) -> usize {
        self.0.key_size_bytes()
    }

    pub(super) fn decrypt(
        &self,
        parameters: Oaep,
        label: &[u8],
        ciphertext: &[u8],
    ) -> Result<Secret, PrivateKeyError> {
        let algorithm = oaep(parameters).ok_or(PrivateKeyError)?;
        let label = (!label.is_empty()).then_some(label);
        let mut plain = Zeroizing::new(vec![0; self.0.min_output_size()]);
        let len = self
            .0
            .decrypt(algorithm, ciphertext, &mut plain, label)
            .map_err(|_| PrivateKeyError)?
            .len();
        plain.truncate(len);
        Ok(Secret::new(plain))
    }
}

/// `None` for two hashes that differ.
pub(super) const fn oaep(parameters: Oaep) -> Option<&'static OaepAlgorithm> {
    Some(match (parameters.digest, parameters.mgf1) {
        (OaepHash::Sha1, OaepHash::Sha1) => &OAEP_SHA1_MGF1SHA1,
        (OaepHash::Sha256, OaepHash::Sha256) => &OAEP_SHA256_MGF1SHA256,
        (OaepHash::Sha384, OaepHash::Sha384) => &OAEP_SHA384_MGF1SHA384,
        (OaepHash::Sha512, OaepHash::Sha512) => &OAEP_SHA512_MGF1SHA512,
        _ => return None,
    })
}
