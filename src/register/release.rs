use super::Binding;
use super::select::select;
use super::{Procedure, Register, SenderConstraint, SubjectMode};
use crate::UnixTime;
use crate::identity::{Identity, Loa, Provenance, StableIdentifier};
use crate::verdict::{Check, Code, Detail, Ledger, Place, Refusal};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// What a client asks for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ReleaseRequest<'a> {
    /// Id of the procedure.
    pub procedure: &'a str,
    /// Id of the client, after the host has authenticated it.
    pub client: &'a str,
    /// Wanted scopes, in any order; `None` means all that are registered. At most 256.
    pub scopes: Option<&'a [String]>,
    /// To whose key the assertion is to be bound.
    pub binding: Option<Binding>,
}

impl<'a> ReleaseRequest<'a> {
    /// Asks for all registered scopes, without binding.
    #[must_use]
    pub const fn new(procedure: &'a str, client: &'a str) -> Self {
        Self { procedure, client, scopes: None, binding: None }
    }
}

impl Register {
    /// Releases to one procedure what it may see of a verified person.
    ///
    /// Checks, in this order: the verdict is not of a laboratory policy; the procedure is registered; the client may ask for it; the family is
    /// accepted; the kind of persons is; level of assurance; age of the person's act; scopes; each essential claim; sender
    /// constraint; stable identifier. The first that fails is the refusal. Each leaves its line in
    /// the ledger; `subject.pairwise` passes only when the subject is derived.
    ///
    /// Each attribute must itself have the level that the procedure demands, else it counts as
    /// missing. A missing claim that is not essential is left out and listed as withheld.
    ///
    /// Not checked here: that the request comes from `client`; the host authenticates it.
    ///
    /// # Errors
    /// [`Code::PolicyLaboratory`], [`Code::ProcedureUnknown`], [`Code::ClientDenied`],
    /// [`Code::FamilyDenied`], [`Code::IdentityPersons`], [`Code::LoaInsufficient`], [`Code::AuthAge`], [`Code::ScopeDenied`],
    /// [`Code::ScopeUnavailable`], [`Code::BindingRequired`], [`Code::IdentityNoStableIdentifier`].
    pub fn release(
        &self,
        request: &ReleaseRequest<'_>,
        identity: &Identity,
        now: UnixTime,
        ledger: &mut Ledger,
    ) -> Result<Released, Refusal> {
        // A laboratory verdict is for looking at (docs/rules.md, 7).
        let mints = if identity.is_laboratory() { Err(Code::PolicyLaboratory) } else { Ok(()) };
        ledger.record(Check::PolicyMints, mints)?;
        let found = self.procedures.get(request.procedure).ok_or(Code::ProcedureUnknown);
        let procedure = ledger.record(Check::RegisterProcedure, found)?;
        ledger.record(Check::RegisterClient, self.check_client(procedure, request.client))?;
        ledger.record(Check::RegisterFamily, check_family(procedure, identity))?;
        ledger.record(Check::RegisterPersons, check_persons(procedure, identity))?;
        ledger.record(Check::RegisterLoa, check_loa(procedure, identity.loa()))?;
        ledger.record(Check::RegisterAge, check_age(procedure, identity, now))?;
        let scopes = ledger.record(Check::RegisterScopes, wanted(procedure, request.scopes))?;
        let selection = select(procedure, &scopes, identity, now);
        let selection = ledger.record(Check::RegisterEssential, selection)?;
        check_binding(procedure.sender_constraint, request.binding, ledger)?;
        let subject = subject(procedure.subject, identity)
            .map_err(|refusal| ledger.fail(Check::SubjectPairwise, refusal))?;
        Ok(Released {
            client: request.client.to_owned(),
            scopes: scopes.into_iter().map(str::to_owned).collect(),
            claims: selection.claims,
            withheld: selection.withheld,
            loa: identity.loa(),
            authenticated_at: identity.authenticated_at(),
            methods: identity.methods(),
            provenance: Arc::clone(&identity.provenance),
            subject,
            binding: request.binding,
            register_digest: self.digest,
            procedure: Arc::clone(procedure),
        })
    }

