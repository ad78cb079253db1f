//! A Web eID token with the status of its card: token signature, card below its CA, OCSP answer, and the
//! responder below the same CA. Nothing is remembered between two logins but the anchors.

use crate::allocations;
use crate::measure::{Cases, ROUNDS};
use crate::report::{self, Bars, Roles};
use aws_lc_rs::signature as aws;
use eid_broker::UnixTime;
use eid_broker::config::Findings;
use eid_broker::crypto::{Alg, Curve, Form, Hash, PublicKey, Scheme};
use eid_broker::identity::Family;
use eid_broker::pki::{Certificate, Evidence, PathCache};
use eid_broker::policy::Policy;
use eid_broker::token::{Context, verify};
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use eid_broker::verdict::Verdict;
use eid_broker_maker::card::{CardIssuer, Shape, WebEidSpec};
use eid_broker_maker::ocsp::Status;
use eid_broker_maker::{NOW, keys};
use std::collections::BTreeMap;

/// Everything on P-256.
pub(crate) fn p256() -> bool {
    let mut issuer = CardIssuer::new(Shape::Estonian).expect("embedded keys");
    issuer.ca = keys::pid_ca().expect("embedded key");
    let issuer = issuer.with_card(keys::card_p256().expect("embedded key"));
    run(&Bars { bench: "webeid_p256", ratio: 1.12, allocations: None }, &issuer, Alg::Es256)
}

/// The Estonian shape: a P-384 card below a P-521 CA.
pub(crate) fn p384() -> bool {
    let issuer = CardIssuer::new(Shape::Estonian).expect("embedded keys");
    run(&Bars { bench: "webeid_p384", ratio: 1.03, allocations: None }, &issuer, Alg::Es384)
}

const ORIGIN: &str = "https://login.example.org";
const NONCE: &str = "MTIzNDU2NzgxMjM0NTY3ODEyMzQ1Njc4OTEyMzU2Nzg=";

const POLICY: &str = r#"
name = "bench"
version = 1
[cards]
[[cards.algorithm]]
name = "ES256"
[[cards.algorithm]]
name = "ES384"
[[cards.algorithm]]
name = "ES512"
[[cards.rule]]
source = "cards"
policies = ["1.3.6.1.4.1.51361.1.2.1"]
scheme = "ee-pno"
loa = "high"
notified = true
[web_eid]
"#;

const TRUST: &str = "[[source]]\nname = \"cards\"\npurpose = \"card-issue\"\nkind = \"x509\"\n\
                     profile = \"eid-card\"\nfiles = [\"ca\"]\ncountry = \"EE\"\n";

