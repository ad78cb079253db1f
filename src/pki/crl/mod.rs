//! Certificate revocation lists (RFC 5280, 5): read once, asked often.
//!
//! [`Crl::parse`] checks the whole list and keeps its encoding with an index into it; nothing is made
//! for an entry. Whether a list may speak for a certificate is decided by
//! [`check_revocation`](super::check_revocation).

pub(super) mod distribution;
mod entry;
mod index;
pub(super) mod reasons;
mod store;

pub use entry::CrlEntry;
pub use store::CrlStore;

use super::algorithm::{AlgorithmRules, SignatureAlgorithm};
use super::certificate::{read_time, same_name};
use super::der::{self, Element, Limits, Reader, malformed, tag};
use super::extension_list::ExtensionReader;
use super::{Certificate, name};
use crate::UnixTime;
use crate::crypto::{PublicKey, Scheme, sha256};
use crate::verdict::{Code, Refusal};
use distribution::Scope;
use index::Index;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A revocation list that is strict DER and has the structure of RFC 5280, 5. Nothing in it may be
/// believed before its signature and its issuer were checked.
///
/// Cheap to clone: a clone shares the list. Takes its DER and 9 bytes for each entry.
#[derive(Clone)]
pub struct Crl(Arc<Facts>);

struct Facts {
    der: Box<[u8]>,
    tbs: Range<usize>,
    signature: Range<usize>,
    algorithm: Range<usize>,
    issuer: Range<usize>,
    issuer_key: u64,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    index: Index,
    /// Where another issuer's entries begin, and its `Name`; rising (5.3.3).
    issuers: Vec<(u32, Range<usize>)>,
    extensions: CrlExtensions,
    /// SHA-256 of the `SubjectPublicKeyInfo` that verified the signature.
    verified_by: OnceLock<[u8; 32]>,
}

/// The extensions of a list (5.2).
struct CrlExtensions {
    /// `cRLNumber`, big-endian without leading zeros.
    number: Vec<u8>,
    /// `BaseCRLNumber` of a delta CRL, in the same form.
    base: Option<Vec<u8>>,
    scope: Scope,
    /// The value of the issuing distribution point, as written.
    scope_der: Range<usize>,
    /// The value of the authority key identifier, as written.
    authority_key: Range<usize>,
}

impl Crl {
    /// Reads one list, at most 64 MiB of DER and 2^24 elements: more than 1.8 million entries.
    ///
    /// Beyond the strict DER gate:
    ///
    /// * version 2 (5.1.2.1) with a CRL number (5.2.3) that is not critical;
    /// * signature algorithm the same inside and outside, byte for byte (5.1.1.2);
    /// * issuer not empty (5.1.2.3); nextUpdate, where it is there, not before thisUpdate;
    /// * dates until 2049 as UTCTime, later ones as GeneralizedTime (5.1.2.4 to 5.1.2.6);
    /// * no extension twice; critical ones that are not processed refuse the list, also in an entry
    ///   (5.2, 5.3). Processed are the CRL number, the delta CRL indicator, the issuing distribution
    ///   point and the authority key identifier; of entries the reason, the invalidity date and, in
    ///   indirect CRLs, the certificate issuer.
    ///
    /// # Errors
    /// [`Code::RevocationMalformed`], [`Code::RevocationCriticalExtension`], [`Code::LimitSize`],
    /// [`Code::LimitDepth`], [`Code::LimitCount`], with the byte in the part `crl`.
    pub fn parse(der: &[u8]) -> Result<Self, Refusal> {
        read(der).map_err(as_crl)
    }

