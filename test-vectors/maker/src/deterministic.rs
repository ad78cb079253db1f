//! ECDSA with the nonce of RFC 6979, RSA with a salt of the message: the same key and message give
//! the same signature, so that the vectors can be made again byte for byte. Not in constant time; the
//! keys are worthless.

use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::ec::{EcGroup, EcPoint};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use ring::hmac;

use crate::hash::Hash;
use crate::keys::Alg;

/// `r` and `s`, each as long as the order of the curve.
pub(crate) struct Pair {
    pub(crate) r: Vec<u8>,
    pub(crate) s: Vec<u8>,
}

impl Pair {
    /// The DER form `Ecdsa-Sig-Value`.
    pub(crate) fn to_der(&self) -> Result<Vec<u8>, ErrorStack> {
        let (r, s) = (BigNum::from_slice(&self.r)?, BigNum::from_slice(&self.s)?);
        EcdsaSig::from_private_components(r, s)?.to_der()
    }
}

/// Signs `message` with the hash that goes with the curve; `None` for a key that is on no curve.
pub(crate) fn sign(alg: Alg, pkcs8: &[u8], message: &[u8]) -> Result<Option<Pair>, ErrorStack> {
    let hash = match alg {
        Alg::EdDsa | Alg::Rs256 => return Ok(None),
        Alg::Es256 | Alg::EsB256 => Hash::Sha256,
        Alg::Es384 | Alg::EsB384 => Hash::Sha384,
        Alg::Es512 | Alg::EsB512 => Hash::Sha512,
    };
    sign_hashed(alg, pkcs8, hash, message)
}

/// Signs `message` with any hash.
pub(crate) fn sign_hashed(
    alg: Alg,
    pkcs8: &[u8],
    hash: Hash,
    message: &[u8],
) -> Result<Option<Pair>, ErrorStack> {
    let Some(curve) = curve(alg) else { return Ok(None) };
    let mac = match hash {
        Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Hash::Sha256 => hmac::HMAC_SHA256,
        Hash::Sha384 => hmac::HMAC_SHA384,
        Hash::Sha512 => hmac::HMAC_SHA512,
    };
    let key = PKey::private_key_from_pkcs8(pkcs8)?.ec_key()?;
    sign_digest(curve, mac, key.private_key(), &hash.digest(message)).map(Some)
}

/// The curve of an algorithm; `None` for RSA and Ed25519.
pub(crate) const fn curve(alg: Alg) -> Option<Nid> {
    Some(match alg {
        Alg::EdDsa | Alg::Rs256 => return None,
        Alg::Es256 => Nid::X9_62_PRIME256V1,
        Alg::Es384 => Nid::SECP384R1,
        Alg::Es512 => Nid::SECP521R1,
        Alg::EsB256 => Nid::BRAINPOOL_P256R1,
        Alg::EsB384 => Nid::BRAINPOOL_P384R1,
        Alg::EsB512 => Nid::BRAINPOOL_P512R1,
    })
}

/// RSASSA-PKCS1-v1_5 (RFC 8017, 9.2), also with keys that ring takes for too weak.
pub(crate) fn sign_pkcs1(pkcs8: &[u8], hash: Hash, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let rsa = PKey::private_key_from_pkcs8(pkcs8)?.rsa()?;
    let len = usize::try_from(rsa.size()).unwrap_or_default();
    let info = [hash.digest_info(), &hash.digest(message)].concat();
    let filler = vec![0xff; len.saturating_sub(info.len()).saturating_sub(3)];
    let encoded = [&[0, 1][..], &filler, &[0], &info].concat();
    private_operation(&rsa, &encoded)
}

