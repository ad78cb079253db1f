//! Pointers that come in: looked at once, here, and turned into what Rust can hold safely.

use eid_broker::register::Binding;
use eid_broker::verdict::Code;
use std::ffi::c_char;
use std::ptr;
use std::slice;

/// The bytes of an argument; NULL with length 0 is the empty text.
///
/// No byte past `max` plus one is made visible: a longer argument is refused for its size anyway.
///
/// # Errors
/// [`Code::MisuseNull`] for NULL with a length; [`Code::MisuseArgument`] for a length that no object
/// in memory can have.
///
/// # Safety
/// Unless NULL, `data` points to `len` bytes that nobody writes while the result is used.
pub unsafe fn bytes<'a>(data: *const c_char, len: usize, max: usize) -> Result<&'a [u8], Code> {
    if data.is_null() {
        return if len == 0 { Ok(&[]) } else { Err(Code::MisuseNull) };
    }
    check_range(data.addr(), len)?;
    let len = len.min(max.saturating_add(1));
    // SAFETY: not null, bytes need no alignment; the caller promises at least `len` bytes.
    Ok(unsafe { slice::from_raw_parts(data.cast(), len) })
}

/// A UTF-8 text of at most `max` bytes; NULL with length 0 is the empty text.
///
/// # Errors
/// As [`bytes`]; [`Code::MisuseArgument`] when it is longer; [`Code::MisuseEncoding`] when it is not
/// UTF-8.
///
/// # Safety
/// As [`bytes`].
pub unsafe fn text<'a>(data: *const c_char, len: usize, max: usize) -> Result<&'a str, Code> {
    // SAFETY: passed on to the caller.
    let bytes = unsafe { bytes(data, len, max) }?;
    if bytes.len() > max {
        return Err(Code::MisuseArgument);
    }
    std::str::from_utf8(bytes).map_err(|_| Code::MisuseEncoding)
}

/// Scopes, separated by single spaces; the empty text is none.
///
/// # Errors
/// As [`text`]; [`Code::MisuseArgument`] for two spaces together, or one at either end.
///
/// # Safety
/// As [`bytes`].
pub unsafe fn scopes(data: *const c_char, len: usize) -> Result<Vec<String>, Code> {
    // SAFETY: passed on to the caller.
    let names: Vec<String> = match unsafe { text(data, len, MAX_SCOPES_LEN) }? {
        "" => Vec::new(),
        text => text.split(' ').map(str::to_owned).collect(),
    };
    if names.iter().any(String::is_empty) { Err(Code::MisuseArgument) } else { Ok(names) }
}

/// A key that somebody proved to hold. NULL with length 0 is nobody's key; an empty text is not:
/// whoever has a key in hand says which.
///
/// # Errors
/// As [`text`]; [`Code::MisuseArgument`] when it is no thumbprint.
///
/// # Safety
/// As [`bytes`].
pub unsafe fn binding(data: *const c_char, len: usize) -> Result<Option<Binding>, Code> {
    if data.is_null() && len == 0 {
        return Ok(None);
    }
    // SAFETY: passed on to the caller.
    let text = unsafe { text(data, len, MAX_BINDING_LEN) }?;
    Binding::parse(text).map(Some).ok_or(Code::MisuseArgument)
}

/// A place for one value that the caller lends. It needs no alignment: COBOL records have none.
pub struct Out<T>(*mut T);

impl<T: Copy> Out<T> {
    /// Takes the place and sets it to `empty`, so that no call leaves an old value behind.
    ///
    /// # Errors
    /// [`Code::MisuseNull`].
    ///
    /// # Safety
    /// Unless NULL, `place` has room for one `T` until the result is gone.
    pub unsafe fn new(place: *mut T, empty: T) -> Result<Self, Code> {
        if place.is_null() {
            return Err(Code::MisuseNull);
        }
        // SAFETY: not null; the caller promises room for one value.
        unsafe { place.write_unaligned(empty) };
        Ok(Self(place))
    }

    /// Gives the value to the caller.
    pub fn set(self, value: T) {
        // SAFETY: `new` saw that it is not null, and its caller promised room until now.
        unsafe { self.0.write_unaligned(value) };
    }
}

/// A buffer for a text, and the place for its length.
pub struct TextOut {
    buffer: *mut c_char,
    capacity: usize,
    len: Out<usize>,
}

impl TextOut {
    /// Takes the buffer, makes it the empty text, and sets the length to 0.
    ///
    /// # Errors
    /// [`Code::MisuseNull`] when `len` is NULL, or `buffer` is while `capacity` is not 0;
    /// [`Code::MisuseArgument`] for a capacity that no object can have, or when the two overlap.
    ///
    /// # Safety
    /// Unless NULL, `buffer` has room for `capacity` bytes and `len` for one number, until the
    /// result is gone.
    pub unsafe fn new(buffer: *mut c_char, capacity: usize, len: *mut usize) -> Result<Self, Code> {
        check_range(buffer.addr(), capacity)?;
        check_apart((buffer.addr(), capacity), (len.addr(), size_of::<usize>()))?;
        if !buffer.is_null() && capacity > 0 {
            // SAFETY: not null, and the caller promises room for at least one byte.
            unsafe { buffer.write(0) };
        }
        // SAFETY: passed on to the caller.
        let len = unsafe { Out::new(len, 0) }?;
        if buffer.is_null() && capacity > 0 {
            return Err(Code::MisuseNull);
        }
        Ok(Self { buffer, capacity, len })
    }

