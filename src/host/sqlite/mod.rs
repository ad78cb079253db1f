//! The replay store in an SQLite file.

use super::group::{Group, Worker};
use super::memory::{EXPIRES_NOW, FULL, KEEP_S, SET_BACK};
use super::{Fault, OpenError, files};
use crate::UnixTime;
use crate::ports::{Insertion, Namespace, ReplayStore, Unavailable};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, params};
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A replay store in one SQLite file. Survives restarts and power cuts; any number of processes of
/// one machine may share it.
///
/// The file is in WAL mode with `synchronous=FULL`: what was answered is on the disk. Callers that
/// arrive while the disk is busy share the next commit. It must lie on a local file system, because
/// WAL needs shared memory (<https://sqlite.org/wal.html>, section 1); for several machines use a
/// database server.
///
/// Every error, a lock that is not free after 250 ms, and a full store answer [`Unavailable`]. Then
/// the entry may or may not be there: the token is spent either way.
///
/// A live entry is never evicted. Entries are removed 120 s after they expired, a few thousand at a
/// time. "Expired" is what the caller's `now` says. The file remembers the latest end of all that
/// were removed, and a `now` before it is [`Unavailable`]: by that clock, one of them could still be
/// live. So clocks may differ by two minutes; one that ran further ahead stops the others instead of
/// making them accept twice.
pub struct SqliteReplayStore {
    group: Group<Store>,
}

impl SqliteReplayStore {
    /// Opens the file, or creates it with mode 0600. `capacity` is the largest number of entries,
    /// see [`super::REPLAY_CAPACITY`]; one takes about 120 bytes of disk.
    ///
    /// # Errors
    /// [`Fault::Database`] when it is no such database or another program locks it;
    /// [`Fault::Io`] when it cannot be opened or created; [`Fault::WritableByOthers`] when others
    /// than its owner may write it or a file beside it.
    pub fn open(path: impl AsRef<Path>, capacity: u64) -> Result<Self, OpenError> {
        let path = path.as_ref();
        Store::open(path, capacity)
            .map(|store| Self { group: Group::new(store, BATCH_MAX) })
            .map_err(|fault| OpenError::new(path, fault))
    }
}

impl ReplayStore for SqliteReplayStore {
    fn insert_if_absent(
        &self,
        namespace: Namespace,
        key: &[u8; 32],
        expires: UnixTime,
        now: UnixTime,
    ) -> Result<Insertion, Unavailable> {
        if expires <= now {
            return Err(EXPIRES_NOW);
        }
        let request = Request { namespace, key: *key, now, action: Action::Insert { expires } };
        match self.group.submit(request).ok_or(PANICKED)?? {
            true => Ok(Insertion::Inserted),
            false => Ok(Insertion::AlreadyPresent),
        }
    }

    fn take(
        &self,
        namespace: Namespace,
        key: &[u8; 32],
        now: UnixTime,
    ) -> Result<bool, Unavailable> {
        let request = Request { namespace, key: *key, now, action: Action::Take };
        self.group.submit(request).ok_or(PANICKED)?
    }
}

impl fmt::Debug for SqliteReplayStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteReplayStore")
    }
}

struct Request {
    namespace: Namespace,
    key: [u8; 32],
    now: UnixTime,
    action: Action,
}

#[derive(Clone, Copy)]
enum Action {
    Insert { expires: UnixTime },
    Take,
}

struct Store {
    connection: Connection,
    files: Files,
    capacity: i64,
    // Insertions since expired entries were last removed.
    since_purge: u32,
}

impl Worker for Store {
    type Request = Request;
    type Answer = Result<bool, Unavailable>;

    // One transaction for all: either every answer is on the disk, or none is given.
    fn commit(&mut self, batch: &[Request]) -> Vec<Self::Answer> {
        self.run(batch).unwrap_or_else(|why| batch.iter().map(|_| Err(why)).collect())
    }
}

