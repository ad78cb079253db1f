//! What is asked of the certificates of eID cards, whichever way they come, and of the two families
//! that bring them: `[cards]`, `[web_eid]` and `[certificate]` of `policy.toml`.

use super::AlgorithmRule;
use super::load::{names, read_algorithms};
use crate::UnixTime;
use crate::config::{Findings, Table};
use crate::crypto::{Alg, PublicKey, Scheme};
use crate::identity::{self, LevelOfAssurance, Loa};
use crate::pki::Oid;
use crate::verdict::Code;
use std::collections::BTreeSet;

/// Which card certificates are accepted, and what they say.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CardPolicy {
    /// Accepted signature algorithms, of cards and of the CAs above them; everything else is refused.
    pub algorithms: Vec<AlgorithmRule>,
    /// Certificate policies under which nobody logs in, each with everything below it.
    pub denied_policies: Vec<Oid>,
    /// What each issuing CA may say. A certificate that no rule is for is refused.
    pub rules: Vec<CardRule>,
    /// Whether the status of certificates is looked at, by the rules of `[revocation]`. Anything but
    /// `Require` is laboratory.
    pub status: CardStatus,
}

/// What the certificates of one issuing CA under certain policies say.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CardRule {
    /// Name of the source in `trust.toml` that holds the CA.
    pub source: String,
    /// Certificate policies, one of which the certificate must have.
    pub policies: Vec<Oid>,
    /// How its subject names a person.
    pub scheme: identity::Scheme,
    /// The level of its holders, before the anchor's cap. Never taken from the certificate.
    pub loa: Loa,
    /// Whether the key may also be one for signatures (key usage nonRepudiation). Default no.
    pub non_repudiation: bool,
}

/// What happens with the status of the certificates of a card.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CardStatus {
    /// Left out, and said so. Laboratory.
    NotEvaluated,
    /// Needed for each certificate below the anchor.
    Require,
}

/// What is asked of a Web eID token.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WebEidPolicy {
    /// Accepted values of `format`, byte for byte.
    pub formats: Vec<String>,
    /// Largest token in bytes.
    pub max_bytes: u32,
}

/// What is asked of a TLS handshake that presents a card.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CertificatePolicy {
    /// Oldest accepted handshake, seconds before `now`. Default 300.
    pub max_handshake_age_s: u32,
    /// Largest statement in bytes, its certificates included.
    pub max_bytes: u32,
}

impl CardPolicy {
    /// No card at all: the algorithms and denied policies of the standard, and no rule.
    #[must_use]
    pub fn standard() -> Self {
        let algorithms = [
            Alg::Es256,
            Alg::Es384,
            Alg::Es512,
            Alg::Ps256,
            Alg::Ps384,
            Alg::Ps512,
            Alg::Rs256,
            Alg::Rs384,
            Alg::Rs512,
        ];
        Self {
            algorithms: algorithms.map(AlgorithmRule::new).into(),
            denied_policies: DENIED.iter().filter_map(|dotted| Oid::from_dotted(dotted)).collect(),
            rules: Vec::new(),
            status: CardStatus::Require,
        }
    }

    /// Whether a signature algorithm is accepted with this key at this time.
    ///
    /// # Errors
    /// As [`super::Policy::accepts`].
    pub fn accepts(&self, alg: Alg, key: &PublicKey, now: UnixTime) -> Result<(), Code> {
        super::accepts(&self.algorithms, alg, key, now)
    }

    /// Whether certificates, OCSP answers and CRLs may be signed by this scheme with this key.
    ///
    /// # Errors
    /// As [`super::Policy::accepts_scheme`].
    pub fn accepts_scheme(
        &self,
        scheme: Scheme,
        key: &PublicKey,
        now: UnixTime,
    ) -> Result<(), Code> {
        super::accepts_scheme(&self.algorithms, scheme, key, now)
    }

    /// The rule for certificates of a source with these policies: the first that fits.
    #[must_use]
    pub fn rule(&self, source: &str, policies: &[Oid]) -> Option<(&CardRule, Oid)> {
        self.rules.iter().filter(|rule| rule.source == source).find_map(|rule| {
            let listed = policies.iter().find(|policy| rule.policies.contains(policy))?;
            Some((rule, listed.clone()))
        })
    }

