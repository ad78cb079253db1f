//! Keys that must not be believed although they are well formed.

use super::key::KeyFault;

/// Smallest accepted RSA modulus, in bits (RFC 7518, 3.3).
pub const RSA_MIN_BITS: usize = 2048;
/// Largest accepted RSA modulus, in bits: the largest that ring verifies; bounds the work.
pub const RSA_MAX_BITS: usize = 8192;

/// Checks an RSA key.
///
/// * Modulus: 2048 to 8192 bits, odd, no prime factor below 752 (SP 800-89, 5.3.3), no square.
/// * Exponent: odd, at least 65537 and below 2^256 (FIPS 186-5, A.1.1).
/// * Not the structure of CVE-2017-15361 (ROCA), which is reported before a small size: the holder
///   has something to do about it.
///
/// `n` and `e` are big-endian and of minimal length.
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
    if bits > RSA_MAX_BITS {
        return Err(KeyFault::Weak);
    }
    // Numbers that are no modulus at all, such as 1, have the structure by chance.
    if bits >= ROCA_MIN_BITS && n_last & 1 == 1 && roca(n) {
        return Err(KeyFault::Roca);
    }
    if bits < RSA_MIN_BITS || n_last & 1 == 0 {
        return Err(KeyFault::Weak);
    }
    let small_exponent = e.len() < 3 || (e.len() == 3 && e < [1, 0, 1].as_slice());
    if small_exponent || e.len() > 32 || e_last & 1 == 0 {
        return Err(KeyFault::Weak);
    }
    if has_small_factor(n) || is_square(n) { Err(KeyFault::Weak) } else { Ok(()) }
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
// generates. An honest one does so with a probability of about 2^-28 over the whole list.
fn roca(n: &[u8]) -> bool {
    ROCA_PRIMES.iter().all(|&prime| {
        let residue = residue(n, prime);
        let generator = 65537u64.checked_rem(prime).unwrap_or(0);
        let mut power = 1u64;
        for _ in 0..prime {
            if power == residue {
                return true;
            }
            power = power.wrapping_mul(generator).checked_rem(prime).unwrap_or(0);
        }
        false
    })
}

// A square is a quadratic residue modulo every prime. Any other number without small factors is one
// for half of them: it passes as a square with a probability of 2^-132.
fn is_square(n: &[u8]) -> bool {
    let residues = || SMALL_PRIMES.iter().all(|&prime| is_residue(residue(n, prime), prime));
    n.last().is_some_and(|low| low & 7 == 1) && residues()
}

// Euler's criterion: a^((p-1)/2) is 1 modulo p.
fn is_residue(a: u64, prime: u64) -> bool {
    let times = |a: u64, b: u64| a.wrapping_mul(b).checked_rem(prime).unwrap_or(0);
    let (mut power, mut square, mut exponent) = (1, a, prime >> 1);
    // Ten bits at most.
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = times(power, square);
        }
        square = times(square, square);
        exponent >>= 1;
    }
    power == 1
}

fn residue(n: &[u8], prime: u64) -> u64 {
    n.rchunks(4).rev().fold(0, |residue, chunk| {
        let word = chunk.iter().fold(residue, |word, &byte| word << 8 | u64::from(byte));
        word.checked_rem(prime).unwrap_or(0)
    })
}

// As many primes as fit go into one divisor of 64 bits, eighteen divisors in all.
fn has_small_factor(n: &[u8]) -> bool {
    let word = |chunk: &[u8]| chunk.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
    let words: Vec<u64> = n.rchunks(8).map(word).collect();
    let mut primes = SMALL_PRIMES.as_slice();
    while !primes.is_empty() {
        let mut divisor = 1u64;
        let mut count = 0usize;
        while let Some(product) = primes.get(count).and_then(|prime| divisor.checked_mul(*prime)) {
            divisor = product;
            count = count.saturating_add(1);
        }
        let Some((group, rest)) = primes.split_at_checked(count) else { return true };
        let residue = scaled_residue(&words, divisor);
        if group.iter().any(|&prime| residue.checked_rem(prime).unwrap_or(0) == 0) {
            return true;
        }
        primes = rest;
    }
    false
}

// -n/2^64k modulo an odd divisor, n given as k words, the least significant first: zero modulo a
// factor of the divisor exactly when n is. Two multiplications a word, where a division would take
// ten times as long.
fn scaled_residue(words: &[u64], divisor: u64) -> u64 {
    // An odd number is its own inverse modulo 8; each step doubles the bits that are right.
    let mut inverse = divisor;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(divisor.wrapping_mul(inverse)));
    }
    words.iter().fold(0, |carry, word| {
        let (word, borrow) = word.overflowing_sub(carry);
        let quotient = word.wrapping_mul(inverse);
        let wide = u128::from(quotient).wrapping_mul(u128::from(divisor));
        u64::try_from(wide >> 64).unwrap_or_default().wrapping_add(u64::from(borrow))
    })
}

// Below this no key was ever made; the smallest ones of the affected cards have 512 bits.
const ROCA_MIN_BITS: usize = 512;

// The primes up to 167 modulo which the powers of 65537 are not everything (Nemec and others, "The
// Return of Coppersmith's Attack", 2017).
const ROCA_PRIMES: [u64; 17] =
    [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];

