//! The fixed test keys of `test-vectors/keys`, all worthless.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING,
    ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};

use crate::MakerError;
use crate::der;

/// The signature algorithms of the test keys, one per curve.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Alg {
    /// Ed25519.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512; signs with the feature `deterministic` only.
    Es512,
    /// ECDSA on brainpoolP256r1 with SHA-256; signs with the feature `deterministic` only.
    EsB256,
    /// ECDSA on brainpoolP384r1 with SHA-384; signs with the feature `deterministic` only.
    EsB384,
    /// ECDSA on brainpoolP512r1 with SHA-512; signs with the feature `deterministic` only.
    EsB512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Alg {
    /// The JOSE name, as in the `alg` header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EsB256 => "ESB256",
            Self::EsB384 => "ESB384",
            Self::EsB512 => "ESB512",
            Self::Rs256 => "RS256",
        }
    }

    /// The DER `AlgorithmIdentifier` of signatures by this algorithm.
    ///
    /// # Errors
    /// Never for the algorithms listed; the type is that of the DER writer.
    pub fn signature_algorithm_der(self) -> Result<Vec<u8>, MakerError> {
        let oid = match self {
            Self::EdDsa => "1.3.101.112",
            Self::Es256 | Self::EsB256 => "1.2.840.10045.4.3.2",
            Self::Es384 | Self::EsB384 => "1.2.840.10045.4.3.3",
            Self::Es512 | Self::EsB512 => "1.2.840.10045.4.3.4",
            Self::Rs256 => "1.2.840.113549.1.1.11",
        };
        let mut fields = vec![der::oid(oid)?];
        if self == Self::Rs256 {
            fields.push(der::tlv(5, &[]));
        }
        Ok(der::sequence(&fields))
    }

    /// The object identifier of the curve; `None` for RSA and Ed25519.
    #[must_use]
    pub const fn curve_oid(self) -> Option<&'static str> {
        Some(match self {
            Self::EdDsa | Self::Rs256 => return None,
            Self::Es256 => "1.2.840.10045.3.1.7",
            Self::Es384 => "1.3.132.0.34",
            Self::Es512 => "1.3.132.0.35",
            Self::EsB256 => "1.3.36.3.3.2.8.1.1.7",
            Self::EsB384 => "1.3.36.3.3.2.8.1.1.11",
            Self::EsB512 => "1.3.36.3.3.2.8.1.1.13",
        })
    }

    // How long a coordinate on the curve is, in bytes; 0 for RSA and Ed25519.
    pub(crate) const fn coordinate_len(self) -> usize {
        match self {
            Self::EdDsa | Self::Rs256 => 0,
            Self::Es256 | Self::EsB256 => 32,
            Self::Es384 | Self::EsB384 => 48,
            Self::Es512 => 66,
            Self::EsB512 => 64,
        }
    }

    // The fixed-length form is JOSE's r||s, the ASN.1 form that of certificates.
    const fn ecdsa(self, form: Form) -> Option<&'static EcdsaSigningAlgorithm> {
        match (self, form) {
            (
                Self::EdDsa
                | Self::Es512
                | Self::EsB256
                | Self::EsB384
                | Self::EsB512
                | Self::Rs256,
                _,
            ) => None,
            (Self::Es256, Form::Asn1) => Some(&ECDSA_P256_SHA256_ASN1_SIGNING),
            (Self::Es256, Form::Fixed) => Some(&ECDSA_P256_SHA256_FIXED_SIGNING),
            (Self::Es384, Form::Asn1) => Some(&ECDSA_P384_SHA384_ASN1_SIGNING),
            (Self::Es384, Form::Fixed) => Some(&ECDSA_P384_SHA384_FIXED_SIGNING),
        }
    }
}

#[derive(Clone, Copy)]
enum Form {
    Asn1,
    Fixed,
}

