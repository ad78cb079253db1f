//! Finds suites in files and folders.

use crate::recognise::{Kind, recognise, recognise_table};
use crate::suites::mdoc::samples::is_response;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A file that was recognised as a suite.
pub(crate) struct Found {
    pub(crate) kind: Kind,
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
    pub(crate) json: Value,
}

/// What lies in a set of paths.
#[derive(Default)]
pub(crate) struct Discovery {
    /// The suites, in the order of the paths; within a folder by name.
    pub(crate) found: Vec<Found>,
    /// JSON files that are no suite.
    pub(crate) ignored: usize,
}

// Folders below a given path; the deepest corpus has five.
const MAX_DEPTH: usize = 12;
// Files in one run. The whole corpus has fewer than two thousand.
const MAX_FILES: usize = 200_000;
// The largest files of suites are trusted lists of some megabytes.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
// Folders of this package that hold programs and keys, not vectors.
const NO_VECTORS: &[&str] = &["keys", "maker", "src", "target"];

impl Discovery {
    /// Adds what lies in `path`, a file or a folder.
    ///
    /// # Errors
    /// A sentence when the path cannot be read or holds no suite at all.
    pub(crate) fn add(&mut self, path: &Path) -> Result<(), String> {
        let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let before = self.found.len();
        if fs::metadata(path).map_err(|error| fault(&error))?.is_dir() {
            self.walk(path, &[])?;
        } else {
            let bytes = read(path).map_err(|error| fault(&error))?;
            if is_cbor(path) {
                self.consider_cbor(path, bytes);
            } else if is_table(path) {
                self.consider_table(path, bytes);
            } else {
                let json = serde_json::from_slice(&bytes).map_err(|_| fault(&"not a suite"))?;
                self.consider(path, bytes, json);
            }
        }
        if self.found.len() == before { Err(fault(&"not a suite")) } else { Ok(()) }
    }

    /// Adds the vectors of this package; there may be none yet.
    ///
    /// # Errors
    /// A sentence when a folder cannot be read.
    pub(crate) fn add_own(&mut self, package: &Path) -> Result<(), String> {
        self.walk(package, NO_VECTORS)
    }

    // Breadth first with a list of its own: no recursion over what somebody else arranged.
    fn walk(&mut self, root: &Path, leave_out: &[&str]) -> Result<(), String> {
        let mut files: Vec<PathBuf> = Vec::new();
        let mut folders = vec![(root.to_path_buf(), 0_usize)];
        while let Some((folder, depth)) = folders.pop() {
            let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
            for entry in fs::read_dir(&folder).map_err(fault)? {
                let entry = entry.map_err(fault)?;
                let name = entry.file_name();
                let hidden = name.to_str().is_none_or(|name| name.starts_with('.'));
                let kind = entry.file_type().map_err(fault)?;
                // Symbolic links are not followed: a loop would not end.
                if hidden || kind.is_symlink() {
                    continue;
                }
                if kind.is_dir() {
                    let left_out = depth == 0 && leave_out.iter().any(|out| name == *out);
                    if depth < MAX_DEPTH && !left_out {
                        folders.push((entry.path(), depth.saturating_add(1)));
                    }
                } else if Path::new(&name).extension().is_some_and(|end| end == "json")
                    || is_cbor(Path::new(&name))
                    || is_table(Path::new(&name))
                {
                    files.push(entry.path());
                }
            }
            if files.len() > MAX_FILES {
                return Err(format!("{}: more than {MAX_FILES} files", root.display()));
            }
        }
        files.sort();
        for path in files {
            let bytes = read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            if is_cbor(&path) {
                self.consider_cbor(&path, bytes);
                continue;
            }
            if is_table(&path) {
                self.consider_table(&path, bytes);
                continue;
            }
            match serde_json::from_slice(&bytes) {
                Ok(json) => self.consider(&path, bytes, json),
                Err(_) => self.ignored = self.ignored.saturating_add(1),
            }
        }
        Ok(())
    }

    fn consider_cbor(&mut self, path: &Path, bytes: Vec<u8>) {
        if is_response(&bytes) {
            let (kind, path) = (Kind::MdocResponse, path.to_path_buf());
            self.found.push(Found { kind, path, bytes, json: Value::Null });
        } else {
            self.ignored = self.ignored.saturating_add(1);
        }
    }

    fn consider(&mut self, path: &Path, bytes: Vec<u8>, json: Value) {
        match recognise(path, &json) {
            Some(kind) => self.found.push(Found { kind, path: path.to_path_buf(), bytes, json }),
            None => self.ignored = self.ignored.saturating_add(1),
        }
    }

    // A text that is no table of a suite is documentation and not counted.
    fn consider_table(&mut self, path: &Path, bytes: Vec<u8>) {
        if let Some(kind) = std::str::from_utf8(&bytes).ok().and_then(recognise_table) {
            self.found.push(Found { kind, path: path.to_path_buf(), bytes, json: Value::Null });
        }
    }
}

// Collections without a manifest say what they expect in a table of their README.
fn is_table(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "README.md")
}

impl Found {
    /// The name of the file without its ending.
    pub(crate) fn stem(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }
}

fn is_cbor(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "cbor")
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let len = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if len > MAX_FILE_BYTES {
        return Err(format!("larger than {MAX_FILE_BYTES} bytes"));
    }
    fs::read(path).map_err(|error| error.to_string())
}
