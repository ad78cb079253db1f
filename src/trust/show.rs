//! What `eid-broker trust show` and `doctor` print, as plain data.

use super::saml_metadata::{Held, HeldList, MetadataFinding};
use super::{Purpose, Source, SourceKind, SourceState, TrustStore};
use crate::UnixTime;
use crate::config::{Findings, Severity, duration_text, hex};

/// One source at one time.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SourceLine {
    /// Name of the source.
    pub name: String,
    /// What its anchors may vouch for.
    pub purpose: &'static str,
    /// The entity ID of the issuer of SAML messages that it holds.
    pub entity_id: Option<String>,
    /// `x509`, `jwks`, `saml-pinned`, `saml-metadata` or `saml-service-list`.
    pub kind: &'static str,
    /// `never-loaded`, `rejected`, `empty`, `loaded` or `stale`.
    pub state: &'static str,
    /// The code that who needs it gets when nothing else serves the purpose; `None` when usable.
    pub code: Option<&'static str>,
    /// Older than `warn_after`.
    pub old: bool,
    /// How many anchors, keys or entries it holds.
    pub count: usize,
    /// [`Source::digest`], hexadecimal.
    pub digest: Option<String>,
    /// Seconds since it was taken over.
    pub age_s: Option<u64>,
    /// The last second in which it is used.
    pub next_update: Option<UnixTime>,
    /// The `validUntil` or `NextUpdate` of its signed document.
    pub valid_until: Option<UnixTime>,
    /// What in its signed document is not used.
    pub unused: Vec<MetadataFinding>,
    /// Its anchors, keys or entries.
    pub anchors: Vec<AnchorLine>,
}

/// One anchor or key of a source.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AnchorLine {
    /// SHA-256 of the certificate in hexadecimal, the `kid` of the key, or territory and location of
    /// the entry.
    pub id: String,
    /// End of the certificate's validity; `None` for a key and an entry.
    pub not_after: Option<UnixTime>,
}

impl TrustStore {
    /// Every source at `now`, in the order of `trust.toml`.
    #[must_use]
    pub fn show(&self, now: UnixTime) -> Vec<SourceLine> {
        self.sources().iter().map(|source| line(source, now)).collect()
    }

    /// What somebody should look at: sources that cannot be used or will soon not be, certificates
    /// that ended or will within 30 days, purposes that nothing serves.
    ///
    /// * `file`: the name that findings carry.
    #[must_use]
    pub fn doctor(&self, file: &str, now: UnixTime) -> Findings {
        let mut findings = Findings::new();
        for source in self.sources() {
            examine(source, file, now, &mut findings);
        }
        // An installation for one purpose has sources for one.
        let serves = |purpose: &Purpose| self.state(*purpose, now).is_usable();
        if !Purpose::ALL.iter().any(serves) {
            let message = "no source can be used; every token is refused";
            findings.push(Severity::Error, file, 0, "source", message);
        }
        findings
    }
}

impl Source {
    // Why the files cannot be used, whatever the time; the word of the state, and the reason.
    pub(super) fn trouble(&self) -> Option<(&'static str, String)> {
        let state = self.state(self.config().loaded_at.unwrap_or(UnixTime::from_secs(0)));
        if let SourceState::Stale { .. } = state {
            return None;
        }
        reason(&state).map(|reason| (state.name(), reason))
    }
}

