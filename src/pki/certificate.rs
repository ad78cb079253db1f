//! Certificates: the structure of RFC 5280, 4.1, read from exact byte ranges.

use super::algorithm::{self, AlgorithmRules, Curves, SignatureAlgorithm};
use super::der::{self, Element, Limits, Reader, malformed, tag};
use super::extension::{BasicConstraints, Extension, Extensions, KeyUsage, Span, oids};
use super::policy::PolicyConstraints;
use super::{Oid, name};
use crate::UnixTime;
use crate::crypto::{PublicKey, sha1_identifier, sha256};
use crate::verdict::{Code, Refusal};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A certificate that is strict DER and has the structure of RFC 5280, 4.1. Nothing in it may be
/// believed before a path to an anchor was verified.
///
/// Cheap to clone. Equal when the encodings are equal.
#[derive(Clone)]
pub struct Certificate(Arc<Facts>);

struct Facts {
    der: Box<[u8]>,
    tbs: Span,
    signature: Span,
    signature_algorithm: Result<SignatureAlgorithm, Code>,
    serial: Span,
    issuer: Span,
    subject: Span,
    not_before: UnixTime,
    not_after: UnixTime,
    country: Option<[u8; 2]>,
    issuer_key: OnceLock<u64>,
    subject_key: OnceLock<u64>,
    self_issued: bool,
    early_generalized: bool,
    key_info: Span,
    key_hash: OnceLock<Option<[u8; 20]>>,
    key: OnceLock<Result<PublicKey, Code>>,
    /// The same where the curve is described instead of named.
    explicit_key: OnceLock<Box<Result<PublicKey, Code>>>,
    extensions: Extensions,
    sha256: [u8; 32],
}

impl Certificate {
    /// Reads one certificate, at most 64 KiB of DER.
    ///
    /// Beyond the strict DER gate:
    ///
    /// * version 3 when there are extensions, version 1 never written out (4.1.2.1);
    /// * serial number positive, at most 20 octets; zero in self-issued certificates only (4.1.2.2);
    /// * signature algorithm the same inside and outside, byte for byte (4.1.1.2);
    /// * issuer not empty (4.1.2.4); subject not empty, unless the certificate is not a CA's and has
    ///   a critical subject alternative name (4.1.2.6);
    /// * dates as UTCTime or GeneralizedTime, to the second, in UTC (4.1.2.5); which of the two a
    ///   year takes is up to the profile;
    /// * no extension twice (4.2), known ones well formed, name constraints in CA certificates only
    ///   (4.2.1.10).
    ///
    /// Not checked: validity, signature, the public key (see [`Self::public_key`]), and who may use
    /// the certificate for what. [`super::verify_path`] does that.
    ///
    /// # Errors
    /// [`Code::CertMalformed`], [`Code::LimitSize`], [`Code::LimitDepth`], [`Code::LimitCount`],
    /// with the byte in the part `certificate`.
    pub fn parse(der: &[u8]) -> Result<Self, Refusal> {
        der::check(der, Limits::CERTIFICATE)?;
        let mut outer = Reader::new(der).expect(tag::SEQUENCE)?.reader();
        let tbs = outer.expect(tag::SEQUENCE)?;
        let algorithm = outer.expect(tag::SEQUENCE)?;
        let signature = outer.expect(tag::BIT_STRING)?.bit_string_bytes()?;
        outer.finish()?;

        let mut fields = tbs.reader();
        let version = read_version(&mut fields)?;
        let serial = fields.expect(tag::INTEGER)?;
        let inner_algorithm = fields.expect(tag::SEQUENCE)?;
        if inner_algorithm.encoded() != algorithm.encoded() {
            return Err(malformed(algorithm.start()));
        }
        let issuer = fields.expect(tag::SEQUENCE)?;
        if !name::check(issuer)? {
            return Err(malformed(issuer.start()));
        }
        let Validity { not_before, not_after, early_generalized } =
            read_validity(fields.expect(tag::SEQUENCE)?)?;
        let subject = fields.expect(tag::SEQUENCE)?;
        let has_subject = name::check(subject)?;
        let self_issued = same_name(issuer.encoded(), subject.encoded());
        check_serial(serial, self_issued)?;
        let key_info = fields.expect(tag::SEQUENCE)?;
        algorithm::check_key_info(key_info)?;
        let extensions = read_tail(&mut fields, version)?;
        fields.finish()?;
        check_subject(has_subject, &extensions).map_err(|()| malformed(subject.start()))?;

        Ok(Self(Arc::new(Facts {
            tbs: Span::of(&tbs.range()),
            signature: Span::of(&signature),
            signature_algorithm: SignatureAlgorithm::read(algorithm)?,
            serial: Span::of(&serial.content_range()),
            issuer: Span::of(&issuer.range()),
            subject: Span::of(&subject.range()),
            not_before,
            not_after,
            country: name::country(subject),
            // Names are prepared when something is looked for by them: a card holder's leads to no
            // certificate, and most issuers are written as their subjects are.
            issuer_key: OnceLock::new(),
            subject_key: OnceLock::new(),
            self_issued,
            early_generalized,
            key_info: Span::of(&key_info.range()),
            key_hash: OnceLock::new(),
            key: OnceLock::new(),
            explicit_key: OnceLock::new(),
            extensions,
            sha256: sha256(der),
            der: der.into(),
        })))
    }

