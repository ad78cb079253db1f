//! The device response of ISO/IEC 18013-5, annex D, with its session transcript and the reader's key:
//! signature, digests and the code of the device, under the laboratory profile `corpus-mdoc-annex-d`.
//! The example names no issuing authority, so that the document signer itself is pinned.

use super::layer::{OwnedSession, Setting, laboratory, trust};
use crate::discover::Found;
use crate::suite::{Case, Door, Expected, Suite};
use crate::suites::{Loaded, hex};
use eid_broker::UnixTime;
use eid_broker::crypto::{AgreementKey, Curve};
use eid_broker::envelope::cbor::{Limits, with};
use eid_broker::pki::PathCache;
use eid_broker::policy::{DeviceProof, DocumentRule};
use eid_broker::verdict::{Code, Refusal};
use serde::Deserialize;

/// What is read of the file: hex.
#[derive(Debug, Deserialize)]
struct File {
    device_response: String,
    ds_cert: String,
    session_transcript_bytes: String,
    ephemeral_reader_key_d: String,
    ephemeral_device_key_d: String,
}

struct AnnexD {
    response: Vec<u8>,
    honest: Setting,
    expired: Setting,
    other_session: Setting,
    other_key: Setting,
    signature_only: Setting,
}

/// Reads the file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    Ok(vec![Box::new(AnnexD {
        response: hex::decode(&file.device_response).ok_or("device_response is no hex")?,
        honest: file.setting("2021-01-01T00:00:00Z", &file.ephemeral_reader_key_d, false, true)?,
        expired: file.setting("2021-10-02T00:00:00Z", &file.ephemeral_reader_key_d, false, true)?,
        other_session: file.setting(
            "2021-01-01T00:00:00Z",
            &file.ephemeral_reader_key_d,
            true,
            true,
        )?,
        other_key: file.setting(
            "2021-01-01T00:00:00Z",
            &file.ephemeral_device_key_d,
            false,
            true,
        )?,
        signature_only: file.setting(
            "2021-01-01T00:00:00Z",
            &file.ephemeral_reader_key_d,
            false,
            false,
        )?,
    })])
}

impl File {
    fn setting(&self, now: &str, key: &str, altered: bool, mac: bool) -> Result<Setting, String> {
        let rule = DocumentRule::mdl(DocumentRule::pid().loa);
        let policy = laboratory("corpus-mdoc-annex-d", |rules| {
            rules.documents = vec![rule];
            if mac {
                rules.device_proofs.push(DeviceProof::Mac);
            }
        });
        let wrapped = hex::decode(&self.session_transcript_bytes);
        let wrapped = wrapped.ok_or("session_transcript_bytes is no hex")?;
        let mut transcript = with(&wrapped, Limits::WALLET, |value| {
            value.embedded().map(<[u8]>::to_vec).ok_or(Refusal::from(Code::MdocStructure))
        })
        .map_err(|refusal| refusal.to_string())?;
        if let Some(last) = transcript.last_mut().filter(|_| altered) {
            *last ^= 1;
        }
        let scalar = hex::decode(key).ok_or("the reader's key is no hex")?;
        let reader = AgreementKey::from_scalar(Curve::P256, &scalar);
        Ok(Setting {
            policy,
            trust: trust(&hex::decode(&self.ds_cert).ok_or("ds_cert is no hex")?, "pinned-leaf")?,
            paths: PathCache::default(),
            client_id: String::new(),
            nonce: String::new(),
            session: OwnedSession::Transcript(transcript),
            reader_key: Some(reader.map_err(|fault| fault.code().name())?),
            now: UnixTime::from_rfc3339(now).ok_or("no time")?,
        })
    }
}

impl Suite for AnnexD {
    fn name(&self) -> String {
        "mdoc-annex-d".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let case = |id: &str, expected, note: &str, setting: &Setting| {
            Case::ask(id, expected, note, || setting.outcome(&self.response))
        };
        let refuse = Expected::RefuseCode;
        let mut flipped = Vec::new();
        // An octet of each element's value, of the object and of the code in turn would take long; a
        // tenth of all octets, spread over the response, is what can be altered unseen in no place.
        for at in (0..self.response.len()).step_by(10) {
            let mut response = self.response.clone();
            if let Some(octet) = response.get_mut(at) {
                *octet ^= 1;
            }
            if matches!(self.honest.outcome(&response), crate::suite::Outcome::Accepted) {
                flipped.push(at);
            }
        }
        let altered = Case::ask("altered", Expected::Accept, "every tenth octet, one bit", || {
            if flipped.is_empty() {
                crate::suite::Outcome::Accepted
            } else {
                crate::suite::Outcome::Differs(format!(
                    "accepted with a bit altered at {flipped:?}"
                ))
            }
        });
        vec![
            case("device-response", Expected::Accept, "signature, digests and MAC", &self.honest),
            case("expired", refuse(Code::TimeExpired), "a day after validUntil", &self.expired),
            case("session", refuse(Code::BindingMismatch), "another session", &self.other_session),
            case("reader-key", refuse(Code::BindingMismatch), "another reader", &self.other_key),
            case(
                "signature-only",
                refuse(Code::AlgNotAllowed),
                "a policy without codes of the device",
                &self.signature_only,
            ),
            altered,
        ]
    }

    fn door(&self, case: &str) -> Option<Box<dyn Door + '_>> {
        let setting = match case {
            "device-response" => &self.honest,
            "expired" => &self.expired,
            "session" => &self.other_session,
            "reader-key" => &self.other_key,
            "signature-only" => &self.signature_only,
            _ => return None,
        };
        Some(Box::new(setting))
    }
}
