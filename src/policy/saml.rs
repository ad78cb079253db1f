//! What is asked of SAML responses: `[eidas_saml]`, `[bund_id]` and `[eid_server]` of `policy.toml`.

use super::load::names;
use crate::UnixTime;
use crate::config::{Findings, Table, Value};
use crate::crypto::{Hash, KeyKind, PublicKey};
use crate::envelope::xml::encryption::{ContentEncryption, EncryptionRules, KeyTransport, KeyWrap};
use crate::envelope::xml::signature::SignatureMethod;
use crate::identity::{LevelOfAssurance, Loa};
use crate::verdict::Code;

/// What the SAML families share.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SamlPolicy {
    /// Accepted signature methods; everything else is refused.
    pub methods: Vec<MethodRule>,
    /// Accepted hashes of signed references.
    pub digests: Vec<Hash>,
    /// How an assertion may be encrypted.
    pub encryption: EncryptionRules,
    /// Whether the assertion must be encrypted. Anything but yes is laboratory.
    pub require_encrypted: bool,
    /// What must be signed.
    pub signed: SignedPart,
    /// How old a response may be. Seconds, 30 to 3600. Default 300.
    pub max_age_s: u32,
    /// Largest message in bytes, after decoding. Default 131072; more, up to 1048576, is laboratory.
    pub max_bytes: u32,
}

/// One accepted signature method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MethodRule {
    /// The method.
    pub method: SignatureMethod,
    /// Accepted before this instant; `None` without end.
    pub until: Option<UnixTime>,
    /// Smallest accepted RSA modulus in bits; ignored for other keys.
    pub min_rsa_bits: u16,
}

impl MethodRule {
    /// A method without end, RSA from 3072 bits.
    #[must_use]
    pub const fn new(method: SignatureMethod) -> Self {
        Self { method, until: None, min_rsa_bits: MIN_RSA_BITS }
    }
}

/// What of a message must carry a signature of its issuer. A signature beyond that is verified too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the placements of the SAML bindings")]
pub enum SignedPart {
    /// The assertion.
    Assertion,
    /// The response and the assertion.
    Both,
    /// At least one of them.
    Either,
    /// The query string that carries the response (HTTP-Redirect).
    Query,
    /// The response.
    Response,
}

/// What is asked of a response of an eIDAS node.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EidasSamlPolicy {
    /// What the SAML families share.
    pub saml: SamlPolicy,
    /// `rsa-oaep-mgf1p` is accepted only of nodes whose highest stated protocol version is below this
    /// one, as major and minor number; of one that states none it is refused. Default 1.4.
    pub mgf1p_before: (u8, u8),
    /// Levels of assurance of schemes that are not notified, by their URIs. Default none; those under
    /// `http://eidas.europa.eu/NotNotified/LoA/` need no entry.
    pub levels: Vec<(String, LevelOfAssurance)>,
}

/// What is asked of a response of the German federal account.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BundIdPolicy {
    /// What the SAML families share.
    pub saml: SamlPolicy,
    /// Whether its levels count as those of a notified scheme ((EU) No 910/2014, 9).
    pub notified: bool,
    /// What `STORK-QAA-Level-1`, user name and password with data of the person's own word, counts
    /// as. Default nothing: it is refused.
    pub level_1: Option<LevelOfAssurance>,
}

/// What is asked of a response of a German eID server.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EidServerPolicy {
    /// What the SAML families share.
    pub saml: SamlPolicy,
    /// The level of a card, before the anchor's cap. The German scheme is notified as high.
    pub loa: Loa,
}

impl SamlPolicy {
    /// eIDAS SAML message format 1.2 to 1.4 and cryptographic requirements: RSASSA-PSS from 3072 bits
    /// or ECDSA, the response signed, the assertion encrypted with AES-GCM.
    #[must_use]
    pub fn eidas() -> Self {
        let mut encryption = EncryptionRules::authenticated();
        encryption.transport = KeyTransport::ALL.to_vec();
        Self {
            methods: EIDAS_METHODS.iter().copied().map(MethodRule::new).collect(),
            digests: vec![Hash::Sha256, Hash::Sha384, Hash::Sha512],
            encryption,
            require_encrypted: true,
            signed: SignedPart::Response,
            max_age_s: 300,
            max_bytes: MAX_BYTES,
        }
    }

