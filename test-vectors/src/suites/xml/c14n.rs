//! Cases of exclusive canonicalisation: an input, an element of it, and the octets that come out.

use super::by_id;
use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use crate::suites::Loaded;
use eid_broker::envelope::xml::{Document, Exclusive, Limits, canonicalise, canonicalise_document};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Entry {
    name: String,
    input: String,
    expected: String,
    target_id: Option<String>,
    #[serde(default)]
    prefix_list: String,
    #[serde(default)]
    with_comments: bool,
    #[serde(default)]
    note: String,
}

struct C14n {
    folder: PathBuf,
    entries: Vec<Entry>,
}

/// Reads the list of cases.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let entries = serde_json::from_value(found.json.clone()).map_err(|error| error.to_string())?;
    let folder = found.path.parent().unwrap_or(Path::new(".")).to_path_buf();
    Ok(vec![Box::new(C14n { folder, entries })])
}

impl Suite for C14n {
    fn name(&self) -> String {
        "exc-c14n".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let judged = |entry: &Entry| {
            let ask = || self.judge(entry).unwrap_or_else(Outcome::Differs);
            Case::ask(&entry.name, Expected::Accept, &entry.note, ask)
        };
        self.entries.iter().map(judged).collect()
    }
}

impl C14n {
    fn judge(&self, entry: &Entry) -> Result<Outcome, String> {
        let (input, expected) = (self.read(&entry.input)?, self.read(&entry.expected)?);
        let mut limits = Limits::LABORATORY;
        // One case nests deeper than a message may.
        limits.depth = 1_000;
        let document = match Document::parse(&input, &limits) {
            Ok(document) => document,
            Err(refused) => return Ok(Outcome::Refused(refused.code())),
        };
        let prefixes: Vec<&str> = entry.prefix_list.split_whitespace().collect();
        let mut how = Exclusive::new().with_prefixes(&prefixes);
        if entry.with_comments {
            how = how.with_comments();
        }
        let written = match entry.target_id.as_deref().filter(|id| !id.is_empty()) {
            None => canonicalise_document(&document, &how),
            Some(id) => {
                let target = by_id(document.root(), id).ok_or("no such ID")?;
                canonicalise(target, &how)
            }
        };
        Ok(match written {
            Ok(written) if written == expected => Outcome::Accepted,
            Ok(written) => {
                let same = written.iter().zip(&expected).take_while(|(a, b)| a == b).count();
                Outcome::Differs(format!("from byte {same} on"))
            }
            Err(refused) => Outcome::Refused(refused.code()),
        })
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        // A name of a file beside the list, and no way out of its folder.
        if name.contains(['/', '\\']) {
            return Err(format!("{name}: not beside its list"));
        }
        fs::read(self.folder.join(name)).map_err(|error| format!("{name}: {error}"))
    }
}
