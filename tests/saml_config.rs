//! `[saml]` of `eid-broker.toml`: every finding is reported, and no key is taken for another.

#![cfg(test)]
#![cfg(all(feature = "cli", feature = "sqlite", feature = "openssl"))]

mod saml_kit;

use eid_broker_maker::keys;
use saml_kit::Folder;

const ALL: &[&str] = &["\"eidas_saml\"", "\"bund_id\"", "\"eid_server\""];
const FILE: &str = "eid-broker.toml";

#[test]
fn the_section_with_all_three_families_has_no_finding_and_opens() {
    let folder = Folder::saml(ALL);
    assert_eq!(folder.findings(), Vec::<String>::new());
    let broker = folder.broker();
    let service = broker.service_provider().unwrap();
    assert_eq!(service.decryption.iter().count(), 2);
    assert_eq!((service.country.as_str(), service.signing.len()), ("DE", 1));
}

// What one change of the section is refused for: a finding, or an error when it is opened.
fn refused(from: &str, to: &str) -> String {
    let folder = Folder::saml(ALL);
    folder.replace_saml(from, to);
    folder.open().err().unwrap_or_else(|| panic!("{to} is accepted"))
}

#[test]
fn one_mistake_is_one_finding_that_says_where() {
    for (from, to, said) in [
        ("saml/metadata\"", "saml/meta data\"", "saml.entity_id"),
        ("entity_id = \"https:", "entity_id = \"//", "saml.entity_id"),
        ("acs_url = \"https://", "acs_url = \"http://", "saml.acs_url"),
        ("country = \"DE\"\nsp", "country = \"Germany\"\nsp", "saml.country"),
        ("sp_type = \"public\"", "sp_type = \"Public\"", "saml.sp_type"),
        ("sp_type = \"public\"", "sp_type = \"private\"", "saml.requester_id"),
        (
            "sp_type = \"public\"",
            "sp_type = \"public\"\nmetadata_validity = \"59m\"",
            "saml.metadata_validity",
        ),
        (
            "sp_type = \"public\"",
            "sp_type = \"public\"\nmetadata_validity = \"32d\"",
            "saml.metadata_validity",
        ),
        ("sp_type = \"public\"", "sp_type = \"public\"\nsp_kind = 1", "saml.sp_kind"),
        ("Municipality of Example\"\n[[saml", "\"\n[[saml", "saml.display_name"),
        ("Municipality of Example\"\n[[saml", "a\\nb\"\n[[saml", "saml.display_name"),
        ("Municipality of Example\"\n[[saml", "a\\u0001b\"\n[[saml", "saml.display_name"),
        ("alg = \"ES256\"\n[[saml", "alg = \"EdDSA\"\n[[saml", "saml.signing[0].alg"),
        ("saml-signing.crt", "absent.crt", "saml.signing[0].certificate"),
        ("saml-signing.pem", "absent.pem", "saml.signing[0].path"),
        ("saml-signing.pem", "assertion.pem", "saml.signing"),
        ("saml-decryption.pem", "saml-signing.pem", "saml.decryption"),
        ("BMI-4711", "", "saml.bund_id.online_service_id"),
        ("BMI-4711\"", "BMI-4711\"\nlanguage = \"fr\"", "saml.bund_id.language"),
        ("BMI-4711\"", "BMI-4711\"\nback_url = \"javascript:\"", "saml.bund_id.back_url"),
        (
            "BMI-4711\"",
            "BMI-4711\"\nauthn_methods = { eid = true }",
            "saml.bund_id.authn_methods.eid",
        ),
    ] {
        let text = refused(from, to);
        assert!(text.contains(&format!("error: {said}:")), "{to}: {text}");
        assert_eq!(text.lines().filter(|line| line.contains("error: ")).count(), 1, "{to}: {text}");
    }
}

#[test]
fn all_mistakes_come_at_once() {
    let folder = Folder::saml(ALL);
    folder.replace_saml("acs_url = \"https://", "acs_url = \"http://");
    folder.replace_saml("sp_type = \"public\"", "sp_type = \"both\"");
    folder.replace_saml("saml-signing.crt", "absent.crt");
    folder.replace_saml("BMI-4711", "");
    assert_eq!(folder.findings().len(), 4, "{:#?}", folder.findings());
}

