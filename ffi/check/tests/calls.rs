//! Every exported function, called as C calls it: each refusal beside its honest twin.

#![cfg(test)]

use eid_broker::assertion::{CheckPolicy, Checker};
use eid_broker::envelope::jose::KeySet;
use eid_broker::verdict::Code;
use eid_check::assertion::*;
use eid_check::checker::*;
use eid_check::policy::*;
use eid_check::{EIDB_ACCEPTED, EIDB_OK};
use serde_json::Value;
use std::ffi::c_char;
use std::ptr::{null, null_mut};

const ISSUER: &str = "https://broker.example";
const PROCEDURE: &str = "urn:procedure:building-permit";
const NOW: u64 = 1_772_366_400;
const JWKS: &str = include_str!("../../tests/fixtures/jwks.json");
const BINDING: &str = include_str!("../../tests/fixtures/binding.txt");
const GOOD: &str = include_str!("../../tests/fixtures/good.jwt");
const BOUND: &str = include_str!("../../tests/fixtures/bound.jwt");
const EXPIRED: &str = include_str!("../../tests/fixtures/expired.jwt");
const LOW: &str = include_str!("../../tests/fixtures/low.jwt");
const NUL: &str = include_str!("../../tests/fixtures/nul.jwt");
const OTHER_AUDIENCE: &str = include_str!("../../tests/fixtures/other-audience.jwt");
const TAMPERED: &str = include_str!("../../tests/fixtures/tampered.jwt");

const NO_ASSERTION: *mut EidbAssertion = null_mut();

fn c(text: &str) -> *const c_char {
    text.as_ptr().cast()
}

fn policy() -> *mut EidbCheckPolicy {
    let mut policy = null_mut();
    // SAFETY: room for one pointer.
    assert_eq!(unsafe { eidb_check_policy_new(&raw mut policy) }, EIDB_OK);
    policy
}

fn new_checker(
    issuer: &[u8],
    jwks: &[u8],
    procedure: &[u8],
    policy: *const EidbCheckPolicy,
) -> (u32, *mut EidbChecker) {
    let mut checker = yesterday();
    // SAFETY: slices, and room for one pointer.
    let status = unsafe {
        eidb_checker_new(
            issuer.as_ptr().cast(),
            issuer.len(),
            jwks.as_ptr().cast(),
            jwks.len(),
            procedure.as_ptr().cast(),
            procedure.len(),
            policy,
            &raw mut checker,
        )
    };
    (status, checker)
}

// What an output held before the call.
fn yesterday<H>() -> *mut H {
    std::ptr::without_provenance_mut(0x7777)
}

fn checker_with(policy: *const EidbCheckPolicy) -> *mut EidbChecker {
    let (status, checker) =
        new_checker(ISSUER.as_bytes(), JWKS.as_bytes(), PROCEDURE.as_bytes(), policy);
    assert_eq!(status, EIDB_OK);
    checker
}

fn checker() -> *mut EidbChecker {
    checker_with(null())
}

fn check_at(
    checker: *const EidbChecker,
    token: &[u8],
    now: u64,
    presented: Option<&[u8]>,
) -> (u32, *mut EidbAssertion) {
    let mut assertion = yesterday();
    let data = presented.map_or(null(), |text| text.as_ptr().cast());
    let len = presented.map_or(0, <[u8]>::len);
    // SAFETY: slices, and room for one pointer.
    let status = unsafe {
        eidb_check(checker, token.as_ptr().cast(), token.len(), now, data, len, &raw mut assertion)
    };
    (status, assertion)
}

fn check(checker: *const EidbChecker, token: &str) -> (u32, *mut EidbAssertion) {
    check_at(checker, token.as_bytes(), NOW, None)
}

// Only the status, everything freed.
fn verdict(policy: *mut EidbCheckPolicy, token: &str) -> u32 {
    let checker = checker_with(policy);
    let (status, assertion) = check(checker, token);
    assert_eq!(assertion.is_null(), status != EIDB_ACCEPTED);
    assert_eq!(eidb_assertion_free(assertion), EIDB_OK);
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
    assert_eq!(eidb_check_policy_free(policy), EIDB_OK);
    status
}

fn accepted(token: &str) -> *mut EidbAssertion {
    let checker = checker();
    let (status, assertion) = check(checker, token);
    assert_eq!(status, EIDB_ACCEPTED);
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
    assertion
}

type ReadText = unsafe extern "C" fn(
    *const EidbAssertion,
    *const c_char,
    usize,
    *mut c_char,
    usize,
    *mut usize,
) -> u32;

