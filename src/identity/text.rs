use std::fmt;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A text attribute: 1 to 150 characters without control characters, in NFC.
///
/// The bound is the one of the PID rulebook for `tstr`. What a terminal or a form would not show as
/// it stands is refused: control characters, line separators and the bidirectional overrides.
#[derive(Clone, Eq, PartialEq)]
pub struct Text(String);

/// Why a text is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TextFault {
    /// It has a control character or a bidirectional override.
    Control,
    /// It is empty.
    Empty,
    /// It has more characters than allowed.
    Long,
}

impl Text {
    /// Most characters of a text, PID rulebook 3.
    pub const MAX_CHARS: usize = 150;

    /// Takes a text of at most [`Self::MAX_CHARS`] characters.
    ///
    /// # Errors
    /// [`TextFault`].
    pub fn new(text: &str) -> Result<Self, TextFault> {
        Self::with_limit(text, Self::MAX_CHARS)
    }

    /// Takes a text of at most `max_chars` characters.
    ///
    /// # Errors
    /// [`TextFault`].
    pub fn with_limit(text: &str, max_chars: usize) -> Result<Self, TextFault> {
        if text.trim().is_empty() {
            return Err(TextFault::Empty);
        }
        if text.chars().take(max_chars.saturating_add(1)).count() > max_chars {
            return Err(TextFault::Long);
        }
        if text.chars().any(is_hidden) {
            return Err(TextFault::Control);
        }
        match is_nfc_quick(text.chars()) {
            IsNormalized::Yes => Ok(Self(text.to_owned())),
            IsNormalized::Maybe | IsNormalized::No => Ok(Self(text.nfc().collect())),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(..)")
    }
}

/// Whether a character would hide, reorder or cut off what stands around it.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether a character is not seen at all: two texts that differ in it look alike. Some of them join
/// or part letters of a name; an identifier has no use for any (Unicode, Default_Ignorable_Code_Point).
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_scripts_and_composes_marks() {
        assert_eq!(Text::new("Šūlis-Μήτσου").unwrap().as_str(), "Šūlis-Μήτσου");
        assert_eq!(Text::new("Mu\u{308}ller").unwrap().as_str(), "Müller");
    }

    #[test]
    fn refuses_what_a_form_would_not_show() {
        assert_eq!(Text::new(" "), Err(TextFault::Empty));
        assert_eq!(Text::new("a\0b"), Err(TextFault::Control));
        assert_eq!(Text::new("a\u{202e}b"), Err(TextFault::Control));
        assert!(Text::new(&"ä".repeat(150)).is_ok());
        assert_eq!(Text::new(&"ä".repeat(151)), Err(TextFault::Long));
    }
}
