use super::{BirthDate, Date, Family, Loa, Text, text};
use std::fmt;
use std::sync::Arc;
use unicode_normalization::is_nfc;

macro_rules! attributes {
    ($($(#[$doc:meta])* $variant:ident => $name:literal;)*) => {
        /// The attributes of persons and of the document that states them, under their names in
        /// assertions: the union of the PID data identifiers (CIR (EU) 2024/2977, annex), the eIDAS
        /// attribute profile for natural and legal persons, and what German accounts and cards add.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum AttributeName {
            $($(#[$doc])* $variant,)*
        }

        impl AttributeName {
            /// Every attribute.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in the register and in assertions: OpenID Connect where it has one, else the
            /// PID's, else that of the eIDAS attribute profile.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

attributes! {
    /// Current residence.
    Address => "address";
    /// Artistic or religious name.
    AlsoKnownAs => "also_known_as";
    /// Given names at birth.
    BirthGivenName => "birth_given_name";
    /// Family name at birth.
    BirthFamilyName => "birth_family_name";
    /// First and family names at birth, in one text.
    BirthName => "birth_name";
    /// Date of birth.
    Birthdate => "birthdate";
    /// Number of the municipality of residence (BSI TR-03127).
    CommunityId => "community_id";
    /// Administrative end of validity.
    DateOfExpiry => "date_of_expiry";
    /// Administrative date of issue.
    DateOfIssuance => "date_of_issuance";
    /// Number of the document.
    DocumentNumber => "document_number";
    /// Kind of the document (BSI TR-03127).
    DocumentType => "document_type";
    /// E-mail address.
    Email => "email";
    /// Current family name.
    FamilyName => "family_name";
    /// Current given names.
    GivenName => "given_name";
    /// Who issued the document.
    IssuingAuthority => "issuing_authority";
    /// Alpha-2 country of the issuer.
    IssuingCountry => "issuing_country";
    /// ISO 3166-2 subdivision of the issuer.
    IssuingJurisdiction => "issuing_jurisdiction";
    /// Legal category of the attestation, `PID`.
    LegalCategory => "attestation_legal_category";
    /// Address of the legal person.
    LegalPersonAddress => "legal_person_address";
    /// E-mail address of the legal person.
    LegalPersonEmail => "legal_person_email";
    /// Economic Operator Registration and Identification number.
    LegalPersonEori => "legal_person_eori";
    /// European unique identifier of the business register (Directive 2012/17/EU).
    LegalPersonEuid => "legal_person_euid";
    /// Identifier by which a state knows the legal person, `CC/CC/…`.
    LegalPersonIdentifier => "legal_person_identifier";
    /// Legal Entity Identifier (ISO 17442).
    LegalPersonLei => "legal_person_lei";
    /// Current name of the legal person.
    LegalPersonName => "legal_person_name";
    /// Telephone number of the legal person.
    LegalPersonPhoneNumber => "legal_person_phone_number";
    /// Excise number (System for Exchange of Excise Data).
    LegalPersonSeed => "legal_person_seed";
    /// Standard Industrial Classification.
    LegalPersonSic => "legal_person_sic";
    /// Tax reference number of the legal person.
    LegalPersonTaxReference => "legal_person_tax_reference";
    /// Value added tax registration number of the legal person.
    LegalPersonVatNumber => "legal_person_vat_number";
    /// Nationalities.
    Nationalities => "nationalities";
    /// Identifier by which one state knows the person towards another, `CC/CC/…` (eIDAS attribute
    /// profile, 2.2.3).
    PersonIdentifier => "person_identifier";
    /// Number by which the state knows the person.
    PersonalAdministrativeNumber => "personal_administrative_number";
    /// Mobile telephone number.
    PhoneNumber => "phone_number";
    /// Portrait.
    Picture => "picture";
    /// Place of birth.
    PlaceOfBirth => "place_of_birth";
    /// Residence of the natural person that acts for another.
    RepresentativeAddress => "representative_address";
    /// Names at birth of the natural person that acts for another.
    RepresentativeBirthName => "representative_birth_name";
    /// Date of birth of the natural person that acts for another.
    RepresentativeBirthdate => "representative_birthdate";
    /// E-mail address of the natural person that acts for another.
    RepresentativeEmail => "representative_email";
    /// Family name of the natural person that acts for another.
    RepresentativeFamilyName => "representative_family_name";
    /// Given names of the natural person that acts for another.
    RepresentativeGivenName => "representative_given_name";
    /// Address of the legal person that acts for another.
    RepresentativeLegalPersonAddress => "representative_legal_person_address";
    /// E-mail address of the legal person that acts for another.
    RepresentativeLegalPersonEmail => "representative_legal_person_email";
    /// EORI number of the legal person that acts for another.
    RepresentativeLegalPersonEori => "representative_legal_person_eori";
    /// European unique identifier of the legal person that acts for another.
    RepresentativeLegalPersonEuid => "representative_legal_person_euid";
    /// Identifier of the legal person that acts for another.
    RepresentativeLegalPersonIdentifier => "representative_legal_person_identifier";
    /// Legal Entity Identifier of the legal person that acts for another.
    RepresentativeLegalPersonLei => "representative_legal_person_lei";
    /// Name of the legal person that acts for another.
    RepresentativeLegalPersonName => "representative_legal_person_name";
    /// Telephone number of the legal person that acts for another.
    RepresentativeLegalPersonPhoneNumber => "representative_legal_person_phone_number";
    /// Excise number of the legal person that acts for another.
    RepresentativeLegalPersonSeed => "representative_legal_person_seed";
    /// Industrial classification of the legal person that acts for another.
    RepresentativeLegalPersonSic => "representative_legal_person_sic";
    /// Tax reference of the legal person that acts for another.
    RepresentativeLegalPersonTaxReference => "representative_legal_person_tax_reference";
    /// Value added tax number of the legal person that acts for another.
    RepresentativeLegalPersonVatNumber => "representative_legal_person_vat_number";
    /// Nationality of the natural person that acts for another.
    RepresentativeNationalities => "representative_nationalities";
    /// Identifier of the natural person that acts for another.
    RepresentativePersonIdentifier => "representative_person_identifier";
    /// Telephone number of the natural person that acts for another.
    RepresentativePhoneNumber => "representative_phone_number";
    /// Place of birth of the natural person that acts for another.
    RepresentativePlaceOfBirth => "representative_place_of_birth";
    /// Sex of the natural person that acts for another.
    RepresentativeSex => "representative_sex";
    /// Sex as registered.
    Sex => "sex";
    /// Academic title.
    Title => "title";
    /// Where the issuer says that its trust anchor stands; data, never believed.
    TrustAnchor => "trust_anchor";
}

impl AttributeName {
    /// The attribute of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|attribute| attribute.name() == name)
    }

    /// Whether it is the number or identifier by which a state knows a natural person: nothing of it
    /// is told without a legal basis of its own.
    #[must_use]
    pub const fn identifies_a_person(self) -> bool {
        matches!(
            self,
            Self::PersonIdentifier
                | Self::PersonalAdministrativeNumber
                | Self::RepresentativePersonIdentifier
        )
    }
}

/// One attribute: its value, where it comes from, and how far it may be trusted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attribute {
    /// The value.
    pub value: AttributeValue,
    /// Where it comes from.
    pub provenance: Arc<Provenance>,
    /// The level of assurance of this attribute.
    pub loa: Loa,
}

impl Attribute {
    pub(crate) const fn new(value: AttributeValue, provenance: Arc<Provenance>, loa: Loa) -> Self {
        Self { value, provenance, loa }
    }
}

/// Where an attribute comes from. Names of configuration and countries, never of persons.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Provenance {
    /// The token family.
    pub family: Family,
    /// The country that vouches.
    pub issuing_country: Country,
    /// The name of the trust anchor in the configuration.
    pub anchor: Arc<str>,
    /// The type of the credential, for instance `urn:eudi:pid:1`.
    pub credential_type: Arc<str>,
}

impl Provenance {
    pub(crate) const fn new(
        family: Family,
        issuing_country: Country,
        anchor: Arc<str>,
        credential_type: Arc<str>,
    ) -> Self {
        Self { family, issuing_country, anchor, credential_type }
    }
}

/// The value of an attribute. `Debug` shows the kind only.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum AttributeValue {
    /// An address.
    Address(Address),
    /// A date of birth, perhaps partly known.
    BirthDate(BirthDate),
    /// Countries; `QU` unknown and `QS` stateless count as such (PID rulebook 3.1.1).
    Countries(Vec<Country>),
    /// One country.
    Country(Country),
    /// A day.
    Date(Date),
    /// A name.
    Name(Name),
    /// A portrait.
    Picture(Picture),
    /// A place of birth.
    PlaceOfBirth(PlaceOfBirth),
    /// Sex as registered.
    Sex(Sex),
    /// Any other text.
    Text(Text),
}

impl fmt::Debug for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address(_) => "Address(..)",
            Self::BirthDate(_) => "BirthDate(..)",
            Self::Countries(_) => "Countries(..)",
            Self::Country(_) => "Country(..)",
            Self::Date(_) => "Date(..)",
            Self::Name(_) => "Name(..)",
            Self::Picture(_) => "Picture(..)",
            Self::PlaceOfBirth(_) => "PlaceOfBirth(..)",
            Self::Sex(_) => "Sex(..)",
            Self::Text(_) => "Text(..)",
        })
    }
}

