//! The broker: the only file that walks every step, from the expectation to the assertion.

mod ask;
pub mod report;

pub use ask::ExpectOptions;

use crate::UnixTime;
use crate::assertion::pairwise::PairwiseKey;
use crate::assertion::{Assertion, Issuer};
use crate::config::is_serialised_origin;
use crate::crypto::{SealKey, hmac_sha256};
use crate::envelope::base64url;
use crate::expectation::saml::{AuthnRequest, ServiceProvider};
use crate::expectation::{AUDIENCE_LEN, Expectation, LIFETIME_S};
use crate::identity::{Family, Identity, SignedStatement, StableIdentifier};
use crate::pki::{Evidence, PathCache};
use crate::policy::Policy;
use crate::ports::{AuditSink, Insertion, Namespace, Random, ReplayStore, Signer};
use crate::register::{Register, ReleaseRequest, check_persons};
use crate::token;
use crate::trust::TrustStore;
use crate::verdict::{Check, Code, Ledger, Place, Refusal, Verdict};
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Verifies tokens against expectations and issues assertions. `Send + Sync`: one for all threads.
pub struct Broker {
    policy: Policy,
    trust: Arc<TrustStore>,
    register: Register,
    issuer: Issuer,
    audience: String,
    origin: Option<String>,
    service: Option<ServiceProvider>,
    lifetime_s: u32,
    config: String,
    seal: SealKey,
    audit_key: Zeroizing<[u8; 32]>,
    chains: PathCache,
    replay: Arc<dyn ReplayStore>,
    audit: Arc<dyn AuditSink>,
    random: Arc<dyn Random>,
}

/// Everything that a broker is made of. There is no default for any of it.
#[expect(clippy::exhaustive_structs, reason = "leaving out a part must not compile")]
pub struct Parts {
    /// What is acceptable.
    pub policy: Policy,
    /// Whom to believe.
    pub trust: Arc<TrustStore>,
    /// What each procedure may see.
    pub register: Register,
    /// The exact `iss` of the assertions, an https URL.
    pub issuer: String,
    /// The key that signs assertions.
    pub signer: Arc<dyn Signer>,
    /// The key from which subjects are derived.
    pub pairwise: PairwiseKey,
    /// The key under which expectations are sealed.
    pub seal: SealKey,
    /// The key of the tags by which audit records name a subject.
    pub audit_key: Zeroizing<[u8; 32]>,
    /// The whole client identifier with its prefix, as wallets sign it.
    pub audience: String,
    /// How long an expectation lives. Seconds, 30 to 3600.
    pub expectation_lifetime_s: u32,
    /// SHA-256 of the configuration, named in every audit record.
    pub config_digest: [u8; 32],
    /// What must not be accepted twice.
    pub replay: Arc<dyn ReplayStore>,
    /// Where records go.
    pub audit: Arc<dyn AuditSink>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// An expectation and its sealed form.
#[derive(Debug)]
#[non_exhaustive]
pub struct Expected {
    /// Nonce and audience for the request.
    pub expectation: Expectation,
    /// What the portal hands back with the token.
    pub sealed: String,
    /// For the families of SAML the signed request, ready to send.
    pub request: Option<AuthnRequest>,
}

/// A verified person: every mandatory check passed, and the expectation is used up.
pub struct Verified {
    identity: Identity,
    policy: String,
    checked_at: UnixTime,
}

impl Verified {
    /// The person.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The policy of the verdict, `name/version#hash`.
    #[must_use]
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// Time of the check.
    #[must_use]
    pub const fn checked_at(&self) -> UnixTime {
        self.checked_at
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("policy", &self.policy)
            .field("checked_at", &self.checked_at)
            .finish_non_exhaustive()
    }
}

/// Who asks for an assertion, after the host has authenticated it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Request<'a> {
    /// Id of the client.
    pub client: &'a str,
    /// Wanted scopes; `None` means all that are registered.
    pub scopes: Option<&'a [String]>,
    /// To whose key the assertion is to be bound.
    pub binding: Option<crate::register::Binding>,
}

impl<'a> Request<'a> {
    /// Asks for all registered scopes, without binding.
    #[must_use]
    pub const fn new(client: &'a str) -> Self {
        Self { client, scopes: None, binding: None }
    }
}

const EXPECTATION: &[Check] =
    &[Check::ExpectationOpened, Check::ExpectationDeadline, Check::ExpectationFamily];

