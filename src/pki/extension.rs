//! The extensions of a certificate (RFC 5280, 4.2).
//!
//! Those that decide about a path are read or checked here, from exact bytes. The others that are
//! known must be well formed; x509-parser says so. Unknown ones are listed by identifier and left
//! alone.

use super::der::{self, Element, Limits, Reader, malformed, tag};
use super::{Oid, alt_name, policy, subtree};
use crate::verdict::{Code, Detail, Place, Refusal};
use std::ops::Range;
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::prelude::FromDer;

/// One extension: its identifier, whether it is critical, and where its value lies.
#[derive(Clone, Debug)]
pub struct Extension {
    oid: Oid,
    value: Span,
    critical: bool,
}

/// A range of a certificate in half the space: there are many of them, and anchors by the ten
/// thousand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    // A certificate has at most 64 KiB.
    pub(crate) fn of(range: &Range<usize>) -> Self {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: number(range.start), end: number(range.end) }
    }

    pub(crate) fn range(self) -> Range<usize> {
        let number = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        number(self.start)..number(self.end)
    }
}

impl Extension {
    /// Which extension.
    #[must_use]
    pub const fn oid(&self) -> &Oid {
        &self.oid
    }

    /// Whether a reader that does not process it must refuse the certificate.
    #[must_use]
    pub const fn is_critical(&self) -> bool {
        self.critical
    }

    /// Where the content of `extnValue` lies in the certificate.
    pub(crate) fn value(&self) -> Range<usize> {
        self.value.range()
    }
}

/// Basic constraints (RFC 5280, 4.2.1.9).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BasicConstraints {
    /// The subject is a certification authority.
    pub ca: bool,
    /// How many intermediates that are not self-issued may follow.
    pub path_len: Option<u32>,
}

/// Key usage bits (RFC 5280, 4.2.1.3), at least one of them set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// `digitalSignature` (0).
    pub const DIGITAL_SIGNATURE: Self = Self(0x8000);
    /// `nonRepudiation` (1), later `contentCommitment`.
    pub const NON_REPUDIATION: Self = Self(0x4000);
    /// `keyCertSign` (5).
    pub const KEY_CERT_SIGN: Self = Self(0x0400);
    /// `cRLSign` (6).
    pub const CRL_SIGN: Self = Self(0x0200);

    /// Whether every bit of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Every extension of one certificate.
#[derive(Default)]
pub(crate) struct Extensions {
    pub(crate) list: Box<[Extension]>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    /// Whether `cA` FALSE is written out, which a profile must allow.
    pub(crate) ca_false_written: bool,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<Box<[Oid]>>,
    pub(crate) subject_key_identifier: Option<Span>,
    pub(crate) authority_key_identifier: Option<Span>,
    /// Whether the authority key identifier also names the issuer's certificate.
    pub(crate) authority_certificate: bool,
    pub(crate) policy_constraints: Option<policy::PolicyConstraints>,
    pub(crate) inhibit_any_policy: Option<u32>,
}

impl Extensions {
    /// Reads the value of `[3]`, a sequence of at least one extension, no two of one kind.
    pub(crate) fn read(explicit: Element<'_>) -> Result<Self, Refusal> {
        let mut outer = explicit.reader();
        let sequence = outer.expect(tag::SEQUENCE)?;
        outer.finish()?;
        let mut reader = sequence.reader();
        if reader.is_empty() {
            return Err(malformed(sequence.start()));
        }
        let mut all = Self::default();
        let mut list = Vec::with_capacity(TYPICAL);
        while !reader.is_empty() {
            if list.len() >= EXTENSIONS_MAX {
                return Err(Refusal::new(
                    Code::LimitCount,
                    Place::part("certificate").at(sequence.start()),
                )
                .with(Detail::limit(EXTENSIONS_MAX, list.len().saturating_add(1))));
            }
            let extension = all.read_one(reader.expect(tag::SEQUENCE)?, &list)?;
            list.push(extension);
        }
        all.list = list.into_boxed_slice();
        Ok(all)
    }

    /// The extension with this identifier.
    pub(crate) fn find(&self, oid: &Oid) -> Option<&Extension> {
        self.list.iter().find(|extension| extension.oid == *oid)
    }

