/// How strongly a person was identified ((EU) No 910/2014, 8(2)).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "the regulation knows these three")]
pub enum LevelOfAssurance {
    /// Low.
    Low,
    /// Substantial.
    Substantial,
    /// High.
    High,
}

impl LevelOfAssurance {
    /// Every level, rising.
    pub const ALL: &'static [Self] = &[Self::Low, Self::Substantial, Self::High];

    /// The word of the regulation, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Substantial => "substantial",
            Self::High => "high",
        }
    }

    /// The level of a word; unknown is never a level.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|level| level.name() == name)
    }
}

/// A level together with whether its scheme was notified to the Commission.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a level and whether it is notified are complete")]
pub struct Loa {
    /// The level.
    pub level: LevelOfAssurance,
    /// The scheme is notified ((EU) No 910/2014, 9).
    pub notified: bool,
}

impl Loa {
    /// The URI of the eIDAS message format, 1.2, 4.3.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match (self.notified, self.level) {
            (true, LevelOfAssurance::Low) => "http://eidas.europa.eu/LoA/low",
            (true, LevelOfAssurance::Substantial) => "http://eidas.europa.eu/LoA/substantial",
            (true, LevelOfAssurance::High) => "http://eidas.europa.eu/LoA/high",
            (false, LevelOfAssurance::Low) => "http://eidas.europa.eu/NotNotified/LoA/low",
            (false, LevelOfAssurance::Substantial) => {
                "http://eidas.europa.eu/NotNotified/LoA/substantial"
            }
            (false, LevelOfAssurance::High) => "http://eidas.europa.eu/NotNotified/LoA/high",
        }
    }

    /// The level of a URI, byte for byte; unknown is never a level.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        LevelOfAssurance::ALL
            .iter()
            .flat_map(|&level| [true, false].map(|notified| Self { level, notified }))
            .find(|loa| loa.uri() == uri)
    }

    /// The weaker of two: the lower level, notified only if both are.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self { level: self.level.min(other.level), notified: self.notified && other.notified }
    }

    /// Caps the level.
    #[must_use]
    pub fn capped(self, cap: LevelOfAssurance) -> Self {
        Self { level: self.level.min(cap), notified: self.notified }
    }

    /// Whether this level satisfies a demand.
    #[must_use]
    pub fn satisfies(self, min_level: LevelOfAssurance, notified_only: bool) -> bool {
        self.level >= min_level && (self.notified || !notified_only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_read_back_and_near_misses_do_not() {
        for &level in LevelOfAssurance::ALL {
            for notified in [true, false] {
                let loa = Loa { level, notified };
                assert_eq!(Loa::from_uri(loa.uri()), Some(loa));
            }
        }
        for bad in
            ["", "high", "http://eidas.europa.eu/LoA/High", "http://eidas.europa.eu/LoA/high/"]
        {
            assert_eq!(Loa::from_uri(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_weaker_of_two_never_rises() {
        let high = Loa { level: LevelOfAssurance::High, notified: false };
        let low = Loa { level: LevelOfAssurance::Low, notified: true };
        assert_eq!(high.min(low), Loa { level: LevelOfAssurance::Low, notified: false });
        assert!(!high.satisfies(LevelOfAssurance::Low, true));
        assert!(high.satisfies(LevelOfAssurance::High, false));
    }
}