/// RSASSA-PSS (RFC 8017, 9.1.1) with a salt that is made of the message.
///
/// * `salt_len`: in bytes.
pub(crate) fn sign_pss(
    pkcs8: &[u8],
    hash: Hash,
    salt_len: usize,
    message: &[u8],
) -> Result<Vec<u8>, ErrorStack> {
    let rsa = PKey::private_key_from_pkcs8(pkcs8)?.rsa()?;
    let len = usize::try_from(rsa.size()).unwrap_or_default();
    let digest = hash.digest(message);
    let salt = hash.mask(&[b"salt", digest.as_slice()].concat(), salt_len);
    let hashed = hash.digest(&[&[0; 8][..], &digest, &salt].concat());
    let block_len = len.saturating_sub(hashed.len()).saturating_sub(1);
    let zeros = vec![0; block_len.saturating_sub(salt.len()).saturating_sub(1)];
    let block = [&zeros, &[1][..], &salt].concat();
    let mask = hash.mask(&hashed, block_len);
    let mut masked: Vec<u8> = block.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
    // The modulus is a whole number of bytes long, so that one bit of the first is too many.
    if let Some(first) = masked.first_mut() {
        *first &= 0x7f;
    }
    private_operation(&rsa, &[&masked[..], &hashed, &[0xbc]].concat())
}

fn private_operation(rsa: &Rsa<Private>, encoded: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let mut out = vec![0; usize::try_from(rsa.size()).unwrap_or_default()];
    rsa.private_encrypt(encoded, &mut out, Padding::NONE)?;
    Ok(out)
}

// RFC 6979, 3.2 and 2.4.
fn sign_digest(
    curve: Nid,
    mac: hmac::Algorithm,
    private: &BigNumRef,
    digest: &[u8],
) -> Result<Pair, ErrorStack> {
    let mut context = BigNumContext::new()?;
    let group = EcGroup::from_curve_name(curve)?;
    let mut order = BigNum::new()?;
    group.order(&mut order, &mut context)?;
    let len = order.num_bytes();
    // The leftmost bits, as many as the order has (2.3.2).
    let digest_bits = i32::try_from(digest.len()).unwrap_or_default().saturating_mul(8);
    let mut hash = BigNum::new()?;
    let surplus = digest_bits.saturating_sub(order.num_bits()).max(0);
    hash.rshift(&*BigNum::from_slice(digest)?, surplus)?;
    let mut reduced = BigNum::new()?;
    reduced.nnmod(&hash, &order, &mut context)?;

    let mut nonces = Nonces::new(mac, digest.len());
    let secret = private.to_vec_padded(len)?;
    let reduced_bytes = reduced.to_vec_padded(len)?;
    nonces.seed(&[0], &secret, &reduced_bytes);
    nonces.seed(&[1], &secret, &reduced_bytes);
    loop {
        let candidate = nonces.next(usize::try_from(len).unwrap_or_default());
        let unused = len.saturating_mul(8).saturating_sub(order.num_bits());
        let mut k = BigNum::new()?;
        k.rshift(&*BigNum::from_slice(&candidate)?, unused)?;
        if k.num_bits() == 0 || k >= order {
            nonces.again();
            continue;
        }
        let mut point = EcPoint::new(&group)?;
        point.mul_generator2(&group, &k, &mut context)?;
        let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
        point.affine_coordinates(&group, &mut x, &mut y, &mut context)?;
        let mut r = BigNum::new()?;
        r.nnmod(&x, &order, &mut context)?;
        let (mut product, mut sum) = (BigNum::new()?, BigNum::new()?);
        product.mod_mul(&r, private, &order, &mut context)?;
        sum.mod_add(&product, &reduced, &order, &mut context)?;
        let (mut inverse, mut s) = (BigNum::new()?, BigNum::new()?);
        inverse.mod_inverse(&k, &order, &mut context)?;
        s.mod_mul(&inverse, &sum, &order, &mut context)?;
        if r.num_bits() > 0 && s.num_bits() > 0 {
            return Ok(Pair { r: r.to_vec_padded(len)?, s: s.to_vec_padded(len)? });
        }
        nonces.again();
    }
}

// The generator of RFC 6979, 3.2: K and V.
struct Nonces {
    mac: hmac::Algorithm,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Nonces {
    fn new(mac: hmac::Algorithm, len: usize) -> Self {
        Self { mac, key: vec![0; len], value: vec![1; len] }
    }

    fn hmac(&self, parts: &[&[u8]]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(self.mac, &self.key), &parts.concat()).as_ref().to_vec()
    }

