use super::{
    AnchorSet, IssuerKeys, KindConfig, Material, Purpose, SamlIssuer, Source, SourceConfig,
    SourceKind, SourceState, TrustConfig,
};
use crate::UnixTime;
use crate::config::{Findings, Severity};
use crate::verdict::{Code, Refusal};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is believed without proof: an immutable snapshot.
///
/// Put it behind an `Arc`; a refresh builds the next one, and the old one stays usable until its
/// last user is gone. What a call needs is made beforehand, so that asking costs a look-up.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    sources: Vec<Source>,
    /// The files of sources that hold a signed document; what a newer one is verified with.
    signed: BTreeMap<String, Material>,
    x509: BTreeMap<Purpose, Vec<Stage>>,
}

// Which anchors serve a purpose from an instant on, until the next stage begins.
#[derive(Clone, Debug)]
struct Stage {
    from: UnixTime,
    anchors: Option<AnchorSet>,
}

impl TrustStore {
    /// Builds the snapshot from the configured sources and what was read of their files. A file
    /// that `material` does not name counts as absent.
    ///
    /// A source that cannot be used does not stop the others. It is noted as a warning, and who
    /// needs it gets the code of its state.
    ///
    /// * `file`: the name that findings carry.
    #[must_use]
    pub fn build(
        config: TrustConfig,
        material: &BTreeMap<String, Material>,
        file: &str,
        findings: &mut Findings,
    ) -> Self {
        let mut sources = load(config.sources, material);
        reject_repeated_anchors(&mut sources);
        for source in &sources {
            if let Some((state, message)) = source.trouble() {
                let path = format!("source {:?}", source.config().name);
                let message = format!("is {state}: {message}");
                findings.push(Severity::Warning, file, source.config().line, path, message);
            }
        }
        let x509 =
            Purpose::ALL.iter().map(|purpose| (*purpose, stages(&sources, *purpose))).collect();
        let files: BTreeSet<&str> = sources
            .iter()
            .filter(|source| source.kind().is_signed())
            .flat_map(|source| source.config().all_files())
            .collect();
        let kept = material.iter().filter(|(name, _)| files.contains(name.as_str()));
        let signed = kept.map(|(name, material)| (name.clone(), material.clone())).collect();
        Self { sources, signed, x509 }
    }

    pub(super) const fn signed_files(&self) -> &BTreeMap<String, Material> {
        &self.signed
    }

    // The same store with another document for one of its signed sources. That source is read anew,
    // and after a list every source that it names signers for; nothing else is touched.
    pub(super) fn with_document(&self, name: &str, file: &str, octets: &[u8]) -> Self {
        let mut signed = self.signed.clone();
        signed.insert(file.to_owned(), Material::Bytes(octets.to_vec()));
        let is_it = |source: &Source| source.config().name == name;
        let reload = |source: &Source, lists: &[Source]| {
            Source::load(source.config().clone(), &signed, lists)
        };
        let lists = self.sources.iter().filter(|s| s.kind() == SourceKind::SamlServiceList);
        let lists: Vec<Source> =
            lists.map(|list| if is_it(list) { reload(list, &[]) } else { list.clone() }).collect();
        let sources = self.sources.iter().map(|source| {
            if let Some(list) = lists.iter().find(|l| l.config().name == source.config().name) {
                return list.clone();
            }
            let depends = source.config().service_list() == Some(name);
            if is_it(source) || depends { reload(source, &lists) } else { source.clone() }
        });
        Self { sources: sources.collect(), x509: self.x509.clone(), signed }
    }

    /// The sources, in the order of `trust.toml`.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The anchors for certificates that serve a purpose at `now`.
    ///
    /// # Errors
    /// [`Code::TrustMissing`], [`Code::TrustUnparseable`], [`Code::TrustEmpty`] or
    /// [`Code::TrustStale`] when no source of the purpose can be used; see the table of
    /// [`crate::trust`].
    pub fn x509_anchors(&self, purpose: Purpose, now: UnixTime) -> Result<&AnchorSet, Refusal> {
        let stages = self.x509.get(&purpose).map(Vec::as_slice).unwrap_or_default();
        let begun = stages.partition_point(|stage| stage.from <= now);
        stages
            .get(..begun)
            .and_then(<[Stage]>::last)
            .and_then(|stage| stage.anchors.as_ref())
            .ok_or_else(|| {
                self.explain(now, |source| {
                    source.purpose() == purpose && source.kind() == SourceKind::X509
                })
            })
    }

