//! Real device responses whose request was not published: in files of their own, and in answers without
//! a context beside them. What can be known of them is the issuer's side. The response as it came is
//! refused where it holds several documents; each document is then read alone under the laboratory
//! profile `corpus-mdoc-issuer-layer`, without device authentication and without status.

use super::layer::{OwnedSession, Setting, laboratory, trust};
use super::made;
use super::presentation::{ANCHORS, responses};
use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use crate::suites::Loaded;
use eid_broker::UnixTime;
use eid_broker::envelope::base64url;
use eid_broker::envelope::cbor::{Encoding, Limits, Nodes, Value, with, write};
use eid_broker::pki::PathCache;
use eid_broker::policy::{DeviceAuth, DocumentContent, DocumentRule, Times};
use eid_broker::verdict::{Code, Refusal};
use serde::Deserialize;
use std::fs;
use std::path::Path;

struct Samples {
    name: String,
    cases: Vec<Sample>,
}

struct Sample {
    id: String,
    note: &'static str,
    expected: Expected,
    response: Vec<u8>,
    // `None` for what this suite has no context for.
    setting: Option<Setting>,
}

// What is known about samples by name: when they are to be read, and what becomes of each document: the
// word `accept`, or a code. Others are read when they became valid, and either answer is right.
//
// The third document of the first file is past its time, which the order of checks does not come to: its
// device key has a coordinate without its leading zero (RFC 9053, 7.1.1). The issuer of the third file
// signed with a certificate for readers.
type Known = (&'static str, &'static str, &'static [&'static str]);
const KNOWN: &[Known] = &[
    ("eudi-three-documents", "2024-11-01T00:00:00Z", &["accept", "accept", "key.malformed"]),
    ("eudi-mdl-untrusted-chain", "2024-11-01T00:00:00Z", &["key.untrusted"]),
    ("eudi-06-pidPlusMdl-vpToken", "", &["chain.purpose", "chain.purpose"]),
];

/// A file that holds one device response as CBOR.
pub(in crate::suites) fn load_response(found: &Found) -> Loaded {
    let name = format!("mdoc-samples/{}", found.stem());
    let cases = match made_context(&found.path)? {
        Some(context) => vec![Sample {
            id: "device-response".to_owned(),
            note: "under the context of the vectors beside it",
            expected: Expected::Accept,
            response: found.bytes.clone(),
            setting: Some(context.setting("corpus-mdoc-made", |_| ())?),
        }],
        None => samples("", &found.stem(), &found.bytes, &anchors(&found.path)?)?,
    };
    Ok(vec![Box::new(Samples { name, cases })])
}

/// An answer without its context.
pub(in crate::suites) fn load_token(found: &Found) -> Loaded {
    let name = format!("mdoc-samples/{}", found.stem());
    let mut cases = Vec::new();
    for (query, presentation) in responses(&found.path)? {
        let bytes = base64url::decode(presentation.as_bytes());
        match bytes {
            Ok(bytes) => {
                let anchors = anchors(&found.path)?;
                cases.extend(samples(&format!("{query}/"), &found.stem(), &bytes, &anchors)?);
            }
            Err(_) => cases.push(Sample {
                id: query,
                note: "no device response",
                expected: Expected::Either,
                response: Vec::new(),
                setting: None,
            }),
        }
    }
    Ok(vec![Box::new(Samples { name, cases })])
}

/// Whether octets are a device response, as far as its first members show.
pub(crate) fn is_response(bytes: &[u8]) -> bool {
    with(bytes, Limits::WALLET, |root| {
        Ok(root.get("version").is_some() && root.get("status").is_some())
    })
    .unwrap_or(false)
}

fn samples(before: &str, stem: &str, bytes: &[u8], anchors: &[u8]) -> Result<Vec<Sample>, String> {
    let known = KNOWN.iter().find(|known| known.0 == stem);
    let documents = documents(bytes)?;
    let when =
        |valid_from| known.and_then(|known| UnixTime::from_rfc3339(known.1)).unwrap_or(valid_from);
    let mut cases = Vec::new();
    if let [first, _, ..] = documents.as_slice() {
        cases.push(Sample {
            id: format!("{before}device-response"),
            note: "several documents in one response",
            expected: Expected::RefuseCode(Code::MdocDocuments),
            response: bytes.to_vec(),
            setting: Some(issuer_layer(anchors, when(first.1))?),
        });
    }
    for (index, (response, valid_from)) in documents.into_iter().enumerate() {
        let expected = match known.and_then(|known| known.2.get(index)) {
            Some(&"accept") => Expected::Accept,
            Some(code) => Expected::RefuseCode(Code::from_name(code).ok_or("no such code")?),
            None => Expected::Either,
        };
        cases.push(Sample {
            id: format!("{before}document-{}", index.saturating_add(1)),
            note: "alone, the issuer's side",
            expected,
            response,
            setting: Some(issuer_layer(anchors, when(valid_from))?),
        });
    }
    Ok(cases)
}

