//! The domain parameters of the curves (SEC 2, 2.4.2, 2.5.1, 2.6.1), and the one question about a
//! point that needs no backend: whether it lies on its curve.
//!
//! Public data only, so nothing here runs in constant time, and nothing here may see a secret.

use super::Curve;

/// Whether the affine point with these coordinates, big-endian, lies on the curve (SP 800-56A,
/// 5.6.2.3.4): both below p, and y² = x³ + ax + b modulo p.
///
/// Infinity has no affine coordinates. The cofactor of these curves is 1, so every point on one of
/// them has the order of the group, and the full validation of 5.6.2.3.3 would say nothing more.
pub(super) fn contains(curve: Curve, x: &[u8], y: &[u8]) -> bool {
    match curve {
        Curve::P256 => P256.contains(x, y),
        Curve::P384 => P384.contains(x, y),
        Curve::P521 => P521.contains(x, y),
    }
}

/// y² = x³ + ax + b modulo p, each number as 64-bit limbs, the least significant first.
struct Domain<const N: usize> {
    p: [u64; N],
    a: [u64; N],
    b: [u64; N],
}

impl<const N: usize> Domain<N> {
    fn contains(&self, x: &[u8], y: &[u8]) -> bool {
        let (Some(x), Some(y)) = (limbs::<N>(x), limbs::<N>(y)) else { return false };
        if !below(&x, &self.p) || !below(&y, &self.p) {
            return false;
        }
        // `multiply` divides by R = 2^64N. The equation is homogeneous in that factor when each of
        // its terms has gone through it twice, so nothing need be brought into Montgomery's form.
        let field = Field::new(&self.p);
        let one = one();
        let left = field.subtract(&field.multiply(&y, &y), &field.multiply(&self.b, &one));
        let slope = field.add(&field.multiply(&x, &x), &field.multiply(&self.a, &one));
        field.multiply(&left, &one) == field.multiply(&x, &slope)
    }
}

/// Arithmetic on numbers below an odd prime p.
struct Field<'a, const N: usize> {
    p: &'a [u64; N],
    /// -1/p modulo 2^64.
    negative_inverse: u64,
}

impl<'a, const N: usize> Field<'a, N> {
    fn new(p: &'a [u64; N]) -> Self {
        let low = p.first().copied().unwrap_or(1);
        // An odd number is its own inverse modulo 8; each step doubles the bits that are right.
        let mut inverse = low;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(low.wrapping_mul(inverse)));
        }
        Self { p, negative_inverse: inverse.wrapping_neg() }
    }

    /// ab/2^64N (Montgomery).
    fn multiply(&self, a: &[u64; N], b: &[u64; N]) -> [u64; N] {
        let mut sum = [0; N];
        let mut top = 0u64;
        for &limb in a {
            let carry = add_product(&mut sum, limb, b);
            let (high, over) = top.overflowing_add(carry);
            // With this factor the lowest limb of the sum becomes zero.
            let factor = sum.first().map_or(0, |low| low.wrapping_mul(self.negative_inverse));
            let carry = add_product_and_shift(&mut sum, factor, self.p);
            let (high, over_again) = high.overflowing_add(carry);
            if let Some(last) = sum.last_mut() {
                *last = high;
            }
            top = u64::from(over).wrapping_add(u64::from(over_again));
        }
        self.reduce(sum, top != 0)
    }

    fn add(&self, a: &[u64; N], b: &[u64; N]) -> [u64; N] {
        let mut sum = *a;
        let mut carry = false;
        for (limb, &other) in sum.iter_mut().zip(b) {
            let (part, over) = limb.overflowing_add(other);
            let (part, over_again) = part.overflowing_add(u64::from(carry));
            *limb = part;
            carry = over || over_again;
        }
        self.reduce(sum, carry)
    }

    fn subtract(&self, a: &[u64; N], b: &[u64; N]) -> [u64; N] {
        // b is below p, so p - b does not borrow; it may be p itself, which `add` reduces.
        self.add(a, &difference(self.p, b))
    }

    // `over`: the number is 2^64N larger than its limbs say.
    fn reduce(&self, number: [u64; N], over: bool) -> [u64; N] {
        if over || !below(&number, self.p) { difference(&number, self.p) } else { number }
    }
}

/// `sum` + `factor`·`number`; the return value is what no longer fits.
#[inline]
fn add_product<const N: usize>(sum: &mut [u64; N], factor: u64, number: &[u64; N]) -> u64 {
    let mut carry = 0;
    for (limb, &other) in sum.iter_mut().zip(number) {
        (*limb, carry) = add_limbs(*limb, carry, factor, other);
    }
    carry
}

/// The same, then each limb one place down. The lowest falls out; the highest is the caller's.
#[inline]
fn add_product_and_shift<const N: usize>(
    sum: &mut [u64; N],
    factor: u64,
    number: &[u64; N],
) -> u64 {
    let mut carry = 0;
    let mut place: Option<&mut u64> = None;
    for (limb, &other) in sum.iter_mut().zip(number) {
        let low;
        (low, carry) = add_limbs(*limb, carry, factor, other);
        if let Some(place) = place.replace(limb) {
            *place = low;
        }
    }
    carry
}

/// `limb` + `carry` + `factor`·`other`, low half first: (2^64 - 1)² + 2(2^64 - 1) is 2^128 - 1.
#[inline]
fn add_limbs(limb: u64, carry: u64, factor: u64, other: u64) -> (u64, u64) {
    halves(
        u128::from(factor)
            .wrapping_mul(u128::from(other))
            .wrapping_add(u128::from(limb))
            .wrapping_add(u128::from(carry)),
    )
}

