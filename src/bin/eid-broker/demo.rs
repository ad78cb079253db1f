//! `eid-broker demo`: a whole journey on a token of the test issuers, ledger shown, then two journeys
//! that must not end well.

use crate::arguments::DemoOptions;
use crate::keep::{key_set, show_report};
use crate::show::{print, written};
use crate::{Exit, Failure, setup};
use eid_broker::UnixTime;
use eid_broker::assertion::{Assertion, CheckPolicy, Checker};
use eid_broker::broker::report::Report;
use eid_broker::broker::{Broker, Request};
use eid_broker::envelope::jose::KeySet;
use eid_broker::host::config_folder::{ConfigFolder, init};
use eid_broker::host::{AuditFile, open_broker};
use eid_broker::identity::Family;
use eid_broker::verdict::{Code, Verdict};
use eid_broker_maker::MakerError;
use eid_broker_maker::pid::{PidIssuer, PidSpec};
use eid_broker_maker::wallet::{Select, Wallet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

mod cards;
#[cfg(feature = "openssl")]
mod saml;

const PROCEDURE: &str = "urn:procedure:building-permit";
const CLIENT: &str = "legacy-17";

// What the procedure asks the wallet for: names, date of birth, place of residence, and the number
// from which the pairwise subject is derived.
const DISCLOSED: &[&str] = &[
    "family_name",
    "given_name",
    "birthdate",
    "address.locality",
    "issuing_country",
    "personal_administrative_number",
];

pub(crate) fn demo(options: &DemoOptions) -> Result<Exit, Failure> {
    let families = match &options.family {
        Some(name) => vec![setup::offered_family(name)?],
        None => Family::ALL.iter().copied().filter(|family| family.is_offered()).collect(),
    };
    let folder = Scratch::new()?;
    let mut out = anstream::stdout().lock();
    let files = init(&folder.0).map_err(Failure::Findings)?;
    cards::configure(&folder.0)?;
    // The answers are encrypted, which ring alone cannot read.
    #[cfg(feature = "openssl")]
    saml::configure(&folder.0, "\"bund_id\", \"eid_server\", \"eidas_saml\"")?;
    say(
        &mut out,
        "configuration",
        &format!("{} files for the test issuers, keys made", files.len()),
    )?;
    let config = ConfigFolder::load(&folder.0).map_err(Failure::Findings)?;
    let issuer = config.settings.issuer.clone();
    let log = config.settings.audit.clone();
    let keys = key_set(&config)?;
    let broker = open_broker(config).map_err(|error| Failure::Misuse(error.to_string()))?;
    for family in families {
        match family {
            Family::SdJwtVc => journey(&broker, &issuer, &keys, &folder.0, options, &mut out)?,
            Family::Certificate | Family::WebEid => {
                cards::journey(&broker, family, &issuer, &keys, &mut out)?;
            }
            #[cfg(feature = "openssl")]
            Family::BundId | Family::EidServer | Family::EidasSaml => {
                saml::journey(&broker, family, &issuer, &keys, &folder, options, &mut out)?;
            }
            #[cfg(not(feature = "openssl"))]
            Family::BundId | Family::EidServer | Family::EidasSaml => {
                say(&mut out, "left out", &format!("{}: needs OpenSSL", family.name()))?;
            }
            _ => return Err(Failure::Misuse(format!("no journey for {}", family.name()))),
        }
    }
    drop(broker);
    let report = AuditFile::verify(&log).map_err(|error| Failure::Misuse(error.to_string()))?;
    say(&mut out, "audit log", "verified after the broker was closed:")?;
    written(show_report(&report, &mut out))?;
    Ok(if report.is_whole() { Exit::Accepted } else { Exit::Refused })
}

fn journey(
    broker: &Broker,
    issuer: &str,
    keys: &KeySet,
    folder: &Path,
    options: &DemoOptions,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let now = setup::now(None)?;
    say(out, "expectation", &format!("for {PROCEDURE}, family sd_jwt_vc"))?;
    let expected = broker.expect(PROCEDURE, Family::SdJwtVc, now)?;
    let expectation = &expected.expectation;
    say(out, "", &format!("nonce {}, until {}", expectation.nonce(), expectation.deadline()))?;

    let token = presentation(expectation.nonce(), expectation.audience(), now)?;
    say(
        out,
        "token",
        &format!("{} bytes from the test wallet, disclosing {}", token.len(), DISCLOSED.join(", ")),
    )?;

    let request = Request::new(CLIENT);
    let verdict = broker.assert(&expected.sealed, &request, token.as_bytes(), now);
    show(broker, Family::SdJwtVc, &verdict, now, out)?;
    let assertion = checked(&verdict, issuer, keys, now, out)?;
    if let Some(program) = &options.c_check {
        check_in_c(program, issuer, keys, folder, assertion, now, out)?;
    }

    say(out, "again", "the same token and expectation a second time")?;
    refused(
        &broker.assert(&expected.sealed, &request, token.as_bytes(), now),
        Code::ReplayExpectation,
        out,
    )?;
    say(out, "moved", "a presentation that the wallet made for another request")?;
    let other = broker.expect(PROCEDURE, Family::SdJwtVc, now)?;
    refused(
        &broker.assert(&other.sealed, &request, token.as_bytes(), now),
        Code::NonceMismatch,
        out,
    )
}

// A PID that lives for an hour, so that it needs no status, and a presentation of some of it.
fn presentation(nonce: &str, audience: &str, now: UnixTime) -> Result<String, Failure> {
    let seconds = i64::try_from(now.secs()).unwrap_or(i64::MAX);
    let made = || -> Result<String, MakerError> {
        let mut pid = PidSpec::erika()?;
        pid.iat = Some(seconds.saturating_sub(60));
        pid.nbf = Some(seconds.saturating_sub(60));
        pid.exp = Some(seconds.saturating_add(3_600));
        let credential = PidIssuer::new()?.issue(&pid)?;
        Wallet::holder()?.present(&credential, &Select::Names(DISCLOSED), nonce, audience, seconds)
    };
    made().map_err(|error| Failure::Misuse(format!("the test wallet failed: {error:?}")))
}

fn show<T>(
    broker: &Broker,
    family: Family,
    verdict: &Verdict<T>,
    now: UnixTime,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let policy = broker.policy().label();
    let needs = match verdict {
        Verdict::Needs { needs, .. } => needs.as_slice(),
        Verdict::Accepted(_) | Verdict::Refused { .. } => &[],
    };
    let shown = Report {
        verdict: verdict.word(),
        family: family.name(),
        refusal: verdict.refusal(),
        needs,
        ledger: verdict.ledger(),
        identity: None,
        loa: None,
        policy: &policy,
        now,
    };
    written(print(&shown, out))
}

// The assertion at the end of a journey, checked as its application does, and shown.
fn checked<'v>(
    verdict: &'v Verdict<Assertion>,
    issuer: &str,
    keys: &KeySet,
    now: UnixTime,
    out: &mut dyn Write,
) -> Result<&'v str, Failure> {
    let Verdict::Accepted(accepted) = verdict else {
        return Err(Failure::Misuse("the journey did not end with an assertion".to_owned()));
    };
    let assertion = accepted.value().as_str();
    let checker = Checker::new(issuer, keys, PROCEDURE, CheckPolicy::default())?;
    let checked = checker.check(assertion.as_bytes(), now, None)?;
    let payload = checked.payload().unwrap_or_default();
    let payload: serde_json::Value = serde_json::from_str(payload).unwrap_or_default();
    say(out, "assertion", &format!("{} bytes, checked with the key set:", assertion.len()))?;
    written(writeln!(out, "{payload:#}"))?;
    Ok(assertion)
}