    /// The encoding.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of the encoding.
    #[must_use]
    pub fn sha256(&self) -> &[u8; 32] {
        &self.0.sha256
    }

    /// `tbsCertificate`: the bytes that are signed.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.slice(self.0.tbs)
    }

    /// The value of the signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.slice(self.0.signature)
    }

    /// The algorithm that the certificate is signed with.
    ///
    /// # Errors
    /// [`Code::ChainAlgorithm`] for MD5 and SHA-1; [`Code::CertAlgorithmParameters`] for ECDSA with
    /// NULL parameters; [`Code::CertUnsupported`] for an algorithm that is not supported.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, Code> {
        self.0.signature_algorithm
    }

    /// The same under rules that may let more pass.
    ///
    /// # Errors
    /// As [`Self::signature_algorithm`].
    pub fn signature_algorithm_under(
        &self,
        rules: AlgorithmRules,
    ) -> Result<SignatureAlgorithm, Code> {
        if rules == AlgorithmRules::GENERAL || self.0.signature_algorithm.is_ok() {
            return self.0.signature_algorithm;
        }
        let broken = |_| Code::CertMalformed;
        let mut outer = Reader::new(&self.0.der).expect(tag::SEQUENCE).map_err(broken)?.reader();
        outer.any().map_err(broken)?;
        let identifier = outer.expect(tag::SEQUENCE).map_err(broken)?;
        SignatureAlgorithm::read_under(identifier, rules).map_err(broken)?
    }

    /// The serial number as written: positive, big-endian, a zero byte first when the next is 128
    /// or more.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        self.slice(self.0.serial)
    }

    /// The issuer's `Name`, DER.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        self.slice(self.0.issuer)
    }

    /// The subject's `Name`, DER; `30 00` when it is empty.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        self.slice(self.0.subject)
    }

    /// The one country of the subject, two capital letters; `None` without or with several.
    #[must_use]
    pub fn subject_country(&self) -> Option<[u8; 2]> {
        self.0.country
    }

    /// First second of validity.
    #[must_use]
    pub fn not_before(&self) -> UnixTime {
        self.0.not_before
    }

    /// Last second of validity (RFC 5280, 4.1.2.5: inclusive).
    #[must_use]
    pub fn not_after(&self) -> UnixTime {
        self.0.not_after
    }

    /// Whether a date before 2050 is written as GeneralizedTime, against RFC 5280, 4.1.2.5.
    pub(crate) fn has_early_generalized_time(&self) -> bool {
        self.0.early_generalized
    }

    /// Whether `cA` FALSE is written out, against X.690, 11.5.
    pub(crate) fn has_ca_false_written(&self) -> bool {
        self.0.extensions.ca_false_written
    }

    /// Whether issuer and subject are the same name (RFC 5280, 6.1: self-issued).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.0.self_issued
    }

    /// Whether the issuer's name is the subject's name of `other` (RFC 5280, 6.1.3 (a)(4), 7.1).
    #[must_use]
    pub fn is_issued_in_the_name_of(&self, other: &Self) -> bool {
        self.issuer_der() == other.subject_der()
            || (self.issuer_key() == other.subject_key()
                && same_name(self.issuer_der(), other.subject_der()))
    }

    /// Names that are the same have the same key; for tables.
    pub(crate) fn subject_key(&self) -> u64 {
        *self.0.subject_key.get_or_init(|| name::key(self.subject_der()))
    }

    /// The value of `subjectPublicKey` without tag, length and number of unused bits (RFC 6960,
    /// 4.1.1).
    pub(crate) fn key_bits(&self) -> Option<&[u8]> {
        let mut info = Reader::new(self.key_info_der()).any().ok()?.reader();
        info.any().ok()?;
        info.expect(tag::BIT_STRING).ok()?.content().get(1..)
    }

    /// SHA-1 of [`Self::key_bits`]: a name of the key (RFC 6960, 4.2.1), and no proof of anything.
    pub(crate) fn key_hash(&self) -> Option<&[u8; 20]> {
        self.0.key_hash.get_or_init(|| self.key_bits().map(sha1_identifier)).as_ref()
    }

    /// As [`Self::subject_key`], of the issuer.
    pub(crate) fn issuer_key(&self) -> u64 {
        *self.0.issuer_key.get_or_init(|| name::key(self.issuer_der()))
    }

    /// `SubjectPublicKeyInfo`, DER.
    #[must_use]
    pub fn key_info_der(&self) -> &[u8] {
        self.slice(self.0.key_info)
    }

    /// The public key, made when it is first asked for.
    ///
    /// # Errors
    /// [`Code::CertUnsupported`] for another algorithm or curve, [`Code::KeyUnsupported`] for
    /// compressed points, [`Code::KeyExplicitParameters`], [`Code::KeyMalformed`],
    /// [`Code::KeyRoca`], [`Code::KeyWeak`].
    pub fn public_key(&self) -> Result<&PublicKey, Code> {
        self.0.key.get_or_init(|| self.read_key(AlgorithmRules::GENERAL)).as_ref().map_err(|c| *c)
    }

    /// The same under rules that may let more pass.
    ///
    /// # Errors
    /// As [`Self::public_key`], and [`Code::KeyAlteredCurve`] for explicit parameters that are
    /// almost those of a named curve.
    pub fn public_key_under(&self, rules: AlgorithmRules) -> Result<&PublicKey, Code> {
        let key = self.public_key();
        if rules.curves == Curves::Named || key.err() != Some(Code::KeyExplicitParameters) {
            return key;
        }
        let explicit = || self.read_key(AlgorithmRules::DOCUMENT_SIGNER);
        let key = self.0.explicit_key.get_or_init(|| Box::new(explicit()));
        Result::as_ref(key).map_err(|code| *code)
    }

    fn read_key(&self, rules: AlgorithmRules) -> Result<PublicKey, Code> {
        let info = Reader::over(&self.0.der, self.0.key_info.range()).any();
        algorithm::public_key(info.map_err(|_| Code::KeyMalformed)?, rules)
    }

    /// Basic constraints, when the extension is there.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.0.extensions.basic_constraints
    }

    /// Whether basic constraints say that the subject is a certification authority.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.basic_constraints().is_some_and(|constraints| constraints.ca)
    }

    /// Key usage, when the extension is there.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.extensions.key_usage
    }

    /// Extended key usage, when the extension is there; never empty.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<&[Oid]> {
        self.0.extensions.extended_key_usage.as_deref()
    }

    /// The subject key identifier.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.0.extensions.subject_key_identifier.map(|span| self.slice(span))
    }

    /// The key identifier of the authority key identifier.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.0.extensions.authority_key_identifier.map(|span| self.slice(span))
    }

    /// Whether the authority key identifier also names the issuer's certificate.
    pub(crate) fn names_authority_certificate(&self) -> bool {
        self.0.extensions.authority_certificate
    }

    /// Policy constraints, when the extension is there.
    pub(crate) fn policy_constraints(&self) -> Option<PolicyConstraints> {
        self.0.extensions.policy_constraints
    }

    /// Inhibit-any-policy, when the extension is there.
    pub(crate) fn inhibit_any_policy(&self) -> Option<u32> {
        self.0.extensions.inhibit_any_policy
    }

    /// Every extension, in the order of the certificate; no two of one kind.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions.list
    }

    /// The extension with this identifier, when it is there.
    #[must_use]
    pub fn extension(&self, oid: &Oid) -> Option<&Extension> {
        self.0.extensions.find(oid)
    }

    /// The content of an extension's `extnValue`, DER when the extension is a known one.
    #[must_use]
    pub fn extension_value(&self, oid: &Oid) -> Option<&[u8]> {
        self.extension(oid).map(|extension| self.slice_of(extension.value()))
    }

    /// The subject alternative name, DER `GeneralNames`.
    #[must_use]
    pub fn subject_alt_name_der(&self) -> Option<&[u8]> {
        self.extension_value(&oids::SUBJECT_ALT_NAME)
    }

    // Every range was taken from `der` itself.
    fn slice(&self, span: Span) -> &[u8] {
        self.slice_of(span.range())
    }

    fn slice_of(&self, range: std::ops::Range<usize>) -> &[u8] {
        self.0.der.get(range).unwrap_or_default()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    // A certificate may name a person: only its length is told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} bytes)", self.0.der.len())
    }
}

