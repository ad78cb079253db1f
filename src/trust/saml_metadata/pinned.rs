//! Kind `saml-pinned`: the certificates of an issuer in files.

use super::held::Held;
use super::signed::Window;
use super::timeline::{Facts, Timeline};
use crate::pki::Certificate;
use crate::trust::certificates::read_certificates;
use crate::trust::{AnchorRule, SamlPinnedConfig};
use crate::verdict::Refusal;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Reads the certificates of signing keys (`signing`) and of encryption keys.
///
/// # Errors
/// As [`read_certificates`] and [`Timeline::new`].
pub(in crate::trust) fn read(
    config: &SamlPinnedConfig,
    rule: &Arc<AnchorRule>,
    signing: &[&[u8]],
    encryption: &[&[u8]],
    digest: [u8; 32],
) -> Result<Held, Refusal> {
    let facts = Facts {
        entity_id: config.entity_id.clone(),
        signing: certificates(signing)?,
        encryption: certificates(encryption)?
            .into_iter()
            .map(|certificate| (certificate, Vec::new()))
            .collect(),
        country: rule.country,
        protocol_versions: config.protocol_versions.clone(),
        sso: config.sso.clone(),
        attributes: Vec::new(),
        loas: Vec::new(),
        requester_id: false,
        ecdsa_der: config.ecdsa_der,
        valid_until: None,
        believed: vec![Window::EVER],
    };
    Timeline::new(&facts, rule, digest).map(Held::pinned)
}

