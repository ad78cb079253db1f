use crate::ports::{Random, Unavailable};
use ring::rand::SecureRandom as _;
use std::fmt;

/// The random source of the operating system, through ring: `getrandom(2)` on Linux.
#[derive(Clone)]
pub struct SystemRandom(ring::rand::SystemRandom);

impl SystemRandom {
    /// Opens nothing; cheap to make and to clone.
    #[must_use]
    pub fn new() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for SystemRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        self.0.fill(out).map_err(|_| Unavailable("the system gives no random bytes"))
    }
}

impl fmt::Debug for SystemRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemRandom")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_all_of_it_and_differently_each_time() {
        let (mut a, mut b) = ([0_u8; 64], [0_u8; 64]);
        SystemRandom::new().fill(&mut a).unwrap();
        SystemRandom::new().fill(&mut b).unwrap();
        assert_ne!(a, b);
        // A half that stayed zero by chance: 2^-256.
        assert!(a.chunks(32).chain(b.chunks(32)).all(|half| half.iter().any(|byte| *byte != 0)));
    }

    #[test]
    fn fills_nothing_into_nothing() {
        SystemRandom::new().fill(&mut []).unwrap();
    }
}
