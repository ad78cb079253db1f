//! What is acceptable. Mechanism stands in the checks, choice stands here, as data.
//!
//! A policy starts from "nothing is accepted" and lists what is. It reads no clock and no
//! environment; its hash is written into every verdict, assertion and audit record.

mod card;
mod load;
mod mdoc;
mod revocation;
mod saml;

pub use card::{CardPolicy, CardRule, CardStatus, CertificatePolicy, WebEidPolicy};
pub use mdoc::{
    DeviceAuth, DeviceProof, DocumentContent, DocumentRule, HandoverKind, MdocPolicy, Times,
};
pub use revocation::RevocationPolicy;
pub use saml::{
    BundIdPolicy, EidServerPolicy, EidasSamlPolicy, MethodRule, SamlPolicy, SignedPart,
};

use crate::UnixTime;
use crate::crypto::{Alg, Hash, KeyKind, PublicKey, Scheme};
use crate::identity::{LevelOfAssurance, Loa};
use crate::verdict::Code;
use std::fmt;

/// A policy by name and version.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Policy {
    /// Name, `[a-z0-9-]{1,40}`.
    pub name: String,
    /// Version, from 1.
    pub version: u32,
    /// SHA-256 over the canonical text it was loaded from.
    pub digest: [u8; 32],
    /// Whether it has a laboratory setting. Verdicts under it can never become assertions.
    pub laboratory: bool,
    /// Clock difference tolerated on either side. Seconds, 0 to 120. Default 30.
    pub leeway_s: u32,
    /// Accepted signature algorithms; everything else is refused.
    pub algorithms: Vec<AlgorithmRule>,
    /// Rules of the family `sd_jwt_vc`; `None` refuses the family.
    pub sd_jwt_vc: Option<SdJwtVcPolicy>,
    /// Rules of the family `mdoc`; `None` refuses the family.
    pub mdoc: Option<MdocPolicy>,
    /// Which card certificates are accepted; `None` refuses the families `web_eid` and `certificate`.
    pub cards: Option<CardPolicy>,
    /// Rules of the family `web_eid`; `None` refuses the family.
    pub web_eid: Option<WebEidPolicy>,
    /// Rules of the family `certificate`; `None` refuses the family.
    pub certificate: Option<CertificatePolicy>,
    /// Rules of the family `eidas_saml`; `None` refuses the family.
    pub eidas_saml: Option<EidasSamlPolicy>,
    /// Rules of the family `bund_id`; `None` refuses the family.
    pub bund_id: Option<BundIdPolicy>,
    /// Rules of the family `eid_server`; `None` refuses the family.
    pub eid_server: Option<EidServerPolicy>,
    /// What is asked about the status of certificates, by the families that are given certificates.
    pub revocation: RevocationPolicy,
}

/// One accepted algorithm.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AlgorithmRule {
    /// The algorithm.
    pub alg: Alg,
    /// Accepted before this instant; `None` without end.
    pub until: Option<UnixTime>,
    /// Smallest accepted RSA modulus in bits; ignored for other keys.
    pub min_rsa_bits: u16,
}

impl AlgorithmRule {
    /// An algorithm without end, RSA from 2048 bits.
    #[must_use]
    pub const fn new(alg: Alg) -> Self {
        Self { alg, until: None, min_rsa_bits: 2048 }
    }
}

/// What is asked of an SD-JWT VC.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SdJwtVcPolicy {
    /// Accepted `typ` of the issuer-signed JWT. Default `dc+sd-jwt`; `vc+sd-jwt` is the legacy one.
    pub types: Vec<String>,
    /// Accepted `vct`, byte for byte; empty under a layer profile only.
    pub credential_types: Vec<String>,
    /// Whether the presentation must prove possession. Anything but `Required` is laboratory.
    pub key_binding: KeyBinding,
    /// Oldest accepted key binding, seconds before `now`. Default 300.
    pub key_binding_max_age_s: u32,
    /// What happens with a status reference. Anything but `Require` is laboratory.
    pub status: StatusRule,
    /// A credential that lives at most this long needs no status. Default 86400 (ARF VCR_01).
    pub short_lived_s: u32,
    /// Accepted hashes of disclosures.
    pub hashes: Vec<Hash>,
    /// What the content must be. Anything but `Pid` is laboratory.
    pub content: Content,
    /// Level of a credential of these types, before the anchor's cap. PIDs are high by law.
    pub loa: Loa,
    /// Largest presentation in bytes. Default 524288, at most that.
    pub max_bytes: u32,
}

