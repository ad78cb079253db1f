use super::*;
use crate::host::files::scratch::Scratch;

type Harm = (&'static str, fn(&Path));

const NS: Namespace = Namespace::Assertion;

fn key(n: u64) -> [u8; 32] {
    crate::crypto::sha256(&n.to_be_bytes())
}

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds)
}

fn open(path: &Path) -> SqliteReplayStore {
    SqliteReplayStore::open(path, 1000).unwrap()
}

fn insert(store: &SqliteReplayStore, n: u64) -> Result<Insertion, Unavailable> {
    store.insert_if_absent(NS, &key(n), at(100), at(1))
}

// Another program that has the file open.
fn intruder(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

#[test]
fn accepts_once_until_it_expires_and_across_opening_again() {
    let folder = Scratch::new();
    let path = folder.file("replay.db");
    let insert = |now| open(&path).insert_if_absent(NS, &key(1), at(now + 100), at(now));
    assert_eq!(insert(1000), Ok(Insertion::Inserted));
    assert_eq!(insert(1000), Ok(Insertion::AlreadyPresent));
    assert_eq!(insert(1099), Ok(Insertion::AlreadyPresent));
    assert_eq!(insert(1100), Ok(Insertion::Inserted));
    assert_eq!(insert(1199), Ok(Insertion::AlreadyPresent));
}

#[test]
fn takes_once_and_nothing_that_expired() {
    let folder = Scratch::new();
    let store = open(&folder.file("replay.db"));
    insert(&store, 1).unwrap();
    insert(&store, 2).unwrap();
    assert_eq!(store.take(Namespace::Expectation, &key(1), at(99)), Ok(false));
    assert_eq!(store.take(NS, &key(1), at(99)), Ok(true));
    assert_eq!(store.take(NS, &key(1), at(99)), Ok(false));
    assert_eq!(store.take(NS, &key(2), at(100)), Ok(false));
    assert_eq!(store.take(NS, &key(3), at(1)), Ok(false));
    // What had expired is not gone with that.
    assert_eq!(store.take(NS, &key(2), at(99)), Ok(true));
}

// A store whose entry of key 1 ends at 100 and which then was full at `now`.
fn ran_ahead_to(path: &Path, now: u64) -> SqliteReplayStore {
    let store = SqliteReplayStore::open(path, 20).unwrap();
    insert(&store, 1).unwrap();
    for n in 100..120 {
        // The last finds it full, unless there is something to remove.
        let _ = store.insert_if_absent(NS, &key(n), at(now).plus(100), at(now));
    }
    store
}

#[test]
fn a_clock_that_ran_ahead_and_back_is_noticed_and_across_opening_again() {
    let folder = Scratch::new();
    let path = folder.file("replay.db");
    drop(ran_ahead_to(&path, 220));
    let store = open(&path);
    let insert = |now| store.insert_if_absent(NS, &key(1), at(500), at(now));
    for now in [1, 50, 99] {
        assert_eq!(insert(now), Err(SET_BACK));
        assert_eq!(store.take(NS, &key(1), at(now)), Err(SET_BACK));
    }
    // By this clock the entry has expired: nothing is in doubt.
    assert_eq!(store.take(NS, &key(1), at(100)), Ok(false));
    assert_eq!(insert(100), Ok(Insertion::Inserted));
    assert_eq!(insert(220), Ok(Insertion::AlreadyPresent));
}

#[test]
fn removal_now_and_then_leaves_its_mark_as_well() {
    let folder = Scratch::new();
    let store = open(&folder.file("replay.db"));
    insert(&store, 1).unwrap();
    // Never full: what removes here is the count of insertions.
    std::thread::scope(|scope| {
        for thread in 0..64 {
            let store = &store;
            scope.spawn(move || {
                for _ in 0..20 {
                    store.insert_if_absent(NS, &key(1000 + thread), at(9000), at(8000)).unwrap();
                }
            });
        }
    });
    assert_eq!(store.take(NS, &key(1), at(99)), Err(SET_BACK));
}

#[test]
fn honest_twin_clocks_that_differ_by_up_to_two_minutes_are_served() {
    let folder = Scratch::new();
    let store = ran_ahead_to(&folder.file("a.db"), 219);
    let insert = |n, now| store.insert_if_absent(NS, &key(n), at(500), at(now));
    assert_eq!(insert(1, 99), Ok(Insertion::AlreadyPresent));
    drop(ran_ahead_to(&folder.file("b.db"), 1000));
    let store = open(&folder.file("b.db"));
    for now in [1000, 940, 880] {
        let insert = store.insert_if_absent(NS, &key(now), at(2000), at(now));
        assert_eq!(insert, Ok(Insertion::Inserted));
    }
    assert_eq!(store.take(NS, &key(940), at(880)), Ok(true));
}

#[test]
fn an_expired_entry_that_is_replaced_is_not_forgotten() {
    let folder = Scratch::new();
    let store = open(&folder.file("replay.db"));
    let insert = |now| store.insert_if_absent(NS, &key(1), at(now + 100), at(now));
    assert_eq!(insert(1), Ok(Insertion::Inserted));
    assert_eq!(insert(5000), Ok(Insertion::Inserted));
    assert_eq!(insert(1), Ok(Insertion::AlreadyPresent));
}

#[test]
fn refuses_an_entry_that_has_expired_already() {
    let folder = Scratch::new();
    let store = open(&folder.file("replay.db"));
    assert_eq!(store.insert_if_absent(NS, &key(1), at(5), at(5)), Err(EXPIRES_NOW));
    assert_eq!(store.insert_if_absent(NS, &key(1), at(6), at(5)), Ok(Insertion::Inserted));
}

#[test]
fn of_64_threads_on_two_connections_exactly_one_inserts_and_exactly_one_takes() {
    let folder = Scratch::new();
    let path = folder.file("replay.db");
    let stores = [open(&path), open(&path)];
    for n in 0..10 {
        let count = |job: &(dyn Fn(&SqliteReplayStore) -> bool + Sync)| -> usize {
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..64)
                    .map(|thread| {
                        let store = &stores[thread % 2];
                        scope.spawn(move || job(store))
                    })
                    .collect();
                threads.into_iter().map(|t| usize::from(t.join().unwrap())).sum()
            })
        };
        assert_eq!(count(&|store| insert(store, n) == Ok(Insertion::Inserted)), 1);
        assert_eq!(count(&|store| store.take(NS, &key(n), at(1)) == Ok(true)), 1);
    }
}

