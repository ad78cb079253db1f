//! The session transcript: what ties a response to its request (ISO/IEC 18013-5, 9.1.5.1; OpenID4VP
//! 1.0, B.2.6; ISO/IEC TS 18013-7, B.4.4). It is written here from what was asked; nothing of it comes
//! from the wallet but the nonce of the drafts, which the policy must accept.

use crate::crypto::sha256;
use crate::envelope::cbor::write;
use crate::expectation::wallet::{Session, WalletExpected};
use crate::policy::HandoverKind;
use std::borrow::Cow;

/// Which handover a session makes.
#[must_use]
pub const fn kind(expected: &WalletExpected<'_>) -> HandoverKind {
    match expected.session {
        Session::AnnexB { .. } => HandoverKind::Iso18013_7AnnexB,
        Session::DcApi { .. } => HandoverKind::OpenId4VpDcApi,
        Session::OpenId4Vp { .. } => HandoverKind::OpenId4Vp,
        Session::Transcript(_) => HandoverKind::Transcript,
    }
}

/// `SessionTranscript` as CBOR.
///
/// * `client_id`: the whole client identifier with its prefix; the Digital Credentials API has none.
///
/// `None` when a part is empty: an expectation without it is matched by nothing.
#[must_use]
pub fn session_transcript<'a>(
    expected: &WalletExpected<'a>,
    client_id: &str,
    nonce: &str,
) -> Option<Cow<'a, [u8]>> {
    let mut handover = Vec::with_capacity(64);
    match expected.session {
        Session::Transcript([]) => return None,
        Session::Transcript(transcript) => return Some(transcript.into()),
        Session::AnnexB { response_uri, generated_nonce } => {
            if [client_id, nonce, response_uri, generated_nonce].contains(&"") {
                return None;
            }
            write::array(&mut handover, 3);
            for text in [client_id, response_uri] {
                write::bytes(&mut handover, &sha256(&texts(&[text, generated_nonce])));
            }
            write::text(&mut handover, nonce);
        }
        Session::DcApi { origin, encryption_key } => {
            if [origin, nonce].contains(&"") {
                return None;
            }
            let mut info = Vec::with_capacity(160);
            write::array(&mut info, 3);
            write::text(&mut info, origin);
            write::text(&mut info, nonce);
            thumbprint(&mut info, encryption_key);
            named(&mut handover, "OpenID4VPDCAPIHandover", &info);
        }
        Session::OpenId4Vp { response_uri, encryption_key } => {
            if [client_id, nonce, response_uri].contains(&"") {
                return None;
            }
            let mut info = Vec::with_capacity(256);
            write::array(&mut info, 4);
            write::text(&mut info, client_id);
            write::text(&mut info, nonce);
            thumbprint(&mut info, encryption_key);
            write::text(&mut info, response_uri);
            named(&mut handover, "OpenID4VPHandover", &info);
        }
    }
    // Neither device engagement nor reader key: both belong to meetings in person.
    let mut transcript = Vec::with_capacity(96);
    write::array(&mut transcript, 3);
    write::null(&mut transcript);
    write::null(&mut transcript);
    transcript.extend_from_slice(&handover);
    Some(transcript.into())
}

fn named(out: &mut Vec<u8>, name: &str, info: &[u8]) {
    write::array(out, 2);
    write::text(out, name);
    write::bytes(out, &sha256(info));
}

fn thumbprint(out: &mut Vec<u8>, key: Option<[u8; 32]>) {
    match key {
        Some(thumbprint) => write::bytes(out, &thumbprint),
        None => write::null(out),
    }
}

fn texts(list: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    write::array(&mut out, list.len());
    for text in list {
        write::text(&mut out, text);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript(expected: &WalletExpected<'_>, client_id: &str, nonce: &str) -> Option<String> {
        let transcript = session_transcript(expected, client_id, nonce)?;
        Some(transcript.iter().map(|octet| format!("{octet:02x}")).collect())
    }

    const NONCE: &str = "exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA";
    // 4283ec92…9047, the thumbprint of the example.
    const KEY: [u8; 32] = [
        0x42, 0x83, 0xec, 0x92, 0x7a, 0xe0, 0xf2, 0x08, 0xda, 0xaa, 0x2d, 0x02, 0x6a, 0x81, 0x4f,
        0x2b, 0x22, 0xdc, 0xa5, 0x2c, 0xf8, 0x5f, 0xfa, 0x8f, 0x3f, 0x86, 0x26, 0xc6, 0xbd, 0x66,
        0x90, 0x47,
    ];

    // OpenID4VP 1.0, B.2.6.1 and B.2.6.2.
    #[test]
    fn gives_the_examples_of_the_standard_octet_by_octet() {
        let redirect = WalletExpected::redirect("https://example.com/response", Some(KEY));
        assert_eq!(
            transcript(&redirect, "x509_san_dns:example.com", NONCE).unwrap(),
            "83f6f682714f70656e494434565048616e646f7665725820\
             048bc053c00442af9b8eed494cefdd9d95240d254b046b11b68013722aad38ac"
        );
        let dc_api = WalletExpected::dc_api("https://example.com", Some(KEY));
        assert_eq!(
            transcript(&dc_api, "", NONCE).unwrap(),
            "83f6f682764f70656e4944345650444341504948616e646f7665725820\
             fbece366f4212f9762c74cfdbf83b8c69e371d5d68cea09cb4c48ca6daab761a"
        );
    }

    #[test]
    fn every_part_changes_it_and_an_empty_one_is_matched_by_nothing() {
        let redirect = |uri| WalletExpected::redirect(uri, Some(KEY));
        let good = transcript(&redirect("u"), "c", "n");
        assert_ne!(good, transcript(&redirect("v"), "c", "n"));
        assert_ne!(good, transcript(&redirect("u"), "d", "n"));
        assert_ne!(good, transcript(&redirect("u"), "c", "m"));
        assert_ne!(good, transcript(&WalletExpected::redirect("u", None), "c", "n"));
        assert_ne!(good, transcript(&WalletExpected::dc_api("u", Some(KEY)), "c", "n"));
        assert_eq!(transcript(&redirect(""), "c", "n"), None);
        assert_eq!(transcript(&redirect("u"), "", "n"), None);
        assert_eq!(transcript(&redirect("u"), "c", ""), None);
        let draft = |generated_nonce| {
            WalletExpected::new(Session::AnnexB { response_uri: "u", generated_nonce })
        };
        assert!(transcript(&draft("g"), "c", "n").unwrap().starts_with("83f6f6835820"));
        assert_ne!(transcript(&draft("g"), "c", "n"), transcript(&draft("h"), "c", "n"));
        assert_eq!(transcript(&draft(""), "c", "n"), None);
        assert_eq!(transcript(&WalletExpected::new(Session::Transcript(b"")), "c", "n"), None);
    }
}