    /// The encoding.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The `Name` of who issued the list, DER.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        self.slice(&self.0.issuer)
    }

    /// When it was made.
    #[must_use]
    pub fn this_update(&self) -> UnixTime {
        self.0.this_update
    }

    /// When the next one is made at the latest.
    #[must_use]
    pub fn next_update(&self) -> Option<UnixTime> {
        self.0.next_update
    }

    /// Whether the list says only what changed since a complete one (5.2.4).
    #[must_use]
    pub fn is_delta(&self) -> bool {
        self.0.extensions.base.is_some()
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.index.len()
    }

    /// Whether nothing is revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the list says of a certificate: of the last entry about it, when there are several.
    ///
    /// Signature, issuer, scope and age are not looked at.
    ///
    /// * `issuer_der`: the certificate's issuer, a `Name`; in a list that is not indirect the list's.
    /// * `serial`: the serial number, content bytes of its INTEGER.
    #[must_use]
    pub fn entry(&self, issuer_der: &[u8], serial: &[u8]) -> Option<CrlEntry> {
        self.0
            .index
            .find(&self.0.der, serial)
            .filter(|at| same_name(self.entry_issuer(*at), issuer_der))
            .last()
            .and_then(|at| CrlEntry::at(&self.0.der, at))
    }

    /// Whose certificate an entry is about (5.3.3): the issuer named last, at first the list's.
    fn entry_issuer(&self, at: u32) -> &[u8] {
        let issuers = &self.0.issuers;
        let behind = issuers.partition_point(|(start, _)| *start <= at);
        let named = behind.checked_sub(1).and_then(|last| issuers.get(last));
        named.map_or(self.issuer_der(), |(_, name)| self.slice(name))
    }

    pub(super) fn scope(&self) -> &Scope {
        &self.0.extensions.scope
    }

    /// Whether a delta CRL changes this complete one (5.2.4 (a) to (d), 6.3.3 (c)): same issuer, same
    /// scope, same authority key, its base not after this one and itself after it.
    pub(super) fn is_changed_by(&self, delta: &Self) -> bool {
        let (own, other) = (&self.0.extensions, &delta.0.extensions);
        let Some(base) = &other.base else { return false };
        own.base.is_none()
            && same_name(self.issuer_der(), delta.issuer_der())
            && self.slice(&own.scope_der) == delta.slice(&other.scope_der)
            && self.slice(&own.authority_key) == delta.slice(&other.authority_key)
            && by_value(base) <= by_value(&own.number)
            && by_value(&own.number) < by_value(&other.number)
    }

    /// Whether it is newer than another of the same scope: by CRL number, then by thisUpdate.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        self.age_key() > other.age_key()
    }

    /// Orders lists of one series by age.
    pub(super) fn age_key(&self) -> ((usize, &[u8]), UnixTime) {
        (by_value(&self.0.extensions.number), self.0.this_update)
    }

    /// Whether both lists are of one series: same issuer, same scope, both complete or both deltas.
    pub(super) fn is_of_series(&self, other: &Self) -> bool {
        let scope = |crl: &Self| crl.slice(&crl.0.extensions.scope_der).to_vec();
        same_name(self.issuer_der(), other.issuer_der())
            && scope(self) == scope(other)
            && self.is_delta() == other.is_delta()
    }

    /// Whether one key verified both signatures.
    fn is_signed_like(&self, other: &Self) -> bool {
        self.0.verified_by.get().is_some_and(|key| other.0.verified_by.get() == Some(key))
    }

    /// As [`Certificate::issuer_key`].
    pub(super) fn issuer_key(&self) -> u64 {
        self.0.issuer_key
    }

    /// Checks the signature with the key of `issuer` (6.3.3 (g)). One that held is remembered with
    /// the key, since hashing a large list takes longer than all the rest; whether the policy accepts
    /// the algorithm is asked every time.
    ///
    /// * `spend`: called before a signature is computed.
    pub(super) fn verify_signature(
        &self,
        issuer: &Certificate,
        rules: AlgorithmRules,
        accepts: &dyn Fn(Scheme, &PublicKey) -> Result<(), Code>,
        spend: &mut dyn FnMut() -> Result<(), Code>,
    ) -> Result<(), Code> {
        let algorithm = Reader::over(&self.0.der, self.0.algorithm.clone()).any();
        let algorithm =
            algorithm.and_then(|algorithm| SignatureAlgorithm::read_under(algorithm, rules));
        let algorithm = algorithm.map_err(|_| Code::RevocationMalformed)?;
        let algorithm = algorithm.map_err(|_| Code::RevocationAlgorithm)?;
        let key = issuer.public_key_under(rules)?;
        let scheme = algorithm.scheme(key).ok_or(Code::RevocationSignature)?;
        accepts(scheme, key).map_err(|_| Code::RevocationAlgorithm)?;
        let key_hash = sha256(issuer.key_info_der());
        if self.0.verified_by.get() == Some(&key_hash) {
            return Ok(());
        }
        spend()?;
        key.verify(scheme, self.slice(&self.0.tbs), self.slice(&self.0.signature)).map_err(
            |code| {
                if code == Code::AlgNotAvailable { code } else { Code::RevocationSignature }
            },
        )?;
        // Another thread may have been first; both found the same.
        let _ = self.0.verified_by.set(key_hash);
        Ok(())
    }

    // Every range was taken from `der` itself.
    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.0.der.get(range.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({} entries, {} bytes)", self.len(), self.0.der.len())
    }
}

/// A number without leading zeros, so that it compares by value.
fn by_value(number: &[u8]) -> (usize, &[u8]) {
    (number.len(), number)
}

/// The refusal of a CRL where a reader of certificates found the fault.
fn as_crl(refusal: Refusal) -> Refusal {
    let is_malformed = refusal.code() == Code::CertMalformed;
    let code = if is_malformed { Code::RevocationMalformed } else { refusal.code() };
    let mut place = refusal.place();
    place.part = "crl";
    Refusal::new(code, place).with(refusal.detail())
}

