use super::{LeapDay, Scope};
use crate::crypto::Alg;
use crate::identity::{Family, LevelOfAssurance, PersonKind, Persons, Representative};
use std::collections::{BTreeMap, BTreeSet};

/// One purpose of one relying party, as registered: what it may see, of whom, for how long.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Procedure {
    /// The id, and the audience of its assertions: 1 to 200 printable ASCII characters.
    pub id: String,
    /// A name for people. Default: the id.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// The legal basis of the processing (GDPR 6(1)); stands in the audit record.
    pub legal_basis: String,
    /// Id of the purpose, at most 300 characters; the claim `purpose` where there is one.
    pub purpose: Option<String>,
    /// Sector of its pairwise subjects, `[a-z0-9-]{1,40}`. Another sector, other subjects.
    pub sector: String,
    /// Ids of the clients that may ask.
    pub clients: BTreeSet<String>,
    /// The lowest accepted level of assurance.
    pub min_loa: LevelOfAssurance,
    /// Only notified schemes ((EU) No 910/2014, 9). Default true.
    pub notified_only: bool,
    /// Accepted token families.
    pub families: BTreeSet<Family>,
    /// Of which kinds of persons it may hear. Default natural persons only.
    pub persons: BTreeSet<PersonKind>,
    /// Who may act for them. Default nobody: a person comes in person.
    pub representatives: BTreeSet<Representative>,
    /// Longest life of an assertion. Seconds, 10 to 3600. Default 300.
    pub max_lifetime_s: u32,
    /// How long ago the person's act may lie. Seconds, 1 to 86400. Default 900.
    pub max_auth_age_s: u32,
    /// To whose key the assertion is bound. Default none.
    pub sender_constraint: SenderConstraint,
    /// Whether those who check must refuse a second use. Default true.
    pub single_use: bool,
    /// Signature algorithm of its assertions. Default ES256.
    pub alg: Alg,
    /// How person data stand in the assertion.
    pub output: Output,
    /// Which subject the assertion has.
    pub subject: SubjectMode,
    /// When those born on 29 February reach an age. Default 1 March.
    pub leap_day: LeapDay,
    /// What may be released, by scope; at least one scope.
    pub scopes: BTreeMap<String, Scope>,
}

impl Procedure {
    /// Whether it is registered for these persons.
    #[must_use]
    pub fn admits(&self, persons: Persons) -> bool {
        self.persons.contains(&persons.subject)
            && persons.representative.is_none_or(|who| self.representatives.contains(&who))
    }
}

/// To whose key an assertion is bound (RFC 7800).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum SenderConstraint {
    /// To nobody's; giving a thumbprint is a refusal.
    #[default]
    None,
    /// To a DPoP key (RFC 9449, 6).
    Dpop,
    /// To the certificate of a mutual TLS connection (RFC 8705, 3).
    Mtls,
    /// To either of them.
    Either,
}

impl SenderConstraint {
    /// Every value, in the order of the documentation.
    pub const ALL: &'static [Self] = &[Self::None, Self::Dpop, Self::Mtls, Self::Either];

    /// The word of the register.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Dpop => "dpop",
            Self::Mtls => "mtls",
            Self::Either => "either",
        }
    }
}

/// How person data stand in the assertion.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Output {
    /// In `verified_claims` only (OpenID Connect for Identity Assurance).
    #[default]
    Ida,
}

/// Which subject the assertion has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum SubjectMode {
    /// The same for each visit of a person within the sector; needs a stable identifier.
    #[default]
    Pairwise,
    /// Random, for one assertion only.
    Transient,
}

impl SubjectMode {
    /// The word of the register.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pairwise => "pairwise",
            Self::Transient => "transient",
        }
    }
}

/// One client: a program that asks for assertions.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Client {
    /// The id, 1 to 200 printable ASCII characters.
    pub id: String,
    /// Who makes sure that it is this client.
    pub auth: ClientAuthentication,
}

/// Who makes sure that a request comes from a client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// The program that calls the library, before it names the client.
    Host,
}
