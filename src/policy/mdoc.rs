//! What is asked of mdocs: `[mdoc]` of `policy.toml`.

use super::StatusRule;
use super::load::{HASHES, MAX_BYTES, MAX_SHORT_LIVED_S, MIN_BYTES, STATUS_RULES, check_hashes};
use crate::config::{Findings, Table};
use crate::crypto::Hash;
use crate::envelope::cbor::Encoding;
use crate::envelope::cose::Tags;
use crate::identity::{LevelOfAssurance, Loa};
use crate::pki::PresentedAnchor;

/// What is asked of an mdoc.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MdocPolicy {
    /// The accepted types of documents, each with what may be read from it.
    pub documents: Vec<DocumentRule>,
    /// How the response may be tied to its request. Default both of OpenID4VP 1.0.
    pub handovers: Vec<HandoverKind>,
    /// Whether the device must prove itself. Anything but `Required` is laboratory.
    pub device_auth: DeviceAuth,
    /// By what the device may prove itself. Default a signature.
    pub device_proofs: Vec<DeviceProof>,
    /// Accepted hashes of elements.
    pub hashes: Vec<Hash>,
    /// How the times in the mobile security object are written.
    pub times: Times,
    /// Whether COSE structures may be tagged. Default refused.
    pub cose_tags: Tags,
    /// Whether the anchor may be among the certificates of the issuer. Default refused.
    pub presented_anchor: PresentedAnchor,
    /// How numbers and lengths are written in what the issuer signed. Default in the shortest form.
    pub encoding: Encoding,
    /// What happens with a status reference. Anything but `Require` is laboratory.
    pub status: StatusRule,
    /// A document that lives at most this long needs no status. Default 86400 (ARF VCR_01).
    pub short_lived_s: u32,
    /// Largest response in bytes. Default 524288, at most that.
    pub max_bytes: u32,
}

/// One accepted type of document.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DocumentRule {
    /// The type, byte for byte.
    pub doc_type: String,
    /// The namespaces that are asked for. A response with elements of another one is refused.
    pub namespaces: Vec<String>,
    /// What the content must be. `Credential` is laboratory.
    pub content: DocumentContent,
    /// Level of such a document, before the anchor's cap. PIDs are high by law.
    pub loa: Loa,
}

impl DocumentRule {
    /// A type that is read from the namespaces.
    #[must_use]
    pub fn new(doc_type: &str, namespaces: &[&str], content: DocumentContent, loa: Loa) -> Self {
        let namespaces = namespaces.iter().map(|name| (*name).to_owned()).collect();
        Self { doc_type: doc_type.to_owned(), namespaces, content, loa }
    }

    /// Person identification data of the Union (PID rulebook, 3): high, and notified.
    #[must_use]
    pub fn pid() -> Self {
        let loa = Loa { level: LevelOfAssurance::High, notified: true };
        Self::new(PID, &[PID], DocumentContent::Pid, loa)
    }

    /// Mobile driving licences (ISO/IEC 18013-5, 7.2), at the level that the caller trusts them for.
    #[must_use]
    pub fn mdl(loa: Loa) -> Self {
        Self::new(MDL, &[MDL_NAMESPACE], DocumentContent::Mdl, loa)
    }
}

/// What the content of a document must be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DocumentContent {
    /// Anything; no person is read from it. Laboratory.
    Credential,
    /// A driving licence (ISO/IEC 18013-5, 7.2.1).
    Mdl,
    /// Person identification data by the PID rulebook.
    Pid,
}

/// How a response is tied to its request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum HandoverKind {
    /// OpenID4VP before its final version (ISO/IEC TS 18013-7, annex B). The key that the response was
    /// encrypted to is not bound.
    Iso18013_7AnnexB,
    /// OpenID4VP 1.0 with a response URI (B.2.6.1).
    OpenId4Vp,
    /// OpenID4VP 1.0 over the Digital Credentials API (B.2.6.2).
    OpenId4VpDcApi,
    /// A session transcript of the caller's own making, for suites and experiments. Laboratory.
    Transcript,
}

/// Whether the device must prove itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum DeviceAuth {
    /// Left out, and said so. Laboratory.
    NotEvaluated,
    /// Always.
    Required,
}

