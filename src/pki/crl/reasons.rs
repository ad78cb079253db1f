//! Reasons of revocation as sets and by name (RFC 5280, 4.2.1.13 and 5.3.1).

use crate::pki::der::{Element, malformed};
use crate::verdict::Refusal;

/// A set of reasons: `ReasonFlags`, bits 1 to 8.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::pki) struct Reasons(u16);

impl Reasons {
    pub(in crate::pki) const NONE: Self = Self(0);
    /// keyCompromise (1) to aACompromise (8): `all-reasons` of 6.3.2 (a).
    pub(in crate::pki) const ALL: Self = Self(0x7f80);

    /// Reads the content of an implicitly tagged `ReasonFlags`; bit 0 is unused by its name.
    pub(in crate::pki) fn read(flags: Element<'_>) -> Result<Self, Refusal> {
        let (unused, bits) = match flags.content() {
            [unused, first] => (*unused, [*first, 0]),
            [unused, first, second] => (*unused, [*first, *second]),
            _ => return Err(malformed(flags.start())),
        };
        let bits = u16::from_be_bytes(bits);
        let named = bits & Self::ALL.0;
        // X.690, 11.2.1, which the gate does not see through the tag.
        let padding_holds = unused < 8 && bits & !NAMED_BITS == 0;
        if named == 0 || !padding_holds {
            return Err(malformed(flags.start()));
        }
        Ok(Self(named))
    }

    pub(in crate::pki) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(in crate::pki) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `self` has a reason that `other` lacks.
    pub(in crate::pki) const fn adds_to(self, other: Self) -> bool {
        self.0 & !other.0 != 0
    }

    pub(in crate::pki) const fn is_all(self) -> bool {
        self.0 == Self::ALL.0
    }
}

/// The name of a `CRLReason`; `None` for a number that is none (7 is not used).
pub(in crate::pki) const fn name(reason: u8) -> Option<&'static str> {
    Some(match reason {
        0 => "unspecified",
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        8 => "removeFromCRL",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => return None,
    })
}

/// `removeFromCRL`, in delta CRLs alone.
pub(in crate::pki) const REMOVE_FROM_CRL: u8 = 8;

// unused (0) to aACompromise (8).
const NAMED_BITS: u16 = 0xff80;
