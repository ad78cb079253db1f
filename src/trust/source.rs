use super::anchor::IssuerKeys;
use super::certificates::read_certificates;
use super::saml_metadata::{
    Held, HeldList, ListInUse, SamlIssuer, SignerTrust, Signers, read_pinned,
};
use super::{AnchorRule, KindConfig, Material, Purpose, SignedBy, SourceConfig};
use crate::UnixTime;
use crate::config::digest_of_files;
use crate::envelope::jose::KeySet;
use crate::pki::Anchor;
use crate::verdict::{Code, Detail, Place, Refusal};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One source of a [`super::TrustStore`]: what was configured, and what its files held.
#[derive(Clone, Debug)]
pub struct Source {
    config: SourceConfig,
    content: Content,
    digest: Option<[u8; 32]>,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Absent,
    Certificates(Vec<(Anchor, Arc<AnchorRule>)>),
    Keys(IssuerKeys),
    Rejected(Refusal),
    Saml(Box<Held>),
    ServiceList(Box<HeldList>),
}

/// What kind of trust a source holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SourceKind {
    /// Pinned keys of one issuer.
    Jwks,
    /// Signed metadata of one issuer of SAML messages.
    SamlMetadata,
    /// Pinned certificates of one issuer of SAML messages.
    SamlPinned,
    /// A signed list of who signs the metadata of which state.
    SamlServiceList,
    /// Certificates.
    X509,
}

impl SourceKind {
    /// Every kind.
    pub const ALL: &'static [Self] =
        &[Self::X509, Self::Jwks, Self::SamlPinned, Self::SamlMetadata, Self::SamlServiceList];

    /// The word in `trust.toml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jwks => "jwks",
            Self::SamlMetadata => "saml-metadata",
            Self::SamlPinned => "saml-pinned",
            Self::SamlServiceList => "saml-service-list",
            Self::X509 => "x509",
        }
    }

    /// Whether its sources hold a document that is signed and gets old.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        match self {
            Self::SamlMetadata | Self::SamlServiceList => true,
            Self::Jwks | Self::SamlPinned | Self::X509 => false,
        }
    }

    /// Whether its sources serve SAML.
    #[must_use]
    pub const fn is_saml(self) -> bool {
        match self {
            Self::SamlMetadata | Self::SamlPinned | Self::SamlServiceList => true,
            Self::Jwks | Self::X509 => false,
        }
    }
}

/// How a source stands at one time (docs/rules.md, 5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SourceState {
    /// No source of this purpose is configured.
    NotConfigured,
    /// A file of the source is not there yet.
    NeverLoaded,
    /// A file is there and cannot be read; the reason of the reader.
    Rejected(Refusal),
    /// Everything was read.
    Loaded {
        /// How many anchors or keys can be used; with 0 the source is not ready.
        anchors: usize,
        /// Sequence number of a list; `None` for pinned files.
        sequence: Option<u64>,
        /// The last second in which the source is used; `None` without age.
        next_update: Option<UnixTime>,
        /// SHA-256 over the files, see [`Source::digest`].
        digest: [u8; 32],
        /// Older than `warn_after`: still used, to be refreshed.
        old: bool,
    },
    /// Not used because of its age.
    Stale {
        /// The last second in which it was used, or the first in which it will be when `loaded_at`
        /// lies ahead.
        bound: UnixTime,
    },
}

impl SourceState {
    /// The word in reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotConfigured => "not-configured",
            Self::NeverLoaded => "never-loaded",
            Self::Rejected(_) => "rejected",
            Self::Loaded { anchors: 0, .. } => "empty",
            Self::Loaded { .. } => "loaded",
            Self::Stale { .. } => "stale",
        }
    }

    /// Whether anchors can be used from here.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        matches!(self, Self::Loaded { anchors: 1.., .. })
    }

    /// The code when nothing else serves the purpose; `None` when usable.
    #[must_use]
    pub const fn code(&self) -> Option<Code> {
        match self {
            Self::NotConfigured | Self::NeverLoaded => Some(Code::TrustMissing),
            Self::Rejected(_) => Some(Code::TrustUnparseable),
            Self::Loaded { anchors: 0, .. } => Some(Code::TrustEmpty),
            Self::Loaded { .. } => None,
            Self::Stale { .. } => Some(Code::TrustStale),
        }
    }

    // How far the source got on its way to be used; the furthest of several explains best.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::NotConfigured => 0,
            Self::NeverLoaded => 1,
            Self::Rejected(_) => 2,
            Self::Loaded { anchors: 0, .. } => 3,
            Self::Stale { .. } => 4,
            Self::Loaded { .. } => 5,
        }
    }

    pub(super) fn refusal(&self, index: usize, now: UnixTime) -> Option<Refusal> {
        let refusal = Refusal::new(self.code()?, Place::nth("trust-source", index));
        Some(match self {
            Self::Rejected(reason) => refusal.with(Detail::Name(reason.code().name())),
            Self::Stale { bound } => {
                refusal.with(Detail::Time { bound: bound.secs(), now: now.secs() })
            }
            Self::NotConfigured | Self::NeverLoaded | Self::Loaded { .. } => refusal,
        })
    }
}

