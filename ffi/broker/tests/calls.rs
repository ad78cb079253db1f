//! What the C tests cannot make: tokens of other kinds than the test wallet's, seen through the calls.

#![cfg(test)]

use eid_broker::host::config_folder::init;
use eid_broker::verdict::Code;
use eid_broker_ffi::expectation::*;
use eid_broker_ffi::folder::*;
use eid_broker_ffi::issued::*;
use eid_broker_ffi::journey::*;
use eid_broker_ffi::verdict::*;
use eid_broker_ffi::{EIDB_ACCEPTED, EIDB_OK};
use eid_broker_maker::pid::{PidIssuer, PidSpec};
use eid_broker_maker::wallet::{Select, Wallet};
use serde_json::{Value, json};
use std::ffi::c_char;
use std::path::PathBuf;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

const PROCEDURE: &str = "urn:procedure:building-permit";
const CLIENT: &str = "legacy-17";
const STATUS_LIST: &str = "https://status.example/list/1";

// The members of the contract (docs/verdict-json.md), as the command prints them.
const MEMBERS: [&str; 9] =
    ["family", "identity", "ledger", "loa", "needs", "now", "policy", "reason", "verdict"];

// A broker on a folder that goes away with the test.
struct Opened {
    folder: PathBuf,
    broker: *mut EidbBroker,
}

impl Opened {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("eid-broker-ffi-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        init(&folder).unwrap();
        let mut broker = null_mut();
        let path = folder.to_str().unwrap();
        // SAFETY: a text with its length, and room for one pointer.
        let status = unsafe { eidb_broker_open(c(path), path.len(), &raw mut broker) };
        assert_eq!(status, EIDB_OK);
        Self { folder, broker }
    }

    // The sealed text of an expectation, and a presentation of the PID for it.
    fn presented(&self, pid: &PidSpec) -> (String, String) {
        let mut expectation = null_mut();
        // SAFETY: texts with their lengths, and room for one pointer.
        let status = unsafe {
            eidb_broker_expect(
                self.broker,
                c(PROCEDURE),
                PROCEDURE.len(),
                c("sd_jwt_vc"),
                9,
                now(),
                &raw mut expectation,
            )
        };
        assert_eq!(status, EIDB_OK);
        let text = |name: &str| {
            read(|out, capacity, len| {
                // SAFETY: a name with its length; the reader passes a buffer with its size.
                unsafe {
                    eidb_expectation_text(expectation, c(name), name.len(), out, capacity, len)
                }
            })
        };
        let (sealed, nonce, audience) = (text("sealed"), text("nonce"), text("audience"));
        assert_eq!(eidb_expectation_free(expectation), EIDB_OK);
        let credential = PidIssuer::new().unwrap().issue(pid).unwrap();
        let at = i64::try_from(now()).unwrap();
        let wallet = Wallet::holder().unwrap();
        let token = wallet.present(&credential, &Select::All, &nonce, &audience, at).unwrap();
        (sealed, token)
    }

    fn verify(&self, sealed: &str, token: &str) -> (u32, Value) {
        let mut verdict = null_mut();
        // SAFETY: texts with their lengths, and room for one pointer.
        let status = unsafe {
            eidb_broker_verify(
                self.broker,
                c(sealed),
                sealed.len(),
                c(token),
                token.len(),
                now(),
                &raw mut verdict,
            )
        };
        (status, json_of(verdict))
    }

