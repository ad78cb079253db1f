//! The key-binding JWT: proof that the presenter holds the key of the credential, for this verifier
//! and this request (RFC 9901, 4.3, 7.3).

use super::parse::Parts;
use super::verify::Context;
use crate::UnixTime;
use crate::crypto::{Hash, VerifyingKey, equal};
use crate::envelope::base64url;
use crate::envelope::jose::{Compact, Header, HeaderRules, Jwk};
use crate::envelope::json::{Kind, Limits, Nodes, Value};
use crate::policy::SdJwtVcPolicy;
use crate::verdict::{Check, Code, Detail, Ledger, Place, Refusal};
use std::borrow::Cow;

const HEADER: &str = "key-binding-jwt.header";
const PAYLOAD: &str = "key-binding-jwt.payload";

const RULES: HeaderRules = HeaderRules { known: &[], closed: false, media_type_prefix: false };

/// The holder's key: `cnf.jwk` of the signed payload, never of a disclosure (RFC 7800, 3.2).
///
/// # Errors
/// [`Code::BindingMissing`] without `cnf`; [`Code::BindingMalformed`] for a `cnf` that is not exactly
/// one usable key.
pub(super) fn holder_key(payload: Value<'_>) -> Result<VerifyingKey, Refusal> {
    let place = Place::part("claim cnf");
    let refuse = |code| Refusal::new(code, place);
    let cnf = payload.get("cnf").ok_or(refuse(Code::BindingMissing))?;
    let mut members = cnf.members();
    let (Some((name, jwk)), None) = (members.next(), members.next()) else {
        return Err(refuse(Code::BindingMalformed));
    };
    if !name.is("jwk") {
        return Err(refuse(Code::BindingMalformed));
    }
    let jwk = Jwk::parse(jwk).map_err(|r| refuse(r.code()))?;
    let alg = jwk.alg.ok_or(refuse(Code::BindingMalformed))?;
    jwk.key.for_alg(alg).map_err(refuse)
}

/// Checks the key-binding JWT, in the order of RFC 9901, 7.3.
///
/// Returns the instant at which the holder signed.
pub(super) fn verify(
    jwt: &Compact<'_>,
    parts: &Parts<'_>,
    holder: &VerifyingKey,
    hash: Hash,
    rules: &SdJwtVcPolicy,
    context: &Context<'_>,
    ledger: &mut Ledger,
) -> Result<UnixTime, Refusal> {
    let mut nodes = Nodes::default();
    let text = base64url::decode(jwt.header()).map_err(|r| r.within(HEADER, None));
    let text = text.map_err(|refusal| ledger.fail(Check::KeyBindingType, refusal))?;
    let header = nodes.read(&text, Limits::OWN).and_then(|root| {
        let header = Header::parse(root, RULES)?;
        header.check_type(RULES, ["kb+jwt"])?;
        Ok(header)
    });
    let header =
        ledger.record(Check::KeyBindingType, header.map_err(|r| r.within(HEADER, None)))?;

    let accepted = if header.alg() == holder.alg() {
        context.policy.accepts(holder.alg(), holder.public(), context.now)
    } else {
        Err(Code::AlgKeyMismatch)
    };
    let accepted = accepted.map_err(|code| Refusal::new(code, Place::part(HEADER)));
    ledger.record(Check::KeyBindingAlgorithm, accepted)?;

    ledger.record(Check::KeyBindingSignature, check_signature(jwt, holder))?;

    let mut nodes = Nodes::default();
    let text = base64url::decode(jwt.payload()).map_err(|r| r.within(PAYLOAD, None));
    let text = match text {
        Ok(text) => text,
        Err(refusal) => return Err(ledger.fail(Check::KeyBindingClaims, refusal)),
    };
    let root = nodes.read(&text, Limits::OWN).map_err(|r| r.within(PAYLOAD, None));
    let claims = root.and_then(KbClaims::read);
    let claims = ledger.record(Check::KeyBindingClaims, claims)?;

    ledger.record(Check::KeyBindingTime, claims.check_time(rules, context))?;
    // An expectation without nonce or audience is matched by nothing.
    let nonce =
        !context.nonce.is_empty() && equal(claims.nonce.as_bytes(), context.nonce.as_bytes());
    ledger.record(Check::KeyBindingNonce, held(nonce, Code::NonceMismatch))?;
    let audience = !context.audience.is_empty() && claims.audience == context.audience;
    ledger.record(Check::KeyBindingAudience, held(audience, Code::AudienceMismatch))?;
    // Room for SHA-512.
    let mut digest = [0; 86];
    let len = base64url::encode_slice(hash.digest(parts.bound).as_ref(), &mut digest);
    let bound = equal(claims.sd_hash.as_bytes(), digest.get(..len).unwrap_or_default());
    ledger.record(Check::KeyBindingHash, held(bound, Code::BindingMismatch))?;
    Ok(claims.issued_at)
}

