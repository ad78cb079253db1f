//! libeid_check: checks the assertions of an eid-broker from C and everything that can call C.
//!
//! No network, no file, no clock, no daemon, and ring as the only cryptography. What each function
//! promises to its caller stands in `ffi/include/eid_check.h`; here stands how it is kept.
//!
//! Handles are numbers, not addresses (see `handle.rs`): a freed, foreign or invented handle is an
//! error code and never a crash. Everything else that comes in is a pointer with a length beside it.
//!
//! [`argument`], [`handle`] and [`guard`] serve the library of the whole broker, too; none of them is
//! seen from C.

pub mod argument;
pub mod assertion;
pub mod checker;
mod explain;
pub mod handle;
pub mod policy;
pub mod status;

use eid_broker::verdict::Code;
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What [`checker::eidb_check`] returns for an accepted assertion; neither 0 nor 1, so that no
/// mistaken truth test passes.
pub const EIDB_ACCEPTED: u32 = 0x4549_4401;

/// What a call without verdict returns on success.
pub const EIDB_OK: u32 = 0;

/// Number of the interface: rises whenever a program built against an older header would break.
pub const EIDB_CHECK_ABI: u32 = 1;

/// The interface that this library has; a program compares it with `EIDB_CHECK_ABI` of its header.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_check_abi() -> u32 {
    EIDB_CHECK_ABI
}

/// The version of the library, static text.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_check_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Runs a call from C. A panic must not cross back; it becomes a status, and the token stays
/// unaccepted.
pub fn guard(call: impl FnOnce() -> Result<u32, Code>) -> u32 {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(status)) => status,
        Ok(Err(code)) => code.number(),
        Err(_) => Code::Internal.number(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    #[test]
    fn a_panic_becomes_a_status() {
        assert_eq!(guard(|| panic!("made for this test")), 9999);
        assert_eq!(guard(|| Err(Code::TimeExpired)), 3020);
        assert_eq!(guard(|| Ok(EIDB_ACCEPTED)), EIDB_ACCEPTED);
    }

    #[test]
    fn names_its_version_and_its_interface() {
        // SAFETY: a static text with NUL.
        let version = unsafe { CStr::from_ptr(eidb_check_version()) };
        assert_eq!(version.to_str().unwrap(), env!("CARGO_PKG_VERSION"));
        assert_eq!(eidb_check_abi(), EIDB_CHECK_ABI);
    }
}
