//! Checkers, and the one call that decides.

use crate::assertion::EidbAssertion;
use crate::handle::{self, Handle, Table};
use crate::policy::{self, EidbCheckPolicy};
use crate::{EIDB_ACCEPTED, EIDB_OK, argument, explain, guard};
use eid_broker::UnixTime;
use eid_broker::assertion::{Checked, Checker};
use eid_broker::envelope::jose::KeySet;
use eid_broker::host::MemoryReplayStore;
use eid_broker::verdict::Code;
use std::ffi::c_char;
use std::ptr;
use std::sync::Arc;

/// A handle for a checker. Nothing is behind the pointer.
#[repr(C)]
pub struct EidbChecker {
    _opaque: [u8; 0],
}

/// A checker, and what explains its verdicts.
pub struct Pair {
    deciding: Checker,
    // Knows no store: an explanation uses no assertion up.
    explaining: Option<Checker>,
}

static CHECKERS: Table<Pair> = Table::new();

impl Handle for EidbChecker {
    type Object = Pair;

    fn table() -> &'static Table<Self::Object> {
        &CHECKERS
    }
}

/// Makes a checker of the assertions of one issuer for one procedure.
///
/// # Safety
/// Unless NULL, each text points to as many readable bytes as its length says, and `out` has room
/// for one pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_checker_new(
    issuer: *const c_char,
    issuer_len: usize,
    jwks: *const c_char,
    jwks_len: usize,
    procedure: *const c_char,
    procedure_len: usize,
    policy: *const EidbCheckPolicy,
    out: *mut *mut EidbChecker,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for one pointer.
        let out = unsafe { argument::Out::new(out, ptr::null_mut()) }?;
        // SAFETY: the caller promises `issuer_len` readable bytes.
        let issuer = unsafe { argument::text(issuer, issuer_len, MAX_NAME_LEN) }?;
        // SAFETY: the caller promises `jwks_len` readable bytes.
        let jwks = unsafe { argument::bytes(jwks, jwks_len, MAX_JWKS_LEN) }?;
        // SAFETY: the caller promises `procedure_len` readable bytes.
        let procedure = unsafe { argument::text(procedure, procedure_len, MAX_NAME_LEN) }?;
        let demands = policy::of(policy)?;
        let keys = KeySet::parse(jwks).map_err(|refusal| refusal.code())?;
        let checker = || {
            let checker = Checker::new(issuer, &keys, procedure, demands.policy.clone());
            checker.map_err(|refusal| refusal.code())
        };
        let pair = if demands.single_use == 0 {
            Pair { deciding: checker()?, explaining: None }
        } else {
            let capacity = usize::try_from(demands.single_use).map_err(|_| Code::Internal)?;
            let store = Arc::new(MemoryReplayStore::new(capacity));
            Pair { deciding: checker()?.single_use(store), explaining: Some(checker()?) }
        };
        out.set(handle::insert(pair)?);
        Ok(EIDB_OK)
    })
}

/// Frees a checker.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_checker_free(checker: *mut EidbChecker) -> u32 {
    guard(|| handle::free(checker).map(|()| EIDB_OK))
}

/// Checks one assertion: [`EIDB_ACCEPTED`], or the number of the refusal.
///
/// # Safety
/// Unless NULL, `token` and `presented` point to as many readable bytes as their lengths say, and
/// `out` has room for one pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_check(
    checker: *const EidbChecker,
    token: *const c_char,
    token_len: usize,
    now_unix_s: u64,
    presented: *const c_char,
    presented_len: usize,
    out: *mut *mut EidbAssertion,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for one pointer.
        let out = unsafe { argument::Out::new(out, ptr::null_mut()) }?;
        let checker = handle::get(checker)?;
        // SAFETY: the caller promises `token_len` readable bytes.
        let token = unsafe { argument::bytes(token, token_len, MAX_TOKEN_LEN) }?;
        // SAFETY: the caller promises `presented_len` readable bytes.
        let presented = unsafe { argument::binding(presented, presented_len) }?;
        let now = UnixTime::checked(now_unix_s).ok_or(Code::MisuseArgument)?;
        // Checked where it will stay: its ledger is too long to be moved about.
        let mut assertion = Arc::new(Checked::new());
        let checked = Arc::get_mut(&mut assertion).ok_or(Code::Internal)?;
        let result = checker.deciding.check_into(token, now, presented.as_ref(), checked);
        result.map_err(|refusal| refusal.code())?;
        out.set(handle::insert_shared(assertion)?);
        Ok(EIDB_ACCEPTED)
    })
}

/// Checks one assertion again and writes what was checked as JSON. Decides nothing.
///
/// # Safety
/// As [`eidb_check`]; unless NULL, `out` has room for `out_cap` bytes and `out_len` for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_check_ledger(
    checker: *const EidbChecker,
    token: *const c_char,
    token_len: usize,
    now_unix_s: u64,
    presented: *const c_char,
    presented_len: usize,
    out: *mut c_char,
    out_cap: usize,
    out_len: *mut usize,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for `out_cap` bytes and for one number.
        let out = unsafe { argument::TextOut::new(out, out_cap, out_len) }?;
        let checker = handle::get(checker)?;
        // SAFETY: the caller promises `token_len` readable bytes.
        let token = unsafe { argument::bytes(token, token_len, MAX_TOKEN_LEN) }?;
        // SAFETY: the caller promises `presented_len` readable bytes.
        let presented = unsafe { argument::binding(presented, presented_len) }?;
        let now = UnixTime::checked(now_unix_s).ok_or(Code::MisuseArgument)?;
        let mut checked = Checked::new();
        let checker = checker.explaining.as_ref().unwrap_or(&checker.deciding);
        let result = checker.check_into(token, now, presented.as_ref(), &mut checked);
        out.write(&explain::json(&checked, result.err(), now))?;
        Ok(EIDB_OK)
    })
}

// A URL or an identifier; longer ones occur in no register.
const MAX_NAME_LEN: usize = 2048;

// What the core reads at most; one byte more makes it refuse.
const MAX_JWKS_LEN: usize = 512 * 1024;

// The largest size that a policy can allow.
const MAX_TOKEN_LEN: usize = 65_536;
