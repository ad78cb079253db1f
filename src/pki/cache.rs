//! Paths that were verified before, so that a chain seen again costs one hash.
//!
//! The key covers everything that the answer depends on but the time, which is checked at every
//! look-up. Only paths that hold are kept: a forger cannot push anything in. Revocation is no part of
//! a path and is asked for at every use, found or not ([`super::check_revocation`]).

use super::path::ValidatedPath;
use crate::UnixTime;
use crate::crypto::sha256;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A bounded, shared store of verified paths; the oldest entry makes room for a new one.
///
/// Owned by whoever verifies; there is no global one. Changed anchors or policies change the key, so
/// that old entries are no longer found; [`Self::clear`] gives their memory back at once. An entry
/// whose path has ended is dropped when it is asked for.
pub struct PathCache {
    capacity: usize,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    by_key: HashMap<[u8; 32], Arc<ValidatedPath>>,
    oldest_first: VecDeque<[u8; 32]>,
}

impl PathCache {
    /// Entries of [`Self::default`]: the wallet issuers of Europe fit several times over, in about
    /// 2 MiB.
    pub const DEFAULT_CAPACITY: usize = 256;

    /// A cache of at most `capacity` entries; with 0 it keeps nothing.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, entries: Mutex::default() }
    }

    /// The key of a presented chain under one set of anchors and one policy.
    ///
    /// * `presented`: the certificates as received, end entity first, all in the same form: either
    ///   DER or its base64 text.
    /// * `anchors`: [`super::anchors_digest`].
    /// * `policy`: the hash of the policy whose algorithms were accepted.
    #[must_use]
    pub fn key<C: AsRef<[u8]>>(presented: &[C], anchors: &[u8; 32], policy: &[u8; 32]) -> [u8; 32] {
        let length = presented.iter().map(|c| c.as_ref().len().saturating_add(8)).sum::<usize>();
        let mut input = Vec::with_capacity(length.saturating_add(64));
        input.extend_from_slice(anchors);
        input.extend_from_slice(policy);
        for certificate in presented {
            let bytes = certificate.as_ref();
            let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            input.extend_from_slice(&len.to_be_bytes());
            input.extend_from_slice(bytes);
        }
        sha256(&input)
    }

    /// The path of a key, when it is known and valid at `now`.
    #[must_use]
    pub fn lookup(&self, key: &[u8; 32], now: UnixTime) -> Option<Arc<ValidatedPath>> {
        let mut entries = self.lock();
        let path = entries.by_key.get(key)?;
        if path.is_valid_at(now) {
            return Some(Arc::clone(path));
        }
        if now > path.not_after() {
            entries.by_key.remove(key);
            // At most `capacity` keys.
            entries.oldest_first.retain(|other| other != key);
        }
        None
    }

    /// Forgets every path, for instance because the anchors changed.
    pub fn clear(&self) {
        *self.lock() = Entries::default();
    }

    /// Keeps a path.
    pub fn insert(&self, key: [u8; 32], path: Arc<ValidatedPath>) {
        if self.capacity == 0 {
            return;
        }
        let mut entries = self.lock();
        if entries.by_key.insert(key, path).is_some() {
            return;
        }
        entries.oldest_first.push_back(key);
        if entries.oldest_first.len() > self.capacity
            && let Some(oldest) = entries.oldest_first.pop_front()
        {
            entries.by_key.remove(&oldest);
        }
    }

    /// Number of paths.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().by_key.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    // No step between two changes of an entry can panic, so that a poisoned lock is still whole.
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for PathCache {
    fn default() -> Self {
        Self::new(Self::DEFAULT_CAPACITY)
    }
}

impl fmt::Debug for PathCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PathCache({} of {})", self.len(), self.capacity)
    }
}
