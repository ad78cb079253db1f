use crate::crypto::{Alg, Curve, PublicKey};
use crate::envelope::cbor::{Kind, Value};
use crate::verdict::{Code, Refusal};

/// Reads a public `COSE_Key` of an elliptic curve (RFC 9052, 7; RFC 9053, 7.1, 7.2).
///
/// Coordinates have full length and the point lies on its curve. A point of which only the sign of y
/// is given is not taken.
///
/// # Errors
/// [`Code::KeyPrivate`], [`Code::KeyMalformed`], [`Code::KeyWeak`], [`Code::KeyUnsupported`], or
/// [`Code::AlgKeyMismatch`] when the key names an algorithm of another kind of key.
pub fn read_key(key: Value<'_, '_>) -> Result<PublicKey, Refusal> {
    read(key).map_err(|code| Refusal::new(code, key.place()))
}

fn read(key: Value<'_, '_>) -> Result<PublicKey, Code> {
    if key.kind() != Kind::Map {
        return Err(Code::KeyMalformed);
    }
    if key.get_label(D).is_some() {
        return Err(Code::KeyPrivate);
    }
    let number = |label| key.get_label(label).and_then(|value| value.as_i64());
    let octets =
        |label| key.get_label(label).and_then(|value| value.as_bytes()).ok_or(Code::KeyMalformed);
    let curve = number(CRV).ok_or(Code::KeyMalformed)?;
    let public = match number(KTY).ok_or(Code::KeyMalformed)? {
        OKP if curve == ED25519 => PublicKey::from_ed25519(octets(X)?),
        EC2 => {
            let curve = Curve::from_cose(curve).ok_or(Code::KeyUnsupported)?;
            if key.get_label(Y).is_some_and(|y| matches!(y.kind(), Kind::True | Kind::False)) {
                return Err(Code::KeyUnsupported);
            }
            PublicKey::from_ec(curve, octets(X)?, octets(Y)?)
        }
        _ => return Err(Code::KeyUnsupported),
    };
    let public = public.map_err(|fault| fault.code())?;
    match key.get_label(ALG) {
        None => Ok(public),
        // A key for key agreement names an algorithm that signs nothing; the code over the session
        // needs no more than the point.
        Some(alg) => match alg.as_i64().and_then(Alg::from_cose) {
            Some(alg) if alg.key_kind() != public.kind() => Err(Code::AlgKeyMismatch),
            _ => Ok(public),
        },
    }
}

// RFC 9052, 7.1; RFC 9053, 7.1, 7.2.
const KTY: i64 = 1;
const ALG: i64 = 3;
const CRV: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const D: i64 = -4;
const OKP: i64 = 1;
const EC2: i64 = 2;
const ED25519: i64 = 6;
