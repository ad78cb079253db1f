//! The manifest of a set, and its verdicts.

use super::context::Side;
use serde::Deserialize;

/// What a set is judged under.
#[derive(Deserialize)]
pub(super) struct Manifest {
    /// The name of the set.
    pub(super) set: String,
    /// The clock, RFC 3339.
    pub(super) verifier_time: String,
    /// The entity identifier of who was asked.
    pub(super) expected_issuer: String,
    /// Who asked.
    pub(super) sp_entity_id: String,
    /// Where answers go.
    pub(super) acs_url: String,
    /// The request that is answered.
    pub(super) request_id: String,
    /// The country of who was asked.
    pub(super) node_country: String,
    /// Ours.
    pub(super) own_country: String,
    /// The level that was asked for.
    pub(super) minimum_loa: String,
    /// What the verdicts assume.
    pub(super) policy: Assumed,
    /// The documents.
    pub(super) documents: Vec<Document>,
}

/// What the verdicts of a set assume of the policy.
#[derive(Clone, Copy, Deserialize)]
pub(super) struct Assumed {
    pub(super) require_encrypted_assertion: bool,
    pub(super) require_signed_response: bool,
    pub(super) clock_tolerance_s: u32,
}

/// One document.
#[derive(Deserialize)]
pub(super) struct Document {
    /// Below the folder of the manifest.
    pub(super) file: String,
    /// What must come out.
    pub(super) verdict: String,
    /// `eidas`, `bundid`, `tr03130` or `metadata`.
    pub(super) profile: String,
    /// What it shows.
    #[serde(default)]
    pub(super) why: String,
}

/// A verdict.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Wanted {
    Accept,
    Refuse,
    /// `either (strict: refuse)`
    RefuseWhereStrict,
    /// `either (…)`: what comes out, if anything, is what stands in the document.
    WithWholeContent,
    /// `authentic-but-failed (report status A/B, no identity)`
    Failed(String),
    /// `policy: A accept, B refuse`
    Sides(Vec<(Side, bool)>),
}

impl Wanted {
    /// Reads a verdict; a text that is none is a fault, never left out.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let fault = || format!("{text} is no verdict that is known");
        if let Some(rest) = text.strip_prefix("policy:") {
            let mut sides = Vec::new();
            for part in rest.split(',') {
                let (names, verdict) = part.trim().rsplit_once(' ').ok_or_else(fault)?;
                let accept = match verdict {
                    "accept" => true,
                    "refuse" => false,
                    _ => return Err(fault()),
                };
                for name in versions(names) {
                    sides.push((Side::from_name(&name).ok_or_else(fault)?, accept));
                }
            }
            return Ok(Self::Sides(sides));
        }
        if let Some(rest) = text.strip_prefix("authentic-but-failed") {
            let status = rest.split_once("status ").map(|(_, rest)| rest);
            let status = status.and_then(|rest| rest.split([',', ')']).next()).ok_or_else(fault)?;
            return Ok(Self::Failed(status.trim().to_owned()));
        }
        match text {
            "accept" => Ok(Self::Accept),
            "refuse" => Ok(Self::Refuse),
            _ if text.starts_with("either (strict: refuse") => Ok(Self::RefuseWhereStrict),
            _ if text.starts_with("either (") => Ok(Self::WithWholeContent),
            _ => Err(fault()),
        }
    }
}

// `1.2/1.3` are the last of them: a node that states both speaks the highest.
fn versions(names: &str) -> Vec<String> {
    let names: Vec<&str> = names.split('/').map(str::trim).collect();
    names.last().map(|last| (*last).to_owned()).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_verdict_is_read_and_others_are_not() {
        let read = |text| Wanted::read(text).unwrap();
        assert_eq!(read("accept"), Wanted::Accept);
        assert_eq!(read("refuse"), Wanted::Refuse);
        assert_eq!(read("either (strict: refuse)"), Wanted::RefuseWhereStrict);
        assert_eq!(read("either (identity must be the signed one)"), Wanted::WithWholeContent);
        let failed =
            read("authentic-but-failed (report status Responder/AuthnFailed, no identity)");
        assert_eq!(failed, Wanted::Failed("Responder/AuthnFailed".to_owned()));
        let general = (Side::GeneralSaml, true);
        let sides = Wanted::Sides(vec![general, (Side::Usual, false)]);
        assert_eq!(read("policy: saml-default accept, eidas refuse"), sides);
        let (old, new) = (Side::Version("1.3".to_owned()), Side::Version("1.4".to_owned()));
        let sides = Wanted::Sides(vec![(old, true), (new, false)]);
        assert_eq!(read("policy: 1.2/1.3 accept, 1.4 refuse"), sides);
        for text in ["", "accepted", "policy: x accept", "policy: eidas maybe", "either"] {
            assert!(Wanted::read(text).is_err(), "{text}");
        }
    }
}
