//! Signatures, key agreement and decryption with every backend of the build, on what OpenSSL makes.

#![cfg(feature = "openssl")]
#![cfg(test)]

use eid_broker::crypto::{
    AgreementKey, Backend, Curve, DecryptionKey, Form, Hash, KeyFault, Oaep, OaepHash,
    PrivateKeyError, PublicKey, Scheme,
};
use eid_broker::verdict::Code;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use openssl::encrypt::Encrypter;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer};

const CURVES: [(Curve, Nid); 6] = [
    (Curve::P256, Nid::X9_62_PRIME256V1),
    (Curve::P384, Nid::SECP384R1),
    (Curve::P521, Nid::SECP521R1),
    (Curve::BrainpoolP256r1, Nid::BRAINPOOL_P256R1),
    (Curve::BrainpoolP384r1, Nid::BRAINPOOL_P384R1),
    (Curve::BrainpoolP512r1, Nid::BRAINPOOL_P512R1),
];
const HASHES: [Hash; 3] = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
const BACKENDS: [Backend; 3] = [Backend::AwsLc, Backend::Openssl, Backend::Ring];
const MESSAGE: &[u8] = b"what was signed";

struct EcPair {
    private: EcKey<Private>,
    public: PublicKey,
}

fn ec_pair(curve: Curve, nid: Nid) -> EcPair {
    let group = EcGroup::from_curve_name(nid).unwrap();
    let private = EcKey::generate(&group).unwrap();
    let mut context = BigNumContext::new().unwrap();
    let form = PointConversionForm::UNCOMPRESSED;
    let point = private.public_key().to_bytes(&group, form, &mut context).unwrap();
    EcPair { public: PublicKey::from_point(curve, &point).unwrap(), private }
}

fn digest(hash: Hash) -> MessageDigest {
    let known = [MessageDigest::sha256(), MessageDigest::sha384(), MessageDigest::sha512()];
    let found = known.into_iter().find(|digest| digest.size() == usize::from(hash.digest_len()));
    found.unwrap()
}

/// The answer of the default backend; each of the others says the same or that it lacks the scheme.
fn verify(key: &PublicKey, scheme: Scheme, signature: &[u8]) -> Result<(), Code> {
    let answer = key.verify(scheme, MESSAGE, signature);
    for backend in BACKENDS {
        let other = key.verify_with(backend, scheme, MESSAGE, signature);
        assert!(other == answer || other == Err(Code::AlgNotAvailable), "{backend:?} {scheme:?}");
    }
    answer
}

#[test]
fn every_hash_goes_with_every_curve() {
    for (curve, nid) in CURVES {
        let pair = ec_pair(curve, nid);
        for hash in HASHES {
            let digest = hash.digest(MESSAGE);
            let signature = EcdsaSig::sign(digest.as_ref(), &pair.private).unwrap();
            let len = i32::try_from(curve.coordinate_len()).unwrap();
            let raw =
                [signature.r(), signature.s()].map(|n| n.to_vec_padded(len).unwrap()).concat();
            for (form, bytes) in [(Form::Der, signature.to_der().unwrap()), (Form::Raw, raw)] {
                let scheme = Scheme::Ecdsa { curve, hash, form };
                assert_eq!(verify(&pair.public, scheme, &bytes), Ok(()), "{scheme:?}");
                let mut altered = bytes.clone();
                *altered.last_mut().unwrap() ^= 1;
                assert_eq!(verify(&pair.public, scheme, &altered), Err(Code::SigInvalid));
                let zero = vec![0; bytes.len()];
                assert_eq!(verify(&pair.public, scheme, &zero), Err(Code::SigInvalid));
                let other = HASHES[usize::from(hash == HASHES[0])];
                let scheme = Scheme::Ecdsa { curve, hash: other, form };
                assert_eq!(verify(&pair.public, scheme, &bytes), Err(Code::SigInvalid));
            }
        }
    }
}