    /// As for eIDAS, RSASSA-PKCS1-v1_5 too, and the signature within the encryption.
    #[must_use]
    pub fn bund_id() -> Self {
        let methods = EIDAS_METHODS.iter().chain(PKCS1_METHODS).copied();
        Self {
            methods: methods.map(MethodRule::new).collect(),
            signed: SignedPart::Assertion,
            ..Self::eidas()
        }
    }

    /// BSI TR-03130-1 with TR-03116-4: the query string signed, the assertion encrypted.
    #[must_use]
    pub fn eid_server() -> Self {
        Self { signed: SignedPart::Query, ..Self::bund_id() }
    }

    /// Whether a signature method is accepted with this key at this time.
    ///
    /// # Errors
    /// [`Code::AlgNotAllowed`] when it is not listed, [`Code::AlgExpired`] when its time has passed,
    /// [`Code::KeyWeak`] when an RSA key is shorter than the rule demands.
    pub fn accepts(
        &self,
        method: SignatureMethod,
        key: &PublicKey,
        now: UnixTime,
    ) -> Result<(), Code> {
        let rule = self.methods.iter().find(|rule| rule.method == method);
        let rule = rule.ok_or(Code::AlgNotAllowed)?;
        if rule.until.is_some_and(|until| now >= until) {
            return Err(Code::AlgExpired);
        }
        if key.kind() == KeyKind::Rsa && key.bits() < usize::from(rule.min_rsa_bits) {
            return Err(Code::KeyWeak);
        }
        Ok(())
    }

    fn is_in_range(&self, placements: &[SignedPart]) -> bool {
        let sha1 = |rule: &MethodRule| rule.method == SignatureMethod::DangerRsaSha1;
        !self.methods.is_empty()
            && !self.methods.iter().any(sha1)
            && !self.digests.is_empty()
            && !self.encryption.content.is_empty()
            && !self.encryption.transport.is_empty()
            && placements.contains(&self.signed)
            && MAX_AGE_S.contains(&self.max_age_s)
            && (MIN_BYTES..=LABORATORY_BYTES).contains(&self.max_bytes)
    }

    fn is_laboratory(&self) -> bool {
        !self.require_encrypted || self.encryption.has_danger() || self.max_bytes > MAX_BYTES
    }
}

impl EidasSamlPolicy {
    /// As [`SamlPolicy::eidas`], no level but those of eIDAS.
    #[must_use]
    pub fn standard() -> Self {
        Self { saml: SamlPolicy::eidas(), mgf1p_before: (1, 4), levels: Vec::new() }
    }

    /// What may be decrypted of a node that states these versions.
    #[must_use]
    pub fn encryption_of(&self, protocol_versions: &[String]) -> EncryptionRules {
        let highest = protocol_versions.iter().map(|version| read_version(version)).max();
        let mut rules = self.saml.encryption.clone();
        // A version that cannot be read counts as none, whatever else is stated: `None` is the least,
        // so it is looked for apart.
        let unread = protocol_versions.iter().any(|version| read_version(version).is_none());
        let old = highest.flatten().is_some_and(|version| version < self.mgf1p_before);
        if unread || !old {
            rules.transport.retain(|one| *one != KeyTransport::RsaOaepMgf1p);
        }
        rules
    }

    pub(super) fn is_in_range(&self) -> bool {
        self.saml.is_in_range(XML_PLACEMENTS)
            && self.levels.len() <= MAX_LEVELS
            && self.levels.iter().all(|(uri, _)| is_level_uri(uri))
    }

    // An eIDAS response is signed as a whole; the other placements are for suites.
    pub(super) fn is_laboratory(&self) -> bool {
        let whole = matches!(self.saml.signed, SignedPart::Response | SignedPart::Both);
        self.saml.is_laboratory() || !whole
    }
}

impl BundIdPolicy {
    /// As [`SamlPolicy::bund_id`].
    ///
    /// * `notified`: whether its levels count as those of a notified scheme.
    #[must_use]
    pub fn standard(notified: bool) -> Self {
        Self { saml: SamlPolicy::bund_id(), notified, level_1: None }
    }

