//! What the host lends: randomness, a signer, a replay store and an audit sink. Traits only.
//!
//! Each port is object-safe and `Send + Sync`. A port that cannot answer says so, and the caller
//! then decides nothing: undecided is never "yes". There is no clock and no network port: `now` is
//! an argument, and what must be fetched is a [`crate::verdict::Need`].

use crate::UnixTime;
use crate::crypto::Alg;

/// Where the host keeps what must not be accepted twice.
pub trait ReplayStore: Send + Sync {
    /// Records `key` until `expires`. Atomic across all instances that share the store: of any
    /// number of concurrent callers exactly one gets [`Insertion::Inserted`].
    ///
    /// A live entry is never evicted. An entry whose time has passed counts as absent.
    ///
    /// # Errors
    /// [`Unavailable`] when the store cannot answer or is full, when it is unknown whether the entry
    /// was written, or when `now` lies before the end of an entry that the store has removed since:
    /// the clock was set back, and whether the key is new is unknown.
    fn insert_if_absent(
        &self,
        namespace: Namespace,
        key: &[u8; 32],
        expires: UnixTime,
        now: UnixTime,
    ) -> Result<Insertion, Unavailable>;

    /// Removes a live entry: true for exactly one of any number of concurrent callers.
    ///
    /// # Errors
    /// [`Unavailable`] when the store cannot answer, when the outcome is unknown, or when the clock
    /// was set back as above.
    fn take(
        &self,
        namespace: Namespace,
        key: &[u8; 32],
        now: UnixTime,
    ) -> Result<bool, Unavailable>;
}

/// What became of an insertion.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "an atomic insertion has two outcomes")]
pub enum Insertion {
    /// The key was absent and is recorded now.
    Inserted,
    /// The key was there.
    AlreadyPresent,
}

/// Keeps uses of one store apart.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Namespace {
    /// `jti` of assertions, kept by those who check them.
    Assertion,
    /// Expectations that were consumed.
    Expectation,
    /// Assertions of SAML identity providers that were accepted.
    SamlAssertion,
}

impl Namespace {
    /// A stable number for stores.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Assertion => 1,
            Self::Expectation => 2,
            Self::SamlAssertion => 3,
        }
    }
}

/// Signs assertions. The key stays where it is.
pub trait Signer: Send + Sync {
    /// The algorithm of the key; one key, one algorithm.
    fn alg(&self) -> Alg;

    /// The `kid` that the header names: 1 to 128 printable ASCII characters.
    fn kid(&self) -> &str;

    /// Signs; the result is raw `r‖s` for ECDSA (RFC 7518, 3.4), 64 bytes for Ed25519.
    ///
    /// # Errors
    /// [`Unavailable`] when there is no signature.
    fn sign(&self, input: SigningInput<'_>) -> Result<Vec<u8>, Unavailable>;
}

/// What a signer gets: the whole message. A signer that can only sign digests hashes it by
/// [`SigningInput::alg`]'s hash itself; bytes can therefore never pass for a digest.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SigningInput<'a> {
    /// The algorithm that the header names.
    pub alg: Alg,
    /// The octets to sign (RFC 7515, 5.1 step 5).
    pub message: &'a [u8],
}

impl<'a> SigningInput<'a> {
    pub(crate) const fn new(alg: Alg, message: &'a [u8]) -> Self {
        Self { alg, message }
    }
}

/// Keeps the record of what was decided.
pub trait AuditSink: Send + Sync {
    /// Appends one record; when it returns, the record survives a power cut.
    ///
    /// `record` is one line of compact JSON without line break, at most 16 KiB.
    ///
    /// # Errors
    /// [`Unavailable`] when the record may not be durable; nothing is handed out then.
    fn append(&self, record: &[u8]) -> Result<Position, Unavailable>;
}

/// Where a record stands in the log, counted from 0.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "a sequence number is complete")]
pub struct Position(pub u64);

/// Gives unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills `out` from a cryptographically secure source.
    ///
    /// # Errors
    /// [`Unavailable`] when the source does not answer; `out` is then not to be used.
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable>;
}

/// A port did not answer. The text names the port's own reason, never content.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unavailable: {0}")]
#[expect(clippy::exhaustive_structs, reason = "hosts build it in their own ports")]
pub struct Unavailable(pub &'static str);
