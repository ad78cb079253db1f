//! A wallet that presents what it is told to, honestly or not.

use serde_json::{Map, Value, json};

use crate::jws::{Signing, compact_jws_signed};
use crate::sd_jwt::{Credential, HashAlg, join};
use crate::{MakerError, NOW, TestKey, keys};

/// Which disclosures a wallet shows.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Select<'a> {
    /// Every one.
    All,
    /// Exactly those of these paths: no parents, no children. Makes orphans and empty objects.
    Exactly(&'a [&'a str]),
    /// Those of these paths, with all they need above and all that is below.
    ///
    /// A path is one of [`crate::sd_jwt::Disclosure::path`] or the beginning of one: `family_name`,
    /// `address.locality`, `nationalities[0]`. What the issuer left open needs no name.
    Names(&'a [&'a str]),
    /// None.
    None,
}

/// A change to the row of presented disclosures. Positions count from 0.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DisclosureEdit {
    /// Adds this text behind the others.
    Append(String),
    /// Shows this one a second time, behind the others.
    Duplicate(usize),
    /// Takes this one out.
    Remove(usize),
    /// Puts this text in the place of that one.
    Replace(usize, String),
    /// Turns the order round.
    Reverse,
    /// Swaps two.
    Swap(usize, usize),
}

impl DisclosureEdit {
    fn apply(&self, row: &mut Vec<String>) -> Result<(), MakerError> {
        let len = row.len();
        let within = |index: usize| {
            if index < len { Ok(index) } else { Err(MakerError::EditOutOfRange(index)) }
        };
        match self {
            Self::Append(text) => row.push(text.clone()),
            Self::Duplicate(index) => row.extend_from_within(within(*index)?..=*index),
            Self::Remove(index) => {
                row.remove(within(*index)?);
            }
            Self::Replace(index, text) => {
                row.splice(within(*index)?..=*index, [text.clone()]);
            }
            Self::Reverse => row.reverse(),
            Self::Swap(one, two) => row.swap(within(*one)?, within(*two)?),
        }
        Ok(())
    }
}

/// Everything about a presentation. [`KbOptions::new`] is honest; change what you like.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct KbOptions<'a> {
    /// Which disclosures are shown.
    pub select: Select<'a>,
    /// `nonce`.
    pub nonce: String,
    /// `aud`.
    pub audience: String,
    /// `iat`, Unix seconds.
    pub iat: i64,
    /// `exp`, Unix seconds; `None` leaves it out.
    pub exp: Option<i64>,
    /// `nbf`, Unix seconds; `None` leaves it out.
    pub nbf: Option<i64>,
    /// Further payload members; they win over those above.
    pub extra: Map<String, Value>,
    /// Payload members to take out at the end.
    pub remove: Vec<String>,
    /// The header's `alg`; `None` takes the wallet key's.
    pub alg: Option<String>,
    /// The header's `typ`; `None` leaves it out.
    pub typ: Option<String>,
    /// Further header members; they win over those above.
    pub extra_header: Map<String, Value>,
    /// The whole header as text, in place of all that.
    pub header: Option<String>,
    /// The whole payload as text, in place of all that.
    ///
    /// `{nonce}`, `{aud}`, `{iat}` and `{sd_hash}` in it are replaced, without quotes around them.
    pub payload: Option<String>,
    /// The signature; `None` signs with the wallet's key.
    pub signing: Option<Signing<'a>>,
    /// `sd_hash`; `None` computes it.
    pub sd_hash: Option<String>,
    /// The hash of `sd_hash`; `None` takes the credential's.
    pub sd_hash_alg: Option<HashAlg>,
    /// Changes to the disclosures that `sd_hash` covers.
    pub edits_before: Vec<DisclosureEdit>,
    /// Changes to the disclosures after `sd_hash` was computed.
    pub edits_after: Vec<DisclosureEdit>,
    /// The issuer-signed JWT that takes the place of the credential's after `sd_hash` was computed.
    pub issuer_jwt_after: Option<String>,
    /// Leaves the key-binding JWT out; the presentation then ends in a tilde.
    pub omit_kb: bool,
    /// What stands behind everything else, for example `~` or `~abc`.
    pub trailing: Option<String>,
}

