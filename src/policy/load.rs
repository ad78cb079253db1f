//! `policy.toml` → [`Policy`].

use super::card::{read_cards, read_certificate, read_web_eid};
use super::saml::{read_bund_id, read_eid_server, read_eidas};
use super::{
    AlgorithmRule, CardStatus, Content, KeyBinding, Policy, RevocationPolicy, SdJwtVcPolicy,
    StatusRule, revocation,
};
use crate::config::{self, Findings, Table};
use crate::crypto::{Alg, Hash, KeyKind, sha256};
use crate::identity::{LevelOfAssurance, Loa};
use crate::pki::RevocationRule;
use std::ops::RangeInclusive;

impl Policy {
    /// Reads a policy; every finding of the text is noted.
    ///
    /// [`Policy::digest`] is the SHA-256 of `text` as it stands, so that `sha256sum policy.toml`
    /// gives it again. A laboratory setting without `laboratory = true` is a finding; stated
    /// without any such setting, the policy is a laboratory one all the same.
    ///
    /// * `file`: the name that findings carry.
    #[must_use]
    pub fn from_toml(text: &str, file: &str, findings: &mut Findings) -> Option<Self> {
        let mut policy = config::read(text, file, findings, read)?;
        policy.digest = sha256(text.as_bytes());
        Some(policy)
    }
}

fn read(table: &mut Table<'_>, findings: &mut Findings) -> Option<Policy> {
    let name = table.required_as("name", "1 to 40 of a-z, 0-9 and -", findings, policy_name);
    let version = table.required_u32("version", 1..=u32::MAX, findings);
    let stated = table.optional_bool("laboratory", findings).unwrap_or(false);
    let leeway_s = table.optional_u32("leeway_s", 0..=MAX_LEEWAY_S, findings);
    let by_card = table.has("web_eid") || table.has("certificate");
    let by_saml = ["eidas_saml", "bund_id", "eid_server"].iter().any(|key| table.has(key));
    let other = by_card || by_saml;
    // The top list is that of wallets; cards and SAML have their own.
    let wallets = table.has("sd_jwt_vc") || table.has("algorithm") || !other;
    let algorithms = if wallets { read_algorithms(table, findings) } else { Vec::new() };
    if !table.has("sd_jwt_vc") && !other {
        table.error("sd_jwt_vc", "is missing; a policy without a family accepts nothing", findings);
    }
    if by_card && !table.has("cards") {
        table.error("cards", "is missing; without it no card is accepted", findings);
    }
    let sd_jwt_vc = table.optional_table("sd_jwt_vc", findings, |table, findings| {
        read_sd_jwt_vc(table, stated, findings)
    });
    let cards = table
        .optional_table("cards", findings, |table, findings| read_cards(table, stated, findings));
    let web_eid = table.optional_table("web_eid", findings, read_web_eid);
    let certificate = table.optional_table("certificate", findings, read_certificate);
    let eidas_saml = table.optional_table("eidas_saml", findings, |table, findings| {
        read_eidas(table, stated, findings)
    });
    let bund_id = table.optional_table("bund_id", findings, |table, findings| {
        read_bund_id(table, stated, findings)
    });
    let eid_server = table.optional_table("eid_server", findings, |table, findings| {
        read_eid_server(table, stated, findings)
    });
    // A table with findings gives nothing; one that is not there gives the standard.
    let revocation = if table.has("revocation") {
        table.optional_table("revocation", findings, revocation::read)
    } else {
        Some(RevocationPolicy::standard())
    };
    if let (Some(cards), Some(revocation)) = (&cards, &revocation)
        && cards.status == CardStatus::Require
    {
        let asks_nothing =
            |source: &str| revocation.rules_for(source).rule == RevocationRule::NotForThisAnchor;
        for rule in cards.rules.iter().filter(|rule| asks_nothing(&rule.source)) {
            let message = format!(
                "has a rule for {:?}, which is not-for-this-anchor in [revocation]; no card is \
                 accepted without status",
                rule.source
            );
            table.error("cards", message, findings);
        }
    }
    let mut policy = Policy {
        name: name?,
        version: version?,
        digest: [0; 32],
        laboratory: stated,
        leeway_s: leeway_s.unwrap_or(DEFAULT_LEEWAY_S),
        algorithms,
        sd_jwt_vc,
        cards,
        web_eid,
        certificate,
        eidas_saml,
        bund_id,
        eid_server,
        revocation: revocation?,
    };
    policy.laboratory |= policy.has_laboratory_setting();
    Some(policy)
}