/// By what the device proves itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "ISO/IEC 18013-5, 9.1.3.2")]
pub enum DeviceProof {
    /// A code under a key that it agrees on with the reader.
    Mac,
    /// A signature.
    Signature,
}

/// How times are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Times {
    /// Fractions of a second may stand there and are cut off; early issuers of the Union wrote them.
    FractionsCutOff,
    /// Without fractions (ISO/IEC 18013-5, 9.1.2.4).
    WholeSeconds,
}

impl MdocPolicy {
    /// HAIP 1.0 with the PID rulebook: PIDs, device signature, status, everything strict.
    #[must_use]
    pub fn standard() -> Self {
        Self {
            documents: vec![DocumentRule::pid()],
            handovers: vec![HandoverKind::OpenId4Vp, HandoverKind::OpenId4VpDcApi],
            device_auth: DeviceAuth::Required,
            device_proofs: vec![DeviceProof::Signature],
            hashes: vec![Hash::Sha256, Hash::Sha384, Hash::Sha512],
            times: Times::WholeSeconds,
            cose_tags: Tags::Refused,
            presented_anchor: PresentedAnchor::Refused,
            encoding: Encoding::Shortest,
            status: StatusRule::Require,
            short_lived_s: MAX_SHORT_LIVED_S,
            max_bytes: MAX_BYTES,
        }
    }

    pub(super) fn is_in_range(&self) -> bool {
        let once = |rule: &DocumentRule| {
            self.documents.iter().filter(|other| other.doc_type == rule.doc_type).count() == 1
        };
        let whole = |rule: &DocumentRule| !rule.doc_type.is_empty() && !rule.namespaces.is_empty();
        !self.documents.is_empty()
            && self.documents.iter().all(|rule| whole(rule) && once(rule))
            && !self.handovers.is_empty()
            && !self.device_proofs.is_empty()
            && !self.hashes.is_empty()
            && self.short_lived_s <= MAX_SHORT_LIVED_S
            && self.max_bytes <= MAX_BYTES
    }

    pub(super) fn is_laboratory(&self) -> bool {
        self.device_auth != DeviceAuth::Required
            || self.status != StatusRule::Require
            || self.handovers.contains(&HandoverKind::Transcript)
            || self.documents.iter().any(|rule| rule.content == DocumentContent::Credential)
    }
}

pub(super) fn read_mdoc(
    table: &mut Table<'_>,
    laboratory: bool,
    findings: &mut Findings,
) -> Option<MdocPolicy> {
    let standard = MdocPolicy::standard();
    let errors_before = findings.errors();
    if !table.has("document") {
        table.error("document", "is missing; without a type nothing is accepted", findings);
    }
    let mut seen = Vec::new();
    let documents = table.tables("document", findings, |table, findings| {
        let rule = read_document(table, findings)?;
        if seen.contains(&rule.doc_type) {
            // A second rule would never be looked at.
            table.error("doc_type", "is listed already", findings);
        }
        seen.push(rule.doc_type.clone());
        Some(rule)
    });
    if documents.is_empty() && findings.errors() == errors_before {
        table.error("document", "must not be empty", findings);
    }
    let handovers = table
        .optional_list("handovers", findings, |value, findings| value.choice(HANDOVERS, findings))
        .unwrap_or(standard.handovers);
    let device_proofs = table
        .optional_list("device_proofs", findings, |value, findings| value.choice(PROOFS, findings))
        .unwrap_or(standard.device_proofs);
    for (key, empty) in
        [("handovers", handovers.is_empty()), ("device_proofs", device_proofs.is_empty())]
    {
        if empty {
            table.error(key, "must not be empty", findings);
        }
    }
    let hashes = table
        .optional_list("hashes", findings, |value, findings| value.choice(HASHES, findings))
        .unwrap_or(standard.hashes);
    check_hashes(table, &hashes, findings);
    let device_auth = table.optional_choice("device_auth", DEVICE_AUTHS, findings);
    let times = table.optional_choice("times", TIMES, findings);
    let cose_tags = table.optional_choice("cose_tags", TAGS, findings);
    let presented_anchor = table.optional_choice("presented_anchor", ANCHORS, findings);
    let encoding = table.optional_choice("encoding", ENCODINGS, findings);
    let status = table.optional_choice("status", STATUS_RULES, findings);
    let short_lived_s = table.optional_duration_s("short_lived", 0..=MAX_SHORT_LIVED_S, findings);
    let max_bytes = table.optional_u32("max_bytes", MIN_BYTES..=MAX_BYTES, findings);
    let policy = MdocPolicy {
        documents,
        handovers,
        device_auth: device_auth.unwrap_or(standard.device_auth),
        device_proofs,
        hashes,
        times: times.unwrap_or(standard.times),
        cose_tags: cose_tags.unwrap_or(standard.cose_tags),
        presented_anchor: presented_anchor.unwrap_or(standard.presented_anchor),
        encoding: encoding.unwrap_or(standard.encoding),
        status: status.unwrap_or(standard.status),
        short_lived_s: short_lived_s.unwrap_or(standard.short_lived_s),
        max_bytes: max_bytes.unwrap_or(standard.max_bytes),
    };
    if policy.handovers.contains(&HandoverKind::Iso18013_7AnnexB) {
        let message = "iso-18013-7-annex-b is the form of drafts, and does not bind the key that the \
                       response was encrypted to";
        table.warning("handovers", message, findings);
    }
    if !laboratory {
        refuse_laboratory_settings(table, &policy, findings);
    }
    (findings.errors() == errors_before).then_some(policy)
}

