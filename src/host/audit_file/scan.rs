//! Reads a log from its first line to its last and says whether it is what was written.

use super::head::Checkpoint;
use super::line::{self, LINE_MAX_LEN, Line, OWN_EVENT};
use std::cmp::Ordering;
use std::io::{self, BufRead, Read as _};

/// The first place where the log is not what was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("record seq {sequence} (line {} of the file): {kind}", .sequence.saturating_add(1))]
#[non_exhaustive]
pub struct Damage {
    /// Sequence number of the line, counted from 0.
    pub sequence: u64,
    /// What is wrong there.
    pub kind: DamageKind,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DamageKind {
    /// The line is well-formed and has another hash than the one that was recorded.
    #[error("altered: its hash is not the one that was recorded")]
    Altered,
    /// There is no head file to compare with, so that lines may be gone from the end.
    #[error("the head file is missing or unreadable: lines may be gone from here on")]
    HeadLost,
    /// Not a line as the log writes it.
    #[error("malformed")]
    Malformed,
    /// Another line stands in this place: one was removed, repeated or moved.
    #[error("record seq {found} stands in its place")]
    OutOfOrder {
        /// The sequence number that was found.
        found: u64,
    },
    /// Lines are gone from the end.
    #[error("gone, with all up to the {acknowledged} lines that were acknowledged")]
    TailMissing {
        /// How many lines there were.
        acknowledged: u64,
    },
}

/// What a log holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Scan {
    /// The good lines, from the first on.
    pub(super) good: Checkpoint,
    /// Bytes of the good lines.
    pub(super) good_len: u64,
    /// Bytes of a torn write after them: a last line that was never acknowledged.
    pub(super) torn_len: u64,
    /// Events of the log itself: where they stand. The first 1000.
    pub(super) events: Vec<u64>,
    pub(super) damage: Option<Damage>,
}

/// Reads to the end. `head` says how far the log had come at least.
///
/// A last line that is unterminated or malformed, and that `head` does not cover, is a torn write.
/// Anything else that is not in order is damage: nothing below the tail can be a torn write, because
/// each commit is durable before the next one begins.
pub(super) fn scan(mut log: impl BufRead, head: Option<Checkpoint>) -> io::Result<Scan> {
    let mut scan = Scan {
        good: Checkpoint::EMPTY,
        good_len: 0,
        torn_len: 0,
        events: Vec::new(),
        damage: None,
    };
    let mut bytes = Vec::new();
    // The hash of the line at which `head` was written, when that is passed.
    let mut at_head = head.filter(|head| head.lines == 0).map(|_| scan.good.hash);
    loop {
        let len = read_line(&mut log, &mut bytes)?;
        if len == 0 {
            break;
        }
        let place = scan.good.lines;
        let parsed = terminated(&bytes).and_then(|line| line::parse(line).map(|it| (line, it)));
        let Some((line, parsed)) = parsed else {
            let (rest_len, breaks) = drain(&mut log)?;
            let last = if terminated(&bytes).is_some() { rest_len == 0 } else { breaks == 0 };
            if last && head.is_none_or(|head| head.lines <= place) {
                scan.torn_len = len.saturating_add(rest_len);
            } else {
                scan.damage = damage(place, DamageKind::Malformed);
            }
            break;
        };
        if parsed.sequence != place {
            let found = parsed.sequence;
            scan.damage = damage(place, DamageKind::OutOfOrder { found });
            break;
        }
        let hash = line::hash(line);
        if parsed.previous != scan.good.hash {
            let here = Checkpoint { lines: place.saturating_add(1), hash };
            let place = blame(&mut log, scan.good, here, head)?;
            scan.damage = damage(place, DamageKind::Altered);
            break;
        }
        if parsed.is_event() && scan.events.len() < EVENTS_MAX {
            scan.events.push(place);
        }
        scan.good = Checkpoint { lines: place.saturating_add(1), hash };
        scan.good_len = scan.good_len.saturating_add(len);
        if head.is_some_and(|head| head.lines == scan.good.lines) {
            at_head = Some(hash);
        }
    }
    if let (None, Some(head)) = (scan.damage, head) {
        scan.damage = match at_head {
            Some(hash) if hash == head.hash => None,
            Some(_) => damage(head.lines.saturating_sub(1), DamageKind::Altered),
            None => damage(scan.good.lines, DamageKind::TailMissing { acknowledged: head.lines }),
        };
    }
    Ok(scan)
}

