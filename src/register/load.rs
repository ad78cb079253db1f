//! Reads `register.toml` (docs/register.md) and collects every finding.
//!
//! What the file format knows but this version does not offer is a finding of its own, so that no
//! protection is believed in that nobody gives.

use super::load_rules::read_scope;
use super::{
    Client, ClientAuthentication, LeapDay, Output, Procedure, Register, Scope, SenderConstraint,
    SubjectMode,
};
use crate::config::{self, Findings, Table, Value};
use crate::crypto::{Alg, sha256};
use crate::identity::{Family, LevelOfAssurance, PersonKind, Representative};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Register {
    /// Loads a register, or tells everything that is wrong with it.
    ///
    /// * `text`: the file, whole. Its SHA-256 becomes the digest of the register.
    /// * `file`: the name that findings carry.
    ///
    /// Returns `None` when there is a finding that stops the start.
    #[must_use]
    pub fn from_toml(text: &str, file: &str, findings: &mut Findings) -> Option<Self> {
        config::read(text, file, findings, |table, findings| {
            let _version = table.required_u32("version", 1..=1, findings);
            // Collected apart, so that a mistake elsewhere in a procedure or client does not
            // make every mention of it look wrong as well.
            let mut named = BTreeMap::new();
            let mut defined = BTreeSet::new();
            let errors = findings.errors();
            let procedures = table.named_tables("procedure", findings, |id, table, findings| {
                read_procedure(id, table, &mut named, findings)
            });
            if procedures.is_empty() && findings.errors() == errors {
                table.error("procedure", "is missing: at least one is needed", findings);
            }
            let clients = table.named_tables("client", findings, |id, table, findings| {
                defined.insert(id);
                if !named.contains_key(id) {
                    table.error_here("is named by no procedure", findings);
                }
                read_client(id, table, findings)
            });
            for (id, mention) in named {
                if !defined.contains(id) {
                    mention.error(format!("client {id:?} is not defined"), findings);
                }
            }
            let owned = |(id, one): (&str, Procedure)| (id.to_owned(), Arc::new(one));
            Some(Self {
                procedures: procedures.into_iter().map(owned).collect(),
                clients: clients.into_iter().map(|(id, one)| (id.to_owned(), one)).collect(),
                digest: sha256(text.as_bytes()),
            })
        })
    }
}

// Reads everything first and gives up last, so that one reading finds all there is to find.
fn read_procedure<'t>(
    id: &str,
    table: &mut Table<'t>,
    named: &mut BTreeMap<&'t str, Value<'t>>,
    findings: &mut Findings,
) -> Option<Procedure> {
    let id = check_id(id, table, findings);
    let name = table.optional_str("name", findings);
    let owner = table.required_str("owner", findings);
    let legal_basis = table.required_str("legal_basis", findings);
    let what = "a purpose id of at most 300 characters";
    let purpose = table.optional_as("purpose", what, findings, |text| {
        (text.chars().count() <= MAX_PURPOSE_CHARS).then_some(text)
    });
    let sector = table.required_as("sector", "1 to 40 of a-z, 0-9 and -", findings, sector);
    let clients = read_clients(table, named, findings);
    let min_loa = table.required_choice("min_loa", LEVELS, findings);
    let notified_only = table.optional_bool("notified_only", findings);
    let families = read_families(table, findings);
    let persons = read_words("persons", table, PERSONS, findings);
    if persons.as_ref().is_some_and(BTreeSet::is_empty) {
        table.error("persons", "must not be empty", findings);
    }
    let representatives = read_words("representatives", table, REPRESENTATIVES, findings);
    let max_lifetime_s = table.optional_u32("max_lifetime", 10..=3600, findings);
    let max_auth_age_s = table.optional_u32("max_auth_age", 1..=86_400, findings);
    let constraints =
        SenderConstraint::ALL.iter().map(|one| (one.name(), *one)).collect::<Vec<_>>();
    let sender_constraint = table.optional_choice("sender_constraint", &constraints, findings);
    let single_use = table.optional_bool("single_use", findings);
    let alg = table.optional_choice("alg", ALGORITHMS, findings);
    let output = read_output(table, findings);
    let subject = table.optional_choice("subject", SUBJECTS, findings);
    let leap_day = table.optional_choice("leap_day", LEAP_DAYS, findings);
    let scopes = read_scopes(table, findings);
    for key in NOT_OFFERED {
        if let Some(value) = table.value(key) {
            value.error(NOT_OFFERED_TEXT, findings);
        }
    }
    Some(Procedure {
        name: name.or(id)?.to_owned(),
        id: id?.to_owned(),
        owner: owner?.to_owned(),
        legal_basis: legal_basis?.to_owned(),
        purpose: purpose.map(str::to_owned),
        sector: sector?.to_owned(),
        clients: clients?,
        min_loa: min_loa?,
        notified_only: notified_only.unwrap_or(true),
        families: families?,
        persons: persons.unwrap_or_else(|| BTreeSet::from([PersonKind::Natural])),
        representatives: representatives.unwrap_or_default(),
        max_lifetime_s: max_lifetime_s.unwrap_or(300),
        max_auth_age_s: max_auth_age_s.unwrap_or(900),
        sender_constraint: sender_constraint.unwrap_or_default(),
        single_use: single_use.unwrap_or(true),
        alg: alg.unwrap_or(Alg::Es256),
        output: output?,
        subject: subject.unwrap_or_default(),
        leap_day: leap_day.unwrap_or_default(),
        scopes: scopes?,
    })
}