    fn read_one(
        &mut self,
        element: Element<'_>,
        before: &[Extension],
    ) -> Result<Extension, Refusal> {
        let mut fields = element.reader();
        let oid = fields.expect(tag::OID)?.content();
        let critical = read_default_false(&mut fields)?;
        let value = fields.expect(tag::OCTET_STRING)?;
        fields.finish()?;
        if before.iter().any(|extension| extension.oid.as_bytes() == oid) {
            return Err(malformed(element.start()));
        }
        // A known identifier is shared, not copied.
        let known = oids::KNOWN.iter().find(|known| known.as_bytes() == oid);
        if let Some(known) = known {
            self.read_value(known, element, value)?;
        }
        let oid = known.map_or_else(|| Oid::from_content(oid), |known| (*known).clone());
        Ok(Extension { oid, critical, value: Span::of(&value.content_range()) })
    }

    fn read_value(
        &mut self,
        oid: &Oid,
        element: Element<'_>,
        value: Element<'_>,
    ) -> Result<(), Refusal> {
        der::check_part(value, Limits::CERTIFICATE)?;
        let inner = value.reader().any()?;
        if *oid == oids::BASIC_CONSTRAINTS {
            self.basic_constraints = Some(basic_constraints(inner)?);
            self.ca_false_written = inner.encoded() == CA_FALSE_WRITTEN;
        } else if *oid == oids::KEY_USAGE {
            self.key_usage = Some(key_usage(inner)?);
        } else if *oid == oids::EXTENDED_KEY_USAGE {
            self.extended_key_usage = Some(extended_key_usage(inner)?.into_boxed_slice());
        } else if *oid == oids::SUBJECT_KEY_IDENTIFIER {
            self.subject_key_identifier = Some(key_identifier(inner, tag::OCTET_STRING)?);
        } else if *oid == oids::AUTHORITY_KEY_IDENTIFIER {
            let (identifier, certificate) = authority_key_identifier(inner)?;
            self.authority_key_identifier = identifier;
            self.authority_certificate = certificate;
        } else if *oid == oids::SUBJECT_ALT_NAME || *oid == oids::ISSUER_ALT_NAME {
            alt_name::check(inner)?;
        } else if *oid == oids::NAME_CONSTRAINTS {
            subtree::check(inner)?;
        } else if *oid == oids::CERTIFICATE_POLICIES {
            policy::check_policies(inner)?;
        } else if *oid == oids::POLICY_MAPPINGS {
            policy::check_mappings(inner)?;
        } else if *oid == oids::POLICY_CONSTRAINTS {
            self.policy_constraints = Some(policy::constraints(inner)?);
        } else if *oid == oids::INHIBIT_ANY_POLICY {
            self.inhibit_any_policy = Some(policy::inhibit_any(inner)?);
        } else {
            well_formed(element)?;
        }
        Ok(())
    }
}

/// `cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL`.
///
/// A path length beside `cA` FALSE breaks 4.2.1.9, but issuers of listed trust services write it;
/// it constrains nothing and is dropped. FALSE is the default, which DER leaves out (X.690, 11.5);
/// Finnish identity cards write it, alone. Such a certificate can be read, and the profile says whether
/// its form passes (docs/deviations.md).
fn basic_constraints(value: Element<'_>) -> Result<BasicConstraints, Refusal> {
    let mut fields = sequence(value)?;
    let ca = match fields.optional(tag::BOOLEAN)? {
        None => false,
        Some(value) => match value.content() {
            [0x00] if fields.is_empty() => false,
            [0xff] => true,
            _ => return Err(malformed(value.start())),
        },
    };
    let path_len =
        match fields.optional(tag::INTEGER)? {
            None => None,
            Some(integer) => match integer.content() {
                [0x80..=0xff, ..] => return Err(malformed(integer.start())),
                // Saturated: more than any path has, and only the comparison matters.
                digits => Some(digits.iter().fold(0u32, |n, digit| {
                    n.saturating_mul(256).saturating_add(u32::from(*digit))
                })),
            },
        };
    fields.finish()?;
    Ok(BasicConstraints { ca, path_len: path_len.filter(|_| ca) })
}

