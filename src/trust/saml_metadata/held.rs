//! What a source holds of one issuer or list, built from its files without any clock.

use super::finding::MetadataFinding;
use super::service_list::ServiceList;
use super::signed::{Signers, Window};
use super::timeline::Timeline;
use super::{SamlIssuer, verify};
use crate::UnixTime;
use crate::pki::Certificate;
use crate::trust::{AnchorRule, SamlMetadataConfig, SamlServiceListConfig};
use crate::verdict::{Code, Place, Refusal};
use std::sync::Arc;

/// One issuer of SAML messages, at any time.
#[derive(Clone, Debug)]
pub(in crate::trust) struct Held {
    timeline: Timeline,
    valid_until: Option<UnixTime>,
    cache_duration_s: Option<u64>,
    findings: Vec<MetadataFinding>,
}

/// A service list, at any time, and while it may be used.
#[derive(Clone, Debug)]
pub(in crate::trust) struct HeldList {
    list: ServiceList,
}

/// The list by which the signers of metadata are known, and the time in which its source is used.
#[derive(Clone, Copy, Debug)]
pub(in crate::trust) struct ListInUse<'l> {
    pub(in crate::trust) list: &'l HeldList,
    pub(in crate::trust) from: UnixTime,
    pub(in crate::trust) until: Option<UnixTime>,
}

impl Held {
    pub(super) const fn pinned(timeline: Timeline) -> Self {
        Self { timeline, valid_until: None, cache_duration_s: None, findings: Vec::new() }
    }

    /// Reads signed metadata. With `now` the times are checked as they are when it is taken over;
    /// without, they say when it is usable.
    ///
    /// # Errors
    /// As [`super::verify`].
    pub(in crate::trust) fn metadata(
        config: &SamlMetadataConfig,
        rule: &Arc<AnchorRule>,
        octets: &[u8],
        trust: SignerTrust<'_>,
        digest: [u8; 32],
        now: Option<UnixTime>,
    ) -> Result<Self, Refusal> {
        let mut rules = config.rules.clone();
        rules.country = rule.country;
        let (signers, bounds) = match trust {
            SignerTrust::Signers(signers) => (signers, vec![Window::EVER]),
            SignerTrust::List(ListInUse { list, from, until }) => {
                let mut entry = list.list.entry(&config.entity_id)?;
                if rules.country.is_some_and(|country| country != entry.territory) {
                    return Err(Refusal::new(Code::MetadataCountry, Place::part("service-list")));
                }
                rules.country = Some(entry.territory);
                let used = Window { from, to: until.unwrap_or(UnixTime::MAX) };
                let bounds: Vec<Window> =
                    list.list.believed.iter().map(|window| window.within(used)).collect();
                if now.is_some_and(|now| !bounds.iter().any(|bound| bound.holds(now))) {
                    return Err(Refusal::new(Code::TrustStale, Place::part("service-list")));
                }
                // A damaged key of one signer does not take the others.
                entry.signers.retain(|certificate| certificate.public_key().is_ok());
                (Signers::pinned(entry.signers)?, bounds)
            }
        };
        let read = verify::read(octets, &signers, &config.entity_id, &rules, &bounds, now)?;
        let mut facts = read.facts;
        facts.ecdsa_der = config.ecdsa_der;
        let rule = match rule.country {
            Some(_) => Arc::clone(rule),
            None => Arc::new(AnchorRule { country: facts.country, ..AnchorRule::clone(rule) }),
        };
        let timeline = Timeline::new(&facts, &rule, digest)?;
        let (valid_until, cache_duration_s) = (read.valid_until, read.cache_duration_s);
        Ok(Self { timeline, valid_until, cache_duration_s, findings: read.findings })
    }

    pub(in crate::trust) fn entity_id(&self) -> &str {
        self.timeline.entity_id()
    }

    pub(in crate::trust) fn issuer(&self, now: UnixTime) -> Option<&SamlIssuer> {
        self.timeline.issuer(now)
    }

    /// As [`Timeline::bound`].
    pub(in crate::trust) fn bound(&self, now: UnixTime) -> Option<UnixTime> {
        self.timeline.bound(now)
    }

    /// Every certificate of a signing key, usable or not.
    pub(in crate::trust) fn certificates(&self) -> &[Certificate] {
        self.timeline.certificates()
    }

    pub(in crate::trust) const fn valid_until(&self) -> Option<UnixTime> {
        self.valid_until
    }

    pub(in crate::trust) const fn cache_duration_s(&self) -> Option<u64> {
        self.cache_duration_s
    }

    pub(in crate::trust) fn findings(&self) -> &[MetadataFinding] {
        &self.findings
    }
}

/// Who signs the metadata of a source.
#[derive(Clone, Debug)]
pub(in crate::trust) enum SignerTrust<'l> {
    List(ListInUse<'l>),
    Signers(Signers),
}

impl HeldList {
    /// # Errors
    /// As [`ServiceList::verify`].
    pub(in crate::trust) fn read(
        config: &SamlServiceListConfig,
        octets: &[u8],
        signers: &Signers,
        now: Option<UnixTime>,
    ) -> Result<Self, Refusal> {
        Ok(Self { list: ServiceList::read(octets, signers, &config.rules, now)? })
    }

    pub(in crate::trust) const fn list(&self) -> &ServiceList {
        &self.list
    }

    pub(in crate::trust) fn is_believed(&self, now: UnixTime) -> bool {
        self.list.believed.iter().any(|window| window.holds(now))
    }

    /// The last second in which it is believed.
    pub(in crate::trust) fn until(&self) -> Option<UnixTime> {
        self.list.believed.iter().map(|window| window.to).max()
    }

    /// The end that passed, else the begin that lies ahead.
    pub(in crate::trust) fn bound(&self, now: UnixTime) -> UnixTime {
        let ended = self.list.believed.iter().map(|window| window.to).filter(|to| *to < now).max();
        let begins = || self.list.believed.iter().map(|window| window.from).min();
        ended.or_else(begins).unwrap_or(self.list.next_update)
    }
}
