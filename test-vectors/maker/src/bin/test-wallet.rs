//! The test wallet as a program: makes a PID of the test issuer and presents it.
//!
//! ```text
//! test-wallet EXPECTATION.json [NAME …]
//! ```
//!
//! `EXPECTATION.json` is what `eid-broker expect` wrote; each NAME is an attribute to disclose, such
//! as `family_name` or `address.locality`, and without any all are. The presentation goes to standard
//! output. Everything that this wallet holds is worthless.

use eid_broker_maker::MakerError;
use eid_broker_maker::pid::{PidIssuer, PidSpec};
use eid_broker_maker::wallet::{Select, Wallet};
use std::io::Write;
use std::process::ExitCode;
use std::time::SystemTime;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "test-wallet: {text}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: test-wallet EXPECTATION.json [NAME …]")?;
    let names: Vec<String> = arguments.collect();
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let expectation: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
    let member = |name: &str| {
        let value = expectation.get(name).and_then(serde_json::Value::as_str);
        value.map(str::to_owned).ok_or(format!("{path} has no member {name}"))
    };
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_err(|_| "the clock stands before 1970".to_owned())?;
    let now = i64::try_from(now.as_secs()).map_err(|_| "the clock is wrong".to_owned())?;
    let token = present(&names, &member("nonce")?, &member("audience")?, now)
        .map_err(|error| format!("{error:?}"))?;
    writeln!(std::io::stdout(), "{token}").map_err(|error| error.to_string())
}

// A PID that lives for an hour, so that it needs no status.
fn present(names: &[String], nonce: &str, audience: &str, now: i64) -> Result<String, MakerError> {
    let mut pid = PidSpec::erika()?;
    pid.iat = Some(now.saturating_sub(60));
    pid.nbf = pid.iat;
    pid.exp = Some(now.saturating_add(3_600));
    let credential = PidIssuer::new()?.issue(&pid)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let select = if names.is_empty() { Select::All } else { Select::Names(&names) };
    Wallet::holder()?.present(&credential, &select, nonce, audience, now)
}
