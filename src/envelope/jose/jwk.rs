use super::header::is_kid;
use crate::crypto::{Alg, Curve, KeyFault, KeyKind, PublicKey, VerifyingKey};
use crate::envelope::base64url;
use crate::envelope::json::{self, Kind, Limits, Value};
use crate::verdict::{Code, Detail, Place, Refusal};
use std::collections::BTreeMap;

/// Most keys of one set; a published set holds a handful.
pub const MAX_KEYS: usize = 64;

// A set of that many RSA-8192 keys with certificates fits.
const MAX_SET_LEN: usize = 512 * 1024;

// Members of private and symmetric keys (RFC 7518, 6; RFC 8037; RFC 9964).
const PRIVATE: &[&str] = &["d", "dp", "dq", "k", "oth", "p", "priv", "q", "qi"];

/// One public key as a JWK writes it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Jwk {
    /// The key; its quality was checked.
    pub key: PublicKey,
    /// The algorithm that the JWK names, or the only one that its curve has; `None` for an RSA key
    /// that names none.
    pub alg: Option<Alg>,
    /// The `kid`, if there is one.
    pub kid: Option<String>,
}

impl Jwk {
    /// Reads a public key (RFC 7517, 4; RFC 7518, 6; RFC 8037, 2).
    ///
    /// Coordinates have full length, numbers are minimal, and the point lies on its curve.
    ///
    /// # Errors
    /// [`Code::KeyPrivate`], [`Code::KeyMalformed`], [`Code::KeyWeak`], [`Code::KeyUnsupported`],
    /// or [`Code::AlgKeyMismatch`] when the JWK names an algorithm of another kind of key.
    pub fn parse(jwk: Value<'_>) -> Result<Self, Refusal> {
        let refuse = |code: Code| Refusal::new(code, jwk.place());
        if jwk.kind() != Kind::Object {
            return Err(refuse(Code::KeyMalformed));
        }
        if let Some((name, _)) = jwk.members().find(|(name, _)| PRIVATE.iter().any(|p| name.is(p)))
        {
            return Err(Refusal::new(Code::KeyPrivate, name.place()));
        }
        let kty =
            jwk.get("kty").and_then(|v| v.as_plain_str()).ok_or(refuse(Code::KeyMalformed))?;
        let key = match kty {
            "EC" => ec(jwk)?,
            "OKP" => okp(jwk)?,
            "RSA" => PublicKey::from_rsa(&octets(jwk, "n")?, &octets(jwk, "e")?)
                .map_err(|fault| refuse(fault.code()))?,
            _ => return Err(refuse(Code::KeyUnsupported)),
        };
        let alg = match jwk.get("alg") {
            None => sole_alg(key.kind()),
            Some(name) => {
                let alg = name.as_plain_str().and_then(Alg::from_name);
                let alg = alg.ok_or_else(|| Refusal::new(Code::KeyUnsupported, name.place()))?;
                if alg.key_kind() != key.kind() {
                    return Err(Refusal::new(Code::AlgKeyMismatch, name.place()));
                }
                Some(alg)
            }
        };
        let kid = match jwk.get("kid") {
            None => None,
            Some(kid) => {
                let text = kid.as_str().filter(|text| is_kid(text));
                Some(
                    text.ok_or_else(|| Refusal::new(Code::KeyMalformed, kid.place()))?.into_owned(),
                )
            }
        };
        Ok(Self { key, alg, kid })
    }
}

/// The public keys of one issuer, by `kid`. A key of another issuer is never found in it.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: BTreeMap<String, VerifyingKey>,
    skipped: Vec<(usize, Code)>,
}

impl KeySet {
    /// Reads a JWK set (RFC 7517, 5) of at most 512 KiB.
    ///
    /// A key that this version does not know, or whose quality is bad, is left out and listed in
    /// [`Self::skipped`], so that a new kind of key never breaks a set. A key without `kid` gets its
    /// thumbprint (RFC 7638) as one.
    ///
    /// # Errors
    /// [`Code::KeyPrivate`] when any key carries private members, [`Code::KeyAmbiguous`] when a `kid`
    /// is there twice, [`Code::LimitCount`], or what the JSON reader says.
    pub fn parse(text: &[u8]) -> Result<Self, Refusal> {
        if text.len() > MAX_SET_LEN {
            return Err(Refusal::new(Code::LimitSize, Place::part("jwks")));
        }
        json::with(text, Limits::WALLET, Self::from_json)
            .map_err(|refusal| refusal.within("jwks", refusal.place().index))
    }