/// One signature that has to be verified. The CA's key is parsed beforehand, as the anchor's is; the
/// card's own is seen for the first time, so that its point is what the primitive is given.
struct Signed {
    key: PublicKey,
    point: Option<Vec<u8>>,
    scheme: Scheme,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Signed {
    fn verify(&self) {
        if let Some(point) = &self.point {
            aws::UnparsedPublicKey::new(&aws::ECDSA_P384_SHA384_FIXED, point)
                .verify(&self.message, &self.signature)
                .expect("an honest signature");
            return;
        }
        self.key.verify(self.scheme, &self.message, &self.signature).expect("an honest signature");
    }

    fn certificate(der: &[u8], issuer: &Certificate) -> Self {
        let certificate = Certificate::parse(der).expect("an honest certificate");
        let key = issuer.public_key().expect("an honest key").clone();
        let scheme = certificate.signature_algorithm().expect("known").scheme(&key);
        let (message, signature) = (certificate.tbs().to_vec(), certificate.signature().to_vec());
        Self { key, point: None, scheme: scheme.expect("a scheme"), message, signature }
    }
}

fn run(bars: &Bars, issuer: &CardIssuer, alg: Alg) -> bool {
    let mut findings = Findings::new();
    let policy = Policy::from_toml(POLICY, "policy.toml", &mut findings);
    let policy = policy.unwrap_or_else(|| panic!("{findings}"));
    let ca = issuer.ca_der().expect("a CA");
    let material = BTreeMap::from([("ca".to_owned(), Material::Bytes(ca.clone()))]);
    let config = TrustConfig::from_toml(TRUST, "trust.toml", &mut findings);
    let config = config.unwrap_or_else(|| panic!("{findings}"));
    let trust = TrustStore::build(config, &material, "trust.toml", &mut findings);
    let spec = issuer.card_spec().expect("a card");
    let card = spec.build(&issuer.ca).expect("a card");
    let token = WebEidSpec::new(card.clone(), alg.name(), ORIGIN, NONCE);
    let signature = token.signature(&issuer.card).expect("a signature");
    let text = token.with_signature(&signature);
    let answer = issuer.ocsp(&spec, Status::Good).expect("an answer");
    let responder = answer.responder_der.clone();
    let answer = answer.build().expect("an answer");
    let answers = [answer.as_slice()];
    let paths = PathCache::new(0);
    let now = UnixTime::from_secs(NOW.unsigned_abs());
    let context = Context::new(&policy, &trust, &paths, NONCE, ORIGIN, now)
        .with_evidence(Evidence::ocsp(&answers));
    let candidate = || {
        let verdict = verify(Family::WebEid, text.as_bytes(), &context);
        assert!(matches!(verdict, Verdict::Accepted(_)), "{:?}", verdict.refusal());
        verdict
    };
    let allocations = allocations::per_operation(|| drop(candidate()));

    let ca = Certificate::parse(&ca).expect("a CA");
    let leaf = Certificate::parse(&card).expect("a card");
    let hash = alg.hash();
    let value = [hash.digest(ORIGIN.as_bytes()), hash.digest(NONCE.as_bytes())]
        .iter()
        .flat_map(|digest| digest.as_ref().to_vec())
        .collect();
    let (tbs, ocsp_signature) = basic(&answer);
    let work = [
        Signed {
            key: leaf.public_key().expect("a key").clone(),
            // With OpenSSL as the backend the parse costs more than it should; aws-lc is the bar.
            point: (cfg!(feature = "aws-lc") && alg == Alg::Es384)
                .then(|| issuer.card.public_key().to_vec()),
            scheme: alg.scheme(),
            message: value,
            signature,
        },
        Signed::certificate(&card, &ca),
        Signed {
            key: Certificate::parse(&responder)
                .expect("a responder")
                .public_key()
                .expect("a key")
                .clone(),
            point: None,
            scheme: Scheme::Ecdsa { curve: Curve::P256, hash: Hash::Sha256, form: Form::Der },
            message: tbs,
            signature: ocsp_signature,
        },
        Signed::certificate(&responder, &ca),
    ];
    let mut cases = Cases::default();
    // The candidate first: a profile runs the first case.
    let candidate = cases.add(candidate);
    let floor = cases.add(|| work.iter().for_each(Signed::verify));
    // The library chooses the fastest backend of its features: there is no other floor.
    let roles = Roles { candidate, floor, fastest: floor, peers: &[] };
    report::print(bars, &roles, &cases.run(ROUNDS), allocations)
}

// What is signed in an OCSP answer, and the signature (RFC 6960, 4.2.1).
fn basic(answer: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let outer = elements(&elements(answer)[0].1);
    let bytes = elements(&elements(&outer[1].1)[0].1);
    let basic = elements(&elements(&bytes[1].1)[0].1);
    (basic[0].0.clone(), basic[2].1[1..].to_vec())
}

// The elements of a DER value that is known to be whole: each with its header, and its content.
fn elements(mut der: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    while let [_, first, ..] = der {
        let count = if *first < 0x80 { 0 } else { usize::from(first & 0x7f) };
        let len = match count {
            0 => usize::from(*first),
            _ => der[2..2 + count].iter().fold(0, |len, byte| len << 8 | usize::from(*byte)),
        };
        let (whole, rest) = der.split_at(2 + count + len);
        found.push((whole.to_vec(), whole[2 + count..].to_vec()));
        der = rest;
    }
    found
}
