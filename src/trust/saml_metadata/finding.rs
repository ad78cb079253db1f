use crate::verdict::Code;
use std::fmt;

/// Something in metadata that is not used, while the rest is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MetadataFinding {
    /// What it is.
    pub what: Unused,
    /// Which of its kind in the role, from 0.
    pub index: u32,
}

/// Why a part of metadata is not used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Unused {
    /// `cacheDuration` cannot be read.
    CacheDuration,
    /// A `KeyDescriptor` with several certificates: which of them is meant is not said.
    KeyAmbiguous,
    /// A key for encryption that is one for signing as well.
    KeyShared,
    /// A `KeyDescriptor` whose key this library does not take, and the code of the reason.
    KeyUnusable(Code),
    /// A `KeyDescriptor` that does not say what it is for.
    KeyUseMissing,
    /// A `KeyDescriptor` for something that does not exist.
    KeyUseUnknown,
    /// A `KeyDescriptor` without certificate.
    KeyWithoutCertificate,
    /// A location that is no https URL.
    Location,
    /// A protocol version that is no version.
    ProtocolVersion,
    /// A location of a service list whose entry cannot be read.
    ListEntry,
}

impl fmt::Display for MetadataFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (element, why) = match self.what {
            Unused::CacheDuration => ("cacheDuration", "is no duration"),
            Unused::KeyAmbiguous => ("KeyDescriptor", "has more than one certificate"),
            Unused::KeyShared => ("KeyDescriptor", "is for encryption, but its key signs too"),
            Unused::KeyUnusable(code) => ("KeyDescriptor", code.name()),
            Unused::KeyUseMissing => ("KeyDescriptor", "does not say whether it signs or encrypts"),
            Unused::KeyUseUnknown => ("KeyDescriptor", "has a use that does not exist"),
            Unused::KeyWithoutCertificate => ("KeyDescriptor", "has no certificate"),
            Unused::Location => ("SingleSignOnService", "is no https URL"),
            Unused::ListEntry => ("MetadataLocation", "has no https URL or no certificate"),
            Unused::ProtocolVersion => ("protocol-version", "is no version"),
        };
        write!(f, "{element}[{}] is not used: {why}", self.index)
    }
}
