//! Ages from dates of birth that may be known in part only.

use super::LeapDay;
use crate::identity::{BirthDate, Date};

/// Whether somebody born then has reached an age, as far as that is certain: true or false only when
/// it holds for every day that the date of birth can be.
///
/// * `years`: the age, from 1.
/// * `today`: the day in UTC; west of Greenwich it begins before the day of the place.
pub(super) fn age_over(born: BirthDate, years: u8, today: Date, leap_day: LeapDay) -> Option<bool> {
    let (first, last) = born.bounds()?;
    // Who is born later reaches the age later or on the same day, so the ends speak for all.
    match (reached(first, years, today, leap_day), reached(last, years, today, leap_day)) {
        (true, true) => Some(true),
        (false, false) => Some(false),
        (true, false) | (false, true) => None,
    }
}

/// Between which of the rising `bounds` the age lies, as far as that is certain: `0-17`, `18-64`,
/// `65+` for the bounds 18 and 65.
pub(super) fn age_band(
    born: BirthDate,
    bounds: &[u8],
    today: Date,
    leap_day: LeapDay,
) -> Option<String> {
    let mut from = 0;
    for &bound in bounds {
        if !age_over(born, bound, today, leap_day)? {
            return Some(format!("{from}-{}", bound.saturating_sub(1)));
        }
        from = bound;
    }
    Some(format!("{from}+"))
}

fn reached(born: Date, years: u8, today: Date, leap_day: LeapDay) -> bool {
    let year = u32::from(born.year()).saturating_add(u32::from(years));
    let (month, day) = match (born.month(), born.day(), leap_day) {
        (2, 29, _) if has_leap_day(year) => (2, 29),
        (2, 29, LeapDay::February28) => (2, 28),
        (2, 29, LeapDay::March1) => (3, 1),
        (month, day, _) => (month, day),
    };
    (u32::from(today.year()), today.month(), today.day()) >= (year, month, day)
}

// Years past 9999 need no answer: no `today` lies there.
fn has_leap_day(year: u32) -> bool {
    u16::try_from(year).is_ok_and(|year| Date::new(year, 2, 29).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn over(born: &str, years: u8, today: &str, leap_day: LeapDay) -> Option<bool> {
        let born = BirthDate::parse(born).unwrap();
        age_over(born, years, Date::parse(today).unwrap(), leap_day)
    }

    fn over_18(born: &str, today: &str) -> Option<bool> {
        over(born, 18, today, LeapDay::March1)
    }

    #[test]
    fn the_age_is_reached_on_the_birthday() {
        assert_eq!(over_18("2008-03-02", "2026-03-01"), Some(false));
        assert_eq!(over_18("2008-03-01", "2026-03-01"), Some(true));
        assert_eq!(over_18("2008-02-29", "2026-02-28"), Some(false));
        assert_eq!(over_18("2008-02-29", "2026-03-01"), Some(true));
    }

    #[test]
    fn a_leap_day_counts_by_the_configured_rule() {
        let rule = LeapDay::February28;
        assert_eq!(over("2008-02-29", 18, "2026-02-27", rule), Some(false));
        assert_eq!(over("2008-02-29", 18, "2026-02-28", rule), Some(true));
        for rule in [LeapDay::February28, LeapDay::March1] {
            // A leap year has the day itself.
            assert_eq!(over("2008-02-29", 20, "2028-02-28", rule), Some(false));
            assert_eq!(over("2008-02-29", 20, "2028-02-29", rule), Some(true));
            // 2100 is none.
            let day = if rule == LeapDay::March1 { "2100-02-28" } else { "2100-02-27" };
            assert_eq!(over("2000-02-29", 100, day, rule), Some(false));
            assert_eq!(over("2000-02-29", 100, "2100-03-01", rule), Some(true));
        }
    }

    #[test]
    fn a_partial_date_answers_only_when_certain() {
        assert_eq!(over_18("2008", "2026-06-15"), None);
        assert_eq!(over_18("2008", "2026-12-30"), None);
        assert_eq!(over_18("2008", "2026-12-31"), Some(true));
        assert_eq!(over_18("2009", "2026-12-31"), Some(false));
        assert_eq!(over_18("2008-06", "2026-05-31"), Some(false));
        assert_eq!(over_18("2008-06", "2026-06-01"), None);
        assert_eq!(over_18("2008-06", "2026-06-29"), None);
        assert_eq!(over_18("2008-06", "2026-06-30"), Some(true));
    }

    #[test]
    fn the_calendar_does_not_overflow() {
        assert_eq!(over("9999-12-31", 99, "9999-12-31", LeapDay::March1), Some(false));
        assert_eq!(over("9999", 1, "0001-01-01", LeapDay::March1), Some(false));
    }

    #[test]
    fn a_band_is_given_only_when_certain() {
        let band = |born: &str| {
            let (born, today) = (BirthDate::parse(born), Date::parse("2026-06-15"));
            age_band(born.unwrap(), &[18, 65], today.unwrap(), LeapDay::March1)
        };
        assert_eq!(band("2009").as_deref(), Some("0-17"));
        assert_eq!(band("2008"), None);
        assert_eq!(band("2007").as_deref(), Some("18-64"));
        assert_eq!(band("1961-06-15").as_deref(), Some("65+"));
        assert_eq!(band("1961"), None);
    }

    fn leap_days() -> impl Strategy<Value = LeapDay> {
        prop_oneof![Just(LeapDay::February28), Just(LeapDay::March1)]
    }

    proptest! {
        // The answer for a month or a year is the answer of all its days, or none.
        #[test]
        fn a_partial_date_agrees_with_each_of_its_days(
            year in 1900u16..2030,
            month in 1u8..=12,
            whole_year in any::<bool>(),
            years in 1u8..=120,
            (y, m, d) in (1900u16..2160, 1u8..=12, 1u8..=28),
            rule in leap_days(),
        ) {
            let today = Date::new(y, m, d).unwrap();
            let months = if whole_year { 1..=12 } else { month..=month };
            let born = if whole_year { BirthDate::Year(year) } else { BirthDate::Month { year, month } };
            let mut answers: Vec<_> = months
                .flat_map(|month| (1..=31).filter_map(move |day| Date::new(year, month, day)))
                .map(|day| age_over(BirthDate::Full(day), years, today, rule).unwrap())
                .collect();
            answers.dedup();
            let expected = if let [answer] = answers[..] { Some(answer) } else { None };
            prop_assert_eq!(age_over(born, years, today, rule), expected);
        }

        #[test]
        fn who_has_reached_an_age_has_reached_every_lower_one(
            (by, bm, bd) in (1900u16..2030, 1u8..=12, 1u8..=31),
            (y, m, d) in (1900u16..2160, 1u8..=12, 1u8..=28),
            years in 1u8..120,
            rule in leap_days(),
        ) {
            let today = Date::new(y, m, d).unwrap();
            if let Some(born) = Date::new(by, bm, bd).map(BirthDate::Full) {
                let lower = age_over(born, years, today, rule).unwrap();
                let higher = age_over(born, years.saturating_add(1), today, rule).unwrap();
                prop_assert!(lower || !higher);
            }
        }
    }
}
