//! Files that hold secrets: read only when nobody else can read them, created at once or not at all.

use super::{Fault, OpenError};
use crate::envelope::base64url;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Largest key file. The largest sensible one, PEM of a P-384 key with comments, has below 1 KiB.
pub(super) const SECRET_MAX_LEN: usize = 8192;

/// Reads a file that only its owner may read.
///
/// The mode is taken from the opened file, so that nobody can exchange it in between. Access lists
/// show as group bits there and are refused with them. A symbolic link is followed: what counts is
/// the file that it leads to. On systems without Unix modes nothing is checked.
pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let fault = |fault: Fault| OpenError::new(path, fault);
    // Before opening: to open a pipe would wait for its writer.
    check_regular(&fs::metadata(path).map_err(|e| fault(e.into()))?).map_err(fault)?;
    let mut file = File::open(path).map_err(|e| fault(e.into()))?;
    let metadata = file.metadata().map_err(|e| fault(e.into()))?;
    check_regular(&metadata).map_err(fault)?;
    check_private(&metadata).map_err(fault)?;
    // All memory up front: a vector that grows leaves copies behind.
    let mut bytes = Zeroizing::new(vec![0; SECRET_MAX_LEN.saturating_add(1)]);
    let mut len: usize = 0;
    while let Some(rest) = bytes.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(n) => len = len.saturating_add(n),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(fault(error.into())),
        }
    }
    if len > SECRET_MAX_LEN {
        return Err(fault(Fault::TooLarge(SECRET_MAX_LEN)));
    }
    bytes.truncate(len);
    Ok(bytes)
}

/// Creates a file of mode 0600 with all of `content`, durable, or leaves nothing under that name.
///
/// Temporary file → fsync → link to the name → fsync of the directory. A link fails when the name
/// is taken, where a rename would overwrite; that is why it is not a rename.
pub(super) fn create_secret(path: &Path, content: &[u8]) -> Result<(), OpenError> {
    let fault = |error: io::Error| {
        let taken = error.kind() == io::ErrorKind::AlreadyExists;
        let fault = if taken { Fault::AlreadyExists } else { error.into() };
        OpenError::new(path, fault)
    };
    if path.symlink_metadata().is_ok() {
        return Err(OpenError::new(path, Fault::AlreadyExists));
    }
    let temporary = temporary_name(path).map_err(fault)?;
    let written = write_new(&temporary, content).and_then(|()| fs::hard_link(&temporary, path));
    // Gone in either case; what is left of a failed removal is readable by the owner alone.
    let removed = fs::remove_file(&temporary);
    written.map_err(fault)?;
    removed.map_err(fault)?;
    sync_directory(path).map_err(fault)
}

/// Makes the entry of `path` in its directory durable.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory(path))?.sync_all() } else { Ok(()) }
}

/// Opens for reading and appending; creates with mode 0600.
pub(super) fn open_append(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().read(true).append(true).create(true)).open(path)
}

/// Opens for writing anywhere; creates with mode 0600 and keeps what is there.
pub(super) fn open_write(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(path)
}

/// Which file it is, whatever its name: device and inode.
#[cfg(unix)]
pub(super) fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
pub(super) fn identity(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

pub(super) fn check_regular(metadata: &Metadata) -> Result<(), Fault> {
    if metadata.is_file() { Ok(()) } else { Err(Fault::NotAFile) }
}

/// That nobody but its owner may write the file. Others may read it.
#[cfg(unix)]
pub(super) fn check_owned(metadata: &Metadata) -> Result<(), Fault> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o022 == 0 { Ok(()) } else { Err(Fault::WritableByOthers { mode }) }
}

#[cfg(not(unix))]
pub(super) fn check_owned(_: &Metadata) -> Result<(), Fault> {
    Ok(())
}

#[cfg(unix)]
fn check_private(metadata: &Metadata) -> Result<(), Fault> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(Fault::TooOpen { mode }) }
}

