//! Certification paths: a leaf and its CA as they come with a token, read and verified below an
//! anchor; the same chain again; anchors by the hundred thousand.

use crate::crl_lookup::resident_bytes;
use crate::measure::{Cases, ROUNDS};
use crate::report::{self, Bars, Roles, print_line, rounded};
use crate::{allocations, fixture};
use aws_lc_rs::signature as aws;
use eid_broker::UnixTime;
use eid_broker::crypto::{PublicKey, Scheme};
use eid_broker::pki::{
    Anchor, Certificate, IndexedAnchors, Order, PathCache, PathRequest, Profile, Purpose,
    ValidatedPath, anchors_digest, verify_path,
};
use eid_broker::verdict::Code;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private, Public};
use openssl::sha::sha256;
use openssl::stack::Stack;
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::{X509, X509NameBuilder, X509StoreContext};
use ring::signature as rs;
use serde::Serialize;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

/// Leaf, CA, anchor on P-256.
pub(crate) fn chain_p256() -> bool {
    let chain = Chain::new(Nid::X9_62_PRIME256V1);
    let bars = Bars { bench: "x509_chain_p256", ratio: 1.08, allocations: None };
    let floor = |chain: &Chain| {
        for signed in &chain.signed {
            rs::UnparsedPublicKey::new(&rs::ECDSA_P256_SHA256_ASN1, &signed.point)
                .verify(&signed.tbs, &signed.signature)
                .expect("an honest signature");
        }
    };
    let parsed: Vec<_> = chain
        .signed
        .iter()
        .map(|signed| {
            aws::ParsedPublicKey::new(&aws::ECDSA_P256_SHA256_ASN1, &signed.point).expect("a point")
        })
        .collect();
    let fastest = |chain: &Chain| {
        for (key, signed) in parsed.iter().zip(&chain.signed) {
            key.verify_sig(&signed.tbs, &signed.signature).expect("an honest signature");
        }
    };
    run(&bars, &chain, &floor, &fastest)
}

/// The same on brainpoolP256r1.
pub(crate) fn chain_bp256() -> bool {
    let chain = Chain::new(Nid::BRAINPOOL_P256R1);
    let bars = Bars { bench: "x509_chain_bp256", ratio: 1.05, allocations: None };
    let floor = |chain: &Chain| {
        for signed in &chain.signed {
            let signature = EcdsaSig::from_der(&signed.signature).expect("a signature");
            assert!(signature.verify(&sha256(&signed.tbs), &signed.key).expect("a key"));
        }
    };
    run(&bars, &chain, &floor, &floor)
}

fn run(bars: &Bars, chain: &Chain, floor: &dyn Fn(&Chain), fastest: &dyn Fn(&Chain)) -> bool {
    let anchors = chain.anchors();
    let now = fixture::now();
    let candidate = || chain.verify(&anchors, now);
    let allocations = allocations::per_operation(|| drop(candidate()));

    let mut store = X509StoreBuilder::new().expect("OpenSSL");
    store.add_cert(chain.root.clone()).expect("OpenSSL");
    let store = store.build();
    let mut others = Stack::new().expect("OpenSSL");
    others.push(chain.ca.clone()).expect("OpenSSL");
    let openssl = |leaf: &X509, others: &Stack<X509>| {
        let mut context = X509StoreContext::new().expect("OpenSSL");
        let held = context.init(&store, leaf, others, |context| context.verify_cert());
        assert!(held.expect("OpenSSL"), "{:?}", context.error());
    };
    let mut cases = Cases::default();
    let roles = Roles {
        candidate: cases.add(candidate),
        floor: cases.add(|| floor(chain)),
        fastest: cases.add(|| fastest(chain)),
        peers: &[
            ("OpenSSL X509_STORE, objects reused", cases.add(|| openssl(&chain.leaf, &others))),
            (
                "OpenSSL X509_STORE, leaf and CA parsed",
                cases.add(|| {
                    let leaf = X509::from_der(&chain.presented[0]).expect("a certificate");
                    let mut others = Stack::new().expect("OpenSSL");
                    let ca = X509::from_der(&chain.presented[1]).expect("a certificate");
                    others.push(ca).expect("OpenSSL");
                    openssl(&leaf, &others);
                }),
            ),
        ],
    };
    report::print(bars, &roles, &cases.run(ROUNDS), allocations)
}

