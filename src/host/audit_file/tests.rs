use super::*;
use crate::host::files::scratch::Scratch;

fn write_log(path: &Path, records: u64) -> Checkpoint {
    let audit = AuditFile::open(path).unwrap();
    for n in 0..records {
        let record = format!("{{\"event\":\"issued\",\"n\":{n}}}");
        audit.append(record.as_bytes()).unwrap();
    }
    audit.checkpoint().unwrap()
}

fn append_raw(path: &Path, bytes: &[u8]) {
    fs::OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

fn fault(path: &Path) -> Fault {
    AuditFile::open(path).unwrap_err().fault
}

#[test]
fn counts_from_zero_and_goes_on_after_opening_again() {
    let folder = Scratch::new();
    let path = folder.file("audit.log");
    for round in 0..3 {
        let audit = AuditFile::open(&path).unwrap();
        for n in 0..4 {
            assert_eq!(audit.append(b"{\"a\":1}"), Ok(Position(round * 4 + n)));
        }
    }
    let report = AuditFile::verify(&path).unwrap();
    assert!(report.is_whole());
    assert_eq!((report.good.lines, report.torn_bytes), (12, 0));
    assert_eq!(report.acknowledged, Some(report.good));
    assert!(report.events.is_empty());
}

#[cfg(unix)]
#[test]
fn both_files_are_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Scratch::new();
    let path = folder.file("audit.log");
    write_log(&path, 1);
    for path in [path.clone(), head::path(&path)] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(unix)]
#[test]
fn refuses_a_log_or_head_that_others_may_write() {
    use crate::host::files::scratch::set_mode;
    let folder = Scratch::new();
    let path = folder.file("audit.log");
    write_log(&path, 1);
    for file in [path.clone(), head::path(&path)] {
        for mode in [0o620, 0o602, 0o666, 0o660] {
            set_mode(&file, mode);
            assert_eq!(fault(&path), Fault::WritableByOthers { mode });
        }
        // The honest twin: others may read it.
        for mode in [0o644, 0o640, 0o600] {
            set_mode(&file, mode);
            assert!(AuditFile::open(&path).is_ok(), "{mode:o}");
        }
    }
    // To read it changes nothing, whoever may write it.
    set_mode(&path, 0o666);
    assert!(AuditFile::verify(&path).unwrap().is_whole());
}

#[test]
fn a_second_writer_waits_until_the_first_is_gone() {
    let folder = Scratch::new();
    let path = folder.file("audit.log");
    let first = AuditFile::open(&path).unwrap();
    first.append(b"{}").unwrap();
    assert_eq!(fault(&path), Fault::Locked);
    // Verifying needs no lock.
    assert!(AuditFile::verify(&path).unwrap().is_whole());
    drop(first);
    assert_eq!(AuditFile::open(&path).unwrap().append(b"{}"), Ok(Position(1)));
}

#[test]
fn recovers_from_a_tail_torn_at_any_byte_and_records_it() {
    let folder = Scratch::new();
    let path = folder.file("audit.log");
    let acknowledged = write_log(&path, 3);
    let good = fs::read(&path).unwrap();
    let mut last = Vec::new();
    line::write(&mut last, 3, &acknowledged.hash, b"{\"event\":\"issued\",\"n\":3}");
    last.push(b'\n');
    for len in 1..last.len() {
        let path = folder.file(&format!("torn-{len}.log"));
        fs::write(&path, [good.as_slice(), &last[..len]].concat()).unwrap();
        fs::copy(head::path(&folder.file("audit.log")), head::path(&path)).unwrap();
        let torn = AuditFile::verify(&path).unwrap();
        assert!(torn.is_whole());
        assert_eq!(torn.torn_bytes, u64::try_from(len).unwrap());

        let audit = AuditFile::open(&path).unwrap();
        assert_eq!(audit.append(b"{\"after\":true}"), Ok(Position(4)));
        let report = AuditFile::verify(&path).unwrap();
        assert!(report.is_whole());
        assert_eq!((report.good.lines, report.events), (5, vec![3]));
        let text = fs::read_to_string(&path).unwrap();
        let event = format!("\"record\":{{\"event\":\"log.recovered\",\"bytes\":{len}}}}}\n");
        assert!(text.contains(&event));
    }
    // Whole, but never acknowledged: it is kept, and no event is due.
    fs::write(&path, [good.as_slice(), &last].concat()).unwrap();
    assert_eq!(AuditFile::open(&path).unwrap().append(b"{}"), Ok(Position(4)));
    assert!(AuditFile::verify(&path).unwrap().events.is_empty());
}

