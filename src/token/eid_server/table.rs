//! The attributes of a result by their short names (BSI TR-03130-1, SAML profile, attributes).

use super::value::EID;
use crate::envelope::saml::SCHEMA;
use crate::identity::AttributeName;

/// One attribute.
pub(super) struct Row {
    /// Its name, byte for byte.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The `xsi:type` that its value may state: of XML Schema, and of the schema of eID.
    pub(super) types: &'static [(&'static str, &'static str)],
    /// What it is in the identity; `None` where it is no attribute of a person.
    pub(super) attribute: Option<AttributeName>,
    /// Its name in refusals.
    pub(super) place: &'static str,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Birthdate,
    CommunityId,
    Country,
    Date,
    DocumentType,
    DocumentValidity,
    EidType,
    Flavour,
    Level,
    Nationality,
    Place,
    Residence,
    RestrictedId,
    Sex,
    Text,
    UseEidas,
}

/// The row of a name; `None` for an attribute that is not read.
pub(super) fn row(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

/// What is told of legal persons only (BSI TR-03130-1, eSAML).
pub(super) const LEGAL_PERSON: &[&str] = &[
    "BusinessCodes",
    "EORI",
    "LEI",
    "LegalAddress",
    "LegalName",
    "LegalPersonIdentifier",
    "SEED",
    "SIC",
    "TaxReference",
    "VATRegistration",
];

type Types = &'static [(&'static str, &'static str)];

const STRING: Types = &[(SCHEMA, "string")];
const DATE: Types = &[(SCHEMA, "date")];
const COUNTRY: Types = &[(SCHEMA, "string"), (EID, "ICAOCountry")];

macro_rules! rows {
    ($($name:literal $kind:ident $types:expr, $attribute:expr;)*) => {
        const ROWS: &[Row] = &[$(Row {
            name: $name,
            kind: Kind::$kind,
            types: $types,
            attribute: $attribute,
            place: concat!("attribute ", $name),
        }),*];
    };
}

rows! {
    "AcademicTitle" Text STRING, Some(AttributeName::Title);
    "ArtisticName" Text STRING, Some(AttributeName::AlsoKnownAs);
    "BirthName" Text STRING, Some(AttributeName::BirthFamilyName);
    "CommunityID" CommunityId &[(SCHEMA, "string"), (EID, "CommunityIDType")],
        Some(AttributeName::CommunityId);
    "DateOfBirth" Birthdate &[(EID, "GeneralDateType")], Some(AttributeName::Birthdate);
    "DateOfExpiry" Date DATE, Some(AttributeName::DateOfExpiry);
    "DocumentType" DocumentType &[(SCHEMA, "string"), (EID, "DocumentType")],
        Some(AttributeName::DocumentType);
    "DocumentValidity" DocumentValidity &[(EID, "DocumentValidityResultType")], None;
    "EIDType" EidType &[(EID, "EIDTypeResponseType"), (EID, "EIDTypeType")], None;
    "FamilyNames" Text STRING, Some(AttributeName::FamilyName);
    "GivenNames" Text STRING, Some(AttributeName::GivenName);
    "IdentityFlavour" Flavour &[(SCHEMA, "string"), (EID, "IdentityFlavourType")], None;
    "IssuingState" Country COUNTRY, Some(AttributeName::IssuingCountry);
    "LevelOfAssurance" Level &[(SCHEMA, "string"), (SCHEMA, "anyURI"), (EID, "LevelOfAssuranceType")],
        None;
    "Nationality" Nationality COUNTRY, Some(AttributeName::Nationalities);
    "PlaceOfBirth" Place &[(EID, "GeneralPlaceType")], Some(AttributeName::PlaceOfBirth);
    "PlaceOfResidence" Residence &[(EID, "GeneralPlaceType")], Some(AttributeName::Address);
    "RestrictedID" RestrictedId &[(EID, "RestrictedIDType")], None;
    "Sex" Sex &[(SCHEMA, "string"), (EID, "SexType")], Some(AttributeName::Sex);
    "UseEidas" UseEidas &[(SCHEMA, "boolean")], None;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_byte_for_byte_and_once() {
        for (at, one) in ROWS.iter().enumerate() {
            assert_eq!(row(one.name).map(|found| found.kind), Some(one.kind));
            assert!(ROWS[..at].iter().all(|other| other.name < one.name), "{}", one.name);
        }
        for other in ["", "givennames", "GivenNames ", "GivenName", "urn:oid:2.5.4.42"] {
            assert!(row(other).is_none(), "{other}");
        }
    }
}
