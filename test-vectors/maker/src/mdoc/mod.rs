//! Issuers of mdocs (ISO/IEC 18013-5), and the wallet that presents them by OpenID4VP 1.0.
//!
//! Every part of a response is a field that a test may change before it is signed or after.

mod cbor;

pub use cbor::Cbor;

use crate::keys::Alg;
use crate::{Hash, MakerError, TestKey, cert, keys};

/// The type of a European PID as mdoc, and its namespace.
pub const DOC_TYPE_PID: &str = "eu.europa.ec.eudi.pid.1";

/// What a document should say and how. [`MdocSpec::erika`] is honest; change what you like.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct MdocSpec {
    /// `docType` of the mobile security object.
    pub doc_type: String,
    /// `version` of the mobile security object.
    pub version: String,
    /// `digestAlgorithm`.
    pub hash: Hash,
    /// Its name.
    pub hash_name: String,
    /// Namespace, element, value; digest numbers follow the order, from 0, in each namespace.
    pub elements: Vec<(String, String, Cbor)>,
    /// Length of the random values.
    pub random_len: usize,
    /// `signed`, `validFrom` and `validUntil`.
    pub validity: [Cbor; 3],
    /// `deviceKey`.
    pub device_key: Cbor,
    /// `keyAuthorizations`.
    pub key_authorizations: Option<Cbor>,
    /// `status`.
    pub status: Option<Cbor>,
    /// Further members of the mobile security object, behind the others.
    pub more: Vec<(String, Cbor)>,
}

impl MdocSpec {
    /// Every attribute of the PID rulebook for the person of [`crate::pid::PidSpec::erika`], bound to
    /// [`keys::holder`], for eight hours around [`crate::NOW`].
    ///
    /// # Errors
    /// [`MakerError::Key`] when an embedded key is damaged.
    pub fn erika() -> Result<Self, MakerError> {
        let text = Cbor::text;
        let place = Cbor::map(vec![
            ("country", text("DE")),
            ("region", text("Bayern")),
            ("locality", text("München")),
        ]);
        let elements = vec![
            ("family_name", text("Mustermann")),
            ("given_name", text("Erika Jördis")),
            ("birth_date", Cbor::day("1964-08-12")),
            ("place_of_birth", place),
            ("nationality", Cbor::Array(vec![text("DE"), text("FR")])),
            ("resident_address", text("Heidestraße 17, 51147 Köln")),
            ("resident_country", text("DE")),
            ("resident_state", text("Nordrhein-Westfalen")),
            ("resident_city", text("Köln")),
            ("resident_postal_code", text("51147")),
            ("resident_street", text("Heidestraße 17")),
            ("resident_house_number", text("17")),
            ("personal_administrative_number", text("TEST-1964-0812-017")),
            ("family_name_birth", text("Gäßler")),
            ("given_name_birth", text("Erika Jördis")),
            ("sex", Cbor::Int(2)),
            ("email_address", text("erika@mustermann.example")),
            ("mobile_phone_number", text("+493023125017")),
            ("issuing_authority", text("Prüfstelle für Testausweise")),
            ("issuing_country", text("DE")),
            ("expiry_date", Cbor::day("2034-08-11")),
            ("issuance_date", Cbor::day("2024-08-12")),
            ("document_number", text("TEST00017")),
            ("issuing_jurisdiction", text("DE-NW")),
            ("trust_anchor", text("https://trust.example/pid-providers")),
            ("attestation_legal_category", text("PID")),
        ];
        let name =
            |(element, value): (&str, Cbor)| (DOC_TYPE_PID.to_owned(), element.to_owned(), value);
        Ok(Self {
            doc_type: DOC_TYPE_PID.to_owned(),
            version: "1.0".to_owned(),
            hash: Hash::Sha256,
            hash_name: "SHA-256".to_owned(),
            elements: elements.into_iter().map(name).collect(),
            random_len: 32,
            validity: [
                Cbor::time("2026-03-01T08:00:00Z"),
                Cbor::time("2026-03-01T08:00:00Z"),
                Cbor::time("2026-03-01T16:00:00Z"),
            ],
            device_key: cose_key(&keys::holder()?),
            key_authorizations: None,
            status: None,
            more: Vec::new(),
        })
    }

    /// Another value of one element.
    #[must_use]
    pub fn with(mut self, element: &str, value: Cbor) -> Self {
        for (_, name, old) in &mut self.elements {
            if name == element {
                *old = value.clone();
            }
        }
        self
    }