    /// The first of the policies under which nobody logs in.
    #[must_use]
    pub fn denied<'a>(&self, policies: &'a [Oid]) -> Option<&'a Oid> {
        policies
            .iter()
            .find(|policy| self.denied_policies.iter().any(|base| is_at_or_below(policy, base)))
    }

    pub(super) fn is_in_range(&self) -> bool {
        !self.algorithms.is_empty() && self.rules.iter().all(|rule| !rule.policies.is_empty())
    }

    pub(super) fn is_laboratory(&self) -> bool {
        self.status != CardStatus::Require
    }
}

impl WebEidPolicy {
    /// Every format, at most 64 KiB.
    #[must_use]
    pub fn standard() -> Self {
        let formats = FORMATS.iter().map(|format| (*format).to_owned()).collect();
        Self { formats, max_bytes: WEB_EID_MAX_BYTES }
    }

    pub(super) fn is_in_range(&self) -> bool {
        let known = |format: &String| FORMATS.contains(&format.as_str());
        !self.formats.is_empty()
            && self.formats.iter().all(known)
            && (WEB_EID_MIN_BYTES..=WEB_EID_MAX_BYTES).contains(&self.max_bytes)
    }
}

impl CertificatePolicy {
    /// Handshakes of the last five minutes, at most 256 KiB.
    #[must_use]
    pub const fn standard() -> Self {
        Self { max_handshake_age_s: 300, max_bytes: CERTIFICATE_MAX_BYTES }
    }

    pub(super) fn is_in_range(&self) -> bool {
        (1..=MAX_HANDSHAKE_AGE_S).contains(&self.max_handshake_age_s)
            && (CERTIFICATE_MIN_BYTES..=CERTIFICATE_MAX_BYTES).contains(&self.max_bytes)
    }
}

// An arc of the identifier is one or more bytes, the last of which is below 128: a prefix of whole
// bytes that ends with such a byte is a prefix of whole arcs.
fn is_at_or_below(policy: &Oid, base: &Oid) -> bool {
    policy.as_bytes().starts_with(base.as_bytes())
}

pub(super) fn read_cards(
    table: &mut Table<'_>,
    laboratory: bool,
    findings: &mut Findings,
) -> Option<CardPolicy> {
    let algorithms = read_algorithms(table, findings);
    let denied = table.optional_list("denied_policies", findings, |value, findings| {
        value.text_as(OID, findings, Oid::from_dotted)
    });
    let mut schemes = identity::Scheme::standard();
    let own = table.tables("scheme", findings, |table, findings| {
        let scheme = identity::Scheme::read(table, findings)?;
        if schemes.iter().any(|other| other.name == scheme.name) {
            table.error("name", "is the name of a scheme of the library already", findings);
        }
        Some(scheme)
    });
    schemes.extend(own);
    let mut seen = BTreeSet::new();
    let rules = table.tables("rule", findings, |table, findings| {
        let rule = read_rule(table, &schemes, findings)?;
        for policy in &rule.policies {
            if !seen.insert((rule.source.clone(), policy.to_string())) {
                let message = format!("has {policy}, which another rule of the source has");
                table.error("policies", message, findings);
            }
        }
        Some(rule)
    });
    let status = table.optional_choice("status", STATUS, findings).unwrap_or(CardStatus::Require);
    if status != CardStatus::Require && !laboratory {
        let message = "is a laboratory setting; it needs `laboratory = true` at the top, and \
                       verdicts under it never become assertions";
        table.error("status", message, findings);
    }
    let standard = CardPolicy::standard();
    let denied_policies = denied.unwrap_or(standard.denied_policies);
    Some(CardPolicy { algorithms, denied_policies, rules, status })
}