/// A worthless private key. `Clone`, unlike a real key: there is nothing to protect.
#[derive(Clone)]
pub struct TestKey {
    name: String,
    alg: Alg,
    pkcs8: Vec<u8>,
    public: Vec<u8>,
}

impl TestKey {
    /// Loads a PKCS#8 key in PEM form. Text before the `BEGIN` line is skipped.
    ///
    /// # Errors
    /// [`MakerError::Key`] when the text is not such a key for `alg`.
    pub fn from_pem(name: &str, alg: Alg, pem: &str) -> Result<Self, MakerError> {
        let fail = || MakerError::Key(name.to_owned());
        let pkcs8 = pem_to_der(pem).ok_or_else(fail)?;
        let public = match (alg.ecdsa(Form::Fixed), alg) {
            (Some(algorithm), _) => {
                let pair = EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8, &SystemRandom::new());
                pair.map_err(|_| fail())?.public_key().as_ref().to_vec()
            }
            // ring reads no key that is too short or has a small exponent.
            (None, Alg::Rs256) => rsa_public(&pkcs8).ok_or_else(fail)?,
            // ring lacks these curves; 04, x and y end the private key (RFC 5915, 3).
            (None, Alg::Es512 | Alg::EsB256 | Alg::EsB384 | Alg::EsB512) => {
                let len = alg.coordinate_len().saturating_mul(2).saturating_add(1);
                let start = pkcs8.len().checked_sub(len);
                let point = start.and_then(|start| pkcs8.get(start..)).ok_or_else(fail)?;
                if point.first() != Some(&4) {
                    return Err(fail());
                }
                point.to_vec()
            }
            (None, _) => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8);
                pair.map_err(|_| fail())?.public_key().as_ref().to_vec()
            }
        };
        Ok(Self { name: name.to_owned(), alg, pkcs8, public })
    }

    /// The name of its file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The algorithm of the key.
    #[must_use]
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// The private key, PKCS#8 DER; for a TLS client that logs in with it.
    #[must_use]
    pub fn pkcs8_der(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The public key: the uncompressed point, the 32 bytes of Ed25519, or `RSAPublicKey` in DER.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        &self.public
    }

    /// The public key as DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// Never for the algorithms listed; the type is that of the DER writer.
    pub fn public_spki_der(&self) -> Result<Vec<u8>, MakerError> {
        let algorithm = match (self.alg, self.alg.curve_oid()) {
            (_, Some(curve)) => vec![der::oid("1.2.840.10045.2.1")?, der::oid(curve)?],
            (Alg::Rs256, None) => vec![der::oid("1.2.840.113549.1.1.1")?, der::tlv(5, &[])],
            (_, None) => vec![der::oid("1.3.101.112")?],
        };
        let algorithm = der::sequence(&algorithm);
        Ok(der::sequence(&[algorithm, der::bit_string(0, &self.public)]))
    }

    /// The public key in PEM form, as an attacker would use it as an HMAC key.
    ///
    /// # Errors
    /// As for [`TestKey::public_spki_der`].
    pub fn public_spki_pem(&self) -> Result<String, MakerError> {
        Ok(der_to_pem("PUBLIC KEY", &self.public_spki_der()?))
    }

    /// The public key as a JWK with `kty`, `crv`, `x` and, on curves of two coordinates, `y`. RSA keys, which only
    /// cards have here, give an empty curve.
    #[must_use]
    pub fn public_jwk(&self) -> Value {
        let (crv, x, y) = self.jwk_members();
        match y {
            Some(y) => json!({ "kty": "EC", "crv": crv, "x": x, "y": y }),
            None => json!({ "kty": "OKP", "crv": crv, "x": x }),
        }
    }

    /// The JWK thumbprint of RFC 7638 with SHA-256, base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let (crv, x, y) = self.jwk_members();
        let canonical = match y {
            Some(y) => format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#),
            None => format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#),
        };
        let digest = ring::digest::digest(&ring::digest::SHA256, canonical.as_bytes());
        URL_SAFE_NO_PAD.encode(digest)
    }

    /// Signs as JWS does: `r||s` for ECDSA, 64 bytes for Ed25519, PKCS#1 v1.5 for RSA.
    ///
    /// # Errors
    /// [`MakerError::Key`] or [`MakerError::Sign`] when the key does not work.
    pub fn sign_jws(&self, signing_input: &[u8]) -> Result<Vec<u8>, MakerError> {
        self.sign(Form::Fixed, signing_input)
    }

    /// Signs as certificates do: DER `Ecdsa-Sig-Value` for ECDSA, 64 bytes for Ed25519.
    ///
    /// # Errors
    /// [`MakerError::Key`] or [`MakerError::Sign`] when the key does not work.
    pub fn sign_der(&self, message: &[u8]) -> Result<Vec<u8>, MakerError> {
        self.sign(Form::Asn1, message)
    }

    fn sign(&self, form: Form, message: &[u8]) -> Result<Vec<u8>, MakerError> {
        let fail = || MakerError::Key(self.name.clone());
        let random = SystemRandom::new();
        match self.alg {
            Alg::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&self.pkcs8);
                return Ok(pair.map_err(|_| fail())?.sign(message).as_ref().to_vec());
            }
            #[cfg(feature = "deterministic")]
            Alg::Rs256 => {
                let hash = crate::Hash::Sha256;
                let signature = crate::deterministic::sign_pkcs1(&self.pkcs8, hash, message);
                return signature.map_err(|_| MakerError::Sign);
            }
            #[cfg(not(feature = "deterministic"))]
            Alg::Rs256 => {
                return self.sign_rsa(&ring::signature::RSA_PKCS1_SHA256, message);
            }
            Alg::Es256 | Alg::Es384 | Alg::Es512 | Alg::EsB256 | Alg::EsB384 | Alg::EsB512 => {}
        }
        #[cfg(feature = "deterministic")]
        if let Some(pair) = crate::deterministic::sign(self.alg, &self.pkcs8, message)
            .map_err(|_| MakerError::Sign)?
        {
            return match form {
                Form::Asn1 => pair.to_der().map_err(|_| MakerError::Sign),
                Form::Fixed => Ok([pair.r, pair.s].concat()),
            };
        }
        let algorithm = self.alg.ecdsa(form).ok_or(MakerError::Sign)?;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, &self.pkcs8, &random).map_err(|_| fail())?;
        let signature = pair.sign(&random, message).map_err(|_| MakerError::Sign)?;
        Ok(signature.as_ref().to_vec())
    }

    /// Signs with RSA and any padding that ring has.
    ///
    /// # Errors
    /// [`MakerError::Key`] for a key of another kind; [`MakerError::Sign`].
    pub fn sign_rsa(
        &self,
        padding: &'static dyn RsaEncoding,
        message: &[u8],
    ) -> Result<Vec<u8>, MakerError> {
        let pair = RsaKeyPair::from_pkcs8(&self.pkcs8);
        let pair = pair.map_err(|_| MakerError::Key(self.name.clone()))?;
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(padding, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| MakerError::Sign)?;
        Ok(signature)
    }

    fn jwk_members(&self) -> (&'static str, String, Option<String>) {
        let crv = match self.alg {
            Alg::EdDsa => return ("Ed25519", URL_SAFE_NO_PAD.encode(&self.public), None),
            Alg::Es256 => "P-256",
            Alg::Es384 => "P-384",
            Alg::Es512 => "P-521",
            Alg::EsB256 => "BP-256",
            Alg::EsB384 => "BP-384",
            Alg::EsB512 => "BP-512",
            Alg::Rs256 => return ("", String::new(), None),
        };
        // Behind the byte 0x04 of the uncompressed form stand x and y.
        let len = self.alg.coordinate_len();
        let mut coordinates = self.public.get(1..).unwrap_or_default().chunks(len);
        let mut next = || URL_SAFE_NO_PAD.encode(coordinates.next().unwrap_or_default());
        let x = next();
        (crv, x, Some(next()))
    }
}

