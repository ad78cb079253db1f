//! The attribute profile: every name, what its value is, and what it becomes (eIDAS attribute
//! profile, 2.2 to 2.8).

use crate::identity::AttributeName as A;

/// Of whom an attribute speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Group {
    Natural,
    Legal,
    RepresentativeNatural,
    RepresentativeLegal,
}

impl Group {
    pub(super) const ALL: [Self; 4] =
        [Self::Natural, Self::Legal, Self::RepresentativeNatural, Self::RepresentativeLegal];

    /// Its namespace: of its names, with a slash behind it, and of its types.
    pub(super) const fn namespace(self) -> &'static str {
        match self {
            Self::Natural => "http://eidas.europa.eu/attributes/naturalperson",
            Self::Legal => "http://eidas.europa.eu/attributes/legalperson",
            Self::RepresentativeNatural => {
                "http://eidas.europa.eu/attributes/naturalperson/representative"
            }
            Self::RepresentativeLegal => {
                "http://eidas.europa.eu/attributes/legalperson/representative"
            }
        }
    }

    /// The namespaces that its types, marks and address elements may have: its own, and that of the
    /// kind of person, whose types a representative shares.
    pub(super) const fn namespaces(self) -> &'static [&'static str] {
        const NATURAL: &str = Group::Natural.namespace();
        const LEGAL: &str = Group::Legal.namespace();
        match self {
            Self::Natural => &[NATURAL],
            Self::Legal => &[LEGAL],
            Self::RepresentativeNatural => {
                const { &[Group::RepresentativeNatural.namespace(), NATURAL] }
            }
            Self::RepresentativeLegal => const { &[Group::RepresentativeLegal.namespace(), LEGAL] },
        }
    }

    const fn rows(self) -> &'static [Row] {
        match self {
            Self::Natural | Self::RepresentativeNatural => NATURAL,
            Self::Legal | Self::RepresentativeLegal => LEGAL,
        }
    }

    /// The rows without which there is no such person.
    pub(super) fn mandatory(self) -> impl Iterator<Item = &'static Row> {
        self.rows().iter().filter(|row| row.mandatory)
    }
}

/// One attribute of the profile.
#[derive(Debug)]
pub(super) struct Row {
    /// The last part of its name.
    pub(super) segment: &'static str,
    /// The last part of its name in older data.
    pub(super) older: Option<&'static str>,
    /// How its place is called in refusals.
    pub(super) place: &'static str,
    /// What its value is.
    pub(super) kind: Kind,
    pub(super) mandatory: bool,
    /// What it becomes of the subject, and of whoever acts for it.
    own: Option<A>,
    other: Option<A>,
}

