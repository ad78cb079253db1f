//! Two collections of XML signatures. Each document is asked at the entry point of SAML under the
//! rules of production; those of SHA-1 also under `corpus-legacy`, which cannot mint; and those of the
//! interop sets also as bare mathematics, since the one form of SAML leaves most of them out.

use super::find;
use super::primitive::{self, octets_of};
use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use crate::suites::Loaded;
use eid_broker::crypto::{Hash, PublicKey};
use eid_broker::envelope::xml::signature::{
    SIGNATURE_NAMESPACE, SignatureMethod, SignatureRules, has_signature, verify_enveloped,
};
use eid_broker::envelope::xml::{Document, Element, Limits};
use eid_broker::pki::{Certificate, parse_pem_many};
use eid_broker::verdict::Code;
use std::fs;
use std::path::{Path, PathBuf};

/// The suites of a README.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let text = std::str::from_utf8(&found.bytes).map_err(|error| error.to_string())?;
    let folder = found.path.parent().unwrap_or(Path::new(".")).to_path_buf();
    if text.contains("| file | observed") {
        let rows = rows(text, "| file | observed");
        return Ok(vec![Box::new(Fixtures { folder, rows })]);
    }
    let rows = rows(text, "| file | key under");
    Ok(vec![Box::new(Interop { folder, rows })])
}