    /// The pinned keys of an issuer that serve a purpose at `now`. The issuer is compared byte for
    /// byte.
    ///
    /// # Errors
    /// As [`Self::x509_anchors`]; an issuer that no source names is [`Code::TrustMissing`].
    pub fn key_set(
        &self,
        purpose: Purpose,
        issuer: &str,
        now: UnixTime,
    ) -> Result<&IssuerKeys, Refusal> {
        let is_meant = |source: &Source| {
            let names_issuer = match &source.config().kind {
                KindConfig::Jwks { issuer: configured } => configured == issuer,
                KindConfig::SamlMetadata(_)
                | KindConfig::SamlPinned(_)
                | KindConfig::SamlServiceList(_)
                | KindConfig::X509 { .. } => false,
            };
            names_issuer && source.purpose() == purpose
        };
        self.sources
            .iter()
            .filter(|source| is_meant(source) && source.state(now).is_usable())
            .find_map(Source::keys)
            .ok_or_else(|| self.explain(now, is_meant))
    }

    /// An issuer of SAML messages that serves a purpose at `now`, with the keys that are usable then.
    /// The entity ID is compared byte for byte.
    ///
    /// # Errors
    /// As [`Self::x509_anchors`]; an entity ID that no source names is [`Code::TrustMissing`], one
    /// without a key that is usable at `now` [`Code::TrustStale`].
    pub fn saml_issuer(
        &self,
        purpose: Purpose,
        entity_id: &str,
        now: UnixTime,
    ) -> Result<&SamlIssuer, Refusal> {
        let is_meant = |source: &Source| {
            source.purpose() == purpose && source.config().entity_id() == Some(entity_id)
        };
        self.sources
            .iter()
            .filter(|source| is_meant(source))
            .find_map(|source| source.saml_issuer(now))
            .ok_or_else(|| self.explain(now, is_meant))
    }

    /// Every issuer of SAML messages that serves a purpose and is usable at `now`, in the order of
    /// `trust.toml`.
    pub fn saml_issuers(
        &self,
        purpose: Purpose,
        now: UnixTime,
    ) -> impl Iterator<Item = &SamlIssuer> {
        let sources = self.sources.iter().filter(move |source| source.purpose() == purpose);
        sources.filter_map(move |source| source.saml_issuer(now))
    }

    /// How well a purpose is served at `now`: the state of the source that got furthest.
    #[must_use]
    pub fn state(&self, purpose: Purpose, now: UnixTime) -> SourceState {
        // A list vouches for signers, not for what anybody presents.
        let serves = |source: &Source| {
            source.purpose() == purpose && source.kind() != SourceKind::SamlServiceList
        };
        self.furthest(now, serves).map_or(SourceState::NotConfigured, |(_, state)| state)
    }

    // Why no source of a kind can be used.
    fn explain(&self, now: UnixTime, is_meant: impl Fn(&Source) -> bool) -> Refusal {
        self.furthest(now, is_meant)
            .and_then(|(index, state)| state.refusal(index, now))
            .unwrap_or_else(|| Refusal::from(Code::TrustMissing))
    }

    fn furthest(
        &self,
        now: UnixTime,
        is_meant: impl Fn(&Source) -> bool,
    ) -> Option<(usize, SourceState)> {
        let mut best: Option<(usize, SourceState)> = None;
        for (index, source) in
            self.sources.iter().enumerate().filter(|(_, source)| is_meant(source))
        {
            let state = source.state(now);
            // The first of equals stays.
            if best.is_none_or(|(_, best)| state.rank() > best.rank()) {
                best = Some((index, state));
            }
        }
        best
    }
}

// Lists first: metadata is signed by whom they name.
fn load(configs: Vec<SourceConfig>, material: &BTreeMap<String, Material>) -> Vec<Source> {
    let lists: Vec<Source> = configs
        .iter()
        .filter(|config| matches!(config.kind, KindConfig::SamlServiceList(_)))
        .map(|config| Source::load(config.clone(), material, &[]))
        .collect();
    let loaded = |config: SourceConfig| match lists.iter().find(|l| l.config().name == config.name)
    {
        Some(list) => list.clone(),
        None => Source::load(config, material, &lists),
    };
    configs.into_iter().map(loaded).collect()
}

