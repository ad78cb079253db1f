//! Rules for the status of certificates, by anchor (policy.toml, `[revocation]`).

use crate::config::{Findings, Table};
use crate::pki::{
    Methods, NoncePresence, ResponderStatus, RevocationRule, RevocationRules, RevocationScope,
};
use std::ops::RangeInclusive;

/// What is asked about the status of certificates, and below which anchor otherwise.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RevocationPolicy {
    /// For every anchor that is not named. Never [`RevocationRule::NotForThisAnchor`].
    pub default: RevocationRules,
    /// For the anchors of one trust source each, by its name.
    pub anchors: Vec<(String, RevocationRules)>,
}

impl RevocationPolicy {
    /// A fresh statement for every certificate below every anchor.
    #[must_use]
    pub const fn standard() -> Self {
        Self { default: RevocationRules::new(RevocationRule::Require), anchors: Vec::new() }
    }

    /// The rules of an anchor, by its label.
    #[must_use]
    pub fn rules_for(&self, label: &str) -> &RevocationRules {
        let named = self.anchors.iter().find(|(name, _)| name == label);
        named.map_or(&self.default, |(_, rules)| rules)
    }

    pub(super) fn is_in_range(&self) -> bool {
        let of_anchors = self.anchors.iter().map(|(_, rules)| rules);
        self.default.rule != RevocationRule::NotForThisAnchor
            && of_anchors.chain(std::iter::once(&self.default)).all(rules_in_range)
    }
}

fn rules_in_range(rules: &RevocationRules) -> bool {
    let rule_holds = match rules.rule {
        RevocationRule::PreferWithMaxAge { max_age_s } => MAX_AGE_S.contains(&max_age_s),
        RevocationRule::Require | RevocationRule::NotForThisAnchor => true,
    };
    rule_holds
        && CLOCK_SKEW_S.contains(&rules.clock_skew_s)
        && NO_NEXT_UPDATE_S.contains(&rules.max_age_without_next_update_s)
        && rules.ocsp_max_age_s.is_none_or(|age| OCSP_MAX_AGE_S.contains(&age))
}

/// Reads `[revocation]`; what is left out is as in the standard policy.
pub(super) fn read(table: &mut Table<'_>, findings: &mut Findings) -> Option<RevocationPolicy> {
    let standard = RevocationPolicy::standard().default;
    let default = read_rules(table, &standard, RULES, findings);
    let base = default.clone().unwrap_or(standard);
    let anchors = table.named_tables("anchor", findings, |name, table, findings| {
        let rules = read_rules(table, &base, RULES_OF_ANCHOR, findings)?;
        Some((name.to_owned(), rules))
    });
    let anchors = anchors.into_iter().map(|(_, named)| named).collect();
    Some(RevocationPolicy { default: default?, anchors })
}

fn read_rules(
    table: &mut Table<'_>,
    base: &RevocationRules,
    choices: &[(&str, Rule)],
    findings: &mut Findings,
) -> Option<RevocationRules> {
    let errors_before = findings.errors();
    let rule = table.optional_choice("rule", choices, findings);
    let max_age_s = table.optional_duration_s("max_age", MAX_AGE_S, findings);
    let rule = read_rule(table, rule, max_age_s, base.rule, findings);
    let scope = table.optional_choice("scope", SCOPES, findings);
    let methods = table.optional_choice("methods", METHODS, findings);
    let clock_skew_s = table.optional_duration_s("clock_skew", CLOCK_SKEW_S, findings);
    let no_next_s =
        table.optional_duration_s("max_age_without_next_update", NO_NEXT_UPDATE_S, findings);
    let ocsp_max_age_s = table.optional_duration_s("ocsp_max_age", OCSP_MAX_AGE_S, findings);
    let nonce = table.optional_choice("nonce", NONCES, findings);
    let responder_status = table.optional_choice("responder_status", RESPONDERS, findings);
    if methods == Some(Methods::Crl) && (ocsp_max_age_s.is_some() || nonce.is_some()) {
        table.error("methods", "is CRL alone; settings of OCSP have no meaning then", findings);
    }
    let mut rules = base.clone();
    rules.rule = rule.unwrap_or(base.rule);
    rules.scope = scope.unwrap_or(base.scope);
    rules.methods = methods.unwrap_or(base.methods);
    rules.clock_skew_s = clock_skew_s.unwrap_or(base.clock_skew_s);
    rules.max_age_without_next_update_s = no_next_s.unwrap_or(base.max_age_without_next_update_s);
    rules.ocsp_max_age_s = ocsp_max_age_s.or(base.ocsp_max_age_s);
    rules.nonce = nonce.unwrap_or(base.nonce);
    rules.responder_status = responder_status.unwrap_or(base.responder_status);
    (findings.errors() == errors_before).then_some(rules)
}

