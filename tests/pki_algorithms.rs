//! Algorithm identifiers of certificates: what a profile lets pass, and what none does. Keys and
//! signatures are OpenSSL's.

#![cfg(feature = "openssl")]
#![cfg(test)]

use eid_broker::UnixTime;
use eid_broker::crypto::{Curve, KeyKind};
use eid_broker::pki::{
    AlgorithmRules, Anchor, Certificate, Conformance, Order, PathRequest, Profile, Purpose,
    parse_public_key, verify_path,
};
use eid_broker::verdict::Code;
use openssl::ec::{Asn1Flag, EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use std::sync::Arc;

const CURVES: [(Curve, Nid); 6] = [
    (Curve::P256, Nid::X9_62_PRIME256V1),
    (Curve::P384, Nid::SECP384R1),
    (Curve::P521, Nid::SECP521R1),
    (Curve::BrainpoolP256r1, Nid::BRAINPOOL_P256R1),
    (Curve::BrainpoolP384r1, Nid::BRAINPOOL_P384R1),
    (Curve::BrainpoolP512r1, Nid::BRAINPOOL_P512R1),
];

const NULL: &[u8] = &[5, 0];

fn ec_key(nid: Nid, flag: Asn1Flag) -> PKey<Private> {
    let mut group = EcGroup::from_curve_name(nid).unwrap();
    group.set_asn1_flag(flag);
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn read(info: &[u8], rules: AlgorithmRules) -> Result<KeyKind, Code> {
    parse_public_key(info, rules).map(|key| key.kind()).map_err(|refusal| refusal.code())
}

// --- keys ----------------------------------------------------------------------------------------

#[test]
fn reads_every_curve_by_its_name() {
    for (curve, nid) in CURVES {
        let info = ec_key(nid, Asn1Flag::NAMED_CURVE).public_key_to_der().unwrap();
        for rules in
            [AlgorithmRules::GENERAL, AlgorithmRules::EID_CARD, AlgorithmRules::DOCUMENT_SIGNER]
        {
            assert_eq!(read(&info, rules), Ok(KeyKind::Ec(curve)));
        }
    }
    for nid in [Nid::SECP256K1, Nid::BRAINPOOL_P320R1, Nid::SECP224R1] {
        let info = ec_key(nid, Asn1Flag::NAMED_CURVE).public_key_to_der().unwrap();
        assert_eq!(read(&info, AlgorithmRules::DOCUMENT_SIGNER), Err(Code::CertUnsupported));
    }
}

#[test]
fn explicit_parameters_pass_for_document_signers_alone() {
    for (curve, nid) in CURVES {
        let info = ec_key(nid, Asn1Flag::EXPLICIT_CURVE).public_key_to_der().unwrap();
        assert_eq!(read(&info, AlgorithmRules::DOCUMENT_SIGNER), Ok(KeyKind::Ec(curve)));
        for rules in [AlgorithmRules::GENERAL, AlgorithmRules::EID_CARD] {
            assert_eq!(read(&info, rules), Err(Code::KeyExplicitParameters));
        }
    }
    for nid in [Nid::SECP256K1, Nid::BRAINPOOL_P320R1] {
        let info = ec_key(nid, Asn1Flag::EXPLICIT_CURVE).public_key_to_der().unwrap();
        assert_eq!(read(&info, AlgorithmRules::DOCUMENT_SIGNER), Err(Code::KeyUnsupported));
    }
}

// One byte of the field makes another field; of the rest, another curve in the same one.
#[test]
fn no_byte_of_explicit_parameters_can_change() {
    for (curve, nid) in CURVES {
        let key = ec_key(nid, Asn1Flag::EXPLICIT_CURVE);
        let info = key.public_key_to_der().unwrap();
        let point_len = curve.coordinate_len() * 2 + 1;
        let mut altered_curve = 0;
        for at in 0..info.len() - point_len {
            for bit in [1, 0x80] {
                let mut altered = info.clone();
                altered[at] ^= bit;
                match read(&altered, AlgorithmRules::DOCUMENT_SIGNER) {
                    Ok(kind) => {
                        // The version may be 1 to 3, and the seed only says how b was found.
                        assert_eq!(kind, KeyKind::Ec(curve));
                        assert!(is_version_or_seed(&info, at), "{curve:?}, byte {at}");
                    }
                    Err(Code::KeyAlteredCurve) => altered_curve += 1,
                    Err(_) => {}
                }
            }
        }
        // a, b, both coordinates of the generator, the order, and the cofactor.
        assert!(altered_curve >= 5 * 2 * curve.coordinate_len() - 4, "{altered_curve}");
    }
}

fn is_version_or_seed(info: &[u8], at: usize) -> bool {
    // OpenSSL writes the seed of the NIST curves: BIT STRING, 21 bytes, the first of them the number of unused bits.
    let seed = info.windows(3).position(|w| w == [3, 21, 0]);
    let version = info.windows(3).position(|w| w == [2, 1, 1]);
    version.is_some_and(|start| at.checked_sub(start) == Some(2))
        || seed.and_then(|start| at.checked_sub(start)).is_some_and(|n| (2..23).contains(&n))
}

// --- certificates --------------------------------------------------------------------------------

fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let header = match u16::try_from(content.len()).unwrap().to_be_bytes() {
        [0, short @ 0..=0x7f] => vec![tag, short],
        [0, low] => vec![tag, 0x81, low],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [header, content].concat()
}

fn name(name: &str) -> Vec<u8> {
    let pair = wrap(0x30, &[&[6, 3, 0x55, 4, 3], &wrap(0x0c, &[name.as_bytes()])]);
    wrap(0x30, &[&wrap(0x31, &[&pair])])
}

const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
const ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4];
const RSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5];
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];