    fn item(&self, number: usize, element: &str, value: &Cbor) -> Vec<u8> {
        let seed = Hash::Sha512.digest(format!("{number}/{element}").as_bytes());
        let random = seed.into_iter().cycle().take(self.random_len).collect();
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        Cbor::map(vec![
            ("digestID", Cbor::Int(number)),
            ("random", Cbor::Bytes(random)),
            ("elementIdentifier", Cbor::text(element)),
            ("elementValue", value.clone()),
        ])
        .to_vec()
    }

    // Items by namespace, in the order in which the namespaces come.
    fn items(&self) -> Vec<(String, Vec<Vec<u8>>)> {
        let mut spaces: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
        for (namespace, element, value) in &self.elements {
            if !spaces.iter().any(|(name, _)| name == namespace) {
                spaces.push((namespace.clone(), Vec::new()));
            }
            for (name, items) in &mut spaces {
                if name == namespace {
                    items.push(self.item(items.len(), element, value));
                }
            }
        }
        spaces
    }
}

/// The public key as a `COSE_Key`.
#[must_use]
pub fn cose_key(key: &TestKey) -> Cbor {
    let public = key.public_key();
    let entry = |label, value| (Cbor::Int(label), value);
    if key.alg() == Alg::EdDsa {
        return Cbor::Map(vec![
            entry(1, Cbor::Int(1)),
            entry(-1, Cbor::Int(6)),
            entry(-2, Cbor::Bytes(public.to_vec())),
        ]);
    }
    let point = public.get(1..).unwrap_or_default();
    let (x, y) = point.split_at(point.len() / 2);
    let curve = if key.alg() == Alg::Es384 { 2 } else { 1 };
    Cbor::Map(vec![
        entry(1, Cbor::Int(2)),
        entry(-1, Cbor::Int(curve)),
        entry(-2, Cbor::Bytes(x.to_vec())),
        entry(-3, Cbor::Bytes(y.to_vec())),
    ])
}

/// The number of the algorithm of a key (RFC 9053, 2).
#[must_use]
pub fn cose_alg(key: &TestKey) -> i64 {
    match key.alg() {
        Alg::EdDsa => -8,
        Alg::Es256 => -7,
        Alg::Es384 => -35,
        Alg::Es512 => -36,
        Alg::EsB256 => -265,
        Alg::EsB384 => -267,
        Alg::EsB512 => -268,
        Alg::Rs256 => -257,
    }
}

/// A `COSE_Sign1` in its parts.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Sign1 {
    /// The octets of the protected header.
    pub protected: Vec<u8>,
    /// The unprotected header.
    pub unprotected: Cbor,
    /// The payload; `None` when it is detached.
    pub payload: Option<Vec<u8>>,
    /// The signature.
    pub signature: Vec<u8>,
}

impl Sign1 {
    /// Signs a payload again, under the header as it is.
    ///
    /// # Errors
    /// [`MakerError::Sign`].
    pub fn sign(&mut self, key: &TestKey, payload: &[u8]) -> Result<(), MakerError> {
        let structure = Cbor::Array(vec![
            Cbor::text("Signature1"),
            Cbor::Bytes(self.protected.clone()),
            Cbor::Bytes(Vec::new()),
            Cbor::Bytes(payload.to_vec()),
        ]);
        self.signature = key.sign_jws(&structure.to_vec())?;
        Ok(())
    }

    /// The four parts.
    #[must_use]
    pub fn to_cbor(&self) -> Cbor {
        Cbor::Array(vec![
            Cbor::Bytes(self.protected.clone()),
            self.unprotected.clone(),
            self.payload.clone().map_or(Cbor::Null, Cbor::Bytes),
            Cbor::Bytes(self.signature.clone()),
        ])
    }
}

fn protected(alg: i64) -> Vec<u8> {
    Cbor::Map(vec![(Cbor::Int(1), Cbor::Int(alg))]).to_vec()
}

/// An issuer of mdocs with a certificate for document signers.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct MdocIssuer {
    /// Signs the documents.
    pub key: TestKey,
    /// The certificates of `x5chain` in DER, leaf first, the anchor left out.
    pub chain_der: Vec<Vec<u8>>,
}

impl MdocIssuer {
    /// The German test provider under `Test PID CA`, whose certificate names the purpose of ISO/IEC
    /// 18013-5.
    ///
    /// # Errors
    /// [`MakerError`] when an embedded key is damaged.
    pub fn new() -> Result<Self, MakerError> {
        Ok(Self { key: keys::pid_signer()?, chain_der: vec![cert::pid_leaf_mdl_ds_der()?] })
    }

