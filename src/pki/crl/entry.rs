//! The entries of a list (RFC 5280, 5.1.2.6 and 5.3).

use super::index::{entry_at, key_of};
use super::{oids, reasons};
use crate::UnixTime;
use crate::pki::certificate::read_time;
use crate::pki::der::{self, Element, Limits, malformed, tag};
use crate::pki::extension_list::{ExtensionReader, RawExtension};
use crate::pki::name;
use crate::verdict::{Code, Refusal};
use std::ops::Range;

/// What a list says of one certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CrlEntry {
    /// From when on it is revoked.
    pub revoked_at: UnixTime,
    /// The `CRLReason` (5.3.1); 0, unspecified, when none is given. 8, removeFromCRL, means in a delta
    /// CRL that the certificate is no longer on the complete one.
    pub reason: u8,
}

impl CrlEntry {
    /// The entry at an offset, which was read before.
    pub(super) fn at(der: &[u8], at: u32) -> Option<Self> {
        let entry = entry_at(der, at)?;
        read(entry, true).ok().map(|entry| entry.said)
    }

    /// The name of the reason.
    #[must_use]
    pub fn reason_name(&self) -> &'static str {
        reasons::name(self.reason).unwrap_or("unspecified")
    }
}

/// All entries of a list.
#[derive(Default)]
pub(super) struct List {
    /// The key of the serial number in the index, and the offset.
    pub(super) entries: Vec<(u64, u32)>,
    pub(super) issuers: Vec<(u32, Range<usize>)>,
}

struct Entry {
    serial_key: u64,
    said: CrlEntry,
    issuer: Option<Range<usize>>,
}

/// Reads the list of revoked certificates.
///
/// 5.1.2.6 wants it left out when it is empty. Some issuers write the empty list; it says the same.
pub(super) fn read_list(list: Element<'_>, indirect: bool) -> Result<List, Refusal> {
    let mut reader = list.reader();
    // An entry has no fewer bytes than this.
    let most = list.content().len().checked_div(ENTRY_MIN_LEN).unwrap_or(0);
    let mut all =
        List { entries: Vec::with_capacity(most.min(ENTRIES_GUESS)), issuers: Vec::new() };
    // Bounded by the gate.
    while !reader.is_empty() {
        let element = reader.expect(tag::SEQUENCE)?;
        let at = u32::try_from(element.start()).map_err(|_| malformed(0))?;
        let entry = read(element, indirect)?;
        all.entries.push((entry.serial_key, at));
        all.issuers.extend(entry.issuer.map(|name| (at, name)));
    }
    all.entries.shrink_to_fit();
    Ok(all)
}

fn read(element: Element<'_>, indirect: bool) -> Result<Entry, Refusal> {
    let mut fields = element.reader();
    let serial = fields.expect(tag::INTEGER)?.content();
    let revoked_at = read_time(fields.any()?)?;
    let extensions = fields.optional(tag::SEQUENCE)?;
    fields.finish()?;
    let said = CrlEntry { revoked_at, reason: 0 };
    let mut entry = Entry { serial_key: key_of(serial), said, issuer: None };
    if let Some(extensions) = extensions {
        let mut reader = ExtensionReader::new(extensions)?;
        let mut seen = Seen::default();
        while let Some(extension) = reader.next()? {
            entry.read_extension(&extension, indirect, &mut seen)?;
        }
    }
    Ok(entry)
}

/// Which of the known extensions an entry had.
#[derive(Default)]
struct Seen {
    reason: bool,
    date: bool,
    issuer: bool,
}

impl Entry {
    fn read_extension(
        &mut self,
        extension: &RawExtension<'_>,
        indirect: bool,
        seen: &mut Seen,
    ) -> Result<(), Refusal> {
        let value = extension.value;
        let repeated = match extension.oid {
            oids::REASON_CODE => {
                let [tag::ENUMERATED, 1, reason] = value.content() else {
                    return Err(malformed(value.start()));
                };
                if reasons::name(*reason).is_none() {
                    return Err(malformed(value.start()));
                }
                self.said.reason = *reason;
                std::mem::replace(&mut seen.reason, true)
            }
            oids::INVALIDITY_DATE => {
                let mut fields = value.reader();
                let date = fields.expect(tag::GENERALIZED_TIME)?;
                fields.finish()?;
                if der::time(date.tag(), date.content()).is_none() {
                    return Err(malformed(date.start()));
                }
                std::mem::replace(&mut seen.date, true)
            }
            // 5.3.3: critical, and only in an indirect CRL.
            oids::CERTIFICATE_ISSUER if indirect => {
                self.issuer = Some(read_issuer(value)?);
                std::mem::replace(&mut seen.issuer, true)
            }
            _ if extension.critical => {
                let place = malformed(value.start()).place();
                return Err(Refusal::new(Code::RevocationCriticalExtension, place));
            }
            _ => false,
        };
        if repeated { Err(malformed(value.start())) } else { Ok(()) }
    }
}

/// One directory name among the general names: the issuer's distinguished name (5.3.3).
fn read_issuer(value: Element<'_>) -> Result<Range<usize>, Refusal> {
    der::check_part(value, Limits::CERTIFICATE)?;
    let mut outer = value.reader();
    let names = outer.expect(tag::SEQUENCE)?;
    outer.finish()?;
    let mut names = names.reader();
    let mut found = None;
    // Bounded by the gate.
    while !names.is_empty() {
        let one = names.any()?;
        if one.tag() == tag::context_constructed(4) {
            let mut inner = one.reader();
            let name = inner.expect(tag::SEQUENCE)?;
            inner.finish()?;
            if found.is_some() || !name::check(name)? {
                return Err(malformed(one.start()));
            }
            found = Some(name.range());
        }
    }
    found.ok_or_else(|| malformed(value.start()))
}

// SEQUENCE header, a serial number of one byte, a UTCTime.
const ENTRY_MIN_LEN: usize = 20;

// 16 MiB at most before the first entry was looked at; a longer list grows.
const ENTRIES_GUESS: usize = 1 << 20;
