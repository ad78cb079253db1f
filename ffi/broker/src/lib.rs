//! libeid_broker: the whole broker from C and everything that can call C.
//!
//! Exports everything of libeid_check besides, so that a program needs one of the two. What each
//! function promises to its caller stands in `ffi/include/eid_broker.h` and `ffi/include/eid_check.h`;
//! how it is kept is told in the crate `eid_check`, whose arguments, handles and guard are used here.

mod evidence;
pub mod expectation;
pub mod folder;
pub mod issued;
pub mod journey;
pub mod verdict;

pub use eid_check::{EIDB_ACCEPTED, EIDB_OK};

/// Number of the interface: rises whenever a program built against an older header would break.
pub const EIDB_BROKER_ABI: u32 = 1;

/// The interface that this library has; a program compares it with `EIDB_BROKER_ABI` of its header.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_broker_abi() -> u32 {
    EIDB_BROKER_ABI
}

// A URL or an identifier; longer ones occur in no register.
const MAX_NAME_LEN: usize = 2048;
