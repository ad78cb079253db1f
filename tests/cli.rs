//! The command as operators and programs call it: journeys, exit status and the JSON contract.

#![cfg(test)]
#![cfg(feature = "cli")]

use eid_broker_maker::pid::{PidIssuer, PidSpec};
use eid_broker_maker::wallet::{Select, Wallet};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

const PROCEDURE: &str = "urn:procedure:building-permit";

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("eid-broker-cli-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        let folder = Self(path);
        assert_eq!(
            folder.run(&["init", folder.path("config").to_str().unwrap()]).status.code(),
            Some(0)
        );
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_eid-broker"))
            .args(arguments)
            .current_dir(&self.0)
            .output()
            .unwrap()
    }

    // An expectation in `name`, and a presentation for it.
    fn presented(&self, name: &str) -> String {
        let made = self.run(&[
            "expect",
            "--config",
            "config",
            "--procedure",
            PROCEDURE,
            "--family",
            "sd_jwt_vc",
            "--out",
            name,
        ]);
        assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
        let made: Value = serde_json::from_slice(&std::fs::read(self.path(name)).unwrap()).unwrap();
        present(made["nonce"].as_str().unwrap(), made["audience"].as_str().unwrap(), 3_600)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_secs()).unwrap()
}

fn present(nonce: &str, audience: &str, lives_s: i64) -> String {
    let mut pid = PidSpec::erika().unwrap();
    pid.iat = Some(now().saturating_sub(60));
    pid.nbf = pid.iat;
    pid.exp = Some(now().saturating_sub(60).saturating_add(lives_s));
    let credential = PidIssuer::new().unwrap().issue(&pid).unwrap();
    Wallet::holder().unwrap().present(&credential, &Select::All, nonce, audience, now()).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stdout)))
}

#[test]
fn a_token_becomes_an_assertion_that_a_consumer_accepts() {
    let folder = Folder::new();
    let token = folder.presented("e.json");
    let issued = folder.run(&[
        "assert",
        "--config",
        "config",
        "--expect",
        "e.json",
        "--client",
        "legacy-17",
        &token,
    ]);
    assert_eq!(issued.status.code(), Some(0), "{}", text(&issued.stderr));
    let assertion = text(&issued.stdout);
    assert_eq!(assertion.trim_end().split('.').count(), 3);
    let keys = folder.run(&["jwks", "--config", "config"]);
    std::fs::write(folder.path("jwks.json"), &keys.stdout).unwrap();
    std::fs::write(folder.path("a.jwt"), &assertion).unwrap();
    let check = |procedure: &str, more: &[&str]| {
        let mut arguments = vec![
            "check",
            "--issuer",
            "https://eid.example.org",
            "--jwks",
            "jwks.json",
            "--procedure",
            procedure,
            "--json",
            "a.jwt",
        ];
        arguments.extend(more);
        folder.run(&arguments)
    };
    let accepted = check(PROCEDURE, &[]);
    assert_eq!(accepted.status.code(), Some(0));
    let claims = json(&accepted)["assertion"]["verified_claims"]["claims"].clone();
    assert_eq!(claims["family_name"], "Mustermann");
    assert_eq!(claims["age_over_18"], true);
    assert!(
        claims.get("birthdate").is_none() && claims.get("personal_administrative_number").is_none()
    );
    let moved = check("urn:procedure:other", &[]);
    assert_eq!(
        (moved.status.code(), json(&moved)["reason"]["code"].clone()),
        (Some(1), "audience.mismatch".into())
    );
    let late = check(PROCEDURE, &["--now", "2099-01-01T00:00:00Z"]);
    assert_eq!(
        (late.status.code(), json(&late)["reason"]["number"].clone()),
        (Some(1), 3020.into())
    );
    let audit = folder.run(&["audit", "verify", "--config", "config"]);
    assert_eq!(audit.status.code(), Some(0), "{}", text(&audit.stdout));
}

