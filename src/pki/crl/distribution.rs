//! Distribution points and the scope of a CRL (RFC 5280, 4.2.1.13 and 5.2.5).

use super::reasons::Reasons;
use crate::pki::Certificate;
use crate::pki::der::{Element, Reader, malformed, tag, write};
use crate::pki::extension::oids;
use crate::pki::general_name::GeneralName;
use crate::pki::name;
use crate::verdict::{Code, Refusal};

/// Where the status of a certificate is told, and by whom.
pub(in crate::pki) struct DistributionPoint {
    names: Vec<GeneralName>,
    /// Which reasons are told there; all when the point does not say.
    pub(in crate::pki) reasons: Reasons,
    /// The names of the CRL issuer when it is not the certificate's issuer.
    crl_issuer: Vec<GeneralName>,
}

impl DistributionPoint {
    /// The point that RFC 5280, 6.3.3 assumes at the end: the certificate's issuer, every reason.
    pub(in crate::pki) fn of_issuer(certificate: &Certificate) -> Self {
        Self {
            names: vec![GeneralName::directory(certificate.issuer_der().to_vec())],
            reasons: Reasons::ALL,
            crl_issuer: Vec::new(),
        }
    }

    /// The names of the point, those of the CRL issuer when it has none of its own
    /// (6.3.3 (b)(2)(i)).
    pub(in crate::pki) fn names(&self) -> &[GeneralName] {
        if self.names.is_empty() { &self.crl_issuer } else { &self.names }
    }

    /// The names of the CRL issuer; empty when it is the certificate's issuer.
    pub(in crate::pki) fn crl_issuer(&self) -> &[GeneralName] {
        &self.crl_issuer
    }
}

/// The distribution points of a certificate; none when it has no such extension.
///
/// # Errors
/// [`Code::CertMalformed`]; [`Code::LimitCount`] for more than 16 points.
pub(in crate::pki) fn read_points(
    certificate: &Certificate,
) -> Result<Vec<DistributionPoint>, Refusal> {
    let Some(value) = certificate.extension_value(&oids::CRL_DISTRIBUTION_POINTS) else {
        return Ok(Vec::new());
    };
    let mut reader = Reader::new(value).expect(tag::SEQUENCE)?.reader();
    let mut points = Vec::new();
    while !reader.is_empty() {
        if points.len() >= POINTS_MAX {
            return Err(Code::LimitCount.into());
        }
        points.push(read_point(reader.expect(tag::SEQUENCE)?, certificate.issuer_der())?);
    }
    Ok(points)
}

/// At least a name or a CRL issuer must be there (4.2.1.13).
fn read_point(point: Element<'_>, issuer: &[u8]) -> Result<DistributionPoint, Refusal> {
    let mut fields = point.reader();
    let name = fields.optional(tag::context_constructed(0))?;
    let reasons = fields.optional(tag::context(1))?;
    let crl_issuer = fields.optional(tag::context_constructed(2))?;
    fields.finish()?;
    if name.is_none() && crl_issuer.is_none() {
        return Err(malformed(point.start()));
    }
    let crl_issuer = crl_issuer.map(GeneralName::read_all).transpose()?.unwrap_or_default();
    // A relative name stands below the CRL issuer's, which then must be one directory name.
    let base = match crl_issuer.as_slice() {
        [] => Some(issuer),
        [one] => one.directory_der(),
        _ => None,
    };
    let names = name.map(|name| read_name(name, base)).transpose()?.unwrap_or_default();
    let reasons = reasons.map(Reasons::read).transpose()?.unwrap_or(Reasons::ALL);
    Ok(DistributionPoint { names, reasons, crl_issuer })
}

/// `DistributionPointName`: full names, or one relative to `base`.
fn read_name(explicit: Element<'_>, base: Option<&[u8]>) -> Result<Vec<GeneralName>, Refusal> {
    let mut fields = explicit.reader();
    let choice = fields.any()?;
    fields.finish()?;
    if choice.tag() == tag::context_constructed(0) {
        return GeneralName::read_all(choice);
    }
    let Some(base) = base.filter(|_| choice.tag() == tag::context_constructed(1)) else {
        return Err(malformed(choice.start()));
    };
    let above = Reader::new(base).expect(tag::SEQUENCE)?.content();
    let relative = write(tag::SET, &[choice.content()]);
    let whole = write(tag::SEQUENCE, &[above, &relative]);
    name::check(Reader::new(&whole).any()?)?;
    Ok(vec![GeneralName::directory(whole)])
}

/// What a CRL covers: its issuing distribution point (5.2.5).
#[derive(Debug)]
pub(in crate::pki) struct Scope {
    /// Empty when the CRL is not bound to a point.
    pub(in crate::pki) names: Vec<GeneralName>,
    pub(in crate::pki) only_user_certificates: bool,
    pub(in crate::pki) only_ca_certificates: bool,
    pub(in crate::pki) only_attribute_certificates: bool,
    /// Which reasons it tells.
    pub(in crate::pki) reasons: Reasons,
    /// Whether it also lists certificates of other issuers.
    pub(in crate::pki) indirect: bool,
}

impl Scope {
    /// Without the extension: every certificate of the issuer, every reason.
    pub(in crate::pki) const EVERYTHING: Self = Self {
        names: Vec::new(),
        only_user_certificates: false,
        only_ca_certificates: false,
        only_attribute_certificates: false,
        reasons: Reasons::ALL,
        indirect: false,
    };

    /// Reads the extension's value. At most one of the three kinds of certificates may be named, and
    /// an empty sequence says nothing (5.2.5).
    pub(in crate::pki) fn read(value: Element<'_>, issuer: &[u8]) -> Result<Self, Refusal> {
        if value.tag() != tag::SEQUENCE || value.content().is_empty() {
            return Err(malformed(value.start()));
        }
        let mut fields = value.reader();
        let names = fields.optional(tag::context_constructed(0))?;
        let names = names.map(|name| read_name(name, Some(issuer))).transpose()?;
        let only_user_certificates = read_flag(&mut fields, 1)?;
        let only_ca_certificates = read_flag(&mut fields, 2)?;
        let reasons = fields.optional(tag::context(3))?.map(Reasons::read).transpose()?;
        let indirect = read_flag(&mut fields, 4)?;
        let only_attribute_certificates = read_flag(&mut fields, 5)?;
        fields.finish()?;
        let kinds = [only_user_certificates, only_ca_certificates, only_attribute_certificates];
        if kinds.iter().filter(|only| **only).count() > 1 {
            return Err(malformed(value.start()));
        }
        Ok(Self {
            names: names.unwrap_or_default(),
            only_user_certificates,
            only_ca_certificates,
            only_attribute_certificates,
            reasons: reasons.unwrap_or(Reasons::ALL),
            indirect,
        })
    }
}

/// `[number] IMPLICIT BOOLEAN DEFAULT FALSE`: FALSE is left out (X.690, 11.5). The gate does not see
/// through the tag.
fn read_flag(fields: &mut Reader<'_>, number: u8) -> Result<bool, Refusal> {
    match fields.optional(tag::context(number))? {
        None => Ok(false),
        Some(flag) if flag.content() == [0xff] => Ok(true),
        Some(flag) => Err(malformed(flag.start())),
    }
}

// Real certificates have one to three.
pub(in crate::pki) const POINTS_MAX: usize = 16;
