//! The response (RFC 6960, 4.2): its structure, read from exact bytes. Nothing in it may be believed
//! before [`super::responder`] has checked who signed it.

use super::{oids, request};
use crate::UnixTime;
use crate::crypto::Hash;
use crate::pki::algorithm::{AlgorithmRules, SignatureAlgorithm};
use crate::pki::certificate::Certificate;
use crate::pki::crl::reasons;
use crate::pki::der::{self, Element, Limits, Reader, malformed, tag};
use crate::pki::extension_list::ExtensionReader;
use crate::pki::name;
use crate::verdict::{Code, Detail, Refusal};
use std::ops::Range;

/// A successful response that is strict DER and has the structure of RFC 6960, 4.2.
pub(in crate::pki) struct Response {
    basic: Vec<u8>,
    algorithm: Range<usize>,
    tbs: Range<usize>,
    signature: Range<usize>,
    pub(super) responder: ResponderId,
    pub(in crate::pki) produced_at: UnixTime,
    singles: Vec<SingleResponse>,
    nonce: Option<Range<usize>>,
    certificates: Vec<Range<usize>>,
}

/// Who says that it signed.
pub(super) enum ResponderId {
    /// The subject's `Name`, DER.
    ByName(Vec<u8>),
    /// SHA-1 of the public key.
    ByKey(Vec<u8>),
}

/// The status of one certificate.
pub(in crate::pki) struct SingleResponse {
    /// `None` for a hash that no request of ours uses: such a status is about nobody.
    hash: Option<CertIdHash>,
    name_hash: Vec<u8>,
    key_hash: Vec<u8>,
    serial: Vec<u8>,
    pub(in crate::pki) status: CertStatus,
    pub(in crate::pki) this_update: UnixTime,
    pub(in crate::pki) next_update: Option<UnixTime>,
}

#[derive(Clone, Copy)]
enum CertIdHash {
    Sha1,
    Other(Hash),
}

/// `CertStatus`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::pki) enum CertStatus {
    Good,
    Revoked { at: UnixTime, reason: &'static str },
    Unknown,
}

impl Response {
    /// Reads one response.
    ///
    /// # Errors
    /// [`Code::OcspMalformed`], [`Code::OcspResponderStatus`] with the name of the error,
    /// [`Code::OcspCriticalExtension`], `limit.*`; all in the part `ocsp`.
    pub(in crate::pki) fn parse(response: &[u8]) -> Result<Self, Refusal> {
        read(response).map_err(as_ocsp)
    }

    /// The bytes that are signed.
    pub(super) fn tbs(&self) -> &[u8] {
        self.slice(&self.tbs)
    }

    pub(super) fn signature(&self) -> &[u8] {
        self.slice(&self.signature)
    }

    /// The algorithm of the signature, or why it cannot be used.
    pub(super) fn signature_algorithm(
        &self,
        rules: AlgorithmRules,
    ) -> Result<SignatureAlgorithm, Code> {
        let algorithm = Reader::over(&self.basic, self.algorithm.clone()).any();
        let algorithm = algorithm.and_then(|one| SignatureAlgorithm::read_under(one, rules));
        algorithm.map_err(|_| Code::OcspMalformed)?
    }

    pub(in crate::pki) fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_ref().map(|range| self.slice(range))
    }

    /// The certificates that came along and can be read. One that cannot be read is of no use to
    /// anybody.
    pub(super) fn certificates(&self) -> impl Iterator<Item = Certificate> + '_ {
        self.certificates.iter().filter_map(|range| Certificate::parse(self.slice(range)).ok())
    }

    /// The status of a certificate, compared in full (RFC 6960, 3.2 (1)).
    ///
    /// # Errors
    /// [`Code::OcspMismatch`] without one, [`Code::OcspRepeated`] with several.
    pub(in crate::pki) fn single(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<&SingleResponse, Code> {
        let mut about = self.singles.iter().filter(|one| one.is_about(certificate, issuer));
        let first = about.next().ok_or(Code::OcspMismatch)?;
        if about.next().is_some() { Err(Code::OcspRepeated) } else { Ok(first) }
    }

    /// The status of a serial number of an issuer, as [`Self::single`] for a certificate.
    pub(super) fn single_of(
        &self,
        serial: &[u8],
        issuer: &Certificate,
    ) -> Result<&SingleResponse, Code> {
        let mut about = self.singles.iter().filter(|one| one.is_about_serial(serial, issuer));
        let first = about.next().ok_or(Code::OcspMismatch)?;
        if about.next().is_some() { Err(Code::OcspRepeated) } else { Ok(first) }
    }

    // Every range was taken from `basic` itself.
    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.basic.get(range.clone()).unwrap_or_default()
    }
}

