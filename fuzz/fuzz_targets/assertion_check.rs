//! Any input: no panic. The verdict is the same in fresh memory and in memory that was used, and a
//! refusal leaves no claim behind.
#![no_main]

use eid_broker::assertion::{CheckPolicy, Checked, Checker};
use eid_broker::envelope::jose::KeySet;
use eid_broker::register::Binding;
use eid_broker_fuzz::{ISSUER, NOW, PROCEDURE, compact, token};
use eid_broker_maker::keys;
use std::cell::RefCell;

thread_local! {
    static CHECKER: (Checker, RefCell<Checked>) = (checker(), RefCell::new(Checked::new()));
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some(token) = token(input, compact) else { return };
    CHECKER.with(|(checker, used)| {
        let used = &mut used.borrow_mut();
        for presented in [None, Some(&Binding::Jkt([7; 32]))] {
            let fresh = checker.check(&token, NOW, presented);
            let again = checker.check_into(&token, NOW, presented, used);
            match (fresh, again) {
                (Ok(fresh), Ok(())) => {
                    assert!(fresh.is_accepted() && used.is_accepted());
                    assert_eq!(fresh.payload(), used.payload());
                    assert!(fresh.subject().is_some() && fresh.loa().is_some());
                    assert!(fresh.member("iss").is_some_and(|issuer| issuer == ISSUER));
                }
                (Err(fresh), Err(again)) => {
                    assert_eq!(fresh, again);
                    assert!(!used.is_accepted() && used.payload().is_none());
                    assert!(used.subject().is_none() && used.claim("given_name").is_none());
                }
                (fresh, again) => panic!("{:?} and then {again:?}", fresh.map(drop)),
            }
        }
    });
});

fn checker() -> Checker {
    let key = keys::assertion_es256().expect("embedded key");
    let set = KeySet::parse(keys::jwks(&[&key]).to_string().as_bytes()).expect("a key set");
    Checker::new(ISSUER, &set, PROCEDURE, CheckPolicy::default()).expect("a checker")
}
