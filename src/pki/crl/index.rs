//! Finds an entry by its serial number: a sorted index into the DER, 12 bytes for each entry.

use crate::pki::der::{Element, Reader, tag};

/// Where the entries lie, sorted by serial number.
///
/// The order is by the last eight bytes of the serial number, then by all of it: serial numbers that
/// are counted and those that are drawn both differ there, so that a search seldom touches the DER.
/// The two lists are kept apart because only the first is searched.
#[derive(Default)]
pub(super) struct Index {
    keys: Vec<u64>,
    offsets: Vec<u32>,
}

impl Index {
    /// Of entries given by the last bytes of their serial numbers and their offsets in `der`.
    pub(super) fn new(mut entries: Vec<(u64, u32)>, der: &[u8]) -> Self {
        entries.sort_unstable_by(|(key, at), (other_key, other_at)| {
            key.cmp(other_key)
                .then_with(|| serial_at(der, *at).cmp(serial_at(der, *other_at)))
                .then_with(|| at.cmp(other_at))
        });
        let (keys, offsets) = entries.into_iter().unzip();
        Self { keys, offsets }
    }

    pub(super) const fn len(&self) -> usize {
        self.keys.len()
    }

    /// The offsets of every entry with this serial number, in the order of the list.
    pub(super) fn find<'a>(
        &'a self,
        der: &'a [u8],
        serial: &'a [u8],
    ) -> impl Iterator<Item = u32> + 'a {
        let key = key_of(serial);
        let first = self.keys.partition_point(|other| *other < key);
        let same = self.keys.get(first..).unwrap_or_default();
        let len = same.partition_point(|other| *other == key);
        let offsets = self.offsets.get(first..first.saturating_add(len)).unwrap_or_default();
        let before = offsets.partition_point(|at| serial_at(der, *at) < serial);
        offsets.iter().skip(before).copied().take_while(move |at| serial_at(der, *at) == serial)
    }
}

/// The last eight bytes as a number.
pub(super) fn key_of(serial: &[u8]) -> u64 {
    let skipped = serial.len().saturating_sub(8);
    serial.iter().skip(skipped).fold(0u64, |key, byte| key.wrapping_shl(8) | u64::from(*byte))
}

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