/// A chain, as it comes and as its signatures are verified.
struct Chain {
    /// Leaf and CA, DER.
    presented: [Vec<u8>; 2],
    root: X509,
    ca: X509,
    leaf: X509,
    /// The signature on the CA and the one on the leaf.
    signed: [Signed; 2],
}

struct Signed {
    tbs: Vec<u8>,
    signature: Vec<u8>,
    /// The issuer's uncompressed point, and its key.
    point: Vec<u8>,
    key: EcKey<Public>,
}

impl Chain {
    fn new(curve: Nid) -> Self {
        let group = EcGroup::from_curve_name(curve).expect("a curve");
        let key = || {
            let key = EcKey::generate(&group).expect("a key");
            PKey::from_ec_key(key).expect("a key")
        };
        let (root_key, ca_key, leaf_key) = (key(), key(), key());
        let root = certificate("Bench Root", &root_key, None, &root_key);
        let ca = certificate("Bench CA", &ca_key, Some(&root), &root_key);
        let leaf = certificate("Bench Leaf", &leaf_key, Some(&ca), &ca_key);
        let presented = [leaf.to_der().expect("DER"), ca.to_der().expect("DER")];
        let signed = [(&presented[1], &root_key), (&presented[0], &ca_key)].map(|(der, issuer)| {
            let certificate = Certificate::parse(der).expect("an honest certificate");
            let key = issuer.ec_key().expect("a key");
            let mut context = openssl::bn::BigNumContext::new().expect("OpenSSL");
            let form = openssl::ec::PointConversionForm::UNCOMPRESSED;
            let point = key.public_key().to_bytes(&group, form, &mut context).expect("a point");
            Signed {
                tbs: certificate.tbs().to_vec(),
                signature: certificate.signature().to_vec(),
                point,
                key: EcKey::from_public_key(&group, key.public_key()).expect("a key"),
            }
        });
        Self { presented, root, ca, leaf, signed }
    }

    fn anchors(&self) -> IndexedAnchors {
        let root = Certificate::parse(&self.root.to_der().expect("DER")).expect("sound");
        let profile = Arc::new(Profile::general(Purpose::Any));
        IndexedAnchors::new(vec![Anchor::new(root, profile, "bench".into())])
    }

    /// Everything that a presented chain costs: read, and verified by RFC 5280.
    fn verify(&self, anchors: &IndexedAnchors, now: UnixTime) -> ValidatedPath {
        let read = |der: &Vec<u8>| Certificate::parse(der).expect("an honest certificate");
        let presented = [read(&self.presented[0]), read(&self.presented[1])];
        let accepts = |_: Scheme, _: &PublicKey| -> Result<(), Code> { Ok(()) };
        let request = PathRequest::among(&presented, Order::Chain, anchors, now, &accepts);
        verify_path(&request).expect("an honest chain")
    }
}