/// The rule with its age, which must stand beside `prefer-with-max-age` and beside nothing else.
fn read_rule(
    table: &Table<'_>,
    rule: Option<Rule>,
    max_age_s: Option<u32>,
    base: RevocationRule,
    findings: &mut Findings,
) -> Option<RevocationRule> {
    match (rule, max_age_s) {
        (Some(Rule::Prefer), Some(max_age_s)) => {
            Some(RevocationRule::PreferWithMaxAge { max_age_s })
        }
        (Some(Rule::Prefer), None) => {
            if !table.has("max_age") {
                table.error("max_age", "must stand beside prefer-with-max-age", findings);
            }
            None
        }
        (_, Some(_)) => {
            table.error("max_age", "has a meaning for prefer-with-max-age only", findings);
            None
        }
        (Some(Rule::Require), None) => Some(RevocationRule::Require),
        (Some(Rule::NotForThisAnchor), None) => Some(RevocationRule::NotForThisAnchor),
        (None, None) => Some(base),
    }
}

#[derive(Clone, Copy)]
enum Rule {
    Require,
    Prefer,
    NotForThisAnchor,
}

const RULES: &[(&str, Rule)] = &[("require", Rule::Require), ("prefer-with-max-age", Rule::Prefer)];
const RULES_OF_ANCHOR: &[(&str, Rule)] = &[
    ("require", Rule::Require),
    ("prefer-with-max-age", Rule::Prefer),
    ("not-for-this-anchor", Rule::NotForThisAnchor),
];
const SCOPES: &[(&str, RevocationScope)] = &[
    ("every-certificate", RevocationScope::EveryCertificate),
    ("end-entity", RevocationScope::EndEntity),
];
const METHODS: &[(&str, Methods)] =
    &[("ocsp-or-crl", Methods::OcspOrCrl), ("ocsp", Methods::Ocsp), ("crl", Methods::Crl)];
const NONCES: &[(&str, NoncePresence)] =
    &[("required", NoncePresence::Required), ("if-present", NoncePresence::IfPresent)];
const RESPONDERS: &[(&str, ResponderStatus)] =
    &[("known", ResponderStatus::Known), ("known-if-possible", ResponderStatus::KnownIfPossible)];

