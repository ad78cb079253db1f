use super::{Fault, OpenError, files};
use crate::crypto::{Alg, Curve, KeyKind, PublicKey, VerifyingKey};
use crate::envelope::base64url;
use crate::ports::{Signer, SigningInput, Unavailable};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use std::fmt;
use std::path::Path;
use zeroize::Zeroizing;

/// Signs with a private key from a file: ES256, ES384 or EdDSA; for messages that others define, RSA
/// as well, see [`Self::load_for`].
///
/// The file holds one PKCS#8 key (RFC 5208, RFC 5958), as PEM with the label `PRIVATE KEY`
/// (RFC 7468, 10) or as DER. `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` and
/// `openssl genpkey -algorithm ED25519` write such files; so does [`KeyFileSigner::generate`].
/// Encrypted keys are not read: a passphrase beside the file adds nothing.
///
/// On Unix the file must be closed to all but its owner (`mode & 0o077 == 0`). Who the owner is, is
/// not checked: the process can read it, so it is this user or the administrator.
///
/// Buffers of this type are zeroed. The parsed key stays in ring's memory, which is freed without
/// being zeroed; a key that must never be in memory belongs into a token (PKCS#11).
///
/// The `kid` is the JWK thumbprint of the public key (RFC 7638, SHA-256, base64url).
pub struct KeyFileSigner {
    pair: Pair,
    random: SystemRandom,
    public: VerifyingKey,
    kid: String,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl KeyFileSigner {
    /// Loads the key, signs once and verifies that signature: a private key that does not belong to
    /// its public half is found here and not by the relying parties.
    ///
    /// # Errors
    /// [`OpenError`] with the reason.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::load_with(path.as_ref(), Self::from_pkcs8_der)
    }

    /// The same for one algorithm, RSA included: a key of 2048 to 4096 bits serves RSASSA-PSS and
    /// RSASSA-PKCS1-v1_5, so the file does not say which.
    ///
    /// # Errors
    /// As [`Self::load`]; also for a key that is not for `alg`.
    pub fn load_for(path: impl AsRef<Path>, alg: Alg) -> Result<Self, OpenError> {
        Self::load_with(path.as_ref(), |der| Self::from_pkcs8_der_for(der, alg))
    }

    fn load_with(
        path: &Path,
        read: impl FnOnce(&[u8]) -> Result<Self, Fault>,
    ) -> Result<Self, OpenError> {
        let bytes = files::read_secret(path)?;
        let signer = match pem(&bytes) {
            Pem::Absent => read(&bytes),
            Pem::Key(der) => read(&der),
            Pem::Wrong(reason) => Err(Fault::Key(reason)),
        };
        signer.map_err(|fault| OpenError::new(path, fault))
    }

    /// As [`Self::load_for`] from DER that the caller has got elsewhere and zeroes.
    ///
    /// # Errors
    /// [`Fault::Key`] with the reason.
    pub fn from_pkcs8_der_for(der: &[u8], alg: Alg) -> Result<Self, Fault> {
        if rsa(alg).is_none() {
            let signer = Self::from_pkcs8_der(der)?;
            let wrong = Fault::Key("the key is not for the algorithm that the settings name");
            return if signer.alg() == alg { Ok(signer) } else { Err(wrong) };
        }
        let pair = RsaKeyPair::from_pkcs8(der)
            .map_err(|_| Fault::Key("not a PKCS#8 key for RSA of 2048 to 4096 bits"))?;
        let parts = PublicKeyComponents::<Vec<u8>>::from(pair.public());
        let public = PublicKey::from_rsa(&parts.n, &parts.e);
        Self::new(Pair::Rsa(Box::new(pair)), public.map_err(|_| WEAK)?, alg)
    }