impl fmt::Debug for TestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestKey({}, {})", self.name, self.alg.name())
    }
}

/// A JWK set of the public halves, each with `kid` (the thumbprint), `alg` and `use`.
#[must_use]
pub fn jwks(keys: &[&TestKey]) -> Value {
    let keys: Vec<Value> = keys
        .iter()
        .map(|key| {
            let mut jwk = key.public_jwk();
            if let Some(members) = jwk.as_object_mut() {
                members.insert("kid".to_owned(), json!(key.thumbprint()));
                members.insert("alg".to_owned(), json!(key.alg().name()));
                members.insert("use".to_owned(), json!("sig"));
            }
            jwk
        })
        .collect();
    json!({ "keys": keys })
}

macro_rules! embedded_keys {
    ($($(#[$doc:meta])* $function:ident, $alg:ident, $file:literal;)*) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// [`MakerError::Key`] when the embedded file is damaged.
            pub fn $function() -> Result<TestKey, MakerError> {
                let pem = include_str!(concat!("../../keys/", $file, ".key.pem"));
                TestKey::from_pem($file, Alg::$alg, pem)
            }
        )*

        #[cfg(test)]
        const EMBEDDED: &[fn() -> Result<TestKey, MakerError>] = &[$($function),*];
    };
}

embedded_keys! {
    /// Signs the broker's assertions with Ed25519.
    assertion_eddsa, EdDsa, "assertion-eddsa";
    /// Signs the broker's assertions with ES256.
    assertion_es256, Es256, "assertion-es256";
    /// Signs the broker's assertions with ES384.
    assertion_es384, Es384, "assertion-es384";
    /// A Belgian-shaped card, RSA-2048.
    card_be, Rs256, "card-be";
    /// The CA of Belgian-shaped cards.
    card_be_ca, Es384, "card-be-ca";
    /// A Belgian-shaped card, P-384.
    card_be_ec, Es384, "card-be-ec";
    /// An Estonian-shaped card, P-384.
    card_ee, Es384, "card-ee";
    /// The CA of Estonian-shaped cards, P-521.
    card_ee_ca, Es512, "card-ee-ca";
    /// A Finnish-shaped card, P-384.
    card_fi, Es384, "card-fi";
    /// The CA of Finnish-shaped cards.
    card_fi_ca, Es384, "card-fi-ca";
    /// A CA that nobody configured.
    card_foreign_ca, Es384, "card-foreign-ca";
    /// The OCSP responder of the card CAs.
    card_ocsp, Es256, "card-ocsp";
    /// A card with a P-256 key.
    card_p256, Es256, "card-p256";
    /// A card with a key of the structure of CVE-2017-15361.
    card_roca, Rs256, "card-roca";
    /// The server that cards log in to.
    card_tls_server, Es256, "card-tls-server";
    /// The holder's key in the test wallet.
    holder, Es256, "holder";
    /// A holder's key on Ed25519.
    holder_eddsa, EdDsa, "holder-eddsa";
    /// A holder's key on P-384.
    holder_es384, Es384, "holder-es384";
    /// The issuer that publishes a JWK set and has no certificate.
    jwks_issuer, Es256, "jwks-issuer";
    /// The root that has nothing to do with the PID root.
    other_ca, Es256, "other-ca";
    /// The signer under the unrelated root.
    other_signer, Es256, "other-signer";
    /// The root over the PID signers.
    pid_ca, Es256, "pid-ca";
    /// The PID signer.
    pid_signer, Es256, "pid-signer";
    /// A PID signer on Ed25519.
    pid_signer_eddsa, EdDsa, "pid-signer-eddsa";
    /// A PID signer on P-384.
    pid_signer_es384, Es384, "pid-signer-es384";
    /// The test BundID, RSA-3072.
    saml_bund_id, Rs256, "saml-bund-id";
    /// The test eID server, P-256.
    saml_eid_server, Es256, "saml-eid-server";
    /// The test eID server, brainpoolP256r1.
    saml_eid_server_bp256, EsB256, "saml-eid-server-bp256";
    /// The test eID server, RSA-3072.
    saml_eid_server_rsa, Rs256, "saml-eid-server-rsa";
    /// The test eIDAS node, brainpoolP256r1.
    saml_node_bp256, EsB256, "saml-node-bp256";
    /// The test eIDAS node, brainpoolP384r1.
    saml_node_bp384, EsB384, "saml-node-bp384";
    /// The test eIDAS node, brainpoolP512r1.
    saml_node_bp512, EsB512, "saml-node-bp512";
    /// Signs the metadata of the test eIDAS node.
    saml_node_metadata, Es384, "saml-node-metadata";
    /// The test eIDAS node, P-256.
    saml_node_p256, Es256, "saml-node-p256";
    /// The test eIDAS node, P-384.
    saml_node_p384, Es384, "saml-node-p384";
    /// The test eIDAS node, P-521.
    saml_node_p521, Es512, "saml-node-p521";
    /// The test eIDAS node, RSA-3072.
    saml_node_rsa, Rs256, "saml-node-rsa";
    /// Signs the test list of metadata services.
    saml_service_list, Es256, "saml-service-list";
    /// Decrypts for the broker, brainpoolP256r1.
    saml_sp_enc_bp256, EsB256, "saml-sp-enc-bp256";
    /// Decrypts for the broker, brainpoolP384r1.
    saml_sp_enc_bp384, EsB384, "saml-sp-enc-bp384";
    /// Decrypts for the broker, brainpoolP512r1.
    saml_sp_enc_bp512, EsB512, "saml-sp-enc-bp512";
    /// Decrypts for the broker, P-256.
    saml_sp_enc_p256, Es256, "saml-sp-enc-p256";
    /// Decrypts for the broker, P-384.
    saml_sp_enc_p384, Es384, "saml-sp-enc-p384";
    /// Decrypts for the broker, P-521.
    saml_sp_enc_p521, Es512, "saml-sp-enc-p521";
    /// Decrypts for the broker, RSA-3072.
    saml_sp_enc_rsa, Rs256, "saml-sp-enc-rsa";
    /// Signs the broker's requests and metadata.
    saml_sp_sign, Es256, "saml-sp-sign";
    /// An issuer of messages that nobody configured, RSA-3072.
    saml_stranger, Rs256, "saml-stranger";
    /// An issuer of messages that nobody configured, P-256.
    saml_stranger_p256, Es256, "saml-stranger-p256";
    /// RSA-3072 with the exponent 3, made to be refused.
    saml_weak_e3, Rs256, "saml-weak-e3";
    /// RSA-1024, made to be refused.
    saml_weak_rsa1024, Rs256, "saml-weak-rsa1024";
    /// RSA-2048, too short for an eIDAS node.
    saml_weak_rsa2048, Rs256, "saml-weak-rsa2048";
    /// Another holder's key.
    second_holder, Es256, "second-holder";
}

// The RSAPublicKey of a PKCS#8 key: modulus and exponent follow the version (RFC 8017, A.1.2).
fn rsa_public(pkcs8: &[u8]) -> Option<Vec<u8>> {
    let inner = der::elements(&der::elements(pkcs8)?.first()?.1)?.get(2)?.1.clone();
    let fields = der::elements(&der::elements(&inner)?.first()?.1)?;
    let (modulus, exponent) = (fields.get(1)?, fields.get(2)?);
    Some(der::sequence(&[der::tlv(modulus.0, &modulus.1), der::tlv(exponent.0, &exponent.1)]))
}

/// The master secret of the pairwise subjects.
///
/// # Errors
/// [`MakerError::Key`] when the embedded file is damaged.
pub fn pairwise_master() -> Result<[u8; 32], MakerError> {
    secret("pairwise-master", include_str!("../../keys/pairwise-master.hex"))
}

/// The key that seals expectations.
///
/// # Errors
/// [`MakerError::Key`] when the embedded file is damaged.
pub fn expectation_seal() -> Result<[u8; 32], MakerError> {
    secret("expectation-seal", include_str!("../../keys/expectation-seal.hex"))
}

fn secret(name: &str, hex: &str) -> Result<[u8; 32], MakerError> {
    let digits = hex.trim().as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = digits.map(byte).collect();
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| MakerError::Key(name.to_owned()))
}

