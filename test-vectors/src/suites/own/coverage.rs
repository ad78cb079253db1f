//! Which codes the vectors show, where the others are tested, and what every vector must be.

use super::Own;
use super::vector::Vector;
use eid_broker::verdict::Code;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

// Codes that no vector can show, and the test that does: file and name of the function. Both are
// looked up, and a code that a vector shows must not stand here.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("cbor.malformed", "src/envelope/cbor/tests.rs", "refuses_what_is_not_exactly_one_item"),
    ("cbor.indefinite", "src/envelope/cbor/tests.rs", "refuses_indefinite_lengths_and_breaks"),
    ("cbor.not_shortest", "src/envelope/cbor/tests.rs", "long_forms_are_the_choice_of_the_reader"),
    ("ambiguous.key", "src/envelope/cbor/tests.rs", "refuses_a_key_twice_however_it_is_written"),
    ("cose.malformed", "src/envelope/cose/tests.rs", "refuses_other_headers_with_their_code"),
    ("cose.tagged", "src/envelope/cose/tests.rs", "a_tag_is_the_choice_of_the_policy"),
    ("cose.payload", "tests/attacks_mdoc.rs", "attack_mdoc_09_device_authentication_is_stripped"),
    (
        "mdoc.structure",
        "tests/attacks_mdoc.rs",
        "elements_are_there_once_and_where_they_were_asked_for",
    ),
    ("mdoc.version", "tests/attacks_mdoc.rs", "attack_mdoc_15_bombs_and_ambiguities"),
    ("mdoc.status", "tests/attacks_mdoc.rs", "attack_mdoc_15_bombs_and_ambiguities"),
    (
        "mdoc.documents",
        "tests/attacks_mdoc.rs",
        "elements_are_there_once_and_where_they_were_asked_for",
    ),
    ("type.document", "tests/attacks_mdoc.rs", "attack_mdoc_04_another_type_of_document"),
    ("mdoc.random", "tests/attacks_mdoc.rs", "attack_mdoc_15_bombs_and_ambiguities"),
    (
        "ambiguous.element",
        "tests/attacks_mdoc.rs",
        "elements_are_there_once_and_where_they_were_asked_for",
    ),
    (
        "digest.element",
        "tests/attacks_mdoc.rs",
        "attack_mdoc_01_a_value_that_the_issuer_did_not_sign",
    ),
    ("device.elements", "tests/attacks_mdoc.rs", "a_device_speaks_of_what_the_issuer_allowed_it"),
    (
        "namespace.unexpected",
        "tests/attacks_mdoc.rs",
        "elements_are_there_once_and_where_they_were_asked_for",
    ),
    ("handover.denied", "tests/attacks_mdoc.rs", "attack_mdoc_10_a_response_to_another_request"),
    (
        "alg.not_available",
        "test-vectors/tests/answers.rs",
        "a_backend_without_the_curve_refuses_and_does_not_skip",
    ),
    (
        "ambiguous.signature",
        "src/envelope/xml/signature/tests.rs",
        "refuses_another_place_or_number_of_signatures",
    ),
    ("assertion.too_large", "test-vectors/tests/answers.rs", "an_assertion_has_a_largest_size"),
    ("binding.required", "src/register/release.rs", "a_binding_is_given_exactly_when_demanded"),
    (
        "cert.algorithm_parameters",
        "tests/pki_algorithms.rs",
        "null_parameters_of_ecdsa_pass_under_the_rules_for_cards_alone",
    ),
    (
        "chain.peer_name",
        "tests/pki_profiles.rs",
        "a_peer_is_named_by_an_alternative_name_and_nothing_else",
    ),
    ("chain.policy_denied", "tests/pki_profiles.rs", "a_key_on_a_sim_card_is_no_card"),
    ("chain.policy_mapping", "tests/pki_constraints.rs", "refuses_mappings_of_any_policy"),
    (
        "client.denied",
        "tests/attacks_broker.rs",
        "attack_brk_05_scopes_and_clients_outside_the_register",
    ),
    ("config.invalid", "ffi/broker/tests/calls.rs", "refuses_a_configuration_with_findings"),
    ("family.denied", "src/register/release.rs", "refuses_a_family_that_is_not_registered"),
    (
        "identity.no_stable_identifier",
        "src/register/release.rs",
        "a_pairwise_subject_needs_a_stable_identifier_and_a_transient_one_drops_it",
    ),
    (
        "identity.persons",
        "src/register/release.rs",
        "hears_only_of_the_persons_that_are_registered",
    ),
    ("internal.fault", "src/verdict/ledger.rs", "refuses_when_a_mandatory_check_was_left_out"),
    (
        "issuer.encryption_key",
        "src/expectation/saml/tests.rs",
        "what_is_asked_of_a_card_is_for_the_eid_server_alone",
    ),
    (
        "issuer.endpoint",
        "src/expectation/saml/tests.rs",
        "what_a_family_needs_is_said_when_it_is_missing",
    ),
    ("issuer.not_offered", "tests/saml_broker.rs", "who_is_asked_is_named_or_the_only_one"),
    ("key.altered_curve", "tests/pki_algorithms.rs", "no_byte_of_explicit_parameters_can_change"),
    (
        "metadata.country",
        "src/trust/saml_metadata/tests.rs",
        "the_country_must_be_one_and_the_configured_one",
    ),
    ("metadata.entity", "src/trust/saml_metadata/tests.rs", "the_entity_must_be_the_wanted_one"),
    ("metadata.expired", "src/trust/saml_metadata/tests.rs", "validity_counts_to_the_second"),
    ("metadata.key_use", "src/trust/saml_metadata/tests.rs", "a_key_must_say_what_it_is_for"),
    (
        "metadata.not_listed",
        "src/trust/saml_metadata/service_list.rs",
        "a_list_names_the_signers_of_each_state",
    ),
    (
        "metadata.role",
        "src/trust/saml_metadata/tests.rs",
        "the_role_must_be_there_once_and_speak_saml_2",
    ),
    (
        "metadata.rollback",
        "src/trust/refresh/tests.rs",
        "an_older_document_is_refused_and_the_held_one_stays",
    ),
    ("metadata.structure", "src/trust/saml_metadata/tests.rs", "other_documents_are_refused"),
    ("metadata.untrusted", "src/trust/refresh/tests.rs", "what_is_refused_changes_nothing"),
    (
        "metadata.validity",
        "src/trust/saml_metadata/tests.rs",
        "without_an_end_that_can_be_read_nothing_is_believed",
    ),
    (
        "misuse.argument",
        "tests/attacks_assertion.rs",
        "attack_jose_24_checkers_that_check_too_little",
    ),
    ("misuse.buffer", "ffi/check/src/argument.rs", "writes_a_text_whole_or_not_at_all"),
    ("misuse.encoding", "ffi/check/src/argument.rs", "reads_text_up_to_its_limit"),
    ("misuse.handle", "ffi/check/src/handle.rs", "finds_only_what_was_inserted_and_not_freed"),
    ("misuse.issuer", "tests/saml_broker.rs", "who_is_asked_is_named_or_the_only_one"),
    ("misuse.null", "ffi/check/src/argument.rs", "null_is_the_empty_text_only_with_length_0"),
    (
        "misuse.service_provider",
        "src/expectation/saml/tests.rs",
        "what_a_family_needs_is_said_when_it_is_missing",
    ),
    ("ocsp.algorithm", "tests/pki_ocsp.rs", "the_policy_has_its_say_about_the_algorithm"),
    ("ocsp.critical_extension", "tests/pki_ocsp.rs", "refuses_what_breaks_the_structure"),
    ("ocsp.malformed", "tests/pki_ocsp.rs", "refuses_what_breaks_the_structure"),
    ("ocsp.mismatch", "tests/pki_ocsp.rs", "refuses_answers_about_others_and_answers_of_others"),
    ("ocsp.signature", "tests/pki_ocsp.rs", "refuses_answers_about_others_and_answers_of_others"),
    ("ocsp.status", "tests/pki_ocsp.rs", "refuses_what_breaks_the_structure"),
    (
        "policy.laboratory",
        "tests/attacks_broker.rs",
        "attack_brk_23_a_laboratory_policy_never_mints",
    ),
    ("procedure.unknown", "src/register/release.rs", "refuses_an_unknown_procedure_or_client"),
    ("random.failed", "tests/attacks_broker.rs", "attack_brk_21_no_assertion_without_randomness"),
    (
        "replay.expectation",
        "tests/attacks_broker.rs",
        "attack_brk_01_again_with_another_token_another_call_or_another_client",
    ),
    ("request.expired", "tests/attacks_broker.rs", "attack_brk_17_clocks"),
    ("request.malformed", "tests/attacks_broker.rs", "attack_jose_29_48_expectations_of_others"),
    ("request.mismatch", "tests/attacks_broker.rs", "attack_jose_29_48_expectations_of_others"),
    ("revocation.algorithm", "tests/pki_crl.rs", "the_policy_has_its_say_about_the_algorithm"),
    (
        "revocation.critical_extension",
        "tests/pki_crl.rs",
        "refuses_critical_extensions_that_are_not_processed",
    ),
    ("revocation.delta", "tests/pki_crl.rs", "on_hold_is_revoked_until_a_delta_takes_it_off"),
    ("revocation.malformed", "tests/pki_crl.rs", "refuses_lists_that_break_the_structure"),
    (
        "revocation.rollback",
        "tests/pki_crl.rs",
        "a_store_keeps_the_newest_of_each_series_and_takes_no_older_one_back",
    ),
    ("revocation.signature", "tests/pki_crl.rs", "refuses_a_list_of_another_key_or_issuer"),
    ("revocation.untrusted", "tests/pki_crl.rs", "the_issuer_of_a_list_must_be_made_for_it"),
    (
        "scope.unavailable",
        "src/register/release.rs",
        "refuses_without_an_essential_claim_and_leaves_out_another",
    ),
    (
        "signer.failed",
        "test-vectors/tests/answers.rs",
        "a_signer_that_does_not_sign_issues_nothing",
    ),
    ("status.contradiction", "tests/pki_ocsp.rs", "refuses_two_statuses_and_contradicting_answers"),
    (
        "status.not_evaluated",
        "test-vectors/tests/answers.rs",
        "a_laboratory_verdict_says_that_the_status_was_left_out",
    ),
    ("status.scope", "tests/pki_crl.rs", "the_scope_of_a_list_must_cover_the_certificate"),
    (
        "status.unavailable",
        "tests/pki_crl.rs",
        "refuses_when_nothing_is_at_hand_and_nowhere_to_ask",
    ),
    ("storage.audit", "tests/attacks_broker.rs", "attack_brk_21_no_assertion_without_its_record"),
    ("storage.replay", "tests/attacks_broker.rs", "attack_brk_02_stores_that_fail"),
    ("time.auth_age", "src/register/release.rs", "refuses_past_the_age_of_the_act"),
];

