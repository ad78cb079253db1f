//! The mobile security object: what the issuer signed (ISO/IEC 18013-5, 9.1.2.4).

use super::parse::is_version_1;
use crate::UnixTime;
use crate::crypto::{Hash, PublicKey};
use crate::envelope::cbor::{Kind, Limits, Nodes, Value};
use crate::envelope::cose::read_key;
use crate::policy::{MdocPolicy, Times};
use crate::verdict::{Code, Detail, Place, Refusal};

const PART: &str = "mso";

/// A mobile security object that was read. Nothing in it may be believed before the signature of the
/// issuer held.
pub(super) struct SecurityObject<'n, 'o> {
    pub(super) doc_type: &'o str,
    pub(super) hash: Hash,
    /// Digests by namespace.
    pub(super) value_digests: Value<'n, 'o>,
    pub(super) device_key: PublicKey,
    pub(super) key_authorizations: Option<Value<'n, 'o>>,
    pub(super) validity: Validity,
    pub(super) status: Option<Value<'n, 'o>>,
}

/// The times of the object.
#[derive(Clone, Copy)]
pub(super) struct Validity {
    pub(super) signed: UnixTime,
    pub(super) valid_from: UnixTime,
    pub(super) valid_until: UnixTime,
}

/// The octets of the object: the payload is one tag-24 item (9.1.2.4).
///
/// # Errors
/// What the reader says; [`Code::MdocStructure`].
pub(super) fn octets(payload: &[u8], limits: Limits) -> Result<&[u8], Refusal> {
    let mut nodes = Nodes::default();
    let wrapped = nodes.read(payload, limits).map_err(within)?;
    wrapped.embedded().ok_or_else(|| refuse(Code::MdocStructure, wrapped))
}

/// Reads the object.
///
/// # Errors
/// What the reader says; [`Code::MdocStructure`], [`Code::MdocVersion`], [`Code::AlgHash`],
/// [`Code::ClaimMalformed`] for a time, or what is wrong with the device key.
pub(super) fn read<'n, 'o>(
    nodes: &'n mut Nodes,
    octets: &'o [u8],
    limits: Limits,
    rules: &MdocPolicy,
) -> Result<SecurityObject<'n, 'o>, Refusal> {
    let root = nodes.read(octets, limits).map_err(within)?;
    if !text(root, "version").is_ok_and(is_version_1) {
        let code =
            if root.get("version").is_some() { Code::MdocVersion } else { Code::MdocStructure };
        return Err(refuse(code, root));
    }
    let algorithm = text(root, "digestAlgorithm")?;
    let hash = HASHES.iter().find(|(name, _)| *name == algorithm).map(|(_, hash)| *hash);
    let hash = hash.filter(|hash| rules.hashes.contains(hash));
    let hash = hash.ok_or_else(|| refuse(Code::AlgHash, root))?;
    let value_digests = map(root, "valueDigests")?;
    check_digests(value_digests, hash)?;
    let info = map(root, "deviceKeyInfo")?;
    let device_key = read_key(member(info, "deviceKey")?)
        .map_err(|refusal| Refusal::new(refusal.code(), Place::part("mso.deviceKey")))?;
    let authorizations = info.get("keyAuthorizations");
    if let Some(value) = authorizations.filter(|value| value.kind() != Kind::Map) {
        return Err(refuse(Code::MdocStructure, value));
    }
    let info = map(root, "validityInfo")?;
    let validity = Validity {
        signed: time(info, "signed", rules.times)?,
        valid_from: time(info, "validFrom", rules.times)?,
        valid_until: time(info, "validUntil", rules.times)?,
    };
    if info.get("expectedUpdate").is_some() {
        time(info, "expectedUpdate", rules.times)?;
    }
    Ok(SecurityObject {
        doc_type: text(root, "docType")?,
        hash,
        value_digests,
        device_key,
        key_authorizations: authorizations,
        validity,
        status: root.get("status"),
    })
}

