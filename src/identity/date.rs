use std::fmt;

/// A day of the Gregorian calendar, year 1 to 9999.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day that exists.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let valid_month = (1..=12).contains(&month);
        let valid_day = day >= 1 && day <= days_in_month(year, month);
        ((1..=9999).contains(&year) && valid_month && valid_day).then_some(Self {
            year,
            month,
            day,
        })
    }

    /// Reads `YYYY-MM-DD` (RFC 3339, full-date), exactly ten characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let [year @ .., b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
        let day = number(&[*d1, *d2])?;
        let month = number(&[*m1, *m2])?;
        if year.len() != 4 {
            return None;
        }
        Self::new(number(year)?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }

    /// The day of an instant, UTC.
    #[must_use]
    pub fn of(instant: crate::UnixTime) -> Option<Self> {
        let (year, month, day) = instant.date();
        Self::new(u16::try_from(year).ok()?, month, day)
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A date of birth as far as it is known. What is unknown stays unknown: it is never completed to
/// the first of January.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a date is known in full, to the month or to the year")]
pub enum BirthDate {
    /// Known in full.
    Full(Date),
    /// Only year and month.
    Month {
        /// The year.
        year: u16,
        /// The month, 1 to 12.
        month: u8,
    },
    /// Only the year.
    Year(u16),
}

impl BirthDate {
    /// Reads `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.len() {
            10 => Date::parse(text).map(Self::Full),
            7 => {
                let (year, month) = text.split_once('-')?;
                let year = four_digits(year)?;
                let month = u8::try_from(number(month.as_bytes())?).ok()?;
                (1..=12).contains(&month).then_some(Self::Month { year, month })
            }
            4 => four_digits(text).map(Self::Year),
            _ => None,
        }
    }

    /// The first and the last day that it can be.
    #[must_use]
    pub fn bounds(self) -> Option<(Date, Date)> {
        match self {
            Self::Full(date) => Some((date, date)),
            Self::Month { year, month } => Some((
                Date::new(year, month, 1)?,
                Date::new(year, month, days_in_month(year, month))?,
            )),
            Self::Year(year) => Some((Date::new(year, 1, 1)?, Date::new(year, 12, 31)?)),
        }
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> u16 {
        match self {
            Self::Full(date) => date.year,
            Self::Month { year, .. } | Self::Year(year) => year,
        }
    }
}

impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(date) => date.fmt(f),
            Self::Month { year, month } => write!(f, "{year:04}-{month:02}"),
            Self::Year(year) => write!(f, "{year:04}"),
        }
    }
}

/// Days of a month; 0 for a month that does not exist.
pub(super) const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 0,
    }
}

const fn is_leap(year: u16) -> bool {
    (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
}

fn four_digits(text: &str) -> Option<u16> {
    let year = (text.len() == 4).then(|| number(text.as_bytes())).flatten()?;
    (year >= 1).then_some(year)
}

// At most four ASCII digits.
fn number(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_days_that_exist() {
        for text in ["1964-08-12", "2000-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(Date::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_days_that_do_not() {
        for text in [
            "",
            "1964-8-12",
            "1900-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "2026-04-31",
            "0000-01-01",
            "+964-08-12",
            "1964-08-12 ",
            "19640812",
            "1964-08-1\u{661}",
        ] {
            assert!(Date::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn keeps_partial_dates_partial() {
        assert_eq!(BirthDate::parse("1964").unwrap().to_string(), "1964");
        assert_eq!(BirthDate::parse("1964-02").unwrap().to_string(), "1964-02");
        let (first, last) = BirthDate::parse("1964-02").unwrap().bounds().unwrap();
        assert_eq!(
            (first.to_string(), last.to_string()),
            ("1964-02-01".into(), "1964-02-29".into())
        );
        for bad in ["0000", "1964-13", "1964-0", "196-012", "1964-00"] {
            assert!(BirthDate::parse(bad).is_none(), "{bad}");
        }
    }
}
