//! Counts heap allocations of the Rust side. What a C library allocates for itself is not seen.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// The system's allocator with a counter in front.
pub(crate) struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static COUNT: AtomicU64 = AtomicU64::new(0);

// Counts only while somebody asks: an atomic addition per allocation would burden those that
// allocate, and time is what the rest of the run measures.
static COUNTING: AtomicBool = AtomicBool::new(false);

// Bytes that are held, and the most that were, while somebody asks.
static HELD: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

fn hold(bytes: i64) {
    if COUNTING.load(Ordering::Relaxed) {
        let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
        PEAK.fetch_max(held, Ordering::Relaxed);
    }
}

fn len(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

fn count() {
    if COUNTING.load(Ordering::Relaxed) {
        COUNT.fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: every call is handed on unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        hold(len(layout.size()));
        // SAFETY: the caller keeps the promises of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        hold(-len(layout.size()));
        // SAFETY: `pointer` comes from `System` by one of the calls here.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count();
        // Both blocks are there while one is copied to the other.
        hold(len(new_size));
        hold(-len(layout.size()));
        // SAFETY: `pointer` comes from `System` by one of the calls here.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

/// Allocations of one operation after warm-up: the mean of 16 calls, rounded up.
pub(crate) fn per_operation(mut operation: impl FnMut()) -> u64 {
    const CALLS: u64 = 16;
    operation();
    operation();
    let before = COUNT.load(Ordering::Relaxed);
    COUNTING.store(true, Ordering::Relaxed);
    for _ in 0..CALLS {
        operation();
    }
    COUNTING.store(false, Ordering::Relaxed);
    (COUNT.load(Ordering::Relaxed) - before).div_ceil(CALLS)
}

/// The most bytes that one operation holds at a time, beside what was there before.
pub(crate) fn peak(operation: impl FnOnce()) -> u64 {
    HELD.store(0, Ordering::Relaxed);
    PEAK.store(0, Ordering::Relaxed);
    COUNTING.store(true, Ordering::Relaxed);
    operation();
    COUNTING.store(false, Ordering::Relaxed);
    u64::try_from(PEAK.load(Ordering::Relaxed)).unwrap_or(0)
}
