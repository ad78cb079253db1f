//! The ports of `host` under processes that are killed, compete, or run out of space.
//!
//! The processes are this test program itself, started again with `EIDB_HOST_CHILD` set.

#![cfg(unix)]

// A module, so that the lints know its helpers for test code.
#[cfg(test)]
mod processes {
    use eid_broker::host::{AuditFile, DamageKind};
    use eid_broker::ports::AuditSink as _;
    use std::collections::BTreeSet;
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    const CHILD: &str = "EIDB_HOST_CHILD";
    const FILE: &str = "EIDB_HOST_FILE";

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("host-{name}-{}", std::process::id());
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    // This program once more, running only `child` below.
    fn command(role: &str, file: &Path) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        as_child(&mut command, role, file);
        command
    }

    fn as_child(command: &mut Command, role: &str, file: &Path) {
        command
            .args(["--exact", "processes::child", "--nocapture", "--test-threads", "1"])
            .env(CHILD, role)
            .env(FILE, file)
            .stdout(Stdio::piped());
    }

    // What a child says: lines `SAID word.`; the test harness writes between them.
    fn said(child: &mut Child) -> Vec<String> {
        let out = BufReader::new(child.stdout.take().unwrap());
        // A line that the kill has cut short was not said.
        out.split(b'\n')
            .map(|line| String::from_utf8(line.unwrap()).unwrap())
            .filter_map(|line| line.strip_prefix("SAID ")?.strip_suffix('.').map(str::to_owned))
            .collect()
    }

    fn say(word: &str) {
        let mut out = std::io::stdout().lock();
        out.write_all(format!("\nSAID {word}.\n").as_bytes()).unwrap();
        out.flush().unwrap();
    }

    /// Not a test: what the children do.
    #[test]
    fn child() {
        let (Ok(role), Some(file)) = (std::env::var(CHILD), std::env::var_os(FILE)) else { return };
        let file = Path::new(&file);
        match role.as_str() {
            "append" => append_until_killed(file),
            "fill" => append_until_refused(file),
            "lock" => {
                say(if AuditFile::open(file).is_ok() { "opened" } else { "refused" });
            }
            #[cfg(feature = "sqlite")]
            "insert" => replay::insert_all(file),
            #[cfg(feature = "sqlite")]
            "seize" => replay::seize(file),
            #[cfg(feature = "sqlite")]
            "insert-until-killed" => replay::insert_until_killed(file),
            other => panic!("no such role: {other}"),
        }
    }

    fn append_until_killed(file: &Path) {
        let audit = AuditFile::open(file).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for n in 0_u64.. {
                        let filler = "x".repeat(usize::try_from(n.wrapping_mul(37) % 900).unwrap());
                        let record = format!("{{\"n\":{n},\"filler\":\"{filler}\"}}");
                        say(&audit.append(record.as_bytes()).unwrap().0.to_string());
                    }
                });
            }
        });
    }

    fn append_until_refused(file: &Path) {
        let audit = AuditFile::open(file).unwrap();
        let record = format!("{{\"filler\":\"{}\"}}", "x".repeat(700));
        loop {
            match audit.append(record.as_bytes()) {
                Ok(position) => say(&position.0.to_string()),
                Err(why) => {
                    assert_eq!(audit.append(b"{}"), Err(why));
                    say("refused");
                    break;
                }
            }
        }
    }

    // Not random by a generator: every run kills at other places anyway.
    fn pause(round: u64) {
        std::thread::sleep(Duration::from_micros(
            round.wrapping_mul(7919).wrapping_add(3000) % 40_000,
        ));
    }

    #[test]
    fn whatever_was_acknowledged_before_a_kill_is_in_the_log() {
        let folder = Folder::new("kill");
        let path = folder.0.join("audit.log");
        let mut acknowledged = BTreeSet::new();
        for round in 0..20 {
            let mut child = command("append", &path).spawn().unwrap();
            let before = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
            let start = Instant::now();
            while std::fs::metadata(&path).map_or(0, |metadata| metadata.len()) == before
                && start.elapsed() < Duration::from_secs(20)
            {
                std::thread::sleep(Duration::from_millis(1));
            }
            pause(round);
            child.kill().unwrap();
            let said = said(&mut child);
            child.wait().unwrap();
            acknowledged.extend(said.iter().map(|word| word.parse::<u64>().unwrap()));

            let report = AuditFile::verify(&path).unwrap();
            assert!(report.is_whole(), "round {round}: {report:?}");
            // On a slow disk the first kill may come before the first acknowledgement.
            if let Some(last) = acknowledged.last() {
                assert!(report.good.lines > *last, "round {round}: {last} is gone, {report:?}");
            }
            assert!(report.acknowledged.unwrap().lines <= report.good.lines);
        }
        // Every one of them, as a line of its own.
        let text = std::fs::read_to_string(&path).unwrap();
        let present: BTreeSet<u64> = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .map(|line| {
                let (number, _) = line.strip_prefix("{\"seq\":").unwrap().split_once(',').unwrap();
                number.parse().unwrap()
            })
            .collect();
        assert!(acknowledged.is_subset(&present));
        assert!(acknowledged.len() > 20, "{}", acknowledged.len());
    }

    #[test]
    fn a_disk_that_fills_up_refuses_and_keeps_what_was_acknowledged() {
        let folder = Folder::new("full");
        let path = folder.0.join("audit.log");
        // A limit of 20 × 512 or 20 × 1024 bytes, by shell: the write that crosses it is cut short.
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; ulimit -f 20; exec \"$0\" \"$@\""]);
        shell.arg(std::env::current_exe().unwrap());
        as_child(&mut shell, "fill", &path);
        let mut child = shell.spawn().unwrap();
        let mut said = said(&mut child);
        assert!(child.wait().unwrap().success());
        assert_eq!(said.pop().as_deref(), Some("refused"));
        let acknowledged = u64::try_from(said.len()).unwrap();
        assert!(acknowledged > 5);

        let report = AuditFile::verify(&path).unwrap();
        assert!(report.is_whole());
        assert_eq!((report.good.lines, report.torn_bytes), (acknowledged, 0));
        // With room again it goes on where it was.
        let audit = AuditFile::open(&path).unwrap();
        assert_eq!(audit.append(b"{}").unwrap().0, acknowledged);
    }

    #[test]
    fn another_process_cannot_open_a_log_that_is_in_use() {
        let folder = Folder::new("lock");
        let path = folder.0.join("audit.log");
        let ask = || {
            let mut child = command("lock", &path).spawn().unwrap();
            let said = said(&mut child);
            assert!(child.wait().unwrap().success());
            said
        };
        let audit = AuditFile::open(&path).unwrap();
        assert_eq!(ask(), ["refused"]);
        drop(audit);
        assert_eq!(ask(), ["opened"]);
    }

    #[test]
    fn an_auditor_finds_the_line_without_our_help() {
        let folder = Folder::new("auditor");
        let path = folder.0.join("audit.log");
        let audit = AuditFile::open(&path).unwrap();
        for n in 0..3 {
            audit.append(format!("{{\"n\":{n}}}").as_bytes()).unwrap();
        }
        // The command of the documentation, for the line before the last.
        let script = "(printf '\\0'; sed -n 2p \"$0\" | tr -d '\\n') | sha256sum | cut -c1-64";
        let out = Command::new("sh").args(["-c", script]).arg(&path).output().unwrap();
        let hex = String::from_utf8(out.stdout).unwrap();
        let hash: Vec<u8> = (0..32)
            .map(|n| u8::from_str_radix(hex.get(2 * n..2 * n + 2).unwrap(), 16).unwrap())
            .collect();
        let previous = eid_broker::envelope::base64url::encode(&hash);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.lines().nth(2).unwrap().contains(&format!("\"prev\":\"{previous}\"")));

        // And a line that is changed by an editor is named.
        std::fs::write(&path, text.replace("{\"n\":1}", "{\"n\":7}")).unwrap();
        let damage = AuditFile::verify(&path).unwrap().damage.unwrap();
        assert_eq!((damage.sequence, damage.kind), (1, DamageKind::Altered));
    }

    /// Prints numbers; decides nothing. `cargo test --release --test host -- --ignored --nocapture`
    #[test]
    #[ignore = "a measurement, not a test"]
    fn measure_appends() {
        let folder = Folder::new("measure");
        let record =
            format!("{{\"event\":\"assertion.issued\",\"filler\":\"{}\"}}", "x".repeat(300));
        for threads in [1_u64, 4, 16, 64] {
            let audit = AuditFile::open(folder.0.join(format!("audit-{threads}.log"))).unwrap();
            let each = 4000 / threads;
            let start = Instant::now();
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        (0..each).for_each(|_| assert!(audit.append(record.as_bytes()).is_ok()))
                    });
                }
            });
            report("audit appends", threads, each * threads, start);
        }
        #[cfg(feature = "sqlite")]
        replay::measure(&folder.0);
    }

    fn report(what: &str, threads: u64, count: u64, start: Instant) {
        let rate = f64::from(u32::try_from(count).unwrap()) / start.elapsed().as_secs_f64();
        say(&format!("{what}, {threads} threads: {rate:.0}/s"));
    }

    #[cfg(feature = "sqlite")]
    mod replay {
        use super::*;
        use eid_broker::UnixTime;
        use eid_broker::host::SqliteReplayStore;
        use eid_broker::ports::{Insertion, Namespace, ReplayStore as _};
        use std::sync::atomic::{AtomicU64, Ordering};

        const KEYS: u64 = 200;

        fn insert(store: &SqliteReplayStore, n: u64) -> bool {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&n.to_be_bytes());
            let (now, expires) = (UnixTime::from_secs(1), UnixTime::from_secs(1000));
            store.insert_if_absent(Namespace::Assertion, &key, expires, now).unwrap()
                == Insertion::Inserted
        }

        fn open(file: &Path) -> SqliteReplayStore {
            SqliteReplayStore::open(file, 1_000_000).unwrap()
        }

        pub(super) fn insert_all(file: &Path) {
            let store = open(file);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        for n in (0..KEYS).filter(|n| insert(&store, *n)) {
                            say(&n.to_string());
                        }
                    });
                }
            });
        }

        pub(super) fn insert_until_killed(file: &Path) {
            let store = open(file);
            for n in (0..).filter(|n| insert(&store, *n)) {
                say(&n.to_string());
            }
        }

        // Leaving WAL needs the file for oneself alone.
        pub(super) fn seize(file: &Path) {
            let connection = rusqlite::Connection::open(file).unwrap();
            let seized = connection.execute_batch("PRAGMA journal_mode = DELETE").is_ok();
            say(if seized { "seized" } else { "refused" });
        }

        #[test]
        fn opening_a_second_time_leaves_the_locks_of_the_first_alone() {
            let folder = Folder::new("seize");
            let path = folder.0.join("replay.db");
            let ask = || {
                let mut child = command("seize", &path).spawn().unwrap();
                let said = said(&mut child);
                assert!(child.wait().unwrap().success());
                said
            };
            let first = open(&path);
            drop(open(&path));
            assert_eq!(ask(), ["refused"]);
            assert!(insert(&first, 1));
            drop(first);
            assert_eq!(ask(), ["seized"]);
        }

        #[test]
        fn of_two_processes_exactly_one_inserts_each_key() {
            let folder = Folder::new("race");
            let path = folder.0.join("replay.db");
            let mut children: Vec<_> =
                (0..2).map(|_| command("insert", &path).spawn().unwrap()).collect();
            let mut all: Vec<u64> = Vec::new();
            for child in &mut children {
                all.extend(said(child).iter().map(|word| word.parse::<u64>().unwrap()));
                assert!(child.wait().unwrap().success());
            }
            all.sort_unstable();
            assert_eq!(all, (0..KEYS).collect::<Vec<_>>());
        }

        #[test]
        fn whatever_was_inserted_before_a_kill_is_a_replay_after_it() {
            let folder = Folder::new("replay-kill");
            let path = folder.0.join("replay.db");
            for round in 0..10 {
                let mut child = command("insert-until-killed", &path).spawn().unwrap();
                std::thread::sleep(Duration::from_millis(60));
                pause(round);
                child.kill().unwrap();
                let said = said(&mut child);
                child.wait().unwrap();
                let store = open(&path);
                for word in said {
                    assert!(!insert(&store, word.parse().unwrap()), "round {round}: {word} again");
                }
            }
        }

        pub(super) fn measure(folder: &Path) {
            for threads in [1_u64, 16, 64] {
                let store = open(&folder.join(format!("replay-{threads}.db")));
                let next = AtomicU64::new(0);
                let start = Instant::now();
                std::thread::scope(|scope| {
                    for _ in 0..threads {
                        let (store, next) = (&store, &next);
                        scope.spawn(move || {
                            let numbers = || next.fetch_add(1, Ordering::Relaxed);
                            let keys = std::iter::repeat_with(numbers);
                            keys.take_while(|n| *n < 4000).for_each(|n| assert!(insert(store, n)));
                        });
                    }
                });
                report("SQLite insertions", threads, 4000, start);
            }
        }
    }
}