fn read_document(table: &mut Table<'_>, findings: &mut Findings) -> Option<DocumentRule> {
    let doc_type = table.required_as("doc_type", NAME, findings, name);
    let namespaces = table.required_list("namespaces", findings, |value, findings| {
        value.text_as(NAME, findings, name)
    });
    if namespaces.as_ref().is_some_and(Vec::is_empty) {
        table.error("namespaces", "must not be empty", findings);
    }
    let content = table.required_choice("content", CONTENTS, findings);
    let levels = "one of \"low\", \"substantial\", \"high\"";
    let level = table.required_as("loa", levels, findings, LevelOfAssurance::from_name);
    let notified = table.required_bool("notified", findings);
    Some(DocumentRule {
        doc_type: doc_type?,
        namespaces: namespaces?,
        content: content?,
        loa: Loa { level: level?, notified: notified? },
    })
}

// The other face of `MdocPolicy::is_laboratory`: which settings make it one.
fn refuse_laboratory_settings(table: &Table<'_>, policy: &MdocPolicy, findings: &mut Findings) {
    let credential =
        policy.documents.iter().any(|rule| rule.content == DocumentContent::Credential);
    let settings = [
        ("device_auth", policy.device_auth != DeviceAuth::Required),
        ("status", policy.status != StatusRule::Require),
        ("document", credential),
    ];
    for (key, is_laboratory) in settings {
        if is_laboratory {
            let message = "is a laboratory setting; it needs `laboratory = true` at the top, and \
                           verdicts under it never become assertions";
            table.error(key, message, findings);
        }
    }
}

fn name(text: &str) -> Option<String> {
    let good = (1..=MAX_NAME_LEN).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    good.then(|| text.to_owned())
}

const NAME: &str = "1 to 255 printable characters of ASCII";
const MAX_NAME_LEN: usize = 255;

// PID rulebook, 3.1.1; ISO/IEC 18013-5, 7.1.
const PID: &str = "eu.europa.ec.eudi.pid.1";
const MDL: &str = "org.iso.18013.5.1.mDL";
const MDL_NAMESPACE: &str = "org.iso.18013.5.1";

const HANDOVERS: &[(&str, HandoverKind)] = &[
    ("openid4vp", HandoverKind::OpenId4Vp),
    ("openid4vp-dc-api", HandoverKind::OpenId4VpDcApi),
    ("iso-18013-7-annex-b", HandoverKind::Iso18013_7AnnexB),
];
const PROOFS: &[(&str, DeviceProof)] =
    &[("signature", DeviceProof::Signature), ("mac", DeviceProof::Mac)];
const DEVICE_AUTHS: &[(&str, DeviceAuth)] =
    &[("required", DeviceAuth::Required), ("not-evaluated", DeviceAuth::NotEvaluated)];
const TIMES: &[(&str, Times)] =
    &[("whole-seconds", Times::WholeSeconds), ("fractions-cut-off", Times::FractionsCutOff)];
const TAGS: &[(&str, Tags)] = &[("refused", Tags::Refused), ("accepted", Tags::Accepted)];
const ANCHORS: &[(&str, PresentedAnchor)] =
    &[("refused", PresentedAnchor::Refused), ("ignored", PresentedAnchor::Ignored)];
