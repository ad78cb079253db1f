//! The token families. Each folder knows one family: parse, verify, map.
//!
//! A family enters the broker through one line of the table below: how a token of it is verified, and
//! which checks an accepted one has behind it.

pub mod bund_id;
pub mod card;
pub mod certificate;
mod chain;
pub mod eid_server;
pub mod eidas_saml;
pub mod mdoc;
mod pid;
mod saml;
pub mod sd_jwt_vc;
pub mod web_eid;

use crate::UnixTime;
use crate::expectation::saml::SamlExpected;
use crate::expectation::wallet::WalletExpected;
use crate::identity::{Family, Identity};
use crate::pki::{Evidence, PathCache};
use crate::policy::Policy;
use crate::trust::TrustStore;
use crate::verdict::{Check, Code, Ledger, Verdict};

/// What a token is verified against, whatever its family; fixed before its first byte is looked at.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Context<'a> {
    /// What is acceptable.
    pub policy: &'a Policy,
    /// Whom to believe.
    pub trust: &'a TrustStore,
    /// Paths that were verified before.
    pub paths: &'a PathCache,
    /// The nonce of the request.
    pub nonce: &'a str,
    /// The audience of the request, as its family has it: a client identifier, or an origin.
    pub audience: &'a str,
    /// What the host fetched. Nothing in it is believed before it was verified.
    pub evidence: Evidence<'a>,
    /// When the request was made: no act of the person that answers it can be older.
    pub requested_at: UnixTime,
    /// What is expected of a SAML response besides; the nonce is then the ID of the request and the
    /// audience the entity ID of this service provider.
    pub saml: Option<SamlExpected<'a>>,
    /// What an mdoc is tied to besides; the audience is then the client identifier.
    pub wallet: Option<WalletExpected<'a>>,
    /// Time of the check.
    pub now: UnixTime,
}

impl<'a> Context<'a> {
    /// A context without evidence, of a request that was made just now.
    #[must_use]
    pub const fn new(
        policy: &'a Policy,
        trust: &'a TrustStore,
        paths: &'a PathCache,
        nonce: &'a str,
        audience: &'a str,
        now: UnixTime,
    ) -> Self {
        let evidence = Evidence::NONE;
        Self {
            policy,
            trust,
            paths,
            nonce,
            audience,
            evidence,
            requested_at: now,
            saml: None,
            wallet: None,
            now,
        }
    }

    /// The same with what the host fetched.
    #[must_use]
    pub const fn with_evidence(mut self, evidence: Evidence<'a>) -> Self {
        self.evidence = evidence;
        self
    }

    /// The same for a response of a SAML identity provider.
    #[must_use]
    pub const fn with_saml(mut self, saml: SamlExpected<'a>) -> Self {
        self.saml = Some(saml);
        self
    }

    /// The same for a response of a wallet within a session.
    #[must_use]
    pub const fn with_wallet(mut self, wallet: WalletExpected<'a>) -> Self {
        self.wallet = Some(wallet);
        self
    }

    /// The same for a request that was made at an earlier time.
    #[must_use]
    pub const fn requested_at(mut self, at: UnixTime) -> Self {
        self.requested_at = at;
        self
    }
}

/// One family, as the broker sees it.
pub(crate) struct Entry {
    pub(crate) family: Family,
    /// The checks that an accepted token of the family has behind it.
    pub(crate) mandatory: &'static [Check],
    /// Verifies one token, going on with a ledger that has lines already. An accepted token names a
    /// person.
    pub(crate) verify: fn(Ledger, &[u8], &Context<'_>) -> Verdict<Identity>,
}

// One line per family.
const FAMILIES: &[Entry] = &[
    bund_id::ENTRY,
    certificate::ENTRY,
    eid_server::ENTRY,
    eidas_saml::ENTRY,
    mdoc::ENTRY,
    sd_jwt_vc::ENTRY,
    web_eid::ENTRY,
];

/// The checks that an accepted token of a family has behind it, in the order of its standard.
#[must_use]
pub fn mandatory(family: Family) -> &'static [Check] {
    entry(family).map_or(&[], |entry| entry.mandatory)
}

/// Verifies one token of a family.
///
/// Not checked here: that the nonce is still unused. The broker consumes its expectation last.
#[must_use]
pub fn verify(family: Family, token: &[u8], context: &Context<'_>) -> Verdict<Identity> {
    verify_with(family, Ledger::new(), token, context)
}

/// The same, going on with a ledger that has lines already.
#[must_use]
pub fn verify_with(
    family: Family,
    ledger: Ledger,
    token: &[u8],
    context: &Context<'_>,
) -> Verdict<Identity> {
    match entry(family) {
        Some(entry) => (entry.verify)(ledger, token, context),
        None => Verdict::Refused { refusal: Code::TypeUnknown.into(), ledger },
    }
}

fn entry(family: Family) -> Option<&'static Entry> {
    FAMILIES.iter().find(|entry| entry.family == family)
}

/// Ends a family's list of checks. A laboratory verdict may lack those that `may_skip` names; it says
/// so in its ledger, and nothing can be issued from it.
pub(crate) fn accept<T>(
    ledger: Ledger,
    mandatory: &[Check],
    may_skip: &[Check],
    laboratory: bool,
    value: T,
) -> Verdict<T> {
    if !laboratory {
        return ledger.accept(mandatory, value);
    }
    let kept: Vec<Check> =
        mandatory.iter().copied().filter(|check| !may_skip.contains(check)).collect();
    ledger.accept(&kept, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_one_entry_and_no_entry_is_empty() {
        for family in Family::ALL {
            let entries = FAMILIES.iter().filter(|entry| entry.family == *family).count();
            assert_eq!(entries, 1, "{}", family.name());
            assert!(!mandatory(*family).is_empty(), "{}", family.name());
        }
        assert_eq!(FAMILIES.len(), Family::ALL.len());
    }

    #[test]
    fn only_a_laboratory_verdict_may_lack_a_check() {
        let (all, skip) = ([Check::InputSize, Check::Status], [Check::Status]);
        let mut ledger = Ledger::new();
        ledger.pass(Check::InputSize);
        assert!(accept(ledger, &all, &skip, true, ()).refusal().is_none());
        assert_eq!(
            accept(ledger, &all, &skip, false, ()).refusal().unwrap().code(),
            Code::Internal
        );
        assert!(accept(Ledger::new(), &all, &skip, true, ()).refusal().is_some());
    }
}