fn read(der: &[u8]) -> Result<Crl, Refusal> {
    der::check(der, Limits::CRL)?;
    let mut outer = Reader::new(der).expect(tag::SEQUENCE)?.reader();
    let tbs = outer.expect(tag::SEQUENCE)?;
    let algorithm = outer.expect(tag::SEQUENCE)?;
    let signature = outer.expect(tag::BIT_STRING)?.bit_string_bytes()?;
    outer.finish()?;

    let mut fields = tbs.reader();
    let version = fields.expect(tag::INTEGER)?;
    if version.content() != [1] {
        return Err(malformed(version.start()));
    }
    let inner_algorithm = fields.expect(tag::SEQUENCE)?;
    if inner_algorithm.encoded() != algorithm.encoded() {
        return Err(malformed(algorithm.start()));
    }
    let issuer = fields.expect(tag::SEQUENCE)?;
    if !name::check(issuer)? {
        return Err(malformed(issuer.start()));
    }
    let this_update = read_time(fields.any()?)?;
    let next_update = read_next_update(&mut fields, this_update)?;
    let revoked = fields.optional(tag::SEQUENCE)?;
    let extensions = fields.expect(tag::context_constructed(0))?;
    fields.finish()?;
    let extensions = CrlExtensions::read(extensions, issuer)?;
    // Only its structure: whether it is supported matters when the signature is needed.
    let _ = SignatureAlgorithm::read(algorithm)?;
    let list = revoked.map(|list| entry::read_list(list, extensions.scope.indirect)).transpose()?;
    let list = list.unwrap_or_default();

    Ok(Crl(Arc::new(Facts {
        tbs: tbs.range(),
        signature,
        algorithm: algorithm.range(),
        issuer: issuer.range(),
        issuer_key: name::key(issuer.encoded()),
        this_update,
        next_update,
        index: Index::new(list.entries, der),
        issuers: list.issuers,
        extensions,
        verified_by: OnceLock::new(),
        der: der.into(),
    })))
}

fn read_next_update(
    fields: &mut Reader<'_>,
    this_update: UnixTime,
) -> Result<Option<UnixTime>, Refusal> {
    for tag in [tag::UTC_TIME, tag::GENERALIZED_TIME] {
        if let Some(element) = fields.optional(tag)? {
            let next = read_time(element)?;
            let in_order = next >= this_update;
            return if in_order { Ok(Some(next)) } else { Err(malformed(element.start())) };
        }
    }
    Ok(None)
}

impl CrlExtensions {
    fn read(explicit: Element<'_>, issuer: Element<'_>) -> Result<Self, Refusal> {
        let mut outer = explicit.reader();
        let sequence = outer.expect(tag::SEQUENCE)?;
        outer.finish()?;
        let mut reader = ExtensionReader::new(sequence)?;
        let mut seen: Vec<&[u8]> = Vec::new();
        let (mut number, mut base, mut scope) = (None, None, Scope::EVERYTHING);
        let (mut scope_der, mut authority_key) = (0..0, 0..0);
        while let Some(extension) = reader.next()? {
            let value = extension.value;
            if seen.contains(&extension.oid) || seen.len() >= EXTENSIONS_MAX {
                return Err(malformed(value.start()));
            }
            seen.push(extension.oid);
            match extension.oid {
                oids::CRL_NUMBER => {
                    // 5.2.3: a non-critical extension.
                    if extension.critical {
                        return Err(malformed(value.start()));
                    }
                    number = Some(read_number(value)?);
                }
                oids::DELTA_CRL_INDICATOR => base = Some(read_number(value)?),
                oids::ISSUING_DISTRIBUTION_POINT => {
                    der::check_part(value, Limits::CERTIFICATE)?;
                    scope = Scope::read(value.reader().any()?, issuer.encoded())?;
                    scope_der = value.content_range();
                }
                oids::AUTHORITY_KEY_IDENTIFIER => {
                    der::check_part(value, Limits::CERTIFICATE)?;
                    authority_key = value.content_range();
                }
                _ if extension.critical => {
                    let place = malformed(value.start()).place();
                    return Err(Refusal::new(Code::RevocationCriticalExtension, place));
                }
                _ => {}
            }
        }
        let number = number.ok_or_else(|| malformed(sequence.start()))?;
        Ok(Self { number, base, scope, scope_der, authority_key })
    }
}

/// `INTEGER (0..MAX)` of at most 20 octets (5.2.3), without leading zeros.
fn read_number(value: Element<'_>) -> Result<Vec<u8>, Refusal> {
    der::check_part(value, Limits::CERTIFICATE)?;
    let mut reader = value.reader();
    let number = reader.expect(tag::INTEGER)?;
    match number.content() {
        [0x80..=0xff, ..] => Err(malformed(number.start())),
        [0, magnitude @ ..] | magnitude if magnitude.len() <= NUMBER_MAX_LEN => {
            Ok(magnitude.to_vec())
        }
        _ => Err(malformed(number.start())),
    }
}

// RFC 5280, 5.2.3.
const NUMBER_MAX_LEN: usize = 20;

// RFC 5280 defines seven; the bound keeps the search for duplicates cheap.
const EXTENSIONS_MAX: usize = 32;

/// Identifiers of extensions of lists and entries, content bytes (5.2, 5.3).
mod oids {
    pub(super) const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 20];
    pub(super) const REASON_CODE: &[u8] = &[0x55, 0x1d, 21];
    pub(super) const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 24];
    pub(super) const DELTA_CRL_INDICATOR: &[u8] = &[0x55, 0x1d, 27];
    pub(super) const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 28];
    pub(super) const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 29];
    pub(super) const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 35];
}
