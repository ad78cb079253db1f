//! The trust material and the policy that the vectors of SAML name.

use crate::make::Made;
use eid_broker_maker::saml::metadata::NodeMetadata;
use eid_broker_maker::saml::sign::certificate_pem;
use eid_broker_maker::saml::{bund_id, eid_server, eidas};
use eid_broker_maker::{TestKey, keys};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The files, by their paths below the package.
pub(in crate::make) fn files() -> Made<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    files.insert("policy/saml-1.toml".to_owned(), POLICY.as_bytes().to_vec());
    for key in [
        keys::saml_node_p256()?,
        keys::saml_node_p384()?,
        keys::saml_node_p521()?,
        keys::saml_node_bp256()?,
        keys::saml_node_bp384()?,
        keys::saml_node_bp512()?,
        keys::saml_node_rsa()?,
        keys::saml_node_metadata()?,
        keys::saml_weak_rsa2048()?,
        keys::saml_bund_id()?,
        keys::saml_eid_server()?,
        keys::saml_eid_server_rsa()?,
        keys::saml_eid_server_bp256()?,
    ] {
        let pem = format!("# test certificate, worthless\n{}", certificate_pem(&key)?);
        files.insert(format!("trust/{}", file(&key)), pem.into_bytes());
    }
    let mut metadata = NodeMetadata::new()?;
    metadata.signing = vec![keys::saml_node_p256()?, keys::saml_node_rsa()?];
    files.insert("trust/saml-node-metadata.xml".to_owned(), metadata.signed()?.into_bytes());

    let mut put = |name: &str, about: &str, source: Value| -> Made<()> {
        let trust = json!({ "description": about, "source": [source] });
        files.insert(format!("trust/{name}.json"), format!("{trust:#}\n").into_bytes());
        Ok(())
    };
    let usual = [keys::saml_node_p256()?, keys::saml_node_p384()?, keys::saml_node_rsa()?];
    let more = [
        keys::saml_node_p521()?,
        keys::saml_node_bp256()?,
        keys::saml_node_bp384()?,
        keys::saml_node_bp512()?,
    ];
    put("saml-node", "The test eIDAS node, its keys pinned.", node(&usual, "1.4"))?;
    put("saml-more-keys", "The node with keys on other curves.", node(&more, "1.4"))?;
    put("saml-version-1-3", "The node, as it speaks version 1.3 at most.", node(&usual, "1.3"))?;
    let short = [keys::saml_weak_rsa2048()?];
    put("saml-rsa-2048", "The node with a key that is too short.", node(&short, "1.4"))?;
    put(
        "saml-metadata",
        "The node by its signed metadata, the signer pinned.",
        json!({
            "name": "node",
            "purpose": "eidas-node",
            "kind": "saml-metadata",
            "entity_id": eidas::ENTITY,
            "files": ["saml-node-metadata.xml"],
            "signers": [file(&keys::saml_node_metadata()?)],
        }),
    )?;
    put(
        "saml-bund-id",
        "The test BundID, its key pinned.",
        json!({
            "name": "bund-id",
            "purpose": "bund-id",
            "kind": "saml-pinned",
            "entity_id": bund_id::ENTITY,
            "files": [file(&keys::saml_bund_id()?)],
        }),
    )?;
    let server = |der: bool| -> Made<Value> {
        Ok(json!({
            "name": "eid-server",
            "purpose": "eid-server",
            "kind": "saml-pinned",
            "entity_id": eid_server::ENTITY,
            "files": [
                file(&keys::saml_eid_server()?),
                file(&keys::saml_eid_server_rsa()?),
                file(&keys::saml_eid_server_bp256()?),
            ],
            "ecdsa_der": der,
        }))
    };
    put("saml-eid-server", "The test eID server, its keys pinned.", server(false)?)?;
    put("saml-eid-server-der", "The eID server that signs in DER.", server(true)?)?;
    Ok(files)
}

fn file(key: &TestKey) -> String {
    format!("{}.crt.pem", key.name())
}

fn node(keys: &[TestKey], version: &str) -> Value {
    json!({
        "name": "node",
        "purpose": "eidas-node",
        "kind": "saml-pinned",
        "entity_id": eidas::ENTITY,
        "country": eidas::COUNTRY,
        "files": keys.iter().map(file).collect::<Vec<_>>(),
        "protocol_versions": [version],
    })
}

const POLICY: &str = r#"# The three families of SAML as the library has them when nothing is said.
name = "saml"
version = 1
leeway_s = 60

[eidas_saml]

[bund_id]
notified = true

[eid_server]
loa = "high"
notified = true
"#;