impl Source {
    /// What `trust.toml` says about it.
    #[must_use]
    pub const fn config(&self) -> &SourceConfig {
        &self.config
    }

    /// What its anchors may vouch for.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.config.purpose
    }

    /// What kind of trust it holds.
    #[must_use]
    pub const fn kind(&self) -> SourceKind {
        match self.config.kind {
            KindConfig::Jwks { .. } => SourceKind::Jwks,
            KindConfig::SamlMetadata(_) => SourceKind::SamlMetadata,
            KindConfig::SamlPinned(_) => SourceKind::SamlPinned,
            KindConfig::SamlServiceList(_) => SourceKind::SamlServiceList,
            KindConfig::X509 { .. } => SourceKind::X509,
        }
    }

    /// SHA-256 over what `sha256sum` prints for its files in the order of `trust.toml`, each line
    /// being the hexadecimal digest, two spaces, the path as written and a line feed; so
    /// `sha256sum FILE… | sha256sum` gives it again. `None` until every file is there.
    #[must_use]
    pub const fn digest(&self) -> Option<&[u8; 32]> {
        self.digest.as_ref()
    }

    /// How many anchors, keys or entries it holds.
    #[must_use]
    pub fn count(&self) -> usize {
        match &self.content {
            Content::Absent | Content::Rejected(_) => 0,
            Content::Certificates(anchors) => anchors.len(),
            Content::Keys(keys) => keys.keys.len(),
            Content::Saml(held) => held.certificates().len(),
            Content::ServiceList(held) => held.list().entries.len(),
        }
    }

    /// Seconds since it was taken over; `None` without `loaded_at`.
    #[must_use]
    pub fn age_s(&self, now: UnixTime) -> Option<u64> {
        self.config.loaded_at.map(|loaded_at| now.since(loaded_at))
    }

    /// How it stands at `now`.
    #[must_use]
    pub fn state(&self, now: UnixTime) -> SourceState {
        let digest = match (&self.content, self.digest) {
            (Content::Rejected(reason), _) => return SourceState::Rejected(*reason),
            (Content::Absent, _) | (_, None) => return SourceState::NeverLoaded,
            (
                Content::Certificates(_)
                | Content::Keys(_)
                | Content::Saml(_)
                | Content::ServiceList(_),
                Some(digest),
            ) => digest,
        };
        let anchors = self.count();
        let (from, mut next_update) = self.window();
        if anchors > 0 {
            // An empty source is empty at any age.
            if now < from {
                return SourceState::Stale { bound: from };
            }
            if let Some(bound) = next_update
                && now > bound
            {
                return SourceState::Stale { bound };
            }
            if let Content::Saml(held) = &self.content {
                let bound = held.bound(now);
                if held.issuer(now).is_none() {
                    return SourceState::Stale { bound: bound.unwrap_or(now) };
                }
                next_update = next_update.into_iter().chain(bound).min();
            }
            if let Content::ServiceList(held) = &self.content {
                if !held.is_believed(now) {
                    return SourceState::Stale { bound: held.bound(now) };
                }
                next_update = next_update.into_iter().chain(held.until()).min();
            }
        }
        let old = self.config.warn_after_s.zip(self.age_s(now));
        let old = old.is_some_and(|(warn_after_s, age_s)| age_s > u64::from(warn_after_s));
        SourceState::Loaded { anchors, sequence: None, next_update, digest, old }
    }

    // The first second in which its age allows its use, and the last.
    pub(super) fn window(&self) -> (UnixTime, Option<UnixTime>) {
        let Some(loaded_at) = self.config.loaded_at else {
            return (UnixTime::from_secs(0), None);
        };
        let until = self.config.refuse_after_s.map(|age_s| loaded_at.plus(u64::from(age_s)));
        (loaded_at.minus(CLOCK_TOLERANCE_S), until)
    }

    pub(super) fn anchors(&self) -> &[(Anchor, Arc<AnchorRule>)] {
        match &self.content {
            Content::Certificates(anchors) => anchors,
            Content::Absent
            | Content::Keys(_)
            | Content::Rejected(_)
            | Content::Saml(_)
            | Content::ServiceList(_) => &[],
        }
    }

    pub(super) const fn keys(&self) -> Option<&IssuerKeys> {
        match &self.content {
            Content::Keys(keys) => Some(keys),
            Content::Absent
            | Content::Certificates(_)
            | Content::Rejected(_)
            | Content::Saml(_)
            | Content::ServiceList(_) => None,
        }
    }

    pub(super) fn saml(&self) -> Option<&Held> {
        match &self.content {
            Content::Saml(held) => Some(held),
            Content::Absent
            | Content::Certificates(_)
            | Content::Keys(_)
            | Content::Rejected(_)
            | Content::ServiceList(_) => None,
        }
    }

    pub(super) fn service_list(&self) -> Option<&HeldList> {
        match &self.content {
            Content::ServiceList(held) => Some(held),
            Content::Absent
            | Content::Certificates(_)
            | Content::Keys(_)
            | Content::Rejected(_)
            | Content::Saml(_) => None,
        }
    }

    // The issuer of SAML messages that it holds, when it can be used at `now`.
    pub(super) fn saml_issuer(&self, now: UnixTime) -> Option<&SamlIssuer> {
        self.state(now).is_usable().then(|| self.saml()?.issuer(now)).flatten()
    }

    pub(super) fn reject(&mut self, reason: Refusal) {
        self.content = Content::Rejected(reason);
    }

    /// * `lists`: the sources of service lists, loaded before.
    pub(super) fn load(
        config: SourceConfig,
        material: &BTreeMap<String, Material>,
        lists: &[Self],
    ) -> Self {
        let mut files = Vec::new();
        let mut unreadable = None;
        let mut absent = false;
        for (index, name) in config.all_files().enumerate() {
            match material.get(name) {
                Some(Material::Bytes(bytes)) => files.push((name, bytes.as_slice())),
                Some(Material::Unreadable(reason)) => {
                    let refusal = Refusal::new(Code::TrustUnparseable, Place::nth("file", index));
                    unreadable = unreadable.or(Some(refusal.with(Detail::Name(reason))));
                }
                Some(Material::Absent) | None => absent = true,
            }
        }
        let (content, digest) = match unreadable {
            Some(refusal) => (Content::Rejected(refusal), None),
            None if absent => (Content::Absent, None),
            None => {
                let content = read(&config, &files, lists).unwrap_or_else(Content::Rejected);
                (content, Some(digest_of_files(&files)))
            }
        };
        Self { config, content, digest }
    }
}

