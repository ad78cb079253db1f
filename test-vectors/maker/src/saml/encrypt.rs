//! XML encryption of assertions: the content key and everything that looks random come from the
//! plaintext and a word of the caller, so that the same call gives the same bytes.
//!
//! Encrypting needs the feature `deterministic`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::sign::{certificate, digest, hash_of, key_info};
use super::xml::Element;
use crate::MakerError;
use crate::hash::Hash;
use crate::keys::{Alg, TestKey};

/// `Type` of an encrypted element.
pub const TYPE_ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
/// `Type` of encrypted content.
pub const TYPE_CONTENT: &str = "http://www.w3.org/2001/04/xmlenc#Content";
/// `Type` of a reference to an encrypted key.
pub const TYPE_ENCRYPTED_KEY: &str = "http://www.w3.org/2001/04/xmlenc#EncryptedKey";

/// Content encryption.
pub mod content {
    /// AES-128 in GCM.
    pub const AES128_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
    /// AES-192 in GCM.
    pub const AES192_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes192-gcm";
    /// AES-256 in GCM.
    pub const AES256_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
    /// AES-128 in CBC.
    pub const AES128_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
    /// AES-256 in CBC.
    pub const AES256_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
}

/// Key transport, agreement and wrapping.
pub mod transport {
    /// RSA-OAEP with MGF1-SHA-1.
    pub const RSA_OAEP_MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
    /// RSA-OAEP of XML Encryption 1.1.
    pub const RSA_OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
    /// RSAES-PKCS1-v1_5.
    pub const RSA_1_5: &str = "http://www.w3.org/2001/04/xmlenc#rsa-1_5";
    /// MGF1 with SHA-1.
    pub const MGF1_SHA1: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha1";
    /// MGF1 with SHA-256.
    pub const MGF1_SHA256: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha256";
    /// MGF1 with SHA-384.
    pub const MGF1_SHA384: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha384";
    /// MGF1 with SHA-512.
    pub const MGF1_SHA512: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha512";
    /// Ephemeral-static Diffie-Hellman.
    pub const ECDH_ES: &str = "http://www.w3.org/2009/xmlenc11#ECDH-ES";
    /// Its key derivation.
    pub const CONCAT_KDF: &str = "http://www.w3.org/2009/xmlenc11#ConcatKDF";
    /// AES-128 key wrap.
    pub const KW_AES128: &str = "http://www.w3.org/2001/04/xmlenc#kw-aes128";
    /// AES-192 key wrap.
    pub const KW_AES192: &str = "http://www.w3.org/2001/04/xmlenc#kw-aes192";
    /// AES-256 key wrap.
    pub const KW_AES256: &str = "http://www.w3.org/2001/04/xmlenc#kw-aes256";
}

/// How the content key travels.
#[expect(clippy::exhaustive_enums, reason = "tests bend every part")]
#[derive(Clone, Debug)]
pub enum Transport {
    /// ECDH-ES, ConcatKDF and a key wrap.
    Agreement {
        /// The key wrap, [`transport::KW_AES256`] and so on.
        wrap: String,
        /// The attributes `AlgorithmID`, `PartyUInfo` and `PartyVInfo`, in hex with the byte that
        /// counts padding bits; `None` leaves one out.
        info: [Option<String>; 3],
        /// The digest of ConcatKDF.
        digest: String,
    },
    /// RSA-OAEP.
    Oaep {
        /// What `EncryptionMethod` says.
        method: String,
        /// What `DigestMethod` says; `None` leaves it out, which means SHA-1.
        digest: Option<String>,
        /// What `MGF` says; `None` leaves it out, which means MGF1 with SHA-1.
        mgf: Option<String>,
        /// MGF1 in truth, where it is not the one that is said.
        coupled: Option<Hash>,
        /// `OAEPparams`.
        label: Vec<u8>,
    },
    /// RSAES-PKCS1-v1_5, which must be refused.
    Pkcs1,
}