fn read(call: ReadText, assertion: *const EidbAssertion, name: &str) -> Result<String, u32> {
    let mut buffer = [0x55u8; 4096];
    let mut len = 99;
    let out = buffer.as_mut_ptr().cast();
    // SAFETY: a slice, and a buffer of the size that is said.
    match unsafe { call(assertion, c(name), name.len(), out, buffer.len(), &raw mut len) } {
        EIDB_OK => {
            assert_eq!(buffer[len], 0);
            Ok(String::from_utf8(buffer[..len].to_vec()).unwrap())
        }
        status => {
            assert_eq!((len, buffer[0]), (0, 0));
            Err(status)
        }
    }
}

fn free(assertion: *mut EidbAssertion) {
    assert_eq!(eidb_assertion_free(assertion), EIDB_OK);
}

// --- eidb_checker_new ------------------------------------------------------------------------------

#[test]
fn makes_a_checker_only_of_good_arguments() {
    let (issuer, jwks, procedure) = (ISSUER.as_bytes(), JWKS.as_bytes(), PROCEDURE.as_bytes());
    let private = JWKS.replacen("\"x\"", "\"d\":\"AA\",\"x\"", 1);
    let long = [b'a'; 2049];
    for (issuer, jwks, procedure, code) in [
        (&b"https://broker.example\xff"[..], jwks, procedure, Code::MisuseEncoding),
        (issuer, jwks, b"urn:procedure:m\xfcll", Code::MisuseEncoding),
        (b"http://broker.example", jwks, procedure, Code::MisuseArgument),
        (b"", jwks, procedure, Code::MisuseArgument),
        (issuer, jwks, b"", Code::MisuseArgument),
        (issuer, jwks, &long, Code::MisuseArgument),
        (issuer, b"", procedure, Code::FormatJson),
        (issuer, b"{\"keys\":[]}", procedure, Code::TrustEmpty),
        (issuer, b"{\"keys\":[\xff]}", procedure, Code::FormatUtf8),
        (issuer, private.as_bytes(), procedure, Code::KeyPrivate),
        (issuer, &[b' '; 512 * 1024 + 1], procedure, Code::LimitSize),
    ] {
        let (status, checker) = new_checker(issuer, jwks, procedure, null());
        assert_eq!(status, code.number(), "{code:?}");
        assert!(checker.is_null());
    }
    let (status, checker) = new_checker(issuer, jwks, procedure, null());
    assert_eq!(status, EIDB_OK);
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
}

#[test]
fn a_checker_needs_every_pointer() {
    let mut checker = yesterday();
    // SAFETY: NULL is refused before it is read.
    let status = unsafe {
        eidb_checker_new(null(), 5, c(JWKS), JWKS.len(), c("p"), 1, null(), &raw mut checker)
    };
    assert_eq!((status, checker), (9002, null_mut()));
    // SAFETY: as above.
    let status = unsafe {
        eidb_checker_new(
            c(ISSUER),
            ISSUER.len(),
            c(JWKS),
            JWKS.len(),
            c("p"),
            1,
            null(),
            null_mut(),
        )
    };
    assert_eq!(status, 9002);
    // SAFETY: room for one pointer is what is missing here.
    assert_eq!(unsafe { eidb_check_policy_new(null_mut()) }, 9002);
}

// --- eidb_check ------------------------------------------------------------------------------------

#[test]
fn decides_every_fixture_as_its_readme_says() {
    for (token, status) in [
        (GOOD, EIDB_ACCEPTED),
        (NUL, EIDB_ACCEPTED),
        (BOUND, Code::BindingMissing.number()),
        (EXPIRED, Code::TimeExpired.number()),
        (LOW, Code::LoaInsufficient.number()),
        (OTHER_AUDIENCE, Code::AudienceMismatch.number()),
        (TAMPERED, Code::SigInvalid.number()),
        ("", Code::FormatEmpty.number()),
        ("a.b", Code::FormatMalformed.number()),
    ] {
        assert_eq!(verdict(null_mut(), token), status, "{token}");
    }
}

#[test]
fn decides_as_the_rust_checker_does() {
    let keys = KeySet::parse(JWKS.as_bytes()).unwrap();
    let rust = Checker::new(ISSUER, &keys, PROCEDURE, CheckPolicy::default()).unwrap();
    let door = checker();
    // Every prefix, and every byte of the token replaced once.
    for at in 0..GOOD.len() {
        let mut bent = GOOD.as_bytes().to_vec();
        bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
        for token in [&GOOD.as_bytes()[..at], &bent] {
            let now = eid_broker::UnixTime::from_secs(NOW);
            let wanted = match rust.check(token, now, None) {
                Ok(_) => EIDB_ACCEPTED,
                Err(refusal) => refusal.code().number(),
            };
            let (status, assertion) = check_at(door, token, NOW, None);
            assert_eq!(status, wanted, "byte {at}");
            assert_eq!(assertion.is_null(), status != EIDB_ACCEPTED);
            free(assertion);
        }
    }
    assert_eq!(eidb_checker_free(door), EIDB_OK);
}

