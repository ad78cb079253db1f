use crate::identity::AttributeName;

/// A named set of claims that a client can ask for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Scope {
    /// One rule for each claim, in the order of the file.
    pub rules: Vec<ClaimRule>,
}

/// How one claim is made from one attribute.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ClaimRule {
    /// Name of the claim in the assertion.
    pub output: String,
    /// The attribute that it is made from.
    pub attribute: AttributeName,
    /// What is made of it.
    pub transformation: Transformation,
    /// Whether there is no assertion without it (OpenID Connect Core 1.0, 5.5.1).
    pub essential: bool,
}

impl ClaimRule {
    pub(super) fn new(attribute: AttributeName, transformation: Transformation) -> Self {
        let output = transformation.output(attribute);
        Self { output, attribute, transformation, essential: false }
    }
}

/// What is made of an attribute. Pure and total: the same attribute, day and rule give the same
/// claim, and what is not certain gives none.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Transformation {
    /// `age_band`: between which of these ages the person is, for instance `18-64`.
    AgeBand(Vec<u8>),
    /// `age_over_NN`: whether the person has reached the age.
    AgeOver(u8),
    /// `birth_year`.
    BirthYear,
    /// `given_name_initials` and alike.
    Initials,
    /// `national_id`: the number by which a state knows the person, with its scheme.
    NationalId {
        /// What allows this procedure to process it.
        legal_basis: String,
    },
    /// `nationality_in_eu`: whether one of the nationalities is of a Member State.
    NationalityInEu,
    /// The attribute as certified.
    Plain,
    /// `postal_prefix`: that many characters of a longer postal code.
    PostalPrefix(u8),
    /// `given_name_present` and alike: whether there is a value.
    Present,
    /// `residence_country`, `residence_region` or `residence_locality`.
    Region(Precision),
}

impl Transformation {
    /// Whether it can be applied to an attribute. Pictures, and where an issuer says that its anchor
    /// stands, fit nothing; the administrative number of a person fits nothing without legal basis.
    #[must_use]
    pub const fn fits(&self, attribute: AttributeName) -> bool {
        use AttributeName as A;
        match self {
            Self::AgeBand(_) | Self::AgeOver(_) | Self::BirthYear => {
                matches!(attribute, A::Birthdate)
            }
            Self::Initials => matches!(
                attribute,
                A::BirthFamilyName
                    | A::BirthGivenName
                    | A::BirthName
                    | A::FamilyName
                    | A::GivenName
                    | A::RepresentativeBirthName
                    | A::RepresentativeFamilyName
                    | A::RepresentativeGivenName
            ),
            Self::NationalId { .. } => attribute.identifies_a_person(),
            Self::NationalityInEu => matches!(attribute, A::Nationalities),
            Self::Plain => {
                !attribute.identifies_a_person()
                    && !matches!(attribute, A::Picture | A::TrustAnchor)
            }
            Self::PostalPrefix(_) | Self::Region(_) => matches!(attribute, A::Address),
            Self::Present => !matches!(attribute, A::Picture | A::TrustAnchor),
        }
    }

    // One name for one meaning; the names are part of the assertion's contract.
    fn output(&self, attribute: AttributeName) -> String {
        let claim = claim_name(attribute);
        match self {
            Self::AgeBand(_) => "age_band".to_owned(),
            Self::AgeOver(years) => format!("age_over_{years:02}"),
            Self::BirthYear => "birth_year".to_owned(),
            Self::Initials => format!("{claim}_initials"),
            Self::NationalId { .. } => {
                let of_another = matches!(attribute, AttributeName::RepresentativePersonIdentifier);
                let name = if of_another { "representative_national_id" } else { "national_id" };
                name.to_owned()
            }
            Self::NationalityInEu => "nationality_in_eu".to_owned(),
            Self::Plain => claim.to_owned(),
            Self::PostalPrefix(_) => "postal_prefix".to_owned(),
            Self::Present => format!("{claim}_present"),
            Self::Region(Precision::Country) => "residence_country".to_owned(),
            Self::Region(Precision::State) => "residence_region".to_owned(),
            Self::Region(Precision::Municipality) => "residence_locality".to_owned(),
        }
    }
}

/// How exactly a residence is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the three levels of an address")]
pub enum Precision {
    /// The country.
    Country,
    /// The state or province.
    State,
    /// The town.
    Municipality,
}

/// When those born on 29 February reach an age in a year without that day.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the day before or the day after")]
pub enum LeapDay {
    /// On 28 February.
    February28,
    /// On 1 March.
    #[default]
    March1,
}

/// The claim of an attribute: OpenID Connect's name where it has one (docs/assertion-profile.md).
pub(super) const fn claim_name(attribute: AttributeName) -> &'static str {
    // Not `date_of_expiry`: an assertion expires too, and this is not about it.
    if matches!(attribute, AttributeName::DateOfExpiry) {
        return "document_valid_until";
    }
    attribute.name()
}

/// The attribute of a claim.
pub(super) fn attribute_of(claim: &str) -> Option<AttributeName> {
    AttributeName::ALL.iter().copied().find(|attribute| claim_name(*attribute) == claim)
}

/// Whether the broker itself sets a claim of this name. Person data stand in `verified_claims`, but
/// no rule may even look as if it set one (CVE-2024-29892).
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

// Claims of docs/assertion-profile.md, those of RFC 7519, RFC 8693 and OpenID Connect Core 1.0 that
// decide something elsewhere, and header parameters.
const RESERVED: &[&str] = &[
    "acr",
    "act",
    "alg",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "authorization_details",
    "azp",
    "c_hash",
    "client_id",
    "cnf",
    "crit",
    "exp",
    "iat",
    "iss",
    "jku",
    "jti",
    "jwk",
    "kid",
    "may_act",
    "nbf",
    "nonce",
    "on_behalf",
    "prev_sub",
    "purpose",
    "scope",
    "sid",
    "src",
    "status",
    "sub",
    "txn",
    "typ",
    "ver",
    "verified_claims",
    "x5c",
    "x5u",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_unique_read_back_and_never_reserved() {
        for &attribute in AttributeName::ALL {
            assert_eq!(attribute_of(claim_name(attribute)), Some(attribute));
            assert!(!is_reserved(claim_name(attribute)));
        }
        assert_eq!(attribute_of("date_of_expiry"), None);
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn a_picture_and_an_anchor_fit_nothing_and_a_number_needs_its_legal_basis() {
        let all = [
            Transformation::AgeBand(vec![18]),
            Transformation::AgeOver(18),
            Transformation::BirthYear,
            Transformation::Initials,
            Transformation::NationalId { legal_basis: "Act".into() },
            Transformation::NationalityInEu,
            Transformation::Plain,
            Transformation::PostalPrefix(2),
            Transformation::Present,
            Transformation::Region(Precision::State),
        ];
        for attribute in [AttributeName::Picture, AttributeName::TrustAnchor] {
            assert!(!all.iter().any(|transformation| transformation.fits(attribute)));
        }
        for attribute in AttributeName::ALL.iter().filter(|name| name.identifies_a_person()) {
            assert!(!Transformation::Plain.fits(*attribute));
        }
        for transformation in all {
            let output = transformation.output(AttributeName::GivenName);
            assert!(!is_reserved(&output), "{output}");
        }
    }
}