    /// The same from DER that the caller has got elsewhere and zeroes.
    ///
    /// # Errors
    /// [`Fault::Key`] with the reason.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Fault> {
        let random = SystemRandom::new();
        let (pair, alg) = parse(der, &random).ok_or(Fault::Key(UNKNOWN_KEY))?;
        let public = match (&pair, alg.key_kind()) {
            (Pair::Ecdsa(pair), KeyKind::Ec(curve)) => {
                PublicKey::from_point(curve, pair.public_key().as_ref())
            }
            (Pair::Ed25519(pair), _) => PublicKey::from_ed25519(pair.public_key().as_ref()),
            (Pair::Ecdsa(_) | Pair::Rsa(_), _) => return Err(Fault::Key(UNKNOWN_KEY)),
        }
        .map_err(|_| WEAK)?;
        Self::new(pair, public, alg)
    }

    fn new(pair: Pair, public: PublicKey, alg: Alg) -> Result<Self, Fault> {
        let kid = base64url::encode(&public.thumbprint());
        let public = public.for_alg(alg).map_err(|_| Fault::Key(UNKNOWN_KEY))?;
        let signer = Self { pair, random: SystemRandom::new(), public, kid };
        signer.self_test()?;
        Ok(signer)
    }

    /// Makes a key for `alg` and writes it as PEM, mode 0600, durable; never overwrites.
    ///
    /// # Errors
    /// [`Fault::AlreadyExists`]; [`Fault::Key`] for an algorithm other than ES256, ES384 and EdDSA;
    /// else what the operating system says.
    pub fn generate(path: impl AsRef<Path>, alg: Alg) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let der = generate_der(alg).map_err(|fault| OpenError::new(path, fault))?;
        let signer = Self::from_pkcs8_der(&der).map_err(|fault| OpenError::new(path, fault))?;
        files::create_secret(path, &write_pem(&der))?;
        Ok(signer)
    }

    /// The public half, which verifies what this signer signs.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        self.public.public()
    }

    fn self_test(&self) -> Result<(), Fault> {
        let message = b"eid-broker self-test";
        self.sign(SigningInput::new(self.alg(), message))
            .ok()
            .and_then(|signature| self.public.verify(message, &signature).ok())
            .ok_or(Fault::Key("self-test failed: the halves do not belong together"))
    }
}

impl Signer for KeyFileSigner {
    fn alg(&self) -> Alg {
        self.public.alg()
    }

    fn kid(&self) -> &str {
        &self.kid
    }

    fn sign(&self, input: SigningInput<'_>) -> Result<Vec<u8>, Unavailable> {
        if input.alg != self.alg() {
            return Err(Unavailable("signer: the key is for another algorithm"));
        }
        match &self.pair {
            Pair::Ecdsa(pair) => pair
                .sign(&self.random, input.message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| Unavailable("signer: the system gives no random bytes")),
            Pair::Ed25519(pair) => Ok(pair.sign(input.message).as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let fault = Unavailable("signer: no RSA signature");
                let encoding = rsa(input.alg).ok_or(fault)?;
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(encoding, &self.random, input.message, &mut signature)
                    .map_err(|_| fault)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for KeyFileSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyFileSigner({}, {})", self.alg().name(), self.kid)
    }
}

// ring compares the algorithm and curve identifiers byte for byte, so at most one of the three fits.
fn parse(der: &[u8], random: &SystemRandom) -> Option<(Pair, Alg)> {
    // RFC 8410 keys as OpenSSL writes them carry no public half; where there is one ring compares.
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
        return Some((Pair::Ed25519(pair), Alg::EdDsa));
    }
    [Alg::Es256, Alg::Es384].into_iter().find_map(|alg| {
        let pair = EcdsaKeyPair::from_pkcs8(ecdsa(alg)?, der, random).ok()?;
        Some((Pair::Ecdsa(pair), alg))
    })
}

fn ecdsa(alg: Alg) -> Option<&'static EcdsaSigningAlgorithm> {
    match alg.key_kind() {
        KeyKind::Ec(Curve::P256) => Some(&ECDSA_P256_SHA256_FIXED_SIGNING),
        KeyKind::Ec(Curve::P384) => Some(&ECDSA_P384_SHA384_FIXED_SIGNING),
        KeyKind::Ec(_) | KeyKind::Ed25519 | KeyKind::Rsa => None,
    }
}

