//! A response that came by HTTP-POST (SAML Bindings 2.0, 3.5), with enveloped signatures.

use super::case::{Case, Profile, Statement, limits};
use crate::crypto::PublicKey;
use crate::envelope::base64std;
use crate::envelope::saml::{Assertion, Carried, Response};
use crate::envelope::xml::encryption::decrypt;
use crate::envelope::xml::signature::{
    SignatureMethod, SignatureRules, Signed, names_prefixes, verify_enveloped,
};
use crate::envelope::xml::{Document, Element, Exclusive, canonicalise};
use crate::identity::SignedStatement;
use crate::policy::{SamlPolicy, SignedPart};
use crate::token::Context;
use crate::verdict::{Check, Code, Detail, Ledger, Place, Refusal};
use std::borrow::Cow;

/// Verifies a response and hands its assertion on to the family.
///
/// * `token`: the value of the form field `SAMLResponse`, base64, or the response itself as XML.
///
/// # Errors
/// The first check that fails; see [`super`].
pub(in crate::token) fn verify_post<T>(
    token: &[u8],
    profile: &Profile<'_>,
    context: &Context<'_>,
    ledger: &mut Ledger,
    read: impl FnOnce(&Case<'_>, &Statement<'_, '_, '_>, &mut Ledger) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let octets = decode(token, profile.policy, ledger)?;
    let limits = limits(profile.policy);
    let document = Document::parse(&octets, &limits).map_err(|refusal| {
        let check =
            if refusal.code() == Code::LimitSize { Check::InputSize } else { Check::SamlXml };
        ledger.fail(check, refusal)
    })?;
    ledger.pass(Check::SamlXml);
    let received = ledger.record(Check::SamlSchema, Response::read(document.root()))?;
    let case = Case::open(profile, context, &received.issuer, ledger)?;
    let whole = case.verify_response(&received, ledger)?;
    let Some(signed) = whole else {
        // Nothing of the response itself is believed; it must be the expected one all the same.
        case.check_response(&received, ledger)?;
        let carried = case.carried(&received, ledger)?;
        return case.open_assertion(carried, None, ledger, read);
    };
    // From here on, what was signed.
    let document = ledger.record(Check::SamlSchema, signed.document())?;
    let response = ledger.record(Check::SamlSchema, Response::read(document.root()))?;
    case.check_response(&response, ledger)?;
    let carried = case.carried(&response, ledger)?;
    let outer = Outer { statement: case.statement(&signed), origin: received.assertion };
    case.open_assertion(carried, Some(outer), ledger, read)
}

/// The signature around an assertion, and where the assertion stood in the message, where that is
/// another tree.
pub(super) struct Outer<'d, 'a> {
    pub(super) statement: SignedStatement,
    pub(super) origin: Option<Carried<'d, 'a>>,
}

