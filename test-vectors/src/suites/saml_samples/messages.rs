//! Messages: whether they are refused as a login, and whether what is encrypted in them opens with the
//! keys that lie beside them, as the tables of the README say.

use super::Row;
use super::document::{claims, keys_of};
use super::metadata::{What, bare_signature};
use crate::suite::{Case, Expected, Outcome, Suite};
use eid_broker::envelope::xml::encryption::{
    DecryptionKeys, EncryptionRules, KeyTransport, decrypt,
};
use eid_broker::envelope::xml::{Document, Element, Limits};
use eid_broker::verdict::Code;
use std::fs;
use std::path::{Path, PathBuf};

struct Messages {
    name: String,
    folder: PathBuf,
    rows: Vec<Row>,
    /// Lines of the other table: what came out of each encrypted file.
    decrypted: Vec<String>,
}

/// The suite of those rows that are messages; `None` when there are none.
pub(super) fn load(name: &str, folder: &Path, rows: &[Row], text: &str) -> Option<Box<dyn Suite>> {
    let rows: Vec<Row> = rows.iter().filter(|row| What::of(row).is_none()).cloned().collect();
    if rows.is_empty() {
        return None;
    }
    let before = text.lines().take_while(|line| !line.starts_with("| file | observed"));
    let decrypted = before.filter(|line| line.starts_with("| encrypted/"));
    let decrypted = decrypted.map(str::to_owned).collect();
    let (name, folder) = (format!("{name}/messages"), folder.to_path_buf());
    Some(Box::new(Messages { name, folder, rows, decrypted }))
}

impl Suite for Messages {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn run(&self) -> Vec<Case> {
        self.rows.iter().flat_map(|row| self.cases(row)).collect()
    }
}

impl Messages {
    fn cases(&self, row: &Row) -> Vec<Case> {
        let path = self.folder.join(&row.file);
        let login =
            Case::ask(row.file.clone(), Expected::Refuse, &row.verdict, || match claims(&path) {
                Ok(claims) => bare_signature(&claims, &claims.signer, false).into(),
                Err(fault) => Outcome::Differs(fault),
            });
        let mut cases = vec![login];
        let mut ask = |suffix: &str, expected: Expected, coupled: bool| {
            let id = format!("{}{suffix}", row.file);
            cases.push(Case::ask(id, expected, &row.verdict, || {
                opened(&self.folder, &path, coupled).unwrap_or_else(Outcome::Differs)
            }));
        };
        let closed = || Expected::RefuseCode(Code::KeyMismatch);
        if row.verdict.contains("unknown recipient") {
            ask(" opened", closed(), false);
        } else if row.verdict.starts_with("decryption vector") && is_encrypted(&path) {
            let line = self.decrypted.iter().find(|line| line.contains(&format!("{} ", row.file)));
            let says = |word: &str| line.is_some_and(|line| line.contains(word));
            if says("refuse") {
                ask(" opened", closed(), false);
            } else if says("contradicts") {
                // MGF1 with the hash of the message under an identifier that fixes SHA-1: by the letter
                // it does not open, and under the flag for such senders it does.
                ask(" opened by the letter", closed(), false);
                ask(" opened as coupled", Expected::Accept, true);
            } else {
                ask(" opened", Expected::Accept, false);
            }
        }
        cases
    }
}

fn opened(folder: &Path, path: &Path, coupled: bool) -> Result<Outcome, String> {
    let octets = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let document = Document::parse(&octets, &Limits::LABORATORY).map_err(|e| e.to_string())?;
    let encrypted = encrypted_in(document.root()).ok_or("nothing in it is encrypted")?;
    let keys =
        DecryptionKeys::new(keys_of(&folder.join("keys"))?).map_err(|c| c.name().to_owned())?;
    let rules = EncryptionRules {
        transport: KeyTransport::ALL.to_vec(),
        oaep_coupled: coupled,
        ..EncryptionRules::authenticated()
    };
    let plain = match decrypt(encrypted, &keys, &rules) {
        Ok(plain) => plain,
        Err(refusal) => return Ok(Outcome::Refused(refusal.code())),
    };
    Ok(match plain.document(&Limits::MESSAGE) {
        Ok(document) if document.root().is(ASSERTION, "Assertion") => Outcome::Accepted,
        Ok(_) => Outcome::Differs("something else than an assertion came out".to_owned()),
        Err(refusal) => Outcome::Refused(refusal.code()),
    })
}

fn is_encrypted(path: &Path) -> bool {
    let octets = fs::read(path).unwrap_or_default();
    let document = Document::parse(&octets, &Limits::LABORATORY);
    document.is_ok_and(|document| encrypted_in(document.root()).is_some())
}

// The samples are wrapped in many ways.
fn encrypted_in<'d, 'a>(root: Element<'d, 'a>) -> Option<Element<'d, 'a>> {
    let mut open = vec![root];
    while let Some(element) = open.pop() {
        if element.is(ASSERTION, "EncryptedAssertion") {
            return Some(element);
        }
        open.extend(element.children());
    }
    None
}

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
