//! OpenSSL's OCSP responses and chains of 2012, with SHA-1 signatures under a policy of the runner
//! that lets them pass.

use super::Question;
use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use crate::suites::Loaded;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker::UnixTime;
use eid_broker::pki::{Certificate, RevocationScope, parse_pem_many};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct File {
    cases: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    case: String,
    root: String,
    intermediates: Vec<String>,
    cert: String,
    responses: Vec<String>,
    time: String,
    expected: String,
    reason: Option<String>,
}

struct Openssl {
    file: File,
    folder: PathBuf,
}

/// Reads the manifest; the files beside it are read when a case is run.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    for entry in &file.cases {
        if !matches!(entry.expected.as_str(), "ok" | "fail") {
            return Err(format!("{}: {:?} is no expected result", entry.case, entry.expected));
        }
    }
    let folder = found.path.parent().unwrap_or(Path::new(".")).to_owned();
    Ok(vec![Box::new(Openssl { file, folder })])
}

impl Suite for Openssl {
    fn name(&self) -> String {
        "ocsp-openssl".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let case = |entry: &Entry| {
            let expected = if entry.expected == "ok" { Expected::Accept } else { Expected::Refuse };
            let note = entry.reason.clone().unwrap_or_default();
            Case::ask(&entry.case, expected, note, || match entry.question(&self.folder) {
                Ok(question) => question.outcome(),
                Err(error) => Outcome::Differs(error),
            })
        };
        self.file.cases.iter().map(case).collect()
    }
}

impl Entry {
    fn question(&self, folder: &Path) -> Result<Question, String> {
        let mut presented = vec![certificate(folder, &self.cert)?];
        for name in &self.intermediates {
            presented.push(certificate(folder, name)?);
        }
        let responses: Result<Vec<Vec<u8>>, String> =
            self.responses.iter().map(|name| response(folder, name)).collect();
        let responses = responses?;
        // The set hands in an answer for each certificate of the path, or for the end entity alone.
        let scope = if responses.len() == presented.len() {
            RevocationScope::EveryCertificate
        } else {
            RevocationScope::EndEntity
        };
        Ok(Question {
            presented,
            root: certificate(folder, &self.root)?,
            responses,
            nonce: None,
            nonce_required: false,
            scope,
            now: UnixTime::from_rfc3339(&self.time).ok_or("the time is not RFC 3339")?,
            danger_sha1: true,
        })
    }
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>, String> {
    fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"))
}

/// The first certificate of a file. One file has another behind it, one has blanks at the end of
/// lines, which the library's own reader refuses.
fn certificate(folder: &Path, name: &str) -> Result<Certificate, String> {
    let bytes = read(folder, name)?;
    let text = String::from_utf8_lossy(&bytes);
    let first = text.split_inclusive(END).next().unwrap_or_default();
    let trimmed: Vec<&str> = first.lines().map(str::trim_end).collect();
    let found = parse_pem_many(trimmed.join("\n").as_bytes());
    let found = found.map_err(|refusal| refusal.to_string())?;
    found.into_iter().next().ok_or_else(|| format!("{name}: no certificate"))
}

const END: &str = "-----END CERTIFICATE-----";

fn response(folder: &Path, name: &str) -> Result<Vec<u8>, String> {
    let text: Vec<u8> =
        read(folder, name)?.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(text).map_err(|error| format!("{name}: {error}"))
}
