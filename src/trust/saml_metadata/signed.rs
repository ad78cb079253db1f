//! From octets to what a pinned signer put his name under: the canonical octets, and while whose
//! word it is.

use super::names::{DS, MD, SERVICE_LIST, at, certificates_der, parse_certificate};
use super::rules::MetadataRules;
use crate::UnixTime;
use crate::crypto::{PublicKey, Scheme};
use crate::envelope::xml::signature::{SignatureRules, Signed, verify_enveloped};
use crate::envelope::xml::{Document, Element, Limits};
use crate::pki::{
    self, Anchor, Certificate, LeafCa, LeafKeyUsage, Order, PathRequest, Profile, verify_path,
};
use crate::verdict::{Code, Detail, Place, Refusal};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who may sign a document: certificates of signers themselves, or of authorities below which
/// signers stand. Never a key of the document.
#[derive(Clone, Debug, Default)]
pub struct Signers {
    pinned: Vec<Certificate>,
    authorities: Vec<Anchor>,
}

impl Signers {
    /// These signers and no others.
    ///
    /// # Errors
    /// [`Code::LimitCount`] for more than four keys, and as [`Certificate::public_key`].
    pub fn pinned(certificates: Vec<Certificate>) -> Result<Self, Refusal> {
        let mut keys: Vec<&PublicKey> = Vec::new();
        for (index, certificate) in certificates.iter().enumerate() {
            let key = certificate.public_key();
            let key = key.map_err(|code| Refusal::new(code, Place::nth("signer", index)))?;
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        limit(keys.len(), MAX_SIGNERS, "signer")?;
        Ok(Self { pinned: certificates, authorities: Vec::new() })
    }

    /// Whoever has a certificate below one of these authorities: up to four intermediates, an end
    /// entity that is no CA and, where it has key usage, may sign.
    ///
    /// # Errors
    /// [`Code::LimitCount`] for more than four.
    pub fn below(authorities: Vec<Certificate>) -> Result<Self, Refusal> {
        limit(authorities.len(), MAX_SIGNERS, "signer-ca")?;
        let mut profile = Profile::general(pki::Purpose::Any);
        profile.name = "saml-metadata";
        profile.trust = pki::Trust::Authority { max_intermediates: 4 };
        profile.conformance = pki::Conformance::NotRequired;
        profile.leaf_key_usage = LeafKeyUsage::DigitalSignatureIfPresent;
        profile.leaf_ca = LeafCa::Refused;
        let profile = Arc::new(profile);
        let anchor =
            |certificate| Anchor::new(certificate, Arc::clone(&profile), "signer-ca".into());
        Ok(Self { pinned: Vec::new(), authorities: authorities.into_iter().map(anchor).collect() })
    }

    /// Every certificate, of signers and of authorities.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.pinned.iter().chain(self.authorities.iter().map(|anchor| &anchor.certificate))
    }

    // The keys that may have signed, each with the times in which that is the word of a signer.
    fn candidates(
        &self,
        root: Element<'_, '_>,
        rules: &MetadataRules,
    ) -> Result<Vec<Candidate>, Refusal> {
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut add = |key: &PublicKey, window: Window| match candidates
            .iter_mut()
            .find(|candidate| candidate.key == *key)
        {
            Some(candidate) => candidate.windows.push(window),
            None => {
                candidates.push(Candidate { key: key.clone(), windows: vec![window] });
            }
        };
        for certificate in &self.pinned {
            let key = certificate.public_key().map_err(Refusal::from)?;
            let window = Window { from: certificate.not_before(), to: certificate.not_after() };
            add(key, window);
        }
        if !self.authorities.is_empty() {
            for path in self.paths(root, rules)? {
                let window = Window { from: path.not_before(), to: path.not_after() };
                add(path.leaf_key(), window);
            }
        }
        candidates.truncate(MAX_SIGNERS);
        Ok(candidates)
    }

    // The signature brings its chain, in any order and with one more than it needs. It is only a
    // hint: what counts is that it leads to an authority.
    fn paths(
        &self,
        root: Element<'_, '_>,
        rules: &MetadataRules,
    ) -> Result<Vec<pki::ValidatedPath>, Refusal> {
        let signature = root.children().find(|child| child.is(DS, "Signature"));
        let key_info = signature.and_then(|s| s.children().find(|child| child.is(DS, "KeyInfo")));
        let Some(key_info) = key_info else { return Ok(Vec::new()) };
        let mut presented = Vec::new();
        for der in certificates_der(key_info)? {
            // What cannot be read cannot lead anywhere.
            let Ok(certificate) = parse_certificate(&der) else { continue };
            if !presented.contains(&certificate) {
                presented.push(certificate);
            }
        }
        let accepts = |scheme: Scheme, key: &PublicKey| match scheme {
            Scheme::DangerRsaPkcs1Sha1 => Err(Code::ChainAlgorithm),
            Scheme::Ecdsa { .. }
            | Scheme::Ed25519
            | Scheme::RsaPkcs1 { .. }
            | Scheme::RsaPss { .. } => {
                rules.check_size(key, Place::NONE).map_err(|refusal| refusal.code())
            }
        };
        // A path is valid, if ever, when the last of its certificates begins.
        let authorities = self.authorities.iter().map(|anchor| &anchor.certificate);
        let begins: BTreeSet<UnixTime> =
            presented.iter().chain(authorities).map(Certificate::not_before).collect();
        let mut paths = Vec::new();
        for index in 0..presented.len() {
            let mut chain = presented.clone();
            chain.swap(0, index);
            if chain.first().is_none_or(Certificate::is_ca) {
                continue;
            }
            let at = |now: UnixTime| {
                let order = Order::Unordered;
                verify_path(&PathRequest::new(&chain, order, &self.authorities, now, &accepts))
            };
            paths.extend(begins.iter().rev().find_map(|begin| at(*begin).ok()));
        }
        Ok(paths)
    }
}

