//! Decides over a presentation, in the order of RFC 9901, 7.1 and 7.3.

use super::credential::{check_status, check_times, check_type};
use super::disclose::{self, Claims, Disclosures, Protection};
use super::issuer::{IssuerKey, ResolveIssuer, TrustedIssuers, read_x5c};
use super::parse::Parts;
use super::{key_binding, map};
use crate::UnixTime;
use crate::crypto::{Hash, VerifyingKey};
use crate::envelope::base64url;
use crate::envelope::jose::{Header, HeaderRules};
use crate::envelope::json::{Kind, Limits, Nodes, Value};
use crate::identity::{Family, Identity, Loa, Provenance};
use crate::policy::{Content, KeyBinding, Policy, SdJwtVcPolicy};
use crate::token::accept;
use crate::verdict::{Check, Code, Ledger, Need, Place, Refusal, Verdict};
use std::sync::Arc;

/// What a presentation is verified against: fixed before its first byte is looked at.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Context<'a> {
    /// What is acceptable.
    pub policy: &'a Policy,
    /// Whose keys count.
    pub issuers: &'a dyn ResolveIssuer,
    /// The nonce of the request.
    pub nonce: &'a str,
    /// The audience of the request: the whole client identifier with its prefix.
    pub audience: &'a str,
    /// Time of the check.
    pub now: UnixTime,
    // Whether the issuers are those of a trust snapshot. Nothing can be issued from other ones.
    configured: bool,
}

impl<'a> Context<'a> {
    /// Every part of the context is needed.
    #[must_use]
    pub const fn new(
        policy: &'a Policy,
        issuers: &'a TrustedIssuers<'a>,
        nonce: &'a str,
        audience: &'a str,
        now: UnixTime,
    ) -> Self {
        Self { policy, issuers, nonce, audience, now, configured: true }
    }

    /// The same with issuers of the caller's own making, for suites and experiments. Whatever the
    /// policy says, nothing can be issued from such a verdict.
    #[must_use]
    pub const fn laboratory(
        policy: &'a Policy,
        issuers: &'a dyn ResolveIssuer,
        nonce: &'a str,
        audience: &'a str,
        now: UnixTime,
    ) -> Self {
        Self { policy, issuers, nonce, audience, now, configured: false }
    }

    const fn is_laboratory(&self) -> bool {
        self.policy.laboratory || !self.configured
    }
}

/// A verified presentation.
pub struct Presentation {
    claims: Claims,
    identity: Option<Identity>,
}

impl Presentation {
    /// The processed claims, protocol claims included.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The person, when the policy asks for a PID.
    #[must_use]
    pub const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The person, when the policy asks for a PID.
    #[must_use]
    pub fn into_identity(self) -> Option<Identity> {
        self.identity
    }
}

impl std::fmt::Debug for Presentation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Presentation({} claims, ..)", self.claims.len())
    }
}

/// The checks that an accepted PID presentation has behind it.
pub const MANDATORY: &[Check] = &[
    Check::InputSize,
    Check::SdJwtFormat,
    Check::IssuerHeader,
    Check::IssuerCritical,
    Check::IssuerType,
    Check::IssuerAlgorithm,
    Check::IssuerKey,
    Check::IssuerSignature,
    Check::IssuerPayload,
    Check::DisclosureHash,
    Check::DisclosureFormat,
    Check::DisclosureDigests,
    Check::DisclosuresReferenced,
    Check::ProtectedClaims,
    Check::CredentialType,
    Check::CredentialNotBefore,
    Check::CredentialExpiry,
    Check::CredentialIssuedAt,
    Check::HolderKey,
    Check::KeyBindingPresent,
    Check::KeyBindingType,
    Check::KeyBindingAlgorithm,
    Check::KeyBindingSignature,
    Check::KeyBindingClaims,
    Check::KeyBindingTime,
    Check::KeyBindingNonce,
    Check::KeyBindingAudience,
    Check::KeyBindingHash,
    Check::Status,
    Check::IdentityMapped,
    Check::IdentityCountry,
    Check::IdentityLoa,
];