// What stands in two files is one certificate.
fn certificates(files: &[&[u8]]) -> Result<Vec<Certificate>, Refusal> {
    let mut seen = BTreeSet::new();
    let mut certificates = Vec::new();
    for bytes in files {
        for certificate in read_certificates(bytes)? {
            if seen.insert(*certificate.sha256()) {
                certificates.push(certificate);
            }
        }
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use crate::UnixTime;
    use crate::config::Findings;
    use crate::trust::{Material, Purpose, SamlBinding, SourceState, TrustConfig, TrustStore};
    use crate::verdict::Code;
    use eid_broker_maker::cert::{self, CertificateSpec, Name};
    use eid_broker_maker::keys::{self, TestKey};
    use std::collections::BTreeMap;

    const NOW: UnixTime = UnixTime::from_secs(1_772_366_400);
    const DAY_S: u64 = 86_400;
    const ENTITY: &str = "https://node.example.fi/ServiceMetadata";

    // A self-signed certificate of `key`, valid for these days around `NOW`.
    fn certificate(key: &TestKey, from_day: i64, to_day: i64) -> Vec<u8> {
        let name = Name::new("FI", "Test Node");
        let mut spec = CertificateSpec::new(name.clone(), name, key).unwrap();
        let day = |day: i64| day.saturating_mul(86_400).saturating_add(1_772_366_400);
        (spec.not_before, spec.not_after) = (day(from_day), day(to_day));
        spec.build(key).unwrap()
    }

    fn pem(certificates: &[Vec<u8>]) -> Material {
        let blocks = certificates.iter().map(|der| keys::der_to_pem("CERTIFICATE", der));
        Material::Bytes(blocks.collect::<String>().into_bytes())
    }

    fn material() -> BTreeMap<String, Material> {
        let (old, new) = (keys::pid_signer().unwrap(), keys::other_signer().unwrap());
        let p384 = keys::pid_signer_es384().unwrap();
        let ed25519 = keys::pid_signer_eddsa().unwrap();
        let five: Vec<Vec<u8>> = [
            keys::pid_ca(),
            keys::other_ca(),
            keys::holder(),
            keys::second_holder(),
            keys::card_p256(),
        ]
        .into_iter()
        .map(|key| certificate(&key.unwrap(), -100, 100))
        .collect();
        [
            ("old", pem(&[certificate(&old, -100, 10)])),
            ("new", pem(&[certificate(&new, -10, 100)])),
            ("renewed", pem(&[certificate(&old, -10, 100)])),
            ("later", pem(&[certificate(&new, 20, 100)])),
            ("encryption", pem(&[certificate(&p384, -100, 100)])),
            ("ed25519", pem(&[certificate(&ed25519, -100, 100)])),
            ("roca", pem(&[certificate(&keys::card_roca().unwrap(), -100, 100)])),
            ("four", pem(&five[..4])),
            ("five", pem(&five)),
            ("unrelated", pem(&[cert::pid_ca_der().unwrap()])),
            ("garbage", Material::Bytes(b"garbage".to_vec())),
            ("empty", Material::Bytes(Vec::new())),
        ]
        .map(|(name, material)| (name.to_owned(), material))
        .into()
    }

    fn source(files: &str, more: &str) -> String {
        format!(
            "[[source]]\nname = \"fi\"\npurpose = \"eidas-node\"\nkind = \"saml-pinned\"\n\
             entity_id = \"{ENTITY}\"\ncountry = \"FI\"\nfiles = [{files}]\n{more}\n"
        )
    }

    fn store(text: &str) -> TrustStore {
        let mut findings = Findings::new();
        let config = TrustConfig::from_toml(text, "trust.toml", &mut findings);
        let config = config.unwrap_or_else(|| panic!("{findings}"));
        let store = TrustStore::build(config, &material(), "trust.toml", &mut findings);
        // Only what holds at any time is said at the start.
        assert!(!findings.to_string().contains("stale"));
        store
    }

    fn keys_at(store: &TrustStore, now: UnixTime) -> Result<usize, Code> {
        let issuer = store.saml_issuer(Purpose::EidasNode, ENTITY, now);
        issuer.map(|issuer| issuer.signing.len()).map_err(|refusal| refusal.code())
    }

    fn now(text: &str) -> Result<usize, Code> {
        keys_at(&store(text), NOW)
    }

    #[test]
    fn four_ways_of_having_no_issuer_have_four_codes() {
        const STALE: &str = "loaded_at = \"2026-01-01T00:00:00Z\"\nrefuse_after = \"30d\"";
        assert_eq!(now(&source("\"old\"", "")), Ok(1));
        assert_eq!(now(""), Err(Code::TrustMissing));
        assert_eq!(now(&source("\"absent\"", "")), Err(Code::TrustMissing));
        assert_eq!(now(&source("\"garbage\"", "")), Err(Code::TrustUnparseable));
        assert_eq!(now(&source("\"empty\"", "")), Err(Code::TrustEmpty));
        assert_eq!(now(&source("\"old\"", STALE)), Err(Code::TrustStale));
        assert_eq!(now(&source("\"later\"", "")), Err(Code::TrustStale));
    }

    #[test]
    fn the_entity_id_and_the_purpose_must_be_the_pinned_ones() {
        let store = store(&source("\"old\"", ""));
        let code = |purpose, entity| store.saml_issuer(purpose, entity, NOW).unwrap_err().code();
        let lower = ENTITY.to_lowercase();
        for other in [lower.as_str(), "", "https://node.example.fi/ServiceMetadata/"] {
            assert_eq!(code(Purpose::EidasNode, other), Code::TrustMissing, "{other}");
        }
        for purpose in [Purpose::BundId, Purpose::EidServer, Purpose::PidIssue] {
            assert_eq!(code(purpose, ENTITY), Code::TrustMissing);
        }
        assert!(store.x509_anchors(Purpose::EidasNode, NOW).is_err());
        assert_eq!(store.saml_issuers(Purpose::EidasNode, NOW).count(), 1);
        assert_eq!(store.saml_issuers(Purpose::BundId, NOW).count(), 0);
    }

    #[test]
    fn a_key_is_usable_while_its_certificate_is() {
        let store = store(&source("\"old\", \"new\"", ""));
        let day = |days: u64| NOW.plus(days * DAY_S);
        // Old from -100 to 10, new from -10 to 100, to the second.
        assert_eq!(keys_at(&store, NOW.minus(100 * DAY_S + 1)), Err(Code::TrustStale));
        assert_eq!(keys_at(&store, NOW.minus(100 * DAY_S)), Ok(1));
        assert_eq!(keys_at(&store, NOW.minus(10 * DAY_S + 1)), Ok(1));
        assert_eq!(keys_at(&store, NOW.minus(10 * DAY_S)), Ok(2));
        assert_eq!(keys_at(&store, day(10)), Ok(2));
        assert_eq!(keys_at(&store, day(10).plus(1)), Ok(1));
        assert_eq!(keys_at(&store, day(100)), Ok(1));
        assert_eq!(keys_at(&store, day(100).plus(1)), Err(Code::TrustStale));
        let issuer = |now| store.saml_issuer(Purpose::EidasNode, ENTITY, now).unwrap();
        let new = keys::other_signer().unwrap();
        let spki = &issuer(day(50)).signing[0];
        let point =
            crate::crypto::PublicKey::from_point(crate::crypto::Curve::P256, new.public_key());
        assert_eq!(*spki, point.unwrap());
    }

    #[test]
    fn the_state_says_until_when() {
        let store = store(&source("\"old\", \"later\"", ""));
        let state = |now| store.state(Purpose::EidasNode, now);
        let end = NOW.plus(10 * DAY_S);
        assert!(
            matches!(state(NOW), SourceState::Loaded { next_update: Some(to), .. } if to == end)
        );
        // Between the two certificates, then behind both, then before both.
        assert_eq!(state(NOW.plus(15 * DAY_S)), SourceState::Stale { bound: end });
        let last = NOW.plus(100 * DAY_S);
        assert_eq!(state(last.plus(5)), SourceState::Stale { bound: last });
        let first = NOW.minus(100 * DAY_S);
        assert_eq!(state(first.minus(5)), SourceState::Stale { bound: first });
        assert_eq!(store.show(NOW)[0].next_update, Some(end));
        assert_eq!(store.show(NOW)[0].entity_id.as_deref(), Some(ENTITY));
        assert!(
            store.doctor("trust.toml", NOW).to_string().contains("warning: source \"fi\": cert")
        );
    }

    #[test]
    fn a_renewed_certificate_is_no_second_key() {
        let store = store(&source("\"old\", \"renewed\"", ""));
        assert_eq!(keys_at(&store, NOW), Ok(1));
        assert_eq!(keys_at(&store, NOW.plus(50 * DAY_S)), Ok(1));
    }

    #[test]
    fn four_keys_are_the_most_at_one_time() {
        assert_eq!(now(&source("\"four\"", "")), Ok(4));
        assert_eq!(now(&source("\"five\"", "")), Err(Code::TrustUnparseable));
        let reason = store(&source("\"five\"", "")).sources()[0].state(NOW);
        assert!(matches!(reason, SourceState::Rejected(r) if r.code() == Code::LimitCount));
    }

    #[test]
    fn a_key_that_decrypts_does_not_sign() {
        let both = |files| {
            let text = source(files, "encryption_files = [\"encryption\"]");
            store(&text).sources()[0].state(NOW)
        };
        assert!(both("\"old\"").is_usable());
        let same = store(&source("\"old\"", "encryption_files = [\"renewed\"]"));
        let SourceState::Rejected(reason) = same.sources()[0].state(NOW) else { panic!() };
        assert_eq!(reason.code(), Code::KeyAmbiguous);
        let text = source("\"old\"", "encryption_files = [\"encryption\"]");
        let store = store(&text);
        let issuer = store.saml_issuer(Purpose::EidasNode, ENTITY, NOW).unwrap();
        assert_eq!((issuer.signing.len(), issuer.encryption.len()), (1, 1));
        assert!(!issuer.signing.contains(&issuer.encryption[0].key));
    }

    #[test]
    fn a_key_that_cannot_be_used_refuses_the_source() {
        for (file, code) in [("ed25519", Code::KeyUnsupported), ("roca", Code::KeyRoca)] {
            let store = store(&source(&format!("\"old\", \"{file}\""), ""));
            let SourceState::Rejected(reason) = store.sources()[0].state(NOW) else { panic!() };
            assert_eq!((reason.code(), reason.place().index), (code, Some(1)));
        }
    }

    #[test]
    fn what_is_written_down_is_what_the_issuer_says() {
        let text = source(
            "\"old\"",
            "sso_post = \"https://node.example.fi/post?x=1\"\nprotocol_versions = [\"1.2\"]\n\
             ecdsa_der = true\nloa_cap = \"substantial\"",
        );
        let store = store(&text);
        let issuer = store.saml_issuer(Purpose::EidasNode, ENTITY, NOW).unwrap();
        assert_eq!(issuer.entity_id, ENTITY);
        assert_eq!(
            issuer.sso_location(SamlBinding::HttpPost),
            Some("https://node.example.fi/post?x=1")
        );
        assert_eq!(issuer.sso_location(SamlBinding::HttpRedirect), None);
        assert_eq!(
            issuer.country.map(|country| country.as_str().to_owned()).as_deref(),
            Some("FI")
        );
        assert_eq!(issuer.protocol_versions, ["1.2"]);
        assert!(issuer.ecdsa_der && !issuer.requester_id && issuer.valid_until.is_none());
        assert_eq!(&*issuer.rule.source, "fi");
        assert_eq!(Some(&issuer.digest), store.sources()[0].digest());
    }

    #[test]
    fn each_mistake_is_a_finding() {
        let good = source(
            "\"old\"",
            "sso_post = \"https://node.example.fi/\"\nprotocol_versions = [\"1.2\"]",
        );
        let found = |text: &str| {
            let mut findings = Findings::new();
            let _ = TrustConfig::from_toml(text, "trust.toml", &mut findings);
            findings.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert!(found(&good).is_empty());
        for (right, wrong, message) in [
            (ENTITY, "node", "source[0].entity_id: must be an absolute URI"),
            ("entity_id = ", "entity = ", "source[0].entity_id: is missing"),
            ("country = \"FI\"\n", "", "source[0].country: must say for which country"),
            ("eidas-node", "pid-status", "source[0].kind: does not serve \"pid-status\""),
            ("saml-pinned", "saml-pined", "source[0].kind: must be one of \"x509\", \"jwks\""),
            (
                "https://node.example.fi/\"",
                "http://node.example.fi/\"",
                "sso_post: must be an https",
            ),
            ("1.2", "01.2", "protocol_versions[0]: must be a version"),
            ("\"old\"]", "\"old\", \"old\"]", "source[0].files: has a file more than once"),
        ] {
            let text = good.replacen(right, wrong, 1);
            assert_ne!(text, good);
            let found = found(&text);
            assert!(found.iter().any(|text| text.contains(message)), "{wrong}: {found:#?}");
        }
        let both = source("\"old\"", "encryption_files = [\"old\"]");
        assert!(found(&both)[0].contains("files: has a file more than once"));
        let again = good.replace("name = \"fi\"", "name = \"fi-2\"");
        assert!(found(&format!("{good}{again}"))[0].contains("source[1].entity_id: has another"));
        let other = again.replace("eidas-node", "bund-id");
        assert!(found(&format!("{good}{other}")).is_empty());
        let x509 = good.replace("saml-pinned", "x509\"\nprofile = \"pinned-leaf");
        assert!(
            found(&x509).iter().any(|text| text.contains("kind: does not serve \"eidas-node\""))
        );
    }
}
