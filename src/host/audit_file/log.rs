//! The writing end of the log.

use super::head::{Checkpoint, HeadFile};
use super::line;
use crate::host::group::Worker;
use crate::host::{Fault, files};
use crate::ports::{Position, Unavailable};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What lines are written to. A trait, so that tests can let every single step fail.
pub(super) trait Medium {
    /// Whether it is still the file that was opened, `len` bytes long.
    fn check(&self, len: u64) -> io::Result<()>;
    /// Writes at the end.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes all that was written durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts off all from `len` on.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
}

/// A log that is open for writing.
pub(super) struct Log<M: Medium> {
    medium: M,
    head_file: Option<HeadFile>,
    head: Checkpoint,
    // Bytes of the lines that are durable.
    len: u64,
    commits: u64,
    failed: Option<Unavailable>,
}

impl<M: Medium> Log<M> {
    /// `head` and `len`: what the medium holds already.
    pub(super) const fn new(medium: M, head: Checkpoint, len: u64) -> Self {
        Self { medium, head_file: None, head, len, commits: 0, failed: None }
    }

    /// Writes the head to `file`, durable, and from now on after each commit.
    pub(super) fn keep_head(&mut self, mut file: HeadFile) -> io::Result<()> {
        file.write(&self.head)?;
        file.sync()?;
        self.head_file = Some(file);
        Ok(())
    }

    pub(super) const fn checkpoint(&self) -> Checkpoint {
        self.head
    }

    /// Appends a record of the log itself.
    pub(super) fn event(&mut self, record: &str) -> Result<(), Fault> {
        self.append(&[record.as_bytes()]).map(|_| ()).map_err(|_| Fault::Io(io::ErrorKind::Other))
    }

    // All or nothing: the position of the first, or an error for every one.
    fn append<R: AsRef<[u8]>>(&mut self, records: &[R]) -> Result<u64, Unavailable> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let first = self.head.lines;
        let mut head = self.head;
        let mut bytes = Vec::new();
        for record in records {
            head.hash = line::write(&mut bytes, head.lines, &head.hash, record.as_ref());
            head.lines = head.lines.checked_add(1).ok_or(FULL)?;
            bytes.push(b'\n');
        }
        let written = u64::try_from(bytes.len()).map_err(|_| FULL)?;
        let len = self.len.checked_add(written).ok_or(FULL)?;

        self.medium.check(self.len).map_err(|_| self.fail(REPLACED))?;
        if self.medium.append(&bytes).and_then(|()| self.medium.sync()).is_err() {
            // Whether it helps or not, nobody was told that these lines exist.
            let _ = self.medium.truncate(self.len).and_then(|()| self.medium.sync());
            return Err(self.fail(NOT_WRITTEN));
        }
        self.head = head;
        self.len = len;
        self.write_head();
        Ok(first)
    }

    // The lines are durable, so their callers get their answer. But a log without its head cannot
    // show later that nothing is missing: the next caller is refused.
    fn write_head(&mut self) {
        self.commits = self.commits.wrapping_add(1);
        let Some(head_file) = &mut self.head_file else { return };
        let mut written = head_file.write(&self.head);
        if self.commits.is_multiple_of(SYNC_HEAD_EVERY) {
            written = written.and_then(|()| head_file.sync());
        }
        if written.is_err() {
            self.fail(HEAD_NOT_WRITTEN);
        }
    }

    const fn fail(&mut self, why: Unavailable) -> Unavailable {
        self.failed = Some(why);
        why
    }
}

impl<M: Medium> Worker for Log<M> {
    type Request = Vec<u8>;
    type Answer = Result<Position, Unavailable>;

    fn commit(&mut self, batch: &[Vec<u8>]) -> Vec<Self::Answer> {
        match self.append(batch) {
            Ok(first) => (first..).take(batch.len()).map(|n| Ok(Position(n))).collect(),
            Err(why) => batch.iter().map(|_| Err(why)).collect(),
        }
    }
}

impl<M: Medium> Drop for Log<M> {
    fn drop(&mut self) {
        // Nothing depends on it: an older head only covers fewer lines.
        if let Some(head_file) = &self.head_file {
            let _ = head_file.sync();
        }
    }
}

/// The file itself.
pub(super) struct Disk {
    file: File,
    path: PathBuf,
    identity: (u64, u64),
}

impl Disk {
    pub(super) fn new(file: File, path: &Path) -> io::Result<Self> {
        let identity = files::identity(&file.metadata()?);
        // The working directory may change later.
        Ok(Self { file, path: std::path::absolute(path)?, identity })
    }
}

impl Medium for Disk {
    fn check(&self, len: u64) -> io::Result<()> {
        let metadata = fs::metadata(&self.path)?;
        if files::identity(&metadata) == self.identity && metadata.len() == len {
            Ok(())
        } else {
            Err(io::ErrorKind::InvalidData.into())
        }
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }
}

const FULL: Unavailable = Unavailable("audit log: the sequence is exhausted");
const HEAD_NOT_WRITTEN: Unavailable =
    Unavailable("audit log: the head file could not be written; open the log again");
const NOT_WRITTEN: Unavailable =
    Unavailable("audit log: a record could not be written; open the log again");
const REPLACED: Unavailable =
    Unavailable("audit log: the file was renamed, replaced or changed; open the log again");

// The kernel writes it back within half a minute by itself; this bounds it by work as well.
const SYNC_HEAD_EVERY: u64 = 1024;

