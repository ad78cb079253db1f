//! What a case needs to know about a document before it is verified: whose name it bears, which
//! certificates stand in it, when it ends. Nothing of it is believed by anybody.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eid_broker::UnixTime;
use eid_broker::envelope::xml::{Document, Element, Limits};
use eid_broker::pki::{Certificate, RecipientKey};
use eid_broker_maker::keys::pem_to_der;
use std::fs;
use std::path::Path;

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

/// A document and what stands in it.
pub(super) struct Claims {
    pub(super) octets: Vec<u8>,
    /// `entityID` of the root.
    pub(super) entity_id: String,
    /// The element of its role, without prefix.
    pub(super) is_service_provider: bool,
    /// `validUntil`, or `NextUpdate` of a list.
    pub(super) ends: Option<UnixTime>,
    /// Certificates in its signature.
    pub(super) signer: Vec<Certificate>,
    /// All its certificates.
    pub(super) all: Vec<Certificate>,
}

/// Reads a document; `Err` in words when it cannot be read at all.
pub(super) fn claims(path: &Path) -> Result<Claims, String> {
    let octets = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut claims = Claims {
        octets: octets.clone(),
        entity_id: String::new(),
        is_service_provider: false,
        ends: None,
        signer: Vec::new(),
        all: Vec::new(),
    };
    // What is not well-formed claims nothing; it is refused for that.
    let Ok(document) = Document::parse(&octets, &Limits::AGGREGATE) else { return Ok(claims) };
    let root = document.root();
    claims.entity_id = root.attribute("entityID").unwrap_or_default().to_owned();
    claims.is_service_provider =
        root.children().any(|child| child.local_name() == "SPSSODescriptor");
    let ends = root.attribute("validUntil").or_else(|| root.attribute("NextUpdate"));
    claims.ends = ends.and_then(UnixTime::from_rfc3339);
    let mut open: Vec<(Element<'_, '_>, bool)> = vec![(root, false)];
    while let Some((element, signs)) = open.pop() {
        let certificate = element.is(DS, "X509Certificate").then(|| certificate(element));
        if let Some(certificate) = certificate.flatten() {
            if signs {
                claims.signer.push(certificate.clone());
            }
            claims.all.push(certificate);
        }
        let signs = signs || element.is(DS, "Signature");
        open.extend(element.children().map(|child| (child, signs)));
    }
    Ok(claims)
}

/// The private keys of a folder, as many as a broker may have.
pub(super) fn keys_of(folder: &Path) -> Result<Vec<RecipientKey>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let keys = paths.iter().filter_map(|path| {
        let der = pem_to_der(&fs::read_to_string(path).ok()?)?;
        RecipientKey::from_der(&der).ok()
    });
    Ok(keys.take(8).collect())
}

/// A certificate of the collection.
pub(super) fn certificate_file(path: &Path) -> Result<Certificate, String> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let der = eid_broker::pki::parse_pem_many(&bytes).ok().and_then(|list| list.into_iter().next());
    let certificate = der.map_or_else(|| Certificate::parse(&bytes), Ok);
    certificate.map_err(|refusal| format!("{}: {refusal}", path.display()))
}

fn certificate(element: Element<'_, '_>) -> Option<Certificate> {
    let text = element.text().ok()?;
    let base64: String = text.split_ascii_whitespace().collect();
    Certificate::parse(&STANDARD.decode(base64).ok()?).ok()
}
