//! Metadata, service lists and requests: each with the certificate that stands in it taken for the
//! pinned one, as the table says, and with another one, which must never verify anything.
//!
//! The rules begin with those of eIDAS nodes and let through what these old documents need. The clock
//! is set to an hour before the first end of document and certificates, then to the end.

use super::Row;
use super::document::{Claims, certificate_file, claims};
use crate::suite::{Case, Expected, Outcome, Suite};
use eid_broker::UnixTime;
use eid_broker::crypto::{Hash, PublicKey};
use eid_broker::envelope::xml::signature::{SignatureMethod, SignatureRules, verify_enveloped};
use eid_broker::envelope::xml::{Document, Limits};
use eid_broker::pki::Certificate;
use eid_broker::trust::saml_metadata::{
    MetadataRole, MetadataRules, ServiceList, Signers, Validity, verify,
};
use eid_broker::verdict::Code;
use std::path::{Path, PathBuf};

struct Samples {
    name: String,
    folder: PathBuf,
    rows: Vec<Row>,
    stranger: Option<Certificate>,
}

/// The suite of those rows that are metadata, lists or requests; `None` when there are none.
pub(super) fn load(name: &str, folder: &Path, rows: &[Row]) -> Option<Box<dyn Suite>> {
    let mine = |row: &&Row| What::of(row).is_some();
    let rows: Vec<Row> = rows.iter().filter(mine).cloned().collect();
    if rows.is_empty() {
        return None;
    }
    let stranger = STRANGERS.iter().find_map(|file| certificate_file(&folder.join(file)).ok());
    let (name, folder) = (format!("{name}/metadata"), folder.to_path_buf());
    Some(Box::new(Samples { name, folder, rows, stranger }))
}

/// What a file is, by its root as the table names it, or by its name where nothing was observed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum What {
    List,
    Metadata,
    Request,
}

impl What {
    pub(super) fn of(row: &Row) -> Option<Self> {
        let file = row.file.rsplit('/').next().unwrap_or_default().to_lowercase();
        if row.observed.starts_with("MetadataServiceList") {
            Some(Self::List)
        } else if row.observed.starts_with("AuthnRequest") {
            Some(Self::Request)
        } else if row.observed.starts_with("EntityDescriptor") || file.contains("metadata") {
            Some(Self::Metadata)
        } else {
            None
        }
    }
}

impl Suite for Samples {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn run(&self) -> Vec<Case> {
        self.rows.iter().flat_map(|row| self.cases(row)).collect()
    }
}

impl Samples {
    fn cases(&self, row: &Row) -> Vec<Case> {
        let Some(what) = What::of(row) else { return Vec::new() };
        let read = claims(&self.folder.join(&row.file));
        let ask = |suffix: &str, expected: Expected, under: &Under| {
            let id = format!("{}{suffix}", row.file);
            Case::ask(id, expected, &row.verdict, || match &read {
                Ok(claims) => judge(what, claims, under).unwrap_or_else(Outcome::Differs),
                Err(fault) => Outcome::Differs(fault.clone()),
            })
        };
        let accepted =
            row.verdict.starts_with("signature valid") || row.verdict.starts_with("accept");
        let mut cases = Vec::new();
        let usual = Under { signers: Vec::new(), clock: Clock::Inside, legacy: true };
        if !accepted {
            // At a time at which nothing but the reason of the table stands against it.
            cases.push(ask("", Expected::Refuse, &usual));
        } else {
            cases.push(ask(" in its time", Expected::Accept, &usual));
        }
        if accepted && what != What::Request {
            // Old certificates ended before the document did, which shows first.
            let late = Under { clock: Clock::AtTheEnd, ..usual.clone() };
            let ended = read.as_ref().is_ok_and(|claims| claims.signer_ends_first());
            let code = if ended { Code::ChainExpired } else { Code::MetadataExpired };
            cases.push(ask(" at its end", Expected::RefuseCode(code), &late));
        }
        if what == What::List && accepted {
            let strict = Under { legacy: false, ..usual.clone() };
            cases.push(ask(" without PKCS #1", Expected::RefuseCode(Code::AlgNotAllowed), &strict));
        }
        if what == What::Request && read.as_ref().is_ok_and(|claims| claims.has(SHA1)) {
            let strict = Under { legacy: false, ..usual.clone() };
            cases.push(ask(" without SHA-1", Expected::RefuseCode(Code::AlgNotAllowed), &strict));
        }
        if let (true, Some(stranger)) = (accepted, &self.stranger) {
            let code =
                if what == What::Request { Code::SigInvalid } else { Code::MetadataUntrusted };
            let other = Under { signers: vec![stranger.clone()], ..usual };
            cases.push(ask(" under another signer", Expected::RefuseCode(code), &other));
        }
        cases
    }
}

#[derive(Clone)]
struct Under {
    /// Pinned instead of the certificates in the signature.
    signers: Vec<Certificate>,
    clock: Clock,
    /// What some of them need and nobody should use: RSASSA-PKCS1-v1_5 of a list, the SHA-1 digest
    /// of a request.
    legacy: bool,
}

