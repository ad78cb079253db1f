//! The algorithms of XML signatures, by their URIs. Which of them are accepted is the policy's
//! choice.

use crate::crypto::{Form, Hash, KeyKind, PublicKey, Scheme, danger_sha1};

/// A signature algorithm that this library knows (RFC 9231, 2.3; XML Signature 1.1, 6.4).
///
/// HMAC, DSA and everything with MD5 or RIPEMD have no variant: they cannot be asked for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum SignatureMethod {
    /// RSASSA-PKCS1-v1_5 with SHA-1, whose collisions are for sale. For suites of the time when it
    /// was in use; no policy accepts it.
    DangerRsaSha1,
    /// ECDSA with SHA-256 on whatever curve the key has; the value is `r‖s`.
    EcdsaSha256,
    /// ECDSA with SHA-384.
    EcdsaSha384,
    /// ECDSA with SHA-512.
    EcdsaSha512,
    /// RSASSA-PSS with SHA-256, MGF1 the same, salt 32 bytes.
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384, MGF1 the same, salt 48 bytes.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512, MGF1 the same, salt 64 bytes.
    RsaPssSha512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaSha512,
}

impl SignatureMethod {
    /// Every algorithm.
    pub const ALL: &'static [Self] = &[
        Self::DangerRsaSha1,
        Self::EcdsaSha256,
        Self::EcdsaSha384,
        Self::EcdsaSha512,
        Self::RsaPssSha256,
        Self::RsaPssSha384,
        Self::RsaPssSha512,
        Self::RsaSha256,
        Self::RsaSha384,
        Self::RsaSha512,
    ];

    /// The algorithm of a URI, byte for byte.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|method| method.uri() == uri)
    }

    /// The algorithm of a name such as `ecdsa-sha256`, as policies and verdicts have it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|method| method.name() == name)
    }

    /// Its URI.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        self.row().1
    }

    /// Its name: the end of the URI, with PSS spelled out.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// What it means for a key; `None` when the key is of another kind.
    #[must_use]
    pub fn scheme(self, key: &PublicKey) -> Option<Scheme> {
        match (self.row().2, key.kind()) {
            (Family::Ecdsa(hash), KeyKind::Ec(curve)) => {
                Some(Scheme::Ecdsa { curve, hash, form: Form::Raw })
            }
            (Family::RsaPkcs1(hash), KeyKind::Rsa) => Some(Scheme::RsaPkcs1 { hash }),
            (Family::RsaPss(hash), KeyKind::Rsa) => {
                Some(Scheme::RsaPss { hash, salt_len: hash.digest_len() })
            }
            (Family::DangerRsaSha1, KeyKind::Rsa) => Some(Scheme::DangerRsaPkcs1Sha1),
            _ => None,
        }
    }

    // One row per algorithm.
    const fn row(self) -> (&'static str, &'static str, Family) {
        match self {
            Self::DangerRsaSha1 => {
                ("rsa-sha1", "http://www.w3.org/2000/09/xmldsig#rsa-sha1", Family::DangerRsaSha1)
            }
            Self::EcdsaSha256 => (
                "ecdsa-sha256",
                "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
                Family::Ecdsa(Hash::Sha256),
            ),
            Self::EcdsaSha384 => (
                "ecdsa-sha384",
                "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
                Family::Ecdsa(Hash::Sha384),
            ),
            Self::EcdsaSha512 => (
                "ecdsa-sha512",
                "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
                Family::Ecdsa(Hash::Sha512),
            ),
            Self::RsaPssSha256 => (
                "rsa-pss-sha256",
                "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
                Family::RsaPss(Hash::Sha256),
            ),
            Self::RsaPssSha384 => (
                "rsa-pss-sha384",
                "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
                Family::RsaPss(Hash::Sha384),
            ),
            Self::RsaPssSha512 => (
                "rsa-pss-sha512",
                "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
                Family::RsaPss(Hash::Sha512),
            ),
            Self::RsaSha256 => (
                "rsa-sha256",
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                Family::RsaPkcs1(Hash::Sha256),
            ),
            Self::RsaSha384 => (
                "rsa-sha384",
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
                Family::RsaPkcs1(Hash::Sha384),
            ),
            Self::RsaSha512 => (
                "rsa-sha512",
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
                Family::RsaPkcs1(Hash::Sha512),
            ),
        }
    }
}

#[derive(Clone, Copy)]
enum Family {
    DangerRsaSha1,
    Ecdsa(Hash),
    RsaPkcs1(Hash),
    RsaPss(Hash),
}

/// The digest of a Reference.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum DigestMethod {
    DangerSha1,
    Hash(Hash),
}

impl DigestMethod {
    pub(super) fn from_uri(uri: &str) -> Option<Self> {
        if uri == "http://www.w3.org/2000/09/xmldsig#sha1" {
            return Some(Self::DangerSha1);
        }
        let hashes = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
        hashes.into_iter().find(|hash| digest_uri(*hash) == uri).map(Self::Hash)
    }

    pub(super) const fn len(self) -> usize {
        match self {
            Self::DangerSha1 => 20,
            Self::Hash(Hash::Sha256) => 32,
            Self::Hash(Hash::Sha384) => 48,
            Self::Hash(Hash::Sha512) => 64,
        }
    }

    /// Whether the digest of these octets is this one.
    pub(super) fn fits(self, octets: &[u8], digest: &[u8]) -> bool {
        match self {
            Self::DangerSha1 => crate::crypto::equal(&danger_sha1(octets), digest),
            Self::Hash(hash) => crate::crypto::equal(hash.digest(octets).as_ref(), digest),
        }
    }
}

/// The URI of a digest algorithm (XML Encryption 1.1, 5.8; RFC 9231, 2.1.3).
#[must_use]
pub const fn digest_uri(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
        Hash::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
        Hash::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_uri_and_name_that_it_emits_and_no_other() {
        for method in SignatureMethod::ALL {
            assert_eq!(SignatureMethod::from_uri(method.uri()), Some(*method));
            assert_eq!(SignatureMethod::from_name(method.name()), Some(*method));
        }
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            let method = DigestMethod::from_uri(digest_uri(hash)).unwrap();
            assert_eq!(method, DigestMethod::Hash(hash));
            assert_eq!(method.len(), hash.digest(b"").as_ref().len());
        }
        for other in [
            "",
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
            "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256 ",
            "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
        ] {
            assert_eq!(SignatureMethod::from_uri(other), None, "{other}");
        }
    }
}
