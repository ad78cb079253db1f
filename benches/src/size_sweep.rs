//! No step may cost more than in proportion to its input: each runs on 1 KiB to 512 KiB, XML to
//! 1 MiB, and a line
//! is fitted through the logarithms of size and time.
//!
//! An exponent of 1 is proportion, 2 a square. Fixed costs make it smaller, so it is fitted a second
//! time over the four largest sizes, where they no longer count.

use crate::fixture;
use crate::measure::{Cases, Id, ROUNDS, Samples};
use crate::report::{print_line, rounded};
use eid_broker::envelope::base64url;
use eid_broker::envelope::jose::Compact;
use eid_broker::envelope::json::{Limits, Nodes};
use eid_broker::pki::PathCache;
use eid_broker::token::sd_jwt_vc::parse::Parts;
use eid_broker::token::sd_jwt_vc::{Context, TrustedIssuers, verify};
use eid_broker::verdict::Verdict;
use eid_broker_maker::pid::PidSpec;
use eid_broker_maker::sd_jwt::Hiding;
use serde::Serialize;
use serde_json::{Value, json};

// Highest exponent that is still well.
const BAR: f64 = 1.1;

// From here on fixed costs no longer hide anything.
const TAIL: usize = 4;

/// One line for each step.
pub(crate) fn run() -> bool {
    let steps: &[(&'static str, Make)] = &[
        ("base64url.decode", |size| base64url_decode(size)),
        ("base64url.encode", |size| base64url_encode(size)),
        ("compact.split", |size| compact_split(size)),
        ("json.array_of_objects", |size| json(size, |n| vec![json!({"a": 1, "b": "x"}); n].into())),
        ("json.escapes", |size| json(size, |n| "\"\\".repeat(n).into())),
        ("json.nested_arrays", |size| json(size, |n| vec![nested(); n].into())),
        ("json.objects_of_1000", |size| json(size, |n| vec![wide(); n].into())),
        ("json.string", |size| json(size, |n| "ä long text".repeat(n).into())),
        ("sd_jwt_vc.decoys", |size| sd_jwt_vc(size, decoys)),
        ("sd_jwt_vc.disclosures", |size| sd_jwt_vc(size, disclosures)),
        ("sd_jwt_vc.large_claim", |size| sd_jwt_vc(size, large_claim)),
        ("sd_jwt_vc.nested_claims", |size| sd_jwt_vc(size, nested_claims)),
        ("sd_jwt_vc.split", |size| parts_split(size)),
    ];
    let mut held = true;
    for (step, make) in steps {
        held &= sweep(step, 10, *make);
    }
    for (step, make) in crate::xml::STEPS {
        held &= sweep(step, 11, *make);
    }
    held
}

/// An operation on an input of about so many bytes, and how many they are.
pub(crate) type Make = fn(usize) -> (usize, Box<dyn FnMut()>);

#[derive(Serialize)]
struct Line {
    bench: &'static str,
    step: &'static str,
    /// Over all sizes.
    exponent: f64,
    /// Over the largest sizes.
    exponent_tail: f64,
    bar: f64,
    from_bytes: usize,
    to_bytes: usize,
    ns_per_kib: f64,
    rounds: usize,
    held: bool,
}

// In `doublings` sizes from 1 KiB, each twice the one before.
fn sweep(step: &'static str, doublings: u32, make: Make) -> bool {
    let mut cases = Cases::default();
    let mut sizes: Vec<(usize, Id)> = Vec::new();
    for exponent in 0..doublings {
        let (bytes, operation) = make(1024 << exponent);
        // A step whose limit lies below the next size ends there.
        if sizes.last().is_none_or(|last| bytes > last.0) {
            sizes.push((bytes, cases.add(operation)));
        }
    }
    let samples = cases.run(ROUNDS);
    let exponent = fitted(&samples, &sizes);
    let exponent_tail = fitted(&samples, &sizes[sizes.len().saturating_sub(TAIL)..]);
    let (&(from_bytes, _), &(to_bytes, largest)) = (&sizes[0], &sizes[sizes.len() - 1]);
    let held = exponent <= BAR && exponent_tail <= BAR;
    print_line(&Line {
        bench: "size_sweep",
        step,
        exponent: rounded(exponent),
        exponent_tail: rounded(exponent_tail),
        bar: BAR,
        from_bytes,
        to_bytes,
        ns_per_kib: rounded(samples.median_ns(largest) * 1024.0 / to_bytes as f64),
        rounds: ROUNDS,
        held,
    });
    held
}

// The slope of the least-squares line through (ln size, ln time), times relative to the smallest
// size in the same round.
fn fitted(samples: &Samples, sizes: &[(usize, Id)]) -> f64 {
    let smallest = sizes[0].1;
    let points: Vec<(f64, f64)> = sizes
        .iter()
        .map(|&(bytes, id)| ((bytes as f64).ln(), samples.ratio(id, smallest).ln()))
        .collect();
    let count = points.len() as f64;
    let mean_x = points.iter().map(|point| point.0).sum::<f64>() / count;
    let mean_y = points.iter().map(|point| point.1).sum::<f64>() / count;
    let covariance: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let variance: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    covariance / variance
}

fn base64url_decode(size: usize) -> (usize, Box<dyn FnMut()>) {
    let text = base64url::encode(&vec![0xa7; size / 4 * 3]);
    let mut out = Vec::new();
    (
        text.len(),
        Box::new(move || base64url::decode_into(text.as_bytes(), &mut out).expect("sound")),
    )
}

fn base64url_encode(size: usize) -> (usize, Box<dyn FnMut()>) {
    let bytes = vec![0xa7; size];
    (size, Box::new(move || drop(std::hint::black_box(base64url::encode(&bytes)))))
}

fn compact_split(size: usize) -> (usize, Box<dyn FnMut()>) {
    let token = format!("aa.{}.{}", "b".repeat(size - 90), "c".repeat(86));
    let split = move || {
        let compact = Compact::split(token.as_bytes(), usize::MAX).expect("sound");
        std::hint::black_box(compact);
    };
    (size, Box::new(split))
}

fn parts_split(size: usize) -> (usize, Box<dyn FnMut()>) {
    // Parts of 64 bytes until there are as many as may be, then longer ones.
    let count = (size / 64).min(1_000);
    let disclosure = "d".repeat(size / count - 1);
    let token = format!("aa.bb.cc~{}", format!("{disclosure}~").repeat(count));
    let bytes = token.len();
    let split = move || {
        let parts = Parts::split(token.as_bytes(), usize::MAX).expect("sound");
        std::hint::black_box(parts.bound);
    };
    (bytes, Box::new(split))
}

// Repeats a value until its text has about the size; fewer when there would be too many values.
fn json(size: usize, repeat: impl Fn(usize) -> Value) -> (usize, Box<dyn FnMut()>) {
    let of_one = repeat(1).to_string().len();
    let text = repeat((size / of_one).max(1)).to_string();
    let mut limits = Limits::WALLET;
    limits.nodes = usize::MAX;
    let mut nodes = Nodes::default();
    let bytes = text.len();
    let read = move || {
        nodes.read(text.as_bytes(), limits).expect("sound");
    };
    (bytes, Box::new(read))
}

fn nested() -> Value {
    (0..16).fold(json!([]), |inside, _| json!([inside]))
}

fn wide() -> Value {
    (0..1_000)
        .map(|index| (format!("member {index}"), Value::Null))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

// A presentation that grows in one way, verified with every check of production but the mathematics
// of the signatures.
fn sd_jwt_vc(size: usize, grow: fn(PidSpec, usize) -> PidSpec) -> (usize, Box<dyn FnMut()>) {
    let now = fixture::now();
    let token = fixture::present(&grow(fixture::pid(now), size), now);
    let bytes = token.len();
    let limit = fixture::policy().sd_jwt_vc.expect("a family").max_bytes;
    assert!(bytes <= limit as usize, "{bytes} bytes for {size}");
    let (policy, trust, paths) = (fixture::policy(), fixture::trust(), PathCache::default());
    let verify = move || {
        let issuers = TrustedIssuers::new(&trust, &paths);
        let context = Context::new(&policy, &issuers, fixture::NONCE, fixture::AUDIENCE, now);
        let verdict = verify(token.as_bytes(), &context);
        assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
    };
    (bytes, Box::new(verify))
}

// Room for what every presentation carries.
fn room(size: usize) -> usize {
    size.saturating_sub(4 * 1024)
}

// Digests that no disclosure belongs to.
fn decoys(mut spec: PidSpec, size: usize) -> PidSpec {
    spec.hiding = Hiding::Flat;
    // 43 characters, quotes and a comma, in base64url.
    spec.decoys = u32::try_from(room(size) / 62).expect("few");
    spec
}

// As many disclosures as may be, then longer ones.
fn disclosures(mut spec: PidSpec, size: usize) -> PidSpec {
    let count = (room(size) / 256).min(900);
    if count > 0 {
        let value = "v".repeat(room(size) / count * 3 / 4 - 110);
        for index in 0..count {
            spec.claims.insert(format!("extra_{index:03}"), value.as_str().into());
        }
    }
    spec
}

fn large_claim(mut spec: PidSpec, size: usize) -> PidSpec {
    spec.claims.insert("extra".to_owned(), "v".repeat(room(size) * 3 / 4).into());
    spec
}

// Hidden members within hidden objects, ten deep, again and again.
fn nested_claims(mut spec: PidSpec, size: usize) -> PidSpec {
    let deep = (0..10).fold(json!("v"), |inside, _| json!({ "within": inside }));
    for index in 0..(room(size) / 5_500).min(80) {
        spec.claims.insert(format!("extra_{index:03}"), deep.clone());
    }
    spec
}
