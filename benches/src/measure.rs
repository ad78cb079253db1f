//! Paired measurement: every case runs in every round, and only ratios within a round are judged.
//!
//! A machine has fast and slow phases. A ratio of two cases that ran within the same few
//! milliseconds survives them, an absolute time does not. Time is the CPU time of the thread, so
//! that a busy neighbour costs cache and not minutes.

use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::sync::OnceLock;

/// Rounds of a measurement.
pub(crate) const ROUNDS: usize = 101;

// CPU time of one case in one round.
const BATCH_NS: f64 = 4e6;

/// The cases of one measurement, by the order in which they were added.
#[derive(Default)]
pub(crate) struct Cases<'a> {
    cases: Vec<Case<'a>>,
}

struct Case<'a> {
    // Runs so many times and says how long that took.
    time: Box<dyn FnMut(u64) -> f64 + 'a>,
    calls: u64,
    // Nanoseconds of one call, one sample a round.
    samples: Vec<f64>,
}

/// Names a case of [`Cases`].
#[derive(Clone, Copy)]
pub(crate) struct Id(usize);

impl<'a> Cases<'a> {
    /// Adds a case. What it returns counts as used.
    pub(crate) fn add<T>(&mut self, mut operation: impl FnMut() -> T + 'a) -> Id {
        self.add_timed(move |calls| {
            let start = thread_ns();
            for _ in 0..calls {
                black_box(operation());
            }
            (thread_ns() - start) as f64
        })
    }

    /// Adds a case that times itself: it is told how many times to run, and gives nanoseconds of CPU
    /// time. For peers of another process.
    pub(crate) fn add_timed(&mut self, time: impl FnMut(u64) -> f64 + 'a) -> Id {
        self.cases.push(Case { time: Box::new(time), calls: 1, samples: Vec::new() });
        Id(self.cases.len() - 1)
    }

    /// Runs every case in each of `rounds` rounds, every other round in reverse order.
    ///
    /// While profiling, runs the first case alone and then ends the process.
    pub(crate) fn run(mut self, rounds: usize) -> Samples {
        if let (Some(calls), Some(candidate)) = (PROFILE.get(), self.cases.first_mut()) {
            candidate.calls = *calls;
            profiled(candidate);
            std::process::exit(0);
        }
        for case in &mut self.cases {
            case.calibrate();
        }
        for round in 0..rounds {
            if round % 2 == 0 {
                self.cases.iter_mut().for_each(Case::sample);
            } else {
                self.cases.iter_mut().rev().for_each(Case::sample);
            }
        }
        Samples(self.cases.into_iter().map(|case| case.samples).collect())
    }
}

/// Calls of the candidate in a profile; unset when benches are measured.
pub(crate) static PROFILE: OnceLock<u64> = OnceLock::new();

// A name to collect by: `valgrind --tool=callgrind --toggle-collect='*profiled*'`.
#[inline(never)]
fn profiled(candidate: &mut Case<'_>) {
    candidate.time();
}

impl Case<'_> {
    // How many calls make a batch. Warms up on the way.
    fn calibrate(&mut self) {
        loop {
            let spent = self.time();
            if spent >= BATCH_NS / 4.0 {
                self.calls = ((self.calls as f64 * BATCH_NS / spent) as u64).max(1);
                return;
            }
            self.calls *= 2;
        }
    }

    fn sample(&mut self) {
        let sample = self.time() / self.calls as f64;
        self.samples.push(sample);
    }

    fn time(&mut self) -> f64 {
        (self.time)(self.calls)
    }
}

/// Nanoseconds of one call, by case and round.
pub(crate) struct Samples(Vec<Vec<f64>>);

impl Samples {
    /// The median over the rounds of `a / b`, both of the same round.
    pub(crate) fn ratio(&self, a: Id, b: Id) -> f64 {
        median(self.0[a.0].iter().zip(&self.0[b.0]).map(|(a, b)| a / b).collect())
    }

    /// The median over the rounds of `a - b` in nanoseconds, both of the same round.
    pub(crate) fn difference_ns(&self, a: Id, b: Id) -> f64 {
        median(self.0[a.0].iter().zip(&self.0[b.0]).map(|(a, b)| a - b).collect())
    }

    /// The median time in nanoseconds: for a reader, not for a judgement.
    pub(crate) fn median_ns(&self, id: Id) -> f64 {
        median(self.0[id.0].clone())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn thread_ns() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
