//! One response of one issuer under one policy, and what is asked of the response itself.

use super::assertion::{AddressRule, ConditionRule};
use super::result;
use crate::UnixTime;
use crate::envelope::saml::{Assertion, Response};
use crate::envelope::xml::Limits;
use crate::envelope::xml::encryption::EncryptionRules;
use crate::expectation::saml::SamlExpected;
use crate::identity::{Identity, Loa, Persons, Provenance, SignedStatement, SingleUse};
use crate::policy::SamlPolicy;
use crate::token::Context;
use crate::trust::{Purpose, SamlIssuer};
use crate::verdict::{Check, Code, Detail, Ledger, Place, Refusal};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a family asks of the messages that all of them share.
pub(in crate::token) struct Profile<'p> {
    /// For what its issuers are trusted.
    pub(in crate::token) purpose: Purpose,
    /// What is acceptable.
    pub(in crate::token) policy: &'p SamlPolicy,
    /// How an assertion of an issuer may be encrypted.
    pub(in crate::token) encryption: &'p dyn Fn(&SamlIssuer) -> EncryptionRules,
    /// Accepted formats of the name of the subject; a name without format has none of them and passes.
    pub(in crate::token) name_formats: &'p [&'p str],
    /// Which conditions must be there.
    pub(in crate::token) conditions: ConditionRule,
    /// Whether the address of the browser must be named.
    pub(in crate::token) address: AddressRule,
    /// Longest time from the making of an assertion to the end of its confirmation, seconds.
    pub(in crate::token) max_lifetime_s: Option<u64>,
}

/// One response of one issuer.
pub(in crate::token) struct Case<'c> {
    pub(in crate::token) profile: &'c Profile<'c>,
    pub(in crate::token) context: &'c Context<'c>,
    pub(in crate::token) expected: SamlExpected<'c>,
    pub(in crate::token) issuer: &'c SamlIssuer,
}

/// An assertion that passed every check that the families share.
pub(in crate::token) struct Statement<'s, 'd, 'a> {
    pub(in crate::token) assertion: &'s Assertion<'d, 'a>,
    /// Which signed octets it was read from.
    pub(in crate::token) signed: SignedStatement,
    /// What to remember, so that it is never taken twice.
    pub(in crate::token) single_use: SingleUse,
}

impl Statement<'_, '_, '_> {
    /// A natural person of whom nothing is known yet but where the statement comes from.
    pub(in crate::token) fn identity(
        &self,
        provenance: Arc<Provenance>,
        loa: Loa,
        methods: &'static [&'static str],
        context: &Context<'_>,
    ) -> Identity {
        Identity {
            provenance,
            loa,
            authenticated_at: self.assertion.authn.instant,
            methods,
            laboratory: context.policy.laboratory,
            persons: Persons::NATURAL,
            identifier: None,
            statement: Some(self.signed.clone()),
            single_use: Some(self.single_use),
            attributes: BTreeMap::new(),
            unassured: BTreeSet::new(),
        }
    }
}

impl<'c> Case<'c> {
    /// Looks for whom the request went to, and for nobody else: the name in the message must be his.
    ///
    /// # Errors
    /// [`Code::IssuerMismatch`], or that the issuer is not usable, as
    /// [`TrustStore::saml_issuer`](crate::trust::TrustStore::saml_issuer).
    pub(in crate::token) fn open(
        profile: &'c Profile<'c>,
        context: &'c Context<'c>,
        named: &str,
        ledger: &mut Ledger,
    ) -> Result<Self, Refusal> {
        let place = Place::part("Response/Issuer");
        let expected = context.saml.ok_or_else(|| {
            ledger.fail(
                Check::SamlIssuer,
                Refusal::new(Code::RequestMismatch, Place::part("expectation")),
            )
        })?;
        let same = if named == expected.issuer {
            Ok(())
        } else {
            Err(Refusal::new(Code::IssuerMismatch, place))
        };
        ledger.record(Check::SamlIssuer, same)?;
        let issuer = context.trust.saml_issuer(profile.purpose, expected.issuer, context.now);
        let issuer = ledger.record(Check::TrustSource, issuer)?;
        Ok(Self { profile, context, expected, issuer })
    }

