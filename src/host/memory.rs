use crate::UnixTime;
use crate::ports::{AuditSink, Insertion, Namespace, Position, ReplayStore, Unavailable};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A replay store in the memory of this process.
///
/// It **forgets everything at restart**: a token that was accepted a second before is accepted once
/// more a second after. It knows nothing of other processes. Use it for tests, or where tokens that
/// were issued before the start of the process are refused by other means.
///
/// A live entry is never evicted. At capacity, when no entry may be removed, it answers
/// [`Unavailable`]. Entries are removed 120 s after they expired, a few at a time, so that no call
/// pays for many. A `now` before the end of one that was removed is [`Unavailable`]: by that clock
/// it could still be live.
pub struct MemoryReplayStore {
    shards: [Mutex<Shard>; SHARDS],
    // Entries in all shards, live or not yet removed. Reserved before an entry is made.
    len: AtomicUsize,
    capacity: usize,
}

// Namespace and key.
type Entry = [u8; 33];

#[derive(Default)]
struct Shard {
    expires: HashMap<Entry, UnixTime>,
    // The same entries, the first to expire first. Not a heap: `take` removes from the middle.
    order: BTreeSet<(UnixTime, Entry)>,
    // The latest end of all entries that were removed from this shard because they had expired. A
    // key has one shard, so that its own mark is enough.
    forgotten: Option<UnixTime>,
}

impl MemoryReplayStore {
    /// An empty store for at most `capacity` entries, see [`REPLAY_CAPACITY`]. One entry takes about
    /// 150 bytes; nothing is reserved up front.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { shards, len: AtomicUsize::new(0), capacity }
    }

    /// Entries that are kept, among them such as have expired and were not removed yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, key: &[u8; 32]) -> Result<&Mutex<Shard>, Unavailable> {
        // Keys are digests: any byte spreads them evenly.
        let [first, ..] = key;
        let shard = usize::from(*first).checked_rem(SHARDS);
        shard.and_then(|n| self.shards.get(n)).ok_or(Unavailable("replay store: no shard"))
    }

    fn reserve(&self) -> bool {
        let more = |len: usize| len.checked_add(1).filter(|len| *len <= self.capacity);
        self.len.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_ok()
    }

    fn release(&self, entries: usize) {
        self.len.fetch_sub(entries, Ordering::AcqRel);
    }

    // Called without any lock held. The work is bounded by SHARDS × PURGE_WHEN_FULL.
    fn purge_all(&self, now: UnixTime) -> Result<(), Unavailable> {
        for shard in &self.shards {
            let purged = shard.lock().map_err(|_| POISONED)?.purge(now, PURGE_WHEN_FULL);
            self.release(purged);
        }
        Ok(())
    }
}

impl Shard {
    fn purge(&mut self, now: UnixTime, at_most: usize) -> usize {
        let mut purged: usize = 0;
        while purged < at_most {
            match self.order.first() {
                Some((expires, entry)) if is_past_recall(*expires, now) => {
                    self.forgotten = self.forgotten.max(Some(*expires));
                    self.expires.remove(entry);
                    self.order.pop_first();
                    purged = purged.saturating_add(1);
                }
                _ => break,
            }
        }
        purged
    }

    // Under the lock of the answer: what is removed later was live or known before.
    fn check_clock(&self, now: UnixTime) -> Result<(), Unavailable> {
        if self.forgotten.is_some_and(|until| now < until) { Err(SET_BACK) } else { Ok(()) }
    }
}

impl Default for MemoryReplayStore {
    fn default() -> Self {
        Self::new(REPLAY_CAPACITY)
    }
}

