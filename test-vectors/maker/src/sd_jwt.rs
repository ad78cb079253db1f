//! SD-JWT VC as an issuer makes it (RFC 9901), with every step open to a test's hand.

use ring::{digest, hmac};
use serde_json::{Map, Value, json};

use crate::jws::{Signing, b64u, compact_jws_signed};
use crate::{MakerError, TestKey};

/// The hash over disclosures, by `_sd_alg`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HashAlg {
    /// `sha-256`, the default when `_sd_alg` is absent.
    Sha256,
    /// `sha-384`.
    Sha384,
    /// `sha-512`.
    Sha512,
}

impl HashAlg {
    /// The name as in `_sd_alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    /// The hash of a text, base64url, as digests and `sd_hash` have it.
    #[must_use]
    pub fn digest_b64u(self, text: &str) -> String {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        b64u(digest::digest(algorithm, text.as_bytes()).as_ref())
    }
}

/// Which claims an issuer makes selectively disclosable.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hiding {
    /// Each claim of the top level as a whole.
    Flat,
    /// No claim: everything stands in the payload.
    Nothing,
    /// Every claim, and every member and element in it by its own disclosure (PID_21).
    Recursive,
    /// Members and elements by their own disclosure, the objects and arrays around them open.
    Structured,
}

/// One disclosure, as the issuer hands it to the wallet.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Disclosure {
    /// What it discloses: `family_name`, `address.locality`, `nationalities[0]`.
    pub path: String,
    /// The base64url text that is digested and presented.
    pub encoded: String,
}

impl Disclosure {
    /// `[salt, name, value]`, an object member.
    #[must_use]
    pub fn member(path: &str, salt: &str, name: &str, value: &Value) -> Self {
        Self::raw(path, &json!([salt, name, value]).to_string())
    }

    /// `[salt, value]`, an array element.
    #[must_use]
    pub fn element(path: &str, salt: &str, value: &Value) -> Self {
        Self::raw(path, &json!([salt, value]).to_string())
    }

    /// Any text in place of the JSON array.
    #[must_use]
    pub fn raw(path: &str, json: &str) -> Self {
        Self { path: path.to_owned(), encoded: b64u(json.as_bytes()) }
    }

    /// The digest that stands in `_sd` or `...` for it.
    #[must_use]
    pub fn digest(&self, hash: HashAlg) -> String {
        hash.digest_b64u(&self.encoded)
    }
}

/// What an SD-JWT should say, before anything is hidden or signed.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct CredentialSpec {
    /// The protected header. `alg` must suit the key that signs.
    pub header: Map<String, Value>,
    /// Claims that are never hidden: `vct`, `iss`, `exp`, `cnf`, `status`…
    pub open: Map<String, Value>,
    /// Claims that `hiding` applies to.
    pub claims: Map<String, Value>,
    /// Which claims become disclosures.
    pub hiding: Hiding,
    /// The hash over disclosures.
    pub hash: HashAlg,
    /// Whether `_sd_alg` is written. Without it a reader takes `sha-256`.
    pub write_sd_alg: bool,
    /// How many digests without a disclosure each `_sd` gets.
    pub decoys: u32,
    /// Salts and decoys are made from it: same seed, same salts.
    pub salt_seed: String,
}

impl CredentialSpec {
    /// An empty credential with recursive hiding, `sha-256` written out and no decoys.
    #[must_use]
    pub fn new(salt_seed: &str) -> Self {
        Self {
            header: Map::new(),
            open: Map::new(),
            claims: Map::new(),
            hiding: Hiding::Recursive,
            hash: HashAlg::Sha256,
            write_sd_alg: true,
            decoys: 0,
            salt_seed: salt_seed.to_owned(),
        }
    }

