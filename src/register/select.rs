//! Makes the claims of the wanted scopes, as far as the person has what they are made from.

use super::claim::claim_name;
use super::transform::make;
use super::{ClaimRule, Procedure, Transformation};
use crate::UnixTime;
use crate::identity::{Attribute, Date, Identity};
use crate::verdict::{Code, Detail, Place, Refusal};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is released and what could not be.
pub(super) struct Selection {
    /// By name.
    pub(super) claims: BTreeMap<String, Value>,
    /// Names only.
    pub(super) withheld: BTreeSet<String>,
}

/// Makes every claim of `scopes`. A claim that cannot be made is withheld.
///
/// # Errors
/// [`Code::ScopeUnavailable`] for an essential claim; its detail names the attribute.
pub(super) fn select(
    procedure: &Procedure,
    scopes: &BTreeSet<&str>,
    identity: &Identity,
    now: UnixTime,
) -> Result<Selection, Refusal> {
    let today = Date::of(now).ok_or(Code::Internal)?;
    let mut selection = Selection { claims: BTreeMap::new(), withheld: BTreeSet::new() };
    for rule in scopes.iter().filter_map(|name| procedure.scopes.get(*name)).flat_map(|s| &s.rules)
    {
        let made = available(procedure, rule, identity)
            .and_then(|attribute| make(rule, attribute, today, procedure.leap_day));
        if let Some(made) = made {
            if let Some(transliteration) = made.transliteration {
                selection.claims.insert(format!("{}_translit", rule.output), transliteration);
            }
            selection.claims.insert(rule.output.clone(), made.value);
        } else if rule.essential {
            // There is no partial assertion.
            let claim = Detail::Name(claim_name(rule.attribute));
            return Err(Refusal::new(Code::ScopeUnavailable, Place::part("identity")).with(claim));
        } else {
            selection.withheld.insert(rule.output.clone());
        }
    }
    // Rules may make one claim from several attributes; what one of them made is not withheld.
    let Selection { claims, withheld } = &mut selection;
    withheld.retain(|name| !claims.contains_key(name));
    Ok(selection)
}

// `Some(None)`: the person certainly has no such attribute. `None`: nothing can be said, because the
// value lacks the level that the procedure demands, or any.
fn available<'i>(
    procedure: &Procedure,
    rule: &ClaimRule,
    identity: &'i Identity,
) -> Option<Option<&'i Attribute>> {
    match identity.attribute(rule.attribute) {
        None if identity.is_unassured(rule.attribute) => None,
        None => (rule.transformation == Transformation::Present).then_some(None),
        Some(attribute) => attribute
            .loa
            .satisfies(procedure.min_loa, procedure.notified_only)
            .then_some(Some(attribute)),
    }
}