#[test]
fn a_crash_at_any_byte_of_the_recovery_leaves_its_event() {
    let folder = Scratch::new();
    let path = folder.file("audit.log");
    let kept = write_log(&path, 2);
    let good = fs::read(&path).unwrap();
    let torn = b"{\"seq\":2,\"prev\":\"".repeat(20);
    append_raw(&path, &torn);
    drop(AuditFile::open(&path).unwrap());
    let recovered = fs::read(&path).unwrap();
    let event = &recovered[good.len()..];
    assert!(event.len() < torn.len());
    // The event is over the torn bytes up to `len`; the head is still the old one.
    for len in 0..=event.len() {
        let crashed = [good.as_slice(), &event[..len], &torn[len..]].concat();
        fs::write(&path, crashed).unwrap();
        HeadFile::open(&path).unwrap().write(&kept).unwrap();
        drop(AuditFile::open(&path).unwrap());
        let report = AuditFile::verify(&path).unwrap();
        assert!(report.is_whole());
        let events = if len < event.len() { vec![2] } else { vec![2, 3] };
        assert_eq!(report.events, events, "{len}");
    }
}

#[test]
fn refuses_to_open_for_any_flipped_byte_that_was_acknowledged() {
    let folder = Scratch::new();
    let path = folder.file("audit.log");
    write_log(&path, 4);
    let good = fs::read(&path).unwrap();
    let mut place = 0;
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x01;
        fs::write(&path, &bad).unwrap();
        let report = AuditFile::verify(&path).unwrap();
        assert_eq!(report.damage.unwrap().sequence, place, "byte {at}");
        assert_eq!(fault(&path), Fault::Damaged(report.damage.unwrap()));
        assert_eq!(fs::read(&path).unwrap(), bad, "nothing is repaired silently");
        place += u64::from(good[at] == b'\n');
    }
    fs::write(&path, &good).unwrap();
    assert!(AuditFile::open(&path).is_ok());
}

#[test]
fn notices_lines_that_are_gone_from_the_end() {
    let folder = Scratch::new();
    let path = folder.file("audit.log");
    write_log(&path, 5);
    let good = fs::read_to_string(&path).unwrap();
    for (sequence, keep) in (0_u64..).zip(0..5) {
        let cut: String = good.split_inclusive('\n').take(keep).collect();
        fs::write(&path, cut).unwrap();
        let kind = DamageKind::TailMissing { acknowledged: 5 };
        let damage = Damage { sequence, kind };
        assert_eq!(AuditFile::verify(&path).unwrap().damage, Some(damage));
        assert_eq!(fault(&path), Fault::Damaged(damage));
    }
    fs::remove_file(&path).unwrap();
    assert!(matches!(fault(&path), Fault::Damaged(Damage { sequence: 0, .. })));
    fs::write(&path, good).unwrap();
    assert!(AuditFile::open(&path).is_ok());
}

#[test]
fn a_lost_head_is_reported_and_its_replacement_recorded() {
    let folder = Scratch::new();
    let path = folder.file("audit.log");
    let loses: [fn(&Path); 2] =
        [|head| fs::remove_file(head).unwrap(), |head| fs::write(head, b"{}").unwrap()];
    write_log(&path, 2);
    for (n, lose) in (2_u64..).zip(loses) {
        lose(&head::path(&path));
        let damage = AuditFile::verify(&path).unwrap().damage.unwrap();
        assert_eq!(damage, Damage { sequence: n, kind: DamageKind::HeadLost });
        drop(AuditFile::open(&path).unwrap());
        let report = AuditFile::verify(&path).unwrap();
        assert!(report.is_whole());
        assert_eq!(report.events.last(), Some(&n));
    }
}