// An id is compared byte for byte and becomes `aud` or `client_id`.
fn check_id<'i>(id: &'i str, table: &Table<'_>, findings: &mut Findings) -> Option<&'i str> {
    let fits = (1..=MAX_ID_LEN).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    if !fits {
        let message = "an id has 1 to 200 printable ASCII characters without space";
        table.error_here(message, findings);
    }
    fits.then_some(id)
}

fn read_clients<'t>(
    table: &mut Table<'t>,
    named: &mut BTreeMap<&'t str, Value<'t>>,
    findings: &mut Findings,
) -> Option<BTreeSet<String>> {
    let list = table.required_list("clients", findings, |value, findings| {
        let id = value.text(findings)?;
        named.entry(id).or_insert_with(|| value.clone());
        Some((id, value))
    })?;
    without_repetition(list, findings)
}

fn read_families(table: &mut Table<'_>, findings: &mut Findings) -> Option<BTreeSet<Family>> {
    let list = table.required_list("families", findings, |value, findings| {
        let name = value.text(findings)?;
        let family = Family::from_name(name).filter(|family| family.is_offered());
        if family.is_none() {
            let known = LATER_FAMILIES.contains(&name);
            let message = if known { NOT_OFFERED_TEXT } else { "is no token family" };
            value.error(format!("{name:?} {message}"), findings);
        }
        Some((family?, value))
    })?;
    let mut families = BTreeSet::new();
    for (family, value) in list {
        if !families.insert(family) {
            value.error(format!("{:?} is listed twice", family.name()), findings);
        }
    }
    Some(families)
}

// A list of words of a closed list, each at most once.
fn read_words<T: Copy + Ord>(
    key: &'static str,
    table: &mut Table<'_>,
    choices: &[(&str, T)],
    findings: &mut Findings,
) -> Option<BTreeSet<T>> {
    let list = table.optional_list(key, findings, |value, findings| {
        let word = value.choice(choices, findings)?;
        Some((word, value))
    })?;
    let mut words = BTreeSet::new();
    for (word, value) in list {
        if !words.insert(word) {
            value.error("is listed twice", findings);
        }
    }
    Some(words)
}

