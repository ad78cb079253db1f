//! Ready-made ports. The only folder of the library that does I/O.
//!
//! | port | type | keeps | does not |
//! |---|---|---|---|
//! | [`Random`](crate::ports::Random) | [`SystemRandom`] | nothing | |
//! | [`ReplayStore`](crate::ports::ReplayStore) | [`MemoryReplayStore`] | in this process | survive a restart, or serve two processes |
//! | [`ReplayStore`](crate::ports::ReplayStore) | [`SqliteReplayStore`], feature `sqlite` | in one file, durable before it answers | serve two machines |
//! | [`Signer`](crate::ports::Signer) | [`KeyFileSigner`] | the key in memory | protect it from the administrator |
//! | [`AuditSink`](crate::ports::AuditSink) | [`MemoryAudit`] | in this process | survive a restart; for tests |
//! | [`AuditSink`](crate::ports::AuditSink) | [`AuditFile`] | in one hash-chained file, durable before it answers | prove anything against somebody who can rewrite file and head |
//!
//! `tls`, behind the feature of that name, is no port either: it makes a TLS server of rustls accept
//! eID cards.
//!
//! [`SecretFile`] is no port: it loads the symmetric keys of sealing and of pairwise subjects.
//!
//! No port here asks a clock: `now` comes with the call. A port that fails answers
//! [`Unavailable`](crate::ports::Unavailable), and no port falls back to a weaker way of working.
//! What goes wrong while a port is opened is an [`OpenError`], which names the file and the reason.

mod audit_file;
pub mod config_folder;
mod files;
mod group;
mod key_file;
mod memory;
mod open;
mod secret_file;
mod service;
#[cfg(feature = "sqlite")]
mod sqlite;
mod system_random;
#[cfg(feature = "tls")]
pub mod tls;

pub use audit_file::{AuditFile, AuditReport, Checkpoint, Damage, DamageKind, RECORD_MAX_LEN};
pub use key_file::KeyFileSigner;
pub use memory::{MemoryAudit, MemoryReplayStore, REPLAY_CAPACITY};
pub use open::{open_broker, open_requester};
pub use secret_file::SecretFile;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteReplayStore;
pub use system_random::SystemRandom;

use std::io;
use std::path::{Path, PathBuf};

/// Why a port could not be opened: the file and the reason, never its content.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}: {fault}", path.display())]
#[non_exhaustive]
pub struct OpenError {
    /// The file as the configuration names it.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: Fault,
}

impl OpenError {
    pub(crate) fn new(path: &Path, fault: impl Into<Fault>) -> Self {
        Self { path: path.to_owned(), fault: fault.into() }
    }
}

/// What is wrong with a file that a port needs.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A key is never overwritten.
    #[error("exists already and is not overwritten")]
    AlreadyExists,
    /// The audit log is not what was written. It is never repaired silently.
    #[error("damaged: {0}")]
    Damaged(Damage),
    /// The database cannot be used.
    #[error("database: {0}")]
    Database(&'static str),
    /// The operating system refused.
    #[error("{0}")]
    Io(io::ErrorKind),
    /// The content is no key that can be used.
    #[error("key: {0}")]
    Key(&'static str),
    /// Another process, or another part of this one, writes the log.
    #[error("locked by another writer")]
    Locked,
    /// A directory, a device or a pipe.
    #[error("not a regular file")]
    NotAFile,
    /// Larger than any such file is.
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    /// Others than the owner may read or write the secret.
    #[error("mode {mode:04o} opens it to others than its owner; 0600 or 0400 is required")]
    TooOpen {
        /// The permission bits.
        mode: u32,
    },
    /// Others than the owner may write what must hold: a replay store, an audit log or its head.
    #[error("mode {mode:04o}: may be written by others than its owner; 0600 is right")]
    WritableByOthers {
        /// The permission bits.
        mode: u32,
    },
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn shared<T: Send + Sync>() {}

    #[test]
    fn every_port_may_be_shared() {
        shared::<SystemRandom>();
        shared::<MemoryReplayStore>();
        shared::<MemoryAudit>();
        shared::<KeyFileSigner>();
        shared::<AuditFile>();
        #[cfg(feature = "sqlite")]
        shared::<SqliteReplayStore>();
    }

    #[test]
    fn an_error_names_the_file_and_the_reason() {
        let error = OpenError::new(Path::new("/etc/key.pem"), Fault::TooOpen { mode: 0o644 });
        assert_eq!(
            error.to_string(),
            "/etc/key.pem: mode 0644 opens it to others than its owner; 0600 or 0400 is required"
        );
        let error = OpenError::new(Path::new("audit.log"), Fault::WritableByOthers { mode: 0o620 });
        assert_eq!(
            error.to_string(),
            "audit.log: mode 0620: may be written by others than its owner; 0600 is right"
        );
    }
}