/// Whether two names are the same (RFC 5280, 7.1).
pub(crate) fn same_name(one: &[u8], other: &[u8]) -> bool {
    name::same(one, other)
}

#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Version {
    V1,
    V2,
    V3,
}

fn read_version(fields: &mut Reader<'_>) -> Result<Version, Refusal> {
    let Some(explicit) = fields.optional(tag::context_constructed(0))? else {
        return Ok(Version::V1);
    };
    let mut inner = explicit.reader();
    let version = match inner.expect(tag::INTEGER)?.content() {
        [1] => Version::V2,
        [2] => Version::V3,
        // Zero is the default, which DER leaves out; there is no version 4.
        _ => return Err(malformed(explicit.start())),
    };
    inner.finish()?;
    Ok(version)
}

/// Positive, at most 20 octets without the zero byte that keeps it positive.
///
/// Zero is let through for self-issued certificates: "certificate users SHOULD be prepared" for it
/// (4.1.2.2), and old roots have it.
fn check_serial(serial: Element<'_>, self_issued: bool) -> Result<(), Refusal> {
    let holds = match serial.content() {
        [0] => self_issued,
        [0x80..=0xff, ..] => false,
        [0, magnitude @ ..] | magnitude => magnitude.len() <= SERIAL_MAX_LEN,
    };
    if holds { Ok(()) } else { Err(malformed(serial.start())) }
}

