//! Handles: numbers that stand for objects of this library.
//!
//! A handle looks like a pointer in C and is none. It is a number that was never given before, and
//! only the table of its kind knows the object behind it. So a handle that was freed, that belongs to
//! another type or that somebody invented is found out without touching any memory, and an object
//! that is freed during a call in another thread lives until that call is done.
//!
//! The tables are the only state of this library. They hold what the caller made and did not free,
//! and no memory when that is nothing.

use eid_broker::verdict::Code;
use std::collections::BTreeMap;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A type of handle: what stands behind it, and where that is kept.
pub trait Handle: Sized + 'static {
    /// What a handle of this type stands for.
    type Object: Send + Sync;

    /// The objects of this type.
    fn table() -> &'static Table<Self::Object>;
}

/// Makes a handle for an object.
///
/// # Errors
/// [`Code::Internal`] when every number was given.
pub fn insert<H: Handle>(object: H::Object) -> Result<*mut H, Code> {
    insert_shared(Arc::new(object))
}

/// The same for an object that is where it will stay.
///
/// # Errors
/// As [`insert`].
pub fn insert_shared<H: Handle>(object: Arc<H::Object>) -> Result<*mut H, Code> {
    // Never given twice: past the last number there is no handle any more, and with 64 bits no program
    // lives long enough to come round.
    let number = match usize::BITS {
        64 => NEXT.fetch_add(1, Ordering::Relaxed),
        _ => {
            let next = |next: usize| next.checked_add(1);
            let number = NEXT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
            number.map_err(|_| Code::Internal)?
        }
    };
    if number > LAST {
        return Err(Code::Internal);
    }
    H::table().shard(number)?.insert(number, object);
    Ok(ptr::without_provenance_mut(number))
}

/// The object behind a handle; it lives at least as long as what is returned.
///
/// # Errors
/// [`Code::MisuseNull`]; [`Code::MisuseHandle`] when it was freed, is of another type or never was.
pub fn get<H: Handle>(handle: *const H) -> Result<Arc<H::Object>, Code> {
    if handle.is_null() {
        return Err(Code::MisuseNull);
    }
    let number = handle.addr();
    H::table().shard(number)?.get(number).cloned().ok_or(Code::MisuseHandle)
}

/// Ends a handle. NULL is no handle and ends nothing.
///
/// # Errors
/// [`Code::MisuseHandle`] as for [`get`].
pub fn free<H: Handle>(handle: *mut H) -> Result<(), Code> {
    if handle.is_null() {
        return Ok(());
    }
    let number = handle.addr();
    // The object goes after the lock.
    let object = H::table().shard(number)?.remove(number);
    object.map(drop).ok_or(Code::MisuseHandle)
}

/// The objects of one kind by number, in parts so that threads seldom wait for each other.
pub struct Table<T> {
    shards: [Mutex<Shard<T>>; SHARDS],
}

// The first object needs no memory of its own: who frees each before making the next never needs the
// map.
struct Shard<T> {
    first: Option<(usize, Arc<T>)>,
    others: BTreeMap<usize, Arc<T>>,
}

impl<T> Shard<T> {
    const fn new() -> Self {
        Self { first: None, others: BTreeMap::new() }
    }

    fn insert(&mut self, number: usize, object: Arc<T>) {
        if self.first.is_none() {
            self.first = Some((number, object));
        } else {
            self.others.insert(number, object);
        }
    }

    fn get(&self, number: usize) -> Option<&Arc<T>> {
        match &self.first {
            Some((first, object)) if *first == number => Some(object),
            _ => self.others.get(&number),
        }
    }

    fn remove(&mut self, number: usize) -> Option<Arc<T>> {
        if let Some((_, object)) = self.first.take_if(|(first, _)| *first == number) {
            return Some(object);
        }
        let object = self.others.remove(&number);
        if self.others.is_empty() {
            // An empty map keeps a node; nothing may be left when the library is unloaded.
            self.others = BTreeMap::new();
        }
        object
    }
}