/// A CA unless the name ends in `Leaf`; ten years around now.
fn certificate(
    name: &str,
    key: &PKey<Private>,
    issuer: Option<&X509>,
    signer: &PKey<Private>,
) -> X509 {
    let mut subject = X509NameBuilder::new().expect("OpenSSL");
    subject.append_entry_by_text("C", "DE").expect("OpenSSL");
    subject.append_entry_by_text("O", "Bench Organisation").expect("OpenSSL");
    subject.append_entry_by_text("CN", name).expect("OpenSSL");
    let subject = subject.build();
    let mut builder = X509::builder().expect("OpenSSL");
    builder.set_version(2).expect("OpenSSL");
    let serial = BigNum::from_u32(4_711).and_then(|number| number.to_asn1_integer());
    builder.set_serial_number(&serial.expect("OpenSSL")).expect("OpenSSL");
    builder.set_subject_name(&subject).expect("OpenSSL");
    builder.set_issuer_name(issuer.map_or(&subject, |issuer| issuer.subject_name())).expect("name");
    builder.set_pubkey(key).expect("OpenSSL");
    let now = i64::try_from(fixture::now().secs()).expect("before 2^63");
    let year = 31_557_600;
    let at = |secs| Asn1Time::from_unix(secs).expect("a time");
    builder.set_not_before(&at(now - 5 * year)).expect("OpenSSL");
    builder.set_not_after(&at(now + 5 * year)).expect("OpenSSL");
    let is_leaf = name.ends_with("Leaf");
    let mut extensions = Vec::new();
    let context = builder.x509v3_context(issuer.map(|issuer| &**issuer), None);
    if is_leaf {
        let usage = KeyUsage::new().critical().digital_signature().build();
        extensions.push(usage.expect("OpenSSL"));
        extensions.push(ExtendedKeyUsage::new().client_auth().build().expect("OpenSSL"));
        let names = SubjectAlternativeName::new().dns("leaf.example").build(&context);
        extensions.push(names.expect("OpenSSL"));
    } else {
        extensions.push(BasicConstraints::new().critical().ca().build().expect("OpenSSL"));
        let usage = KeyUsage::new().critical().key_cert_sign().crl_sign().build();
        extensions.push(usage.expect("OpenSSL"));
    }
    extensions.push(SubjectKeyIdentifier::new().build(&context).expect("OpenSSL"));
    if issuer.is_some() {
        let identifier = AuthorityKeyIdentifier::new().keyid(true).build(&context);
        extensions.push(identifier.expect("OpenSSL"));
    }
    for extension in extensions {
        builder.append_extension(extension).expect("OpenSSL");
    }
    builder.sign(signer, MessageDigest::sha256()).expect("OpenSSL");
    builder.build()
}

// --- the cache -----------------------------------------------------------------------------------

#[derive(Serialize)]
struct CacheLine {
    bench: &'static str,
    /// Key and look-up of a chain of two certificates.
    hit_ns: f64,
    /// SHA-256 over the same bytes, which nobody can leave out.
    digest_ns: f64,
    /// The difference; the bar is on it.
    over_digest_ns: f64,
    bar_ns: f64,
    presented_bytes: usize,
    allocations: u64,
    rounds: usize,
    held: bool,
}

/// The same chain again.
pub(crate) fn cache_hit() -> bool {
    const BAR: f64 = 1_000.0;
    let chain = Chain::new(Nid::X9_62_PRIME256V1);
    let (anchors, now) = (chain.anchors(), fixture::now());
    let cache = PathCache::default();
    let digest = anchors_digest(anchors.as_slice());
    let key = || PathCache::key(&chain.presented, &digest, &[7; 32]);
    // As full as it gets, with others.
    let path = Arc::new(chain.verify(&anchors, now));
    for n in 0..PathCache::DEFAULT_CAPACITY {
        cache.insert(ring_digest(&n.to_be_bytes()), Arc::clone(&path));
    }
    cache.insert(key(), path);
    let hit = || {
        let found = cache.lookup(&key(), now);
        assert!(found.is_some());
        found
    };
    let allocations = allocations::per_operation(|| drop(hit()));
    let bytes = chain.presented.concat();
    let mut cases = Cases::default();
    let (hit, digest) = (cases.add(hit), cases.add(|| ring_digest(&bytes)));
    let samples = cases.run(ROUNDS);
    let (hit_ns, digest_ns) = (samples.median_ns(hit), samples.median_ns(digest));
    let held = hit_ns - digest_ns <= BAR;
    print_line(&CacheLine {
        bench: "chain_cache_hit",
        hit_ns: rounded(hit_ns),
        digest_ns: rounded(digest_ns),
        over_digest_ns: rounded(hit_ns - digest_ns),
        bar_ns: BAR,
        presented_bytes: bytes.len(),
        allocations,
        rounds: ROUNDS,
        held,
    });
    held
}

fn ring_digest(bytes: &[u8]) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().try_into().expect("32 bytes")
}

// --- anchors -------------------------------------------------------------------------------------

#[derive(Serialize)]
struct MemoryLine {
    bench: &'static str,
    anchors: usize,
    der_bytes: usize,
    /// Resident memory for one anchor beside its DER, the index counted in.
    beyond_der_bytes: u64,
    bar_bytes: u64,
    /// Reading one and putting it into the index.
    load_us: f64,
    bar_us: f64,
    /// The same once its key was used.
    beyond_der_with_key_bytes: u64,
    load_with_key_us: f64,
    held: bool,
}