impl Case<'_> {
    fn verify_response(
        &self,
        response: &Response<'_, '_>,
        ledger: &mut Ledger,
    ) -> Result<Option<Signed>, Refusal> {
        let signed = self.profile.policy.signed;
        if response.has_signature {
            let verified = self.verify(response.element);
            return ledger.record(Check::SamlSignature, verified).map(Some);
        }
        if matches!(signed, SignedPart::Assertion | SignedPart::Either) {
            ledger.skip(Check::SamlSignature);
            return Ok(None);
        }
        let missing = Refusal::new(Code::SigMissing, Place::part("Response"));
        Err(ledger.fail(Check::SamlSignature, missing))
    }

    // A signature of the issuer in its place in an element.
    pub(super) fn verify(&self, element: Element<'_, '_>) -> Result<Signed, Refusal> {
        let policy = self.profile.policy;
        let accepts = |method: SignatureMethod, key: &PublicKey| {
            policy.accepts(method, key, self.context.now)
        };
        let rules = SignatureRules::new(&accepts, &policy.digests);
        verify_enveloped(element, &self.issuer.signing, &rules)
    }

    pub(super) fn carried<'d, 'a>(
        &self,
        response: &Response<'d, 'a>,
        ledger: &mut Ledger,
    ) -> Result<Carried<'d, 'a>, Refusal> {
        response.assertion.ok_or_else(|| {
            let refusal = Refusal::new(Code::ResultContradiction, Place::part("Response"));
            ledger.fail(Check::SamlStatus, refusal)
        })
    }

    pub(super) fn open_assertion<T>(
        &self,
        carried: Carried<'_, '_>,
        outer: Option<Outer<'_, '_>>,
        ledger: &mut Ledger,
        read: impl FnOnce(&Case<'_>, &Statement<'_, '_, '_>, &mut Ledger) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let policy = self.profile.policy;
        match carried {
            Carried::Encrypted(element) => {
                let mut rules = (self.profile.encryption)(self.issuer);
                if outer.is_none() {
                    // Without a signature around it, anybody could ask what unauthenticated content
                    // comes to, one alteration after the other.
                    rules.content.retain(|one| one.is_authenticated());
                }
                let keys = &self.expected.service.decryption;
                let plain = ledger.record(Check::SamlDecryption, decrypt(element, keys, &rules))?;
                let document = plain.document(&limits(policy));
                let document = ledger.record(Check::SamlDecryption, document)?;
                self.check_signed(document.root(), None, outer, ledger, read)
            }
            Carried::Plain(element) => {
                if policy.require_encrypted {
                    let place = Place::part("Response/Assertion");
                    let refusal = Refusal::new(Code::EncryptionMissing, place);
                    return Err(ledger.fail(Check::SamlDecryption, refusal));
                }
                ledger.leave_out(Check::SamlDecryption, Code::PolicyLaboratory);
                // A signature within is made over the message as it was sent: namespaces that only
                // its PrefixList brings in are not in the octets of the one around it.
                let origin = outer.as_ref().and_then(|outer| match outer.origin {
                    Some(Carried::Plain(origin)) => Some(origin),
                    Some(Carried::Encrypted(_)) | None => None,
                });
                self.check_signed(element, origin, outer, ledger, read)
            }
        }
    }

    // * `element`: the assertion in what is believed so far.
    // * `origin`: the same assertion in the message, where that is another tree.
    fn check_signed<T>(
        &self,
        element: Element<'_, '_>,
        origin: Option<Element<'_, '_>>,
        outer: Option<Outer<'_, '_>>,
        ledger: &mut Ledger,
        read: impl FnOnce(&Case<'_>, &Statement<'_, '_, '_>, &mut Ledger) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let assertion = ledger.record(Check::SamlSchema, Assertion::read(element))?;
        if !assertion.has_signature {
            let enough = match self.profile.policy.signed {
                SignedPart::Response | SignedPart::Either | SignedPart::Query => outer,
                SignedPart::Assertion | SignedPart::Both => None,
            };
            let Some(outer) = enough else {
                let refusal = Refusal::new(Code::SigMissing, Place::part("Assertion"));
                return Err(ledger.fail(Check::SamlAssertionSignature, refusal));
            };
            ledger.skip(Check::SamlAssertionSignature);
            return self.hand_on(&assertion, outer.statement, ledger, read);
        }
        // Only a list of prefixes makes a canonical form depend on what stands around its element.
        // Without one, what the signature of the response covers is verified where it is read.
        let within = origin.is_some();
        let origin = origin.filter(|_| names_prefixes(element));
        let verified = self.verify(origin.unwrap_or(element)).and_then(|signed| {
            if origin.is_some() {
                same_content(element, &signed)?;
            }
            Ok(signed)
        });
        let signed = ledger.record(Check::SamlAssertionSignature, verified)?;
        if within && origin.is_none() {
            return self.hand_on(&assertion, self.statement(&signed), ledger, read);
        }
        let document = ledger.record(Check::SamlSchema, signed.document())?;
        let assertion = ledger.record(Check::SamlSchema, Assertion::read(document.root()))?;
        self.hand_on(&assertion, self.statement(&signed), ledger, read)
    }

    fn statement(&self, signed: &Signed) -> SignedStatement {
        SignedStatement {
            issuer: self.issuer.entity_id.as_str().into(),
            key: signed.key(),
            algorithm: signed.method().uri(),
            sha256: *signed.sha256(),
        }
    }

    fn hand_on<T>(
        &self,
        assertion: &Assertion<'_, '_>,
        signed: SignedStatement,
        ledger: &mut Ledger,
        read: impl FnOnce(&Case<'_>, &Statement<'_, '_, '_>, &mut Ledger) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let single_use = self.check_assertion(assertion, ledger)?;
        read(self, &Statement { assertion, signed, single_use }, ledger)
    }
}

// What two signatures cover must be one content. Exclusive canonical form without prefixes depends on
// nothing around an element.
fn same_content(element: Element<'_, '_>, inner: &Signed) -> Result<(), Refusal> {
    let signature =
        element.children().find(|child| child.is(crate::envelope::saml::SIGNATURE, "Signature"));
    let mut how = Exclusive::new();
    if let Some(signature) = signature {
        how = how.without(signature);
    }
    let ours = canonicalise(element, &how)?;
    let document = inner.document()?;
    let theirs = canonicalise(document.root(), &Exclusive::new())?;
    if ours == theirs {
        Ok(())
    } else {
        Err(Refusal::new(Code::SigScope, Place::part("Assertion")))
    }
}

// Base64 has no `<` and XML begins with it, with a byte order mark, or with what is refused later.
fn decode<'t>(
    token: &'t [u8],
    policy: &SamlPolicy,
    ledger: &mut Ledger,
) -> Result<Cow<'t, [u8]>, Refusal> {
    let most = usize::try_from(policy.max_bytes).unwrap_or(0);
    let first = token.iter().find(|byte| !byte.is_ascii_whitespace());
    let Some(first) = first else { return Err(ledger.fail(Check::InputSize, Code::FormatEmpty)) };
    let encoded = first.is_ascii_alphanumeric() || matches!(first, b'+' | b'/' | b'=');
    // Four characters for three bytes, wrapped into lines of 60 or more with two bytes each.
    let most_received = if encoded { most.saturating_mul(3).div_euclid(2) } else { most };
    if token.len() > most_received {
        let detail = Detail::limit(most_received, token.len());
        return Err(ledger.fail(Check::InputSize, Refusal::from(Code::LimitSize).with(detail)));
    }
    ledger.pass(Check::InputSize);
    if !encoded {
        ledger.skip(Check::SamlTransport);
        return Ok(Cow::Borrowed(token));
    }
    let decoded = base64std::decode_wrapped(token);
    ledger.record(Check::SamlTransport, decoded).map(Cow::Owned)
}