impl<'a> KbOptions<'a> {
    /// An honest presentation.
    #[must_use]
    pub fn new(select: Select<'a>, nonce: &str, audience: &str, iat: i64) -> Self {
        Self {
            select,
            nonce: nonce.to_owned(),
            audience: audience.to_owned(),
            iat,
            exp: None,
            nbf: None,
            extra: Map::new(),
            remove: Vec::new(),
            alg: None,
            typ: Some("kb+jwt".to_owned()),
            extra_header: Map::new(),
            header: None,
            payload: None,
            signing: None,
            sd_hash: None,
            sd_hash_alg: None,
            edits_before: Vec::new(),
            edits_after: Vec::new(),
            issuer_jwt_after: None,
            omit_kb: false,
            trailing: None,
        }
    }

    fn header_json(&self, key: &TestKey) -> String {
        if let Some(header) = &self.header {
            return header.clone();
        }
        let mut header = Map::new();
        let alg = self.alg.as_deref().unwrap_or_else(|| key.alg().name());
        header.insert("alg".to_owned(), json!(alg));
        if let Some(typ) = &self.typ {
            header.insert("typ".to_owned(), json!(typ));
        }
        header.extend(self.extra_header.clone());
        Value::Object(header).to_string()
    }

    fn payload_json(&self, sd_hash: &str) -> String {
        if let Some(payload) = &self.payload {
            return payload
                .replace("{nonce}", &self.nonce)
                .replace("{aud}", &self.audience)
                .replace("{iat}", &self.iat.to_string())
                .replace("{sd_hash}", sd_hash);
        }
        let mut payload = Map::new();
        payload.insert("aud".to_owned(), json!(self.audience));
        payload.insert("iat".to_owned(), json!(self.iat));
        payload.insert("nonce".to_owned(), json!(self.nonce));
        payload.insert("sd_hash".to_owned(), json!(sd_hash));
        for (name, time) in [("exp", self.exp), ("nbf", self.nbf)] {
            if let Some(time) = time {
                payload.insert(name.to_owned(), json!(time));
            }
        }
        payload.extend(self.extra.clone());
        for name in &self.remove {
            payload.remove(name);
        }
        Value::Object(payload).to_string()
    }
}

impl Default for KbOptions<'_> {
    /// Shows everything to `https://rp.example` at [`NOW`], with the nonce `nonce-1`.
    fn default() -> Self {
        Self::new(Select::All, "nonce-1", "https://rp.example", NOW)
    }
}

/// A test wallet with one key.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Wallet {
    /// Signs the key-binding JWTs.
    pub key: TestKey,
}

impl Wallet {
    /// A wallet with this key.
    #[must_use]
    pub const fn new(key: TestKey) -> Self {
        Self { key }
    }

    /// The wallet with [`keys::holder`], to which the PIDs of this crate are bound.
    ///
    /// # Errors
    /// [`MakerError::Key`] when the embedded key is damaged.
    pub fn holder() -> Result<Self, MakerError> {
        Ok(Self::new(keys::holder()?))
    }

    /// The wallet of somebody else, with [`keys::second_holder`].
    ///
    /// # Errors
    /// [`MakerError::Key`] when the embedded key is damaged.
    pub fn second_holder() -> Result<Self, MakerError> {
        Ok(Self::new(keys::second_holder()?))
    }

    /// Presents honestly: `JWT~D…~KB-JWT`.
    ///
    /// # Errors
    /// [`MakerError::UnknownClaim`] when a selected path is not in the credential.
    pub fn present(
        &self,
        credential: &Credential,
        select: &Select<'_>,
        nonce: &str,
        audience: &str,
        iat: i64,
    ) -> Result<String, MakerError> {
        self.present_with(credential, &KbOptions::new(*select, nonce, audience, iat))
    }

