//! Suites that are recognised, but whose token family is not part of this version. Every case is
//! counted as skipped with that reason.

use super::Loaded;
use crate::discover::Found;
use crate::recognise::Kind;
use crate::suite::{Case, Expected, Outcome, Suite};
use serde_json::Value;

struct Pending {
    name: String,
    ids: Vec<String>,
    reason: &'static str,
}

// Said of every case in these suites.
const NOT_YET: &str = "not yet part of this version";

impl Suite for Pending {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn run(&self) -> Vec<Case> {
        let skipped = || Outcome::Skipped(self.reason.to_owned());
        // What the suite expects was not read, so nothing is claimed about it.
        self.ids.iter().map(|id| Case::ask(id, Expected::Either, "", skipped)).collect()
    }
}

/// Counts the cases of a suite.
pub(super) fn load(found: &Found) -> Loaded {
    let ids = ids(found);
    if ids.is_empty() {
        return Err("no cases where this kind of suite has them".to_owned());
    }
    let mut name = found.kind.name().to_owned();
    if matches!(found.kind, Kind::Cookbook | Kind::JsonWeb | Kind::OpenId4VpPresentation) {
        let stem = found.stem();
        let short = stem.trim_end_matches("_test").trim_end_matches("-context");
        name = format!("{name}/{short}");
    }
    Ok(vec![Box::new(Pending { name, ids, reason: NOT_YET })])
}

// The names of the cases, as far as the kind has names; otherwise their numbers from 1.
fn ids(found: &Found) -> Vec<String> {
    let json = &found.json;
    match found.kind {
        Kind::C14n | Kind::StatusListVectors => named(Some(json), &["name"]),
        Kind::Limbo => named(json.get("testcases"), &["id"]),
        Kind::OcspOpenssl | Kind::OidcProfiles | Kind::JoseAttacks => {
            named(json.get("cases"), &["id", "case"])
        }
        Kind::Pkits => named(json.get("tests"), &["pkits"]),
        Kind::SamlSet => named(json.get("documents"), &["file"]),
        Kind::MdocMade
        | Kind::OcspMade
        | Kind::SdJwtMade
        | Kind::StatusListMade
        | Kind::WeakKeys
        | Kind::WebAuthn => named(json.get("vectors"), &["id", "case", "name"]),
        Kind::Pairwise => {
            let mut ids = named(json.get("vectors"), &[]);
            ids.extend(named(json.get("vectors_hsm"), &[]).iter().map(|id| format!("hsm-{id}")));
            ids
        }
        Kind::JsonWeb | Kind::Wycheproof => {
            let groups = json.get("testGroups").and_then(Value::as_array).into_iter().flatten();
            groups.flat_map(|group| named(group.get("tests"), &["tcId"])).collect()
        }
        Kind::CardVerifiable
        | Kind::CertificateHolderRights
        | Kind::SdJwtFolders
        | Kind::TravelDocument
        | Kind::TrustLists
        | Kind::WebEid => keys(json),
        Kind::RfcExamples => {
            let mut ids = named(json.get("rfc7515"), &["id"]);
            ids.extend(keys(json).into_iter().filter(|key| key != "rfc7515"));
            ids
        }
        Kind::SessionTranscripts => vec!["redirect".to_owned(), "dc_api".to_owned()],
        Kind::StatusListExamples => vec!["jwt".to_owned(), "cwt".to_owned()],
        Kind::Cookbook
        | Kind::EncryptedResponse
        | Kind::MdocAnnexD
        | Kind::MdocResponse
        | Kind::OpenId4VpPresentation
        | Kind::Own
        | Kind::SamlSamples
        | Kind::XmlSignatures
        | Kind::SdJwtAllAttributes
        | Kind::VpToken => vec!["1".to_owned()],
    }
}

fn named(list: Option<&Value>, members: &[&str]) -> Vec<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    let name = |(index, item): (usize, &Value)| {
        let name = members.iter().find_map(|member| item.get(member));
        let name = name.map(|name| name.as_str().map_or_else(|| name.to_string(), str::to_owned));
        name.unwrap_or_else(|| index.saturating_add(1).to_string())
    };
    items.enumerate().map(name).collect()
}

fn keys(json: &Value) -> Vec<String> {
    json.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
}
