//! Identifiers between two states: `XX/YY/…` (eIDAS attribute profile, 2.2.3).

use super::map::States;
use super::verify::iso;
use crate::identity::{Country, is_identifier, is_normal};
use crate::token::saml::unwrapped;
use crate::verdict::{Code, Place, Refusal};

/// An identifier that the issuer's state made for ours, in the exact characters that were signed.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Identifier(String);

impl Identifier {
    /// Reads the whole identifier. Line breaks of a pretty-printed message around it are taken off,
    /// other white space is not.
    ///
    /// # Errors
    /// [`Code::IdentifierMalformed`]; [`Code::IdentifierScope`] when it is not of `states`.
    pub(super) fn read(text: &str, states: States, place: Place) -> Result<Self, Refusal> {
        let whole = unwrapped(text);
        let malformed = Refusal::new(Code::IdentifierMalformed, place);
        let mut parts = whole.splitn(3, '/');
        let (Some(from), Some(to), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed);
        };
        let country = |code: &str| Country::parse(code).map(iso);
        let (Some(from), Some(to)) = (country(from), country(to)) else { return Err(malformed) };
        if !is_identifier(rest) || !is_normal(rest) {
            return Err(malformed);
        }
        if (from, to) != (states.from, states.to) {
            return Err(Refusal::new(Code::IdentifierScope, place));
        }
        Ok(Self(whole.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states() -> States {
        let [from, to] = ["FI", "DE"].map(|code| Country::parse(code).unwrap());
        States { from, to }
    }

    fn read(text: &str) -> Result<String, Code> {
        let identifier = Identifier::read(text, states(), Place::NONE);
        identifier.map(|one| one.0).map_err(|refusal| refusal.code())
    }

    #[test]
    fn an_identifier_is_kept_whole() {
        for good in ["FI/DE/7d0f2b9c-aino", "FI/DE/a/b", "FI/DE/Ä b", "FI/DE/x=="] {
            assert_eq!(read(good), Ok(good.to_owned()));
        }
        assert_eq!(read("\n   FI/DE/x\n  "), Ok("FI/DE/x".to_owned()));
        assert_eq!(read(&format!("FI/DE/{}", "x".repeat(256))).unwrap().len(), 262);
    }

    #[test]
    fn nothing_else_is_repaired() {
        let long = format!("FI/DE/{}", "x".repeat(257));
        for bad in [
            "",
            "FI/DE",
            "FI/DE/",
            "FIDE/x/y",
            "fi/DE/x",
            "FIN/DE/x",
            "FI/D/x",
            "F1/DE/x",
            " FI/DE/x",
            "FI/DE/x ",
            "FI/DE/ x",
            "FI/DE/x\t",
            "FI/DE/a\nb",
            "FI/DE/a\u{200b}b",
            "FI/DE/a\u{308}",
            "FI/DE/a\u{202e}b",
            &long,
        ] {
            assert_eq!(read(bad), Err(Code::IdentifierMalformed), "{bad:?}");
        }
    }

    #[test]
    fn it_is_of_the_issuers_state_and_for_ours() {
        for bad in ["SE/DE/x", "FI/AT/x", "DE/FI/x"] {
            assert_eq!(read(bad), Err(Code::IdentifierScope), "{bad}");
        }
        let greek = States { from: Country::parse("GR").unwrap(), ..states() };
        for spelling in ["EL/DE/x", "GR/DE/x"] {
            assert!(Identifier::read(spelling, greek, Place::NONE).is_ok());
        }
    }
}
