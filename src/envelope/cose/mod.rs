//! COSE as mdocs use it: one signature or one code over one payload, and public keys (RFC 9052; ISO/IEC
//! 18013-5, 9.1.2.4, 9.1.3.5, 9.1.3.6).
//!
//! The protected header is kept as received and goes into the signed structure that way. The algorithm
//! comes from it and from nowhere else.

mod header;
mod key;
#[cfg(test)]
mod tests;

pub use header::{Header, MAX_CHAIN};
pub use key::read_key;

use super::cbor::{Kind, Value, write};
use crate::crypto::{MacKey, VerifyingKey, equal};
use crate::verdict::{Code, Refusal};

/// Whether a structure may have the tag that RFC 9052 gives its kind. ISO/IEC 18013-5 has none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Tags {
    /// It may.
    Accepted,
    /// It may not.
    Refused,
}

/// A `COSE_Sign1` that was read. Nothing in it may be believed yet.
#[derive(Clone, Debug)]
pub struct Sign1<'o>(Parts<'o>);

impl<'o> Sign1<'o> {
    /// Reads the four parts (RFC 9052, 4.2).
    ///
    /// # Errors
    /// [`Code::CoseMalformed`], [`Code::CoseTagged`], what [`Header`] says, and what the reader says
    /// about the protected header.
    pub fn read(value: Value<'_, 'o>, tags: Tags) -> Result<Self, Refusal> {
        Parts::read(value, TAG_SIGN1, tags).map(Self)
    }

    /// The header of both kinds.
    #[must_use]
    pub const fn header(&self) -> &Header<'o> {
        &self.0.header
    }

    /// The payload; `None` when it is detached.
    #[must_use]
    pub const fn payload(&self) -> Option<&'o [u8]> {
        self.0.payload
    }

    /// Verifies the signature over the enclosed payload, or over a detached one, with no further
    /// data (RFC 9052, 4.4).
    ///
    /// # Errors
    /// [`Code::SigMissing`], [`Code::SigInvalid`], or [`Code::AlgNotAvailable`] when this build lacks
    /// the algorithm.
    pub fn verify(&self, key: &VerifyingKey, payload: &[u8]) -> Result<(), Code> {
        if self.0.proof.is_empty() {
            return Err(Code::SigMissing);
        }
        key.verify(&self.0.structure("Signature1", payload), self.0.proof)
    }
}

/// A `COSE_Mac0` that was read. Nothing in it may be believed yet.
#[derive(Clone, Debug)]
pub struct Mac0<'o>(Parts<'o>);

impl<'o> Mac0<'o> {
    /// Reads the four parts (RFC 9052, 6.2).
    ///
    /// # Errors
    /// As [`Sign1::read`].
    pub fn read(value: Value<'_, 'o>, tags: Tags) -> Result<Self, Refusal> {
        Parts::read(value, TAG_MAC0, tags).map(Self)
    }

    /// The header of both kinds.
    #[must_use]
    pub const fn header(&self) -> &Header<'o> {
        &self.0.header
    }

    /// The payload; `None` when it is detached.
    #[must_use]
    pub const fn payload(&self) -> Option<&'o [u8]> {
        self.0.payload
    }

    /// Whether it is the code of HMAC 256/256 over a detached payload (RFC 9052, 6.3; RFC 9053, 3.1).
    /// The algorithm must have been looked at before.
    #[must_use]
    pub fn is_code_of(&self, key: &MacKey, payload: &[u8]) -> bool {
        equal(&key.mac(&[&self.0.structure("MAC0", payload)]), self.0.proof)
    }
}

/// HMAC with SHA-256, not truncated (RFC 9053, 3.1).
pub const HMAC_256_256: i64 = 5;

// What both have: `[protected, unprotected, payload or null, signature or tag]`.
#[derive(Clone, Debug)]
struct Parts<'o> {
    protected: &'o [u8],
    header: Header<'o>,
    payload: Option<&'o [u8]>,
    proof: &'o [u8],
}

impl<'o> Parts<'o> {
    fn read(value: Value<'_, 'o>, tag: u64, tags: Tags) -> Result<Self, Refusal> {
        let refuse = |code, at: Value<'_, 'o>| Refusal::new(code, at.place());
        let value = match (value.kind(), tags) {
            (Kind::Tag, Tags::Refused) => return Err(refuse(Code::CoseTagged, value)),
            (Kind::Tag, Tags::Accepted) => {
                value.tagged(tag).ok_or_else(|| refuse(Code::CoseTagged, value))?
            }
            _ => value,
        };
        let mut parts = value.elements();
        let (Some(protected), Some(unprotected), Some(payload), Some(proof), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(refuse(Code::CoseMalformed, value));
        };
        let octets =
            |part: Value<'_, 'o>| part.as_bytes().ok_or_else(|| refuse(Code::CoseMalformed, part));
        let protected_octets = octets(protected)?;
        let header = Header::read(protected_octets, protected.offset(), unprotected)?;
        let payload = if payload.kind() == Kind::Null { None } else { Some(octets(payload)?) };
        Ok(Self { protected: protected_octets, header, payload, proof: octets(proof)? })
    }

    // Sig_structure and MAC_structure (RFC 9052, 4.4 and 6.3) differ in their context alone here:
    // neither has further data.
    fn structure(&self, context: &str, payload: &[u8]) -> Vec<u8> {
        let len = self.protected.len().saturating_add(payload.len());
        let mut out = Vec::with_capacity(len.saturating_add(HEADS));
        write::array(&mut out, 4);
        write::text(&mut out, context);
        write::bytes(&mut out, self.protected);
        write::bytes(&mut out, b"");
        write::bytes(&mut out, payload);
        out
    }
}

const TAG_SIGN1: u64 = 18;
const TAG_MAC0: u64 = 17;
// The heads and the context of a structure.
const HEADS: usize = 32;