// A responder that is away for a week is no longer one; an hour bridges a restart.
const MAX_AGE_S: RangeInclusive<u32> = 3_600..=604_800;
// Web eID tolerates a quarter of an hour; more would only prolong what is stale.
const CLOCK_SKEW_S: RangeInclusive<u32> = 0..=900;
// Without nextUpdate nothing says that newer information exists (RFC 6960, 4.2.2.1).
const NO_NEXT_UPDATE_S: RangeInclusive<u32> = 60..=604_800;
// Two minutes is what Web eID asks of responders that answer freshly.
const OCSP_MAX_AGE_S: RangeInclusive<u32> = 60..=604_800;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    const TEXT: &str = "name = \"x\"\nversion = 1\n[[algorithm]]\nname = \"ES256\"\n[sd_jwt_vc]\n\
                        credential_types = [\"urn:eudi:pid:1\"]\nloa = \"high\"\nnotified = true\n";

    fn load(more: &str) -> (Option<Policy>, Vec<String>) {
        let mut findings = Findings::new();
        let text = format!("{TEXT}{more}");
        let policy = Policy::from_toml(&text, "policy.toml", &mut findings);
        (policy, findings.iter().map(ToString::to_string).collect())
    }

    fn finding(more: &str) -> String {
        let (policy, findings) = load(more);
        assert!(policy.is_none(), "{more}");
        assert_eq!(findings.len(), 1, "{findings:#?}");
        findings[0].split_once("error: ").unwrap().1.to_owned()
    }

    #[test]
    fn requires_a_status_when_nothing_is_said() {
        let (policy, findings) = load("");
        assert_eq!(findings, Vec::<String>::new());
        let revocation = policy.unwrap().revocation;
        assert_eq!(revocation, RevocationPolicy::standard());
        assert_eq!(revocation.rules_for("anybody").rule, RevocationRule::Require);
        assert_eq!(revocation.rules_for("anybody").scope, RevocationScope::EveryCertificate);
    }

    #[test]
    fn an_anchor_has_the_rules_of_its_own_and_the_rest_from_above() {
        let (policy, findings) = load(
            "[revocation]\nrule = \"prefer-with-max-age\"\nmax_age = \"12h\"\nclock_skew = \"1m\"\n\
             [revocation.anchor.wallets]\nrule = \"not-for-this-anchor\"\n\
             [revocation.anchor.cards]\nrule = \"require\"\nscope = \"end-entity\"\n\
             methods = \"ocsp\"\nocsp_max_age = \"2m\"\nnonce = \"required\"\n\
             responder_status = \"known-if-possible\"\nmax_age_without_next_update = \"1h\"\n",
        );
        assert_eq!(findings, Vec::<String>::new());
        let policy = policy.unwrap();
        assert!(policy.is_in_range());
        let rule = |label: &str| policy.revocation.rules_for(label).rule;
        assert_eq!(rule("other"), RevocationRule::PreferWithMaxAge { max_age_s: 43_200 });
        assert_eq!(rule("wallets"), RevocationRule::NotForThisAnchor);
        let cards = policy.revocation.rules_for("cards");
        assert_eq!(
            (cards.rule, cards.scope),
            (RevocationRule::Require, RevocationScope::EndEntity)
        );
        assert_eq!((cards.methods, cards.nonce), (Methods::Ocsp, NoncePresence::Required));
        assert_eq!((cards.clock_skew_s, cards.ocsp_max_age_s), (60, Some(120)));
        assert_eq!(cards.max_age_without_next_update_s, 3_600);
        assert_eq!(cards.responder_status, ResponderStatus::KnownIfPossible);
    }

    #[test]
    fn nothing_is_left_out_for_every_anchor_at_once() {
        let found = finding("[revocation]\nrule = \"not-for-this-anchor\"\n");
        assert!(found.starts_with("revocation.rule: must be one of"), "{found}");
        let (mut policy, _) = load("");
        let policy = policy.as_mut().unwrap();
        assert!(policy.is_in_range());
        policy.revocation.default.rule = RevocationRule::NotForThisAnchor;
        assert!(!policy.is_in_range());
    }

    #[test]
    fn an_age_stands_beside_the_rule_that_has_one() {
        let found = finding("[revocation]\nrule = \"prefer-with-max-age\"\n");
        assert_eq!(found, "revocation.max_age: must stand beside prefer-with-max-age");
        let found = finding("[revocation]\nmax_age = \"12h\"\n");
        assert!(found.starts_with("revocation.max_age: has a meaning"), "{found}");
    }

    #[test]
    fn ages_have_a_floor_and_a_ceiling() {
        let prefer = "[revocation]\nrule = \"prefer-with-max-age\"\nmax_age = ";
        for (age, good) in [("1h", true), ("59m", false), ("7d", true), ("8d", false)] {
            assert_eq!(load(&format!("{prefer}\"{age}\"\n")).0.is_some(), good, "{age}");
        }
        for (key, age, good) in [
            ("clock_skew", "15m", true),
            ("clock_skew", "16m", false),
            ("max_age_without_next_update", "30s", false),
            ("ocsp_max_age", "2m", true),
            ("ocsp_max_age", "59s", false),
        ] {
            let text = format!("[revocation]\n{key} = \"{age}\"\n");
            assert_eq!(load(&text).0.is_some(), good, "{key} {age}");
        }
    }

    #[test]
    fn settings_that_are_never_looked_at_are_refused() {
        let found = finding("[revocation]\nmethods = \"crl\"\nnonce = \"required\"\n");
        assert!(found.starts_with("revocation.methods: is CRL alone"), "{found}");
        let found = finding("[revocation]\nloud = true\n");
        assert!(found.starts_with("revocation.loud"), "{found}");
    }

    #[test]
    fn every_setting_is_in_the_digest() {
        let digest = |change: fn(&mut RevocationPolicy)| {
            let mut policy = Policy::standard();
            change(&mut policy.revocation);
            policy.seal();
            policy.digest
        };
        let same = digest(|_| ());
        assert_eq!(same, Policy::standard().digest);
        assert_ne!(digest(|policy| policy.default.clock_skew_s = 0), same);
        assert_ne!(digest(|policy| policy.default.scope = RevocationScope::EndEntity), same);
        let named = digest(|policy| {
            policy.anchors.push(("a".to_owned(), RevocationRules::new(RevocationRule::Require)));
        });
        assert_ne!(named, same);
    }
}