pub(super) fn read_algorithms(
    table: &mut Table<'_>,
    findings: &mut Findings,
) -> Vec<AlgorithmRule> {
    let errors_before = findings.errors();
    if !table.has("algorithm") {
        table.error("algorithm", "is missing; without an algorithm nothing is accepted", findings);
    }
    let mut seen = Vec::new();
    let rules = table.tables("algorithm", findings, |table, findings| {
        let what = format!("one of {}", names(Alg::ALL.iter().map(|alg| alg.name())));
        let alg = table.required_as("name", &what, findings, Alg::from_name);
        let until = table.optional_time("until", findings);
        let bits = table.optional_u32("min_rsa_bits", RSA_BITS, findings);
        let alg = alg?;
        if seen.contains(&alg) {
            // A second rule would never be looked at.
            table.error("name", "is listed already", findings);
        }
        seen.push(alg);
        let mut rule = AlgorithmRule { until, ..AlgorithmRule::new(alg) };
        if let Some(bits) = bits.and_then(|bits| u16::try_from(bits).ok()) {
            rule.min_rsa_bits = bits;
        }
        let is_rsa = alg.key_kind() == KeyKind::Rsa;
        if !is_rsa && table.has("min_rsa_bits") {
            table.error("min_rsa_bits", "has a meaning for RSA only", findings);
        }
        if is_rsa && rule.min_rsa_bits < STRONG_RSA_BITS && until.is_none() {
            let message =
                "accepts RSA below 3000 bits without end; give `until`, or `min_rsa_bits`";
            table.warning("name", message, findings);
        }
        Some(rule)
    });
    if rules.is_empty() && findings.errors() == errors_before {
        table.error("algorithm", "must not be empty", findings);
    }
    rules
}

fn read_sd_jwt_vc(
    table: &mut Table<'_>,
    laboratory: bool,
    findings: &mut Findings,
) -> Option<SdJwtVcPolicy> {
    let standard = SdJwtVcPolicy::standard();
    let types = table.optional_str_list("types", findings).unwrap_or(vec!["dc+sd-jwt"]);
    check_types(table, &types, findings);
    let content = table.optional_choice("content", CONTENTS, findings).unwrap_or(standard.content);
    let credential_types = table.optional_str_list("credential_types", findings);
    if content != Content::Layer && credential_types.as_ref().is_none_or(Vec::is_empty) {
        table.error("credential_types", "must name at least one type", findings);
    }
    let key_binding = table.optional_choice("key_binding", KEY_BINDINGS, findings);
    let max_age_s = table.optional_u32("key_binding_max_age_s", 1..=MAX_KEY_BINDING_S, findings);
    let status = table.optional_choice("status", STATUS_RULES, findings);
    let short_lived_s = table.optional_duration_s("short_lived", 0..=MAX_SHORT_LIVED_S, findings);
    let hashes = table
        .optional_list("hashes", findings, |value, findings| value.choice(HASHES, findings))
        .unwrap_or(standard.hashes);
    check_hashes(table, &hashes, findings);
    let level = table.required_as(
        "loa",
        "one of \"low\", \"substantial\", \"high\"",
        findings,
        LevelOfAssurance::from_name,
    );
    let notified = table.required_bool("notified", findings);
    let max_bytes = table.optional_u32("max_bytes", MIN_BYTES..=MAX_BYTES, findings);
    let policy = SdJwtVcPolicy {
        types: types.into_iter().map(str::to_owned).collect(),
        credential_types: credential_types
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        key_binding: key_binding.unwrap_or(standard.key_binding),
        key_binding_max_age_s: max_age_s.unwrap_or(standard.key_binding_max_age_s),
        status: status.unwrap_or(standard.status),
        short_lived_s: short_lived_s.unwrap_or(standard.short_lived_s),
        hashes,
        content,
        loa: standard.loa,
        max_bytes: max_bytes.unwrap_or(standard.max_bytes),
    };
    if !laboratory {
        refuse_laboratory_settings(table, &policy, findings);
    }
    Some(SdJwtVcPolicy { loa: Loa { level: level?, notified: notified? }, ..policy })
}

