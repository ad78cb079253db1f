//! A revocation list of a million entries: read once, asked often.

use crate::allocations;
use crate::measure::{Cases, ROUNDS};
use crate::report::{print_line, rounded};
use eid_broker::pki::Crl;
use eid_broker_maker::der::{
    bit_string, integer, octet_string, oid, sequence, time, tlv, utf8_string,
};
use serde::Serialize;
use std::hint::black_box;
use std::time::Instant;

const ENTRIES: usize = 1_000_000;

// Nanoseconds.
const BAR: f64 = 1_000.0;

#[derive(Serialize)]
struct Line {
    bench: &'static str,
    entries: usize,
    der_bytes: usize,
    /// Of a serial number that is on the list, the next one at another place of it.
    found_ns: f64,
    /// Of one that is not.
    absent_ns: f64,
    bar_ns: f64,
    /// Heap allocations of one look-up.
    allocations: u64,
    /// Reading the list once: wall time.
    parse_ms: f64,
    /// What the list keeps in memory, beside the bytes that were handed in.
    resident_bytes: u64,
    rounds: usize,
    held: bool,
}

/// Prints its line and says whether the bar holds.
pub(crate) fn run() -> bool {
    let (der, serials) = list();
    let before = resident_bytes();
    let start = Instant::now();
    let crl = Crl::parse(&der).expect("sound");
    let parse_ms = start.elapsed().as_secs_f64() * 1e3;
    let after = resident_bytes();
    assert_eq!(crl.len(), ENTRIES);

    // In another order than on the list; read one after the other, as a serial number is at hand
    // in its certificate.
    let shuffled: Vec<[u8; 16]> = (0..ENTRIES).map(|n| serials[n * 611_953 % ENTRIES]).collect();
    let absent: Vec<[u8; 16]> = (0..ENTRIES as u64).map(|n| serial(n, 2)).collect();
    let (mut present, mut missing) = (shuffled.iter().cycle(), absent.iter().cycle());
    let mut cases = Cases::default();
    let found = cases.add(|| {
        let entry = crl.entry(crl.issuer_der(), present.next().expect("endless"));
        assert!(black_box(entry).is_some());
    });
    let missing = cases.add(|| {
        let entry = crl.entry(crl.issuer_der(), missing.next().expect("endless"));
        assert!(black_box(entry).is_none());
    });
    let samples = cases.run(ROUNDS);
    let allocations = allocations::per_operation(|| {
        black_box(crl.entry(crl.issuer_der(), &serials[7]));
    });
    let (found_ns, absent_ns) = (samples.median_ns(found), samples.median_ns(missing));
    let held = found_ns <= BAR && absent_ns <= BAR;
    print_line(&Line {
        bench: "crl_lookup",
        entries: ENTRIES,
        der_bytes: der.len(),
        found_ns: rounded(found_ns),
        absent_ns: rounded(absent_ns),
        bar_ns: BAR,
        allocations,
        parse_ms: rounded(parse_ms),
        resident_bytes: after.saturating_sub(before),
        rounds: ROUNDS,
        held,
    });
    held
}

// Serial numbers as certification authorities draw them: 16 bytes, positive.
fn serial(number: u64, series: u64) -> [u8; 16] {
    let mix = |n: u64| {
        let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    };
    let (high, low) = (mix(number * 2 + 1 + (series << 40)), mix(number * 2 + 2 + (series << 40)));
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&high.to_be_bytes());
    bytes[8..].copy_from_slice(&low.to_be_bytes());
    bytes[0] = (bytes[0] & 0x3f) | 0x40;
    bytes
}

// Each entry with a reason, as most have one. The signature means nothing and is not asked for.
fn list() -> (Vec<u8>, Vec<[u8; 16]>) {
    let at = |unix| time(unix).expect("a year of this century");
    let extension =
        |dotted: &str, value: &[u8]| sequence(&[oid(dotted).expect("sound"), octet_string(value)]);
    let reason = sequence(&[extension("2.5.29.21", &[0x0a, 1, 4])]);
    let date = at(1_767_225_600);
    let serials: Vec<[u8; 16]> = (0..ENTRIES as u64).map(|n| serial(n, 1)).collect();
    let mut entries = Vec::new();
    for serial in &serials {
        entries.extend(sequence(&[integer(serial), date.clone(), reason.clone()]));
    }
    let algorithm = sequence(&[oid("1.2.840.10045.4.3.2").expect("sound")]);
    let common_name = sequence(&[oid("2.5.4.3").expect("sound"), utf8_string("Bench CA")]);
    let issuer = sequence(&[tlv(0x31, &common_name)]);
    let number = sequence(&[extension("2.5.29.20", &[2, 1, 7])]);
    let tbs = sequence(&[
        integer(&[1]),
        algorithm.clone(),
        issuer,
        at(1_780_000_000),
        at(1_780_600_000),
        tlv(0x30, &entries),
        tlv(0xa0, &number),
    ]);
    (sequence(&[tbs, algorithm, bit_string(0, &[0; 70])]), serials)
}

// From the kernel; 0 where it does not say.
pub(crate) fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