impl Store {
    fn open(path: &Path, capacity: u64) -> Result<Self, Fault> {
        // SQLite gives the files beside it (-wal, -shm) the mode of this one. An existing file is not
        // opened here: to close any descriptor of it would drop the locks that another store of this
        // process has on it (https://sqlite.org/howtocorrupt.html, 2.2).
        match files::create_secret(path, b"") {
            Err(error) if error.fault != Fault::AlreadyExists => return Err(error.fault),
            Ok(()) | Err(_) => files::check_regular(&fs::metadata(path)?)?,
        }
        check_owned(path)?;
        // The working directory may change later.
        let path = std::path::absolute(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let mut connection = Connection::open_with_flags(&path, flags).map_err(database)?;
        connection.busy_timeout(OPEN_TIMEOUT).map_err(database)?;
        prepare(&mut connection)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(database)?;
        Ok(Self {
            connection,
            files: Files::new(&path)?,
            capacity: i64::try_from(capacity).unwrap_or(i64::MAX),
            since_purge: 0,
        })
    }

    fn run(&mut self, batch: &[Request]) -> Result<Vec<Result<bool, Unavailable>>, Unavailable> {
        self.files.check()?;
        let purge = self.since_purge >= PURGE_EVERY;
        let mut inserted: u32 = 0;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(unavailable)?;
        let mut answers = Vec::with_capacity(batch.len());
        for request in batch {
            let now = seconds(request.now)?;
            let answer = match request.action {
                Action::Insert { expires } => {
                    inserted = inserted.saturating_add(1);
                    insert(&transaction, request, seconds(expires)?, now, self.capacity)?
                }
                Action::Take => take(&transaction, request, now)?,
            };
            answers.push(answer);
        }
        if let (true, Some(request)) = (purge, batch.last()) {
            remove_expired(&transaction, request.now)?;
        }
        transaction.commit().map_err(unavailable)?;
        self.since_purge = if purge { 0 } else { self.since_purge.saturating_add(inserted) };
        self.files.check()?;
        Ok(answers)
    }
}

// The database and its write-ahead log. Had they been removed or replaced underneath, this
// connection would go on answering from the old ones and another process from the new: both would
// insert the same key.
struct Files {
    database: (PathBuf, (u64, u64)),
    // It never shrinks: nothing here runs VACUUM.
    database_len: u64,
    wal: (PathBuf, (u64, u64)),
}

impl Files {
    fn new(path: &Path) -> Result<Self, Fault> {
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        let wal = PathBuf::from(wal);
        let (database, log) = (fs::metadata(path)?, fs::metadata(&wal)?);
        Ok(Self {
            database: (path.to_owned(), files::identity(&database)),
            database_len: database.len(),
            wal: (wal, files::identity(&log)),
        })
    }

    fn check(&mut self) -> Result<(), Unavailable> {
        let same = |(path, identity): &(PathBuf, (u64, u64))| {
            fs::metadata(path).ok().filter(|metadata| files::identity(metadata) == *identity)
        };
        match (same(&self.database), same(&self.wal)) {
            (Some(database), Some(_)) if database.len() >= self.database_len => {
                self.database_len = database.len();
                Ok(())
            }
            _ => Err(Unavailable("replay store: its files were removed, replaced or cut off")),
        }
    }
}

// The database and what SQLite keeps beside it: who can write one of them can empty the store.
fn check_owned(path: &Path) -> Result<(), Fault> {
    for suffix in ["", "-journal", "-shm", "-wal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::metadata(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            metadata => files::check_owned(&metadata?)?,
        }
    }
    Ok(())
}