fn check_signature(jwt: &Compact<'_>, holder: &VerifyingKey) -> Result<(), Refusal> {
    let place = Place::part("key-binding-jwt.signature");
    if jwt.signature().is_empty() {
        return Err(Refusal::new(Code::SigMissing, place));
    }
    let signature = base64url::decode(jwt.signature()).map_err(|r| r.within(place.part, None))?;
    // Any other key, too, shows as a signature that does not verify.
    holder.verify(jwt.signing_input(), &signature).map_err(|code| Refusal::new(code, place))
}

fn held(condition: bool, code: Code) -> Result<(), Refusal> {
    if condition { Ok(()) } else { Err(Refusal::new(code, Place::part(PAYLOAD))) }
}

// The claims that RFC 9901, 4.3 requires; others say nothing to us.
struct KbClaims<'a> {
    issued_at: UnixTime,
    not_before: Option<UnixTime>,
    expires: Option<UnixTime>,
    nonce: Cow<'a, str>,
    audience: Cow<'a, str>,
    sd_hash: Cow<'a, str>,
}

impl<'a> KbClaims<'a> {
    fn read(root: Value<'a>) -> Result<Self, Refusal> {
        if root.kind() != Kind::Object {
            return Err(Refusal::new(Code::FormatJson, Place::part(PAYLOAD)));
        }
        let missing = |code| Refusal::new(code, Place::part(PAYLOAD));
        let text = |name: &str, code| {
            let value = root.get(name).ok_or(missing(code))?;
            let place = Place::part(PAYLOAD).at(value.offset());
            value.as_str().ok_or(Refusal::new(Code::ClaimMalformed, place))
        };
        let time = |name: &str| {
            root.get(name).map_or(Ok(None), |value| {
                let place = Place::part(PAYLOAD).at(value.offset());
                let time = value.as_u64().and_then(UnixTime::checked);
                time.map(Some).ok_or(Refusal::new(Code::ClaimMalformed, place))
            })
        };
        Ok(Self {
            issued_at: time("iat")?.ok_or(missing(Code::ClaimMissing))?,
            not_before: time("nbf")?,
            expires: time("exp")?,
            audience: text("aud", Code::AudienceMismatch)?,
            nonce: text("nonce", Code::NonceMismatch)?,
            sd_hash: text("sd_hash", Code::BindingMismatch)?,
        })
    }

    fn check_time(&self, rules: &SdJwtVcPolicy, context: &Context<'_>) -> Result<(), Refusal> {
        let now = context.now;
        let leeway = u64::from(context.policy.leeway_s);
        let refuse = |code, bound: UnixTime| {
            let detail = Detail::Time { bound: bound.secs(), now: now.secs() };
            Err(Refusal::new(code, Place::part(PAYLOAD)).with(detail))
        };
        if self.issued_at > now.plus(leeway) {
            return refuse(Code::TimeFuture, self.issued_at);
        }
        if now.since(self.issued_at) > u64::from(rules.key_binding_max_age_s) {
            return refuse(Code::TimeTooOld, self.issued_at);
        }
        match (self.not_before, self.expires) {
            (Some(start), _) if start > now.plus(leeway) => refuse(Code::TimeNotYetValid, start),
            (_, Some(end)) if now >= end.plus(leeway) => refuse(Code::TimeExpired, end),
            _ => Ok(()),
        }
    }
}
