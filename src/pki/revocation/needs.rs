//! What must be fetched: where a certificate says that its status is told.

use super::{Methods, RevocationRequest};
use crate::pki::Certificate;
use crate::pki::crl::distribution;
use crate::pki::der::{Reader, tag};
use crate::pki::extension::oids;
use crate::pki::general_name::GeneralName;
use crate::pki::ocsp::request_der;
use crate::verdict::{Code, Need, NeedKind, Place, Refusal};

/// The OCSP answer, else one CRL for each distribution point.
pub(super) fn of(
    request: &RevocationRequest<'_>,
    index: usize,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Result<Vec<Need>, Refusal> {
    let methods = request.rules.methods;
    if methods != Methods::Crl
        && let Some(url) = ocsp_url(certificate)
    {
        let hash = request.rules.cert_id_hash;
        let body = request_der(certificate, issuer, hash, request.ocsp_nonce)?;
        return Ok(vec![Need::new(NeedKind::Ocsp, url).about(index).post(body)]);
    }
    let mut needs = Vec::new();
    if methods != Methods::Ocsp {
        // At most `distribution::POINTS_MAX`.
        for point in distribution::read_points(certificate)? {
            let url = point.names().iter().find_map(GeneralName::web_url);
            needs.extend(url.map(|url| Need::new(NeedKind::Crl, url.to_owned()).about(index)));
        }
    }
    if needs.is_empty() {
        return Err(Refusal::new(Code::StatusUnavailable, Place::nth("chain", index)));
    }
    Ok(needs)
}

/// The first web address of an OCSP responder (RFC 5280, 4.2.2.1).
fn ocsp_url(certificate: &Certificate) -> Option<String> {
    let value = certificate.extension_value(&oids::AUTHORITY_INFO_ACCESS)?;
    let mut descriptions = Reader::new(value).expect(tag::SEQUENCE).ok()?.reader();
    // Bounded by the gate.
    while !descriptions.is_empty() {
        let description = descriptions.expect(tag::SEQUENCE).ok()?;
        let mut fields = description.reader();
        let method = fields.expect(tag::OID).ok()?.content();
        if method == ID_AD_OCSP {
            let location = fields.any().ok()?;
            if let Some(url) = GeneralName::one(location).web_url() {
                return Some(url.to_owned());
            }
        }
    }
    None
}

// id-ad-ocsp, 1.3.6.1.5.5.7.48.1.
const ID_AD_OCSP: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01];