fn rsa(alg: Alg) -> Option<&'static dyn RsaEncoding> {
    match alg {
        Alg::Ps256 => Some(&RSA_PSS_SHA256),
        Alg::Ps384 => Some(&RSA_PSS_SHA384),
        Alg::Ps512 => Some(&RSA_PSS_SHA512),
        Alg::Rs256 => Some(&RSA_PKCS1_SHA256),
        Alg::Rs384 => Some(&RSA_PKCS1_SHA384),
        Alg::Rs512 => Some(&RSA_PKCS1_SHA512),
        Alg::EdDsa | Alg::Es256 | Alg::Es384 | Alg::Es512 => None,
    }
}

fn generate_der(alg: Alg) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let random = SystemRandom::new();
    let document = if alg == Alg::EdDsa {
        Ed25519KeyPair::generate_pkcs8(&random)
    } else {
        let algorithm =
            ecdsa(alg).ok_or(Fault::Key("only ES256, ES384 and EdDSA are made here"))?;
        EcdsaKeyPair::generate_pkcs8(algorithm, &random)
    };
    // ring's own copy of the document is not zeroed.
    document
        .map(|document| Zeroizing::new(document.as_ref().to_vec()))
        .map_err(|_| Fault::Key("the system gives no random bytes"))
}

pub(super) enum Pem {
    Absent,
    Key(Zeroizing<Vec<u8>>),
    Wrong(&'static str),
}

// RFC 7468, section 3, lax about line lengths and about text around the one block, strict about the
// label. Nothing is DER that begins with a printable line: DER of PKCS#8 begins with 0x30 0x81 or so.
pub(super) fn pem(bytes: &[u8]) -> Pem {
    let Ok(text) = std::str::from_utf8(bytes) else { return Pem::Absent };
    let mut body = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut blocks: usize = 0;
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        match (line.strip_prefix("-----BEGIN "), inside) {
            (Some(label), false) => {
                blocks = blocks.saturating_add(1);
                match label {
                    "PRIVATE KEY-----" => inside = true,
                    "ENCRYPTED PRIVATE KEY-----" => return Pem::Wrong("the key is encrypted"),
                    "EC PRIVATE KEY-----" | "EC PARAMETERS-----" => {
                        return Pem::Wrong("SEC 1 instead of PKCS#8: convert with openssl pkcs8");
                    }
                    _ => return Pem::Wrong("the PEM label is not PRIVATE KEY"),
                }
            }
            (Some(_), true) => return Pem::Wrong("a PEM block without end"),
            (None, true) if line == "-----END PRIVATE KEY-----" => inside = false,
            (None, true) => body.extend_from_slice(line.as_bytes()),
            (None, false) => {}
        }
    }
    match (blocks, inside) {
        (0, _) => Pem::Absent,
        (1, false) => decode(&body),
        (1, true) => Pem::Wrong("a PEM block without end"),
        _ => Pem::Wrong("more than one PEM block"),
    }
}

fn decode(body: &[u8]) -> Pem {
    let mut der = Zeroizing::new(vec![0; body.len()]);
    match STANDARD.decode_slice(body, der.as_mut_slice()) {
        Ok(len) => {
            der.truncate(len);
            Pem::Key(der)
        }
        Err(_) => Pem::Wrong("the PEM block is not base64"),
    }
}

fn write_pem(der: &[u8]) -> Zeroizing<Vec<u8>> {
    let body = Zeroizing::new(STANDARD.encode(der).into_bytes());
    // Twice the size leaves room for labels and line breaks: the vector never moves.
    let mut pem = Zeroizing::new(Vec::with_capacity(body.len().saturating_mul(2).max(256)));
    pem.extend_from_slice(b"-----BEGIN PRIVATE KEY-----\n");
    for line in body.chunks(64) {
        pem.extend_from_slice(line);
        pem.push(b'\n');
    }
    pem.extend_from_slice(b"-----END PRIVATE KEY-----\n");
    pem
}

const WEAK: Fault = Fault::Key("the public half is malformed or weak");
const UNKNOWN_KEY: &str = "not a PKCS#8 key with public half for P-256, P-384 or Ed25519";

