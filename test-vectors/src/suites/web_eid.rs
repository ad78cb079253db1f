//! The Web eID index of the card corpus: tokens under their clocks and anchors without status, subject
//! certificates, and OCSP answers about a serial number.
//!
//! The policy is a laboratory one, since the status is left out. Each reason that the index gives in
//! words stands here as the code that it means; other words want a refusal of whatever code.

use super::Loaded;
use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use eid_broker::UnixTime;
use eid_broker::config::Findings;
use eid_broker::crypto::{PublicKey, Scheme};
use eid_broker::identity::{Family, Identity};
use eid_broker::pki::ocsp::check_answer;
use eid_broker::pki::{Certificate, PathCache, Subject, SubjectAttribute};
use eid_broker::policy::Policy;
use eid_broker::token::certificate::{Handshake, TlsVersion};
use eid_broker::token::{Context, verify};
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use eid_broker::verdict::{Code, Verdict};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const POLICY: &str = r#"
name = "corpus-web-eid"
version = 1
laboratory = true
[cards]
status = "not-evaluated"
[[cards.algorithm]]
name = "ES256"
[[cards.algorithm]]
name = "ES384"
[[cards.algorithm]]
name = "ES512"
[[cards.algorithm]]
name = "PS256"
until = "2040-01-01T00:00:00Z"
[[cards.algorithm]]
name = "RS256"
until = "2040-01-01T00:00:00Z"
[[cards.algorithm]]
name = "RS512"
until = "2040-01-01T00:00:00Z"
[[cards.rule]]
source = "be"
policies = ["2.16.56.12.1.1.2.2"]
scheme = "be-nrn"
loa = "high"
notified = true
[[cards.rule]]
source = "ee"
policies = ["1.3.6.1.4.1.51361.1.2.1"]
scheme = "ee-pno"
loa = "high"
notified = true
[[cards.rule]]
source = "fi"
policies = ["1.2.246.517.99.10.202.1"]
scheme = "fi-finuid"
loa = "high"
notified = true
[web_eid]
[certificate]
max_handshake_age_s = 60
"#;

// The anchors of the corpus, each under the name of its source.
const ANCHORS: &[(&str, &str, &str)] = &[
    ("be", "BE", "eID TEST EC Citizen CA.cer"),
    ("ee", "EE", "TEST_of_ESTEID2018.cer"),
    ("ee-old", "EE", "TEST_of_ESTEID-SK_2015.cer"),
    ("ee-live", "EE", "ESTEID2018.cer"),
    ("fi", "FI", "VRK TEST CA for Test Purposes - G4.cer"),
];

// Part of what the index says, and the code that it means. The first that is found counts.
const REASONS: &[(&str, Code)] = &[
    ("token signature", Code::SigInvalid),
    ("not among the anchors", Code::KeyUntrusted),
    ("does not fit key curve", Code::AlgKeyMismatch),
    ("unsupported algorithm", Code::AlgNotAllowed),
    ("raw R||S", Code::SigInvalid),
    ("standard base64", Code::FormatBase64),
    ("r=s=0", Code::SigInvalid),
    ("field not allowed", Code::FormatMemberUnexpected),
    ("reject: format", Code::FormatVersion),
    ("reject: expired", Code::CardExpired),
    ("no keyUsage", Code::CardKeyUsage),
    ("Mobile-ID policy", Code::CardPolicyDenied),
    ("no clientAuth", Code::CardPurpose),
    // It has fractions of seconds as well (RFC 5280, 4.1.2.5.2), and that shows first.
    ("more than one SingleResponse", Code::OcspMalformed),
];

#[derive(Clone, Default, Deserialize)]
struct Entry {
    anchors: Option<Vec<String>>,
    clock: Option<String>,
    expected: Option<String>,
    expected_without_revocation_check: Option<String>,
    file: Option<String>,
    nonce: Option<String>,
    not_before: Option<String>,
    origin: Option<String>,
    subject: Option<String>,
    subject_serial_number: Option<Vec<String>>,
}

struct WebEid {
    folder: PathBuf,
    entries: BTreeMap<String, Entry>,
}

/// Reads the index.
pub(super) fn load(found: &Found) -> Loaded {
    let entries = serde_json::from_value(found.json.clone()).map_err(|error| error.to_string())?;
    let folder = found.path.parent().unwrap_or(Path::new(".")).to_path_buf();
    Ok(vec![Box::new(WebEid { folder, entries })])
}