/// For whom is encrypted, and how.
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone, Debug)]
pub struct Encryption {
    /// The key of the recipient.
    pub recipient: TestKey,
    /// The certificate that names it; `None` leaves the hint out.
    pub certificate: Option<Vec<u8>>,
    /// Content encryption, one of [`content`].
    pub content: String,
    /// How the content key travels.
    pub transport: Transport,
    /// The encrypted key stands beside the encrypted data, which refers to it.
    pub sibling: bool,
    /// What `Type` says; `None` leaves it out.
    pub kind: Option<String>,
    /// A word that makes the content key another one.
    pub seed: String,
}

impl Encryption {
    /// Encrypts for a key: AES-256 in GCM, with RSA-OAEP on SHA-256 for RSA and ECDH-ES with a wrap by
    /// AES-256 for others, as an eIDAS node does.
    ///
    /// # Errors
    /// [`MakerError`] when the certificate of the key cannot be made.
    pub fn new(recipient: &TestKey) -> Result<Self, MakerError> {
        let transport = if recipient.alg() == Alg::Rs256 {
            Transport::Oaep {
                method: transport::RSA_OAEP.to_owned(),
                digest: Some(digest::SHA256.to_owned()),
                mgf: Some(transport::MGF1_SHA256.to_owned()),
                coupled: None,
                label: Vec::new(),
            }
        } else {
            Transport::Agreement {
                wrap: transport::KW_AES256.to_owned(),
                info: [0; 3].map(|_| Some("0000".to_owned())),
                digest: digest::SHA256.to_owned(),
            }
        };
        Ok(Self {
            recipient: recipient.clone(),
            certificate: Some(certificate(recipient)?),
            content: content::AES256_GCM.to_owned(),
            transport,
            sibling: false,
            kind: Some(TYPE_ELEMENT.to_owned()),
            seed: String::new(),
        })
    }

    /// By another content encryption.
    #[must_use]
    pub fn with_content(mut self, content: &str) -> Self {
        content.clone_into(&mut self.content);
        self
    }

    /// With another way for the content key.
    #[must_use]
    pub fn with_transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// By RSA-OAEP with these names.
    #[must_use]
    pub fn with_oaep(self, method: &str, digest: Option<&str>, mgf: Option<&str>) -> Self {
        self.with_transport(Transport::Oaep {
            method: method.to_owned(),
            digest: digest.map(str::to_owned),
            mgf: mgf.map(str::to_owned),
            coupled: None,
            label: Vec::new(),
        })
    }

    /// With another key wrap.
    #[must_use]
    pub fn with_wrap(self, wrap: &str) -> Self {
        self.with_transport(Transport::Agreement {
            wrap: wrap.to_owned(),
            info: [0; 3].map(|_| Some("0000".to_owned())),
            digest: digest::SHA256.to_owned(),
        })
    }

    /// The `saml2:EncryptedAssertion` of an assertion.
    ///
    /// # Errors
    /// As [`Self::encrypt_as`].
    pub fn encrypt(&self, plaintext: &str) -> Result<Element, MakerError> {
        self.encrypt_as("saml2:EncryptedAssertion", plaintext)
    }

    /// Encrypted data in an element of any name.
    ///
    /// # Errors
    /// [`MakerError::Encrypt`] when a name is none, does not go with the key, or the crate is built
    /// without `deterministic`.
    pub fn encrypt_as(&self, name: &str, plaintext: &str) -> Result<Element, MakerError> {
        let key_len = match self.content.as_str() {
            content::AES128_GCM | content::AES128_CBC => 16,
            content::AES192_GCM => 24,
            content::AES256_GCM | content::AES256_CBC => 32,
            _ => return Err(MakerError::Encrypt),
        };
        let random = Random::new(&self.seed, plaintext);
        let key = random.bytes("content", key_len);
        let cipher = primitive::content(&self.content, &key, &random, plaintext.as_bytes())?;
        let id = hex(&random.bytes("id", 8));
        let encrypted_key = self.encrypted_key(&format!("_k{id}"), &key, &random)?;
        let mut key_info = Element::new("ds:KeyInfo");
        key_info = if self.sibling {
            let reference = Element::new("ds:RetrievalMethod")
                .with("Type", TYPE_ENCRYPTED_KEY)
                .with("URI", &format!("#_k{id}"));
            key_info.child(reference)
        } else {
            key_info.child(encrypted_key.clone())
        };
        let data = Element::new("xenc:EncryptedData")
            .with("Id", &format!("_d{id}"))
            .with_some("Type", self.kind.as_deref())
            .child(Element::new("xenc:EncryptionMethod").with("Algorithm", &self.content))
            .child(key_info)
            .child(cipher_data(&cipher));
        let sibling = self.sibling.then_some(encrypted_key);
        Ok(Element::new(name).child(data).children(sibling))
    }