impl SingleResponse {
    fn is_about_serial(&self, serial: &[u8], issuer: &Certificate) -> bool {
        let hash = match self.hash {
            Some(CertIdHash::Sha1) => None,
            Some(CertIdHash::Other(hash)) => Some(hash),
            None => return false,
        };
        self.serial == serial
            && self.name_hash == request::digest(hash, issuer.subject_der())
            && request::key_digest(hash, issuer).is_some_and(|digest| self.key_hash == digest)
    }

    fn is_about(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        let hash = match self.hash {
            Some(CertIdHash::Sha1) => None,
            Some(CertIdHash::Other(hash)) => Some(hash),
            None => return false,
        };
        // The cheapest first.
        self.serial == certificate.serial()
            && self.name_hash == request::digest(hash, certificate.issuer_der())
            && request::key_digest(hash, issuer).is_some_and(|digest| self.key_hash == digest)
    }
}

fn read(response: &[u8]) -> Result<Response, Refusal> {
    der::check(response, Limits::OCSP)?;
    let mut outer = Reader::new(response).expect(tag::SEQUENCE)?.reader();
    let status = outer.expect(tag::ENUMERATED)?;
    let bytes = outer.optional(tag::context_constructed(0))?;
    outer.finish()?;
    let error = |name| Err(Refusal::from(Code::OcspResponderStatus).with(Detail::Name(name)));
    match status.content() {
        [0] => {}
        [1] => return error("malformedRequest"),
        [2] => return error("internalError"),
        [3] => return error("tryLater"),
        [5] => return error("sigRequired"),
        [6] => return error("unauthorized"),
        _ => return Err(malformed(status.start())),
    }
    // 4.2.1: successful has responseBytes.
    let bytes = bytes.ok_or_else(|| malformed(status.start()))?;
    let mut explicit = bytes.reader();
    let mut fields = explicit.expect(tag::SEQUENCE)?.reader();
    explicit.finish()?;
    let kind = fields.expect(tag::OID)?;
    let basic = fields.expect(tag::OCTET_STRING)?;
    fields.finish()?;
    if kind.content() != oids::BASIC {
        return Err(malformed(kind.start()));
    }
    der::check_part(basic, Limits::OCSP)?;
    read_basic(basic.content())
}

/// `BasicOCSPResponse`.
fn read_basic(basic: &[u8]) -> Result<Response, Refusal> {
    let mut outer = Reader::new(basic).expect(tag::SEQUENCE)?.reader();
    let tbs = outer.expect(tag::SEQUENCE)?;
    let algorithm = outer.expect(tag::SEQUENCE)?;
    let signature = outer.expect(tag::BIT_STRING)?.bit_string_bytes()?;
    let certificates = outer.optional(tag::context_constructed(0))?;
    outer.finish()?;

    let mut fields = tbs.reader();
    // `version` is v1, the default, which DER leaves out; there is no other.
    let responder = read_responder(fields.any()?)?;
    let produced_at = read_time(fields.expect(tag::GENERALIZED_TIME)?)?;
    let mut list = fields.expect(tag::SEQUENCE)?.reader();
    let extensions = fields.optional(tag::context_constructed(1))?;
    fields.finish()?;
    let mut singles = Vec::new();
    while !list.is_empty() {
        if singles.len() >= SINGLES_MAX {
            return Err(too_many(SINGLES_MAX));
        }
        singles.push(read_single(list.expect(tag::SEQUENCE)?)?);
    }
    let nonce = extensions.map(read_extensions).transpose()?.flatten();
    // Only its structure: whether it is supported matters when the signature is checked.
    let _ = SignatureAlgorithm::read(algorithm)?;
    Ok(Response {
        algorithm: algorithm.range(),
        tbs: tbs.range(),
        signature,
        responder,
        produced_at,
        singles,
        nonce,
        certificates: certificates.map(read_certificates).transpose()?.unwrap_or_default(),
        basic: basic.to_vec(),
    })
}

