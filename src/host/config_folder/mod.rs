//! Reads the configuration folder (docs/configuration.md), whole, and tells everything that is wrong
//! with it.
//!
//! | file | becomes |
//! |---|---|
//! | `eid-broker.toml` | [`Settings`] |
//! | `policy.toml` | [`Policy`] |
//! | `register.toml` | [`Register`] |
//! | `trust.toml`, and the files that it names | [`TrustStore`] |
//!
//! All four must be there. Relative paths in them are meant from the folder, absolute ones are
//! taken as they are, `.` and `..` are refused; symbolic links are followed. A file below `trust/`
//! that is missing or damaged does not stop the start: its source gets a state and a code of its
//! own, see [`crate::trust`], and a warning.

#[cfg(feature = "cli")]
mod init;
mod read;
mod saml;
mod settings;
mod take_over;

#[cfg(feature = "cli")]
pub use init::init;
pub use saml::{SamlDecryptionSettings, SamlSettings, SamlSigningSettings};
pub use settings::{
    ExpectationSettings, KeySettings, LimitSettings, ReplaySettings, Settings, SignerSettings,
    StoreSettings,
};

pub use take_over::{TakeOverError, TakenOver, previous, take_over, taken_at};

use crate::config::{Findings, Severity, digest_of_files};
use crate::identity::Family;
use crate::policy::Policy;
use crate::register::Register;
use crate::trust::{Material, Purpose, Source, TrustConfig, TrustStore};
use read::read_limited;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A configuration without any finding that stops the start.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConfigFolder {
    /// The folder that it was read from.
    pub folder: PathBuf,
    /// What `eid-broker.toml` says.
    pub settings: Settings,
    /// What is acceptable.
    pub policy: Policy,
    /// Which procedure may see what.
    pub register: Register,
    /// Whom we believe.
    pub trust: TrustStore,
    /// Names this configuration in verdicts, assertions and audit records:
    /// `sha256sum eid-broker.toml policy.toml register.toml trust.toml | sha256sum`, run in the
    /// folder, gives it again. The files below `trust/` have digests of their own.
    pub digest: [u8; 32],
    /// What the operator should look at.
    pub warnings: Findings,
}

impl ConfigFolder {
    /// Reads and checks the folder. Opens no store, no key and no log.
    ///
    /// # Errors
    /// All findings of all files, warnings included, when any of them stops the start.
    pub fn load(folder: &Path) -> Result<Self, Findings> {
        let mut findings = Findings::new();
        let texts = FILES.map(|name| read_text(folder, name, &mut findings));
        let [broker, policy, register, trust] = texts;
        let settings = broker
            .as_ref()
            .and_then(|text| Settings::from_toml(text, folder, BROKER, &mut findings));
        let policy_read =
            policy.as_ref().and_then(|text| Policy::from_toml(text, POLICY, &mut findings));
        let register_read =
            register.as_ref().and_then(|text| Register::from_toml(text, REGISTER, &mut findings));
        let trust_read = trust
            .as_ref()
            .and_then(|text| TrustConfig::from_toml(text, TRUST, &mut findings))
            .map(|config| load_trust(config, folder, &mut findings));
        if let (Some(settings), Some(policy), Some(register)) =
            (&settings, &policy_read, &register_read)
        {
            compare(settings, policy, register, &mut findings);
        }
        if let (Some(policy), Some(trust)) = (&policy_read, &trust_read) {
            compare_anchors(policy, trust, &mut findings);
        }
        if let (Some(settings), Some(register), Some(trust)) =
            (&settings, &register_read, &trust_read)
        {
            saml::compare(settings.saml.as_ref(), register, trust, &mut findings);
        }
        let built = || {
            let files = [
                (BROKER, broker.as_ref()?.as_bytes()),
                (POLICY, policy.as_ref()?.as_bytes()),
                (REGISTER, register.as_ref()?.as_bytes()),
                (TRUST, trust.as_ref()?.as_bytes()),
            ];
            Some((digest_of_files(&files), settings?, policy_read?, register_read?, trust_read?))
        };
        match built() {
            Some((digest, settings, policy, register, trust)) if !findings.has_errors() => {
                let (folder, warnings) = (folder.to_owned(), findings);
                Ok(Self { folder, settings, policy, register, trust, digest, warnings })
            }
            _ => Err(findings),
        }
    }
}