struct Validity {
    not_before: UnixTime,
    not_after: UnixTime,
    /// Whether one of them is a GeneralizedTime before 2050.
    early_generalized: bool,
}

fn read_validity(validity: Element<'_>) -> Result<Validity, Refusal> {
    let mut fields = validity.reader();
    let (not_before, early) = read_either_time(fields.any()?)?;
    let (not_after, early_too) = read_either_time(fields.any()?)?;
    fields.finish()?;
    Ok(Validity { not_before, not_after, early_generalized: early || early_too })
}

/// A `Time` of a revocation list (5.1.2.4): UTCTime through the year 2049, GeneralizedTime from 2050 on.
pub(super) fn read_time(element: Element<'_>) -> Result<UnixTime, Refusal> {
    match read_either_time(element)? {
        (time, false) => Ok(time),
        (_, true) => Err(malformed(element.start())),
    }
}

/// The instant, and whether RFC 5280, 4.1.2.5 wants it as UTCTime.
fn read_either_time(element: Element<'_>) -> Result<(UnixTime, bool), Refusal> {
    let time = der::time(element.tag(), element.content());
    let time = time.ok_or_else(|| malformed(element.start()))?;
    Ok((time, element.tag() == tag::GENERALIZED_TIME && time < YEAR_2050))
}

/// Unique identifiers (versions 2 and 3, 4.1.2.8; not used) and extensions (version 3, 4.1.2.9).
fn read_tail(fields: &mut Reader<'_>, version: Version) -> Result<Extensions, Refusal> {
    for number in [1, 2] {
        if let Some(unique) = fields.optional(tag::context(number))?
            && version < Version::V2
        {
            return Err(malformed(unique.start()));
        }
    }
    match fields.optional(tag::context_constructed(3))? {
        None => Ok(Extensions::default()),
        Some(explicit) if version == Version::V3 => Extensions::read(explicit),
        Some(explicit) => Err(malformed(explicit.start())),
    }
}