// The cells of a table that begins with these words.
fn rows(text: &str, head: &str) -> Vec<Vec<String>> {
    let table = text.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// Documents of xml-crypto: `| file | observed | expected verdict |`.
struct Fixtures {
    folder: PathBuf,
    rows: Vec<Vec<String>>,
}

// Under which rules a document is asked.
#[derive(Clone, Copy, PartialEq)]
enum Rules {
    Production,
    Legacy,
}

impl Suite for Fixtures {
    fn name(&self) -> String {
        "xml-crypto".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for row in &self.rows {
            let [file, _, verdict] = row.as_slice() else { continue };
            let production = || self.judge(file, Rules::Production);
            let accepts = verdict.starts_with("accept signature");
            let expected = if accepts { Expected::Accept } else { Expected::Refuse };
            cases.push(Case::ask(file, expected, verdict, production));
            if verdict.contains("accept under the legacy test policy") {
                let id = format!("{file} under corpus-legacy");
                let legacy = || self.judge(file, Rules::Legacy);
                cases.push(Case::ask(id, Expected::Accept, verdict, legacy));
            }
            // Where the key is of another time, the canonical form can be judged nevertheless.
            if accepts || verdict.starts_with("structure valid") {
                let id = format!("{file} digests");
                let digests = || self.digests(file);
                cases.push(Case::ask(id, Expected::Accept, verdict, digests));
            }
        }
        cases
    }
}

impl Fixtures {
    fn judge(&self, file: &str, rules: Rules) -> Outcome {
        let octets = match read(&self.folder, file) {
            Ok(octets) => octets,
            Err(fault) => return Outcome::Differs(fault),
        };
        let document = match Document::parse(&octets, &Limits::MESSAGE) {
            Ok(document) => document,
            Err(refused) => return Outcome::Refused(refused.code()),
        };
        let key = self.key(file, &document);
        // A response that is signed itself, else what is signed directly in it.
        let root = document.root();
        let inside = || root.children().find(|child| has_signature(*child));
        let signed = if has_signature(root) { root } else { inside().unwrap_or(root) };
        let accepts = |method: SignatureMethod, _: &PublicKey| {
            let legacy = rules == Rules::Legacy;
            let old = method == SignatureMethod::DangerRsaSha1;
            if old && !legacy { Err(Code::AlgNotAllowed) } else { Ok(()) }
        };
        let bare = SignatureRules::new(&accepts, HASHES).with_empty_reference().with_any_position();
        let bare = if rules == Rules::Legacy { bare.danger_with_sha1_digest() } else { bare };
        let keys: Vec<PublicKey> = key.clone().into_iter().collect();
        let verified = verify_enveloped(signed, &keys, &bare).map(drop);
        // What is wrong with the form comes before what is wrong with the key.
        let code = verified.map_err(|refused| match (refused.code(), key) {
            (Code::SigInvalid, Err(code)) => code,
            (code, _) => code,
        });
        code.into()
    }

    fn digests(&self, file: &str) -> Outcome {
        let octets = match read(&self.folder, file) {
            Ok(octets) => octets,
            Err(fault) => return Outcome::Differs(fault),
        };
        let text = String::from_utf8_lossy(&octets);
        match Document::parse(&octets, &Limits::MESSAGE) {
            Ok(document) => {
                let all: Result<(), Code> =
                    primitive::digests(&document, &text).into_iter().collect();
                all.into()
            }
            Err(refused) => Outcome::Refused(refused.code()),
        }
    }

    // The key that lies beside the document, or of its collection; else the one that it carries. Whom
    // it belongs to is not asked here.
    fn key(&self, file: &str, document: &Document<'_>) -> Result<PublicKey, Code> {
        let stem = file.trim_end_matches(".xml");
        let named = match stem {
            "windows_store_signature" => "windows_store_certificate",
            "keyinfo-pretty-printed" => "keyinfo",
            stem if !matches!(embedded(document.root()), Err(Code::KeyMissing)) => stem,
            stem if stem.contains("signature") => "client_public",
            stem => stem,
        };
        if let Ok(pem) = read(&self.folder, &format!("{named}.pem"))
            && let Ok([certificate, ..]) = parse_pem_many(&pem).as_deref()
        {
            return certificate.public_key().cloned();
        }
        embedded(document.root())?.public_key().cloned()
    }
}

const HASHES: &[Hash] = &[Hash::Sha256, Hash::Sha384, Hash::Sha512];

/// Interop vectors: `| file | key under keys/ | length | verdict |`, and folders without a table.
struct Interop {
    folder: PathBuf,
    rows: Vec<Vec<String>>,
}

impl Suite for Interop {
    fn name(&self) -> String {
        "xmldsig-interop".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for row in &self.rows {
            let [file, key, _, verdict] = row.as_slice() else { continue };
            let path = format!("dsig/{file}");
            let refused = verdict.starts_with("refuse");
            let expected = if refused { Expected::Refuse } else { Expected::Accept };
            let key = (key != "-").then(|| format!("keys/{key}"));
            self.ask(&mut cases, &path, key.as_deref(), expected, verdict);
        }
        for file in files(&self.folder.join("xmldsig11")) {
            let (key, expected) = of_xmldsig11(&file);
            let path = format!("xmldsig11/{file}");
            self.ask(&mut cases, &path, Some(key), expected, "XML Signature 1.1 interop");
        }
        let exclusive = "merlin-exc-c14n-one/exc-signature.xml";
        self.ask(&mut cases, exclusive, None, Expected::Refuse, "DSA");
        for (at, digest) in self.digests(exclusive).into_iter().enumerate() {
            let id = format!("{exclusive} digest {}", at.saturating_add(1));
            let note = "digest of a reference alone: exclusive canonical form of its element";
            cases.push(Case::ask(id, Expected::Accept, note, || digest.into()));
        }
        for folder in ["merlin-c14n-three", "xmldsig2ed"] {
            for file in files(&self.folder.join(folder)) {
                let path = format!("{folder}/{file}");
                let note = "inclusive canonicalisation, XPath and XPointer are no part of SAML";
                self.ask_entry(&mut cases, &path, note);
            }
        }
        cases
    }
}

impl Interop {
    // At the entry point of SAML, where none of these forms is let in, and as mathematics.
    fn ask(
        &self,
        cases: &mut Vec<Case>,
        path: &str,
        key: Option<&str>,
        expected: Expected,
        note: &str,
    ) {
        self.ask_entry(cases, path, note);
        let primitive = || self.primitive(path, key).unwrap_or_else(Outcome::Differs);
        cases.push(Case::ask(format!("{path} primitive"), expected, note, primitive));
    }

    fn ask_entry(&self, cases: &mut Vec<Case>, path: &str, note: &str) {
        let entry = || self.entry(path).unwrap_or_else(Outcome::Differs);
        cases.push(Case::ask(path, Expected::Refuse, note, entry));
    }

    fn entry(&self, path: &str) -> Result<Outcome, String> {
        let octets = read(&self.folder, path)?;
        let document = match Document::parse(&octets, &Limits::METADATA) {
            Ok(document) => document,
            Err(refused) => return Ok(Outcome::Refused(refused.code())),
        };
        let keys = self.pinned()?;
        let accepts = |_: SignatureMethod, _: &PublicKey| Ok(());
        let rules =
            SignatureRules::new(&accepts, HASHES).with_empty_reference().with_any_position();
        let verified = verify_enveloped(document.root(), &keys, &rules);
        Ok(verified.map(drop).map_err(|refused| refused.code()).into())
    }

    // One key of each kind that these documents have.
    fn pinned(&self) -> Result<Vec<PublicKey>, String> {
        ["rsa/rsa-4096", "ec/ec-prime256v1", "ec/ec-prime521v1"]
            .iter()
            .map(|name| self.key(&format!("keys/{name}-cert.pem")))
            .collect()
    }

    fn primitive(&self, path: &str, key: Option<&str>) -> Result<Outcome, String> {
        let octets = read(&self.folder, path)?;
        let text = String::from_utf8_lossy(&octets);
        let document = match Document::parse(&octets, &Limits::METADATA) {
            Ok(document) => document,
            Err(refused) => return Ok(Outcome::Refused(refused.code())),
        };
        let key = match (key, embedded(document.root())) {
            (Some(key), _) => self.certificate(key)?,
            (None, Ok(certificate)) => certificate,
            (None, Err(_)) => self.certificate("keys/ec/ec-prime256v1-cert.pem")?,
        };
        let verified = key.public_key().and_then(|key| primitive::verify(&document, &text, key));
        Ok(verified.into())
    }

    fn digests(&self, path: &str) -> Vec<Result<(), Code>> {
        let Ok(octets) = read(&self.folder, path) else { return Vec::new() };
        let text = String::from_utf8_lossy(&octets);
        match Document::parse(&octets, &Limits::METADATA) {
            Ok(document) => primitive::digests(&document, &text),
            Err(refused) => vec![Err(refused.code())],
        }
    }

    fn key(&self, name: &str) -> Result<PublicKey, String> {
        let key = self.certificate(name)?.public_key().cloned();
        key.map_err(|code| format!("{name}: {}", code.name()))
    }

    fn certificate(&self, name: &str) -> Result<Certificate, String> {
        let octets = read(&self.folder, name)?;
        match parse_pem_many(&octets).as_deref() {
            Ok([certificate, ..]) => Ok(certificate.clone()),
            _ => Certificate::parse(&octets).map_err(|refused| format!("{name}: {refused}")),
        }
    }
}

// By the names of the files: the key, and whether the algorithms are of this time.
fn of_xmldsig11(file: &str) -> (&'static str, Expected) {
    let key = match file {
        file if file.contains("p256") || file.contains("derencoded-ec") => "p256-key.crt",
        file if file.contains("p384") => "p384-key.crt",
        file if file.contains("p521") => "p521-key.crt",
        _ => "rsa-key.crt",
    };
    let key = match key {
        "p256-key.crt" => "xmldsig11/keys/p256-key.crt",
        "p384-key.crt" => "xmldsig11/keys/p384-key.crt",
        "p521-key.crt" => "xmldsig11/keys/p521-key.crt",
        _ => "xmldsig11/keys/rsa-key.crt",
    };
    let old = ["hmac", "sha1", "sha224"].iter().any(|word| file.contains(word));
    (key, if old { Expected::Refuse } else { Expected::Accept })
}

// The first certificate that a document carries.
fn embedded(root: Element<'_, '_>) -> Result<Certificate, Code> {
    let element = find(root, |e| e.is(SIGNATURE_NAMESPACE, "X509Certificate"));
    let der = octets_of(element.ok_or(Code::KeyMissing)?)?;
    Certificate::parse(&der).map_err(|refused| refused.code())
}

// The XML files of a folder, by name.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".xml")).collect();
    names.sort();
    names
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>, String> {
    if name.contains("..") {
        return Err(format!("{name}: not below its list"));
    }
    fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"))
}
