//! The extensions about certificate policies (RFC 5280, 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14).

use super::der::{Element, Reader, malformed, tag};
use crate::verdict::Refusal;

/// `anyPolicy` (RFC 5280, 4.2.1.4).
pub(crate) const ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x20, 0x00];

/// Checks a `CertificatePolicies`: at least one, each with its qualifiers well formed.
///
/// A policy that is named twice breaks 4.2.1.4 and changes nothing; it passes.
pub(crate) fn check_policies(value: Element<'_>) -> Result<(), Refusal> {
    each(value, |information| {
        let mut fields = information.reader();
        fields.expect(tag::OID)?;
        if let Some(qualifiers) = fields.optional(tag::SEQUENCE)? {
            each(qualifiers, |qualifier| {
                let mut fields = qualifier.reader();
                fields.expect(tag::OID)?;
                // `qualifier ANY`; some issuers leave it out.
                if !fields.is_empty() {
                    fields.any()?;
                }
                fields.finish()
            })?;
        }
        fields.finish()
    })
}

/// Checks a `PolicyMappings`: at least one pair.
pub(crate) fn check_mappings(value: Element<'_>) -> Result<(), Refusal> {
    each(value, |pair| {
        let mut fields = pair.reader();
        fields.expect(tag::OID)?;
        fields.expect(tag::OID)?;
        fields.finish()
    })
}

/// The policies of a `CertificatePolicies` that was checked, as content of their identifiers.
pub(crate) fn policies(der: &[u8]) -> impl Iterator<Item = &[u8]> {
    sequences(der).filter_map(|information| oid(&mut information.reader()))
}

/// The pairs of a `PolicyMappings` that was checked: the issuer's policy and the subject's.
pub(crate) fn mappings(der: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    sequences(der).filter_map(|pair| {
        let mut fields = pair.reader();
        Some((oid(&mut fields)?, oid(&mut fields)?))
    })
}

/// `PolicyConstraints`: after how many more certificates what is demanded begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PolicyConstraints {
    pub(crate) require_explicit_policy: Option<u32>,
    pub(crate) inhibit_policy_mapping: Option<u32>,
}

/// Reads a `PolicyConstraints`; one of the two must be there.
pub(crate) fn constraints(value: Element<'_>) -> Result<PolicyConstraints, Refusal> {
    if value.tag() != tag::SEQUENCE {
        return Err(malformed(value.start()));
    }
    let mut fields = value.reader();
    let require = fields.optional(tag::context(0))?.map(skip_certs).transpose()?;
    let inhibit = fields.optional(tag::context(1))?.map(skip_certs).transpose()?;
    fields.finish()?;
    if require.is_none() && inhibit.is_none() {
        return Err(malformed(value.start()));
    }
    Ok(PolicyConstraints { require_explicit_policy: require, inhibit_policy_mapping: inhibit })
}

/// Reads an `InhibitAnyPolicy`.
pub(crate) fn inhibit_any(value: Element<'_>) -> Result<u32, Refusal> {
    if value.tag() == tag::INTEGER { skip_certs(value) } else { Err(malformed(value.start())) }
}

/// `INTEGER (0..MAX)`; more than fits is more than any path has.
fn skip_certs(value: Element<'_>) -> Result<u32, Refusal> {
    let minimal = match value.content() {
        [] | [0x80..=0xff, ..] => false,
        [0, next, ..] => *next >= 0x80,
        _ => true,
    };
    if !minimal {
        return Err(malformed(value.start()));
    }
    let sum = |n: u32, byte: &u8| n.saturating_mul(256).saturating_add(u32::from(*byte));
    Ok(value.content().iter().fold(0, sum))
}

/// `SEQUENCE SIZE (1..MAX) OF SEQUENCE`.
fn each(
    value: Element<'_>,
    mut read: impl FnMut(Element<'_>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    if value.tag() != tag::SEQUENCE {
        return Err(malformed(value.start()));
    }
    let mut reader = value.reader();
    if reader.is_empty() {
        return Err(malformed(value.start()));
    }
    // Bounded by the gate.
    while !reader.is_empty() {
        read(reader.expect(tag::SEQUENCE)?)?;
    }
    Ok(())
}

fn sequences(der: &[u8]) -> impl Iterator<Item = Element<'_>> {
    let mut reader = Reader::new(der).any().map(|outer| outer.reader()).ok();
    std::iter::from_fn(move || {
        let reader = reader.as_mut().filter(|reader| !reader.is_empty())?;
        reader.expect(tag::SEQUENCE).ok()
    })
}

fn oid<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    reader.expect(tag::OID).ok().map(|oid| oid.content())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(der: &[u8]) -> Element<'_> {
        Reader::new(der).any().unwrap()
    }

    #[test]
    fn reads_policies_with_and_without_qualifiers() {
        let plain = [0x30, 6, 0x30, 4, 6, 2, 0x2a, 3];
        assert!(check_policies(element(&plain)).is_ok());
        assert_eq!(policies(&plain).collect::<Vec<_>>(), [&[0x2a, 3][..]]);
        let qualified = [0x30, 14, 0x30, 12, 6, 2, 0x2a, 3, 0x30, 6, 0x30, 4, 6, 2, 0x2a, 4];
        assert!(check_policies(element(&qualified)).is_ok());
        for bad in [&[0x30, 0][..], &[0x30, 2, 0x30, 0], &[0x30, 6, 0x30, 4, 6, 0, 0x30, 0]] {
            assert!(check_policies(element(bad)).is_err(), "{bad:02x?}");
        }
    }

    #[test]
    fn reads_mappings() {
        let one = [0x30, 8, 0x30, 6, 6, 1, 0x2a, 6, 1, 0x2b];
        assert!(check_mappings(element(&one)).is_ok());
        assert_eq!(mappings(&one).collect::<Vec<_>>(), [(&[0x2a][..], &[0x2b][..])]);
        assert!(check_mappings(element(&[0x30, 0])).is_err());
        assert!(check_mappings(element(&[0x30, 5, 0x30, 3, 6, 1, 0x2a])).is_err());
    }

    #[test]
    fn reads_constraints() {
        let both = constraints(element(&[0x30, 6, 0x80, 1, 0, 0x81, 1, 2])).unwrap();
        assert_eq!((both.require_explicit_policy, both.inhibit_policy_mapping), (Some(0), Some(2)));
        let large = constraints(element(&[0x30, 7, 0x80, 5, 1, 0, 0, 0, 0])).unwrap();
        assert_eq!(large.require_explicit_policy, Some(u32::MAX));
        for bad in [
            &[0x30, 0][..],
            &[0x30, 3, 0x80, 1, 0xff],
            &[0x30, 4, 0x80, 2, 0, 1],
            &[0x30, 2, 0x80, 0],
            &[0x30, 3, 0x82, 1, 0],
        ] {
            assert!(constraints(element(bad)).is_err(), "{bad:02x?}");
        }
        assert_eq!(inhibit_any(element(&[2, 1, 3])), Ok(3));
        assert!(inhibit_any(element(&[2, 1, 0x80])).is_err());
    }
}