    /// A document with every element.
    ///
    /// # Errors
    /// [`MakerError::Sign`].
    pub fn issue(&self, spec: &MdocSpec) -> Result<Mdoc, MakerError> {
        let items = spec.items();
        let mut digests = Vec::new();
        for (namespace, items) in &items {
            let digest = |(number, item): (usize, &Vec<u8>)| {
                let tagged = Cbor::embedded(item).to_vec();
                let number = i64::try_from(number).unwrap_or(i64::MAX);
                (Cbor::Int(number), Cbor::Bytes(spec.hash.digest(&tagged)))
            };
            let of_space = items.iter().enumerate().map(digest).collect();
            digests.push((Cbor::text(namespace), Cbor::Map(of_space)));
        }
        let mut info = vec![("deviceKey", spec.device_key.clone())];
        info.extend(spec.key_authorizations.clone().map(|value| ("keyAuthorizations", value)));
        let [signed, from, until] = spec.validity.clone();
        let validity = vec![("signed", signed), ("validFrom", from), ("validUntil", until)];
        let mut object = vec![
            ("version", Cbor::text(&spec.version)),
            ("digestAlgorithm", Cbor::text(&spec.hash_name)),
            ("valueDigests", Cbor::Map(digests)),
            ("deviceKeyInfo", Cbor::map(info)),
            ("docType", Cbor::text(&spec.doc_type)),
            ("validityInfo", Cbor::map(validity)),
        ];
        object.extend(spec.status.clone().map(|status| ("status", status)));
        object.extend(spec.more.iter().map(|(name, value)| (name.as_str(), value.clone())));
        let payload = Cbor::embedded(&Cbor::map(object).to_vec()).to_vec();
        let issuer_auth = self.sign(&payload)?;
        Ok(Mdoc { doc_type: spec.doc_type.clone(), items, issuer_auth })
    }

    /// Signs a payload as it stands.
    ///
    /// # Errors
    /// [`MakerError::Sign`].
    pub fn sign(&self, payload: &[u8]) -> Result<Sign1, MakerError> {
        let mut chain: Vec<Cbor> = self.chain_der.iter().cloned().map(Cbor::Bytes).collect();
        let chain = if chain.len() == 1 { chain.remove(0) } else { Cbor::Array(chain) };
        let mut signed = Sign1 {
            protected: protected(cose_alg(&self.key)),
            unprotected: Cbor::Map(vec![(Cbor::Int(33), chain)]),
            payload: Some(payload.to_vec()),
            signature: Vec::new(),
        };
        signed.sign(&self.key, payload)?;
        Ok(signed)
    }
}

/// An issued document, and what of it is shown.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Mdoc {
    /// `docType` of the document.
    pub doc_type: String,
    /// Namespace and its items, each without its tag.
    pub items: Vec<(String, Vec<Vec<u8>>)>,
    /// The issuer's signature.
    pub issuer_auth: Sign1,
}

/// The session transcript of OpenID4VP 1.0 with a response URI (B.2.6.1).
#[must_use]
pub fn redirect_transcript(
    client_id: &str,
    nonce: &str,
    thumbprint: Option<&[u8]>,
    response_uri: &str,
) -> Vec<u8> {
    let thumbprint = thumbprint.map_or(Cbor::Null, |key| Cbor::Bytes(key.to_vec()));
    let info = vec![Cbor::text(client_id), Cbor::text(nonce), thumbprint, Cbor::text(response_uri)];
    transcript("OpenID4VPHandover", info)
}

/// The session transcript of OpenID4VP 1.0 over the Digital Credentials API (B.2.6.2).
#[must_use]
pub fn dc_api_transcript(origin: &str, nonce: &str, thumbprint: Option<&[u8]>) -> Vec<u8> {
    let thumbprint = thumbprint.map_or(Cbor::Null, |key| Cbor::Bytes(key.to_vec()));
    transcript("OpenID4VPDCAPIHandover", vec![Cbor::text(origin), Cbor::text(nonce), thumbprint])
}

/// The session transcript of the drafts (ISO/IEC TS 18013-7, B.4.4).
#[must_use]
pub fn annex_b_transcript(
    client_id: &str,
    nonce: &str,
    generated_nonce: &str,
    response_uri: &str,
) -> Vec<u8> {
    let hash = |text: &str| {
        let pair = Cbor::Array(vec![Cbor::text(text), Cbor::text(generated_nonce)]);
        Cbor::Bytes(Hash::Sha256.digest(&pair.to_vec()))
    };
    let handover = Cbor::Array(vec![hash(client_id), hash(response_uri), Cbor::text(nonce)]);
    Cbor::Array(vec![Cbor::Null, Cbor::Null, handover]).to_vec()
}

