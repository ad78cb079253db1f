//! Enveloped XML signatures, made from the canonical text of this crate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::xml::Element;
use crate::hash::Hash;
use crate::keys::{Alg, TestKey};
use crate::{MakerError, keys};

/// `CanonicalizationMethod` and the second transform.
pub const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The first transform.
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// Signature methods.
pub mod method {
    /// ECDSA with SHA-1.
    pub const ECDSA_SHA1: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1";
    /// ECDSA with SHA-256.
    pub const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    /// ECDSA with SHA-384.
    pub const ECDSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
    /// ECDSA with SHA-512.
    pub const ECDSA_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512";
    /// HMAC with SHA-256; the key is the PEM of the public key.
    pub const HMAC_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
    /// RSASSA-PSS with SHA-256.
    pub const PSS_SHA256: &str = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1";
    /// RSASSA-PSS with SHA-384.
    pub const PSS_SHA384: &str = "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1";
    /// RSASSA-PSS with SHA-512.
    pub const PSS_SHA512: &str = "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1";
    /// RSASSA-PKCS1-v1_5 with SHA-1.
    pub const RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    pub const RSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384";
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    pub const RSA_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512";
}

/// Digest methods.
pub mod digest {
    /// SHA-1.
    pub const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
    /// SHA-256.
    pub const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
    /// SHA-384.
    pub const SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#sha384";
    /// SHA-512.
    pub const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";
}

/// The hash of a digest method; SHA-256 for a name that is none.
#[must_use]
pub fn hash_of(digest: &str) -> Hash {
    match digest {
        digest::SHA1 => Hash::Sha1,
        digest::SHA384 => Hash::Sha384,
        digest::SHA512 => Hash::Sha512,
        _ => Hash::Sha256,
    }
}

/// Who signs, and how.
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone, Debug)]
pub struct Signing {
    /// The key.
    pub key: TestKey,
    /// What `SignatureMethod` says, one of [`method`].
    pub method: String,
    /// What `DigestMethod` says, one of [`digest`].
    pub digest: String,
    /// What `KeyInfo` holds; `None` leaves it out.
    pub key_info: Option<Element>,
    /// The prefixes of the transform's `InclusiveNamespaces`; empty leaves it out.
    pub prefixes: Vec<String>,
    /// What the reference names; `None` is the `ID` of the signed element, or the whole document where
    /// it has none.
    pub reference: Option<String>,
    /// The length of the salt of RSASSA-PSS; `None` is that of the hash. Needs `deterministic`.
    pub salt_len: Option<usize>,
}

impl Signing {
    /// Signs by the strongest method of the kind of key: RSASSA-PSS with SHA-256, or ECDSA with the
    /// hash of the curve.
    ///
    /// * `certificate_der`: what `KeyInfo` shows; `None` leaves it out.
    #[must_use]
    pub fn new(key: &TestKey, certificate_der: Option<&[u8]>) -> Self {
        let (method, digest) = match key.alg() {
            Alg::EdDsa | Alg::Rs256 => (method::PSS_SHA256, digest::SHA256),
            Alg::Es256 | Alg::EsB256 => (method::ECDSA_SHA256, digest::SHA256),
            Alg::Es384 | Alg::EsB384 => (method::ECDSA_SHA384, digest::SHA384),
            Alg::Es512 | Alg::EsB512 => (method::ECDSA_SHA512, digest::SHA512),
        };
        Self {
            key: key.clone(),
            method: method.to_owned(),
            digest: digest.to_owned(),
            key_info: certificate_der.map(key_info),
            prefixes: Vec::new(),
            reference: None,
            salt_len: None,
        }
    }

    /// By another signature method.
    #[must_use]
    pub fn with_method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// By another digest method.
    #[must_use]
    pub fn with_digest(mut self, digest: &str) -> Self {
        digest.clone_into(&mut self.digest);
        self
    }

    /// With a list of prefixes in the transform.
    #[must_use]
    pub fn with_prefixes(mut self, prefixes: &[&str]) -> Self {
        self.prefixes = prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
        self
    }

    /// Naming another element.
    #[must_use]
    pub fn with_reference(mut self, uri: &str) -> Self {
        self.reference = Some(uri.to_owned());
        self
    }

    /// Without `KeyInfo`.
    #[must_use]
    pub fn without_key_info(mut self) -> Self {
        self.key_info = None;
        self
    }