    fn seed(&mut self, step: &[u8], secret: &[u8], digest: &[u8]) {
        self.key = self.hmac(&[&self.value, step, secret, digest]);
        self.value = self.hmac(&[&self.value]);
    }

    // As many outputs as a number of `len` bytes needs.
    fn next(&mut self, len: usize) -> Vec<u8> {
        let mut out = Vec::new();
        while out.len() < len {
            self.value = self.hmac(&[&self.value]);
            out.extend_from_slice(&self.value);
        }
        out.truncate(len);
        out
    }

    fn again(&mut self) {
        self.key = self.hmac(&[&self.value, &[0]]);
        self.value = self.hmac(&[&self.value]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 6979, A.2.5, P-256 with SHA-256.
    #[test]
    fn gives_the_signature_of_rfc_6979() {
        let private = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
        let private = BigNum::from_hex_str(private).unwrap();
        let digest = Hash::Sha256.digest(b"sample");
        let curve = Nid::X9_62_PRIME256V1;
        let pair = sign_digest(curve, hmac::HMAC_SHA256, &private, &digest).unwrap();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        let r = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716";
        let s = "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";
        assert_eq!((hex(&pair.r).as_str(), hex(&pair.s).as_str()), (r, s));
    }

    // RFC 6979, A.2.7, P-521 with SHA-512: the order is longer than the hash.
    #[test]
    fn gives_the_signature_of_rfc_6979_where_the_hash_is_shorter_than_the_order() {
        let private = "0FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75C\
                       AA896EB32F1F47C70855836A6D16FCC1466F6D8FBEC67DB89EC0C08B0E996B83538";
        let private = BigNum::from_hex_str(private).unwrap();
        let digest = Hash::Sha512.digest(b"sample");
        let curve = Nid::SECP521R1;
        let pair = sign_digest(curve, hmac::HMAC_SHA512, &private, &digest).unwrap();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        let r = "00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9017B5\
                 D450606ADD152B534931D7D4E8455CC91F9B15BF05EC36E377FA";
        let s = "00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63E5B5C\
                 0723D8B8C37FF0777B1A20F8CCB1DCCC43997F1EE0E44DA4A67A";
        assert_eq!((hex(&pair.r).as_str(), hex(&pair.s).as_str()), (r, s));
    }

    // RFC 6979, A.2.5, P-256 with SHA-512: the hash is longer than the order.
    #[test]
    fn gives_the_signature_of_rfc_6979_where_the_hash_is_longer_than_the_order() {
        let private = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
        let private = BigNum::from_hex_str(private).unwrap();
        let digest = Hash::Sha512.digest(b"sample");
        let curve = Nid::X9_62_PRIME256V1;
        let pair = sign_digest(curve, hmac::HMAC_SHA512, &private, &digest).unwrap();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        let r = "8496A60B5E9B47C825488827E0495B0E3FA109EC4568FD3F8D1097678EB97F00";
        let s = "2362AB1ADBE2B8ADF9CB9EDAB740EA6049C028114F2460F96554F61FAE3302FE";
        assert_eq!((hex(&pair.r).as_str(), hex(&pair.s).as_str()), (r, s));
    }

    #[test]
    fn rsa_signatures_are_those_that_ring_verifies() {
        use ring::signature::{
            RSA_PKCS1_2048_8192_SHA384, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA512,
            UnparsedPublicKey,
        };
        let key = crate::keys::saml_node_rsa().unwrap();
        for (hash, algorithm) in
            [(Hash::Sha256, &RSA_PSS_2048_8192_SHA256), (Hash::Sha512, &RSA_PSS_2048_8192_SHA512)]
        {
            let signature = sign_pss(key.pkcs8_der(), hash, hash.len(), b"message").unwrap();
            let public = UnparsedPublicKey::new(algorithm, key.public_key());
            assert!(public.verify(b"message", &signature).is_ok());
            let other = sign_pss(key.pkcs8_der(), hash, 20, b"message").unwrap();
            assert!(public.verify(b"message", &other).is_err());
        }
        let signature = sign_pkcs1(key.pkcs8_der(), Hash::Sha384, b"message").unwrap();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA384, key.public_key());
        assert!(public.verify(b"message", &signature).is_ok());
    }
}