    pub(super) fn is_in_range(&self) -> bool {
        // What nobody checked is at most low.
        self.saml.is_in_range(XML_PLACEMENTS)
            && self.level_1.is_none_or(|level| level == LevelOfAssurance::Low)
    }

    pub(super) fn is_laboratory(&self) -> bool {
        self.saml.is_laboratory()
    }
}

impl EidServerPolicy {
    /// As [`SamlPolicy::eid_server`].
    #[must_use]
    pub fn standard() -> Self {
        let loa = Loa { level: LevelOfAssurance::High, notified: true };
        Self { saml: SamlPolicy::eid_server(), loa }
    }

    pub(super) fn is_in_range(&self) -> bool {
        self.saml.is_in_range(QUERY_PLACEMENT)
    }

    pub(super) fn is_laboratory(&self) -> bool {
        self.saml.is_laboratory()
    }
}

/// Reads a version of the eIDAS message format such as `1.4`.
fn read_version(text: &str) -> Option<(u8, u8)> {
    let (major, minor) = text.split_once('.')?;
    let number = |part: &str| {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse().ok())?
    };
    Some((number(major)?, number(minor)?))
}

// The levels of eIDAS themselves are not for a table to change.
fn is_level_uri(uri: &str) -> bool {
    let taken = ["http://eidas.europa.eu/loa/", "http://eidas.europa.eu/notnotified/loa/"];
    let folded = uri.to_ascii_lowercase();
    uri.contains(':')
        && uri.len() <= 1024
        && uri.bytes().all(|byte| byte.is_ascii_graphic())
        && !taken.iter().any(|prefix| folded.starts_with(prefix))
}

pub(super) fn read_eidas(
    table: &mut Table<'_>,
    laboratory: bool,
    findings: &mut Findings,
) -> Option<EidasSamlPolicy> {
    let standard = EidasSamlPolicy::standard();
    let saml = read_shared(table, standard.saml, XML_CHOICES, laboratory, findings);
    let mgf1p_before =
        table.optional_as("mgf1p_before", "a version such as \"1.4\"", findings, read_version);
    let mut seen: Vec<String> = Vec::new();
    let levels = table.tables("level", findings, |table, findings| {
        let uri = table.required_as("uri", "a URI that is not one of eIDAS", findings, |text| {
            is_level_uri(text).then(|| text.to_owned())
        });
        let level = table.required_choice("level", LEVELS, findings);
        let uri = uri?;
        if seen.contains(&uri) {
            table.error("uri", "is listed already", findings);
        }
        seen.push(uri.clone());
        Some((uri, level?))
    });
    if levels.len() > MAX_LEVELS {
        table.error("level", "there are more than 64", findings);
    }
    let policy = EidasSamlPolicy {
        saml: saml?,
        mgf1p_before: mgf1p_before.unwrap_or(standard.mgf1p_before),
        levels,
    };
    if !laboratory && !matches!(policy.saml.signed, SignedPart::Response | SignedPart::Both) {
        table.error("signed", LABORATORY, findings);
    }
    Some(policy)
}

pub(super) fn read_bund_id(
    table: &mut Table<'_>,
    laboratory: bool,
    findings: &mut Findings,
) -> Option<BundIdPolicy> {
    let saml = read_shared(table, SamlPolicy::bund_id(), XML_CHOICES, laboratory, findings);
    let notified = table.required_bool("notified", findings);
    let choices = [("refuse", None), ("low", Some(LevelOfAssurance::Low))];
    let level_1 = table.optional_choice("level_1", &choices, findings).flatten();
    Some(BundIdPolicy { saml: saml?, notified: notified?, level_1 })
}

pub(super) fn read_eid_server(
    table: &mut Table<'_>,
    laboratory: bool,
    findings: &mut Findings,
) -> Option<EidServerPolicy> {
    let saml = read_shared(table, SamlPolicy::eid_server(), QUERY_CHOICES, laboratory, findings);
    let level = table.required_choice("loa", LEVELS, findings);
    let notified = table.required_bool("notified", findings);
    Some(EidServerPolicy { saml: saml?, loa: Loa { level: level?, notified: notified? } })
}

