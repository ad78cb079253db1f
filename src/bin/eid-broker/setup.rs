//! Reading what the command line names.

use crate::Failure;
use base64::Engine as _;
use eid_broker::UnixTime;
use eid_broker::broker::Broker;
use eid_broker::host::config_folder::{ConfigFolder, ReplaySettings};
use eid_broker::host::{Fault, open_broker, open_requester};
use eid_broker::identity::Family;
use eid_broker::pki::{Crl, Evidence};
use eid_broker::verdict::Code;
use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

// The largest token of any family, and room for a line end.
const MAX_TOKEN_LEN: u64 = 1024 * 1024 + 2;

// Key sets, certificates, policies, expectations.
const MAX_FILE_LEN: u64 = 1024 * 1024;

/// The time of the call: `--now`, or the clock's.
pub(crate) fn now(given: Option<&str>) -> Result<UnixTime, Failure> {
    match given {
        Some(text) => UnixTime::from_rfc3339(text).ok_or_else(|| {
            Failure::Misuse(format!("--now {text} is not like 2026-03-01T12:00:00Z"))
        }),
        None => SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map(|since| UnixTime::from_secs(since.as_secs()))
            .map_err(|_| Failure::Misuse("the clock stands before 1970".to_owned())),
    }
}

/// The family of a name.
pub(crate) fn family(name: &str) -> Result<Family, Failure> {
    Family::from_name(name).ok_or_else(|| not_offered(name, Family::ALL.iter().copied()))
}

/// The family of a name, of those for which this broker makes the request.
pub(crate) fn offered_family(name: &str) -> Result<Family, Failure> {
    let offered = Family::ALL.iter().copied().filter(|family| family.is_offered());
    let found = offered.clone().find(|family| family.name() == name);
    found.ok_or_else(|| not_offered(name, offered))
}

fn not_offered(name: &str, offered: impl Iterator<Item = Family>) -> Failure {
    let known: Vec<&str> = offered.map(Family::name).collect();
    Failure::Misuse(format!(
        "the family {name} is not offered in this version; those that are: {}",
        known.join(", ")
    ))
}

/// The token: standard input for `-`, the content of a file of that name, else the argument itself.
///
/// One line end after it is cut off, because editors and shells put it there; nothing else is.
pub(crate) fn token(argument: &str) -> Result<Vec<u8>, Failure> {
    let mut token = Vec::new();
    if argument == "-" {
        read(&mut std::io::stdin().lock(), MAX_TOKEN_LEN, &mut token, Path::new("standard input"))?;
    } else {
        match File::open(argument) {
            Ok(mut file) => read(&mut file, MAX_TOKEN_LEN, &mut token, Path::new(argument))?,
            Err(error) if is_no_file(&error) && looks_like_token(argument) => {
                token = argument.as_bytes().to_vec();
            }
            Err(error) => return Err(Failure::Misuse(no_token(argument, &error))),
        }
    }
    if token.last() == Some(&b'\n') {
        token.pop();
        if token.last() == Some(&b'\r') {
            token.pop();
        }
    }
    Ok(token)
}

// Three parts of base64url, disclosures behind them or not, a JSON object, a message in XML or its
// base64, or the query of a redirect. No file name of a sane length.
fn looks_like_token(argument: &str) -> bool {
    let jws = argument.split('~').next().unwrap_or_default();
    let form = jws.split('.').count() == 3 && (jws.len() > NAME_LEN || argument.contains('~'));
    let marked = |mark: &&str| argument.starts_with(mark);
    let message = ["{", "<", "PD94", "PHN", "SAMLResponse="].iter().any(marked);
    message && argument.len() > NAME_LEN
        || !argument.contains('/')
            && (form || argument.starts_with("eyJ") && argument.contains('.'))
}

// A token is too long for a name, and the system may say so.
fn is_no_file(error: &std::io::Error) -> bool {
    let kind = error.kind();
    kind == std::io::ErrorKind::NotFound || kind == std::io::ErrorKind::InvalidFilename
}

// A long argument is not repeated: it may be a token after all, and a token is personal data.
fn no_token(argument: &str, error: &std::io::Error) -> String {
    let short = argument.len() <= NAME_LEN && !argument.starts_with("eyJ");
    let name = if short { argument } else { "the token" };
    if is_no_file(error) {
        format!("{name} is neither a file nor a token")
    } else {
        format!("cannot read {name}: {}", error.kind())
    }
}

// Longer than the names that people type, shorter than any token.
const NAME_LEN: usize = 40;

/// A file of text or DER, at most 1 MiB.
pub(crate) fn file(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    let mut file = File::open(path)
        .map_err(|error| Failure::Misuse(format!("cannot read {}: {error}", path.display())))?;
    read(&mut file, MAX_FILE_LEN, &mut content, path)?;
    Ok(content)
}

/// Evidence that the host fetched, told apart by what it is.
#[derive(Default)]
pub(crate) struct Fetched {
    ocsp: Vec<Vec<u8>>,
    crls: Vec<Crl>,
}

