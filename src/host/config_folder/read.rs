use crate::trust::Material;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Reads a regular file of at most `max_bytes`.
pub(super) fn read_limited(path: &Path, max_bytes: u64) -> Material {
    // Looked at before it is opened: opening a pipe would wait for its other end.
    match path.metadata() {
        Ok(metadata) if !metadata.is_file() => return Material::Unreadable("is no regular file"),
        Ok(_) => {}
        Err(error) => return fault(error.kind()),
    }
    let mut bytes = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes));
    match read {
        Ok(len) if u64::try_from(len).is_ok_and(|len| len <= max_bytes) => Material::Bytes(bytes),
        Ok(_) => Material::Unreadable("is larger than its limit"),
        Err(error) => fault(error.kind()),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the list of kinds is open")]
fn fault(kind: ErrorKind) -> Material {
    match kind {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Material::Absent,
        ErrorKind::PermissionDenied => Material::Unreadable("may not be read by this user"),
        _ => Material::Unreadable("cannot be read"),
    }
}