#[test]
fn the_verdict_has_the_members_of_the_contract() {
    let folder = Folder::new();
    let token = folder.presented("e.json");
    let verified =
        folder.run(&["verify", "--config", "config", "--expect", "e.json", "--json", &token]);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stderr));
    let verdict = json(&verified);
    assert_eq!(verdict["verdict"], "accepted");
    assert_eq!(verdict["family"], "sd_jwt_vc");
    assert_eq!(verdict["reason"], Value::Null);
    assert_eq!(verdict["loa"], serde_json::json!({"level": "high", "notified": true}));
    assert_eq!(verdict["identity"]["attributes"]["family_name"]["value"], "Mustermann");
    for line in verdict["ledger"].as_array().unwrap() {
        assert_ne!(line["outcome"], "not-evaluated", "{line}");
        assert_ne!(line["clause"], "");
    }
    // Each expectation is used once, by either of the two commands.
    let again =
        folder.run(&["verify", "--config", "config", "--expect", "e.json", "--json", &token]);
    assert_eq!(again.status.code(), Some(1));
    let reason = &json(&again)["reason"];
    assert_eq!(
        (reason["code"].clone(), reason["number"].clone()),
        ("replay.expectation".into(), 3051.into())
    );
    // Diagnose opens it still, and uses nothing up.
    let fresh = folder.presented("f.json");
    let look = |name: &str| {
        let arguments = [
            "diagnose",
            "--config",
            "config",
            "--family",
            "sd_jwt_vc",
            "--expect",
            name,
            "--json",
            &fresh,
        ];
        folder.run(&arguments).status.code()
    };
    assert_eq!((look("f.json"), look("f.json")), (Some(0), Some(0)));
    let verify =
        folder.run(&["verify", "--config", "config", "--expect", "f.json", "--json", &fresh]);
    assert_eq!(verify.status.code(), Some(0));
}

#[test]
fn misuse_refusal_and_indecision_have_their_own_exit_status() {
    let folder = Folder::new();
    let token = folder.presented("e.json");
    let verify = |token: &str| {
        folder.run(&["verify", "--config", "config", "--expect", "e.json", "--json", token])
    };
    let mut bent = token.clone().into_bytes();
    let last = bent.len() - 2;
    bent[last] = if bent[last] == b'A' { b'B' } else { b'A' };
    assert_eq!(verify(&text(&bent)).status.code(), Some(1));
    assert_eq!(verify("no-such-file").status.code(), Some(2));
    assert_eq!(folder.run(&["verify"]).status.code(), Some(2));
    assert_eq!(folder.run(&["refusals", "no.such"]).status.code(), Some(2));
    std::fs::write(folder.path("policy.toml"), "name = 1").unwrap();
    std::fs::rename(folder.path("policy.toml"), folder.path("config/policy.toml")).unwrap();
    let broken = verify(&token);
    assert_eq!(broken.status.code(), Some(2));
    assert!(text(&broken.stderr).lines().filter(|line| line.contains("policy.toml")).count() >= 2);
}

