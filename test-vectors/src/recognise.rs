//! Which suite a file is, by its content: its `format` member where it has one, else the members
//! that only this kind of file has.

use serde_json::Value;
use std::path::Path;

/// The kinds of suites.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    C14n,
    CardVerifiable,
    CertificateHolderRights,
    Cookbook,
    EncryptedResponse,
    JoseAttacks,
    JsonWeb,
    Limbo,
    MdocAnnexD,
    MdocMade,
    MdocResponse,
    OcspMade,
    OcspOpenssl,
    OidcProfiles,
    OpenId4VpPresentation,
    Own,
    Pairwise,
    Pkits,
    RfcExamples,
    SamlSamples,
    SamlSet,
    SdJwtAllAttributes,
    SdJwtFolders,
    SdJwtMade,
    SessionTranscripts,
    StatusListExamples,
    StatusListMade,
    StatusListVectors,
    TravelDocument,
    TrustLists,
    VpToken,
    WeakKeys,
    WebAuthn,
    WebEid,
    Wycheproof,
    XmlSignatures,
}

impl Kind {
    /// The name of the suite, or of the group of suites that are named after their files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::C14n => "exc-c14n",
            Self::CardVerifiable => "cv-certificates",
            Self::CertificateHolderRights => "chat",
            Self::Cookbook => "jose-cookbook",
            Self::EncryptedResponse => "openid4vp-encrypted-response",
            Self::JoseAttacks => "jose-attacks",
            Self::JsonWeb | Self::Wycheproof => "wycheproof",
            Self::Limbo => "x509-limbo",
            Self::MdocAnnexD => "mdoc-annex-d",
            Self::MdocMade => "mdoc-made",
            Self::MdocResponse | Self::VpToken => "mdoc-samples",
            Self::OcspMade => "ocsp",
            Self::OcspOpenssl => "ocsp-openssl",
            Self::OidcProfiles => "oidc-profiles",
            Self::OpenId4VpPresentation => "openid4vp-presentation",
            Self::Own => "own",
            Self::Pairwise => "pairwise",
            Self::Pkits => "pkits",
            Self::RfcExamples => "rfc-examples",
            Self::SamlSamples => "saml-samples",
            Self::SamlSet => "saml-set",
            Self::SdJwtAllAttributes => "sd-jwt-pid-all-attributes",
            Self::SdJwtFolders => "sd-jwt-folders",
            Self::SdJwtMade => "sd-jwt-made",
            Self::SessionTranscripts => "session-transcripts",
            Self::StatusListExamples => "status-list-examples",
            Self::StatusListMade => "status-list-made",
            Self::StatusListVectors => "status-list-vectors",
            Self::TravelDocument => "travel-document",
            Self::TrustLists => "trust-lists",
            Self::WeakKeys => "weak-keys",
            Self::WebAuthn => "webauthn-l3",
            Self::WebEid => "web-eid",
            Self::XmlSignatures => "xml-signatures",
        }
    }
}

