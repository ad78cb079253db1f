//! The attributes of the account (BundID interface description, attributes).

use crate::identity::AttributeName as A;

/// One attribute.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    /// How its place is called in refusals.
    pub(super) place: &'static str,
    pub(super) kind: Kind,
    /// What it becomes.
    pub(super) attribute: A,
}

/// What a value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Birthdate,
    Country,
    Email,
    /// Of an address.
    Part,
    Name,
    Nationality,
    Phone,
    Place,
    Sex,
    Text,
}

macro_rules! rows {
    ($($name:literal $friendly:literal $kind:ident $attribute:ident;)*) => {
        &[$(Row {
            name: concat!("urn:oid:", $name),
            place: concat!("attribute ", $friendly),
            kind: Kind::$kind,
            attribute: A::$attribute,
        }),*]
    };
}

/// What becomes part of the identity. Handles of the account, its version and the withdrawn bPK do
/// not; level, bPK2 and the way of the authentication are read apart.
pub(super) const ROWS: &[Row] = rows! {
    "2.5.4.42" "givenName" Name GivenName;
    "2.5.4.4" "surname" Name FamilyName;
    "0.9.2342.19200300.100.1.3" "mail" Email Email;
    "2.5.4.16" "postalAddress" Part Address;
    "2.5.4.17" "postalCode" Part Address;
    "2.5.4.7" "localityName" Part Address;
    "1.2.40.0.10.2.1.1.225599" "country" Part Address;
    "0.9.2342.19200300.100.1.40" "personalTitle" Text Title;
    "1.3.6.1.4.1.33592.1.3.5" "gender" Sex Sex;
    "1.2.40.0.10.2.1.1.55" "birthdate" Birthdate Birthdate;
    "1.3.6.1.5.5.7.9.2" "placeOfBirth" Place PlaceOfBirth;
    "1.2.40.0.10.2.1.1.225566" "birthName" Name BirthFamilyName;
    "1.2.40.0.10.2.1.1.225577" "nationality" Nationality Nationalities;
    "1.2.40.0.10.2.1.1.552255" "documentType" Text DocumentType;
    "2.5.4.20" "telephoneNumber" Phone PhoneNumber;
    "1.3.6.1.4.1.25484.494450.10.1" "eIDAS-Issuing-Country" Country IssuingCountry;
    "1.3.6.1.4.1.25484.494450.5" "communityId" Text CommunityId;
};

pub(super) const STREET: &str = "urn:oid:2.5.4.16";
pub(super) const POSTAL_CODE: &str = "urn:oid:2.5.4.17";
pub(super) const LOCALITY: &str = "urn:oid:2.5.4.7";
pub(super) const COUNTRY: &str = "urn:oid:1.2.40.0.10.2.1.1.225599";