#[test]
fn an_outside_checkpoint_shows_a_history_that_was_rewritten_with_its_head() {
    let folder = Scratch::new();
    let path = folder.file("audit.log");
    let kept = write_log(&path, 3);
    assert!(AuditFile::verify_against(&path, &kept).unwrap().is_whole());
    fs::remove_file(&path).unwrap();
    fs::remove_file(head::path(&path)).unwrap();
    let audit = AuditFile::open(&path).unwrap();
    for _ in 0..5 {
        audit.append(b"{\"event\":\"another history\"}").unwrap();
    }
    assert!(AuditFile::verify(&path).unwrap().is_whole());
    let damage = AuditFile::verify_against(&path, &kept).unwrap().damage.unwrap();
    assert_eq!(damage, Damage { sequence: 2, kind: DamageKind::Altered });
}

#[cfg(unix)]
#[test]
fn notices_a_log_that_was_moved_shortened_or_written_to_underneath() {
    let harms: [fn(&Path); 4] = [
        |path| fs::rename(path, path.with_extension("1")).unwrap(),
        |path| {
            fs::copy(path, path.with_extension("copy")).unwrap();
            fs::rename(path.with_extension("copy"), path).unwrap();
        },
        |path| File::options().write(true).open(path).unwrap().set_len(3).unwrap(),
        |path| append_raw(path, b"x"),
    ];
    for harm in harms {
        let folder = Scratch::new();
        let path = folder.file("audit.log");
        let audit = AuditFile::open(&path).unwrap();
        audit.append(b"{}").unwrap();
        audit.append(b"{}").unwrap();
        harm(&path);
        assert!(audit.append(b"{}").is_err());
        assert!(audit.append(b"{}").is_err(), "it stays refused");
        assert_eq!(audit.checkpoint().unwrap().lines, 2);
    }
}

#[test]
fn refuses_what_is_no_regular_file() {
    let folder = Scratch::new();
    assert_eq!(fault(folder.path()), Fault::NotAFile);
    #[cfg(target_os = "linux")]
    assert_eq!(fault(Path::new("/dev/full")), Fault::NotAFile);
    assert_eq!(fault(&folder.file("absent/audit.log")), Fault::Io(io::ErrorKind::NotFound));
}

#[test]
fn refuses_records_that_are_not_one_line_of_json_and_stays_usable() {
    let folder = Scratch::new();
    let audit = AuditFile::open(folder.file("audit.log")).unwrap();
    for bad in ["", "no json", "{}\n{}", "[1]", "{\"event\":\"log.recovered\",\"bytes\":1}"] {
        assert!(audit.append(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert_eq!(audit.append(b"{}"), Ok(Position(0)));
}

#[test]
fn threads_share_commits_and_each_gets_its_own_position() {
    let folder = Scratch::new();
    let path = folder.file("audit.log");
    let audit = AuditFile::open(&path).unwrap();
    let mut all: Vec<(u64, String)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|thread| {
                let audit = &audit;
                scope.spawn(move || {
                    let one = |n: i32| {
                        let record = format!("{{\"thread\":{thread},\"n\":{n}}}");
                        (audit.append(record.as_bytes()).unwrap().0, record)
                    };
                    (0..20).map(one).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    all.sort();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), all.len());
    for ((position, record), (n, line)) in all.iter().zip((0..).zip(text.lines())) {
        assert_eq!(*position, n);
        assert!(line.ends_with(&format!("\"record\":{record}}}")));
    }
    assert!(AuditFile::verify(&path).unwrap().is_whole());
}