    /// Copies the whole text and a NUL, or nothing.
    ///
    /// # Errors
    /// [`Code::MisuseBuffer`] when it does not fit; the length is then the capacity that it needs.
    pub fn write(self, text: &[u8]) -> Result<(), Code> {
        let needed = text.len().saturating_add(1);
        if self.capacity < needed {
            self.len.set(needed);
            return Err(Code::MisuseBuffer);
        }
        let buffer = self.buffer.cast::<u8>();
        // SAFETY: `new` was promised `capacity` bytes, which are enough; the text is of this library
        // and thus lies elsewhere, and `copy` would bear an overlap.
        unsafe { ptr::copy(text.as_ptr(), buffer, text.len()) };
        // SAFETY: `text.len()` is less than the capacity.
        let end = unsafe { buffer.add(text.len()) };
        // SAFETY: as for the line above.
        unsafe { end.write(0) };
        self.len.set(text.len());
        Ok(())
    }
}

/// Refuses two places that share a byte: one output would spoil the other.
///
/// # Errors
/// [`Code::MisuseArgument`].
pub fn check_apart(a: (usize, usize), b: (usize, usize)) -> Result<(), Code> {
    let (first, second) = if a.0 <= b.0 { (a, b) } else { (b, a) };
    let distance = second.0.saturating_sub(first.0);
    // Nothing is shared by nothing, nor by NULL.
    let empty = first.1 == 0 || second.1 == 0 || first.0 == 0;
    if empty || distance >= first.1 { Ok(()) } else { Err(Code::MisuseArgument) }
}

// No object is larger than half of the address space, nor does it wrap around its end.
fn check_range(address: usize, len: usize) -> Result<(), Code> {
    let fits = isize::try_from(len).is_ok() && address.checked_add(len).is_some();
    if fits { Ok(()) } else { Err(Code::MisuseArgument) }
}

// Room for more scopes than a register has.
const MAX_SCOPES_LEN: usize = 4096;

// `x5t#S256:` and 43 characters are 52.
const MAX_BINDING_LEN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &[u8], max: usize) -> Result<&str, Code> {
        // SAFETY: a slice.
        unsafe { text(data.as_ptr().cast(), data.len(), max) }
    }

    fn refused(data: *const c_char, len: usize) -> Code {
        // SAFETY: every caller passes what is refused before anything is read.
        unsafe { bytes(data, len, 10) }.unwrap_err()
    }

    #[test]
    fn reads_text_up_to_its_limit() {
        assert_eq!(read(b"", 3), Ok(""));
        assert_eq!(read(b"abc", 3), Ok("abc"));
        assert_eq!(read(b"a\0c", 3), Ok("a\0c"));
        assert_eq!(read(b"abcd", 3), Err(Code::MisuseArgument));
        assert_eq!(read(b"M\xfcller", 10), Err(Code::MisuseEncoding));
        assert_eq!(read("Müller".as_bytes(), 10), Ok("Müller"));
    }

    #[test]
    fn null_is_the_empty_text_only_with_length_0() {
        // SAFETY: NULL.
        assert_eq!(unsafe { bytes(ptr::null(), 0, 10) }, Ok(&[][..]));
        assert_eq!(refused(ptr::null(), 1), Code::MisuseNull);
    }

    #[test]
    fn refuses_lengths_that_no_object_has() {
        let data = c"abc".as_ptr();
        assert_eq!(refused(data, usize::MAX), Code::MisuseArgument);
        assert_eq!(refused(data, isize::MAX.unsigned_abs().wrapping_add(1)), Code::MisuseArgument);
        let near_the_end = ptr::without_provenance(usize::MAX - 1);
        assert_eq!(refused(near_the_end, 8), Code::MisuseArgument);
    }

    #[test]
    fn shows_no_more_than_one_byte_past_the_limit() {
        // SAFETY: the array is longer than what is read.
        let seen = unsafe { bytes([b'x'; 64].as_ptr().cast(), 64, 10) };
        assert_eq!(seen.unwrap().len(), 11);
    }

    #[test]
    fn writes_a_text_whole_or_not_at_all() {
        for capacity in 0..6 {
            let mut buffer = *b"######";
            let mut len = 99;
            // SAFETY: `capacity` is at most the size of the buffer.
            let out = unsafe { TextOut::new(buffer.as_mut_ptr().cast(), capacity, &raw mut len) };
            let written = out.unwrap().write(b"abc");
            if capacity < 4 {
                assert_eq!((written, len), (Err(Code::MisuseBuffer), 4));
                let blank = if capacity == 0 { b'#' } else { 0 };
                assert_eq!(buffer, [blank, b'#', b'#', b'#', b'#', b'#']);
            } else {
                assert_eq!((written, len), (Ok(()), 3));
                assert_eq!(&buffer, b"abc\0##");
            }
        }
    }

    #[test]
    fn refuses_outputs_that_overlap() {
        for (a, b, apart) in [
            ((100, 8), (108, 8), true),
            ((100, 9), (108, 8), false),
            ((108, 8), (100, 9), false),
            ((100, 8), (100, 8), false),
            ((100, 0), (100, 8), true),
            ((0, 8), (4, 8), true),
        ] {
            assert_eq!(check_apart(a, b).is_ok(), apart, "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_refused_output_is_blank_where_it_can_be() {
        let mut buffer = *b"yesterday";
        // SAFETY: a buffer of 9 bytes; the length is NULL and refused.
        let out = unsafe { TextOut::new(buffer.as_mut_ptr().cast(), 9, ptr::null_mut()) };
        assert_eq!(out.err(), Some(Code::MisuseNull));
        assert_eq!(buffer[0], 0);
        let mut len = 7;
        // SAFETY: the buffer is NULL and refused.
        let out = unsafe { TextOut::new(ptr::null_mut(), 9, &raw mut len) };
        assert_eq!((out.err(), len), (Some(Code::MisuseNull), 0));
    }
}