impl Line<'_> {
    fn is_event(&self) -> bool {
        self.record.starts_with(OWN_EVENT)
    }
}

// Line n names a predecessor that line n-1 is not. Either of them was altered: the one that fits its
// other neighbour was not. `before` ends with n-1, `here` with n.
fn blame(
    log: &mut impl BufRead,
    before: Checkpoint,
    here: Checkpoint,
    head: Option<Checkpoint>,
) -> io::Result<u64> {
    let Some(earlier) = before.lines.checked_sub(1) else { return Ok(0) };
    let mut next = Vec::new();
    read_line(log, &mut next)?;
    let follower = terminated(&next).and_then(line::parse).map(|line| line.previous);
    let here_is_whole = match follower {
        Some(previous) => previous == here.hash,
        None => head.is_none_or(|head| match head.lines.cmp(&here.lines) {
            Ordering::Equal => head.hash == here.hash,
            Ordering::Greater | Ordering::Less => head != before,
        }),
    };
    Ok(if here_is_whole { earlier } else { before.lines })
}

#[expect(clippy::unnecessary_wraps, reason = "it is always assigned to an Option")]
const fn damage(sequence: u64, kind: DamageKind) -> Option<Damage> {
    Some(Damage { sequence, kind })
}

fn terminated(bytes: &[u8]) -> Option<&[u8]> {
    bytes.strip_suffix(b"\n")
}