fn insert(
    transaction: &Transaction<'_>,
    request: &Request,
    expires: i64,
    now: i64,
    capacity: i64,
) -> Result<Result<bool, Unavailable>, Unavailable> {
    if now < forgotten(transaction)? {
        return Ok(Err(SET_BACK));
    }
    let full = || entries(transaction).map(|entries| entries >= capacity);
    if full()? {
        remove_expired(transaction, request.now)?;
        if full()? {
            // A replay is told as such even then; nothing new is let in.
            let known = is_live(transaction, request, now)?;
            return Ok(if known { Ok(false) } else { Err(FULL) });
        }
    }
    // What replaces an expired entry forgets nothing: the key stays known, and for longer.
    let changed = transaction
        .prepare_cached(
            "INSERT INTO replay (ns, k, exp) VALUES (?1, ?2, ?3)
             ON CONFLICT (ns, k) DO UPDATE SET exp = excluded.exp WHERE replay.exp <= ?4",
        )
        .and_then(|mut statement| {
            statement.execute(params![request.namespace.number(), request.key, expires, now])
        })
        .map_err(unavailable)?;
    Ok(Ok(changed == 1))
}

fn take(
    transaction: &Transaction<'_>,
    request: &Request,
    now: i64,
) -> Result<Result<bool, Unavailable>, Unavailable> {
    if now < forgotten(transaction)? {
        return Ok(Err(SET_BACK));
    }
    transaction
        .prepare_cached("DELETE FROM replay WHERE ns = ?1 AND k = ?2 AND exp > ?3")
        .and_then(|mut statement| {
            statement.execute(params![request.namespace.number(), request.key, now])
        })
        .map(|changed| Ok(changed == 1))
        .map_err(unavailable)
}

fn is_live(
    transaction: &Transaction<'_>,
    request: &Request,
    now: i64,
) -> Result<bool, Unavailable> {
    transaction
        .prepare_cached("SELECT 1 FROM replay WHERE ns = ?1 AND k = ?2 AND exp > ?3")
        .and_then(|mut statement| {
            statement.exists(params![request.namespace.number(), request.key, now])
        })
        .map_err(unavailable)
}

fn entries(transaction: &Transaction<'_>) -> Result<i64, Unavailable> {
    transaction
        .prepare_cached("SELECT n FROM replay_count")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(unavailable)
}

// The latest end of all entries that were removed because they had expired; 0 when none was.
fn forgotten(transaction: &Transaction<'_>) -> Result<i64, Unavailable> {
    transaction
        .prepare_cached("SELECT until FROM replay_forgotten")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(unavailable)
}

// Marks first and removes then, in one transaction: no entry goes without its mark.
fn remove_expired(transaction: &Transaction<'_>, now: UnixTime) -> Result<(), Unavailable> {
    // An entry always ends after 1970, so that an end of 0 is none.
    let now = seconds(now.minus(KEEP_S))?;
    transaction
        .prepare_cached(
            "UPDATE replay_forgotten SET until = max(until, coalesce((SELECT max(exp) FROM
             (SELECT exp FROM replay WHERE exp <= ?1 ORDER BY exp LIMIT ?2)), 0))",
        )
        .and_then(|mut statement| statement.execute(params![now, PURGE_MAX]))
        .map_err(unavailable)?;
    transaction
        .prepare_cached(
            "DELETE FROM replay WHERE (ns, k) IN
             (SELECT ns, k FROM replay WHERE exp <= ?1 ORDER BY exp LIMIT ?2)",
        )
        .and_then(|mut statement| statement.execute(params![now, PURGE_MAX]))
        .map(|_| ())
        .map_err(unavailable)
}