/// A list of nine named bits, at least one of them set (4.2.1.3).
///
/// X.690, 11.2.2 asks to cut zero bits at the end. Issuers of listed trust services leave them; the
/// meaning is the same, so that they pass.
fn key_usage(value: Element<'_>) -> Result<KeyUsage, Refusal> {
    let bits = match (value.tag(), value.content()) {
        (tag::BIT_STRING, [_unused, first]) => u16::from_be_bytes([*first, 0]),
        (tag::BIT_STRING, [_unused, first, second]) => u16::from_be_bytes([*first, *second]),
        _ => 0,
    };
    if bits == 0 || bits & !NAMED_USAGE_BITS != 0 {
        return Err(malformed(value.start()));
    }
    Ok(KeyUsage(bits))
}

/// At least one purpose (4.2.1.12).
fn extended_key_usage(value: Element<'_>) -> Result<Vec<Oid>, Refusal> {
    let mut fields = sequence(value)?;
    let mut purposes = Vec::new();
    // Bounded by the gate.
    while !fields.is_empty() {
        purposes.push(Oid::from_content(fields.expect(tag::OID)?.content()));
    }
    if purposes.is_empty() { Err(malformed(value.start())) } else { Ok(purposes) }
}

/// `keyIdentifier [0]`, then issuer and serial number, both or none (4.2.1.1).
fn authority_key_identifier(value: Element<'_>) -> Result<(Option<Span>, bool), Refusal> {
    let mut fields = sequence(value)?;
    let identifier = fields.optional(tag::context(0))?;
    let issuer = fields.optional(tag::context_constructed(1))?;
    let serial = fields.optional(tag::context(2))?;
    fields.finish()?;
    if issuer.is_some() != serial.is_some() {
        return Err(malformed(value.start()));
    }
    let identifier =
        identifier.map(|identifier| key_identifier(identifier, tag::context(0))).transpose()?;
    Ok((identifier, issuer.is_some()))
}

fn key_identifier(value: Element<'_>, tag: u8) -> Result<Span, Refusal> {
    if value.tag() == tag && !value.content().is_empty() {
        Ok(Span::of(&value.content_range()))
    } else {
        Err(malformed(value.start()))
    }
}

/// x509-parser reads the whole value.
fn well_formed(extension: Element<'_>) -> Result<(), Refusal> {
    match X509Extension::from_der(extension.encoded()) {
        Ok((rest, parsed))
            if rest.is_empty()
                && !matches!(parsed.parsed_extension(), ParsedExtension::ParseError { .. }) =>
        {
            Ok(())
        }
        _ => Err(malformed(extension.start())),
    }
}

/// `BOOLEAN DEFAULT FALSE`: FALSE is left out (X.690, 11.5).
pub(super) fn read_default_false(fields: &mut Reader<'_>) -> Result<bool, Refusal> {
    match fields.optional(tag::BOOLEAN)? {
        None => Ok(false),
        Some(value) if value.content() == [0xff] => Ok(true),
        Some(value) => Err(malformed(value.start())),
    }
}

