//! Algorithms of XML Encryption 1.1, 5, each with its identifier and its name in `policy.toml`.

use crate::crypto::{AesMode, Hash, OaepHash};

/// How the content is encrypted (XML Encryption 1.1, 5.2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ContentEncryption {
    /// AES-128 in Galois/Counter Mode.
    Aes128Gcm,
    /// AES-192 in Galois/Counter Mode.
    Aes192Gcm,
    /// AES-256 in Galois/Counter Mode.
    Aes256Gcm,
    /// AES-128 in CBC mode: says nothing of who made it, and leaks what it holds to who may alter it.
    DangerAes128Cbc,
    /// AES-192 in CBC mode: as the one with 128 bits.
    DangerAes192Cbc,
    /// AES-256 in CBC mode: as the one with 128 bits.
    DangerAes256Cbc,
}

impl ContentEncryption {
    /// Every algorithm. Triple DES has no variant: it cannot be asked for.
    pub const ALL: &'static [Self] = &[
        Self::Aes128Gcm,
        Self::Aes192Gcm,
        Self::Aes256Gcm,
        Self::DangerAes128Cbc,
        Self::DangerAes192Cbc,
        Self::DangerAes256Cbc,
    ];

    /// Whether the content proves that it was not altered. A sender it never proves.
    #[must_use]
    pub const fn is_authenticated(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes192Gcm | Self::Aes256Gcm)
    }

    /// The mode of AES.
    #[must_use]
    pub const fn mode(self) -> AesMode {
        if self.is_authenticated() { AesMode::Gcm } else { AesMode::Cbc }
    }

    /// Length of the key in bytes.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::DangerAes128Cbc => 16,
            Self::Aes192Gcm | Self::DangerAes192Cbc => 24,
            Self::Aes256Gcm | Self::DangerAes256Cbc => 32,
        }
    }

    // One row per algorithm: the identifier, and the name in the policy.
    const fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::Aes128Gcm => ("http://www.w3.org/2009/xmlenc11#aes128-gcm", "aes128-gcm"),
            Self::Aes192Gcm => ("http://www.w3.org/2009/xmlenc11#aes192-gcm", "aes192-gcm"),
            Self::Aes256Gcm => ("http://www.w3.org/2009/xmlenc11#aes256-gcm", "aes256-gcm"),
            Self::DangerAes128Cbc => {
                ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "danger-aes128-cbc")
            }
            Self::DangerAes192Cbc => {
                ("http://www.w3.org/2001/04/xmlenc#aes192-cbc", "danger-aes192-cbc")
            }
            Self::DangerAes256Cbc => {
                ("http://www.w3.org/2001/04/xmlenc#aes256-cbc", "danger-aes256-cbc")
            }
        }
    }
}

/// How the content key reaches its recipient (XML Encryption 1.1, 5.5 and 5.6).
///
/// RSAES-PKCS1-v1_5 (`xmlenc#rsa-1_5`) has no variant: it cannot be asked for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum KeyTransport {
    /// Ephemeral-static key agreement with ConcatKDF, then AES key wrap.
    EcdhEs,
    /// RSA-OAEP whose MGF is named (`xmlenc11#rsa-oaep`).
    RsaOaep,
    /// RSA-OAEP with MGF1 and SHA-1, whatever its digest (`xmlenc#rsa-oaep-mgf1p`).
    RsaOaepMgf1p,
}

impl KeyTransport {
    /// Every algorithm.
    pub const ALL: &'static [Self] = &[Self::EcdhEs, Self::RsaOaep, Self::RsaOaepMgf1p];

    const fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::EcdhEs => ("http://www.w3.org/2009/xmlenc11#ECDH-ES", "ecdh-es"),
            Self::RsaOaep => ("http://www.w3.org/2009/xmlenc11#rsa-oaep", "rsa-oaep"),
            Self::RsaOaepMgf1p => {
                ("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", "rsa-oaep-mgf1p")
            }
        }
    }
}

/// How an agreed key wraps the content key (XML Encryption 1.1, 5.7; RFC 3394).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum KeyWrap {
    /// AES-128.
    Aes128,
    /// AES-192.
    Aes192,
    /// AES-256.
    Aes256,
}

impl KeyWrap {
    /// Every algorithm.
    pub const ALL: &'static [Self] = &[Self::Aes128, Self::Aes192, Self::Aes256];

