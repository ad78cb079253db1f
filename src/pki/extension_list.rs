//! The list `Extensions` (RFC 5280, 4.1) where it stands outside of certificates: in CRLs, in their
//! entries, and in OCSP.

use super::der::{Element, Reader, malformed, tag};
use super::extension::read_default_false;
use crate::verdict::Refusal;

/// One extension as written. Its value has not passed the gate.
pub(super) struct RawExtension<'a> {
    /// Content of the identifier.
    pub(super) oid: &'a [u8],
    pub(super) critical: bool,
    /// The OCTET STRING.
    pub(super) value: Element<'a>,
}

/// Reads one extension after the other; allocates nothing, since a CRL has one list per entry.
pub(super) struct ExtensionReader<'a>(Reader<'a>);

impl<'a> ExtensionReader<'a> {
    /// Over a SEQUENCE of at least one extension.
    pub(super) fn new(sequence: Element<'a>) -> Result<Self, Refusal> {
        let reader = sequence.reader();
        if sequence.tag() != tag::SEQUENCE || reader.is_empty() {
            return Err(malformed(sequence.start()));
        }
        Ok(Self(reader))
    }

    /// The next one.
    pub(super) fn next(&mut self) -> Result<Option<RawExtension<'a>>, Refusal> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let mut fields = self.0.expect(tag::SEQUENCE)?.reader();
        let oid = fields.expect(tag::OID)?.content();
        let critical = read_default_false(&mut fields)?;
        let value = fields.expect(tag::OCTET_STRING)?;
        fields.finish()?;
        Ok(Some(RawExtension { oid, critical, value }))
    }
}