    fn from_json(root: Value<'_>) -> Result<Self, Refusal> {
        let keys = root.get("keys").filter(|keys| keys.kind() == Kind::Array);
        let keys = keys.ok_or_else(|| Refusal::new(Code::KeyMalformed, root.place()))?;
        let mut set = Self::default();
        for (index, jwk) in keys.elements().enumerate() {
            if index >= MAX_KEYS {
                let detail = Detail::Limit { limit: 64, found: 65 };
                return Err(Refusal::new(Code::LimitCount, jwk.place()).with(detail));
            }
            match set.key(jwk) {
                Ok((kid, key)) => {
                    if set.keys.insert(kid, key).is_some() {
                        return Err(Refusal::new(Code::KeyAmbiguous, jwk.place()));
                    }
                }
                Err(refusal) if refusal.code() == Code::KeyPrivate => return Err(refusal),
                Err(refusal) => set.skipped.push((index, refusal.code())),
            }
        }
        Ok(set)
    }

    fn key(&self, jwk: Value<'_>) -> Result<(String, VerifyingKey), Refusal> {
        let parsed = Jwk::parse(jwk)?;
        let use_is_sig = jwk.get("use").is_none_or(|value| value.is("sig"));
        let may_verify =
            jwk.get("key_ops").is_none_or(|ops| ops.elements().any(|op| op.is("verify")));
        if !use_is_sig || !may_verify {
            return Err(Refusal::new(Code::KeyUnsupported, jwk.place()));
        }
        // One key, one algorithm: an RSA key that names none could serve several.
        let alg = parsed.alg.ok_or_else(|| Refusal::new(Code::AlgKeyMismatch, jwk.place()))?;
        let kid = parsed.kid.unwrap_or_else(|| base64url::encode(&parsed.key.thumbprint()));
        Ok((kid, parsed.key.for_alg(alg)?))
    }

    /// A set of keys that are there already.
    #[must_use]
    pub fn from_keys(keys: impl IntoIterator<Item = (String, VerifyingKey)>) -> Self {
        Self { keys: keys.into_iter().collect(), skipped: Vec::new() }
    }

    /// The key of a `kid`, byte for byte.
    ///
    /// # Errors
    /// [`Code::KeyUnknown`].
    pub fn get(&self, kid: &str) -> Result<&VerifyingKey, Code> {
        self.keys.get(kid).ok_or(Code::KeyUnknown)
    }

    /// The only key of the set, when there is exactly one.
    #[must_use]
    pub fn sole(&self) -> Option<&VerifyingKey> {
        (self.keys.len() == 1).then(|| self.keys.values().next())?
    }

    /// The keys by `kid`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &VerifyingKey)> {
        self.keys.iter().map(|(kid, key)| (kid.as_str(), key))
    }

    /// How many keys can be used.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key can be used.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys that were left out, by place in the set, and why.
    #[must_use]
    pub fn skipped(&self) -> &[(usize, Code)] {
        &self.skipped
    }

    /// The set as deterministic JSON, keys by `kid`, public members only (docs/assertion-profile.md,
    /// keys).
    #[must_use]
    pub fn to_json(&self) -> String {
        let keys: Vec<String> = self
            .iter()
            .map(|(kid, key)| {
                let mut members = key.public().jwk_members();
                members.extend([("alg", key.alg().name().to_owned()), ("use", "sig".to_owned())]);
                members.push(("kid", kid.to_owned()));
                members.sort_unstable();
                let mut out = Vec::new();
                for (name, value) in &members {
                    out.push(if out.is_empty() { b'{' } else { b',' });
                    json::write_str(&mut out, name);
                    out.push(b':');
                    json::write_str(&mut out, value);
                }
                out.push(b'}');
                String::from_utf8(out).unwrap_or_default()
            })
            .collect();
        format!("{{\"keys\":[{}]}}", keys.join(","))
    }
}

