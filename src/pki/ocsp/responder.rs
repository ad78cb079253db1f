//! Who may sign a response (RFC 6960, 4.2.2.2), and whether it did.

use super::oids;
use super::response::{ResponderId, Response};
use crate::UnixTime;
use crate::crypto::{PublicKey, Scheme};
use crate::pki::algorithm::{AlgorithmRules, SignatureAlgorithm};
use crate::pki::certificate::same_name;
use crate::pki::extension::{KeyUsage, oids as extensions};
use crate::pki::{Certificate, Oid, PinnedResponder};
use crate::verdict::Code;

/// What the check of a signer depends on.
pub(in crate::pki) struct Signer<'a> {
    /// The issuer of the certificate that is asked about, as in its path.
    pub(in crate::pki) issuer: &'a Certificate,
    /// Those that are believed by configuration.
    pub(in crate::pki) pinned: &'a [PinnedResponder],
    pub(in crate::pki) now: UnixTime,
    /// How algorithms may be written below the anchor.
    pub(in crate::pki) rules: AlgorithmRules,
    pub(in crate::pki) accepts: &'a dyn Fn(Scheme, &PublicKey) -> Result<(), Code>,
}

/// Whose signature it is.
pub(in crate::pki) enum SignedBy {
    /// The issuer itself, or a pinned responder.
    Trusted,
    /// A responder that the issuer certified, and that says that its own status need not be asked.
    Designated,
    /// The same without `id-pkix-ocsp-nocheck`.
    DesignatedToBeChecked(Certificate),
}

impl Signer<'_> {
    /// Finds the signer of a response and verifies its signature.
    ///
    /// * The issuer of the certificate.
    /// * A pinned responder of this issuer, byte for byte, inside of its validity.
    /// * A designated responder among the certificates of the response: issued by the issuer
    ///   *directly*, by name and by key (4.2.2.2: "directly by the CA that is identified in the
    ///   request"), valid now, with `id-kp-OCSPSigning`, with `digitalSignature` where it has a key
    ///   usage, without critical extension that is not processed.
    ///
    /// Each must be the one that the response names by `ResponderID`.
    ///
    /// * `spend`: called before a signature is computed.
    ///
    /// # Errors
    /// [`Code::OcspSignature`] when nobody at hand is the one that the response names, or the
    /// signature does not verify; [`Code::OcspResponder`] when the one that it names may not;
    /// [`Code::OcspAlgorithm`]; [`Code::AlgNotAvailable`]; what `spend` says.
    pub(in crate::pki) fn of(
        &self,
        response: &Response,
        spend: &mut dyn FnMut() -> Result<(), Code>,
    ) -> Result<SignedBy, Code> {
        let named = |certificate: &Certificate| is_named(&response.responder, certificate);
        let mut failure = Code::OcspSignature;
        if named(self.issuer) {
            match self.verify_response(response, self.issuer, spend) {
                Ok(()) => return Ok(SignedBy::Trusted),
                Err(code) => failure = code,
            }
        }
        for pinned in self.pinned {
            let certificate = &pinned.certificate;
            let speaks = same_name(&pinned.issuer_der, self.issuer.subject_der());
            if speaks && named(certificate) && self.is_valid(certificate) {
                match self.verify_response(response, certificate, spend) {
                    Ok(()) => return Ok(SignedBy::Trusted),
                    Err(code) => failure = code,
                }
            }
        }
        // At most eight by the reader.
        for certificate in response.certificates().filter(|certificate| named(certificate)) {
            let designated = self.check_designated(&certificate, spend);
            match designated.and_then(|()| self.verify_response(response, &certificate, spend)) {
                Ok(()) if has_nocheck(&certificate) => return Ok(SignedBy::Designated),
                Ok(()) => return Ok(SignedBy::DesignatedToBeChecked(certificate)),
                Err(code) => failure = code,
            }
        }
        Err(failure)
    }

    fn verify_response(
        &self,
        response: &Response,
        signer: &Certificate,
        spend: &mut dyn FnMut() -> Result<(), Code>,
    ) -> Result<(), Code> {
        let key = signer.public_key_under(self.rules)?;
        let scheme = self.scheme(response.signature_algorithm(self.rules), key)?;
        spend()?;
        key.verify(scheme, response.tbs(), response.signature()).map_err(not_verified)
    }

    fn check_designated(
        &self,
        certificate: &Certificate,
        spend: &mut dyn FnMut() -> Result<(), Code>,
    ) -> Result<(), Code> {
        let purposes = certificate.extended_key_usage().unwrap_or_default();
        let signs_ocsp = purposes.contains(&OCSP_SIGNING);
        let usage = certificate.key_usage();
        let signs = usage.is_none_or(|usage| usage.contains(KeyUsage::DIGITAL_SIGNATURE));
        let processed = certificate.extensions().iter().all(|extension| {
            !extension.is_critical() || PROCESSED.iter().any(|oid| *oid == extension.oid())
        });
        let processed = processed && !certificate.has_ca_false_written();
        let issued = same_name(certificate.issuer_der(), self.issuer.subject_der());
        if !(signs_ocsp && signs && processed && issued && self.is_valid(certificate)) {
            return Err(Code::OcspResponder);
        }
        let key = self.issuer.public_key_under(self.rules)?;
        let algorithm = certificate.signature_algorithm_under(self.rules);
        let scheme = self.scheme(algorithm, key)?;
        spend()?;
        key.verify(scheme, certificate.tbs(), certificate.signature())
            .map_err(|code| if code == Code::AlgNotAvailable { code } else { Code::OcspResponder })
    }

    fn scheme(
        &self,
        algorithm: Result<SignatureAlgorithm, Code>,
        key: &PublicKey,
    ) -> Result<Scheme, Code> {
        let algorithm = algorithm.map_err(|_| Code::OcspAlgorithm)?;
        let scheme = algorithm.scheme(key).ok_or(Code::OcspSignature)?;
        (self.accepts)(scheme, key).map_err(|_| Code::OcspAlgorithm)?;
        Ok(scheme)
    }

    fn is_valid(&self, certificate: &Certificate) -> bool {
        certificate.not_before() <= self.now && self.now <= certificate.not_after()
    }
}

fn not_verified(code: Code) -> Code {
    if code == Code::AlgNotAvailable { code } else { Code::OcspSignature }
}

fn is_named(responder: &ResponderId, certificate: &Certificate) -> bool {
    match responder {
        ResponderId::ByName(name) => same_name(name, certificate.subject_der()),
        ResponderId::ByKey(hash) => {
            certificate.key_hash().is_some_and(|found| found.as_slice() == hash)
        }
    }
}

fn has_nocheck(certificate: &Certificate) -> bool {
    certificate.extension(&Oid::constant(oids::NOCHECK)).is_some()
}

const OCSP_SIGNING: Oid = Oid::constant(oids::OCSP_SIGNING);

const NOCHECK: Oid = Oid::constant(oids::NOCHECK);

/// Extensions of a responder's certificate that may be critical.
const PROCESSED: [&Oid; 4] = [
    &extensions::BASIC_CONSTRAINTS,
    &extensions::KEY_USAGE,
    &extensions::EXTENDED_KEY_USAGE,
    &NOCHECK,
];