impl Fetched {
    /// Reads files of OCSP answers (DER) and CRLs (DER or PEM).
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut fetched = Self::default();
        for path in paths {
            let mut content = Vec::new();
            let mut file = File::open(path).map_err(|error| {
                Failure::Misuse(format!("cannot read {}: {error}", path.display()))
            })?;
            read(&mut file, MAX_EVIDENCE_LEN, &mut content, path)?;
            let der = pem_body(&content).unwrap_or(content);
            match Crl::parse(&der) {
                Ok(crl) => fetched.crls.push(crl),
                // Whatever is no CRL is looked at as an OCSP answer, and refused as one.
                Err(_) => fetched.ocsp.push(der),
            }
        }
        Ok(fetched)
    }

    /// The OCSP answers, borrowed.
    pub(crate) fn ocsp(&self) -> Vec<&[u8]> {
        self.ocsp.iter().map(Vec::as_slice).collect()
    }

    /// Everything, for the broker.
    pub(crate) fn evidence<'a>(&'a self, ocsp: &'a [&'a [u8]]) -> Evidence<'a> {
        let mut evidence = Evidence::crls(&self.crls);
        evidence.ocsp = ocsp;
        evidence
    }
}

fn pem_body(content: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(content).ok()?;
    let body = text.split_once("-----BEGIN X509 CRL-----")?.1.split_once("-----END")?.0;
    let body: String = body.split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(body).ok()
}

// The largest CRLs that card CAs publish have a few ten MiB.
const MAX_EVIDENCE_LEN: u64 = 64 * 1024 * 1024;

fn read(from: &mut dyn Read, max: u64, into: &mut Vec<u8>, path: &Path) -> Result<(), Failure> {
    from.take(max.saturating_add(1))
        .read_to_end(into)
        .map_err(|error| Failure::Misuse(format!("cannot read {}: {error}", path.display())))?;
    if u64::try_from(into.len()).unwrap_or(u64::MAX) > max {
        return Err(Failure::Misuse(format!("{} is longer than {max} bytes", path.display())));
    }
    Ok(())
}

/// Writes a text to a file, or to standard output.
pub(crate) fn write(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    match path {
        None => crate::show::written(anstream::stdout().lock().write_all(text.as_bytes())),
        Some(path) => std::fs::write(path, text)
            .map_err(|error| Failure::Misuse(format!("cannot write {}: {error}", path.display()))),
    }
}

/// The sealed text of an expectation: what `expect` wrote, or the bare text.
pub(crate) fn sealed(path: &Path) -> Result<String, Failure> {
    let text = String::from_utf8(file(path)?)
        .map_err(|_| Failure::Misuse(format!("{} is not text", path.display())))?;
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(written) => written
            .get("expectation")
            .and_then(|sealed| sealed.as_str().map(str::to_owned))
            .ok_or_else(|| Failure::Misuse(format!("{} holds no expectation", path.display()))),
        Err(_) => Ok(text.trim_end().to_owned()),
    }
}

/// A broker from a configuration folder, stores and log opened.
///
/// Another process may be writing the audit log at the moment: it is waited for, a few seconds.
pub(crate) fn broker(folder: &Path) -> Result<Broker, Failure> {
    let mut tries = 0;
    loop {
        let config = load(folder)?;
        let log = config.settings.audit.clone();
        // This process ends with the call: the next one would take the same token again.
        let ReplaySettings::Sqlite(replay) = config.settings.stores.replay.clone() else {
            let text = "stores.replay: \"memory\" forgets what was used at the end of each call";
            return Err(Failure::Misuse(text.to_owned()));
        };
        let error = match open_broker(config) {
            Ok(broker) => return Ok(broker),
            Err(error) => error,
        };
        if matches!(error.fault, Fault::Locked) && tries < LOCK_TRIES {
            tries = tries.saturating_add(1);
            std::thread::sleep(LOCK_WAIT);
            continue;
        }
        let store = if error.path == log {
            Some(Code::StorageAudit)
        } else {
            (error.path == replay).then_some(Code::StorageReplay)
        };
        return Err(match store {
            Some(code) => Failure::Store(code.into(), error.to_string()),
            None => Failure::Misuse(error.to_string()),
        });
    }
}

// Five seconds in all; an assertion takes a few milliseconds.
const LOCK_TRIES: u32 = 250;
const LOCK_WAIT: Duration = Duration::from_millis(20);

/// A broker that can make and open expectations, and nothing else.
pub(crate) fn requester(folder: &Path) -> Result<Broker, Failure> {
    open_requester(load(folder)?).map_err(|error| Failure::Misuse(error.to_string()))
}

const FILES: [&str; 4] = ["eid-broker.toml", "policy.toml", "register.toml", "trust.toml"];

/// A configuration folder. One that holds nothing of a configuration is the wrong one.
pub(crate) fn read_folder(folder: &Path) -> Result<ConfigFolder, Failure> {
    if !FILES.iter().any(|name| folder.join(name).exists()) {
        return Err(Failure::Misuse(format!(
            "{} is no configuration folder; `eid-broker init DIR` makes one",
            folder.display()
        )));
    }
    ConfigFolder::load(folder).map_err(Failure::Findings)
}

/// A configuration folder, its warnings shown.
pub(crate) fn load(folder: &Path) -> Result<ConfigFolder, Failure> {
    let config = read_folder(folder)?;
    if !config.warnings.is_empty() {
        crate::show::warnings(&config.warnings);
    }
    Ok(config)
}