impl<T> Table<T> {
    /// No objects yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { shards: [const { Mutex::new(Shard::new()) }; SHARDS] }
    }

    fn shard(&self, number: usize) -> Result<MutexGuard<'_, Shard<T>>, Code> {
        let shard = number.checked_rem(SHARDS).and_then(|part| self.shards.get(part));
        // No code of a caller runs under the lock, and each change is one call of the map.
        Ok(shard.ok_or(Code::Internal)?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self::new()
    }
}

static NEXT: AtomicUsize = AtomicUsize::new(FIRST);

// With 64 bits the numbers lie where no address of a program can be, so that a pointer to anything
// else is never taken for a handle, and following a handle ends the program at once.
const FIRST: usize = match usize::BITS {
    64 => 0x0e1d_usize.rotate_right(16) | 1,
    _ => 1,
};

const LAST: usize = match usize::BITS {
    64 => FIRST | (usize::MAX >> 16),
    _ => usize::MAX,
};

// A power of two, some times the number of threads that check at the same moment.
const SHARDS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    struct One;
    struct Other;
    static ONES: Table<u8> = Table::new();
    static OTHERS: Table<u8> = Table::new();

    impl Handle for One {
        type Object = u8;
        fn table() -> &'static Table<u8> {
            &ONES
        }
    }

    impl Handle for Other {
        type Object = u8;
        fn table() -> &'static Table<u8> {
            &OTHERS
        }
    }

    #[test]
    fn finds_only_what_was_inserted_and_not_freed() {
        let handle = insert::<One>(7).unwrap();
        assert_eq!(*get(handle).unwrap(), 7);
        assert_eq!(get(handle.cast::<Other>()).unwrap_err(), Code::MisuseHandle);
        assert_eq!(free(handle.cast::<Other>()).unwrap_err(), Code::MisuseHandle);
        assert_eq!(free(handle), Ok(()));
        assert_eq!(free(handle).unwrap_err(), Code::MisuseHandle);
        assert_eq!(get(handle).unwrap_err(), Code::MisuseHandle);
    }

    #[test]
    fn many_objects_of_one_kind_keep_apart() {
        // Each part of the table gets several, and loses its first before the others.
        let handles: Vec<_> = (0..100).map(|n| insert::<Other>(n).unwrap()).collect();
        for (handle, n) in handles.iter().zip(0..) {
            assert_eq!(*get(*handle).unwrap(), n);
        }
        let (early, late) = handles.split_at(50);
        for (handle, n) in early.iter().zip(0..) {
            assert_eq!(*get(*handle).unwrap(), n);
            assert_eq!(free(*handle), Ok(()));
            assert_eq!(get(*handle).unwrap_err(), Code::MisuseHandle);
        }
        let again = insert::<Other>(200).unwrap();
        for (handle, n) in late.iter().zip(50..) {
            assert_eq!(*get(*handle).unwrap(), n);
            assert_eq!(free(*handle), Ok(()));
            assert_eq!(free(*handle).unwrap_err(), Code::MisuseHandle);
        }
        assert_eq!(*get(again).unwrap(), 200);
        assert_eq!(free(again), Ok(()));
    }

    #[test]
    fn a_number_is_never_given_twice() {
        let first = insert::<One>(1).unwrap();
        free(first).unwrap();
        let second = insert::<One>(1).unwrap();
        assert_ne!(first, second);
        free(second).unwrap();
    }

    #[test]
    fn null_is_no_handle_and_may_be_freed() {
        assert_eq!(get(ptr::null::<One>()).unwrap_err(), Code::MisuseNull);
        assert_eq!(free(ptr::null_mut::<One>()), Ok(()));
    }

    #[test]
    fn an_address_is_never_a_handle() {
        let value = 7u8;
        let address = ptr::from_ref(&value).cast::<One>();
        assert_eq!(get(address).unwrap_err(), Code::MisuseHandle);
        if usize::BITS == 64 {
            assert_eq!(FIRST >> 48, 0x0e1d);
            assert_eq!(LAST >> 48, 0x0e1d);
        }
    }

    #[test]
    fn an_object_in_use_outlives_its_handle() {
        let handle = insert::<One>(9).unwrap();
        let object = get(handle).unwrap();
        free(handle).unwrap();
        assert_eq!(*object, 9);
    }
}
