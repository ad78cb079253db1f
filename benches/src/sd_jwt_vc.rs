//! A wallet's PID with key binding: twelve disclosures, ES256 throughout, the whole verification.

use crate::measure::{Cases, ROUNDS};
use crate::report::{self, Bars, Roles};
use crate::{allocations, fixture};
use aws_lc_rs::signature as aws;
use eid_broker::pki::{Certificate, PathCache};
use eid_broker::token::sd_jwt_vc::{Context, TrustedIssuers, verify};
use eid_broker::verdict::Verdict;
use eid_broker_maker::{cert, keys};
use ring::digest::{SHA256, digest};
use ring::signature as rs;
use sd_jwt_rs::{SDJWTSerializationFormat, SDJWTVerifier};

/// The issuer's chain was verified before and is found in the cache.
pub(crate) fn cached() -> bool {
    run(&Bars { bench: "sdjwt_kb", ratio: 1.15, allocations: None }, Chain::Cached)
}

/// The issuer's chain is verified with each presentation.
pub(crate) fn uncached() -> bool {
    run(&Bars { bench: "sdjwt_kb_uncached", ratio: 1.10, allocations: None }, Chain::Verified)
}

#[derive(Clone, Copy, PartialEq)]
enum Chain {
    Cached,
    Verified,
}

fn run(bars: &Bars, chain: Chain) -> bool {
    let now = fixture::now();
    let token = fixture::present(&fixture::pid(now), now);
    let (policy, trust) = (fixture::policy(), fixture::trust());
    let paths = PathCache::new(if chain == Chain::Cached { 16 } else { 0 });
    let issuers = TrustedIssuers::new(&trust, &paths);
    let context = Context::new(&policy, &issuers, fixture::NONCE, fixture::AUDIENCE, now);
    let candidate = || {
        let verdict = verify(token.as_bytes(), &context);
        assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
        verdict
    };
    let allocations = allocations::per_operation(|| drop(candidate()));

    let work = Work::of(&token);
    let leaf = work.certificate_signature();
    let with_leaf = chain == Chain::Verified;
    let mut cases = Cases::default();
    let roles = Roles {
        candidate: cases.add(candidate),
        floor: cases.add(|| {
            work.verify_with_ring();
            if with_leaf {
                leaf.verify_with_ring();
            }
        }),
        fastest: cases.add(|| {
            work.verify_with_aws_lc();
            if with_leaf {
                leaf.verify_with_aws_lc();
            }
        }),
        // The peer is given the issuer's key; it knows no certificates.
        peers: &[("sd-jwt-rs 0.7.1", cases.add(|| peer(&token, &work.issuer.key)))],
    };
    report::print(bars, &roles, &cases.run(ROUNDS), allocations)
}

fn peer(token: &str, issuer_key: &[u8]) -> SDJWTVerifier {
    let key = jsonwebtoken_9::DecodingKey::from_ec_der(issuer_key);
    SDJWTVerifier::new(
        token.to_owned(),
        Box::new(move |_, _| key.clone()),
        Some(fixture::AUDIENCE.to_owned()),
        Some(fixture::NONCE.to_owned()),
        SDJWTSerializationFormat::Compact,
    )
    .unwrap_or_else(|error| panic!("the peer refuses: {error}"))
}

/// The primitive calls that a verification of this presentation cannot do without, over the same
/// bytes: two signatures and the digests of every disclosure and of the bound presentation.
struct Work {
    issuer: Signed,
    holder: Signed,
    digested: Vec<Vec<u8>>,
}

/// A message, its raw signature, and the key's uncompressed point.
struct Signed {
    key: Vec<u8>,
    parsed: aws::ParsedPublicKey,
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// The same for a certificate, its signature in DER.
struct SignedCertificate(Signed);

impl Work {
    fn of(token: &str) -> Self {
        let (bound, kb_jwt) = token.rsplit_once('~').expect("a tilde");
        let mut parts = bound.split('~');
        let issuer_jwt = parts.next().expect("an issuer's JWT");
        let mut digested: Vec<Vec<u8>> = parts.map(|part| part.as_bytes().to_vec()).collect();
        assert_eq!(digested.len(), 12);
        digested.push(format!("{bound}~").into_bytes());
        Self {
            issuer: Signed::jws(issuer_jwt, keys::pid_signer().expect("embedded key").public_key()),
            holder: Signed::jws(kb_jwt, keys::holder().expect("embedded key").public_key()),
            digested,
        }
    }

    fn certificate_signature(&self) -> SignedCertificate {
        let leaf = cert::pid_leaf_der().expect("embedded certificate");
        let leaf = Certificate::parse(&leaf).expect("an honest certificate");
        let ca = keys::pid_ca().expect("embedded key");
        let (tbs, signature) = (leaf.tbs().to_vec(), leaf.signature().to_vec());
        SignedCertificate(Signed::new(
            &aws::ECDSA_P256_SHA256_ASN1,
            ca.public_key(),
            tbs,
            signature,
        ))
    }

    fn verify_with_ring(&self) {
        for signed in [&self.issuer, &self.holder] {
            rs::UnparsedPublicKey::new(&rs::ECDSA_P256_SHA256_FIXED, &signed.key)
                .verify(&signed.message, &signed.signature)
                .expect("an honest signature");
        }
        for text in &self.digested {
            std::hint::black_box(digest(&SHA256, text));
        }
    }

    fn verify_with_aws_lc(&self) {
        self.issuer.verify_parsed();
        // The holder's key comes with the presentation and is new each time.
        aws::UnparsedPublicKey::new(&aws::ECDSA_P256_SHA256_FIXED, &self.holder.key)
            .verify(&self.holder.message, &self.holder.signature)
            .expect("an honest signature");
        for text in &self.digested {
            std::hint::black_box(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text));
        }
    }
}

impl Signed {
    fn new(
        algorithm: &'static aws::EcdsaVerificationAlgorithm,
        key: &[u8],
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> Self {
        let parsed = aws::ParsedPublicKey::new(algorithm, key).expect("a point");
        Self { key: key.to_vec(), parsed, message, signature }
    }

    fn jws(jwt: &str, key: &[u8]) -> Self {
        let (message, signature) = jwt.rsplit_once('.').expect("three parts");
        let signature = eid_broker::envelope::base64url::decode(signature.as_bytes());
        let signature = signature.expect("base64url");
        Self::new(&aws::ECDSA_P256_SHA256_FIXED, key, message.as_bytes().to_vec(), signature)
    }

    fn verify_parsed(&self) {
        self.parsed.verify_sig(&self.message, &self.signature).expect("an honest signature");
    }
}

impl SignedCertificate {
    fn verify_with_ring(&self) {
        rs::UnparsedPublicKey::new(&rs::ECDSA_P256_SHA256_ASN1, &self.0.key)
            .verify(&self.0.message, &self.0.signature)
            .expect("an honest signature");
    }

    fn verify_with_aws_lc(&self) {
        self.0.verify_parsed();
    }
}
