//! How signed documents are kept fresh, in three steps of which this library does the first and the
//! last: [`TrustStore::plan`] says what to fetch, the host fetches or a person brings it, and
//! [`TrustStore::apply`] verifies the answers and gives the next store. The old one stays usable.

use super::saml_metadata::{Held, HeldList};
use super::source::{Content, read_signed};
use super::{KindConfig, Material, SignedBy, Source, SourceConfig, SourceKind, TrustStore};
use crate::UnixTime;
use crate::config::is_endpoint_url;
use crate::envelope::xml::Limits;
use crate::verdict::{Code, Detail, Place, Refusal};
use std::collections::BTreeMap;

/// A document that the host should get. The library opens no connection of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct FetchRequest {
    /// Name of the source that it is for.
    pub source: String,
    /// Absolute https URL, from the configuration or from a verified list. Redirections need not be
    /// followed: what comes is believed by its signature alone.
    pub url: String,
    /// Largest answer that will be looked at, in bytes.
    pub max_len: usize,
    /// Why now.
    pub due: Due,
}

/// Why a document is to be fetched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Due {
    /// Nothing usable is held: no file, a damaged one, or one that is past its time.
    Missing,
    /// It is usable until the bound, and old enough to be fetched again.
    Refresh {
        /// The last second in which it is used.
        until: Option<UnixTime>,
    },
}

/// What became of the documents that were brought.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Applied {
    /// The next store: the sources of accepted documents hold them, the others what they held.
    pub store: TrustStore,
    /// One for each answer, in the order of `trust.toml`, names that it does not have last.
    pub changes: Vec<(String, Result<Change, Refusal>)>,
}

/// A document that was accepted.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The file that it belongs into, as written in `trust.toml`.
    pub file: String,
    /// The document.
    pub octets: Vec<u8>,
    /// Whether it is the very document that is held.
    pub is_held: bool,
    /// The last second in which the source is used with it; `None` without end.
    pub until: Option<UnixTime>,
}

impl TrustStore {
    /// What to fetch at `now`.
    ///
    /// A document is due when nothing usable is held; when it is older than its `cacheDuration`; and
    /// when half of its time is over, from the taking over to the end. Without a time of taking over
    /// the last twelve hours count as the second half.
    ///
    /// * `taken_at`: when the document of a source was taken over, by name of the source. It only
    ///   moves what is asked for, never what is believed.
    #[must_use]
    pub fn plan(&self, taken_at: &BTreeMap<String, UnixTime>, now: UnixTime) -> Vec<FetchRequest> {
        let signed = self.sources().iter().filter(|source| source.kind().is_signed());
        let due = signed.filter_map(|source| {
            let due = due(source, taken_at.get(&source.config().name).copied(), now)?;
            Some((source, due))
        });
        due.filter_map(|(source, due)| {
            let (name, url) = (source.config().name.clone(), self.url(source)?);
            Some(FetchRequest { source: name, url, max_len: MAX_DOCUMENT_BYTES, due })
        })
        .collect()
    }

    /// Verifies documents that were fetched or brought by hand, lists first, and gives the next
    /// store. Each is judged by itself; what is refused changes nothing.
    ///
    /// * `answers`: by name of the source.
    ///
    /// The refusals: those of [`super::saml_metadata::verify`] and of
    /// [`super::saml_metadata::ServiceList::verify`]; [`Code::MetadataRollback`] when the document
    /// that is held ends later, or was issued later; [`Code::TrustMissing`] when the files of its
    /// signers or its list are not there; [`Code::MisuseArgument`] for a name that is no source of a
    /// signed document.
    #[must_use]
    pub fn apply(&self, answers: &BTreeMap<String, Vec<u8>>, now: UnixTime) -> Applied {
        let mut store = self.clone();
        let mut results: BTreeMap<&str, Result<Change, Refusal>> = BTreeMap::new();
        let is_list = |source: &&Source| source.kind() == SourceKind::SamlServiceList;
        let (lists, others): (Vec<_>, Vec<_>) = self.sources().iter().partition(is_list);
        for source in lists.into_iter().chain(others) {
            let name = source.config().name.as_str();
            let Some(octets) = answers.get(name) else { continue };
            let result = store.take(source.config(), octets, now);
            if let Ok(change) = &result
                && !change.is_held
            {
                store = store.with_document(name, &change.file, octets);
            }
            results.insert(name, result);
        }
        let order = self.sources().iter().map(|source| source.config().name.as_str());
        let mut changes: Vec<(String, Result<Change, Refusal>)> =
            order.filter_map(|name| Some((name.to_owned(), results.remove(name)?))).collect();
        let unknown =
            answers.keys().filter(|name| !changes.iter().any(|(known, _)| known == *name));
        let unknown: Vec<String> = unknown.cloned().collect();
        let misuse = || Err(Refusal::new(Code::MisuseArgument, Place::part("trust-source")));
        changes.extend(unknown.into_iter().map(|name| (name, misuse())));
        Applied { store, changes }
    }

