//! Levels: of the authentication, and of each attribute (BundID interface description, trust levels).

use super::map::{LEVEL, single};
use crate::envelope::saml::Assertion;
use crate::identity::{LevelOfAssurance, Loa};
use crate::policy::BundIdPolicy;
use crate::token::saml::Case;
use crate::verdict::{Code, Detail, Place, Refusal};

const PART: &str = "Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef";

/// The level of the authentication, which is told twice: by the class of the authentication, and by an
/// attribute. Both must be there and be the same, byte for byte.
///
/// # Errors
/// [`Code::LoaContradiction`], [`Code::LoaUnknown`], [`Code::LoaInsufficient`].
pub(super) fn read(
    assertion: &Assertion<'_, '_>,
    rules: &BundIdPolicy,
    case: &Case<'_>,
) -> Result<Loa, Refusal> {
    let class = assertion.authn.class_ref.as_deref();
    let class = class.ok_or(Refusal::new(Code::LoaUnknown, Place::part(PART)))?;
    let told = match assertion.attribute(LEVEL) {
        Some(attribute) => single(attribute, "attribute EID-CITIZEN-QAA-LEVEL")?,
        None => None,
    };
    if told.as_deref() != Some(class) {
        return Err(Refusal::new(Code::LoaContradiction, Place::part(PART)));
    }
    let level = match class {
        "STORK-QAA-Level-1" => rules.level_1.ok_or_else(|| {
            // User name and password, and data of the person's own word: no level at all.
            let refusal = Refusal::new(Code::LoaInsufficient, Place::part(PART));
            refusal.with(Detail::Name("STORK-QAA-Level-1"))
        })?,
        "STORK-QAA-Level-2" => LevelOfAssurance::Low,
        "STORK-QAA-Level-3" => LevelOfAssurance::Substantial,
        "STORK-QAA-Level-4" => LevelOfAssurance::High,
        _ => return Err(Refusal::new(Code::LoaUnknown, Place::part(PART))),
    };
    case.level(Loa { level, notified: rules.notified }, PART)
}

/// The level of an attribute by its `akdb:TrustLevel`, before that of the authentication caps it.
///
/// `None`: the person's own word. That is what every unknown, empty or missing value means.
pub(super) fn of_attribute(trust: Option<&str>) -> Option<LevelOfAssurance> {
    match trust? {
        "Niedrig" | "NIEDRIG" | "NORMAL" => Some(LevelOfAssurance::Low),
        "Substantiell" | "SUBSTANTIELL" => Some(LevelOfAssurance::Substantial),
        "Hoch" | "HOCH" => Some(LevelOfAssurance::High),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_the_persons_own_word() {
        for word in [
            None,
            Some(""),
            Some("UNTERGEORDNET"),
            Some("Basisregistrierung"),
            Some("hoch"),
            Some("HOCH "),
            Some("Sehr hoch"),
            Some("STORK-QAA-Level-4"),
        ] {
            assert_eq!(of_attribute(word), None, "{word:?}");
        }
        assert_eq!(of_attribute(Some("HOCH")), Some(LevelOfAssurance::High));
        assert_eq!(of_attribute(Some("Substantiell")), Some(LevelOfAssurance::Substantial));
        assert_eq!(of_attribute(Some("NORMAL")), Some(LevelOfAssurance::Low));
    }
}