/// Reads the first PEM block of `pem`; `None` when there is none or its base64 is bad.
#[must_use]
pub fn pem_to_der(pem: &str) -> Option<Vec<u8>> {
    let lines = pem.lines().skip_while(|line| !line.starts_with("-----BEGIN")).skip(1);
    let body: String = lines.take_while(|line| !line.starts_with("-----END")).collect();
    STANDARD.decode(body).ok().filter(|der| !der.is_empty())
}

/// Writes one PEM block with lines of 64 characters.
#[must_use]
pub fn der_to_pem(label: &str, der: &[u8]) -> String {
    // 48 bytes are 64 characters of base64, and only the last line may need padding.
    let lines: String = der.chunks(48).map(|line| STANDARD.encode(line) + "\n").collect();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use ring::signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
        UnparsedPublicKey, VerificationAlgorithm,
    };

    use super::*;

    #[test]
    fn every_key_signs_and_its_public_half_verifies() {
        for load in EMBEDDED {
            let key = load().unwrap();
            let algorithm: &'static dyn VerificationAlgorithm = match key.alg() {
                Alg::EdDsa => &ED25519,
                Alg::Es256 => &ECDSA_P256_SHA256_FIXED,
                Alg::Es384 => &ECDSA_P384_SHA384_FIXED,
                Alg::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
                // ring cannot verify these; the core does.
                Alg::Es512 | Alg::EsB256 | Alg::EsB384 | Alg::EsB512 => continue,
            };
            // ring takes no such key.
            if ["saml-weak-e3", "saml-weak-rsa1024"].contains(&key.name()) {
                continue;
            }
            let signature = key.sign_jws(b"message").unwrap();
            let public = UnparsedPublicKey::new(algorithm, key.public_key());
            assert!(public.verify(b"message", &signature).is_ok(), "{key:?}");
            assert!(public.verify(b"massage", &signature).is_err(), "{key:?}");
        }
    }

    #[test]
    fn no_two_keys_are_the_same() {
        let mut prints: Vec<String> =
            EMBEDDED.iter().map(|load| format!("{:?}", load().unwrap().public_key())).collect();
        prints.sort();
        prints.dedup();
        assert_eq!(prints.len(), EMBEDDED.len());
        assert_ne!(pairwise_master().unwrap(), expectation_seal().unwrap());
    }

    #[test]
    fn the_jwk_of_a_nist_key_holds_both_coordinates_at_full_length() {
        let jwk = holder_es384().unwrap().public_jwk();
        for member in ["x", "y"] {
            assert_eq!(URL_SAFE_NO_PAD.decode(jwk[member].as_str().unwrap()).unwrap().len(), 48);
        }
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037_for_its_ed25519_example() {
        let public = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let key = TestKey { name: String::new(), alg: Alg::EdDsa, pkcs8: Vec::new(), public };
        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn pem_survives_a_round_trip() {
        let der: Vec<u8> = (0..=255).collect();
        assert_eq!(pem_to_der(&der_to_pem("TEST", &der)).unwrap(), der);
    }
}