// The odd primes below 752.
const SMALL_PRIMES: [u64; 132] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193,
    197, 199, 211, 223, 227, 229, 233, 239, 241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307,
    311, 313, 317, 331, 337, 347, 349, 353, 359, 367, 373, 379, 383, 389, 397, 401, 409, 419, 421,
    431, 433, 439, 443, 449, 457, 461, 463, 467, 479, 487, 491, 499, 503, 509, 521, 523, 541, 547,
    557, 563, 569, 571, 577, 587, 593, 599, 601, 607, 613, 617, 619, 631, 641, 643, 647, 653, 659,
    661, 673, 677, 683, 691, 701, 709, 719, 727, 733, 739, 743, 751,
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

    // Without small factors and no square; the tests below prove it.
    fn modulus(bits: usize) -> Vec<u8> {
        let mut n = vec![0xa5; bits / 8];
        n[0] = 0x80;
        *n.last_mut().unwrap() = 0x01;
        while has_small_factor(&n) || is_square(&n) || roca(&n) {
            add(&mut n, 2);
        }
        n
    }

    #[expect(clippy::arithmetic_side_effects, reason = "numbers that the test chose")]
    fn add(n: &mut [u8], small: u16) {
        let mut carry = small;
        for byte in n.iter_mut().rev() {
            carry += u16::from(*byte);
            *byte = (carry & 0xff).try_into().unwrap();
            carry >>= 8;
        }
    }

    /// xorshift64*: the same numbers in every run.
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
        }

        fn odd(&mut self, bits: usize) -> Vec<u8> {
            let mut n: Vec<u8> = (0..bits / 64).flat_map(|_| self.next().to_be_bytes()).collect();
            n[0] |= 0x80;
            *n.last_mut().unwrap() |= 1;
            n
        }
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

    // Below 2^100; every modulus of the test is a power of 65537 modulo this number.
    fn roca_product() -> u128 {
        ROCA_PRIMES.iter().map(|prime| u128::from(*prime)).product()
    }

    #[expect(clippy::arithmetic_side_effects, reason = "numbers that the test chose")]
    fn roca_modulus(numbers: &mut Numbers, bits: usize) -> Vec<u8> {
        let product = roca_product();
        let mut n = numbers.odd(bits);
        let (high, low) = n.split_at_mut(bits / 8 - 16);
        let shifted =
            high.iter().chain(&[0; 16]).flat_map(|byte| (0..8).rev().map(move |i| byte >> i & 1));
        let rest = shifted.fold(0u128, |rest, bit| (rest * 2 + u128::from(bit)) % product);
        let power = (0..numbers.next() % 5000).fold(1u128, |power, _| power * 65537 % product);
        let mut tail = (power + product - rest) % product;
        if tail & 1 == 0 {
            tail += product;
        }
        low.copy_from_slice(&tail.to_be_bytes());
        n
    }

    #[test]
    fn finds_the_roca_structure_at_every_size() {
        let mut numbers = Numbers(1);
        for bits in [512, 1024, 1984, 2048, 3072, 4096] {
            for _ in 0..20 {
                let mut n = roca_modulus(&mut numbers, bits);
                assert_eq!(check_rsa(&n, &[1, 0, 1]), Err(KeyFault::Roca), "{bits}");
                add(&mut n, 2);
                assert_ne!(check_rsa(&n, &[1, 0, 1]), Err(KeyFault::Roca), "{bits}");
            }
        }
    }

    // The expected number of alarms is 100 000 / 2^28: none.
    #[test]
    fn raises_no_roca_alarm_for_random_moduli() {
        let mut numbers = Numbers(2);
        assert_eq!((0..100_000).filter(|_| roca(&numbers.odd(2048))).count(), 0);
    }

    #[test]
    fn refuses_small_factors_and_squares() {
        let mut numbers = Numbers(3);
        let slow = |n: &[u8]| SMALL_PRIMES.iter().any(|&prime| residue(n, prime) == 0);
        let mut without = 0;
        for _ in 0..2_000 {
            let n = numbers.odd(2048);
            assert_eq!(has_small_factor(&n), slow(&n));
            without += usize::from(!slow(&n));
            assert!(!is_square(&n));
        }
        // Mertens: 2·e^-0.577/ln 752 of the odd numbers, a sixth.
        assert!((250..450).contains(&without), "{without}");
        for prime in SMALL_PRIMES {
            let mut n = vec![0; 256];
            n[0] = 0x80;
            while residue(&n, prime) != 0 {
                add(&mut n, 1);
            }
            assert!(has_small_factor(&n), "{prime}");
        }
        // (2^1024 - 105)², whose root has no small factor.
        let mut root = vec![0xff; 128];
        root[127] = 0x97;
        let square = multiply(&root, &root);
        assert_eq!(check_rsa(&square, &[1, 0, 1]), Err(KeyFault::Weak));
        assert!(!has_small_factor(&square) && is_square(&square));
        let mut other = root.clone();
        other[0] = 0xb5;
        while has_small_factor(&other) {
            add(&mut other, 2);
        }
        assert_eq!(check_rsa(&multiply(&root, &other), &[1, 0, 1]), Ok(()));
    }

    #[expect(clippy::arithmetic_side_effects, reason = "numbers that the test chose")]
    fn multiply(a: &[u8], b: &[u8]) -> Vec<u8> {
        let mut product = vec![0u8; a.len() + b.len()];
        for (i, x) in a.iter().rev().enumerate() {
            let mut carry = 0u16;
            for (j, y) in b.iter().rev().enumerate() {
                let at = product.len() - 1 - i - j;
                carry += u16::from(product[at]) + u16::from(*x) * u16::from(*y);
                product[at] = (carry & 0xff).try_into().unwrap();
                carry >>= 8;
            }
            let at = product.len() - 1 - i - b.len();
            product[at] = carry.try_into().unwrap();
        }
        product
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
