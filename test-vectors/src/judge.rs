//! The subcommand `judge`: what we accept, libxmlsec1 and libxml2 must accept as well, and write in the
//! same canonical octets.
//!
//! Signed responses of the test node are spelled otherwise in thousands of ways: some keep what is
//! signed, others do not. Whatever passes here is handed to `xmlsec1` with the same key, and the octets
//! that it digests are compared with those that we give out. The other way round is counted only: the
//! profile refuses much that XML signatures allow. Random documents are canonicalised by both.

mod rewrite;

use crate::sweep::{Change, print};
use eid_broker::crypto::{Hash, PublicKey};
use eid_broker::envelope::xml::signature::{SignatureMethod, SignatureRules, verify_enveloped};
use eid_broker::envelope::xml::{Document, Exclusive, Limits, canonicalise_document};
use eid_broker::pki::Certificate;
use eid_broker::verdict::Code;
use eid_broker_maker::keys::{self, TestKey};
use eid_broker_maker::saml::Asked;
use eid_broker_maker::saml::eidas::{Node, Person};
use eid_broker_maker::saml::sign::{Signing, certificate, certificate_pem, method};
use rewrite::Chance;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Asks about this many spellings of each message, and as many random documents.
pub(crate) fn run(count: usize) -> Result<ExitCode, String> {
    for program in ["xmlsec1", "xmllint"] {
        if !is_there(program) {
            print(format_args!("ABSENT: {program}: nothing was judged by another"))?;
            return Ok(ExitCode::FAILURE);
        }
    }
    let room = Room::new()?;
    let mut wrong = 0_usize;
    for (at, subject) in subjects()?.iter().enumerate() {
        // Every byte of the first message; of the others only its spelling.
        wrong = wrong.saturating_add(subject.judge(&room, count, at == 0)?);
    }
    wrong = wrong.saturating_add(forms(&room, count)?);
    print(format_args!("judge: {wrong} wrong"))?;
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn is_there(program: &str) -> bool {
    let mut asked = Command::new(program);
    asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// A signed message, and the key it is verified with.
struct Subject {
    name: &'static str,
    document: String,
    key: PublicKey,
    certificate_pem: String,
}

// What `xmlsec1` of Debian 12 knows: RSASSA-PSS came later.
fn subjects() -> Result<Vec<Subject>, String> {
    let fault = |error: eid_broker_maker::MakerError| error.to_string();
    let rows: [(&str, TestKey, &str, &[&str]); 5] = [
        ("ecdsa-sha256", keys::saml_node_p256().map_err(fault)?, method::ECDSA_SHA256, &[]),
        ("ecdsa-sha384", keys::saml_node_p384().map_err(fault)?, method::ECDSA_SHA384, &[]),
        ("ecdsa-sha512", keys::saml_node_p521().map_err(fault)?, method::ECDSA_SHA512, &[]),
        ("rsa-sha256", keys::saml_node_rsa().map_err(fault)?, method::RSA_SHA256, &["xsi"]),
        (
            "rsa-sha512",
            keys::saml_node_rsa().map_err(fault)?,
            method::RSA_SHA512,
            &["#default", "eidas-natural", "nowhere"],
        ),
    ];
    let subject = |(name, key, method, prefixes): (&'static str, TestKey, &str, &[&str])| {
        let der = certificate(&key).map_err(fault)?;
        let node = Node::new().map_err(fault)?;
        let mut message = node.answer(&Asked::honest(), &Person::erika()).map_err(fault)?;
        message.inner = None;
        message.encryption = None;
        // Without KeyInfo, which we do not look at and the judge refuses when it is damaged.
        let signing = Signing::new(&key, None).with_method(method);
        message.outer = Some(signing.with_prefixes(prefixes));
        let parsed = Certificate::parse(&der).map_err(|refused| refused.to_string())?;
        Ok(Subject {
            name,
            document: message.to_xml().map_err(fault)?,
            key: parsed.public_key().map_err(|code| code.name().to_owned())?.clone(),
            certificate_pem: certificate_pem(&key).map_err(fault)?,
        })
    };
    rows.into_iter().map(subject).collect()
}

/// A document that we accept, and the octets that we say are signed.
struct Accepted {
    document: Vec<u8>,
    octets: Vec<u8>,
}

impl Subject {
    fn judge(&self, room: &Room, count: usize, every_byte: bool) -> Result<usize, String> {
        let pem = room.write("key.pem", self.certificate_pem.as_bytes())?;
        let mut accepted = Vec::new();
        let mut refused = Vec::new();
        let mut asked = 0_usize;
        let mut ask = |document: Vec<u8>| {
            asked = asked.saturating_add(1);
            match self.ask(&document) {
                Ok(octets) => accepted.push(Accepted { document, octets }),
                Err(code) => refused.push((code, document)),
            }
        };
        ask(self.document.clone().into_bytes());
        if every_byte {
            for change in Change::ALL {
                for number in 0..change.count(self.document.len()) {
                    change.change(self.document.as_bytes(), number).into_iter().for_each(&mut ask);
                }
            }
        }
        let mut chance = Chance::new(self.name);
        for _ in 0..count {
            ask(rewrite::spell(&self.document, &mut chance).into_bytes());
        }
        if accepted.first().is_none_or(|first| first.document != self.document.as_bytes()) {
            return Err(format!("{}: the message itself is refused", self.name));
        }
        let wrong = self.confirm(room, &pem, &accepted)?;
        let stricter = self.count_accepted(room, &pem, &refused)?;
        let total: usize = stricter.values().sum();
        print(format_args!(
            "{}: {asked} documents, {} accepted by both with the same octets, {wrong} by us alone; \
             of {SAMPLE} that we refuse it accepts {total}: {stricter:?}",
            self.name,
            accepted.len().saturating_sub(wrong)
        ))?;
        Ok(wrong)
    }

    fn ask(&self, document: &[u8]) -> Result<Vec<u8>, Code> {
        let accepts = |_: SignatureMethod, _: &PublicKey| Ok(());
        let hashes = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
        let rules = SignatureRules::new(&accepts, &hashes);
        let document = Document::parse(document, &Limits::MESSAGE).map_err(|e| e.code())?;
        let keys = [self.key.clone()];
        let signed = verify_enveloped(document.root(), &keys, &rules).map_err(|e| e.code())?;
        // What is handed on is a document again.
        signed.document().map_err(|_| Code::Internal)?;
        Ok(signed.octets().to_vec())
    }

    // How many the judge does not accept, or digests other octets of.
    fn confirm(&self, room: &Room, pem: &Path, all: &[Accepted]) -> Result<usize, String> {
        let mut wrong = 0_usize;
        for batch in all.chunks(BATCH) {
            let documents: Vec<&[u8]> = batch.iter().map(|one| one.document.as_slice()).collect();
            let (holds, digested) = xmlsec1(room, pem, &documents)?;
            let same = digested.iter().eq(batch.iter().map(|one| &one.octets));
            if holds && same {
                continue;
            }
            for one in batch {
                let (holds, digested) = xmlsec1(room, pem, &[&one.document])?;
                if holds && digested.first() == Some(&one.octets) {
                    continue;
                }
                wrong = wrong.saturating_add(1);
                let what = if holds { "other octets" } else { "refused" };
                if wrong <= WRONG_SHOWN {
                    let place = self.difference(&one.document);
                    print(format_args!("WRONG: {}: {what} by xmlsec1: {place}", self.name))?;
                }
            }
        }
        Ok(wrong)
    }

    // What stands where the document begins to differ from the message.
    fn difference(&self, document: &[u8]) -> String {
        let same =
            document.iter().zip(self.document.as_bytes()).take_while(|(a, b)| a == b).count();
        let shown =
            document.get(same.saturating_sub(40)..same.saturating_add(60).min(document.len()));
        format!("{:?} at byte {same}", String::from_utf8_lossy(shown.unwrap_or_default()))
    }

    // Of a sample of what we refuse for its form, how much the judge accepts, by our codes.
    fn count_accepted(
        &self,
        room: &Room,
        pem: &Path,
        refused: &[(Code, Vec<u8>)],
    ) -> Result<BTreeMap<&'static str, usize>, String> {
        let mut found = BTreeMap::new();
        let step = refused.len().div_ceil(SAMPLE).max(1);
        for (code, document) in refused.iter().step_by(step) {
            if xmlsec1(room, pem, &[document])?.0 {
                let count: &mut usize = found.entry(code.name()).or_default();
                *count = count.saturating_add(1);
            }
        }
        Ok(found)
    }
}

// More of them say nothing new.
const WRONG_SHOWN: usize = 10;

// Documents for one call of the judge.
const BATCH: usize = 50;

// Refused documents that the judge is asked about, of each message.
const SAMPLE: usize = 200;

// Whether all of these documents verify, and what was digested for each.
fn xmlsec1(room: &Room, pem: &Path, documents: &[&[u8]]) -> Result<(bool, Vec<Vec<u8>>), String> {
    let files = room.write_all(documents)?;
    let mut command = Command::new("xmlsec1");
    command
        .args(["--verify", "--store-references", "--print-debug", "--pubkey-cert-pem"])
        .arg(pem)
        .args(["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:protocol:Response"])
        .args(files);
    let output = command.output().map_err(|error| format!("xmlsec1: {error}"))?;
    Ok((output.status.success(), digested(&output.stdout)))
}

// What stands between the two marks of its report.
fn digested(report: &[u8]) -> Vec<Vec<u8>> {
    const START: &[u8] = b"== PreDigest data - start buffer:\n";
    const END: &[u8] = b"\n== PreDigest data - end buffer\n";
    let find = |text: &[u8], mark: &[u8]| text.windows(mark.len()).position(|part| part == mark);
    let mut all = Vec::new();
    let mut rest = report;
    while let Some(start) = find(rest, START) {
        rest = rest.get(start.saturating_add(START.len())..).unwrap_or_default();
        let Some(end) = find(rest, END) else { break };
        all.push(rest.get(..end).unwrap_or_default().to_vec());
        rest = rest.get(end..).unwrap_or_default();
    }
    all
}

// Random documents, canonicalised with comments by both.
fn forms(room: &Room, count: usize) -> Result<usize, String> {
    let mut chance = Chance::new("forms");
    let mut wrong = 0_usize;
    let mut compared = 0_usize;
    let mut batch: Vec<(String, Vec<u8>)> = Vec::new();
    for number in 0..count {
        let document = rewrite::document(&mut chance);
        let form = Document::parse(document.as_bytes(), &Limits::MESSAGE)
            .and_then(|parsed| canonicalise_document(&parsed, &Exclusive::new().with_comments()));
        if let Ok(form) = form {
            batch.push((document, form));
        }
        if batch.len() < BATCH && number.saturating_add(1) < count {
            continue;
        }
        let documents: Vec<&[u8]> = batch.iter().map(|(document, _)| document.as_bytes()).collect();
        let ours: Vec<u8> = batch.iter().flat_map(|(_, form)| form.clone()).collect();
        if xmllint(room, &documents)? != ours {
            for (document, form) in &batch {
                let theirs = xmllint(room, &[document.as_bytes()])?;
                if theirs != *form {
                    wrong = wrong.saturating_add(1);
                    if wrong > WRONG_SHOWN {
                        continue;
                    }
                    let theirs = String::from_utf8_lossy(&theirs);
                    print(format_args!("WRONG: form of {document:?}: libxml2 has {theirs:?}"))?;
                }
            }
        }
        compared = compared.saturating_add(batch.len());
        batch.clear();
    }
    print(format_args!("exc-c14n: {count} documents, {compared} read here, {wrong} differ"))?;
    // Most of them must be documents, or nothing was asked.
    if compared < count / 2 {
        Err("too few random documents are read".to_owned())
    } else {
        Ok(wrong)
    }
}

fn xmllint(room: &Room, documents: &[&[u8]]) -> Result<Vec<u8>, String> {
    let files = room.write_all(documents)?;
    let mut command = Command::new("xmllint");
    command.args(["--nonet", "--exc-c14n"]).args(files).stderr(Stdio::null());
    Ok(command.output().map_err(|error| format!("xmllint: {error}"))?.stdout)
}

/// A folder for what the judges read; it goes when this goes.
struct Room(PathBuf);

impl Room {
    fn new() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("eid-broker-judge-{}", std::process::id()));
        fs::create_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }

    fn write(&self, name: &str, octets: &[u8]) -> Result<PathBuf, String> {
        let path = self.0.join(name);
        fs::write(&path, octets).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }

    fn write_all(&self, documents: &[&[u8]]) -> Result<Vec<PathBuf>, String> {
        let write = |(at, document): (usize, &&[u8])| self.write(&format!("{at}.xml"), document);
        documents.iter().enumerate().map(write).collect()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // Nothing can be done about what is left in a temporary folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}