    fn check_client(&self, procedure: &Procedure, client: &str) -> Result<(), Code> {
        let admitted = self.clients.contains_key(client) && procedure.clients.contains(client);
        if admitted { Ok(()) } else { Err(Code::ClientDenied) }
    }
}

/// What one procedure may see of one person, and all that an assertion about it needs.
///
/// Only [`Register::release`] builds one. It is used up by one assertion and cannot be copied.
/// `Debug` shows names, never values.
pub struct Released {
    procedure: Arc<Procedure>,
    client: String,
    scopes: Vec<String>,
    claims: BTreeMap<String, Value>,
    withheld: BTreeSet<String>,
    loa: Loa,
    authenticated_at: UnixTime,
    methods: &'static [&'static str],
    provenance: Arc<Provenance>,
    subject: ReleasedSubject,
    binding: Option<Binding>,
    register_digest: [u8; 32],
}

/// From what the subject of the assertion is made.
pub(crate) enum ReleasedSubject {
    /// From the identifier, within the procedure's sector.
    Pairwise(StableIdentifier),
    /// From randomness; the identifier is not even handed on.
    Transient,
}

impl Released {
    /// Names of the released claims, sorted.
    pub fn claims_released(&self) -> impl Iterator<Item = &str> {
        self.claims.keys().map(String::as_str)
    }

    /// Names of the claims that were asked for and cannot be made, sorted.
    pub fn claims_withheld(&self) -> impl Iterator<Item = &str> {
        self.withheld.iter().map(String::as_str)
    }

    /// The legal basis of the processing, for the record.
    #[must_use]
    pub fn legal_basis(&self) -> &str {
        &self.procedure.legal_basis
    }

    /// Id of the procedure.
    #[must_use]
    pub fn procedure_id(&self) -> &str {
        &self.procedure.id
    }

    /// The registration: audience, sector, lifetime, algorithm, purpose, legal basis.
    pub(crate) fn procedure(&self) -> &Procedure {
        &self.procedure
    }

    pub(crate) fn client(&self) -> &str {
        &self.client
    }

    /// Sorted, each once.
    pub(crate) fn scopes(&self) -> &[String] {
        &self.scopes
    }

    pub(crate) const fn claims(&self) -> &BTreeMap<String, Value> {
        &self.claims
    }

    pub(crate) const fn loa(&self) -> Loa {
        self.loa
    }

    pub(crate) const fn authenticated_at(&self) -> UnixTime {
        self.authenticated_at
    }

    pub(crate) const fn methods(&self) -> &'static [&'static str] {
        self.methods
    }

    pub(crate) fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    pub(crate) const fn subject(&self) -> &ReleasedSubject {
        &self.subject
    }

    pub(crate) const fn binding(&self) -> Option<Binding> {
        self.binding
    }

    pub(crate) const fn register_digest(&self) -> &[u8; 32] {
        &self.register_digest
    }
}

impl fmt::Debug for Released {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Released")
            .field("procedure", &self.procedure.id)
            .field("client", &self.client)
            .field("scopes", &self.scopes)
            .field("claims", &self.claims.keys())
            .field("withheld", &self.withheld)
            .field("loa", &self.loa)
            .finish_non_exhaustive()
    }
}

fn check_family(procedure: &Procedure, identity: &Identity) -> Result<(), Refusal> {
    let family = identity.provenance().family;
    if procedure.families.contains(&family) {
        return Ok(());
    }
    Err(Refusal::from(Code::FamilyDenied).with(Detail::Name(family.name())))
}

/// Whether a procedure is registered for the persons of an identity. One that is not would take a
/// representative for the person that is represented, or a company for a citizen.
///
/// # Errors
/// [`Code::IdentityPersons`].
pub(crate) fn check_persons(procedure: &Procedure, identity: &Identity) -> Result<(), Refusal> {
    let persons = identity.persons();
    if procedure.admits(persons) {
        return Ok(());
    }
    let name = match (persons.representative, procedure.persons.contains(&persons.subject)) {
        (Some(_), true) => "represented",
        _ => persons.subject.name(),
    };
    Err(Refusal::from(Code::IdentityPersons).with(Detail::Name(name)))
}