/// An issuer that signs in one way.
struct Issuer {
    key: PKey<Private>,
    oid: &'static [u8],
    parameters: &'static [u8],
    digest: MessageDigest,
}

impl Issuer {
    fn new(key: PKey<Private>, oid: &'static [u8], parameters: &'static [u8]) -> Self {
        let digest = match oid {
            ECDSA_SHA256 | RSA_SHA256 => MessageDigest::sha256(),
            ECDSA_SHA384 => MessageDigest::sha384(),
            ECDSA_SHA512 => MessageDigest::sha512(),
            _ => MessageDigest::sha1(),
        };
        Self { key, oid, parameters, digest }
    }

    fn certifies(&self, subject: &str, key: &PKey<Private>, ca: bool) -> Certificate {
        let algorithm = wrap(0x30, &[&wrap(6, &[self.oid]), self.parameters]);
        let validity =
            wrap(0x30, &[&wrap(0x17, &[b"260101000000Z"]), &wrap(0x17, &[b"271231235959Z"])]);
        let extension = |id: u8, value: &[u8]| {
            wrap(0x30, &[&[6, 3, 0x55, 0x1d, id], &[1, 1, 0xff], &wrap(4, &[value])])
        };
        let extensions = if ca {
            [extension(19, &[0x30, 3, 1, 1, 0xff]), extension(15, &[3, 2, 1, 6])].concat()
        } else {
            extension(15, &[3, 2, 7, 0x80])
        };
        let tbs = wrap(
            0x30,
            &[
                &[0xa0, 3, 2, 1, 2],
                &[2, 1, 7],
                &algorithm,
                &name("root"),
                &validity,
                &name(subject),
                &key.public_key_to_der().unwrap(),
                &wrap(0xa3, &[&wrap(0x30, &[&extensions])]),
            ],
        );
        let signature = Signer::new(self.digest, &self.key).unwrap().sign_oneshot_to_vec(&tbs);
        let signature = wrap(3, &[&[0], &signature.unwrap()]);
        Certificate::parse(&wrap(0x30, &[&tbs, &algorithm, &signature])).unwrap()
    }

    /// The answer about an end entity with this key, under these rules.
    fn ask(&self, leaf: &PKey<Private>, rules: AlgorithmRules) -> Result<(), Code> {
        let mut profile = Profile::general(Purpose::Any);
        profile.conformance = Conformance::NotRequired;
        profile.algorithms = rules;
        let root = self.certifies("root", &self.key, true);
        let anchors = [Anchor::new(root, Arc::new(profile), "test".into())];
        let leaf = [self.certifies("leaf", leaf, false)];
        let now = UnixTime::from_rfc3339("2026-06-01T00:00:00Z").unwrap();
        let accepts = |_, _: &_| Ok(());
        let request = PathRequest::new(&leaf, Order::Chain, &anchors, now, &accepts);
        verify_path(&request).map(drop).map_err(|refusal| refusal.code())
    }
}

