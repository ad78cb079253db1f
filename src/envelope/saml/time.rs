use crate::UnixTime;

/// Reads an `xs:dateTime` with its zone (SAML Core 1.3.3), for instance `2026-03-02T10:00:00.25Z` or
/// `2026-03-02T11:00:00+01:00`. Fractions are cut off.
///
/// `None` for anything else: without zone, a year that is not four digits or is 0000, an hour 24, a
/// leap second, an offset beyond 14 hours, more than 9 digits of a fraction, a day
/// that does not exist, and what lies before 1970. White space around it is collapsed by the schema.
#[must_use]
pub fn date_time(text: &str) -> Option<UnixTime> {
    let text = super::trimmed(text);
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', rest @ ..] = text.as_bytes() else {
        return None;
    };
    let [h1, h2, b':', n1, n2, b':', s1, s2, rest @ ..] = rest else { return None };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    let month = u8::try_from(number(&[*m1, *m2])?).ok()?;
    let day = u8::try_from(number(&[*d1, *d2])?).ok()?;
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*n1, *n2])?, number(&[*s1, *s2])?);
    if year == 0 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let offset_s = zone(fraction(rest)?)?;
    let month = time::Month::try_from(month).ok()?;
    let date = time::Date::from_calendar_date(i32::try_from(year).ok()?, month, day).ok()?;
    let clock = time::Time::from_hms(
        u8::try_from(hour).ok()?,
        u8::try_from(minute).ok()?,
        u8::try_from(second).ok()?,
    );
    let local = time::PrimitiveDateTime::new(date, clock.ok()?).assume_utc().unix_timestamp();
    u64::try_from(local.checked_sub(offset_s)?).ok().and_then(UnixTime::checked)
}

// What follows a fraction, where there is one.
fn fraction(rest: &[u8]) -> Option<&[u8]> {
    let Some(digits) = rest.strip_prefix(b".") else { return Some(rest) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=FRACTION_DIGITS).contains(&count).then(|| digits.get(count..))?
}

// Seconds that the local time is ahead of UTC.
fn zone(text: &[u8]) -> Option<i64> {
    let (sign, rest) = match text {
        b"Z" => return Some(0),
        [b'+', rest @ ..] => (1_i64, rest),
        [b'-', rest @ ..] => (-1_i64, rest),
        _ => return None,
    };
    let [h1, h2, b':', m1, m2] = rest else { return None };
    let minutes = number(&[*h1, *h2])?.checked_mul(60)?.checked_add(number(&[*m1, *m2])?)?;
    let valid = number(&[*m1, *m2])? < 60 && minutes <= MAX_OFFSET_MINUTES;
    let seconds = i64::from(minutes).checked_mul(60)?.checked_mul(sign)?;
    valid.then_some(seconds)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| byte.wrapping_sub(b'0'))?;
        sum.checked_mul(10)?.checked_add(u32::from(digit))
    })
}

// Digits of a fraction that are read at all: nobody measures less than nanoseconds.
const FRACTION_DIGITS: usize = 9;
// XML Schema 2, 3.2.7.3.
const MAX_OFFSET_MINUTES: u32 = 14 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        date_time(text).map(|time| time.to_string())
    }

    #[test]
    fn a_time_has_a_zone() {
        let same = Some("2026-03-02T10:00:00Z".to_owned());
        for text in [
            "2026-03-02T10:00:00Z",
            "2026-03-02T10:00:00.1Z",
            "2026-03-02T10:00:00.123456789Z",
            "2026-03-02T11:00:00+01:00",
            "2026-03-02T00:00:00-10:00",
            "2026-03-03T00:00:00+14:00",
            "\n 2026-03-02T10:00:00Z\t",
        ] {
            assert_eq!(read(text), same, "{text}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_not_read() {
        for text in [
            "",
            "2026-03-02T10:00:00",
            "2026-03-02T10:00:00z",
            "2026-03-02t10:00:00Z",
            "2026-03-02 10:00:00Z",
            "2026-03-02T10:00Z",
            "2026-03-02T24:00:00Z",
            "2026-03-02T10:60:00Z",
            "2026-12-31T23:59:60Z",
            "2026-02-29T10:00:00Z",
            "2026-13-01T10:00:00Z",
            "2026-00-01T10:00:00Z",
            "0000-03-02T10:00:00Z",
            "-2026-03-02T10:00:00Z",
            "+2026-03-02T10:00:00Z",
            "12026-03-02T10:00:00Z",
            "2026-03-02T10:00:00.Z",
            "2026-03-02T10:00:00.1234567890Z",
            "2026-03-02T10:00:00,5Z",
            "2026-03-02T10:00:00+14:01",
            "2026-03-02T10:00:00+01:60",
            "2026-03-02T10:00:00+0100",
            "2026-03-02T10:00:00+1:00",
            "2026-03-02T10:00:00ZZ",
            "2026-03-02T10:00:00Z+01:00",
            "２026-03-02T10:00:00Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_calendar_ends_where_rfc_3339_does() {
        assert_eq!(read("9999-12-31T23:59:59Z").as_deref(), Some("9999-12-31T23:59:59Z"));
        assert_eq!(read("9999-12-31T23:59:59-01:00"), None);
        assert_eq!(read("1970-01-01T00:00:00Z").as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(read("1970-01-01T00:00:00+00:01"), None);
    }
}
