use std::fmt;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant: whole seconds since 1970-01-01T00:00:00Z, up to the end of the year 9999.
///
/// The library asks no clock: every call takes `now` as one of these.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnixTime(u64);

impl UnixTime {
    /// 9999-12-31T23:59:59Z, the last instant that RFC 3339 and X.509 can write.
    pub const MAX: Self = Self(253_402_300_799);

    /// Seconds since 1970; values past the year 9999 become [`Self::MAX`].
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        if seconds > Self::MAX.0 { Self::MAX } else { Self(seconds) }
    }

    /// Seconds since 1970, or `None` past the year 9999.
    #[must_use]
    pub const fn checked(seconds: u64) -> Option<Self> {
        if seconds > Self::MAX.0 { None } else { Some(Self(seconds)) }
    }

    /// Seconds since 1970.
    #[must_use]
    pub const fn secs(self) -> u64 {
        self.0
    }

    /// Later by `seconds`, never past [`Self::MAX`].
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self::from_secs(self.0.saturating_add(seconds))
    }

    /// Earlier by `seconds`, never before 1970.
    #[must_use]
    pub const fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Seconds from `earlier` until `self`; 0 when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads an RFC 3339 timestamp, for instance `2026-03-01T12:00:00Z`. Fractions are cut off.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let instant = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        u64::try_from(instant.unix_timestamp()).ok().and_then(Self::checked)
    }

    /// The timestamp of RFC 3339 in UTC, for instance `2026-03-01T12:00:00Z`: 20 ASCII characters.
    #[must_use]
    pub fn rfc3339(self) -> [u8; 20] {
        let instant = self.instant();
        let (year, month, day) = self.date();
        let century = u8::try_from(year / 100).unwrap_or(0);
        let year = u8::try_from(year % 100).unwrap_or(0);
        let mut text = *b"0000-00-00T00:00:00Z";
        let (hour, minute, second) = instant.to_hms();
        let parts = [(0, century), (2, year), (5, month), (8, day)];
        let clock = [(11, hour), (14, minute), (17, second)];
        for (at, value) in parts.into_iter().chain(clock) {
            if let Some([tens, ones]) = text.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
                *tens = (value / 10).wrapping_add(b'0');
                *ones = (value % 10).wrapping_add(b'0');
            }
        }
        text
    }

    /// Year, month and day in UTC.
    #[must_use]
    pub fn date(self) -> (i32, u8, u8) {
        let date = self.instant().date();
        (date.year(), date.month().into(), date.day())
    }

    fn instant(self) -> OffsetDateTime {
        // Cannot fail: the value is at most `MAX`, which `time` can represent.
        i64::try_from(self.0)
            .ok()
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.rfc3339()).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_reads_rfc_3339() {
        let text = "2026-03-01T12:00:00Z";
        assert_eq!(UnixTime::from_rfc3339(text).unwrap().to_string(), text);
        assert_eq!(UnixTime::MAX.to_string(), "9999-12-31T23:59:59Z");
        assert!(UnixTime::from_rfc3339("1969-12-31T23:59:59Z").is_none());
        for secs in [0, 951_782_399, 951_868_800, 4_107_542_400, 1_772_366_400 + 86_399] {
            let instant = UnixTime::from_secs(secs);
            assert_eq!(instant.to_string(), instant.instant().format(&Rfc3339).unwrap());
        }
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(UnixTime::MAX.plus(u64::MAX), UnixTime::MAX);
        assert_eq!(UnixTime::from_secs(5).minus(6).secs(), 0);
    }
}