fn check_loa(procedure: &Procedure, loa: Loa) -> Result<(), Refusal> {
    if loa.satisfies(procedure.min_loa, procedure.notified_only) {
        return Ok(());
    }
    Err(Refusal::from(Code::LoaInsufficient).with(Detail::Name(loa.uri())))
}

// The families check the time of the act against their leeway; an act further ahead than the largest
// leeway of any policy is not fresh, it is wrong.
fn check_age(procedure: &Procedure, identity: &Identity, now: UnixTime) -> Result<(), Refusal> {
    let at = identity.authenticated_at();
    let bound = at.plus(procedure.max_auth_age_s.into());
    if now <= bound && at <= now.plus(MAX_LEEWAY_S) {
        return Ok(());
    }
    let detail = Detail::Time { bound: bound.secs(), now: now.secs() };
    Err(Refusal::from(Code::AuthAge).with(detail))
}

// Sorted and each once, so that the order of the request leaves no trace. An empty list asks for
// nothing, and an assertion without scope has no meaning.
fn wanted<'a>(
    procedure: &'a Procedure,
    requested: Option<&[String]>,
) -> Result<BTreeSet<&'a str>, Refusal> {
    let Some(requested) = requested else {
        return Ok(procedure.scopes.keys().map(String::as_str).collect());
    };
    if requested.is_empty() || requested.len() > MAX_REQUESTED_SCOPES {
        return Err(Refusal::new(Code::ScopeDenied, Place::part("scope")));
    }
    let find = |(index, scope): (usize, &String)| {
        let registered = procedure.scopes.get_key_value(scope);
        let denied = Refusal::new(Code::ScopeDenied, Place::nth("scope", index));
        registered.map(|(name, _)| name.as_str()).ok_or(denied)
    };
    requested.iter().enumerate().map(find).collect()
}

fn check_binding(
    constraint: SenderConstraint,
    binding: Option<Binding>,
    ledger: &mut Ledger,
) -> Result<(), Refusal> {
    use SenderConstraint as S;
    match (constraint, binding) {
        (S::None, None) => ledger.skip(Check::RegisterBinding),
        (S::Dpop | S::Either, Some(Binding::Jkt(_)))
        | (S::Mtls | S::Either, Some(Binding::X5tS256(_))) => ledger.pass(Check::RegisterBinding),
        (S::None | S::Mtls, Some(Binding::Jkt(_)))
        | (S::None | S::Dpop, Some(Binding::X5tS256(_)))
        | (S::Dpop | S::Mtls | S::Either, None) => {
            let refusal = Refusal::new(Code::BindingRequired, Place::part("sender_constraint"))
                .with(Detail::Name(constraint.name()));
            return Err(ledger.fail(Check::RegisterBinding, refusal));
        }
    }
    Ok(())
}

fn subject(mode: SubjectMode, identity: &Identity) -> Result<ReleasedSubject, Refusal> {
    match mode {
        SubjectMode::Transient => Ok(ReleasedSubject::Transient),
        SubjectMode::Pairwise => identity
            .identifier()
            .cloned()
            .map(ReleasedSubject::Pairwise)
            .ok_or(Code::IdentityNoStableIdentifier.into()),
    }
}

// No policy tolerates more.
const MAX_LEEWAY_S: u64 = 120;

// Four times what a procedure can register; bounds the work for a list of repetitions.
const MAX_REQUESTED_SCOPES: usize = 256;

#[cfg(test)]
mod tests {
    use super::super::properties::{PROCEDURE, register};
    use super::super::{ClaimRule, Transformation};
    use super::*;
    use crate::identity::{
        AttributeName, LevelOfAssurance, PersonKind, Persons, Representative, fixture,
    };
    use crate::verdict::Outcome;

    const NOW: UnixTime = fixture::AUTHENTICATED_AT;