/// `byName [1]` or `byKey [2]`, both explicit.
fn read_responder(choice: Element<'_>) -> Result<ResponderId, Refusal> {
    const BY_NAME: u8 = tag::context_constructed(1);
    const BY_KEY: u8 = tag::context_constructed(2);
    let mut inner = choice.reader();
    let responder = match choice.tag() {
        BY_NAME => {
            let responder = inner.expect(tag::SEQUENCE)?;
            name::check(responder)?;
            ResponderId::ByName(responder.encoded().to_vec())
        }
        BY_KEY => ResponderId::ByKey(inner.expect(tag::OCTET_STRING)?.content().to_vec()),
        _ => return Err(malformed(choice.start())),
    };
    inner.finish()?;
    Ok(responder)
}

fn read_single(element: Element<'_>) -> Result<SingleResponse, Refusal> {
    let mut fields = element.reader();
    let mut cert_id = fields.expect(tag::SEQUENCE)?.reader();
    let mut algorithm = cert_id.expect(tag::SEQUENCE)?.reader();
    let hash = match algorithm.expect(tag::OID)?.content() {
        oids::SHA1 => Some(CertIdHash::Sha1),
        oids::SHA256 => Some(CertIdHash::Other(Hash::Sha256)),
        oids::SHA384 => Some(CertIdHash::Other(Hash::Sha384)),
        oids::SHA512 => Some(CertIdHash::Other(Hash::Sha512)),
        _ => None,
    };
    // NULL or absent; both forms are about (RFC 4055, 2.1).
    algorithm.optional(tag::NULL)?;
    if hash.is_some() {
        algorithm.finish()?;
    }
    let name_hash = cert_id.expect(tag::OCTET_STRING)?.content().to_vec();
    let key_hash = cert_id.expect(tag::OCTET_STRING)?.content().to_vec();
    let serial = cert_id.expect(tag::INTEGER)?.content().to_vec();
    cert_id.finish()?;
    let status = read_status(fields.any()?)?;
    let this_update = read_time(fields.expect(tag::GENERALIZED_TIME)?)?;
    let next = fields.optional(tag::context_constructed(0))?;
    let extensions = fields.optional(tag::context_constructed(1))?;
    fields.finish()?;
    let next_update = next.map(read_next_update).transpose()?;
    if next_update.is_some_and(|next| next < this_update) {
        return Err(malformed(element.start()));
    }
    if let Some(extensions) = extensions {
        // CRL references and archive cutoff (4.4.2, 4.4.4) say nothing that is needed.
        read_extensions(extensions)?;
    }
    Ok(SingleResponse { hash, name_hash, key_hash, serial, status, this_update, next_update })
}

/// `good [0] NULL`, `revoked [1]` or `unknown [2] NULL`, implicit: the gate sees no type.
fn read_status(choice: Element<'_>) -> Result<CertStatus, Refusal> {
    const GOOD: u8 = tag::context(0);
    const REVOKED: u8 = tag::context_constructed(1);
    const UNKNOWN: u8 = tag::context(2);
    match choice.tag() {
        GOOD if choice.content().is_empty() => Ok(CertStatus::Good),
        UNKNOWN if choice.content().is_empty() => Ok(CertStatus::Unknown),
        REVOKED => {
            let mut fields = choice.reader();
            let at = read_time(fields.expect(tag::GENERALIZED_TIME)?)?;
            let reason = match fields.optional(tag::context_constructed(0))? {
                None => Some("unspecified"),
                Some(explicit) => {
                    let mut inner = explicit.reader();
                    let reason = inner.expect(tag::ENUMERATED)?;
                    inner.finish()?;
                    match reason.content() {
                        [number] => reasons::name(*number),
                        _ => None,
                    }
                }
            };
            fields.finish()?;
            let reason = reason.ok_or_else(|| malformed(choice.start()))?;
            Ok(CertStatus::Revoked { at, reason })
        }
        _ => Err(malformed(choice.start())),
    }
}