fn transcript(name: &str, info: Vec<Cbor>) -> Vec<u8> {
    let hash = Hash::Sha256.digest(&Cbor::Array(info).to_vec());
    let handover = Cbor::Array(vec![Cbor::text(name), Cbor::Bytes(hash)]);
    Cbor::Array(vec![Cbor::Null, Cbor::Null, handover]).to_vec()
}

/// What a device signs over besides its own elements, and the response around a document.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Response {
    /// The session transcript.
    pub transcript: Vec<u8>,
    /// What the device says of itself: the content of its namespaces.
    pub device_name_spaces: Vec<u8>,
    /// `deviceSigned` as it is sent; `None` makes an honest one.
    pub device_signed: Option<Option<Cbor>>,
    /// `version`.
    pub version: String,
    /// `status`.
    pub status: i64,
}

impl Response {
    /// An honest one in a session.
    #[must_use]
    pub fn new(transcript: Vec<u8>) -> Self {
        Self {
            transcript,
            device_name_spaces: Cbor::Map(Vec::new()).to_vec(),
            device_signed: None,
            version: "1.0".to_owned(),
            status: 0,
        }
    }

    /// Signs the session with the device key.
    ///
    /// # Errors
    /// [`MakerError::Sign`].
    pub fn device_signature(&self, doc_type: &str, key: &TestKey) -> Result<Sign1, MakerError> {
        let authentication = Cbor::Array(vec![
            Cbor::text("DeviceAuthentication"),
            Cbor::Raw(self.transcript.clone()),
            Cbor::text(doc_type),
            Cbor::embedded(&self.device_name_spaces),
        ]);
        let payload = Cbor::embedded(&authentication.to_vec()).to_vec();
        let mut signed = Sign1 {
            protected: protected(cose_alg(key)),
            unprotected: Cbor::Map(Vec::new()),
            payload: None,
            signature: Vec::new(),
        };
        signed.sign(key, &payload)?;
        Ok(signed)
    }

    /// `deviceSigned` with this proof.
    #[must_use]
    pub fn signed_by(&self, proof: Vec<(&str, Cbor)>) -> Cbor {
        Cbor::map(vec![
            ("nameSpaces", Cbor::embedded(&self.device_name_spaces)),
            ("deviceAuth", Cbor::map(proof)),
        ])
    }

    /// The document with the proof of its device.
    ///
    /// # Errors
    /// [`MakerError::Sign`].
    pub fn document(&self, mdoc: &Mdoc, key: &TestKey) -> Result<Cbor, MakerError> {
        let spaces = mdoc.items.iter().map(|(namespace, items)| {
            let items = items.iter().map(|item| Cbor::embedded(item)).collect();
            (Cbor::text(namespace), Cbor::Array(items))
        });
        let mut signed = Vec::new();
        if !mdoc.items.is_empty() {
            signed.push(("nameSpaces", Cbor::Map(spaces.collect())));
        }
        signed.push(("issuerAuth", mdoc.issuer_auth.to_cbor()));
        let mut document =
            vec![("docType", Cbor::text(&mdoc.doc_type)), ("issuerSigned", Cbor::map(signed))];
        let device = match &self.device_signed {
            Some(device) => device.clone(),
            None => {
                let signature = self.device_signature(&mdoc.doc_type, key)?.to_cbor();
                Some(self.signed_by(vec![("deviceSignature", signature)]))
            }
        };
        document.extend(device.map(|device| ("deviceSigned", device)));
        Ok(Cbor::map(document))
    }

    /// The device response around documents.
    #[must_use]
    pub fn around(&self, documents: Vec<Cbor>) -> Vec<u8> {
        Cbor::map(vec![
            ("version", Cbor::text(&self.version)),
            ("documents", Cbor::Array(documents)),
            ("status", Cbor::Int(self.status)),
        ])
        .to_vec()
    }

    /// One document, presented by the holder of `key`.
    ///
    /// # Errors
    /// [`MakerError::Sign`].
    pub fn present(&self, mdoc: &Mdoc, key: &TestKey) -> Result<Vec<u8>, MakerError> {
        Ok(self.around(vec![self.document(mdoc, key)?]))
    }
}
