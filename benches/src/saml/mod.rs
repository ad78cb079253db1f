//! Responses of an eIDAS node: read, both signatures verified, every check of the profile, mapped to
//! an identity.

mod message;
mod python;
mod xmlsec;

use crate::allocations;
use crate::measure::{Cases, Id, ROUNDS};
use crate::report::{self, Bars, Peers, Roles};
use aws_lc_rs::signature as aws;
use eid_broker::UnixTime;
use eid_broker::config::Findings;
use eid_broker::crypto::{Curve, Form, Hash, Scheme};
use eid_broker::envelope::xml::encryption::DecryptionKeys;
use eid_broker::expectation::saml::{SamlExpected, ServiceProvider, SpType};
use eid_broker::identity::{Country, Family};
use eid_broker::pki::{Certificate, PathCache, RecipientKey};
use eid_broker::policy::Policy;
use eid_broker::token::{Context, verify};
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use eid_broker::verdict::Verdict;
use eid_broker_maker::NOW;
use eid_broker_maker::keys::{self, TestKey};
use eid_broker_maker::saml::{BROKER, BROKER_ACS, Encryption, REQUEST_ID, eidas, sign};
use message::{Decryption, Message};
use python::Python;
use std::collections::BTreeMap;
use std::hint::black_box;
use xmlsec::{Keys, Xmlsec};

/// A plain assertion, P-256.
pub(crate) fn plain_p256() -> bool {
    let bars = Bars { bench: "saml_plain_p256", ratio: 1.6, allocations: None };
    let key = keys::saml_node_p256().expect("embedded key");
    let message = Message::new(&key, None, None);
    Work { key: &key, scheme: P256, message: &message, decryption: None }
        .run(&bars, &PEER_BARS_P256)
}

/// A plain assertion, RSA-2048 with PKCS#1 1.5.
pub(crate) fn plain_rsa2048() -> bool {
    let bars = Bars { bench: "saml_plain_rsa2048", ratio: 3.0, allocations: None };
    let key = keys::saml_weak_rsa2048().expect("embedded key");
    let message = Message::new(&key, Some(sign::method::RSA_SHA256), None);
    let scheme = Scheme::RsaPkcs1 { hash: Hash::Sha256 };
    Work { key: &key, scheme, message: &message, decryption: None }.run(&bars, &PEER_BARS_RSA)
}

/// P-256 throughout: encrypted by ECDH-ES, key wrap and AES-256-GCM.
pub(crate) fn enc_p256() -> bool {
    let bars = Bars { bench: "saml_enc_p256", ratio: 1.25, allocations: None };
    let (key, recipient) = (keys::saml_node_p256(), keys::saml_sp_enc_p256());
    let (key, recipient) = (key.expect("embedded key"), recipient.expect("embedded key"));
    let encryption = Encryption::new(&recipient).expect("a certificate");
    let message = Message::new(&key, None, Some(encryption));
    let decryption = Some(Decryption::agreement(&message, &recipient));
    Work { key: &key, scheme: P256, message: &message, decryption }.run(&bars, &[])
}

/// P-256 signatures, encrypted by RSA-OAEP with 3072 bits and AES-256-GCM.
pub(crate) fn enc_oaep3072() -> bool {
    let bars = Bars { bench: "saml_enc_oaep3072", ratio: 1.02, allocations: None };
    let (key, recipient) = (keys::saml_node_p256(), keys::saml_sp_enc_rsa());
    let (key, recipient) = (key.expect("embedded key"), recipient.expect("embedded key"));
    let encryption = Encryption::new(&recipient).expect("a certificate");
    let message = Message::new(&key, None, Some(encryption));
    let decryption = Some(Decryption::transport(&message, &recipient));
    Work { key: &key, scheme: P256, message: &message, decryption }.run(&bars, &[])
}

const P256: Scheme = Scheme::Ecdsa { curve: Curve::P256, hash: Hash::Sha256, form: Form::Raw };

// How many times dearer a peer must be, used as its users do. Handed a key that was parsed before,
// libxmlsec1 needs less than five times the floor.
const PEER_BARS_P256: [(&str, f64); 1] = [(xmlsec::TRUSTED, 5.0)];
const PEER_BARS_RSA: [(&str, f64); 1] = [(python::EACH, 8.0)];

/// A message, and what of it nobody can leave out.
struct Work<'w> {
    key: &'w TestKey,
    scheme: Scheme,
    message: &'w Message,
    decryption: Option<Decryption>,
}

