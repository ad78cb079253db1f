/// Without the white space of a pretty-printer: at either end, and only where it breaks the line.
pub(in crate::token) fn unwrapped(text: &str) -> &str {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let start = text.trim_start_matches(is_space);
    let text = if has_break(text, start) { start } else { text };
    let end = text.trim_end_matches(is_space);
    if has_break(text, end) { end } else { text }
}

// Whether what `part` lacks of `text`, at one end, breaks the line.
fn has_break(text: &str, part: &str) -> bool {
    let breaks = |text: &str| text.bytes().filter(|byte| *byte == b'\n').count();
    breaks(text) > breaks(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_line_breaks_of_a_printer_are_taken_off() {
        assert_eq!(unwrapped("\n    a b\n  "), "a b");
        assert_eq!(unwrapped("\r\n a"), "a");
        assert_eq!(unwrapped("a\n"), "a");
        for kept in ["a", " a", "a ", "\ta", "a\u{a0}", ""] {
            assert_eq!(unwrapped(kept), kept);
        }
        assert_eq!(unwrapped("\n"), "");
    }
}