#[cfg(test)]
mod tests {
    use super::super::files::scratch::Scratch;
    use super::*;

    const ALGS: [Alg; 3] = [Alg::Es256, Alg::Es384, Alg::EdDsa];

    fn load(content: &[u8]) -> Result<KeyFileSigner, OpenError> {
        let folder = Scratch::new();
        let path = folder.file("key.pem");
        files::create_secret(&path, content).unwrap();
        KeyFileSigner::load(&path)
    }

    #[test]
    fn one_rsa_key_signs_by_either_padding_and_no_other_key_does() {
        let rsa = eid_broker_maker::keys::saml_weak_rsa2048().unwrap();
        for alg in [Alg::Ps256, Alg::Ps384, Alg::Ps512, Alg::Rs256, Alg::Rs384, Alg::Rs512] {
            let signer = KeyFileSigner::from_pkcs8_der_for(rsa.pkcs8_der(), alg).unwrap();
            let signature = signer.sign(SigningInput::new(alg, b"message")).unwrap();
            let key = signer.public_key().clone().for_alg(alg).unwrap();
            assert_eq!(key.verify(b"message", &signature), Ok(()), "{}", alg.name());
            assert!(key.verify(b"massage", &signature).is_err());
            assert!(signer.sign(SigningInput::new(Alg::Es256, b"message")).is_err());
        }
        let p256 = generate_der(Alg::Es256).unwrap();
        assert!(KeyFileSigner::from_pkcs8_der_for(&p256, Alg::Es256).is_ok());
        for alg in [Alg::Es384, Alg::Ps256, Alg::EdDsa] {
            assert!(KeyFileSigner::from_pkcs8_der_for(&p256, alg).is_err());
        }
        assert!(KeyFileSigner::from_pkcs8_der_for(rsa.pkcs8_der(), Alg::Es256).is_err());
        assert!(KeyFileSigner::from_pkcs8_der(rsa.pkcs8_der()).is_err());
        let small = eid_broker_maker::keys::saml_weak_rsa1024().unwrap();
        assert!(KeyFileSigner::from_pkcs8_der_for(small.pkcs8_der(), Alg::Rs256).is_err());
    }

    #[test]
    fn loads_what_it_generated_and_signs_verifiably() {
        let folder = Scratch::new();
        for alg in ALGS {
            let path = folder.file(alg.name());
            let made = KeyFileSigner::generate(&path, alg).unwrap();
            let signer = KeyFileSigner::load(&path).unwrap();
            assert_eq!((signer.alg(), signer.kid()), (alg, made.kid()));
            assert_eq!(signer.kid(), base64url::encode(&signer.public_key().thumbprint()));
            let signature = signer.sign(SigningInput::new(alg, b"message")).unwrap();
            assert_eq!(signature.len(), if alg == Alg::Es384 { 96 } else { 64 });
            let key = made.public_key().clone().for_alg(alg).unwrap();
            assert!(key.verify(b"message", &signature).is_ok());
            assert!(key.verify(b"massage", &signature).is_err());
        }
    }

    #[test]
    fn refuses_to_sign_under_another_algorithm() {
        for alg in ALGS {
            let signer = KeyFileSigner::from_pkcs8_der(&generate_der(alg).unwrap()).unwrap();
            for other in Alg::ALL.iter().copied() {
                let signed = signer.sign(SigningInput::new(other, b"message"));
                assert_eq!(signed.is_ok(), other == alg);
            }
        }
    }

    #[test]
    fn never_overwrites_a_key() {
        let folder = Scratch::new();
        let path = folder.file("key.pem");
        let first = KeyFileSigner::generate(&path, Alg::Es256).unwrap();
        let second = KeyFileSigner::generate(&path, Alg::Es256).unwrap_err();
        assert_eq!(second.fault, Fault::AlreadyExists);
        assert_eq!(KeyFileSigner::load(&path).unwrap().kid(), first.kid());
    }

