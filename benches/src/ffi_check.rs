//! What the C interface adds to a check: `eidb_check` and `eidb_assertion_free` against
//! `Checker::check` and the drop of what it gives, on the same assertion and without its signature.

use crate::fixture;
use crate::measure::{Cases, ROUNDS};
use crate::report::{print_line, rounded};
use crate::{allocations, assertion};
use eid_broker::assertion::{CheckPolicy, Checker};
use eid_broker::envelope::jose::KeySet;
use eid_broker_maker::keys;
use eid_check::assertion::eidb_assertion_free;
use eid_check::checker::{eidb_check, eidb_checker_free, eidb_checker_new};
use eid_check::{EIDB_ACCEPTED, EIDB_OK};
use serde::Serialize;
use std::ptr;

// Most nanoseconds of the C call above the Rust call.
const BAR_NS: f64 = 100.0;

#[derive(Serialize)]
struct Line {
    bench: &'static str,
    /// C call to Rust call; there is no bar for it.
    ratio_to_floor: f64,
    /// C call less Rust call, median over paired rounds.
    overhead_ns: f64,
    bar_ns: f64,
    allocations: u64,
    allocations_of_rust: u64,
    rounds: usize,
    held: bool,
}

/// The check of an assertion that is bound to a key, from C and from Rust.
pub(crate) fn run() -> bool {
    let (token, now) = assertion::bound();
    let key = keys::assertion_es256().expect("embedded key");
    let jwks = keys::jwks(&[&key]).to_string();
    let set = KeySet::parse(jwks.as_bytes()).expect("a key set");
    let policy = CheckPolicy::default();
    let rust =
        Checker::new(assertion::ISSUER, &set, fixture::PROCEDURE, policy).expect("a checker");
    let binding = assertion::BINDING;
    let presented = assertion::presented();

    let mut checker = ptr::null_mut();
    // SAFETY: every text points to as many readable bytes as its length says, and `checker` has room
    // for one pointer.
    let status = unsafe {
        eidb_checker_new(
            assertion::ISSUER.as_ptr().cast(),
            assertion::ISSUER.len(),
            jwks.as_ptr().cast(),
            jwks.len(),
            fixture::PROCEDURE.as_ptr().cast(),
            fixture::PROCEDURE.len(),
            ptr::null(),
            &raw mut checker,
        )
    };
    assert_eq!(status, EIDB_OK);

    let from_c = || {
        let mut accepted = ptr::null_mut();
        // SAFETY: as above; `checker` is freed below.
        let status = unsafe {
            eidb_check(
                checker,
                token.as_ptr().cast(),
                token.len(),
                now.secs(),
                presented.as_ptr().cast(),
                presented.len(),
                &raw mut accepted,
            )
        };
        assert_eq!(status, EIDB_ACCEPTED);
        assert_eq!(eidb_assertion_free(accepted), EIDB_OK);
    };
    let from_rust = || {
        let checked = rust.check(token.as_bytes(), now, Some(&binding));
        checked.expect("an honest assertion")
    };
    let allocations = allocations::per_operation(from_c);
    let allocations_of_rust = allocations::per_operation(|| drop(from_rust()));

    let mut cases = Cases::default();
    let candidate = cases.add(from_c);
    let floor = cases.add(from_rust);
    let samples = cases.run(ROUNDS);
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
    let overhead_ns = samples.difference_ns(candidate, floor);
    let held = overhead_ns <= BAR_NS;
    print_line(&Line {
        bench: "ffi_check",
        ratio_to_floor: rounded(samples.ratio(candidate, floor)),
        overhead_ns: rounded(overhead_ns),
        bar_ns: BAR_NS,
        allocations,
        allocations_of_rust,
        rounds: ROUNDS,
        held,
    });
    let (c, rust) = (samples.median_ns(candidate), samples.median_ns(floor));
    eprintln!("ffi_check: C {c:.0} ns, Rust {rust:.0} ns (medians; judge by the difference)");
    held
}
