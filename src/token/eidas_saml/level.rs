//! Levels of assurance (eIDAS SAML message format, 4.3).

use crate::envelope::saml::Assertion;
use crate::identity::Loa;
use crate::policy::EidasSamlPolicy;
use crate::token::saml::Case;
use crate::verdict::{Code, Place, Refusal};

const PART: &str = "Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef";

/// The level of an assertion, capped by the trust source, and what was asked for at least.
///
/// # Errors
/// [`Code::LoaUnknown`] when there is none or it is no level; [`Code::LoaInsufficient`].
pub(super) fn read(
    assertion: &Assertion<'_, '_>,
    rules: &EidasSamlPolicy,
    case: &Case<'_>,
) -> Result<Loa, Refusal> {
    let uri = assertion.authn.class_ref.as_deref();
    let loa = uri.and_then(|uri| of_uri(uri, rules));
    let loa = loa.ok_or(Refusal::new(Code::LoaUnknown, Place::part(PART)))?;
    case.level(loa, PART)
}

// What begins as a notified level and is none is never taken for a level of somebody else.
fn of_uri(uri: &str, rules: &EidasSamlPolicy) -> Option<Loa> {
    if let Some(loa) = Loa::from_uri(uri) {
        return Some(loa);
    }
    let listed = rules.levels.iter().find(|(listed, _)| listed == uri)?;
    Some(Loa { level: listed.1, notified: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::LevelOfAssurance as L;

    #[test]
    fn a_level_is_one_of_a_closed_list() {
        let mut rules = EidasSamlPolicy::standard();
        rules.levels = vec![("urn:xx:strong".to_owned(), L::Substantial)];
        let read = |uri: &str| of_uri(uri, &rules).map(|loa| (loa.level, loa.notified));
        assert_eq!(read("http://eidas.europa.eu/LoA/high"), Some((L::High, true)));
        assert_eq!(read("http://eidas.europa.eu/NotNotified/LoA/low"), Some((L::Low, false)));
        assert_eq!(read("urn:xx:strong"), Some((L::Substantial, false)));
        for bad in [
            "",
            "http://eidas.europa.eu/LoA/medium",
            "http://eidas.europa.eu/LoA/High",
            "http://eidas.europa.eu/loa/high",
            "HTTP://eidas.europa.eu/LoA/high",
            "http://eidas.europa.eu/LoA/high/",
            "https://eidas.europa.eu/LoA/high",
            "urn:xx:Strong",
            "urn:xx:weak",
            "high",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