#[test]
fn a_key_of_another_curve_of_the_same_size_is_a_mismatch() {
    let pair = ec_pair(Curve::BrainpoolP256r1, Nid::BRAINPOOL_P256R1);
    let hash = Hash::Sha256;
    let signature = EcdsaSig::sign(hash.digest(MESSAGE).as_ref(), &pair.private).unwrap();
    let signature = signature.to_der().unwrap();
    let scheme = |curve| Scheme::Ecdsa { curve, hash, form: Form::Der };
    assert_eq!(pair.public.verify(scheme(Curve::BrainpoolP256r1), MESSAGE, &signature), Ok(()));
    let mismatch = Err(Code::AlgKeyMismatch);
    assert_eq!(pair.public.verify(scheme(Curve::P256), MESSAGE, &signature), mismatch);
}

fn rsa_public(key: &Rsa<Private>) -> PublicKey {
    PublicKey::from_rsa(&key.n().to_vec(), &key.e().to_vec()).unwrap()
}

fn pss(key: &PKey<Private>, hash: Hash, salt_len: u16) -> Vec<u8> {
    let mut signer = Signer::new(digest(hash), key).unwrap();
    signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
    signer.set_rsa_pss_saltlen(RsaPssSaltlen::custom(salt_len.into())).unwrap();
    signer.set_rsa_mgf1_md(digest(hash)).unwrap();
    signer.sign_oneshot_to_vec(MESSAGE).unwrap()
}

#[test]
fn the_salt_of_pss_has_exactly_the_length_that_was_said() {
    let rsa = Rsa::generate(2048).unwrap();
    let public = rsa_public(&rsa);
    let key = PKey::from_rsa(rsa).unwrap();
    for hash in HASHES {
        // The longest that fits: 256 - hash - 2.
        let longest = 254 - hash.digest_len();
        for salt_len in [0, 20, 32, 48, 64, longest] {
            let signature = pss(&key, hash, salt_len);
            let scheme = |salt_len| Scheme::RsaPss { hash, salt_len };
            assert_eq!(
                verify(&public, scheme(salt_len), &signature),
                Ok(()),
                "{hash:?} {salt_len}"
            );
            for other in [salt_len + 1, salt_len.saturating_sub(1), u16::MAX] {
                let expected = if other == salt_len { Ok(()) } else { Err(Code::SigInvalid) };
                assert_eq!(verify(&public, scheme(other), &signature), expected);
            }
        }
    }
}

#[test]
fn exponents_that_ring_does_not_take_go_to_openssl() {
    // 2^40 + 15, prime.
    let e = BigNum::from_slice(&[1, 0, 0, 0, 0, 15]).unwrap();
    let rsa = Rsa::generate_with_e(2048, &e).unwrap();
    let public = rsa_public(&rsa);
    let key = PKey::from_rsa(rsa).unwrap();
    let scheme = Scheme::RsaPkcs1 { hash: Hash::Sha256 };
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    let signature = signer.sign_oneshot_to_vec(MESSAGE).unwrap();
    assert_eq!(verify(&public, scheme, &signature), Ok(()));
    assert_eq!(
        public.verify_with(Backend::Ring, scheme, MESSAGE, &signature),
        Err(Code::AlgNotAvailable)
    );
    assert_eq!(public.verify(scheme, b"other", &signature), Err(Code::SigInvalid));
}

#[test]
fn sha_1_is_a_scheme_of_its_own() {
    let rsa = Rsa::generate(2048).unwrap();
    let public = rsa_public(&rsa);
    let key = PKey::from_rsa(rsa).unwrap();
    let mut signer = Signer::new(MessageDigest::sha1(), &key).unwrap();
    let signature = signer.sign_oneshot_to_vec(MESSAGE).unwrap();
    assert_eq!(verify(&public, Scheme::DangerRsaPkcs1Sha1, &signature), Ok(()));
    for hash in HASHES {
        assert_eq!(verify(&public, Scheme::RsaPkcs1 { hash }, &signature), Err(Code::SigInvalid));
    }
}

// --- key agreement -------------------------------------------------------------------------------

fn scalar(pair: &EcPair) -> Vec<u8> {
    pair.private.private_key().to_vec()
}

