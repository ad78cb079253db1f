//! Reads the scopes of a procedure: which claims, made how, from what.

use super::claim::{attribute_of, claim_name, is_reserved};
use super::load::NOT_OFFERED_TEXT;
use super::{ClaimRule, Precision, Scope, Transformation};
use crate::config::{Findings, Table, Value};
use crate::identity::AttributeName;
use std::collections::{BTreeMap, BTreeSet};

/// Reads one scope.
///
/// * `outputs`: by claim, the rule of the procedure that makes it, and the scope it stands in.
pub(super) fn read_scope<'t>(
    name: &'t str,
    table: &mut Table<'t>,
    outputs: &mut BTreeMap<String, (ClaimRule, &'t str)>,
    findings: &mut Findings,
) -> Option<Scope> {
    let essential = table.optional_list("essential", findings, |value, findings| {
        Some((value.text(findings)?, value))
    });
    let Some(list) = table.value("claims") else {
        table.error("claims", "is missing", findings);
        return None;
    };
    let mut rules: Vec<ClaimRule> = Vec::new();
    let read = list.list(findings, |value, findings| {
        let made = read_rules(&value, findings)?;
        for rule in made {
            if rules.iter().any(|other| other.output == rule.output) {
                value.error(format!("{:?} is made twice in this scope", rule.output), findings);
                continue;
            }
            if let Some((other, scope)) = outputs.get(&rule.output)
                && *other != rule
            {
                let message = format!("{:?} is made otherwise in scope {scope:?}", rule.output);
                value.error(message, findings);
            }
            outputs.entry(rule.output.clone()).or_insert_with(|| (rule.clone(), name));
            rules.push(rule);
        }
        Some(())
    });
    if rules.len() > MAX_RULES {
        list.error("a scope has at most 64 claims", findings);
    }
    mark_essential(essential.unwrap_or_default(), &mut rules, read.is_some(), findings);
    read.map(|_| Scope { rules })
}

