//! One JSON line per bench on standard output, and the figures behind it on standard error.

use crate::measure::{Id, ROUNDS, Samples};
use serde::Serialize;

/// What a bench found out. Ratios are medians over paired rounds.
#[derive(Serialize)]
pub(crate) struct Line {
    bench: &'static str,
    /// Candidate to the primitive calls of the backend that the library uses.
    ratio_to_floor: f64,
    /// Candidate to the same primitive calls of the fastest backend. No bar.
    ratio_to_fastest: f64,
    /// Highest ratio to the floor that is still well.
    bar: f64,
    /// The peer that comes closest.
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<Peer>,
    /// The other peers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_peers: Vec<Peer>,
    /// Peers that are not installed here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    absent_peers: Vec<&'static str>,
    /// Heap allocations of one operation after warm-up.
    allocations: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    allocations_bar: Option<u64>,
    rounds: usize,
    held: bool,
}

/// Somebody else's library on the same work.
#[derive(Serialize)]
pub(crate) struct Peer {
    name: &'static str,
    /// Peer to candidate: how many times dearer it is.
    ratio: f64,
    /// Lowest ratio that is still well.
    #[serde(skip_serializing_if = "Option::is_none")]
    bar: Option<f64>,
}

/// Bars of peers, by their names, and the peers that are not installed.
#[derive(Default)]
pub(crate) struct Peers<'a> {
    pub(crate) bars: &'a [(&'static str, f64)],
    pub(crate) absent: &'a [&'static str],
}

/// The bars of one bench.
pub(crate) struct Bars {
    /// Name of the bench.
    pub(crate) bench: &'static str,
    /// Highest ratio to the floor.
    pub(crate) ratio: f64,
    /// Most allocations, where there is a bar for them.
    pub(crate) allocations: Option<u64>,
}

/// The cases that every bench has.
pub(crate) struct Roles<'a> {
    pub(crate) candidate: Id,
    pub(crate) floor: Id,
    pub(crate) fastest: Id,
    pub(crate) peers: &'a [(&'static str, Id)],
}

/// Prints the line of a bench. Returns whether its bars hold.
pub(crate) fn print(bars: &Bars, roles: &Roles<'_>, samples: &Samples, allocations: u64) -> bool {
    print_with_peers(bars, &Peers::default(), roles, samples, allocations)
}

/// The same with bars for peers. The bar of a peer that is not there holds.
pub(crate) fn print_with_peers(
    bars: &Bars,
    all: &Peers<'_>,
    roles: &Roles<'_>,
    samples: &Samples,
    allocations: u64,
) -> bool {
    let ratio_to_floor = samples.ratio(roles.candidate, roles.floor);
    let bar_of = |name| all.bars.iter().find(|(peer, _)| *peer == name).map(|(_, bar)| *bar);
    let mut peers: Vec<Peer> = roles
        .peers
        .iter()
        .map(|&(name, id)| {
            let ratio = rounded(samples.ratio(id, roles.candidate));
            Peer { name, ratio, bar: bar_of(name) }
        })
        .collect();
    let held = ratio_to_floor <= bars.ratio
        && bars.allocations.is_none_or(|bar| allocations <= bar)
        && peers.iter().all(|peer| peer.bar.is_none_or(|bar| peer.ratio >= bar));
    peers.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
    let other_peers = peers.split_off(peers.len().min(1));
    let line = Line {
        bench: bars.bench,
        ratio_to_floor: rounded(ratio_to_floor),
        ratio_to_fastest: rounded(samples.ratio(roles.candidate, roles.fastest)),
        bar: bars.ratio,
        peer: peers.pop(),
        other_peers,
        absent_peers: all.absent.to_vec(),
        allocations,
        allocations_bar: bars.allocations,
        rounds: ROUNDS,
        held,
    };
    print_line(&line);
    let us = |id| samples.median_ns(id) / 1e3;
    eprint!(
        "{}: candidate {:.2} µs, floor {:.2} µs, fastest {:.2} µs",
        bars.bench,
        us(roles.candidate),
        us(roles.floor),
        us(roles.fastest)
    );
    for &(name, id) in roles.peers {
        eprint!(", {name} {:.2} µs", us(id));
    }
    eprintln!(" (medians; judge by the ratios)");
    held
}

/// Prints any line.
pub(crate) fn print_line(line: &impl Serialize) {
    println!("{}", serde_json::to_string(line).expect("plain data"));
}

/// Three decimals.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