const fn sole_alg(kind: KeyKind) -> Option<Alg> {
    match kind {
        KeyKind::Ec(Curve::P256) => Some(Alg::Es256),
        KeyKind::Ec(Curve::P384) => Some(Alg::Es384),
        KeyKind::Ec(Curve::P521) => Some(Alg::Es512),
        KeyKind::Ed25519 => Some(Alg::EdDsa),
        // No JWK has a Brainpool curve.
        KeyKind::Rsa
        | KeyKind::Ec(Curve::BrainpoolP256r1 | Curve::BrainpoolP384r1 | Curve::BrainpoolP512r1) => {
            None
        }
    }
}

fn ec(jwk: Value<'_>) -> Result<PublicKey, Refusal> {
    let crv = jwk.get("crv").and_then(|v| v.as_plain_str());
    let crv = crv.ok_or_else(|| Refusal::new(Code::KeyMalformed, jwk.place()))?;
    let curve = Curve::from_jwk_name(crv);
    let curve = curve.ok_or_else(|| Refusal::new(Code::KeyUnsupported, jwk.place()))?;
    PublicKey::from_ec(curve, &octets(jwk, "x")?, &octets(jwk, "y")?)
        .map_err(|fault| Refusal::new(fault.code(), jwk.place()))
}

fn okp(jwk: Value<'_>) -> Result<PublicKey, Refusal> {
    if !jwk.get("crv").is_some_and(|crv| crv.is("Ed25519")) {
        return Err(Refusal::new(Code::KeyUnsupported, jwk.place()));
    }
    PublicKey::from_ed25519(&octets(jwk, "x")?)
        .map_err(|fault: KeyFault| Refusal::new(fault.code(), jwk.place()))
}

fn octets(jwk: Value<'_>, name: &str) -> Result<Vec<u8>, Refusal> {
    let value = jwk.get(name).ok_or_else(|| Refusal::new(Code::KeyMalformed, jwk.place()))?;
    let text = value.as_plain_str().unwrap_or("=");
    base64url::decode(text.as_bytes()).map_err(|_| Refusal::new(Code::KeyMalformed, value.place()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 8037, A.2; RFC 7517, A.1.
    const ED: &str =
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":"a"}"#;

    fn set(keys: &[&str]) -> Result<KeySet, Code> {
        KeySet::parse(format!("{{\"keys\":[{}]}}", keys.join(",")).as_bytes()).map_err(|r| r.code())
    }

    #[test]
    fn reads_public_keys_and_names_them_by_thumbprint() {
        let set = set(&[ED, EC]).unwrap();
        assert_eq!(
            set.get("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k").unwrap().alg(),
            Alg::EdDsa
        );
        assert_eq!(set.get("a").unwrap().alg(), Alg::Es256);
        assert_eq!(set.get("b").unwrap_err(), Code::KeyUnknown);
    }

    #[test]
    fn skips_keys_that_it_does_not_know_and_keeps_the_rest() {
        let akp = r#"{"kty":"AKP","alg":"ML-DSA-44","pub":"AA"}"#;
        let enc = r#"{"kty":"EC","crv":"P-256","use":"enc","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;
        let off = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyN"}"#;
        let off = off.replace("IFyN", "IFyA");
        let set = set(&[akp, enc, &off, ED]).unwrap();
        assert_eq!(set.len(), 1);
        let codes: Vec<_> = set.skipped().iter().map(|s| s.1).collect();
        assert_eq!(codes, [Code::KeyUnsupported, Code::KeyUnsupported, Code::KeyMalformed]);
    }

    #[test]
    fn refuses_private_members_and_a_kid_twice() {
        let private = ED.replace("}", r#","d":"AA"}"#);
        assert_eq!(set(&[&private]).unwrap_err(), Code::KeyPrivate);
        let symmetric = r#"{"kty":"oct","k":"AA"}"#;
        assert_eq!(set(&[symmetric]).unwrap_err(), Code::KeyPrivate);
        assert_eq!(set(&[EC, EC]).unwrap_err(), Code::KeyAmbiguous);
        assert_eq!(KeySet::parse(b"[]").unwrap_err().code(), Code::KeyMalformed);
    }

    #[test]
    fn writes_what_it_reads() {
        let set = set(&[ED, EC]).unwrap();
        let again = KeySet::parse(set.to_json().as_bytes()).unwrap();
        assert_eq!(again.to_json(), set.to_json());
        assert_eq!(again.len(), 2);
    }
}