// `complete`: every rule could be read; otherwise a claim may be missing for that reason alone.
fn mark_essential(
    essential: Vec<(&str, Value<'_>)>,
    rules: &mut [ClaimRule],
    complete: bool,
    findings: &mut Findings,
) {
    let mut seen = BTreeSet::new();
    for (output, value) in essential {
        if !seen.insert(output) {
            value.error(format!("{output:?} is listed twice"), findings);
        }
        match rules.iter_mut().find(|rule| rule.output == output) {
            Some(rule) => rule.essential = true,
            None if complete => {
                value.error(format!("no rule of this scope makes {output:?}"), findings);
            }
            None => {}
        }
    }
}

// One entry of `claims`: the name of a claim, or a table. Several rules for several ages.
fn read_rules(value: &Value<'_>, findings: &mut Findings) -> Option<Vec<ClaimRule>> {
    if !value.is_table() {
        let attribute = read_claim(value, findings)?;
        return fitting(attribute, vec![Transformation::Plain], value, findings);
    }
    value.table(findings, |table, findings| {
        let claim = table.value("claim");
        if claim.is_none() {
            table.error("claim", "is missing", findings);
        }
        let attribute = claim.and_then(|claim| read_claim(&claim, findings));
        let transformations = read_transformations(table, findings);
        fitting(attribute?, transformations?, value, findings)
    })
}

fn fitting(
    attribute: AttributeName,
    transformations: Vec<Transformation>,
    value: &Value<'_>,
    findings: &mut Findings,
) -> Option<Vec<ClaimRule>> {
    if transformations.iter().all(|one| one.fits(attribute)) {
        let rule = |transformation| ClaimRule::new(attribute, transformation);
        return Some(transformations.into_iter().map(rule).collect());
    }
    let message = if attribute.identifies_a_person() {
        format!(
            "a {} is released with as = \"national_id\" and its legal_basis only",
            claim_name(attribute)
        )
    } else {
        format!("the transformation does not fit {:?}", claim_name(attribute))
    };
    value.error(message, findings);
    None
}

fn read_claim(value: &Value<'_>, findings: &mut Findings) -> Option<AttributeName> {
    let name = value.text(findings)?;
    let attribute = attribute_of(name);
    match attribute {
        Some(AttributeName::Picture) => {
            value.error("a picture is never part of an assertion", findings);
            None
        }
        Some(AttributeName::TrustAnchor) => {
            value.error("\"trust_anchor\" is data of the issuer and is not released", findings);
            None
        }
        Some(attribute) => Some(attribute),
        None if is_reserved(name) => {
            value.error(reserved(name), findings);
            None
        }
        None => {
            let hint =
                AttributeName::from_name(name).map_or("", |_| ": it is document_valid_until");
            value.error(format!("{name:?} is no claim{hint}"), findings);
            None
        }
    }
}

fn read_transformations(
    table: &mut Table<'_>,
    findings: &mut Findings,
) -> Option<Vec<Transformation>> {
    let Some(word) = table.value("as") else { return Some(vec![Transformation::Plain]) };
    let one = match word.text(findings)? {
        "age_over" => {
            let ages = read_ages("over", 1..=99, table, findings)?;
            return Some(ages.into_iter().map(Transformation::AgeOver).collect());
        }
        "age_band" => Transformation::AgeBand(read_ages("bounds", 1..=150, table, findings)?),
        "birth_year" => Transformation::BirthYear,
        "initials" => Transformation::Initials,
        "national_id" => {
            let legal_basis = table.required_str("legal_basis", findings)?.to_owned();
            Transformation::NationalId { legal_basis }
        }
        "nationality_in_eu" => Transformation::NationalityInEu,
        "postal_prefix" => {
            let len = table.required_u32("length", 1..=4, findings)?;
            Transformation::PostalPrefix(u8::try_from(len).ok()?)
        }
        "present" => Transformation::Present,
        "region" => {
            Transformation::Region(table.required_choice("precision", PRECISIONS, findings)?)
        }
        other => {
            let message = if other == "hash_for_match" {
                format!("{other:?} {NOT_OFFERED_TEXT}")
            } else if is_reserved(other) {
                reserved(other)
            } else {
                format!("{other:?} is no transformation")
            };
            word.error(message, findings);
            // Whatever else stands here belongs to what is not understood.
            for key in ["bounds", "key", "legal_basis", "length", "over", "precision"] {
                let _ = table.value(key);
            }
            return None;
        }
    };
    Some(vec![one])
}

// Ages in rising order, each once, at most eight.
fn read_ages(
    key: &'static str,
    range: std::ops::RangeInclusive<u32>,
    table: &mut Table<'_>,
    findings: &mut Findings,
) -> Option<Vec<u8>> {
    let ages = table.required_list(key, findings, |value, findings| {
        value.number(&range, findings).and_then(|age| u8::try_from(age).ok())
    })?;
    if ages.len() > MAX_AGES || !ages.is_sorted_by(|a, b| a < b) {
        table.error(key, "must be at most 8 ages, rising, each once", findings);
        return None;
    }
    Some(ages)
}

fn reserved(name: &str) -> String {
    format!("{name:?} is reserved: the broker sets it, no rule does")
}

const PRECISIONS: &[(&str, Precision)] = &[
    ("country", Precision::Country),
    ("state", Precision::State),
    ("municipality", Precision::Municipality),
];

// More would tell the date of birth by and by.
const MAX_AGES: usize = 8;
// Bounds the work of a release; the vocabulary is smaller.
const MAX_RULES: usize = 64;

#[cfg(test)]
mod tests {
    use super::super::Register;
    use super::super::properties::{PROCEDURE, REGISTER};
    use super::*;

    // Findings for the register of the tests with these claims in one scope.
    fn loaded(scope: &str) -> Result<Vec<ClaimRule>, Vec<String>> {
        let (head, tail) = REGISTER.split_once("claims = [{").unwrap();
        let (_, tail) = tail.split_once("\n").unwrap();
        let mut findings = Findings::new();
        let register = Register::from_toml(&format!("{head}{scope}\n{tail}"), "r", &mut findings);
        match register {
            Some(register) => {
                let scopes = &register.procedure(PROCEDURE).unwrap().scopes;
                Ok(scopes["identity.address"].rules.clone())
            }
            None => Err(findings.iter().map(|finding| finding.message.clone()).collect()),
        }
    }

    fn refused(claims: &str, expected: &str) {
        let findings = loaded(&format!("claims = [{claims}]")).unwrap_err();
        assert_eq!(findings.len(), 1, "{claims}: {findings:?}");
        assert!(findings[0].contains(expected), "{claims}: {findings:?}");
    }

    #[test]
    fn reads_every_kind_of_rule() {
        let rules = loaded(
            "claims = [\"sex\", { claim = \"document_valid_until\" }, \"address\", \
             { claim = \"birthdate\", as = \"age_over\", over = [16, 21] }, \
             { claim = \"birthdate\", as = \"age_band\", bounds = [18, 65] }, \
             { claim = \"birthdate\", as = \"birth_year\" }, \
             { claim = \"given_name\", as = \"initials\" }, \
             { claim = \"email\", as = \"present\" }, \
             { claim = \"nationalities\", as = \"nationality_in_eu\" }, \
             { claim = \"address\", as = \"postal_prefix\", length = 2 }, \
             { claim = \"address\", as = \"region\", precision = \"country\" }, \
             { claim = \"address\", as = \"region\", precision = \"state\" }, \
             { claim = \"personal_administrative_number\", as = \"national_id\", \
               legal_basis = \"Act § 1\" }]\nessential = [\"age_over_21\", \"sex\"]",
        )
        .unwrap();
        let outputs: Vec<_> = rules.iter().map(|rule| rule.output.as_str()).collect();
        let expected = [
            "sex",
            "document_valid_until",
            "address",
            "age_over_16",
            "age_over_21",
            "age_band",
            "birth_year",
            "given_name_initials",
            "email_present",
            "nationality_in_eu",
            "postal_prefix",
            "residence_country",
            "residence_region",
            "national_id",
        ];
        assert_eq!(outputs, expected);
        let essential: Vec<_> = rules.iter().filter(|r| r.essential).map(|r| &r.output).collect();
        assert_eq!(essential, ["sex", "age_over_21"]);
    }

    #[test]
    fn refuses_unknown_claims_transformations_and_keys() {
        refused("\"surname\"", "\"surname\" is no claim");
        refused("\"date_of_expiry\"", "it is document_valid_until");
        refused("7", "must be a string");
        refused("{ claim = \"birthdate\", as = \"age\" }", "\"age\" is no transformation");
        refused("{ claim = \"birthdate\", as = \"age\", over = [1] }", "is no transformation");
        refused("{ claim = \"email\", over = [18] }", "is not known here");
        refused(
            "{ claim = \"email\", as = \"present\", legal_basis = \"x\" }",
            "is not known here",
        );
        refused("{ as = \"present\" }", "is missing");
        refused("{ claim = \"birthdate\", as = \"age_over\" }", "is missing");
        refused("{ claim = \"address\", as = \"region\" }", "is missing");
        refused(
            "{ claim = \"address\", as = \"region\", precision = \"street\" }",
            "must be one of",
        );
        refused("{ claim = \"address\", as = \"postal_prefix\", length = 5 }", "must be 1 to 4");
    }

    #[test]
    fn refuses_rules_over_reserved_claims() {
        for name in ["iss", "sub", "aud", "exp", "acr", "cnf", "verified_claims", "scope"] {
            refused(&format!("{name:?}"), "is reserved");
            refused(&format!("{{ claim = \"given_name\", as = {name:?} }}"), "is reserved");
        }
    }

    #[test]
    fn refuses_pictures_anchors_and_numbers_without_legal_basis() {
        refused("\"picture\"", "never part of an assertion");
        refused("{ claim = \"picture\", as = \"present\" }", "never part of an assertion");
        refused("\"trust_anchor\"", "not released");
        let number = "personal_administrative_number";
        refused(&format!("{number:?}"), "national_id");
        refused(&format!("{{ claim = {number:?}, as = \"initials\" }}"), "national_id");
        refused(&format!("{{ claim = {number:?}, as = \"national_id\" }}"), "is missing");
    }

    #[test]
    fn refuses_what_is_not_offered() {
        let rule = "{ claim = \"family_name\", as = \"hash_for_match\", key = \"k\" }";
        refused(rule, "is not offered in this version");
    }

    #[test]
    fn refuses_a_transformation_that_does_not_fit() {
        refused("{ claim = \"email\", as = \"birth_year\" }", "does not fit \"email\"");
        refused("{ claim = \"birthdate\", as = \"initials\" }", "does not fit");
    }

    #[test]
    fn refuses_ages_out_of_order_or_range() {
        for (ages, expected) in [
            ("[]", "must not be empty"),
            ("[0]", "must be 1 to 99"),
            ("[100]", "must be 1 to 99"),
            ("[21, 18]", "rising"),
            ("[18, 18]", "rising"),
            ("[1, 2, 3, 4, 5, 6, 7, 8, 9]", "at most 8"),
        ] {
            let rule = format!("{{ claim = \"birthdate\", as = \"age_over\", over = {ages} }}");
            refused(&rule, expected);
        }
    }

    #[test]
    fn refuses_one_claim_made_in_two_ways() {
        refused("\"email\", \"email\"", "made twice in this scope");
        let prefix =
            |len| format!("{{ claim = \"address\", as = \"postal_prefix\", length = {len} }}");
        refused(&format!("{}, {}", prefix(2), prefix(3)), "made twice in this scope");
        // The same rule in two scopes is one claim.
        let same = "claims = [\"family_name\", { claim = \"birthdate\", as = \"age_over\", over = [18, 21] }]";
        assert_eq!(loaded(same).unwrap().len(), 3);
    }

    #[test]
    fn refuses_a_claim_that_another_scope_makes_otherwise() {
        let text = REGISTER
            .replacen(
                "[\"family_name\"",
                "[{ claim = \"address\", as = \"postal_prefix\", length = 2 }, \"family_name\"",
                1,
            )
            .replacen(
                "as = \"region\", precision = \"municipality\"",
                "as = \"postal_prefix\", length = 3",
                1,
            );
        let mut findings = Findings::new();
        assert!(Register::from_toml(&text, "r", &mut findings).is_none());
        assert!(findings.to_string().contains("made otherwise in scope \"identity.core\""));
    }

    #[test]
    fn refuses_an_essential_claim_that_no_rule_makes() {
        let found = loaded("claims = [\"email\"]\nessential = [\"birthdate\"]").unwrap_err();
        assert_eq!(found, ["no rule of this scope makes \"birthdate\""]);
        let found = loaded("claims = [\"email\"]\nessential = [\"email\", \"email\"]").unwrap_err();
        assert_eq!(found, ["\"email\" is listed twice"]);
        // Not reported on top of the mistake that causes it.
        let found = loaded("claims = [\"emial\"]\nessential = [\"email\"]").unwrap_err();
        assert_eq!(found, ["\"emial\" is no claim"]);
        assert_eq!(loaded("essential = []").unwrap_err(), ["is missing"]);
    }
}
