//! Verdicts for people and for programs.

use crate::Failure;
use eid_broker::UnixTime;
use eid_broker::identity::{Address, AttributeValue, Identity, Loa, PlaceOfBirth};
use eid_broker::verdict::{Code, Ledger, Need, Outcome, Refusal};
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// One verdict, ready to be shown.
pub(crate) struct Shown<'a> {
    pub(crate) word: &'static str,
    pub(crate) subject: &'a str,
    pub(crate) refusal: Option<&'a Refusal>,
    pub(crate) needs: &'a [Need],
    pub(crate) ledger: &'a Ledger,
    pub(crate) identity: Option<&'a Identity>,
    pub(crate) loa: Option<Loa>,
    pub(crate) policy: &'a str,
    pub(crate) now: UnixTime,
}

impl Shown<'_> {
    /// The JSON of the contract, with `more` members at its end.
    pub(crate) fn json(&self, more: Map<String, Value>) -> Value {
        let reason = self.refusal.map(|refusal| {
            json!({
                "code": refusal.code().name(),
                "number": refusal.code().number(),
                "text": refusal.to_string(),
                "clause": refusal.code().clause(),
            })
        });
        let reason = reason.or_else(|| {
            (!self.needs.is_empty()).then(|| {
                let code = Code::NeedsEvidence;
                json!({
                    "code": code.name(), "number": code.number(),
                    "text": code.meaning(), "clause": code.clause(),
                })
            })
        });
        let needs: Vec<Value> = self
            .needs
            .iter()
            .map(|need| json!({"kind": need.kind.name(), "url": need.url}))
            .collect();
        let ledger: Vec<Value> = self
            .ledger
            .entries()
            .iter()
            .map(|entry| {
                json!({
                    "check": entry.check.name(),
                    "outcome": entry.outcome.name(),
                    "clause": entry.check.clause(),
                    "reason": entry.reason.map(Code::name),
                })
            })
            .collect();
        let loa = self.loa.map(|loa| json!({"level": loa.level.name(), "notified": loa.notified}));
        let mut verdict = json!({
            "verdict": self.word,
            "family": self.subject,
            "reason": reason,
            "identity": self.identity.map(identity),
            "loa": loa,
            "needs": needs,
            "ledger": ledger,
            "policy": self.policy,
            "now": self.now.to_string(),
        });
        if let Some(members) = verdict.as_object_mut() {
            members.extend(more);
        }
        verdict
    }

    /// The verdict at a glance: the answer first, then every check.
    pub(crate) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let loa = self.loa.map(|loa| {
            let notified = if loa.notified { "notified" } else { "not notified" };
            format!("{}, {notified}", loa.level.name())
        });
        let loa = loa.unwrap_or_default();
        let (mark, colour) = match self.word {
            "accepted" => ("✔", GREEN),
            "refused" => ("✘", RED),
            _ => ("?", YELLOW),
        };
        writeln!(out, "{colour}{BOLD}{mark} {}{RESET}  {}  {loa}", self.word, self.subject)?;
        writeln!(out, "  {DIM}policy {}  at {}{RESET}", self.policy, self.now)?;
        if let Some(refusal) = self.refusal {
            writeln!(out, "\n  {BOLD}{refusal}{RESET}")?;
            writeln!(out, "  what to do: {}", refusal.code().advice())?;
            writeln!(out, "  clause: {}", refusal.code().clause())?;
        }
        for need in self.needs {
            writeln!(out, "\n  needs {} from {}", need.kind.name(), printable(&need.url))?;
        }
        if let Some(identity) = self.identity {
            let names: Vec<&str> = identity.attributes().map(|(name, _)| name.name()).collect();
            writeln!(
                out,
                "\n  person of {} through {}: {}",
                identity.provenance().issuing_country,
                identity.provenance().anchor,
                names.join(", ")
            )?;
        }
        writeln!(out)?;
        for entry in self.ledger.entries() {
            let (mark, colour) = match entry.outcome {
                Outcome::Passed => ("✔", GREEN),
                Outcome::Failed => ("✘", RED),
                Outcome::NotApplicable => ("·", DIM),
                Outcome::NotEvaluated => ("○", YELLOW),
            };
            let why = match (entry.outcome, entry.reason) {
                (Outcome::Passed, _) => String::new(),
                (outcome, None) => format!("  {}", outcome.name()),
                (outcome, Some(code)) => format!("  {}: {}", outcome.name(), code.name()),
            };
            let (name, clause) = (entry.check.name(), entry.check.clause());
            writeln!(
                out,
                "  {colour}{mark}{RESET} {name:<26} {DIM}{clause}{RESET}{colour}{why}{RESET}"
            )?;
        }
        Ok(())
    }
}