fn read_shared(
    table: &mut Table<'_>,
    standard: SamlPolicy,
    placements: &[(&str, SignedPart)],
    laboratory: bool,
    findings: &mut Findings,
) -> Option<SamlPolicy> {
    let errors_before = findings.errors();
    let methods = read_methods(table, findings);
    let digests =
        read_list(table, "digests", findings, |value, findings| value.choice(HASHES, findings));
    let content = read_named(table, "content", ContentEncryption::ALL, |one| one.name(), findings);
    let transport = read_named(table, "transport", KeyTransport::ALL, |one| one.name(), findings);
    let wrap = read_named(table, "wrap", KeyWrap::ALL, |one| one.name(), findings);
    let oaep_coupled = table.optional_bool("oaep_coupled", findings);
    let require_encrypted = table.optional_bool("require_encrypted", findings);
    let signed = table.optional_choice("signed", placements, findings);
    let max_age_s = table.optional_duration_s("max_age", MAX_AGE_S, findings);
    let max_bytes = table.optional_u32("max_bytes", MIN_BYTES..=LABORATORY_BYTES, findings);
    let mut encryption = standard.encryption;
    encryption.content = content.unwrap_or(encryption.content);
    encryption.transport = transport.unwrap_or(encryption.transport);
    encryption.wrap = wrap.unwrap_or(encryption.wrap);
    encryption.oaep_coupled = oaep_coupled.unwrap_or(encryption.oaep_coupled);
    let policy = SamlPolicy {
        methods: methods.unwrap_or(standard.methods),
        digests: digests.unwrap_or(standard.digests),
        encryption,
        require_encrypted: require_encrypted.unwrap_or(standard.require_encrypted),
        signed: signed.unwrap_or(standard.signed),
        max_age_s: max_age_s.unwrap_or(standard.max_age_s),
        max_bytes: max_bytes.unwrap_or(standard.max_bytes),
    };
    if !laboratory {
        // The other face of `SamlPolicy::is_laboratory`.
        let settings = [
            ("require_encrypted", !policy.require_encrypted),
            ("content", policy.encryption.has_danger()),
            ("max_bytes", policy.max_bytes > MAX_BYTES),
        ];
        for (key, _) in settings.iter().filter(|(_, is_laboratory)| *is_laboratory) {
            table.error(key, LABORATORY, findings);
        }
    }
    (findings.errors() == errors_before).then_some(policy)
}

// Methods that are not listed are those of the standard; an empty list is a mistake.
fn read_methods(table: &mut Table<'_>, findings: &mut Findings) -> Option<Vec<MethodRule>> {
    if !table.has("method") {
        return None;
    }
    let errors_before = findings.errors();
    let mut seen = Vec::new();
    let rules = table.tables("method", findings, |table, findings| {
        let known = SignatureMethod::ALL.iter().copied().filter(|method| !is_sha1(*method));
        let what = format!("one of {}", names(known.map(SignatureMethod::name)));
        let method = table.required_as("name", &what, findings, |name| {
            SignatureMethod::from_name(name).filter(|method| !is_sha1(*method))
        });
        let until = table.optional_time("until", findings);
        let bits = table.optional_u32("min_rsa_bits", 2_048..=8_192, findings);
        let method = method?;
        if seen.contains(&method) {
            table.error("name", "is listed already", findings);
        }
        seen.push(method);
        let mut rule = MethodRule { until, ..MethodRule::new(method) };
        if let Some(bits) = bits.and_then(|bits| u16::try_from(bits).ok()) {
            rule.min_rsa_bits = bits;
        }
        if method.name().starts_with("ecdsa") && table.has("min_rsa_bits") {
            table.error("min_rsa_bits", "has a meaning for RSA only", findings);
        }
        Some(rule)
    });
    if rules.is_empty() && findings.errors() == errors_before {
        table.error("method", "must not be empty", findings);
    }
    Some(rules)
}

const fn is_sha1(method: SignatureMethod) -> bool {
    matches!(method, SignatureMethod::DangerRsaSha1)
}

fn read_named<T: Copy + PartialEq>(
    table: &mut Table<'_>,
    key: &'static str,
    all: &[T],
    name: fn(T) -> &'static str,
    findings: &mut Findings,
) -> Option<Vec<T>> {
    let choices: Vec<_> = all.iter().map(|one| (name(*one), *one)).collect();
    read_list(table, key, findings, |value, findings| value.choice(&choices, findings))
}

