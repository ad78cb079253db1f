//! The refusal table as static C text.

use crate::{EIDB_ACCEPTED, EIDB_OK};
use eid_broker::verdict::Code;
use std::ffi::{CStr, c_char};

/// The code of a status, for instance `time.expired`. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_status_name(status: u32) -> *const c_char {
    find(status, &NAMES, [c"ok", c"accepted", c"unknown"])
}

/// What a status means, one sentence. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_status_text(status: u32) -> *const c_char {
    let other = [
        c"The call did what it was asked for.",
        c"The assertion is accepted.",
        c"This library knows no status of this number.",
    ];
    find(status, &TEXTS, other)
}

/// What to do about a status, one sentence. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn eidb_status_advice(status: u32) -> *const c_char {
    let other = [
        c"Go on.",
        c"Go on, with what can be read from the assertion.",
        c"Compare the versions of the library and of the header.",
    ];
    find(status, &ADVICE, other)
}

fn find<const N: usize>(
    status: u32,
    column: &'static Column<N>,
    [ok, accepted, unknown]: [&'static CStr; 3],
) -> *const c_char {
    let row = Code::ALL.binary_search_by_key(&status, |code| code.number());
    let text = row.ok().and_then(|row| column.text(row));
    let other = match status {
        EIDB_OK => ok,
        EIDB_ACCEPTED => accepted,
        _ => unknown,
    };
    text.unwrap_or(other).as_ptr()
}

// One column of the table: texts that end with NUL, in the order of the rows. Built by the compiler,
// so that nothing is allocated that could be left over when the library is unloaded.
struct Column<const N: usize> {
    texts: [u8; N],
    starts: [usize; Code::ALL.len()],
}

#[derive(Clone, Copy)]
enum Which {
    Advice,
    Name,
    Text,
}

static NAMES: Column<{ size(Which::Name) }> = Column::new(Which::Name);
static TEXTS: Column<{ size(Which::Text) }> = Column::new(Which::Text);
static ADVICE: Column<{ size(Which::Advice) }> = Column::new(Which::Advice);

impl<const N: usize> Column<N> {
    #[expect(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        reason = "evaluated by the compiler, where a fault is an error of the build"
    )]
    const fn new(which: Which) -> Self {
        let mut column = Self { texts: [0; N], starts: [0; Code::ALL.len()] };
        let mut end = 0;
        let mut row = 0;
        while row < Code::ALL.len() {
            column.starts[row] = end;
            let text = cell(row, which);
            let mut at = 0;
            while at < text.len() {
                // C text ends at the first NUL.
                assert!(text[at] != 0);
                column.texts[end] = text[at];
                end += 1;
                at += 1;
            }
            end += 1;
            row += 1;
        }
        column
    }

    fn text(&self, row: usize) -> Option<&CStr> {
        let start = *self.starts.get(row)?;
        CStr::from_bytes_until_nul(self.texts.get(start..)?).ok()
    }
}

#[expect(
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, where a fault is an error of the build"
)]
const fn size(which: Which) -> usize {
    let mut size = 0;
    let mut row = 0;
    while row < Code::ALL.len() {
        size += cell(row, which).len() + 1;
        row += 1;
    }
    size
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, as above")]
const fn cell(row: usize, which: Which) -> &'static [u8] {
    let code = Code::ALL[row];
    match which {
        Which::Advice => code.advice().as_bytes(),
        Which::Name => code.name().as_bytes(),
        Which::Text => code.meaning().as_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(from: *const c_char) -> &'static str {
        assert!(!from.is_null());
        // SAFETY: not null; static text with NUL.
        unsafe { CStr::from_ptr(from) }.to_str().unwrap()
    }

    #[test]
    fn every_row_of_the_table_has_its_three_texts() {
        for code in Code::ALL {
            assert_eq!(text(eidb_status_name(code.number())), code.name());
            assert_eq!(text(eidb_status_text(code.number())), code.meaning());
            assert_eq!(text(eidb_status_advice(code.number())), code.advice());
        }
    }

    #[test]
    fn what_is_not_in_the_table_has_texts_too() {
        for (status, name) in [
            (EIDB_OK, "ok"),
            (EIDB_ACCEPTED, "accepted"),
            (1, "unknown"),
            (1000, "unknown"),
            (u32::MAX, "unknown"),
        ] {
            assert_eq!(text(eidb_status_name(status)), name);
            assert!(text(eidb_status_text(status)).ends_with('.'));
            assert!(text(eidb_status_advice(status)).ends_with('.'));
        }
    }
}