fn read_rule(
    table: &mut Table<'_>,
    schemes: &[identity::Scheme],
    findings: &mut Findings,
) -> Option<CardRule> {
    let source = table.required_str("source", findings).map(str::to_owned);
    let policies = table.required_list("policies", findings, |value, findings| {
        value.text_as(OID, findings, Oid::from_dotted)
    });
    let what = format!("one of {}", names(schemes.iter().map(|scheme| scheme.name.as_str())));
    let scheme = table.required_as("scheme", &what, findings, |name| {
        schemes.iter().find(|scheme| scheme.name == name).cloned()
    });
    let level = table.required_as(
        "loa",
        "one of \"low\", \"substantial\", \"high\"",
        findings,
        LevelOfAssurance::from_name,
    );
    let notified = table.required_bool("notified", findings);
    let non_repudiation = table.optional_bool("non_repudiation", findings).unwrap_or(false);
    Some(CardRule {
        source: source?,
        policies: policies?,
        scheme: scheme?,
        loa: Loa { level: level?, notified: notified? },
        non_repudiation,
    })
}

pub(super) fn read_web_eid(table: &mut Table<'_>, findings: &mut Findings) -> Option<WebEidPolicy> {
    let standard = WebEidPolicy::standard();
    let formats = table.optional_list("formats", findings, |value, findings| {
        let what = format!("one of {}", names(FORMATS.iter().copied()));
        value.text_as(&what, findings, |text| FORMATS.contains(&text).then(|| text.to_owned()))
    });
    if formats.as_ref().is_some_and(Vec::is_empty) {
        table.error("formats", "must not be empty", findings);
    }
    let max_bytes =
        table.optional_u32("max_bytes", WEB_EID_MIN_BYTES..=WEB_EID_MAX_BYTES, findings);
    Some(WebEidPolicy {
        formats: formats.unwrap_or(standard.formats),
        max_bytes: max_bytes.unwrap_or(standard.max_bytes),
    })
}

pub(super) fn read_certificate(
    table: &mut Table<'_>,
    findings: &mut Findings,
) -> Option<CertificatePolicy> {
    let standard = CertificatePolicy::standard();
    let age_s = table.optional_u32("max_handshake_age_s", 1..=MAX_HANDSHAKE_AGE_S, findings);
    let max_bytes =
        table.optional_u32("max_bytes", CERTIFICATE_MIN_BYTES..=CERTIFICATE_MAX_BYTES, findings);
    Some(CertificatePolicy {
        max_handshake_age_s: age_s.unwrap_or(standard.max_handshake_age_s),
        max_bytes: max_bytes.unwrap_or(standard.max_bytes),
    })
}

/// The formats that are read at all, exactly.
pub(crate) const FORMATS: &[&str] = &["web-eid:1", "web-eid:1.0", "web-eid:1.1"];

// Estonian Mobile-ID: a key in a SIM must not pass as a card. 1.3.6.1.4.1.10015.1.3 and below.
const DENIED: &[&str] = &["1.3.6.1.4.1.10015.1.3"];

const OID: &str = "an object identifier in dotted form";
const STATUS: &[(&str, CardStatus)] =
    &[("require", CardStatus::Require), ("not-evaluated", CardStatus::NotEvaluated)];

