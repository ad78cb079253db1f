//! Keys that must not be believed although they are well formed.

use super::key::KeyFault;

/// Smallest accepted RSA modulus, in bits (RFC 7518, 3.3).
pub const RSA_MIN_BITS: usize = 2048;
/// Largest accepted RSA modulus, in bits: the largest that ring verifies; bounds the work.
pub const RSA_MAX_BITS: usize = 8192;

/// Checks an RSA key: size by modulus bit length, odd modulus, exponent odd, at least 65537 and
/// below 2^256, and the structure of CVE-2017-15361 (ROCA).
///
/// * `n`, `e`: big-endian, minimal length.
pub(super) fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), KeyFault> {
    let (Some(&n_first), Some(&n_last), Some(&e_first), Some(&e_last)) =
        (n.first(), n.last(), e.first(), e.last())
    else {
        return Err(KeyFault::Malformed);
    };
    if n_first == 0 || e_first == 0 {
        return Err(KeyFault::Malformed);
    }
    let bits = bit_len(n);
    if !(RSA_MIN_BITS..=RSA_MAX_BITS).contains(&bits) || n_last & 1 == 0 {
        return Err(KeyFault::Weak);
    }
    let small_exponent = e.len() < 3 || (e.len() == 3 && e < [1, 0, 1].as_slice());
    if small_exponent || e.len() > 32 || e_last & 1 == 0 {
        return Err(KeyFault::Weak);
    }
    if roca(n) { Err(KeyFault::Weak) } else { Ok(()) }
}

/// Checks that an Ed25519 key is none of the points of small order, in any encoding.
pub(super) fn check_ed25519(key: &[u8; 32]) -> Result<(), KeyFault> {
    let mut masked = *key;
    if let Some(last) = masked.last_mut() {
        *last &= 0x7f;
    }
    if SMALL_ORDER.contains(&masked) { Err(KeyFault::Weak) } else { Ok(()) }
}

fn bit_len(n: &[u8]) -> usize {
    let leading = n.first().map_or(0, |first| first.leading_zeros());
    n.len().saturating_mul(8).saturating_sub(usize::try_from(leading).unwrap_or(0))
}

// The modulus of an affected key lies, modulo each of these primes, in the group that 65537
// generates. For an honest modulus that happens with probability below 2^-27 over the whole list.
fn roca(n: &[u8]) -> bool {
    PRIMES.iter().all(|&prime| {
        let residue = n.iter().fold(0u32, |r, &byte| {
            r.wrapping_mul(256).wrapping_add(u32::from(byte)).checked_rem(prime).unwrap_or(0)
        });
        let generator = 65537u32.checked_rem(prime).unwrap_or(0);
        let mut power = 1u32;
        for _ in 0..prime {
            if power == residue {
                return true;
            }
            power = power.wrapping_mul(generator).checked_rem(prime).unwrap_or(0);
        }
        false
    })
}

// Primes from 3 to 167 (Nemec and others, "The Return of Coppersmith's Attack", 2017).
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

// The encodings of the eight points of small order with the sign bit cleared, non-canonical ones
// included: y = 0, 1, p-1, p, p+1 and the two of order eight.
const SMALL_ORDER: [[u8; 32]; 7] = [
    little(0, 0, 0),
    little(1, 0, 0),
    little(0xec, 0xff, 0x7f),
    little(0xed, 0xff, 0x7f),
    little(0xee, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

const fn little(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modulus(bits: usize) -> Vec<u8> {
        let mut n = vec![0xa5; bits / 8];
        n[0] = 0x80;
        *n.last_mut().unwrap() = 0xb7;
        n
    }

    #[test]
    fn accepts_2048_bits_and_refuses_2047() {
        assert_eq!(check_rsa(&modulus(2048), &[1, 0, 1]), Ok(()));
        let mut short = modulus(2048);
        short[0] = 0x7f;
        assert_eq!(check_rsa(&short, &[1, 0, 1]), Err(KeyFault::Weak));
        assert_eq!(check_rsa(&modulus(8200), &[1, 0, 1]), Err(KeyFault::Weak));
    }

    #[test]
    fn refuses_small_even_and_huge_exponents() {
        let n = modulus(2048);
        for e in [&[1u8][..], &[3], &[0xff, 0xff], &[1, 0, 0], &[1, 0, 2]] {
            assert_eq!(check_rsa(&n, e), Err(KeyFault::Weak), "{e:?}");
        }
        let mut huge = vec![0u8; 33];
        huge[0] = 1;
        huge[32] = 1;
        assert_eq!(check_rsa(&n, &huge), Err(KeyFault::Weak));
    }

    #[test]
    fn refuses_leading_zeros_and_nothing() {
        assert_eq!(check_rsa(&[], &[1, 0, 1]), Err(KeyFault::Malformed));
        assert_eq!(check_rsa(&modulus(2048), &[]), Err(KeyFault::Malformed));
        assert_eq!(check_rsa(&modulus(2048), &[0, 1, 0, 1]), Err(KeyFault::Malformed));
    }

    #[test]
    fn finds_the_roca_structure() {
        // 1 is a power of 65537 modulo every prime.
        let mut n = vec![0u8; 256];
        n[255] = 1;
        assert!(roca(&n));
        assert!(!roca(&modulus(2048)));
    }

    #[test]
    fn refuses_points_of_small_order() {
        let mut identity = [0u8; 32];
        identity[0] = 1;
        assert_eq!(check_ed25519(&identity), Err(KeyFault::Weak));
        identity[31] = 0x80;
        assert_eq!(check_ed25519(&identity), Err(KeyFault::Weak));
        assert_eq!(check_ed25519(&[9; 32]), Ok(()));
    }
}