fn sequence(value: Element<'_>) -> Result<Reader<'_>, Refusal> {
    if value.tag() == tag::SEQUENCE { Ok(value.reader()) } else { Err(malformed(value.start())) }
}

// `cA` FALSE and nothing else.
const CA_FALSE_WRITTEN: [u8; 5] = [0x30, 3, 1, 1, 0];

// Real certificates have about ten; the bound keeps the search for duplicates cheap.
const EXTENSIONS_MAX: usize = 64;

// What most certificates have; more only costs a second allocation.
const TYPICAL: usize = 10;

// digitalSignature (0) to decipherOnly (8).
const NAMED_USAGE_BITS: u16 = 0xff80;

/// Identifiers of extensions (RFC 5280, 4.2.1 and 4.2.2).
pub(crate) mod oids {
    use super::Oid;

    pub(crate) const SUBJECT_KEY_IDENTIFIER: Oid = Oid::constant(&[0x55, 0x1d, 14]);
    pub(crate) const KEY_USAGE: Oid = Oid::constant(&[0x55, 0x1d, 15]);
    pub(crate) const SUBJECT_ALT_NAME: Oid = Oid::constant(&[0x55, 0x1d, 17]);
    pub(crate) const ISSUER_ALT_NAME: Oid = Oid::constant(&[0x55, 0x1d, 18]);
    pub(crate) const BASIC_CONSTRAINTS: Oid = Oid::constant(&[0x55, 0x1d, 19]);
    pub(crate) const NAME_CONSTRAINTS: Oid = Oid::constant(&[0x55, 0x1d, 30]);
    pub(crate) const CRL_DISTRIBUTION_POINTS: Oid = Oid::constant(&[0x55, 0x1d, 31]);
    pub(crate) const CERTIFICATE_POLICIES: Oid = Oid::constant(&[0x55, 0x1d, 32]);
    pub(crate) const POLICY_MAPPINGS: Oid = Oid::constant(&[0x55, 0x1d, 33]);
    pub(crate) const AUTHORITY_KEY_IDENTIFIER: Oid = Oid::constant(&[0x55, 0x1d, 35]);
    pub(crate) const POLICY_CONSTRAINTS: Oid = Oid::constant(&[0x55, 0x1d, 36]);
    pub(crate) const EXTENDED_KEY_USAGE: Oid = Oid::constant(&[0x55, 0x1d, 37]);
    pub(crate) const INHIBIT_ANY_POLICY: Oid = Oid::constant(&[0x55, 0x1d, 54]);
    pub(crate) const AUTHORITY_INFO_ACCESS: Oid =
        Oid::constant(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01]);

    /// `id-kp-serverAuth` (4.2.1.12).
    pub(crate) const SERVER_AUTH: Oid = Oid::constant(&[0x2b, 6, 1, 5, 5, 7, 3, 1]);
    /// `id-kp-clientAuth` (4.2.1.12).
    pub(crate) const CLIENT_AUTH: Oid = Oid::constant(&[0x2b, 6, 1, 5, 5, 7, 3, 2]);
    /// `anyExtendedKeyUsage` (4.2.1.12).
    pub(crate) const ANY_PURPOSE: Oid = Oid::constant(&[0x55, 0x1d, 37, 0]);

    /// Whose values must be well formed.
    pub(super) const KNOWN: &[&Oid] = &[
        &SUBJECT_KEY_IDENTIFIER,
        &KEY_USAGE,
        &SUBJECT_ALT_NAME,
        &ISSUER_ALT_NAME,
        &BASIC_CONSTRAINTS,
        &NAME_CONSTRAINTS,
        &CRL_DISTRIBUTION_POINTS,
        &CERTIFICATE_POLICIES,
        &POLICY_MAPPINGS,
        &AUTHORITY_KEY_IDENTIFIER,
        &POLICY_CONSTRAINTS,
        &EXTENDED_KEY_USAGE,
        &INHIBIT_ANY_POLICY,
        &AUTHORITY_INFO_ACCESS,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
        out.extend(content);
        out
    }

    fn extension(id: u8, critical: &[u8], value: &[u8]) -> Vec<u8> {
        wrap(0x30, &[&[6, 3, 0x55, 0x1d, id], critical, &wrap(4, &[value])])
    }

    fn read(extensions: &[&[u8]]) -> Result<Extensions, Code> {
        let der = wrap(0xa3, &[&wrap(0x30, extensions)]);
        der::check(&der, Limits::CERTIFICATE).unwrap();
        Extensions::read(Reader::new(&der).any().unwrap()).map_err(|refusal| refusal.code())
    }

    #[track_caller]
    fn pair(id: u8, good: &[u8], bad: &[u8]) {
        assert!(read(&[&extension(id, &[], good)]).is_ok(), "{good:02x?}");
        assert_eq!(
            read(&[&extension(id, &[], bad)]).err(),
            Some(Code::CertMalformed),
            "{bad:02x?}"
        );
    }

    #[test]
    fn refuses_no_extension_and_two_of_a_kind() {
        let one = extension(19, &[], &[0x30, 0]);
        let other = extension(19, &[1, 1, 0xff], &[0x30, 3, 1, 1, 0xff]);
        assert!(read(&[&one]).is_ok());
        assert_eq!(read(&[]).err(), Some(Code::CertMalformed));
        assert_eq!(read(&[&one, &other]).err(), Some(Code::CertMalformed));
    }

    #[test]
    fn refuses_defaults_that_are_written_out() {
        assert!(read(&[&extension(19, &[1, 1, 0xff], &[0x30, 0])]).is_ok());
        let written = read(&[&extension(19, &[1, 1, 0], &[0x30, 0])]);
        assert_eq!(written.err(), Some(Code::CertMalformed));
        // `cA` may be written out when it stands alone, and is noted; nothing else may.
        let noted = |value: &[u8]| read(&[&extension(19, &[], value)]).unwrap().ca_false_written;
        assert!(noted(&[0x30, 3, 1, 1, 0]));
        assert!(!noted(&[0x30, 0]));
        assert!(!noted(&[0x30, 3, 1, 1, 0xff]));
        pair(19, &[0x30, 3, 1, 1, 0], &[0x30, 3, 1, 1, 1]);
        pair(19, &[0x30, 3, 1, 1, 0], &[0x30, 6, 1, 1, 0, 2, 1, 0]);
    }

    #[test]
    fn reads_basic_constraints() {
        let of = |value: &[u8]| read(&[&extension(19, &[], value)]).unwrap().basic_constraints;
        assert_eq!(of(&[0x30, 0]), Some(BasicConstraints { ca: false, path_len: None }));
        assert_eq!(
            of(&[0x30, 6, 1, 1, 0xff, 2, 1, 3]),
            Some(BasicConstraints { ca: true, path_len: Some(3) })
        );
        assert_eq!(of(&[0x30, 3, 2, 1, 0]), Some(BasicConstraints { ca: false, path_len: None }));
        // A negative path length, a third field.
        pair(19, &[0x30, 6, 1, 1, 0xff, 2, 1, 0], &[0x30, 6, 1, 1, 0xff, 2, 1, 0xff]);
        pair(19, &[0x30, 6, 1, 1, 0xff, 2, 1, 0], &[0x30, 8, 1, 1, 0xff, 2, 1, 0, 5, 0]);
    }

    #[test]
    fn reads_key_usage_as_a_named_bit_list() {
        let of = |value: &[u8]| read(&[&extension(15, &[], value)]).unwrap().key_usage.unwrap();
        assert_eq!(of(&[3, 2, 7, 0x80]), KeyUsage::DIGITAL_SIGNATURE);
        assert!(of(&[3, 2, 1, 0x06]).contains(KeyUsage::KEY_CERT_SIGN));
        assert!(of(&[3, 2, 1, 0x06]).contains(KeyUsage::CRL_SIGN));
        assert!(!of(&[3, 2, 1, 0x06]).contains(KeyUsage::DIGITAL_SIGNATURE));
        assert_eq!(of(&[3, 2, 0, 0x80]), KeyUsage::DIGITAL_SIGNATURE);
        pair(15, &[3, 2, 7, 0x80], &[3, 1, 0]);
        pair(15, &[3, 2, 7, 0x80], &[3, 2, 0, 0]);
        pair(15, &[3, 3, 7, 0, 0x80], &[3, 3, 6, 0, 0x40]);
    }

    #[test]
    fn refuses_extended_key_usage_without_purpose() {
        pair(37, &[0x30, 4, 6, 2, 0x2a, 3], &[0x30, 0]);
    }

    #[test]
    fn refuses_malformed_key_identifiers() {
        pair(14, &[4, 1, 7], &[4, 0]);
        pair(35, &[0x30, 3, 0x80, 1, 7], &[0x30, 2, 0x80, 0]);
        pair(35, &[0x30, 0], &[0x30, 3, 0x82, 1, 7]);
    }

    #[test]
    fn refuses_malformed_values_of_other_known_extensions() {
        pair(17, &[0x30, 3, 0x82, 1, b'a'], &[0x30, 3, 2, 1, 7]);
        pair(32, &[0x30, 6, 0x30, 4, 6, 2, 0x2a, 3], &[0x30, 2, 5, 0]);
    }

    #[test]
    fn leaves_unknown_values_alone() {
        let unknown = wrap(0x30, &[&[6, 2, 0x2a, 3], &[4, 1, 0xff]]);
        let all = read(&[&unknown]).unwrap();
        assert_eq!(all.list.len(), 1);
        assert!(!all.list[0].is_critical());
    }

    #[test]
    fn bounds_the_number() {
        let many = |count: u8| {
            let all: Vec<u8> =
                (0..count).flat_map(|n| wrap(0x30, &[&[6, 2, 0x2a, n], &[4, 0]])).collect();
            let content =
                [&[0x30, 0x82][..], &u16::try_from(all.len()).unwrap().to_be_bytes(), &all]
                    .concat();
            let der =
                [&[0xa3, 0x82][..], &u16::try_from(content.len()).unwrap().to_be_bytes(), &content]
                    .concat();
            Extensions::read(Reader::new(&der).any().unwrap())
                .map_err(|refusal| refusal.code())
                .err()
        };
        assert_eq!(many(64), None);
        assert_eq!(many(65), Some(Code::LimitCount));
    }
}