impl Row {
    /// What it becomes; `None` for a part of something else.
    pub(super) const fn attribute(&self, group: Group) -> Option<A> {
        match group {
            Group::Natural | Group::Legal => self.own,
            Group::RepresentativeNatural | Group::RepresentativeLegal => self.other,
        }
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// Base64 of elements.
    Address,
    /// A day that has been.
    Birthdate,
    /// Two letters.
    Country,
    /// An e-mail address.
    Email,
    /// One of three words.
    Gender,
    /// `XX/YY/…`
    Identifier,
    /// A text in Latin script, perhaps in another one as well.
    Name,
    /// A telephone number.
    Phone,
    /// A number of some register.
    Number,
    /// A text.
    Text,
}

/// Of whom an attribute speaks by the beginning of its name, whether or not the profile has it, in
/// whatever case.
pub(super) fn group(name: &str) -> Option<Group> {
    // The namespaces of those who act stand below those of the others.
    Group::ALL.into_iter().rev().find(|group| {
        let namespace = group.namespace();
        name.split_at_checked(namespace.len())
            .is_some_and(|(own, rest)| own.eq_ignore_ascii_case(namespace) && rest.starts_with('/'))
    })
}

/// The row of an attribute's name, byte for byte; `None` for a name that is not of the profile.
pub(super) fn row(name: &str) -> Option<(Group, &'static Row)> {
    Group::ALL.iter().find_map(|group| {
        let segment = name.strip_prefix(group.namespace())?.strip_prefix('/')?;
        let is_named = |row: &&Row| row.segment == segment || row.older == Some(segment);
        group.rows().iter().find(is_named).map(|row| (*group, row))
    })
}

macro_rules! rows {
    ($($segment:literal $($older:literal)? $kind:ident $mandatory:literal $own:expr, $other:expr;)*) => {
        &[$(Row {
            segment: $segment,
            older: older!($($older)?),
            place: concat!("attribute ", $segment),
            kind: Kind::$kind,
            mandatory: $mandatory,
            own: $own,
            other: $other,
        }),*]
    };
}

macro_rules! older {
    () => {
        None
    };
    ($older:literal) => {
        Some($older)
    };
}

const NATURAL: &[Row] = rows! {
    "PersonIdentifier" Identifier true
        Some(A::PersonIdentifier), Some(A::RepresentativePersonIdentifier);
    "CurrentFamilyName" Name true Some(A::FamilyName), Some(A::RepresentativeFamilyName);
    "CurrentGivenName" Name true Some(A::GivenName), Some(A::RepresentativeGivenName);
    "DateOfBirth" Birthdate true Some(A::Birthdate), Some(A::RepresentativeBirthdate);
    "BirthName" Name false Some(A::BirthName), Some(A::RepresentativeBirthName);
    "PlaceOfBirth" Text false None, None;
    "CurrentAddress" Address false Some(A::Address), Some(A::RepresentativeAddress);
    "Gender" Gender false Some(A::Sex), Some(A::RepresentativeSex);
    "PhoneNumber" Phone false Some(A::PhoneNumber), Some(A::RepresentativePhoneNumber);
    "Nationality" Country false Some(A::Nationalities), Some(A::RepresentativeNationalities);
    "CountryOfBirth" Country false None, None;
    "TownOfBirth" Text false None, None;
    "CountryOfResidence" Country false None, None;
    "EmailAddress" Email false Some(A::Email), Some(A::RepresentativeEmail);
};

const LEGAL: &[Row] = rows! {
    "LegalPersonIdentifier" Identifier true
        Some(A::LegalPersonIdentifier), Some(A::RepresentativeLegalPersonIdentifier);
    "LegalName" Name true Some(A::LegalPersonName), Some(A::RepresentativeLegalPersonName);
    "LegalPersonAddress" "LegalAddress" Address false
        Some(A::LegalPersonAddress), Some(A::RepresentativeLegalPersonAddress);
    "VATRegistrationNumber" "VATRegistration" Number false
        Some(A::LegalPersonVatNumber), Some(A::RepresentativeLegalPersonVatNumber);
    "TaxReference" Number false
        Some(A::LegalPersonTaxReference), Some(A::RepresentativeLegalPersonTaxReference);
    "D-2012-17-EUIdentifier" Number false
        Some(A::LegalPersonEuid), Some(A::RepresentativeLegalPersonEuid);
    "LEI" Number false Some(A::LegalPersonLei), Some(A::RepresentativeLegalPersonLei);
    "EORI" Number false Some(A::LegalPersonEori), Some(A::RepresentativeLegalPersonEori);
    "SEED" Number false Some(A::LegalPersonSeed), Some(A::RepresentativeLegalPersonSeed);
    "SIC" Number false Some(A::LegalPersonSic), Some(A::RepresentativeLegalPersonSic);
    "LegalPhoneNumber" Phone false
        Some(A::LegalPersonPhoneNumber), Some(A::RepresentativeLegalPersonPhoneNumber);
    "LegalEmailAddress" Email false
        Some(A::LegalPersonEmail), Some(A::RepresentativeLegalPersonEmail);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_one_row() {
        let mut count = 0;
        for group in Group::ALL {
            for line in group.rows() {
                for segment in [Some(line.segment), line.older].into_iter().flatten() {
                    let (found, found_row) =
                        row(&format!("{}/{segment}", group.namespace())).unwrap();
                    assert_eq!((found, found_row.segment), (group, line.segment));
                }
                count += 1;
            }
        }
        // Sections 3.1 to 3.4: 14 and 12, of the subject and of whoever acts for it.
        assert_eq!(count, 2 * (14 + 12));
    }

    #[test]
    fn names_are_compared_byte_for_byte() {
        let base = Group::Natural.namespace();
        for bad in ["personidentifier", "FamilyName", "PersonIdentifier ", "", "representative"] {
            assert!(row(&format!("{base}/{bad}")).is_none(), "{bad}");
        }
        assert!(row("PersonIdentifier").is_none());
        assert!(row("https://eidas.europa.eu/attributes/naturalperson/PersonIdentifier").is_none());
    }
}