    // One document against what is held.
    fn take(&self, config: &SourceConfig, octets: &[u8], now: UnixTime) -> Result<Change, Refusal> {
        let [file] = config.files.as_slice() else {
            return Err(Refusal::from(Code::MisuseArgument));
        };
        let mut files: Vec<(&str, &[u8])> = vec![(file, octets)];
        for name in config.all_files().skip(1) {
            match self.signed_files().get(name) {
                Some(Material::Bytes(bytes)) => files.push((name, bytes)),
                Some(Material::Unreadable(_)) => return Err(missing(Code::TrustUnparseable)),
                Some(Material::Absent) | None => return Err(missing(Code::TrustMissing)),
            }
        }
        let lists = self.sources().iter().filter(|s| s.kind() == SourceKind::SamlServiceList);
        let lists: Vec<Source> = lists.cloned().collect();
        let next = read_signed(config, &files, &lists, Some(now))?;
        let held = self.sources().iter().find(|source| source.config().name == config.name);
        let until = match &next {
            Content::Saml(next) => {
                check_rollback(held.and_then(Source::saml), next)?;
                // A document whose keys all ended is of no use, whatever its own dates say.
                if next.issuer(now).is_none() {
                    let bound = next.bound(now).unwrap_or(now);
                    let detail = Detail::Time { bound: bound.secs(), now: now.secs() };
                    let place = Place::part("metadata");
                    return Err(Refusal::new(Code::MetadataKeyUse, place).with(detail));
                }
                next.bound(now)
            }
            Content::ServiceList(next) => {
                check_list_rollback(held.and_then(Source::service_list), next)?;
                next.until()
            }
            Content::Rejected(reason) => return Err(*reason),
            // The list that would name the signers is not there.
            Content::Absent | Content::Certificates(_) | Content::Keys(_) => {
                return Err(missing(Code::TrustMissing));
            }
        };
        let is_held = matches!(
            self.signed_files().get(file),
            Some(Material::Bytes(bytes)) if bytes == octets
        );
        Ok(Change { file: file.clone(), octets: octets.to_vec(), is_held, until })
    }

    // Where the document of a source lies.
    fn url(&self, source: &Source) -> Option<String> {
        let (url, entity_id, signed_by) = match &source.config().kind {
            KindConfig::SamlMetadata(metadata) => {
                (&metadata.url, Some(&metadata.entity_id), &metadata.signed_by)
            }
            KindConfig::SamlServiceList(list) => (&list.url, None, &list.signed_by),
            KindConfig::Jwks { .. } | KindConfig::SamlPinned(_) | KindConfig::X509 { .. } => {
                return None;
            }
        };
        let listed = || {
            let SignedBy::ServiceList(name) = signed_by else { return None };
            let list = self.sources().iter().find(|source| source.config().name == *name)?;
            Some(list.service_list()?.list().entry(entity_id?).ok()?.location)
        };
        // The entity ID of a node is the place of its metadata.
        let published = || entity_id.filter(|id| is_endpoint_url(id)).cloned();
        url.clone().or_else(listed).or_else(published)
    }
}

// Nothing that is older than what is held, whether or not that is still usable.
fn check_rollback(held: Option<&Held>, next: &Held) -> Result<(), Refusal> {
    match (held.and_then(Held::valid_until), next.valid_until()) {
        (Some(held), Some(next)) => compare(vec![(held, next)]),
        // From before the publisher began to say how long his word is good.
        (Some(held), None) => compare(vec![(held, UnixTime::from_secs(0))]),
        (None, _) => Ok(()),
    }
}

fn check_list_rollback(held: Option<&HeldList>, next: &HeldList) -> Result<(), Refusal> {
    let Some(held) = held else { return Ok(()) };
    let (held, next) = (held.list(), next.list());
    compare(vec![(held.issued_at, next.issued_at), (held.next_update, next.next_update)])
}

fn compare(dates: Vec<(UnixTime, UnixTime)>) -> Result<(), Refusal> {
    match dates.into_iter().find(|(held, next)| next < held) {
        None => Ok(()),
        Some((held, next)) => {
            let detail = Detail::Time { bound: held.secs(), now: next.secs() };
            Err(Refusal::new(Code::MetadataRollback, Place::part("metadata")).with(detail))
        }
    }
}

fn due(source: &Source, taken_at: Option<UnixTime>, now: UnixTime) -> Option<Due> {
    let state = source.state(now);
    if !state.is_usable() {
        return Some(Due::Missing);
    }
    let (end, cache_duration_s) = match (source.saml(), source.service_list()) {
        (Some(held), _) => (held.bound(now), held.cache_duration_s()),
        (None, Some(list)) => (list.until(), None),
        (None, None) => return None,
    };
    // A time of taking over that lies ahead is a clock that was wrong.
    let taken_at = taken_at.filter(|taken_at| *taken_at <= now);
    let half_over = end.is_some_and(|end| match taken_at {
        Some(taken_at) => now.since(taken_at) >= end.since(now),
        None => end.since(now) < LAST_HOURS_S,
    });
    let cached_out = taken_at.zip(cache_duration_s);
    let cached_out = cached_out.is_some_and(|(taken, cache_s)| now.since(taken) >= cache_s);
    (half_over || cached_out).then_some(Due::Refresh { until: end })
}

fn missing(code: Code) -> Refusal {
    Refusal::new(code, Place::part("signer"))
}

// A list, or an aggregate that holds the entity.
const MAX_DOCUMENT_BYTES: usize = Limits::AGGREGATE.bytes;
// Half of the day that nodes publish for.
const LAST_HOURS_S: u64 = 43_200;

#[cfg(test)]
mod tests;