fn without_repetition(
    list: Vec<(&str, Value<'_>)>,
    findings: &mut Findings,
) -> Option<BTreeSet<String>> {
    let mut set = BTreeSet::new();
    for (text, value) in list {
        if !set.insert(text.to_owned()) {
            value.error(format!("{text:?} is listed twice"), findings);
        }
    }
    Some(set)
}

fn read_output(table: &mut Table<'_>, findings: &mut Findings) -> Option<Output> {
    let Some(value) = table.value("output") else { return Some(Output::default()) };
    match value.text(findings)? {
        "ida" => return Some(Output::Ida),
        "flat" => value.error(format!("\"flat\" {NOT_OFFERED_TEXT}"), findings),
        other => value.error(format!("must be \"ida\", is {other:?}"), findings),
    }
    None
}

fn read_scopes(table: &mut Table<'_>, findings: &mut Findings) -> Option<BTreeMap<String, Scope>> {
    let errors = findings.errors();
    let mut outputs = BTreeMap::new();
    let scopes = table.named_tables("scopes", findings, |name, table, findings| {
        // RFC 6749, 3.3: printable ASCII without space, quote and backslash.
        let token = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\');
        if !(1..=MAX_SCOPE_LEN).contains(&name.len()) || !name.bytes().all(token) {
            table.error_here("a scope has 1 to 80 characters of RFC 6749, 3.3", findings);
        }
        read_scope(name, table, &mut outputs, findings)
    });
    if scopes.is_empty() && findings.errors() == errors {
        table.error("scopes", "is missing: at least one scope is needed", findings);
    }
    if scopes.len() > MAX_SCOPES {
        table.error("scopes", "a procedure has at most 64 scopes", findings);
    }
    Some(scopes.into_iter().map(|(name, scope)| (name.to_owned(), scope)).collect())
}

fn read_client(id: &str, table: &mut Table<'_>, findings: &mut Findings) -> Option<Client> {
    let id = check_id(id, table, findings);
    let auth = table.required_table("auth", findings, |table, findings| {
        let kind = table.value("kind");
        let Some(kind) = kind else {
            table.error("kind", "is missing", findings);
            return None;
        };
        match kind.text(findings)? {
            "host" => return Some(ClientAuthentication::Host),
            name @ ("mtls" | "private_key_jwt") => {
                // What belongs to the kind is not unknown, it is not offered either.
                let _ = (table.value("cert_sha256"), table.value("jwk"));
                let message = format!(
                    "{name:?} {NOT_OFFERED_TEXT}: \"host\" says that the program that calls the \
                     library authenticates the client"
                );
                kind.error(message, findings);
            }
            other => kind.error(format!("must be \"host\", is {other:?}"), findings),
        }
        None
    });
    Some(Client { id: id?.to_owned(), auth: auth? })
}

fn sector(text: &str) -> Option<&str> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    ((1..=40).contains(&text.len()) && text.bytes().all(allowed)).then_some(text)
}

pub(super) const NOT_OFFERED_TEXT: &str = "is not offered in this version";

const LEVELS: &[(&str, LevelOfAssurance)] = &[
    (LevelOfAssurance::Low.name(), LevelOfAssurance::Low),
    (LevelOfAssurance::Substantial.name(), LevelOfAssurance::Substantial),
    (LevelOfAssurance::High.name(), LevelOfAssurance::High),
];

// What assertions are signed with (docs/algorithms.md); RS256 and ES512 are verified only.
const ALGORITHMS: &[(&str, Alg)] = &[
    (Alg::Es256.name(), Alg::Es256),
    (Alg::Es384.name(), Alg::Es384),
    (Alg::EdDsa.name(), Alg::EdDsa),
    (Alg::Ps256.name(), Alg::Ps256),
    (Alg::Ps384.name(), Alg::Ps384),
];

const SUBJECTS: &[(&str, SubjectMode)] = &[
    (SubjectMode::Pairwise.name(), SubjectMode::Pairwise),
    (SubjectMode::Transient.name(), SubjectMode::Transient),
];