    // Recipient: the certificate of the key.
    fn hint(&self) -> Option<Element> {
        self.certificate.as_deref().map(key_info)
    }

    fn encrypted_key(&self, id: &str, key: &[u8], random: &Random) -> Result<Element, MakerError> {
        let mut method = Element::new("xenc:EncryptionMethod");
        let (wrapped, info) = match &self.transport {
            Transport::Pkcs1 => {
                method = method.with("Algorithm", transport::RSA_1_5);
                (primitive::pkcs1(&self.recipient, key, random)?, self.hint())
            }
            Transport::Oaep { method: name, digest, mgf, coupled, label } => {
                method = method.with("Algorithm", name);
                if !label.is_empty() {
                    let text = STANDARD.encode(label);
                    method = method.child(Element::new("xenc:OAEPparams").text(&text));
                }
                if let Some(digest) = digest {
                    method =
                        method.child(Element::new("ds:DigestMethod").with("Algorithm", digest));
                }
                if let Some(mgf) = mgf {
                    method = method.child(Element::new("xenc11:MGF").with("Algorithm", mgf));
                }
                let hash = digest.as_deref().map_or(Hash::Sha1, hash_of);
                let said = match mgf.as_deref() {
                    Some(transport::MGF1_SHA256) => Hash::Sha256,
                    Some(transport::MGF1_SHA384) => Hash::Sha384,
                    Some(transport::MGF1_SHA512) => Hash::Sha512,
                    Some(_) | None => Hash::Sha1,
                };
                let mask = coupled.unwrap_or(said);
                let wrapped = primitive::oaep(&self.recipient, [hash, mask], label, key, random)?;
                (wrapped, self.hint())
            }
            Transport::Agreement { wrap, info, digest } => {
                method = method.with("Algorithm", wrap);
                let len = match wrap.as_str() {
                    transport::KW_AES128 => 16,
                    transport::KW_AES192 => 24,
                    transport::KW_AES256 => 32,
                    _ => return Err(MakerError::Encrypt),
                };
                let (secret, point) = primitive::agree(&self.recipient, random)?;
                let mut other = Vec::new();
                for part in info.iter().flatten() {
                    // The first byte counts padding bits.
                    other.extend(unhex(part).ok_or(MakerError::Encrypt)?.iter().skip(1));
                }
                let kek = concat_kdf(hash_of(digest), &secret, &other, len);
                let wrapped = primitive::wrap(&kek, key)?;
                let info = self.agreement(info, digest, &point)?;
                (wrapped, Some(Element::new("ds:KeyInfo").child(info)))
            }
        };
        Ok(Element::new("xenc:EncryptedKey")
            .with("Id", id)
            .child(method)
            .children(info)
            .child(cipher_data(&wrapped)))
    }

    fn agreement(
        &self,
        info: &[Option<String>; 3],
        digest: &str,
        point: &[u8],
    ) -> Result<Element, MakerError> {
        let [algorithm, party_u, party_v] = info;
        let parameters = Element::new("xenc11:ConcatKDFParams")
            .with_some("AlgorithmID", algorithm.as_deref())
            .with_some("PartyUInfo", party_u.as_deref())
            .with_some("PartyVInfo", party_v.as_deref())
            .child(Element::new("ds:DigestMethod").with("Algorithm", digest));
        let curve = self.recipient.alg().curve_oid().ok_or(MakerError::Encrypt)?;
        let value = Element::new("dsig11:ECKeyValue")
            .child(Element::new("dsig11:NamedCurve").with("URI", &format!("urn:oid:{curve}")))
            .child(Element::new("dsig11:PublicKey").text(&STANDARD.encode(point)));
        let recipient = self.hint().map(|hint| {
            let inner: Vec<Element> = hint.elements().cloned().collect();
            Element::new("xenc:RecipientKeyInfo").children(inner)
        });
        Ok(Element::new("xenc:AgreementMethod")
            .with("Algorithm", transport::ECDH_ES)
            .child(
                Element::new("xenc11:KeyDerivationMethod")
                    .with("Algorithm", transport::CONCAT_KDF)
                    .child(parameters),
            )
            .child(
                Element::new("xenc:OriginatorKeyInfo")
                    .child(Element::new("ds:KeyValue").child(value)),
            )
            .children(recipient))
    }
}