fn line(source: &Source, now: UnixTime) -> SourceLine {
    let state = source.state(now);
    let certificates = source.anchors().iter().map(|(anchor, _)| AnchorLine {
        id: hex(anchor.certificate.sha256()),
        not_after: Some(anchor.certificate.not_after()),
    });
    let signers = source.saml().into_iter().flat_map(|held| held.certificates());
    let signers = signers.map(|certificate| AnchorLine {
        id: hex(certificate.sha256()),
        not_after: Some(certificate.not_after()),
    });
    let list = source.service_list().map(HeldList::list);
    let entries = list.into_iter().flat_map(|list| &list.entries).map(|entry| AnchorLine {
        id: format!("{} {}", entry.territory.as_str(), entry.location),
        not_after: None,
    });
    let keys = source.keys().into_iter().flat_map(|keys| keys.keys.iter());
    let keys = keys.map(|(kid, _)| AnchorLine { id: kid.to_owned(), not_after: None });
    SourceLine {
        name: source.config().name.clone(),
        purpose: source.purpose().name(),
        entity_id: source.saml().map(|held| held.entity_id().to_owned()),
        kind: source.kind().name(),
        state: state.name(),
        code: state.code().map(|code| code.name()),
        old: matches!(state, SourceState::Loaded { old: true, .. }),
        count: source.count(),
        digest: source.digest().map(|digest| hex(digest)),
        age_s: source.age_s(now),
        next_update: match state {
            SourceState::Loaded { next_update, .. } => next_update,
            SourceState::NotConfigured
            | SourceState::NeverLoaded
            | SourceState::Rejected(_)
            | SourceState::Stale { .. } => source.window().1,
        },
        valid_until: source.saml().and_then(Held::valid_until).or(list.map(|l| l.next_update)),
        unused: unused(source).to_vec(),
        anchors: certificates.chain(signers).chain(keys).chain(entries).collect(),
    }
}

fn examine(source: &Source, file: &str, now: UnixTime, findings: &mut Findings) {
    let (line, path) = (source.config().line, format!("source {:?}", source.config().name));
    let mut note = |severity, message: String| {
        findings.push(severity, file, line, path.clone(), message);
    };
    let state = source.state(now);
    if let Some(reason) = reason(&state) {
        note(Severity::Error, format!("is {}: {reason}", state.name()));
    }
    if let SourceState::Loaded { old: true, .. } = state {
        let age_s = u32::try_from(source.age_s(now).unwrap_or_default()).unwrap_or(u32::MAX);
        // Whole minutes are enough for a person.
        let age = duration_text(age_s.saturating_sub(age_s.checked_rem(60).unwrap_or_default()));
        note(Severity::Warning, format!("is {age} old; refresh it"));
    }
    if let SourceState::Loaded { anchors: 1.., next_update: Some(end), .. } = state
        && source.kind().is_signed()
        && end.since(now) < LAST_HOURS_S
    {
        note(Severity::Warning, format!("is used until {end} only; fetch its document again"));
    }
    for finding in unused(source) {
        note(Severity::Warning, finding.to_string());
    }
    let anchors = source.anchors().iter().map(|(anchor, _)| &anchor.certificate);
    let signers = source.saml().into_iter().flat_map(|held| held.certificates());
    for certificate in anchors.chain(signers) {
        let (id, not_after) = (hex(certificate.sha256()), certificate.not_after());
        if now > not_after {
            // In metadata the publisher leaves an old key beside the new one for a while.
            let theirs = source.kind() == SourceKind::SamlMetadata;
            let severity = if theirs { Severity::Warning } else { Severity::Error };
            note(severity, format!("certificate {id} ended at {not_after}"));
        } else if now.plus(SOON_S) > not_after {
            note(Severity::Warning, format!("certificate {id} ends at {not_after}"));
        }
    }
}

fn unused(source: &Source) -> &[MetadataFinding] {
    let list = source.service_list().map(|held| held.list().findings.as_slice());
    source.saml().map(Held::findings).or(list).unwrap_or_default()
}

fn reason(state: &SourceState) -> Option<String> {
    match state {
        SourceState::NotConfigured => Some("no source for this purpose".to_owned()),
        SourceState::NeverLoaded => Some("a file is not there".to_owned()),
        SourceState::Rejected(reason) => Some(reason.to_string()),
        SourceState::Loaded { anchors: 0, .. } => Some("nothing usable is in it".to_owned()),
        SourceState::Loaded { .. } => None,
        SourceState::Stale { bound } => Some(format!("the bound of its age is {bound}")),
    }
}

// Nodes publish for a day; a quarter of it is time enough to do something.
const LAST_HOURS_S: u64 = 6 * 3600;

// Long enough to renew a certificate.
const SOON_S: u64 = 30 * 86_400;
