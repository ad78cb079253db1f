use super::Code;
use crate::UnixTime;
use std::fmt;

/// Why a token was refused: a code of the table, where it happened, and numbers that help.
///
/// Holds positions, lengths, times and names of the program itself, never a byte of the token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Refusal {
    code: Code,
    place: Place,
    detail: Detail,
}

impl Refusal {
    /// A refusal at a place.
    #[must_use]
    pub const fn new(code: Code, place: Place) -> Self {
        Self { code, place, detail: Detail::None }
    }

    /// The same refusal with numbers beside it.
    #[must_use]
    pub const fn with(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }

    /// The same refusal, its place completed by the part that the caller knows.
    #[must_use]
    pub const fn within(mut self, part: &'static str, index: Option<u32>) -> Self {
        self.place.part = part;
        self.place.index = index;
        self
    }

    /// The row of the table.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Where it happened.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }

    /// Limits, times or names that belong to it.
    #[must_use]
    pub const fn detail(&self) -> Detail {
        self.detail
    }

    /// Nothing was decided: a store, a list or a signer was missing (8000 to 8999), or this library has
    /// a fault (9999).
    #[must_use]
    pub const fn is_undecided(&self) -> bool {
        matches!(self.code.number(), 8000..9000 | 9999)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.code.name(), self.code.number())?;
        if self.place != Place::NONE {
            write!(f, " at {}", self.place)?;
        }
        write!(f, ": {}", self.code.meaning())?;
        match self.detail {
            Detail::None => Ok(()),
            Detail::Limit { limit, found } => write!(f, " (limit {limit}, found {found})"),
            Detail::Time { bound, now } => {
                let [bound, now] = [bound, now].map(UnixTime::from_secs);
                write!(f, " (bound {bound}, now {now})")
            }
            Detail::Name(name) => write!(f, " ({name})"),
            Detail::Revoked { at, reason } => {
                write!(f, " (since {}, reason {reason})", UnixTime::from_secs(at))
            }
        }
    }
}

impl std::error::Error for Refusal {}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code, Place::NONE)
    }
}

/// Where in the input: a part of the token, which one of several, and the byte in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Place {
    /// Name of the part, for instance `issuer-jwt.header` or `disclosure`. Empty: the whole input.
    pub part: &'static str,
    /// Which of several parts, from 0.
    pub index: Option<u32>,
    /// Byte offset within the part, from 0.
    pub offset: Option<u32>,
}

impl Place {
    /// The input as a whole.
    pub const NONE: Self = Self { part: "", index: None, offset: None };

    /// A named part.
    #[must_use]
    pub const fn part(part: &'static str) -> Self {
        Self { part, index: None, offset: None }
    }

    /// One of several parts of a name.
    #[must_use]
    pub fn nth(part: &'static str, index: usize) -> Self {
        Self { part, index: u32::try_from(index).ok(), offset: None }
    }

    /// The same place, at a byte.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        self.offset = u32::try_from(offset).ok();
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.part)?;
        if let Some(index) = self.index {
            write!(f, "[{index}]")?;
        }
        if let Some(offset) = self.offset {
            write!(f, "{}byte {offset}", if self.part.is_empty() { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// Numbers and names beside a refusal; never content of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Detail {
    /// Nothing more to say.
    None,
    /// A bound was passed.
    Limit {
        /// The bound.
        limit: u64,
        /// What was found, as far as it was counted.
        found: u64,
    },
    /// A name of this program: an algorithm, a member, a check. Never taken from the input.
    Name(&'static str),
    /// A certificate was revoked.
    Revoked {
        /// From when on, Unix seconds.
        at: u64,
        /// The reason of RFC 5280, 5.3.1; `unspecified` when none is given.
        reason: &'static str,
    },
    /// A time bound was passed. Unix seconds.
    Time {
        /// The bound.
        bound: u64,
        /// Time of the check.
        now: u64,
    },
}

impl Detail {
    /// A bound on a length or a count was passed.
    #[must_use]
    pub fn limit(limit: usize, found: usize) -> Self {
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        Self::Limit { limit: number(limit), found: number(found) }
    }
}