impl Suite for WebEid {
    fn name(&self) -> String {
        "web-eid".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for (id, entry) in &self.entries {
            let said = entry.expected_without_revocation_check.as_ref().or(entry.expected.as_ref());
            let said = said.cloned().unwrap_or_default();
            let judged = || self.judge(id, entry, None).unwrap_or_else(Outcome::Differs);
            cases.push(Case::ask(id, expected(&said), &said, judged));
            // What the same token is under a policy of 1.0 alone.
            if said.contains("strict 1.0-only") {
                let only =
                    || self.judge(id, entry, Some("web-eid:1.0")).unwrap_or_else(Outcome::Differs);
                let id = format!("{id} under 1.0 alone");
                cases.push(Case::ask(id, Expected::RefuseCode(Code::FormatVersion), &said, only));
            }
        }
        cases
    }
}

fn expected(said: &str) -> Expected {
    if ["accept", "good", "subject-parsing"].iter().any(|word| said.starts_with(word)) {
        return Expected::Accept;
    }
    if said.starts_with("revoked") {
        return Expected::RefuseCode(Code::StatusRevoked);
    }
    let reason = REASONS.iter().find(|row| said.contains(row.0));
    reason.map_or(Expected::Refuse, |row| Expected::RefuseCode(row.1))
}

impl WebEid {
    fn judge(&self, id: &str, entry: &Entry, only: Option<&str>) -> Result<Outcome, String> {
        let file = entry.file.as_deref();
        match (id.split_once(':').map_or("token", |(kind, _)| kind), file) {
            ("token", _) => self.token(id, entry, only),
            ("cert", Some(file)) if entry.expected.as_deref() == Some(SAMPLE) => {
                self.subject(entry, file)
            }
            ("cert", Some(file)) => self.certificate(entry, file),
            ("ocsp", Some(file)) => self.ocsp(entry, file),
            _ => Err("an entry of no known kind".to_owned()),
        }
    }

    fn token(&self, id: &str, entry: &Entry, only: Option<&str>) -> Result<Outcome, String> {
        let token = self.read(&format!("tokens/{id}.json"))?;
        let now = time(entry.clock.as_deref().ok_or("no clock")?)?;
        let (nonce, origin) = (entry.nonce.as_deref(), entry.origin.as_deref());
        let (nonce, origin) = (nonce.ok_or("no nonce")?, origin.ok_or("no origin")?);
        let mut policy = policy()?;
        if let (Some(only), Some(rules)) = (only, policy.web_eid.as_mut()) {
            rules.formats = vec![only.to_owned()];
        }
        // A token whose CA is not there is judged under all the others.
        let named = entry.anchors.clone().unwrap_or_default();
        let trust = self.trust(|file| named.is_empty() || named.iter().any(|name| name == file))?;
        let paths = PathCache::default();
        let context = Context::new(&policy, &trust, &paths, nonce, origin, now);
        let verdict = verify(Family::WebEid, token.trim_ascii_end(), &context);
        Ok(outcome(&verdict, entry.subject_serial_number.as_deref().unwrap_or_default()))
    }

    // A certificate alone, as if a handshake had presented it.
    fn certificate(&self, entry: &Entry, file: &str) -> Result<Outcome, String> {
        let said = entry.expected.as_deref().unwrap_or_default();
        let clock = entry
            .clock
            .clone()
            .or_else(|| said.split_once("expired at ").map(|(_, day)| format!("{day}T00:00:00Z")));
        let now = match (clock, &entry.not_before) {
            (Some(clock), _) => time(&clock)?,
            // Inside of its validity: what is wrong is something else.
            (None, Some(begin)) => time(begin)?.plus(86_400),
            (None, None) => return Err("no clock".to_owned()),
        };
        let handshake = Handshake {
            tls: TlsVersion::V1_3,
            resumed: false,
            handshake_at: now,
            server_name: "login.example.org".to_owned(),
            certificates: vec![self.read(file)?],
        };
        let (policy, trust, paths) = (policy()?, self.trust(|_| true)?, PathCache::default());
        let origin = "https://login.example.org";
        let context = Context::new(&policy, &trust, &paths, "", origin, now);
        let verdict = verify(Family::Certificate, handshake.to_json().as_bytes(), &context);
        Ok(outcome(&verdict, &[]))
    }

    // The parts of the subject as the index writes them, joined by commas.
    fn subject(&self, entry: &Entry, file: &str) -> Result<Outcome, String> {
        let certificate = Certificate::parse(&self.read(file)?).map_err(|r| r.to_string())?;
        let subject = match Subject::read(&certificate) {
            Ok(subject) => subject,
            Err(refusal) => return Ok(Err(refusal.code()).into()),
        };
        let written = entry.subject.as_deref().ok_or("no subject")?;
        for (kind, oid) in [
            (SubjectAttribute::SerialNumber, "2.5.4.5="),
            (SubjectAttribute::GivenName, "2.5.4.42="),
            (SubjectAttribute::Surname, "2.5.4.4="),
            (SubjectAttribute::Country, "C="),
        ] {
            let value = written.split(',').find_map(|part| part.strip_prefix(oid));
            if value.is_none() || value != subject.get(kind) {
                return Ok(Outcome::Differs(format!("{} differs", kind.part())));
            }
        }
        Ok(Outcome::Accepted)
    }

