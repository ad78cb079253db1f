//! Puts signed documents of trust sources into their files, after they were verified.

use super::read::read_limited;
use super::{ConfigFolder, MAX_TRUST_BYTES};
use crate::UnixTime;
use crate::config::Findings;
use crate::host::files::{sync_directory, temporary_name};
use crate::host::{Fault, OpenError};
use crate::trust::{Change, Material, TrustStore};
use crate::verdict::Refusal;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Why nothing was taken over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TakeOverError {
    /// The configuration has findings that stop the start.
    #[error("the configuration cannot be used")]
    Config(Findings),
    /// A file could not be read or written; what was written before it stays.
    #[error(transparent)]
    File(#[from] OpenError),
}

/// One document that was brought, and what became of it.
pub type TakenOver = (String, Result<Change, Refusal>);

/// Verifies documents by what the folder holds and writes those that are accepted.
///
/// Of each the file before is kept beside it under its name and `.previous`. A file is replaced in
/// one step, so that who reads the folder sees the old or the new document and nothing else. Two
/// callers wait for each other.
///
/// * `answers`: where each document lies, by name of its source in `trust.toml`.
///
/// # Errors
/// [`TakeOverError`]; what is wrong with a document is in the list instead.
pub fn take_over(
    folder: &Path,
    answers: &BTreeMap<String, PathBuf>,
    now: UnixTime,
) -> Result<Vec<TakenOver>, TakeOverError> {
    let _held = lock(&folder.join(super::TRUST))?;
    let config = ConfigFolder::load(folder).map_err(TakeOverError::Config)?;
    let mut documents = BTreeMap::new();
    for (name, path) in answers {
        match read_limited(path, MAX_TRUST_BYTES) {
            Material::Bytes(bytes) => documents.insert(name.clone(), bytes),
            Material::Absent => {
                let fault = Fault::from(io::Error::from(io::ErrorKind::NotFound));
                return Err(OpenError::new(path, fault).into());
            }
            Material::Unreadable(_) => {
                let fault = Fault::from(io::Error::from(io::ErrorKind::InvalidInput));
                return Err(OpenError::new(path, fault).into());
            }
        };
    }
    let applied = config.trust.apply(&documents, now);
    for change in applied.changes.iter().filter_map(|(_, change)| change.as_ref().ok()) {
        if change.is_held {
            continue;
        }
        let path = folder.join(&change.file);
        replace(&path, &change.octets).map_err(|error| OpenError::new(&path, error))?;
    }
    Ok(applied.changes)
}

/// When the documents of signed sources were taken over: when their files were last written. For
/// [`TrustStore::plan`], which believes nothing for it.
#[must_use]
pub fn taken_at(folder: &Path, trust: &TrustStore) -> BTreeMap<String, UnixTime> {
    let signed = trust.sources().iter().filter(|source| source.kind().is_signed());
    let time = |file: &str| {
        let written = folder.join(file).metadata().and_then(|file| file.modified()).ok()?;
        let since = written.duration_since(std::time::SystemTime::UNIX_EPOCH).ok()?;
        Some(UnixTime::from_secs(since.as_secs()))
    };
    let times = signed.filter_map(|source| {
        let config = source.config();
        Some((config.name.clone(), time(config.files.first()?)?))
    });
    times.collect()
}

/// The name under which the file before is kept.
#[must_use]
pub fn previous(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".previous");
    path.with_file_name(name)
}

// Held until the file is closed. What is locked is the list of sources, which nobody writes here.
fn lock(path: &Path) -> Result<File, OpenError> {
    let locked = File::open(path).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|error| OpenError::new(path, error))
}

// Temporary file → fsync → copy of the old one → rename → fsync of the directory. A link is
// followed, so that it stays one.
fn replace(path: &Path, octets: &[u8]) -> io::Result<()> {
    let target = match path.canonicalize() {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    let temporary = temporary_name(&target)?;
    let written = write(&temporary, octets, &target).and_then(|()| {
        if target.exists() {
            keep(&target)?;
        }
        fs::rename(&temporary, &target)
    });
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written.and_then(|()| sync_directory(&target))
}

fn write(path: &Path, octets: &[u8], like: &Path) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(octets)?;
    // Whoever could read the old one can read the new one.
    if let Ok(metadata) = like.metadata() {
        file.set_permissions(metadata.permissions())?;
    }
    file.sync_all()
}

fn keep(path: &Path) -> io::Result<()> {
    let temporary = temporary_name(path)?;
    let copied = fs::copy(path, &temporary).and_then(|_| fs::rename(&temporary, previous(path)));
    if copied.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    copied
}

#[cfg(test)]
#[cfg(feature = "cli")]
#[cfg(feature = "sqlite")]
mod tests {
    use super::super::init;
    use super::*;
    use crate::host::files::scratch::Scratch;
    use crate::trust::Purpose;
    use crate::trust::saml_metadata::fixture::{
        DAY_S, ENTITY, NOW, certificate, message_key, metadata, sign, signer, stranger,
    };
    use crate::verdict::Code;
    use eid_broker_maker::keys;
    use eid_broker_maker::keys::TestKey;

    const SOURCE: &str = r#"
[[source]]
name = "fi"
purpose = "eidas-node"
kind = "saml-metadata"
entity_id = "https://node.example.fi/ServiceMetadata"
files = ["trust/fi.xml"]
signers = ["trust/fi-signer.pem"]
"#;

