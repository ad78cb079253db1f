//! A response that came by HTTP-Redirect (SAML Bindings 2.0, 3.4; BSI TR-03130-1): the signature is
//! over the query, and so over all of the message.

use super::case::{Case, Profile, Statement, limits};
use super::post::Outer;
use crate::crypto::PublicKey;
use crate::envelope::saml::Response;
use crate::envelope::saml::redirect::{Message, QueryRules, verify_query};
use crate::envelope::xml::Document;
use crate::envelope::xml::signature::SignatureMethod;
use crate::identity::SignedStatement;
use crate::token::Context;
use crate::verdict::{Check, Code, Ledger, Place, Refusal};

/// Verifies a response and hands its assertion on to the family.
///
/// * `token`: the query string as it was received, from behind the question mark.
///
/// The keys are those of whom the request went to. The message is not looked at before its signature
/// held; the name in it must be his all the same.
///
/// # Errors
/// The first check that fails; see [`super`].
pub(in crate::token) fn verify_redirect<T>(
    token: &[u8],
    profile: &Profile<'_>,
    context: &Context<'_>,
    ledger: &mut Ledger,
    read: impl FnOnce(&Case<'_>, &Statement<'_, '_, '_>, &mut Ledger) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    if token.is_empty() {
        return Err(ledger.fail(Check::InputSize, Code::FormatEmpty));
    }
    let expected = context.saml.ok_or_else(|| {
        let refusal = Refusal::new(Code::RequestMismatch, Place::part("expectation"));
        ledger.fail(Check::SamlIssuer, refusal)
    })?;
    let issuer = context.trust.saml_issuer(profile.purpose, expected.issuer, context.now);
    let issuer = ledger.record(Check::TrustSource, issuer)?;
    let case = Case { profile, context, expected, issuer };
    let message = case.verify_message(token, ledger)?;
    let limits = limits(profile.policy);
    let document = Document::parse(message.octets(), &limits);
    let document = document.and_then(|document| {
        document.root().without_markup()?;
        Ok(document)
    });
    let document = ledger.record(Check::SamlXml, document)?;
    let response = ledger.record(Check::SamlSchema, Response::read(document.root()))?;
    let named = if response.issuer == expected.issuer {
        Ok(())
    } else {
        Err(Refusal::new(Code::IssuerMismatch, Place::part("Response/Issuer")))
    };
    ledger.record(Check::SamlIssuer, named)?;
    // None is expected within the message. One that is there is not passed over.
    if response.has_signature {
        ledger.record(Check::SamlSignature, case.verify(response.element))?;
    }
    case.check_response(&response, ledger)?;
    let carried = case.carried(&response, ledger)?;
    let statement = SignedStatement {
        issuer: issuer.entity_id.as_str().into(),
        key: message.key(),
        algorithm: message.method().uri(),
        sha256: *message.sha256(),
    };
    // What was signed is this very tree.
    case.open_assertion(carried, Some(Outer { statement, origin: None }), ledger, read)
}

impl Case<'_> {
    fn verify_message(&self, token: &[u8], ledger: &mut Ledger) -> Result<Message, Refusal> {
        let policy = self.profile.policy;
        let accepts = |method: SignatureMethod, key: &PublicKey| {
            policy.accepts(method, key, self.context.now)
        };
        let rules = QueryRules::new(&accepts)
            .with_ecdsa_der(self.issuer.ecdsa_der)
            .with_max_bytes(usize::try_from(policy.max_bytes).unwrap_or(0));
        let verified = verify_query(token, "SAMLResponse", &self.issuer.signing, &rules);
        let message = verified.map_err(|refusal| {
            let check = check_of(refusal.code());
            if check != Check::InputSize {
                ledger.pass(Check::InputSize);
            }
            ledger.fail(check, refusal)
        })?;
        for check in [Check::InputSize, Check::SamlSignature, Check::SamlTransport] {
            ledger.pass(check);
        }
        Ok(message)
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "whatever is not about form is the signature")]
const fn check_of(code: Code) -> Check {
    match code {
        Code::LimitSize => Check::InputSize,
        Code::AmbiguousParameter
        | Code::FormatBase64
        | Code::RedirectDeflate
        | Code::RedirectEncoding
        | Code::RedirectParameter => Check::SamlTransport,
        _ => Check::SamlSignature,
    }
}
