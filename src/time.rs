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
        let text = self.instant().format(&Rfc3339).map_err(|_| fmt::Error)?;
        f.write_str(&text)
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
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(UnixTime::MAX.plus(u64::MAX), UnixTime::MAX);
        assert_eq!(UnixTime::from_secs(5).minus(6).secs(), 0);
    }
}