    /// Hides the claims and writes header and payload; nothing is signed yet.
    ///
    /// The same specification gives the same parts in every run.
    #[must_use]
    pub fn assemble(&self) -> SdJwtParts {
        let mut hider = Hider {
            hash: self.hash,
            hiding: self.hiding,
            decoys: self.decoys,
            salts: Salts::new(&self.salt_seed),
            disclosures: Vec::new(),
        };
        let mut payload = hider.top_level(&self.claims);
        payload.extend(self.open.clone());
        // With nothing hidden the hash still decides over `sd_hash`.
        let needs_hash = self.hiding != Hiding::Nothing || self.hash != HashAlg::Sha256;
        if self.write_sd_alg && needs_hash {
            payload.insert("_sd_alg".to_owned(), json!(self.hash.name()));
        }
        SdJwtParts {
            header: Value::Object(self.header.clone()).to_string(),
            payload: Value::Object(payload).to_string(),
            disclosures: hider.disclosures,
            hash: self.hash,
        }
    }
}

/// Header, payload and disclosures as texts, ready to be bent and signed.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct SdJwtParts {
    /// The protected header, JSON as it will be signed.
    pub header: String,
    /// The payload, JSON as it will be signed.
    pub payload: String,
    /// The disclosures in the order in which the issuer made them, parents behind their children.
    pub disclosures: Vec<Disclosure>,
    /// The hash over disclosures.
    pub hash: HashAlg,
}

impl SdJwtParts {
    /// Parts from raw texts, for tokens that the high-level calls cannot make.
    #[must_use]
    pub fn new(header: &str, payload: &str, disclosures: Vec<Disclosure>, hash: HashAlg) -> Self {
        Self { header: header.to_owned(), payload: payload.to_owned(), disclosures, hash }
    }

    /// Changes the header as JSON.
    ///
    /// # Errors
    /// [`MakerError::Json`] when the header is no JSON object at this point.
    pub fn edit_header(
        &mut self,
        edit: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<(), MakerError> {
        edit_object(&mut self.header, edit)
    }

    /// Changes the payload as JSON.
    ///
    /// # Errors
    /// [`MakerError::Json`] when the payload is no JSON object at this point.
    pub fn edit_payload(
        &mut self,
        edit: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<(), MakerError> {
        edit_object(&mut self.payload, edit)
    }

    /// Adds `disclosure` and puts its digest in `_sd` of the top level.
    ///
    /// # Errors
    /// [`MakerError::Json`] when the payload is no JSON object or its `_sd` no array.
    pub fn add_disclosure(&mut self, disclosure: Disclosure) -> Result<(), MakerError> {
        let digest = disclosure.digest(self.hash);
        let mut added = false;
        self.edit_payload(|payload| {
            let digests = payload.entry("_sd").or_insert_with(|| json!([]));
            if let Some(digests) = digests.as_array_mut() {
                digests.push(json!(digest));
                added = true;
            }
        })?;
        if !added {
            return Err(MakerError::Json("_sd is not an array"));
        }
        self.disclosures.push(disclosure);
        Ok(())
    }

    /// The disclosure of `path`.
    #[must_use]
    pub fn disclosure(&self, path: &str) -> Option<&Disclosure> {
        self.disclosures.iter().find(|disclosure| disclosure.path == path)
    }

    /// Signs with `key`. `alg` in the header is left as it is.
    ///
    /// # Errors
    /// [`MakerError`] when the key does not work.
    pub fn sign(&self, key: &TestKey) -> Result<Credential, MakerError> {
        self.sign_as(Signing::Key(key))
    }

    /// As [`SdJwtParts::sign`], with any kind of signature.
    ///
    /// # Errors
    /// [`MakerError`] when the key does not work.
    pub fn sign_as(&self, signing: Signing<'_>) -> Result<Credential, MakerError> {
        Ok(Credential {
            issuer_jwt: compact_jws_signed(&self.header, &self.payload, signing)?,
            disclosures: self.disclosures.clone(),
            hash: self.hash,
        })
    }
}

/// A signed SD-JWT in the wallet, with all its disclosures.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Credential {
    /// The issuer-signed JWT.
    pub issuer_jwt: String,
    /// All disclosures.
    pub disclosures: Vec<Disclosure>,
    /// The hash over disclosures, also that of `sd_hash`.
    pub hash: HashAlg,
}

impl Credential {
    /// The SD-JWT with all disclosures and without key binding, as the issuer hands it over.
    #[must_use]
    pub fn sd_jwt(&self) -> String {
        let disclosures = self.disclosures.iter().map(|disclosure| disclosure.encoded.as_str());
        join(&self.issuer_jwt, disclosures)
    }
}

/// `JWT~D1~D2~`, with the final tilde.
#[must_use]
pub fn join<'a>(issuer_jwt: &str, disclosures: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = format!("{issuer_jwt}~");
    for disclosure in disclosures {
        out.push_str(disclosure);
        out.push('~');
    }
    out
}

