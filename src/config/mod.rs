//! Reads configuration files and collects every finding instead of stopping at the first.
//!
//! [`read`] parses a TOML text and lends its top [`Table`] to a function, which asks for the keys
//! that it knows. What it did not ask for is an unknown key, and that is a finding; nobody has to
//! remember to check. The text is handed in: this folder opens no file.
//!
//! ```
//! use eid_broker::config::{self, Findings};
//!
//! let mut findings = Findings::new();
//! let limit = config::read("byts = 5\n", "limits.toml", &mut findings, |table, findings| {
//!     table.required_u32("bytes", 1..=65536, findings)
//! });
//! assert_eq!(limit, None);
//! assert_eq!(
//!     findings.to_string(),
//!     "limits.toml:1: error: bytes: is missing\n\
//!      limits.toml:1: error: byts: is not known here; known keys are bytes\n"
//! );
//! ```

mod digest;
mod duration;
mod findings;
mod origin;
mod table;
mod text;
mod value;

pub use digest::{digest_of_files, hex};
pub use duration::{duration_text, parse_duration_s};
pub use findings::{Finding, Findings, Severity};
pub use origin::{host_of_origin, is_serialised_origin};
pub use table::{Table, read};
pub use text::{
    is_canonical_issuer_url, is_endpoint_url, is_entity_id, is_file_path, is_issuer_url,
};
pub use value::Value;
