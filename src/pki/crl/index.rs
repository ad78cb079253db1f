//! Finds an entry by its serial number: a sorted index into the DER, 9 bytes for each entry.

use crate::pki::der::{Element, Reader, tag};

/// Where the entries lie, in buckets by a mixed form of their serial numbers.
///
/// A look-up reads the bounds of one bucket, its slots, and the entry itself: memory far apart is
/// what it costs. Whoever makes serial numbers that share a bucket makes it longer, not slower than
/// the logarithm of its length, since it is sorted: by tag, then by the whole serial number.
#[derive(Default)]
pub(super) struct Index {
    /// The number of high bits of the mixed form that choose a bucket.
    bits: u32,
    /// Where each bucket begins, and the end of the last.
    starts: Vec<u32>,
    slots: Vec<Slot>,
}

#[derive(Clone, Copy)]
struct Slot {
    /// The 32 bits behind those of the bucket.
    tag: u32,
    /// Where the entry begins in the DER.
    at: u32,
}

impl Index {
    /// Of entries given by [`key_of`] their serial numbers and their offsets in `der`.
    pub(super) fn new(mut entries: Vec<(u64, u32)>, der: &[u8]) -> Self {
        let bits = entries.len().checked_ilog2().unwrap_or(0).saturating_sub(BUCKET_BITS);
        // What lies below the tag is not kept and must not order: `find` knows tag and serial number.
        let kept = |key: u64| key.checked_shr(u32::BITS.saturating_sub(bits)).unwrap_or(0);
        entries.sort_unstable_by(|(key, at), (other_key, other_at)| {
            kept(*key)
                .cmp(&kept(*other_key))
                .then_with(|| serial_at(der, *at).cmp(serial_at(der, *other_at)))
                .then_with(|| at.cmp(other_at))
        });
        let bucket = |key: u64| bucket(key, bits);
        let mut starts = Vec::with_capacity(entries.len().checked_shr(BUCKET_BITS).unwrap_or(0));
        let mut next = 0u64;
        for (index, (key, _)) in entries.iter().enumerate() {
            // Each bucket up to this entry's that has not begun yet begins here.
            while next <= bucket(*key) {
                starts.push(number(index));
                next = next.saturating_add(1);
            }
        }
        while next <= bucket(u64::MAX).saturating_add(1) {
            starts.push(number(entries.len()));
            next = next.saturating_add(1);
        }
        let slots = entries.iter().map(|(key, at)| Slot { tag: tag_of(*key, bits), at: *at });
        Self { bits, starts, slots: slots.collect() }
    }

    pub(super) const fn len(&self) -> usize {
        self.slots.len()
    }

    /// The offsets of every entry with this serial number, in the order of the list.
    pub(super) fn find<'a>(
        &'a self,
        der: &'a [u8],
        serial: &'a [u8],
    ) -> impl Iterator<Item = u32> + 'a {
        let key = key_of(serial);
        let tag = tag_of(key, self.bits);
        let slots = self.bucket(bucket(key, self.bits));
        let first = slots.partition_point(|slot| slot.tag < tag);
        let same = slots.get(first..).unwrap_or_default();
        let same = same.get(..same.partition_point(|slot| slot.tag == tag)).unwrap_or_default();
        // One or none, unless somebody chose the numbers.
        let before = if same.len() > 1 {
            same.partition_point(|slot| serial_at(der, slot.at) < serial)
        } else {
            0
        };
        same.iter()
            .skip(before)
            .map(|slot| slot.at)
            .take_while(move |at| serial_at(der, *at) == serial)
    }

    fn bucket(&self, bucket: u64) -> &[Slot] {
        let bounds = || {
            let at = usize::try_from(bucket).ok()?;
            let (start, end) = (self.starts.get(at)?, self.starts.get(at.checked_add(1)?)?);
            self.slots.get(usize::try_from(*start).ok()?..usize::try_from(*end).ok()?)
        };
        bounds().unwrap_or_default()
    }
}

/// The last eight bytes of a serial number, mixed: numbers that are counted and numbers that are
/// drawn both differ there, and the mixing (the finaliser of SplitMix64, one to one) spreads either
/// over all buckets.
pub(super) fn key_of(serial: &[u8]) -> u64 {
    let skipped = serial.len().saturating_sub(8);
    let last = serial.iter().skip(skipped);
    let n = last.fold(0u64, |key, byte| key.wrapping_shl(8) | u64::from(*byte));
    let n = (n ^ n.wrapping_shr(30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ n.wrapping_shr(27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ n.wrapping_shr(31)
}

fn bucket(key: u64, bits: u32) -> u64 {
    key.checked_shr(u64::BITS.saturating_sub(bits)).unwrap_or(0)
}

fn tag_of(key: u64, bits: u32) -> u32 {
    let behind = key.checked_shl(bits).unwrap_or(0).wrapping_shr(32);
    u32::try_from(behind).unwrap_or(0)
}

// A list has fewer bytes than that.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

// Four to eight entries share a bucket: one or two lines of a cache.
const BUCKET_BITS: u32 = 2;

/// The entry at an offset, which was read before.
pub(super) fn entry_at(der: &[u8], at: u32) -> Option<Element<'_>> {
    let start = usize::try_from(at).ok()?;
    Reader::over(der, start..der.len()).expect(tag::SEQUENCE).ok()
}

fn serial_at(der: &[u8], at: u32) -> &[u8] {
    entry_at(der, at)
        .and_then(|entry| entry.reader().expect(tag::INTEGER).ok())
        .map_or(&[], |serial| serial.content())
}
