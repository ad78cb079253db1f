//! What SAML responses are verified against in here: test issuers, plain assertions, a clock.

use eid_broker::config::Findings;
use eid_broker::envelope::xml::encryption::DecryptionKeys;
use eid_broker::expectation::saml::{ServiceProvider, SpType};
use eid_broker::identity::Country;
use eid_broker::policy::Policy;
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use eid_broker_maker::keys;
use eid_broker_maker::saml::{BROKER, BROKER_ACS, bund_id, eidas, sign};
use std::collections::BTreeMap;

/// The policy: everything in plain, the signature anywhere.
///
/// # Panics
/// When the text is no policy.
#[must_use]
pub fn saml_policy() -> Policy {
    const TEXT: &str = "name = \"fuzz\"\nversion = 1\nlaboratory = true\n\
        [eidas_saml]\nrequire_encrypted = false\nsigned = \"either\"\n\
        [bund_id]\nrequire_encrypted = false\nsigned = \"either\"\nnotified = false\nlevel_1 = \"low\"\n\
        [[bund_id.method]]\nname = \"rsa-pss-sha256\"\nmin_rsa_bits = 2048\n";
    let mut findings = Findings::new();
    let policy = Policy::from_toml(TEXT, "policy.toml", &mut findings);
    policy.unwrap_or_else(|| panic!("{findings}"))
}

/// The node and the account of the maker.
///
/// # Panics
/// When a key of the maker is damaged.
#[must_use]
pub fn saml_trust() -> TrustStore {
    let text = format!(
        "[[source]]\nname = \"node\"\npurpose = \"eidas-node\"\nkind = \"saml-pinned\"\n\
         entity_id = \"{}\"\nfiles = [\"node\"]\ncountry = \"AT\"\n\
         [[source]]\nname = \"account\"\npurpose = \"bund-id\"\nkind = \"saml-pinned\"\n\
         entity_id = \"{}\"\nfiles = [\"account\"]\n",
        eidas::ENTITY,
        bund_id::ENTITY
    );
    let pem = |key: Result<keys::TestKey, _>| {
        let pem = key.and_then(|key| sign::certificate_pem(&key));
        Material::Bytes(pem.expect("a key of the maker").into_bytes())
    };
    let material: BTreeMap<String, Material> = [
        ("node".to_owned(), pem(keys::saml_node_p256())),
        ("account".to_owned(), pem(keys::saml_bund_id())),
    ]
    .into();
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(&text, "trust.toml", &mut findings);
    let config = config.unwrap_or_else(|| panic!("{findings}"));
    TrustStore::build(config, &material, "trust.toml", &mut findings)
}

/// The service provider, without keys to decrypt with.
///
/// # Panics
/// Never.
#[must_use]
pub fn saml_service() -> ServiceProvider {
    let country = Country::parse("DE").expect("two letters");
    ServiceProvider::new(BROKER, BROKER_ACS, country, SpType::Public, DecryptionKeys::none())
}
