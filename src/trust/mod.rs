//! Whom we believe without proof: trust sources typed by purpose, each with a state.
//!
//! `trust.toml` lists the sources ([`TrustConfig`]); their files are handed in as [`Material`], and
//! together they make a [`TrustStore`], an immutable snapshot. A source that cannot be used says
//! why, and the four ways have four codes: [`Code::TrustMissing`], [`Code::TrustEmpty`],
//! [`Code::TrustUnparseable`], [`Code::TrustStale`]. None of them accepts.
//!
//! | state | meaning | code when nothing else serves the purpose |
//! |---|---|---|
//! | `NotConfigured` | no source of this purpose in `trust.toml` | `trust.missing` |
//! | `NeverLoaded` | a file of the source is not there yet | `trust.missing` |
//! | `Rejected` | a file is there and cannot be read as what it should be | `trust.unparseable` |
//! | `Loaded` without anchors | everything was read and nothing is in it | `trust.empty` |
//! | `Stale` | older than `refuse_after`, or younger than the clock allows | `trust.stale` |
//! | `Loaded` | usable | – |
//!
//! Where several sources serve a purpose, the usable ones are used. When none is usable, the state
//! lowest in the table, the one that got furthest, gives the code.
//!
//! # Age
//!
//! A source with `loaded_at` and `refuse_after` is refused when older than that. One without has no
//! age: it was pinned by hand and stays until somebody takes it out. A source whose `loaded_at` is
//! more than a day ahead of `now` is stale too: either the entry or the clock is wrong, and with a
//! wrong clock nothing would ever get old.
//!
//! [`Code::TrustMissing`]: crate::verdict::Code::TrustMissing
//! [`Code::TrustEmpty`]: crate::verdict::Code::TrustEmpty
//! [`Code::TrustUnparseable`]: crate::verdict::Code::TrustUnparseable
//! [`Code::TrustStale`]: crate::verdict::Code::TrustStale

mod anchor;
mod certificates;
mod load;
mod load_saml;
mod refresh;
pub mod saml_metadata;
mod show;
mod source;
mod store;

pub use anchor::{AnchorProfile, AnchorRule, AnchorSet, IssuerKeys};
pub use load::{KindConfig, Material, SourceConfig, TrustConfig};
pub use load_saml::{SamlMetadataConfig, SamlPinnedConfig, SamlServiceListConfig, SignedBy};
pub use refresh::{Applied, Change, Due, FetchRequest};
pub use saml_metadata::{SamlBinding, SamlEncryptionKey, SamlIssuer};
pub use show::{AnchorLine, SourceLine};
pub use source::{Source, SourceKind, SourceState};
pub use store::TrustStore;

/// What an anchor may vouch for. One that vouches for one purpose never serves another.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Purpose {
    /// The German federal citizen account BundID, an issuer of SAML responses.
    BundId,
    /// CAs that issue the certificates of eID cards.
    CardIssue,
    /// eID servers of BSI TR-03130, issuers of SAML responses.
    EidServer,
    /// eIDAS nodes of other states, issuers of SAML responses.
    EidasNode,
    /// Issuing authorities of mobile driving licences (ISO/IEC 18013-5, B.1).
    MdlIssue,
    /// Issuers of person identification data (ARF, OIA_12).
    PidIssue,
    /// Issuers of status lists for person identification data.
    PidStatus,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: &'static [Self] = &[
        Self::PidIssue,
        Self::PidStatus,
        Self::MdlIssue,
        Self::CardIssue,
        Self::EidasNode,
        Self::BundId,
        Self::EidServer,
    ];

    /// The word in `trust.toml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BundId => "bund-id",
            Self::CardIssue => "card-issue",
            Self::EidServer => "eid-server",
            Self::EidasNode => "eidas-node",
            Self::MdlIssue => "mdl-issue",
            Self::PidIssue => "pid-issue",
            Self::PidStatus => "pid-status",
        }
    }

    // Whether its anchors vouch for credentials and so must say for which.
    const fn issues_credentials(self) -> bool {
        match self {
            Self::MdlIssue | Self::PidIssue => true,
            Self::BundId
            | Self::CardIssue
            | Self::EidServer
            | Self::EidasNode
            | Self::PidStatus => false,
        }
    }

    /// Whether its sources are of a kind that begins with `saml-`.
    #[must_use]
    pub const fn is_saml(self) -> bool {
        match self {
            Self::BundId | Self::EidServer | Self::EidasNode => true,
            Self::CardIssue | Self::MdlIssue | Self::PidIssue | Self::PidStatus => false,
        }
    }
}