// One certificate under two rules of one purpose could be judged either way; the later source loses.
fn reject_repeated_anchors(sources: &mut [Source]) {
    let mut seen = BTreeSet::new();
    for source in sources {
        let purpose = source.purpose();
        let own: Vec<_> = source
            .anchors()
            .iter()
            .map(|(anchor, _)| (purpose, *anchor.certificate.sha256()))
            .collect();
        if own.iter().any(|anchor| seen.contains(anchor)) {
            source.reject(Refusal::from(Code::KeyAmbiguous));
        } else {
            seen.extend(own);
        }
    }
}

// Sources come and go with their age; between two such instants the set stays the same.
fn stages(sources: &[Source], purpose: Purpose) -> Vec<Stage> {
    let serving: Vec<&Source> = sources
        .iter()
        .filter(|source| source.purpose() == purpose && !source.anchors().is_empty())
        .collect();
    let mut cuts = BTreeSet::new();
    for source in &serving {
        let (from, last) = source.window();
        cuts.insert(from);
        cuts.extend(last.map(|last| last.plus(1)));
    }
    cuts.into_iter()
        .map(|from| {
            let anchors: Vec<_> = serving
                .iter()
                .filter(|source| source.state(from).is_usable())
                .flat_map(|source| source.anchors().iter().cloned())
                .collect();
            Stage { from, anchors: (!anchors.is_empty()).then(|| AnchorSet::new(&anchors)) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::Certificate;
    use eid_broker_maker::{cert, keys};

    const NOW: UnixTime = UnixTime::from_secs(1_772_366_400);
    const DAY_S: u64 = 86_400;
    const X509: &str = "kind = \"x509\"\nprofile = \"iso-iaca\"\n";
    const JWKS: &str = "kind = \"jwks\"\nissuer = \"https://issuer.example/pid\"\n";

    fn source(name: &str, kind: &str, file: &str, more: &str) -> String {
        format!(
            "[[source]]\nname = \"{name}\"\npurpose = \"pid-issue\"\nfiles = [\"{file}\"]\n\
             credential_types = [\"urn:eudi:pid:1\"]\n{kind}{more}\n"
        )
    }

    // The anchors `ca` and `other`, the keys `jwks`, and files that are no such thing.
    fn material() -> BTreeMap<String, Material> {
        let pem = |der: Vec<u8>| keys::der_to_pem("CERTIFICATE", &der).into_bytes();
        let jwks = keys::jwks(&[&keys::jwks_issuer().unwrap()]).to_string().into_bytes();
        [
            ("ca", Material::Bytes(pem(cert::pid_ca_der().unwrap()))),
            ("other", Material::Bytes(cert::other_ca_der().unwrap())),
            ("jwks", Material::Bytes(jwks)),
            ("no-keys", Material::Bytes(b"{\"keys\":[]}".to_vec())),
            ("empty", Material::Bytes(Vec::new())),
            ("garbage", Material::Bytes(b"garbage".to_vec())),
            ("locked", Material::Unreadable("no permission")),
            ("absent", Material::Absent),
        ]
        .map(|(name, material)| (name.to_owned(), material))
        .into()
    }

    fn store(text: &str) -> (TrustStore, Vec<String>) {
        let mut findings = Findings::new();
        let config = TrustConfig::from_toml(text, "trust.toml", &mut findings);
        let config = config.unwrap_or_else(|| panic!("{findings}"));
        let store = TrustStore::build(config, &material(), "trust.toml", &mut findings);
        assert!(!findings.has_errors());
        (store, findings.iter().map(ToString::to_string).collect())
    }

    fn refused(text: &str) -> Code {
        let (store, _) = store(text);
        let code = store.x509_anchors(Purpose::PidIssue, NOW).unwrap_err().code();
        let state = store.state(Purpose::PidIssue, NOW);
        assert_eq!(state.code(), Some(code));
        assert!(!state.is_usable());
        code
    }

    const STALE: &str = "loaded_at = \"2026-01-01T00:00:00Z\"\nrefuse_after = \"30d\"\n";

    #[test]
    fn four_ways_of_having_no_anchor_have_four_codes() {
        assert_eq!(refused(""), Code::TrustMissing);
        assert_eq!(refused(&source("s", X509, "absent", "")), Code::TrustMissing);
        assert_eq!(refused(&source("s", X509, "garbage", "")), Code::TrustUnparseable);
        assert_eq!(refused(&source("s", X509, "locked", "")), Code::TrustUnparseable);
        assert_eq!(refused(&source("s", X509, "empty", "")), Code::TrustEmpty);
        assert_eq!(refused(&source("s", X509, "ca", STALE)), Code::TrustStale);
        let (honest, findings) = store(&source("s", X509, "ca", ""));
        assert_eq!(honest.x509_anchors(Purpose::PidIssue, NOW).unwrap().anchors().len(), 1);
        assert!(findings.is_empty(), "{findings:?}");
    }

    #[test]
    fn keys_have_the_same_four_codes() {
        let issuer = "https://issuer.example/pid";
        let ask = |text: &str| {
            let (store, _) = store(text);
            store.key_set(Purpose::PidIssue, issuer, NOW).map(|keys| keys.keys.len())
        };
        let code = |text: &str| ask(text).unwrap_err().code();
        assert_eq!(code(""), Code::TrustMissing);
        assert_eq!(code(&source("s", X509, "ca", "")), Code::TrustMissing);
        assert_eq!(code(&source("s", JWKS, "garbage", "")), Code::TrustUnparseable);
        assert_eq!(code(&source("s", JWKS, "no-keys", "")), Code::TrustEmpty);
        assert_eq!(code(&source("s", JWKS, "jwks", STALE)), Code::TrustStale);
        assert_eq!(ask(&source("s", JWKS, "jwks", "")), Ok(1));
        let (store, _) = store(&source("s", JWKS, "jwks", ""));
        for other in ["https://issuer.example/pid/", "https://issuer.example/PID"] {
            let refusal = store.key_set(Purpose::PidIssue, other, NOW).unwrap_err();
            assert_eq!(refusal.code(), Code::TrustMissing);
        }
    }

    #[test]
    fn a_source_that_cannot_be_used_is_a_warning() {
        for (file, state) in [
            ("absent", "never-loaded"),
            ("garbage", "rejected"),
            ("locked", "rejected"),
            ("empty", "empty"),
        ] {
            let (store, findings) = store(&source("s", X509, file, ""));
            assert_eq!(findings.len(), 1);
            let start = format!("trust.toml:1: warning: source \"s\": is {state}: ");
            assert!(findings[0].starts_with(&start), "{findings:?}");
            assert_eq!(store.show(NOW)[0].state, state);
        }
    }

    #[test]
    fn the_usable_sources_are_used_and_the_others_are_not() {
        let text = [
            source("a", X509, "garbage", ""),
            source("b", X509, "ca", STALE),
            source("c", X509, "other", ""),
        ]
        .concat();
        let (store, _) = store(&text);
        let set = store.x509_anchors(Purpose::PidIssue, NOW).unwrap();
        assert_eq!(set.anchors().len(), 1);
        let rule = |der: Vec<u8>| set.rule(&Certificate::parse(&der).unwrap());
        assert_eq!(&*rule(cert::other_ca_der().unwrap()).unwrap().source, "c");
        assert!(rule(cert::pid_ca_der().unwrap()).is_none());
    }

    #[test]
    fn the_source_that_got_furthest_explains() {
        let absent = source("a", X509, "absent", "");
        let garbage = source("b", X509, "garbage", "");
        let empty = source("c", X509, "empty", "");
        let stale = source("d", X509, "ca", STALE);
        let keys = source("e", JWKS, "jwks", "");
        let all = [&stale, &empty, &garbage, &absent];
        let codes =
            [Code::TrustStale, Code::TrustEmpty, Code::TrustUnparseable, Code::TrustMissing];
        for (skipped, code) in codes.into_iter().enumerate() {
            let text: String = all[skipped..].iter().map(|text| text.as_str()).collect();
            assert_eq!(refused(&text), code);
        }
        // Keys of an issuer say nothing about certificates.
        let (store, _) = store(&format!("{garbage}{keys}"));
        let refusal = store.x509_anchors(Purpose::PidIssue, NOW).unwrap_err();
        assert_eq!(refusal.code(), Code::TrustUnparseable);
    }

    #[test]
    fn an_anchor_of_one_purpose_does_not_serve_another() {
        let (store, _) = store(&source("s", X509, "ca", ""));
        let refusal = store.x509_anchors(Purpose::PidStatus, NOW).unwrap_err();
        assert_eq!(refusal.code(), Code::TrustMissing);
    }

    #[test]
    fn age_counts_to_the_second() {
        let more =
            "loaded_at = \"2026-03-01T12:00:00Z\"\nwarn_after = \"7d\"\nrefuse_after = \"30d\"\n";
        let (store, _) = store(&source("s", X509, "ca", more));
        let usable = |now| store.x509_anchors(Purpose::PidIssue, now).is_ok();
        let old = |now| store.show(now)[0].old;
        assert!(!old(NOW.plus(7 * DAY_S)) && old(NOW.plus(7 * DAY_S + 1)));
        assert!(usable(NOW.plus(30 * DAY_S)) && !usable(NOW.plus(30 * DAY_S + 1)));
        // A clock that is more than a day behind would keep it young for ever.
        assert!(usable(NOW.minus(DAY_S)) && !usable(NOW.minus(DAY_S + 1)));
        for now in [NOW.plus(31 * DAY_S), NOW.minus(2 * DAY_S), UnixTime::from_secs(0)] {
            let refusal = store.x509_anchors(Purpose::PidIssue, now).unwrap_err();
            assert_eq!(refusal.code(), Code::TrustStale);
        }
    }

    #[test]
    fn without_an_age_it_stays() {
        let (store, _) = store(&source("s", X509, "ca", ""));
        for now in [UnixTime::from_secs(0), NOW, UnixTime::MAX] {
            assert!(store.x509_anchors(Purpose::PidIssue, now).is_ok());
        }
    }

    #[test]
    fn the_digest_of_a_set_names_its_rules() {
        let digest = |text: &str| {
            let (store, _) = store(text);
            *store.x509_anchors(Purpose::PidIssue, NOW).unwrap().digest()
        };
        let one = source("s", X509, "ca", "");
        assert_eq!(digest(&one), digest(&one));
        assert_ne!(digest(&one), digest(&one.replace("iso-iaca", "etsi-pid")));
        assert_ne!(digest(&one), digest(&one.replace("pid:1", "pid:2")));
        assert_ne!(digest(&one), digest(&source("s", X509, "other", "")));
    }

    #[test]
    fn the_digest_of_a_source_is_that_of_sha256sum() {
        let (store, _) = store(&source("s", X509, "empty", ""));
        // printf '' > empty; sha256sum empty | sha256sum
        let expected = "a9e456cbcd4f490b6f3353ce720a3f4f9bb381b27fc060d3aee4e70ee7b37f3d";
        assert_eq!(store.show(NOW)[0].digest.as_deref(), Some(expected));
    }

    #[test]
    fn one_certificate_has_one_rule() {
        let text = [source("a", X509, "ca", ""), source("b", X509, "ca", "")].concat();
        let (store, findings) = store(&text);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].contains("source \"b\": is rejected: key.ambiguous"), "{findings:?}");
        let set = store.x509_anchors(Purpose::PidIssue, NOW).unwrap();
        assert_eq!(&*set.anchors()[0].label, "a");
    }

    #[test]
    fn anchors_lead_to_their_signers() {
        use crate::pki::{Order, PathRequest, verify_path};
        let (store, _) = store(&source("s", X509, "ca", "country = \"DE\""));
        let set = store.x509_anchors(Purpose::PidIssue, NOW).unwrap();
        let accepts = |_, _: &crate::crypto::PublicKey| Ok(());
        let verify = |der: Vec<u8>| {
            let leaf = [Certificate::parse(&der).unwrap()];
            verify_path(&PathRequest::new(&leaf, Order::Chain, set.anchors(), NOW, &accepts))
        };
        for signer in [cert::pid_leaf_der(), cert::pid_leaf_mdl_ds_der()] {
            let path = verify(signer.unwrap()).unwrap();
            assert!(set.rule(&path.anchor().certificate).unwrap().allows_type("urn:eudi:pid:1"));
            assert_eq!(path.country(), Some(*b"DE"));
        }
        let refusal = verify(cert::other_leaf_der().unwrap()).unwrap_err();
        assert_eq!(refusal.code(), Code::KeyUntrusted);
    }

    #[test]
    fn the_doctor_sees_what_ends() {
        let (store, _) = store(&source("s", X509, "ca", ""));
        assert!(store.doctor("trust.toml", NOW).is_empty());
        let end = store.x509_anchors(Purpose::PidIssue, NOW).unwrap().anchors()[0]
            .certificate
            .not_after();
        let found = |now| store.doctor("trust.toml", now).to_string();
        assert!(found(end.minus(DAY_S)).contains("warning: source \"s\": certificate "));
        assert!(found(end.plus(1)).contains("error: source \"s\": certificate "));
        let (empty, _) = self::store("");
        assert!(empty.doctor("trust.toml", NOW).has_errors());
    }
}
