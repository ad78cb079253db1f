//! Issuers of PIDs and the invented persons in them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::sd_jwt::{Credential, CredentialSpec, HashAlg, Hiding, SdJwtParts};
use crate::{MakerError, NOW, TestKey, cert, keys};

/// The type of a European PID as SD-JWT VC.
pub const VCT_PID: &str = "urn:eudi:pid:1";
/// The header `typ` of an SD-JWT VC.
pub const TYP_DC_SD_JWT: &str = "dc+sd-jwt";
/// The `iss` of [`JwksIssuer`].
pub const JWKS_ISSUER: &str = "https://issuer.example/pid";

const DAY_S: i64 = 86_400;
// One grey pixel, a whole JPEG.
const PORTRAIT: &str = "\
data:image/jpeg;base64,/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP/////////////////////////////////\
/////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAA\
AAAAAAAAP/aAAgBAQABPxD/2Q==";

/// What a PID should say and how.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct PidSpec {
    /// Header `typ`.
    pub typ: String,
    /// `vct`.
    pub vct: String,
    /// `iat`, Unix seconds; `None` leaves it out.
    pub iat: Option<i64>,
    /// `nbf`, Unix seconds; `None` leaves it out.
    pub nbf: Option<i64>,
    /// `exp`, Unix seconds; `None` leaves it out.
    pub exp: Option<i64>,
    /// `cnf.jwk`; `None` leaves `cnf` out.
    pub holder_jwk: Option<Value>,
    /// `status`; `None` leaves it out.
    pub status: Option<Value>,
    /// Further claims that are never hidden; they win over those above.
    pub open: Map<String, Value>,
    /// The person and the document, by the names of the PID rulebook for SD-JWT VC.
    pub claims: Map<String, Value>,
    /// Which claims become disclosures.
    pub hiding: Hiding,
    /// The hash over disclosures.
    pub hash: HashAlg,
    /// Whether `_sd_alg` is written.
    pub write_sd_alg: bool,
    /// How many decoy digests each `_sd` gets.
    pub decoys: u32,
    /// Salts are made from it.
    pub salt_seed: String,
}

impl PidSpec {
    /// All attributes of the PID rulebook for an invented person, bound to [`keys::holder`].
    ///
    /// # Errors
    /// [`MakerError::Key`] when an embedded key is damaged.
    pub fn erika() -> Result<Self, MakerError> {
        let mut spec = Self::mandatory()?;
        spec.salt_seed = "erika".to_owned();
        for (name, value) in [
            (
                "address",
                json!({
                    "formatted": "Heidestraße 17, 51147 Köln",
                    "country": "DE",
                    "region": "Nordrhein-Westfalen",
                    "locality": "Köln",
                    "postal_code": "51147",
                    "street_address": "Heidestraße 17",
                    "house_number": "17",
                }),
            ),
            ("attestation_legal_category", json!("PID")),
            ("birth_family_name", json!("Gäßler")),
            ("birth_given_name", json!("Erika Jördis")),
            ("date_of_expiry", json!("2034-08-11")),
            ("date_of_issuance", json!("2024-08-12")),
            ("document_number", json!("TEST00017")),
            ("email", json!("erika@mustermann.example")),
            ("issuing_jurisdiction", json!("DE-NW")),
            ("personal_administrative_number", json!("TEST-1964-0812-017")),
            ("phone_number", json!("+493023125017")),
            ("picture", json!(PORTRAIT)),
            ("sex", json!(2)),
            ("trust_anchor", json!("https://trust.example/pid-providers")),
        ] {
            spec.claims.insert(name.to_owned(), value);
        }
        Ok(spec)
    }

    /// Only the mandatory attributes, for an invented person, bound to [`keys::holder`].
    ///
    /// # Errors
    /// [`MakerError::Key`] when an embedded key is damaged.
    pub fn mandatory() -> Result<Self, MakerError> {
        let claims = [
            ("birthdate", json!("1964-08-12")),
            ("family_name", json!("Mustermann")),
            ("given_name", json!("Erika Jördis")),
            ("issuing_authority", json!("Prüfstelle für Testausweise")),
            ("issuing_country", json!("DE")),
            ("nationalities", json!(["DE", "FR"])),
            (
                "place_of_birth",
                json!({ "country": "DE", "region": "Bayern", "locality": "München" }),
            ),
        ];
        let spec = Self {
            typ: TYP_DC_SD_JWT.to_owned(),
            vct: VCT_PID.to_owned(),
            iat: None,
            nbf: None,
            exp: None,
            holder_jwk: Some(keys::holder()?.public_jwk()),
            status: None,
            open: Map::new(),
            claims: claims.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
            hiding: Hiding::Recursive,
            hash: HashAlg::Sha256,
            write_sd_alg: true,
            decoys: 0,
            salt_seed: "mandatory".to_owned(),
        };
        Ok(spec.valid_around(NOW))
    }