fn check_types(table: &Table<'_>, types: &[&str], findings: &mut Findings) {
    if types.is_empty() {
        table.error("types", "must not be empty", findings);
    }
    for name in types {
        match *name {
            "dc+sd-jwt" => {}
            "vc+sd-jwt" => {
                table.warning("types", "vc+sd-jwt is the type of drafts before 2025", findings);
            }
            _ => {
                let message = format!("must be of \"dc+sd-jwt\", \"vc+sd-jwt\", has {name:?}");
                table.error("types", message, findings);
            }
        }
    }
}

fn check_hashes(table: &Table<'_>, hashes: &[Hash], findings: &mut Findings) {
    if hashes.is_empty() {
        table.error("hashes", "must not be empty", findings);
    }
    let repeated = |hash: &Hash| hashes.iter().filter(|other| *other == hash).count() > 1;
    if hashes.iter().any(repeated) {
        table.error("hashes", "has one more than once", findings);
    }
}

// The other face of `SdJwtVcPolicy::is_laboratory`: which settings make it one.
fn refuse_laboratory_settings(table: &Table<'_>, policy: &SdJwtVcPolicy, findings: &mut Findings) {
    let settings = [
        ("key_binding", policy.key_binding != KeyBinding::Required),
        ("status", policy.status != StatusRule::Require),
        ("content", policy.content != Content::Pid),
    ];
    for (key, is_laboratory) in settings {
        if is_laboratory {
            let message = "is a laboratory setting; it needs `laboratory = true` at the top, and \
                           verdicts under it never become assertions";
            table.error(key, message, findings);
        }
    }
}

fn policy_name(text: &str) -> Option<String> {
    let good = text.len() <= 40
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    good.then(|| text.to_owned())
}

pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

const CONTENTS: &[(&str, Content)] =
    &[("pid", Content::Pid), ("credential", Content::Credential), ("layer", Content::Layer)];
const KEY_BINDINGS: &[(&str, KeyBinding)] =
    &[("required", KeyBinding::Required), ("if-present", KeyBinding::IfPresent)];
const STATUS_RULES: &[(&str, StatusRule)] =
    &[("require", StatusRule::Require), ("not-evaluated", StatusRule::NotEvaluated)];
const HASHES: &[(&str, Hash)] =
    &[("sha-256", Hash::Sha256), ("sha-384", Hash::Sha384), ("sha-512", Hash::Sha512)];

