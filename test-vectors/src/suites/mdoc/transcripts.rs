//! The session transcripts of OpenID4VP 1.0, annex B.2: octet by octet.

use super::layer::thumbprint;
use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use crate::suites::{Loaded, hex};
use eid_broker::expectation::wallet::WalletExpected;
use eid_broker::token::mdoc::transcript::session_transcript;
use serde::Deserialize;
use serde_json::Value;

/// The whole file.
#[derive(Debug, Deserialize)]
struct File {
    jwk: Value,
    jwk_thumbprint_sha256_hex: String,
    redirect: Redirect,
    dc_api: DcApi,
}

#[derive(Debug, Deserialize)]
struct Redirect {
    client_id: String,
    nonce: String,
    response_uri: String,
    session_transcript_hex: String,
}

#[derive(Debug, Deserialize)]
struct DcApi {
    origin: String,
    nonce: String,
    session_transcript_hex: String,
}

struct Transcripts {
    file: File,
    key: [u8; 32],
}

/// Reads the file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    let key = thumbprint(&file.jwk)?;
    Ok(vec![Box::new(Transcripts { file, key })])
}

impl Suite for Transcripts {
    fn name(&self) -> String {
        "session-transcripts".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let File { redirect, dc_api, .. } = &self.file;
        let compare = |found: String, wanted: &str| {
            if found == wanted {
                Outcome::Accepted
            } else {
                Outcome::Differs("other octets than the file has".to_owned())
            }
        };
        let made = |expected: &WalletExpected<'_>, client_id: &str, nonce: &str| {
            let transcript = session_transcript(expected, client_id, nonce);
            transcript.map(|transcript| hex::encode(&transcript)).unwrap_or_default()
        };
        vec![
            Case::ask("thumbprint", Expected::Accept, "RFC 7638", || {
                compare(hex::encode(&self.key), &self.file.jwk_thumbprint_sha256_hex)
            }),
            Case::ask("redirect", Expected::Accept, "OpenID4VP 1.0, B.2.6.1", || {
                let expected = WalletExpected::redirect(&redirect.response_uri, Some(self.key));
                let found = made(&expected, &redirect.client_id, &redirect.nonce);
                compare(found, &redirect.session_transcript_hex)
            }),
            Case::ask("dc_api", Expected::Accept, "OpenID4VP 1.0, B.2.6.2", || {
                let expected = WalletExpected::dc_api(&dc_api.origin, Some(self.key));
                compare(made(&expected, "", &dc_api.nonce), &dc_api.session_transcript_hex)
            }),
        ]
    }
}
