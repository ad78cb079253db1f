//! `eid-broker init`: an example that works with the test issuers.

use super::{BROKER, POLICY, REGISTER, TRUST};
use crate::config::Findings;
use eid_broker_maker::{MakerError, cert, keys};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Writes an annotated example into a folder, which is made when it is not there: the four files,
/// fresh keys with mode 0600, and the anchors of the test issuers of `eid-broker-maker`.
///
/// Nothing is overwritten: when any of the files is there, nothing is written at all.
///
/// Returns the files that were written.
///
/// # Errors
/// One finding for each file that is there already or cannot be written.
pub fn init(folder: &Path) -> Result<Vec<PathBuf>, Findings> {
    let files = files()?;
    let mut findings = Findings::new();
    for file in &files {
        // A dangling link is there as well.
        if folder.join(file.name).symlink_metadata().is_ok() {
            findings.file_error(file.name, "is there already; nothing was written");
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    for (name, mode) in FOLDERS {
        if make_folder(&folder.join(name), *mode).is_err() {
            findings.file_error(*name, "cannot be made");
        }
    }
    let mut written = Vec::new();
    for file in &files {
        let path = folder.join(file.name);
        match write_new(&path, &file.content, file.mode) {
            Ok(()) => written.push(path),
            Err(_) => findings.file_error(file.name, "cannot be written"),
        }
    }
    if findings.has_errors() { Err(findings) } else { Ok(written) }
}

struct NewFile {
    name: &'static str,
    content: Zeroizing<Vec<u8>>,
    mode: u32,
}

fn files() -> Result<Vec<NewFile>, Findings> {
    let public = |name, content: Vec<u8>| NewFile { name, content: content.into(), mode: 0o644 };
    let text = |name, content: &str| public(name, content.as_bytes().to_vec());
    let secret = |name, content: Option<Zeroizing<Vec<u8>>>| {
        let content = content.ok_or_else(|| fault(name, "cannot be made: no randomness"))?;
        Ok(NewFile { name, content, mode: 0o600 })
    };
    let made = |name, content: Result<Vec<u8>, MakerError>| {
        let content = content.map_err(|_| fault(name, "cannot be made"))?;
        Ok(public(name, content))
    };
    let random = SystemRandom::new();
    Ok(vec![
        text(BROKER, include_str!("../templates/eid-broker.toml")),
        text(POLICY, include_str!("../templates/policy.toml")),
        text(REGISTER, include_str!("../templates/register.toml")),
        text(TRUST, include_str!("../templates/trust.toml")),
        secret("keys/assertion.pem", signing_key(&random))?,
        secret("keys/pairwise.hex", secret_bytes(&random))?,
        secret("keys/seal.hex", secret_bytes(&random))?,
        secret("keys/audit.hex", secret_bytes(&random))?,
        made("trust/pid-ca.pem", pid_ca())?,
        made("trust/jwks-issuer.jwks.json", jwks())?,
    ])
}

fn fault(name: &str, message: &str) -> Findings {
    let mut findings = Findings::new();
    findings.file_error(name, message);
    findings
}

fn pid_ca() -> Result<Vec<u8>, MakerError> {
    Ok(keys::der_to_pem("CERTIFICATE", &cert::pid_ca_der()?).into_bytes())
}

fn jwks() -> Result<Vec<u8>, MakerError> {
    Ok(format!("{:#}\n", keys::jwks(&[&keys::jwks_issuer()?])).into_bytes())
}

// A P-256 key, PKCS#8 in PEM.
fn signing_key(random: &SystemRandom) -> Option<Zeroizing<Vec<u8>>> {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, random).ok()?;
    Some(Zeroizing::new(keys::der_to_pem("PRIVATE KEY", key.as_ref()).into_bytes()))
}

// 32 bytes in hexadecimal, and a line feed.
fn secret_bytes(random: &SystemRandom) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new([0; 32]);
    random.fill(bytes.as_mut()).ok()?;
    let mut text = Zeroizing::new(crate::config::hex(bytes.as_ref()).into_bytes());
    text.push(b'\n');
    Some(text)
}

fn make_folder(path: &Path, mode: u32) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    #[cfg(not(unix))]
    let _ = mode;
    builder.create(path)
}

fn write_new(path: &Path, content: &[u8], mode: u32) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

const FOLDERS: &[(&str, u32)] = &[("keys", 0o700), ("state", 0o700), ("trust", 0o755)];