    /// Checks what the response says of itself.
    ///
    /// # Errors
    /// In this order: [`Code::SamlVersion`], [`Code::RequestResponse`], `result.…` by its status,
    /// [`Code::DestinationMismatch`], [`Code::TimeFuture`], [`Code::TimeTooOld`].
    pub(in crate::token) fn check_response(
        &self,
        response: &Response<'_, '_>,
        ledger: &mut Ledger,
    ) -> Result<(), Refusal> {
        let version = check_version(response.version, "Response");
        ledger.record(Check::SamlVersion, version)?;
        let answers = if response.in_response_to == Some(self.context.nonce) {
            Ok(())
        } else {
            Err(Refusal::new(Code::RequestResponse, Place::part("Response")))
        };
        ledger.record(Check::SamlRequest, answers)?;
        let success = if response.status.is_success() {
            Ok(())
        } else {
            Err(result::refusal(response.status))
        };
        ledger.record(Check::SamlStatus, success)?;
        let ours = if response.destination == Some(self.expected.service.acs_url.as_str()) {
            Ok(())
        } else {
            Err(Refusal::new(Code::DestinationMismatch, Place::part("Response")))
        };
        ledger.record(Check::SamlDestination, ours)?;
        let issued = self.check_issued(response.issue_instant, "Response");
        ledger.record(Check::SamlIssued, issued)
    }

    /// Neither in the future nor older than a message may be.
    pub(super) fn check_issued(&self, at: UnixTime, part: &'static str) -> Result<(), Refusal> {
        let now = self.context.now;
        let place = Place::part(part);
        if at > now.plus(self.leeway_s()) {
            let detail = Detail::Time { bound: at.secs(), now: now.secs() };
            return Err(Refusal::new(Code::TimeFuture, place).with(detail));
        }
        let last = at.plus(self.profile.policy.max_age_s.into());
        if now > last.plus(self.leeway_s()) {
            let detail = Detail::Time { bound: last.secs(), now: now.secs() };
            return Err(Refusal::new(Code::TimeTooOld, place).with(detail));
        }
        Ok(())
    }

    /// An end has come when `now` is at it, tolerance of clocks included.
    pub(super) fn check_end(
        &self,
        not_on_or_after: UnixTime,
        part: &'static str,
    ) -> Result<(), Refusal> {
        let now = self.context.now;
        if now < not_on_or_after.plus(self.leeway_s()) {
            return Ok(());
        }
        let detail = Detail::Time { bound: not_on_or_after.secs(), now: now.secs() };
        Err(Refusal::new(Code::TimeExpired, Place::part(part)).with(detail))
    }

    /// A level, capped by the trust source; it must be what was asked for at least.
    ///
    /// # Errors
    /// [`Code::LoaInsufficient`].
    pub(in crate::token) fn level(&self, loa: Loa, part: &'static str) -> Result<Loa, Refusal> {
        let loa = self.issuer.rule.loa_cap.map_or(loa, |cap| loa.capped(cap));
        match self.expected.min_loa {
            Some(asked) if !loa.satisfies(asked.level, asked.notified_only) => {
                let refusal = Refusal::new(Code::LoaInsufficient, Place::part(part));
                Err(refusal.with(Detail::Name(loa.uri())))
            }
            Some(_) | None => Ok(loa),
        }
    }

    pub(super) fn leeway_s(&self) -> u64 {
        self.context.policy.leeway_s.into()
    }
}

pub(super) fn check_version(version: &str, part: &'static str) -> Result<(), Refusal> {
    if version == "2.0" { Ok(()) } else { Err(Refusal::new(Code::SamlVersion, Place::part(part))) }
}

/// The limits of a message under a policy.
pub(super) fn limits(policy: &SamlPolicy) -> Limits {
    let bytes = usize::try_from(policy.max_bytes).unwrap_or(0);
    let most = if bytes > Limits::MESSAGE.bytes { Limits::LABORATORY } else { Limits::MESSAGE };
    Limits { bytes: bytes.min(most.bytes), ..most }
}