#[test]
fn a_bound_assertion_wants_its_own_key() {
    let checker = checker();
    let other = BINDING.replace("jkt:", "x5t#S256:");
    for (token, presented, wanted) in [
        (BOUND, Some(BINDING.as_bytes()), EIDB_ACCEPTED),
        (BOUND, None, Code::BindingMissing.number()),
        (BOUND, Some(other.as_bytes()), Code::BindingMismatch.number()),
        (GOOD, Some(BINDING.as_bytes()), Code::BindingMissing.number()),
        (BOUND, Some(&b""[..]), Code::MisuseArgument.number()),
        (GOOD, Some(b""), Code::MisuseArgument.number()),
        (BOUND, Some(b"jkt:short"), Code::MisuseArgument.number()),
        (BOUND, Some(b"jkt:\xff"), Code::MisuseEncoding.number()),
        (BOUND, Some(&[b'x'; 65]), Code::MisuseArgument.number()),
    ] {
        let (status, assertion) = check_at(checker, token.as_bytes(), NOW, presented);
        assert_eq!(status, wanted, "{presented:?}");
        assert_eq!(assertion.is_null(), status != EIDB_ACCEPTED);
        free(assertion);
    }
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
}

#[test]
fn the_clock_of_the_caller_counts() {
    let checker = checker();
    for (now, wanted) in [
        (NOW + 270 + 29, EIDB_ACCEPTED),
        (NOW + 270 + 30, Code::TimeExpired.number()),
        (NOW - 30 - 30, EIDB_ACCEPTED),
        (NOW - 30 - 31, Code::TimeNotYetValid.number()),
        (0, Code::TimeNotYetValid.number()),
        (253_402_300_799, Code::TimeExpired.number()),
        (253_402_300_800, Code::MisuseArgument.number()),
        (NOW * 1000, Code::MisuseArgument.number()),
        (u64::MAX, Code::MisuseArgument.number()),
    ] {
        let (status, assertion) = check_at(checker, GOOD.as_bytes(), now, None);
        assert_eq!(status, wanted, "{now}");
        free(assertion);
    }
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
}

#[test]
fn a_check_needs_every_pointer_and_a_living_checker() {
    let checker = checker();
    let (status, assertion) = check(null(), GOOD);
    assert_eq!((status, assertion), (9002, NO_ASSERTION));
    let mut assertion = yesterday();
    // SAFETY: NULL is refused before it is read.
    let status = unsafe { eidb_check(checker, null(), 1, NOW, null(), 0, &raw mut assertion) };
    assert_eq!((status, assertion), (9002, NO_ASSERTION));
    assertion = yesterday();
    // SAFETY: as above.
    let status =
        unsafe { eidb_check(checker, c(GOOD), GOOD.len(), NOW, null(), 1, &raw mut assertion) };
    assert_eq!((status, assertion), (9002, NO_ASSERTION));
    // SAFETY: NULL with length 0 is the empty text.
    let status = unsafe { eidb_check(checker, null(), 0, NOW, null(), 0, &raw mut assertion) };
    assert_eq!(status, Code::FormatEmpty.number());
    // SAFETY: NULL is refused before it is written.
    let status = unsafe { eidb_check(checker, c(GOOD), GOOD.len(), NOW, null(), 0, null_mut()) };
    assert_eq!(status, 9002);
    // SAFETY: the length is refused before anything is read.
    let status =
        unsafe { eidb_check(checker, c(GOOD), usize::MAX, NOW, null(), 0, &raw mut assertion) };
    assert_eq!(status, 9001);
    assert_eq!(verdict(null_mut(), GOOD), EIDB_ACCEPTED);
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
    assert_eq!(check(checker, GOOD), (9004, NO_ASSERTION));
    assert_eq!(eidb_checker_free(checker), 9004);
    assert_eq!(eidb_checker_free(null_mut()), EIDB_OK);
}

#[test]
fn a_token_past_every_limit_is_refused_for_its_size() {
    let policy = policy();
    assert_eq!(eidb_check_policy_set_max_bytes(policy, 65_536), EIDB_OK);
    let checker = checker_with(policy);
    assert_eq!(eidb_check_policy_free(policy), EIDB_OK);
    let at = |len: usize| check(checker, &"A".repeat(len)).0;
    assert_eq!(at(65_536), Code::FormatMalformed.number());
    assert_eq!(at(65_537), Code::LimitSize.number());
    assert_eq!(at(70_000), Code::LimitSize.number());
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
}

// --- policies --------------------------------------------------------------------------------------

