use super::table::Table;
use super::{Findings, Severity, duration_text, parse_duration_s};
use crate::UnixTime;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::DeValue;

/// One value of a file and where it stands.
#[derive(Clone)]
pub struct Value<'t> {
    source: &'t Source<'t>,
    pub(super) value: &'t DeValue<'t>,
    path: String,
    line: u32,
}

impl<'t> Value<'t> {
    /// A string, by the rules of [`Table::required_str`].
    pub fn text(&self, findings: &mut Findings) -> Option<&'t str> {
        let DeValue::String(text) = self.value else {
            self.wrong_type("a string", findings);
            return None;
        };
        let text: &'t str = text;
        let fault = if text.is_empty() {
            "must not be empty"
        } else if text.chars().count() > MAX_TEXT_CHARS {
            "must have at most 1024 characters"
        } else if text.chars().any(char::is_control) {
            "must have no control characters"
        } else if text.trim() != text {
            "must have no white space at its ends"
        } else {
            return Some(text);
        };
        self.error(fault, findings);
        None
    }

    /// A string that `parse` understands; `what` completes the sentence "must be …".
    pub fn text_as<T>(
        &self,
        what: &str,
        findings: &mut Findings,
        parse: impl FnOnce(&'t str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(findings)?;
        let parsed = parse(text);
        if parsed.is_none() {
            self.error(format!("must be {what}, is {text:?}"), findings);
        }
        parsed
    }

    /// One of a closed list of words.
    pub fn choice<T: Copy>(&self, choices: &[(&str, T)], findings: &mut Findings) -> Option<T> {
        let words = choices.iter().map(|(word, _)| format!("{word:?}")).collect::<Vec<_>>();
        let what = match words.as_slice() {
            [word] => word.clone(),
            words => format!("one of {}", words.join(", ")),
        };
        self.text_as(&what, findings, |text| {
            choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice)
        })
    }

    /// A whole number within `range`.
    pub fn number(&self, range: &RangeInclusive<u32>, findings: &mut Findings) -> Option<u32> {
        let DeValue::Integer(integer) = self.value else {
            self.wrong_type("a whole number", findings);
            return None;
        };
        let number = u32::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|number| range.contains(number));
        if number.is_none() {
            let (low, high) = (range.start(), range.end());
            self.error(format!("must be {low} to {high}, is {integer}"), findings);
        }
        number
    }

    /// `true` or `false`.
    pub fn truth(&self, findings: &mut Findings) -> Option<bool> {
        if let DeValue::Boolean(truth) = self.value {
            return Some(*truth);
        }
        self.wrong_type("true or false", findings);
        None
    }

    /// A duration such as `"15m"`, in seconds; `range` in seconds too.
    pub fn duration_s(&self, range: &RangeInclusive<u32>, findings: &mut Findings) -> Option<u32> {
        let what = "a whole number and s, m, h or d, for instance \"15m\"";
        let seconds = self.text_as(what, findings, parse_duration_s)?;
        if !range.contains(&seconds) {
            let (low, high) = (duration_text(*range.start()), duration_text(*range.end()));
            let found = duration_text(seconds);
            self.error(format!("must be {low} to {high}, is {found}"), findings);
            return None;
        }
        Some(seconds)
    }

    /// An instant by RFC 3339 with its offset, as a string or as a TOML date-time.
    pub fn time(&self, findings: &mut Findings) -> Option<UnixTime> {
        let what = "an instant with offset, for instance \"2026-03-01T12:00:00Z\"";
        if let DeValue::Datetime(instant) = self.value {
            let text = instant.to_string();
            let time = UnixTime::from_rfc3339(&text);
            if time.is_none() {
                self.error(format!("must be {what}, is {text}"), findings);
            }
            return time;
        }
        self.text_as(what, findings, UnixTime::from_rfc3339)
    }

    /// A list, each item made by `build`. Every item is read; `None` when one of them is wrong.
    pub fn list<T>(
        &self,
        findings: &mut Findings,
        mut build: impl FnMut(Value<'t>, &mut Findings) -> Option<T>,
    ) -> Option<Vec<T>> {
        let DeValue::Array(items) = self.value else {
            self.wrong_type("a list", findings);
            return None;
        };
        let made: Vec<Option<T>> = items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let path = format!("{}[{index}]", self.path);
                build(Value::new(self.source, item, path), findings)
            })
            .collect();
        made.into_iter().collect()
    }

    /// A table; keys that `build` does not ask for are findings.
    pub fn table<T>(
        &self,
        findings: &mut Findings,
        build: impl FnOnce(&mut Table<'t>, &mut Findings) -> Option<T>,
    ) -> Option<T> {
        let DeValue::Table(entries) = self.value else {
            self.wrong_type("a table", findings);
            return None;
        };
        Table::new(self.source, entries, self.path.clone(), self.line).lend(findings, build)
    }

    /// Whether it is a table.
    #[must_use]
    pub const fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    /// The dotted path, with the index in a list from 0.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The line, from 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// Notes that the value stops the start.
    pub fn error(&self, message: impl Into<String>, findings: &mut Findings) {
        self.source.note(Severity::Error, self.line, &self.path, message, findings);
    }

    /// Notes something about the value that does not stop the start.
    pub fn warning(&self, message: impl Into<String>, findings: &mut Findings) {
        self.source.note(Severity::Warning, self.line, &self.path, message, findings);
    }

    pub(super) fn new(
        source: &'t Source<'t>,
        value: &'t Spanned<DeValue<'t>>,
        path: String,
    ) -> Self {
        let line = source.line(value.span().start);
        Self { source, value: value.get_ref(), path, line }
    }

    pub(super) fn wrong_type(&self, wanted: &str, findings: &mut Findings) {
        self.error(format!("must be {wanted}, is of type {}", self.value.type_str()), findings);
    }
}