impl ReplayStore for MemoryReplayStore {
    fn insert_if_absent(
        &self,
        namespace: Namespace,
        key: &[u8; 32],
        expires: UnixTime,
        now: UnixTime,
    ) -> Result<Insertion, Unavailable> {
        if expires <= now {
            return Err(EXPIRES_NOW);
        }
        let entry = entry(namespace, key);
        if self.len() >= self.capacity {
            self.purge_all(now)?;
        }
        let mut shard = self.shard(key)?.lock().map_err(|_| POISONED)?;
        shard.check_clock(now)?;
        match shard.expires.get(&entry).copied() {
            Some(until) if until > now => return Ok(Insertion::AlreadyPresent),
            Some(until) => {
                // Takes the place of the expired one: nothing to reserve. Nothing is forgotten either:
                // the key stays known, and for longer than before.
                shard.order.remove(&(until, entry));
            }
            None => {
                self.release(shard.purge(now, PURGE_PER_INSERT));
                if !self.reserve() {
                    return Err(FULL);
                }
            }
        }
        shard.expires.insert(entry, expires);
        shard.order.insert((expires, entry));
        Ok(Insertion::Inserted)
    }

    fn take(
        &self,
        namespace: Namespace,
        key: &[u8; 32],
        now: UnixTime,
    ) -> Result<bool, Unavailable> {
        let entry = entry(namespace, key);
        let mut shard = self.shard(key)?.lock().map_err(|_| POISONED)?;
        shard.check_clock(now)?;
        // One that has expired stays: by a clock that is set back it may be live.
        let Some(until) = shard.expires.get(&entry).copied().filter(|until| *until > now) else {
            return Ok(false);
        };
        shard.expires.remove(&entry);
        shard.order.remove(&(until, entry));
        self.release(1);
        Ok(true)
    }
}

impl fmt::Debug for MemoryReplayStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryReplayStore({} of {})", self.len(), self.capacity)
    }
}

/// An audit sink in the memory of this process, for tests. Nothing in it is durable.
#[derive(Debug)]
pub struct MemoryAudit {
    records: Mutex<Vec<Vec<u8>>>,
    capacity: usize,
}

impl MemoryAudit {
    /// An empty sink. Past `capacity` records it answers [`Unavailable`] as a full disk would, so
    /// that a test can see that nothing is handed out without its record.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { records: Mutex::new(Vec::new()), capacity }
    }

    /// All records so far, in their order.
    #[must_use]
    pub fn records(&self) -> Vec<Vec<u8>> {
        self.records.lock().map(|records| records.clone()).unwrap_or_default()
    }
}

impl AuditSink for MemoryAudit {
    fn append(&self, record: &[u8]) -> Result<Position, Unavailable> {
        super::audit_file::check_record(record)?;
        let mut records = self.records.lock().map_err(|_| POISONED)?;
        if records.len() >= self.capacity {
            return Err(Unavailable("audit log: full"));
        }
        let position = u64::try_from(records.len()).map_err(|_| FULL)?;
        records.push(record.to_vec());
        Ok(Position(position))
    }
}

fn entry(namespace: Namespace, key: &[u8; 32]) -> Entry {
    let mut entry = [0; 33];
    if let Some((first, rest)) = entry.split_first_mut() {
        *first = namespace.number();
        rest.copy_from_slice(key);
    }
    entry
}

/// Whether an entry may be removed: it expired so long ago that only a clock that is wrong, and none
/// that merely differs from the others, can still take it for live.
pub(super) fn is_past_recall(expires: UnixTime, now: UnixTime) -> bool {
    expires.plus(KEEP_S) <= now
}

/// Seconds that an entry is kept after it has expired: the largest leeway that any policy has, and
/// so the largest difference between clocks that are right enough.
pub(super) const KEEP_S: u64 = 120;

/// Entries of a replay store unless configured otherwise: 100 tokens a second that live for 420
/// seconds and are kept for 120 more are 54 000, so this leaves room for a flood eighteen times as
/// large.
pub const REPLAY_CAPACITY: usize = 1_000_000;

/// An entry that has expired already would be inserted again and again: the caller's mistake, which
/// must not look like a token that is new.
pub(super) const EXPIRES_NOW: Unavailable = Unavailable("replay store: expires is not after now");

/// An entry was removed that, by this `now`, could still be live: whether the key is new is unknown.
pub(super) const SET_BACK: Unavailable = Unavailable("replay store: the clock was set back");

pub(super) const FULL: Unavailable = Unavailable("replay store: full");