/// Salts of 128 bits, made from a seed: HMAC-SHA256 of the seed over a counter.
#[derive(Clone, Debug)]
pub struct Salts {
    key: hmac::Key,
    next: u64,
}

impl Salts {
    /// Begins a row of salts.
    #[must_use]
    pub fn new(seed: &str) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, seed.as_bytes()), next: 0 }
    }

    /// The next salt, base64url, 22 characters.
    #[must_use]
    pub fn salt(&mut self) -> String {
        let tag = hmac::sign(&self.key, &self.next.to_be_bytes());
        self.next = self.next.wrapping_add(1);
        b64u(tag.as_ref().get(..16).unwrap_or_default())
    }
}

struct Hider {
    hash: HashAlg,
    hiding: Hiding,
    decoys: u32,
    salts: Salts,
    disclosures: Vec<Disclosure>,
}

impl Hider {
    fn top_level(&mut self, claims: &Map<String, Value>) -> Map<String, Value> {
        match self.hiding {
            Hiding::Nothing => claims.clone(),
            Hiding::Flat | Hiding::Recursive | Hiding::Structured => self.object("", claims),
        }
    }

    // Recursion ends with the depth of the test's own claims.
    fn object(&mut self, path: &str, members: &Map<String, Value>) -> Map<String, Value> {
        let mut out = Map::new();
        let mut digests = Vec::new();
        for (name, value) in members {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let inner = self.inside(&path, value);
            if self.stays_open(value) {
                out.insert(name.clone(), inner);
                continue;
            }
            let disclosure = Disclosure::member(&path, &self.salts.salt(), name, &inner);
            digests.push(disclosure.digest(self.hash));
            self.disclosures.push(disclosure);
        }
        for _ in 0..self.decoys {
            digests.push(self.decoy());
        }
        if !digests.is_empty() {
            // The order must not tell which digest belongs to which claim (RFC 9901 4.2.4.1).
            digests.sort_unstable();
            out.insert("_sd".to_owned(), json!(digests));
        }
        out
    }

    fn array(&mut self, path: &str, elements: &[Value]) -> Vec<Value> {
        let mut out = Vec::new();
        for (index, value) in elements.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let inner = self.inside(&path, value);
            if self.stays_open(value) {
                out.push(inner);
                continue;
            }
            let disclosure = Disclosure::element(&path, &self.salts.salt(), &inner);
            out.push(json!({ "...": disclosure.digest(self.hash) }));
            self.disclosures.push(disclosure);
        }
        for _ in 0..self.decoys {
            out.push(json!({ "...": self.decoy() }));
        }
        out
    }

    fn inside(&mut self, path: &str, value: &Value) -> Value {
        match (self.hiding, value) {
            (Hiding::Recursive | Hiding::Structured, Value::Object(members)) => {
                Value::Object(self.object(path, members))
            }
            (Hiding::Recursive | Hiding::Structured, Value::Array(elements)) => {
                Value::Array(self.array(path, elements))
            }
            _ => value.clone(),
        }
    }

    fn stays_open(&self, value: &Value) -> bool {
        self.hiding == Hiding::Structured && (value.is_object() || value.is_array())
    }

    fn decoy(&mut self) -> String {
        let salt = self.salts.salt();
        self.hash.digest_b64u(&salt)
    }
}

