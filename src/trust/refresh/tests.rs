//! Signed sources: states, lists, roll-back, and what the plan asks for.

use super::*;
use crate::config::Findings;
use crate::trust::saml_metadata::fixture::{
    DAY_S, ENTITY, NOW, certificate, message_key, metadata, service_list, sign, signer, stranger,
};
use crate::trust::{Purpose, SourceState, TrustConfig};
use eid_broker_maker::keys;

const NODE: &str = "[[source]]\nname = \"fi\"\npurpose = \"eidas-node\"\n\
                    kind = \"saml-metadata\"\nfiles = [\"fi.xml\"]\n\
                    entity_id = \"https://node.example.fi/ServiceMetadata\"\n";
const PINNED: &str = "signers = [\"signer.pem\"]\n";
const LISTED: &str = "service_list = \"list\"\n";
const LIST: &str = "[[source]]\nname = \"list\"\npurpose = \"eidas-node\"\n\
                    kind = \"saml-service-list\"\nfiles = [\"list.xml\"]\n\
                    url = \"https://list.example.eu/list.xml\"\nsigners = [\"list.pem\"]\n";

fn ahead(days: u64) -> UnixTime {
    NOW.plus(days.saturating_mul(DAY_S))
}

// Metadata that ends after so many days.
fn document(days: u64) -> Vec<u8> {
    sign(&metadata(ahead(days), &message_key()), &signer())
}

// A list that `stranger` signs and that names `signer`, issued so many days ago.
fn list(issued_days_ago: u64, days: u64) -> Vec<u8> {
    let signers = [certificate(&signer(), -100, 100)];
    let issued = NOW.minus(issued_days_ago.saturating_mul(DAY_S));
    let next = ahead(days);
    sign(&service_list(issued, next, &signers), &stranger())
}

fn store(text: &str, files: &[(&str, Vec<u8>)]) -> TrustStore {
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(text, "trust.toml", &mut findings);
    let config = config.unwrap_or_else(|| panic!("{findings}"));
    let pem = |der: Vec<u8>| keys::der_to_pem("CERTIFICATE", &der).into_bytes();
    let mut material: BTreeMap<String, Material> = files
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), Material::Bytes(bytes.clone())))
        .collect();
    for (name, key) in [("signer.pem", signer()), ("list.pem", stranger())] {
        let bytes = pem(certificate(&key, -100, 100));
        material.insert(name.to_owned(), Material::Bytes(bytes));
    }
    TrustStore::build(config, &material, "trust.toml", &mut findings)
}

fn keys_at(store: &TrustStore, now: UnixTime) -> Result<usize, Code> {
    let issuer = store.saml_issuer(Purpose::EidasNode, ENTITY, now);
    issuer.map(|issuer| issuer.signing.len()).map_err(|refusal| refusal.code())
}

fn answer(name: &str, octets: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
    BTreeMap::from([(name.to_owned(), octets)])
}

fn code(applied: &Applied) -> Option<Code> {
    applied.changes[0].1.as_ref().err().map(Refusal::code)
}

#[test]
fn the_states_of_metadata_have_four_codes() {
    let pinned = format!("{NODE}{PINNED}");
    let with = |octets: Vec<u8>| keys_at(&store(&pinned, &[("fi.xml", octets)]), NOW);
    assert_eq!(with(document(1)), Ok(1));
    assert_eq!(keys_at(&store(&pinned, &[]), NOW), Err(Code::TrustMissing));
    assert_eq!(with(b"garbage".to_vec()), Err(Code::TrustUnparseable));
    assert_eq!(with(document(0)), Err(Code::TrustStale));
    // Signed by somebody else: it cannot be read as what it should be, and the state says why.
    let forged = sign(&metadata(NOW.plus(DAY_S), &message_key()), &stranger());
    let store = store(&pinned, &[("fi.xml", forged)]);
    assert_eq!(keys_at(&store, NOW), Err(Code::TrustUnparseable));
    let SourceState::Rejected(reason) = store.sources()[0].state(NOW) else { panic!() };
    assert_eq!(reason.code(), Code::MetadataUntrusted);
}

