//! A verdict as JSON: one form for the command, for programs and for the C interface.

use crate::UnixTime;
use crate::identity::{
    Address, AttributeName, AttributeValue, Identity, Loa, PlaceOfBirth, Representative, Text,
};
use crate::verdict::{Code, Ledger, Need, Refusal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Everything that a verdict says.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "leaving out a member must not compile")]
pub struct Report<'a> {
    /// The word: `accepted`, `refused` or `undecided`.
    pub verdict: &'static str,
    /// Kind of the token.
    pub family: &'a str,
    /// Why it was not accepted.
    pub refusal: Option<&'a Refusal>,
    /// What must be fetched before a decision.
    pub needs: &'a [Need],
    /// What was checked.
    pub ledger: &'a Ledger,
    /// The person, where the caller gets to see one.
    pub identity: Option<&'a Identity>,
    /// The level of assurance.
    pub loa: Option<Loa>,
    /// The policy in force, `name/version#hash`.
    pub policy: &'a str,
    /// Time of the check.
    pub now: UnixTime,
}

impl Report<'_> {
    /// The members of the contract, and `more` besides.
    #[must_use]
    pub fn json(&self, more: Map<String, Value>) -> Value {
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
        let needs: Vec<Value> = self.needs.iter().map(need).collect();
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
            "verdict": self.verdict,
            "family": self.family,
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
}

fn need(need: &Need) -> Value {
    let mut members = Map::new();
    members.insert("kind".to_owned(), need.kind.name().into());
    members.insert("url".to_owned(), need.url.as_str().into());
    if let Some(certificate) = need.certificate {
        members.insert("certificate".to_owned(), certificate.into());
    }
    if !need.request.is_empty() {
        members.insert("request".to_owned(), STANDARD.encode(&need.request).into());
    }
    Value::Object(members)
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
        "persons": identity.persons().subject.name(),
        "represented_by": identity.persons().representative.map(Representative::name),
        "attributes": attributes,
        "unassured": identity.unassured().map(AttributeName::name).collect::<Vec<_>>(),
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
    }
}

fn address_json(address: &Address) -> Value {
    let text = |text: &Option<Text>| text.as_ref().map(|t| t.as_str().to_owned());
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
    let text = |text: &Option<Text>| text.as_ref().map(|t| t.as_str().to_owned());
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
