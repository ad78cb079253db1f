//! The subcommand `make`: writes the vectors of this folder, byte for byte the same in every run.
//!
//! Each family has a folder; what each vector expects is written down here, never taken from the
//! library. Tokens come from the test issuers and wallets of `maker`.

mod assertion;
mod card;
mod saml;
mod sd_jwt_vc;
mod set;
pub(crate) mod trust;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// What making something gives.
pub(crate) type Made<T> = Result<T, Box<dyn Error>>;

// The folders that belong to this program: a file in them that is not made is taken away.
const FOLDERS: &[&str] = &[
    "assertion",
    "bund_id",
    "certificate",
    "eid_server",
    "eidas_saml",
    "policy",
    "sd_jwt_vc",
    "trust",
    "web_eid",
];

/// Writes everything below `package`.
pub(crate) fn write(package: &Path) -> Result<ExitCode, String> {
    let files = files()?;
    let fault = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    for folder in FOLDERS {
        let path = package.join(folder);
        if path.is_dir() {
            fs::remove_dir_all(&path).map_err(|error| fault(&path, error))?;
        }
    }
    for (name, bytes) in &files {
        let path = package.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| fault(folder, error))?;
        }
        fs::write(&path, bytes).map_err(|error| fault(&path, error))?;
    }
    eprintln!("{} files written to {}", files.len(), package.display());
    Ok(ExitCode::SUCCESS)
}

/// Every file, by its path below the package.
fn files() -> Result<BTreeMap<String, Vec<u8>>, String> {
    let make = || -> Made<BTreeMap<String, Vec<u8>>> {
        let mut files = trust::files()?;
        files.append(&mut sd_jwt_vc::vectors()?.files()?);
        files.append(&mut assertion::vectors()?.files()?);
        files.append(&mut card::certificate()?.files()?);
        files.append(&mut card::web_eid()?.files()?);
        files.append(&mut saml::files()?);
        for set in saml::sets()? {
            files.append(&mut set.files()?);
        }
        Ok(files)
    };
    make().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_disk(package: &Path) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders: Vec<_> = FOLDERS.iter().map(|name| package.join(name)).collect();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(package).unwrap();
                    found.push(name.to_str().unwrap().to_owned());
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn the_files_of_the_tree_are_those_that_would_be_made() {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = files().unwrap();
        for (name, bytes) in &files {
            let stored = fs::read(package.join(name)).unwrap_or_default();
            assert!(stored == *bytes, "{name} is not what `make` writes");
        }
        assert_eq!(on_disk(package), files.into_keys().collect::<Vec<_>>());
    }
}