fn read_next_update(explicit: Element<'_>) -> Result<UnixTime, Refusal> {
    let mut inner = explicit.reader();
    let time = read_time(inner.expect(tag::GENERALIZED_TIME)?)?;
    inner.finish()?;
    Ok(time)
}

fn read_time(element: Element<'_>) -> Result<UnixTime, Refusal> {
    der::time(element.tag(), element.content()).ok_or_else(|| malformed(element.start()))
}

/// The nonce: an OCTET STRING inside the one of the extension (RFC 9654, 2.1). RFC 2560 left its form
/// open, and responders give back the bare bytes of clients that send them so. Bytes that are one DER
/// value are that value, and another type than OCTET STRING is no nonce; nothing is, and more than 128
/// bytes are not.
fn nonce_of(value: Element<'_>) -> Result<Range<usize>, Refusal> {
    let one = der::check_part(value, Limits::OCSP).and_then(|()| {
        let mut inner = value.reader();
        let one = inner.any()?;
        inner.finish().map(|()| one)
    });
    let nonce = match one {
        Ok(bytes) if bytes.tag() == tag::OCTET_STRING => bytes.content_range(),
        Ok(other) => return Err(malformed(other.start())),
        Err(_) => value.content_range(),
    };
    if (1..=NONCE_MAX_LEN).contains(&nonce.len()) {
        Ok(nonce)
    } else {
        Err(malformed(value.start()))
    }
}

/// The nonce among the extensions. Any other one that is critical refuses; none twice.
fn read_extensions(explicit: Element<'_>) -> Result<Option<Range<usize>>, Refusal> {
    let mut outer = explicit.reader();
    let sequence = outer.expect(tag::SEQUENCE)?;
    outer.finish()?;
    let mut reader = ExtensionReader::new(sequence)?;
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut nonce = None;
    while let Some(extension) = reader.next()? {
        let value = extension.value;
        if seen.contains(&extension.oid) || seen.len() >= EXTENSIONS_MAX {
            return Err(malformed(value.start()));
        }
        seen.push(extension.oid);
        if extension.oid == oids::NONCE {
            nonce = Some(nonce_of(value)?);
        } else if extension.critical {
            let place = malformed(value.start()).place();
            return Err(Refusal::new(Code::OcspCriticalExtension, place));
        }
    }
    Ok(nonce)
}

fn read_certificates(explicit: Element<'_>) -> Result<Vec<Range<usize>>, Refusal> {
    let mut outer = explicit.reader();
    let mut list = outer.expect(tag::SEQUENCE)?.reader();
    outer.finish()?;
    let mut found = Vec::new();
    while !list.is_empty() {
        if found.len() >= CERTIFICATES_MAX {
            return Err(too_many(CERTIFICATES_MAX));
        }
        found.push(list.expect(tag::SEQUENCE)?.range());
    }
    Ok(found)
}

fn too_many(limit: usize) -> Refusal {
    Refusal::from(Code::LimitCount).with(Detail::limit(limit, limit.saturating_add(1)))
}

/// The refusal of a response where a reader of certificates found the fault.
fn as_ocsp(refusal: Refusal) -> Refusal {
    let is_malformed = refusal.code() == Code::CertMalformed;
    let code = if is_malformed { Code::OcspMalformed } else { refusal.code() };
    let mut place = refusal.place();
    place.part = "ocsp";
    Refusal::new(code, place).with(refusal.detail())
}

// Answers made in advance hold one status; those to a request about a chain three or four.
const SINGLES_MAX: usize = 64;

// The responder's, and a chain that is of no use here.
const CERTIFICATES_MAX: usize = 8;

// RFC 9654, 2.1.
const NONCE_MAX_LEN: usize = 128;

// RFC 6960, 4.4 defines seven.
const EXTENSIONS_MAX: usize = 32;