fn edit_object(
    text: &mut String,
    edit: impl FnOnce(&mut Map<String, Value>),
) -> Result<(), MakerError> {
    let fail = MakerError::Json("not an object");
    let Ok(Value::Object(mut members)) = serde_json::from_str(text) else { return Err(fail) };
    edit(&mut members);
    *text = Value::Object(members).to_string();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(hiding: Hiding) -> CredentialSpec {
        let mut spec = CredentialSpec::new("seed");
        spec.hiding = hiding;
        spec.open.insert("vct".to_owned(), json!("urn:test:1"));
        let claims =
            json!({ "name": "Änne", "address": { "locality": "Köln" }, "n": ["DE", "FR"] });
        spec.claims = claims.as_object().unwrap().clone();
        spec
    }

    fn paths(hiding: Hiding) -> Vec<String> {
        spec(hiding).assemble().disclosures.into_iter().map(|one| one.path).collect()
    }

    #[test]
    fn digests_of_rfc_9901_come_out() {
        let encoded = "WyI2cU1RdlJMNWhhaiIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
        let disclosure = Disclosure { path: "family_name".to_owned(), encoded: encoded.to_owned() };
        assert_eq!(
            disclosure.digest(HashAlg::Sha256),
            "uutlBuYeMDyjLLTpf6Jxi7yNkEF35jdyWMn9U7b_RYY"
        );
    }

    #[test]
    fn hiding_decides_what_is_disclosed() {
        assert_eq!(paths(Hiding::Flat), ["address", "n", "name"]);
        assert_eq!(paths(Hiding::Nothing), [""; 0]);
        let all = ["address.locality", "address", "n[0]", "n[1]", "n", "name"];
        assert_eq!(paths(Hiding::Recursive), all);
        assert_eq!(paths(Hiding::Structured), ["address.locality", "n[0]", "n[1]", "name"]);
    }

    #[test]
    fn nothing_of_a_hidden_claim_is_in_the_payload() {
        let payload = spec(Hiding::Recursive).assemble().payload;
        assert!(!payload.contains("Änne") && !payload.contains("name"));
        assert!(payload.contains("urn:test:1") && payload.contains(r#""_sd_alg":"sha-256""#));
    }

    #[test]
    fn the_same_seed_gives_the_same_parts() {
        let (one, two) = (spec(Hiding::Recursive).assemble(), spec(Hiding::Recursive).assemble());
        assert_eq!(one.payload, two.payload);
        assert_eq!(one.disclosures, two.disclosures);
        let mut other = spec(Hiding::Recursive);
        other.salt_seed = "another".to_owned();
        assert_ne!(one.payload, other.assemble().payload);
    }

    #[test]
    fn every_object_and_array_gets_its_decoys() {
        let mut spec = spec(Hiding::Structured);
        spec.decoys = 3;
        let payload: Value = serde_json::from_str(&spec.assemble().payload).unwrap();
        assert_eq!(payload["_sd"].as_array().unwrap().len(), 4);
        assert_eq!(payload["address"]["_sd"].as_array().unwrap().len(), 4);
        assert_eq!(payload["n"].as_array().unwrap().len(), 5);
    }

    #[test]
    fn an_added_disclosure_is_digested_in_the_payload() {
        let mut parts = spec(Hiding::Flat).assemble();
        let disclosure = Disclosure::member("exp", "salt", "exp", &json!(1));
        parts.add_disclosure(disclosure.clone()).unwrap();
        assert!(parts.payload.contains(&disclosure.digest(HashAlg::Sha256)));
        assert_eq!(parts.disclosure("exp"), Some(&disclosure));
        parts.edit_payload(|payload| payload["_sd"] = json!("x")).unwrap();
        assert!(parts.add_disclosure(disclosure).is_err());
    }
}