/// Whether possession must be proved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyBinding {
    /// Checked where present. Laboratory.
    IfPresent,
    /// Always.
    Required,
}

/// What happens with the status of a credential.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StatusRule {
    /// Left out, and said so. Laboratory.
    NotEvaluated,
    /// Needed unless the credential is short-lived.
    Require,
}

/// What the content of a credential must be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// SD-JWT alone (RFC 9901), without the rules of SD-JWT VC. Laboratory.
    Layer,
    /// An SD-JWT VC of a listed type, its claims not mapped. Laboratory.
    Credential,
    /// Person identification data by the PID rulebook.
    Pid,
}

impl Policy {
    /// The policy `standard/1`: HAIP 1.0 for wallets, nothing of the laboratory.
    #[must_use]
    pub fn standard() -> Self {
        let mut policy = Self {
            name: "standard".to_owned(),
            version: 1,
            digest: [0; 32],
            laboratory: false,
            leeway_s: 30,
            algorithms: [Alg::Es256, Alg::Es384, Alg::EdDsa].map(AlgorithmRule::new).into(),
            sd_jwt_vc: Some(SdJwtVcPolicy::standard()),
            mdoc: Some(MdocPolicy::standard()),
            cards: None,
            web_eid: None,
            certificate: None,
            eidas_saml: None,
            bund_id: None,
            eid_server: None,
            revocation: RevocationPolicy::standard(),
        };
        policy.seal();
        policy
    }

    /// Whether every value is one that `policy.toml` may give, and a laboratory setting is stated as
    /// such. A policy that was changed in code is asked this before a broker is made of it.
    #[must_use]
    pub fn is_in_range(&self) -> bool {
        let sd_jwt_vc = self.sd_jwt_vc.as_ref();
        let mdoc = self.mdoc.as_ref();
        let by_wallet = sd_jwt_vc.is_some() || mdoc.is_some();
        let cards = self.cards.as_ref();
        let by_card = self.web_eid.is_some() || self.certificate.is_some();
        let by_saml =
            self.eidas_saml.is_some() || self.bund_id.is_some() || self.eid_server.is_some();
        self.leeway_s <= load::MAX_LEEWAY_S
            && self.revocation.is_in_range()
            && (by_wallet || by_card || by_saml)
            && (!by_wallet || !self.algorithms.is_empty())
            && sd_jwt_vc.is_none_or(SdJwtVcPolicy::is_in_range)
            && mdoc.is_none_or(MdocPolicy::is_in_range)
            && (cards.is_some() || !by_card)
            && cards.is_none_or(CardPolicy::is_in_range)
            && self.web_eid.as_ref().is_none_or(WebEidPolicy::is_in_range)
            && self.certificate.as_ref().is_none_or(CertificatePolicy::is_in_range)
            && self.eidas_saml.as_ref().is_none_or(EidasSamlPolicy::is_in_range)
            && self.bund_id.as_ref().is_none_or(BundIdPolicy::is_in_range)
            && self.eid_server.as_ref().is_none_or(EidServerPolicy::is_in_range)
            && (self.laboratory || !self.has_laboratory_setting())
    }

    fn has_laboratory_setting(&self) -> bool {
        self.sd_jwt_vc.as_ref().is_some_and(SdJwtVcPolicy::is_laboratory)
            || self.mdoc.as_ref().is_some_and(MdocPolicy::is_laboratory)
            || self.cards.as_ref().is_some_and(CardPolicy::is_laboratory)
            || self.eidas_saml.as_ref().is_some_and(EidasSamlPolicy::is_laboratory)
            || self.bund_id.as_ref().is_some_and(BundIdPolicy::is_laboratory)
            || self.eid_server.as_ref().is_some_and(EidServerPolicy::is_laboratory)
    }

