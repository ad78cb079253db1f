//! What the tests of both headers read.

use std::collections::BTreeSet;
use std::path::Path;

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The functions of a header. A prototype is a line that starts at the margin with a type and names
/// a function.
pub(crate) fn prototypes(header: &str) -> BTreeSet<&str> {
    let typed = |line: &&str| line.starts_with("uint32_t ") || line.starts_with("const char *");
    header
        .lines()
        .filter(typed)
        .map(|line| words(line).find(|word| word.starts_with("eidb_")).unwrap())
        .collect()
}

/// The functions that the source of a crate exports.
pub(crate) fn exported(manifest_dir: &str) -> BTreeSet<String> {
    let folder = Path::new(manifest_dir).join("src");
    let mut names = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for part in text.split("#[unsafe(no_mangle)]").skip(1) {
            let name = words(part).find(|word| word.starts_with("eidb_")).unwrap();
            assert!(names.insert(name.to_owned()), "{name} twice");
        }
    }
    names
}
