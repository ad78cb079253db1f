//! Attacks on the command: what it believes from its arguments, and what it says in errors.

#![cfg(feature = "cli")]

#[cfg(test)]
mod tests {
    use eid_broker_maker::pid::{PidIssuer, PidSpec};
    use eid_broker_maker::wallet::{Select, Wallet};
    use serde_json::Value;
    use std::path::PathBuf;
    use std::process::{Command, Output};

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("eid-broker-attack-{name}-{}", std::process::id());
            let folder = Self(std::env::temp_dir().join(name));
            std::fs::create_dir(&folder.0).unwrap();
            assert_eq!(folder.run(&["init", "config"]).status.code(), Some(0));
            folder
        }

        fn run(&self, arguments: &[&str]) -> Output {
            let mut command = Command::new(env!("CARGO_BIN_EXE_eid-broker"));
            command.args(arguments).current_dir(&self.0).output().unwrap()
        }

        fn write(&self, name: &str, text: &str) {
            std::fs::write(self.0.join(name), text).unwrap();
        }

        fn token(&self) -> String {
            let procedure = "urn:procedure:building-permit";
            let made = self.run(&[
                "expect",
                "--config",
                "config",
                "--procedure",
                procedure,
                "--family",
                "sd_jwt_vc",
                "--out",
                "e.json",
            ]);
            assert_eq!(made.status.code(), Some(0), "{}", said(&made));
            let made = std::fs::read(self.0.join("e.json")).unwrap();
            let made: Value = serde_json::from_slice(&made).unwrap();
            let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
            let now = i64::try_from(now).unwrap();
            let mut pid = PidSpec::erika().unwrap();
            let begin = Some(now.saturating_sub(60));
            (pid.iat, pid.nbf, pid.exp) = (begin, begin, Some(now.saturating_add(3_600)));
            let credential = PidIssuer::new().unwrap().issue(&pid).unwrap();
            let text = |name: &str| made[name].as_str().unwrap().to_owned();
            let (nonce, audience) = (text("nonce"), text("audience"));
            let wallet = Wallet::holder().unwrap();
            wallet.present(&credential, &Select::All, &nonce, &audience, now).unwrap()
        }

        fn assert(&self, token: &str) -> Output {
            let client = "legacy-17";
            self.run(&[
                "assert", "--config", "config", "--expect", "e.json", "--client", client, token,
            ])
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn said(output: &Output) -> String {
        let (out, err) = (&output.stdout, &output.stderr);
        format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
    }

    #[test]
    fn attack_jose_42_a_token_is_never_repeated_in_an_error() {
        let folder = Folder::new("echo");
        let token = folder.token();
        for bad in [token.replacen('~', "/", 1), token.replace('.', ""), format!("{token}/x")] {
            let output = folder.assert(&bad);
            assert_eq!(output.status.code(), Some(2));
            assert!(said(&output).len() < 500, "{}", said(&output));
            for part in bad.split(['~', '/']).filter(|part| part.len() > 40) {
                assert!(!said(&output).contains(part));
            }
        }
        assert_eq!(folder.assert(&token).status.code(), Some(0));
    }

    #[test]
    fn attack_brk_01_two_calls_with_a_store_that_forgets() {
        let folder = Folder::new("forget");
        let config = folder.0.join("config/eid-broker.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        let token = folder.token();
        assert_eq!(folder.assert(&token).status.code(), Some(0));
        assert_eq!(folder.assert(&token).status.code(), Some(1));
        folder.write("config/eid-broker.toml", &text.replace("sqlite:state/replay.db", "memory"));
        let output = folder.assert(&token);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    }

    #[test]
    fn attack_jose_44_a_bad_key_set_is_no_verdict_over_the_token() {
        let folder = Folder::new("keys");
        let token = folder.token();
        let issued = folder.assert(&token);
        let assertion = String::from_utf8(issued.stdout).unwrap();
        let keys = folder.run(&["jwks", "--config", "config"]);
        let check = |keys: &str| {
            folder.write("jwks.json", keys);
            folder.run(&[
                "check",
                "--issuer",
                "https://eid.example.org",
                "--jwks",
                "jwks.json",
                "--procedure",
                "urn:procedure:building-permit",
                assertion.trim_end(),
            ])
        };
        let keys = String::from_utf8(keys.stdout).unwrap();
        assert_eq!(check(&keys).status.code(), Some(0));
        for bad in ["", "{}", "[]", "{\"keys\":[]}", &keys.replace("P-256", "P-999")] {
            assert_eq!(check(bad).status.code(), Some(2), "{bad}");
        }
    }

    #[test]
    fn attack_brk_17_times_on_the_command_line() {
        let folder = Folder::new("now");
        let token = folder.token();
        for bad in [
            "",
            "now",
            "1772366400",
            "2026-03-01",
            "2026-03-01T12:00:00",
            "2026-02-30T12:00:00Z",
            "1969-12-31T23:59:59Z",
            "10000-01-01T00:00:00Z",
            "2026-03-01T25:00:00Z",
        ] {
            let output = folder
                .run(&["verify", "--config", "config", "--expect", "e.json", "--now", bad, &token]);
            assert_eq!(output.status.code(), Some(2), "{bad}: {}", said(&output));
        }
        for (other, status) in [("2026-03-01T12:00:00Z", 1), ("9999-12-31T23:59:59Z", 1)] {
            let output = folder.run(&[
                "verify", "--config", "config", "--expect", "e.json", "--now", other, "--json",
                &token,
            ]);
            assert_eq!(output.status.code(), Some(status), "{other}");
            let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(verdict["verdict"], "refused");
            assert_eq!(verdict["reason"]["code"], "request.expired");
            assert_eq!(verdict["identity"], Value::Null);
        }
        assert_eq!(folder.assert(&token).status.code(), Some(0));
    }
}
