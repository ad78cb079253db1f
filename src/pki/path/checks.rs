//! The checks of one certificate that need no more than it and the profile.

use super::super::certificate::same_name;
use super::super::extension::{Extension, KeyUsage, oids};
use super::super::profile::{Conformance, Country, LeafCa, Profile};
use super::super::{Anchor, Certificate, Oid};
use super::failure::Step;
use crate::verdict::Code;

/// 6.1.4 (k) to (n): may this certificate issue, and how many below it?
pub(super) fn check_issuing(certificate: &Certificate, path_len: &mut u32) -> Result<(), Code> {
    let constraints = certificate.basic_constraints().filter(|constraints| constraints.ca);
    let constraints = constraints.ok_or(Code::ChainNotCa)?;
    if !certificate.is_self_issued() {
        *path_len = path_len.checked_sub(1).ok_or(Code::ChainPathLength)?;
    }
    *path_len = constraints.path_len.unwrap_or(u32::MAX).min(*path_len);
    match certificate.key_usage() {
        Some(usage) if !usage.contains(KeyUsage::KEY_CERT_SIGN) => Err(Code::ChainKeyUsage),
        _ => Ok(()),
    }
}

/// 6.1.4 (o) and 6.1.5 (f), and the constraints that are not processed.
pub(super) fn check_extensions(certificate: &Certificate, profile: &Profile) -> Result<(), Code> {
    // At most 64 extensions by the reader of certificates.
    for extension in certificate.extensions() {
        if CONSTRAINTS.contains(&extension.oid()) {
            return Err(Code::ChainUnsupported);
        }
        if extension.is_critical() && !profile.may_be_critical(extension.oid()) {
            return Err(Code::ChainCriticalExtension);
        }
    }
    Ok(())
}

/// What the profile says about the end entity.
pub(super) fn check_leaf(leaf: &Certificate, anchor: &Anchor) -> Result<(), (Code, Step)> {
    let profile = &anchor.profile;
    check_extensions(leaf, profile).map_err(|code| (code, Step::Extensions))?;
    let usage_is_critical = leaf.extension(&oids::KEY_USAGE).is_some_and(Extension::is_critical);
    let usage = leaf.key_usage().map(|usage| (usage, usage_is_critical));
    // Only a CA may have keyCertSign (4.2.1.9).
    let signs_certificates =
        leaf.key_usage().is_some_and(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN));
    if !profile.leaf_key_usage.admits(usage) || (signs_certificates && !leaf.is_ca()) {
        return Err((Code::ChainKeyUsage, Step::Profile));
    }
    if !profile.leaf_purpose.admits(leaf.extended_key_usage()) {
        return Err((Code::ChainPurpose, Step::Profile));
    }
    let ca_refused = profile.leaf_ca == LeafCa::Refused && leaf.is_ca();
    let complete = profile.leaf_required.iter().all(|oid| leaf.extension(oid).is_some());
    let country_holds = match profile.country {
        Country::Any => true,
        Country::AsAnchor => {
            leaf.subject_country().is_some()
                && leaf.subject_country() == anchor.certificate.subject_country()
        }
    };
    if ca_refused || !complete || !country_holds {
        return Err((Code::ChainProfile, Step::Profile));
    }
    Ok(())
}

/// 4.2.1.1 and 4.2.1.2 for a certificate below the anchor.
pub(super) fn check_conforming(certificate: &Certificate, profile: &Profile) -> Result<(), Code> {
    let lacks_issuer = certificate.authority_key_identifier().is_none();
    let lacks_own = certificate.is_ca() && certificate.subject_key_identifier().is_none();
    if profile.conformance == Conformance::Required && (lacks_issuer || lacks_own) {
        return Err(Code::ChainProfile);
    }
    Ok(())
}

/// 4.2.1.2 and 4.2.1.9 for the anchor. A self-signed one needs no authority key identifier.
pub(super) fn check_conforming_anchor(anchor: &Anchor) -> Result<(), Code> {
    let certificate = &anchor.certificate;
    let critical =
        certificate.extension(&oids::BASIC_CONSTRAINTS).is_some_and(Extension::is_critical);
    let lacks_own = certificate.subject_key_identifier().is_none();
    let cross_signed = !same_name(certificate.issuer_der(), certificate.subject_der());
    let lacks_issuer = cross_signed && certificate.authority_key_identifier().is_none();
    if anchor.profile.conformance == Conformance::Required
        && (!critical || lacks_own || lacks_issuer)
    {
        return Err(Code::ChainProfile);
    }
    Ok(())
}

const CONSTRAINTS: [&Oid; 4] = [
    &oids::NAME_CONSTRAINTS,
    &oids::POLICY_CONSTRAINTS,
    &oids::POLICY_MAPPINGS,
    &oids::INHIBIT_ANY_POLICY,
];
