/// Reads a duration: a whole number and one unit, `s`, `m`, `h` or `d`, for instance `"15m"`.
///
/// Seconds. There is one spelling per number: no sign, no leading zero, no white space.
#[must_use]
pub fn parse_duration_s(text: &str) -> Option<u32> {
    let (digits, unit_s) = UNITS
        .iter()
        .find_map(|(unit, unit_s)| text.strip_suffix(unit).map(|digits| (digits, *unit_s)))?;
    let canonical = digits == "0" || !digits.starts_with('0');
    if !canonical || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u32>().ok()?.checked_mul(unit_s)
}

/// Writes a duration in the largest unit that divides it, as [`parse_duration_s`] reads it.
#[must_use]
pub fn duration_text(seconds: u32) -> String {
    let (unit, count) = UNITS
        .iter()
        .filter_map(|(unit, unit_s)| {
            let whole = seconds.checked_rem(*unit_s)? == 0 && seconds >= *unit_s;
            whole.then(|| seconds.checked_div(*unit_s).map(|count| (*unit, count)))?
        })
        .next()
        .unwrap_or(("s", seconds));
    format!("{count}{unit}")
}

// From large to small; a day has 86400 seconds.
const UNITS: &[(&str, u32)] = &[("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_whole_numbers_with_one_unit() {
        for (text, seconds) in
            [("0s", 0), ("300s", 300), ("15m", 900), ("24h", 86_400), ("180d", 15_552_000)]
        {
            assert_eq!(parse_duration_s(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn refuses_other_spellings() {
        for text in ["", "5", "m", "+5m", "-5m", "05m", "5 m", "5M", "1.5h", "1h30m", "99999999d"] {
            assert_eq!(parse_duration_s(text), None, "{text}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        for seconds in [0, 1, 59, 60, 90, 3_600, 86_400, 86_401, u32::MAX] {
            assert_eq!(parse_duration_s(&duration_text(seconds)), Some(seconds));
        }
        assert_eq!(duration_text(86_400), "1d");
    }
}