    /// Length of the wrapping key in bytes.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }

    const fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::Aes128 => ("http://www.w3.org/2001/04/xmlenc#kw-aes128", "kw-aes128"),
            Self::Aes192 => ("http://www.w3.org/2001/04/xmlenc#kw-aes192", "kw-aes192"),
            Self::Aes256 => ("http://www.w3.org/2001/04/xmlenc#kw-aes256", "kw-aes256"),
        }
    }
}

macro_rules! identified {
    ($($kind:ty),*) => {$(
        impl $kind {
            /// The identifier, the value of `Algorithm`.
            #[must_use]
            pub const fn uri(self) -> &'static str {
                self.row().0
            }

            /// The algorithm of an identifier, byte for byte.
            #[must_use]
            pub fn from_uri(uri: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|algorithm| algorithm.uri() == uri)
            }

            /// The name in `policy.toml`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                self.row().1
            }

            /// The algorithm of a name, byte for byte.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|algorithm| algorithm.name() == name)
            }
        }
    )*};
}

identified!(ContentEncryption, KeyTransport, KeyWrap);

/// The hash of a `ds:DigestMethod` inside OAEP parameters.
pub(super) fn oaep_digest(uri: &str) -> Option<OaepHash> {
    match uri {
        "http://www.w3.org/2000/09/xmldsig#sha1" => Some(OaepHash::Sha1),
        _ => digest(uri).map(OaepHash::from),
    }
}

/// The hash of an `xenc11:MGF` (XML Encryption 1.1, 5.5.2).
pub(super) fn oaep_mgf1(uri: &str) -> Option<OaepHash> {
    match uri {
        "http://www.w3.org/2009/xmlenc11#mgf1sha1" => Some(OaepHash::Sha1),
        "http://www.w3.org/2009/xmlenc11#mgf1sha256" => Some(OaepHash::Sha256),
        "http://www.w3.org/2009/xmlenc11#mgf1sha384" => Some(OaepHash::Sha384),
        "http://www.w3.org/2009/xmlenc11#mgf1sha512" => Some(OaepHash::Sha512),
        _ => None,
    }
}

/// The hash of a `ds:DigestMethod` inside ConcatKDF parameters.
pub(super) fn digest(uri: &str) -> Option<Hash> {
    match uri {
        "http://www.w3.org/2001/04/xmlenc#sha256" => Some(Hash::Sha256),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => Some(Hash::Sha384),
        "http://www.w3.org/2001/04/xmlenc#sha512" => Some(Hash::Sha512),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_identifier_and_every_name_that_it_writes() {
        for algorithm in ContentEncryption::ALL {
            assert_eq!(ContentEncryption::from_uri(algorithm.uri()), Some(*algorithm));
            assert_eq!(ContentEncryption::from_name(algorithm.name()), Some(*algorithm));
            assert_eq!(algorithm.is_authenticated(), !algorithm.name().starts_with("danger-"));
        }
        for algorithm in KeyTransport::ALL {
            assert_eq!(KeyTransport::from_uri(algorithm.uri()), Some(*algorithm));
            assert_eq!(KeyTransport::from_name(algorithm.name()), Some(*algorithm));
        }
        for algorithm in KeyWrap::ALL {
            assert_eq!(KeyWrap::from_uri(algorithm.uri()), Some(*algorithm));
            assert_eq!(KeyWrap::from_name(algorithm.name()), Some(*algorithm));
        }
    }

    #[test]
    fn refuses_what_is_broken_and_other_spellings() {
        for uri in [
            "",
            "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
            "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
            "http://www.w3.org/2009/xmlenc11#AES256-GCM",
            "http://www.w3.org/2009/xmlenc11#aes256-gcm ",
            "https://www.w3.org/2009/xmlenc11#aes256-gcm",
        ] {
            assert_eq!(ContentEncryption::from_uri(uri), None, "{uri}");
            assert_eq!(KeyTransport::from_uri(uri), None, "{uri}");
            assert_eq!(KeyWrap::from_uri(uri), None, "{uri}");
        }
        assert_eq!(digest("http://www.w3.org/2000/09/xmldsig#sha1"), None);
        assert_eq!(oaep_digest("http://www.w3.org/2000/09/xmldsig#sha1"), Some(OaepHash::Sha1));
        assert_eq!(oaep_mgf1("http://www.w3.org/2001/04/xmlenc#sha256"), None);
    }
}
