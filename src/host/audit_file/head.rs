//! The small file beside the log that says how far the log had come.

use super::line::GENESIS;
use crate::envelope::base64url;
use crate::host::files;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// How long the log was at some time: what an outside copy needs to find later that lines are gone
/// or changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a length and its hash are complete")]
pub struct Checkpoint {
    /// Lines in the log.
    pub lines: u64,
    /// SHA-256(0x00 ‖ last line without its line break); zeros when there is no line.
    pub hash: [u8; 32],
}

impl Checkpoint {
    pub(super) const EMPTY: Self = Self { lines: 0, hash: GENESIS };
}

/// What the head file says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Head {
    Absent,
    Present(Checkpoint),
    Unreadable,
}

/// The head file, open for writing.
pub(super) struct HeadFile(File);

impl HeadFile {
    pub(super) fn open(log: &Path) -> io::Result<Self> {
        let file = files::open_write(&path(log))?;
        // Always of one length, so that a write never grows it: it needs no space on the disk.
        file.set_len(HEAD_LEN)?;
        Ok(Self(file))
    }

    /// Overwrites the head in place. All of it lies in one sector, so that after a power cut it is
    /// the old one or the new one. It is not synchronised here: it is only ever behind the log.
    pub(super) fn write(&mut self, head: &Checkpoint) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(0))?;
        self.0.write_all(&encode(head))
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// `audit.log` → `audit.log.head`.
pub(super) fn path(log: &Path) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(".head");
    name.into()
}

pub(super) fn read(log: &Path) -> io::Result<Head> {
    let path = path(log);
    let metadata = match std::fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Head::Absent),
        metadata => metadata?,
    };
    if files::check_regular(&metadata).is_err() {
        return Ok(Head::Unreadable);
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(HEAD_LEN.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(decode(&bytes).map_or(Head::Unreadable, Head::Present))
}

// {"lines":5,"hash":"…"}, spaces, line break: JSON of one length.
fn encode(head: &Checkpoint) -> Vec<u8> {
    let hash = base64url::encode(&head.hash);
    format!("{:<95}\n", format!("{{\"lines\":{},\"hash\":\"{hash}\"}}", head.lines)).into_bytes()
}

fn decode(bytes: &[u8]) -> Option<Checkpoint> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (lines, rest) = text.strip_prefix("{\"lines\":")?.split_once(',')?;
    let (hash, _) = rest.strip_prefix("\"hash\":\"")?.split_once('"')?;
    let hash = base64url::decode(hash.as_bytes()).ok()?.try_into().ok()?;
    let head = Checkpoint { lines: lines.parse().ok()?, hash };
    // One spelling.
    (encode(&head) == bytes).then_some(head)
}

const HEAD_LEN: u64 = 96;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::files::scratch::Scratch;

    #[test]
    fn every_head_has_one_length_and_reads_back() {
        for lines in [0, 1, 99, u64::MAX] {
            let head = Checkpoint { lines, hash: [0xa5; 32] };
            let bytes = encode(&head);
            assert_eq!(bytes.len(), usize::try_from(HEAD_LEN).unwrap());
            assert_eq!(decode(&bytes), Some(head));
            for n in 0..bytes.len() {
                assert_eq!(decode(&bytes[..n]), None);
                let mut other = bytes.clone();
                other[n] ^= 1;
                assert_ne!(decode(&other), Some(head));
            }
        }
    }

    #[test]
    fn absent_unreadable_and_present_are_three_things() {
        let folder = Scratch::new();
        let log = folder.file("audit.log");
        assert_eq!(read(&log).unwrap(), Head::Absent);
        let mut file = HeadFile::open(&log).unwrap();
        assert_eq!(read(&log).unwrap(), Head::Unreadable);
        file.write(&Checkpoint::EMPTY).unwrap();
        assert_eq!(read(&log).unwrap(), Head::Present(Checkpoint::EMPTY));
        let later = Checkpoint { lines: 12, hash: [7; 32] };
        file.write(&later).unwrap();
        assert_eq!(read(&log).unwrap(), Head::Present(later));
    }
}