// Each document in a response of its own, its octets as they came, and when it became valid.
fn documents(bytes: &[u8]) -> Result<Vec<(Vec<u8>, UnixTime)>, String> {
    let mut nodes = Nodes::default();
    let root = nodes.read(bytes, Limits::WALLET).map_err(|refusal| refusal.to_string())?;
    let documents = root.get("documents").ok_or("no documents")?;
    documents.elements().map(|document| Ok((alone(document), valid_from(document)?))).collect()
}

fn alone(document: Value<'_, '_>) -> Vec<u8> {
    // {"version": "1.0", "documents": [document], "status": 0}
    let mut out = vec![0xa3];
    write::text(&mut out, "version");
    write::text(&mut out, "1.0");
    write::text(&mut out, "documents");
    write::array(&mut out, 1);
    out.extend_from_slice(document.octets());
    write::text(&mut out, "status");
    out.push(0);
    out
}

fn valid_from(document: Value<'_, '_>) -> Result<UnixTime, String> {
    let payload = document
        .get("issuerSigned")
        .and_then(|signed| signed.get("issuerAuth"))
        .and_then(|auth| auth.elements().nth(2))
        .and_then(|payload| payload.as_bytes())
        .ok_or("a document without payload")?;
    let time = with(payload, Limits::WALLET, |wrapped| {
        with(wrapped.embedded().unwrap_or_default(), Limits::WALLET, |object| {
            let validity = object.get("validityInfo");
            let time =
                validity.and_then(|info| info.get("validFrom")).and_then(|time| time.tagged(0));
            let time = time.and_then(|time| time.as_str()).and_then(UnixTime::from_rfc3339);
            time.ok_or(Refusal::from(Code::MdocStructure))
        })
    });
    // A fraction was cut off: the second after is within.
    time.map(|time| time.plus(1)).map_err(|refusal| refusal.to_string())
}

fn issuer_layer(anchors: &[u8], now: UnixTime) -> Result<Setting, String> {
    let pid = DocumentRule::pid();
    let policy = laboratory("corpus-mdoc-issuer-layer", |rules| {
        rules.documents = vec![DocumentRule::mdl(pid.loa), pid];
        rules.documents.iter_mut().for_each(|rule| rule.content = DocumentContent::Credential);
        rules.device_auth = DeviceAuth::NotEvaluated;
        rules.encoding = Encoding::Any;
        rules.times = Times::FractionsCutOff;
    });
    Ok(Setting {
        policy,
        trust: trust(anchors, "iso-iaca")?,
        paths: PathCache::default(),
        client_id: String::new(),
        nonce: String::new(),
        session: OwnedSession::Transcript(Vec::new()),
        reader_key: None,
        now,
    })
}

// The anchors of the folder of presentations, which is the file's own or lies beside it.
fn anchors(path: &Path) -> Result<Vec<u8>, String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let places = [folder.join(ANCHORS), folder.join("../openid4vp").join(ANCHORS)];
    let found = places.iter().find(|place| place.is_file());
    let found =
        found.ok_or_else(|| format!("{ANCHORS} is neither beside it nor in ../openid4vp"))?;
    fs::read(found).map_err(|error| format!("{}: {error}", found.display()))
}

// The context of vectors in the same folder.
fn made_context(path: &Path) -> Result<Option<made::File>, String> {
    let beside = path.with_file_name("vectors.json");
    let Ok(text) = fs::read_to_string(&beside) else { return Ok(None) };
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    made::File::deserialize(json).map(Some).map_err(|error| error.to_string())
}

impl Suite for Samples {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn run(&self) -> Vec<Case> {
        let case = |sample: &Sample| {
            let Sample { id, note, expected, response, setting } = sample;
            Case::ask(id, expected.clone(), *note, || match setting {
                Some(setting) => setting.outcome(response),
                None => Outcome::Skipped("the context of the request was not published".to_owned()),
            })
        };
        self.cases.iter().map(case).collect()
    }
}
