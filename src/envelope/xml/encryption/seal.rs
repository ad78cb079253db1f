//! The other side: encrypts an element for somebody else, as requests of TR-03130 need it.

use super::{ContentEncryption, DS, DSIG11, KeyTransport, KeyWrap, XENC, XENC11};
use crate::crypto::{
    AesKey, AgreementKey, Curve, GCM_NONCE_LEN, Hash, KeyFault, KeyKind, Oaep, OaepHash, PublicKey,
    concat_kdf,
};
use crate::pki::Certificate;
use crate::verdict::Code;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// How an element is encrypted for one recipient.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Sealing {
    /// How the content is encrypted; authenticated algorithms only.
    pub content: ContentEncryption,
    /// Of OAEP, where the recipient has an RSA key. One hash in both places.
    pub oaep: OaepHash,
    /// Of the agreed key, where the recipient has a key on a curve.
    pub wrap: KeyWrap,
    /// Of ConcatKDF.
    pub kdf: Hash,
}

impl Sealing {
    /// What nodes take (BSI TR-03116-4, 5): AES-256-GCM; RSA-OAEP with SHA-256 in both places; or
    /// ECDH-ES, ConcatKDF with SHA-256 and AES-256 key wrap.
    pub const STANDARD: Self = Self {
        content: ContentEncryption::Aes256Gcm,
        oaep: OaepHash::Sha256,
        wrap: KeyWrap::Aes256,
        kdf: Hash::Sha256,
    };

    /// The same with another algorithm for the content.
    #[must_use]
    pub const fn with_content(mut self, content: ContentEncryption) -> Self {
        self.content = content;
        self
    }
}

/// Encrypts one element; gives an `xenc:EncryptedData`, canonical by itself.
///
/// * `element`: its text, which declares every namespace that it uses.
/// * `certificate`: names the recipient to itself.
/// * `fill`: randomness for the keys and the nonce. The seed of OAEP comes from OpenSSL.
///
/// # Errors
/// [`Code::MisuseArgument`] for content without authentication; [`Code::AlgKeyMismatch`] for a key
/// that nothing can be encrypted to; [`Code::AlgNotAvailable`] when this build cannot; and what `fill`
/// says.
pub fn encrypt(
    element: &str,
    recipient: &PublicKey,
    certificate: Option<&Certificate>,
    sealing: Sealing,
    fill: &dyn Fn(&mut [u8]) -> Result<(), Code>,
) -> Result<String, Code> {
    if !sealing.content.is_authenticated() {
        return Err(Code::MisuseArgument);
    }
    let mut bytes = Zeroizing::new(vec![0; sealing.content.key_len()]);
    fill(&mut bytes)?;
    let content_key = AesKey::new(&bytes).ok_or(Code::Internal)?;
    let mut nonce = [0; GCM_NONCE_LEN];
    fill(&mut nonce)?;
    let mut ciphertext = nonce.to_vec();
    let sealed = content_key.seal_gcm(&nonce, b"", element.as_bytes());
    ciphertext.extend_from_slice(&sealed.map_err(|_| Code::AlgNotAvailable)?);
    let named = certificate.map_or_else(String::new, |certificate| {
        let text = STANDARD.encode(certificate.der());
        format!("<ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate></ds:X509Data>")
    });
    let key = match recipient.kind() {
        KeyKind::Ec(curve) => agreed(&content_key, recipient, curve, &named, sealing, fill)?,
        KeyKind::Rsa => transported(&content_key, recipient, &named, sealing)?,
        KeyKind::Ed25519 => return Err(Code::AlgKeyMismatch),
    };
    Ok(format!(
        "<xenc:EncryptedData xmlns:xenc=\"{XENC}\" Type=\"{XENC}Element\">\
         <xenc:EncryptionMethod Algorithm=\"{}\"></xenc:EncryptionMethod>\
         <ds:KeyInfo xmlns:ds=\"{DS}\">{key}</ds:KeyInfo>{}</xenc:EncryptedData>",
        sealing.content.uri(),
        cipher_data(&ciphertext),
    ))
}

fn transported(
    content_key: &AesKey,
    recipient: &PublicKey,
    named: &str,
    sealing: Sealing,
) -> Result<String, Code> {
    let sealed = recipient.encrypt_oaep(Oaep::both(sealing.oaep), content_key.as_bytes())?;
    let (digest, mgf1) = match sealing.oaep {
        OaepHash::Sha1 => ("http://www.w3.org/2000/09/xmldsig#sha1", "mgf1sha1"),
        OaepHash::Sha256 => (digest_uri(Hash::Sha256), "mgf1sha256"),
        OaepHash::Sha384 => (digest_uri(Hash::Sha384), "mgf1sha384"),
        OaepHash::Sha512 => (digest_uri(Hash::Sha512), "mgf1sha512"),
    };
    let info = match named {
        "" => String::new(),
        named => format!("<ds:KeyInfo>{named}</ds:KeyInfo>"),
    };
    Ok(format!(
        "<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\"{}\">\
         <ds:DigestMethod Algorithm=\"{digest}\"></ds:DigestMethod>\
         <xenc11:MGF xmlns:xenc11=\"{XENC11}\" Algorithm=\"{XENC11}{mgf1}\"></xenc11:MGF>\
         </xenc:EncryptionMethod>{info}{}</xenc:EncryptedKey>",
        KeyTransport::RsaOaep.uri(),
        cipher_data(&sealed),
    ))
}