#[test]
fn every_curve_signs_certificates_with_every_hash() {
    for (_, nid) in CURVES {
        for oid in [ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512] {
            let issuer = Issuer::new(ec_key(nid, Asn1Flag::NAMED_CURVE), oid, &[]);
            let leaf = ec_key(nid, Asn1Flag::NAMED_CURVE);
            assert_eq!(issuer.ask(&leaf, AlgorithmRules::GENERAL), Ok(()));
        }
    }
}

#[test]
fn null_parameters_of_ecdsa_pass_under_the_rules_for_cards_alone() {
    let leaf = ec_key(Nid::SECP384R1, Asn1Flag::NAMED_CURVE);
    let key = || ec_key(Nid::SECP384R1, Asn1Flag::NAMED_CURVE);
    let (odd, right) =
        (Issuer::new(key(), ECDSA_SHA384, NULL), Issuer::new(key(), ECDSA_SHA384, &[]));
    assert_eq!(odd.ask(&leaf, AlgorithmRules::EID_CARD), Ok(()));
    for rules in [AlgorithmRules::GENERAL, AlgorithmRules::DOCUMENT_SIGNER] {
        assert_eq!(odd.ask(&leaf, rules), Err(Code::CertAlgorithmParameters));
        assert_eq!(right.ask(&leaf, rules), Ok(()));
    }
}

#[test]
fn an_authority_with_explicit_parameters_vouches_for_travel_documents_alone() {
    for (curve, nid) in CURVES {
        let issuer = Issuer::new(ec_key(nid, Asn1Flag::EXPLICIT_CURVE), ECDSA_SHA256, &[]);
        for leaf in [Asn1Flag::EXPLICIT_CURVE, Asn1Flag::NAMED_CURVE] {
            let leaf = ec_key(nid, leaf);
            assert_eq!(issuer.ask(&leaf, AlgorithmRules::DOCUMENT_SIGNER), Ok(()), "{curve:?}");
            let refused = Err(Code::KeyExplicitParameters);
            assert_eq!(issuer.ask(&leaf, AlgorithmRules::GENERAL), refused);
        }
    }
}

#[test]
fn sha_1_passes_in_the_laboratory_alone() {
    let leaf = ec_key(Nid::X9_62_PRIME256V1, Asn1Flag::NAMED_CURVE);
    let key = || PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let (old, new) = (Issuer::new(key(), RSA_SHA1, NULL), Issuer::new(key(), RSA_SHA256, NULL));
    for rules in
        [AlgorithmRules::GENERAL, AlgorithmRules::EID_CARD, AlgorithmRules::DOCUMENT_SIGNER]
    {
        assert_eq!(old.ask(&leaf, rules), Err(Code::ChainAlgorithm));
        assert_eq!(old.ask(&leaf, rules.danger_with_rsa_sha1()), Ok(()));
        assert_eq!(new.ask(&leaf, rules), Ok(()));
    }
}

#[test]
fn no_policy_accepts_sha_1() {
    use eid_broker::crypto::{Alg, PublicKey, Scheme};
    use eid_broker::policy::{AlgorithmRule, Policy};
    let rsa = Rsa::generate(2048).unwrap();
    let key = PublicKey::from_rsa(&rsa.n().to_vec(), &rsa.e().to_vec()).unwrap();
    let mut policy = Policy::standard();
    policy.algorithms = Alg::ALL.iter().copied().map(AlgorithmRule::new).collect();
    let now = UnixTime::from_rfc3339("2026-06-01T00:00:00Z").unwrap();
    let accepts = |scheme| policy.accepts_scheme(scheme, &key, now);
    assert_eq!(accepts(Scheme::DangerRsaPkcs1Sha1), Err(Code::AlgNotAllowed));
    assert_eq!(accepts(Scheme::RsaPkcs1 { hash: eid_broker::crypto::Hash::Sha256 }), Ok(()));
}
