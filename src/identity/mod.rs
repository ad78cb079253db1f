//! One person model for every token family: attributes with provenance and level of assurance.
//!
//! An [`Identity`] is built by a family's `map` from verified content only, and leaves the broker
//! only through the register, which turns it into what one procedure may see.

mod attribute;
mod date;
mod family;
#[cfg(test)]
pub(crate) mod fixture;
mod icao;
mod loa;
mod persons;
mod scheme;
mod text;

pub use attribute::{
    Address, Attribute, AttributeName, AttributeValue, Country, Name, Picture, PlaceOfBirth,
    Provenance, Sex,
};
pub(crate) use attribute::{is_email, is_identifier, is_normal};
pub use date::{BirthDate, Date};
pub use family::Family;
pub use loa::{LevelOfAssurance, Loa};
pub use persons::{PersonKind, Persons, Representative};
pub use scheme::{Named, NumberOf, Scheme};
pub use text::{Text, TextFault};

use crate::UnixTime;
use crate::crypto::sha256;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// A verified person, as one token presented them.
pub struct Identity {
    pub(crate) provenance: Arc<Provenance>,
    pub(crate) loa: Loa,
    pub(crate) authenticated_at: UnixTime,
    pub(crate) methods: &'static [&'static str],
    pub(crate) laboratory: bool,
    pub(crate) persons: Persons,
    pub(crate) identifier: Option<StableIdentifier>,
    pub(crate) statement: Option<SignedStatement>,
    pub(crate) single_use: Option<SingleUse>,
    pub(crate) attributes: BTreeMap<AttributeName, Attribute>,
    // Told by the token without any assurance. Their values are not kept.
    pub(crate) unassured: BTreeSet<AttributeName>,
}

impl Identity {
    /// Where the identity comes from.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// The effective level of assurance, after every cap.
    #[must_use]
    pub const fn loa(&self) -> Loa {
        self.loa
    }

    /// The instant of the person's own act, not of our processing.
    #[must_use]
    pub const fn authenticated_at(&self) -> UnixTime {
        self.authenticated_at
    }

    /// How the person authenticated: values of RFC 8176 and own ones with the prefix `eid-`.
    #[must_use]
    pub const fn methods(&self) -> &'static [&'static str] {
        self.methods
    }

    /// Whether the verdict was made under a laboratory policy; nothing can be issued from it.
    #[must_use]
    pub const fn is_laboratory(&self) -> bool {
        self.laboratory
    }

    /// Of which persons the token speaks, and who acts.
    #[must_use]
    pub const fn persons(&self) -> Persons {
        self.persons
    }

    /// The signed octets that everything was read from, for the record; where the family keeps them.
    #[must_use]
    pub const fn statement(&self) -> Option<&SignedStatement> {
        self.statement.as_ref()
    }

    /// The identifier that stays the same across presentations, if the token carries one.
    #[must_use]
    pub const fn identifier(&self) -> Option<&StableIdentifier> {
        self.identifier.as_ref()
    }

    /// One attribute.
    #[must_use]
    pub fn attribute(&self, name: AttributeName) -> Option<&Attribute> {
        self.attributes.get(&name)
    }

    /// Whether the token tells an attribute without any assurance, as the person's own word. Its value
    /// is not kept, and nothing can be said of it: neither what it is nor that there is none.
    #[must_use]
    pub fn is_unassured(&self, name: AttributeName) -> bool {
        self.unassured.contains(&name)
    }

    /// The names of what the token tells without any assurance.
    pub fn unassured(&self) -> impl Iterator<Item = AttributeName> {
        self.unassured.iter().copied()
    }

    /// Every attribute, by name.
    pub fn attributes(&self) -> impl Iterator<Item = (AttributeName, &Attribute)> {
        self.attributes.iter().map(|(name, attribute)| (*name, attribute))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("family", &self.provenance.family)
            .field("loa", &self.loa)
            .field("attributes", &self.attributes.len())
            .finish_non_exhaustive()
    }
}

/// Which octets an identity was read from, and who signed them: what an auditor needs to find the
/// message again and to repeat the verdict. Nothing in it is about the person.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SignedStatement {
    /// The issuer, as configured.
    pub issuer: Arc<str>,
    /// Which of the issuer's keys, from 0, in the order of its metadata.
    pub key: usize,
    /// The signature method, as its standard names it.
    pub algorithm: &'static str,
    /// SHA-256 of the octets that were signed.
    pub sha256: [u8; 32],
}

/// A statement that says of itself that it is for one use: what to remember, and how long.
///
/// The broker records it beside the expectation, so that one assertion of an identity provider is
/// never taken twice, whatever request it answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SingleUse {
    pub(crate) key: [u8; 32],
    pub(crate) until: UnixTime,
}

impl SingleUse {
    /// Of an assertion: its issuer and its ID (SAML Core 2.5.1.5; 2.3.3), both as signed.
    ///
    /// * `until`: the end of its validity plus the tolerance of clocks.
    pub(crate) fn assertion(issuer: &str, id: &str, until: UnixTime) -> Self {
        // Of fixed length, so that no pair of names reads like another.
        let pair = [sha256(issuer.as_bytes()), sha256(id.as_bytes())].concat();
        Self { key: sha256(&pair), until }
    }
}

/// An identifier by which its scheme knows a person, in the exact bytes that were certified.
///
/// Never leaves the broker: pairwise subjects are derived from it.
#[derive(Clone, Eq, PartialEq)]
pub struct StableIdentifier {
    pub(crate) kind: IdentifierKind,
    pub(crate) value: String,
}

impl StableIdentifier {
    /// The scheme.
    #[must_use]
    pub const fn kind(&self) -> IdentifierKind {
        self.kind
    }

    /// The canonical form of its kind.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for StableIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StableIdentifier({}, ..)", self.kind.name())
    }
}

/// The closed table of identifier kinds. A row can never change, because every subject would.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IdentifierKind {
    /// Number of the Belgian national register, as certified.
    BeNrn,
    /// Entity ID of the service provider, `|`, second-generation bPK of the German federal account.
    BundidBpk2,
    /// Sector of the service, `:`, restricted identification in lower-case hex (BSI TR-03110).
    DeRestrictedId,
    /// `LegalPersonIdentifier` of eIDAS, whole.
    EidasLpid,
    /// Several persons together: each `role=identifier`, role being `n`, `l`, `rn` or `rl` for the
    /// natural person, the legal person, and the natural or legal person that acts, in this order,
    /// joined by line feeds. Persons together are another subject than each of them alone.
    EidasPersons,
    /// `PersonIdentifier` of eIDAS, whole.
    EidasPid,
    /// Semantics identifier with type and country (ETSI EN 319 412-1, 5.1.3), as certified.
    EtsiPno,
    /// Issuing country, `:`, personal administrative number as sent.
    EudiPan,
    /// Finnish electronic client identifier, as certified.
    FiFinuid,
    /// Portuguese civil identification number with its prefix `BI`, as certified.
    PtBi,
}

impl IdentifierKind {
    /// The name that goes into the derivation of subjects.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BeNrn => "be-nrn",
            Self::BundidBpk2 => "bundid-bpk2",
            Self::DeRestrictedId => "de-restricted-id",
            Self::EidasLpid => "eidas-lpid",
            Self::EidasPersons => "eidas-persons",
            Self::EidasPid => "eidas-pid",
            Self::EtsiPno => "etsi-pno",
            Self::EudiPan => "eudi-pan",
            Self::FiFinuid => "fi-finuid",
            Self::PtBi => "pt-bi",
        }
    }
}