// What stands behind every assertion, besides the family's own list.
const ISSUED: &[Check] = &[
    Check::PolicyMints,
    Check::RegisterProcedure,
    Check::RegisterClient,
    Check::RegisterFamily,
    Check::RegisterPersons,
    Check::RegisterLoa,
    Check::RegisterAge,
    Check::RegisterScopes,
    Check::RegisterEssential,
    Check::RegisterBinding,
    Check::ExpectationConsumed,
    Check::SubjectPairwise,
    Check::AssertionSigned,
    Check::AuditDurable,
];

// What says of itself that it is for one use is recorded as used.
const fn single_use(family: Family) -> &'static [Check] {
    if family.is_saml() { &[Check::AssertionUnused] } else { &[] }
}

// Room for the chains of every PID provider of the Union and their renewals.
const CHAINS: usize = 256;

impl Broker {
    /// Puts a broker together.
    ///
    /// # Errors
    /// [`Code::MisuseArgument`] naming the part that is out of range.
    pub fn new(mut parts: Parts) -> Result<Self, Refusal> {
        let lifetime = LIFETIME_S.contains(&parts.expectation_lifetime_s);
        let audience = AUDIENCE_LEN.contains(&parts.audience.len());
        if !lifetime || !audience || !parts.policy.is_in_range() {
            return Err(Refusal::new(Code::MisuseArgument, Place::part("broker")));
        }
        let sectors = parts.register.procedures().map(|procedure| procedure.sector.as_str());
        parts.pairwise.prepare(sectors)?;
        Ok(Self {
            issuer: Issuer::new(&parts.issuer, parts.signer, parts.pairwise)?,
            policy: parts.policy,
            trust: parts.trust,
            register: parts.register,
            audience: parts.audience,
            origin: None,
            service: None,
            lifetime_s: parts.expectation_lifetime_s,
            config: base64url::encode(&parts.config_digest),
            seal: parts.seal,
            audit_key: parts.audit_key,
            chains: PathCache::new(CHAINS),
            replay: parts.replay,
            audit: parts.audit,
            random: parts.random,
        })
    }

    /// The same broker, with the origin of the login page: cards log in there and nowhere else.
    ///
    /// * `origin`: as a browser serialises it, for instance `https://login.example.org`; see
    ///   [`is_serialised_origin`]. It comes from configuration, never from a request.
    ///
    /// # Errors
    /// [`Code::OriginMalformed`].
    pub fn with_origin(mut self, origin: &str) -> Result<Self, Refusal> {
        if !is_serialised_origin(origin) || !AUDIENCE_LEN.contains(&origin.len()) {
            return Err(Refusal::new(Code::OriginMalformed, Place::part("broker")));
        }
        self.origin = Some(origin.to_owned());
        Ok(self)
    }

    /// The policy in force.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Makes an expectation for a procedure and a family.
    ///
    /// # Errors
    /// As [`Self::expect_with`].
    pub fn expect(
        &self,
        procedure: &str,
        family: Family,
        now: UnixTime,
    ) -> Result<Expected, Refusal> {
        self.expect_with(procedure, family, &ExpectOptions::default(), now)
    }

    /// Makes an expectation, and for the families of SAML the signed request that goes with it.
    ///
    /// # Errors
    /// [`Code::ProcedureUnknown`], [`Code::FamilyDenied`] or [`Code::RandomFailed`];
    /// [`Code::OriginMalformed`] for a family of cards without [`Self::with_origin`];
    /// [`Code::MisuseArgument`] for options that the family does not take.
    ///
    /// For the families of SAML besides: [`Code::MisuseServiceProvider`] without
    /// [`Self::with_service_provider`] and what the family needs of it; [`Code::MisuseIssuer`] when
    /// several identity providers could be asked and none is named; the codes of
    /// [`TrustStore::saml_issuer`] and [`Code::IssuerNotOffered`] for one that is not configured or
    /// not usable; [`Code::IssuerEndpoint`]; [`Code::IssuerEncryptionKey`]; [`Code::ScopeDenied`]; [`Code::IdentityPersons`];
    /// [`Code::SignerFailed`].
    pub fn expect_with(
        &self,
        procedure: &str,
        family: Family,
        options: &ExpectOptions<'_>,
        now: UnixTime,
    ) -> Result<Expected, Refusal> {
        let registered = self.register.procedure(procedure).ok_or(Code::ProcedureUnknown)?;
        if !registered.families.contains(&family) {
            return Err(Code::FamilyDenied.into());
        }
        let audience = match family {
            Family::BundId | Family::EidServer | Family::EidasSaml => {
                return self.ask(registered, family, options, now);
            }
            // What a device signs over is fixed by a request of OpenID4VP, which is not made here yet.
            Family::Mdoc => {
                return Err(Refusal::new(Code::HandoverDenied, Place::part("expectation")));
            }
            Family::SdJwtVc => self.audience.as_str(),
            Family::Certificate | Family::WebEid => {
                let missing = Refusal::new(Code::OriginMalformed, Place::part("broker"));
                self.origin.as_deref().ok_or(missing)?
            }
        };
        if !options.is_empty() {
            return Err(Refusal::new(Code::MisuseArgument, Place::part("expectation")));
        }
        self.sealed(self.expectation(registered, family, audience, now)?, None)
    }

