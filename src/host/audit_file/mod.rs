//! The audit log in a file.

mod head;
mod line;
mod log;
mod scan;

pub use head::Checkpoint;
pub use line::RECORD_MAX_LEN;
pub(super) use line::check_record;
pub use scan::{Damage, DamageKind};

use super::group::Group;
use super::{Fault, OpenError, files};
use crate::ports::{AuditSink, Position, Unavailable};
use head::{Head, HeadFile};
use log::{Disk, Log};
use scan::Scan;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// An audit log in one file: append-only, hash-chained, durable before it answers.
///
/// Each line is JSON and reads
///
/// ```text
/// {"seq":7,"prev":"<43 characters>","record":{…}}
/// ```
///
/// `seq` counts from 0. `prev` is base64url of SHA-256(0x00 ‖ line 6 without its line break), zeros
/// in the first line. An auditor needs no program of ours; this prints what line 8 must name:
///
/// ```text
/// (printf '\0'; sed -n 8p audit.log | tr -d '\n') | openssl dgst -sha256 -binary | basenc --base64url
/// ```
///
/// **Durable.** [`AuditSink::append`] returns after `fdatasync`. Callers that arrive while the disk
/// is busy share the next one.
///
/// **Tamper-evident.** A line that is altered, removed, repeated or moved breaks the chain. Lines
/// cut off at the end break nothing in the chain; they are found by the head file `<log>.head`,
/// which says how many lines there were and what the last one hashed to. It is written after each
/// commit and synchronised now and then: after a power cut it may be behind, never ahead. Whoever
/// can rewrite both files can rewrite history. Only a copy of the [`Checkpoint`] outside the reach
/// of this machine's administrator protects from that, see [`AuditFile::verify_against`].
///
/// **Crash-safe.** At opening, the whole log is read. A last line that was torn by a crash and never
/// acknowledged is cut off, and the event `{"event":"log.recovered","bytes":n}` is appended. A lost
/// head file is made anew, and the event `{"event":"log.head_lost"}` is appended. Any other damage
/// refuses to open; nothing below the tail is ever repaired. The way on is the operator's: to keep
/// both files as evidence and to begin a new log.
///
/// **One writer.** The log is locked (`flock`) while it is open. A log that was renamed, replaced or
/// shortened underneath is noticed before the next append.
///
/// After an error the log answers [`Unavailable`] to everything until it is opened again: after a
/// failed `fsync` nobody knows what the disk holds, but opening finds out.
///
/// What it does not do: it rotates nothing, signs nothing, and encrypts nothing. Records must hold
/// no personal data; the one who makes them sees to that.
pub struct AuditFile {
    group: Group<Log<Disk>>,
}

impl AuditFile {
    /// Opens the log, or creates it with mode 0600. Reads all of it: about a second per GiB or two.
    ///
    /// # Errors
    /// [`Fault::Locked`] when another writer has it open; [`Fault::Damaged`] with the sequence
    /// number when it is not what was written; [`Fault::WritableByOthers`] when others than its
    /// owner may write it or its head; else what the operating system says.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        open(path)
            .map(|log| Self { group: Group::new(log, BATCH_MAX) })
            .map_err(|fault| OpenError::new(path, fault))
    }

    /// How far the log has come. For safekeeping elsewhere.
    ///
    /// # Errors
    /// [`Unavailable`] when the log failed before.
    pub fn checkpoint(&self) -> Result<Checkpoint, Unavailable> {
        self.group.with_worker(Log::checkpoint).ok_or(UNKNOWN)
    }

    /// Reads a log and reports. Changes nothing, takes no lock: the log may be in use meanwhile.
    ///
    /// # Errors
    /// Only when the file cannot be read. Damage is in the report.
    pub fn verify(path: impl AsRef<Path>) -> Result<AuditReport, OpenError> {
        let path = path.as_ref();
        verify(path, None).map_err(|fault| OpenError::new(path, fault))
    }

    /// The same against a checkpoint that was kept elsewhere, instead of the head file.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn verify_against(
        path: impl AsRef<Path>,
        checkpoint: &Checkpoint,
    ) -> Result<AuditReport, OpenError> {
        let path = path.as_ref();
        verify(path, Some(*checkpoint)).map_err(|fault| OpenError::new(path, fault))
    }
}

impl AuditSink for AuditFile {
    fn append(&self, record: &[u8]) -> Result<Position, Unavailable> {
        check_record(record)?;
        self.group.submit(record.to_vec()).ok_or(UNKNOWN)?
    }
}

impl fmt::Debug for AuditFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditFile")
    }
}

