//! What of a SAML message is signed by nobody or may be spelled in another way, so that a change there
//! may be accepted with the same outcome. Everything else must be refused when it is changed.

use super::Change;
use std::ops::Range;

/// The outcome of a token, and the parts of it that may change.
#[derive(Debug, Default)]
pub(super) struct Framing {
    honest: String,
    parts: Vec<(&'static str, Range<usize>)>,
    xml: bool,
}

impl Framing {
    /// The framing of a vector's token; of other families there is none.
    ///
    /// * `name`: that of the vector, `family/…`.
    /// * `honest`: what the token gives.
    pub(super) fn of(name: &str, token: &[u8], honest: String) -> Self {
        let text = std::str::from_utf8(token).unwrap_or_default();
        let mut parts = Vec::new();
        let mut between = |part: &'static str, begin: &str, end: &str| {
            let mut from = 0;
            while let Some(at) = text.get(from..).and_then(|rest| rest.find(begin)) {
                let start = from.saturating_add(at).saturating_add(begin.len());
                let len = text.get(start..).and_then(|rest| rest.find(end)).unwrap_or_default();
                parts.push((part, start..start.saturating_add(len)));
                from = start.saturating_add(len).max(start.saturating_add(1));
            }
        };
        match name.split_once('/').map(|(family, _)| family) {
            Some("eidas_saml") => {
                between("KeyInfo of the signature", "<ds:KeyInfo>", "</ds:KeyInfo>")
            }
            // Nobody signs the response around the assertion.
            Some("bund_id") => {
                between("ID of the response", " ID=\"", "\"");
                between("time of the response", " IssueInstant=\"", "\"");
                // The name of the attribute too: nothing refers to it.
                between("identifiers of encrypted parts", "EncryptedData ", " Type=");
                between("identifiers of encrypted parts", "EncryptedKey ", "\">");
            }
            Some("eid_server") => between("escapes of the signature", "&Signature=", "&"),
            _ => {}
        }
        if name.starts_with("eid_server/")
            && let Some((_, range)) = parts.last_mut()
        {
            range.end = token.len();
        }
        let xml = name.starts_with("eidas_saml/") || name.starts_with("bund_id/");
        Self { honest, parts, xml }
    }

    /// What the token gives and the part of the framing that a change is in, if it is in one.
    pub(super) fn part(
        &self,
        kind: Change,
        number: usize,
        changed: &[u8],
    ) -> Option<(&str, &'static str)> {
        let at = kind.position(number);
        let part = self
            .parts
            .iter()
            .find(|(_, range)| range.contains(&at) || kind == Change::Insertion && range.end == at);
        let part = part.map(|row| row.0).or_else(|| {
            // A blank or a line end beside another one, within a tag, or outside of the root.
            let blank =
                kind == Change::Insertion && changed.get(at).is_some_and(u8::is_ascii_whitespace);
            (self.xml && blank).then_some("white space in tags, in base64 or outside of the root")
        });
        part.map(|part| (self.honest.as_str(), part))
    }
}