    /// The levels that tokens of some family can reach under it, before an anchor's cap.
    pub fn reachable(&self) -> impl Iterator<Item = Loa> {
        let wallets = self.sd_jwt_vc.iter().map(|rules| rules.loa);
        let documents = self.mdoc.iter().flat_map(|rules| &rules.documents).map(|rule| rule.loa);
        let wallets = wallets.chain(documents);
        let cards = self.cards.iter().flat_map(|cards| &cards.rules).map(|rule| rule.loa);
        let level = LevelOfAssurance::High;
        let nodes = self.eidas_saml.iter().map(move |_| Loa { level, notified: true });
        let accounts =
            self.bund_id.iter().map(move |rules| Loa { level, notified: rules.notified });
        let servers = self.eid_server.iter().map(|rules| rules.loa);
        wallets.chain(cards).chain(nodes).chain(accounts).chain(servers)
    }

    /// Recomputes the digest after a change and notes whether a laboratory setting is in it.
    pub fn seal(&mut self) {
        self.laboratory |= self.has_laboratory_setting();
        self.digest = [0; 32];
        // `Debug` of plain data is the canonical text: every field, in order of declaration.
        self.digest = crate::crypto::sha256(format!("{self:?}").as_bytes());
    }

    /// Whether a signature algorithm is accepted with this key at this time.
    ///
    /// # Errors
    /// [`Code::AlgNotAllowed`] when it is not listed, [`Code::AlgExpired`] when its time has passed,
    /// [`Code::KeyWeak`] when an RSA key is shorter than the rule demands.
    pub fn accepts(&self, alg: Alg, key: &PublicKey, now: UnixTime) -> Result<(), Code> {
        accepts(&self.algorithms, alg, key, now)
    }

    /// Whether certificates may be signed by this scheme with this key at this time. Where several
    /// rules share curve or padding and hash, one that holds is enough.
    ///
    /// # Errors
    /// As [`Self::accepts`].
    pub fn accepts_scheme(
        &self,
        scheme: Scheme,
        key: &PublicKey,
        now: UnixTime,
    ) -> Result<(), Code> {
        accepts_scheme(&self.algorithms, scheme, key, now)
    }

    /// Names everything in the policy that decides at `now`: the digest, and how many algorithms have
    /// ended by then. What was remembered under another value is not to be used.
    #[must_use]
    pub fn digest_at(&self, now: UnixTime) -> [u8; 32] {
        let cards = self.cards.iter().flat_map(|cards| &cards.algorithms);
        let eidas = self.eidas_saml.iter().map(|rules| &rules.saml);
        let bund_id = self.bund_id.iter().map(|rules| &rules.saml);
        let eid_server = self.eid_server.iter().map(|rules| &rules.saml);
        let saml = eidas.chain(bund_id).chain(eid_server).flat_map(|rules| &rules.methods);
        let ends = self.algorithms.iter().chain(cards).map(|rule| rule.until);
        let ends = ends.chain(saml.map(|rule| rule.until));
        let ended = ends.filter(|until| until.is_some_and(|end| now >= end));
        let mut digest = self.digest;
        if let Some(last) = digest.last_mut() {
            *last ^= u8::try_from(ended.count()).unwrap_or(u8::MAX);
        }
        digest
    }

    /// `name/version#hash`, as verdicts name it.
    #[must_use]
    pub fn label(&self) -> String {
        let hash = crate::envelope::base64url::encode(self.digest.get(..12).unwrap_or_default());
        format!("{}/{}#{hash}", self.name, self.version)
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label())
    }
}

impl AlgorithmRule {
    fn check(&self, key: &PublicKey, now: UnixTime) -> Result<(), Code> {
        if self.until.is_some_and(|until| now >= until) {
            return Err(Code::AlgExpired);
        }
        if key.kind() == KeyKind::Rsa && key.bits() < usize::from(self.min_rsa_bits) {
            return Err(Code::KeyWeak);
        }
        Ok(())
    }
}