#[test]
fn many_may_create_the_file_at_once() {
    for _ in 0..5 {
        let folder = Scratch::new();
        let path = folder.file("replay.db");
        let inserted: usize = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| insert(&open(&path), 1).unwrap())).collect();
            let answers = threads.into_iter().map(|thread| thread.join().unwrap());
            answers.filter(|answer| *answer == Insertion::Inserted).count()
        });
        assert_eq!(inserted, 1);
    }
}

#[test]
fn full_means_unavailable_and_no_live_entry_is_evicted() {
    let folder = Scratch::new();
    let store = SqliteReplayStore::open(folder.file("replay.db"), 20).unwrap();
    let insert = |n, now| store.insert_if_absent(NS, &key(n), at(100 + 10 * n), at(now));
    for n in 0..20 {
        assert_eq!(insert(n, 1), Ok(Insertion::Inserted));
    }
    assert_eq!(insert(20, 1), Err(FULL));
    for n in 0..20 {
        assert_eq!(insert(n, 1), Ok(Insertion::AlreadyPresent));
    }
    // Expired entries are kept for a while, and then there is room for exactly one.
    assert_eq!(insert(20, 219), Err(FULL));
    assert_eq!(insert(20, 220), Ok(Insertion::Inserted));
    assert_eq!(insert(21, 220), Err(FULL));
    assert_eq!(store.take(NS, &key(15), at(220)), Ok(true));
    assert_eq!(insert(21, 220), Ok(Insertion::Inserted));
}

