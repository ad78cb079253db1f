use crate::identity::{AttributeName, PersonKind};
use crate::register::{Procedure, SubjectMode};
use crate::verdict::{Code, Refusal};
use std::collections::BTreeMap;

/// What a request asks for: the attributes that the scopes of a procedure are made from, and nothing
/// besides (GDPR 5(1)(c)).
pub(crate) struct Wanted {
    attributes: BTreeMap<AttributeName, bool>,
    /// Whether the person must be recognised again, so that an identifier is needed.
    pub(crate) identifier: bool,
    /// Which kind of person is asked for.
    pub(crate) person: PersonKind,
}

impl Wanted {
    /// Of a procedure.
    ///
    /// * `scopes`: those that will be asked for; `None` means all that are registered.
    ///
    /// * `person`: the kind that is asked for; `None` means a natural person where the procedure hears
    ///   of them, else the first kind of which it does.
    ///
    /// # Errors
    /// [`Code::ScopeDenied`] for a scope that is not registered; [`Code::IdentityPersons`] for a kind
    /// of person that the procedure is not registered for.
    pub(crate) fn of(
        procedure: &Procedure,
        scopes: Option<&[String]>,
        person: Option<PersonKind>,
    ) -> Result<Self, Refusal> {
        let natural = procedure.persons.get(&PersonKind::Natural);
        let first = natural.or(procedure.persons.first()).copied();
        let person = person.or(first).filter(|person| procedure.persons.contains(person));
        let person = person.ok_or(Code::IdentityPersons)?;
        let known = |scope: &String| procedure.scopes.contains_key(scope);
        if scopes.is_some_and(|scopes| !scopes.iter().all(known)) {
            return Err(Code::ScopeDenied.into());
        }
        let asked = |id: &String| scopes.is_none_or(|scopes| scopes.contains(id));
        let mut attributes = BTreeMap::new();
        let chosen = procedure.scopes.iter().filter(|(id, _)| asked(id));
        for rule in chosen.flat_map(|(_, scope)| &scope.rules) {
            let essential = attributes.entry(rule.attribute).or_insert(false);
            *essential = *essential || rule.essential;
        }
        Ok(Self { attributes, identifier: procedure.subject == SubjectMode::Pairwise, person })
    }

    /// Whether an attribute is asked for.
    pub(crate) fn has(&self, attribute: AttributeName) -> bool {
        self.attributes.contains_key(&attribute)
    }

    /// Whether there is no assertion without it.
    pub(crate) fn is_essential(&self, attribute: AttributeName) -> bool {
        self.attributes.get(&attribute).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Findings;
    use crate::register::Register;

    const REGISTER: &str = r#"
version = 1
[client."c"]
auth = { kind = "host" }
[procedure."p"]
name = "P"
owner = "O"
legal_basis = "L"
sector = "s"
clients = ["c"]
min_loa = "low"
families = ["sd_jwt_vc"]
[procedure."p".scopes."core"]
claims = ["family_name", { claim = "birthdate", as = "age_over", over = [18] }]
essential = ["family_name"]
[procedure."p".scopes."more"]
claims = ["family_name", "email"]
essential = ["email"]
"#;

    fn wanted(scopes: Option<&[&str]>) -> Result<Wanted, Code> {
        wanted_of("legal_basis", scopes, None)
    }

    fn wanted_of(
        before: &str,
        scopes: Option<&[&str]>,
        person: Option<PersonKind>,
    ) -> Result<Wanted, Code> {
        let text = REGISTER.replacen("legal_basis", before, 1);
        let mut findings = Findings::new();
        let register = Register::from_toml(&text, "register.toml", &mut findings);
        let register = register.unwrap_or_else(|| panic!("{findings}"));
        let scopes = scopes.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
        let procedure = register.procedure("p").unwrap();
        Wanted::of(procedure, scopes.as_deref(), person).map_err(|refusal| refusal.code())
    }

    #[test]
    fn only_what_the_scopes_are_made_from_is_asked_for() {
        use AttributeName as A;
        let all = wanted(None).unwrap();
        for (attribute, essential) in
            [(A::FamilyName, true), (A::Birthdate, false), (A::Email, true)]
        {
            assert!(all.has(attribute));
            assert_eq!(all.is_essential(attribute), essential);
        }
        assert!(!all.has(A::GivenName) && !all.is_essential(A::GivenName));
        assert!(all.identifier);
        let core = wanted(Some(&["core"])).unwrap();
        assert!(core.has(A::Birthdate) && !core.has(A::Email));
        let more = wanted(Some(&["more"])).unwrap();
        assert!(!more.is_essential(A::FamilyName) && more.is_essential(A::Email));
        assert!(!wanted(Some(&[])).unwrap().has(A::FamilyName));
    }

    #[test]
    fn only_persons_of_a_registered_kind_are_asked_for() {
        use PersonKind as P;
        let of = |persons: &str, person| {
            let before = format!("persons = [{persons}]\nlegal_basis");
            wanted_of(&before, None, person).map(|wanted| wanted.person)
        };
        assert_eq!(wanted(None).unwrap().person, P::Natural);
        assert_eq!(of("\"legal\", \"natural\"", None), Ok(P::Natural));
        assert_eq!(of("\"legal\", \"natural\"", Some(P::Legal)), Ok(P::Legal));
        assert_eq!(of("\"legal\"", None), Ok(P::Legal));
        assert_eq!(of("\"legal\"", Some(P::Natural)), Err(Code::IdentityPersons));
        assert_eq!(of("\"natural\"", Some(P::NaturalAndLegal)), Err(Code::IdentityPersons));
    }

    #[test]
    fn a_scope_that_is_not_registered_is_refused() {
        assert_eq!(wanted(Some(&["core", "address"])).err(), Some(Code::ScopeDenied));
    }
}