    #[test]
    fn makes_no_key_for_other_algorithms() {
        let folder = Scratch::new();
        for alg in Alg::ALL.iter().copied().filter(|alg| !ALGS.contains(alg)) {
            let path = folder.file(alg.name());
            assert!(matches!(
                KeyFileSigner::generate(&path, alg).unwrap_err().fault,
                Fault::Key(_)
            ));
            assert!(!path.exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn refuses_a_file_that_others_may_read() {
        let folder = Scratch::new();
        let path = folder.file("key.pem");
        KeyFileSigner::generate(&path, Alg::Es256).unwrap();
        files::scratch::set_mode(&path, 0o644);
        let error = KeyFileSigner::load(&path).unwrap_err();
        assert_eq!(error.fault, Fault::TooOpen { mode: 0o644 });
        files::scratch::set_mode(&path, 0o400);
        assert!(KeyFileSigner::load(&path).is_ok());
    }

    #[test]
    fn reads_der_and_pem_with_text_around_it() {
        for alg in ALGS {
            let der = generate_der(alg).unwrap();
            let pem = String::from_utf8(write_pem(&der).to_vec()).unwrap();
            let kid = load(&der).unwrap().kid().to_owned();
            for text in [pem.clone(), format!("key of a test\n\n{pem}"), pem.replace('\n', "\r\n")]
            {
                assert_eq!(load(text.as_bytes()).unwrap().kid(), kid);
            }
        }
    }

    #[test]
    fn refuses_what_is_no_single_pkcs8_key_and_says_why() {
        let der = generate_der(Alg::Es256).unwrap();
        let pem = String::from_utf8(write_pem(&der).to_vec()).unwrap();
        assert!(load(pem.as_bytes()).is_ok());
        let wrong = [
            (String::new(), UNKNOWN_KEY),
            ("hello".to_owned(), UNKNOWN_KEY),
            (pem.repeat(2), "more than one PEM block"),
            (pem.replace("-----END PRIVATE KEY-----\n", ""), "a PEM block without end"),
            (pem.replace("PRIVATE", "ENCRYPTED PRIVATE"), "the key is encrypted"),
            (pem.replace("PRIVATE", "PUBLIC"), "the PEM label is not PRIVATE KEY"),
            (pem.replacen("\nM", "\n!", 1), "the PEM block is not base64"),
        ];
        for (text, reason) in wrong {
            assert_eq!(load(text.as_bytes()).unwrap_err().fault, Fault::Key(reason));
        }
        let sec1 = load(pem.replace("PRIVATE", "EC PRIVATE").as_bytes()).unwrap_err();
        assert!(sec1.to_string().contains("openssl pkcs8"));
        assert!(load(&der[..der.len() - 1]).is_err());
        assert!(load(&[der.as_slice(), &[0]].concat()).is_err());
    }

    #[test]
    fn refuses_halves_that_do_not_belong_together() {
        for alg in ALGS {
            let mut der = generate_der(alg).unwrap().to_vec();
            let other = generate_der(alg).unwrap();
            assert!(load(&der).is_ok());
            // The public half stands at the end of all three.
            let from = der.len() - 32;
            der[from..].copy_from_slice(&other[from..]);
            assert!(matches!(load(&der).unwrap_err().fault, Fault::Key(_)));
        }
    }

    // Written by `openssl genpkey -algorithm ED25519`, of which RFC 8410, 10.3 has the same.
    #[test]
    fn reads_the_example_of_rfc_8410_and_names_it_by_its_thumbprint() {
        let pem = "-----BEGIN PRIVATE KEY-----\n\
            MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
            -----END PRIVATE KEY-----\n";
        let signer = load(pem.as_bytes()).unwrap();
        let x = "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE";
        let jwk = format!("{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{x}\"}}");
        assert_eq!(signer.kid(), base64url::encode(&crate::crypto::sha256(jwk.as_bytes())));
    }

    #[test]
    fn debug_shows_no_private_half() {
        let signer = KeyFileSigner::from_pkcs8_der(&generate_der(Alg::Es256).unwrap()).unwrap();
        assert_eq!(format!("{signer:?}"), format!("KeyFileSigner(ES256, {})", signer.kid()));
    }
}