#[test]
fn expired_entries_do_not_pile_up_and_the_count_stays_true() {
    let folder = Scratch::new();
    let path = folder.file("replay.db");
    let store = SqliteReplayStore::open(&path, 1_000_000).unwrap();
    // Many threads, so that they share commits: this is about rows, not about the disk. They go in
    // step, so that no clock is minutes behind another.
    let step = std::sync::Barrier::new(64);
    std::thread::scope(|scope| {
        for thread in 0..64 {
            let (store, step) = (&store, &step);
            scope.spawn(move || {
                for n in (thread..4032).step_by(64) {
                    let inserted = store.insert_if_absent(NS, &key(n), at(n + 10), at(n));
                    step.wait();
                    assert_eq!(inserted, Ok(Insertion::Inserted));
                }
            });
        }
    });
    let number = |sql| intruder(&path).query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let rows = number("SELECT count(*) FROM replay");
    assert!(rows < 2200, "{rows}");
    assert_eq!(number("SELECT n FROM replay_count"), rows);
}

#[cfg(unix)]
#[test]
fn all_its_files_are_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Scratch::new();
    let store = open(&folder.file("replay.db"));
    insert(&store, 1).unwrap();
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 3);
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(unix)]
#[test]
fn refuses_files_that_others_may_write() {
    use crate::host::files::scratch::set_mode;
    let folder = Scratch::new();
    let path = folder.file("replay.db");
    let store = open(&path);
    insert(&store, 1).unwrap();
    for file in ["replay.db", "replay.db-wal", "replay.db-shm"] {
        let file = folder.file(file);
        for mode in [0o620, 0o602, 0o666, 0o660] {
            set_mode(&file, mode);
            let fault = SqliteReplayStore::open(&path, 9).unwrap_err().fault;
            assert_eq!(fault, Fault::WritableByOthers { mode });
        }
        // The honest twin: others may read it.
        for mode in [0o644, 0o640, 0o600] {
            set_mode(&file, mode);
            assert_eq!(insert(&open(&path), 1), Ok(Insertion::AlreadyPresent));
        }
    }
}

#[test]
fn refuses_to_open_what_is_no_replay_store() {
    let folder = Scratch::new();
    let fault = |path: &Path| SqliteReplayStore::open(path, 9).unwrap_err().fault;
    let garbage = folder.file("garbage");
    fs::write(&garbage, [0x5a; 8192]).unwrap();
    assert_eq!(fault(&garbage), Fault::Database(NOT_A_DATABASE));
    let foreign = folder.file("foreign.db");
    intruder(&foreign).execute_batch("CREATE TABLE replay (ns, k, exp)").unwrap();
    assert_eq!(fault(&foreign), Fault::Database("not a replay store of this version"));
    let later = folder.file("later.db");
    drop(open(&later));
    // The first version kept no mark of what it forgot.
    for version in [1, 3] {
        intruder(&later).pragma_update(None, "user_version", version).unwrap();
        assert_eq!(fault(&later), Fault::Database("not a replay store of this version"));
    }
    assert_eq!(fault(folder.path()), Fault::NotAFile);
    let absent = fault(&folder.file("absent/replay.db"));
    assert_eq!(absent, Fault::Io(ErrorKind::NotFound));
}

#[test]
fn a_store_that_fails_is_unavailable_and_never_inserts() {
    let harms: [Harm; 8] = [
        ("emptied", |path| {
            fs::File::options().write(true).open(path).unwrap().set_len(0).unwrap();
        }),
        ("log removed", |path| fs::remove_file(path.with_extension("db-wal")).unwrap()),
        ("removed", |path| fs::remove_file(path).unwrap()),
        ("replaced", |path| {
            fs::rename(path, path.with_extension("old")).unwrap();
            drop(open(path));
        }),
        ("table dropped", |path| intruder(path).execute_batch("DROP TABLE replay").unwrap()),
        ("counter dropped", |path| {
            intruder(path).execute_batch("DROP TABLE replay_count").unwrap();
        }),
        ("mark dropped", |path| {
            intruder(path).execute_batch("DROP TABLE replay_forgotten").unwrap();
        }),
        ("mark deleted", |path| {
            intruder(path).execute_batch("DELETE FROM replay_forgotten").unwrap();
        }),
    ];
    for (name, harm) in harms {
        let folder = Scratch::new();
        let path = folder.file("replay.db");
        let store = open(&path);
        assert_eq!(insert(&store, 1), Ok(Insertion::Inserted));
        harm(&path);
        for n in 1..4 {
            assert!(insert(&store, n).is_err(), "{name}");
            assert!(store.take(NS, &key(n), at(1)).is_err(), "{name}");
        }
    }
}

