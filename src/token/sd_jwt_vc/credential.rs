//! The claims of a credential: its type, its times and its status (SD-JWT VC, 3.2.2).

use super::disclose::Claims;
use super::issuer::IssuerKey;
use super::verify::Context;
use crate::UnixTime;
use crate::policy::{Content, SdJwtVcPolicy, StatusRule};
use crate::verdict::{Check, Code, Detail, Ledger, Need, NeedKind, Place, Refusal};

// SD-JWT VC, 3.2.2.1: byte for byte one of the listed types, and one that the anchor may issue. A
// signed `aka_vcts` may say that a listed type is meant as well. Gives the listed type that held, so
// that no name of the token's own making goes any further.
pub(super) fn check_type<'a>(
    claims: &Claims,
    rules: &'a SdJwtVcPolicy,
    issuer: &IssuerKey,
    ledger: &mut Ledger,
) -> Result<&'a str, Refusal> {
    if rules.content == Content::Layer {
        ledger.leave_out(Check::CredentialType, Code::PolicyLaboratory);
        return Ok("");
    }
    let by_anchor = issuer.credential_types.as_ref();
    let accepted = types(claims).and_then(|types| {
        let listed = |wanted: &&str| rules.credential_types.iter().find(|listed| listed == wanted);
        let may = |listed: &&String| by_anchor.is_none_or(|types| types.contains(*listed));
        types.iter().filter_map(listed).find(may).map(String::as_str)
    });
    let refusal = Refusal::new(Code::TypeCredential, Place::part("claim vct"));
    ledger.record(Check::CredentialType, accepted.ok_or(refusal))
}

// `vct` and the further types of `aka_vcts`: a list that is not empty and does not repeat `vct`.
fn types(claims: &Claims) -> Option<Vec<&str>> {
    let vct = claims.get("vct")?.as_str()?;
    let Some(also) = claims.get("aka_vcts") else { return Some(vec![vct]) };
    let also: Vec<&str> =
        also.as_array()?.iter().map(|item| item.as_str()).collect::<Option<_>>()?;
    if also.is_empty() || also.contains(&vct) {
        return None;
    }
    Some([vec![vct], also].concat())
}

// Bounds of the technical validity, as far as the issuer gives them.
pub(super) struct Validity {
    start: Option<UnixTime>,
    end: Option<UnixTime>,
}

pub(super) fn check_times(
    claims: &Claims,
    context: &Context<'_>,
    ledger: &mut Ledger,
) -> Result<Validity, Refusal> {
    let now = context.now;
    let leeway = u64::from(context.policy.leeway_s);
    let time = |name: &'static str, part: &'static str| match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_u64().and_then(UnixTime::checked) {
            Some(time) => Ok(Some(time)),
            None => Err(Refusal::new(Code::ClaimMalformed, Place::part(part))),
        },
    };
    let refuse = |code, bound: UnixTime, part| {
        let detail = Detail::Time { bound: bound.secs(), now: now.secs() };
        Err(Refusal::new(code, Place::part(part)).with(detail))
    };
    let start = time("nbf", "claim nbf").and_then(|start| match start {
        Some(start) if start > now.plus(leeway) => {
            refuse(Code::TimeNotYetValid, start, "claim nbf")
        }
        _ => Ok(start),
    });
    let start = ledger.record(Check::CredentialNotBefore, start)?;
    let end = time("exp", "claim exp").and_then(|end| match end {
        Some(end) if now >= end.plus(leeway) => refuse(Code::TimeExpired, end, "claim exp"),
        Some(end) if start.is_some_and(|start| start >= end) => {
            refuse(Code::TimeLifetime, end, "claim exp")
        }
        _ => Ok(end),
    });
    let end = ledger.record(Check::CredentialExpiry, end)?;
    let issued = time("iat", "claim iat").and_then(|issued| match issued {
        Some(issued) if issued > now.plus(leeway) => refuse(Code::TimeFuture, issued, "claim iat"),
        _ => Ok(issued),
    });
    let issued = ledger.record(Check::CredentialIssuedAt, issued)?;
    Ok(Validity { start: start.or(issued), end })
}

// Token Status List, 8.3. A short-lived credential needs none (ARF VCR_01); one that names a status
// is asked for it, however short it lives.
pub(super) fn check_status(
    claims: &Claims,
    validity: &Validity,
    rules: &SdJwtVcPolicy,
    ledger: &mut Ledger,
    needs: &mut Vec<Need>,
) -> Result<(), Refusal> {
    let place = Place::part("claim status");
    let reference = match claims.get("status") {
        None => None,
        Some(status) => {
            let list = status.get("status_list");
            let index = list.and_then(|list| list.get("idx")).and_then(serde_json::Value::as_u64);
            let uri = list.and_then(|list| list.get("uri")).and_then(serde_json::Value::as_str);
            match (index, uri) {
                (Some(_), Some(uri)) if uri.starts_with("https://") && uri.len() <= 2048 => {
                    Some(uri)
                }
                _ => {
                    let refusal = Refusal::new(Code::StatusMalformed, place);
                    return Err(ledger.fail(Check::Status, refusal));
                }
            }
        }
    };
    if rules.status == StatusRule::NotEvaluated {
        ledger.leave_out(Check::Status, Code::StatusNotEvaluated);
        return Ok(());
    }
    if let Some(uri) = reference {
        ledger.leave_out(Check::Status, Code::NeedsEvidence);
        needs.push(Need::new(NeedKind::StatusList, uri.to_owned()));
        return Ok(());
    }
    let lives = match (validity.start, validity.end) {
        (Some(start), Some(end)) => Some(end.since(start)),
        _ => None,
    };
    if lives.is_some_and(|seconds| seconds <= u64::from(rules.short_lived_s)) {
        ledger.skip(Check::Status);
        return Ok(());
    }
    let detail =
        Detail::Limit { limit: u64::from(rules.short_lived_s), found: lives.unwrap_or(u64::MAX) };
    Err(ledger.fail(Check::Status, Refusal::new(Code::StatusMissing, place).with(detail)))
}
