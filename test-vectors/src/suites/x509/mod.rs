//! Suites about certification paths, and the question that all of them ask.

pub(super) mod limbo;
mod lines;
pub(super) mod pkits;

pub(crate) use lines::Line;

use eid_broker::UnixTime;
use eid_broker::crypto::{PublicKey, Scheme};
use eid_broker::pki::{
    Anchor, Certificate, Crl, Evidence, Methods, Order, PathRequest, PeerName, Profile,
    RevocationRequest, RevocationRule, RevocationRules, Standing, Trust, check_revocation,
    verify_path,
};
use eid_broker::verdict::{Code, Refusal};
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::Arc;

/// One question about a path.
pub(crate) struct Question {
    pub(crate) profile: Profile,
    /// End entity first, DER; the others in any order.
    pub(crate) presented: Vec<Vec<u8>>,
    /// DER.
    pub(crate) anchors: Vec<Vec<u8>>,
    /// DER.
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) revocation: Revocation,
    pub(crate) peer: Option<Peer>,
    pub(crate) max_intermediates: Option<usize>,
    pub(crate) now: UnixTime,
}

/// Whether the certificates below the anchor need a CRL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Revocation {
    NotAsked,
    Required,
}

/// The expected peer, as limbo and the line protocol write it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Peer {
    kind: PeerKind,
    value: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum PeerKind {
    #[serde(rename = "DNS")]
    Dns,
    #[serde(rename = "IP")]
    Ip,
    #[serde(rename = "RFC822")]
    Rfc822,
}

impl Question {
    /// Whether the path holds, no certificate of it is revoked, and it names the peer.
    pub(crate) fn ask(&self) -> Result<(), Code> {
        let mut fault = None;
        let anchors = self.anchors(&mut fault)?;
        let presented = self.presented(&mut fault)?;
        let accepts = |_: Scheme, _: &PublicKey| Ok(());
        let request = PathRequest::new(&presented, Order::Unordered, &anchors, self.now, &accepts);
        let path = verify_path(&request).map_err(|refusal| match (refusal.code(), fault) {
            // What could not be read may be what is missing.
            (Code::KeyUntrusted, Some(fault)) => fault,
            (code, _) => code,
        })?;
        if self.revocation == Revocation::Required {
            self.ask_revocation(&path, &presented, &accepts)?;
        }
        match (&self.peer, presented.first()) {
            (Some(peer), Some(leaf)) => peer.check(leaf),
            _ => Ok(()),
        }
    }

    fn anchors(&self, fault: &mut Option<Code>) -> Result<Vec<Anchor>, Code> {
        let mut profile = self.profile.clone();
        if let (Some(most), Trust::Authority { max_intermediates }) =
            (self.max_intermediates, &mut profile.trust)
        {
            *max_intermediates = most;
        }
        let profile = Arc::new(profile);
        let read = readable(&self.anchors, fault);
        // Only anchors that cannot be read: that is why there is no path.
        if read.is_empty() && fault.is_some() {
            return Err(fault.unwrap_or(Code::Internal));
        }
        let label: Arc<str> = "suite".into();
        let anchor =
            |certificate| Anchor::new(certificate, Arc::clone(&profile), Arc::clone(&label));
        Ok(read.into_iter().map(anchor).collect())
    }

    /// The end entity must be readable; another certificate that is not is of no use to the path.
    fn presented(&self, fault: &mut Option<Code>) -> Result<Vec<Certificate>, Code> {
        let code = |refusal: Refusal| refusal.code();
        let (leaf, others) = self.presented.split_first().ok_or(Code::MisuseArgument)?;
        let mut presented = vec![Certificate::parse(leaf).map_err(code)?];
        for other in readable(others, fault) {
            // Suites name a certificate twice where their files do.
            if !presented.contains(&other) {
                presented.push(other);
            }
        }
        Ok(presented)
    }

    fn ask_revocation(
        &self,
        path: &eid_broker::pki::ValidatedPath,
        presented: &[Certificate],
        accepts: &dyn Fn(Scheme, &PublicKey) -> Result<(), Code>,
    ) -> Result<(), Code> {
        let mut fault = None;
        let mut crls = Vec::new();
        for der in &self.crls {
            match Crl::parse(der) {
                Ok(crl) => crls.push(crl),
                Err(refusal) => fault = fault.or(Some(refusal.code())),
            }
        }
        let mut rules = RevocationRules::new(RevocationRule::Require);
        rules.methods = Methods::Crl;
        let mut evidence = Evidence::crls(&crls);
        evidence.certificates = presented;
        let request = RevocationRequest::new(path, evidence, &rules, self.now, accepts);
        match check_revocation(&request) {
            Ok(Standing::Good(_)) => Ok(()),
            // Nothing can be fetched here.
            Ok(Standing::Needs(_)) => Err(fault.unwrap_or(Code::StatusUnavailable)),
            Ok(Standing::NotAsked) => Err(Code::Internal),
            Err(refusal) if refusal.code() == Code::StatusUnavailable => {
                Err(fault.unwrap_or(Code::StatusUnavailable))
            }
            Err(refusal) => Err(refusal.code()),
        }
    }
}

fn readable(ders: &[Vec<u8>], fault: &mut Option<Code>) -> Vec<Certificate> {
    let mut read = Vec::new();
    for der in ders {
        match Certificate::parse(der) {
            Ok(certificate) => read.push(certificate),
            Err(refusal) => *fault = fault.or(Some(refusal.code())),
        }
    }
    read
}

impl Peer {
    fn check(&self, leaf: &Certificate) -> Result<(), Code> {
        let bytes: Vec<u8>;
        let name = match self.kind {
            PeerKind::Dns => PeerName::Dns(&self.value),
            PeerKind::Rfc822 => PeerName::Email(&self.value),
            PeerKind::Ip => {
                bytes = match self.value.parse().map_err(|_| Code::MisuseArgument)? {
                    IpAddr::V4(address) => address.octets().to_vec(),
                    IpAddr::V6(address) => address.octets().to_vec(),
                };
                PeerName::Ip(&bytes)
            }
        };
        name.check(leaf, &is_public_suffix)
    }
}

/// By the list of Mozilla, its part about registries; a single label is one whatever it is.
fn is_public_suffix(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let suffix = psl::suffix(name.as_bytes());
    !name.contains('.')
        || suffix.is_some_and(|suffix| {
            suffix.typ() == Some(psl::Type::Icann) && suffix.as_bytes() == name.as_bytes()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_public_suffixes_of_one_and_of_several_labels() {
        for suffix in ["com", "co.uk", "CO.UK", "kawasaki.jp", "no-such-tld"] {
            // `*.kawasaki.jp` is a rule; the name itself is not registrable either.
            assert_eq!(is_public_suffix(suffix), suffix != "kawasaki.jp", "{suffix}");
        }
        assert!(is_public_suffix("x.kawasaki.jp"));
        for name in ["example.com", "example.co.uk", "city.kawasaki.jp", "s3.amazonaws.com"] {
            assert!(!is_public_suffix(name), "{name}");
        }
    }
}
