use std::fmt;

/// Why something could not be made. Always a fault of the test or of this crate.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MakerError {
    /// A disclosure edit names a position that does not exist.
    EditOutOfRange(usize),
    /// Something cannot be encrypted with the key or by the name given.
    Encrypt,
    /// A text that should be JSON is not, or has another shape than the call needs.
    Json(&'static str),
    /// An embedded or given key does not load. The name is the key's.
    Key(String),
    /// An object identifier is not in dotted decimal form.
    ObjectIdentifier(String),
    /// The key could not sign.
    Sign,
    /// A time is outside the years 0 to 9999.
    Time(i64),
    /// The credential has no disclosure at or below this path.
    UnknownClaim(String),
    /// An XML document is not well-formed, or has nothing at this place.
    Xml(String),
}

impl fmt::Display for MakerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EditOutOfRange(index) => write!(f, "no disclosure at position {index}"),
            Self::Json(what) => write!(f, "not the JSON expected: {what}"),
            Self::Key(name) => write!(f, "test key {name} does not load"),
            Self::ObjectIdentifier(oid) => write!(f, "{oid} is not an object identifier"),
            Self::Encrypt => f.write_str("nothing could be encrypted"),
            Self::Sign => f.write_str("the key could not sign"),
            Self::Time(seconds) => write!(f, "{seconds} is not a time a certificate can hold"),
            Self::UnknownClaim(path) => write!(f, "the credential has no disclosure for {path}"),
            Self::Xml(place) => write!(f, "the XML has nothing at {place}"),
        }
    }
}

impl std::error::Error for MakerError {}
