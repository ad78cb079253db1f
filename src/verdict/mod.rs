//! What comes out of every verification: accepted, needs something, or refused, always with the
//! ledger of what was checked.
//!
//! A verdict is never a bool. [`Accepted`] can only be built by [`Ledger::accept`], which refuses to
//! do so while a mandatory check is missing or was not evaluated.

mod checks;
mod ledger;
mod refusal;
mod table;

pub use checks::Check;
pub use ledger::{Accepted, Entry, Ledger, Outcome};
pub use refusal::{Detail, Place, Refusal};
pub use table::Code;

/// The answer to one token.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "the three answers are complete (docs/rules.md, 3)")]
pub enum Verdict<T> {
    /// Every mandatory check passed.
    Accepted(Accepted<T>),
    /// Nothing is wrong so far, but something must be fetched and handed in before a decision.
    Needs {
        /// What to fetch, in the order it was met.
        needs: Vec<Need>,
        /// What was checked until then.
        ledger: Ledger,
    },
    /// The token is refused, or nothing could be decided; [`Refusal::is_undecided`] tells which.
    Refused {
        /// The first check that failed, in the order of the standard.
        refusal: Refusal,
        /// What was checked, including the failure.
        ledger: Ledger,
    },
}

impl<T> Verdict<T> {
    /// The ledger of this verdict.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        match self {
            Self::Accepted(accepted) => accepted.ledger(),
            Self::Needs { ledger, .. } | Self::Refused { ledger, .. } => ledger,
        }
    }

    /// The refusal, when there is one.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            Self::Accepted(_) | Self::Needs { .. } => None,
        }
    }

    /// One of `accepted`, `refused`, `undecided`: the word of the JSON verdict.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Needs { .. } => "undecided",
            Self::Refused { refusal, .. } if refusal.is_undecided() => "undecided",
            Self::Refused { .. } => "refused",
        }
    }
}

/// Something the host must get before a verdict is possible. The library opens no connection.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Need {
    /// What kind of document.
    pub kind: NeedKind,
    /// Where the verified token says that it is; the host decides whether to go there.
    pub url: String,
    /// The certificate that it is about, counted in the path from the end entity, which is 0;
    /// `None` when it is not about a certificate.
    pub certificate: Option<u32>,
    /// What to POST to the URL: the DER of an OCSP request, as `application/ocsp-request`
    /// (RFC 6960, A.1). Empty for everything that a GET gives.
    pub request: Vec<u8>,
}

impl Need {
    /// A document that a GET of the URL gives.
    #[must_use]
    pub const fn new(kind: NeedKind, url: String) -> Self {
        Self { kind, url, certificate: None, request: Vec::new() }
    }

    /// The same need, about one certificate of the path.
    #[must_use]
    pub fn about(mut self, certificate: usize) -> Self {
        self.certificate = u32::try_from(certificate).ok();
        self
    }

    /// The same need, with the body that is to be sent.
    #[must_use]
    pub fn post(mut self, request: Vec<u8>) -> Self {
        self.request = request;
        self
    }
}

/// The kinds of documents that a [`Need`] can name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NeedKind {
    /// A Token Status List that covers the credential.
    StatusList,
    /// The answer of an OCSP responder about a certificate (RFC 6960).
    Ocsp,
    /// A certificate revocation list that covers a certificate (RFC 5280, 5).
    Crl,
}

impl NeedKind {
    /// The word used in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StatusList => "status_list",
            Self::Ocsp => "ocsp",
            Self::Crl => "crl",
        }
    }
}
