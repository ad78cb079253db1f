//! A vector as `schema.json` has it, read and written.

use crate::suite::Expected;
use crate::suites::hex;
use eid_broker::crypto::sha256;
use eid_broker::verdict::Code;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::Path;

/// One vector.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    /// `family/check/what-is-special`.
    pub(crate) id: String,
    /// One sentence.
    pub(crate) description: String,
    /// The clause that decides.
    pub(crate) standard: String,
    /// The row of the attack catalogue that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) attack: Option<String>,
    /// The accepted vector of the same making without the malicious step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) twin: Option<String>,
    /// The token family.
    pub(crate) family: String,
    /// The token.
    pub(crate) input: Input,
    /// Tokens that are presented before, to the same replay store.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) before: Vec<Input>,
    /// File with the trust material.
    pub(crate) trust: String,
    /// The policy it is read under, `name/version`.
    pub(crate) policy: String,
    /// The procedure that asked.
    pub(crate) procedure: String,
    /// Who reads the assertion, where the vector is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) relying_party: Option<String>,
    /// The key that the presenter of an assertion proved to hold: `jkt:…` or `x5t#S256:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) presented: Option<String>,
    /// What was expected before the token came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expectation: Option<Expectation>,
    /// What was expected of a SAML response besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) saml: Option<Saml>,
    /// What is handed in beside the token.
    #[serde(default)]
    pub(crate) evidence: Vec<Evidence>,
    /// RFC 3339.
    pub(crate) now: String,
    /// The only right answer.
    pub(crate) expect: Expect,
    /// Words to find vectors by.
    #[serde(default)]
    pub(crate) flags: Vec<String>,
}

/// The token byte for byte: exactly one of the three.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// A file beside the vector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    /// The token itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// Pieces, one behind the other; for tokens that are large and dull.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recipe: Option<Vec<Piece>>,
    /// The SHA-256 of the token, in hex.
    pub(crate) sha256: String,
}

/// A part of a recipe.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Piece {
    /// `repeat`, `count` times.
    Repeat {
        /// What is repeated.
        repeat: String,
        /// How often.
        count: usize,
    },
    /// `text` as it stands.
    Text {
        /// The text.
        text: String,
    },
}

/// What the portal had asked for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expectation {
    /// The nonce of a wallet or Web eID request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nonce: Option<String>,
    /// The identifier of a SAML request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    /// For whom the answer must be meant.
    pub(crate) audience: String,
}

/// What was expected of a SAML response, besides the request and the audience.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saml {
    /// The entity identifier of who was asked.
    pub(crate) issuer: String,
    /// Where the response goes.
    pub(crate) acs_url: String,
    /// The country of this service.
    pub(crate) country: String,
    /// The level that was asked for, as the URI of eIDAS; one of a notified scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) min_loa: Option<String>,
    /// The address of the person's browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_address: Option<String>,
    /// Our decryption keys, by their names in the folder `keys`.
    pub(crate) keys: Vec<String>,
}

/// Something that the host fetched.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Evidence {
    /// `ocsp`, `status_list`, `crl` or `metadata`.
    pub(crate) kind: String,
    /// Where it was fetched from.
    pub(crate) url: String,
    /// A file beside the vector.
    pub(crate) file: String,
}

/// The only right answer: exactly one of `identity`, `refused` and `needs`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// Accepted, with these attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<Map<String, Value>>,
    /// The level of assurance of an accepted one, as the URI of eIDAS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) loa: Option<String>,
    /// Refused, with this code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<String>,
    /// Undecided: the addresses of what must be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) needs: Option<Vec<String>>,
    /// Checks that must stand as passed in the ledger.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) ledger: Vec<String>,
}

impl Expect {
    /// What the suite expects.
    pub(crate) fn expected(&self) -> Result<Expected, String> {
        match (&self.identity, &self.refused, &self.needs) {
            (Some(_), None, None) => Ok(Expected::Accept),
            (None, Some(code), None) => Code::from_name(code)
                .map(Expected::RefuseCode)
                .ok_or_else(|| format!("{code} is no code of the refusal table")),
            (None, None, Some(_)) => Ok(Expected::Undecided(Code::NeedsEvidence)),
            _ => Err("expect must have exactly one of identity, refused and needs".to_owned()),
        }
    }
}

impl Input {
    /// The bytes, compared with their digest.
    ///
    /// * `folder`: where the vector lies.
    pub(crate) fn read(&self, folder: &Path) -> Result<Vec<u8>, String> {
        let bytes = match (&self.file, &self.text, &self.recipe) {
            (Some(file), None, None) => {
                let path = folder.join(file);
                std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?
            }
            (None, Some(text), None) => text.clone().into_bytes(),
            (None, None, Some(pieces)) => expand(pieces)?,
            _ => return Err("input must have exactly one of file, text and recipe".to_owned()),
        };
        if hex::encode(&sha256(&bytes)) == self.sha256 {
            Ok(bytes)
        } else {
            Err("the input is not the one of the digest".to_owned())
        }
    }
}

fn expand(pieces: &[Piece]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    for piece in pieces {
        let (text, count) = match piece {
            Piece::Repeat { repeat, count } => (repeat, *count),
            Piece::Text { text } => (text, 1),
        };
        let len = text.len().checked_mul(count).and_then(|len| len.checked_add(out.len()));
        if len.is_none_or(|len| len > MAX_LEN) {
            return Err(format!("the recipe gives more than {MAX_LEN} bytes"));
        }
        out.extend_from_slice(text.repeat(count).as_bytes());
    }
    Ok(out)
}

// The largest input of any kind is a trusted list (docs/limits.md).
const MAX_LEN: usize = 64 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_is_bounded_before_it_is_made() {
        let repeat = |count| vec![Piece::Repeat { repeat: "ab".to_owned(), count }];
        assert_eq!(expand(&repeat(2)), Ok(b"abab".to_vec()));
        assert!(expand(&repeat(usize::MAX)).is_err());
        assert!(expand(&repeat(MAX_LEN)).is_err());
    }

    #[test]
    fn an_input_is_one_of_three_and_has_its_digest() {
        let sha256 = hex::encode(&sha256(b"a"));
        let text = Some("a".to_owned());
        let read = |input: Input| input.read(Path::new("nowhere"));
        let right = Input { text: text.clone(), sha256: sha256.clone(), ..Input::default() };
        assert_eq!(read(right.clone()), Ok(b"a".to_vec()));
        assert!(read(Input { sha256: String::new(), ..right.clone() }).is_err());
        assert!(read(Input { recipe: Some(Vec::new()), ..right }).is_err());
        assert!(read(Input { sha256, ..Input::default() }).is_err());
    }
}