/// The kind of a JSON file, or `None` when it is no suite.
pub(crate) fn recognise(path: &Path, json: &Value) -> Option<Kind> {
    match json {
        Value::Array(_) => by_items(json),
        Value::Object(_) => by_format(json)
            .or_else(|| by_members(json))
            .or_else(|| by_vectors(json))
            .or_else(|| by_cases(json))
            .or_else(|| by_entries(path, json)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// The kind of a text with a table of files and verdicts, or `None` when it has none.
pub(crate) fn recognise_table(text: &str) -> Option<Kind> {
    if SIGNATURES.iter().any(|title| text.starts_with(title)) {
        return Some(Kind::XmlSignatures);
    }
    text.lines().any(|line| line.starts_with(TABLE)).then_some(Kind::SamlSamples)
}

// How the READMEs of collected XML signatures begin; one of them has that table too.
const SIGNATURES: &[&str] =
    &["# XML-DSig fixtures of xml-crypto", "# XML-DSig / XML-Enc / C14N interop vectors"];

// How the tables of collected SAML documents begin.
const TABLE: &str = "| file | observed";

fn by_format(json: &Value) -> Option<Kind> {
    let format = json.get("format")?;
    if format.as_u64() == Some(1) && first_has(json, "cases", &["token", "error_class"]) {
        return Some(Kind::JoseAttacks);
    }
    // The number at the end is the version of the format; another version is another format.
    Some(match format.as_str()? {
        "eid-broker jose attacks 1" => Kind::JoseAttacks,
        "eid-broker ocsp vectors 1" => Kind::OcspMade,
        "eid-broker openssl-ocsp manifest 1" => Kind::OcspOpenssl,
        "eid-broker pkits manifest 1" => Kind::Pkits,
        "eid-broker weak key vectors 1" => Kind::WeakKeys,
        _ => return None,
    })
}

// One row per kind: all of these members must be there. The first row that fits decides.
const MEMBERS: &[(Kind, &[&str])] = &[
    (Kind::Own, &["id", "family", "standard", "input", "expect"]),
    (Kind::Limbo, &["testcases"]),
    (Kind::SamlSet, &["documents", "verifier_time"]),
    (Kind::RfcExamples, &["rfc7515"]),
    (Kind::SdJwtAllAttributes, &["expected_claims", "presentation"]),
    (Kind::SessionTranscripts, &["redirect", "dc_api"]),
    (Kind::MdocAnnexD, &["device_response", "session_transcript_bytes"]),
    (Kind::EncryptedResponse, &["jwe", "private_jwk", "expected_payload"]),
    (Kind::OpenId4VpPresentation, &["client_id", "response_uri", "nonce", "validation_time"]),
    (Kind::StatusListExamples, &["status_list_jwt", "expected"]),
    (Kind::Cookbook, &["title", "input", "output"]),
    (Kind::Cookbook, &["title", "sign", "encrypt"]),
];

fn by_members(json: &Value) -> Option<Kind> {
    if let Some(group) = first(json, "testGroups") {
        let json_web = group.get("type").and_then(Value::as_str).unwrap_or_default();
        return Some(if json_web.starts_with("JsonWeb") {
            Kind::JsonWeb
        } else {
            Kind::Wycheproof
        });
    }
    if first_has(json, "tests", &["certs", "crls"]) {
        return Some(Kind::Pkits);
    }
    MEMBERS.iter().find(|(_, members)| has(json, members)).map(|(kind, _)| *kind)
}

// Members of the first vector; some kinds differ only in their context.
const VECTORS: &[(Kind, &[&str])] = &[
    (Kind::OcspMade, &["response"]),
    (Kind::WeakKeys, &["chain"]),
    (Kind::SdJwtMade, &["presentation", "expect"]),
    (Kind::MdocMade, &["device_response_b64url", "expect"]),
    (Kind::Pairwise, &["sector", "identifier_kind", "sub"]),
    (Kind::WebAuthn, &["registration"]),
    (Kind::StatusListMade, &["token", "expect"]),
];

fn by_vectors(json: &Value) -> Option<Kind> {
    let first = first(json, "vectors")?;
    VECTORS.iter().find(|(_, members)| has(first, members)).map(|(kind, _)| *kind)
}

const CASES: &[(Kind, &[&str])] = &[
    (Kind::OcspOpenssl, &["responses"]),
    (Kind::OidcProfiles, &["claims", "client_id"]),
    (Kind::JoseAttacks, &["token", "error_class"]),
];

fn by_cases(json: &Value) -> Option<Kind> {
    let first = first(json, "cases")?;
    CASES.iter().find(|(_, members)| has(first, members)).map(|(kind, _)| *kind)
}

// Index files: an object whose members are named after files or cases.
fn by_entries(path: &Path, json: &Value) -> Option<Kind> {
    let entries = json.as_object()?;
    let every = |test: &dyn Fn(&str, &Value) -> bool| {
        !entries.is_empty() && entries.iter().all(|(name, entry)| test(name, entry))
    };
    let any = |test: &dyn Fn(&str, &Value) -> bool| entries.iter().any(|(k, v)| test(k, v));
    let file_name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if file_name == "expected.json" {
        if every(&|name, _| name.ends_with(".xml")) {
            return Some(Kind::TrustLists);
        }
        let sd_jwt =
            |name: &str, entry: &Value| entry.get("verdict").is_some() && name.contains("/sd_jwt_");
        return every(&sd_jwt).then_some(Kind::SdJwtFolders);
    }
    // An answer whose request was published is read with it.
    if file_name.ends_with("-vpToken.json") {
        let context = path.with_file_name(file_name.replace("-vpToken.json", "-context.json"));
        let strings =
            |entry: &Value| entry.as_array().is_some_and(|list| list.iter().all(Value::is_string));
        return (!context.is_file() && every(&|_, entry| strings(entry))).then_some(Kind::VpToken);
    }
    if any(&|name, entry| name.ends_with(".cvc") && has(entry, &["car", "chr"])) {
        return Some(Kind::CardVerifiable);
    }
    if any(&|_, entry| has(entry, &["origin", "nonce", "expected_without_revocation_check"])) {
        return Some(Kind::WebEid);
    }
    if any(&|_, entry| has(entry, &["cms_signature_verifies", "econtent_type"])) {
        return Some(Kind::TravelDocument);
    }
    let rights = |_: &str, entry: &Value| {
        has(entry, &["rights"]) && (has(entry, &["hex"]) || has(entry, &["template"]))
    };
    every(&rights).then_some(Kind::CertificateHolderRights)
}

fn by_items(json: &Value) -> Option<Kind> {
    let first = json.get(0)?;
    if has(first, &["lst", "bits", "statuses"]) {
        return Some(Kind::StatusListVectors);
    }
    let expected = first.get("expected").and_then(Value::as_str).unwrap_or_default();
    (has(first, &["input"]) && expected.ends_with(".c14n")).then_some(Kind::C14n)
}

fn has(json: &Value, members: &[&str]) -> bool {
    members.iter().all(|member| json.get(member).is_some())
}

fn first<'a>(json: &'a Value, list: &str) -> Option<&'a Value> {
    json.get(list)?.get(0)
}

fn first_has(json: &Value, list: &str, members: &[&str]) -> bool {
    first(json, list).is_some_and(|item| has(item, members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kind(name: &str, json: &Value) -> Option<Kind> {
        recognise(Path::new(name), json)
    }

    #[test]
    fn recognises_by_the_format_member_first() {
        let json = json!({"format": "eid-broker ocsp vectors 1", "vectors": [{"chain": []}]});
        assert_eq!(kind("a.json", &json), Some(Kind::OcspMade));
        let json = json!({"format": 1, "cases": [{"token": "", "error_class": null}]});
        assert_eq!(kind("a.json", &json), Some(Kind::JoseAttacks));
    }

    #[test]
    fn recognises_by_members_whatever_the_file_is_called() {
        let json = json!({"testGroups": [{"type": "EddsaVerify"}]});
        assert_eq!(kind("x", &json), Some(Kind::Wycheproof));
        let json = json!({"testGroups": [{"type": "JsonWebSignature"}]});
        assert_eq!(kind("x", &json), Some(Kind::JsonWeb));
        let json = json!({"vectors": [{"chain": [], "expected": "accept"}]});
        assert_eq!(kind("x", &json), Some(Kind::WeakKeys));
        let json = json!([{"input": "a.xml", "expected": "a.c14n"}]);
        assert_eq!(kind("x", &json), Some(Kind::C14n));
    }

    #[test]
    fn tells_the_two_kinds_of_expected_json_apart() {
        let json = json!({"lotl/a.xml": {"expected": "accept"}});
        assert_eq!(kind("d/expected.json", &json), Some(Kind::TrustLists));
        let json = json!({"ietf/simple/sd_jwt_issuance": {"verdict": "accept"}});
        assert_eq!(kind("d/expected.json", &json), Some(Kind::SdJwtFolders));
        assert_eq!(kind("d/expected.json", &json!({})), None);
    }

    #[test]
    fn recognises_tables_of_documents() {
        let table =
            "# Samples\n| file | observed (somewhere) | expected verdict |\n|---|---|---|\n";
        assert_eq!(recognise_table(table), Some(Kind::SamlSamples));
        assert_eq!(recognise_table("| file | expected |\n"), None);
    }

    #[test]
    fn recognises_collections_by_their_readmes() {
        let table = "| file | observed | expected verdict |";
        for (text, wanted) in [
            (format!("# XML-DSig fixtures of xml-crypto\n{table}"), Some(Kind::XmlSignatures)),
            ("# XML-DSig / XML-Enc / C14N interop vectors\n".to_owned(), Some(Kind::XmlSignatures)),
            (format!("# eIDAS node\n{table}"), Some(Kind::SamlSamples)),
            ("# XML-DSig fixtures\n| file | verdict |".to_owned(), None),
        ] {
            assert_eq!(recognise_table(&text), wanted, "{text}");
        }
    }

    #[test]
    fn recognises_nothing_in_other_files() {
        for json in [
            json!({}),
            json!([]),
            json!(1),
            json!({"format": "web-eid:1.0", "signature": ""}),
            json!({"format": "eid-broker ocsp vectors 2"}),
            json!({"kty": "EC", "crv": "P-256"}),
            json!({"vectors": []}),
        ] {
            assert_eq!(kind("index.json", &json), None, "{json}");
        }
    }
}
