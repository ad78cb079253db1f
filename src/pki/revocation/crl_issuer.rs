//! Who signed a CRL (RFC 5280, 6.3.3 (f) and (g)).

use super::check::{Answer, Check};
use crate::pki::certificate::same_name;
use crate::pki::extension::KeyUsage;
use crate::pki::{
    Anchor, Certificate, Country, Crl, LeafCa, LeafKeyUsage, Order, PathRequest, PresentedAnchor,
    Profile, Purpose, verify_path,
};
use crate::verdict::Code;
use std::sync::Arc;

impl Check<'_> {
    /// Finds the certificate whose key signed a list, and proves that it may.
    ///
    /// Looked for by the issuer's name, first in the path and its anchor, which were proved, then
    /// among the certificates of the evidence. Of the path counts only what stands above the
    /// certificate that is asked for: a revoked CA could certify a namesake of its issuer, as an end
    /// entity or beside the path, and have it say that the CA is good. One of the evidence must be
    /// certified by the anchor or by such a CA of the path, and be good by CRL itself: 6.3.3 (f) would take any path to the same anchor, and
    /// with it every other CA of the anchor, which could certify a namesake. While a
    /// CRL issuer is proved it counts as proved, so that a list may be the one that speaks for its
    /// own issuer; when that list revokes it, it does not.
    ///
    /// # Errors
    /// [`Code::RevocationUntrusted`], [`Code::RevocationSignature`], [`Code::RevocationAlgorithm`],
    /// [`Code::LimitWork`], codes of the issuer's key.
    pub(super) fn prove_issuer(&mut self, crl: &Crl) -> Result<Certificate, Code> {
        let request = self.request;
        let path = request.path;
        let above = path.certificates().iter().skip(self.above);
        let in_path = above.chain(std::iter::once(&path.anchor().certificate));
        let by_path = in_path.map(|certificate| (certificate, true));
        let by_evidence = request.evidence.certificates.iter().map(|one| (one, false));
        let mut failure = Code::RevocationUntrusted;
        // At most a path and `CERTIFICATES_MAX`.
        for (certificate, proved) in by_path.chain(by_evidence) {
            if !same_name(certificate.subject_der(), crl.issuer_der()) {
                continue;
            }
            // (f): "if a key usage extension is present".
            let usage = certificate.key_usage();
            if usage.is_some_and(|usage| !usage.contains(KeyUsage::CRL_SIGN)) {
                failure = Code::RevocationUntrusted;
                continue;
            }
            let rules = self.rules();
            let spend = &mut || self.work.spend_signature();
            match crl.verify_signature(certificate, rules, request.accepts, spend) {
                Ok(()) if proved || self.prove(certificate)? => return Ok(certificate.clone()),
                Ok(()) => failure = Code::RevocationUntrusted,
                Err(Code::LimitWork) => return Err(Code::LimitWork),
                Err(code) => failure = code,
            }
        }
        Err(failure)
    }

    /// Whether a path to the anchor holds and its certificates are good.
    fn prove(&mut self, certificate: &Certificate) -> Result<bool, Code> {
        let is_known = |known: &[Certificate]| known.contains(certificate);
        if is_known(&self.assumed) || is_known(&self.proved) {
            return Ok(true);
        }
        if self.assumed.len() >= ISSUERS_DEPTH_MAX {
            return Ok(false);
        }
        self.work.spend_search()?;
        let request = self.request;
        // Only CAs of the path itself may have certified it, see above.
        let above = request.path.certificates().iter().skip(self.above);
        let above = above.filter(|one| *one != certificate);
        let presented: Vec<Certificate> =
            std::iter::once(certificate).chain(above).take(CANDIDATES_MAX).cloned().collect();
        let anchors = [without_leaf_rules(request.path.anchor())];
        let accepts = request.accepts;
        let asked = PathRequest::new(&presented, Order::Unordered, &anchors, request.now, accepts);
        let path = match verify_path(&asked) {
            Ok(path) => path,
            Err(refusal) if refusal.code() == Code::LimitWork => return Err(Code::LimitWork),
            Err(_) => return Ok(false),
        };
        self.assumed.push(certificate.clone());
        let good = self.all_good(path.certificates());
        self.assumed.pop();
        if good? {
            self.proved.push(certificate.clone());
            return Ok(true);
        }
        Ok(false)
    }

    fn all_good(&mut self, certificates: &[Certificate]) -> Result<bool, Code> {
        // At most as many as a path has.
        for certificate in certificates {
            if self.request.path.certificates().contains(certificate) {
                continue;
            }
            match self.by_crl(certificate) {
                Ok(Answer::Good { .. }) => {}
                Ok(_) => return Ok(false),
                Err(refusal) => return Err(refusal.code()),
            }
        }
        Ok(true)
    }
}

/// The same anchor with RFC 5280 alone for the end entity: a CRL issuer is none of the certificates
/// that a profile describes.
fn without_leaf_rules(anchor: &Anchor) -> Anchor {
    let profile = Profile {
        presented_anchor: PresentedAnchor::Ignored,
        leaf_key_usage: LeafKeyUsage::Any,
        leaf_purpose: Purpose::Any,
        leaf_ca: LeafCa::Allowed,
        leaf_required: Vec::new(),
        country: Country::Any,
        ..(*anchor.profile).clone()
    };
    Anchor { profile: Arc::new(profile), ..anchor.clone() }
}

// A CRL issuer whose own status is told by another CRL issuer, and once more.
const ISSUERS_DEPTH_MAX: usize = 3;

// What a path search takes in any order.
const CANDIDATES_MAX: usize = 16;
