//! Questions about curves that need no backend: whether a point lies on one, and whether a set of
//! explicit parameters is one of those with a name.
//!
//! Public data only, so nothing here runs in constant time, and nothing here may see a secret.

use super::Curve;
use super::curves::{
    BRAINPOOL_P256R1, BRAINPOOL_P384R1, BRAINPOOL_P512R1, Domain, P256, P384, P521,
};

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
        Curve::BrainpoolP256r1 => BRAINPOOL_P256R1.contains(x, y),
        Curve::BrainpoolP384r1 => BRAINPOOL_P384R1.contains(x, y),
        Curve::BrainpoolP512r1 => BRAINPOOL_P512R1.contains(x, y),
    }
}

/// Explicit parameters of a curve over a prime field (`ECParameters`, SEC 1, C.2), each number
/// big-endian, leading zeros allowed. The cofactor is left to the caller.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "these six numbers make a curve")]
pub struct CurveParameters<'a> {
    /// The prime of the field.
    pub p: &'a [u8],
    /// The coefficient a.
    pub a: &'a [u8],
    /// The coefficient b.
    pub b: &'a [u8],
    /// The generator's coordinates.
    pub generator: (&'a [u8], &'a [u8]),
    /// The generator's order.
    pub order: &'a [u8],
}

impl CurveParameters<'_> {
    /// The named curve with exactly these parameters.
    ///
    /// # Errors
    /// [`NotNamed::Altered`] when a named curve has the same field and something else differs: that
    /// is how signatures were forged under the public point of a trusted key (CVE-2020-0601).
    /// [`NotNamed::Unknown`] when none has this field.
    pub fn named(&self) -> Result<Curve, NotNamed> {
        for curve in Curve::ALL {
            let same = match curve {
                Curve::P256 => P256.same_as(self),
                Curve::P384 => P384.same_as(self),
                Curve::P521 => P521.same_as(self),
                Curve::BrainpoolP256r1 => BRAINPOOL_P256R1.same_as(self),
                Curve::BrainpoolP384r1 => BRAINPOOL_P384R1.same_as(self),
                Curve::BrainpoolP512r1 => BRAINPOOL_P512R1.same_as(self),
            };
            match same {
                Some(true) => return Ok(*curve),
                Some(false) => return Err(NotNamed::Altered),
                None => {}
            }
        }
        Err(NotNamed::Unknown)
    }
}

/// How explicit parameters miss every named curve.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two ways")]
pub enum NotNamed {
    /// The field of a named curve, with another coefficient, generator or order.
    Altered,
    /// The field of no named curve.
    Unknown,
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

    /// `None` when the field is another one.
    fn same_as(&self, other: &CurveParameters<'_>) -> Option<bool> {
        let is = |number: &[u8], own: &[u64; N]| limbs::<N>(number).as_ref() == Some(own);
        is(other.p, &self.p).then(|| {
            is(other.a, &self.a)
                && is(other.b, &self.b)
                && is(other.generator.0, &self.x)
                && is(other.generator.1, &self.y)
                && is(other.order, &self.n)
        })
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

/// Reads a big-endian number; `None` when it is too large for the limbs.
fn limbs<const N: usize>(bytes: &[u8]) -> Option<[u64; N]> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = bytes.get(zeros..).unwrap_or_default();
    let mut number = [0; N];
    let mut chunks = bytes.rchunks(8);
    for (limb, chunk) in number.iter_mut().zip(&mut chunks) {
        *limb = chunk.iter().fold(0, |limb, &byte| limb << 8 | u64::from(byte));
    }
    chunks.next().is_none().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "openssl")]
    mod against_openssl {
        use super::*;
        use openssl::bn::{BigNum, BigNumContext};
        use openssl::ec::{EcGroup, EcKey, EcPoint, PointConversionForm};
        use openssl::nid::Nid;

        const CURVES: [(Curve, Nid); 6] = [
            (Curve::P256, Nid::X9_62_PRIME256V1),
            (Curve::P384, Nid::SECP384R1),
            (Curve::P521, Nid::SECP521R1),
            (Curve::BrainpoolP256r1, Nid::BRAINPOOL_P256R1),
            (Curve::BrainpoolP384r1, Nid::BRAINPOOL_P384R1),
            (Curve::BrainpoolP512r1, Nid::BRAINPOOL_P512R1),
        ];

        fn named(n: &[Vec<u8>]) -> Result<Curve, NotNamed> {
            let parameters = CurveParameters {
                p: &n[0],
                a: &n[1],
                b: &n[2],
                generator: (&n[3], &n[4]),
                order: &n[5],
            };
            parameters.named()
        }

        fn on(curve: Curve, point: &[u8]) -> bool {
            let (x, y) = point[1..].split_at(curve.coordinate_len());
            contains(curve, x, y)
        }

        #[test]
        fn agrees_on_random_points_and_on_each_with_one_bit_changed() {
            for (curve, nid) in CURVES {
                let group = EcGroup::from_curve_name(nid).unwrap();
                let mut context = BigNumContext::new().unwrap();
                for _ in 0..10 {
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

        #[test]
        fn knows_each_curve_by_its_parameters_and_no_other() {
            for (curve, nid) in CURVES {
                let group = EcGroup::from_curve_name(nid).unwrap();
                let mut context = BigNumContext::new().unwrap();
                let mut n: [BigNum; 6] = std::array::from_fn(|_| BigNum::new().unwrap());
                let [p, a, b, x, y, order] = &mut n;
                group.components_gfp(p, a, b, &mut context).unwrap();
                let generator = group.generator_opt().unwrap();
                generator.affine_coordinates_gfp(&group, x, y, &mut context).unwrap();
                group.order(order, &mut context).unwrap();
                let numbers: Vec<Vec<u8>> = n.iter().map(|n| n.to_vec()).collect();
                assert_eq!(named(&numbers), Ok(curve));
                for at in 0..6 {
                    let mut altered = numbers.clone();
                    *altered[at].last_mut().unwrap() ^= 1;
                    let fault = if at == 0 { NotNamed::Unknown } else { NotNamed::Altered };
                    assert_eq!(named(&altered), Err(fault));
                    altered[at] = [&[1], numbers[at].as_slice()].concat();
                    assert_eq!(named(&altered), Err(fault));
                    altered[at] = [&[0], numbers[at].as_slice()].concat();
                    assert_eq!(named(&altered), Ok(curve));
                }
            }
        }
    }

    #[test]
    fn the_generators_lie_on_their_curves_alone() {
        fn generator<const N: usize>(domain: &Domain<N>) -> [Vec<u8>; 2] {
            let bytes = |n: &[u64; N]| n.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
            [bytes(&domain.x), bytes(&domain.y)]
        }
        let generators = [
            generator(&P256),
            generator(&P384),
            generator(&P521),
            generator(&BRAINPOOL_P256R1),
            generator(&BRAINPOOL_P384R1),
            generator(&BRAINPOOL_P512R1),
        ];
        for (at, curve) in Curve::ALL.iter().enumerate() {
            for (other, [x, y]) in generators.iter().enumerate() {
                assert_eq!(contains(*curve, x, y), at == other);
            }
        }
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