fn halves(wide: u128) -> (u64, u64) {
    let low = u64::try_from(wide & u128::from(u64::MAX)).unwrap_or_default();
    (low, u64::try_from(wide >> 64).unwrap_or_default())
}

/// a - b modulo 2^64N.
fn difference<const N: usize>(a: &[u64; N], b: &[u64; N]) -> [u64; N] {
    let mut left = *a;
    let mut borrow = false;
    for (limb, &other) in left.iter_mut().zip(b) {
        let (part, under) = limb.overflowing_sub(other);
        let (part, under_again) = part.overflowing_sub(u64::from(borrow));
        *limb = part;
        borrow = under || under_again;
    }
    left
}

fn below<const N: usize>(a: &[u64; N], b: &[u64; N]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

fn one<const N: usize>() -> [u64; N] {
    let mut one = [0; N];
    if let Some(low) = one.first_mut() {
        *low = 1;
    }
    one
}

/// Reads a big-endian number; `None` when it has more bytes than the limbs.
fn limbs<const N: usize>(bytes: &[u8]) -> Option<[u64; N]> {
    let mut number = [0; N];
    let mut chunks = bytes.rchunks(8);
    for (limb, chunk) in number.iter_mut().zip(&mut chunks) {
        *limb = chunk.iter().fold(0, |limb, &byte| limb << 8 | u64::from(byte));
    }
    chunks.next().is_none().then_some(number)
}

const P256: Domain<4> = Domain {
    p: [0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001],
    a: [0xffff_ffff_ffff_fffc, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001],
    b: [0x3bce_3c3e_27d2_604b, 0x651d_06b0_cc53_b0f6, 0xb3eb_bd55_7698_86bc, 0x5ac6_35d8_aa3a_93e7],
};

const P384: Domain<6> = Domain {
    p: [
        0x0000_0000_ffff_ffff,
        0xffff_ffff_0000_0000,
        0xffff_ffff_ffff_fffe,
        u64::MAX,
        u64::MAX,
        u64::MAX,
    ],
    a: [
        0x0000_0000_ffff_fffc,
        0xffff_ffff_0000_0000,
        0xffff_ffff_ffff_fffe,
        u64::MAX,
        u64::MAX,
        u64::MAX,
    ],
    b: [
        0x2a85_c8ed_d3ec_2aef,
        0xc656_398d_8a2e_d19d,
        0x0314_088f_5013_875a,
        0x181d_9c6e_fe81_4112,
        0x988e_056b_e3f8_2d19,
        0xb331_2fa7_e23e_e7e4,
    ],
};

const P521: Domain<9> = Domain {
    p: [u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, 0x01ff],
    a: [
        0xffff_ffff_ffff_fffc,
        u64::MAX,
        u64::MAX,
        u64::MAX,
        u64::MAX,
        u64::MAX,
        u64::MAX,
        u64::MAX,
        0x01ff,
    ],
    b: [
        0xef45_1fd4_6b50_3f00,
        0x3573_df88_3d2c_34f1,
        0x1652_c0bd_3bb1_bf07,
        0x5619_3951_ec7e_937b,
        0xb8b4_8991_8ef1_09e1,
        0xa2da_725b_99b3_15f3,
        0x929a_21a0_b685_40ee,
        0x953e_b961_8e1c_9a1f,
        0x0000_0000_0000_0051,
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "openssl")]
    mod against_openssl {
        use super::*;
        use openssl::bn::BigNumContext;
        use openssl::ec::{EcGroup, EcKey, EcPoint, PointConversionForm};
        use openssl::nid::Nid;

        const CURVES: [(Curve, Nid); 3] = [
            (Curve::P256, Nid::X9_62_PRIME256V1),
            (Curve::P384, Nid::SECP384R1),
            (Curve::P521, Nid::SECP521R1),
        ];

        #[test]
        fn agrees_on_random_points_and_on_each_with_one_bit_changed() {
            for (curve, nid) in CURVES {
                let group = EcGroup::from_curve_name(nid).unwrap();
                let mut context = BigNumContext::new().unwrap();
                for _ in 0..20 {
                    let key = EcKey::generate(&group).unwrap();
                    let form = PointConversionForm::UNCOMPRESSED;
                    let mut point = key.public_key().to_bytes(&group, form, &mut context).unwrap();
                    assert!(on(curve, &point));
                    for bit in 8..point.len() * 8 {
                        point[bit / 8] ^= 1 << (bit % 8);
                        let openssl = EcPoint::from_bytes(&group, &point, &mut context).is_ok();
                        assert_eq!(on(curve, &point), openssl, "{curve:?}, bit {bit}");
                        point[bit / 8] ^= 1 << (bit % 8);
                    }
                }
            }
        }
    }

    fn on(curve: Curve, point: &[u8]) -> bool {
        let (x, y) = point[1..].split_at(curve.coordinate_len());
        contains(curve, x, y)
    }

    // (0, √b) is on P-256, and so is (p, √b) for who does not look at the range.
    #[test]
    fn refuses_a_coordinate_that_is_not_below_p() {
        let root = [
            0x66, 0x48, 0x5c, 0x78, 0x0e, 0x2f, 0x83, 0xd7, 0x24, 0x33, 0xbd, 0x5d, 0x84, 0xa0,
            0x6b, 0xb6, 0x54, 0x1c, 0x2a, 0xf3, 0x1d, 0xae, 0x87, 0x17, 0x28, 0xbf, 0x85, 0x6a,
            0x17, 0x4f, 0x93, 0xf4,
        ];
        assert!(contains(Curve::P256, &[0; 32], &root));
        let p: Vec<u8> = P256.p.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
        assert!(!contains(Curve::P256, &p, &root));
        assert!(!contains(Curve::P256, &[0; 32], &[0; 32]));
        assert!(!contains(Curve::P256, &[0xff; 33], &root));
    }
}
