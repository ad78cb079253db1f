//! Writes the JSON of an assertion: every member once, in the order in which it is asked for.

use crate::UnixTime;
use crate::envelope::base64url;
use crate::envelope::json::write_str;
use crate::verdict::{Code, Refusal};
use serde_json::Value;

/// The name of a member as it is written, with its quotes and colon. [`member!`] makes one.
#[derive(Clone, Copy)]
pub(super) struct Member(pub(super) &'static str);

/// The member of a name that needs no escape.
macro_rules! member {
    ($name:literal) => {
        $crate::assertion::write::Member(concat!("\"", $name, "\":"))
    };
}
pub(super) use member;

/// An object that is being written. Commas are kept by looking at what was written last.
pub(super) struct Object(Vec<u8>);

// The payload of an assertion with a handful of claims; more claims grow it. Allocators keep pieces
// of up to 1 KiB at hand.
const ROOM: usize = 1_008;

impl Object {
    pub(super) fn new() -> Self {
        let mut out = Vec::with_capacity(ROOM);
        out.push(b'{');
        Self(out)
    }

    // A member of the profile. Its name needs no escape.
    fn name(&mut self, name: Member) {
        self.comma();
        self.append(name.0);
    }

    fn comma(&mut self) {
        if self.0.last() != Some(&b'{') {
            self.0.push(b',');
        }
    }

    pub(super) fn text(&mut self, name: Member, value: &str) {
        self.name(name);
        write_str(&mut self.0, value);
    }

    /// Texts without white space, with one space between them.
    pub(super) fn words(&mut self, name: Member, values: &[String]) {
        if let [value] = values {
            self.text(name, value);
        } else {
            self.text(name, &values.join(" "));
        }
    }

    pub(super) fn base64url(&mut self, name: Member, value: &[u8; 32]) {
        let mut text = [0; 43];
        let len = base64url::encode_slice(value, &mut text);
        self.name(name);
        self.0.push(b'"');
        self.0.extend_from_slice(text.get(..len).unwrap_or_default());
        self.0.push(b'"');
    }

    pub(super) fn number(&mut self, name: Member, value: u64) {
        // 2^64 has twenty digits; they are written two by two from the last to the first.
        let mut digits = [0u8; 20];
        let mut rest = value;
        let mut start = digits.len();
        let (pairs, _) = digits.as_chunks_mut::<2>();
        for pair in pairs.iter_mut().rev() {
            let two = u8::try_from(rest % 100).unwrap_or(0);
            *pair = [(two / 10).wrapping_add(b'0'), (two % 10).wrapping_add(b'0')];
            start = start.wrapping_sub(2);
            rest /= 100;
            if rest == 0 {
                // The last pair has a zero too many when its number is one digit.
                start = start.wrapping_add(usize::from(two < 10));
                break;
            }
        }
        self.name(name);
        self.0.extend_from_slice(digits.get(start..).unwrap_or_default());
    }

    /// An instant as RFC 3339 writes it.
    pub(super) fn time(&mut self, name: Member, value: UnixTime) {
        self.name(name);
        self.0.push(b'"');
        self.0.extend_from_slice(&value.rfc3339());
        self.0.push(b'"');
    }

    pub(super) fn list(&mut self, name: Member, values: &[&str]) {
        self.name(name);
        self.0.push(b'[');
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.0.push(b',');
            }
            write_str(&mut self.0, value);
        }
        self.0.push(b']');
    }

    /// A claim of any name and kind.
    pub(super) fn value(&mut self, name: &str, value: &Value) -> Result<(), Refusal> {
        self.comma();
        write_str(&mut self.0, name);
        self.0.push(b':');
        match value {
            Value::String(text) => {
                write_str(&mut self.0, text);
                Ok(())
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => {
                serde_json::to_writer(&mut self.0, value).map_err(|_| Code::Internal.into())
            }
        }
    }

    pub(super) fn raw(&mut self, name: Member, json: &str) {
        self.name(name);
        self.append(json);
    }

    pub(super) fn append(&mut self, json: &str) {
        self.0.extend_from_slice(json.as_bytes());
    }

    /// Begins an object inside this one, up to [`Self::close`].
    pub(super) fn open(&mut self, name: Member) {
        self.name(name);
        self.0.push(b'{');
    }

    pub(super) fn close(&mut self) {
        self.0.push(b'}');
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.close();
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_numbers_as_json_does() {
        for number in [0, 7, 9, 10, 99, 100, 101, 12_345, 253_402_300_799, u64::MAX] {
            let mut out = Object::new();
            out.number(member!("n"), number);
            assert_eq!(out.end(), serde_json::json!({ "n": number }).to_string().into_bytes());
        }
    }

    #[test]
    fn keeps_commas_and_escapes() {
        let mut out = Object::new();
        out.open(member!("a"));
        out.text(member!("b"), "\"\\\u{1}");
        out.list(member!("c"), &["d", "\""]);
        out.close();
        out.words(member!("s"), &["x".to_owned(), "y".to_owned()]);
        out.time(member!("t"), UnixTime::from_secs(1_772_366_400));
        out.value("v\"", &Value::Null).unwrap();
        out.value("w", &"\"\u{1f}".into()).unwrap();
        let written: Value = serde_json::from_slice(&out.end()).unwrap();
        let expected = serde_json::json!({
            "a": { "b": "\"\\\u{1}", "c": ["d", "\""] },
            "s": "x y",
            "t": "2026-03-01T12:00:00Z",
            "v\"": null,
            "w": "\"\u{1f}",
        });
        assert_eq!(written, expected);
    }
}
