use crate::UnixTime;
use crate::crypto::{Hash, KeyKind, PublicKey};
use crate::envelope::xml::signature::SignatureMethod;
use crate::identity::Country;
use crate::verdict::{Code, Detail, Place, Refusal};

/// What signed metadata must be to be believed. Plain data.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MetadataRules {
    /// The role that is read.
    pub role: MetadataRole,
    /// Signature methods of the document.
    pub methods: Vec<SignatureMethod>,
    /// RSASSA-PKCS1-v1_5 with SHA-2 is accepted until this instant; `None`: it is not.
    pub rsa_pkcs1_until: Option<UnixTime>,
    /// Digest methods of the document.
    pub digests: Vec<Hash>,
    /// Smallest RSA modulus of a signer and of a key in the document, in bits.
    pub min_rsa_bits: u32,
    /// A `validUntil` that is further ahead than this is not believed, in seconds.
    pub max_validity_s: u32,
    /// Whether a `validUntil` must be there.
    pub validity: Validity,
    /// The country that the entity must speak for.
    pub country: Option<Country>,
    /// Whether a country must be known, from here or from the document.
    pub country_needed: bool,
}

/// The role of an entity (SAML V2.0 Metadata, 2.4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MetadataRole {
    /// `IDPSSODescriptor`: an eIDAS proxy service, BundID, an eID server.
    IdentityProvider,
    /// `SPSSODescriptor`: an eIDAS connector; for suites and for our own metadata.
    ServiceProvider,
}

/// Whether a document must say until when it is valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Validity {
    /// `validUntil` must be there.
    Stated,
    /// Without `validUntil` it is bounded by somebody else: the age of its source, or the list that
    /// names it.
    BoundedElsewhere,
}

impl MetadataRole {
    pub(super) const fn element(self) -> &'static str {
        match self {
            Self::IdentityProvider => "IDPSSODescriptor",
            Self::ServiceProvider => "SPSSODescriptor",
        }
    }
}

impl MetadataRules {
    /// What eIDAS asks of its nodes: RSASSA-PSS or ECDSA with SHA-2, RSA of 3072 bits, a
    /// `validUntil` at most 400 days ahead, and a country.
    #[must_use]
    pub fn eidas_node() -> Self {
        Self {
            role: MetadataRole::IdentityProvider,
            methods: vec![
                SignatureMethod::RsaPssSha256,
                SignatureMethod::RsaPssSha384,
                SignatureMethod::RsaPssSha512,
                SignatureMethod::EcdsaSha256,
                SignatureMethod::EcdsaSha384,
                SignatureMethod::EcdsaSha512,
            ],
            rsa_pkcs1_until: None,
            digests: vec![Hash::Sha256, Hash::Sha384, Hash::Sha512],
            min_rsa_bits: 3072,
            max_validity_s: DEFAULT_MAX_VALIDITY_S,
            validity: Validity::Stated,
            country: None,
            country_needed: true,
        }
    }

    /// The same for an issuer of one's own country, which names none.
    #[must_use]
    pub fn general() -> Self {
        Self { country_needed: false, ..Self::eidas_node() }
    }

    pub(super) fn accepts(&self, method: SignatureMethod, key: &PublicKey) -> Result<(), Code> {
        let legacy = self.rsa_pkcs1_until.is_some() && is_pkcs1(method);
        if !legacy && !self.methods.contains(&method) {
            return Err(Code::AlgNotAllowed);
        }
        self.check_size(key, Place::NONE).map_err(|refusal| refusal.code())
    }

    /// The last second in which a document that was signed like this may be believed.
    pub(super) fn method_until(&self, method: SignatureMethod) -> Option<UnixTime> {
        let listed = self.methods.contains(&method);
        self.rsa_pkcs1_until.filter(|_| !listed).map(|until| until.minus(1))
    }

    /// # Errors
    /// [`Code::KeyWeak`] for an RSA key below the limit. Every named curve that this library knows
    /// has at least 256 bits.
    pub(super) fn check_size(&self, key: &PublicKey, place: Place) -> Result<(), Refusal> {
        let (limit, found) =
            (u64::from(self.min_rsa_bits), u64::try_from(key.bits()).unwrap_or(u64::MAX));
        if key.kind() == KeyKind::Rsa && found < limit {
            let refusal = Refusal::new(Code::KeyWeak, place);
            return Err(refusal.with(Detail::Limit { limit, found }));
        }
        Ok(())
    }
}

const fn is_pkcs1(method: SignatureMethod) -> bool {
    matches!(
        method,
        SignatureMethod::RsaSha256 | SignatureMethod::RsaSha384 | SignatureMethod::RsaSha512
    )
}

/// Nodes publish a day, federations a fortnight, hand-made documents a year.
pub(in crate::trust) const DEFAULT_MAX_VALIDITY_S: u32 = 400 * 86_400;
