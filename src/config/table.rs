use super::value::{Source, Value};
use super::{Findings, Severity};
use crate::UnixTime;
use std::ops::RangeInclusive;
use toml::de::{DeTable, DeValue};

/// Parses `text` and lends its top table to `build`; every finding of the file is collected.
///
/// A line that is not TOML is reported once; the lines around it are still read. Keys that `build`
/// did not ask for are findings.
///
/// Returns what `build` made, but only when the file has no finding that stops the start.
///
/// * `file`: the name that findings carry.
pub fn read<T>(
    text: &str,
    file: &str,
    findings: &mut Findings,
    build: impl FnOnce(&mut Table<'_>, &mut Findings) -> Option<T>,
) -> Option<T> {
    let first = findings.len();
    let errors_before = findings.errors();
    let (document, syntax) = DeTable::parse_recoverable(text);
    let mut source = Source::new(file, text);
    for error in syntax {
        let line = error.span().map_or(1, |span| source.line(span.start));
        if !source.broken_lines.contains(&line) {
            source.broken_lines.push(line);
            let message = error.message().to_owned();
            findings.push(Severity::Error, file, line, "", format!("not TOML: {message}"));
        }
    }
    let mut table = Table::new(&source, document.get_ref(), String::new(), 1);
    let built = table.lend(findings, build);
    findings.sort_from(first);
    if findings.errors() > errors_before {
        return None;
    }
    if built.is_none() {
        findings.file_error(file, "cannot be used");
    }
    built
}

/// One table of a file, read key by key.
///
/// Each reader gives `None` for a key that is absent or wrong; wrong, and absent where required,
/// also leaves a finding. A function can therefore read all keys first and build its value last,
/// with `?` on each.
pub struct Table<'t> {
    source: &'t Source<'t>,
    entries: &'t DeTable<'t>,
    path: String,
    line: u32,
    known: Vec<&'static str>,
}

impl<'t> Table<'t> {
    /// A string that must be there: 1 to 1024 characters, no control characters, no white space at
    /// either end.
    pub fn required_str(&mut self, key: &'static str, findings: &mut Findings) -> Option<&'t str> {
        self.required(key, findings)?.text(findings)
    }

    /// As [`Self::required_str`], but may be absent.
    pub fn optional_str(&mut self, key: &'static str, findings: &mut Findings) -> Option<&'t str> {
        self.value(key)?.text(findings)
    }

    /// A string that `parse` understands, for instance `Country::parse`. `what` completes the
    /// sentence "must be …".
    pub fn required_as<T>(
        &mut self,
        key: &'static str,
        what: &str,
        findings: &mut Findings,
        parse: impl FnOnce(&'t str) -> Option<T>,
    ) -> Option<T> {
        self.required(key, findings)?.text_as(what, findings, parse)
    }

    /// As [`Self::required_as`], but may be absent.
    pub fn optional_as<T>(
        &mut self,
        key: &'static str,
        what: &str,
        findings: &mut Findings,
        parse: impl FnOnce(&'t str) -> Option<T>,
    ) -> Option<T> {
        self.value(key)?.text_as(what, findings, parse)
    }

    /// One of a closed list of words.
    pub fn required_choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
        findings: &mut Findings,
    ) -> Option<T> {
        self.required(key, findings)?.choice(choices, findings)
    }

    /// As [`Self::required_choice`], but may be absent.
    pub fn optional_choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
        findings: &mut Findings,
    ) -> Option<T> {
        self.value(key)?.choice(choices, findings)
    }

    /// A whole number within `range`.
    pub fn required_u32(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
        findings: &mut Findings,
    ) -> Option<u32> {
        self.required(key, findings)?.number(&range, findings)
    }

    /// As [`Self::required_u32`], but may be absent.
    pub fn optional_u32(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
        findings: &mut Findings,
    ) -> Option<u32> {
        self.value(key)?.number(&range, findings)
    }

    /// `true` or `false`.
    pub fn required_bool(&mut self, key: &'static str, findings: &mut Findings) -> Option<bool> {
        self.required(key, findings)?.truth(findings)
    }

    /// As [`Self::required_bool`], but may be absent.
    pub fn optional_bool(&mut self, key: &'static str, findings: &mut Findings) -> Option<bool> {
        self.value(key)?.truth(findings)
    }

    /// A duration such as `"15m"`, in seconds; `range` in seconds too.
    pub fn required_duration_s(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
        findings: &mut Findings,
    ) -> Option<u32> {
        self.required(key, findings)?.duration_s(&range, findings)
    }

    /// As [`Self::required_duration_s`], but may be absent.
    pub fn optional_duration_s(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
        findings: &mut Findings,
    ) -> Option<u32> {
        self.value(key)?.duration_s(&range, findings)
    }

    /// An instant by RFC 3339 with its offset, as a string or as a TOML date-time.
    pub fn required_time(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
    ) -> Option<UnixTime> {
        self.required(key, findings)?.time(findings)
    }

    /// As [`Self::required_time`], but may be absent.
    pub fn optional_time(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
    ) -> Option<UnixTime> {
        self.value(key)?.time(findings)
    }

    /// A list of at least one string, each only once.
    pub fn required_str_list(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
    ) -> Option<Vec<&'t str>> {
        let list = self.required_list(key, findings, |value, findings| value.text(findings))?;
        self.without_repetition(key, list, findings)
    }

    /// A list of strings, each only once; may be absent, may be empty.
    pub fn optional_str_list(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
    ) -> Option<Vec<&'t str>> {
        let list = self.optional_list(key, findings, |value, findings| value.text(findings))?;
        self.without_repetition(key, list, findings)
    }

