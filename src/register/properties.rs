//! What holds for every registration and every person (docs/register.md), and the register of the
//! tests.

use super::{ClaimRule, Precision, Procedure, Register, ReleaseRequest, Released, Transformation};
use crate::config::Findings;
use crate::identity::{
    Address, AttributeName, AttributeValue, Identity, LevelOfAssurance, Loa, Name, PlaceOfBirth,
    Text, fixture,
};
use crate::verdict::Ledger;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) const PROCEDURE: &str = "urn:procedure:building-permit";

pub(super) const REGISTER: &str = r#"
version = 1

[procedure."urn:procedure:building-permit"]
name = "Building permit"
owner = "Municipality of Example"
legal_basis = "GDPR 6(1)(e); Building Act § 12"
sector = "building"
clients = ["legacy-17"]
min_loa = "substantial"
families = ["sd_jwt_vc"]

[procedure."urn:procedure:building-permit".scopes."identity.core"]
claims = ["family_name", "given_name", { claim = "birthdate", as = "age_over", over = [18] }]
essential = ["family_name"]

[procedure."urn:procedure:building-permit".scopes."identity.address"]
claims = [{ claim = "address", as = "region", precision = "municipality" }]

[client."legacy-17"]
auth = { kind = "host" }
"#;

pub(super) fn register() -> Register {
    let mut findings = Findings::new();
    let register = Register::from_toml(REGISTER, "register.toml", &mut findings);
    assert_eq!(findings.to_string(), "");
    register.unwrap()
}

// The register of the tests, its procedure with other rules: one scope for each rule.
fn registered(rules: Vec<ClaimRule>, change: impl FnOnce(&mut Procedure)) -> Register {
    let mut register = register();
    let procedure = Arc::make_mut(register.procedures.get_mut(PROCEDURE).unwrap());
    // Several attributes may make one claim, so its name alone does not name the scope.
    procedure.scopes = rules
        .into_iter()
        .map(|rule| {
            let name = format!("scope.{}.{}", rule.output, rule.attribute.name());
            (name, super::Scope { rules: vec![rule] })
        })
        .collect();
    change(procedure);
    register
}

fn release(register: &Register, scopes: Option<&[String]>, person: &Identity) -> Option<Released> {
    let request = ReleaseRequest { scopes, ..ReleaseRequest::new(PROCEDURE, "legacy-17") };
    let mut ledger = Ledger::new();
    register.release(&request, person, fixture::AUTHENTICATED_AT, &mut ledger).ok()
}

// Everything about a release that an assertion can show.
fn visible(released: &Released) -> String {
    let claims = serde_json::to_string(released.claims()).unwrap();
    let withheld: Vec<_> = released.claims_withheld().collect();
    format!("{:?} {claims} {withheld:?} {:?}", released.scopes(), released.loa())
}

fn all_rules() -> Vec<ClaimRule> {
    let mut rules = Vec::new();
    for &attribute in AttributeName::ALL {
        for transformation in [
            Transformation::AgeBand(vec![18, 65]),
            Transformation::AgeOver(18),
            Transformation::AgeOver(65),
            Transformation::BirthYear,
            Transformation::Initials,
            Transformation::NationalId { legal_basis: "Act".into() },
            Transformation::NationalityInEu,
            Transformation::Plain,
            Transformation::PostalPrefix(3),
            Transformation::Present,
            Transformation::Region(Precision::Country),
            Transformation::Region(Precision::State),
            Transformation::Region(Precision::Municipality),
        ] {
            if transformation.fits(attribute) {
                rules.push(ClaimRule::new(attribute, transformation));
            }
        }
    }
    rules
}

fn some_rules() -> impl Strategy<Value = Vec<ClaimRule>> {
    let all = all_rules();
    let most = all.len();
    (subsequence(all, 1..=most), any::<u64>()).prop_map(|(mut rules, essential)| {
        for (at, rule) in rules.iter_mut().enumerate() {
            // About one in eight.
            rule.essential = (essential >> (at % 61)) & 7 == 7;
        }
        rules
    })
}

fn levels() -> impl Strategy<Value = Loa> {
    (0usize..3, any::<bool>())
        .prop_map(|(at, notified)| Loa { level: LevelOfAssurance::ALL[at], notified })
}

// Upper case and no digits: no name of a claim, no country and no year stands in such a value by chance,
// nor it in one of them.
fn word() -> impl Strategy<Value = String> {
    "Q[A-Z]{7,11}"
}

// A person of whom any subset of attributes is known, each text another one.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other attribute is a text here")]
fn persons() -> impl Strategy<Value = Identity> {
    let names = subsequence(AttributeName::ALL.to_vec(), 0..=AttributeName::ALL.len());
    let words = proptest::collection::hash_set(word(), 90);
    let dates = prop_oneof!["19[3-9][0-9]-0[1-9]-[12][0-8]", "19[3-9][0-9]-0[1-9]", "20[01][0-9]"];
    (names, words, dates, levels(), levels()).prop_map(|(names, words, born, loa, weaker)| {
        let mut words = words.into_iter();
        let mut text = || Text::new(&words.next().unwrap()).unwrap();
        let mut person = fixture::nobody();
        person.identifier = Some(fixture::identifier("AT:1"));
        person.loa = loa;
        for name in names {
            let value = match name {
                AttributeName::Address => AttributeValue::Address(Address {
                    formatted: Some(text()),
                    street_address: Some(text()),
                    house_number: Some(text()),
                    postal_code: Some(text()),
                    locality: Some(text()),
                    region: Some(text()),
                    country: Some(fixture::country("DE")),
                }),
                AttributeName::Birthdate => fixture::birthdate(&born),
                AttributeName::FamilyName | AttributeName::GivenName => {
                    AttributeValue::Name(Name::new(text(), Some(text())))
                }
                AttributeName::Nationalities => fixture::countries(&["DE", "QU"]),
                AttributeName::PlaceOfBirth => AttributeValue::PlaceOfBirth(PlaceOfBirth {
                    country: None,
                    region: Some(text()),
                    locality: Some(text()),
                }),
                _ => AttributeValue::Text(text()),
            };
            fixture::set(&mut person, name, value);
        }
        if let Some(one) = person.attributes.values_mut().next() {
            one.loa = loa.min(weaker);
        }
        person
    })
}