// Every digest, of elements that are shown and of those that are not, has the length of its hash and
// a number from zero.
fn check_digests(value_digests: Value<'_, '_>, hash: Hash) -> Result<(), Refusal> {
    let length = usize::from(hash.digest_len());
    for (namespace, digests) in value_digests.entries() {
        if namespace.as_str().is_none() || digests.kind() != Kind::Map || digests.is_empty() {
            return Err(refuse(Code::MdocStructure, digests));
        }
        for (id, digest) in digests.entries() {
            let whole = id.as_u64().is_some()
                && digest.as_bytes().is_some_and(|digest| digest.len() == length);
            if !whole {
                return Err(refuse(Code::MdocStructure, id));
            }
        }
    }
    Ok(())
}

// `tdate`: tag 0, RFC 3339 in UTC.
fn time(info: Value<'_, '_>, key: &'static str, times: Times) -> Result<UnixTime, Refusal> {
    let value = member(info, key)?;
    let time = value.tagged(0).and_then(|text| text.as_str()).and_then(|text| instant(text, times));
    time.ok_or_else(|| refuse(Code::ClaimMalformed, value).with(Detail::Name(key)))
}

pub(super) fn instant(text: &str, times: Times) -> Option<UnixTime> {
    let whole = match text.split_once('.') {
        None => text.to_owned(),
        Some((whole, fraction)) if times == Times::FractionsCutOff => {
            let digits = fraction.strip_suffix('Z')?;
            let good =
                (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            good.then(|| format!("{whole}Z"))?
        }
        Some(_) => return None,
    };
    let shaped =
        whole.len() == 20 && whole.ends_with('Z') && whole.as_bytes().get(10) == Some(&b'T');
    shaped.then(|| UnixTime::from_rfc3339(&whole))?
}

fn member<'n, 'o>(value: Value<'n, 'o>, key: &'static str) -> Result<Value<'n, 'o>, Refusal> {
    value.get(key).ok_or_else(|| refuse(Code::MdocStructure, value).with(Detail::Name(key)))
}

// A map with something in it.
fn map<'n, 'o>(value: Value<'n, 'o>, key: &'static str) -> Result<Value<'n, 'o>, Refusal> {
    let value = member(value, key)?;
    let whole = value.kind() == Kind::Map && !value.is_empty();
    if whole { Ok(value) } else { Err(refuse(Code::MdocStructure, value)) }
}

fn text<'o>(value: Value<'_, 'o>, key: &'static str) -> Result<&'o str, Refusal> {
    let value = member(value, key)?;
    value.as_str().ok_or_else(|| refuse(Code::MdocStructure, value))
}

fn within(refusal: Refusal) -> Refusal {
    refusal.within(PART, None)
}

fn refuse(code: Code, value: Value<'_, '_>) -> Refusal {
    Refusal::new(code, Place::part(PART).at(value.offset()))
}

// ISO/IEC 18013-5, table 21.
const HASHES: &[(&str, Hash)] =
    &[("SHA-256", Hash::Sha256), ("SHA-384", Hash::Sha384), ("SHA-512", Hash::Sha512)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_seconds_in_utc_unless_the_policy_says_otherwise() {
        let both =
            |text| (instant(text, Times::WholeSeconds), instant(text, Times::FractionsCutOff));
        let noon = UnixTime::from_rfc3339("2026-03-01T12:00:00Z");
        assert_eq!(both("2026-03-01T12:00:00Z"), (noon, noon));
        assert_eq!(both("2026-03-01T12:00:00.123456Z"), (None, noon));
        for bad in [
            "",
            "2026-03-01",
            "2026-03-01T12:00:00",
            "2026-03-01T12:00:00+00:00",
            "2026-03-01T12:00:00z",
            "2026-03-01 12:00:00Z",
            "2026-03-01T12:00:00.Z",
            "2026-03-01T12:00:00.1234567890Z",
            "2026-03-01T12:00:00.12+01:00",
            "2026-02-30T12:00:00Z",
            "2026-03-01T25:00:00Z",
        ] {
            assert_eq!(both(bad), (None, None), "{bad}");
        }
    }
}
