//! What the card signs, and the form of its signature.

use crate::crypto::{Alg, Curve, KeyKind, VerifyingKey};
use crate::verdict::{Code, Place, Refusal};

/// `H(origin) ‖ H(nonce)` with the hash of the algorithm, which then hashes it once more.
///
/// * `nonce`: the base64 text itself, not the bytes that it stands for.
pub(super) fn signed_value(alg: Alg, origin: &str, nonce: &str) -> Vec<u8> {
    let hash = alg.hash();
    let mut value = hash.digest(origin.as_bytes()).as_ref().to_vec();
    value.extend_from_slice(hash.digest(nonce.as_bytes()).as_ref());
    value
}

/// Verifies the signature of a token.
///
/// # Errors
/// [`Code::SigInvalid`], also for another form than `r‖s`, and for a number outside 1 to n − 1;
/// [`Code::AlgNotAvailable`] when this build cannot verify the algorithm.
pub(super) fn verify(key: &VerifyingKey, value: &[u8], signature: &[u8]) -> Result<(), Refusal> {
    let place = Place::part("member signature");
    let in_range = match key.alg().key_kind() {
        KeyKind::Ec(curve) => is_in_range(curve, signature),
        KeyKind::Ed25519 | KeyKind::Rsa => true,
    };
    if !in_range {
        return Err(Refusal::new(Code::SigInvalid, place));
    }
    key.verify(value, signature).map_err(|code| Refusal::new(code, place))
}

// 1 ≤ r, s < n, whatever the backend checks itself (CVE-2022-21449).
#[expect(clippy::wildcard_enum_match_arm, reason = "the format has three curves")]
fn is_in_range(curve: Curve, signature: &[u8]) -> bool {
    let order: &[u8] = match curve {
        Curve::P256 => &P256_ORDER,
        Curve::P384 => &P384_ORDER,
        Curve::P521 => &P521_ORDER,
        _ => return false,
    };
    let Some((r, s)) = signature.split_at_checked(order.len()) else { return false };
    // Numbers of one length compare as their bytes do.
    s.len() == order.len() && [r, s].iter().all(|n| n.iter().any(|byte| *byte != 0) && *n < order)
}

const fn hex<const N: usize>(text: &str) -> [u8; N] {
    let (digits, mut out, mut at) = (text.as_bytes(), [0; N], 0);
    assert!(digits.len() == N.saturating_mul(2));
    while at < N {
        let high = at.saturating_mul(2);
        #[expect(clippy::indexing_slicing, reason = "evaluated while compiling, and bounded above")]
        let byte = nibble(digits[high]).saturating_mul(16) | nibble(digits[high.saturating_add(1)]);
        #[expect(clippy::indexing_slicing, reason = "evaluated while compiling")]
        {
            out[at] = byte;
        }
        at = at.saturating_add(1);
    }
    out
}

const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit.saturating_sub(b'0'),
        _ => digit.saturating_sub(b'a').saturating_add(10),
    }
}

// FIPS 186-5 with SP 800-186, 3.2.1: the order n of the base point.
const P256_ORDER: [u8; 32] =
    hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
const P384_ORDER: [u8; 48] = hex(
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
);
const P521_ORDER: [u8; 66] =
    hex("01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa\
     51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409");

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(r: &[u8], s: &[u8]) -> Vec<u8> {
        [r, s].concat()
    }

    #[test]
    fn numbers_are_from_one_below_the_order() {
        for (curve, order) in
            [(Curve::P256, &P256_ORDER[..]), (Curve::P384, &P384_ORDER), (Curve::P521, &P521_ORDER)]
        {
            let zero = vec![0; order.len()];
            let mut one = zero.clone();
            *one.last_mut().unwrap() = 1;
            let mut below = order.to_vec();
            *below.last_mut().unwrap() -= 1;
            assert!(is_in_range(curve, &signature(&one, &below)));
            assert!(is_in_range(curve, &signature(&below, &one)));
            for bad in [&zero, &order.to_vec()] {
                assert!(!is_in_range(curve, &signature(bad, &one)));
                assert!(!is_in_range(curve, &signature(&one, bad)));
            }
            assert!(!is_in_range(curve, &one));
            assert!(!is_in_range(curve, &signature(&one, &[&one[..], &[0]].concat())));
            assert!(!is_in_range(curve, &[]));
        }
    }

    #[test]
    fn hashes_origin_and_nonce_apart() {
        let value = signed_value(Alg::Es384, "https://ria.ee", "nonce");
        assert_eq!(value.len(), 96);
        assert_eq!(signed_value(Alg::Es256, "https://ria.ee", "nonce").len(), 64);
        assert_ne!(value, signed_value(Alg::Es384, "https://ria.een", "once"));
    }
}