#[test]
fn metadata_is_used_while_it_is_valid_and_not_before_it_is_believed() {
    let day = store(&format!("{NODE}{PINNED}"), &[("fi.xml", document(1))]);
    assert_eq!(keys_at(&day, NOW.plus(DAY_S - 1)), Ok(1));
    assert_eq!(keys_at(&day, NOW.plus(DAY_S)), Err(Code::TrustStale));
    let bound = SourceState::Stale { bound: NOW.plus(DAY_S - 1) };
    assert_eq!(day.sources()[0].state(NOW.plus(2 * DAY_S)), bound);
    // An end that is too far ahead, until it comes near.
    let short = format!("{NODE}{PINNED}max_validity = \"10d\"\n");
    let far = store(&short, &[("fi.xml", document(20))]);
    assert_eq!(keys_at(&far, NOW), Err(Code::TrustStale));
    assert_eq!(keys_at(&far, NOW.plus(10 * DAY_S)), Ok(1));
    assert_eq!(day.show(NOW)[0].valid_until, Some(NOW.plus(DAY_S)));
    assert_eq!(day.show(NOW)[0].next_update, Some(NOW.plus(DAY_S - 1)));
    assert!(day.doctor("trust.toml", NOW).is_empty());
    let warned = day.doctor("trust.toml", NOW.plus(DAY_S - 3600)).to_string();
    assert!(warned.contains("source \"fi\": is used until"), "{warned}");
}

#[test]
fn a_newer_document_takes_the_place_and_the_old_store_stays() {
    let old = store(&format!("{NODE}{PINNED}"), &[("fi.xml", document(1))]);
    let applied = old.apply(&answer("fi", document(2)), NOW);
    let change = applied.changes[0].1.as_ref().unwrap();
    assert_eq!((change.file.as_str(), change.is_held), ("fi.xml", false));
    assert_eq!(change.until, Some(NOW.plus(2 * DAY_S - 1)));
    let later = NOW.plus(DAY_S + 5);
    assert_eq!(keys_at(&applied.store, later), Ok(1));
    assert_eq!(keys_at(&old, later), Err(Code::TrustStale));
    assert_eq!(keys_at(&old, NOW), Ok(1));
    // What is built from the new file is the same store.
    let built = store(&format!("{NODE}{PINNED}"), &[("fi.xml", document(2))]);
    assert_eq!(built.sources()[0].digest(), applied.store.sources()[0].digest());
    let again = applied.store.apply(&answer("fi", document(2)), NOW);
    assert!(again.changes[0].1.as_ref().unwrap().is_held);
}

#[test]
fn an_older_document_is_refused_and_the_held_one_stays() {
    let held = store(&format!("{NODE}{PINNED}"), &[("fi.xml", document(3))]);
    let applied = held.apply(&answer("fi", document(2)), NOW);
    assert_eq!(code(&applied), Some(Code::MetadataRollback));
    assert_eq!(keys_at(&applied.store, NOW.plus(3 * DAY_S - 1)), Ok(1));
    // Also when what is held is past its time, and when the older one says nothing of an end.
    let ended = store(&format!("{NODE}{PINNED}"), &[("fi.xml", document(0))]);
    assert_eq!(code(&ended.apply(&answer("fi", document(1)), NOW)), None);
    let aged = "loaded_at = \"2026-03-01T00:00:00Z\"\nrefuse_after = \"30d\"\n";
    let held = store(&format!("{NODE}{PINNED}{aged}"), &[("fi.xml", document(3))]);
    let text = metadata(NOW.plus(DAY_S), &message_key());
    let endless = text.replace(&format!(" validUntil=\"{}\"", NOW.plus(DAY_S)), "");
    assert_ne!(endless, text);
    let endless = sign(&endless, &signer());
    assert_eq!(
        code(&held.apply(&answer("fi", endless.clone()), NOW)),
        Some(Code::MetadataRollback)
    );
    let first = store(&format!("{NODE}{PINNED}{aged}"), &[]);
    assert_eq!(code(&first.apply(&answer("fi", endless), NOW)), None);
}