impl Work<'_> {
    fn run(&self, bars: &Bars, peer_bars: &'static [(&'static str, f64)]) -> bool {
        let policy = policy(self.decryption.is_some());
        let (trust, paths) = (trust(self.key), PathCache::new(0));
        let service = service();
        let expected = SamlExpected::new(&service, eidas::ENTITY);
        let now = UnixTime::from_secs(NOW.unsigned_abs());
        let context =
            Context::new(&policy, &trust, &paths, REQUEST_ID, BROKER, now).with_saml(expected);
        let text = self.message.text.as_bytes();
        let candidate = || {
            let verdict = verify(Family::EidasSaml, text, &context);
            assert!(matches!(verdict, Verdict::Accepted(_)), "{:?}", verdict.refusal());
            verdict
        };
        let allocations = allocations::per_operation(|| drop(candidate()));

        let parsed = self.parsed();
        let mut cases = Cases::default();
        // The candidate first: a profile runs the first case.
        let candidate = cases.add(candidate);
        let issuer = trust.saml_issuer(eid_broker::trust::Purpose::EidasNode, eidas::ENTITY, now);
        let key = &issuer.expect("the node").signing[0];
        let floor = cases.add(|| {
            self.message.signatures.iter().for_each(|one| one.verify(key, self.scheme));
            self.decryption.iter().for_each(Decryption::open);
        });
        let fastest = cases.add(|| {
            for one in &self.message.signatures {
                parsed.verify_sig(&one.signed_info, &one.value).expect("an honest signature");
                let digest = &aws_lc_rs::digest::SHA256;
                black_box(aws_lc_rs::digest::digest(digest, &one.octets));
            }
            self.decryption.iter().for_each(Decryption::open);
        });
        let (peers, absent) = self.peers(&mut cases);
        let roles = Roles { candidate, floor, fastest, peers: &peers };
        let peers = Peers { bars: peer_bars, absent: &absent };
        eprintln!("{}: {} bytes", bars.bench, text.len());
        report::print_with_peers(bars, &peers, &roles, &cases.run(ROUNDS), allocations)
    }

    fn parsed(&self) -> aws::ParsedPublicKey {
        let algorithm: &'static dyn aws::VerificationAlgorithm = match self.scheme {
            Scheme::RsaPkcs1 { .. } => &aws::RSA_PKCS1_2048_8192_SHA256,
            _ => &aws::ECDSA_P256_SHA256_FIXED,
        };
        aws::ParsedPublicKey::new(algorithm, self.key.public_key()).expect("a key")
    }

    // Those that are installed, and the names of the others. They verify both signatures and know
    // neither SAML nor persons; none of them decrypts.
    fn peers(&self, cases: &mut Cases<'_>) -> (Vec<(&'static str, Id)>, Vec<&'static str>) {
        let (mut there, mut absent) = (Vec::new(), Vec::new());
        if self.decryption.is_some() {
            return (there, absent);
        }
        let pem = self.key.public_spki_pem().expect("a public key");
        let certificate = sign::certificate_pem(self.key).expect("a certificate");
        for (name, pem, keys) in
            [(xmlsec::TRUSTED, &certificate, Keys::Trusted), (xmlsec::PINNED, &pem, Keys::Pinned)]
        {
            match Xmlsec::new(pem, keys) {
                Some(peer) => {
                    let text = self.message.text.clone();
                    there.push((name, cases.add(move || peer.verify(&text))));
                }
                None => absent.push(name),
            }
        }
        for (name, keys) in [(python::EACH, "each"), (python::PINNED, "pinned")] {
            match Python::start(&self.message.text, &certificate, keys) {
                Some(mut peer) => {
                    there.push((name, cases.add_timed(move |calls| peer.time(calls))));
                }
                None => absent.push(name),
            }
        }
        (there, absent)
    }
}

// All that a production policy demands, and both signatures. Three things less where the assertion is
// plain: it may be, and PKCS#1 1.5 and 2048 bits are accepted.
const POLICY: &str = r#"
name = "bench"
version = 1
[eidas_saml]
signed = "both"
"#;

const LABORATORY_POLICY: &str = r#"
name = "bench-laboratory"
version = 1
laboratory = true
[eidas_saml]
require_encrypted = false
signed = "both"
[[eidas_saml.method]]
name = "ecdsa-sha256"
[[eidas_saml.method]]
name = "rsa-sha256"
min_rsa_bits = 2048
"#;

fn policy(encrypted: bool) -> Policy {
    let text = if encrypted { POLICY } else { LABORATORY_POLICY };
    let mut findings = Findings::new();
    let policy = Policy::from_toml(text, "policy.toml", &mut findings);
    policy.unwrap_or_else(|| panic!("{findings}"))
}

fn trust(key: &TestKey) -> TrustStore {
    let text = format!(
        "[[source]]\nname = \"node\"\npurpose = \"eidas-node\"\nkind = \"saml-pinned\"\n\
         entity_id = {:?}\ncountry = {:?}\nfiles = [\"node\"]\n",
        eidas::ENTITY,
        eidas::COUNTRY
    );
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(&text, "trust.toml", &mut findings);
    let config = config.unwrap_or_else(|| panic!("{findings}"));
    let pem = sign::certificate_pem(key).expect("a certificate").into_bytes();
    let material = BTreeMap::from([("node".to_owned(), Material::Bytes(pem))]);
    TrustStore::build(config, &material, "trust.toml", &mut findings)
}

// With the keys that production has: one of each kind, certificates known.
fn service() -> ServiceProvider {
    let own = [keys::saml_sp_enc_p256(), keys::saml_sp_enc_rsa()].map(|key| {
        let key = key.expect("embedded key");
        let certificate = sign::certificate(&key).expect("a certificate");
        let certificate = Certificate::parse(&certificate).expect("a certificate");
        let own = RecipientKey::from_der(key.pkcs8_der()).expect("a key");
        own.with_certificate(certificate).expect("of the key")
    });
    let own = DecryptionKeys::new(own.into()).expect("two keys");
    let country = Country::parse("DE").expect("a country");
    ServiceProvider::new(BROKER, BROKER_ACS, country, SpType::Public, own)
}