fn cipher_data(octets: &[u8]) -> Element {
    let value = Element::new("xenc:CipherValue").text(&STANDARD.encode(octets));
    Element::new("xenc:CipherData").child(value)
}

// NIST SP 800-56A, 5.8.1: a counter of 32 bits, the secret, the other information.
fn concat_kdf(hash: Hash, secret: &[u8], other: &[u8], len: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for counter in 1_u32.. {
        if out.len() >= len {
            break;
        }
        out.extend(hash.digest(&[&counter.to_be_bytes(), secret, other].concat()));
    }
    out.truncate(len);
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text.as_bytes().chunks(2).map(pair).collect()
}

// What looks random: bytes of a seed, a label and a counter.
struct Random(Vec<u8>);

impl Random {
    fn new(seed: &str, plaintext: &str) -> Self {
        Self(Hash::Sha256.digest(&[seed.as_bytes(), &[0], plaintext.as_bytes()].concat()))
    }

    fn bytes(&self, label: &str, len: usize) -> Vec<u8> {
        Hash::Sha256.mask(&[&self.0, label.as_bytes()].concat(), len)
    }
}

#[cfg(not(feature = "deterministic"))]
mod primitive {
    use super::{Hash, MakerError, Random, TestKey};

    type Octets = Result<Vec<u8>, MakerError>;

    pub(super) fn content(_: &str, _: &[u8], random: &Random, _: &[u8]) -> Octets {
        drop(random.bytes("iv", 12));
        Err(MakerError::Encrypt)
    }

    pub(super) const fn pkcs1(_: &TestKey, _: &[u8], _: &Random) -> Octets {
        Err(MakerError::Encrypt)
    }

    pub(super) const fn oaep(_: &TestKey, _: [Hash; 2], _: &[u8], _: &[u8], _: &Random) -> Octets {
        Err(MakerError::Encrypt)
    }

    pub(super) const fn agree(_: &TestKey, _: &Random) -> Result<(Vec<u8>, Vec<u8>), MakerError> {
        Err(MakerError::Encrypt)
    }

    pub(super) const fn wrap(_: &[u8], _: &[u8]) -> Octets {
        Err(MakerError::Encrypt)
    }
}

#[cfg(feature = "deterministic")]
mod primitive {
    use openssl::aes::{AesKey, wrap_key};
    use openssl::bn::{BigNum, BigNumContext};
    use openssl::ec::{EcGroup, EcKey, EcPoint, PointConversionForm};
    use openssl::error::ErrorStack;
    use openssl::pkey::PKey;
    use openssl::rsa::Padding;
    use openssl::symm::{Cipher, encrypt, encrypt_aead};

    use super::content::{AES128_CBC, AES128_GCM, AES192_GCM, AES256_CBC};
    use super::{Hash, MakerError, Random, TestKey};

    type Octets = Result<Vec<u8>, MakerError>;

    fn fault(_: ErrorStack) -> MakerError {
        MakerError::Encrypt
    }

    // Initialisation vector, ciphertext and, in GCM, the tag of 16 bytes.
    pub(super) fn content(name: &str, key: &[u8], random: &Random, plaintext: &[u8]) -> Octets {
        if name == AES128_CBC || name == AES256_CBC {
            let cipher =
                if name == AES128_CBC { Cipher::aes_128_cbc() } else { Cipher::aes_256_cbc() };
            let iv = random.bytes("iv", 16);
            let ciphertext = encrypt(cipher, key, Some(&iv), plaintext).map_err(fault)?;
            return Ok([iv, ciphertext].concat());
        }
        let cipher = match name {
            AES128_GCM => Cipher::aes_128_gcm(),
            AES192_GCM => Cipher::aes_192_gcm(),
            _ => Cipher::aes_256_gcm(),
        };
        let (iv, mut tag) = (random.bytes("iv", 12), vec![0; 16]);
        let ciphertext =
            encrypt_aead(cipher, key, Some(&iv), &[], plaintext, &mut tag).map_err(fault)?;
        Ok([iv, ciphertext, tag].concat())
    }