    fn assert(&self, sealed: &str, token: &str) -> (u32, Value, Option<String>) {
        let (mut issued, mut verdict) = (null_mut(), null_mut());
        // SAFETY: texts with their lengths, NULL with 0, and room for one pointer each.
        let status = unsafe {
            eidb_broker_assert(
                self.broker,
                c(sealed),
                sealed.len(),
                c(CLIENT),
                CLIENT.len(),
                null(),
                0,
                null(),
                0,
                c(token),
                token.len(),
                now(),
                &raw mut issued,
                &raw mut verdict,
            )
        };
        let assertion = (!issued.is_null()).then(|| {
            read(|out, capacity, len| {
                // SAFETY: a name with its length; the reader passes a buffer with its size.
                unsafe { eidb_issued_text(issued, c("assertion"), 9, out, capacity, len) }
            })
        });
        assert_eq!(eidb_issued_free(issued), EIDB_OK);
        (status, json_of(verdict), assertion)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        assert_eq!(eidb_broker_free(self.broker), EIDB_OK);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn json_of(verdict: *mut EidbVerdict) -> Value {
    let text = read(|out, capacity, len| {
        // SAFETY: the reader passes a buffer with its size.
        unsafe { eidb_verdict_json(verdict, out, capacity, len) }
    });
    assert_eq!(eidb_verdict_free(verdict), EIDB_OK);
    serde_json::from_str(&text).unwrap()
}

fn read(call: impl Fn(*mut c_char, usize, *mut usize) -> u32) -> String {
    let mut needed = 0;
    assert_eq!(call(null_mut(), 0, &raw mut needed), Code::MisuseBuffer.number());
    let mut buffer = vec![0u8; needed];
    let mut len = 0;
    assert_eq!(call(buffer.as_mut_ptr().cast(), buffer.len(), &raw mut len), EIDB_OK);
    assert_eq!(buffer.pop(), Some(0));
    assert_eq!(len, buffer.len());
    String::from_utf8(buffer).unwrap()
}

fn c(text: &str) -> *const c_char {
    text.as_ptr().cast()
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

// A PID that lives for an hour, so that it needs no status.
fn pid() -> PidSpec {
    let mut pid = PidSpec::erika().unwrap();
    let at = i64::try_from(now()).unwrap();
    pid.iat = Some(at.saturating_sub(60));
    pid.nbf = pid.iat;
    pid.exp = Some(at.saturating_add(3_600));
    pid
}

fn members(verdict: &Value) -> Vec<&str> {
    verdict.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn refuses_a_configuration_with_findings() {
    let opened = Opened::new();
    let policy = opened.folder.join("policy.toml");
    std::fs::write(&policy, "name = 1").unwrap();
    let path = opened.folder.to_str().unwrap();
    let mut broker = null_mut();
    // SAFETY: a text with its length, and room for one pointer.
    let status = unsafe { eidb_broker_open(c(path), path.len(), &raw mut broker) };
    assert_eq!(status, Code::ConfigInvalid.number());
    assert!(broker.is_null());
}

#[test]
fn needs_are_handed_back_and_use_nothing_up() {
    let opened = Opened::new();
    let (sealed, token) = opened.presented(&pid().with_status(STATUS_LIST, 7));
    for _ in 0..2 {
        let (status, verdict) = opened.verify(&sealed, &token);
        assert_eq!(status, Code::NeedsEvidence.number());
        assert_eq!(verdict["verdict"], "undecided");
        assert_eq!(verdict["reason"]["number"], 8005);
        assert_eq!(verdict["needs"], json!([{"kind": "status_list", "url": STATUS_LIST}]));
        assert_eq!(verdict["identity"], Value::Null);
        assert_eq!(members(&verdict), MEMBERS);
    }
    let (status, verdict, assertion) = opened.assert(&sealed, &token);
    assert_eq!((status, assertion), (Code::NeedsEvidence.number(), None));
    assert_eq!(verdict["needs"][0]["url"], STATUS_LIST);
}

#[test]
fn the_verdict_has_the_members_that_the_command_prints() {
    let opened = Opened::new();
    let (sealed, token) = opened.presented(&pid());
    let (status, verdict) = opened.verify(&sealed, &token);
    assert_eq!(status, EIDB_ACCEPTED);
    assert_eq!(members(&verdict), MEMBERS);
    assert_eq!(verdict["verdict"], "accepted");
    assert_eq!(verdict["family"], "sd_jwt_vc");
    assert_eq!(verdict["reason"], Value::Null);
    assert_eq!(verdict["loa"], json!({"level": "high", "notified": true}));
    assert_eq!(verdict["identity"]["attributes"]["family_name"]["value"], "Mustermann");
    for line in verdict["ledger"].as_array().unwrap() {
        assert_ne!(line["outcome"], "not-evaluated", "{line}");
    }
}

#[test]
fn the_verdict_of_an_assertion_has_no_person() {
    let opened = Opened::new();
    let (sealed, token) = opened.presented(&pid());
    let (status, verdict, assertion) = opened.assert(&sealed, &token);
    assert_eq!(status, EIDB_ACCEPTED);
    assert_eq!(members(&verdict), MEMBERS);
    assert_eq!((&verdict["identity"], &verdict["loa"]), (&Value::Null, &Value::Null));
    assert!(!verdict.to_string().contains("Mustermann"));
    assert_eq!(assertion.unwrap().split('.').count(), 3);
    let (status, verdict, assertion) = opened.assert(&sealed, &token);
    assert_eq!((status, assertion), (Code::ReplayExpectation.number(), None));
    assert_eq!(verdict["reason"]["code"], "replay.expectation");
}

#[test]
fn an_expired_credential_is_refused_and_explained() {
    let opened = Opened::new();
    let mut pid = pid();
    let at = i64::try_from(now()).unwrap();
    (pid.iat, pid.nbf, pid.exp) =
        (Some(at.saturating_sub(7_200)), None, Some(at.saturating_sub(3_600)));
    let (sealed, token) = opened.presented(&pid);
    let (status, verdict) = opened.verify(&sealed, &token);
    assert_eq!(status, Code::TimeExpired.number());
    assert_eq!((&verdict["verdict"], &verdict["identity"]), (&json!("refused"), &Value::Null));
    assert!(!verdict.to_string().contains("Mustermann"));
}

#[test]
fn an_audit_log_that_cannot_be_written_hands_nothing_out() {
    let opened = Opened::new();
    let (sealed, token) = opened.presented(&pid());
    let (status, verdict, assertion) = {
        // Somebody has cut the log under the broker's feet.
        std::fs::write(opened.folder.join("state/audit.log"), b"x").unwrap();
        opened.assert(&sealed, &token)
    };
    assert_eq!((status, assertion), (Code::StorageAudit.number(), None));
    assert_eq!(verdict["verdict"], "undecided");
}
