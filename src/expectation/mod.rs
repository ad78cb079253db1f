//! What the broker waits for: made before the token, sealed, used once.
//!
//! The portal gets the nonce and audience for its request, and a sealed text that it hands back with
//! the token. The broker keeps nothing in between; that an expectation is used only once is noted in
//! the replay store when it is used.

pub mod saml;

use crate::UnixTime;
use crate::crypto::{SealKey, sha256};
use crate::envelope::base64url;
use crate::envelope::json::{self, Limits, Value};
use crate::identity::Family;
use crate::ports::{Insertion, Namespace, Random, ReplayStore};
use crate::verdict::{Code, Detail, Place, Refusal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// One request to a wallet, as the broker remembers it.
#[derive(Clone, Eq, PartialEq)]
pub struct Expectation {
    issuer: String,
    procedure: String,
    family: Family,
    nonce: String,
    audience: String,
    created: UnixTime,
    deadline: UnixTime,
}

/// Shortest and longest life of an expectation, in seconds.
pub const LIFETIME_S: std::ops::RangeInclusive<u32> = 30..=3_600;

/// Shortest and longest audience, in bytes.
pub const AUDIENCE_LEN: std::ops::RangeInclusive<usize> = 1..=512;

// What is sealed is never longer; bounds the work on a hostile text.
const MAX_SEALED_LEN: usize = 4_096;

const LABEL: &[u8] = b"eid-broker/expectation/v1";

impl Expectation {
    /// A new expectation with a nonce of 256 random bits (OpenID4VP 1.0, 5.2, asks for 128).
    ///
    /// * `issuer`: this broker's own name; another broker's expectation is refused.
    /// * `audience`: the whole client identifier with its prefix, or the origin of the login page for
    ///   cards; 1 to 512 bytes.
    /// * `lifetime_s`: 30 to 3600 seconds.
    ///
    /// # Errors
    /// [`Code::RandomFailed`]; [`Code::MisuseArgument`] for values out of range.
    pub fn new(
        issuer: &str,
        procedure: &str,
        family: Family,
        audience: &str,
        lifetime_s: u32,
        random: &dyn Random,
        now: UnixTime,
    ) -> Result<Self, Refusal> {
        if !LIFETIME_S.contains(&lifetime_s) || !AUDIENCE_LEN.contains(&audience.len()) {
            return Err(Refusal::new(Code::MisuseArgument, Place::part("expectation")));
        }
        let mut nonce = [0; 32];
        random.fill(&mut nonce).map_err(|_| Code::RandomFailed)?;
        Ok(Self {
            issuer: issuer.to_owned(),
            procedure: procedure.to_owned(),
            family,
            nonce: match family {
                // The card signs this very text: 44 characters (Web eID specification).
                Family::WebEid => STANDARD.encode(nonce),
                Family::Certificate | Family::SdJwtVc => base64url::encode(&nonce),
                // The ID of the request, an NCName (SAML Core 1.3.4).
                Family::BundId | Family::EidServer | Family::EidasSaml => saml::request_id(&nonce),
            },
            audience: audience.to_owned(),
            created: now,
            deadline: now.plus(u64::from(lifetime_s)),
        })
    }

    /// The procedure that it was made for.
    #[must_use]
    pub fn procedure(&self) -> &str {
        &self.procedure
    }

    /// The family that is waited for.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.family
    }

    /// The nonce for the request: 43 characters of base64url; 44 characters of base64 for `web_eid`.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The audience for the request.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// When it was made.
    #[must_use]
    pub const fn created(&self) -> UnixTime {
        self.created
    }

    /// Until when a token may come.
    #[must_use]
    pub const fn deadline(&self) -> UnixTime {
        self.deadline
    }

    /// Seals it for the portal to keep.
    ///
    /// # Errors
    /// [`Code::RandomFailed`].
    pub fn seal(&self, key: &SealKey, random: &dyn Random) -> Result<String, Refusal> {
        let plain = serde_json::json!([
            self.issuer,
            self.procedure,
            self.family.name(),
            self.nonce,
            self.audience,
            self.created.secs(),
            self.deadline.secs(),
        ]);
        let sealed = key.seal(LABEL, plain.to_string().as_bytes(), random);
        sealed.map(|sealed| base64url::encode(&sealed)).map_err(|_| Code::RandomFailed.into())
    }

    /// Opens what [`Self::seal`] gave.
    ///
    /// # Errors
    /// [`Code::RequestMalformed`] without detail, whatever is wrong with the text or the key;
    /// [`Code::RequestMismatch`] when another broker made it.
    pub fn open(sealed: &str, key: &SealKey, issuer: &str) -> Result<Self, Refusal> {
        let refusal = Refusal::new(Code::RequestMalformed, Place::part("expectation"));
        if sealed.len() > MAX_SEALED_LEN {
            return Err(refusal);
        }
        let sealed = base64url::decode(sealed.as_bytes()).map_err(|_| refusal)?;
        let plain = key.open(LABEL, &sealed).map_err(|_| refusal)?;
        let opened = json::with(&plain, Limits::OWN, |root| Self::read(root).ok_or(refusal));
        let opened = opened.map_err(|_| refusal)?;
        if opened.issuer != issuer {
            return Err(Refusal::new(Code::RequestMismatch, Place::part("expectation")));
        }
        Ok(opened)
    }

    fn read(root: Value<'_>) -> Option<Self> {
        let mut elements = root.elements();
        let mut text = || Some(elements.next()?.as_str()?.into_owned());
        let (issuer, procedure) = (text()?, text()?);
        let family = Family::from_name(&text()?)?;
        let (nonce, audience) = (text()?, text()?);
        let mut time = || UnixTime::checked(elements.next()?.as_u64()?);
        let (created, deadline) = (time()?, time()?);
        Some(Self { issuer, procedure, family, nonce, audience, created, deadline })
    }

    /// Checks that a token may come now.
    ///
    /// # Errors
    /// [`Code::RequestExpired`] when the deadline has passed, or when it was made later than `now`
    /// by more than `leeway_s`: the clock was set back.
    pub fn check_deadline(&self, now: UnixTime, leeway_s: u32) -> Result<(), Refusal> {
        let bound = if now >= self.deadline {
            self.deadline
        } else if self.created > now.plus(u64::from(leeway_s)) {
            self.created
        } else {
            return Ok(());
        };
        let detail = Detail::Time { bound: bound.secs(), now: now.secs() };
        Err(Refusal::new(Code::RequestExpired, Place::part("expectation")).with(detail))
    }

    /// Uses it up. Of any number of concurrent callers exactly one succeeds.
    ///
    /// # Errors
    /// [`Code::ReplayExpectation`] when it was used; [`Code::StorageReplay`] when the store does not
    /// answer, which leaves it used up.
    pub fn consume(&self, store: &dyn ReplayStore, now: UnixTime) -> Result<(), Refusal> {
        const MARGIN_S: u64 = 180;
        let key = sha256(self.nonce.as_bytes());
        let until = self.deadline.plus(MARGIN_S);
        match store.insert_if_absent(Namespace::Expectation, &key, until, now) {
            Ok(Insertion::Inserted) => Ok(()),
            Ok(Insertion::AlreadyPresent) => Err(Code::ReplayExpectation.into()),
            Err(_) => Err(Code::StorageReplay.into()),
        }
    }
}

