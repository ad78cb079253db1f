//! An assertion that was issued, for the portal to pass on.

use crate::EIDB_OK;
use eid_broker::assertion::Assertion;
use eid_broker::verdict::Code;
use eid_check::argument::{self, TextOut};
use eid_check::guard;
use eid_check::handle::{self, Handle, Table};
use std::ffi::c_char;

/// A handle for an issued assertion. Nothing is behind the pointer.
#[repr(C)]
pub struct EidbIssued {
    _opaque: [u8; 0],
}

static ISSUED: Table<Assertion> = Table::new();

impl Handle for EidbIssued {
    type Object = Assertion;

    fn table() -> &'static Table<Self::Object> {
        &ISSUED
    }
}

/// Copies a text of what was issued.
///
/// # Safety
/// Unless NULL, `name` points to `name_len` readable bytes, `out` has room for `out_cap` bytes and
/// `out_len` for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_issued_text(
    issued: *const EidbIssued,
    name: *const c_char,
    name_len: usize,
    out: *mut c_char,
    out_cap: usize,
    out_len: *mut usize,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for `out_cap` bytes and for one number.
        let out = unsafe { TextOut::new(out, out_cap, out_len) }?;
        let assertion = handle::get(issued)?;
        // SAFETY: the caller promises `name_len` readable bytes.
        let name = unsafe { argument::text(name, name_len, crate::MAX_NAME_LEN) }?;
        let text = match name {
            "assertion" => assertion.as_str(),
            "txn" => assertion.txn(),
            _ => return Err(Code::MisuseArgument),
        };
        out.write(text.as_bytes()).map(|()| EIDB_OK)
    })
}

/// Frees an issued assertion.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_issued_free(issued: *mut EidbIssued) -> u32 {
    guard(|| handle::free(issued).map(|()| EIDB_OK))
}