// A laboratory policy may leave these out; it says so in the ledger and can never mint.
const LABORATORY_MAY_SKIP: &[Check] = &[
    Check::ProtectedClaims,
    Check::CredentialType,
    Check::HolderKey,
    Check::KeyBindingPresent,
    Check::KeyBindingType,
    Check::KeyBindingAlgorithm,
    Check::KeyBindingSignature,
    Check::KeyBindingClaims,
    Check::KeyBindingTime,
    Check::KeyBindingNonce,
    Check::KeyBindingAudience,
    Check::KeyBindingHash,
    Check::Status,
    Check::IdentityMapped,
    Check::IdentityCountry,
    Check::IdentityLoa,
];

const HEADER: &str = "issuer-jwt.header";
const PAYLOAD: &str = "issuer-jwt.payload";

const HEADER_RULES: HeaderRules =
    HeaderRules { known: &["x5c"], closed: false, media_type_prefix: false };

// Type metadata and a chain of eight fit.
const MAX_HEADER_LEN: usize = 48 * 1024;

/// Verifies one presentation.
///
/// Not checked here: that the nonce is still unused. The broker consumes its expectation last.
#[must_use]
pub fn verify(token: &[u8], context: &Context<'_>) -> Verdict<Presentation> {
    verify_with(Ledger::new(), token, context)
}

/// The same, going on with a ledger that has lines already.
#[must_use]
pub fn verify_with(
    mut ledger: Ledger,
    token: &[u8],
    context: &Context<'_>,
) -> Verdict<Presentation> {
    let mut needs = Vec::new();
    match run(token, context, &mut ledger, &mut needs) {
        Ok(_) if !needs.is_empty() => Verdict::Needs { needs, ledger },
        Ok(presentation) => {
            accept(ledger, MANDATORY, LABORATORY_MAY_SKIP, context.is_laboratory(), presentation)
        }
        Err(refusal) => Verdict::Refused { refusal, ledger },
    }
}

fn run(
    token: &[u8],
    context: &Context<'_>,
    ledger: &mut Ledger,
    needs: &mut Vec<Need>,
) -> Result<Presentation, Refusal> {
    let policy = context.policy;
    let rules = policy.sd_jwt_vc.as_ref();
    let rules = rules.ok_or_else(|| ledger.fail(Check::SdJwtFormat, Code::TypeUnknown))?;

    // RFC 9901, 7.1 step 1: cut it.
    let parts = match Parts::split(token, usize::try_from(rules.max_bytes).unwrap_or(0)) {
        Ok(parts) => parts,
        Err(refusal) => {
            if matches!(refusal.code(), Code::FormatEmpty | Code::LimitSize) {
                return Err(ledger.fail(Check::InputSize, refusal));
            }
            ledger.pass(Check::InputSize);
            return Err(ledger.fail(Check::SdJwtFormat, refusal));
        }
    };
    ledger.pass(Check::InputSize);
    ledger.pass(Check::SdJwtFormat);

    // Step 2: the issuer-signed JWT.
    let issuer = verify_issuer(&parts, rules, context, ledger)?;
    let text = base64url::decode(parts.issuer_jwt.payload()).map_err(|r| r.within(PAYLOAD, None));
    let text = text.map_err(|refusal| ledger.fail(Check::IssuerPayload, refusal))?;
    let mut nodes = Nodes::default();
    let payload = nodes.read(&text, Limits::WALLET).map_err(|r| r.within(PAYLOAD, None));
    let payload = ledger.record(Check::IssuerPayload, payload.and_then(object))?;

    // Steps 3 to 5: disclosures.
    let hash = ledger.record(Check::DisclosureHash, hash_algorithm(payload, rules))?;
    let claims = disclosed(payload, &parts, hash, rules, ledger)?;

    // Step 6: the claims of the credential.
    let credential_type = check_type(&claims, rules, &issuer, ledger)?;
    let validity = check_times(&claims, context, ledger)?;

    // RFC 9901, 7.3: the holder.
    let authenticated_at = check_holder(&parts, payload, hash, rules, context, ledger)?;
    check_status(&claims, &validity, rules, ledger, needs)?;

    let identity = match rules.content {
        Content::Pid => {
            let issuer = (&issuer, credential_type);
            Some(map_identity(&claims, context, issuer, authenticated_at, ledger)?)
        }
        Content::Credential | Content::Layer => {
            for check in [Check::IdentityMapped, Check::IdentityCountry, Check::IdentityLoa] {
                ledger.leave_out(check, Code::PolicyLaboratory);
            }
            None
        }
    };
    Ok(Presentation { claims, identity })
}

