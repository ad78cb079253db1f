//! Whom a SAML request is put to, and what it says.

use super::{Broker, Expected};
use crate::UnixTime;
use crate::expectation::saml::{Ask, AuthnRequest, RequestedLoa, ServiceProvider, purpose};
use crate::expectation::{Expectation, Wanted};
use crate::identity::{Country, Family, PersonKind};
use crate::register::Procedure;
use crate::trust::SamlIssuer;
use crate::verdict::{Code, Place, Refusal};
use std::collections::BTreeSet;

/// What a request says besides its procedure and family. Families that are not asked in SAML take
/// none of it.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ExpectOptions<'a> {
    /// The entity ID of the identity provider to ask. Without it and without `country`, the only one
    /// that is configured for the family.
    pub issuer: Option<&'a str>,
    /// The country that the person chose: its eIDAS node is asked.
    pub country: Option<Country>,
    /// The kind of person that is asked for. Without it a natural person where the procedure hears of
    /// them, else the first kind of which it does.
    pub person: Option<PersonKind>,
    /// The scopes that will be asked for; `None` means all that are registered.
    pub scopes: Option<&'a [String]>,
    /// The address of the person's browser, where the host knows it: the answer must name the same.
    pub client_address: Option<&'a str>,
    /// What the identity provider hands back unread beside its answer: 1 to 80 bytes.
    pub relay_state: Option<&'a str>,
}

impl ExpectOptions<'_> {
    pub(super) const fn is_empty(&self) -> bool {
        self.issuer.is_none()
            && self.country.is_none()
            && self.person.is_none()
            && self.scopes.is_none()
            && self.client_address.is_none()
            && self.relay_state.is_none()
    }
}

impl Broker {
    pub(super) fn ask(
        &self,
        procedure: &Procedure,
        family: Family,
        options: &ExpectOptions<'_>,
        now: UnixTime,
    ) -> Result<Expected, Refusal> {
        let service = self.service.as_ref().ok_or(Code::MisuseServiceProvider)?;
        let wanted = Wanted::of(procedure, options.scopes, options.person)?;
        // Only eIDAS asks for legal persons.
        if family != Family::EidasSaml && wanted.person != PersonKind::Natural {
            return Err(Code::IdentityPersons.into());
        }
        let issuer = self.addressee(family, options, now)?;
        let min_loa =
            RequestedLoa { level: procedure.min_loa, notified_only: procedure.notified_only };
        let expectation = self.expectation(procedure, family, &service.entity_id, now)?;
        let expectation =
            expectation.asking(&issuer.entity_id, Some(min_loa), options.client_address)?;
        let ask = Ask {
            service,
            issuer,
            wanted: &wanted,
            min_loa,
            policy: &self.policy,
            id: expectation.nonce(),
            relay_state: options.relay_state,
            random: self.random.as_ref(),
            now,
        };
        let request = Some(AuthnRequest::make(family, &ask)?);
        self.sealed(expectation, request)
    }

    // The one to ask. What is configured counts, usable or not: that one of two is stale must not
    // send a person to the other.
    fn addressee(
        &self,
        family: Family,
        options: &ExpectOptions<'_>,
        now: UnixTime,
    ) -> Result<&SamlIssuer, Refusal> {
        let misuse = Refusal::new(Code::MisuseArgument, Place::part("family"));
        let purpose = purpose(family).ok_or(misuse)?;
        if let Some(entity_id) = options.issuer {
            let issuer = self.trust.saml_issuer(purpose, entity_id, now)?;
            let asked = options.country.is_none_or(|country| issuer.country == Some(country));
            return if asked { Ok(issuer) } else { Err(Code::IssuerNotOffered.into()) };
        }
        if let Some(country) = options.country {
            let mut usable = self.trust.saml_issuers(purpose, now);
            let mut of_country = usable.by_ref().filter(|issuer| issuer.country == Some(country));
            let first = of_country.next().ok_or(Code::IssuerNotOffered)?;
            return match of_country.find(|other| other.entity_id != first.entity_id) {
                None => Ok(first),
                Some(_) => Err(Code::MisuseIssuer.into()),
            };
        }
        let sources = self.trust.sources().iter().filter(|source| source.purpose() == purpose);
        let configured = sources.filter_map(|source| source.config().entity_id());
        let usable = self.trust.saml_issuers(purpose, now);
        let known: BTreeSet<&str> =
            configured.chain(usable.map(|issuer| issuer.entity_id.as_str())).collect();
        match known.first() {
            Some(entity_id) if known.len() == 1 => self.trust.saml_issuer(purpose, entity_id, now),
            Some(_) => Err(Code::MisuseIssuer.into()),
            None => Err(self.trust.state(purpose, now).code().unwrap_or(Code::TrustMissing).into()),
        }
    }

    /// The same broker as a SAML service provider: without it no family of SAML is asked or answered.
    ///
    /// # Errors
    /// [`Code::MisuseServiceProvider`] when the entity ID is no absolute URI of at most 512 bytes, or
    /// the address of the assertion consumer service no https URL.
    pub fn with_service_provider(mut self, service: ServiceProvider) -> Result<Self, Refusal> {
        let named = crate::config::is_entity_id(&service.entity_id)
            && crate::expectation::AUDIENCE_LEN.contains(&service.entity_id.len());
        if !named || !crate::config::is_endpoint_url(&service.acs_url) {
            return Err(Refusal::new(Code::MisuseServiceProvider, Place::part("broker")));
        }
        self.service = Some(service);
        Ok(self)
    }

    /// This broker as a SAML service provider.
    #[must_use]
    pub const fn service_provider(&self) -> Option<&ServiceProvider> {
        self.service.as_ref()
    }

    pub(super) fn expectation(
        &self,
        procedure: &Procedure,
        family: Family,
        audience: &str,
        now: UnixTime,
    ) -> Result<Expectation, Refusal> {
        Expectation::new(
            self.issuer.name(),
            &procedure.id,
            family,
            audience,
            self.lifetime_s,
            self.random.as_ref(),
            now,
        )
    }

    pub(super) fn sealed(
        &self,
        expectation: Expectation,
        request: Option<AuthnRequest>,
    ) -> Result<Expected, Refusal> {
        let sealed = expectation.seal(&self.seal, self.random.as_ref())?;
        Ok(Expected { expectation, sealed, request })
    }
}