const PERSONS: &[(&str, PersonKind)] = &[
    (PersonKind::Natural.name(), PersonKind::Natural),
    (PersonKind::Legal.name(), PersonKind::Legal),
    (PersonKind::NaturalAndLegal.name(), PersonKind::NaturalAndLegal),
];

const REPRESENTATIVES: &[(&str, Representative)] = &[
    (Representative::Natural.name(), Representative::Natural),
    (Representative::Legal.name(), Representative::Legal),
];

const LEAP_DAYS: &[(&str, LeapDay)] =
    &[("march-1", LeapDay::March1), ("february-28", LeapDay::February28)];

// Keys that stand in the format and are not offered (docs/register.md).
const NOT_OFFERED: &[&str] = &[
    "encrypt_to",
    "kind",
    "passkey_max_evidence_age",
    "passkey_max_loa",
    "sub_format",
    "sub_migration",
];

// Families of README.md that this version does not verify.
const LATER_FAMILIES: &[&str] = &[
    "broker_assertion",
    "bund_id",
    "certificate",
    "cv_certificate",
    "eid_server",
    "eidas_saml",
    "id_token",
    "mdoc",
    "passkey",
    "sd_jwt_vc",
    "travel_document",
    "web_eid",
];

// Lengths that keep `aud`, `client_id`, `purpose` and `scope` within the 6 KiB of an assertion.
const MAX_ID_LEN: usize = 200;
const MAX_PURPOSE_CHARS: usize = 300;
const MAX_SCOPE_LEN: usize = 80;
// Bounds the work of a release.
const MAX_SCOPES: usize = 64;

#[cfg(test)]
mod tests {
    use super::super::properties::{PROCEDURE, REGISTER, register};
    use super::*;

    fn findings_of(text: &str) -> Vec<String> {
        let mut findings = Findings::new();
        let loaded = Register::from_toml(text, "r", &mut findings);
        assert_eq!(loaded.is_some(), findings.is_empty());
        findings.iter().map(ToString::to_string).collect()
    }

    // One finding for the register of the tests with one text in the place of another.
    fn finding_of(from: &str, to: &str) -> String {
        assert!(REGISTER.contains(from), "{from}");
        let mut findings = findings_of(&REGISTER.replacen(from, to, 1));
        assert_eq!(findings.len(), 1, "{to}: {findings:?}");
        findings.remove(0)
    }

    // The same, one line added to the procedure.
    fn finding_of_line(line: &str) -> String {
        finding_of("owner =", &format!("{line}\nowner ="))
    }

    #[test]
    fn what_is_not_written_has_the_documented_default() {
        let register = register();
        let procedure = register.procedure(PROCEDURE).unwrap();
        assert!(procedure.notified_only && procedure.single_use);
        assert_eq!((procedure.max_lifetime_s, procedure.max_auth_age_s), (300, 900));
        assert_eq!(procedure.sender_constraint, SenderConstraint::None);
        assert_eq!((procedure.alg, procedure.output), (Alg::Es256, Output::Ida));
        assert_eq!(procedure.subject, SubjectMode::Pairwise);
        assert_eq!(procedure.leap_day, LeapDay::March1);
        assert_eq!(procedure.persons, BTreeSet::from([PersonKind::Natural]));
        assert!(procedure.representatives.is_empty());
        assert_eq!(procedure.purpose, None);
        assert_eq!(register.procedures().count(), 1);
        assert_eq!(register.clients().count(), 1);
        assert_eq!(register.client("legacy-17").unwrap().auth, ClientAuthentication::Host);
        assert_eq!(*register.digest(), sha256(REGISTER.as_bytes()));
    }