fn verify_issuer(
    parts: &Parts<'_>,
    rules: &SdJwtVcPolicy,
    context: &Context<'_>,
    ledger: &mut Ledger,
) -> Result<IssuerKey, Refusal> {
    let jwt = &parts.issuer_jwt;
    if jwt.header().len() > MAX_HEADER_LEN {
        let refusal = Refusal::new(Code::LimitSize, Place::part(HEADER));
        return Err(ledger.fail(Check::IssuerHeader, refusal));
    }
    let text = base64url::decode(jwt.header()).map_err(|r| r.within(HEADER, None));
    let text = text.map_err(|refusal| ledger.fail(Check::IssuerHeader, refusal))?;
    let mut nodes = Nodes::default();
    let root = nodes.read(&text, Limits::OWN).and_then(|root| Header::parse(root, HEADER_RULES));
    let header = match root.map_err(|r| r.within(HEADER, None)) {
        Ok(header) => header,
        Err(refusal) => {
            let check = check_of(refusal.code(), Check::IssuerHeader);
            return Err(ledger.fail(check, refusal));
        }
    };
    ledger.pass(Check::IssuerHeader);
    ledger.pass(Check::IssuerCritical);
    let typed = header.check_type(HEADER_RULES, rules.types.iter().map(String::as_str));
    ledger.record(Check::IssuerType, typed.map_err(|r| r.within(HEADER, None)))?;

    // The algorithm must be listed before any key is looked for.
    let listed = context.policy.algorithms.iter().any(|rule| rule.alg == header.alg());
    if !listed {
        let refusal = Refusal::new(Code::AlgNotAllowed, Place::part(HEADER));
        return Err(ledger.fail(Check::IssuerAlgorithm, refusal));
    }
    let issuer = issuer_key(&header, jwt.payload(), rules, context, ledger)?;
    ledger.pass(Check::IssuerKey);
    let key: &VerifyingKey = &issuer.key;
    let accepted = if key.alg() == header.alg() {
        context.policy.accepts(key.alg(), key.public(), context.now)
    } else {
        Err(Code::AlgKeyMismatch)
    };
    let accepted = accepted.map_err(|code| Refusal::new(code, Place::part(HEADER)));
    ledger.record(Check::IssuerAlgorithm, accepted)?;

    let place = Place::part("issuer-jwt.signature");
    let signature = if jwt.signature().is_empty() {
        Err(Refusal::new(Code::SigMissing, place))
    } else {
        base64url::decode(jwt.signature()).map_err(|r| r.within(place.part, None))
    };
    let verified = signature.and_then(|signature| {
        key.verify(jwt.signing_input(), &signature).map_err(|code| Refusal::new(code, place))
    });
    ledger.record(Check::IssuerSignature, verified)?;
    Ok(issuer)
}