impl fmt::Debug for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expectation")
            .field("procedure", &self.procedure)
            .field("family", &self.family)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Unavailable;

    struct Fixed(u8);
    impl Random for Fixed {
        fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
            out.fill(self.0);
            Ok(())
        }
    }

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    fn made() -> Expectation {
        let made = Expectation::new(
            "https://broker.example",
            "urn:p",
            Family::SdJwtVc,
            "x509_hash:a",
            60,
            &Fixed(3),
            NOW,
        );
        made.unwrap()
    }

    #[test]
    fn opens_what_it_sealed() {
        let key = SealKey::new([5; 32]);
        let sealed = made().seal(&key, &Fixed(9)).unwrap();
        assert_eq!(Expectation::open(&sealed, &key, "https://broker.example").unwrap(), made());
    }

    #[test]
    fn the_challenge_of_a_card_is_base64_of_44_characters() {
        let made = |family| {
            Expectation::new("i", "p", family, "https://ria.ee", 60, &Fixed(0xff), NOW).unwrap()
        };
        let nonce = made(Family::WebEid).nonce().to_owned();
        assert_eq!(nonce, format!("{}8=", "/".repeat(42)));
        assert_eq!(STANDARD.decode(&nonce).unwrap(), [0xff; 32]);
        assert_eq!(made(Family::SdJwtVc).nonce().len(), 43);
    }

    #[test]
    fn refuses_another_key_another_broker_and_any_changed_byte() {
        let key = SealKey::new([5; 32]);
        let sealed = made().seal(&key, &Fixed(9)).unwrap();
        let open = |text: &str, key: &SealKey, iss: &str| {
            Expectation::open(text, key, iss).unwrap_err().code()
        };
        let iss = "https://broker.example";
        assert_eq!(open(&sealed, &SealKey::new([6; 32]), iss), Code::RequestMalformed);
        assert_eq!(open(&sealed, &key, "https://other.example"), Code::RequestMismatch);
        assert_eq!(open("", &key, iss), Code::RequestMalformed);
        assert_eq!(open(&"A".repeat(5_000), &key, iss), Code::RequestMalformed);
        for at in 0..sealed.len() {
            let mut bad = sealed.clone().into_bytes();
            bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(open(std::str::from_utf8(&bad).unwrap(), &key, iss), Code::RequestMalformed);
        }
    }

    #[test]
    fn the_deadline_holds_to_the_second() {
        let code = |now: UnixTime| made().check_deadline(now, 30).map_err(|refusal| refusal.code());
        assert_eq!(code(NOW.plus(59)), Ok(()));
        assert_eq!(code(NOW.plus(60)), Err(Code::RequestExpired));
        assert_eq!(code(NOW.minus(30)), Ok(()));
        assert_eq!(code(NOW.minus(31)), Err(Code::RequestExpired));
    }
}