    /// Presents as `options` say, however wrong.
    ///
    /// # Errors
    /// [`MakerError::UnknownClaim`] when a selected path is not in the credential,
    /// [`MakerError::EditOutOfRange`] when an edit names a disclosure that is not shown.
    pub fn present_with(
        &self,
        credential: &Credential,
        options: &KbOptions<'_>,
    ) -> Result<String, MakerError> {
        let mut row = selected(credential, options.select)?;
        for edit in &options.edits_before {
            edit.apply(&mut row)?;
        }
        let covered = join(&credential.issuer_jwt, row.iter().map(String::as_str));
        let sd_hash = options.sd_hash.clone().unwrap_or_else(|| {
            options.sd_hash_alg.unwrap_or(credential.hash).digest_b64u(&covered)
        });
        for edit in &options.edits_after {
            edit.apply(&mut row)?;
        }
        let issuer_jwt = options.issuer_jwt_after.as_ref().unwrap_or(&credential.issuer_jwt);
        let mut out = join(issuer_jwt, row.iter().map(String::as_str));
        if !options.omit_kb {
            let header = options.header_json(&self.key);
            let payload = options.payload_json(&sd_hash);
            let signing = options.signing.unwrap_or(Signing::Key(&self.key));
            out.push_str(&compact_jws_signed(&header, &payload, signing)?);
        }
        out.push_str(options.trailing.as_deref().unwrap_or_default());
        Ok(out)
    }
}

/// The answer of a wallet under OpenID4VP 1.0: `{"vp_token":{"<query>":["<presentation>"]}}`.
#[must_use]
pub fn vp_response(query_id: &str, presentation: &str) -> Value {
    json!({ "vp_token": { query_id: [presentation] } })
}

fn selected(credential: &Credential, select: Select<'_>) -> Result<Vec<String>, MakerError> {
    let wanted: &[&str] = match select {
        Select::All | Select::None => &[],
        Select::Exactly(paths) | Select::Names(paths) => paths,
    };
    let shows = |path: &str| match select {
        Select::All => true,
        Select::Exactly(paths) => paths.contains(&path),
        Select::Names(paths) => {
            paths.iter().any(|name| is_at_or_below(path, name) || is_at_or_below(name, path))
        }
        Select::None => false,
    };
    for name in wanted {
        if !credential.disclosures.iter().any(|one| is_at_or_below(&one.path, name)) {
            return Err(MakerError::UnknownClaim((*name).to_owned()));
        }
    }
    let row = credential.disclosures.iter().filter(|one| shows(&one.path));
    Ok(row.map(|one| one.encoded.clone()).collect())
}