    /// Opens a sealed expectation to look at it. Neither its deadline is checked nor is it used up.
    ///
    /// # Errors
    /// [`Code::RequestMalformed`] or [`Code::RequestMismatch`].
    pub fn open_expectation(&self, sealed: &str) -> Result<Expectation, Refusal> {
        Expectation::open(sealed, &self.seal, self.issuer.name())
    }

    /// Verifies a token against a sealed expectation and uses the expectation up.
    ///
    /// * `token`: as received; for [`Family::Certificate`] the [`Handshake`](crate::token::certificate::Handshake) of the host's own TLS
    ///   connection, and never what a client sent. Nothing in it is a proof: a portal that passes on
    ///   bytes of a browser under an expectation of this family lets anybody be anybody.
    ///
    /// Persons for whom the procedure is not registered are refused, as they are by [`Self::assert`];
    /// its level, its age of the act and its scopes are for the caller to hold.
    ///
    /// A refused token leaves the expectation usable until its deadline, so that garbage sent by a
    /// stranger does not lock the honest holder out.
    #[must_use]
    pub fn verify(&self, sealed: &str, token: &[u8], now: UnixTime) -> Verdict<Verified> {
        self.verify_with_evidence(sealed, token, Evidence::NONE, now)
    }

    /// The same with what the host fetched because an earlier verdict needed it. A verdict that needs
    /// something leaves the expectation usable until its deadline.
    #[must_use]
    pub fn verify_with_evidence(
        &self,
        sealed: &str,
        token: &[u8],
        evidence: Evidence<'_>,
        now: UnixTime,
    ) -> Verdict<Verified> {
        let opened = self.open_and_verify(sealed, "", token, evidence, now);
        let (expectation, identity, mut ledger) = match opened {
            Ok(verified) => verified,
            Err(verdict) => return *verdict,
        };
        let admitted = self.admit(&expectation, &identity, &mut ledger);
        let consumed =
            admitted.and_then(|()| self.consume(&expectation, &identity, now, &mut ledger));
        if let Err(refusal) = consumed {
            self.record_refusal(&expectation, "", refusal, now);
            return Verdict::Refused { refusal, ledger };
        }
        // The person's data are handed out: that is recorded first, as for an assertion.
        let record = self.record_verified(&expectation, &identity, now);
        let written = self.audit.append(record.as_bytes()).map_err(|_| Code::StorageAudit);
        if let Err(refusal) = ledger.record(Check::AuditDurable, written) {
            return Verdict::Refused { refusal, ledger };
        }
        let verified = Verified { identity, policy: self.policy.label(), checked_at: now };
        let handed_out = &[Check::RegisterPersons, Check::ExpectationConsumed, Check::AuditDurable];
        let family = expectation.family();
        let mandatory =
            [token::mandatory(family), EXPECTATION, single_use(family), handed_out].concat();
        ledger.accept(&mandatory, verified)
    }

    /// Verifies a token, releases to the procedure what it may see, and issues the assertion.
    ///
    /// * `token`: as in [`Self::verify`].
    ///
    /// The audit record is durable before the assertion is handed out; a refusal is recorded too.
    #[must_use]
    pub fn assert(
        &self,
        sealed: &str,
        request: &Request<'_>,
        token: &[u8],
        now: UnixTime,
    ) -> Verdict<Assertion> {
        self.assert_with_evidence(sealed, request, token, Evidence::NONE, now)
    }