// Codes of parts that are not there yet: nothing in the tree may produce them.
const NOT_YET: &[&str] = &[];

fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn vectors() -> BTreeMap<String, Own> {
    let mut found = BTreeMap::new();
    for folder in
        ["assertion", "bund_id", "certificate", "eid_server", "eidas_saml", "sd_jwt_vc", "web_eid"]
    {
        for entry in fs::read_dir(package().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "json") {
                let own =
                    Own::read(&path, serde_json::from_slice(&fs::read(&path).unwrap()).unwrap());
                let own = own.unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
                let id = own.vector.id.clone();
                assert!(found.insert(id.clone(), own).is_none(), "{id} is there twice");
            }
        }
    }
    assert!(found.len() > 900, "the vectors are gone");
    found
}

fn shown(vectors: &BTreeMap<String, Own>) -> BTreeSet<&str> {
    let mut codes: BTreeSet<&str> =
        vectors.values().filter_map(|own| own.vector.expect.refused.as_deref()).collect();
    if vectors.values().any(|own| own.vector.expect.needs.is_some()) {
        codes.insert("needs.evidence");
    }
    codes
}

// Every Rust file of the workspace but this one and the table itself.
fn sources(folder: &Path, out: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && !["target", "corpus"].contains(&name.as_str()) && !name.starts_with('.')
        {
            sources(&path, out);
        } else if name.ends_with(".rs")
            && name != "coverage.rs"
            && !path.ends_with("verdict/table.rs")
        {
            out.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_code_has_a_vector_or_a_named_test() {
    let vectors = vectors();
    let shown = shown(&vectors);
    let root = package().join("..");
    let mut text = String::new();
    for folder in ["src", "ffi"] {
        sources(&root.join(folder), &mut text);
    }
    let mut faults = Vec::new();
    for code in Code::ALL {
        let name = code.name();
        let elsewhere = ELSEWHERE.iter().find(|row| row.0 == name);
        let used = text.contains(&format!("Code::{code:?}"));
        match (shown.contains(name), elsewhere) {
            (true, Some(_)) => faults.push(format!("{name} has a vector; take it off the list")),
            (true, None) => {}
            (false, Some((_, file, test))) => {
                let file = fs::read_to_string(root.join(file)).unwrap_or_default();
                let there = file.contains(&format!("fn {test}("));
                if !there || !file.contains(&format!("Code::{code:?}")) {
                    faults.push(format!("{name}: the test {test} is gone"));
                }
            }
            (false, None) if NOT_YET.contains(&name) => {
                if used {
                    faults.push(format!("{name} is produced by now and needs a test"));
                }
            }
            (false, None) => faults.push(format!("{name} has neither vector nor test")),
        }
    }
    for name in ELSEWHERE.iter().map(|row| row.0).chain(NOT_YET.iter().copied()) {
        if Code::from_name(name).is_none() {
            faults.push(format!("{name} is no code"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

// What of a context must be the same in a vector and its twin, or what makes them differ.
fn context(vector: &Vector) -> (&str, &str) {
    (&vector.family, &vector.input.sha256)
}

#[test]
fn every_refused_vector_has_an_honest_twin() {
    let vectors = vectors();
    for (id, own) in &vectors {
        let vector = &own.vector;
        match (&vector.expect.refused, &vector.twin) {
            (Some(_), Some(twin)) => {
                let twin = &vectors.get(twin).unwrap_or_else(|| panic!("{id}: no {twin}")).vector;
                assert!(twin.expect.identity.is_some(), "{id}: its twin is not accepted");
                let same = context(vector) == context(twin)
                    && (&vector.trust, &vector.policy, &vector.now, &vector.procedure)
                        == (&twin.trust, &twin.policy, &twin.now, &twin.procedure)
                    && vector.presented == twin.presented
                    && format!("{:?}", vector.evidence) == format!("{:?}", twin.evidence)
                    && format!("{:?}{:?}{:?}", vector.expectation, vector.saml, vector.before)
                        == format!("{:?}{:?}{:?}", twin.expectation, twin.saml, twin.before);
                assert!(!same, "{id} asks what its twin asks");
            }
            (Some(_), None) => panic!("{id} has no twin"),
            (None, Some(_)) => panic!("{id} is accepted and has a twin"),
            (None, None) => {}
        }
    }
}

#[test]
fn every_vector_says_what_it_shows_and_is_called_by_its_id() {
    for (id, own) in vectors() {
        let vector = &own.vector;
        assert!(!vector.description.is_empty() && !vector.standard.is_empty(), "{id}");
        assert!(vector.description.ends_with(['.', '?', '!']), "{id}: {}", vector.description);
        let (family, name) = id.split_once('/').unwrap();
        assert_eq!((family, name.matches('/').count()), (vector.family.as_str(), 1), "{id}");
        let file = own.folder.join(format!("{}.json", name.replace('/', "-")));
        assert!(file.is_file(), "{id} is not called by its id");
        if let Some(attack) = &vector.attack {
            let (kind, number) = attack.split_once('-').unwrap();
            assert!(
                ["BRK", "CARD", "JOSE", "VC", "WEID", "X509", "XML"].contains(&kind),
                "{id}: {attack}"
            );
            assert!(number.parse::<u32>().is_ok(), "{id}: {attack}");
        }
    }
}

#[test]
fn an_accepted_presentation_names_every_mandatory_check() {
    use eid_broker::token::sd_jwt_vc::verify::MANDATORY;
    for (id, own) in vectors() {
        let Vector { family, expect, .. } = &own.vector;
        if family == "sd_jwt_vc" && expect.identity.is_some() {
            for check in MANDATORY {
                let listed = expect.ledger.iter().any(|name| name == check.name());
                // A short-lived credential has no status to look at.
                assert!(listed || check.name() == "credential.status", "{id}: {}", check.name());
            }
        }
    }
}
