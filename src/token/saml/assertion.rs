//! What is asked of an assertion, whoever made it.

use super::case::{Case, check_version};
use crate::UnixTime;
use crate::envelope::saml::{Assertion, Conditions, Confirmation};
use crate::identity::SingleUse;
use crate::verdict::{Check, Code, Detail, Ledger, Place, Refusal};
use core::net::IpAddr;

/// Which conditions an assertion must have. Those that it has are checked in any case.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::token) enum ConditionRule {
    /// `OneTimeUse` (BSI TR-03130-1).
    OneTimeUse,
    /// A beginning and an end (eIDAS, BundID).
    Window,
}

/// Whether an assertion must name the address of the browser. Where the host knows the address, one
/// that is named must be it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::token) enum AddressRule {
    Optional,
    Required,
}

impl Case<'_> {
    /// Checks an assertion whose octets are known to be of the issuer.
    ///
    /// # Errors
    /// In this order: [`Code::SamlVersion`], [`Code::TimeFuture`], [`Code::TimeTooOld`],
    /// [`Code::IssuerMismatch`], [`Code::SamlElement`] or [`Code::SamlValue`] for the name of the
    /// subject, [`Code::ConfirmationMalformed`], [`Code::RequestResponse`],
    /// [`Code::DestinationMismatch`], [`Code::TimeExpired`], [`Code::TimeLifetime`],
    /// [`Code::ConfirmationAddress`]; [`Code::ConditionMissing`], [`Code::TimeNotYetValid`],
    /// [`Code::TimeExpired`], [`Code::AudienceMismatch`]; [`Code::TimeFuture`] and
    /// [`Code::TimeExpired`] for the authentication.
    pub(in crate::token) fn check_assertion(
        &self,
        assertion: &Assertion<'_, '_>,
        ledger: &mut Ledger,
    ) -> Result<SingleUse, Refusal> {
        let itself = check_version(assertion.version, "Assertion")
            .and_then(|()| self.check_issued(assertion.issue_instant, "Assertion"));
        ledger.record(Check::SamlAssertion, itself)?;
        let issuer = if assertion.issuer == self.expected.issuer {
            Ok(())
        } else {
            Err(Refusal::new(Code::IssuerMismatch, Place::part("Assertion/Issuer")))
        };
        ledger.record(Check::SamlAssertionIssuer, issuer)?;
        let confirmed =
            self.check_name(assertion).and_then(|()| self.check_confirmation(assertion));
        let confirmed = ledger.record(Check::SamlConfirmation, confirmed)?;
        let conditions = self.check_conditions(assertion.conditions.as_ref());
        let conditions = ledger.record(Check::SamlConditions, conditions)?;
        ledger.record(Check::SamlAudience, self.check_audience(conditions))?;
        ledger.record(Check::SamlAuthn, self.check_authn(assertion))?;
        let end = conditions.not_on_or_after.map_or(confirmed, |end| end.min(confirmed));
        let oldest = assertion.issue_instant.plus(self.profile.policy.max_age_s.into());
        // Nothing is taken after the earlier of the two; one second more, because an entry that has
        // come to its end counts as absent.
        let until = end.min(oldest).plus(self.leeway_s()).plus(1);
        Ok(SingleUse::assertion(self.expected.issuer, assertion.id, until))
    }

    fn check_name(&self, assertion: &Assertion<'_, '_>) -> Result<(), Refusal> {
        let place = Place::part("Assertion/Subject/NameID");
        let name = assertion.subject.name_id.as_ref();
        let name = name.ok_or(Refusal::new(Code::SamlElement, place))?;
        match name.format {
            Some(format) if !self.profile.name_formats.contains(&format) => {
                Err(Refusal::new(Code::SamlValue, place))
            }
            Some(_) | None => Ok(()),
        }
    }

    // The end of the confirmation.
    fn check_confirmation(&self, assertion: &Assertion<'_, '_>) -> Result<UnixTime, Refusal> {
        let malformed = Refusal::new(Code::ConfirmationMalformed, Place::part(CONFIRMATION));
        // Exactly one: a wrong one is not cured by a right one.
        let [Confirmation { method: BEARER, data: Some(data), .. }] =
            assertion.subject.confirmations.as_slice()
        else {
            return Err(malformed);
        };
        // A bearer has no beginning (SAML Profiles 2.0, 4.1.4.2).
        let (Some(end), None) = (data.not_on_or_after, data.not_before) else {
            return Err(malformed);
        };
        if data.in_response_to != Some(self.context.nonce) {
            return Err(Refusal::new(Code::RequestResponse, Place::part(CONFIRMATION)));
        }
        if data.recipient != Some(self.expected.service.acs_url.as_str()) {
            return Err(Refusal::new(Code::DestinationMismatch, Place::part(CONFIRMATION)));
        }
        self.check_end(end, CONFIRMATION)?;
        if let Some(most) = self.profile.max_lifetime_s {
            let last = assertion.issue_instant.plus(most);
            if end > last {
                let detail = Detail::Time { bound: last.secs(), now: end.secs() };
                let refusal = Refusal::new(Code::TimeLifetime, Place::part(CONFIRMATION));
                return Err(refusal.with(detail));
            }
        }
        self.check_address(data.address)?;
        Ok(end)
    }

    fn check_address(&self, named: Option<&str>) -> Result<(), Refusal> {
        let fits = match (named, self.expected.client_address) {
            (None, _) => self.profile.address == AddressRule::Optional,
            (Some(_), None) => true,
            (Some(named), Some(known)) => match (address(named), address(known)) {
                (Some(named), Some(known)) => named == known,
                _ => false,
            },
        };
        if fits {
            return Ok(());
        }
        Err(Refusal::new(Code::ConfirmationAddress, Place::part(CONFIRMATION)))
    }

    fn check_conditions<'s, 'd>(
        &self,
        conditions: Option<&'s Conditions<'d>>,
    ) -> Result<&'s Conditions<'d>, Refusal> {
        let missing = Refusal::new(Code::ConditionMissing, Place::part(CONDITIONS));
        let conditions = conditions.ok_or(missing)?;
        let complete = match self.profile.conditions {
            ConditionRule::OneTimeUse => conditions.one_time_use,
            ConditionRule::Window => {
                conditions.not_before.is_some() && conditions.not_on_or_after.is_some()
            }
        };
        if !complete {
            return Err(missing);
        }
        let now = self.context.now;
        if let Some(begin) = conditions.not_before
            && begin > now.plus(self.leeway_s())
        {
            let detail = Detail::Time { bound: begin.secs(), now: now.secs() };
            let refusal = Refusal::new(Code::TimeNotYetValid, Place::part(CONDITIONS));
            return Err(refusal.with(detail));
        }
        if let Some(end) = conditions.not_on_or_after {
            self.check_end(end, CONDITIONS)?;
            if conditions.not_before.is_some_and(|begin| begin >= end) {
                return Err(Refusal::new(Code::TimeLifetime, Place::part(CONDITIONS)));
            }
        }
        Ok(conditions)
    }

    // Every restriction must hold, and one holds when it names us (SAML Core 2.5.1.4).
    fn check_audience(&self, conditions: &Conditions<'_>) -> Result<(), Refusal> {
        if conditions.audiences.is_empty() {
            return Err(Refusal::new(Code::ConditionMissing, Place::part(AUDIENCE)));
        }
        let entity_id = self.expected.service.entity_id.as_str();
        let names_us = |list: &Vec<_>| list.iter().any(|audience| *audience == entity_id);
        match conditions.audiences.iter().position(|list| !names_us(list)) {
            None => Ok(()),
            Some(index) => Err(Refusal::new(Code::AudienceMismatch, Place::nth(AUDIENCE, index))),
        }
    }

    fn check_authn(&self, assertion: &Assertion<'_, '_>) -> Result<(), Refusal> {
        let authn = &assertion.authn;
        let now = self.context.now;
        if authn.instant > now.plus(self.leeway_s()) {
            let detail = Detail::Time { bound: authn.instant.secs(), now: now.secs() };
            return Err(Refusal::new(Code::TimeFuture, Place::part(AUTHN)).with(detail));
        }
        authn.session_not_on_or_after.map_or(Ok(()), |end| self.check_end(end, AUTHN))
    }
}

// Two spellings of one address are one address; one within the other family too (RFC 4291, 2.5.5.2).
fn address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

const CONFIRMATION: &str = "Assertion/Subject/SubjectConfirmation";
const CONDITIONS: &str = "Assertion/Conditions";
const AUDIENCE: &str = "Assertion/Conditions/AudienceRestriction";
const AUTHN: &str = "Assertion/AuthnStatement";