    /// The same with what the host fetched, as [`Self::verify_with_evidence`].
    #[must_use]
    pub fn assert_with_evidence(
        &self,
        sealed: &str,
        request: &Request<'_>,
        token: &[u8],
        evidence: Evidence<'_>,
        now: UnixTime,
    ) -> Verdict<Assertion> {
        let (expectation, identity, mut ledger) =
            match self.open_and_verify(sealed, request.client, token, evidence, now) {
                Ok(verified) => verified,
                Err(verdict) => return *verdict,
            };
        match self.issue(&expectation, &identity, request, now, &mut ledger) {
            Ok(assertion) => {
                let family = expectation.family();
                let mandatory =
                    [token::mandatory(family), EXPECTATION, single_use(family), ISSUED].concat();
                ledger.accept(&mandatory, assertion)
            }
            Err(refusal) => {
                self.record_refusal(&expectation, request.client, refusal, now);
                Verdict::Refused { refusal, ledger }
            }
        }
    }

    fn open_and_verify<T>(
        &self,
        sealed: &str,
        client: &str,
        token: &[u8],
        evidence: Evidence<'_>,
        now: UnixTime,
    ) -> Result<(Expectation, Identity, Ledger), Box<Verdict<T>>> {
        let mut ledger = Ledger::new();
        let expectation = match self.open(sealed, now, &mut ledger) {
            Ok(expectation) => expectation,
            Err(refusal) => return Err(Box::new(Verdict::Refused { refusal, ledger })),
        };
        let mut context = token::Context::new(
            &self.policy,
            &self.trust,
            &self.chains,
            expectation.nonce(),
            expectation.audience(),
            now,
        )
        .with_evidence(evidence)
        .requested_at(expectation.created());
        context.saml = self.service.as_ref().and_then(|service| expectation.saml(service));
        match token::verify_with(expectation.family(), ledger, token, &context) {
            Verdict::Accepted(accepted) => {
                let (identity, ledger) = accepted.into_parts();
                Ok((expectation, identity, ledger))
            }
            // The expectation stays: the host fetches, and hands the same token in again.
            Verdict::Needs { needs, ledger } => Err(Box::new(Verdict::Needs { needs, ledger })),
            Verdict::Refused { refusal, ledger } => {
                self.record_refusal(&expectation, client, refusal, now);
                Err(Box::new(Verdict::Refused { refusal, ledger }))
            }
        }
    }

    fn open(
        &self,
        sealed: &str,
        now: UnixTime,
        ledger: &mut Ledger,
    ) -> Result<Expectation, Refusal> {
        let opened = Expectation::open(sealed, &self.seal, self.issuer.name());
        let expectation = ledger.record(Check::ExpectationOpened, opened)?;
        let in_time = expectation.check_deadline(now, self.policy.leeway_s);
        ledger.record(Check::ExpectationDeadline, in_time)?;
        // The register may have changed since.
        let procedure = self.register.procedure(expectation.procedure());
        let still = procedure.is_some_and(|p| p.families.contains(&expectation.family()));
        let mut still = if still { Ok(()) } else { Err(Code::RequestMismatch) };
        // So may the settings: who it was made for must be who is asked now.
        if expectation.family().is_saml() {
            let entity_id = self.service.as_ref().map(|service| service.entity_id.as_str());
            let same = entity_id == Some(expectation.audience());
            still = still.and(if same { Ok(()) } else { Err(Code::RequestMismatch) });
        }
        ledger.record(Check::ExpectationFamily, still)?;
        Ok(expectation)
    }

    // A person whom the procedure may not hear of is not handed out, assertion or not.
    fn admit(
        &self,
        expectation: &Expectation,
        identity: &Identity,
        ledger: &mut Ledger,
    ) -> Result<(), Refusal> {
        let procedure = self.register.procedure(expectation.procedure());
        let admitted = procedure
            .ok_or_else(|| Code::ProcedureUnknown.into())
            .and_then(|procedure| check_persons(procedure, identity));
        ledger.record(Check::RegisterPersons, admitted)
    }

    // Uses up the expectation, and the statement with it where it is for one use.
    fn consume(
        &self,
        expectation: &Expectation,
        identity: &Identity,
        now: UnixTime,
        ledger: &mut Ledger,
    ) -> Result<(), Refusal> {
        let consumed = expectation.consume(self.replay.as_ref(), now);
        ledger.record(Check::ExpectationConsumed, consumed)?;
        let Some(single_use) = identity.single_use else { return Ok(()) };
        let (key, until) = (&single_use.key, single_use.until);
        let unused = match self.replay.insert_if_absent(Namespace::SamlAssertion, key, until, now) {
            Ok(Insertion::Inserted) => Ok(()),
            Ok(Insertion::AlreadyPresent) => Err(Code::ReplayToken),
            Err(_) => Err(Code::StorageReplay),
        };
        ledger.record(Check::AssertionUnused, unused)
    }