#[test]
fn a_credential_that_needs_a_status_is_undecided() {
    let folder = Folder::new();
    folder.presented("e.json");
    let made: Value =
        serde_json::from_slice(&std::fs::read(folder.path("e.json")).unwrap()).unwrap();
    let mut pid = PidSpec::erika().unwrap().with_status("https://status.example/1", 42);
    pid.iat = Some(now().saturating_sub(60));
    pid.nbf = pid.iat;
    pid.exp = Some(now().saturating_add(600));
    let credential = PidIssuer::new().unwrap().issue(&pid).unwrap();
    let (nonce, audience) = (made["nonce"].as_str().unwrap(), made["audience"].as_str().unwrap());
    let wallet = Wallet::holder().unwrap();
    let token = wallet.present(&credential, &Select::All, nonce, audience, now()).unwrap();
    let verified =
        folder.run(&["verify", "--config", "config", "--expect", "e.json", "--json", &token]);
    assert_eq!(verified.status.code(), Some(3), "{}", text(&verified.stdout));
    let shown = folder.run(&["verify", "--config", "config", "--expect", "e.json", &token]);
    assert!(text(&shown.stdout).contains("what to do: Nothing yet"), "{}", text(&shown.stdout));
    let verdict = json(&verified);
    assert_eq!(verdict["verdict"], "undecided");
    assert_eq!(verdict["needs"][0]["url"], "https://status.example/1");
    assert_eq!(verdict["identity"], Value::Null);
    // A long-lived one without any status is refused.
    let long = present(nonce, audience, 86_460);
    let refused =
        folder.run(&["verify", "--config", "config", "--expect", "e.json", "--json", &long]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(json(&refused)["reason"]["code"], "status.missing");
}

#[test]
fn of_many_processes_with_one_expectation_exactly_one_issues() {
    let folder = Folder::new();
    let token = folder.presented("e.json");
    let running: Vec<_> = (0..12)
        .map(|_| {
            Command::new(env!("CARGO_BIN_EXE_eid-broker"))
                .args([
                    "assert",
                    "--config",
                    "config",
                    "--expect",
                    "e.json",
                    "--client",
                    "legacy-17",
                    "--json",
                ])
                .arg(&token)
                .current_dir(&folder.0)
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut issued = 0;
    for process in running {
        let output = process.wait_with_output().unwrap();
        match output.status.code() {
            Some(0) => issued += 1,
            Some(1) => assert_eq!(json(&output)["reason"]["code"], "replay.expectation"),
            other => panic!("{other:?}: {}", text(&output.stdout)),
        }
    }
    assert_eq!(issued, 1);
}

#[test]
fn a_store_or_log_that_fails_is_undecided_and_issues_nothing() {
    for (name, code) in [("replay.db", "storage.replay"), ("audit.log", "storage.audit")] {
        let folder = Folder::new();
        let token = folder.presented("e.json");
        let path = folder.path("config/state").join(name);
        let _ = std::fs::remove_file(&path);
        std::fs::create_dir(&path).unwrap();
        let refused = folder.run(&[
            "assert",
            "--config",
            "config",
            "--expect",
            "e.json",
            "--client",
            "legacy-17",
            "--json",
            &token,
        ]);
        assert_eq!(refused.status.code(), Some(3), "{name}: {}", text(&refused.stderr));
        let verdict = json(&refused);
        assert_eq!(
            (verdict["verdict"].clone(), verdict["reason"]["code"].clone()),
            ("undecided".into(), code.into())
        );
        assert!(verdict.get("assertion").is_none_or(Value::is_null));
        assert!(Path::new(&path).is_dir());
    }
}

#[test]
fn the_demo_walks_its_journey() {
    let folder = Folder::new();
    let demo = folder.run(&["demo", "--family", "sd_jwt_vc"]);
    assert_eq!(demo.status.code(), Some(0), "{}", text(&demo.stderr));
    let out = text(&demo.stdout);
    for part in
        ["assertion.signed", "audit.durable", "refused: replay.expectation", "nonce.mismatch"]
    {
        assert!(out.contains(part), "{part}");
    }
    assert!(!out.contains('\u{1b}'), "colour in a pipe");
}

#[test]
fn a_name_of_no_file_is_misuse_and_no_refused_token() {
    let folder = Folder::new();
    let token = folder.presented("e.json");
    for name in ["token.txt", "no/such/token", "config"] {
        let output = folder.run(&["verify", "--config", "config", "--expect", "e.json", name]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", text(&output.stderr));
    }
    let output = folder.run(&["verify", "--config", "config", "--expect", "e.json", &token]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn a_wrong_folder_or_family_is_named() {
    let folder = Folder::new();
    let expect = |config: &str, family: &str| {
        let arguments =
            ["expect", "--config", config, "--procedure", PROCEDURE, "--family", family];
        let output = folder.run(&arguments);
        (output.status.code(), text(&output.stderr))
    };
    for wrong in ["no-such-folder", "config/keys"] {
        let (status, said) = expect(wrong, "sd_jwt_vc");
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains(&format!("{wrong} is no configuration folder")), "{said}");
    }
    let (status, said) = expect("config", "mdoc");
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("mdoc is not offered in this version"), "{said}");
    // One file that is missing is a finding of its own.
    std::fs::remove_file(folder.path("config/policy.toml")).unwrap();
    assert!(expect("config", "sd_jwt_vc").1.contains("policy.toml: error: is missing"));
}

#[test]
fn a_time_that_has_passed_is_said_as_a_date() {
    let folder = Folder::new();
    let token = folder.presented("e.json");
    let late = "2099-01-01T00:00:00Z";
    let refused =
        folder.run(&["verify", "--config", "config", "--expect", "e.json", "--now", late, &token]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stdout);
    assert!(said.contains(&format!("now {late})")), "{said}");
    assert!(said.lines().all(|line| line == line.trim_end()), "{said}");
}

#[test]
fn an_altered_record_is_not_counted_as_good() {
    let folder = Folder::new();
    for name in ["a.json", "b.json", "c.json"] {
        let token = folder.presented(name);
        let output = folder.run(&["verify", "--config", "config", "--expect", name, &token]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }
    let log = folder.path("config/state/audit.log");
    let written = std::fs::read_to_string(&log).unwrap();
    let altered = |(place, line): (usize, &str)| match place {
        1 => format!("{}\n", line.replace("verified", "verifIed")),
        _ => format!("{line}\n"),
    };
    let altered: String = written.lines().enumerate().map(altered).collect();
    std::fs::write(&log, altered).unwrap();
    let output = folder.run(&["audit", "verify", "--config", "config"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("damaged: record seq 1 (line 2 of the file): altered"), "{said}");
    assert!(said.contains("; 1 records before it are in order"), "{said}");
}

// Metadata that was made for this project, outside of the tree.
fn metadata_corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/saml/synthetic-a");
    folder.exists().then_some(folder)
}

#[test]
fn metadata_is_planned_brought_shown_and_not_rolled_back() {
    let Some(corpus) = metadata_corpus() else {
        eprintln!("shared/corpus/saml/synthetic-a is absent; nothing was run");
        return;
    };
    let folder = Folder::new();
    let signer = corpus.join("keys/md-signer-p384.crt.pem");
    std::fs::copy(signer, folder.path("config/trust/signer.pem")).unwrap();
    let mut text = std::fs::read_to_string(folder.path("config/trust.toml")).unwrap();
    text.push_str(
        "\n[[source]]\nname = \"fi\"\npurpose = \"eidas-node\"\nkind = \"saml-metadata\"\n\
         entity_id = \"https://eidas-proxy.example.test/ServiceMetadata\"\n\
         files = [\"trust/fi.xml\"]\nsigners = [\"trust/signer.pem\"]\n",
    );
    std::fs::write(folder.path("config/trust.toml"), text).unwrap();
    let ask = |action: &str, more: &[&str]| {
        let mut arguments = vec!["trust", action, "--config", "config"];
        arguments.extend(["--now", "2026-03-02T10:00:30Z"]);
        arguments.extend(more);
        let output = folder.run(&arguments);
        (output.status.code(), text_of(&output))
    };
    let plan = "fi https://eidas-proxy.example.test/ServiceMetadata missing\n";
    assert_eq!(ask("plan", &[]), (Some(0), plan.to_owned()));
    assert!(ask("doctor", &[]).1.contains("error: source \"fi\": is never-loaded"));
    let document = |name: &str| format!("fi={}", corpus.join(name).display());
    for (name, code) in [
        ("attack/m10-metadata-expired.xml", "metadata.expired"),
        ("attack/m11-metadata-wrong-signer.xml", "metadata.untrusted"),
        ("attack/m12-metadata-key-replaced.xml", "digest.mismatch"),
    ] {
        let (status, out) = ask("apply", &[&document(name)]);
        assert_eq!(status, Some(1), "{name}");
        assert!(out.starts_with(&format!("fi: refused, {code} ")), "{out}");
        assert!(!folder.path("config/trust/fi.xml").exists());
    }
    let (status, out) = ask("apply", &[&document("valid/m01-metadata-uri-empty.xml")]);
    let taken = "fi: trust/fi.xml was taken over, used until 2026-03-27T23:59:59Z\n";
    assert_eq!((status, out.as_str()), (Some(0), taken));
    let shown = ask("show", &[]).1;
    for part in [
        "fi: eidas-node saml-metadata, loaded, 1 signing keys",
        "entity ID            https://eidas-proxy.example.test/ServiceMetadata",
        "document valid until 2026-03-28T00:00:00Z",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // The same end: as new as what is held.
    let (status, _) = ask("apply", &[&document("valid/m02-metadata-id-ref.xml")]);
    assert_eq!(status, Some(0));
    assert!(folder.path("config/trust/fi.xml.previous").exists());
    // Misuse is told before anything is done.
    for bad in ["fr=x.xml", "fi", "fi=", "=x", "test-pid-ca=x.xml", "fi=absent.xml"] {
        assert_eq!(ask("apply", &[bad]).0, Some(2), "{bad}");
    }
}

fn text_of(output: &Output) -> String {
    text(&output.stdout).to_owned()
}