// Up to and with the line break, or as much as a line can have.
fn read_line(log: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<u64> {
    bytes.clear();
    let bound = u64::try_from(LINE_MAX_LEN).unwrap_or(u64::MAX);
    let len = log.by_ref().take(bound).read_until(b'\n', bytes)?;
    Ok(u64::try_from(len).unwrap_or(u64::MAX))
}

// Reads what is left: how many bytes, and how many line breaks before the last byte.
fn drain(log: &mut impl BufRead) -> io::Result<(u64, usize)> {
    let (mut len, mut breaks, mut ended) = (0_u64, 0_usize, false);
    loop {
        let bytes = log.fill_buf()?;
        let n = bytes.len();
        if n == 0 {
            return Ok((len, breaks.saturating_sub(usize::from(ended))));
        }
        breaks = breaks.saturating_add(bytes.iter().filter(|byte| **byte == b'\n').count());
        ended = bytes.last() == Some(&b'\n');
        len = len.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
        log.consume(n);
    }
}

// Each is a start after a crash or a lost head; more than that is no news.
const EVENTS_MAX: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn log(records: usize) -> (Vec<Vec<u8>>, Checkpoint) {
        let mut head = Checkpoint::EMPTY;
        let mut lines = Vec::new();
        for n in 0..records {
            let mut line = Vec::new();
            let record = format!("{{\"event\":\"issued\",\"n\":{n}}}");
            head.hash = line::write(&mut line, head.lines, &head.hash, record.as_bytes());
            head.lines = head.lines.checked_add(1).unwrap();
            line.push(b'\n');
            lines.push(line);
        }
        (lines, head)
    }

    fn count(n: usize) -> u64 {
        u64::try_from(n).unwrap()
    }

    fn run(lines: &[Vec<u8>], head: Option<Checkpoint>) -> Scan {
        scan(lines.concat().as_slice(), head).unwrap()
    }

    #[test]
    fn an_untouched_log_is_whole_whether_the_head_is_at_its_end_or_behind() {
        let (lines, head) = log(6);
        for n in 0..=6 {
            let behind = log(n).1;
            let scan = run(&lines, Some(behind));
            assert_eq!((scan.good, scan.damage, scan.torn_len), (head, None, 0));
        }
        assert_eq!(run(&[], Some(Checkpoint::EMPTY)).damage, None);
        assert_eq!(run(&lines, None).damage, None);
    }

    #[test]
    fn names_the_line_of_every_flipped_bit() {
        let (lines, head) = log(5);
        for (n, line) in lines.iter().enumerate() {
            for at in 0..line.len() {
                for bit in 0..8 {
                    let mut other = lines.clone();
                    other[n][at] ^= 1 << bit;
                    let damage = run(&other, Some(head)).damage;
                    let place = damage.map(|damage| damage.sequence);
                    assert_eq!(place, Some(count(n)), "line {n} byte {at} bit {bit}");
                }
            }
        }
    }

    #[test]
    fn names_the_line_that_is_removed_repeated_moved_or_cut_off() {
        let (lines, head) = log(6);
        for n in 0..6_usize {
            let place = count(n);
            let mut removed = lines.clone();
            removed.remove(n);
            let kind = match n {
                5 => DamageKind::TailMissing { acknowledged: 6 },
                _ => DamageKind::OutOfOrder { found: place + 1 },
            };
            assert_eq!(run(&removed, Some(head)).damage, damage(place, kind));

            let mut repeated = lines.clone();
            repeated.insert(n, lines[n].clone());
            let kind = DamageKind::OutOfOrder { found: place };
            assert_eq!(run(&repeated, Some(head)).damage, damage(place + 1, kind));

            let kind = DamageKind::TailMissing { acknowledged: 6 };
            assert_eq!(run(&lines[..n], Some(head)).damage, damage(place, kind));
        }
        for n in 0..5_usize {
            let mut moved = lines.clone();
            moved.swap(n, n + 1);
            let kind = DamageKind::OutOfOrder { found: count(n) + 1 };
            assert_eq!(run(&moved, Some(head)).damage, damage(count(n), kind));
        }
    }

    #[test]
    fn a_rewritten_tail_disagrees_with_the_head() {
        let (mut lines, head) = log(4);
        let mut line = Vec::new();
        line::write(&mut line, 3, &log(3).1.hash, b"{\"event\":\"refused\"}");
        line.push(b'\n');
        lines[3] = line;
        assert_eq!(run(&lines, Some(head)).damage, damage(3, DamageKind::Altered));
        // Without any head it passes: that is what the head is for.
        assert_eq!(run(&lines, None).damage, None);
    }

    #[test]
    fn a_torn_tail_is_no_damage_unless_it_was_acknowledged() {
        let (lines, head) = log(4);
        let before = log(3).1;
        let whole = lines.concat();
        let from = whole.len() - lines[3].len();
        for to in from + 1..whole.len() {
            let torn = scan(&whole[..to], Some(before)).unwrap();
            assert_eq!((torn.damage, torn.good), (None, before));
            assert_eq!((torn.good_len, torn.torn_len), (count(from), count(to - from)));
            let lost = scan(&whole[..to], Some(head)).unwrap();
            assert_eq!(lost.damage, damage(3, DamageKind::Malformed));
        }
    }

    #[test]
    fn zeros_of_any_length_at_the_end_are_a_torn_tail_and_in_the_middle_are_not() {
        let (lines, head) = log(3);
        for len in [1, 4096, LINE_MAX_LEN - 1, LINE_MAX_LEN, LINE_MAX_LEN + 1, 3 * LINE_MAX_LEN] {
            for end in [&b""[..], b"\n"] {
                let zeros = [vec![0; len], end.to_vec()].concat();
                let tail = [lines.clone(), vec![zeros.clone()]].concat();
                let scan = run(&tail, Some(head));
                assert_eq!((scan.damage, scan.torn_len), (None, count(zeros.len())));
                let middle = [lines.clone(), vec![zeros, b"{}\n".to_vec()]].concat();
                let kind = DamageKind::Malformed;
                let place = run(&middle, Some(head)).damage;
                // Without a line break in between it is all one torn line.
                assert_eq!(place, if end.is_empty() { None } else { damage(3, kind) });
            }
        }
    }
}