#[test]
fn every_demand_has_its_refusal_and_its_twin() {
    type Set<'a> = &'a dyn Fn(*mut EidbCheckPolicy) -> u32;
    let scopes = |text: &'static str| {
        move |policy| {
            // SAFETY: a text of the length that is said.
            unsafe { eidb_check_policy_set_scopes(policy, c(text), text.len()) }
        }
    };
    let (both, one, none) =
        (scopes("identity.core identity.address"), scopes("identity.core"), scopes(""));
    let rows: &[(&str, Set<'_>, &str, u32)] = &[
        ("loa low", &|p| eidb_check_policy_set_min_loa(p, 1), LOW, EIDB_ACCEPTED),
        ("loa substantial", &|p| eidb_check_policy_set_min_loa(p, 2), LOW, 4004),
        ("loa high", &|p| eidb_check_policy_set_min_loa(p, 3), GOOD, EIDB_ACCEPTED),
        ("notified", &|p| eidb_check_policy_set_notified_only(p, 1), GOOD, EIDB_ACCEPTED),
        ("any scheme", &|p| eidb_check_policy_set_notified_only(p, 0), GOOD, EIDB_ACCEPTED),
        ("leeway 0", &|p| eidb_check_policy_set_leeway_s(p, 0), EXPIRED, 3020),
        ("leeway 120", &|p| eidb_check_policy_set_leeway_s(p, 120), GOOD, EIDB_ACCEPTED),
        ("lifetime 299", &|p| eidb_check_policy_set_max_lifetime_s(p, 299), GOOD, 3023),
        ("lifetime 300", &|p| eidb_check_policy_set_max_lifetime_s(p, 300), GOOD, EIDB_ACCEPTED),
        ("size 256", &|p| eidb_check_policy_set_max_bytes(p, 256), GOOD, 1008),
        ("size 2000", &|p| eidb_check_policy_set_max_bytes(p, 2000), GOOD, EIDB_ACCEPTED),
        ("binding", &|p| eidb_check_policy_set_binding_required(p, 1), GOOD, 3040),
        ("no binding", &|p| eidb_check_policy_set_binding_required(p, 0), GOOD, EIDB_ACCEPTED),
        ("both scopes", &both, GOOD, EIDB_ACCEPTED),
        ("one scope", &one, GOOD, 5001),
        ("no scope", &none, GOOD, 5001),
        ("old keys", &|p| eidb_check_policy_set_keys_age(p, NOW - 61, 60), GOOD, 2005),
        ("fresh keys", &|p| eidb_check_policy_set_keys_age(p, NOW - 60, 60), GOOD, EIDB_ACCEPTED),
        // The fixture's header has its members in another order than an issuer writes them.
        ("exact header", &|p| eidb_check_policy_set_exact_header(p, 1), GOOD, 1011),
        ("any header", &|p| eidb_check_policy_set_exact_header(p, 0), GOOD, EIDB_ACCEPTED),
    ];
    for (name, set, token, wanted) in rows {
        let policy = policy();
        assert_eq!(set(policy), EIDB_OK, "{name}");
        assert_eq!(verdict(policy, token), *wanted, "{name}");
        assert_eq!(set(policy), 9004, "{name}");
        assert_eq!(set(null_mut()), 9002, "{name}");
    }
}

#[test]
fn single_use_accepts_each_assertion_once_and_never_past_its_memory() {
    let policy = policy();
    assert_eq!(eidb_check_policy_set_single_use(policy, 10_000_001), 9001);
    assert_eq!(eidb_check_policy_set_single_use(policy, 1), EIDB_OK);
    let checker = checker_with(policy);
    let other = checker_with(policy);
    assert_eq!(eidb_check_policy_set_single_use(policy, 0), EIDB_OK);
    let forgetful = checker_with(policy);
    assert_eq!(eidb_check_policy_free(policy), EIDB_OK);
    assert_eq!(eidb_check_policy_set_single_use(policy, 1), 9004);

    let status = |checker, now| {
        let (status, assertion) = check_at(checker, GOOD.as_bytes(), now, None);
        free(assertion);
        status
    };
    // A refused assertion and an explained one are not used up.
    assert_eq!(status(checker, NOW + 600), Code::TimeExpired.number());
    assert_eq!(ledger(checker, GOOD, "").unwrap()["verdict"], "accepted");
    assert_eq!(status(checker, NOW), EIDB_ACCEPTED);
    assert_eq!(status(checker, NOW), Code::ReplayToken.number());
    assert_eq!(ledger(checker, GOOD, "").unwrap()["verdict"], "accepted");
    // Each checker has its own memory.
    assert_eq!(status(other, NOW), EIDB_ACCEPTED);
    assert_eq!(status(other, NOW), Code::ReplayToken.number());
    assert_eq!(status(forgetful, NOW), EIDB_ACCEPTED);
    assert_eq!(status(forgetful, NOW), EIDB_ACCEPTED);
    for checker in [checker, other, forgetful] {
        assert_eq!(eidb_checker_free(checker), EIDB_OK);
    }
}

