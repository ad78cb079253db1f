//! A wallet's PID as mdoc with device signature: 26 elements, ES256 throughout, the whole verification.

use crate::measure::{Cases, ROUNDS};
use crate::report::{self, Bars, Roles};
use crate::{allocations, fixture};
use aws_lc_rs::signature as aws;
use eid_broker::UnixTime;
use eid_broker::expectation::wallet::WalletExpected;
use eid_broker::pki::{Certificate, PathCache};
use eid_broker::token::Context;
use eid_broker::token::mdoc::verify;
use eid_broker::verdict::Verdict;
use eid_broker_maker::mdoc::{Cbor, Mdoc, MdocIssuer, MdocSpec, Response, redirect_transcript};
use eid_broker_maker::{NOW, cert, keys};
use ring::digest::{SHA256, digest};
use ring::signature as rs;

const URI: &str = "https://rp.example/response";
const KEY: [u8; 32] = [7; 32];

/// The issuer's chain was verified before and is found in the cache.
pub(crate) fn cached() -> bool {
    run(&Bars { bench: "mdoc_response", ratio: 1.12, allocations: None }, 16)
}

/// The issuer's chain is verified with each presentation.
pub(crate) fn uncached() -> bool {
    run(&Bars { bench: "mdoc_response_uncached", ratio: 1.10, allocations: None }, 0)
}

fn run(bars: &Bars, capacity: usize) -> bool {
    let now = UnixTime::from_secs(u64::try_from(NOW).expect("after 1970"));
    let transcript = redirect_transcript(fixture::AUDIENCE, fixture::NONCE, Some(&KEY), URI);
    let spec = MdocSpec::erika().expect("embedded key");
    let issued = MdocIssuer::new().and_then(|issuer| issuer.issue(&spec)).expect("a document");
    let response = Response::new(transcript);
    let holder = keys::holder().expect("embedded key");
    let token = response.present(&issued, &holder).expect("a presentation");
    let (policy, trust) = (fixture::policy(), fixture::trust());
    let paths = PathCache::new(capacity);
    let context = Context::new(&policy, &trust, &paths, fixture::NONCE, fixture::AUDIENCE, now)
        .with_wallet(WalletExpected::redirect(URI, Some(KEY)));
    let candidate = || {
        let verdict = verify(&token, &context);
        assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
        verdict
    };
    let allocations = allocations::per_operation(|| drop(candidate()));

    let work = Work::of(&issued, &response);
    let with_leaf = capacity == 0;
    let mut cases = Cases::default();
    let roles = Roles {
        candidate: cases.add(candidate),
        floor: cases.add(|| work.verify_with_ring(with_leaf)),
        fastest: cases.add(|| work.verify_with_aws_lc(with_leaf)),
        peers: &[],
    };
    report::print(bars, &roles, &cases.run(ROUNDS), allocations)
}

/// The primitive calls that a verification of this response cannot do without, over the same bytes: two
/// signatures and the digest of every element.
struct Work {
    issuer: Signed,
    device: Signed,
    leaf: Signed,
    digested: Vec<Vec<u8>>,
}

/// A message, its signature, and the key's uncompressed point.
struct Signed {
    key: Vec<u8>,
    parsed: aws::ParsedPublicKey,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Work {
    fn of(issued: &Mdoc, response: &Response) -> Self {
        let (signer, holder) = (keys::pid_signer(), keys::holder());
        let (signer, holder) = (signer.expect("embedded key"), holder.expect("embedded key"));
        let structure = |protected: &[u8], payload: &[u8]| {
            Cbor::Array(vec![
                Cbor::text("Signature1"),
                Cbor::Bytes(protected.to_vec()),
                Cbor::Bytes(Vec::new()),
                Cbor::Bytes(payload.to_vec()),
            ])
            .to_vec()
        };
        let auth = &issued.issuer_auth;
        let payload = auth.payload.clone().expect("an attached payload");
        let message = structure(&auth.protected, &payload);
        let issuer = Signed::raw(signer.public_key(), message, auth.signature.clone());
        let proof = response.device_signature(&issued.doc_type, &holder).expect("a signature");
        let authentication = Cbor::Array(vec![
            Cbor::text("DeviceAuthentication"),
            Cbor::Raw(response.transcript.clone()),
            Cbor::text(&issued.doc_type),
            Cbor::embedded(&response.device_name_spaces),
        ]);
        let payload = Cbor::embedded(&authentication.to_vec()).to_vec();
        let message = structure(&proof.protected, &payload);
        let device = Signed::raw(holder.public_key(), message, proof.signature);
        let leaf = cert::pid_leaf_mdl_ds_der().expect("a certificate");
        let leaf = Certificate::parse(&leaf).expect("an honest certificate");
        let ca = keys::pid_ca().expect("embedded key");
        let leaf = Signed::new(
            &aws::ECDSA_P256_SHA256_ASN1,
            ca.public_key(),
            leaf.tbs().to_vec(),
            leaf.signature().to_vec(),
        );
        let items = issued.items.iter().flat_map(|(_, items)| items);
        let digested = items.map(|item| Cbor::embedded(item).to_vec()).collect();
        Self { issuer, device, leaf, digested }
    }

    fn verify_with_ring(&self, with_leaf: bool) {
        for signed in [&self.issuer, &self.device] {
            signed.verify_with_ring(&rs::ECDSA_P256_SHA256_FIXED);
        }
        if with_leaf {
            self.leaf.verify_with_ring(&rs::ECDSA_P256_SHA256_ASN1);
        }
        for item in &self.digested {
            std::hint::black_box(digest(&SHA256, item));
        }
    }

    fn verify_with_aws_lc(&self, with_leaf: bool) {
        self.issuer.verify_parsed();
        // The device's key comes with the presentation and is new each time.
        aws::UnparsedPublicKey::new(&aws::ECDSA_P256_SHA256_FIXED, &self.device.key)
            .verify(&self.device.message, &self.device.signature)
            .expect("an honest signature");
        if with_leaf {
            self.leaf.verify_parsed();
        }
        for item in &self.digested {
            std::hint::black_box(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, item));
        }
    }
}

impl Signed {
    fn raw(key: &[u8], message: Vec<u8>, signature: Vec<u8>) -> Self {
        Self::new(&aws::ECDSA_P256_SHA256_FIXED, key, message, signature)
    }

    fn new(
        algorithm: &'static aws::EcdsaVerificationAlgorithm,
        key: &[u8],
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> Self {
        let parsed = aws::ParsedPublicKey::new(algorithm, key).expect("a point");
        Self { key: key.to_vec(), parsed, message, signature }
    }

    fn verify_with_ring(&self, algorithm: &'static rs::EcdsaVerificationAlgorithm) {
        rs::UnparsedPublicKey::new(algorithm, &self.key)
            .verify(&self.message, &self.signature)
            .expect("an honest signature");
    }

    fn verify_parsed(&self) {
        self.parsed.verify_sig(&self.message, &self.signature).expect("an honest signature");
    }
}