    fn release(register: &Register, request: &ReleaseRequest<'_>) -> Result<Released, Code> {
        release_of(register, request, &fixture::erika(), NOW)
    }

    fn release_of(
        register: &Register,
        request: &ReleaseRequest<'_>,
        identity: &Identity,
        now: UnixTime,
    ) -> Result<Released, Code> {
        let mut ledger = Ledger::new();
        let released = register.release(request, identity, now, &mut ledger);
        let last = ledger.entries().last().copied().unwrap();
        match &released {
            Ok(_) => assert_ne!(last.outcome, Outcome::Failed),
            Err(refusal) => assert_eq!(last.reason, Some(refusal.code())),
        }
        released.map_err(|refusal| refusal.code())
    }

    fn ask() -> ReleaseRequest<'static> {
        ReleaseRequest::new(PROCEDURE, "legacy-17")
    }

    fn changed(change: impl FnOnce(&mut Procedure)) -> Register {
        let mut register = register();
        change(Arc::make_mut(register.procedures.get_mut(PROCEDURE).unwrap()));
        register
    }

    #[test]
    fn releases_what_is_registered_and_no_more() {
        let released = release(&register(), &ask()).unwrap();
        let claims: Vec<_> = released.claims_released().collect();
        let expected = [
            "age_over_18",
            "family_name",
            "family_name_translit",
            "given_name",
            "residence_locality",
        ];
        assert_eq!(claims, expected);
        assert_eq!(released.claims_withheld().count(), 0);
        assert_eq!(released.scopes(), ["identity.address", "identity.core"]);
        assert_eq!(released.procedure_id(), PROCEDURE);
        assert_eq!(released.procedure().sector, "building");
        assert_eq!(released.client(), "legacy-17");
        assert_eq!(released.register_digest(), register().digest());
        assert_eq!((released.loa(), released.authenticated_at()), (fixture::HIGH, NOW));
        assert_eq!(released.methods(), ["pop", "hwk"]);
        assert_eq!(released.provenance().issuing_country.as_str(), "AT");
        assert_eq!(released.binding(), None);
        assert_eq!(released.claims().len(), 5);
        let ReleasedSubject::Pairwise(identifier) = released.subject() else { panic!() };
        assert_eq!(identifier.value(), "AT:1234567890");
    }

    #[test]
    fn leaves_a_line_for_each_check_in_their_order() {
        let mut ledger = Ledger::new();
        let register = register();
        register.release(&ask(), &fixture::erika(), NOW, &mut ledger).unwrap();
        let checks: Vec<_> = ledger.entries().iter().map(|entry| entry.check).collect();
        let expected = [
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
        ];
        assert_eq!(checks, expected);
        assert_eq!(ledger.outcome(Check::RegisterBinding), Outcome::NotApplicable);
    }

    #[test]
    fn refuses_an_unknown_procedure_or_client() {
        let unknown = ReleaseRequest::new("urn:procedure:building-permit ", "legacy-17");
        assert_eq!(release(&register(), &unknown).unwrap_err(), Code::ProcedureUnknown);
        for client in ["", "legacy-1", "legacy-18", "LEGACY-17"] {
            let denied = ReleaseRequest { client, ..ask() };
            assert_eq!(release(&register(), &denied).unwrap_err(), Code::ClientDenied);
        }
        // Defined, but not for this procedure.
        let register = changed(|procedure| procedure.clients.clear());
        assert_eq!(release(&register, &ask()).unwrap_err(), Code::ClientDenied);
    }

    #[test]
    fn refuses_a_family_that_is_not_registered() {
        let register = changed(|procedure| procedure.families.clear());
        assert_eq!(release(&register, &ask()).unwrap_err(), Code::FamilyDenied);
    }

    #[test]
    fn hears_only_of_the_persons_that_are_registered() {
        use PersonKind as P;
        let ask_for = |register: &Register, subject, representative| {
            let mut identity = fixture::erika();
            identity.persons = Persons { subject, representative };
            release_of(register, &ask(), &identity, NOW).err()
        };
        let refused = Some(Code::IdentityPersons);
        let natural = register();
        assert_eq!(ask_for(&natural, P::Natural, None), None);
        assert_eq!(ask_for(&natural, P::Legal, None), refused);
        assert_eq!(ask_for(&natural, P::NaturalAndLegal, None), refused);
        for who in Representative::ALL {
            assert_eq!(ask_for(&natural, P::Natural, Some(*who)), refused);
        }
        let more = changed(|procedure| {
            procedure.persons = [P::Natural, P::Legal].into();
            procedure.representatives = [Representative::Natural].into();
        });
        assert_eq!(ask_for(&more, P::Legal, None), None);
        assert_eq!(ask_for(&more, P::Legal, Some(Representative::Natural)), None);
        assert_eq!(ask_for(&more, P::Legal, Some(Representative::Legal)), refused);
        assert_eq!(ask_for(&more, P::NaturalAndLegal, None), refused);
    }

    #[test]
    fn of_what_is_told_without_assurance_not_even_the_absence_is_told() {
        let register = changed(|procedure| {
            let rule = ClaimRule::new(AttributeName::Email, Transformation::Present);
            procedure.scopes.get_mut("identity.address").unwrap().rules.push(rule);
        });
        let mut identity = fixture::erika();
        identity.attributes.remove(&AttributeName::Email);
        let told = |identity: &Identity| {
            let released = release_of(&register, &ask(), identity, NOW).unwrap();
            released.claims().get("email_present").cloned()
        };
        assert_eq!(told(&identity), Some(Value::Bool(false)));
        identity.unassured.insert(AttributeName::Email);
        assert_eq!(told(&identity), None);
    }

    #[test]
    fn refuses_a_level_below_and_a_scheme_that_is_not_notified() {
        let mut identity = fixture::erika();
        for (level, notified, accepted) in [
            (LevelOfAssurance::Low, true, false),
            (LevelOfAssurance::Substantial, true, false),
            (LevelOfAssurance::High, true, true),
            (LevelOfAssurance::High, false, false),
        ] {
            identity.loa = Loa { level, notified };
            let register = changed(|procedure| procedure.min_loa = LevelOfAssurance::High);
            let result = release_of(&register, &ask(), &identity, NOW);
            assert_eq!(result.err(), (!accepted).then_some(Code::LoaInsufficient));
        }
    }

    #[test]
    fn refuses_past_the_age_of_the_act() {
        let identity = fixture::erika();
        let at = |now| release_of(&register(), &ask(), &identity, now).err();
        assert_eq!(at(NOW.plus(900)), None);
        assert_eq!(at(NOW.plus(901)), Some(Code::AuthAge));
        assert_eq!(at(NOW.minus(MAX_LEEWAY_S)), None);
        assert_eq!(at(NOW.minus(MAX_LEEWAY_S + 1)), Some(Code::AuthAge));
    }

    #[test]
    fn releases_the_requested_scopes_only() {
        let scopes = ["identity.address".to_owned(), "identity.address".to_owned()];
        let request = ReleaseRequest { scopes: Some(&scopes), ..ask() };
        let released = release(&register(), &request).unwrap();
        assert_eq!(released.scopes(), ["identity.address"]);
        assert_eq!(released.claims_released().collect::<Vec<_>>(), ["residence_locality"]);
    }

    #[test]
    fn refuses_scopes_that_are_not_registered() {
        let core = || "identity.core".to_owned();
        for scopes in [
            vec![],
            vec![String::new()],
            vec!["Identity.core".to_owned()],
            vec![core(), "identity.all".to_owned()],
            vec![core(); MAX_REQUESTED_SCOPES + 1],
        ] {
            let request = ReleaseRequest { scopes: Some(&scopes), ..ask() };
            assert_eq!(release(&register(), &request).unwrap_err(), Code::ScopeDenied);
        }
        let most = vec![core(); MAX_REQUESTED_SCOPES];
        assert!(release(&register(), &ReleaseRequest { scopes: Some(&most), ..ask() }).is_ok());
    }

    #[test]
    fn refuses_without_an_essential_claim_and_leaves_out_another() {
        let mut identity = fixture::erika();
        identity.attributes.remove(&AttributeName::GivenName);
        let released = release_of(&register(), &ask(), &identity, NOW).unwrap();
        assert_eq!(released.claims_withheld().collect::<Vec<_>>(), ["given_name"]);
        identity.attributes.remove(&AttributeName::FamilyName);
        let refused = release_of(&register(), &ask(), &identity, NOW);
        assert_eq!(refused.unwrap_err(), Code::ScopeUnavailable);
        // The claim is essential in its scope only.
        let scopes = ["identity.address".to_owned()];
        let request = ReleaseRequest { scopes: Some(&scopes), ..ask() };
        assert!(release_of(&register(), &request, &identity, NOW).is_ok());
    }

    #[test]
    fn an_attribute_below_the_level_counts_as_missing() {
        let mut identity = fixture::erika();
        let name = identity.attributes.get_mut(&AttributeName::FamilyName).unwrap();
        name.loa.level = LevelOfAssurance::Low;
        let refused = release_of(&register(), &ask(), &identity, NOW);
        assert_eq!(refused.unwrap_err(), Code::ScopeUnavailable);
    }

    #[test]
    fn presence_of_an_attribute_below_the_level_is_not_told() {
        let register = changed(|procedure| {
            let rule = ClaimRule::new(AttributeName::Email, Transformation::Present);
            procedure.scopes.get_mut("identity.address").unwrap().rules.push(rule);
        });
        let mut identity = fixture::erika();
        let released = |identity: &Identity| {
            let released = release_of(&register, &ask(), identity, NOW).unwrap();
            released.claims().get("email_present").cloned()
        };
        assert_eq!(released(&identity), Some(Value::Bool(true)));
        identity.attributes.get_mut(&AttributeName::Email).unwrap().loa.notified = false;
        assert_eq!(released(&identity), None);
        identity.attributes.remove(&AttributeName::Email);
        assert_eq!(released(&identity), Some(Value::Bool(false)));
    }

    #[test]
    fn a_binding_is_given_exactly_when_demanded() {
        use SenderConstraint as S;
        let (jkt, x5t) = (Some(Binding::Jkt([1; 32])), Some(Binding::X5tS256([2; 32])));
        for (constraint, accepted) in [
            (S::None, vec![None]),
            (S::Dpop, vec![jkt]),
            (S::Mtls, vec![x5t]),
            (S::Either, vec![jkt, x5t]),
        ] {
            let register = changed(|procedure| procedure.sender_constraint = constraint);
            for binding in [None, jkt, x5t] {
                let result = release(&register, &ReleaseRequest { binding, ..ask() });
                let expected = (!accepted.contains(&binding)).then_some(Code::BindingRequired);
                assert_eq!(result.err(), expected, "{constraint:?} {binding:?}");
            }
        }
    }

    #[test]
    fn a_pairwise_subject_needs_a_stable_identifier_and_a_transient_one_drops_it() {
        let mut identity = fixture::erika();
        let transient = changed(|procedure| procedure.subject = SubjectMode::Transient);
        let released = release_of(&transient, &ask(), &identity, NOW).unwrap();
        assert!(matches!(released.subject(), ReleasedSubject::Transient));
        identity.identifier = None;
        assert!(release_of(&transient, &ask(), &identity, NOW).is_ok());
        let refused = release_of(&register(), &ask(), &identity, NOW);
        assert_eq!(refused.unwrap_err(), Code::IdentityNoStableIdentifier);
    }

    #[test]
    fn debug_shows_names_and_no_values() {
        let shown = format!("{:?}", release(&register(), &ask()).unwrap());
        assert!(shown.contains("family_name") && shown.contains(PROCEDURE));
        for value in ["Μήτσου", "Mitsou", "Erika", "1964", "Köln", "1234567890"] {
            assert!(!shown.contains(value), "{value}");
        }
    }
}
