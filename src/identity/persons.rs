/// Of which persons a token speaks, and who acts (eIDAS attribute profile, 2.2 to 2.8).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "who is spoken of, and who acts for them")]
pub struct Persons {
    /// Whose rights and duties it is about.
    pub subject: PersonKind,
    /// Who acts for them, where it is somebody else.
    pub representative: Option<Representative>,
}

impl Persons {
    /// A natural person who acts for themselves.
    pub const NATURAL: Self = Self { subject: PersonKind::Natural, representative: None };
}

/// The kind of a subject.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "the valid combinations of the eIDAS profile")]
pub enum PersonKind {
    /// A legal person.
    Legal,
    /// A natural person.
    Natural,
    /// A natural person together with a legal person.
    NaturalAndLegal,
}

impl PersonKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Legal, Self::Natural, Self::NaturalAndLegal];

    /// The word of the register.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Legal => "legal",
            Self::Natural => "natural",
            Self::NaturalAndLegal => "natural-and-legal",
        }
    }
}

/// Who acts for the subject.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "a representative is one or the other")]
pub enum Representative {
    /// A legal person.
    Legal,
    /// A natural person.
    Natural,
}

impl Representative {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Legal, Self::Natural];

    /// The word of the register.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Legal => "legal",
            Self::Natural => "natural",
        }
    }
}
