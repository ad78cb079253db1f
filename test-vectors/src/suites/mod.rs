//! One file per kind of suite, and the table that leads to it.

pub(crate) mod hex;
mod jose;
pub(crate) mod mdoc;
pub(crate) mod own;
mod pending;
pub(crate) mod revocation;
mod saml;
mod saml_samples;
mod sd_jwt;
pub(crate) mod weak_keys;
mod web_eid;
mod wycheproof;
pub(crate) mod x509;
mod xml;

use crate::discover::Found;
use crate::recognise::Kind;
use crate::suite::Suite;
use eid_broker::crypto::sha256;

/// The suites of one file.
pub(crate) struct Group {
    /// Where it was found.
    pub(crate) path: String,
    /// SHA-256 of the file, in hex; empty when the group has several files.
    pub(crate) sha256: String,
    /// The suites in it, or why it cannot be read.
    pub(crate) suites: Loaded,
}

/// What reading a file gives.
pub(crate) type Loaded = Result<Vec<Box<dyn Suite>>, String>;

/// Reads what was found. Own vectors, one per file, become one suite per family.
pub(crate) fn load(found: Vec<Found>) -> Vec<Group> {
    let (own, others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|found| found.kind == Kind::Own);
    let mut groups = own::load(own);
    for found in others {
        groups.push(Group {
            path: found.path.display().to_string(),
            sha256: hex::encode(&sha256(&found.bytes)),
            suites: read(&found),
        });
    }
    groups
}

fn read(found: &Found) -> Loaded {
    match found.kind {
        Kind::JoseAttacks => jose::attacks::load(found),
        Kind::JsonWeb => jose::wycheproof::load(found),
        Kind::Limbo => x509::limbo::load(found),
        Kind::MdocAnnexD => mdoc::annex_d::load(found),
        Kind::MdocMade => mdoc::made::load(found),
        Kind::MdocResponse => mdoc::samples::load_response(found),
        Kind::OcspMade => revocation::made::load(found),
        Kind::OcspOpenssl => revocation::openssl::load(found),
        Kind::OpenId4VpPresentation => mdoc::presentation::load(found),
        Kind::Pairwise => jose::pairwise::load(found),
        Kind::Pkits => x509::pkits::load(found),
        Kind::RfcExamples => jose::rfc_examples::load(found),
        Kind::SamlSet => saml::load(found),
        Kind::SamlSamples => saml_samples::load(found),
        Kind::SdJwtAllAttributes => sd_jwt::all_attributes::load(found),
        Kind::SdJwtFolders => sd_jwt::folders::load(found),
        Kind::SdJwtMade => sd_jwt::made::load(found),
        Kind::SessionTranscripts => mdoc::transcripts::load(found),
        Kind::VpToken => mdoc::samples::load_token(found),
        Kind::WeakKeys => weak_keys::load(found),
        Kind::WebEid => web_eid::load(found),
        Kind::C14n => xml::c14n::load(found),
        Kind::Wycheproof => wycheproof::load(found),
        Kind::XmlSignatures => xml::signatures::load(found),
        Kind::CardVerifiable
        | Kind::CertificateHolderRights
        | Kind::Cookbook
        | Kind::EncryptedResponse
        | Kind::OidcProfiles
        | Kind::Own
        | Kind::StatusListExamples
        | Kind::StatusListMade
        | Kind::StatusListVectors
        | Kind::TravelDocument
        | Kind::TrustLists
        | Kind::WebAuthn => pending::load(found),
    }
}