/// What an anchor takes.
pub(crate) fn anchor_memory() -> bool {
    const BAR_BYTES: u64 = 800;
    const BAR_US: f64 = 10.0;
    const COUNT: usize = 100_000;
    let ders = anchor_ders(COUNT);
    let der_bytes = ders[0].len();
    let before = resident_bytes();
    let start = Instant::now();
    let anchors = indexed(&ders);
    let load = start.elapsed();
    let loaded = resident_bytes();
    for anchor in anchors.as_slice() {
        assert!(black_box(anchor.certificate.public_key()).is_ok());
    }
    let with_key = start.elapsed();
    let used = resident_bytes();
    let each =
        |bytes: u64| (bytes.saturating_sub(before) / COUNT as u64).saturating_sub(der_bytes as u64);
    let load_us = load.as_secs_f64() * 1e6 / COUNT as f64;
    let held = each(loaded) <= BAR_BYTES && load_us <= BAR_US;
    print_line(&MemoryLine {
        bench: "anchor_memory",
        anchors: anchors.as_slice().len(),
        der_bytes,
        beyond_der_bytes: each(loaded),
        bar_bytes: BAR_BYTES,
        load_us: rounded(load_us),
        bar_us: BAR_US,
        beyond_der_with_key_bytes: each(used),
        load_with_key_us: rounded(with_key.as_secs_f64() * 1e6 / COUNT as f64),
        held,
    });
    held
}

#[derive(Serialize)]
struct LookupLine {
    bench: &'static str,
    anchors: usize,
    /// The anchors whose name is the issuer of a certificate, which is at hand.
    lookup_ns: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    bar_ns: Option<f64>,
    allocations: u64,
    rounds: usize,
    held: bool,
}

/// Finding the anchor of a certificate, by its issuer's name.
pub(crate) fn anchor_lookup() -> bool {
    let mut all_held = true;
    for (count, bar_ns) in [(10, None), (1_000, Some(60.0)), (100_000, Some(300.0))] {
        let ders = anchor_ders(count);
        let anchors = indexed(&ders);
        // Apart from the anchors, in another order than they are.
        let asked: Vec<Certificate> = (0..count.min(4_096))
            .map(|n| Certificate::parse(&ders[n * 611_953 % count]).expect("sound"))
            .collect();
        let mut next = asked.iter().cycle();
        let mut lookup = || {
            let found = anchors.issuers_of(next.next().expect("endless")).count();
            assert_eq!(black_box(found), 1);
        };
        let allocations = allocations::per_operation(&mut lookup);
        let mut cases = Cases::default();
        let id = cases.add(lookup);
        let lookup_ns = cases.run(ROUNDS).median_ns(id);
        let held = bar_ns.is_none_or(|bar| lookup_ns <= bar);
        all_held &= held;
        print_line(&LookupLine {
            bench: "anchor_lookup",
            anchors: count,
            lookup_ns: rounded(lookup_ns),
            bar_ns,
            allocations,
            rounds: ROUNDS,
            held,
        });
    }
    all_held
}

fn indexed(ders: &[Vec<u8>]) -> IndexedAnchors {
    let profile = Arc::new(Profile::general(Purpose::Any));
    let label: Arc<str> = "bench".into();
    let anchors = ders.iter().map(|der| {
        let certificate = Certificate::parse(der).expect("sound");
        Anchor::new(certificate, Arc::clone(&profile), Arc::clone(&label))
    });
    IndexedAnchors::new(anchors.collect())
}

/// Roots that differ in their names. Their signatures do not hold, which nobody asks of an anchor.
fn anchor_ders(count: usize) -> Vec<Vec<u8>> {
    const PLACE: &[u8] = b"Anchor 000000";
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
    let key = PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key");
    let der = certificate("Anchor 000000", &key, None, &key).to_der().expect("DER");
    let places: Vec<usize> =
        (0..der.len() - PLACE.len()).filter(|at| der[*at..].starts_with(PLACE)).collect();
    assert_eq!(places.len(), 2, "issuer and subject");
    let numbered = |n: usize| {
        let mut der = der.clone();
        for at in &places {
            der[*at..at + PLACE.len()].copy_from_slice(format!("Anchor {n:06}").as_bytes());
        }
        der
    };
    (0..count).map(numbered).collect()
}