impl SdJwtVcPolicy {
    /// HAIP 1.0 with the PID rulebook: `dc+sd-jwt`, `urn:eudi:pid:1`, key binding, status.
    #[must_use]
    pub fn standard() -> Self {
        Self {
            types: vec!["dc+sd-jwt".to_owned()],
            credential_types: vec!["urn:eudi:pid:1".to_owned()],
            key_binding: KeyBinding::Required,
            key_binding_max_age_s: 300,
            status: StatusRule::Require,
            short_lived_s: 86_400,
            hashes: vec![Hash::Sha256, Hash::Sha384, Hash::Sha512],
            content: Content::Pid,
            loa: Loa { level: LevelOfAssurance::High, notified: true },
            max_bytes: load::MAX_BYTES,
        }
    }

    fn is_in_range(&self) -> bool {
        let named = self.content == Content::Layer || !self.credential_types.is_empty();
        named
            && !self.types.is_empty()
            && !self.hashes.is_empty()
            && (1..=load::MAX_KEY_BINDING_S).contains(&self.key_binding_max_age_s)
            && self.short_lived_s <= load::MAX_SHORT_LIVED_S
            && self.max_bytes <= load::MAX_BYTES
    }

    fn is_laboratory(&self) -> bool {
        self.key_binding != KeyBinding::Required
            || self.status != StatusRule::Require
            || self.content != Content::Pid
    }
}

fn accepts(rules: &[AlgorithmRule], alg: Alg, key: &PublicKey, now: UnixTime) -> Result<(), Code> {
    rules.iter().find(|rule| rule.alg == alg).ok_or(Code::AlgNotAllowed)?.check(key, now)
}

fn accepts_scheme(
    rules: &[AlgorithmRule],
    scheme: Scheme,
    key: &PublicKey,
    now: UnixTime,
) -> Result<(), Code> {
    let mut answer = Err(Code::AlgNotAllowed);
    for rule in rules {
        if same_strength(rule.alg, scheme) {
            answer = rule.check(key, now);
            if answer.is_ok() {
                break;
            }
        }
    }
    answer
}

// Certificates may combine a curve with another hash; the rule of the curve decides.
fn same_strength(alg: Alg, scheme: Scheme) -> bool {
    match (alg.scheme(), scheme) {
        (Scheme::Ecdsa { curve: a, .. }, Scheme::Ecdsa { curve: b, .. }) => a == b,
        (Scheme::Ed25519, Scheme::Ed25519) => true,
        (Scheme::RsaPkcs1 { hash: a }, Scheme::RsaPkcs1 { hash: b }) => a == b,
        (Scheme::RsaPss { hash: a, .. }, Scheme::RsaPss { hash: b, .. }) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_policy_has_no_laboratory_setting() {
        assert!(!Policy::standard().laboratory);
    }

    #[test]
    fn a_laboratory_setting_shows_in_flag_and_digest() {
        let mut policy = Policy::standard();
        policy.sd_jwt_vc.as_mut().unwrap().status = StatusRule::NotEvaluated;
        policy.seal();
        assert!(policy.laboratory);
        assert_ne!(policy.digest, Policy::standard().digest);
    }

    #[test]
    fn an_algorithm_ends_on_its_date() {
        let key = PublicKey::from_ed25519(&[9; 32]).unwrap();
        let mut policy = Policy::standard();
        policy.algorithms = vec![AlgorithmRule {
            until: Some(UnixTime::from_secs(100)),
            ..AlgorithmRule::new(Alg::EdDsa)
        }];
        let digest_at = |secs| policy.digest_at(UnixTime::from_secs(secs));
        assert_eq!(digest_at(1), digest_at(99));
        assert_ne!(digest_at(99), digest_at(100));
        assert_eq!(policy.accepts(Alg::EdDsa, &key, UnixTime::from_secs(99)), Ok(()));
        assert_eq!(
            policy.accepts(Alg::EdDsa, &key, UnixTime::from_secs(100)),
            Err(Code::AlgExpired)
        );
        assert_eq!(
            policy.accepts(Alg::Es256, &key, UnixTime::from_secs(99)),
            Err(Code::AlgNotAllowed)
        );
    }
}