#[test]
fn what_is_refused_changes_nothing() {
    let held = store(&format!("{NODE}{PINNED}"), &[("fi.xml", document(1))]);
    let forged = sign(&metadata(NOW.plus(2 * DAY_S), &message_key()), &stranger());
    let other = metadata(NOW.plus(2 * DAY_S), &message_key()).replace(ENTITY, "urn:other");
    for (octets, expected) in [
        (forged, Code::MetadataUntrusted),
        (document(0), Code::MetadataExpired),
        (document(401), Code::MetadataValidity),
        (sign(&other, &signer()), Code::MetadataEntity),
        (b"<html/>".to_vec(), Code::MetadataStructure),
        (Vec::new(), Code::XmlMalformed),
    ] {
        let applied = held.apply(&answer("fi", octets), NOW);
        assert_eq!(code(&applied), Some(expected));
        assert_eq!(applied.store.sources()[0].digest(), held.sources()[0].digest());
        assert_eq!(keys_at(&applied.store, NOW), Ok(1));
    }
    let applied = held.apply(&answer("fr", document(2)), NOW);
    assert_eq!(code(&applied), Some(Code::MisuseArgument));
}

#[test]
fn the_country_may_come_from_the_document_and_must_be_the_configured_one() {
    let with = |country: &str| {
        let text = format!("{NODE}{PINNED}{country}");
        let store = store(&text, &[("fi.xml", document(1))]);
        let issuer = store.saml_issuer(Purpose::EidasNode, ENTITY, NOW);
        issuer.map(|issuer| issuer.rule.country.unwrap().as_str().to_owned()).map_err(|r| r.code())
    };
    assert_eq!(with("").as_deref(), Ok("FI"));
    assert_eq!(with("country = \"FI\"\n").as_deref(), Ok("FI"));
    assert_eq!(with("country = \"SE\"\n"), Err(Code::TrustUnparseable));
}

#[test]
fn a_list_says_who_signs() {
    let text = format!("{NODE}{LISTED}{LIST}");
    let with = |files: &[(&str, Vec<u8>)]| keys_at(&store(&text, files), NOW);
    let metadata_file = ("fi.xml", document(30));
    assert_eq!(with(&[metadata_file.clone(), ("list.xml", list(1, 6))]), Ok(1));
    assert_eq!(with(std::slice::from_ref(&metadata_file)), Err(Code::TrustMissing));
    let garbage = ("list.xml", b"<a/>".to_vec());
    assert_eq!(with(&[metadata_file.clone(), garbage]), Err(Code::TrustUnparseable));
    // The list ends before the metadata does: then nobody vouches for its signer.
    let ended = ("list.xml", list(7, 0));
    assert_eq!(with(&[metadata_file.clone(), ended]), Err(Code::TrustStale));
    let both = store(&text, &[metadata_file.clone(), ("list.xml", list(1, 6))]);
    assert_eq!(keys_at(&both, NOW.plus(6 * DAY_S - 1)), Ok(1));
    assert_eq!(keys_at(&both, NOW.plus(6 * DAY_S)), Err(Code::TrustStale));
    let show = both.show(NOW);
    assert_eq!((show[1].kind, show[1].count, show[1].state), ("saml-service-list", 1, "loaded"));
    assert_eq!(show[1].anchors[0].id, "FI https://node.example.fi/metadata.xml");
    // A list alone serves nobody.
    let alone = store(LIST, &[("list.xml", list(1, 6))]);
    assert_eq!(alone.state(Purpose::EidasNode, NOW), SourceState::NotConfigured);
    // Metadata of a state that the list has under another territory.
    let swedish = text.replacen("kind =", "country = \"SE\"\nkind =", 1);
    let store = store(&swedish, &[metadata_file, ("list.xml", list(1, 6))]);
    assert_eq!(keys_at(&store, NOW), Err(Code::TrustUnparseable));
}