#[test]
fn a_full_memory_accepts_nothing_new() {
    let policy = policy();
    assert_eq!(eidb_check_policy_set_single_use(policy, 1), EIDB_OK);
    assert_eq!(eidb_check_policy_set_min_loa(policy, 1), EIDB_OK);
    let checker = checker_with(policy);
    assert_eq!(eidb_check_policy_free(policy), EIDB_OK);
    let status = |token| {
        let (status, assertion) = check(checker, token);
        free(assertion);
        status
    };
    assert_eq!(status(GOOD), EIDB_ACCEPTED);
    assert_eq!(status(LOW), Code::StorageReplay.number());
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
}

#[test]
fn refuses_what_is_out_of_range_and_keeps_the_policy() {
    let policy = policy();
    assert_eq!(eidb_check_policy_set_min_loa(policy, 3), EIDB_OK);
    for (status, what) in [
        (eidb_check_policy_set_min_loa(policy, 0), "no level"),
        (eidb_check_policy_set_min_loa(policy, 4), "level 4"),
        (eidb_check_policy_set_notified_only(policy, 2), "notified 2"),
        (eidb_check_policy_set_leeway_s(policy, 121), "leeway 121"),
        (eidb_check_policy_set_max_lifetime_s(policy, 9), "lifetime 9"),
        (eidb_check_policy_set_max_lifetime_s(policy, 3601), "lifetime 3601"),
        (eidb_check_policy_set_max_bytes(policy, 255), "size 255"),
        (eidb_check_policy_set_max_bytes(policy, 65_537), "size 65537"),
        (eidb_check_policy_set_binding_required(policy, u32::MAX), "binding -1"),
        (eidb_check_policy_set_exact_header(policy, 2), "exact 2"),
        (eidb_check_policy_set_keys_age(policy, NOW * 1000, 60), "milliseconds"),
    ] {
        assert_eq!(status, 9001, "{what}");
    }
    for bad in [" ", "a  b", "a ", " a"] {
        // SAFETY: a text of the length that is said.
        let status = unsafe { eidb_check_policy_set_scopes(policy, c(bad), bad.len()) };
        assert_eq!(status, 9001, "{bad:?}");
    }
    let latin = b"m\xfcll";
    // SAFETY: as above.
    let status = unsafe { eidb_check_policy_set_scopes(policy, latin.as_ptr().cast(), 4) };
    assert_eq!(status, 9005);
    // SAFETY: NULL is refused before it is read.
    assert_eq!(unsafe { eidb_check_policy_set_scopes(policy, null(), 4) }, 9002);
    assert_eq!(verdict(policy, GOOD), EIDB_ACCEPTED);
}

#[test]
fn the_ranges_are_those_of_the_core() {
    let keys = KeySet::parse(JWKS.as_bytes()).unwrap();
    let core = |change: &dyn Fn(&mut CheckPolicy)| {
        let mut policy = CheckPolicy::default();
        change(&mut policy);
        Checker::new(ISSUER, &keys, PROCEDURE, policy).is_ok()
    };
    let policy = policy();
    for value in [0, 9, 10, 119, 120, 121, 255, 256, 3600, 3601, 65_535, 65_536, 65_537] {
        let status = eidb_check_policy_set_leeway_s(policy, value);
        assert_eq!(status == EIDB_OK, core(&|policy| policy.leeway_s = value), "{value}");
        let status = eidb_check_policy_set_max_lifetime_s(policy, value);
        assert_eq!(status == EIDB_OK, core(&|policy| policy.max_lifetime_s = value), "{value}");
        let status = eidb_check_policy_set_max_bytes(policy, value);
        assert_eq!(status == EIDB_OK, core(&|policy| policy.max_bytes = value), "{value}");
    }
    assert_eq!(eidb_check_policy_free(policy), EIDB_OK);
}

#[test]
fn a_checker_keeps_what_a_freed_policy_said() {
    let policy = policy();
    assert_eq!(eidb_check_policy_set_min_loa(policy, 1), EIDB_OK);
    let checker = checker_with(policy);
    assert_eq!(eidb_check_policy_set_min_loa(policy, 3), EIDB_OK);
    assert_eq!(eidb_check_policy_free(policy), EIDB_OK);
    assert_eq!(eidb_check_policy_free(policy), 9004);
    let (status, assertion) = check(checker, LOW);
    assert_eq!(status, EIDB_ACCEPTED);
    free(assertion);
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
    let (status, checker) =
        new_checker(ISSUER.as_bytes(), JWKS.as_bytes(), PROCEDURE.as_bytes(), policy);
    assert_eq!((status, checker), (9004, null_mut()));
}

// --- readers ---------------------------------------------------------------------------------------

