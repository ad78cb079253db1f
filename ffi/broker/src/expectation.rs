//! What a portal gets for its request, and what it hands back with the token.

use crate::EIDB_OK;
use eid_broker::broker::Expected;
use eid_broker::expectation::saml::AuthnRequest;
use eid_broker::verdict::Code;
use eid_check::argument::{self, TextOut};
use eid_check::guard;
use eid_check::handle::{self, Handle, Table};
use std::ffi::c_char;

/// A handle for an expectation. Nothing is behind the pointer.
#[repr(C)]
pub struct EidbExpectation {
    _opaque: [u8; 0],
}

static EXPECTATIONS: Table<Expected> = Table::new();

impl Handle for EidbExpectation {
    type Object = Expected;

    fn table() -> &'static Table<Self::Object> {
        &EXPECTATIONS
    }
}

/// Copies a text of the expectation.
///
/// # Safety
/// Unless NULL, `name` points to `name_len` readable bytes, `out` has room for `out_cap` bytes and
/// `out_len` for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_expectation_text(
    expectation: *const EidbExpectation,
    name: *const c_char,
    name_len: usize,
    out: *mut c_char,
    out_cap: usize,
    out_len: *mut usize,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for `out_cap` bytes and for one number.
        let out = unsafe { TextOut::new(out, out_cap, out_len) }?;
        let expected = handle::get(expectation)?;
        // SAFETY: the caller promises `name_len` readable bytes.
        let name = unsafe { argument::text(name, name_len, crate::MAX_NAME_LEN) }?;
        let expectation = &expected.expectation;
        let request = expected.request.as_ref();
        let (deadline, html);
        let text = match name {
            "addressee" => expectation.addressee().unwrap_or_default(),
            "audience" => expectation.audience(),
            "deadline" => {
                deadline = expectation.deadline().to_string();
                &deadline
            }
            "family" => expectation.family().name(),
            "nonce" => expectation.nonce(),
            "procedure" => expectation.procedure(),
            "request_binding" => request.map_or("", |request| request.binding.uri()),
            "request_html" => {
                html = request.and_then(AuthnRequest::html).unwrap_or_default();
                &html
            }
            "request_message" => request.and_then(|it| it.message.as_deref()).unwrap_or_default(),
            "request_relay_state" => {
                request.and_then(|it| it.relay_state.as_deref()).unwrap_or_default()
            }
            "request_url" => request.map_or("", |request| &request.url),
            "sealed" => &expected.sealed,
            _ => return Err(Code::MisuseArgument),
        };
        out.write(text.as_bytes()).map(|()| EIDB_OK)
    })
}

/// Frees an expectation.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_expectation_free(expectation: *mut EidbExpectation) -> u32 {
    guard(|| handle::free(expectation).map(|()| EIDB_OK))
}
