//! An answer about a serial number, without the certificate: for auditors and suites.

use super::responder::{SignedBy, Signer};
use super::response::{CertStatus, Response};
use crate::UnixTime;
use crate::crypto::{PublicKey, Scheme};
use crate::pki::{AlgorithmRules, Certificate};
use crate::verdict::{Code, Place, Refusal};

/// Checks an answer about a serial number of an issuer (RFC 6960, 3.2 (1) to (4), and the status).
///
/// It looks at no path, no nonce, no age and not at the status of the responder; no login may rest on
/// it. That is [`crate::pki::check_revocation`], which wants the certificate itself.
///
/// * `response`: DER.
/// * `serial`: as [`Certificate::serial`] gives it.
///
/// # Errors
/// [`Code::StatusRevoked`], [`Code::StatusUnknown`] and the codes `ocsp.*`.
pub fn check_answer(
    response: &[u8],
    issuer: &Certificate,
    serial: &[u8],
    now: UnixTime,
    accepts: &dyn Fn(Scheme, &PublicKey) -> Result<(), Code>,
) -> Result<(), Refusal> {
    let place = Place::part("ocsp");
    let refuse = |code| Refusal::new(code, place);
    let response = Response::parse(response)?;
    let single = response.single_of(serial, issuer).map_err(refuse)?;
    let rules = AlgorithmRules::EID_CARD;
    let signer = Signer { issuer, pinned: &[], now, rules, accepts };
    match signer.of(&response, &mut || Ok(())).map_err(refuse)? {
        SignedBy::Trusted | SignedBy::Designated | SignedBy::DesignatedToBeChecked(_) => {}
    }
    match single.status {
        CertStatus::Good => Ok(()),
        CertStatus::Unknown => Err(refuse(Code::StatusUnknown)),
        CertStatus::Revoked { .. } => Err(refuse(Code::StatusRevoked)),
    }
}