    fn public_operation(recipient: &TestKey, encoded: &[u8]) -> Octets {
        let key = PKey::public_key_from_der(&recipient.public_spki_der()?).map_err(fault)?;
        let rsa = key.rsa().map_err(fault)?;
        let mut out = vec![0; encoded.len()];
        rsa.public_encrypt(encoded, &mut out, Padding::NONE).map_err(fault)?;
        Ok(out)
    }

    fn modulus_len(recipient: &TestKey) -> Result<usize, MakerError> {
        let key = PKey::public_key_from_der(&recipient.public_spki_der()?).map_err(fault)?;
        usize::try_from(key.rsa().map_err(fault)?.size()).map_err(|_| MakerError::Encrypt)
    }

    // RFC 8017, 7.2.1.
    pub(super) fn pkcs1(recipient: &TestKey, key: &[u8], random: &Random) -> Octets {
        let len = modulus_len(recipient)?.saturating_sub(key.len()).saturating_sub(3);
        let filler: Vec<u8> = random.bytes("filler", len).iter().map(|byte| byte | 1).collect();
        public_operation(recipient, &[&[0, 2][..], &filler, &[0], key].concat())
    }

    // RFC 8017, 7.1.1: the hash of the label, and that of the masks.
    pub(super) fn oaep(
        recipient: &TestKey,
        [hash, mask]: [Hash; 2],
        label: &[u8],
        key: &[u8],
        random: &Random,
    ) -> Octets {
        let seed = random.bytes("seed", hash.len());
        let block_len = modulus_len(recipient)?.saturating_sub(seed.len()).saturating_sub(1);
        let used = hash.len().saturating_add(key.len()).saturating_add(1);
        let zeros = block_len.checked_sub(used).ok_or(MakerError::Encrypt)?;
        let block = [&hash.digest(label)[..], &vec![0; zeros], &[1], key].concat();
        let xor = |bytes: &[u8], mask: Vec<u8>| -> Vec<u8> {
            bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
        };
        let block = xor(&block, mask.mask(&seed, block_len));
        let seed = xor(&seed, mask.mask(&block, seed.len()));
        public_operation(recipient, &[&[0][..], &seed, &block].concat())
    }

    // The x coordinate of the shared point, and the uncompressed point of the originator.
    pub(super) fn agree(
        recipient: &TestKey,
        random: &Random,
    ) -> Result<(Vec<u8>, Vec<u8>), MakerError> {
        let curve = crate::deterministic::curve(recipient.alg()).ok_or(MakerError::Encrypt)?;
        let len = recipient.alg().coordinate_len();
        let make = || -> Result<(Vec<u8>, Vec<u8>), ErrorStack> {
            let group = EcGroup::from_curve_name(curve)?;
            let mut context = BigNumContext::new()?;
            let mut order = BigNum::new()?;
            group.order(&mut order, &mut context)?;
            let mut scalar = BigNum::new()?;
            let number = BigNum::from_slice(&random.bytes("originator", len))?;
            scalar.nnmod(&number, &order, &mut context)?;
            let mut own = EcPoint::new(&group)?;
            own.mul_generator2(&group, &scalar, &mut context)?;
            let theirs = EcPoint::from_bytes(&group, recipient.public_key(), &mut context)?;
            EcKey::from_public_key(&group, &theirs)?.check_key()?;
            let mut shared = EcPoint::new(&group)?;
            shared.mul2(&group, &theirs, &scalar, &mut context)?;
            let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
            shared.affine_coordinates(&group, &mut x, &mut y, &mut context)?;
            let width = i32::try_from(len).unwrap_or_default();
            let form = PointConversionForm::UNCOMPRESSED;
            Ok((x.to_vec_padded(width)?, own.to_bytes(&group, form, &mut context)?))
        };
        make().map_err(fault)
    }