    /// The digest of an element without its signature, in base64.
    #[must_use]
    pub fn digest_value(&self, element: &Element) -> String {
        let prefixes: Vec<&str> = self.prefixes.iter().map(String::as_str).collect();
        let octets = element.canonical(&prefixes);
        STANDARD.encode(hash_of(&self.digest).digest(octets.as_bytes()))
    }

    /// What is signed about an element.
    #[must_use]
    pub fn signed_info(&self, element: &Element) -> Element {
        let algorithm = |name: &str, uri: &str| Element::new(name).with("Algorithm", uri);
        let mut exclusive = algorithm("ds:Transform", EXCLUSIVE);
        if !self.prefixes.is_empty() {
            let list = Element::new("ec:InclusiveNamespaces");
            exclusive = exclusive.child(list.with("PrefixList", &self.prefixes.join(" ")));
        }
        let own = element.get("ID").map_or_else(String::new, |id| format!("#{id}"));
        let reference = Element::new("ds:Reference")
            .with("URI", self.reference.as_deref().unwrap_or(&own))
            .child(
                Element::new("ds:Transforms")
                    .child(algorithm("ds:Transform", ENVELOPED))
                    .child(exclusive),
            )
            .child(algorithm("ds:DigestMethod", &self.digest))
            .child(Element::new("ds:DigestValue").text(&self.digest_value(element)));
        Element::new("ds:SignedInfo")
            .child(algorithm("ds:CanonicalizationMethod", EXCLUSIVE))
            .child(algorithm("ds:SignatureMethod", &self.method))
            .child(reference)
    }

    /// The `ds:Signature` over a `ds:SignedInfo`.
    ///
    /// # Errors
    /// As [`Self::sign_octets`].
    pub fn seal(&self, signed_info: Element) -> Result<Element, MakerError> {
        let value = self.sign_octets(signed_info.canonical(&[]).as_bytes())?;
        Ok(Element::new("ds:Signature")
            .child(signed_info)
            .child(Element::new("ds:SignatureValue").text(&STANDARD.encode(value)))
            .children(self.key_info.clone()))
    }

    /// The signature that [`Self::sign`] puts in.
    ///
    /// # Errors
    /// As [`Self::sign_octets`].
    pub fn signature(&self, element: &Element) -> Result<Element, MakerError> {
        self.seal(self.signed_info(element))
    }

    /// Signs an element: the signature stands behind its issuer, or first where it has none.
    ///
    /// # Errors
    /// As [`Self::sign_octets`].
    pub fn sign(&self, element: &mut Element) -> Result<(), MakerError> {
        let signature = self.signature(element)?;
        element.after("saml2:Issuer", signature);
        Ok(())
    }

    /// Signs octets: ECDSA as `r||s`.
    ///
    /// # Errors
    /// [`MakerError::Sign`] when the method is none, does not go with the key, or needs the feature
    /// `deterministic`.
    pub fn sign_octets(&self, octets: &[u8]) -> Result<Vec<u8>, MakerError> {
        let (padding, hash) = match self.method.as_str() {
            method::ECDSA_SHA1 => (Padding::None, Hash::Sha1),
            method::ECDSA_SHA256 => (Padding::None, Hash::Sha256),
            method::ECDSA_SHA384 => (Padding::None, Hash::Sha384),
            method::ECDSA_SHA512 => (Padding::None, Hash::Sha512),
            method::HMAC_SHA256 => {
                let pem = self.key.public_spki_pem()?;
                let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, pem.as_bytes());
                return Ok(ring::hmac::sign(&secret, octets).as_ref().to_vec());
            }
            method::PSS_SHA256 => (Padding::Pss, Hash::Sha256),
            method::PSS_SHA384 => (Padding::Pss, Hash::Sha384),
            method::PSS_SHA512 => (Padding::Pss, Hash::Sha512),
            method::RSA_SHA1 => (Padding::Pkcs1, Hash::Sha1),
            method::RSA_SHA256 => (Padding::Pkcs1, Hash::Sha256),
            method::RSA_SHA384 => (Padding::Pkcs1, Hash::Sha384),
            method::RSA_SHA512 => (Padding::Pkcs1, Hash::Sha512),
            _ => return Err(MakerError::Sign),
        };
        sign(&self.key, padding, hash, self.salt_len, octets)
    }
}