    // The example with one node, whose metadata is not there yet.
    fn folder() -> (Scratch, PathBuf) {
        let scratch = Scratch::new();
        let folder = scratch.file("config");
        init(&folder).unwrap();
        let pem = keys::der_to_pem("CERTIFICATE", &certificate(&signer(), -100, 100));
        fs::write(folder.join("trust/fi-signer.pem"), pem).unwrap();
        let text = fs::read_to_string(folder.join("trust.toml")).unwrap();
        fs::write(folder.join("trust.toml"), text + SOURCE).unwrap();
        (scratch, folder)
    }

    fn document(days: u64, key: &TestKey) -> Vec<u8> {
        sign(&metadata(NOW.plus(days.saturating_mul(DAY_S)), &message_key()), key)
    }

    fn bring(scratch: &Scratch, folder: &Path, octets: &[u8]) -> Result<bool, Code> {
        let path = scratch.file("new.xml");
        fs::write(&path, octets).unwrap();
        let answers = BTreeMap::from([("fi".to_owned(), path)]);
        let mut taken = take_over(folder, &answers, NOW).unwrap();
        assert_eq!(taken.len(), 1);
        taken.remove(0).1.map(|change| change.is_held).map_err(|refusal| refusal.code())
    }

    #[test]
    fn what_is_accepted_is_written_and_the_one_before_is_kept() {
        let (scratch, folder) = folder();
        let ask = || {
            let trust = ConfigFolder::load(&folder).unwrap().trust;
            let issuer = trust.saml_issuer(Purpose::EidasNode, ENTITY, NOW);
            issuer.map(drop).map_err(|refusal| refusal.code())
        };
        let (file, before) = (folder.join("trust/fi.xml"), folder.join("trust/fi.xml.previous"));
        assert_eq!(ask(), Err(Code::TrustMissing));
        let (one, two) = (document(1, &signer()), document(2, &signer()));
        assert_eq!(bring(&scratch, &folder, &one), Ok(false));
        assert!(ask().is_ok() && !before.exists());
        assert_eq!(bring(&scratch, &folder, &two), Ok(false));
        assert_eq!(
            (fs::read(&file).unwrap(), fs::read(&before).unwrap()),
            (two.clone(), one.clone())
        );
        // What is refused, and what is held, writes nothing.
        assert_eq!(bring(&scratch, &folder, &one), Err(Code::MetadataRollback));
        let forged = document(3, &stranger());
        assert_eq!(bring(&scratch, &folder, &forged), Err(Code::MetadataUntrusted));
        assert_eq!(bring(&scratch, &folder, &two), Ok(true));
        assert_eq!((fs::read(&file).unwrap(), fs::read(&before).unwrap()), (two, one));
        let left = fs::read_dir(folder.join("trust")).unwrap();
        let left = left.filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().contains(".tmp")
        });
        assert_eq!(left.count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_the_mode_of_the_file_stay() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let (scratch, folder) = folder();
        let target = scratch.file("elsewhere.xml");
        fs::write(&target, document(1, &signer())).unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        let link = folder.join("trust/fi.xml");
        symlink(&target, &link).unwrap();
        assert_eq!(bring(&scratch, &folder, &document(2, &signer())), Ok(false));
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), document(2, &signer()));
        assert_eq!(target.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn of_callers_at_the_same_time_the_latest_document_wins() {
        let (scratch, folder) = folder();
        let paths: Vec<PathBuf> = (1..=8)
            .map(|days| {
                let path = scratch.file(&format!("{days}.xml"));
                fs::write(&path, document(days, &signer())).unwrap();
                path
            })
            .collect();
        std::thread::scope(|scope| {
            for path in &paths {
                let folder = &folder;
                scope.spawn(move || {
                    let answers = BTreeMap::from([("fi".to_owned(), path.clone())]);
                    take_over(folder, &answers, NOW).map(drop).unwrap();
                });
            }
        });
        assert_eq!(fs::read(folder.join("trust/fi.xml")).unwrap(), document(8, &signer()));
    }

    #[test]
    fn the_time_of_taking_over_is_that_of_the_file() {
        let (scratch, folder) = folder();
        let taken = |trust: &TrustStore| taken_at(&folder, trust);
        let trust = ConfigFolder::load(&folder).unwrap().trust;
        assert!(taken(&trust).is_empty());
        assert_eq!(bring(&scratch, &folder, &document(1, &signer())), Ok(false));
        let file = File::open(folder.join("trust/fi.xml")).unwrap();
        let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(NOW.secs());
        file.set_modified(time).unwrap();
        assert_eq!(taken(&trust), BTreeMap::from([("fi".to_owned(), NOW)]));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let (scratch, folder) = folder();
        let answers = BTreeMap::from([("fi".to_owned(), scratch.file("absent.xml"))]);
        let error = take_over(&folder, &answers, NOW).unwrap_err();
        assert!(error.to_string().contains("absent.xml"), "{error}");
        fs::write(folder.join("policy.toml"), "").unwrap();
        let error = take_over(&folder, &answers, NOW).unwrap_err();
        assert!(matches!(error, TakeOverError::Config(_)));
    }
}