    // RFC 3394 with its own initial value.
    pub(super) fn wrap(kek: &[u8], key: &[u8]) -> Octets {
        let kek = AesKey::new_encrypt(kek).map_err(|_| MakerError::Encrypt)?;
        let mut out = vec![0; key.len().saturating_add(8)];
        let written = wrap_key(&kek, None, &mut out, key).map_err(|_| MakerError::Encrypt)?;
        if written == out.len() { Ok(out) } else { Err(MakerError::Encrypt) }
    }
}

#[cfg(all(test, feature = "deterministic"))]
mod tests {
    use super::*;
    use crate::keys;

    #[test]
    fn every_kind_of_key_encrypts_and_the_same_call_gives_the_same_bytes() {
        for key in [
            keys::saml_sp_enc_rsa(),
            keys::saml_sp_enc_p256(),
            keys::saml_sp_enc_p384(),
            keys::saml_sp_enc_p521(),
            keys::saml_sp_enc_bp256(),
            keys::saml_sp_enc_bp384(),
            keys::saml_sp_enc_bp512(),
        ] {
            let encryption = Encryption::new(&key.unwrap()).unwrap();
            let once = encryption.encrypt("<a/>").unwrap();
            assert_eq!(once, encryption.encrypt("<a/>").unwrap());
            assert_ne!(once, encryption.encrypt("<b/>").unwrap());
            let mut other = encryption;
            other.seed = "other".to_owned();
            assert_ne!(once, other.encrypt("<a/>").unwrap());
        }
    }

    // Decrypted again by OpenSSL's own OAEP and key wrap.
    #[test]
    fn openssl_decrypts_what_was_encrypted_for_rsa() {
        use openssl::encrypt::Decrypter;
        use openssl::hash::MessageDigest;
        use openssl::pkey::PKey;
        use openssl::rsa::Padding;
        use openssl::symm::{Cipher, decrypt_aead};
        let key = keys::saml_sp_enc_rsa().unwrap();
        let data = Encryption::new(&key).unwrap().encrypt("<a>ä</a>").unwrap();
        let value = |element: &Element| {
            let value = element.find("xenc:CipherData/xenc:CipherValue").unwrap();
            STANDARD.decode(value.inner_text()).unwrap()
        };
        let data = data.find("xenc:EncryptedData").unwrap();
        let wrapped = value(data.find("ds:KeyInfo/xenc:EncryptedKey").unwrap());
        let private = PKey::private_key_from_pkcs8(key.pkcs8_der()).unwrap();
        let mut decrypter = Decrypter::new(&private).unwrap();
        decrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
        decrypter.set_rsa_oaep_md(MessageDigest::sha256()).unwrap();
        decrypter.set_rsa_mgf1_md(MessageDigest::sha256()).unwrap();
        let mut content = vec![0; decrypter.decrypt_len(&wrapped).unwrap()];
        let len = decrypter.decrypt(&wrapped, &mut content).unwrap();
        let octets = value(data);
        let (iv, rest) = octets.split_at(12);
        let (ciphertext, tag) = rest.split_at(rest.len() - 16);
        let cipher = Cipher::aes_256_gcm();
        let plain = decrypt_aead(cipher, &content[..len], Some(iv), &[], ciphertext, tag).unwrap();
        assert_eq!(plain, "<a>ä</a>".as_bytes());
    }

    // RFC 7518, appendix C: the key derivation is the one of JOSE, with its own other information.
    #[test]
    fn the_key_derivation_is_that_of_rfc_7518() {
        let secret = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49,
            110, 163, 218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ];
        let other = b"\0\0\0\x07A128GCM\0\0\0\x05Alice\0\0\0\x03Bob\0\0\0\x80";
        let derived = concat_kdf(Hash::Sha256, &secret, other, 16);
        assert_eq!(hex(&derived), "56aa8deaf8236d205c2228cd71a7101a");
    }

    #[test]
    fn a_name_that_does_not_go_with_the_key_encrypts_nothing() {
        let rsa = Encryption::new(&keys::saml_sp_enc_rsa().unwrap()).unwrap();
        let agreed = rsa.clone().with_wrap(transport::KW_AES128).encrypt("<a/>");
        assert_eq!(agreed, Err(MakerError::Encrypt));
        assert_eq!(rsa.with_content("urn:none").encrypt("<a/>"), Err(MakerError::Encrypt));
    }
}