fn read_text(folder: &Path, name: &str, findings: &mut Findings) -> Option<String> {
    let fault = match read_limited(&folder.join(name), MAX_CONFIG_BYTES) {
        Material::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => return Some(text),
            Err(_) => "is not UTF-8",
        },
        Material::Absent => "is missing",
        Material::Unreadable(reason) => reason,
    };
    findings.file_error(name, fault);
    None
}

fn load_trust(config: TrustConfig, folder: &Path, findings: &mut Findings) -> TrustStore {
    let material: BTreeMap<String, Material> = config
        .files()
        .into_iter()
        .map(|name| (name.to_owned(), read_limited(&folder.join(name), MAX_TRUST_BYTES)))
        .collect();
    TrustStore::build(config, &material, TRUST, findings)
}

// What only shows when the files are laid side by side.
fn compare(settings: &Settings, policy: &Policy, register: &Register, findings: &mut Findings) {
    if policy.laboratory {
        let message = "is a laboratory policy: no verdict under it becomes an assertion";
        findings.push(Severity::Warning, POLICY, 0, "", message);
    }
    let signing = settings.signer.alg();
    for procedure in register.procedures() {
        let path = |key: &str| format!("procedure.{:?}.{key}", procedure.id);
        if procedure.alg != signing {
            let message = format!(
                "is {}, but the signer of {BROKER} signs with {}",
                procedure.alg.name(),
                signing.name()
            );
            findings.push(Severity::Error, REGISTER, 0, path("alg"), message);
        }
        let reachable =
            policy.reachable().any(|loa| loa.satisfies(procedure.min_loa, procedure.notified_only));
        if !reachable {
            let message = format!("is a level that no token reaches under {POLICY}");
            findings.push(Severity::Warning, REGISTER, 0, path("min_loa"), message);
        }
        for family in &procedure.families {
            let (rules, by_card) = match family {
                Family::BundId => (policy.bund_id.is_some(), false),
                Family::EidServer => (policy.eid_server.is_some(), false),
                Family::EidasSaml => (policy.eidas_saml.is_some(), false),
                Family::Certificate => (policy.certificate.is_some(), true),
                Family::Mdoc => (policy.mdoc.is_some(), false),
                Family::SdJwtVc => (policy.sd_jwt_vc.is_some(), false),
                Family::WebEid => (policy.web_eid.is_some(), true),
            };
            if !rules {
                let message = format!("has {:?}, for which {POLICY} has no section", family.name());
                findings.push(Severity::Error, REGISTER, 0, path("families"), message);
            }
            if by_card && settings.expectation.origin.is_none() {
                let message =
                    format!("has {:?}, which needs expectation.origin in {BROKER}", family.name());
                findings.push(Severity::Error, REGISTER, 0, path("families"), message);
            }
        }
    }
}

// A misspelt name would leave an anchor under the general rules, unnoticed.
fn compare_anchors(policy: &Policy, trust: &TrustStore, findings: &mut Findings) {
    for (name, _) in &policy.revocation.anchors {
        if !trust.sources().iter().any(|source| *source.config().rule.source == **name) {
            let message = format!("names no source of {TRUST}");
            let path = format!("revocation.anchor.{name}");
            findings.push(Severity::Error, POLICY, 0, path, message);
        }
    }
    // A rule for a CA that is not there accepts nothing; the operator should know.
    for rule in policy.cards.iter().flat_map(|cards| &cards.rules) {
        let serves = |source: &Source| {
            source.purpose() == Purpose::CardIssue && source.config().name == rule.source
        };
        if !trust.sources().iter().any(serves) {
            let message =
                format!("names {:?}, which is no source of card-issue in {TRUST}", rule.source);
            findings.push(Severity::Error, POLICY, 0, "cards.rule.source", message);
        }
    }
}

const BROKER: &str = "eid-broker.toml";
const POLICY: &str = "policy.toml";
const REGISTER: &str = "register.toml";
const TRUST: &str = "trust.toml";
// In the order of the digest.
const FILES: [&str; 4] = [BROKER, POLICY, REGISTER, TRUST];

// A register of a thousand procedures has some 600 KiB.
const MAX_CONFIG_BYTES: u64 = 4 * 1024 * 1024;
// The largest aggregate of metadata; `pki::parse_pem_many` reads half of that.
const MAX_TRUST_BYTES: u64 = 8 * 1024 * 1024;

