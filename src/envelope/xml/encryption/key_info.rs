//! `ds:KeyInfo` of an encrypted key: who it is for, and what was agreed on (XML Encryption 1.1, 5.4
//! and 5.6).

use super::algorithm::digest;
use super::read::{algorithm, base64, only_elements, parts};
use super::{DS, DSIG11, EncryptionRules, KeyTransport, XENC, XENC11, place, refused};
use crate::crypto::{Curve, Hash, KeyKind, PublicKey};
use crate::envelope::xml::Element;
use crate::pki::{self, AlgorithmRules, Oid};
use crate::verdict::{Code, Detail, Refusal};

/// A key agreement whose public parts were accepted.
pub(super) struct Agreement {
    /// Lies on its curve.
    pub(super) originator: PublicKey,
    pub(super) curve: Curve,
    pub(super) hash: Hash,
    /// OtherInfo of ConcatKDF.
    pub(super) other: Vec<u8>,
}

impl Agreement {
    /// Reads a `ds:KeyInfo` that holds one `xenc:AgreementMethod` and nothing else; and the
    /// certificates that name the recipient.
    pub(super) fn read(
        info: Element<'_, '_>,
        rules: &EncryptionRules,
    ) -> Result<(Self, Vec<Vec<u8>>), Refusal> {
        let mut inside = parts(info)?;
        let method = inside.next(XENC, "AgreementMethod")?;
        inside.finish()?;
        if KeyTransport::from_uri(algorithm(method)?) != Some(KeyTransport::EcdhEs) {
            return Err(refused(Code::AlgNotAllowed, method));
        }
        let mut inside = parts(method)?;
        let (hash, other) = derivation(inside.next(XENC11, "KeyDerivationMethod")?, rules)?;
        let (originator, curve) = originator(inside.next(XENC, "OriginatorKeyInfo")?)?;
        let recipient = inside.optional(XENC, "RecipientKeyInfo");
        inside.finish()?;
        let certificates = recipient.map(hints).transpose()?.unwrap_or_default();
        Ok((Self { originator, curve, hash, other }, certificates))
    }
}

/// The certificates in an element of the type `ds:KeyInfoType` that names a recipient.
///
/// A name, a key or a number beside them is a hint as well and not needed: all own keys are tried.
/// Nothing in it is believed, nothing fetched.
pub(super) fn hints(info: Element<'_, '_>) -> Result<Vec<Vec<u8>>, Refusal> {
    let mut certificates = Vec::new();
    for part in only_elements(info)?.children() {
        if part.is(DS, "X509Data") {
            for item in only_elements(part)?.children() {
                if !item.is(DS, "X509Certificate") {
                    continue;
                }
                certificates.push(base64(item)?);
                let found = certificates.len();
                if found > MAX_CERTIFICATES {
                    let detail = Detail::limit(MAX_CERTIFICATES, found);
                    return Err(refused(Code::LimitCount, item).with(detail));
                }
            }
            continue;
        }
        let hint = part.is(DS, "KeyName")
            || part.is(DS, "KeyValue")
            || part.is(DSIG11, "DEREncodedKeyValue");
        if !hint {
            // References lead elsewhere, and nothing else has a meaning here.
            return Err(refused(Code::XmlEncryption, part));
        }
    }
    Ok(certificates)
}

// XML Encryption 1.1, 5.4.1: the hash, and OtherInfo of SP 800-56A, 5.8.1.2.
fn derivation(
    method: Element<'_, '_>,
    rules: &EncryptionRules,
) -> Result<(Hash, Vec<u8>), Refusal> {
    if algorithm(method)? != CONCAT_KDF {
        return Err(refused(Code::AlgNotAllowed, method));
    }
    let mut inside = parts(method)?;
    let params = inside.next(XENC11, "ConcatKDFParams")?;
    inside.finish()?;
    let mut inside = parts(params)?;
    let hash = inside.next(DS, "DigestMethod")?;
    inside.finish()?;
    parts(hash)?.finish()?;
    let hash = digest(algorithm(hash)?)
        .filter(|hash| rules.kdf_hashes.contains(hash))
        .ok_or_else(|| refused(Code::AlgNotAllowed, hash))?;
    let mut other = Vec::new();
    for name in OTHER_INFO {
        let Some(value) = params.attribute(name) else { continue };
        let bits = bit_string(value).ok_or_else(|| refused(Code::XmlEncryption, params))?;
        other.extend_from_slice(&bits);
    }
    Ok((hash, other))
}