/// Reads the document of a source anew, as it is when it is taken over at `now`.
///
/// # Errors
/// As [`super::saml_metadata::verify`] and [`super::saml_metadata::ServiceList::verify`];
/// [`Code::MisuseArgument`] for a source whose kind has no signed document.
pub(super) fn read_signed(
    config: &SourceConfig,
    files: &[(&str, &[u8])],
    lists: &[Source],
    now: Option<UnixTime>,
) -> Result<Content, Refusal> {
    let bytes: Vec<&[u8]> = files.iter().map(|(_, bytes)| *bytes).collect();
    let Some((document, more)) = bytes.split_first() else {
        return Ok(Content::Absent);
    };
    match &config.kind {
        KindConfig::SamlMetadata(metadata) => {
            let trust = match &metadata.signed_by {
                SignedBy::ServiceList(name) => match find_list(name, lists) {
                    Ok(list) => SignerTrust::List(list),
                    Err(content) => return Ok(content),
                },
                signed_by @ (SignedBy::Authorities(_) | SignedBy::Signers(_)) => {
                    SignerTrust::Signers(signers(signed_by, more)?)
                }
            };
            let digest = digest_of_files(files);
            let held = Held::metadata(metadata, &config.rule, document, trust, digest, now)?;
            Ok(Content::Saml(Box::new(held)))
        }
        KindConfig::SamlServiceList(list) => {
            let signers = signers(&list.signed_by, more)?;
            Ok(Content::ServiceList(Box::new(HeldList::read(list, document, &signers, now)?)))
        }
        KindConfig::Jwks { .. } | KindConfig::SamlPinned(_) | KindConfig::X509 { .. } => {
            Err(Refusal::from(Code::MisuseArgument))
        }
    }
}