#[test]
fn reads_the_texts_of_the_assertion() {
    let assertion = accepted(GOOD);
    for (name, value) in [
        ("sub", "ps1.VBhQePwt5d4BvjqK7C90CibkPM_PHhjHw8jJCyPuxSQ"),
        ("iss", ISSUER),
        ("aud", PROCEDURE),
        ("txn", "t-EBESExQVFhcYGRobHB0eHw"),
        ("scope", "identity.address identity.core"),
        ("acr", "http://eidas.europa.eu/LoA/high"),
    ] {
        assert_eq!(read(eidb_assertion_text, assertion, name).unwrap(), value);
    }
    for absent in ["", "SUB", "exp", "purpose", "family_name", "sub\0"] {
        assert_eq!(read(eidb_assertion_text, assertion, absent), Err(3033), "{absent:?}");
    }
    free(assertion);
}

#[test]
fn reads_claims_as_text_and_as_json() {
    let assertion = accepted(GOOD);
    for (name, text, json) in [
        ("family_name", Ok("Müßiggang-Øster"), Ok("\"Müßiggang-Øster\"")),
        ("given_name", Ok("Zoë \"Zo\""), Ok("\"Zoë \\\"Zo\\\"\"")),
        ("/family_name", Ok("Müßiggang-Øster"), Ok("\"Müßiggang-Øster\"")),
        ("/address/locality", Ok("Köln"), Ok("\"Köln\"")),
        ("/address/a~1b", Ok("slash"), Ok("\"slash\"")),
        ("/nationalities/1", Ok("DK"), Ok("\"DK\"")),
        ("nationalities", Err(3034), Ok("[\"DE\",\"DK\"]")),
        ("age_in_years", Err(3034), Ok("43")),
        ("age_over_18", Err(3034), Ok("true")),
        ("/nationalities/2", Err(3033), Err(3033)),
        ("/nationalities/01", Err(3033), Err(3033)),
        ("/address/country", Err(3033), Err(3033)),
        ("/family_name/x", Err(3033), Err(3033)),
        ("birthdate", Err(3033), Err(3033)),
        ("locality", Err(3033), Err(3033)),
        ("sub", Err(3033), Err(3033)),
        ("", Err(3033), Err(3033)),
        ("/", Err(3033), Err(3033)),
        ("/a~2", Err(9001), Err(9001)),
    ] {
        let read = |call| read(call, assertion, name);
        assert_eq!(read(eidb_assertion_claim_text).as_deref(), text.as_deref(), "{name}");
        assert_eq!(read(eidb_assertion_claim_json).as_deref(), json.as_deref(), "{name}");
    }
    for (len, wanted) in [(1024, 3033), (1025, 9001)] {
        let name = "x".repeat(len);
        assert_eq!(read(eidb_assertion_claim_text, assertion, &name), Err(wanted), "{len}");
    }
    free(assertion);
}

#[test]
fn a_nul_in_a_claim_does_not_cut_it() {
    let assertion = accepted(NUL);
    let name = read(eidb_assertion_claim_text, assertion, "family_name");
    assert_eq!(name.as_deref(), Ok("Muster\0mann"));
    let json = read(eidb_assertion_claim_json, assertion, "family_name");
    assert_eq!(json.as_deref(), Ok("\"Muster\\u0000mann\""));
    free(assertion);
}

#[test]
fn reads_true_false_and_nothing_else() {
    let assertion = accepted(GOOD);
    for (name, wanted) in [
        ("age_over_18", (EIDB_OK, 1)),
        ("age_over_65", (EIDB_OK, 0)),
        ("age_over_99", (3033, 0)),
        ("age_in_years", (3034, 0)),
        ("family_name", (3034, 0)),
    ] {
        let mut value = 77;
        // SAFETY: a text of the length that is said, and room for one number.
        let status =
            unsafe { eidb_assertion_claim_bool(assertion, c(name), name.len(), &raw mut value) };
        assert_eq!((status, value), wanted, "{name}");
    }
    // SAFETY: NULL is refused before it is written.
    let status = unsafe { eidb_assertion_claim_bool(assertion, c("a"), 1, null_mut()) };
    assert_eq!(status, 9002);
    free(assertion);
}