// hexBinary whose first byte counts the unused bits at the end. Whole bytes have none.
fn bit_string(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.len() > MAX_PARTY_DIGITS || !digits.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
    let (pairs, _) = digits.as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs
        .iter()
        .map(|[high, low]| Some(nibble(*high)?.checked_shl(4)? | nibble(*low)?))
        .collect();
    let bytes = bytes?;
    bytes.strip_prefix(&[0]).map(<[u8]>::to_vec)
}

// The key of the originator, in one form or in both, which must then be one key.
fn originator(info: Element<'_, '_>) -> Result<(PublicKey, Curve), Refusal> {
    let (mut value, mut encoded) = (None, None);
    for part in only_elements(info)?.children() {
        let slot = if part.is(DS, "KeyValue") {
            &mut value
        } else if part.is(DSIG11, "DEREncodedKeyValue") {
            &mut encoded
        } else if part.is(DS, "KeyName") || part.is(DS, "X509Data") {
            // The key itself is what counts.
            continue;
        } else {
            return Err(refused(Code::XmlEncryption, part));
        };
        if slot.replace(part).is_some() {
            return Err(refused(Code::XmlEncryption, part));
        }
    }
    let value = value.map(key_value).transpose()?;
    let encoded = encoded.map(encoded_key).transpose()?;
    let key = match (value, encoded) {
        (Some(value), Some(encoded)) if value != encoded => {
            return Err(refused(Code::KeyAmbiguous, info));
        }
        (Some(key), _) | (None, Some(key)) => key,
        (None, None) => return Err(refused(Code::XmlEncryption, info)),
    };
    let KeyKind::Ec(curve) = key.kind() else {
        return Err(refused(Code::KeyUnsupported, info));
    };
    Ok((key, curve))
}

// XML Signature 1.1, 4.5.2.3.
fn key_value(value: Element<'_, '_>) -> Result<PublicKey, Refusal> {
    let mut inside = parts(value)?;
    let key = inside.next(DSIG11, "ECKeyValue")?;
    inside.finish()?;
    let mut inside = parts(key)?;
    if let Some(explicit) = inside.optional(DSIG11, "ECParameters") {
        return Err(refused(Code::KeyExplicitParameters, explicit));
    }
    let named = inside.next(DSIG11, "NamedCurve")?;
    let point = inside.next(DSIG11, "PublicKey")?;
    inside.finish()?;
    let curve = named
        .attribute("URI")
        .and_then(|uri| uri.strip_prefix("urn:oid:"))
        .and_then(Oid::from_dotted)
        .and_then(|oid| pki::named_curve(oid.as_bytes()))
        .ok_or_else(|| refused(Code::KeyUnsupported, named))?;
    PublicKey::from_point(curve, &base64(point)?).map_err(|fault| refused(fault.code(), point))
}

// XML Signature 1.1, 4.5.9: a SubjectPublicKeyInfo.
fn encoded_key(element: Element<'_, '_>) -> Result<PublicKey, Refusal> {
    pki::parse_public_key(&base64(element)?, AlgorithmRules::GENERAL)
        .map_err(|refusal| Refusal::new(refusal.code(), place(element)))
}

const CONCAT_KDF: &str = "http://www.w3.org/2009/xmlenc11#ConcatKDF";

// In the order of SP 800-56A, 5.8.1.2.
const OTHER_INFO: [&str; 5] =
    ["AlgorithmID", "PartyUInfo", "PartyVInfo", "SuppPubInfo", "SuppPrivInfo"];

// 256 bytes each; nodes send one or two.
const MAX_PARTY_DIGITS: usize = 512;

// One names the recipient; a chain above it names nobody else.
const MAX_CERTIFICATES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_of_a_bit_string_counts_unused_bits_and_is_dropped() {
        assert_eq!(bit_string("0000"), Some(vec![0]));
        assert_eq!(bit_string("00"), Some(vec![]));
        assert_eq!(bit_string("00aBcD"), Some(vec![0xab, 0xcd]));
        for wrong in ["", "0", "000", "01ff", "08", "0x", "00 0", "00g0", "+0", "00é"] {
            assert_eq!(bit_string(wrong), None, "{wrong:?}");
        }
        assert!(bit_string(&"00".repeat(256)).is_some());
        assert!(bit_string(&"00".repeat(257)).is_none());
    }
}