/// What an auditor learns about a log.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuditReport {
    /// The lines that are in order, counted from the first; all of them when there is no damage.
    pub good: Checkpoint,
    /// How far the log had come by the head file, or by the checkpoint that was given.
    pub acknowledged: Option<Checkpoint>,
    /// Bytes after the good lines that were never acknowledged: a write that a crash has torn, or
    /// one that is going on. The next opening for writing cuts them off.
    pub torn_bytes: u64,
    /// Where the log's own events stand: recoveries and lost heads. The first 1000.
    pub events: Vec<u64>,
    /// The first damage.
    pub damage: Option<Damage>,
}

impl AuditReport {
    /// Whether every line that was acknowledged is there as it was written.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.damage.is_none()
    }
}

fn verify(path: &Path, checkpoint: Option<Checkpoint>) -> Result<AuditReport, Fault> {
    // First the head, then the log: a writer at work only makes the log longer than the head says.
    let acknowledged = match (checkpoint, head::read(path)?) {
        (Some(checkpoint), _) | (None, Head::Present(checkpoint)) => Some(checkpoint),
        (None, Head::Absent | Head::Unreadable) => None,
    };
    files::check_regular(&fs::metadata(path)?)?;
    let found = scan::scan(BufReader::with_capacity(READ_LEN, File::open(path)?), acknowledged)?;
    let lost = Damage { sequence: found.good.lines, kind: DamageKind::HeadLost };
    Ok(AuditReport {
        good: found.good,
        acknowledged,
        torn_bytes: found.torn_len,
        events: found.events,
        damage: found.damage.or(acknowledged.is_none().then_some(lost)),
    })
}

fn open(path: &Path) -> Result<Log<Disk>, Fault> {
    // Before opening: a pipe would wait, a device never ends.
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        metadata => files::check_regular(&metadata?)?,
    }
    let mut file = files::open_append(path)?;
    // A chain that others may write anew proves nothing, and a head that they may write hides it.
    files::check_owned(&file.metadata()?)?;
    match fs::metadata(head::path(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        metadata => files::check_owned(&metadata?)?,
    }
    file.try_lock().map_err(|error| match error {
        TryLockError::Error(error) => error.into(),
        TryLockError::WouldBlock => Fault::Locked,
    })?;
    let head = head::read(path)?;
    let acknowledged = match head {
        Head::Present(head) => Some(head),
        Head::Absent | Head::Unreadable => None,
    };
    file.seek(SeekFrom::Start(0))?;
    let found = scan::scan(BufReader::with_capacity(READ_LEN, &file), acknowledged)?;
    if let Some(damage) = found.damage {
        return Err(Fault::Damaged(damage));
    }
    let (mut good, mut len) = (found.good, found.good_len);
    if found.torn_len > 0 {
        (good, len) = recover(&file, path, &found)?;
    }
    // Complete lines of a writer that was killed may still be on their way to the disk, and so may
    // the name of a new file.
    file.sync_all()?;
    files::sync_directory(path)?;

    let mut log = Log::new(Disk::new(file, path)?, good, len);
    if acknowledged.is_none() && good.lines > 0 {
        // Before there is a head again: a crash in between must not hide that it was lost.
        log.event("{\"event\":\"log.head_lost\"}")?;
    }
    log.keep_head(HeadFile::open(path)?)?;
    files::sync_directory(path)?;
    Ok(log)
}

// The event is written over the torn bytes and only then are the rest of these cut off. So there is
// no moment at which the bytes are gone and the event is not there: a crash in between leaves a
// torn tail again.
fn recover(file: &File, path: &Path, found: &Scan) -> Result<(Checkpoint, u64), Fault> {
    let event = format!("{{\"event\":\"log.recovered\",\"bytes\":{}}}", found.torn_len);
    let mut bytes = Vec::new();
    let hash = line::write(&mut bytes, found.good.lines, &found.good.hash, event.as_bytes());
    bytes.push(b'\n');
    let len = u64::try_from(bytes.len()).ok().and_then(|len| len.checked_add(found.good_len));
    let lines = found.good.lines.checked_add(1);
    let (Some(len), Some(lines)) = (len, lines) else {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge).into());
    };
    // Another descriptor: the log's own can only append.
    let mut over = files::open_write(path)?;
    if files::identity(&over.metadata()?) != files::identity(&file.metadata()?) {
        return Err(Fault::Locked);
    }
    over.seek(SeekFrom::Start(found.good_len))?;
    over.write_all(&bytes)?;
    over.sync_all()?;
    over.set_len(len)?;
    Ok((Checkpoint { lines, hash }, len))
}

const UNKNOWN: Unavailable = Unavailable("audit log: a caller panicked; open it again");

// One megabyte of records at most; more callers than that share the commit after.
const BATCH_MAX: usize = 64;

const READ_LEN: usize = 256 * 1024;

#[cfg(test)]
mod tests;
