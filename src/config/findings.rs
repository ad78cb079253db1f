use std::fmt;

/// Something in a configuration file that the operator should know.
///
/// May quote configuration: keys and secrets never stand in these files.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// Name of the file, relative to the configuration folder.
    pub file: String,
    /// Line, from 1; 0 when the finding is about the file as a whole.
    pub line: u32,
    /// Dotted path of the key as TOML writes it, for instance `procedure."urn:x".min_loa`; empty
    /// when the finding is about the file as a whole.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// Whether it stops the start.
    pub severity: Severity,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}: ", self.severity.name())?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Whether a finding stops the start.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "a finding stops the start or it does not")]
pub enum Severity {
    /// The configuration is refused.
    Error,
    /// The configuration is used; the operator should look at it.
    Warning,
}

impl Severity {
    /// The word in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Every finding about a configuration, in the order of the files read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: Vec::new() }
    }

    /// Notes a finding.
    pub fn push(
        &mut self,
        severity: Severity,
        file: impl Into<String>,
        line: u32,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.list.push(Finding {
            file: file.into(),
            line,
            path: path.into(),
            message: message.into(),
            severity,
        });
    }

    /// Notes a finding about a file as a whole.
    pub fn file_error(&mut self, file: impl Into<String>, message: impl Into<String>) {
        self.push(Severity::Error, file, 0, "", message);
    }

    /// How many findings stop the start.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.list.iter().filter(|finding| finding.severity == Severity::Error).count()
    }

    /// Whether any finding stops the start.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Whether there is none, not even a warning.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.list.len()
    }

    /// Every finding.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.list.iter()
    }

    // Puts the findings from `first` on into the order of the file that they are about.
    pub(super) fn sort_from(&mut self, first: usize) {
        if let Some(tail) = self.list.get_mut(first..) {
            tail.sort_by_key(|finding| finding.line);
        }
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One finding a line.
impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in self {
            writeln!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}