#[test]
fn both_sides_agree_on_every_curve_with_every_backend() {
    for (curve, nid) in CURVES {
        let (here, there) = (ec_pair(curve, nid), ec_pair(curve, nid));
        let key = |pair| AgreementKey::from_scalar(curve, &scalar(pair)).unwrap();
        let (mine, theirs) = (key(&here), key(&there));
        let secret = mine.agree(&there.public).unwrap();
        assert_eq!(secret.as_bytes().len(), curve.coordinate_len());
        for backend in BACKENDS.into_iter().filter(|backend| mine.has(*backend)) {
            let other = theirs.agree_with(backend, &here.public).unwrap();
            assert_eq!(secret.as_bytes(), other.as_bytes(), "{curve:?} {backend:?}");
        }
        assert!(mine.has(Backend::Openssl));
        assert!(mine.agree_with(Backend::Ring, &there.public).is_err());
        for (other, nid) in CURVES.into_iter().filter(|(other, _)| *other != curve) {
            let stranger = ec_pair(other, nid).public;
            assert_eq!(mine.agree(&stranger).unwrap_err(), PrivateKeyError);
        }
    }
}

#[test]
fn a_private_number_is_at_least_one_and_below_the_order() {
    for (curve, nid) in CURVES {
        let group = EcGroup::from_curve_name(nid).unwrap();
        let mut order = BigNum::new().unwrap();
        group.order(&mut order, &mut BigNumContext::new().unwrap()).unwrap();
        let order = order.to_vec();
        let fault = |scalar: &[u8]| AgreementKey::from_scalar(curve, scalar).err();
        assert_eq!(fault(&order), Some(KeyFault::Malformed));
        assert_eq!(fault(&[]), Some(KeyFault::Malformed));
        assert_eq!(fault(&[0]), Some(KeyFault::Malformed));
        assert_eq!(fault(&vec![0; order.len() + 1]), Some(KeyFault::Malformed));
        assert_eq!(fault(&vec![0xff; order.len()]), Some(KeyFault::Malformed));
        let mut below = order.clone();
        *below.last_mut().unwrap() -= 1;
        assert_eq!(fault(&below), None);
        assert_eq!(fault(&[1]), None);
    }
}

// RFC 7027, A.1.
#[test]
fn agrees_as_the_brainpool_vectors_say() {
    let hex = |text: &str| BigNum::from_hex_str(text).unwrap().to_vec();
    let a = hex("81DB1EE100150FF2EA338D708271BE38300CB54241D79950F77B063039804F1D");
    let b = (
        hex("8D2D688C6CF93E1160AD04CC4429117DC2C41825E1E9FCA0ADDD34E6F1B39F7B"),
        hex("990C57520812BE512641E47034832106BC7D3E8DD0E4C7F1136D7006547CEC6A"),
    );
    let secret = hex("89AFC39D41D3B327814B80940B042590F96556EC91E6AE7939BCE31F3A18BF2B");
    let curve = Curve::BrainpoolP256r1;
    let key = AgreementKey::from_scalar(curve, &a).unwrap();
    let peer = PublicKey::from_ec(curve, &b.0, &b.1).unwrap();
    assert_eq!(key.agree(&peer).unwrap().as_bytes(), secret);
}

// --- decryption ----------------------------------------------------------------------------------

fn encrypt(key: &PKey<Private>, oaep: Oaep, label: &[u8], plain: &[u8]) -> Vec<u8> {
    let digest = |hash| match hash {
        OaepHash::Sha1 => MessageDigest::sha1(),
        OaepHash::Sha256 => MessageDigest::sha256(),
        OaepHash::Sha384 => MessageDigest::sha384(),
        OaepHash::Sha512 => MessageDigest::sha512(),
        other => panic!("{other:?}"),
    };
    let mut encrypter = Encrypter::new(key).unwrap();
    encrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
    encrypter.set_rsa_oaep_md(digest(oaep.digest)).unwrap();
    encrypter.set_rsa_mgf1_md(digest(oaep.mgf1)).unwrap();
    if !label.is_empty() {
        encrypter.set_rsa_oaep_label(label).unwrap();
    }
    let mut out = vec![0; encrypter.encrypt_len(plain).unwrap()];
    let len = encrypter.encrypt(plain, &mut out).unwrap();
    out.truncate(len);
    out
}