const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const RESET: &str = "\x1b[0m";

/// A text from a token as a terminal may show it.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Shows what the configuration allows and a careful operator would not.
pub(crate) fn warnings(findings: &eid_broker::config::Findings) {
    // A closed standard error must not stop the call.
    let _ = write!(anstream::stderr().lock(), "{findings}");
}

/// Shows why the command could not go on.
pub(crate) fn failure(failure: &Failure) {
    let mut out = anstream::stderr().lock();
    // There is nowhere left to say that standard error is closed.
    let _ = match failure {
        Failure::Findings(findings) => write!(out, "{findings}"),
        Failure::Store(refusal, text) => writeln!(
            out,
            "{YELLOW}?{RESET} {refusal}\n  {text}\n  what to do: {}",
            refusal.code().advice()
        ),
        Failure::Misuse(text) => writeln!(out, "{RED}eid-broker:{RESET} {text}"),
        Failure::Refused(refusal) => writeln!(
            out,
            "{RED}✘{RESET} {refusal}\n  what to do: {}\n  clause: {}",
            refusal.code().advice(),
            refusal.code().clause()
        ),
    };
}

/// Turns an answer that cannot be written into a failure of the command. A reader that has seen
/// enough and closed the pipe is none.
pub(crate) fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Misuse(format!("cannot write the answer: {error}")))
        }
        _ => Ok(()),
    }
}

fn identity(identity: &Identity) -> Value {
    let provenance = identity.provenance();
    let attributes: Map<String, Value> = identity
        .attributes()
        .map(|(name, attribute)| {
            let loa =
                json!({"level": attribute.loa.level.name(), "notified": attribute.loa.notified});
            let value = value(&attribute.value);
            (name.name().to_owned(), json!({"value": value, "loa": loa}))
        })
        .collect();
    json!({
        "family": provenance.family.name(),
        "issuing_country": provenance.issuing_country.as_str(),
        "anchor": provenance.anchor.as_ref(),
        "credential_type": provenance.credential_type.as_ref(),
        "authenticated_at": identity.authenticated_at().to_string(),
        "methods": identity.methods(),
        "has_stable_identifier": identity.identifier().is_some(),
        "attributes": attributes,
    })
}

fn value(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::Address(address) => address_json(address),
        AttributeValue::BirthDate(date) => date.to_string().into(),
        AttributeValue::Countries(countries) => {
            countries.iter().map(|country| Value::from(country.as_str())).collect()
        }
        AttributeValue::Country(country) => country.as_str().into(),
        AttributeValue::Date(date) => date.to_string().into(),
        AttributeValue::Name(name) => match &name.transliteration {
            None => name.original.as_str().into(),
            Some(latin) => json!({"original": name.original.as_str(), "latin": latin.as_str()}),
        },
        AttributeValue::Picture(picture) => json!({"jpeg_bytes": picture.jpeg().len()}),
        AttributeValue::PlaceOfBirth(place) => place_json(place),
        AttributeValue::Sex(sex) => sex.value().into(),
        AttributeValue::Text(text) => text.as_str().into(),
        _ => Value::Null,
    }
}

fn address_json(address: &Address) -> Value {
    let text =
        |text: &Option<eid_broker::identity::Text>| text.as_ref().map(|t| t.as_str().to_owned());
    let country = address.country.map(|country| country.as_str().to_owned());
    present([
        ("formatted", text(&address.formatted)),
        ("street_address", text(&address.street_address)),
        ("house_number", text(&address.house_number)),
        ("postal_code", text(&address.postal_code)),
        ("locality", text(&address.locality)),
        ("region", text(&address.region)),
        ("country", country),
    ])
}

fn place_json(place: &PlaceOfBirth) -> Value {
    let text =
        |text: &Option<eid_broker::identity::Text>| text.as_ref().map(|t| t.as_str().to_owned());
    let country = place.country.map(|country| country.as_str().to_owned());
    present([
        ("country", country),
        ("region", text(&place.region)),
        ("locality", text(&place.locality)),
    ])
}

fn present<const N: usize>(members: [(&str, Option<String>); N]) -> Value {
    let known =
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    Value::Object(known.collect())
}