// The format of 2021 has 100 to 10 000 characters; 1.1 carries up to eight certificates more.
const WEB_EID_MIN_BYTES: u32 = 1_024;
const WEB_EID_MAX_BYTES: u32 = 64 * 1024;
// A chain of TLS: a few certificates of a few KiB, base64.
const CERTIFICATE_MIN_BYTES: u32 = 1_024;
const CERTIFICATE_MAX_BYTES: u32 = 256 * 1024;
// A handshake older than an hour says nothing about who sits at the other end now.
const MAX_HANDSHAKE_AGE_S: u32 = 3_600;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    const RULE: &str = "[[cards.rule]]\nsource = \"ee\"\npolicies = [\"1.3.6.1.4.1.51361.1.2.1\"]\n\
                        scheme = \"ee-pno\"\nloa = \"high\"\nnotified = true\n";
    const ALGORITHM: &str = "[[cards.algorithm]]\nname = \"ES384\"\n";

    fn load(text: &str, laboratory: bool) -> (Option<CardPolicy>, String) {
        let mut findings = Findings::new();
        let read = config::read(text, "policy.toml", &mut findings, |table, findings| {
            table.optional_table("cards", findings, |table, findings| {
                read_cards(table, laboratory, findings)
            })
        });
        (read, findings.to_string())
    }

    fn oid(dotted: &str) -> Oid {
        Oid::from_dotted(dotted).unwrap()
    }

    #[test]
    fn reads_a_rule_and_leaves_the_rest_as_in_the_standard() {
        let (read, findings) = load(&format!("{ALGORITHM}{RULE}"), false);
        assert_eq!(findings, "");
        let read = read.unwrap();
        assert_eq!(read.denied_policies, CardPolicy::standard().denied_policies);
        assert_eq!((read.status, read.rules.len()), (CardStatus::Require, 1));
        let policies = [oid("0.4.0.2042.1.2"), oid("1.3.6.1.4.1.51361.1.2.1")];
        assert_eq!(read.rule("ee", &policies).unwrap().1, policies[1]);
        assert!(read.rule("ee", &policies[..1]).is_none());
        assert!(read.rule("lv", &policies).is_none());
    }

    #[test]
    fn each_mistake_is_a_finding() {
        let good = format!("{ALGORITHM}{RULE}");
        for (right, wrong, message) in [
            ("[[cards.algorithm]]\nname = \"ES384\"\n", "", "cards.algorithm: is missing"),
            ("\"ee-pno\"", "\"ee\"", "cards.rule[0].scheme: must be one of \"be-nrn\""),
            ("51361.1.2.1", "51361.1.x", "cards.rule[0].policies[0]: must be an object"),
            ("[\"1.3.6.1.4.1.51361.1.2.1\"]", "[]", "cards.rule[0].policies: must not be empty"),
            ("\"high\"", "\"QcSSCD\"", "cards.rule[0].loa: must be one of"),
            ("notified = true", "", "cards.rule[0].notified: is missing"),
            (
                "[[cards.algorithm]]",
                "[cards]\nstatus = \"not-evaluated\"\n[[cards.algorithm]]",
                "cards.status: is a laboratory setting",
            ),
        ] {
            let (read, found) = load(&good.replacen(right, wrong, 1), false);
            assert!(found.contains(message), "{wrong}: {found}");
            assert!(read.is_none());
        }
        let (_, found) = load(&format!("{good}{RULE}"), false);
        assert!(found.contains("cards.rule[1].policies: has 1.3.6.1.4.1.51361.1.2.1, which"));
        let left_out = "[cards]\nstatus = \"not-evaluated\"\n";
        assert!(load(&format!("{left_out}{good}"), true).0.unwrap().is_laboratory());
    }

    #[test]
    fn an_own_scheme_is_read_and_does_not_replace_one_of_the_library() {
        let scheme = |name: &str| {
            format!(
                "{ALGORITHM}[[cards.scheme]]\nname = \"{name}\"\ncountry = \"XX\"\nsource = \"s\"\n\
                 form = \"semantics\"\ntypes = [\"PNO\"]\npatterns = [\"99\"]\nkind = \"etsi-pno\"\n\
                 number = \"none\"\n{}",
                RULE.replace("ee-pno", "xx"),
            )
        };
        let (read, findings) = load(&scheme("xx"), false);
        assert_eq!(findings, "");
        assert_eq!(read.unwrap().rules[0].scheme.name, "xx");
        assert!(load(&scheme("ee-pno"), false).1.contains("cards.scheme[0].name: is the name"));
    }

    #[test]
    fn a_denied_policy_denies_what_is_below_it_and_not_its_neighbours() {
        let cards = CardPolicy::standard();
        for denied in
            ["1.3.6.1.4.1.10015.1.3", "1.3.6.1.4.1.10015.1.3.1", "1.3.6.1.4.1.10015.1.3.3"]
        {
            assert_eq!(cards.denied(&[oid("0.4.0.2042.1.2"), oid(denied)]), Some(&oid(denied)));
        }
        for allowed in [
            "1.3.6.1.4.1.10015.1.1",
            "1.3.6.1.4.1.10015.1",
            "1.3.6.1.4.1.10015.1.30",
            "1.3.6.1.4.1.10015.1.300",
        ] {
            assert_eq!(cards.denied(&[oid(allowed)]), None, "{allowed}");
        }
    }
}