fn agreed(
    content_key: &AesKey,
    recipient: &PublicKey,
    curve: Curve,
    named: &str,
    sealing: Sealing,
    fill: &dyn Fn(&mut [u8]) -> Result<(), Code>,
) -> Result<String, Code> {
    let ephemeral = ephemeral(curve, fill)?;
    let point = STANDARD.encode(ephemeral.public().point().ok_or(Code::Internal)?);
    let shared = ephemeral.agree(recipient).map_err(|_| Code::AlgNotAvailable)?;
    // One zero byte for each of the three names that nobody has, as nodes write it.
    let wrapping = concat_kdf(sealing.kdf, &shared, &[0; 3], sealing.wrap.key_len());
    let wrapping = wrapping.and_then(|key| AesKey::new(key.as_bytes())).ok_or(Code::Internal)?;
    let wrapped = wrapping.wrap_key(content_key).map_err(|_| Code::AlgNotAvailable)?;
    let recipient = match named {
        "" => String::new(),
        named => format!("<xenc:RecipientKeyInfo>{named}</xenc:RecipientKeyInfo>"),
    };
    Ok(format!(
        "<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\"{}\"></xenc:EncryptionMethod>\
         <ds:KeyInfo><xenc:AgreementMethod Algorithm=\"{}\">\
         <xenc11:KeyDerivationMethod xmlns:xenc11=\"{XENC11}\" Algorithm=\"{XENC11}ConcatKDF\">\
         <xenc11:ConcatKDFParams AlgorithmID=\"0000\" PartyUInfo=\"0000\" PartyVInfo=\"0000\">\
         <ds:DigestMethod Algorithm=\"{}\"></ds:DigestMethod></xenc11:ConcatKDFParams>\
         </xenc11:KeyDerivationMethod><xenc:OriginatorKeyInfo><ds:KeyValue>\
         <dsig11:ECKeyValue xmlns:dsig11=\"{DSIG11}\">\
         <dsig11:NamedCurve URI=\"urn:oid:{}\"></dsig11:NamedCurve>\
         <dsig11:PublicKey>{point}</dsig11:PublicKey></dsig11:ECKeyValue></ds:KeyValue>\
         </xenc:OriginatorKeyInfo>{recipient}</xenc:AgreementMethod></ds:KeyInfo>{}\
         </xenc:EncryptedKey>",
        sealing.wrap.uri(),
        KeyTransport::EcdhEs.uri(),
        digest_uri(sealing.kdf),
        oid(curve),
        cipher_data(&wrapped),
    ))
}

fn ephemeral(
    curve: Curve,
    fill: &dyn Fn(&mut [u8]) -> Result<(), Code>,
) -> Result<AgreementKey, Code> {
    let mut scalar = Zeroizing::new(vec![0; curve.coordinate_len()]);
    for _ in 0..EPHEMERAL_TRIES {
        fill(&mut scalar)?;
        // The field of P-521 has one bit in its first byte.
        if curve == Curve::P521
            && let Some(first) = scalar.first_mut()
        {
            *first &= 1;
        }
        match AgreementKey::from_scalar(curve, &scalar) {
            Ok(key) => return Ok(key),
            Err(KeyFault::Unsupported) => return Err(Code::AlgNotAvailable),
            Err(_) => {}
        }
    }
    Err(Code::RandomFailed)
}

fn cipher_data(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    format!("<xenc:CipherData><xenc:CipherValue>{text}</xenc:CipherValue></xenc:CipherData>")
}

const fn digest_uri(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
        Hash::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
        Hash::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
    }
}

const fn oid(curve: Curve) -> &'static str {
    match curve {
        Curve::P256 => "1.2.840.10045.3.1.7",
        Curve::P384 => "1.3.132.0.34",
        Curve::P521 => "1.3.132.0.35",
        Curve::BrainpoolP256r1 => "1.3.36.3.3.2.8.1.1.7",
        Curve::BrainpoolP384r1 => "1.3.36.3.3.2.8.1.1.11",
        Curve::BrainpoolP512r1 => "1.3.36.3.3.2.8.1.1.13",
    }
}

// A number is below the order with a chance of two in three at least.
const EPHEMERAL_TRIES: usize = 64;
