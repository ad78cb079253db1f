//! What can be read from an accepted assertion. There is no handle for any other.

use crate::argument::{self, Out, TextOut, check_apart};
use crate::handle::{self, Handle, Table};
use crate::{EIDB_OK, guard};
use eid_broker::assertion::Checked;
use eid_broker::envelope::json::{Kind, Value};
use eid_broker::identity::LevelOfAssurance;
use eid_broker::verdict::Code;
use std::ffi::c_char;

/// A handle for an accepted assertion. Nothing is behind the pointer.
#[repr(C)]
pub struct EidbAssertion {
    _opaque: [u8; 0],
}

static ASSERTIONS: Table<Checked> = Table::new();

impl Handle for EidbAssertion {
    type Object = Checked;

    fn table() -> &'static Table<Self::Object> {
        &ASSERTIONS
    }
}

/// Frees an assertion.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_assertion_free(assertion: *mut EidbAssertion) -> u32 {
    guard(|| handle::free(assertion).map(|()| EIDB_OK))
}

/// Copies a text of the assertion itself, such as `sub`.
///
/// # Safety
/// Unless NULL, `name` points to `name_len` readable bytes, `out` has room for `out_cap` bytes and
/// `out_len` for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_assertion_text(
    assertion: *const EidbAssertion,
    name: *const c_char,
    name_len: usize,
    out: *mut c_char,
    out_cap: usize,
    out_len: *mut usize,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for `out_cap` bytes and for one number.
        let out = unsafe { TextOut::new(out, out_cap, out_len) }?;
        let checked = handle::get(assertion)?;
        // SAFETY: the caller promises `name_len` readable bytes.
        let name = unsafe { argument::text(name, name_len, MAX_NAME_LEN) }?;
        let text = checked.member(name).ok_or(Code::ClaimMissing)?;
        out.write(text.as_bytes()).map(|()| EIDB_OK)
    })
}

/// Copies a claim about the person that is a text.
///
/// # Safety
/// As [`eidb_assertion_text`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_assertion_claim_text(
    assertion: *const EidbAssertion,
    name: *const c_char,
    name_len: usize,
    out: *mut c_char,
    out_cap: usize,
    out_len: *mut usize,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for `out_cap` bytes and for one number.
        let out = unsafe { TextOut::new(out, out_cap, out_len) }?;
        let checked = handle::get(assertion)?;
        // SAFETY: the caller promises `name_len` readable bytes.
        let name = unsafe { argument::text(name, name_len, MAX_NAME_LEN) }?;
        let text = claim(&checked, name)?.as_str().ok_or(Code::ClaimMalformed)?;
        out.write(text.as_bytes()).map(|()| EIDB_OK)
    })
}

/// Copies a claim about the person as JSON, whatever it is.
///
/// # Safety
/// As [`eidb_assertion_text`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_assertion_claim_json(
    assertion: *const EidbAssertion,
    name: *const c_char,
    name_len: usize,
    out: *mut c_char,
    out_cap: usize,
    out_len: *mut usize,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for `out_cap` bytes and for one number.
        let out = unsafe { TextOut::new(out, out_cap, out_len) }?;
        let checked = handle::get(assertion)?;
        // SAFETY: the caller promises `name_len` readable bytes.
        let name = unsafe { argument::text(name, name_len, MAX_NAME_LEN) }?;
        let claim = claim(&checked, name)?;
        let json = match claim.kind() {
            Kind::String => &format!("\"{}\"", claim.raw()),
            Kind::Array | Kind::False | Kind::Null | Kind::Number | Kind::Object | Kind::True => {
                claim.raw()
            }
        };
        out.write(json.as_bytes()).map(|()| EIDB_OK)
    })
}

/// Reads a claim about the person that is true (1) or false (0).
///
/// # Safety
/// Unless NULL, `name` points to `name_len` readable bytes and `out` has room for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_assertion_claim_bool(
    assertion: *const EidbAssertion,
    name: *const c_char,
    name_len: usize,
    out: *mut u32,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for one number.
        let out = unsafe { Out::new(out, 0) }?;
        let checked = handle::get(assertion)?;
        // SAFETY: the caller promises `name_len` readable bytes.
        let name = unsafe { argument::text(name, name_len, MAX_NAME_LEN) }?;
        let value = match claim(&checked, name)?.kind() {
            Kind::False => 0,
            Kind::True => 1,
            Kind::Array | Kind::Null | Kind::Number | Kind::Object | Kind::String => {
                return Err(Code::ClaimMalformed);
            }
        };
        out.set(value);
        Ok(EIDB_OK)
    })
}