struct Candidate {
    key: PublicKey,
    windows: Vec<Window>,
}

/// A time in which something is believed, both ends included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Window {
    pub(super) from: UnixTime,
    pub(super) to: UnixTime,
}

impl Window {
    pub(super) const EVER: Self = Self { from: UnixTime::from_secs(0), to: UnixTime::MAX };

    pub(super) fn holds(&self, now: UnixTime) -> bool {
        self.from <= now && now <= self.to
    }

    pub(super) fn within(&self, other: Self) -> Self {
        Self { from: self.from.max(other.from), to: self.to.min(other.to) }
    }
}

/// What was signed, and the times in which it is the word of a signer.
pub(super) struct Opened {
    pub(super) signed: Signed,
    pub(super) windows: Vec<Window>,
}

/// What kind of document is meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// `EntityDescriptor` or `EntitiesDescriptor`; the signature is the first child.
    Metadata,
    /// `MetadataServiceList`; the signature is the last child.
    ServiceList,
}

impl Kind {
    fn is_root(self, root: Element<'_, '_>) -> bool {
        match self {
            Self::Metadata => root.is(MD, "EntityDescriptor") || root.is(MD, "EntitiesDescriptor"),
            Self::ServiceList => root.is(SERVICE_LIST, "MetadataServiceList"),
        }
    }
}

/// Verifies the enveloped signature of the root.
///
/// # Errors
/// As [`Document::parse`] and [`verify_enveloped`]; [`Code::MetadataStructure`] for another root,
/// [`Code::MetadataUntrusted`] without signature and for one that none of the signers made.
pub(super) fn open(
    octets: &[u8],
    limits: &Limits,
    kind: Kind,
    signers: &Signers,
    rules: &MetadataRules,
) -> Result<Opened, Refusal> {
    let document = Document::parse(octets, limits)?;
    let root = document.root();
    if !kind.is_root(root) {
        return Err(at(Code::MetadataStructure, root));
    }
    let candidates = signers.candidates(root, rules)?;
    let keys: Vec<PublicKey> = candidates.iter().map(|candidate| candidate.key.clone()).collect();
    if keys.is_empty() || !root.children().any(|child| child.is(DS, "Signature")) {
        return Err(at(Code::MetadataUntrusted, root));
    }
    let accepts = |method, key: &PublicKey| rules.accepts(method, key);
    let rules_of_form = SignatureRules::new(&accepts, &rules.digests).with_empty_reference();
    let rules_of_form = match kind {
        Kind::Metadata => rules_of_form,
        Kind::ServiceList => rules_of_form.with_any_position(),
    };
    // Nobody learns whether the key or the signature was wrong.
    let signed = verify_enveloped(root, &keys, &rules_of_form).map_err(|refusal| {
        let untrusted = matches!(refusal.code(), Code::SigInvalid);
        if untrusted { at(Code::MetadataUntrusted, root) } else { refusal }
    })?;
    let limit = rules.method_until(signed.method()).unwrap_or(UnixTime::MAX);
    let signer = candidates.into_iter().nth(signed.key());
    let windows = signer.map(|signer| signer.windows).unwrap_or_default();
    let cut = Window { from: UnixTime::from_secs(0), to: limit };
    Ok(Opened { signed, windows: windows.iter().map(|window| window.within(cut)).collect() })
}

/// # Errors
/// [`Code::ChainExpired`] or [`Code::ChainNotYetValid`] when `now` is in none of the windows.
pub(super) fn check_windows(windows: &[Window], now: UnixTime) -> Result<(), Refusal> {
    if windows.iter().any(|window| window.holds(now)) {
        return Ok(());
    }
    let ended = windows.iter().map(|window| window.to).filter(|to| *to < now).max();
    let (code, bound) = match ended {
        Some(to) => (Code::ChainExpired, to),
        None => {
            let begin = windows.iter().map(|window| window.from).min();
            (Code::ChainNotYetValid, begin.unwrap_or(now))
        }
    };
    let refusal = Refusal::new(code, Place::part("signer"));
    Err(refusal.with(Detail::Time { bound: bound.secs(), now: now.secs() }))
}

fn limit(found: usize, limit: usize, part: &'static str) -> Result<(), Refusal> {
    if found <= limit {
        return Ok(());
    }
    Err(Refusal::new(Code::LimitCount, Place::part(part)).with(Detail::limit(limit, found)))
}

// As many as a signature is tried with.
const MAX_SIGNERS: usize = 4;