#[cfg(not(unix))]
fn check_private(_: &Metadata) -> Result<(), Fault> {
    Ok(())
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = private(OpenOptions::new().write(true).create_new(true)).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// A name beside `path` that nobody has.
pub(super) fn temporary_name(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut random = [0; 12];
    SystemRandom::new().fill(&mut random).map_err(|_| io::ErrorKind::Other)?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", base64url::encode(&random)));
    Ok(path.with_file_name(temporary))
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A folder for one test, gone when the test is over.
#[cfg(test)]
pub(super) mod scratch {
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicU64, Ordering};

    static NEXT: AtomicU64 = AtomicU64::new(0);

    pub(in crate::host) struct Scratch(PathBuf);

    impl Scratch {
        pub(in crate::host) fn new() -> Self {
            let n = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("eidb-host-{}-{n}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        pub(in crate::host) fn file(&self, name: &str) -> PathBuf {
            self.0.join(name)
        }

        pub(in crate::host) fn path(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[cfg(unix)]
    pub(in crate::host) fn set_mode(path: &Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::scratch::Scratch;
    #[cfg(unix)]
    use super::scratch::set_mode;
    use super::*;

    #[test]
    fn reads_back_what_it_created_and_leaves_no_temporary_file() {
        let folder = Scratch::new();
        let path = folder.file("secret");
        create_secret(&path, b"content").unwrap();
        assert_eq!(read_secret(&path).unwrap().as_slice(), b"content");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn refuses_to_overwrite() {
        let folder = Scratch::new();
        let path = folder.file("secret");
        create_secret(&path, b"first").unwrap();
        assert_eq!(create_secret(&path, b"second").unwrap_err().fault, Fault::AlreadyExists);
        assert_eq!(read_secret(&path).unwrap().as_slice(), b"first");
    }

    #[test]
    fn of_many_creators_exactly_one_wins() {
        let folder = Scratch::new();
        let path = folder.file("secret");
        let wins: usize = std::thread::scope(|scope| {
            let creators: Vec<_> = (0..16_u8)
                .map(|n| {
                    let path = &path;
                    scope.spawn(move || usize::from(create_secret(path, &[n]).is_ok()))
                })
                .collect();
            creators.into_iter().map(|creator| creator.join().unwrap()).sum()
        });
        assert_eq!(wins, 1);
    }

    #[cfg(unix)]
    #[test]
    fn refuses_every_mode_that_opens_it_to_others() {
        let folder = Scratch::new();
        let path = folder.file("secret");
        create_secret(&path, b"content").unwrap();
        for mode in [0o600, 0o400, 0o700] {
            set_mode(&path, mode);
            assert!(read_secret(&path).is_ok(), "{mode:o}");
        }
        for bit in 0..6 {
            let mode = 0o600 | (1 << bit);
            set_mode(&path, mode);
            assert_eq!(read_secret(&path).unwrap_err().fault, Fault::TooOpen { mode });
        }
    }

    #[test]
    fn reads_up_to_the_limit_and_nothing_past_it() {
        let folder = Scratch::new();
        let (at, past) = (folder.file("at"), folder.file("past"));
        create_secret(&at, &[b'a'; SECRET_MAX_LEN]).unwrap();
        create_secret(&past, &[b'a'; SECRET_MAX_LEN + 1]).unwrap();
        assert_eq!(read_secret(&at).unwrap().len(), SECRET_MAX_LEN);
        assert_eq!(read_secret(&past).unwrap_err().fault, Fault::TooLarge(SECRET_MAX_LEN));
    }

    #[test]
    fn refuses_what_is_no_regular_file() {
        let folder = Scratch::new();
        assert_eq!(read_secret(folder.path()).unwrap_err().fault, Fault::NotAFile);
        let absent = read_secret(&folder.file("absent")).unwrap_err();
        assert_eq!(absent.fault, Fault::Io(io::ErrorKind::NotFound));
        #[cfg(target_os = "linux")]
        assert_eq!(read_secret(Path::new("/dev/zero")).unwrap_err().fault, Fault::NotAFile);
    }
}
