//! The algorithm table: what each JOSE name means. Which of them are accepted, and until when, is
//! the policy's choice and is data there.

use super::Hash;

/// A JWS algorithm that this library knows (RFC 7518, 3.1; RFC 8037; RFC 9864).
///
/// `none`, the HMAC family and ES256K have no variant: they cannot be asked for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Alg {
    /// Ed25519 under either of its names, `EdDSA` and `Ed25519`.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// RSASSA-PSS with SHA-256, MGF1 the same, salt 32 bytes.
    Ps256,
    /// RSASSA-PSS with SHA-384, MGF1 the same, salt 48 bytes.
    Ps384,
    /// RSASSA-PSS with SHA-512, MGF1 the same, salt 64 bytes.
    Ps512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

impl Alg {
    /// Every algorithm, by name.
    pub const ALL: &'static [Self] = &[
        Self::EdDsa,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
    ];

    /// The algorithm of a JOSE name, byte for byte; names are case sensitive (RFC 7515, 4.1.1).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        // RFC 9864 names Ed25519 fully; both names mean one algorithm for an Ed25519 key.
        if name == "Ed25519" {
            return Some(Self::EdDsa);
        }
        Self::ALL.iter().copied().find(|alg| alg.name() == name)
    }

    /// The algorithm of a COSE number (RFC 9053, 2; RFC 9864, 2): one that leaves the curve open is
    /// taken for the curve that ISO/IEC 18013-5, 9.1.2.4 has it with. RSA is not signed with here.
    #[must_use]
    pub const fn from_cose(number: i64) -> Option<Self> {
        match number {
            -7 | -9 => Some(Self::Es256),
            -35 | -51 => Some(Self::Es384),
            -36 | -52 => Some(Self::Es512),
            -8 | -19 => Some(Self::EdDsa),
            _ => None,
        }
    }

    /// The name that this library emits.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// What the algorithm means.
    #[must_use]
    pub const fn scheme(self) -> Scheme {
        self.row().1
    }

    /// The hash of the algorithm; SHA-512 for Ed25519.
    #[must_use]
    pub const fn hash(self) -> Hash {
        match self.scheme() {
            Scheme::Ecdsa { hash, .. }
            | Scheme::RsaPkcs1 { hash }
            | Scheme::RsaPss { hash, .. } => hash,
            // No row has the last one.
            Scheme::Ed25519 | Scheme::DangerRsaPkcs1Sha1 => Hash::Sha512,
        }
    }

    /// The kind of key that it takes.
    #[must_use]
    pub const fn key_kind(self) -> KeyKind {
        match self.scheme() {
            Scheme::Ecdsa { curve, .. } => KeyKind::Ec(curve),
            Scheme::Ed25519 => KeyKind::Ed25519,
            Scheme::RsaPkcs1 { .. } | Scheme::RsaPss { .. } | Scheme::DangerRsaPkcs1Sha1 => {
                KeyKind::Rsa
            }
        }
    }

    // One row per algorithm: the name that is emitted, and what it means.
    const fn row(self) -> (&'static str, Scheme) {
        match self {
            Self::EdDsa => ("EdDSA", Scheme::Ed25519),
            Self::Es256 => ("ES256", ecdsa(Curve::P256, Hash::Sha256)),
            Self::Es384 => ("ES384", ecdsa(Curve::P384, Hash::Sha384)),
            Self::Es512 => ("ES512", ecdsa(Curve::P521, Hash::Sha512)),
            Self::Ps256 => ("PS256", Scheme::RsaPss { hash: Hash::Sha256, salt_len: 32 }),
            Self::Ps384 => ("PS384", Scheme::RsaPss { hash: Hash::Sha384, salt_len: 48 }),
            Self::Ps512 => ("PS512", Scheme::RsaPss { hash: Hash::Sha512, salt_len: 64 }),
            Self::Rs256 => ("RS256", Scheme::RsaPkcs1 { hash: Hash::Sha256 }),
            Self::Rs384 => ("RS384", Scheme::RsaPkcs1 { hash: Hash::Sha384 }),
            Self::Rs512 => ("RS512", Scheme::RsaPkcs1 { hash: Hash::Sha512 }),
        }
    }
}

/// The kind of a public key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum KeyKind {
    /// An elliptic-curve point.
    Ec(Curve),
    /// An Ed25519 key.
    Ed25519,
    /// An RSA key.
    Rsa,
}

