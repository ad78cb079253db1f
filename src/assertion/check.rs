//! What a consumer does: checks one assertion with the issuer's keys, offline.

use super::checked::{Checked, Facts};
use super::claims::{self, Members, PAYLOAD, at, text};
use super::{CheckPolicy, TYPE};
use crate::UnixTime;
use crate::crypto::{Alg, VerifyingKey, equal, sha256};
use crate::envelope::base64url;
use crate::envelope::jose::{Compact, Header, HeaderRules, KeySet};
use crate::envelope::json::{self, Kind, Limits, Value};
use crate::identity::Loa;
use crate::ports::{Insertion, Namespace, ReplayStore};
use crate::register::Binding;
use crate::verdict::{Check, Code, Detail, Ledger, Place, Refusal};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Checks assertions of one issuer for one procedure. `Send + Sync`; made once, used for ever.
pub struct Checker {
    issuer: String,
    procedure: String,
    policy: CheckPolicy,
    keys: Vec<Known>,
    replay: Option<Arc<dyn ReplayStore>>,
}

// A key and the one header that its issuer writes with it, base64url.
struct Known {
    kid: String,
    header: Vec<u8>,
    key: VerifyingKey,
}

// The algorithms that assertions are issued with (docs/algorithms.md); a key of another one is no
// key here.
const ALGORITHMS: &[Alg] = &[Alg::EdDsa, Alg::Es256, Alg::Es384, Alg::Ps256, Alg::Ps384];

const HEADER_RULES: HeaderRules = HeaderRules { known: &[], closed: true, media_type_prefix: true };

// 2 KiB of JSON: a header of our own has some 120 bytes.
const MAX_HEADER_LEN: usize = 2_731;

impl Checker {
    /// A checker.
    ///
    /// * `issuer`: the exact `iss`, an https URL.
    /// * `procedure`: the exact `aud`.
    ///
    /// # Errors
    /// [`Code::MisuseArgument`] for an empty issuer or procedure or a policy out of range;
    /// [`Code::TrustEmpty`] when the set holds no key that can be used.
    pub fn new(
        issuer: &str,
        keys: &KeySet,
        procedure: &str,
        policy: CheckPolicy,
    ) -> Result<Self, Refusal> {
        policy.check()?;
        if !issuer.starts_with("https://") || procedure.is_empty() {
            return Err(Refusal::new(Code::MisuseArgument, Place::part("checker")));
        }
        let known = |(kid, key): (&str, &VerifyingKey)| Known {
            kid: kid.to_owned(),
            header: base64url::encode(&super::issue::header(key.alg(), kid)).into_bytes(),
            key: key.clone(),
        };
        let usable = keys.iter().filter(|(_, key)| ALGORITHMS.contains(&key.alg()));
        let keys: Vec<Known> = usable.map(known).collect();
        if keys.is_empty() {
            return Err(Refusal::new(Code::TrustEmpty, Place::part("jwks")));
        }
        Ok(Self {
            issuer: issuer.to_owned(),
            procedure: procedure.to_owned(),
            policy,
            keys,
            replay: None,
        })
    }

    /// Accepts each assertion once: its `jti` is recorded in `store` as the last step.
    #[must_use]
    pub fn single_use(mut self, store: Arc<dyn ReplayStore>) -> Self {
        self.replay = Some(store);
        self
    }

    /// Checks one assertion.
    ///
    /// * `presented`: the key that the presenter proved to hold, if any.
    ///
    /// # Errors
    /// The first check that failed, in the order of docs/assertion-profile.md, check.
    pub fn check(
        &self,
        token: &[u8],
        now: UnixTime,
        presented: Option<&Binding>,
    ) -> Result<Checked, Refusal> {
        let mut checked = Checked::new();
        self.check_into(token, now, presented, &mut checked)?;
        Ok(checked)
    }

    /// Checks one assertion into memory that is used again: nothing is allocated once `out` has
    /// grown to the size of the tokens. Whatever `out` held before is gone, also on refusal.
    ///
    /// # Errors
    /// As [`Self::check`]; `out` then holds the ledger and no claim.
    pub fn check_into(
        &self,
        token: &[u8],
        now: UnixTime,
        presented: Option<&Binding>,
        out: &mut Checked,
    ) -> Result<(), Refusal> {
        out.clear();
        let result = self.run(token, now, presented, out);
        match result {
            Ok(facts) => out.accept(facts),
            Err(_) => out.forget(),
        }
        result.map(|_| ())
    }