#[test]
fn a_new_list_and_the_metadata_it_names_can_come_together() {
    let text = format!("{NODE}{LISTED}{LIST}");
    let empty = store(&text, &[]);
    assert_eq!(code(&empty.apply(&answer("fi", document(1)), NOW)), Some(Code::TrustMissing));
    let mut answers = answer("fi", document(1));
    answers.insert("list".to_owned(), list(1, 6));
    let applied = empty.apply(&answers, NOW);
    assert!(applied.changes.iter().all(|(_, change)| change.is_ok()), "{:?}", applied.changes);
    assert_eq!(keys_at(&applied.store, NOW), Ok(1));
    // The metadata alone after the list has ended; an older list.
    let later = NOW.plus(7 * DAY_S);
    let renewed = sign(&metadata(later.plus(DAY_S), &message_key()), &signer());
    let stale = applied.store.apply(&answer("fi", renewed), later);
    assert_eq!(code(&stale), Some(Code::TrustStale));
    for older in [list(2, 6), list(1, 5)] {
        let applied = applied.store.apply(&answer("list", older), NOW);
        assert_eq!(code(&applied), Some(Code::MetadataRollback));
    }
}

#[test]
fn a_list_that_drops_a_signer_drops_his_metadata() {
    let text = format!("{NODE}{LISTED}{LIST}");
    let files = [("fi.xml", document(1)), ("list.xml", list(1, 6))];
    let held = store(&text, &files);
    assert_eq!(keys_at(&held, NOW), Ok(1));
    let signers = [certificate(&keys::holder().unwrap(), -100, 100)];
    let next = sign(&service_list(NOW, NOW.plus(7 * DAY_S), &signers), &stranger());
    let applied = held.apply(&answer("list", next), NOW);
    assert!(applied.changes[0].1.is_ok());
    assert_eq!(keys_at(&applied.store, NOW), Err(Code::TrustUnparseable));
}

#[test]
fn an_old_key_that_a_publisher_leaves_is_a_warning() {
    use crate::trust::saml_metadata::fixture::key_descriptor;
    let old = key_descriptor(" use=\"signing\"", &certificate(&keys::holder().unwrap(), -9, -1));
    let text = metadata(ahead(1), &format!("{}{old}", message_key()));
    let store = store(&format!("{NODE}{PINNED}"), &[("fi.xml", sign(&text, &signer()))]);
    assert_eq!(keys_at(&store, NOW), Ok(1));
    let findings = store.doctor("trust.toml", NOW);
    assert!(findings.to_string().contains("warning: source \"fi\": certificate "), "{findings}");
    assert!(!findings.has_errors());
}

#[test]
fn the_plan_asks_for_what_is_missing_and_for_what_gets_old() {
    let text = format!("{NODE}{LISTED}{LIST}");
    let urls = |store: &TrustStore, taken: &BTreeMap<String, UnixTime>, now| {
        let plan = store.plan(taken, now);
        plan.into_iter()
            .map(|request| (request.source, request.url, request.due))
            .collect::<Vec<_>>()
    };
    let nothing = BTreeMap::new();
    let first = urls(&store(&text, &[]), &nothing, NOW);
    // Without the list the place is the entity ID.
    assert_eq!(first.len(), 2);
    assert_eq!((first[0].1.as_str(), first[0].2), (ENTITY, Due::Missing));
    assert_eq!(first[1].1, "https://list.example.eu/list.xml");
    let both = store(&text, &[("fi.xml", document(2)), ("list.xml", list(0, 20))]);
    assert!(urls(&both, &nothing, NOW).is_empty());
    let late = urls(&both, &nothing, NOW.plus(2 * DAY_S - 40_000));
    let until = Some(NOW.plus(2 * DAY_S - 1));
    let place = "https://node.example.fi/metadata.xml".to_owned();
    assert_eq!(late, [("fi".to_owned(), place, Due::Refresh { until })]);
    // Half of its time, when that is known.
    let taken = BTreeMap::from([("fi".to_owned(), NOW), ("list".to_owned(), NOW)]);
    assert!(urls(&both, &taken, NOW.plus(DAY_S - 10)).is_empty());
    assert_eq!(urls(&both, &taken, NOW.plus(DAY_S)).len(), 1);
    assert_eq!(urls(&both, &taken, NOW.plus(2 * DAY_S))[0].2, Due::Missing);
    // A pinned address wins; what has none is brought by hand.
    let pinned = text.replacen("kind =", "url = \"https://mirror.example/fi\"\nkind =", 1);
    assert_eq!(urls(&store(&pinned, &[]), &nothing, NOW)[0].1, "https://mirror.example/fi");
    let by_hand = text.replace("url = ", "# ").replace("https://node", "http://node");
    assert!(urls(&store(&by_hand, &[]), &nothing, NOW).is_empty());
}