    /// Sets `iat` and `nbf` to a day before `now` and `exp` to thirteen days after it.
    #[must_use]
    pub const fn valid_around(mut self, now: i64) -> Self {
        let begin = now.saturating_sub(DAY_S);
        self.iat = Some(begin);
        self.nbf = Some(begin);
        self.exp = Some(begin.saturating_add(14 * DAY_S));
        self
    }

    /// Binds the PID to this key.
    #[must_use]
    pub fn bound_to(mut self, holder: &TestKey) -> Self {
        self.holder_jwk = Some(holder.public_jwk());
        self
    }

    /// Sets one claim of the person or the document.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.claims.insert(name.to_owned(), value);
        self
    }

    /// Takes one claim of the person or the document out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Points to entry `index` of the status list at `uri`.
    #[must_use]
    pub fn with_status(mut self, uri: &str, index: u64) -> Self {
        self.status = Some(json!({ "status_list": { "idx": index, "uri": uri } }));
        self
    }

    fn to_credential_spec(&self, key: &TestKey) -> CredentialSpec {
        let mut spec = CredentialSpec::new(&self.salt_seed);
        spec.header.insert("alg".to_owned(), json!(key.alg().name()));
        spec.header.insert("typ".to_owned(), json!(self.typ));
        spec.open.insert("vct".to_owned(), json!(self.vct));
        let optional = [
            ("iat", self.iat.map(Value::from)),
            ("nbf", self.nbf.map(Value::from)),
            ("exp", self.exp.map(Value::from)),
            ("cnf", self.holder_jwk.as_ref().map(|jwk| json!({ "jwk": jwk }))),
            ("status", self.status.clone()),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                spec.open.insert(name.to_owned(), value);
            }
        }
        spec.open.extend(self.open.clone());
        spec.claims = self.claims.clone();
        spec.hiding = self.hiding;
        spec.hash = self.hash;
        spec.write_sd_alg = self.write_sd_alg;
        spec.decoys = self.decoys;
        spec
    }
}

/// A PID provider with a certificate: `x5c` in the header, no `iss`.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct PidIssuer {
    /// Signs the PIDs.
    pub key: TestKey,
    /// The certificates of `x5c` in DER, leaf first, the anchor left out.
    pub chain_der: Vec<Vec<u8>>,
    /// The root that a verifier should be given, in DER.
    pub anchor_der: Vec<u8>,
}

impl PidIssuer {
    /// The German test provider under `Test PID CA`.
    ///
    /// # Errors
    /// [`MakerError::Key`] when an embedded file is damaged.
    pub fn new() -> Result<Self, MakerError> {
        Ok(Self {
            key: keys::pid_signer()?,
            chain_der: vec![cert::pid_leaf_der()?],
            anchor_der: cert::pid_ca_der()?,
        })
    }

    /// The unrelated, French test provider under `Other Test CA`.
    ///
    /// # Errors
    /// [`MakerError::Key`] when an embedded file is damaged.
    pub fn other() -> Result<Self, MakerError> {
        Ok(Self {
            key: keys::other_signer()?,
            chain_der: vec![cert::other_leaf_der()?],
            anchor_der: cert::other_ca_der()?,
        })
    }

    /// A provider under `Test PID CA` with this key and the usual leaf over it.
    ///
    /// # Errors
    /// [`MakerError`] when a key is damaged.
    pub fn with_key(key: TestKey) -> Result<Self, MakerError> {
        let leaf = cert::pid_leaf_spec_for(&key)?.build(&keys::pid_ca()?)?;
        Ok(Self { key, chain_der: vec![leaf], anchor_der: cert::pid_ca_der()? })
    }

    /// The German test provider with another leaf in `x5c`, usually a wrong one.
    ///
    /// # Errors
    /// [`MakerError::Key`] when an embedded file is damaged.
    pub fn with_leaf(leaf_der: Vec<u8>) -> Result<Self, MakerError> {
        Ok(Self { chain_der: vec![leaf_der], ..Self::new()? })
    }

    /// Header, payload and disclosures, not yet signed.
    #[must_use]
    pub fn parts(&self, pid: &PidSpec) -> SdJwtParts {
        let mut spec = pid.to_credential_spec(&self.key);
        spec.header.insert("x5c".to_owned(), x5c(&self.chain_der));
        spec.assemble()
    }

    /// Issues the PID.
    ///
    /// # Errors
    /// [`MakerError`] when the key does not work.
    pub fn issue(&self, pid: &PidSpec) -> Result<Credential, MakerError> {
        self.parts(pid).sign(&self.key)
    }
}