    fn run(
        &self,
        token: &[u8],
        now: UnixTime,
        presented: Option<&Binding>,
        out: &mut Checked,
    ) -> Result<Facts, Refusal> {
        let Checked { payload, nodes, signature, ledger, .. } = out;
        if let Some(age) = self.policy.keys_age {
            let fresh = age.fetched_at <= now.plus(u64::from(self.policy.leeway_s))
                && now.since(age.fetched_at) <= u64::from(age.max_age_s);
            ledger.record(Check::KeysFresh, if fresh { Ok(()) } else { Err(Code::KeysStale) })?;
        }
        let max = usize::try_from(self.policy.max_bytes).unwrap_or(0);
        let jws = Compact::split(token, max).map_err(|refusal| refusal.within("assertion", None));
        let jws = ledger.record(Check::AssertionFormat, jws)?;

        let key = self.key_of(&jws, ledger)?;
        let place = Place::part("assertion.signature");
        let verified = if jws.signature().is_empty() {
            Err(Refusal::new(Code::SigMissing, place))
        } else {
            base64url::decode_into(jws.signature(), signature)
                .map_err(|refusal| refusal.within(place.part, None))
                .and_then(|()| {
                    let verified = key.verify(jws.signing_input(), signature);
                    verified.map_err(|code| Refusal::new(code, place))
                })
        };
        ledger.record(Check::AssertionSignature, verified)?;

        // From here on the payload is the issuer's.
        let decoded = base64url::decode_into(jws.payload(), payload);
        let root = decoded.and_then(|()| nodes.read(payload, Limits::OWN));
        let root = root.map_err(|refusal| refusal.within(PAYLOAD, None));
        let root = root.map_err(|refusal| ledger.fail(Check::AssertionClaims, refusal))?;
        let closed = !self.policy.is_corpus_jose_1();
        let members = Members::sort(root, closed);
        let members = members.map_err(|refusal| ledger.fail(Check::AssertionClaims, refusal))?;

        let times = self.check_times(&members, now);
        let times = ledger.record(Check::AssertionTime, times)?;
        ledger.record(Check::AssertionIssuer, self.check_issuer(&members))?;
        ledger.record(Check::AssertionAudience, self.check_audience(&members))?;
        let identifier = self.check_kind(&members);
        let identifier = ledger.record(Check::AssertionClaims, identifier)?;
        let loa = ledger.record(Check::AssertionLoa, self.check_loa(&members))?;
        ledger.record(Check::AssertionScope, self.check_scope(&members))?;
        ledger.record(Check::AssertionBinding, self.check_binding(&members, presented))?;
        let (expires, issued_at) = times;

        // Last, so that garbage cannot fill the store.
        match &self.replay {
            None => ledger.skip(Check::AssertionReplay),
            Some(store) => {
                let used = self.use_once(store.as_ref(), &identifier, expires, now);
                ledger.record(Check::AssertionReplay, used)?;
            }
        }
        Ok(Facts { loa, issued_at, expires })
    }

    // The header is compared as bytes first: one legal spelling per key. Only another spelling is
    // read as JSON.
    fn key_of(&self, jws: &Compact<'_>, ledger: &mut Ledger) -> Result<&VerifyingKey, Refusal> {
        const HEADER: &str = "assertion.header";
        if let Some(known) = self.keys.iter().find(|known| known.header == jws.header()) {
            ledger.pass(Check::AssertionHeader);
            ledger.pass(Check::AssertionKey);
            return Ok(&known.key);
        }
        let place = Place::part(HEADER);
        if self.policy.exact_header {
            let refusal = Refusal::new(Code::HeaderMalformed, place);
            return Err(ledger.fail(Check::AssertionHeader, refusal));
        }
        if jws.header().len() > MAX_HEADER_LEN {
            return Err(ledger.fail(Check::AssertionHeader, Refusal::new(Code::LimitSize, place)));
        }
        let decoded = base64url::decode(jws.header());
        let header = decoded.and_then(|text| {
            // White space around the object is legal JSON that no producer of ours emits.
            if !text.starts_with(b"{") || !text.ends_with(b"}") {
                json::with(&text, Limits::OWN, |_| Ok(()))?;
                return Err(Refusal::new(Code::HeaderMalformed, place));
            }
            json::with(&text, Limits::OWN, |root| {
                let header = Header::parse(root, HEADER_RULES)?;
                header.check_type(HEADER_RULES, [TYPE])?;
                Ok((header.alg(), header.kid()?.map(str::to_owned)))
            })
        });
        let header = header.map_err(|refusal| refusal.within(HEADER, None));
        let (alg, kid) = match header {
            Ok(header) => header,
            Err(refusal) if refusal.code() == Code::KeyUnknown => {
                return Err(ledger.fail(Check::AssertionKey, refusal));
            }
            Err(refusal) => return Err(ledger.fail(Check::AssertionHeader, refusal)),
        };
        ledger.pass(Check::AssertionHeader);
        let key = kid.ok_or(Code::KeyMissing).and_then(|kid| {
            let known = self.keys.iter().find(|known| known.kid == kid).ok_or(Code::KeyUnknown)?;
            if known.key.alg() == alg { Ok(&known.key) } else { Err(Code::AlgKeyMismatch) }
        });
        ledger.record(Check::AssertionKey, key.map_err(|code| Refusal::new(code, place)))
    }