#[test]
fn reads_level_and_end() {
    let assertion = accepted(GOOD);
    let (mut level, mut notified, mut expires) = (7, 7, 7);
    // SAFETY: room for one number each.
    let status = unsafe { eidb_assertion_loa(assertion, &raw mut level, &raw mut notified) };
    assert_eq!((status, level, notified), (EIDB_OK, 3, 1));
    // SAFETY: room for one number.
    let status = unsafe { eidb_assertion_expires(assertion, &raw mut expires) };
    assert_eq!((status, expires), (EIDB_OK, NOW + 270));
    // SAFETY: NULL is refused before it is written.
    let status = unsafe { eidb_assertion_loa(assertion, null_mut(), &raw mut notified) };
    assert_eq!((status, notified), (9002, 0));
    // SAFETY: one place for two numbers is refused before it is written.
    let status = unsafe { eidb_assertion_loa(assertion, &raw mut level, &raw mut level) };
    assert_eq!((status, level), (9001, 3));
    free(assertion);
    // SAFETY: room for one number each.
    let status = unsafe { eidb_assertion_loa(assertion, &raw mut level, &raw mut notified) };
    assert_eq!((status, level, notified), (9004, 0, 0));
    // SAFETY: room for one number.
    let status = unsafe { eidb_assertion_expires(assertion, &raw mut expires) };
    assert_eq!((status, expires), (9004, 0));
    // SAFETY: NULL is refused before it is written.
    assert_eq!(unsafe { eidb_assertion_expires(assertion, null_mut()) }, 9002);
}

#[test]
fn gives_the_whole_assertion_as_it_was_signed() {
    let assertion = accepted(GOOD);
    let mut buffer = [0u8; 2048];
    let mut len = 0;
    let out = buffer.as_mut_ptr().cast();
    // SAFETY: a buffer of the size that is said.
    let status = unsafe { eidb_assertion_json(assertion, out, buffer.len(), &raw mut len) };
    assert_eq!(status, EIDB_OK);
    let payload: Value = serde_json::from_slice(&buffer[..len]).unwrap();
    assert_eq!(payload["verified_claims"]["claims"]["family_name"], "Müßiggang-Øster");
    free(assertion);
    // SAFETY: as above.
    let status = unsafe { eidb_assertion_json(assertion, out, buffer.len(), &raw mut len) };
    assert_eq!((status, len, buffer[0]), (9004, 0, 0));
}

#[test]
fn a_small_buffer_says_what_is_needed_and_gets_nothing() {
    let assertion = accepted(GOOD);
    let wanted = "Müßiggang-Øster".as_bytes();
    for capacity in 0..=wanted.len() + 2 {
        let mut buffer = [b'#'; 32];
        let mut len = 99;
        let out = buffer.as_mut_ptr().cast();
        // SAFETY: a text, and a buffer that is larger than what is said.
        let status = unsafe {
            eidb_assertion_claim_text(assertion, c("family_name"), 11, out, capacity, &raw mut len)
        };
        if capacity > wanted.len() {
            assert_eq!((status, len), (EIDB_OK, wanted.len()));
            assert_eq!(&buffer[..len], wanted);
            assert_eq!(&buffer[len..=len + 1], b"\0#");
        } else {
            assert_eq!((status, len), (9003, wanted.len() + 1));
            assert!(buffer[1..].iter().all(|byte| *byte == b'#'));
            assert_eq!(buffer[0], if capacity == 0 { b'#' } else { 0 });
        }
    }
    let mut len = 0;
    // SAFETY: NULL and 0 ask for the size.
    let status = unsafe {
        eidb_assertion_claim_text(assertion, c("family_name"), 11, null_mut(), 0, &raw mut len)
    };
    assert_eq!((status, len), (9003, wanted.len() + 1));
    free(assertion);
}

#[test]
fn outputs_need_no_alignment() {
    let checker = checker();
    let mut record = [0u8; 32];
    let place = record.as_mut_ptr().wrapping_add(1).cast::<*mut EidbAssertion>();
    // SAFETY: the record has room for one pointer there.
    let status = unsafe { eidb_check(checker, c(GOOD), GOOD.len(), NOW, null(), 0, place) };
    assert_eq!(status, EIDB_ACCEPTED);
    // SAFETY: written by the call above.
    let assertion = unsafe { place.read_unaligned() };
    let level = record.as_mut_ptr().wrapping_add(9).cast::<u32>();
    let notified = record.as_mut_ptr().wrapping_add(13).cast::<u32>();
    // SAFETY: the record has room for both numbers there.
    assert_eq!(unsafe { eidb_assertion_loa(assertion, level, notified) }, EIDB_OK);
    assert_eq!(record[9..17], [3, 0, 0, 0, 1, 0, 0, 0]);
    free(assertion);
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
}

// --- handles ---------------------------------------------------------------------------------------

#[test]
fn a_handle_of_another_type_is_refused_and_stays_alive() {
    let (policy, checker, assertion) = (policy(), checker(), accepted(GOOD));
    assert_eq!(eidb_checker_free(policy.cast()), 9004);
    assert_eq!(eidb_checker_free(assertion.cast()), 9004);
    assert_eq!(eidb_assertion_free(checker.cast()), 9004);
    assert_eq!(eidb_assertion_free(policy.cast()), 9004);
    assert_eq!(eidb_check_policy_free(checker.cast()), 9004);
    assert_eq!(check(assertion.cast(), GOOD), (9004, NO_ASSERTION));
    assert_eq!(eidb_check_policy_set_min_loa(checker.cast(), 1), 9004);
    assert_eq!(read(eidb_assertion_text, checker.cast_const().cast(), "sub"), Err(9004));
    assert!(read(eidb_assertion_text, assertion, "sub").is_ok());
    assert_eq!(eidb_check_policy_free(policy), EIDB_OK);
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
    free(assertion);
}