const POISONED: Unavailable = Unavailable("memory port: a caller panicked");
const SHARDS: usize = 16;
// More than one per insertion, so that removal keeps up with any flood.
const PURGE_PER_INSERT: usize = 4;
const PURGE_WHEN_FULL: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const NS: Namespace = Namespace::Assertion;

    fn key(n: u64) -> [u8; 32] {
        crate::crypto::sha256(&n.to_be_bytes())
    }

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(seconds)
    }

    #[test]
    fn accepts_once_until_it_expires() {
        let store = MemoryReplayStore::default();
        let insert = |now| store.insert_if_absent(NS, &key(1), at(now + 100), at(now)).unwrap();
        assert_eq!(insert(1000), Insertion::Inserted);
        assert_eq!(insert(1000), Insertion::AlreadyPresent);
        assert_eq!(insert(1099), Insertion::AlreadyPresent);
        assert_eq!(insert(1100), Insertion::Inserted);
        assert_eq!(insert(1199), Insertion::AlreadyPresent);
        assert_eq!(store.len(), 1);
    }

    #[test]
    fn namespaces_are_apart() {
        let store = MemoryReplayStore::default();
        for namespace in [Namespace::Assertion, Namespace::Expectation] {
            let first = store.insert_if_absent(namespace, &key(1), at(2), at(1)).unwrap();
            assert_eq!(first, Insertion::Inserted);
        }
        assert!(store.take(Namespace::Assertion, &key(1), at(1)).unwrap());
        assert!(store.take(Namespace::Expectation, &key(1), at(1)).unwrap());
    }

    #[test]
    fn takes_once_and_nothing_that_expired() {
        let store = MemoryReplayStore::default();
        store.insert_if_absent(NS, &key(1), at(100), at(1)).unwrap();
        store.insert_if_absent(NS, &key(2), at(100), at(1)).unwrap();
        assert!(store.take(NS, &key(1), at(99)).unwrap());
        assert!(!store.take(NS, &key(1), at(99)).unwrap());
        assert!(!store.take(NS, &key(2), at(100)).unwrap());
        assert!(!store.take(NS, &key(3), at(1)).unwrap());
        // What had expired is not gone with that.
        assert!(store.take(NS, &key(2), at(99)).unwrap());
        assert!(store.is_empty());
    }

    #[test]
    fn refuses_an_entry_that_has_expired_already() {
        let store = MemoryReplayStore::default();
        assert_eq!(store.insert_if_absent(NS, &key(1), at(5), at(5)), Err(EXPIRES_NOW));
        assert_eq!(store.insert_if_absent(NS, &key(1), at(6), at(5)), Ok(Insertion::Inserted));
    }

    #[test]
    fn full_means_unavailable_and_no_live_entry_is_evicted() {
        let store = MemoryReplayStore::new(100);
        for n in 0..100 {
            store.insert_if_absent(NS, &key(n), at(100 + n), at(1)).unwrap();
        }
        assert_eq!(store.insert_if_absent(NS, &key(100), at(500), at(1)), Err(FULL));
        for n in 0..100 {
            let again = store.insert_if_absent(NS, &key(n), at(500), at(1));
            assert_eq!(again, Ok(Insertion::AlreadyPresent));
        }
        // Expired entries are kept for a while, and then there is room for exactly one.
        assert_eq!(store.insert_if_absent(NS, &key(100), at(500), at(219)), Err(FULL));
        let insert = |n| store.insert_if_absent(NS, &key(n), at(500), at(220));
        assert_eq!(insert(100), Ok(Insertion::Inserted));
        assert_eq!(insert(101), Err(FULL));
    }

    #[test]
    fn expired_entries_do_not_pile_up() {
        let store = MemoryReplayStore::default();
        for n in 0..5000 {
            store.insert_if_absent(NS, &key(n), at(n + 10), at(n)).unwrap();
        }
        assert!(store.len() < 200, "{}", store.len());
        for n in 0..5000 {
            store.insert_if_absent(NS, &key(n), at(1_000_000), at(6000)).unwrap();
            assert!(store.take(NS, &key(n), at(6000)).unwrap());
        }
        assert!(store.shards.iter().all(|shard| {
            let shard = shard.lock().unwrap();
            shard.order.len() == shard.expires.len()
        }));
    }

    // The entry of key 1 ends at 100; others of its shard push it out.
    fn ran_ahead_to(now: u64) -> MemoryReplayStore {
        let store = MemoryReplayStore::default();
        store.insert_if_absent(NS, &key(1), at(100), at(1)).unwrap();
        for n in 0..100_u8 {
            let mut other = [n; 32];
            other[0] = key(1)[0];
            store.insert_if_absent(NS, &other, at(now).plus(100), at(now)).unwrap();
        }
        store
    }

    #[test]
    fn a_clock_that_ran_ahead_and_back_is_noticed() {
        let store = ran_ahead_to(220);
        let insert = |now| store.insert_if_absent(NS, &key(1), at(500), at(now));
        assert_eq!(store.len(), 100);
        for now in [1, 50, 99] {
            assert_eq!(insert(now), Err(SET_BACK));
            assert_eq!(store.take(NS, &key(1), at(now)), Err(SET_BACK));
        }
        // By this clock the entry has expired: nothing is in doubt.
        assert_eq!(store.take(NS, &key(1), at(100)), Ok(false));
        assert_eq!(insert(100), Ok(Insertion::Inserted));
        assert_eq!(insert(220), Ok(Insertion::AlreadyPresent));
    }

    #[test]
    fn honest_twin_clocks_that_differ_by_up_to_two_minutes_are_served() {
        let store = ran_ahead_to(219);
        let insert = |n, now| store.insert_if_absent(NS, &key(n), at(500), at(now));
        assert_eq!(insert(1, 99), Ok(Insertion::AlreadyPresent));
        assert_eq!(insert(2, 99), Ok(Insertion::Inserted));
        let store = ran_ahead_to(1000);
        for now in [1000, 940, 880] {
            let insert = store.insert_if_absent(NS, &key(now), at(2000), at(now));
            assert_eq!(insert, Ok(Insertion::Inserted));
        }
        assert_eq!(store.take(NS, &key(940), at(880)), Ok(true));
    }

    #[test]
    fn an_expired_entry_that_is_replaced_is_not_forgotten() {
        let store = MemoryReplayStore::default();
        let insert = |now| store.insert_if_absent(NS, &key(1), at(now + 100), at(now));
        assert_eq!(insert(1), Ok(Insertion::Inserted));
        assert_eq!(insert(5000), Ok(Insertion::Inserted));
        assert_eq!(insert(1), Ok(Insertion::AlreadyPresent));
    }

    #[test]
    fn of_64_threads_exactly_one_inserts_and_exactly_one_takes() {
        let store = MemoryReplayStore::default();
        for n in 0..50 {
            let count = |job: &(dyn Fn() -> bool + Sync)| -> usize {
                std::thread::scope(|scope| {
                    let threads: Vec<_> = (0..64).map(|_| scope.spawn(job)).collect();
                    threads.into_iter().map(|t| usize::from(t.join().unwrap())).sum()
                })
            };
            let inserted = count(&|| {
                store.insert_if_absent(NS, &key(n), at(9), at(1)) == Ok(Insertion::Inserted)
            });
            let taken = count(&|| store.take(NS, &key(n), at(1)) == Ok(true));
            assert_eq!((inserted, taken), (1, 1));
        }
        assert!(store.is_empty());
    }

    #[test]
    fn audit_keeps_order_and_refuses_when_full() {
        let audit = MemoryAudit::new(2);
        assert_eq!(audit.append(b"{\"a\":1}"), Ok(Position(0)));
        assert!(audit.append(b"no json").is_err());
        assert_eq!(audit.append(b"{\"a\":2}"), Ok(Position(1)));
        assert!(audit.append(b"{\"a\":3}").is_err());
        assert_eq!(audit.records(), [b"{\"a\":1}".to_vec(), b"{\"a\":2}".to_vec()]);
    }
}