/// What must hold between subject, basic constraints and names (4.1.2.6, 4.2.1.6, 4.2.1.10).
fn check_subject(has_subject: bool, extensions: &Extensions) -> Result<(), ()> {
    let is_ca = extensions.basic_constraints.is_some_and(|constraints| constraints.ca);
    // An empty list of names is two bytes long.
    let named_elsewhere = extensions
        .find(&oids::SUBJECT_ALT_NAME)
        .is_some_and(|names| names.is_critical() && names.value().len() > 2);
    let subject_holds = has_subject || (!is_ca && named_elsewhere);
    let constraints_hold = is_ca || extensions.find(&oids::NAME_CONSTRAINTS).is_none();
    if subject_holds && constraints_hold { Ok(()) } else { Err(()) }
}

// RFC 5280, 4.1.2.2.
const SERIAL_MAX_LEN: usize = 20;

// 2050-01-01T00:00:00Z.
const YEAR_2050: UnixTime = UnixTime::from_secs(2_524_608_000);

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let mut out = match u16::try_from(content.len()).unwrap().to_be_bytes() {
            [0, short @ 0..=0x7f] => vec![tag, short],
            [0, low] => vec![tag, 0x81, low],
            [high, low] => vec![tag, 0x82, high, low],
        };
        out.extend(content);
        out
    }

    /// The fields of a certificate; its signature means nothing.
    struct Fields {
        version: Vec<u8>,
        serial: Vec<u8>,
        algorithm: Vec<u8>,
        issuer: Vec<u8>,
        validity: Vec<u8>,
        subject: Vec<u8>,
        tail: Vec<u8>,
    }

    const ALGORITHM: &[u8] = &[0x30, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

    fn named(name: &[u8]) -> Vec<u8> {
        wrap(0x30, &[&wrap(0x31, &[&wrap(0x30, &[&[6, 3, 0x55, 4, 3], &wrap(0x0c, &[name])])])])
    }

    fn validity(from: (u8, &str), until: (u8, &str)) -> Vec<u8> {
        wrap(0x30, &[&wrap(from.0, &[from.1.as_bytes()]), &wrap(until.0, &[until.1.as_bytes()])])
    }

    fn extensions(all: &[(u8, bool, &[u8])]) -> Vec<u8> {
        let all: Vec<u8> = all
            .iter()
            .flat_map(|(id, critical, value)| {
                let critical: &[u8] = if *critical { &[1, 1, 0xff] } else { &[] };
                wrap(0x30, &[&[6, 3, 0x55, 0x1d, *id], critical, &wrap(4, &[value])])
            })
            .collect();
        wrap(0xa3, &[&wrap(0x30, &[&all])])
    }

    const CA: &[u8] = &[0x30, 3, 1, 1, 0xff];
    const ALT_NAME: &[u8] = &[0x30, 3, 0x82, 1, b'a'];
    const CONSTRAINTS: &[u8] = &[0x30, 7, 0xa0, 5, 0x30, 3, 0x82, 1, b'a'];

    impl Fields {
        fn honest() -> Self {
            Self {
                version: vec![0xa0, 3, 2, 1, 2],
                serial: vec![7],
                algorithm: ALGORITHM.to_vec(),
                issuer: named(b"issuer"),
                validity: validity((0x17, "260101000000Z"), (0x17, "491231235959Z")),
                subject: named(b"subject"),
                tail: extensions(&[(19, true, &[0x30, 0])]),
            }
        }

        fn der(&self) -> Vec<u8> {
            let key = wrap(0x30, &[&wrap(0x30, &[&[6, 3, 0x2b, 0x65, 0x70]]), &[3, 2, 0, 9]]);
            let tbs = wrap(
                0x30,
                &[
                    &self.version,
                    &wrap(2, &[&self.serial]),
                    &self.algorithm,
                    &self.issuer,
                    &self.validity,
                    &self.subject,
                    &key,
                    &self.tail,
                ],
            );
            wrap(0x30, &[&tbs, ALGORITHM, &[3, 2, 0, 1]])
        }
    }

    /// The refusal of an honest certificate after a change.
    fn after(change: impl FnOnce(&mut Fields)) -> Option<Code> {
        let mut fields = Fields::honest();
        change(&mut fields);
        Certificate::parse(&fields.der()).err().map(|refusal| refusal.code())
    }

    const MALFORMED: Option<Code> = Some(Code::CertMalformed);

    #[test]
    fn keeps_the_exact_bytes() {
        let fields = Fields::honest();
        let der = fields.der();
        let certificate = Certificate::parse(&der).unwrap();
        assert_eq!(certificate.der(), der);
        assert_eq!(certificate.issuer_der(), fields.issuer);
        assert_eq!(certificate.subject_der(), fields.subject);
        assert_eq!(certificate.serial(), [7]);
        assert_eq!(certificate.signature(), [1]);
        assert_eq!(certificate.not_after().to_string(), "2049-12-31T23:59:59Z");
        assert_eq!(certificate.tbs(), &der[3..der.len() - 16]);
        assert_eq!(certificate.public_key().err(), Some(Code::KeyMalformed));
    }

    #[test]
    fn wants_version_3_for_extensions() {
        assert_eq!(after(|_| ()), None);
        assert_eq!(after(|f| f.version.clear()), MALFORMED);
        assert_eq!(after(|f| f.version[4] = 1), MALFORMED);
        assert_eq!(after(|f| f.version[4] = 3), MALFORMED);
        let first = |f: &mut Fields| {
            f.version.clear();
            f.tail.clear();
        };
        assert_eq!(after(first), None);
        let written = |f: &mut Fields| {
            f.version[4] = 0;
            f.tail.clear();
        };
        assert_eq!(after(written), MALFORMED);
    }

    #[test]
    fn wants_a_positive_serial_of_20_octets_at_most() {
        assert_eq!(after(|f| f.serial = vec![0x7f; 20]), None);
        assert_eq!(after(|f| f.serial = [&[0][..], &[0x80; 20]].concat()), None);
        assert_eq!(after(|f| f.serial = vec![0x7f; 21]), MALFORMED);
        assert_eq!(after(|f| f.serial = vec![0x80]), MALFORMED);
        assert_eq!(after(|f| f.serial = vec![0]), MALFORMED);
        let zero_in_a_root = |f: &mut Fields| {
            f.serial = vec![0];
            f.subject = f.issuer.clone();
        };
        assert_eq!(after(zero_in_a_root), None);
    }

    #[test]
    fn wants_one_algorithm_inside_and_outside() {
        assert_eq!(after(|f| f.algorithm[11] = 3), MALFORMED);
    }

    #[test]
    fn notices_generalized_time_before_2050() {
        let until = |tag, text| {
            let mut fields = Fields::honest();
            fields.validity = validity((0x17, "260101000000Z"), (tag, text));
            Certificate::parse(&fields.der()).unwrap().has_early_generalized_time()
        };
        assert!(!until(0x18, "20500101000000Z"));
        assert!(until(0x18, "20491231235959Z"));
        assert!(!until(0x17, "491231235959Z"));
    }

    #[test]
    fn wants_names_where_rfc_5280_wants_them() {
        let empty = || vec![0x30, 0];
        assert_eq!(after(|f| f.issuer = empty()), MALFORMED);
        assert_eq!(after(|f| f.subject = empty()), MALFORMED);
        let with = |all: &[(u8, bool, &[u8])]| {
            after(|f| {
                f.subject = empty();
                f.tail = extensions(all);
            })
        };
        assert_eq!(with(&[(17, true, ALT_NAME)]), None);
        assert_eq!(with(&[(17, false, ALT_NAME)]), MALFORMED);
        assert_eq!(with(&[(17, true, ALT_NAME), (19, true, CA)]), MALFORMED);
        assert_eq!(with(&[(17, true, &[0x30, 0])]), MALFORMED);
        assert_eq!(after(|f| f.tail = extensions(&[(17, false, &[0x30, 0])])), None);
    }

    #[test]
    fn wants_name_constraints_in_authorities_only() {
        let with = |basic: &[u8]| {
            after(|f| f.tail = extensions(&[(19, true, basic), (30, true, CONSTRAINTS)]))
        };
        assert_eq!(with(CA), None);
        assert_eq!(with(&[0x30, 0]), MALFORMED);
    }

    #[test]
    fn refuses_fields_behind_the_last_one() {
        assert_eq!(after(|f| f.tail.extend([5, 0])), MALFORMED);
    }

    #[test]
    fn tells_no_name() {
        let certificate = Certificate::parse(&Fields::honest().der()).unwrap();
        assert!(!format!("{certificate:?}").contains("subject"));
    }
}
