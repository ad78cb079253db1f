//! What the broker waits for: made before the token, sealed, used once.
//!
//! The portal gets the nonce and audience for its request, and a sealed text that it hands back with
//! the token. The broker keeps nothing in between; that an expectation is used only once is noted in
//! the replay store when it is used.

pub mod saml;
pub mod wallet;
mod wanted;

use crate::UnixTime;
use crate::crypto::{SealKey, sha256};
use crate::envelope::base64url;
use crate::envelope::json::{self, Kind, Limits, Value};
use crate::identity::{Family, LevelOfAssurance};
use crate::ports::{Insertion, Namespace, Random, ReplayStore};
use crate::verdict::{Code, Detail, Place, Refusal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use core::net::IpAddr;
use saml::{RequestedLoa, SamlExpected, ServiceProvider};
use std::fmt;
pub(crate) use wanted::Wanted;

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
    asked: Option<Asked>,
}

/// Who was asked, and for what: of a SAML request.
#[derive(Clone, Eq, PartialEq)]
struct Asked {
    issuer: String,
    min_loa: Option<RequestedLoa>,
    client_address: Option<String>,
}

/// Shortest and longest life of an expectation, in seconds.
pub const LIFETIME_S: std::ops::RangeInclusive<u32> = 30..=3_600;

/// Shortest and longest audience, in bytes.
pub const AUDIENCE_LEN: std::ops::RangeInclusive<usize> = 1..=512;

/// Shortest and longest entity ID of an identity provider, in bytes (SAML Core 8.3.6).
pub const ENTITY_ID_LEN: std::ops::RangeInclusive<usize> = 1..=1_024;

// What is sealed is never longer; bounds the work on a hostile text.
const MAX_SEALED_LEN: usize = 4_096;