#[cfg(test)]
mod tests {
    use super::super::scan::scan;
    use super::*;
    use crate::host::group::Group;
    use std::sync::{Arc, Mutex};

    // What a disk holds and what it does wrong: fails from the n-th step on, tearing the write.
    #[derive(Clone, Default)]
    struct Tape {
        bytes: Arc<Mutex<Vec<u8>>>,
        steps: Arc<Mutex<u32>>,
        fail_at: Option<u32>,
        tear: usize,
        heals: bool,
    }

    impl Tape {
        fn step(&self) -> io::Result<()> {
            let mut steps = self.steps.lock().unwrap();
            *steps = steps.checked_add(1).unwrap();
            match self.fail_at {
                Some(at) if *steps == at || (*steps > at && !self.heals) => {
                    Err(io::ErrorKind::StorageFull.into())
                }
                _ => Ok(()),
            }
        }
    }

    fn count(n: usize) -> u64 {
        u64::try_from(n).unwrap()
    }

    impl Medium for Tape {
        fn check(&self, len: u64) -> io::Result<()> {
            assert_eq!(count(self.bytes.lock().unwrap().len()), len);
            self.step()
        }

        fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
            let step = self.step();
            let len = if step.is_ok() { bytes.len() } else { self.tear.min(bytes.len()) };
            self.bytes.lock().unwrap().extend_from_slice(&bytes[..len]);
            step
        }

        fn sync(&mut self) -> io::Result<()> {
            self.step()
        }

        fn truncate(&mut self, len: u64) -> io::Result<()> {
            self.step()?;
            self.bytes.lock().unwrap().truncate(usize::try_from(len).unwrap());
            Ok(())
        }
    }

    #[test]
    fn whichever_step_fails_what_was_acknowledged_is_there_and_nothing_more_is_taken() {
        for heals in [false, true] {
            for fail_at in 1..=15 {
                for tear in [0, 1, 50, 1000] {
                    let tape = Tape { fail_at: Some(fail_at), tear, heals, ..Tape::default() };
                    let mut log = Log::new(tape.clone(), Checkpoint::EMPTY, 0);
                    let answers: Vec<_> = (0..5)
                        .flat_map(|n| log.commit(&[format!("{{\"n\":{n}}}").into_bytes()]))
                        .collect();
                    // Three steps for each commit.
                    let good = (usize::try_from(fail_at).unwrap() - 1) / 3;
                    for (n, answer) in answers.iter().enumerate() {
                        let position = Some(Position(count(n))).filter(|_| n < good);
                        assert_eq!(answer.ok(), position, "step {fail_at} tear {tear}");
                    }
                    // A later opening finds all of them, and at most one line that nobody was
                    // told of.
                    let acknowledged = log.checkpoint();
                    let bytes = tape.bytes.lock().unwrap().clone();
                    let found = scan(bytes.as_slice(), Some(acknowledged)).unwrap();
                    assert_eq!(found.damage, None);
                    assert_eq!(acknowledged.lines, count(good));
                    assert!(found.good.lines - acknowledged.lines <= 1);
                    if heals {
                        assert_eq!(found.good, acknowledged);
                        assert_eq!(found.torn_len, 0);
                    }
                }
            }
        }
    }

    #[test]
    fn a_medium_without_faults_takes_them_all() {
        let tape = Tape::default();
        let group = Group::new(Log::new(tape.clone(), Checkpoint::EMPTY, 0), 8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        group.submit(b"{}".to_vec()).unwrap().unwrap();
                    }
                });
            }
        });
        let head = group.with_worker(Log::checkpoint).unwrap();
        assert_eq!(head.lines, 400);
        let bytes = tape.bytes.lock().unwrap().clone();
        assert_eq!(scan(bytes.as_slice(), Some(head)).unwrap().damage, None);
    }

    #[test]
    fn a_batch_is_acknowledged_whole_or_not_at_all() {
        let batch = vec![b"{\"a\":1}".to_vec(), b"{\"a\":2}".to_vec(), b"{\"a\":3}".to_vec()];
        let tape = Tape { fail_at: Some(5), tear: 120, ..Tape::default() };
        let mut log = Log::new(tape, Checkpoint::EMPTY, 0);
        let good: Vec<_> = (0..3).map(|n| Ok(Position(n))).collect();
        assert_eq!(log.commit(&batch), good);
        assert_eq!(log.commit(&batch), vec![Err(NOT_WRITTEN); 3]);
        assert_eq!(log.commit(&batch), vec![Err(NOT_WRITTEN); 3]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_unavailable() {
        // Every write to /dev/full fails with ENOSPC.
        struct Full(File);
        impl Medium for Full {
            fn check(&self, _: u64) -> io::Result<()> {
                Ok(())
            }
            fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
                let result = self.0.write_all(bytes);
                assert_eq!(result.as_ref().unwrap_err().kind(), io::ErrorKind::StorageFull);
                result
            }
            fn sync(&mut self) -> io::Result<()> {
                Ok(())
            }
            fn truncate(&mut self, _: u64) -> io::Result<()> {
                Ok(())
            }
        }
        let file = File::options().append(true).open("/dev/full").unwrap();
        let mut log = Log::new(Full(file), Checkpoint::EMPTY, 0);
        assert_eq!(log.commit(&[b"{}".to_vec()]), [Err(NOT_WRITTEN)]);
        assert_eq!(log.checkpoint(), Checkpoint::EMPTY);
    }
}