/// A name in its original script, and in Latin script where the issuer itself gives that.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Name {
    /// As certified, in NFC.
    pub original: Text,
    /// The issuer's own transliteration; never made up here.
    pub transliteration: Option<Text>,
}

impl Name {
    pub(crate) const fn new(original: Text, transliteration: Option<Text>) -> Self {
        Self { original, transliteration }
    }
}

/// Current residence; each part as certified.
#[derive(Clone, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Address {
    /// The whole address as one text.
    pub formatted: Option<Text>,
    /// Street, with the number where the issuer does not give it apart.
    pub street_address: Option<Text>,
    /// House number.
    pub house_number: Option<Text>,
    /// Postal code.
    pub postal_code: Option<Text>,
    /// Town.
    pub locality: Option<Text>,
    /// State or province.
    pub region: Option<Text>,
    /// Country.
    pub country: Option<Country>,
}

impl Address {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Place of birth; at least one part is known.
#[derive(Clone, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct PlaceOfBirth {
    /// Country.
    pub country: Option<Country>,
    /// State or province.
    pub region: Option<Text>,
    /// Town.
    pub locality: Option<Text>,
}

impl PlaceOfBirth {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An ISO 3166-1 alpha-2 code in upper case, or one of the user-assigned `QU`, `QS`, `XK` and alike.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Country([u8; 2]);

impl Country {
    /// Takes two letters `A` to `Z`.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let code: [u8; 2] = code.as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code))
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Two ASCII letters by construction.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether it is a Member State of the Union, as of 2026.
    #[must_use]
    pub fn is_eu_member(&self) -> bool {
        const MEMBERS: &[u8] = b"ATBEBGCYCZDEDKEEESFIFRGRHRHUIEITLTLULVMTNLPLPTROSESISK";
        MEMBERS.chunks_exact(2).any(|member| member == self.0)
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Sex as registered: ISO/IEC 5218 and the values of CIR (EU) 2024/2977.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sex(u8);

impl Sex {
    /// Takes 0 unknown, 1 male, 2 female, 3 other, 4 inter, 5 diverse, 6 open or 9 not applicable.
    #[must_use]
    pub const fn new(value: u64) -> Option<Self> {
        match value {
            0 => Some(Self(0)),
            1 => Some(Self(1)),
            2 => Some(Self(2)),
            3 => Some(Self(3)),
            4 => Some(Self(4)),
            5 => Some(Self(5)),
            6 => Some(Self(6)),
            9 => Some(Self(9)),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }
}

/// A portrait: JPEG bytes, not looked into. Never part of an assertion.
#[derive(Clone, Eq, PartialEq)]
pub struct Picture(Arc<[u8]>);

impl Picture {
    pub(crate) fn new(jpeg: Vec<u8>) -> Self {
        Self(jpeg.into())
    }

    /// The JPEG file.
    #[must_use]
    pub fn jpeg(&self) -> &[u8] {
        &self.0
    }
}

/// Whether a text can be an e-mail address: an identifier with something before its last `@` and after
/// it, and no white space in either (RFC 5321, 4.1.2, without quoted local parts).
pub(crate) fn is_email(value: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    let parts = value.rsplit_once('@');
    parts.is_some_and(|(local, domain)| plain(local) && plain(domain)) && is_identifier(value)
}

/// Whether a text can be an identifier: 1 to 256 bytes, no white space at the ends, nothing hidden.
pub(crate) fn is_identifier(value: &str) -> bool {
    !value.is_empty()
        && value.len() <= 256
        && value.trim() == value
        && !value.chars().any(|c| text::is_hidden(c) || text::is_invisible(c))
}

/// Whether an identifier is the same as a text attribute, which is in NFC: two that are not would
/// become one there.
pub(crate) fn is_normal(value: &str) -> bool {
    is_nfc(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for &attribute in AttributeName::ALL {
            assert_eq!(AttributeName::from_name(attribute.name()), Some(attribute));
        }
    }

    #[test]
    fn countries_are_two_upper_case_letters() {
        assert!(Country::parse("DE").unwrap().is_eu_member());
        assert!(!Country::parse("NO").unwrap().is_eu_member());
        assert!(!Country::parse("TB").unwrap().is_eu_member());
        for bad in ["", "D", "de", "DEU", "Ä", "D1"] {
            assert!(Country::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn identifiers_are_taken_as_they_are_or_refused() {
        assert!(is_identifier("1234567890"));
        for bad in ["", " 1", "1 ", "1\u{0}2", "1\u{202e}2"] {
            assert!(!is_identifier(bad), "{bad:?}");
        }
        assert!(is_normal("\u{e9}") && !is_normal("e\u{301}"));
    }
}