#[derive(Clone, Copy)]
enum Padding {
    // ECDSA
    None,
    Pkcs1,
    Pss,
}

#[cfg(feature = "deterministic")]
fn sign(
    key: &TestKey,
    padding: Padding,
    hash: Hash,
    salt_len: Option<usize>,
    octets: &[u8],
) -> Result<Vec<u8>, MakerError> {
    use crate::deterministic::{sign_hashed, sign_pkcs1, sign_pss};
    let pkcs8 = key.pkcs8_der();
    let signature = match padding {
        Padding::None => sign_hashed(key.alg(), pkcs8, hash, octets)
            .map(|pair| pair.map(|pair| [pair.r, pair.s].concat())),
        Padding::Pkcs1 => sign_pkcs1(pkcs8, hash, octets).map(Some),
        Padding::Pss => {
            sign_pss(pkcs8, hash, salt_len.unwrap_or_else(|| hash.len()), octets).map(Some)
        }
    };
    signature.ok().flatten().ok_or(MakerError::Sign)
}

// What ring alone can do.
#[cfg(not(feature = "deterministic"))]
fn sign(
    key: &TestKey,
    padding: Padding,
    hash: Hash,
    salt_len: Option<usize>,
    octets: &[u8],
) -> Result<Vec<u8>, MakerError> {
    use ring::signature::{
        RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
        RSA_PSS_SHA512, RsaEncoding,
    };
    let encoding: &'static dyn RsaEncoding = match (padding, hash, key.alg()) {
        _ if salt_len.is_some() => return Err(MakerError::Sign),
        (Padding::None, Hash::Sha256, Alg::Es256) | (Padding::None, Hash::Sha384, Alg::Es384) => {
            return key.sign_jws(octets);
        }
        (Padding::Pkcs1, Hash::Sha256, Alg::Rs256) => &RSA_PKCS1_SHA256,
        (Padding::Pkcs1, Hash::Sha384, Alg::Rs256) => &RSA_PKCS1_SHA384,
        (Padding::Pkcs1, Hash::Sha512, Alg::Rs256) => &RSA_PKCS1_SHA512,
        (Padding::Pss, Hash::Sha256, Alg::Rs256) => &RSA_PSS_SHA256,
        (Padding::Pss, Hash::Sha384, Alg::Rs256) => &RSA_PSS_SHA384,
        (Padding::Pss, Hash::Sha512, Alg::Rs256) => &RSA_PSS_SHA512,
        _ => return Err(MakerError::Sign),
    };
    key.sign_rsa(encoding, octets)
}

/// A `ds:KeyInfo` with one certificate.
#[must_use]
pub fn key_info(certificate_der: &[u8]) -> Element {
    let certificate = Element::new("ds:X509Certificate").text(&STANDARD.encode(certificate_der));
    Element::new("ds:KeyInfo").child(Element::new("ds:X509Data").child(certificate))
}

/// The certificate of a test key, self-signed, its subject saying that it is worthless. Valid from
/// [`crate::cert::LEAF_NOT_BEFORE`] to [`crate::cert::LEAF_NOT_AFTER`]; the same bytes in every run
/// with the feature `deterministic`.
///
/// # Errors
/// [`MakerError::Sign`] for a key that cannot sign without that feature.
pub fn certificate(key: &TestKey) -> Result<Vec<u8>, MakerError> {
    use crate::cert::{CertificateSpec, Extension, KeyUsage, Name};
    let mut name = Name::new("DE", &format!("{} (test key, worthless)", key.name()));
    name.organization = Some("eid-broker tests".to_owned());
    let usage = if key.name().starts_with("saml-sp-enc") {
        if key.alg() == Alg::Rs256 { KeyUsage::KeyEncipherment } else { KeyUsage::KeyAgreement }
    } else {
        KeyUsage::DigitalSignature
    };
    let spec = CertificateSpec::new(name.clone(), name, key)?
        .with(Extension::basic_constraints(true, false, None))
        .with(Extension::key_usage(true, &[usage]))
        .with(Extension::subject_key_identifier(key));
    spec.build(key)
}

/// The certificate of a test key in PEM form.
///
/// # Errors
/// As [`certificate`].
pub fn certificate_pem(key: &TestKey) -> Result<String, MakerError> {
    Ok(keys::der_to_pem("CERTIFICATE", &certificate(key)?))
}
