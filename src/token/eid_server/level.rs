//! Levels of assurance (BSI TR-03130-1, LevelOfAssurance; BSI TR-03107-1).

use crate::identity::{LevelOfAssurance, Loa};
use crate::policy::EidServerPolicy;
use crate::token::saml::Case;
use crate::verdict::{Code, Place, Refusal};

/// What a result says about its level.
#[derive(Clone, Copy)]
pub(super) struct Said<'s> {
    /// The URI, where there is one.
    pub(super) uri: Option<&'s str>,
    /// Whether every means that was used is a certified card or secure element. Without a word of it,
    /// a card was used.
    pub(super) certified: bool,
    /// Whether the person came through eIDAS.
    pub(super) eidas: bool,
}

/// The level: what is said, and never more than the policy and the trust source allow.
///
/// A certified means of German eID has the level of the policy. Any other must say its level; so must
/// what came through eIDAS, whose notification is then the one of the URI.
///
/// # Errors
/// [`Code::LoaUnknown`]; [`Code::LoaInsufficient`] when it is below what was asked for.
pub(super) fn read(
    said: Said<'_>,
    rules: &EidServerPolicy,
    case: &Case<'_>,
) -> Result<Loa, Refusal> {
    let loa = level(said, rules.loa).ok_or(Refusal::new(Code::LoaUnknown, Place::part(PART)))?;
    case.level(loa, PART)
}

fn level(said: Said<'_>, rule: Loa) -> Option<Loa> {
    let Some(uri) = said.uri else {
        return (said.certified && !said.eidas).then_some(rule);
    };
    let eidas = Loa::from_uri(uri).filter(|loa| loa.notified);
    if said.eidas {
        return eidas.map(|loa| loa.capped(rule.level));
    }
    let named = match uri {
        "http://bsi.bund.de/eID/LoA/normal" => LevelOfAssurance::Low,
        "http://bsi.bund.de/eID/LoA/substantiell" => LevelOfAssurance::Substantial,
        "http://bsi.bund.de/eID/LoA/hoch" => LevelOfAssurance::High,
        _ => eidas?.level,
    };
    let level = named.min(rule.level);
    // The scheme was notified at one level; below it is something else.
    Some(Loa { level, notified: rule.notified && level == rule.level })
}

const PART: &str = "attribute LevelOfAssurance";

#[cfg(test)]
mod tests {
    use super::*;
    use LevelOfAssurance::{High, Low, Substantial};

    const BSI: &str = "http://bsi.bund.de/eID/LoA/";
    const EIDAS: &str = "http://eidas.europa.eu/LoA/";

    fn read(uri: Option<&str>, certified: bool, eidas: bool) -> Option<(LevelOfAssurance, bool)> {
        let rule = Loa { level: High, notified: true };
        let loa = level(Said { uri, certified, eidas }, rule)?;
        Some((loa.level, loa.notified))
    }

    #[test]
    fn a_card_has_the_level_of_the_policy_and_what_it_says_lowers_it() {
        assert_eq!(read(None, true, false), Some((High, true)));
        for (name, expected) in [
            ("hoch", (High, true)),
            ("substantiell", (Substantial, false)),
            ("normal", (Low, false)),
        ] {
            assert_eq!(read(Some(&format!("{BSI}{name}")), true, false), Some(expected));
        }
        assert_eq!(read(Some(&format!("{EIDAS}high")), true, false), Some((High, true)));
        let low = Loa { level: Substantial, notified: false };
        let said =
            Said { uri: Some("http://bsi.bund.de/eID/LoA/hoch"), certified: true, eidas: false };
        assert_eq!(level(said, low), Some(low));
    }

    #[test]
    fn another_means_says_its_level_or_has_none() {
        assert_eq!(read(None, false, false), None);
        let said = format!("{BSI}substantiell");
        assert_eq!(read(Some(&said), false, false), Some((Substantial, false)));
    }

    #[test]
    fn through_eidas_only_its_own_levels_count() {
        assert_eq!(
            read(Some(&format!("{EIDAS}substantial")), true, true),
            Some((Substantial, true))
        );
        assert_eq!(read(None, true, true), None);
        assert_eq!(read(Some(&format!("{BSI}hoch")), true, true), None);
    }

    #[test]
    fn no_other_spelling_is_a_level() {
        for bad in [
            "",
            "hoch",
            "http://bsi.bund.de/eID/LoA/Hoch",
            "http://bsi.bund.de/eID/LoA/hoch/",
            "http://eidas.europa.eu/LoA/High",
            "http://eidas.europa.eu/NotNotified/LoA/high",
        ] {
            assert_eq!(read(Some(bad), true, false), None, "{bad}");
        }
    }
}