#[test]
fn a_damaged_file_never_inserts_what_it_had_before() {
    let folder = Scratch::new();
    let path = folder.file("replay.db");
    let store = open(&path);
    for n in 0..50 {
        insert(&store, n).unwrap();
    }
    // The last to close moves everything into the main file.
    drop(store);
    let good = fs::read(&path).unwrap();
    for page in 0..good.len() / 4096 {
        let mut bad = good.clone();
        bad[page * 4096..][..4096].fill(0x5a);
        fs::write(&path, bad).unwrap();
        if let Ok(store) = SqliteReplayStore::open(&path, 1000) {
            for n in 0..50 {
                assert_ne!(insert(&store, n), Ok(Insertion::Inserted), "page {page}");
            }
        }
    }
    fs::write(&path, good).unwrap();
    let store = open(&path);
    assert_eq!(insert(&store, 49), Ok(Insertion::AlreadyPresent));
    assert_eq!(insert(&store, 50), Ok(Insertion::Inserted));
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_is_not_writable_refuses_to_open() {
    use crate::host::files::scratch::set_mode;
    // Nobody creates files there, the administrator included.
    let proc = SqliteReplayStore::open("/proc/replay.db", 9).unwrap_err();
    assert!(matches!(proc.fault, Fault::Io(_)));
    let folder = Scratch::new();
    set_mode(folder.path(), 0o555);
    // The administrator may write everywhere else.
    if fs::write(folder.file("probe"), b"").is_err() {
        let path = folder.file("replay.db");
        let denied = SqliteReplayStore::open(path, 9).unwrap_err().fault;
        assert_eq!(denied, Fault::Io(ErrorKind::PermissionDenied));
    }
    set_mode(folder.path(), 0o755);
    assert_eq!(insert(&open(&folder.file("replay.db")), 1), Ok(Insertion::Inserted));
}

#[test]
fn a_store_that_may_not_write_is_unavailable() {
    let folder = Scratch::new();
    let store = open(&folder.file("replay.db"));
    let read_only = |on: bool| {
        let set = |store: &Store| store.connection.pragma_update(None, "query_only", on);
        store.group.with_worker(set).unwrap().unwrap();
    };
    read_only(true);
    assert_eq!(insert(&store, 1), Err(Unavailable("replay store: not writable")));
    read_only(false);
    assert_eq!(insert(&store, 1), Ok(Insertion::Inserted));
}

#[test]
fn a_full_disk_is_unavailable() {
    let folder = Scratch::new();
    let store = open(&folder.file("replay.db"));
    let limit = |store: &Store| store.connection.pragma_update(None, "max_page_count", 1);
    store.group.with_worker(limit).unwrap().unwrap();
    let mut refused = 0;
    for n in 0..200 {
        match insert(&store, n) {
            Ok(Insertion::Inserted) => assert_eq!(refused, 0),
            other => {
                assert_eq!(other, Err(Unavailable("replay store: the disk is full")));
                refused += 1;
            }
        }
    }
    assert!(refused > 0);
}

#[test]
fn a_lock_that_is_not_free_in_time_is_unavailable_and_a_short_one_is_waited_for() {
    let folder = Scratch::new();
    let path = folder.file("replay.db");
    let store = open(&path);
    let other = intruder(&path);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(insert(&store, 1), Err(Unavailable("replay store: locked by another program")));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| insert(&store, 1));
        std::thread::sleep(Duration::from_millis(20));
        other.execute_batch("ROLLBACK").unwrap();
        assert_eq!(waiting.join().unwrap(), Ok(Insertion::Inserted));
    });
}