    #[test]
    fn every_key_is_read() {
        let lines = "notified_only = false\nmax_lifetime = 10\nmax_auth_age = 86400\n\
            sender_constraint = \"either\"\nsingle_use = false\nalg = \"EdDSA\"\n\
            output = \"ida\"\nsubject = \"transient\"\nleap_day = \"february-28\"\n\
            persons = [\"legal\", \"natural-and-legal\"]\nrepresentatives = [\"natural\"]\n\
            purpose = \"permit\"\nowner =";
        let text = REGISTER.replacen("owner =", lines, 1);
        let mut findings = Findings::new();
        let register = Register::from_toml(&text, "r", &mut findings).unwrap();
        let procedure = register.procedure(PROCEDURE).unwrap();
        assert!(!procedure.notified_only && !procedure.single_use);
        assert_eq!((procedure.max_lifetime_s, procedure.max_auth_age_s), (10, 86_400));
        assert_eq!(procedure.sender_constraint, SenderConstraint::Either);
        assert_eq!(procedure.alg, Alg::EdDsa);
        assert_eq!(procedure.subject, SubjectMode::Transient);
        assert_eq!(procedure.leap_day, LeapDay::February28);
        let persons = BTreeSet::from([PersonKind::Legal, PersonKind::NaturalAndLegal]);
        assert_eq!(procedure.persons, persons);
        assert_eq!(procedure.representatives, BTreeSet::from([Representative::Natural]));
        assert_eq!(procedure.purpose.as_deref(), Some("permit"));
        assert_eq!(procedure.name, "Building permit");
    }

    #[test]
    fn an_empty_file_is_no_register() {
        assert_eq!(findings_of("").len(), 2);
        assert_eq!(
            findings_of("version = 1"),
            ["r:1: error: procedure: is missing: at least one is needed"]
        );
        assert!(findings_of("version = 2\nprocedure = {}").len() >= 2);
    }