    // Checked arithmetic throughout; `exp` equal to now is expired.
    fn check_times(
        &self,
        members: &Members<'_>,
        now: UnixTime,
    ) -> Result<(UnixTime, UnixTime), Refusal> {
        let leeway = u64::from(self.policy.leeway_s);
        let exp = claims::time(members.exp)?;
        let nbf = claims::time(members.nbf)?;
        let iat = claims::time(members.iat)?;
        let refuse = |code, bound: UnixTime| {
            let detail = Detail::Time { bound: bound.secs(), now: now.secs() };
            Err(Refusal::new(code, Place::part(PAYLOAD)).with(detail))
        };
        if now >= exp.plus(leeway) {
            return refuse(Code::TimeExpired, exp);
        }
        if nbf > now.plus(leeway) {
            return refuse(Code::TimeNotYetValid, nbf);
        }
        if iat > now.plus(leeway) {
            return refuse(Code::TimeFuture, iat);
        }
        if exp <= iat || exp.since(iat) > u64::from(self.policy.max_lifetime_s) {
            return refuse(Code::TimeLifetime, exp);
        }
        // Nobody vouches for an act that is still to come.
        let auth_time = claims::time(members.auth_time)?;
        if auth_time > iat.plus(leeway) {
            return refuse(Code::TimeFuture, auth_time);
        }
        Ok((exp, iat))
    }

    fn check_issuer(&self, members: &Members<'_>) -> Result<(), Refusal> {
        let issuer = text(members.iss, Code::IssuerMismatch)?;
        equals(&issuer, &self.issuer, Code::IssuerMismatch)
    }

    // One string, never an array (docs/assertion-profile.md).
    fn check_audience(&self, members: &Members<'_>) -> Result<(), Refusal> {
        let audience = text(members.aud, Code::AudienceMismatch)?;
        equals(&audience, &self.procedure, Code::AudienceMismatch)
    }