// The list, or what the state of its source makes of the source that needs it.
fn find_list<'l>(name: &str, lists: &'l [Source]) -> Result<ListInUse<'l>, Content> {
    let source = lists.iter().find(|source| source.config.name == name);
    let Some(source) = source else { return Err(Content::Absent) };
    match &source.content {
        Content::ServiceList(list) => {
            let (from, until) = source.window();
            Ok(ListInUse { list, from, until })
        }
        Content::Rejected(reason) => Err(Content::Rejected(reason.within("service-list", None))),
        Content::Absent | Content::Certificates(_) | Content::Keys(_) | Content::Saml(_) => {
            Err(Content::Absent)
        }
    }
}

fn signers(signed_by: &SignedBy, files: &[&[u8]]) -> Result<Signers, Refusal> {
    let mut certificates = Vec::new();
    for bytes in files {
        certificates.extend(read_certificates(bytes)?);
    }
    // An empty file is a state of its own nowhere else: nobody could have signed.
    if certificates.is_empty() {
        return Err(Refusal::new(Code::TrustEmpty, Place::part("signer")));
    }
    match signed_by {
        SignedBy::Authorities(_) => Signers::below(certificates),
        SignedBy::ServiceList(_) | SignedBy::Signers(_) => Signers::pinned(certificates),
    }
}

fn read(
    config: &SourceConfig,
    files: &[(&str, &[u8])],
    lists: &[Source],
) -> Result<Content, Refusal> {
    match &config.kind {
        KindConfig::X509 { profile } => {
            let profile = Arc::new(profile.rules());
            let country = config
                .rule
                .country
                .and_then(|country| <[u8; 2]>::try_from(country.as_str().as_bytes()).ok());
            let mut seen = BTreeSet::new();
            let mut anchors = Vec::new();
            for (_, bytes) in files {
                for certificate in read_certificates(bytes)? {
                    // What stands in two files of a source is one anchor.
                    if !seen.insert(*certificate.sha256()) {
                        continue;
                    }
                    let label = Arc::clone(&config.rule.source);
                    let anchor = Anchor::new(certificate, Arc::clone(&profile), label);
                    let anchor = match country {
                        Some(country) => anchor.for_country(country),
                        None => anchor,
                    };
                    anchors.push((anchor, Arc::clone(&config.rule)));
                }
            }
            Ok(Content::Certificates(anchors))
        }
        KindConfig::SamlPinned(pinned) => {
            let bytes: Vec<&[u8]> = files.iter().map(|(_, bytes)| *bytes).collect();
            let (signing, encryption) =
                bytes.split_at_checked(config.files.len()).unwrap_or_default();
            let digest = digest_of_files(files);
            let held = read_pinned(pinned, &config.rule, signing, encryption, digest)?;
            Ok(Content::Saml(Box::new(held)))
        }
        KindConfig::SamlMetadata(_) | KindConfig::SamlServiceList(_) => {
            read_signed(config, files, lists, None)
        }
        KindConfig::Jwks { issuer } => {
            let mut keys = BTreeMap::new();
            for (_, bytes) in files {
                for (kid, key) in KeySet::parse(bytes)?.iter() {
                    if keys.insert(kid.to_owned(), key.clone()).is_some() {
                        return Err(Refusal::from(Code::KeyAmbiguous));
                    }
                }
            }
            Ok(Content::Keys(IssuerKeys {
                issuer: issuer.clone(),
                keys: Arc::new(KeySet::from_keys(keys)),
                rule: Arc::clone(&config.rule),
                digest: digest_of_files(files),
            }))
        }
    }
}

// `loaded_at` is often written by hand, in a wrong time zone or as the midnight of a day.
const CLOCK_TOLERANCE_S: u64 = 86_400;