#[test]
fn the_plan_keeps_to_the_cache_duration() {
    let cached = metadata(NOW.plus(10 * DAY_S), &message_key());
    let cached = cached.replace(" entityID=", " cacheDuration=\"PT1H\" entityID=");
    let files = [("fi.xml", sign(&cached, &signer()))];
    let store = store(&format!("{NODE}{PINNED}"), &files);
    let taken = BTreeMap::from([("fi".to_owned(), NOW)]);
    assert!(store.plan(&taken, NOW.plus(3599)).is_empty());
    assert_eq!(store.plan(&taken, NOW.plus(3600)).len(), 1);
    assert!(store.plan(&BTreeMap::new(), NOW.plus(3600)).is_empty());
}

#[test]
fn each_mistake_is_a_finding() {
    let good = format!("{NODE}{LISTED}{LIST}");
    let found = |text: &str| {
        let mut findings = Findings::new();
        let _ = TrustConfig::from_toml(text, "trust.toml", &mut findings);
        findings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(found(&good).is_empty());
    for (right, wrong, message) in [
        (LISTED, "", "source[0].signers: exactly one of `signers`, `signer_cas`, `service_list`"),
        (LISTED, "service_list = \"list\"\nsigners = [\"a\"]\n", "signers: exactly one of"),
        (LISTED, "signers = []\n", "source[0].signers: must not be empty"),
        (LISTED, "service_list = \"fi\"\n", "source \"fi\": names \"fi\", which is no source of"),
        ("[\"fi.xml\"]", "[\"fi.xml\", \"b\"]", "source \"fi\": must have one file"),
        ("list.xml\"]", "fi.xml\"]", "source \"fi\": has the file \"fi.xml\", which another"),
        ("signers = [\"list.pem\"]", "service_list = \"list\"", "source[1].signers: exactly one"),
        ("\"https://list", "\"http://list", "source[1].url: must be an https URL"),
        (
            "signers = [\"list",
            "country = \"FI\"\nsigners = [\"list",
            "source[1].country: belongs to",
        ),
    ] {
        let text = good.replacen(right, wrong, 1);
        assert_ne!(text, good);
        let found = found(&text);
        assert!(found.iter().any(|text| text.contains(message)), "{wrong}: {found:#?}");
    }
    let list = good.replacen(
        "name = \"list\"\npurpose = \"eidas-node\"",
        "name = \"list\"\npurpose = \"bund-id\"",
        1,
    );
    assert!(found(&list).iter().any(|text| text.contains("must be \"eidas-node\" for a service")));
    let cas = good.replacen(LISTED, "signer_cas = [\"ca.pem\"]\nmin_rsa_bits = 2048\n", 1);
    let warnings = found(&cas);
    assert!(warnings.iter().all(|text| text.contains("warning")) && warnings.len() == 2);
    for more in ["max_validity = \"1m\"", "min_rsa_bits = 1024", "rsa_pkcs1_until = \"2027\""] {
        assert_eq!(found(&format!("{good}{more}\n")).len(), 1, "{more}");
    }
}