// At least one, none twice.
fn read_list<T: Copy + PartialEq>(
    table: &mut Table<'_>,
    key: &'static str,
    findings: &mut Findings,
    read: impl FnMut(Value<'_>, &mut Findings) -> Option<T>,
) -> Option<Vec<T>> {
    let list = table.optional_list(key, findings, read)?;
    if list.is_empty() {
        table.error(key, "must not be empty", findings);
    }
    let repeated = |one: &T| list.iter().filter(|other| *other == one).count() > 1;
    if list.iter().any(repeated) {
        table.error(key, "has one more than once", findings);
    }
    Some(list)
}

// eIDAS cryptographic requirements for the interoperability framework, 3.2.
const EIDAS_METHODS: &[SignatureMethod] = &[
    SignatureMethod::RsaPssSha256,
    SignatureMethod::RsaPssSha384,
    SignatureMethod::RsaPssSha512,
    SignatureMethod::EcdsaSha256,
    SignatureMethod::EcdsaSha384,
    SignatureMethod::EcdsaSha512,
];
const PKCS1_METHODS: &[SignatureMethod] =
    &[SignatureMethod::RsaSha256, SignatureMethod::RsaSha384, SignatureMethod::RsaSha512];

const HASHES: &[(&str, Hash)] =
    &[("sha-256", Hash::Sha256), ("sha-384", Hash::Sha384), ("sha-512", Hash::Sha512)];
const LEVELS: &[(&str, LevelOfAssurance)] = &[
    (LevelOfAssurance::Low.name(), LevelOfAssurance::Low),
    (LevelOfAssurance::Substantial.name(), LevelOfAssurance::Substantial),
    (LevelOfAssurance::High.name(), LevelOfAssurance::High),
];
const XML_CHOICES: &[(&str, SignedPart)] = &[
    ("response", SignedPart::Response),
    ("assertion", SignedPart::Assertion),
    ("either", SignedPart::Either),
    ("both", SignedPart::Both),
];
const XML_PLACEMENTS: &[SignedPart] =
    &[SignedPart::Response, SignedPart::Assertion, SignedPart::Either, SignedPart::Both];
const QUERY_CHOICES: &[(&str, SignedPart)] = &[("query", SignedPart::Query)];
const QUERY_PLACEMENT: &[SignedPart] = &[SignedPart::Query];

const LABORATORY: &str = "is a laboratory setting; it needs `laboratory = true` at the top, and \
                          verdicts under it never become assertions";

// eIDAS cryptographic requirements: RSA from 3072 bits; BSI TR-03116-4: from 3000.
const MIN_RSA_BITS: u16 = 3_072;
// A response travels through one browser at once; an hour bridges the worst clock.
const MAX_AGE_S: std::ops::RangeInclusive<u32> = 30..=3_600;
// The limit of the reference node (docs/limits.md).
const MAX_BYTES: u32 = 131_072;
// What growth is measured under.
const LABORATORY_BYTES: u32 = 1_048_576;
// Below this no signed response fits.
const MIN_BYTES: u32 = 1_024;
// Two for each Member State, and room.
const MAX_LEVELS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    const HEAD: &str = "name = \"x\"\nversion = 1\n";

    fn load(more: &str) -> (Option<Policy>, Vec<String>) {
        let mut findings = Findings::new();
        let policy = Policy::from_toml(&format!("{HEAD}{more}"), "p", &mut findings);
        (policy, findings.iter().map(ToString::to_string).collect())
    }

    fn good(more: &str) -> Policy {
        let (policy, findings) = load(more);
        assert_eq!(findings, Vec::<String>::new(), "{more}");
        let policy = policy.unwrap();
        assert!(policy.is_in_range(), "{more}");
        policy
    }

    fn finding(more: &str) -> String {
        let (policy, findings) = load(more);
        assert!(policy.is_none(), "{more}");
        assert_eq!(findings.len(), 1, "{findings:#?}");
        findings[0].split_once("error: ").unwrap().1.to_owned()
    }

    #[test]
    fn what_is_left_out_is_as_in_the_standard() {
        let policy = good(
            "[eidas_saml]\n[bund_id]\nnotified = false\n[eid_server]\nloa = \"high\"\nnotified = true\n",
        );
        assert_eq!(policy.eidas_saml, Some(EidasSamlPolicy::standard()));
        assert_eq!(policy.bund_id, Some(BundIdPolicy::standard(false)));
        assert_eq!(policy.eid_server, Some(EidServerPolicy::standard()));
        assert!(!policy.laboratory && policy.algorithms.is_empty());
    }

    #[test]
    fn the_standards_are_those_of_the_fact_sheets() {
        let eidas = SamlPolicy::eidas();
        assert_eq!((eidas.signed, eidas.require_encrypted), (SignedPart::Response, true));
        assert!(eidas.methods.iter().all(|rule| !rule.method.name().starts_with("rsa-sha")));
        assert!(eidas.methods.iter().all(|rule| rule.min_rsa_bits == 3_072));
        assert!(!eidas.encryption.has_danger());
        let bund_id = SamlPolicy::bund_id();
        assert_eq!((bund_id.signed, bund_id.methods.len()), (SignedPart::Assertion, 9));
        assert_eq!(SamlPolicy::eid_server().signed, SignedPart::Query);
    }

    #[test]
    fn every_key_is_read() {
        let policy = good(
            "[eidas_saml]\nsigned = \"both\"\nmax_age = \"2m\"\nmax_bytes = 65536\n\
             digests = [\"sha-512\"]\ncontent = [\"aes256-gcm\"]\ntransport = [\"ecdh-es\"]\n\
             wrap = [\"kw-aes256\"]\noaep_coupled = true\nmgf1p_before = \"1.3\"\n\
             [[eidas_saml.method]]\nname = \"rsa-pss-sha512\"\nmin_rsa_bits = 4096\n\
             until = \"2030-01-01T00:00:00Z\"\n[[eidas_saml.method]]\nname = \"ecdsa-sha384\"\n\
             [[eidas_saml.level]]\nuri = \"urn:xx:loa:2\"\nlevel = \"substantial\"\n\
             [bund_id]\nnotified = true\nlevel_1 = \"low\"\n",
        );
        let eidas = policy.eidas_saml.unwrap();
        assert_eq!(eidas.saml.signed, SignedPart::Both);
        assert_eq!((eidas.saml.max_age_s, eidas.saml.max_bytes), (120, 65_536));
        assert_eq!(eidas.saml.digests, [Hash::Sha512]);
        assert_eq!(eidas.saml.encryption.content, [ContentEncryption::Aes256Gcm]);
        assert_eq!(eidas.saml.encryption.transport, [KeyTransport::EcdhEs]);
        assert_eq!(eidas.saml.encryption.wrap, [KeyWrap::Aes256]);
        assert!(eidas.saml.encryption.oaep_coupled);
        assert_eq!(eidas.mgf1p_before, (1, 3));
        assert_eq!(eidas.saml.methods.len(), 2);
        assert_eq!(eidas.saml.methods[0].min_rsa_bits, 4_096);
        assert_eq!(eidas.levels, [("urn:xx:loa:2".to_owned(), LevelOfAssurance::Substantial)]);
        let bund_id = policy.bund_id.unwrap();
        assert_eq!((bund_id.notified, bund_id.level_1), (true, Some(LevelOfAssurance::Low)));
    }

    #[test]
    fn each_laboratory_setting_must_be_admitted() {
        for (section, setting) in [
            ("[eidas_saml]\n", "require_encrypted = false\n"),
            ("[eidas_saml]\n", "content = [\"danger-aes128-cbc\"]\n"),
            ("[eidas_saml]\n", "max_bytes = 131073\n"),
            ("[eidas_saml]\n", "signed = \"either\"\n"),
            ("[eidas_saml]\n", "signed = \"assertion\"\n"),
            (
                "[bund_id]\nnotified = false\n",
                "content = [\"danger-aes256-cbc\", \"aes256-gcm\"]\n",
            ),
            ("[eid_server]\nloa = \"high\"\nnotified = true\n", "require_encrypted = false\n"),
        ] {
            let found = finding(&format!("{section}{setting}"));
            assert!(found.contains("is a laboratory setting"), "{found}");
            let policy = good(&format!("laboratory = true\n{section}{setting}"));
            assert!(policy.laboratory);
            let unstated = Policy { laboratory: false, ..policy };
            assert!(!unstated.is_in_range());
        }
        assert!(!good("[bund_id]\nnotified = false\nsigned = \"either\"\n").laboratory);
    }

    #[test]
    fn lists_are_closed_and_never_empty() {
        for setting in [
            "signed = \"query\"",
            "signed = \"none\"",
            "content = []",
            "content = [\"tripledes-cbc\"]",
            "transport = [\"rsa-1_5\"]",
            "digests = [\"sha-1\"]",
            "digests = [\"sha-256\", \"sha-256\"]",
            "method = []",
            "method = [{ name = \"rsa-sha1\" }]",
            "method = [{ name = \"hmac-sha256\" }]",
            "method = [{ name = \"ecdsa-sha256\" }, { name = \"ecdsa-sha256\" }]",
            "method = [{ name = \"ecdsa-sha256\", min_rsa_bits = 3072 }]",
            "method = [{ name = \"rsa-sha256\", min_rsa_bits = 1024 }]",
            "max_age = \"29s\"",
            "max_age = \"61m\"",
            "max_bytes = 1048577",
            "mgf1p_before = \"1\"",
            "mgf1p_before = \"1.400\"",
            "level = [{ uri = \"http://eidas.europa.eu/LoA/medium\", level = \"low\" }]",
            "level = [{ uri = \"http://eidas.europa.eu/loa/high\", level = \"high\" }]",
            "level = [{ uri = \"urn:a\", level = \"highest\" }]",
            "level = [{ uri = \"urn:a\", level = \"low\" }, { uri = \"urn:a\", level = \"high\" }]",
            "loud = true",
        ] {
            let found = finding(&format!("[eidas_saml]\n{setting}\n"));
            assert!(found.starts_with("eidas_saml."), "{found}");
        }
        assert!(finding("[bund_id]\n").starts_with("bund_id.notified: is missing"));
        let high = finding("[bund_id]\nnotified = false\nlevel_1 = \"high\"\n");
        assert!(high.starts_with("bund_id.level_1"), "{high}");
    }

    #[test]
    fn a_method_ends_on_its_date_and_short_keys_are_weak() {
        let ed = PublicKey::from_ed25519(&[9; 32]).unwrap();
        let mut policy = SamlPolicy::eidas();
        policy.methods[3].until = Some(UnixTime::from_secs(100));
        let at =
            |secs| policy.accepts(SignatureMethod::EcdsaSha256, &ed, UnixTime::from_secs(secs));
        assert_eq!((at(99), at(100)), (Ok(()), Err(Code::AlgExpired)));
        let other = policy.accepts(SignatureMethod::RsaSha256, &ed, UnixTime::from_secs(1));
        assert_eq!(other, Err(Code::AlgNotAllowed));
    }

    #[test]
    fn a_method_that_ends_changes_the_digest_at_that_time() {
        let policy = good(
            "[eidas_saml]\n[[eidas_saml.method]]\nname = \"rsa-pss-sha256\"\n\
             until = \"2030-01-01T00:00:00Z\"\n",
        );
        let end = UnixTime::from_rfc3339("2030-01-01T00:00:00Z").unwrap();
        assert_ne!(policy.digest_at(end), policy.digest_at(end.minus(1)));
    }

    #[test]
    fn mgf1p_is_for_nodes_that_state_an_old_version_alone() {
        let policy = EidasSamlPolicy::standard();
        let accepts = |versions: &[&str]| {
            let versions: Vec<String> = versions.iter().map(|one| (*one).to_owned()).collect();
            policy.encryption_of(&versions).transport.contains(&KeyTransport::RsaOaepMgf1p)
        };
        assert!(accepts(&["1.2"]) && accepts(&["1.1", "1.3"]));
        for versions in [&[][..], &["1.4"], &["1.2", "1.4"], &["1.10"], &["2.0"], &["1.2", "x"]] {
            assert!(!accepts(versions), "{versions:?}");
        }
    }
}
