//! XML: Signature and Encryption over what was signed and nothing else.

pub mod encryption;
