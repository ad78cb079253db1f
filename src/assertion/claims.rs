//! The claims of an assertion as docs/assertion-profile.md names them, read in one pass.

use crate::UnixTime;
use crate::envelope::json::{Kind, Value};
use crate::verdict::{Code, Place, Refusal};
use std::borrow::Cow;

pub(super) const PAYLOAD: &str = "assertion.payload";

/// The members of the payload by name; values still untyped.
#[derive(Clone, Copy, Default)]
pub(super) struct Members<'a> {
    pub(super) acr: Option<Value<'a>>,
    pub(super) amr: Option<Value<'a>>,
    pub(super) aud: Option<Value<'a>>,
    pub(super) auth_time: Option<Value<'a>>,
    pub(super) client_id: Option<Value<'a>>,
    pub(super) cnf: Option<Value<'a>>,
    pub(super) exp: Option<Value<'a>>,
    pub(super) iat: Option<Value<'a>>,
    pub(super) iss: Option<Value<'a>>,
    pub(super) jti: Option<Value<'a>>,
    pub(super) nbf: Option<Value<'a>>,
    pub(super) purpose: Option<Value<'a>>,
    pub(super) scope: Option<Value<'a>>,
    pub(super) src: Option<Value<'a>>,
    pub(super) sub: Option<Value<'a>>,
    pub(super) txn: Option<Value<'a>>,
    pub(super) ver: Option<Value<'a>>,
    pub(super) verified_claims: Option<Value<'a>>,
}

impl<'a> Members<'a> {
    /// Sorts the members out.
    ///
    /// * `closed`: whether a claim that the profile does not know is refused. Claims that change who
    ///   is meant, such as `act`, are never ignored: what is not understood is not accepted.
    pub(super) fn sort(root: Value<'a>, closed: bool) -> Result<Self, Refusal> {
        if root.kind() != Kind::Object {
            return Err(Refusal::new(Code::FormatJson, Place::part(PAYLOAD).at(root.offset())));
        }
        let mut members = Self::default();
        for (name, value) in root.members() {
            let slot = match name.as_str().as_deref().unwrap_or_default() {
                "acr" => &mut members.acr,
                "amr" => &mut members.amr,
                "aud" => &mut members.aud,
                "auth_time" => &mut members.auth_time,
                "client_id" => &mut members.client_id,
                "cnf" => &mut members.cnf,
                "exp" => &mut members.exp,
                "iat" => &mut members.iat,
                "iss" => &mut members.iss,
                "jti" => &mut members.jti,
                "nbf" => &mut members.nbf,
                "purpose" => &mut members.purpose,
                "scope" => &mut members.scope,
                "src" => &mut members.src,
                "sub" => &mut members.sub,
                "txn" => &mut members.txn,
                "ver" => &mut members.ver,
                "verified_claims" => &mut members.verified_claims,
                "act" | "on_behalf" | "prev_sub" | "status" => {
                    return Err(Refusal::new(Code::ClaimUnknown, at(name)));
                }
                _ if closed => return Err(Refusal::new(Code::ClaimUnknown, at(name))),
                _ => continue,
            };
            *slot = Some(value);
        }
        Ok(members)
    }
}

/// A required text; `missing` is the code when it is not there.
pub(super) fn text<'a>(value: Option<Value<'a>>, missing: Code) -> Result<Cow<'a, str>, Refusal> {
    let value = value.ok_or_else(|| Refusal::new(missing, Place::part(PAYLOAD)))?;
    value.as_str().ok_or_else(|| Refusal::new(Code::ClaimMalformed, at(value)))
}

/// A required NumericDate, an integer up to the end of the year 9999 (docs/deviations.md).
pub(super) fn time(value: Option<Value<'_>>) -> Result<UnixTime, Refusal> {
    let value = value.ok_or_else(|| Refusal::new(Code::ClaimMissing, Place::part(PAYLOAD)))?;
    let time = value.as_u64().and_then(UnixTime::checked);
    time.ok_or_else(|| Refusal::new(Code::ClaimMalformed, at(value)))
}

/// The place of a value in the payload.
pub(super) fn at(value: Value<'_>) -> Place {
    Place::part(PAYLOAD).at(value.offset())
}