const ENCODINGS: &[(&str, Encoding)] = &[("shortest", Encoding::Shortest), ("any", Encoding::Any)];
const CONTENTS: &[(&str, DocumentContent)] = &[
    ("pid", DocumentContent::Pid),
    ("mdl", DocumentContent::Mdl),
    ("credential", DocumentContent::Credential),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    const HEAD: &str = "name = \"x\"\nversion = 1\n[[algorithm]]\nname = \"ES256\"\n";
    const DOCUMENT: &str = "[[mdoc.document]]\ndoc_type = \"eu.europa.ec.eudi.pid.1\"\n\
                            namespaces = [\"eu.europa.ec.eudi.pid.1\"]\ncontent = \"pid\"\n\
                            loa = \"high\"\nnotified = true\n";

    fn load(text: &str) -> (Option<Policy>, Vec<String>) {
        let mut findings = Findings::new();
        let policy = Policy::from_toml(text, "policy.toml", &mut findings);
        (policy, findings.iter().map(ToString::to_string).collect())
    }

    fn finding(text: &str) -> String {
        let (policy, findings) = load(text);
        assert!(policy.is_none(), "{text}");
        assert_eq!(findings.len(), 1, "{findings:#?}");
        findings[0].split_once("error: ").unwrap().1.to_owned()
    }

    #[test]
    fn what_is_left_out_is_as_in_the_standard_policy() {
        let (policy, findings) = load(&format!("{HEAD}[mdoc]\n{DOCUMENT}"));
        assert_eq!(findings, Vec::<String>::new());
        let policy = policy.unwrap();
        assert_eq!(policy.mdoc, Some(MdocPolicy::standard()));
        assert!(!policy.laboratory && policy.is_in_range());
    }

    #[test]
    fn lenient_settings_are_no_laboratory_and_others_are() {
        let lenient = "[mdoc]\ntimes = \"fractions-cut-off\"\ncose_tags = \"accepted\"\n\
                       presented_anchor = \"ignored\"\nencoding = \"any\"\n\
                       device_proofs = [\"signature\", \"mac\"]\n";
        let (policy, findings) = load(&format!("{HEAD}{lenient}{DOCUMENT}"));
        assert_eq!(findings, Vec::<String>::new());
        assert!(!policy.unwrap().laboratory);
        for setting in ["device_auth = \"not-evaluated\"", "status = \"not-evaluated\""] {
            let text = format!("[mdoc]\n{setting}\n{DOCUMENT}");
            assert!(finding(&format!("{HEAD}{text}")).contains("laboratory setting"));
            let (policy, _) = load(&format!("laboratory = true\n{HEAD}{text}"));
            assert!(policy.unwrap().laboratory);
        }
        let other = DOCUMENT.replace("\"pid\"", "\"credential\"");
        assert!(finding(&format!("{HEAD}[mdoc]\n{other}")).contains("laboratory setting"));
    }

    #[test]
    fn the_form_of_drafts_is_a_warning() {
        let text = format!("{HEAD}[mdoc]\nhandovers = [\"iso-18013-7-annex-b\"]\n{DOCUMENT}");
        let (policy, findings) = load(&text);
        assert!(!policy.unwrap().laboratory);
        assert!(findings[0].contains("warning: mdoc.handovers"), "{findings:?}");
    }

    #[test]
    fn a_policy_that_accepts_nothing_is_a_finding() {
        assert!(finding(&format!("{HEAD}[mdoc]\n")).starts_with("mdoc.document: is missing"));
        let twice = format!("{HEAD}[mdoc]\n{DOCUMENT}{DOCUMENT}");
        assert!(finding(&twice).contains("is listed already"));
        for (key, part) in [
            ("handovers = []", "mdoc.handovers: must not be empty"),
            ("device_proofs = []", "mdoc.device_proofs: must not be empty"),
            ("hashes = []", "mdoc.hashes: must not be empty"),
            ("handovers = [\"transcript\"]", "mdoc.handovers"),
        ] {
            let text = format!("{HEAD}[mdoc]\n{key}\n{DOCUMENT}");
            assert!(finding(&text).starts_with(part), "{}", finding(&text));
        }
    }
}