/// A named curve.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Curve {
    /// NIST P-256, secp256r1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
    /// NIST P-521, secp521r1.
    P521,
    /// brainpoolP256r1 (RFC 5639, 3.4).
    BrainpoolP256r1,
    /// brainpoolP384r1 (RFC 5639, 3.6).
    BrainpoolP384r1,
    /// brainpoolP512r1 (RFC 5639, 3.7).
    BrainpoolP512r1,
}

impl Curve {
    /// Every curve.
    pub const ALL: &'static [Self] = &[
        Self::P256,
        Self::P384,
        Self::P521,
        Self::BrainpoolP256r1,
        Self::BrainpoolP384r1,
        Self::BrainpoolP512r1,
    ];

    /// Bits of the field.
    #[must_use]
    pub const fn bits(self) -> usize {
        match self {
            Self::P256 | Self::BrainpoolP256r1 => 256,
            Self::P384 | Self::BrainpoolP384r1 => 384,
            Self::BrainpoolP512r1 => 512,
            Self::P521 => 521,
        }
    }

    /// Length of a coordinate in bytes.
    #[must_use]
    pub const fn coordinate_len(self) -> usize {
        self.bits().div_ceil(8)
    }

    /// The JWK name (RFC 7518, 6.2.1.1). Brainpool curves have none; theirs is the name of RFC 5639,
    /// which [`Self::from_jwk_name`] does not take.
    #[must_use]
    pub const fn jwk_name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::BrainpoolP256r1 => "brainpoolP256r1",
            Self::BrainpoolP384r1 => "brainpoolP384r1",
            Self::BrainpoolP512r1 => "brainpoolP512r1",
        }
    }

    /// The curve of a COSE number (RFC 9053, 7.1; ISO/IEC 18013-5, table 22).
    #[must_use]
    pub const fn from_cose(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::P256),
            2 => Some(Self::P384),
            3 => Some(Self::P521),
            256 => Some(Self::BrainpoolP256r1),
            258 => Some(Self::BrainpoolP384r1),
            259 => Some(Self::BrainpoolP512r1),
            _ => None,
        }
    }

    /// The curve of a JWK name.
    #[must_use]
    pub fn from_jwk_name(name: &str) -> Option<Self> {
        [Self::P256, Self::P384, Self::P521].into_iter().find(|curve| curve.jwk_name() == name)
    }
}

/// How an ECDSA signature is written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two")]
pub enum Form {
    /// `Ecdsa-Sig-Value` in DER (X.509, CMS).
    Der,
    /// `r‖s`, each as long as a coordinate (RFC 7518, 3.4; COSE).
    Raw,
}

/// A signature scheme with every parameter fixed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Scheme {
    /// ECDSA.
    Ecdsa {
        /// The curve of the key.
        curve: Curve,
        /// The hash of the message.
        hash: Hash,
        /// How the signature is written.
        form: Form,
    },
    /// Ed25519 (RFC 8032), pure.
    Ed25519,
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1 {
        /// The hash of the message.
        hash: Hash,
    },
    /// RSASSA-PSS; MGF1 uses the same hash.
    RsaPss {
        /// The hash of the message and of MGF1.
        hash: Hash,
        /// Salt length in bytes, exact.
        salt_len: u16,
    },
    /// RSASSA-PKCS1-v1_5 with SHA-1, whose collisions are for sale. For suites of the time when it
    /// was in use: no name in a policy leads here, and no certificate does unless
    /// [`crate::pki::AlgorithmRules::danger_rsa_sha1`] says so.
    DangerRsaPkcs1Sha1,
}

const fn ecdsa(curve: Curve, hash: Hash) -> Scheme {
    Scheme::Ecdsa { curve, hash, form: Form::Raw }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_name_that_it_emits() {
        for alg in Alg::ALL {
            assert_eq!(Alg::from_name(alg.name()), Some(*alg));
        }
    }

    #[test]
    fn refuses_other_spellings() {
        for name in ["", "none", "es256", "ES256 ", "HS256", "ES256K", "ed25519"] {
            assert_eq!(Alg::from_name(name), None, "{name:?}");
        }
        assert_eq!(Alg::from_name("Ed25519"), Some(Alg::EdDsa));
    }
}
