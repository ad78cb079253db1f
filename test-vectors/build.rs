//! Writes one test per vector file, so that a failure has a name.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const FOLDERS: &[&str] =
    &["assertion", "bund_id", "certificate", "eid_server", "eidas_saml", "sd_jwt_vc", "web_eid"];

fn main() -> Result<(), Box<dyn Error>> {
    let package = env::var("CARGO_MANIFEST_DIR")?;
    println!("cargo::rerun-if-changed=build.rs");
    let mut out = String::new();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
        let path = Path::new(&package).join(folder);
        // Before the first `make` there is nothing.
        if !path.is_dir() {
            continue;
        }
        // By check, then by what is special about it.
        let mut names = BTreeMap::new();
        for entry in fs::read_dir(path)? {
            let name = entry?.file_name().into_string().map_err(|_| "a name that is no UTF-8")?;
            if let Some(stem) = name.strip_suffix(".json") {
                names.insert(stem.replace('-', "_"), name.clone());
            }
        }
        writeln!(out, "mod {folder} {{")?;
        for (test, file) in names {
            writeln!(
                out,
                "    #[test]\n    fn {test}() {{\n        super::holds(\"{folder}/{file}\");\n    }}"
            )?;
        }
        writeln!(out, "}}")?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("vectors.rs"), out)?;
    Ok(())
}