// The check that a code belongs to, where one step makes several.
fn check_of(code: Code, otherwise: Check) -> Check {
    const BELONGS: &[(Code, Check)] = &[
        (Code::HeaderCritical, Check::IssuerCritical),
        (Code::AlgNotAllowed, Check::IssuerAlgorithm),
        (Code::DisclosureUnreferenced, Check::DisclosuresReferenced),
        (Code::DisclosureProtected, Check::ProtectedClaims),
    ];
    BELONGS.iter().find(|row| row.0 == code).map_or(otherwise, |row| row.1)
}

fn issuer_key(
    header: &Header<'_>,
    payload: &[u8],
    rules: &SdJwtVcPolicy,
    context: &Context<'_>,
    ledger: &mut Ledger,
) -> Result<IssuerKey, Refusal> {
    if let Some(x5c) = header.get("x5c") {
        let chain = read_x5c(x5c).map_err(|refusal| ledger.fail(Check::ChainFormat, refusal))?;
        return context.issuers.by_chain(&chain, header.alg(), context.policy, context.now, ledger);
    }
    let kid = match header.kid() {
        Ok(kid) => kid,
        // RFC 9901 alone says nothing about `kid`.
        Err(_) if rules.content == Content::Layer => None,
        Err(refusal) => return Err(ledger.fail(Check::IssuerKey, refusal.within(HEADER, None))),
    };
    // The issuer's name is read before the signature is checked, and only to choose among the
    // configured key sets; the same octets are verified with the chosen key right after.
    let text = base64url::decode(payload).map_err(|r| r.within(PAYLOAD, None));
    let text = text.map_err(|refusal| ledger.fail(Check::IssuerPayload, refusal))?;
    let mut nodes = Nodes::default();
    let root = nodes.read(&text, Limits::WALLET).map_err(|r| r.within(PAYLOAD, None));
    let root =
        root.and_then(object).map_err(|refusal| ledger.fail(Check::IssuerPayload, refusal))?;
    let iss = root.get("iss").and_then(|iss| iss.as_str());
    context.issuers.by_issuer(iss.as_deref(), kid, context.policy, context.now, ledger)
}