// The text that values point into.
pub(super) struct Source<'t> {
    file: &'t str,
    line_breaks: Vec<usize>,
    pub(super) broken_lines: Vec<u32>,
}

impl<'t> Source<'t> {
    pub(super) fn new(file: &'t str, text: &str) -> Self {
        let line_breaks = text.match_indices('\n').map(|(offset, _)| offset).collect();
        Self { file, line_breaks, broken_lines: Vec::new() }
    }

    pub(super) fn line(&self, offset: usize) -> u32 {
        let breaks = self.line_breaks.partition_point(|line_break| *line_break < offset);
        u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
    }

    pub(super) fn note(
        &self,
        severity: Severity,
        line: u32,
        path: &str,
        message: impl Into<String>,
        findings: &mut Findings,
    ) {
        // What was recovered from a line that is not TOML is a guess; the line was reported.
        if severity == Severity::Error && self.broken_lines.contains(&line) {
            return;
        }
        findings.push(severity, self.file, line, path, message);
    }
}

// Longest text that any key needs; a bound on what reports repeat.
const MAX_TEXT_CHARS: usize = 1024;

#[cfg(test)]
mod tests {
    use super::super::{Findings, read};
    use super::*;

    #[test]
    fn strings_have_bounds() {
        let long = "x".repeat(MAX_TEXT_CHARS + 1);
        for bad in ["", " x", "x\\n", "x\\u0000", long.as_str()] {
            assert_eq!(errors_of(bad), 1, "{bad:?}");
        }
        let most = "ä".repeat(MAX_TEXT_CHARS);
        assert_eq!(errors_of(&most), 0);
    }

    fn errors_of(text: &str) -> usize {
        let mut findings = Findings::new();
        let _ = read(&format!("a = \"{text}\""), "f", &mut findings, |table, findings| {
            table.required_str("a", findings).map(drop)
        });
        findings.errors()
    }
}