#[test]
fn keys_and_certificates_belong_together() {
    for (from, to, said) in [
        ("saml-signing.crt", "saml-decryption.crt", "the certificate is for another key"),
        ("saml-decryption.crt", "saml-signing.crt", "the certificate is for another key"),
        ("saml-decryption-ec.crt", "saml-decryption.crt", "the certificate is for another key"),
        ("alg = \"ES256\"\n[[saml", "alg = \"ES384\"\n[[saml", "not for the algorithm"),
        ("alg = \"ES256\"\n[[saml", "alg = \"PS256\"\n[[saml", "RSA of 2048 to 4096 bits"),
        ("keys/saml-signing.crt", "keys/saml-signing.pem", "not strict DER"),
        (
            "path = \"keys/saml-decryption-ec.pem\"\ncertificate = \"keys/saml-decryption-ec.crt\"",
            "path = \"keys/saml-decryption.pem\"",
            "two of the decryption keys are the same",
        ),
    ] {
        let text = refused(from, to);
        assert!(text.contains(said), "{to}: {text}");
    }
}

#[test]
fn nodes_want_longer_rsa_keys_than_others() {
    let folder = Folder::saml(ALL);
    folder.key("keys/saml-signing", &keys::saml_weak_rsa2048().unwrap());
    folder.replace_saml("alg = \"ES256\"\n[[saml", "alg = \"RS256\"\n[[saml");
    assert!(folder.open().unwrap_err().contains("3072"));
    let only = "alg = \"RS256\"\nfamilies = [\"bund_id\"]\n[[saml";
    folder.replace_saml("alg = \"RS256\"\n[[saml", only);
    folder.replace(
        "register.toml",
        ", \"eidas_saml\", \"bund_id\", \"eid_server\"]",
        ", \"bund_id\"]",
    );
    folder.broker();
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    for name in ["keys/saml-signing.pem", "keys/saml-decryption.pem"] {
        let folder = Folder::saml(ALL);
        let open = std::fs::Permissions::from_mode(0o640);
        std::fs::set_permissions(folder.0.join(name), open).unwrap();
        let findings = folder.findings();
        assert!(findings.iter().any(|text| text.contains("open to others")), "{findings:#?}");
    }
}

#[test]
fn a_procedure_needs_what_its_families_need() {
    let needs = |change: &dyn Fn(&Folder)| {
        let folder = Folder::saml(ALL);
        change(&folder);
        folder.findings().join("\n")
    };
    let text = needs(&|folder| {
        folder.replace_saml(
            "alg = \"ES256\"\n[[saml",
            "alg = \"ES256\"\nfamilies = [\"bund_id\"]\n[[saml",
        );
    });
    assert!(
        text.contains("\"eid_server\", which needs a key for it in [[saml.signing]]"),
        "{text}"
    );
    assert!(!text.contains("\"bund_id\", which"), "{text}");
    let text = needs(&|folder| {
        folder.replace_saml("[saml.bund_id]\nonline_service_id = \"BMI-4711\"\n", "");
    });
    assert!(text.contains("\"bund_id\", which needs [saml.bund_id]"), "{text}");
    let text = needs(&|folder| {
        folder.replace("trust.toml", "\npurpose = \"eid-server\"", "\npurpose = \"bund-id\"");
    });
    assert!(text.contains("a source with the purpose \"eid-server\" in trust.toml"), "{text}");
    let text = needs(&|folder| folder.replace("policy.toml", "\n[eidas_saml]\n", "\n"));
    assert!(text.contains("\"eidas_saml\", for which policy.toml has no section"), "{text}");
    let text = needs(&|folder| {
        let whole = folder.read(FILE);
        let (before, saml) = whole.rsplit_once("\n[saml]\n").unwrap();
        let (kept, rest) = saml.split_once("[[saml.decryption]]").unwrap();
        let (_, after) = rest.split_once("[saml.bund_id]").unwrap();
        folder.write(FILE, &format!("{before}\n[saml]\n{kept}[saml.bund_id]{after}"));
    });
    assert!(text.contains("\"eidas_saml\", which needs [[saml.decryption]]"), "{text}");
}