// Every text of an attribute, of four characters or more.
fn texts(name: AttributeName, value: &AttributeValue) -> BTreeSet<String> {
    let plain = ClaimRule { attribute: name, ..all_rules()[0].clone() };
    let plain = ClaimRule { transformation: Transformation::Plain, ..plain };
    let mut person = fixture::nobody();
    fixture::set(&mut person, name, value.clone());
    let today = crate::identity::Date::parse("2026-06-15").unwrap();
    let made = super::transform::make(&plain, person.attribute(name), today, Default::default());
    let mut found = BTreeSet::new();
    let Some(made) = made else { return found };
    let mut open = vec![made.value];
    open.extend(made.transliteration);
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) if text.len() >= 4 => drop(found.insert(text)),
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.into_iter().map(|(_, value)| value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

// What a rule may show of an attribute.
fn shown(rule: &ClaimRule, person: &Identity) -> BTreeSet<String> {
    let Some(attribute) = person.attribute(rule.attribute) else { return BTreeSet::new() };
    let all = texts(rule.attribute, &attribute.value);
    let part = |text: &Option<Text>| text.iter().map(|text| text.as_str().to_owned()).collect();
    match (&rule.transformation, &attribute.value) {
        (Transformation::Plain | Transformation::NationalId { .. }, _) => all,
        (Transformation::Region(Precision::State), AttributeValue::Address(a)) => part(&a.region),
        (Transformation::Region(Precision::Municipality), AttributeValue::Address(a)) => {
            part(&a.locality)
        }
        // Of a date known to the year only, the year is all there is.
        (Transformation::BirthYear, AttributeValue::BirthDate(date)) => {
            BTreeSet::from([format!("{:04}", date.year())])
        }
        _ => BTreeSet::new(),
    }
}

proptest! {
    #[test]
    fn the_order_of_requested_scopes_changes_nothing(
        rules in some_rules(),
        person in persons(),
        seed in any::<Index>(),
    ) {
        let register = registered(rules, |_| {});
        let sorted: Vec<_> = register.procedure(PROCEDURE).unwrap().scopes.keys().cloned().collect();
        let mut other = sorted.clone();
        let turn = seed.index(other.len());
        other.rotate_left(turn);
        other.reverse();
        other.push(sorted[0].clone());
        let released = |scopes: Option<&[String]>| release(&register, scopes, &person);
        let first = released(Some(&sorted)).as_ref().map(visible);
        prop_assert_eq!(&first, &released(Some(&other)).as_ref().map(visible));
        prop_assert_eq!(&first, &released(None).as_ref().map(visible));
    }

    #[test]
    fn raising_the_level_never_turns_a_refusal_into_a_release(
        rules in some_rules(),
        person in persons(),
    ) {
        let mut refused = false;
        let mut claims = usize::MAX;
        for (notified, level) in
            [false, true].iter().flat_map(|n| LevelOfAssurance::ALL.iter().map(move |l| (*n, *l)))
        {
            if level == LevelOfAssurance::Low {
                // From here on `notified_only` is fixed, and only the level rises.
                (refused, claims) = (false, usize::MAX);
            }
            let register = registered(rules.clone(), |procedure| {
                procedure.min_loa = level;
                procedure.notified_only = notified;
            });
            match release(&register, None, &person) {
                None => refused = true,
                Some(released) => {
                    prop_assert!(!refused, "released at {level:?} after a refusal below");
                    let count = released.claims_released().count();
                    prop_assert!(count <= claims, "more is released at a higher level");
                    claims = count;
                }
            }
        }
    }

    #[test]
    fn nothing_that_is_not_released_occurs_in_what_is(
        rules in some_rules(),
        mut person in persons(),
    ) {
        person.loa = fixture::HIGH;
        let register = registered(rules.clone(), |_| {});
        if let Some(released) = release(&register, None, &person) {
            let json = serde_json::to_string(released.claims()).unwrap();
            let shown: BTreeSet<_> = rules.iter().flat_map(|rule| shown(rule, &person)).collect();
            for (name, attribute) in person.attributes() {
                for text in texts(name, &attribute.value).difference(&shown) {
                    prop_assert!(!json.contains(text.as_str()), "{name:?}");
                }
            }
        }
    }

    #[test]
    fn every_requested_claim_is_released_or_listed_as_withheld(
        rules in some_rules(),
        person in persons(),
    ) {
        let register = registered(rules.clone(), |_| {});
        if let Some(released) = release(&register, None, &person) {
            let given: BTreeSet<_> = released.claims_released().collect();
            let withheld: BTreeSet<_> = released.claims_withheld().collect();
            for rule in &rules {
                let output = rule.output.as_str();
                prop_assert!(given.contains(output) != withheld.contains(output), "{output}");
                prop_assert!(!(rule.essential && withheld.contains(output)), "{output}");
            }
        }
    }
}
