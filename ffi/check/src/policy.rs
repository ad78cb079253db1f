//! What a consumer demands: one call per demand, each with the safe default when it is left out.

use crate::handle::{self, Handle, Table};
use crate::{EIDB_OK, argument, guard};
use eid_broker::UnixTime;
use eid_broker::assertion::{CheckPolicy, KeysAge};
use eid_broker::identity::LevelOfAssurance;
use eid_broker::verdict::Code;
use std::ffi::c_char;
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

/// A handle for what a consumer demands. Nothing is behind the pointer.
#[repr(C)]
pub struct EidbCheckPolicy {
    _opaque: [u8; 0],
}

/// What is demanded of an assertion, and whether it may come once only.
#[derive(Clone, Default)]
pub struct Demands {
    pub(crate) policy: CheckPolicy,
    /// How many assertions a checker remembers; 0 for none.
    pub(crate) single_use: u32,
}

static POLICIES: Table<Mutex<Demands>> = Table::new();

impl Handle for EidbCheckPolicy {
    type Object = Mutex<Demands>;

    fn table() -> &'static Table<Self::Object> {
        &POLICIES
    }
}

/// The demands behind a handle as they are now; the defaults for NULL.
pub(crate) fn of(handle: *const EidbCheckPolicy) -> Result<Demands, Code> {
    if handle.is_null() {
        return Ok(Demands::default());
    }
    let policy = handle::get(handle)?;
    let policy = policy.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(policy.clone())
}

/// Makes a policy with the defaults.
///
/// # Safety
/// Unless NULL, `out` has room for one pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_check_policy_new(out: *mut *mut EidbCheckPolicy) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for one pointer.
        let out = unsafe { argument::Out::new(out, std::ptr::null_mut()) }?;
        out.set(handle::insert(Mutex::new(Demands::default()))?);
        Ok(EIDB_OK)
    })
}

/// Sets the lowest accepted level of assurance: 1, 2 or 3.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_check_policy_set_min_loa(policy: *mut EidbCheckPolicy, level: u32) -> u32 {
    change(policy, |policy| {
        let index = usize::try_from(level).ok().and_then(|level| level.checked_sub(1));
        let level = index.and_then(|index| LevelOfAssurance::ALL.get(index));
        policy.min_loa = *level.ok_or(Code::MisuseArgument)?;
        Ok(())
    })
}

/// Sets whether the scheme must be notified: 1 or 0.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_check_policy_set_notified_only(
    policy: *mut EidbCheckPolicy,
    on: u32,
) -> u32 {
    change(policy, |policy| {
        policy.notified_only = switch(on)?;
        Ok(())
    })
}

/// Sets the tolerated clock difference in seconds.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_check_policy_set_leeway_s(
    policy: *mut EidbCheckPolicy,
    leeway_s: u32,
) -> u32 {
    change(policy, |policy| {
        policy.leeway_s = within(leeway_s, LEEWAY_S)?;
        Ok(())
    })
}

/// Sets the longest accepted lifetime in seconds.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_check_policy_set_max_lifetime_s(
    policy: *mut EidbCheckPolicy,
    max_lifetime_s: u32,
) -> u32 {
    change(policy, |policy| {
        policy.max_lifetime_s = within(max_lifetime_s, LIFETIME_S)?;
        Ok(())
    })
}

/// Sets the largest accepted assertion in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_check_policy_set_max_bytes(
    policy: *mut EidbCheckPolicy,
    max_bytes: u32,
) -> u32 {
    change(policy, |policy| {
        policy.max_bytes = within(max_bytes, BYTES)?;
        Ok(())
    })
}

/// Sets whether every assertion must be bound to a key that the presenter proved: 1 or 0.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_check_policy_set_binding_required(
    policy: *mut EidbCheckPolicy,
    on: u32,
) -> u32 {
    change(policy, |policy| {
        policy.binding_required = switch(on)?;
        Ok(())
    })
}

/// Sets the scopes that may occur, separated by single spaces.
///
/// # Safety
/// Unless NULL, `scopes` points to `scopes_len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_check_policy_set_scopes(
    policy: *mut EidbCheckPolicy,
    scopes: *const c_char,
    scopes_len: usize,
) -> u32 {
    change(policy, |policy| {
        // SAFETY: the caller promises `scopes_len` readable bytes.
        let names = unsafe { argument::scopes(scopes, scopes_len) }?;
        policy.scopes = Some(names.into());
        Ok(())
    })
}

/// Sets when the key set was fetched, and how old it may get.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_check_policy_set_keys_age(
    policy: *mut EidbCheckPolicy,
    fetched_at_unix_s: u64,
    max_age_s: u32,
) -> u32 {
    change(policy, |policy| {
        let fetched_at = UnixTime::checked(fetched_at_unix_s).ok_or(Code::MisuseArgument)?;
        policy.keys_age = Some(KeysAge { fetched_at, max_age_s });
        Ok(())
    })
}

/// Sets whether a header must be byte for byte the one that the issuer writes: 1 or 0.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_check_policy_set_exact_header(policy: *mut EidbCheckPolicy, on: u32) -> u32 {
    change(policy, |policy| {
        policy.exact_header = switch(on)?;
        Ok(())
    })
}

/// Sets how many accepted assertions a checker remembers, so that each is accepted once; 0 for none.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_check_policy_set_single_use(
    policy: *mut EidbCheckPolicy,
    capacity: u32,
) -> u32 {
    change_demands(policy, |demands| {
        demands.single_use = within(capacity, CAPACITY)?;
        Ok(())
    })
}

/// Frees a policy. Checkers made with it keep what it said.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_check_policy_free(policy: *mut EidbCheckPolicy) -> u32 {
    guard(|| handle::free(policy).map(|()| EIDB_OK))
}

fn change(
    handle: *mut EidbCheckPolicy,
    change: impl FnOnce(&mut CheckPolicy) -> Result<(), Code>,
) -> u32 {
    change_demands(handle, |demands| change(&mut demands.policy))
}

fn change_demands(
    handle: *mut EidbCheckPolicy,
    change: impl FnOnce(&mut Demands) -> Result<(), Code>,
) -> u32 {
    guard(|| {
        let demands = handle::get(handle.cast_const())?;
        let mut demands = demands.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut demands).map(|()| EIDB_OK)
    })
}

// Any other number is more likely a wrong argument than a wish.
fn switch(on: u32) -> Result<bool, Code> {
    match on {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Code::MisuseArgument),
    }
}

fn within(value: u32, range: RangeInclusive<u32>) -> Result<u32, Code> {
    if range.contains(&value) { Ok(value) } else { Err(Code::MisuseArgument) }
}

// As the core has them; a test compares.
const LEEWAY_S: RangeInclusive<u32> = 0..=120;
const LIFETIME_S: RangeInclusive<u32> = 10..=3600;
const BYTES: RangeInclusive<u32> = 256..=65_536;

// About 1.5 GB of memory when it is full: ten million assertions of at most an hour.
const CAPACITY: RangeInclusive<u32> = 0..=10_000_000;