fn prepare(connection: &mut Connection) -> Result<(), Fault> {
    // While another process turns the file to WAL, SQLite answers "locked" without waiting.
    let mut tries = OPEN_TRIES;
    let mode: String = loop {
        match connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)) {
            Err(error) if is_busy(&error) && tries > 0 => {
                tries = tries.saturating_sub(1);
                std::thread::sleep(OPEN_PAUSE);
            }
            mode => break mode.map_err(database)?,
        }
    };
    if mode != "wal" {
        return Err(Fault::Database("the file system does not allow WAL"));
    }
    connection.pragma_update(None, "synchronous", "FULL").map_err(database)?;
    connection.pragma_update(None, "trusted_schema", false).map_err(database)?;
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(database)?;
    let number = |name: &str| transaction.pragma_query_value(None, name, |row| row.get(0));
    let tables: i64 = transaction
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(database)?;
    let marks: (i64, i64) =
        (number("application_id").map_err(database)?, number("user_version").map_err(database)?);
    match (tables, marks) {
        (0, (0, 0)) => transaction.execute_batch(SCHEMA).map_err(database)?,
        (_, (APPLICATION_ID, SCHEMA_VERSION)) => {}
        _ => return Err(Fault::Database("not a replay store of this version")),
    }
    transaction.commit().map_err(database)
}

fn seconds(time: UnixTime) -> Result<i64, Unavailable> {
    i64::try_from(time.secs()).map_err(|_| Unavailable("replay store: time out of range"))
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn database(error: rusqlite::Error) -> Fault {
    Fault::Database(reason(&error))
}

fn unavailable(error: rusqlite::Error) -> Unavailable {
    // The texts of `reason` are fixed; a port's answer names the port as well.
    Unavailable(match reason(&error) {
        BUSY => "replay store: locked by another program",
        DISK_FULL => "replay store: the disk is full",
        NOT_A_DATABASE => "replay store: the file is damaged",
        READ_ONLY => "replay store: not writable",
        _ => "replay store: the database failed",
    })
}

// Never SQLite's own text: it quotes names and values.
fn reason(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => BUSY,
        Some(ErrorCode::DiskFull) => DISK_FULL,
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => NOT_A_DATABASE,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            READ_ONLY
        }
        _ => "it failed",
    }
}

const BUSY: &str = "locked by another program";
const DISK_FULL: &str = "the disk is full";
const NOT_A_DATABASE: &str = "not a database, or damaged";
const READ_ONLY: &str = "not writable";
const PANICKED: Unavailable = Unavailable("replay store: a caller panicked");

// The count is kept by triggers in the same transaction: to count the rows would cost as much as
// there are rows. `exp` has an index, so that removal finds what has expired without a search.
const SCHEMA: &str = "
    CREATE TABLE replay (
        ns INTEGER NOT NULL,
        k BLOB NOT NULL CHECK (length(k) = 32),
        exp INTEGER NOT NULL,
        PRIMARY KEY (ns, k)
    ) WITHOUT ROWID;
    CREATE INDEX replay_exp ON replay (exp);
    CREATE TABLE replay_count (id INTEGER PRIMARY KEY CHECK (id = 1), n INTEGER NOT NULL);
    INSERT INTO replay_count VALUES (1, 0);
    CREATE TABLE replay_forgotten (id INTEGER PRIMARY KEY CHECK (id = 1), until INTEGER NOT NULL);
    INSERT INTO replay_forgotten VALUES (1, 0);
    CREATE TRIGGER replay_inserted AFTER INSERT ON replay
        BEGIN UPDATE replay_count SET n = n + 1; END;
    CREATE TRIGGER replay_deleted AFTER DELETE ON replay
        BEGIN UPDATE replay_count SET n = n - 1; END;
    PRAGMA application_id = 0x65494452;
    PRAGMA user_version = 2;
";
// "eIDR" in ASCII.
const APPLICATION_ID: i64 = 0x6549_4452;
const SCHEMA_VERSION: i64 = 2;

// For a verification that somebody waits for; opening has more time.
const BUSY_TIMEOUT: Duration = Duration::from_millis(250);
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
const OPEN_TRIES: u32 = 50;
const OPEN_PAUSE: Duration = Duration::from_millis(20);

// One removal of at most 5000 takes some milliseconds and makes room for more than came in.
const PURGE_EVERY: u32 = 1000;
const PURGE_MAX: i64 = 5000;

const BATCH_MAX: usize = 256;

#[cfg(test)]
mod tests;
