//! Sets of SAML documents with a manifest: messages of eIDAS nodes, of BundID and of eID servers, and
//! metadata, each with the verdict that it must get.
//!
//! The manifest gives clock, issuer, service provider, request, countries, level and what the verdicts
//! assume; keys lie beside it and have their role in their name.

mod content;
mod context;
mod manifest;

use super::Loaded;
use crate::discover::Found;
use crate::suite::{Case, Door, Expected, Outcome, Suite};
use content::Facts;
use context::{Answer, Context, Keys, Side};
use eid_broker::verdict::Code;
use manifest::{Document, Manifest, Wanted};
use std::fs;
use std::path::{Path, PathBuf};

struct SamlSet {
    folder: PathBuf,
    manifest: Manifest,
    keys: Keys,
}

/// Reads the manifest and the keys beside it.
pub(super) fn load(found: &Found) -> Loaded {
    let manifest: Manifest =
        serde_json::from_value(found.json.clone()).map_err(|error| error.to_string())?;
    let folder = found.path.parent().unwrap_or(Path::new(".")).to_path_buf();
    let keys = Keys::read(&folder.join("keys"))?;
    Ok(vec![Box::new(SamlSet { folder, manifest, keys })])
}

impl Suite for SamlSet {
    fn name(&self) -> String {
        format!("saml-set-{}", self.manifest.set.to_lowercase())
    }

    fn run(&self) -> Vec<Case> {
        self.manifest.documents.iter().flat_map(|document| self.cases(document)).collect()
    }

    fn door(&self, case: &str) -> Option<Box<dyn Door + '_>> {
        let document = self.manifest.documents.iter().find(|document| document.file == case)?;
        let context = Context::new(&self.manifest, &self.keys, document, Side::Usual).ok()?;
        Some(Box::new(SetDoor(context)))
    }
}

struct SetDoor(Context);

impl Door for SetDoor {
    fn ask(&self, token: &[u8]) -> Result<String, Code> {
        self.0.ask(token).map(|facts| facts.to_string())
    }
}

impl SamlSet {
    // A document under every side that its verdict names.
    fn cases(&self, document: &Document) -> Vec<Case> {
        let note = document.why.as_str();
        let wanted = match Wanted::read(&document.verdict) {
            Ok(wanted) => wanted,
            Err(fault) => {
                return vec![Case::ask(&document.file, Expected::Refuse, note, || {
                    Outcome::Differs(fault.clone())
                })];
            }
        };
        let ask = |side, failed: Option<&str>| {
            self.judge(document, side, failed).unwrap_or_else(Outcome::Differs)
        };
        let one =
            |expected| vec![Case::ask(&document.file, expected, note, || ask(Side::Usual, None))];
        match wanted {
            Wanted::Accept => one(Expected::Accept),
            // This library is strict: both could be tolerated, one is what it promises.
            Wanted::Refuse | Wanted::RefuseWhereStrict => one(Expected::Refuse),
            // Accepted only with the content of the document, which is compared.
            Wanted::WithWholeContent => one(Expected::Either),
            Wanted::Failed(status) => {
                let judged = || ask(Side::Usual, Some(&status));
                vec![Case::ask(&document.file, Expected::Accept, note, judged)]
            }
            Wanted::Sides(sides) => sides
                .into_iter()
                .map(|(side, accept)| {
                    let id = format!("{} under {side}", document.file);
                    let expected = if accept { Expected::Accept } else { Expected::Refuse };
                    Case::ask(id, expected, note, || ask(side, None))
                })
                .collect(),
        }
    }

    // `failed`: the status that must be reported, as in `Responder/AuthnFailed`; a refusal that
    // reports it counts as accepted.
    fn judge(
        &self,
        document: &Document,
        side: Side,
        failed: Option<&str>,
    ) -> Result<Outcome, String> {
        let path = self.folder.join(&document.file);
        let token = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let context = Context::new(&self.manifest, &self.keys, document, side)?;
        let answer = context.ask(&token);
        if let Some(status) = failed {
            return Ok(match answer {
                Err(code) if Answer::reports(code, status) => Outcome::Accepted,
                Err(code) => Outcome::Refused(code),
                Ok(_) => Outcome::Differs("an identity came out of a failure".to_owned()),
            });
        }
        match answer {
            Err(code) => Ok(Err(code).into()),
            Ok(found) => Ok(match Facts::of(&token) {
                Some(wanted) => match found.first_difference(&wanted) {
                    Some(name) => Outcome::Differs(format!("{name} is not that of the document")),
                    None => Outcome::Accepted,
                },
                // Encrypted, or no message: nothing can be compared.
                None => Outcome::Accepted,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognise::Kind;
    use crate::suite::Judgement;
    use serde_json::Value;

    #[test]
    fn every_document_of_the_corpus_is_judged_right() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../shared/corpus/saml/synthetic-a/manifest.json");
        let Ok(bytes) = fs::read(&path) else {
            println!("ABSENT: {}", path.display());
            return;
        };
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        let found = Found { kind: Kind::SamlSet, path, bytes, json };
        let cases = load(&found).unwrap()[0].run();
        assert_eq!(cases.len(), 145, "141 documents, 4 of them under two policies");
        let wrong: Vec<String> = cases
            .iter()
            .filter(|case| case.judge() != Judgement::Right)
            .map(|case| format!("{}: {}, {:?}", case.id, case.expected, case.outcome))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
