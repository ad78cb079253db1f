//! python-xmlsec, as a process that lives as long as the bench and times itself.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What the peer is called in a line when its key is read once.
pub(crate) const PINNED: &str = "python-xmlsec, key read once";
/// The same when its key is read from the certificate for each signature, as python3-saml does.
pub(crate) const EACH: &str = "python-xmlsec, as python3-saml does";

pub(crate) struct Python {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts it on a response and a certificate in PEM form; `None` where it is not installed, in
    /// `target/python` or for the `python3` of the path.
    ///
    /// * `keys`: `pinned` or `each`.
    pub(crate) fn start(xml: &str, certificate_pem: &str, keys: &str) -> Option<Self> {
        let target = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/target"));
        let own = target.join("python/bin/python");
        let python = if own.exists() { own } else { "python3".into() };
        let [response, certificate, script] = [
            ("response.xml", xml),
            ("cert.pem", certificate_pem),
            ("verify.py", include_str!("verify.py")),
        ]
        .map(|(name, text)| {
            let path = target.join(format!("saml-{}-{name}", std::process::id()));
            std::fs::write(&path, text).expect("a writable target folder");
            path
        });
        let mut child = Command::new(python)
            .arg(&script)
            .args([&response, &certificate])
            .arg(keys)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let questions = child.stdin.take()?;
        let mut answers = BufReader::new(child.stdout.take()?);
        let mut version = String::new();
        // It has read its files when it says its name.
        let ready = answers.read_line(&mut version).is_ok() && version.starts_with("xmlsec");
        for path in [script, response, certificate] {
            std::fs::remove_file(path).expect("a file of ours");
        }
        let python = Self { child, questions, answers };
        ready.then_some(python)
    }

    /// Verifies so many times; the CPU time of that in nanoseconds.
    pub(crate) fn time(&mut self, calls: u64) -> f64 {
        let mut spent = String::new();
        writeln!(self.questions, "{calls}").expect("a peer that lives");
        self.answers.read_line(&mut spent).expect("a peer that lives");
        spent.trim().parse().expect("nanoseconds")
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // Ours, and it holds nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