const DEFAULT_LEEWAY_S: u32 = 30;
// Two minutes bridge bad clocks; more would only prolong what has expired.
pub(super) const MAX_LEEWAY_S: u32 = 120;
// A proof of possession older than an hour proves nothing about the person at the other end.
pub(super) const MAX_KEY_BINDING_S: u32 = 3_600;
// ARF VCR_01: only what lives at most 24 hours may go without a status.
pub(super) const MAX_SHORT_LIVED_S: u32 = 86_400;
// A portrait is base64-encoded twice (docs/limits.md).
pub(super) const MAX_BYTES: u32 = 512 * 1024;
// Below this no presentation fits.
const MIN_BYTES: u32 = 1_024;
// `crypto::RSA_MIN_BITS` to `crypto::RSA_MAX_BITS`.
const RSA_BITS: RangeInclusive<u32> = 2_048..=8_192;
// What the agreed cryptographic mechanisms ask of RSA that has no end date.
const STRONG_RSA_BITS: u16 = 3_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::crypto::{RSA_MAX_BITS, RSA_MIN_BITS};

    const STANDARD: &str = include_str!("../host/templates/policy.toml");
    const HEAD: &str = "name = \"x\"\nversion = 1\n";
    const FAMILY: &str = "[sd_jwt_vc]\ncredential_types = [\"urn:eudi:pid:1\"]\nloa = \"high\"\n\
                          notified = true\n";
    const ES256: &str = "[[algorithm]]\nname = \"ES256\"\n";

    fn load(text: &str) -> (Option<Policy>, Vec<String>) {
        let mut findings = Findings::new();
        let policy = Policy::from_toml(text, "policy.toml", &mut findings);
        (policy, findings.iter().map(ToString::to_string).collect())
    }

    // The one finding of a text, without file and line.
    fn finding(text: &str) -> String {
        let (policy, findings) = load(text);
        assert!(policy.is_none(), "{text}");
        assert_eq!(findings.len(), 1, "{findings:#?}");
        findings[0].split_once("error: ").unwrap().1.to_owned()
    }

    #[test]
    fn the_template_says_what_the_standard_policy_is() {
        let (policy, findings) = load(STANDARD);
        assert_eq!(findings, Vec::<String>::new());
        let standard = Policy { digest: sha256(STANDARD.as_bytes()), ..Policy::standard() };
        assert_eq!(policy, Some(standard));
    }

    #[test]
    fn what_is_left_out_is_as_in_the_standard_policy() {
        let (policy, findings) = load(&format!("{HEAD}{ES256}{FAMILY}"));
        assert_eq!(findings, Vec::<String>::new());
        let policy = policy.unwrap();
        assert_eq!(policy.leeway_s, Policy::standard().leeway_s);
        assert_eq!(policy.sd_jwt_vc, Policy::standard().sd_jwt_vc);
        assert!(!policy.laboratory);
    }

    #[test]
    fn the_digest_is_that_of_the_text() {
        let (one, _) = load(STANDARD);
        let (other, _) = load(&format!("{STANDARD}\n"));
        assert_ne!(one.unwrap().digest, other.unwrap().digest);
    }

    #[test]
    fn rsa_ends_on_its_date() {
        let rule = "[[algorithm]]\nname = \"PS256\"\nuntil = \"2029-01-01T00:00:00Z\"\n";
        let (policy, findings) = load(&format!("{HEAD}{rule}{FAMILY}"));
        assert_eq!(findings, Vec::<String>::new());
        let rule = policy.unwrap().algorithms[0];
        assert_eq!(rule.until, UnixTime::from_rfc3339("2029-01-01T00:00:00Z"));
        assert_eq!(rule.min_rsa_bits, 2_048);
    }

    #[test]
    fn short_rsa_without_end_is_a_warning() {
        let rule = |bits: u16| {
            format!("{HEAD}[[algorithm]]\nname = \"PS256\"\nmin_rsa_bits = {bits}\n{FAMILY}")
        };
        let (policy, findings) = load(&rule(2_999));
        assert_eq!(policy.unwrap().algorithms[0].min_rsa_bits, 2_999);
        assert!(findings[0].contains(":4: warning: algorithm[0].name"), "{findings:?}");
        assert!(load(&rule(3_000)).1.is_empty());
    }

    #[test]
    fn the_range_of_rsa_is_that_of_the_key_reader() {
        assert_eq!(u32::try_from(RSA_MIN_BITS), Ok(*RSA_BITS.start()));
        assert_eq!(u32::try_from(RSA_MAX_BITS), Ok(*RSA_BITS.end()));
    }

    #[test]
    fn leeway_has_a_ceiling() {
        for (leeway, good) in [(0, true), (120, true), (121, false)] {
            let text = format!("{HEAD}leeway_s = {leeway}\n{ES256}{FAMILY}");
            assert_eq!(load(&text).0.is_some(), good, "{leeway}");
        }
    }

    #[test]
    fn algorithms_that_do_not_exist_here_are_named() {
        for name in ["none", "HS256", "ES256K", "es256"] {
            let found =
                finding(&format!("{HEAD}[[algorithm]]\nname = \"{name}\"\n{ES256}{FAMILY}"));
            assert!(found.starts_with("algorithm[0].name: must be one of \"EdDSA\""), "{found}");
        }
    }

    #[test]
    fn a_second_rule_for_an_algorithm_is_refused() {
        let twice = "[[algorithm]]\nname = \"EdDSA\"\n[[algorithm]]\nname = \"Ed25519\"\n";
        assert_eq!(
            finding(&format!("{HEAD}{twice}{FAMILY}")),
            "algorithm[1].name: is listed already"
        );
    }

    #[test]
    fn nothing_listed_is_refused() {
        assert!(finding(&format!("{HEAD}{FAMILY}")).starts_with("algorithm: is missing"));
        assert!(finding(&format!("{HEAD}{ES256}")).starts_with("sd_jwt_vc: is missing"));
        let found = finding(&format!("{HEAD}algorithm = []\n{FAMILY}"));
        assert_eq!(found, "algorithm: must not be empty");
    }

    #[test]
    fn each_laboratory_setting_must_be_admitted() {
        for setting in
            ["key_binding = \"if-present\"", "status = \"not-evaluated\"", "content = \"layer\""]
        {
            let found = finding(&format!("{HEAD}{ES256}{FAMILY}{setting}\n"));
            assert!(found.contains("is a laboratory setting"), "{found}");
            let (policy, findings) =
                load(&format!("{HEAD}laboratory = true\n{ES256}{FAMILY}{setting}\n"));
            assert_eq!(findings, Vec::<String>::new());
            assert!(policy.unwrap().laboratory);
        }
    }

    #[test]
    fn a_policy_may_call_itself_laboratory() {
        let (policy, _) = load(&format!("{HEAD}laboratory = true\n{ES256}{FAMILY}"));
        let mut policy = policy.unwrap();
        assert!(policy.laboratory);
        policy.seal();
        assert!(policy.laboratory);
    }

    #[test]
    fn ten_mistakes_are_ten_findings() {
        let text = "\
name = \"No Spaces\"
leeway_s = 121
loud = true
[[algorithm]]
name = \"HS256\"
[sd_jwt_vc]
types = [\"jwt\"]
key_binding = \"maybe\"
status = \"not-evaluated\"
short_lived = \"25h\"
hashes = [\"sha-1\"]
content = \"credential\"
loa = \"highest\"
notified = 1
";
        let (policy, findings) = load(text);
        assert_eq!(policy, None);
        let places: Vec<String> = findings
            .iter()
            .map(|text| text.splitn(5, ": ").take(3).collect::<Vec<_>>().join(": "))
            .collect();
        let expected = [
            "policy.toml:1: error: name",
            "policy.toml:1: error: version",
            "policy.toml:2: error: leeway_s",
            "policy.toml:3: error: loud",
            "policy.toml:5: error: algorithm[0].name",
            "policy.toml:6: error: sd_jwt_vc.credential_types",
            "policy.toml:7: error: sd_jwt_vc.types",
            "policy.toml:8: error: sd_jwt_vc.key_binding",
            "policy.toml:9: error: sd_jwt_vc.status",
            "policy.toml:10: error: sd_jwt_vc.short_lived",
            "policy.toml:11: error: sd_jwt_vc.hashes[0]",
            "policy.toml:12: error: sd_jwt_vc.content",
            "policy.toml:13: error: sd_jwt_vc.loa",
            "policy.toml:14: error: sd_jwt_vc.notified",
        ];
        assert_eq!(places, expected);
    }
}
