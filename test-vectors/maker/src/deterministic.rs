//! ECDSA with the nonce of RFC 6979: the same key and message give the same signature, so that the
//! vectors can be made again byte for byte. Not in constant time; the keys are worthless.

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcPoint};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use ring::{digest, hmac};

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

/// Signs `message`; `None` for a key that is not on a NIST curve.
pub(crate) fn sign(alg: Alg, pkcs8: &[u8], message: &[u8]) -> Result<Option<Pair>, ErrorStack> {
    let (curve, hash, mac) = match alg {
        Alg::EdDsa | Alg::Rs256 => return Ok(None),
        Alg::Es256 => (Nid::X9_62_PRIME256V1, &digest::SHA256, hmac::HMAC_SHA256),
        Alg::Es384 => (Nid::SECP384R1, &digest::SHA384, hmac::HMAC_SHA384),
        Alg::Es512 => (Nid::SECP521R1, &digest::SHA512, hmac::HMAC_SHA512),
    };
    let digest = digest::digest(hash, message);
    let key = PKey::private_key_from_pkcs8(pkcs8)?.ec_key()?;
    sign_digest(curve, mac, key.private_key(), digest.as_ref()).map(Some)
}

// RFC 6979, 3.2 and 2.4. No hash is longer than the order of its curve, so that the digest is the
// integer itself.
fn sign_digest(
    curve: Nid,
    mac: hmac::Algorithm,
    private: &openssl::bn::BigNumRef,
    digest: &[u8],
) -> Result<Pair, ErrorStack> {
    let mut context = BigNumContext::new()?;
    let group = EcGroup::from_curve_name(curve)?;
    let mut order = BigNum::new()?;
    group.order(&mut order, &mut context)?;
    let len = order.num_bytes();
    let hash = BigNum::from_slice(digest)?;
    let mut reduced = BigNum::new()?;
    reduced.nnmod(&hash, &order, &mut context)?;

    let mut nonces = Nonces::new(mac, digest.len());
    let secret = private.to_vec_padded(len)?;
    let reduced_bytes = reduced.to_vec_padded(len)?;
    nonces.seed(&[0], &secret, &reduced_bytes);
    nonces.seed(&[1], &secret, &reduced_bytes);
    loop {
        // The leftmost bits, as many as the order has (2.3.2).
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
        let digest = digest::digest(&digest::SHA256, b"sample");
        let curve = Nid::X9_62_PRIME256V1;
        let pair = sign_digest(curve, hmac::HMAC_SHA256, &private, digest.as_ref()).unwrap();
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
        let digest = digest::digest(&digest::SHA512, b"sample");
        let curve = Nid::SECP521R1;
        let pair = sign_digest(curve, hmac::HMAC_SHA512, &private, digest.as_ref()).unwrap();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        let r = "00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9017B5\
                 D450606ADD152B534931D7D4E8455CC91F9B15BF05EC36E377FA";
        let s = "00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63E5B5C\
                 0723D8B8C37FF0777B1A20F8CCB1DCCC43997F1EE0E44DA4A67A";
        assert_eq!((hex(&pair.r).as_str(), hex(&pair.s).as_str()), (r, s));
    }
}