    #[test]
    fn every_finding_is_reported_at_once() {
        let text = "version = 1\n[procedure.\"a b\"]\nclients = [\"x\", \"x\"]\n\
            sector = \"Building\"\nfamilies = [\"mdoc\", \"sdjwt\", \"sd_jwt_vc\"]\n\
            max_lifetime = 9\nmax_auth_age = 0\ncolour = \"red\"\nencrypt_to = {}\n\
            [client.y]\nauth = { kind = \"mtls\", cert_sha256 = [] }\n";
        let found = findings_of(text);
        let expected = [
            "r:2: error: procedure.\"a b\": an id has 1 to 200",
            "r:2: error: procedure.\"a b\".owner: is missing",
            "r:2: error: procedure.\"a b\".legal_basis: is missing",
            "r:2: error: procedure.\"a b\".min_loa: is missing",
            "r:2: error: procedure.\"a b\".scopes: is missing",
            "r:3: error: procedure.\"a b\".clients[1]: \"x\" is listed twice",
            "r:3: error: procedure.\"a b\".clients[0]: client \"x\" is not defined",
            "r:4: error: procedure.\"a b\".sector: must be 1 to 40 of",
            "r:5: error: procedure.\"a b\".families[0]: \"mdoc\" is not offered in this version",
            "r:5: error: procedure.\"a b\".families[1]: \"sdjwt\" is no token family",
            "r:6: error: procedure.\"a b\".max_lifetime: must be 10 to 3600, is 9",
            "r:7: error: procedure.\"a b\".max_auth_age: must be 1 to 86400, is 0",
            "r:8: error: procedure.\"a b\".colour: is not known here",
            "r:9: error: procedure.\"a b\".encrypt_to: is not offered in this version",
            "r:10: error: client.y: is named by no procedure",
            "r:11: error: client.y.auth.kind: \"mtls\" is not offered in this version",
        ];
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found} / {expected}");
        }
    }

    #[test]
    fn what_this_version_does_not_offer_is_said_and_never_ignored() {
        for line in [
            "encrypt_to = { jwk_thumbprint = \"x\", alg = \"ECDH-ES+A256KW\", enc = \"A256GCM\" }",
            "output = \"flat\"",
            "passkey_max_loa = \"substantial\"",
            "passkey_max_evidence_age = \"180d\"",
            "sub_format = \"base32-160\"",
            "sub_migration = { from = 1, to = 2, until = \"2027-01-01\" }",
            "kind = \"oauth-as\"",
        ] {
            assert!(finding_of_line(line).ends_with("is not offered in this version"), "{line}");
        }
        for family in LATER_FAMILIES.iter().filter(|name| Family::from_name(name).is_none()) {
            let found = finding_of("\"sd_jwt_vc\"", &format!("{family:?}"));
            assert!(found.ends_with("is not offered in this version"), "{found}");
        }
    }

    #[test]
    fn closed_lists_are_closed() {
        for line in [
            "alg = \"RS256\"",
            "alg = \"ES512\"",
            "alg = \"none\"",
            "alg = \"es256\"",
            "output = \"jwt\"",
            "subject = \"public\"",
            "sender_constraint = \"dpop \"",
            "leap_day = \"march-2\"",
            "persons = []",
            "persons = [\"person\"]",
            "representatives = [\"natural-and-legal\"]",
            "max_lifetime = 3601",
            "max_lifetime = \"300\"",
            "max_auth_age = 86401",
            "single_use = \"yes\"",
        ] {
            assert!(finding_of_line(line).contains("must "), "{line}");
        }
        assert!(
            finding_of_line(&format!("purpose = {:?}", "ä".repeat(301))).contains("purpose id")
        );
        assert!(finding_of("\"substantial\"", "\"Substantial\"").contains("must be one of"));
        assert!(finding_of("\"host\"", "\"none\"").contains("must be \"host\""));
        assert!(finding_of("sector = \"building\"", "sector = \"b_g\"").contains("1 to 40"));
    }

    #[test]
    fn clients_and_procedures_name_each_other() {
        let more = REGISTER.to_owned() + "[client.unused]\nauth = { kind = \"host\" }\n";
        let found = findings_of(&more);
        assert_eq!(found, ["r:22: error: client.unused: is named by no procedure"]);
        let found = finding_of("clients = [\"legacy-17\"]", "clients = [\"legacy-17\", \"x\"]");
        assert!(found.contains("clients[1]: client \"x\" is not defined"), "{found}");
    }

    #[test]
    fn a_mistake_in_a_procedure_does_not_make_its_client_look_unused() {
        let found = finding_of("min_loa = \"substantial\"", "min_loa = \"x\"");
        assert!(found.contains("min_loa"), "{found}");
        let found = finding_of("{ kind = \"host\" }", "{ kind = \"x\" }");
        assert!(found.contains("kind"), "{found}");
    }

    // The whole format in one example: what is left over is what this version lacks.
    #[test]
    fn the_documented_example_differs_only_in_what_is_not_offered() {
        let lines = "notified_only = true\nmax_lifetime = 300\nmax_auth_age = 900\n\
            passkey_max_loa = \"substantial\"\npasskey_max_evidence_age = \"180d\"\n\
            sender_constraint = \"mtls\"\nsingle_use = true\n\
            encrypt_to = { jwk_thumbprint = \"x\", alg = \"ECDH-ES+A256KW\", enc = \"A256GCM\" }\n\
            output = \"ida\"\nalg = \"ES256\"\nowner =";
        let families = "\"eidas_saml\", \"bund_id\", \"sd_jwt_vc\", \"mdoc\", \"passkey\"";
        let text = REGISTER
            .replacen("owner =", lines, 1)
            .replacen("\"sd_jwt_vc\"", families, 1)
            .replacen("{ kind = \"host\" }", "{ kind = \"mtls\", cert_sha256 = [\"x\"] }", 1);
        let found = findings_of(&text);
        assert_eq!(found.len(), 6, "{found:#?}");
        assert!(found.iter().all(|finding| finding.contains(NOT_OFFERED_TEXT)), "{found:#?}");
    }

    #[test]
    fn a_scope_is_a_scope_token() {
        for name in ["identity core", "ä", "a\\\\b", ""] {
            let found = finding_of(".\"identity.core\"]", &format!(".\"{name}\"]"));
            assert!(found.contains("a scope has 1 to 80"), "{found}");
        }
    }
}