fn refused<T>(verdict: &Verdict<T>, wanted: Code, out: &mut dyn Write) -> Result<(), Failure> {
    match verdict.refusal() {
        Some(refusal) if refusal.code() == wanted => say(out, "", &format!("refused: {refusal}")),
        _ => Err(Failure::Misuse(format!("{} was expected", wanted.name()))),
    }
}

fn check_in_c(
    program: &Path,
    issuer: &str,
    keys: &KeySet,
    folder: &Path,
    assertion: &str,
    now: UnixTime,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let write = |name: &str, content: &str| {
        let path = folder.join(name);
        std::fs::write(&path, content)
            .map(|()| path)
            .map_err(|error| Failure::Misuse(format!("cannot write {name}: {error}")))
    };
    let jwks = write("jwks.json", &keys.to_json())?;
    let token = write("assertion.jwt", assertion)?;
    say(out, "C library", &format!("{} checks the assertion", program.display()))?;
    let answer = Command::new(program)
        .args([jwks.as_os_str(), issuer.as_ref(), PROCEDURE.as_ref(), token.as_os_str()])
        .arg(now.secs().to_string())
        .output()
        .map_err(|error| Failure::Misuse(format!("cannot run {}: {error}", program.display())))?;
    for line in String::from_utf8_lossy(&answer.stdout).lines() {
        say(out, "", line)?;
    }
    if answer.status.success() {
        Ok(())
    } else {
        Err(Failure::Misuse("the C library did not accept the assertion".to_owned()))
    }
}

fn say(out: &mut dyn Write, step: &str, text: &str) -> Result<(), Failure> {
    written(writeln!(out, "\x1b[1m{step:>14}\x1b[0m  {text}"))
}

// A folder that goes away with the demo.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("eid-broker-demo-{}", std::process::id()));
        std::fs::create_dir(&path)
            .map(|()| Self(path))
            .map_err(|error| Failure::Misuse(format!("cannot make a temporary folder: {error}")))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed holds test data only.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