    // "good; produced 2021-09-17T18:25:24Z; serial 3969…": the clock is the time of making.
    fn ocsp(&self, entry: &Entry, file: &str) -> Result<Outcome, String> {
        let said = entry.expected.as_deref().unwrap_or_default();
        let produced = said.split_once("produced ").map(|(_, rest)| rest.get(..20));
        // The one that is refused for its form says no time: it was made on that day.
        let now = time(produced.flatten().unwrap_or("2024-04-02T00:00:00Z"))?;
        let issuer = self.read("anchors/TEST_of_ESTEID2018.cer")?;
        let issuer = Certificate::parse(&issuer).map_err(|refusal| refusal.to_string())?;
        let accepts = |_: Scheme, _: &PublicKey| Ok(());
        let answer = check_answer(&self.read(file)?, &issuer, &SERIAL, now, &accepts);
        Ok(answer.map_err(|refusal| refusal.code()).into())
    }

    fn trust(&self, wanted: impl Fn(&str) -> bool) -> Result<TrustStore, String> {
        let (mut text, mut material) = (String::new(), BTreeMap::new());
        for (name, country, file) in ANCHORS.iter().filter(|row| wanted(row.2)) {
            text.push_str(&format!(
                "[[source]]\nname = \"{name}\"\npurpose = \"card-issue\"\nkind = \"x509\"\n\
                 profile = \"eid-card\"\nfiles = [\"{name}\"]\ncountry = \"{country}\"\n"
            ));
            let bytes = self.read(&format!("anchors/{file}"))?;
            material.insert((*name).to_owned(), Material::Bytes(bytes));
        }
        let mut findings = Findings::new();
        let config = TrustConfig::from_toml(&text, "anchors", &mut findings);
        let config = config.ok_or_else(|| findings.to_string())?;
        Ok(TrustStore::build(config, &material, "anchors", &mut findings))
    }

    fn read(&self, file: &str) -> Result<Vec<u8>, String> {
        let path = self.folder.join(file);
        fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    }
}

const SAMPLE: &str = "subject-parsing sample";

// The certificate that the OCSP answers of the corpus are about; it is not in the corpus itself.
const SERIAL: [u8; 16] = [
    0x39, 0x69, 0x01, 0x59, 0x73, 0x43, 0x26, 0x6d, 0x5b, 0xc8, 0x57, 0x77, 0x5e, 0xc5, 0xa4, 0xbe,
];

fn policy() -> Result<Policy, String> {
    let mut findings = Findings::new();
    let policy = Policy::from_toml(POLICY, "corpus-web-eid", &mut findings);
    policy.ok_or_else(|| findings.to_string())
}

// RFC 3339 in UTC, whichever way the index writes that.
fn time(text: &str) -> Result<UnixTime, String> {
    let text = text.replace("+00:00", "Z");
    UnixTime::from_rfc3339(&text).ok_or_else(|| format!("{text} is not RFC 3339"))
}

fn outcome(verdict: &Verdict<Identity>, serials: &[String]) -> Outcome {
    match verdict {
        Verdict::Accepted(accepted) => {
            let identifier = accepted.value().identifier().map(|found| found.value().to_owned());
            if serials.is_empty() || identifier.is_some_and(|found| serials.contains(&found)) {
                Outcome::Accepted
            } else {
                Outcome::Differs("the serial number differs".to_owned())
            }
        }
        Verdict::Needs { .. } => Outcome::Undecided(Code::NeedsEvidence),
        Verdict::Refused { refusal, .. } => Err(refusal.code()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognise::Kind;
    use crate::suite::Judgement;
    use serde_json::Value;

    #[test]
    fn every_entry_of_the_corpus_is_judged_right() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../shared/corpus/card/webeid/index.json");
        let Ok(bytes) = fs::read(&path) else {
            println!("ABSENT: {}", path.display());
            return;
        };
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        let found = Found { kind: Kind::WebEid, path, bytes, json };
        let cases = load(&found).unwrap()[0].run();
        assert!(cases.len() > 20, "{}", cases.len());
        let wrong: Vec<String> = cases
            .iter()
            .filter(|case| case.judge() != Judgement::Right)
            .map(|case| format!("{}: {}, {:?}", case.id, case.expected, case.outcome))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        // Every refusal of the index has a code of its own here.
        assert!(cases.iter().all(|case| case.expected != Expected::Refuse));
    }
}