    // The claims that make the token one of ours. Gives its `jti`.
    fn check_kind<'a>(&self, members: &Members<'a>) -> Result<Cow<'a, str>, Refusal> {
        let missing = Refusal::new(Code::ClaimMissing, Place::part(PAYLOAD));
        let malformed = |value: Value<'_>| Refusal::new(Code::ClaimMalformed, at(value));
        let subject = text(members.sub, Code::ClaimMissing)?;
        if !super::pairwise::is_subject(&subject) {
            return Err(Refusal::new(Code::SubjectMalformed, Place::part(PAYLOAD)));
        }
        let identifier = text(members.jti, Code::ClaimMissing)?;
        if base64url::decode_array::<16>(identifier.as_bytes()).is_none() {
            return Err(malformed(members.jti.ok_or(missing)?));
        }
        for (value, max) in [(members.client_id, 200), (members.txn, 64)] {
            let text = text(value, Code::ClaimMissing)?;
            if text.is_empty() || text.len() > max {
                return Err(malformed(value.ok_or(missing)?));
            }
        }
        if let Some(purpose) = members.purpose {
            let valid = purpose.as_str().is_some_and(|text| text.chars().count() <= 300);
            if !valid {
                return Err(malformed(purpose));
            }
        }
        let methods = members.amr.ok_or(missing)?;
        let valid =
            methods.kind() == Kind::Array && methods.elements().all(|m| m.kind() == Kind::String);
        if !valid {
            return Err(malformed(methods));
        }
        if !self.policy.is_corpus_jose_1() {
            let source = members.src.ok_or(missing)?;
            let named = |name| source.get(name).is_some_and(|value| value.kind() == Kind::String);
            if !named("family") || !named("issuer_country") {
                return Err(malformed(source));
            }
            let version = members.ver.ok_or(missing)?;
            if !version.is("1") {
                return Err(malformed(version));
            }
        }
        match members.verified_claims {
            // `{verification, claims}` and nothing else (OpenID Identity Assurance, 5).
            Some(value) => {
                let object = |name| value.get(name).is_some_and(|part| part.kind() == Kind::Object);
                let shape =
                    object("verification") && object("claims") && value.members().count() == 2;
                if shape { Ok(identifier) } else { Err(malformed(value)) }
            }
            None => Ok(identifier),
        }
    }

    fn check_loa(&self, members: &Members<'_>) -> Result<Loa, Refusal> {
        let place = Place::part(PAYLOAD);
        let acr = text(members.acr, Code::LoaUnknown)?;
        let loa = Loa::from_uri(&acr).ok_or(Refusal::new(Code::LoaUnknown, place))?;
        if loa.satisfies(self.policy.min_loa, self.policy.notified_only) {
            Ok(loa)
        } else {
            Err(Refusal::new(Code::LoaInsufficient, place))
        }
    }

    fn check_scope(&self, members: &Members<'_>) -> Result<(), Refusal> {
        let scope = text(members.scope, Code::ClaimMissing)?;
        if let Some(allowed) = &self.policy.scopes {
            let known = |name: &str| allowed.iter().any(|allowed| allowed == name);
            if !scope.split(' ').all(known) {
                return Err(Refusal::new(Code::ScopeDenied, Place::part(PAYLOAD)));
            }
        }
        // As issued: at least one name, sorted, each once, single spaces between them.
        let issued = scope.split(' ').all(|name| !name.is_empty())
            && scope.split(' ').is_sorted_by(|first, second| first < second);
        let place = members.scope.map_or(Place::part(PAYLOAD), at);
        if issued { Ok(()) } else { Err(Refusal::new(Code::ClaimMalformed, place)) }
    }

    // RFC 7800, 3: exactly one method. A bound assertion is never a bearer assertion.
    fn check_binding(
        &self,
        members: &Members<'_>,
        presented: Option<&Binding>,
    ) -> Result<(), Refusal> {
        let place = members.cnf.map_or(Place::part(PAYLOAD), at);
        let refuse = |code| Err(Refusal::new(code, place));
        let Some(cnf) = members.cnf else {
            // A caller that has a proof in hand expects the assertion to name its key.
            let free = presented.is_none() && !self.policy.binding_required;
            return if free { Ok(()) } else { refuse(Code::BindingMissing) };
        };
        let mut methods = cnf.members();
        let (Some((name, value)), None) = (methods.next(), methods.next()) else {
            return refuse(Code::BindingMalformed);
        };
        let Some(value) = value.as_plain_str() else { return refuse(Code::BindingMalformed) };
        if !name.is("jkt") && !name.is("x5t#S256") {
            return refuse(Code::BindingMalformed);
        }
        let Some(presented) = presented else { return refuse(Code::BindingMissing) };
        let mut wanted = [0u8; 43];
        let encoded = encode_43(presented.thumbprint(), &mut wanted);
        let same = name.is(presented.method()) && encoded && equal(&wanted, value.as_bytes());
        if same { Ok(()) } else { refuse(Code::BindingMismatch) }
    }

    // Keyed by issuer and `jti`, never by the token: an ECDSA signature has a second valid form.
    fn use_once(
        &self,
        store: &dyn ReplayStore,
        identifier: &str,
        expires: UnixTime,
        now: UnixTime,
    ) -> Result<(), Refusal> {
        const MARGIN_S: u64 = 60;
        let mut input = Vec::with_capacity(128);
        for part in [self.issuer.as_bytes(), identifier.as_bytes()] {
            input.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            input.extend_from_slice(part);
        }
        let until = expires.plus(u64::from(self.policy.leeway_s)).plus(MARGIN_S);
        match store.insert_if_absent(Namespace::Assertion, &sha256(&input), until, now) {
            Ok(Insertion::Inserted) => Ok(()),
            Ok(Insertion::AlreadyPresent) => {
                Err(Refusal::new(Code::ReplayToken, Place::part(PAYLOAD)))
            }
            Err(_) => Err(Code::StorageReplay.into()),
        }
    }
}

impl fmt::Debug for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checker({} for {}, {} keys)", self.issuer, self.procedure, self.keys.len())
    }
}

fn equals(found: &str, wanted: &str, code: Code) -> Result<(), Refusal> {
    if found == wanted { Ok(()) } else { Err(Refusal::new(code, Place::part(PAYLOAD))) }
}

// base64url of 32 bytes without an allocation.
fn encode_43(bytes: &[u8; 32], out: &mut [u8; 43]) -> bool {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode_slice(bytes, out).is_ok()
}