/// Every digest with every MGF1.
fn paddings() -> Vec<Oaep> {
    let hashes = OaepHash::ALL.iter().copied();
    let all = hashes.clone().flat_map(|digest| hashes.clone().map(move |mgf1| (digest, mgf1)));
    all.map(|(digest, mgf1)| Oaep { digest, mgf1 }).collect()
}

#[test]
fn opens_what_was_encrypted_for_it_and_nothing_else() {
    let pair = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let key = DecryptionKey::from_pkcs8(&pair.private_key_to_pkcs8().unwrap()).unwrap();
    let stranger = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let stranger = DecryptionKey::from_pkcs8(&stranger.private_key_to_pkcs8().unwrap()).unwrap();
    for oaep in paddings() {
        assert!(DecryptionKey::is_available(oaep));
        assert!(!DecryptionKey::has(Backend::Ring, oaep));
        for (label, plain) in [(&b""[..], &b"content encryption key"[..]), (b"label", b"")] {
            let sealed = encrypt(&pair, oaep, label, plain);
            for backend in BACKENDS.into_iter().filter(|b| DecryptionKey::has(*b, oaep)) {
                let open = |oaep, label: &[u8], sealed: &[u8]| {
                    let opened = key.decrypt_with(backend, oaep, label, sealed);
                    opened.map(|secret| secret.as_bytes().to_vec())
                };
                assert_eq!(open(oaep, label, &sealed).unwrap(), plain);
                for other in paddings().into_iter().filter(|other| *other != oaep) {
                    assert_eq!(open(other, label, &sealed), Err(PrivateKeyError));
                }
                assert_eq!(open(oaep, b"other label", &sealed), Err(PrivateKeyError));
                let mut altered = sealed.clone();
                altered[100] ^= 1;
                assert_eq!(open(oaep, label, &altered), Err(PrivateKeyError));
                assert_eq!(open(oaep, label, &sealed[..255]), Err(PrivateKeyError));
                assert_eq!(
                    open(oaep, label, &[&[0], sealed.as_slice()].concat()),
                    Err(PrivateKeyError)
                );
                assert_eq!(open(oaep, label, &[]), Err(PrivateKeyError));
                let opened = stranger.decrypt_with(backend, oaep, label, &sealed);
                assert_eq!(opened.unwrap_err(), PrivateKeyError);
            }
            assert_eq!(key.decrypt(oaep, label, &sealed).unwrap().as_bytes(), plain);
            let refused = stranger.decrypt(oaep, label, &sealed).unwrap_err();
            assert_eq!(refused.code(), Code::KeyMismatch);
            assert!(key.decrypt_with(Backend::Ring, oaep, label, &sealed).is_err());
        }
    }
}

#[test]
fn refuses_private_keys_that_are_weak_or_of_another_kind() {
    let short = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
    let fault = |pkcs8: &[u8]| DecryptionKey::from_pkcs8(pkcs8).err();
    assert_eq!(fault(&short.private_key_to_pkcs8().unwrap()), Some(KeyFault::Weak));
    let ec = PKey::from_ec_key(ec_pair(Curve::P256, Nid::X9_62_PRIME256V1).private).unwrap();
    assert_eq!(fault(&ec.private_key_to_pkcs8().unwrap()), Some(KeyFault::Malformed));
    assert_eq!(fault(b""), Some(KeyFault::Malformed));
}

#[test]
fn nothing_secret_is_printed() {
    let pair = ec_pair(Curve::P256, Nid::X9_62_PRIME256V1);
    let key = AgreementKey::from_scalar(Curve::P256, &scalar(&pair)).unwrap();
    assert_eq!(format!("{key:?}"), "AgreementKey(P256)");
    assert_eq!(format!("{:?}", key.agree(&pair.public).unwrap()), "Secret(..)");
}