    /// A list of at least one item, each made by `build`. `None` when one of them is wrong.
    pub fn required_list<T>(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
        build: impl FnMut(Value<'t>, &mut Findings) -> Option<T>,
    ) -> Option<Vec<T>> {
        let value = self.required(key, findings)?;
        let list = value.list(findings, build)?;
        if list.is_empty() {
            value.error("must not be empty", findings);
            return None;
        }
        Some(list)
    }

    /// As [`Self::required_list`], but may be absent and may be empty.
    pub fn optional_list<T>(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
        build: impl FnMut(Value<'t>, &mut Findings) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.value(key)?.list(findings, build)
    }

    /// A table below this one, `[key]`.
    pub fn required_table<T>(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
        build: impl FnOnce(&mut Table<'t>, &mut Findings) -> Option<T>,
    ) -> Option<T> {
        self.required(key, findings)?.table(findings, build)
    }

    /// As [`Self::required_table`], but may be absent.
    pub fn optional_table<T>(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
        build: impl FnOnce(&mut Table<'t>, &mut Findings) -> Option<T>,
    ) -> Option<T> {
        self.value(key)?.table(findings, build)
    }

    /// Named tables, `[key.name]` or `[key."urn:…"]`, in the order of the file; empty when there is
    /// none. Tables that `build` gives up on are left out, after their findings.
    pub fn named_tables<T>(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
        mut build: impl FnMut(&'t str, &mut Table<'t>, &mut Findings) -> Option<T>,
    ) -> Vec<(&'t str, T)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Table(entries) = value.value else {
            value.wrong_type("tables with a name each", findings);
            return Vec::new();
        };
        let mut children: Vec<_> = entries.iter().collect();
        children.sort_by_key(|(name, _)| name.span().start);
        let mut built = Vec::new();
        for (name, child) in children {
            let name: &'t str = name.get_ref();
            let child = Value::new(self.source, child, join(value.path(), name));
            let one = child.table(findings, |table, findings| build(name, table, findings));
            built.extend(one.map(|one| (name, one)));
        }
        built
    }

    /// A list of tables, `[[key]]`, in the order of the file; empty when there is none. Tables that
    /// `build` gives up on are left out, after their findings.
    pub fn tables<T>(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
        mut build: impl FnMut(&mut Table<'t>, &mut Findings) -> Option<T>,
    ) -> Vec<T> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let mut built = Vec::new();
        // Findings of one table must not hide those of the next, so the list itself never fails.
        let _: Option<Vec<()>> = value.list(findings, |item, findings| {
            built.extend(item.table(findings, &mut build));
            Some(())
        });
        built
    }

    /// The value of a key, of any type; makes the key known.
    pub fn value(&mut self, key: &'static str) -> Option<Value<'t>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let (_, value) = self.entries.iter().find(|(name, _)| name.get_ref() == key)?;
        Some(Value::new(self.source, value, join(&self.path, key)))
    }

    /// Whether the key is there; does not make it known.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name.get_ref() == key)
    }

    /// The dotted path of this table; empty for the top of the file.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The line of this table's header, from 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// Notes that the value of `key` stops the start; at this table's own line when it is absent.
    pub fn error(&self, key: &str, message: impl Into<String>, findings: &mut Findings) {
        self.note(Severity::Error, key, message, findings);
    }

    /// Notes something about the value of `key` that does not stop the start.
    pub fn warning(&self, key: &str, message: impl Into<String>, findings: &mut Findings) {
        self.note(Severity::Warning, key, message, findings);
    }

    /// Notes that the table itself stops the start, for instance because of its name.
    pub fn error_here(&self, message: impl Into<String>, findings: &mut Findings) {
        self.source.note(Severity::Error, self.line, &self.path, message, findings);
    }

    pub(super) fn new(
        source: &'t Source<'t>,
        entries: &'t DeTable<'t>,
        path: String,
        line: u32,
    ) -> Self {
        Self { source, entries, path, line, known: Vec::new() }
    }

    // Lends itself to `build` and reports what that did not ask for.
    pub(super) fn lend<T>(
        &mut self,
        findings: &mut Findings,
        build: impl FnOnce(&mut Self, &mut Findings) -> Option<T>,
    ) -> Option<T> {
        let built = build(self, findings);
        let mut unknown: Vec<_> = self
            .entries
            .iter()
            .map(|(name, _)| name)
            .filter(|name| !self.known.iter().any(|known| name.get_ref() == known))
            .collect();
        unknown.sort_by_key(|name| name.span().start);
        for name in unknown {
            let line = self.source.line(name.span().start);
            let path = join(&self.path, name.get_ref());
            let message = format!("is not known here; known keys are {}", self.known.join(", "));
            self.source.note(Severity::Error, line, &path, message, findings);
        }
        built
    }

    fn required(&mut self, key: &'static str, findings: &mut Findings) -> Option<Value<'t>> {
        let value = self.value(key);
        if value.is_none() {
            self.error(key, "is missing", findings);
        }
        value
    }

    fn without_repetition(
        &self,
        key: &str,
        list: Vec<&'t str>,
        findings: &mut Findings,
    ) -> Option<Vec<&'t str>> {
        let mut sorted = list.clone();
        sorted.sort_unstable();
        let mut repeated = false;
        for pair in sorted.windows(2) {
            if let [a, b] = pair
                && a == b
            {
                self.error(key, format!("has {a:?} more than once"), findings);
                repeated = true;
            }
        }
        (!repeated).then_some(list)
    }

    fn note(
        &self,
        severity: Severity,
        key: &str,
        message: impl Into<String>,
        findings: &mut Findings,
    ) {
        let line = self
            .entries
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map_or(self.line, |(name, _)| self.source.line(name.span().start));
        self.source.note(severity, line, &join(&self.path, key), message, findings);
    }
}

// `parent.key`, the key quoted unless it is a bare key of TOML 1.0.
fn join(parent: &str, key: &str) -> String {
    let bare = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let key = if bare { key.to_owned() } else { format!("{key:?}") };
    if parent.is_empty() { key } else { format!("{parent}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings_of(
        text: &str,
        build: impl FnOnce(&mut Table<'_>, &mut Findings) -> Option<()>,
    ) -> Vec<String> {
        let mut findings = Findings::new();
        let built = read(text, "f", &mut findings, build);
        assert_eq!(built.is_some(), !findings.has_errors());
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_pass_finds_everything_in_the_order_of_the_file() {
        let text = "\
name = 5
loa = hgih
level = \"hgih\"
level = \"high\"
count = 70
age = \"1 day\"
when = \"yesterday\"
list = [\"a\", 2, \"a\"]
typo = true
[procedure.\"urn:x\"]
typo = 1
[procedure.plain]
name = \" x\"
[[rule]]
on = \"yes\"
[[rule]]
";
        let found = findings_of(text, |table, findings| {
            table.required_str("name", findings);
            table.required_str("loa", findings);
            table.required_choice("level", &[("low", 1), ("high", 3)], findings);
            table.required_u32("count", 1..=64, findings);
            table.required_duration_s("age", 0..=600, findings);
            table.required_time("when", findings);
            table.required_str_list("list", findings);
            table.required_table("gone", findings, |_, _| Some(()));
            table.named_tables("procedure", findings, |_, table, findings| {
                table.required_str("name", findings).map(drop)
            });
            table.tables("rule", findings, |table, findings| {
                table.required_bool("on", findings).map(drop)
            });
            Some(())
        });
        let expected = [
            "f:1: error: name: must be a string, is of type integer",
            "f:1: error: gone: is missing",
            "f:2: error: not TOML: string values must be quoted, expected literal string",
            "f:3: error: level: must be one of \"low\", \"high\", is \"hgih\"",
            "f:4: error: not TOML: duplicate key",
            "f:5: error: count: must be 1 to 64, is 70",
            "f:6: error: age: must be a whole number and s, m, h or d, for instance \"15m\", is \
             \"1 day\"",
            "f:7: error: when: must be an instant with offset, for instance \
             \"2026-03-01T12:00:00Z\", is \"yesterday\"",
            "f:8: error: list[1]: must be a string, is of type integer",
            "f:9: error: typo: is not known here; known keys are name, loa, level, count, age, \
             when, list, gone, procedure, rule",
            "f:10: error: procedure.\"urn:x\".name: is missing",
            "f:11: error: procedure.\"urn:x\".typo: is not known here; known keys are name",
            "f:13: error: procedure.plain.name: must have no white space at its ends",
            "f:15: error: rule[0].on: must be true or false, is of type string",
            "f:16: error: rule[1].on: is missing",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn gives_what_was_built_when_nothing_is_wrong() {
        let mut findings = Findings::new();
        let text = "a = 0x10\nb = 2026-03-01T13:00:00+01:00\nc = [\"x\", \"y\"]\n[t.n]\nd = \"2h\"";
        let built = read(text, "f", &mut findings, |table, findings| {
            let a = table.required_u32("a", 16..=16, findings)?;
            let b = table.required_time("b", findings)?;
            let c = table.required_str_list("c", findings)?.concat();
            let d = table.named_tables("t", findings, |_, table, findings| {
                table.optional_duration_s("d", 0..=7_200, findings)
            });
            let d = d.into_iter().map(|(name, d)| (name.to_owned(), d)).collect::<Vec<_>>();
            Some((a, b.to_string(), c, d))
        });
        assert_eq!(findings.to_string(), "");
        let expected =
            (16, "2026-03-01T12:00:00Z".to_owned(), "xy".to_owned(), vec![("n".to_owned(), 7_200)]);
        assert_eq!(built, Some(expected));
    }

    #[test]
    fn absent_is_fine_where_optional() {
        let found = findings_of("", |table, findings| {
            assert!(table.optional_str("a", findings).is_none());
            assert!(table.optional_bool("b", findings).is_none());
            assert!(table.optional_str_list("c", findings).is_none());
            assert!(table.optional_table("d", findings, |_, _| Some(())).is_none());
            assert!(table.tables("e", findings, |_, _| Some(())).is_empty());
            Some(())
        });
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn numbers_have_bounds() {
        for (number, good) in [("0", false), ("1", true), ("9", true), ("10", false), ("-1", false)]
        {
            let found = findings_of(&format!("a = {number}"), |table, findings| {
                table.required_u32("a", 1..=9, findings).map(drop)
            });
            assert_eq!(found.is_empty(), good, "{number}");
        }
    }

    #[test]
    fn lists_that_must_not_be_empty_say_so() {
        let found = findings_of("a = []\nb = [\"x\", \"y\", \"x\"]", |table, findings| {
            table.required_str_list("a", findings);
            table.optional_str_list("b", findings);
            Some(())
        });
        assert_eq!(
            found,
            ["f:1: error: a: must not be empty", "f:2: error: b: has \"x\" more than once"]
        );
    }

    #[test]
    fn what_gives_up_without_a_finding_is_refused_all_the_same() {
        assert_eq!(findings_of("", |_, _| None), ["f: error: cannot be used"]);
    }

    #[test]
    fn a_warning_does_not_refuse() {
        let found = findings_of("a = true", |table, findings| {
            table.optional_bool("a", findings);
            table.warning("a", "is odd", findings);
            Some(())
        });
        assert_eq!(found, ["f:1: warning: a: is odd"]);
    }
}