#[derive(Clone, Copy)]
enum Clock {
    Inside,
    AtTheEnd,
}

impl Claims {
    // An hour before the first end of anything that must hold; a list names certificates that ended.
    fn inside(&self, what: What) -> UnixTime {
        let certificates = if what == What::List { &self.signer } else { &self.all };
        let ends = certificates.iter().map(Certificate::not_after).chain(self.ends).min();
        ends.unwrap_or(UnixTime::from_secs(1_772_366_400)).minus(3600)
    }

    fn has(&self, text: &str) -> bool {
        self.octets.windows(text.len()).any(|window| window == text.as_bytes())
    }

    fn signer_ends_first(&self) -> bool {
        let signer = self.signer.first().map(Certificate::not_after);
        signer.zip(self.ends).is_some_and(|(signer, document)| signer < document)
    }
}

fn judge(what: What, claims: &Claims, under: &Under) -> Result<Outcome, String> {
    let certificates = if under.signers.is_empty() {
        // The signer's own certificate is the first.
        claims.signer.iter().take(1).cloned().collect()
    } else {
        under.signers.clone()
    };
    let mut rules = MetadataRules::general();
    rules.min_rsa_bits = 2048;
    rules.max_validity_s = 315_360_000;
    rules.validity = Validity::BoundedElsewhere;
    let now = match under.clock {
        Clock::Inside => claims.inside(what),
        Clock::AtTheEnd => claims.ends.unwrap_or(UnixTime::MAX),
    };
    if claims.is_service_provider {
        rules.role = MetadataRole::ServiceProvider;
    }
    if under.legacy && what == What::List {
        rules.rsa_pkcs1_until = Some(UnixTime::MAX);
    }
    Ok(match what {
        What::Request => bare_signature(claims, &certificates, under.legacy).into(),
        What::List => {
            let signers = Signers::pinned(certificates).map_err(|refusal| refusal.to_string())?;
            match ServiceList::verify(&claims.octets, &signers, &rules, now) {
                Err(refusal) => Err(refusal.code()).into(),
                // Whoever accepts it without a single entry has not read it.
                Ok(list) if list.entries.is_empty() => {
                    Outcome::Differs("no entry came out of it".to_owned())
                }
                Ok(_) => Outcome::Accepted,
            }
        }
        What::Metadata => {
            let signers = Signers::pinned(certificates).map_err(|refusal| refusal.to_string())?;
            match verify(&claims.octets, &signers, &claims.entity_id, &rules, now) {
                Err(refusal) => Err(refusal.code()).into(),
                Ok(metadata) if metadata.issuer.entity_id != claims.entity_id => {
                    Outcome::Differs("another entity came out of it".to_owned())
                }
                Ok(_) => Outcome::Accepted,
            }
        }
    })
}

/// The bare signature of a message of somebody else: whom it is from is not our question.
pub(super) fn bare_signature(
    claims: &Claims,
    certificates: &[Certificate],
    legacy: bool,
) -> Result<(), Code> {
    let document =
        Document::parse(&claims.octets, &Limits::MESSAGE).map_err(|refusal| refusal.code())?;
    let keys: Vec<PublicKey> =
        certificates.iter().filter_map(|c| c.public_key().ok().cloned()).collect();
    let accepts = |method: SignatureMethod, _: &PublicKey| match method {
        SignatureMethod::DangerRsaSha1 => Err(Code::AlgNotAllowed),
        _ => Ok(()),
    };
    let digests = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
    let rules = SignatureRules::new(&accepts, &digests);
    let rules = if legacy { rules.danger_with_sha1_digest() } else { rules };
    verify_enveloped(document.root(), &keys, &rules).map(drop).map_err(|refusal| refusal.code())
}

const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";

// Certificates of the collections that signed none of these documents.
const STRANGERS: &[&str] = &["WrongSignerCert.cer", "../eidas-middleware/WrongSignerCert.cer"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Judgement;

    #[test]
    fn the_collections_get_their_verdicts() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/saml");
        for (name, accepted) in
            [("eidas-node", 2), ("eidas-middleware", 8), ("eidas-attributes", 1)]
        {
            let folder = corpus.join(name);
            let Ok(text) = std::fs::read_to_string(folder.join("README.md")) else {
                eprintln!("{} is absent; nothing was run", folder.display());
                continue;
            };
            let suite = load(name, &folder, &super::super::rows(&text)).unwrap();
            let cases = suite.run();
            let wrong: Vec<String> = cases
                .iter()
                .filter(|case| case.judge() != Judgement::Right)
                .map(|case| format!("{}: {}, {:?}", case.id, case.expected, case.outcome))
                .collect();
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            let accepts = cases.iter().filter(|case| case.outcome == Outcome::Accepted).count();
            assert_eq!(accepts, accepted, "{name}");
        }
    }
}