// `address.locality` is below `address`, `address_line` is not.
fn is_at_or_below(path: &str, ancestor: &str) -> bool {
    path.strip_prefix(ancestor)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || rest.starts_with('['))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::digest;
    use ring::signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, UnparsedPublicKey,
        VerificationAlgorithm,
    };

    use super::*;
    use crate::keys::Alg;
    use crate::pid::{PidIssuer, PidSpec};
    use crate::sd_jwt::Hiding;

    fn decode(part: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(part).unwrap()
    }

    fn json_of(part: &str) -> Value {
        serde_json::from_slice(&decode(part)).unwrap()
    }

    // Checks the signature and gives header and payload.
    fn open(jwt: &str, key: &TestKey) -> (Value, Value) {
        let algorithm: &'static dyn VerificationAlgorithm = match key.alg() {
            Alg::EdDsa => &ED25519,
            Alg::Es256 => &ECDSA_P256_SHA256_FIXED,
            Alg::Es384 => &ECDSA_P384_SHA384_FIXED,
            Alg::Es512 | Alg::EsB256 | Alg::EsB384 | Alg::EsB512 | Alg::Rs256 => {
                panic!("no key of a wallet")
            }
        };
        let (input, signature) = jwt.rsplit_once('.').unwrap();
        UnparsedPublicKey::new(algorithm, key.public_key())
            .verify(input.as_bytes(), &decode(signature))
            .unwrap();
        let (header, payload) = input.split_once('.').unwrap();
        (json_of(header), json_of(payload))
    }

    fn hash(name: &str, text: &str) -> String {
        let algorithm = match name {
            "sha-256" => &digest::SHA256,
            "sha-384" => &digest::SHA384,
            "sha-512" => &digest::SHA512,
            other => panic!("{other}"),
        };
        URL_SAFE_NO_PAD.encode(digest::digest(algorithm, text.as_bytes()))
    }

    // RFC 9901 section 7.1 in short, written apart from the issuer's code.
    fn reveal(value: Value, by_digest: &mut BTreeMap<String, Value>) -> Value {
        match value {
            Value::Object(mut members) => {
                let digests = members.remove("_sd").unwrap_or(json!([]));
                members.remove("_sd_alg");
                for digest in digests.as_array().unwrap() {
                    if let Some(disclosure) = by_digest.remove(digest.as_str().unwrap()) {
                        assert_eq!(disclosure.as_array().unwrap().len(), 3);
                        let name = disclosure[1].as_str().unwrap().to_owned();
                        assert!(members.insert(name, disclosure[2].clone()).is_none());
                    }
                }
                let members = members.into_iter();
                Value::Object(
                    members.map(|(name, value)| (name, reveal(value, by_digest))).collect(),
                )
            }
            Value::Array(elements) => {
                let mut out = Vec::new();
                for element in elements {
                    match element.get("...").and_then(Value::as_str) {
                        Some(digest) => {
                            if let Some(disclosure) = by_digest.remove(digest) {
                                assert_eq!(disclosure.as_array().unwrap().len(), 2);
                                out.push(reveal(disclosure[1].clone(), by_digest));
                            }
                        }
                        None => out.push(reveal(element, by_digest)),
                    }
                }
                Value::Array(out)
            }
            leaf @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => leaf,
        }
    }

    // Verifies a presentation and gives the processed payload.
    fn verify(token: &str, issuer: &TestKey, holder: &TestKey, nonce: &str) -> Value {
        let (sd_jwt, kb_jwt) = token.rsplit_once('~').unwrap();
        let covered = format!("{sd_jwt}~");
        let mut parts = sd_jwt.split('~');
        let (header, payload) = open(parts.next().unwrap(), issuer);
        assert_eq!(header["typ"], "dc+sd-jwt");
        assert_eq!(payload["cnf"]["jwk"], holder.public_jwk());
        let alg = payload["_sd_alg"].as_str().unwrap_or("sha-256").to_owned();
        let mut by_digest: BTreeMap<String, Value> =
            parts.map(|disclosure| (hash(&alg, disclosure), json_of(disclosure))).collect();
        let processed = reveal(payload, &mut by_digest);
        assert!(by_digest.is_empty(), "disclosures without a digest");
        let (header, payload) = open(kb_jwt, holder);
        assert_eq!(header["typ"], "kb+jwt");
        assert_eq!(payload["nonce"], nonce);
        assert_eq!(payload["aud"], "https://rp.example");
        assert_eq!(payload["iat"], NOW);
        assert_eq!(payload["sd_hash"], hash(&alg, &covered));
        processed
    }

    fn present(spec: &PidSpec, select: Select<'_>) -> Value {
        let issuer = PidIssuer::new().unwrap();
        let wallet = Wallet::holder().unwrap();
        let credential = issuer.issue(spec).unwrap();
        let token =
            wallet.present(&credential, &select, "n-0S6", "https://rp.example", NOW).unwrap();
        verify(&token, &issuer.key, &wallet.key, "n-0S6")
    }

    #[test]
    fn an_honest_presentation_of_everything_gives_all_claims_back() {
        for hiding in [Hiding::Flat, Hiding::Nothing, Hiding::Recursive, Hiding::Structured] {
            for hash in [HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512] {
                let mut spec = PidSpec::erika().unwrap();
                spec.hiding = hiding;
                spec.hash = hash;
                spec.decoys = 2;
                let processed = present(&spec, Select::All);
                for (name, value) in &spec.claims {
                    assert_eq!(&processed[name], value, "{hiding:?} {name}");
                }
            }
        }
    }

    #[test]
    fn a_nested_name_brings_its_parents_and_nothing_else() {
        let spec = PidSpec::erika().unwrap();
        let names = ["given_name", "address.locality", "nationalities[1]"];
        let processed = present(&spec, Select::Names(&names));
        assert_eq!(processed["address"], json!({ "locality": "Köln" }));
        assert_eq!(processed["nationalities"], json!(["FR"]));
        assert_eq!(processed["given_name"], "Erika Jördis");
        assert!(processed.get("family_name").is_none());
    }

    #[test]
    fn the_name_of_an_object_brings_all_its_members() {
        let spec = PidSpec::erika().unwrap();
        let processed = present(&spec, Select::Names(&["address"]));
        assert_eq!(processed["address"], spec.claims["address"]);
        let processed = present(&spec, Select::Exactly(&["address"]));
        assert_eq!(processed["address"], json!({}));
        assert!(present(&spec, Select::None).get("address").is_none());
    }

    #[test]
    fn signers_and_holders_on_other_curves_verify() {
        let pairs = [
            (keys::pid_signer_es384().unwrap(), keys::holder_es384().unwrap()),
            (keys::pid_signer_eddsa().unwrap(), keys::holder_eddsa().unwrap()),
        ];
        for (signer, holder) in pairs {
            let spec = PidSpec::mandatory().unwrap().bound_to(&holder);
            let credential = PidIssuer::with_key(signer.clone()).unwrap().issue(&spec).unwrap();
            let wallet = Wallet::new(holder);
            let token =
                wallet.present(&credential, &Select::All, "n", "https://rp.example", NOW).unwrap();
            verify(&token, &signer, &wallet.key, "n");
        }
    }

    #[test]
    fn an_unknown_path_is_an_error() {
        let credential = PidIssuer::new().unwrap().issue(&PidSpec::mandatory().unwrap()).unwrap();
        let mut options = KbOptions::new(Select::Names(&["addres"]), "n", "a", NOW);
        let wallet = Wallet::holder().unwrap();
        assert!(wallet.present_with(&credential, &options).is_err());
        options.select = Select::None;
        options.edits_after = vec![DisclosureEdit::Remove(0)];
        let error = wallet.present_with(&credential, &options).unwrap_err();
        assert_eq!(error, MakerError::EditOutOfRange(0));
    }

    #[test]
    fn options_bend_exactly_what_they_name() {
        let credential = PidIssuer::new().unwrap().issue(&PidSpec::mandatory().unwrap()).unwrap();
        let wallet = Wallet::holder().unwrap();
        let kb = |options: &KbOptions<'_>| {
            let token = wallet.present_with(&credential, options).unwrap();
            let (_, kb_jwt) = token.rsplit_once('~').unwrap();
            open(kb_jwt, &wallet.key)
        };
        let mut options = KbOptions::default();
        let (_, honest) = kb(&options);
        options.edits_after = vec![DisclosureEdit::Reverse];
        assert_eq!(kb(&options).1["sd_hash"], honest["sd_hash"]);
        options.edits_before = vec![DisclosureEdit::Reverse];
        assert_ne!(kb(&options).1["sd_hash"], honest["sd_hash"]);
        options.exp = Some(1);
        options.remove = vec!["aud".to_owned()];
        assert_eq!(kb(&options).1["exp"], 1);
        assert!(kb(&options).1.get("aud").is_none());
        options.payload = Some(r#"{"nonce":"{nonce}","iat":{iat},"iat":0}"#.to_owned());
        assert_eq!(kb(&options).1, json!({ "nonce": "nonce-1", "iat": 0 }));
        options.header = Some(r#"{"alg":"none"}"#.to_owned());
        assert_eq!(kb(&options).0, json!({ "alg": "none" }));
    }

    #[test]
    fn the_key_binding_can_be_left_out_and_things_can_follow() {
        let credential = PidIssuer::new().unwrap().issue(&PidSpec::mandatory().unwrap()).unwrap();
        let wallet = Wallet::holder().unwrap();
        let mut options = KbOptions { omit_kb: true, ..KbOptions::default() };
        assert_eq!(wallet.present_with(&credential, &options).unwrap(), credential.sd_jwt());
        options.trailing = Some("x~".to_owned());
        let token = wallet.present_with(&credential, &options).unwrap();
        assert_eq!(token, format!("{}x~", credential.sd_jwt()));
    }

    #[test]
    fn edits_of_the_row_do_what_they_say() {
        let mut row: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        for edit in [
            DisclosureEdit::Swap(0, 2),
            DisclosureEdit::Duplicate(1),
            DisclosureEdit::Append("d".to_owned()),
            DisclosureEdit::Remove(0),
            DisclosureEdit::Replace(0, "B".to_owned()),
        ] {
            edit.apply(&mut row).unwrap();
        }
        assert_eq!(row, ["B", "a", "b", "d"]);
    }
}
