//! The attributes of a subject that say who somebody is (RFC 5280, 4.1.2.6; X.520).
//!
//! A certificate of a person is read once and strictly: one value of each kind, in one of the string
//! types that mean Unicode. What a common name joins is never taken apart again.

use super::Certificate;
use super::der::{Element, Reader, tag};
use crate::verdict::{Code, Place, Refusal};
use std::fmt;

/// A kind of attribute.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum SubjectAttribute {
    /// `countryName` (X.520, 6.3.1).
    Country,
    /// `givenName` (X.520, 6.2.3).
    GivenName,
    /// `organizationIdentifier` (X.520, 6.4.4): the subject is an organisation, or acts for one.
    OrganizationIdentifier,
    /// `pseudonym` (X.520, 6.2.10).
    Pseudonym,
    /// `serialNumber` (X.520, 6.2.9): the number of the subject, not of the certificate.
    SerialNumber,
    /// `surname` (X.520, 6.2.2).
    Surname,
}

impl SubjectAttribute {
    const ALL: &'static [Self] = &[
        Self::Country,
        Self::GivenName,
        Self::OrganizationIdentifier,
        Self::Pseudonym,
        Self::SerialNumber,
        Self::Surname,
    ];

    /// Where it stands, for a refusal.
    #[must_use]
    pub const fn part(self) -> &'static str {
        match self {
            Self::Country => "subject countryName",
            Self::GivenName => "subject givenName",
            Self::OrganizationIdentifier => "subject organizationIdentifier",
            Self::Pseudonym => "subject pseudonym",
            Self::SerialNumber => "subject serialNumber",
            Self::Surname => "subject surname",
        }
    }

    // The content of its object identifier: id-at and one arc.
    const fn oid(self) -> [u8; 3] {
        let arc = match self {
            Self::Surname => 4,
            Self::SerialNumber => 5,
            Self::Country => 6,
            Self::GivenName => 42,
            Self::Pseudonym => 65,
            Self::OrganizationIdentifier => 97,
        };
        [0x55, 0x04, arc]
    }
}

/// The attributes of one subject, whatever their order in the name. `Debug` tells how many, never
/// which values.
#[derive(Clone, Eq, PartialEq)]
pub struct Subject {
    values: Vec<(SubjectAttribute, String)>,
}

impl Subject {
    /// Reads the subject of a certificate.
    ///
    /// Other attributes, the common name among them, are left alone.
    ///
    /// # Errors
    /// [`Code::AmbiguousAttribute`] for two values of a kind; [`Code::IdentityMalformed`] for a value
    /// that is neither PrintableString nor UTF8String (RFC 5280, 4.1.2.6), or that is empty.
    pub fn read(certificate: &Certificate) -> Result<Self, Refusal> {
        let mut values: Vec<(SubjectAttribute, String)> = Vec::new();
        let mut names = Reader::new(certificate.subject_der()).expect(tag::SEQUENCE)?.reader();
        // The gate bounds the elements of a certificate, and with them these loops.
        while !names.is_empty() {
            let mut pairs = names.expect(tag::SET)?.reader();
            while !pairs.is_empty() {
                let mut pair = pairs.expect(tag::SEQUENCE)?.reader();
                let oid = pair.expect(tag::OID)?.content();
                let value = pair.any()?;
                let known = SubjectAttribute::ALL.iter().find(|kind| kind.oid() == oid);
                let Some(&kind) = known else { continue };
                if values.iter().any(|(other, _)| *other == kind) {
                    return Err(Refusal::new(Code::AmbiguousAttribute, Place::part(kind.part())));
                }
                let text = text(&value)
                    .ok_or(Refusal::new(Code::IdentityMalformed, Place::part(kind.part())))?;
                values.push((kind, text));
            }
        }
        values.sort_unstable();
        Ok(Self { values })
    }

    /// The one value of a kind.
    #[must_use]
    pub fn get(&self, kind: SubjectAttribute) -> Option<&str> {
        self.values.iter().find(|(other, _)| *other == kind).map(|(_, text)| text.as_str())
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({} attributes)", self.values.len())
    }
}

// The gate has seen that UTF8String is UTF-8 and PrintableString of its alphabet.
fn text(value: &Element<'_>) -> Option<String> {
    if !matches!(value.tag(), tag::PRINTABLE_STRING | tag::UTF8_STRING) {
        return None;
    }
    let text = std::str::from_utf8(value.content()).ok()?;
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use eid_broker_maker::cert::{self, Name};
    use eid_broker_maker::keys;

    fn read(parts: &[(&str, &str)]) -> Result<Subject, Code> {
        let mut spec = cert::pid_leaf_spec().unwrap();
        spec.subject = Name::of(parts);
        let der = spec.build(&keys::pid_ca().unwrap()).unwrap();
        Subject::read(&Certificate::parse(&der).unwrap()).map_err(|refusal| refusal.code())
    }

    #[test]
    fn reads_one_value_of_each_kind() {
        let subject = read(&[
            ("2.5.4.6", "EE"),
            ("2.5.4.3", "JÕEORG,JAAK-KRISTJAN,38001085718"),
            ("2.5.4.4", "JÕEORG"),
            ("2.5.4.42", "JAAK-KRISTJAN"),
            ("2.5.4.5", "PNOEE-38001085718"),
        ])
        .unwrap();
        assert_eq!(subject.get(SubjectAttribute::Surname), Some("JÕEORG"));
        assert_eq!(subject.get(SubjectAttribute::SerialNumber), Some("PNOEE-38001085718"));
        assert_eq!(subject.get(SubjectAttribute::Pseudonym), None);
        assert_eq!(format!("{subject:?}"), "Subject(4 attributes)");
    }

    #[test]
    fn refuses_two_values_of_a_kind_and_an_empty_one() {
        let twice = read(&[("2.5.4.5", "PNOEE-38001085718"), ("2.5.4.5", "PNOEE-38001085718")]);
        assert_eq!(twice, Err(Code::AmbiguousAttribute));
        assert_eq!(read(&[("2.5.4.5", "")]), Err(Code::IdentityMalformed));
        assert!(read(&[("2.5.4.3", "a"), ("2.5.4.3", "b")]).is_ok());
    }
}
