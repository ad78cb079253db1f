//! What holds, and while it holds.

use super::super::{Anchor, Certificate, Oid};
use super::failure::{Failure, Step};
use crate::UnixTime;
use crate::crypto::PublicKey;
use crate::verdict::{Code, Detail, Refusal};

/// A path that holds: proof that an anchor vouches for the end entity's key during a window.
#[derive(Clone, Debug)]
pub struct ValidatedPath {
    certificates: Vec<Certificate>,
    anchor: Anchor,
    leaf_key: PublicKey,
    not_before: UnixTime,
    not_after: UnixTime,
    policies: Vec<Oid>,
}

impl ValidatedPath {
    /// The certificates, end entity first, the anchor left out unless it is the end entity.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The anchor that vouches.
    #[must_use]
    pub const fn anchor(&self) -> &Anchor {
        &self.anchor
    }

    /// The end entity's key.
    #[must_use]
    pub const fn leaf_key(&self) -> &PublicKey {
        &self.leaf_key
    }

    /// The certificate policies under which the path holds (RFC 5280, 6.1.5 (g)), as the end entity's
    /// certificate names them; `anyPolicy` is one of them when it holds under each. Empty when it
    /// holds under none, which is a path all the same unless the profile demands one.
    #[must_use]
    pub fn policies(&self) -> &[Oid] {
        &self.policies
    }

    /// First second at which every certificate that counts is valid.
    #[must_use]
    pub const fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// Last second at which every certificate that counts is valid.
    #[must_use]
    pub const fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// Whether the path is valid at another time.
    #[must_use]
    pub fn is_valid_at(&self, now: UnixTime) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// The state that the anchor speaks for: the configured one, else the country of its subject.
    #[must_use]
    pub fn country(&self) -> Option<[u8; 2]> {
        self.anchor.country.or_else(|| self.anchor.certificate.subject_country())
    }
}

/// The time during which everything seen so far is valid.
pub(super) struct Window {
    not_before: UnixTime,
    not_after: UnixTime,
}

impl Window {
    pub(super) const EVER: Self =
        Self { not_before: UnixTime::from_secs(0), not_after: UnixTime::MAX };

    /// 6.1.3 (a)(2); both ends are inclusive (4.1.2.5).
    pub(super) fn narrow(
        &mut self,
        certificate: &Certificate,
        now: UnixTime,
    ) -> Result<(), Refusal> {
        let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
        let (code, bound) = if now < not_before {
            (Code::ChainNotYetValid, not_before)
        } else if now > not_after {
            (Code::ChainExpired, not_after)
        } else {
            self.not_before = self.not_before.max(not_before);
            self.not_after = self.not_after.min(not_after);
            return Ok(());
        };
        Err(Refusal::from(code).with(Detail::Time { bound: bound.secs(), now: now.secs() }))
    }

    /// The end of the walk: the end entity's key is the last thing that can be wrong.
    pub(super) fn into_path(
        self,
        certificates: Vec<Certificate>,
        anchor: &Anchor,
        policies: Vec<Oid>,
    ) -> Result<ValidatedPath, Failure> {
        let rules = anchor.profile.algorithms;
        let key = match certificates.first().map(|leaf| leaf.public_key_under(rules)) {
            Some(Ok(key)) => key.clone(),
            Some(Err(code)) => return Err(Failure::at_leaf(code, Step::Profile)),
            None => return Err(Failure::at_leaf(Code::Internal, Step::Profile)),
        };
        Ok(ValidatedPath {
            certificates,
            anchor: anchor.clone(),
            leaf_key: key,
            not_before: self.not_before,
            not_after: self.not_after,
            policies,
        })
    }
}