    fn issue(
        &self,
        expectation: &Expectation,
        identity: &Identity,
        request: &Request<'_>,
        now: UnixTime,
        ledger: &mut Ledger,
    ) -> Result<Assertion, Refusal> {
        let mut wanted = ReleaseRequest::new(expectation.procedure(), request.client);
        wanted.scopes = request.scopes;
        wanted.binding = request.binding;
        let released = self.register.release(&wanted, identity, now, ledger)?;
        // From here on the expectation is used up, whatever happens.
        self.consume(expectation, identity, now, ledger)?;
        let unrecorded = self.issuer.issue(&released, now, self.random.as_ref(), ledger)?;
        let tag = identity.identifier().map(|identifier| self.subject_tag(identifier));
        let record = serde_json::json!({
            "event": "assertion.issued",
            "time": now.to_string(),
            "txn": unrecorded.txn(),
            "jti": unrecorded.jti(),
            "procedure": expectation.procedure(),
            "legal_basis": released.legal_basis(),
            "client": request.client,
            "family": expectation.family().name(),
            "anchor": identity.provenance().anchor.as_ref(),
            "issuer_country": identity.provenance().issuing_country.as_str(),
            "loa": identity.loa().uri(),
            "statement": identity.statement().map(statement),
            "outcome": "issued",
            "claims_released": released.claims_released().collect::<Vec<_>>(),
            "claims_withheld": released.claims_withheld().collect::<Vec<_>>(),
            "subject_tag": tag,
            "policy": self.policy.label(),
            "register": base64url::encode(released.register_digest()),
            "config": self.config,
        });
        unrecorded.record(self.audit.as_ref(), record.to_string().as_bytes(), ledger)
    }

    fn record_verified(
        &self,
        expectation: &Expectation,
        identity: &Identity,
        now: UnixTime,
    ) -> String {
        let tag = identity.identifier().map(|identifier| self.subject_tag(identifier));
        let shown: Vec<&str> = identity.attributes().map(|(name, _)| name.name()).collect();
        let record = serde_json::json!({
            "event": "token.verified",
            "time": now.to_string(),
            "procedure": expectation.procedure(),
            "family": expectation.family().name(),
            "anchor": identity.provenance().anchor.as_ref(),
            "issuer_country": identity.provenance().issuing_country.as_str(),
            "loa": identity.loa().uri(),
            "statement": identity.statement().map(statement),
            "outcome": "verified",
            "attributes": shown,
            "subject_tag": tag,
            "policy": self.policy.label(),
            "config": self.config,
        });
        record.to_string()
    }

    // A refusal stays a refusal when its record cannot be written; nothing was handed out.
    fn record_refusal(
        &self,
        expectation: &Expectation,
        client: &str,
        refusal: Refusal,
        now: UnixTime,
    ) {
        // A client that nobody registered has no name here: it could be anything, of any length.
        let client = self.register.client(client).map(|client| client.id.as_str());
        let record = serde_json::json!({
            "event": "token.refused",
            "time": now.to_string(),
            "procedure": expectation.procedure(),
            "client": client,
            "family": expectation.family().name(),
            "outcome": refusal.code().name(),
            "policy": self.policy.label(),
            "config": self.config,
        });
        let _ = self.audit.append(record.to_string().as_bytes());
    }

    // Names the same person in records of one key, and nobody else: 128 bits of a keyed hash.
    fn subject_tag(&self, identifier: &StableIdentifier) -> String {
        let parts = [identifier.kind().name().as_bytes(), b"\0", identifier.value().as_bytes()];
        let tag = hmac_sha256(self.audit_key.as_slice(), &parts);
        base64url::encode(tag.get(..16).unwrap_or_default())
    }
}

// Which signed octets the identity was read from, for who has to find them again.
fn statement(statement: &SignedStatement) -> serde_json::Value {
    serde_json::json!({
        "issuer": statement.issuer.as_ref(),
        "key": statement.key,
        "algorithm": statement.algorithm,
        "sha256": base64url::encode(&statement.sha256),
    })
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker")
            .field("issuer", &self.issuer.name())
            .field("policy", &self.policy.label())
            .finish_non_exhaustive()
    }
}