/// An issuer that is found by `iss` and `kid` in a JWK set, without a certificate.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct JwksIssuer {
    /// Signs the credentials.
    pub key: TestKey,
    /// `iss`, an `https` URL.
    pub issuer: String,
}

impl JwksIssuer {
    /// The issuer [`JWKS_ISSUER`] with [`keys::jwks_issuer`].
    ///
    /// # Errors
    /// [`MakerError::Key`] when the embedded key is damaged.
    pub fn new() -> Result<Self, MakerError> {
        Ok(Self { key: keys::jwks_issuer()?, issuer: JWKS_ISSUER.to_owned() })
    }

    /// The JWK set that a verifier pins.
    #[must_use]
    pub fn jwks(&self) -> Value {
        keys::jwks(&[&self.key])
    }

    /// The JWT VC issuer metadata with the JWK set inside.
    #[must_use]
    pub fn metadata(&self) -> Value {
        json!({ "issuer": self.issuer, "jwks": self.jwks() })
    }

    /// Header, payload and disclosures, not yet signed.
    #[must_use]
    pub fn parts(&self, pid: &PidSpec) -> SdJwtParts {
        let mut spec = pid.to_credential_spec(&self.key);
        spec.header.insert("kid".to_owned(), json!(self.key.thumbprint()));
        spec.open.entry("iss").or_insert_with(|| json!(self.issuer));
        spec.assemble()
    }

    /// Issues the credential.
    ///
    /// # Errors
    /// [`MakerError`] when the key does not work.
    pub fn issue(&self, pid: &PidSpec) -> Result<Credential, MakerError> {
        self.parts(pid).sign(&self.key)
    }
}

/// Certificates as the header member `x5c` has them: base64 with padding, leaf first.
#[must_use]
pub fn x5c(chain_der: &[Vec<u8>]) -> Value {
    chain_der.iter().map(|der| Value::from(STANDARD.encode(der))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // PID rulebook 1.7, every row of its table for SD-JWT VC.
    const RULEBOOK: [&str; 29] = [
        "family_name",
        "given_name",
        "birthdate",
        "place_of_birth.country",
        "place_of_birth.region",
        "place_of_birth.locality",
        "nationalities[0]",
        "picture",
        "address.formatted",
        "address.country",
        "address.region",
        "address.locality",
        "address.postal_code",
        "address.street_address",
        "address.house_number",
        "personal_administrative_number",
        "birth_family_name",
        "birth_given_name",
        "sex",
        "email",
        "phone_number",
        "issuing_authority",
        "issuing_country",
        "date_of_expiry",
        "date_of_issuance",
        "document_number",
        "issuing_jurisdiction",
        "trust_anchor",
        "attestation_legal_category",
    ];

    #[test]
    fn erika_has_every_attribute_of_the_rulebook_as_its_own_disclosure() {
        let parts = PidIssuer::new().unwrap().parts(&PidSpec::erika().unwrap());
        for path in RULEBOOK {
            assert!(parts.disclosure(path).is_some(), "{path}");
        }
        let payload: Value = serde_json::from_str(&parts.payload).unwrap();
        let open: Vec<&String> = payload.as_object().unwrap().keys().collect();
        assert_eq!(open, ["_sd", "_sd_alg", "cnf", "exp", "iat", "nbf", "vct"]);
    }

    #[test]
    fn the_header_has_the_leaf_and_not_the_anchor() {
        let issuer = PidIssuer::new().unwrap();
        let parts = issuer.parts(&PidSpec::mandatory().unwrap());
        let header: Value = serde_json::from_str(&parts.header).unwrap();
        assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("dc+sd-jwt")));
        assert_eq!(header["x5c"], json!([STANDARD.encode(cert::pid_leaf_der().unwrap())]));
    }

    #[test]
    fn the_jwk_set_issuer_names_itself_and_its_key() {
        let issuer = JwksIssuer::new().unwrap();
        let parts = issuer.parts(&PidSpec::mandatory().unwrap());
        let header: Value = serde_json::from_str(&parts.header).unwrap();
        let payload: Value = serde_json::from_str(&parts.payload).unwrap();
        assert_eq!(header["kid"], issuer.jwks()["keys"][0]["kid"]);
        assert_eq!(payload["iss"], issuer.metadata()["issuer"]);
        assert!(header.get("x5c").is_none());
    }

    #[test]
    fn the_portrait_is_a_whole_jpeg() {
        let jpeg = STANDARD.decode(PORTRAIT.split_once(',').unwrap().1).unwrap();
        assert!(jpeg.starts_with(&[0xff, 0xd8]) && jpeg.ends_with(&[0xff, 0xd9]));
        assert_eq!(jpeg.len(), 136);
    }
}
