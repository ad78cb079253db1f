//! A broker opened from a configuration folder, with the test issuers of SAML in it.

#![allow(dead_code, reason = "each test program uses a part")]

use eid_broker::UnixTime;
use eid_broker::broker::Broker;
use eid_broker::host::config_folder::{ConfigFolder, init};
use eid_broker::host::open_broker;
use eid_broker_maker::NOW;
use eid_broker_maker::keys::{self, TestKey};
use eid_broker_maker::saml::{BROKER, BROKER_ACS, bund_id, eid_server, eidas, sign};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) const PROCEDURE: &str = "urn:procedure:building-permit";
pub(crate) const CLIENT: &str = "legacy-17";
pub(crate) const OTHER_NODE: &str = "https://other-node.example/ServiceMetadata";

pub(crate) fn now() -> UnixTime {
    UnixTime::from_secs(NOW.unsigned_abs())
}

/// A folder that goes away with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// The example of `init`, with [saml] and the pinned test issuers.
    pub(crate) fn saml(families: &[&str]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("eid-broker-saml-{}-{number}", std::process::id());
        let folder = Self(std::env::temp_dir().join(name));
        init(&folder.0).unwrap();
        folder.key("keys/saml-signing", &keys::saml_sp_sign().unwrap());
        folder.key("keys/saml-decryption", &keys::saml_sp_enc_rsa().unwrap());
        folder.key("keys/saml-decryption-ec", &keys::saml_sp_enc_bp256().unwrap());
        for (name, key) in [
            ("trust/node.pem", keys::saml_node_rsa()),
            ("trust/other-node.pem", keys::saml_node_p256()),
            ("trust/bund-id.pem", keys::saml_bund_id()),
            ("trust/eid-server.pem", keys::saml_eid_server()),
            ("trust/eid-server-enc.pem", keys::saml_eid_server_rsa()),
        ] {
            folder.write(name, &sign::certificate_pem(&key.unwrap()).unwrap());
        }
        folder.append(
            "eid-broker.toml",
            &SAML.replace("BROKER_ACS", BROKER_ACS).replace("BROKER", BROKER),
        );
        folder.append("policy.toml", POLICY);
        folder.append("trust.toml", &trust());
        let families = format!("[\"sd_jwt_vc\", {}]", families.join(", "));
        folder.replace("register.toml", "[\"sd_jwt_vc\"]", &families);
        // The second procedure keeps its family.
        folder
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.0.join(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    pub(crate) fn append(&self, name: &str, more: &str) {
        self.write(name, &(self.read(name) + more));
    }

    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{from}");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// The same in the section [saml], and not in the comments of the example before it.
    pub(crate) fn replace_saml(&self, from: &str, to: &str) {
        let text = self.read("eid-broker.toml");
        let (before, section) = text.split_once("\n[saml]\n").unwrap();
        assert!(section.contains(from), "{from}");
        let section = section.replacen(from, to, 1);
        self.write("eid-broker.toml", &format!("{before}\n[saml]\n{section}"));
    }

    /// A private key for its owner only, and its certificate.
    pub(crate) fn key(&self, name: &str, key: &TestKey) {
        let path = self.0.join(format!("{name}.pem"));
        fs::write(&path, keys::der_to_pem("PRIVATE KEY", key.pkcs8_der())).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        self.write(&format!("{name}.crt"), &sign::certificate_pem(key).unwrap());
    }

    pub(crate) fn findings(&self) -> Vec<String> {
        match ConfigFolder::load(&self.0) {
            Ok(config) => config.warnings.iter().map(ToString::to_string).collect(),
            Err(findings) => findings.iter().map(ToString::to_string).collect(),
        }
    }

    pub(crate) fn open(&self) -> Result<Broker, String> {
        let config = ConfigFolder::load(&self.0).map_err(|findings| findings.to_string())?;
        open_broker(config).map_err(|error| error.to_string())
    }

    pub(crate) fn broker(&self) -> Broker {
        self.open().unwrap_or_else(|error| panic!("{error}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) const SAML: &str = r#"
[saml]
entity_id = "BROKER"
acs_url = "BROKER_ACS"
country = "DE"
sp_type = "public"
display_name = "Municipality of Example"
[[saml.signing]]
path = "keys/saml-signing.pem"
certificate = "keys/saml-signing.crt"
alg = "ES256"
[[saml.decryption]]
path = "keys/saml-decryption.pem"
certificate = "keys/saml-decryption.crt"
[[saml.decryption]]
path = "keys/saml-decryption-ec.pem"
certificate = "keys/saml-decryption-ec.crt"
[saml.bund_id]
online_service_id = "BMI-4711"
"#;

pub(crate) const POLICY: &str = r#"
[eidas_saml]
[bund_id]
notified = true
[eid_server]
loa = "high"
notified = true
"#;

/// The two nodes, of Austria and of Finland, BundID and the eID server.
pub(crate) fn trust() -> String {
    let source = |name: &str, purpose: &str, entity: &str, more: &str| {
        format!(
            "[[source]]\nname = \"{name}\"\npurpose = \"{purpose}\"\nkind = \"saml-pinned\"\n\
             entity_id = \"{entity}\"\nfiles = [\"trust/{name}.pem\"]\n{more}\n"
        )
    };
    [
        source(
            "node",
            "eidas-node",
            eidas::ENTITY,
            &format!("country = \"AT\"\nsso_post = {:?}\nprotocol_versions = [\"1.2\"]", eidas::SSO),
        ),
        source(
            "other-node",
            "eidas-node",
            OTHER_NODE,
            "country = \"FI\"\nsso_post = \"https://other-node.example/request\"",
        ),
        source(
            "bund-id",
            "bund-id",
            bund_id::ENTITY,
            &format!("country = \"DE\"\nsso_post = {:?}", bund_id::SSO),
        ),
        source(
            "eid-server",
            "eid-server",
            eid_server::ENTITY,
            &format!(
                "country = \"DE\"\nsso_redirect = {:?}\nencryption_files = [\"trust/eid-server-enc.pem\"]",
                eid_server::SSO
            ),
        ),
    ]
    .concat()
}

/// When test issuers answer: a few seconds before the broker looks.
pub(crate) fn answered_at() -> i64 {
    NOW - 5
}

/// The node of Finland, which signs with another key.
pub(crate) fn other_node() -> eidas::Node {
    let mut node = eidas::Node::with_key(&keys::saml_node_p256().unwrap()).unwrap();
    node.entity = OTHER_NODE.to_owned();
    node
}