#[cfg(test)]
#[cfg(feature = "cli")]
#[cfg(feature = "sqlite")]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::config::hex;
    use crate::crypto::Alg;
    use crate::verdict::Code;
    use std::fs;
    use std::sync::atomic::{AtomicU32, Ordering};

    const NOW: UnixTime = UnixTime::from_secs(1_772_366_400);

    // A folder that goes away with the test.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new() -> Self {
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("eid-broker-config-{}-{number}", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn example() -> Self {
            let scratch = Self::new();
            init(&scratch.0).unwrap();
            scratch
        }

        fn load(&self) -> Result<ConfigFolder, Vec<String>> {
            ConfigFolder::load(&self.0)
                .map_err(|findings| findings.iter().map(ToString::to_string).collect())
        }

        fn replace(&self, file: &str, from: &str, to: &str) {
            let path = self.0.join(file);
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(from), "{from}");
            fs::write(path, text.replacen(from, to, 1)).unwrap();
        }

        // What one change of the example is refused for.
        fn finding(file: &str, from: &str, to: &str) -> String {
            let scratch = Self::example();
            scratch.replace(file, from, to);
            let findings = scratch.load().unwrap_err();
            assert_eq!(findings.len(), 1, "{to}: {findings:#?}");
            findings[0].clone()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_example_loads_without_a_finding() {
        let scratch = Scratch::example();
        let config = scratch.load().unwrap();
        assert_eq!(config.warnings.to_string(), "");
        assert_eq!(config.settings.issuer, "https://eid.example.org");
        assert_eq!(config.settings.signer.alg(), Alg::Es256);
        assert_eq!(config.settings.audit, scratch.0.join("state/audit.log"));
        assert_eq!(
            config.settings.stores.replay,
            ReplaySettings::Sqlite(scratch.0.join("state/replay.db"))
        );
        assert_eq!(config.settings.limits, LimitSettings::default());
        assert_eq!(config.settings.expectation.lifetime_s, 600);
        assert_eq!(config.policy.name, "standard");
        assert_eq!(config.register.procedures().count(), 2);
        assert!(config.trust.x509_anchors(Purpose::PidIssue, NOW).is_ok());
        let issuer = eid_broker_maker::pid::JWKS_ISSUER;
        assert!(config.trust.key_set(Purpose::PidIssue, issuer, NOW).is_ok());
    }

    #[test]
    fn rules_for_an_anchor_name_a_source() {
        let rule = "\n[revocation.anchor.NAME]\nrule = \"not-for-this-anchor\"\n";
        let append = |name: &str| {
            let scratch = Scratch::example();
            let path = scratch.0.join("policy.toml");
            let text = fs::read_to_string(&path).unwrap() + &rule.replace("NAME", name);
            fs::write(path, text).unwrap();
            scratch.load().map(|config| config.policy.revocation.anchors.len())
        };
        let trust = Scratch::example().load().unwrap().trust;
        let known = trust.sources()[0].config().rule.source.to_string();
        assert_eq!(append(&known), Ok(1));
        let findings = append("misspelt").unwrap_err();
        let expected =
            "policy.toml: error: revocation.anchor.misspelt: names no source of trust.toml";
        assert_eq!(findings, [expected]);
    }

    #[test]
    fn init_overwrites_nothing() {
        let scratch = Scratch::example();
        let key = fs::read(scratch.0.join("keys/assertion.pem")).unwrap();
        let findings = init(&scratch.0).unwrap_err();
        assert_eq!(findings.len(), 10);
        assert_eq!(fs::read(scratch.0.join("keys/assertion.pem")).unwrap(), key);

        let scratch = Scratch::new();
        fs::write(scratch.0.join("trust.toml"), "mine").unwrap();
        let findings = init(&scratch.0).unwrap_err();
        let expected = "trust.toml: error: is there already; nothing was written\n";
        assert_eq!(findings.to_string(), expected);
        assert!(!scratch.0.join("eid-broker.toml").exists());
        assert_eq!(fs::read(scratch.0.join("trust.toml")).unwrap(), b"mine");
    }

    #[test]
    fn init_makes_other_keys_every_time() {
        let (one, other) = (Scratch::example(), Scratch::example());
        for name in ["keys/assertion.pem", "keys/pairwise.hex", "keys/seal.hex", "keys/audit.hex"] {
            let read = |scratch: &Scratch| fs::read(scratch.0.join(name)).unwrap();
            assert_ne!(read(&one), read(&other), "{name}");
        }
        let seal = fs::read_to_string(one.0.join("keys/seal.hex")).unwrap();
        assert_eq!(seal.trim_end().len(), 64);
        assert_ne!(seal, fs::read_to_string(one.0.join("keys/pairwise.hex")).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = Scratch::example();
        let path = scratch.0.join("keys/pairwise.hex");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let findings = scratch.load().unwrap_err();
        assert_eq!(findings.len(), 1);
        assert!(findings[0].contains("error: keys.pairwise: is open to others"), "{findings:?}");
    }

    #[test]
    fn the_digest_can_be_repeated() {
        let scratch = Scratch::example();
        let first = scratch.load().unwrap().digest;
        let lines: String = FILES
            .iter()
            .map(|name| {
                let bytes = fs::read(scratch.0.join(name)).unwrap();
                format!("{}  {name}\n", hex(&crate::crypto::sha256(&bytes)))
            })
            .collect();
        assert_eq!(first, crate::crypto::sha256(lines.as_bytes()));
        scratch.replace("register.toml", "Building permit", "Building Permit");
        assert_ne!(scratch.load().unwrap().digest, first);
    }

    #[test]
    fn all_findings_of_all_files_come_at_once() {
        let scratch = Scratch::new();
        let expected = FILES.map(|name| format!("{name}: error: is missing"));
        assert_eq!(scratch.load().unwrap_err(), expected);

        let scratch = Scratch::example();
        fs::remove_file(scratch.0.join("policy.toml")).unwrap();
        fs::remove_file(scratch.0.join("keys/seal.hex")).unwrap();
        scratch.replace("eid-broker.toml", "https://eid.example.org", "https://eid.example.org/");
        scratch.replace("register.toml", "min_loa = \"low\"", "min_loa = \"lowest\"");
        scratch.replace("trust.toml", "iso-iaca", "iaca");
        scratch.replace("trust.toml", "kind = \"jwks\"", "kind = \"jwk\"");
        let findings = scratch.load().unwrap_err();
        let starts = [
            "policy.toml: error: is missing",
            "eid-broker.toml:5: error: issuer: must be an https URL",
            "eid-broker.toml:18: error: keys.seal: there is no file",
            "register.toml:38: error: procedure.\"urn:procedure:youth-library\".min_loa",
            "trust.toml:19: error: source[0].profile: must be one of",
            "trust.toml:28: error: source[1].kind: must be one of",
        ];
        assert_eq!(findings.len(), starts.len(), "{findings:#?}");
        for (text, start) in findings.iter().zip(starts) {
            assert!(text.starts_with(start), "{start}: {text}");
        }
    }

    #[test]
    fn ten_mistakes_in_the_settings_are_ten_findings() {
        let scratch = Scratch::example();
        let text = "\
issuer = \"http://eid.example.org\"
isuer = \"https://eid.example.org\"
[signer]
kind = \"pkcs11\"
path = \"../assertion.pem\"
alg = \"RS256\"
[keys]
pairwise = \"keys/pairwise.hex\"
pairwise_version = 0
seal = \"keys/pairwise.hex\"
audit = \"keys/audit.hex\"
[stores]
replay = \"redis:host\"
capacity = 0
[audit]
path = \"nowhere/audit.log\"
[limits]
presentation_bytes = 524289
[expectation]
lifetime = \"2h\"
audience = \"x509_hash:short\"
";
        fs::write(scratch.0.join("eid-broker.toml"), text).unwrap();
        let findings = scratch.load().unwrap_err();
        let places: Vec<&str> =
            findings.iter().map(|text| text.split(": ").nth(2).unwrap()).collect();
        let expected = [
            "issuer",
            "isuer",
            "signer.kind",
            "signer.path",
            "signer.alg",
            "keys.pairwise_version",
            "keys.seal",
            "stores.replay",
            "stores.capacity",
            "audit.path",
            "limits.presentation_bytes",
            "expectation.lifetime",
            "expectation.audience",
        ];
        assert_eq!(places, expected, "{findings:#?}");
    }

    #[test]
    fn what_only_shows_side_by_side_is_found() {
        let found = Scratch::finding("register.toml", "alg = \"ES256\"", "alg = \"ES384\"");
        assert!(found.contains("building-permit\".alg: is ES384, but the signer"), "{found}");

        let scratch = Scratch::example();
        scratch.replace("policy.toml", "version = 1", "version = 1\nlaboratory = true");
        // Once for each format of wallets.
        for _ in 0..2 {
            scratch.replace("policy.toml", "loa = \"high\"", "loa = \"low\"");
        }
        scratch.replace("eid-broker.toml", "sqlite:state/replay.db", "memory");
        let warnings = scratch.load().unwrap().warnings.to_string();
        for part in [
            "eid-broker.toml:23: warning: stores.replay: forgets",
            "policy.toml: warning: is a laboratory policy",
            "building-permit\".min_loa: is a level that no token reaches",
        ] {
            assert!(warnings.contains(part), "{part}: {warnings}");
        }
    }

    #[test]
    fn a_family_of_cards_needs_its_section_its_origin_and_its_anchors() {
        let scratch = Scratch::example();
        scratch.replace("register.toml", "[\"sd_jwt_vc\"]", "[\"sd_jwt_vc\", \"web_eid\"]");
        let findings = scratch.load().unwrap_err().join("\n");
        for part in ["\"web_eid\", for which policy.toml has no", "which needs expectation.origin"]
        {
            assert!(findings.contains(part), "{part}: {findings}");
        }
        let append = |file: &str, more: &str| {
            let path = scratch.0.join(file);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, format!("{text}{more}")).unwrap();
        };
        append("eid-broker.toml", "origin = \"https://login.example.org\"\n");
        append(
            "policy.toml",
            "[cards]\n[[cards.algorithm]]\nname = \"ES384\"\n[[cards.rule]]\nsource = \"cards\"\n\
             policies = [\"1.3.6.1.4.1.51361.1.2.1\"]\nscheme = \"ee-pno\"\nloa = \"high\"\n\
             notified = true\n[web_eid]\n",
        );
        let findings = scratch.load().unwrap_err();
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert!(findings[0].contains("cards.rule.source: names \"cards\""), "{findings:?}");
        append(
            "trust.toml",
            "[[source]]\nname = \"cards\"\npurpose = \"card-issue\"\nkind = \"x509\"\n\
             profile = \"eid-card\"\nfiles = [\"trust/pid-ca.pem\"]\ncountry = \"EE\"\n",
        );
        assert_eq!(scratch.load().unwrap().warnings.to_string(), "");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_a_finding() {
        let scratch = Scratch::example();
        let path = scratch.0.join("policy.toml");
        let size = usize::try_from(MAX_CONFIG_BYTES).unwrap();
        let mut text = fs::read(&path).unwrap();
        text.resize(size, b'\n');
        fs::write(&path, &text).unwrap();
        assert!(scratch.load().is_ok());
        text.push(b'\n');
        fs::write(&path, &text).unwrap();
        let over = "policy.toml: error: is larger than its limit";
        assert_eq!(scratch.load().unwrap_err(), [over]);
        fs::write(&path, b"name = \"\xff\"").unwrap();
        assert_eq!(scratch.load().unwrap_err(), ["policy.toml: error: is not UTF-8"]);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(scratch.load().unwrap_err(), ["policy.toml: error: is no regular file"]);
    }

    #[test]
    fn trust_that_cannot_be_read_has_a_state_and_does_not_stop_the_start() {
        type Damage = fn(&Path);
        let cases: [(Damage, &str, Code); 5] = [
            (|path| fs::remove_file(path).unwrap(), "never-loaded", Code::TrustMissing),
            (|path| fs::write(path, "").unwrap(), "empty", Code::TrustEmpty),
            (|path| fs::write(path, "garbage").unwrap(), "rejected", Code::TrustUnparseable),
            (
                |path| {
                    fs::remove_file(path).unwrap();
                    fs::create_dir(path).unwrap();
                },
                "rejected",
                Code::TrustUnparseable,
            ),
            (
                |path| {
                    let file = fs::File::create(path).unwrap();
                    file.set_len(MAX_TRUST_BYTES + 1).unwrap();
                },
                "rejected",
                Code::TrustUnparseable,
            ),
        ];
        for (damage, state, code) in cases {
            let scratch = Scratch::example();
            damage(&scratch.0.join("trust/pid-ca.pem"));
            let config = scratch.load().unwrap();
            let start = format!("trust.toml:14: warning: source \"test-pid\": is {state}: ");
            assert!(config.warnings.to_string().starts_with(&start), "{}", config.warnings);
            let refusal = config.trust.x509_anchors(Purpose::PidIssue, NOW).unwrap_err();
            assert_eq!(refusal.code(), code);
        }
    }
}