#[test]
fn an_assertion_outlives_its_checker() {
    let assertion = accepted(GOOD);
    assert!(read(eidb_assertion_text, assertion, "sub").is_ok());
    free(assertion);
    assert_eq!(eidb_assertion_free(assertion), 9004);
    assert_eq!(eidb_assertion_free(null_mut()), EIDB_OK);
    assert_eq!(read(eidb_assertion_text, assertion, "sub"), Err(9004));
    assert_eq!(read(eidb_assertion_text, null(), "sub"), Err(9002));
}

#[test]
fn threads_share_a_checker_while_it_is_freed() {
    let checker = checker().addr();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                let checker = std::ptr::without_provenance_mut::<EidbChecker>(checker);
                for _ in 0..20 {
                    let (status, assertion) = check(checker, GOOD);
                    assert!(status == EIDB_ACCEPTED || status == 9004);
                    assert_eq!(assertion.is_null(), status != EIDB_ACCEPTED);
                    free(assertion);
                }
                if thread == 0 {
                    assert_eq!(eidb_checker_free(checker), EIDB_OK);
                }
            });
        }
    });
}

// --- eidb_check_ledger -----------------------------------------------------------------------------

fn ledger(checker: *const EidbChecker, token: &str, presented: &str) -> Result<Value, u32> {
    let mut buffer = [0u8; 8192];
    let mut len = 99;
    let data = if presented.is_empty() { null() } else { c(presented) };
    // SAFETY: texts of the lengths that are said, and a buffer of its size.
    let status = unsafe {
        eidb_check_ledger(
            checker,
            c(token),
            token.len(),
            NOW,
            data,
            presented.len(),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            &raw mut len,
        )
    };
    if status == EIDB_OK {
        Ok(serde_json::from_slice(&buffer[..len]).unwrap())
    } else {
        Err(status)
    }
}

#[test]
fn the_ledger_tells_what_was_checked() {
    let checker = checker();
    let good = ledger(checker, GOOD, "").unwrap();
    assert_eq!(good["verdict"], "accepted");
    assert_eq!(good["reason"], Value::Null);
    assert_eq!(good["loa"]["level"], "high");
    assert_eq!(good["now"], "2026-03-01T12:00:00Z");
    let lines = good["ledger"].as_array().unwrap();
    assert!(lines.iter().all(|line| line["outcome"] != "failed"), "{good}");
    assert!(lines.iter().any(|line| line["check"] == "assertion.signature"));

    let expired = ledger(checker, EXPIRED, "").unwrap();
    assert_eq!(expired["verdict"], "refused");
    assert_eq!(expired["reason"]["code"], "time.expired");
    assert_eq!(expired["reason"]["number"], 3020);
    assert_eq!(expired["loa"], Value::Null);
    let last = expired["ledger"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["check"], &last["outcome"]), (&"assertion.time".into(), &"failed".into()));
    assert_eq!(last["reason"], "time.expired");

    assert_eq!(ledger(checker, BOUND, BINDING).unwrap()["verdict"], "accepted");
    assert_eq!(ledger(null(), GOOD, ""), Err(9002));
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
    assert_eq!(ledger(checker, GOOD, ""), Err(9004));
}

#[test]
fn the_ledger_shows_no_claim_of_the_person() {
    let checker = checker();
    for token in [GOOD, EXPIRED, LOW, OTHER_AUDIENCE] {
        let text = ledger(checker, token, "").unwrap().to_string();
        for poison in ["Müßiggang", "Zoë", "ps1.", "Köln", "50667", "t-EBES"] {
            assert!(!text.contains(poison), "{poison}");
        }
    }
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
}

#[test]
fn the_ledger_says_what_room_it_needs() {
    let checker = checker();
    let mut needed = 0;
    // SAFETY: a text, and NULL and 0 to ask for the size.
    let status = unsafe {
        eidb_check_ledger(
            checker,
            c(GOOD),
            GOOD.len(),
            NOW,
            null(),
            0,
            null_mut(),
            0,
            &raw mut needed,
        )
    };
    assert_eq!(status, 9003);
    assert!(needed > 500 && needed < 4096, "{needed}: EIDB_CHECK_LEDGER_CAP promises room");
    assert_eq!(eidb_checker_free(checker), EIDB_OK);
}
