use crate::crypto::{Alg, VerifyingKey};
use crate::identity::Family;
use crate::pki::Certificate;
use crate::ports::{Signer, SigningInput};
use crate::verdict::{Code, Place, Refusal};
use std::fmt;
use std::sync::Arc;

/// A key that signs requests and metadata, with the certificate by which the others know it. Never
/// the key of assertions.
#[derive(Clone)]
pub struct SigningKey {
    signer: Arc<dyn Signer>,
    certificate: Certificate,
    verifying: VerifyingKey,
    families: Vec<Family>,
}

impl SigningKey {
    /// A key for requests of these families.
    ///
    /// * `certificate_der`: the certificate of the key, DER. Its validity is for others to judge.
    ///
    /// # Errors
    /// Those of [`Certificate::parse`] and of its public key; [`Code::AlgKeyMismatch`] when the
    /// certificate is for another kind of key; [`Code::AlgNotAllowed`] for an algorithm that XML
    /// signatures of SAML do not have.
    pub fn new(
        signer: Arc<dyn Signer>,
        certificate_der: &[u8],
        families: &[Family],
    ) -> Result<Self, Refusal> {
        let alg = signer.alg();
        if alg == Alg::EdDsa {
            return Err(Refusal::new(Code::AlgNotAllowed, Place::part("signer")));
        }
        let certificate = Certificate::parse(certificate_der)?;
        let verifying = certificate.public_key()?.clone().for_alg(alg)?;
        Ok(Self { signer, certificate, verifying, families: families.to_vec() })
    }

    /// Whether requests of a family are signed with it.
    #[must_use]
    pub fn serves(&self, family: Family) -> bool {
        self.families.contains(&family)
    }

    /// Its certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its algorithm.
    #[must_use]
    pub fn alg(&self) -> Alg {
        self.verifying.alg()
    }

    /// Signs, and checks the signature with the certificate: what leaves here verifies.
    ///
    /// # Errors
    /// [`Code::SignerFailed`].
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Code> {
        let input = SigningInput::new(self.alg(), message);
        let signature = self.signer.sign(input).map_err(|_| Code::SignerFailed)?;
        self.verifying.verify(message, &signature).map_err(|_| Code::SignerFailed)?;
        Ok(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, {:?})", self.alg().name(), self.families)
    }
}
