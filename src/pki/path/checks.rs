//! The checks of one certificate that need no more than it and the profile.

use super::super::extension::{Extension, KeyUsage, oids};
use super::super::policy;
use super::super::profile::{CaFalse, Conformance, Country, LeafCa, Profile, WebPki};
use super::super::{Anchor, Certificate, Oid};
use super::failure::Step;
use super::web_pki;
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

/// 6.1.4 (o) and 6.1.5 (f).
pub(super) fn check_extensions(certificate: &Certificate, profile: &Profile) -> Result<(), Code> {
    let processed = |oid: &Oid| profile.may_be_critical(oid) || CONSTRAINTS.contains(&oid);
    // At most 64 extensions by the reader of certificates.
    let all = certificate.extensions();
    if all.iter().any(|extension| extension.is_critical() && !processed(extension.oid())) {
        return Err(Code::ChainCriticalExtension);
    }
    Ok(())
}

/// What the profile says about the end entity.
pub(super) fn check_leaf(leaf: &Certificate, anchor: &Anchor) -> Result<(), (Code, Step)> {
    let profile = &anchor.profile;
    if leaf.has_ca_false_written() && profile.ca_false == CaFalse::LeftOut {
        return Err((Code::CertMalformed, Step::Extensions));
    }
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
    if is_denied(leaf, profile) {
        return Err((Code::ChainPolicyDenied, Step::Profile));
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
    let web_holds = profile.web_pki == WebPki::NotChecked || web_pki::leaf_holds(leaf);
    if ca_refused || !complete || !country_holds || !web_holds {
        return Err((Code::ChainProfile, Step::Profile));
    }
    Ok(())
}

fn is_denied(leaf: &Certificate, profile: &Profile) -> bool {
    let denied = |policy: &[u8]| profile.denied_policies.iter().any(|oid| oid.as_bytes() == policy);
    !profile.denied_policies.is_empty()
        && leaf
            .extension_value(&oids::CERTIFICATE_POLICIES)
            .is_some_and(|der| policy::policies(der).any(denied))
}

/// What the profile says about every certificate below the anchor.
pub(super) fn check_conforming(certificate: &Certificate, profile: &Profile) -> Result<(), Code> {
    let lacks_issuer = certificate.authority_key_identifier().is_none();
    let lacks_own = certificate.is_ca() && certificate.subject_key_identifier().is_none();
    let conforms = !lacks_issuer && !lacks_own && demands_are_critical(certificate);
    if profile.conformance == Conformance::Required && !conforms {
        return Err(Code::ChainProfile);
    }
    if profile.web_pki == WebPki::Checked && !web_pki::key_holds(certificate) {
        return Err(Code::ChainProfile);
    }
    Ok(())
}

/// The same for the anchor. A self-signed one needs no authority key identifier.
pub(super) fn check_conforming_anchor(anchor: &Anchor) -> Result<(), Code> {
    let certificate = &anchor.certificate;
    let critical =
        certificate.extension(&oids::BASIC_CONSTRAINTS).is_some_and(Extension::is_critical);
    let lacks_own = certificate.subject_key_identifier().is_none();
    let cross_signed = !certificate.is_self_issued();
    let lacks_issuer = cross_signed && certificate.authority_key_identifier().is_none();
    let conforms = critical && !lacks_own && !lacks_issuer && demands_are_critical(certificate);
    if anchor.profile.conformance == Conformance::Required && !conforms {
        return Err(Code::ChainProfile);
    }
    if anchor.profile.web_pki == WebPki::Checked
        && !(web_pki::anchor_holds(certificate) && web_pki::key_holds(certificate))
    {
        return Err(Code::ChainProfile);
    }
    Ok(())
}

/// 4.2.1.11 and 4.2.1.14: whoever does not know these extensions must not go on.
fn demands_are_critical(certificate: &Certificate) -> bool {
    [&oids::POLICY_CONSTRAINTS, &oids::INHIBIT_ANY_POLICY]
        .into_iter()
        .all(|oid| certificate.extension(oid).is_none_or(Extension::is_critical))
}

// Processed in every path, whatever the profile.
const CONSTRAINTS: [&Oid; 4] = [
    &oids::NAME_CONSTRAINTS,
    &oids::POLICY_CONSTRAINTS,
    &oids::POLICY_MAPPINGS,
    &oids::INHIBIT_ANY_POLICY,
];