/// Reads the level of assurance (1 to 3) and whether its scheme is notified (1 or 0).
///
/// # Safety
/// Unless NULL, `level` and `notified` have room for one number each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_assertion_loa(
    assertion: *const EidbAssertion,
    level: *mut u32,
    notified: *mut u32,
) -> u32 {
    guard(|| {
        check_apart((level.addr(), size_of::<u32>()), (notified.addr(), size_of::<u32>()))?;
        // SAFETY: the caller promises room for one number.
        let level = unsafe { Out::new(level, 0) };
        // SAFETY: the caller promises room for one number.
        let notified = unsafe { Out::new(notified, 0) };
        let (level, notified) = (level?, notified?);
        let loa = handle::get(assertion)?.loa().ok_or(Code::Internal)?;
        level.set(match loa.level {
            LevelOfAssurance::Low => 1,
            LevelOfAssurance::Substantial => 2,
            LevelOfAssurance::High => 3,
        });
        notified.set(loa.notified.into());
        Ok(EIDB_OK)
    })
}

/// Reads when the assertion ends.
///
/// # Safety
/// Unless NULL, `unix_s` has room for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_assertion_expires(
    assertion: *const EidbAssertion,
    unix_s: *mut u64,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for one number.
        let out = unsafe { Out::new(unix_s, 0) }?;
        let expires = handle::get(assertion)?.expires().ok_or(Code::Internal)?;
        out.set(expires.secs());
        Ok(EIDB_OK)
    })
}

/// Copies the whole assertion as JSON.
///
/// # Safety
/// Unless NULL, `out` has room for `out_cap` bytes and `out_len` for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eidb_assertion_json(
    assertion: *const EidbAssertion,
    out: *mut c_char,
    out_cap: usize,
    out_len: *mut usize,
) -> u32 {
    guard(|| {
        // SAFETY: the caller promises room for `out_cap` bytes and for one number.
        let out = unsafe { TextOut::new(out, out_cap, out_len) }?;
        let checked = handle::get(assertion)?;
        let payload = checked.payload().ok_or(Code::Internal)?;
        out.write(payload.as_bytes()).map(|()| EIDB_OK)
    })
}

// A name is that of one claim; with `/` in front it is a JSON Pointer (RFC 6901) into all of them.
fn claim<'a>(checked: &'a Checked, name: &str) -> Result<Value<'a>, Code> {
    let Some(pointer) = name.strip_prefix('/') else {
        return checked.claim(name).ok_or(Code::ClaimMissing);
    };
    let mut steps = pointer.split('/');
    let first = unescape(steps.next().unwrap_or_default())?;
    let mut value = checked.claim(&first).ok_or(Code::ClaimMissing)?;
    for step in steps {
        let step = unescape(step)?;
        let next = match value.kind() {
            Kind::Array => index(&step).and_then(|index| value.elements().nth(index)),
            Kind::False | Kind::Null | Kind::Number | Kind::Object | Kind::String | Kind::True => {
                value.get(&step)
            }
        };
        value = next.ok_or(Code::ClaimMissing)?;
    }
    Ok(value)
}

// RFC 6901, 4: `~1` is `/` and `~0` is `~`, in this order; a lone `~` is an error (3).
fn unescape(step: &str) -> Result<String, Code> {
    let escapes = step.split('~').skip(1);
    if escapes.into_iter().any(|rest| !rest.starts_with(['0', '1'])) {
        return Err(Code::MisuseArgument);
    }
    Ok(step.replace("~1", "/").replace("~0", "~"))
}

// RFC 6901, 4: digits without a leading zero.
fn index(step: &str) -> Option<usize> {
    let plain = step == "0" || (!step.starts_with('0') && !step.is_empty());
    let digits = plain && step.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| step.parse().ok())?
}

// Longer than any name or path in an assertion of 6 KiB that somebody would ask for.
const MAX_NAME_LEN: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unescapes_the_steps_of_a_pointer() {
        for (step, plain) in [("a", "a"), ("", ""), ("a~1b", "a/b"), ("~01", "~1"), ("~0~1", "~/")]
        {
            assert_eq!(unescape(step).unwrap(), plain);
        }
        for bad in ["~", "a~", "~2", "~~0"] {
            assert_eq!(unescape(bad), Err(Code::MisuseArgument), "{bad}");
        }
    }

    #[test]
    fn an_index_has_one_spelling() {
        assert_eq!((index("0"), index("10")), (Some(0), Some(10)));
        for bad in ["", "00", "01", "-1", "+1", "1 ", "a", "99999999999999999999999"] {
            assert_eq!(index(bad), None, "{bad}");
        }
    }
}
