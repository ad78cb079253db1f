//! Pairwise subjects: the derivations `ps` and `ph`.

use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use crate::suites::Loaded;
use crate::suites::hex::Hex;
use serde::Deserialize;

/// The whole file.
#[derive(Debug, Deserialize)]
struct File {
    vectors: Vec<Vector>,
    #[serde(default)]
    vectors_hsm: Vec<Vector>,
}

/// One derivation.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read by the evaluation, which comes with the pairwise subjects")]
struct Vector {
    key_version: u32,
    #[serde(rename = "master_hex")]
    master: Hex,
    sector: String,
    identifier_kind: String,
    identifier: String,
    /// Of the derivation `ps` only.
    #[serde(rename = "sector_key_hex")]
    sector_key: Option<Hex>,
    sub: String,
}

/// Reads the file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    let prefix = |list: &[Vector], prefix: &str| {
        list.iter().all(|v| v.sub.starts_with(&format!("{prefix}{}.", v.key_version)))
    };
    if !prefix(&file.vectors, "ps") || !prefix(&file.vectors_hsm, "ph") {
        return Err("a subject does not begin with its derivation and key version".to_owned());
    }
    Ok(vec![Box::new(file)])
}

impl Suite for File {
    fn name(&self) -> String {
        "pairwise".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for (name, list) in [("ps", &self.vectors), ("ph", &self.vectors_hsm)] {
            for (index, vector) in list.iter().enumerate() {
                let id = format!("{name}-{}", index.saturating_add(1));
                let note = format!("{} in {}", vector.identifier_kind, vector.sector);
                let skip = || Outcome::Skipped("not yet part of this version".to_owned());
                cases.push(Case::ask(id, Expected::Accept, note, skip));
            }
        }
        cases
    }
}