fn object(root: Value<'_>) -> Result<Value<'_>, Refusal> {
    if root.kind() == Kind::Object {
        Ok(root)
    } else {
        Err(Refusal::new(Code::FormatJson, Place::part(PAYLOAD).at(root.offset())))
    }
}

// RFC 9901, 4.1.1: SHA-256 when nothing is said.
fn hash_algorithm(payload: Value<'_>, rules: &SdJwtVcPolicy) -> Result<Hash, Refusal> {
    let hash = match payload.get("_sd_alg") {
        None => Some(Hash::Sha256),
        Some(name) => name.as_plain_str().and_then(Hash::from_named_information),
    };
    hash.filter(|hash| rules.hashes.contains(hash))
        .ok_or_else(|| Refusal::new(Code::AlgHash, Place::part(PAYLOAD)))
}

fn disclosed(
    payload: Value<'_>,
    parts: &Parts<'_>,
    hash: Hash,
    rules: &SdJwtVcPolicy,
    ledger: &mut Ledger,
) -> Result<Claims, Refusal> {
    let protection = match rules.content {
        Content::Layer => Protection::None,
        Content::Credential | Content::Pid => Protection::Credential,
    };
    let decoded = Disclosures::decode(&parts.disclosures, hash);
    let (mut decoded, digests) =
        decoded.map_err(|refusal| ledger.fail(Check::DisclosureFormat, refusal))?;
    let parsed =
        decoded.parse().map_err(|refusal| ledger.fail(Check::DisclosureFormat, refusal))?;
    ledger.pass(Check::DisclosureFormat);
    let claims = disclose::process(payload, &parsed, &digests, protection).map_err(|refusal| {
        let part = if refusal.place().part.is_empty() { "claims" } else { refusal.place().part };
        let refusal = refusal.within(part, refusal.place().index);
        ledger.fail(check_of(refusal.code(), Check::DisclosureDigests), refusal)
    })?;
    ledger.pass(Check::DisclosureDigests);
    ledger.pass(Check::DisclosuresReferenced);
    match protection {
        Protection::Credential => ledger.pass(Check::ProtectedClaims),
        Protection::None => ledger.leave_out(Check::ProtectedClaims, Code::PolicyLaboratory),
    }
    Ok(claims)
}

// Whether proof is required was decided by the policy, never by the shape of the token.
fn check_holder(
    parts: &Parts<'_>,
    payload: Value<'_>,
    hash: Hash,
    rules: &SdJwtVcPolicy,
    context: &Context<'_>,
    ledger: &mut Ledger,
) -> Result<UnixTime, Refusal> {
    const PROOF: &[Check] = &[
        Check::HolderKey,
        Check::KeyBindingPresent,
        Check::KeyBindingType,
        Check::KeyBindingAlgorithm,
        Check::KeyBindingSignature,
        Check::KeyBindingClaims,
        Check::KeyBindingTime,
        Check::KeyBindingNonce,
        Check::KeyBindingAudience,
        Check::KeyBindingHash,
    ];
    if parts.key_binding.is_none() && rules.key_binding == KeyBinding::IfPresent {
        for &check in PROOF {
            ledger.leave_out(check, Code::PolicyLaboratory);
        }
        return Ok(context.now);
    }
    let holder = ledger.record(Check::HolderKey, key_binding::holder_key(payload))?;
    let jwt = parts.key_binding.as_ref();
    let jwt = ledger.record(Check::KeyBindingPresent, jwt.ok_or(Code::BindingMissing))?;
    key_binding::verify(jwt, parts, &holder, hash, rules, context, ledger)
}

fn map_identity(
    claims: &Claims,
    context: &Context<'_>,
    (issuer, credential_type): (&IssuerKey, &str),
    authenticated_at: UnixTime,
    ledger: &mut Ledger,
) -> Result<Identity, Refusal> {
    let loa = context.policy.sd_jwt_vc.as_ref().ok_or(Code::TypeUnknown)?.loa;
    let loa: Loa = issuer.loa_cap.map_or(loa, |cap| loa.capped(cap));
    let country = map::issuing_country(claims, issuer.country);
    let country = ledger.record(Check::IdentityCountry, country)?;
    let provenance = Provenance::new(
        Family::SdJwtVc,
        country,
        Arc::clone(&issuer.anchor),
        Arc::from(credential_type),
    );
    let identity = map::identity(claims, provenance, loa, authenticated_at);
    let mut identity = ledger.record(Check::IdentityMapped, identity)?;
    identity.laboratory = context.is_laboratory();
    ledger.pass(Check::IdentityLoa);
    Ok(identity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Alg;
    use crate::pki::PathCache;
    use crate::trust::TrustStore;
    use std::borrow::Cow;

    struct Nobody;

    impl ResolveIssuer for Nobody {
        fn by_chain(
            &self,
            _: &[Cow<'_, str>],
            _: Alg,
            _: &Policy,
            _: UnixTime,
            _: &mut Ledger,
        ) -> Result<IssuerKey, Refusal> {
            Err(Code::KeyUntrusted.into())
        }

        fn by_issuer(
            &self,
            _: Option<&str>,
            _: Option<&str>,
            _: &Policy,
            _: UnixTime,
            _: &mut Ledger,
        ) -> Result<IssuerKey, Refusal> {
            Err(Code::KeyUntrusted.into())
        }
    }

    #[test]
    fn issuers_of_the_callers_own_making_are_laboratory() {
        let policy = Policy::standard();
        let now = UnixTime::from_secs(1_800_000_000);
        assert!(Context::laboratory(&policy, &Nobody, "n", "a", now).is_laboratory());
        let (trust, paths) = (TrustStore::default(), PathCache::default());
        let issuers = TrustedIssuers::new(&trust, &paths);
        assert!(!Context::new(&policy, &issuers, "n", "a", now).is_laboratory());
    }
}