const LABEL: &[u8] = b"eid-broker/expectation/v2";

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
                Family::Certificate | Family::Mdoc | Family::SdJwtVc => base64url::encode(&nonce),
                // The ID of the request, an NCName (SAML Core 1.3.4).
                Family::BundId | Family::EidServer | Family::EidasSaml => saml::request_id(&nonce),
            },
            audience: audience.to_owned(),
            created: now,
            deadline: now.plus(u64::from(lifetime_s)),
            asked: None,
        })
    }

    /// The same, put to a SAML identity provider: nobody else may answer, and not below the level.
    ///
    /// * `issuer`: its entity ID, 1 to 1024 bytes.
    /// * `client_address`: the address of the person's browser, an IPv4 or IPv6 address, where the
    ///   host knows it.
    ///
    /// # Errors
    /// [`Code::MisuseArgument`] for a family that is not asked in SAML, and for values out of range.
    pub fn asking(
        mut self,
        issuer: &str,
        min_loa: Option<RequestedLoa>,
        client_address: Option<&str>,
    ) -> Result<Self, Refusal> {
        let misuse = |part| Err(Refusal::new(Code::MisuseArgument, Place::part(part)));
        if !self.family.is_saml() || !ENTITY_ID_LEN.contains(&issuer.len()) {
            return misuse("issuer");
        }
        if client_address.is_some_and(|address| address.parse::<IpAddr>().is_err()) {
            return misuse("client_address");
        }
        let client_address = client_address.map(str::to_owned);
        self.asked = Some(Asked { issuer: issuer.to_owned(), min_loa, client_address });
        Ok(self)
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

    /// The nonce for the request: 43 characters of base64url; 44 characters of base64 for `web_eid`;
    /// for the families of SAML the ID of the request, `_` and 64 hexadecimal digits.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The audience for the request.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// The entity ID of the SAML identity provider that is asked.
    #[must_use]
    pub fn addressee(&self) -> Option<&str> {
        self.asked.as_ref().map(|asked| asked.issuer.as_str())
    }

    /// What a response to `service` is verified against, where a SAML identity provider was asked.
    #[must_use]
    pub fn saml<'a>(&'a self, service: &'a ServiceProvider) -> Option<SamlExpected<'a>> {
        let asked = self.asked.as_ref()?;
        let expected = SamlExpected::new(service, &asked.issuer).with_min_loa(asked.min_loa);
        Some(expected.with_client_address(asked.client_address.as_deref()))
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
    /// [`Code::RandomFailed`]; [`Code::MisuseArgument`] when a SAML family has nobody to be asked.
    pub fn seal(&self, key: &SealKey, random: &dyn Random) -> Result<String, Refusal> {
        if self.family.is_saml() != self.asked.is_some() {
            return Err(Refusal::new(Code::MisuseArgument, Place::part("issuer")));
        }
        let plain = serde_json::json!([
            self.issuer,
            self.procedure,
            self.family.name(),
            self.nonce,
            self.audience,
            self.created.secs(),
            self.deadline.secs(),
            self.asked.as_ref().map(Asked::sealed),
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
        let asked = elements.next()?;
        let asked = if asked.kind() == Kind::Null { None } else { Some(Asked::read(asked)?) };
        let whole = elements.next().is_none() && family.is_saml() == asked.is_some();
        whole.then_some(Self {
            issuer,
            procedure,
            family,
            nonce,
            audience,
            created,
            deadline,
            asked,
        })
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

impl Asked {
    fn sealed(&self) -> serde_json::Value {
        let level = self.min_loa.map(|loa| loa.level.name());
        let notified_only = self.min_loa.map(|loa| loa.notified_only);
        serde_json::json!([self.issuer, level, notified_only, self.client_address])
    }

    fn read(value: Value<'_>) -> Option<Self> {
        let mut elements = value.elements();
        let issuer = elements.next()?.as_str()?.into_owned();
        let (level, notified_only) = (elements.next()?, elements.next()?);
        let min_loa = if level.kind() == Kind::Null {
            None
        } else {
            let level = LevelOfAssurance::from_name(&level.as_str()?)?;
            let notified_only = match notified_only.raw() {
                "true" => true,
                "false" => false,
                _ => return None,
            };
            Some(RequestedLoa { level, notified_only })
        };
        let address = elements.next()?;
        let client_address =
            if address.kind() == Kind::Null { None } else { Some(address.as_str()?.into_owned()) };
        elements.next().is_none().then_some(Self { issuer, min_loa, client_address })
    }
}

impl fmt::Debug for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expectation")
            .field("procedure", &self.procedure)
            .field("family", &self.family)
            .field("deadline", &self.deadline)
            .field("addressee", &self.addressee())
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

    const NODE: &str = "https://node.example/metadata";

    fn asked(family: Family) -> Result<Expectation, Refusal> {
        let made = Expectation::new("i", "p", family, "https://sp.example", 60, &Fixed(1), NOW)?;
        let loa = RequestedLoa { level: LevelOfAssurance::High, notified_only: true };
        made.asking(NODE, Some(loa), Some("2001:db8::1"))
    }

    // The families are sealed under their names only once they are offered.
    fn offered(family: Family) -> bool {
        Family::ALL.contains(&family)
    }

    #[test]
    fn what_a_saml_identity_provider_was_asked_is_sealed_with_the_rest() {
        let key = SealKey::new([5; 32]);
        for family in [Family::BundId, Family::EidServer, Family::EidasSaml] {
            let made = asked(family).unwrap();
            assert_eq!(made.nonce(), format!("_{}", "01".repeat(32)));
            assert_eq!(made.addressee(), Some(NODE));
            let opened = Expectation::open(&made.seal(&key, &Fixed(9)).unwrap(), &key, "i");
            if offered(family) {
                assert_eq!(opened.unwrap(), made);
            } else {
                assert_eq!(opened.unwrap_err().code(), Code::RequestMalformed);
            }
        }
    }

    #[test]
    fn an_addressee_stands_with_saml_and_with_nothing_else() {
        let code = |made: Result<Expectation, Refusal>| made.unwrap_err().code();
        assert_eq!(code(asked(Family::SdJwtVc)), Code::MisuseArgument);
        let made = || Expectation::new("i", "p", Family::BundId, "a", 60, &Fixed(1), NOW).unwrap();
        let sealed = made().seal(&SealKey::new([5; 32]), &Fixed(9));
        assert_eq!(sealed.unwrap_err().code(), Code::MisuseArgument);
        assert_eq!(code(made().asking("", None, None)), Code::MisuseArgument);
        assert_eq!(code(made().asking(&"a".repeat(1_025), None, None)), Code::MisuseArgument);
        assert!(made().asking(&"a".repeat(1_024), None, None).is_ok());
        for address in ["", "localhost", "192.0.2.1:80", "192.0.2.256"] {
            assert_eq!(code(made().asking(NODE, None, Some(address))), Code::MisuseArgument);
        }
        assert!(made().asking(NODE, None, Some("192.0.2.1")).is_ok());
    }

    #[test]
    fn what_an_older_version_sealed_is_refused() {
        let key = SealKey::new([5; 32]);
        let plain = serde_json::json!(["i", "p", "sd_jwt_vc", "n", "a", 1, 2]).to_string();
        for label in ["eid-broker/expectation/v1", "eid-broker/expectation/v2"] {
            let sealed = key.seal(label.as_bytes(), plain.as_bytes(), &Fixed(9)).unwrap();
            let opened = Expectation::open(&base64url::encode(&sealed), &key, "i");
            assert_eq!(opened.unwrap_err().code(), Code::RequestMalformed, "{label}");
        }
    }

    #[test]
    fn the_largest_expectation_opens_again() {
        let key = SealKey::new([5; 32]);
        let long = |len: usize| "x".repeat(len);
        let family = Family::SdJwtVc;
        let made = Expectation::new(&long(200), &long(200), family, &long(512), 60, &Fixed(1), NOW);
        let mut made = made.unwrap();
        made.family = Family::BundId;
        let made = made.asking(&long(1_024), None, Some("2001:db8:1:2:3:4:5:6")).unwrap();
        assert!(made.seal(&key, &Fixed(9)).unwrap().len() <= MAX_SEALED_LEN);
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
